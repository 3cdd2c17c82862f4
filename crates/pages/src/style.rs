//! The one style sheet, served from the program itself.

use std::sync::LazyLock;

use aws_lc_rs::digest::{SHA256, digest};
use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderMap, HeaderValue, IF_NONE_MATCH};

/// Where the style sheet is.
pub const STYLE_PATH: &str = "/assets/tolem.css";

static STYLE: &str = include_str!("../assets/tolem.css");

static TAG: LazyLock<HeaderValue> = LazyLock::new(|| {
    let hash = hex::encode(digest(&SHA256, STYLE.as_bytes()));
    HeaderValue::from_str(&format!("\"{}\"", &hash[..32])).expect("hexadecimal digits are ASCII")
});

/// The route of the style sheet, to be merged into a participant's router.
pub fn assets<S>() -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    Router::new().route(STYLE_PATH, get(style))
}

async fn style(headers: HeaderMap) -> Response {
    // Kept by the browser but asked about each time, so that a new version never meets an old style sheet.
    let kept = [(CACHE_CONTROL, HeaderValue::from_static("no-cache")), (ETAG, TAG.clone())];
    if headers.get(IF_NONE_MATCH) == Some(&*TAG) {
        return (StatusCode::NOT_MODIFIED, kept).into_response();
    }
    let media = [(CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8"))];
    (kept, media, STYLE).into_response()
}
