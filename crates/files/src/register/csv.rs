//! A register as CSV, in the dialect of an office program or of a machine.

use std::fmt::Write as _;
use std::io::{self, Write};

use ledger::register::{Column, ColumnKind, Head, Row, Totals, Value};
use terms::{BankingDay, Language, OnTheClock, tenge};

use super::{begins_formula, total_word};

/// How values are parted and written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// For office programs set to Kazakh or Russian: a mark of UTF-8, semicolons, a decimal comma, dates by points;
    /// numbers that name something in quotation marks, texts guarded against being taken for formulas, totals in the
    /// last line. English titles only where the language is English.
    Office(Language),
    /// For office programs set to English: as above, but commas, a decimal point and ISO dates.
    OfficeEnglish,
    /// For programs (RFC 4180): no mark, commas, the values and names of columns as between machines, no last line.
    Machine,
}

impl Dialect {
    pub(crate) fn separator(self) -> u8 {
        if matches!(self, Self::Office(_)) { b';' } else { b',' }
    }

    pub(crate) fn language(self) -> Language {
        match self {
            Self::Office(language) => language,
            Self::OfficeEnglish | Self::Machine => Language::En,
        }
    }
}

/// Writes a register row by row.
#[derive(Debug)]
pub struct CsvRegister<W> {
    out: W,
    dialect: Dialect,
    totals: Totals,
    line: String,
    scratch: String,
}

impl<W: Write> CsvRegister<W> {
    /// Begins with the line of titles.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn new(out: W, head: &Head, dialect: Dialect) -> io::Result<Self> {
        let mut csv =
            Self { out, dialect, totals: Totals::default(), line: String::new(), scratch: String::new() };
        if dialect != Dialect::Machine {
            csv.line.push('\u{feff}');
        }
        for column in Column::ALL {
            csv.part();
            let title = match dialect {
                Dialect::Machine => column.name().to_owned(),
                _ if column.kind() == ColumnKind::Moment => {
                    format!("{} (UTC{})", column.title(dialect.language()), head.offset())
                }
                _ => column.title(dialect.language()).to_owned(),
            };
            csv.necessary(&title);
        }
        csv.end_line()?;
        Ok(csv)
    }

    /// Adds a row.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn row(&mut self, row: &Row) -> io::Result<()> {
        self.totals.count(row);
        for column in Column::ALL {
            self.part();
            self.value(column.value(row));
        }
        self.end_line()
    }

    /// Ends the register and gives what its rows come to.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn finish(mut self) -> io::Result<Totals> {
        if self.dialect != Dialect::Machine {
            let word = total_word(self.dialect.language());
            let rows = self.totals.rows();
            for column in Column::ALL {
                self.part();
                match column {
                    Column::RecipientNumber => self.quoted(&format!("{word}: {rows}")),
                    Column::Amount => self.amount(self.totals.net()),
                    _ => {}
                }
            }
            self.end_line()?;
        }
        self.out.flush()?;
        Ok(self.totals)
    }

    /// A separator before every value but the first of a line.
    fn part(&mut self) {
        if !matches!(self.line.as_str(), "" | "\u{feff}") {
            self.line.push(char::from(self.dialect.separator()));
        }
    }

    fn value(&mut self, value: Value<'_>) {
        match (value, self.dialect) {
            (value, Dialect::Machine) => {
                let mut text = std::mem::take(&mut self.scratch);
                text.clear();
                value.write(&mut text);
                self.necessary(&text);
                self.scratch = text;
            }
            (Value::Text(text), _) if begins_formula(text) => self.quoted(&format!("'{text}")),
            (Value::Text(text), _) => self.necessary(text),
            (Value::Identifier(text), _) => self.quoted(&text),
            (Value::Amount(tiyn), _) => self.amount(tiyn.into()),
            (Value::Day(day), _) => self.day(day),
            (Value::Moment(moment), _) => {
                let OnTheClock { day, hour, minute, second } = moment.on_the_clock();
                self.day(day);
                // Writing to a string does not fail.
                let _ = write!(self.line, " {hour:02}:{minute:02}:{second:02}");
            }
            (Value::Nothing, _) => {}
        }
    }

    fn day(&mut self, day: BankingDay) {
        let (year, month, of_month) = day.year_month_day();
        let _ = if self.dialect == Dialect::OfficeEnglish {
            write!(self.line, "{year:04}-{month:02}-{of_month:02}")
        } else {
            write!(self.line, "{of_month:02}.{month:02}.{year:04}")
        };
    }

    fn amount(&mut self, tiyn: i128) {
        let text = tenge(tiyn);
        if matches!(self.dialect, Dialect::Office(_)) {
            self.line.push_str(&text.replace('.', ","));
        } else {
            self.line.push_str(&text);
        }
    }

    /// In quotation marks where RFC 4180 or the separator ask for them.
    fn necessary(&mut self, text: &str) {
        if text.bytes().any(|octet| matches!(octet, b',' | b';' | b'"' | b'\r' | b'\n')) {
            self.quoted(text);
        } else {
            self.line.push_str(text);
        }
    }

    fn quoted(&mut self, text: &str) {
        quote_into(text, &mut self.line);
    }

    fn end_line(&mut self) -> io::Result<()> {
        self.line.push_str("\r\n");
        self.out.write_all(self.line.as_bytes())?;
        self.line.clear();
        Ok(())
    }
}

/// Writes a text between the quotation marks of CSV.
pub(crate) fn quote_into(text: &str, line: &mut String) {
    line.push('"');
    for (i, part) in text.split('"').enumerate() {
        if i > 0 {
            line.push_str("\"\"");
        }
        line.push_str(part);
    }
    line.push('"');
}
