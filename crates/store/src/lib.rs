//! Where participants keep what they know: SQLite with group commit, the mailbox, the evidence chain, and the
//! gateway's own store behind a seam that a second database can take.
//!
//! - [`embedded::Database`] is one SQLite file with one writer; every participant has one, with its own
//!   tables.
//! - [`mailbox`] is the two tables every participant needs in its own transactions: what was received and
//!   answered, and what is still to be told.
//! - [`chain`] signs every commit group once, so that any later change of a row shows; time stamps over its heads are
//!   kept beside it.
//! - [`Keyring`] seals what is confidential before it reaches the file.
//! - [`Store`], [`View`] and [`Tx`] are what the gateway's use cases see; [`EmbeddedStore`] is their SQLite
//!   form.
//!
//! Nothing here decides: states are decided in `payment`, rights in `rights`. Nothing here sends.
//! Source: Instruction № 491, cl. 2(11), 4–7 (what is kept and for how long it identifies); group commit, the
//! chain and the outbox are ours.

pub mod chain;
pub mod columns;
pub mod embedded;
mod error;
mod gateway;
pub mod mailbox;
mod records;
mod revocation;
mod sealing;
mod seam;
mod stamp;

pub use chain::{ChainBroken, ChainReport, HeadNotSigned, HeadSignature, HeadSigner, KnownHead};
pub use embedded::{BeforeCommit, Database, Migration, Options};
pub use error::StoreError;
pub use gateway::{COVERED, EmbeddedStore, KeptEvidence};
pub use mailbox::{Outgoing, Seen, Waiting};
pub use records::{
    Beneficiary, Endpoint, EvidenceRecord, JournalEntry, OwnCertificate, PageState, ParticipantRow,
    PaymentPage, ReadNote, ReadSubject, ReceiptRecord, ServiceRow, Stored,
};
pub use revocation::{RevocationSource, SourceName};
/// The driver, so that a participant's own `store.rs` speaks to the very version that this crate opens.
pub use rusqlite;
pub use sealing::{
    DATA_KEY_OCTETS, DATA_KEY_RECORDS, DataKey, DataKeyBound, KeyHolder, KeyNotHeld, KeyUse, Keyring,
    Rotation, SearchTag, WrappedKey,
};
pub use seam::{
    AGE_BOUNDS, AuthorityTx, AuthorityView, BooksTx, BooksView, ClaimDispute, ClaimShare, ClaimedPosting,
    ClaimsTx, ClaimsView, ClaimsWanted, ClosingRecord, Days, Deed, DeedsTx, DeedsView, DifferenceRow,
    DocumentRole, Found, GroupActionRow, Kept, KeptColumn, KeptContract, KeptEntry, KeptRow, KeptValue,
    LIST_BOUND, ListsView, MOST_SAVED_VIEWS, MembershipRow, Moved, NoSuchRegisterState, NoSuchRole,
    OfficerRow, PartyRole, Payable, PayoutRecord, PayoutsWanted, PlacedDifference, PlacedPosting, ProofsView,
    ProposalDocument, ProposalRow, Reconciliation, Redemption, RefundRecord, RefundsTx, RefundsView,
    RegisterRevision, RegisterState, RegistersTx, RegistersView, RegistersWanted, SEARCH_PAGE_BOUND,
    SavedView, SavedViewsTx, SavedViewsView, Scope, Search, SearchCursor, SearchView, StatementEntry,
    StatementRecord, Store, Totals, Tx, UnpaidPosting, View, Wanted,
};
pub use stamp::HeadStamp;
