//! A bank's register out of CSV, in either dialect.

use std::io::{self, BufRead};

use ledger::register::intake::{Cells, Expected, Fault, Intake, Line, Refused, Said, read_sum};
use ledger::register::{Column, ColumnKind};

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
    let mut lines = Lines { file, number: 0, octets: Vec::new() };
    let mut csv = Csv { separator: b';', columns: Vec::new(), fields: Vec::new() };
    match lines.next() {
        Ok(true) => {}
        Ok(false) | Err(_) => {
            intake.fault(1, Fault::Truncated, "");
            return intake.finish(1, None);
        }
    }
    if let Err(fault) = csv.begin(&lines.octets) {
        intake.fault(1, fault, "");
        return intake.finish(1, None);
    }
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
        if csv.fields.first().is_some_and(|first| begins_totals(first)) {
            said = csv.totals();
            if said.is_none() {
                intake.fault(row, Fault::Bad(Column::Amount), csv.text(Column::Amount));
            }
            continue;
        }
        if csv.fields.len() != csv.columns.len() {
            intake.fault(row, Fault::Truncated, "");
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
        while matches!(self.octets.last(), Some(b'\n' | b'\r')) {
            self.octets.pop();
        }
        Ok(true)
    }
}

/// The form of the file, and the fields of its present line.
struct Csv {
    separator: u8,
    columns: Vec<Option<Column>>,
    fields: Vec<String>,
}

impl Csv {
    fn begin(&mut self, titles: &[u8]) -> Result<(), Fault> {
        let titles = titles.strip_prefix("\u{feff}".as_bytes()).unwrap_or(titles);
        // No title of ours has a semicolon in it, so one that stands there parts them.
        self.separator = if titles.contains(&b';') { b';' } else { b',' };
        self.split(titles)?;
        self.columns = self.fields.iter().map(|title| column_of(title)).collect();
        Ok(())
    }

    /// Parts one line into its fields.
    fn split(&mut self, line: &[u8]) -> Result<(), Fault> {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(self.separator)
            .buffer_capacity(1024)
            .from_reader(line);
        let mut record = csv::StringRecord::new();
        self.fields.clear();
        if !reader.read_record(&mut record).map_err(|_| Fault::Unreadable)? || record.len() > MOST_COLUMNS {
            return Err(Fault::Unreadable);
        }
        self.fields.extend(record.iter().map(str::to_owned));
        Ok(())
    }

    fn text(&self, column: Column) -> &str {
        let at = self.columns.iter().position(|one| *one == Some(column));
        at.and_then(|at| self.fields.get(at)).map_or("", String::as_str)
    }

    fn totals(&self) -> Option<Said> {
        let rows = self.fields.first()?.rsplit(':').next()?.trim().parse().ok()?;
        let mut net = String::new();
        machine_form(ColumnKind::Amount, self.text(Column::Amount), &mut net);
        Some(Said { rows, net: read_sum(&net)? })
    }

    /// Puts the fields into the form between machines; whether none of them is a formula.
    fn fill(&self, row: u64, cells: &mut Cells, intake: &mut Intake) -> bool {
        cells.clear();
        let mut is_plain = true;
        for (column, field) in self.columns.iter().zip(&self.fields) {
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
