//! One SQLite file: opening, migrations, one writer with group commit, a few readers, backup and restore.
//!
//! What is in the tables is the business of whoever opens it. A job that was queued is executed even if its
//! caller stops waiting; a job is acknowledged only after its commit group has reached the disk.

mod files;
mod writer;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use refinery::{Migration as Script, Runner};
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};
use tokio::sync::{Semaphore, mpsc, oneshot};

use crate::StoreError;
use writer::{Job, Work};

/// How many jobs may wait for the writer; further callers wait for room.
pub const QUEUE_BOUND: usize = 1024;

/// How many jobs share one commit.
pub const GROUP_BOUND: usize = 128;

/// How many reads run at a time.
pub const READERS: usize = 4;

/// How long a connection waits for another process's lock.
pub const BUSY_TIMEOUT_MS: u64 = 5_000;

/// The write-ahead log is cut back to this size after a checkpoint.
const LOG_KEPT_OCTETS: i64 = 64 * 1024 * 1024;

/// Pages in the write-ahead log that make the writer put them in their places. A page of an index that was
/// written many times by then is put there once.
const CHECKPOINT_PAGES: u32 = 8_000;

/// Pages the writer keeps in memory: codes are random, so every insertion touches another page.
const WRITER_CACHE_KIBIBYTES: i64 = 64 * 1024;

/// One step of a schema. Steps run once each, in the order of their versions; an applied step never changes.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// 1, 2, 3…
    pub version: u32,
    /// A word or two, letters and underscores.
    pub name: &'static str,
    /// The script.
    pub sql: &'static str,
}

/// Something done inside every commit group after its jobs and before its commit.
pub trait BeforeCommit: Send {
    /// Done once when the database is opened, as the first commit group. An error keeps it closed.
    ///
    /// # Errors
    /// Whatever keeps the database from being worked with.
    fn at_opening(&mut self, _tx: &Transaction<'_>) -> Result<(), StoreError> {
        Ok(())
    }

