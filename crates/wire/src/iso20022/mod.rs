//! Messages of ISO 20022 that banks' systems know already, in documented subsets: statements of account and registers.
//!
//! Each subset has a schema of its own in `spec/`, in the namespace of the standard: what is valid by it is meant to be
//! valid by the standard's schema too. What a statement or a register means lives in `ledger`; a signature is put under
//! the whole document by `xml::dsig`.

pub mod camt053;
pub mod camt054;
