//! What is confidential, against whoever has the files and not the keys; and the life of the keys themselves.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use store::{
    DataKey, DataKeyBound, Database, EmbeddedStore, EvidenceRecord, JournalEntry, KeptEvidence, KeyHolder,
    KeyNotHeld, KeyUse, Keyring, Migration, Options, Outgoing, ReceiptRecord, Store, StoreError, Tx,
    WrappedKey, chain, mailbox,
};
use terms::{MessageId, PaymentCode};
use zeroize::Zeroizing;

use crate::samples::{
    Folder, TestHolder, bank, codes, fresh_chance, holder, keyring, now, open_at, open_with, paid_payment,
    person, portal, verify_head,
};

fn read<R: Send + 'static>(
    store: &EmbeddedStore,
    work: impl FnMut(&dyn store::View) -> Result<R, StoreError> + Send + 'static,
) -> impl Future<Output = Result<R, StoreError>> {
    store.read(work)
}

async fn insert(store: &EmbeddedStore, code: PaymentCode) -> Result<(), StoreError> {
    store.transact(move |tx| tx.insert_payment(&paid_payment(code))).await
}

async fn all_open(store: &EmbeddedStore, codes: Vec<PaymentCode>) -> Result<(), StoreError> {
    let found = read(store, move |view| {
        for code in &codes {
            assert_eq!(view.payment(*code)?.map(|stored| stored.value), Some(paid_payment(*code)));
        }
        let count = view.payments_of_recipient(person().number, 10_000)?.len();
        assert_eq!(count, codes.len());
        Ok(())
    });
    found.await
}

async fn keys(store: &EmbeddedStore) -> Vec<DataKey> {
    store.evidence().data_keys().await.unwrap()
}

/// A sealed value names its place: moved to another row or column it is refused, and the chain shows the deed.
///
/// Defends: A19
#[tokio::test(flavor = "multi_thread")]
async fn a_sealed_value_opens_in_its_own_place_only() {
    let folder = Folder::new();
    let path = folder.file("gateway.db");
    let [first, second] = codes(61, 2)[..] else { unreachable!() };
    let store = open_at(&path, Options::default());
    for (code, number) in [(first, 1_u8), (second, 2)] {
        let id = MessageId::from_bytes([number; 16]);
        let write = store.transact(move |tx| {
            tx.insert_payment(&paid_payment(code))?;
            tx.journal(&JournalEntry {
                about: code,
                at: now(),
                event: "paid".to_owned(),
                actor: bank().to_string(),
                detail: number.to_string(),
            })?;
            tx.keep_evidence(&EvidenceRecord {
                about: Some(code),
                kind: "NotifyPayment in".to_owned(),
                octets: vec![number; 60],
                certificate: vec![1; 20],
                crl_number: 7,
                checked_by: None,
                at: now(),
                content_hash: [number; 32],
            })?;
            tx.insert_receipt(&ReceiptRecord {
                code,
                token_digest: [number; 32],
                signed: vec![2; 40],
                pdf: None,
                made_at: now(),
            })?;
            tx.keep_received(bank(), id, &[3; 32], "<A/>", now())?;
            tx.tell(&Outgoing {
                id,
                to: portal(),
                operation: "PaymentNotified".to_owned(),
                body: "<B/>".to_owned(),
                about: None,
                created_at: now(),
            })?;
            let attempt = payment::Attempt::open(
                crate::samples::attempt_id(u32::from(number)),
                payment::AttemptKind::Account,
                bank(),
                terms::Tiyn::tenge(1),
                Some(code),
                now(),
            );
            tx.insert_attempt(&attempt, Some("KZ"))?;
            tx.insert_page(&crate::samples::page([number; 32]))
        });
        write.await.unwrap_or_else(|error: StoreError| panic!("{error}"));
    }
    drop(store);
    let deeds = [
        ("payment", "order_sealed", "order_sealed"),
        ("payment", "life_sealed", "life_sealed"),
        ("payment", "order_sealed", "life_sealed"),
        ("journal", "sealed", "sealed"),
        ("evidence", "sealed", "sealed"),
        ("receipt", "sealed", "sealed"),
        ("received", "answer", "answer"),
        ("outbox", "body", "body"),
        ("attempt", "context", "context"),
        ("payment_page", "sealed", "sealed"),
    ];
    for (table, column, other) in deeds {
        let copy = folder.file(&format!("{table}-{column}-{other}.db"));
        Database::backup_of(&path, &copy, "test").unwrap();
        let conn = crate::chain::intrude(&copy);
        // Each of the two rows gets what the other one holds.
        let swapped = conn.execute_batch(&format!(
            "CREATE TABLE held AS SELECT rowid AS place, {other} AS sealed FROM {table};
             UPDATE {table} SET {column} = (SELECT sealed FROM held WHERE place <> {table}.rowid);
             DROP TABLE held"
        ));
        swapped.unwrap();
        drop(conn);
        let store = open_at(&copy, Options::default());
        let found = read(&store, move |view| match table {
            "payment" => view.payment(first).map(drop),
            "journal" => view.timeline(first).map(drop),
            "evidence" => view.evidence_of(first).map(drop),
            "receipt" => view.receipt(first).map(drop),
            "received" => view.received(bank(), MessageId::from_bytes([1; 16]), &[3; 32]).map(drop),
            "outbox" => view.outbox_due(now(), 10).map(drop),
            "attempt" => view.attempt_context(&crate::samples::attempt_id(1)).map(drop),
            _ => view.page(&[1; 32]).map(drop),
        });
        assert!(matches!(found.await, Err(StoreError::Damaged(_))), "{table}.{column} from {other}");
        // The outbox is a queue, which the chain does not cover.
        let verdict = store.evidence().verify_chain(verify_head, Vec::new()).await;
        assert_eq!(verdict.is_err(), table != "outbox", "{table}.{column}");
    }
}

