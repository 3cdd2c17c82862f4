//! Registers as XML and as camt.054: valid by their schemas, canonical, read back, and refused where they are wrong.
//!
//! `xmllint` must be installed.

use std::path::{Path, PathBuf};
use std::process::Command;

use ledger::PostingKind;
use ledger::register::intake::{Expected, Fault, Line, Refused, Said};
use ledger::register::{Column, Row, Totals, sample};
use pki::issue::{Authority, Organisation, Profile, Request};
use pki::{FileSigner, SuiteId};
use proptest::prelude::*;
use terms::{Moment, Tiyn};
use wire::iso20022::camt054::{self, Camt054Writer, WriteError, read_camt054};
use wire::register::{
    Digested, Digesting, FileDigest, FormatWord, Manifest, Mismatch, RegisterWriter, read_register,
    register_xsd,
};
use xml::dsig::{sign_enveloped, verify_enveloped};
use xml::{FromElement, Limits, ToElement, with_tree};

fn totals_of(rows: &[Row]) -> Totals {
    let mut totals = Totals::default();
    rows.iter().for_each(|row| totals.count(row));
    totals
}

fn register_of(rows: &[Row]) -> (Vec<u8>, Digested) {
    let digesting = Digesting::new(Vec::new(), true);
    let mut register = RegisterWriter::new(digesting, &sample::head(rows.len() as u64)).unwrap();
    rows.iter().for_each(|row| register.row(row).unwrap());
    let (digesting, totals) = register.finish().unwrap();
    assert_eq!(totals, totals_of(rows));
    digesting.finish()
}

fn camt_of(rows: &[Row]) -> Vec<u8> {
    let mut camt =
        Camt054Writer::new(Vec::new(), &sample::head(rows.len() as u64), &totals_of(rows)).unwrap();
    rows.iter().for_each(|row| camt.row(row).unwrap());
    camt.finish().unwrap().0
}

fn expected() -> Expected {
    Expected { bank: sample::bank(), day: sample::day(), totals: None }
}

fn said(rows: &[Row]) -> Said {
    let totals = totals_of(rows);
    Said { rows: totals.rows(), net: totals.net() }
}

fn lines_of(rows: &[Row]) -> Vec<Line> {
    (1..)
        .zip(rows)
        .map(|(at, row)| Line {
            row: at,
            code: row.code,
            reference: row.requisites.bank_reference.clone(),
            amount: row.amount,
            is_deduction: row.is_deduction(),
            day: row.day,
        })
        .collect()
}

type Read = Result<(Said, Vec<Line>), Refused>;

fn read_xml(octets: &[u8]) -> Read {
    let mut lines = Vec::new();
    let said = read_register(octets, expected(), &mut |line| lines.push(line))?;
    Ok((said, lines))
}

fn read_camt(octets: &[u8]) -> Read {
    let mut lines = Vec::new();
    let said = read_camt054(octets, expected(), &mut |line| lines.push(line))?;
    Ok((said, lines))
}

fn faults(read: Read) -> Vec<(u64, Fault)> {
    read.unwrap_err().faults.into_iter().map(|one| (one.row, one.fault)).collect()
}

/// A folder that goes away.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("tolem-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, content).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn validate(schema: &Path, document: &Path) -> Result<(), String> {
    let output = Command::new("xmllint")
        .args(["--noout", "--schema"])
        .args([schema, document])
        .output()
        .expect("xmllint is installed");
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}

fn manifest_of(rows: &[Row], digested: &Digested) -> Manifest {
    let name = "register.xml".parse().unwrap();
    let file = FileDigest::new(name, FormatWord::Xml, digested);
    Manifest::new(&sample::head(rows.len() as u64), &totals_of(rows), [7; 32], vec![file])
}

