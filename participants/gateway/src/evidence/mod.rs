//! The evidence pack: everything that proves one payment, in one signed file that is verified without a line.
//!
//! `pack` makes it, `check` verifies it with nothing but the pack and the national CA's root certificates; `archive` is
//! the form of the file (POSIX ustar), `form` that of the documents in it, `money` tells its postings again. What a pack proves is told finding by
//! finding; what it cannot prove is told beside it.
//! Source: instruction № 491, cl. 10; the requirement on the signature of all stored data; the form is ours.

mod archive;
mod check;
mod form;
mod money;
mod pack;

pub use archive::{ArchiveFault, MAX_PACK_OCTETS};
pub use check::{Broken, Fault, Finding, Summary, verify};
pub use pack::{Asked, pack};
