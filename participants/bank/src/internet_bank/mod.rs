//! The internet bank (table 3): log-in in the bank's own way, choice of service, recipient and means,
//! confirmation by a one-time code, the payment code as an electronic receipt, history. An organisation pays from
//! its accounts by its representative.
//!
//! `session` is who is logged in, `order` what a person typed, `pages` the HTML, and this file the routes.
//! What is paid and posted is `use_case::pay_from_account`'s.

mod order;
mod pages;
mod session;
mod tries;

use std::sync::Arc;

use ::pages::{
    ChosenLanguage, CookieReach, HeaderPolicy, Refusal, assets, say, with_remembered_language,
    with_security_headers, with_worded_refusals, written,
};
use ::store::StoreError;
use ::store::rusqlite::Connection;
use axum::Router;
use axum::extract::{Form, FromRequestParts, OriginalUri, Path, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use http::header::{HeaderMap, SET_COOKIE};
use http::request::Parts;
use http::{StatusCode, Uri};
use rights::{Action, Group, Permitted, Session};
use serde::Deserialize;
use terms::{AttemptId, Language};
use zeroize::Zeroizing;

use crate::core::Actor;
use crate::cx::Cx;
use crate::operation::{Operation, Origin};
use crate::pages::in_words;
use crate::store as tables;
use crate::use_case::pay_from_account::{Answer, pay_from_account};
use order::{Order, Typed};
use pages::{Checked, History, Screen};
pub(crate) use session::hash_password;
use session::{Doors, Entered, SignedInClient};

/// What the pages have at hand.
#[derive(Clone)]
struct Site {
    cx: Cx,
    doors: Arc<Doors>,
}

/// The routes of the internet bank.
pub(crate) fn router(cx: Cx) -> Router {
    let doors = Arc::new(Doors::new(&cx));
    let site = Site { cx, doors };
    let router = Router::new()
        .route("/", get(front))
        .route("/login", post(log_in))
        .route("/logout", post(log_out))
        .route("/pay", get(choose).post(review))
        .route("/pay/confirm", post(confirm))
        .route("/payments", get(history))
        .route("/payments/{attempt}", get(payment))
        .with_state(site.clone())
        .layer(from_fn_with_state(site.clone(), explain))
        .merge(assets());
    let router = with_worded_refusals(router, move |refusal| {
        let Refusal { status, language, uri } = *refusal;
        let text = refusal.text().to_string();
        Screen { bank: site.cx.bank(), language, uri, client: None }.problem(status, &text)
    });
    with_security_headers(with_remembered_language(router), &HeaderPolicy::strict())
}

/// A logged-in client on a page.
struct Visit {
    site: Site,
    language: Language,
    uri: Uri,
    client: SignedInClient,
}

impl FromRequestParts<Site> for Visit {
    type Rejection = Response;

    /// Whoever is not logged in is led to the log-in.
    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Response> {
        let client = site.doors.client(&site.cx, &parts.headers).await.map_err(|error| failure(&error))?;
        let client = client.ok_or_else(|| to("/"))?;
        let Ok(ChosenLanguage(language)) = ChosenLanguage::from_request_parts(parts, site).await;
        let Ok(OriginalUri(uri)) = OriginalUri::from_request_parts(parts, site).await;
        Ok(Self { site: site.clone(), language, uri, client })
    }
}

impl Visit {
    fn cx(&self) -> &Cx {
        &self.site.cx
    }

    fn screen(&self) -> Screen<'_> {
        let Self { site, language, uri, client } = self;
        Screen { bank: site.cx.bank(), language: *language, uri, client: Some(client) }
    }

    /// Whether a form is this session's own; the sender of another's is led back.
    fn is_own_form(&self, csrf: &str) -> bool {
        self.site.doors.is_clients_form(&self.client, csrf)
    }

    /// What was typed, with what it can be chosen from; another recipient is asked for at the registry.
    async fn order(&self, typed: Typed) -> Result<Order, Response> {
        let order = Order::of(self.cx(), &self.client.party, typed).await;
        let mut order = order.map_err(|error| failure(&error))?;
        order.check_recipient(self.cx()).await;
        Ok(order)
    }
}

/// A failure of our own. The words are [`explain`]'s.
fn failure(error: &dyn std::fmt::Display) -> Response {
    tracing::error!(event = "page-failed", %error);
    StatusCode::SERVICE_UNAVAILABLE.into_response()
}

