//! The key that an ATM shares with the processing system, and the card token made under it.
//!
//! PIN blocks of ISO 8583 are made by `wire` under the same key. A *card token* is a card number with its
//! PIN, encrypted, so that the terminals' JSON carries neither in clear. Random octets are handed in.
//! Source: table 4 steps 1–3; the token is ours.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::hkdf;
use terms::Entropy;
use wire::iso8583::{Pan, Pin, ZoneKey};
use zeroize::{Zeroize, Zeroizing};

const KEY: usize = 16;
const NONCE: usize = 12;
const TAG: usize = 16;
/// The most octets of card number, separator and PIN.
const CONTENT: usize = 19 + 1 + 12;
/// The most hexadecimal digits of a card token.
pub const TOKEN_LONGEST: usize = 2 * (NONCE + CONTENT + TAG);

/// The AES key shared by a terminal's PIN pad and the processing system: 128 bits.
#[derive(Clone)]
pub struct TerminalKey(Zeroizing<[u8; KEY]>);

/// What is wrong with a token or a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not 32 hexadecimal digits.
    #[error("a zone key has 32 hexadecimal digits")]
    Key,
    /// The token does not open under this key.
    #[error("the card token does not open")]
    Token,
}

impl FromStr for TerminalKey {
    type Err = TokenError;
    fn from_str(s: &str) -> Result<Self, TokenError> {
        let octets = Zeroizing::new(hex::decode(s).map_err(|_| TokenError::Key)?);
        let octets: [u8; KEY] = octets.as_slice().try_into().map_err(|_| TokenError::Key)?;
        Ok(Self(Zeroizing::new(octets)))
    }
}

impl fmt::Debug for TerminalKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TerminalKey(…)")
    }
}

impl TerminalKey {
    /// The key for PIN blocks.
    pub fn zone(&self) -> ZoneKey {
        ZoneKey::new(*self.0)
    }

    /// The key of tokens is derived, so that no key serves two ciphers.
    fn token_key(&self) -> LessSafeKey {
        struct Length;
        impl hkdf::KeyType for Length {
            fn len(&self) -> usize {
                KEY
            }
        }
        let mut octets = Zeroizing::new([0; KEY]);
        hkdf::Salt::new(hkdf::HKDF_SHA256, b"tolem card token 1")
            .extract(self.0.as_slice())
            .expand(&[], Length)
            .and_then(|key| key.fill(octets.as_mut_slice()))
            .expect("one block of output");
        LessSafeKey::new(
            UnboundKey::new(&AES_128_GCM, octets.as_slice()).expect("the length fits the algorithm"),
        )
    }

    /// Encrypts a card number with its PIN as a token in hexadecimal digits.
    pub fn seal(&self, pan: &Pan, pin: &Pin, entropy: &mut dyn Entropy) -> String {
        let mut nonce = [0; NONCE];
        entropy.fill(&mut nonce);
        let mut octets = Vec::with_capacity(CONTENT + TAG);
        octets.extend_from_slice(pan.expose().as_bytes());
        octets.push(b'/');
        octets.extend_from_slice(pin.expose().as_bytes());
        let counted = Nonce::assume_unique_for_key(nonce);
        self.token_key()
            .seal_in_place_append_tag(counted, Aad::empty(), &mut octets)
            .expect("the content is short");
        hex::encode([nonce.as_slice(), &octets].concat())
    }

    /// Opens a card token.
    ///
    /// # Errors
    /// [`TokenError::Token`] where it was not made under this key.
    pub fn open(&self, token: &str) -> Result<(Pan, Pin), TokenError> {
        if token.len() > TOKEN_LONGEST {
            return Err(TokenError::Token);
        }
        let octets = hex::decode(token).map_err(|_| TokenError::Token)?;
        let (nonce, sealed) = octets.split_at_checked(NONCE).ok_or(TokenError::Token)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| TokenError::Token)?;
        let mut sealed = Zeroizing::new(sealed.to_vec());
        let opened = self
            .token_key()
            .open_in_place(nonce, Aad::empty(), &mut sealed)
            .map_err(|_| TokenError::Token)?;
        let parts = std::str::from_utf8(opened).ok().and_then(|text| text.split_once('/'));
        let card = parts.and_then(|(pan, pin)| Some((pan.parse().ok()?, pin.parse().ok()?)));
        opened.zeroize();
        card.ok_or(TokenError::Token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Nines;

    impl Entropy for Nines {
        fn fill(&mut self, buffer: &mut [u8]) {
            buffer.fill(9);
        }
    }

    /// Defends: A17
    #[test]
    fn a_card_token_hides_number_and_pin_and_opens_under_its_key_only() {
        let key: TerminalKey = "000102030405060708090a0b0c0d0e0f".parse().unwrap();
        let other: TerminalKey = "ff".repeat(16).parse().unwrap();
        let (pan, pin): (Pan, Pin) = ("4242424242424242".parse().ok().unwrap(), "1234".parse().ok().unwrap());
        let token = key.seal(&pan, &pin, &mut Nines);
        assert!(token.len() <= TOKEN_LONGEST && !token.contains(&hex::encode("4242")));
        let (opened_pan, opened_pin) = key.open(&token).unwrap();
        assert!(opened_pan.expose() == pan.expose() && opened_pin.expose() == pin.expose());
        let altered = format!("{}00", &token[..token.len() - 2]);
        for wrong in ["", "zz", &altered, &"0".repeat(1000)] {
            assert!(key.open(wrong).is_err(), "{wrong}");
        }
        assert!(other.open(&token).is_err());
        assert_eq!(format!("{key:?}"), "TerminalKey(…)");
    }
}
