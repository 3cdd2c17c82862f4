//! The national suites: how GOST keys and signatures lie in certificates, lists, messages and key files.
//!
//! One [`Scheme`] per suite states everything in which the suites differ: identifiers, parameters, order of
//! octets, digest. The arithmetic is in `gost`; choosing a suite by a certificate's key is in `suite`; tables
//! of keys met again are in `met`; agreement on a key is in `agreement`.
//! Source: the national CA's own objects for the Kazakh identifiers; RFC 4357, RFC 7836 and RFC 9215 for the
//! Russian ones; draft-chudov-cryptopro-cpxmldsig for their names in XML.

use std::fmt;
use std::sync::{LazyLock, OnceLock};

use aws_lc_rs::rand;
use const_oid::ObjectIdentifier;
use der::asn1::{Any, AnyRef, BitStringRef, Null, OctetString, OctetStringRef, SetOfVec, UintRef};
use der::{Decode, Encode, Sequence, Tag, Tagged};
use gost::gost34311::{self, Gost34311};
use gost::parameters::oid as names;
use gost::streebog::{Streebog256, Streebog512};
use gost::{ByteOrder, ParameterSet, Signature, SigningKey, VerifyingKey, VerifyingTable};
use rustls_pki_types::{AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm};
use x509_cert::spki::AlgorithmIdentifierOwned;
use zeroize::Zeroizing;

use crate::key::KeyFault;
use crate::met;
use crate::suite::{BadKey, BadSignature, KeyAlgorithm, KeyInfo, PublicKey, SignatureSuite, SuiteId};

/// Everything in which one national suite differs from another.
pub(crate) struct Scheme {
    id: SuiteId,
    key: ObjectIdentifier,
    signature: ObjectIdentifier,
    /// What a signature's algorithm identifier carries when it is written here. Both forms are read: the
    /// national CA writes NULL, RFC 9215 says absent, and the OpenSSL engine writes NULL all the same.
    writes_null: bool,
    order: ByteOrder,
    digest: Digest,
    /// The parameters that a key may carry; new keys get the first.
    parameters: &'static [Parameters],
    signature_uri: &'static str,
    digest_uri: &'static str,
    /// Whether a key file holds an OCTET STRING within the OCTET STRING, as the national CA writes it, or the
    /// octets alone, as the OpenSSL engine does. Both are read.
    nests_private_key: bool,
}

#[derive(Debug, Clone, Copy)]
enum Digest {
    Streebog512,
    Streebog256,
    Gost34311,
}

/// The parameters of a key: a curve, and the digest that goes with it.
struct Parameters {
    set: ParameterSet,
    curve: ObjectIdentifier,
    digest: Option<ObjectIdentifier>,
}

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

const fn kazakh(set: ParameterSet, curve: &str, digest: &str) -> Parameters {
    Parameters { set, curve: oid(curve), digest: Some(oid(digest)) }
}

/// RFC 9215, 4.2 and 4.3, name the digest beside some sets and leave it out beside others, and peers differ,
/// so both are read. The form that the RFC asks for stands first and is written.
const fn russian(set: ParameterSet, digest: &str, named: bool) -> [Parameters; 2] {
    let with = Parameters { set, curve: oid(set.oid()), digest: Some(oid(digest)) };
    let without = Parameters { set, curve: oid(set.oid()), digest: None };
    if named { [with, without] } else { [without, with] }
}

static KAZAKH_512: [Parameters; 1] =
    [kazakh(ParameterSet::Tc26A512, names::KZ_PARAMETERS_512, names::KZ_STREEBOG_512)];
/// No object of the national CA with these parameters has been seen. The curve is taken to be that of the
/// legacy suite, the one 256-bit curve which the country is known to use.
static KAZAKH_256: [Parameters; 1] =
    [kazakh(ParameterSet::CryptoProA, names::KZ_PARAMETERS_256, names::KZ_STREEBOG_256)];
static KAZAKH_2004: [Parameters; 1] =
    [kazakh(ParameterSet::CryptoProA, names::KZ_PARAMETERS_34310, names::KZ_DIGEST_34311_PARAMETERS)];
