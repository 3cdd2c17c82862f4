//! The mailbox: what was received and answered, and what is still to be told. Two tables in the database of
//! every participant, written in the very transaction whose change they belong to.
//!
//! Nothing is sent here: the outbox worker of `participant` asks [`due`] and reports back. Messages to one
//! peer are not ordered, since facts may come in any order. Facts are never dropped: the retry schedule has
//! no end.
//!
//! The functions keep texts as they are; the gateway's [`Mailbox`] is made with its keys and keeps bodies, answers,
//! acknowledgements and errors sealed, and the digest of what was received as a keyed hash.
//! Source: the instruction names no transport rules; all of this is ours.

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, params};
use terms::{Bin, MessageId, Moment};

use crate::columns::{Columns, Fields};
use crate::sealing::{Place, Plain, RowKey, Sealing};
use crate::{Migration, StoreError};

/// The two tables; a participant lists it among its own migrations.
pub const SCHEMA: &str = include_str!("schema/mailbox.sql");

/// The schema as the first migration of a participant.
pub const MIGRATION: Migration = Migration { version: 1, name: "mailbox", sql: SCHEMA };

/// When an unacknowledged message is sent again, in seconds after the last try; the last interval repeats for
/// ever.
pub const RETRY_AFTER_SECONDS: [i64; 7] = [1, 2, 5, 15, 60, 300, 900];

/// The longest error text kept with a message, in characters.
pub const LONGEST_ERROR: usize = 500;

/// The most waiting messages handed out at a time.
pub const DUE_BOUND: usize = 256;

/// What a message with this signer and id is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// Never seen.
    New,
    /// Seen with the same content: the Body of the answer given then.
    Repeat(String),
    /// Seen with other content: refused and reported.
    Altered,
}

/// A message that a peer must get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Its id, the same at every try.
    pub id: MessageId,
    /// Who gets it.
    pub to: Bin,
    /// The operation's name.
    pub operation: String,
    /// The Body's element in canonical form; the security header is made anew at every try.
    pub body: String,
    /// What it is about: a payment code's digits or an application number.
    pub about: Option<String>,
    /// When it was put here; it is due at once.
    pub created_at: Moment,
}

/// A message that still waits for its acknowledgement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The message.
    pub message: Outgoing,
    /// How often it was tried.
    pub tries: u32,
    /// When it is due.
    pub next_try_at: Moment,
    /// What went wrong last.
    pub last_error: Option<String>,
}

/// When a message is tried again after so many failed tries (1 after the first).
pub fn next_try(tries: u32, now: Moment) -> Moment {
    let step = usize::try_from(tries.max(1) - 1).unwrap_or(usize::MAX).min(RETRY_AFTER_SECONDS.len() - 1);
    now.plus_seconds(RETRY_AFTER_SECONDS[step])
}

/// Whether a message was received before, and with what content.
///
/// # Errors
/// Those of the database.
pub fn seen(tx: &Connection, signer: Bin, id: MessageId, hash: &[u8; 32]) -> Result<Seen, StoreError> {
    Mailbox::plain(tx).seen(signer, id, hash)
}

/// Keeps the answer to a message for ever.
///
/// # Errors
/// [`StoreError::Taken`] where the same message was answered meanwhile.
pub fn keep(
    tx: &Connection,
    signer: Bin,
    id: MessageId,
    hash: &[u8; 32],
    answer: &str,
    at: Moment,
) -> Result<(), StoreError> {
    Mailbox::plain(tx).keep(signer, id, hash, answer, at)
}

/// Puts a message into the outbox.
///
/// # Errors
/// [`StoreError::Taken`] where the id was used before.
pub fn tell(tx: &Connection, message: &Outgoing) -> Result<(), StoreError> {
    Mailbox::plain(tx).tell(message)
}

/// The messages to be sent now, at most `limit` and [`DUE_BOUND`], the longest due first.
///
/// Every peer with something due gets its share of the limit, so that the backlog of one that does not answer
/// never keeps the others waiting.
///
/// # Errors
/// Those of the database.
pub fn due(conn: &Connection, now: Moment, limit: usize) -> Result<Vec<Waiting>, StoreError> {
    Mailbox::plain(conn).due(now, limit)
}

/// The peer has it: its signed acknowledgement is kept. A repeat changes nothing; the first one counts.
///
/// # Errors
/// Those of the database.
pub fn acknowledged(
    tx: &Connection,
    id: MessageId,
    acknowledgement: &[u8],
    at: Moment,
) -> Result<(), StoreError> {
    Mailbox::plain(tx).acknowledged(id, acknowledgement, at)
}

