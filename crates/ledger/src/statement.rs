//! A statement of the operator's settlement account at a bank (cl. 24): its entries, and what makes one wrong.
//!
//! How it is written as a file is the affair of `wire` (camt.053) and `files` (CSV); what its entries are matched with, of
//! the reconciliation. Amounts are tenge only: a statement in another currency is refused where it is read.

use std::collections::BTreeMap;
use std::fmt;

use terms::{BankReference, BankingDay, Iban, Moment, Purpose, ShortText, Tiyn, tenge};

use crate::DocumentNumber;

/// The most entries that are read from one file.
pub const LONGEST_STATEMENT: usize = 10_000;

/// The one currency of every account here.
pub const CURRENCY: &str = "KZT";

/// Whether money came or went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// It came.
    Credit,
    /// It went.
    Debit,
}

/// Who stands on the other side of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counterparty {
    /// Their name.
    pub name: ShortText,
    /// Their account, where the bank says it.
    pub account: Option<Iban>,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The bank's own id of it.
    pub reference: BankReference,
    /// How much; never nothing.
    pub amount: Tiyn,
    /// Whether it came or went.
    pub direction: Direction,
    /// The day it was booked.
    pub booked_on: BankingDay,
    /// The day from which it counts.
    pub value_on: BankingDay,
    /// What it was for: the number of a claim or of a payout.
    pub remittance: Option<Purpose>,
    /// Who stands on the other side.
    pub counterparty: Option<Counterparty>,
}

impl Entry {
    /// What it adds to the account, in tiyn; negative where money went.
    pub fn signed(&self) -> i64 {
        match self.direction {
            Direction::Credit => self.amount.as_i64(),
            Direction::Debit => -self.amount.as_i64(),
        }
    }
}

/// Why money of an entry, or a part of it, is explained by no document of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unexplained {
    /// It came and names no claim of ours.
    NoClaim,
    /// It came for a claim that had been reimbursed wholly before.
    ClaimRepeated(DocumentNumber),
    /// It came for a claim of which less was open: this is what was too much.
    ClaimOverpaid(DocumentNumber),
    /// It went, and no payout of ours ordered it.
    NoPayout,
}

impl Unexplained {
    /// What is not explained of an entry, and how much; nothing where all of it is. `surplus` is what of it stands in
    /// suspense.
    pub fn of(
        direction: Direction,
        amount: Tiyn,
        matched: Option<&DocumentNumber>,
        surplus: Tiyn,
    ) -> Option<(Self, Tiyn)> {
        match (direction, matched) {
            (Direction::Debit, None) => Some((Self::NoPayout, amount)),
            (Direction::Credit, None) => Some((Self::NoClaim, amount)),
            (Direction::Credit, Some(claim)) if surplus >= amount => {
                Some((Self::ClaimRepeated(claim.clone()), amount))
            }
            (Direction::Credit, Some(claim)) if surplus > Tiyn::ZERO => {
                Some((Self::ClaimOverpaid(claim.clone()), surplus))
            }
            (Direction::Debit | Direction::Credit, Some(_)) => None,
        }
    }

    /// The name in files.
    pub fn name(&self) -> &'static str {
        match self {
            Self::NoClaim => "unclaimed",
            Self::ClaimRepeated(_) => "claim-repeated",
            Self::ClaimOverpaid(_) => "claim-overpaid",
            Self::NoPayout => "no-payout",
        }
    }

    /// The claim that it names all the same.
    pub fn claim(&self) -> Option<&DocumentNumber> {
        match self {
            Self::ClaimRepeated(claim) | Self::ClaimOverpaid(claim) => Some(claim),
            Self::NoClaim | Self::NoPayout => None,
        }
    }
}

impl fmt::Display for Unexplained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoClaim => f.write_str("it names no claim"),
            Self::ClaimRepeated(claim) => write!(f, "claim {claim} had been paid before"),
            Self::ClaimOverpaid(claim) => write!(f, "more than was open of claim {claim}"),
            Self::NoPayout => f.write_str("no payout ordered it"),
        }
    }
}

