//! Statistical timing check of signing and key agreement, after Reparaz, Balasch and Verbauwhede, "Dude, is
//! my code constant time?" (2017): Welch's t-test between the times with one fixed key and with a new
//! random key each time.
//!
//! Usage: `dudect [MEASUREMENTS]`, by default 40000 for each operation and set. The times of the two
//! classes are taken in random order; those above a percentile of the whole are cut off, since interrupts,
//! not the operation, make them. |t| above 10 means that the time tells the classes apart; the process then
//! ends with status 1. A small
//! |t| proves nothing beyond this machine and this many measurements.

#![allow(clippy::float_arithmetic, reason = "statistics of a measuring program")]

use std::hint::black_box;
use std::process::ExitCode;
use std::time::Instant;

use gost::{ByteOrder, ParameterSet, SigningKey, VerifyingKey, vko};

/// Beyond this the classes differ (the threshold of the paper's own tool for a definite leak).
const LEAK: f64 = 10.0;
/// Share of the measurements kept, of a hundred.
const KEPT_PERCENT: usize = 90;
/// Random keys prepared before measuring.
const KEYS: usize = 512;

/// A small generator, good enough to choose classes and keys of a measurement.
struct Choices(u64);

impl Choices {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn key(&mut self, set: ParameterSet) -> SigningKey {
        SigningKey::generate(set, |bytes| bytes.iter_mut().for_each(|byte| *byte = (self.next() >> 32) as u8))
    }
}

/// Mean and variance of one class.
fn moments(times: &[f64]) -> (f64, f64) {
    let n = times.len() as f64;
    let mean = times.iter().sum::<f64>() / n;
    (mean, times.iter().map(|time| (time - mean).powi(2)).sum::<f64>() / (n - 1.0))
}

/// Welch's t between the fixed and the random class.
fn welch(fixed: &[f64], random: &[f64]) -> f64 {
    let ((mean_f, var_f), (mean_r, var_r)) = (moments(fixed), moments(random));
    (mean_f - mean_r) / (var_f / fixed.len() as f64 + var_r / random.len() as f64).sqrt()
}

fn measure(
    set: ParameterSet,
    name: &str,
    measurements: usize,
    operation: impl Fn(&SigningKey, [u8; 32]),
) -> f64 {
    let mut choices = Choices(0x9e37_79b9_7f4a_7c15);
    let fixed = choices.key(set);
    // Both classes read a key out of an array of the same size, in the same pattern.
    let keys: [Vec<SigningKey>; 2] = [vec![fixed; KEYS], (0..KEYS).map(|_| choices.key(set)).collect()];
    let mut taken: Vec<(usize, f64)> = Vec::with_capacity(measurements);
    for i in 0..measurements + measurements / 10 {
        let class = (choices.next() >> 40) as usize & 1;
        let key = &keys[class][(choices.next() >> 33) as usize % KEYS];
        let mut entropy = [0; 32];
        entropy.iter_mut().for_each(|byte| *byte = (choices.next() >> 32) as u8);
        let start = Instant::now();
        operation(key, entropy);
        let time = start.elapsed().as_nanos() as f64;
        if i >= measurements / 10 {
            taken.push((class, time));
        }
    }
    let mut times: Vec<f64> = taken.iter().map(|(_, time)| *time).collect();
    times.sort_by(f64::total_cmp);
    let limit = times[(times.len() - 1) * KEPT_PERCENT / 100];
    let class = |wanted: usize| -> Vec<f64> {
        taken
            .iter()
            .filter(|(class, time)| *class == wanted && *time <= limit)
            .map(|(_, time)| *time)
            .collect()
    };
    let (fixed, random) = (class(0), class(1));
    let t = welch(&fixed, &random);
    println!("{set:?} {name}: t = {t:.2}, n = {} fixed + {} random", fixed.len(), random.len());
    t.abs()
}

fn main() -> ExitCode {
    let measurements = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(40_000).max(1000);
    let mut worst: f64 = 0.0;
    for set in
        [ParameterSet::Tc26A512, ParameterSet::Tc26C512, ParameterSet::CryptoProA, ParameterSet::CryptoProC]
    {
        let digest = vec![0x5a; set.octets()];
        let peer: VerifyingKey = *Choices(77).key(set).verifying_key();
        worst = worst.max(measure(set, "sign", measurements, |key, entropy| {
            black_box(key.sign_digest(&digest, ByteOrder::Kazakh, &entropy)).expect("signs");
        }));
        worst = worst.max(measure(set, "vko", measurements / 2, |key, entropy| {
            black_box(vko::vko256(key, &peer, &entropy[..8])).expect("agrees");
        }));
    }
    if worst > LEAK { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
