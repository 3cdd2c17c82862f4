//! The files around a database: creation, the reserve of disk space, backup and restore.
//!
//! A file gets its final name only when it is whole and on the disk.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use crate::StoreError;

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

/// Creates the file, readable by its owner alone; the log and the index beside it inherit that.
pub(super) fn create_private(path: &Path) -> Result<(), StoreError> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?;
    Ok(())
}

/// Fills the reserve beside the database, with real octets: a sparse file reserves nothing. Where there is no
/// room for all of it, what was taken is given back.
pub(super) fn keep_reserve(database: &Path, octets: u64) -> Result<(), StoreError> {
    let path = beside(database, ".reserve");
    if octets == 0 || fs::metadata(&path).is_ok_and(|file| file.len() == octets) {
        return Ok(());
    }
    let filled = fill(&path, octets);
    if filled.is_err() {
        release_reserve(database)?;
    }
    filled
}

fn fill(path: &Path, octets: u64) -> Result<(), StoreError> {
    let mut file = File::create(path)?;
    let zeros = [0; 64 * 1024];
    let mut missing = octets;
    while missing > 0 {
        let piece = usize::try_from(missing).unwrap_or(zeros.len()).min(zeros.len());
        file.write_all(&zeros[..piece])?;
        missing -= piece as u64;
    }
    Ok(file.sync_all()?)
}

pub(super) fn release_reserve(database: &Path) -> Result<(), StoreError> {
    match fs::remove_file(beside(database, ".reserve")) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// Copies the whole database in one read transaction: one consistent state, without holding up the writer.
pub(super) fn backup(source: &Connection, to: &Path) -> Result<(), StoreError> {
    refuse_existing(to)?;
    let partial = beside(to, ".partial");
    remove_if_there(&partial)?;
    create_private(&partial)?;
    let mut copy = Connection::open(&partial)?;
    match Backup::new(source, &mut copy)?.step(-1)? {
        StepResult::Done => {}
        _ => return Err(StoreError::Busy),
    }
    // One file, without a log beside it.
    copy.pragma_update(None, "journal_mode", "DELETE")?;
    check(&copy)?;
    copy.close().map_err(|(_, error)| error)?;
    publish(&partial, to)
}

pub(super) fn restore(backup: &Path, to: &Path) -> Result<(), StoreError> {
    refuse_existing(to)?;
    refuse_existing(&beside(to, "-wal"))?;
    check(&Connection::open_with_flags(backup, OpenFlags::SQLITE_OPEN_READ_ONLY)?)?;
    let partial = beside(to, ".partial");
    remove_if_there(&partial)?;
    create_private(&partial)?;
    fs::copy(backup, &partial)?;
    publish(&partial, to)
}

fn check(connection: &Connection) -> Result<(), StoreError> {
    let verdict: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if verdict == "ok" { Ok(()) } else { Err(StoreError::Damaged(verdict)) }
}

fn refuse_existing(path: &Path) -> Result<(), StoreError> {
    if path.exists() { Err(StoreError::Exists(path.display().to_string())) } else { Ok(()) }
}

fn remove_if_there(path: &Path) -> Result<(), StoreError> {
    if path.exists() { Ok(fs::remove_file(path)?) } else { Ok(()) }
}

/// Brings a finished file to the disk, then gives it its name, then brings the name to the disk.
fn publish(partial: &Path, to: &Path) -> Result<(), StoreError> {
    File::open(partial)?.sync_all()?;
    fs::rename(partial, to)?;
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok(File::open(folder)?.sync_all()?)
}
