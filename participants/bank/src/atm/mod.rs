//! An ATM (table 4): a program of its own, with one screen, that knows the bank only through its processing
//! system.
//!
//! `flow` is the screen's state, pure; `pages` the HTML; `store` what must outlive a power cut; `pay` the card
//! authorisation; this file the routes. There is one session, because there is one slot for a card: whoever
//! stands before the machine. A typed card number stands for inserting the card, and the screen says so. Every
//! form carries the step it belongs to, so that Back, Refresh and a double touch do nothing twice.

mod flow;
mod pages;
mod pay;
mod store;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use ::pages::{HeaderPolicy, SecretForm, assets, with_security_headers, with_worded_refusals};
use anyhow::{Context, Result};
use axum::Router;
use axum::body::Body;
use axum::extract::{Form, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use http::header::{CONNECTION, HeaderValue};
use participant::Host;
use terms::{Language, PaymentCode, Trilingual};
use tokio::sync::Mutex;
use wire::iso8583::{Pan, Pin};

use crate::machine::pages::View;
use crate::machine::{
    IDLE_SECONDS, LanguageTouch, RecipientTouch, ServiceTouch, Touch, checked_recipient, serve_screen, step,
};
use crate::settings::AtmSettings;
use crate::terminal::client::{CardLine, Processing};
use crate::terminal::messages as said;
use crate::terminal_key::TerminalKey;
use flow::{Client, Inserted, Recipient, Session};
use store::Records;

/// Octets of the form with card number and PIN.
const CARD_FORM_OCTETS: usize = 4 * 1024;

struct Atm {
    host: Arc<Host>,
    settings: AtmSettings,
    bank_name: Trilingual,
    key: TerminalKey,
    processing: Processing,
    line: CardLine,
    records: Records,
    session: Mutex<Session>,
}

/// Serves an ATM's screen until `shutdown` is ready.
///
/// # Errors
/// Where the configuration, the database or the address is not usable.
pub async fn serve_atm(host: Arc<Host>, shutdown: impl Future<Output = ()>) -> Result<()> {
    let settings: AtmSettings = host.config.settings()?;
    let path = host.config.database.as_ref().context("an ATM needs a `database`")?;
    let records = Records::open(&host.config.path(path))?;
    host.keeps_in(records.database());
    records.give_up_all().await?;
    let [kk, ru, en] = &settings.bank_name;
    let atm = Arc::new(Atm {
        bank_name: Trilingual::new(kk, ru, en),
        key: settings.zone_key.parse().context("zone_key in [settings]")?,
        processing: Processing::at(&host, &settings.terminals_url)?,
        line: CardLine::at(
            host.clone(),
            settings.iso8583_address,
            settings.server_name.clone(),
            Duration::from_secs(settings.answer_seconds),
        ),
        records,
        session: Mutex::new(Session::fresh(step(&host), host.now())),
        host: host.clone(),
        settings,
    });
    let reversing = tokio::spawn(pay::take_back_what_is_open(atm.clone()));
    let served = serve_screen(host, router(atm), shutdown).await;
    reversing.abort();
    served
}

/// Brings the schema of the ATM's own records up to date.
pub(crate) fn migrate(database: &std::path::Path) -> Result<()> {
    Records::open(database)?;
    Ok(())
}

fn router(atm: Arc<Atm>) -> Router {
    let router = Router::new()
        .route("/", get(show))
        .route("/language", post(language))
        .route("/card", post(card))
        .route("/menu", post(menu))
        .route("/service", post(service))
        .route("/recipient", post(recipient))
        .route("/confirm", post(confirm))
        .route("/end", post(end))
        .with_state(atm.clone())
        .merge(assets());
    let router = with_worded_refusals(router, move |refusal| {
        // In the language of whoever stands there, unless the bank is being asked at this moment.
        let language = atm.session.try_lock().map_or(refusal.language, |session| session.language);
        atm.view(language).refused(refusal)
    });
    with_security_headers(router, &HeaderPolicy::strict())
}

fn back_to_screen() -> Response {
    Redirect::to("/").into_response()
}

async fn show(State(atm): State<Arc<Atm>>) -> Response {
    // While the bank is being asked the session is held; the screen says to wait.
    let Ok(mut session) = atm.session.try_lock() else {
        return atm.view(Language::default()).wait();
    };
    let now = atm.host.now();
    if session.is_idle(now, IDLE_SECONDS) {
        // Whoever stood there has gone with the slip.
        if let Some(code) = session.paid().filter(|_| session.was_shown) {
            atm.handed_out(code).await;
        }
        *session = Session::fresh(step(&atm.host), now);
    }
    session.was_shown = true;
    pages::show(&atm.view(session.language), &session)
}

impl Atm {
    fn view(&self, language: Language) -> View<'_> {
        View {
            language,
            bank: &self.bank_name,
            kind: "atm-number",
            number: &self.settings.id,
            hot_line: &self.settings.hot_line,
        }
    }

    /// Carries out one touch, where it belongs to the present screen.
    async fn touch<F>(&self, typed: &str, act: impl FnOnce(Session) -> F) -> Response
    where
        F: Future<Output = Session>,
    {
        let mut session = self.session.lock().await;
        let now = self.host.now();
        if session.step == typed && !session.is_idle(now, IDLE_SECONDS) {
            let present = std::mem::replace(&mut *session, Session::fresh(step(&self.host), now));
            let mut next = act(present).await;
            next.step = step(&self.host);
            next.touched_at = self.host.now();
            next.was_shown = false;
            *session = next;
        }
        back_to_screen()
    }

    /// The client has the slip, or has written down what is on it.
    async fn handed_out(&self, code: PaymentCode) {
        if let Err(error) = self.records.handed_out(code).await {
            // It is printed once more for the same card, which takes nothing from anybody.
            tracing::error!(event = "not-recorded", %error);
        }
    }

    /// The right card is in: a payment whose slip was not handed out comes before anything new.
    async fn begin(&self, session: Session, card: Inserted, client: Client) -> Session {
        match self.records.not_handed_out(&client.card).await {
            Ok(Some(earlier)) => session.with_earlier(earlier, self.records.has_paper().await),
            Ok(None) => session.with_card(card, client),
            Err(error) => {
                tracing::error!(event = "slips-not-read", %error);
                session.out_of_order()
            }
        }
    }
}

