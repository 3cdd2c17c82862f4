//! Payments kept per second, one by one and in groups, with the chain's signature. Prints; asserts nothing.
//!
//! `cargo test -p store --test store -- --ignored --nocapture payments_per_second`

use std::time::Instant;

use store::{EmbeddedStore, Store, StoreError};
use terms::PaymentCode;

use crate::samples::{codes, open_store, paid_payment};

async fn keep(store: &EmbeddedStore, code: PaymentCode) {
    let write = store.transact(move |tx| tx.insert_payment(&paid_payment(code)));
    write.await.unwrap_or_else(|error: StoreError| panic!("{error}"));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement"]
async fn payments_per_second() {
    let (store, _folder) = open_store();
    let started = Instant::now();
    for code in codes(31, 500) {
        keep(&store, code).await;
    }
    println!("one by one: {} in {:?}", 500, started.elapsed());
    for clients in [8_usize, 64, 256] {
        let started = Instant::now();
        let tasks = (0..clients).map(|client| {
            let store = store.clone();
            tokio::spawn(async move {
                for code in codes((clients * 1000 + client) as u64, 10_000 / clients) {
                    keep(&store, code).await;
                }
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.unwrap();
        }
        println!("{clients} at a time: {} in {:?}", 10_000 / clients * clients, started.elapsed());
    }
    let started = Instant::now();
    let report = store.evidence().verify_chain(crate::samples::verify_head, Vec::new()).await.unwrap();
    println!("verified in {:?}: {report:?}", started.elapsed());
}
