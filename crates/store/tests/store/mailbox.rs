//! The mailbox as every participant uses it, inside its own transactions.

use store::{Database, Options, Outgoing, StoreError, mailbox};
use terms::{Bin, MessageId};

use crate::samples::{Folder, bank, now, portal};

fn message(number: u16, to: Bin) -> Outgoing {
    let mut id = [0; 16];
    id[..2].copy_from_slice(&number.to_be_bytes());
    Outgoing {
        id: MessageId::from_bytes(id),
        to,
        operation: "PaymentNotified".to_owned(),
        body: "<PaymentNotified/>".to_owned(),
        about: None,
        created_at: now(),
    }
}

/// Thousands of messages to a dead peer, all overdue, and one to a living peer.
#[tokio::test(flavor = "multi_thread")]
async fn a_dead_peer_does_not_keep_the_others_waiting() {
    let folder = Folder::new();
    let database = Database::open(&folder.file("a.db"), &[mailbox::MIGRATION], Options::default()).unwrap();
    let written: Result<(), StoreError> = database
        .write(|tx| {
            for number in 0..3000 {
                mailbox::tell(tx, &message(number, bank()))?;
            }
            let late = Outgoing { created_at: now().plus_seconds(1), ..message(3000, portal()) };
            mailbox::tell(tx, &late)
        })
        .await;
    written.unwrap();
    let due = database.read(|conn| mailbox::due(conn, now().plus_seconds(60), 16)).await.unwrap();
    let to = |peer: Bin| due.iter().filter(|waiting| waiting.message.to == peer).count();
    assert_eq!((to(bank()), to(portal())), (8, 1));
    let depth = database.read(mailbox::depth).await;
    assert_eq!(depth, Ok(3001));
}

#[test]
fn a_message_is_tried_again_for_ever() {
    let waits: Vec<i64> = (1..=9).map(|tries| mailbox::next_try(tries, now()).seconds_since(now())).collect();
    assert_eq!(waits, [1, 2, 5, 15, 60, 300, 900, 900, 900]);
    assert_eq!(mailbox::next_try(u32::MAX, now()).seconds_since(now()), 900);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_acknowledgement_counts_and_stays() {
    let folder = Folder::new();
    let database = Database::open(&folder.file("a.db"), &[mailbox::MIGRATION], Options::default()).unwrap();
    let id = message(1, bank()).id;
    let written: Result<Vec<u8>, StoreError> = database
        .write(move |tx| {
            mailbox::tell(tx, &message(1, bank()))?;
            mailbox::acknowledged(tx, id, b"first", now())?;
            mailbox::acknowledged(tx, id, b"second", now())?;
            mailbox::failed(tx, id, "late news", now())?;
            Ok(tx.query_row("SELECT acknowledgement FROM outbox", [], |row| row.get(0))?)
        })
        .await;
    assert_eq!(written.unwrap(), b"first");
}
