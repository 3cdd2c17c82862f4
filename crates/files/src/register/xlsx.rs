//! A register as a workbook: sheets of rows and the sheet «Паспорт».

use std::io::{Seek, Write};
use std::path::Path;

use ledger::register::{Column, ColumnKind, Head, Party, Row, Totals, Value};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Formula, Workbook};
use terms::{BankingDay, Language, Moment, tenge};

use super::total_word;

/// Rows of payments on one sheet: the program's own limit, less the header and the totals.
const ROWS_A_SHEET: u32 = 1_048_576 - 2;
/// The most sheets of rows in one workbook.
const MOST_SHEETS: usize = 32;
pub(crate) const AMOUNT_FORMAT: &str = "# ##0,00\u{a0}₸";

/// What the second sheet says besides the head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passport {
    /// The version of the program that formed the register.
    pub version: String,
    /// SHA-256 of the canonical register, in hexadecimal digits.
    pub sha256: String,
    /// Where the signature is to be found: the name of the signed manifest.
    pub signature: String,
}

/// Why a workbook was not written.
#[derive(Debug, thiserror::Error)]
pub enum XlsxError {
    /// More rows than fit the sheets of one workbook.
    #[error("a workbook holds at most {} rows", ROWS_A_SHEET as usize * MOST_SHEETS)]
    TooManyRows,
    /// The workbook could not be written.
    #[error("the workbook cannot be written: {0}")]
    Write(#[from] rust_xlsxwriter::XlsxError),
}

/// Writes a register row by row. Rows wait in a file, not in memory, until the workbook is put together.
pub struct XlsxRegister {
    workbook: Workbook,
    head: Head,
    language: Language,
    passport: Passport,
    rows_a_sheet: u32,
    /// Rows of payments on the sheet being written, and what they come to.
    on_sheet: u32,
    sheets: usize,
    of_sheet: Totals,
    totals: Totals,
    formats: Formats,
}

struct Formats {
    title: Format,
    words: Format,
    text: Format,
    amount: Format,
    day: Format,
    moment: Format,
    total: Format,
    total_amount: Format,
}

impl Formats {
    fn new() -> Self {
        // The program's own grammar of formats knows no local separators: it shows them by the reader's settings.
        let amount = Format::new().set_num_format(in_grammar(AMOUNT_FORMAT));
        let total = Format::new().set_bold();
        Self {
            title: Format::new().set_bold().set_text_wrap(),
            words: Format::new(),
            text: Format::new().set_num_format("@"),
            total_amount: amount.clone().set_bold(),
            amount,
            day: Format::new().set_num_format("dd.mm.yyyy"),
            moment: Format::new().set_num_format("dd.mm.yyyy hh:mm:ss"),
            total,
        }
    }
}

/// `# ##0,00 ₸` as files of this kind must say it: groups and decimals by the marks of the English form.
pub(crate) fn in_grammar(shown: &str) -> String {
    shown.replace(',', ".").replace("# ##", "#,##").replace('₸', "\"₸\"")
}

fn sheet_name(language: Language, number: usize) -> String {
    let name = match language {
        Language::Kk => "Төлем тізбесі",
        Language::Ru => "Реестр платежей",
        Language::En => "Payment register",
    };
    if number == 1 { name.to_owned() } else { format!("{name} {number}") }
}

impl XlsxRegister {
    /// Begins a workbook. Rows wait in a nameless file in `folder`, which must be closed to others: they are people's.
    ///
    /// # Errors
    /// [`XlsxError::Write`] where the folder cannot be used.
    pub fn new(
        head: &Head,
        language: Language,
        passport: Passport,
        folder: &Path,
    ) -> Result<Self, XlsxError> {
        Self::with_rows_a_sheet(head, language, passport, folder, ROWS_A_SHEET)
    }

    fn with_rows_a_sheet(
        head: &Head,
        language: Language,
        passport: Passport,
        folder: &Path,
        rows_a_sheet: u32,
    ) -> Result<Self, XlsxError> {
        let mut workbook = Workbook::new();
        workbook.set_tempdir(folder)?;
        let created = ExcelDateTime::from_timestamp(head.formed_at.unix_seconds())?;
        workbook.set_properties(
            &DocProperties::new().set_title(head.file_stem()).set_creation_datetime(&created),
        );
        let mut xlsx = Self {
            workbook,
            head: head.clone(),
            language,
            passport,
            rows_a_sheet,
            on_sheet: 0,
            sheets: 0,
            of_sheet: Totals::default(),
            totals: Totals::default(),
            formats: Formats::new(),
        };
        xlsx.begin_sheet()?;
        Ok(xlsx)
    }

