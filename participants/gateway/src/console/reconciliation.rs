//! Runs of reconciliation with banks (cl. 10, 24): three heaps each, what differs with both values, and a new run, with the
//! bank asked over the wire or with a file of its register or its statement.

use std::io::{self, Write as _};

use axum::Form;
use axum::extract::multipart::Field;
use axum::extract::{Multipart, Path};
use axum::response::{IntoResponse, Redirect, Response};
use files::register::explained;
use files::table::{Cell, Table};
use files::{LARGEST_STATEMENT_FILE, explained_statement};
use http::StatusCode;
use ledger::register::intake;
use ledger::statement;
use pages::form::{ButtonKind, FileInput, TextInput, button, form, hidden, upload_form};
use pages::part::{Facts, Panel, Tone, link};
use pages::{Html, Markup as _};
use participant::health::DISK_FLOOR_OCTETS;
use rights::{Action, Permitted, Resource};
use serde::Deserialize;
use store::{Deed, PlacedDifference, Reconciliation, Store as _, StoreError};
use tempfile::NamedTempFile;
use terms::{BankingDay, Bin};

use super::claims::{bank_of, sees_banks};
use super::query::{address, asked, day_field, days, narrowing, query};
use super::reports::SEE;
use super::view::{answered, heading, hook, list, paragraph, paragraph_of, part, shown};
use super::visit::{Arrival, Stopped, Visit};
use super::{Console, export, registers, views, words};
use crate::reconciliation::{Given, NotReconciled, Outcome, Reconcile, reconcile};

/// What allows to make a run.
const RUN: Action = Action("Reconcile");
/// Runs on the page and in its files.
const SHOWN: usize = 1000;
/// Differences of one run on a page and in its files.
const DIFFERENCES_SHOWN: usize = 500;
/// Faults of a file that are told; all are counted.
const FAULTS_SHOWN: usize = 100;
/// The longest value of a file that is shown back.
const VALUE_SHOWN: usize = 80;
/// The longest file of a register that a form brings; a longer one is taken by `tolem reconcile`. That of a statement is
/// [`LARGEST_STATEMENT_FILE`].
pub(super) const LARGEST_REGISTER_FILE: usize = 64 << 20;
/// The longest field beside the files, in octets.
const LONGEST_FIELD: usize = 1024;
/// Parts that a form of ours has.
const PARTS: usize = 8;
/// The endings that files are read by.
const ENDINGS: [&str; 3] = ["xml", "csv", "xlsx"];

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    bank: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    until: String,
}

impl Asked {
    fn query(&self) -> String {
        query(&[("bank", &self.bank), ("from", &self.from), ("until", &self.until)])
    }
}

/// Runs with their places.
type Runs = Vec<(u64, Reconciliation)>;

async fn read(visit: &Visit) -> Result<(Resource, Asked, Runs), Stopped> {
    let asked: Asked = asked(&visit.uri)?;
    let (of, bank) = bank_of(visit, &asked.bank).await?;
    let days = days(&asked.from, &asked.until)?;
    let runs = visit.console.cx.store.read(move |view| view.list_reconciliations(bank, days, SHOWN)).await?;
    Ok((of, asked, runs))
}

pub(super) fn table(visit: &Arrival, runs: &[(u64, Reconciliation)]) -> Table {
    let mut table = export::table(
        visit,
        "reconciliations",
        "console-reconciliation-title",
        &[
            ("run", "run-number"),
            ("bank", "contract-bin"),
            ("bank_name", "report-by-bank"),
            ("day", "report-by-day"),
            ("at", "run-at"),
            ("agreed", "heap-agreed"),
            ("waiting", "heap-waiting"),
            ("differing", "heap-differing"),
        ],
    );
    table.rows = runs
        .iter()
        .map(|(id, run)| {
            vec![
                Cell::Identifier(id.to_string()),
                Cell::Identifier(run.bank.to_string()),
                Cell::Text(visit.console.cx.name_of(run.bank, visit.language)),
                Cell::Day(run.day),
                Cell::Moment(run.at),
                Cell::count(run.agreed),
                Cell::count(run.waiting),
                Cell::count(run.differing),
            ]
        })
        .collect();
    table
}

