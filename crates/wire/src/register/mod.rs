//! The register of payments (cl. 10) as XML, and the signed manifest that vouches for its files.
//!
//! A register is written and read row by row, whatever its length. It carries no signature of its own: a signature over
//! a million rows could only be checked with all of them in memory. Instead its digest, its totals and the head of the
//! evidence chain stand in a [`Manifest`], a small document that is signed by XML-DSig.

mod digest;
mod manifest;
mod read;
mod schema;
mod write;

pub use digest::{Digested, Digesting};
pub use manifest::{
    FileDigest, FormatWord, Hash256, Hash512, HeadRecord, Manifest, Mismatch, NoHash, NoNumber, NoOffset,
    NoSum, Number, Offset, PartyWord, Sum, TotalsRecord,
};
pub use read::read_register;
pub use schema::{KindWord, register_xsd};
pub use write::RegisterWriter;

/// The namespace of registers and manifests.
pub const NAMESPACE: &str = crate::framework::REGISTER.uri;
/// The root element of a register.
pub const ELEMENT: &str = "Register";
