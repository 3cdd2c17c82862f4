//! Statements of the operator's accounts (cl. 24): asked for at banks or imported, each entry taken once and for what it names.

use std::collections::HashSet;

use aws_lc_rs::digest::{SHA256, digest};
use envelope::Verified;
use files::{read_statement_csv, read_statement_xlsx};
use ledger::statement::{Direction, Entry, NotWhole, Refused, RowFault, Statement, Unexplained, whole};
use ledger::{Account, Claim, DocumentNumber, Posting, PostingKind, Progress, Subject};
use participant::{CallFailure, Fault};
use pki::Purpose;
use rights::Permitted;
use store::{KeptEntry, StatementRecord, Store, StoreError, Tx, View};
use terms::{BankReference, BankingDay, Bin, Moment, Tiyn, tenge};
use wire::bank::{GetStatement, GetStatementResponse};
use wire::common::Count;
use wire::iso20022::camt053;
use xml::Limits;
use xml::dsig::{SignatureError, verify_enveloped};

use super::form_claims::last_terms;
use crate::cx::{Cx, Work};

/// The most pages of one day that are asked for.
const MOST_PAGES: u32 = 1000;

/// How a workbook begins, which is an archive.
const WORKBOOK: &[u8] = b"PK\x03\x04";

/// The least characters by which a cut number is still believed, and only where they name one document.
const LEAST_CHARACTERS: usize = 12;

/// Take the statement of a banking day.
pub struct TakeStatement {
    /// The bank that keeps the account.
    pub bank: Bin,
    /// The day.
    pub day: BankingDay,
}

/// Take a statement that came as files.
pub struct ImportStatement {
    /// All its pages in whatever order, a file each: camt.053, with the bank's signature or without, CSV or XLSX.
    pub pages: Vec<Vec<u8>>,
    /// Whose it is. A signed one says it itself; for one without a signature whoever imports it vouches.
    pub bank: Option<Bin>,
}

/// What a statement brought.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Taken {
    /// Entries that were not known before.
    pub new: u64,
    /// Of these those that nothing explains, or not wholly.
    pub unexplained: Vec<UnexplainedEntry>,
}

/// A new entry, or what of it no document explains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnexplainedEntry {
    /// Our number of the entry.
    pub entry: DocumentNumber,
    /// The bank's own id of it.
    pub reference: BankReference,
    /// How much is not explained.
    pub amount: Tiyn,
    /// Why not.
    pub why: Unexplained,
}

impl Taken {
    fn plus(mut self, other: Self) -> Self {
        self.new += other.new;
        self.unexplained.extend(other.unexplained);
        self
    }
}

