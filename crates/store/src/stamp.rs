//! Time stamps over heads of the evidence chain, as they are kept: what they say is settled in `pki`.

use rusqlite::{Connection, OptionalExtension as _, params};
use terms::Moment;

use crate::StoreError;
use crate::chain::Digest;
use crate::columns::{Fields, unsigned_column};

/// One time stamp over a head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeadStamp {
    /// The head's place in the chain.
    pub sequence: u64,
    /// The head.
    pub head: Digest,
    /// When it was stamped, by the authority's word.
    pub stamped_at: Moment,
    /// The stamp, DER.
    pub token: Vec<u8>,
}

/// Keeps a stamp; [`StoreError::Taken`] where that head has one.
pub(crate) fn keep(tx: &Connection, stamp: &HeadStamp) -> Result<(), StoreError> {
    let sequence = unsigned_column(stamp.sequence, "sequence")?;
    let sql = "INSERT INTO chain_stamp (sequence, head, stamped_at, token) VALUES (?, ?, ?, ?)";
    let at = stamp.stamped_at.unix_microseconds();
    tx.prepare_cached(sql)?.execute(params![sequence, stamp.head, at, stamp.token])?;
    Ok(())
}

/// At most `limit` stamps of heads after a place, in their order.
pub(crate) fn after(conn: &Connection, sequence: u64, limit: usize) -> Result<Vec<HeadStamp>, StoreError> {
    let sql = "SELECT * FROM chain_stamp WHERE sequence > ? ORDER BY sequence LIMIT ?";
    let mut statement = conn.prepare_cached(sql)?;
    let (after, limit) = (unsigned_column(sequence, "sequence")?, i64::try_from(limit).unwrap_or(i64::MAX));
    let mut rows = statement.query(params![after, limit])?;
    let mut stamps = Vec::new();
    while let Some(row) = rows.next()? {
        let fields = Fields::of(row);
        stamps.push(HeadStamp {
            sequence: fields.number("sequence")?,
            head: fields.octets("head")?,
            stamped_at: fields.moment("stamped_at")?,
            token: fields.all_octets("token")?,
        });
    }
    Ok(stamps)
}

/// The head at a place of the chain, and when it was signed.
pub(crate) fn head_at(conn: &Connection, sequence: u64) -> Result<Option<(Digest, Moment)>, StoreError> {
    let sequence = unsigned_column(sequence, "sequence")?;
    let sql = "SELECT head, signed_at FROM chain_group WHERE sequence = ?";
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, Moment::from_unix_microseconds(row.get(1)?)));
    Ok(conn.prepare_cached(sql)?.query_row([sequence], read).optional()?)
}
