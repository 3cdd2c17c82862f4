//! The evidence chain against somebody who can write to the file: whatever is changed shows.

use std::path::{Path, PathBuf};

use store::chain::{self, Fault, verify_chain};
use store::rusqlite::types::Value;
use store::rusqlite::{Connection, params_from_iter};
use store::{
    COVERED, ChainBroken, DocumentRole, EvidenceRecord, GroupActionRow, HeadNotSigned, HeadSignature,
    HeadSigner, JournalEntry, KnownHead, MembershipRow, OfficerRow, Options, OwnCertificate,
    ProposalDocument, ProposalRow, ReadNote, ReadSubject, ReceiptRecord, Store, StoreError,
};
use terms::Entropy;

use crate::samples::{
    Folder, Seeded, attempt_id, bank, codes, desk_closing, holder, keyring, now, open_at, page, paid,
    paid_payment, participant, person, service, verify_head,
};

/// A store with a few dozen payments and everything that belongs to them, closed again.
async fn filled(folder: &Folder) -> PathBuf {
    let path = folder.file("gateway.db");
    let store = open_at(&path, Options::default());
    for (number, code) in codes(41, 24).into_iter().enumerate() {
        let number = u8::try_from(number).unwrap();
        let evidence = EvidenceRecord {
            about: Some(code),
            kind: "NotifyPayment in".to_owned(),
            octets: vec![number; 60],
            certificate: vec![1; 20],
            crl_number: 7,
            checked_by: Some("list 7".to_owned()),
            at: now(),
            content_hash: [number; 32],
        };
        let entry = JournalEntry {
            about: code,
            at: now(),
            event: "paid".to_owned(),
            actor: bank().to_string(),
            detail: "ref".to_owned(),
        };
        let receipt = ReceiptRecord {
            code,
            token_digest: [number; 32],
            signed: vec![2; 40],
            pdf: None,
            made_at: now(),
        };
        let note = ReadNote {
            at: now(),
            actor: "auditor".to_owned(),
            subject: ReadSubject::Party(person().number),
            fields: "name".to_owned(),
            reason: "claim".to_owned(),
        };
        let write = store.transact(move |tx| {
            tx.insert_payment(&paid_payment(code))?;
            tx.keep_evidence(&evidence)?;
            tx.journal(&entry)?;
            tx.insert_receipt(&receipt)?;
            tx.note_read(&note)?;
            tx.keep_received(bank(), terms::MessageId::from_bytes([number; 16]), &[3; 32], "<A/>", now())?;
            let attempt = payment::Attempt::open(
                attempt_id(u32::from(number)),
                payment::AttemptKind::Card,
                bank(),
                terms::Tiyn::tenge(1),
                Some(code),
                now(),
            );
            tx.insert_attempt(&attempt, None)?;
            tx.insert_page(&page([number; 32]))?;
            tx.insert_participant(&participant())?;
            tx.insert_service(&service())?;
            tx.keep_own_certificate(&OwnCertificate { certificate: vec![4; 30], crl_number: 7, at: now() })?;
            authority(tx, number)?;
            if number % 2 == 0 {
                let stored = tx.payment(code)?.expect("inserted");
                tx.spend(code, &desk_closing(1), now())?;
                let life = payment::Life::Closed(paid(), desk_closing(1), now());
                tx.save_payment(&stored.with(payment::Payment { life, ..stored.value.clone() }))?;
            }
            Ok::<_, StoreError>(())
        });
        write.await.unwrap();
    }
    path
}

