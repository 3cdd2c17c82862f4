//! RefundPayment: two officers of the gateway give money back (cl. 24).

use participant::{Fault, once};
use rights::Permitted;
use store::rusqlite::Connection;
use terms::{BankReference, Moment};
use wire::bank::{RefundPayment, RefundPaymentResponse};
use wire::common::RefundOutcome;
use wire::fault::FaultCode;
use wire::{Request, ResponseHeader};

use crate::core::{Ledger, refund_postings};
use crate::cx::Cx;
use crate::operation::{GivenBackAs, Operation, Stage};
use crate::store as tables;

/// Gives the price of a payment back to where it came from, once: to the account, also to that of a card. Cash waits in
/// suspense under a claim number, which is then the bank's id of the refund: by it the payer is paid at the counter.
///
/// # Errors
/// Those of the database.
pub async fn refund_payment(cx: &Cx, request: Permitted<RefundPayment>) -> Result<String, Fault> {
    let (inner, evidence) = (cx.clone(), request.evidence().cloned());
    once::once(cx.database(), request, cx.now(), move |tx, order: &RefundPayment| {
        if let Some(evidence) = &evidence {
            tables::keep_evidence(tx, RefundPayment::OPERATION, evidence)?;
        }
        let header = ResponseHeader::answering(&order.header, inner.now(), inner.host().bin);
        Ok(match refund(tx, &inner, order)? {
            Ok((reference, at)) => RefundPaymentResponse {
                header,
                outcome: RefundOutcome::Refunded,
                bank_reference: Some(reference),
                refunded_at: Some(at),
                reason: None,
            },
            Err(why) => RefundPaymentResponse {
                header,
                outcome: RefundOutcome::Refused,
                bank_reference: None,
                refunded_at: None,
                reason: why.parse().ok(),
            },
        })
    })
    .await
}

type Refunded = Result<(BankReference, Moment), &'static str>;

fn refund(tx: &Connection, cx: &Cx, order: &RefundPayment) -> Result<Refunded, Fault> {
    let Some((row, operation)) = tables::by_reference(tx, &order.bank_reference)? else {
        return Ok(Err("no such operation"));
    };
    if let Err(why) = fits(&operation, order) {
        return Ok(Err(why));
    }
    match operation.stage {
        Stage::GivenBack { how: GivenBackAs::Refund, back_at, .. } => {
            return Ok(Ok((reference(tx, cx, order, &operation, back_at)?, back_at)));
        }
        Stage::GivenBack { how: GivenBackAs::Reversal, .. } => {
            return Ok(Err("the payment was reversed before"));
        }
        Stage::Opened | Stage::Refused { .. } => return Ok(Err("nothing was taken")),
        Stage::Taken { .. } => {}
    }
    let now = cx.now();
    let reference = reference(tx, cx, order, &operation, now)?;
    let back_to = match &operation.source {
        Ledger::Cash(_) => Ledger::CashSuspense,
        source => source.clone(),
    };
    tables::post(tx, Some(row), "refund", &refund_postings(back_to, operation.amount), now)?;
    if let Some(operation) = operation.given_back(GivenBackAs::Refund, now) {
        tables::save(tx, row, &operation)?;
    }
    Ok(Ok((reference, now)))
}

/// The bank's id of a refund, the same however often it is asked for: of cash the number of the claim that is kept for it.
fn reference(
    tx: &Connection,
    cx: &Cx,
    order: &RefundPayment,
    operation: &Operation,
    at: Moment,
) -> Result<BankReference, Fault> {
    let text = match &operation.source {
        Ledger::Cash(terminal) => {
            let (prefix, attempt) = (&cx.bank().reference_prefix, reference_attempt(operation));
            tables::suspend_cash(tx, prefix, terminal, &attempt, operation.amount, at)?
        }
        _ => format!("{}-R", order.bank_reference),
    };
    let unsayable = |_| Fault::new(FaultCode::Internal).because("the reference of a refund is too long");
    text.parse().map_err(unsayable)
}

/// A refund of cash is a claim of its own beside one for excess cash of the same attempt.
fn reference_attempt(operation: &Operation) -> terms::AttemptId {
    let attempt = operation.attempt.as_str();
    let shortened = &attempt[..attempt.len().min(terms::AttemptId::LONGEST - 2)];
    format!("R-{shortened}").parse().expect("an attempt with two more characters")
}

fn fits(operation: &Operation, order: &RefundPayment) -> Result<(), &'static str> {
    // A debit of an account has no code at the bank: the gateway made it afterwards (T2.17).
    if operation.code.is_some_and(|code| code != order.payment_code) {
        return Err("the operation was for another payment code");
    }
    if operation.amount == order.amount { Ok(()) } else { Err("the amount is not the one taken") }
}