/// Why a statement is not taken. Nothing of that page is.
#[derive(Debug, thiserror::Error)]
pub enum NotTaken {
    /// The bank did not give it.
    #[error("the bank gave no statement: {0}")]
    Bank(#[from] CallFailure),
    /// The signature of the document does not hold.
    #[error("the signature of the statement does not hold: {0}")]
    Signature(#[from] SignatureError),
    /// The signer is not trusted as a bank.
    #[error("the signer of the statement is not believed: {0}")]
    Signer(String),
    /// The file has no signature, and nobody says whose it is.
    #[error("the file is not signed, so the bank has to be named")]
    NoBank,
    /// With this bank there is no contract.
    #[error("there is no contract with {0}")]
    NoContract(Bin),
    /// It is of a day before the first contract with the bank: there was no account of ours then.
    #[error("the statement is of {day}, and the first contract with {bank} holds from {since}")]
    BeforeContract {
        /// The bank.
        bank: Bin,
        /// The day of the statement.
        day: BankingDay,
        /// The first day of the first contract.
        since: BankingDay,
    },
    /// It is of another account than the contract names.
    #[error("the statement is of another account than the one of the contract")]
    OtherAccount,
    /// It is of another day than was asked for.
    #[error("the statement is of {0}, another day than was asked for")]
    OtherDay(BankingDay),
    /// It is of a day that has not begun.
    #[error("the statement is of {0}, which has not begun")]
    Future(BankingDay),
    /// It contradicts itself or cannot be read.
    #[error("the statement is wrong: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Wrong(Vec<RowFault>),
    /// Its pages are not all there, or do not belong together.
    #[error("the statement is not whole: {0}")]
    NotWhole(#[from] NotWhole),
    /// Something lies between it and the last statement that was taken.
    #[error(
        "opening {} ₸, the statement of {day} closed with {} ₸: what lies between them is missing",
        tenge(*opening), tenge(*closing)
    )]
    Gap {
        /// What it begins with, in tiyn.
        opening: i64,
        /// The day of the last statement before it.
        day: BankingDay,
        /// What that one ended with.
        closing: i64,
    },
    /// Something lies between it and the next statement that was taken.
    #[error(
        "closing {} ₸, the statement of {day} opened with {} ₸: what lies between them is missing",
        tenge(*closing), tenge(*opening)
    )]
    GapAfter {
        /// What it ends with, in tiyn.
        closing: i64,
        /// The day of the first statement after it.
        day: BankingDay,
        /// What that one began with.
        opening: i64,
    },
    /// An earlier statement of the same day began with another sum.
    #[error(
        "opening {} ₸, an earlier statement of the same day {day} opened with {} ₸",
        tenge(*said), tenge(*kept)
    )]
    OtherOpening {
        /// The day.
        day: BankingDay,
        /// What it begins with, in tiyn.
        said: i64,
        /// What the earlier one began with.
        kept: i64,
    },
    /// It leaves out an entry that an earlier statement of the same day had.
    #[error("the entry {reference} of {amount} that an earlier statement of {day} had is missing")]
    Lacks {
        /// The day.
        day: BankingDay,
        /// The entry.
        reference: BankReference,
        /// How much it moved.
        amount: Tiyn,
    },
    /// It says of an entry that was taken before another amount.
    #[error("the bank said {kept} of its entry {reference} before, and says {said} now")]
    Contradicts {
        /// The entry.
        reference: BankReference,
        /// What it said.
        kept: Tiyn,
        /// What it says.
        said: Tiyn,
    },
    /// There are too many pages.
    #[error("the statement has more than {MOST_PAGES} pages")]
    TooLong,
    /// The transaction failed.
    #[error("the statement is not kept: {0}")]
    Kept(Box<Fault>),
}

impl From<Refused> for NotTaken {
    fn from(refused: Refused) -> Self {
        Self::Wrong(refused.0)
    }
}

impl From<Fault> for NotTaken {
    fn from(fault: Fault) -> Self {
        Self::Kept(Box::new(fault))
    }
}

impl From<StoreError> for NotTaken {
    fn from(error: StoreError) -> Self {
        Fault::from(error).into()
    }
}

/// Asks a bank for the statement of a day, page by page, and takes every entry that is not known yet.
///
/// # Errors
/// [`NotTaken`]; pages taken before stay.
pub async fn take_statement(cx: &Cx, command: &Permitted<TakeStatement>) -> Result<Taken, NotTaken> {
    let TakeStatement { bank, day } = *command.command();
    let mut all = Taken::default();
    for page in 1..=MOST_PAGES {
        let question = GetStatement { header: cx.host.header(), day, page: Count::saturating(page) };
        let answer = cx.caller.call(bank, &question).await?;
        let (statement, octets) = read_signed(cx, bank, &answer)?;
        let is_last = statement.is_last;
        // Of a day that goes on only what is new is kept, or every look would keep a document.
        let is_final = is_last && answer.get().is_final;
        if statement.day != day {
            return Err(NotTaken::OtherDay(statement.day));
        }
        let pages = vec![Page { statement, document: octets, is_final }];
        let news = news_in(cx, bank, pages).await?;
        all = all.plus(keep_all(cx, command, bank, news).await?);
        if is_last {
            return Ok(all);
        }
    }
    Err(NotTaken::TooLong)
}

fn read_signed(
    cx: &Cx,
    bank: Bin,
    answer: &Verified<GetStatementResponse>,
) -> Result<(Statement, Vec<u8>), NotTaken> {
    let octets = answer.get().document.as_slice().to_vec();
    let (signer, covered) = proven(cx, &octets)?;
    if signer != bank {
        return Err(NotTaken::Signer(format!("{signer} signed what {bank} sent")));
    }
    Ok((camt053::read(&covered, &Limits::DOCUMENT)?, octets))
}

