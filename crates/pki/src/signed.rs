//! The outer structure that certificates and revocation lists share: a body, an algorithm, a signature.

use der::Sequence;
use der::asn1::{Any, BitString};
use x509_cert::spki::AlgorithmIdentifierOwned;

/// A signed structure. The body is left undivided, so that its very octets are signed and verified.
#[derive(Sequence)]
pub(crate) struct Signed {
    pub(crate) body: Any,
    pub(crate) algorithm: AlgorithmIdentifierOwned,
    pub(crate) signature: BitString,
}