/// Digests of what can be guessed are keyed: the plain digest of a message is nowhere in the file.
#[tokio::test(flavor = "multi_thread")]
async fn no_digest_of_a_message_can_be_compared_without_a_key() {
    let folder = Folder::new();
    let path = folder.file("gateway.db");
    let store = open_at(&path, Options::default());
    let hash = [0xA7; 32];
    let write = store.transact(move |tx| {
        tx.keep_received(bank(), MessageId::from_bytes([1; 16]), &hash, "<A/>", now())?;
        tx.note_failure("recipient-850612200017", now())?;
        tx.keep_evidence(&EvidenceRecord {
            about: None,
            kind: "NotifyPayment in".to_owned(),
            octets: vec![1],
            certificate: vec![2],
            crl_number: 7,
            checked_by: None,
            at: now(),
            content_hash: hash,
        })
    });
    write.await.unwrap_or_else(|error: StoreError| panic!("{error}"));
    let backup = folder.file("backup.db");
    store.database().backup(&backup, "test").await.unwrap();
    let octets = std::fs::read(backup).unwrap();
    assert!(octets.windows(16).all(|window| window != &hash[..16]));
}

/// While eight tasks keep payments and read them, another opening of the same file, as the command has it, rotates the
/// keys again and again: nothing fails, and everything opens afterwards.
///
/// Meets: C20.1
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn keys_are_rotated_while_payments_are_kept() {
    let folder = Folder::new();
    let path = folder.file("gateway.db");
    let store = open_at(&path, Options::default());
    let stop = Arc::new(AtomicBool::new(false));
    let tasks: Vec<_> = (0..8)
        .map(|task| {
            let (store, stop) = (store.clone(), stop.clone());
            tokio::spawn(async move {
                let mut kept = Vec::new();
                // All of them together are fewer than a list shows.
                for code in codes(6200 + task, 1_200) {
                    insert(&store, code).await.unwrap();
                    let found = read(&store, move |view| view.payment(code)).await.unwrap();
                    assert!(found.is_some());
                    kept.push(code);
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                }
                kept
            })
        })
        .collect();
    let beside = open_at(&path, Options::default());
    let mut longest = std::time::Duration::ZERO;
    for round in 1..=10 {
        tokio::time::sleep(std::time::Duration::from_millis(40)).await;
        let started = Instant::now();
        let rotation = beside.rotate_keys().await.unwrap();
        longest = longest.max(started.elapsed());
        assert_eq!((rotation.number, rotation.rewrapped), (round + 2, round + 1));
    }
    stop.store(true, Ordering::Relaxed);
    let mut kept = Vec::new();
    for task in tasks {
        kept.extend(task.await.unwrap());
    }
    println!("{} payments kept beside ten rotations; the longest took {longest:?}", kept.len());
    let all = keys(&store).await;
    let sealing = all.iter().filter(|key| key.usage == KeyUse::Data && key.records > 0).count();
    assert!(sealing > 3, "{all:?}");
    assert_eq!(all.iter().filter(|key| key.usage == KeyUse::Data && key.retired_at.is_none()).count(), 1);
    all_open(&store, kept.clone()).await.unwrap();
    drop((store, beside));
    let store = open_at(&path, Options::default());
    all_open(&store, kept).await.unwrap();
    store.evidence().verify_chain(verify_head, Vec::new()).await.unwrap();
}

