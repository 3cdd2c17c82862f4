//! Asking about a certificate, and believing a reply: of the right responder, about that very certificate, fresh.

use der::asn1::GeneralizedTime;
use der::{Decode, Encode};
use terms::Moment;

use super::message::{
    BasicResponse, CertificateId, OneReply, OneRequest, Outcome, Request, RequestBody, ResponderId, Response,
    ResponseBody, Status, key_bits, nonce, nonce_extension,
};
use super::{MAX_ASKED, MAX_REPLY_OCTETS};
use crate::certificate::{Certificate, KeyUse};
use crate::crl::RevocationReason;
use crate::oid;
use crate::replies::Wanted;
use crate::signed::{Signed, signed_by};
use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

/// How far a reply's times may lie in the future, in seconds: what two clocks may differ by.
const MAX_CLOCK_DIFFERENCE_SECONDS: i64 = 300;

/// What a responder says of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertificateStatus {
    /// Issued and not revoked.
    Good,
    /// Revoked or suspended.
    Revoked {
        /// Since when.
        since: Moment,
        /// Why.
        reason: RevocationReason,
    },
    /// The responder does not know it.
    Unknown,
}

/// A verified reply about one certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OcspReply {
    /// What it says.
    pub status: CertificateStatus,
    /// When that was known to be so.
    pub this_update: Moment,
    /// When more will be known; the national CA's replies may lack it.
    pub next_update: Option<Moment>,
}

/// Why a reply is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OcspError {
    /// Longer than the bound.
    #[error("the OCSP reply is longer than {MAX_REPLY_OCTETS} octets")]
    TooLong,
    /// Not DER, not a basic reply, or with a field that makes no sense.
    #[error("the OCSP reply is malformed")]
    Malformed,
    /// The responder did not answer the question.
    #[error("the OCSP responder refused: {0}")]
    NotSuccessful(String),
    /// The reply is signed by nobody who may speak for the certificate's issuer.
    #[error("the OCSP reply is of another responder")]
    UnknownResponder,
    /// The responder's certificate is of the issuer, and yet it may not answer: for another use, over, or revoked.
    #[error("the OCSP responder's certificate does not allow it to answer")]
    ResponderNotAllowed,
    /// The signature does not agree.
    #[error("the OCSP reply's signature does not agree")]
    BadSignature,
    /// The reply is about other certificates only.
    #[error("the OCSP reply is about another certificate")]
    OtherCertificate,
    /// The reply does not carry the nonce of the question: it may be an old one.
    #[error("the OCSP reply does not carry the nonce of the question")]
    OtherNonce,
    /// A critical extension that is not understood here.
    #[error("the OCSP reply has an unknown critical extension {0}")]
    UnknownCriticalExtension(String),
    /// The reply's time lies in the future.
    #[error("the OCSP reply is from the future: {this_update}")]
    FromTheFuture {
        /// When the reply says it was known.
        this_update: Moment,
    },
    /// The reply is past its time.
    #[error("the OCSP reply counted until {until}")]
    Stale {
        /// Until when it counted.
        until: Moment,
    },
}

/// A question about one certificate.
#[derive(Debug, Clone)]
pub struct Question {
    /// The request in DER, to be sent as `application/ocsp-request`.
    pub der: Vec<u8>,
}

impl Question {
    /// A question with a nonce, which the reply must repeat.
    ///
    /// # Errors
    /// Where the certificate's names cannot be written, which those of a read certificate can.
    pub fn new(wanted: &Wanted, nonce: &[u8]) -> Result<Self, OcspError> {
        let malformed = |_| OcspError::Malformed;
        let certificate =
            CertificateId::new(&wanted.issuer, wanted.certificate.serial()).map_err(malformed)?;
        let body = RequestBody {
            version: 0,
            requestor: None,
            list: vec![OneRequest { certificate, extensions: None }],
            extensions: Some(vec![nonce_extension(nonce).map_err(malformed)?]),
        };
        let der = Request { body, signature: None }.to_der().map_err(malformed)?;
        Ok(Self { der })
    }
}

/// What came back, and by what it is judged.
pub(crate) struct Answer<'a> {
    pub(crate) der: &'a [u8],
    /// The nonce of the question; none where none was sent.
    pub(crate) nonce: Option<&'a [u8]>,
    pub(crate) now: Moment,
    pub(crate) max_age_seconds: u32,
}

impl OcspReply {
    /// Until when the reply counts: its nextUpdate, or its named age.
    pub fn counts_until(&self, max_age_seconds: u32) -> Moment {
        self.next_update.unwrap_or_else(|| self.this_update.plus_seconds(i64::from(max_age_seconds)))
    }

    /// Whether the reply counts at a moment.
    pub fn counts(&self, at: Moment, max_age_seconds: u32) -> bool {
        at <= self.counts_until(max_age_seconds)
            && self.this_update.seconds_since(at) <= MAX_CLOCK_DIFFERENCE_SECONDS
    }

