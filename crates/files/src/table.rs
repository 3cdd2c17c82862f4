//! Any list of a console as a file: CSV in every dialect, XLSX and JSON lines, out of the same cells that the page shows.
//!
//! What the columns mean and whose rows they are is said by whoever makes the table. Registers, which are far longer and
//! have columns of their own, are written by [`crate::register`].

use std::fmt::Write as _;
use std::io::Cursor;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Formula, Workbook, Worksheet};
use terms::{BankingDay, Language, Moment, tenge};

use crate::register::csv::quote_into;
use crate::register::json_lines::escape_into;
use crate::register::xlsx::{AMOUNT_FORMAT, in_grammar, serial, tenge_as_double};
use crate::register::{Dialect, XlsxError, begins_formula, total_word};
use crate::written;

/// What one cell holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Words.
    Text(String),
    /// Digits that name something: an IIN, a BIN, a payment code, an account. Never counted with.
    Identifier(String),
    /// A whole number.
    Number(i64),
    /// A sum in tiyn; negative where it is owed the other way.
    Money(i128),
    /// A banking day.
    Day(BankingDay),
    /// A moment, shown by the clock in Almaty.
    Moment(Moment),
    /// Nothing is known or nothing applies.
    Nothing,
}

impl Cell {
    /// A count; one that no program could count with stays at the largest that can be.
    pub fn count(count: u64) -> Self {
        Self::Number(i64::try_from(count).unwrap_or(i64::MAX))
    }

    /// The value as between machines; none where there is none.
    fn plain(&self) -> Option<String> {
        Some(match self {
            Self::Text(text) | Self::Identifier(text) => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::Money(tiyn) => tenge(*tiyn),
            Self::Day(day) => day.to_string(),
            Self::Moment(moment) => moment.to_string(),
            Self::Nothing => return None,
        })
    }

    /// The same as a page shows it.
    pub fn shown(&self, language: Language) -> String {
        match self {
            Self::Money(tiyn) => {
                let sign = if *tiyn < 0 { "−" } else { "" };
                format!("{sign}{}", written::sum(language, tiyn.unsigned_abs()))
            }
            Self::Number(number) => {
                let sign = if *number < 0 { "−" } else { "" };
                format!("{sign}{}", written::number(language, number.unsigned_abs()))
            }
            Self::Day(day) => written::date(language, day.begins_at()),
            Self::Moment(moment) => written::date_time(language, *moment),
            other => other.plain().unwrap_or_else(|| "–".to_owned()),
        }
    }

    /// Whether it stands at the right, as numbers do.
    pub fn is_number(&self) -> bool {
        matches!(self, Self::Number(_) | Self::Money(_))
    }
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name between machines: small letters and `_`.
    pub name: &'static str,
    /// Its title, in the language of the table.
    pub title: String,
}

impl Column {
    /// A column.
    pub fn new(name: &'static str, title: impl ToString) -> Self {
        Self { name, title: title.to_string() }
    }
}

/// A list that is shown and exported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// What files of it are called, without their ending.
    pub stem: String,
    /// What it is.
    pub title: String,
    /// The language of its titles.
    pub language: Language,
    /// What else is to be known of it, by name: the period, whose payments.
    pub about: Vec<(String, String)>,
    /// When it was made.
    pub formed_at: Moment,
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows, each with a cell for each column.
    pub rows: Vec<Vec<Cell>>,
    /// The last row, where there is one: the whole.
    pub total: Option<Vec<Cell>>,
}

impl Table {
    /// As CSV. The dialect's language is that of its separators and dates; titles are those of the table.
    pub fn csv(&self, dialect: Dialect) -> Vec<u8> {
        let separator = char::from(dialect.separator());
        let mut out = String::new();
        if dialect != Dialect::Machine {
            out.push('\u{feff}');
        }
        for (place, column) in self.columns.iter().enumerate() {
            if place > 0 {
                out.push(separator);
            }
            let title = if dialect == Dialect::Machine { column.name } else { &column.title };
            words(title, dialect, &mut out);
        }
        out.push_str("\r\n");
        // Programs count for themselves, and would take a last line for one row more.
        let total = self.total.iter().filter(|_| dialect != Dialect::Machine);
        for row in self.rows.iter().chain(total) {
            for (place, cell) in row.iter().enumerate() {
                if place > 0 {
                    out.push(separator);
                }
                self.cell(cell, dialect, &mut out);
            }
            out.push_str("\r\n");
        }
        out.into_bytes()
    }

