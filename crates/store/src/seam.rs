//! The gateway's seam to whatever database it runs on.
//!
//! A use case reads and writes through [`Tx`] inside [`Store::transact`]: state, evidence, journal and outbox
//! in one transaction. The work may be executed more than once, because a distributed database may ask for a
//! repetition (SQLSTATE 40001, 40P01); it must therefore do nothing but compute and call [`Tx`].

mod authority;
mod books;
mod claims;
mod deeds;
mod lists;
mod proofs;
mod refunds;
mod registers;
mod saved_views;
mod search;

use std::future::Future;

use ledger::report::Fact;
use payment::{Attempt, Closing, Payment};
use terms::{
    ApplicationNumber, AttemptId, BankReference, Bin, BrowserDigest, MessageId, Moment, PartyNumber,
    PaymentCode, ServiceCode,
};

use crate::{
    EvidenceRecord, JournalEntry, Outgoing, OwnCertificate, ParticipantRow, PaymentPage, ReadNote,
    ReceiptRecord, Seen, ServiceRow, StoreError, Stored, Waiting,
};

pub use authority::{
    AuthorityTx, AuthorityView, DocumentRole, GroupActionRow, MembershipRow, NoSuchRole, OfficerRow,
    ProposalDocument, ProposalRow,
};
pub use books::{BooksTx, BooksView, KeptContract, PlacedPosting};
pub use claims::{
    ClaimDispute, ClaimedPosting, ClaimsTx, ClaimsView, ClosingRecord, KeptEntry, Moved, Payable,
    PayoutRecord, StatementEntry, StatementRecord, UnpaidPosting,
};
pub use deeds::{Deed, DeedsTx, DeedsView};
pub use lists::{
    AGE_BOUNDS, ClaimShare, ClaimsWanted, Days, ListsView, PayoutsWanted, Redemption, RegistersWanted,
};
pub use proofs::{KeptColumn, KeptRow, KeptValue, ProofsView};
pub use refunds::{RefundRecord, RefundsTx, RefundsView};
pub use registers::{
    DifferenceRow, NoSuchRegisterState, PlacedDifference, Reconciliation, RegisterRevision, RegisterState,
    RegistersTx, RegistersView,
};
pub use saved_views::{MOST_SAVED_VIEWS, SavedView, SavedViewsTx, SavedViewsView};
pub use search::{
    Found, PartyRole, SEARCH_PAGE_BOUND, Scope, Search, SearchCursor, SearchView, Totals, Wanted,
};

/// The result of one look or one write.
pub type Kept<T> = Result<T, StoreError>;

/// A database of the gateway.
pub trait Store: Clone + Send + Sync + 'static {
    /// Executes work in one transaction: all of it is on the disk when this returns `Ok`, none of it
    /// otherwise.
    ///
    /// What must be kept although the answer is a refusal is returned as `Ok`.
    fn transact<R, E>(
        &self,
        work: impl FnMut(&mut dyn Tx) -> Result<R, E> + Send + 'static,
    ) -> impl Future<Output = Result<R, E>> + Send
    where
        R: Send + 'static,
        E: From<StoreError> + Send + 'static;

    /// Reads from one consistent state.
    fn read<R, E>(
        &self,
        work: impl FnMut(&dyn View) -> Result<R, E> + Send + 'static,
    ) -> impl Future<Output = Result<R, E>> + Send
    where
        R: Send + 'static,
        E: From<StoreError> + Send + 'static;
}

