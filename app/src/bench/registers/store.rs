//! The rows of a made-up register in a database of its own, read page by page, while payments go on being written.

use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result};
use ledger::register::{Row, Totals, sample};
use store::rusqlite::{Connection, Transaction, params};
use terms::{Moment, Party, Requisites, Tiyn};

/// Rows of one page.
const PAGE: u64 = 1000;
/// Rows of one transaction while the database is filled.
const FILLED_AT_ONCE: u64 = 10_000;
/// How long the writer of payments rests between two of them.
const BETWEEN_PAYMENTS: Duration = Duration::from_millis(5);

const TABLE: &str = "CREATE TABLE row (posting INTEGER PRIMARY KEY, kind TEXT, day TEXT, at INTEGER, amount INTEGER,
    code TEXT, application TEXT, transaction_number TEXT, bank TEXT, payer TEXT, payer_name TEXT, recipient TEXT,
    recipient_name TEXT, service TEXT, provider TEXT, commission INTEGER, iban TEXT, bic TEXT, kbk TEXT, knp TEXT,
    kod TEXT, kbe TEXT, purpose TEXT, bank_reference TEXT, paid_at INTEGER, channel TEXT) STRICT";

fn open(path: &Path) -> Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;")?;
    Ok(connection)
}

fn insert(tx: &Transaction<'_>, row: &Row) -> Result<()> {
    let r = &row.requisites;
    tx.prepare_cached(
        "INSERT INTO row VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,
            ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26)",
    )?
    .execute(params![
        i64::try_from(row.posting)?,
        row.kind.name(),
        row.day.to_string(),
        row.at.unix_microseconds(),
        row.amount.as_i64(),
        row.code.digits(),
        row.application.as_ref().map(terms::ApplicationNumber::as_str),
        row.transaction.as_str(),
        row.bank.to_string(),
        r.payer.number.to_string(),
        r.payer.name.as_str(),
        r.recipient.number.to_string(),
        r.recipient.name.as_str(),
        r.service.as_str(),
        r.provider.to_string(),
        r.commission.as_i64(),
        r.beneficiary_iban.as_str(),
        r.beneficiary_bic.to_string(),
        r.kbk.to_string(),
        r.knp.to_string(),
        r.kod.to_string(),
        r.kbe.to_string(),
        r.purpose.as_str(),
        r.bank_reference.as_str(),
        r.paid_at.unix_microseconds(),
        r.channel.name(),
    ])?;
    Ok(())
}

/// Fills a new database with the first rows of the made-up register.
pub(super) fn fill(path: &Path, count: u64, progress: &mut dyn FnMut(u64)) -> Result<()> {
    let mut connection = open(path)?;
    connection.execute_batch(TABLE)?;
    let mut filled = 0;
    while filled < count {
        let tx = connection.transaction()?;
        let part = FILLED_AT_ONCE.min(count - filled);
        for row in sample::rows_after(filled, part) {
            insert(&tx, &row)?;
        }
        tx.commit()?;
        filled += part;
        progress(part);
    }
    connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")?;
    Ok(())
}

/// Payments that go on being written after the register's last row.
pub(super) struct Payments {
    stop: Arc<AtomicBool>,
    written: Arc<AtomicU64>,
    thread: JoinHandle<Result<()>>,
}

impl Payments {
    pub(super) fn start(path: &Path, after: u64) -> Self {
        let (stop, written) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let (path, told_to_stop, count) = (path.to_owned(), stop.clone(), written.clone());
        let thread = std::thread::spawn(move || {
            let mut connection = open(&path)?;
            for row in sample::rows_after(after, u64::MAX - after) {
                if told_to_stop.load(Ordering::Relaxed) {
                    break;
                }
                let tx = connection.transaction()?;
                insert(&tx, &row)?;
                tx.commit()?;
                count.fetch_add(1, Ordering::Relaxed);
                std::thread::sleep(BETWEEN_PAYMENTS);
            }
            Ok(())
        });
        Self { stop, written, thread }
    }

