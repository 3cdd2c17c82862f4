//! What is paid out to providers (cl. 24): by provider and requisites, so that the Treasury knows each sum's place.

use std::collections::BTreeMap;

use terms::{BankingDay, Bic, Bin, Iban, Kbe, Kbk, Knp, Kod, Moment, Requisites, ShortText, Tiyn};

use crate::register::Totals;
use crate::{DocumentNumber, PostingKind};

/// Where a provider's money goes: the Treasury's requisites of one kind of income.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Destination {
    /// The provider.
    pub provider: Bin,
    /// The beneficiary's account, as a rule the Treasury's.
    pub iban: Iban,
    /// The beneficiary's bank.
    pub bic: Bic,
    /// Budget classification.
    pub kbk: Kbk,
    /// Purpose code.
    pub knp: Knp,
    /// Sender's residence and sector.
    pub kod: Kod,
    /// Beneficiary's residence and sector.
    pub kbe: Kbe,
}

impl Destination {
    /// Where the money of a payment goes. The provider is the one of the order.
    pub fn of(provider: Bin, requisites: &Requisites) -> Self {
        Self {
            provider,
            iban: requisites.beneficiary_iban,
            bic: requisites.beneficiary_bic.clone(),
            kbk: requisites.kbk,
            knp: requisites.knp,
            kod: requisites.kod,
            kbe: requisites.kbe,
        }
    }
}

/// An order to pay a provider from the operator's account at one bank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payout {
    /// Its number.
    pub number: DocumentNumber,
    /// The bank that keeps the operator's account it is paid from.
    pub bank: Bin,
    /// Whom, and where to.
    pub to: Destination,
    /// How much.
    pub amount: Tiyn,
    /// Whose payments: of this banking day, and whatever of earlier days no payout took.
    pub day: BankingDay,
    /// Whether it is paid before the bank has reimbursed the operator, by the guarantee of the contract.
    pub is_guaranteed: bool,
    /// How far it has come.
    pub progress: Progress,
}

/// How far a payout has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// The bank is told to pay, and has not answered.
    Ordered,
    /// The bank says it has paid.
    Executed(Moment),
    /// The bank would not pay, for this reason; it is tried again once the reason is gone.
    Refused(ShortText),
    /// The operator's statement shows it: it is over.
    Confirmed,
}

impl Progress {
    /// The name in columns and files.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Ordered => "ordered",
            Self::Executed(_) => "executed",
            Self::Refused(_) => "refused",
            Self::Confirmed => "confirmed",
        }
    }
}

/// Sums by destination, as they are counted for the payouts of a day.
#[derive(Debug, Default)]
pub struct Due(BTreeMap<Destination, Totals>);

impl Due {
    /// Counts one posting on a provider's account. Those that neither owe a provider money nor take it back are passed
    /// over.
    pub fn count(&mut self, to: Destination, kind: PostingKind, amount: Tiyn) {
        let is_deduction = match kind {
            PostingKind::Payment | PostingKind::Accept | PostingKind::RefundWithdrawn => false,
            PostingKind::Reversal | PostingKind::RefundGrant => true,
            _ => return,
        };
        self.0.entry(to).or_default().count_sum(is_deduction, amount);
    }

    /// What each destination is to be paid. One to which nothing is due after what went back is left out: its sums wait.
    pub fn sums(self) -> Vec<(Destination, Tiyn)> {
        let payable = |(to, totals): (Destination, Totals)| {
            let amount = Tiyn::new(u64::try_from(totals.net()).ok()?).ok()?;
            (amount > Tiyn::ZERO).then_some((to, amount))
        };
        self.0.into_iter().filter_map(payable).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(kbk: &str) -> Destination {
        Destination {
            provider: "500140000126".parse().unwrap(),
            iban: "KZ600010000000000001".parse().unwrap(),
            bic: "KKMFKZ2A".parse().unwrap(),
            kbk: kbk.parse().unwrap(),
            knp: "911".parse().unwrap(),
            kod: "19".parse().unwrap(),
            kbe: "11".parse().unwrap(),
        }
    }

    /// Meets: C24
    #[test]
    fn each_kind_of_income_is_paid_out_by_itself_and_what_is_short_waits() {
        let price = Tiyn::tenge(1725);
        let mut due = Due::default();
        due.count(to("108125"), PostingKind::Payment, price);
        due.count(to("108125"), PostingKind::Payment, price);
        due.count(to("108125"), PostingKind::Reversal, price);
        due.count(to("108126"), PostingKind::RefundGrant, price);
        due.count(to("108127"), PostingKind::Claim, price);
        assert_eq!(due.sums(), [(to("108125"), price)]);
    }
}
