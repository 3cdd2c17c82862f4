//! The closing of a banking day as a document: what stands in the XML that the gateway operator signs.
//!
//! What has to agree is settled in `ledger`; the signature is enveloped and made in `xml::dsig`. `tolem day verify` adds up
//! the document again from the very octets that were signed. The form is ours.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use ledger::register::Totals;
use ledger::{BankSums, Closing, OpenItem, OpenReason, Owed, ProviderSums};
use terms::{BankingDay, Bin, Moment, Tiyn};
use xml::{Element, FieldError, FromElement, ToElement, Writer};

use crate::common::{Count, Reason};
use crate::framework::{COMMON, ComplexType, Facet, Field, Type, exactly, record, sample, simple, words};

/// The name of the document's root element.
pub const ELEMENT: &str = "DayClosing";
/// The most banks or providers of a day.
pub const MOST_PARTIES: usize = 10_000;
/// The most open sums that are listed; their number and total count all.
pub const MOST_OPEN: usize = 10_000;
/// The most disagreements that are told.
pub const MOST_DISAGREEMENTS: usize = 1_000;

/// A number of rows, or a place in the books.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Whole(pub u64);

impl FromStr for Whole {
    type Err = std::num::ParseIntError;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        s.parse().map(Self)
    }
}

impl fmt::Display for Whole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A sum over amounts, in tiyn; it may be more than one amount can.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sum(pub u64);

/// The text is no sum in tenge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a sum has digits, a point and two digits")]
pub struct NoSum;

impl FromStr for Sum {
    type Err = NoSum;
    fn from_str(s: &str) -> Result<Self, NoSum> {
        let (tenge, tiyn) = s.split_once('.').ok_or(NoSum)?;
        let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit());
        if tiyn.len() != 2 || !is_digits(tenge) || !is_digits(tiyn) {
            return Err(NoSum);
        }
        format!("{tenge}{tiyn}").parse().map(Self).map_err(|_| NoSum)
    }
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&terms::tenge(self.0))
    }
}

simple! {
    /// A number of rows, or a place in the books.
    Whole as "Whole": "nonNegativeInteger" [Facet::MaxInclusive(u64::MAX)]
        read exactly, write Whole::to_string;
    /// A sum over amounts in tenge.
    Sum as "Sum": "string" [Facet::Pattern("[0-9]{1,18}\\.[0-9]{2}")]
        read exactly, write Sum::to_string;
}

words! {
    /// Why a sum is open at the end of a day.
    pub enum OpenWord {
        /// Money came otherwise than ordered, and two officers have to settle it.
        Disputed = "disputed",
        /// Money that is nobody's: a second sum under one code.
        Surplus = "surplus",
        /// Money came on a statement and names no claim.
        Unclaimed = "unclaimed",
        /// Money came for a claim that had been paid before.
        ClaimRepeated = "claim-repeated",
        /// More money came for a claim than was open of it.
        ClaimOverpaid = "claim-overpaid",
        /// A bank has not said whether it took the money.
        Unknown = "unknown",
        /// No claim could take it yet.
        Carried = "carried",
        /// The bank has not answered the claim.
        ClaimUnanswered = "claim-unanswered",
        /// The bank will not pay all of the claim.
        ClaimContested = "claim-contested",
        /// The claim is accepted and not paid yet.
        ClaimUnpaid = "claim-unpaid",
        /// The claim should have been paid before.
        ClaimOverdue = "claim-overdue",
        /// Granted to the payer, and not given back by the bank yet.
        RefundUnpaid = "refund-unpaid",
        /// The bank would not pay the provider.
        PayoutRefused = "payout-refused",
        /// The payout stands on no statement yet.
        PayoutUnconfirmed = "payout-unconfirmed",
        /// More of a provider's payments went back after they were paid out than it is due since.
        ProviderOverpaid = "provider-overpaid",
        /// A statement or a register says otherwise, and nobody has settled it.
        Difference = "difference",
        /// The bank gave no statement for this closing.
        NoStatement = "no-statement",
    }
}

words! {
    /// Who owes an open sum to whom.
    pub enum OwedWord {
        /// A bank owes it to the gateway's operator.
        ByBank = "by-bank",
        /// The operator owes it to a bank.
        ToBank = "to-bank",
        /// The operator owes it to a provider.
        ToProvider = "to-provider",
        /// A provider owes it to the operator.
        ByProvider = "by-provider",
        /// The operator owes it to a payer, whose bank gives it back.
        ToPayer = "to-payer",
        /// It came, and whose it is has to be settled.
        Suspense = "suspense",
        /// It is not known yet whether anything is owed.
        Unknown = "unknown",
    }
}

