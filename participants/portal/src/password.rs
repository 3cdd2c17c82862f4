//! Passwords: Argon2id, a bounded number of tries, the same time for a user who is there and one who is not.

use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use store::StoreError;
use terms::{Iin, Moment};

use crate::portal::Portal;
use crate::store::user::{self, Person};

/// How many failures within [`WINDOW_SECONDS`] lock a number.
pub(crate) const MOST_FAILURES: u32 = 5;

/// The window in which failures are counted, and for which the lock lasts after the first of them.
pub(crate) const WINDOW_SECONDS: i64 = 15 * 60;

/// The longest password looked at, in octets: hashing costs time in proportion.
pub(crate) const LONGEST: usize = 200;

/// Why nobody was logged in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotLoggedIn {
    /// No such user, or another password; which of the two is not said.
    #[error("the number and the password do not belong together")]
    Wrong,
    /// Too many failures.
    #[error("too many failed log-ins until {until}")]
    Locked {
        /// When it may be tried again.
        until: Moment,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Hashes a password with a fresh salt.
pub(crate) fn hash(password: &str, salt: [u8; 16]) -> Result<String, argon2::password_hash::Error> {
    Argon2::default().hash_password_with_salt(password.as_bytes(), &salt).map(|hash| hash.to_string())
}

fn agrees(password: &str, hash: &str) -> bool {
    Argon2::default().verify_password(password.as_bytes(), hash).is_ok()
}

/// Logs a person in by number and password.
pub(crate) async fn log_in(portal: &Portal, iin: Iin, password: String) -> Result<Person, NotLoggedIn> {
    let now = portal.host.now();
    let number = iin.to_string();
    let since = now.plus_seconds(-WINDOW_SECONDS);
    let (person, failures) = portal
        .database
        .read({
            let number = number.clone();
            move |connection| {
                let failures = user::failed_log_ins(connection, &number, since, MOST_FAILURES)?;
                Ok::<_, StoreError>((user::find_person(connection, iin)?, failures))
            }
        })
        .await?;
    if let Some(earliest) = failures.last().filter(|_| failures.len() >= MOST_FAILURES as usize) {
        return Err(NotLoggedIn::Locked { until: earliest.plus_seconds(WINDOW_SECONDS) });
    }
    let hash = person.as_ref().and_then(|person| person.password_hash.clone());
    let known = hash.is_some();
    // Where there is no user, a hash of nobody's is compared, so that the time tells nothing.
    let hash = hash.unwrap_or_else(|| portal.nobodys_hash.clone());
    let permit = portal.hashing.acquire().await.map_err(|_| StoreError::Closed)?;
    let agreed = password.len() <= LONGEST
        && tokio::task::spawn_blocking(move || agrees(&password, &hash)).await.unwrap_or(false);
    drop(permit);
    match person {
        Some(person) if agreed && known => {
            portal.database.write(move |tx| user::forgive_log_ins(tx, &number)).await?;
            Ok(person)
        }
        _ => {
            portal.database.write(move |tx| user::record_failed_log_in(tx, &number, now)).await?;
            Err(NotLoggedIn::Wrong)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_agrees_with_its_own_hash_only() {
        let hash = hash("demo", [7; 16]).unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert!(agrees("demo", &hash));
        assert!(!agrees("Demo", &hash));
        assert!(!agrees("demo", "no hash"));
    }
}
