//! What is published about the inquiry port: its WSDL and the schemas the WSDL imports.
//!
//! The schema is our own subset of that of UDDI 3.0.2: what we read and write, and nothing else. Names of
//! messages, port type, binding and SOAPAction are those of the standard, so that ready-made clients fit.

use std::fmt::Write as _;

use super::NAMESPACE;
use super::inquiry::Entity;
use crate::publish::PublishedFile;

/// The port's name in the WSDL.
pub(super) const PORT: &str = "UDDI_Inquiry_Port";

/// The schemas by the names under which the WSDL imports them.
pub fn schemas() -> &'static [(&'static str, &'static str)] {
    &[("inquiry.xsd", include_str!("inquiry.xsd")), ("xml.xsd", include_str!("xml.xsd"))]
}

/// Every file of `spec/` about the inquiry port. The WSDL names an example address.
pub fn published() -> Vec<PublishedFile> {
    let wsdl = ("inquiry.wsdl", wsdl("https://gateway.example/uddi/inquiry"));
    let schemas = schemas().iter().map(|(name, text)| (*name, (*text).to_owned()));
    std::iter::once(wsdl)
        .chain(schemas)
        .map(|(name, content)| PublishedFile { path: format!("uddi/{name}"), content })
        .collect()
}

/// The description of the inquiry port at an address.
pub fn wsdl(address: &str) -> String {
    let operations = Entity::ALL.map(|entity| (entity.find_name(), found_in(entity)));
    let operations: Vec<_> =
        operations.into_iter().chain(Entity::ALL.map(|entity| (entity.get_name(), detail(entity)))).collect();
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <wsdl:definitions xmlns:wsdl=\"http://schemas.xmlsoap.org/wsdl/\" \
         xmlns:soap=\"http://schemas.xmlsoap.org/wsdl/soap/\" \
         xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" xmlns:uddi=\"{NAMESPACE}\" \
         xmlns:tns=\"urn:uddi-org:api_v3_portType\" targetNamespace=\"urn:uddi-org:api_v3_portType\">\n  \
         <wsdl:documentation>UDDI version 3, inquiry. Messages are not signed.</wsdl:documentation>\n  \
         <wsdl:types>\n    <xs:schema>\n      \
         <xs:import namespace=\"{NAMESPACE}\" schemaLocation=\"inquiry.xsd\"/>\n    \
         </xs:schema>\n  </wsdl:types>\n"
    );
    let mut messages: Vec<&str> =
        operations.iter().flat_map(|(request, response)| [*request, *response]).collect();
    messages.push("dispositionReport");
    messages.sort_unstable();
    messages.dedup();
    for name in messages {
        let _ = write!(
            out,
            "  <wsdl:message name=\"{name}\">\n    \
             <wsdl:part name=\"body\" element=\"uddi:{name}\"/>\n  </wsdl:message>\n"
        );
    }
    out.push_str("  <wsdl:portType name=\"UDDI_Inquiry_PortType\">\n");
    for (request, response) in &operations {
        let _ = write!(
            out,
            "    <wsdl:operation name=\"{request}\">\n      \
             <wsdl:input message=\"tns:{request}\"/>\n      \
             <wsdl:output message=\"tns:{response}\"/>\n      \
             <wsdl:fault name=\"error\" message=\"tns:dispositionReport\"/>\n    </wsdl:operation>\n"
        );
    }
    out.push_str(
        "  </wsdl:portType>\n  \
         <wsdl:binding name=\"UDDI_Inquiry_SoapBinding\" type=\"tns:UDDI_Inquiry_PortType\">\n    \
         <soap:binding style=\"document\" transport=\"http://schemas.xmlsoap.org/soap/http\"/>\n",
    );
    for (request, _) in &operations {
        let _ = write!(
            out,
            "    <wsdl:operation name=\"{request}\">\n      \
             <soap:operation soapAction=\"{request}\" style=\"document\"/>\n      \
             <wsdl:input><soap:body use=\"literal\"/></wsdl:input>\n      \
             <wsdl:output><soap:body use=\"literal\"/></wsdl:output>\n      \
             <wsdl:fault name=\"error\"><soap:fault name=\"error\" use=\"literal\"/></wsdl:fault>\n    \
             </wsdl:operation>\n"
        );
    }
    let _ = write!(
        out,
        "  </wsdl:binding>\n  <wsdl:service name=\"UDDI_Inquiry_Service\">\n    \
         <wsdl:port name=\"{PORT}\" binding=\"tns:UDDI_Inquiry_SoapBinding\">\n      \
         <soap:address location=\"{}\"/>\n    </wsdl:port>\n  </wsdl:service>\n</wsdl:definitions>\n",
        xml::escaped(address).replace('"', "&quot;")
    );
    out
}

fn found_in(entity: Entity) -> &'static str {
    match entity {
        Entity::Business => "businessList",
        Entity::Service => "serviceList",
        Entity::Binding => "bindingDetail",
        Entity::TModel => "tModelList",
    }
}

fn detail(entity: Entity) -> &'static str {
    match entity {
        Entity::Business => "businessDetail",
        Entity::Service => "serviceDetail",
        Entity::Binding => "bindingDetail",
        Entity::TModel => "tModelDetail",
    }
}
