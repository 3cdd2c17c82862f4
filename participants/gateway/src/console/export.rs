//! A list of the console as a page shows it, and as a file: from one and the same cells.

use axum::response::{IntoResponse, Response};
use files::register::Dialect;
use files::table::{Cell, Column, Table};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use pages::part::{DataTable, link};
use pages::{Html, Markup as _};
use rights::{Action, Resource};
use terms::{Language, Tiyn};

use super::view::{list, part};
use super::visit::{Arrival, Stopped, Visit};

/// What allows to take a list away. Alone it opens nothing: the list itself asks first whether the officer may see it.
pub(super) const EXPORT: Action = Action("ExportList");

/// In what a list is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FileKind {
    /// CSV for the office program of the reader's language.
    Csv,
    /// CSV for an office program set to English.
    CsvEnglish,
    /// CSV for programs.
    CsvMachine,
    /// A workbook.
    Xlsx,
    /// One JSON object a line.
    JsonLines,
}

impl FileKind {
    /// What a file is called and the text it is offered under.
    const ALL: [(Self, &str, &str); 5] = [
        (Self::Csv, "list.csv", "export-csv"),
        (Self::CsvEnglish, "list-en.csv", "export-csv-en"),
        (Self::CsvMachine, "list-machine.csv", "export-csv-machine"),
        (Self::Xlsx, "list.xlsx", "export-xlsx"),
        (Self::JsonLines, "list.jsonl", "export-jsonl"),
    ];

    /// The kind by the last part of an address.
    ///
    /// # Errors
    /// Where there is no such file.
    pub(super) fn of_name(name: &str) -> Result<Self, Stopped> {
        let found = Self::ALL.into_iter().find(|(_, known, _)| *known == name);
        found.map(|(kind, ..)| kind).ok_or(Stopped::NotFound)
    }

    fn octets(self, table: &Table) -> Result<Vec<u8>, Stopped> {
        let office = match table.language {
            Language::En => Dialect::OfficeEnglish,
            language => Dialect::Office(language),
        };
        Ok(match self {
            Self::Csv => table.csv(office),
            Self::CsvEnglish => table.csv(Dialect::OfficeEnglish),
            Self::CsvMachine => table.csv(Dialect::Machine),
            Self::JsonLines => table.json_lines(),
            Self::Xlsx => table.xlsx().map_err(|error| {
                tracing::error!(event = "list-not-written", %error);
                Stopped::Internal
            })?,
        })
    }

    fn ending_and_media(self) -> (&'static str, &'static str) {
        match self {
            Self::Csv | Self::CsvEnglish | Self::CsvMachine => ("csv", "text/csv; charset=utf-8"),
            Self::Xlsx => ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            Self::JsonLines => ("jsonl", "application/jsonl; charset=utf-8"),
        }
    }
}

/// The file of a list.
///
/// # Errors
/// Where the officer may not take lists of this away.
pub(super) async fn file(
    visit: &Visit,
    of: Resource,
    kind: FileKind,
    table: &Table,
) -> Result<Response, Stopped> {
    visit.may(EXPORT, of).await?;
    let (ending, media) = kind.ending_and_media();
    let name = format!("attachment; filename=\"{}.{ending}\"", table.stem);
    let headers = [(CONTENT_TYPE, media.to_owned()), (CONTENT_DISPOSITION, name)];
    Ok((headers, kind.octets(table)?).into_response())
}

