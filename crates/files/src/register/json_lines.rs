//! A register as JSON lines: the head, the rows, the totals, one object a line.

use std::fmt::Write as _;
use std::io::{self, Write};

use ledger::register::{Column, Head, Row, Totals, Value};
use terms::tenge;

/// Writes a register row by row. Amounts are texts, because a JSON number is a floating point number to most readers.
#[derive(Debug)]
pub struct JsonLines<W> {
    out: W,
    totals: Totals,
    line: String,
    scratch: String,
}

impl<W: Write> JsonLines<W> {
    /// Begins with the head.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn new(out: W, head: &Head) -> io::Result<Self> {
        let mut json = Self { out, totals: Totals::default(), line: String::new(), scratch: String::new() };
        json.line.push_str("{\"type\":\"head\"");
        json.member("party", &head.party.to_string());
        json.member("nameKk", &head.name.kk);
        json.member("nameRu", &head.name.ru);
        json.member("nameEn", &head.name.en);
        json.member("day", &head.day.to_string());
        json.number("revision", head.revision.into());
        json.member("formedAt", &head.formed_at.to_string());
        json.number("upTo", head.up_to);
        json.member("offset", &head.offset());
        json.end_line()?;
        Ok(json)
    }

    /// Adds a row.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn row(&mut self, row: &Row) -> io::Result<()> {
        self.totals.count(row);
        self.line.push_str("{\"type\":\"row\"");
        let mut text = std::mem::take(&mut self.scratch);
        for column in Column::ALL {
            let value = column.value(row);
            if value != Value::Nothing {
                text.clear();
                value.write(&mut text);
                self.member(column.name(), &text);
            }
        }
        self.scratch = text;
        self.end_line()
    }

    /// Ends with the totals and gives them.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn finish(mut self) -> io::Result<Totals> {
        let totals = self.totals;
        self.line.push_str("{\"type\":\"totals\"");
        self.number("additions", totals.additions);
        self.member("added", &tenge(totals.added));
        self.number("deductions", totals.deductions);
        self.member("deducted", &tenge(totals.deducted));
        self.member("net", &tenge(totals.net()));
        self.end_line()?;
        self.out.flush()?;
        Ok(totals)
    }

    fn number(&mut self, name: &str, number: u64) {
        let _ = write!(self.line, ",\"{name}\":{number}");
    }

    fn member(&mut self, name: &str, text: &str) {
        self.line.push_str(",\"");
        self.line.push_str(name);
        self.line.push_str("\":\"");
        escape_into(text, &mut self.line);
        self.line.push('"');
    }

    fn end_line(&mut self) -> io::Result<()> {
        self.line.push_str("}\n");
        self.out.write_all(self.line.as_bytes())?;
        self.line.clear();
        Ok(())
    }
}

/// Writes a text as it stands between the quotation marks of JSON.
pub(crate) fn escape_into(text: &str, line: &mut String) {
    let mut written = 0;
    // What must be escaped is ASCII, so octets may be looked at one by one.
    for (at, octet) in text.bytes().enumerate() {
        if octet >= b' ' && octet != b'"' && octet != b'\\' {
            continue;
        }
        line.push_str(&text[written..at]);
        let _ = match octet {
            b'"' | b'\\' => write!(line, "\\{}", char::from(octet)),
            control => write!(line, "\\u{control:04x}"),
        };
        written = at + 1;
    }
    line.push_str(&text[written..]);
}
