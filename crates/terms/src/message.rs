//! What names a message, a ticket, a page: identifiers of 128 bits.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use crate::Moment;
use crate::seam::Entropy;

macro_rules! uuid_newtype {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Uuid);

        impl $name {
            /// A fresh identifier, ordered by time (UUID version 7).
            pub fn generate(now: Moment, entropy: &mut dyn Entropy) -> Self {
                let mut chance = [0; 10];
                entropy.fill(&mut chance);
                let milliseconds = u64::try_from(now.unix_milliseconds()).unwrap_or(0);
                Self(uuid::Builder::from_unix_timestamp_millis(milliseconds, &chance).into_uuid())
            }

            /// The sixteen octets.
            pub fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }

            /// From sixteen octets.
            pub fn from_bytes(octets: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(octets))
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(s: &str) -> Result<Self, uuid::Error> {
                Uuid::try_parse(s).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }
    };
}

uuid_newtype! {
    /// Names one message of one signer, for ever. A repeat carries the same one.
    MessageId
}
uuid_newtype! {
    /// A desk's permission to close one payment: ten minutes, single use (table 7, steps 5–15).
    TicketId
}

impl fmt::Debug for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MessageId({})", self.0)
    }
}

impl fmt::Debug for TicketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TicketId(…)")
    }
}

/// A secret of 128 bits that opens one page, written as 32 hexadecimal digits.
///
/// Compare the digest of it, not the token: the store keeps only digests.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct OneTimeToken([u8; 16]);

impl OneTimeToken {
    /// A fresh token.
    pub fn generate(entropy: &mut dyn Entropy) -> Self {
        let mut octets = [0; 16];
        entropy.fill(&mut octets);
        Self(octets)
    }

    /// The sixteen octets.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// The text is not 32 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the token is not 32 hexadecimal digits")]
pub struct NoToken;

impl FromStr for OneTimeToken {
    type Err = NoToken;
    fn from_str(s: &str) -> Result<Self, NoToken> {
        if s.len() != 32 || !s.bytes().all(|octet| octet.is_ascii_hexdigit()) {
            return Err(NoToken);
        }
        let number = u128::from_str_radix(s, 16).map_err(|_| NoToken)?;
        Ok(Self(number.to_be_bytes()))
    }
}

impl fmt::Display for OneTimeToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

impl fmt::Debug for OneTimeToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OneTimeToken(…)")
    }
}

/// The browser that a payment page belongs to: a digest of the secret in its cookie, for this one page.
///
/// It opens nothing by itself: who knows the digest does not know the secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BrowserDigest([u8; 32]);

impl BrowserDigest {
    /// From the 32 octets of the digest.
    pub const fn from_bytes(octets: [u8; 32]) -> Self {
        Self(octets)
    }

    /// The 32 octets.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// The text is not 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the digest is not 64 hexadecimal digits")]
pub struct NoDigest;

impl FromStr for BrowserDigest {
    type Err = NoDigest;
    fn from_str(s: &str) -> Result<Self, NoDigest> {
        let mut octets = [0; 32];
        let digits = s.as_bytes();
        if digits.len() != 2 * octets.len() || !digits.iter().all(u8::is_ascii_hexdigit) {
            return Err(NoDigest);
        }
        for (octet, pair) in octets.iter_mut().zip(digits.chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| NoDigest)?;
            *octet = u8::from_str_radix(pair, 16).map_err(|_| NoDigest)?;
        }
        Ok(Self(octets))
    }
}

impl fmt::Display for BrowserDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}
