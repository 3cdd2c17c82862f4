//! The national fields DE 48 and DE 63: lists of tags. A tag has two characters, then three digits of length,
//! then the value in printable ASCII. Text beyond ASCII, such as names, stands in base64 of its UTF-8.

use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::message::{FrameError, Message};

const TAG: usize = 2;
const LENGTH: usize = 3;
const LONGEST_FIELD: usize = 999;

/// The tags of DE 48 and DE 63. A reader passes over tags it does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tag {
    /// `PC`: payment code; in the card page's 0100, and in the 0110 that approves an ATM's.
    PaymentCode,
    /// `SV`: service.
    Service,
    /// `PV`: provider's BIN.
    Provider,
    /// `RI`: recipient's IIN or BIN.
    RecipientNumber,
    /// `RN`: recipient's name, base64.
    RecipientName,
    /// `PI`: payer's IIN or BIN.
    PayerNumber,
    /// `PN`: payer's name, base64.
    PayerName,
    /// `AT`: attempt.
    Attempt,
    /// `DT`: the exact date and time, RFC 3339.
    Moment,
    /// `CV`: CVC2.
    Cvc2,
    /// `PB`: PIN block of ISO format 4, hexadecimal.
    PinBlock,
    /// `BC`: beneficiary's BIC.
    Bic,
    /// `KB`: КБК.
    Kbk,
    /// `KN`: КНП.
    Knp,
    /// `KE`: КБе.
    Kbe,
    /// `BR`: the bank's reference of the operation.
    BankReference,
}

/// Every tag with its two characters and what it means.
pub(super) const TAGS: [(Tag, &str, &str); 16] = [
    (Tag::PaymentCode, "PC", "payment code"),
    (Tag::Service, "SV", "service"),
    (Tag::Provider, "PV", "BIN of the state body that renders it"),
    (Tag::RecipientNumber, "RI", "recipient's IIN or BIN; at an ATM only where it is not the card's owner"),
    (Tag::RecipientName, "RN", "recipient's name, base64"),
    (Tag::PayerNumber, "PI", "payer's IIN or BIN"),
    (Tag::PayerName, "PN", "payer's name, base64"),
    (Tag::Attempt, "AT", "the attempt: the same one is never charged twice"),
    (Tag::Moment, "DT", "the exact date and time, RFC 3339"),
    (Tag::Cvc2, "CV", "CVC2"),
    (Tag::PinBlock, "PB", "PIN block of ISO 9564 format 4 under AES-128, hexadecimal"),
    (Tag::Bic, "BC", "beneficiary's BIC"),
    (Tag::Kbk, "KB", "КБК"),
    (Tag::Knp, "KN", "КНП"),
    (Tag::Kbe, "KE", "КБе"),
    (Tag::BankReference, "BR", "the bank's reference of the operation"),
];

impl Tag {
    fn characters(self) -> &'static str {
        TAGS.iter().find(|(tag, _, _)| *tag == self).map_or("", |(_, characters, _)| characters)
    }
}

/// Writes the tags of one private field.
pub(super) struct TagWriter {
    field: u8,
    text: Zeroizing<String>,
}

impl TagWriter {
    pub(super) fn new(field: u8) -> Self {
        // Room for the longest field at once: a string that grows leaves copies of a CVC2 behind.
        Self { field, text: Zeroizing::new(String::with_capacity(LONGEST_FIELD)) }
    }

    pub(super) fn put(&mut self, tag: Tag, value: &str) -> Result<&mut Self, FrameError> {
        if self.text.len() + TAG + LENGTH + value.len() > LONGEST_FIELD {
            return Err(FrameError::Tag(self.field, tag));
        }
        self.text.push_str(tag.characters());
        self.text.push_str(&format!("{:03}", value.len()));
        self.text.push_str(value);
        Ok(self)
    }

    pub(super) fn put_base64(&mut self, tag: Tag, value: &str) -> Result<&mut Self, FrameError> {
        self.put(tag, &STANDARD.encode(value))
    }

    pub(super) fn finish(&self, message: &mut Message) -> Result<(), FrameError> {
        message.set(self.field, self.text.as_bytes())
    }
}

/// The tags of one private field, read.
pub(super) struct Tags<'m> {
    field: u8,
    tags: Vec<(&'m str, &'m str)>,
}

impl<'m> Tags<'m> {
    pub(super) fn read(message: &'m Message, field: u8) -> Result<Self, FrameError> {
        let mut rest = message.text(field)?;
        let wrong = FrameError::Form(field);
        let mut tags: Vec<(&str, &str)> = Vec::new();
        while !rest.is_empty() {
            let (tag, after) = rest.split_at_checked(TAG).ok_or(wrong)?;
            let (length, after) = after.split_at_checked(LENGTH).ok_or(wrong)?;
            if !length.bytes().all(|c| c.is_ascii_digit()) {
                return Err(wrong);
            }
            let length: usize = length.parse().map_err(|_| wrong)?;
            let (value, after) = after.split_at_checked(length).ok_or(wrong)?;
            if tags.iter().any(|(other, _)| *other == tag) {
                return Err(wrong);
            }
            tags.push((tag, value));
            rest = after;
        }
        Ok(Self { field, tags })
    }

    pub(super) fn get(&self, tag: Tag) -> Option<&'m str> {
        self.tags.iter().find(|(characters, _)| *characters == tag.characters()).map(|(_, value)| *value)
    }

    /// A value that must be there.
    pub(super) fn value<T: FromStr>(&self, tag: Tag) -> Result<T, FrameError> {
        self.optional(tag)?.ok_or(FrameError::Tag(self.field, tag))
    }

    /// A value that may be there.
    pub(super) fn optional<T: FromStr>(&self, tag: Tag) -> Result<Option<T>, FrameError> {
        self.get(tag).map(|text| text.parse().map_err(|_| FrameError::Tag(self.field, tag))).transpose()
    }

    pub(super) fn base64<T: FromStr>(&self, tag: Tag) -> Result<T, FrameError> {
        let wrong = FrameError::Tag(self.field, tag);
        let octets = STANDARD.decode(self.get(tag).ok_or(wrong)?).map_err(|_| wrong)?;
        String::from_utf8(octets).map_err(|_| wrong)?.parse().map_err(|_| wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tag_has_two_characters_of_its_own() {
        let mut seen = std::collections::BTreeSet::new();
        for (tag, characters, _) in TAGS {
            assert_eq!(tag.characters(), characters);
            assert!(characters.len() == TAG && seen.insert(characters), "{characters}");
        }
        assert_eq!(seen.len(), Tag::BankReference as usize + 1, "a tag is missing from the table");
    }
}
