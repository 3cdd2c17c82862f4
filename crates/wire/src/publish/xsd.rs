//! Prints one namespace as an XML schema.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{escaped, services};
use crate::closing::DayClosing;
use crate::fault::{ELEMENT, GatewayFault};
use crate::framework::{COMMON, ComplexType, Facet, FieldType, Namespace, Occurs, SimpleType, Type};

/// The schema of a namespace: for the common one all types and the fault, for a service its messages.
pub fn xsd(namespace: &'static Namespace) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(
        out,
        "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" xmlns:{}=\"{}\"{} targetNamespace=\"{}\" \
         elementFormDefault=\"qualified\" version=\"1\">",
        COMMON.prefix,
        COMMON.uri,
        if *namespace == COMMON {
            String::new()
        } else {
            format!(" xmlns:{}=\"{}\"", namespace.prefix, namespace.uri)
        },
        namespace.uri
    );
    if *namespace == COMMON {
        write_common(&mut out);
    } else {
        let _ = writeln!(
            out,
            "  <xs:import namespace=\"{}\" schemaLocation=\"{}.xsd\"/>",
            COMMON.uri, COMMON.file
        );
        let messages = services()
            .iter()
            .filter(|service| service.namespace == namespace)
            .flat_map(|service| service.operations)
            .flat_map(|operation| [operation.request, operation.response]);
        for message in messages {
            write_message(&mut out, message);
        }
    }
    out.push_str("</xs:schema>\n");
    out
}

fn write_common(out: &mut String) {
    let mut types = Types::default();
    for operation in services().iter().flat_map(|service| service.operations) {
        types.gather(operation.request.fields);
        types.gather(operation.response.fields);
    }
    let fault = GatewayFault::complex_type();
    types.gather(fault.fields);
    types.complex.insert(fault.name, fault);
    // Signed documents stand by themselves; the schema is of what their signature covers.
    let closing = DayClosing::complex_type();
    types.gather(closing.fields);
    types.complex.insert(closing.name, closing);
    let documents =
        crate::proposal::complex_types().into_iter().chain([crate::acknowledgement::complex_type()]);
    for (_, document) in documents.clone() {
        types.gather(document.fields);
        types.complex.insert(document.name, document);
    }
    for simple in types.simple.values() {
        write_simple(out, simple);
    }
    for complex in types.complex.values() {
        let _ = writeln!(out, "  <xs:complexType name=\"{}\">", complex.name);
        write_doc(out, 4, complex.doc);
        write_sequence(out, 4, complex.fields);
        out.push_str("  </xs:complexType>\n");
    }
    let _ = writeln!(out, "  <xs:element name=\"{ELEMENT}\" type=\"{}:{}\"/>", COMMON.prefix, fault.name);
    let documents = [(crate::closing::ELEMENT, closing)].into_iter().chain(documents);
    for (name, document) in documents {
        let _ = writeln!(out, "  <xs:element name=\"{name}\" type=\"{}:{}\"/>", COMMON.prefix, document.name);
    }
}

/// The types that messages use, by name.
#[derive(Default)]
struct Types {
    simple: BTreeMap<&'static str, &'static SimpleType>,
    complex: BTreeMap<&'static str, &'static ComplexType>,
}

impl Types {
    fn gather(&mut self, fields: &'static [FieldType]) {
        for field in fields {
            match field.content {
                Type::Builtin(_) => {}
                Type::Simple(simple) => {
                    self.simple.insert(simple.name, simple);
                }
                Type::Complex(complex) => {
                    if self.complex.insert(complex.name, complex).is_none() {
                        self.gather(complex.fields);
                    }
                }
            }
        }
    }
}

fn write_message(out: &mut String, message: &ComplexType) {
    let _ = writeln!(out, "  <xs:element name=\"{}\">", message.name);
    write_doc(out, 4, message.doc);
    out.push_str("    <xs:complexType>\n");
    write_sequence(out, 6, message.fields);
    out.push_str("    </xs:complexType>\n  </xs:element>\n");
}

fn write_sequence(out: &mut String, indent: usize, fields: &[FieldType]) {
    let _ = writeln!(out, "{:indent$}<xs:sequence>", "");
    for field in fields {
        let occurs = match field.occurs {
            Occurs::Required => String::new(),
            Occurs::Optional => " minOccurs=\"0\"".to_owned(),
            Occurs::AtMost(most) => format!(" minOccurs=\"0\" maxOccurs=\"{most}\""),
        };
        let inner = indent + 2;
        let _ = writeln!(
            out,
            "{:inner$}<xs:element name=\"{}\" type=\"{}\"{occurs}>",
            "",
            field.name,
            type_name(field.content)
        );
        write_doc(out, inner + 2, field.doc);
        let _ = writeln!(out, "{:inner$}</xs:element>", "");
    }
    let _ = writeln!(out, "{:indent$}</xs:sequence>", "");
}

fn type_name(content: Type) -> String {
    match content {
        Type::Builtin(name) => format!("xs:{name}"),
        Type::Simple(simple) => format!("{}:{}", COMMON.prefix, simple.name),
        Type::Complex(complex) => format!("{}:{}", complex.namespace.prefix, complex.name),
    }
}

pub(crate) fn write_simple(out: &mut String, simple: &SimpleType) {
    let _ = writeln!(out, "  <xs:simpleType name=\"{}\">", simple.name);
    write_doc(out, 4, simple.doc);
    let _ = writeln!(out, "    <xs:restriction base=\"xs:{}\">", simple.base);
    for facet in simple.facets {
        let mut one = |name: &str, value: &str| {
            let _ = writeln!(out, "      <xs:{name} value=\"{}\"/>", escaped(value));
        };
        match facet {
            Facet::Pattern(pattern) => one("pattern", pattern),
            Facet::MinLength(length) => one("minLength", &length.to_string()),
            Facet::MaxLength(length) => one("maxLength", &length.to_string()),
            Facet::MaxInclusive(largest) => one("maxInclusive", &largest.to_string()),
            Facet::Words(words) => words.iter().for_each(|word| one("enumeration", word)),
        }
    }
    out.push_str("    </xs:restriction>\n  </xs:simpleType>\n");
}

fn write_doc(out: &mut String, indent: usize, doc: &[&str]) {
    let text = doc.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ");
    let _ = writeln!(
        out,
        "{:indent$}<xs:annotation><xs:documentation xml:lang=\"en\">{}</xs:documentation></xs:annotation>",
        "",
        escaped(&text)
    );
}