/// The list, for a file.
pub(super) async fn rows(visit: &Visit) -> Result<(Resource, Table), Stopped> {
    let (of, _, runs) = read(visit).await?;
    Ok((of, table(visit, &runs)))
}

/// Where a run has its page.
pub(super) fn page_of(id: u64) -> String {
    format!("/reconciliation/{id}")
}

pub(super) async fn show(visit: Visit) -> Result<Response, Stopped> {
    let (of, asked, runs) = read(&visit).await?;
    let (t, language) = (visit.t(), visit.language);
    let fields = [
        TextInput::new(language, "bank", t.say("report-by-bank")).value(&asked.bank).html(),
        day_field(language, "from", "report-from", &asked.from),
        day_field(language, "until", "report-until", &asked.until),
    ];
    let query = asked.query();
    let leads =
        |row: usize, column: &str| runs.get(row).filter(|_| column == "run").map(|(id, _)| page_of(*id));
    let mut pieces = vec![
        heading(t.say("console-reconciliation-title")),
        paragraph(t.say("reconciliation-about")),
        narrowing(language, "/reconciliation", fields, &[]),
        export::listed(&visit, of, "reconciliations", &query, &table(&visit, &runs), leads),
        views::keep(&visit, &address("/reconciliation", &query)),
    ];
    if !visit.access().reach(visit.member(), RUN).is_empty() {
        pieces.push(new_run(&visit, &asked.bank, &visit.now.banking_day().previous().to_string()));
    }
    pieces.push(hook("runs", "count", &runs.len().to_string()));
    Ok(shown(&visit, t.say("console-reconciliation-title"), Html::join(pieces)))
}

/// What a run is made from, and how long its files may be.
fn about(visit: &Arrival) -> String {
    let mib = |octets: usize| octets >> 20;
    let said = visit.t().say("run-about").with("register", mib(LARGEST_REGISTER_FILE));
    said.with("statement", mib(LARGEST_STATEMENT_FILE)).to_string()
}

/// The forms that make a run: the bank is asked, or a file says it.
fn new_run(visit: &Arrival, bank: &str, day: &str) -> Html {
    let (t, language) = (visit.t(), visit.language);
    let bank_named = |id: &str| TextInput::new(language, id, t.say("contract-bin")).value(bank).html();
    let file = |name: &str, id: &str, endings: &str| {
        FileInput::new(language, name, t.say(id)).hint(t.say("run-file-hint")).accept(endings).html()
    };
    let ask = [
        bank_named("bank-asked"),
        day_field(language, "day-asked", "day-field", day),
        button(t.say("run-ask-button"), ButtonKind::Main),
    ];
    let bring = [
        bank_named("bank-of-file"),
        day_field(language, "day-of-file", "day-field", day),
        file("register", "run-register-file", ".xml,.csv,.xlsx"),
        file("statement", "run-statement-file", ".xml,.csv,.xlsx"),
        button(t.say("run-file-button"), ButtonKind::Other),
    ];
    Html::join([
        part(t.say("run-new")),
        paragraph(about(visit)),
        form("run", "/reconciliation", &visit.csrf(), ask),
        upload_form("run-files", "/reconciliation/files", &visit.csrf(), bring),
    ])
}

#[derive(Deserialize)]
pub(super) struct Run {
    #[serde(default)]
    csrf: String,
    #[serde(default, rename = "bank-asked")]
    bank: String,
    #[serde(default, rename = "day-asked")]
    day: String,
}

/// Makes a run over the wire.
pub(super) async fn run(visit: Visit, Form(sent): Form<Run>) -> Result<Response, Stopped> {
    visit.check(&sent.csrf)?;
    let command = of_what(&visit, &sent.bank, &sent.day).await?;
    made(&visit, command, None, None).await
}

