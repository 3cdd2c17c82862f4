//! The manifest of a register: a small document that is signed, and by its digests vouches for the register's files.

use std::fmt;
use std::str::FromStr;

use ledger::register::{Column, Head, Party, Totals};
use terms::{BankingDay, Bin, Moment};
use xml::{Element, FieldError, FromElement, ToElement, Writer};

use super::digest::Digested;
use crate::common::FileName;
use crate::framework::{Facet, Field, REGISTER, exactly, record, simple, words};

/// The name of the manifest's root element.
pub(super) const ELEMENT: &str = "RegisterManifest";
/// The most files of one register.
const MOST_FILES: usize = 16;

words! {
    /// Whose payments a register lists.
    pub enum PartyWord {
        /// Those that one provider renders.
        Provider = "provider",
        /// Those that were made at one bank.
        Bank = "bank",
    }
}

impl PartyWord {
    /// The column that says whose a row is.
    pub fn column(self) -> Column {
        match self {
            Self::Provider => Column::Provider,
            Self::Bank => Column::Bank,
        }
    }
}

words! {
    /// The form of a file.
    pub enum FormatWord {
        /// The register as canonical XML.
        Xml = "xml",
        /// A workbook.
        Xlsx = "xlsx",
        /// CSV for office programs set to Kazakh or Russian.
        CsvOffice = "csvOffice",
        /// CSV for office programs set to English.
        CsvOfficeEnglish = "csvOfficeEnglish",
        /// CSV by RFC 4180.
        Csv = "csv",
        /// ISO 20022 camt.054.
        Camt054 = "camt054",
        /// JSON lines.
        JsonLines = "jsonLines",
    }
}

/// A sum of tenge, also less than nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sum(pub i128);

/// The text is no sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the sum is not written as -1725.00")]
pub struct NoSum;

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&terms::tenge(self.0))
    }
}

impl FromStr for Sum {
    type Err = NoSum;
    fn from_str(s: &str) -> Result<Self, NoSum> {
        ledger::register::intake::read_sum(s).map(Self).ok_or(NoSum)
    }
}

/// A number of rows, octets or postings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Number(pub u64);

/// The text is no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the text is no whole number")]
pub struct NoNumber;

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Number {
    type Err = NoNumber;
    fn from_str(s: &str) -> Result<Self, NoNumber> {
        s.parse().map(Self).map_err(|_| NoNumber)
    }
}

/// The offset of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offset(String);

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text is no offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the offset is not written as +05:00")]
pub struct NoOffset;

impl FromStr for Offset {
    type Err = NoOffset;
    fn from_str(s: &str) -> Result<Self, NoOffset> {
        let form = match s.as_bytes() {
            [b'+' | b'-', a, b, b':', c, d] => [a, b, c, d].iter().all(|octet| octet.is_ascii_digit()),
            _ => false,
        };
        if form { Ok(Self(s.to_owned())) } else { Err(NoOffset) }
    }
}

macro_rules! hash {
    ($(#[doc = $doc:literal])* $name:ident, $octets:literal) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct $name(pub [u8; $octets]);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
            }
        }

        impl FromStr for $name {
            type Err = NoHash;
            fn from_str(s: &str) -> Result<Self, NoHash> {
                let mut octets = [0; $octets];
                if s.len() != 2 * $octets || !s.bytes().all(|c| c.is_ascii_hexdigit()) {
                    return Err(NoHash);
                }
                for (octet, pair) in octets.iter_mut().zip(s.as_bytes().chunks_exact(2)) {
                    let pair = std::str::from_utf8(pair).map_err(|_| NoHash)?;
                    *octet = u8::from_str_radix(pair, 16).map_err(|_| NoHash)?;
                }
                Ok(Self(octets))
            }
        }
    };
}

/// The text is no digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the digest is not written in hexadecimal digits of its length")]
pub struct NoHash;

