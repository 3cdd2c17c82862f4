//! What a process that stopped has left: operations opened and not ended. Nothing was taken under any of
//! them.

use store::StoreError;
use terms::Channel;

use crate::core::Refusal;
use crate::cx::Cx;
use crate::store as tables;
use crate::use_case::take::refuse;

/// Ends what was left open: refused, and its code cancelled in the same transaction. Cash payments are left
/// to their kiosk, which has recorded the cash and asks again. An ATM whose answer was lost asks again too, or
/// takes back; it finds the operation ended.
///
/// # Errors
/// Those of the database.
pub async fn end_what_was_left_open(cx: &Cx) -> Result<usize, StoreError> {
    let inner = cx.clone();
    cx.database()
        .write(move |tx| {
            let left = tables::left_open(tx)?.into_iter();
            let left: Vec<_> = left.filter(|(_, operation)| operation.channel != Channel::Kiosk).collect();
            let ended = left.len();
            for (row, operation) in left {
                refuse(tx, &inner, row, operation, Refusal::Interrupted, None)?;
            }
            Ok(ended)
        })
        .await
}
