//! Who is logged in: passwords by argon2, sessions by the digest of a cookie, forms by a token of the
//! session.
//!
//! A wrong login and a wrong password take the same time and get the same answer. Tries are counted for the
//! login, in `tries`.

use std::sync::{Mutex, PoisonError};

use ::pages::{CookieName, CookieReach, CsrfKey, read_cookie};
use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use aws_lc_rs::digest::{SHA256, digest};
use http::header::{HeaderMap, HeaderValue};
use store::StoreError;
use terms::{Moment, Party};

use crate::core::Actor;
use crate::cx::Cx;
use crate::store as tables;

use super::tries::Tries;

/// A session unused for so long has ended.
const SESSION_SECONDS: i64 = 15 * 60;
/// The longest login looked at.
const LOGIN_LONGEST: usize = 64;
/// The longest password looked at: hashing is dear.
const PASSWORD_LONGEST: usize = 128;

/// A logged-in client.
#[derive(Clone)]
pub(super) struct SignedInClient {
    /// Whose accounts these are.
    pub(super) party: Party,
    /// Who acts.
    pub(super) actor: Actor,
    /// The token of this session's forms.
    pub(super) csrf: String,
    digest: [u8; 32],
}

/// How a log-in ended.
pub(super) enum Entered {
    /// Login and password belong together: the cookie of a fresh session.
    Session(HeaderValue),
    /// They do not; which of the two is wrong is not said.
    Wrong,
    /// Too many tries: none is looked at before this moment, not even a right one.
    TooMany {
        /// When it may be tried again.
        until: Moment,
    },
}

/// The ways in and out.
pub(super) struct Doors {
    session: CookieName,
    form: CookieName,
    key: CsrfKey,
    tries: Mutex<Tries>,
    /// Compared with where there is no such login, so that the answer takes as long.
    nobody: String,
}

/// The argon2 hash of a password, in the PHC form.
///
/// # Errors
/// Where the library refuses, which it does only for passwords beyond its bounds.
pub(crate) fn hash_password(password: &str, salt: &[u8; 16]) -> anyhow::Result<String> {
    let hash = Argon2::default().hash_password_with_salt(password.as_bytes(), salt);
    Ok(hash.map_err(|error| anyhow::anyhow!("a password was not hashed: {error}"))?.to_string())
}

fn verify(hash: &str, password: &str) -> bool {
    let verified =
        PasswordHash::new(hash).map(|hash| Argon2::default().verify_password(password.as_bytes(), &hash));
    matches!(verified, Ok(Ok(())))
}

fn digest_of(value: &str) -> [u8; 32] {
    digest(&SHA256, value.as_bytes()).as_ref().try_into().expect("SHA-256 has 32 octets")
}

fn fresh(cx: &Cx) -> String {
    let mut octets = [0; 32];
    cx.host().draw(|entropy| entropy.fill(&mut octets));
    hex::encode(octets)
}

impl Doors {
    pub(super) fn new(cx: &Cx) -> Self {
        let name = |suffix: &str| {
            // A name lives as long as the process; it is made once.
            let name: &'static str = Box::leak(format!("{}-{suffix}", cx.bank().short_name).into_boxed_str());
            CookieName::new(name)
        };
        Self {
            session: name("session"),
            form: name("form"),
            // Sessions outlive the process, so their forms do too.
            key: CsrfKey::new(&cx.card_key().derived(b"form\0")),
            tries: Mutex::default(),
            nobody: hash_password("nobody", &[0; 16]).expect("a short password is hashed"),
        }
    }

    pub(super) fn session_cookie(&self) -> CookieName {
        self.session
    }

    /// The token of the log-in form, bound to a cookie of its own, which is set where there is none.
    pub(super) fn form_token(&self, cx: &Cx, headers: &HeaderMap) -> (Option<HeaderValue>, String) {
        match read_cookie(headers, self.form) {
            Some(known) => (None, self.key.token(known.as_bytes())),
            None => {
                let value = fresh(cx);
                let token = self.key.token(value.as_bytes());
                (Some(self.form.set(&value, CookieReach::Strict, None)), token)
            }
        }
    }

    pub(super) fn is_own_form(&self, headers: &HeaderMap, token: &str) -> bool {
        read_cookie(headers, self.form).is_some_and(|known| self.key.check(known.as_bytes(), token).is_ok())
    }

    pub(super) fn is_clients_form(&self, client: &SignedInClient, token: &str) -> bool {
        self.key.check(&client.digest, token).is_ok()
    }

    /// Checks login and password.
    pub(super) async fn enter(&self, cx: &Cx, login: &str, password: &str) -> Result<Entered, StoreError> {
        if login.len() > LOGIN_LONGEST || password.len() > PASSWORD_LONGEST {
            return Ok(Entered::Wrong);
        }
        // Before anything tells a login that exists from one that does not.
        let counted = self.tries.lock().unwrap_or_else(PoisonError::into_inner).count(login, cx.now());
        if let Err(until) = counted {
            tracing::warn!(event = "too-many-passwords");
            return Ok(Entered::TooMany { until });
        }
        let asked = login.to_owned();
        let known = cx.database().read(move |conn| tables::access(conn, &asked)).await?;
        let hash = known.as_ref().map_or_else(|| self.nobody.clone(), |(_, hash)| hash.clone());
        let typed = zeroize::Zeroizing::new(password.to_owned());
        let right = tokio::task::spawn_blocking(move || verify(&hash, &typed)).await.unwrap_or(false);
        let Some((number, _)) = known.filter(|_| right) else { return Ok(Entered::Wrong) };
        let value = fresh(cx);
        let (digest, now) = (digest_of(&value), cx.now());
        cx.database()
            .write(move |tx| {
                tables::begin_session(tx, &digest, number, now, now.plus_seconds(-SESSION_SECONDS))
            })
            .await?;
        Ok(Entered::Session(self.session.set(&value, CookieReach::Strict, None)))
    }

    /// Who is logged in.
    pub(super) async fn client(
        &self,
        cx: &Cx,
        headers: &HeaderMap,
    ) -> Result<Option<SignedInClient>, StoreError> {
        let Some(value) = read_cookie(headers, self.session) else { return Ok(None) };
        let (digest, now) = (digest_of(&value), cx.now());
        let known = cx
            .database()
            .write(move |tx| tables::use_session(tx, &digest, now, now.plus_seconds(-SESSION_SECONDS)))
            .await?;
        let signed_in =
            |(party, actor)| SignedInClient { party, actor, csrf: self.key.token(&digest), digest };
        Ok(known.map(signed_in))
    }

    /// Ends the session.
    pub(super) async fn leave(&self, cx: &Cx, client: &SignedInClient) -> Result<(), StoreError> {
        let digest = client.digest;
        cx.database().write(move |tx| tables::end_session(tx, &digest)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_kept_as_an_argon2_hash_and_nothing_else() {
        let hash = hash_password("demo", &[7; 16]).unwrap();
        assert!(hash.starts_with("$argon2id$"), "{hash}");
        assert!(verify(&hash, "demo"));
        assert!(!verify(&hash, "Demo") && !verify("nonsense", "demo"));
    }
}
