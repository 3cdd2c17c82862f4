//! A cash kiosk (table 5): a program of its own, with one screen, that knows the bank only through its
//! processing system.
//!
//! `flow` is the screen's state, pure; `store` keeps it and every note; `pages` is the HTML; this file the
//! routes and the calls. Cash is recorded before the screen acknowledges it, and what the processing system
//! has not answered is asked again under the same operation until it has, also after a power cut and with the
//! next person before the machine. Buttons stand for notes, and the screen says so.

mod flow;
mod pages;
mod store;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use ::pages::{HeaderPolicy, assets, with_security_headers, with_worded_refusals};
use ::store::StoreError;
use anyhow::{Context, Result};
use axum::Router;
use axum::extract::{Form, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use participant::Host;
use serde::Deserialize;
use terms::{Language, Trilingual};
use tokio::sync::Mutex;

use crate::machine::pages::View;
use crate::machine::{
    IDLE_SECONDS, LanguageTouch, RecipientTouch, ServiceTouch, Touch, checked_recipient, serve_screen, step,
};
use crate::settings::KioskSettings;
use crate::terminal::client::{ChannelFailure, Processing};
use crate::terminal::messages::{CashPaymentAnswer, CashReturn, CashReturnAnswer};
use flow::{Kept, Pending, Screen, Session};
use store::Records;

/// How often a payment is asked for while the person waits.
const TRIES: usize = 3;
/// Between two tries while the person waits.
const TRY_PAUSE: Duration = Duration::from_secs(1);
/// How often what was not answered is asked again.
const CARRY_EVERY: Duration = Duration::from_secs(3);

struct Kiosk {
    host: Arc<Host>,
    settings: KioskSettings,
    bank_name: Trilingual,
    processing: Processing,
    records: Records,
    session: Mutex<Session>,
}

/// Serves a kiosk's screen until `shutdown` is ready.
///
/// # Errors
/// Where the configuration, the database or the address is not usable.
pub async fn serve_kiosk(host: Arc<Host>, shutdown: impl Future<Output = ()>) -> Result<()> {
    let settings: KioskSettings = host.config.settings()?;
    let path = host.config.database.as_ref().context("a kiosk needs a `database`")?;
    let records = Records::open(&host.config.path(path))?;
    host.keeps_in(records.database());
    let session = match records.on_screen().await? {
        Some(kept) => {
            tracing::info!(event = "operation-resumed", attempt = %kept.attempt);
            Session::resumed(kept, step(&host), host.now())
        }
        None => fresh(&host),
    };
    let [kk, ru, en] = &settings.bank_name;
    let kiosk = Arc::new(Kiosk {
        bank_name: Trilingual::new(kk, ru, en),
        processing: Processing::at(&host, &settings.terminals_url)?,
        records,
        session: Mutex::new(session),
        host: host.clone(),
        settings,
    });
    let carrying = tokio::spawn(carry_on(kiosk.clone()));
    let served = serve_screen(host, router(kiosk), shutdown).await;
    carrying.abort();
    served
}

/// Brings the schema of the kiosk's own records up to date.
pub(crate) fn migrate(database: &std::path::Path) -> Result<()> {
    Records::open(database)?;
    Ok(())
}

fn router(kiosk: Arc<Kiosk>) -> Router {
    let router = Router::new()
        .route("/", get(show))
        .route("/language", post(language))
        .route("/service", post(service))
        .route("/recipient", post(recipient))
        .route("/note", post(note))
        .route("/pay", post(pay))
        .route("/give-up", post(give_up))
        .route("/end", post(end))
        .with_state(kiosk.clone())
        .merge(assets());
    let router = with_worded_refusals(router, move |refusal| {
        // In the language of whoever stands there, unless the bank is being asked at this moment.
        let language = kiosk.session.try_lock().map_or(refusal.language, |session| session.language);
        kiosk.view(language).refused(refusal)
    });
    with_security_headers(router, &HeaderPolicy::strict())
}

fn fresh(host: &Host) -> Session {
    let attempt = host.message_id().to_string().parse().expect("a UUID fits an attempt");
    Session::fresh(step(host), attempt, host.now())
}

async fn show(State(kiosk): State<Arc<Kiosk>>) -> Response {
    // While the bank is being asked the session is held; the screen says to wait.
    let Ok(mut session) = kiosk.session.try_lock() else {
        return kiosk.view(Language::default()).wait();
    };
    if session.is_idle(kiosk.host.now(), IDLE_SECONDS) {
        let next = fresh(&kiosk.host);
        if let Err(error) = kiosk.leave_screen(&session).await {
            tracing::error!(event = "not-recorded", %error);
        } else {
            *session = next;
        }
    }
    pages::show(&kiosk.view(session.language), &session, kiosk.host.now())
}

impl Kiosk {
    fn view(&self, language: Language) -> View<'_> {
        View {
            language,
            bank: &self.bank_name,
            kind: "kiosk-number",
            number: &self.settings.id,
            hot_line: &self.settings.hot_line,
        }
    }

    /// Carries out one touch, where it belongs to the present screen. The new state is on the disk before it
    /// is shown; where it cannot be kept, nothing has happened.
    async fn touch<F>(&self, typed: &str, act: impl FnOnce(Session) -> F) -> Response
    where
        F: Future<Output = Result<Session, StoreError>>,
    {
        let mut session = self.session.lock().await;
        if session.step == typed && !session.is_idle(self.host.now(), IDLE_SECONDS) {
            match self.act_and_keep(session.clone(), act).await {
                Ok(next) => *session = next,
                Err(error) => tracing::error!(event = "not-recorded", %error),
            }
        }
        Redirect::to("/").into_response()
    }

    async fn act_and_keep<F>(
        &self,
        session: Session,
        act: impl FnOnce(Session) -> F,
    ) -> Result<Session, StoreError>
    where
        F: Future<Output = Result<Session, StoreError>>,
    {
        let mut next = act(session).await?;
        self.keep(&next).await?;
        next.step = step(&self.host);
        next.touched_at = self.host.now();
        Ok(next)
    }

    async fn keep(&self, session: &Session) -> Result<(), StoreError> {
        match session.kept() {
            Some(kept) => self.records.keep(kept, self.host.now()).await,
            None => Ok(()),
        }
    }

    /// The operation goes off the screen; what is pending about it stays pending.
    async fn leave_screen(&self, session: &Session) -> Result<(), StoreError> {
        match session.kept() {
            Some(kept) => self.records.keep(Kept { on_screen: false, ..kept }, self.host.now()).await,
            None => Ok(()),
        }
    }

    /// Asks for the payment. `None` where it is not known what became of it.
    async fn ask_to_pay(&self, kept: &Kept) -> Option<CashPaymentAnswer> {
        let payment = kept.screen.payment()?;
        match self.processing.pay_cash(&flow::question(&kept.attempt, payment, kept.inserted)).await {
            Ok(answer) => Some(answer),
            Err(ChannelFailure::NotAsked(why)) => {
                tracing::warn!(event = "payment-not-asked", why);
                Some(CashPaymentAnswer::NotNow)
            }
            Err(ChannelFailure::Refused(status)) => {
                tracing::warn!(event = "payment-not-taken", status);
                Some(CashPaymentAnswer::NotNow)
            }
            Err(ChannelFailure::Unknown(why)) => {
                tracing::warn!(event = "payment-not-answered", why);
                None
            }
        }
    }

    async fn ask_to_return(&self, kept: &Kept) -> Option<CashReturnAnswer> {
        let back = CashReturn { operation: kept.attempt.to_string(), inserted: kept.inserted.to_string() };
        let answer = self.processing.return_cash(&back).await;
        answer.inspect_err(|error| tracing::warn!(event = "return-not-recorded", %error)).ok()
    }

    /// Works on the present operation until it is decided, or cannot be.
    async fn settle(&self, mut session: Session) -> Result<Session, StoreError> {
        for _ in 0..TRIES {
            self.keep(&session).await?;
            let Some(kept) = session.kept() else { break };
            session = match kept.pending {
                Some(Pending::Pay) if matches!(session.screen, Screen::Paying(_)) => {
                    match self.ask_to_pay(&kept).await {
                        None => {
                            tokio::time::sleep(TRY_PAUSE).await;
                            continue;
                        }
                        answer => session.paid(answer, self.host.now()),
                    }
                }
                Some(Pending::Return) => {
                    let answer = self.ask_to_return(&kept).await;
                    if answer.is_none() {
                        tokio::time::sleep(TRY_PAUSE).await;
                    }
                    session.returned(answer, self.host.now())
                }
                _ => break,
            };
        }
        Ok(match session.screen {
            // Asked often enough: the slip says that it is not known, and the machine goes on asking.
            Screen::Paying(_) => session.paid(None, self.host.now()),
            _ => session,
        })
    }
}

