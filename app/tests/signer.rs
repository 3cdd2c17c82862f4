//! The signing key in its three homes, each behind one running participant; the signer as the process it is.

use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use participant::{Config, Host, SystemClock, SystemEntropy};
use pki::{Certificate, SigningFailed, suite_of};

const LONG: Duration = Duration::from_secs(60);
const BIN: &str = "500140000126";
/// Where Debian's softhsm2 puts its library.
const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";

/// A folder with one participant's keys, removed at the end.
struct Place(PathBuf);

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn run(folder: &Path, program: &str, arguments: &[&str]) {
    let output = Command::new(program)
        .current_dir(folder)
        .env("SOFTHSM2_CONF", folder.join("softhsm2.conf"))
        .args(arguments)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{program} {arguments:?}\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

impl Place {
    fn new(name: &str, suite: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("tolem-signer-{name}-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("tokens")).unwrap();
        let place = Self(folder);
        let tolem = env!("CARGO_BIN_EXE_tolem");
        run(&place.0, tolem, &["ca", "init", "--dir", "ca", "--crl-url", "https://127.0.0.1/crl"]);
        for (profile, suite, out) in
            [("participant-signing", suite, "signing"), ("participant-tls", "p256", "tls")]
        {
            let issue = [
                "ca",
                "issue",
                "--dir",
                "ca",
                "--profile",
                profile,
                "--bin",
                BIN,
                "--name",
                "A",
                "--suite",
                suite,
                "--host",
                "127.0.0.1",
                "--out",
                out,
            ];
            let issue: Vec<&str> = if profile == "participant-tls" {
                issue.to_vec()
            } else {
                issue.iter().copied().filter(|word| !matches!(*word, "--host" | "127.0.0.1")).collect()
            };
            run(&place.0, tolem, &issue);
        }
        place.write(
            "softhsm2.conf",
            &format!("directories.tokendir = {}\n", place.0.join("tokens").display()),
        );
        place
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.0.join(name), text).unwrap();
    }

    fn certificate(&self) -> Certificate {
        Certificate::from_pem(&std::fs::read_to_string(self.0.join("signing.pem")).unwrap()).unwrap()
    }

    /// A participant whose signing key lives where this says.
    fn host(&self, signing: &str) -> Arc<Host> {
        let config = format!(
            "name = \"a\"\nbin = \"{BIN}\"\nnational_ca = \"ca/national-ca.crt\"\n[signing]\n{signing}\n\
             [tls]\ncertificate = \"tls.pem\"\nkey = \"tls.key\"\n"
        );
        self.write("config.toml", &config);
        let config = Config::read(&self.0.join("config.toml")).unwrap();
        Host::new(config, Arc::new(SystemClock), Box::new(SystemEntropy)).unwrap()
    }

    /// `tolem serve signer` with the key that this says.
    fn signer(&self, signing: &str) -> Signer {
        let config = format!("name = \"signer\"\nsocket = \"socket\"\n[signing]\n{signing}\n");
        self.write("signer.toml", &config);
        let child = Command::new(env!("CARGO_BIN_EXE_tolem"))
            .args(["serve", "signer", "--stop-with-stdin", "--config"])
            .arg(self.0.join("signer.toml"))
            .env("SOFTHSM2_CONF", self.0.join("softhsm2.conf"))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Signer(child)
    }

    fn import_into_token(&self) {
        let util = "softhsm2-util";
        run(&self.0, util, &["--init-token", "--free", "--label", "t", "--pin", "1234", "--so-pin", "5678"]);
        let import =
            ["--import", "signing.key", "--token", "t", "--label", "k", "--id", "01", "--pin", "1234"];
        run(&self.0, util, &import);
        self.write("pin", "1234\n");
    }
}

struct Signer(Child);

impl Signer {
    /// Ends it as nothing can be prepared for.
    fn kill(mut self) {
        self.0.kill().unwrap();
        assert_eq!(self.0.wait().unwrap().signal(), Some(9));
    }
}

impl Drop for Signer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Has the participant sign, and compares with its certificate.
fn sign(host: &Host, said: &[u8]) -> Result<(), SigningFailed> {
    let signer = host.signer();
    let signature = signer.sign(said)?;
    let key = signer.certificate().public_key().clone();
    suite_of(signer.certificate())
        .unwrap()
        .verify(&key, said, &signature)
        .expect("only right signatures come out");
    Ok(())
}

const PEM: &str = "certificate = \"signing.pem\"\nkey = \"signing.key\"";
const PROCESS: &str = "home = \"process\"\ncertificate = \"signing.pem\"\nsocket = \"socket\"";

fn token() -> String {
    format!(
        "home = \"pkcs11\"\ncertificate = \"signing.pem\"\nmodule = \"{MODULE}\"\ntoken = \"t\"\nkey = \"k\"\npin = \"pin\""
    )
}

/// Meets: C18
#[tokio::test(flavor = "multi_thread")]
async fn a_participant_signs_by_a_key_in_a_file_a_container_and_a_process_that_has_it_in_a_token() {
    for suite in ["rsa2048", "p256"] {
        let place = Place::new(&format!("homes-{suite}"), suite);
        sign(&place.host(PEM), b"by a PEM file").unwrap();
        place.write("password", "Test-1234\n");
        let tolem = env!("CARGO_BIN_EXE_tolem");
        let pack = [
            "key",
            "pack",
            "--key",
            "signing.key",
            "--certificate",
            "signing.pem",
            "--password-file",
            "password",
            "--out",
            "signing.p12",
        ];
        run(&place.0, tolem, &pack);
        place.import_into_token();
        std::fs::remove_file(place.0.join("signing.key")).unwrap();
        let host = place.host("home = \"file\"\nkey = \"signing.p12\"\npassword = \"password\"");
        sign(&host, b"by a container").unwrap();
        assert_eq!(host.signer().certificate(), &place.certificate());
        // The participant waits for its signer, which begins after it.
        let signer = place.signer(&token());
        let host = place.host(PROCESS);
        sign(&host, b"by a process and its token").unwrap();
        drop(signer);
        assert_eq!(sign(&host, b"by nobody"), Err(SigningFailed));
    }
}

/// The library reads where its tokens are from the environment, once: so the test is run again as a process that has it.
///
/// Meets: C18
#[tokio::test(flavor = "multi_thread")]
async fn a_participant_signs_by_a_key_in_a_token_of_its_own() {
    if let Some(configuration) = std::env::var_os("SOFTHSM2_CONF") {
        let place =
            std::mem::ManuallyDrop::new(Place(Path::new(&configuration).parent().unwrap().to_owned()));
        let host = place.host(&token());
        assert_eq!(host.signer().certificate(), &place.certificate());
        return sign(&host, b"by a token").unwrap();
    }
    let place = Place::new("token", "rsa2048");
    place.import_into_token();
    std::fs::remove_file(place.0.join("signing.key")).unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_participant_signs_by_a_key_in_a_token_of_its_own"])
        .env("SOFTHSM2_CONF", place.0.join("softhsm2.conf"))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

/// Meets: C18
/// Defends: A27
#[tokio::test(flavor = "multi_thread")]
async fn a_signer_that_is_killed_is_missed_at_once_and_found_again() {
    let place = Place::new("killed", "p256");
    let mut signer = place.signer(PEM);
    let host = place.host(PROCESS);
    for _ in 0..3 {
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..25).for_each(|n| sign(&host, format!("said {n}").as_bytes()).unwrap()));
            }
        });
        signer.kill();
        let began = Instant::now();
        assert_eq!(sign(&host, b"by nobody"), Err(SigningFailed));
        assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
        signer = place.signer(PEM);
        while sign(&host, b"again").is_err() {
            assert!(began.elapsed() < LONG, "the signer is found again");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    // A second one at the same socket does not take the place of the first.
    let mut second = place.signer(PEM);
    assert!(!second.0.wait().unwrap().success());
    sign(&host, b"still the first").unwrap();
}

/// A key is renewed on both sides, in either order, and no signature in between is refused or wrong.
///
/// Meets: C18
/// Defends: A27
#[tokio::test(flavor = "multi_thread")]
async fn a_signers_key_is_renewed_without_a_gap() {
    let place = Place::new("renewed", "p256");
    let _signer = place.signer(PEM);
    let host = place.host(PROCESS);
    let old = place.certificate();
    let tolem = env!("CARGO_BIN_EXE_tolem");
    let issue = [
        "ca",
        "issue",
        "--dir",
        "ca",
        "--profile",
        "participant-signing",
        "--bin",
        BIN,
        "--name",
        "A",
        "--suite",
        "p256",
        "--out",
        "signing",
    ];
    run(&place.0, tolem, &issue);
    assert_ne!(place.certificate(), old);
    let began = Instant::now();
    while host.signer().certificate() == &old {
        sign(&host, b"meanwhile").unwrap();
        host.take_up_renewed_files();
        assert!(began.elapsed() < LONG, "the new key is taken up");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(host.signer().certificate(), &place.certificate());
    sign(&host, b"by the new key").unwrap();
}
