//! Registers for people and programs: CSV, XLSX and JSON lines out of rows, and back into lines of a bank's register.
//!
//! Every writer takes one row after another, keeps none of them and counts its totals; every reader hands over one line
//! after another and names every fault by its row. The columns are those of `ledger::register::Column`, printed by
//! [`columns_document`] into `docs/registers.md`. XML and ISO 20022 live in `wire`, which rows there are in `store`.
//! Source: Instruction № 491, cl. 10; the forms are ours.

pub(crate) mod csv;
mod document;
mod fault;
pub(crate) mod json_lines;
mod read_csv;
mod read_xlsx;
pub(crate) mod xlsx;

pub use csv::{CsvRegister, Dialect};
pub use document::columns_document;
pub use fault::explained;
pub use json_lines::JsonLines;
pub use read_csv::read_csv;
pub use read_xlsx::{LARGEST_XLSX, ReadError, read_xlsx};
pub(crate) use read_xlsx::{LONGEST_CELL, check_unpacked_size, text_of};
pub use xlsx::{Passport, XlsxError, XlsxRegister};

use terms::Language;

/// The word before the totals.
pub(crate) fn total_word(language: Language) -> &'static str {
    match language {
        Language::Kk => "Барлығы",
        Language::Ru => "Итого",
        Language::En => "Total",
    }
}

/// Whether a first cell begins a row of totals.
fn begins_totals(cell: &str) -> bool {
    Language::ALL.iter().any(|language| cell.trim_start().starts_with(total_word(*language)))
}

/// What a spreadsheet program would take for the beginning of a formula.
pub(crate) fn begins_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r'])
}
