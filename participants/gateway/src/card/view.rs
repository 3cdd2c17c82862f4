//! How the card page looks in each state of its payment, and what it says when something is wrong.

use askama::Template;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, Uri};
use pages::form::{ButtonKind, FormErrors, TextInput, button, form, hidden};
use pages::part::{Facts, Panel, Tone, link};
use pages::{Html, LanguageSwitch, Markup, MoneyState, Shell, money, page, say, written};
use participant::CallFailure;
use payment::OPEN_ITEM_AFTER_SECONDS;
use terms::{Language, Moment, OneTimeToken, PaymentCode};
use wire::card::LookUpCardPaymentResponse;
use wire::common::CardPageState;
use wire::fault::FaultCode;

use super::fields::{CODE, EXPIRY, FORM, NUMBER};

/// The well-known test numbers, each with the text of what comes of it.
const TEST_CARDS: [(&str, &str); 7] = [
    ("4242 4242 4242 4242", "m-paid"),
    ("5555 5555 5555 4444", "m-paid"),
    ("4000 0000 0000 0002", "m-decl-1"),
    ("4000 0000 0000 9995", "m-decl-2"),
    ("4000 0000 0000 0069", "m-decl-3"),
    ("4000 0000 0000 0127", "m-decl-4"),
    ("4000 0000 0000 0119", "pay-result-unknown"),
];

/// One look at the page.
pub(crate) struct Look<'a> {
    /// In which language.
    pub(crate) language: Language,
    /// The address it was asked for by.
    pub(crate) uri: &'a Uri,
    /// The secret of the page.
    pub(crate) token: &'a OneTimeToken,
    /// What the gateway says.
    pub(crate) shown: &'a LookUpCardPaymentResponse,
    /// The token against forged forms.
    pub(crate) csrf: &'a str,
    /// The name of this rendering of the form.
    pub(crate) form: &'a str,
    /// Since when the bank is being asked, as far as this process knows.
    pub(crate) asked_since: Option<Moment>,
    /// The present moment.
    pub(crate) now: Moment,
    /// Whether to list the test cards.
    pub(crate) test_cards: bool,
}

/// Why the form is shown again.
#[derive(Debug, Clone)]
pub(crate) enum Again {
    /// It is shown for the first time.
    No,
    /// The bank was not charged, for the reason of this text.
    NotTaken(&'static str),
    /// The form was not one of ours, or an old one.
    OldForm,
    /// There are errors in it.
    Errors(FormErrors),
}

impl Look<'_> {
    /// The page in the state its payment is in.
    pub(crate) fn draw(&self, again: &Again) -> Response {
        match self.shown.state {
            CardPageState::Open | CardPageState::Declined => self.draw_form(again),
            CardPageState::Asked => {
                let panel = Panel::new(Tone::Wait, say(self.language, "m-wait"))
                    .line(say(self.language, "m-wait-about"))
                    .line(say(self.language, "pay-do-not-repeat"))
                    .message_code("m-wait");
                self.draw_result("wait", panel, Html::join([self.facts(), self.refresh()]))
            }
            CardPageState::Unknown => {
                let until = self.asked_since.unwrap_or(self.now).plus_seconds(OPEN_ITEM_AFTER_SECONDS);
                let until = written::until(self.language, until.max(self.now), self.now);
                let panel = Panel::new(Tone::Wait, say(self.language, "pay-result-unknown"))
                    .line(say(self.language, "m-unknown").with("until", until))
                    .message_code("m-unknown");
                self.draw_result("unknown", panel, Html::join([self.facts(), self.refresh()]))
            }
            CardPageState::Paid => {
                // The gateway sends the code for as long as it may be shown.
                let code = self.shown.payment_code.map(|code| payment_code(self.language, code));
                let line = if code.is_some() { "pay-keep-code" } else { "pay-code-in-cabinet" };
                let panel = Panel::new(Tone::Good, say(self.language, "m-paid"))
                    .line(say(self.language, line))
                    .message_code("m-paid");
                self.draw_result("paid", panel, Html::join([code.unwrap_or_default(), self.facts()]))
            }
            CardPageState::Cancelled => {
                let panel = Panel::new(Tone::Plain, say(self.language, "pay-result-cancelled"))
                    .line(say(self.language, "m-cancel"))
                    .message_code("m-cancel");
                self.draw_result("cancelled", panel, Html::default())
            }
        }
    }

