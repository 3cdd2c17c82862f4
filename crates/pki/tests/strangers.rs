//! What we make is accepted by strangers, and what strangers make by us: `openssl` and `rustls`.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use pki::issue::{Authority, CrlContents, Issued, Organisation, Person, Profile, Request, RevokedEntry};
use pki::{FileSigner, LoadError, RevocationReason, Signer, SuiteId, suite, suite_of};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::WebPkiClientVerifier;
use terms::Moment;

const SUITES: [SuiteId; 2] = [SuiteId::Rsa2048, SuiteId::P256];

fn now() -> Moment {
    Moment::from_system_clock()
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("strangers").join(name);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn root(suite: SuiteId) -> Authority {
    let name = "Ұлттық куәландырушы орталық (сынақ)".parse().unwrap();
    let (from, to) = (now().plus_seconds(-3600), now().plus_seconds(864_000));
    let issued = Authority::create_root(&name, suite, from, to).unwrap();
    Authority::load(issued.key_pem.expose_secret(), &issued.certificate.to_pem()).unwrap()
}

fn organisation() -> Organisation {
    Organisation {
        name: "Платёжный шлюз «Төлем»".parse().unwrap(), bin: "500140000017".parse().unwrap()
    }
}

fn person() -> Person {
    Person {
        surname: "Әлімбекова".parse().unwrap(),
        given_name: "Айгүл".parse().unwrap(),
        iin: "850612200017".parse().unwrap(),
    }
}

fn issue(authority: &Authority, profile: Profile, suite: SuiteId) -> Issued {
    let request = Request {
        profile,
        suite,
        not_before: now().plus_seconds(-60),
        not_after: now().plus_seconds(86_400),
        crl_url: "https://localhost:7001/crl/national-ca.crl".into(),
    };
    authority.issue(&request).unwrap()
}

/// Runs `openssl` in a folder; its output and whether it succeeded.
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

fn write_crl(folder: &Path, authority: &Authority, number: u64, revoked: &[RevokedEntry]) {
    let contents = CrlContents {
        number,
        this_update: now().plus_seconds(-1),
        next_update: now().plus_seconds(3600),
        revoked,
    };
    fs::write(folder.join("list.der"), authority.issue_crl(&contents).unwrap()).unwrap();
    succeeds(folder, "crl -inform DER -in list.der -out list.pem");
}

#[test]
fn openssl_accepts_our_certificates_and_obeys_our_lists() {
    for root_suite in SUITES {
        let authority = root(root_suite);
        let folder = folder(&format!("verify-{root_suite}"));
        fs::write(folder.join("root.pem"), authority.certificate().to_pem()).unwrap();
        write_crl(&folder, &authority, 1, &[]);
        let tls =
            Profile::ParticipantTls { organisation: organisation(), host_names: vec!["gw.test".into()] };
        let profiles = [
            (Profile::ParticipantSigning { organisation: organisation() }, "smimesign", "1.2.398.3.3.2.1"),
            (tls.clone(), "sslserver", "1.2.398.3.3.2.2"),
            (tls, "sslclient", "1.2.398.3.3.2.2"),
            (Profile::PersonAuthentication { person: person() }, "sslclient", "1.2.398.3.3.2.4"),
            (
                Profile::EmployeeSigning { person: person(), organisation: organisation() },
                "smimesign",
                "1.2.398.3.3.2.1",
            ),
        ];
        for (number, (profile, purpose, policy)) in (2..).zip(profiles) {
            let suite = SUITES[number % 2];
            let certificate = issue(&authority, profile, suite).certificate;
            fs::write(folder.join("leaf.pem"), certificate.to_pem()).unwrap();
            let verify = format!(
                "verify -x509_strict -CAfile root.pem -CRLfile list.pem -crl_check -purpose {purpose} \
                 -explicit_policy -policy {policy} leaf.pem"
            );
            succeeds(&folder, &verify);
            let (success, text) = openssl(&folder, &verify.replace(policy, "1.2.398.3.3.2.9"));
            assert!(!success && text.contains("no explicit policy"), "{text}");
            let reason = RevocationReason::KeyCompromise;
            let entry = RevokedEntry { serial: certificate.serial(), since: now(), reason };
            write_crl(&folder, &authority, u64::try_from(number).unwrap(), &[entry]);
            let (success, text) = openssl(&folder, &verify);
            assert!(!success && text.contains("certificate revoked"), "{text}");
        }
    }
}

#[test]
fn openssl_reads_what_our_certificates_and_lists_say() {
    let authority = root(SuiteId::Rsa2048);
    let folder = folder("text");
    let profile = Profile::EmployeeSigning { person: person(), organisation: organisation() };
    let certificate = issue(&authority, profile, SuiteId::P256).certificate;
    fs::write(folder.join("leaf.pem"), certificate.to_pem()).unwrap();
    let text = succeeds(&folder, "x509 -in leaf.pem -noout -text -nameopt utf8,sep_comma_plus");
    for said in [
        "serialNumber=IIN850612200017",
        "OU=BIN500140000017",
        "SN=Әлімбекова",
        "O=Платёжный шлюз «Төлем»",
        "C=KZ",
        "Digital Signature, Non Repudiation",
        "E-mail Protection, 1.2.398.3.3.4.1.2.5",
        "URI:https://localhost:7001/crl/national-ca.crl",
    ] {
        assert!(text.contains(said), "{said} is not in\n{text}");
    }
    let reason = RevocationReason::CessationOfOperation;
    let entry = RevokedEntry { serial: certificate.serial(), since: now(), reason };
    write_crl(&folder, &authority, 300, &[entry]);
    let text = succeeds(&folder, "crl -inform DER -in list.der -noout -text");
    for said in
        ["CRL Number", "300", "Cessation Of Operation", &certificate.serial().to_string().to_uppercase()]
    {
        assert!(text.contains(said), "{said} is not in\n{text}");
    }
}

#[test]
fn openssl_verifies_our_signatures() {
    for id in SUITES {
        let authority = root(SuiteId::P256);
        let folder = folder(&format!("ours-{id}"));
        let issued = issue(&authority, Profile::PersonSigning { person: person() }, id);
        fs::write(folder.join("key.pem"), issued.key_pem.expose_secret()).unwrap();
        fs::write(folder.join("leaf.pem"), issued.certificate.to_pem()).unwrap();
        let signer = FileSigner::load(folder.join("key.pem"), folder.join("leaf.pem")).unwrap();
        assert_eq!(signer.suite().id(), id);
        let message = "Ақы төленді: 1 250,00 ₸".as_bytes();
        let signature = signer.sign(message).unwrap();
        signer.suite().verify(signer.certificate().public_key(), message, &signature).unwrap();
        let in_asn1 = if id == SuiteId::P256 { to_asn1(&signature) } else { signature };
        fs::write(folder.join("message"), message).unwrap();
        fs::write(folder.join("signature"), in_asn1).unwrap();
        succeeds(&folder, "x509 -in leaf.pem -pubkey -noout -out public.pem");
        succeeds(&folder, "dgst -sha256 -verify public.pem -signature signature message");
    }
}

/// Defends: A28
#[test]
fn we_verify_signatures_of_openssl_and_only_under_the_suite_of_the_key() {
    for (id, new_key) in [
        (SuiteId::Rsa2048, "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out key.pem"),
        (SuiteId::P256, "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem"),
    ] {
        let folder = folder(&format!("theirs-{id}"));
        succeeds(&folder, new_key);
        succeeds(&folder, "req -x509 -new -key key.pem -sha256 -days 2 -subj /CN=stranger -out leaf.pem");
        let signer = FileSigner::load(folder.join("key.pem"), folder.join("leaf.pem")).unwrap();
        let certificate = signer.certificate();
        let message = b"a signed message";
        fs::write(folder.join("message"), message).unwrap();
        for digest in ["sha256", "sha1", "md5", "sha512"] {
            succeeds(&folder, &format!("dgst -{digest} -sign key.pem -out signature message"));
            let signature = fs::read(folder.join("signature")).unwrap();
            let signature = if id == SuiteId::P256 { from_asn1(&signature) } else { signature };
            for other in SUITES {
                let verified = suite(other).verify(certificate.public_key(), message, &signature);
                assert_eq!(verified.is_ok(), digest == "sha256" && other == id, "{digest} {other}");
            }
            let own = suite_of(certificate).unwrap();
            assert!(own.verify(certificate.public_key(), b"another message", &signature).is_err());
            assert!(own.verify(certificate.public_key(), message, &signature[1..]).is_err());
            assert!(own.verify(certificate.public_key(), message, &[]).is_err());
        }
    }
}

#[test]
fn keys_that_no_suite_has_are_refused_or_verify_nothing() {
    let folder = folder("keys");
    for (new_key, readable) in [
        ("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out key.pem", false),
        ("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out key.pem", true),
        ("genpkey -algorithm ED25519 -out key.pem", true),
    ] {
        succeeds(&folder, new_key);
        succeeds(&folder, "req -x509 -new -key key.pem -days 2 -subj /CN=stranger -out leaf.pem");
        let certificate = pki::Certificate::from_pem(&fs::read_to_string(folder.join("leaf.pem")).unwrap());
        assert_eq!(certificate.is_ok(), readable, "{new_key}");
        if let Ok(certificate) = certificate {
            assert!(suite_of(&certificate).is_err());
            let key = certificate.public_key();
            assert!(SUITES.iter().all(|id| suite(*id).verify(key, b"", &[0; 64]).is_err()));
        }
        let loaded = FileSigner::load(folder.join("key.pem"), folder.join("leaf.pem"));
        assert!(loaded.is_err());
    }
}

#[test]
fn a_key_is_not_loaded_with_the_certificate_of_another() {
    let authority = root(SuiteId::P256);
    for suite in SUITES {
        let [one, other] =
            [1, 2].map(|_| issue(&authority, Profile::PersonSigning { person: person() }, suite));
        let loaded = FileSigner::from_pem(one.key_pem.expose_secret(), &other.certificate.to_pem());
        assert!(matches!(loaded, Err(LoadError::Mismatch)));
        let swapped = FileSigner::from_pem(&one.certificate.to_pem(), &one.certificate.to_pem());
        assert!(matches!(swapped, Err(LoadError::Key)));
    }
}

/// Meets: C18
#[test]
fn rustls_connects_two_participants_with_our_certificates() {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    for root_suite in SUITES {
        let authority = root(root_suite);
        let mut roots = rustls::RootCertStore::empty();
        roots.add(CertificateDer::from(authority.certificate().der().to_vec())).unwrap();
        let roots = Arc::new(roots);
        for suite in SUITES {
            for name in ["localhost", "127.0.0.1", "::1", "gateway.test", "10.1.2.3"] {
                let host_names = vec!["gateway.test".into(), "10.1.2.3".into()];
                let profile = Profile::ParticipantTls { organisation: organisation(), host_names };
                let identity = identity(&issue(&authority, profile, suite));
                let verifier = WebPkiClientVerifier::builder_with_provider(roots.clone(), provider.clone());
                let server = rustls::ServerConfig::builder_with_provider(provider.clone())
                    .with_safe_default_protocol_versions()
                    .unwrap()
                    .with_client_cert_verifier(verifier.build().unwrap())
                    .with_single_cert(identity.0.clone(), identity.1.clone_key())
                    .unwrap();
                let client = rustls::ClientConfig::builder_with_provider(provider.clone())
                    .with_safe_default_protocol_versions()
                    .unwrap()
                    .with_root_certificates(roots.clone())
                    .with_client_auth_cert(identity.0, identity.1)
                    .unwrap();
                shake_hands(client, server, name);
            }
        }
    }
}

fn identity(issued: &Issued) -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) {
    let certificate = CertificateDer::from(issued.certificate.der().to_vec());
    let key = PrivateKeyDer::from_pem_slice(issued.key_pem.expose_secret().as_bytes()).unwrap();
    (vec![certificate], key)
}

