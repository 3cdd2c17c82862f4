//! The rows about one payment as they are kept, octet for octet, each with its path in the evidence chain: what an
//! evidence pack is made of.

use terms::{Bin, MessageId, PaymentCode};

use crate::Kept;
use crate::chain::Proof;

/// The value of a column. No covered table has fractions, and columns without a value are left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeptValue {
    /// A whole number.
    Integer(i64),
    /// Text.
    Text(String),
    /// Octets; what is sealed is ciphertext here.
    Octets(Vec<u8>),
}

/// A column that has a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptColumn {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: KeptValue,
}

/// A row as it is kept, and what ties it to a signed head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptRow {
    /// The table.
    pub table: &'static str,
    /// Its columns that have a value, in the order in which the leaf covers them.
    pub columns: Vec<KeptColumn>,
    /// What its sealed column holds, in order; nothing where it has none, or is shown sealed.
    pub opened: Vec<Option<Vec<u8>>>,
    /// With what the commitment beside the sealed column is salted; none where there is no commitment.
    pub salt: Option<[u8; 16]>,
    /// Its path to a head. None of a versioned row, whose digest is in a row of `snapshot`.
    pub proof: Option<Proof>,
}

/// What is kept about one payment, for whoever is to be shown the proof of it.
pub trait ProofsView {
    /// Messages, journal, receipt, spending and postings of a code, in the order of tables and then of time; then the
    /// versions of the payment's row that were kept together with any of these and all of its refund's; then the two
    /// rows themselves, the refund's first where there is one.
    fn rows_about(&self, code: PaymentCode) -> Kept<Vec<KeptRow>>;
    /// The signed documents of a proposal, the proposal before the decision; none where there is no such proposal.
    fn document_rows(&self, number: MessageId) -> Kept<Vec<KeptRow>>;
    /// The row that keeps the answer to a message.
    fn answer_row(&self, signer: Bin, id: MessageId) -> Kept<Option<KeptRow>>;
}
