//! Why an inquiry is not answered: the errors of UDDI that can happen here.
//!
//! How a fault of SOAP carries one is in `soap`.
//! Source: UDDI 3.0.2, 4.8 and 12.

use xml::{FieldError, ToElement, Writer, XmlError};

use super::NAMESPACE;
use super::inquiry::Entity;

/// Why an inquiry is not answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Disposition {
    /// A key that names nothing registered.
    #[error("the {} {key} names nothing registered", kind.key_name())]
    InvalidKey {
        /// What the key should have named.
        kind: Entity,
        /// The key as passed.
        key: String,
    },
    /// A part of UDDI that is not offered here.
    #[error("not supported: {0}")]
    Unsupported(String),
    /// Two qualifiers that exclude one another.
    #[error("{0} and {1} exclude one another")]
    InvalidCombination(&'static str, &'static str),
    /// A name longer than [`super::LONGEST_TEXT`].
    #[error("a name is longer than {} characters", super::LONGEST_TEXT)]
    NameTooLong,
    /// A message of another version of UDDI.
    #[error("messages of UDDI version 3 are answered here")]
    UnrecognizedVersion,
    /// A larger message than is read.
    #[error("{0}")]
    MessageTooLarge(XmlError),
    /// A message that is not XML, not an envelope or not by the schema.
    #[error("{0}")]
    Fatal(String),
}

impl Disposition {
    /// The error's number.
    pub fn number(&self) -> u32 {
        self.number_and_code().0
    }

    /// The error's code, such as `E_invalidKeyPassed`.
    pub fn code(&self) -> &'static str {
        self.number_and_code().1
    }

    fn number_and_code(&self) -> (u32, &'static str) {
        match self {
            Self::InvalidKey { .. } => (10210, "E_invalidKeyPassed"),
            Self::Unsupported(_) => (10050, "E_unsupported"),
            Self::InvalidCombination(..) => (40500, "E_invalidCombination"),
            Self::NameTooLong => (10020, "E_nameTooLong"),
            Self::UnrecognizedVersion => (10040, "E_unrecognizedVersion"),
            Self::MessageTooLarge(_) => (30110, "E_messageTooLarge"),
            Self::Fatal(_) => (10500, "E_fatalError"),
        }
    }
}

impl From<FieldError> for Disposition {
    fn from(error: FieldError) -> Self {
        Self::Fatal(error.to_string())
    }
}

impl From<XmlError> for Disposition {
    fn from(error: XmlError) -> Self {
        match error {
            XmlError::TooLarge { .. } => Self::MessageTooLarge(error),
            other => Self::Fatal(other.to_string()),
        }
    }
}

impl ToElement for Disposition {
    fn write(&self, writer: &mut Writer) {
        writer.start(NAMESPACE, "dispositionReport").start(NAMESPACE, "result");
        writer.attribute("errno", &self.number().to_string());
        if let Self::InvalidKey { kind, .. } = self {
            writer.attribute("keyType", kind.key_name());
        }
        writer.start(NAMESPACE, "errInfo").attribute("errCode", self.code()).display(self).end();
        writer.end().end();
    }
}
