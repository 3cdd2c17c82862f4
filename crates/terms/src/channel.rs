//! The five ways to pay (cl. 7).

use std::fmt;
use std::str::FromStr;

/// A way to pay. Exactly the five of clause 7.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Channel {
    /// Internet acquiring: a card on the gateway's page (cl. 7(1), table 1).
    Card,
    /// A bank account, on the gateway's page (cl. 7(2), table 2).
    BankAccount,
    /// Internet or mobile banking (cl. 7(3), table 3).
    InternetBank,
    /// An ATM (cl. 7(4), table 4).
    Atm,
    /// Cash at a kiosk (cl. 7(5), table 5).
    Kiosk,
}

impl Channel {
    /// All five, in the order of the clause.
    pub const ALL: [Self; 5] = [Self::Card, Self::BankAccount, Self::InternetBank, Self::Atm, Self::Kiosk];

    /// The name in messages and columns.
    pub fn name(self) -> &'static str {
        match self {
            Self::Card => "card",
            Self::BankAccount => "bankAccount",
            Self::InternetBank => "internetBank",
            Self::Atm => "atm",
            Self::Kiosk => "kiosk",
        }
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The word names none of the five ways to pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no such way to pay")]
pub struct NoSuchChannel;

impl FromStr for Channel {
    type Err = NoSuchChannel;
    fn from_str(s: &str) -> Result<Self, NoSuchChannel> {
        Self::ALL.into_iter().find(|channel| channel.name() == s).ok_or(NoSuchChannel)
    }
}
