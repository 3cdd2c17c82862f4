//! Programs of others that judge messages: xmlsec1, xmllint, openssl. Debian packages of the same or nearly the same
//! name; a missing one is a failure.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use xml::c14n::Form;
use xml::{Element, Limits, with_tree};

const WSSE: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
const WSU: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
const SOAP: [(&str, &str); 2] = [
    ("1.1", "http://schemas.xmlsoap.org/soap/envelope/"),
    ("1.2", "http://www.w3.org/2003/05/soap-envelope"),
];

/// A message as it was on the wire, taken apart for the judges.
pub(crate) struct Message {
    pub(crate) path: PathBuf,
    pub(crate) version: &'static str,
    /// The local name of the element in the Body, or in a fault's detail.
    pub(crate) name: String,
    /// The file of `spec/` that describes that element.
    schema: String,
    body: Vec<u8>,
    /// The signer's certificate, as PEM.
    certificate: String,
}

impl Message {
    pub(crate) fn read(path: &Path) -> Self {
        let octets = std::fs::read(path).unwrap();
        with_tree(&octets, &Limits::DOCUMENT, |root| Self::of(path, root)).unwrap()
    }

    fn of(path: &Path, root: Element<'_, '_>) -> Self {
        let soap = root.namespace().unwrap();
        let (version, _) = SOAP.into_iter().find(|(_, uri)| *uri == soap).unwrap();
        let said = root.child(soap, "Body").unwrap().children().next().unwrap();
        let element = if said.is(soap, "Fault") {
            let mut parts = said.children();
            let detail = parts.find(|part| part.name().eq_ignore_ascii_case("detail")).unwrap();
            detail.children().next().unwrap()
        } else {
            said
        };
        let token = root.descendants().find(|e| e.is(WSSE, "BinarySecurityToken")).unwrap();
        let certificate: String = token.text().unwrap().split_whitespace().collect();
        let schema = element.namespace().unwrap().split(':').nth(2).unwrap().to_owned();
        Self {
            path: path.to_owned(),
            version,
            name: element.name().to_owned(),
            schema,
            // The inclusive form keeps the prefixes that values such as `xsi:type` name.
            body: Form::INCLUSIVE.element(element),
            certificate: pem(&certificate),
        }
    }
}

fn judged(command: &mut Command, what: &str) {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().unwrap_or_else(|error| panic!("{name} must be installed: {error}"));
    assert!(output.status.success(), "{name} of {what}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Messages by the certificate in them, so that a judge is called once for each signer.
fn by_signer(messages: &[Message]) -> BTreeMap<&str, Vec<&Path>> {
    let mut signers: BTreeMap<&str, Vec<&Path>> = BTreeMap::new();
    for message in messages {
        signers.entry(&message.certificate).or_default().push(&message.path);
    }
    signers
}

/// xmlsec1 finds the signature of every message right, by the certificate in it.
pub(crate) fn xmlsec1_verifies(messages: &[Message]) {
    let certificate = std::env::temp_dir().join(format!("tolem-signer-{}.pem", unique()));
    for (signer, paths) in by_signer(messages) {
        std::fs::write(&certificate, signer).unwrap();
        let mut command = Command::new("xmlsec1");
        command.args(["--verify", "--pubkey-cert-pem"]).arg(&certificate);
        let bodies = SOAP.map(|(_, uri)| format!("{uri}:Body"));
        for element in bodies.into_iter().chain([format!("{WSU}:Timestamp")]) {
            command.args(["--id-attr:Id", &element]);
        }
        judged(command.args(&paths), &paths[0].display().to_string());
    }
    std::fs::remove_file(certificate).unwrap();
}

/// xmlsec1 finds the signature of a document right, and its signer's certificate issued by the national CA.
pub(crate) fn xmlsec1_verifies_document(document: &Path, national_ca: &Path) {
    let mut command = Command::new("xmlsec1");
    command.args(["--verify", "--enabled-key-data", "x509", "--trusted-pem"]).arg(national_ca).arg(document);
    judged(&mut command, &document.display().to_string());
}

/// openssl finds every signer's certificate issued by the national CA. The time is not asked: samples grow old.
pub(crate) fn openssl_trusts(messages: &[Message], national_ca: &Path) {
    let certificate = std::env::temp_dir().join(format!("tolem-issued-{}.pem", unique()));
    for (signer, paths) in by_signer(messages) {
        std::fs::write(&certificate, signer).unwrap();
        let mut command = Command::new("openssl");
        command.args(["verify", "-no_check_time", "-CAfile"]).arg(national_ca).arg(&certificate);
        judged(&mut command, &paths[0].display().to_string());
    }
    std::fs::remove_file(certificate).unwrap();
}

/// xmllint finds the Body of every message valid by the schemas in a folder.
pub(crate) fn xmllint_validates(messages: &[Message], schemas: &Path) {
    let folder = std::env::temp_dir().join(format!("tolem-bodies-{}", unique()));
    std::fs::create_dir_all(&folder).unwrap();
    let mut names: Vec<&str> = messages.iter().map(|message| message.schema.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        let bodies = messages.iter().enumerate().filter(|(_, message)| message.schema == name);
        let files = bodies.map(|(number, message)| {
            let file = folder.join(format!("{number}.{}.xml", message.name));
            std::fs::write(&file, &message.body).unwrap();
            file
        });
        let mut command = Command::new("xmllint");
        command.args(["--nonet", "--noout", "--schema"]).arg(schemas.join(format!("{name}.xsd"))).args(files);
        judged(&mut command, name);
    }
    std::fs::remove_dir_all(folder).unwrap();
}

/// A certificate as PEM, from base64 without blanks.
fn pem(base64: &str) -> String {
    let letters: Vec<char> = base64.chars().collect();
    let lines: String = letters.chunks(64).map(|line| line.iter().collect::<String>() + "\n").collect();
    format!("-----BEGIN CERTIFICATE-----\n{lines}-----END CERTIFICATE-----\n")
}

fn unique() -> String {
    format!("{}-{:?}", std::process::id(), std::thread::current().id()).replace(['(', ')'], "")
}
