//! Refusals: the one fault element of all services, and the catalogue of its codes.
//!
//! The catalogue is data: the same rows make the fault in a message, the text on a page and the printed
//! table. Ids are stable for ever; a row is never reused for another meaning.
//! Every text says what happened, then where the money is, then what to do. The form of the element is ours
//! (cl. 13(1) asks for one format for all).

mod catalogue;

use terms::{MessageId, Trilingual};
use xml::{Element, FieldError, FromElement, Problem, ToElement, Writer};

pub use catalogue::FaultCode;
pub(crate) use catalogue::one_line;

use crate::common::{Count, FaultId, FieldPath, MoneyState, Url};
use crate::framework::{COMMON, ComplexType, Field, Type, record};

/// Where each code is explained; the id is appended.
pub const DOCUMENTATION: &str = "https://gateway.example/faults#";

/// The name of the fault element.
pub const ELEMENT: &str = "GatewayFault";

/// Whose move it is: SOAP's `Client` or `Server` (1.2: `Sender` or `Receiver`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Blame {
    /// The sender has to change something.
    Client,
    /// We have, or time has.
    Server,
}

/// One row of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FaultDescription {
    /// The code.
    pub code: FaultCode,
    /// Its stable id, such as `TLM-CODE-0007`.
    pub id: &'static str,
    /// Whose move it is.
    pub blame: Blame,
    /// Whether the same message may simply be sent again.
    pub retryable: bool,
    /// After how many seconds, where that is known beforehand.
    pub retry_after_seconds: Option<u32>,
    /// Where the money is, unless the caller knows better.
    pub money: MoneyState,
    /// Kazakh text, with `{name}` where the caller fills in.
    pub kk: &'static str,
    /// Russian text.
    pub ru: &'static str,
    /// English text.
    pub en: &'static str,
}

/// All rows, in the order of their ids within each group.
pub fn catalogue() -> impl Iterator<Item = FaultDescription> {
    FaultCode::ALL.iter().map(|code| code.description())
}

record! {
    /// Why a request was refused. The same element in every service, as the detail of a SOAP fault.
    pub struct GatewayFault {
        /// The stable id; the catalogue explains it.
        required code: FaultId as "code",
        /// What happened, where the money is, what to do.
        required message: Trilingual as "message",
        /// Where in the request: XPath by local names.
        optional field: FieldPath as "field",
        /// Whether the same message, with the same id, may simply be sent again.
        required retryable: bool as "retryable",
        /// After how many seconds.
        optional retry_after_seconds: Count as "retryAfterSeconds",
        /// The row of the catalogue for people.
        required doc_url: Url as "docUrl",
        /// The number under which both sides find this in their logs.
        required correlation_id: MessageId as "correlationId",
        /// Where the money is.
        required money_state: MoneyState as "moneyState",
    }
}

impl GatewayFault {
    /// A fault of this code; `parts` fill the places in braces, such as `("until", "15:00")`.
    pub fn new(code: FaultCode, correlation_id: MessageId, parts: &[(&str, &str)]) -> Self {
        let row = code.description();
        Self {
            code: FaultId::of(row.id),
            message: code.message(parts),
            field: None,
            retryable: row.retryable,
            retry_after_seconds: row.retry_after_seconds.and_then(|seconds| Count::new(seconds).ok()),
            doc_url: Url::of(format!("{DOCUMENTATION}{}", row.id)),
            correlation_id,
            money_state: row.money,
        }
    }

    /// The fault for a message whose content is wrong, with the path of the element.
    pub fn of_field(error: &FieldError, correlation_id: MessageId) -> Self {
        let code = match error.problem {
            Problem::Missing => FaultCode::FieldMissing,
            _ => FaultCode::FieldWrong,
        };
        let path = FieldPath::shortened(&error.path);
        let mut fault = Self::new(code, correlation_id, &[("path", path.as_str())]);
        fault.field = Some(path);
        fault
    }