/// Who signed a document, and what is covered.
fn proven(cx: &Cx, octets: &[u8]) -> Result<(Bin, Vec<u8>), NotTaken> {
    let signed = verify_enveloped(octets, &Limits::DOCUMENT)?;
    let certificate = signed.certificate();
    cx.host
        .trust
        .check(certificate, Purpose::MessageSigning, cx.host.now())
        .map_err(|why| NotTaken::Signer(why.to_string()))?;
    let signer = certificate.subject().organisation.as_ref().and_then(|bin| bin.checked().ok());
    let signer =
        signer.ok_or_else(|| NotTaken::Signer("its certificate names no organisation".to_owned()))?;
    Ok((signer, signed.octets().to_vec()))
}

/// Whether octets begin as XML; a workbook begins as an archive, all else is CSV.
fn begins_as_xml(octets: &[u8]) -> bool {
    let octets = octets.strip_prefix("\u{feff}".as_bytes()).unwrap_or(octets);
    octets.trim_ascii_start().starts_with(b"<")
}

/// Takes a statement that came as files, a page each: camt.053, signed or not, or the same table as CSV or as a workbook.
/// What has no signature is the named bank's by the word of whoever brings it. All of its pages are taken or none, and only
/// where it stands in the row of those that are kept: it begins with what the last one before it ended with and ends with what
/// the next one after it begins with, and an earlier one of its own day began as it does and had no entry that it has not.
///
/// # Errors
/// [`NotTaken`]; nothing is taken then.
pub async fn import_statement(cx: &Cx, command: &Permitted<ImportStatement>) -> Result<Taken, NotTaken> {
    let ImportStatement { pages, bank } = command.command();
    if pages.len() > MOST_PAGES as usize {
        return Err(NotTaken::TooLong);
    }
    let mut of_bank = *bank;
    let mut read = Vec::with_capacity(pages.len());
    for octets in pages {
        let (signer, statement) = read_file(cx, octets, of_bank)?;
        // Pages of two banks are refused as pages that somebody else signed.
        of_bank = Some(signer);
        read.push((statement, octets));
    }
    let bank = of_bank.ok_or(NotTaken::NotWhole(NotWhole::Missing(1)))?;
    let statements = whole(read.iter().map(|(statement, _)| statement.clone()).collect())?;
    read.sort_by_key(|(statement, _)| statement.page);
    let of = |(statement, octets): (Statement, &Vec<u8>)| Page {
        statement,
        document: octets.clone(),
        is_final: false,
    };
    let news = news_in(cx, bank, read.into_iter().map(of).collect()).await?;
    let hashes: Vec<[u8; 32]> = pages.iter().map(|octets| hash_of(octets)).collect();
    let judged = cx.store.read(move |view| {
        // The very files that were taken before are no news, whatever came after them.
        for hash in &hashes {
            if !view.is_statement_kept(hash)? {
                return in_the_row(view, bank, &statements);
            }
        }
        Ok(())
    });
    judged.await?;
    keep_all(cx, command, bank, news).await
}

/// Whether all pages of one statement stand among those of the account that are kept as they have to.
fn in_the_row(view: &dyn View, bank: Bin, pages: &[Statement]) -> Result<(), NotTaken> {
    let (Some(first), Some(last)) = (pages.first(), pages.last()) else { return Ok(()) };
    let (day, opening, closing) = (first.day, first.opening, last.closing);
    if let Some((day, closing)) = view.closing_before(bank, day)?.filter(|(_, closing)| *closing != opening) {
        return Err(NotTaken::Gap { opening, day, closing });
    }
    if let Some(kept) = view.opening_on(bank, day)?.filter(|kept| *kept != opening) {
        return Err(NotTaken::OtherOpening { day, said: opening, kept });
    }
    let said: HashSet<(&BankReference, bool)> = pages
        .iter()
        .flat_map(|page| &page.entries)
        .map(|entry| (&entry.reference, entry.direction == Direction::Credit))
        .collect();
    let is_left_out =
        |kept: &KeptEntry| !said.contains(&(&kept.reference, kept.direction == Direction::Credit));
    if let Some(KeptEntry { reference, amount, .. }) =
        view.entries_on(bank, day)?.into_iter().find(is_left_out)
    {
        return Err(NotTaken::Lacks { day, reference, amount });
    }
    if let Some((day, opening)) = view.opening_after(bank, day)?.filter(|(_, opening)| *opening != closing) {
        return Err(NotTaken::GapAfter { closing, day, opening });
    }
    Ok(())
}

