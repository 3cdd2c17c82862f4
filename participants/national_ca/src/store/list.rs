//! Lists in the registry: of each issuing key its own numbers, one sequence for full lists and deltas.

use pki::Serial;
use pki::issue::RevokedEntry;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, TransactionBehavior, params};
use terms::Moment;

use super::{Registry, moment, parsed, to_column};

/// Which of the two kinds of lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ListKind {
    Full,
    Delta,
}

impl ListKind {
    fn condition(self) -> &'static str {
        match self {
            Self::Full => "base IS NULL",
            Self::Delta => "base IS NOT NULL",
        }
    }
}

/// The latest list of a kind, without its octets, and whether the registry has moved on since.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LatestList {
    pub(crate) number: u64,
    pub(crate) this_update: Moment,
    pub(crate) next_update: Moment,
    pub(crate) is_complete: bool,
    /// Whether a list of any kind was made after it.
    pub(crate) is_newest: bool,
}

/// A list about to be kept.
pub(crate) struct NewList<'a> {
    pub(crate) number: u64,
    pub(crate) base: Option<u64>,
    pub(crate) this_update: Moment,
    pub(crate) next_update: Moment,
    pub(crate) last_event: i64,
    pub(crate) der: &'a [u8],
}

/// What became of a certificate since some list.
pub(crate) enum Change {
    Revoked(RevokedEntry),
    Resumed(Serial, Moment),
}

impl Registry {
    pub(crate) fn latest_list(&self, issuer: i64, kind: ListKind) -> rusqlite::Result<Option<LatestList>> {
        latest_list(&self.0, issuer, kind)
    }

    pub(crate) fn list_octets(&self, issuer: i64, number: u64) -> rusqlite::Result<Vec<u8>> {
        let sql = "SELECT der FROM list WHERE issuer = ?1 AND number = ?2";
        self.0.query_row(sql, params![issuer, to_column(number)], |row| row.get(0))
    }

    /// Begins making a list; nobody else makes one, or revokes, until it is kept or given up.
    pub(crate) fn begin_list(&mut self, issuer: i64) -> rusqlite::Result<ListMaking<'_>> {
        let transaction = self.0.transaction_with_behavior(TransactionBehavior::Immediate)?;
        Ok(ListMaking { transaction, issuer })
    }
}

/// The registry while a list is being made.
pub(crate) struct ListMaking<'a> {
    transaction: Transaction<'a>,
    issuer: i64,
}

impl ListMaking<'_> {
    pub(crate) fn latest_list(&self, kind: ListKind) -> rusqlite::Result<Option<LatestList>> {
        latest_list(&self.transaction, self.issuer, kind)
    }

    /// The highest number so far, of full lists and deltas; 0 where there is none.
    pub(crate) fn last_number(&self) -> rusqlite::Result<u64> {
        let sql = "SELECT coalesce(max(number), 0) FROM list WHERE issuer = ?1";
        let number: i64 = self.transaction.query_row(sql, [self.issuer], |row| row.get(0))?;
        Ok(u64::try_from(number).unwrap_or(0))
    }

    pub(crate) fn last_event(&self) -> rusqlite::Result<i64> {
        let sql = "SELECT coalesce(max(id), 0) FROM event WHERE issuer = ?1";
        self.transaction.query_row(sql, [self.issuer], |row| row.get(0))
    }

    /// All that are revoked or suspended.
    pub(crate) fn revoked(&self) -> rusqlite::Result<Vec<RevokedEntry>> {
        let mut statement = self.transaction.prepare(
            "SELECT serial, revoked_at, reason FROM certificate
             WHERE revoked_at IS NOT NULL AND issuer = ?1 ORDER BY revoked_at, serial",
        )?;
        let entries = statement.query_map([self.issuer], |row| {
            let (serial, since, reason) = (parsed(row, 0)?, moment(row, 1)?, parsed(row, 2)?);
            Ok(RevokedEntry { serial, since, reason })
        })?;
        entries.collect()
    }

    /// The oldest full list that still counts at a moment, with the last event it knows: whoever holds it, or any
    /// later one, can take a delta over it.
    pub(crate) fn oldest_base(&self, now: Moment) -> rusqlite::Result<Option<(u64, i64)>> {
        let sql = "SELECT number, last_event FROM list
                   WHERE issuer = ?1 AND base IS NULL AND next_update >= ?2 ORDER BY number LIMIT 1";
        let read = |row: &Row<'_>| Ok((u64::try_from(row.get::<_, i64>(0)?).unwrap_or(0), row.get(1)?));
        self.transaction.query_row(sql, params![self.issuer, now.unix_microseconds()], read).optional()
    }

    /// What became of the certificates about which something happened after an event.
    pub(crate) fn changes_since(&self, event: i64) -> rusqlite::Result<Vec<Change>> {
        let mut statement = self.transaction.prepare(
            "SELECT serial, revoked_at, reason,
                    (SELECT max(at) FROM event WHERE event.serial = certificate.serial)
             FROM certificate
             WHERE serial IN (SELECT serial FROM event WHERE issuer = ?1 AND id > ?2) ORDER BY serial",
        )?;
        let changes = statement.query_map(params![self.issuer, event], |row| {
            let serial = parsed(row, 0)?;
            Ok(match row.get::<_, Option<i64>>(1)? {
                None => Change::Resumed(serial, moment(row, 3)?),
                Some(_) => {
                    let (since, reason) = (moment(row, 1)?, parsed(row, 2)?);
                    Change::Revoked(RevokedEntry { serial, since, reason })
                }
            })
        })?;
        changes.collect()
    }

    pub(crate) fn keep(self, list: &NewList<'_>) -> rusqlite::Result<()> {
        self.transaction.execute(
            "INSERT INTO list (issuer, number, base, this_update, next_update, last_event, der)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                self.issuer,
                to_column(list.number),
                list.base.map(to_column),
                list.this_update.unix_microseconds(),
                list.next_update.unix_microseconds(),
                list.last_event,
                list.der,
            ],
        )?;
        self.transaction.commit()
    }
}

fn latest_list(connection: &Connection, issuer: i64, kind: ListKind) -> rusqlite::Result<Option<LatestList>> {
    let row = |row: &Row<'_>| {
        let number: i64 = row.get(0)?;
        Ok(LatestList {
            number: u64::try_from(number).unwrap_or(0),
            this_update: moment(row, 1)?,
            next_update: moment(row, 2)?,
            is_complete: row.get(3)?,
            is_newest: row.get(4)?,
        })
    };
    let sql = format!(
        "SELECT number, this_update, next_update,
                last_event >= (SELECT coalesce(max(id), 0) FROM event WHERE issuer = ?1),
                number = (SELECT max(number) FROM list WHERE issuer = ?1)
         FROM list WHERE issuer = ?1 AND {} ORDER BY number DESC LIMIT 1",
        kind.condition()
    );
    connection.query_row(&sql, [issuer], row).optional()
}
