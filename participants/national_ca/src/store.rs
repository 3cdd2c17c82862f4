//! The CA's registry: its issuing keys, what was issued, what is revoked, which lists were made.
//!
//! Only this folder knows SQL here. Two processes may share the registry (a server and the command line), so
//! every decision that depends on what is stored is taken inside one immediate transaction. The database
//! itself forbids to undo a revocation, unless it is a suspension, and to change or delete a list or an event.

pub(crate) mod copy;
mod list;
mod schema;

use std::path::Path;
use std::time::Duration;

use pki::{Certificate, RevocationReason, Serial};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};
use terms::Moment;

pub(crate) use list::{Change, LatestList, ListKind, ListMaking, NewList};

/// How long one process waits for another's transaction.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Who may read and write the registry.
const OWNER_ONLY: u32 = 0o600;

/// The registry's connection.
pub(crate) struct Registry(Connection);

/// An issuing key of the CA, as the registry has it.
pub(crate) struct IssuerRow {
    pub(crate) id: i64,
    pub(crate) hierarchy: String,
    pub(crate) name: String,
    pub(crate) certificate: Certificate,
    pub(crate) link: Option<Certificate>,
}

/// One certificate in the registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its serial number.
    pub serial: Serial,
    /// The name of the key that issued it.
    pub issuer: String,
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
    /// Suspended until it is resumed, or revoked for good.
    Revoked(Revocation),
}

/// Since when and why a certificate is revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revocation {
    /// Since when.
    pub since: Moment,
    /// Why; a hold is a suspension.
    pub reason: RevocationReason,
}

/// Makes a registry its owner's own before SQLite makes it everybody's to read; the files beside it follow it. What does
/// not succeed here, opening it tells.
fn keep_from_others(path: &Path) {
    use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
    let made = std::fs::OpenOptions::new().create(true).append(true).mode(OWNER_ONLY).open(path);
    // One that was made before is made so as well.
    drop(made.and_then(|file| file.set_permissions(std::fs::Permissions::from_mode(OWNER_ONLY))));
}

impl Registry {
    pub(crate) fn open(path: &Path) -> rusqlite::Result<Self> {
        keep_from_others(path);
        let mut connection = Connection::open(path)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        // A list must be on the disk before anybody sees its number, or a loss of power would repeat the
        // number.
        connection.pragma_update(None, "synchronous", "FULL")?;
        schema::bring_up_to_date(&mut connection)?;
        Ok(Self(connection))
    }

