//! What the portal keeps, in SQLite: users and sessions, orders, payments, documents, the desk. The only place of
//! this crate that knows SQL.
//!
//! Every function takes the caller's transaction, so that a use case writes its change, its intent and what others
//! must learn together or not at all. One writer executes transactions one after another, so what a transaction
//! reads first and writes then is not overtaken in between.

pub(crate) mod desk;
pub(crate) mod intent;
pub(crate) mod order;
pub(crate) mod payment;
pub(crate) mod user;

use std::path::Path;

use store::rusqlite::{Connection, Params, Row};
use store::{Database, Migration, Options, StoreError, mailbox};

const MIGRATIONS: [Migration; 2] =
    [mailbox::MIGRATION, Migration { version: 2, name: "portal", sql: include_str!("../schema/portal.sql") }];

/// The most rows a page lists.
pub(crate) const LISTED: u32 = 200;

pub(crate) fn open(path: &Path) -> Result<Database, StoreError> {
    Database::open(path, &MIGRATIONS, Options::default())
}

/// Reads at most one row.
fn one<T>(
    connection: &Connection,
    sql: &str,
    parameters: impl Params,
    read: impl Fn(&Row<'_>) -> Result<T, StoreError>,
) -> Result<Option<T>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(parameters)?;
    rows.next()?.map(read).transpose()
}

/// Reads all rows; the statement bounds how many.
fn all<T>(
    connection: &Connection,
    sql: &str,
    parameters: impl Params,
    read: impl Fn(&Row<'_>) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(parameters)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row)?);
    }
    Ok(found)
}

fn execute(tx: &Connection, sql: &str, parameters: impl Params) -> Result<usize, StoreError> {
    Ok(tx.prepare_cached(sql)?.execute(parameters)?)
}
