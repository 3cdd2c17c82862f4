//! Pieces that many pages show: panels, lists of facts, tables, the payment code, QR codes, acronyms.

use askama::Template;
use files::{QrError, ReceiptDocument};
use terms::{Language, PaymentCode};

use crate::html::{Html, Markup};
use crate::text::say;

/// What a panel says at first sight; told by a word and a shape, never by colour alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Done.
    Good,
    /// Not known yet, or worth a second look.
    Wait,
    /// Refused.
    Bad,
    /// Good to know.
    Plain,
}

impl Tone {
    fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Wait => "wait",
            Self::Bad => "bad",
            Self::Plain => "plain",
        }
    }

    fn sign(self) -> &'static str {
        match self {
            Self::Good => "✓",
            Self::Wait => "…",
            Self::Bad => "×",
            Self::Plain => "i",
        }
    }
}

/// The result of something: the heading of the page and what follows from it.
#[derive(Debug, Clone)]
pub struct Panel {
    tone: Tone,
    heading: String,
    lines: Vec<String>,
    code: String,
}

impl Panel {
    /// A panel with its heading, the `h1` of its page.
    pub fn new(tone: Tone, heading: impl ToString) -> Self {
        Self { tone, heading: heading.to_string(), lines: Vec::new(), code: String::new() }
    }

    /// One more sentence.
    #[must_use]
    pub fn line(mut self, line: impl ToString) -> Self {
        self.lines.push(line.to_string());
        self
    }

    /// The message's code, small, for the call to 1414.
    #[must_use]
    pub fn message_code(mut self, code: &str) -> Self {
        self.code = code.to_uppercase();
        self
    }
}

#[derive(Template)]
#[template(path = "panel.html")]
struct PanelTemplate<'a> {
    class: &'static str,
    sign: &'static str,
    panel: &'a Panel,
}

impl Markup for Panel {
    fn html(&self) -> Html {
        Html::of(&PanelTemplate { class: self.tone.class(), sign: self.tone.sign(), panel: self })
    }
}

/// Facts, each with its name: what is paid, for whom, how much.
#[derive(Debug, Clone, Default)]
pub struct Facts(Vec<Fact>);

#[derive(Debug, Clone)]
struct Fact {
    name: String,
    value: Html,
}

impl Facts {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// One more fact.
    #[must_use]
    pub fn fact(self, name: impl ToString, value: impl ToString) -> Self {
        self.fact_html(name, Html::text(value.to_string()))
    }

    /// One more fact whose value is more than text: a link, a list.
    #[must_use]
    pub fn fact_html(mut self, name: impl ToString, value: Html) -> Self {
        self.0.push(Fact { name: name.to_string(), value });
        self
    }

    /// The rows of a receipt, the same as in its PDF.
    pub fn of_receipt(receipt: &ReceiptDocument, language: Language) -> Self {
        receipt.rows(language).into_iter().fold(Self::new(), |facts, row| facts.fact(row.label, row.value))
    }
}

#[derive(Template)]
#[template(
    source = r#"<dl class="facts">
{%- for fact in facts %}
<div><dt>{{ fact.name }}</dt><dd>{{ fact.value }}</dd></div>
{%- endfor %}
</dl>"#,
    ext = "html"
)]
struct FactsTemplate<'a> {
    facts: &'a [Fact],
}

impl Markup for Facts {
    fn html(&self) -> Html {
        Html::of(&FactsTemplate { facts: &self.0 })
    }
}

/// A table with a caption and named columns.
#[derive(Debug, Clone)]
pub struct DataTable {
    caption: String,
    columns: Vec<(String, bool)>,
    rows: Vec<Vec<Html>>,
    is_wide: bool,
}

impl DataTable {
    /// An empty table.
    pub fn new(caption: impl ToString) -> Self {
        Self { caption: caption.to_string(), columns: Vec::new(), rows: Vec::new(), is_wide: false }
    }

    /// One more column, from left to right.
    #[must_use]
    pub fn column(mut self, name: impl ToString) -> Self {
        self.columns.push((name.to_string(), false));
        self
    }

    /// One more column of numbers, which stand at the right.
    #[must_use]
    pub fn number_column(mut self, name: impl ToString) -> Self {
        self.columns.push((name.to_string(), true));
        self
    }

    /// A table that may be wider than the page: the keyboard reaches it, so that it can be moved without a mouse.
    #[must_use]
    pub fn wide(mut self) -> Self {
        self.is_wide = true;
        self
    }

    /// One more row; its first cell names it.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Html>) {
        self.rows.push(cells.into_iter().collect());
    }
}

#[derive(Template)]
#[template(path = "table.html")]
struct TableTemplate<'a> {
    table: &'a DataTable,
}

impl TableTemplate<'_> {
    fn is_number(&self, column: &usize) -> bool {
        self.table.columns.get(*column).is_some_and(|(_, number)| *number)
    }

    fn name(&self, column: &usize) -> &str {
        self.table.columns.get(*column).map_or("", |(name, _)| name)
    }
}

