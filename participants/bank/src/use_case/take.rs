//! The end of an operation: the money is taken and the notice is in the outbox, or nothing is taken and the
//! code is cancelled. Either way in one transaction, so that a process that dies leaves both or neither
//! (T1.22, T3.14–15).

use store::rusqlite::Connection;
use store::{Outgoing, StoreError, mailbox};
use terms::{MessageId, Moment, PartyNumber, PaymentCode};
use wire::Request;
use wire::common::Reason;
use wire::gateway::{CancelPaymentCode, NotifyPayment, ReversePayment};

use crate::card::CardRefusal;
use crate::core::{Ledger, Refusal, check_debit, opposite, payment_postings};
use crate::cx::Cx;
use crate::operation::{GivenBackAs, Operation, Origin, Stage};
use crate::store as tables;

/// Takes the money of an opened operation from its account, or refuses it. `owner` must own the account.
///
/// # Errors
/// Those of the database.
pub fn take_from_account(
    tx: &Connection,
    cx: &Cx,
    row: i64,
    operation: Operation,
    owner: PartyNumber,
) -> Result<Operation, StoreError> {
    let account = match &operation.source {
        Ledger::Client(iban) => tables::account(tx, iban)?,
        _ => None,
    };
    match check_debit(account, owner, operation.amount, operation.commission) {
        Ok(_) => book(tx, cx, row, operation),
        Err(why) => refuse(tx, cx, row, operation, why, None),
    }
}

/// Books the payment, gives it its reference, and puts the signed notice into the outbox where there is a
/// code.
///
/// # Errors
/// Those of the database.
pub fn book(tx: &Connection, cx: &Cx, row: i64, operation: Operation) -> Result<Operation, StoreError> {
    let now = cx.now();
    let entry = payment_postings(
        operation.source.clone(),
        operation.amount,
        operation.commission,
        operation.excess(),
    );
    tables::post(tx, Some(row), "payment", &entry, now)?;
    let reference = tables::reference(&cx.bank().reference_prefix, now.banking_day(), row)?;
    let operation = operation.taken(reference, now);
    tables::save(tx, row, &operation)?;
    if let Some((code, requisites)) = operation.code.zip(operation.requisites()) {
        let header = cx.host().header();
        let id = header.message_id;
        tell(tx, cx, id, code, &NotifyPayment { header, payment_code: code, requisites }, now)?;
    }
    Ok(operation)
}

/// Ends an operation without taking anything. A code that we asked for is cancelled; a code of the gateway's
/// own page is the gateway's affair, where another card may be tried.
///
/// # Errors
/// Those of the database.
pub fn refuse(
    tx: &Connection,
    cx: &Cx,
    row: i64,
    operation: Operation,
    why: Refusal,
    card: Option<CardRefusal>,
) -> Result<Operation, StoreError> {
    let now = cx.now();
    let operation = operation.refused(why, card, now);
    tables::save(tx, row, &operation)?;
    if let Some(code) = operation.code.filter(|_| operation.origin != Origin::Gateway) {
        cancel(tx, cx, code, why)?;
    }
    Ok(operation)
}

/// Gives a code back that will not be paid.
///
/// # Errors
/// Those of the database.
pub fn cancel(tx: &Connection, cx: &Cx, code: PaymentCode, why: Refusal) -> Result<(), StoreError> {
    let header = cx.host().header();
    let id = header.message_id;
    let message = CancelPaymentCode { header, payment_code: code, reason: reason(why.word()) };
    tell(tx, cx, id, code, &message, cx.now())
}

/// Takes a payment back whole; none where nothing was taken. The gateway learns of it where it learnt of the
/// payment.
///
/// # Errors
/// Those of the database.
pub fn reverse(
    tx: &Connection,
    cx: &Cx,
    row: i64,
    operation: Operation,
) -> Result<Option<Operation>, StoreError> {
    let now = cx.now();
    let Some(operation) = operation.given_back(GivenBackAs::Reversal, now) else { return Ok(None) };
    let entry = opposite(&tables::postings(tx, row, "payment")?);
    tables::post(tx, Some(row), "reversal", &entry, now)?;
    tables::save(tx, row, &operation)?;
    if let (Some(code), Stage::GivenBack { reference, .. }) = (operation.code, &operation.stage) {
        let header = cx.host().header();
        let id = header.message_id;
        let message = ReversePayment {
            header,
            payment_code: code,
            bank_reference: reference.clone(),
            amount: operation.amount,
            reversed_at: now,
            reason: reason("reversed by the acquirer"),
        };
        tell(tx, cx, id, code, &message, now)?;
    }
    Ok(Some(operation))
}

fn reason(text: &str) -> Reason {
    text.parse().expect("our reasons are short")
}

fn tell<R: Request>(
    tx: &Connection,
    cx: &Cx,
    id: MessageId,
    code: PaymentCode,
    message: &R,
    now: Moment,
) -> Result<(), StoreError> {
    let outgoing = Outgoing {
        id,
        to: cx.gateway(),
        operation: R::OPERATION.to_owned(),
        body: message.to_xml(),
        about: Some(code.digits()),
        created_at: now,
    };
    mailbox::tell(tx, &outgoing)?;
    // Rung before the commit: the worker looks again in half a second at the latest.
    cx.bell().notify_one();
    Ok(())
}