static RUSSIAN_512: [[Parameters; 2]; 3] = [
    russian(ParameterSet::Tc26A512, names::RU_STREEBOG_512, false),
    russian(ParameterSet::Tc26B512, names::RU_STREEBOG_512, false),
    russian(ParameterSet::Tc26C512, names::RU_STREEBOG_512, false),
];
static RUSSIAN_256: [[Parameters; 2]; 9] = [
    russian(ParameterSet::Tc26A256, names::RU_STREEBOG_256, false),
    russian(ParameterSet::Tc26B256, names::RU_STREEBOG_256, false),
    russian(ParameterSet::Tc26C256, names::RU_STREEBOG_256, false),
    russian(ParameterSet::Tc26D256, names::RU_STREEBOG_256, false),
    russian(ParameterSet::CryptoProA, names::RU_STREEBOG_256, true),
    russian(ParameterSet::CryptoProB, names::RU_STREEBOG_256, true),
    russian(ParameterSet::CryptoProC, names::RU_STREEBOG_256, true),
    russian(ParameterSet::CryptoProXchA, names::RU_STREEBOG_256, true),
    russian(ParameterSet::CryptoProXchB, names::RU_STREEBOG_256, true),
];

static SCHEMES: [Scheme; 5] = [
    Scheme {
        id: SuiteId::Gost512,
        key: oid(names::KZ_KEY_512),
        signature: oid(names::KZ_SIGNATURE_512),
        writes_null: true,
        order: ByteOrder::Kazakh,
        digest: Digest::Streebog512,
        parameters: &KAZAKH_512,
        signature_uri: "urn:ietf:params:xml:ns:pkigovkz:xmlsec:algorithms:gostr34102015-gostr34112015-512",
        digest_uri: "urn:ietf:params:xml:ns:pkigovkz:xmlsec:algorithms:gostr34112015-512",
        nests_private_key: true,
    },
    Scheme {
        id: SuiteId::Gost256,
        // Like its parameters, by analogy with the key of 512 bits: the node above them.
        key: oid("1.2.398.3.10.1.1.2.1"),
        signature: oid(names::KZ_SIGNATURE_256),
        writes_null: true,
        order: ByteOrder::Kazakh,
        digest: Digest::Streebog256,
        parameters: &KAZAKH_256,
        signature_uri: "urn:ietf:params:xml:ns:pkigovkz:xmlsec:algorithms:gostr34102015-gostr34112015-256",
        digest_uri: "urn:ietf:params:xml:ns:pkigovkz:xmlsec:algorithms:gostr34112015-256",
        nests_private_key: true,
    },
    Scheme {
        id: SuiteId::Gost2004,
        key: oid(names::KZ_KEY_34310),
        signature: oid(names::KZ_SIGNATURE_34310),
        writes_null: true,
        order: ByteOrder::Kazakh,
        digest: Digest::Gost34311,
        parameters: &KAZAKH_2004,
        signature_uri: "http://www.w3.org/2001/04/xmldsig-more#gost34310-gost34311",
        digest_uri: "http://www.w3.org/2001/04/xmldsig-more#gost34311",
        nests_private_key: true,
    },
    Scheme {
        id: SuiteId::RuGost512,
        key: oid(names::RU_KEY_512),
        signature: oid(names::RU_SIGNATURE_512),
        writes_null: false,
        order: ByteOrder::Rfc,
        digest: Digest::Streebog512,
        parameters: RUSSIAN_512.as_flattened(),
        signature_uri: "urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34102012-gostr34112012-512",
        digest_uri: "urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34112012-512",
        nests_private_key: false,
    },
    Scheme {
        id: SuiteId::RuGost256,
        key: oid(names::RU_KEY_256),
        signature: oid(names::RU_SIGNATURE_256),
        writes_null: false,
        order: ByteOrder::Rfc,
        digest: Digest::Streebog256,
        parameters: RUSSIAN_256.as_flattened(),
        signature_uri: "urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34102012-gostr34112012-256",
        digest_uri: "urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34112012-256",
        nests_private_key: false,
    },
];

/// The scheme of a national suite; `None` for the others.
pub(crate) fn scheme(id: SuiteId) -> Option<&'static Scheme> {
    SCHEMES.iter().find(|scheme| scheme.id == id)
}

impl fmt::Debug for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Scheme({})", self.id)
    }
}

impl SignatureSuite for Scheme {
    fn id(&self) -> SuiteId {
        self.id
    }
    fn signature_uri(&self) -> &'static str {
        self.signature_uri
    }
    fn digest_uri(&self) -> &'static str {
        self.digest_uri
    }
    fn digest(&self, octets: &[u8]) -> Vec<u8> {
        match self.digest {
            Digest::Streebog512 => Streebog512::digest(octets).to_vec(),
            Digest::Streebog256 => Streebog256::digest(octets).to_vec(),
            Digest::Gost34311 => Gost34311::digest(gost34311::Profile::Test, octets).to_vec(),
        }
    }
    fn verify(&self, key: &PublicKey, octets: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        key.verify(self.id, octets, signature)
    }
}

