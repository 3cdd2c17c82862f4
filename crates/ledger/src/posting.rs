//! A posting: one amount, from one account to another, for one reason, once.

use std::fmt;
use std::str::FromStr;

use terms::{BankReference, BankingDay, Bin, Moment, PaymentCode, Tiyn};

use crate::Account;

/// One amount that was moved between two accounts. It is balanced because it cannot be otherwise.
///
/// What has several sums, such as a claim with its fee, is several postings about one subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    /// Why; with [`Posting::about`] it names the posting for ever: a second one of the same name is the same one.
    pub kind: PostingKind,
    /// What it is about.
    pub about: Subject,
    /// Where the amount went to.
    pub debit: Account,
    /// Where it came from.
    pub credit: Account,
    /// How much; never nothing.
    pub amount: Tiyn,
    /// The banking day of the fact, by the word of whoever vouched for it.
    pub day: BankingDay,
    /// When the gateway learnt of it. A posting whose day is an earlier one is late.
    pub at: Moment,
}

impl Posting {
    /// Whether both say the same, whenever the gateway learnt of it.
    pub fn says_the_same(&self, other: &Self) -> bool {
        *self == Self { at: self.at, ..other.clone() }
    }

    /// Whether the gateway learnt of it on a later banking day than that of the fact.
    pub fn is_late(&self) -> bool {
        self.at.banking_day() > self.day
    }
}

/// Why an amount was moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PostingKind {
    /// A payment as ordered: the bank owes it to us, and we to the provider.
    Payment,
    /// Money that came otherwise than ordered.
    Dispute,
    /// A second sum under one code.
    Surplus,
    /// Two officers took disputed money for the service after all.
    Accept,
    /// The bank took a payment back.
    Reversal,
    /// Two officers granted the payer the money back.
    RefundGrant,
    /// The bank gave it back.
    Refund,
    /// The bank would not give it back: the grant is undone.
    RefundWithdrawn,
    /// Claimed from the bank.
    Claim,
    /// The operator's fee, claimed with it.
    Fee,
    /// The bank reimbursed a claim.
    Reimbursement,
    /// The bank paid more than was claimed.
    Overpaid,
    /// A provider is to be paid.
    PayoutOrder,
    /// A provider was paid.
    Payout,
}

impl PostingKind {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Payment,
        Self::Dispute,
        Self::Surplus,
        Self::Accept,
        Self::Reversal,
        Self::RefundGrant,
        Self::Refund,
        Self::RefundWithdrawn,
        Self::Claim,
        Self::Fee,
        Self::Reimbursement,
        Self::Overpaid,
        Self::PayoutOrder,
        Self::Payout,
    ];

    /// Whether rows of registers are of this kind: those about payments are, those about claims and payouts are not.
    pub fn is_of_register(self) -> bool {
        match self {
            Self::Payment
            | Self::Dispute
            | Self::Surplus
            | Self::Accept
            | Self::Reversal
            | Self::RefundGrant
            | Self::Refund
            | Self::RefundWithdrawn => true,
            Self::Claim
            | Self::Fee
            | Self::Reimbursement
            | Self::Overpaid
            | Self::PayoutOrder
            | Self::Payout => false,
        }
    }

    /// Whether a row of a register of this kind takes away from it instead of adding to it.
    pub fn takes_away(self) -> bool {
        matches!(self, Self::Reversal | Self::RefundGrant | Self::Refund)
    }

    /// The name in columns and files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Payment => "payment",
            Self::Dispute => "dispute",
            Self::Surplus => "surplus",
            Self::Accept => "accept",
            Self::Reversal => "reversal",
            Self::RefundGrant => "refund-grant",
            Self::Refund => "refund",
            Self::RefundWithdrawn => "refund-withdrawn",
            Self::Claim => "claim",
            Self::Fee => "fee",
            Self::Reimbursement => "reimbursement",
            Self::Overpaid => "overpaid",
            Self::PayoutOrder => "payout-order",
            Self::Payout => "payout",
        }
    }
}

impl fmt::Display for PostingKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The word names no kind of posting.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no such kind of posting: {0}")]
pub struct NoSuchKind(String);

impl FromStr for PostingKind {
    type Err = NoSuchKind;
    fn from_str(s: &str) -> Result<Self, NoSuchKind> {
        Self::ALL.into_iter().find(|kind| kind.name() == s).ok_or_else(|| NoSuchKind(s.to_owned()))
    }
}

