//! The messages of OCSP in DER, and how a certificate is named in them.

use aws_lc_rs::digest::{Algorithm, SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA384, SHA512, digest};
use der::asn1::{Any, BitString, GeneralizedTime, Null, ObjectIdentifier, OctetString};
use der::{Choice, Decode, Encode, Enumerated, Sequence, ValueOrd};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::CrlReason;
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoRef};

use crate::certificate::Certificate;
use crate::oid;
use crate::serial::Serial;

#[derive(Sequence)]
pub(super) struct Request {
    pub(super) body: RequestBody,
    /// A signed request is answered like an unsigned one: the answer is no secret.
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) signature: Option<Any>,
}

#[derive(Sequence)]
pub(super) struct RequestBody {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", default = "first_version")]
    pub(super) version: u8,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) requestor: Option<Any>,
    pub(super) list: Vec<OneRequest>,
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) extensions: Option<Vec<Extension>>,
}

#[derive(Sequence)]
pub(super) struct OneRequest {
    pub(super) certificate: CertificateId,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) extensions: Option<Vec<Extension>>,
}

/// A certificate by its issuer's name and key and its serial number.
#[derive(Debug, Clone, PartialEq, Eq, Sequence, ValueOrd)]
pub(super) struct CertificateId {
    pub(super) hash: AlgorithmIdentifierOwned,
    pub(super) issuer_name: OctetString,
    pub(super) issuer_key: OctetString,
    pub(super) serial: SerialNumber,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enumerated)]
#[repr(u32)]
pub(super) enum Outcome {
    Successful = 0,
    MalformedRequest = 1,
    InternalError = 2,
    TryLater = 3,
    SignatureRequired = 5,
    Unauthorized = 6,
}

#[derive(Sequence)]
pub(super) struct Response {
    pub(super) outcome: Outcome,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) octets: Option<ResponseOctets>,
}

#[derive(Sequence)]
pub(super) struct ResponseOctets {
    pub(super) kind: ObjectIdentifier,
    pub(super) octets: OctetString,
}

/// The body is left undivided, so that its very octets are signed and verified.
#[derive(Sequence)]
pub(super) struct BasicResponse {
    pub(super) body: Any,
    pub(super) algorithm: AlgorithmIdentifierOwned,
    pub(super) signature: BitString,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) certificates: Option<Vec<Any>>,
}

#[derive(Sequence)]
pub(super) struct ResponseBody {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", default = "first_version")]
    pub(super) version: u8,
    pub(super) responder: ResponderId,
    pub(super) produced_at: GeneralizedTime,
    pub(super) replies: Vec<OneReply>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) extensions: Option<Vec<Extension>>,
}

#[derive(Choice)]
pub(super) enum ResponderId {
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", constructed = "true")]
    ByName(Name),
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT", constructed = "true")]
    ByKey(OctetString),
}

#[derive(Sequence)]
pub(super) struct OneReply {
    pub(super) certificate: CertificateId,
    pub(super) status: Status,
    pub(super) this_update: GeneralizedTime,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) next_update: Option<GeneralizedTime>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) extensions: Option<Vec<Extension>>,
}

#[derive(Choice)]
pub(super) enum Status {
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT")]
    Good(Null),
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", constructed = "true")]
    Revoked(RevokedInfo),
    #[asn1(context_specific = "2", tag_mode = "IMPLICIT")]
    Unknown(Null),
}

#[derive(Sequence)]
pub(super) struct RevokedInfo {
    pub(super) since: GeneralizedTime,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) reason: Option<CrlReason>,
}

fn first_version() -> u8 {
    0
}

/// The digests by which an issuer may be named. SHA-1 is what most clients use; here it only names, and proves nothing.
fn naming_digest(identifier: ObjectIdentifier) -> Option<&'static Algorithm> {
    match identifier {
        oid::SHA1 => Some(&SHA1_FOR_LEGACY_USE_ONLY),
        oid::SHA256 => Some(&SHA256),
        oid::SHA384 => Some(&SHA384),
        oid::SHA512 => Some(&SHA512),
        _ => None,
    }
}

impl CertificateId {
    /// The name of a certificate of an issuer, by SHA-256.
    pub(super) fn new(issuer: &Certificate, serial: Serial) -> Result<Self, der::Error> {
        Ok(Self {
            hash: AlgorithmIdentifierOwned { oid: oid::SHA256, parameters: Some(Any::from(Null)) },
            issuer_name: OctetString::new(digest(&SHA256, issuer.subject_name()).as_ref())?,
            issuer_key: OctetString::new(digest(&SHA256, &key_bits(issuer)?).as_ref())?,
            serial: SerialNumber::new(serial.octets())?,
        })
    }

    /// Whether a certificate of this issuer is named.
    pub(super) fn is_of(&self, issuer: &Certificate) -> bool {
        let (Some(algorithm), Ok(key)) = (naming_digest(self.hash.oid), key_bits(issuer)) else {
            return false;
        };
        digest(algorithm, issuer.subject_name()).as_ref() == self.issuer_name.as_bytes()
            && digest(algorithm, &key).as_ref() == self.issuer_key.as_bytes()
    }

    pub(super) fn serial(&self) -> Option<Serial> {
        Serial::from_der_integer(self.serial.as_bytes()).ok()
    }
}

/// The octets of a certificate's public key, without its algorithm.
pub(super) fn key_bits(certificate: &Certificate) -> Result<Vec<u8>, der::Error> {
    let info = SubjectPublicKeyInfoRef::from_der(certificate.public_key().spki_der())?;
    Ok(info.subject_public_key.raw_bytes().to_vec())
}

/// The nonce among extensions: the content of an OCTET STRING inside the extension's own.
pub(super) fn nonce(extensions: &[Extension]) -> Result<Option<Vec<u8>>, der::Error> {
    let found = extensions.iter().find(|extension| extension.extn_id == oid::OCSP_NONCE);
    let read = |extension: &Extension| OctetString::from_der(extension.extn_value.as_bytes());
    Ok(found.map(read).transpose()?.map(|nonce| nonce.as_bytes().to_vec()))
}

/// The extension that carries a nonce.
pub(super) fn nonce_extension(nonce: &[u8]) -> Result<Extension, der::Error> {
    let inner = OctetString::new(nonce)?.to_der()?;
    Ok(Extension { extn_id: oid::OCSP_NONCE, critical: false, extn_value: OctetString::new(inner)? })
}
