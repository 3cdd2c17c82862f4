//! An ATM (table 4): a program of its own, with one screen, that knows the bank only through its processing
//! system.
//!
//! `flow` is the screen's state, pure; `pages` the HTML; this file the routes and the calls. There is one
//! session, because there is one slot for a card: whoever stands before the machine. A typed card number
//! stands for inserting the card, and the screen says so. Every form carries the step it belongs to, so that
//! Back, Refresh and a double touch do nothing twice.

mod flow;
mod pages;

pub(crate) use self::pages::{priced_choices, printed, step_form};

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use ::pages::{HeaderPolicy, assets, with_security_headers};
use anyhow::{Context, Result};
use axum::Router;
use axum::extract::{Form, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use participant::Host;
use serde::Deserialize;
use terms::{AttemptId, Iin, Language, NumberError, Tiyn, Trilingual};
use tokio::sync::Mutex;
use wire::iso8583::{
    AuthorisationRequest, CardOrder, CardholderProof, Expiry, MerchantId, Pan, Pin, PinBlock, Stan,
    TerminalId, Trace,
};

use crate::serve::serve_screen;
use crate::settings::AtmSettings;
use crate::terminal::client::{CardLine, ChannelFailure, Processing};
use crate::terminal::messages as said;
use crate::terminal_key::TerminalKey;
use flow::{Client, Inserted, Outcome, Recipient, Screen, Session, Step};

/// Without a touch for so long the card comes out.
const IDLE_SECONDS: i64 = 60;

struct Atm {
    host: Arc<Host>,
    settings: AtmSettings,
    bank_name: Trilingual,
    key: TerminalKey,
    processing: Processing,
    line: CardLine,
    session: Mutex<Session>,
}

/// Serves an ATM's screen until `shutdown` is ready.
///
/// # Errors
/// Where the configuration or the address is not usable.
pub async fn serve_atm(host: Arc<Host>, shutdown: impl Future<Output = ()>) -> Result<()> {
    let settings: AtmSettings = host.config.settings()?;
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
        session: Mutex::new(Session::fresh(step(&host), host.now())),
        host: host.clone(),
        settings,
    });
    serve_screen(host, router(atm), shutdown).await
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
        .with_state(atm)
        .merge(assets());
    with_security_headers(router, &HeaderPolicy::strict())
}

/// A fresh token for the forms of a screen.
fn step(host: &Host) -> Step {
    let mut octets = [0; 16];
    host.draw(|entropy| entropy.fill(&mut octets));
    Step(hex::encode(octets))
}

fn back_to_screen() -> Response {
    Redirect::to("/").into_response()
}

async fn show(State(atm): State<Arc<Atm>>) -> Response {
    // While the bank is being asked the session is held; the screen says to wait.
    let Ok(mut session) = atm.session.try_lock() else {
        return pages::wait(&atm.view(Language::default()));
    };
    let now = atm.host.now();
    if session.is_idle(now, IDLE_SECONDS) {
        *session = Session::fresh(step(&atm.host), now);
    }
    pages::show(&atm.view(session.language), &session)
}

impl Atm {
    fn view(&self, language: Language) -> pages::View<'_> {
        pages::View {
            language,
            bank: &self.bank_name,
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
        if session.step.0 == typed && !session.is_idle(now, IDLE_SECONDS) {
            let present = std::mem::replace(&mut *session, Session::fresh(step(&self.host), now));
            let mut next = act(present).await;
            next.step = step(&self.host);
            next.touched_at = self.host.now();
            *session = next;
        }
        back_to_screen()
    }
}

#[derive(Deserialize)]
struct Touch {
    step: String,
}

#[derive(Deserialize)]
struct LanguageTouch {
    step: String,
    language: String,
}

async fn language(State(atm): State<Arc<Atm>>, Form(form): Form<LanguageTouch>) -> Response {
    let chosen = form.language.parse().unwrap_or_default();
    atm.touch(&form.step, |session| async move { session.with_language(chosen) }).await
}

#[derive(Deserialize)]
struct CardTouch {
    step: String,
    #[serde(rename = "card-number")]
    number: zeroize::Zeroizing<String>,
    pin: zeroize::Zeroizing<String>,
}

