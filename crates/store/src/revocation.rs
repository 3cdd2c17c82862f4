//! Revocation lists and OCSP replies as they are kept: what they say is settled in `pki`.

use rusqlite::{Connection, params};
use terms::Moment;

use crate::StoreError;
use crate::columns::unsigned_column;

/// The most sources of one name that are handed out: every key of the national CA has numbers of its own, and few keys.
const MAX_OF_A_NAME: i64 = 64;

/// By what a source is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SourceName {
    /// A full list, by its number.
    List(u64),
    /// A delta, by its number.
    Delta(u64),
    /// A reply about a certificate, by SHA-256 of that and the moment of what it says.
    Ocsp([u8; 32], Moment),
}

/// A list or a reply that was believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevocationSource {
    /// Its name; lists of several issuers may share one.
    pub name: SourceName,
    /// SHA-256 of the octets; the same are kept once.
    pub digest: [u8; 32],
    /// When it was made, by its own word.
    pub made_at: Moment,
    /// The list or the reply, DER.
    pub octets: Vec<u8>,
}

/// Keeps a source, unless the same octets are kept already.
pub(crate) fn keep(tx: &Connection, source: &RevocationSource) -> Result<(), StoreError> {
    let (kind, number, about) = match &source.name {
        SourceName::List(number) => ("list", Some(unsigned_column(*number, "number")?), None),
        SourceName::Delta(number) => ("delta", Some(unsigned_column(*number, "number")?), None),
        SourceName::Ocsp(about, _) => ("ocsp", None, Some(about)),
    };
    let sql = "INSERT INTO revocation_source (digest, kind, number, about, made_at, octets)
               VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (digest) DO NOTHING";
    let made_at = source.made_at.unix_microseconds();
    tx.prepare_cached(sql)?.execute(params![source.digest, kind, number, about, made_at, source.octets])?;
    Ok(())
}

/// The octets of all sources of a name, the earliest made first.
pub(crate) fn named(conn: &Connection, name: SourceName) -> Result<Vec<Vec<u8>>, StoreError> {
    let by_number = "SELECT octets FROM revocation_source WHERE kind = ?1 AND number = ?2
                     ORDER BY made_at, digest LIMIT ?3";
    let by_certificate = "SELECT octets FROM revocation_source WHERE about = ?1 AND made_at = ?2
                          ORDER BY digest LIMIT ?3";
    let octets = |row: &rusqlite::Row<'_>| row.get(0);
    let found = match name {
        SourceName::List(number) | SourceName::Delta(number) => {
            let kind = if matches!(name, SourceName::List(_)) { "list" } else { "delta" };
            let number = unsigned_column(number, "number")?;
            conn.prepare_cached(by_number)?.query_map(params![kind, number, MAX_OF_A_NAME], octets)?.collect()
        }
        SourceName::Ocsp(about, made_at) => {
            let key = params![about, made_at.unix_microseconds(), MAX_OF_A_NAME];
            conn.prepare_cached(by_certificate)?.query_map(key, octets)?.collect()
        }
    };
    let found: rusqlite::Result<Vec<Vec<u8>>> = found;
    Ok(found?)
}