/// A run that the officer may make.
async fn of_what(visit: &Visit, bank: &str, day: &str) -> Result<Permitted<Reconcile>, Stopped> {
    let bank: Bin = bank.trim().parse().map_err(|_| Stopped::BadRequest)?;
    // Whoever may not do it is told so before anything about the day.
    visit.may(RUN, Resource::Bank(bank)).await?;
    let day = super::days::near(visit, day)?;
    let command = visit.permitted(Reconcile { bank, day }, RUN, Resource::Bank(bank)).await?;
    visit.acts(RUN, &format!("{bank} {day}"));
    Ok(command)
}

/// Makes a run with what a file says. Its form comes in the order of its fields: nothing of a stranger's is put by before
/// the token was seen, and nothing of an officer's who may not make the run.
pub(super) async fn bring(visit: Visit, mut sent: Multipart) -> Result<Response, Stopped> {
    let (mut csrf, mut bank, mut day) = (String::new(), String::new(), String::new());
    let (mut register, mut statement, mut of) = (None, None, None);
    // Held by officers who may bring files alone, so that nobody else can keep them waiting.
    let mut turn = None;
    for _ in 0..PARTS {
        let Some(mut part) = sent.next_field().await.map_err(|_| Stopped::BadRequest)? else { break };
        let name = part.name().unwrap_or_default().to_owned();
        match name.as_str() {
            "csrf" => csrf = short(&mut part).await?,
            "bank-of-file" => bank = short(&mut part).await?,
            "day-of-file" => day = short(&mut part).await?,
            "register" | "statement" => {
                visit.check(&csrf)?;
                if of.is_none() {
                    of = Some(of_what(&visit, &bank, &day).await?);
                    let uploads = visit.console.uploads.clone();
                    turn = Some(uploads.acquire_owned().await.map_err(|_| Stopped::Internal)?);
                }
                let (place, most) = match name.as_str() {
                    "register" => (&mut register, LARGEST_REGISTER_FILE),
                    _ => (&mut statement, LARGEST_STATEMENT_FILE),
                };
                match put_by(&visit.console, &mut part, most).await? {
                    PutBy::Nothing => {}
                    PutBy::File(file) => *place = Some(file),
                    PutBy::TooLong => return Ok(too_long(&visit)),
                    PutBy::OtherEnding => return Ok(other_ending(&visit)),
                }
            }
            _ => {}
        }
        visit.check(&csrf)?;
    }
    drop(turn);
    let command = match of {
        Some(of) => of,
        None => of_what(&visit, &bank, &day).await?,
    };
    if register.is_none() && statement.is_none() {
        return Err(Stopped::BadRequest);
    }
    made(&visit, command, register, statement).await
}

/// A field that is no file.
async fn short(part: &mut Field<'_>) -> Result<String, Stopped> {
    let mut octets = Vec::new();
    while let Some(chunk) = part.chunk().await.map_err(|_| Stopped::BadRequest)? {
        if octets.len() + chunk.len() > LONGEST_FIELD {
            return Err(Stopped::BadRequest);
        }
        octets.extend_from_slice(&chunk);
    }
    String::from_utf8(octets).map_err(|_| Stopped::BadRequest)
}

/// What became of a file in a form.
enum PutBy {
    /// A browser sends a field without a file as an empty one.
    Nothing,
    /// It can be read by its ending, until this is dropped.
    File(NamedTempFile),
    /// It is longer than it may be.
    TooLong,
    /// Nothing is read by the ending of its name.
    OtherEnding,
}

