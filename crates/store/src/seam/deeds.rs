//! Who did what no signed document of an officer proves.

use std::fmt;

use ledger::register::Party;
use terms::{BankingDay, Moment};

use crate::Kept;

/// What somebody did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Made a revision of the closing of a day.
    Closing(BankingDay, u32),
    /// Formed a revision of a register.
    Register(Party, BankingDay, u32),
    /// Made a run of reconciliation.
    Reconciliation(u64),
}

impl fmt::Display for Deed {
    /// Writes `closing 2026-11-22 1`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closing(day, revision) => write!(f, "closing {day} {revision}"),
            Self::Register(party, day, revision) => write!(f, "register {party} {day} {revision}"),
            Self::Reconciliation(id) => write!(f, "reconciliation {id}"),
        }
    }
}

/// What can be looked at of it.
pub trait DeedsView {
    /// Who did it: an officer by number and name, a user of the gateway's machine, or a job of the system. None where it was
    /// done before this was kept.
    fn doer(&self, of: &Deed) -> Kept<Option<String>>;
}

/// What can be written of it.
pub trait DeedsTx {
    /// Keeps who did it; [`crate::StoreError::Taken`] where that is known already.
    fn keep_doer(&mut self, of: &Deed, by: &str, at: Moment) -> Kept<()>;
}
