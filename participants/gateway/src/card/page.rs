//! The card page's four answers: show, pay, cancel, and nothing else (T1.14-17, T1.24-27).
//!
//! Nothing a browser says is ever followed: the token names the page, and the only redirects lead to that
//! page. A form is bound to the browser it was shown to and to one rendering of it.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use pages::{CookieName, CookieReach, HeaderPolicy, Unreadable, choose_language, read_cookie};
use participant::CallFailure;
use terms::{Language, OneTimeToken};
use wire::card::LookUpCardPaymentResponse;
use wire::common::CardPageState;

use super::fields::{FORM, Typed};
use super::gateway::Gateway;
use super::pay::Desk;
use super::submissions::Ending;
use super::view::{Again, Look, failed, refused};

/// Ties a form to the browser that was shown it.
const COOKIE: CookieName = CookieName::new("card");

/// The cookie in which `pages` keeps a language that was chosen.
const LANGUAGE_COOKIE: CookieName = CookieName::new("lang");

/// The routes of the card page.
pub(crate) fn router<G: Gateway>(desk: Arc<Desk<G>>) -> Router {
    let routes = Router::new()
        .route("/pay/{token}", get(show::<G>).merge(post(submit::<G>).layer(map_response(last))))
        .route("/pay/{token}/cancel", post(cancel::<G>))
        .with_state(desk)
        .merge(pages::assets());
    let routes = pages::with_worded_refusals(routes, |refusal| {
        refused(refusal.language, refusal.uri, refusal.status, refusal.text_id())
    });
    pages::with_security_headers(pages::with_remembered_language(routes), &HeaderPolicy::strict())
}

/// Makes an answer the last of its connection: what TLS and HTTP have read lives in the connection's buffers for
/// as long as it is kept, and card data was among it.
async fn last(mut answer: Response) -> Response {
    answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    answer
}

/// What every answer here needs: which page, in which language, in which browser.
struct Visit<'a, G> {
    desk: &'a Desk<G>,
    uri: &'a Uri,
    headers: &'a HeaderMap,
    token: OneTimeToken,
}

impl<G: Gateway> Visit<'_, G> {
    /// The language the person chose here or elsewhere; before that the one the portal opened the page in.
    fn language(&self, shown: Option<&LookUpCardPaymentResponse>) -> Language {
        let is_chosen =
            read_cookie(self.headers, LANGUAGE_COOKIE).is_some() || query(self.uri, "lang").is_some();
        let opened_in = shown.map(|shown| shown.language).filter(|_| !is_chosen);
        opened_in.unwrap_or_else(|| choose_language(self.uri, self.headers))
    }

    /// Draws the page, the form in it fresh and bound to this browser.
    fn draw(&self, shown: &LookUpCardPaymentResponse, again: &Again) -> Response {
        let known = read_cookie(self.headers, COOKIE);
        let browser = known.clone().unwrap_or_else(|| self.desk.draw_token().to_string());
        let form = self.desk.draw_token().to_string();
        let look = Look {
            language: self.language(Some(shown)),
            uri: self.uri,
            token: &self.token,
            shown,
            csrf: &self.desk.csrf.token(self.bound_to(&browser, &form).as_bytes()),
            form: &form,
            asked_since: self.desk.submissions.last_sent(&self.token),
            now: self.desk.clock.now(),
            test_cards: self.desk.test_cards,
        };
        let mut response = look.draw(again);
        if known.is_none() {
            let cookie = COOKIE.set(&browser, CookieReach::Strict, None);
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        response
    }

    fn bound_to(&self, browser: &str, form: &str) -> String {
        format!("{browser} {} {form}", self.token)
    }

    /// Whether a form was made by this process for this browser and this page.
    fn is_own_form(&self, typed: &Typed) -> bool {
        read_cookie(self.headers, COOKIE).is_some_and(|browser| {
            self.desk.csrf.check(self.bound_to(&browser, &typed.form).as_bytes(), &typed.csrf).is_ok()
        })
    }

    /// To the page itself; a form's name, where given, tells it which result to show.
    fn here(&self, form: Option<&str>) -> Response {
        let address = match form {
            Some(form) => format!("/pay/{}?{FORM}={form}", self.token),
            None => format!("/pay/{}", self.token),
        };
        Redirect::to(&address).into_response()
    }

    fn failed(&self, failure: &CallFailure) -> Response {
        failed(self.language(None), self.uri, failure, self.desk.clock.now())
    }

    fn unreadable(&self, why: Unreadable) -> Response {
        let (status, id) = match why {
            Unreadable::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "m-413"),
            Unreadable::Broken => (StatusCode::BAD_REQUEST, "m-400"),
        };
        refused(self.language(None), self.uri, status, id)
    }
}