/// After a rotation the former certificate's key is needed no more; before it, the store says which one is missing.
///
/// Meets: C20.1
#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_moves_all_keys_to_the_present_certificate() {
    let folder = Folder::new();
    let path = folder.file("gateway.db");
    let code = codes(63, 1)[0];
    let store = open_with(&path, keyring(holder(&[1])), Options::default()).unwrap();
    insert(&store, code).await.unwrap();
    drop(store);

    let missing = open_with(&path, keyring(holder(&[2])), Options::default()).err();
    let text = "data key 1 cannot be opened: put back the key of certificate 1";
    assert_eq!(missing, Some(StoreError::KeyMissing(text.to_owned())));
    let none = open_with(&folder.file("new.db"), keyring(holder(&[])), Options::default()).err();
    assert_eq!(
        none,
        Some(StoreError::KeyMissing("a data key cannot be wrapped: there is no key".to_owned()))
    );

    let store = open_with(&path, keyring(holder(&[1, 2])), Options::default()).unwrap();
    assert!(keys(&store).await.iter().all(|key| key.certificate == [1; 32]));
    let rotation = store.rotate_keys().await.unwrap();
    assert_eq!((rotation.number, rotation.rewrapped, rotation.certificate), (3, 2, [2; 32]));
    drop(store);

    let store = open_with(&path, keyring(holder(&[2])), Options::default()).unwrap();
    assert!(keys(&store).await.iter().all(|key| key.certificate == [2; 32]));
    all_open(&store, vec![code]).await.unwrap();
}

/// A key reaches its bound and the next one takes over, without anybody asking.
#[tokio::test(flavor = "multi_thread")]
async fn a_data_key_that_reached_its_bound_is_followed_by_the_next() {
    let folder = Folder::new();
    let path = folder.file("gateway.db");
    let bound = DataKeyBound { records: 20, ..DataKeyBound::default() };
    let ring = Keyring::bounded(Box::new(holder(&[1])), Box::new(fresh_chance()), bound);
    let store = open_with(&path, ring, Options::default()).unwrap();
    let all = codes(64, 50);
    for code in &all {
        insert(&store, *code).await.unwrap();
    }
    // A payment is two sealed values.
    let data: Vec<DataKey> = keys(&store).await.into_iter().filter(|key| key.usage == KeyUse::Data).collect();
    assert_eq!(data.iter().map(|key| key.records).collect::<Vec<_>>(), [20, 20, 20, 20, 20, 0]);
    assert!(data.iter().all(|key| (key.records > 0) == (key.octets > 0)));
    drop(store);
    // What was counted is counted still after a restart, and less than the bound makes no key.
    let store = open_at(&path, Options::default());
    assert_eq!(keys(&store).await.len(), 7);
    all_open(&store, all).await.unwrap();
    store.evidence().verify_chain(verify_head, Vec::new()).await.unwrap();
}

