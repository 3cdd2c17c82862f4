//! Registers of payments (cl. 10): every revision of every bank's and provider's day, how far it has come, and its files.
//!
//! A file is written whole into a place of its own before its first octet leaves, a page of rows at a time: what is sent
//! comes to what was signed, however long it is. The rows are people's, so whoever takes a register away is its own party
//! or may read personal data, and it is written down.

use std::io::SeekFrom;
use std::sync::Arc;

use axum::Form;
use axum::body::Body;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use bytes::Bytes;
use files::table::{Cell, Table};
use http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use ledger::register::{Head, Party};
use pages::form::{ButtonKind, TextInput, button, form};
use pages::part::{Facts, link};
use pages::{Html, Markup as _};
use rights::{Action, Resource};
use serde::Deserialize;
use store::{Deed, ReadSubject, RegisterRevision, RegistersWanted, Store as _};
use terms::{BankingDay, Language, PartyNumber};
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};
use wire::register::{Digested, FormatWord};

use super::query::{address, asked, day_field, days, maybe, narrowing, query};
use super::reports::SEE;
use super::view::{heading, hook, list, paragraph, paragraph_of, part, shown};
use super::visit::{Arrival, Stopped, Visit};
use super::{Console, export, views};
use crate::cx::Cx;
use crate::register_files::{file_name, manifest_of, write_file};
use crate::registers::{FormRegisters, form_registers};

/// Registers on the page and in its files.
const SHOWN: usize = 1000;
/// What allows to form registers.
const FORM: Action = Action("FormRegister");
/// What a register's own party is known by.
const OWN: Action = Action("AcknowledgeRegister");
/// What opens people's data of others' registers.
const PERSONAL: Action = Action("ReadPersonalData");
/// How many octets of a file are in memory at a time.
const AT_ONCE: usize = 1 << 16;

/// The forms of files, and the texts they are offered under.
const FORMATS: [(FormatWord, &str, &str); 7] = [
    (FormatWord::Xml, "register-xml", "application/xml; charset=utf-8"),
    (FormatWord::Xlsx, "export-xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (FormatWord::CsvOffice, "export-csv", "text/csv; charset=utf-8"),
    (FormatWord::CsvOfficeEnglish, "export-csv-en", "text/csv; charset=utf-8"),
    (FormatWord::Csv, "export-csv-machine", "text/csv; charset=utf-8"),
    (FormatWord::Camt054, "register-camt054", "application/xml; charset=utf-8"),
    (FormatWord::JsonLines, "export-jsonl", "application/jsonl; charset=utf-8"),
];

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    of: String,
    #[serde(default)]
    party: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    until: String,
    /// A moment: what was known then.
    #[serde(default)]
    at: String,
}

impl Asked {
    fn query(&self) -> String {
        query(&[
            ("of", &self.of),
            ("party", &self.party),
            ("from", &self.from),
            ("until", &self.until),
            ("at", &self.at),
        ])
    }
}

/// What an officer must reach to see a party's registers.
fn resource(party: Party) -> Resource {
    match party {
        Party::Bank(bin) => Resource::Bank(bin),
        Party::Provider(bin) => Resource::Provider(bin),
    }
}

fn party(typed: &str) -> Result<Option<Party>, Stopped> {
    Ok(match maybe::<Resource>(typed)? {
        None => None,
        Some(Resource::Bank(bin)) => Some(Party::Bank(bin)),
        Some(Resource::Provider(bin)) => Some(Party::Provider(bin)),
        Some(Resource::Everything) => return Err(Stopped::BadRequest),
    })
}

async fn read(visit: &Visit) -> Result<(Resource, Asked, Vec<RegisterRevision>), Stopped> {
    let asked: Asked = asked(&visit.uri)?;
    let of = visit.within(SEE, &asked.of).await?;
    let party = match of {
        Resource::Everything => party(&asked.party)?,
        Resource::Bank(bin) => Some(Party::Bank(bin)),
        Resource::Provider(bin) => Some(Party::Provider(bin)),
    };
    let wanted =
        RegistersWanted { party, days: days(&asked.from, &asked.until)?, known_at: maybe(&asked.at)? };
    let found = visit.console.cx.store.read(move |view| view.list_registers(&wanted, SHOWN)).await?;
    Ok((of, asked, found))
}