    fn draw_form(&self, again: &Again) -> Response {
        let (language, title) = (self.language, say(self.language, "pay-card-title").to_string());
        let none = FormErrors::new();
        let errors = if let Again::Errors(errors) = again { errors } else { &none };
        let (status, head) = match (again, self.shown.state) {
            (Again::NotTaken(id), _) => (StatusCode::OK, self.not_taken(id)),
            (Again::OldForm, _) => (StatusCode::FORBIDDEN, self.notice("m-form-old", "failed")),
            (Again::Errors(_), _) => (StatusCode::UNPROCESSABLE_ENTITY, heading(&title)),
            // Why it was declined is not remembered for ever; that no money was taken is sure.
            (Again::No, CardPageState::Declined) => {
                (StatusCode::OK, self.notice("money-not-taken", "declined"))
            }
            (Again::No, _) => (StatusCode::OK, heading(&title)),
        };
        let body = Html::join([
            errors.summary(language),
            head,
            self.facts(),
            self.card_form(errors),
            form(
                "cancel",
                &self.address("/cancel"),
                self.csrf,
                [hidden(FORM, self.form), button(say(language, "pay-cancel"), ButtonKind::Other)],
            ),
            if self.test_cards { test_cards(language) } else { Html::default() },
        ]);
        answer(language, self.uri, &title, None, !errors.is_empty(), status, body)
    }

    /// Number, expiry, code and the button with the sum. None of the three is ever filled in.
    fn card_form(&self, errors: &FormErrors) -> Html {
        let language = self.language;
        let field = |name, label, hint, digits, purpose| {
            TextInput::new(language, name, say(language, label))
                .hint(say(language, hint))
                .numeric(digits)
                .autocomplete(purpose)
                .error(errors.of(name))
                .html()
        };
        let sum = money(language, self.shown.amount);
        form(
            "card-form",
            &self.address(""),
            self.csrf,
            [
                hidden(FORM, self.form),
                field(NUMBER, "pay-card-number", "pay-card-number-hint", 19, "cc-number"),
                field(EXPIRY, "pay-card-expiry", "pay-card-expiry-hint", 4, "cc-exp"),
                field(CODE, "pay-card-code", "pay-card-code-hint", 3, "cc-csc"),
                button(say(language, "pay-button").with("sum", sum), ButtonKind::Main),
            ],
        )
    }

    fn not_taken(&self, id: &'static str) -> Html {
        let word = if id.starts_with("m-decl-") { "declined" } else { "failed" };
        self.notice(id, word)
    }

    /// Why the form is here again, above it.
    fn notice(&self, id: &'static str, word: &'static str) -> Html {
        let text = say(self.language, id).with("id", FaultCode::Internal.id());
        let panel =
            Panel::new(Tone::Bad, say(self.language, "pay-result-refused")).line(text).message_code(id);
        Html::join([panel.html(), result(word)])
    }

    fn draw_result(&self, word: &'static str, panel: Panel, rest: Html) -> Response {
        let back =
            back(&self.shown.return_url.to_string(), &say(self.language, "pay-to-cabinet").to_string());
        let body = Html::join([panel.html(), result(word), rest, back]);
        let title = say(self.language, "pay-card-title").to_string();
        let state = match self.shown.state {
            CardPageState::Paid => say(self.language, "pay-result-paid"),
            CardPageState::Cancelled => say(self.language, "pay-result-cancelled"),
            _ => say(self.language, "pay-wait-title"),
        };
        answer(self.language, self.uri, &title, Some(&state.to_string()), false, StatusCode::OK, body)
    }

    fn facts(&self) -> Html {
        Facts::new()
            .fact(say(self.language, "pay-what"), self.shown.service_name.get(self.language))
            .fact(say(self.language, "pay-for-whom"), &self.shown.recipient_masked)
            .fact(say(self.language, "label-amount"), money(self.language, self.shown.amount))
            .html()
    }

    fn refresh(&self) -> Html {
        link(&self.address(""), say(self.language, "pay-wait-refresh"))
    }

    fn address(&self, end: &str) -> String {
        format!("/pay/{}{end}", self.token)
    }
}

/// The gateway did not say what there is to show.
pub(crate) fn failed(language: Language, uri: &Uri, failure: &CallFailure, now: Moment) -> Response {
    let said = match failure {
        CallFailure::Refused(fault) => fault.code.as_str(),
        CallFailure::NotSent(_) | CallFailure::Unknown(_) => FaultCode::Internal.id(),
    };
    let known = [
        (FaultCode::PageTokenInvalid, StatusCode::NOT_FOUND, "m-link-wrong"),
        (FaultCode::PageTokenExpired, StatusCode::GONE, "m-link-expired"),
        (FaultCode::PageTokenUsed, StatusCode::CONFLICT, "m-link-used"),
    ];
    if said == FaultCode::PageOfAnotherBrowser.id() {
        return other_person(language, uri);
    }
    match known.into_iter().find(|(code, ..)| code.id() == said) {
        Some((_, status, id)) => refused(language, uri, status, id),
        None => {
            tracing::error!(event = "page-not-shown", %failure);
            // Without the gateway nobody here knows whether an earlier form was paid.
            let money = MoneyState::Unknown { until: now.plus_seconds(OPEN_ITEM_AFTER_SECONDS), now };
            let text = say(language, "m-500").with("money", money.text(language)).with("id", said);
            problem(language, uri, StatusCode::SERVICE_UNAVAILABLE, "m-500", text.to_string(), "failed")
        }
    }
}