/// An empty list: what its files are called, its title, and its columns with the ids of theirs.
pub(super) fn table(
    visit: &Arrival,
    stem: impl ToString,
    title: &str,
    columns: &[(&'static str, &str)],
) -> Table {
    let t = visit.t();
    Table {
        stem: stem.to_string(),
        title: t.say(title).to_string(),
        language: visit.language,
        about: Vec::new(),
        formed_at: visit.now,
        columns: columns.iter().map(|(name, id)| Column::new(name, t.say(id))).collect(),
        rows: Vec::new(),
        total: None,
    }
}

/// A sum that is an amount.
pub(super) fn amount(sum: Tiyn) -> Cell {
    Cell::Money(sum.as_u64().into())
}

/// A text that may be missing.
pub(super) fn maybe_text(text: Option<impl ToString>) -> Cell {
    text.map_or(Cell::Nothing, |text| Cell::Text(text.to_string()))
}

/// The last row of a list: numbers and sums of these columns together, nothing in the others.
pub(super) fn total(visit: &Arrival, table: &Table, columns: &[&str]) -> Option<Vec<Cell>> {
    if table.rows.is_empty() {
        return None;
    }
    let mut whole: Vec<Cell> = Vec::with_capacity(table.columns.len());
    for (place, column) in table.columns.iter().enumerate() {
        let cells = || table.rows.iter().filter_map(move |row| row.get(place));
        let money = || cells().map(|cell| if let Cell::Money(one) = cell { *one } else { 0 }).sum();
        let number = || cells().map(|cell| if let Cell::Number(one) = cell { *one } else { 0 }).sum();
        whole.push(match cells().next() {
            _ if place == 0 => Table::total_cell(visit.language),
            Some(Cell::Money(_)) if columns.contains(&column.name) => Cell::Money(money()),
            Some(Cell::Number(_)) if columns.contains(&column.name) => Cell::Number(number()),
            _ => Cell::Nothing,
        });
    }
    Some(whole)
}

/// A list with everything that belongs under it: its files, whose addresses are under `/lists`.
pub(super) fn listed(
    visit: &Arrival,
    of: Resource,
    name: &str,
    query: &str,
    table: &Table,
    leads: impl Fn(usize, &str) -> Option<String>,
) -> Html {
    Html::join([
        part(&table.title),
        linked(table, &table.title, leads),
        links(visit, of, &format!("/lists/{name}"), query),
    ])
}

/// The list on the page.
pub(super) fn shown(table: &Table, caption: impl ToString) -> Html {
    linked(table, caption, |_, _| None)
}

/// The same with links: where a cell leads to, by its row and the name of its column.
pub(super) fn linked(
    table: &Table,
    caption: impl ToString,
    leads: impl Fn(usize, &str) -> Option<String>,
) -> Html {
    let mut drawn = DataTable::new(caption).wide();
    for (place, column) in table.columns.iter().enumerate() {
        let is_number =
            table.rows.iter().chain(&table.total).any(|row| row.get(place).is_some_and(|c| c.is_number()));
        drawn = if is_number { drawn.number_column(&column.title) } else { drawn.column(&column.title) };
    }
    for (at, row) in table.rows.iter().enumerate() {
        drawn.row(row.iter().zip(&table.columns).map(|(cell, column)| {
            let text = cell.shown(table.language);
            let address = if *cell == Cell::Nothing { None } else { leads(at, column.name) };
            address.map_or_else(|| Html::text(&text), |address| link(&address, &text))
        }));
    }
    if let Some(row) = &table.total {
        drawn.row(row.iter().map(|cell| match cell {
            Cell::Nothing => Html::default(),
            cell => Html::text(cell.shown(table.language)),
        }));
    }
    drawn.html()
}

/// Links to the files of a list, where the officer may take them away. `query` is that of the page, so that the files have
/// what the page has.
pub(super) fn links(visit: &Arrival, of: Resource, folder: &str, query: &str) -> Html {
    if visit.access().why(visit.member(), EXPORT, of).is_err() {
        return Html::default();
    }
    let t = visit.t();
    let offered = FileKind::ALL.into_iter().map(|(_, name, text)| {
        let asked = if query.is_empty() { String::new() } else { format!("?{query}") };
        link(&format!("{folder}/{name}{asked}"), t.say(text))
    });
    Html::join([part(t.say("export-title")), list(offered.collect())])
}