    fn cell(&self, cell: &Cell, dialect: Dialect, out: &mut String) {
        let Some(plain) = cell.plain() else { return };
        match (cell, dialect) {
            (_, Dialect::Machine) => words(&plain, dialect, out),
            (Cell::Text(text), _) => words(text, dialect, out),
            (Cell::Identifier(text), _) if begins_formula(text) => words(text, dialect, out),
            (Cell::Identifier(text), _) => quote_into(text, out),
            (Cell::Money(_), Dialect::Office(_)) => out.push_str(&plain.replace('.', ",")),
            (Cell::Day(day), Dialect::Office(_)) => out.push_str(&day.begins_at().in_almaty("%d.%m.%Y")),
            (Cell::Moment(moment), Dialect::Office(_)) => {
                out.push_str(&moment.in_almaty("%d.%m.%Y %H:%M:%S %:z"));
            }
            (Cell::Moment(moment), _) => out.push_str(&moment.in_almaty("%Y-%m-%d %H:%M:%S %:z")),
            _ => out.push_str(&plain),
        }
    }

    /// As JSON lines: a head, the rows, the whole; one object a line. Sums are texts, what is empty is left out.
    pub fn json_lines(&self) -> Vec<u8> {
        let mut out = String::new();
        let member = |name: &str, text: &str, out: &mut String| {
            out.push_str(",\"");
            escape_into(name, out);
            out.push_str("\":\"");
            escape_into(text, out);
            out.push('"');
        };
        out.push_str("{\"type\":\"head\"");
        member("title", &self.title, &mut out);
        for (name, value) in &self.about {
            member(name, value, &mut out);
        }
        member("formedAt", &self.formed_at.to_string(), &mut out);
        out.push_str("}\n");
        let rows = self.rows.iter().map(|row| ("row", row));
        for (kind, row) in rows.chain(self.total.iter().map(|row| ("total", row))) {
            let _ = write!(out, "{{\"type\":\"{kind}\"");
            for (column, cell) in self.columns.iter().zip(row) {
                match (cell, cell.plain()) {
                    (Cell::Number(number), _) => {
                        let _ = write!(out, ",\"{}\":{number}", column.name);
                    }
                    (_, Some(text)) => member(column.name, &text, &mut out),
                    (_, None) => {}
                }
            }
            out.push_str("}\n");
        }
        out.into_bytes()
    }

    /// As a workbook: the rows, and the sheet «Паспорт» that says what they are.
    ///
    /// # Errors
    /// [`XlsxError::Write`].
    pub fn xlsx(&self) -> Result<Vec<u8>, XlsxError> {
        let mut workbook = Workbook::new();
        let created = ExcelDateTime::from_timestamp(self.formed_at.unix_seconds())?;
        workbook.set_properties(&DocProperties::new().set_title(&self.title).set_creation_datetime(&created));
        let bold = Format::new().set_bold();
        let sheet = workbook.add_worksheet();
        sheet.set_name(match self.language {
            Language::Kk => "Кесте",
            Language::Ru => "Таблица",
            Language::En => "Table",
        })?;
        sheet.set_freeze_panes(1, 0)?;
        for (at, column) in (0..).zip(&self.columns) {
            sheet.set_column_width(at, 20)?;
            sheet.write_string_with_format(0, at, &column.title, &bold)?;
        }
        for (line, row) in (1..).zip(&self.rows) {
            for (at, cell) in (0..).zip(row) {
                write_cell(sheet, line, at, cell, &Format::new())?;
            }
        }
        let last = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        let columns = u16::try_from(self.columns.len()).unwrap_or(u16::MAX);
        if last > 0 && columns > 0 {
            sheet.autofilter(0, 0, last, columns - 1)?;
        }
        for (at, cell) in (0..).zip(self.total.iter().flatten()) {
            match self.summed(usize::from(at), cell) {
                Some(result) => {
                    let letter = rust_xlsxwriter::utility::column_number_to_name(at);
                    let formula = format!("SUBTOTAL(109,{letter}2:{letter}{})", last + 1);
                    let formula = Formula::new(formula).set_result(result);
                    let format =
                        if matches!(cell, Cell::Money(_)) { amount().set_bold() } else { bold.clone() };
                    sheet.write_formula_with_format(last + 1, at, formula, &format)?;
                }
                None => write_cell(sheet, last + 1, at, cell, &bold)?,
            }
        }
        let passport = workbook.add_worksheet();
        passport.set_name(if self.language == Language::En { "Passport" } else { "Паспорт" })?;
        passport.set_column_width(0, 40)?;
        passport.set_column_width(1, 60)?;
        for (line, (name, value)) in (0..).zip(self.passport()) {
            passport.write_string_with_format(line, 0, name, &bold)?;
            passport.write_string(line, 1, value)?;
        }
        let mut octets = Cursor::new(Vec::new());
        workbook.save_to_writer(&mut octets)?;
        Ok(octets.into_inner())
    }