/// A page that says one thing: the link is wrong, the form too large.
pub(crate) fn refused(language: Language, uri: &Uri, status: StatusCode, id: &'static str) -> Response {
    problem(language, uri, status, id, say(language, id).to_string(), "failed")
}

/// The page belongs to another browser: no data, no form, no way to cancel.
pub(crate) fn other_person(language: Language, uri: &Uri) -> Response {
    let text = say(language, "m-link-other").to_string();
    problem(language, uri, StatusCode::FORBIDDEN, "m-link-other", text, "other-person")
}

/// The browser brings no cookie back, so it could not be told from any other.
pub(crate) fn without_cookies(language: Language, uri: &Uri) -> Response {
    let text = say(language, "m-cookies").to_string();
    problem(language, uri, StatusCode::FORBIDDEN, "m-cookies", text, "no-cookies")
}

fn problem(
    language: Language,
    uri: &Uri,
    status: StatusCode,
    id: &str,
    text: String,
    word: &str,
) -> Response {
    let title = say(language, "pay-title").to_string();
    let panel = Panel::new(Tone::Bad, &title).line(text).message_code(id);
    answer(language, uri, &title, None, false, status, Html::join([panel.html(), result(word)]))
}

fn answer(
    language: Language,
    uri: &Uri,
    title: &str,
    state: Option<&str>,
    invalid: bool,
    status: StatusCode,
    body: Html,
) -> Response {
    page(&Shell {
        language,
        title,
        service: &say(language, "site-gateway").to_string(),
        state,
        invalid,
        switch: LanguageSwitch::Links(uri),
        signed_in: None,
        help: None,
        demonstration: true,
        status,
        body,
    })
    .into_response()
}

fn rendered(template: &impl Template) -> Html {
    Html::render(template).expect("the templates here only write strings")
}

#[derive(Template)]
#[template(source = "<h1>{{ title }}</h1>", ext = "html")]
struct Heading<'a> {
    title: &'a str,
}

fn heading(title: &str) -> Html {
    rendered(&Heading { title })
}

#[derive(Template)]
#[template(source = r#"<output id="result" data-result="{{ word }}"></output>"#, ext = "html")]
struct Hook<'a> {
    word: &'a str,
}

/// The outcome in one word, for machines that read the page.
fn result(word: &str) -> Html {
    rendered(&Hook { word })
}

#[derive(Template)]
#[template(source = r#"<p><a id="back" class="button" href="{{ href }}">{{ label }}</a></p>"#, ext = "html")]
struct Back<'a> {
    href: &'a str,
    label: &'a str,
}

/// The way back to the portal; the address is the gateway's, never the browser's.
fn back(href: &str, label: &str) -> Html {
    rendered(&Back { href, label })
}

#[derive(Template)]
#[template(
    source = r#"<p class="code"><span class="code-label">{{ label }}</span>
<strong><span id="payment-code" data-code="{{ digits }}">{{ code }}</span></strong></p>"#,
    ext = "html"
)]
struct Code<'a> {
    label: &'a str,
    digits: &'a str,
    code: PaymentCode,
}

fn payment_code(language: Language, code: PaymentCode) -> Html {
    let label = say(language, "word-payment-code").to_string();
    rendered(&Code { label: &label, digits: &code.digits(), code })
}

#[derive(Template)]
#[template(
    source = r#"<details id="test-cards"><summary>{{ title }}</summary>
<dl class="facts">
{%- for (number, meaning) in cards %}
<div><dt>{{ number }}</dt><dd>{{ meaning }}</dd></div>
{%- endfor %}
</dl></details>"#,
    ext = "html"
)]
struct TestCards<'a> {
    title: &'a str,
    cards: Vec<(&'a str, String)>,
}

fn test_cards(language: Language) -> Html {
    let cards = TEST_CARDS.map(|(number, id)| (number, say(language, id).to_string())).into();
    rendered(&TestCards { title: &say(language, "pay-test-cards").to_string(), cards })
}
