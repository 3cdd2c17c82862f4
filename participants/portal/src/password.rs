//! Passwords: Argon2id, a bounded number of tries by number and by address, the same time for a user who is there and one who is not.

use std::net::IpAddr;

use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use store::StoreError;
use terms::{Iin, Moment};

use crate::portal::Portal;
use crate::store::user::{self, Person};

/// How many failures within [`WINDOW_SECONDS`] lock a number.
pub(crate) const MOST_FAILURES: u32 = 5;

/// How many failures within [`WINDOW_SECONDS`] lock an address, whatever the numbers: one password tried on many
/// numbers. A whole service centre or village may share an address, so it is far above what slips of the pen come to.
pub(crate) const MOST_FAILURES_FROM_ADDRESS: u32 = 60;

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

/// What counts as one source of failures: an address, or of version 6 the network that one subscriber is given.
fn source(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => format!("from {address}"),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("from {a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

/// Logs a person in by number and password.
pub(crate) async fn log_in(
    portal: &Portal,
    iin: Iin,
    password: String,
    from: IpAddr,
) -> Result<Person, NotLoggedIn> {
    let now = portal.host.now();
    let (number, address) = (iin.to_string(), source(from));
    let since = now.plus_seconds(-WINDOW_SECONDS);
    let (person, locked_since) = portal
        .database
        .read({
            let (number, address) = (number.clone(), address.clone());
            move |connection| {
                let mut locks = Vec::new();
                for (whose, most) in [(&number, MOST_FAILURES), (&address, MOST_FAILURES_FROM_ADDRESS)] {
                    let failures = user::failed_log_ins(connection, whose, since, most)?;
                    locks.extend(failures.last().filter(|_| failures.len() >= most as usize).copied());
                }
                Ok::<_, StoreError>((user::find_person(connection, iin)?, locks.into_iter().max()))
            }
        })
        .await?;
    if let Some(earliest) = locked_since {
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
            // The address is not forgiven: whoever has one password of his own would try on and on.
            portal.database.write(move |tx| user::forgive_log_ins(tx, &number)).await?;
            Ok(person)
        }
        _ => {
            portal
                .database
                .write(move |tx| {
                    user::record_failed_log_in(tx, &number, now)?;
                    user::record_failed_log_in(tx, &address, now)
                })
                .await?;
            Err(NotLoggedIn::Wrong)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_subscriber_is_one_source() {
        let of = |text: &str| source(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.7"), of("192.0.2.7"));
        assert_ne!(of("192.0.2.7"), of("192.0.2.8"));
    }

    #[test]
    fn a_password_agrees_with_its_own_hash_only() {
        let hash = hash("demo", [7; 16]).unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert!(agrees("demo", &hash));
        assert!(!agrees("Demo", &hash));
        assert!(!agrees("demo", "no hash"));
    }
}
