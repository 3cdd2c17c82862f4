//! Proof that travels as a value: content that a trusted signature covers, and by whom.
//!
//! A [`Verified`] is made by `open` and by nothing else, and leads only to what its own octets say: there
//! is no way to put other data under the same proof.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use pki::{Certificate, Source};
use terms::{Bin, Iin, Moment};
use xml::{Element, FieldError, FromElement, Limits, Problem, with_canonical_tree, with_tree};

use crate::soap::{FaultCode, SoapVersion};

/// Content under a signature that was checked, with what proves it.
///
/// Nothing else can be put under the same proof:
///
/// ```compile_fail,E0451
/// fn moved(proven: envelope::Verified<u64>) -> envelope::Verified<u64> {
///     envelope::Verified { content: 1_000_000, ..proven }
/// }
/// ```
#[derive(Clone)]
pub struct Verified<T> {
    content: T,
    proof: Arc<Proof>,
}

struct Proof {
    signer: SignerIdentity,
    evidence: Evidence,
    content_hash: [u8; 32],
}

/// Whose signature it is, by the certificate.
#[derive(Debug, Clone)]
pub struct SignerIdentity {
    /// The signer's certificate, from the national CA and not revoked when the message arrived.
    pub certificate: Certificate,
    /// The organisation; `None` where the certificate names none, or one whose check digit is wrong.
    pub bin: Option<Bin>,
    /// The person; `None` where the certificate names none, or one whose check digit is wrong.
    pub iin: Option<Iin>,
    /// The certificate's common name.
    pub common_name: String,
}

/// What is kept for a court: the message as it arrived, and what it was judged by.
#[derive(Clone)]
pub struct Evidence {
    /// The octets as received.
    pub octets: Bytes,
    /// The signer's certificate.
    pub certificate: Certificate,
    /// The number of the newest revocation list that was looked at.
    pub crl_number: u64,
    /// Everything by which the certificate was found not revoked.
    pub checked_by: Source,
    /// When the message arrived.
    pub received_at: Moment,
}

/// The body of a message, as the canonical octets that were digested.
#[derive(Clone)]
pub struct Body {
    octets: Vec<u8>,
    version: SoapVersion,
    namespace: String,
    name: String,
}

impl<T> Verified<T> {
    /// The content.
    pub fn get(&self) -> &T {
        &self.content
    }

    /// Who signed it.
    pub fn signer(&self) -> &SignerIdentity {
        &self.proof.signer
    }

    /// What is kept of the message.
    pub fn evidence(&self) -> &Evidence {
        &self.proof.evidence
    }

    /// SHA-256 of the body's element in exclusive canonical form: the same for the same content, whatever
    /// the envelope around it.
    pub fn content_hash(&self) -> [u8; 32] {
        self.proof.content_hash
    }
}

impl Verified<Body> {
    pub(crate) fn new(body: Body, content_hash: [u8; 32], evidence: Evidence) -> Self {
        let subject = evidence.certificate.subject();
        let signer = SignerIdentity {
            certificate: evidence.certificate.clone(),
            bin: subject.organisation.as_ref().and_then(|bin| bin.checked().ok()),
            iin: subject.person.as_ref().and_then(|iin| iin.checked().ok()),
            common_name: subject.common_name.clone(),
        };
        Self { content: body, proof: Arc::new(Proof { signer, evidence, content_hash }) }
    }

    /// Namespace (empty where there is none) and local name of the body's element.
    pub fn name(&self) -> (&str, &str) {
        (&self.content.namespace, &self.content.name)
    }

    /// Decodes the body's element from the octets that were digested, never from those received.
    ///
    /// # Errors
    /// The first [`FieldError`].
    pub fn parse<T: FromElement>(&self) -> Result<Verified<T>, FieldError> {
        let content = self.content.read(|body| T::from_element(body.only_child()?))?;
        Ok(Verified { content, proof: Arc::clone(&self.proof) })
    }

    /// The fault the body holds; `None` where it holds an answer.
    pub fn fault(&self) -> Option<FaultView> {
        if self.name() != (self.content.version.namespace(), "Fault") {
            return None;
        }
        self.content.read(|body| FaultView::read(body.only_child()?, self.content.version)).ok()
    }
}

impl Body {
    pub(crate) fn new(octets: Vec<u8>, version: SoapVersion, payload: Element<'_, '_>) -> Self {
        let namespace = payload.namespace().unwrap_or("").to_owned();
        Self { octets, version, namespace, name: payload.name().to_owned() }
    }

    /// The canonical octets of `soap:Body`.
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    pub(crate) fn read<R>(
        &self,
        f: impl FnOnce(Element<'_, '_>) -> Result<R, FieldError>,
    ) -> Result<R, FieldError> {
        let problem =
            |e: xml::XmlError| FieldError { path: "/Body".to_owned(), problem: Problem::Text(e.to_string()) };
        with_canonical_tree(&self.octets, f).map_err(problem)?
    }
}

impl<T: fmt::Debug> fmt::Debug for Verified<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified")
            .field("content", &self.content)
            .field("signer", &self.proof.signer)
            .finish()
    }
}

impl fmt::Debug for Body {
    /// Writes what it is, never what it says: content may be personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Body({{{}}}{}, {} bytes)", self.namespace, self.name, self.octets.len())
    }
}

impl fmt::Debug for Evidence {
    /// Writes how much it is, never what it says.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Evidence({} bytes at {}, CRL {})", self.octets.len(), self.received_at, self.crl_number)
    }
}

/// A fault that a signed answer carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultView {
    /// Whose move it is. An unknown code counts as the receiver's: asking again later harms nobody.
    pub code: FaultCode,
    /// The text for people.
    pub reason: String,
    detail: Option<Vec<u8>>,
}

impl FaultView {
    fn read(fault: Element<'_, '_>, version: SoapVersion) -> Result<Self, FieldError> {
        let (code, reason, detail) = match version {
            SoapVersion::V11 => {
                let code = fault.child("", "faultcode").map_or(Ok(""), Element::text)?;
                let reason = fault.child("", "faultstring").map_or(Ok(""), Element::text)?;
                (code, reason, fault.child("", "detail"))
            }
            SoapVersion::V12 => {
                let inner = |outer, inner| fault.child(names(), outer).and_then(|e| e.child(names(), inner));
                let code = inner("Code", "Value").map_or(Ok(""), Element::text)?;
                let reason = inner("Reason", "Text").map_or(Ok(""), Element::text)?;
                (code, reason, fault.child(names(), "Detail"))
            }
        };
        let local = code.rsplit_once(':').map_or(code, |(_, local)| local);
        let detail = detail.and_then(|d| d.children().next());
        Ok(Self {
            code: FaultCode::of_name(local).unwrap_or(FaultCode::Receiver),
            reason: reason.to_owned(),
            detail: detail.map(|e| xml::c14n::Form::EXCLUSIVE.element(e)),
        })
    }

    /// The canonical octets of the detail's element.
    pub fn detail(&self) -> Option<&[u8]> {
        self.detail.as_deref()
    }

    /// Decodes the detail's element; `None` where there is no detail.
    ///
    /// # Errors
    /// The first [`FieldError`].
    pub fn parse<T: FromElement>(&self) -> Option<Result<T, FieldError>> {
        let problem = |e: xml::XmlError| FieldError {
            path: "/Fault".to_owned(),
            problem: Problem::Text(e.to_string()),
        };
        let detail = self.detail.as_deref()?;
        Some(with_tree(detail, &Limits::MESSAGE, T::from_element).map_err(problem).and_then(|r| r))
    }
}

fn names() -> &'static str {
    SoapVersion::V12.namespace()
}
