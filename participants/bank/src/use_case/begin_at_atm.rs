//! A client has confirmed at an ATM: the operation is recorded and the gateway asked for a code (T4.5–10).
//! The card is authorised afterwards, by ISO 8583, and only then does the client see the code.

use participant::CallFailure;
use store::StoreError;
use terms::{AttemptId, Channel, Party, Tiyn};
use wire::common::Service;

use crate::card::CardRefusal;
use crate::core::{Ledger, Refusal};
use crate::cx::{CodeIssued, Cx};
use crate::operation::{Admission, Content, Operation, Origin, Stage};
use crate::store as tables;
use crate::use_case::take::refuse;

/// What an ATM is told about its operation.
#[derive(Debug, Clone)]
pub enum Begun {
    /// The code is there; the card may be authorised.
    WithCode(Box<Operation>),
    /// The operation has ended: nothing was taken.
    Refused(Refusal),
    /// The same operation is being worked on at this moment.
    AtWork,
}

/// What the client has confirmed.
#[derive(Debug, Clone)]
pub struct AtAtm {
    /// The terminal.
    pub terminal: String,
    /// Its id of the operation.
    pub attempt: AttemptId,
    /// What is paid for.
    pub service: Service,
    /// What the client was shown.
    pub commission: Tiyn,
    /// The client whose card is in the machine.
    pub payer: Party,
    /// Who receives the service.
    pub recipient: Party,
}

/// Records the operation and asks for its code; a repeat gets what was issued before.
///
/// # Errors
/// Those of the database.
pub async fn begin_at_atm(cx: &Cx, asked: AtAtm) -> Result<Begun, StoreError> {
    let origin = Origin::Terminal(asked.terminal.clone());
    let Some(_at_work) = cx.begin(&origin, &asked.attempt) else { return Ok(Begun::AtWork) };
    let operation = opened(cx, &asked, &origin);
    let opened = operation.clone();
    let admitted = cx
        .database()
        .write(move |tx| {
            let admission = tables::admit(tx, &opened.origin, &opened.attempt, &opened.content)?;
            if matches!(admission, Admission::New) {
                tables::insert(tx, &opened)?;
            }
            Ok::<_, StoreError>(admission)
        })
        .await?;
    match admitted {
        Admission::New => {}
        Admission::Known(known) => match known.stage {
            Stage::Refused { why, .. } => return Ok(Begun::Refused(why)),
            _ if known.code.is_some() => return Ok(Begun::WithCode(known)),
            _ => {}
        },
        Admission::Blocked => return Ok(Begun::Refused(Refusal::Blocked)),
        Admission::Reused => return Ok(Begun::Refused(Refusal::AttemptReused)),
    }
    let issued = cx
        .request_code(
            Channel::Atm,
            &operation.service,
            operation.amount,
            &operation.recipient,
            Some(&operation.payer),
        )
        .await;
    keep_code(cx, operation, issued).await
}

async fn keep_code(
    cx: &Cx,
    operation: Operation,
    issued: Result<CodeIssued, CallFailure>,
) -> Result<Begun, StoreError> {
    let inner = cx.clone();
    let issued = issued.inspect_err(|failure| tracing::warn!(event = "code-not-issued", %failure)).ok();
    cx.database()
        .write(move |tx| {
            let Some((row, operation)) = tables::find(tx, &operation.origin, &operation.attempt)? else {
                return Err(StoreError::Conflict);
            };
            match issued.filter(|issued| issued.amount == operation.amount) {
                Some(CodeIssued { code, order, .. }) => {
                    let operation = operation.with_code(code, order);
                    tables::save(tx, row, &operation)?;
                    Ok(Begun::WithCode(Box::new(operation)))
                }
                None => {
                    let (why, card) = (Refusal::NoPaymentCode, Some(CardRefusal::NoPaymentCode));
                    refuse(tx, &inner, row, operation, why, card)?;
                    Ok(Begun::Refused(why))
                }
            }
        })
        .await
}

fn opened(cx: &Cx, asked: &AtAtm, origin: &Origin) -> Operation {
    let (service, payer, recipient) = (&asked.service, &asked.payer, &asked.recipient);
    Operation {
        origin: origin.clone(),
        attempt: asked.attempt.clone(),
        content: Content::of(&[
            &payer.number,
            &recipient.number,
            &service.code,
            &service.price,
            &asked.commission,
        ]),
        channel: Channel::Atm,
        service: service.code.clone(),
        amount: service.price,
        commission: asked.commission,
        payer: payer.clone(),
        recipient: recipient.clone(),
        // The card's account is written at its authorisation; until then nothing is booked.
        source: Ledger::Opening,
        source_shown: String::new(),
        inserted: None,
        opened_at: cx.now(),
        code: None,
        order: None,
        stage: Stage::Opened,
    }
}
