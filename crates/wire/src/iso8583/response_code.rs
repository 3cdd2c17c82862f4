//! DE 39: what the bank's processing answered, in two characters.

use std::fmt;
use std::str::FromStr;

use crate::framework::{Facet, exactly, simple};

/// Two characters of DE 39.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ResponseCode([u8; 2]);

/// The text is not two Latin capitals or digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a response code has two Latin capitals or digits")]
pub struct NoResponseCode;

impl ResponseCode {
    /// Approved.
    pub const APPROVED: Self = Self(*b"00");
    /// Refused without a reason.
    pub const DO_NOT_HONOUR: Self = Self(*b"05");
    /// No such card.
    pub const INVALID_CARD: Self = Self(*b"14");
    /// The operation to reverse is not known.
    pub const NO_SUCH_RECORD: Self = Self(*b"25");
    /// The message cannot be understood.
    pub const FORMAT_ERROR: Self = Self(*b"30");
    /// Lost card.
    pub const LOST_CARD: Self = Self(*b"41");
    /// Stolen card.
    pub const STOLEN_CARD: Self = Self(*b"43");
    /// Not enough money.
    pub const INSUFFICIENT_FUNDS: Self = Self(*b"51");
    /// Expired card.
    pub const EXPIRED_CARD: Self = Self(*b"54");
    /// Wrong PIN.
    pub const WRONG_PIN: Self = Self(*b"55");
    /// Suspected fraud.
    pub const SUSPECTED_FRAUD: Self = Self(*b"59");
    /// Too many wrong PINs.
    pub const PIN_TRIES_EXCEEDED: Self = Self(*b"75");
    /// Wrong CVC2.
    pub const WRONG_CVC2: Self = Self(*b"82");
    /// The issuer does not answer.
    pub const ISSUER_UNAVAILABLE: Self = Self(*b"91");
    /// The same operation was sent before.
    pub const DUPLICATE: Self = Self(*b"94");
    /// The processing system failed.
    pub const SYSTEM_MALFUNCTION: Self = Self(*b"96");

    /// Whether the money is authorised.
    pub fn is_approved(self) -> bool {
        self == Self::APPROVED
    }

    /// The two characters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("a response code is ASCII")
    }
}

impl FromStr for ResponseCode {
    type Err = NoResponseCode;
    fn from_str(s: &str) -> Result<Self, NoResponseCode> {
        let octets: [u8; 2] = s.as_bytes().try_into().map_err(|_| NoResponseCode)?;
        let has_form = octets.iter().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
        if has_form { Ok(Self(octets)) } else { Err(NoResponseCode) }
    }
}

impl fmt::Display for ResponseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

simple! {
    /// The two characters of DE 39 of ISO 8583; 00 is approved.
    ResponseCode as "ResponseCode": "string" [Facet::Pattern("[0-9A-Z]{2}")]
        read exactly, write ResponseCode::to_string;
}
