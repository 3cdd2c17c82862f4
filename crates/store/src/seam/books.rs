//! The seam of the books: postings, the rows of registers, and contracts.

use ledger::contract::Contract;
use ledger::journal::Balances;
use ledger::reconcile::Booked;
use ledger::register::{Party, Row};
use ledger::{Account, Posting};
use terms::{BankingDay, Bin, MessageId, Moment, PaymentCode, Requisites, Tiyn};

use crate::Kept;

/// A posting in its place in the books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedPosting {
    /// Its place: counted from 1, without gaps.
    pub id: u64,
    /// The posting.
    pub posting: Posting,
}

/// A contract with what it was kept by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptContract {
    /// The contract.
    pub contract: Contract,
    /// When it was kept.
    pub at: Moment,
    /// The proposal by which two officers agreed on it; none where it came from the configuration.
    pub proposal: Option<MessageId>,
}

/// What can be looked at in the books. Lists are pages: they are bounded by their `limit`, and by [`crate::LIST_BOUND`]
/// in any case, and go on after the last place of the page before.
pub trait BooksView {
    /// The place of the last posting; 0 where there is none. What is read up to it can be read again for ever.
    fn last_posting(&self) -> Kept<u64>;
    /// Postings after a place, in their order.
    fn postings_after(&self, after: u64, limit: usize) -> Kept<Vec<PlacedPosting>>;
    /// All postings about a payment code or an operation under it, in their order.
    fn postings_of(&self, code: PaymentCode) -> Kept<Vec<PlacedPosting>>;
    /// Postings of a day that move an account, after a place, in their order.
    fn postings_on(
        &self,
        account: Account,
        day: BankingDay,
        after: u64,
        limit: usize,
    ) -> Kept<Vec<PlacedPosting>>;
    /// What was moved to and from every account, over all days up to this one, by postings up to a place. It reads all
    /// of them.
    fn balances(&self, until: Option<BankingDay>, up_to_posting: u64) -> Kept<Balances>;

    /// The rows of a party's register of a day, in the order of their postings: those after `after_posting` and not after
    /// `up_to_posting`.
    ///
    /// A bank's are the postings of payments that move what it owes us, a provider's those that move what we owe it: what
    /// its rows come to is what they moved on that account.
    fn register_rows(
        &self,
        party: Party,
        day: BankingDay,
        up_to_posting: u64,
        after_posting: u64,
        limit: usize,
    ) -> Kept<Vec<Row>>;

    /// The same rows in what is compared of them with a bank's own register and a statement.
    fn booked(
        &self,
        party: Party,
        day: BankingDay,
        up_to_posting: u64,
        after_posting: u64,
        limit: usize,
    ) -> Kept<Vec<Booked>>;

    /// Where a page of at most so many of these rows may end, so that several can be read at a time: a posting after
    /// `after_posting` and not after `up_to_posting`; none where no row is left. The page may have fewer rows, even none.
    fn page_end(
        &self,
        party: Party,
        day: BankingDay,
        up_to_posting: u64,
        after_posting: u64,
        limit: usize,
    ) -> Kept<Option<u64>>;

    /// What a bank said of a second sum under a code, by the place of its posting.
    fn surplus(&self, posting: u64) -> Kept<Option<Requisites>>;

    /// Codes of payments after a code, in their order: whoever verifies the books goes through all.
    fn codes_after(&self, after: Option<PaymentCode>, limit: usize) -> Kept<Vec<PaymentCode>>;
    /// Codes paid before there were books that have no postings yet, the earliest first.
    fn unposted(&self, limit: usize) -> Kept<Vec<PaymentCode>>;

    /// All contracts ever kept with a party, in the order they were kept; which is in force is settled in `ledger`.
    fn contracts_with(&self, party: Bin) -> Kept<Vec<Contract>>;
    /// All contracts ever kept, in the order they were kept.
    fn contracts(&self) -> Kept<Vec<Contract>>;
    /// The same, each with what it was kept by.
    fn kept_contracts(&self) -> Kept<Vec<KeptContract>>;
}

/// What can be written into the books.
pub trait BooksTx: BooksView {
    /// Keeps a posting; its place.
    ///
    /// A posting is named by its kind and subject, once. The same again keeps nothing and has the place of the first, and
    /// when either was learnt does not matter. Another one of that name is [`crate::StoreError::Taken`].
    fn post(&mut self, posting: &Posting) -> Kept<u64>;
    /// The same for a second sum under a code, with what the bank said of it.
    fn post_surplus(&mut self, posting: &Posting, said: &Requisites) -> Kept<u64>;
    /// A code paid before there were books has its postings now.
    fn posted(&mut self, code: PaymentCode) -> Kept<()>;

    /// Adds a contract, with the proposal by which two officers agreed on it, where they did.
    fn insert_contract(&mut self, contract: &Contract, at: Moment, proposal: Option<MessageId>) -> Kept<()>;
    /// Adds to what the codes of a day that a bank was issued come to; the sum with it.
    fn note_issued(&mut self, bank: Bin, day: BankingDay, amount: Tiyn) -> Kept<Tiyn>;
    /// Takes a code off that sum which is neither open nor paid any more, or adds it again where it was paid after all.
    fn note_counts(&mut self, bank: Bin, day: BankingDay, amount: Tiyn, counts: bool) -> Kept<()>;
}
