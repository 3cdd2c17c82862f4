//! The rows of one payment as an evidence pack takes them: each leads to a signed head, and what is shown open is what the
//! leaf covers.

use payment::{Closing, Life, Payment};
use store::chain::{Group, commitment_of, leaf_of};
use store::rusqlite::types::ValueRef;
use store::{
    EvidenceRecord, JournalEntry, KeptRow, KeptValue, Options, ReceiptRecord, RevocationSource, SourceName,
    Store, StoreError,
};
use terms::MessageId;

use crate::samples::{Folder, bank, codes, desk_closing, now, open_at, paid, paid_payment, verify_head};

fn leaf(row: &KeptRow) -> [u8; 32] {
    let columns = row.columns.iter().map(|column| {
        let value = match &column.value {
            KeptValue::Integer(number) => ValueRef::Integer(*number),
            KeptValue::Text(text) => ValueRef::Text(text.as_bytes()),
            KeptValue::Octets(octets) => ValueRef::Blob(octets),
        };
        (column.name.as_str(), value)
    });
    leaf_of(row.table, columns)
}

fn octets<'r>(row: &'r KeptRow, name: &str) -> &'r [u8] {
    let column = row.columns.iter().find(|column| column.name == name).expect("there is this column");
    match &column.value {
        KeptValue::Octets(octets) => octets,
        other => panic!("{name} is {other:?}"),
    }
}

/// As whoever opens an evidence pack would write them down.
fn written(opened: &[Option<Vec<u8>>]) -> Vec<u8> {
    let mut all = Vec::new();
    for value in opened {
        let length = value.as_ref().map_or(u32::MAX, |value| u32::try_from(value.len()).unwrap());
        all.extend(length.to_be_bytes());
        all.extend(value.as_deref().unwrap_or_default());
    }
    all
}

/// Meets: C10
///
/// Defends: A19
#[tokio::test(flavor = "multi_thread")]
async fn every_row_about_a_payment_leads_to_a_signed_head() {
    let folder = Folder::new();
    let store = open_at(&folder.file("gateway.db"), Options::default());
    let all = codes(61, 2);
    let message = |number: u8| MessageId::from_bytes([number; 16]);
    for (number, code) in (1..).zip(all.clone()) {
        let write = store.transact(move |tx| {
            tx.insert_payment(&paid_payment(code))?;
            tx.keep_evidence(&EvidenceRecord {
                about: Some(code),
                kind: "NotifyPayment in".to_owned(),
                octets: vec![number; 300],
                certificate: vec![1; 20],
                crl_number: 7,
                checked_by: Some("list 7".to_owned()),
                at: now(),
                content_hash: [number; 32],
            })?;
            let (event, actor, detail) = ("paid".to_owned(), bank().to_string(), "ref".to_owned());
            tx.journal(&JournalEntry { about: code, at: now(), event, actor, detail })?;
            tx.keep_received(bank(), message(number), &[number; 32], "<A/>", now())
        });
        write.await.unwrap_or_else(|error: StoreError| panic!("{error}"));
        let write = store.transact(move |tx| {
            let (token_digest, signed) = ([number; 32], vec![2; 40]);
            tx.insert_receipt(&ReceiptRecord { code, token_digest, signed, pdf: None, made_at: now() })?;
            let stored = tx.payment(code)?.expect("inserted");
            tx.spend(code, &desk_closing(1), now())?;
            let closing: Closing = desk_closing(1);
            let life = Life::Closed(paid(), closing, now());
            tx.save_payment(&stored.with(Payment { life, ..stored.value.clone() }))
        });
        write.await.unwrap_or_else(|error: StoreError| panic!("{error}"));
    }
    let code = all[1];
    let read = store.read(move |view| {
        Ok::<_, StoreError>((
            view.rows_about(code)?,
            view.answer_row(bank(), message(2))?,
            view.answer_row(bank(), message(9))?,
        ))
    });
    let (mut rows, answer, nothing) = read.await.unwrap();
    assert_eq!(nothing, None);
    let tables: Vec<&str> = rows.iter().map(|row| row.table).collect();
    assert_eq!(tables, ["evidence", "journal", "receipt", "spend", "snapshot", "snapshot", "payment"]);
    // The row itself is what its last version's digest is of.
    let payment = rows.pop().expect("the row of the payment");
    assert_eq!(octets(rows.last().expect("its last version"), "digest"), leaf(&payment));
    assert_eq!(payment.proof, None);

    rows.extend(answer);
    let groups: Vec<Group> = store.evidence().groups_from(1, 100).await.unwrap();
    let mut sealed = 0;
    for row in &rows {
        let proof = row.proof.as_ref().expect("a path");
        let group = groups.iter().find(|group| group.sequence == proof.sequence).expect("its group");
        assert_eq!((proof.leaf, proof.root()), (leaf(row), group.root), "{}", row.table);
        assert!(verify_head(&group.key_id, &group.head(), &group.signature));
        if let Some(salt) = &row.salt {
            sealed += 1;
            assert_eq!(
                commitment_of(salt, &written(&row.opened)),
                octets(row, "commitment"),
                "{}",
                row.table
            );
            let mut other = row.opened.clone();
            other[0].as_mut().expect("a value").push(0);
            assert_ne!(commitment_of(salt, &written(&other)), octets(row, "commitment"));
        }
    }
    assert_eq!(sealed, 4, "message, journal, receipt and answer");
    assert_eq!(rows[0].opened[0].as_deref(), Some([2; 300].as_slice()));
    assert!(groups.windows(2).all(|pair| pair[1].previous == pair[0].head()));
    // No two places have one salt, so a commitment shown says nothing about another.
    let mut salts: Vec<[u8; 16]> = rows.iter().filter_map(|row| row.salt).collect();
    salts.sort_unstable();
    salts.dedup();
    assert_eq!(salts.len(), 4);
}

/// Meets: C17
/// Defends: A7, A19
#[tokio::test(flavor = "multi_thread")]
async fn lists_and_replies_are_kept_once_under_their_names_and_stay() {
    let folder = Folder::new();
    let path = folder.file("gateway.db");
    let kept = open_at(&path, Options::default()).evidence();
    let source = |name, number: u8| RevocationSource {
        name,
        digest: [number; 32],
        made_at: now().plus_seconds(number.into()),
        octets: vec![number; 100],
    };
    let (list, delta) = (SourceName::List(7), SourceName::Delta(7));
    let reply = |number: u8| SourceName::Ocsp([number; 32], now().plus_seconds(number.into()));
    let all = vec![
        source(list, 2),
        source(list, 1),
        source(delta, 3),
        source(reply(4), 4),
        source(reply(5), 5),
        source(SourceName::List(u64::MAX >> 1), 6),
    ];
    kept.keep_sources(all.clone()).await.unwrap();
    kept.keep_sources(all).await.unwrap();
    for (name, numbers) in [
        (list, vec![1, 2]),
        (delta, vec![3]),
        (reply(4), vec![4]),
        (reply(5), vec![5]),
        (SourceName::List(8), Vec::new()),
        (SourceName::Ocsp([4; 32], now()), Vec::new()),
    ] {
        let octets: Vec<Vec<u8>> = numbers.into_iter().map(|number| vec![number; 100]).collect();
        assert_eq!(kept.sources_named(name).await.unwrap(), octets, "{name:?}");
    }
    let other = store::rusqlite::Connection::open(&path).unwrap();
    for sql in ["UPDATE revocation_source SET number = 8", "DELETE FROM revocation_source"] {
        assert!(other.execute(sql, []).is_err(), "{sql}");
    }
}
