//! Signature suites: the closed registry of algorithms, each bound to a kind of key.
//!
//! A suite is chosen by the certificate's key and by nothing else: no message can ask for a weaker algorithm,
//! because no message is asked. The national suites are further implementations of one trait, in `national`.
//! Source: XML Signature 1.1, RFC 6931 (identifiers), RFC 8017 (RSA), FIPS 186-5 (ECDSA).

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, VerificationAlgorithm,
};
use const_oid::ObjectIdentifier;
use der::asn1::{Any, AnyRef, BitStringRef, Null, UintRef};
use der::{Decode, Encode, Sequence};
use x509_cert::spki::AlgorithmIdentifierOwned;

use crate::certificate::Certificate;
use crate::national::{NationalKey, Scheme, scheme};
use crate::oid;

/// The name of a signature suite. Written `rsa2048`, `p256`, `gost512` and so on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SuiteId {
    /// RSA of at least 2048 bits, PKCS #1 v1.5, with SHA-256.
    Rsa2048,
    /// ECDSA on the curve P-256 with SHA-256.
    P256,
    /// ГОСТ 34.10-2015 of 512 bits with Streebog-512, under the identifiers of Kazakhstan.
    Gost512,
    /// ГОСТ 34.10-2015 of 256 bits with Streebog-256, under the identifiers of Kazakhstan.
    Gost256,
    /// ГОСТ 34.310-2004 with ГОСТ 34.311-95: legacy, for what was signed with it.
    Gost2004,
    /// ГОСТ Р 34.10-2012 of 512 bits with Streebog-512, under the Russian identifiers.
    RuGost512,
    /// ГОСТ Р 34.10-2012 of 256 bits with Streebog-256, under the Russian identifiers.
    RuGost256,
}

/// A name that no signature suite has, or a key for which there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature suite is unknown")]
pub struct UnknownSuite;

/// The signature does not agree with the key and the octets; deliberately without a cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not agree")]
pub struct BadSignature;

impl SuiteId {
    /// Every suite.
    pub const ALL: [Self; 7] = [
        Self::Rsa2048,
        Self::P256,
        Self::Gost512,
        Self::Gost256,
        Self::Gost2004,
        Self::RuGost512,
        Self::RuGost256,
    ];

    /// Whether keys of this suite sign by GOST. Such keys serve messages and documents, and no TLS connection.
    pub fn is_national(self) -> bool {
        scheme(self).is_some()
    }
}

impl fmt::Display for SuiteId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rsa2048 => "rsa2048",
            Self::P256 => "p256",
            Self::Gost512 => "gost512",
            Self::Gost256 => "gost256",
            Self::Gost2004 => "gost2004",
            Self::RuGost512 => "ru-gost512",
            Self::RuGost256 => "ru-gost256",
        })
    }
}

impl FromStr for SuiteId {
    type Err = UnknownSuite;

    fn from_str(s: &str) -> Result<Self, UnknownSuite> {
        Self::ALL.into_iter().find(|suite| suite.to_string() == s).ok_or(UnknownSuite)
    }
}

/// One family of signature algorithms.
pub trait SignatureSuite: Send + Sync + fmt::Debug {
    /// The suite's name.
    fn id(&self) -> SuiteId;
    /// The identifier of the signature algorithm in XML-DSig.
    fn signature_uri(&self) -> &'static str;
    /// The identifier of the digest algorithm in XML-DSig.
    fn digest_uri(&self) -> &'static str;
    /// The digest of the octets.
    fn digest(&self, octets: &[u8]) -> Vec<u8>;
    /// Verifies a signature in XML-DSig's form (ECDSA: r‖s; GOST: as in certificates).
    ///
    /// # Errors
    /// [`BadSignature`], also where the key belongs to another suite.
    fn verify(&self, key: &PublicKey, octets: &[u8], signature: &[u8]) -> Result<(), BadSignature>;
}

#[derive(Debug)]
struct RsaSha256;

#[derive(Debug)]
struct EcdsaP256Sha256;

const SHA256_URI: &str = "http://www.w3.org/2001/04/xmlenc#sha256";