/// What can be looked at. Lists are bounded by their `limit`, and by [`LIST_BOUND`] in any case.
pub trait View:
    BooksView
    + AuthorityView
    + SearchView
    + ProofsView
    + RegistersView
    + ClaimsView
    + RefundsView
    + ListsView
    + SavedViewsView
    + DeedsView
{
    /// Whether a message was received before, and how it was answered.
    fn received(&self, signer: Bin, id: MessageId, content_hash: &[u8; 32]) -> Kept<Seen>;

    /// A payment by its code.
    fn payment(&self, code: PaymentCode) -> Kept<Option<Stored<Payment>>>;
    /// Issued codes whose time is over, the longest over first.
    fn codes_to_expire(&self, now: Moment, limit: usize) -> Kept<Vec<PaymentCode>>;
    /// Payments for this recipient, the newest first.
    fn payments_of_recipient(&self, number: PartyNumber, limit: usize) -> Kept<Vec<Stored<Payment>>>;
    /// Payments ordered under, or bound to, this application, the newest first.
    fn payments_of_application(
        &self,
        application: &ApplicationNumber,
        limit: usize,
    ) -> Kept<Vec<Stored<Payment>>>;

    /// An attempt by its id.
    fn attempt(&self, id: &AttemptId) -> Kept<Option<Stored<Attempt>>>;
    /// What the gateway keeps with an attempt.
    fn attempt_context(&self, id: &AttemptId) -> Kept<Option<String>>;
    /// All attempts to pay a code, the oldest first.
    fn attempts_of(&self, code: PaymentCode) -> Kept<Vec<Stored<Attempt>>>;
    /// Attempts whose bank is to be asked again, the longest due first.
    fn attempts_due(&self, now: Moment, limit: usize) -> Kept<Vec<Stored<Attempt>>>;
    /// Attempts silent for so long that officers must see them by name, the oldest first.
    fn open_items(&self, now: Moment) -> Kept<Vec<Stored<Attempt>>>;

    /// A payment page by the digest of its token.
    fn page(&self, token_digest: &[u8; 32]) -> Kept<Option<Stored<PaymentPage>>>;
    /// The page on which an attempt was started.
    fn page_of_attempt(&self, id: &AttemptId) -> Kept<Option<Stored<PaymentPage>>>;

    /// The receipt of a code.
    fn receipt(&self, code: PaymentCode) -> Kept<Option<ReceiptRecord>>;
    /// The receipt whose QR has the token with this digest.
    fn receipt_by_token(&self, token_digest: &[u8; 32]) -> Kept<Option<ReceiptRecord>>;

    /// All evidence about a code, the oldest first.
    fn evidence_of(&self, code: PaymentCode) -> Kept<Vec<EvidenceRecord>>;
    /// The gateway's own signing certificates, the oldest first.
    fn own_certificates(&self) -> Kept<Vec<OwnCertificate>>;
    /// A code's journal, the oldest first.
    fn timeline(&self, code: PaymentCode) -> Kept<Vec<JournalEntry>>;
    /// Who read the data of a code's parties, the oldest first.
    fn reads_of(&self, code: PaymentCode) -> Kept<Vec<ReadNote>>;

    /// Hands over, for reports, every payment issued or paid from one moment until before another; in no order.
    fn report_facts(&self, from: Moment, until: Moment, each: &mut dyn FnMut(&Fact)) -> Kept<()>;

    /// Messages to be sent now; see [`crate::mailbox::due`].
    fn outbox_due(&self, now: Moment, limit: usize) -> Kept<Vec<Waiting>>;
    /// How many messages wait for an acknowledgement.
    fn outbox_depth(&self) -> Kept<u64>;

    /// The newest row of a participant.
    fn participant(&self, bin: Bin) -> Kept<Option<ParticipantRow>>;
    /// The newest row of every participant, by BIN.
    fn participants(&self) -> Kept<Vec<ParticipantRow>>;
    /// The newest row of a service.
    fn service(&self, code: &ServiceCode) -> Kept<Option<ServiceRow>>;
    /// The newest row of every service, by code.
    fn services(&self) -> Kept<Vec<ServiceRow>>;

    /// How many failures a key has since a moment.
    fn failures_since(&self, key: &str, since: Moment) -> Kept<u64>;
    /// How much of its quota a participant has used in the window that begins at this moment.
    fn quota_used(&self, participant: Bin, window: Moment) -> Kept<u64>;
}

/// The longest list a [`View`] returns.
pub const LIST_BOUND: usize = 10_000;

