//! Form elements: a label, a hint and an error at each field, a summary of errors above them.
//!
//! What is right or wrong is settled by the caller; a field shows the caller's message in the same words in
//! the summary and at the field, and the summary leads to the field. All of it works without script.

use askama::Template;
use terms::Language;

use crate::html::{Html, Markup};
use crate::text::Texts;

/// The name of the hidden field that carries the form's token.
pub const CSRF_FIELD: &str = "csrf";

/// The errors of a form in the order of its fields: the field's name and what is wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FormErrors(Vec<(String, String)>);

impl FormErrors {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds what is wrong with a field.
    pub fn add(&mut self, field: &str, message: impl ToString) {
        self.0.push((field.to_owned(), message.to_string()));
    }

    /// Whether the form is right.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is wrong with a field, for [`TextInput::error`] and [`Radios::error`].
    pub fn of(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name == field).map(|(_, message)| message.as_str())
    }

    /// The summary to stand first on the page; nothing where the form is right.
    pub fn summary(&self, language: Language) -> Html {
        if self.is_empty() {
            return Html::default();
        }
        Html::of(&SummaryTemplate { t: Texts(language), errors: &self.0 })
    }
}

#[derive(Template)]
#[template(path = "error_summary.html")]
struct SummaryTemplate<'a> {
    t: Texts,
    errors: &'a [(String, String)],
}

/// Which keyboard a telephone shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum InputMode {
    Text,
    Numeric,
}

/// A field of one line. Its id is its name.
#[derive(Debug, Clone)]
pub struct TextInput {
    language: Language,
    name: String,
    label: String,
    hint: String,
    value: String,
    error: String,
    autocomplete: String,
    kind: &'static str,
    mode: InputMode,
    longest: usize,
    width: &'static str,
    focus: bool,
}

/// Longer than any right answer, so that a slip is answered in words and never cut off by the browser.
const LONGEST_TYPED: usize = 200;

impl TextInput {
    /// A field of plain text.
    pub fn new(language: Language, name: &str, label: impl ToString) -> Self {
        Self {
            language,
            name: name.to_owned(),
            label: label.to_string(),
            hint: String::new(),
            value: String::new(),
            error: String::new(),
            autocomplete: "off".to_owned(),
            kind: "text",
            mode: InputMode::Text,
            longest: LONGEST_TYPED,
            width: "wide",
            focus: false,
        }
    }

    /// A hint between label and field.
    #[must_use]
    pub fn hint(mut self, hint: impl ToString) -> Self {
        self.hint = hint.to_string();
        self
    }

    /// What was typed before. Never given for passwords and card data.
    #[must_use]
    pub fn value(mut self, value: impl ToString) -> Self {
        self.value = value.to_string();
        self
    }

    /// What is wrong, from [`FormErrors::of`].
    #[must_use]
    pub fn error(mut self, error: Option<&str>) -> Self {
        self.error = error.unwrap_or_default().to_owned();
        self
    }

    /// The purpose that browsers and password stores know: `cc-number`, `username`, `one-time-code`.
    #[must_use]
    pub fn autocomplete(mut self, purpose: &str) -> Self {
        self.autocomplete = purpose.to_owned();
        self
    }

    /// Digits: a number keyboard, a field as wide as this many of them.
    #[must_use]
    pub fn numeric(mut self, digits: usize) -> Self {
        self.mode = InputMode::Numeric;
        self.width = match digits {
            0..=4 => "w4",
            5..=12 => "w12",
            _ => "w20",
        };
        self
    }

    /// A password: hidden, may be pasted.
    #[must_use]
    pub fn password(mut self) -> Self {
        self.kind = "password";
        self.autocomplete = "current-password".to_owned();
        self
    }

    /// The most characters the browser lets in.
    #[must_use]
    pub fn longest(mut self, characters: usize) -> Self {
        self.longest = characters;
        self
    }

    /// Puts the cursor here when the page opens: the desk's one field.
    #[must_use]
    pub fn focused(mut self) -> Self {
        self.focus = true;
        self
    }
}

#[derive(Template)]
#[template(path = "text_input.html")]
struct TextInputTemplate<'a> {
    t: Texts,
    field: &'a TextInput,
    numeric: bool,
    described: String,
}

