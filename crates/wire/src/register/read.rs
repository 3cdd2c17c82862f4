//! Reads a register row by row: a bank's, to be matched, or our own, to be checked against its manifest.

use std::io::{self, BufRead, Read, Write};

use ledger::register::Column;
use ledger::register::intake::{Cells, Expected, Fault, Intake, Line, Refused, Said, read_sum};

use super::digest::Digesting;
use super::manifest::{Manifest, Mismatch};
use super::{ELEMENT, NAMESPACE};
use crate::stream::{Step, Stream};

/// A part of a register.
enum Part<'p> {
    /// A field of the head.
    Head(&'p str, &'p str),
    /// A row, counted from 1.
    Row(u64, &'p Cells),
    /// A field of the totals.
    Totals(&'p str, &'p str),
}

/// Walks over a register and hands its parts over. Gives the number of rows, or the row where it cannot be read on.
fn walk(file: impl BufRead, take: &mut dyn FnMut(Part<'_>) -> bool) -> Result<u64, (u64, Fault)> {
    let mut stream = Stream::new(file, NAMESPACE);
    let mut cells = Cells::default();
    let mut rows = 0;
    // The head comes first, then rows, then the totals; each at its place only.
    let mut stage = 0;
    loop {
        let at = rows.max(1);
        let step = stream.step().map_err(|fault| (at, fault))?;
        let unreadable = Err((at, Fault::Unreadable));
        match (step, stream.path()) {
            (Step::End, _) => return if stage == 3 { Ok(rows) } else { Err((at, Fault::Truncated)) },
            (Step::Open, [root]) if root == ELEMENT => {}
            (Step::Open, [_, part]) => {
                let next = match part.as_str() {
                    "head" if stage == 0 => 1,
                    "row" if stage == 1 || stage == 2 => 2,
                    "totals" if stage == 1 || stage == 2 => 3,
                    _ => return unreadable,
                };
                stage = next;
                if part == "row" {
                    rows += 1;
                    cells.clear();
                }
            }
            (Step::Open, [_, _, _]) | (Step::Close, [_]) => {}
            (Step::Close, [_, part]) => {
                if part == "row" && !take(Part::Row(rows, &cells)) {
                    return Ok(rows);
                }
            }
            (Step::Close, [_, part, field]) => match part.as_str() {
                "row" => {
                    let column = Column::ALL.iter().find(|column| column.name() == field);
                    let Some(column) = column else { return unreadable };
                    let text = cells.text_mut(*column);
                    if !text.is_empty() {
                        return unreadable;
                    }
                    text.push_str(stream.text());
                }
                "head" => {
                    take(Part::Head(field, stream.text()));
                }
                _ => {
                    take(Part::Totals(field, stream.text()));
                }
            },
            _ => return unreadable,
        }
    }
}

/// Totals as they are read.
#[derive(Default)]
struct Totals {
    additions: Option<u64>,
    deductions: Option<u64>,
    net: Option<i128>,
}

impl Totals {
    fn take(&mut self, field: &str, text: &str) {
        match field {
            "additions" => self.additions = text.parse().ok(),
            "deductions" => self.deductions = text.parse().ok(),
            "net" => self.net = read_sum(text),
            _ => {}
        }
    }

    fn said(&self) -> Option<Said> {
        Some(Said { rows: self.additions?.checked_add(self.deductions?)?, net: self.net? })
    }
}

/// Reads a bank's register and gives its lines one after another to `take`, which must keep nothing for good before the
/// whole file is found right. Rows are counted from 1.
///
/// # Errors
/// [`Refused`] with every fault by its row.
pub fn read_register(
    file: impl BufRead,
    expected: Expected,
    take: &mut dyn FnMut(Line),
) -> Result<Said, Refused> {
    let (bank, day) = (expected.bank.to_string(), expected.day.to_string());
    let mut intake = Intake::new(expected);
    let mut totals = Totals::default();
    let walked = walk(file, &mut |part| match part {
        Part::Head(field, text) => {
            let fault = match field {
                "party" if text != "bank" => Some(Fault::AnotherBank),
                "bin" if text != bank => Some(Fault::AnotherBank),
                "day" if text != day => Some(Fault::AnotherDay),
                _ => None,
            };
            if let Some(fault) = fault {
                intake.fault(1, fault, text);
            }
            true
        }
        Part::Row(row, cells) => {
            if !intake.has_room(row) {
                return false;
            }
            if let Some(line) = intake.row(row, cells) {
                take(line);
            }
            true
        }
        Part::Totals(field, text) => {
            totals.take(field, text);
            true
        }
    });
    let rows = match walked {
        Ok(rows) => rows,
        Err((row, fault)) => {
            intake.fault(row, fault, "");
            row
        }
    };
    intake.finish(rows.max(1), totals.said())
}

impl Manifest {
    /// Checks a register against this manifest: its octets, its head, the party and the day of each row, and that its
    /// rows come to its totals. Whether the manifest is genuine is for its signature to say.
    ///
    /// # Errors
    /// The first [`Mismatch`].
    pub fn verify_register(&self, name: &str, file: impl Read) -> Result<(), Mismatch> {
        let with_streebog = self.file.iter().any(|one| one.streebog512.is_some());
        let mut tee = Tee { inner: file, digesting: Digesting::new(io::sink(), with_streebog) };
        let (mut rows, mut net) = (0_u64, 0_i128);
        let mut totals = Totals::default();
        let mut wrong = None;
        let (bin, day) = (self.bin.to_string(), self.day.to_string());
        let walked = walk(io::BufReader::with_capacity(1 << 16, &mut tee), &mut |part| {
            match part {
                Part::Head(field, text) => {
                    let expected = match field {
                        "party" => Some(self.party.to_string()),
                        "bin" => Some(bin.clone()),
                        "day" => Some(day.clone()),
                        "revision" => Some(self.revision.to_string()),
                        "upTo" => Some(self.up_to.to_string()),
                        _ => None,
                    };
                    if expected.is_some_and(|expected| expected != text) {
                        wrong.get_or_insert(Mismatch::Head);
                    }
                }
                Part::Row(row, cells) => {
                    rows += 1;
                    let whose = cells.text(self.party.column());
                    if whose != bin || cells.text(Column::Day) != day {
                        wrong.get_or_insert(Mismatch::Row(row));
                    }
                    match read_sum(cells.text(Column::Amount)) {
                        Some(sum) => net += sum,
                        None => {
                            wrong.get_or_insert(Mismatch::Row(row));
                        }
                    }
                }
                Part::Totals(field, text) => totals.take(field, text),
            }
            true
        });
        walked.map_err(|(row, _)| Mismatch::Unreadable(row))?;
        // What the parser has left unread belongs to the file too.
        io::copy(&mut tee, &mut io::sink()).map_err(|_| Mismatch::Unreadable(rows))?;
        let (_, digested) = tee.digesting.finish();
        self.verify_file(name, &digested)?;
        if let Some(wrong) = wrong {
            return Err(wrong);
        }
        let found = Said { rows, net };
        let own = Said { rows: self.additions.0.saturating_add(self.deductions.0), net: self.net.0 };
        if totals.said() != Some(found) || own != found {
            return Err(Mismatch::Totals);
        }
        Ok(())
    }
}

/// Digests what is read.
struct Tee<R> {
    inner: R,
    digesting: Digesting<io::Sink>,
}

impl<R: Read> Read for Tee<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(out)?;
        self.digesting.write_all(&out[..length])?;
        Ok(length)
    }
}
