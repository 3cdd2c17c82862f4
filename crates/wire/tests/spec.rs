//! What is published in `spec/` is what the code declares, and others can use it.
//!
//! Run with `UPDATE_SPEC=1` to write the files anew. `xmllint` must be installed; the Python of
//! `TOLEM_PYTHON` (else `python3`) must have zeep.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use wire::{ComplexType, FieldType, Occurs, Type, published, services};

fn spec() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../spec")
}

fn succeeds(output: &Output) {
    let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
    assert!(output.status.success(), "{}\n{}", text(&output.stdout), text(&output.stderr));
}

/// Meets: C13.1, C14
#[test]
fn the_published_files_are_what_the_code_declares() {
    for file in published() {
        let path = spec().join(&file.path);
        if std::env::var_os("UPDATE_SPEC").is_some() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &file.content).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(committed == file.content, "spec/{} is out of date: run with UPDATE_SPEC=1", file.path);
    }
}

#[test]
fn every_sample_is_valid_by_its_schema() {
    let folder = std::env::temp_dir().join(format!("tolem-spec-{}", std::process::id()));
    for file in published() {
        let path = folder.join(&file.path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, file.content).unwrap();
    }
    for service in services() {
        let samples = service.operations.iter().flat_map(|operation| [operation.request, operation.response]);
        let output = Command::new("xmllint")
            .args(["--noout", "--schema"])
            .arg(folder.join(format!("{}.xsd", service.namespace.file)))
            .args(samples.map(|message| folder.join(format!("samples/{}.xml", message.name))))
            .output()
            .expect("xmllint is installed");
        succeeds(&output);
    }
    let documents = wire::proposal::examples().into_iter().map(|(name, _)| name);
    let documents: Vec<String> = documents
        .chain([
            wire::proposal::DECISION,
            wire::acknowledgement::ELEMENT,
            wire::closing::ELEMENT,
            "GatewayFault",
        ])
        .map(|name| format!("samples/{name}.xml"))
        .collect();
    let documents = documents.iter().map(|sample| ("common.xsd", sample.as_str()));
    for (schema, sample) in documents.chain([("camt.053.xsd", "samples/camt.053.xml")]) {
        let output = Command::new("xmllint")
            .args(["--noout", "--schema"])
            .args([folder.join(schema), folder.join(sample)])
            .output()
            .expect("xmllint is installed");
        succeeds(&output);
    }
    std::fs::remove_dir_all(folder).unwrap();
}

/// Whoever checks against the schema before sending learns there what the reader would refuse.
#[test]
fn the_schema_refuses_what_the_reader_refuses() {
    let published = published();
    let sample = published.iter().find(|file| file.path == "samples/NotifyPayment.xml").unwrap();
    let folder = std::env::temp_dir().join(format!("tolem-slips-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for file in published.iter().filter(|file| file.path.ends_with(".xsd")) {
        std::fs::write(folder.join(&file.path), &file.content).unwrap();
    }
    for (right, wrong) in [
        (">7291417776317054<", ">7291 4177 7631 7054<"),
        (">850612200017<", ">850612 200017<"),
        (">1725.00<", ">1725.5<"),
        (">1725.00<", ">01725.00<"),
        (">1725.00<", ">-1725.00<"),
        (">1725.00<", ">10000000001<"),
        (">internetBank<", "> internetBank<"),
        (">KZ770000000000000001<", ">kz770000000000000001<"),
        (">Әбдіреев Серік Болатұлы<", "> Әбдіреев<"),
        ("T07:05:00.000000+05:00</sentAt>", "T07:05:00</sentAt>"),
        ("<sender>500140000126</sender>", ""),
        ("<sender>500140000126</sender>", "<sender>500140000126</sender><sender>500140000126</sender>"),
    ] {
        assert!(sample.content.contains(right), "{right}");
        let path = folder.join("slip.xml");
        std::fs::write(&path, sample.content.replacen(right, wrong, 1)).unwrap();
        let output = Command::new("xmllint")
            .args(["--noout", "--schema"])
            .args([folder.join("gateway.xsd"), path])
            .output()
            .expect("xmllint is installed");
        assert_eq!(output.status.code(), Some(3), "{wrong} is valid by the schema");
    }
    std::fs::remove_dir_all(folder).unwrap();
}

/// zeep stands for the clients of others: it loads each description, builds every message from the values of
/// our sample, and parses the fault.
///
/// Meets: C14
#[test]
fn a_client_that_is_not_ours_understands_every_service() {
    let python = std::env::var("TOLEM_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/zeep_client.py");
    let output = Command::new(python).arg(script).arg(spec()).output().expect("the interpreter runs");
    succeeds(&output);
}

/// What broke somebody's client is not in any of our types: the schema knows no such thing, and what it knows
/// is used with bounds.
#[test]
fn every_list_is_bounded_and_every_text_has_a_form() {
    fn check(complex: &ComplexType) {
        for field in complex.fields {
            let FieldType { name, occurs, content, .. } = field;
            if let Occurs::AtMost(most) = occurs {
                assert!((1..=1000).contains(most), "{}/{name}", complex.name);
            }
            match content {
                Type::Builtin(builtin) => assert_eq!(*builtin, "boolean", "{}/{name}", complex.name),
                Type::Simple(simple) => assert!(!simple.facets.is_empty(), "{}", simple.name),
                Type::Complex(inner) => check(inner),
            }
        }
    }
    for operation in services().iter().flat_map(|service| service.operations) {
        check(operation.request);
        check(operation.response);
    }
}
