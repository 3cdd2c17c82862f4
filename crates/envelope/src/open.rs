//! Opening a signed message: what is signed is what is read.
//!
//! One walk over one tree. The signed elements are found once, by the one identifier they have in the whole
//! message, and compared with the very nodes that this envelope consists of; the octets digested for the
//! body are the octets that are handed on. Everything outside the profile is refused, not skipped.
//! Source: WS-Security 1.1; threats A4, A22 and A28.

use std::collections::HashMap;

use aws_lc_rs::digest::{SHA256, digest};
use bytes::Bytes;
use pki::{Certificate, Purpose, Trust};
use terms::{Bin, Moment};
use xml::c14n::Form;
use xml::dsig::{self, Signature, Transform};
use xml::{Element, ElementKey, FieldError, FromElement, Limits, Problem, with_tree};

use crate::names::{BASE64, WSA, WSSE, WSU, X509_V3, XML};
use crate::refused::Refused;
use crate::soap::SoapVersion;
use crate::verified::{Body, Evidence, Verified};

/// How far ahead of our clock a message's timestamp may lie, in seconds. It is checked for sense only:
/// facts are never refused for age, and questions carry a date of their own.
pub const MAX_SECONDS_AHEAD: i64 = 86_400;

/// Checks a message as it arrived and gives what it says, with proof.
///
/// # Errors
/// [`Refused`]; nothing of the message is given out then.
pub fn open(
    octets: impl Into<Bytes>,
    trust: &Trust,
    at: Moment,
) -> Result<(SoapVersion, Verified<Body>), Refused> {
    let octets = octets.into();
    let signed = signed_body(&octets, at)?;
    let trusted = trust.check(&signed.certificate, Purpose::MessageSigning, at)?;
    let evidence = Evidence {
        octets,
        certificate: signed.certificate,
        crl_number: trusted.crl_number,
        checked_by: trusted.source,
        received_at: at,
    };
    Ok((signed.version, Verified::new(signed.body, signed.content_hash, evidence)))
}

/// Checks a message that was kept since it arrived: its signature, and that the national CA had issued the certificate
/// for it. Whether that had been revoked by then was settled when the message arrived.
///
/// # Errors
/// [`Refused`]; nothing of the message is given out then.
pub fn reopen(octets: impl Into<Bytes>, trust: &Trust, arrived_at: Moment) -> Result<Reopened, Refused> {
    let signed = signed_body(&octets.into(), arrived_at)?;
    trust.check_without_revocation(&signed.certificate, Purpose::MessageSigning, arrived_at)?;
    let signer = signed.certificate.subject().organisation.as_ref().and_then(|bin| bin.checked().ok());
    let (certificate, content_hash) = (signed.certificate, signed.content_hash);
    Ok(Reopened { body: signed.body, signer, certificate, content_hash })
}

/// What a kept message says, and who signed it. It is no [`Verified`]: nothing may be begun by it.
pub struct Reopened {
    body: Body,
    /// The organisation that signed; `None` where its certificate names none.
    pub signer: Option<Bin>,
    /// Whose key signed it.
    pub certificate: Certificate,
    /// The digest of its business content.
    pub content_hash: [u8; 32],
}

impl Reopened {
    /// Decodes the body's element from the octets that were digested.
    ///
    /// # Errors
    /// The first [`FieldError`].
    pub fn parse<T: FromElement>(&self) -> Result<T, FieldError> {
        self.body.read(|body| T::from_element(body.only_child()?))
    }
}

/// A body whose signature agrees with the certificate in the message; whether that certificate is to be
/// trusted is not asked yet, so this never leaves the crate.
struct SignedBody {
    version: SoapVersion,
    body: Body,
    content_hash: [u8; 32],
    certificate: Certificate,
}

fn signed_body(octets: &[u8], at: Moment) -> Result<SignedBody, Refused> {
    with_tree(octets, &Limits::MESSAGE, |root| check(root, at))?
}

