//! The outer structure that certificates and revocation lists share: a body, an algorithm, a signature.

use der::asn1::{Any, BitString};
use der::{Encode, Sequence};
use x509_cert::spki::AlgorithmIdentifierOwned;

use crate::suite::PublicKey;

/// A signed structure. The body is left undivided, so that its very octets are signed and verified.
#[derive(Sequence)]
pub(crate) struct Signed {
    pub(crate) body: Any,
    pub(crate) algorithm: AlgorithmIdentifierOwned,
    pub(crate) signature: BitString,
}

/// Whether a signed structure bears the signature of a key.
pub(crate) fn signed_by(signed: &Signed, key: &PublicKey) -> bool {
    let (Ok(octets), Some(signature)) = (signed.body.to_der(), signed.signature.as_bytes()) else {
        return false;
    };
    key.verify_x509(&signed.algorithm, &octets, signature).is_ok()
}
