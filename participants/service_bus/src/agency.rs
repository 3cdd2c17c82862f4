//! The agencies' systems, as the demonstration has them: they render an order's document, sometimes late,
//! sometimes not at all.
//!
//! Only what such a system decides lives here; when it is asked and where its result goes is the bus's affair.
//! Source: Instruction № 491, table 6, step 16; how a system fails is ours.

use std::fmt;
use std::str::FromStr;

use files::{AgencyCertificate, PaperError, document_pdf};
use terms::{ApplicationNumber, Bin, Language, Moment, Party, ServiceCode, Trilingual};

/// How an agency's system behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Renders without delay worth the name.
    #[default]
    Normal,
    /// Renders, but keeps people waiting.
    Late,
    /// Cannot render at present.
    Failing,
}

impl Mode {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Normal, Self::Late, Self::Failing];

    /// The word in commands and columns.
    pub fn word(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Late => "late",
            Self::Failing => "failing",
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// The word names no mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a mode is normal, late or failing")]
pub struct NoSuchMode;

impl FromStr for Mode {
    type Err = NoSuchMode;
    fn from_str(s: &str) -> Result<Self, NoSuchMode> {
        Self::ALL.into_iter().find(|mode| mode.word() == s).ok_or(NoSuchMode)
    }
}

/// A service that an agency's system renders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Its code.
    pub service: ServiceCode,
    /// Its name.
    pub name: Trilingual,
    /// The agency.
    pub agency: Bin,
    /// Its name.
    pub agency_name: Trilingual,
    /// What the document certifies.
    pub statement: Trilingual,
}

/// Why an agency's system rendered nothing.
#[derive(Debug, thiserror::Error)]
pub enum NotRendered {
    /// No agency's system renders this service.
    #[error("no agency's system renders this service")]
    NobodyRenders,
    /// The system is out of order.
    #[error("the agency's system cannot render the service at present")]
    OutOfOrder,
    /// The document could not be written.
    #[error("the document could not be written: {0}")]
    Paper(#[from] PaperError),
}

/// Renders the document of an order.
///
/// # Errors
/// [`NotRendered`].
pub(crate) fn render(
    offer: Option<&Offer>,
    mode: Mode,
    application: &ApplicationNumber,
    recipient: &Party,
    now: Moment,
) -> Result<Vec<u8>, NotRendered> {
    let offer = offer.ok_or(NotRendered::NobodyRenders)?;
    if mode == Mode::Failing {
        return Err(NotRendered::OutOfOrder);
    }
    let certificate = AgencyCertificate {
        title: offer.name.clone(),
        recipient: recipient.clone(),
        service: offer.service.clone(),
        service_name: offer.name.clone(),
        application: application.clone(),
        agency: offer.agency,
        agency_name: offer.agency_name.clone(),
        statement: offer.statement.clone(),
        issued_at: now,
    };
    Ok(document_pdf(&certificate, Language::Ru)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer() -> Offer {
        Offer {
            service: "P-0101".parse().unwrap(),
            name: Trilingual::new("Анықтама", "Справка", "Certificate"),
            agency: "500140000126".parse().unwrap(),
            agency_name: Trilingual::new("Орган", "Орган", "Agency"),
            statement: Trilingual::new("Бар.", "Имеется.", "There is."),
        }
    }

    fn rendered(offer: Option<&Offer>, mode: Mode) -> Result<Vec<u8>, NotRendered> {
        let recipient = Party {
            number: "850612200017".parse().unwrap(),
            name: "Сәрсенова Айгүл".parse().unwrap(),
        };
        render(offer, mode, &"A1".parse().unwrap(), &recipient, Moment::from_unix_microseconds(0))
    }

    #[test]
    fn a_system_in_order_renders_a_pdf_and_a_failing_one_says_why_not() {
        let offer = offer();
        assert!(rendered(Some(&offer), Mode::Normal).unwrap().starts_with(b"%PDF-"));
        assert!(rendered(Some(&offer), Mode::Late).unwrap().starts_with(b"%PDF-"));
        assert!(matches!(rendered(Some(&offer), Mode::Failing), Err(NotRendered::OutOfOrder)));
        assert!(matches!(rendered(None, Mode::Normal), Err(NotRendered::NobodyRenders)));
    }
}
