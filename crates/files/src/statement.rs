//! A statement of account as a table: the columns, and CSV of it written and read. A workbook has the same columns.
//!
//! | column | what |
//! |---|---|
//! | `row` | `opening`, `entry` or `closing`: first the opening balance, then the entries, last the closing balance |
//! | `reference` | the bank's id of the entry; in `opening` its number of the statement |
//! | `account`, `made_at` | in `opening`: the account, and when the statement was made |
//! | `day` | the banking day the entry was booked on; in `opening` and `closing` that of the statement |
//! | `value_day` | the day from which an entry counts; that of its booking where it is empty |
//! | `direction` | `credit` or `debit`; of a balance, whether there is money or a debt |
//! | `amount`, `currency` | tenge with two digits, such as 1733.63; KZT |
//! | `remittance` | the number of a claim or of a payout |
//! | `counterparty`, `counterparty_account` | who stands on the other side |
//!
//! Comma or semicolon part the fields, the first line tells which; columns may stand in any order. A text that an office
//! program would take for a formula is written behind an apostrophe and refused without one. What a statement means lives in
//! `ledger`, its form as ISO 20022 in `wire`. Source: ours.

use std::fmt::Display;
use std::str::FromStr;

use ledger::statement::{
    CURRENCY, Counterparty, Direction, Entry, Fault, LONGEST_STATEMENT, Refused, RowFault, Statement,
};
use terms::{Purpose, ShortText, Tiyn, tenge};

/// The largest file, in octets: more than the most entries at their longest come to.
pub const LARGEST_STATEMENT_FILE: usize = 16 << 20;
/// The most faults that are told of one file.
const MOST_FAULTS: usize = 100;

/// The columns in the order in which they are written.
pub const STATEMENT_COLUMNS: [&str; 12] = [
    "row",
    "reference",
    "account",
    "made_at",
    "day",
    "value_day",
    "direction",
    "amount",
    "currency",
    "remittance",
    "counterparty",
    "counterparty_account",
];

fn begins_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r'])
}

fn guarded(text: &str) -> String {
    if begins_formula(text) { format!("'{text}") } else { text.to_owned() }
}

fn word_of(direction: Direction) -> String {
    let word = match direction {
        Direction::Credit => "credit",
        Direction::Debit => "debit",
    };
    word.to_owned()
}

fn balance(kind: &str, statement: &Statement, tiyn: i64) -> [String; 12] {
    let is_first = kind == "opening";
    let only_first = |text: String| if is_first { text } else { String::new() };
    [
        kind.to_owned(),
        only_first(statement.number.to_string()),
        only_first(statement.account.to_string()),
        only_first(statement.made_at.to_string()),
        statement.day.to_string(),
        String::new(),
        word_of(if tiyn < 0 { Direction::Debit } else { Direction::Credit }),
        tenge(tiyn.unsigned_abs()),
        CURRENCY.to_owned(),
        String::new(),
        only_first(statement.owner.as_ref().map(|owner| guarded(owner.as_str())).unwrap_or_default()),
        String::new(),
    ]
}

fn row_of(entry: &Entry) -> [String; 12] {
    let other = entry.counterparty.as_ref();
    [
        "entry".to_owned(),
        entry.reference.to_string(),
        String::new(),
        String::new(),
        entry.booked_on.to_string(),
        entry.value_on.to_string(),
        word_of(entry.direction),
        entry.amount.to_string(),
        CURRENCY.to_owned(),
        entry.remittance.as_ref().map(|text| guarded(text.as_str())).unwrap_or_default(),
        other.map(|other| guarded(other.name.as_str())).unwrap_or_default(),
        other.and_then(|other| other.account).map(|iban| iban.to_string()).unwrap_or_default(),
    ]
}

/// The statement as CSV (RFC 4180): commas, a line of titles, lines that end with CR and LF.
pub fn statement_csv(statement: &Statement) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let titles = STATEMENT_COLUMNS.map(str::to_owned);
    let rows = [titles, balance("opening", statement, statement.opening)]
        .into_iter()
        .chain(statement.entries.iter().map(row_of))
        .chain([balance("closing", statement, statement.closing)]);
    for row in rows {
        // Every row has as many fields, and a vector takes whatever is written.
        writer.write_record(row).expect("writing to memory does not fail");
    }
    writer.into_inner().unwrap_or_else(|error| panic!("writing to memory does not fail: {error}"))
}

/// Reads a statement out of CSV.
///
/// # Errors
/// [`Refused`] with every fault found, at most a hundred, each with the number of its entry; nothing of the statement is given
/// out then.
pub fn read_statement_csv(octets: &[u8]) -> Result<Statement, Refused> {
    let unreadable = |why: &str| Refused::from(Fault::Unreadable(why.to_owned()));
    if octets.len() > LARGEST_STATEMENT_FILE {
        return Err(unreadable("it is too large"));
    }
    let text = std::str::from_utf8(octets).map_err(|_| unreadable("it is not UTF-8"))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let titles = text.lines().next().unwrap_or_default();
    let separator = if titles.contains(';') { b';' } else { b',' };
    let mut reader = csv::ReaderBuilder::new().delimiter(separator).from_reader(text.as_bytes());
    let places = reader.headers().map_err(|error| unreadable(&error.to_string()))?.clone();
    let mut records = Vec::new();
    for record in reader.records() {
        if records.len() == LONGEST_STATEMENT + 2 {
            return Err(Fault::TooMany(LONGEST_STATEMENT).into());
        }
        records.push(record.map_err(|error| unreadable(&error.to_string()))?);
    }
    of_records(places, &records)
}

