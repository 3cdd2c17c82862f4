//! How many passwords are tried for one login in a minute. Pure: the caller brings the time.
//!
//! A login that nobody has is counted like one that somebody has, so that the answer tells nothing of it. The
//! count is the process's own: guessing is held back by it, not ended, and each try costs a hash besides.

use std::collections::BTreeMap;

use terms::Moment;

/// Tries of a password in a minute, for one login.
const TRIES_PER_MINUTE: u32 = 20;
/// How long tries are counted after the first of them.
const WINDOW_SECONDS: i64 = 60;
/// The most logins counted at once. Each costs whoever invents it a hash, so that no more than these come within a
/// window.
const LOGINS_MOST: usize = 10_000;

/// The tries of the last minute.
#[derive(Debug, Default)]
pub(super) struct Tries(BTreeMap<String, (Moment, u32)>);

impl Tries {
    /// Counts one more try.
    ///
    /// # Errors
    /// Where there were too many: until when none is looked at.
    pub(super) fn count(&mut self, login: &str, now: Moment) -> Result<(), Moment> {
        let is_over = |since: Moment| now.seconds_since(since) >= WINDOW_SECONDS;
        if self.0.len() >= LOGINS_MOST && !self.0.contains_key(login) {
            self.0.retain(|_, (since, _)| !is_over(*since));
            self.forget_the_oldest_of_too_many();
        }
        let (since, tries) = self.0.entry(login.to_owned()).or_insert((now, 0));
        if is_over(*since) {
            (*since, *tries) = (now, 0);
        }
        if *tries >= TRIES_PER_MINUTE {
            return Err(since.plus_seconds(WINDOW_SECONDS));
        }
        *tries += 1;
        Ok(())
    }

    fn forget_the_oldest_of_too_many(&mut self) {
        if self.0.len() >= LOGINS_MOST {
            let oldest = self.0.iter().min_by_key(|(_, (since, _))| *since).map(|(login, _)| login.clone());
            self.0.remove(&oldest.unwrap_or_default());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Moment {
        "2026-11-22T07:05:00+05:00".parse().unwrap()
    }

    /// Defends: A11
    #[test]
    fn the_twenty_first_try_in_a_minute_is_not_looked_at_and_the_next_minute_is_free() {
        let mut tries = Tries::default();
        for _ in 0..TRIES_PER_MINUTE {
            assert_eq!(tries.count("aigul", now()), Ok(()));
        }
        let until = now().plus_seconds(60);
        assert_eq!(tries.count("aigul", now().plus_seconds(59)), Err(until));
        assert_eq!(tries.count("nobody", now().plus_seconds(59)), Ok(()), "another login");
        assert_eq!(tries.count("aigul", until), Ok(()));
    }

    #[test]
    fn invented_logins_fill_no_table() {
        let mut tries = Tries::default();
        for number in 0..LOGINS_MOST + 100 {
            tries.count(&number.to_string(), now()).unwrap();
        }
        assert_eq!(tries.0.len(), LOGINS_MOST);
        tries.count("later", now().plus_seconds(60)).unwrap();
        assert_eq!(tries.0.len(), 1);
    }
}