fn shake_hands(client: rustls::ClientConfig, server: rustls::ServerConfig, name: &str) {
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let mut client = rustls::ClientConnection::new(Arc::new(client), name).unwrap();
    let mut server = rustls::ServerConnection::new(Arc::new(server)).unwrap();
    while client.is_handshaking() || server.is_handshaking() {
        let mut octets = Vec::new();
        client.write_tls(&mut octets).unwrap();
        feed(&octets, |reader| server.read_tls(reader));
        server.process_new_packets().unwrap();
        octets.clear();
        server.write_tls(&mut octets).unwrap();
        feed(&octets, |reader| client.read_tls(reader));
        client.process_new_packets().unwrap();
    }
    assert_eq!(server.peer_certificates().unwrap().len(), 1);
}

fn feed(mut octets: &[u8], mut read: impl FnMut(&mut dyn Read) -> std::io::Result<usize>) {
    while !octets.is_empty() {
        read(&mut octets).unwrap();
    }
}

/// r‖s as a SEQUENCE of two INTEGERs, written here by hand so that our own code is not its own witness.
fn to_asn1(fixed: &[u8]) -> Vec<u8> {
    let mut numbers = Vec::new();
    for half in fixed.chunks(32) {
        let first = half.iter().position(|octet| *octet != 0).unwrap();
        let sign = usize::from(half[first] & 0x80 != 0);
        numbers.extend([2, u8::try_from(32 - first + sign).unwrap()]);
        numbers.extend(vec![0; sign]);
        numbers.extend(&half[first..]);
    }
    let mut sequence = vec![0x30, u8::try_from(numbers.len()).unwrap()];
    sequence.extend(numbers);
    sequence
}

fn from_asn1(asn1: &[u8]) -> Vec<u8> {
    let mut fixed = Vec::new();
    let mut rest = &asn1[2..];
    for _ in 0..2 {
        let length = usize::from(rest[1]);
        let number = &rest[2..2 + length];
        let number = &number[number.len().saturating_sub(32)..];
        fixed.extend(vec![0; 32 - number.len()]);
        fixed.extend(number);
        rest = &rest[2 + length..];
    }
    fixed
}