/// The chain is over the stored octets: whoever verifies it needs no key, and reads nothing.
#[tokio::test(flavor = "multi_thread")]
async fn the_chain_is_verified_without_any_key() {
    let folder = Folder::new();
    let path = folder.file("gateway.db");
    let store = open_at(&path, Options::default());
    insert(&store, codes(65, 1)[0]).await.unwrap();
    let evidence = KeptEvidence::open(&path).unwrap();
    let report = evidence.verify_chain(verify_head, Vec::new()).await.unwrap();
    assert_eq!(report.rows, 3);
    assert_eq!(evidence.head().await.unwrap(), store.evidence().head().await.unwrap());
}

/// A key put into the place of another one, with its id, is not taken for it.
#[tokio::test(flavor = "multi_thread")]
async fn a_wrapped_key_serves_only_the_use_it_was_made_for() {
    let folder = Folder::new();
    let path = folder.file("gateway.db");
    drop(open_at(&path, Options::default()));
    let conn = crate::chain::intrude(&path);
    let exchanged = conn.execute_batch(
        "UPDATE data_key SET wrapped = (SELECT wrapped FROM data_key WHERE use = 'search') WHERE use = 'data'",
    );
    exchanged.unwrap();
    drop(conn);
    let refused = open_with(&path, keyring(holder(&[1])), Options::default()).err();
    assert!(matches!(refused, Some(StoreError::KeyMissing(_))), "{refused:?}");
    // Nor is one data key taken for another, whose id it does not have.
    let path = folder.file("other.db");
    let store = open_at(&path, Options::default());
    store.rotate_keys().await.unwrap();
    drop(store);
    let conn = crate::chain::intrude(&path);
    conn.execute_batch(
        "UPDATE data_key SET wrapped = (SELECT wrapped FROM data_key WHERE number = 3) WHERE number = 2",
    )
    .unwrap();
    drop(conn);
    let refused = open_with(&path, keyring(holder(&[1])), Options::default()).err();
    let text = "data key 2 is not the one of its row";
    assert_eq!(refused, Some(StoreError::Damaged(text.to_owned())));
}

/// While nothing can be wrapped, a key that reached its bound goes on, so that no payment is refused.
#[tokio::test(flavor = "multi_thread")]
async fn a_bound_that_is_reached_while_nothing_can_be_wrapped_stops_no_payment() {
    let folder = Folder::new();
    let path = folder.file("gateway.db");
    drop(open_at(&path, Options::default()));
    struct OpensOnly(TestHolder);
    impl KeyHolder for OpensOnly {
        fn wrap(&self, _: &[u8], _: &[u8]) -> Result<WrappedKey, KeyNotHeld> {
            Err(KeyNotHeld("the certificate has expired".to_owned()))
        }
        fn unwrap(&self, purpose: &[u8], wrapped: &WrappedKey) -> Result<Zeroizing<Vec<u8>>, KeyNotHeld> {
            self.0.unwrap(purpose, wrapped)
        }
    }
    let bound = DataKeyBound { records: 4, ..DataKeyBound::default() };
    let ring = Keyring::bounded(Box::new(OpensOnly(holder(&[1]))), Box::new(fresh_chance()), bound);
    let store = open_with(&path, ring, Options::default()).unwrap();
    let all = codes(69, 10);
    for code in &all {
        insert(&store, *code).await.unwrap();
    }
    all_open(&store, all).await.unwrap();
    assert_eq!(keys(&store).await[1].records, 20);
    let rotated = store.rotate_keys().await;
    assert!(matches!(rotated, Err(StoreError::KeyMissing(_))), "{rotated:?}");
    assert_eq!(keys(&store).await.len(), 2);
    store.evidence().verify_chain(verify_head, Vec::new()).await.unwrap();
}

