//! Balances over postings, and the trial balance.

use std::collections::BTreeMap;

use terms::Tiyn;

use crate::{Account, Posting};

/// What was moved to an account and from it, in tiyn; wide enough for whatever a country pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Turnover {
    /// Moved to it.
    pub debit: u64,
    /// Moved from it.
    pub credit: u64,
}

impl Turnover {
    /// What stands on an account: of an asset what is owed to us, of anything else what we owe. Negative where more went
    /// the other way.
    pub fn balance(self, account: Account) -> i128 {
        let debit = i128::from(self.debit) - i128::from(self.credit);
        if account.is_asset() { debit } else { -debit }
    }
}

/// The turnover of every account that was ever moved.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Balances(BTreeMap<Account, Turnover>);

impl Balances {
    /// Counts one posting more.
    pub fn count(&mut self, posting: &Posting) {
        self.add(posting.debit, Turnover { debit: posting.amount.as_u64(), credit: 0 });
        self.add(posting.credit, Turnover { debit: 0, credit: posting.amount.as_u64() });
    }

    /// Adds a turnover that was summed up elsewhere.
    pub fn add(&mut self, account: Account, turnover: Turnover) {
        let of = self.0.entry(account).or_default();
        of.debit += turnover.debit;
        of.credit += turnover.credit;
    }

    /// What was moved to and from an account.
    pub fn turnover(&self, account: Account) -> Turnover {
        self.0.get(&account).copied().unwrap_or_default()
    }

    /// What stands on an account.
    pub fn balance(&self, account: Account) -> i128 {
        self.turnover(account).balance(account)
    }

    /// Every account with its turnover, in the order of accounts.
    pub fn iter(&self) -> impl Iterator<Item = (Account, Turnover)> + '_ {
        self.0.iter().map(|(account, turnover)| (*account, *turnover))
    }

    /// The last line of the trial balance: the two sums are equal, or the journal is not one.
    pub fn sums(&self) -> Turnover {
        self.0.values().fold(Turnover::default(), |sum, one| Turnover {
            debit: sum.debit + one.debit,
            credit: sum.credit + one.credit,
        })
    }
}

impl<'a> FromIterator<&'a Posting> for Balances {
    fn from_iter<I: IntoIterator<Item = &'a Posting>>(postings: I) -> Self {
        let mut balances = Self::default();
        postings.into_iter().for_each(|posting| balances.count(posting));
        balances
    }
}

/// A difference between a posting that should be and the one that is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// What should be.
    pub wanted: Option<Posting>,
    /// What is.
    pub found: Option<Posting>,
}

impl Mismatch {
    /// The posting that both are about.
    pub fn named(&self) -> Option<&Posting> {
        self.wanted.as_ref().or(self.found.as_ref())
    }

    /// The sums: what should be moved, and what is.
    pub fn amounts(&self) -> (Option<Tiyn>, Option<Tiyn>) {
        let amount = |posting: &Option<Posting>| posting.as_ref().map(|posting| posting.amount);
        (amount(&self.wanted), amount(&self.found))
    }
}

/// Every difference between what should be posted and what is, in the order of what should be, then of what should not.
/// When the gateway learnt of a fact is no difference: a notice is signed before it arrives.
pub fn compare(wanted: &[Posting], found: &[Posting]) -> Vec<Mismatch> {
    let names = |one: &Posting, other: &Posting| one.kind == other.kind && one.about == other.about;
    let mut all = Vec::new();
    for posting in wanted {
        let is = found.iter().find(|other| names(posting, other));
        if is.is_none_or(|is| !posting.says_the_same(is)) {
            all.push(Mismatch { wanted: Some(posting.clone()), found: is.cloned() });
        }
    }
    for posting in found {
        if !wanted.iter().any(|other| names(posting, other)) {
            all.push(Mismatch { wanted: None, found: Some(posting.clone()) });
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use terms::Moment;

    use super::*;
    use crate::{PostingKind, Subject};

    fn posting(code: &str, tenge: u32) -> Posting {
        let at: Moment = "2026-11-22T10:00:00+05:00".parse().unwrap();
        Posting {
            kind: PostingKind::Payment,
            about: Subject::Payment(code.parse().unwrap()),
            debit: "bank-receivable:500140000017".parse().unwrap(),
            credit: "provider-payable:500140000126".parse().unwrap(),
            amount: Tiyn::tenge(tenge),
            day: at.banking_day(),
            at,
        }
    }

    #[test]
    fn a_trial_balance_has_both_sides_of_every_posting() {
        let (one, other) = (posting("7291417776317054", 1725), posting("7291417776317054", 3));
        let balances: Balances = [&one, &other].into_iter().collect();
        assert_eq!(balances.balance(one.debit), 172_800);
        assert_eq!(balances.balance(one.credit), 172_800);
        assert_eq!(balances.sums(), Turnover { debit: 172_800, credit: 172_800 });
        let back: Balances =
            [&one, &Posting { debit: one.credit, credit: one.debit, ..other.clone() }].into_iter().collect();
        assert_eq!(back.balance(one.debit), 172_200);
        assert_eq!(back.turnover(one.debit), Turnover { debit: 172_500, credit: 300 });
    }

    /// Meets: C10
    #[test]
    fn what_is_missing_altered_or_too_much_is_named_with_both_amounts() {
        let one = posting("7291417776317054", 1725);
        let later = Posting { at: one.at.plus_seconds(60), ..one.clone() };
        assert_eq!(compare(std::slice::from_ref(&one), &[later]), []);
        let altered = Posting { amount: Tiyn::tenge(1726), ..one.clone() };
        let found = compare(std::slice::from_ref(&one), std::slice::from_ref(&altered));
        assert_eq!(found[0].amounts(), (Some(one.amount), Some(altered.amount)));
        assert_eq!(compare(std::slice::from_ref(&one), &[])[0].amounts(), (Some(one.amount), None));
        assert_eq!(compare(&[], std::slice::from_ref(&one))[0].amounts(), (None, Some(one.amount)));
        let other_day = Posting { day: one.day.next(), ..one.clone() };
        let other_account = Posting { debit: "suspense:500140000017".parse().unwrap(), ..one.clone() };
        for differing in [other_day, other_account] {
            assert_eq!(compare(std::slice::from_ref(&one), &[differing]).len(), 1);
        }
    }
}
