//! The tModels that UDDI and its technical notes have named, as far as our entries refer to them.

/// Classifies a tModel as the description of a web service.
pub const CATEGORIZATION_TYPES: &str = "uddi:uddi.org:categorization:types";
/// Which part of a WSDL an entry stands for.
pub const WSDL_TYPES: &str = "uddi:uddi.org:wsdl:types";
/// The protocol of a port.
pub const WSDL_PROTOCOL: &str = "uddi:uddi.org:wsdl:categorization:protocol";
/// The transport of a port.
pub const WSDL_TRANSPORT: &str = "uddi:uddi.org:wsdl:categorization:transport";
/// The target namespace of a WSDL.
pub const XML_NAMESPACE: &str = "uddi:uddi.org:xml:namespace";
/// The name of an element of a WSDL.
pub const XML_LOCAL_NAME: &str = "uddi:uddi.org:xml:localname";
/// SOAP 1.1.
pub const SOAP_11: &str = "uddi:uddi.org:protocol:soap";
/// SOAP 1.2.
pub const SOAP_12: &str = "uddi:uddi.org:protocol:soap12";
/// HTTP.
pub const HTTP: &str = "uddi:uddi.org:transport:http";
/// The inquiry part of UDDI version 3.
pub const V3_INQUIRY: &str = "uddi:uddi.org:v3_inquiry";
/// БИН, the business identification number; this one is ours.
pub const BIN: &str = "uddi:tolem:bin";

/// Key, name and description of each.
pub(super) const ALL: [(&str, &str, &str); 11] = [
    (CATEGORIZATION_TYPES, "uddi-org:types", "What kind of thing a tModel describes."),
    (WSDL_TYPES, "uddi-org:wsdl:types", "Which part of a WSDL an entry stands for."),
    (WSDL_PROTOCOL, "uddi-org:wsdl:categorization:protocol", "The protocol of a WSDL port."),
    (WSDL_TRANSPORT, "uddi-org:wsdl:categorization:transport", "The transport of a WSDL port."),
    (XML_NAMESPACE, "uddi-org:xml:namespace", "The target namespace of a WSDL."),
    (XML_LOCAL_NAME, "uddi-org:xml:localName", "The name of an element of a WSDL."),
    (SOAP_11, "uddi-org:protocol:soap", "SOAP 1.1."),
    (SOAP_12, "uddi-org:protocol:soap12", "SOAP 1.2."),
    (HTTP, "uddi-org:http", "HTTP."),
    (V3_INQUIRY, "uddi-org:inquiry_v3", "The inquiry part of UDDI version 3."),
    (BIN, "tolem:bin", "Business identification number of the Republic of Kazakhstan (БИН), twelve digits."),
];
