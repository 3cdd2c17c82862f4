//! `tolem bench timing`: a statistical timing check of signing and key agreement, after Reparaz, Balasch and
//! Verbauwhede, "Dude, is my code constant time?" (2017): Welch's t-test between the times with one fixed key and with
//! a new random key each time.
//!
//! The times of the two classes are taken in random order; those above a percentile of the whole are cut off, since
//! interrupts, not the operation, make them. A small |t| proves nothing beyond this machine and this many measurements.

#![expect(clippy::float_arithmetic, clippy::cast_precision_loss, reason = "statistics are no money")]

use std::hint::black_box;
use std::time::Instant;

use anyhow::{Result, anyhow};
use gost::{ByteOrder, ParameterSet, SigningKey, VerifyingKey, vko};
use indicatif::ProgressBar;
use participant::SystemEntropy;
use serde_json::json;
use terms::Entropy as _;

use crate::exit::Failure;
use crate::output;

/// Beyond this the classes differ (the threshold of the paper's own tool for a definite leak).
const LEAK: f64 = 10.0;
/// Share of the measurements kept, of a hundred.
const KEPT_PERCENT: usize = 90;
/// Random keys prepared before measuring.
const KEYS: usize = 512;
/// Which curves: both forms, both widths.
const SETS: [ParameterSet; 4] =
    [ParameterSet::Tc26A512, ParameterSet::Tc26C512, ParameterSet::CryptoProA, ParameterSet::CryptoProC];
/// The operations on a secret.
const OPERATIONS: [&str; 2] = ["sign", "vko"];

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

/// One operation on one curve, measured.
struct Measured {
    t: f64,
    fixed: usize,
    random: usize,
}

fn fresh_key(set: ParameterSet) -> SigningKey {
    SigningKey::generate(set, |octets| SystemEntropy.fill(octets))
}

fn measure(
    set: ParameterSet,
    measurements: usize,
    progress: &ProgressBar,
    operation: impl Fn(&SigningKey, [u8; 32]) -> Result<()>,
) -> Result<Measured> {
    // Both classes read a key out of an array of the same size, in the same pattern.
    let keys: [Vec<SigningKey>; 2] =
        [vec![fresh_key(set); KEYS], (0..KEYS).map(|_| fresh_key(set)).collect()];
    let warm_up = measurements / 10;
    let mut taken: Vec<(usize, f64)> = Vec::with_capacity(measurements);
    for i in 0..measurements + warm_up {
        let mut drawn = [0; 35];
        SystemEntropy.fill(&mut drawn);
        let (entropy, choice) = drawn.split_at(32);
        let class = usize::from(choice[0] & 1);
        let key = &keys[class][usize::from(u16::from_le_bytes([choice[1], choice[2]])) % KEYS];
        let mut hedge = [0; 32];
        hedge.copy_from_slice(entropy);
        let start = Instant::now();
        operation(key, hedge)?;
        let time = start.elapsed().as_nanos() as f64;
        if i >= warm_up {
            taken.push((class, time));
            progress.inc(1);
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
    Ok(Measured { t: welch(&fixed, &random), fixed: fixed.len(), random: random.len() })
}

fn measure_operation(
    operation: &str,
    set: ParameterSet,
    measurements: usize,
    progress: &ProgressBar,
) -> Result<Measured> {
    if operation == "sign" {
        let digest = vec![0x5a; set.octets()];
        measure(set, measurements, progress, |key, entropy| {
            black_box(key.sign_digest(&digest, ByteOrder::Kazakh, &entropy)?);
            Ok(())
        })
    } else {
        let peer: VerifyingKey = *fresh_key(set).verifying_key();
        measure(set, measurements, progress, |key, entropy| {
            black_box(vko::vko256(key, &peer, &entropy[..8])?);
            Ok(())
        })
    }
}

pub(crate) fn run(measurements: u32, json: bool) -> Result<(), Failure> {
    let count = usize::try_from(measurements).map_err(Failure::usage)?;
    let progress = ProgressBar::new((SETS.len() * OPERATIONS.len() * count) as u64);
    let mut leaks = 0;
    for set in SETS {
        for operation in OPERATIONS {
            let Measured { t, fixed, random } = measure_operation(operation, set, count, &progress)?;
            leaks += u32::from(t.abs() > LEAK);
            let object = json!({
                "set": format!("{set:?}"),
                "operation": operation,
                "t": (t * 100.0).round() / 100.0,
                "fixed": fixed,
                "random": random,
                "ok": t.abs() <= LEAK,
            });
            progress.suspend(|| {
                output::one(json, &object, || {
                    format!("{set:?} {operation}: t = {t:.2} over {fixed} times with a fixed key, {random} with random keys")
                });
            });
        }
    }
    progress.finish_and_clear();
    if leaks == 0 {
        Ok(())
    } else {
        Err(Failure::checks(anyhow!("the time tells keys apart in {leaks} operations")))
    }
}
