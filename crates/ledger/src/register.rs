//! The row that every register, report and file of payments is made of (cl. 10), and the totals over rows.
//!
//! The columns begin with the fields of the receipt (T1.28) in their order and are the same in every format; they live
//! in [`Column`]. Which octets a register becomes is the affair of `wire` (XML) and `files` (everything else).

mod column;
mod head;
pub mod intake;
pub mod sample;

use std::fmt;
use std::str::FromStr;

pub use column::{Column, ColumnKind, NoSuchColumn, Value};
pub use head::Head;

use terms::{BankingDay, Bin, Moment, PaymentCode, Requisites, Tiyn, TransactionNumber, tenge};

use crate::PostingKind;

/// Whose payments a register lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Party {
    /// All that is rendered by one provider.
    Provider(Bin),
    /// All that was paid at one bank.
    Bank(Bin),
}

impl Party {
    /// Its number.
    pub fn bin(self) -> Bin {
        match self {
            Self::Provider(bin) | Self::Bank(bin) => bin,
        }
    }
}

impl fmt::Display for Party {
    /// Writes `bank:500140000017`, the form in columns.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Provider(bin) => write!(f, "provider:{bin}"),
            Self::Bank(bin) => write!(f, "bank:{bin}"),
        }
    }
}

/// The text names no party.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a party is written as bank:BIN or provider:BIN")]
pub struct NoSuchParty;

impl FromStr for Party {
    type Err = NoSuchParty;
    fn from_str(s: &str) -> Result<Self, NoSuchParty> {
        let (kind, bin) = s.split_once(':').ok_or(NoSuchParty)?;
        let bin = bin.parse().map_err(|_| NoSuchParty)?;
        match kind {
            "bank" => Ok(Self::Bank(bin)),
            "provider" => Ok(Self::Provider(bin)),
            _ => Err(NoSuchParty),
        }
    }
}

/// One row: one posting of a payment with everything known of that payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The place of the posting in the books: rows of a register stand in this order.
    pub posting: u64,
    /// What happened: a payment, or the money of one taken back, granted back, accepted, suspended.
    pub kind: PostingKind,
    /// The banking day of the fact.
    pub day: BankingDay,
    /// When the gateway learnt of it.
    pub at: Moment,
    /// How much was moved.
    pub amount: Tiyn,
    /// The payment code.
    pub code: PaymentCode,
    /// The portal's order, where there is one.
    pub application: Option<terms::ApplicationNumber>,
    /// The gateway's number of the transaction.
    pub transaction: TransactionNumber,
    /// The bank that vouched.
    pub bank: Bin,
    /// All requisites, as the bank signed them.
    pub requisites: Requisites,
}

impl Row {
    /// Whether the row takes away from its register instead of adding to it.
    pub fn is_deduction(&self) -> bool {
        self.kind.takes_away()
    }

    /// What the row adds to its register, in tiyn; negative where it takes away.
    pub fn signed(&self) -> i64 {
        if self.is_deduction() { -self.amount.as_i64() } else { self.amount.as_i64() }
    }

    /// Whether the gateway learnt of it on a later banking day than that of the fact.
    pub fn is_late(&self) -> bool {
        self.at.banking_day() > self.day
    }
}

/// Sums over rows, in tiyn; wide enough for whatever a country pays in a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// How many rows add.
    pub additions: u64,
    /// What they come to.
    pub added: u64,
    /// How many rows take away.
    pub deductions: u64,
    /// What they come to.
    pub deducted: u64,
}

impl Totals {
    /// Counts one row more.
    pub fn count(&mut self, row: &Row) {
        self.count_sum(row.is_deduction(), row.amount);
    }

    /// Counts one sum more.
    pub fn count_sum(&mut self, is_deduction: bool, amount: Tiyn) {
        if is_deduction {
            self.deductions += 1;
            self.deducted += amount.as_u64();
        } else {
            self.additions += 1;
            self.added += amount.as_u64();
        }
    }

    /// Both sums together.
    pub fn plus(self, other: Self) -> Self {
        Self {
            additions: self.additions + other.additions,
            added: self.added + other.added,
            deductions: self.deductions + other.deductions,
            deducted: self.deducted + other.deducted,
        }
    }

    /// What is left after the deductions; negative where they are more.
    pub fn net(&self) -> i128 {
        i128::from(self.added) - i128::from(self.deducted)
    }

    /// How many rows there are.
    pub fn rows(&self) -> u64 {
        self.additions + self.deductions
    }
}

impl fmt::Display for Totals {
    /// Writes `3: 5175.00, less 1: 1725.00`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {}, less {}: {}",
            self.additions,
            tenge(self.added),
            self.deductions,
            tenge(self.deducted)
        )
    }
}