/// One row of each table of who may do what; the second proposal is decided.
fn authority(tx: &mut dyn store::Tx, number: u8) -> Result<(), StoreError> {
    let (iin, name): (terms::Iin, terms::ShortText) =
        ("810909200064".parse().unwrap(), "Серікқызы Айжан".parse().unwrap());
    let id = terms::MessageId::from_bytes([number; 16]);
    tx.keep_officer(&OfficerRow { iin, name: name.clone(), at: now(), proposal: Some(id) })?;
    tx.keep_membership(&MembershipRow {
        member: terms::PartyNumber::Person(iin),
        group: "finance".to_owned(),
        resource: "everything".to_owned(),
        is_member: number % 2 == 1,
        at: now(),
        proposal: None,
    })?;
    let group = "finance".to_owned();
    let action =
        GroupActionRow { group, action: "CloseDay".to_owned(), is_allowed: true, at: now(), proposal: None };
    tx.keep_group_action(&action)?;
    let proposal = ProposalRow {
        number: id,
        kind: "changeGroup".to_owned(),
        state: "proposed".to_owned(),
        proposer: iin,
        proposer_name: name,
        decider: None,
        decider_name: None,
        proposed_at: now(),
        lapses_at: now().plus_seconds(60),
        decided_at: None,
    };
    tx.insert_proposal(&proposal)?;
    if number.is_multiple_of(2) {
        let stored = tx.proposal(id)?.expect("inserted");
        assert_eq!(stored.value, proposal);
        let decided = ProposalRow {
            state: "approved".to_owned(),
            decider: Some("750505100078".parse().unwrap()),
            decider_name: Some("Ахметов Марат".parse().unwrap()),
            decided_at: Some(now()),
            ..proposal
        };
        tx.save_proposal(&stored.with(decided.clone()))?;
        // Who read it before that comes too late.
        assert_eq!(tx.save_proposal(&stored), Err(StoreError::Conflict));
        assert_eq!(tx.proposal(id)?.expect("saved").value, decided);
    }
    let document = ProposalDocument {
        number: id,
        role: DocumentRole::Proposal,
        octets: b"<Proposal/>".to_vec(),
        certificate: vec![5; 40],
        crl_number: 7,
        checked_by: "list 7".to_owned(),
        at: now(),
    };
    tx.keep_proposal_document(&document)?;
    assert_eq!(tx.proposal_documents(id)?, std::slice::from_ref(&document));
    assert_eq!(tx.keep_proposal_document(&document), Err(StoreError::Taken));
    Ok(())
}

/// A connection as an intruder has it: no triggers, no checks.
pub(crate) fn intrude(path: &Path) -> Connection {
    let conn = Connection::open(path).unwrap();
    let names: Vec<String> = {
        let mut triggers = conn.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").unwrap();
        triggers.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    for name in names {
        conn.execute_batch(&format!("DROP TRIGGER {name}")).unwrap();
    }
    conn.execute_batch("PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON").unwrap();
    conn
}

fn verify(conn: &Connection) -> Result<chain::ChainReport, ChainBroken> {
    verify_chain(conn, &COVERED, &verify_head, &[])
}

/// Does something to the database, verifies, and undoes it.
fn after(conn: &Connection, deed: &str) -> Result<chain::ChainReport, ChainBroken> {
    conn.execute_batch("BEGIN").unwrap();
    conn.execute_batch(deed).unwrap();
    let verdict = verify(conn);
    conn.execute_batch("ROLLBACK").unwrap();
    verdict
}

const TABLES: [&str; 21] = [
    "payment",
    "attempt",
    "payment_page",
    "evidence",
    "journal",
    "snapshot",
    "receipt",
    "spend",
    "received",
    "read_note",
    "participant",
    "service",
    "own_certificate",
    "officer",
    "membership",
    "group_action",
    "proposal_document",
    "proposal",
    "data_key",
    "chain_group",
    "chain_span",
];

/// One bit of one octet of one value of one row, 600 times.
///
/// Meets: T1.23, T3.17
/// Defends: A19
#[tokio::test(flavor = "multi_thread")]
async fn any_flipped_bit_shows() {
    let folder = Folder::new();
    let conn = intrude(&filled(&folder).await);
    let whole = verify(&conn).unwrap();
    // The first group holds the keys.
    assert_eq!((whole.groups, whole.rows), (25, 98));
    let mut chance = Seeded(1);
    let mut flipped = 0;
    while flipped < 600 {
        let table = TABLES[usize::try_from(chance.below(TABLES.len() as u64)).unwrap()];
        if !flip_one_bit(&conn, table, &mut chance) {
            continue;
        }
        flipped += 1;
    }
    assert_eq!(verify(&conn), Ok(whole));
}

/// Whether there was a value to flip and no key in its way.
fn flip_one_bit(conn: &Connection, table: &str, chance: &mut Seeded) -> bool {
    let rows: i64 = conn.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap();
    let place = i64::try_from(chance.below(u64::try_from(rows).unwrap())).unwrap();
    let sql = format!("SELECT rowid, * FROM {table} LIMIT 1 OFFSET {place}");
    let mut statement = conn.prepare(&sql).unwrap();
    let column = 1 + usize::try_from(chance.below(statement.column_count() as u64 - 1)).unwrap();
    let name = statement.column_name(column).unwrap().to_owned();
    let (rowid, value) =
        statement.query_row([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Value>(column)?))).unwrap();
    drop(statement);
    let (value, cast) = match value {
        Value::Null | Value::Real(_) => return false,
        Value::Integer(number) => (Value::Integer(number ^ (1 << chance.below(63))), "?"),
        Value::Blob(octets) if octets.is_empty() => return false,
        Value::Text(text) if text.is_empty() => return false,
        Value::Blob(octets) => (Value::Blob(flip(octets, chance)), "?"),
        Value::Text(text) => (Value::Blob(flip(text.into_bytes(), chance)), "CAST(? AS TEXT)"),
    };
    conn.execute_batch("BEGIN").unwrap();
    let update = format!("UPDATE {table} SET {name} = {cast} WHERE rowid = ?");
    let done = conn.execute(&update, params_from_iter([value, Value::Integer(rowid)]));
    let verdict = done.is_ok().then(|| verify(conn));
    conn.execute_batch("ROLLBACK").unwrap();
    match verdict {
        None => false,
        Some(verdict) => {
            assert!(verdict.is_err(), "a flipped bit in {table}.{name} did not show");
            true
        }
    }
}

