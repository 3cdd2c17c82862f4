//! Programs of others that judge messages: xmlsec1, xmllint, openssl. Debian packages of the same or nearly the same
//! name; a missing one is a failure.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

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
            body: Form::EXCLUSIVE.element(element),
            certificate: format!("-----BEGIN CERTIFICATE-----\n{certificate}\n-----END CERTIFICATE-----\n"),
        }
    }
}

fn judged(command: &mut Command, what: &str) {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().unwrap_or_else(|error| panic!("{name} must be installed: {error}"));
    assert!(output.status.success(), "{name} of {what}: {}", String::from_utf8_lossy(&output.stderr));
}

/// xmlsec1 finds the signature of a message right, by the certificate in it.
pub(crate) fn xmlsec1_verifies(message: &Message) {
    let certificate = std::env::temp_dir().join(format!("tolem-signer-{}.pem", unique()));
    std::fs::write(&certificate, wrapped(&message.certificate)).unwrap();
    let mut command = Command::new("xmlsec1");
    command.args(["--verify", "--pubkey-cert-pem"]).arg(&certificate);
    for element in SOAP.map(|(_, uri)| format!("{uri}:Body")).into_iter().chain([format!("{WSU}:Timestamp")]) {
        command.args(["--id-attr:Id", &element]);
    }
    judged(command.arg(&message.path), &message.path.display().to_string());
    std::fs::remove_file(certificate).unwrap();
}

/// xmlsec1 finds the signature of a document right, and its signer's certificate issued by the national CA.
pub(crate) fn xmlsec1_verifies_document(document: &Path, national_ca: &Path) {
    let mut command = Command::new("xmlsec1");
    command.args(["--verify", "--enabled-key-data", "x509", "--trusted-pem"]).arg(national_ca).arg(document);
    judged(&mut command, &document.display().to_string());
}

/// openssl finds the signer's certificate issued by the national CA. The time is not asked: samples grow old.
pub(crate) fn openssl_trusts(message: &Message, national_ca: &Path) {
    let mut openssl = Command::new("openssl")
        .args(["verify", "-no_check_time", "-CAfile"])
        .arg(national_ca)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("openssl must be installed");
    let pem = wrapped(&message.certificate);
    openssl.stdin.take().unwrap().write_all(pem.as_bytes()).unwrap();
    assert!(openssl.wait().unwrap().success(), "{}", message.path.display());
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

/// PEM in lines, as every reader takes it.
fn wrapped(pem: &str) -> String {
    let break_line = |line: &str| -> String {
        let letters: Vec<char> = line.chars().collect();
        letters.chunks(64).map(|part| part.iter().collect::<String>() + "\n").collect()
    };
    pem.lines().map(break_line).collect()
}

fn unique() -> String {
    format!("{}-{:?}", std::process::id(), std::thread::current().id()).replace(['(', ')'], "")
}