/// Goes on with what was not answered: at once after a power cut, then again and again.
async fn carry_on(kiosk: Arc<Kiosk>) {
    loop {
        if let Err(error) = carry_once(&kiosk).await {
            tracing::error!(event = "not-carried-on", %error);
        }
        tokio::time::sleep(CARRY_EVERY).await;
    }
}

/// The operation on the screen: carried on after a power cut, and where its result was not known. A screen
/// changes only with an answer, so that the person's touch is never lost to it.
async fn carry_screen(kiosk: &Kiosk) -> Result<(), StoreError> {
    let mut session = kiosk.session.lock().await;
    let now = kiosk.host.now();
    let Some(kept) = session.kept() else { return Ok(()) };
    let next = match (&session.screen, kept.pending) {
        (Screen::Paying(_), _) => Some(kiosk.settle(session.clone()).await?),
        (_, Some(Pending::Pay)) => {
            let answer = kiosk.ask_to_pay(&kept).await.filter(|answer| *answer != CashPaymentAnswer::NotNow);
            answer.map(|answer| session.clone().asking_again().paid(Some(answer), now))
        }
        (_, Some(Pending::Return)) => {
            let answer = kiosk.ask_to_return(&kept).await;
            answer.map(|answer| session.clone().returned(Some(answer), now))
        }
        (_, None) => None,
    };
    if let Some(next) = next {
        *session = kiosk.act_and_keep(next, |next| async move { Ok(next) }).await?;
    }
    Ok(())
}

