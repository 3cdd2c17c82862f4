//! The gateway's store on one SQLite file: its tables, and the seam's methods in SQL.
//!
//! How values become columns is in `payment_columns`, `record_columns` and
//! `report_columns`.

mod authority;
mod books;
mod claims;
mod deeds;
mod lists;
mod payment_columns;
mod proofs;
mod record_columns;
mod refunds;
mod registers;
mod report_columns;
mod saved_views;
mod search;
mod transaction;

use std::path::Path;
use std::sync::Arc;

use rusqlite::Transaction;
use terms::{Clock, Moment};

use crate::chain::{self, Chain, Covered, Digest, Group, SignedHead, VerifyHead, Versioned};
use crate::revocation::{self, RevocationSource, SourceName};
use crate::sealing::{self, DATA_KEY};
use crate::stamp::{self, HeadStamp};
use crate::{
    BeforeCommit, ChainBroken, ChainReport, DataKey, Database, HeadSigner, Keyring, KnownHead, Migration,
    Options, OwnCertificate, Rotation, Store, StoreError, Tx, View, mailbox,
};
use transaction::{SqliteTx, own_certificates};

const MIGRATIONS: [Migration; 17] = [
    mailbox::MIGRATION,
    Migration { version: 2, name: "chain", sql: chain::SCHEMA },
    Migration { version: 3, name: "gateway", sql: include_str!("../schema/gateway.sql") },
    Migration { version: 4, name: "fewer_indexes", sql: include_str!("../schema/gateway_2.sql") },
    Migration { version: 5, name: "sealed", sql: include_str!("../schema/gateway_3.sql") },
    Migration { version: 6, name: "sources_and_stamps", sql: include_str!("../schema/gateway_4.sql") },
    Migration { version: 7, name: "browsers", sql: include_str!("../schema/gateway_5.sql") },
    Migration { version: 8, name: "books", sql: include_str!("../schema/books.sql") },
    Migration { version: 9, name: "authority", sql: include_str!("../schema/authority.sql") },
    Migration { version: 10, name: "registers", sql: include_str!("../schema/registers.sql") },
    Migration { version: 11, name: "claims", sql: include_str!("../schema/claims.sql") },
    Migration { version: 12, name: "search_and_proofs", sql: include_str!("../schema/search.sql") },
    Migration { version: 13, name: "refunds", sql: include_str!("../schema/refunds.sql") },
    Migration { version: 14, name: "contracts", sql: include_str!("../schema/contracts.sql") },
    Migration { version: 15, name: "saved_views", sql: include_str!("../schema/saved_views.sql") },
    Migration { version: 16, name: "deeds", sql: include_str!("../schema/deeds.sql") },
    Migration { version: 17, name: "proofs", sql: include_str!("../schema/proofs.sql") },
];

const PAYMENT: Versioned = Versioned { table: "payment", key: "code" };
const ATTEMPT: Versioned = Versioned { table: "attempt", key: "id" };
const PAGE: Versioned = Versioned { table: "payment_page", key: "token_digest" };
const CLAIM: Versioned = Versioned { table: "claim", key: "number" };
const PAYOUT: Versioned = Versioned { table: "payout", key: "number" };

/// The tables of the gateway that its evidence chain covers: all but the outbox, the counters and what
/// officers keep for themselves.
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
        "own_certificate",
        "posting",
        "contract",
        "officer",
        "membership",
        "group_action",
        "proposal_document",
        "reconciliation",
        "difference",
        "difference_settled",
        "claim_item",
        "claim_dispute",
        "payout_item",
        "statement",
        "statement_entry",
        "closing",
        "deed",
    ],
    versioned: &[
        PAYMENT,
        ATTEMPT,
        PAGE,
        DATA_KEY,
        authority::PROPOSAL,
        registers::REGISTER,
        CLAIM,
        PAYOUT,
        refunds::REFUND,
    ],
};

/// The gateway's store on one SQLite file. Clones share it.
#[derive(Clone)]
pub struct EmbeddedStore {
    database: Database,
    keyring: Arc<Keyring>,
    clock: Arc<dyn Clock>,
}

/// What is done before every commit: keys are accounted for, then the chain is signed over what that wrote too.
struct Committing {
    keyring: Arc<Keyring>,
    clock: Arc<dyn Clock>,
    chain: Chain,
}

impl BeforeCommit for Committing {
    fn at_opening(&mut self, tx: &Transaction<'_>) -> Result<(), StoreError> {
        self.keyring.at_opening(tx, self.clock.now())
    }

    fn before_commit(&mut self, tx: &Transaction<'_>) -> Result<(), StoreError> {
        self.keyring.account(tx, self.clock.now())?;
        self.chain.before_commit(tx)
    }
}

