//! The card authorisation of an ATM (T4.5–12): the 0100 goes out with the encrypted PIN block and without a
//! payment code; the 0110 that approves brings the code.
//!
//! The request is on record before it goes out. Where its outcome does not become known the machine takes it
//! back by a 0400, again and again until a 0410 comes, also after a power cut. An approval is on record before the
//! client sees it, with all that is on its slip, until the slip is handed out: what is cut off in between is shown
//! to the same card later.

use std::sync::Arc;
use std::time::Duration;

use terms::Trilingual;
use wire::iso8583::{
    AtmOrder, AuthorisationRequest, AuthorisationResponse, Expiry, MerchantId, PinBlock, Presented,
    ReversalRequest, Stan, TerminalId, Trace,
};

use super::Atm;
use super::flow::{Client, Ended, Inserted, Outcome, Payment, Session};
use crate::core::Refusal;
use crate::terminal::client::Authorised;

/// How often a reversal is sent while the client waits.
const REVERSALS_AT_SCREEN: usize = 2;
/// How often what is open is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(3);

/// Pays what the client has confirmed. The slip is printed where there is paper.
pub(super) async fn pay(atm: &Atm, session: Session) -> Session {
    let (Some(card), Some(client)) = (session.card.clone(), session.client.clone()) else { return session };
    let Some(payment) = session.payment() else { return session };
    let ended = match request(atm, &card, &payment) {
        Some(request) => authorise(atm, request, &client, &payment).await,
        None => payment.ended(Some(&client), not_asked("the order cannot be written"), atm.host.now()),
    };
    let printed = atm.records.has_paper().await;
    session.done(ended, printed)
}

/// Nothing was taken: the bank was not asked.
fn not_asked(why: &str) -> Outcome {
    tracing::warn!(event = "authorisation-not-asked", why);
    Outcome::Refused { text: Refusal::NoPaymentCode.text(), code: None }
}

/// Asks, and puts on record how it ended.
async fn authorise(atm: &Atm, request: AuthorisationRequest, client: &Client, payment: &Payment) -> Ended {
    let ended = |outcome| payment.clone().ended(Some(client), outcome, atm.host.now());
    let attempt = request.attempt().clone();
    let reversal = ReversalRequest {
        original: request.trace.original_key(),
        trace: request.trace.clone(),
        amount: request.amount,
        attempt: attempt.clone(),
        repeated: false,
    };
    if let Err(error) = atm.records.asking(&request).await {
        return ended(not_asked(&error.to_string()));
    }
    let outcome = match atm.line.authorise(request).await {
        Authorised::Answered(answer) => outcome_of(answer),
        Authorised::NotAsked => Some(not_asked("there is no line to the bank")),
        Authorised::Unknown => None,
    };
    match outcome.map(ended) {
        Some(paid) if matches!(paid.outcome, Outcome::Paid { .. }) => {
            match atm.records.paid(attempt.clone(), &client.card, &paid).await {
                Ok(()) => return paid,
                // What may be forgotten must not stay taken.
                Err(error) => tracing::error!(event = "slip-not-recorded", %error),
            }
        }
        Some(refused) => {
            forget(atm, &reversal).await;
            return refused;
        }
        None => {}
    }
    if let Err(error) = atm.records.give_up(attempt.clone()).await {
        // It is given up at the next start; until then the reversal goes out from here alone.
        tracing::error!(event = "not-recorded", %error);
    }
    ended(take_back(atm, reversal).await)
}

/// How an answered request ended; none for an approval that lacks what the client must get.
fn outcome_of(answer: AuthorisationResponse) -> Option<Outcome> {
    if !answer.code.is_approved() {
        let code = answer.code.to_string();
        return Some(Outcome::Refused { text: refusal_text(&code), code: Some(code) });
    }
    let (code, reference) = answer.payment_code.zip(answer.bank_reference)?;
    Some(Outcome::Paid { code, reference })
}

/// Takes the authorisation back while the client waits. Where the bank does not say that it is taken back, the
/// result is not known, and the machine goes on by itself.
async fn take_back(atm: &Atm, reversal: ReversalRequest) -> Outcome {
    for number in 0..REVERSALS_AT_SCREEN {
        let request = ReversalRequest { repeated: number > 0, ..reversal.clone() };
        if atm.line.reverse(request).await {
            forget(atm, &reversal).await;
            return Outcome::Refused { text: taken_back(), code: None };
        }
    }
    Outcome::Unknown { attempt: reversal.attempt.to_string() }
}

async fn forget(atm: &Atm, reversal: &ReversalRequest) {
    if let Err(error) = atm.records.answered(reversal.attempt.clone()).await {
        // What stays on record is reversed at the next start, where there is nothing to reverse any more.
        tracing::error!(event = "not-recorded", %error);
    }
}

/// Sends the reversals that are open: at once after a power cut, then again and again.
pub(super) async fn take_back_what_is_open(atm: Arc<Atm>) {
    loop {
        match atm.records.reversals().await {
            Ok(reversals) => {
                for reversal in reversals {
                    if atm.line.reverse(reversal.clone()).await {
                        forget(&atm, &reversal).await;
                    }
                }
            }
            Err(error) => tracing::error!(event = "reversals-not-read", %error),
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

fn taken_back() -> Trilingual {
    Trilingual::new(
        "Банк уақытында жауап бермеді, төлем тоқтатылды. Шоттан ақша алынса, ол қайтарылды.",
        "Банк не ответил вовремя, платёж отменён. Если деньги были списаны, они возвращены.",
        "The bank did not answer in time and the payment was cancelled. Any money taken has been given back.",
    )
}

/// What the client is told of a response code. The wording never says more than the bank's answer does.
fn refusal_text(code: &str) -> Trilingual {
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

/// The 0100. None where something does not fit, such as an id of more digits than its field.
fn request(atm: &Atm, card: &Inserted, payment: &Payment) -> Option<AuthorisationRequest> {
    let pin = atm.host.draw(|entropy| PinBlock::seal(&card.pin, &card.pan, &atm.key.zone(), entropy)).ok()?;
    let (price, commission) = payment.amounts();
    let order = AtmOrder {
        service: payment.service.code.parse().ok()?,
        recipient: payment.recipient.typed(),
        commission,
        attempt: atm.host.message_id().to_string().parse().ok()?,
    };
    Some(AuthorisationRequest {
        pan: card.pan.clone(),
        expiry: read_off_the_chip(atm)?,
        amount: price.checked_add(commission)?,
        trace: trace(atm)?,
        terminal: atm.settings.id.parse::<TerminalId>().ok()?,
        merchant: "TOLEM".parse::<MerchantId>().ok()?,
        presented: Presented::AtAtm { pin, order },
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