impl SignatureSuite for RsaSha256 {
    fn id(&self) -> SuiteId {
        SuiteId::Rsa2048
    }
    fn signature_uri(&self) -> &'static str {
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
    }
    fn digest_uri(&self) -> &'static str {
        SHA256_URI
    }
    fn digest(&self, octets: &[u8]) -> Vec<u8> {
        digest(&SHA256, octets).as_ref().to_vec()
    }
    fn verify(&self, key: &PublicKey, octets: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        key.verify(SuiteId::Rsa2048, octets, signature)
    }
}

impl SignatureSuite for EcdsaP256Sha256 {
    fn id(&self) -> SuiteId {
        SuiteId::P256
    }
    fn signature_uri(&self) -> &'static str {
        "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
    }
    fn digest_uri(&self) -> &'static str {
        SHA256_URI
    }
    fn digest(&self, octets: &[u8]) -> Vec<u8> {
        digest(&SHA256, octets).as_ref().to_vec()
    }
    fn verify(&self, key: &PublicKey, octets: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        key.verify(SuiteId::P256, octets, signature)
    }
}

/// The suite of that name.
pub fn suite(id: SuiteId) -> &'static dyn SignatureSuite {
    match (id, scheme(id)) {
        (_, Some(national)) => national,
        (SuiteId::Rsa2048, None) => &RsaSha256,
        (_, None) => &EcdsaP256Sha256,
    }
}

/// The suite that the certificate's key belongs to.
///
/// # Errors
/// [`UnknownSuite`] where the registry has none for such a key.
pub fn suite_of(certificate: &Certificate) -> Result<&'static dyn SignatureSuite, UnknownSuite> {
    certificate.public_key().suite().map(suite).ok_or(UnknownSuite)
}

/// A public key, parsed once; cheap to clone.
#[derive(Clone)]
pub struct PublicKey(Arc<Parsed>);

struct Parsed {
    spki: Vec<u8>,
    key_identifier: Vec<u8>,
    usable: Option<Usable>,
}

/// A key of a suite that the registry has.
enum Usable {
    Library(SuiteId, ParsedPublicKey),
    National(NationalKey),
}

/// The key is of a known kind and yet unusable: too short, off the curve, oddly parametrised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the public key is not usable")]
pub(crate) struct BadKey;

#[derive(Sequence)]
pub(crate) struct KeyAlgorithm<'a> {
    pub(crate) oid: ObjectIdentifier,
    pub(crate) parameters: Option<AnyRef<'a>>,
}

#[derive(Sequence)]
pub(crate) struct KeyInfo<'a> {
    pub(crate) algorithm: KeyAlgorithm<'a>,
    pub(crate) key: BitStringRef<'a>,
}

impl PublicKey {
    /// From a SubjectPublicKeyInfo. A key of no known suite is kept, and verifies nothing.
    pub(crate) fn from_spki(spki: &[u8]) -> Result<Self, BadKey> {
        let info = KeyInfo::from_der(spki).map_err(|_| BadKey)?;
        let parsed = |id, algorithm: &'static dyn VerificationAlgorithm| {
            ParsedPublicKey::new(algorithm, spki)
                .map(|key| Some(Usable::Library(id, key)))
                .map_err(|_| BadKey)
        };
        let bits = info.key.as_bytes().ok_or(BadKey)?;
        let usable = match info.algorithm.oid {
            oid::RSA_ENCRYPTION => {
                refuse_unsuitable_rsa(bits)?;
                parsed(SuiteId::Rsa2048, &RSA_PKCS1_2048_8192_SHA256)?
            }
            oid::EC_PUBLIC_KEY => {
                let curve = info.algorithm.parameters.ok_or(BadKey)?;
                let curve: ObjectIdentifier = curve.decode_as().map_err(|_| BadKey)?;
                if curve == oid::CURVE_P256 { parsed(SuiteId::P256, &ECDSA_P256_SHA256_FIXED)? } else { None }
            }
            _ => NationalKey::read(&info.algorithm, bits)?.map(Usable::National),
        };
        // RFC 5280, 4.2.1.2 (1) hashes the key's bits with SHA-1; RFC 7093 allows this one in its place.
        let key_identifier = digest(&SHA256, bits).as_ref()[..20].to_vec();
        Ok(Self(Arc::new(Parsed { spki: spki.to_vec(), key_identifier, usable })))
    }

    /// The suite the key belongs to, if the registry has it.
    pub fn suite(&self) -> Option<SuiteId> {
        self.0.usable.as_ref().map(|usable| match usable {
            Usable::Library(id, _) => *id,
            Usable::National(key) => key.suite(),
        })
    }

    /// The key as one of a national suite, if it is one.
    pub(crate) fn national(&self) -> Option<&NationalKey> {
        match &self.0.usable {
            Some(Usable::National(key)) => Some(key),
            _ => None,
        }
    }

    /// The key as SubjectPublicKeyInfo, DER.
    pub fn spki_der(&self) -> &[u8] {
        &self.0.spki
    }

    /// The key identifier that our own CA gives to this key.
    pub(crate) fn key_identifier(&self) -> &[u8] {
        &self.0.key_identifier
    }

    pub(crate) fn verify(&self, suite: SuiteId, octets: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        match &self.0.usable {
            Some(Usable::Library(own, key)) if *own == suite => {
                key.verify_sig(octets, signature).map_err(|_| BadSignature)
            }
            Some(Usable::National(key)) if key.suite() == suite => key.verify(octets, signature),
            _ => Err(BadSignature),
        }
    }

    /// Verifies a signature in X.509's form (ECDSA: a SEQUENCE of two INTEGERs) under the named algorithm,
    /// which must be the one that belongs to this key.
    pub(crate) fn verify_x509(
        &self,
        algorithm: &AlgorithmIdentifierOwned,
        octets: &[u8],
        signature: &[u8],
    ) -> Result<(), BadSignature> {
        let suite = self.suite().ok_or(BadSignature)?;
        let agrees = match scheme(suite) {
            Some(national) => national.is_signature_algorithm(algorithm),
            None => *algorithm == x509_algorithm(suite),
        };
        if !agrees {
            return Err(BadSignature);
        }
        match suite {
            SuiteId::P256 => self.verify(suite, octets, &fixed_from_asn1(signature)?),
            _ => self.verify(suite, octets, signature),
        }
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.spki == other.0.spki
    }
}

