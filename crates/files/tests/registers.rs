//! Registers written and read back: every format says the same to the tiyn, and a wrong file is refused by its rows.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use files::register::{
    CsvRegister, Dialect, JsonLines, Passport, ReadError, XlsxRegister, columns_document, read_csv, read_xlsx,
};
use ledger::PostingKind;
use ledger::register::intake::{Expected, Fault, Line, Refused, Said};
use ledger::register::{Column, Head, Row, Totals, sample};
use proptest::prelude::*;
use terms::{Language, Tiyn, tenge};

const DIALECTS: [Dialect; 5] = [
    Dialect::Office(Language::Kk),
    Dialect::Office(Language::Ru),
    Dialect::Office(Language::En),
    Dialect::OfficeEnglish,
    Dialect::Machine,
];

fn csv_of(head: &Head, rows: &[Row], dialect: Dialect) -> (String, Totals) {
    let mut out = Vec::new();
    let mut csv = CsvRegister::new(&mut out, head, dialect).unwrap();
    rows.iter().for_each(|row| csv.row(row).unwrap());
    let totals = csv.finish().unwrap();
    (String::from_utf8(out).unwrap(), totals)
}

fn json_of(head: &Head, rows: &[Row]) -> (String, Totals) {
    let mut out = Vec::new();
    let mut json = JsonLines::new(&mut out, head).unwrap();
    rows.iter().for_each(|row| json.row(row).unwrap());
    let totals = json.finish().unwrap();
    (String::from_utf8(out).unwrap(), totals)
}

fn xlsx_of(head: &Head, rows: &[Row], language: Language) -> (Vec<u8>, Totals) {
    let passport = Passport {
        version: "0.1.0".to_owned(),
        sha256: "ab".repeat(32),
        signature: format!("{}.manifest.xml", head.file_stem()),
    };
    let mut xlsx = XlsxRegister::new(head, language, passport, &std::env::temp_dir()).unwrap();
    rows.iter().for_each(|row| xlsx.row(row).unwrap());
    let mut out = Cursor::new(Vec::new());
    let totals = xlsx.finish(&mut out).unwrap();
    (out.into_inner(), totals)
}

fn totals_of(rows: &[Row]) -> Totals {
    let mut totals = Totals::default();
    rows.iter().for_each(|row| totals.count(row));
    totals
}

fn said(totals: &Totals) -> Said {
    Said { rows: totals.rows(), net: totals.net() }
}

fn expected(totals: Option<Said>) -> Expected {
    Expected { bank: sample::bank(), day: sample::day(), totals }
}

/// What a reader of files should find in the rows, each `first` rows below the head.
fn lines_of(rows: &[Row], first: u64) -> Vec<Line> {
    (first..)
        .zip(rows)
        .map(|(at, row)| Line {
            row: at,
            code: row.code,
            reference: row.requisites.bank_reference.clone(),
            amount: row.amount,
            is_deduction: row.is_deduction(),
            day: row.day,
        })
        .collect()
}

fn read(text: &str, totals: Option<Said>) -> Result<(Said, Vec<Line>), Refused> {
    let mut lines = Vec::new();
    let said = read_csv(text.as_bytes(), expected(totals), &mut |line| lines.push(line))?;
    Ok((said, lines))
}

fn read_workbook(octets: Vec<u8>) -> Result<(Said, Vec<Line>), ReadError> {
    let mut lines = Vec::new();
    let said = read_xlsx(Cursor::new(octets), expected(None), &mut |line| lines.push(line))?;
    Ok((said, lines))
}

fn faults(refused: Refused) -> Vec<(u64, Fault)> {
    refused.faults.into_iter().map(|one| (one.row, one.fault)).collect()
}

/// Run with `UPDATE_DOCS=1` to write the document anew.
///
/// Meets: C10
#[test]
fn the_printed_columns_are_those_of_the_code() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/registers.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, columns_document()).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(committed == columns_document(), "docs/registers.md is out of date: run with UPDATE_DOCS=1");
}

