//! The seam of officers' lists: claims, payouts, registers, reconciliations and closings, narrowed as a page asks.
//!
//! Who may see which is settled in `rights` and the gateway; here what is wanted only narrows what is found.

use ledger::register::Party;
use ledger::{Claim, DocumentNumber};
use terms::{BankingDay, Bin, Moment, ServiceCode};

use crate::{ClosingRecord, Kept, PayoutRecord, Reconciliation, RegisterRevision, StatementEntry};

/// From one banking day to another, both included; without an end where none is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Days {
    /// The first.
    pub from: Option<BankingDay>,
    /// The last.
    pub until: Option<BankingDay>,
}

/// Which claims.
#[derive(Debug, Clone, Default)]
pub struct ClaimsWanted {
    /// To this bank.
    pub bank: Option<Bin>,
    /// Of these days.
    pub days: Days,
    /// In this standing, by its name.
    pub standing: Option<&'static str>,
    /// Only those that are not wholly reimbursed.
    pub is_open: bool,
}

/// Which payouts.
#[derive(Debug, Clone, Default)]
pub struct PayoutsWanted {
    /// From the account at this bank.
    pub bank: Option<Bin>,
    /// To this provider.
    pub provider: Option<Bin>,
    /// Of these days.
    pub days: Days,
    /// That have come so far, by its name.
    pub progress: Option<&'static str>,
}

/// Which registers.
#[derive(Debug, Clone, Copy, Default)]
pub struct RegistersWanted {
    /// Of this party; of all banks or of all providers nobody asks.
    pub party: Option<Party>,
    /// Of these days.
    pub days: Days,
    /// Only the newest revision of each that was formed by then.
    pub known_at: Option<Moment>,
}

/// What of a claim is one provider's, and by which payout it was paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimShare {
    /// The provider.
    pub provider: Bin,
    /// The payout that took it; none where it waits for one.
    pub payout: Option<DocumentNumber>,
    /// How many postings.
    pub count: u64,
    /// What they come to, in tiyn; negative where more went back.
    pub sum: i64,
}

/// Payments of one service in one class of age.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redemption {
    /// The service.
    pub service: ServiceCode,
    /// Whether the service was rendered for them.
    pub is_redeemed: bool,
    /// The class of age: how many of the bounds the payment is older than.
    pub age: usize,
    /// How many.
    pub count: u64,
    /// What was paid, in tiyn.
    pub sum: u64,
}

/// Classes of age by when a payment was issued: those after the first bound are of class 0.
pub const AGE_BOUNDS: usize = 4;

/// What can be listed. Lists are bounded by their `limit`, and by [`crate::LIST_BOUND`] in any case.
pub trait ListsView {
    /// Claims, the newest day first.
    fn list_claims(&self, wanted: &ClaimsWanted, limit: usize) -> Kept<Vec<Claim>>;
    /// What of a claim is whose, and how it was paid out.
    fn claim_shares(&self, number: &DocumentNumber, limit: usize) -> Kept<Vec<ClaimShare>>;
    /// Entries of statements that were taken for a claim or a payout, the oldest first.
    fn entries_for(&self, number: &DocumentNumber, limit: usize) -> Kept<Vec<StatementEntry>>;
    /// Payouts, the newest day first.
    fn list_payouts(&self, wanted: &PayoutsWanted, limit: usize) -> Kept<Vec<PayoutRecord>>;
    /// Revisions of registers, the newest first.
    fn list_registers(&self, wanted: &RegistersWanted, limit: usize) -> Kept<Vec<RegisterRevision>>;
    /// Runs with their places, the newest first.
    fn list_reconciliations(
        &self,
        bank: Option<Bin>,
        days: Days,
        limit: usize,
    ) -> Kept<Vec<(u64, Reconciliation)>>;
    /// The newest run of every bank for a day, by bank.
    fn newest_reconciliations(&self, day: BankingDay) -> Kept<Vec<(u64, Reconciliation)>>;
    /// A run by its place.
    fn reconciliation(&self, id: u64) -> Kept<Option<Reconciliation>>;
    /// Revisions of closings, the newest day first and of each the newest revision.
    fn list_closings(&self, days: Days, limit: usize) -> Kept<Vec<ClosingRecord>>;
    /// A provider's payments that are redeemed or wait for it, by service and age. It reads all payments of these states
    /// that were issued after the last bound, and all that wait. The bounds go back in time.
    fn redemptions(&self, provider: Bin, bounds: [Moment; AGE_BOUNDS]) -> Kept<Vec<Redemption>>;
}
