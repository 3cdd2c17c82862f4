//! A certificate: its octets, and what they say after a strict reading.
//!
//! Reading proves nothing about who made it: that is `trust`. Holding a [`Certificate`] means only that it is
//! well formed, has one meaning, and carries no critical extension that is not understood here.
//! Source: RFC 5280, section 4; the certificate profile of the national CA.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use const_oid::ObjectIdentifier;
use der::{Decode, DecodePem, Encode};
use terms::Moment;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, CertificatePolicies, ExtendedKeyUsage, KeyUsage, KeyUsages,
    SubjectKeyIdentifier,
};
use x509_cert::time::Time;

use crate::key::public_pem;
use crate::oid;
use crate::serial::{Serial, SerialError};
use crate::subject::{Subject, SubjectError};
use crate::suite::PublicKey;

/// The longest certificate that is read, in octets.
pub(crate) const MAX_CERTIFICATE_OCTETS: usize = 16 * 1024;
/// The most extensions, and the most extended key usages, that a certificate may have.
const MAX_EXTENSIONS: usize = 32;
/// The most policies a certificate may name; the national CA names one.
const MAX_POLICIES: usize = 8;

/// A well-formed certificate; cheap to clone.
#[derive(Clone)]
pub struct Certificate(Arc<Parsed>);

struct Parsed {
    der: Vec<u8>,
    sha256: [u8; 32],
    serial: Serial,
    subject: Subject,
    subject_name: Vec<u8>,
    issuer_name: Vec<u8>,
    not_before: Moment,
    not_after: Moment,
    public_key: PublicKey,
    key_usage: Option<KeyUsage>,
    extended_key_usages: Vec<ObjectIdentifier>,
    policies: Vec<ObjectIdentifier>,
    is_ca: bool,
    subject_key_identifier: Option<Vec<u8>>,
}

/// Why octets are no certificate that may be looked at.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// Longer than any certificate of the national CA.
    #[error("the certificate is longer than {MAX_CERTIFICATE_OCTETS} octets")]
    TooLong,
    /// Not DER, or not a certificate.
    #[error("the certificate is malformed")]
    Malformed,
    /// Not PEM with a certificate in it.
    #[error("the text holds no certificate in PEM")]
    Pem,
    /// The serial number is not what RFC 5280 allows.
    #[error(transparent)]
    Serial(#[from] SerialError),
    /// The subject is unclear.
    #[error(transparent)]
    Subject(#[from] SubjectError),
    /// The key is of a known kind and yet not usable.
    #[error("the certificate's public key is not usable")]
    Key,
    /// A critical extension that is not understood here.
    #[error("the certificate has an unknown critical extension {0}")]
    UnknownCriticalExtension(String),
    /// One extension stands twice, or there are too many.
    #[error("the certificate's extensions are repeated or too many")]
    Extensions,
    /// One policy stands twice, there is none in their extension, or there are too many.
    #[error("the certificate's policies are none, repeated or too many")]
    Policies,
}

/// One bit of the key usage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyUse {
    /// digitalSignature.
    DigitalSignature,
    /// nonRepudiation, lately called contentCommitment.
    NonRepudiation,
    /// keyEncipherment.
    KeyEncipherment,
    /// keyAgreement.
    KeyAgreement,
    /// keyCertSign.
    CertificateSigning,
    /// cRLSign.
    CrlSigning,
}

/// Whose certificate it is, by the owner identifiers of the national CA.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// A person.
    Person,
    /// An organisation.
    Organisation,
    /// The head of an organisation.
    Head,
    /// One who may sign for an organisation.
    MaySign,
    /// One who may sign an organisation's financial documents.
    MaySignFinancial,
    /// An officer of an organisation's staff office.
    StaffOffice,
    /// An organisation's employee.
    Employee,
}

impl Owner {
    const ALL: [(Self, ObjectIdentifier); 7] = [
        (Self::Person, oid::OWNER_PERSON),
        (Self::Organisation, oid::OWNER_ORGANISATION),
        (Self::Head, oid::OWNER_HEAD),
        (Self::MaySign, oid::OWNER_MAY_SIGN),
        (Self::MaySignFinancial, oid::OWNER_MAY_SIGN_FINANCIAL),
        (Self::StaffOffice, oid::OWNER_STAFF_OFFICE),
        (Self::Employee, oid::OWNER_EMPLOYEE),
    ];
}