hash! {
    /// A digest of 256 bits.
    Hash256, 32
}
hash! {
    /// A digest of 512 bits.
    Hash512, 64
}

simple! {
    /// A sum of tenge with two digits of tiyn, also less than nothing, such as -1725.00.
    Sum as "Sum": "decimal" [Facet::Pattern("-?(0|[1-9][0-9]{0,19})\\.[0-9]{2}")]
        read exactly, write Sum::to_string;
    /// A number of things.
    Number as "Number": "nonNegativeInteger" [Facet::MaxInclusive(u64::MAX)]
        read exactly, write Number::to_string;
    /// The offset of Almaty from UTC on the day.
    Offset as "Offset": "string" [Facet::Pattern("[+\\-][0-9]{2}:[0-9]{2}")]
        read exactly, write Offset::to_string;
    /// A digest of 256 bits in hexadecimal digits.
    Hash256 as "Hash256": "string" [Facet::Pattern("[0-9a-f]{64}")]
        read exactly, write Hash256::to_string;
    /// A digest of 512 bits in hexadecimal digits.
    Hash512 as "Hash512": "string" [Facet::Pattern("[0-9a-f]{128}")]
        read exactly, write Hash512::to_string;
}

record! {
    in REGISTER;
    /// What stands above the rows.
    pub struct HeadRecord {
        /// Whose payments are listed.
        required party: PartyWord as "party",
        /// Its number.
        required bin: Bin as "bin",
        /// Its name in Kazakh.
        required name_kk: String as "nameKk",
        /// Its name in Russian.
        required name_ru: String as "nameRu",
        /// Its name in English.
        required name_en: String as "nameEn",
        /// The banking day.
        required day: BankingDay as "day",
        /// The one clock of all moments in the rows: the offset of Almaty on that day.
        required offset: Offset as "offset",
        /// 1 for the first register of that day; each correction is one more.
        required revision: Number as "revision",
        /// When it was formed.
        required formed_at: Moment as "formedAt",
        /// The last posting it knew of.
        required up_to: Number as "upTo",
    }
}

record! {
    in REGISTER;
    /// What the rows come to.
    pub struct TotalsRecord {
        /// How many rows add.
        required additions: Number as "additions",
        /// What they come to.
        required added: Sum as "added",
        /// How many rows take away.
        required deductions: Number as "deductions",
        /// What they come to.
        required deducted: Sum as "deducted",
        /// What is left.
        required net: Sum as "net",
    }
}

record! {
    in REGISTER;
    /// One file of a register.
    pub struct FileDigest {
        /// Its name.
        required name: FileName as "name",
        /// Its form.
        required format: FormatWord as "format",
        /// Its length.
        required octets: Number as "octets",
        /// Its SHA-256. That of the XML is the digest of its canonical form.
        required sha256: Hash256 as "sha256",
        /// Its Streebog-512, where the manifest is signed by a national key.
        optional streebog512: Hash512 as "streebog512",
    }
}

record! {
    in REGISTER;
    /// The manifest of a register: whose, of which day, what it comes to, and the digests of its files. It is signed by
    /// the gateway with an enveloped XML signature.
    pub struct Manifest {
        /// Whose payments the register lists.
        required party: PartyWord as "party",
        /// Its number.
        required bin: Bin as "bin",
        /// The banking day.
        required day: BankingDay as "day",
        /// The revision.
        required revision: Number as "revision",
        /// When it was formed.
        required formed_at: Moment as "formedAt",
        /// The last posting it knew of.
        required up_to: Number as "upTo",
        /// How many rows add.
        required additions: Number as "additions",
        /// What they come to.
        required added: Sum as "added",
        /// How many rows take away.
        required deductions: Number as "deductions",
        /// What they come to.
        required deducted: Sum as "deducted",
        /// What is left.
        required net: Sum as "net",
        /// The head of the gateway's evidence chain when the register was formed.
        required chain_head: Hash256 as "chainHead",
        /// The files.
        list(MOST_FILES) file: FileDigest as "file",
    }
}

