//! Closings of banking days (cl. 10, 23): every revision with its proof, and each open tiyn with its reason.
//!
//! A closing is of all banks and providers at once, so it is for those who see everything. What a page shows of it is read
//! from the signed document and judged anew.

use axum::Form;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use files::table::{Cell, Table};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use ledger::register::Totals;
use pages::form::{ButtonKind, button, form};
use pages::part::{Facts, Panel, Tone, link};
use pages::{Html, Markup as _};
use rights::{Action, Resource};
use serde::Deserialize;
use store::{ClosingRecord, Deed, Store as _};
use terms::{BankingDay, PaymentCode};
use wire::closing::DayClosing;
use xml::Limits;
use xml::dsig::verify_enveloped;

use super::query::{address, asked, day_field, days, narrowing, query};
use super::reports::SEE;
use super::view::{heading, hook, list, paragraph, paragraph_of, part, shown};
use super::visit::{Stopped, Visit};
use super::{export, views};
use crate::settlement::{CloseDay, Closed, close_day};

/// What allows to close a day.
const CLOSE: Action = Action("CloseDay");
/// What follows the address of a closing that was there already when somebody closed the day.
const UNCHANGED: &str = "unchanged=yes";
/// Closings on the page and in its files.
const SHOWN: usize = 1000;
/// Open sums of one closing on its page; the signed document has all.
const OPEN_SHOWN: usize = 1000;
/// How many days back a day is formed or closed from the console.
const FARTHEST_DAYS: i64 = 366;

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    from: String,
    #[serde(default)]
    until: String,
}

impl Asked {
    fn query(&self) -> String {
        query(&[("from", &self.from), ("until", &self.until)])
    }
}

/// A day that was typed to do something with it: one that has begun, and not too long ago.
pub(super) fn near(visit: &Visit, typed: &str) -> Result<BankingDay, Stopped> {
    let day: BankingDay = typed.trim().parse().map_err(|_| Stopped::BadRequest)?;
    let ago = visit.now.banking_day().days_since(day);
    if (0..=FARTHEST_DAYS).contains(&ago) { Ok(day) } else { Err(Stopped::BadRequest) }
}

async fn read(visit: &Visit) -> Result<(Asked, Vec<ClosingRecord>), Stopped> {
    visit.may(SEE, Resource::Everything).await?;
    let asked: Asked = asked(&visit.uri)?;
    let days = days(&asked.from, &asked.until)?;
    let found = visit.console.cx.store.read(move |view| view.list_closings(days, SHOWN)).await?;
    Ok((asked, found))
}

/// What was signed, over a signature that holds.
fn opened(record: &ClosingRecord) -> Result<DayClosing, Stopped> {
    let signed = verify_enveloped(&record.document, &Limits::DOCUMENT);
    let document = signed.ok().and_then(|signed| signed.parse().ok());
    document.ok_or_else(|| {
        tracing::error!(event = "closing-not-readable", day = %record.day, revision = record.revision);
        Stopped::Internal
    })
}

fn table(visit: &Visit, closings: &[ClosingRecord]) -> Result<Table, Stopped> {
    let t = visit.t();
    let mut table = export::table(
        visit,
        "days",
        "console-days-title",
        &[
            ("day", "report-by-day"),
            ("revision", "register-revision"),
            ("at", "day-closed-at"),
            ("agrees", "day-agrees"),
            ("open_count", "day-open-count"),
            ("open_total", "day-open-total"),
        ],
    );
    for record in closings {
        let document = opened(record)?;
        table.rows.push(vec![
            Cell::Day(record.day),
            Cell::Number(record.revision.into()),
            Cell::Moment(record.at),
            Cell::Text(t.say(if record.agrees { "word-yes" } else { "word-no" }).to_string()),
            Cell::count(document.open_count.0),
            Cell::Money(document.open_total.0.into()),
        ]);
    }
    Ok(table)
}

/// The list, for a file.
pub(super) async fn rows(visit: &Visit) -> Result<(Resource, Table), Stopped> {
    let (_, closings) = read(visit).await?;
    Ok((Resource::Everything, table(visit, &closings)?))
}

pub(super) async fn show(visit: Visit) -> Result<Response, Stopped> {
    let (asked, closings) = read(&visit).await?;
    let (t, language) = (visit.t(), visit.language);
    let fields = [
        day_field(language, "from", "report-from", &asked.from),
        day_field(language, "until", "report-until", &asked.until),
    ];
    let query = asked.query();
    let leads = |row: usize, column: &str| {
        closings.get(row).filter(|_| column == "day").map(|one| format!("/days/{}/{}", one.day, one.revision))
    };
    let table = table(&visit, &closings)?;
    let mut pieces = vec![
        heading(t.say("console-days-title")),
        paragraph(t.say("days-about")),
        narrowing(language, "/days", fields, &[]),
        export::listed(&visit, Resource::Everything, "days", &query, &table, leads),
        views::keep(&visit, &address("/days", &query)),
    ];
    if visit.can(CLOSE, Resource::Everything) {
        let day = day_field(language, "day", "day-field", &visit.now.banking_day().previous().to_string());
        pieces.extend([
            part(t.say("day-close")),
            paragraph(t.say("day-close-about")),
            form(
                "close-day",
                "/days",
                &visit.csrf(),
                [day, button(t.say("day-close-button"), ButtonKind::Main)],
            ),
        ]);
    }
    pieces.push(hook("days", "count", &closings.len().to_string()));
    Ok(shown(&visit, t.say("console-days-title"), Html::join(pieces)))
}

