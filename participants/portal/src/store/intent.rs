//! Intents: what the gateway was or is about to be asked, written before it is sent.
//!
//! After a crash the very same message is repeated, under the same number, and the gateway answers it as it did or
//! would have the first time.

use store::StoreError;
use store::columns::Fields;
use store::rusqlite::{Connection, params};
use terms::{MessageId, Moment};

use super::{execute, one};

/// The body of the question still open on a matter, asked after `since`; an older one would be refused for its age.
pub(crate) fn open_question(
    connection: &Connection,
    about: &str,
    operation: &str,
    since: Moment,
) -> Result<Option<String>, StoreError> {
    let sql = "SELECT body FROM intent
               WHERE about = ?1 AND operation = ?2 AND settled_at IS NULL AND asked_at > ?3
               ORDER BY asked_at DESC LIMIT 1";
    one(connection, sql, params![about, operation, since.unix_microseconds()], |row| {
        Fields::of(row).text("body")
    })
}

pub(crate) fn record(
    tx: &Connection,
    id: MessageId,
    about: &str,
    operation: &str,
    body: &str,
    now: Moment,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO intent (message_id, about, operation, body, asked_at) VALUES (?1, ?2, ?3, ?4, ?5)";
    execute(tx, sql, params![id.as_bytes(), about, operation, body, now.unix_microseconds()])?;
    Ok(())
}

/// The gateway has answered: `answered`, or the code of its fault.
pub(crate) fn settle(tx: &Connection, id: MessageId, answer: &str, now: Moment) -> Result<(), StoreError> {
    let sql = "UPDATE intent SET settled_at = ?2, answer = ?3 WHERE message_id = ?1 AND settled_at IS NULL";
    execute(tx, sql, params![id.as_bytes(), now.unix_microseconds(), answer])?;
    Ok(())
}