/// How far a revision has come, in words.
fn state(visit: &Arrival, revision: &RegisterRevision) -> String {
    visit.t().say(&format!("register-{}", revision.state.name())).to_string()
}

pub(super) fn table(visit: &Arrival, revisions: &[RegisterRevision]) -> Table {
    let mut table = export::table(
        visit,
        "registers",
        "console-registers-title",
        &[
            ("register", "word-register"),
            ("party", "register-party"),
            ("name", "register-name"),
            ("day", "report-by-day"),
            ("revision", "register-revision"),
            ("formed_at", "register-formed-at"),
            ("additions", "register-additions"),
            ("added", "register-added"),
            ("deductions", "register-deductions"),
            ("deducted", "register-deducted"),
            ("net", "register-net"),
            ("state", "payment-state"),
            ("answered_at", "register-answered-at"),
            ("answer", "register-answer"),
            ("sha256", "register-sha256"),
        ],
    );
    table.rows = revisions
        .iter()
        .map(|revision| {
            let (head, totals) = (&revision.head, &revision.totals);
            vec![
                Cell::Text(head.file_stem()),
                Cell::Identifier(head.party.to_string()),
                Cell::Text(head.name.get(visit.language).to_owned()),
                Cell::Day(head.day),
                Cell::Number(head.revision.into()),
                Cell::Moment(head.formed_at),
                Cell::count(totals.additions),
                Cell::Money(totals.added.into()),
                Cell::count(totals.deductions),
                Cell::Money(totals.deducted.into()),
                Cell::Money(totals.net()),
                Cell::Text(state(visit, revision)),
                revision.answered_at.map_or(Cell::Nothing, Cell::Moment),
                export::maybe_text(revision.answer.as_ref()),
                Cell::Identifier(hex::encode(revision.sha256)),
            ]
        })
        .collect();
    table
}

/// Where a revision has its page.
pub(super) fn page_of(revision: &RegisterRevision) -> String {
    let head = &revision.head;
    format!("/registers/{}/{}/{}", head.party, head.day, head.revision)
}

/// The list, for a file.
pub(super) async fn rows(visit: &Visit) -> Result<(Resource, Table), Stopped> {
    let (of, _, revisions) = read(visit).await?;
    Ok((of, table(visit, &revisions)))
}

pub(super) async fn show(visit: Visit) -> Result<Response, Stopped> {
    let (of, asked, revisions) = read(&visit).await?;
    let (t, language) = (visit.t(), visit.language);
    let field = |name: &str, id: &str, typed: &str| TextInput::new(language, name, t.say(id)).value(typed);
    let mut fields = Vec::new();
    if of == Resource::Everything {
        fields.push(field("party", "register-party", &asked.party).hint(t.say("register-party-hint")).html());
    }
    fields.push(day_field(language, "from", "report-from", &asked.from));
    fields.push(day_field(language, "until", "report-until", &asked.until));
    fields.push(field("at", "register-known-at", &asked.at).hint(t.say("register-known-at-hint")).html());
    let within = of.to_string();
    let query_of = asked.query();
    let leads = |row: usize, column: &str| revisions.get(row).filter(|_| column == "register").map(page_of);
    let mut pieces = vec![
        heading(t.say("console-registers-title")),
        paragraph(t.say("registers-about")),
        narrowing(language, "/registers", fields, &[("of", &within)]),
    ];
    let reach = visit.access().reach(visit.member(), SEE);
    if reach.len() > 1 {
        let other = |of: &Resource| {
            link(&address("/registers", &query(&[("of", &of.to_string())])), super::words::resource(t, *of))
        };
        pieces.extend([part(t.say("report-scope")), list(reach.iter().map(other).collect())]);
    }
    pieces.push(export::listed(&visit, of, "registers", &query_of, &table(&visit, &revisions), leads));
    pieces.push(views::keep(&visit, &address("/registers", &query_of)));
    if visit.can(FORM, Resource::Everything) {
        let day = day_field(language, "day", "day-field", &visit.now.banking_day().previous().to_string());
        let form_button = button(t.say("register-form-button"), ButtonKind::Other);
        pieces.push(part(t.say("register-form")));
        pieces.push(form("form-registers", "/registers", &visit.csrf(), [day, form_button]));
    }
    pieces.push(hook("registers", "count", &revisions.len().to_string()));
    Ok(shown(&visit, t.say("console-registers-title"), Html::join(pieces)))
}