    fn begin_sheet(&mut self) -> Result<(), XlsxError> {
        if self.sheets == MOST_SHEETS {
            return Err(XlsxError::TooManyRows);
        }
        self.sheets += 1;
        self.on_sheet = 0;
        self.of_sheet = Totals::default();
        let offset = self.head.offset();
        let sheet = self.workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name(sheet_name(self.language, self.sheets))?;
        sheet.set_freeze_panes(1, 0)?;
        for (at, column) in (0..).zip(Column::ALL) {
            let (width, format) = match column.kind() {
                ColumnKind::Text => (28, &self.formats.words),
                ColumnKind::Identifier => (20, &self.formats.text),
                ColumnKind::Amount => (18, &self.formats.amount),
                ColumnKind::Day => (12, &self.formats.day),
                ColumnKind::Moment => (20, &self.formats.moment),
            };
            // Cells take the format of their column: naming it for each of them would cost more than the cell.
            sheet.set_column_format(at, format)?;
            sheet.set_column_width(at, width)?;
            let title = column.title(self.language);
            let title = if column.kind() == ColumnKind::Moment {
                format!("{title} (UTC{offset})")
            } else {
                title.to_owned()
            };
            sheet.write_string_with_format(0, at, title, &self.formats.title)?;
        }
        Ok(())
    }

    /// Adds a row.
    ///
    /// # Errors
    /// [`XlsxError`].
    pub fn row(&mut self, row: &Row) -> Result<(), XlsxError> {
        if self.on_sheet == self.rows_a_sheet {
            self.end_sheet()?;
            self.begin_sheet()?;
        }
        self.on_sheet += 1;
        self.of_sheet.count(row);
        self.totals.count(row);
        let line = self.on_sheet;
        let sheet = self.workbook.worksheet_from_index(self.sheets - 1)?;
        for (at, column) in (0..).zip(Column::ALL) {
            match column.value(row) {
                Value::Text(text) => sheet.write_string(line, at, text)?,
                Value::Identifier(text) => sheet.write_string(line, at, text)?,
                Value::Amount(tiyn) => sheet.write_number(line, at, tenge_as_double(tiyn.into()))?,
                Value::Day(day) => sheet.write_number(line, at, serial_day(day))?,
                Value::Moment(moment) => sheet.write_number(line, at, serial(moment))?,
                Value::Nothing => sheet,
            };
        }
        Ok(())
    }

    /// Ends a sheet with the totals of what the filter shows.
    fn end_sheet(&mut self) -> Result<(), XlsxError> {
        let sheet = self.workbook.worksheet_from_index(self.sheets - 1)?;
        let last = self.on_sheet;
        let columns = u16::try_from(Column::ALL.len()).expect("a few dozen columns");
        if last > 0 {
            sheet.autofilter(0, 0, last, columns - 1)?;
        }
        let below = last + 1;
        let rows = self.of_sheet.rows();
        let word = format!("{}: {rows}", total_word(self.language));
        sheet.write_string_with_format(below, 0, word, &self.formats.total)?;
        for (at, letter, column) in (0..).zip('A'..='Z').zip(Column::ALL).map(|((a, l), c)| (a, l, c)) {
            if *column == Column::Amount {
                let formula = format!("SUBTOTAL(109,{letter}2:{letter}{})", last.max(1) + 1);
                let formula = Formula::new(formula).set_result(tenge(self.of_sheet.net()));
                sheet.write_formula_with_format(below, at, formula, &self.formats.total_amount)?;
            }
        }
        Ok(())
    }

    fn write_passport(&mut self) -> Result<(), XlsxError> {
        let name = if self.language == Language::En { "Passport" } else { "Паспорт" };
        let sheet = self.workbook.add_worksheet();
        sheet.set_name(name)?;
        sheet.set_column_width(0, 44)?;
        sheet.set_column_width(1, 72)?;
        let head = &self.head;
        let party = match head.party {
            Party::Provider(_) => ["Қызмет көрсетуші", "Поставщик услуг", "Service provider"],
            Party::Bank(_) => ["Банк", "Банк", "Bank"],
        };
        let lines: [([&str; 3], String); 13] = [
            (["Құжат", "Документ", "Document"], sheet_name(self.language, 1)),
            (party, head.name.get(self.language).to_owned()),
            (["БСН", "БИН", "BIN"], head.party.bin().to_string()),
            (["Кезең (банк күні)", "Период (банковский день)", "Period (banking day)"], head.day.to_string()),
            (["Нұсқасы", "Версия реестра", "Revision"], head.revision.to_string()),
            (["Уақыт", "Часы", "Clock"], format!("{} (UTC{})", terms::ALMATY, head.offset())),
            (["Құрылған уақыты", "Сформирован", "Formed at"], head.formed_at.to_string()),
            (
                ["Есепке алынған соңғы жазба", "Последняя учтённая проводка", "As known up to posting"],
                head.up_to.to_string(),
            ),
            (["Жолдар саны", "Количество строк", "Number of rows"], self.totals.rows().to_string()),
            (["Жалпы сома, теңге", "Итоговая сумма, тенге", "Net sum, tenge"], tenge(self.totals.net())),
            (
                ["Бағдарлама нұсқасы", "Версия программы", "Version of the program"],
                self.passport.version.clone(),
            ),
            (
                [
                    "Каноникалық тізілімнің SHA-256",
                    "SHA-256 канонического реестра",
                    "SHA-256 of the canonical register",
                ],
                self.passport.sha256.clone(),
            ),
            (["Қолтаңба", "Подпись", "Signature"], self.passport.signature.clone()),
        ];
        let language = Language::ALL.iter().position(|one| *one == self.language).unwrap_or(0);
        for (line, (titles, value)) in (0..).zip(lines) {
            sheet.write_string_with_format(line, 0, titles[language], &self.formats.total)?;
            sheet.write_string_with_format(line, 1, value, &self.formats.text)?;
        }
        Ok(())
    }