/// Puts words to a failure of our own. Where a payment may be meant, nothing is said to be proved of it.
async fn explain(
    State(site): State<Site>,
    ChosenLanguage(language): ChosenLanguage,
    OriginalUri(uri): OriginalUri,
    request: Request,
    next: Next,
) -> Response {
    let response = next.run(request).await;
    let status = response.status();
    if status != StatusCode::SERVICE_UNAVAILABLE {
        return response;
    }
    let reference = site.cx.host().message_id().to_string();
    tracing::error!(event = "failure-shown", path = uri.path(), reference);
    let is_of_a_payment = uri.path() == "/pay/confirm" || uri.path().starts_with("/payments");
    let text = if is_of_a_payment {
        let money = in_words(
            language,
            [
                "төлем өткен-өтпегені әлі белгісіз. Қайта төлемеңіз, төлемдер тарихын кейінірек қараңыз.",
                "пока неизвестно, прошёл ли он. Не платите повторно, посмотрите историю платежей позже.",
                "it is not known yet whether it went through. Do not pay again, look at your payments later.",
            ],
        );
        say(language, "m-500").with("money", money).with("id", reference)
    } else {
        say(language, "m-500-no-payment").with("id", reference)
    };
    Screen { bank: site.cx.bank(), language, uri: &uri, client: None }.problem(status, &text.to_string())
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
    let client = site.doors.client(&site.cx, &headers).await.map_err(|error| failure(&error))?;
    Ok(match client {
        Some(_) => to("/pay"),
        None => log_in_page(&site, language, &uri, &headers, None),
    })
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
    let screen = Screen { bank: site.cx.bank(), language, uri, client: None };
    let mut response = screen.log_in(host, &token, wrong);
    if let Some(cookie) = cookie {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

#[derive(Deserialize)]
struct LogIn {
    csrf: String,
    login: String,
    password: Zeroizing<String>,
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
    let entered = site.doors.enter(&site.cx, &typed.login, &typed.password).await;
    let wrong = match entered.map_err(|error| failure(&error))? {
        Entered::Session(cookie) => {
            let mut response = to("/pay");
            response.headers_mut().append(SET_COOKIE, cookie);
            return Ok(response);
        }
        Entered::Wrong => in_words(
            language,
            [
                "Логин немесе құпиясөз қате. Тексеріп, қайталаңыз.",
                "Логин или пароль неверны. Проверьте и повторите.",
                "The login or the password is wrong. Check and try again.",
            ],
        ),
        Entered::TooMany { until } => {
            // Minutes are shown: the next whole one, so that it is true from its first second.
            let after = written::after(language, until.plus_seconds(59), site.cx.now());
            say(language, "m-sign-7").with("after", after).to_string()
        }
    };
    Ok(log_in_page(&site, language, &uri, &headers, Some(wrong)))
}

#[derive(Deserialize)]
struct OnlyToken {
    csrf: String,
}

async fn log_out(visit: Visit, Form(form): Form<OnlyToken>) -> Result<Response, Response> {
    if !visit.is_own_form(&form.csrf) {
        return Ok(to("/pay"));
    }
    let doors = &visit.site.doors;
    doors.leave(visit.cx(), &visit.client).await.map_err(|error| failure(&error))?;
    let mut response = to("/");
    response.headers_mut().append(SET_COOKIE, doors.session_cookie().clear(CookieReach::Strict));
    Ok(response)
}

async fn choose(visit: Visit) -> Result<Response, Response> {
    let order = visit.order(Typed::default()).await?;
    Ok(visit.screen().choose(&order, Checked::No))
}

async fn review(visit: Visit, Form(typed): Form<Typed>) -> Result<Response, Response> {
    if !visit.is_own_form(&typed.csrf) {
        return Ok(to("/pay"));
    }
    let order = visit.order(typed).await?;
    Ok(match order.chosen(visit.language) {
        Ok(chosen) => {
            let attempt = visit.cx().host().message_id();
            visit.screen().confirm(&chosen, &order.typed, &attempt.to_string(), None)
        }
        Err(_) => visit.screen().choose(&order, Checked::Yes),
    })
}

/// What the confirmed form carries: the one-time code, what was typed before, and what was shown for it.
#[derive(Deserialize)]
struct Confirmed {
    attempt: String,
    price: String,
    #[serde(default, rename = "one-time-code")]
    code: Zeroizing<String>,
    #[serde(flatten)]
    typed: Typed,
}

async fn confirm(visit: Visit, Form(form): Form<Confirmed>) -> Result<Response, Response> {
    let attempt: AttemptId = match form.attempt.parse::<terms::MessageId>() {
        Ok(id) => id.to_string().parse().expect("a UUID fits an attempt"),
        Err(_) => return Ok(to("/pay")),
    };
    // Before anything else: a form that was carried out is answered with its result, whatever is wrong with this
    // copy of it. Nothing is done by it, so it needs no proof of whose form it is.
    if was_sent_before(&visit, &attempt).await? {
        return Ok(to(&format!("/payments/{attempt}")));
    }
    if !visit.is_own_form(&form.typed.csrf) {
        return Ok(to("/pay"));
    }
    let order = visit.order(form.typed).await?;
    let screen = visit.screen();
    let Ok(chosen) = order.chosen(visit.language) else {
        // The same form may have been carried out while the others were being asked.
        return Ok(match was_sent_before(&visit, &attempt).await? {
            true => to(&format!("/payments/{attempt}")),
            false => screen.choose(&order, Checked::AndNothingTaken),
        });
    };
    if chosen.service.price.to_string() != form.price {
        // The price has changed since it was shown: it is shown again, and nothing was done.
        return Ok(screen.confirm(&chosen, &order.typed, attempt.as_str(), None));
    }
    let asked = chosen.asked(attempt.clone(), &visit.client.party, visit.cx().bank().commission);
    let Some(permitted) = permit(&visit.client.actor, asked) else {
        return Ok(StatusCode::FORBIDDEN.into_response());
    };
    // `transport` lets a handler finish where the browser has gone: a person has paid or has not, but not
    // half.
    let answer = pay_from_account(visit.cx(), permitted.command().clone(), form.code).await;
    Ok(match answer.map_err(|error| failure(&error))? {
        Answer::CodeRefused(why) => screen.confirm(&chosen, &order.typed, attempt.as_str(), Some(why)),
        Answer::Operation(_) | Answer::AtWork => to(&format!("/payments/{attempt}")),
    })
}

/// Whether this client's form is being worked on, or in the bank's books, however it ended.
async fn was_sent_before(visit: &Visit, attempt: &AttemptId) -> Result<bool, Response> {
    // In this order: what has ended in between is in the books.
    if visit.cx().is_at_work(&Origin::InternetBank, attempt) {
        return Ok(true);
    }
    let (asked, payer) = (attempt.clone(), visit.client.party.number);
    let found = visit.cx().database().read(move |conn| tables::find(conn, &Origin::InternetBank, &asked));
    let found = found.await.map_err(|error: StoreError| failure(&error))?;
    Ok(found.is_some_and(|(_, operation)| operation.payer.number == payer))
}

/// The rights of a logged-in client (cl. 20): of the person who acts, for themselves or for an organisation.
fn permit<T>(actor: &Actor, command: T) -> Option<Permitted<T>> {
    let session = Session { iin: actor.iin, name: actor.name.clone(), groups: vec![Group::BankClient] };
    Permitted::session(command, Action("PayFromAccount"), &session).ok()
}

async fn payment(visit: Visit, Path(attempt): Path<String>) -> Result<Response, Response> {
    let Ok(attempt) = attempt.parse::<AttemptId>() else { return Ok(to("/payments")) };
    let found = visit.cx().database().read(move |conn| {
        let found = tables::find(conn, &Origin::InternetBank, &attempt)?;
        found.map(|(_, operation)| with_notice(conn, operation)).transpose()
    });
    let found = found.await.map_err(|error: StoreError| failure(&error))?;
    // Somebody else's payment is answered as one that does not exist.
    let own = |found: &History| found.operation.payer.number == visit.client.party.number;
    let Some(found) = found.filter(own) else { return Ok(to("/payments")) };
    let services = visit.cx().services().await.unwrap_or_default();
    Ok(visit.screen().payment(&found, &services))
}

fn with_notice(conn: &Connection, operation: Operation) -> Result<History, StoreError> {
    let notice = match operation.code {
        Some(code) => tables::notice(conn, "NotifyPayment", code)?,
        None => None,
    };
    Ok(History { operation, notice })
}

async fn history(visit: Visit) -> Result<Response, Response> {
    let number = visit.client.party.number;
    let payments = visit.cx().database().read(move |conn| {
        let operations = tables::history(conn, number)?.into_iter();
        operations.map(|(_, operation)| with_notice(conn, operation)).collect::<Result<Vec<_>, _>>()
    });
    let payments = payments.await.map_err(|error: StoreError| failure(&error))?;
    let services = visit.cx().services().await.unwrap_or_default();
    Ok(visit.screen().history(&payments, &services))
}