#[test]
fn each_dialect_looks_as_its_readers_expect() {
    let head = sample::head(2);
    let rows: Vec<_> = sample::rows(2).collect();
    let (office, totals) = csv_of(&head, &rows, Dialect::Office(Language::Ru));
    assert!(
        office.starts_with("\u{feff}ИИН/БИН;Номер заявки;Номер счёта;Сумма;Дата и время оплаты (UTC+05:00);")
    );
    assert!(office.contains(
        "\r\n\"790304100022\";\"002-0000000001\";\"KZ770000000000000001\";80,19;22.11.2026 00:00:01;"
    ));
    assert!(!office.contains("sep="));
    let last = office.lines().last().unwrap();
    assert!(
        last.starts_with(&format!("\"Итого: 2\";;;{};", tenge(totals.net()).replace('.', ","))),
        "{last}"
    );
    let (english, _) = csv_of(&head, &rows, Dialect::OfficeEnglish);
    assert!(english.starts_with("\u{feff}IIN/BIN,Application number,"));
    assert!(english.contains(",80.19,2026-11-22 00:00:01,"));
    let (machine, _) = csv_of(&head, &rows, Dialect::Machine);
    assert!(machine.starts_with("recipientNumber,application,account,amount,"));
    assert!(machine.contains(
        "\r\n790304100022,002-0000000001,KZ770000000000000001,80.19,2026-11-22T00:00:01.000000+05:00,"
    ));
    assert_eq!(machine.lines().count(), 3);
}

/// Defends: A29
#[test]
fn a_text_that_looks_like_a_formula_is_guarded_for_offices_only() {
    let mut row = sample::rows(1).next().unwrap();
    row.requisites.purpose = "=HYPERLINK(\"http://x\";\"y\")".parse().unwrap();
    row.requisites.payer.name = "@SUM(A1)".parse().unwrap();
    let rows = [row];
    let head = sample::head(1);
    let (office, _) = csv_of(&head, &rows, Dialect::Office(Language::Kk));
    assert!(
        office.contains("\"'=HYPERLINK(\"\"http://x\"\";\"\"y\"\")\"") && office.contains("\"'@SUM(A1)\"")
    );
    assert_eq!(read(&office, None).unwrap().1, lines_of(&rows, 2));
    let (machine, totals) = csv_of(&head, &rows, Dialect::Machine);
    assert!(machine.contains("\"=HYPERLINK(\"\"http://x\"\";\"\"y\"\")\"") && machine.contains(",@SUM(A1),"));
    let refused = faults(read(&machine, Some(said(&totals))).unwrap_err());
    assert!(refused.contains(&(2, Fault::Formula(Column::Purpose))), "{refused:?}");
    assert!(refused.contains(&(2, Fault::Formula(Column::PayerName))));
}

/// Meets: C10
#[test]
fn a_workbook_keeps_every_leading_zero_and_every_kazakh_letter() {
    let rows: Vec<_> = sample::rows(200).collect();
    let (octets, totals) = xlsx_of(&sample::head(200), &rows, Language::Kk);
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(octets.clone())).unwrap();
    assert_eq!(workbook.sheet_names(), ["Төлем тізбесі", "Паспорт"]);
    let sheet = workbook.worksheet_range("Төлем тізбесі").unwrap();
    assert_eq!(sheet.height(), 202);
    for (line, row) in (1..).zip(&rows) {
        for (at, column) in (0..).zip(Column::ALL) {
            let cell = sheet.get_value((line, at)).unwrap_or(&Data::Empty);
            let mut text = String::new();
            column.value(row).write(&mut text);
            match cell {
                Data::String(said) => assert_eq!(*said, text),
                Data::Empty => assert_eq!(text, ""),
                Data::Float(said) => assert_eq!(format!("{said:.2}"), text),
                Data::DateTime(moment) => {
                    let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
                    let said = format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
                    assert!(said.starts_with(&text) || text.starts_with(&said), "{said} {text}");
                }
                other => panic!("{other:?}"),
            }
        }
    }
    let formulas = workbook.worksheet_formula("Төлем тізбесі").unwrap();
    assert_eq!(formulas.get_value((201, 3)).map(String::as_str), Some("SUBTOTAL(109,D2:D201)"));
    let passport = workbook.worksheet_range("Паспорт").unwrap();
    let says: Vec<_> = passport.rows().map(|row| row[1].to_string()).collect();
    for part in
        ["«Үлгі» банкі", "2026-11-22", "Asia/Almaty (UTC+05:00)", &"ab".repeat(32), &tenge(totals.net())]
    {
        assert!(says.iter().any(|line| line == part), "{part} {says:?}");
    }
    assert_eq!(read_workbook(octets).unwrap(), (said(&totals), lines_of(&rows, 2)));
}