/// Puts a file by as it comes, so that no more of it is in memory than one piece.
async fn put_by(console: &Console, part: &mut Field<'_>, most: usize) -> Result<PutBy, Stopped> {
    let name = part.file_name().unwrap_or_default().to_owned();
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_lowercase()).unwrap_or_default();
    let ending = ENDINGS.into_iter().find(|known| *known == ending);
    let (mut file, mut length) = (None, 0);
    loop {
        let chunk = match part.chunk().await {
            Ok(Some(chunk)) => chunk,
            Ok(None) => break,
            Err(error) if error.status() == StatusCode::PAYLOAD_TOO_LARGE => return Ok(PutBy::TooLong),
            Err(_) => return Err(Stopped::BadRequest),
        };
        if chunk.is_empty() {
            continue;
        }
        length += chunk.len();
        if length > most {
            return Ok(PutBy::TooLong);
        }
        let Some(ending) = ending else { return Ok(PutBy::OtherEnding) };
        let open = match &mut file {
            Some(open) => open,
            None => file.insert(begun(console, ending, most)?),
        };
        open.write_all(&chunk).map_err(not_put_by)?;
    }
    Ok(file.map_or(PutBy::Nothing, PutBy::File))
}

/// An empty file of an ending that is read, where the disk has room for it and for payments beside it (A30).
fn begun(console: &Console, ending: &str, most: usize) -> Result<NamedTempFile, Stopped> {
    if !console.cx.host.has_room(DISK_FLOOR_OCTETS + most as u64) {
        return Err(not_put_by(io::ErrorKind::StorageFull.into()));
    }
    let folder = registers::folder(&console.cx);
    tempfile::Builder::new().suffix(&format!(".{ending}")).tempfile_in(folder).map_err(not_put_by)
}

fn not_put_by(error: io::Error) -> Stopped {
    tracing::error!(event = "upload-not-kept", %error);
    Stopped::Internal
}

async fn made(
    visit: &Visit,
    command: Permitted<Reconcile>,
    register: Option<NamedTempFile>,
    statement: Option<NamedTempFile>,
) -> Result<Response, Stopped> {
    let cx = visit.console.cx.clone();
    let Reconcile { bank, day } = *command.command();
    let work = async move {
        let given = Given {
            register: register.as_ref().map(NamedTempFile::path),
            statement: statement.as_ref().map(NamedTempFile::path),
        };
        reconcile(&cx, &command, given).await
    };
    match visit.console.at_length(work).await? {
        Ok(Outcome { id, .. }) => Ok(Redirect::to(&page_of(id)).into_response()),
        Err(refused) => not_made(visit, bank, day, refused),
    }
}

/// The files are longer than a form may be; the command line takes them.
fn too_long(visit: &Visit) -> Response {
    let t = visit.t();
    let panel = Panel::new(Tone::Bad, t.say("run-not-made")).line(t.say("run-too-long")).line(about(visit));
    let body = Html::join([panel.html(), hook("result", "result", "too-long")]);
    answered(visit, StatusCode::PAYLOAD_TOO_LARGE, t.say("run-not-made"), body)
}

/// The name of a file has an ending by which nothing is read; which ones are read is said.
fn other_ending(visit: &Visit) -> Response {
    let t = visit.t();
    let endings = ENDINGS.map(|ending| format!(".{ending}")).join(", ");
    let said = t.say("run-other-ending").with("endings", endings);
    let panel = Panel::new(Tone::Bad, t.say("run-not-made")).line(said);
    let body = Html::join([panel.html(), hook("result", "result", "other-ending")]);
    answered(visit, StatusCode::UNSUPPORTED_MEDIA_TYPE, t.say("run-not-made"), body)
}

/// A short piece of what stood in a file.
fn cut(text: &str) -> String {
    text.chars().take(VALUE_SHOWN).collect()
}

