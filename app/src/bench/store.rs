//! The one statement of the limit.

use store::rusqlite::{Connection, Error, params};

/// Keeps one exchange.
pub(crate) fn keep(tx: &Connection, hash: &[u8; 32], octets: &[u8], answer: &str) -> Result<(), Error> {
    let sql = "INSERT INTO exchange (content_hash, octets, answer) VALUES (?1, ?2, ?3)";
    tx.prepare_cached(sql)?.execute(params![hash, octets, answer])?;
    Ok(())
}
