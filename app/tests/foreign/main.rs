//! Programs of others in the country: zeep and python-xmlsec as participants, xmlsec1, xmllint and openssl as judges.
//!
//! The real processes are started through the binary; the Python beside this file speaks to them with nothing of ours
//! but WSDL, keys and certificates. `TOLEM_PYTHON` names an interpreter with zeep and xmlsec (else `python3`); the
//! judges are Debian's xmlsec1, libxml2-utils and openssl. `UPDATE_SPEC=1` writes `spec/samples/signed` anew; they are
//! checked by the run after that.

mod country;
mod judges;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use country::{Country, python};
use judges::{Message, openssl_trusts, xmllint_validates, xmlsec1_verifies, xmlsec1_verifies_document};

fn spec() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec")
}

/// The files of a folder with this ending, in order.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries.filter(|path| path.to_str().unwrap().ends_with(ending)).collect();
    files.sort();
    files
}

fn messages(folder: &Path) -> Vec<Message> {
    files(folder, ".xml").iter().map(|path| Message::read(path)).collect()
}

/// The names of all requests and answers of all services.
fn everything_said() -> BTreeSet<String> {
    let operations = wire::services().iter().flat_map(|service| service.operations);
    operations
        .flat_map(|operation| [operation.request.name, operation.response.name])
        .map(str::to_owned)
        .collect()
}

fn names(messages: &[Message], version: &str) -> BTreeSet<String> {
    let of_version = messages.iter().filter(|message| message.version == version);
    of_version.map(|message| message.name.clone()).filter(|name| name != "GatewayFault").collect()
}

/// Keeps one message of each name, and the root that its signer is to be checked by. No key is kept.
fn keep_samples(said: &[Message], national_ca: &Path) {
    let folder = spec().join("samples/signed");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::copy(national_ca, folder.join("national-ca.pem")).unwrap();
    let mut kept = BTreeSet::new();
    for message in said.iter().filter(|message| kept.insert(message.name.clone())) {
        std::fs::copy(&message.path, folder.join(format!("{}.xml", message.name))).unwrap();
    }
}

/// Every operation of every service, by the participant entitled to it, RSA and P-256, SOAP 1.1 and 1.2, loaded from
/// the WSDL that the service itself gives out; every message judged by three programs that know nothing of ours.
///
/// Meets: C13.1, C14, C15, C16
#[test]
fn a_foreign_program_uses_every_operation_of_every_service() {
    let country = Country::start("operations");
    country.meets("operations.py");
    let said = messages(&country.captures());
    for version in ["1.1", "1.2"] {
        assert_eq!(names(&said, version), everything_said(), "SOAP {version}");
    }
    xmlsec1_verifies(&said);
    xmllint_validates(&said, &spec());
    for served in files(&country.captures(), ".xsd") {
        let committed = std::fs::read(spec().join(served.file_name().unwrap())).unwrap();
        assert!(std::fs::read(&served).unwrap() == committed, "{} is not the one in spec/", served.display());
    }
    let receipts = files(&country.captures(), ".receipt");
    assert_eq!(receipts.len(), 4);
    for receipt in receipts {
        xmlsec1_verifies_document(&receipt, &country.national_ca());
    }
    if std::env::var_os("UPDATE_SPEC").is_some() {
        keep_samples(&said, &country.national_ca());
    }
}

/// Broken rules of business, of rights, of the signature's profile, of the channel; each answer is a fault by the
/// WSDL's type, in three languages, signed, and says whose move it is and where the money is.
///
/// Meets: C14, C15, C16
#[test]
fn refusals_reach_a_foreign_program_typed_and_signed() {
    let country = Country::start("refusals");
    country.meets("refusals.py");
    let said = messages_signed(&country.captures());
    let faults: Vec<Message> = said.into_iter().filter(|message| message.name == "GatewayFault").collect();
    assert_eq!(faults.len(), 30, "nine rules, five signatures and one repeat, in two versions");
    xmlsec1_verifies(&faults);
    openssl_trusts(&faults, &country.national_ca());
    xmllint_validates(&faults, &spec());
}

/// Only answers: some of the requests are broken on purpose.
fn messages_signed(folder: &Path) -> Vec<Message> {
    let is_answer = |path: &PathBuf| path.to_str().unwrap().contains(".answer.");
    files(folder, ".xml").iter().filter(|path| is_answer(path)).map(|path| Message::read(path)).collect()
}

/// From a name in the registry to a working service: business, service, binding, tModel, WSDL, call.
///
/// Meets: C14
#[test]
fn the_registry_leads_a_foreign_program_to_every_service() {
    let country = Country::start("registry");
    country.meets("registry.py");
}

/// The first program of an integrator, as `spec/README.md` prints it.
///
/// Meets: C14
#[test]
fn the_example_for_integrators_runs() {
    let text = std::fs::read_to_string(spec().join("README.md")).unwrap();
    let (_, rest) = text.split_once("```python\n").unwrap();
    let (example, _) = rest.split_once("```").unwrap();
    let country = Country::start("example");
    let script = country.captures().join("example.py");
    std::fs::write(&script, example).unwrap();
    let printed = python(&[script, country.folder(), country.gateway().into()]);
    assert!(printed.contains("1725.00") && printed.contains("TLM-PAY-0004"), "{printed}");
}

/// Signed samples are what an integrator compares with: each is whole, valid and verifiable without us.
///
/// Meets: C14, C16
#[test]
fn every_signed_sample_is_verified_by_others() {
    let folder = spec().join("samples/signed");
    let samples = messages(&folder);
    let mut expected = everything_said();
    expected.insert("GatewayFault".to_owned());
    let found: BTreeSet<String> = samples.iter().map(|message| message.name.clone()).collect();
    assert_eq!(found, expected);
    let root = folder.join("national-ca.pem");
    for sample in &samples {
        assert!(sample.path.ends_with(format!("{}.xml", sample.name)), "{}", sample.path.display());
    }
    xmlsec1_verifies(&samples);
    openssl_trusts(&samples, &root);
    xmllint_validates(&samples, &spec());
    for path in files(&folder, "") {
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(!text.contains("PRIVATE KEY"), "{} holds a key", path.display());
    }
}
