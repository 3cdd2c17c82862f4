//! The columns of a register: one table of names, titles and kinds for every format.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::str::FromStr;

use terms::{BankingDay, Language, Moment, tenge};

use super::Row;

/// What stands in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// Words.
    Text,
    /// A number that names something: never calculated with, its leading zeros belong to it.
    Identifier,
    /// Tenge with two digits of tiyn; less than nothing where the row takes away from the register.
    Amount,
    /// A banking day.
    Day,
    /// A date and a time with the offset of Almaty.
    Moment,
}

impl ColumnKind {
    /// The word in the printed table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Identifier => "identifier",
            Self::Amount => "amount",
            Self::Day => "day",
            Self::Moment => "moment",
        }
    }
}

/// What a row says in one column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value<'r> {
    /// Words.
    Text(&'r str),
    /// A number that names something.
    Identifier(Cow<'r, str>),
    /// Tiyn, signed.
    Amount(i64),
    /// A banking day.
    Day(BankingDay),
    /// A moment.
    Moment(Moment),
    /// Nothing.
    Nothing,
}

impl Value<'_> {
    /// Adds the form between machines: `-1725.00`, `2026-11-22`, `2026-11-22T07:05:00.000000+05:00`.
    pub fn write(&self, out: &mut String) {
        // Writing to a string does not fail.
        let _ = match self {
            Value::Text(text) => out.write_str(text),
            Value::Identifier(text) => out.write_str(text),
            Value::Amount(tiyn) => out.write_str(&tenge(*tiyn)),
            Value::Day(day) => write!(out, "{day}"),
            Value::Moment(moment) => write!(out, "{moment}"),
            Value::Nothing => Ok(()),
        };
    }
}

/// A name in ASCII with its first letter small.
const fn small<const LENGTH: usize>(name: &str) -> [u8; LENGTH] {
    let mut octets = [0; LENGTH];
    octets.copy_from_slice(name.as_bytes());
    octets[0] = octets[0].to_ascii_lowercase();
    octets
}

macro_rules! columns {
    ($(
        $(#[doc = $doc:literal])*
        $column:ident $kind:ident [$kk:literal, $ru:literal, $en:literal]
            $row:ident => $value:expr;
    )*) => {
        /// A column of a register. The order is that of every file.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Column {
            $( $(#[doc = $doc])* $column, )*
        }

        impl Column {
            /// All of them, in the order of every file.
            pub const ALL: &'static [Self] = &[$(Self::$column),*];

            /// The name between machines: the column's, beginning with a small letter.
            pub fn name(self) -> &'static str {
                match self { $( Self::$column => {
                    const OCTETS: [u8; stringify!($column).len()] = small(stringify!($column));
                    const {
                        match str::from_utf8(&OCTETS) {
                            Ok(name) => name,
                            Err(_) => panic!("a name in ASCII"),
                        }
                    }
                } )* }
            }

            /// What stands in it.
            pub fn kind(self) -> ColumnKind {
                match self { $( Self::$column => ColumnKind::$kind, )* }
            }

            /// The title over it.
            pub fn title(self, language: Language) -> &'static str {
                let [kk, ru, en] = match self { $( Self::$column => [$kk, $ru, $en], )* };
                match language { Language::Kk => kk, Language::Ru => ru, Language::En => en }
            }

            /// What it means, in English.
            pub fn doc(self) -> &'static str {
                match self { $( Self::$column => concat!($($doc),*).trim_ascii(), )* }
            }

            /// What a row says in it.
            pub fn value(self, row: &Row) -> Value<'_> {
                match self { $( Self::$column => { let $row = row; $value } )* }
            }
        }
    };
}