fn check(root: Element<'_, '_>, at: Moment) -> Result<SignedBody, Refused> {
    let message = Message::read(root)?;
    let signature = Signature::read(message.security.signature)?;
    if !signature.form.is_exclusive() {
        return Err(Refused::TransformNotAllowed);
    }
    let signed = signed_elements(&signature, &message, &identifiers(root)?)?;
    if let Some(timestamp) = message.security.timestamp {
        check_timestamp(timestamp, at).map_err(|_| Refused::Timestamp)?;
    }
    let certificate = certificate(signature.key_info, message.security.token)?;
    let suite = signature.verify(&certificate)?;
    let mut body_octets = None;
    for (reference, (element, form)) in signature.references.iter().zip(&signed) {
        let octets = form.element(*element);
        reference.verify(&octets, suite)?;
        if *element == message.body {
            body_octets = Some(octets);
        }
    }
    let payload = message.payload;
    let mut content_hash = [0; 32];
    content_hash.copy_from_slice(digest(&SHA256, &Form::EXCLUSIVE.element(payload)).as_ref());
    let body = Body::new(body_octets.ok_or(Refused::BodyNotSigned)?, message.version, payload);
    Ok(SignedBody { version: message.version, body, content_hash, certificate })
}

/// The parts of one envelope.
struct Message<'a, 'i> {
    version: SoapVersion,
    /// WS-Addressing headers, which must be signed.
    addressing: Vec<Element<'a, 'i>>,
    security: Security<'a, 'i>,
    body: Element<'a, 'i>,
    payload: Element<'a, 'i>,
}

struct Security<'a, 'i> {
    signature: Element<'a, 'i>,
    timestamp: Option<Element<'a, 'i>>,
    token: Option<Element<'a, 'i>>,
}

impl<'a, 'i> Message<'a, 'i> {
    fn read(root: Element<'a, 'i>) -> Result<Self, Refused> {
        if root.name() != "Envelope" {
            return Err(Refused::NotSoap(root.fault(Problem::Unexpected)));
        }
        let soap = root.namespace().unwrap_or("");
        let version = SoapVersion::of_namespace(soap).ok_or(Refused::VersionMismatch)?;
        let (header, body) = header_and_body(root, soap).map_err(Refused::NotSoap)?;
        let payload = body.only_child().map_err(Refused::BodyContent)?;
        let header = header.ok_or(Refused::NoSignature)?;

        let mut addressing = Vec::new();
        let mut security = None;
        for entry in header.children() {
            let namespace = entry.namespace().unwrap_or("");
            if entry.is(WSSE, "Security") {
                if security.replace(entry).is_some() {
                    return Err(Refused::SeveralSignatures);
                }
            } else if WSA.contains(&namespace) {
                addressing.push(entry);
            } else if matches!(entry.attribute(soap, "mustUnderstand"), Some("1" | "true")) {
                return Err(Refused::MustUnderstand(entry.name().to_owned()));
            }
        }
        let security = security.ok_or(Refused::NoSignature)?;
        if header.descendants().filter(|e| e.is(dsig::NAMESPACE, "Signature")).count() > 1 {
            return Err(Refused::SeveralSignatures);
        }
        Ok(Self { version, addressing, security: Security::read(security)?, body, payload })
    }

    /// Whether an element of this envelope may be signed.
    fn may_be_signed(&self, element: Element<'_, '_>) -> bool {
        let parts = [Some(self.body), self.security.timestamp, self.security.token];
        parts.into_iter().flatten().chain(self.addressing.iter().copied()).any(|part| part == element)
    }
}

type HeaderAndBody<'a, 'i> = (Option<Element<'a, 'i>>, Element<'a, 'i>);

fn header_and_body<'a, 'i>(root: Element<'a, 'i>, soap: &str) -> Result<HeaderAndBody<'a, 'i>, FieldError> {
    let mut fields = root.fields(soap)?;
    let header = fields.optional("Header")?;
    let body = fields.required("Body")?;
    fields.finish()?;
    Ok((header, body))
}

impl<'a, 'i> Security<'a, 'i> {
    fn read(security: Element<'a, 'i>) -> Result<Self, Refused> {
        let (mut signature, mut timestamp, mut token) = (None, None, None);
        for entry in security.children() {
            let place = match entry.name() {
                "Signature" if entry.is(dsig::NAMESPACE, "Signature") => &mut signature,
                "Timestamp" if entry.is(WSU, "Timestamp") => &mut timestamp,
                "BinarySecurityToken" if entry.is(WSSE, "BinarySecurityToken") => &mut token,
                _ => return Err(Refused::SecurityMalformed(entry.fault(Problem::Unexpected))),
            };
            if place.replace(entry).is_some() {
                return Err(Refused::SecurityMalformed(entry.fault(Problem::Repeated)));
            }
        }
        Ok(Self { signature: signature.ok_or(Refused::NoSignature)?, timestamp, token })
    }
}