/// What a file says, and whose it is.
fn read_file(cx: &Cx, octets: &[u8], bank: Option<Bin>) -> Result<(Bin, Statement), NotTaken> {
    if !begins_as_xml(octets) {
        let bank = bank.ok_or(NotTaken::NoBank)?;
        let is_workbook = octets.starts_with(WORKBOOK);
        let statement = if is_workbook { read_statement_xlsx(octets)? } else { read_statement_csv(octets)? };
        return Ok((bank, statement));
    }
    let (signer, covered) = match (proven(cx, octets), bank) {
        (Ok((signer, covered)), None) => (signer, covered),
        (Ok((signer, covered)), Some(bank)) if signer == bank => (signer, covered),
        (Ok((signer, _)), Some(bank)) => {
            return Err(NotTaken::Signer(format!("{signer} signed it, not {bank}")));
        }
        (Err(NotTaken::Signature(SignatureError::Missing)), Some(bank)) => (bank, octets.to_vec()),
        (Err(NotTaken::Signature(SignatureError::Missing)), None) => return Err(NotTaken::NoBank),
        (Err(why), _) => return Err(why),
    };
    Ok((signer, camt053::read(&covered, &Limits::DOCUMENT)?))
}

/// One page that is to be taken.
struct Page {
    statement: Statement,
    document: Vec<u8>,
    /// Whether nothing will be added to its day.
    is_final: bool,
}

/// A page that says something new, and the digest of its document.
type News = (Page, [u8; 32]);

/// The pages that say something that is not kept yet, after all of them were looked at.
async fn news_in(cx: &Cx, bank: Bin, pages: Vec<Page>) -> Result<Vec<News>, NotTaken> {
    let mut news = Vec::with_capacity(pages.len());
    for page in pages {
        news.extend(if_news(cx, bank, page).await?);
    }
    Ok(news)
}

/// Takes every entry of these pages that is not known yet, all in one transaction.
async fn keep_all<C>(cx: &Cx, command: &Permitted<C>, bank: Bin, news: Vec<News>) -> Result<Taken, NotTaken> {
    if news.is_empty() {
        return Ok(Taken::default());
    }
    let taken = cx.change(command, move |work| {
        let mut all = Taken::default();
        for (page, hash) in &news {
            all = all.plus(keep(work, bank, page, *hash)?);
        }
        Ok(all)
    });
    Ok(taken.await?)
}

fn hash_of(document: &[u8]) -> [u8; 32] {
    digest(&SHA256, document).as_ref().try_into().expect("SHA-256 has 32 octets")
}

/// The page, where it is right and says anything that is not kept yet.
async fn if_news(cx: &Cx, bank: Bin, page: Page) -> Result<Option<News>, NotTaken> {
    let Page { statement, document, is_final } = &page;
    let (of_day, is_final) = (statement.day, *is_final);
    if of_day > cx.host.now().banking_day() {
        return Err(NotTaken::Future(of_day));
    }
    let terms = cx.store.read(move |view| last_terms(view, bank, of_day)).await?;
    let terms = terms.ok_or(NotTaken::NoContract(bank))?;
    let contracts = cx.store.read(move |view| view.contracts_with(bank)).await?;
    if let Some(since) = contracts.iter().map(|one| one.since).min().filter(|since| of_day < *since) {
        return Err(NotTaken::BeforeContract { bank, day: of_day, since });
    }
    if statement.account != terms.settlement_iban {
        return Err(NotTaken::OtherAccount);
    }
    let hash = hash_of(document);
    let looked = statement.clone();
    let is_news = cx.store.read(move |view| {
        let mut is_news = is_final && view.last_final_statement(bank)?.is_none_or(|last| last < of_day);
        for entry in &looked.entries {
            let kept = view.kept_entry(bank, &entry.reference, entry.direction)?;
            is_news |= kept.is_none();
            if let Some(kept) = kept.filter(|kept| *kept != entry.amount) {
                return Err(NotTaken::Contradicts {
                    reference: entry.reference.clone(),
                    kept,
                    said: entry.amount,
                });
            }
        }
        Ok::<_, NotTaken>(is_news && !view.is_statement_kept(&hash)?)
    });
    Ok(is_news.await?.then_some((page, hash)))
}

