//! Issuing: a root, certificates by the country's profiles, revocation lists.
//!
//! Only the national CA of the sandbox uses this; a participant only checks. What is issued, when and to whom
//! is kept by `national_ca`. A profile is one variant, so that a certificate outside the profiles cannot be
//! asked for. Source: the certificate profile of the national CA; RFC 5280.

use std::fmt;

use aws_lc_rs::rand;
use der::asn1::{Any, BitString, Ia5String, OctetString, PrintableStringRef, SetOfVec, Utf8StringRef};
use der::{DateTime, Decode, Encode, Sequence};
use rustls_pki_types::{IpAddr, ServerName};
use terms::{Bin, Iin, Moment, ShortText};
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::crl::{RevokedCert, TbsCertList};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::certpolicy::PolicyInformation;
use x509_cert::ext::pkix::crl::dp::DistributionPoint;
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, CertificatePolicies, CrlDistributionPoints, CrlNumber,
    ExtendedKeyUsage, KeyUsage, KeyUsages, SubjectAltName, SubjectKeyIdentifier,
};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{AlgorithmIdentifierOwned, ObjectIdentifier};
use x509_cert::time::Time;
use zeroize::Zeroizing;

use crate::certificate::{Certificate, CertificateError};
use crate::crl::RevocationReason;
use crate::key::{KeyFault, PrivateKey};
use crate::oid;
use crate::serial::Serial;
use crate::services::Addresses;
use crate::signed::Signed;
use crate::signer::{FileSigner, LoadError, Signer};
use crate::suite::{PublicKey, SuiteId, x509_algorithm};

/// The octets of chance in a serial number.
const SERIAL_OCTETS: usize = 16;
/// The most additional names a TLS certificate may have.
const MAX_HOST_NAMES: usize = 32;

/// A CA's own certificate and key.
#[derive(Debug)]
pub struct Authority(pub(crate) FileSigner, pub(crate) Addresses);

/// An organisation as its certificates name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organisation {
    /// Its name, in any of the country's languages.
    pub name: ShortText,
    /// Its BIN.
    pub bin: Bin,
}

/// A person as certificates name them.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// Surname.
    pub surname: ShortText,
    /// Given name.
    pub given_name: ShortText,
    /// IIN.
    pub iin: Iin,
}

impl fmt::Debug for Person {
    /// Personal data never reaches a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Person(…)")
    }
}

/// What a certificate is for and whom it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Profile {
    /// A participant's messages.
    ParticipantSigning {
        /// The participant.
        organisation: Organisation,
    },
    /// A participant's TLS connections, both ends.
    ParticipantTls {
        /// The participant.
        organisation: Organisation,
        /// DNS names and addresses beside `localhost`, `127.0.0.1` and `::1`.
        host_names: Vec<String>,
    },
    /// A person's way in.
    PersonAuthentication {
        /// The person.
        person: Person,
    },
    /// A person's signature.
    PersonSigning {
        /// The person.
        person: Person,
    },
    /// An employee's way in.
    EmployeeAuthentication {
        /// The employee.
        person: Person,
        /// The employer.
        organisation: Organisation,
    },
    /// An employee's signature.
    EmployeeSigning {
        /// The employee.
        person: Person,
        /// The employer.
        organisation: Organisation,
    },
}

