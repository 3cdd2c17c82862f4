//! What an officer finds on coming in: today's sums, the heaps of reconciliation, claims that are due, the newest registers;
//! for everything, one bank or one provider, as far as the own rights reach.

use files::table::{Cell, Table};
use ledger::register::Party;
use ledger::report::{Counting, Dimension, Fact, Period, Report};
use pages::Html;
use pages::part::link;
use rights::Resource;
use store::{ClaimsWanted, Days, RegistersWanted, Store as _, StoreError};
use terms::BankingDay;

use super::claims::ageing;
use super::query::{address, query};
use super::reports::SEE;
use super::view::{hook, list, paragraph_of, part};
use super::visit::{Arrival, Stopped};
use super::{export, reconciliation, registers, words};
use crate::reports::{is_within, named};

/// How far back claims and registers are looked at.
const DAYS_BACK: i64 = 31;
/// The newest registers that are shown.
const REGISTERS_SHOWN: usize = 5;
/// The most claims that are looked at.
const CLAIMS_READ: usize = 1000;

/// The parts of the start page, one after another for everything that the officer sees.
pub(super) async fn parts(arrival: &Arrival) -> Result<Html, Stopped> {
    let mut pieces = Vec::new();
    for of in arrival.access().reach(arrival.member(), SEE) {
        pieces.push(of_one(arrival, of).await?);
    }
    Ok(Html::join(pieces))
}

/// By what today's payments are counted, for whom.
fn dimensions(of: Resource) -> &'static [Dimension] {
    match of {
        Resource::Everything => &[Dimension::Method, Dimension::Bank, Dimension::Provider],
        Resource::Bank(_) => &[Dimension::Method, Dimension::Provider],
        Resource::Provider(_) => &[Dimension::Method, Dimension::Service],
    }
}

async fn of_one(arrival: &Arrival, of: Resource) -> Result<Html, Stopped> {
    let today = arrival.now.banking_day();
    let reports = today_by(arrival, of, today).await?;
    let t = arrival.t();
    let title = t.say("home-today").with("whose", whose(arrival, of)).to_string();
    let mut pieces = vec![part(&title)];
    for report in &reports {
        let caption = t.say(&format!("report-by-{}", report.dimension.name())).to_string();
        let table = sums(arrival, report, &format!("{caption}: {}", whose(arrival, of)));
        pieces.push(export::shown(&table, &table.title));
    }
    let day = today.to_string();
    let whole = query(&[("from", &day), ("until", &day), ("of", &of.to_string())]);
    pieces.push(paragraph_of(link(&address("/reports", &whole), t.say("console-reports-title"))));
    if let Some(report) = reports.first() {
        pieces.push(hook(
            &format!("today-{}", of.to_string().replace(':', "-")),
            "tiyn",
            &report.whole.sum.to_string(),
        ));
    }
    let party = match of {
        Resource::Everything => None,
        Resource::Bank(bin) => Some(Party::Bank(bin)),
        Resource::Provider(bin) => Some(Party::Provider(bin)),
    };
    if !matches!(of, Resource::Provider(_)) {
        pieces.push(claims_and_heaps(arrival, of, today).await?);
    }
    if let Some(party) = party {
        pieces.push(newest_registers(arrival, of, party, today).await?);
    }
    if let Resource::Provider(bin) = of {
        let own = address("/redemption", &query(&[("provider", &bin.to_string())]));
        pieces.push(paragraph_of(link(&own, t.say("console-redemption-title"))));
    }
    Ok(Html::join(pieces))
}

fn whose(arrival: &Arrival, of: Resource) -> String {
    match of {
        Resource::Everything => words::resource(arrival.t(), of),
        Resource::Bank(bin) | Resource::Provider(bin) => arrival.console.cx.name_of(bin, arrival.language),
    }
}

/// The payments of today counted in several ways in one walk over them.
async fn today_by(arrival: &Arrival, of: Resource, today: BankingDay) -> Result<Vec<Report>, Stopped> {
    let read = arrival.console.cx.store.read(move |view| {
        let period = Period::between(today, today);
        let mut counts: Vec<Counting> =
            dimensions(of).iter().map(|dimension| Counting::new(period, *dimension)).collect();
        view.report_facts(today.begins_at(), today.ends_at(), &mut |fact: &Fact| {
            if is_within(fact, of) {
                counts.iter_mut().for_each(|counting| counting.count(fact));
            }
        })?;
        Ok::<_, StoreError>(counts.into_iter().map(Counting::report).collect())
    });
    Ok(read.await?)
}

