//! What the gateway tells of payments (cl. 10, 12(1)): into the cabinets of payer and recipient, and onto the order.

use participant::Fault;
use store::StoreError;
use store::rusqlite::Connection;
use terms::{Moment, PaymentCode};
use wire::common::{PaymentEvent, PaymentState, PaymentView};
use wire::gateway::{GetPayment, GetReceipt};
use wire::portal::PaymentNotified;

use crate::order::Event;
use crate::portal::Portal;
use crate::store::order::{self, Order};
use crate::store::payment::{self, Payment};

/// Keeps a notice in the transaction that answers it.
pub(crate) fn keep_notice(tx: &Connection, notice: &PaymentNotified, now: Moment) -> Result<(), Fault> {
    let told = Payment {
        code: notice.payment_code,
        application: notice.application.clone(),
        service: notice.service.clone(),
        recipient: notice.recipient.clone(),
        payer: notice.payer.clone(),
        amount: notice.amount,
        paid_at: notice.paid_at,
        channel: notice.channel,
        transaction: notice.transaction_number.clone(),
        bank_reference: notice.bank_reference.clone(),
        receipt_url: notice.receipt_url.to_string(),
        event: notice.event,
        used_for: None,
        notified_at: notice.header.sent_at,
    };
    Ok(keep(tx, &told, now)?)
}

/// Keeps a payment and moves the orders it concerns.
fn keep(tx: &Connection, told: &Payment, now: Moment) -> Result<(), StoreError> {
    payment::keep(tx, told)?;
    match told.event {
        PaymentEvent::Paid => paid(tx, told, now),
        PaymentEvent::Reversed | PaymentEvent::Refunded => taken_back(tx, told, now),
        PaymentEvent::Disputed => Ok(()),
    }
}

fn paid(tx: &Connection, told: &Payment, now: Moment) -> Result<(), StoreError> {
    // A notice may come after the code was used: what it is used for is known from the order.
    if let Some(user) = order::using(tx, told.code)? {
        payment::use_for(tx, told.code, Some(&user.application))?;
    }
    let Some(application) = &told.application else { return Ok(()) };
    let Some(order) = order::find(tx, application)?.filter(|order| is_for(told, order)) else {
        return Ok(());
    };
    if order.paid_here && order.payment_code != Some(told.code) {
        // A second sum for the same order stays in the cabinet as a free code.
        return Ok(());
    }
    order::advance(tx, &order, Event::PaymentNotified, now)?;
    order::set_code(tx, application, Some(told.code), order.code_until)?;
    order::set_refusal(tx, application, None)?;
    order::set_paid_here(tx, application)
}

fn is_for(told: &Payment, order: &Order) -> bool {
    told.service == order.service && told.recipient.number == order.recipient.number
}

fn taken_back(tx: &Connection, told: &Payment, now: Moment) -> Result<(), StoreError> {
    let Some(application) = &told.application else { return Ok(()) };
    let Some(order) = order::find(tx, application)?.filter(|order| is_for(told, order)) else {
        return Ok(());
    };
    if order.payment_code.is_none_or(|code| code == told.code) {
        order::advance(tx, &order, Event::MoneyTakenBack, now)?;
    }
    Ok(())
}

/// Where the code of an unpaid order stands, as the gateway says when asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It can still be paid.
    Payable,
    /// The bank declined, or its time is over: nobody will pay under it.
    Void,
    /// Money came: what the gateway says of it is kept now, as if it had told.
    Kept,
    /// The gateway does not say.
    Unknown,
}

/// Looks up a payment that was not told of yet: what a person who comes back from the bank should not wait for, and
/// what must be known before the same order is paid again. Nothing is trusted but the gateway's signed answers.
pub(crate) async fn look_up(portal: &Portal, order: &Order, code: PaymentCode) -> Standing {
    let request = GetPayment { header: portal.host.header(), payment_code: code };
    let (view, said_at) = match portal.caller.call(portal.neighbours.gateway, &request).await {
        Ok(answer) => (answer.get().payment.clone(), answer.get().header.answered_at),
        Err(error) => {
            tracing::warn!(event = "payment-not-looked-up", %error);
            return Standing::Unknown;
        }
    };
    match view.state {
        PaymentState::Issued => Standing::Payable,
        PaymentState::Void => Standing::Void,
        _ => keep_view(portal, order, view, said_at).await.unwrap_or(Standing::Unknown),
    }
}

async fn keep_view(portal: &Portal, order: &Order, view: PaymentView, said_at: Moment) -> Option<Standing> {
    let event = match view.state {
        PaymentState::Paid | PaymentState::Bound | PaymentState::Closed => PaymentEvent::Paid,
        PaymentState::Disputed => PaymentEvent::Disputed,
        PaymentState::Reversed => PaymentEvent::Reversed,
        PaymentState::Refunded => PaymentEvent::Refunded,
        PaymentState::Issued | PaymentState::Void => return None,
    };
    let requisites = view.requisites?;
    let request = GetReceipt { header: portal.host.header(), payment_code: view.payment_code };
    let receipt = portal.caller.call(portal.neighbours.gateway, &request).await.ok()?;
    let now = portal.host.now();
    let told = Payment {
        code: view.payment_code,
        application: Some(order.application.clone()),
        service: requisites.service,
        recipient: requisites.recipient,
        payer: requisites.payer,
        amount: requisites.amount,
        paid_at: requisites.paid_at,
        channel: requisites.channel,
        transaction: view.transaction_number?,
        bank_reference: requisites.bank_reference,
        receipt_url: receipt.get().url.to_string(),
        event,
        used_for: None,
        notified_at: said_at,
    };
    portal.database.write(move |tx| keep(tx, &told, now)).await.ok()?;
    Some(Standing::Kept)
}
