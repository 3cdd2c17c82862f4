//! Users, operators, sessions and failed log-ins.

use store::StoreError;
use store::columns::{Columns, Fields};
use store::rusqlite::{Connection, Row, params};
use terms::{Bin, Iin, Moment, Party, PartyNumber, ShortText};

use super::{execute, one};

/// How a person is known to the portal.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) iin: Iin,
    pub(crate) name: ShortText,
    /// None where the person logs in by certificate only.
    pub(crate) password_hash: Option<String>,
}

/// An operator of a service centre.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Operator {
    pub(crate) iin: Iin,
    pub(crate) name: ShortText,
    pub(crate) centre: ShortText,
}

/// How somebody logged in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SessionKind {
    /// By number and password.
    Password,
    /// By a certificate of the national CA.
    Certificate,
    /// By a certificate, as an operator of a service centre.
    Desk,
}

impl SessionKind {
    const ALL: [Self; 3] = [Self::Password, Self::Certificate, Self::Desk];

    fn word(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Certificate => "certificate",
            Self::Desk => "desk",
        }
    }
}

/// A session as it is kept.
#[derive(Debug, Clone)]
pub(crate) struct KeptSession {
    pub(crate) kind: SessionKind,
    pub(crate) iin: Iin,
    pub(crate) name: ShortText,
    pub(crate) organisation: Option<(Bin, ShortText)>,
    /// The operator's service centre.
    pub(crate) centre: Option<ShortText>,
    /// The fingerprint of the certificate the session is bound to.
    pub(crate) certificate: Option<[u8; 32]>,
    /// Begun at a public access point.
    pub(crate) public_access: bool,
    pub(crate) begun_at: Moment,
    pub(crate) seen_at: Moment,
}

impl KeptSession {
    /// For whom the session acts: the organisation of the certificate, else the person.
    pub(crate) fn party(&self) -> Party {
        match &self.organisation {
            Some((bin, name)) => Party { number: PartyNumber::Organisation(*bin), name: name.clone() },
            None => Party { number: PartyNumber::Person(self.iin), name: self.name.clone() },
        }
    }
}

fn person(row: &Row<'_>) -> Result<Person, StoreError> {
    let fields = Fields::of(row);
    Ok(Person {
        iin: fields.parsed("iin")?,
        name: fields.parsed("name")?,
        password_hash: fields.maybe_text("password_hash")?,
    })
}

pub(crate) fn find_person(connection: &Connection, iin: Iin) -> Result<Option<Person>, StoreError> {
    one(connection, "SELECT * FROM person WHERE iin = ?1", [iin.to_string()], person)
}

/// Registers a person, or renews the name; a password that is there already stays.
pub(crate) fn register_person(tx: &Connection, person: &Person, now: Moment) -> Result<(), StoreError> {
    let sql = "INSERT INTO person (iin, name, password_hash, registered_at) VALUES (?1, ?2, ?3, ?4)
               ON CONFLICT (iin) DO UPDATE SET name = excluded.name,
                   password_hash = coalesce(person.password_hash, excluded.password_hash)";
    let values =
        params![person.iin.to_string(), person.name.as_str(), person.password_hash, now.unix_microseconds()];
    execute(tx, sql, values)?;
    Ok(())
}

pub(crate) fn find_organisation(connection: &Connection, bin: Bin) -> Result<Option<ShortText>, StoreError> {
    one(connection, "SELECT name FROM organisation WHERE bin = ?1", [bin.to_string()], |row| {
        Fields::of(row).parsed("name")
    })
}

/// Registers an organisation, or renews its name.
pub(crate) fn register_organisation(
    tx: &Connection,
    bin: Bin,
    name: &ShortText,
    now: Moment,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO organisation (bin, name, registered_at) VALUES (?1, ?2, ?3)
               ON CONFLICT (bin) DO UPDATE SET name = excluded.name";
    execute(tx, sql, params![bin.to_string(), name.as_str(), now.unix_microseconds()])?;
    Ok(())
}

pub(crate) fn find_operator(connection: &Connection, iin: Iin) -> Result<Option<Operator>, StoreError> {
    one(connection, "SELECT * FROM operator WHERE iin = ?1", [iin.to_string()], |row| {
        let fields = Fields::of(row);
        Ok(Operator {
            iin: fields.parsed("iin")?,
            name: fields.parsed("name")?,
            centre: fields.parsed("centre")?,
        })
    })
}

pub(crate) fn keep_operator(tx: &Connection, operator: &Operator) -> Result<(), StoreError> {
    let sql = "INSERT INTO operator (iin, name, centre) VALUES (?1, ?2, ?3)
               ON CONFLICT (iin) DO UPDATE SET name = excluded.name, centre = excluded.centre";
    execute(tx, sql, params![operator.iin.to_string(), operator.name.as_str(), operator.centre.as_str()])?;
    Ok(())
}