impl From<&Head> for HeadRecord {
    fn from(head: &Head) -> Self {
        Self {
            party: party_word(head.party),
            bin: head.party.bin(),
            name_kk: head.name.kk.clone(),
            name_ru: head.name.ru.clone(),
            name_en: head.name.en.clone(),
            day: head.day,
            offset: Offset(head.offset()),
            revision: Number(head.revision.into()),
            formed_at: head.formed_at,
            up_to: Number(head.up_to),
        }
    }
}

fn party_word(party: Party) -> PartyWord {
    match party {
        Party::Provider(_) => PartyWord::Provider,
        Party::Bank(_) => PartyWord::Bank,
    }
}

impl From<&Totals> for TotalsRecord {
    fn from(totals: &Totals) -> Self {
        Self {
            additions: Number(totals.additions),
            added: Sum(totals.added.into()),
            deductions: Number(totals.deductions),
            deducted: Sum(totals.deducted.into()),
            net: Sum(totals.net()),
        }
    }
}

/// In what a file is not what its manifest says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// The manifest knows no file of that name.
    #[error("the manifest names no such file")]
    NoSuchFile,
    /// The octets are others.
    #[error("the file is not the one whose digest was signed")]
    Digest,
    /// The register cannot be read at this row.
    #[error("the register cannot be read at row {0}")]
    Unreadable(u64),
    /// The head says otherwise.
    #[error("the head of the register differs from the manifest")]
    Head,
    /// The row is of another party or another day, or its amount is none.
    #[error("row {0} does not belong to this register")]
    Row(u64),
    /// The rows come to something else.
    #[error("the rows do not come to the totals of the manifest")]
    Totals,
}

impl Manifest {
    /// The manifest of a register whose files were written.
    pub fn new(head: &Head, totals: &Totals, chain_head: [u8; 32], file: Vec<FileDigest>) -> Self {
        let totals = TotalsRecord::from(totals);
        Self {
            party: party_word(head.party),
            bin: head.party.bin(),
            day: head.day,
            revision: Number(head.revision.into()),
            formed_at: head.formed_at,
            up_to: Number(head.up_to),
            additions: totals.additions,
            added: totals.added,
            deductions: totals.deductions,
            deducted: totals.deducted,
            net: totals.net,
            chain_head: Hash256(chain_head),
            file,
        }
    }

    /// Checks the octets of one file, of any form, by its digest.
    ///
    /// # Errors
    /// [`Mismatch::NoSuchFile`] or [`Mismatch::Digest`].
    pub fn verify_file(&self, name: &str, digested: &Digested) -> Result<(), Mismatch> {
        let file = self.file.iter().find(|file| file.name.as_str() == name).ok_or(Mismatch::NoSuchFile)?;
        let is_streebog_right = match (file.streebog512, digested.streebog512) {
            (Some(said), Some(found)) => said.0 == found,
            (Some(_), None) => false,
            (None, _) => true,
        };
        let is_right =
            file.octets.0 == digested.octets && file.sha256.0 == digested.sha256 && is_streebog_right;
        if is_right { Ok(()) } else { Err(Mismatch::Digest) }
    }
}

impl FileDigest {
    /// One file as it was written.
    pub fn new(name: FileName, format: FormatWord, digested: &Digested) -> Self {
        Self {
            name,
            format,
            octets: Number(digested.octets),
            sha256: Hash256(digested.sha256),
            streebog512: digested.streebog512.map(Hash512),
        }
    }
}

impl FromElement for Manifest {
    fn from_element(element: Element<'_, '_>) -> Result<Self, FieldError> {
        element.expect(REGISTER.uri, ELEMENT)?;
        Field::read(element)
    }
}

impl ToElement for Manifest {
    fn write(&self, writer: &mut Writer) {
        Field::write(self, writer, &REGISTER, ELEMENT);
    }
}
