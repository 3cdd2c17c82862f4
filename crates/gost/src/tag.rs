//! Comparing an authentication code with the one that was expected, in constant time.

use subtle::ConstantTimeEq;

/// The authentication code is another one: the key, the message or the code itself is not what it
/// should be, and nothing says which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("authentication code does not match")]
pub struct TagMismatch;

/// Compares whole codes; a shortened one is a mismatch, since accepting it would let an attacker guess
/// fewer octets. The time does not depend on where they differ.
pub(crate) fn check(expected: &[u8], given: &[u8]) -> Result<(), TagMismatch> {
    if bool::from(expected.ct_eq(given)) { Ok(()) } else { Err(TagMismatch) }
}