impl OwedWord {
    fn of(owed: Owed) -> Self {
        match owed {
            Owed::ByBank => Self::ByBank,
            Owed::ToBank => Self::ToBank,
            Owed::ToProvider => Self::ToProvider,
            Owed::ByProvider => Self::ByProvider,
            Owed::ToPayer => Self::ToPayer,
            Owed::Suspense => Self::Suspense,
            Owed::Unknown => Self::Unknown,
        }
    }

    fn owed(self) -> Owed {
        match self {
            Self::ByBank => Owed::ByBank,
            Self::ToBank => Owed::ToBank,
            Self::ToProvider => Owed::ToProvider,
            Self::ByProvider => Owed::ByProvider,
            Self::ToPayer => Owed::ToPayer,
            Self::Suspense => Owed::Suspense,
            Self::Unknown => Owed::Unknown,
        }
    }
}

impl OpenWord {
    fn of(reason: OpenReason) -> Self {
        match reason {
            OpenReason::Disputed => Self::Disputed,
            OpenReason::Surplus => Self::Surplus,
            OpenReason::Unclaimed => Self::Unclaimed,
            OpenReason::ClaimRepeated => Self::ClaimRepeated,
            OpenReason::ClaimOverpaid => Self::ClaimOverpaid,
            OpenReason::Unknown => Self::Unknown,
            OpenReason::Carried => Self::Carried,
            OpenReason::ClaimUnanswered => Self::ClaimUnanswered,
            OpenReason::ClaimContested => Self::ClaimContested,
            OpenReason::ClaimUnpaid => Self::ClaimUnpaid,
            OpenReason::ClaimOverdue => Self::ClaimOverdue,
            OpenReason::RefundUnpaid => Self::RefundUnpaid,
            OpenReason::PayoutRefused => Self::PayoutRefused,
            OpenReason::PayoutUnconfirmed => Self::PayoutUnconfirmed,
            OpenReason::ProviderOverpaid => Self::ProviderOverpaid,
            OpenReason::Difference => Self::Difference,
            OpenReason::NoStatement => Self::NoStatement,
        }
    }

    fn reason(self) -> OpenReason {
        match self {
            Self::Disputed => OpenReason::Disputed,
            Self::Surplus => OpenReason::Surplus,
            Self::Unclaimed => OpenReason::Unclaimed,
            Self::ClaimRepeated => OpenReason::ClaimRepeated,
            Self::ClaimOverpaid => OpenReason::ClaimOverpaid,
            Self::Unknown => OpenReason::Unknown,
            Self::Carried => OpenReason::Carried,
            Self::ClaimUnanswered => OpenReason::ClaimUnanswered,
            Self::ClaimContested => OpenReason::ClaimContested,
            Self::ClaimUnpaid => OpenReason::ClaimUnpaid,
            Self::ClaimOverdue => OpenReason::ClaimOverdue,
            Self::RefundUnpaid => OpenReason::RefundUnpaid,
            Self::PayoutRefused => OpenReason::PayoutRefused,
            Self::PayoutUnconfirmed => OpenReason::PayoutUnconfirmed,
            Self::ProviderOverpaid => OpenReason::ProviderOverpaid,
            Self::Difference => OpenReason::Difference,
            Self::NoStatement => OpenReason::NoStatement,
        }
    }
}

record! {
    /// What adds to a sum, and what is taken off it.
    pub struct DayTotals {
        /// How many rows add.
        required additions: Whole as "additions",
        /// What they come to.
        required added: Sum as "added",
        /// How many rows take away.
        required deductions: Whole as "deductions",
        /// What they come to.
        required deducted: Sum as "deducted",
    }
}

record! {
    /// The four sums of a bank's day.
    pub struct BankDay {
        /// The bank.
        required bank: Bin as "bank",
        /// As its signed notices and reversals say.
        required notices: DayTotals as "notices",
        /// As posted in the journal.
        required journal: DayTotals as "journal",
        /// As its register says, where there is one.
        optional register: DayTotals as "register",
        /// As claimed from it.
        required claimed: DayTotals as "claimed",
        /// What no claim could take yet.
        required carried: DayTotals as "carried",
    }
}

record! {
    /// The two sums of a provider's day.
    pub struct ProviderDay {
        /// The provider.
        required provider: Bin as "provider",
        /// As posted in the journal.
        required journal: DayTotals as "journal",
        /// As its register says, where there is one.
        optional register: DayTotals as "register",
    }
}

