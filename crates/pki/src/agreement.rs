//! Secret keys wrapped for a certificate's holder: whoever reads them elsewhere learns nothing.
//!
//! A fresh key pair is made for each wrapping, agrees with the certificate's key by VKO, and the agreed keys
//! wrap by KExp15 over Kuznyechik. What the wrapped key encrypts, and where it is kept, is its owner's
//! business. Only GOST certificates whose key usage has keyAgreement take part.
//! Source: RFC 9189, 8.2.1 (KExp15) and 8.3.1 (KEG, here over a digest of the key material and the purpose);
//! Р 1323565.1.025-2019 for the three fields of the structure.

use der::asn1::{Any, OctetStringRef};
use der::{Decode, Encode, Sequence};
use gost::kexp::{WrappingKeys, kexp15, kimp15};
use gost::kuznyechik::Kuznyechik;
use gost::streebog::Streebog256;
use gost::{SigningKey, VerifyingKey, kdf, vko};
use zeroize::Zeroizing;

use crate::certificate::{Certificate, KeyUse};
use crate::key::PrivateKey;
use crate::national::{NationalKey, NationalPair};
use crate::suite::PublicKey;

/// The longest key that is wrapped, in octets.
pub const MAX_WRAPPED_KEY_OCTETS: usize = 64;
/// The longest wrapped key that is read, in octets: the key itself, a public key of 512 bits, and little more.
const MAX_WRAPPED_OCTETS: usize = 512;
/// Octets of chance in each wrapping.
const KEY_MATERIAL_OCTETS: usize = 32;
/// The octets of one wrapping key.
const HALF: usize = 32;

/// Why a key was not wrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WrapError {
    /// The recipient's key is not of a national suite, or its certificate is not for agreement.
    #[error("the certificate is not for agreeing on keys")]
    NotForAgreement,
    /// The key is empty or longer than [`MAX_WRAPPED_KEY_OCTETS`].
    #[error("{0} octets are not the length of a key to be wrapped")]
    Length(usize),
    /// The cryptographic library failed.
    #[error("wrapping the key failed")]
    Cryptography,
}

/// Why a wrapped key was not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnwrapError {
    /// The signer's key is not of a national suite, or its keeper does not open keys.
    #[error("this key does not open wrapped keys")]
    NotOffered,
    /// Not the structure of a wrapped key, or with a public key that is none.
    #[error("the wrapped key is malformed")]
    Malformed,
    /// Wrapped for a key on another curve.
    #[error("the key was wrapped for a key of another kind")]
    OtherKind,
    /// Wrapped for another key or another purpose, or changed since.
    #[error("the wrapped key is not authentic")]
    Mismatch,
    /// The signer's key is kept elsewhere, and its keeper is away or has another certificate's key.
    #[error("the key's keeper did not open the wrapped key")]
    KeeperFailed,
}

#[derive(Sequence)]
struct KeyTransport<'a> {
    wrapped: &'a OctetStringRef,
    ephemeral: Any,
    key_material: &'a OctetStringRef,
}

/// Wraps a key for the holder of a certificate, in DER.
///
/// `purpose` says in fixed words what the key is for, and may carry its number: the same octets must be given
/// when it is opened. Whether the certificate is trusted is asked before, of [`crate::Trust`].
///
/// # Errors
/// [`WrapError`].
pub fn wrap_key(recipient: &Certificate, purpose: &[u8], key: &[u8]) -> Result<Vec<u8>, WrapError> {
    let other = recipient.public_key().national().ok_or(WrapError::NotForAgreement)?;
    if !recipient.allows(KeyUse::KeyAgreement) {
        return Err(WrapError::NotForAgreement);
    }
    if key.is_empty() || key.len() > MAX_WRAPPED_KEY_OCTETS {
        return Err(WrapError::Length(key.len()));
    }
    wrap(other, purpose, key).ok_or(WrapError::Cryptography)
}

fn wrap(other: &NationalKey, purpose: &[u8], key: &[u8]) -> Option<Vec<u8>> {
    let set = other.key().parameter_set();
    let ephemeral = NationalPair::generate(other.scheme(), set).ok()?;
    let mut key_material = [0; KEY_MATERIAL_OCTETS];
    aws_lc_rs::rand::fill(&mut key_material).ok()?;
    let agreed = Agreed::new(ephemeral.key(), other.key(), &key_material, purpose)?;
    let wrapped = kexp15::<Kuznyechik>(agreed.keys(), &agreed.vector, key).ok()?;
    let transport = KeyTransport {
        wrapped: OctetStringRef::new(&wrapped).ok()?,
        ephemeral: Any::from_der(&ephemeral.spki_der().ok()?).ok()?,
        key_material: OctetStringRef::new(&key_material).ok()?,
    };
    transport.to_der().ok()
}

impl PrivateKey {
    /// Opens what [`wrap_key`] made for this key's certificate and this purpose.
    pub(crate) fn unwrap_key(
        &self,
        purpose: &[u8],
        wrapped: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, UnwrapError> {
        let own = self.national().ok_or(UnwrapError::NotOffered)?;
        if wrapped.len() > MAX_WRAPPED_OCTETS {
            return Err(UnwrapError::Malformed);
        }
        let malformed = |_| UnwrapError::Malformed;
        let transport = KeyTransport::from_der(wrapped).map_err(malformed)?;
        let spki = transport.ephemeral.to_der().map_err(malformed)?;
        let ephemeral = PublicKey::from_spki(&spki).map_err(|_| UnwrapError::Malformed)?;
        let other = ephemeral.national().ok_or(UnwrapError::OtherKind)?;
        if other.suite() != own.suite() || other.key().parameter_set() != own.key().parameter_set() {
            return Err(UnwrapError::OtherKind);
        }
        let agreed = Agreed::new(own.key(), other.key(), transport.key_material.as_bytes(), purpose)
            .ok_or(UnwrapError::Mismatch)?;
        kimp15::<Kuznyechik>(agreed.keys(), &agreed.vector, transport.wrapped.as_bytes())
            .map_err(|_| UnwrapError::Mismatch)
    }
}

/// The two wrapping keys, one after the other, and the vector.
struct Agreed {
    keys: Zeroizing<[u8; 2 * HALF]>,
    vector: [u8; 8],
}

impl Agreed {
    /// KEG of RFC 9189 over H = Streebog-256(length of the key material, key material, purpose).
    fn new(own: &SigningKey, other: &VerifyingKey, key_material: &[u8], purpose: &[u8]) -> Option<Self> {
        let mut digest = Streebog256::new();
        digest.update(&u64::try_from(key_material.len()).ok()?.to_be_bytes());
        digest.update(key_material);
        digest.update(purpose);
        let h = digest.finalize();
        // The RFC reads these octets big-endian, VKO takes its key material little-endian.
        let mut ukm: [u8; 16] = h[..16].try_into().ok()?;
        ukm.reverse();
        let keys = if own.parameter_set().octets() == 2 * HALF {
            vko::vko512(own, other, &ukm).ok()?
        } else {
            let agreed = vko::vko256(own, other, &ukm).ok()?;
            let mut keys = Zeroizing::new([0; 2 * HALF]);
            kdf::kdf_tree(&*agreed, b"kdf tree", &h[16..24], 1, &mut *keys).ok()?;
            keys
        };
        Some(Self { keys, vector: h[24..].try_into().ok()? })
    }

    fn keys(&self) -> WrappingKeys<'_> {
        let (mac, enc) = self.keys.split_first_chunk::<HALF>().expect("two keys");
        WrappingKeys { mac, enc: enc.first_chunk().expect("two keys") }
    }
}