async fn language(State(atm): State<Arc<Atm>>, Form(form): Form<LanguageTouch>) -> Response {
    let chosen = form.language.parse().unwrap_or_default();
    atm.touch(&form.step, |session| async move { session.with_language(chosen) }).await
}

/// T4.1: the PIN is checked, and the client recognised where the card is the bank's own (T4.3). Card number and PIN
/// are read into memory that is wiped, and the connection whose buffers they went through ends with the answer.
async fn card(State(atm): State<Arc<Atm>>, body: Body) -> Response {
    let mut answer = match SecretForm::read(body, CARD_FORM_OCTETS).await {
        Ok(form) => recognise(&atm, &form).await,
        Err(error) => {
            tracing::info!(event = "form-not-read", %error);
            back_to_screen()
        }
    };
    answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    answer
}

async fn recognise(atm: &Arc<Atm>, form: &SecretForm) -> Response {
    let inner = atm.clone();
    let (number, pin) = (form.field("card-number"), form.field("pin"));
    atm.touch(&form.field("step"), |session| async move {
        let (Ok(pan), Ok(pin)) = (number.parse::<Pan>(), pin.parse::<Pin>()) else {
            return session.card_not_read();
        };
        let token = inner.host.draw(|entropy| inner.key.seal(&pan, &pin, entropy));
        match inner.processing.client(token).await {
            Ok(said::ClientAnswer::Client { number, name, card }) => match (number.parse(), name.parse()) {
                (Ok(number), Ok(name)) => {
                    inner.begin(session, Inserted { pan, pin }, Client { number, name, card }).await
                }
                _ => session.out_of_order(),
            },
            Ok(said::ClientAnswer::WrongPin { left }) => session.wrong_pin(left),
            Ok(said::ClientAnswer::Blocked) => session.pin_blocked(),
            Ok(said::ClientAnswer::Stranger) => session.strange_card(),
            Err(error) => {
                tracing::warn!(event = "card-not-recognised", %error);
                session.out_of_order()
            }
        }
    })
    .await
}

/// T4.2: the operation, and each service's price.
async fn menu(State(atm): State<Arc<Atm>>, Form(form): Form<Touch>) -> Response {
    let inner = atm.clone();
    atm.touch(&form.step, |session| async move {
        match inner.processing.services().await {
            Ok(list) => session.with_services(list.services),
            Err(error) => {
                tracing::warn!(event = "no-price-list", %error);
                session.out_of_order()
            }
        }
    })
    .await
}

async fn service(State(atm): State<Arc<Atm>>, Form(form): Form<ServiceTouch>) -> Response {
    atm.touch(&form.step, |session| async move { session.with_service(&form.service) }).await
}

/// T4.3: the recipient's IIN, from core banking or typed and checked.
async fn recipient(State(atm): State<Arc<Atm>>, Form(form): Form<RecipientTouch>) -> Response {
    let inner = atm.clone();
    atm.touch(&form.step, |session| async move {
        let recipient = if form.recipient == "own" {
            Recipient::Own
        } else {
            match checked_recipient(&inner.processing, &form.iin).await {
                Ok((iin, initials)) => Recipient::Other { iin, initials },
                Err(wrong) => return session.wrong_recipient(wrong),
            }
        };
        session.with_recipient(recipient, inner.records.has_paper().await)
    })
    .await
}

/// T4.4–12. `transport` lets a handler finish where the browser has gone, so that no half of a payment is left.
async fn confirm(State(atm): State<Arc<Atm>>, Form(form): Form<Touch>) -> Response {
    let inner = atm.clone();
    atm.touch(&form.step, |session| async move { pay::pay(&inner, session).await }).await
}

async fn end(State(atm): State<Arc<Atm>>, Form(form): Form<Touch>) -> Response {
    let inner = atm.clone();
    atm.touch(&form.step, |session| async move {
        if let Some(code) = session.paid() {
            inner.handed_out(code).await;
        }
        Session::fresh(step(&inner.host), inner.host.now())
    })
    .await
}