/// Why there is no run, with the faults by their rows. Nothing is kept then.
fn not_made(visit: &Visit, bank: Bin, day: BankingDay, refused: NotReconciled) -> Result<Response, Stopped> {
    let t = visit.t();
    let (word, status) = match &refused {
        NotReconciled::Register { .. } | NotReconciled::Statement(_) | NotReconciled::File(_) => {
            ("file-refused", StatusCode::UNPROCESSABLE_ENTITY)
        }
        NotReconciled::Bank(_) => ("bank-silent", StatusCode::BAD_GATEWAY),
        NotReconciled::Future(_) => ("not-begun", StatusCode::UNPROCESSABLE_ENTITY),
        NotReconciled::TooMany(_) => ("too-many", StatusCode::UNPROCESSABLE_ENTITY),
        NotReconciled::NotKept(_) | NotReconciled::Store(_) => {
            tracing::error!(event = "run-not-kept", cause = %refused);
            return Err(Stopped::Internal);
        }
    };
    let mut pieces = Vec::new();
    match refused {
        NotReconciled::Register { faults, more } => {
            let count = faults.len() as u64 + more;
            let fault = |one: &intake::RowFault| {
                explained(visit.language, &intake::RowFault { value: cut(&one.value), ..one.clone() })
            };
            pieces.push(faults_of_file(visit, count, faults.iter().map(fault)));
        }
        NotReconciled::Statement(faults) => {
            let fault = |one: &statement::RowFault| explained_statement(visit.language, one);
            pieces.push(faults_of_file(visit, faults.len() as u64, faults.iter().map(fault)));
        }
        other => {
            let panel = Panel::new(Tone::Bad, t.say("run-not-made")).line(cut(&other.to_string()));
            pieces.push(panel.html());
        }
    }
    pieces.push(new_run(visit, &bank.to_string(), &day.to_string()));
    pieces.push(hook("result", "result", word));
    Ok(answered(visit, status, t.say("run-not-made"), Html::join(pieces)))
}

/// How many faults a file has, and the first of them as sentences.
fn faults_of_file(visit: &Visit, count: u64, sentences: impl Iterator<Item = String>) -> Html {
    let t = visit.t();
    let told = t.say("run-faults").with("count", count).to_string();
    Html::join([
        Panel::new(Tone::Bad, t.say("run-not-made")).line(told).html(),
        list(sentences.take(FAULTS_SHOWN).map(Html::text).collect()),
    ])
}

/// What the address of one run says.
#[derive(Deserialize)]
struct One {
    #[serde(default)]
    run: u64,
    #[serde(default)]
    after: u64,
}

/// A run within the officer's reach with a page of its differences. Of any other nothing is said.
async fn found(
    visit: &Visit,
    id: u64,
    after: u64,
) -> Result<(Reconciliation, bool, Vec<PlacedDifference>), Stopped> {
    if !sees_banks(visit) {
        visit.may(SEE, Resource::Everything).await?;
    }
    let found = visit.console.cx.store.read(move |view| {
        let Some(run) = view.reconciliation(id)? else { return Ok::<_, StoreError>(None) };
        let newest = view.reconciliations(run.bank, run.day, 1)?.first().map(|(newest, _)| *newest);
        Ok(Some((run, newest == Some(id), view.differences(id, after, DIFFERENCES_SHOWN)?)))
    });
    let found = found.await?.ok_or(Stopped::NotFound)?;
    if visit.can(SEE, Resource::Bank(found.0.bank)) { Ok(found) } else { Err(Stopped::NotFound) }
}

fn differences(visit: &Visit, id: u64, found: &[PlacedDifference]) -> Table {
    let t = visit.t();
    let mut table = export::table(
        visit,
        format!("differences-{id}"),
        "differences-title",
        &[
            ("difference", "difference-number"),
            ("heap", "difference-heap"),
            ("code", "word-payment-code"),
            ("reference", "payment-reference"),
            ("kind", "claim-item-kind"),
            ("side", "difference-side"),
            ("field", "difference-field"),
            ("ours", "difference-ours"),
            ("theirs", "difference-theirs"),
            ("until", "difference-until"),
            ("settled_by", "difference-settled"),
        ],
    );
    let text = |id: String| Cell::Text(t.say(&id).to_string());
    let value = |text: &str| export::maybe_text(Some(text).filter(|text| !text.is_empty()));
    table.rows = found
        .iter()
        .map(|placed| {
            let one = &placed.difference;
            vec![
                Cell::Identifier(placed.id.to_string()),
                text(if one.until.is_some() { "heap-waiting".into() } else { "heap-differing".into() }),
                one.code.map_or(Cell::Nothing, |code| Cell::Identifier(code.to_string())),
                Cell::Identifier(one.reference.clone()),
                text(if one.is_deduction { "difference-return".into() } else { "difference-payment".into() }),
                text(format!("side-{}", one.side)),
                text(format!("field-{}", one.field)),
                value(&words::our_value(t, &one.ours)),
                value(&one.theirs),
                one.until.map_or(Cell::Nothing, Cell::Moment),
                placed.settled_by.map_or(Cell::Nothing, |by| Cell::Identifier(by.to_string())),
            ]
        })
        .collect();
    table
}

