//! Making stamps, under a key that the CA gave for this and nothing else.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand;
use const_oid::ObjectIdentifier;
use der::asn1::{Any, BitString, GeneralizedTime, OctetString, SetOfVec};
use der::{DateTime, Decode, Encode};
use terms::Moment;
use x509_cert::attr::Attribute;
use x509_cert::serial_number::SerialNumber;

use super::message::{
    Accuracy, CertificateId, Content, ContentInfo, Info, IssuerAndSerial, Request, Response, SignedData,
    SignerInfo, SigningCertificate, StatusInfo,
};
use super::{MAX_NONCE_OCTETS, MAX_REQUEST_OCTETS, digest_octets};
use crate::certificate::Certificate;
use crate::issue::IssueError;
use crate::oid;
use crate::signer::{FileSigner, Signer as _};
use crate::suite::{cms_digest, cms_signature, suite};

/// The octets of chance in a stamp's number.
const SERIAL_OCTETS: usize = 16;
/// The policy of the sandbox's stamps: the one of OpenSSL's examples, as nobody has assigned us one.
const POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.3.4.1");
/// How exact our clock is taken to be, in seconds.
const ACCURACY_SECONDS: u32 = 1;

/// Makes stamps with one key.
#[derive(Debug)]
pub struct StampAuthority(FileSigner);

/// A request that was read.
pub struct StampAsked(Request);

/// Why no stamp is made (RFC 3161, PKIFailureInfo).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StampRefusal {
    /// Not a request, or over a bound.
    #[error("the request for a time stamp is malformed")]
    BadRequest,
    /// A digest that is too weak, unknown, or of a wrong length.
    #[error("the digest cannot be stamped")]
    BadAlgorithm,
    /// Another policy is asked for.
    #[error("the policy asked for is not ours")]
    OtherPolicy,
    /// An extension, none of which is known here.
    #[error("the request has an extension that is not known here")]
    Extension,
    /// The stamp could not be made.
    #[error("the time stamp could not be made")]
    Internal,
}

impl StampRefusal {
    /// The bit of PKIFailureInfo.
    fn bit(self) -> usize {
        match self {
            Self::BadAlgorithm => 0,
            Self::BadRequest => 2,
            Self::OtherPolicy => 15,
            Self::Extension => 16,
            Self::Internal => 25,
        }
    }
}

/// A refusal in DER; it bears no signature.
pub fn rejection(why: StampRefusal) -> Vec<u8> {
    let mut bits = vec![0_u8; why.bit() / 8 + 1];
    bits[why.bit() / 8] = 0x80 >> (why.bit() % 8);
    let unused = u8::try_from(7 - why.bit() % 8).unwrap_or(0);
    let failure = BitString::new(unused, bits).ok();
    let status = StatusInfo { status: 2, text: Some(vec![why.to_string()]), failure };
    Response { status, token: None }.to_der().unwrap_or_default()
}

impl StampAsked {
    /// Reads a request.
    ///
    /// # Errors
    /// [`StampRefusal`] where it is none or cannot be met.
    pub fn read(der: &[u8]) -> Result<Self, StampRefusal> {
        if der.len() > MAX_REQUEST_OCTETS {
            return Err(StampRefusal::BadRequest);
        }
        let request = Request::from_der(der).map_err(|_| StampRefusal::BadRequest)?;
        if request.version != 1
            || request.nonce.as_ref().is_some_and(|n| n.as_bytes().len() > MAX_NONCE_OCTETS)
        {
            return Err(StampRefusal::BadRequest);
        }
        if digest_octets(request.imprint.algorithm.oid) != Some(request.imprint.digest.as_bytes().len()) {
            return Err(StampRefusal::BadAlgorithm);
        }
        if request.policy.is_some_and(|policy| policy != POLICY) {
            return Err(StampRefusal::OtherPolicy);
        }
        if request.extensions.is_some() {
            return Err(StampRefusal::Extension);
        }
        Ok(Self(request))
    }
}

impl StampAuthority {
    /// An authority with the key of the certificate that the CA issued for this.
    pub fn new(signer: FileSigner) -> Self {
        Self(signer)
    }

