//! A bank's register out of CSV, in either dialect.

use std::cmp::Ordering;
use std::io::{self, BufRead};
use std::str::FromStr;

use ledger::PostingKind;
use ledger::register::intake::{Cells, Expected, Fault, Intake, Line, Refused, Said, read_sum};
use ledger::register::{Column, ColumnKind};
use terms::{
    ApplicationNumber, BankingDay, Bic, Bin, Iban, Kbe, Kbk, Knp, Kod, PartyNumber, PaymentCode, ServiceCode,
};

use super::{begins_formula, begins_totals};

/// The longest line, in octets: far more than all columns at their longest.
const LONGEST_LINE: usize = 64 * 1024;
/// The most columns of a file.
const MOST_COLUMNS: usize = 256;

/// Reads a bank's register and gives its lines one after another to `take`, which must keep nothing for good before the
/// whole file is found right. The dialect is told by the separator of the first line.
///
/// # Errors
/// [`Refused`] with every fault by its row.
pub fn read_csv(file: impl BufRead, expected: Expected, take: &mut dyn FnMut(Line)) -> Result<Said, Refused> {
    let mut intake = Intake::new(expected);
    let mut lines = Lines { file, number: 0, octets: Vec::new(), is_ended: true };
    match lines.next() {
        Ok(true) => {}
        Ok(false) | Err(_) => {
            intake.fault(1, Fault::Truncated, "");
            return intake.finish(1, None);
        }
    }
    let mut csv = match Csv::begin(&lines.octets) {
        Ok(csv) => csv,
        Err(fault) => {
            intake.fault(1, fault, "");
            return intake.finish(1, None);
        }
    };
    if !intake.columns(1, csv.columns.iter().copied()) {
        return intake.finish(1, None);
    }
    let mut cells = Cells::default();
    let mut said = None;
    loop {
        let row = lines.number + 1;
        match lines.next() {
            Ok(true) => {}
            Ok(false) => break,
            Err(fault) => {
                intake.fault(row, fault, "");
                break;
            }
        }
        if lines.octets.is_empty() {
            continue;
        }
        // A file ends with its totals; what follows them belongs to no total.
        if said.is_some() || csv.split(&lines.octets).is_err() {
            intake.fault(row, Fault::Unreadable, "");
            break;
        }
        if csv.record.get(0).is_some_and(begins_totals) {
            said = csv.totals();
            if said.is_none() {
                intake.fault(row, Fault::Bad(Column::Amount), csv.text(Column::Amount));
            }
            continue;
        }
        if let Some(fault) = csv.wrong_length(lines.is_ended) {
            intake.fault(row, fault, "");
            continue;
        }
        if !intake.has_room(row) {
            break;
        }
        if csv.fill(row, &mut cells, &mut intake)
            && let Some(line) = intake.row(row, &cells)
        {
            take(line);
        }
    }
    intake.finish(lines.number, said)
}

/// The lines of a file, none longer than the longest allowed. Our writers and banks' systems put no line ends into values.
struct Lines<R> {
    file: R,
    number: u64,
    octets: Vec<u8>,
    /// Whether the present line has an end; the last one of a file that was cut short has none.
    is_ended: bool,
}

impl<R: BufRead> Lines<R> {
    fn next(&mut self) -> Result<bool, Fault> {
        self.octets.clear();
        let mut bounded = io::Read::take(&mut self.file, LONGEST_LINE as u64 + 1);
        let length = bounded.read_until(b'\n', &mut self.octets).map_err(|_| Fault::Truncated)?;
        if length == 0 {
            return Ok(false);
        }
        self.number += 1;
        if length > LONGEST_LINE {
            return Err(Fault::Unreadable);
        }
        self.is_ended = self.octets.ends_with(b"\n");
        while matches!(self.octets.last(), Some(b'\n' | b'\r')) {
            self.octets.pop();
        }
        Ok(true)
    }
}

/// The present line, handed to a parser that goes on from line to line: setting one up costs more than a line.
#[derive(Default)]
struct Present {
    line: Vec<u8>,
    at: usize,
    /// Whether more was asked for than there is.
    is_over: bool,
}

impl io::Read for Present {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = io::Read::read(&mut &self.line[self.at..], out)?;
        self.at += read;
        self.is_over |= read == 0;
        Ok(read)
    }
}

/// The form of the file, and the fields of its present line.
struct Csv {
    parser: csv::Reader<Present>,
    columns: Vec<Option<Column>>,
    record: csv::StringRecord,
}

impl Csv {
    fn begin(titles: &[u8]) -> Result<Self, Fault> {
        let titles = titles.strip_prefix("\u{feff}".as_bytes()).unwrap_or(titles);
        let parser = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            // No title of ours has a semicolon in it, so one that stands there parts them.
            .delimiter(if titles.contains(&b';') { b';' } else { b',' })
            .buffer_capacity(1024)
            .from_reader(Present::default());
        let mut csv = Self { parser, columns: Vec::new(), record: csv::StringRecord::new() };
        csv.split(titles)?;
        csv.columns = csv.record.iter().map(column_of).collect();
        Ok(csv)
    }

