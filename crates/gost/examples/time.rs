//! Prints microseconds per signature, per verification with the key alone and with its table, for each curve.
//!
//! The least of several rounds is printed: what the machine does when nothing else disturbs it.

use std::hint::black_box;
use std::time::Instant;

use gost::{ByteOrder, ParameterSet, SigningKey, VerifyingTable, vko};

const ROUNDS: usize = 150;
const CALLS: u32 = 3;

fn microseconds(mut call: impl FnMut()) -> u128 {
    let nanoseconds = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..CALLS {
                call();
            }
            start.elapsed().as_nanos() / u128::from(CALLS)
        })
        .min()
        .unwrap_or(0);
    nanoseconds / 100
}

fn tenths(value: u128) -> String {
    format!("{}.{}", value / 10, value % 10)
}

fn main() {
    println!("{:<14} {:>8} {:>8} {:>8} {:>8} {:>8}  µs", "set", "sign", "cold", "table", "build", "vko");
    for set in ParameterSet::ALL.into_iter().filter(|set| {
        use ParameterSet::*;
        matches!(
            set,
            Test256
                | CryptoProA
                | CryptoProB
                | CryptoProC
                | Tc26A256
                | Test512
                | Tc26A512
                | Tc26B512
                | Tc26C512
        )
    }) {
        let mut next = 1u8;
        let key = SigningKey::generate(set, |bytes| {
            for byte in bytes {
                next = next.wrapping_mul(5).wrapping_add(113);
                *byte = next;
            }
        });
        let digest = vec![0x5a; set.octets()];
        let order = ByteOrder::Kazakh;
        let signature = key.sign_digest(&digest, order, &[7; 32]).expect("the digest has the set's width");
        let public = *key.verifying_key();
        let table = VerifyingTable::new(&public);
        let sign = microseconds(|| {
            black_box(key.sign_digest(black_box(&digest), order, &[7; 32])).expect("signs");
        });
        let cold =
            microseconds(|| public.verify_digest(black_box(&digest), order, &signature).expect("verifies"));
        let known =
            microseconds(|| table.verify_digest(black_box(&digest), order, &signature).expect("verifies"));
        let build = microseconds(|| {
            black_box(VerifyingTable::new(&public));
        });
        let agree = microseconds(|| {
            black_box(vko::vko256(&key, &public, &[1; 8])).expect("agrees");
        });
        println!(
            "{:<14} {:>8} {:>8} {:>8} {:>8} {:>8}",
            format!("{set:?}"),
            tenths(sign),
            tenths(cold),
            tenths(known),
            tenths(build),
            tenths(agree)
        );
    }
}
