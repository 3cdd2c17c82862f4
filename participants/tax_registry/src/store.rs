//! The register of persons in SQLite, and the record of names given out. The only place here that knows SQL.

use std::path::Path;

use store::columns::Fields;
use store::rusqlite::{OptionalExtension, params};
use store::{Database, Migration, Options, StoreError};
use terms::{Bin, Iin, Moment, ShortText};

const MIGRATIONS: [Migration; 1] =
    [Migration { version: 1, name: "register", sql: include_str!("schema/register.sql") }];

/// The most readings of names shown at once.
const READINGS_SHOWN: i64 = 1000;

/// The register of persons.
#[derive(Clone)]
pub struct Register(Database);

/// One reading of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameRead {
    /// When.
    pub at: Moment,
    /// By which participant.
    pub reader: Bin,
    /// Whose.
    pub iin: Iin,
}

impl Register {
    /// Opens the register, creating it where there is none.
    ///
    /// # Errors
    /// [`StoreError`] where the file or its schema is not usable.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Database::open(path, &MIGRATIONS, Options::default()).map(Self)
    }

    /// The database itself, whose readiness is its process's.
    pub(crate) fn database(&self) -> &Database {
        &self.0
    }

    /// Enters persons; an entry of the same number is renewed.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn enter(&self, persons: Vec<(Iin, ShortText)>) -> Result<(), StoreError> {
        self.0
            .write(move |tx| {
                let sql = "INSERT INTO person (iin, name) VALUES (?1, ?2)
                           ON CONFLICT (iin) DO UPDATE SET name = excluded.name";
                for (iin, name) in &persons {
                    tx.prepare_cached(sql)?.execute(params![iin.to_string(), name.as_str()])?;
                }
                Ok(())
            })
            .await
    }

    /// The full name of the person with this number; none where there is no such person.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn find(&self, iin: Iin) -> Result<Option<ShortText>, StoreError> {
        self.0
            .read(move |connection| {
                let name: Option<String> = connection
                    .prepare_cached("SELECT name FROM person WHERE iin = ?1")?
                    .query_row([iin.to_string()], |row| row.get(0))
                    .optional()?;
                let damaged = |_| StoreError::Damaged("column name".to_owned());
                name.map(|name| name.parse().map_err(damaged)).transpose()
            })
            .await
    }

    /// Puts on record that a name was given out.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn record_reading(&self, reading: NameRead) -> Result<(), StoreError> {
        self.0
            .write(move |tx| {
                tx.prepare_cached("INSERT INTO name_read (at, reader, iin) VALUES (?1, ?2, ?3)")?.execute(
                    params![
                        reading.at.unix_microseconds(),
                        reading.reader.to_string(),
                        reading.iin.to_string()
                    ],
                )?;
                Ok(())
            })
            .await
    }

    /// The latest readings of names, the newest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn readings(&self) -> Result<Vec<NameRead>, StoreError> {
        self.0
            .read(|connection| {
                let sql = "SELECT at, reader, iin FROM name_read ORDER BY id DESC LIMIT ?1";
                let mut statement = connection.prepare_cached(sql)?;
                let mut rows = statement.query([READINGS_SHOWN])?;
                let mut readings = Vec::new();
                while let Some(row) = rows.next()? {
                    let fields = Fields::of(row);
                    readings.push(NameRead {
                        at: fields.moment("at")?,
                        reader: fields.parsed("reader")?,
                        iin: fields.parsed("iin")?,
                    });
                }
                Ok(readings)
            })
            .await
    }
}
