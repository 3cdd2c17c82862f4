//! Who looked at whose data: every showing of personal data, the newest first.

use axum::extract::{Path, Query};
use axum::response::Response;
use files::table::{Cell, Column, Table};
use pages::form::{ButtonKind, TextInput, button, query_form};
use pages::{Html, Markup as _};
use rights::{Action, Resource};
use serde::Deserialize;
use store::{ReadNote, ReadSubject, Store as _};
use terms::PartyNumber;

use super::export::{self, FileKind};
use super::masking::people_in;
use super::query::address;
use super::view::{heading, hook, paragraph, shown};
use super::views;
use super::visit::{Stopped, Visit};

/// What opens the page.
pub(super) const SEE: Action = Action("SeeReadings");

/// How many notes are looked through.
const LOOKED_THROUGH: usize = 10_000;
/// How many of them are shown.
const SHOWN: usize = 1000;
/// The longest number that is typed: a payment code with its spaces.
const LONGEST: usize = 19;

#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    of: String,
}

fn subject(text: &str) -> Result<ReadSubject, Stopped> {
    let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let code = || digits.parse().map(ReadSubject::Payment).map_err(|_| Stopped::BadRequest);
    digits.parse().map(ReadSubject::Party).or_else(|_| code())
}

/// The notes about one, or about all. Numbers of people stay masked: this list shows who looked, and is no way to look.
async fn read(visit: &Visit, asked: &Asked) -> Result<Table, Stopped> {
    visit.may(SEE, Resource::Everything).await?;
    let of = if asked.of.trim().is_empty() { None } else { Some(subject(&asked.of)?) };
    let notes = visit.console.cx.store.read(|view| view.readings(LOOKED_THROUGH)).await?;
    let t = visit.t();
    let columns = [
        ("at", "readings-at"),
        ("actor", "readings-actor"),
        ("subject", "readings-subject"),
        ("fields", "readings-fields"),
        ("reason", "readings-reason"),
    ];
    let row = |note: &ReadNote| {
        let subject = match note.subject {
            ReadSubject::Payment(code) => code.to_string(),
            ReadSubject::Party(PartyNumber::Person(iin)) => iin.masked(),
            ReadSubject::Party(PartyNumber::Organisation(bin)) => bin.to_string(),
        };
        vec![
            Cell::Moment(note.at),
            Cell::Text(people_in(&note.actor)),
            Cell::Identifier(subject),
            Cell::Text(note.fields.clone()),
            Cell::Text(note.reason.clone()),
        ]
    };
    let chosen = notes.iter().filter(|note| of.is_none_or(|of| note.subject == of));
    Ok(Table {
        stem: "readings".to_owned(),
        title: t.say("console-readings-title").to_string(),
        language: visit.language,
        about: Vec::new(),
        formed_at: visit.now,
        columns: columns.map(|(name, title)| Column::new(name, t.say(title))).into(),
        rows: chosen.take(SHOWN).map(row).collect(),
        total: None,
    })
}

pub(super) async fn show(visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Stopped> {
    let table = read(&visit, &asked).await?;
    let t = visit.t();
    let of =
        TextInput::new(visit.language, "of", t.say("readings-of")).longest(LONGEST).value(&asked.of).html();
    let body = Html::join([
        heading(t.say("console-readings-title")),
        paragraph(t.say("readings-about")),
        query_form("readings-of", "/readings", [of, button(t.say("report-show"), ButtonKind::Main)]),
        export::shown(&table, &table.title),
        export::links(&visit, Resource::Everything, "/readings", &query(&asked)),
        views::keep(&visit, &address("/readings", &query(&asked))),
        hook("readings", "count", &table.rows.len().to_string()),
    ]);
    Ok(shown(&visit, t.say("console-readings-title"), body))
}

/// Only digits go back into an address.
fn query(asked: &Asked) -> String {
    let digits: String = asked.of.chars().filter(char::is_ascii_digit).collect();
    if digits.is_empty() { digits } else { format!("of={digits}") }
}

pub(super) async fn file(
    visit: Visit,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Stopped> {
    let kind = FileKind::of_name(&name)?;
    let table = read(&visit, &asked).await?;
    export::file(&visit, Resource::Everything, kind, &table).await
}
