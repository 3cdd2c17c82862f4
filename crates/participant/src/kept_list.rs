//! The last revocation lists that were believed, each kept in a file: so that a restart forgets neither their numbers
//! nor what they revoke.
//!
//! Whether a list is believed is settled in `pki`, also for a kept one: the file is no more trusted than the line.
//! Source: Instruction № 491, cl. 17; the keeping is ours, against a list that is rolled back (A7).

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::PathBuf;

use axum::body::Bytes;
use pki::{SuiteId, suite};

use crate::config::Config;

/// The ending of a kept list.
const ENDING: &str = ".crl";

/// Where lists are kept: beside the database; of a process that has none, beside its configuration.
#[derive(Debug, Clone)]
pub(crate) struct KeptLists {
    folder: PathBuf,
    /// What the names of the files begin with.
    stem: String,
    /// The address of the full list that the configuration names first; it has the plain name.
    first: String,
}

impl KeptLists {
    pub(crate) fn of(config: &Config) -> Self {
        let stem = config.database.as_ref().map_or(config.name.clone(), |path| path.display().to_string());
        let path = config.path(stem.as_ref());
        let folder = path.parent().unwrap_or_else(|| "".as_ref()).to_owned();
        let stem = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Self { folder, stem, first: config.crl.as_ref().map_or(String::new(), |crl| crl.url.clone()) }
    }

    /// The kept lists, in no order; none where none was kept yet.
    pub(crate) fn read(&self) -> io::Result<Vec<Vec<u8>>> {
        let folder = if self.folder.as_os_str().is_empty() { ".".as_ref() } else { self.folder.as_path() };
        let mut lists = Vec::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let is_ours = entry.file_name().to_str().is_some_and(|name| {
                let rest = name.strip_prefix(&self.stem).and_then(|rest| rest.strip_suffix(ENDING));
                // Another process's name may begin with ours.
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("-list-"))
            });
            if is_ours {
                lists.push(fs::read(entry.path())?);
            }
        }
        Ok(lists)
    }

    /// Keeps the list of an address in place of its last; on the disk when this returns. A crash leaves the one or the
    /// other, whole.
    pub(crate) async fn keep(&self, url: &str, der: Bytes) -> io::Result<()> {
        let path = self.folder.join(self.name_of(url));
        tokio::task::spawn_blocking(move || write(&path, &der)).await.map_err(io::Error::other)?
    }

    fn name_of(&self, url: &str) -> String {
        if url == self.first {
            return format!("{}{ENDING}", self.stem);
        }
        let digest = suite(SuiteId::P256).digest(url.as_bytes());
        let word: String = digest.iter().take(8).map(|octet| format!("{octet:02x}")).collect();
        format!("{}-list-{word}{ENDING}", self.stem)
    }
}

fn write(path: &std::path::Path, der: &[u8]) -> io::Result<()> {
    let partial = path.with_extension("crl.partial");
    let mut file = File::create(&partial)?;
    file.write_all(der)?;
    file.sync_all()?;
    fs::rename(&partial, path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(".".as_ref()))?.sync_all()
}