fn sums(arrival: &Arrival, report: &Report, title: &str) -> Table {
    let key = format!("report-by-{}", report.dimension.name());
    let columns = [
        ("key", key.as_str()),
        ("paid", "report-paid"),
        ("sum", "report-sum"),
        ("returned_sum", "report-returned-sum"),
    ];
    let mut table = export::table(arrival, "today", "console-reports-title", &columns);
    title.clone_into(&mut table.title);
    table.rows = report
        .lines
        .iter()
        .map(|line| {
            vec![
                Cell::Text(named(&arrival.console.cx, report.dimension, &line.key, arrival.language)),
                Cell::count(line.figures.paid),
                Cell::Money(line.figures.sum.into()),
                Cell::Money(line.figures.returned_sum.into()),
            ]
        })
        .collect();
    table.total = Some(vec![
        Table::total_cell(arrival.language),
        Cell::count(report.whole.paid),
        Cell::Money(report.whole.sum.into()),
        Cell::Money(report.whole.returned_sum.into()),
    ]);
    table
}

/// What is claimed and not reimbursed, and how the newest runs of yesterday and today stand.
async fn claims_and_heaps(arrival: &Arrival, of: Resource, today: BankingDay) -> Result<Html, Stopped> {
    let bank = if let Resource::Bank(bin) = of { Some(bin) } else { None };
    let wanted = ClaimsWanted { bank, is_open: true, ..ClaimsWanted::default() };
    let (claims, runs) = arrival
        .console
        .cx
        .store
        .read(move |view| {
            let mut runs = view.newest_reconciliations(today)?;
            runs.extend(view.newest_reconciliations(today.previous())?);
            Ok::<_, StoreError>((view.list_claims(&wanted, CLAIMS_READ)?, runs))
        })
        .await?;
    let runs: Vec<_> = runs.into_iter().filter(|(_, run)| bank.is_none_or(|bank| bank == run.bank)).collect();
    let t = arrival.t();
    let whose = whose(arrival, of);
    let ageing = ageing(arrival, &claims);
    let of_bank = |row: usize, column: &str| match ageing.rows.get(row).and_then(|row| row.first()) {
        Some(Cell::Identifier(bank)) if column == "bank" => Some(format!("/claims?bank={bank}&open=yes")),
        _ => None,
    };
    let heaps = reconciliation::table(arrival, &runs);
    let to_run = |row: usize, column: &str| {
        runs.get(row).filter(|_| column == "run").map(|(id, _)| reconciliation::page_of(*id))
    };
    Ok(Html::join([
        part(t.say("home-claims").with("whose", whose.clone())),
        export::linked(&ageing, t.say("home-claims").with("whose", whose.clone()), of_bank),
        part(t.say("home-heaps").with("whose", whose.clone())),
        export::linked(&heaps, t.say("home-heaps").with("whose", whose), to_run),
    ]))
}

async fn newest_registers(
    arrival: &Arrival,
    of: Resource,
    party: Party,
    today: BankingDay,
) -> Result<Html, Stopped> {
    let days = Days { from: Some(today.plus_days(-DAYS_BACK)), until: Some(today) };
    let wanted = RegistersWanted { party: Some(party), days, known_at: Some(arrival.now) };
    let found =
        arrival.console.cx.store.read(move |view| view.list_registers(&wanted, REGISTERS_SHOWN)).await?;
    let t = arrival.t();
    let one = |revision| {
        let table = registers::table(arrival, std::slice::from_ref(revision));
        let cells: Vec<String> = ["register", "net", "state"]
            .into_iter()
            .filter_map(|name| {
                let place = table.columns.iter().position(|column| column.name == name)?;
                Some(table.rows.first()?.get(place)?.shown(arrival.language))
            })
            .collect();
        link(&registers::page_of(revision), cells.join(", "))
    };
    let all = address("/registers", &query(&[("of", &of.to_string())]));
    let mut pieces = vec![part(t.say("home-registers").with("whose", whose(arrival, of)))];
    pieces.push(list(found.iter().map(one).collect()));
    pieces.push(paragraph_of(link(&all, t.say("console-registers-title"))));
    Ok(Html::join(pieces))
}