columns! {
    /// The recipient of the service: ИИН of a person or БИН of an organisation.
    RecipientNumber Identifier ["ЖСН/БСН", "ИИН/БИН", "IIN/BIN"]
        row => number(row.requisites.recipient.number);
    /// The order the payment is made for, where there is one.
    Application Identifier ["Сұраныс нөмірі", "Номер заявки", "Application number"]
        row => row.application.as_ref()
            .map_or(Value::Nothing, |application| Value::Identifier(application.as_str().into()));
    /// The account credited.
    Account Identifier ["Шоттың нөмірі", "Номер счёта", "Account number"]
        row => Value::Identifier(row.requisites.beneficiary_iban.as_str().into());
    /// What the row adds to the register; negative where it takes away.
    Amount Amount ["Сома", "Сумма", "Amount"]
        row => Value::Amount(row.signed());
    /// When the bank took the money.
    PaidAt Moment ["Төлем күні мен уақыты", "Дата и время оплаты", "Date and time of payment"]
        row => Value::Moment(row.requisites.paid_at);
    /// The way of payment: card, bankAccount, internetBank, atm, kiosk.
    Channel Text ["Төлем тәсілі", "Способ оплаты", "Way of payment"]
        row => Value::Text(row.requisites.channel.name());
    /// The payment code, sixteen digits.
    PaymentCode Identifier ["Төлем коды (ТБК)", "Код платежа (УКП)", "Payment code"]
        row => Value::Identifier(row.code.digits().into());
    /// The gateway's number of the transaction.
    TransactionNumber Identifier ["Транзакция нөмірі", "Номер транзакции", "Transaction number"]
        row => Value::Identifier(row.transaction.as_str().into());
    /// What happened: the kind of the posting.
    Kind Text ["Операция", "Операция", "Operation"]
        row => Value::Text(row.kind.name());
    /// The banking day of the fact, which is the day of the register.
    Day Day ["Банк күні", "Банковский день", "Banking day"]
        row => Value::Day(row.day);
    /// When the gateway learnt of it; of a later day than the register's where the fact came late.
    KnownAt Moment ["Шлюзге түскен уақыты", "Поступило в шлюз", "Known to the gateway"]
        row => Value::Moment(row.at);
    /// The bank's own id of the operation.
    BankReference Identifier
        ["Банктің транзакция референсі", "Референс транзакции банка", "Bank’s transaction reference"]
        row => Value::Identifier(row.requisites.bank_reference.as_str().into());
    /// БИН of the bank that vouched.
    Bank Identifier ["Банктің БСН-і", "БИН банка", "Bank’s BIN"]
        row => Value::Identifier(row.bank.to_string().into());
    /// The service's code.
    Service Identifier ["Қызмет коды", "Код услуги", "Service code"]
        row => Value::Identifier(row.requisites.service.as_str().into());
    /// БИН of the state body that renders the service.
    Provider Identifier ["Қызмет көрсетушінің БСН-і", "БИН поставщика услуги", "Provider’s BIN"]
        row => Value::Identifier(row.requisites.provider.to_string().into());
    /// The recipient's name.
    RecipientName Text ["Алушы", "Получатель", "Recipient"]
        row => Value::Text(row.requisites.recipient.name.as_str());
    /// The payer: ИИН or БИН.
    PayerNumber Identifier ["Төлеушінің ЖСН/БСН-і", "ИИН/БИН плательщика", "Payer’s IIN/BIN"]
        row => number(row.requisites.payer.number);
    /// The payer's name.
    PayerName Text ["Төлеуші", "Плательщик", "Payer"]
        row => Value::Text(row.requisites.payer.name.as_str());
    /// What the bank took on top for itself; no part of the register's sums.
    Commission Amount ["Банк комиссиясы", "Комиссия банка", "Bank’s commission"]
        row => Value::Amount(row.requisites.commission.as_i64());
    /// The beneficiary's bank (БИК).
    BeneficiaryBic Identifier ["Бенефициар банкінің БСК-і", "БИК банка бенефициара", "Beneficiary’s BIC"]
        row => Value::Identifier(row.requisites.beneficiary_bic.to_string().into());
    /// Budget classification (КБК).
    Kbk Identifier ["Бюджеттік сыныптама коды", "КБК", "KBK"]
        row => Value::Identifier(row.requisites.kbk.to_string().into());
    /// Purpose code (КНП).
    Knp Identifier ["Төлемді тағайындау коды", "КНП", "KNP"]
        row => Value::Identifier(row.requisites.knp.to_string().into());
    /// The sender's residence and sector (КОд).
    Kod Identifier ["Жіберушінің коды (ЖКо)", "КОд", "KOd"]
        row => Value::Identifier(row.requisites.kod.to_string().into());
    /// The beneficiary's residence and sector (КБе).
    Kbe Identifier ["Бенефициардың коды (КБе)", "КБе", "KBe"]
        row => Value::Identifier(row.requisites.kbe.to_string().into());
    /// The purpose in words.
    Purpose Text ["Төлем мақсаты", "Назначение платежа", "Purpose"]
        row => Value::Text(row.requisites.purpose.as_str());
    /// The place of the posting in the gateway's books: rows stand in this order.
    Posting Identifier ["Жазба нөмірі", "Номер проводки", "Posting number"]
        row => Value::Identifier(row.posting.to_string().into());
}

fn number(number: terms::PartyNumber) -> Value<'static> {
    Value::Identifier(number.to_string().into())
}

/// The word names no column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no such column")]
pub struct NoSuchColumn;

impl FromStr for Column {
    type Err = NoSuchColumn;

    /// Reads the name between machines or a title in any of the three languages.
    fn from_str(s: &str) -> Result<Self, NoSuchColumn> {
        let s = s.trim();
        let names = |column: &Self| {
            column.name() == s || Language::ALL.iter().any(|language| column.title(*language) == s)
        };
        Self::ALL.iter().copied().find(names).ok_or(NoSuchColumn)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::register::sample;

    /// Meets: C10, T1.28-30
    #[test]
    fn the_columns_begin_with_the_fields_of_the_receipt() {
        let first: Vec<_> = Column::ALL.iter().take(8).map(|column| column.name()).collect();
        let receipt = [
            "recipientNumber",
            "application",
            "account",
            "amount",
            "paidAt",
            "channel",
            "paymentCode",
            "transactionNumber",
        ];
        assert_eq!(first, receipt);
    }

    #[test]
    fn names_and_titles_lead_back_to_their_columns() {
        for column in Column::ALL {
            assert_eq!(column.name().parse(), Ok(*column));
            for language in Language::ALL {
                assert_eq!(column.title(language).parse(), Ok(*column));
            }
        }
        assert_eq!("vault".parse::<Column>(), Err(NoSuchColumn));
        let names: HashSet<_> = Column::ALL.iter().map(|column| column.name()).collect();
        assert_eq!(names.len(), Column::ALL.len());
    }

    #[test]
    fn every_column_says_what_its_kind_promises() {
        for row in sample::rows(50) {
            for column in Column::ALL {
                let fits = match column.value(&row) {
                    Value::Text(_) => column.kind() == ColumnKind::Text,
                    Value::Identifier(_) => column.kind() == ColumnKind::Identifier,
                    Value::Amount(_) => column.kind() == ColumnKind::Amount,
                    Value::Day(_) => column.kind() == ColumnKind::Day,
                    Value::Moment(_) => column.kind() == ColumnKind::Moment,
                    Value::Nothing => *column == Column::Application,
                };
                assert!(fits, "{}", column.name());
            }
        }
    }
}