/// What was kept in the clear is not carried along, and the operator is told what to do.
#[tokio::test(flavor = "multi_thread")]
async fn a_database_from_before_with_unsealed_rows_is_refused() {
    let before = [
        mailbox::MIGRATION,
        Migration { version: 2, name: "chain", sql: chain::SCHEMA },
        Migration { version: 3, name: "gateway", sql: include_str!("../../src/schema/gateway.sql") },
        Migration { version: 4, name: "fewer_indexes", sql: include_str!("../../src/schema/gateway_2.sql") },
    ];
    let folder = Folder::new();
    let path = folder.file("gateway.db");
    let old = Database::open(&path, &before, Options::default()).unwrap();
    let write = old.write(|tx| {
        Ok::<_, StoreError>(
            tx.execute("INSERT INTO failure (key, at) VALUES ('recipient-850612200017', 1)", [])?,
        )
    });
    write.await.unwrap();
    drop(old);
    let Err(StoreError::Schema(text)) = EmbeddedStore::migrate(&path) else { panic!("taken") };
    assert!(text.contains("kept unencrypted by an earlier version: move it away"), "{text}");

    let empty = folder.file("empty.db");
    drop(Database::open(&empty, &before, Options::default()).unwrap());
    let store = open_at(&empty, Options::default());
    insert(&store, codes(66, 1)[0]).await.unwrap();
}

const DATABASE: &str = "STORE_ROTATION_DATABASE";

/// Killed six times at different moments of rotating: every key is as it was or as it is to be, and opens.
///
/// Defends: A30
#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_that_is_killed_leaves_every_key_openable() {
    let folder = Folder::new();
    let path = folder.file("gateway.db");
    let all = codes(67, 20);
    let store = open_at(&path, Options::default());
    for code in &all {
        insert(&store, *code).await.unwrap();
    }
    drop(store);
    let mut before = 2;
    for round in 0..6 {
        rotate_and_kill(&path, std::time::Duration::from_millis(70 + 31 * round));
        let store = open_with(&path, keyring(holder(&[1, 2])), Options::default()).unwrap();
        let keys = keys(&store).await;
        assert!(keys.len() > before, "the child rotated");
        before = keys.len();
        let at_once: std::collections::BTreeSet<_> = keys.iter().map(|key| key.certificate).collect();
        assert_eq!(at_once.len(), 1, "all or none are wrapped anew");
        all_open(&store, all.clone()).await.unwrap();
        store.evidence().verify_chain(verify_head, Vec::new()).await.unwrap();
    }
}

fn rotate_and_kill(path: &Path, after: std::time::Duration) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "sealing::a_child_that_rotates_until_it_is_killed", "--ignored", "--nocapture"])
        .env(DATABASE, path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // The clock runs from the first rotation, which the child reports.
    let output = std::io::BufReader::new(child.stdout.take().unwrap());
    let rotated = std::io::BufRead::lines(output).any(|line| line.unwrap().starts_with("rotated"));
    assert!(rotated);
    std::thread::sleep(after);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "the child process of the test above"]
async fn a_child_that_rotates_until_it_is_killed() {
    let Ok(path) = std::env::var(DATABASE) else { return };
    // Alternately for one certificate and the other, as if each had just been issued.
    let first = open_with(Path::new(&path), keyring(holder(&[2, 1])), Options::default()).unwrap();
    let second = open_with(Path::new(&path), keyring(holder(&[1, 2])), Options::default()).unwrap();
    loop {
        for store in [&first, &second] {
            store.rotate_keys().await.unwrap();
            println!("rotated");
        }
    }
}

/// What sealing costs a notice. Prints; asserts nothing.
///
/// `cargo test -p store --test store -- --ignored --nocapture what_sealing_costs`
#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement"]
async fn what_sealing_costs() {
    let folder = Folder::new();
    let store = open_at(&folder.file("gateway.db"), Options::default());
    let spent = Arc::new(AtomicU64::new(0));
    let all = codes(68, 2000);
    let count = all.len() as u64;
    for part in all.chunks(100) {
        let (part, spent) = (part.to_vec(), spent.clone());
        let write = store.transact(move |tx| {
            for code in &part {
                let started = Instant::now();
                a_notice(tx, *code)?;
                spent.fetch_add(started.elapsed().as_nanos() as u64, Ordering::Relaxed);
            }
            Ok::<_, StoreError>(())
        });
        write.await.unwrap();
    }
    println!("{} µs a notice, in the transaction", spent.load(Ordering::Relaxed) / count / 1000);
    let keys = keys(&store).await;
    println!("{} values, {} octets a notice", keys[1].records / count, keys[1].octets / count);
}

