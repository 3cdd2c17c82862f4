//! Reconciliation of a day with a bank (cl. 10, 24): its notices, its register, and what its statement says of single
//! payments, matched into three heaps. Every run is made anew and kept.
//!
//! How operations find each other is settled in `ledger::reconcile`; how files are read, in `wire` and `files`. A file that
//! is wrong is refused with all of its faults, and nothing of it is kept. The entries of a statement that name no payment
//! are reimbursements and payouts: those are matched with claims.

use std::fs::File;
use std::io::{self, BufReader, Read as _, Write as _};
use std::path::Path;

use files::register::{ReadError, read_csv, read_xlsx};
use files::{LARGEST_STATEMENT_FILE, read_statement_csv, read_statement_xlsx};
use ledger::reconcile::{Absent, Field, Finding, Heap, Heaps, Item, Notices, Patience, Side, TooManyNotices};
use ledger::register::intake::{Expected, Fault, Line, MOST_ROWS, Refused, RowFault};
use ledger::register::{Party, Totals};
use ledger::statement::{self, Direction, Entry, Statement};
use participant::CallFailure;
use rights::Permitted;
use store::{Deed, DifferenceRow, PlacedDifference, Reconciliation, Store as _, StoreError, View};
use terms::{BankReference, BankingDay, Bin, MessageId, PaymentCode, Tiyn};
use wire::bank::{GetBankRegister, GetStatement, LONGEST_REGISTER_PAGE};
use wire::common::{Count, MovementKind};
use wire::iso20022::{camt053, camt054};
use wire::register::{Digesting, read_register};
use xml::Limits;

use crate::authority::officers_of;
use crate::cx::Cx;
use crate::registers::AT_ONCE;

/// The most differences of one run that are kept and named; all are counted.
pub const MOST_DIFFERENCES: usize = 10_000;
/// How long a bank may take to send a notice of what its register has already, in seconds after the banking day.
const NOTICE_PATIENCE: i64 = 24 * 3600;
/// How long a payment may take to stand on a statement, in seconds after the banking day.
const STATEMENT_PATIENCE: i64 = 3 * 24 * 3600;
/// What stands in the place of our value, before the other bank's number, where our books hold a payment as paid there.
pub(crate) const PAID_AT: &str = "paid at ";
/// The most pages that a bank is asked for: one that never ends is not read for ever.
const MOST_PAGES: u64 = MOST_ROWS / LONGEST_REGISTER_PAGE as u64;

/// Compare what a bank has notified of a banking day with what it says of itself.
#[derive(Debug, Clone, Copy)]
pub struct Reconcile {
    /// The bank.
    pub bank: Bin,
    /// The day.
    pub day: BankingDay,
}

/// With what the notices are compared. What is not given as a file the bank is asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Given<'f> {
    /// The bank's register.
    pub register: Option<&'f Path>,
    /// The statement.
    pub statement: Option<&'f Path>,
}

/// What came of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Its place among all runs.
    pub id: u64,
    /// The run as it was kept.
    pub run: Reconciliation,
    /// What does not agree; at most [`MOST_DIFFERENCES`].
    pub differences: Vec<DifferenceRow>,
    /// Which of them two officers took for known before.
    pub known: Vec<Known>,
    /// Entries of the statement that are of no single payment.
    pub of_claims: u64,
}

/// A difference that two officers took for known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The difference, word for word.
    pub difference: DifferenceRow,
    /// The proposal.
    pub proposal: MessageId,
    /// The names of both officers.
    pub by: Vec<String>,
}

impl Outcome {
    /// Who took a difference for known, where somebody has.
    pub fn known_by(&self, difference: &DifferenceRow) -> Option<&Known> {
        self.known.iter().find(|known| known.difference == *difference)
    }

    /// Whether nothing differs but what is known.
    pub fn is_settled(&self) -> bool {
        let is_open = |one: &DifferenceRow| one.until.is_none() && self.known_by(one).is_none();
        let are_all_named = self.run.differing == 0 || self.differences.len() < MOST_DIFFERENCES;
        are_all_named && !self.differences.iter().any(is_open)
    }
}

