//! The card page's four answers: show, pay, cancel, and nothing else (T1.14-17, T1.24-27).
//!
//! Nothing a browser says is ever followed: the token names the page, and the only redirects lead to that
//! page. A page is bound to the first browser that opens it, a form to one rendering of it there.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use pages::{CookieName, HeaderPolicy, Unreadable, choose_language};
use participant::CallFailure;
use terms::{BrowserDigest, Language, OneTimeToken};
use wire::card::LookUpCardPaymentResponse;
use wire::common::CardPageState;

use super::fields::{FORM, Typed};
use super::gateway::Gateway;
use super::pay::Desk;
use super::submissions::Ending;
use super::view::{Again, Look, failed, other_person, refused, without_cookies};
use crate::browser::{Arrival, BrowserSecret, arrive, language_of_page, query};

/// The secret of the browser.
const COOKIE: CookieName = CookieName::new("card");

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
    browser: BrowserSecret,
}

impl<G: Gateway> Visit<'_, G> {
    fn language(&self, shown: Option<&LookUpCardPaymentResponse>) -> Language {
        match shown {
            Some(shown) => language_of_page(self.uri, self.headers, shown.language),
            None => choose_language(self.uri, self.headers),
        }
    }

    /// The digest by which the gateway knows this browser at this page.
    fn digest(&self) -> BrowserDigest {
        self.browser.digest(&self.token)
    }

    /// Draws the page, the form in it fresh and bound to this browser.
    fn draw(&self, shown: &LookUpCardPaymentResponse, again: &Again) -> Response {
        let form = self.desk.draw_token().to_string();
        let look = Look {
            language: self.language(Some(shown)),
            uri: self.uri,
            token: &self.token,
            shown,
            csrf: &self.desk.csrf.token(self.bound_to(&form).as_bytes()),
            form: &form,
            asked_since: self.desk.submissions.last_sent(&self.token),
            now: self.desk.clock.now(),
            test_cards: self.desk.test_cards,
        };
        look.draw(again)
    }

    fn bound_to(&self, form: &str) -> String {
        self.browser.tie(&format!("{} {form}", self.token))
    }

    /// Whether a form was made by this process for this browser and this page.
    fn is_own_form(&self, typed: &Typed) -> bool {
        self.desk.csrf.check(self.bound_to(&typed.form).as_bytes(), &typed.csrf).is_ok()
    }

    /// To the page itself; a form's name, where given, tells it which result to show.
    fn here(&self, form: Option<&str>) -> Response {
        let address = match form {
            Some(form) => format!("/pay/{}?{FORM}={form}", self.token),
            None => format!("/pay/{}", self.token),
        };
        Redirect::to(&address).into_response()
    }

    async fn look_up(&self) -> Result<LookUpCardPaymentResponse, CallFailure> {
        self.desk.look_up(&self.token, self.digest()).await
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

/// The visit of a form that was sent, or the answer to a token that is none, or to a browser that no page was shown to.
fn visit<'a, G: Gateway>(
    desk: &'a Desk<G>,
    uri: &'a Uri,
    headers: &'a HeaderMap,
    token: &str,
) -> Result<Visit<'a, G>, Box<Response>> {
    let token = parsed(uri, headers, token)?;
    match BrowserSecret::of(headers, COOKIE) {
        Some(browser) => Ok(Visit { desk, uri, headers, token, browser }),
        None => Err(Box::new(other_person(choose_language(uri, headers), uri))),
    }
}

fn parsed(uri: &Uri, headers: &HeaderMap, token: &str) -> Result<OneTimeToken, Box<Response>> {
    token.parse().map_err(|_| {
        let language = choose_language(uri, headers);
        Box::new(refused(language, uri, StatusCode::NOT_FOUND, "m-link-wrong"))
    })
}

/// `GET /pay/{token}`: the page in the state its payment is in, for the browser it belongs to, or comes to belong to.
async fn show<G: Gateway>(
    State(desk): State<Arc<Desk<G>>>,
    uri: Uri,
    headers: HeaderMap,
    Path(token): Path<String>,
) -> Response {
    let token = match parsed(&uri, &headers, &token) {
        Ok(token) => token,
        Err(answer) => return *answer,
    };
    let browser = match arrive(&uri, &headers, COOKIE, &token, || desk.draw_token()) {
        Arrival::Known(browser) => browser,
        Arrival::Step(step) => return step,
        Arrival::KeepsNoCookies => return without_cookies(choose_language(&uri, &headers), &uri),
    };
    let visit = Visit { desk: &*desk, uri: &uri, headers: &headers, token, browser };
    let shown = match visit.look_up().await {
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
    let shown = match visit.look_up().await {
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
            let (desk, token, browser) = (desk.clone(), visit.token.clone(), visit.digest());
            let paying =
                tokio::spawn(async move { first.end(desk.pay(&token, browser, card, processing).await) });
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
        return match visit.look_up().await {
            Ok(shown) => visit.draw(&shown, &Again::OldForm),
            Err(failure) => visit.failed(&failure),
        };
    }
    match desk.cancel(&visit.token, visit.digest()).await {
        Ok(_) => visit.here(None),
        Err(failure) => visit.failed(&failure),
    }
}
