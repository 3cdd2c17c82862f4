//! The documents in a pack: the rows with their paths, and the groups of the chain. The signed manifest is in
//! [`wire::evidence_pack`].

use serde::{Deserialize, Serialize};
use store::chain::{Digest, Group, Sibling};
use store::{KeptColumn, KeptValue};
use terms::Moment;

pub(super) const MANIFEST: &str = "manifest.xml";
pub(super) const RECORDS: &str = "records.json";
pub(super) const CHAIN: &str = "chain.json";
pub(super) const READ_ME: &str = "READ-ME.txt";
/// Folders of the pack.
pub(super) const LISTS: &str = "lists/";
pub(super) const REPLIES: &str = "ocsp/";
pub(super) const STAMPS: &str = "stamps/";
pub(super) const GATEWAY_CERTIFICATES: &str = "gateway/";

/// All rows.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Records {
    pub(super) records: Vec<Record>,
}

/// A row as it is kept, its sealed values opened, and its path to the root of its group.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Record {
    pub(super) table: String,
    pub(super) columns: Vec<Column>,
    /// The salt of the commitment, hexadecimal.
    pub(super) salt: Option<String>,
    /// The opened values in their order.
    pub(super) values: Vec<Option<Opened>>,
    pub(super) group: Option<u64>,
    pub(super) path: Vec<Step>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) value: Value,
}

/// The value of a column.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Value {
    Integer(i64),
    Text(String),
    /// Octets in hexadecimal.
    Octets(String),
}

/// Where an opened value stands.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Opened {
    /// In this file of the pack.
    File(String),
    Text(String),
    /// Octets in hexadecimal.
    Octets(String),
}

/// A sibling on the way from a leaf to the root, hexadecimal.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Step {
    Left(String),
    Right(String),
}

/// Groups of the chain.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Groups {
    pub(super) groups: Vec<Link>,
}

/// One group; octets in hexadecimal, the time in microseconds since 1970.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Link {
    pub(super) sequence: u64,
    pub(super) previous: String,
    pub(super) root: String,
    pub(super) count: u64,
    pub(super) signed_at: i64,
    pub(super) signature: String,
    pub(super) key_id: String,
}

impl From<&KeptColumn> for Column {
    fn from(column: &KeptColumn) -> Self {
        let value = match &column.value {
            KeptValue::Integer(number) => Value::Integer(*number),
            KeptValue::Text(text) => Value::Text(text.clone()),
            KeptValue::Octets(octets) => Value::Octets(hex::encode(octets)),
        };
        Self { name: column.name.clone(), value }
    }
}

impl From<&Sibling> for Step {
    fn from(sibling: &Sibling) -> Self {
        match sibling {
            Sibling::Left(digest) => Self::Left(hex::encode(digest)),
            Sibling::Right(digest) => Self::Right(hex::encode(digest)),
        }
    }
}

impl Step {
    /// The sibling; none where it is no digest.
    pub(super) fn sibling(&self) -> Option<Sibling> {
        match self {
            Self::Left(text) => digest(text).map(Sibling::Left),
            Self::Right(text) => digest(text).map(Sibling::Right),
        }
    }
}

impl From<&Group> for Link {
    fn from(group: &Group) -> Self {
        Self {
            sequence: group.sequence,
            previous: hex::encode(group.previous),
            root: hex::encode(group.root),
            count: group.count,
            signed_at: group.signed_at.unix_microseconds(),
            signature: hex::encode(&group.signature),
            key_id: group.key_id.clone(),
        }
    }
}

impl Link {
    /// The group; none where a digest or the signature is no hexadecimal.
    pub(super) fn group(&self) -> Option<Group> {
        Some(Group {
            sequence: self.sequence,
            previous: digest(&self.previous)?,
            root: digest(&self.root)?,
            count: self.count,
            signed_at: Moment::from_unix_microseconds(self.signed_at),
            signature: hex::decode(&self.signature).ok()?,
            key_id: self.key_id.clone(),
        })
    }
}

fn digest(text: &str) -> Option<Digest> {
    hex::decode(text).ok()?.try_into().ok()
}
