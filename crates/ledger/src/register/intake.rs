//! What a bank's register says, checked line by line, whatever file it came in.
//!
//! Readers of files hand over the texts of a row by column; here is decided whether they make a line, and whether the
//! lines make the register that was expected. Nothing may be kept of a file before [`Intake::finish`] has agreed.

use std::hash::{DefaultHasher, Hash, Hasher};

use terms::{BankReference, BankingDay, Bin, Moment, PaymentCode, Tiyn, tenge};

use super::Column;
use crate::PostingKind;

/// The most rows of one file.
pub const MOST_ROWS: u64 = 5_000_000;
/// The most faults that are named; more are only counted.
pub const MOST_FAULTS: usize = 1000;
/// The longest quotation of a value in a fault, in characters.
const LONGEST_QUOTE: usize = 80;

/// One operation in a bank's register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its row in the file, as a person counts them.
    pub row: u64,
    /// The payment code.
    pub code: PaymentCode,
    /// The bank's own id of the operation; files of some forms cut it short.
    pub reference: BankReference,
    /// How much.
    pub amount: Tiyn,
    /// Whether money was taken back.
    pub is_deduction: bool,
    /// The banking day.
    pub day: BankingDay,
}

/// What a file says its rows come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said {
    /// How many rows.
    pub rows: u64,
    /// Their net sum, in tiyn.
    pub net: i128,
}

/// Which register is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expected {
    /// Whose.
    pub bank: Bin,
    /// Of which day.
    pub day: BankingDay,
    /// What it should come to, where something outside of the file has said so. A file that has no totals of its own
    /// cannot be known to be whole without it.
    pub totals: Option<Said>,
}

/// What is wrong with a file, or with one of its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The file has no such column.
    #[error("there is no column {}", .0.name())]
    NoColumn(Column),
    /// The file has a column twice.
    #[error("the column {} occurs twice", .0.name())]
    ColumnTwice(Column),
    /// A required field is empty.
    #[error("{} is missing", .0.name())]
    Missing(Column),
    /// A field is no value of its kind.
    #[error("{} is not what it should be", .0.name())]
    Bad(Column),
    /// A cell that a spreadsheet program would calculate.
    #[error("{} holds a formula", .0.name())]
    Formula(Column),
    /// The row has fewer fields than the file has columns: this one is not there.
    #[error("the row has {found} fields of {expected}: {} is not there", .column.name())]
    NoField {
        /// The first column whose field is not there.
        column: Column,
        /// How many fields the row has.
        found: usize,
        /// How many columns the file has.
        expected: usize,
    },
    /// The row has more fields than the file has columns.
    #[error("the row has {found} fields, the file {expected} columns")]
    TooManyFields {
        /// How many fields the row has.
        found: usize,
        /// How many columns the file has.
        expected: usize,
    },
    /// The amount has the sign of the opposite of what the row says it is.
    #[error(
        "a {} {}, and the amount says otherwise", .0.name(),
        if .0.takes_away() { "takes money away" } else { "brings money" }
    )]
    Sign(PostingKind),
    /// The same operation stands in an earlier row.
    #[error("the same operation stands in row {first}")]
    Duplicate {
        /// The earlier row.
        first: u64,
    },
    /// The payment was made at another bank.
    #[error("the payment is another bank's")]
    AnotherBank,
    /// The payment is of another banking day.
    #[error("the payment is of another day")]
    AnotherDay,
    /// The currency is not tenge.
    #[error("the currency is not KZT")]
    Currency,
    /// The file says another number of rows than it has.
    #[error("{said} rows are said, {found} are there")]
    WrongCount {
        /// What the file says.
        said: u64,
        /// What it has.
        found: u64,
    },
    /// The file says another sum than its rows come to.
    #[error("the total is said to be {}, the rows come to {}", tenge(*.said), tenge(*.found))]
    WrongTotal {
        /// What the file says, in tiyn.
        said: i128,
        /// What its rows come to.
        found: i128,
    },
    /// The file has no totals and nobody else has said them: whether it is whole cannot be known.
    #[error("there are no totals")]
    NoTotals,
    /// The file ends before its end.
    #[error("the file is cut short")]
    Truncated,
    /// The file is not of the form it should have.
    #[error("the file cannot be read here")]
    Unreadable,
    /// More rows than [`MOST_ROWS`].
    #[error("there are more than {MOST_ROWS} rows")]
    TooManyRows,
}

/// A fault and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowFault {
    /// The row of the file as a person counts them, from 1; in XML the number of the row or entry.
    pub row: u64,
    /// What is wrong.
    pub fault: Fault,
    /// The value that is wrong, shortened; may be personal data.
    pub value: String,
}

/// A file that was refused as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The first faults, in the order of their rows.
    pub faults: Vec<RowFault>,
    /// How many more there are.
    pub more: u64,
}