/// The visit of a page, or the answer to a token that is none.
fn visit<'a, G: Gateway>(
    desk: &'a Desk<G>,
    uri: &'a Uri,
    headers: &'a HeaderMap,
    token: &str,
) -> Result<Visit<'a, G>, Box<Response>> {
    match token.parse() {
        Ok(token) => Ok(Visit { desk, uri, headers, token }),
        Err(_) => {
            let language = choose_language(uri, headers);
            Err(Box::new(refused(language, uri, StatusCode::NOT_FOUND, "m-link-wrong")))
        }
    }
}

fn query<'u>(uri: &'u Uri, name: &str) -> Option<&'u str> {
    uri.query()?.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}

/// `GET /pay/{token}`: the page in the state its payment is in.
async fn show<G: Gateway>(
    State(desk): State<Arc<Desk<G>>>,
    uri: Uri,
    headers: HeaderMap,
    Path(token): Path<String>,
) -> Response {
    let visit = match visit(&desk, &uri, &headers, &token) {
        Ok(visit) => visit,
        Err(answer) => return *answer,
    };
    let shown = match desk.look_up(&visit.token).await {
        Ok(shown) => shown,
        Err(failure) => return visit.failed(&failure),
    };
    let sent = query(&uri, FORM).and_then(|form| desk.submissions.find(&visit.token, form));
    let again = match sent.and_then(|submission| submission.ending()) {
        Some(Ending::NotTaken(id)) => Again::NotTaken(id),
        Some(Ending::Shown) | None => Again::No,
    };
    visit.draw(&shown, &again)
}

/// `POST /pay/{token}`: pays. A form sent twice is answered with the first result.
async fn submit<G: Gateway>(
    State(desk): State<Arc<Desk<G>>>,
    uri: Uri,
    headers: HeaderMap,
    Path(token): Path<String>,
    body: Body,
) -> Response {
    let visit = match visit(&desk, &uri, &headers, &token) {
        Ok(visit) => visit,
        Err(answer) => return *answer,
    };
    let typed = match Typed::read(body).await {
        Ok(typed) => typed,
        Err(why) => return visit.unreadable(why),
    };
    let is_own = visit.is_own_form(&typed);
    if is_own && let Some(first) = desk.submissions.find(&visit.token, &typed.form) {
        first.ended().await;
        return visit.here(Some(&typed.form));
    }
    let shown = match desk.look_up(&visit.token).await {
        Ok(shown) => shown,
        Err(failure) => return visit.failed(&failure),
    };
    if !matches!(shown.state, CardPageState::Open | CardPageState::Declined) {
        return visit.here(None);
    }
    if !is_own {
        return visit.draw(&shown, &Again::OldForm);
    }
    let now = desk.clock.now();
    let (card, processing) = match typed.check(visit.language(Some(&shown)), &desk.routes, now) {
        Ok(checked) => checked,
        Err(errors) => return visit.draw(&shown, &Again::Errors(errors)),
    };
    match desk.submissions.take(&visit.token, &typed.form, now) {
        Err(first) => first.ended().await,
        Ok(first) => {
            let (desk, token) = (desk.clone(), visit.token.clone());
            let paying = tokio::spawn(async move { first.end(desk.pay(&token, card, processing).await) });
            // A payment that died has no ending of its own; the state says what is known.
            let _ = paying.await;
        }
    }
    visit.here(Some(&typed.form))
}

/// `POST /pay/{token}/cancel`: back without paying. Too late to cancel, the page shows what is under way.
async fn cancel<G: Gateway>(
    State(desk): State<Arc<Desk<G>>>,
    uri: Uri,
    headers: HeaderMap,
    Path(token): Path<String>,
    body: Body,
) -> Response {
    let visit = match visit(&desk, &uri, &headers, &token) {
        Ok(visit) => visit,
        Err(answer) => return *answer,
    };
    let typed = match Typed::read(body).await {
        Ok(typed) => typed,
        Err(why) => return visit.unreadable(why),
    };
    if !visit.is_own_form(&typed) {
        return match desk.look_up(&visit.token).await {
            Ok(shown) => visit.draw(&shown, &Again::OldForm),
            Err(failure) => visit.failed(&failure),
        };
    }
    match desk.cancel(&visit.token).await {
        Ok(_) => visit.here(None),
        Err(failure) => visit.failed(&failure),
    }
}