/// T4.1: the PIN is checked, and the client recognised where the card is the bank's own (T4.3).
async fn card(State(atm): State<Arc<Atm>>, Form(form): Form<CardTouch>) -> Response {
    let inner = atm.clone();
    atm.touch(&form.step, |session| async move {
        let (Ok(pan), Ok(pin)) = (form.number.parse::<Pan>(), form.pin.parse::<Pin>()) else {
            return session.card_not_read();
        };
        let token = inner.host.draw(|entropy| inner.key.seal(&pan, &pin, entropy));
        match inner.processing.client(token).await {
            Ok(said::ClientAnswer::Client { number, name }) => match (number.parse(), name.parse()) {
                (Ok(number), Ok(name)) => session.with_card(Inserted { pan, pin }, Client { number, name }),
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

#[derive(Deserialize)]
struct ServiceTouch {
    step: String,
    #[serde(default)]
    service: String,
}

async fn service(State(atm): State<Arc<Atm>>, Form(form): Form<ServiceTouch>) -> Response {
    atm.touch(&form.step, |session| async move { session.with_service(&form.service) }).await
}

#[derive(Deserialize)]
struct RecipientTouch {
    step: String,
    /// `own`, or whatever else for a typed number.
    #[serde(default)]
    recipient: String,
    #[serde(default)]
    iin: String,
}

/// T4.3: the recipient's IIN, from core banking or typed and checked.
async fn recipient(State(atm): State<Arc<Atm>>, Form(form): Form<RecipientTouch>) -> Response {
    let inner = atm.clone();
    atm.touch(&form.step, |session| async move {
        if form.recipient == "own" {
            return session.with_recipient(Recipient::Own);
        }
        let iin = match form.iin.parse::<Iin>() {
            Ok(iin) => iin,
            Err(NumberError::Length(count)) => return session.wrong_recipient(flow::WrongIin::Count(count)),
            Err(_) => return session.wrong_recipient(flow::WrongIin::Check),
        };
        match inner.processing.recipient(iin.to_string()).await {
            Ok(answer) if answer.valid => {
                session.with_recipient(Recipient::Other { iin, initials: answer.initials })
            }
            Ok(_) => session.wrong_recipient(flow::WrongIin::Nobody),
            Err(error) => {
                tracing::warn!(event = "recipient-not-checked", %error);
                session.wrong_recipient(flow::WrongIin::NotChecked)
            }
        }
    })
    .await
}

async fn end(State(atm): State<Arc<Atm>>, Form(form): Form<Touch>) -> Response {
    let inner = atm.clone();
    atm.touch(&form.step, |session| async move {
        drop(session);
        Session::fresh(step(&inner.host), inner.host.now())
    })
    .await
}

/// T4.4–12: the code is asked for, the card authorised, and the code shown. `transport` lets a handler finish
/// where the browser has gone, so that no half of a payment is left.
async fn confirm(State(atm): State<Arc<Atm>>, Form(form): Form<Touch>) -> Response {
    let inner = atm.clone();
    atm.touch(&form.step, |session| async move { pay(&inner, session).await }).await
}

async fn pay(atm: &Atm, session: Session) -> Session {
    let Screen::Confirm { .. } = session.screen else { return session };
    let (Some(card), Some(payment)) = (session.card.clone(), session.payment()) else { return session };
    let attempt = atm.host.message_id().to_string();
    let token = atm.host.draw(|entropy| atm.key.seal(&card.pan, &card.pin, entropy));
    let payment = said::CardPayment {
        operation: attempt.clone(),
        card: token,
        service: payment.service.code.clone(),
        price: payment.service.price.clone(),
        commission: payment.service.commission.clone(),
        recipient: payment.recipient.typed(),
    };
    let outcome = match atm.processing.begin(&payment).await {
        Ok(said::CardPaymentAnswer::Refused { text }) => {
            Outcome::Refused { text: text.trilingual(), code: None }
        }
        Ok(said::CardPaymentAnswer::AtWork) => Outcome::Unknown { attempt },
        // Whatever became of the question, no card was authorised, so nothing was taken.
        Err(ChannelFailure::NotAsked(why)) | Err(ChannelFailure::Unknown(why)) => not_begun(&why),
        Err(ChannelFailure::Refused(status)) => not_begun(&status.to_string()),
        Ok(begun @ said::CardPaymentAnswer::Begun { .. }) => authorise(atm, &card, attempt, begun).await,
    };
    session.done(outcome, atm.host.now())
}

fn not_begun(why: &str) -> Outcome {
    tracing::warn!(event = "payment-not-begun", why);
    Outcome::Refused { text: crate::core::Refusal::NoPaymentCode.text(), code: None }
}

async fn authorise(atm: &Atm, card: &Inserted, attempt: String, begun: said::CardPaymentAnswer) -> Outcome {
    let Some(request) = authorisation_request(atm, card, &attempt, begun) else {
        return not_begun("the processing system's answer cannot be read");
    };
    let code = request.order.payment_code;
    match atm.line.authorise(request).await {
        Some(answer) if answer.code.is_approved() => match answer.bank_reference {
            Some(reference) => Outcome::Paid { code, reference },
            None => Outcome::Unknown { attempt },
        },
        Some(answer) => {
            Outcome::Refused { text: refusal_text(answer.code.as_str()), code: Some(answer.code.to_string()) }
        }
        None => Outcome::Unknown { attempt },
    }
}

/// What the client is told of a response code. The wording never says more than the bank's answer does.
fn refusal_text(code: &str) -> Trilingual {
    use crate::core::Refusal;
    match code {
        "51" => Refusal::NotEnoughFunds.text(),
        "54" => Trilingual::new(
            "Карточканың мерзімі өткен. Ақша алынған жоқ.",
            "Срок карточки истёк. Деньги не списаны.",
            "The card has expired. No money has been taken.",
        ),
        "91" => Refusal::NoPaymentCode.text(),
        _ => Refusal::CardRefused.text(),
    }
}

fn authorisation_request(
    atm: &Atm,
    card: &Inserted,
    attempt: &str,
    begun: said::CardPaymentAnswer,
) -> Option<AuthorisationRequest> {
    let said::CardPaymentAnswer::Begun { code, provider, payer, recipient, beneficiary, total, service } =
        begun
    else {
        return None;
    };
    let party = |named: &said::Named| {
        Some(terms::Party { number: named.number.parse().ok()?, name: named.name.parse().ok()? })
    };
    let block =
        atm.host.draw(|entropy| PinBlock::seal(&card.pin, &card.pan, &atm.key.zone(), entropy)).ok()?;
    let total: Tiyn = total.parse().ok()?;
    let attempt: AttemptId = attempt.parse().ok()?;
    Some(AuthorisationRequest {
        pan: card.pan.clone(),
        expiry: read_off_the_chip(atm)?,
        proof: CardholderProof::Pin(block),
        amount: total,
        trace: trace(atm)?,
        terminal: atm.settings.id.parse::<TerminalId>().ok()?,
        merchant: "TOLEM".parse::<MerchantId>().ok()?,
        order: CardOrder {
            payment_code: code.parse().ok()?,
            service: service.parse().ok()?,
            provider: provider.parse().ok()?,
            recipient: party(&recipient)?,
            payer: party(&payer)?,
            beneficiary: beneficiary.beneficiary()?,
            attempt,
        },
    })
}

/// A chip would tell when its card ends. The demonstration types a number instead, so the end of next year
/// stands in.
fn read_off_the_chip(atm: &Atm) -> Option<Expiry> {
    let year: u8 = atm.host.now().plus_seconds(365 * 24 * 3600).in_almaty("%y").parse().ok()?;
    Expiry::new(year, 12).ok()
}

fn trace(atm: &Atm) -> Option<Trace> {
    let number = atm.host.draw(|entropy| entropy.below(1_000_000_000_000));
    let acquirer = atm.host.bin.to_string();
    Some(Trace {
        stan: Stan::from_counter(u32::try_from(number % 1_000_000).ok()?),
        at: atm.host.now(),
        acquirer: acquirer.get(..11)?.parse().ok()?,
        retrieval: format!("{number:012}").parse().ok()?,
    })
}
