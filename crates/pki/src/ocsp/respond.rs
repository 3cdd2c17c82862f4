//! Answering about certificates, under a key that the CA gave for this and nothing else.

use der::asn1::{Any, BitString, GeneralizedTime, Null, OctetString};
use der::{DateTime, Decode, Encode};
use terms::Moment;
use x509_cert::name::Name;

use super::check::CertificateStatus;
use super::message::{
    BasicResponse, CertificateId, OneReply, Outcome, Request, ResponderId, Response, ResponseBody,
    ResponseOctets, RevokedInfo, Status, nonce, nonce_extension,
};
use super::{MAX_ASKED, MAX_REQUEST_OCTETS, NONCE_OCTETS};
use crate::certificate::Certificate;
use crate::crl::RevocationReason;
use crate::issue::IssueError;
use crate::oid;
use crate::serial::Serial;
use crate::signer::{FileSigner, Signer as _};
use crate::suite::x509_algorithm;

/// The answers of one issuer: its own certificate, and the key that answers for it.
#[derive(Debug)]
pub struct Responder {
    issuer: Certificate,
    signer: FileSigner,
}

/// A request that was read.
pub struct Asked {
    list: Vec<CertificateId>,
    nonce: Option<Vec<u8>>,
}

/// Why a request is answered by a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAnswered {
    /// Not a request, or over a bound.
    #[error("the OCSP request is malformed")]
    Malformed,
    /// About certificates of another issuer only.
    #[error("the OCSP request is about another issuer's certificates")]
    Unauthorized,
    /// The answer could not be made.
    #[error("the OCSP answer could not be made")]
    Internal,
}

/// A refusal in DER; it bears no signature.
pub fn unsuccessful(why: NotAnswered) -> Vec<u8> {
    let outcome = match why {
        NotAnswered::Malformed => Outcome::MalformedRequest,
        NotAnswered::Unauthorized => Outcome::Unauthorized,
        NotAnswered::Internal => Outcome::InternalError,
    };
    Response { outcome, octets: None }.to_der().unwrap_or_default()
}

impl Asked {
    /// Reads a request.
    ///
    /// # Errors
    /// [`NotAnswered::Malformed`] where it is none, asks about nothing or about too many, or has a nonce of no length
    /// or of too great a one.
    pub fn read(der: &[u8]) -> Result<Self, NotAnswered> {
        if der.len() > MAX_REQUEST_OCTETS {
            return Err(NotAnswered::Malformed);
        }
        let request = Request::from_der(der).map_err(|_| NotAnswered::Malformed)?.body;
        let extensions = request.extensions.as_deref().unwrap_or_default();
        let nonce = nonce(extensions).map_err(|_| NotAnswered::Malformed)?;
        let is_sound = request.version == 0
            && (1..=MAX_ASKED).contains(&request.list.len())
            && nonce.as_ref().is_none_or(|nonce| NONCE_OCTETS.contains(&nonce.len()))
            && !extensions.iter().any(|extension| extension.critical && extension.extn_id != oid::OCSP_NONCE);
        if !is_sound {
            return Err(NotAnswered::Malformed);
        }
        Ok(Self { list: request.list.into_iter().map(|one| one.certificate).collect(), nonce })
    }
}

impl Responder {
    /// A responder for an issuer, with the key of the certificate that it issued for this.
    pub fn new(issuer: Certificate, signer: FileSigner) -> Self {
        Self { issuer, signer }
    }

    /// The certificate that answers are verified by.
    pub fn certificate(&self) -> &Certificate {
        self.signer.certificate()
    }

    /// Whether something is asked about this issuer's certificates.
    pub fn is_asked(&self, asked: &Asked) -> bool {
        asked.list.iter().any(|certificate| certificate.is_of(&self.issuer))
    }

    /// Answers in DER. What is asked about another issuer's certificates is answered as unknown.
    ///
    /// # Errors
    /// [`NotAnswered::Unauthorized`] where nothing is asked about this issuer, [`NotAnswered::Internal`] where a value
    /// cannot be written or signed.
    pub fn answer(
        &self,
        asked: &Asked,
        status_of: impl Fn(Serial) -> CertificateStatus,
        this_update: Moment,
        next_update: Option<Moment>,
    ) -> Result<Vec<u8>, NotAnswered> {
        if !self.is_asked(asked) {
            return Err(NotAnswered::Unauthorized);
        }
        let one = |certificate: &CertificateId| {
            let status = match certificate.serial() {
                Some(serial) if certificate.is_of(&self.issuer) => status_of(serial),
                _ => CertificateStatus::Unknown,
            };
            Ok(OneReply {
                certificate: certificate.clone(),
                status: written(status)?,
                this_update: time(this_update)?,
                next_update: next_update.map(time).transpose()?,
                extensions: None,
            })
        };
        let replies = asked.list.iter().map(one).collect::<Result<Vec<_>, IssueError>>();
        let signed = replies.and_then(|replies| self.sign(replies, asked.nonce.as_deref(), this_update));
        signed.map_err(|_| NotAnswered::Internal)
    }

    fn sign(
        &self,
        replies: Vec<OneReply>,
        nonce: Option<&[u8]>,
        produced_at: Moment,
    ) -> Result<Vec<u8>, IssueError> {
        let body = Any::encode_from(&ResponseBody {
            version: 0,
            responder: ResponderId::ByName(Name::from_der(self.certificate().subject_name())?),
            produced_at: time(produced_at)?,
            replies,
            extensions: nonce.map(|nonce| nonce_extension(nonce).map(|nonce| vec![nonce])).transpose()?,
        })?;
        let signature = self.signer.key().sign_x509(&body.to_der()?)?;
        let basic = BasicResponse {
            body,
            algorithm: x509_algorithm(self.signer.key().suite()),
            signature: BitString::from_bytes(&signature)?,
            certificates: Some(vec![Any::from_der(self.certificate().der())?]),
        };
        let octets = ResponseOctets { kind: oid::OCSP_BASIC, octets: OctetString::new(basic.to_der()?)? };
        Ok(Response { outcome: Outcome::Successful, octets: Some(octets) }.to_der()?)
    }
}

fn written(status: CertificateStatus) -> Result<Status, IssueError> {
    Ok(match status {
        CertificateStatus::Good => Status::Good(Null),
        CertificateStatus::Unknown => Status::Unknown(Null),
        CertificateStatus::Revoked { since, reason } => Status::Revoked(RevokedInfo {
            since: time(since)?,
            reason: (reason != RevocationReason::Unspecified).then_some(reason.code()),
        }),
    })
}

/// A moment as GeneralizedTime, in whole seconds.
fn time(moment: Moment) -> Result<GeneralizedTime, IssueError> {
    let seconds = u64::try_from(moment.unix_seconds()).map_err(|_| IssueError::Validity)?;
    let time = DateTime::from_unix_duration(std::time::Duration::from_secs(seconds))?;
    Ok(GeneralizedTime::from_date_time(time))
}
