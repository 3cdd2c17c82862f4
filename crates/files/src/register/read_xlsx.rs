//! A bank's register out of a workbook, cell by cell.

use std::io::{self, BufReader, Read, Seek, SeekFrom};

use calamine::{DataRef, Reader, Xlsx, XlsxCellReader};
use ledger::register::intake::{Cells, Expected, Fault, Intake, Line, Refused, Said, read_sum};
use ledger::register::{Column, ColumnKind};
use terms::tenge;

use super::begins_totals;
use super::read_csv::machine_form;

/// The largest workbook, in octets as received.
pub const LARGEST_XLSX: u64 = 64 << 20;
/// The most octets of everything in a workbook but its sheets, unpacked: shared texts and styles stay in memory.
const LARGEST_SHARED: u64 = 96 << 20;
/// The most octets of all sheets together, unpacked: twice a million rows of all columns.
const LARGEST_SHEETS: u64 = 4 << 30;
/// The most files inside a workbook.
const MOST_PARTS: usize = 1000;
/// The most columns of a sheet.
const MOST_COLUMNS: u32 = 256;
/// The longest text of a cell, in characters: the program's own limit.
pub(crate) const LONGEST_CELL: usize = 32_767;

/// Why a workbook gave no register.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Larger than [`LARGEST_XLSX`], or larger than is taken once it is unpacked.
    #[error("the workbook has more than {LARGEST_XLSX} octets, or unpacks to more than is taken")]
    TooLarge,
    /// No workbook that can be opened.
    #[error("the file is no workbook")]
    NoWorkbook,
    /// Rows are wrong.
    #[error("the register has faults")]
    Refused(Refused),
}

impl From<Refused> for ReadError {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

/// Reads a bank's register from the first sheet of a workbook and gives its lines one after another to `take`, which must
/// keep nothing for good before the whole file is found right.
///
/// # Errors
/// [`ReadError`]; every fault of a row is named by it.
pub fn read_xlsx(
    mut file: impl Read + Seek,
    expected: Expected,
    take: &mut dyn FnMut(Line),
) -> Result<Said, ReadError> {
    let octets = file.seek(SeekFrom::End(0)).map_err(|_| ReadError::NoWorkbook)?;
    if octets > LARGEST_XLSX {
        return Err(ReadError::TooLarge);
    }
    file.rewind().map_err(|_| ReadError::NoWorkbook)?;
    check_unpacked_size(&mut file)?;
    file.rewind().map_err(|_| ReadError::NoWorkbook)?;
    let mut workbook: Xlsx<_> = Xlsx::new(BufReader::new(file)).map_err(|_| ReadError::NoWorkbook)?;
    let sheet = workbook.sheet_names().first().cloned().ok_or(ReadError::NoWorkbook)?;
    let reader = workbook.worksheet_cells_reader(&sheet).map_err(|_| ReadError::NoWorkbook)?;
    let sheet = Sheet { columns: Vec::new(), cells: Cells::default(), first: String::new(), formula: None };
    Ok(sheet.read(reader, Intake::new(expected), take)?)
}

/// Unpacks everything once into nowhere: what a file says of its own unpacked size is its sender's word.
pub(crate) fn check_unpacked_size(file: &mut (impl Read + Seek)) -> Result<(), ReadError> {
    let mut archive = zip::ZipArchive::new(file).map_err(|_| ReadError::NoWorkbook)?;
    if archive.len() > MOST_PARTS {
        return Err(ReadError::TooLarge);
    }
    let (mut shared, mut sheets) = (LARGEST_SHARED, LARGEST_SHEETS);
    for at in 0..archive.len() {
        let part = archive.by_index(at).map_err(|_| ReadError::NoWorkbook)?;
        let is_sheet = part.name().is_ok_and(|name| name.starts_with("xl/worksheets/"));
        let left = if is_sheet { &mut sheets } else { &mut shared };
        let unpacked =
            io::copy(&mut part.take(*left + 1), &mut io::sink()).map_err(|_| ReadError::NoWorkbook)?;
        *left = left.checked_sub(unpacked).ok_or(ReadError::TooLarge)?;
    }
    Ok(())
}

/// The columns of a sheet and its present row.
struct Sheet {
    columns: Vec<Option<Column>>,
    cells: Cells,
    /// The text of the first cell of the row.
    first: String,
    /// The first cell of the row that is a formula, and what it says.
    formula: Option<(Column, String)>,
}

impl Sheet {
    fn read<R: Read + Seek>(
        mut self,
        mut reader: XlsxCellReader<'_, R>,
        mut intake: Intake,
        take: &mut dyn FnMut(Line),
    ) -> Result<Said, Refused> {
        let mut row = 0;
        let mut said = None;
        loop {
            let Ok(cell) = reader.next_cell_with_formula() else {
                intake.fault(u64::from(row) + 1, Fault::Truncated, "");
                break;
            };
            let next = cell.as_ref().map(|cell| cell.pos.0);
            if next != Some(row) {
                if !self.end_row(row, &mut intake, &mut said, take) {
                    break;
                }
                row = next.unwrap_or(row);
            }
            let Some(cell) = cell else { break };
            self.cell(row, cell.pos.1, &cell.value, cell.formula.as_deref(), &mut intake);
        }
        intake.finish(u64::from(row) + 1, said)
    }

