//! A registry copied into one file, with texts beside it; and back.

use std::path::Path;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags, OptionalExtension, ffi, params};

/// Only a copy has this table.
const SCHEMA: &str = "CREATE TABLE text (name TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT";

/// Copies a registry, as it is at one moment, into an empty file, and puts texts beside it.
pub(crate) fn pack(registry: &Path, to: &Path, texts: &[(&str, &str)]) -> rusqlite::Result<()> {
    let mut copy = Connection::open(to)?;
    copy_all(&open(registry)?, &mut copy)?;
    // One file, without a log beside it.
    copy.pragma_update(None, "journal_mode", "DELETE")?;
    copy.execute_batch(SCHEMA)?;
    for (name, text) in texts {
        copy.execute("INSERT INTO text (name, text) VALUES (?1, ?2)", params![name, text])?;
    }
    copy.close().map_err(|(_, error)| error)
}

/// Puts the registry of a copy into an empty file, without the texts.
pub(crate) fn unpack(from: &Path, to: &Path) -> rusqlite::Result<()> {
    let mut registry = Connection::open(to)?;
    copy_all(&open(from)?, &mut registry)?;
    registry.execute_batch("DROP TABLE text; VACUUM")?;
    registry.close().map_err(|(_, error)| error)
}

/// A text of a copy; none where there is none of this name.
pub(crate) fn text(from: &Path, name: &str) -> rusqlite::Result<Option<String>> {
    let sql = "SELECT text FROM text WHERE name = ?1";
    open(from)?.query_row(sql, [name], |row| row.get(0)).optional()
}

/// The names of a copy's texts.
pub(crate) fn names(from: &Path) -> rusqlite::Result<Vec<String>> {
    let copy = open(from)?;
    let mut statement = copy.prepare("SELECT name FROM text ORDER BY name")?;
    statement.query_map([], |row| row.get(0))?.collect()
}

/// Whether every page of a copy is sound.
pub(crate) fn is_whole(copy: &Path) -> rusqlite::Result<bool> {
    let verdict: String = open(copy)?.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    Ok(verdict == "ok")
}

fn open(path: &Path) -> rusqlite::Result<Connection> {
    Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
}

fn copy_all(from: &Connection, to: &mut Connection) -> rusqlite::Result<()> {
    match Backup::new(from, to)?.step(-1)? {
        StepResult::Done => Ok(()),
        _ => Err(rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_BUSY), None)),
    }
}
