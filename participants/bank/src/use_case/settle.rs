//! From an opened operation to its end, while a client waits: the gateway is asked for a code, and the money is
//! taken (T3.8–14, T4.6–11).
//!
//! Each step is a transaction of its own, and each looks again at where the operation stands: a reversal may
//! have ended it in between. Whoever issued a code gets it back then.

use store::StoreError;
use store::rusqlite::Connection;
use terms::Party;

use crate::core::Refusal;
use crate::cx::{CodeIssued, Cx};
use crate::operation::{Operation, Stage};
use crate::store as tables;
use crate::use_case::take::{cancel, refuse, take_from_account};

/// Carries an opened operation to its end; an ended one is left as it is.
///
/// # Errors
/// Those of the database.
pub async fn settle(cx: &Cx, operation: Operation) -> Result<Operation, StoreError> {
    let operation = match (&operation.stage, operation.code) {
        (Stage::Opened, None) => obtain_code(cx, operation).await?,
        _ => operation,
    };
    if operation.stage == Stage::Opened { take(cx, operation).await } else { Ok(operation) }
}

/// Asks the gateway for a code; an operation that gets none ends refused.
async fn obtain_code(cx: &Cx, operation: Operation) -> Result<Operation, StoreError> {
    if let Some(issued) = request_code(cx, &operation, Some(&operation.payer)).await {
        return keep_code(cx, operation, issued).await;
    }
    let inner = cx.clone();
    cx.database()
        .write(move |tx| match present(tx, &operation)? {
            (row, operation) if operation.stage == Stage::Opened => {
                refuse(tx, &inner, row, operation, Refusal::NoPaymentCode, None)
            }
            (_, operation) => Ok(operation),
        })
        .await
}

/// A code for exactly what the client was shown; none where the gateway gives none.
pub(super) async fn request_code(
    cx: &Cx,
    operation: &Operation,
    payer: Option<&Party>,
) -> Option<CodeIssued> {
    let (channel, service) = (operation.channel, &operation.service);
    let issued = cx.request_code(channel, service, operation.amount, &operation.recipient, payer).await;
    let issued = issued.inspect_err(|failure| tracing::warn!(event = "code-not-issued", %failure)).ok();
    issued.filter(|issued| issued.amount == operation.amount)
}

/// Keeps a code before anything is taken: a process that dies in between finds it again.
pub(super) async fn keep_code(
    cx: &Cx,
    operation: Operation,
    issued: CodeIssued,
) -> Result<Operation, StoreError> {
    let inner = cx.clone();
    cx.database()
        .write(move |tx| {
            let (row, operation) = present(tx, &operation)?;
            let operation = operation.with_code(issued.code, issued.order.clone());
            tables::save(tx, row, &operation)?;
            if operation.stage != Stage::Opened {
                cancel(tx, &inner, issued.code, Refusal::Interrupted)?;
            }
            Ok(operation)
        })
        .await
}

async fn take(cx: &Cx, operation: Operation) -> Result<Operation, StoreError> {
    let inner = cx.clone();
    cx.database()
        .write(move |tx| {
            let (row, operation) = present(tx, &operation)?;
            if operation.stage != Stage::Opened {
                return Ok(operation);
            }
            let owner = operation.payer.number;
            take_from_account(tx, &inner, row, operation, owner)
        })
        .await
}

/// The operation as it stands now.
fn present(tx: &Connection, operation: &Operation) -> Result<(i64, Operation), StoreError> {
    tables::find(tx, &operation.origin, &operation.attempt)?.ok_or(StoreError::Conflict)
}
