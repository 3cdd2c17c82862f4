//! The receipt (электронный чек) for people: what its rows say, and its PDF.
//!
//! The rows are the one list that page, PDF and slip show, so that no form of a receipt can say less than
//! another. What is true of a payment is settled by the gateway; the signed original is XML, in `wire`.
//! Source: table 1 steps 28–30 (IIN, application number, account number, amount, date, way of payment,
//! payment code, transaction number), table 2 steps 15–18 (bank's reference, date and time). Names, the
//! bank's commission and the budget requisites are ours: a provider's accountant asks for them.

use terms::{
    ApplicationNumber, Bin, Iban, Language, Moment, PartyNumber, PaymentCode, Requisites, TransactionNumber,
    Trilingual,
};

use crate::paper::{About, Face, HEIGHT, MARGIN, Paper, PaperError, Role, Style, WIDTH};
use crate::qr::{QrError, qr_modules};
use crate::written;

/// Everything a receipt shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptDocument {
    /// The payment code.
    pub code: PaymentCode,
    /// The gateway's number of the transaction.
    pub transaction: TransactionNumber,
    /// The order the payment was made for or is bound to, where there is one.
    pub application: Option<ApplicationNumber>,
    /// What the bank signed.
    pub requisites: Requisites,
    /// Account or invoice number as it may be shown: masked by the caller, never a card number.
    pub account: Option<String>,
    /// The service's name.
    pub service_name: Trilingual,
    /// The state body that renders the service.
    pub provider_name: Trilingual,
    /// The bank that took the money.
    pub bank: Bin,
    /// Its name.
    pub bank_name: Trilingual,
    /// The beneficiary: as a rule a Treasury body.
    pub beneficiary: Bin,
    /// When this receipt was made; becomes the file's date of creation.
    pub issued_at: Moment,
    /// The address that tells whether the receipt is genuine; the text of the QR code.
    pub verify_url: String,
}

/// One row of a receipt in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What it is.
    pub label: &'static str,
    /// What it says.
    pub value: String,
}

