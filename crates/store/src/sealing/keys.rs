//! The table of data keys: made, wrapped, found, bounded, rotated. One row a key, under the evidence chain.
//!
//! The newest data key seals; every one still opens what it sealed. The key of searches stays for the life of the
//! database and is only wrapped anew, since another one would mean to compute every tag again.
//!
//! What is current is read from the table in every transaction, so that a rotation by another process holds from the
//! next transaction on, and one that is not kept never was. Ids are derived from keys, so what is remembered under an
//! id can never be another key.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use gost::hmac::HmacStreebog256;
use gost::kdf::kdf_256;
use gost::mgm::Mgm;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, params};
use terms::Moment;
use zeroize::{Zeroize, Zeroizing};

use super::{KeyId, Keyring, WrappedKey};
use crate::StoreError;
use crate::chain::{Versioned, snapshot};
use crate::columns::{Fields, unsigned_column};

/// How many values one data key seals.
///
/// Nonces are drawn: with 2³² of them out of 2¹²⁷, two agree with a probability of 2⁻⁶⁴.
pub const DATA_KEY_RECORDS: u64 = 1 << 32;

/// How many octets one data key seals.
///
/// 2⁴⁰ octets are 2³⁶ blocks and twice as many calls of the cipher: far from the 2⁶⁴ at which blocks of 128 bits begin
/// to coincide. Whoever has all of it has an advantage below 2⁻⁵⁰.
pub const DATA_KEY_OCTETS: u64 = 1 << 40;

/// After how long a key that could not be made is tried again.
const NEXT_TRY_SECONDS: i64 = 60;

/// The table, for the chain.
pub(crate) const DATA_KEY: Versioned = Versioned { table: "data_key", key: "number" };

/// How much one data key seals before the next one is made by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DataKeyBound {
    /// Sealed values.
    pub records: u64,
    /// Octets of them.
    pub octets: u64,
}

impl Default for DataKeyBound {
    fn default() -> Self {
        Self { records: DATA_KEY_RECORDS, octets: DATA_KEY_OCTETS }
    }
}

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyUse {
    /// Sealing values.
    Data,
    /// Finding them again.
    Search,
}

impl KeyUse {
    /// The name in columns and commands.
    pub fn name(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::Search => "search",
        }
    }

    /// What a key is wrapped for, so that one put into the place of another does not open.
    fn purpose(self) -> &'static [u8] {
        match self {
            Self::Data => b"tolem gateway data key",
            Self::Search => b"tolem gateway search key",
        }
    }
}

impl std::str::FromStr for KeyUse {
    type Err = StoreError;
    fn from_str(name: &str) -> Result<Self, StoreError> {
        let found = [Self::Data, Self::Search].into_iter().find(|this| this.name() == name);
        found.ok_or_else(|| StoreError::Damaged("column data_key.use".to_owned()))
    }
}

/// A key as it can be shown: everything but the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataKey {
    /// Its number, counted from 1.
    pub number: u64,
    /// What it is for.
    pub usage: KeyUse,
    /// SHA-256 of the certificate it is wrapped for.
    pub certificate: [u8; 32],
    /// When it was made.
    pub created_at: Moment,
    /// When it was last wrapped.
    pub wrapped_at: Moment,
    /// When the next one took its place.
    pub retired_at: Option<Moment>,
    /// Values sealed under it.
    pub records: u64,
    /// Octets of them.
    pub octets: u64,
}

/// What a rotation did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rotation {
    /// The number of the new data key.
    pub number: u64,
    /// How many keys were wrapped anew.
    pub rewrapped: u64,
    /// SHA-256 of the certificate all of them are wrapped for now.
    pub certificate: [u8; 32],
}

/// What was sealed and not yet counted in the table.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Used {
    records: u64,
    octets: u64,
}

struct KeyRow {
    number: i64,
    id: KeyId,
    usage: KeyUse,
    wrapped: WrappedKey,
}

impl KeyRow {
    fn of(row: &Row<'_>) -> Result<Self, StoreError> {
        let fields = Fields::of(row);
        Ok(Self {
            number: fields.number("number")?,
            id: fields.octets("id")?,
            usage: fields.parsed("use")?,
            wrapped: WrappedKey {
                certificate: fields.octets("certificate")?,
                octets: fields.all_octets("wrapped")?,
            },
        })
    }
}

impl Keyring {
    /// Brings a store's keys up when it is opened: makes the first ones, or opens all there are, so that a key that is
    /// not held shows now and not in the middle of the traffic.
    pub(crate) fn at_opening(&self, tx: &Connection, now: Moment) -> Result<(), StoreError> {
        let rows = all(tx)?;
        if rows.is_empty() {
            for usage in [KeyUse::Search, KeyUse::Data] {
                let (key, wrapped) = self.draw_wrapped(usage)?;
                keep(tx, usage, id_of(&key), &wrapped, now)?;
            }
        }
        for row in rows {
            let key = self.open_row(&row)?;
            match row.usage {
                KeyUse::Data => drop(self.remember(row.id, &key)),
                KeyUse::Search => drop(self.search.set(HmacStreebog256::new(&*key))),
            }
        }
        Ok(())
    }