    /// Adds its rows. An error undoes the whole group.
    ///
    /// # Errors
    /// Whatever keeps the group from being committed.
    fn before_commit(&mut self, tx: &Transaction<'_>) -> Result<(), StoreError>;
}

/// What may differ between two databases.
#[derive(Default)]
pub struct Options {
    /// The database never grows beyond this many pages of 4096 octets; `None` leaves it to the disk.
    pub max_pages: Option<u32>,
    /// So many octets are kept in a file beside the database, to be given up by [`Database::release_reserve`]
    /// when the disk is full, so that facts already on their way still find room while nothing new is issued.
    /// A disk too full for them at the opening counts as a reserve given up.
    pub reserve_octets: u64,
    /// What is done before each commit, such as signing the evidence chain.
    pub before_commit: Option<Box<dyn BeforeCommit>>,
}

/// An open database. Clones share it; the last one dropped closes it.
#[derive(Clone)]
pub struct Database {
    inner: Arc<Inner>,
}

struct Inner {
    path: PathBuf,
    queue: mpsc::Sender<Box<dyn Job>>,
    readers: Mutex<Vec<Connection>>,
    reading: Arc<Semaphore>,
    reserve_octets: u64,
    is_reserve_kept: AtomicBool,
}

impl Database {
    /// Opens a database, creating it where there is none (readable by its owner alone), and brings its schema
    /// up to date.
    ///
    /// # Errors
    /// [`StoreError::Schema`] where an applied migration was changed or is missing; I/O and disk errors; those of
    /// [`BeforeCommit`].
    pub fn open(path: &Path, migrations: &[Migration], mut options: Options) -> Result<Self, StoreError> {
        files::create_private(path)?;
        let is_reserve_kept = match files::keep_reserve(path, options.reserve_octets) {
            Ok(()) => true,
            Err(StoreError::DiskFull) => false,
            Err(error) => return Err(error),
        };
        let mut connection = Connection::open_with_flags(
            path,
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        set_up_writer(&connection, options.max_pages)?;
        migrate(&mut connection, migrations)?;
        if let Some(before_commit) = options.before_commit.as_deref_mut() {
            let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            before_commit.at_opening(&tx)?;
            before_commit.before_commit(&tx)?;
            tx.commit()?;
        }
        let readers = (0..READERS).map(|_| open_reader(path)).collect::<Result<Vec<_>, _>>()?;
        let (queue, jobs) = mpsc::channel(QUEUE_BOUND);
        std::thread::Builder::new().name("store-writer".to_owned()).spawn(move || {
            let work = AssertUnwindSafe(|| writer::run(connection, jobs, options.before_commit));
            if catch_unwind(work).is_err() {
                // What was acknowledged is on the disk. Without its writer the process could only refuse for ever;
                // ended, it is started again.
                std::process::abort();
            }
        })?;
        let inner = Inner {
            path: path.to_owned(),
            queue,
            readers: Mutex::new(readers),
            reading: Arc::new(Semaphore::new(READERS)),
            reserve_octets: options.reserve_octets,
            is_reserve_kept: AtomicBool::new(is_reserve_kept),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Executes work in a transaction of its own kind: all of it or nothing, on the disk when this returns.
    ///
    /// The transactions of a group share one commit; an `Err` of the work undoes that work alone. What must be
    /// kept although the answer is a refusal is therefore returned as `Ok`. The work may be executed twice, with
    /// everything undone in between: what it does beside the database must bear that.
    ///
    /// # Errors The work's own; [`StoreError::DiskFull`] and the like, where nothing was kept;
    /// [`StoreError::Panicked`].
    pub async fn write<R, E>(
        &self,
        work: impl FnMut(&Transaction<'_>) -> Result<R, E> + Send + 'static,
    ) -> Result<R, E>
    where
        R: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Box::new(Work::new(work, reply));
        self.inner.queue.send(job).await.map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?
    }

    /// Reads from one consistent state of the database, beside the writer and without waiting for it.
    ///
    /// # Errors
    /// The work's own; [`StoreError::Panicked`]; I/O errors.
    pub async fn read<R, E>(
        &self,
        work: impl FnOnce(&Connection) -> Result<R, E> + Send + 'static,
    ) -> Result<R, E>
    where
        R: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let permit = self.inner.reading.clone().acquire_owned().await.map_err(|_| StoreError::Closed)?;
        let inner = Arc::clone(&self.inner);
        let reading = tokio::task::spawn_blocking(move || {
            // Dropped last: whoever holds a permit finds a connection.
            let _permit = permit;
            let reader = inner.borrow_reader()?;
            let tx = reader.connection().unchecked_transaction().map_err(StoreError::from)?;
            work(&tx)
        });
        reading.await.unwrap_or_else(|_| Err(StoreError::Panicked.into()))
    }

    /// Writes a consistent copy of the database to a new file, while work goes on. `owner` says in one line whose it is.
    ///
    /// # Errors
    /// [`StoreError::Exists`] where the file exists; [`StoreError::Damaged`] where the copy fails its check.
    pub async fn backup(&self, to: &Path, owner: &str) -> Result<(), StoreError> {
        let (from, to, owner) = (self.inner.path.clone(), to.to_owned(), owner.to_owned());
        let copying = tokio::task::spawn_blocking(move || files::backup(&open_reader(&from)?, &to, &owner));
        copying.await.unwrap_or(Err(StoreError::Panicked))
    }

    /// The same for a database that another process has open, or none: whatever its schema.
    ///
    /// # Errors
    /// As [`Database::backup`], and where there is no database.
    pub fn backup_of(database: &Path, to: &Path, owner: &str) -> Result<(), StoreError> {
        files::backup(&open_reader(database)?, to, owner)
    }

    /// Puts a backup in the place of a database that is not there. Never overwrites: move the old files away.
    ///
    /// # Errors
    /// [`StoreError::Exists`] where a database, or the log of one, is there; [`StoreError::Damaged`] where an octet of the
    /// backup is not as it was written; [`StoreError::OthersBackup`] where it is another owner's.
    pub fn restore(backup: &Path, to: &Path, owner: &str) -> Result<(), StoreError> {
        files::restore(backup, to, owner)
    }

    /// Gives up the reserve of disk space, until [`Database::keep_reserve`] or the next opening.
    ///
    /// # Errors
    /// I/O errors, other than that there is none.
    pub fn release_reserve(&self) -> Result<(), StoreError> {
        self.inner.is_reserve_kept.store(false, Ordering::Release);
        files::release_reserve(&self.inner.path)
    }

    /// Keeps the reserve again that was given up.
    ///
    /// # Errors
    /// [`StoreError::DiskFull`] where there is still no room, and nothing is taken of what there is.
    pub fn keep_reserve(&self) -> Result<(), StoreError> {
        files::keep_reserve(&self.inner.path, self.inner.reserve_octets)?;
        self.inner.is_reserve_kept.store(true, Ordering::Release);
        Ok(())
    }

    /// Whether the reserve lies on the disk, or none was asked for.
    pub fn is_reserve_kept(&self) -> bool {
        self.inner.is_reserve_kept.load(Ordering::Acquire)
    }

    /// Where the database is.
    pub fn path(&self) -> &Path {
        &self.inner.path
    }
}

fn set_up_writer(connection: &Connection, max_pages: Option<u32>) -> Result<(), StoreError> {
    connection.busy_timeout(Duration::from_millis(BUSY_TIMEOUT_MS))?;
    let mode: String = connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    if mode != "wal" {
        return Err(StoreError::Io(format!("no write-ahead log here, but journal mode {mode}")));
    }
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "journal_size_limit", LOG_KEPT_OCTETS)?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    // SQLite reads a negative size as kibibytes.
    connection.pragma_update(None, "cache_size", -WRITER_CACHE_KIBIBYTES)?;
    if let Some(pages) = max_pages {
        connection.pragma_update(None, "max_page_count", pages)?;
    }
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    Ok(())
}

/// Prepared statements kept per connection.
const STATEMENTS_KEPT: usize = 128;

fn open_reader(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(Duration::from_millis(BUSY_TIMEOUT_MS))?;
    connection.pragma_update(None, "query_only", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    Ok(connection)
}

fn migrate(connection: &mut Connection, migrations: &[Migration]) -> Result<(), StoreError> {
    let scripts = migrations
        .iter()
        .map(|step| Script::unapplied(&format!("V{}__{}", step.version, step.name), step.sql))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| StoreError::Schema(error.to_string()))?;
    // All steps in one transaction: one by one, each would be recorded in a second transaction behind its own, and a
    // process killed between the two would find its tables there at every later start, and no record of them.
    let run = Runner::new(&scripts).set_grouped(true).run(connection);
    run.map(|_| ()).map_err(|error| StoreError::Schema(error.to_string()))
}

impl Inner {
    fn borrow_reader(&self) -> Result<Reader<'_>, StoreError> {
        let connection = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Ok(Reader { pool: &self.readers, connection: Some(connection.ok_or(StoreError::Closed)?) })
    }
}

/// A borrowed connection, which goes back to the pool even where the work panics.
struct Reader<'a> {
    pool: &'a Mutex<Vec<Connection>>,
    connection: Option<Connection>,
}

impl Reader<'_> {
    fn connection(&self) -> &Connection {
        self.connection.as_ref().expect("held until dropped")
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        pool.extend(self.connection.take());
    }
}