/// Why a receipt was not written.
#[derive(Debug, thiserror::Error)]
pub enum ReceiptError {
    /// The account field holds what looks like a card number.
    #[error("a card number may not stand on a receipt")]
    CardNumber,
    /// The address to verify makes no QR code.
    #[error(transparent)]
    Qr(#[from] QrError),
    /// The file could not be written.
    #[error(transparent)]
    Paper(#[from] PaperError),
}

fn said(language: Language, [kk, ru, en]: [&'static str; 3]) -> &'static str {
    match language {
        Language::Kk => kk,
        Language::Ru => ru,
        Language::En => en,
    }
}

fn number_label(number: PartyNumber) -> [&'static str; 3] {
    match number {
        PartyNumber::Person(_) => [
            "жеке сәйкестендіру нөмірі (ЖСН)",
            "индивидуальный идентификационный номер (ИИН)",
            "individual identification number (IIN)",
        ],
        PartyNumber::Organisation(_) => [
            "бизнес-сәйкестендіру нөмірі (БСН)",
            "бизнес-идентификационный номер (БИН)",
            "business identification number (BIN)",
        ],
    }
}

impl ReceiptDocument {
    /// The heading of a receipt.
    pub fn title(language: Language) -> &'static str {
        said(language, ["Электрондық чек", "Электронный чек", "Electronic receipt"])
    }

    /// The line that keeps a receipt from being taken for a till's fiscal one.
    pub fn not_fiscal(language: Language) -> &'static str {
        said(
            language,
            [
                "Бұл фискалдық чек емес. Чектің түпнұсқалығын QR-код арқылы тексеріңіз.",
                "Это не фискальный чек. Подлинность чека проверьте по QR-коду.",
                "This is not a fiscal receipt. Check that it is genuine by the QR code.",
            ],
        )
    }

    /// What was paid in all: the price and the bank's commission.
    pub fn total(&self) -> terms::Tiyn {
        [self.requisites.amount, self.requisites.commission].into_iter().sum()
    }

    /// Every row in one language, those of T1.28 first and in its order.
    pub fn rows(&self, language: Language) -> Vec<Row> {
        let paid = &self.requisites;
        let mut rows = Vec::with_capacity(24);
        let mut row = |labels: [&'static str; 3], value: String| {
            rows.push(Row { label: said(language, labels), value });
        };
        let party_number =
            |number: PartyNumber| format!("{number} — {}", said(language, number_label(number)));
        row(["Алушы", "Получатель", "Recipient"], paid.recipient.name.to_string());
        row(
            ["Алушының нөмірі", "Номер получателя", "Recipient’s number"],
            party_number(paid.recipient.number),
        );
        if let Some(application) = &self.application {
            row(["Сұраныс нөмірі", "Номер заявки", "Application number"], application.to_string());
        }
        if let Some(account) = &self.account {
            row(["Шоттың нөмірі", "Номер счёта", "Account number"], account.clone());
        }
        row(["Сома", "Сумма", "Amount"], written::money(language, paid.amount));
        row(
            ["Банк комиссиясы", "Комиссия банка", "Bank’s commission"],
            written::money(language, paid.commission),
        );
        row(["Барлығы", "Итого", "Total"], written::money(language, self.total()));
        row(
            ["Төлем күні мен уақыты", "Дата и время оплаты", "Date and time of payment"],
            written::date_time(language, paid.paid_at),
        );
        row(
            ["Төлем тәсілі", "Способ оплаты", "Way of payment"],
            written::channel(language, paid.channel).to_owned(),
        );
        row(["Төлем коды (ТБК)", "Код платежа (УКП)", "Payment code"], self.code.to_string());
        row(["Транзакция нөмірі", "Номер транзакции", "Transaction number"], self.transaction.to_string());
        row(
            ["Банктің транзакция референсі", "Референс транзакции банка", "Bank’s transaction reference"],
            paid.bank_reference.to_string(),
        );
        row(["Төлеуші", "Плательщик", "Payer"], paid.payer.name.to_string());
        row(["Төлеушінің нөмірі", "Номер плательщика", "Payer’s number"], party_number(paid.payer.number));
        row(["Қызмет", "Услуга", "Service"], self.service_name.get(language).to_owned());
        row(["Қызмет коды", "Код услуги", "Service code"], paid.service.to_string());
        row(
            ["Қызмет көрсетуші", "Поставщик услуги", "Service provider"],
            named(self.provider_name.get(language), paid.provider),
        );
        row(["Банк", "Банк", "Bank"], named(self.bank_name.get(language), self.bank));
        row(
            ["Бенефициардың нөмірі", "Номер бенефициара", "Beneficiary’s number"],
            party_number(PartyNumber::Organisation(self.beneficiary)),
        );
        row(
            ["Бенефициардың шоты (IBAN)", "Счёт бенефициара (IBAN)", "Beneficiary’s account (IBAN)"],
            paid.beneficiary_iban.to_string(),
        );
        row(
            ["Бенефициар банкінің коды (BIC)", "Код банка бенефициара (BIC)", "Beneficiary’s bank (BIC)"],
            paid.beneficiary_bic.to_string(),
        );
        row(
            [
                "Бюджеттік сыныптама коды (БСК)",
                "Код бюджетной классификации (КБК)",
                "Budget classification code (KBK)",
            ],
            paid.kbk.to_string(),
        );
        row(
            ["Төлемді тағайындау коды (ТТК)", "Код назначения платежа (КНП)", "Payment purpose code (KNP)"],
            paid.knp.to_string(),
        );
        row(["Төлем мақсаты", "Назначение платежа", "Purpose"], paid.purpose.to_string());
        rows
    }
}

fn named(name: &str, bin: Bin) -> String {
    format!("{name} ({bin})")
}

/// Whether a text holds 13 to 19 digits in a row, separators aside, that pass the Luhn check.
///
/// An account number by IBAN is let through first: its digits may pass the check by chance.
fn looks_like_card_number(text: &str) -> bool {
    if text.parse::<Iban>().is_ok() {
        return false;
    }
    let joined: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    joined
        .split(|c: char| !c.is_ascii_digit())
        .any(|run| (13..=19).contains(&run.len()) && is_luhn_valid(run))
}

fn is_luhn_valid(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(position, octet)| {
            let digit = u32::from(octet - b'0');
            if position % 2 == 0 { digit } else { digit * 2 - if digit > 4 { 9 } else { 0 } }
        })
        .sum();
    sum.is_multiple_of(10)
}

const TITLE: Style = Style::new(Face::Bold, 17.0);
const SUM: Style = Style::new(Face::Bold, 26.0);
const CODE: Style = Style::new(Face::Bold, 15.0);
const LABEL: Style = Style::new(Face::Regular, 7.8).grey();
const VALUE: Style = Style::new(Face::Regular, 9.2);
const NOTE: Style = Style::new(Face::Regular, 8.4);

/// The side of the QR code in points: 3.4 cm, read by a telephone from a hand's breadth.
const QR_SIDE: f32 = 96.0;
const GUTTER: f32 = 14.0;
const ROW_GAP: f32 = 3.5;

/// The receipt as PDF/A-2a on A4: two languages side by side, Kazakh on the left, and on the right English
/// where the reader's language is English, Russian otherwise.
///
/// The same receipt gives the same octets for ever.
///
/// # Errors
/// [`ReceiptError::CardNumber`] where the account field holds what looks like a card number,
/// [`ReceiptError::Qr`] where the address to verify is too long, [`ReceiptError::Paper`] where the file
/// cannot be written.
#[expect(clippy::float_arithmetic, reason = "points on paper; amounts are text by now")]
pub fn receipt_pdf(receipt: &ReceiptDocument, language: Language) -> Result<Vec<u8>, ReceiptError> {
    if receipt.account.as_deref().is_some_and(looks_like_card_number) {
        return Err(ReceiptError::CardNumber);
    }
    let modules = qr_modules(&receipt.verify_url)?;
    let second = if language == Language::En { Language::En } else { Language::Ru };
    let languages = [Language::Kk, second];

    let mut paper = Paper::new();
    let head = WIDTH - 2.0 * MARGIN - QR_SIDE - GUTTER;
    let top = paper.y;
    let title = languages.map(ReceiptDocument::title).join(" · ");
    paper.paragraph(&title, Role::Title, Language::Kk, TITLE, head);
    paper.paragraph(&written::money(second, receipt.total()), Role::Paragraph, second, SUM, head);
    paper.paragraph(&receipt.code.to_string(), Role::Paragraph, second, CODE, head);
    for language in languages {
        paper.paragraph(ReceiptDocument::not_fiscal(language), Role::Paragraph, language, NOTE, head);
    }
    let alt =
        said(second, ["", "QR-код: адрес проверки чека", "QR code: the address that verifies this receipt"]);
    paper.modules(modules, WIDTH - MARGIN - QR_SIDE, top + 6.0, QR_SIDE, alt, second);
    paper.y = paper.y.max(top + QR_SIDE + 10.0) + 6.0;
    paper.paragraph(&receipt.verify_url, Role::Paragraph, second, LABEL, WIDTH - 2.0 * MARGIN);
    paper.y += 5.0;
    paper.rule();
    paper.y += 4.0;

    side_by_side(&mut paper, languages, languages.map(|language| receipt.rows(language)));

    let author = receipt.provider_name.get(second).to_owned();
    let about = About {
        title: format!("{} {}", ReceiptDocument::title(second), receipt.transaction),
        author,
        language: second,
        created_at: receipt.issued_at,
        qr_text: Some(receipt.verify_url.clone()),
    };
    Ok(paper.finish(&about)?)
}

/// Two lists of rows in two columns, each row as high as its higher half.
#[expect(clippy::float_arithmetic, reason = "points on paper")]
pub(crate) fn side_by_side(paper: &mut Paper, languages: [Language; 2], columns: [Vec<Row>; 2]) {
    let column_width = (WIDTH - 2.0 * MARGIN - GUTTER) / 2.0;
    let label_width = column_width * 0.36;
    let value_width = column_width - label_width - 6.0;
    let [left, right] = columns;
    for pair in left.iter().zip(&right) {
        let cells = [pair.0, pair.1].map(|row| {
            (paper.lines(row.label, LABEL, label_width), paper.lines(&row.value, VALUE, value_width))
        });
        let height = cells
            .iter()
            .flat_map(|(label, value)| {
                [
                    label.iter().map(|_| LABEL.leading()).sum::<f32>(),
                    value.iter().map(|_| VALUE.leading()).sum(),
                ]
            })
            .fold(0.0, f32::max);
        paper.reserve(height.min(HEIGHT - 2.0 * MARGIN));
        for (table, (label, value)) in cells.iter().enumerate() {
            let x = if table == 0 { MARGIN } else { MARGIN + column_width + GUTTER };
            let language = languages[table];
            let block = paper.block(Role::Label, language);
            paper.write(label, x, paper.y + 0.8, LABEL, block);
            let block = paper.block(Role::Value(table), language);
            paper.write(value, x + label_width + 6.0, paper.y, VALUE, block);
        }
        paper.y += height + ROW_GAP;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn card_numbers_are_recognised_and_account_numbers_let_through() {
        for card in ["4242 4242 4242 4242", "4000-0000-0000-0002", "карта 4242424242424242"] {
            assert!(looks_like_card_number(card), "{card}");
        }
        for account in ["KZ77 **** **** **** 0001", "KZ770000000000000001", "KZ86125KZT5004100100", "№ 12345"]
        {
            assert!(!looks_like_card_number(account), "{account}");
        }
    }
}
