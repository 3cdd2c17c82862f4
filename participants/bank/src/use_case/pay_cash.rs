//! Cash at a kiosk (T5.11–22): once for each operation of the terminal, however often the terminal has to
//! ask.
//!
//! The kiosk has recorded the cash before it asks, and asks again until it is answered; so an operation left
//! open is carried on from where it stopped, with the code it has. Cash that buys nothing waits in suspense
//! under a claim.

use store::StoreError;
use store::rusqlite::Connection;
use terms::{AttemptId, Channel, Party, Tiyn};
use wire::common::Service;

use crate::core::{Ledger, Refusal, check_cash, unused_cash_postings};
use crate::cx::Cx;
use crate::operation::{Admission, Content, Operation, Origin, Stage};
use crate::store as tables;
use crate::use_case::settle::{keep_code, request_code};
use crate::use_case::take::{book, refuse};

/// What the kiosk asks for.
#[derive(Debug, Clone)]
pub struct Cash {
    /// The terminal.
    pub terminal: String,
    /// Its id of the operation.
    pub attempt: AttemptId,
    /// What is paid for.
    pub service: Service,
    /// What the person was shown.
    pub commission: Tiyn,
    /// Who receives the service, and, unless told otherwise, pays.
    pub recipient: Party,
    /// What was put in.
    pub inserted: Tiyn,
}

/// What the kiosk is told.
#[derive(Debug, Clone)]
pub enum CashAnswer {
    /// Paid; with the claim for what was put in beyond.
    Paid {
        /// The operation.
        operation: Box<Operation>,
        /// The number under which the excess is claimed.
        claim: Option<String>,
    },
    /// Refused for good.
    Refused(Refusal),
    /// Not decided: the gateway gave no code now. The same operation may be sent again.
    NotNow,
}

/// Pays.
///
/// # Errors
/// Those of the database.
pub async fn pay_cash(cx: &Cx, asked: Cash) -> Result<CashAnswer, StoreError> {
    let origin = Origin::Terminal(asked.terminal.clone());
    let Some(_at_work) = cx.begin(&origin, &asked.attempt) else { return Ok(CashAnswer::NotNow) };
    if let Err(why) = check_cash(asked.inserted, asked.service.price, asked.commission) {
        return Ok(CashAnswer::Refused(why));
    }
    let operation = opened(cx, &asked, &origin);
    let opened = operation.clone();
    let admitted = cx.database().write(move |tx| tables::open_operation(tx, &opened)).await?;
    let operation = match admitted {
        Admission::New => operation,
        Admission::Known(known) => *known,
        Admission::Blocked => return Ok(CashAnswer::Refused(Refusal::Blocked)),
        Admission::Reused => return Ok(CashAnswer::Refused(Refusal::AttemptReused)),
    };
    let operation = match (&operation.stage, operation.code) {
        (Stage::Opened, None) => match request_code(cx, &operation, None).await {
            Some(issued) => keep_code(cx, operation, issued).await?,
            None => return Ok(CashAnswer::NotNow),
        },
        _ => operation,
    };
    if operation.stage == Stage::Opened {
        authorise(cx, operation).await
    } else {
        answer_again(cx, operation).await
    }
}

fn opened(cx: &Cx, asked: &Cash, origin: &Origin) -> Operation {
    let (service, recipient) = (&asked.service, &asked.recipient);
    Operation {
        origin: origin.clone(),
        attempt: asked.attempt.clone(),
        // The price is not part of it: a price that changes while cash is inside must not make it another
        // payment.
        content: Content::of(&[&recipient.number, &service.code, &asked.inserted]),
        channel: Channel::Kiosk,
        service: service.code.clone(),
        amount: service.price,
        commission: asked.commission,
        payer: recipient.clone(),
        recipient: recipient.clone(),
        source: Ledger::Cash(asked.terminal.clone()),
        source_shown: asked.terminal.clone(),
        inserted: Some(asked.inserted),
        opened_at: cx.now(),
        code: None,
        order: None,
        stage: Stage::Opened,
    }
}

/// Authorises the payment and writes the notice, in one transaction (T5.18–22).
async fn authorise(cx: &Cx, operation: Operation) -> Result<CashAnswer, StoreError> {
    let inner = cx.clone();
    cx.database()
        .write(move |tx| {
            let (row, operation) =
                tables::find(tx, &operation.origin, &operation.attempt)?.ok_or(StoreError::Conflict)?;
            let operation = book(tx, &inner, row, operation)?;
            let claim = claim_of(tx, &inner, &operation)?;
            Ok(CashAnswer::Paid { operation: Box::new(operation), claim })
        })
        .await
}

fn claim_of(tx: &Connection, cx: &Cx, operation: &Operation) -> Result<Option<String>, StoreError> {
    let (Ledger::Cash(terminal), excess) = (&operation.source, operation.excess()) else { return Ok(None) };
    if excess == Tiyn::ZERO {
        return Ok(None);
    }
    let prefix = &cx.bank().reference_prefix;
    tables::suspend_cash(tx, prefix, terminal, &operation.attempt, excess, cx.now()).map(Some)
}

async fn answer_again(cx: &Cx, operation: Operation) -> Result<CashAnswer, StoreError> {
    match &operation.stage {
        Stage::Taken { .. } | Stage::GivenBack { .. } => {
            let inner = cx.clone();
            let known = operation.clone();
            let claim = cx.database().write(move |tx| claim_of(tx, &inner, &known)).await?;
            Ok(CashAnswer::Paid { operation: Box::new(operation), claim })
        }
        Stage::Refused { why, .. } => Ok(CashAnswer::Refused(*why)),
        Stage::Opened => Ok(CashAnswer::NotNow),
    }
}

/// The person gives up, or the kiosk cannot go on: the cash inside waits under a claim, whose number is the
/// answer.
/// `None` where the operation was paid after all: then its code is what the person gets.
///
/// # Errors
/// Those of the database.
pub async fn give_cash_back(
    cx: &Cx,
    terminal: String,
    attempt: AttemptId,
    inserted: Tiyn,
) -> Result<Option<String>, StoreError> {
    let origin = Origin::Terminal(terminal.clone());
    let Some(_at_work) = cx.begin(&origin, &attempt) else { return Err(StoreError::Conflict) };
    let inner = cx.clone();
    cx.database()
        .write(move |tx| {
            let now = inner.now();
            match tables::find(tx, &origin, &attempt)? {
                Some((_, operation)) if operation.reference().is_some() => return Ok(None),
                Some((row, operation)) if operation.stage == Stage::Opened => {
                    refuse(tx, &inner, row, operation, Refusal::Interrupted, None)?;
                }
                Some(_) => {}
                // It must not be paid later either.
                None => tables::block(tx, &origin, &attempt, now)?,
            }
            let prefix = &inner.bank().reference_prefix;
            let (number, is_new) = tables::suspend_cash_once(tx, prefix, &terminal, &attempt, inserted, now)?;
            if is_new {
                tables::post(tx, None, "unused-cash", &unused_cash_postings(&terminal, inserted), now)?;
            }
            Ok(Some(number))
        })
        .await
}
