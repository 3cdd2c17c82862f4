//! Refunds: what was granted to payers, on what ground, and what the banks have said to it.

use axum::extract::{Path, Query};
use axum::response::Response;
use files::table::{Cell, Column, Table};
use ledger::RefundProgress;
use pages::form::{ButtonKind, Choice, Radios, button, query_form};
use pages::part::{DataTable, Facts, link};
use pages::{Html, Markup as _, date_time, money};
use rights::Resource;
use serde::Deserialize;
use store::{LIST_BOUND, RefundRecord, Scope, Store as _, StoreError};

use super::export::{self, FileKind};
use super::payments::SEE;
use super::view::{heading, hook, paragraph, part, shown};
use super::visit::{Stopped, Visit};
use crate::show::Shown;

#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    state: String,
}

impl Asked {
    /// The state asked for; none for all.
    fn state(&self) -> Result<Option<&'static str>, Stopped> {
        if self.state.is_empty() {
            return Ok(None);
        }
        let known = RefundProgress::NAMES.into_iter().find(|name| *name == self.state);
        known.map(Some).ok_or(Stopped::BadRequest)
    }
}

/// The widest of what the officer may read payments of.
async fn within(visit: &Visit) -> Result<Resource, Stopped> {
    let reach = visit.access().reach(visit.member(), SEE);
    let whole = reach.iter().find(|resource| **resource == Resource::Everything);
    match whole.or(reach.first()) {
        Some(resource) => Ok(*resource),
        None => {
            visit.may(SEE, Resource::Everything).await?;
            Ok(Resource::Everything)
        }
    }
}

async fn read(visit: &Visit, asked: &Asked) -> Result<(Vec<RefundRecord>, Resource), Stopped> {
    let resource = within(visit).await?;
    let scope = match resource {
        Resource::Everything => Scope::Everything,
        Resource::Bank(bin) => Scope::Bank(bin),
        Resource::Provider(bin) => Scope::Provider(bin),
    };
    let state = asked.state()?;
    let rows = visit.console.cx.store.read(move |view| view.refunds(scope, state, LIST_BOUND));
    let rows: Result<_, StoreError> = rows.await;
    Ok((rows?.into_iter().map(|stored| stored.value).collect(), resource))
}

fn state_words(visit: &Visit, record: &RefundRecord) -> String {
    visit.t().say(&format!("refund-state-{}", record.refund.progress.name())).to_string()
}

fn ground_words(visit: &Visit, record: &RefundRecord) -> String {
    visit.t().say(&format!("refund-{}", record.refund.ground)).to_string()
}

fn table(visit: &Visit, rows: &[RefundRecord]) -> Table {
    let t = visit.t();
    let columns = [
        ("payment_code", "word-payment-code"),
        ("bank", "payment-bank"),
        ("amount", "payment-amount"),
        ("ground", "refund-ground"),
        ("state", "refund-state"),
        ("granted_at", "refund-granted-at"),
        ("grants", "refund-grants"),
        ("proposal", "refund-proposal"),
        ("operation", "refund-operation"),
        ("refund_reference", "refund-back-reference"),
        ("refunded_at", "refund-given-back-at"),
        ("reason", "refund-bank-reason"),
    ];
    let sum: u64 = rows.iter().map(|record| record.refund.amount.as_u64()).sum();
    let mut total = vec![Cell::Nothing; columns.len()];
    (total[0], total[2]) = (Table::total_cell(visit.language), Cell::Money(sum.into()));
    Table {
        stem: "refunds".to_owned(),
        title: t.say("console-refunds-title").to_string(),
        language: visit.language,
        about: Vec::new(),
        formed_at: visit.now,
        columns: columns.map(|(name, title)| Column::new(name, t.say(title))).into(),
        rows: rows.iter().map(|record| row(visit, record)).collect(),
        total: Some(total),
    }
}

fn row(visit: &Visit, record: &RefundRecord) -> Vec<Cell> {
    let refund = &record.refund;
    let (reference, at, reason) = match &refund.progress {
        RefundProgress::Granted | RefundProgress::Asked => (None, None, None),
        RefundProgress::GivenBack(given) => (given.reference.as_ref(), Some(given.at), None),
        RefundProgress::Refused(reason) => (None, None, Some(reason)),
    };
    vec![
        Cell::Identifier(refund.code.digits()),
        Cell::Text(visit.console.cx.name_of(refund.bank, visit.language)),
        Cell::Money(refund.amount.as_u64().into()),
        Cell::Text(ground_words(visit, record)),
        Cell::Text(state_words(visit, record)),
        Cell::Moment(record.granted_at),
        Cell::Number(record.grants.into()),
        Cell::Identifier(record.proposal.to_string()),
        Cell::Identifier(refund.operation.to_string()),
        reference.map_or(Cell::Nothing, |reference| Cell::Identifier(reference.to_string())),
        at.map_or(Cell::Nothing, Cell::Moment),
        reason.map_or(Cell::Nothing, |reason| Cell::Text(reason.to_string())),
    ]
}