impl Markup for TextInput {
    fn html(&self) -> Html {
        Html::of(&TextInputTemplate {
            t: Texts(self.language),
            field: self,
            numeric: self.mode == InputMode::Numeric,
            described: described(&self.name, &self.hint, &self.error),
        })
    }
}

fn described(name: &str, hint: &str, error: &str) -> String {
    let mut ids = Vec::new();
    if !hint.is_empty() {
        ids.push(format!("{name}-hint"));
    }
    if !error.is_empty() {
        ids.push(format!("{name}-error"));
    }
    ids.join(" ")
}

/// One of several answers.
#[derive(Debug, Clone)]
pub struct Choice {
    value: String,
    label: String,
    hint: String,
    available: bool,
}

impl Choice {
    /// An answer.
    pub fn new(value: &str, label: impl ToString) -> Self {
        Self { value: value.to_owned(), label: label.to_string(), hint: String::new(), available: true }
    }

    /// More about it.
    #[must_use]
    pub fn hint(mut self, hint: impl ToString) -> Self {
        self.hint = hint.to_string();
        self
    }

    /// Listed but not to be chosen now; the hint says until when.
    #[must_use]
    pub fn unavailable(mut self) -> Self {
        self.available = false;
        self
    }
}

/// A question with one answer out of several. The id of its first answer is its name.
#[derive(Debug, Clone)]
pub struct Radios {
    language: Language,
    name: String,
    legend: String,
    hint: String,
    error: String,
    chosen: String,
    choices: Vec<Choice>,
}

impl Radios {
    /// A question.
    pub fn new(language: Language, name: &str, legend: impl ToString, choices: Vec<Choice>) -> Self {
        Self {
            language,
            name: name.to_owned(),
            legend: legend.to_string(),
            hint: String::new(),
            error: String::new(),
            chosen: String::new(),
            choices,
        }
    }

    /// More about the question.
    #[must_use]
    pub fn hint(mut self, hint: impl ToString) -> Self {
        self.hint = hint.to_string();
        self
    }

    /// The value answered before.
    #[must_use]
    pub fn chosen(mut self, value: &str) -> Self {
        self.chosen = value.to_owned();
        self
    }

    /// What is wrong, from [`FormErrors::of`].
    #[must_use]
    pub fn error(mut self, error: Option<&str>) -> Self {
        self.error = error.unwrap_or_default().to_owned();
        self
    }
}

#[derive(Template)]
#[template(path = "radios.html")]
struct RadiosTemplate<'a> {
    t: Texts,
    question: &'a Radios,
    described: String,
}

impl RadiosTemplate<'_> {
    /// The first answer bears the question's name, so that the summary's link leads to it.
    fn id(&self, number: &usize) -> String {
        if *number == 1 { self.question.name.clone() } else { format!("{}-{number}", self.question.name) }
    }
}

impl Markup for Radios {
    fn html(&self) -> Html {
        Html::of(&RadiosTemplate {
            t: Texts(self.language),
            question: self,
            described: described(&self.name, &self.hint, &self.error),
        })
    }
}

/// A box to tick.
#[derive(Debug, Clone)]
pub struct Tick {
    language: Language,
    name: String,
    label: String,
    error: String,
    ticked: bool,
}

impl Tick {
    /// A box not ticked yet; it sends `yes`.
    pub fn new(language: Language, name: &str, label: impl ToString) -> Self {
        let (name, label) = (name.to_owned(), label.to_string());
        Self { language, name, label, error: String::new(), ticked: false }
    }

    /// Whether it was ticked before.
    #[must_use]
    pub fn ticked(mut self, ticked: bool) -> Self {
        self.ticked = ticked;
        self
    }

    /// What is wrong, from [`FormErrors::of`].
    #[must_use]
    pub fn error(mut self, error: Option<&str>) -> Self {
        self.error = error.unwrap_or_default().to_owned();
        self
    }
}

#[derive(Template)]
#[template(path = "tick.html")]
struct TickTemplate<'a> {
    t: Texts,
    tick: &'a Tick,
}

impl Markup for Tick {
    fn html(&self) -> Html {
        Html::of(&TickTemplate { t: Texts(self.language), tick: self })
    }
}