/// A try failed; the message waits until `next_try`.
///
/// # Errors
/// Those of the database.
pub fn failed(tx: &Connection, id: MessageId, error: &str, next_try: Moment) -> Result<(), StoreError> {
    Mailbox::plain(tx).failed(id, error, next_try)
}

/// How many messages wait for an acknowledgement.
///
/// # Errors
/// Those of the database.
pub fn depth(conn: &Connection) -> Result<u64, StoreError> {
    let depth: i64 = conn
        .prepare_cached("SELECT count(*) FROM outbox WHERE acknowledged_at IS NULL")?
        .query_row([], |row| row.get(0))?;
    Ok(u64::try_from(depth).unwrap_or(0))
}

/// The two tables as one transaction sees them, and the form in which they keep what is confidential.
pub(crate) struct Mailbox<'a> {
    conn: &'a Connection,
    sealing: Option<&'a Sealing<'a>>,
}

/// The key of a row of `received`: the digits of the signer, then the message's id.
pub(crate) struct ReceivedKey([u8; 28]);

impl ReceivedKey {
    pub(crate) fn new(signer: Bin, id: MessageId) -> Self {
        let mut octets = [0; 28];
        octets[..12].copy_from_slice(signer.to_string().as_bytes());
        octets[12..].copy_from_slice(id.as_bytes());
        Self(octets)
    }

    pub(crate) fn place(&self) -> Place<'_> {
        Place { table: "received", column: "answer", key: RowKey::Octets(&self.0) }
    }
}

fn outbox_place<'a>(column: &'static str, id: &'a [u8; 16]) -> Place<'a> {
    Place { table: "outbox", column, key: RowKey::Octets(id) }
}

impl<'a> Mailbox<'a> {
    fn plain(conn: &'a Connection) -> Self {
        Self { conn, sealing: None }
    }

    pub(crate) fn sealed(conn: &'a Connection, sealing: &'a Sealing<'a>) -> Self {
        Self { conn, sealing: Some(sealing) }
    }

    fn text_column(&self, place: Place<'_>, text: &str) -> Result<Value, StoreError> {
        let Some(sealing) = self.sealing else { return Ok(Value::Text(text.to_owned())) };
        let mut plain = Plain::with_room_for(text.len() + size_of::<u32>());
        plain.text(text);
        Ok(Value::Blob(sealing.seal(place, plain)?))
    }

    fn octets_column(&self, place: Place<'_>, octets: &[u8]) -> Result<Value, StoreError> {
        let Some(sealing) = self.sealing else { return Ok(Value::Blob(octets.to_vec())) };
        let mut plain = Plain::with_room_for(octets.len() + size_of::<u32>());
        plain.octets(octets);
        Ok(Value::Blob(sealing.seal(place, plain)?))
    }

    fn text(&self, place: Place<'_>, kept: Value) -> Result<Option<String>, StoreError> {
        match (self.sealing, kept) {
            (_, Value::Null) => Ok(None),
            (None, Value::Text(text)) => Ok(Some(text)),
            (Some(sealing), Value::Blob(sealed)) => {
                let mut opened = sealing.open(place, &sealed)?;
                let text = opened.text()?;
                opened.end()?;
                Ok(Some(text))
            }
            _ => Err(StoreError::Damaged(format!("column {}", place.column))),
        }
    }

    /// A digest of what a peer sent is kept keyed, since with the other columns known, what it is of can be guessed.
    fn hash_column(&self, hash: &[u8; 32]) -> Result<Vec<u8>, StoreError> {
        match self.sealing {
            None => Ok(hash.to_vec()),
            Some(sealing) => Ok(sealing.tag("received.content_hash", hash)?.to_vec()),
        }
    }