/// What a run found, for a file; the run's number is in the address.
pub(super) async fn rows_of_one(visit: &Visit) -> Result<(Resource, Table), Stopped> {
    let One { run: id, after } = asked(&visit.uri)?;
    let (run, _, found) = found(visit, id, after).await?;
    Ok((Resource::Bank(run.bank), differences(visit, id, &found)))
}

pub(super) async fn show_one(visit: Visit, Path(id): Path<u64>) -> Result<Response, Stopped> {
    let One { after, .. } = asked(&visit.uri)?;
    let (run, is_newest, found) = found(&visit, id, after).await?;
    let (t, language) = (visit.t(), visit.language);
    let facts = Facts::new()
        .fact(t.say("run-number"), id)
        .fact(t.say("report-by-bank"), visit.console.cx.name_of(run.bank, language))
        .fact(t.say("report-by-day"), Cell::Day(run.day).shown(language))
        .fact(t.say("run-at"), Cell::Moment(run.at).shown(language))
        .fact(t.say("done-by"), visit.doer(Deed::Reconciliation(id)).await?)
        .fact(t.say("heap-agreed"), Cell::count(run.agreed).shown(language))
        .fact(t.say("heap-waiting"), Cell::count(run.waiting).shown(language))
        .fact(t.say("heap-differing"), Cell::count(run.differing).shown(language))
        .fact(t.say("run-source"), hex::encode(run.source));
    let leads = |row: usize, column: &str| {
        let placed = found.get(row)?;
        match column {
            "code" => {
                let code = placed.difference.code?;
                Some(address("/payments", &query(&[("code", &code.digits())])))
            }
            "settled_by" => placed.settled_by.map(|by| format!("/proposals/{by}")),
            _ => None,
        }
    };
    let of = Resource::Bank(run.bank);
    let (number, begin) = (id.to_string(), after.to_string());
    let query_of = query(&[("run", &number), ("after", if after > 0 { &begin } else { "" })]);
    let mut pieces = vec![heading(t.say("run-title")), facts.html()];
    if !is_newest {
        pieces.push(paragraph(t.say("run-superseded")));
    }
    let table = differences(&visit, id, &found);
    pieces.push(export::listed(&visit, of, "differences", &query_of, &table, leads));
    if let Some(last) = found.last().filter(|_| found.len() == DIFFERENCES_SHOWN) {
        let next = address(&page_of(id), &query(&[("after", &last.id.to_string())]));
        pieces.push(paragraph_of(link(&next, t.say("list-next-page"))));
    }
    if visit.can(RUN, of) && super::days::near(&visit, &run.day.to_string()).is_ok() {
        let again = [
            hidden("bank-asked", run.bank),
            hidden("day-asked", run.day),
            button(t.say("run-again-button"), ButtonKind::Main),
        ];
        pieces.push(form("run-again", "/reconciliation", &visit.csrf(), again));
    }
    let all = query(&[("bank", &run.bank.to_string())]);
    pieces.push(paragraph_of(link(&address("/reconciliation", &all), t.say("console-reconciliation-title"))));
    pieces.push(hook("agreed", "count", &run.agreed.to_string()));
    pieces.push(hook("waiting", "count", &run.waiting.to_string()));
    pieces.push(hook("differing", "count", &run.differing.to_string()));
    Ok(shown(&visit, t.say("run-title"), Html::join(pieces)))
}
