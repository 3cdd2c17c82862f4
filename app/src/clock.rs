//! A clock that was set back: how a country of the sandbox lives through the days before it is looked at.
//!
//! Not for production: `tolem serve` takes it by an option that no configuration file has. Every process that reads
//! the same file lives at the same moment; whoever writes the file lets no message be under way meanwhile, because a
//! question is refused five minutes from its time.

use std::path::{Path, PathBuf};
use std::{fs, io};

use participant::SystemClock;
use terms::{Clock, Moment};

/// The system's clock, set back by as many seconds as a file says.
pub(crate) struct ClockSetBack(PathBuf);

impl ClockSetBack {
    /// Goes by this file from now on.
    pub(crate) fn by_file(file: &Path) -> Self {
        Self(file.to_owned())
    }

    /// Sets every clock that goes by a file.
    ///
    /// # Errors
    /// What the file system says; the clocks are then as they were.
    pub(crate) fn set(file: &Path, seconds: i64) -> io::Result<()> {
        // In one move: a reader between two writes would find no number.
        let new = file.with_extension("new");
        fs::write(&new, seconds.to_string())?;
        fs::rename(new, file)
    }
}

impl Clock for ClockSetBack {
    /// # Panics
    /// Where the file is gone: going on at another time would put false dates on record.
    fn now(&self) -> Moment {
        let seconds = fs::read_to_string(&self.0).ok().and_then(|text| text.trim().parse::<i64>().ok());
        SystemClock.now().plus_seconds(-seconds.expect("the file of the clock says how far"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_back_by_what_its_file_says() {
        let file = std::env::temp_dir().join(format!("tolem-clock-{}", std::process::id()));
        ClockSetBack::set(&file, 86_400).unwrap();
        let behind = ClockSetBack::by_file(&file).now();
        assert!((86_399..=86_401).contains(&SystemClock.now().seconds_since(behind)));
        ClockSetBack::set(&file, 0).unwrap();
        let behind = ClockSetBack::by_file(&file).now();
        assert!((-1..=1).contains(&SystemClock.now().seconds_since(behind)));
        fs::remove_file(file).unwrap();
    }
}