    /// Verifies a reply; returns also the certificate of whoever signed it. Whether that one is in a revocation list is
    /// the caller's to ask.
    pub(crate) fn verify(
        certificate: &Certificate,
        issuer: &Certificate,
        answer: &Answer<'_>,
    ) -> Result<(Self, Certificate), OcspError> {
        if answer.der.len() > MAX_REPLY_OCTETS {
            return Err(OcspError::TooLong);
        }
        let malformed = |_| OcspError::Malformed;
        let response = Response::from_der(answer.der).map_err(malformed)?;
        if response.outcome != Outcome::Successful {
            return Err(OcspError::NotSuccessful(format!("{:?}", response.outcome)));
        }
        let octets = response.octets.ok_or(OcspError::Malformed)?;
        if octets.kind != oid::OCSP_BASIC {
            return Err(OcspError::Malformed);
        }
        let basic = BasicResponse::from_der(octets.octets.as_bytes()).map_err(malformed)?;
        let signed = basic.body.to_der().map_err(malformed)?;
        let body = ResponseBody::from_der(&signed).map_err(malformed)?;
        // Nothing of the body is acted upon but the responder's name, before its signature has agreed.
        let responder = responder(&body.responder, &basic, issuer, answer.now)?;
        let signature = basic.signature.as_bytes().ok_or(OcspError::Malformed)?;
        let agreed = responder.public_key().verify_x509(&basic.algorithm, &signed, signature);
        agreed.map_err(|_| OcspError::BadSignature)?;
        if body.version != 0 {
            return Err(OcspError::Malformed);
        }
        let extensions = body.extensions.as_deref().unwrap_or_default();
        refuse_unknown(extensions)?;
        let said = nonce(extensions).map_err(malformed)?;
        if answer.nonce.is_some() && said.as_deref() != answer.nonce {
            return Err(OcspError::OtherNonce);
        }
        let about = body.replies.iter().find(|reply| {
            reply.certificate.serial() == Some(certificate.serial()) && reply.certificate.is_of(issuer)
        });
        let reply = Self::read(about.ok_or(OcspError::OtherCertificate)?)?;
        if reply.this_update.seconds_since(answer.now) > MAX_CLOCK_DIFFERENCE_SECONDS {
            return Err(OcspError::FromTheFuture { this_update: reply.this_update });
        }
        if !reply.counts(answer.now, answer.max_age_seconds) {
            return Err(OcspError::Stale { until: reply.counts_until(answer.max_age_seconds) });
        }
        Ok((reply, responder))
    }

    fn read(reply: &OneReply) -> Result<Self, OcspError> {
        refuse_unknown(reply.extensions.as_deref().unwrap_or_default())?;
        let status = match &reply.status {
            Status::Good(_) => CertificateStatus::Good,
            Status::Unknown(_) => CertificateStatus::Unknown,
            Status::Revoked(info) => CertificateStatus::Revoked {
                since: moment(info.since),
                reason: match info.reason {
                    None => RevocationReason::Unspecified,
                    Some(code) => RevocationReason::from_code(code).ok_or(OcspError::Malformed)?,
                },
            },
        };
        let (this_update, next_update) = (moment(reply.this_update), reply.next_update.map(moment));
        if next_update.is_some_and(|next| next < this_update) {
            return Err(OcspError::Malformed);
        }
        Ok(Self { status, this_update, next_update })
    }
}

/// The certificate of whoever is named as the responder, and may speak for the issuer: the issuer itself, or one to
/// whom it gave a certificate for that and nothing else.
fn responder(
    named: &ResponderId,
    basic: &BasicResponse,
    issuer: &Certificate,
    now: Moment,
) -> Result<Certificate, OcspError> {
    if is_named(named, issuer)? {
        return Ok(issuer.clone());
    }
    let sent = basic.certificates.as_deref().unwrap_or_default();
    for der in sent.iter().take(MAX_ASKED) {
        let der = der.to_der().map_err(|_| OcspError::Malformed)?;
        let Ok(candidate) = Certificate::from_der(&der) else { continue };
        if !is_named(named, &candidate)? {
            continue;
        }
        let signed = Signed::from_der(&der).map_err(|_| OcspError::Malformed)?;
        if candidate.issuer_name() != issuer.subject_name() || !signed_by(&signed, issuer.public_key()) {
            return Err(OcspError::UnknownResponder);
        }
        let allowed = candidate.extended_key_usages() == [oid::OCSP_SIGNING]
            && candidate.allows(KeyUse::DigitalSignature)
            && (candidate.not_before()..=candidate.not_after()).contains(&now);
        return if allowed { Ok(candidate) } else { Err(OcspError::ResponderNotAllowed) };
    }
    Err(OcspError::UnknownResponder)
}

fn is_named(named: &ResponderId, certificate: &Certificate) -> Result<bool, OcspError> {
    let malformed = |_| OcspError::Malformed;
    Ok(match named {
        ResponderId::ByName(name) => name.to_der().map_err(malformed)? == certificate.subject_name(),
        // RFC 6960 fixes SHA-1 here. It only says which certificate to try.
        ResponderId::ByKey(hash) => {
            let key = key_bits(certificate).map_err(malformed)?;
            digest(&SHA1_FOR_LEGACY_USE_ONLY, &key).as_ref() == hash.as_bytes()
        }
    })
}

fn refuse_unknown(extensions: &[x509_cert::ext::Extension]) -> Result<(), OcspError> {
    match extensions.iter().find(|extension| extension.critical && extension.extn_id != oid::OCSP_NONCE) {
        Some(extension) => Err(OcspError::UnknownCriticalExtension(extension.extn_id.to_string())),
        None => Ok(()),
    }
}

/// A GeneralizedTime as a moment.
pub(super) fn moment(time: GeneralizedTime) -> Moment {
    let seconds = i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX);
    Moment::from_unix_microseconds(seconds.saturating_mul(1_000_000))
}
