//! Interoperation with OpenSSL's gost engine, both ways, for every set it knows.
//!
//! Without the engine the tests say so and pass, unless `CI` or `TOLEM_ENGINE=1` demands it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use gost::streebog::{Streebog256, Streebog512};
use gost::{ByteOrder, Error, ParameterSet, Signature, SigningKey, VerifyingKey, VerifyingTable, vko};

/// The engine's names of algorithm and set.
const SETS: [(ParameterSet, &str, &str); 9] = [
    (ParameterSet::CryptoProA, "gost2012_256", "A"),
    (ParameterSet::CryptoProB, "gost2012_256", "B"),
    (ParameterSet::CryptoProC, "gost2012_256", "C"),
    (ParameterSet::CryptoProXchA, "gost2012_256", "XA"),
    (ParameterSet::CryptoProXchB, "gost2012_256", "XB"),
    (ParameterSet::Tc26A256, "gost2012_256", "TCA"),
    (ParameterSet::Tc26A512, "gost2012_512", "A"),
    (ParameterSet::Tc26B512, "gost2012_512", "B"),
    (ParameterSet::Tc26C512, "gost2012_512", "C"),
];

/// A directory of its own for each test, removed at the end.
struct Place(PathBuf);

impl Place {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("gost-engine-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).expect("a temporary directory");
        Self(path)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn openssl(arguments: &[&str]) -> Result<Vec<u8>, String> {
    let output = Command::new("openssl").args(arguments).output().map_err(|error| error.to_string())?;
    if output.status.success() {
        Ok(output.stdout)
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// Whether the engine answers; its absence fails the test where it is demanded.
fn engine_present() -> bool {
    let present = openssl(&["engine", "gost", "-t"])
        .is_ok_and(|answer| String::from_utf8_lossy(&answer).contains("[ available ]"));
    let demanded =
        std::env::var_os("CI").is_some() || std::env::var("TOLEM_ENGINE").is_ok_and(|value| value == "1");
    assert!(present || !demanded, "the gost engine of OpenSSL is missing (Debian: libengine-gost-openssl)");
    if !present {
        eprintln!("skipped: OpenSSL has no gost engine here");
    }
    present
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

/// The octets at the end of a DER object, where these keys have theirs.
fn tail(der: &[u8], octets: usize) -> &[u8] {
    &der[der.len() - octets..]
}

struct EngineKey {
    set: ParameterSet,
    pem: PathBuf,
    public_pem: PathBuf,
    private: SigningKey,
}

fn engine_key(place: &Place, (set, algorithm, name): (ParameterSet, &str, &str)) -> EngineKey {
    let (pem, public_pem) = (place.file("key.pem"), place.file("public.pem"));
    let option = format!("paramset:{name}");
    openssl(&[
        "genpkey",
        "-engine",
        "gost",
        "-algorithm",
        algorithm,
        "-pkeyopt",
        &option,
        "-out",
        text(&pem),
    ])
    .expect("the engine makes a key");
    openssl(&["pkey", "-engine", "gost", "-in", text(&pem), "-pubout", "-out", text(&public_pem)])
        .expect("the engine writes the public key");
    let private_der = openssl(&["pkey", "-engine", "gost", "-in", text(&pem), "-outform", "DER"])
        .expect("the engine writes the key");
    let public_der = openssl(&["pkey", "-engine", "gost", "-in", text(&pem), "-pubout", "-outform", "DER"])
        .expect("the engine writes the public key");
    let private = SigningKey::from_bytes(set, tail(&private_der, set.octets()), ByteOrder::Rfc)
        .expect("the engine's private key reads");
    let public = VerifyingKey::from_bytes(set, tail(&public_der, 2 * set.octets()), ByteOrder::Rfc)
        .expect("the engine's public key reads");
    assert_eq!(private.verifying_key(), &public, "{set:?}: both make the same public key");
    EngineKey { set, pem, public_pem, private }
}

fn digest_name(set: ParameterSet) -> &'static str {
    if set.octets() == 32 { "-md_gost12_256" } else { "-md_gost12_512" }
}

fn digest(set: ParameterSet, message: &[u8]) -> Vec<u8> {
    if set.octets() == 32 {
        Streebog256::digest(message).to_vec()
    } else {
        Streebog512::digest(message).to_vec()
    }
}

/// Meets: C16.
#[test]
fn the_engines_signatures_verify_here() {
    if !engine_present() {
        return;
    }
    for described in SETS {
        let place = Place::new();
        let key = engine_key(&place, described);
        let (message, signature) = (place.file("message"), place.file("signature"));
        for round in 0..4u8 {
            let content = vec![round; 100 + usize::from(round)];
            std::fs::write(&message, &content).expect("a file");
            openssl(&[
                "dgst",
                "-engine",
                "gost",
                digest_name(key.set),
                "-sign",
                text(&key.pem),
                "-out",
                text(&signature),
                text(&message),
            ])
            .expect("the engine signs");
            let octets = std::fs::read(&signature).expect("a file");
            let parsed = Signature::from_bytes(key.set, &octets, ByteOrder::Rfc).expect("a signature");
            let public = key.private.verifying_key();
            let digest = digest(key.set, &content);
            assert_eq!(public.verify_digest(&digest, ByteOrder::Rfc, &parsed), Ok(()), "{described:?}");
            assert_eq!(
                VerifyingTable::new(public).verify_digest(&digest, ByteOrder::Rfc, &parsed),
                Ok(()),
                "{described:?}"
            );
            let swapped = Signature::from_bytes(key.set, &octets, ByteOrder::Printed).expect("a signature");
            assert_eq!(
                public.verify_digest(&digest, ByteOrder::Rfc, &swapped),
                Err(Error::SignatureMismatch),
                "{described:?}: the order of octets matters"
            );
        }
    }
}

/// Meets: C16.
#[test]
fn signatures_made_here_verify_in_the_engine() {
    if !engine_present() {
        return;
    }
    for described in SETS {
        let place = Place::new();
        let key = engine_key(&place, described);
        let (message, signature) = (place.file("message"), place.file("signature"));
        for round in 0..4u8 {
            let content = vec![round; 100 + usize::from(round)];
            std::fs::write(&message, &content).expect("a file");
            let made = key
                .private
                .sign_digest(&digest(key.set, &content), ByteOrder::Rfc, &[round; 32])
                .expect("signs");
            // What the engine verifies is the reversal of what a Kazakh document carries.
            let mut octets = made.to_bytes(ByteOrder::Kazakh);
            octets.reverse();
            std::fs::write(&signature, octets).expect("a file");
            openssl(&[
                "dgst",
                "-engine",
                "gost",
                digest_name(key.set),
                "-verify",
                text(&key.public_pem),
                "-signature",
                text(&signature),
                text(&message),
            ])
            .unwrap_or_else(|error| panic!("{described:?}: {error}"));
        }
    }
}

/// The engine derives by VKO with Streebog-256 where key material of 8 octets is given. Meets: C16.
#[test]
fn the_engine_agrees_on_the_same_key() {
    if !engine_present() {
        return;
    }
    for described in SETS {
        let (own_place, other_place) = (Place::new(), Place::new());
        let (own, other) = (engine_key(&own_place, described), engine_key(&other_place, described));
        let derived = openssl(&[
            "pkeyutl",
            "-engine",
            "gost",
            "-derive",
            "-inkey",
            text(&own.pem),
            "-peerkey",
            text(&other.public_pem),
            "-pkeyopt",
            "ukmhex:1d80603c8544c727",
        ])
        .unwrap_or_else(|error| panic!("{described:?}: {error}"));
        let ukm = [0x1d, 0x80, 0x60, 0x3c, 0x85, 0x44, 0xc7, 0x27];
        let agreed = vko::vko256(&own.private, other.private.verifying_key(), &ukm).expect("agrees");
        assert_eq!(derived, &agreed[..], "{described:?}");
    }
}