    /// How many there were so far.
    pub(super) fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    pub(super) fn stop(self) -> Result<()> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().map_err(|_| anyhow::anyhow!("the writer of payments has panicked"))?
    }
}

/// In which order rows are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Forward,
    Backward,
}

/// The register's rows as they stand in the database.
pub(super) struct Rows {
    connection: Connection,
    up_to: i64,
}

impl Rows {
    pub(super) fn open(path: &Path, up_to: u64) -> Result<Self> {
        Ok(Self { connection: open(path)?, up_to: i64::try_from(up_to)? })
    }

    /// What they come to, by the database's own sums.
    pub(super) fn totals(&self) -> Result<Totals> {
        let sums = "SELECT count(*), coalesce(sum(amount), 0) FROM row WHERE posting <= ?1 AND (kind = 'reversal') = ?2";
        let of = |deductions: bool| -> Result<(u64, u64)> {
            let (count, sum): (i64, i64) =
                self.connection
                    .query_row(sums, params![self.up_to, deductions], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok((u64::try_from(count)?, u64::try_from(sum)?))
        };
        let ((additions, added), (deductions, deducted)) = (of(false)?, of(true)?);
        Ok(Totals { additions, added, deductions, deducted })
    }

    /// Gives every row to `take`, page by page, so that no read lasts long.
    pub(super) fn each(&self, order: Order, take: &mut dyn FnMut(&Row) -> Result<()>) -> Result<()> {
        let sql = match order {
            Order::Forward => {
                "SELECT * FROM row WHERE posting > ?1 AND posting <= ?2 ORDER BY posting LIMIT ?3"
            }
            Order::Backward => {
                "SELECT * FROM row WHERE posting < ?1 AND posting <= ?2 ORDER BY posting DESC LIMIT ?3"
            }
        };
        let mut statement = self.connection.prepare(sql)?;
        let mut last = if order == Order::Forward { 0 } else { i64::MAX };
        loop {
            let mut page = statement.query(params![last, self.up_to, i64::try_from(PAGE)?])?;
            let mut count = 0;
            while let Some(found) = page.next()? {
                let row = decoded(found)?;
                last = i64::try_from(row.posting)?;
                take(&row)?;
                count += 1;
            }
            if count < PAGE {
                return Ok(());
            }
        }
    }
}

fn decoded(found: &store::rusqlite::Row<'_>) -> Result<Row> {
    fn read<T: FromStr>(found: &store::rusqlite::Row<'_>, at: usize) -> Result<T> {
        found.get_ref(at)?.as_str()?.parse().ok().context("a column is not what was written")
    }
    let amount = |at: usize| -> Result<Tiyn> { Ok(Tiyn::new(u64::try_from(found.get::<_, i64>(at)?)?)?) };
    let moment = |at: usize| -> Result<Moment> { Ok(Moment::from_unix_microseconds(found.get(at)?)) };
    let application: Option<String> = found.get(6)?;
    Ok(Row {
        posting: u64::try_from(found.get::<_, i64>(0)?)?,
        kind: read(found, 1)?,
        day: read(found, 2)?,
        at: moment(3)?,
        amount: amount(4)?,
        code: read(found, 5)?,
        application: application.map(|text| text.parse()).transpose()?,
        transaction: read(found, 7)?,
        bank: read(found, 8)?,
        requisites: Requisites {
            payer: Party { number: read(found, 9)?, name: read(found, 10)? },
            recipient: Party { number: read(found, 11)?, name: read(found, 12)? },
            service: read(found, 13)?,
            provider: read(found, 14)?,
            amount: amount(4)?,
            commission: amount(15)?,
            beneficiary_iban: read(found, 16)?,
            beneficiary_bic: read(found, 17)?,
            kbk: read(found, 18)?,
            knp: read(found, 19)?,
            kod: read(found, 20)?,
            kbe: read(found, 21)?,
            purpose: read(found, 22)?,
            bank_reference: read(found, 23)?,
            paid_at: moment(24)?,
            channel: read(found, 25)?,
        },
    })
}
