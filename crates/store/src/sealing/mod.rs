//! Confidential data at rest: IIN, names, account numbers and whatever peers wrote, encrypted before they reach
//! SQLite, so that a stolen database, write-ahead log or backup shows none of them (C20.1).
//!
//! - A sealed value is version ‖ key id ‖ nonce ‖ ciphertext ‖ code: Kuznyechik-MGM under a data key, with table,
//!   column and row key as the further octets. Moved to another row or column it does not open.
//! - [`Plain`] and [`Opened`] are what is sealed: one or several values of a row in a fixed order.
//! - What is looked up by equality is kept beside it as a keyed hash: [`Sealing::tag`].
//! - Data keys are made, wrapped for a certificate, counted and retired in `keys`.
//!
//! Not here: which columns are confidential (the tables' own mapping), where private keys live and how they wrap
//! ([`KeyHolder`]). Source: Instruction № 491, cl. 20(1); RFC 9058; the form is ours (ADR 8).

mod keys;
mod values;

use std::cell::OnceCell;
use std::collections::HashMap;
use std::sync::atomic::AtomicI64;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use gost::hmac::HmacStreebog256;
use gost::kuznyechik::Kuznyechik;
use gost::mgm::Mgm;
use rusqlite::Connection;
use terms::Entropy;
use zeroize::Zeroizing;

use crate::StoreError;
use crate::chain::{Digest, commitment_of};

pub(crate) use keys::{DATA_KEY, list};
pub use keys::{DATA_KEY_OCTETS, DATA_KEY_RECORDS, DataKey, DataKeyBound, KeyUse, Rotation};
pub(crate) use values::{Opened, Plain};

/// The form described at the head of this file; another form gets another number.
const VERSION: u8 = 1;
const ID_LEN: usize = 8;
const NONCE_LEN: usize = 16;
const CODE_LEN: usize = 16;
const HEAD_LEN: usize = 1 + ID_LEN + NONCE_LEN;

/// Names a data key; derived from it, so that it names no other.
type KeyId = [u8; ID_LEN];

/// A keyed hash (HMAC-Streebog-256, its first half) by which a confidential value is found without being shown.
pub type SearchTag = [u8; 16];

/// A data key as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrappedKey {
    /// SHA-256 of the certificate it is wrapped for.
    pub certificate: [u8; 32],
    /// The wrapped key, in whatever form the holder gives it.
    pub octets: Vec<u8>,
}

/// Wraps data keys for a certificate and opens them with its private key; asked at the start, at a rotation, and when
/// another process has made a key this one has not met.
pub trait KeyHolder: Send + Sync {
    /// Wraps a key for the certificate that is the present one. `purpose` is to be bound to it.
    ///
    /// # Errors
    /// [`KeyNotHeld`], saying what to do.
    fn wrap(&self, purpose: &[u8], key: &[u8]) -> Result<WrappedKey, KeyNotHeld>;

    /// Opens a key that was wrapped for any certificate whose private key is held, and for this purpose.
    ///
    /// # Errors
    /// [`KeyNotHeld`], saying what to do.
    fn unwrap(&self, purpose: &[u8], wrapped: &WrappedKey) -> Result<Zeroizing<Vec<u8>>, KeyNotHeld>;
}

/// Why a key is not there, and what would bring it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct KeyNotHeld(pub String);

/// The keys of one store while it is open: data keys by their ids, with their schedules, and the key of searches.
pub struct Keyring {
    holder: Box<dyn KeyHolder>,
    entropy: Mutex<Box<dyn Entropy>>,
    bound: DataKeyBound,
    known: RwLock<HashMap<KeyId, Arc<Mgm<Kuznyechik>>>>,
    search: OnceLock<HmacStreebog256>,
    used: Mutex<HashMap<KeyId, keys::Used>>,
    /// When a data key that could not be made is tried again.
    next_try_at: AtomicI64,
}

impl Keyring {
    /// A keyring that opens what this holder can open, and draws keys and nonces from this generator.
    pub fn new(holder: Box<dyn KeyHolder>, entropy: Box<dyn Entropy>) -> Self {
        Self::bounded(holder, entropy, DataKeyBound::default())
    }

    /// The same with another bound on what one data key may seal.
    pub fn bounded(holder: Box<dyn KeyHolder>, entropy: Box<dyn Entropy>, bound: DataKeyBound) -> Self {
        Self {
            holder,
            entropy: Mutex::new(entropy),
            bound,
            known: RwLock::default(),
            search: OnceLock::new(),
            used: Mutex::default(),
            next_try_at: AtomicI64::new(i64::MIN),
        }
    }

    fn draw<const N: usize>(&self) -> [u8; N] {
        let mut drawn = [0; N];
        self.entropy.lock().unwrap_or_else(PoisonError::into_inner).fill(&mut drawn);
        drawn
    }
}

/// A place in the database. Its octets are authenticated with what is sealed for it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) table: &'static str,
    pub(crate) column: &'static str,
    pub(crate) key: RowKey<'a>,
}

/// What tells a row from all others of its table, for ever.
#[derive(Debug, Clone, Copy)]
pub(crate) enum RowKey<'a> {
    Number(i64),
    Octets(&'a [u8]),
}

