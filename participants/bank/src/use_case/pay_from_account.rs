//! A client pays in the internet bank (T3.7–16): the operation is recorded, the gateway asked for a code, the
//! account debited; the code is shown only after that, and the notice is in the outbox with the debit.

use store::StoreError;
use terms::{AttemptId, Channel, Iban, Party, Tiyn};
use wire::common::Service;

use crate::core::{Ledger, Refusal};
use crate::cx::{CodeIssued, Cx};
use crate::operation::{Admission, Content, Operation, Origin, Stage};
use crate::store as tables;
use crate::use_case::take::{refuse, take_from_account};

/// What the client has confirmed.
#[derive(Debug, Clone)]
pub struct FromAccount {
    /// The form's own id: the same form sent twice is one payment.
    pub attempt: AttemptId,
    /// What is paid for.
    pub service: Service,
    /// What the client was shown.
    pub commission: Tiyn,
    /// The client.
    pub payer: Party,
    /// Who receives the service.
    pub recipient: Party,
    /// The account, also where a card stands for it.
    pub account: Iban,
    /// Account or card as the client may see it.
    pub means_shown: String,
}

/// Pays, once for each form. `None` while the same form is being worked on.
///
/// # Errors
/// Those of the database.
pub async fn pay_from_account(cx: &Cx, asked: FromAccount) -> Result<Option<Operation>, StoreError> {
    let Some(_at_work) = cx.begin(&Origin::InternetBank, &asked.attempt) else { return Ok(None) };
    let operation = opened(cx, &asked);
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
        Admission::Known(known) => return Ok(Some(*known)),
        Admission::Blocked => return Ok(Some(operation.refused(Refusal::Blocked, None, cx.now()))),
        Admission::Reused => return Ok(Some(operation.refused(Refusal::AttemptReused, None, cx.now()))),
    }
    let (channel, payer) = (Channel::InternetBank, Some(&operation.payer));
    let issued = cx
        .request_code(channel, &operation.service, operation.amount, &operation.recipient, payer)
        .await
        .inspect_err(|failure| tracing::warn!(event = "code-not-issued", %failure))
        .ok()
        .filter(|issued| issued.amount == operation.amount);
    let Some(issued) = issued else { return end_without_code(cx, operation).await.map(Some) };
    let coded = keep_code(cx, operation, issued).await?;
    debit(cx, coded).await.map(Some)
}

fn opened(cx: &Cx, asked: &FromAccount) -> Operation {
    let (service, recipient) = (&asked.service, &asked.recipient);
    Operation {
        origin: Origin::InternetBank,
        attempt: asked.attempt.clone(),
        content: Content::of(&[
            &asked.account,
            &asked.payer.number,
            &recipient.number,
            &service.code,
            &service.price,
        ]),
        channel: Channel::InternetBank,
        service: service.code.clone(),
        amount: service.price,
        commission: asked.commission,
        payer: asked.payer.clone(),
        recipient: recipient.clone(),
        source: Ledger::Client(asked.account),
        source_shown: asked.means_shown.clone(),
        inserted: None,
        opened_at: cx.now(),
        code: None,
        order: None,
        stage: Stage::Opened,
    }
}

/// Keeps the code before the debit: a process that dies in between finds it and cancels it (`resume`).
async fn keep_code(cx: &Cx, operation: Operation, issued: CodeIssued) -> Result<Operation, StoreError> {
    cx.database()
        .write(move |tx| {
            let (row, operation) =
                tables::find(tx, &operation.origin, &operation.attempt)?.ok_or(StoreError::Conflict)?;
            let operation = operation.with_code(issued.code, issued.order);
            tables::save(tx, row, &operation)?;
            Ok(operation)
        })
        .await
}

async fn debit(cx: &Cx, operation: Operation) -> Result<Operation, StoreError> {
    let inner = cx.clone();
    cx.database()
        .write(move |tx| {
            let (row, operation) =
                tables::find(tx, &operation.origin, &operation.attempt)?.ok_or(StoreError::Conflict)?;
            let owner = operation.payer.number;
            take_from_account(tx, &inner, row, operation, owner)
        })
        .await
}

async fn end_without_code(cx: &Cx, operation: Operation) -> Result<Operation, StoreError> {
    let inner = cx.clone();
    cx.database()
        .write(move |tx| {
            let (row, operation) =
                tables::find(tx, &operation.origin, &operation.attempt)?.ok_or(StoreError::Conflict)?;
            refuse(tx, &inner, row, operation, Refusal::NoPaymentCode, None)
        })
        .await
}
