//! ISO 20022: the account statement between a bank and the gateway operator, as a documented subset of the standard.
//!
//! What a statement means lives in `ledger`; its signature is put under the whole document by `xml::dsig`.

pub mod camt053;
