//! Tokens against forged forms: a keyed digest of the session, so that nothing is stored.

use aws_lc_rs::hmac;

/// The participant's key for form tokens; made at start or kept with its other keys.
pub struct CsrfKey(hmac::Key);

/// The form was not made by a page of this session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the form does not belong to this session")]
pub struct CsrfMismatch;

/// Keeps tokens apart from any other digest under the same key.
const PURPOSE: &[u8] = b"form token, version 1\0";

impl CsrfKey {
    /// From 32 unguessable octets.
    pub fn new(octets: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, octets))
    }

    /// The token of a session, 64 hexadecimal digits. The session id must be a fresh one after log-in.
    pub fn token(&self, session: &[u8]) -> String {
        hex::encode(hmac::sign(&self.0, &message(session)))
    }

    /// Checks a form's token, in constant time.
    ///
    /// # Errors
    /// [`CsrfMismatch`] where it is not this session's.
    pub fn check(&self, session: &[u8], token: &str) -> Result<(), CsrfMismatch> {
        let tag = hex::decode(token).map_err(|_| CsrfMismatch)?;
        hmac::verify(&self.0, &message(session), &tag).map_err(|_| CsrfMismatch)
    }
}

fn message(session: &[u8]) -> Vec<u8> {
    [PURPOSE, session].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Defends: A15
    #[test]
    fn a_token_is_good_for_its_own_session_only() {
        let key = CsrfKey::new(&[7; 32]);
        let token = key.token(b"session-1");
        assert_eq!(key.check(b"session-1", &token), Ok(()));
        assert_eq!(key.check(b"session-2", &token), Err(CsrfMismatch));
        assert_eq!(CsrfKey::new(&[8; 32]).check(b"session-1", &token), Err(CsrfMismatch));
        for wrong in ["", "zz", &token[..62], &"0".repeat(64)] {
            assert_eq!(key.check(b"session-1", wrong), Err(CsrfMismatch), "{wrong}");
        }
    }
}
