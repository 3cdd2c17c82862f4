//! The evidence chain: one signature per commit group over everything the group kept.
//!
//! leaf = SHA-256(0x00 ‖ row), node = SHA-256(0x01 ‖ left ‖ right) over a tree shaped as in RFC 6962,
//! head = SHA-256(0x02 ‖ previous head ‖ root ‖ count ‖ sequence ‖ time). The head is signed.
//!
//! Rows of append-only tables are leaves. Rows that change leave the digest of each version in the
//! append-only table `snapshot`. So a change, insertion, deletion or exchange of any covered row shows;
//! cutting off the end, or putting back yesterday's file, shows against a head that somebody else knows. Not
//! covered: work queues (the outbox), counters (failures, quotas) and indexes.
//! A leaf covers what is sealed as ciphertext; a salted commitment beside it ties the open values to the leaf for
//! whoever is shown them (an evidence pack) and has no key.
//! Source: requirements on the signature of all stored data; the form is ours (design, principle 5).

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::digest::{Context, SHA256};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use terms::{Clock, Moment};

use crate::columns::{Fields, unsigned_column};
use crate::{BeforeCommit, StoreError};

/// The chain's tables; a participant with a chain lists them among its migrations.
pub const SCHEMA: &str = include_str!("schema/chain.sql");

/// A SHA-256 digest.
pub type Digest = [u8; 32];

/// The previous head of the first group.
const BEGINNING: Digest = [0; 32];

const LEAF: u8 = 0;
const NODE: u8 = 1;
const HEAD: u8 = 2;
const COMMITMENT: u8 = 3;

/// Signs heads: a key of the participant, wherever it is kept.
pub trait HeadSigner: Send {
    /// Signs one head.
    ///
    /// # Errors
    /// [`HeadNotSigned`]; the whole commit group is undone then.
    fn sign(&self, head: &[u8]) -> Result<HeadSignature, HeadNotSigned>;
}

/// A head's signature with the name of the key that made it: given together, since the key may be renewed
/// between two heads (A27).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeadSignature {
    /// The signature.
    pub signature: Vec<u8>,
    /// Names the key, for whoever verifies.
    pub key_id: String,
}

/// Why a head could not be signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct HeadNotSigned(pub String);

/// Which tables the chain covers. The order is part of the chain: new tables go to the end.
#[derive(Debug, Clone, Copy)]
pub struct Covered {
    /// Tables with an `id INTEGER PRIMARY KEY`, rows of which are only ever added. `snapshot` is one of them.
    pub append_only: &'static [&'static str],
    /// Tables whose rows change.
    pub versioned: &'static [Versioned],
}

/// A table with a `version` column that counts up at every change of a row.
#[derive(Debug, Clone, Copy)]
pub struct Versioned {
    /// Its name.
    pub table: &'static str,
    /// Its primary key.
    pub key: &'static str,
}

/// Signs every commit group; given to [`crate::Options::before_commit`].
pub struct Chain {
    covered: Covered,
    signer: Box<dyn HeadSigner>,
    clock: Arc<dyn Clock>,
}

/// A head of the chain, as it is published to others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedHead {
    /// Its place, counted from 1.
    pub sequence: u64,
    /// The head.
    pub head: Digest,
    /// When it was signed.
    pub signed_at: Moment,
    /// The signature over the head.
    pub signature: Vec<u8>,
    /// The key that signed.
    pub key_id: String,
}

/// A head that somebody outside has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownHead {
    /// Its place.
    pub sequence: u64,
    /// The head.
    pub head: Digest,
}

/// What was verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainReport {
    /// Groups, which is the sequence of the last one.
    pub groups: u64,
    /// Records in them.
    pub records: u64,
    /// Rows of versioned tables that agree with their last snapshot.
    pub rows: u64,
    /// The last head.
    pub head: Digest,
}

/// The stored data is not what was signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the evidence chain is broken at group {sequence}: {what}")]
pub struct ChainBroken {
    /// The group it shows in; for what is outside every group, the last one.
    pub sequence: u64,
    /// What shows.
    pub what: Fault,
}

