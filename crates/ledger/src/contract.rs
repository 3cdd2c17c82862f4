//! The contracts that the participants' relations follow (cl. 22): who, since when, for which services, on what terms.
//!
//! Two pairs: the national operator with the gateway's operator, and the gateway's operator with a bank. A contract is
//! never changed: a later row of the same party replaces it from its first day on. A contract says what may be begun.
//! Money that was taken is recorded with or without one.
//! Source: Instruction № 491, cl. 22–24; the terms are ours.

use terms::{BankingDay, Bin, Iban, ServiceCode, Tiyn};

use crate::DocumentNumber;

/// One contract of the gateway's operator, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contract {
    /// Its number.
    pub number: DocumentNumber,
    /// With whom: the national operator or a bank.
    pub party: Bin,
    /// The first day it holds.
    pub since: BankingDay,
    /// The last day it holds, where that is known.
    pub until: Option<BankingDay>,
    /// What was agreed.
    pub terms: Terms,
}

/// What was agreed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Terms {
    /// With the national operator: that the gateway is operated at all.
    NationalOperator,
    /// With a bank.
    Bank(BankTerms),
}

/// What was agreed with a bank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BankTerms {
    /// For which services it may take payments; none where for all.
    pub services: Option<Vec<ServiceCode>>,
    /// The most it may ask a code for.
    pub per_payment: Option<Tiyn>,
    /// The most that the codes of one banking day come to which are open, so that they may be paid, or were really paid.
    /// A code counts on the day it was issued on. It counts no more when it becomes void, or when its money has gone back;
    /// paid after all, it counts again.
    pub per_day: Option<Tiyn>,
    /// The operator's fee.
    pub fee: Fee,
    /// How many days after a claim its reimbursement is due.
    pub reimburse_days: u16,
    /// How many days after a payment the operator pays the provider although the bank has not reimbursed; none where it
    /// guarantees nothing.
    pub guarantee_days: Option<u16>,
    /// The operator's settlement account at this bank.
    pub settlement_iban: Iban,
}

/// A fee by the sum, within bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fee {
    /// In hundredths of a percent.
    pub basis_points: u16,
    /// The least for anything at all.
    pub least: Tiyn,
    /// The most, where there is one.
    pub most: Option<Tiyn>,
}

impl Fee {
    /// The fee for a sum, in whole tiyn, halves upwards; nothing for nothing.
    pub fn of(self, sum: Tiyn) -> Tiyn {
        if sum == Tiyn::ZERO {
            return Tiyn::ZERO;
        }
        let bounded = sum.basis_points(self.basis_points.into()).max(self.least);
        self.most.map_or(bounded, |most| bounded.min(most))
    }
}

/// Why no code is issued to a bank. Nothing was taken yet, so it is refused before it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotCovered {
    /// No contract with it is in force.
    #[error("no contract with the bank is in force")]
    NoContract,
    /// Not for this service.
    #[error("the contract does not cover the service")]
    Service,
    /// The price is above the limit of one payment.
    #[error("the price is above the contract's limit of {0} for one payment")]
    PerPayment(Tiyn),
    /// Together with the codes of the day that are open or paid it would be above the limit of the day.
    #[error("the contract's limit of {0} for one day is used up")]
    PerDay(Tiyn),
}

impl BankTerms {
    /// Whether a code for a service at a price may be issued.
    ///
    /// # Errors
    /// [`NotCovered`], where not; the limit of the day is [`BankTerms::within_day`].
    pub fn covers(&self, service: &ServiceCode, price: Tiyn) -> Result<(), NotCovered> {
        if self.services.as_ref().is_some_and(|services| !services.contains(service)) {
            return Err(NotCovered::Service);
        }
        match self.per_payment {
            Some(limit) if price > limit => Err(NotCovered::PerPayment(limit)),
            _ => Ok(()),
        }
    }

    /// Whether so much may be asked for in one day.
    ///
    /// # Errors
    /// [`NotCovered::PerDay`], where not.
    pub fn within_day(&self, sum: Tiyn) -> Result<(), NotCovered> {
        match self.per_day {
            Some(limit) if sum > limit => Err(NotCovered::PerDay(limit)),
            _ => Ok(()),
        }
    }
}

