//! Receipts for those who hold their link, and the public check behind their QR code (T1.28-30, T2.19-20).
//!
//! The check shows no personal data: only whether the receipt is genuine, and whether its code is used.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{StatusCode, Uri, header};
use pages::part::{Facts, Panel, Tone, link};
use pages::{ChosenLanguage, Html, Markup, say};
use payment::Life;
use store::{Store, StoreError};
use terms::{Language, OneTimeToken, PaymentCode};
use wire::fault::FaultCode;

use super::{Site, view};
use crate::receipt::{document, receipt_of};

impl Site {
    fn code_of(&self, token: &str) -> Option<PaymentCode> {
        self.cx.links.code_of(&token.parse::<OneTimeToken>().ok()?)
    }
}

fn no_such(language: Language, uri: &Uri) -> Response {
    let title = say(language, "verify-title").to_string();
    let panel = Panel::new(Tone::Bad, say(language, "verify-false")).line(say(language, "m-verify-false"));
    let mut response =
        view::shown(language, uri, &title, None, Html::join([panel.html(), view::result("false")]));
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

/// `GET /r/{token}`.
pub(super) async fn page(
    State(site): State<Site>,
    ChosenLanguage(language): ChosenLanguage,
    uri: Uri,
    Path(token): Path<String>,
) -> Response {
    let Some(code) = site.code_of(&token) else { return no_such(language, &uri) };
    let found = receipt_of(&site.cx, code).await;
    let title = say(language, "receipt-title").to_string();
    match found {
        Ok(Some((receipt, record))) => {
            let document = document(&site.cx, &receipt, record.made_at, String::new());
            let links = [
                link(&format!("/r/{token}/receipt.pdf"), say(language, "receipt-save")),
                Html::text(" · "),
                link(&format!("/r/{token}/receipt.xml"), say(language, "receipt-xml")),
            ];
            let heading = Panel::new(Tone::Good, &title);
            let facts = Facts::of_receipt(&document, language).html();
            let body = Html::join([heading.html(), view::code(language, code), facts, Html::join(links)]);
            view::shown(language, &uri, &title, None, body)
        }
        Ok(None) => {
            let panel = Panel::new(Tone::Wait, &title).line(say(language, "receipt-not-ready"));
            view::shown(language, &uri, &title, None, panel.html())
        }
        Err(error) => {
            tracing::error!(event = "receipt-failed", error = format!("{error:#}"));
            view::failed(language, &uri, &FaultCode::Internal.into())
        }
    }
}

async fn file(site: &Site, token: &str, pdf: bool) -> Response {
    let Some(code) = site.code_of(token) else { return StatusCode::NOT_FOUND.into_response() };
    match receipt_of(&site.cx, code).await {
        Ok(Some((receipt, record))) => {
            let (kind, extension, octets) = if pdf {
                ("application/pdf", "pdf", record.pdf.unwrap_or_default())
            } else {
                ("application/xml", "xml", record.signed)
            };
            let name = format!("attachment; filename=\"receipt-{}.{extension}\"", receipt.transaction);
            ([(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, name)], octets)
                .into_response()
        }
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => {
            tracing::error!(event = "receipt-failed", error = format!("{error:#}"));
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// `GET /r/{token}/receipt.pdf`.
pub(super) async fn pdf(State(site): State<Site>, Path(token): Path<String>) -> Response {
    file(&site, &token, true).await
}

/// `GET /r/{token}/receipt.xml`.
pub(super) async fn xml(State(site): State<Site>, Path(token): Path<String>) -> Response {
    file(&site, &token, false).await
}

/// `GET /v/{token}`.
pub(super) async fn check(
    State(site): State<Site>,
    ChosenLanguage(language): ChosenLanguage,
    uri: Uri,
    Path(token): Path<String>,
) -> Response {
    let Some(code) = site.code_of(&token) else { return no_such(language, &uri) };
    let life = site
        .cx
        .store
        .read(move |view| Ok::<_, StoreError>(view.payment(code)?.map(|stored| stored.value.life)))
        .await;
    let title = say(language, "verify-title").to_string();
    let (tone, heading, line, word) = match life {
        Ok(Some(Life::Paid(_) | Life::Bound(..))) => {
            (Tone::Good, "verify-genuine", "receipt-unused", "genuine")
        }
        Ok(Some(Life::Closed(..))) => (Tone::Good, "verify-genuine", "money-used", "used"),
        Ok(Some(Life::Reversed(..))) => (Tone::Bad, "verify-genuine", "state-reversed", "reversed"),
        Ok(Some(Life::Refunded(..))) => (Tone::Bad, "verify-genuine", "state-refunded", "refunded"),
        Ok(_) => return no_such(language, &uri),
        Err(error) => {
            tracing::error!(event = "check-failed", %error);
            return view::failed(language, &uri, &FaultCode::Internal.into());
        }
    };
    let panel = Panel::new(tone, say(language, heading))
        .line(say(language, line))
        .line(say(language, "verify-about"));
    view::shown(language, &uri, &title, None, Html::join([panel.html(), view::result(word)]))
}
