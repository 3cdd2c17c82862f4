//! A process that is killed in the middle of its writes loses nothing it acknowledged.

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use store::{Options, Store, StoreError};
use terms::PaymentCode;

use crate::samples::{Folder, codes, open_at, paid_payment, verify_head};

const DATABASE: &str = "STORE_CRASH_DATABASE";
const SEED: &str = "STORE_CRASH_SEED";

/// Killed five times with `kill -9` at different moments of writing.
///
/// Defends: A30
#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_before_a_kill_is_there_after_it() {
    let folder = Folder::new();
    let path = folder.file("gateway.db");
    let mut acknowledged = HashSet::new();
    for round in 0..5 {
        acknowledged.extend(write_and_kill(&path, round, 120 + 37 * round));
        let store = open_at(&path, Options::default());
        let all = acknowledged.clone();
        let missing = store.read(move |view| {
            let mut missing = 0;
            for code in &all {
                missing += u32::from(view.payment(*code)?.is_none());
            }
            Ok::<_, StoreError>(missing)
        });
        assert_eq!(missing.await, Ok(0));
        store.evidence().verify_chain(verify_head, Vec::new()).await.unwrap();
    }
    assert!(acknowledged.len() > 600);
}

/// Starts a child that writes, kills it after so many acknowledgements, and collects all it had acknowledged.
fn write_and_kill(path: &Path, seed: usize, after: usize) -> Vec<PaymentCode> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::a_child_that_writes_until_it_is_killed", "--ignored", "--nocapture"])
        .env(DATABASE, path)
        .env(SEED, (1000 + seed).to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    let mut acknowledged = Vec::new();
    for line in output.lines() {
        // A line cut off by the kill is no acknowledgement that anybody has read.
        let Some(code) = line.unwrap().strip_prefix("ok ").and_then(|code| code.parse().ok()) else {
            continue;
        };
        acknowledged.push(code);
        if acknowledged.len() == after {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    assert!(acknowledged.len() >= after);
    acknowledged
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "the child process of the test above"]
async fn a_child_that_writes_until_it_is_killed() {
    let Ok(path) = std::env::var(DATABASE) else { return };
    let seed: u64 = std::env::var(SEED).unwrap().parse().unwrap();
    let store = open_at(Path::new(&path), Options::default());
    let tasks = (0..32).map(|task| {
        let store = store.clone();
        tokio::spawn(async move {
            for code in codes(seed * 100 + task, 2000) {
                let write = store.transact(move |tx| tx.insert_payment(&paid_payment(code)));
                write.await.unwrap_or_else(|error: StoreError| panic!("{error}"));
                let mut out = std::io::stdout().lock();
                writeln!(out, "ok {}", code.digits()).unwrap();
                out.flush().unwrap();
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
}
