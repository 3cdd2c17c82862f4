//! What the gateway knows of one code, for `tolem payment show`.

use payment::Payment;
use store::{EvidenceRecord, JournalEntry, RefundRecord, Store, StoreError};
use terms::{Moment, PaymentCode};

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

/// The event by which the journal tells that a bank was told to give money back.
pub(crate) const REFUND_ASKED: &str = "refund-asked";

impl Shown {
    /// When the bank was first told of the refund that was granted last; none before that.
    pub fn refund_asked_at(&self) -> Option<Moment> {
        let granted_at = self.refund.as_ref()?.granted_at;
        let mut told = self.timeline.iter().rev().filter(|entry| entry.event == REFUND_ASKED);
        told.find(|entry| entry.at >= granted_at).map(|entry| entry.at)
    }
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