#[derive(Deserialize)]
pub(super) struct OfDay {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    day: String,
}

/// Forms the registers of a day, as `tolem register form` does.
pub(super) async fn form_them(visit: Visit, Form(sent): Form<OfDay>) -> Result<Response, Stopped> {
    visit.check(&sent.csrf)?;
    let day = super::days::near(&visit, &sent.day)?;
    let command = visit.permitted(FormRegisters { day }, FORM, Resource::Everything).await?;
    visit.acts(FORM, &day.to_string());
    let cx = visit.console.cx.clone();
    visit.console.at_length(async move { form_registers(&cx, &command).await }).await?.map_err(|fault| {
        tracing::error!(event = "registers-not-formed", cause = %fault);
        Stopped::Internal
    })?;
    Ok(Redirect::to(&address(
        "/registers",
        &query(&[("from", &day.to_string()), ("until", &day.to_string())]),
    ))
    .into_response())
}

/// A revision within the officer's reach. Of any other nothing is said, not even that it is there.
async fn found(visit: &Visit, at: &(String, BankingDay, u32)) -> Result<RegisterRevision, Stopped> {
    if visit.access().reach(visit.member(), SEE).is_empty() {
        visit.may(SEE, Resource::Everything).await?;
    }
    let party = party(&at.0).ok().flatten().ok_or(Stopped::NotFound)?;
    if !visit.can(SEE, resource(party)) {
        return Err(Stopped::NotFound);
    }
    let (day, revision) = (at.1, at.2);
    let found = visit.console.cx.store.read(move |view| view.register(party, day, Some(revision))).await?;
    Ok(found.ok_or(Stopped::NotFound)?.value)
}

/// An address of a revision.
type At = (String, String, u32);

fn at((party, day, revision): &At) -> Result<(String, BankingDay, u32), Stopped> {
    Ok((party.clone(), day.parse().map_err(|_| Stopped::NotFound)?, *revision))
}

pub(super) async fn show_one(visit: Visit, Path(address): Path<At>) -> Result<Response, Stopped> {
    let revision = found(&visit, &at(&address)?).await?;
    let t = visit.t();
    let table = table(&visit, std::slice::from_ref(&revision));
    let mut facts = Facts::new();
    for (column, cell) in table.columns.iter().zip(table.rows.iter().flatten()) {
        facts = facts.fact(&column.title, cell.shown(visit.language));
    }
    let Head { party, day, revision: number, .. } = revision.head;
    let by = visit.doer(Deed::Register(party, day, number)).await?;
    facts = facts.fact(t.say("done-by"), by);
    let page = page_of(&revision);
    let mut pieces = vec![heading(t.say("word-register")), facts.html()];
    let of = resource(revision.head.party);
    if visit.can(export::EXPORT, of) && may_take(&visit, of) {
        let mut offered = Vec::new();
        for (format, text, _) in FORMATS {
            let label = t.say(text).to_string();
            let manifest = t.say("register-manifest-of").with("file", label.clone());
            offered.push(Html::join([
                link(&format!("{page}/{format}"), label),
                Html::text(", "),
                link(&format!("{page}/{format}/manifest"), manifest),
            ]));
        }
        pieces.extend([part(t.say("export-title")), list(offered), paragraph(t.say("register-files-about"))]);
    }
    let days = query(&[("from", &address.1), ("until", &address.1), ("of", "")]);
    pieces.push(paragraph_of(link(&super::query::address("/registers", &days), t.say("register-revisions"))));
    pieces.push(hook("register", "state", revision.state.name()));
    Ok(shown(&visit, t.say("word-register"), Html::join(pieces)))
}

/// Whether the officer may hold the rows: those of the own bank or provider, or of anybody with the right to people's data.
fn may_take(visit: &Arrival, of: Resource) -> bool {
    visit.can(PERSONAL, of) || visit.can(OWN, of)
}