#[derive(Sequence)]
struct ParametersDer {
    curve: ObjectIdentifier,
    digest: Option<ObjectIdentifier>,
}

impl Parameters {
    fn algorithm(&self, key: ObjectIdentifier) -> Result<AlgorithmIdentifierOwned, der::Error> {
        let parameters = ParametersDer { curve: self.curve, digest: self.digest };
        Ok(AlgorithmIdentifierOwned { oid: key, parameters: Some(Any::encode_from(&parameters)?) })
    }
}

impl Scheme {
    /// The scheme and the parameters that a key's algorithm identifier names; `None` where the key is not of
    /// a national suite.
    fn of_key(algorithm: &KeyAlgorithm<'_>) -> Result<Option<(&'static Self, &'static Parameters)>, BadKey> {
        let Some(scheme) = SCHEMES.iter().find(|scheme| scheme.key == algorithm.oid) else {
            return Ok(None);
        };
        let found: ParametersDer = algorithm.parameters.ok_or(BadKey)?.decode_as().map_err(|_| BadKey)?;
        let known = scheme
            .parameters
            .iter()
            .find(|known| known.curve == found.curve && known.digest == found.digest)
            .ok_or(BadKey)?;
        Ok(Some((scheme, known)))
    }

    /// The algorithm identifier of this suite's signatures, as it is written here.
    pub(crate) fn signature_algorithm(&self) -> AlgorithmIdentifierOwned {
        let parameters = self.writes_null.then(|| Any::from(Null));
        AlgorithmIdentifierOwned { oid: self.signature, parameters }
    }

    /// Whether an algorithm identifier names this suite's signatures in one of the two forms that are read.
    pub(crate) fn is_signature_algorithm(&self, found: &AlgorithmIdentifierOwned) -> bool {
        found.oid == self.signature
            && found.parameters.as_ref().is_none_or(|parameters| *parameters == Any::from(Null))
    }

    /// The identifier of this suite's keys.
    pub(crate) fn key_identifier(&self) -> ObjectIdentifier {
        self.key
    }

    /// The identifier of this suite's digest, where it stands alone.
    pub(crate) fn digest_identifier(&self) -> ObjectIdentifier {
        let is_russian = matches!(self.id, SuiteId::RuGost512 | SuiteId::RuGost256);
        oid(match (self.digest, is_russian) {
            (Digest::Streebog512, false) => names::KZ_STREEBOG_512,
            (Digest::Streebog512, true) => names::RU_STREEBOG_512,
            (Digest::Streebog256, false) => names::KZ_STREEBOG_256,
            (Digest::Streebog256, true) => names::RU_STREEBOG_256,
            (Digest::Gost34311, _) => names::KZ_DIGEST_34311,
        })
    }

    /// The curves that keys of this suite may lie on; new keys lie on the first.
    pub(crate) fn sets(&self) -> impl Iterator<Item = ParameterSet> + '_ {
        self.parameters.iter().map(|parameters| parameters.set)
    }

    fn spki(&self, key: &VerifyingKey) -> Result<Vec<u8>, der::Error> {
        let octets = OctetString::new(key.to_bytes(self.order))?.to_der()?;
        let algorithm = self.key_algorithm(key.parameter_set())?.to_der()?;
        let info = KeyInfo {
            algorithm: KeyAlgorithm::from_der(&algorithm)?,
            key: BitStringRef::from_bytes(&octets)?,
        };
        info.to_der()
    }

    fn key_algorithm(&self, set: ParameterSet) -> Result<AlgorithmIdentifierOwned, der::Error> {
        self.parameters
            .iter()
            .find(|parameters| parameters.set == set)
            .ok_or_else(|| der::Error::from(der::ErrorKind::Failed))?
            .algorithm(self.key)
    }
}

/// A public key of a national suite: a point known to be on its curve.
pub(crate) struct NationalKey {
    scheme: &'static Scheme,
    key: VerifyingKey,
}

impl NationalKey {
    /// From the parts of a SubjectPublicKeyInfo; `None` where the key is of no national suite.
    pub(crate) fn read(algorithm: &KeyAlgorithm<'_>, bits: &[u8]) -> Result<Option<Self>, BadKey> {
        let Some((scheme, parameters)) = Scheme::of_key(algorithm)? else { return Ok(None) };
        Self::from_bits(scheme, parameters.set, bits).map(Some)
    }