/// A hidden value. The caller does not trust it when it comes back.
pub fn hidden(name: &str, value: impl ToString) -> Html {
    Html::of(&HiddenTemplate { name, value: &value.to_string() })
}

#[derive(Template)]
#[template(source = r#"<input type="hidden" name="{{ name }}" value="{{ value }}">"#, ext = "html")]
struct HiddenTemplate<'a> {
    name: &'a str,
    value: &'a str,
}

/// What a button is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ButtonKind {
    /// The one thing to do on the page.
    Main,
    /// Another way on, or the way back.
    Other,
    /// What cannot be undone.
    Danger,
}

impl ButtonKind {
    fn class(self) -> &'static str {
        match self {
            Self::Main => "button",
            Self::Other => "button other",
            Self::Danger => "button danger",
        }
    }
}

/// A button that sends its form.
pub fn button(label: impl ToString, kind: ButtonKind) -> Html {
    named_button(label, kind, "", "")
}

/// A button that tells by name and value that it was this one.
pub fn named_button(label: impl ToString, kind: ButtonKind, name: &str, value: &str) -> Html {
    Html::of(&ButtonTemplate { class: kind.class(), name, value, label: &label.to_string() })
}

#[derive(Template)]
#[template(
    source = r#"<button type="submit" class="{{ class }}"{% if !name.is_empty() %} name="{{ name }}" value="{{ value }}"{% endif %}>{{ label }}</button>"#,
    ext = "html"
)]
struct ButtonTemplate<'a> {
    class: &'a str,
    name: &'a str,
    value: &'a str,
    label: &'a str,
}

/// A field that takes one file of the person's machine. The browser shows what was chosen.
#[derive(Debug, Clone)]
pub struct FileInput {
    language: Language,
    name: String,
    label: String,
    hint: String,
    accept: String,
}

impl FileInput {
    /// A field with its label.
    pub fn new(language: Language, name: &str, label: impl ToString) -> Self {
        Self {
            language,
            name: name.to_owned(),
            label: label.to_string(),
            hint: String::new(),
            accept: String::new(),
        }
    }

    /// What to put in.
    #[must_use]
    pub fn hint(mut self, hint: impl ToString) -> Self {
        self.hint = hint.to_string();
        self
    }

    /// The endings that the browser offers first: `.xml`. Any file may come all the same.
    #[must_use]
    pub fn accept(mut self, endings: &str) -> Self {
        endings.clone_into(&mut self.accept);
        self
    }
}

#[derive(Template)]
#[template(
    source = r#"<div class="field"><label for="{{ field.name }}">{{ field.label }}</label>
{%- if !field.hint.is_empty() %}<p class="hint" id="{{ field.name }}-hint" lang="{{ language }}">{{ field.hint }}</p>{% endif %}
<input type="file" id="{{ field.name }}" name="{{ field.name }}" accept="{{ field.accept }}"{% if !field.hint.is_empty() %} aria-describedby="{{ field.name }}-hint"{% endif %}></div>"#,
    ext = "html"
)]
struct FileTemplate<'a> {
    language: &'static str,
    field: &'a FileInput,
}

impl Markup for FileInput {
    fn html(&self) -> Html {
        Html::of(&FileTemplate { language: self.language.tag(), field: self })
    }
}

/// A form with files in it, sent by POST with its token, which comes first.
pub fn upload_form(id: &str, action: &str, csrf: &str, pieces: impl IntoIterator<Item = Html>) -> Html {
    Html::of(&UploadTemplate { id, action, csrf: hidden(CSRF_FIELD, csrf), pieces: Html::join(pieces) })
}

#[derive(Template)]
#[template(
    source = r#"<form id="{{ id }}" method="post" action="{{ action }}" enctype="multipart/form-data" novalidate>
{{ csrf }}{{ pieces }}
</form>"#,
    ext = "html"
)]
struct UploadTemplate<'a> {
    id: &'a str,
    action: &'a str,
    csrf: Html,
    pieces: Html,
}

/// A form that only asks: its fields become the address of a page, which can be kept and passed on.
pub fn query_form(id: &str, action: &str, pieces: impl IntoIterator<Item = Html>) -> Html {
    Html::of(&QueryTemplate { id, action, pieces: Html::join(pieces) })
}