/// All identifiers of the message; `wsu:Id` leads to its element, the others may only not collide.
///
/// The map's hash is keyed at random for each message, so colliding identifiers cannot be prepared.
fn identifiers<'a, 'i>(root: Element<'a, 'i>) -> Result<HashMap<&'a str, Option<Element<'a, 'i>>>, Refused> {
    let mut all = HashMap::new();
    for element in root.descendants() {
        for (namespace, name, value) in element.attributes() {
            let target = match (namespace, name) {
                (Some(WSU), "Id") => Some(element),
                (None, "Id" | "ID") | (Some(XML), "id") => None,
                _ => continue,
            };
            if all.insert(value, target).is_some() {
                return Err(Refused::DuplicateId);
            }
        }
    }
    Ok(all)
}

/// What each reference points to, in order: allowed parts of this envelope, each once, all that must be.
fn signed_elements<'a, 'i>(
    signature: &Signature<'a, 'i>,
    message: &Message<'a, 'i>,
    identifiers: &HashMap<&'a str, Option<Element<'a, 'i>>>,
) -> Result<Vec<(Element<'a, 'i>, Form)>, Refused> {
    let mut signed: Vec<(Element<'a, 'i>, Form)> = Vec::new();
    for reference in &signature.references {
        let identifier = reference.uri.strip_prefix('#').ok_or(Refused::ReferenceForeign)?;
        let element = identifiers.get(identifier).copied().flatten().ok_or(Refused::ReferenceForeign)?;
        if !message.may_be_signed(element) || signed.iter().any(|(other, _)| *other == element) {
            return Err(Refused::ReferenceForeign);
        }
        match reference.transforms.as_slice() {
            [Transform::Canonical(form)] if form.is_exclusive() => signed.push((element, form.clone())),
            _ => return Err(Refused::TransformNotAllowed),
        }
    }
    let keys: Vec<ElementKey> = signed.iter().map(|(element, _)| element.key()).collect();
    if !keys.contains(&message.body.key()) {
        return Err(Refused::BodyNotSigned);
    }
    for header in message.addressing.iter().copied().chain(message.security.timestamp) {
        if !keys.contains(&header.key()) {
            return Err(Refused::HeaderNotSigned(header.name().to_owned()));
        }
    }
    Ok(signed)
}

fn check_timestamp(timestamp: Element<'_, '_>, at: Moment) -> Result<(), FieldError> {
    let mut fields = timestamp.fields(WSU)?;
    let created: Moment = fields.required("Created")?.parse()?;
    let expires = fields.optional("Expires")?.map(Element::parse::<Moment>).transpose()?;
    fields.finish()?;
    if created.seconds_since(at) > MAX_SECONDS_AHEAD || expires.is_some_and(|expires| expires < created) {
        return Err(timestamp.fault(Problem::Text("the times make no sense".to_owned())));
    }
    Ok(())
}

/// The signer's certificate, by the token reference in `ds:KeyInfo`.
fn certificate(key_info: Element<'_, '_>, token: Option<Element<'_, '_>>) -> Result<Certificate, Refused> {
    let reference = key_info
        .only_child()
        .and_then(|reference| reference.expect(WSSE, "SecurityTokenReference").map(|()| reference))
        .and_then(Element::only_child)
        .map_err(Refused::SecurityMalformed)?;
    let holder = if reference.is(WSSE, "Reference") {
        let token = token.ok_or(Refused::Token)?;
        let uri = reference.attribute("", "URI").and_then(|uri| uri.strip_prefix('#'));
        if uri.is_none() || uri != token.attribute(WSU, "Id") {
            return Err(Refused::Token);
        }
        if reference.attribute("", "ValueType").is_some_and(|value_type| value_type != X509_V3) {
            return Err(Refused::Token);
        }
        token
    } else if reference.is(WSSE, "KeyIdentifier") && token.is_none() {
        reference
    } else {
        return Err(Refused::Token);
    };
    let encoding = holder.attribute("", "EncodingType").unwrap_or(BASE64);
    if holder.attribute("", "ValueType") != Some(X509_V3) || encoding != BASE64 {
        return Err(Refused::Token);
    }
    let der = dsig::octets(holder).map_err(Refused::SecurityMalformed)?;
    Certificate::from_der(&der).map_err(|_| Refused::CertificateMalformed)
}