impl Eq for PublicKey {}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({:?}, {})", self.suite(), hex::encode(self.key_identifier()))
    }
}

/// The lengths of an RSA modulus that are taken, in bits: shorter is weak, longer is a peer's way to burn our
/// time.
const RSA_MODULUS_BITS: std::ops::RangeInclusive<usize> = 2048..=4096;
/// The longest RSA exponent, in octets, for the same reason.
const MAX_RSA_EXPONENT_OCTETS: usize = 4;

#[derive(Sequence)]
struct RsaPublicKey<'a> {
    modulus: UintRef<'a>,
    exponent: UintRef<'a>,
}

/// The library would only notice at the first signature.
fn refuse_unsuitable_rsa(key: &[u8]) -> Result<(), BadKey> {
    let key = RsaPublicKey::from_der(key).map_err(|_| BadKey)?;
    let modulus = key.modulus.as_bytes();
    let leading_zeros = modulus.first().map_or(0, |octet| octet.leading_zeros());
    let bits = (8 * modulus.len()).saturating_sub(usize::try_from(leading_zeros).map_err(|_| BadKey)?);
    let exponent = key.exponent.as_bytes();
    let suitable = RSA_MODULUS_BITS.contains(&bits)
        && exponent.len() <= MAX_RSA_EXPONENT_OCTETS
        && exponent.last().is_some_and(|octet| octet % 2 == 1)
        && exponent != [1];
    if suitable { Ok(()) } else { Err(BadKey) }
}

/// The identifier of the suite's signature algorithm in X.509, as it is written here.
///
/// RFC 4055 asks for NULL parameters with RSA, RFC 5758 for none with ECDSA.
pub(crate) fn x509_algorithm(suite: SuiteId) -> AlgorithmIdentifierOwned {
    match (suite, scheme(suite)) {
        (_, Some(national)) => national.signature_algorithm(),
        (SuiteId::Rsa2048, None) => {
            AlgorithmIdentifierOwned { oid: oid::RSA_SHA256, parameters: Some(Any::from(Null)) }
        }
        (_, None) => AlgorithmIdentifierOwned { oid: oid::ECDSA_SHA256, parameters: None },
    }
}

/// The digest that goes with the suite's signatures in CMS.
pub(crate) fn cms_digest(suite: SuiteId) -> AlgorithmIdentifierOwned {
    let oid = scheme(suite).map_or(oid::SHA256, Scheme::digest_identifier);
    AlgorithmIdentifierOwned { oid, parameters: None }
}