/// How a broken chain shows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Groups are not numbered without gaps.
    #[error("a group is missing")]
    GroupMissing,
    /// A group does not name its predecessor's head.
    #[error("the previous head is another one")]
    Previous,
    /// The spans do not continue those of the groups before.
    #[error("the span of table {0} does not continue the one before")]
    Span(String),
    /// Records are missing from a span, or there are others than counted.
    #[error("the number of records is another one")]
    Count,
    /// The records are not those that were signed.
    #[error("the records are not those of the root")]
    Root,
    /// The head does not follow from its parts.
    #[error("the head does not follow from the group")]
    Head,
    /// The signature over the head does not verify.
    #[error("the signature does not verify")]
    Signature,
    /// Records that no group covers.
    #[error("table {0} has records that were never signed")]
    Unsigned(&'static str),
    /// A row that differs from its last signed version, or was never signed.
    #[error("a row of table {0} is not its last signed version")]
    Row(&'static str),
    /// A row that was signed and is gone.
    #[error("rows of table {0} are missing")]
    RowMissing(&'static str),
    /// The chain does not contain a head that was published.
    #[error("a published head is not in the chain")]
    KnownHead,
    /// What is stored cannot even be read.
    #[error("unreadable: {0}")]
    Unreadable(String),
}

/// A group of the chain without its records: enough to follow one head from the one before, and to check its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its place, counted from 1.
    pub sequence: u64,
    /// The head of the group before.
    pub previous: Digest,
    /// The root over its records.
    pub root: Digest,
    /// How many records it has.
    pub count: u64,
    /// When it was signed.
    pub signed_at: Moment,
    /// The signature over its head.
    pub signature: Vec<u8>,
    /// The key that signed.
    pub key_id: String,
}

impl Group {
    /// The head that follows from its parts.
    pub fn head(&self) -> Digest {
        head_of(&self.previous, &self.root, self.count, self.sequence, self.signed_at)
    }
}

/// At most `limit` groups from a place of the chain on, in their order.
///
/// # Errors
/// Those of the database.
pub(crate) fn groups(conn: &Connection, from: u64, limit: usize) -> Result<Vec<Group>, StoreError> {
    let sql = "SELECT * FROM chain_group WHERE sequence >= ? ORDER BY sequence LIMIT ?";
    let mut statement = conn.prepare_cached(sql)?;
    let (from, limit) = (unsigned_column(from, "sequence")?, i64::try_from(limit).unwrap_or(i64::MAX));
    let mut rows = statement.query(params![from, limit])?;
    let mut groups = Vec::new();
    while let Some(row) = rows.next()? {
        let fields = Fields::of(row);
        groups.push(Group {
            sequence: fields.number("sequence")?,
            previous: fields.octets("previous")?,
            root: fields.octets("root")?,
            count: fields.number("count")?,
            signed_at: fields.moment("signed_at")?,
            signature: fields.all_octets("signature")?,
            key_id: fields.text("key_id")?,
        });
    }
    Ok(groups)
}

/// Verifies a signature over a head: key id, head, signature.
pub type VerifyHead<'a> = &'a dyn Fn(&str, &[u8], &[u8]) -> bool;

impl Chain {
    /// A chain over these tables.
    pub fn new(covered: Covered, signer: Box<dyn HeadSigner>, clock: Arc<dyn Clock>) -> Self {
        Self { covered, signer, clock }
    }

    fn sign_group(&self, tx: &Transaction<'_>) -> Result<(), StoreError> {
        let (sequence, previous) = match head(tx)? {
            None => (1, BEGINNING),
            Some(last) => (last.sequence + 1, last.head),
        };
        let column = unsigned_column(sequence, "sequence")?;
        let mut leaves = Vec::new();
        for table in self.covered.append_only {
            let already = last_id(tx, table)?;
            let last = add_leaves(tx, table, already, i64::MAX, &mut leaves)?;
            if last > already {
                let sql =
                    "INSERT INTO chain_span (sequence, table_name, first_id, last_id) VALUES (?, ?, ?, ?)";
                tx.prepare_cached(sql)?.execute(params![column, table, already + 1, last])?;
            }
        }
        if leaves.is_empty() {
            return Ok(());
        }
        let (root, count, signed_at) = (merkle_root(&leaves), leaves.len() as u64, self.clock.now());
        let head = head_of(&previous, &root, count, sequence, signed_at);
        let signed = self.signer.sign(&head).map_err(|error| StoreError::NotSigned(error.0))?;
        let sql =
            "INSERT INTO chain_group (sequence, previous, root, count, head, signed_at, signature, key_id)
                   VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
        tx.prepare_cached(sql)?.execute(params![
            column,
            previous,
            root,
            unsigned_column(count, "count")?,
            head,
            signed_at.unix_microseconds(),
            signed.signature,
            signed.key_id
        ])?;
        Ok(())
    }
}

impl BeforeCommit for Chain {
    fn before_commit(&mut self, tx: &Transaction<'_>) -> Result<(), StoreError> {
        self.sign_group(tx)
    }
}

/// Adds the present version of a row to the snapshots. Called after every write to a versioned table.
///
/// # Errors
/// [`StoreError::Damaged`] where there is no such row.
pub fn snapshot(tx: &Connection, of: Versioned, key: &Value) -> Result<(), StoreError> {
    let Versioned { table, key: column } = of;
    let mut statement = tx.prepare_cached(&format!("SELECT * FROM {table} WHERE {column} = ?"))?;
    let width = statement.column_count();
    let found = statement
        .query_row([key], |row| Ok((row_digest(table, width, row)?, row.get::<_, i64>("version")?)))
        .optional()?;
    let (digest, version) = found.ok_or_else(|| StoreError::Damaged(format!("no such row of {table}")))?;
    let sql = "INSERT INTO snapshot (table_name, row_key, version, digest) VALUES (?, ?, ?, ?)";
    tx.prepare_cached(sql)?.execute(params![table, key, version, digest])?;
    Ok(())
}

/// The last head, to be published.
///
/// # Errors
/// Those of the database.
pub fn head(conn: &Connection) -> Result<Option<SignedHead>, StoreError> {
    let sql = "SELECT * FROM chain_group ORDER BY sequence DESC LIMIT 1";
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query([])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let fields = Fields::of(row);
    Ok(Some(SignedHead {
        sequence: fields.number("sequence")?,
        head: fields.octets("head")?,
        signed_at: fields.moment("signed_at")?,
        signature: fields.all_octets("signature")?,
        key_id: fields.text("key_id")?,
    }))
}

/// Verifies everything: every group, every record, every row of a versioned table, and that each of the known
/// heads is in the chain.
///
/// # Errors
/// [`ChainBroken`] at the first thing that shows.
pub fn verify_chain(
    conn: &Connection,
    covered: &Covered,
    verify: VerifyHead<'_>,
    known: &[KnownHead],
) -> Result<ChainReport, ChainBroken> {
    let mut walk = Walk::new(conn, covered, verify, known);
    let result = walk.groups().and_then(|()| walk.nothing_beyond()).and_then(|()| walk.rows());
    match result {
        Ok(rows) => {
            Ok(ChainReport { groups: walk.sequence, records: walk.records, rows, head: walk.previous })
        }
        Err(what) => Err(ChainBroken { sequence: walk.sequence, what }),
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Unreadable(error.to_string())
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Unreadable(error.to_string())
    }
}

struct Walk<'a> {
    conn: &'a Connection,
    covered: &'a Covered,
    verify: VerifyHead<'a>,
    known: &'a [KnownHead],
    sequence: u64,
    previous: Digest,
    records: u64,
    last_ids: Vec<i64>,
}

