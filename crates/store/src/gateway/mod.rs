//! The gateway's store on one SQLite file: its tables, and the seam's methods in SQL.
//!
//! How values become columns is in `payment_columns` and `record_columns`.

mod payment_columns;
mod record_columns;
mod transaction;

use std::path::Path;
use std::sync::Arc;

use terms::Clock;

use crate::chain::{self, Chain, Covered, SignedHead, VerifyHead, Versioned};
use crate::{
    ChainBroken, ChainReport, Database, HeadSigner, KnownHead, Migration, Options, Store, StoreError, Tx,
    View, mailbox,
};
use transaction::SqliteTx;

const MIGRATIONS: [Migration; 4] = [
    mailbox::MIGRATION,
    Migration { version: 2, name: "chain", sql: chain::SCHEMA },
    Migration { version: 3, name: "gateway", sql: include_str!("../schema/gateway.sql") },
    Migration { version: 4, name: "fewer_indexes", sql: include_str!("../schema/gateway_2.sql") },
];

const PAYMENT: Versioned = Versioned { table: "payment", key: "code" };
const ATTEMPT: Versioned = Versioned { table: "attempt", key: "id" };
const PAGE: Versioned = Versioned { table: "payment_page", key: "token_digest" };

/// The tables of the gateway that its evidence chain covers: all but the outbox and the counters.
pub const COVERED: Covered = Covered {
    append_only: &[
        "evidence",
        "journal",
        "snapshot",
        "receipt",
        "spend",
        "received",
        "read_note",
        "participant",
        "service",
    ],
    versioned: &[PAYMENT, ATTEMPT, PAGE],
};

/// The gateway's store on one SQLite file. Clones share it.
#[derive(Clone)]
pub struct EmbeddedStore {
    database: Database,
}

impl EmbeddedStore {
    /// Opens the store. Whatever `options` says is done before a commit is replaced by sealing the chain.
    ///
    /// # Errors
    /// Those of [`Database::open`].
    pub fn open(
        path: &Path,
        signer: Box<dyn HeadSigner>,
        clock: Arc<dyn Clock>,
        options: Options,
    ) -> Result<Self, StoreError> {
        let chain = Chain::new(COVERED, signer, clock);
        let options = Options { before_commit: Some(Box::new(chain)), ..options };
        Ok(Self { database: Database::open(path, &MIGRATIONS, options)? })
    }

    /// Brings a database up to date without opening it for work.
    ///
    /// # Errors
    /// Those of [`Database::open`].
    pub fn migrate(path: &Path) -> Result<(), StoreError> {
        Database::open(path, &MIGRATIONS, Options::default()).map(drop)
    }

    /// The database itself: backup, reserve.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// The last head of the evidence chain, to be published.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn head(&self) -> Result<Option<SignedHead>, StoreError> {
        self.database.read(chain::head).await
    }

    /// Verifies everything that is kept, beside the running work.
    ///
    /// # Errors
    /// [`ChainBroken`] at the first thing that shows.
    pub async fn verify_chain(
        &self,
        verify: impl Fn(&str, &[u8], &[u8]) -> bool + Send + 'static,
        known: Vec<KnownHead>,
    ) -> Result<ChainReport, ChainBroken> {
        let walk = move |conn: &rusqlite::Connection| {
            let verify: VerifyHead<'_> = &verify;
            Ok::<_, StoreError>(chain::verify_chain(conn, &COVERED, verify, &known))
        };
        self.database.read(walk).await.unwrap_or_else(|error| {
            Err(ChainBroken { sequence: 0, what: chain::Fault::Unreadable(error.to_string()) })
        })
    }
}

impl Store for EmbeddedStore {
    async fn transact<R, E>(
        &self,
        mut work: impl FnMut(&mut dyn Tx) -> Result<R, E> + Send + 'static,
    ) -> Result<R, E>
    where
        R: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.database.write(move |tx| work(&mut SqliteTx(tx))).await
    }

    async fn read<R, E>(
        &self,
        mut work: impl FnMut(&dyn View) -> Result<R, E> + Send + 'static,
    ) -> Result<R, E>
    where
        R: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.database.read(move |conn| work(&SqliteTx(conn))).await
    }
}
