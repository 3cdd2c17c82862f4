//! Runs of reconciliation with banks (cl. 10, 24): three heaps each, what differs with both values, and a new run, with the
//! bank asked over the wire or with a file of its register or its statement.

use std::io::Write as _;

use axum::Form;
use axum::extract::{Multipart, Path};
use axum::response::{IntoResponse, Redirect, Response};
use files::table::{Cell, Table};
use http::StatusCode;
use pages::form::{ButtonKind, FileInput, TextInput, button, form, hidden, upload_form};
use pages::part::{Facts, Panel, Tone, link};
use pages::{Html, Markup as _};
use rights::{Action, Resource};
use serde::Deserialize;
use store::{PlacedDifference, Reconciliation, Store as _, StoreError};
use tempfile::NamedTempFile;
use terms::{BankingDay, Bin};

use super::claims::{bank_of, sees_banks};
use super::query::{address, asked, day_field, days, narrowing, query};
use super::reports::SEE;
use super::view::{answered, heading, hook, list, paragraph, paragraph_of, part, shown};
use super::visit::{Arrival, Stopped, Visit};
use super::{Console, export, registers, views, words};
use crate::reconciliation::{Given, NotReconciled, Outcome, reconcile};

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
/// The most octets of the files of one form; longer ones are taken by `tolem reconcile`.
pub(super) const LARGEST_UPLOAD: usize = 768 * 1024;
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
        file("statement", "run-statement-file", ".xml,.csv"),
        button(t.say("run-file-button"), ButtonKind::Other),
    ];
    Html::join([
        part(t.say("run-new")),
        paragraph(t.say("run-about").with("kib", LARGEST_UPLOAD / 1024)),
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
    let (bank, day) = of_what(&visit, &sent.bank, &sent.day).await?;
    made(&visit, bank, day, None, None).await
}

/// The bank and day of a run that the officer may make.
async fn of_what(visit: &Visit, bank: &str, day: &str) -> Result<(Bin, BankingDay), Stopped> {
    let bank: Bin = bank.trim().parse().map_err(|_| Stopped::BadRequest)?;
    visit.may(RUN, Resource::Bank(bank)).await?;
    let day = super::days::near(visit, day)?;
    visit.acts(RUN, &format!("{bank} {day}"));
    Ok((bank, day))
}

/// Makes a run with what a file says.
pub(super) async fn bring(visit: Visit, mut sent: Multipart) -> Result<Response, Stopped> {
    let (mut csrf, mut bank, mut day) = (String::new(), String::new(), String::new());
    let (mut register, mut statement) = (None, None);
    for _ in 0..PARTS {
        let Some(part) = sent.next_field().await.map_err(|_| Stopped::BadRequest)? else { break };
        let name = part.name().unwrap_or_default().to_owned();
        let file_name = part.file_name().unwrap_or_default().to_owned();
        let octets = match part.bytes().await {
            Ok(octets) => octets,
            Err(error) if error.status() == StatusCode::PAYLOAD_TOO_LARGE => return Ok(too_long(&visit)),
            Err(_) => return Err(Stopped::BadRequest),
        };
        let text = || String::from_utf8(octets.to_vec()).map_err(|_| Stopped::BadRequest);
        match name.as_str() {
            "csrf" => csrf = text()?,
            "bank-of-file" => bank = text()?,
            "day-of-file" => day = text()?,
            // A browser sends a field without a file as an empty one.
            "register" if !octets.is_empty() => register = Some(put_by(&visit.console, &file_name, &octets)?),
            "statement" if !octets.is_empty() => {
                statement = Some(put_by(&visit.console, &file_name, &octets)?);
            }
            _ => {}
        }
        // Nothing of a stranger's form is put by before its token was seen, and the token comes first.
        visit.check(&csrf)?;
    }
    let (bank, day) = of_what(&visit, &bank, &day).await?;
    if register.is_none() && statement.is_none() {
        return Err(Stopped::BadRequest);
    }
    made(&visit, bank, day, register, statement).await
}

/// Puts a file where it can be read by its ending, until it was.
fn put_by(console: &Console, name: &str, octets: &[u8]) -> Result<NamedTempFile, Stopped> {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_lowercase()).unwrap_or_default();
    let ending = ENDINGS.into_iter().find(|known| *known == ending).ok_or(Stopped::BadRequest)?;
    let put = || {
        let mut file = tempfile::Builder::new()
            .suffix(&format!(".{ending}"))
            .tempfile_in(registers::folder(&console.cx))?;
        file.write_all(octets)?;
        file.flush()?;
        std::io::Result::Ok(file)
    };
    put().map_err(|error| {
        tracing::error!(event = "upload-not-kept", %error);
        Stopped::Internal
    })
}

async fn made(
    visit: &Visit,
    bank: Bin,
    day: BankingDay,
    register: Option<NamedTempFile>,
    statement: Option<NamedTempFile>,
) -> Result<Response, Stopped> {
    let cx = visit.console.cx.clone();
    let work = async move {
        let given = Given {
            register: register.as_ref().map(NamedTempFile::path),
            statement: statement.as_ref().map(NamedTempFile::path),
        };
        reconcile(&cx, bank, day, given).await
    };
    match visit.console.at_length(work).await? {
        Ok(Outcome { id, .. }) => Ok(Redirect::to(&page_of(id)).into_response()),
        Err(refused) => not_made(visit, bank, day, refused),
    }
}

/// The files are longer than a form may be; the command line takes them.
fn too_long(visit: &Visit) -> Response {
    let t = visit.t();
    let why = t.say("run-about").with("kib", LARGEST_UPLOAD / 1024).to_string();
    let panel = Panel::new(Tone::Bad, t.say("run-not-made")).line(why);
    let body = Html::join([panel.html(), hook("result", "result", "too-long")]);
    answered(visit, StatusCode::PAYLOAD_TOO_LARGE, t.say("run-not-made"), body)
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
            let told = t.say("run-faults").with("count", count).to_string();
            pieces.push(Panel::new(Tone::Bad, t.say("run-not-made")).line(told).html());
            let fault = |one: &ledger::register::intake::RowFault| {
                let row = t.say("run-fault-row").with("row", one.row).to_string();
                Html::text(format!("{row}: {} «{}»", one.fault, cut(&one.value)))
            };
            pieces.push(list(faults.iter().take(FAULTS_SHOWN).map(fault).collect()));
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
