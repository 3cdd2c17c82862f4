//! The CA's services and strangers: `openssl` takes our deltas, OCSP replies and time stamps, and we take its own.
//!
//! With the gost engine of Debian also under the Russian identifiers; without it the tests say so and leave those out,
//! unless `CI` or `TOLEM_ENGINE=1` demands it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use pki::issue::{Authority, CrlContents, Issued, Organisation, Profile, Request, RevokedEntry};
use pki::ocsp::{Asked, CertificateStatus, OcspError, Question, Responder};
use pki::time_stamp::{
    StampAsked, StampAuthority, StampError, StampQuestion, StampRefusal, token_of, verify,
};
use pki::{
    Addresses, CaService, Certificate, CrlPolicy, DeltaContents, FileSigner, RevocationReason, SuiteId,
    Trust, Wanted,
};
use terms::Moment;

const NONCE: &[u8] = b"sixteen octets..";

/// What OpenSSL is told of its engine.
const ENGINE: &str = "openssl_conf = openssl\n[openssl]\nengines = engines\n[engines]\ngost = gost\n[gost]\n\
                      engine_id = gost\ndefault_algorithms = ALL\n";

/// The suites that OpenSSL can judge here.
fn judged() -> Vec<SuiteId> {
    let mut suites = vec![SuiteId::Rsa2048, SuiteId::P256];
    let answer = Command::new("openssl").args(["engine", "gost", "-t"]).output().unwrap();
    let present = String::from_utf8_lossy(&answer.stdout).contains("[ available ]");
    let demanded =
        std::env::var_os("CI").is_some() || std::env::var_os("TOLEM_ENGINE").is_some_and(|on| on == "1");
    assert!(present || !demanded, "the gost engine of OpenSSL is missing (Debian: libengine-gost-openssl)");
    if present {
        suites.extend([SuiteId::RuGost512, SuiteId::RuGost256]);
    } else {
        eprintln!("national suites left out: OpenSSL has no gost engine here");
    }
    suites
}

/// The name of the digest of a suite, for OpenSSL.
fn digest_of(suite: SuiteId) -> &'static str {
    match suite {
        SuiteId::RuGost512 => "md_gost12_512",
        SuiteId::RuGost256 => "md_gost12_256",
        _ => "sha256",
    }
}

fn now() -> Moment {
    Moment::from_system_clock()
}

/// An authority with its services, and a folder in which strangers judge it.
struct Desk {
    authority: Authority,
    folder: PathBuf,
}

