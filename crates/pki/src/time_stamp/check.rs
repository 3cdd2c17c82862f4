//! Asking for a stamp, and believing one: over that very digest, of an authority that the national CA named as such.

use aws_lc_rs::digest::digest;
use const_oid::ObjectIdentifier;
use der::asn1::{Any, Int, OctetString, SetOfVec};
use der::{Decode, Encode};
use terms::Moment;
use x509_cert::attr::Attribute;

use super::message::{
    Accuracy, ContentInfo, Imprint, Info, Request, Response, SignedData, SignerInfo, SigningCertificate,
    sha256,
};
use super::{MAX_STAMP_OCTETS, naming_digest};
use crate::certificate::{Certificate, KeyUse};
use crate::oid;
use crate::serial::Serial;
use crate::signed::{Signed, signed_by};
use crate::suite::{cms_digest, is_cms_signature, suite};

/// The most certificates in a stamp that are looked at.
const MAX_CERTIFICATES: usize = 8;
/// How far a stamp's time may lie in the future, in seconds: what two clocks may differ by.
const MAX_CLOCK_DIFFERENCE_SECONDS: i64 = 300;
/// The version of SignedData whose content is not plain data and whose signers are named by their issuers.
const STAMP_VERSION: u8 = 3;

/// What a verified stamp says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// When the authority saw the digest.
    pub at: Moment,
    /// By how much that may be wrong, in microseconds; none where the authority does not say.
    pub accuracy_microseconds: Option<u64>,
    /// The stamp's number with this authority.
    pub serial: Serial,
    /// The authority's policy.
    pub policy: ObjectIdentifier,
    /// The authority's certificate.
    pub authority: Certificate,
}

/// Why a stamp is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StampError {
    /// Longer than the bound.
    #[error("the time stamp is longer than {MAX_STAMP_OCTETS} octets")]
    TooLong,
    /// Not DER, not a time stamp, or with a field that makes no sense.
    #[error("the time stamp is malformed")]
    Malformed,
    /// The authority made none.
    #[error("the time-stamping authority refused with status {status}")]
    Refused {
        /// The status of RFC 3161, 2.4.2.
        status: u8,
    },
    /// Over another digest.
    #[error("the time stamp is over another digest")]
    OtherDigest,
    /// Not the answer to this question: the nonce is missing or another one.
    #[error("the time stamp does not carry the nonce of the question")]
    OtherNonce,
    /// The authority's certificate is not in the stamp, or not from the national CA.
    #[error("the time stamp is not of an authority of the national CA")]
    UnknownAuthority,
    /// The certificate is the national CA's, and yet not for stamps, or was not valid then.
    #[error("the certificate does not allow its owner to make time stamps")]
    NotAnAuthority,
    /// The certificate under the signature is not the one that is named as the signer.
    #[error("the time stamp does not sign its own certificate")]
    OtherCertificate,
    /// The signature does not agree.
    #[error("the time stamp's signature does not agree")]
    BadSignature,
    /// The stamp's time lies in the future.
    #[error("the time stamp is from the future: {at}")]
    FromTheFuture {
        /// When it says it was made.
        at: Moment,
    },
}

/// A question for a stamp over a SHA-256 digest.
#[derive(Debug, Clone)]
pub struct StampQuestion {
    /// The request in DER, to be sent as `application/timestamp-query`.
    pub der: Vec<u8>,
}

impl StampQuestion {
    /// A question with a nonce, which the stamp must repeat.
    ///
    /// # Errors
    /// [`StampError::Malformed`] where the nonce is empty.
    pub fn new(digest: &[u8; 32], nonce: &[u8]) -> Result<Self, StampError> {
        let request = Request {
            version: 1,
            imprint: imprint(digest)?,
            policy: None,
            nonce: Some(number(nonce)?),
            wants_certificate: true,
            extensions: None,
        };
        Ok(Self { der: request.to_der().map_err(|_| StampError::Malformed)? })
    }
}

fn imprint(digest: &[u8; 32]) -> Result<Imprint, StampError> {
    let digest = OctetString::new(digest.as_slice()).map_err(|_| StampError::Malformed)?;
    Ok(Imprint { algorithm: sha256(), digest })
}