pub(crate) fn begin_session(
    tx: &Connection,
    digest: &[u8; 32],
    session: &KeptSession,
) -> Result<(), StoreError> {
    let (bin, organisation) = match &session.organisation {
        Some((bin, name)) => (Some(bin), Some(name)),
        None => (None, None),
    };
    Columns::new()
        .octets("digest", digest)
        .text("kind", session.kind.word())
        .text("iin", session.iin)
        .text("name", &session.name)
        .maybe_text("organisation_bin", bin)
        .maybe_text("organisation_name", organisation)
        .maybe_text("centre", session.centre.as_ref())
        .maybe_octets("certificate", session.certificate.as_ref().map(<[u8; 32]>::as_slice))
        .number("public_access", i64::from(session.public_access))
        .moment("begun_at", session.begun_at)
        .moment("seen_at", session.seen_at)
        .insert(tx, "session")
}

pub(crate) fn find_session(
    connection: &Connection,
    digest: &[u8; 32],
) -> Result<Option<KeptSession>, StoreError> {
    one(connection, "SELECT * FROM session WHERE digest = ?1", [digest.as_slice()], |row| {
        let fields = Fields::of(row);
        let word = fields.text("kind")?;
        let kind = SessionKind::ALL.into_iter().find(|kind| kind.word() == word);
        let bin = fields.maybe_parsed("organisation_bin")?;
        let certificate = fields.maybe_octets("certificate")?.map(<[u8; 32]>::try_from).transpose();
        let damaged = |what: &str| StoreError::Damaged(format!("column {what}"));
        Ok(KeptSession {
            kind: kind.ok_or_else(|| damaged("kind"))?,
            iin: fields.parsed("iin")?,
            name: fields.parsed("name")?,
            organisation: bin.zip(fields.maybe_parsed("organisation_name")?),
            centre: fields.maybe_parsed("centre")?,
            certificate: certificate.map_err(|_| damaged("certificate"))?,
            public_access: fields.number::<i64>("public_access")? != 0,
            begun_at: fields.moment("begun_at")?,
            seen_at: fields.moment("seen_at")?,
        })
    })
}

pub(crate) fn touch_session(tx: &Connection, digest: &[u8; 32], now: Moment) -> Result<(), StoreError> {
    let sql = "UPDATE session SET seen_at = ?2 WHERE digest = ?1";
    execute(tx, sql, params![digest.as_slice(), now.unix_microseconds()])?;
    Ok(())
}

pub(crate) fn end_session(tx: &Connection, digest: &[u8; 32]) -> Result<(), StoreError> {
    execute(tx, "DELETE FROM session WHERE digest = ?1", [digest.as_slice()])?;
    Ok(())
}

/// Forgets sessions nobody has used for this long.
pub(crate) fn forget_sessions_before(tx: &Connection, seen_before: Moment) -> Result<(), StoreError> {
    execute(tx, "DELETE FROM session WHERE seen_at < ?1", [seen_before.unix_microseconds()])?;
    Ok(())
}

/// When the failed log-ins of a number since a moment happened, the latest first, at most so many.
pub(crate) fn failed_log_ins(
    connection: &Connection,
    number: &str,
    since: Moment,
    most: u32,
) -> Result<Vec<Moment>, StoreError> {
    let sql = "SELECT at FROM failed_log_in WHERE number = ?1 AND at > ?2 ORDER BY at DESC LIMIT ?3";
    super::all(connection, sql, params![number, since.unix_microseconds(), most], |row| {
        Fields::of(row).moment("at")
    })
}

pub(crate) fn record_failed_log_in(tx: &Connection, number: &str, now: Moment) -> Result<(), StoreError> {
    let sql = "INSERT INTO failed_log_in (number, at) VALUES (?1, ?2)";
    execute(tx, sql, params![number, now.unix_microseconds()])?;
    Ok(())
}

/// A log-in that succeeds forgives the failures before it.
pub(crate) fn forgive_log_ins(tx: &Connection, number: &str) -> Result<(), StoreError> {
    execute(tx, "DELETE FROM failed_log_in WHERE number = ?1", [number])?;
    Ok(())
}

/// A secret of the portal's own: the one kept under this name, else the fresh one, which is kept from now on.
pub(crate) fn secret(tx: &Connection, name: &str, fresh: &[u8; 32]) -> Result<[u8; 32], StoreError> {
    let sql = "INSERT INTO secret (name, octets) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
    execute(tx, sql, params![name, fresh.as_slice()])?;
    let kept =
        one(tx, "SELECT octets FROM secret WHERE name = ?1", [name], |row| Fields::of(row).octets("octets"))?;
    kept.ok_or_else(|| StoreError::Damaged("a secret just kept".to_owned()))
}