#[test]
fn json_lines_are_json_and_amounts_in_them_are_texts() {
    let mut rows: Vec<_> = sample::rows(3).collect();
    rows[0].requisites.purpose = "«a\\b» \"c\"".parse().unwrap();
    let (text, totals) = json_of(&sample::head(3), &rows);
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 5);
    assert!(lines[0].starts_with("{\"type\":\"head\",\"party\":\"bank:500140000017\","));
    assert!(lines[1].contains("\"purpose\":\"«a\\\\b» \\\"c\\\"\""), "{}", lines[1]);
    assert!(lines[1].contains("\"amount\":\"80.19\""));
    assert!(lines[4].ends_with(&format!("\"net\":\"{}\"}}", tenge(totals.net()))));
}

/// A bank's file with something wrong in it: each fault by its row, and nothing taken for right.
///
/// Defends: A29
#[test]
fn a_wrong_file_is_refused_with_every_fault_by_its_row() {
    let rows: Vec<_> = sample::rows(6).collect();
    let (right, _) = csv_of(&sample::head(6), &rows, Dialect::Office(Language::Kk));
    let lines: Vec<&str> = right.lines().collect();
    let file = |lines: &[&str]| lines.join("\r\n") + "\r\n";
    assert_eq!(read(&file(&lines), None).unwrap().1, lines_of(&rows, 2));

    let truncated = faults(read(&file(&lines[..5]), None).unwrap_err());
    assert_eq!(truncated, [(5, Fault::NoTotals)]);
    let in_mid_row = &right[..right.len() / 2];
    let cut = faults(read(in_mid_row, None).unwrap_err());
    assert!(
        cut.iter().any(|(_, fault)| matches!(fault, Fault::Truncated | Fault::NoTotals | Fault::Unreadable))
    );
    let missing = faults(read(&file(&[&lines[..2], &lines[3..]].concat()), None).unwrap_err());
    assert!(matches!(
        missing[..],
        [(7, Fault::WrongCount { said: 6, found: 5 }), (7, Fault::WrongTotal { .. })]
    ));
    let twice = faults(read(&file(&[&lines[..3], &lines[2..]].concat()), None).unwrap_err());
    assert_eq!(twice[0], (4, Fault::Duplicate { first: 3 }));
    let after = faults(read(&file(&[&lines[..], &lines[1..2]].concat()), None).unwrap_err());
    assert_eq!(after, [(9, Fault::Unreadable)]);
    let open = lines[2].strip_suffix('"').unwrap();
    let open = faults(read(&file(&[&lines[..2], &[open], &lines[3..]].concat()), None).unwrap_err());
    assert_eq!(open[0], (3, Fault::Unreadable), "quotation marks that nobody closes");
    // A row lacks a field: which one is said, wherever it stood.
    let fields: Vec<&str> = lines[2].split(';').collect();
    assert_eq!(fields.len(), Column::ALL.len(), "no text of the row has a separator in it");
    for missing in [Column::Account, Column::Amount, Column::PaymentCode, Column::Day, Column::Posting] {
        let without: Vec<&str> = fields
            .iter()
            .enumerate()
            .filter(|(at, _)| *at != missing as usize)
            .map(|(_, field)| *field)
            .collect();
        let short = without.join(";");
        let short = faults(read(&file(&[&lines[..2], &[&short], &lines[3..]].concat()), None).unwrap_err());
        let (found, expected) = (fields.len() - 1, fields.len());
        assert_eq!(short[0], (3, Fault::NoField { column: missing, found, expected }));
    }
    let long = format!("{};\"1\"", lines[2]);
    let long = faults(read(&file(&[&lines[..2], &[&long], &lines[3..]].concat()), None).unwrap_err());
    let (found, expected) = (fields.len() + 1, fields.len());
    assert_eq!(long[0], (3, Fault::TooManyFields { found, expected }));
    // A payment does not take money away.
    let negative = lines[2].replacen("159,38", "-159,38", 1);
    assert_ne!(negative, lines[2]);
    let negative = faults(read(&file(&[&lines[..2], &[&negative], &lines[3..]].concat()), None).unwrap_err());
    assert_eq!(negative[0], (3, Fault::Sign(PostingKind::Payment)));
    let foreign = lines[2].replace("\"500140000017\"", "\"500140000126\"");
    let foreign = faults(read(&file(&[&lines[..2], &[&foreign], &lines[3..]].concat()), None).unwrap_err());
    assert_eq!(foreign, [(3, Fault::AnotherBank)]);
    let bad = lines[2].replace("80,19", "80,1").replace("159,38", "159,3x");
    let bad = faults(read(&file(&[&lines[..2], &[&bad], &lines[3..]].concat()), None).unwrap_err());
    assert_eq!(bad[0], (3, Fault::Bad(Column::Amount)));
    let no_column = faults(read(&right.replacen("Сома", "Саны", 1), None).unwrap_err());
    assert_eq!(no_column[0], (1, Fault::NoColumn(Column::Amount)));
    assert_eq!(faults(read("", None).unwrap_err()), [(1, Fault::Truncated)]);
}