impl Profile {
    /// The profile's name: `participant-signing`, `participant-tls`, `person-authentication` and so on.
    pub fn name(&self) -> &'static str {
        match self {
            Self::ParticipantSigning { .. } => "participant-signing",
            Self::ParticipantTls { .. } => "participant-tls",
            Self::PersonAuthentication { .. } => "person-authentication",
            Self::PersonSigning { .. } => "person-signing",
            Self::EmployeeAuthentication { .. } => "employee-authentication",
            Self::EmployeeSigning { .. } => "employee-signing",
        }
    }

    fn person(&self) -> Option<&Person> {
        match self {
            Self::ParticipantSigning { .. } | Self::ParticipantTls { .. } => None,
            Self::PersonAuthentication { person }
            | Self::PersonSigning { person }
            | Self::EmployeeAuthentication { person, .. }
            | Self::EmployeeSigning { person, .. } => Some(person),
        }
    }

    fn organisation(&self) -> Option<&Organisation> {
        match self {
            Self::PersonAuthentication { .. } | Self::PersonSigning { .. } => None,
            Self::ParticipantSigning { organisation }
            | Self::ParticipantTls { organisation, .. }
            | Self::EmployeeAuthentication { organisation, .. }
            | Self::EmployeeSigning { organisation, .. } => Some(organisation),
        }
    }

    fn subject(&self) -> Result<Vec<Vec<Attribute>>, IssueError> {
        let mut attributes = Vec::new();
        if let Some(person) = self.person() {
            attributes.push(utf8(oid::COMMON_NAME, &format!("{} {}", person.surname, person.given_name))?);
            attributes.push(utf8(oid::SURNAME, &person.surname.to_string())?);
            attributes.push(utf8(oid::GIVEN_NAME, &person.given_name.to_string())?);
            attributes.push(printable(oid::SERIAL_NUMBER, &format!("IIN{}", person.iin))?);
        }
        if let Some(organisation) = self.organisation() {
            let name = organisation.name.to_string();
            if attributes.is_empty() {
                attributes.push(utf8(oid::COMMON_NAME, &name)?);
            }
            attributes.push(utf8(oid::ORGANISATION, &name)?);
            attributes.push(printable(oid::ORGANISATIONAL_UNIT, &format!("BIN{}", organisation.bin))?);
        }
        attributes.push(printable(oid::COUNTRY, "KZ")?);
        Ok(attributes.into_iter().map(|attribute| vec![attribute]).collect())
    }

    fn key_usages(&self, suite: SuiteId) -> der::flagset::FlagSet<KeyUsages> {
        match self {
            Self::ParticipantSigning { .. } | Self::PersonSigning { .. } | Self::EmployeeSigning { .. } => {
                let signing = KeyUsages::DigitalSignature | KeyUsages::NonRepudiation;
                // As the national CA has it since 2022: data can be encrypted to whoever signs by GOST.
                if suite.is_national() { signing | KeyUsages::KeyAgreement } else { signing }
            }
            Self::ParticipantTls { .. }
            | Self::PersonAuthentication { .. }
            | Self::EmployeeAuthentication { .. } => KeyUsages::DigitalSignature | KeyUsages::KeyEncipherment,
        }
    }

    fn extended_key_usages(&self) -> Vec<ObjectIdentifier> {
        match self {
            Self::ParticipantSigning { .. } => vec![oid::EMAIL_PROTECTION, oid::OWNER_ORGANISATION],
            Self::ParticipantTls { .. } => vec![oid::SERVER_AUTH, oid::CLIENT_AUTH],
            Self::PersonAuthentication { .. } => vec![oid::CLIENT_AUTH, oid::OWNER_PERSON],
            Self::PersonSigning { .. } => vec![oid::EMAIL_PROTECTION, oid::OWNER_PERSON],
            Self::EmployeeAuthentication { .. } => vec![oid::CLIENT_AUTH, oid::OWNER_EMPLOYEE],
            Self::EmployeeSigning { .. } => vec![oid::EMAIL_PROTECTION, oid::OWNER_EMPLOYEE],
        }
    }

    /// An employee is certified under the policies of organisations, as the country's CA does it.
    fn policy(&self) -> ObjectIdentifier {
        match self {
            Self::ParticipantSigning { .. } | Self::EmployeeSigning { .. } => {
                oid::POLICY_ORGANISATION_SIGNING
            }
            Self::ParticipantTls { .. } | Self::EmployeeAuthentication { .. } => {
                oid::POLICY_ORGANISATION_AUTHENTICATION
            }
            Self::PersonSigning { .. } => oid::POLICY_PERSON_SIGNING,
            Self::PersonAuthentication { .. } => oid::POLICY_PERSON_AUTHENTICATION,
        }
    }

    fn alternative_names(&self) -> Result<Vec<GeneralName>, IssueError> {
        let Self::ParticipantTls { host_names, .. } = self else { return Ok(Vec::new()) };
        if host_names.len() > MAX_HOST_NAMES {
            return Err(IssueError::HostName);
        }
        let mut names = Vec::new();
        for host in ["localhost", "127.0.0.1", "::1"].into_iter().chain(host_names.iter().map(String::as_str))
        {
            let name = match ServerName::try_from(host).map_err(|_| IssueError::HostName)? {
                ServerName::DnsName(name) => GeneralName::DnsName(Ia5String::new(name.as_ref())?),
                ServerName::IpAddress(IpAddr::V4(address)) => {
                    GeneralName::IpAddress(OctetString::new(address.as_ref().as_slice())?)
                }
                ServerName::IpAddress(IpAddr::V6(address)) => {
                    GeneralName::IpAddress(OctetString::new(address.as_ref().as_slice())?)
                }
                _ => return Err(IssueError::HostName),
            };
            if !names.contains(&name) {
                names.push(name);
            }
        }
        Ok(names)
    }
}