impl<'a> Walk<'a> {
    fn new(
        conn: &'a Connection,
        covered: &'a Covered,
        verify: VerifyHead<'a>,
        known: &'a [KnownHead],
    ) -> Self {
        let last_ids = vec![0; covered.append_only.len()];
        Self { conn, covered, verify, known, sequence: 0, previous: BEGINNING, records: 0, last_ids }
    }

    fn groups(&mut self) -> Result<(), Fault> {
        let mut statement = self.conn.prepare("SELECT * FROM chain_group ORDER BY sequence")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            self.sequence += 1;
            self.group(Fields::of(row))?;
        }
        let seen = |known: &KnownHead| known.sequence <= self.sequence;
        if self.known.iter().all(seen) { Ok(()) } else { Err(Fault::KnownHead) }
    }

    fn group(&mut self, fields: Fields<'_>) -> Result<(), Fault> {
        if fields.number::<u64>("sequence")? != self.sequence {
            return Err(Fault::GroupMissing);
        }
        if fields.octets::<32>("previous")? != self.previous {
            return Err(Fault::Previous);
        }
        let leaves = self.leaves()?;
        let (count, root) = (fields.number::<u64>("count")?, fields.octets::<32>("root")?);
        if leaves.is_empty() || leaves.len() as u64 != count {
            return Err(Fault::Count);
        }
        if merkle_root(&leaves) != root {
            return Err(Fault::Root);
        }
        let head = head_of(&self.previous, &root, count, self.sequence, fields.moment("signed_at")?);
        if fields.octets::<32>("head")? != head {
            return Err(Fault::Head);
        }
        if !(self.verify)(&fields.text("key_id")?, &head, &fields.all_octets("signature")?) {
            return Err(Fault::Signature);
        }
        if self.known.iter().any(|known| known.sequence == self.sequence && known.head != head) {
            return Err(Fault::KnownHead);
        }
        self.previous = head;
        self.records += count;
        Ok(())
    }

    fn leaves(&mut self) -> Result<Vec<Digest>, Fault> {
        let mut leaves = Vec::new();
        let spans = spans(self.conn, self.sequence)?;
        for (table, ..) in &spans {
            if !self.covered.append_only.contains(&table.as_str()) {
                return Err(Fault::Span(table.clone()));
            }
        }
        for (table, last_id) in self.covered.append_only.iter().zip(&mut self.last_ids) {
            let Some((_, first, last)) = spans.iter().find(|(name, ..)| name == table) else { continue };
            if *first != *last_id + 1 || last < first {
                return Err(Fault::Span((*table).to_owned()));
            }
            let before = leaves.len();
            add_leaves(self.conn, table, *last_id, *last, &mut leaves)?;
            // Counted here, so that a record moved out of the span cannot hide behind another table's.
            if i64::try_from(leaves.len() - before) != Ok(last - first + 1) {
                return Err(Fault::Count);
            }
            *last_id = *last;
        }
        Ok(leaves)
    }

    /// No record stands outside the groups.
    fn nothing_beyond(&self) -> Result<(), Fault> {
        let last = unsigned_column(self.sequence, "sequence")?;
        let sql = "SELECT table_name FROM chain_span WHERE sequence > ? OR sequence < 1 LIMIT 1";
        let stray: Option<String> = self.conn.query_row(sql, [last], |row| row.get(0)).optional()?;
        if let Some(table) = stray {
            return Err(Fault::Span(table));
        }
        for (table, last_id) in self.covered.append_only.iter().zip(&self.last_ids) {
            let sql = format!("SELECT EXISTS (SELECT 1 FROM {table} WHERE id > ? OR id < 1)");
            if self.conn.query_row(&sql, [last_id], |row| row.get(0))? {
                return Err(Fault::Unsigned(table));
            }
        }
        Ok(())
    }

    fn rows(&self) -> Result<u64, Fault> {
        self.covered.versioned.iter().map(|of| self.rows_of(*of)).sum()
    }

    fn rows_of(&self, Versioned { table, key }: Versioned) -> Result<u64, Fault> {
        let width = self.conn.prepare(&format!("SELECT * FROM {table}"))?.column_count();
        // Beside max(), SQLite takes the other columns from the row that has it.
        let mut statement = self.conn.prepare(&format!(
            "SELECT kept.*, newest.version AS signed_version, newest.digest AS signed_digest
             FROM {table} AS kept LEFT JOIN (
                 SELECT row_key, max(version) AS version, digest FROM snapshot
                 WHERE table_name = ? GROUP BY row_key
             ) AS newest ON newest.row_key = kept.{key}"
        ))?;
        let mut rows = statement.query([table])?;
        let mut count = 0;
        while let Some(row) = rows.next()? {
            let version: Option<i64> = row.get("signed_version")?;
            let digest: Option<Vec<u8>> = row.get("signed_digest")?;
            if version != Some(row.get("version")?) || digest != Some(row_digest(table, width, row)?.to_vec())
            {
                return Err(Fault::Row(table));
            }
            count += 1;
        }
        let sql = "SELECT count(DISTINCT row_key) FROM snapshot WHERE table_name = ?";
        let signed: i64 = self.conn.query_row(sql, [table], |row| row.get(0))?;
        if u64::try_from(signed) == Ok(count) { Ok(count) } else { Err(Fault::RowMissing(table)) }
    }
}

