//! The seam of what follows the payments: claims, statements, payouts, and the closing of days.

use ledger::register::Totals;
use ledger::statement::{Direction, Entry, Unexplained};
use ledger::{Account, Claim, Destination, DocumentNumber, Payout, PostingKind};
use terms::{BankReference, BankingDay, Bin, Moment, PaymentCode, ShortText, Tiyn};

use crate::{Kept, PlacedPosting, Stored};

/// One posting that a claim takes, or could.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedPosting {
    /// Its place in the books.
    pub posting: u64,
    /// What happened.
    pub kind: PostingKind,
    /// The payment code.
    pub code: PaymentCode,
    /// The operation that took the money; what went back is named by that of its payment.
    pub bank_reference: BankReference,
    /// How much.
    pub amount: Tiyn,
}

/// One item that a bank disputes, in the words of its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimDispute {
    /// The operation.
    pub bank_reference: BankReference,
    /// A payment, or the return of one.
    pub kind: ShortText,
    /// Why.
    pub why: ShortText,
    /// What the bank's own books have.
    pub own_amount: Option<Tiyn>,
}

/// One posting that is to be paid to a provider, or taken off what it gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnpaidPosting {
    /// Its place in the books.
    pub posting: u64,
    /// What happened.
    pub kind: PostingKind,
    /// How much.
    pub amount: Tiyn,
    /// The banking day of the fact.
    pub day: BankingDay,
    /// Where the money goes, as the bank signed it. The provider is the one of the order.
    pub to: Destination,
}

/// Which claims' payments are paid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Payable {
    /// Those the bank has reimbursed.
    Reimbursed,
    /// Those of claims up to this day, whatever the bank has paid: the operator guarantees them.
    Guaranteed(BankingDay),
}

/// A payout with what its orders have come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayoutRecord {
    /// The payout.
    pub payout: Payout,
    /// How often the bank was told to pay it.
    pub tries: u32,
    /// When it was told last.
    pub asked_at: Moment,
}

/// A statement as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementRecord {
    /// Whose.
    pub bank: Bin,
    /// Of which banking day.
    pub day: BankingDay,
    /// Which page.
    pub page: u32,
    /// Whether the day was over and this its last page, so that nothing will be added.
    pub is_final: bool,
    /// SHA-256 of the document.
    pub digest: [u8; 32],
    /// What was on the account before, in tiyn.
    pub opening: i64,
    /// What was on it after.
    pub closing: i64,
    /// When it was taken.
    pub imported_at: Moment,
    /// The document, with the bank's signature.
    pub document: Vec<u8>,
}

/// An entry of a statement, and what it was taken for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementEntry {
    /// Its number: counted from 1 over all statements.
    pub id: u64,
    /// The statement that brought it first.
    pub statement: u64,
    /// Whose account.
    pub bank: Bin,
    /// The bank's own id of it.
    pub reference: BankReference,
    /// Whether it came or went.
    pub direction: Direction,
    /// How much.
    pub amount: Tiyn,
    /// The day it was booked.
    pub booked_on: BankingDay,
    /// The text that came with it.
    pub remittance: Option<String>,
    /// The claim or the payout it names and was taken for; none where nothing fits. How much of it the claim took is another
    /// matter.
    pub matched: Option<DocumentNumber>,
    /// How much of it is more than the claim was open for, and stands in suspense.
    pub surplus: Tiyn,
}

impl StatementEntry {
    /// Its number as documents have it.
    pub fn number(&self) -> String {
        format!("E-{}", self.id)
    }

    /// What of it no document explains, and how much.
    pub fn unexplained(&self) -> Option<(Unexplained, Tiyn)> {
        Unexplained::of(self.direction, self.amount, self.matched.as_ref(), self.surplus)
    }
}

/// What was moved on one account on one day by one kind of posting of payments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moved {
    /// What happened.
    pub kind: PostingKind,
    /// Whether a claim has taken it.
    pub is_claimed: bool,
    /// How many postings.
    pub count: u64,
    /// What they come to, in tiyn.
    pub sum: u64,
}

