//! Keys in a token: SoftHSM of Debian holds them, OpenSSL judges what they sign.
#![cfg(feature = "pkcs11")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use pki::issue::{Authority, Issued, Organisation, Profile, Request};
use pki::{Password, Signer as _, SuiteId, TokenError, TokenKey, TokenSigner};
use terms::Moment;

/// Where Debian's softhsm2 puts its library.
const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";
const CONFIGURATION: &str = "SOFTHSM2_CONF";

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("token").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("tokens")).unwrap();
    let configuration =
        format!("directories.tokendir = {}\nlog.level = ERROR\n", folder.join("tokens").display());
    fs::write(folder.join("softhsm2.conf"), configuration).unwrap();
    folder
}

fn run(folder: &Path, program: &str, arguments: &str) -> String {
    let output = Command::new(program)
        .current_dir(folder)
        .env(CONFIGURATION, folder.join("softhsm2.conf"))
        .args(arguments.split_whitespace())
        .output()
        .unwrap();
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{program} {arguments}\n{text}");
    text
}

/// Runs the body of a test in a process whose environment names this folder's tokens: the library reads it once.
fn with_tokens(name: &str, body: impl FnOnce(&Path)) {
    if let Some(configuration) = std::env::var_os(CONFIGURATION) {
        return body(Path::new(&configuration).parent().unwrap());
    }
    let folder = folder(name);
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env(CONFIGURATION, folder.join("softhsm2.conf"))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let ran = text.contains("1 passed");
    assert!(output.status.success() && ran, "{text}\n{}", String::from_utf8_lossy(&output.stderr));
}

fn issued(suite: SuiteId) -> Issued {
    let now = Moment::from_system_clock();
    let (from, to) = (now.plus_seconds(-3600), now.plus_seconds(86_400));
    let root = Authority::create_root(&"ҰКО".parse().unwrap(), SuiteId::P256, from, to).unwrap();
    let authority = Authority::load(root.key_pem.expose_secret(), &root.certificate.to_pem()).unwrap();
    let organisation = Organisation { name: "A".parse().unwrap(), bin: "500140000017".parse().unwrap() };
    let request = Request {
        profile: Profile::ParticipantSigning { organisation },
        suite,
        not_before: from,
        not_after: to,
        crl_url: "https://localhost/crl".into(),
    };
    authority.issue(&request).unwrap()
}

/// A token with this key in it, under the label of its suite.
fn import(folder: &Path, issued: &Issued, suite: SuiteId) {
    if fs::read_dir(folder.join("tokens")).unwrap().next().is_none() {
        run(folder, "softhsm2-util", "--init-token --free --label gateway --pin 1234 --so-pin 5678");
    }
    fs::write(folder.join("key.pem"), issued.key_pem.expose_secret()).unwrap();
    let id = if suite == SuiteId::P256 { "02" } else { "01" };
    let import = format!("--import key.pem --token gateway --label {suite} --id {id} --pin 1234");
    run(folder, "softhsm2-util", &import);
    fs::remove_file(folder.join("key.pem")).unwrap();
}

fn place(token: &str, key: &str, pin: &str) -> TokenKey {
    TokenKey {
        module: MODULE.into(),
        token: token.to_owned(),
        key: key.to_owned(),
        pin: Password::read(pin.as_bytes()).unwrap(),
    }
}

/// r‖s as OpenSSL wants it: a SEQUENCE of two INTEGERs.
fn asn1(fixed: &[u8]) -> Vec<u8> {
    let mut numbers = Vec::new();
    for half in fixed.chunks(32) {
        let zeros = half.iter().take_while(|octet| **octet == 0).count();
        let mut number = half[zeros..].to_vec();
        if number.first().is_none_or(|octet| octet & 0x80 != 0) {
            number.insert(0, 0);
        }
        numbers.extend([0x02, u8::try_from(number.len()).unwrap()]);
        numbers.extend(number);
    }
    let mut sequence = vec![0x30, u8::try_from(numbers.len()).unwrap()];
    sequence.extend(numbers);
    sequence
}

/// Meets: C18
#[test]
fn openssl_verifies_what_a_token_signs() {
    with_tokens("openssl_verifies_what_a_token_signs", |folder| {
        for suite in [SuiteId::Rsa2048, SuiteId::P256] {
            let issued = issued(suite);
            import(folder, &issued, suite);
            let name = suite.to_string();
            let signer =
                TokenSigner::open(place("gateway", &name, "1234"), issued.certificate.clone()).unwrap();
            assert_eq!(signer.suite().id(), suite);
            let said = vec![b'x'; 10_000];
            let signature = signer.sign(&said).unwrap();
            fs::write(folder.join("said"), &said).unwrap();
            let shown = if suite == SuiteId::P256 { asn1(&signature) } else { signature };
            fs::write(folder.join("signature"), shown).unwrap();
            fs::write(folder.join("own.pem"), issued.certificate.to_pem()).unwrap();
            let public = run(folder, "openssl", "x509 -in own.pem -noout -pubkey");
            fs::write(folder.join("public.pem"), public).unwrap();
            run(folder, "openssl", "dgst -sha256 -verify public.pem -signature signature said");
        }
    });
}

/// The library is ended and begun under the signer's hands: no token is there, then there is one without its sessions.
#[test]
fn a_token_that_was_away_signs_again() {
    with_tokens("a_token_that_was_away_signs_again", |folder| {
        let issued = issued(SuiteId::P256);
        import(folder, &issued, SuiteId::P256);
        let signer = TokenSigner::open(place("gateway", "p256", "1234"), issued.certificate).unwrap();
        for _ in 0..3 {
            signer.sign(b"said").unwrap();
            Pkcs11::new(MODULE).unwrap().finalize().unwrap();
            let away = signer.try_sign(b"said");
            assert!(matches!(away, Err(TokenError::Token(_))), "{away:?}");
            let back = CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK);
            Pkcs11::new(MODULE).unwrap().initialize(back).unwrap();
        }
        signer.sign(b"said").unwrap();
        // Many at once, more than sessions are kept.
        std::thread::scope(|scope| {
            for _ in 0..20 {
                scope.spawn(|| signer.sign(b"said").unwrap());
            }
        });
    });
}

/// Defends: A28
#[test]
fn what_is_not_the_certificates_key_in_its_token_is_refused() {
    with_tokens("what_is_not_the_certificates_key_in_its_token_is_refused", |folder| {
        let (own, other) = (issued(SuiteId::P256), issued(SuiteId::P256));
        import(folder, &own, SuiteId::P256);
        let open = |place, issued: &Issued| TokenSigner::open(place, issued.certificate.clone()).unwrap_err();
        let refused = open(place("gateway", "p256", "1234"), &other);
        assert!(matches!(refused, TokenError::Mismatch), "{refused}");
        let refused = open(place("another", "p256", "1234"), &own);
        assert!(matches!(refused, TokenError::NoToken(_)), "{refused}");
        let refused = open(place("gateway", "none", "1234"), &own);
        assert!(matches!(refused, TokenError::Keys(_, 0)), "{refused}");
        let refused = open(place("gateway", "p256", "4321"), &own);
        assert!(matches!(refused, TokenError::Pin), "{refused}");
        let nowhere = TokenKey { module: "/nowhere.so".into(), ..place("gateway", "p256", "1234") };
        assert!(matches!(open(nowhere, &own), TokenError::Token(_)));
    });
}