#[derive(Template)]
#[template(
    source = r#"<form id="{{ id }}" method="get" action="{{ action }}" novalidate>
{{ pieces }}
</form>"#,
    ext = "html"
)]
struct QueryTemplate<'a> {
    id: &'a str,
    action: &'a str,
    pieces: Html,
}

/// A form sent by POST with its token. Errors are shown by our page, not by the browser's bubbles.
pub fn form(id: &str, action: &str, csrf: &str, pieces: impl IntoIterator<Item = Html>) -> Html {
    Html::of(&FormTemplate { id, action, csrf: hidden(CSRF_FIELD, csrf), pieces: Html::join(pieces) })
}

#[derive(Template)]
#[template(
    source = r#"<form id="{{ id }}" method="post" action="{{ action }}" novalidate>
{{ csrf }}{{ pieces }}
</form>"#,
    ext = "html"
)]
struct FormTemplate<'a> {
    id: &'a str,
    action: &'a str,
    csrf: Html,
    pieces: Html,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_said_in_the_summary_and_at_the_field_in_the_same_words() {
        let mut errors = FormErrors::new();
        errors.add("iin", "ИИН состоит из 12 цифр. Вы ввели 11.");
        let summary = errors.summary(Language::Ru).to_string();
        for said in ["href=\"#iin\"", "autofocus", "tabindex=\"-1\"", "Вы ввели 11."] {
            assert!(summary.contains(said), "{said}: {summary}");
        }
        let field = TextInput::new(Language::Ru, "iin", "ИИН")
            .hint("12 цифр")
            .numeric(12)
            .value("85061220001\"><script>")
            .error(errors.of("iin"));
        let field = field.html().to_string();
        for said in [
            "id=\"iin\"",
            "for=\"iin\"",
            "aria-invalid=\"true\"",
            "aria-describedby=\"iin-hint iin-error\"",
            "inputmode=\"numeric\"",
            "autocomplete=\"off\"",
            "Вы ввели 11.",
        ] {
            assert!(field.contains(said), "{said}: {field}");
        }
        assert!(!field.contains("<script"));
        assert!(FormErrors::new().summary(Language::Ru).is_empty());
    }

    #[test]
    fn a_question_leads_to_its_first_answer_and_keeps_the_chosen_one() {
        let choices = vec![
            Choice::new("card", "Карточка"),
            Choice::new("atm", "Банкомат").hint("до 15:00").unavailable(),
        ];
        let html = Radios::new(Language::Ru, "method", "Как вы хотите заплатить?", choices)
            .chosen("card")
            .html()
            .to_string();
        for said in ["<fieldset", "<legend", "id=\"method\"", "id=\"method-2\"", "checked", "disabled"] {
            assert!(html.contains(said), "{said}: {html}");
        }
        assert_eq!(html.matches(" checked").count(), 1);
    }

    /// Defends: A15
    #[test]
    fn a_form_carries_its_token() {
        let html = form("order", "/order", "abc", [button("Оплатить", ButtonKind::Main)]).to_string();
        assert!(html.contains("method=\"post\"") && html.contains("name=\"csrf\" value=\"abc\""), "{html}");
    }

    /// Defends: A15
    #[test]
    fn a_form_with_a_file_carries_its_token_first_and_one_that_only_asks_none() {
        let file = FileInput::new(Language::Ru, "document", "Файл <b>").hint("XML").accept(".xml").html();
        let html = upload_form("bring", "/proposals", "abc", [file]).to_string();
        let (token, file) = (html.find("name=\"csrf\""), html.find("type=\"file\""));
        assert!(token.is_some() && token < file, "{html}");
        assert!(html.contains("multipart/form-data") && !html.contains("<b>"), "{html}");
        let html = query_form("why", "/why", []).to_string();
        assert!(html.contains("method=\"get\"") && !html.contains("csrf"), "{html}");
    }

    #[test]
    fn a_box_and_a_named_button_say_what_was_pressed() {
        let tick = Tick::new(Language::Ru, "card-checked", "Удостоверение проверено").ticked(true);
        assert!(tick.html().to_string().contains("value=\"yes\" checked"));
        let button = named_button("Отказать", ButtonKind::Danger, "act", "refuse").to_string();
        assert!(button.contains("name=\"act\" value=\"refuse\""), "{button}");
    }
}
