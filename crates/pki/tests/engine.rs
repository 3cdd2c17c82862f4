//! The national suites before a stranger: OpenSSL with the gost engine of Debian.
//!
//! Objects under the Russian identifiers verify whole, in both directions. Those under the Kazakh identifiers,
//! which the engine does not know, are judged by their reversed raw signature over the signed octets. Without
//! the engine the tests say so and pass, unless `CI` or `TOLEM_ENGINE=1` demands it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use pki::issue::{Authority, CrlContents, Organisation, Profile, Request, RevokedEntry};
use pki::{
    Certificate, CrlPolicy, FileSigner, Purpose, RevocationReason, Signer, SuiteId, Trust, TrustError, suite,
};
use terms::Moment;

/// The engine's names of algorithm and set, and the digest.
const SETS: [(&str, &str, &str, SuiteId); 12] = [
    ("gost2012_512", "A", "md_gost12_512", SuiteId::RuGost512),
    ("gost2012_512", "B", "md_gost12_512", SuiteId::RuGost512),
    ("gost2012_512", "C", "md_gost12_512", SuiteId::RuGost512),
    ("gost2012_256", "A", "md_gost12_256", SuiteId::RuGost256),
    ("gost2012_256", "B", "md_gost12_256", SuiteId::RuGost256),
    ("gost2012_256", "C", "md_gost12_256", SuiteId::RuGost256),
    ("gost2012_256", "XA", "md_gost12_256", SuiteId::RuGost256),
    ("gost2012_256", "XB", "md_gost12_256", SuiteId::RuGost256),
    ("gost2012_256", "TCA", "md_gost12_256", SuiteId::RuGost256),
    ("gost2012_256", "TCB", "md_gost12_256", SuiteId::RuGost256),
    ("gost2012_256", "TCC", "md_gost12_256", SuiteId::RuGost256),
    ("gost2012_256", "TCD", "md_gost12_256", SuiteId::RuGost256),
];

/// A Russian suite with the engine's name of its digest.
const RUSSIAN: [(SuiteId, &str); 2] =
    [(SuiteId::RuGost512, "md_gost12_512"), (SuiteId::RuGost256, "md_gost12_256")];

