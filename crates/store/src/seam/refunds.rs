//! The seam of what goes back to payers.

use ledger::Refund;
use terms::{MessageId, Moment, PaymentCode};

use super::Scope;
use crate::{Kept, Stored};

/// A refund with what its order has come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundRecord {
    /// The refund.
    pub refund: Refund,
    /// The proposal by which two officers granted it last.
    pub proposal: MessageId,
    /// The message that tells the bank; only an answer to that one counts.
    pub message: MessageId,
    /// How often it was granted: once, and once more after each refusal that officers did not leave at that.
    pub grants: u32,
    /// When it was granted last.
    pub granted_at: Moment,
    /// When the bank answered; none before.
    pub answered_at: Option<Moment>,
}

/// What can be looked at. Lists are bounded by their `limit`, and by [`crate::LIST_BOUND`] in any case.
pub trait RefundsView {
    /// The refund of a payment.
    fn refund(&self, code: PaymentCode) -> Kept<Option<Stored<RefundRecord>>>;
    /// Refunds of these payments, the last granted first; in one state only where its name is given.
    fn refunds(&self, scope: Scope, state: Option<&str>, limit: usize) -> Kept<Vec<Stored<RefundRecord>>>;
    /// Refunds granted before a moment that no bank has answered, the longest granted first.
    fn open_refunds(&self, before: Moment, limit: usize) -> Kept<Vec<Stored<RefundRecord>>>;
    /// Payments that were granted back before banks were told of it.
    fn refunds_untold(&self, limit: usize) -> Kept<Vec<PaymentCode>>;
}

/// What can be written.
pub trait RefundsTx: RefundsView {
    /// Keeps a new refund; [`crate::StoreError::Taken`] where the payment has one.
    fn insert_refund(&mut self, refund: &RefundRecord) -> Kept<()>;
    /// Keeps what became of a refund; [`crate::StoreError::Conflict`] where it was saved by somebody else since.
    fn save_refund(&mut self, refund: &Stored<RefundRecord>) -> Kept<()>;
    /// Takes a payment off those of [`RefundsView::refunds_untold`].
    fn refund_told(&mut self, code: PaymentCode) -> Kept<()>;
}