async fn taken(visit: &Visit, address: &At) -> Result<(RegisterRevision, Resource), Stopped> {
    let revision = found(visit, &at(address)?).await?;
    let of = resource(revision.head.party);
    visit.may(export::EXPORT, of).await?;
    if !may_take(visit, of) {
        visit.may(PERSONAL, of).await?;
    }
    Ok((revision, of))
}

fn format(word: &str) -> Result<(FormatWord, &'static str), Stopped> {
    let known = FORMATS.into_iter().find(|(format, ..)| format.to_string() == word);
    known.map(|(format, _, media)| (format, media)).ok_or(Stopped::NotFound)
}

/// Writes the file into a place that goes away with it.
async fn written(
    console: &Console,
    revision: &RegisterRevision,
    format: FormatWord,
    language: Language,
) -> Result<(std::fs::File, Digested), Stopped> {
    let (cx, revision) = (console.cx.clone(), revision.clone());
    let work = async move {
        let folder = folder(&cx);
        let mut file = tempfile::tempfile_in(&folder)?;
        let digested = write_file(&cx, &revision, format, language, &mut file, &folder, &mut || {}).await?;
        anyhow::Ok((file, digested))
    };
    console.at_length(work).await?.map_err(|error: anyhow::Error| {
        tracing::error!(event = "register-not-written", cause = %format!("{error:#}"));
        Stopped::Internal
    })
}

/// Where files are while they are written or read: beside the database, which is nobody else's to read.
pub(super) fn folder(cx: &Arc<Cx>) -> std::path::PathBuf {
    let database = cx.store.database().path();
    database.parent().map_or_else(|| ".".into(), std::path::Path::to_path_buf)
}

pub(super) async fn file(
    visit: Visit,
    Path((party, day, revision, word)): Path<(String, String, u32, String)>,
) -> Result<Response, Stopped> {
    let (revision, _) = taken(&visit, &(party, day, revision)).await?;
    let (format, media) = format(&word)?;
    let (file, digested) = written(&visit.console, &revision, format, visit.language).await?;
    // Whose register it was stands for everybody in it: a note for each of a million people would help nobody to read them.
    let subject = ReadSubject::Party(PartyNumber::Organisation(revision.head.party.bin()));
    visit.note_of(vec![subject], "a register: recipients, payers", "a register taken away").await?;
    let mut file = tokio::fs::File::from_std(file);
    file.seek(SeekFrom::Start(0)).await.map_err(|_| Stopped::Internal)?;
    let pieces = futures_util::stream::try_unfold(file, |mut file| async move {
        let mut piece = vec![0; AT_ONCE];
        let read = file.read(&mut piece).await?;
        piece.truncate(read);
        std::io::Result::Ok((read > 0).then(|| (Bytes::from(piece), file)))
    });
    let name = format!("attachment; filename=\"{}\"", file_name(&revision.head, format));
    let headers = [
        (CONTENT_TYPE, media.to_owned()),
        (CONTENT_DISPOSITION, name),
        (CONTENT_LENGTH, digested.octets.to_string()),
    ];
    Ok((headers, Body::from_stream(pieces)).into_response())
}

pub(super) async fn manifest(
    visit: Visit,
    Path((party, day, revision, word)): Path<(String, String, u32, String)>,
) -> Result<Response, Stopped> {
    let (revision, _) = taken(&visit, &(party, day, revision)).await?;
    let (format, _) = format(&word)?;
    let name = file_name(&revision.head, format);
    let octets = if format == FormatWord::Xml {
        revision.manifest.clone()
    } else {
        // The same rows in the same order are the same octets, so the file is written once more and not kept.
        let (_, digested) = written(&visit.console, &revision, format, visit.language).await?;
        manifest_of(&visit.console.cx, &revision, format, &name, &digested).map_err(|error| {
            tracing::error!(event = "manifest-not-signed", cause = %format!("{error:#}"));
            Stopped::Internal
        })?
    };
    let headers = [
        (CONTENT_TYPE, "application/xml; charset=utf-8".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.manifest.xml\"")),
    ];
    Ok((headers, octets).into_response())
}