async fn carry_once(kiosk: &Kiosk) -> Result<(), StoreError> {
    carry_screen(kiosk).await?;
    for kept in kiosk.records.pending().await? {
        let (screen, pending) = (kept.screen.clone(), kept.pending);
        let pending = match pending {
            Some(Pending::Pay) => match kiosk.ask_to_pay(&kept).await {
                Some(CashPaymentAnswer::Paid { .. }) => None,
                Some(CashPaymentAnswer::Refused { .. }) => Some(Pending::Return),
                Some(CashPaymentAnswer::NotNow) | None => Some(Pending::Pay),
            },
            Some(Pending::Return) => match kiosk.ask_to_return(&kept).await {
                Some(_) => None,
                None => Some(Pending::Return),
            },
            None => None,
        };
        if pending != kept.pending {
            kiosk.records.keep(Kept { screen, pending, ..kept }, kiosk.host.now()).await?;
        }
    }
    Ok(())
}

/// T5.1: language, and the self-test: without paper or a line to the bank no cash is taken.
async fn language(State(kiosk): State<Arc<Kiosk>>, Form(form): Form<LanguageTouch>) -> Response {
    let chosen = form.language.parse().unwrap_or_default();
    let inner = kiosk.clone();
    kiosk
        .touch(&form.step, |session| async move {
            if !inner.records.has_paper().await {
                return Ok(session.with_language(chosen, None));
            }
            let list = inner.processing.services().await;
            let list = list.inspect_err(|error| tracing::warn!(event = "no-price-list", %error));
            Ok(session.with_language(chosen, list.ok().map(|list| list.services)))
        })
        .await
}

async fn service(State(kiosk): State<Arc<Kiosk>>, Form(form): Form<ServiceTouch>) -> Response {
    kiosk.touch(&form.step, |session| async move { Ok(session.with_service(&form.service)) }).await
}

/// T5.2–9: the recipient's IIN, checked; asked for again where it is not right.
async fn recipient(State(kiosk): State<Arc<Kiosk>>, Form(form): Form<RecipientTouch>) -> Response {
    let inner = kiosk.clone();
    kiosk
        .touch(&form.step, |session| async move {
            Ok(match checked_recipient(&inner.processing, &form.iin).await {
                Ok((iin, initials)) => session.with_recipient(iin.to_string(), initials),
                Err(wrong) => session.wrong_recipient(wrong),
            })
        })
        .await
}

#[derive(Deserialize)]
struct NoteTouch {
    step: String,
    #[serde(default)]
    note: u32,
}

/// T5.10: a note is on record before the screen acknowledges it.
async fn note(State(kiosk): State<Arc<Kiosk>>, Form(form): Form<NoteTouch>) -> Response {
    let inner = kiosk.clone();
    kiosk
        .touch(&form.step, |session| async move {
            let (Some(note), Some(kept)) = (session.accepts(form.note), session.kept()) else {
                return Ok(session);
            };
            inner.records.take_note(kept, note, inner.host.now()).await?;
            Ok(session.with_note(note))
        })
        .await
}

/// T5.11–20: the person confirms.
async fn pay(State(kiosk): State<Arc<Kiosk>>, Form(form): Form<Touch>) -> Response {
    let inner = kiosk.clone();
    kiosk.touch(&form.step, |session| async move { inner.settle(session.confirmed()).await }).await
}

/// The person gives up: cash inside gets a number.
async fn give_up(State(kiosk): State<Arc<Kiosk>>, Form(form): Form<Touch>) -> Response {
    let inner = kiosk.clone();
    kiosk
        .touch(&form.step, |session| async move {
            match session.clone().given_up() {
                Some(returning) => inner.settle(returning).await,
                None => {
                    inner.leave_screen(&session).await?;
                    Ok(fresh(&inner.host))
                }
            }
        })
        .await
}

/// The slip is taken. What is still pending stays so; where the cash has no number yet, its operation's own
/// serves.
async fn end(State(kiosk): State<Arc<Kiosk>>, Form(form): Form<Touch>) -> Response {
    let inner = kiosk.clone();
    kiosk
        .touch(&form.step, |session| async move {
            let may_end =
                matches!(session.screen, Screen::Done { .. } | Screen::OutOfService | Screen::Returning(_));
            if !may_end && session.inserted > terms::Tiyn::ZERO {
                return Ok(session);
            }
            inner.leave_screen(&session).await?;
            Ok(fresh(&inner.host))
        })
        .await
}