/// Defends: A29
#[test]
fn a_workbook_with_a_formula_for_an_amount_is_refused() {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    let titles = ["paymentCode", "amount", "day", "bank", "bankReference"];
    let row = sample::rows(1).next().unwrap();
    let code = row.code.digits();
    for (at, title) in (0..).zip(titles) {
        sheet.write_string(0, at, title).unwrap();
    }
    for (at, text) in [(0, code.as_str()), (2, "22.11.2026"), (3, "500140000017"), (4, "DEMO-1")] {
        sheet.write_string(1, at, text).unwrap();
    }
    sheet.write_formula(1, 1, "=40+40").unwrap();
    let refused = match read_workbook(book.save_to_buffer().unwrap()) {
        Err(ReadError::Refused(refused)) => refused,
        other => panic!("{other:?}"),
    };
    assert_eq!(faults(refused)[0], (2, Fault::Formula(Column::Amount)));
    assert!(matches!(read_workbook(b"PK no workbook".to_vec()), Err(ReadError::NoWorkbook)));
}

/// Defends: A29
#[test]
fn a_workbook_that_swells_when_it_is_unpacked_is_refused() {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    archive.start_file("xl/sharedStrings.xml", options).unwrap();
    for _ in 0..97 {
        std::io::Write::write_all(&mut archive, &[b'a'; 1 << 20]).unwrap();
    }
    let octets = archive.finish().unwrap().into_inner();
    assert!(octets.len() < 1 << 20);
    assert!(matches!(read_workbook(octets), Err(ReadError::TooLarge)));
}

fn any_rows() -> impl Strategy<Value = Vec<Row>> {
    let change =
        (any::<prop::sample::Index>(), 1..=Tiyn::LARGEST.as_u64(), "[ -~А-яәғқңөұүһі]{1,60}", any::<bool>());
    (1_u64..40, prop::collection::vec(change, 0..20)).prop_map(|(count, changes)| {
        let mut rows: Vec<_> = sample::rows(count).collect();
        for (at, amount, text, is_reversal) in changes {
            let row = at.get_mut(&mut rows);
            row.amount = Tiyn::new(amount).unwrap();
            row.requisites.amount = row.amount;
            if let (Ok(purpose), Ok(name)) = (text.parse(), text.parse()) {
                row.requisites.purpose = purpose;
                row.requisites.payer.name = name;
            }
            if is_reversal {
                row.kind = ledger::PostingKind::Reversal;
            }
        }
        rows
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Meets: C10
    /// Defends: A29
    #[test]
    fn every_format_comes_to_the_same_sum_to_the_tiyn(rows in any_rows()) {
        let head = sample::head(rows.len() as u64);
        let totals = totals_of(&rows);
        for dialect in DIALECTS {
            let (text, counted) = csv_of(&head, &rows, dialect);
            prop_assert_eq!(counted, totals);
            if dialect == Dialect::Machine {
                // The machine's dialect alters no text, so what looks like a formula is refused by our own reader.
                let mut reader = csv::Reader::from_reader(text.as_bytes());
                let amounts = reader.records().map(|record| record.unwrap()[3].replace('.', "").parse::<i128>().unwrap());
                prop_assert_eq!(amounts.sum::<i128>(), totals.net());
            } else {
                prop_assert_eq!(read(&text, None).unwrap(), (said(&totals), lines_of(&rows, 2)));
            }
        }
        let (octets, counted) = xlsx_of(&head, &rows, Language::Ru);
        prop_assert_eq!(counted, totals);
        prop_assert_eq!(read_workbook(octets).unwrap(), (said(&totals), lines_of(&rows, 2)));
        prop_assert_eq!(json_of(&head, &rows).1, totals);
    }
}