fn flip(mut octets: Vec<u8>, chance: &mut Seeded) -> Vec<u8> {
    let place = usize::try_from(chance.below(octets.len() as u64)).unwrap();
    octets[place] ^= 1 << chance.below(8);
    octets
}

/// Defends: A19
#[tokio::test(flavor = "multi_thread")]
async fn deleting_inserting_and_swapping_show() {
    let folder = Folder::new();
    let conn = intrude(&filled(&folder).await);
    let deeds = [
        ("DELETE FROM evidence WHERE id = 5", Fault::Count),
        ("DELETE FROM journal WHERE id = 24", Fault::Count),
        ("DELETE FROM payment WHERE rowid = (SELECT max(rowid) FROM payment)", Fault::RowMissing("payment")),
        ("DELETE FROM attempt", Fault::RowMissing("attempt")),
        ("DELETE FROM chain_group WHERE sequence = 3", Fault::GroupMissing),
        ("DELETE FROM chain_span WHERE sequence = 3 AND table_name = 'journal'", Fault::Count),
        (
            "INSERT INTO journal (about, at, event, sealed) VALUES (1, 1, 'paid', x'00')",
            Fault::Unsigned("journal"),
        ),
        (
            "INSERT INTO attempt (id, kind, bank, amount, opened_at, state, tries)
             VALUES ('x', 'card', '500140000017', 1, 1, 'confirmed', 1)",
            Fault::Row("attempt"),
        ),
        (
            "UPDATE evidence SET id = 1000 WHERE id = 1; UPDATE evidence SET id = 1 WHERE id = 2;
             UPDATE evidence SET id = 2 WHERE id = 1000",
            Fault::Root,
        ),
        ("UPDATE data_key SET retired_at = NULL, certificate = x'00'", Fault::Row("data_key")),
        ("UPDATE payment SET amount = amount + 1", Fault::Row("payment")),
        ("UPDATE payment SET state = 'paid', version = 1 WHERE state = 'closed'", Fault::Row("payment")),
        ("UPDATE chain_group SET signed_at = signed_at + 1 WHERE sequence = 25", Fault::Head),
        ("UPDATE chain_group SET key_id = 'other' WHERE sequence = 25", Fault::Signature),
    ];
    for (deed, expected) in deeds {
        assert_eq!(after(&conn, deed).unwrap_err().what, expected, "{deed}");
    }
    let in_the_middle = after(&conn, "DELETE FROM evidence WHERE id = 5").unwrap_err();
    assert_eq!(in_the_middle.sequence, 6);
}