    fn from_bits(scheme: &'static Scheme, set: ParameterSet, bits: &[u8]) -> Result<Self, BadKey> {
        let octets = <&OctetStringRef>::from_der(bits).map_err(|_| BadKey)?;
        let key = VerifyingKey::from_bytes(set, octets.as_bytes(), scheme.order).map_err(|_| BadKey)?;
        Ok(Self { scheme, key })
    }

    pub(crate) fn suite(&self) -> SuiteId {
        self.scheme.id
    }

    pub(crate) fn scheme(&self) -> &'static Scheme {
        self.scheme
    }

    pub(crate) fn key(&self) -> &VerifyingKey {
        &self.key
    }

    pub(crate) fn verify(&self, octets: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        let order = self.scheme.order;
        let signature =
            Signature::from_bytes(self.key.parameter_set(), signature, order).map_err(|_| BadSignature)?;
        met::verify(&self.key, &self.scheme.digest(octets), order, &signature).map_err(|_| BadSignature)
    }
}

/// A private key of a national suite, wiped when dropped.
pub(crate) struct NationalPair {
    scheme: &'static Scheme,
    key: SigningKey,
    /// Checks every signature before it is given away: a fault while signing must not betray the key.
    table: OnceLock<VerifyingTable>,
}

#[derive(Sequence)]
struct PrivateKeyInfo<'a> {
    version: u8,
    algorithm: KeyAlgorithm<'a>,
    key: &'a OctetStringRef,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", constructed = "true", optional = "true")]
    attributes: Option<SetOfVec<Any>>,
}

impl NationalPair {
    fn new(scheme: &'static Scheme, key: SigningKey) -> Self {
        Self { scheme, key, table: OnceLock::new() }
    }

    pub(crate) fn generate(scheme: &'static Scheme, set: ParameterSet) -> Result<Self, KeyFault> {
        let mut failed = false;
        let key = SigningKey::generate(set, |octets| {
            // A constant ends the drawing, and the key made of it is dropped below.
            if rand::fill(octets).is_err() {
                octets.fill(1);
                failed = true;
            }
        });
        if failed { Err(KeyFault) } else { Ok(Self::new(scheme, key)) }
    }

    /// Reads PKCS #8, DER; `None` where the key is of no national suite.
    ///
    /// The private key may be an OCTET STRING or the octets alone, both little-endian, or an INTEGER: the
    /// national CA writes the first, the OpenSSL engine the second, and RFC 9548, 4, knows the third from
    /// older software. A masked key, which is longer, is refused.
    pub(crate) fn from_pkcs8(der: &[u8]) -> Result<Option<Self>, KeyFault> {
        let Ok(info) = PrivateKeyInfo::from_der(der) else { return Ok(None) };
        let Some((scheme, parameters)) = Scheme::of_key(&info.algorithm).map_err(|_| KeyFault)? else {
            return Ok(None);
        };
        if info.version != 0 {
            return Err(KeyFault);
        }
        let set = parameters.set;
        let octets = info.key.as_bytes();
        let key = if octets.len() == set.octets() {
            SigningKey::from_bytes(set, octets, scheme.order)
        } else {
            let inner = AnyRef::from_der(octets).map_err(|_| KeyFault)?;
            match inner.tag() {
                Tag::OctetString => SigningKey::from_bytes(set, inner.value(), scheme.order),
                Tag::Integer => {
                    let number = inner.decode_as::<UintRef<'_>>().map_err(|_| KeyFault)?;
                    let digits = number.as_bytes();
                    let start = set.octets().checked_sub(digits.len()).ok_or(KeyFault)?;
                    let mut padded = Zeroizing::new(vec![0; set.octets()]);
                    padded[start..].copy_from_slice(digits);
                    SigningKey::from_bytes(set, &padded, ByteOrder::Printed)
                }
                _ => return Err(KeyFault),
            }
        };
        Ok(Some(Self::new(scheme, key.map_err(|_| KeyFault)?)))
    }

