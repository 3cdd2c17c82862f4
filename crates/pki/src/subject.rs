//! Whom a certificate names, read by the strict grammar of the national CA and by nothing looser.
//!
//! The IIN stands in `serialNumber=IIN############` and the BIN in `OU=BIN############`, in one place each.
//! Whatever text a common name or an organisation's name carries, it is shown to people and maps nobody.
//! A subject that could be read in two ways is refused whole, so that no second reader can read it otherwise.

use std::fmt;

use const_oid::ObjectIdentifier;
use der::asn1::{Any, PrintableStringRef, Utf8StringRef};
use der::{Tag, Tagged};
use terms::{Bin, Iin, NumberError};
use x509_cert::name::Name;

use crate::oid;

/// The most attributes a subject may have, and the most characters one may have.
const MAX_ATTRIBUTES: usize = 16;
const MAX_CHARACTERS: usize = 256;

/// Whom a certificate names.
#[derive(Clone, PartialEq, Eq)]
pub struct Subject {
    /// CN, for people to read.
    pub common_name: String,
    /// Surname of a person.
    pub surname: Option<String>,
    /// Given name of a person.
    pub given_name: Option<String>,
    /// The person's IIN as the certificate says it.
    pub person: Option<CertificateIin>,
    /// The organisation's BIN as the certificate says it.
    pub organisation: Option<CertificateBin>,
    /// O, for people to read.
    pub organisation_name: Option<String>,
}

/// Why a subject was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SubjectError {
    /// Two attributes share one relative name: two readers may choose differently.
    #[error("the subject has a relative name of several values")]
    MultiValued,
    /// One attribute stands twice.
    #[error("the subject repeats an attribute")]
    Repeated,
    /// There is no common name.
    #[error("the subject has no common name")]
    NoCommonName,
    /// A serial number that is not `IIN` and twelve digits.
    #[error("the subject's serial number is not IIN and 12 digits")]
    PersonGrammar,
    /// An organisational unit that is not `BIN` and twelve digits.
    #[error("the subject's organisational unit is not BIN and 12 digits")]
    OrganisationGrammar,
    /// A value that is no bounded text of UTF8String or PrintableString without control characters.
    #[error("the subject has a value that is not plain bounded text")]
    Text,
    /// More attributes than any subject needs.
    #[error("the subject has too many attributes")]
    TooMany,
}

macro_rules! certificate_number {
    ($(#[$doc:meta])* $name:ident, $checked:ident, $prefix:literal, $error:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name([u8; 12]);

        impl $name {
            fn from_attribute(value: &str) -> Result<Self, SubjectError> {
                let digits = value.strip_prefix($prefix).ok_or(SubjectError::$error)?;
                let digits: [u8; 12] = digits.as_bytes().try_into().map_err(|_| SubjectError::$error)?;
                let all_digits = digits.iter().all(u8::is_ascii_digit);
                if all_digits { Ok(Self(digits)) } else { Err(SubjectError::$error) }
            }

            /// The number, if its check digit agrees.
            ///
            /// # Errors
            /// [`NumberError`] for the legacy and test numbers whose check digit does not: the caller decides
            /// whether such a number is accepted with a warning.
            pub fn checked(&self) -> Result<$checked, NumberError> {
                self.to_string().parse()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|digit| write!(f, "{}", char::from(*digit)))
            }
        }
    };
}

certificate_number! {
    /// The twelve digits that a certificate says are a person's IIN; the check digit is not judged.
    CertificateIin, Iin, "IIN", PersonGrammar
}
certificate_number! {
    /// The twelve digits that a certificate says are an organisation's BIN; the check digit is not judged.
    CertificateBin, Bin, "BIN", OrganisationGrammar
}

impl fmt::Debug for CertificateIin {
    /// Personal data never reaches a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CertificateIin(…)")
    }
}

impl fmt::Debug for CertificateBin {
    /// An organisation's number is public.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CertificateBin({self})")
    }
}

impl fmt::Debug for Subject {
    /// Names of persons never reach a log; an organisation is named where no person is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let common_name = if self.person.is_some() { "…" } else { &self.common_name };
        f.debug_struct("Subject")
            .field("common_name", &common_name)
            .field("person", &self.person)
            .field("organisation", &self.organisation)
            .finish_non_exhaustive()
    }
}

impl Subject {
    pub(crate) fn from_name(name: &Name) -> Result<Self, SubjectError> {
        if name.len() > MAX_ATTRIBUTES {
            return Err(SubjectError::TooMany);
        }
        let mut seen: Vec<ObjectIdentifier> = Vec::with_capacity(name.len());
        let mut subject = Self {
            common_name: String::new(),
            surname: None,
            given_name: None,
            person: None,
            organisation: None,
            organisation_name: None,
        };
        for relative_name in name.iter_rdn() {
            let mut attributes = relative_name.iter();
            let (Some(attribute), None) = (attributes.next(), attributes.next()) else {
                return Err(SubjectError::MultiValued);
            };
            if seen.contains(&attribute.oid) {
                return Err(SubjectError::Repeated);
            }
            seen.push(attribute.oid);
            match attribute.oid {
                oid::COMMON_NAME => subject.common_name = text(&attribute.value)?,
                oid::SURNAME => subject.surname = Some(text(&attribute.value)?),
                oid::GIVEN_NAME => subject.given_name = Some(text(&attribute.value)?),
                oid::ORGANISATION => subject.organisation_name = Some(text(&attribute.value)?),
                oid::SERIAL_NUMBER => {
                    subject.person = Some(CertificateIin::from_attribute(&text(&attribute.value)?)?);
                }
                oid::ORGANISATIONAL_UNIT => {
                    subject.organisation = Some(CertificateBin::from_attribute(&text(&attribute.value)?)?);
                }
                // Country, locality, mail and the like say nothing about who it is.
                _ => {}
            }
        }
        if subject.common_name.is_empty() { Err(SubjectError::NoCommonName) } else { Ok(subject) }
    }
}

fn text(value: &Any) -> Result<String, SubjectError> {
    // BMPString and TeletexString are read differently by different libraries, so nobody's identity hangs on
    // them.
    let text = match value.tag() {
        Tag::Utf8String => value.decode_as::<Utf8StringRef<'_>>().map(|text| text.as_str().to_owned()),
        Tag::PrintableString => {
            value.decode_as::<PrintableStringRef<'_>>().map(|text| text.as_str().to_owned())
        }
        _ => return Err(SubjectError::Text),
    };
    let text = text.map_err(|_| SubjectError::Text)?;
    let plain =
        !text.is_empty() && text.chars().count() <= MAX_CHARACTERS && !text.chars().any(char::is_control);
    if plain { Ok(text) } else { Err(SubjectError::Text) }
}
