//! Payments as officers look for them: by code, person, application, bank's reference, state and period; in pages.
//!
//! Who may look for what is settled in `rights` and the gateway; here a scope only narrows what is found.

use payment::{Payment, table::State};
use terms::{ApplicationNumber, BankReference, Bin, Moment, PartyNumber, PaymentCode};

use crate::Kept;

/// The most payments on one page.
pub const SEARCH_PAGE_BOUND: usize = 100;

/// What is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// By what.
    pub wanted: Wanted,
    /// Among whose payments.
    pub scope: Scope,
    /// In one state only.
    pub state: Option<State>,
    /// Issued from the first moment until before the second.
    pub issued: Option<(Moment, Moment)>,
}

/// By what payments are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// All there are.
    Any,
    /// The one with this code.
    Code(PaymentCode),
    /// Those of a person or an organisation.
    Party(PartyNumber, PartyRole),
    /// Those ordered under, bound to or closed for an application.
    Application(ApplicationNumber),
    /// The one that a bank's operation pays for; of that bank where one is named, of any otherwise.
    Reference(Option<Bin>, BankReference),
}

/// As what somebody takes part in a payment. Payers are known from the bank's notice on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PartyRole {
    /// Receives the service.
    Recipient,
    /// Paid.
    Payer,
    /// One or the other.
    Either,
}

/// Among whose payments is looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// All.
    Everything,
    /// Those whose code was issued to this bank, or which it took.
    Bank(Bin),
    /// Those for this provider.
    Provider(Bin),
}

/// Where a page ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SearchCursor {
    /// When the last payment on it was issued.
    pub issued_at: Moment,
    /// Its code.
    pub code: PaymentCode,
}

/// One page of what was found, and the totals of all that was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The payments of the page, the last issued first.
    pub payments: Vec<Payment>,
    /// Where the next page begins; none where this is the last.
    pub next: Option<SearchCursor>,
    /// Over every page.
    pub totals: Totals,
}

/// How many payments there are, and what they come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// All of them.
    pub count: u64,
    /// Their prices together, in tiyn.
    pub priced: u64,
    /// Those that a bank vouched for, whatever became of them.
    pub paid_count: u64,
    /// What the banks said was paid, together, in tiyn.
    pub paid: u64,
}

/// What can be looked for.
pub trait SearchView {
    /// The page after a cursor, or the first one; at most `limit` payments and [`SEARCH_PAGE_BOUND`].
    fn search(&self, search: &Search, after: Option<SearchCursor>, limit: usize) -> Kept<Found>;
}