/// Which of one party's contracts, in the order they were kept, is in force on a day: the one that began last, of several
/// that began together the one kept last; none where that one has ended.
pub fn in_force(contracts: &[Contract], day: BankingDay) -> Option<&Contract> {
    let begun = contracts.iter().filter(|contract| contract.since <= day);
    // Of equal ones the last is the maximum.
    let newest = begun.max_by_key(|contract| contract.since)?;
    newest.until.is_none_or(|until| day <= until).then_some(newest)
}

/// Why a contract is not taken beside those there are.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// The very same is agreed already.
    #[error("this is agreed already")]
    Same,
    /// The number names another contract already.
    #[error("the number {0} names another contract already")]
    Number(DocumentNumber),
    /// Another contract of the same party begins on the same day, so that nobody could tell which holds.
    #[error("the contract {number} with this party begins on {since} too")]
    Since {
        /// The other contract.
        number: DocumentNumber,
        /// The day.
        since: BankingDay,
    },
}

/// Whether a contract may stand beside those of all parties: its number is its own, and so is its first day among those of
/// its party.
///
/// # Errors
/// [`NotTaken`].
pub fn beside(kept: &[Contract], new: &Contract) -> Result<(), NotTaken> {
    if kept.contains(new) {
        return Err(NotTaken::Same);
    }
    for other in kept {
        if other.number == new.number {
            return Err(NotTaken::Number(other.number.clone()));
        }
        if (other.party, other.since) == (new.party, new.since) {
            return Err(NotTaken::Since { number: other.number.clone(), since: other.since });
        }
    }
    Ok(())
}

/// Whether a contract holds on a day, and why it does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holding<'a> {
    /// It does.
    Holds,
    /// It begins later.
    Ahead,
    /// It ended, and nothing has come after it.
    Ended,
    /// Another one has taken its place: this one.
    Replaced(&'a DocumentNumber),
}

impl Holding<'_> {
    /// The name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Ahead => "ahead",
            Self::Ended => "ended",
            Self::Replaced(_) => "replaced",
        }
    }
}