    fn cell(&mut self, row: u32, at: u32, value: &DataRef<'_>, formula: Option<&str>, intake: &mut Intake) {
        if at >= MOST_COLUMNS {
            return;
        }
        let mut text = text_of(value);
        if text.chars().count() > LONGEST_CELL {
            intake.fault(u64::from(row) + 1, Fault::Unreadable, &text);
            text.clear();
        }
        if row == 0 {
            let at = usize::try_from(at).unwrap_or(0);
            self.columns.resize(self.columns.len().max(at + 1), None);
            self.columns[at] = text.split(" (UTC").next().and_then(|title| title.parse().ok());
            return;
        }
        if at == 0 {
            self.first.clone_from(&text);
        }
        let column = usize::try_from(at).ok().and_then(|at| self.columns.get(at).copied().flatten());
        let Some(column) = column else { return };
        if let Some(formula) = formula {
            self.formula.get_or_insert_with(|| (column, format!("={formula}")));
        }
        let out = self.cells.text_mut(column);
        out.clear();
        // A name of digits that was stored as a number, such as a code, is the number without its decimals.
        let is_number = matches!(value, DataRef::Float(_));
        if is_number && column.kind() == ColumnKind::Identifier {
            text.truncate(text.find(".00").unwrap_or(text.len()));
        }
        machine_form(column.kind(), &text, out);
        if column.kind() == ColumnKind::Day {
            out.truncate(out.find([' ', 'T']).unwrap_or(out.len()));
        }
    }

    /// Takes the row that has ended; whether another may come.
    fn end_row(
        &mut self,
        row: u32,
        intake: &mut Intake,
        said: &mut Option<Said>,
        take: &mut dyn FnMut(Line),
    ) -> bool {
        let number = u64::from(row) + 1;
        if row == 0 {
            return intake.columns(number, self.columns.iter().copied());
        }
        let goes_on = if begins_totals(&self.first) {
            // The totals may be a formula: what the program that wrote it has calculated stands beside it.
            let rows = self.first.rsplit(':').next().and_then(|rows| rows.trim().parse().ok());
            let net = read_sum(self.cells.text(Column::Amount));
            *said = rows.zip(net).map(|(rows, net)| Said { rows, net });
            if said.is_none() {
                intake.fault(number, Fault::Bad(Column::Amount), self.cells.text(Column::Amount));
            }
            true
        } else if said.is_some() {
            intake.fault(number, Fault::Unreadable, &self.first);
            false
        } else if !intake.has_room(number) {
            false
        } else {
            match self.formula.take() {
                Some((column, formula)) => intake.fault(number, Fault::Formula(column), &formula),
                None => {
                    if let Some(line) = intake.row(number, &self.cells) {
                        take(line);
                    }
                }
            }
            true
        };
        self.cells.clear();
        self.first.clear();
        self.formula = None;
        goes_on
    }
}

/// The text of a cell; numbers in the form between machines.
pub(crate) fn text_of(value: &DataRef<'_>) -> String {
    match value {
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => of_float(*number),
        DataRef::DateTime(moment) => {
            let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
        }
        DataRef::Bool(word) => word.to_string(),
        DataRef::Error(error) => error.to_string(),
        DataRef::Empty => String::new(),
    }
}

/// A number of a workbook as a sum of whole tiyn; left as it is where it is none, so that it is refused.
#[expect(
    clippy::float_arithmetic,
    reason = "a workbook knows no other number; a tiyn is told from its neighbours by 0.5"
)]
fn of_float(number: f64) -> String {
    const LARGEST: f64 = 1e15;
    const NOISE: f64 = 1e-3;
    let tiyn = number * 100.0;
    let whole = tiyn.round();
    if !tiyn.is_finite() || tiyn.abs() > LARGEST || (tiyn - whole).abs() > NOISE {
        return number.to_string();
    }
    tenge(whole as i128)
}
