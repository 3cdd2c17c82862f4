//! Benches of digests and authenticated encryption, each digest beside the `streebog` crate's.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use gost::gost34311::{Gost34311, Profile};
use gost::kuznyechik::Kuznyechik;
use gost::magma::Magma;
use gost::mgm::Mgm;
use gost::streebog::Streebog512;
use streebog::Digest;

fn digests(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("digests");
    for len in [3 * 1024, 64 * 1024] {
        let message = vec![0x5a; len];
        group.throughput(Throughput::Bytes(len as u64));
        group.bench_with_input(BenchmarkId::new("streebog-512", len), &message, |bencher, message| {
            bencher.iter(|| Streebog512::digest(black_box(message)));
        });
        group.bench_with_input(
            BenchmarkId::new("streebog-512 of the crate", len),
            &message,
            |bencher, message| {
                bencher.iter(|| streebog::Streebog512::digest(black_box(message)));
            },
        );
        group.bench_with_input(BenchmarkId::new("gost 34.311-95", len), &message, |bencher, message| {
            bencher.iter(|| Gost34311::digest(Profile::Test, black_box(message)));
        });
    }
    group.finish();
}

fn sealing(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("mgm");
    let kuznyechik = Mgm::<Kuznyechik>::new(&[7; 32]);
    let magma = Mgm::<Magma>::new(&[7; 32]);
    for len in [32, 3 * 1024] {
        let message = vec![0x5a; len];
        group.throughput(Throughput::Bytes(len as u64));
        group.bench_with_input(BenchmarkId::new("kuznyechik", len), &message, |bencher, message| {
            bencher.iter(|| kuznyechik.seal(&[1; 16], b"row 7", black_box(message)));
        });
        group.bench_with_input(BenchmarkId::new("magma", len), &message, |bencher, message| {
            bencher.iter(|| magma.seal(&[1; 8], b"row 7", black_box(message)));
        });
    }
    group.bench_function("key of kuznyechik", |bencher| {
        bencher.iter(|| Mgm::<Kuznyechik>::new(black_box(&[7; 32])));
    });
    group.finish();
}

criterion_group!(benches, digests, sealing);
criterion_main!(benches);
