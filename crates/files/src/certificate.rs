//! The document an agency's system renders for an order: a certificate of one page («Анықтама / Справка»).
//!
//! Who may have it and what it certifies is settled by the agency's system; here it gets a form.
//! Source: Instruction № 491, table 6 steps 15–18 (the service is prepared electronically).

use terms::{ApplicationNumber, Bin, Language, Moment, Party, PartyNumber, ServiceCode, Trilingual};

use crate::paper::{About, Face, MARGIN, Paper, PaperError, Role, Style, WIDTH};
use crate::receipt::{Row, side_by_side};
use crate::written;

/// Everything a certificate shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgencyCertificate {
    /// What it is called.
    pub title: Trilingual,
    /// Whom it is about.
    pub recipient: Party,
    /// What was ordered.
    pub service: ServiceCode,
    /// The service's name.
    pub service_name: Trilingual,
    /// The order.
    pub application: ApplicationNumber,
    /// The state body that certifies.
    pub agency: Bin,
    /// Its name.
    pub agency_name: Trilingual,
    /// What it certifies, one sentence or a few.
    pub statement: Trilingual,
    /// When it was made; becomes the file's date of creation.
    pub issued_at: Moment,
}

impl AgencyCertificate {
    fn rows(&self, language: Language) -> Vec<Row> {
        let label = |[kk, ru, en]: [&'static str; 3]| match language {
            Language::Kk => kk,
            Language::Ru => ru,
            Language::En => en,
        };
        let number = match self.recipient.number {
            PartyNumber::Person(_) => [
                "Жеке сәйкестендіру нөмірі (ЖСН)",
                "Индивидуальный идентификационный номер (ИИН)",
                "Individual identification number (IIN)",
            ],
            PartyNumber::Organisation(_) => [
                "Бизнес-сәйкестендіру нөмірі (БСН)",
                "Бизнес-идентификационный номер (БИН)",
                "Business identification number (BIN)",
            ],
        };
        vec![
            Row {
                label: label(["Алушы", "Получатель", "Recipient"]),
                value: self.recipient.name.to_string(),
            },
            Row { label: label(number), value: self.recipient.number.to_string() },
            Row {
                label: label(["Қызмет", "Услуга", "Service"]),
                value: self.service_name.get(language).to_owned(),
            },
            Row {
                label: label(["Қызмет коды", "Код услуги", "Service code"]),
                value: self.service.to_string(),
            },
            Row {
                label: label(["Сұраныс нөмірі", "Номер заявки", "Application number"]),
                value: self.application.to_string(),
            },
            Row {
                label: label(["Берілген күні", "Дата выдачи", "Date of issue"]),
                value: written::date_time(language, self.issued_at),
            },
            Row {
                label: label(["Берген орган", "Выдана", "Issued by"]),
                value: format!("{} ({})", self.agency_name.get(language), self.agency),
            },
        ]
    }
}

const AGENCY: Style = Style::new(Face::Bold, 11.0);
const TITLE: Style = Style::new(Face::Bold, 20.0);
const STATEMENT: Style = Style::new(Face::Regular, 12.0);

/// The certificate as PDF/A-2a on A4, in Kazakh and Russian, or in Kazakh and English.
///
/// # Errors
/// [`PaperError`] where the file cannot be written.
#[expect(clippy::float_arithmetic, reason = "points on paper")]
pub fn document_pdf(certificate: &AgencyCertificate, language: Language) -> Result<Vec<u8>, PaperError> {
    let second = if language == Language::En { Language::En } else { Language::Ru };
    let languages = [Language::Kk, second];
    let width = WIDTH - 2.0 * MARGIN;
    let mut paper = Paper::new();
    let title = languages.map(|language| certificate.title.get(language)).join(" / ");
    for language in languages {
        let agency = certificate.agency_name.get(language);
        paper.paragraph(agency, Role::Paragraph, language, AGENCY, width);
    }
    paper.y += 24.0;
    paper.paragraph(&title, Role::Title, Language::Kk, TITLE, width);
    paper.y += 14.0;
    for language in languages {
        let statement = certificate.statement.get(language);
        paper.paragraph(statement, Role::Paragraph, language, STATEMENT, width);
        paper.y += 8.0;
    }
    paper.y += 6.0;
    paper.rule();
    paper.y += 8.0;
    side_by_side(&mut paper, languages, languages.map(|language| certificate.rows(language)));
    paper.finish(&About {
        title,
        author: certificate.agency_name.get(second).to_owned(),
        language: second,
        created_at: certificate.issued_at,
        qr_text: None,
    })
}