/// The statement of a table's titles and rows, whatever file they came in.
pub(crate) fn of_records(places: Record, records: &[Record]) -> Result<Statement, Refused> {
    let [opening, entries @ .., closing] = records else {
        return Err(Fault::Missing("closing").into());
    };
    if records.len() > LONGEST_STATEMENT + 2 {
        return Err(Fault::TooMany(LONGEST_STATEMENT).into());
    }
    let mut table = Table { places, faults: Vec::new(), row: None };
    let statement = table.statement(opening, entries, closing);
    match statement {
        Some(statement) if table.faults.is_empty() => statement.checked(),
        _ => Err(Refused(table.faults)),
    }
}

/// The texts of one row.
pub(crate) type Record = csv::StringRecord;

/// Where columns stand, and what is wrong so far.
struct Table {
    places: Record,
    faults: Vec<RowFault>,
    row: Option<u64>,
}

impl Table {
    fn fault<T>(&mut self, fault: Fault) -> Option<T> {
        if self.faults.len() < MOST_FAULTS {
            self.faults.push(RowFault { row: self.row, fault });
        }
        None
    }

    fn cell<'a>(&self, record: &'a Record, column: &str) -> &'a str {
        let place = self.places.iter().position(|title| title == column);
        place.and_then(|place| record.get(place)).unwrap_or_default()
    }

    fn value<T>(&mut self, record: &Record, column: &'static str) -> Option<T>
    where
        T: FromStr<Err: Display>,
    {
        match self.cell(record, column) {
            "" => self.fault(Fault::Missing(column)),
            text => match text.parse() {
                Ok(value) => Some(value),
                Err(why) => self.fault(Fault::value(column, text, &why)),
            },
        }
    }

    /// A value that may be left out; a formula where a text is expected is a fault.
    fn text<T>(&mut self, record: &Record, column: &'static str) -> Option<T>
    where
        T: FromStr<Err: Display>,
    {
        let text = self.cell(record, column);
        if text.is_empty() {
            return None;
        }
        if begins_formula(text) {
            return self.fault(Fault::value(column, text, &"a formula is no text"));
        }
        let plain = text.strip_prefix('\'').filter(|rest| begins_formula(rest)).unwrap_or(text);
        match plain.parse() {
            Ok(value) => Some(value),
            Err(why) => self.fault(Fault::value(column, text, &why)),
        }
    }

    fn is(&mut self, record: &Record, kind: &'static str) {
        if self.cell(record, "row") != kind {
            self.fault::<()>(Fault::value("row", self.cell(record, "row"), &format!("here stands {kind}")));
        }
    }

    fn amount(&mut self, record: &Record) -> Option<(Tiyn, Direction)> {
        let currency = self.cell(record, "currency");
        if currency != CURRENCY {
            let said = currency.chars().take(8).collect();
            self.fault::<()>(Fault::Currency(said));
        }
        let text = self.cell(record, "amount").replace(',', ".");
        let amount = match text.parse::<Tiyn>() {
            Ok(amount) => Some(amount),
            Err(why) => self.fault(Fault::value("amount", &text, &why)),
        };
        let direction = match self.cell(record, "direction") {
            "credit" => Some(Direction::Credit),
            "debit" => Some(Direction::Debit),
            other => self.fault(Fault::value("direction", other, &"neither credit nor debit")),
        };
        amount.zip(direction)
    }

    fn balance(&mut self, record: &Record) -> Option<i64> {
        let (amount, direction) = self.amount(record)?;
        Some(if direction == Direction::Debit { -amount.as_i64() } else { amount.as_i64() })
    }

    fn statement(&mut self, opening: &Record, entries: &[Record], closing: &Record) -> Option<Statement> {
        self.is(opening, "opening");
        let (number, account) = (self.value(opening, "reference"), self.value(opening, "account"));
        let (made_at, day) = (self.value(opening, "made_at"), self.value(opening, "day"));
        let owner = self.text::<ShortText>(opening, "counterparty");
        let before = self.balance(opening);
        let mut read = Vec::new();
        for (row, record) in (1_u64..).zip(entries) {
            self.row = Some(row);
            read.extend(self.entry(record));
        }
        self.row = None;
        self.is(closing, "closing");
        let after = self.balance(closing);
        Some(Statement {
            number: number?,
            account: account?,
            owner,
            made_at: made_at?,
            day: day?,
            page: 1,
            is_last: true,
            opening: before?,
            closing: after?,
            entries: read,
        })
    }

    fn entry(&mut self, record: &Record) -> Option<Entry> {
        self.is(record, "entry");
        let amount = self.amount(record);
        if amount.is_some_and(|(amount, _)| amount == Tiyn::ZERO) {
            self.fault::<()>(Fault::value("amount", "0", &"an entry moves something"));
        }
        let (reference, booked_on) = (self.value(record, "reference"), self.value(record, "day"));
        let value_on = match self.cell(record, "value_day") {
            "" => booked_on,
            _ => self.value(record, "value_day"),
        };
        let remittance = self.text::<Purpose>(record, "remittance");
        let name = self.text::<ShortText>(record, "counterparty");
        let account = self.text(record, "counterparty_account");
        let (amount, direction) = amount?;
        Some(Entry {
            reference: reference?,
            amount,
            direction,
            booked_on: booked_on?,
            value_on: value_on?,
            remittance,
            counterparty: name.map(|name| Counterparty { name, account }),
        })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn example() -> Statement {
        let day = "2026-11-23".parse().unwrap();
        let entry = |reference: &str, amount: &str, direction, about: &str, name: &str| Entry {
            reference: reference.parse().unwrap(),
            amount: amount.parse().unwrap(),
            direction,
            booked_on: day,
            value_on: day,
            remittance: about.parse().ok(),
            counterparty: Some(Counterparty {
                name: name.parse().unwrap(),
                account: "KZ770000000000000001".parse().ok(),
            }),
        };
        Statement {
            number: "ST-1".parse().unwrap(),
            account: "KZ320000000000900001".parse().unwrap(),
            owner: "«Төлем шлюзі» АҚ, «Ә»".parse().ok(),
            made_at: "2026-11-24T00:05:00+05:00".parse().unwrap(),
            day,
            page: 1,
            is_last: true,
            opening: -1,
            closing: 862,
            entries: vec![
                entry("000017", "1733.63", Direction::Credit, "C-20261122-01", "=HYPERLINK(\"x\"), Ғ"),
                entry("000018", "1725.00", Direction::Debit, "", "Әділет министрлігі"),
            ],
        }
    }

    fn text() -> String {
        String::from_utf8(statement_csv(&example())).unwrap()
    }

    fn refusals(text: &str) -> Vec<(Option<u64>, Fault)> {
        let Refused(faults) = read_statement_csv(text.as_bytes()).unwrap_err();
        faults.into_iter().map(|RowFault { row, fault }| (row, fault)).collect()
    }

    #[test]
    fn what_is_written_is_read_again_in_either_dialect() {
        assert_eq!(read_statement_csv(text().as_bytes()).unwrap(), example());
        let office = "\u{feff}row;reference;account;made_at;day;direction;amount;currency;remittance\r\n\
                      opening;ST-1;KZ320000000000900001;2026-11-24T00:05:00+05:00;2026-11-23;credit;0,00;KZT;\r\n\
                      entry;000017;;;2026-11-23;credit;1733,63;KZT;C-20261122-01\r\n\
                      closing;;;;2026-11-23;credit;1733,63;KZT;\r\n";
        let read = read_statement_csv(office.as_bytes()).unwrap();
        assert_eq!((read.closing, read.entries[0].reference.as_str()), (173_363, "000017"));
        assert_eq!(read.entries[0].value_on, read.day);
    }

    /// Defends: A29
    #[test]
    fn a_text_is_never_a_formula() {
        let text = text();
        assert!(text.contains("\"'=HYPERLINK(") && !text.contains("\"=HYPERLINK("), "{text}");
        let formula = text.replace("\"'=HYPERLINK(", "\"=HYPERLINK(");
        assert!(matches!(&refusals(&formula)[..], [(Some(1), Fault::Value { field: "counterparty", .. })]));
    }

    #[test]
    fn each_fault_is_named_on_its_row_and_nothing_is_applied() {
        let text = text();
        let dollars = text.replacen("1733.63,KZT", "1733.63,USD", 1);
        assert_eq!(refusals(&dollars), [(Some(1), Fault::Currency("USD".to_owned()))]);
        let wrong = text.replacen("credit,1733.63", "kredit,1733.6", 1).replacen("000018", "00 18", 1);
        let found: Vec<_> = refusals(&wrong)
            .into_iter()
            .map(|(row, fault)| match fault {
                Fault::Value { field, .. } => (row, field),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(found, [(Some(1), "amount"), (Some(1), "direction"), (Some(2), "reference")]);
        let total = text.replacen("credit,8.62", "credit,8.63", 1);
        assert_eq!(refusals(&total), [(None, Fault::Closing { said: 863, counted: 862 })]);
        let twice = text.replacen("000018", "000017", 1);
        assert!(matches!(&refusals(&twice)[..], [(Some(2), Fault::Repeated { first: 1, .. })]));
    }

    #[test]
    fn a_file_that_was_cut_off_is_refused_wherever_it_was_cut() {
        let text = text();
        for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
            // Without its last line end, and even its closing fields that say nothing, the file is whole.
            if text[end..].trim_matches([',', '\r', '\n']).is_empty() {
                continue;
            }
            assert!(read_statement_csv(&text.as_bytes()[..end]).is_err(), "{}", &text[..end]);
        }
    }
}
