//! Reversal of a card authorisation (0400): the acquirer does not know, or does not want, what became of its
//! 0100.

use store::StoreError;
use store::rusqlite::Connection;
use terms::AttemptId;
use wire::iso8583::{ResponseCode, ReversalRequest, ReversalResponse};

use crate::cx::Cx;
use crate::operation::{Origin, Stage};
use crate::store as tables;
use crate::use_case::authorise_card::Asker;
use crate::use_case::take::{refuse, reverse};

/// Takes a payment back whole. Repeats are answered alike; an attempt never seen is blocked, so that the
/// 0100, should it come after its own reversal, takes nothing.
///
/// # Errors
/// Those of the database.
pub async fn reverse_card(
    cx: &Cx,
    asker: &Asker,
    request: ReversalRequest,
) -> Result<ReversalResponse, StoreError> {
    let (inner, origin) = (cx.clone(), asker.origin());
    let (attempt, amount) = (request.attempt.clone(), request.amount);
    let code = cx
        .database()
        .write(move |tx| {
            let found = tables::find(tx, &origin, &attempt)?;
            let fits = found.as_ref().is_none_or(|(_, operation)| {
                amount == operation.amount
                    || operation.amount.checked_add(operation.commission) == Some(amount)
            });
            if fits { undo(tx, &inner, &origin, &attempt) } else { Ok(ResponseCode::FORMAT_ERROR) }
        })
        .await?;
    Ok(request.answer(code))
}

fn undo(tx: &Connection, cx: &Cx, origin: &Origin, attempt: &AttemptId) -> Result<ResponseCode, StoreError> {
    match tables::find(tx, origin, attempt)? {
        None => tables::block(tx, origin, attempt, cx.now())?,
        Some((row, operation)) => match operation.stage {
            Stage::Taken { .. } => drop(reverse(tx, cx, row, operation)?),
            Stage::Opened => {
                refuse(tx, cx, row, operation, crate::core::Refusal::Interrupted, None)?;
            }
            Stage::Refused { .. } | Stage::GivenBack { .. } => {}
        },
    }
    Ok(ResponseCode::APPROVED)
}