/// Whether the contract at a place among all, in the order they were kept, holds on a day. At most one of a party does.
pub fn holding(all: &[Contract], place: usize, day: BankingDay) -> Option<Holding<'_>> {
    let one = all.get(place)?;
    let its_party = all.iter().enumerate().filter(|(_, other)| other.party == one.party);
    let newest =
        its_party.filter(|(_, other)| other.since <= day).max_by_key(|(at, other)| (other.since, *at));
    Some(match newest {
        _ if one.since > day => Holding::Ahead,
        Some((at, other)) if at != place => Holding::Replaced(&other.number),
        _ if one.until.is_some_and(|until| until < day) => Holding::Ended,
        _ => Holding::Holds,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> BankingDay {
        text.parse().unwrap()
    }

    fn sample_iban() -> Iban {
        let try_check = |check| format!("KZ{check:02}998KAZ0000000001").parse().ok();
        (0..100).find_map(try_check).unwrap()
    }

    fn terms() -> BankTerms {
        BankTerms {
            services: Some(vec!["P-0101".parse().unwrap()]),
            per_payment: Some(Tiyn::tenge(10_000)),
            per_day: Some(Tiyn::tenge(50_000)),
            fee: Fee { basis_points: 50, least: Tiyn::tenge(10), most: Some(Tiyn::tenge(500)) },
            reimburse_days: 1,
            guarantee_days: Some(3),
            settlement_iban: sample_iban(),
        }
    }

    fn contract(number: &str, since: &str, until: Option<&str>) -> Contract {
        Contract {
            number: number.parse().unwrap(),
            party: "500140000017".parse().unwrap(),
            since: day(since),
            until: until.map(day),
            terms: Terms::Bank(terms()),
        }
    }

    /// Meets: C22
    #[test]
    fn of_several_contracts_the_one_that_began_last_is_in_force_until_its_last_day() {
        let all = [
            contract("first", "2024-01-01", None),
            contract("second", "2025-01-01", Some("2025-06-30")),
            contract("ahead", "2027-01-01", None),
            contract("first-corrected", "2024-01-01", None),
        ];
        let number = |on: &str| in_force(&all, day(on)).map(|contract| contract.number.to_string());
        for (on, expected) in [
            ("2023-12-31", None),
            ("2024-01-01", Some("first-corrected")),
            ("2024-12-31", Some("first-corrected")),
            ("2025-01-01", Some("second")),
            ("2025-06-30", Some("second")),
            ("2025-07-01", None),
            ("2027-01-01", Some("ahead")),
        ] {
            assert_eq!(number(on).as_deref(), expected, "{on}");
        }
        assert_eq!(in_force(&[], day("2026-11-22")), None);
    }

    /// Meets: C22
    #[test]
    fn a_contract_has_its_own_number_and_its_own_first_day() {
        let kept = [contract("first", "2024-01-01", None)];
        let beside = |new: &Contract| beside(&kept, new);
        assert_eq!(beside(&contract("second", "2025-01-01", None)), Ok(()));
        assert_eq!(beside(&kept[0]), Err(NotTaken::Same));
        let again = contract("first", "2025-01-01", None);
        assert_eq!(beside(&again), Err(NotTaken::Number("first".parse().unwrap())));
        let of_another = Contract { party: "500340000054".parse().unwrap(), ..again };
        assert_eq!(beside(&of_another), Err(NotTaken::Number("first".parse().unwrap())));
        let same_day = contract("second", "2024-01-01", Some("2024-06-30"));
        let taken = NotTaken::Since { number: "first".parse().unwrap(), since: day("2024-01-01") };
        assert_eq!(beside(&same_day), Err(taken));
        let of_another = Contract { party: "500340000054".parse().unwrap(), ..same_day };
        assert_eq!(beside(&of_another), Ok(()));
    }

    /// Meets: C22
    #[test]
    fn each_contract_says_whether_it_holds_and_why_not() {
        let other = Contract {
            party: "500340000054".parse().unwrap(),
            ..contract("other", "2024-01-01", Some("2024-12-31"))
        };
        let all = [
            contract("first", "2024-01-01", None),
            contract("twin", "2025-01-01", None),
            contract("twin", "2025-01-01", None),
            contract("ahead", "2027-01-01", None),
            other,
        ];
        let twin: DocumentNumber = "twin".parse().unwrap();
        let on = |place| holding(&all, place, day("2026-11-22")).unwrap();
        assert_eq!(
            [0, 1, 2, 3, 4].map(on),
            [
                Holding::Replaced(&twin),
                Holding::Replaced(&twin),
                Holding::Holds,
                Holding::Ahead,
                Holding::Ended
            ]
        );
        assert_eq!(holding(&all, 4, day("2024-12-31")), Some(Holding::Holds));
        assert_eq!(holding(&all, 5, day("2026-11-22")), None);
        // What holds is what payments are judged by.
        for on in ["2023-12-31", "2024-06-30", "2025-06-30", "2027-06-30"] {
            let its_own = &all[..4];
            let by_place = (0..4).find(|at| holding(its_own, *at, day(on)) == Some(Holding::Holds));
            assert_eq!(by_place.map(|at| &its_own[at]), in_force(its_own, day(on)), "{on}");
        }
    }

    /// Meets: C22
    #[test]
    fn a_contract_covers_its_services_within_its_limits() {
        let (ours, other) = ("P-0101".parse().unwrap(), "P-0102".parse().unwrap());
        let price = Tiyn::tenge(10_000);
        assert_eq!(terms().covers(&ours, price), Ok(()));
        assert_eq!(terms().covers(&other, price), Err(NotCovered::Service));
        let above = Tiyn::new(price.as_u64() + 1).unwrap();
        assert_eq!(terms().covers(&ours, above), Err(NotCovered::PerPayment(price)));
        let of_day = Tiyn::tenge(50_000);
        assert_eq!(terms().within_day(of_day), Ok(()));
        let above = Tiyn::new(of_day.as_u64() + 1).unwrap();
        assert_eq!(terms().within_day(above), Err(NotCovered::PerDay(of_day)));
        let unlimited = BankTerms { services: None, per_payment: None, per_day: None, ..terms() };
        assert_eq!(unlimited.covers(&other, above).and(unlimited.within_day(above)), Ok(()));
    }

    #[test]
    fn a_fee_is_rounded_to_the_tiyn_and_kept_within_its_bounds() {
        let fee = terms().fee;
        for (sum, expected) in [(0, 0), (1, 1_000), (200_000, 1_000), (300_000, 1_500), (99_999_999, 50_000)]
        {
            assert_eq!(fee.of(Tiyn::new(sum).unwrap()).as_u64(), expected, "{sum}");
        }
        let bare = Fee { basis_points: 50, least: Tiyn::ZERO, most: None };
        for (sum, expected) in [(99, 0), (100, 1), (299, 1), (300, 2)] {
            assert_eq!(bare.of(Tiyn::new(sum).unwrap()).as_u64(), expected, "{sum}");
        }
    }
}
