//! The gateway's pages for people: payment from an account, receipts, their public check, the registry of services.
//!
//! A page shows and asks; what may be done is decided by the use cases. Nobody logs in here: the account page is opened
//! by its one-time token, a receipt by its own link.

mod account;
mod receipts;
mod view;

use std::sync::Arc;

use axum::Router;
use axum::response::Response;
use axum::routing::get;
use pages::part::{Panel, Tone};
use pages::{CsrfKey, HeaderPolicy, Html, Markup as _, Refusal, say};

use crate::cx::Cx;

/// What the pages work with.
#[derive(Clone)]
pub(crate) struct Site {
    cx: Arc<Cx>,
    csrf: Arc<CsrfKey>,
}

/// A refusal that no page made: nothing is said of money, because no payment is meant.
fn refused(refusal: &Refusal<'_>) -> Response {
    let title = say(refusal.language, "error-prefix").to_string();
    let panel = Panel::new(Tone::Bad, refusal.text());
    let body = Html::join([panel.html(), view::result(refusal.word())]);
    view::shown(refusal.language, refusal.uri, title.trim_end_matches(':'), None, body)
}

/// All pages.
pub fn router(cx: Arc<Cx>) -> Router {
    let csrf = Arc::new(CsrfKey::new(&cx.links.derived_key(b"csrf of the account page")));
    let registry = crate::uddi::page_router(cx.host.clone());
    let routes = Router::new()
        .route("/pay/{token}", get(account::show).post(account::review))
        .route("/pay/{token}/confirm", axum::routing::post(account::confirm))
        .route("/pay/{token}/cancel", axum::routing::post(account::cancel))
        .route("/r/{token}", get(receipts::page))
        .route("/r/{token}/receipt.pdf", get(receipts::pdf))
        .route("/r/{token}/receipt.xml", get(receipts::xml))
        .route("/v/{token}", get(receipts::check))
        .with_state(Site { cx, csrf })
        .merge(registry)
        .merge(pages::assets());
    let routes = pages::with_worded_refusals(routes, refused);
    pages::with_security_headers(pages::with_remembered_language(routes), &HeaderPolicy::strict())
}