fn a_notice(tx: &mut dyn Tx, code: PaymentCode) -> Result<(), StoreError> {
    let mut id = [0; 16];
    id[..8].copy_from_slice(&code.as_u64().to_be_bytes());
    tx.insert_payment(&paid_payment(code))?;
    tx.journal(&JournalEntry {
        about: code,
        at: now(),
        event: "notice".to_owned(),
        actor: bank().to_string(),
        detail: "moved".to_owned(),
    })?;
    tx.tell(&Outgoing {
        id: MessageId::from_bytes(id),
        to: portal(),
        operation: "PaymentNotified".to_owned(),
        body: "<B/>".repeat(300),
        about: Some(code.digits()),
        created_at: now(),
    })?;
    tx.keep_evidence(&EvidenceRecord {
        about: Some(code),
        kind: "NotifyPayment in".to_owned(),
        octets: vec![7; 5000],
        certificate: vec![1; 1200],
        crl_number: 7,
        checked_by: None,
        at: now(),
        content_hash: [1; 32],
    })?;
    tx.keep_received(bank(), MessageId::from_bytes(id), &[3; 32], &"<A/>".repeat(150), now())
}

/// Whoever carries a backup away has nobody's number, name or account and no message, and cannot open it: the keys are in
/// no backup.
///
/// Meets: C20.1
/// Defends: A20
#[tokio::test(flavor = "multi_thread")]
async fn a_stolen_backup_shows_nobody_and_opens_for_nobody() {
    let folder = Folder::new();
    let store = open_at(&folder.file("gateway.db"), Options::default());
    let code = codes(66, 1)[0];
    insert(&store, code).await.unwrap();
    let message = b"<NotifyPayment>as the bank signed it</NotifyPayment>";
    let keep = store.transact(move |tx: &mut dyn Tx| {
        tx.keep_evidence(&EvidenceRecord {
            about: Some(code),
            kind: "NotifyPayment in".to_owned(),
            octets: message.to_vec(),
            certificate: vec![1; 20],
            crl_number: 7,
            checked_by: None,
            at: now(),
            content_hash: [7; 32],
        })?;
        let actor = person().number.to_string();
        tx.journal(&JournalEntry {
            about: code,
            at: now(),
            event: "notice".to_owned(),
            actor,
            detail: "paid".to_owned(),
        })
    });
    keep.await.unwrap_or_else(|error: StoreError| panic!("{error}"));
    let stolen = folder.file("stolen.backup");
    store.database().backup(&stolen, "test").await.unwrap();

    let octets = std::fs::read(&stolen).unwrap();
    let said = paid_payment(code);
    let said = &said.paid().unwrap().requisites;
    let secrets = [
        person().number.to_string().into_bytes(),
        person().name.to_string().into_bytes(),
        said.beneficiary_iban.as_str().as_bytes().to_vec(),
        said.purpose.to_string().into_bytes(),
        message.to_vec(),
    ];
    for secret in &secrets {
        assert!(
            !octets.windows(secret.len()).any(|piece| piece == secret),
            "{}",
            String::from_utf8_lossy(secret)
        );
    }
    let restored = folder.file("restored.db");
    Database::restore(&stolen, &restored, "test").unwrap();
    for keys in [holder(&[]), holder(&[2, 3])] {
        let opened = open_with(&restored, keyring(keys), Options::default()).err();
        assert!(matches!(opened, Some(StoreError::KeyMissing(_))), "{opened:?}");
    }
    all_open(&open_at(&restored, Options::default()), vec![code]).await.unwrap();
}