impl Desk {
    fn open(name: &str, suite: SuiteId) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("services").join(format!("{name}-{suite}"));
        let _absent = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        let life = (now().plus_seconds(-3600), now().plus_seconds(864_000));
        let root = Authority::create_root(&"Ұлттық орталық".parse().unwrap(), suite, life.0, life.1).unwrap();
        let authority = Authority::load(root.key_pem.expose_secret(), &root.certificate.to_pem()).unwrap();
        let authority = authority.published_at(Addresses {
            delta_url: Some("https://localhost:7001/crl/national-ca-delta.crl".into()),
            ocsp_url: Some("https://localhost:7001/ocsp".into()),
        });
        let desk = Self { authority, folder };
        desk.write("engine.cnf", if suite.is_national() { ENGINE } else { "" });
        desk.write("root.pem", root.certificate.to_pem());
        desk.write("root.key", root.key_pem.expose_secret());
        desk
    }

    fn write(&self, name: &str, octets: impl AsRef<[u8]>) {
        fs::write(self.folder.join(name), octets).unwrap();
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.folder.join(name)).unwrap()
    }

    fn openssl(&self, arguments: &str) -> (bool, String) {
        let output = Command::new("openssl")
            .current_dir(&self.folder)
            .env("OPENSSL_CONF", self.folder.join("engine.cnf"))
            .args(arguments.split_whitespace())
            .output()
            .unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&text).into_owned())
    }

    fn succeeds(&self, arguments: &str) -> String {
        let (success, text) = self.openssl(arguments);
        assert!(success, "openssl {arguments}\n{text}");
        text
    }

    fn issue(&self, file: &str, suite: SuiteId) -> Certificate {
        let bin = "500140000017".parse().unwrap();
        let organisation = Organisation { name: "Платёжный шлюз".parse().unwrap(), bin };
        let request = Request {
            profile: Profile::ParticipantSigning { organisation },
            suite,
            not_before: now().plus_seconds(-60),
            not_after: now().plus_seconds(86_400),
            crl_url: "https://localhost:7001/crl/national-ca.crl".into(),
        };
        let certificate = self.authority.issue(&request).unwrap().certificate;
        self.write(file, certificate.to_pem());
        certificate
    }

    fn service(&self, service: CaService, suite: SuiteId) -> (Issued, FileSigner) {
        let life = (now().plus_seconds(-60), now().plus_seconds(86_400));
        let issued = self.authority.issue_service(service, &"Қызмет".parse().unwrap(), suite, life).unwrap();
        let signer =
            FileSigner::from_pem(issued.key_pem.expose_secret(), &issued.certificate.to_pem()).unwrap();
        (issued, signer)
    }

    fn responder(&self, suite: SuiteId) -> Responder {
        let (_, signer) = self.service(CaService::OcspResponder, suite);
        Responder::new(self.authority.certificate().clone(), signer)
    }

    fn trust(&self) -> Trust {
        Trust::new(vec![self.authority.certificate().clone()], CrlPolicy::default())
    }
}

/// Meets: C17
/// Defends: A7
#[test]
fn openssl_obeys_our_deltas_over_our_full_lists() {
    for suite in judged() {
        let desk = Desk::open("delta", suite);
        let leaf = desk.issue("leaf.pem", suite);
        let (this_update, next_update) = (now().plus_seconds(-1), now().plus_seconds(3600));
        let hold = RevocationReason::CertificateHold;
        let entry = RevokedEntry { serial: leaf.serial(), since: this_update, reason: hold };
        let full = |number, revoked: &[RevokedEntry]| {
            let contents = CrlContents { number, this_update, next_update, revoked };
            desk.write("full.der", desk.authority.issue_crl(&contents).unwrap());
        };
        let delta = |number, base, revoked: &[RevokedEntry], resumed: &[_]| {
            let contents = DeltaContents { number, base, this_update, next_update, revoked, resumed };
            desk.write("delta.der", desk.authority.issue_delta_crl(&contents).unwrap());
        };
        let verify = |desk: &Desk| {
            let mut both = Vec::new();
            for name in ["full", "delta"] {
                desk.succeeds(&format!("crl -inform DER -in {name}.der -out {name}.pem"));
                both.extend(desk.read(&format!("{name}.pem")));
            }
            desk.write("both.pem", both);
            desk.openssl(
                "verify -x509_strict -CAfile root.pem -CRLfile both.pem -crl_check -extended_crl \
                 -use_deltas -purpose smimesign leaf.pem",
            )
        };
        full(1, &[]);
        delta(2, 1, &[], &[]);
        assert!(verify(&desk).0, "{}", verify(&desk).1);
        delta(3, 1, &[entry], &[]);
        let (success, text) = verify(&desk);
        assert!(!success && text.contains("certificate revoked"), "{text}");
        full(4, &[entry]);
        delta(5, 4, &[], &[(leaf.serial(), this_update)]);
        assert!(verify(&desk).0, "resumed\n{}", verify(&desk).1);
        let text = desk.succeeds("crl -inform DER -in delta.der -noout -text");
        for said in ["Delta CRL Indicator: critical", "Remove From CRL"] {
            assert!(text.contains(said), "{said} is not in\n{text}");
        }
        let text = desk.succeeds("x509 -in leaf.pem -noout -text");
        for said in ["Freshest CRL", "national-ca-delta.crl", "OCSP - URI:https://localhost:7001/ocsp"] {
            assert!(text.contains(said), "{said} is not in\n{text}");
        }
    }
}

