//! Time stamps: somebody else's signed word that a digest existed at a moment.
//!
//! Lives here: the messages, the check of a stamp ([`verify`]) and the authority that makes one ([`StampAuthority`]).
//! Does not live here: HTTP, what is stamped, and where stamps are kept.
//! Source: RFC 3161, RFC 5816 (the certificate's identifier), RFC 5652 (signed data).

mod check;
mod message;
mod respond;

pub use check::{Stamp, StampError, StampQuestion, token_of, verify};
pub use respond::{StampAsked, StampAuthority, StampRefusal, rejection};

use aws_lc_rs::digest::{Algorithm, SHA256, SHA384, SHA512};
use const_oid::ObjectIdentifier;

use crate::oid;

/// The longest request that is read, in octets.
pub const MAX_REQUEST_OCTETS: usize = 1024;
/// The longest stamp that is read, in octets.
pub const MAX_STAMP_OCTETS: usize = 64 * 1024;
/// The longest nonce that is taken, in octets.
pub const MAX_NONCE_OCTETS: usize = 32;

/// How long a digest is that may be stamped, by its algorithm.
fn digest_octets(algorithm: ObjectIdentifier) -> Option<usize> {
    match algorithm {
        oid::SHA256 => Some(32),
        oid::SHA384 => Some(48),
        oid::SHA512 => Some(64),
        _ => None,
    }
}

/// The algorithm of a digest by which a certificate may be named.
fn naming_digest(algorithm: ObjectIdentifier) -> Option<&'static Algorithm> {
    match algorithm {
        oid::SHA256 => Some(&SHA256),
        oid::SHA384 => Some(&SHA384),
        oid::SHA512 => Some(&SHA512),
        _ => None,
    }
}
