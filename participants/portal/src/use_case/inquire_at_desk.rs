//! The desk looks up a code: is this service prepaid under it, and for whom (T7.5–11).
//!
//! The operator's identity stands inside the signed message. Each look-up is on record with operator, time and
//! reason before anything is shown, because it reveals a name.

use rights::{Action, Permitted};
use store::StoreError;
use terms::{PaymentCode, ServiceCode, Trilingual};
use wire::common;
use wire::gateway::{InquirePaymentCode, InquirePaymentCodeResponse};

use super::Failure;
use crate::gateway::{NoAnswer, ask};
use crate::portal::Portal;
use crate::store::desk::{self, DeskReading, Inquiry, InquiryState, Shown};
use crate::store::user::Operator;

/// The right to it.
pub(crate) const ACTION: Action = Action("InquireAtDesk");

/// What is looked up.
#[derive(Debug, Clone)]
pub(crate) struct InquireAtDesk {
    /// The form that was sent: the same form makes the same inquiry.
    pub(crate) form: String,
    pub(crate) operator: Operator,
    pub(crate) code: PaymentCode,
    pub(crate) service: ServiceCode,
}

/// Looks a code up, or finds the inquiry this form made before.
pub(crate) async fn inquire_at_desk(
    portal: &Portal,
    request: Permitted<InquireAtDesk>,
) -> Result<Inquiry, Failure> {
    let command = request.command();
    let asked = Inquiry {
        id: hex::encode(portal.chance::<16>()),
        form: command.form.clone(),
        operator: command.operator.clone(),
        code: command.code,
        service: command.service.clone(),
        asked_at: portal.host.now(),
        state: InquiryState::Asked,
        refusal: None,
        shown: None,
        application: None,
    };
    let inquiry = portal
        .database
        .write(move |tx| {
            if let Some(made) = desk::find_by_form(tx, &asked.form)? {
                return Ok::<_, StoreError>(made);
            }
            desk::insert(tx, &asked)?;
            Ok(asked.clone())
        })
        .await?;
    if inquiry.operator != command.operator {
        return Err(Failure::NotFound);
    }
    if inquiry.state == InquiryState::Asked {
        look_up(portal, &inquiry).await?;
    }
    Ok(inquiry)
}

async fn look_up(portal: &Portal, inquiry: &Inquiry) -> Result<(), Failure> {
    let outcome = ask(portal, &inquiry.id, |header| InquirePaymentCode {
        header,
        payment_code: inquiry.code,
        service: inquiry.service.clone(),
        operator: named(&inquiry.operator),
    })
    .await;
    match outcome {
        Ok(answer) => keep_shown(portal, inquiry, answer).await,
        Err(NoAnswer::Store(error)) => Err(error.into()),
        Err(no_answer) => keep_refused(portal, inquiry, &no_answer).await,
    }
}

/// The operator as the gateway is told.
pub(crate) fn named(operator: &Operator) -> common::Operator {
    common::Operator { iin: operator.iin, name: operator.name.clone(), centre: operator.centre.clone() }
}

async fn keep_shown(
    portal: &Portal,
    inquiry: &Inquiry,
    answer: InquirePaymentCodeResponse,
) -> Result<(), Failure> {
    let shown = Shown {
        ticket: answer.ticket,
        ticket_until: answer.ticket_valid_until,
        recipient: answer.recipient,
        amount: answer.amount,
        paid_at: answer.paid_at,
        channel: answer.channel,
    };
    let reading = DeskReading {
        at: portal.host.now(),
        operator: inquiry.operator.iin,
        centre: inquiry.operator.centre.clone(),
        inquiry: inquiry.id.clone(),
        person: shown.recipient.number.to_string(),
        reason: format!("check of a payment code for service {}", inquiry.service),
    };
    let id = inquiry.id.clone();
    portal
        .database
        .write(move |tx| {
            desk::show(tx, &id, &shown)?;
            desk::record_reading(tx, &reading)?;
            desk::advance(tx, &id, InquiryState::Asked, InquiryState::Shown)
        })
        .await?;
    Ok(())
}

async fn keep_refused(portal: &Portal, inquiry: &Inquiry, no_answer: &NoAnswer) -> Result<(), Failure> {
    let (id, now) = (inquiry.id.clone(), portal.host.now());
    let refusal = no_answer.refusal(&no_answer_yet());
    portal
        .database
        .write(move |tx| {
            desk::set_refusal(tx, &id, &refusal, now)?;
            desk::advance(tx, &id, InquiryState::Asked, InquiryState::Refused)
        })
        .await?;
    Ok(())
}

pub(crate) fn no_answer_yet() -> Trilingual {
    Trilingual::new(
        "Төлем шлюзі жауап бермейді, ештеңе жабылған жоқ. Бір минуттан кейін қайталаңыз.",
        "Платёжный шлюз не отвечает, ничего не закрыто. Повторите через минуту.",
        "The payment gateway does not answer; nothing was closed. Try again in a minute.",
    )
}
