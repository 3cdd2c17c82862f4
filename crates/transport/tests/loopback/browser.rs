//! The walkthroughs' browser.

use axum::Router;
use axum::response::{AppendHeaders, Html, IntoResponse, Redirect};
use axum::routing::{get, post};
use http::header::{ACCEPT_LANGUAGE, COOKIE, ORIGIN, SET_COOKIE};
use http::{HeaderMap, StatusCode};
use transport::{BrowseError, Browser, ClientAuth, Peer, ServerLimits};

use crate::world::Country;

fn field(headers: &HeaderMap, name: http::HeaderName) -> String {
    headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
}

fn site() -> Router {
    let log_in = |body: String| async move {
        let cookies = AppendHeaders([
            (SET_COOKIE, "session=abc; Path=/; Secure; HttpOnly; SameSite=Lax".to_owned()),
            (SET_COOKIE, format!("form={}; Path=/form", body.len())),
        ]);
        (cookies, Redirect::to("../home"))
    };
    let home = |headers: HeaderMap| async move {
        Html(format!("{}|{}", field(&headers, COOKIE), field(&headers, ACCEPT_LANGUAGE)))
    };
    let log_out = || async { (AppendHeaders([(SET_COOKIE, "session=; Path=/; Max-Age=0")]), "bye") };
    let echo = |headers: HeaderMap, body: String| async move {
        format!("{}|{}|{body}", field(&headers, ORIGIN), field(&headers, "sec-fetch-site".parse().unwrap()))
    };
    Router::new()
        .route("/form/login", post(log_in))
        .route("/home", get(home))
        .route("/logout", get(log_out))
        .route("/echo", post(echo))
        .route("/temporary", post(|| async { Redirect::temporary("/echo") }))
        .route("/loop", get(|| async { Redirect::to("/loop") }))
        .route("/plain", get(|| async { Redirect::to("http://localhost/") }))
        .route(
            "/who",
            get(|peer: Peer| async move { peer.certificate.is_some().to_string().into_response() }),
        )
}

#[tokio::test]
async fn a_browser_logs_in_by_a_form_keeps_its_cookies_and_logs_out() {
    let country = Country::new();
    let server = country.serve_with(site(), ClientAuth::None, ServerLimits::default()).await;
    let mut browser = Browser::new(None, &country.roots()).unwrap();
    browser.prefer(terms::Language::Ru);
    let page = browser.post_form(&server.url("/form/login"), &[("iin", "1 & 2")]).await.unwrap();
    assert_eq!(page.body, "session=abc|ru");
    assert_eq!(page.url, server.url("/home"));
    assert_eq!(page.redirected_from, [server.url("/form/login")]);
    assert_eq!(browser.cookie(&server.url("/form/x"), "form"), Some("11"));
    assert_eq!(browser.cookie(&server.url("/home"), "form"), None);

    assert_eq!(browser.get("/logout").await.unwrap().body, "bye");
    assert_eq!(browser.get("home").await.unwrap().body, "|ru");
    assert_eq!(browser.get("/nowhere").await.unwrap().status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_form_keeps_its_fields_over_a_temporary_redirect_and_says_where_it_comes_from() {
    let country = Country::new();
    let server = country.serve_with(site(), ClientAuth::None, ServerLimits::default()).await;
    let mut browser = Browser::new(None, &country.roots()).unwrap();
    browser.get(&server.url("/home")).await.unwrap();
    let page = browser.post_form("/temporary", &[("name", "Қазына"), ("sum", "1+1")]).await.unwrap();
    let origin = server.url("");
    assert_eq!(
        page.body,
        format!("{origin}|same-origin|name=%D2%9A%D0%B0%D0%B7%D1%8B%D0%BD%D0%B0&sum=1%2B1")
    );
}

#[tokio::test]
async fn redirects_have_an_end_and_never_leave_https() {
    let country = Country::new();
    let server = country.serve_with(site(), ClientAuth::None, ServerLimits::default()).await;
    let mut browser = Browser::new(None, &country.roots()).unwrap();
    assert!(matches!(browser.get(&server.url("/loop")).await, Err(BrowseError::TooManyRedirects(_))));
    assert!(matches!(browser.get(&server.url("/plain")).await, Err(BrowseError::Nowhere(_))));
    assert!(matches!(browser.get("http://localhost/").await, Err(BrowseError::Address(_))));
}

#[tokio::test]
async fn a_browser_shows_its_certificate_where_it_has_one() {
    let country = Country::new();
    let server = country.serve_with(site(), ClientAuth::Optional, ServerLimits::default()).await;
    let mut anonymous = Browser::new(None, &country.roots()).unwrap();
    assert_eq!(anonymous.get(&server.url("/who")).await.unwrap().body, "false");
    let mut known = Browser::new(Some(&country.identity()), &country.roots()).unwrap();
    assert_eq!(known.get(&server.url("/who")).await.unwrap().body, "true");
}
