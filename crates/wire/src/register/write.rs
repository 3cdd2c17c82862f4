//! A register as canonical XML, written row by row.
//!
//! The text is a fixed point of exclusive canonicalization: no declaration, one default namespace on the root, no
//! attributes, no empty tags, no white space between elements. So its digest is that of its canonical form.

use std::io::{self, Write};

use ledger::register::{Column, Head, Row, Totals, Value};
use xml::{Writer, escaped_into};

use super::ELEMENT;
use super::manifest::{HeadRecord, TotalsRecord};
use crate::framework::{Field, REGISTER};

/// Writes a register row by row.
#[derive(Debug)]
pub struct RegisterWriter<W> {
    out: W,
    totals: Totals,
    text: String,
    scratch: String,
}

impl<W: Write> RegisterWriter<W> {
    /// Begins with the head.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn new(mut out: W, head: &Head) -> io::Result<Self> {
        write!(out, "<{ELEMENT} xmlns=\"{}\">", REGISTER.uri)?;
        out.write_all(inner(&HeadRecord::from(head), "head").as_bytes())?;
        Ok(Self { out, totals: Totals::default(), text: String::new(), scratch: String::new() })
    }

    /// Adds a row.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn row(&mut self, row: &Row) -> io::Result<()> {
        self.totals.count(row);
        let text = &mut self.text;
        text.clear();
        text.push_str("<row>");
        for column in Column::ALL {
            let value = column.value(row);
            if value == Value::Nothing {
                continue;
            }
            let name = column.name();
            text.push('<');
            text.push_str(name);
            text.push('>');
            if let Value::Text(words) = value {
                escaped_into(words, text);
            } else {
                // Numbers, days and moments have nothing in them to be escaped; an identifier is of its own alphabet.
                self.scratch.clear();
                value.write(&mut self.scratch);
                escaped_into(&self.scratch, text);
            }
            text.push_str("</");
            text.push_str(name);
            text.push('>');
        }
        text.push_str("</row>");
        self.out.write_all(text.as_bytes())
    }

    /// Goes on where another writer has stopped: the head and some rows were written before.
    pub fn going_on(out: W) -> Self {
        Self { out, totals: Totals::default(), text: String::new(), scratch: String::new() }
    }

    /// What was written to so far.
    pub fn written(&self) -> &W {
        &self.out
    }

    /// Stops between two rows.
    pub fn stop(self) -> W {
        self.out
    }

    /// Ends with the totals and gives them, and what was written to.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn finish(self) -> io::Result<(W, Totals)> {
        let totals = self.totals;
        self.finish_with(totals)
    }

    /// Ends with the totals of the whole register, some of which other writers have written.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn finish_with(mut self, totals: Totals) -> io::Result<(W, Totals)> {
        self.out.write_all(inner(&TotalsRecord::from(&totals), "totals").as_bytes())?;
        write!(self.out, "</{ELEMENT}>")?;
        self.out.flush()?;
        Ok((self.out, totals))
    }
}

/// An element as it stands inside of the root, which has declared the namespace already.
fn inner(record: &impl Field, name: &'static str) -> String {
    let mut writer = Writer::new();
    record.write(&mut writer, &REGISTER, name);
    writer.finish().replacen(&format!(" xmlns=\"{}\"", REGISTER.uri), "", 1)
}
