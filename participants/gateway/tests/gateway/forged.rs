//! Messages as somebody makes them who does not keep to the rules: with and without a true key.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use envelope::SoapVersion;
use pki::Signer;
use terms::Moment;
use xml::c14n::Form;
use xml::dsig::{Target, signature};

const WSSE: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
const WSU: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
const X509_V3: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3";
const BASE64: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary";
const EXCLUSIVE: &[&str] = &["http://www.w3.org/2001/10/xml-exc-c14n#"];

/// A true signature, over the timestamp alone.
pub(crate) fn timestamp_alone(version: SoapVersion, body: &str, signer: &dyn Signer, now: Moment) -> String {
    let soap = version.namespace();
    let timestamp = format!(
        "<wsu:Timestamp xmlns:wsu=\"{WSU}\" wsu:Id=\"timestamp\"><wsu:Created>{now}</wsu:Created></wsu:Timestamp>"
    );
    let targets = [Target { uri: "#timestamp", transforms: EXCLUSIVE, octets: timestamp.as_bytes() }];
    let certificate = STANDARD.encode(signer.certificate().der());
    let key_info = format!(
        "<w:SecurityTokenReference xmlns:w=\"{WSSE}\"><w:KeyIdentifier ValueType=\"{X509_V3}\" \
         EncodingType=\"{BASE64}\">{certificate}</w:KeyIdentifier></w:SecurityTokenReference>"
    );
    let signature = signature(signer, &Form::EXCLUSIVE, "", &targets, &key_info).unwrap();
    format!(
        "<s:Envelope xmlns:s=\"{soap}\"><s:Header><w:Security xmlns:w=\"{WSSE}\">{timestamp}{signature}</w:Security>\
         </s:Header><s:Body xmlns:wsu=\"{WSU}\" wsu:Id=\"body\">{body}</s:Body></s:Envelope>"
    )
}

/// The part of a text from `start` to the end of the next `end`.
pub(crate) fn part<'t>(text: &'t str, start: &str, end: &str) -> &'t str {
    let from = text.find(start).unwrap_or_else(|| panic!("no {start} in {text}"));
    let to = from + text[from..].find(end).unwrap() + end.len();
    &text[from..to]
}

/// The text without that part.
pub(crate) fn without(text: &str, start: &str, end: &str) -> String {
    text.replace(part(text, start, end), "")
}

/// The text with that part twice.
pub(crate) fn doubled(text: &str, start: &str, end: &str) -> String {
    let part = part(text, start, end);
    text.replace(part, &format!("{part}{part}"))
}

/// The signed Body goes into the header, where the reference still finds it, and another takes its place.
pub(crate) fn wrapped(text: &str, other_body: &str, same_id: bool) -> String {
    let body = part(text, "<s:Body", "</s:Body>");
    let other =
        body.replace(part(body, "\"body\">", "</s:Body>"), &format!("\"body\">{other_body}</s:Body>"));
    let other = if same_id { other } else { other.replace("wsu:Id=\"body\"", "wsu:Id=\"other\"") };
    text.replace(body, &other)
        .replace("</s:Header>", &format!("<x:Wrapper xmlns:x=\"urn:x\">{body}</x:Wrapper></s:Header>"))
}

/// An element that occurs once, with its start tag.
pub(crate) fn element<'t>(text: &'t str, name: &str) -> &'t str {
    let start = [format!("<{name}>"), format!("<{name} ")].into_iter().find(|start| text.contains(start));
    part(text, &start.unwrap_or_else(|| panic!("no {name} in {text}")), &format!("</{name}>"))
}

/// Puts another value into an element that occurs once.
pub(crate) fn with_element(text: &str, name: &str, value: &str) -> String {
    let old = element(text, name);
    let start = &old[..=old.find('>').unwrap()];
    text.replace(old, &format!("{start}{value}</{name}>"))
}
