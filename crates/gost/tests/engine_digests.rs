//! The digests and legacy modes against the gost engine of OpenSSL.
//!
//! Runs where the environment sets `TOLEM_ENGINE=1`, and then fails if the engine is missing; elsewhere it
//! prints that it was skipped. Only what the engine's command line gets right is asked: it takes a MAC under
//! the name of Kuznyechik for one of Magma, and has no authenticated encryption.

use std::io::Write;
use std::process::{Command, Stdio};

use gost::gost28147::{Gost28147, KeyMeshing, Substitution};
use gost::gost34311::{Gost34311, Profile};
use gost::hmac::HmacStreebog256;
use gost::kuznyechik::Kuznyechik;
use gost::magma::Magma;
use gost::modes::Ctr;
use gost::streebog::{Streebog256, Streebog512};

const KEY: [u8; 32] = *b"0123456789abcdef0123456789abcdef";

/// Whether the engine is to be asked.
fn engine() -> bool {
    let wanted = std::env::var_os("TOLEM_ENGINE").is_some_and(|value| value == "1");
    if !wanted {
        println!("skipped: TOLEM_ENGINE=1 asks the gost engine of OpenSSL");
    }
    wanted
}

/// What `openssl` answers to `input`.
fn openssl(arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut child = Command::new("openssl")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("openssl is installed");
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success(), "openssl {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn digest(name: &str, input: &[u8]) -> Vec<u8> {
    openssl(&["dgst", "-engine", "gost", name, "-binary"], input)
}

fn encrypted(name: &str, iv: &[u8], input: &[u8]) -> Vec<u8> {
    let (key, iv) = (hex::encode(KEY), hex::encode(iv));
    openssl(&["enc", "-e", "-engine", "gost", name, "-K", &key, "-iv", &iv], input)
}

/// Messages around every edge: blocks of 32 and 64 octets, periods of 1024.
fn messages() -> impl Iterator<Item = Vec<u8>> {
    [0, 1, 7, 8, 9, 31, 32, 33, 63, 64, 65, 127, 128, 1_023, 1_024, 1_025, 3_000, 10_007]
        .into_iter()
        .map(|len| (0..len).map(|i| (i * 31 + 7) as u8).collect())
}

#[test]
fn digests_are_those_of_the_engine() {
    if !engine() {
        return;
    }
    for message in messages() {
        assert_eq!(digest("-md_gost12_512", &message), Streebog512::digest(&message));
        assert_eq!(digest("-md_gost12_256", &message), Streebog256::digest(&message));
        // The engine's digest of no octets at all is its own; RFC 5831 gives no example of one.
        if !message.is_empty() {
            assert_eq!(digest("-md_gost94", &message), Gost34311::digest(Profile::CryptoPro, &message));
        }
    }
}

#[test]
fn codes_are_those_of_the_engine() {
    if !engine() {
        return;
    }
    let text = std::str::from_utf8(&KEY).unwrap();
    for message in messages() {
        let theirs = openssl(
            &[
                "dgst",
                "-engine",
                "gost",
                "-md_gost12_256",
                "-mac",
                "hmac",
                "-macopt",
                &format!("key:{text}"),
                "-binary",
            ],
            &message,
        );
        assert_eq!(theirs, HmacStreebog256::mac(&KEY, &message));
        if message.is_empty() {
            continue;
        }
        let theirs = openssl(
            &["dgst", "-engine", "gost", "-mac", "gost-mac", "-macopt", &format!("key:{text}"), "-binary"],
            &message,
        );
        let ours = Gost28147::new(Substitution::CryptoProA, &KEY).imit(KeyMeshing::CryptoPro, &message);
        assert_eq!(theirs, ours, "of {} octets", message.len());
    }
}

#[test]
fn keystreams_are_those_of_the_engine() {
    if !engine() {
        return;
    }
    for message in messages().skip(1) {
        let mut data = message.clone();
        Ctr::<Kuznyechik>::new(&KEY, &[0x5a; 8]).apply(&mut data).unwrap();
        assert_eq!(encrypted("-kuznyechik-ctr", &[0x5a; 8], &message), data);

        let mut data = message.clone();
        Ctr::<Magma>::new(&KEY, &[0x5a; 4]).apply(&mut data).unwrap();
        assert_eq!(encrypted("-magma-ctr", &[0x5a; 4], &message), data);

        let legacy = Gost28147::new(Substitution::CryptoProA, &KEY);
        let mut data = message.clone();
        legacy.cnt(KeyMeshing::CryptoPro, &[0x5a; 8], &mut data);
        assert_eq!(encrypted("-gost89-cnt", &[0x5a; 8], &message), data, "of {} octets", message.len());

        let legacy = Gost28147::new(Substitution::Tc26Z, &KEY);
        let mut data = message.clone();
        legacy.cfb_encrypt(KeyMeshing::CryptoPro, &[0x5a; 8], &mut data);
        assert_eq!(encrypted("-gost89", &[0x5a; 8], &message), data, "of {} octets", message.len());

        let mut data = message.clone();
        legacy.cnt(KeyMeshing::CryptoPro, &[0x5a; 8], &mut data);
        assert_eq!(encrypted("-gost89-cnt-12", &[0x5a; 8], &message), data, "of {} octets", message.len());
    }
}
