//! What a process that stopped has left: operations opened and not ended. Nothing was taken under any of
//! them.

use store::StoreError;
use terms::Channel;

use crate::core::Refusal;
use crate::cx::Cx;
use crate::store as tables;
use crate::use_case::take::refuse;

/// After so many seconds an operation that an ATM has begun and not carried on is given up.
pub const ATM_PATIENCE_SECONDS: i64 = 300;

/// Ends what was left open: refused, and its code cancelled in the same transaction. Cash payments are left
/// to their kiosk, which has recorded the cash and asks again; the ATM may still be on its way, so it gets
/// some patience.
///
/// # Errors
/// Those of the database.
pub async fn end_what_was_left_open(cx: &Cx, at_start: bool) -> Result<usize, StoreError> {
    let inner = cx.clone();
    cx.database()
        .write(move |tx| {
            let now = inner.now();
            let mut ended = 0;
            for (row, operation) in tables::left_open(tx)? {
                let is_left = match operation.channel {
                    Channel::Kiosk => false,
                    Channel::Atm => now.seconds_since(operation.opened_at) >= ATM_PATIENCE_SECONDS,
                    Channel::Card | Channel::BankAccount | Channel::InternetBank => at_start,
                };
                if is_left {
                    refuse(tx, &inner, row, operation, Refusal::Interrupted, None)?;
                    ended += 1;
                }
            }
            Ok(ended)
        })
        .await
}
