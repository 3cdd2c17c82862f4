//! Making a signed message, written directly in canonical form.
//!
//! Each signed part repeats the namespaces it uses in its own start tag. So the octets that are sent are
//! the octets that are digested, and signing costs one pass over the body and one signature.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pki::{Signer, SigningFailed};
use terms::{Language, Moment};
use xml::c14n::Form;
use xml::dsig::{Target, signature};
use xml::escaped;

use crate::names::{BASE64, WSSE, WSU, X509_V3};
use crate::soap::{FaultCode, SoapVersion};

/// How long the security header says it is valid, in seconds. Facts are taken later too: an outbox may be
/// days late.
pub const VALID_SECONDS: i64 = 300;

const EXCLUSIVE: &[&str] = &["http://www.w3.org/2001/10/xml-exc-c14n#"];

/// How the signer's certificate is put into the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TokenForm {
    /// `wsse:BinarySecurityToken`, referred to from the signature.
    #[default]
    BinarySecurityToken,
    /// `wsse:KeyIdentifier` with the certificate itself, inside the signature's key information.
    KeyIdentifier,
}

/// Puts `body`, one element in canonical form as [`xml::Writer`] makes it, into a signed message.
///
/// # Errors
/// [`SigningFailed`] when the key's holder does not sign.
pub fn seal(
    version: SoapVersion,
    body: &str,
    signer: &dyn Signer,
    now: Moment,
    token: TokenForm,
) -> Result<Vec<u8>, SigningFailed> {
    let soap = version.namespace();
    let timestamp = format!(
        "<wsu:Timestamp xmlns:wsu=\"{WSU}\" wsu:Id=\"timestamp\"><wsu:Created>{now}</wsu:Created>\
         <wsu:Expires>{}</wsu:Expires></wsu:Timestamp>",
        now.plus_seconds(VALID_SECONDS)
    );
    let body = format!("<s:Body xmlns:s=\"{soap}\" xmlns:wsu=\"{WSU}\" wsu:Id=\"body\">{body}</s:Body>");
    let targets = [
        Target { uri: "#body", transforms: EXCLUSIVE, octets: body.as_bytes() },
        Target { uri: "#timestamp", transforms: EXCLUSIVE, octets: timestamp.as_bytes() },
    ];
    let certificate = STANDARD.encode(signer.certificate().der());
    let (token, reference) = match token {
        TokenForm::BinarySecurityToken => (
            format!(
                "<wsse:BinarySecurityToken xmlns:wsu=\"{WSU}\" EncodingType=\"{BASE64}\" \
                 ValueType=\"{X509_V3}\" wsu:Id=\"token\">{certificate}</wsse:BinarySecurityToken>"
            ),
            format!("<wsse:Reference URI=\"#token\" ValueType=\"{X509_V3}\"></wsse:Reference>"),
        ),
        TokenForm::KeyIdentifier => (
            String::new(),
            format!(
                "<wsse:KeyIdentifier EncodingType=\"{BASE64}\" ValueType=\"{X509_V3}\">{certificate}\
                 </wsse:KeyIdentifier>"
            ),
        ),
    };
    let key_info = format!("<wsse:SecurityTokenReference>{reference}</wsse:SecurityTokenReference>");
    let signature = signature(signer, &Form::EXCLUSIVE, "", &targets, &key_info)?;
    Ok(format!(
        "<s:Envelope xmlns:s=\"{soap}\"><s:Header>\
         <wsse:Security xmlns:wsse=\"{WSSE}\" s:mustUnderstand=\"1\">\
         {token}{timestamp}{signature}</wsse:Security></s:Header>{body}</s:Envelope>"
    )
    .into_bytes())
}

/// What a signed fault says.
#[derive(Debug, Clone, Copy)]
pub struct Fault<'f> {
    /// Whose move it is.
    pub code: FaultCode,
    /// The text for people.
    pub reason: &'f str,
    /// The language of the text.
    pub language: Language,
    /// One element in canonical form, as [`xml::Writer`] makes it.
    pub detail: Option<&'f str>,
}

/// Puts a fault into a signed message.
///
/// # Errors
/// [`SigningFailed`] when the key's holder does not sign.
pub fn seal_fault(
    version: SoapVersion,
    fault: &Fault<'_>,
    signer: &dyn Signer,
    now: Moment,
    token: TokenForm,
) -> Result<Vec<u8>, SigningFailed> {
    let code = fault.code.name(version);
    let (reason, language) = (escaped(fault.reason), fault.language.tag());
    let detail = fault.detail.unwrap_or_default();
    let body = match version {
        SoapVersion::V11 => format!(
            "<s:Fault><faultcode>s:{code}</faultcode><faultstring xml:lang=\"{language}\">{reason}\
             </faultstring><detail>{detail}</detail></s:Fault>"
        ),
        SoapVersion::V12 => format!(
            "<s:Fault><s:Code><s:Value>s:{code}</s:Value></s:Code><s:Reason>\
             <s:Text xml:lang=\"{language}\">{reason}</s:Text></s:Reason>\
             <s:Detail>{detail}</s:Detail></s:Fault>"
        ),
    };
    seal(version, &body, signer, now, token)
}