    /// Makes a new data key for what is sealed from now on, and wraps all keys for the present certificate.
    pub(crate) fn rotate(&self, tx: &Connection, now: Moment) -> Result<Rotation, StoreError> {
        let rows = all(tx)?;
        for row in &rows {
            let wrapped = self.wrap(row.usage, &self.open_row(row)?)?;
            let sql =
                "UPDATE data_key SET version = version + 1, wrapped = ?2, certificate = ?3, wrapped_at = ?4
                       WHERE number = ?1";
            let at = now.unix_microseconds();
            tx.prepare_cached(sql)?.execute(params![row.number, wrapped.octets, wrapped.certificate, at])?;
            snapshot(tx, DATA_KEY, &Value::Integer(row.number))?;
        }
        let (number, certificate) = self.succeed(tx, now)?;
        Ok(Rotation { number, rewrapped: rows.len() as u64, certificate })
    }

    /// Notes that so many octets were sealed under a key.
    pub(super) fn count(&self, id: &KeyId, octets: usize) {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let used = used.entry(*id).or_default();
        used.records += 1;
        used.octets += octets as u64;
    }

    /// Writes down what was sealed since, and makes the next data key where the bound is reached. Last in a commit
    /// group, so nothing of the group is sealed under a key that may not be kept.
    pub(crate) fn account(&self, tx: &Connection, now: Moment) -> Result<(), StoreError> {
        let used: HashMap<KeyId, Used> =
            std::mem::take(&mut *self.used.lock().unwrap_or_else(PoisonError::into_inner));
        for (id, used) in used {
            let sql = "INSERT INTO data_key_use (id, records, octets) VALUES (?1, ?2, ?3)
                       ON CONFLICT (id) DO UPDATE SET records = records + ?2, octets = octets + ?3
                       RETURNING records, octets";
            let parameters = params![
                id,
                unsigned_column(used.records, "records")?,
                unsigned_column(used.octets, "octets")?
            ];
            let (records, octets): (i64, i64) =
                tx.prepare_cached(sql)?.query_row(parameters, |row| Ok((row.get(0)?, row.get(1)?)))?;
            let reached = |count: i64, bound: u64| u64::try_from(count).is_ok_and(|count| count >= bound);
            let is_full = reached(records, self.bound.records) || reached(octets, self.bound.octets);
            if is_full && current_id(tx)? == id {
                self.succeed_if_possible(tx, now)?;
            }
        }
        Ok(())
    }

    /// The bound is far from where a key becomes weak, so payments are not refused because nothing can be wrapped at
    /// the moment: it is said in the log, and tried again a little later.
    fn succeed_if_possible(&self, tx: &Connection, now: Moment) -> Result<(), StoreError> {
        if now.unix_microseconds() < self.next_try_at.load(Ordering::Relaxed) {
            return Ok(());
        }
        match self.succeed(tx, now) {
            Ok((number, _)) => tracing::info!(event = "data-key-made", number),
            Err(StoreError::KeyMissing(why)) => {
                let next_try = now.plus_seconds(NEXT_TRY_SECONDS).unix_microseconds();
                self.next_try_at.store(next_try, Ordering::Relaxed);
                tracing::error!(event = "data-key-not-made", why);
            }
            Err(other) => return Err(other),
        }
        Ok(())
    }

    /// The schedule of a data key; `None` where the table has no such key.
    pub(super) fn cipher(&self, conn: &Connection, id: &KeyId) -> Result<Option<Arc<Cipher>>, StoreError> {
        if let Some(known) = self.known.read().unwrap_or_else(PoisonError::into_inner).get(id) {
            return Ok(Some(known.clone()));
        }
        let sql = "SELECT * FROM data_key WHERE id = ? AND use = 'data'";
        let Some(row) = one(conn, sql, &[id])? else { return Ok(None) };
        let key = self.open_row(&row)?;
        Ok(Some(self.remember(row.id, &key)))
    }

    /// A code under the key of searches, with nothing taken yet.
    pub(super) fn search(&self, conn: &Connection) -> Result<HmacStreebog256, StoreError> {
        if let Some(search) = self.search.get() {
            return Ok(search.clone());
        }
        let row = one(conn, "SELECT * FROM data_key WHERE use = 'search'", &[])?;
        let row = row.ok_or_else(|| StoreError::Damaged("the key of searches is gone".to_owned()))?;
        let key = self.open_row(&row)?;
        Ok(self.search.get_or_init(|| HmacStreebog256::new(&*key)).clone())
    }

    fn remember(&self, id: KeyId, key: &DataKeyOctets) -> Arc<Cipher> {
        let cipher = Arc::new(Mgm::new(key));
        self.known.write().unwrap_or_else(PoisonError::into_inner).insert(id, cipher.clone());
        cipher
    }