impl EmbeddedStore {
    /// Opens the store, with the keys of what is confidential in it. Whatever `options` says is done before a commit is
    /// replaced by accounting for keys and signing the chain.
    ///
    /// # Errors
    /// Those of [`Database::open`]; [`StoreError::KeyMissing`] where a data key cannot be opened.
    pub fn open(
        path: &Path,
        signer: Box<dyn HeadSigner>,
        keyring: Keyring,
        clock: Arc<dyn Clock>,
        options: Options,
    ) -> Result<Self, StoreError> {
        let keyring = Arc::new(keyring);
        let chain = Chain::new(COVERED, signer, clock.clone());
        let committing = Committing { keyring: keyring.clone(), clock: clock.clone(), chain };
        let options = Options { before_commit: Some(Box::new(committing)), ..options };
        Ok(Self { database: Database::open(path, &MIGRATIONS, options)?, keyring, clock })
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

    /// What can be shown of the store without any key.
    pub fn evidence(&self) -> KeptEvidence {
        KeptEvidence { database: self.database.clone() }
    }

    /// Makes a new data key for what is kept from now on and wraps all keys for the present certificate, in one
    /// transaction beside the running work, here or in another process.
    ///
    /// # Errors
    /// [`StoreError::KeyMissing`] where a key is not held; nothing has changed then. Those of the database.
    pub async fn rotate_keys(&self) -> Result<Rotation, StoreError> {
        let (keyring, clock) = (self.keyring.clone(), self.clock.clone());
        self.database.write(move |tx| keyring.rotate(tx, clock.now())).await
    }
}

/// The part of the store that proves the rest: the chain over the stored octets, and the certificates of those who
/// signed it. It opens without keys, for an auditor who must not read what is confidential.
#[derive(Clone)]
pub struct KeptEvidence {
    database: Database,
}

impl KeptEvidence {
    /// Opens it, beside the running gateway or without one.
    ///
    /// # Errors
    /// Those of [`Database::open`].
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Ok(Self { database: Database::open(path, &MIGRATIONS, Options::default())? })
    }

    /// The last head of the evidence chain, to be published.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn head(&self) -> Result<Option<SignedHead>, StoreError> {
        self.database.read(chain::head).await
    }

    /// The gateway's own signing certificates, the oldest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn own_certificates(&self) -> Result<Vec<OwnCertificate>, StoreError> {
        self.database.read(own_certificates).await
    }

    /// All keys of what is sealed, the oldest first, with what they have sealed; the keys themselves stay wrapped.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn data_keys(&self) -> Result<Vec<DataKey>, StoreError> {
        self.database.read(sealing::list).await
    }

    /// Keeps a time stamp over a head; [`StoreError::Taken`] where that head has one.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn keep_stamp(&self, stamp: HeadStamp) -> Result<(), StoreError> {
        self.database.write(move |tx| stamp::keep(tx, &stamp)).await
    }

    /// Keeps revocation lists and OCSP replies that were believed, each once.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn keep_sources(&self, sources: Vec<RevocationSource>) -> Result<(), StoreError> {
        let write = move |tx: &Transaction<'_>| sources.iter().try_for_each(|one| revocation::keep(tx, one));
        self.database.write(write).await
    }

    /// The lists or replies of a name, DER, the earliest made first; more than one where several issuers count alike.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn sources_named(&self, name: SourceName) -> Result<Vec<Vec<u8>>, StoreError> {
        self.database.read(move |conn| revocation::named(conn, name)).await
    }

    /// At most `limit` time stamps over heads after a place in the chain, in their order.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn stamps_after(&self, sequence: u64, limit: usize) -> Result<Vec<HeadStamp>, StoreError> {
        self.database.read(move |conn| stamp::after(conn, sequence, limit)).await
    }

    /// The head at a place of the chain, and when it was signed; none where the chain is shorter.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn head_at(&self, sequence: u64) -> Result<Option<(Digest, Moment)>, StoreError> {
        self.database.read(move |conn| stamp::head_at(conn, sequence)).await
    }

    /// At most `limit` groups from a place of the chain on, in their order and without their records.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn groups_from(&self, sequence: u64, limit: usize) -> Result<Vec<Group>, StoreError> {
        self.database.read(move |conn| chain::groups(conn, sequence, limit)).await
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
        let keyring = self.keyring.clone();
        self.database.write(move |tx| work(&mut SqliteTx::new(tx, &keyring))).await
    }

    async fn read<R, E>(
        &self,
        mut work: impl FnMut(&dyn View) -> Result<R, E> + Send + 'static,
    ) -> Result<R, E>
    where
        R: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let keyring = self.keyring.clone();
        self.database.read(move |conn| work(&SqliteTx::new(conn, &keyring))).await
    }
}

#[cfg(test)]
mod tests;
