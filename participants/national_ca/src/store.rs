//! The CA's registry: what was issued, what is revoked, which lists were made.
//!
//! Only this file and [`copy`] know SQL here. Two processes may share the registry (a server and the command line), so
//! every decision that depends on what is stored is taken inside one immediate transaction. The database
//! itself forbids to undo a revocation and to change or delete a list.

pub(crate) mod copy;

use std::path::Path;
use std::time::Duration;

use pki::issue::RevokedEntry;
use pki::{Certificate, RevocationReason, Serial};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, TransactionBehavior, params};
use terms::Moment;

/// How long one process waits for another's transaction.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS certificate (
        serial     TEXT PRIMARY KEY,
        profile    TEXT NOT NULL,
        subject    TEXT NOT NULL,
        not_before INTEGER NOT NULL,
        not_after  INTEGER NOT NULL,
        issued_at  INTEGER NOT NULL,
        der        BLOB NOT NULL,
        revoked_at INTEGER,
        reason     TEXT,
        CHECK ((revoked_at IS NULL) = (reason IS NULL))
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS revoked ON certificate (revoked_at) WHERE revoked_at IS NOT NULL;
    CREATE TABLE IF NOT EXISTS list (
        number        INTEGER PRIMARY KEY,
        this_update   INTEGER NOT NULL,
        next_update   INTEGER NOT NULL,
        revoked_count INTEGER NOT NULL,
        der           BLOB NOT NULL
    ) STRICT;
    CREATE TRIGGER IF NOT EXISTS revocation_is_for_good BEFORE UPDATE ON certificate
        WHEN OLD.revoked_at IS NOT NULL
        BEGIN SELECT RAISE(ABORT, 'a revocation is for good'); END;
    CREATE TRIGGER IF NOT EXISTS certificate_stays BEFORE DELETE ON certificate
        BEGIN SELECT RAISE(ABORT, 'an issued certificate stays in the registry'); END;
    CREATE TRIGGER IF NOT EXISTS list_stays BEFORE DELETE ON list
        BEGIN SELECT RAISE(ABORT, 'a list stays in the registry'); END;
    CREATE TRIGGER IF NOT EXISTS list_does_not_change BEFORE UPDATE ON list
        BEGIN SELECT RAISE(ABORT, 'a list does not change'); END;
";

/// The registry's connection.
pub(crate) struct Registry(Connection);

/// One certificate in the registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its serial number.
    pub serial: Serial,
    /// The name of its profile.
    pub profile: String,
    /// The certificate itself.
    pub certificate: Certificate,
    /// When it was issued.
    pub issued_at: Moment,
    /// Whether it is revoked.
    pub status: Status,
}

/// Whether a certificate is revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Not revoked; its dates are another matter.
    InForce,
    /// Revoked for good.
    Revoked(Revocation),
}

/// Since when and why a certificate is revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revocation {
    /// Since when.
    pub since: Moment,
    /// Why.
    pub reason: RevocationReason,
}

/// The latest list, without its octets, and whether the registry has moved on since.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LatestList {
    pub(crate) number: u64,
    pub(crate) this_update: Moment,
    pub(crate) next_update: Moment,
    pub(crate) is_complete: bool,
}

/// A list about to be kept.
pub(crate) struct NewList<'a> {
    pub(crate) number: u64,
    pub(crate) this_update: Moment,
    pub(crate) next_update: Moment,
    pub(crate) revoked_count: usize,
    pub(crate) der: &'a [u8],
}