    /// The CA's issuing keys, the oldest first.
    pub(crate) fn issuers(&self) -> rusqlite::Result<Vec<IssuerRow>> {
        let sql = "SELECT id, hierarchy, name, certificate, link FROM issuer ORDER BY id";
        let certificate = |column: usize, der: &[u8]| {
            Certificate::from_der(der).map_err(|error| unreadable(column, Type::Blob, error))
        };
        let read = |row: &Row<'_>| {
            let der: Vec<u8> = row.get(3)?;
            let link: Option<Vec<u8>> = row.get(4)?;
            Ok(IssuerRow {
                id: row.get(0)?,
                hierarchy: row.get(1)?,
                name: row.get(2)?,
                certificate: certificate(3, &der)?,
                link: link.map(|der| certificate(4, &der)).transpose()?,
            })
        };
        self.0.prepare_cached(sql)?.query_map([], read)?.collect()
    }

    /// How many issuing keys there are: cheap, and enough to notice a new one.
    pub(crate) fn issuer_count(&self) -> rusqlite::Result<usize> {
        let mut statement = self.0.prepare_cached("SELECT count(*) FROM issuer")?;
        let count: i64 = statement.query_row([], |row| row.get(0))?;
        Ok(usize::try_from(count).unwrap_or(0))
    }

    /// Enters an issuing key; `false` where there is one of that name.
    pub(crate) fn keep_issuer(
        &self,
        hierarchy: &str,
        name: &str,
        certificate: &Certificate,
        link: Option<&Certificate>,
        made_at: Moment,
    ) -> rusqlite::Result<bool> {
        let sql =
            "INSERT INTO issuer (hierarchy, name, certificate, link, made_at) VALUES (?1, ?2, ?3, ?4, ?5)
                   ON CONFLICT (name) DO NOTHING";
        let link = link.map(Certificate::der);
        let at = made_at.unix_microseconds();
        Ok(self.0.execute(sql, params![hierarchy, name, certificate.der(), link, at])? == 1)
    }

    pub(crate) fn keep_certificate(
        &self,
        issuer: i64,
        certificate: &Certificate,
        profile: &str,
        issued_at: Moment,
    ) -> rusqlite::Result<()> {
        self.0.execute(
            "INSERT INTO certificate (issuer, serial, profile, subject, not_before, not_after, issued_at, der)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![
                issuer,
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
        find(&self.0, serial)
    }

    /// At most `limit` certificates, the latest issued first.
    pub(crate) fn records(&self, limit: u32) -> rusqlite::Result<Vec<Record>> {
        let sql = format!("{SELECT_RECORD} ORDER BY issued_at DESC, serial LIMIT ?1");
        self.0.prepare(&sql)?.query_map([limit], record)?.collect()
    }

    /// Revokes or suspends: `None` where the serial is unknown, the earlier revocation where there was one.
    /// A suspension becomes a revocation for good from the moment it began.
    pub(crate) fn revoke(
        &mut self,
        serial: Serial,
        wanted: Revocation,
    ) -> rusqlite::Result<Option<Revocation>> {
        let transaction = self.0.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let Some(found) = find(&transaction, serial)? else { return Ok(None) };
        let hold = RevocationReason::CertificateHold;
        let revocation = match found.status {
            Status::Revoked(earlier) if earlier.reason != hold || wanted.reason == hold => {
                return Ok(Some(earlier));
            }
            Status::Revoked(earlier) => Revocation { since: earlier.since, ..wanted },
            Status::InForce => wanted,
        };
        let (since, reason) = (revocation.since.unix_microseconds(), revocation.reason.to_string());
        transaction.execute(
            "UPDATE certificate SET revoked_at = ?2, reason = ?3 WHERE serial = ?1",
            params![serial.to_string(), since, reason],
        )?;
        keep_event(&transaction, serial, wanted.since, Some(&reason))?;
        transaction.commit()?;
        Ok(Some(revocation))
    }

    /// Ends a suspension: `None` where the serial is unknown, otherwise what the certificate was before.
    pub(crate) fn resume(&mut self, serial: Serial, at: Moment) -> rusqlite::Result<Option<Status>> {
        let transaction = self.0.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let Some(found) = find(&transaction, serial)? else { return Ok(None) };
        if let Status::Revoked(Revocation { reason: RevocationReason::CertificateHold, .. }) = found.status {
            transaction.execute(
                "UPDATE certificate SET revoked_at = NULL, reason = NULL WHERE serial = ?1",
                [serial.to_string()],
            )?;
            keep_event(&transaction, serial, at, None)?;
            transaction.commit()?;
        }
        Ok(Some(found.status))
    }
}

fn find(connection: &Connection, serial: Serial) -> rusqlite::Result<Option<Record>> {
    let sql = format!("{SELECT_RECORD} WHERE serial = ?1");
    connection.query_row(&sql, [serial.to_string()], record).optional()
}

/// Enters what became of a certificate; no reason means that it was resumed.
fn keep_event(
    connection: &Connection,
    serial: Serial,
    at: Moment,
    reason: Option<&str>,
) -> rusqlite::Result<()> {
    connection.execute(
        "INSERT INTO event (issuer, serial, at, reason)
         SELECT issuer, serial, ?2, ?3 FROM certificate WHERE serial = ?1",
        params![serial.to_string(), at.unix_microseconds(), reason],
    )?;
    Ok(())
}

const SELECT_RECORD: &str = "SELECT serial, profile, der, issued_at, revoked_at, reason,
    (SELECT name FROM issuer WHERE issuer.id = certificate.issuer) FROM certificate";

fn record(row: &Row<'_>) -> rusqlite::Result<Record> {
    let der: Vec<u8> = row.get(2)?;
    let certificate = Certificate::from_der(&der).map_err(|error| unreadable(2, Type::Blob, error))?;
    let status = match row.get::<_, Option<i64>>(4)? {
        Some(_) => Status::Revoked(Revocation { since: moment(row, 4)?, reason: parsed(row, 5)? }),
        None => Status::InForce,
    };
    Ok(Record {
        serial: parsed(row, 0)?,
        issuer: row.get(6)?,
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