/// Meets: C17
#[test]
fn openssl_asks_our_responder_and_believes_it() {
    for suite in judged() {
        let desk = Desk::open("ocsp-ours", suite);
        let leaf = desk.issue("leaf.pem", suite);
        let responder = desk.responder(suite);
        let revoked = CertificateStatus::Revoked {
            since: now().plus_seconds(-60),
            reason: RevocationReason::KeyCompromise,
        };
        for digest in ["sha1", "sha256"] {
            for (status, said) in [
                (CertificateStatus::Good, "leaf.pem: good"),
                (revoked, "leaf.pem: revoked"),
                (CertificateStatus::Unknown, "leaf.pem: unknown"),
            ] {
                desk.succeeds(&format!(
                    "ocsp -{digest} -issuer root.pem -cert leaf.pem -reqout question.der"
                ));
                let asked = Asked::read(&desk.read("question.der")).unwrap();
                let status_of = |serial| {
                    assert_eq!(serial, leaf.serial());
                    status
                };
                let answer = responder.answer(&asked, status_of, now(), Some(now().plus_seconds(600)));
                desk.write("answer.der", answer.unwrap());
                // Once for the nonce, which it compares with its own question's; once for what it reads.
                let text = desk.succeeds("ocsp -reqin question.der -respin answer.der -CAfile root.pem");
                assert!(text.contains("Response verify OK") && !text.contains("WARNING"), "{text}");
                let text = desk.succeeds(&format!(
                    "ocsp -{digest} -issuer root.pem -cert leaf.pem -no_nonce -respin answer.der -CAfile root.pem"
                ));
                assert!(text.contains("Response verify OK") && text.contains(said), "{text}");
            }
        }
    }
}

/// Meets: C17
#[test]
fn we_ask_openssls_responder_and_believe_it() {
    for suite in judged() {
        let desk = Desk::open("ocsp-theirs", suite);
        let leaf = desk.issue("leaf.pem", suite);
        let (issued, _) = desk.service(CaService::OcspResponder, suite);
        desk.write("responder.pem", issued.certificate.to_pem());
        desk.write("responder.key", issued.key_pem.expose_secret());
        let serial = leaf.serial().to_string().to_uppercase();
        let (good, revoked) = (
            format!("V\t361122000000Z\t\t{serial}\tunknown\t/CN=leaf\n"),
            format!("R\t361122000000Z\t251122000000Z,keyCompromise\t{serial}\tunknown\t/CN=leaf\n"),
        );
        let wanted = Wanted { certificate: leaf.clone(), issuer: desk.authority.certificate().clone() };
        for (index, options, expected) in [
            (good.as_str(), "-nmin 10", Some(CertificateStatus::Good)),
            (&good, "", Some(CertificateStatus::Good)),
            (&good, "-resp_key_id", Some(CertificateStatus::Good)),
            ("", "-nmin 10", Some(CertificateStatus::Unknown)),
            (&revoked, "-nmin 10", None),
        ] {
            desk.write("index.txt", index);
            desk.write("question.der", Question::new(&wanted, NONCE).unwrap().der);
            desk.succeeds(&format!(
                "ocsp -index index.txt -rsigner responder.pem -rkey responder.key -CA root.pem -rmd {} \
                 -reqin question.der -respout answer.der {options}",
                digest_of(suite)
            ));
            let reply =
                desk.trust().install_ocsp(&wanted, Some(NONCE), &desk.read("answer.der"), now()).unwrap();
            assert_eq!(reply.next_update.is_some(), options.contains("nmin"));
            match expected {
                Some(status) => assert_eq!(reply.status, status),
                None => assert!(matches!(
                    reply.status,
                    CertificateStatus::Revoked { reason: RevocationReason::KeyCompromise, .. }
                )),
            }
        }
        // Without its certificate the signer is nobody we know.
        desk.succeeds(&format!(
            "ocsp -index index.txt -rsigner responder.pem -rkey responder.key -CA root.pem -rmd {} \
             -reqin question.der -respout answer.der -resp_no_certs",
            digest_of(suite)
        ));
        let refused = desk.trust().install_ocsp(&wanted, Some(NONCE), &desk.read("answer.der"), now());
        assert_eq!(refused, Err(OcspError::UnknownResponder));
    }
}