/// That one record is in the chain, for somebody who sees nothing else of the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The group it was kept in.
    pub sequence: u64,
    /// The record's leaf.
    pub leaf: Digest,
    /// The siblings from the leaf up.
    pub path: Vec<Sibling>,
}

/// One step of a path: the other half and its side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sibling {
    /// It stands to the left.
    Left(Digest),
    /// It stands to the right.
    Right(Digest),
}

impl Proof {
    /// The root that leaf and path lead to; compare it with the signed one.
    pub fn root(&self) -> Digest {
        self.path.iter().fold(self.leaf, |node, sibling| match sibling {
            Sibling::Left(left) => node_of(left, &node),
            Sibling::Right(right) => node_of(&node, right),
        })
    }
}

/// The path of one record, computed from the records of its group.
///
/// # Errors
/// Those of the database.
pub fn proof(
    conn: &Connection,
    covered: &Covered,
    table: &str,
    id: i64,
) -> Result<Option<Proof>, StoreError> {
    let sql = "SELECT sequence FROM chain_span WHERE table_name = ?1 AND last_id >= ?2 AND first_id <= ?2
               ORDER BY last_id LIMIT 1";
    let sequence: Option<i64> = conn.query_row(sql, params![table, id], |row| row.get(0)).optional()?;
    let Some(sequence) = sequence.and_then(|sequence| u64::try_from(sequence).ok()) else { return Ok(None) };
    let spans = spans(conn, sequence)?;
    let (mut leaves, mut place) = (Vec::new(), 0);
    for covered in covered.append_only {
        let Some((name, first, last)) = spans.iter().find(|(name, ..)| name == covered) else { continue };
        if name == table {
            place = leaves.len() + usize::try_from(id - first).unwrap_or(0);
        }
        add_leaves(conn, name, first - 1, *last, &mut leaves)?;
    }
    let Some(leaf) = leaves.get(place).copied() else { return Ok(None) };
    let mut path = Vec::new();
    climb(&leaves, place, &mut path);
    Ok(Some(Proof { sequence, leaf, path }))
}

