//! The seam of registers: the revisions that were formed, and the runs of reconciliation with what they found.

use std::fmt;
use std::str::FromStr;

use ledger::register::{Head, Party, Totals};
use terms::{BankingDay, Bin, MessageId, Moment, PaymentCode};

use crate::{Kept, Stored};

/// How far a register has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RegisterState {
    /// Formed and signed.
    Formed,
    /// On its way to the party.
    Sent,
    /// The party has signed for it.
    Acknowledged,
    /// The party says it is not what it knows.
    Refused,
}

impl RegisterState {
    /// The name in columns and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Formed => "formed",
            Self::Sent => "sent",
            Self::Acknowledged => "acknowledged",
            Self::Refused => "refused",
        }
    }
}

impl fmt::Display for RegisterState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The word names no state of a register.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no such state of a register")]
pub struct NoSuchRegisterState;

impl FromStr for RegisterState {
    type Err = NoSuchRegisterState;
    fn from_str(s: &str) -> Result<Self, NoSuchRegisterState> {
        let all = [Self::Formed, Self::Sent, Self::Acknowledged, Self::Refused];
        all.into_iter().find(|state| state.name() == s).ok_or(NoSuchRegisterState)
    }
}

/// One revision of a register. All but its state and the answer stay as they were formed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterRevision {
    /// Whose it is, of which day, and what else stands above its rows: with it and the rows up to its last posting the same
    /// octets are written for ever.
    pub head: Head,
    /// What its rows come to.
    pub totals: Totals,
    /// The SHA-256 of the canonical XML.
    pub sha256: [u8; 32],
    /// The signed manifest.
    pub manifest: Vec<u8>,
    /// How far it has come.
    pub state: RegisterState,
    /// The message that carries it to the party, where there is one.
    pub message: Option<MessageId>,
    /// When the party answered.
    pub answered_at: Option<Moment>,
    /// What the party answered, in words.
    pub answer: Option<String>,
}

/// One run of a reconciliation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reconciliation {
    /// The bank.
    pub bank: Bin,
    /// The banking day.
    pub day: BankingDay,
    /// When it was made.
    pub at: Moment,
    /// SHA-256 over what was compared with the notices.
    pub source: [u8; 32],
    /// How many operations agree.
    pub agreed: u64,
    /// How many wait.
    pub waiting: u64,
    /// How many differ.
    pub differing: u64,
}

/// What a run found about one operation that is not agreed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DifferenceRow {
    /// The payment code, where it is known.
    pub code: Option<PaymentCode>,
    /// The bank's reference, perhaps cut short; empty where none is known.
    pub reference: String,
    /// Whether money was taken back.
    pub is_deduction: bool,
    /// Who says otherwise, or says nothing yet: `notice`, `register` or `statement`.
    pub side: String,
    /// What differs; `operation` where one side has it and the other has not.
    pub field: String,
    /// What the notice says; empty where there is none.
    pub ours: String,
    /// What the other side says; empty where it says nothing.
    pub theirs: String,
    /// Until when it only waits; none where it differs.
    pub until: Option<Moment>,
}

/// A difference in its place, and whether it was settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedDifference {
    /// Its place.
    pub id: u64,
    /// What was found.
    pub difference: DifferenceRow,
    /// The proposal by which two officers took it for known.
    pub settled_by: Option<MessageId>,
}

/// What can be looked at of registers and reconciliations.
pub trait RegistersView {
    /// Every bank and provider with payments on a day, each with the place of its last posting of that day.
    fn register_parties(&self, day: BankingDay) -> Kept<Vec<(Party, u64)>>;
    /// A revision; the newest one where none is named.
    fn register(
        &self,
        party: Party,
        day: BankingDay,
        revision: Option<u32>,
    ) -> Kept<Option<Stored<RegisterRevision>>>;
    /// The revision that a message carries.
    fn register_of_message(&self, message: MessageId) -> Kept<Option<Stored<RegisterRevision>>>;
    /// All revisions, of one day or of all, the newest first.
    fn registers(&self, day: Option<BankingDay>, limit: usize) -> Kept<Vec<RegisterRevision>>;

    /// Runs of a bank and day with their places, the newest first.
    fn reconciliations(&self, bank: Bin, day: BankingDay, limit: usize) -> Kept<Vec<(u64, Reconciliation)>>;
    /// The differences of a bank and day that two officers took for known, whichever run found them.
    fn settled_differences(&self, bank: Bin, day: BankingDay) -> Kept<Vec<PlacedDifference>>;
    /// What a run found, after a place, in its order. What says the very same as a settled difference of that bank and
    /// day is settled by the same proposal.
    fn differences(&self, reconciliation: u64, after: u64, limit: usize) -> Kept<Vec<PlacedDifference>>;
}

/// What can be written of registers and reconciliations.
pub trait RegistersTx: RegistersView {
    /// Keeps a new revision; [`crate::StoreError::Taken`] where there is one of that number.
    fn insert_register(&mut self, revision: &RegisterRevision) -> Kept<()>;
    /// Keeps how far a revision has come; [`crate::StoreError::Conflict`] where somebody else changed it since.
    fn save_register(&mut self, revision: &Stored<RegisterRevision>) -> Kept<()>;
    /// Keeps a run; its place.
    fn keep_reconciliation(&mut self, run: &Reconciliation) -> Kept<u64>;
    /// Keeps what a run found.
    fn keep_difference(&mut self, reconciliation: u64, difference: &DifferenceRow) -> Kept<()>;
    /// Two officers took a difference for known; [`crate::StoreError::Taken`] where it was settled before.
    fn settle_difference(&mut self, difference: u64, proposal: MessageId, at: Moment) -> Kept<()>;
}
