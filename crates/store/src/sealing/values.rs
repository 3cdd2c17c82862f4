//! What is inside a sealed value: octets and texts one after the other, each with its length or marked as absent.
//!
//! The order is fixed by the two functions, side by side in the tables' mapping, that write and read a column.

use std::fmt::Display;
use std::io::Write as _;
use std::str::FromStr;

use terms::Party;
use zeroize::Zeroizing;

use super::{CODE_LEN, HEAD_LEN};
use crate::StoreError;

/// Stands for the length of a value that is absent.
const ABSENT: u32 = u32::MAX;

/// Room for the values of an ordinary row, so that they are written without moving.
const ORDINARY_OCTETS: usize = 512;

/// Values about to be sealed. They become ciphertext where they lie.
pub(crate) struct Plain {
    octets: Vec<u8>,
    is_too_long: bool,
}

impl Plain {
    pub(crate) fn new() -> Self {
        Self::with_room_for(ORDINARY_OCTETS)
    }

    pub(crate) fn with_room_for(octets: usize) -> Self {
        let mut all = Vec::with_capacity(HEAD_LEN + octets + CODE_LEN);
        all.resize(HEAD_LEN, 0);
        Self { octets: all, is_too_long: false }
    }

    pub(crate) fn text(&mut self, value: impl Display) -> &mut Self {
        let at = self.octets.len();
        self.octets.extend_from_slice(&ABSENT.to_be_bytes());
        write!(self.octets, "{value}").expect("writing to memory cannot fail");
        self.set_length(at)
    }

    pub(crate) fn maybe_text(&mut self, value: Option<impl Display>) -> &mut Self {
        match value {
            Some(value) => self.text(value),
            None => self.absent(),
        }
    }

    pub(crate) fn octets(&mut self, value: &[u8]) -> &mut Self {
        let at = self.octets.len();
        self.octets.extend_from_slice(&ABSENT.to_be_bytes());
        self.octets.extend_from_slice(value);
        self.set_length(at)
    }

    pub(crate) fn maybe_octets(&mut self, value: Option<&[u8]>) -> &mut Self {
        match value {
            Some(value) => self.octets(value),
            None => self.absent(),
        }
    }

    pub(crate) fn party(&mut self, value: &Party) -> &mut Self {
        self.text(value.number).text(&value.name)
    }

    pub(crate) fn absent(&mut self) -> &mut Self {
        self.octets.extend_from_slice(&ABSENT.to_be_bytes());
        self
    }

    fn set_length(&mut self, at: usize) -> &mut Self {
        let start = at + size_of::<u32>();
        match u32::try_from(self.octets.len() - start) {
            Ok(length) if length != ABSENT => self.octets[at..start].copy_from_slice(&length.to_be_bytes()),
            _ => self.is_too_long = true,
        }
        self
    }

    /// The values as they will be sealed.
    pub(super) fn values(&self) -> &[u8] {
        &self.octets[HEAD_LEN..]
    }

    /// The values behind room for the head of the sealed form.
    pub(super) fn into_octets(self) -> Result<Vec<u8>, StoreError> {
        if self.is_too_long { Err(StoreError::OutOfRange("a sealed value")) } else { Ok(self.octets) }
    }
}

/// Values that were sealed, read in the order they were written. Wiped when dropped.
pub(crate) struct Opened {
    octets: Zeroizing<Vec<u8>>,
    at: usize,
    table: &'static str,
    column: &'static str,
}

impl Opened {
    pub(super) fn new(octets: Zeroizing<Vec<u8>>, table: &'static str, column: &'static str) -> Self {
        Self { octets, at: 0, table, column }
    }

    fn damaged(&self) -> StoreError {
        StoreError::Damaged(format!("what {}.{} holds is not what it should be", self.table, self.column))
    }

    pub(crate) fn maybe_octets(&mut self) -> Result<Option<&[u8]>, StoreError> {
        let start = self.at + size_of::<u32>();
        let length = self.octets.get(self.at..start).and_then(|length| length.try_into().ok());
        let length = u32::from_be_bytes(length.ok_or_else(|| self.damaged())?);
        if length == ABSENT {
            self.at = start;
            return Ok(None);
        }
        let end = usize::try_from(length).ok().and_then(|length| start.checked_add(length));
        let end = end.filter(|end| *end <= self.octets.len()).ok_or_else(|| self.damaged())?;
        self.at = end;
        Ok(Some(&self.octets[start..end]))
    }

    /// All values, whatever they are.
    pub(crate) fn all(mut self) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        let mut all = Vec::new();
        while self.at < self.octets.len() {
            all.push(self.maybe_octets()?.map(<[u8]>::to_vec));
        }
        Ok(all)
    }

    pub(crate) fn octets(&mut self) -> Result<Vec<u8>, StoreError> {
        match self.maybe_octets()? {
            Some(octets) => Ok(octets.to_vec()),
            None => Err(self.damaged()),
        }
    }

    pub(crate) fn maybe_text(&mut self) -> Result<Option<String>, StoreError> {
        let text = self.maybe_octets()?.map(|octets| std::str::from_utf8(octets).map(str::to_owned));
        text.transpose().map_err(|_| self.damaged())
    }

    pub(crate) fn text(&mut self) -> Result<String, StoreError> {
        self.maybe_text()?.ok_or_else(|| self.damaged())
    }

    pub(crate) fn maybe_parsed<T: FromStr>(&mut self) -> Result<Option<T>, StoreError> {
        let text = self.maybe_octets()?.map(|octets| std::str::from_utf8(octets).map(str::parse));
        match text {
            None => Ok(None),
            Some(Ok(Ok(value))) => Ok(Some(value)),
            Some(_) => Err(self.damaged()),
        }
    }

    pub(crate) fn parsed<T: FromStr>(&mut self) -> Result<T, StoreError> {
        self.maybe_parsed()?.ok_or_else(|| self.damaged())
    }

    pub(crate) fn party(&mut self) -> Result<Party, StoreError> {
        Ok(Party { number: self.parsed()?, name: self.parsed()? })
    }

    /// Nothing is left over.
    pub(crate) fn end(self) -> Result<(), StoreError> {
        if self.at == self.octets.len() { Ok(()) } else { Err(self.damaged()) }
    }
}