/// Meets: C10
#[test]
fn a_register_and_its_manifest_are_valid_by_the_schema() {
    let folder = Folder::new("register-xsd");
    let schema = folder.file("register.xsd", register_xsd().as_bytes());
    let rows: Vec<_> = sample::rows(300).collect();
    let (octets, digested) = register_of(&rows);
    let manifest = manifest_of(&rows, &digested).to_xml();
    for (name, octets) in [("register.xml", octets.as_slice()), ("manifest.xml", manifest.as_bytes())] {
        assert_eq!(validate(&schema, &folder.file(name, octets)), Ok(()));
    }
    let text = String::from_utf8(octets).unwrap();
    for (right, wrong) in [
        ("<amount>80.19</amount>", "<amount>80.1</amount>"),
        ("<kind>payment</kind>", "<kind>gift</kind>"),
        ("<kbk>008126</kbk>", "<kbk>8126</kbk>"),
        ("<day>2026-11-22</day>", ""),
    ] {
        assert!(text.contains(right), "{right}");
        let slip = folder.file("slip.xml", text.replacen(right, wrong, 1).as_bytes());
        assert!(validate(&schema, &slip).is_err(), "{wrong}");
    }
}

/// Meets: C10
/// Defends: A29
#[test]
fn a_signed_manifest_is_valid_by_the_schema_and_says_what_was_signed() {
    let now = Moment::from_system_clock();
    let organisation =
        Organisation { name: "Шлюз".parse().unwrap(), bin: "960440000012".parse().unwrap() };
    let days = |days: i64| now.plus_seconds(days * 86_400);
    let root =
        Authority::create_root(&"NATIONAL CA".parse().unwrap(), SuiteId::P256, days(-2), days(9)).unwrap();
    let authority = Authority::load(root.key_pem.expose_secret(), &root.certificate.to_pem()).unwrap();
    let request = Request {
        profile: Profile::ParticipantSigning { organisation },
        suite: SuiteId::Gost512,
        not_before: days(-1),
        not_after: days(1),
        crl_url: "https://localhost/crl".to_owned(),
    };
    let issued = authority.issue(&request).unwrap();
    let signer = FileSigner::from_pem(issued.key_pem.expose_secret(), &issued.certificate.to_pem()).unwrap();
    let rows: Vec<_> = sample::rows(20).collect();
    let manifest = manifest_of(&rows, &register_of(&rows).1);
    let signed = sign_enveloped(&manifest, &signer).unwrap();
    let folder = Folder::new("register-manifest");
    let schema = folder.file("register.xsd", register_xsd().as_bytes());
    assert_eq!(validate(&schema, &folder.file("manifest.xml", &signed)), Ok(()));
    let read: Manifest = verify_enveloped(&signed, &Limits::DOCUMENT).unwrap().parse().unwrap();
    assert_eq!(read, manifest);
}

/// What is digested while it is written is the canonical form, by the judgement of libxml2.
///
/// Defends: A29
#[test]
fn a_register_is_its_own_exclusive_canonical_form() {
    let folder = Folder::new("register-c14n");
    let mut rows: Vec<_> = sample::rows(100).collect();
    rows[3].requisites.purpose = "a & b < c > \"d\" 'e' ]]> 𝄞 Ә".parse().unwrap();
    let (octets, _) = register_of(&rows);
    let output = Command::new("xmllint")
        .arg("--exc-c14n")
        .arg(folder.file("register.xml", &octets))
        .output()
        .expect("xmllint is installed");
    assert!(output.status.success() && output.stdout == octets);
}

/// Meets: C10
#[test]
fn a_notification_is_valid_by_the_schema_of_the_subset() {
    let folder = Folder::new("camt-xsd");
    let schema = folder.file("camt.xsd", camt054::SCHEMA.as_bytes());
    let mut rows: Vec<_> = sample::rows(300).collect();
    rows[0].requisites.payer.name = "Ә".repeat(200).parse().unwrap();
    rows[1].requisites.bank_reference = "R".repeat(64).parse().unwrap();
    let octets = camt_of(&rows);
    assert_eq!(validate(&schema, &folder.file("camt.xml", &octets)), Ok(()));
    assert_eq!(read_camt(&octets).unwrap(), (said(&rows), lines_of(&rows)));
    let dollars = String::from_utf8(octets).unwrap().replacen("Ccy=\"KZT\"", "Ccy=\"USD\"", 1);
    assert!(validate(&schema, &folder.file("slip.xml", dollars.as_bytes())).is_err());
    assert_eq!(faults(read_camt(dollars.as_bytes()))[0], (1, Fault::Currency));
}