/// The texts of one row by column, in the form between machines; empty where there is none.
#[derive(Debug, Clone)]
pub struct Cells(Vec<String>);

impl Default for Cells {
    fn default() -> Self {
        Self(vec![String::new(); Column::ALL.len()])
    }
}

impl Cells {
    /// Makes all texts empty.
    pub fn clear(&mut self) {
        self.0.iter_mut().for_each(String::clear);
    }

    /// The text of a column, to be written to.
    pub fn text_mut(&mut self, column: Column) -> &mut String {
        &mut self.0[column as usize]
    }

    /// The text of a column.
    pub fn text(&self, column: Column) -> &str {
        &self.0[column as usize]
    }
}

/// An operation and the row it stands in, in sixteen octets.
///
/// Of the bank's reference and the direction a digest is kept: that two operations under one code have the same is as
/// likely as one in four thousand million, and the fault names both rows for a person to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Seen {
    code: PaymentCode,
    digest: u32,
    row: u32,
}

/// Checks rows of one file.
#[derive(Debug)]
pub struct Intake {
    expected: Expected,
    seen: Vec<Seen>,
    rows: u64,
    net: i128,
    faults: Vec<RowFault>,
    more: u64,
}

impl Intake {
    /// Columns without which nothing can be matched.
    pub const REQUIRED: [Column; 5] =
        [Column::PaymentCode, Column::Amount, Column::Day, Column::Bank, Column::BankReference];

    /// Begins a file.
    pub fn new(expected: Expected) -> Self {
        Self { expected, seen: Vec::new(), rows: 0, net: 0, faults: Vec::new(), more: 0 }
    }

    /// Notes a fault that the reader of the file has found.
    pub fn fault(&mut self, row: u64, fault: Fault, value: &str) {
        if self.faults.len() == MOST_FAULTS {
            self.more += 1;
            return;
        }
        let value = value.chars().take(LONGEST_QUOTE).flat_map(char::escape_debug).collect();
        self.faults.push(RowFault { row, fault, value });
    }

    /// Checks the columns that a file has; whether rows can be read at all.
    pub fn columns(&mut self, row: u64, columns: impl IntoIterator<Item = Option<Column>>) -> bool {
        let before = self.faults.len();
        let mut had = Vec::new();
        for column in columns.into_iter().flatten() {
            if had.contains(&column) {
                self.fault(row, Fault::ColumnTwice(column), column.name());
            }
            had.push(column);
        }
        for column in Self::REQUIRED {
            if !had.contains(&column) {
                self.fault(row, Fault::NoColumn(column), "");
            }
        }
        self.faults.len() == before
    }

    /// Whether another row may come; notes the fault once where not.
    pub fn has_room(&mut self, row: u64) -> bool {
        if self.rows < MOST_ROWS {
            return true;
        }
        self.fault(row, Fault::TooManyRows, "");
        false
    }

    /// Checks a row; the line, where nothing is wrong with it. That it stands in the file for the second time shows only
    /// at the end.
    pub fn row(&mut self, row: u64, cells: &Cells) -> Option<Line> {
        self.rows += 1;
        let code = self.field::<PaymentCode>(row, cells, Column::PaymentCode);
        let reference = self.field::<BankReference>(row, cells, Column::BankReference);
        let bank = self.field::<Bin>(row, cells, Column::Bank);
        let day = self.field::<BankingDay>(row, cells, Column::Day);
        let amount = self.amount(row, cells);
        let mut has_right_kind = true;
        // A file may leave out what happened, and the sign alone says it. Where a word stands it has to be one of ours as
        // we write it: of `chargeback` or `PAYMENT` nobody here could say whether the sign is right.
        let word = cells.text(Column::Kind).trim();
        let kind = word.parse::<PostingKind>().ok().filter(|kind| kind.is_of_register());
        if kind.is_none() && !word.is_empty() {
            self.fault(row, Fault::Bad(Column::Kind), word);
            has_right_kind = false;
        }
        if let (Some(kind), Some((is_deduction, _))) = (kind, amount)
            && kind.takes_away() != is_deduction
        {
            self.fault(row, Fault::Sign(kind), cells.text(Column::Amount));
            return None;
        }
        if let Some((is_deduction, amount)) = amount {
            let amount = i128::from(amount.as_i64());
            self.net += if is_deduction { -amount } else { amount };
        }
        if bank.is_some_and(|bank| bank != self.expected.bank) {
            self.fault(row, Fault::AnotherBank, cells.text(Column::Bank));
            return None;
        }
        if day.is_some_and(|day| day != self.expected.day) {
            self.fault(row, Fault::AnotherDay, cells.text(Column::Day));
            return None;
        }
        if !has_right_kind {
            return None;
        }
        let (code, reference, (is_deduction, amount), day) = (code?, reference?, amount?, day?);
        bank?;
        let mut hasher = DefaultHasher::new();
        (&reference, is_deduction).hash(&mut hasher);
        let row_in_file = u32::try_from(row).unwrap_or(u32::MAX);
        self.seen.push(Seen { code, digest: hasher.finish() as u32, row: row_in_file });
        Some(Line { row, code, reference, amount, is_deduction, day })
    }

