//! Private keys: made, read and used; never shown.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use der::pem::PemLabel;
use der::{Document, SecretDocument};
use zeroize::Zeroizing;

use crate::national::{NationalPair, scheme};
use crate::suite::{PublicKey, SuiteId, asn1_from_fixed};

/// A private key inside its library's own object, parsed once.
pub(crate) struct PrivateKey {
    pair: Pair,
    random: SystemRandom,
}

enum Pair {
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
    National(Box<NationalPair>),
}

/// The library could not make, read or use the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the private key is not usable")]
pub(crate) struct KeyFault;

/// The label of PKCS #8 in PEM.
struct Pkcs8;

impl PemLabel for Pkcs8 {
    const PEM_LABEL: &'static str = "PRIVATE KEY";
}

impl PrivateKey {
    /// A new key, with its PKCS #8 text for the owner to keep.
    pub(crate) fn generate(suite: SuiteId) -> Result<(Self, Zeroizing<String>), KeyFault> {
        let (pair, pem) = match (suite, scheme(suite)) {
            (_, Some(national)) => {
                let set = national.sets().next().ok_or(KeyFault)?;
                let pair = NationalPair::generate(national, set)?;
                let pem = pem(&pair.to_pkcs8()?)?;
                (Pair::National(Box::new(pair)), pem)
            }
            (SuiteId::Rsa2048, None) => {
                let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| KeyFault)?;
                let pkcs8: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| KeyFault)?;
                let pem = pem(pkcs8.as_ref())?;
                (Pair::Rsa(pair), pem)
            }
            (_, None) => {
                let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(|_| KeyFault)?;
                let pkcs8 = pair.to_pkcs8v1().map_err(|_| KeyFault)?;
                let pem = pem(&Zeroizing::new(pkcs8.as_ref().to_vec()))?;
                (Pair::P256(pair), pem)
            }
        };
        Ok((Self { pair, random: SystemRandom::new() }, pem))
    }

    /// Reads PKCS #8 in PEM; the decoded octets are wiped, the text is the caller's to wipe.
    pub(crate) fn from_pem(pem: &str) -> Result<Self, KeyFault> {
        let (label, pkcs8) = SecretDocument::from_pem(pem).map_err(|_| KeyFault)?;
        Pkcs8::validate_pem_label(label).map_err(|_| KeyFault)?;
        Self::from_pkcs8(pkcs8.as_bytes())
    }

    /// Reads PKCS #8 in DER; the octets are the caller's to wipe.
    pub(crate) fn from_pkcs8(octets: &[u8]) -> Result<Self, KeyFault> {
        let pair = if let Some(national) = NationalPair::from_pkcs8(octets)? {
            Pair::National(Box::new(national))
        } else if let Ok(pair) = RsaKeyPair::from_pkcs8(octets) {
            Pair::Rsa(pair)
        } else {
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, octets)
                .map(Pair::P256)
                .map_err(|_| KeyFault)?
        };
        Ok(Self { pair, random: SystemRandom::new() })
    }

    pub(crate) fn suite(&self) -> SuiteId {
        match &self.pair {
            Pair::Rsa(_) => SuiteId::Rsa2048,
            Pair::P256(_) => SuiteId::P256,
            Pair::National(pair) => pair.suite(),
        }
    }

    /// The key as one of a national suite, if it is one.
    pub(crate) fn national(&self) -> Option<&NationalPair> {
        match &self.pair {
            Pair::National(pair) => Some(pair),
            _ => None,
        }
    }

    /// Whether the public key is this one's other half.
    pub(crate) fn belongs_to(&self, public: &PublicKey) -> bool {
        match (self.national(), public.national()) {
            (Some(own), Some(other)) => own.belongs_to(other),
            (None, None) => self.spki_der().is_ok_and(|spki| spki == public.spki_der()),
            _ => false,
        }
    }

    /// The public half as SubjectPublicKeyInfo, DER.
    pub(crate) fn spki_der(&self) -> Result<Vec<u8>, KeyFault> {
        let der: Result<PublicKeyX509Der<'_>, _> = match &self.pair {
            Pair::Rsa(pair) => pair.public_key().as_der(),
            Pair::P256(pair) => pair.public_key().as_der(),
            Pair::National(pair) => return pair.spki_der(),
        };
        der.map(|der| der.as_ref().to_vec()).map_err(|_| KeyFault)
    }

    /// A signature in XML-DSig's form (ECDSA: r‖s; GOST: as in certificates).
    pub(crate) fn sign(&self, octets: &[u8]) -> Result<Vec<u8>, KeyFault> {
        match &self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &self.random, octets, &mut signature).map_err(|_| KeyFault)?;
                Ok(signature)
            }
            Pair::P256(pair) => {
                let signature = pair.sign(&self.random, octets).map_err(|_| KeyFault)?;
                Ok(signature.as_ref().to_vec())
            }
            Pair::National(pair) => pair.sign(octets),
        }
    }

    /// A signature in X.509's form (ECDSA: a SEQUENCE of two INTEGERs).
    pub(crate) fn sign_x509(&self, octets: &[u8]) -> Result<Vec<u8>, KeyFault> {
        let signature = self.sign(octets)?;
        match self.pair {
            Pair::Rsa(_) | Pair::National(_) => Ok(signature),
            Pair::P256(_) => asn1_from_fixed(&signature).ok_or(KeyFault),
        }
    }
}

fn pem(pkcs8: &[u8]) -> Result<Zeroizing<String>, KeyFault> {
    let document = SecretDocument::try_from(pkcs8).map_err(|_| KeyFault)?;
    document.to_pem(Pkcs8::PEM_LABEL, der::pem::LineEnding::LF).map_err(|_| KeyFault)
}

/// PEM with a label, for octets that are no secret.
pub(crate) fn public_pem(label: &'static str, der: &[u8]) -> Result<String, der::Error> {
    Document::try_from(der)?.to_pem(label, der::pem::LineEnding::LF)
}
