//! Messages and documents signed by GOST, before a stranger: the OpenSSL gost engine of Debian.
//!
//! xmlsec knows no GOST, so the parts are judged one by one: `xmllint` that `SignedInfo` is in its canonical
//! form, the engine that the raw signature is over exactly these octets, and that the digests are right. Without
//! the engine the test says so and passes, unless `CI` or `TOLEM_ENGINE=1` demands it.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common::{COUNTRY, notice, now, part};
use envelope::{SoapVersion, TokenForm, seal};
use pki::{Certificate, Signer, SuiteId, suite};
use xml::dsig::sign_enveloped;
use xml::{ToElement, Writer};

const NATIONAL: [SuiteId; 5] =
    [SuiteId::Gost512, SuiteId::Gost256, SuiteId::Gost2004, SuiteId::RuGost512, SuiteId::RuGost256];

/// A SubjectPublicKeyInfo under the Russian identifiers up to X‖Y: TC26 512 A, and TC26 256 B, which is the curve
/// of the Kazakh keys of 256 bits.
const RUSSIAN_512: &[u8] =
    b"\x30\x81\xa0\x30\x17\x06\x08\x2a\x85\x03\x07\x01\x01\x01\x02\x30\x0b\x06\x09\x2a\x85\x03\x07\x01\x02\x01\
      \x02\x01\x03\x81\x84\x00\x04\x81\x80";
const RUSSIAN_256: &[u8] =
    b"\x30\x5e\x30\x17\x06\x08\x2a\x85\x03\x07\x01\x01\x01\x01\x30\x0b\x06\x09\x2a\x85\x03\x07\x01\x02\x01\
      \x01\x02\x03\x43\x00\x04\x40";

struct Receipt;

impl ToElement for Receipt {
    fn write(&self, writer: &mut Writer) {
        writer.start("urn:example:receipt", "Receipt");
        writer.leaf("urn:example:receipt", "payer", "Ахметов \"А\" & <сын>\r\n\t");
        writer.end();
    }
}

fn run(folder: &Path, program: &str, arguments: &str) -> (bool, Vec<u8>) {
    let output =
        Command::new(program).current_dir(folder).args(arguments.split_whitespace()).output().unwrap();
    (output.status.success(), output.stdout)
}

fn engine_present() -> bool {
    let (_, answer) = run(Path::new("."), "openssl", "engine gost -t");
    let present = String::from_utf8_lossy(&answer).contains("[ available ]");
    let demanded =
        std::env::var_os("CI").is_some() || std::env::var("TOLEM_ENGINE").is_ok_and(|value| value == "1");
    assert!(present || !demanded, "the gost engine of OpenSSL is missing (Debian: libengine-gost-openssl)");
    if !present {
        eprintln!("skipped: OpenSSL has no gost engine here");
    }
    present
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("national").join(name);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn value(signed: &str, name: &str) -> Vec<u8> {
    let (start, end) = (format!("<ds:{name}>"), format!("</ds:{name}>"));
    let text = part(signed, &start, &end);
    STANDARD.decode(&text[start.len()..text.len() - end.len()]).unwrap()
}

/// Judges a signature, and the digest of the first reference, whose canonical octets are given.
fn judge(folder: &Path, certificate: &Certificate, signed: &str, covered: &[u8], canonical: &str) {
    let id = certificate.public_key().suite().unwrap();
    let wide = matches!(id, SuiteId::Gost512 | SuiteId::RuGost512);
    let kazakh = !matches!(id, SuiteId::RuGost512 | SuiteId::RuGost256);
    fs::write(folder.join("certificate.pem"), certificate.to_pem()).unwrap();
    if kazakh {
        // The engine does not know the Kazakh identifiers: it is shown the same point under its own.
        let spki = certificate.public_key().spki_der();
        let (header, octets) = if wide { (RUSSIAN_512, 128) } else { (RUSSIAN_256, 64) };
        let shown = [header, &spki[spki.len() - octets..]].concat();
        fs::write(folder.join("public.der"), shown).unwrap();
        assert!(
            run(folder, "openssl", "pkey -engine gost -pubin -inform DER -in public.der -out public.pem").0
        );
    } else {
        let (read, pem) = run(folder, "openssl", "x509 -engine gost -in certificate.pem -pubkey -noout");
        assert!(read);
        fs::write(folder.join("public.pem"), pem).unwrap();
    }

    let info = part(signed, "<ds:SignedInfo", "</ds:SignedInfo>");
    fs::write(folder.join("info.xml"), info).unwrap();
    let (_, seen) = run(folder, "xmllint", &format!("{canonical} info.xml"));
    assert_eq!(String::from_utf8(seen).unwrap(), info, "SignedInfo is in its canonical form");

    let mut signature = value(signed, "SignatureValue");
    if kazakh {
        signature.reverse();
    }
    fs::write(folder.join("signature"), signature).unwrap();
    fs::write(folder.join("covered"), covered).unwrap();
    let digest = if wide { "md_gost12_512" } else { "md_gost12_256" };
    let verify = if id == SuiteId::Gost2004 {
        // The engine has ГОСТ 34.311-95 under another substitution only; the digest has its own vectors.
        fs::write(folder.join("digest"), suite(id).digest(info.as_bytes())).unwrap();
        assert_eq!(value(signed, "DigestValue"), suite(id).digest(covered));
        "pkeyutl -engine gost -verify -pubin -inkey public.pem -in digest -sigfile signature".to_owned()
    } else {
        let (_, counted) = run(folder, "openssl", &format!("dgst -engine gost -{digest} -binary covered"));
        assert_eq!(value(signed, "DigestValue"), counted);
        format!("dgst -engine gost -{digest} -verify public.pem -signature signature info.xml")
    };
    assert!(run(folder, "openssl", &verify).0, "{id}: the engine refuses the signature");
    for changed in ["info.xml", "digest"] {
        let mut octets = fs::read(folder.join(changed)).unwrap_or_default();
        if let Some(octet) = octets.last_mut() {
            *octet ^= 1;
        }
        fs::write(folder.join(changed), octets).unwrap();
    }
    assert!(!run(folder, "openssl", &verify).0, "{id}: the judge must judge");
}

/// Meets: C16, C18
#[test]
fn the_engine_accepts_the_raw_signatures_and_digests_of_messages_and_documents() {
    if !engine_present() {
        return;
    }
    for id in NATIONAL {
        let bank = COUNTRY.participant(id).signer;
        for (name, version, form) in [
            ("soap11", SoapVersion::V11, TokenForm::BinarySecurityToken),
            ("soap12", SoapVersion::V12, TokenForm::KeyIdentifier),
        ] {
            let octets = seal(version, &notice(150_000), &bank, now(), form).unwrap();
            let signed = String::from_utf8(octets).unwrap();
            let body = part(&signed, "<s:Body", "</s:Body>");
            judge(
                &folder(&format!("{id}-{name}")),
                bank.certificate(),
                &signed,
                body.as_bytes(),
                "--exc-c14n",
            );
        }
        let signed = String::from_utf8(sign_enveloped(&Receipt, &bank).unwrap()).unwrap();
        let document = Receipt.to_xml();
        judge(&folder(&format!("{id}-document")), bank.certificate(), &signed, document.as_bytes(), "--c14n");
    }
}
