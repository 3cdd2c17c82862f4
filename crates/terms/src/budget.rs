//! Budget requisites: КБК, КНП, КОд, КБе. Form only; meanings are dictionaries, loaded and versioned elsewhere.

use std::fmt;
use std::str::FromStr;

use crate::NumberError;

macro_rules! digits {
    ($(#[$doc:meta])* $name:ident, $length:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name([u8; $length]);

        impl FromStr for $name {
            type Err = NumberError;
            fn from_str(s: &str) -> Result<Self, NumberError> {
                let octets: [u8; $length] =
                    s.as_bytes().try_into().map_err(|_| NumberError::Length(s.chars().count()))?;
                if octets.iter().all(u8::is_ascii_digit) { Ok(Self(octets)) } else { Err(NumberError::NotDigits) }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(std::str::from_utf8(&self.0).expect("digits are ASCII"))
            }
        }
    };
}

digits! {
    /// КБК: budget classification code of revenue, six digits.
    Kbk, 6
}
digits! {
    /// КНП: code of the payment's purpose, three digits; 911–998 are payments to the budget.
    Knp, 3
}
digits! {
    /// КОд: sender's residence and sector, two digits.
    Kod, 2
}
digits! {
    /// КБе: beneficiary's residence and sector, two digits.
    Kbe, 2
}
