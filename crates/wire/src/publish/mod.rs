//! What we publish in `spec/`, printed from the declarations: schemas, service descriptions, samples.
//!
//! The samples are bodies without a signature; signed envelopes are made where keys are, in `app`.

mod sample;
mod wsdl;
mod xsd;

pub use wsdl::wsdl;
pub(crate) use xsd::write_simple;
pub use xsd::xsd;

use xml::ToElement;

use crate::fault::{ELEMENT, GatewayFault};
use crate::framework::{COMMON, ServiceDescription};
use crate::iso20022::camt053;

/// All services, in the order in which they are documented.
pub fn services() -> &'static [&'static ServiceDescription] {
    static SERVICES: [&ServiceDescription; 6] = [
        &crate::gateway::SERVICE,
        &crate::card::SERVICE,
        &crate::portal::SERVICE,
        &crate::bank::SERVICE,
        &crate::tax_registry::SERVICE,
        &crate::service_bus::SERVICE,
    ];
    &SERVICES
}

/// One file of `spec/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedFile {
    /// Its path inside `spec/`.
    pub path: String,
    /// What is in it.
    pub content: String,
}

/// Every file of `spec/` that follows from the declarations. The descriptions name example addresses; a
/// running service prints its own with [`wsdl`].
pub fn published() -> Vec<PublishedFile> {
    let mut files = vec![
        file(format!("{}.xsd", COMMON.file), xsd(&COMMON)),
        sample_file(ELEMENT, &GatewayFault::example().to_xml()),
        file("iso8583.md".to_owned(), crate::iso8583::specification()),
        file("camt.053.xsd".to_owned(), camt053::SCHEMA.to_owned()),
        sample_file(crate::closing::ELEMENT, &crate::closing::example().to_xml()),
        sample_file("camt.053", &camt053::Camt053(&camt053::example()).to_xml()),
        file("register.xsd".to_owned(), crate::register::register_xsd()),
        file(format!("{}.xsd", crate::iso20022::camt054::FILE), crate::iso20022::camt054::SCHEMA.to_owned()),
    ];
    for (name, proposal) in crate::proposal::examples() {
        files.push(sample_file(name, &proposal.to_xml()));
    }
    files.push(sample_file(crate::acknowledgement::ELEMENT, &crate::acknowledgement::example().to_xml()));
    files.push(sample_file(crate::proposal::DECISION, &crate::proposal::example_decision().to_xml()));
    for service in services() {
        let stem = service.namespace.file;
        files.push(file(format!("{stem}.xsd"), xsd(service.namespace)));
        files.push(file(format!("{stem}.wsdl"), wsdl(service, &format!("https://{stem}.example/soap"))));
        for operation in service.operations {
            files.push(sample_file(operation.request.name, &(operation.request_example)()));
            files.push(sample_file(operation.response.name, &(operation.response_example)()));
        }
    }
    files
}

fn file(path: String, content: String) -> PublishedFile {
    PublishedFile { path, content }
}

fn sample_file(name: &str, canonical: &str) -> PublishedFile {
    file(format!("samples/{name}.xml"), sample::indented(canonical))
}

/// Escapes text for element content and attribute values alike.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
