//! The internet bank (table 3): log-in in the bank's own way, choice of service, recipient and means,
//! confirmation, the code as an electronic receipt, history.
//!
//! `session` is who is logged in, `order` what a person typed, `pages` the HTML, and this file the routes.
//! What is paid and posted is `use_case::pay_from_account`'s.

mod order;
pub(crate) mod pages;
mod session;

use std::sync::Arc;

use ::pages::{
    ChosenLanguage, CookieReach, HeaderPolicy, assets, with_remembered_language, with_security_headers,
};
use axum::Router;
use axum::extract::{Form, OriginalUri, Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use http::header::{HeaderMap, SET_COOKIE};
use http::{StatusCode, Uri};
use rights::{Action, Group, Permitted, Session};
use serde::Deserialize;
use terms::{AttemptId, Language, Party, PartyNumber};

use crate::cx::Cx;
use crate::operation::{Operation, Origin};
use crate::store as tables;
use crate::use_case::pay_from_account::pay_from_account;
use order::{Order, Typed};
use pages::{History, Screen};
pub(crate) use session::hash_password;
use session::{Doors, SignedInClient};

/// What the pages have at hand.
#[derive(Clone)]
struct Site {
    cx: Cx,
    doors: Arc<Doors>,
}

/// The routes of the internet bank.
pub(crate) fn router(cx: Cx) -> Router {
    let doors = Arc::new(Doors::new(&cx));
    let router = Router::new()
        .route("/", get(front))
        .route("/login", post(log_in))
        .route("/logout", post(log_out))
        .route("/pay", get(choose).post(review))
        .route("/pay/confirm", post(confirm))
        .route("/payments", get(history))
        .route("/payments/{attempt}", get(payment))
        .with_state(Site { cx, doors })
        .merge(assets());
    with_security_headers(with_remembered_language(router), &HeaderPolicy::strict())
}

impl Site {
    fn screen<'a>(
        &'a self,
        language: Language,
        uri: &'a Uri,
        client: Option<&'a SignedInClient>,
    ) -> Screen<'a> {
        Screen { bank: self.cx.bank(), language, uri, client }
    }

    async fn client(&self, headers: &HeaderMap) -> Result<Option<SignedInClient>, Response> {
        self.doors.client(&self.cx, headers).await.map_err(|error| failure(&error))
    }
}

/// A failure of our own: nothing was decided, so nothing was taken.
fn failure(error: &dyn std::fmt::Display) -> Response {
    tracing::error!(event = "page-failed", %error);
    StatusCode::SERVICE_UNAVAILABLE.into_response()
}

fn to(path: &str) -> Response {
    Redirect::to(path).into_response()
}