record! {
    /// A sum that is open at the end of the day.
    pub struct OpenSum {
        /// Why.
        required reason: OpenWord as "reason",
        /// What it is about: a payment code, the number of a claim or a payout, an entry of a statement, a bank.
        required about: Reason as "about",
        /// How much.
        required amount: Tiyn as "amount",
        /// Who owes it to whom; absent in closings that were made before this was said.
        optional owed: OwedWord as "owed",
    }
}

record! {
    /// The closing of a banking day (our form): Σ notices = Σ journal = Σ registers = Σ claims, and each sum that is open.
    pub struct DayClosing {
        /// The day.
        required day: BankingDay as "day",
        /// Which revision; the first is 1.
        required revision: Count as "revision",
        /// The gateway operator, who signs.
        required gateway: Bin as "gateway",
        /// When it was made.
        required made_at: Moment as "madeAt",
        /// The place of the last posting that was seen.
        required up_to_posting: Whole as "upToPosting",
        /// Whether everything agrees.
        required agrees: bool as "agrees",
        /// By bank.
        list(MOST_PARTIES) banks: BankDay as "bankDay",
        /// By provider.
        list(MOST_PARTIES) providers: ProviderDay as "providerDay",
        /// Money of the day that is nobody's yet.
        required suspended: DayTotals as "suspended",
        /// Granted to payers, less what the banks have given back.
        required promised: DayTotals as "promised",
        /// How many sums are open.
        required open_count: Whole as "openCount",
        /// What they come to.
        required open_total: Sum as "openTotal",
        /// Each of them.
        list(MOST_OPEN) open: OpenSum as "open",
        /// Each two sums that should be equal and are not.
        list(MOST_DISAGREEMENTS) disagreements: Reason as "disagreement",
    }
}

impl FromElement for DayClosing {
    fn from_element(element: Element<'_, '_>) -> Result<Self, FieldError> {
        element.expect(COMMON.uri, ELEMENT)?;
        Field::read(element)
    }
}

impl ToElement for DayClosing {
    fn write(&self, writer: &mut Writer) {
        Field::write(self, writer, &COMMON, ELEMENT);
    }
}

impl From<Totals> for DayTotals {
    fn from(totals: Totals) -> Self {
        Self {
            additions: Whole(totals.additions),
            added: Sum(totals.added),
            deductions: Whole(totals.deductions),
            deducted: Sum(totals.deducted),
        }
    }
}

impl From<&DayTotals> for Totals {
    fn from(totals: &DayTotals) -> Self {
        Self {
            additions: totals.additions.0,
            added: totals.added.0,
            deductions: totals.deductions.0,
            deducted: totals.deducted.0,
        }
    }
}

/// As much of a text as a reason holds.
fn said(text: &str) -> Reason {
    let cut: String = text.chars().take(Reason::LONGEST).collect();
    cut.trim().parse().unwrap_or_else(|_| sample("unnamed"))
}