/// A nonce's octets as a positive INTEGER.
fn number(nonce: &[u8]) -> Result<Int, StampError> {
    let mut octets = vec![0];
    octets.extend(nonce.iter().skip_while(|octet| **octet == 0));
    if octets.get(1).is_none_or(|first| first & 0x80 == 0) && octets.len() > 1 {
        octets.remove(0);
    }
    Int::new(&octets).map_err(|_| StampError::Malformed)
}

/// The stamp inside an authority's answer.
///
/// # Errors
/// [`StampError::Refused`] where there is none, [`StampError::Malformed`] where the answer is none.
pub fn token_of(answer: &[u8]) -> Result<Vec<u8>, StampError> {
    if answer.len() > MAX_STAMP_OCTETS {
        return Err(StampError::TooLong);
    }
    let answer = Response::from_der(answer).map_err(|_| StampError::Malformed)?;
    // 0 is granted, 1 granted with changes.
    if answer.status.status > 1 {
        return Err(StampError::Refused { status: answer.status.status });
    }
    answer.token.ok_or(StampError::Malformed)?.to_der().map_err(|_| StampError::Malformed)
}

/// Verifies a stamp over a SHA-256 digest by the certificates of the national CA.
///
/// The authority's certificate must have been valid when it made the stamp, and may be over by now: that is what stamps
/// are for. The nonce is that of the question, where the stamp is its answer; a kept stamp is verified without.
///
/// # Errors
/// [`StampError`].
pub fn verify(
    token: &[u8],
    expected: &[u8; 32],
    nonce: Option<&[u8]>,
    roots: &[Certificate],
    now: Moment,
) -> Result<Stamp, StampError> {
    if token.len() > MAX_STAMP_OCTETS {
        return Err(StampError::TooLong);
    }
    let malformed = |_| StampError::Malformed;
    let info = ContentInfo::from_der(token).map_err(malformed)?;
    let signed = info.content;
    if info.kind != oid::SIGNED_DATA || signed.content.kind != oid::TST_INFO {
        return Err(StampError::Malformed);
    }
    let [signer] = signed.signers.as_slice() else { return Err(StampError::Malformed) };
    // No signature covers these: whatever differs from what RFC 3161 and RFC 5652 make of a stamp is none.
    let names_digest = signed.digests.iter().any(|named| named.oid == signer.digest.oid);
    if signed.version != STAMP_VERSION || signer.version != 1 || !names_digest {
        return Err(StampError::Malformed);
    }
    let content = signed.content.octets.as_bytes();
    let authority = certificate_of(signer, &signed)?;
    let root = issued_by(&authority, roots)?;
    verify_signature(signer, content, &authority)?;

    let said = Info::from_der(content).map_err(malformed)?;
    if said.version != 1 || said.extensions.iter().flatten().any(|extension| extension.critical) {
        return Err(StampError::Malformed);
    }
    // The parameters of SHA-256 may be absent or NULL.
    if said.imprint.algorithm.oid != oid::SHA256 || said.imprint.digest.as_bytes() != expected {
        return Err(StampError::OtherDigest);
    }
    if nonce.is_some() && said.nonce != nonce.map(number).transpose()? {
        return Err(StampError::OtherNonce);
    }
    let at = moment(said.made_at)?;
    if at.seconds_since(now) > MAX_CLOCK_DIFFERENCE_SECONDS {
        return Err(StampError::FromTheFuture { at });
    }
    let was_valid =
        |certificate: &Certificate| (certificate.not_before()..=certificate.not_after()).contains(&at);
    let is_authority = authority.extended_key_usages() == [oid::TIME_STAMPING]
        && authority.allows(KeyUse::DigitalSignature)
        && was_valid(&authority)
        && was_valid(root);
    if !is_authority {
        return Err(StampError::NotAnAuthority);
    }
    let serial = Serial::from_der_integer(said.serial.as_bytes()).map_err(|_| StampError::Malformed)?;
    let accuracy_microseconds = said.accuracy.map(microseconds);
    Ok(Stamp { at, accuracy_microseconds, serial, policy: said.policy, authority })
}

