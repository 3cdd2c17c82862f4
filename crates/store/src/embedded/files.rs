//! The files around a database: creation, the reserve of disk space, backup and restore.
//!
//! A file gets its final name only when it is whole and on the disk.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{Context as Sha256, SHA256};
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

/// What a backup ends with, behind the octets of the database, where SQLite does not look: whose it is, and the
/// SHA-256 of all before it. SQLite's own check finds a broken structure and no changed content.
const SEAL: &str = "\ntolem-backup 1 ";
/// The longest end of a backup, in octets.
const MAX_SEAL_OCTETS: usize = 512;
/// The digits of a digest.
const DIGEST_DIGITS: usize = 64;

/// Copies the whole database in one read transaction: one consistent state, without holding up the writer.
pub(super) fn backup(source: &Connection, to: &Path, owner: &str) -> Result<(), StoreError> {
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
    seal(&partial, owner)?;
    publish(&partial, to)
}

fn seal(file: &Path, owner: &str) -> Result<(), StoreError> {
    let begun = format!("{SEAL}{owner} ");
    let mut digest = Sha256::new(&SHA256);
    let mut file = OpenOptions::new().read(true).append(true).open(file)?;
    read_all(&mut file, u64::MAX, |octets| {
        digest.update(octets);
        Ok(())
    })?;
    digest.update(begun.as_bytes());
    Ok(file.write_all(format!("{begun}{}\n", hex(&digest)).as_bytes())?)
}

pub(super) fn restore(backup: &Path, to: &Path, owner: &str) -> Result<(), StoreError> {
    refuse_existing(to)?;
    refuse_existing(&beside(to, "-wal"))?;
    let partial = beside(to, ".partial");
    remove_if_there(&partial)?;
    create_private(&partial)?;
    let restored = copy_without_seal(backup, &partial, owner)
        .and_then(|()| check(&Connection::open_with_flags(&partial, OpenFlags::SQLITE_OPEN_READ_ONLY)?));
    if restored.is_err() {
        remove_if_there(&partial)?;
    }
    restored?;
    publish(&partial, to)
}

/// Copies what a backup holds, where it is whole and its owner's.
fn copy_without_seal(backup: &Path, to: &Path, owner: &str) -> Result<(), StoreError> {
    let not_one = || StoreError::Damaged("this is no whole backup made by `tolem backup`".to_owned());
    let mut file = File::open(backup)?;
    let length = file.metadata()?.len();
    let tail_octets = length.min(MAX_SEAL_OCTETS as u64);
    file.seek(SeekFrom::Start(length - tail_octets))?;
    let mut tail = Vec::with_capacity(MAX_SEAL_OCTETS);
    file.read_to_end(&mut tail)?;
    let begins = tail.windows(SEAL.len()).rposition(|part| part == SEAL.as_bytes()).ok_or_else(not_one)?;
    let seal = std::str::from_utf8(&tail[begins..]).map_err(|_| not_one())?;
    let seal = seal.strip_suffix('\n').ok_or_else(not_one)?;
    let begun = seal.len().checked_sub(DIGEST_DIGITS).and_then(|end| seal.get(..end)).ok_or_else(not_one)?;
    let (sealed, said) =
        (begun.strip_prefix(SEAL).and_then(|rest| rest.strip_suffix(' ')), &seal[begun.len()..]);
    let of = sealed.ok_or_else(not_one)?;

    let mut digest = Sha256::new(&SHA256);
    let mut copy = OpenOptions::new().write(true).open(to)?;
    file.seek(SeekFrom::Start(0))?;
    read_all(&mut file, length - (tail.len() - begins) as u64, |octets| {
        digest.update(octets);
        Ok(copy.write_all(octets)?)
    })?;
    digest.update(begun.as_bytes());
    if hex(&digest) != said {
        return Err(not_one());
    }
    if of != owner {
        return Err(StoreError::OthersBackup { of: of.to_owned(), wanted: owner.to_owned() });
    }
    Ok(())
}

fn read_all(
    file: &mut File,
    most: u64,
    mut each: impl FnMut(&[u8]) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let (mut buffer, mut from) = (vec![0; 64 * 1024], file.take(most));
    loop {
        match from.read(&mut buffer)? {
            0 => return Ok(()),
            read => each(&buffer[..read])?,
        }
    }
}

fn hex(digest: &Sha256) -> String {
    digest.clone().finish().as_ref().iter().map(|octet| format!("{octet:02x}")).collect()
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
