//! Reimbursement: what the bank accepted of a claim goes to the gateway operator's account (cl. 23–24).

use store::StoreError;

use crate::core::reimbursement_postings;
use crate::cx::Cx;
use crate::store::{self as tables, settlement};

/// How many claims one transaction pays.
const BATCH: usize = 100;

/// Pays every claim that is due, each once: the entry, its reference and the mark on the claim are one transaction, and the
/// entry of a claim is unique. How many were paid.
///
/// # Errors
/// Those of the database.
pub async fn reimburse(cx: &Cx) -> Result<usize, StoreError> {
    let mut paid = 0;
    loop {
        let some = reimburse_some(cx).await?;
        paid += some;
        if some < BATCH {
            return Ok(paid);
        }
    }
}

async fn reimburse_some(cx: &Cx) -> Result<usize, StoreError> {
    let inner = cx.clone();
    cx.database()
        .write(move |tx| {
            let (now, operator) = (inner.now(), &inner.bank().operator);
            let due = now.plus_seconds(-i64::from(operator.reimburse_after));
            let claims = settlement::waiting(tx, due, BATCH)?;
            for claim in &claims {
                let reference = tables::marked_reference(
                    &inner.bank().reference_prefix,
                    now.banking_day(),
                    'C',
                    claim.row,
                )?;
                let owed =
                    claim.accepted.checked_sub(claim.fee).ok_or(StoreError::OutOfRange("accepted_fee"))?;
                let entry = reimbursement_postings(operator.account, owed, claim.fee);
                tables::post_document(tx, claim.number.as_str(), "reimbursement", &entry, now)?;
                settlement::mark_reimbursed(tx, claim, &reference, now)?;
                tracing::info!(event = "claim-reimbursed", claim = %claim.number, %reference);
            }
            Ok(claims.len())
        })
        .await
}