    /// What a cell of the last row comes to where it is the sum of its column, so that a workbook may sum up what a filter
    /// leaves. A percentage, or a time, is no sum.
    fn summed(&self, place: usize, total: &Cell) -> Option<String> {
        let of_column = || self.rows.iter().filter_map(move |row| row.get(place));
        match total {
            Cell::Money(total) => {
                let found: i128 = of_column().map(|c| if let Cell::Money(one) = c { *one } else { 0 }).sum();
                (found == *total && !self.rows.is_empty()).then(|| tenge(*total))
            }
            Cell::Number(total) => {
                let numbers =
                    of_column().map(|c| if let Cell::Number(one) = c { i128::from(*one) } else { 0 });
                (numbers.sum::<i128>() == i128::from(*total) && !self.rows.is_empty())
                    .then(|| total.to_string())
            }
            _ => None,
        }
    }

    fn passport(&self) -> Vec<(String, String)> {
        let [document, clock, formed, rows, version] = match self.language {
            Language::Kk => ["Құжат", "Уақыт", "Құрылған уақыты", "Жолдар саны", "Бағдарлама нұсқасы"],
            Language::Ru => ["Документ", "Часы", "Сформирован", "Количество строк", "Версия программы"],
            Language::En => ["Document", "Clock", "Formed at", "Number of rows", "Version of the program"],
        };
        let mut lines = vec![(document.to_owned(), self.title.clone())];
        lines.extend(self.about.iter().cloned());
        let offset = written::offset(self.formed_at);
        lines.push((clock.to_owned(), format!("{} ({offset})", terms::ALMATY)));
        lines.push((formed.to_owned(), self.formed_at.to_string()));
        lines.push((rows.to_owned(), self.rows.len().to_string()));
        lines.push((version.to_owned(), env!("CARGO_PKG_VERSION").to_owned()));
        lines
    }

    /// The cell before the totals.
    pub fn total_cell(language: Language) -> Cell {
        Cell::Text(total_word(language).to_owned())
    }
}

/// A text, guarded for people's programs against being taken for a formula, in quotation marks where it must be.
fn words(text: &str, dialect: Dialect, out: &mut String) {
    if dialect != Dialect::Machine && begins_formula(text) {
        quote_into(&format!("'{text}"), out);
    } else if text.contains([',', ';', '"', '\r', '\n']) {
        quote_into(text, out);
    } else {
        out.push_str(text);
    }
}

fn amount() -> Format {
    Format::new().set_num_format(in_grammar(AMOUNT_FORMAT))
}

fn write_cell(
    sheet: &mut Worksheet,
    line: u32,
    at: u16,
    cell: &Cell,
    base: &Format,
) -> Result<(), XlsxError> {
    let with = |format: &str| base.clone().set_num_format(format);
    match cell {
        Cell::Text(text) => sheet.write_string_with_format(line, at, text, base)?,
        Cell::Identifier(text) => sheet.write_string_with_format(line, at, text, &with("@"))?,
        Cell::Number(number) => sheet.write_number_with_format(line, at, *number as f64, base)?,
        Cell::Money(tiyn) => sheet.write_number_with_format(
            line,
            at,
            tenge_as_double(*tiyn),
            &with(&in_grammar(AMOUNT_FORMAT)),
        )?,
        Cell::Day(day) => {
            sheet.write_number_with_format(line, at, serial(day.begins_at()), &with("dd.mm.yyyy"))?
        }
        Cell::Moment(moment) => {
            sheet.write_number_with_format(line, at, serial(*moment), &with("dd.mm.yyyy hh:mm:ss"))?
        }
        Cell::Nothing => sheet,
    };
    Ok(())
}

#[cfg(test)]
mod tests {
    use calamine::{Data, Reader, Xlsx};

    use super::*;