/// The first and the last id of a table's records in a group, where it has any.
pub(crate) fn span_of(
    conn: &Connection,
    sequence: u64,
    table: &str,
) -> Result<Option<(i64, i64)>, StoreError> {
    let spans = spans(conn, sequence)?;
    Ok(spans.into_iter().find(|(name, ..)| name == table).map(|(_, first, last)| (first, last)))
}

fn spans(conn: &Connection, sequence: u64) -> Result<Vec<(String, i64, i64)>, StoreError> {
    let sql = "SELECT table_name, first_id, last_id FROM chain_span WHERE sequence = ?";
    let mut statement = conn.prepare_cached(sql)?;
    let sequence = unsigned_column(sequence, "sequence")?;
    let spans = statement.query_map([sequence], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(spans.collect::<Result<_, _>>()?)
}

fn last_id(tx: &Connection, table: &str) -> Result<i64, StoreError> {
    let sql = "SELECT coalesce(max(last_id), 0) FROM chain_span WHERE table_name = ?";
    Ok(tx.prepare_cached(sql)?.query_row([table], |row| row.get(0))?)
}

/// Adds the leaves of the rows after `after` up to `upto`, and says what the last id was.
fn add_leaves(
    conn: &Connection,
    table: &str,
    after: i64,
    upto: i64,
    leaves: &mut Vec<Digest>,
) -> Result<i64, StoreError> {
    let sql = format!("SELECT * FROM {table} WHERE id > ? AND id <= ? ORDER BY id");
    let mut statement = conn.prepare_cached(&sql)?;
    let width = statement.column_count();
    let mut rows = statement.query([after, upto])?;
    let mut last = after;
    while let Some(row) = rows.next()? {
        leaves.push(row_digest(table, width, row)?);
        last = row.get("id")?;
    }
    Ok(last)
}

/// SHA-256(0x00 ‖ table ‖ each column that is not NULL: name, type, value), every part with its length before
/// it.
///
/// Columns without a value are left out, so that a column added later does not change what was signed.
/// Only the first `width` columns are the row's own.
fn row_digest(table: &str, width: usize, row: &Row<'_>) -> Result<Digest, rusqlite::Error> {
    let mut hash = leaf_begun(table);
    for index in 0..width {
        column(&mut hash, row.as_ref().column_name(index)?, row.get_ref(index)?);
    }
    Ok(finish(hash))
}

/// The leaf of a row whose columns somebody else has kept: the same digest, without the database.
pub fn leaf_of<'a>(table: &str, columns: impl IntoIterator<Item = (&'a str, ValueRef<'a>)>) -> Digest {
    let mut hash = leaf_begun(table);
    for (name, value) in columns {
        column(&mut hash, name, value);
    }
    finish(hash)
}

