//! Prints one service as WSDL 1.1, document/literal wrapped, bound to SOAP 1.1 and 1.2.
//!
//! Kept to what the usual clients digest: the fault's part references an element, every schema is imported
//! by name with a place, `soapAction` is empty, one part per message.

use std::fmt::Write as _;

use super::escaped;
use crate::fault::ELEMENT;
use crate::framework::{COMMON, ServiceDescription};

/// The description of a service at an address.
pub fn wsdl(service: &ServiceDescription, endpoint: &str) -> String {
    let mut out = String::new();
    write_head(&mut out, service);
    write_messages(&mut out, service);
    write_port_type(&mut out, service);
    write_binding(&mut out, service, "Soap11", "soap");
    write_binding(&mut out, service, "Soap12", "soap12");
    let _ = writeln!(out, "  <wsdl:service name=\"{}\">", service.name);
    for (version, prefix) in [("Soap11", "soap"), ("Soap12", "soap12")] {
        let name = service.name;
        let address = escaped(endpoint);
        let _ = write!(
            out,
            "    <wsdl:port name=\"{name}{version}\" binding=\"tns:{name}{version}\">\n      \
             <{prefix}:address location=\"{address}\"/>\n    </wsdl:port>\n"
        );
    }
    out.push_str("  </wsdl:service>\n</wsdl:definitions>\n");
    out
}

fn write_head(out: &mut String, service: &ServiceDescription) {
    let namespace = service.namespace;
    let _ = write!(
        out,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <wsdl:definitions xmlns:wsdl=\"http://schemas.xmlsoap.org/wsdl/\" \
         xmlns:soap=\"http://schemas.xmlsoap.org/wsdl/soap/\" \
         xmlns:soap12=\"http://schemas.xmlsoap.org/wsdl/soap12/\" \
         xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" xmlns:c=\"{common}\" xmlns:tns=\"{own}\" \
         name=\"{name}\" targetNamespace=\"{own}\">\n  \
         <wsdl:documentation>{doc} Every request and answer is signed (WS-Security).</wsdl:documentation>\n  \
         <wsdl:types>\n    <xs:schema>\n      \
         <xs:import namespace=\"{common}\" schemaLocation=\"{common_file}.xsd\"/>\n      \
         <xs:import namespace=\"{own}\" schemaLocation=\"{own_file}.xsd\"/>\n    \
         </xs:schema>\n  </wsdl:types>\n",
        common = COMMON.uri,
        common_file = COMMON.file,
        own = namespace.uri,
        own_file = namespace.file,
        name = service.name,
        doc = escaped(service.doc),
    );
}

fn write_messages(out: &mut String, service: &ServiceDescription) {
    for operation in service.operations {
        for name in [operation.request.name, operation.response.name] {
            let _ = write!(
                out,
                "  <wsdl:message name=\"{name}\">\n    \
                 <wsdl:part name=\"parameters\" element=\"tns:{name}\"/>\n  </wsdl:message>\n"
            );
        }
    }
    let _ = write!(
        out,
        "  <wsdl:message name=\"{ELEMENT}\">\n    \
         <wsdl:part name=\"fault\" element=\"c:{ELEMENT}\"/>\n  </wsdl:message>\n"
    );
}

fn write_port_type(out: &mut String, service: &ServiceDescription) {
    let _ = writeln!(out, "  <wsdl:portType name=\"{}\">", service.name);
    for operation in service.operations {
        let doc = operation.request.doc.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ");
        let _ = write!(
            out,
            "    <wsdl:operation name=\"{name}\">\n      \
             <wsdl:documentation>{doc}</wsdl:documentation>\n      \
             <wsdl:input message=\"tns:{name}\"/>\n      \
             <wsdl:output message=\"tns:{response}\"/>\n      \
             <wsdl:fault name=\"{ELEMENT}\" message=\"tns:{ELEMENT}\"/>\n    </wsdl:operation>\n",
            name = operation.name,
            doc = escaped(&doc),
            response = operation.response.name,
        );
    }
    out.push_str("  </wsdl:portType>\n");
}

fn write_binding(out: &mut String, service: &ServiceDescription, version: &str, prefix: &str) {
    let name = service.name;
    let _ = write!(
        out,
        "  <wsdl:binding name=\"{name}{version}\" type=\"tns:{name}\">\n    \
         <{prefix}:binding style=\"document\" transport=\"http://schemas.xmlsoap.org/soap/http\"/>\n"
    );
    for operation in service.operations {
        let _ = write!(
            out,
            "    <wsdl:operation name=\"{}\">\n      \
             <{prefix}:operation soapAction=\"\" style=\"document\"/>\n      \
             <wsdl:input><{prefix}:body use=\"literal\"/></wsdl:input>\n      \
             <wsdl:output><{prefix}:body use=\"literal\"/></wsdl:output>\n      \
             <wsdl:fault name=\"{ELEMENT}\">\
             <{prefix}:fault name=\"{ELEMENT}\" use=\"literal\"/></wsdl:fault>\n    \
             </wsdl:operation>\n",
            operation.name
        );
    }
    out.push_str("  </wsdl:binding>\n");
}