    /// The certificate that stamps are verified by.
    pub fn certificate(&self) -> &Certificate {
        self.0.certificate()
    }

    /// Stamps what was asked, with a moment in whole seconds; the answer in DER.
    ///
    /// # Errors
    /// [`StampRefusal::Internal`] where a value cannot be written or signed.
    pub fn stamp(&self, asked: &StampAsked, at: Moment) -> Result<Vec<u8>, StampRefusal> {
        let made = self.token(&asked.0, at).and_then(|token| {
            let status = StatusInfo { status: 0, text: None, failure: None };
            Ok(Response { status, token: Some(token) }.to_der()?)
        });
        made.map_err(|_| StampRefusal::Internal)
    }

    fn token(&self, request: &Request, at: Moment) -> Result<Any, IssueError> {
        let seconds = u64::try_from(at.unix_seconds()).map_err(|_| IssueError::Validity)?;
        let made_at = DateTime::from_unix_duration(std::time::Duration::from_secs(seconds))?;
        let content = Info {
            version: 1,
            policy: POLICY,
            imprint: request.imprint.clone(),
            serial: serial()?,
            made_at: GeneralizedTime::from_date_time(made_at),
            accuracy: Some(Accuracy {
                seconds: Some(ACCURACY_SECONDS),
                milliseconds: None,
                microseconds: None,
            }),
            ordering: false,
            nonce: request.nonce.clone(),
            authority: None,
            extensions: None,
        };
        let content = content.to_der()?;
        let id = self.0.key().suite();
        let signed = self.attributes(&content)?;
        let signature = self.0.key().sign_x509(&signed.to_der()?)?;
        let own = self.certificate();
        let signer = SignerInfo {
            version: 1,
            signer: IssuerAndSerial {
                issuer: Any::from_der(own.issuer_name())?,
                serial: SerialNumber::new(own.serial().octets())?,
            },
            digest: cms_digest(id),
            signed,
            algorithm: cms_signature(id),
            signature: OctetString::new(signature)?,
            unsigned: None,
        };
        let certificates = request
            .wants_certificate
            .then(|| SetOfVec::try_from(vec![Any::from_der(own.der())?]))
            .transpose()?;
        Ok(Any::encode_from(&ContentInfo {
            kind: oid::SIGNED_DATA,
            content: SignedData {
                version: 3,
                digests: SetOfVec::try_from(vec![cms_digest(id)])?,
                content: Content { kind: oid::TST_INFO, octets: OctetString::new(content)? },
                certificates,
                lists: None,
                signers: SetOfVec::try_from(vec![signer])?,
            },
        })?)
    }

    fn attributes(&self, content: &[u8]) -> Result<SetOfVec<Attribute>, IssueError> {
        let attribute = |oid, value: Any| {
            Ok::<_, IssueError>(Attribute { oid, values: SetOfVec::try_from(vec![value])? })
        };
        let named = OctetString::new(digest(&SHA256, self.certificate().der()).as_ref())?;
        let own = CertificateId { hash: None, digest: named, issuer: None };
        let signing = SigningCertificate { certificates: vec![own], policies: None };
        let digest = OctetString::new(suite(self.0.key().suite()).digest(content))?;
        Ok(SetOfVec::try_from(vec![
            attribute(oid::CONTENT_TYPE, Any::encode_from(&oid::TST_INFO)?)?,
            attribute(oid::MESSAGE_DIGEST, Any::encode_from(&digest)?)?,
            attribute(oid::SIGNING_CERTIFICATE_V2, Any::encode_from(&signing)?)?,
        ])?)
    }
}

fn serial() -> Result<SerialNumber, IssueError> {
    let mut octets = [0; SERIAL_OCTETS];
    rand::fill(&mut octets).map_err(|_| IssueError::Cryptography)?;
    // The highest bit stays clear and the next one set: positive, and always of the same length.
    octets[0] = octets[0] & 0x7f | 0x40;
    Ok(SerialNumber::new(&octets)?)
}
