//! What is bought and how it is referred to: services, applications, attempts, references.

use std::fmt;
use std::str::FromStr;

use crate::TextError;

macro_rules! reference {
    ($(#[$doc:meta])* $name:ident, $longest:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// The longest, in characters.
            pub const LONGEST: usize = $longest;

            /// The characters themselves.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = TextError;
            fn from_str(s: &str) -> Result<Self, TextError> {
                if s.is_empty() {
                    return Err(TextError::Empty);
                }
                if s.len() > Self::LONGEST {
                    return Err(TextError::TooLong(Self::LONGEST));
                }
                let allowed = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'/' | b'_');
                if s.bytes().all(allowed) { Ok(Self(s.to_owned())) } else { Err(TextError::Reference) }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

reference! {
    /// Code of a state service (код ЭГУ): Latin letters, digits, `-._/`, at most 32.
    ServiceCode, 32
}
reference! {
    /// Номер заявки: made by the portal; ties a prepayment to one order of one service.
    ApplicationNumber, 32
}
reference! {
    /// The bank's own id of the operation (референс транзакции).
    BankReference, 64
}
reference! {
    /// Номер транзакции on the receipt: made by the gateway, one per payment.
    TransactionNumber, 32
}
reference! {
    /// One attempt to charge a card or an account; the same attempt is asked about, never charged anew.
    AttemptId, 40
}