fn keep(work: &mut Work<'_>, bank: Bin, page: &Page, digest: [u8; 32]) -> Result<Taken, Fault> {
    let Page { statement, document, is_final } = page;
    let kept = work.tx.insert_statement(&StatementRecord {
        bank,
        day: statement.day,
        page: statement.page,
        is_final: *is_final,
        digest,
        opening: statement.opening,
        closing: statement.closing,
        imported_at: work.now,
        document: document.clone(),
    });
    let id = match kept {
        // Somebody else took it at the same moment.
        Err(StoreError::Taken) => return Ok(Taken::default()),
        other => other?,
    };
    let mut taken = Taken::default();
    for entry in &statement.entries {
        if work.tx.kept_entry(bank, &entry.reference, entry.direction)?.is_some() {
            continue;
        }
        let number = entry_number(&*work.tx)?;
        let (matched, surplus) = explain(work, bank, entry)?;
        work.tx.insert_entry(id, bank, entry, matched.as_ref())?;
        taken.new += 1;
        let unexplained = Unexplained::of(entry.direction, entry.amount, matched.as_ref(), surplus);
        taken.unexplained.extend(unexplained.map(|(why, amount)| UnexplainedEntry {
            entry: number,
            reference: entry.reference.clone(),
            amount,
            why,
        }));
    }
    Ok(taken)
}

/// Posts an entry, and says for which document, and how much of it is more than that document could take.
fn explain(work: &mut Work<'_>, bank: Bin, entry: &Entry) -> Result<(Option<DocumentNumber>, Tiyn), Fault> {
    match entry.direction {
        Direction::Credit => reimburse(work, bank, entry),
        Direction::Debit => Ok((confirm(work, bank, entry)?, Tiyn::ZERO)),
    }
}

/// A posting that an entry brings. Several sums may come for one claim, so it is about the entry.
fn posting(
    work: &Work<'_>,
    entry: &Entry,
    kind: PostingKind,
    (debit, credit): (Account, Account),
    amount: Tiyn,
) -> Result<Posting, Fault> {
    let number: DocumentNumber = entry_number(&*work.tx)?;
    let (day, at): (BankingDay, Moment) = (entry.booked_on, work.now);
    Ok(Posting { kind, about: Subject::Document(number), debit, credit, amount, day, at })
}

/// The number of the entry that is about to be kept. There is one writer, so nobody else takes it meanwhile.
fn entry_number(tx: &dyn Tx) -> Result<DocumentNumber, StoreError> {
    format!("E-{}", tx.last_entry()? + 1).parse().map_err(|_| StoreError::OutOfRange("entry"))
}

/// The claim that an entry is for: of several it names the first that is open, or the first of all where none is.
fn claim_of(work: &Work<'_>, bank: Bin, entry: &Entry) -> Result<Option<DocumentNumber>, Fault> {
    let is_named = |number: &DocumentNumber, is_wanted: fn(&Claim) -> bool| {
        let claim = work.tx.claim(number)?;
        Ok(claim.is_some_and(|claim| claim.value.bank == bank && is_wanted(&claim.value)))
    };
    let open = named(entry, "C", |number| is_named(number, |claim| claim.open() > Tiyn::ZERO))?;
    if open.is_some() {
        return Ok(open);
    }
    let known = named(entry, "C", |number| is_named(number, |_| true))?;
    if known.is_some() {
        return Ok(known);
    }
    Ok(beginning(entry, "C", |beginning| work.tx.claims_beginning(bank, beginning))?)
}

/// Takes money that came: for a claim as far as one is open, and what is more stands in suspense.
fn reimburse(work: &mut Work<'_>, bank: Bin, entry: &Entry) -> Result<(Option<DocumentNumber>, Tiyn), Fault> {
    let found = claim_of(work, bank, entry)?;
    let claim = match &found {
        Some(number) => work.tx.claim(number)?,
        None => None,
    };
    let (taken, over) = match claim {
        Some(stored) => {
            let reimbursed = stored.value.clone().reimburse(entry.amount);
            if reimbursed.taken > Tiyn::ZERO {
                work.tx.save_claim(&stored.with(reimbursed.claim))?;
            }
            (reimbursed.taken, reimbursed.over)
        }
        None => (Tiyn::ZERO, entry.amount),
    };
    for (kind, credit, amount) in [
        (PostingKind::Reimbursement, Account::BankClaimed(bank), taken),
        (PostingKind::Overpaid, Account::Suspense(bank), over),
    ] {
        if amount > Tiyn::ZERO {
            let posting = posting(work, entry, kind, (Account::Settlement(bank), credit), amount)?;
            work.tx.post(&posting)?;
        }
    }
    Ok((found, over))
}