/// One page of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The bank's number of it.
    pub number: BankReference,
    /// The account.
    pub account: Iban,
    /// Whose account it is.
    pub owner: Option<ShortText>,
    /// When it was made.
    pub made_at: Moment,
    /// The banking day.
    pub day: BankingDay,
    /// Which page; the first is 1.
    pub page: u32,
    /// Whether it is the last one.
    pub is_last: bool,
    /// What was on the account before the first entry of the page, in tiyn; negative where it was overdrawn.
    pub opening: i64,
    /// What was on it after the last one.
    pub closing: i64,
    /// The entries.
    pub entries: Vec<Entry>,
}

/// What is wrong with a statement.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It is no file of its kind, or ends before its end.
    #[error("the file is not readable to its end: {0}")]
    Unreadable(String),
    /// Something is missing.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A value is none of its type.
    #[error("{field} is «{value}»: {why}")]
    Value {
        /// Which value.
        field: &'static str,
        /// What stands there, cut short.
        value: String,
        /// Why that is wrong.
        why: String,
    },
    /// Another currency than the tenge.
    #[error("the currency is «{0}», not {CURRENCY}")]
    Currency(String),
    /// The same reference as in an earlier row.
    #[error("the reference {reference} stands in row {first} already")]
    Repeated {
        /// The reference.
        reference: BankReference,
        /// Where it stood first.
        first: u64,
    },
    /// The entries do not lead from the opening balance to the closing one.
    #[error("the closing balance is {}; opening balance and entries come to {}", tenge(*.said), tenge(*.counted))]
    Closing {
        /// What the statement says, in tiyn.
        said: i64,
        /// What its entries come to, in tiyn.
        counted: i64,
    },
    /// An entry was booked on another day than the statement's.
    #[error("the entry was booked on {0}, another day than the statement's")]
    OtherDay(BankingDay),
    /// Too many entries.
    #[error("there are more than {0} entries")]
    TooMany(usize),
}

/// The most characters of a wrong value that are said again.
const LONGEST_VALUE: usize = 60;

impl Fault {
    /// A wrong value; cut short and without anything that breaks a line, because a peer wrote it.
    pub fn value(field: &'static str, value: &str, why: &dyn fmt::Display) -> Self {
        let shown = value.chars().take(LONGEST_VALUE).map(|c| if c.is_control() { ' ' } else { c });
        Self::Value { field, value: shown.collect(), why: why.to_string() }
    }
}

/// A fault, and in which row: entries are counted from 1; none where it is one of the whole statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowFault {
    /// Which row.
    pub row: Option<u64>,
    /// What is wrong with it.
    pub fault: Fault,
}

impl fmt::Display for RowFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.row {
            Some(row) => write!(f, "row {row}: {}", self.fault),
            None => write!(f, "{}", self.fault),
        }
    }
}

/// Why a statement is refused: everything that was found, none of it applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct Refused(pub Vec<RowFault>);

impl From<Fault> for Refused {
    /// A fault of the whole.
    fn from(fault: Fault) -> Self {
        Self(vec![RowFault { row: None, fault }])
    }
}

impl Statement {
    /// Checks the statement as a whole: no reference twice, every entry of its day, and balances that agree to the tiyn.
    ///
    /// # Errors
    /// [`Refused`] with all that was found.
    pub fn checked(self) -> Result<Self, Refused> {
        let mut faults = Vec::new();
        let mut rows: BTreeMap<&BankReference, u64> = BTreeMap::new();
        for (row, entry) in (1_u64..).zip(&self.entries) {
            let mut fault = |fault| faults.push(RowFault { row: Some(row), fault });
            if let Some(first) = rows.get(&entry.reference) {
                fault(Fault::Repeated { reference: entry.reference.clone(), first: *first });
            } else {
                rows.insert(&entry.reference, row);
            }
            if entry.booked_on != self.day {
                fault(Fault::OtherDay(entry.booked_on));
            }
        }
        let moved: i128 = self.entries.iter().map(|entry| i128::from(entry.signed())).sum();
        let counted = i128::from(self.opening) + moved;
        if counted != i128::from(self.closing) {
            let counted = i64::try_from(counted).unwrap_or(i64::MAX);
            faults.push(RowFault { row: None, fault: Fault::Closing { said: self.closing, counted } });
        }
        if faults.is_empty() { Ok(self) } else { Err(Refused(faults)) }
    }
}