    /// The same, saying where the money is.
    #[must_use]
    pub fn with_money(mut self, money: MoneyState) -> Self {
        self.money_state = money;
        self
    }

    /// The same, saying when to try again.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retryable = true;
        self.retry_after_seconds = Some(Count::saturating(seconds));
        self
    }

    /// The row of the catalogue, if this version knows the code.
    pub fn known_code(&self) -> Option<FaultCode> {
        FaultCode::ALL.iter().copied().find(|code| code.id() == self.code.as_str())
    }

    /// The published example.
    pub fn example() -> Self {
        let correlation = crate::framework::sample("0194f7a2-6c40-7d1e-8a53-2b9c61f0e7d5");
        Self::new(FaultCode::NotConfirmedYet, correlation, &[("until", "22.11.2026 07:20")])
    }

    pub(crate) fn complex_type() -> &'static ComplexType {
        match <Self as Field>::TYPE {
            Type::Complex(complex) => complex,
            Type::Builtin(_) | Type::Simple(_) => unreachable!("a record is a sequence"),
        }
    }
}

impl FromElement for GatewayFault {
    fn from_element(element: Element<'_, '_>) -> Result<Self, FieldError> {
        element.expect(COMMON.uri, ELEMENT)?;
        Field::read(element)
    }
}

impl ToElement for GatewayFault {
    fn write(&self, writer: &mut Writer) {
        Field::write(self, writer, &COMMON, ELEMENT);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn places(text: &str) -> BTreeSet<&str> {
        text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
    }

    #[test]
    fn ids_are_unique_and_have_the_form_of_the_schema() {
        let mut seen = BTreeSet::new();
        for row in catalogue() {
            row.id.parse::<FaultId>().unwrap_or_else(|error| panic!("{}: {error}", row.id));
            assert!(seen.insert(row.id), "{} twice", row.id);
        }
    }

    #[test]
    fn every_text_fits_its_type_and_names_the_same_places_in_three_languages() {
        for row in catalogue() {
            for text in [row.kk, row.ru, row.en] {
                text.parse::<terms::Purpose>().unwrap_or_else(|error| panic!("{}: {error}", row.id));
                assert!(text.chars().count() < 300, "{} leaves no room for what is filled in", row.id);
                assert!(text.ends_with('.'), "{}: {text}", row.id);
            }
            assert_eq!(places(row.kk), places(row.ru), "{}", row.id);
            assert_eq!(places(row.ru), places(row.en), "{}", row.id);
            assert!(row.retryable || row.retry_after_seconds.is_none(), "{}", row.id);
        }
    }

    #[test]
    fn a_fault_survives_writing_and_reading_and_knows_its_row() {
        for row in catalogue() {
            let correlation = crate::framework::sample("0194f7a2-6c40-7d1e-8a53-2b9c61f0e7d5");
            let fault =
                GatewayFault::new(row.code, correlation, &[]).with_money(MoneyState::Taken).retry_after(3);
            let read =
                xml::with_tree(fault.to_xml().as_bytes(), &xml::Limits::MESSAGE, GatewayFault::from_element);
            assert_eq!(read.unwrap().unwrap(), fault);
            assert_eq!(fault.known_code(), Some(row.code));
        }
    }

    /// A peer's text can neither break the line of a log nor grow the fault beyond its bounds.
    ///
    /// Defends: A24
    #[test]
    fn what_is_filled_in_is_made_harmless() {
        let correlation = crate::framework::sample("0194f7a2-6c40-7d1e-8a53-2b9c61f0e7d5");
        let path = format!("/a\u{202E}\n\u{1b}[31m{}", "b".repeat(2000));
        let error = FieldError { path, problem: Problem::Missing };
        let fault = GatewayFault::of_field(&error, correlation);
        let read =
            xml::with_tree(fault.to_xml().as_bytes(), &xml::Limits::MESSAGE, GatewayFault::from_element);
        assert_eq!(read.unwrap().unwrap(), fault);
        assert!(fault.message.en.chars().all(|c| !c.is_control() && c != '\u{202E}'));
    }
}