/// What can be written, in one transaction with everything seen in it.
pub trait Tx:
    View + BooksTx + AuthorityTx + RegistersTx + ClaimsTx + RefundsTx + SavedViewsTx + DeedsTx
{
    /// Keeps the answer to a message for ever; [`StoreError::Taken`] where it was answered meanwhile.
    fn keep_received(
        &mut self,
        signer: Bin,
        id: MessageId,
        content_hash: &[u8; 32],
        answer: &str,
        at: Moment,
    ) -> Kept<()>;

    /// Keeps a new payment; [`StoreError::Taken`] where the code exists, and the caller may draw another one.
    fn insert_payment(&mut self, payment: &Payment) -> Kept<()>;
    /// Keeps what became of a payment; [`StoreError::Conflict`] where it was saved by somebody else since.
    ///
    /// A closed payment is saved only after [`Tx::spend`] ([`StoreError::NotSpent`]), a spent one only as
    /// closed ([`StoreError::AlreadySpent`]).
    fn save_payment(&mut self, payment: &Stored<Payment>) -> Kept<()>;
    /// Writes a code into the spend log, whose unique key is what makes it usable once only (A1);
    /// [`StoreError::AlreadySpent`] where it is there.
    fn spend(&mut self, code: PaymentCode, how: &Closing, at: Moment) -> Kept<()>;

    /// Ties a bank's operation to the code it pays for, once; the code it is tied to, which may be another.
    fn claim_operation(
        &mut self,
        bank: Bin,
        reference: &BankReference,
        code: PaymentCode,
    ) -> Kept<PaymentCode>;

    /// Keeps a new attempt, with whatever text the gateway needs to go on with it.
    fn insert_attempt(&mut self, attempt: &Attempt, context: Option<&str>) -> Kept<()>;
    /// Keeps what became of an attempt; [`StoreError::Conflict`] as above. The context stays.
    fn save_attempt(&mut self, attempt: &Stored<Attempt>) -> Kept<()>;

    /// Keeps a new payment page.
    fn insert_page(&mut self, page: &PaymentPage) -> Kept<()>;
    /// Gives a payment page to a browser, unless it belongs to one: whose it is now, which may be another's. Of
    /// several that ask at once exactly one gets it. [`StoreError::Conflict`] where there is no such page.
    fn bind_page(&mut self, token_digest: &[u8; 32], browser: BrowserDigest) -> Kept<BrowserDigest>;
    /// Keeps what became of a payment page; [`StoreError::Conflict`] as above.
    fn save_page(&mut self, page: &Stored<PaymentPage>) -> Kept<()>;

    /// Keeps the one receipt of a code; [`StoreError::Taken`] where there is one.
    fn insert_receipt(&mut self, receipt: &ReceiptRecord) -> Kept<()>;
    /// Keeps a message as it was received or sent.
    fn keep_evidence(&mut self, evidence: &EvidenceRecord) -> Kept<()>;
    /// Keeps a signing certificate of the gateway's own.
    fn keep_own_certificate(&mut self, own: &OwnCertificate) -> Kept<()>;
    /// Adds a line to a payment's timeline.
    fn journal(&mut self, entry: &JournalEntry) -> Kept<()>;
    /// Notes that personal data was read.
    fn note_read(&mut self, note: &ReadNote) -> Kept<()>;

    /// Puts a message into the outbox; [`StoreError::Taken`] where its id was used before.
    fn tell(&mut self, message: &Outgoing) -> Kept<()>;
    /// The peer has acknowledged a message. The outbox is outside the evidence chain, so an acknowledgement
    /// that counts as a signature (the portal's of T3.17) is kept as evidence in the same transaction.
    fn acknowledge(&mut self, id: MessageId, acknowledgement: &[u8], at: Moment) -> Kept<()>;
    /// A try to send a message failed.
    fn fail(&mut self, id: MessageId, error: &str, next_try: Moment) -> Kept<()>;

    /// Adds a row about a participant to the registry.
    fn insert_participant(&mut self, participant: &ParticipantRow) -> Kept<()>;
    /// Adds a row about a service to the registry.
    fn insert_service(&mut self, service: &ServiceRow) -> Kept<()>;

    /// Counts a failed guess under a key.
    fn note_failure(&mut self, key: &str, at: Moment) -> Kept<()>;
    /// Forgets failures before a moment, so that guessing cannot fill the disk.
    fn forget_failures(&mut self, before: Moment) -> Kept<()>;
    /// Uses one unit of a participant's quota in the window that begins at this moment; how many are used
    /// now.
    fn use_quota(&mut self, participant: Bin, window: Moment) -> Kept<u64>;
}
