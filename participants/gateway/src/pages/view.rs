//! What the gateway's pages have in common: the shell, failures in words, the hooks that tests read.

use askama::Template;
use axum::response::Response;
use http::{StatusCode, Uri};
use pages::part::{Panel, Tone};
use pages::{Html, LanguageSwitch, Markup, Shell, page, say};
use participant::Fault;
use terms::{Language, PaymentCode};
use wire::fault::FaultCode;

/// A page of the gateway.
pub(crate) fn shown(language: Language, uri: &Uri, title: &str, state: Option<&str>, body: Html) -> Response {
    answer(language, uri, title, state, false, StatusCode::OK, body)
}

/// A page of the gateway whose form has errors.
pub(crate) fn invalid(language: Language, uri: &Uri, title: &str, body: Html) -> Response {
    answer(language, uri, title, None, true, StatusCode::UNPROCESSABLE_ENTITY, body)
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
}

/// What went wrong, in words, with where the money is.
pub(crate) fn failed(language: Language, uri: &Uri, fault: &Fault) -> Response {
    let (status, id) = match fault.code {
        FaultCode::PageTokenExpired => (StatusCode::GONE, "m-link-expired"),
        FaultCode::PageTokenUsed => (StatusCode::CONFLICT, "m-link-used"),
        FaultCode::PageTokenInvalid => (StatusCode::NOT_FOUND, "m-link-wrong"),
        FaultCode::PageOfAnotherBrowser => {
            return refused(language, uri, StatusCode::FORBIDDEN, "m-link-other", "other-person");
        }
        _ => {
            tracing::error!(event = "page-failed", cause = %fault);
            (StatusCode::INTERNAL_SERVER_ERROR, "m-500-no-payment")
        }
    };
    let text = say(language, id).with("id", fault.code.id());
    let panel = Panel::new(Tone::Bad, say(language, "pay-title")).line(text).message_code(id);
    let title = say(language, "pay-title").to_string();
    answer(language, uri, &title, None, false, status, Html::join([panel.html(), result("failed")]))
}

/// The browser brings no cookie back, so it could not be told from any other.
pub(crate) fn without_cookies(language: Language, uri: &Uri) -> Response {
    refused(language, uri, StatusCode::FORBIDDEN, "m-cookies", "no-cookies")
}

fn refused(language: Language, uri: &Uri, status: StatusCode, id: &'static str, word: &str) -> Response {
    let title = say(language, "pay-title").to_string();
    let panel = Panel::new(Tone::Bad, &title).line(say(language, id)).message_code(id);
    answer(language, uri, &title, None, false, status, Html::join([panel.html(), result(word)]))
}

#[derive(Template)]
#[template(source = r#"<output id="result" data-result="{{ word }}"></output>"#, ext = "html")]
struct Hook<'a> {
    word: &'a str,
}

/// The outcome in one word, for machines that read the page.
pub(crate) fn result(word: &str) -> Html {
    Html::render(&Hook { word }).unwrap_or_default()
}

#[derive(Template)]
#[template(
    source = r#"<p class="code">{{ label }}: <strong><span id="payment-code" data-code="{{ digits }}">{{ code }}</span></strong></p>"#,
    ext = "html"
)]
struct Code<'a> {
    label: &'a str,
    digits: &'a str,
    code: PaymentCode,
}

/// The payment code, large.
pub(crate) fn code(language: Language, code: PaymentCode) -> Html {
    let label = say(language, "word-payment-code").to_string();
    Html::render(&Code { label: &label, digits: &code.digits(), code }).unwrap_or_default()
}