    /// Parts one line into its fields.
    fn split(&mut self, line: &[u8]) -> Result<(), Fault> {
        let present = self.parser.get_mut();
        present.line.clear();
        present.line.extend_from_slice(line);
        present.line.push(b'\n');
        (present.at, present.is_over) = (0, false);
        let is_read = self.parser.read_record(&mut self.record).map_err(|_| Fault::Unreadable)?;
        // A parser that asks for more than the line is within quotation marks that nobody closed.
        if !is_read || self.parser.get_ref().is_over || self.record.len() > MOST_COLUMNS {
            return Err(Fault::Unreadable);
        }
        Ok(())
    }

    fn text(&self, column: Column) -> &str {
        let at = self.columns.iter().position(|one| *one == Some(column));
        at.and_then(|at| self.record.get(at)).unwrap_or("")
    }

    /// What is wrong with the number of fields in the present line.
    fn wrong_length(&self, is_ended: bool) -> Option<Fault> {
        let (found, expected) = (self.record.len(), self.columns.len());
        match found.cmp(&expected) {
            Ordering::Equal => None,
            Ordering::Greater => Some(Fault::TooManyFields { found, expected }),
            Ordering::Less if !is_ended => Some(Fault::Truncated),
            Ordering::Less => Some(match self.missing() {
                Some(column) => Fault::NoField { column, found, expected },
                None => Fault::Truncated,
            }),
        }
    }

    /// Which column's field is not there: the first one to whose place another's field has moved, as far as the forms of
    /// the fields tell; otherwise the first behind the last field.
    fn missing(&self) -> Option<Column> {
        let moved = self.columns.iter().zip(&self.record).find_map(|(column, field)| {
            let column = (*column)?;
            (!fits(column, field)).then_some(column)
        });
        moved.or_else(|| self.columns[self.record.len()..].iter().find_map(|column| *column))
    }

    fn totals(&self) -> Option<Said> {
        let rows = self.record.get(0)?.rsplit(':').next()?.trim().parse().ok()?;
        let mut net = String::new();
        machine_form(ColumnKind::Amount, self.text(Column::Amount), &mut net);
        Some(Said { rows, net: read_sum(&net)? })
    }

    /// Puts the fields into the form between machines; whether none of them is a formula.
    fn fill(&self, row: u64, cells: &mut Cells, intake: &mut Intake) -> bool {
        cells.clear();
        let mut is_plain = true;
        for (column, field) in self.columns.iter().zip(&self.record) {
            let Some(column) = *column else { continue };
            if column.kind() != ColumnKind::Amount && begins_formula(field) {
                intake.fault(row, Fault::Formula(column), field);
                is_plain = false;
            }
            let unguarded = field.strip_prefix('\'').filter(|rest| begins_formula(rest)).unwrap_or(field);
            machine_form(column.kind(), unguarded, cells.text_mut(column));
        }
        is_plain
    }
}

/// Whether a field has the form of its column. Texts have any form.
fn fits(column: Column, field: &str) -> bool {
    fn is<T: FromStr>(text: &str) -> bool {
        text.parse::<T>().is_ok()
    }
    let mut text = String::new();
    machine_form(column.kind(), field, &mut text);
    match column {
        Column::RecipientNumber | Column::PayerNumber => is::<PartyNumber>(&text),
        Column::Application => text.is_empty() || is::<ApplicationNumber>(&text),
        Column::Account => is::<Iban>(&text),
        Column::Amount | Column::Commission => text.contains('.') && read_sum(&text).is_some(),
        Column::PaidAt | Column::KnownAt => text.len() > 10 && text.get(..10).is_some_and(is::<BankingDay>),
        Column::PaymentCode => is::<PaymentCode>(&text),
        Column::Kind => is::<PostingKind>(&text),
        Column::Day => text.len() == "2026-11-22".len() && is::<BankingDay>(&text),
        Column::Bank | Column::Provider => is::<Bin>(&text),
        Column::Service => is::<ServiceCode>(&text),
        Column::BeneficiaryBic => is::<Bic>(&text),
        Column::Kbk => is::<Kbk>(&text),
        Column::Knp => is::<Knp>(&text),
        Column::Kod => is::<Kod>(&text),
        Column::Kbe => is::<Kbe>(&text),
        Column::Posting => is::<u64>(&text),
        Column::Channel
        | Column::TransactionNumber
        | Column::BankReference
        | Column::RecipientName
        | Column::PayerName
        | Column::Purpose => true,
    }
}

/// The column of a title, with or without the offset that follows titles of moments.
fn column_of(title: &str) -> Option<Column> {
    let title = title.split(" (UTC").next().unwrap_or(title);
    title.parse().ok()
}

/// A value of an office file in the form between machines; what is in that form already stays as it is.
pub(super) fn machine_form(kind: ColumnKind, text: &str, out: &mut String) {
    let text = text.trim();
    match kind {
        ColumnKind::Amount => {
            let visible = text.chars().filter(|c| !matches!(c, '\u{a0}' | '\u{202f}' | ' '));
            out.extend(visible.map(|c| if c == ',' { '.' } else { c }));
        }
        ColumnKind::Day | ColumnKind::Moment => match text.get(..10).map(str::as_bytes) {
            Some([d1, d2, b'.', m1, m2, b'.', y @ ..]) if y.len() == 4 => {
                out.extend(
                    y.iter().chain(b"-").chain([m1, m2]).chain(b"-").chain([d1, d2]).map(|o| char::from(*o)),
                );
                out.push_str(&text[10..]);
            }
            _ => out.push_str(text),
        },
        ColumnKind::Text | ColumnKind::Identifier => out.push_str(text),
    }
}
