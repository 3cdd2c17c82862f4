//! The console: pages for officers, by certificate alone, at a door of their own. One file per subject.
//!
//! Every page asks [`Visit::may`] first, which looks into the access in force, and every document that has an effect is
//! signed by its officer; a session by itself changes nothing. Whoever is shown personal data is written down.
//! Source: Instruction № 491, cl. 19–20.

mod acknowledge;
mod anomalies;
mod books;
mod claims;
mod days;
mod export;
mod groups;
mod home;
mod keys;
mod lists;
mod masking;
mod matrix;
mod payments;
mod payouts;
mod proposals;
mod propose;
mod query;
mod readings;
mod reconciliation;
mod redemption;
mod refunds;
mod registers;
mod reports;
mod search;
mod session;
mod start;
mod upload;
mod view;
mod views;
mod visit;
mod why;
mod words;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{get, post};
use pages::{CsrfKey, HeaderPolicy, Refusal, choose_language};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use transport::ServerLimits;

use crate::cx::Cx;
use crate::use_case::propose::LONGEST_DOCUMENT;
use session::Sessions;
use visit::Stopped;

/// What a form may have besides the document in it, in octets.
const FORM_OCTETS: usize = 8 * 1024;

/// How long the files of a form may be on their way.
const UPLOAD_TIME: Duration = Duration::from_secs(600);

/// Forms with files that are taken at once; the others wait for their turn.
const UPLOADS_AT_ONCE: usize = 4;

/// Long things that are done at once: files of registers, runs of reconciliation, closings.
const LONG_AT_ONCE: usize = 2;

/// The most octets that any form brings; all others but that of files are held to less by their own bound.
const LARGEST_FORM: usize =
    reconciliation::LARGEST_REGISTER_FILE + files::LARGEST_STATEMENT_FILE + FORM_OCTETS;

/// What the door of the consoles grants a connection: room and time for the files of officers. Of a form nothing is read
/// before its page asks for it, which it does of officers with a session alone.
pub(crate) fn limits() -> ServerLimits {
    ServerLimits { body: UPLOAD_TIME, body_octets: LARGEST_FORM, ..ServerLimits::default() }
}

/// What the handlers share.
#[derive(Clone)]
pub(crate) struct Console {
    pub(crate) cx: Arc<Cx>,
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) csrf: Arc<CsrfKey>,
    /// Held while something long is done for an officer.
    long: Arc<Semaphore>,
    /// Held while an officer's files are put by.
    uploads: Arc<Semaphore>,
}

impl Console {
    /// Does something long beside the pages: of all officers a few such things at once, the others wait for their turn.
    ///
    /// # Errors
    /// Where it did not come to its end.
    pub(crate) async fn at_length<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, Stopped> {
        let turn = self.long.clone().acquire_owned().await.map_err(|_| Stopped::Internal)?;
        let runtime = Handle::current();
        // Rows are read, digested and compared without a pause, which would keep everybody else's pages waiting.
        let done = tokio::task::spawn_blocking(move || {
            let result = runtime.block_on(work);
            drop(turn);
            result
        });
        done.await.map_err(|error| {
            tracing::error!(event = "console-work-ended", %error);
            Stopped::Internal
        })
    }
}

/// Puts words to what stopped a request, in its language.
async fn explain(State(console): State<Console>, request: Request, next: Next) -> Response {
    let (uri, language) = (request.uri().clone(), choose_language(request.uri(), request.headers()));
    let response = next.run(request).await;
    match response.extensions().get::<Stopped>() {
        Some(stopped) => view::stopped(&console, language, &uri, stopped),
        None => response,
    }
}

/// All pages of the console, for its door.
pub(crate) fn router(cx: Arc<Cx>) -> Router {
    let mut key = [0; 32];
    cx.host.draw(|entropy| entropy.fill(&mut key));
    let console = Console {
        cx,
        sessions: Arc::default(),
        csrf: Arc::new(CsrfKey::new(&key)),
        long: Arc::new(Semaphore::new(LONG_AT_ONCE)),
        uploads: Arc::new(Semaphore::new(UPLOADS_AT_ONCE)),
    };
    let routes = Router::new()
        .route("/", get(start::show))
        .route("/sign-in", post(start::sign_in))
        .route("/sign-out", post(start::sign_out))
        .route("/groups", get(groups::show))
        .route("/proposals", get(proposals::list).post(upload::by_form))
        .route("/proposals/{number}", get(proposals::show))
        .route("/proposals/{number}/{document}", get(proposals::download))
        .route("/documents", post(upload::by_program))
        .route("/matrix", get(matrix::show))
        .route("/why", get(why::show))
        .route("/keys", get(keys::show))
        .route("/reports", get(reports::show))
        .route("/reports/{file}", get(reports::file))
        .route("/books", get(books::show))
        .route("/books/{list}/{file}", get(books::file))
        .route("/refunds", get(refunds::show))
        .route("/refunds/{file}", get(refunds::file))
        .route("/acknowledge", get(acknowledge::list))
        .route("/acknowledge/{party}/{day}/{revision}/{file}", get(acknowledge::file))
        .route("/readings", get(readings::show))
        .route("/readings/{file}", get(readings::file))
        .route("/anomalies", get(anomalies::show))
        .route("/search", get(search::show))
        .route("/claims", get(claims::show))
        .route("/claims/{number}", get(claims::show_one))
        .route("/payouts", get(payouts::show))
        .route("/registers", get(registers::show).post(registers::form_them))
        .route("/registers/{party}/{day}/{revision}", get(registers::show_one))
        .route("/registers/{party}/{day}/{revision}/{format}", get(registers::file))
        .route("/registers/{party}/{day}/{revision}/{format}/manifest", get(registers::manifest))
        .route("/reconciliation", get(reconciliation::show).post(reconciliation::run))
        .route("/reconciliation/{run}", get(reconciliation::show_one))
        .route(
            "/reconciliation/files",
            post(reconciliation::bring).layer(DefaultBodyLimit::max(LARGEST_FORM)),
        )
        .route("/days", get(days::show).post(days::close))
        .route("/days/{day}/{revision}", get(days::show_one))
        .route("/days/{day}/{revision}/closing.xml", get(days::proof))
        .route("/redemption", get(redemption::show))
        .route("/views", post(views::keep_one))
        .route("/views/forget", post(views::forget_one))
        .route("/lists/{list}/{file}", get(lists::file))
        .route("/payments", get(payments::show))
        .route("/payments/{code}/refund", get(propose::refund))
        .route("/payments/{code}/settlement", get(propose::settlement))
        .route("/payments/{code}/xml/{place}", get(payments::message))
        .route("/payments/{code}/{list}/{file}", get(payments::file))
        .layer(DefaultBodyLimit::max(LONGEST_DOCUMENT + FORM_OCTETS))
        .layer(from_fn_with_state(console.clone(), explain))
        .with_state(console)
        .merge(pages::assets());
    let routes = pages::with_worded_refusals(routes, |refusal: &Refusal<'_>| view::refused(refusal));
    pages::with_security_headers(pages::with_remembered_language(routes), &HeaderPolicy::strict())
}