impl DayClosing {
    pub(crate) fn complex_type() -> &'static ComplexType {
        match <Self as Field>::TYPE {
            Type::Complex(complex) => complex,
            Type::Builtin(_) | Type::Simple(_) => unreachable!("a record is a sequence"),
        }
    }

    /// The document of a closing.
    pub fn of(closing: &Closing, revision: u32, gateway: Bin, made_at: Moment, up_to_posting: u64) -> Self {
        let disagreements = closing.disagreements();
        Self {
            day: closing.day,
            revision: Count::saturating(revision),
            gateway,
            made_at,
            up_to_posting: Whole(up_to_posting),
            agrees: disagreements.is_empty(),
            banks: closing
                .banks
                .iter()
                .map(|(bank, sums)| BankDay {
                    bank: *bank,
                    notices: sums.notices.into(),
                    journal: sums.journal.into(),
                    register: sums.register.map(Into::into),
                    claimed: sums.claimed.into(),
                    carried: sums.carried.into(),
                })
                .collect(),
            providers: closing
                .providers
                .iter()
                .map(|(provider, sums)| ProviderDay {
                    provider: *provider,
                    journal: sums.journal.into(),
                    register: sums.register.map(Into::into),
                })
                .collect(),
            suspended: closing.suspended.into(),
            promised: closing.promised.into(),
            open_count: Whole(closing.open.len() as u64),
            open_total: Sum(closing.open.iter().map(|item| item.amount.as_u64()).sum()),
            open: closing
                .open
                .iter()
                .take(MOST_OPEN)
                .map(|item| OpenSum {
                    reason: OpenWord::of(item.reason),
                    about: said(&item.about),
                    amount: item.amount,
                    owed: Some(OwedWord::of(item.owed)),
                })
                .collect(),
            disagreements: disagreements
                .iter()
                .take(MOST_DISAGREEMENTS)
                .map(|one| said(&one.to_string()))
                .collect(),
        }
    }

    /// What the document says, to be judged again: whoever reads it need not believe that it agrees.
    pub fn closing(&self) -> Closing {
        let bank = |one: &BankDay| BankSums {
            notices: (&one.notices).into(),
            journal: (&one.journal).into(),
            register: one.register.as_ref().map(Into::into),
            claimed: (&one.claimed).into(),
            carried: (&one.carried).into(),
        };
        let provider = |one: &ProviderDay| ProviderSums {
            journal: (&one.journal).into(),
            register: one.register.as_ref().map(Into::into),
        };
        let open = |one: &OpenSum| OpenItem {
            reason: one.reason.reason(),
            about: one.about.to_string(),
            amount: one.amount,
            owed: one.owed.map_or(Owed::Unknown, OwedWord::owed),
        };
        Closing {
            day: self.day,
            banks: self.banks.iter().map(|one| (one.bank, bank(one))).collect(),
            providers: self.providers.iter().map(|one| (one.provider, provider(one))).collect(),
            suspended: (&self.suspended).into(),
            promised: (&self.promised).into(),
            open: self.open.iter().map(open).collect(),
        }
    }
}

/// A made-up example, the one in `spec/`.
pub fn example() -> DayClosing {
    let sum = Tiyn::tenge(1725);
    let one = Totals { additions: 1, added: sum.as_u64(), deductions: 0, deducted: 0 };
    let of_bank = BankSums {
        notices: one,
        journal: one,
        register: Some(one),
        claimed: one,
        carried: Totals::default(),
    };
    let closing = Closing {
        day: sample("2026-11-22"),
        banks: BTreeMap::from([(sample("500140000017"), of_bank)]),
        providers: BTreeMap::from([(
            crate::example::provider(),
            ProviderSums { journal: one, register: Some(one) },
        )]),
        suspended: Totals::default(),
        promised: Totals::default(),
        open: vec![OpenItem {
            reason: OpenReason::ClaimUnanswered,
            about: "C-20261122-0001".to_owned(),
            amount: sample("1733.63"),
            owed: Owed::ByBank,
        }],
    };
    DayClosing::of(&closing, 1, sample("500140000126"), crate::example::later(), 417)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Meets: C10
    #[test]
    fn a_closing_survives_writing_and_reading() {
        let document = example();
        let text = document.to_xml();
        let read = xml::with_canonical_tree(text.as_bytes(), DayClosing::from_element).unwrap().unwrap();
        assert_eq!(read, document);
        assert!(read.agrees);
        let closing = read.closing();
        assert_eq!(closing.disagreements(), []);
        assert_eq!(DayClosing::of(&closing, 1, read.gateway, read.made_at, 417), document);
        let words: Vec<&str> = OpenWord::ALL.iter().map(|word| word.word()).collect();
        assert_eq!(words, OpenReason::ALL.map(OpenReason::name));
        let words: Vec<&str> = OwedWord::ALL.iter().map(|word| word.word()).collect();
        assert_eq!(words, Owed::ALL.map(Owed::name));
        for owed in Owed::ALL {
            assert_eq!(OwedWord::of(owed).owed(), owed);
        }
        // A closing of before this was said is read as one that does not say it.
        let earlier = text.replace("<owed>by-bank</owed>", "");
        let earlier = earlier.replace("<owed xmlns=\"\">by-bank</owed>", "");
        assert_ne!(earlier, text);
        let read = xml::with_canonical_tree(earlier.as_bytes(), DayClosing::from_element).unwrap().unwrap();
        assert_eq!(read.closing().open[0].owed, Owed::Unknown);
    }

    #[test]
    fn a_sum_has_two_digits_after_the_point() {
        assert_eq!("92233720368547758.07".parse(), Ok(Sum(9_223_372_036_854_775_807)));
        assert_eq!(Sum(5).to_string(), "0.05");
        for wrong in ["", "1", "1.0", "1.000", "-1.00", "+1.00", ".00", "1,00", "999999999999999999.00"] {
            assert_eq!(wrong.parse::<Sum>(), Err(NoSum), "{wrong}");
        }
    }
}