    /// Names every row whose operation stands in an earlier one.
    fn find_duplicates(&mut self) {
        let mut seen = std::mem::take(&mut self.seen);
        seen.sort_unstable();
        let mut again = Vec::new();
        for same in seen.chunk_by(|a, b| (a.code, a.digest) == (b.code, b.digest)) {
            again.extend(same[1..].iter().map(|one| (one.row, same[0].row, one.code)));
        }
        again.sort_unstable();
        for (row, first, code) in again {
            self.fault(row.into(), Fault::Duplicate { first: first.into() }, &code.digits());
        }
        self.faults.sort_by_key(|fault| fault.row);
    }

    fn field<T: std::str::FromStr>(&mut self, row: u64, cells: &Cells, column: Column) -> Option<T> {
        let text = cells.text(column).trim();
        if text.is_empty() {
            self.fault(row, Fault::Missing(column), "");
            return None;
        }
        let value = text.parse().ok();
        if value.is_none() {
            self.fault(row, Fault::Bad(column), text);
        }
        value
    }

    /// A signed amount; nothing is no amount.
    fn amount(&mut self, row: u64, cells: &Cells) -> Option<(bool, Tiyn)> {
        let text = cells.text(Column::Amount).trim();
        if text.is_empty() {
            self.fault(row, Fault::Missing(Column::Amount), "");
            return None;
        }
        let (is_deduction, magnitude) = match text.strip_prefix('-') {
            Some(magnitude) => (true, magnitude),
            None => (false, text),
        };
        match magnitude.parse::<Tiyn>() {
            Ok(amount) if amount > Tiyn::ZERO => Some((is_deduction, amount)),
            _ => {
                self.fault(row, Fault::Bad(Column::Amount), text);
                None
            }
        }
    }

    /// Ends the file at a row, with the totals that it says itself.
    ///
    /// # Errors
    /// [`Refused`] where anything at all was wrong.
    pub fn finish(mut self, row: u64, said: Option<Said>) -> Result<Said, Refused> {
        let found = Said { rows: self.rows, net: self.net };
        let has_totals = said.is_some() || self.expected.totals.is_some();
        for said in [said, self.expected.totals].into_iter().flatten() {
            if said.rows != found.rows {
                self.fault(row, Fault::WrongCount { said: said.rows, found: found.rows }, "");
            }
            if said.net != found.net {
                self.fault(row, Fault::WrongTotal { said: said.net, found: found.net }, "");
            }
        }
        let is_cut = self.faults.iter().any(|one| matches!(one.fault, Fault::Truncated | Fault::Unreadable));
        if !has_totals && !is_cut {
            self.fault(row, Fault::NoTotals, "");
        }
        self.find_duplicates();
        if self.faults.is_empty() { Ok(found) } else { Err(Refused { faults: self.faults, more: self.more }) }
    }
}

/// A signed sum between machines: `-1725.00`.
pub fn read_sum(text: &str) -> Option<i128> {
    let (sign, magnitude) = match text.strip_prefix('-') {
        Some(magnitude) => (-1, magnitude),
        None => (1, text),
    };
    let (tenge, tiyn) = magnitude.split_once('.').unwrap_or((magnitude, "00"));
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|octet| octet.is_ascii_digit());
    if !is_number(tenge) || !is_number(tiyn) || tiyn.len() != 2 || tenge.len() > 20 {
        return None;
    }
    Some(sign * (tenge.parse::<i128>().ok()? * 100 + tiyn.parse::<i128>().ok()?))
}