#[derive(Deserialize)]
pub(super) struct OfDay {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    day: String,
}

pub(super) async fn close(visit: Visit, Form(sent): Form<OfDay>) -> Result<Response, Stopped> {
    visit.check(&sent.csrf)?;
    let day = near(&visit, &sent.day)?;
    let command = visit.permitted(CloseDay { day }, CLOSE, Resource::Everything).await?;
    visit.acts(CLOSE, &day.to_string());
    let cx = visit.console.cx.clone();
    let closed = visit.console.at_length(async move { close_day(&cx, &command).await }).await?;
    let Closed { record, is_new } = closed.map_err(|fault| {
        tracing::error!(event = "day-not-closed", day = %day, cause = %fault);
        Stopped::Internal
    })?;
    let page = format!("/days/{}/{}", record.day, record.revision);
    if !is_new {
        return Ok(Redirect::to(&address(&page, UNCHANGED)).into_response());
    }
    tracing::info!(event = "day-closed", day = %day, revision = record.revision, agrees = record.agrees);
    Ok(Redirect::to(&page).into_response())
}

async fn found(visit: &Visit, day: &str, revision: u32) -> Result<ClosingRecord, Stopped> {
    visit.may(SEE, Resource::Everything).await?;
    let day: BankingDay = day.parse().map_err(|_| Stopped::NotFound)?;
    let found = visit.console.cx.store.read(move |view| view.closing(day, revision)).await?;
    found.ok_or(Stopped::NotFound)
}

/// The parts of a closing as lists.
struct Parts<'a> {
    visit: &'a Visit,
    document: DayClosing,
}

