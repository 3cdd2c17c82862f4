//! OCSP: is this certificate revoked, asked of the CA and answered under a signature.
//!
//! Lives here: the messages, the check of a reply ([`OcspReply::verify`] by way of [`crate::Trust::install_ocsp`]),
//! and the responder ([`Responder`]). Does not live here: HTTP, and what becomes of a reply (`revocation`).
//! Source: RFC 6960; the nonce by RFC 8954.

mod check;
mod message;
mod respond;

pub(crate) use check::Answer;
pub use check::{CertificateStatus, OcspError, OcspReply, Question};
pub use respond::{Asked, NotAnswered, Responder, unsuccessful};

/// The longest request that is read, in octets: a few certificates and a nonce.
pub const MAX_REQUEST_OCTETS: usize = 4 * 1024;
/// The longest reply that is read, in octets.
pub const MAX_REPLY_OCTETS: usize = 64 * 1024;
/// The most certificates that one request may ask about.
pub const MAX_ASKED: usize = 8;
/// The lengths of a nonce that are taken, in octets (RFC 8954).
pub const NONCE_OCTETS: std::ops::RangeInclusive<usize> = 1..=32;
