//! XML signatures: reading, checking and making them.
//!
//! The profile is closed. References are resolved by the caller to nodes it has in hand, never looked up
//! by name here; transforms are the enveloped signature and the canonical forms and nothing else; the
//! algorithms are those of the certificate's suite, so a message cannot ask for a weaker one. Whether the
//! certificate is trusted is settled by `pki::Trust`, which the caller asks.
//! Source: XML Signature Syntax and Processing 1.1; threats A4 and A28.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pki::{Certificate, SignatureSuite, Signer, SigningFailed, suite_of};

use crate::c14n::Form;
use crate::field::{FieldError, FromElement, Problem};
use crate::read::{Element, Limits, XmlError, with_tree};
use crate::write::ToElement;

/// The namespace of XML-DSig.
pub const NAMESPACE: &str = "http://www.w3.org/2000/09/xmldsig#";
/// The identifier of the transform that leaves out the signature itself.
pub const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
/// How many references one signature may have.
pub const MAX_REFERENCES: usize = 16;
/// How many transforms one reference may have.
pub const MAX_TRANSFORMS: usize = 2;
/// How many prefixes an `InclusiveNamespaces` list may name.
pub const MAX_PREFIXES: usize = 32;

/// Why a signature is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The text is no XML for us.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// The signature is not built as the profile demands.
    #[error("the signature is malformed at {0}")]
    Malformed(#[from] FieldError),
    /// There is no signature where it must stand.
    #[error("there is no signature")]
    Missing,
    /// There is more than one signature, or one elsewhere.
    #[error("there is more than one signature, or one at another place")]
    Several,
    /// A transform or canonical form outside the profile.
    #[error("the transform or canonical form is not allowed")]
    Transform,
    /// A reference to something the profile does not sign.
    #[error("a reference points to something else than what must be signed")]
    Reference,
    /// The algorithm is not the one of the certificate's suite.
    #[error("the algorithm is not the one that belongs to the certificate")]
    Algorithm,
    /// The certificate cannot be read, or its key belongs to no known suite.
    #[error("the certificate cannot be used")]
    Certificate,
    /// The content is not what was signed.
    #[error("the digest does not agree with the content")]
    Digest,
    /// The signature value does not agree.
    #[error("the signature does not agree with its certificate")]
    Value,
}

/// A signature as it stands in a document; nothing is checked yet.
#[derive(Debug)]
pub struct Signature<'a, 'i> {
    /// `ds:SignedInfo`, whose canonical octets are signed.
    info: Element<'a, 'i>,
    /// The canonical form of `ds:SignedInfo`.
    pub form: Form,
    method: &'a str,
    /// What is signed.
    pub references: Vec<Reference<'a>>,
    value: Vec<u8>,
    /// `ds:KeyInfo`, which the caller reads by its own profile.
    pub key_info: Element<'a, 'i>,
}

/// One thing that is signed.
#[derive(Debug)]
pub struct Reference<'a> {
    /// The reference's URI, as written.
    pub uri: &'a str,
    /// Its transforms in order.
    pub transforms: Vec<Transform>,
    method: &'a str,
    digest: Vec<u8>,
}

/// A transform of the profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transform {
    /// Leaves out the signature the reference stands in.
    Enveloped,
    /// A canonical form.
    Canonical(Form),
}

impl<'a, 'i> Signature<'a, 'i> {
    /// Reads `ds:Signature`.
    ///
    /// # Errors
    /// [`SignatureError::Malformed`] or [`SignatureError::Transform`] for anything outside the profile.
    pub fn read(element: Element<'a, 'i>) -> Result<Self, SignatureError> {
        element.expect(NAMESPACE, "Signature")?;
        let mut fields = element.fields(NAMESPACE)?;
        let info = fields.required("SignedInfo")?;
        let value = octets(fields.required("SignatureValue")?)?;
        let key_info = fields.required("KeyInfo")?;
        fields.finish()?;

        let mut fields = info.fields(NAMESPACE)?;
        let form = canonical_form(fields.required("CanonicalizationMethod")?)?;
        let method = bare_algorithm(fields.required("SignatureMethod")?)?;
        let references = fields.repeated("Reference", MAX_REFERENCES)?;
        fields.finish()?;
        if references.is_empty() {
            return Err(SignatureError::Reference);
        }
        let references = references.into_iter().map(Reference::read).collect::<Result<_, _>>()?;
        Ok(Self { info, form, method, references, value, key_info })
    }