impl Place<'_> {
    /// Names of tables and columns hold no zero octet, so no two places have the same octets.
    fn octets(&self) -> Vec<u8> {
        let mut octets = Vec::with_capacity(96);
        octets.push(VERSION);
        octets.extend_from_slice(self.table.as_bytes());
        octets.push(0);
        octets.extend_from_slice(self.column.as_bytes());
        octets.push(0);
        match self.key {
            RowKey::Number(number) => {
                octets.push(b'i');
                octets.extend_from_slice(&number.to_be_bytes());
            }
            RowKey::Octets(key) => {
                octets.push(b'b');
                octets.extend_from_slice(key);
            }
        }
        octets
    }

    fn damaged(&self) -> StoreError {
        StoreError::Damaged(format!("what {}.{} holds was not sealed for this row", self.table, self.column))
    }
}

/// The keyring as one transaction sees it.
pub(crate) struct Sealing<'a> {
    conn: &'a Connection,
    keyring: &'a Keyring,
    current: OnceCell<(KeyId, Arc<Mgm<Kuznyechik>>)>,
}

impl<'a> Sealing<'a> {
    pub(crate) fn new(conn: &'a Connection, keyring: &'a Keyring) -> Self {
        Self { conn, keyring, current: OnceCell::new() }
    }

    /// Seals values for a place, under the data key that is current in this transaction.
    pub(crate) fn seal(&self, place: Place<'_>, plain: Plain) -> Result<Vec<u8>, StoreError> {
        let (id, cipher) = self.current()?;
        let mut nonce: [u8; NONCE_LEN] = self.keyring.draw();
        // MGM keeps the first bit for its own use.
        nonce[0] &= 0x7f;
        let mut sealed = plain.into_octets()?;
        sealed[0] = VERSION;
        sealed[1..=ID_LEN].copy_from_slice(id);
        sealed[1 + ID_LEN..HEAD_LEN].copy_from_slice(&nonce);
        let code = cipher.seal_in_place(&nonce, &place.octets(), &mut sealed[HEAD_LEN..]);
        let code = code.map_err(|_| StoreError::OutOfRange("a sealed value"))?;
        sealed.extend_from_slice(code.as_ref());
        self.keyring.count(id, sealed.len());
        Ok(sealed)
    }

    /// Seals values for a place, and commits to them; see [`commitment_of`].
    pub(crate) fn seal_committed(
        &self,
        place: Place<'_>,
        plain: Plain,
    ) -> Result<(Vec<u8>, Digest), StoreError> {
        let commitment = commitment_of(&self.commitment_salt(place)?, plain.values());
        Ok((self.seal(place, plain)?, commitment))
    }

    /// The salt of what is committed to at a place. Computed anew from the key of searches, so it is kept nowhere and
    /// shown only with what it salts; that of one place says nothing about another's.
    pub(crate) fn commitment_salt(&self, place: Place<'_>) -> Result<SearchTag, StoreError> {
        self.tag("commitment", &place.octets())
    }

    /// Opens what was sealed for a place.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where it was changed or sealed for another place; [`StoreError::KeyMissing`].
    pub(crate) fn open(&self, place: Place<'_>, sealed: &[u8]) -> Result<Opened, StoreError> {
        let parts = sealed.split_at_checked(HEAD_LEN).filter(|(head, _)| head[0] == VERSION);
        let (head, rest) = parts.ok_or_else(|| place.damaged())?;
        let (ciphertext, code) =
            rest.len().checked_sub(CODE_LEN).map(|len| rest.split_at(len)).ok_or_else(|| place.damaged())?;
        let (id, nonce) = head[1..].split_at(ID_LEN);
        let id: KeyId = id.try_into().map_err(|_| place.damaged())?;
        let nonce: [u8; NONCE_LEN] = nonce.try_into().map_err(|_| place.damaged())?;
        let cipher = self.keyring.cipher(self.conn, &id)?.ok_or_else(|| place.damaged())?;
        let mut octets = Zeroizing::new(ciphertext.to_vec());
        let opened = cipher.open_in_place(&nonce, &place.octets(), &mut octets, code);
        opened.map_err(|_| place.damaged())?;
        Ok(Opened::new(octets, place.table, place.column))
    }

    /// The tag of a value in a column. The same value in two columns has two tags.
    pub(crate) fn tag(&self, column: &'static str, value: &[u8]) -> Result<SearchTag, StoreError> {
        let mut code = self.keyring.search(self.conn)?;
        code.update(column.as_bytes());
        code.update(&[0]);
        code.update(value);
        let code = code.finalize();
        Ok(code[..size_of::<SearchTag>()].try_into().expect("half of thirty-two octets"))
    }

    fn current(&self) -> Result<&(KeyId, Arc<Mgm<Kuznyechik>>), StoreError> {
        if let Some(current) = self.current.get() {
            return Ok(current);
        }
        let id = keys::current_id(self.conn)?;
        let cipher = self.keyring.cipher(self.conn, &id)?;
        let cipher = cipher.ok_or_else(|| StoreError::Damaged("the current data key is gone".to_owned()))?;
        Ok(self.current.get_or_init(|| (id, cipher)))
    }
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keyring(…)")
    }
}
