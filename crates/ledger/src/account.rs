//! The accounts money stands on between a citizen's bank and the state (cl. 23–24).

use std::fmt;
use std::str::FromStr;

use terms::Bin;

/// An account of the gateway operator's books.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Account {
    /// An asset: what a bank has taken for state bodies and nobody has claimed yet.
    BankReceivable(Bin),
    /// An asset: what was claimed from a bank and is not reimbursed yet.
    BankClaimed(Bin),
    /// An asset: the operator's settlement account kept at this bank.
    Settlement(Bin),
    /// A liability: what a provider is to be paid.
    ProviderPayable(Bin),
    /// A liability: what is ordered to be paid to a provider and stands on no statement yet.
    PayoutInTransit(Bin),
    /// A liability: what payers of this bank are to get back.
    RefundPayable(Bin),
    /// A liability: money of this bank that is nobody's yet: disputed, paid twice, or without a claim.
    Suspense(Bin),
    /// Income: the operator's fee, owed by this bank under its contract.
    Fees(Bin),
}

impl Account {
    fn parts(self) -> (&'static str, Bin) {
        match self {
            Self::BankReceivable(bin) => ("bank-receivable", bin),
            Self::BankClaimed(bin) => ("bank-claimed", bin),
            Self::Settlement(bin) => ("settlement", bin),
            Self::ProviderPayable(bin) => ("provider-payable", bin),
            Self::PayoutInTransit(bin) => ("payout-in-transit", bin),
            Self::RefundPayable(bin) => ("refund-payable", bin),
            Self::Suspense(bin) => ("suspense", bin),
            Self::Fees(bin) => ("fees", bin),
        }
    }

    /// What kind of account it is: the word before the colon.
    pub fn kind(self) -> &'static str {
        self.parts().0
    }

    /// The bank or the provider it is kept for.
    pub fn holder(self) -> Bin {
        self.parts().1
    }

    /// Whether its balance is what others owe us: debits make it larger.
    pub fn is_asset(self) -> bool {
        matches!(self, Self::BankReceivable(_) | Self::BankClaimed(_) | Self::Settlement(_))
    }
}

impl fmt::Display for Account {
    /// Writes `bank-receivable:500140000017`, the form in columns.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, bin) = self.parts();
        write!(f, "{name}:{bin}")
    }
}

/// The word names no account.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no such account: {0}")]
pub struct NoSuchAccount(String);

impl FromStr for Account {
    type Err = NoSuchAccount;
    fn from_str(s: &str) -> Result<Self, NoSuchAccount> {
        let no_such = || NoSuchAccount(s.to_owned());
        let (name, bin) = s.split_once(':').ok_or_else(no_such)?;
        let bin: Bin = bin.parse().map_err(|_| no_such())?;
        Ok(match name {
            "bank-receivable" => Self::BankReceivable(bin),
            "bank-claimed" => Self::BankClaimed(bin),
            "settlement" => Self::Settlement(bin),
            "provider-payable" => Self::ProviderPayable(bin),
            "payout-in-transit" => Self::PayoutInTransit(bin),
            "refund-payable" => Self::RefundPayable(bin),
            "suspense" => Self::Suspense(bin),
            "fees" => Self::Fees(bin),
            _ => return Err(no_such()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_survives_writing_and_reading() {
        let bin: Bin = "500140000017".parse().unwrap();
        for account in [
            Account::BankReceivable(bin),
            Account::BankClaimed(bin),
            Account::Settlement(bin),
            Account::ProviderPayable(bin),
            Account::PayoutInTransit(bin),
            Account::RefundPayable(bin),
            Account::Suspense(bin),
            Account::Fees(bin),
        ] {
            assert_eq!(account.to_string().parse(), Ok(account));
        }
        for wrong in ["", "fees", "fees:", "fees:1", "Fees:500140000017", "vault:500140000017"] {
            assert!(wrong.parse::<Account>().is_err(), "{wrong:?}");
        }
    }
}
