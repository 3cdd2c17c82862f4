//! Prints the throughput of digests and sealing, that of the `streebog` crate beside, in megabytes a second:
//! `cargo run --release --example digest_time [SECONDS]`.

use std::hint::black_box;
use std::time::{Duration, Instant};

use gost::gost34311::{Gost34311, Profile};
use gost::kuznyechik::Kuznyechik;
use gost::magma::Magma;
use gost::mgm::Mgm;
use gost::modes::{BlockCipher, Ctr, Omac};
use gost::streebog::Streebog512;
use streebog::Digest;

fn main() {
    let seconds = std::env::args().nth(1).and_then(|seconds| seconds.parse().ok()).unwrap_or(1);
    let longest = Duration::from_secs(seconds);
    for len in [3 * 1024, 64 * 1024] {
        let message = vec![0x5a; len];
        let show = |name: &str, work: &mut dyn FnMut()| show(name, len, longest, work);
        show("streebog-512, ours", &mut || {
            black_box(Streebog512::digest(black_box(&message)));
        });
        show("streebog-512, crate", &mut || {
            black_box(streebog::Streebog512::digest(black_box(&message)));
        });
        show("34.311-95", &mut || {
            black_box(Gost34311::digest(Profile::Test, black_box(&message)));
        });
        let mut data = message.clone();
        show("kuznyechik ctr", &mut || {
            Ctr::<Kuznyechik>::new(&[7; 32], &[1; 8]).apply(&mut data).expect("short of the limit");
        });
        show("kuznyechik omac", &mut || {
            let mut code = Omac::<Kuznyechik>::new(&[7; 32]);
            code.update(&message);
            black_box(code.finalize());
        });
        let mgm = Mgm::<Kuznyechik>::new(&[7; 32]);
        show("kuznyechik mgm", &mut || {
            black_box(mgm.seal_in_place(&[1; 16], b"row 7", &mut data)).expect("short of the limit");
        });
        let mgm = Mgm::<Magma>::new(&[7; 32]);
        show("magma mgm", &mut || {
            black_box(mgm.seal_in_place(&[1; 8], b"row 7", &mut data)).expect("short of the limit");
        });
    }
    show("key of kuznyechik", 32, longest, &mut || {
        black_box(Kuznyechik::new(black_box(&[7; 32])));
    });
}

/// Repeats `work` over `len` octets for `longest` and prints the megabytes (10⁶ octets) a second of
/// the best single run, since on a shared machine the others measure the neighbours.
#[allow(clippy::float_arithmetic)] // A figure for people; no money passes here.
fn show(name: &str, len: usize, longest: Duration, work: &mut dyn FnMut()) {
    let started = Instant::now();
    let mut best = Duration::MAX;
    while started.elapsed() < longest {
        let run = Instant::now();
        work();
        best = best.min(run.elapsed());
    }
    println!("{name:20} {len:6} octets  {:8.1} MB/s", len as f64 / best.as_secs_f64() / 1e6);
}
