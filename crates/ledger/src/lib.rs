//! The money behind the payments: accounts and postings, and what is made of them.
//!
//! - [`Posting`] moves one amount from one account to another, so that debits and credits cannot differ.
//! - [`of_change`], [`of_surplus`] and [`of_refund`] say which postings a change of a payment brings.
//! - [`Claim`], [`Payout`], [`Refund`] and [`Closing`] say how the money reaches the state, and whether a day is whole.
//! - [`contract`] is what was agreed with whom, and which contract is in force on a day.
//! - [`journal`] is balances over postings.
//! - [`register`] is the row that every register, report and file of a day is made of.
//! - [`report`] counts payments into statistics and summaries.
//! - [`statement`] is what a bank says of the operator's account.
//! - [`reconcile`] compares what banks notified with their registers and with statements.
//!
//! Pure: no clock, store, network or randomness; the caller brings the time and keeps the result. Which change a payment
//! takes is decided in `payment`, who may ask for one in `rights`; rows of files are drawn in `files`.
//! Source: Instruction № 491, cl. 10, 11, 22–24; the accounts are ours.

mod account;
mod claim;
mod closing;
pub mod contract;
mod fact;
pub mod journal;
mod payout;
mod posting;
pub mod reconcile;
mod refund;
pub mod register;
pub mod report;
pub mod statement;

pub use account::{Account, NoSuchAccount};
pub use claim::{Age, Claim, ClaimRefusal, NotFormed, Reimbursed, Standing};
pub use closing::{BankSums, Closing, Disagreement, OpenItem, OpenReason, Owed, ProviderSums};
pub use fact::{GivenBack, of_change, of_refund, of_surplus};
pub use payout::{Destination, Due, Payout, Progress};
pub use posting::{DocumentNumber, NoDocumentNumber, NoSubject, NoSuchKind, Posting, PostingKind, Subject};
pub use refund::{NoSuchGround, Refund, RefundGround, RefundProgress};