/// What is asked of the CA.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// What for and to whom.
    pub profile: Profile,
    /// The kind of key.
    pub suite: SuiteId,
    /// The first moment of validity.
    pub not_before: Moment,
    /// The last moment of validity.
    pub not_after: Moment,
    /// Where the revocation list is published.
    pub crl_url: String,
}

/// A private key in PKCS #8 PEM, wiped when dropped and never shown by accident.
pub struct KeyPem(pub(crate) Zeroizing<String>);

impl KeyPem {
    /// The secret text, for writing into its owner's file.
    pub fn expose_secret(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for KeyPem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyPem(…)")
    }
}

/// A new certificate and its new private key.
#[derive(Debug)]
pub struct Issued {
    /// The certificate.
    pub certificate: Certificate,
    /// Its key, which nobody else has.
    pub key_pem: KeyPem,
}

/// One line of a revocation list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RevokedEntry {
    /// Which certificate.
    pub serial: Serial,
    /// Since when.
    pub since: Moment,
    /// Why.
    pub reason: RevocationReason,
}

/// What a revocation list says.
#[derive(Debug, Clone, Copy)]
pub struct CrlContents<'a> {
    /// Its number; the caller sees to it that numbers only grow.
    pub number: u64,
    /// When it is made.
    pub this_update: Moment,
    /// When its successor is due at the latest.
    pub next_update: Moment,
    /// All revoked certificates.
    pub revoked: &'a [RevokedEntry],
}

