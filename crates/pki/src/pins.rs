//! Pinned keys: which keys an organisation's certificates may have, beyond what the national CA certifies for it.
//!
//! Lives here: the pins of organisations, the text they are kept in, and whether a certificate's key is among them now.
//! Who keeps that text, and in which order a key is renewed, is the owner's of the registry of participants.
//! Source: threat A26: a certificate that the national CA was made to issue for another's key.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest::{SHA256, digest};
use terms::{Bin, Moment};

use crate::certificate::Certificate;
use crate::suite::PublicKey;
use crate::trust::Purpose;

/// The most pins of one organisation: two keys of each of its machines, and room for their successors.
pub const MAX_PINS: usize = 64;
/// The longest text of pins that is read, in octets.
pub const MAX_PINS_OCTETS: usize = 64 * 1024;

/// A key by the SHA-256 of its SubjectPublicKeyInfo, and when it may be used. Written as the digest in hexadecimal digits
/// and the two moments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pin {
    /// SHA-256 of the key's SubjectPublicKeyInfo in DER.
    pub key: [u8; 32],
    /// The first moment at which the key may be used.
    pub from: Moment,
    /// The last one.
    pub until: Moment,
}

impl Pin {
    /// A pin of a certificate's key, for as long as the certificate lives.
    pub fn of(certificate: &Certificate) -> Self {
        let (from, until) = (certificate.not_before(), certificate.not_after());
        Self { key: pinned_form(certificate.public_key()), from, until }
    }
}

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.key.iter().try_for_each(|octet| write!(f, "{octet:02x}"))?;
        write!(f, " {} {}", self.from, self.until)
    }
}

/// Why a line or a text holds no pins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PinError {
    /// Not a digest of 64 hexadecimal digits and two moments.
    #[error("a pin is a SHA-256 in 64 hexadecimal digits, the moment it begins and the moment it ends")]
    Form,
    /// It ends before it begins.
    #[error("a pin ends before it begins")]
    Order,
    /// A text without any pin would refuse every key.
    #[error("there is no pin")]
    Empty,
    /// More than [`MAX_PINS`] pins, or [`MAX_PINS_OCTETS`] octets.
    #[error("more than {MAX_PINS} pins, or {MAX_PINS_OCTETS} octets")]
    TooMany,
}

impl FromStr for Pin {
    type Err = PinError;

    fn from_str(s: &str) -> Result<Self, PinError> {
        let mut words = s.split_ascii_whitespace();
        let (Some(digits), Some(from), Some(until), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(PinError::Form);
        };
        let moment = |text: &str| text.parse::<Moment>().map_err(|_| PinError::Form);
        let pin =
            Self { key: key_of(digits).ok_or(PinError::Form)?, from: moment(from)?, until: moment(until)? };
        if pin.until < pin.from { Err(PinError::Order) } else { Ok(pin) }
    }
}

fn key_of(digits: &str) -> Option<[u8; 32]> {
    let mut key = [0; 32];
    if digits.len() != 2 * key.len() || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    for (octet, pair) in key.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
        *octet = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(key)
}

/// Reads the pins of one organisation: one a line; empty lines and those that begin with # say nothing.
///
/// # Errors
/// [`PinError`]: where one line is wrong none counts.
pub fn pins_of_text(text: &str) -> Result<Vec<Pin>, PinError> {
    if text.len() > MAX_PINS_OCTETS {
        return Err(PinError::TooMany);
    }
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let pins = lines.map(str::parse).collect::<Result<Vec<Pin>, _>>()?;
    match pins.len() {
        0 => Err(PinError::Empty),
        1..=MAX_PINS => Ok(pins),
        _ => Err(PinError::TooMany),
    }
}

/// The pins of organisations. One that is not in it may use any key that the national CA certifies.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pins(HashMap<Bin, Vec<Pin>>);

impl Pins {
    /// Allows an organisation these keys and no others.
    pub fn pin(&mut self, organisation: Bin, pins: Vec<Pin>) {
        self.0.insert(organisation, pins);
    }

    /// Whether the key of a certificate may be used so at a moment. What persons use their own keys for is not asked.
    pub(crate) fn allow(&self, certificate: &Certificate, purpose: Purpose, at: Moment) -> bool {
        if matches!(purpose, Purpose::PersonAuthentication | Purpose::PersonSigning) || self.0.is_empty() {
            return true;
        }
        let organisation = certificate.subject().organisation.and_then(|bin| bin.checked().ok());
        organisation.and_then(|bin| self.0.get(&bin)).is_none_or(|pins| {
            let key = pinned_form(certificate.public_key());
            pins.iter().any(|pin| pin.key == key && pin.from <= at && at <= pin.until)
        })
    }
}

fn pinned_form(key: &PublicKey) -> [u8; 32] {
    let mut sha256 = [0; 32];
    sha256.copy_from_slice(digest(&SHA256, key.spki_der()).as_ref());
    sha256
}