impl Certificate {
    /// Reads a certificate in DER.
    ///
    /// # Errors
    /// [`CertificateError`] unless the octets have exactly one strict reading.
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        if der.len() > MAX_CERTIFICATE_OCTETS {
            return Err(CertificateError::TooLong);
        }
        let malformed = |_| CertificateError::Malformed;
        let parsed = x509_cert::Certificate::from_der(der).map_err(malformed)?;
        let body = parsed.tbs_certificate();
        if body.version() != x509_cert::Version::V3 || body.signature() != parsed.signature_algorithm() {
            return Err(CertificateError::Malformed);
        }
        let extensions = body.extensions().map(Vec::as_slice).unwrap_or_default();
        refuse_unclear_extensions(extensions)?;
        let spki = body.subject_public_key_info().to_der().map_err(malformed)?;
        Ok(Self(Arc::new(Parsed {
            sha256: digest(&SHA256, der).as_ref().try_into().expect("SHA-256 has 32 octets"),
            serial: Serial::from_der_integer(body.serial_number().as_bytes())?,
            subject: Subject::from_name(body.subject())?,
            subject_name: body.subject().to_der().map_err(malformed)?,
            issuer_name: body.issuer().to_der().map_err(malformed)?,
            not_before: moment(body.validity().not_before),
            not_after: moment(body.validity().not_after),
            public_key: PublicKey::from_spki(&spki).map_err(|_| CertificateError::Key)?,
            key_usage: read(extensions, oid::KEY_USAGE)?,
            extended_key_usages: read::<ExtendedKeyUsage>(extensions, oid::EXTENDED_KEY_USAGE)?
                .map(|usages| usages.0)
                .unwrap_or_default(),
            policies: policies(extensions)?,
            is_ca: read::<BasicConstraints>(extensions, oid::BASIC_CONSTRAINTS)?
                .is_some_and(|basic| basic.ca),
            subject_key_identifier: read::<SubjectKeyIdentifier>(extensions, oid::SUBJECT_KEY_IDENTIFIER)?
                .map(|identifier| identifier.0.as_bytes().to_vec()),
            der: der.to_vec(),
        })))
    }

    /// Reads the one certificate of a PEM text.
    ///
    /// # Errors
    /// As [`Certificate::from_der`].
    pub fn from_pem(pem: &str) -> Result<Self, CertificateError> {
        let parsed = x509_cert::Certificate::from_pem(pem.trim()).map_err(|_| CertificateError::Pem)?;
        Self::from_der(&parsed.to_der().map_err(|_| CertificateError::Malformed)?)
    }

    /// Reads all certificates of a PEM text, in their order: the national CA has one for each of its hierarchies,
    /// and two while it changes a key.
    ///
    /// # Errors
    /// As [`Certificate::from_der`], and [`CertificateError::Pem`] where there is none.
    pub fn all_from_pem(pem: &str) -> Result<Vec<Self>, CertificateError> {
        const END: &str = "-----END CERTIFICATE-----";
        let sections = pem.split_inclusive(END).filter(|section| section.ends_with(END));
        let certificates = sections.map(Self::from_pem).collect::<Result<Vec<_>, _>>()?;
        if certificates.is_empty() { Err(CertificateError::Pem) } else { Ok(certificates) }
    }

    /// The certificate in PEM.
    pub fn to_pem(&self) -> String {
        public_pem("CERTIFICATE", self.der()).expect("a certificate's length is bounded")
    }

    /// The octets, as they were read.
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// SHA-256 of the octets.
    pub fn sha256(&self) -> [u8; 32] {
        self.0.sha256
    }

    /// The serial number; it writes itself in hexadecimal digits.
    pub fn serial(&self) -> Serial {
        self.0.serial
    }

    /// Whom the certificate names.
    pub fn subject(&self) -> &Subject {
        &self.0.subject
    }

    /// The first moment of validity.
    pub fn not_before(&self) -> Moment {
        self.0.not_before
    }

    /// The last moment of validity.
    pub fn not_after(&self) -> Moment {
        self.0.not_after
    }

    /// The subject's key.
    pub fn public_key(&self) -> &PublicKey {
        &self.0.public_key
    }

    /// Whether the key usage, which must be present, has this bit.
    pub fn allows(&self, key_use: KeyUse) -> bool {
        let bit = match key_use {
            KeyUse::DigitalSignature => KeyUsages::DigitalSignature,
            KeyUse::NonRepudiation => KeyUsages::NonRepudiation,
            KeyUse::KeyEncipherment => KeyUsages::KeyEncipherment,
            KeyUse::KeyAgreement => KeyUsages::KeyAgreement,
            KeyUse::CertificateSigning => KeyUsages::KeyCertSign,
            KeyUse::CrlSigning => KeyUsages::CRLSign,
        };
        self.0.key_usage.is_some_and(|usage| usage.0.contains(bit))
    }

    /// Whether the certificate names this owner.
    pub fn owned_by(&self, owner: Owner) -> bool {
        let (_, identifier) = Owner::ALL[owner as usize];
        self.extended_key_usages().contains(&identifier)
    }

    /// The owners that the certificate names.
    pub fn owners(&self) -> impl Iterator<Item = Owner> + '_ {
        Owner::ALL.into_iter().map(|(owner, _)| owner).filter(|owner| self.owned_by(*owner))
    }

    /// Whether another certificate's key signed this one, and its name is written in it as the issuer's. Says nothing
    /// about dates, usage or revocation.
    pub fn is_issued_by(&self, issuer: &Certificate) -> bool {
        let signed = crate::signed::Signed::from_der(self.der());
        self.issuer_name() == issuer.subject_name()
            && signed.is_ok_and(|signed| crate::signed::signed_by(&signed, issuer.public_key()))
    }

    pub(crate) fn extended_key_usages(&self) -> &[ObjectIdentifier] {
        &self.0.extended_key_usages
    }

    /// The policies it was issued under, each once; none where it has no such extension.
    pub(crate) fn policies(&self) -> &[ObjectIdentifier] {
        &self.0.policies
    }

    pub(crate) fn is_ca(&self) -> bool {
        self.0.is_ca
    }

    /// The subject's name in DER: names are compared octet by octet.
    pub(crate) fn subject_name(&self) -> &[u8] {
        &self.0.subject_name
    }

    pub(crate) fn issuer_name(&self) -> &[u8] {
        &self.0.issuer_name
    }

    pub(crate) fn subject_key_identifier(&self) -> Option<&[u8]> {
        self.0.subject_key_identifier.as_deref()
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.0.der == other.0.der
    }
}