fn now() -> Moment {
    Moment::from_system_clock()
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("engine").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn openssl(folder: &Path, arguments: &str) -> (bool, String) {
    let output =
        Command::new("openssl").current_dir(folder).args(arguments.split_whitespace()).output().unwrap();
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    (output.status.success(), text)
}

fn succeeds(folder: &Path, arguments: &str) -> String {
    let (success, text) = openssl(folder, arguments);
    assert!(success, "openssl {arguments}\n{text}");
    text
}

fn engine_present() -> bool {
    let (_, answer) = openssl(Path::new("."), "engine gost -t");
    let present = answer.contains("[ available ]");
    let demanded =
        std::env::var_os("CI").is_some() || std::env::var("TOLEM_ENGINE").is_ok_and(|value| value == "1");
    assert!(present || !demanded, "the gost engine of OpenSSL is missing (Debian: libengine-gost-openssl)");
    if !present {
        eprintln!("skipped: OpenSSL has no gost engine here");
    }
    present
}

fn authority(suite: SuiteId) -> Authority {
    let (from, to) = (now().plus_seconds(-3600), now().plus_seconds(864_000));
    let issued = Authority::create_root(&"NATIONAL CA (TEST)".parse().unwrap(), suite, from, to).unwrap();
    Authority::load(issued.key_pem.expose_secret(), &issued.certificate.to_pem()).unwrap()
}

fn request(suite: SuiteId) -> Request {
    let organisation = Organisation {
        name: "Платёжный шлюз «Төлем»".parse().unwrap(),
        bin: "500140000017".parse().unwrap(),
    };
    Request {
        profile: Profile::ParticipantSigning { organisation },
        suite,
        not_before: now().plus_seconds(-60),
        not_after: now().plus_seconds(86_400),
        crl_url: "https://localhost:7001/crl/national-ca.crl".into(),
    }
}

fn crl(authority: &Authority, number: u64, revoked: &[RevokedEntry]) -> Vec<u8> {
    let (this_update, next_update) = (now().plus_seconds(-1), now().plus_seconds(3600));
    authority.issue_crl(&CrlContents { number, this_update, next_update, revoked }).unwrap()
}

/// Meets: C16
#[test]
fn the_engine_accepts_our_russian_certificates_and_lists_whole_and_obeys_the_lists() {
    if !engine_present() {
        return;
    }
    for (root_suite, _) in RUSSIAN {
        let authority = authority(root_suite);
        let folder = folder(&format!("whole-{root_suite}"));
        fs::write(folder.join("root.pem"), authority.certificate().to_pem()).unwrap();
        for (number, suite) in [SuiteId::RuGost512, SuiteId::RuGost256, SuiteId::P256].into_iter().enumerate()
        {
            let certificate = authority.issue(&request(suite)).unwrap().certificate;
            fs::write(folder.join("leaf.pem"), certificate.to_pem()).unwrap();
            let verify = "verify -engine gost -x509_strict -CAfile root.pem -CRLfile list.pem -crl_check \
                          -purpose smimesign leaf.pem";
            let number = 2 * u64::try_from(number).unwrap();
            let reason = RevocationReason::KeyCompromise;
            let entry = RevokedEntry { serial: certificate.serial(), since: now(), reason };
            for (number, revoked) in [(number, vec![]), (number + 1, vec![entry])] {
                fs::write(folder.join("list.der"), crl(&authority, number, &revoked)).unwrap();
                succeeds(&folder, "crl -inform DER -in list.der -out list.pem");
                let (success, text) = openssl(&folder, verify);
                assert_eq!(success, revoked.is_empty(), "{text}");
                assert!(success || text.contains("certificate revoked"), "{text}");
            }
        }
    }
}

/// Meets: C16
#[test]
fn certificates_lists_and_keys_of_the_engine_are_read_here_for_every_set() {
    if !engine_present() {
        return;
    }
    for (algorithm, set, digest, id) in SETS {
        let folder = folder(&format!("theirs-{algorithm}-{set}"));
        let new_key = |file: &str| {
            succeeds(
                &folder,
                &format!("genpkey -engine gost -algorithm {algorithm} -pkeyopt paramset:{set} -out {file}"),
            )
        };
        new_key("ca.pem");
        new_key("key.pem");
        let configuration = "[req]\ndistinguished_name=dn\n[dn]\n\
            [ca]\ndefault_ca=c\n[c]\ndatabase=index\ncrlnumber=number\ndefault_crl_days=1\ncrl_extensions=list\n\
            [list]\nauthorityKeyIdentifier=keyid\n\
            [root]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n\
            subjectKeyIdentifier=hash\n\
            [leaf]\nbasicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature,nonRepudiation\n\
            extendedKeyUsage=emailProtection,1.2.398.3.3.4.1.2\n";
        fs::write(folder.join("conf"), configuration).unwrap();
        fs::write(folder.join("index"), "").unwrap();
        fs::write(folder.join("number"), "05\n").unwrap();
        succeeds(
            &folder,
            &format!(
                "req -engine gost -config conf -x509 -new -key ca.pem -{digest} -days 2 -subj /CN=CA \
                 -extensions root -out root.pem"
            ),
        );
        succeeds(
            &folder,
            "req -engine gost -config conf -new -key key.pem -subj /CN=bank/OU=BIN500140000017 -out leaf.req",
        );
        succeeds(
            &folder,
            &format!(
                "x509 -engine gost -req -in leaf.req -CA root.pem -CAkey ca.pem -{digest} -set_serial 77 \
                 -days 1 -extfile conf -extensions leaf -out leaf.pem"
            ),
        );
        let list = || {
            succeeds(
                &folder,
                &format!(
                    "ca -engine gost -config conf -gencrl -cert root.pem -keyfile ca.pem -md {digest} -out list.pem"
                ),
            );
            succeeds(&folder, "crl -in list.pem -outform DER -out list.der");
            fs::read(folder.join("list.der")).unwrap()
        };
        let read =
            |file: &str| Certificate::from_pem(&fs::read_to_string(folder.join(file)).unwrap()).unwrap();
        let (root, leaf) = (read("root.pem"), read("leaf.pem"));
        assert_eq!(leaf.public_key().suite(), Some(id));
        let trust = Trust::new(vec![root], CrlPolicy::default());
        let now = now().plus_seconds(1);
        assert_eq!(trust.install_crl(&list(), now).unwrap().number, 5);
        trust.check(&leaf, Purpose::MessageSigning, now).unwrap();
        fs::write(
            folder.join("index"),
            "R\t400101000000Z\t260101000000Z,keyCompromise\t4D\tunknown\t/CN=bank\n",
        )
        .unwrap();
        assert_eq!(trust.install_crl(&list(), now).unwrap().revoked_count, 1);
        let checked = trust.check(&leaf, Purpose::MessageSigning, now);
        assert!(matches!(checked, Err(TrustError::Revoked { .. })), "{checked:?}");

        // The engine's key signs here, and the engine verifies; and the other way round.
        let signer = FileSigner::load(folder.join("key.pem"), folder.join("leaf.pem")).unwrap();
        let message = "Ақы төленді: 1 250,00 ₸".as_bytes();
        fs::write(folder.join("message"), message).unwrap();
        fs::write(folder.join("signature"), signer.sign(message).unwrap()).unwrap();
        succeeds(&folder, "pkey -engine gost -in key.pem -pubout -out public.pem");
        let by_engine =
            format!("dgst -engine gost -{digest} -verify public.pem -signature signature message");
        succeeds(&folder, &by_engine);
        succeeds(&folder, &format!("dgst -engine gost -{digest} -sign key.pem -out signature message"));
        let signature = fs::read(folder.join("signature")).unwrap();
        suite(id).verify(leaf.public_key(), message, &signature).unwrap();
    }
}

/// A key, written by us, is the engine's to use.
#[test]
fn the_engine_reads_our_russian_keys_and_verifies_our_signatures() {
    if !engine_present() {
        return;
    }
    for (id, digest) in RUSSIAN {
        let folder = folder(&format!("ours-{id}"));
        let issued = authority(SuiteId::P256).issue(&request(id)).unwrap();
        fs::write(folder.join("key.pem"), issued.key_pem.expose_secret()).unwrap();
        fs::write(folder.join("leaf.pem"), issued.certificate.to_pem()).unwrap();
        let of_key = succeeds(&folder, "pkey -engine gost -in key.pem -pubout");
        let of_certificate = succeeds(&folder, "x509 -engine gost -in leaf.pem -pubkey -noout");
        assert_eq!(tail_of_public_pem(&of_key, id), tail_of_public_pem(&of_certificate, id));
        fs::write(folder.join("public.pem"), of_certificate).unwrap();
        let signer = FileSigner::load(folder.join("key.pem"), folder.join("leaf.pem")).unwrap();
        fs::write(folder.join("message"), "a message").unwrap();
        fs::write(folder.join("signature"), signer.sign(b"a message").unwrap()).unwrap();
        let verify = format!("dgst -engine gost -{digest} -verify public.pem -signature signature message");
        succeeds(&folder, &verify);
        fs::write(folder.join("message"), "b message").unwrap();
        assert!(!openssl(&folder, &verify).0);
    }
}

/// The point in base64: the parameters before it the engine may write in another form.
fn tail_of_public_pem(pem: &str, id: SuiteId) -> String {
    let begin = pem.find("-----BEGIN PUBLIC KEY-----").unwrap();
    let body: String = pem[begin..].lines().skip(1).take_while(|line| !line.starts_with('-')).collect();
    let characters = if id == SuiteId::RuGost512 { 164 } else { 84 };
    body[body.len() - characters..].to_owned()
}

/// The engine does not know the Kazakh identifiers, so the same point is shown to it under the Russian ones, and
/// the octets that were signed are taken from the certificate and the list as they are.
///
/// Meets: C16
#[test]
fn the_reversed_raw_signatures_of_our_kazakh_certificates_and_lists_verify_in_the_engine() {
    if !engine_present() {
        return;
    }
    // The header of a SubjectPublicKeyInfo under the Russian identifiers, up to X‖Y.
    let wide = "3081a0301706082a85030701010102300b06092a850307010201020103818400048180";
    let narrow = "305e301706082a85030701010101300b06092a85030701020101020343000440";
    for (id, header, digest, octets) in [
        (SuiteId::Gost512, wide, "md_gost12_512", 128),
        (SuiteId::Gost256, narrow, "md_gost12_256", 64),
        (SuiteId::Gost2004, narrow, "", 64),
    ] {
        let folder = folder(&format!("kazakh-{id}"));
        let authority = authority(id);
        let spki = authority.certificate().public_key().spki_der();
        let point = &spki[spki.len() - octets..];
        let mut shown = hex::decode(header).unwrap();
        if octets == 128 {
            // The lengths of the outer structure follow from the longer content.
            shown[2] = u8::try_from(shown.len() - 3 + octets).unwrap();
        }
        shown.extend(point);
        fs::write(folder.join("public.der"), &shown).unwrap();
        succeeds(&folder, "pkey -engine gost -pubin -inform DER -in public.der -out public.pem");
        let leaf = authority.issue(&request(id)).unwrap().certificate;
        for object in [authority.certificate().der(), leaf.der(), &crl(&authority, 1, &[])] {
            let (body, mut signature) = parts(object, octets);
            signature.reverse();
            fs::write(folder.join("signature"), &signature).unwrap();
            let verify = if id == SuiteId::Gost2004 {
                // The engine has ГОСТ 34.311-95 with another substitution only, so it is shown our digest, whose
                // own vectors are elsewhere.
                fs::write(folder.join("digest"), suite(id).digest(body)).unwrap();
                "pkeyutl -engine gost -verify -pubin -inkey public.pem -in digest -sigfile signature"
                    .to_owned()
            } else {
                fs::write(folder.join("body"), body).unwrap();
                format!("dgst -engine gost -{digest} -verify public.pem -signature signature body")
            };
            succeeds(&folder, &verify);
            signature.reverse();
            fs::write(folder.join("signature"), &signature).unwrap();
            assert!(!openssl(&folder, &verify).0);
        }
    }
}

/// The octets that were signed and the signature, found by hand so that our own reader is not its own witness.
fn parts(der: &[u8], octets: usize) -> (&[u8], Vec<u8>) {
    let length = |der: &[u8]| match der[1] {
        short @ 0..=0x7f => (2, usize::from(short)),
        0x81 => (3, usize::from(der[2])),
        0x82 => (4, usize::from(der[2]) * 256 + usize::from(der[3])),
        other => panic!("a length of {other:x}"),
    };
    let content = &der[length(der).0..];
    let (header, body) = length(content);
    (&content[..header + body], der[der.len() - octets..].to_vec())
}