    fn table() -> Table {
        Table {
            stem: "list".to_owned(),
            title: "Тізім".to_owned(),
            language: Language::Kk,
            about: vec![("period".to_owned(), "2026-11-22".to_owned())],
            formed_at: "2026-11-22T12:00:00+05:00".parse().unwrap(),
            columns: ["name", "number", "count", "sum", "day", "at", "share"]
                .map(|name| Column::new(name, format!("Ә {name}")))
                .into(),
            rows: vec![
                vec![
                    Cell::Text("=1+1; Ғ \"х\"".to_owned()),
                    Cell::Identifier("007707100057".to_owned()),
                    Cell::Number(2),
                    Cell::Money(172_501),
                    Cell::Day("2026-11-22".parse().unwrap()),
                    Cell::Moment("2024-02-29T23:59:59+06:00".parse().unwrap()),
                    Cell::Number(900),
                ],
                vec![
                    Cell::Text("Қ".to_owned()),
                    Cell::Nothing,
                    Cell::Number(1),
                    Cell::Money(-1),
                    Cell::Nothing,
                    Cell::Nothing,
                    Cell::Number(100),
                ],
            ],
            total: Some(vec![
                Table::total_cell(Language::Kk),
                Cell::Nothing,
                Cell::Number(3),
                Cell::Money(172_500),
                Cell::Nothing,
                Cell::Nothing,
                Cell::Number(633),
            ]),
        }
    }

    /// Meets: C11.2
    /// Defends: A16
    #[test]
    fn the_dialects_of_csv_guard_formulas_and_keep_zeros_and_tiyn() {
        let office = String::from_utf8(table().csv(Dialect::Office(Language::Kk))).unwrap();
        let lines: Vec<&str> = office.split("\r\n").collect();
        assert_eq!(lines[0], "\u{feff}Ә name;Ә number;Ә count;Ә sum;Ә day;Ә at;Ә share");
        assert_eq!(
            lines[1],
            "\"'=1+1; Ғ \"\"х\"\"\";\"007707100057\";2;1725,01;22.11.2026;29.02.2024 23:59:59 +06:00;900"
        );
        assert_eq!(lines[2], "Қ;;1;-0,01;;;100");
        assert_eq!(lines[3], "Барлығы;;3;1725,00;;;633");
        let english = String::from_utf8(table().csv(Dialect::OfficeEnglish)).unwrap();
        assert!(
            english.contains(",\"007707100057\",2,1725.01,2026-11-22,2024-02-29 23:59:59 +06:00,900\r\n")
        );
        let machine = String::from_utf8(table().csv(Dialect::Machine)).unwrap();
        assert!(machine.starts_with(
            "name,number,count,sum,day,at,share\r\n\"=1+1; Ғ \"\"х\"\"\",007707100057,2,1725.01"
        ));
        assert_eq!(machine.lines().count(), 3, "no totals: {machine}");
    }

    #[test]
    fn json_lines_have_a_head_the_rows_and_the_whole() {
        let json = String::from_utf8(table().json_lines()).unwrap();
        let lines: Vec<&str> = json.lines().collect();
        assert_eq!(lines.len(), 4);
        assert!(lines[0].starts_with(r#"{"type":"head","title":"Тізім","period":"2026-11-22""#), "{json}");
        assert!(
            lines[1].contains(r#""name":"=1+1; Ғ \"х\"","number":"007707100057","count":2,"sum":"1725.01""#)
        );
        assert_eq!(lines[3], r#"{"type":"total","name":"Барлығы","count":3,"sum":"1725.00","share":633}"#);
    }

    #[test]
    fn a_workbook_is_read_back_with_zeros_letters_and_sums_intact() {
        let mut read: Xlsx<_> = Xlsx::new(Cursor::new(table().xlsx().unwrap())).unwrap();
        assert_eq!(read.sheet_names(), ["Кесте", "Паспорт"]);
        let range = read.worksheet_range("Кесте").unwrap();
        assert_eq!(range.get((1, 1)), Some(&Data::String("007707100057".to_owned())));
        assert_eq!(range.get((1, 0)), Some(&Data::String("=1+1; Ғ \"х\"".to_owned())));
        assert_eq!(range.get((1, 3)), Some(&Data::Float(1725.01)));
        let formulas = read.worksheet_formula("Кесте").unwrap();
        assert_eq!(formulas.get_value((3, 3)), Some(&"SUBTOTAL(109,D2:D3)".to_owned()));
        assert_eq!(
            formulas.get_value((3, 6)).filter(|formula| !formula.is_empty()),
            None,
            "no sum of shares"
        );
        assert_eq!(range.get((3, 6)), Some(&Data::Float(633.0)));
        let passport = read.worksheet_range("Паспорт").unwrap();
        assert_eq!(passport.get((1, 1)), Some(&Data::String("2026-11-22".to_owned())));
    }
}
