//! A statement of account out of a workbook: the first sheet, with the columns of the CSV under the same titles.
//!
//! A cell may be a number or a date where its column is one. A cell that is calculated is refused on its row, whatever it
//! comes to, and so is what begins as a formula. What columns mean is settled in [`super::statement`].

use std::io::Cursor;

use calamine::{DataRef, Reader, Xlsx};
use ledger::statement::{Fault, LONGEST_STATEMENT, Refused, Statement};

use crate::register::{LONGEST_CELL, ReadError, check_unpacked_size, text_of};
use crate::statement::{LARGEST_STATEMENT_FILE, Record, STATEMENT_COLUMNS, of_records};

/// The most columns of a sheet.
const MOST_COLUMNS: u32 = 64;
/// The most rows that are looked at, empty ones among them.
const MOST_ROWS: u32 = 1 << 20;

fn unreadable(why: &str) -> Refused {
    Refused::from(Fault::Unreadable(why.to_owned()))
}

/// Reads a statement out of a workbook.
///
/// # Errors
/// [`Refused`] with every fault found, at most a hundred, each with the number of its entry; nothing of the statement is given
/// out then.
pub fn read_statement_xlsx(octets: &[u8]) -> Result<Statement, Refused> {
    if octets.len() > LARGEST_STATEMENT_FILE {
        return Err(unreadable("it is too large"));
    }
    check_unpacked_size(&mut Cursor::new(octets)).map_err(|error| match error {
        ReadError::TooLarge => unreadable("it unpacks to more than is taken"),
        _ => unreadable("it is no workbook"),
    })?;
    let no_workbook = || unreadable("it is no workbook");
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(octets)).map_err(|_| no_workbook())?;
    let sheet = workbook.sheet_names().first().cloned().ok_or_else(no_workbook)?;
    let mut reader = workbook.worksheet_cells_reader(&sheet).map_err(|_| no_workbook())?;
    let mut rows = Rows::default();
    while let Some(cell) = reader.next_cell_with_formula().map_err(|_| unreadable("it is cut short"))? {
        let (row, column) = cell.pos;
        if row >= MOST_ROWS || rows.read.len() > LONGEST_STATEMENT + 3 {
            return Err(Fault::TooMany(LONGEST_STATEMENT).into());
        }
        if column < MOST_COLUMNS {
            rows.cell(row, column, &cell.value, cell.formula.as_deref())?;
        }
    }
    let mut rows = rows.ended().into_iter();
    of_records(rows.next().unwrap_or_default(), &rows.collect::<Vec<_>>())
}

/// The rows that have anything in them, the titles first.
#[derive(Default)]
struct Rows {
    read: Vec<Record>,
    at: Option<u32>,
    texts: Vec<String>,
}

impl Rows {
    fn cell(
        &mut self,
        row: u32,
        column: u32,
        value: &DataRef<'_>,
        formula: Option<&str>,
    ) -> Result<(), Refused> {
        if self.at != Some(row) {
            self.end_row();
            self.at = Some(row);
        }
        let place = usize::try_from(column).unwrap_or(0);
        let title = self.read.first().and_then(|titles| titles.get(place)).unwrap_or_default();
        let text = match formula {
            Some(formula) => format!("={formula}"),
            None => text_in(title, value),
        };
        if text.chars().count() > LONGEST_CELL {
            return Err(unreadable("a cell is longer than a program can write"));
        }
        self.texts.resize(self.texts.len().max(place + 1), String::new());
        self.texts[place] = text;
        Ok(())
    }

    fn end_row(&mut self) {
        let texts = std::mem::take(&mut self.texts);
        if texts.iter().any(|text| !text.is_empty()) {
            self.read.push(texts.into());
        }
    }

    fn ended(mut self) -> Vec<Record> {
        self.end_row();
        self.read
    }
}