/// Meets: C16
#[test]
fn openssl_verifies_our_time_stamps() {
    for suite in judged() {
        let desk = Desk::open("stamp-ours", suite);
        let authority = StampAuthority::new(desk.service(CaService::TimeStamping, suite).1);
        desk.write("data", "the head of the evidence chain");
        desk.write("other", "another head");
        for digest in ["sha256", "sha384", "sha512"] {
            desk.succeeds(&format!("ts -query -data data -{digest} -cert -out question.tsq"));
            let asked = StampAsked::read(&desk.read("question.tsq")).unwrap();
            desk.write("answer.tsr", authority.stamp(&asked, now()).unwrap());
            let verify =
                |what: &str| desk.openssl(&format!("ts -verify {what} -in answer.tsr -CAfile root.pem"));
            for what in ["-queryfile question.tsq", "-data data"] {
                let (success, text) = verify(what);
                assert!(success && text.contains("Verification: OK"), "{text}");
            }
            assert!(!verify("-data other").0);
        }
        desk.succeeds("ts -query -data data -sha1 -cert -out question.tsq");
        let refused = StampAsked::read(&desk.read("question.tsq")).err();
        assert_eq!(refused, Some(StampRefusal::BadAlgorithm));
        desk.succeeds("ts -query -data data -sha256 -tspolicy 1.2.3.4.9 -out question.tsq");
        let refused = StampAsked::read(&desk.read("question.tsq")).err();
        assert_eq!(refused, Some(StampRefusal::OtherPolicy));
    }
}

/// Meets: C16
#[test]
fn we_verify_time_stamps_of_openssl() {
    for suite in judged() {
        let desk = Desk::open("stamp-theirs", suite);
        let (issued, _) = desk.service(CaService::TimeStamping, suite);
        desk.write("stamps.pem", issued.certificate.to_pem());
        desk.write("stamps.key", issued.key_pem.expose_secret());
        desk.write("serial", "01\n");
        desk.write(
            "openssl.cnf",
            "[tsa]\ndefault_tsa = one\n[one]\nserial = serial\nsigner_cert = stamps.pem\ncerts = root.pem\n\
             signer_key = stamps.key\nsigner_digest = DIGEST\ndefault_policy = 1.2.3.4.1\ndigests = sha256\n\
             accuracy = secs:1, millisecs:500\nordering = yes\ntsa_name = yes\ness_cert_id_chain = no\n\
             ess_cert_id_alg = sha256\n"
                .replace("DIGEST", digest_of(suite)),
        );
        let digest = [9; 32];
        desk.write("question.tsq", StampQuestion::new(&digest, NONCE).unwrap().der);
        desk.succeeds("ts -reply -config openssl.cnf -queryfile question.tsq -out answer.tsr");
        let token = token_of(&desk.read("answer.tsr")).unwrap();
        let roots = [desk.authority.certificate().clone()];
        let stamp = verify(&token, &digest, Some(NONCE), &roots, now()).unwrap();
        assert_eq!(stamp.accuracy_microseconds, Some(1_500_000));
        assert!(now().seconds_since(stamp.at).abs() < 60);
        let other = verify(&token, &[8; 32], Some(NONCE), &roots, now());
        assert_eq!(other, Err(StampError::OtherDigest));
    }
}