    /// Checks the signature value with the certificate, under the certificate's own suite.
    ///
    /// This says nothing about the references: check each of them too.
    ///
    /// # Errors
    /// [`SignatureError::Certificate`], [`SignatureError::Algorithm`] or [`SignatureError::Value`].
    pub fn verify(&self, certificate: &Certificate) -> Result<&'static dyn SignatureSuite, SignatureError> {
        let suite = suite_of(certificate).map_err(|_| SignatureError::Certificate)?;
        if self.method != suite.signature_uri() {
            return Err(SignatureError::Algorithm);
        }
        suite
            .verify(certificate.public_key(), &self.form.element(self.info), &self.value)
            .map_err(|_| SignatureError::Value)?;
        Ok(suite)
    }
}

impl<'a> Reference<'a> {
    fn read(element: Element<'a, '_>) -> Result<Self, SignatureError> {
        let uri = element
            .attribute("", "URI")
            .ok_or_else(|| element.fault(Problem::Attribute("URI is missing".to_owned())))?;
        let mut fields = element.fields(NAMESPACE)?;
        let transforms = match fields.optional("Transforms")? {
            Some(transforms) => read_transforms(transforms)?,
            None => Vec::new(),
        };
        let method = bare_algorithm(fields.required("DigestMethod")?)?;
        let digest = octets(fields.required("DigestValue")?)?;
        fields.finish()?;
        Ok(Self { uri, transforms, method, digest })
    }

    /// Checks that these octets are what was signed.
    ///
    /// # Errors
    /// [`SignatureError::Algorithm`] or [`SignatureError::Digest`].
    pub fn verify(&self, octets: &[u8], suite: &dyn SignatureSuite) -> Result<(), SignatureError> {
        if self.method != suite.digest_uri() {
            return Err(SignatureError::Algorithm);
        }
        if suite.digest(octets) != self.digest {
            return Err(SignatureError::Digest);
        }
        Ok(())
    }
}

fn read_transforms(element: Element<'_, '_>) -> Result<Vec<Transform>, SignatureError> {
    let mut fields = element.fields(NAMESPACE)?;
    let transforms = fields.repeated("Transform", MAX_TRANSFORMS)?;
    fields.finish()?;
    transforms.into_iter().map(transform).collect()
}

fn transform(element: Element<'_, '_>) -> Result<Transform, SignatureError> {
    if algorithm(element)? == ENVELOPED {
        bare_algorithm(element)?;
        return Ok(Transform::Enveloped);
    }
    canonical_form(element).map(Transform::Canonical)
}

/// A canonical form, with its list of prefixes if it has one.
fn canonical_form(element: Element<'_, '_>) -> Result<Form, SignatureError> {
    const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
    let form = Form::from_uri(algorithm(element)?).ok_or(SignatureError::Transform)?;
    let mut fields = element.fields(EXCLUSIVE)?;
    let list = fields.optional("InclusiveNamespaces")?;
    fields.finish()?;
    let Some(list) = list else { return Ok(form) };
    list.fields(EXCLUSIVE)?.finish()?;
    let prefixes = list.attribute("", "PrefixList").unwrap_or("");
    if prefixes.split_ascii_whitespace().count() > MAX_PREFIXES {
        return Err(SignatureError::Transform);
    }
    form.with_prefixes(prefixes.split_ascii_whitespace()).ok_or(SignatureError::Transform)
}