/// Why a run came to nothing. Nothing is kept then.
#[derive(Debug, thiserror::Error)]
pub enum NotReconciled {
    /// The day has not begun.
    #[error("{0} has not begun: there is nothing of it to compare")]
    Future(BankingDay),
    /// The register in the file has faults.
    #[error("the register has {}", count_of_faults(.faults.len() as u64 + .more))]
    Register {
        /// The first of them, by row.
        faults: Vec<RowFault>,
        /// How many more there are.
        more: u64,
    },
    /// The statement has faults.
    #[error("the statement has {}", count_of_faults(.0.len() as u64))]
    Statement(Vec<statement::RowFault>),
    /// The file cannot be read, or is of no form that is known.
    #[error("{0}")]
    File(String),
    /// The bank did not answer, or not as it should.
    #[error("the bank has not said it: {0}")]
    Bank(String),
    /// More notices than one run holds.
    #[error(transparent)]
    TooMany(#[from] TooManyNotices),
    /// The run was made, and could not be kept.
    #[error("the run was not kept: {0}")]
    NotKept(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Refused> for NotReconciled {
    fn from(refused: Refused) -> Self {
        Self::Register { faults: refused.faults, more: refused.more }
    }
}

impl From<statement::Refused> for NotReconciled {
    fn from(refused: statement::Refused) -> Self {
        Self::Statement(refused.0)
    }
}

impl From<CallFailure> for NotReconciled {
    fn from(failure: CallFailure) -> Self {
        Self::Bank(failure.to_string())
    }
}

impl From<io::Error> for NotReconciled {
    fn from(error: io::Error) -> Self {
        Self::File(error.to_string())
    }
}

/// One operation as the register or the statement says it.
struct Said {
    code: Option<PaymentCode>,
    reference: Option<BankReference>,
    amount: Tiyn,
    is_deduction: bool,
    day: BankingDay,
}

impl Said {
    fn item(&self) -> Item<'_> {
        Item {
            code: self.code,
            reference: self.reference.as_ref().map(BankReference::as_str),
            amount: self.amount,
            is_deduction: self.is_deduction,
            day: self.day,
        }
    }
}

impl From<Line> for Said {
    fn from(line: Line) -> Self {
        Self {
            code: Some(line.code),
            reference: Some(line.reference),
            amount: line.amount,
            is_deduction: line.is_deduction,
            day: line.day,
        }
    }
}

/// Compares what a bank has notified of a day with its register and its statement, and keeps the run and who made it.
///
/// # Errors
/// [`NotReconciled`]; nothing is kept then, and the run can be made again.
pub async fn reconcile(
    cx: &Cx,
    command: &Permitted<Reconcile>,
    given: Given<'_>,
) -> Result<Outcome, NotReconciled> {
    let Reconcile { bank, day } = *command.command();
    let mut source = Digesting::new(io::sink(), false);
    let now = cx.host.now();
    if day > now.banking_day() {
        return Err(NotReconciled::Future(day));
    }
    let mut matching = notices_of(cx, bank, day).await?.against(NOTICE_PATIENCE, now);
    let mut differences = Vec::new();
    let mut sink = |finding: Finding| {
        if differences.len() < MOST_DIFFERENCES {
            differences.extend(difference(finding));
        }
    };
    let mut compare = |said: Said| matching.compare(Side::Register, said.item(), &mut sink);
    let is_final = match given.register {
        Some(path) => {
            register_of_file(path, bank, day, &mut source, &mut compare)?;
            true
        }
        None => asked_register(cx, bank, day, &mut source, &mut compare).await?,
    };
    let statement = match given.statement {
        Some(path) => statement_of_file(path, &mut source)?,
        None => asked_statement(cx, bank, day, &mut source).await?,
    };
    let (single, of_claims): (Vec<Entry>, Vec<Entry>) = statement.into_iter().partition(is_of_payment);
    single.iter().for_each(|entry| matching.compare(Side::Statement, of_entry(entry).item(), &mut sink));
    let patience = Patience {
        register: if is_final { 0 } else { NOTICE_PATIENCE },
        // A bank that settles by claims has no single payments on its statement, and none is missed there.
        statement: (!single.is_empty()).then_some(STATEMENT_PATIENCE),
    };
    let heaps = matching.finish(patience, &mut sink);
    let differences = cx.store.read(move |view| with_other_banks(view, bank, &differences)).await?;
    let (_, digested) = source.finish();
    let run = run(bank, day, now, digested.sha256, heaps);
    let (kept, found) = (run.clone(), differences.clone());
    let keep = cx.change(command, move |work| {
        let id = work.tx.keep_reconciliation(&kept)?;
        work.done(&Deed::Reconciliation(id))?;
        found.iter().try_for_each(|difference| work.tx.keep_difference(id, difference))?;
        Ok(id)
    });
    let id = keep.await.map_err(|fault| NotReconciled::NotKept(fault.to_string()))?;
    let known = cx.store.read(move |view| known(view, bank, day)).await?;
    Ok(Outcome { id, run, differences, known, of_claims: of_claims.len() as u64 })
}

/// Differences in operations that the bank notified nothing of, and our books hold as paid at another bank: they say so.
fn with_other_banks(
    view: &dyn View,
    bank: Bin,
    found: &[DifferenceRow],
) -> Result<Vec<DifferenceRow>, StoreError> {
    let explained = |row: &DifferenceRow| {
        let is_unknown = row.ours.is_empty() && row.field == Field::Operation.name();
        let payment = match row.code.filter(|_| is_unknown) {
            Some(code) => view.payment(code)?,
            None => None,
        };
        let elsewhere = payment.and_then(|stored| stored.value.paid().map(|paid| paid.bank));
        let ours = match elsewhere.filter(|other| *other != bank) {
            Some(other) => format!("{PAID_AT}{other}"),
            None => row.ours.clone(),
        };
        Ok(DifferenceRow { ours, ..row.clone() })
    };
    found.iter().map(explained).collect()
}

/// What two officers took for known of a bank and day.
fn known(view: &dyn View, bank: Bin, day: BankingDay) -> Result<Vec<Known>, StoreError> {
    let settled = view.settled_differences(bank, day)?;
    let known = |one: PlacedDifference| {
        let proposal = one.settled_by?;
        Some(officers_of(view, proposal).map(|by| Known { difference: one.difference, proposal, by }))
    };
    settled.into_iter().filter_map(known).collect()
}

/// What the bank has notified of a day so far. It is read before the bank is asked what it has, so that a payment made
/// meanwhile waits for its notice and is not missed anywhere.
async fn notices_of(cx: &Cx, bank: Bin, day: BankingDay) -> Result<Notices, NotReconciled> {
    let party = Party::Bank(bank);
    let (up_to, known) = cx
        .store
        .read(move |view| Ok::<_, StoreError>((view.last_posting()?, view.register(party, day, None)?)))
        .await?;
    let about = known.map_or(0, |register| register.value.totals.rows());
    let mut notices = Notices::with_capacity(usize::try_from(about).unwrap_or(usize::MAX));
    let mut after = 0;
    loop {
        let page = cx.store.read(move |view| view.booked(party, day, up_to, after, AT_ONCE)).await?;
        let Some(last) = page.last() else { return Ok(notices) };
        after = last.posting;
        page.iter().try_for_each(|booked| notices.add(booked))?;
    }
}

fn run(bank: Bin, day: BankingDay, at: terms::Moment, source: [u8; 32], heaps: Heaps) -> Reconciliation {
    let Heaps { agreed, waiting, differing } = heaps;
    Reconciliation { bank, day, at, source, agreed, waiting, differing }
}

/// What is kept of a finding; nothing of what agrees.
fn difference(finding: Finding) -> Option<DifferenceRow> {
    let (side, field, ours, theirs, until) = match finding.heap {
        Heap::Agreed => return None,
        Heap::Waiting(Absent::Notice, until) => {
            ("notice", Field::Operation, String::new(), String::new(), Some(until))
        }
        Heap::Waiting(Absent::At(side), until) => {
            (side.name(), Field::Operation, String::new(), String::new(), Some(until))
        }
        Heap::Differing { side, field, ours, theirs } => (side.name(), field, ours, theirs, None),
    };
    Some(DifferenceRow {
        code: finding.code,
        reference: finding.reference,
        is_deduction: finding.is_deduction,
        side: side.to_owned(),
        field: field.name().to_owned(),
        ours,
        theirs,
        until,
    })
}

/// Reads a file of any known form, by its ending, line by line: what was handed over of one that is refused counts for
/// nothing.
fn register_of_file(
    path: &Path,
    bank: Bin,
    day: BankingDay,
    source: &mut Digesting<io::Sink>,
    take: &mut dyn FnMut(Said),
) -> Result<(), NotReconciled> {
    io::copy(&mut opened(path)?, source)?;
    let expected = Expected { bank, day, totals: None };
    let mut take = |line: Line| take(Said::from(line));
    let file = BufReader::new(opened(path)?);
    match ending(path).as_str() {
        "xml" if is_camt(path)? => camt054::read_camt054(file, expected, &mut take).map(drop)?,
        "xml" => read_register(file, expected, &mut take).map(drop)?,
        "csv" => read_csv(file, expected, &mut take).map(drop)?,
        "xlsx" => match read_xlsx(opened(path)?, expected, &mut take) {
            Ok(_) => {}
            Err(ReadError::Refused(refused)) => return Err(refused.into()),
            Err(ReadError::NoWorkbook) => {
                let unreadable = RowFault { row: 1, fault: Fault::Unreadable, value: String::new() };
                return Err(NotReconciled::Register { faults: vec![unreadable], more: 0 });
            }
            Err(other) => return Err(NotReconciled::File(other.to_string())),
        },
        other => {
            return Err(NotReconciled::File(format!(
                "a register is read from xml (camt.054 too), csv and xlsx, not from {other:?}"
            )));
        }
    }
    Ok(())
}

fn count_of_faults(count: u64) -> String {
    format!("{count} fault{}", if count == 1 { "" } else { "s" })
}

fn opened(path: &Path) -> Result<File, NotReconciled> {
    File::open(path).map_err(|error| NotReconciled::File(format!("{}: {error}", path.display())))
}

fn ending(path: &Path) -> String {
    path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default()
}

/// Whether an XML begins as a camt.054; its namespace stands at its beginning.
fn is_camt(path: &Path) -> Result<bool, NotReconciled> {
    const BEGINNING: u64 = 4096;
    let mut begins = Vec::new();
    opened(path)?.take(BEGINNING).read_to_end(&mut begins)?;
    Ok(String::from_utf8_lossy(&begins).contains(camt054::NAMESPACE))
}

/// Asks the bank for its register, page by page. Gives whether the day is over there.
async fn asked_register(
    cx: &Cx,
    bank: Bin,
    day: BankingDay,
    source: &mut Digesting<io::Sink>,
    take: &mut (dyn FnMut(Said) + Send),
) -> Result<bool, NotReconciled> {
    let mut found = Totals::default();
    for number in 1..=MOST_PAGES {
        let page = page(number);
        let answer = cx.caller.call(bank, &GetBankRegister { header: cx.host.header(), day, page }).await?;
        source.write_all(&answer.evidence().octets)?;
        let answer = answer.get();
        if (answer.day, answer.page) != (day, page) {
            return Err(NotReconciled::Bank("the page is of another day or number".to_owned()));
        }
        for row in &answer.rows {
            let said = Said {
                code: row.payment_code,
                reference: Some(row.bank_reference.clone()),
                amount: row.amount,
                is_deduction: row.kind != MovementKind::Payment,
                day: row.at.banking_day(),
            };
            found.count_sum(said.is_deduction, said.amount);
            take(said);
        }
        if answer.is_last {
            let said = Totals {
                additions: answer.count.as_u32().into(),
                added: answer.total.as_u64(),
                deductions: answer.returned_count.as_u32().into(),
                deducted: answer.returned_total.as_u64(),
            };
            // A bank that goes on taking payments while it is asked has other totals on every page; only those of a day
            // that is over must be those of its rows.
            if answer.is_final && found != said {
                return Err(NotReconciled::Bank(
                    "the rows of its register do not come to its totals".to_owned(),
                ));
            }
            return Ok(answer.is_final);
        }
    }
    Err(NotReconciled::Bank(format!("its register has more than {MOST_PAGES} pages")))
}

fn page(number: u64) -> Count {
    Count::saturating(u32::try_from(number).unwrap_or(u32::MAX))
}

/// Asks the bank for the statement of the day, page by page; each page is proven by the bank's signature.
async fn asked_statement(
    cx: &Cx,
    bank: Bin,
    day: BankingDay,
    source: &mut Digesting<io::Sink>,
) -> Result<Vec<Entry>, NotReconciled> {
    let mut entries = Vec::new();
    for number in 1..=MOST_PAGES {
        let asked = GetStatement { header: cx.host.header(), day, page: page(number) };
        let answer = cx.caller.call(bank, &asked).await?;
        let document = answer.get().document.as_slice();
        source.write_all(document)?;
        let signed = xml::dsig::verify_enveloped(document, &Limits::DOCUMENT);
        let signed = signed.map_err(|error| NotReconciled::Bank(format!("its statement: {error}")))?;
        let signer = signed.certificate().subject().organisation.as_ref().and_then(|bin| bin.checked().ok());
        if signer != Some(bank) {
            return Err(NotReconciled::Bank("its statement is signed by another".to_owned()));
        }
        entries.extend(camt053::read(signed.octets(), &Limits::DOCUMENT)?.entries);
        if answer.get().is_last {
            return Ok(entries);
        }
    }
    Err(NotReconciled::Bank(format!("its statement has more than {MOST_PAGES} pages")))
}

fn statement_of_file(path: &Path, source: &mut Digesting<io::Sink>) -> Result<Vec<Entry>, NotReconciled> {
    let mut octets = Vec::new();
    opened(path)?.take(LARGEST_STATEMENT_FILE as u64 + 1).read_to_end(&mut octets)?;
    if octets.len() > LARGEST_STATEMENT_FILE {
        return Err(NotReconciled::File(format!("a statement has at most {LARGEST_STATEMENT_FILE} octets")));
    }
    source.write_all(&octets)?;
    let statement: Statement = match ending(path).as_str() {
        "xml" => camt053::read(&octets, &Limits::DOCUMENT)?,
        "csv" => read_statement_csv(&octets)?,
        "xlsx" => read_statement_xlsx(&octets)?,
        other => {
            return Err(NotReconciled::File(format!(
                "a statement is read from xml (camt.053), csv and xlsx, not from {other:?}"
            )));
        }
    };
    Ok(statement.entries)
}

/// Whether an entry is of one payment: it names a code, or nothing but its own reference.
fn is_of_payment(entry: &Entry) -> bool {
    entry.remittance.is_none() || code_in(entry).is_some()
}

fn code_in(entry: &Entry) -> Option<PaymentCode> {
    entry.remittance.as_ref()?.as_str().split_whitespace().find_map(|word| word.parse().ok())
}

/// An entry of one payment: by the code in its remittance, or by its reference.
fn of_entry(entry: &Entry) -> Said {
    Said {
        code: code_in(entry),
        reference: Some(entry.reference.clone()),
        amount: entry.amount,
        is_deduction: entry.direction == Direction::Debit,
        day: entry.booked_on,
    }
}
