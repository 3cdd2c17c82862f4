//! Namespaces and identifiers of the standards that a message is built from.

pub(crate) const SOAP_11: &str = "http://schemas.xmlsoap.org/soap/envelope/";
pub(crate) const SOAP_12: &str = "http://www.w3.org/2003/05/soap-envelope";
pub(crate) const WSSE: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
pub(crate) const WSU: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
pub(crate) const XML: &str = "http://www.w3.org/XML/1998/namespace";
/// WS-Addressing, the Recommendation and the submission that older software still writes.
pub(crate) const WSA: [&str; 2] =
    ["http://www.w3.org/2005/08/addressing", "http://schemas.xmlsoap.org/ws/2004/08/addressing"];
/// A certificate as the value of a token.
pub(crate) const X509_V3: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3";
pub(crate) const BASE64: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary";