    fn wrap(&self, usage: KeyUse, key: &DataKeyOctets) -> Result<WrappedKey, StoreError> {
        let wrapped = self.holder.wrap(usage.purpose(), &**key);
        wrapped.map_err(|error| StoreError::KeyMissing(format!("a data key cannot be wrapped: {error}")))
    }

    fn open_row(&self, row: &KeyRow) -> Result<DataKeyOctets, StoreError> {
        let key = self.holder.unwrap(row.usage.purpose(), &row.wrapped).map_err(|error| {
            StoreError::KeyMissing(format!("data key {} cannot be opened: {error}", row.number))
        })?;
        let key = key.as_slice().try_into().ok().map(Zeroizing::new);
        key.filter(|key| id_of(key) == row.id)
            .ok_or_else(|| StoreError::Damaged(format!("data key {} is not the one of its row", row.number)))
    }

    /// Retires the current data key in favour of a new one; where that cannot be wrapped, nothing changes.
    fn succeed(&self, tx: &Connection, now: Moment) -> Result<(u64, [u8; 32]), StoreError> {
        let (key, wrapped) = self.draw_wrapped(KeyUse::Data)?;
        let sql = "UPDATE data_key SET version = version + 1, retired_at = ?
                   WHERE use = 'data' AND retired_at IS NULL RETURNING number";
        let retired: Option<i64> =
            tx.prepare_cached(sql)?.query_row([now.unix_microseconds()], |row| row.get(0)).optional()?;
        if let Some(retired) = retired {
            snapshot(tx, DATA_KEY, &Value::Integer(retired))?;
        }
        Ok((keep(tx, KeyUse::Data, id_of(&key), &wrapped, now)?, wrapped.certificate))
    }

    fn draw_wrapped(&self, usage: KeyUse) -> Result<(DataKeyOctets, WrappedKey), StoreError> {
        let mut drawn: [u8; 32] = self.draw();
        let key = Zeroizing::new(drawn);
        drawn.zeroize();
        let wrapped = self.wrap(usage, &key)?;
        Ok((key, wrapped))
    }
}

fn keep(
    tx: &Connection,
    usage: KeyUse,
    id: KeyId,
    wrapped: &WrappedKey,
    now: Moment,
) -> Result<u64, StoreError> {
    let sql = "INSERT INTO data_key (id, use, wrapped, certificate, created_at, wrapped_at)
               VALUES (?1, ?2, ?3, ?4, ?5, ?5) RETURNING number";
    let at = now.unix_microseconds();
    let number: i64 = tx
        .prepare_cached(sql)?
        .query_row(params![id, usage.name(), wrapped.octets, wrapped.certificate, at], |row| row.get(0))?;
    snapshot(tx, DATA_KEY, &Value::Integer(number))?;
    u64::try_from(number).map_err(|_| StoreError::Damaged("column data_key.number".to_owned()))
}

type Cipher = Mgm<gost::kuznyechik::Kuznyechik>;

/// A key in the clear.
type DataKeyOctets = Zeroizing<[u8; 32]>;

/// Names a key without telling anything about it.
fn id_of(key: &DataKeyOctets) -> KeyId {
    let derived = kdf_256(&**key, b"tolem key id", &[]);
    derived[..size_of::<KeyId>()].try_into().expect("eight of thirty-two octets")
}

/// The data key that seals at present.
pub(super) fn current_id(conn: &Connection) -> Result<KeyId, StoreError> {
    let sql =
        "SELECT id FROM data_key WHERE use = 'data' AND retired_at IS NULL ORDER BY number DESC LIMIT 1";
    let id = conn.prepare_cached(sql)?.query_row([], |row| row.get(0)).optional()?;
    id.ok_or_else(|| StoreError::Damaged("there is no current data key".to_owned()))
}

/// All keys, with what they have sealed.
pub(crate) fn list(conn: &Connection) -> Result<Vec<DataKey>, StoreError> {
    let sql = "SELECT data_key.*, coalesce(records, 0) AS records, coalesce(octets, 0) AS octets
               FROM data_key LEFT JOIN data_key_use USING (id) ORDER BY number";
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query([])?;
    let mut keys = Vec::new();
    while let Some(row) = rows.next()? {
        let fields = Fields::of(row);
        keys.push(DataKey {
            number: fields.number("number")?,
            usage: fields.parsed("use")?,
            certificate: fields.octets("certificate")?,
            created_at: fields.moment("created_at")?,
            wrapped_at: fields.moment("wrapped_at")?,
            retired_at: fields.maybe_moment("retired_at")?,
            records: fields.number("records")?,
            octets: fields.number("octets")?,
        });
    }
    Ok(keys)
}

fn all(conn: &Connection) -> Result<Vec<KeyRow>, StoreError> {
    let mut statement = conn.prepare_cached("SELECT * FROM data_key ORDER BY number")?;
    let mut rows = statement.query([])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        all.push(KeyRow::of(row)?);
    }
    Ok(all)
}

fn one(conn: &Connection, sql: &str, key: &[&dyn rusqlite::ToSql]) -> Result<Option<KeyRow>, StoreError> {
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query(key)?;
    rows.next()?.map(KeyRow::of).transpose()
}