impl Markup for DataTable {
    fn html(&self) -> Html {
        Html::of(&TableTemplate { table: self })
    }
}

/// A link on this site.
pub fn link(href: &str, label: impl ToString) -> Html {
    Html::of(&LinkTemplate { class: "", href, label: &label.to_string() })
}

/// A link that looks like a button: the next step where nothing is sent.
pub fn button_link(href: &str, label: impl ToString) -> Html {
    Html::of(&LinkTemplate { class: "button", href, label: &label.to_string() })
}

#[derive(Template)]
#[template(
    source = r#"<a{% if !class.is_empty() %} class="{{ class }}"{% endif %} href="{{ href }}">{{ label }}</a>"#,
    ext = "html"
)]
struct LinkTemplate<'a> {
    class: &'a str,
    href: &'a str,
    label: &'a str,
}

/// The payment code, large, in groups of four that are copied without spaces lost.
pub fn payment_code(language: Language, code: PaymentCode) -> Html {
    let label = say(language, "word-payment-code").to_string();
    Html::of(&CodeTemplate { label: &label, code: &code.to_string() })
}

#[derive(Template)]
#[template(
    source = r#"<p class="code"><span class="code-label">{{ label }}</span> <strong>{{ code }}</strong></p>"#,
    ext = "html"
)]
struct CodeTemplate<'a> {
    label: &'a str,
    code: &'a str,
}

/// A QR code as a picture in the page, with words for those who do not see it.
///
/// # Errors
/// [`QrError`] where the text is too long.
pub fn qr(text: &str, alt: impl ToString) -> Result<Html, QrError> {
    let svg = Html::from_own_svg(files::qr_svg(text)?);
    Ok(Html::of(&QrTemplate { alt: &alt.to_string(), svg }))
}

#[derive(Template)]
#[template(source = r#"<div class="qr" role="img" aria-label="{{ alt }}">{{ svg }}</div>"#, ext = "html")]
struct QrTemplate<'a> {
    alt: &'a str,
    svg: Html,
}

/// An acronym that people meet on a page; spelled out where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acronym {
    /// УКП, ТБК.
    PaymentCode,
    /// ИИН, ЖСН.
    Iin,
    /// БИН, БСН.
    Bin,
    /// ЭЦП, ЭЦҚ.
    Signature,
    /// ЦОН, ХҚО.
    ServiceCentre,
    /// ПОД, ҚҚП.
    AccessPoint,
}

/// The acronym as `<abbr>` after its full name: «индивидуальный идентификационный номер (ИИН)».
pub fn spelled_out(language: Language, acronym: Acronym) -> Html {
    let (full, short) = match acronym {
        Acronym::PaymentCode => (say(language, "full-payment-code"), say(language, "short-payment-code")),
        Acronym::Iin => (say(language, "full-iin"), say(language, "short-iin")),
        Acronym::Bin => (say(language, "full-bin"), say(language, "short-bin")),
        Acronym::Signature => (say(language, "full-signature"), say(language, "short-signature")),
        Acronym::ServiceCentre => {
            (say(language, "full-service-centre"), say(language, "short-service-centre"))
        }
        Acronym::AccessPoint => (say(language, "full-access-point"), say(language, "short-access-point")),
    };
    Html::of(&AcronymTemplate { full: &full.to_string(), short: &short.to_string() })
}

#[derive(Template)]
#[template(source = r#"{{ full }} (<abbr title="{{ full }}">{{ short }}</abbr>)"#, ext = "html")]
struct AcronymTemplate<'a> {
    full: &'a str,
    short: &'a str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_escape_what_they_are_given() {
        let nasty = "<b onload='x'>";
        let mut table = DataTable::new(nasty).column(nasty).number_column("Σ");
        table.row([Html::text(nasty), link(nasty, nasty)]);
        let pieces = [
            Panel::new(Tone::Good, nasty).line(nasty).message_code("m-paid").html(),
            Facts::new().fact(nasty, nasty).html(),
            table.html(),
            qr("https://127.0.0.1/v/0", nasty).unwrap(),
        ];
        let html = Html::join(pieces).to_string();
        assert!(!html.contains("<b "), "{html}");
        for said in
            ["<small>M-PAID</small>", "<dl", "scope=\"col\"", "scope=\"row\"", "role=\"img\"", "<svg "]
        {
            assert!(html.contains(said), "{said}: {html}");
        }
    }

    #[test]
    fn acronyms_are_spelled_out_and_codes_shown_in_fours() {
        let html = spelled_out(Language::Ru, Acronym::Iin).to_string();
        assert!(html.contains("индивидуальный идентификационный номер (<abbr"), "{html}");
        let code = payment_code(Language::Kk, "7291417776317054".parse().unwrap()).to_string();
        assert!(code.contains("<strong>7291 4177 7631 7054</strong>"), "{code}");
    }
}
