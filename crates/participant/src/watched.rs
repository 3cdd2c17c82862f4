//! Files that are read again when they have changed: keys, certificates, the national CA's roots.
//!
//! What is read from them, and whether it counts, is the business of whoever watches. A change is seen by
//! time, size and inode, so that a file moved here with an older date is noticed too.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

/// What tells one state of a file from another.
type Stamp = (Option<SystemTime>, u64, u64);

/// Files that belong together.
#[derive(Debug)]
pub(crate) struct Watched {
    paths: Vec<PathBuf>,
    /// As they were when their content was last taken up; none for a file that was not there.
    taken_up: Mutex<Vec<Option<Stamp>>>,
}

impl Watched {
    /// Watches files that are about to be read for the first time.
    pub(crate) fn new(paths: impl IntoIterator<Item = PathBuf>) -> Self {
        let paths: Vec<_> = paths.into_iter().collect();
        let taken_up = Mutex::new(stamps(&paths));
        Self { paths, taken_up }
    }

    /// Has the files taken up where they have changed. What is refused now is offered again at the next look:
    /// between the writing of a certificate and that of its key the two do not fit.
    pub(crate) fn look<E>(&self, take_up: impl FnOnce() -> Result<(), E>) -> Result<(), E> {
        // Stamped before they are read: a file that changes meanwhile is looked at once more.
        let now = stamps(&self.paths);
        let mut taken_up = self.taken_up.lock().unwrap_or_else(PoisonError::into_inner);
        if *taken_up != now {
            take_up()?;
            *taken_up = now;
        }
        Ok(())
    }
}

fn stamps(paths: &[PathBuf]) -> Vec<Option<Stamp>> {
    let stamp = |path| fs::metadata(path).map(|file| (file.modified().ok(), file.len(), file.ino())).ok();
    paths.iter().map(stamp).collect()
}
