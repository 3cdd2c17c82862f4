//! The last revocation list that was believed, kept in a file: so that a restart forgets neither its number nor
//! what it revokes.
//!
//! Whether a list is believed is settled in `pki`, also for the kept one: the file is no more trusted than the line.
//! Source: Instruction № 491, cl. 17; the keeping is ours, against a list that is rolled back (A7).

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::PathBuf;

use axum::body::Bytes;

use crate::config::Config;

/// Where the list is kept.
#[derive(Debug, Clone)]
pub(crate) struct KeptList(PathBuf);

impl KeptList {
    /// Beside the database; of a process that has none, beside its configuration.
    pub(crate) fn of(config: &Config) -> Self {
        let name = match &config.database {
            Some(database) => format!("{}.crl", database.display()),
            None => format!("{}.crl", config.name),
        };
        Self(config.path(name.as_ref()))
    }

    /// The kept list; none where none was kept yet.
    pub(crate) fn read(&self) -> io::Result<Option<Vec<u8>>> {
        match fs::read(&self.0) {
            Ok(der) => Ok(Some(der)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Keeps a list in place of the last; on the disk when this returns. A crash leaves the one or the other, whole.
    pub(crate) async fn keep(&self, der: Bytes) -> io::Result<()> {
        let list = self.clone();
        tokio::task::spawn_blocking(move || list.write(&der)).await.map_err(io::Error::other)?
    }

    fn write(&self, der: &[u8]) -> io::Result<()> {
        let partial = self.0.with_extension("crl.partial");
        let mut file = File::create(&partial)?;
        file.write_all(der)?;
        file.sync_all()?;
        fs::rename(&partial, &self.0)?;
        let folder = self.0.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(".".as_ref()))?.sync_all()
    }
}