/// Why something was not issued.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// A value cannot be written in DER.
    #[error("a value cannot be written into a certificate")]
    Value(#[from] der::Error),
    /// A host name is neither a DNS name nor an address, or there are too many.
    #[error("a host name is neither a DNS name nor an address, or there are too many")]
    HostName,
    /// A GOST key was asked for TLS, whose keys are RSA or ECDSA.
    #[error("a key for TLS is RSA or ECDSA, not GOST")]
    TlsSuite,
    /// The last moment of validity is not after the first.
    #[error("the validity ends before it begins")]
    Validity,
    /// The cryptographic library failed.
    #[error("making a key, a number or a signature failed")]
    Cryptography,
    /// What was made does not pass the strict reading.
    #[error("the certificate made would be refused")]
    Refused(#[from] CertificateError),
    /// The CA's own key and certificate do not load.
    #[error("loading the CA's key")]
    Load(#[from] LoadError),
}

impl From<KeyFault> for IssueError {
    fn from(_: KeyFault) -> Self {
        Self::Cryptography
    }
}

pub(crate) type Attribute = (ObjectIdentifier, Any);

impl Authority {
    /// Makes a new root: a key and its self-signed certificate.
    ///
    /// # Errors
    /// [`IssueError`] where a value cannot be written or the library fails.
    pub fn create_root(
        common_name: &ShortText,
        suite: SuiteId,
        not_before: Moment,
        not_after: Moment,
    ) -> Result<Issued, IssueError> {
        let (key, pem) = PrivateKey::generate(suite)?;
        let public_key = public_key(&key)?;
        let subject = name(&[
            vec![utf8(oid::COMMON_NAME, &common_name.to_string())?],
            vec![printable(oid::COUNTRY, "KZ")?],
        ])?;
        let usages = KeyUsages::KeyCertSign | KeyUsages::CRLSign;
        let extensions = vec![
            extension(
                oid::BASIC_CONSTRAINTS,
                true,
                &BasicConstraints { ca: true, path_len_constraint: Some(0) },
            )?,
            extension(oid::KEY_USAGE, true, &KeyUsage(usages))?,
            subject_key_identifier(public_key.key_identifier())?,
        ];
        let body = Body { issuer: subject.clone(), subject, public_key, not_before, not_after, extensions };
        let certificate = body.signed_by(&key)?;
        Ok(Issued { certificate, key_pem: KeyPem(pem) })
    }

    /// Loads a CA from its key and certificate.
    ///
    /// # Errors
    /// [`LoadError`] where they do not load or do not belong together.
    pub fn load(key_pem: &str, certificate_pem: &str) -> Result<Self, LoadError> {
        Ok(Self(FileSigner::from_pem(key_pem, certificate_pem)?, Addresses::default()))
    }

    /// The CA's own certificate.
    pub fn certificate(&self) -> &Certificate {
        self.0.certificate()
    }

    /// Makes a key and issues its certificate.
    ///
    /// # Errors
    /// [`IssueError`] where the request cannot be met.
    pub fn issue(&self, request: &Request) -> Result<Issued, IssueError> {
        let profile = &request.profile;
        if request.suite.is_national() && matches!(profile, Profile::ParticipantTls { .. }) {
            return Err(IssueError::TlsSuite);
        }
        let (key, pem) = PrivateKey::generate(request.suite)?;
        let public_key = public_key(&key)?;
        let mut extensions = vec![
            extension(
                oid::BASIC_CONSTRAINTS,
                true,
                &BasicConstraints { ca: false, path_len_constraint: None },
            )?,
            extension(oid::KEY_USAGE, true, &KeyUsage(profile.key_usages(request.suite)))?,
            extension(oid::EXTENDED_KEY_USAGE, false, &ExtendedKeyUsage(profile.extended_key_usages()))?,
            extension(oid::CERTIFICATE_POLICIES, false, &under(profile.policy()))?,
            extension(oid::CRL_DISTRIBUTION_POINTS, false, &distribution_point(&request.crl_url)?)?,
        ];
        extensions.extend(self.leads()?);
        let alternative_names = profile.alternative_names()?;
        if !alternative_names.is_empty() {
            extensions.push(extension(oid::SUBJECT_ALT_NAME, false, &SubjectAltName(alternative_names))?);
        }
        let validity = (request.not_before, request.not_after);
        self.certify_new(&profile.subject()?, (public_key, pem), validity, extensions)
    }

    /// Makes a full revocation list, in DER.
    ///
    /// # Errors
    /// [`IssueError`] where a value cannot be written or the library fails.
    pub fn issue_crl(&self, contents: &CrlContents<'_>) -> Result<Vec<u8>, IssueError> {
        if contents.next_update <= contents.this_update {
            return Err(IssueError::Validity);
        }
        let revoked = contents.revoked.iter().map(crl_entry).collect::<Result<Vec<_>, _>>()?;
        let mut extensions = vec![
            self.authority_key_identifier()?,
            extension(oid::CRL_NUMBER, false, &CrlNumber::try_from(contents.number)?)?,
        ];
        extensions.extend(self.lead_to_delta()?);
        let list = TbsCertList {
            version: x509_cert::Version::V2,
            signature: x509_algorithm(self.0.key().suite()),
            issuer: Name::from_der(self.certificate().subject_name())?,
            this_update: time(contents.this_update)?,
            next_update: Some(time(contents.next_update)?),
            // An empty list of entries is forbidden; no list is how nothing is said.
            revoked_certificates: (!revoked.is_empty()).then_some(revoked),
            crl_extensions: Some(extensions),
        };
        sign(self.0.key(), Any::encode_from(&list)?)
    }

    pub(crate) fn certify(&self, body: Body) -> Result<Certificate, IssueError> {
        body.signed_by(self.0.key())
    }

    /// Certifies a key that was made for this; which keys are whose is written here for everything issued.
    pub(crate) fn certify_new(
        &self,
        subject: &[Vec<Attribute>],
        (public_key, pem): (PublicKey, Zeroizing<String>),
        (not_before, not_after): (Moment, Moment),
        mut extensions: Vec<Extension>,
    ) -> Result<Issued, IssueError> {
        extensions.push(subject_key_identifier(public_key.key_identifier())?);
        extensions.push(self.authority_key_identifier()?);
        let certificate = self.certify(Body {
            issuer: Any::from_der(self.certificate().subject_name())?,
            subject: name(subject)?,
            public_key,
            not_before,
            not_after,
            extensions,
        })?;
        Ok(Issued { certificate, key_pem: KeyPem(pem) })
    }

    pub(crate) fn authority_key_identifier(&self) -> Result<Extension, IssueError> {
        let identifier = self.certificate().subject_key_identifier().map(OctetString::new).transpose()?;
        let identifier = AuthorityKeyIdentifier { key_identifier: identifier, ..Default::default() };
        extension(oid::AUTHORITY_KEY_IDENTIFIER, false, &identifier)
    }
}

pub(crate) fn subject_key_identifier(identifier: &[u8]) -> Result<Extension, IssueError> {
    extension(oid::SUBJECT_KEY_IDENTIFIER, false, &SubjectKeyIdentifier(OctetString::new(identifier)?))
}

/// The values of a certificate before it is signed.
pub(crate) struct Body {
    pub(crate) issuer: Any,
    pub(crate) subject: Any,
    pub(crate) public_key: PublicKey,
    pub(crate) not_before: Moment,
    pub(crate) not_after: Moment,
    pub(crate) extensions: Vec<Extension>,
}

#[derive(Sequence)]
struct Validity {
    not_before: Time,
    not_after: Time,
}

#[derive(Sequence)]
struct TbsCertificate {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    version: x509_cert::Version,
    serial_number: SerialNumber,
    signature: AlgorithmIdentifierOwned,
    issuer: Any,
    validity: Validity,
    subject: Any,
    subject_public_key_info: Any,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT")]
    extensions: Vec<Extension>,
}

impl Body {
    pub(crate) fn signed_by(self, key: &PrivateKey) -> Result<Certificate, IssueError> {
        if self.not_after <= self.not_before {
            return Err(IssueError::Validity);
        }
        let body = TbsCertificate {
            version: x509_cert::Version::V3,
            serial_number: random_serial()?,
            signature: x509_algorithm(key.suite()),
            issuer: self.issuer,
            validity: Validity { not_before: time(self.not_before)?, not_after: time(self.not_after)? },
            subject: self.subject,
            subject_public_key_info: Any::from_der(self.public_key.spki_der())?,
            extensions: self.extensions,
        };
        let der = sign(key, Any::encode_from(&body)?)?;
        // What we issue must pass our own strict reading, or nobody could use it.
        Ok(Certificate::from_der(&der)?)
    }
}

pub(crate) fn sign(key: &PrivateKey, body: Any) -> Result<Vec<u8>, IssueError> {
    let signature = key.sign_x509(&body.to_der()?)?;
    let signed = Signed {
        body,
        algorithm: x509_algorithm(key.suite()),
        signature: BitString::from_bytes(&signature)?,
    };
    Ok(signed.to_der()?)
}

pub(crate) fn public_key(key: &PrivateKey) -> Result<PublicKey, IssueError> {
    PublicKey::from_spki(&key.spki_der()?).map_err(|_| IssueError::Cryptography)
}

fn random_serial() -> Result<SerialNumber, IssueError> {
    let mut octets = [0; SERIAL_OCTETS];
    rand::fill(&mut octets).map_err(|_| IssueError::Cryptography)?;
    // The highest bit stays clear and the next one set: positive, and always of the same length.
    octets[0] = octets[0] & 0x7f | 0x40;
    Ok(SerialNumber::new(&octets)?)
}

pub(crate) fn extension(
    identifier: ObjectIdentifier,
    critical: bool,
    value: &impl Encode,
) -> Result<Extension, IssueError> {
    let extn_value = OctetString::new(value.to_der()?)?;
    Ok(Extension { extn_id: identifier, critical, extn_value })
}

pub(crate) fn utf8(identifier: ObjectIdentifier, text: &str) -> Result<Attribute, IssueError> {
    Ok((identifier, Any::encode_from(&Utf8StringRef::new(text)?)?))
}

pub(crate) fn printable(identifier: ObjectIdentifier, text: &str) -> Result<Attribute, IssueError> {
    Ok((identifier, Any::encode_from(&PrintableStringRef::new(text)?)?))
}

/// A name of relative names, each of which here has one attribute; tests make others.
pub(crate) fn name(relative_names: &[Vec<Attribute>]) -> Result<Any, IssueError> {
    let mut sequence = Vec::new();
    for attributes in relative_names {
        let mut relative_name = SetOfVec::new();
        for (oid, value) in attributes {
            relative_name.insert(AttributeTypeAndValue { oid: *oid, value: value.clone() })?;
        }
        sequence.push(relative_name);
    }
    Ok(Any::encode_from(&sequence)?)
}

pub(crate) fn under(policy: ObjectIdentifier) -> CertificatePolicies {
    CertificatePolicies(vec![PolicyInformation { policy_identifier: policy, policy_qualifiers: None }])
}

pub(crate) fn distribution_point(url: &str) -> Result<CrlDistributionPoints, IssueError> {
    let url = GeneralName::UniformResourceIdentifier(Ia5String::new(url)?);
    Ok(CrlDistributionPoints(vec![DistributionPoint {
        distribution_point: Some(DistributionPointName::FullName(vec![url])),
        reasons: None,
        crl_issuer: None,
    }]))
}

pub(crate) fn crl_entry(entry: &RevokedEntry) -> Result<RevokedCert, IssueError> {
    let reason = match entry.reason {
        // RFC 5280, 5.3.1: instead of "unspecified" the extension should be absent.
        RevocationReason::Unspecified => None,
        reason => Some(vec![extension(oid::CRL_REASON, false, &reason.code())?]),
    };
    Ok(RevokedCert {
        serial_number: SerialNumber::new(entry.serial.octets())?,
        revocation_date: time(entry.since)?,
        crl_entry_extensions: reason,
    })
}

/// A moment as a time of X.509, in whole seconds: UTCTime until 2049 and GeneralizedTime after it.
pub(crate) fn time(moment: Moment) -> Result<Time, IssueError> {
    let seconds = u64::try_from(moment.unix_seconds()).map_err(|_| IssueError::Validity)?;
    Ok(Time::from(DateTime::from_unix_duration(std::time::Duration::from_secs(seconds))?))
}
