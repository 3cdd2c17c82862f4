//! Everything signing, verifying and agreeing on a key can refuse.

/// Why a key, a signature or an agreement was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A key, digest, signature or key material is not as long as the parameter set wants it. Mixing a
    /// 256-bit object into a 512-bit set ends here.
    #[error("{what} of {found} octets where the parameter set has {expected}")]
    Length {
        /// Which object it was.
        what: &'static str,
        /// Octets the set wants.
        expected: usize,
        /// Octets given.
        found: usize,
    },
    /// The private scalar is zero or not below the group order.
    #[error("private key out of range")]
    PrivateKeyRange,
    /// The coordinates are not below the field prime, or the point does not satisfy the curve's equation.
    #[error("public key is not a point of the curve")]
    OffCurve,
    /// The point's order divides the cofactor: anybody knows its "private key".
    #[error("public key is a point of small order")]
    SmallOrder,
    /// r or s is zero or not below the group order.
    #[error("signature numbers out of range")]
    SignatureRange,
    /// The signature is another's, or over other data.
    #[error("signature does not match")]
    SignatureMismatch,
    /// The two keys lie on different curves.
    #[error("keys of different curves")]
    DifferentCurves,
    /// The key material (UKM) is zero modulo the group order.
    #[error("user key material is zero")]
    ZeroKeyMaterial,
}