/// What a cell says under a title.
fn text_in(title: &str, value: &DataRef<'_>) -> String {
    let mut text = text_of(value);
    let is_number = matches!(value, DataRef::Float(_));
    // A name of digits that was stored as a number is the number without its decimals; an amount keeps them.
    if is_number && title != "amount" && STATEMENT_COLUMNS.contains(&title) {
        text.truncate(text.find(".00").unwrap_or(text.len()));
    }
    if matches!(title, "day" | "value_day") {
        text.truncate(text.find([' ', 'T']).unwrap_or(text.len()));
    }
    text
}

#[cfg(test)]
mod tests {
    use ledger::statement::RowFault;
    use rust_xlsxwriter::{Formula, Workbook};

    use super::*;
    use crate::statement::{read_statement_csv, statement_csv, tests::example};

    /// A workbook of the CSV's cells, after one of them was changed.
    fn workbook(change: impl Fn(&mut rust_xlsxwriter::Worksheet)) -> Vec<u8> {
        let mut workbook = Workbook::new();
        let sheet = workbook.add_worksheet();
        let csv = statement_csv(&example());
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(&csv[..]);
        for (row, record) in (0_u32..).zip(reader.records()) {
            for (column, text) in (0_u16..).zip(record.unwrap().iter()) {
                sheet.write_string(row, column, text).unwrap();
            }
        }
        change(sheet);
        workbook.save_to_buffer().unwrap()
    }

    fn place(column: &str) -> u16 {
        let place = STATEMENT_COLUMNS.iter().position(|name| *name == column).unwrap();
        u16::try_from(place).unwrap()
    }

    fn refusals(octets: &[u8]) -> Vec<(Option<u64>, Fault)> {
        let Refused(faults) = read_statement_xlsx(octets).unwrap_err();
        faults.into_iter().map(|RowFault { row, fault }| (row, fault)).collect()
    }

    /// Meets: C24
    #[test]
    fn a_workbook_says_what_the_csv_says_with_numbers_and_dates_as_cells_too() {
        let by_csv = read_statement_csv(&statement_csv(&example())).unwrap();
        assert_eq!(read_statement_xlsx(&workbook(|_| {})).unwrap(), by_csv);
        let typed = workbook(|sheet| {
            sheet.write_number(2, place("amount"), 1733.63).unwrap();
            let day = rust_xlsxwriter::ExcelDateTime::parse_from_str("2026-11-23").unwrap();
            let format = rust_xlsxwriter::Format::new().set_num_format("yyyy-mm-dd");
            sheet.write_datetime_with_format(2, place("day"), &day, &format).unwrap();
            sheet.write_string(9, 0, "").unwrap();
        });
        assert_eq!(read_statement_xlsx(&typed).unwrap(), by_csv);
    }

    /// Defends: A29
    #[test]
    fn faults_are_those_of_the_csv_on_their_rows_and_nothing_is_calculated() {
        for column in ["amount", "reference", "remittance", "day", "row", "currency"] {
            let calculated = workbook(|sheet| {
                let formula = Formula::new("=1733.63").set_result("1733.63");
                sheet.write_formula(2, place(column), formula).unwrap();
            });
            let found = refusals(&calculated);
            let [(Some(1), fault)] = &found[..] else { panic!("{column}: {found:?}") };
            match fault {
                Fault::Value { field, .. } => assert_eq!(*field, column),
                Fault::Currency(_) => assert_eq!(column, "currency"),
                other => panic!("{other:?}"),
            }
        }
        let dollars = workbook(|sheet| {
            sheet.write_string(2, place("currency"), "USD").unwrap();
        });
        assert_eq!(refusals(&dollars), [(Some(1), Fault::Currency("USD".to_owned()))]);
        let fraction = workbook(|sheet| {
            sheet.write_number(3, place("amount"), 1725.005).unwrap();
        });
        assert!(matches!(&refusals(&fraction)[..], [(Some(2), Fault::Value { field: "amount", .. })]));
        let whole = workbook(|_| {});
        assert!(matches!(&refusals(&whole[..whole.len() / 2])[..], [(None, Fault::Unreadable(_))]));
        assert!(matches!(&refusals(b"row,reference")[..], [(None, Fault::Unreadable(_))]));
    }
}
