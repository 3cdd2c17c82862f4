//! The steps that are measured: form a register, write it in each format, match it.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use files::register::{CsvRegister, Dialect, JsonLines, Passport, XlsxRegister};
use indicatif::ProgressBar;
use ledger::reconcile::{Finding, Heap, Item, Notices, Patience, Side};
use ledger::register::{Row, Totals, sample};
use terms::Language;
use wire::iso20022::camt054::Camt054Writer;
use wire::register::{Digesting, RegisterWriter};

use super::store::{Order, Rows};

/// All steps, in their order.
pub(super) const STEPS: [&str; 7] = ["form", "xml", "xlsx", "csv", "camt054", "jsonl", "match"];
/// One item of the bank's register in so many comes without its code; the others have references cut short.
const WITHOUT_CODE_IN: u64 = 10;

/// What a step took.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measured {
    pub(super) seconds: f64,
    /// The most memory at one time, over what the process had before the step.
    pub(super) peak_mib: f64,
}

/// Does one step in this process and measures it.
///
/// The peak is the kernel's own high-water mark of resident memory (`VmHWM`), set back to the present before the step.
#[expect(clippy::float_arithmetic, reason = "seconds and mebibytes that were measured; no money")]
pub(super) fn measure(step: &str, database: &Path, folder: &Path, count: u64) -> Result<Measured> {
    let rows = Rows::open(database, count)?;
    let passes = if step == "match" { 3 } else { 1 };
    let progress = ProgressBar::new(count * passes);
    let base = reset_peak()?;
    let start = Instant::now();
    let done = Doing { rows, folder, count, progress: &progress, shown: 0 }.step(step);
    let seconds = start.elapsed().as_secs_f64();
    let peak = kibibytes("VmHWM:")?;
    progress.finish_and_clear();
    done?;
    Ok(Measured { seconds, peak_mib: (peak.saturating_sub(base)) as f64 / 1024.0 })
}

/// Sets the high-water mark back and gives what is resident now, in KiB.
fn reset_peak() -> Result<u64> {
    // 5 is the kernel's word for it (Documentation/filesystems/proc).
    std::fs::write("/proc/self/clear_refs", "5")
        .context("the high-water mark of memory cannot be set back")?;
    kibibytes("VmRSS:")
}

fn kibibytes(field: &str) -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(field)).context("no figure for memory")?;
    Ok(line.trim().trim_end_matches("kB").trim().parse()?)
}

struct Doing<'d> {
    rows: Rows,
    folder: &'d Path,
    count: u64,
    progress: &'d ProgressBar,
    shown: u64,
}

impl Doing<'_> {
    fn step(mut self, step: &str) -> Result<()> {
        let expected = self.rows.totals()?;
        ensure!(expected.rows() == self.count, "the database has other rows than were written");
        let head = sample::head(self.count);
        let path = self.folder.join(format!("{}.{step}", head.file_stem()));
        let file =
            || -> Result<BufWriter<File>> { Ok(BufWriter::with_capacity(1 << 18, File::create(&path)?)) };
        let totals = match step {
            "form" => {
                let mut totals = Totals::default();
                self.each(Order::Forward, &mut |row| {
                    ensure!(head.holds(row), "a row of another register");
                    totals.count(row);
                    Ok(())
                })?;
                totals
            }
            "xml" => {
                let mut out = RegisterWriter::new(Digesting::new(file()?, false), &head)?;
                self.each(Order::Forward, &mut |row| Ok(out.row(row)?))?;
                let (digesting, totals) = out.finish()?;
                std::hint::black_box(digesting.finish().1);
                totals
            }
            "xlsx" => {
                let passport = Passport {
                    version: env!("CARGO_PKG_VERSION").to_owned(),
                    sha256: "0".repeat(64),
                    signature: format!("{}.manifest.xml", head.file_stem()),
                };
                let mut out = XlsxRegister::new(&head, Language::Kk, passport, self.folder)?;
                self.each(Order::Forward, &mut |row| Ok(out.row(row)?))?;
                out.finish(file()?)?
            }
            "csv" => {
                let mut out = CsvRegister::new(file()?, &head, Dialect::Office(Language::Ru))?;
                self.each(Order::Forward, &mut |row| Ok(out.row(row)?))?;
                out.finish()?
            }
            "camt054" => {
                let mut out = Camt054Writer::new(file()?, &head, &expected)?;
                self.each(Order::Forward, &mut |row| Ok(out.row(row)?))?;
                out.finish()?.1
            }
            "jsonl" => {
                let mut out = JsonLines::new(file()?, &head)?;
                self.each(Order::Forward, &mut |row| Ok(out.row(row)?))?;
                out.finish()?
            }
            _ => return self.matching(),
        };
        ensure!(totals == expected, "the {step} does not come to the sums of its rows");
        Ok(())
    }

    fn each(&mut self, order: Order, take: &mut dyn FnMut(&Row) -> Result<()>) -> Result<()> {
        const SHOWN_AT_ONCE: u64 = 4096;
        let Self { rows, progress, shown, .. } = self;
        rows.each(order, &mut |row| {
            *shown += 1;
            if shown.is_multiple_of(SHOWN_AT_ONCE) {
                progress.set_position(*shown);
            }
            take(row)
        })
    }

    /// Notices against a register in the opposite order, some of it cut short, and a statement.
    fn matching(mut self) -> Result<()> {
        let mut notices = Notices::with_capacity(usize::try_from(self.count)?);
        self.each(Order::Forward, &mut |row| {
            let reference = &row.requisites.bank_reference;
            Ok(notices.add(row.code, reference, row.amount, row.is_deduction(), row.day)?)
        })?;
        let patience = Patience { notice: 0, register: 0, statement: Some(0) };
        let mut matching = notices.against(patience, sample::day().ends_at().plus_seconds(86_400));
        let mut not_agreed = 0_u64;
        let mut sink = |finding: Finding<'_>| not_agreed += u64::from(finding.heap != Heap::Agreed);
        for (side, order) in [(Side::Register, Order::Backward), (Side::Statement, Order::Forward)] {
            self.each(order, &mut |row| {
                let reference = row.requisites.bank_reference.as_str();
                let is_nameless = side == Side::Register && row.posting.is_multiple_of(WITHOUT_CODE_IN);
                let item = Item {
                    code: (!is_nameless).then_some(row.code),
                    reference: Some(if is_nameless { reference } else { &reference[..reference.len() - 3] }),
                    amount: row.amount,
                    is_deduction: row.is_deduction(),
                    day: row.day,
                };
                matching.compare(side, item, &mut sink);
                Ok(())
            })?;
        }
        let heaps = matching.finish(&mut sink);
        ensure!(heaps.agreed == self.count && not_agreed == 0, "the matching found differences: {heaps:?}");
        Ok(())
    }
}
