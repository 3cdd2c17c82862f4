//! One-time codes of the internet bank (T3.6): what a client's authenticator shows, by RFC 6238 with SHA-1, six
//! digits and thirty seconds, as every authenticator application has it.
//!
//! A code is compared in constant time, holds for its half minute and the ones beside it, and serves once.
//! After five wrong ones in a row none is looked at for a quarter of an hour. Secrets are kept sealed under the
//! bank's key. Pure: the store and the clock are the caller's.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use terms::{Moment, PartyNumber};
use totp_rs::{Builder, Secret, Totp};
use zeroize::Zeroizing;

use crate::card_key::CardKey;

/// So many wrong codes in a row, and no more is looked at for a while.
pub const TRIES: u32 = 5;
/// For how long.
pub const LOCKED_SECONDS: i64 = 15 * 60;
/// The longest text that is looked at.
const CODE_LONGEST: usize = 16;

/// What a client's authenticator and the bank share.
#[derive(Clone)]
pub struct OneTimeSecret(Zeroizing<Vec<u8>>);

/// The text is no secret: base32 of at least sixteen octets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the secret of one-time codes is not base32 of at least 16 octets")]
pub struct NoSecret;

impl fmt::Debug for OneTimeSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OneTimeSecret(…)")
    }
}

impl FromStr for OneTimeSecret {
    type Err = NoSecret;
    fn from_str(s: &str) -> Result<Self, NoSecret> {
        let secret = Secret::try_from_base32(s).map_err(|_| NoSecret)?;
        Self::of(Zeroizing::new(secret.as_bytes().to_vec())).ok_or(NoSecret)
    }
}

impl OneTimeSecret {
    fn of(octets: Zeroizing<Vec<u8>>) -> Option<Self> {
        let secret = Self(octets);
        secret.totp().map(|_| secret)
    }

    fn totp(&self) -> Option<Totp> {
        Builder::new().with_secret(self.0.to_vec()).build().ok()
    }

    /// The code of a moment, as the client's authenticator shows it.
    pub fn code_at(&self, at: Moment) -> String {
        self.totp().map(|totp| totp.generate(seconds(at)).to_string()).unwrap_or_default()
    }

    /// Which half minute a typed code belongs to; none where it is wrong.
    fn step_of(&self, typed: &str, now: Moment) -> Option<u64> {
        let digits: Zeroizing<String> =
            Zeroizing::new(typed.chars().filter(|c| !c.is_whitespace()).take(CODE_LONGEST).collect());
        self.totp()?.check(&digits, seconds(now))
    }

    /// The secret for its column, sealed for this client under the bank's key.
    pub fn seal(&self, key: &CardKey, client: PartyNumber, nonce: [u8; NONCE_LEN]) -> Vec<u8> {
        let mut octets = self.0.to_vec();
        let counted = Nonce::assume_unique_for_key(nonce);
        sealing_key(key)
            .seal_in_place_append_tag(counted, Aad::from(client.to_string()), &mut octets)
            .expect("the content is short");
        [nonce.as_slice(), &octets].concat()
    }

    /// Reads the column. None where it was sealed for somebody else, or under another key.
    pub fn open(key: &CardKey, client: PartyNumber, column: &[u8]) -> Option<Self> {
        let (nonce, sealed) = column.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut sealed = Zeroizing::new(sealed.to_vec());
        let opened =
            sealing_key(key).open_in_place(nonce, Aad::from(client.to_string()), &mut sealed).ok()?;
        Self::of(Zeroizing::new(opened.to_vec()))
    }
}

fn sealing_key(key: &CardKey) -> LessSafeKey {
    let octets = Zeroizing::new(key.derived(b"one-time secrets\0"));
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, octets.as_slice()).expect("the length fits the algorithm"))
}

fn seconds(at: Moment) -> u64 {
    u64::try_from(at.unix_seconds()).unwrap_or_default()
}

/// What the bank remembers of a client's codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tries {
    /// The half minute of the last code taken.
    pub last_step: u64,
    /// Wrong codes in a row.
    pub wrong: u32,
    /// When the last wrong one came.
    pub wrong_at: Moment,
}

/// Why a code is not taken. Nothing was paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeRefusal {
    /// It is wrong.
    Wrong,
    /// It served before: the next one is to be awaited.
    Used,
    /// Too many wrong ones.
    TooMany,
}

