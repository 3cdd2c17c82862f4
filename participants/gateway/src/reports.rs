//! Statistics and summaries on request (cl. 11): the figures of a period, as whoever asks may see them.
//!
//! What is counted how is settled in `ledger::report`; pages and commands draw it. [`table`] is the report as a list: the
//! page, the files it offers and those of `tolem report --out` have their figures from there.

use files::table::{Cell, Column, Table};
use ledger::report::{Counting, Dimension, Fact, Figures, Line, Period, Report, growth_per_mille};
use pages::say;
use rights::{Permitted, Resource};
use store::{Store, StoreError};
use terms::{Channel, Language};

use crate::cx::Cx;

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Question {
    /// The days.
    pub period: Period,
    /// By what.
    pub dimension: Dimension,
    /// Of whose payments.
    pub within: Resource,
}

/// Counts the payments of a period and of the one before it, in one consistent state.
///
/// # Errors
/// Those of the store.
pub async fn report(cx: &Cx, question: &Permitted<Question>) -> Result<Report, StoreError> {
    let Question { period, dimension, within } = *question.command();
    cx.store
        .read(move |view| {
            let mut counting = Counting::new(period, dimension);
            let (from, until) = (period.before().first().begins_at(), period.last().ends_at());
            view.report_facts(from, until, &mut |fact| {
                if is_within(fact, within) {
                    counting.count(fact);
                }
            })?;
            Ok(counting.report())
        })
        .await
}

/// Whether a payment is one of those that somebody may count.
pub(crate) fn is_within(fact: &Fact, within: Resource) -> bool {
    match within {
        Resource::Everything => true,
        Resource::Bank(bin) => fact.paid.as_ref().is_some_and(|paid| paid.bank == bin),
        Resource::Provider(bin) => fact.provider == bin,
    }
}

/// The key of a line in words: the name of the bank, the provider, the service or the way to pay.
pub fn named(cx: &Cx, dimension: Dimension, key: &str, language: Language) -> String {
    let name = match dimension {
        _ if key.is_empty() => Some(say(language, "report-none").to_string()),
        Dimension::Day => key.parse::<terms::BankingDay>().ok().map(|day| {
            let at = day.begins_at();
            pages::date(language, at)
        }),
        Dimension::Hour => Some(format!("{key}:00–{key}:59")),
        Dimension::Method => {
            key.parse::<Channel>().ok().map(|channel| pages::channel_name(language, channel).to_owned())
        }
        Dimension::Bank | Dimension::Provider => key.parse().ok().map(|bin| cx.name_of(bin, language)),
        Dimension::Service => key
            .parse()
            .ok()
            .and_then(|code| cx.catalogue.find(&code))
            .map(|service| service.name.get(language).to_owned()),
    };
    name.unwrap_or_else(|| key.to_owned())
}

/// A report as a list: a row for each line, the whole in the last one.
pub fn table(cx: &Cx, report: &Report, within: Resource, language: Language) -> Table {
    let title = |id: &str| say(language, id).to_string();
    let column = |name, id: &str| Column::new(name, title(id));
    let before = |name, id: &str| Column::new(name, format!("{} ({})", title(id), title("report-before")));
    let columns = vec![
        column("key", "report-key"),
        Column::new("name", title(&format!("report-by-{}", report.dimension.name()))),
        column("issued", "report-issued"),
        column("paid", "report-paid"),
        column("sum", "report-sum"),
        column("closed", "report-closed"),
        column("disputed", "report-disputed"),
        column("returned", "report-returned"),
        column("returned_sum", "report-returned-sum"),
        column("void", "report-void"),
        column("success_per_mille", "report-success"),
        column("latency_p50_ms", "report-p50"),
        column("latency_p95_ms", "report-p95"),
        column("latency_p99_ms", "report-p99"),
        before("issued_before", "report-issued"),
        before("paid_before", "report-paid"),
        before("sum_before", "report-sum"),
        column("growth_per_mille", "report-growth"),
    ];
    let rows = report.lines.iter().map(|line| {
        let name = named(cx, report.dimension, &line.key, language);
        let key = if line.key.is_empty() { Cell::Nothing } else { Cell::Identifier(line.key.clone()) };
        cells(key, Cell::Text(name), line)
    });
    let whole = Line { key: String::new(), figures: report.whole.clone(), before: report.before.clone() };
    let of = match within {
        Resource::Everything => title("resource-everything"),
        Resource::Bank(bin) | Resource::Provider(bin) => cx.name_of(bin, language),
    };
    let (period, earlier) = (report.period, report.period.before());
    Table {
        stem: format!("report-{}-{}-by-{}", period.first(), period.last(), report.dimension.name()),
        title: title("console-reports-title"),
        language,
        about: vec![
            (title("report-period"), format!("{} – {}", period.first(), period.last())),
            (title("report-before"), format!("{} – {}", earlier.first(), earlier.last())),
            (title("console-resource"), of),
        ],
        formed_at: cx.host.now(),
        columns,
        rows: rows.collect(),
        total: Some(cells(Table::total_cell(language), Cell::Nothing, &whole)),
    }
}

fn cells(key: Cell, name: Cell, line: &Line) -> Vec<Cell> {
    let Figures { issued, paid, sum, closed, disputed, returned, returned_sum, void, ref latency } =
        line.figures;
    let before = &line.before;
    let maybe = |number: Option<u64>| number.map_or(Cell::Nothing, Cell::count);
    vec![
        key,
        name,
        Cell::count(issued),
        Cell::count(paid),
        Cell::Money(sum.into()),
        Cell::count(closed),
        Cell::count(disputed),
        Cell::count(returned),
        Cell::Money(returned_sum.into()),
        Cell::count(void),
        maybe(line.figures.success_per_mille()),
        maybe(latency.percentile(50)),
        maybe(latency.percentile(95)),
        maybe(latency.percentile(99)),
        Cell::count(before.issued),
        Cell::count(before.paid),
        Cell::Money(before.sum.into()),
        growth_per_mille(sum, before.sum).map_or(Cell::Nothing, Cell::Number),
    ]
}
