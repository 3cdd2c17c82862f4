//! Who is at the console: sessions in memory, bound to the certificate they began with, and gone with the process.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use aws_lc_rs::digest::{SHA256, digest};
use rights::Officer;
use terms::Moment;

/// A session that nobody uses for so long is over.
pub(crate) const IDLE_SECONDS: i64 = 15 * 60;
/// However busy, a session ends after this.
pub(crate) const LONGEST_SECONDS: i64 = 8 * 3600;
/// Sessions at once; the one unused for the longest goes for a new one.
const MOST: usize = 1000;
/// Sessions of one officer at once.
const MOST_OF_ONE: usize = 4;

/// One officer at one browser.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    /// Who.
    pub(crate) officer: Officer,
    /// SHA-256 of the certificate it began with; with any other it is none.
    pub(crate) certificate: [u8; 32],
    /// Since when.
    pub(crate) begun_at: Moment,
    /// When it was last used.
    pub(crate) seen_at: Moment,
}

/// All sessions, by the digest of what the cookie carries.
#[derive(Default)]
pub(crate) struct Sessions(Mutex<HashMap<[u8; 32], Session>>);

fn digest_of(token: &str) -> [u8; 32] {
    digest(&SHA256, token.as_bytes()).as_ref().try_into().expect("SHA-256 has 32 octets")
}

impl Session {
    fn is_over(&self, now: Moment) -> bool {
        now.seconds_since(self.seen_at) > IDLE_SECONDS || now.seconds_since(self.begun_at) > LONGEST_SECONDS
    }
}

impl Sessions {
    fn all(&self) -> std::sync::MutexGuard<'_, HashMap<[u8; 32], Session>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a session under a token that was drawn for it.
    pub(crate) fn begin(&self, token: &str, session: Session) {
        let mut all = self.all();
        all.retain(|_, known| !known.is_over(session.begun_at));
        while all.values().filter(|known| known.officer.iin == session.officer.iin).count() >= MOST_OF_ONE {
            Self::drop_oldest(&mut all, |known| known.officer.iin == session.officer.iin);
        }
        while all.len() >= MOST {
            Self::drop_oldest(&mut all, |_| true);
        }
        all.insert(digest_of(token), session);
    }

    fn drop_oldest(all: &mut HashMap<[u8; 32], Session>, of: impl Fn(&Session) -> bool) {
        let oldest = all.iter().filter(|(_, known)| of(known)).min_by_key(|(_, known)| known.seen_at);
        if let Some(key) = oldest.map(|(key, _)| *key) {
            all.remove(&key);
        }
    }

    /// The session of a token, shown with this certificate; it counts as used now.
    pub(crate) fn find(&self, token: &str, certificate: [u8; 32], now: Moment) -> Option<Session> {
        let mut all = self.all();
        let key = digest_of(token);
        if all.get(&key)?.is_over(now) {
            all.remove(&key);
            return None;
        }
        let session = all.get_mut(&key).filter(|session| session.certificate == certificate)?;
        session.seen_at = now;
        Some(session.clone())
    }

    /// Ends the session of a token.
    pub(crate) fn end(&self, token: &str) {
        self.all().remove(&digest_of(token));
    }

    /// All that are not over, the oldest first.
    pub(crate) fn list(&self, now: Moment) -> Vec<Session> {
        let mut all: Vec<Session> = self.all().values().filter(|one| !one.is_over(now)).cloned().collect();
        all.sort_by_key(|session| session.begun_at);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> Moment {
        "2026-11-22T12:00:00+05:00".parse().unwrap()
    }

    fn session(iin: &str, at: Moment) -> Session {
        let officer = Officer { iin: iin.parse().unwrap(), name: "Имя".parse().unwrap() };
        Session { officer, certificate: [1; 32], begun_at: at, seen_at: at }
    }

    /// Defends: A15
    #[test]
    fn a_session_ends_by_time_by_its_owner_and_with_its_certificate() {
        let sessions = Sessions::default();
        sessions.begin("a", session("810909200064", noon()));
        assert!(sessions.find("a", [2; 32], noon()).is_none(), "another certificate");
        assert!(sessions.find("b", [1; 32], noon()).is_none());
        let mut at = noon();
        while at.seconds_since(noon()) + IDLE_SECONDS <= LONGEST_SECONDS {
            at = at.plus_seconds(IDLE_SECONDS);
            assert!(sessions.find("a", [1; 32], at).is_some());
        }
        assert!(sessions.find("a", [1; 32], at.plus_seconds(IDLE_SECONDS)).is_none(), "the longest");
        sessions.begin("c", session("810909200064", noon()));
        assert!(sessions.find("c", [1; 32], noon().plus_seconds(IDLE_SECONDS + 1)).is_none(), "idle");
        sessions.begin("d", session("810909200064", noon()));
        sessions.end("d");
        assert!(sessions.find("d", [1; 32], noon()).is_none());
    }

    /// Defends: A30
    #[test]
    fn sessions_are_bounded_for_one_officer_and_for_all() {
        let sessions = Sessions::default();
        for number in 0..10 {
            sessions.begin(&format!("{number}"), session("810909200064", noon().plus_seconds(number)));
        }
        let kept = sessions.list(noon().plus_seconds(10));
        assert_eq!(kept.len(), MOST_OF_ONE);
        assert_eq!(kept[0].begun_at, noon().plus_seconds(6), "the oldest went");
    }
}