/// Defends: A29
#[test]
fn an_entry_whose_kind_contradicts_its_direction_is_a_fault_of_the_entry() {
    let rows: Vec<_> = sample::rows(2).collect();
    let text = String::from_utf8(camt_of(&rows)).unwrap();
    let kind = format!("<Cd>{}</Cd>", rows[0].kind.name());
    assert!(text.contains(&kind));
    let said = |word: &str| text.replacen(&kind, &format!("<Cd>{word}</Cd>"), 1);
    let first = |text: String| faults(read_camt(text.as_bytes()))[0];
    assert_eq!(first(said("reversal")), (1, Fault::Sign(PostingKind::Reversal)));
    assert_eq!(first(said("chargeback")), (1, Fault::Bad(Column::Kind)));
    assert_eq!(first(said("PAYMENT")), (1, Fault::Bad(Column::Kind)));
}

#[test]
fn a_notification_that_does_not_come_to_its_totals_is_not_finished() {
    let rows: Vec<_> = sample::rows(3).collect();
    let mut camt = Camt054Writer::new(Vec::new(), &sample::head(3), &totals_of(&rows)).unwrap();
    rows[..2].iter().for_each(|row| camt.row(row).unwrap());
    assert!(matches!(camt.finish(), Err(WriteError::Totals)));
}

/// Defends: A29
#[test]
fn a_register_is_checked_against_its_manifest() {
    let rows: Vec<_> = sample::rows(50).collect();
    let (octets, digested) = register_of(&rows);
    let manifest = manifest_of(&rows, &digested);
    let text = manifest.to_xml();
    let read = with_tree(text.as_bytes(), &Limits::DOCUMENT, Manifest::from_element).unwrap().unwrap();
    assert_eq!(read, manifest);
    let verify = |manifest: &Manifest, octets: &[u8]| manifest.verify_register("register.xml", octets);
    assert_eq!(verify(&manifest, &octets), Ok(()));
    assert_eq!(manifest.verify_register("other.xml", octets.as_slice()), Err(Mismatch::NoSuchFile));
    let mut tampered = octets.clone();
    let at = tampered.windows(7).position(|part| part == b"80.19</").unwrap();
    tampered[at] = b'9';
    assert_eq!(verify(&manifest, &tampered), Err(Mismatch::Digest));
    assert_eq!(verify(&manifest, &[octets.as_slice(), b"\n"].concat()), Err(Mismatch::Digest));
    assert!(matches!(verify(&manifest, &octets[..octets.len() / 2]), Err(Mismatch::Unreadable(_))));

    // Whoever signs a wrong register is found out by its rows.
    let with = |rows: &[Row]| {
        let (octets, digested) = register_of(rows);
        let signed = Manifest { file: manifest_of(rows, &digested).file, ..manifest.clone() };
        signed.verify_register("register.xml", octets.as_slice())
    };
    let mut foreign = rows.clone();
    foreign[7].bank = "500140000126".parse().unwrap();
    assert_eq!(with(&foreign), Err(Mismatch::Row(8)));
    let mut of_another_day = rows.clone();
    of_another_day[8].day = sample::day().next();
    assert_eq!(with(&of_another_day), Err(Mismatch::Row(9)));
    let mut dearer = rows.clone();
    dearer[0].amount = Tiyn::tenge(1);
    assert_eq!(with(&dearer), Err(Mismatch::Totals));
    assert_eq!(with(&rows[..49]), Err(Mismatch::Head));
}