fn algorithm<'a>(element: Element<'a, '_>) -> Result<&'a str, FieldError> {
    element
        .attribute("", "Algorithm")
        .ok_or_else(|| element.fault(Problem::Attribute("Algorithm is missing".to_owned())))
}

/// An algorithm that takes no parameters, such as `HMACOutputLength`.
fn bare_algorithm<'a>(element: Element<'a, '_>) -> Result<&'a str, FieldError> {
    element.fields(NAMESPACE)?.finish()?;
    algorithm(element)
}

/// Octets in base64; white space may stand anywhere in between.
///
/// # Errors
/// [`Problem::Text`] where it is not base64.
pub fn octets(element: Element<'_, '_>) -> Result<Vec<u8>, FieldError> {
    let mut text = element.text()?.as_bytes().to_vec();
    text.retain(|b| !b.is_ascii_whitespace());
    STANDARD.decode(text).map_err(|_| element.fault(Problem::Text("not base64".to_owned())))
}

/// What a signature to be made refers to: canonical octets, and how a reader comes by them.
#[derive(Debug, Clone, Copy)]
pub struct Target<'t> {
    /// The reference's URI.
    pub uri: &'t str,
    /// Identifiers of the transforms in order.
    pub transforms: &'t [&'t str],
    /// The octets that are digested.
    pub octets: &'t [u8],
}

