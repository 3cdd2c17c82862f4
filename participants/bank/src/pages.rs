//! Pieces that the pages of the internet bank and the screens of the machines share. Only what is shown.

use ::pages::{Html, say};
use askama::Template;
use terms::{Language, PaymentCode};

/// A text in the language of the page: Kazakh, Russian, English.
pub(crate) fn in_words(language: Language, [kk, ru, en]: [&str; 3]) -> String {
    match language {
        Language::Kk => kk,
        Language::Ru => ru,
        Language::En => en,
    }
    .to_owned()
}

/// The result in a form that machines find: how it ended, and the code where there is one.
#[derive(Template)]
#[template(
    source = r#"<p class="unseen"><output id="result" data-result="{{ result }}">{{ result }}</output>
{%- if !code.is_empty() %} <span id="payment-code" data-code="{{ code }}">{{ code }}</span>{% endif %}
{%- if !reference.is_empty() %}
<span id="bank-reference" data-reference="{{ reference }}">{{ reference }}</span>
{%- endif -%}
</p>"#,
    ext = "html"
)]
pub(crate) struct ResultMark<'a> {
    /// `paid`, `refused`, `unknown` and the like.
    pub(crate) result: &'a str,
    /// Sixteen digits, where the code may be shown.
    pub(crate) code: String,
    /// The bank's reference, where there is one.
    pub(crate) reference: String,
}

impl ResultMark<'_> {
    /// The mark as a piece of a page.
    pub(crate) fn html(&self) -> Html {
        Html::render(self).unwrap_or_default()
    }
}

/// The code for people and for machines.
#[derive(Template)]
#[template(
    source = r#"<p class="code"><span class="code-label">{{ label }}</span>
<strong id="code-shown">{{ code }}</strong></p>"#,
    ext = "html"
)]
struct ShownCode {
    label: String,
    code: PaymentCode,
}

/// The code, large.
pub(crate) fn shown_code(language: Language, code: PaymentCode) -> Html {
    let label = say(language, "word-payment-code").to_string();
    Html::render(&ShownCode { label, code }).unwrap_or_default()
}

#[derive(Template)]
#[template(source = r#"<h1>{{ text }}</h1>"#, ext = "html")]
struct Heading<'a> {
    text: &'a str,
}

/// A page's heading.
pub(crate) fn heading(text: &str) -> Html {
    Html::render(&Heading { text }).unwrap_or_default()
}

#[derive(Template)]
#[template(source = r#"<p{% if !id.is_empty() %} id="{{ id }}"{% endif %}>{{ text }}</p>"#, ext = "html")]
struct Paragraph<'a> {
    id: &'a str,
    text: &'a str,
}

/// A paragraph; `id` where machines look for it.
pub(crate) fn paragraph(id: &str, text: &str) -> Html {
    Html::render(&Paragraph { id, text }).unwrap_or_default()
}