fn microseconds(accuracy: Accuracy) -> u64 {
    u64::from(accuracy.seconds.unwrap_or(0)) * 1_000_000
        + u64::from(accuracy.milliseconds.unwrap_or(0)) * 1_000
        + u64::from(accuracy.microseconds.unwrap_or(0))
}

fn certificate_of(signer: &SignerInfo, signed: &SignedData) -> Result<Certificate, StampError> {
    let malformed = |_| StampError::Malformed;
    let name = signer.signer.issuer.to_der().map_err(malformed)?;
    let serial =
        Serial::from_der_integer(signer.signer.serial.as_bytes()).map_err(|_| StampError::Malformed)?;
    let sent = signed.certificates.as_ref().map(SetOfVec::as_slice).unwrap_or_default();
    for der in sent.iter().take(MAX_CERTIFICATES) {
        let Ok(candidate) = Certificate::from_der(&der.to_der().map_err(malformed)?) else { continue };
        if candidate.issuer_name() == name && candidate.serial() == serial {
            return Ok(candidate);
        }
    }
    Err(StampError::UnknownAuthority)
}

fn issued_by<'a>(authority: &Certificate, roots: &'a [Certificate]) -> Result<&'a Certificate, StampError> {
    let signed = Signed::from_der(authority.der()).map_err(|_| StampError::Malformed)?;
    let issued = |root: &&Certificate| {
        root.subject_name() == authority.issuer_name()
            && root.is_ca()
            && root.allows(KeyUse::CertificateSigning)
            && signed_by(&signed, root.public_key())
    };
    roots.iter().find(issued).ok_or(StampError::UnknownAuthority)
}

/// The signature covers attributes; these name the content's digest, its kind, and the certificate itself.
fn verify_signature(signer: &SignerInfo, content: &[u8], authority: &Certificate) -> Result<(), StampError> {
    let malformed = |_| StampError::Malformed;
    let id = authority.public_key().suite().ok_or(StampError::BadSignature)?;
    if signer.digest.oid != cms_digest(id).oid || !is_cms_signature(id, signer.algorithm.oid) {
        return Err(StampError::BadSignature);
    }
    let kind = attribute(&signer.signed, oid::CONTENT_TYPE)?;
    if kind.decode_as::<ObjectIdentifier>().map_err(malformed)? != oid::TST_INFO {
        return Err(StampError::Malformed);
    }
    let named = attribute(&signer.signed, oid::MESSAGE_DIGEST)?;
    if named.decode_as::<OctetString>().map_err(malformed)?.as_bytes() != suite(id).digest(content) {
        return Err(StampError::BadSignature);
    }
    let octets = signer.signed.to_der().map_err(malformed)?;
    let algorithm = crate::suite::x509_algorithm(id);
    let agreed = authority.public_key().verify_x509(&algorithm, &octets, signer.signature.as_bytes());
    agreed.map_err(|_| StampError::BadSignature)?;

    let signing = attribute(&signer.signed, oid::SIGNING_CERTIFICATE_V2)?.to_der().map_err(malformed)?;
    let signing = SigningCertificate::from_der(&signing).map_err(malformed)?;
    let own = signing.certificates.first().ok_or(StampError::Malformed)?;
    let hash = own.hash.as_ref().map_or(oid::SHA256, |hash| hash.oid);
    let algorithm = naming_digest(hash).ok_or(StampError::OtherCertificate)?;
    if digest(algorithm, authority.der()).as_ref() != own.digest.as_bytes() {
        return Err(StampError::OtherCertificate);
    }
    Ok(())
}

/// The one value of an attribute that must be there once.
fn attribute(attributes: &SetOfVec<Attribute>, identifier: ObjectIdentifier) -> Result<&Any, StampError> {
    let mut found = attributes.iter().filter(|attribute| attribute.oid == identifier);
    let (Some(attribute), None) = (found.next(), found.next()) else { return Err(StampError::Malformed) };
    match attribute.values.as_slice() {
        [value] => Ok(value),
        _ => Err(StampError::Malformed),
    }
}

fn moment(time: der::asn1::GeneralizedTime) -> Result<Moment, StampError> {
    let seconds = i64::try_from(time.to_unix_duration().as_secs()).map_err(|_| StampError::Malformed)?;
    Ok(Moment::from_unix_microseconds(seconds.saturating_mul(1_000_000)))
}