async fn front(
    State(site): State<Site>,
    ChosenLanguage(language): ChosenLanguage,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Result<Response, Response> {
    if site.client(&headers).await?.is_some() {
        return Ok(to("/pay"));
    }
    Ok(log_in_page(&site, language, &uri, &headers, None))
}

fn log_in_page(
    site: &Site,
    language: Language,
    uri: &Uri,
    headers: &HeaderMap,
    wrong: Option<String>,
) -> Response {
    let host = headers.get(http::header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let (cookie, token) = site.doors.form_token(&site.cx, headers);
    let mut response = site.screen(language, uri, None).log_in(host, &token, wrong);
    if let Some(cookie) = cookie {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

#[derive(Deserialize)]
struct LogIn {
    csrf: String,
    login: String,
    password: String,
}

async fn log_in(
    State(site): State<Site>,
    ChosenLanguage(language): ChosenLanguage,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    Form(typed): Form<LogIn>,
) -> Result<Response, Response> {
    if !site.doors.is_own_form(&headers, &typed.csrf) {
        return Ok(to("/"));
    }
    let password = zeroize::Zeroizing::new(typed.password);
    let entered =
        site.doors.enter(&site.cx, &typed.login, &password).await.map_err(|error| failure(&error))?;
    match entered {
        Some(cookie) => {
            let mut response = to("/pay");
            response.headers_mut().append(SET_COOKIE, cookie);
            Ok(response)
        }
        None => {
            let wrong = pages::in_words(
                language,
                [
                    "Логин немесе құпиясөз қате. Тексеріп, қайталаңыз.",
                    "Логин или пароль неверны. Проверьте и повторите.",
                    "The login or the password is wrong. Check and try again.",
                ],
            );
            Ok(log_in_page(&site, language, &uri, &headers, Some(wrong)))
        }
    }
}

#[derive(Deserialize)]
struct OnlyToken {
    csrf: String,
}

async fn log_out(
    State(site): State<Site>,
    headers: HeaderMap,
    Form(form): Form<OnlyToken>,
) -> Result<Response, Response> {
    let Some(client) = site.client(&headers).await? else { return Ok(to("/")) };
    if !site.doors.is_clients_form(&client, &form.csrf) {
        return Ok(to("/pay"));
    }
    site.doors.leave(&site.cx, &client).await.map_err(|error| failure(&error))?;
    let mut response = to("/");
    response.headers_mut().append(SET_COOKIE, site.doors.session_cookie().clear(CookieReach::Strict));
    Ok(response)
}

async fn choose(
    State(site): State<Site>,
    ChosenLanguage(language): ChosenLanguage,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Result<Response, Response> {
    let Some(client) = site.client(&headers).await? else { return Ok(to("/")) };
    let order =
        Order::of(&site.cx, &client.party, Typed::default()).await.map_err(|error| failure(&error))?;
    Ok(site.screen(language, &uri, Some(&client)).choose(&order, false))
}

async fn review(
    State(site): State<Site>,
    ChosenLanguage(language): ChosenLanguage,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    Form(typed): Form<Typed>,
) -> Result<Response, Response> {
    let Some(client) = site.client(&headers).await? else { return Ok(to("/")) };
    if !site.doors.is_clients_form(&client, &typed.csrf) {
        return Ok(to("/pay"));
    }
    let mut order = Order::of(&site.cx, &client.party, typed).await.map_err(|error| failure(&error))?;
    order.check_recipient(&site.cx).await;
    let screen = site.screen(language, &uri, Some(&client));
    Ok(match order.chosen(language) {
        Ok(chosen) => {
            let attempt = site.cx.host().message_id();
            screen.confirm(&chosen, &order.typed, &attempt.to_string(), site.cx.bank().commission)
        }
        Err(_) => screen.choose(&order, true),
    })
}

/// What the confirmed form carries: what was typed, and what was shown for it.
#[derive(Deserialize)]
struct Confirmed {
    attempt: String,
    price: String,
    #[serde(flatten)]
    typed: Typed,
}

async fn confirm(
    State(site): State<Site>,
    ChosenLanguage(language): ChosenLanguage,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    Form(form): Form<Confirmed>,
) -> Result<Response, Response> {
    let Some(client) = site.client(&headers).await? else { return Ok(to("/")) };
    let attempt: AttemptId = match form.attempt.parse::<terms::MessageId>() {
        Ok(id) => id.to_string().parse().expect("a UUID fits an attempt"),
        Err(_) => return Ok(to("/pay")),
    };
    if !site.doors.is_clients_form(&client, &form.typed.csrf) {
        return Ok(to("/pay"));
    }
    let mut order = Order::of(&site.cx, &client.party, form.typed).await.map_err(|error| failure(&error))?;
    order.check_recipient(&site.cx).await;
    let screen = site.screen(language, &uri, Some(&client));
    let Ok(chosen) = order.chosen(language) else { return Ok(screen.choose(&order, true)) };
    if chosen.service.price.to_string() != form.price {
        // The price has changed since it was shown: it is shown again, and nothing was done.
        return Ok(screen.confirm(&chosen, &order.typed, attempt.as_str(), site.cx.bank().commission));
    }
    let asked = chosen.asked(attempt.clone(), &client.party, site.cx.bank().commission);
    let Some(permitted) = permit(&client.party, asked) else {
        return Ok(StatusCode::FORBIDDEN.into_response());
    };
    // `transport` lets a handler finish where the browser has gone: a person has paid or has not, but not
    // half.
    pay_from_account(&site.cx, permitted.command().clone()).await.map_err(|error| failure(&error))?;
    Ok(to(&format!("/payments/{attempt}")))
}

/// The rights of a logged-in client (cl. 20). Clients of the internet bank are persons; an organisation's
/// account is debited on the gateway's page.
fn permit<T>(client: &Party, command: T) -> Option<Permitted<T>> {
    let PartyNumber::Person(iin) = client.number else { return None };
    let session = Session { iin, name: client.name.clone(), groups: vec![Group::BankClient] };
    Permitted::session(command, Action("PayFromAccount"), &session).ok()
}

async fn payment(
    State(site): State<Site>,
    ChosenLanguage(language): ChosenLanguage,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    Path(attempt): Path<String>,
) -> Result<Response, Response> {
    let Some(client) = site.client(&headers).await? else { return Ok(to("/")) };
    let Ok(attempt) = attempt.parse::<AttemptId>() else { return Ok(to("/payments")) };
    let found = site
        .cx
        .database()
        .read(move |conn| {
            let Some((_, operation)) = tables::find(conn, &Origin::InternetBank, &attempt)? else {
                return Ok(None);
            };
            with_notice(conn, operation).map(Some)
        })
        .await
        .map_err(|error: ::store::StoreError| failure(&error))?;
    // Somebody else's payment is answered as one that does not exist.
    let Some(found) = found.filter(|found| found.operation.payer.number == client.party.number) else {
        return Ok(to("/payments"));
    };
    let services = site.cx.services().await.unwrap_or_default();
    Ok(site.screen(language, &uri, Some(&client)).payment(&found, &services))
}

fn with_notice(
    conn: &::store::rusqlite::Connection,
    operation: Operation,
) -> Result<History, ::store::StoreError> {
    let notice = match operation.code {
        Some(code) => tables::notice(conn, "NotifyPayment", code)?,
        None => None,
    };
    Ok(History { operation, notice })
}

async fn history(
    State(site): State<Site>,
    ChosenLanguage(language): ChosenLanguage,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Result<Response, Response> {
    let Some(client) = site.client(&headers).await? else { return Ok(to("/")) };
    let number = client.party.number;
    let payments = site
        .cx
        .database()
        .read(move |conn| {
            let operations = tables::history(conn, number)?.into_iter();
            operations.map(|(_, operation)| with_notice(conn, operation)).collect::<Result<Vec<_>, _>>()
        })
        .await
        .map_err(|error: ::store::StoreError| failure(&error))?;
    let services = site.cx.services().await.unwrap_or_default();
    Ok(site.screen(language, &uri, Some(&client)).history(&payments, &services))
}