/// Writes a `ds:Signature` that is in canonical form itself, so that nothing has to be read again.
///
/// `in_scope` is what the canonical form `form` adds to the start tag of `ds:SignedInfo` besides `ds`:
/// empty for the exclusive one, the declaration of the default namespace for the inclusive one.
///
/// # Errors
/// [`SigningFailed`] when the key's holder does not sign.
pub fn signature(
    signer: &dyn Signer,
    form: &Form,
    in_scope: &str,
    targets: &[Target<'_>],
    key_info: &str,
) -> Result<String, SigningFailed> {
    let suite = signer.suite();
    let mut info = format!(
        "<ds:SignedInfo{in_scope} xmlns:ds=\"{NAMESPACE}\">\
         <ds:CanonicalizationMethod Algorithm=\"{}\"></ds:CanonicalizationMethod>\
         <ds:SignatureMethod Algorithm=\"{}\"></ds:SignatureMethod>",
        form.uri(),
        suite.signature_uri(),
    );
    for target in targets {
        info.push_str("<ds:Reference URI=\"");
        info.push_str(target.uri);
        info.push_str("\"><ds:Transforms>");
        for transform in target.transforms {
            info.push_str("<ds:Transform Algorithm=\"");
            info.push_str(transform);
            info.push_str("\"></ds:Transform>");
        }
        info.push_str("</ds:Transforms><ds:DigestMethod Algorithm=\"");
        info.push_str(suite.digest_uri());
        info.push_str("\"></ds:DigestMethod><ds:DigestValue>");
        STANDARD.encode_string(suite.digest(target.octets), &mut info);
        info.push_str("</ds:DigestValue></ds:Reference>");
    }
    info.push_str("</ds:SignedInfo>");
    let value = STANDARD.encode(signer.sign(info.as_bytes())?);
    Ok(format!(
        "<ds:Signature xmlns:ds=\"{NAMESPACE}\">{info}<ds:SignatureValue>{value}</ds:SignatureValue>\
         <ds:KeyInfo>{key_info}</ds:KeyInfo></ds:Signature>"
    ))
}

/// Signs a document: one reference to the whole, the signature as the last child of the root element.
///
/// The forms are the ones the country's software uses: inclusive, for the document with comments.
///
/// # Errors
/// [`SigningFailed`] when the key's holder does not sign.
pub fn sign_enveloped(document: &impl ToElement, signer: &dyn Signer) -> Result<Vec<u8>, SigningFailed> {
    let text = document.to_xml();
    let form = Form::INCLUSIVE.with_comments();
    let target = Target { uri: "", transforms: &[ENVELOPED, form.uri()], octets: text.as_bytes() };
    let key_info = format!(
        "<ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data>",
        STANDARD.encode(signer.certificate().der())
    );
    let signature = signature(signer, &Form::INCLUSIVE, default_declaration(&text), &[target], &key_info)?;
    let end_tag = text.rfind("</").unwrap_or(text.len());
    let (content, end_tag) = text.split_at(end_tag);
    Ok(format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{content}{signature}{end_tag}").into_bytes())
}

/// The declaration of the root's default namespace, as the writer has put it: first, or not at all.
fn default_declaration(text: &str) -> &str {
    let after_name = &text[text.find([' ', '>']).unwrap_or(text.len())..];
    match after_name.strip_prefix(" xmlns=\"").and_then(|rest| rest.find('"')) {
        Some(length) => &after_name[.." xmlns=\"".len() + length + 1],
        None => "",
    }
}

/// What an enveloped signature covers, as the very octets that were digested.
///
/// Made only by [`verify_enveloped`]. The signer is proven to hold the certificate's key; whether the
/// certificate is trusted is for `pki::Trust` to say.
#[derive(Debug, Clone)]
pub struct SignedDocument {
    octets: Vec<u8>,
    certificate: Certificate,
}

impl SignedDocument {
    /// The canonical octets that were digested: the document without its signature and comments.
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// The certificate the signature agrees with.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Decodes the document from the octets that were digested, never from those received.
    ///
    /// # Errors
    /// The first [`FieldError`].
    pub fn parse<T: FromElement>(&self) -> Result<T, SignatureError> {
        Ok(with_tree(&self.octets, &Limits::DOCUMENT, T::from_element)??)
    }
}

/// Checks a document with an enveloped signature and gives what it covers.
///
/// # Errors
/// [`SignatureError`]; nothing of the document is given out then.
pub fn verify_enveloped(octets: &[u8], limits: &Limits) -> Result<SignedDocument, SignatureError> {
    with_tree(octets, limits, verify_root)?
}

fn verify_root(root: Element<'_, '_>) -> Result<SignedDocument, SignatureError> {
    let mut all = root.descendants().filter(|e| e.is(NAMESPACE, "Signature"));
    let element = all.next().ok_or(SignatureError::Missing)?;
    if all.next().is_some() || element.parent() != Some(root) {
        return Err(SignatureError::Several);
    }
    // Nobody signed the comments. Between elements they say nothing; inside a value they would give it another one for
    // readers that stop at them.
    if root.descendants().any(Element::has_split_text) {
        return Err(SignatureError::Xml(XmlError::Comment));
    }
    let signature = Signature::read(element)?;
    let [reference] = signature.references.as_slice() else { return Err(SignatureError::Reference) };
    if !reference.uri.is_empty() {
        return Err(SignatureError::Reference);
    }
    let [Transform::Enveloped, Transform::Canonical(form)] = reference.transforms.as_slice() else {
        return Err(SignatureError::Transform);
    };
    let certificate = x509_certificate(signature.key_info)?;
    let suite = signature.verify(&certificate)?;
    // XML-DSig, 4.4.3.3: an empty URI means the document without comments, whatever form follows.
    let covered = form.clone().without_comments().document_without(root, element.key());
    reference.verify(&covered, suite)?;
    Ok(SignedDocument { octets: covered, certificate })
}

/// The one certificate in `ds:KeyInfo/ds:X509Data`.
fn x509_certificate(key_info: Element<'_, '_>) -> Result<Certificate, SignatureError> {
    let mut fields = key_info.fields(NAMESPACE)?;
    let data = fields.required("X509Data")?;
    fields.finish()?;
    let mut fields = data.fields(NAMESPACE)?;
    let certificate = octets(fields.required("X509Certificate")?)?;
    fields.finish()?;
    Certificate::from_der(&certificate).map_err(|_| SignatureError::Certificate)
}