/// A revision of the closing of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClosingRecord {
    /// The day.
    pub day: BankingDay,
    /// Which revision; the first is 1.
    pub revision: u32,
    /// The signed document.
    pub document: Vec<u8>,
    /// Whether all sums agree.
    pub agrees: bool,
    /// When.
    pub at: Moment,
}

/// What can be looked at. Lists are bounded by their `limit`, and by [`crate::LIST_BOUND`] in any case.
pub trait ClaimsView {
    /// A claim by its number.
    fn claim(&self, number: &DocumentNumber) -> Kept<Option<Stored<Claim>>>;
    /// Claims of a day, or of all, the newest day first.
    fn claims(&self, day: Option<BankingDay>, limit: usize) -> Kept<Vec<Stored<Claim>>>;
    /// Claims of all banks that are not wholly reimbursed, the oldest day first.
    fn open_claims(&self, limit: usize) -> Kept<Vec<Stored<Claim>>>;
    /// Numbers of a bank's claims that begin so; at most two, since then the beginning names none.
    fn claims_beginning(&self, bank: Bin, beginning: &str) -> Kept<Vec<DocumentNumber>>;
    /// How many claims of a day there are.
    fn count_claims(&self, day: BankingDay) -> Kept<u64>;
    /// What no claim has taken of what a bank owes by facts up to a day: totals.
    fn unclaimed(&self, bank: Bin, until: BankingDay) -> Kept<Totals>;
    /// The postings a claim takes, in their order.
    fn claim_items(&self, number: &DocumentNumber, limit: usize) -> Kept<Vec<ClaimedPosting>>;
    /// What the bank disputes of a claim.
    fn claim_disputes(&self, number: &DocumentNumber) -> Kept<Vec<ClaimDispute>>;

    /// A payout by its number.
    fn payout(&self, number: &DocumentNumber) -> Kept<Option<Stored<PayoutRecord>>>;
    /// Payouts of a day, or of all, the newest day first.
    fn payouts(&self, day: Option<BankingDay>, limit: usize) -> Kept<Vec<Stored<PayoutRecord>>>;
    /// Payouts that stand on no statement yet.
    fn open_payouts(&self, limit: usize) -> Kept<Vec<Stored<PayoutRecord>>>;
    /// Numbers of payouts from a bank that begin so; at most two.
    fn payouts_beginning(&self, bank: Bin, beginning: &str) -> Kept<Vec<DocumentNumber>>;
    /// How many payouts have a number that begins so.
    fn count_payouts(&self, beginning: &str) -> Kept<u64>;
    /// Postings of payments taken by a bank that no payout has taken yet.
    fn unpaid(&self, bank: Bin, which: Payable, limit: usize) -> Kept<Vec<UnpaidPosting>>;

    /// Whether a document was taken before.
    fn is_statement_kept(&self, digest: &[u8; 32]) -> Kept<bool>;
    /// The number of the last entry of a statement.
    fn last_entry(&self) -> Kept<u64>;
    /// The amount of an entry that was taken before, whichever file brought it.
    fn kept_entry(&self, bank: Bin, reference: &BankReference, direction: Direction) -> Kept<Option<Tiyn>>;
    /// The last day of a bank's account that is wholly known.
    fn last_final_statement(&self, bank: Bin) -> Kept<Option<BankingDay>>;
    /// The last statement of a bank's account of a day before another one: its day, and what was on the account at its end,
    /// in tiyn. Of a day's several statements the final one, or the one that came last.
    fn closing_before(&self, bank: Bin, day: BankingDay) -> Kept<Option<(BankingDay, i64)>>;
    /// What was on a bank's account when a day began, in tiyn, by the first page of the last statement of that day.
    fn opening_on(&self, bank: Bin, day: BankingDay) -> Kept<Option<i64>>;
    /// The same of the first day after another one of which there is a statement, and that day.
    fn opening_after(&self, bank: Bin, day: BankingDay) -> Kept<Option<(BankingDay, i64)>>;
    /// Every entry that the statements of a day of a bank's account have brought, in the order of their numbers.
    fn entries_on(&self, bank: Bin, day: BankingDay) -> Kept<Vec<KeptEntry>>;
    /// Entries of the statements of a day, or of all, the newest first.
    fn statement_entries(&self, day: Option<BankingDay>, limit: usize) -> Kept<Vec<StatementEntry>>;
    /// An entry by its number.
    fn statement_entry(&self, id: u64) -> Kept<Option<StatementEntry>>;
    /// Entries up to a day that nothing explains, or not wholly: see [`StatementEntry::unexplained`].
    fn unexplained_entries(&self, until: BankingDay, limit: usize) -> Kept<Vec<StatementEntry>>;