/// Whether the text is a moment, and of which banking day.
pub fn day_of(text: &str) -> Option<BankingDay> {
    text.parse::<Moment>().ok().map(Moment::banking_day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::register::sample;

    fn expected() -> Expected {
        Expected { bank: sample::bank(), day: sample::day(), totals: None }
    }

    fn cells(row: &super::super::Row) -> Cells {
        let mut cells = Cells::default();
        for column in Column::ALL {
            column.value(row).write(cells.text_mut(*column));
        }
        cells
    }

    fn only_fault(change: impl Fn(&mut Cells)) -> Fault {
        let row = sample::rows(1).next().unwrap();
        let mut cells = cells(&row);
        change(&mut cells);
        let mut intake = Intake::new(expected());
        assert_eq!(intake.row(2, &cells), None);
        let net = intake.net;
        let refused = intake.finish(3, Some(Said { rows: 1, net })).unwrap_err();
        assert_eq!((refused.faults.len(), refused.faults[0].row), (1, 2), "{refused:?}");
        refused.faults[0].fault
    }

    /// Meets: C10
    /// Defends: A29
    #[test]
    fn every_wrong_row_is_named_with_its_reason() {
        let set = |column: Column, text: &'static str| {
            move |cells: &mut Cells| text.clone_into(cells.text_mut(column))
        };
        assert_eq!(only_fault(set(Column::PaymentCode, "")), Fault::Missing(Column::PaymentCode));
        assert_eq!(only_fault(set(Column::PaymentCode, "7291417776317055")), Fault::Bad(Column::PaymentCode));
        for wrong in ["0.00", "1.5", "1,00", "+1.00", "--1.00", "99999999999.00", "1e3"] {
            assert_eq!(only_fault(set(Column::Amount, wrong)), Fault::Bad(Column::Amount), "{wrong}");
        }
        assert_eq!(only_fault(set(Column::Kind, "reversal")), Fault::Sign(PostingKind::Reversal));
        for wrong in ["chargeback", "PAYMENT", "Reversal", "pay ment", "claim", "payout"] {
            assert_eq!(only_fault(set(Column::Kind, wrong)), Fault::Bad(Column::Kind), "{wrong}");
        }
        let negative = |cells: &mut Cells| cells.text_mut(Column::Amount).insert(0, '-');
        assert_eq!(only_fault(negative), Fault::Sign(PostingKind::Payment));
        assert_eq!(only_fault(set(Column::Bank, "500140000126")), Fault::AnotherBank);
        assert_eq!(only_fault(set(Column::Day, "2026-11-21")), Fault::AnotherDay);
        assert_eq!(only_fault(set(Column::Day, "22.11.2026")), Fault::Bad(Column::Day));
        assert_eq!(only_fault(set(Column::BankReference, "a b")), Fault::Bad(Column::BankReference));
    }

    /// Defends: A29
    #[test]
    fn a_kind_in_other_letters_is_no_way_round_the_check_of_its_sign() {
        let shouted = |cells: &mut Cells| {
            "PAYMENT".clone_into(cells.text_mut(Column::Kind));
            cells.text_mut(Column::Amount).insert(0, '-');
        };
        assert_eq!(only_fault(shouted), Fault::Bad(Column::Kind));
        // What is not said is not wrong: the sign alone says it then.
        let mut cells = cells(&sample::rows(1).next().unwrap());
        cells.text_mut(Column::Kind).clear();
        assert!(Intake::new(expected()).row(2, &cells).is_some());
    }

    /// Defends: A29
    #[test]
    fn a_row_twice_a_row_less_and_a_wrong_total_are_seen() {
        let rows: Vec<_> = sample::rows(3).map(|row| cells(&row)).collect();
        let said = {
            let mut intake = Intake::new(expected());
            assert!((1..).zip(&rows).all(|(at, cells)| intake.row(at, cells).is_some()));
            Said { rows: 3, net: intake.net }
        };
        let faults = |rows: &[&Cells], said: Option<Said>| {
            let mut intake = Intake::new(expected());
            for (at, cells) in (1..).zip(rows) {
                intake.row(at, cells);
            }
            let refused = intake.finish(rows.len() as u64 + 1, said).unwrap_err();
            refused.faults.into_iter().map(|one| one.fault).collect::<Vec<_>>()
        };
        let twice = faults(&[&rows[0], &rows[1], &rows[2], &rows[1]], Some(said));
        assert_eq!(twice[0], Fault::Duplicate { first: 2 });
        assert!(matches!(twice[1], Fault::WrongCount { said: 3, found: 4 }));
        let less = faults(&[&rows[0], &rows[2]], Some(said));
        assert!(matches!(less[..], [Fault::WrongCount { .. }, Fault::WrongTotal { .. }]), "{less:?}");
        let all = [&rows[0], &rows[1], &rows[2]];
        let wrong = faults(&all, Some(Said { net: said.net + 1, ..said }));
        assert_eq!(wrong, [Fault::WrongTotal { said: said.net + 1, found: said.net }]);
        assert_eq!(faults(&all, None), [Fault::NoTotals]);
    }

    #[test]
    fn more_faults_than_are_named_are_counted() {
        let mut intake = Intake::new(expected());
        for row in 1..=MOST_FAULTS as u64 + 7 {
            intake.fault(row, Fault::Currency, "USD\n");
        }
        let refused = intake.finish(1, Some(Said { rows: 0, net: 0 })).unwrap_err();
        assert_eq!((refused.faults.len(), refused.more), (MOST_FAULTS, 7));
        assert_eq!(refused.faults[0].value, "USD\\n");
    }
}