impl Registry {
    pub(crate) fn open(path: &Path) -> rusqlite::Result<Self> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        // A list must be on the disk before anybody sees its number, or a loss of power would repeat the
        // number.
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.execute_batch(SCHEMA)?;
        Ok(Self(connection))
    }

    pub(crate) fn keep_certificate(
        &self,
        certificate: &Certificate,
        profile: &str,
        issued_at: Moment,
    ) -> rusqlite::Result<()> {
        self.0.execute(
            "INSERT INTO certificate (serial, profile, subject, not_before, not_after, issued_at, der)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                certificate.serial().to_string(),
                profile,
                certificate.subject().common_name,
                certificate.not_before().unix_microseconds(),
                certificate.not_after().unix_microseconds(),
                issued_at.unix_microseconds(),
                certificate.der(),
            ],
        )?;
        Ok(())
    }

    pub(crate) fn record(&self, serial: Serial) -> rusqlite::Result<Option<Record>> {
        let sql = format!("SELECT {RECORD_COLUMNS} FROM certificate WHERE serial = ?1");
        self.0.query_row(&sql, [serial.to_string()], record).optional()
    }

    /// At most `limit` certificates, the latest issued first.
    pub(crate) fn records(&self, limit: u32) -> rusqlite::Result<Vec<Record>> {
        let sql =
            format!("SELECT {RECORD_COLUMNS} FROM certificate ORDER BY issued_at DESC, serial LIMIT ?1");
        self.0.prepare(&sql)?.query_map([limit], record)?.collect()
    }

    /// Revokes once: `None` where the serial is unknown, the first revocation where there was one.
    pub(crate) fn revoke(
        &mut self,
        serial: Serial,
        wanted: Revocation,
    ) -> rusqlite::Result<Option<Revocation>> {
        let transaction = self.0.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let sql = format!("SELECT {RECORD_COLUMNS} FROM certificate WHERE serial = ?1");
        let found = transaction.query_row(&sql, [serial.to_string()], record).optional()?;
        let Some(found) = found else { return Ok(None) };
        if let Status::Revoked(earlier) = found.status {
            return Ok(Some(earlier));
        }
        transaction.execute(
            "UPDATE certificate SET revoked_at = ?2, reason = ?3 WHERE serial = ?1",
            params![serial.to_string(), wanted.since.unix_microseconds(), wanted.reason.to_string()],
        )?;
        transaction.commit()?;
        Ok(Some(wanted))
    }

    pub(crate) fn latest_list(&self) -> rusqlite::Result<Option<LatestList>> {
        latest_list(&self.0)
    }

    pub(crate) fn list_octets(&self, number: u64) -> rusqlite::Result<Vec<u8>> {
        self.0.query_row("SELECT der FROM list WHERE number = ?1", [to_column(number)], |row| row.get(0))
    }

    /// Begins making a list; nobody else makes one, or revokes, until it is kept or given up.
    pub(crate) fn begin_list(&mut self) -> rusqlite::Result<ListMaking<'_>> {
        Ok(ListMaking(self.0.transaction_with_behavior(TransactionBehavior::Immediate)?))
    }
}

/// The registry while a list is being made.
pub(crate) struct ListMaking<'a>(Transaction<'a>);

impl ListMaking<'_> {
    pub(crate) fn latest_list(&self) -> rusqlite::Result<Option<LatestList>> {
        latest_list(&self.0)
    }

    pub(crate) fn revoked(&self) -> rusqlite::Result<Vec<RevokedEntry>> {
        let mut statement = self.0.prepare(
            "SELECT serial, revoked_at, reason FROM certificate WHERE revoked_at IS NOT NULL
             ORDER BY revoked_at, serial",
        )?;
        let entries = statement.query_map([], |row| {
            let (serial, since, reason) = (parsed(row, 0)?, moment(row, 1)?, parsed(row, 2)?);
            Ok(RevokedEntry { serial, since, reason })
        })?;
        entries.collect()
    }

    pub(crate) fn keep(self, list: &NewList<'_>) -> rusqlite::Result<()> {
        self.0.execute(
            "INSERT INTO list (number, this_update, next_update, revoked_count, der)
             VALUES (?1, ?2, ?3, ?4, ?5)",
            params![
                to_column(list.number),
                list.this_update.unix_microseconds(),
                list.next_update.unix_microseconds(),
                i64::try_from(list.revoked_count).unwrap_or(i64::MAX),
                list.der,
            ],
        )?;
        self.0.commit()
    }
}

/// Revocations are never undone, so equal counts mean that a list has them all.
fn latest_list(connection: &Connection) -> rusqlite::Result<Option<LatestList>> {
    let row = |row: &Row<'_>| {
        let number: i64 = row.get(0)?;
        Ok(LatestList {
            number: u64::try_from(number).unwrap_or(0),
            this_update: moment(row, 1)?,
            next_update: moment(row, 2)?,
            is_complete: row.get(3)?,
        })
    };
    let sql = "SELECT number, this_update, next_update,
                      revoked_count = (SELECT count(*) FROM certificate WHERE revoked_at IS NOT NULL)
               FROM list ORDER BY number DESC LIMIT 1";
    connection.query_row(sql, [], row).optional()
}

const RECORD_COLUMNS: &str = "serial, profile, der, issued_at, revoked_at, reason";

fn record(row: &Row<'_>) -> rusqlite::Result<Record> {
    let der: Vec<u8> = row.get(2)?;
    let certificate = Certificate::from_der(&der).map_err(|error| unreadable(2, Type::Blob, error))?;
    let status = match row.get::<_, Option<i64>>(4)? {
        Some(_) => Status::Revoked(Revocation { since: moment(row, 4)?, reason: parsed(row, 5)? }),
        None => Status::InForce,
    };
    Ok(Record {
        serial: parsed(row, 0)?,
        profile: row.get(1)?,
        certificate,
        issued_at: moment(row, 3)?,
        status,
    })
}

fn parsed<T>(row: &Row<'_>, column: usize) -> rusqlite::Result<T>
where
    T: std::str::FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    row.get::<_, String>(column)?.parse().map_err(|error| unreadable(column, Type::Text, error))
}

fn unreadable(
    column: usize,
    kind: Type,
    error: impl std::error::Error + Send + Sync + 'static,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, kind, Box::new(error))
}

fn moment(row: &Row<'_>, column: usize) -> rusqlite::Result<Moment> {
    row.get(column).map(Moment::from_unix_microseconds)
}

/// Numbers start at one and grow by one, so the end of the column is never reached.
fn to_column(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
