//! What the gateway knows of one code, for `tolem payment show`.

use payment::Payment;
use store::{EvidenceRecord, JournalEntry, RefundRecord, Store, StoreError};
use terms::PaymentCode;

use crate::cx::Cx;

/// A code with everything kept about it.
pub struct Shown {
    /// The payment.
    pub payment: Payment,
    /// What happened, in order.
    pub timeline: Vec<JournalEntry>,
    /// The signed messages that prove it, the portals' acknowledgements included.
    pub evidence: Vec<EvidenceRecord>,
    /// How its money goes back, where two officers granted that.
    pub refund: Option<RefundRecord>,
}

/// Reads everything about a code.
///
/// # Errors
/// Those of the store; `Ok(None)` where there is no such code.
pub async fn show(cx: &Cx, code: PaymentCode) -> Result<Option<Shown>, StoreError> {
    cx.store
        .read(move |view| {
            let Some(stored) = view.payment(code)? else { return Ok(None) };
            Ok(Some(Shown {
                payment: stored.value,
                timeline: view.timeline(code)?,
                evidence: view.evidence_of(code)?,
                refund: view.refund(code)?.map(|stored| stored.value),
            }))
        })
        .await
}