/// The identifier of the suite's signatures in CMS: for RSA the key's own (RFC 3370), for others as in X.509.
pub(crate) fn cms_signature(suite: SuiteId) -> AlgorithmIdentifierOwned {
    match suite {
        SuiteId::Rsa2048 => {
            AlgorithmIdentifierOwned { oid: oid::RSA_ENCRYPTION, parameters: Some(Any::from(Null)) }
        }
        _ => x509_algorithm(suite),
    }
}

/// Whether an identifier may name the suite's signatures in CMS: some write that of X.509 with RSA too, and the OpenSSL
/// engine writes the key's own with GOST.
pub(crate) fn is_cms_signature(suite: SuiteId, oid: ObjectIdentifier) -> bool {
    let of_key = scheme(suite).map(Scheme::key_identifier);
    oid == cms_signature(suite).oid || oid == x509_algorithm(suite).oid || Some(oid) == of_key
}

const P256_SCALAR: usize = 32;

#[derive(Sequence)]
struct EcdsaSignature<'a> {
    r: UintRef<'a>,
    s: UintRef<'a>,
}

fn fixed_from_asn1(signature: &[u8]) -> Result<[u8; 2 * P256_SCALAR], BadSignature> {
    let parsed = EcdsaSignature::from_der(signature).map_err(|_| BadSignature)?;
    let mut fixed = [0; 2 * P256_SCALAR];
    for (half, number) in fixed.chunks_mut(P256_SCALAR).zip([parsed.r, parsed.s]) {
        let octets = number.as_bytes();
        let start = P256_SCALAR.checked_sub(octets.len()).ok_or(BadSignature)?;
        half[start..].copy_from_slice(octets);
    }
    Ok(fixed)
}

/// X.509's form of a P-256 signature given as r‖s; `None` where the length is another.
pub(crate) fn asn1_from_fixed(fixed: &[u8]) -> Option<Vec<u8>> {
    if fixed.len() != 2 * P256_SCALAR {
        return None;
    }
    let (r, s) = fixed.split_at(P256_SCALAR);
    EcdsaSignature { r: UintRef::new(r).ok()?, s: UintRef::new(s).ok()? }.to_der().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Defends: A28
    #[test]
    fn the_sample_signature_of_rfc_6979_agrees_in_both_forms() {
        let spki = "3059301306072a8648ce3d020106082a8648ce3d03010703420004\
            60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6\
            7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";
        let key = PublicKey::from_spki(&hex::decode(spki).unwrap()).unwrap();
        let fixed = "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716\
            f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8";
        let fixed = hex::decode(fixed).unwrap();
        suite(SuiteId::P256).verify(&key, b"sample", &fixed).unwrap();
        let asn1 = asn1_from_fixed(&fixed).unwrap();
        let (ecdsa, rsa) = (x509_algorithm(SuiteId::P256), x509_algorithm(SuiteId::Rsa2048));
        key.verify_x509(&ecdsa, b"sample", &asn1).unwrap();
        assert_eq!(fixed_from_asn1(&asn1).unwrap().as_slice(), fixed);
        // Each form is accepted in its own place only, and only under its own algorithm.
        assert!(suite(SuiteId::P256).verify(&key, b"sample", &asn1).is_err());
        assert!(key.verify_x509(&ecdsa, b"sample", &fixed).is_err());
        assert!(key.verify_x509(&rsa, b"sample", &asn1).is_err());
        assert!(suite(SuiteId::Rsa2048).verify(&key, b"sample", &fixed).is_err());
        assert!(suite(SuiteId::P256).verify(&key, b"sample", &[0; 64]).is_err());
    }

    #[test]
    fn a_point_off_the_curve_is_no_key() {
        let spki = "3059301306072a8648ce3d020106082a8648ce3d03010703420004\
            60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6\
            7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462298";
        assert!(PublicKey::from_spki(&hex::decode(spki).unwrap()).is_err());
    }

    #[test]
    fn suites_are_named_and_numbered_in_one_place() {
        for id in SuiteId::ALL {
            assert_eq!(id.to_string().parse(), Ok(id));
            assert_eq!(suite(id).id(), id);
        }
        assert_eq!("hmac".parse::<SuiteId>(), Err(UnknownSuite));
        let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hex::encode(suite(SuiteId::P256).digest(b"abc")), digest);
    }
}
