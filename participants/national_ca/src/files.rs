//! Files of keys and certificates: whole or not there at all, and secrets readable by their owner only.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

const SECRET_MODE: u32 = 0o600;
const PUBLIC_MODE: u32 = 0o644;

/// Writes a private key, readable by its owner only, in place of any earlier file.
///
/// # Errors
/// What the file system says; the earlier file is then untouched.
pub fn write_secret(path: &Path, text: &str) -> io::Result<()> {
    write(path, text.as_bytes(), SECRET_MODE)
}

/// As [`write_secret`], for a secret that is no text.
///
/// # Errors
/// As [`write_secret`].
pub fn write_secret_octets(path: &Path, octets: &[u8]) -> io::Result<()> {
    write(path, octets, SECRET_MODE)
}

/// Writes a file that everybody may read, in place of any earlier one.
///
/// # Errors
/// As [`write_secret`].
pub fn write_public(path: &Path, text: &str) -> io::Result<()> {
    write(path, text.as_bytes(), PUBLIC_MODE)
}

fn write(path: &Path, octets: &[u8], mode: u32) -> io::Result<()> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut new_name = name.to_owned();
    new_name.push(format!(".{}.new", std::process::id()));
    let new_path = folder.join(new_name);
    // What an interrupted run left behind may have another mode, so it is not written into.
    match fs::remove_file(&new_path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&new_path)?;
    file.write_all(octets)?;
    file.sync_all()?;
    fs::rename(&new_path, path)?;
    // The new name itself must survive a loss of power.
    File::open(folder)?.sync_all()
}