    /// PKCS #8, DER.
    pub(crate) fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, KeyFault> {
        let octets = self.key.to_bytes(self.scheme.order);
        let mut content = Zeroizing::new(Vec::with_capacity(octets.len() + 2));
        if self.scheme.nests_private_key {
            let octets = OctetStringRef::new(&octets).map_err(|_| KeyFault)?;
            octets.encode_to_vec(&mut content).map_err(|_| KeyFault)?;
        } else {
            content.extend_from_slice(&octets);
        }
        let algorithm = self.scheme.key_algorithm(self.key.parameter_set());
        let algorithm = algorithm.and_then(|algorithm| algorithm.to_der()).map_err(|_| KeyFault)?;
        let info = PrivateKeyInfo {
            version: 0,
            algorithm: KeyAlgorithm::from_der(&algorithm).map_err(|_| KeyFault)?,
            key: OctetStringRef::new(&content).map_err(|_| KeyFault)?,
            attributes: None,
        };
        info.to_der().map(Zeroizing::new).map_err(|_| KeyFault)
    }

    #[cfg(test)]
    pub(crate) fn of_same_key(scheme: &'static Scheme, other: &Self) -> Self {
        Self::new(scheme, other.key.clone())
    }

    pub(crate) fn suite(&self) -> SuiteId {
        self.scheme.id
    }

    pub(crate) fn key(&self) -> &SigningKey {
        &self.key
    }

    pub(crate) fn spki_der(&self) -> Result<Vec<u8>, KeyFault> {
        self.scheme.spki(self.key.verifying_key()).map_err(|_| KeyFault)
    }

    /// Whether the public key is this one's, however its parameters are written.
    pub(crate) fn belongs_to(&self, public: &NationalKey) -> bool {
        self.scheme.id == public.scheme.id && self.key.verifying_key() == &public.key
    }

    pub(crate) fn sign(&self, octets: &[u8]) -> Result<Vec<u8>, KeyFault> {
        let order = self.scheme.order;
        let digest = self.scheme.digest(octets);
        let mut entropy = Zeroizing::new([0; 32]);
        rand::fill(&mut *entropy).map_err(|_| KeyFault)?;
        let signature = self.key.sign_digest(&digest, order, &entropy).map_err(|_| KeyFault)?;
        let table = self.table.get_or_init(|| VerifyingTable::new(self.key.verifying_key()));
        table.verify_digest(&digest, order, &signature).map_err(|_| KeyFault)?;
        Ok(signature.to_bytes(order))
    }
}

/// One combination of a key's and a signature's algorithm identifiers, for the path check.
struct PathAlgorithm {
    scheme: &'static Scheme,
    set: ParameterSet,
    key: AlgorithmIdentifier,
    signature: AlgorithmIdentifier,
}

impl fmt::Debug for PathAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {:?}, pki", self.scheme.id, self.set)
    }
}

impl SignatureVerificationAlgorithm for PathAlgorithm {
    fn verify_signature(&self, key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        NationalKey::from_bits(self.scheme, self.set, key)
            .map_err(|_| InvalidSignature)?
            .verify(message, signature)
            .map_err(|_| InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        self.key
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.signature
    }
}

/// The national suites for the path check: every combination of identifiers that is read.
pub(crate) fn path_algorithms() -> &'static [&'static dyn SignatureVerificationAlgorithm] {
    static ALGORITHMS: LazyLock<Vec<&'static dyn SignatureVerificationAlgorithm>> = LazyLock::new(|| {
        SCHEMES.iter().flat_map(|scheme| scheme.path_algorithms().unwrap_or_default()).collect()
    });
    &ALGORITHMS
}

impl Scheme {
    fn path_algorithms(
        &'static self,
    ) -> Result<Vec<&'static dyn SignatureVerificationAlgorithm>, der::Error> {
        let mut algorithms: Vec<&'static dyn SignatureVerificationAlgorithm> = Vec::new();
        for parameters in self.parameters {
            for null in [None, Some(Any::from(Null))] {
                let signature = AlgorithmIdentifierOwned { oid: self.signature, parameters: null };
                // Made once for the life of the process: the path check wants octets that live as long.
                algorithms.push(Box::leak(Box::new(PathAlgorithm {
                    scheme: self,
                    set: parameters.set,
                    key: content(&parameters.algorithm(self.key)?)?,
                    signature: content(&signature)?,
                })));
            }
        }
        Ok(algorithms)
    }
}

/// The content of an algorithm identifier, without the SEQUENCE around it.
fn content(algorithm: &AlgorithmIdentifierOwned) -> Result<AlgorithmIdentifier, der::Error> {
    let content = AnyRef::from_der(&algorithm.to_der()?)?.value().to_vec();
    Ok(AlgorithmIdentifier::from_slice(content.leak()))
}