impl Tries {
    /// Looks at a typed code; what is to be remembered, and whether the code is taken.
    pub fn look_at(
        self,
        secret: &OneTimeSecret,
        typed: &str,
        now: Moment,
    ) -> (Self, Result<(), CodeRefusal>) {
        let is_over = now.seconds_since(self.wrong_at) > LOCKED_SECONDS;
        let wrong = if is_over { 0 } else { self.wrong };
        if wrong >= TRIES {
            return (self, Err(CodeRefusal::TooMany));
        }
        match secret.step_of(typed, now) {
            None => (Self { wrong: wrong + 1, wrong_at: now, ..self }, Err(CodeRefusal::Wrong)),
            Some(step) if step <= self.last_step => (self, Err(CodeRefusal::Used)),
            Some(step) => (Self { last_step: step, wrong: 0, ..self }, Ok(())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of RFC 6238's test vectors: «12345678901234567890».
    const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    fn secret() -> OneTimeSecret {
        SECRET.parse().unwrap()
    }

    fn at(seconds: i64) -> Moment {
        Moment::from_unix_microseconds(seconds * 1_000_000)
    }

    fn fresh() -> Tries {
        Tries { last_step: 0, wrong: 0, wrong_at: at(0) }
    }

    /// The vectors of RFC 6238, appendix B, for SHA-1; six digits instead of eight.
    #[test]
    fn codes_are_those_of_the_standard() {
        for (seconds, code) in
            [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (2_000_000_000, "279037")]
        {
            assert_eq!(secret().code_at(at(seconds)), code);
        }
        assert_eq!("GEZDGNBV".parse::<OneTimeSecret>().err(), Some(NoSecret), "too short");
        assert_eq!("not base32".parse::<OneTimeSecret>().err(), Some(NoSecret));
        assert_eq!(format!("{:?}", secret()), "OneTimeSecret(…)");
    }

    #[test]
    fn a_code_holds_for_its_half_minute_and_the_ones_beside_it_and_serves_once() {
        let now = at(1_234_567_890);
        let code = |offset: i64| secret().code_at(now.plus_seconds(offset));
        for offset in [-30, 0, 30] {
            assert_eq!(fresh().look_at(&secret(), &code(offset), now).1, Ok(()), "{offset}");
        }
        for offset in [-90, -60, 60, 90] {
            assert_eq!(fresh().look_at(&secret(), &code(offset), now).1, Err(CodeRefusal::Wrong), "{offset}");
        }
        let spaced = format!(" {} {} ", &code(0)[..3], &code(0)[3..]);
        let (tries, taken) = fresh().look_at(&secret(), &spaced, now);
        assert_eq!(taken, Ok(()));
        assert_eq!(tries.look_at(&secret(), &code(0), now), (tries, Err(CodeRefusal::Used)));
        assert_eq!(tries.look_at(&secret(), &code(30), now).1, Ok(()));
    }

    /// Defends: A11
    #[test]
    fn after_five_wrong_codes_not_even_the_right_one_is_looked_at_for_a_quarter_of_an_hour() {
        let now = at(1_234_567_890);
        let right = secret().code_at(now);
        let mut tries = fresh();
        for typed in ["000000", "", "1", "00000000", "abcdef"] {
            let (next, taken) = tries.look_at(&secret(), typed, now);
            assert_eq!(taken, Err(CodeRefusal::Wrong));
            tries = next;
        }
        assert_eq!(tries.look_at(&secret(), &right, now).1, Err(CodeRefusal::TooMany));
        let later = now.plus_seconds(LOCKED_SECONDS + 1);
        assert_eq!(tries.look_at(&secret(), &secret().code_at(later), later).1, Ok(()));
    }

    #[test]
    fn a_sealed_secret_opens_for_its_client_and_under_its_key_only() {
        let (key, other) = (CardKey::new(&[1; 32]), CardKey::new(&[2; 32]));
        let (client, stranger) = ("850612200017".parse().unwrap(), "790304100022".parse().unwrap());
        let column = secret().seal(&key, client, [7; NONCE_LEN]);
        let opened = OneTimeSecret::open(&key, client, &column).unwrap();
        assert_eq!(opened.code_at(at(59)), "287082");
        assert!(OneTimeSecret::open(&key, stranger, &column).is_none());
        assert!(OneTimeSecret::open(&other, client, &column).is_none());
        assert!(OneTimeSecret::open(&key, client, &[]).is_none());
    }
}