impl Parts<'_> {
    fn table(&self, stem: &str, title: &str, columns: &[(&'static str, &str)]) -> Table {
        let DayClosing { day, revision, .. } = &self.document;
        let mut table = export::table(self.visit, format!("{stem}-{day}-r{revision}"), title, columns);
        table.about.push((self.visit.t().say("report-by-day").to_string(), day.to_string()));
        table
    }

    fn name(&self, bin: terms::Bin) -> Cell {
        Cell::Text(self.visit.console.cx.name_of(bin, self.visit.language))
    }

    fn banks(&self) -> Table {
        let columns = [
            ("bank", "contract-bin"),
            ("bank_name", "report-by-bank"),
            ("notices", "day-notices"),
            ("journal", "day-journal"),
            ("register", "day-register"),
            ("claimed", "day-claimed"),
            ("carried", "day-carried"),
        ];
        let mut table = self.table("day-banks", "day-banks", &columns);
        let closing = self.document.closing();
        let net = |totals: Totals| Cell::Money(totals.net());
        for (bank, sums) in closing.banks {
            table.rows.push(vec![
                Cell::Identifier(bank.to_string()),
                self.name(bank),
                net(sums.notices),
                net(sums.journal),
                sums.register.map_or(Cell::Nothing, net),
                net(sums.claimed),
                net(sums.carried),
            ]);
        }
        table.total =
            export::total(self.visit, &table, &["notices", "journal", "register", "claimed", "carried"]);
        table
    }

    fn providers(&self) -> Table {
        let columns = [
            ("provider", "contract-bin"),
            ("provider_name", "report-by-provider"),
            ("journal", "day-journal"),
            ("register", "day-register"),
        ];
        let mut table = self.table("day-providers", "day-providers", &columns);
        for (provider, sums) in self.document.closing().providers {
            table.rows.push(vec![
                Cell::Identifier(provider.to_string()),
                self.name(provider),
                Cell::Money(sums.journal.net()),
                sums.register.map_or(Cell::Nothing, |totals| Cell::Money(totals.net())),
            ]);
        }
        table.total = export::total(self.visit, &table, &["journal", "register"]);
        table
    }

    fn open(&self) -> Table {
        let columns = [
            ("about", "day-open-about"),
            ("reason", "day-open-reason"),
            ("owed", "day-open-owed"),
            ("amount", "payment-amount"),
        ];
        let mut table = self.table("day-open", "day-open", &columns);
        table.rows = self
            .document
            .closing()
            .open
            .into_iter()
            .take(OPEN_SHOWN)
            .map(|one| {
                let t = self.visit.t();
                let reason = t.say(&format!("open-{}", one.reason.name())).to_string();
                let owed = t.say(&format!("owed-{}", one.owed.name())).to_string();
                let [reason, owed] = [reason, owed].map(Cell::Text);
                vec![Cell::Identifier(one.about), reason, owed, export::amount(one.amount)]
            })
            .collect();
        table.total = export::total(self.visit, &table, &["amount"]);
        table
    }
}

/// Where more is to be found of what an open sum is about.
fn leads_to(about: &str) -> Option<String> {
    if let Some(code) = about.split([':', ' ']).find_map(|one| one.parse::<PaymentCode>().ok()) {
        return Some(address("/payments", &query(&[("code", &code.digits())])));
    }
    let number = about.split(' ').next().unwrap_or_default();
    match number.split_once('-') {
        Some(("C", _)) => Some(format!("/claims/{number}")),
        Some(("P", _)) => Some(address("/payouts", &query(&[("number", number)]))),
        _ => None,
    }
}

#[derive(Deserialize)]
struct One {
    day: String,
    revision: u32,
}

/// A list of one closing, for a file; its day and revision are in the address.
pub(super) async fn rows_of_one(visit: &Visit, list: &str) -> Result<(Resource, Table), Stopped> {
    let One { day, revision } = asked(&visit.uri)?;
    let parts = Parts { visit, document: opened(&found(visit, &day, revision).await?)? };
    let table = match list {
        "day-banks" => parts.banks(),
        "day-providers" => parts.providers(),
        "day-open" => parts.open(),
        _ => return Err(Stopped::NotFound),
    };
    Ok((Resource::Everything, table))
}

pub(super) async fn show_one(
    visit: Visit,
    Path((day, revision)): Path<(String, u32)>,
) -> Result<Response, Stopped> {
    let record = found(&visit, &day, revision).await?;
    let document = opened(&record)?;
    let t = visit.t();
    let disagreements: Vec<String> =
        document.closing().disagreements().iter().map(ToString::to_string).collect();
    let agrees = disagreements.is_empty() && document.agrees;
    let panel = if agrees {
        Panel::new(Tone::Good, t.say("day-agrees-title"))
    } else {
        Panel::new(Tone::Bad, t.say("day-differs-title"))
    };
    let sum = |totals: Totals| Cell::Money(totals.net()).shown(visit.language);
    let facts = Facts::new()
        .fact(t.say("report-by-day"), Cell::Day(record.day).shown(visit.language))
        .fact(t.say("register-revision"), record.revision)
        .fact(t.say("day-closed-at"), Cell::Moment(record.at).shown(visit.language))
        .fact(t.say("done-by"), visit.doer(Deed::Closing(record.day, record.revision)).await?)
        .fact(t.say("day-suspended"), sum((&document.suspended).into()))
        .fact(t.say("day-promised"), sum((&document.promised).into()))
        .fact(t.say("day-open-count"), document.open_count)
        .fact(t.say("day-open-total"), Cell::Money(document.open_total.0.into()).shown(visit.language))
        .fact(t.say("day-up-to"), document.up_to_posting);
    let query = query(&[("day", &day), ("revision", &revision.to_string())]);
    let (is_cut, count) = (document.open_count.0 > OPEN_SHOWN as u64, document.open_count.0);
    let parts = Parts { visit: &visit, document };
    let everything = Resource::Everything;
    let open = parts.open();
    let to_open = |row: usize, column: &str| match open.rows.get(row).and_then(|row| row.first()) {
        Some(Cell::Identifier(about)) if column == "about" => leads_to(about),
        _ => None,
    };
    let nowhere = |_: usize, _: &str| None;
    let mut pieces = vec![panel.html(), facts.html()];
    if visit.uri.query() == Some(UNCHANGED) {
        pieces.push(paragraph(t.say("day-unchanged")));
        pieces.push(hook("day-unchanged", "result", "unchanged"));
    }
    if !disagreements.is_empty() {
        pieces
            .extend([part(t.say("day-disagreements")), list(disagreements.iter().map(Html::text).collect())]);
    }
    if is_cut {
        pieces.push(paragraph(t.say("claim-items-more").with("shown", OPEN_SHOWN).with("count", count)));
    }
    pieces.extend([
        export::listed(&visit, everything, "day-open", &query, &open, to_open),
        export::listed(&visit, everything, "day-banks", &query, &parts.banks(), nowhere),
        export::listed(&visit, everything, "day-providers", &query, &parts.providers(), nowhere),
    ]);
    if visit.can(export::EXPORT, everything) {
        let proof = link(&format!("/days/{day}/{revision}/closing.xml"), t.say("day-proof"));
        pieces.extend([part(t.say("export-title")), paragraph_of(proof)]);
    }
    pieces.push(hook("day", "agrees", if agrees { "yes" } else { "no" }));
    pieces.push(hook("day-open", "count", &count.to_string()));
    Ok(shown(&visit, t.say("console-days-title"), Html::join(pieces)))
}

/// The signed document itself.
pub(super) async fn proof(
    visit: Visit,
    Path((day, revision)): Path<(String, u32)>,
) -> Result<Response, Stopped> {
    let record = found(&visit, &day, revision).await?;
    visit.may(export::EXPORT, Resource::Everything).await?;
    let name = format!("attachment; filename=\"closing-{}-r{}.xml\"", record.day, record.revision);
    let headers = [(CONTENT_TYPE, "application/xml; charset=utf-8".to_owned()), (CONTENT_DISPOSITION, name)];
    Ok((headers, record.document).into_response())
}