    pub(crate) fn seen(&self, signer: Bin, id: MessageId, hash: &[u8; 32]) -> Result<Seen, StoreError> {
        let known: Option<(Vec<u8>, Value)> = self
            .conn
            .prepare_cached(
                "SELECT content_hash, answer FROM received WHERE signer = ?1 AND message_id = ?2",
            )?
            .query_row(params![signer.to_string(), id.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((content, answer)) = known else { return Ok(Seen::New) };
        if content != self.hash_column(hash)? {
            return Ok(Seen::Altered);
        }
        let answer = self.text(ReceivedKey::new(signer, id).place(), answer)?;
        answer.map(Seen::Repeat).ok_or_else(|| StoreError::Damaged("column answer".to_owned()))
    }

    pub(crate) fn keep(
        &self,
        signer: Bin,
        id: MessageId,
        hash: &[u8; 32],
        answer: &str,
        at: Moment,
    ) -> Result<(), StoreError> {
        let mut columns = Columns::new();
        columns
            .text("signer", signer)
            .octets("message_id", id.as_bytes())
            .octets("content_hash", &self.hash_column(hash)?)
            .moment("at", at);
        match self.sealing {
            None => columns.text("answer", answer),
            Some(sealing) => {
                let mut plain = Plain::with_room_for(answer.len() + size_of::<u32>());
                plain.text(answer);
                let (sealed, commitment) =
                    sealing.seal_committed(ReceivedKey::new(signer, id).place(), plain)?;
                columns.sealed("answer", sealed).octets("commitment", &commitment)
            }
        };
        columns.insert(self.conn, "received")
    }

    pub(crate) fn tell(&self, message: &Outgoing) -> Result<(), StoreError> {
        let sql = "INSERT INTO outbox (id, recipient, operation, body, about, created_at, next_try_at)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6) ON CONFLICT DO NOTHING";
        let kept = self.conn.prepare_cached(sql)?.execute(params![
            message.id.as_bytes(),
            message.to.to_string(),
            message.operation,
            self.text_column(outbox_place("body", message.id.as_bytes()), &message.body)?,
            message.about,
            message.created_at.unix_microseconds(),
        ])?;
        if kept == 1 { Ok(()) } else { Err(StoreError::Taken) }
    }

    pub(crate) fn due(&self, now: Moment, limit: usize) -> Result<Vec<Waiting>, StoreError> {
        let limit = limit.min(DUE_BOUND);
        let peers = self.waiting_peers()?;
        let share = i64::try_from((limit / peers.len().max(1)).max(1)).unwrap_or(i64::MAX);
        let sql = "SELECT * FROM outbox
                   WHERE acknowledged_at IS NULL AND recipient = ?1 AND next_try_at <= ?2
                   ORDER BY next_try_at LIMIT ?3";
        let mut statement = self.conn.prepare_cached(sql)?;
        let mut all = Vec::new();
        for peer in peers {
            let mut rows = statement.query(params![peer, now.unix_microseconds(), share])?;
            while let Some(row) = rows.next()? {
                all.push(self.waiting(row)?);
            }
        }
        all.sort_by_key(|waiting| waiting.next_try_at);
        all.truncate(limit);
        Ok(all)
    }

    /// Hops from one recipient to the next along the index, without reading the backlog of each.
    fn waiting_peers(&self) -> Result<Vec<String>, StoreError> {
        let sql = "WITH RECURSIVE peer (bin) AS (
                       SELECT min(recipient) FROM outbox WHERE acknowledged_at IS NULL
                       UNION ALL
                       SELECT (SELECT min(recipient) FROM outbox
                               WHERE acknowledged_at IS NULL AND recipient > bin)
                       FROM peer WHERE bin IS NOT NULL
                   )
                   SELECT bin FROM peer WHERE bin IS NOT NULL";
        let mut statement = self.conn.prepare_cached(sql)?;
        let peers = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(peers)
    }

    fn waiting(&self, row: &Row<'_>) -> Result<Waiting, StoreError> {
        let fields = Fields::of(row);
        let id: [u8; 16] = fields.octets("id")?;
        let body = self.text(outbox_place("body", &id), row.get("body")?)?;
        Ok(Waiting {
            message: Outgoing {
                id: MessageId::from_bytes(id),
                to: fields.parsed("recipient")?,
                operation: fields.text("operation")?,
                body: body.ok_or_else(|| StoreError::Damaged("column body".to_owned()))?,
                about: fields.maybe_text("about")?,
                created_at: fields.moment("created_at")?,
            },
            tries: fields.number("tries")?,
            next_try_at: fields.moment("next_try_at")?,
            last_error: self.text(outbox_place("last_error", &id), row.get("last_error")?)?,
        })
    }

    pub(crate) fn acknowledged(
        &self,
        id: MessageId,
        acknowledgement: &[u8],
        at: Moment,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE outbox SET acknowledged_at = ?2, acknowledgement = ?3, tries = tries + 1
                   WHERE id = ?1 AND acknowledged_at IS NULL";
        let kept = self.octets_column(outbox_place("acknowledgement", id.as_bytes()), acknowledgement)?;
        self.conn.prepare_cached(sql)?.execute(params![id.as_bytes(), at.unix_microseconds(), kept])?;
        Ok(())
    }

    pub(crate) fn failed(&self, id: MessageId, error: &str, next_try: Moment) -> Result<(), StoreError> {
        let error: String = error.chars().take(LONGEST_ERROR).collect();
        let sql = "UPDATE outbox SET tries = tries + 1, last_error = ?2, next_try_at = ?3
                   WHERE id = ?1 AND acknowledged_at IS NULL";
        let kept = self.text_column(outbox_place("last_error", id.as_bytes()), &error)?;
        self.conn.prepare_cached(sql)?.execute(params![id.as_bytes(), kept, next_try.unix_microseconds()])?;
        Ok(())
    }
}