/// Yesterday's file is consistent in itself; only a head that somebody else knows shows that it is old.
///
/// Defends: A19, A20
#[tokio::test(flavor = "multi_thread")]
async fn yesterdays_file_shows_against_a_published_head() {
    let folder = Folder::new();
    let path = filled(&folder).await;
    let store = open_at(&path, Options::default());
    let yesterday = folder.file("yesterday.db");
    store.database().backup(&yesterday, "test").await.unwrap();
    let old = store.evidence().head().await.unwrap().unwrap();
    let code = codes(42, 1)[0];
    let write = store.transact(move |tx| tx.insert_payment(&paid_payment(code)));
    write.await.unwrap_or_else(|error: StoreError| panic!("{error}"));
    let new = store.evidence().head().await.unwrap().unwrap();
    assert!(verify_head(&new.key_id, &new.head, &new.signature));
    let known = [old, new].map(|head| KnownHead { sequence: head.sequence, head: head.head });
    assert!(store.evidence().verify_chain(verify_head, known.to_vec()).await.is_ok());

    let conn = Connection::open(&yesterday).unwrap();
    assert!(verify_chain(&conn, &COVERED, &verify_head, &known[..1]).is_ok());
    let broken = verify_chain(&conn, &COVERED, &verify_head, &known).unwrap_err();
    assert_eq!(broken.what, Fault::KnownHead);
    let other = KnownHead { head: [1; 32], ..known[0] };
    assert_eq!(verify_chain(&conn, &COVERED, &verify_head, &[other]).unwrap_err().what, Fault::KnownHead);
}

/// A record can be shown to an outsider with its path alone.
#[tokio::test(flavor = "multi_thread")]
async fn every_record_has_a_path_to_its_signed_root() {
    let folder = Folder::new();
    let conn = Connection::open(filled(&folder).await).unwrap();
    for table in ["evidence", "journal", "snapshot", "spend"] {
        let last: i64 =
            conn.query_row(&format!("SELECT max(id) FROM {table}"), [], |row| row.get(0)).unwrap();
        for id in 1..=last {
            let proof = chain::proof(&conn, &COVERED, table, id).unwrap().unwrap();
            let sql = "SELECT root FROM chain_group WHERE sequence = ?";
            let sequence = i64::try_from(proof.sequence).unwrap();
            let root: Vec<u8> = conn.query_row(sql, [sequence], |row| row.get(0)).unwrap();
            assert_eq!(proof.root().to_vec(), root, "{table} {id}");
        }
        assert_eq!(chain::proof(&conn, &COVERED, table, last + 1).unwrap(), None);
    }
}

struct Unwilling;

impl HeadSigner for Unwilling {
    fn sign(&self, _: &[u8]) -> Result<HeadSignature, HeadNotSigned> {
        Err(HeadNotSigned("the key is away".to_owned()))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_kept_that_cannot_be_signed() {
    let folder = Folder::new();
    let clock = std::sync::Arc::new(crate::samples::Still);
    let path = folder.file("a.db");
    drop(open_at(&path, Options::default()));
    let keyring = keyring(holder(&[1]));
    let store =
        store::EmbeddedStore::open(&path, Box::new(Unwilling), keyring, clock, Options::default()).unwrap();
    let code = codes(43, 1)[0];
    let kept = store.transact(move |tx| tx.insert_payment(&paid_payment(code))).await;
    assert_eq!(kept, Err(StoreError::NotSigned("the key is away".to_owned())));
    let found = store.read(move |view| view.payment(code)).await;
    assert_eq!(found, Ok::<_, StoreError>(None));
}