impl Eq for Certificate {}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("serial", &self.0.serial)
            .field("subject", &self.0.subject)
            .finish_non_exhaustive()
    }
}

/// The critical extensions that this code, or the path check, acts upon.
const UNDERSTOOD: [ObjectIdentifier; 4] =
    [oid::KEY_USAGE, oid::EXTENDED_KEY_USAGE, oid::BASIC_CONSTRAINTS, oid::SUBJECT_ALT_NAME];

fn refuse_unclear_extensions(extensions: &[Extension]) -> Result<(), CertificateError> {
    if extensions.len() > MAX_EXTENSIONS {
        return Err(CertificateError::Extensions);
    }
    for (i, extension) in extensions.iter().enumerate() {
        if extensions[..i].iter().any(|earlier| earlier.extn_id == extension.extn_id) {
            return Err(CertificateError::Extensions);
        }
        if extension.critical && !UNDERSTOOD.contains(&extension.extn_id) {
            return Err(CertificateError::UnknownCriticalExtension(extension.extn_id.to_string()));
        }
    }
    Ok(())
}

/// The identifiers of the certificate policies. Their qualifiers are for people and decide nothing.
fn policies(extensions: &[Extension]) -> Result<Vec<ObjectIdentifier>, CertificateError> {
    let Some(policies) = read::<CertificatePolicies>(extensions, oid::CERTIFICATE_POLICIES)? else {
        return Ok(Vec::new());
    };
    let policies: Vec<_> = policies.0.into_iter().map(|policy| policy.policy_identifier).collect();
    let is_repeated = policies.iter().enumerate().any(|(i, policy)| policies[..i].contains(policy));
    if policies.is_empty() || policies.len() > MAX_POLICIES || is_repeated {
        return Err(CertificateError::Policies);
    }
    Ok(policies)
}

fn read<T: for<'a> Decode<'a, Error = der::Error>>(
    extensions: &[Extension],
    identifier: ObjectIdentifier,
) -> Result<Option<T>, CertificateError> {
    extensions
        .iter()
        .find(|extension| extension.extn_id == identifier)
        .map(|extension| T::from_der(extension.extn_value.as_bytes()))
        .transpose()
        .map_err(|_| CertificateError::Malformed)
}

/// The key identifier of an authority key identifier extension, if it is there.
pub(crate) fn authority_key_identifier(
    extensions: &[Extension],
) -> Result<Option<Vec<u8>>, CertificateError> {
    let identifier: Option<AuthorityKeyIdentifier> = read(extensions, oid::AUTHORITY_KEY_IDENTIFIER)?;
    Ok(identifier
        .and_then(|identifier| identifier.key_identifier)
        .map(|identifier| identifier.as_bytes().to_vec()))
}

/// A time of X.509 as a moment.
pub(crate) fn moment(time: Time) -> Moment {
    let seconds = i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX);
    Moment::from_unix_microseconds(seconds.saturating_mul(1_000_000))
}