/// The list with a link to each payment.
fn with_links(table: &Table, rows: &[RefundRecord]) -> Html {
    let mut drawn = DataTable::new(&table.title).wide();
    for (place, column) in table.columns.iter().enumerate() {
        let is_number = table.rows.iter().any(|row| row[place].is_number());
        drawn = if is_number { drawn.number_column(&column.title) } else { drawn.column(&column.title) };
    }
    for (record, row) in rows.iter().zip(&table.rows) {
        let code = record.refund.code;
        let first = link(&format!("/payments?code={}", code.digits()), code);
        let rest = row[1..].iter().map(|cell| Html::text(cell.shown(table.language)));
        drawn.row(std::iter::once(first).chain(rest));
    }
    if let Some(total) = &table.total {
        drawn.row(total.iter().map(|cell| Html::text(cell.shown(table.language))));
    }
    drawn.html()
}

pub(super) async fn show(visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Stopped> {
    let (rows, resource) = read(&visit, &asked).await?;
    let t = visit.t();
    let states = RefundProgress::NAMES.map(|name| Choice::new(name, t.say(&format!("refund-state-{name}"))));
    let choices = std::iter::once(Choice::new("", t.say("refunds-all"))).chain(states).collect();
    let state =
        Radios::new(visit.language, "state", t.say("refund-state"), choices).chosen(&asked.state).html();
    let table = table(&visit, &rows);
    let query = if asked.state.is_empty() { String::new() } else { format!("state={}", asked.state) };
    let body = Html::join([
        heading(t.say("console-refunds-title")),
        paragraph(t.say("refunds-about")),
        query_form("refunds-of", "/refunds", [state, button(t.say("report-show"), ButtonKind::Main)]),
        if rows.is_empty() { paragraph(t.say("refunds-none")) } else { with_links(&table, &rows) },
        export::links(&visit, resource, "/refunds", &query),
        hook("refunds", "count", &rows.len().to_string()),
    ]);
    Ok(shown(&visit, t.say("console-refunds-title"), body))
}

pub(super) async fn file(
    visit: Visit,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Stopped> {
    let kind = FileKind::of_name(&name)?;
    let (rows, resource) = read(&visit, &asked).await?;
    export::file(&visit, resource, kind, &table(&visit, &rows)).await
}

/// What of a payment's refund stands on the payment's own page.
pub(super) fn facts(visit: &Visit, known: &Shown) -> Html {
    let Some(record) = known.refund.as_ref() else { return Html::default() };
    let (t, language) = (visit.t(), visit.language);
    let proposal = link(&format!("/proposals/{}", record.proposal), record.proposal);
    let mut facts = Facts::new()
        .fact(t.say("refund-state"), state_words(visit, record))
        .fact(t.say("refund-money"), t.say(&format!("refund-money-{}", record.refund.progress.name())))
        .fact(t.say("payment-amount"), money(language, record.refund.amount))
        .fact(t.say("refund-ground"), ground_words(visit, record))
        .fact(t.say("refund-granted-at"), date_time(language, record.granted_at))
        .fact_html(t.say("refund-proposal"), proposal);
    for (title, at) in
        [("refund-asked-at", known.refund_asked_at()), ("refund-answered-at", record.answered_at)]
    {
        if let Some(at) = at {
            facts = facts.fact(t.say(title), date_time(language, at));
        }
    }
    match &record.refund.progress {
        RefundProgress::Granted | RefundProgress::Asked => {}
        RefundProgress::GivenBack(given) => {
            facts = facts.fact(t.say("refund-given-back-at"), date_time(language, given.at));
            if let Some(reference) = &given.reference {
                facts = facts.fact(t.say("refund-back-reference"), reference);
            }
        }
        RefundProgress::Refused(reason) => facts = facts.fact(t.say("refund-bank-reason"), reason),
    }
    let state = hook("refund", "state", record.refund.progress.name());
    Html::join([part(t.say("refund-title")), facts.html(), state])
}