/// Defends: A29
#[test]
fn a_wrong_file_is_refused_by_its_rows() {
    let rows: Vec<_> = sample::rows(6).collect();
    let text = String::from_utf8(register_of(&rows).0).unwrap();
    assert_eq!(read_xml(text.as_bytes()).unwrap(), (said(&rows), lines_of(&rows)));
    let second = text.match_indices("<row>").nth(1).unwrap().0;
    let third = text.match_indices("<row>").nth(2).unwrap().0;
    let change = |from: &str, to: &str| {
        let row = text[second..third].replacen(from, to, 1);
        assert_ne!(row, text[second..third], "{from}");
        faults(read_xml(format!("{}{row}{}", &text[..second], &text[third..]).as_bytes()))
    };
    assert_eq!(change("<bank>500140000017", "<bank>500140000126"), [(2, Fault::AnotherBank)]);
    // Right rows under the head of another register are not the register that is expected.
    let under = |from: &str, to: &str| {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{from}");
        faults(read_xml(changed.as_bytes()))
    };
    assert_eq!(under("<bin>500140000017", "<bin>500140000126"), [(1, Fault::AnotherBank)]);
    assert_eq!(under("<party>bank", "<party>provider"), [(1, Fault::AnotherBank)]);
    assert_eq!(under("<day>2026-11-22", "<day>2026-11-21"), [(1, Fault::AnotherDay)]);
    assert_eq!(
        change("<amount>159.38", "<amount>159.3"),
        [(2, Fault::Bad(Column::Amount)), (6, wrong_total(&rows, &rows[1]))]
    );
    assert_eq!(change("<day>2026-11-22</day>", ""), [(2, Fault::Missing(Column::Day))]);
    assert_eq!(change("<amount>", "<amount><b>1</b>"), [(2, Fault::Unreadable)]);
    assert_eq!(change("<row>", "<row>=1+1"), [(2, Fault::Unreadable)]);
    assert_eq!(change("<kind>payment</kind>", "<kind>&a;</kind>"), [(2, Fault::Unreadable)]);
    let less = faults(read_xml(format!("{}{}", &text[..second], &text[third..]).as_bytes()));
    assert!(matches!(
        less[..],
        [(5, Fault::WrongCount { said: 6, found: 5 }), (5, Fault::WrongTotal { .. })]
    ));
    let twice = faults(read_xml(format!("{}{}", &text[..third], &text[second..]).as_bytes()));
    assert_eq!(twice[0], (3, Fault::Duplicate { first: 2 }));
    for cut in [0, 10, second, third + 40, text.len() - 1] {
        let found = faults(read_xml(&text.as_bytes()[..cut]));
        assert!(found.iter().any(|(_, fault)| *fault == Fault::Truncated), "{cut} {found:?}");
    }
    let doctype = text.replacen('<', "<!DOCTYPE a [<!ENTITY b 'c'>]><", 1);
    assert_eq!(faults(read_xml(doctype.as_bytes()))[0].1, Fault::Unreadable);
    let endless = text.replacen("<amount>", &format!("<amount>{}", "1".repeat(1 << 20)), 1);
    assert_eq!(faults(read_xml(endless.as_bytes()))[0].1, Fault::Unreadable);
}

fn wrong_total(rows: &[Row], without: &Row) -> Fault {
    let net = totals_of(rows).net();
    Fault::WrongTotal { said: net, found: net - i128::from(without.signed()) }
}

fn any_rows() -> impl Strategy<Value = Vec<Row>> {
    let change =
        (any::<prop::sample::Index>(), 1..=Tiyn::LARGEST.as_u64(), "[ -~А-яәғқңөұүһі]{1,60}", any::<bool>());
    (1_u64..40, prop::collection::vec(change, 0..20)).prop_map(|(count, changes)| {
        let mut rows: Vec<_> = sample::rows(count).collect();
        for (at, amount, text, is_reversal) in changes {
            let row = at.get_mut(&mut rows);
            row.amount = Tiyn::new(amount).unwrap();
            if let (Ok(purpose), Ok(name)) = (text.parse(), text.parse()) {
                row.requisites.purpose = purpose;
                row.requisites.payer.name = name;
            }
            if is_reversal {
                row.kind = ledger::PostingKind::Reversal;
            }
        }
        rows
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Meets: C10
    /// Defends: A29
    #[test]
    fn xml_and_camt_say_every_row_to_the_tiyn(rows in any_rows()) {
        let whole = (said(&rows), lines_of(&rows));
        let (octets, digested) = register_of(&rows);
        prop_assert_eq!(&read_xml(&octets).unwrap(), &whole);
        let manifest = manifest_of(&rows, &digested);
        prop_assert_eq!(manifest.verify_register("register.xml", octets.as_slice()), Ok(()));
        prop_assert_eq!(&read_camt(&camt_of(&rows)).unwrap(), &whole);
    }
}