/// What a posting is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    /// The payment under a code.
    Payment(PaymentCode),
    /// The same after the bank has refused so many times to give its money back: what happens to it from then on.
    AfterRefusal(PaymentCode, u32),
    /// One operation of a bank under a code, where it is not the one that made the code paid. Two banks may use the same
    /// reference.
    Operation(PaymentCode, Bin, BankReference),
    /// A claim, payout, refund or entry of a statement, by its number.
    Document(DocumentNumber),
}

impl Subject {
    /// The payment code, where it is about one.
    pub fn code(&self) -> Option<PaymentCode> {
        match self {
            Self::Payment(code) | Self::AfterRefusal(code, _) | Self::Operation(code, ..) => Some(*code),
            Self::Document(_) => None,
        }
    }
}

impl fmt::Display for Subject {
    /// Writes the form that is unique within a kind.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Payment(code) => write!(f, "code:{}", code.digits()),
            Self::AfterRefusal(code, times) => write!(f, "refusal:{}:{times}", code.digits()),
            Self::Operation(code, bank, reference) => {
                write!(f, "operation:{}:{bank}:{reference}", code.digits())
            }
            Self::Document(number) => write!(f, "document:{number}"),
        }
    }
}

/// The words name no subject of a posting.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no subject of a posting: {0}")]
pub struct NoSubject(String);

impl FromStr for Subject {
    type Err = NoSubject;
    fn from_str(s: &str) -> Result<Self, NoSubject> {
        let no_subject = || NoSubject(s.to_owned());
        let (word, rest) = s.split_once(':').ok_or_else(no_subject)?;
        match word {
            "code" => rest.parse().map(Self::Payment).map_err(|_| no_subject()),
            "refusal" => {
                let (code, times) = rest.split_once(':').ok_or_else(no_subject)?;
                let code = code.parse().map_err(|_| no_subject())?;
                Ok(Self::AfterRefusal(code, times.parse().map_err(|_| no_subject())?))
            }
            "operation" => {
                let mut parts = rest.splitn(3, ':');
                let (Some(code), Some(bank), Some(reference)) = (parts.next(), parts.next(), parts.next())
                else {
                    return Err(no_subject());
                };
                let code = code.parse().map_err(|_| no_subject())?;
                let bank = bank.parse().map_err(|_| no_subject())?;
                Ok(Self::Operation(code, bank, reference.parse().map_err(|_| no_subject())?))
            }
            "document" => rest.parse().map(Self::Document).map_err(|_| no_subject()),
            _ => Err(no_subject()),
        }
    }
}

/// The number of a claim, a payout, a refund, or an entry of a statement.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DocumentNumber(String);

/// The text is no number of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a document's number has 1 to {} letters, digits, or `-._/:`", DocumentNumber::LONGEST)]
pub struct NoDocumentNumber;

impl DocumentNumber {
    /// The longest one, in characters.
    pub const LONGEST: usize = 80;

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for DocumentNumber {
    type Err = NoDocumentNumber;
    fn from_str(s: &str) -> Result<Self, NoDocumentNumber> {
        let allowed = |octet: u8| octet.is_ascii_alphanumeric() || b"-._/:".contains(&octet);
        if s.is_empty() || s.len() > Self::LONGEST || !s.bytes().all(allowed) {
            return Err(NoDocumentNumber);
        }
        Ok(Self(s.to_owned()))
    }
}

impl fmt::Display for DocumentNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_and_subjects_survive_writing_and_reading() {
        for kind in PostingKind::ALL {
            assert_eq!(kind.to_string().parse(), Ok(kind));
        }
        let code: PaymentCode = "7291417776317054".parse().unwrap();
        for subject in [
            Subject::Payment(code),
            Subject::AfterRefusal(code, 2),
            Subject::Operation(
                code,
                "500140000017".parse().unwrap(),
                "DEMO-20261122-000417".parse().unwrap(),
            ),
            Subject::Document("C-000017-20261122-01".parse().unwrap()),
        ] {
            assert_eq!(subject.to_string().parse(), Ok(subject));
        }
        for wrong in [
            "",
            "code",
            "code:1",
            "operation:7291417776317054",
            "operation:7291417776317054:R-1",
            "refusal:7291417776317054",
            "refusal:7291417776317054:once",
            "document:",
            "vault:1",
        ] {
            assert!(wrong.parse::<Subject>().is_err(), "{wrong:?}");
        }
    }
}