/// Why pages are no whole statement of one day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotWhole {
    /// Another page says that this one exists, and it is not there.
    #[error("page {0} is missing: all pages of a statement are given together")]
    Missing(u32),
    /// Two of the same number.
    #[error("page {0} is given twice")]
    Twice(u32),
    /// Pages stand after the last one.
    #[error("page {0} is the last one by its own word, and page {after} is given too", after = .0 + 1)]
    AfterLast(u32),
    /// A page of something else.
    #[error("page {0} is of another account or another day than page 1")]
    Other(u32),
    /// A page does not begin where the one before ended.
    #[error(
        "page {page} begins with {} ₸, the page before it ended with {} ₸", tenge(*opening), tenge(*closing)
    )]
    Gap {
        /// The page.
        page: u32,
        /// What it begins with, in tiyn.
        opening: i64,
        /// What the one before ended with.
        closing: i64,
    },
    /// One entry on two pages.
    #[error("the entry {reference} stands on page {first} and on page {second}")]
    Repeated {
        /// The entry.
        reference: BankReference,
        /// The first page it is on.
        first: u32,
        /// The second one.
        second: u32,
    },
}

/// Puts pages that were given together in their order, and sees that they are one whole statement: numbered from 1 without a
/// gap, the last one last, of one account and day, each beginning where the one before ended, and no entry twice.
///
/// # Errors
/// [`NotWhole`], the first thing that is wrong.
pub fn whole(mut pages: Vec<Statement>) -> Result<Vec<Statement>, NotWhole> {
    pages.sort_by_key(|one| one.page);
    let mut before: Option<&Statement> = None;
    let mut seen: BTreeMap<&BankReference, u32> = BTreeMap::new();
    for (number, one) in (1_u32..).zip(&pages) {
        if let Some(before) = before {
            match *before {
                Statement { page, .. } if page == one.page => return Err(NotWhole::Twice(page)),
                Statement { page, is_last: true, .. } => return Err(NotWhole::AfterLast(page)),
                _ => {}
            }
        }
        if one.page != number {
            return Err(NotWhole::Missing(number));
        }
        if let Some(before) = before {
            if (&before.account, before.day) != (&one.account, one.day) {
                return Err(NotWhole::Other(number));
            }
            if before.closing != one.opening {
                let (opening, closing) = (one.opening, before.closing);
                return Err(NotWhole::Gap { page: number, opening, closing });
            }
        }
        for entry in &one.entries {
            if let Some(first) = seen.insert(&entry.reference, number) {
                let reference = entry.reference.clone();
                return Err(NotWhole::Repeated { reference, first, second: number });
            }
        }
        before = Some(one);
    }
    match before {
        Some(Statement { is_last: true, .. }) => Ok(pages),
        Some(Statement { page, .. }) => Err(NotWhole::Missing(page.saturating_add(1))),
        None => Err(NotWhole::Missing(1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(reference: &str, tenge: u32, direction: Direction) -> Entry {
        Entry {
            reference: reference.parse().unwrap(),
            amount: Tiyn::tenge(tenge),
            direction,
            booked_on: "2026-11-23".parse().unwrap(),
            value_on: "2026-11-23".parse().unwrap(),
            remittance: None,
            counterparty: None,
        }
    }

    fn statement(entries: Vec<Entry>, closing: i64) -> Statement {
        Statement {
            number: "ST-1".parse().unwrap(),
            account: "KZ320000000000900001".parse().unwrap(),
            owner: None,
            made_at: "2026-11-24T00:05:00+05:00".parse().unwrap(),
            day: "2026-11-23".parse().unwrap(),
            page: 1,
            is_last: true,
            opening: 1_000,
            closing,
            entries,
        }
    }

    #[test]
    fn a_statement_leads_from_its_opening_balance_to_its_closing_one() {
        let entries = vec![entry("A", 100, Direction::Credit), entry("B", 30, Direction::Debit)];
        assert!(statement(entries.clone(), 8_000).checked().is_ok());
        let Refused(faults) = statement(entries, 8_001).checked().unwrap_err();
        assert_eq!(faults, [RowFault { row: None, fault: Fault::Closing { said: 8_001, counted: 8_000 } }]);
    }

    /// Meets: C24
    /// Defends: A29
    #[test]
    fn pages_are_a_statement_only_where_all_of_them_are_there() {
        let page = |page: u32, of: u32, opening: i64| Statement {
            page,
            is_last: page == of,
            opening,
            ..statement(vec![entry(&format!("E{page}"), 10, Direction::Credit)], opening + 1_000)
        };
        let three = || vec![page(3, 3, 3_000), page(1, 3, 1_000), page(2, 3, 2_000)];
        let numbers: Vec<u32> = whole(three()).unwrap().iter().map(|one| one.page).collect();
        assert_eq!(numbers, [1, 2, 3], "in whatever order they are given");
        let wrong = |change: fn(&mut Vec<Statement>)| {
            let mut pages = three();
            change(&mut pages);
            whole(pages).unwrap_err()
        };
        assert_eq!(wrong(|pages| drop(pages.remove(0))), NotWhole::Missing(3));
        assert_eq!(wrong(|pages| drop(pages.remove(1))), NotWhole::Missing(1));
        assert_eq!(wrong(|pages| drop(pages.remove(2))), NotWhole::Missing(2));
        assert_eq!(wrong(Vec::clear), NotWhole::Missing(1));
        assert_eq!(wrong(|pages| pages.push(pages[1].clone())), NotWhole::Twice(1));
        assert_eq!(wrong(|pages| pages[2].is_last = true), NotWhole::AfterLast(2));
        assert_eq!(wrong(|pages| pages[0].day = pages[0].day.next()), NotWhole::Other(3));
        let gap = wrong(|pages| pages[2].opening = 1_999);
        assert_eq!(gap, NotWhole::Gap { page: 2, opening: 1_999, closing: 2_000 });
        assert_eq!(gap.to_string(), "page 2 begins with 19.99 ₸, the page before it ended with 20.00 ₸");
        let repeated = wrong(|pages| pages[2].entries = pages[1].entries.clone());
        let reference = "E1".parse().unwrap();
        assert_eq!(repeated, NotWhole::Repeated { reference, first: 1, second: 2 });
    }

    /// Meets: C24
    /// Defends: A29
    #[test]
    fn only_what_a_document_took_is_explained() {
        let claim: DocumentNumber = "C-20261122-0001".parse().unwrap();
        let (sum, part) = (Tiyn::tenge(10), Tiyn::tenge(3));
        let of = |direction, matched, surplus| Unexplained::of(direction, sum, matched, surplus);
        assert_eq!(of(Direction::Credit, Some(&claim), Tiyn::ZERO), None);
        assert_eq!(
            of(Direction::Credit, Some(&claim), part),
            Some((Unexplained::ClaimOverpaid(claim.clone()), part))
        );
        assert_eq!(
            of(Direction::Credit, Some(&claim), sum),
            Some((Unexplained::ClaimRepeated(claim.clone()), sum))
        );
        assert_eq!(of(Direction::Credit, None, sum), Some((Unexplained::NoClaim, sum)));
        assert_eq!(of(Direction::Debit, None, Tiyn::ZERO), Some((Unexplained::NoPayout, sum)));
        assert_eq!(of(Direction::Debit, Some(&claim), Tiyn::ZERO), None);
    }

    #[test]
    fn each_fault_is_named_on_its_row_and_all_of_them_are() {
        let mut late = entry("C", 1, Direction::Credit);
        late.booked_on = "2026-11-24".parse().unwrap();
        let entries = vec![entry("A", 100, Direction::Credit), entry("A", 100, Direction::Credit), late];
        let Refused(faults) = statement(entries, 1_000 + 20_100).checked().unwrap_err();
        let repeated = Fault::Repeated { reference: "A".parse().unwrap(), first: 1 };
        assert_eq!(
            faults,
            [
                RowFault { row: Some(2), fault: repeated },
                RowFault { row: Some(3), fault: Fault::OtherDay("2026-11-24".parse().unwrap()) },
            ]
        );
    }
}