    /// Puts the workbook together and gives what its rows come to.
    ///
    /// # Errors
    /// [`XlsxError::Write`].
    pub fn finish(mut self, out: impl Write + Seek + Send) -> Result<Totals, XlsxError> {
        self.end_sheet()?;
        self.write_passport()?;
        self.workbook.worksheet_from_index(0)?.set_active(true);
        self.workbook.save_to_writer(out)?;
        Ok(self.totals)
    }
}

/// Tenge as a workbook counts them. Sums of a day stay far below the 90 trillion tenge up to which a double keeps
/// every tiyn.
#[expect(
    clippy::float_arithmetic,
    reason = "the one form of a number that a workbook knows; nothing is calculated"
)]
pub(crate) fn tenge_as_double(tiyn: i128) -> f64 {
    tiyn as f64 / 100.0
}

/// The moment as a workbook counts it: days since 30 December 1899, by the clock in Almaty.
#[expect(clippy::float_arithmetic, reason = "the one form of a moment that a workbook knows; no money")]
pub(crate) fn serial(moment: Moment) -> f64 {
    let clock = moment.on_the_clock();
    let seconds = u32::from(clock.hour) * 3600 + u32::from(clock.minute) * 60 + u32::from(clock.second);
    serial_day(clock.day) + f64::from(seconds) / 86_400.0
}

/// The day as a workbook counts it.
pub(crate) fn serial_day(day: BankingDay) -> f64 {
    let (year, month, day) = day.year_month_day();
    days_since_1899(year.into(), month.into(), day.into()) as f64
}

/// Days from 30 December 1899 to a day of the Gregorian calendar, counted in years that begin in March, so that the
/// leap day is a year's last.
fn days_since_1899(year: i64, month: i64, day: i64) -> i64 {
    const FROM_MARCH_OF_YEAR_0: i64 = 693_899;
    let year = if month > 2 { year } else { year - 1 };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year
        - FROM_MARCH_OF_YEAR_0
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use calamine::{Data, Reader, Xlsx};
    use ledger::register::sample;

    use super::*;

    fn passport() -> Passport {
        Passport { version: "0.1.0".to_owned(), sha256: "ab".repeat(32), signature: "m.xml".to_owned() }
    }

    #[test]
    fn days_are_counted_as_workbooks_count_them() {
        assert_eq!(days_since_1899(1900, 3, 1), 61);
        assert_eq!(days_since_1899(2024, 2, 29), 45_351);
        assert_eq!(days_since_1899(2024, 3, 1), 45_352);
        assert_eq!(days_since_1899(2026, 11, 22), 46_348);
    }

    #[test]
    fn the_format_of_amounts_is_written_in_the_grammar_of_files() {
        assert_eq!(in_grammar(AMOUNT_FORMAT), "#,##0.00\u{a0}\"₸\"");
    }

    #[test]
    fn rows_that_fill_a_sheet_go_on_upon_the_next() {
        let folder = std::env::temp_dir();
        let mut xlsx =
            XlsxRegister::with_rows_a_sheet(&sample::head(7), Language::Kk, passport(), &folder, 3).unwrap();
        for row in sample::rows(7) {
            xlsx.row(&row).unwrap();
        }
        let mut octets = Cursor::new(Vec::new());
        assert_eq!(xlsx.finish(&mut octets).unwrap().rows(), 7);
        let mut read: Xlsx<_> = Xlsx::new(octets).unwrap();
        let names = ["Төлем тізбесі", "Төлем тізбесі 2", "Төлем тізбесі 3", "Паспорт"];
        assert_eq!(read.sheet_names(), names);
        let rows: Vec<_> =
            names[..3].iter().map(|name| read.worksheet_range(name).unwrap().height() - 2).collect();
        assert_eq!(rows, [3, 3, 1]);
        let passport = read.worksheet_range("Паспорт").unwrap();
        assert_eq!(passport.get((8, 1)), Some(&Data::String("7".to_owned())));
    }
}
