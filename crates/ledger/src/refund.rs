//! Money that two officers granted back to whoever paid it: on what ground, and how far it has come (cl. 24).
//!
//! It goes back by taking back the operation that brought it, and there is no other place that it could go to: neither
//! here nor in what is told to the bank is there room for one. What a grant moves is in [`crate::of_change`].

use std::fmt;
use std::str::FromStr;

use terms::{BankReference, Bin, PaymentCode, ShortText, Tiyn};

use crate::GivenBack;

/// On what ground money goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefundGround {
    /// The payer asked for an unused prepayment, in writing.
    PayerRequest,
    /// It was paid by mistake.
    Erroneous,
    /// It was not used in time.
    Expired,
    /// It came otherwise than ordered, and two officers settled that it goes back.
    Dispute,
}

impl RefundGround {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::PayerRequest, Self::Erroneous, Self::Expired, Self::Dispute];

    /// The name in columns and files.
    pub fn name(self) -> &'static str {
        match self {
            Self::PayerRequest => "payer-request",
            Self::Erroneous => "erroneous",
            Self::Expired => "expired",
            Self::Dispute => "dispute",
        }
    }
}

impl fmt::Display for RefundGround {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The word names no ground.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no such ground of a refund")]
pub struct NoSuchGround;

impl FromStr for RefundGround {
    type Err = NoSuchGround;
    fn from_str(s: &str) -> Result<Self, NoSuchGround> {
        Self::ALL.into_iter().find(|ground| ground.name() == s).ok_or(NoSuchGround)
    }
}

/// A refund of one payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// The payment.
    pub code: PaymentCode,
    /// The bank that took the money.
    pub bank: Bin,
    /// The bank's operation that took it: what is undone.
    pub operation: BankReference,
    /// What the bank said it took.
    pub amount: Tiyn,
    /// On what ground.
    pub ground: RefundGround,
    /// How far it has come.
    pub progress: RefundProgress,
}

/// How far a refund has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefundProgress {
    /// Granted; the bank was not reached yet.
    Granted,
    /// The bank was told, and has not answered: it may have given the money back.
    Asked,
    /// The bank has given it back.
    GivenBack(GivenBack),
    /// The bank would not, for this reason. Two officers settle what becomes of the money.
    Refused(ShortText),
}

impl RefundProgress {
    /// The names, in the order in which a refund goes through them.
    pub const NAMES: [&str; 4] = ["granted", "asked", "given-back", "refused"];

    /// The name in columns and files.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Asked => "asked",
            Self::GivenBack(_) => "given-back",
            Self::Refused(_) => "refused",
        }
    }

    /// Whether the bank's word is awaited.
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Granted | Self::Asked)
    }
}

impl Refund {
    /// The refund after the bank was told without an answer; itself where an answer is known.
    #[must_use]
    pub fn asked(self) -> Self {
        let progress = if self.progress.is_open() { RefundProgress::Asked } else { self.progress };
        Self { progress, ..self }
    }

    /// The refund after the bank's answer; none where it had answered before: its first word counts.
    pub fn answered(self, progress: RefundProgress) -> Option<Self> {
        self.progress.is_open().then_some(Self { progress, ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Defends: A32
    #[test]
    fn the_first_word_of_a_bank_about_a_refund_counts() {
        let refund = Refund {
            code: "7291417776317054".parse().unwrap(),
            bank: "500140000017".parse().unwrap(),
            operation: "R-1".parse().unwrap(),
            amount: Tiyn::tenge(1725),
            ground: RefundGround::Erroneous,
            progress: RefundProgress::Granted,
        };
        let at = "2026-11-22T12:00:00+05:00".parse().unwrap();
        let given = || RefundProgress::GivenBack(GivenBack { reference: None, at });
        let refused = || RefundProgress::Refused("no such operation".parse().unwrap());
        let asked = refund.clone().asked();
        assert_eq!(asked.progress, RefundProgress::Asked);
        for open in [refund, asked] {
            for (first, second) in [(given(), refused()), (refused(), given()), (given(), given())] {
                let answered = open.clone().answered(first.clone()).unwrap();
                assert_eq!(answered.progress, first);
                assert_eq!(
                    answered.clone().asked(),
                    answered,
                    "a late failure of a delivery changes nothing"
                );
                assert_eq!(answered.answered(second), None);
            }
        }
        for ground in RefundGround::ALL {
            assert_eq!(ground.name().parse(), Ok(ground));
        }
    }
}
