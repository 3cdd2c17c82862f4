//! The two versions of SOAP, and how each says what went wrong.

use crate::names;

/// The version of SOAP a message is written in; an answer uses the version of its question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SoapVersion {
    /// SOAP 1.1.
    V11,
    /// SOAP 1.2.
    V12,
}

impl SoapVersion {
    pub(crate) fn of_namespace(uri: &str) -> Option<Self> {
        [Self::V11, Self::V12].into_iter().find(|version| version.namespace() == uri)
    }

    /// The namespace of the envelope.
    pub fn namespace(self) -> &'static str {
        match self {
            Self::V11 => names::SOAP_11,
            Self::V12 => names::SOAP_12,
        }
    }

    /// The content type of a message.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::V11 => "text/xml; charset=utf-8",
            Self::V12 => "application/soap+xml; charset=utf-8",
        }
    }

    /// The version a content type announces. Messages in several parts are none of ours, nor are other
    /// encodings than UTF-8.
    pub fn of_content_type(content_type: &str) -> Option<Self> {
        let mut parts = content_type.split(';').map(str::trim);
        let media_type = parts.next()?;
        let utf8 = parts.filter_map(|part| part.split_once('=')).all(|(name, value)| {
            !name.trim().eq_ignore_ascii_case("charset")
                || value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
        });
        match media_type {
            _ if !utf8 => None,
            other if other.eq_ignore_ascii_case("text/xml") => Some(Self::V11),
            other if other.eq_ignore_ascii_case("application/soap+xml") => Some(Self::V12),
            _ => None,
        }
    }
}

/// Whose move it is after a fault, in the words of neither version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FaultCode {
    /// The sender must change something: `Client` in SOAP 1.1, `Sender` in 1.2.
    Sender,
    /// The receiver could not do it now; the same message may succeed later: `Server`, `Receiver`.
    Receiver,
    /// A header that must be understood was not.
    MustUnderstand,
    /// The envelope is of no known version.
    VersionMismatch,
}

impl FaultCode {
    /// The code's local name.
    pub fn name(self, version: SoapVersion) -> &'static str {
        match (self, version) {
            (Self::Sender, SoapVersion::V11) => "Client",
            (Self::Sender, SoapVersion::V12) => "Sender",
            (Self::Receiver, SoapVersion::V11) => "Server",
            (Self::Receiver, SoapVersion::V12) => "Receiver",
            (Self::MustUnderstand, _) => "MustUnderstand",
            (Self::VersionMismatch, _) => "VersionMismatch",
        }
    }

    /// The status of an HTTP response that carries the fault (SOAP 1.1, 6.2; SOAP 1.2 part 2, 7.5.2.2).
    pub fn http_status(self, version: SoapVersion) -> u16 {
        match (self, version) {
            (Self::Sender, SoapVersion::V12) => 400,
            _ => 500,
        }
    }

    pub(crate) fn of_name(name: &str) -> Option<Self> {
        match name {
            "Client" | "Sender" => Some(Self::Sender),
            "Server" | "Receiver" => Some(Self::Receiver),
            "MustUnderstand" => Some(Self::MustUnderstand),
            "VersionMismatch" => Some(Self::VersionMismatch),
            _ => None,
        }
    }
}
