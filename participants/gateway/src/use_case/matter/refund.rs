//! An unused payment that two officers give back, and what a grant sets in motion, whatever brought it (cl. 24).
//!
//! The bank is told by the outbox, in the transaction of the approval; what it answers is heard in
//! [`crate::use_case::hear_bank`]. Nothing here says where the money goes: the bank undoes its own operation.

use ledger::{Refund, RefundGround, RefundProgress};
use participant::Fault;
use payment::table::State;
use payment::{Effect, Event, Payment, Refusal};
use rights::proposal::check_grounds;
use rights::{Permitted, Resource, SystemJob};
use store::{Outgoing, RefundRecord, Store as _, StoreError, Stored};
use terms::{MessageId, PaymentCode, Tiyn};
use wire::Request as _;
use wire::bank::RefundPayment;
use wire::fault::FaultCode;
use wire::proposal::{RefundGroundWord, RefundMatter};
use xml::ToElement as _;

use crate::cx::{Cx, Work};
use crate::links::Links;
use crate::use_case::propose::NotTaken;

/// How many payments are taken from the queue at a time.
const AT_ONCE: usize = 200;

/// The bank that took the money. Of a code that nobody paid nothing is told to whoever may not refund everything.
pub(super) fn touches(matter: &RefundMatter, work: &mut Work<'_>) -> Result<Resource, NotTaken> {
    let found = work.tx.payment(matter.payment_code)?;
    let bank = found.as_ref().and_then(|stored| stored.value.paid()).map(|paid| paid.bank);
    Ok(bank.map_or(Resource::Everything, Resource::Bank))
}

/// Whether the payment could be given back now.
pub(super) fn could_be_done(matter: &RefundMatter, work: &mut Work<'_>) -> Result<(), NotTaken> {
    check_grounds(matter, work.now.banking_day())?;
    refunded(work, matter).map(drop)
}

/// A payment as it was, and as two officers make it, where what they say of it is true.
fn refunded(
    work: &mut Work<'_>,
    matter: &RefundMatter,
) -> Result<(Stored<Payment>, payment::Change), NotTaken> {
    let stored = work.tx.payment(matter.payment_code)?.ok_or(NotTaken::NoSuchPayment)?;
    let change = stored.value.clone().apply(Event::Refund, work.now).map_err(NotTaken::NotRefundable)?;
    if change.effect != Effect::Moved {
        return Err(NotTaken::NotRefundable(Refusal::Refunded));
    }
    let paid_on = stored.value.paid().map(|paid| paid.requisites.paid_at.banking_day());
    if let (Some(asked), Some(paid_on)) = (matter.requested_on, paid_on)
        && asked < paid_on
    {
        return Err(NotTaken::RequestedBefore(paid_on));
    }
    let valid_until = stored.value.order.valid_until();
    if matter.ground == RefundGroundWord::Expired && work.now < valid_until {
        return Err(NotTaken::NotExpired(valid_until));
    }
    Ok((stored, change))
}

/// Carries an approved refund out.
pub(super) fn refund(
    work: &mut Work<'_>,
    matter: &RefundMatter,
    number: MessageId,
    links: &Links,
) -> Result<(), NotTaken> {
    let (stored, change) = refunded(work, matter)?;
    work.keep(stored, &change)?;
    grant(work, &change.payment, ground(matter.ground), number)?;
    Ok(work.tell_portals(links, &change.payment)?)
}

fn ground(word: RefundGroundWord) -> RefundGround {
    match word {
        RefundGroundWord::PayerRequest => RefundGround::PayerRequest,
        RefundGroundWord::Erroneous => RefundGround::Erroneous,
        RefundGroundWord::Expired => RefundGround::Expired,
    }
}

/// Has the bank give back what it said it took, after the payment was granted back: once, by the key of its row. A refund
/// that the bank refused before begins anew.
pub(super) fn grant(
    work: &mut Work<'_>,
    payment: &Payment,
    ground: RefundGround,
    number: MessageId,
) -> Result<(), NotTaken> {
    let code = payment.code;
    work.journal(code, "refund-granted", &format!("{ground} by proposal {number}"))?;
    let Some(paid) = payment.paid() else { return Ok(()) };
    // Of a service that costs nothing there is nothing to give back.
    if paid.requisites.amount == Tiyn::ZERO {
        return Ok(());
    }
    let message = RefundPayment {
        header: work.request_header(),
        payment_code: code,
        bank_reference: paid.requisites.bank_reference.clone(),
        amount: paid.requisites.amount,
        reason: format!("{ground}, proposal {number}")
            .parse()
            .map_err(|_| Fault::new(FaultCode::Internal).because("no reason of a refund"))?,
    };
    let record = RefundRecord {
        refund: Refund {
            code,
            bank: paid.bank,
            operation: paid.requisites.bank_reference.clone(),
            amount: paid.requisites.amount,
            ground,
            progress: RefundProgress::Granted,
        },
        proposal: number,
        message: message.header.message_id,
        grants: 1,
        granted_at: work.now,
        answered_at: None,
    };
    match work.tx.refund(code)? {
        None => work.tx.insert_refund(&record)?,
        Some(stored) if matches!(stored.value.refund.progress, RefundProgress::Refused(_)) => {
            let grants = stored.value.grants.saturating_add(1);
            work.tx.save_refund(&stored.with(RefundRecord { grants, ..record }))?;
        }
        Some(_) => return Err(StoreError::Taken.into()),
    }
    work.tx.tell(&Outgoing {
        id: message.header.message_id,
        to: paid.bank,
        operation: RefundPayment::OPERATION.to_owned(),
        body: message.to_xml(),
        about: Some(code.digits()),
        created_at: work.now,
    })?;
    Ok(())
}

/// Tells banks what was granted back before they were told of it: settled disputes of earlier versions. It goes on where it
/// was stopped.
///
/// # Errors
/// Those of the store.
pub(crate) async fn tell_earlier(cx: &Cx) -> Result<(), Fault> {
    let command = Permitted::system((), SystemJob("earlier-refunds"));
    loop {
        let untold = cx.store.read(|view| view.refunds_untold(AT_ONCE)).await.map_err(Fault::from)?;
        if untold.is_empty() {
            return Ok(());
        }
        tracing::info!(event = "earlier-refunds-told", payments = untold.len());
        for code in untold {
            cx.change(&command, move |work| tell_one(work, code)).await?;
        }
    }
}

fn tell_one(work: &mut Work<'_>, code: PaymentCode) -> Result<(), Fault> {
    work.tx.refund_told(code)?;
    let payment = work.payment(code)?.value;
    if payment.state() != State::Refunded || work.tx.refund(code)?.is_some() {
        return Ok(());
    }
    let settled = work.tx.timeline(code)?.into_iter().rev().find(|entry| entry.event == "dispute-settled");
    let number = settled.and_then(|entry| entry.detail.rsplit(' ').next()?.parse().ok());
    // Without a line of the timeline the refund has a number of its own.
    let number = number.unwrap_or_else(|| work.request_header().message_id);
    match grant(work, &payment, RefundGround::Dispute, number) {
        Ok(()) => Ok(()),
        Err(NotTaken::Fault(fault)) => Err(fault),
        Err(other) => Err(Fault::new(FaultCode::Internal).because(other.to_string())),
    }
}
