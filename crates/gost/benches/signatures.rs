//! Signing, verifying and agreeing on each curve a document may name.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use gost::{ByteOrder, ParameterSet, SigningKey, VerifyingTable, vko};

const SETS: [ParameterSet; 7] = [
    ParameterSet::CryptoProA,
    ParameterSet::CryptoProB,
    ParameterSet::CryptoProC,
    ParameterSet::Tc26A256,
    ParameterSet::Tc26A512,
    ParameterSet::Tc26B512,
    ParameterSet::Tc26C512,
];

fn signatures(criterion: &mut Criterion) {
    for set in SETS {
        let order = ByteOrder::Kazakh;
        let key = SigningKey::from_bytes(set, &vec![0x37; set.octets()], order).expect("a private key");
        let digest = vec![0x5a; set.octets()];
        let signature = key.sign_digest(&digest, order, &[7; 32]).expect("signs");
        let public = *key.verifying_key();
        let table = VerifyingTable::new(&public);
        let mut group = criterion.benchmark_group(format!("{set:?}"));
        group.bench_function("sign", |b| b.iter(|| key.sign_digest(black_box(&digest), order, &[7; 32])));
        group.bench_function("verify_cold", |b| {
            b.iter(|| public.verify_digest(black_box(&digest), order, &signature));
        });
        group.bench_function("verify_table", |b| {
            b.iter(|| table.verify_digest(black_box(&digest), order, &signature));
        });
        group.bench_function("make_table", |b| b.iter(|| VerifyingTable::new(black_box(&public))));
        group.bench_function("vko256", |b| b.iter(|| vko::vko256(&key, black_box(&public), &[1; 8])));
        group.finish();
    }
}

criterion_group!(benches, signatures);
criterion_main!(benches);