fn confirm(work: &mut Work<'_>, bank: Bin, entry: &Entry) -> Result<Option<DocumentNumber>, Fault> {
    let found = named(entry, "P", |number| {
        let payout = work.tx.payout(number)?;
        Ok(payout.is_some_and(|payout| payout.value.payout.bank == bank))
    })?;
    let found = match found {
        Some(found) => Some(found),
        None => beginning(entry, "P", |beginning| work.tx.payouts_beginning(bank, beginning))?,
    };
    let Some(number) = found else { return Ok(None) };
    let Some(stored) = work.tx.payout(&number)? else { return Ok(None) };
    // A second one, or one of another sum, is no payout of ours: officers see it.
    if stored.value.payout.amount != entry.amount || stored.value.payout.progress == Progress::Confirmed {
        return Ok(None);
    }
    let mut record = stored.value.clone();
    record.payout.progress = Progress::Confirmed;
    let accounts = (Account::PayoutInTransit(record.payout.to.provider), Account::Settlement(bank));
    let about = Subject::Document(number.clone());
    let posting = Posting { about, ..posting(work, entry, PostingKind::Payout, accounts, entry.amount)? };
    work.tx.save_payout(&stored.with(record))?;
    work.tx.post(&posting)?;
    Ok(Some(number))
}

/// The first whole number in the text that is known.
fn named(
    entry: &Entry,
    letter: &str,
    mut is_known: impl FnMut(&DocumentNumber) -> Result<bool, StoreError>,
) -> Result<Option<DocumentNumber>, StoreError> {
    for candidate in candidates(entry, letter) {
        if let Ok(number) = candidate.parse::<DocumentNumber>()
            && is_known(&number)?
        {
            return Ok(Some(number));
        }
    }
    Ok(None)
}

/// The one number that a cut one in the text can be.
fn beginning(
    entry: &Entry,
    letter: &str,
    mut numbers: impl FnMut(&str) -> Result<Vec<DocumentNumber>, StoreError>,
) -> Result<Option<DocumentNumber>, StoreError> {
    for candidate in candidates(entry, letter) {
        if candidate.len() < LEAST_CHARACTERS {
            continue;
        }
        if let [only] = numbers(&candidate)?.as_slice() {
            return Ok(Some(only.clone()));
        }
    }
    Ok(None)
}

fn candidates(entry: &Entry, letter: &str) -> Vec<String> {
    entry.remittance.as_ref().map_or_else(Vec::new, |text| numbers_in(text.as_str(), letter))
}

/// Everything in a text that could be a number of ours, whole or cut: the letter, a hyphen, digits and hyphens. Banks write
/// around it what they like, in whatever case.
fn numbers_in(text: &str, letter: &str) -> Vec<String> {
    let text = text.to_ascii_uppercase();
    let start = format!("{letter}-");
    let of = |(place, _): (usize, &str)| {
        let rest = &text[place + start.len()..];
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '-').unwrap_or(rest.len());
        let digits = rest[..end].trim_end_matches('-');
        (!digits.is_empty()).then(|| format!("{start}{digits}"))
    };
    text.match_indices(&start).filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Meets: C24
    #[test]
    fn a_number_is_found_wherever_a_bank_writes_it() {
        for (text, expected) in [
            ("C-20261122-0001", vec!["C-20261122-0001"]),
            ("Возмещение по требованию №c-20261122-0001.", vec!["C-20261122-0001"]),
            ("REFC-20261122-00", vec!["C-20261122-00"]),
            ("C-20261122- C-20261123-0002", vec!["C-20261122", "C-20261123-0002"]),
            ("P-20261122-0001", vec![]),
            ("C-", vec![]),
            ("Айгүлден", vec![]),
        ] {
            assert_eq!(numbers_in(text, "C"), expected, "{text}");
        }
    }
}