    /// Every account that was ever moved, in the order of their names.
    fn accounts(&self) -> Kept<Vec<Account>>;
    /// What postings of payments moved on an account on a day, up to a posting.
    fn moved(&self, account: Account, day: BankingDay, up_to_posting: u64) -> Kept<Vec<Moved>>;
    /// Postings to a liability up to a day whose amount still stands there: nothing about the same subject has taken it
    /// away again.
    fn standing_on(&self, account: Account, until: BankingDay, limit: usize) -> Kept<Vec<PlacedPosting>>;
    /// What the banks' notices, reversals and answers to refunds say of a day, by bank, counted from payments and refunds
    /// and not from the books. It reads all payments. Second sums under a code are no payments and not in it.
    fn vouched(&self, day: BankingDay) -> Kept<Vec<(Bin, Totals)>>;

    /// The last day that was closed.
    fn last_closed_day(&self) -> Kept<Option<BankingDay>>;
    /// The last revision of a day's closing.
    fn last_closing(&self, day: BankingDay) -> Kept<Option<ClosingRecord>>;
    /// A revision of a day's closing.
    fn closing(&self, day: BankingDay, revision: u32) -> Kept<Option<ClosingRecord>>;
}

/// What tells an entry of a statement from all others of its bank, and how much it moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptEntry {
    /// The bank's own id of it.
    pub reference: BankReference,
    /// Which way the money went.
    pub direction: Direction,
    /// How much.
    pub amount: Tiyn,
}

/// What can be written.
pub trait ClaimsTx: ClaimsView {
    /// Keeps a new claim with everything that [`ClaimsView::unclaimed`] counts; how many postings it takes.
    fn insert_claim(&mut self, claim: &Claim, at: Moment) -> Kept<u64>;
    /// Keeps what became of a claim; [`crate::StoreError::Conflict`] where it was saved by somebody else since.
    fn save_claim(&mut self, claim: &Stored<Claim>) -> Kept<()>;
    /// Keeps what a bank disputes of a claim.
    fn keep_dispute(&mut self, claim: &DocumentNumber, dispute: &ClaimDispute) -> Kept<()>;

    /// Keeps a new payout of these postings; [`crate::StoreError::Taken`] where one of them was paid out before.
    fn insert_payout(&mut self, payout: &PayoutRecord, postings: &[u64]) -> Kept<()>;
    /// Keeps what became of a payout; [`crate::StoreError::Conflict`] as above.
    fn save_payout(&mut self, payout: &Stored<PayoutRecord>) -> Kept<()>;

    /// Keeps a statement; its number. [`crate::StoreError::Taken`] where the document was taken before.
    fn insert_statement(&mut self, statement: &StatementRecord) -> Kept<u64>;
    /// Keeps an entry of a statement; its number. [`crate::StoreError::Taken`] where it was taken before.
    fn insert_entry(
        &mut self,
        statement: u64,
        bank: Bin,
        entry: &Entry,
        matched: Option<&DocumentNumber>,
    ) -> Kept<u64>;

    /// Keeps a revision of a day's closing; [`crate::StoreError::Taken`] where there is one of that number.
    fn insert_closing(&mut self, closing: &ClosingRecord) -> Kept<()>;
}