fn leaf_begun(table: &str) -> Context {
    let mut hash = Context::new(&SHA256);
    hash.update(&[LEAF]);
    part(&mut hash, b't', table.as_bytes());
    hash
}

fn column(hash: &mut Context, name: &str, value: ValueRef<'_>) {
    if value != ValueRef::Null {
        part(hash, b'c', name.as_bytes());
    }
    match value {
        ValueRef::Null => {}
        ValueRef::Integer(number) => part(hash, b'i', &number.to_be_bytes()),
        ValueRef::Real(number) => part(hash, b'r', &number.to_be_bytes()),
        ValueRef::Text(text) => part(hash, b's', text),
        ValueRef::Blob(octets) => part(hash, b'b', octets),
    }
}

/// SHA-256(0x03 ‖ salt ‖ values): what stands in the clear beside sealed values, so that whoever is shown them can see
/// that they are the ones under the leaf. Without the salt nothing can be guessed from it.
///
/// The values stand one after the other, each behind its length in four octets, the highest first; the length of an
/// absent one is 0xffffffff.
pub fn commitment_of(salt: &[u8; 16], values: &[u8]) -> Digest {
    let mut hash = Context::new(&SHA256);
    hash.update(&[COMMITMENT]);
    hash.update(salt);
    hash.update(values);
    finish(hash)
}

fn part(hash: &mut Context, kind: u8, octets: &[u8]) {
    hash.update(&[kind]);
    hash.update(&(octets.len() as u64).to_be_bytes());
    hash.update(octets);
}

fn finish(hash: Context) -> Digest {
    hash.finish().as_ref().try_into().expect("SHA-256 has 32 octets")
}

fn node_of(left: &Digest, right: &Digest) -> Digest {
    let mut hash = Context::new(&SHA256);
    hash.update(&[NODE]);
    hash.update(left);
    hash.update(right);
    finish(hash)
}

fn head_of(previous: &Digest, root: &Digest, count: u64, sequence: u64, at: Moment) -> Digest {
    let mut hash = Context::new(&SHA256);
    hash.update(&[HEAD]);
    hash.update(previous);
    hash.update(root);
    hash.update(&count.to_be_bytes());
    hash.update(&sequence.to_be_bytes());
    hash.update(&at.unix_microseconds().to_be_bytes());
    finish(hash)
}

/// The left half of a tree has the largest power of two that leaves something for the right (RFC 6962).
fn split(leaves: &[Digest]) -> (&[Digest], &[Digest]) {
    leaves.split_at(leaves.len().next_power_of_two() / 2)
}

fn merkle_root(leaves: &[Digest]) -> Digest {
    match leaves {
        [] => BEGINNING,
        [leaf] => *leaf,
        _ => {
            let (left, right) = split(leaves);
            node_of(&merkle_root(left), &merkle_root(right))
        }
    }
}

fn climb(leaves: &[Digest], place: usize, path: &mut Vec<Sibling>) {
    if leaves.len() < 2 {
        return;
    }
    let (left, right) = split(leaves);
    if place < left.len() {
        climb(left, place, path);
        path.push(Sibling::Right(merkle_root(right)));
    } else {
        climb(right, place - left.len(), path);
        path.push(Sibling::Left(merkle_root(left)));
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chain").finish_non_exhaustive()
    }
}
