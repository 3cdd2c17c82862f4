//! Reports: statistics and summaries of payments over time (cl. 11), as charts, tables and files.
//!
//! The address is the view: it names the days, the breakdown and whose payments, and can be kept and passed on. Whoever
//! opens it sees what the own groups reach, or is told what is missing.

use axum::extract::{Path, Query};
use axum::response::Response;
use files::table::Cell;
use ledger::report::{Dimension, Figures, Period, Report, Span, growth_per_mille};
use pages::form::{ButtonKind, TextInput, button, hidden, query_form};
use pages::part::{DataTable, link};
use pages::{Chart, Html, Markup as _, Texts};
use rights::{Action, Permitted, Resource};
use serde::Deserialize;
use terms::BankingDay;

use super::export::{self, FileKind};
use super::view::{heading, hook, list, paragraph, part, shown};
use super::visit::{Stopped, Visit};
use super::{views, words};
use crate::reports;

/// What opens reports.
pub(super) const SEE: Action = Action("SeeReports");

/// The most days of one report: those of a leap year.
const MOST_DAYS: i64 = 366;
/// How far from today a report may lie: a hundred years.
const FARTHEST_DAYS: i64 = 36_525;
/// The longest day that is typed.
const DAY_CHARACTERS: usize = 10;

/// What the address says.
#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    span: String,
    #[serde(default)]
    day: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    until: String,
    #[serde(default)]
    by: String,
    #[serde(default)]
    of: String,
}

/// What is looked at.
#[derive(Clone, Copy)]
struct Sight {
    period: Period,
    by: Dimension,
    of: Resource,
}

impl Sight {
    fn query(self) -> String {
        let Self { period, by, of } = self;
        format!("from={}&until={}&by={}&of={of}", period.first(), period.last(), by.name())
    }

    fn address(self) -> String {
        format!("/reports?{}", self.query())
    }
}

async fn sight(visit: &Visit, asked: &Asked) -> Result<Sight, Stopped> {
    let today = visit.now.banking_day();
    let typed = |text: &str| match text {
        "" => Ok(None),
        text => text.parse::<BankingDay>().map(Some).map_err(|_| Stopped::BadRequest),
    };
    let period = match (typed(&asked.from)?, typed(&asked.until)?) {
        (None, None) => {
            let span = if asked.span.is_empty() { Ok(Span::Day) } else { asked.span.parse() };
            let day = typed(&asked.day)?.unwrap_or(today);
            is_near(day, today)?;
            span.map_err(|_| Stopped::BadRequest)?.around(day)
        }
        (from, until) => {
            let until = until.unwrap_or(today);
            Period::between(from.unwrap_or(until), until)
        }
    };
    is_near(period.first(), today)?;
    is_near(period.last(), today)?;
    if period.days() > MOST_DAYS {
        return Err(Stopped::BadRequest);
    }
    let by = if asked.by.is_empty() { Ok(Dimension::Method) } else { asked.by.parse() };
    let reach = visit.access().reach(visit.member(), SEE);
    let of = match asked.of.as_str() {
        "" => reach.first().copied().unwrap_or(Resource::Everything),
        text => text.parse().map_err(|_| Stopped::BadRequest)?,
    };
    visit.may(SEE, of).await?;
    Ok(Sight { period, by: by.map_err(|_| Stopped::BadRequest)?, of })
}

fn is_near(day: BankingDay, today: BankingDay) -> Result<(), Stopped> {
    if day.days_since(today).abs() <= FARTHEST_DAYS { Ok(()) } else { Err(Stopped::BadRequest) }
}

async fn report(visit: &Visit, sight: Sight) -> Result<Report, Stopped> {
    let question = reports::Question { period: sight.period, dimension: sight.by, within: sight.of };
    let access = visit.access();
    let permitted = Permitted::officer(question, SEE, sight.of, &visit.officer, &access);
    match permitted {
        Ok(permitted) => Ok(reports::report(&visit.console.cx, &permitted).await?),
        Err(lack) => Err(visit.lacking(*lack).await?),
    }
}

pub(super) async fn file(
    visit: Visit,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Stopped> {
    let kind = FileKind::of_name(&name)?;
    let sight = sight(&visit, &asked).await?;
    let report = report(&visit, sight).await?;
    let table = reports::table(&visit.console.cx, &report, sight.of, visit.language);
    export::file(&visit, sight.of, kind, &table).await
}

pub(super) async fn show(visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Stopped> {
    let sight = sight(&visit, &asked).await?;
    let report = report(&visit, sight).await?;
    let t = visit.t();
    let table = reports::table(&visit.console.cx, &report, sight.of, visit.language);
    let mut pieces = vec![heading(t.say("console-reports-title")), paragraph(t.say("report-about"))];
    pieces
        .push(list(table.about.iter().map(|(name, value)| Html::text(format!("{name}: {value}"))).collect()));
    pieces.push(other_sights(&visit, sight));
    pieces.push(whole(&visit, &report));
    pieces.extend(charts(&visit, &report));
    pieces.push(part(t.say("report-lines")));
    pieces.push(export::shown(&table, t.say("report-lines")));
    pieces.push(export::links(&visit, sight.of, "/reports", &sight.query()));
    pieces.push(views::keep(&visit, &sight.address()));
    pieces.push(hook("report", "paid", &report.whole.paid.to_string()));
    pieces.push(hook("report-sum", "tiyn", &report.whole.sum.to_string()));
    Ok(shown(&visit, t.say("console-reports-title"), Html::join(pieces)))
}

/// Links to other days, other breakdowns, others' payments, and a form for any days.
fn other_sights(visit: &Visit, sight: Sight) -> Html {
    let t = visit.t();
    let today = visit.now.banking_day();
    let at = |period: Period, text: &str| link(&Sight { period, ..sight }.address(), t.say(text));
    let days = |ahead: i64, until: BankingDay| Period::between(until.plus_days(ahead), until);
    let length = sight.period.days();
    let after = sight.period.last().next();
    let periods = vec![
        at(days(0, today), "report-today"),
        at(days(0, today.previous()), "report-yesterday"),
        at(days(-6, today), "report-seven-days"),
        at(days(-29, today), "report-thirty-days"),
        at(Span::Day.around(sight.period.last()), "report-span-day"),
        at(Span::Week.around(sight.period.last()), "report-span-week"),
        at(Span::Month.around(sight.period.last()), "report-span-month"),
        at(sight.period.before(), "report-previous"),
        at(Period::between(after, after.plus_days(length - 1)), "report-next"),
    ];
    let by = Dimension::ALL.map(|by| {
        let id = format!("report-by-{}", by.name());
        link(&Sight { by, ..sight }.address(), t.say(&id))
    });
    let field = |name, id: &str, day: BankingDay| {
        TextInput::new(visit.language, name, t.say(id)).longest(DAY_CHARACTERS).value(day).html()
    };
    let form = query_form(
        "days",
        "/reports",
        [
            field("from", "report-from", sight.period.first()),
            field("until", "report-until", sight.period.last()),
            hidden("by", sight.by.name()),
            hidden("of", sight.of),
            button(t.say("report-show"), ButtonKind::Main),
        ],
    );
    let mut pieces = vec![part(t.say("report-period")), list(periods), form];
    pieces.extend([part(t.say("report-by")), list(by.into())]);
    let reach = visit.access().reach(visit.member(), SEE);
    if reach.len() > 1 {
        let of = |of: &Resource| link(&Sight { of: *of, ..sight }.address(), words::resource(t, *of));
        pieces.extend([part(t.say("report-scope")), list(reach.iter().map(of).collect())]);
    }
    Html::join(pieces)
}

/// `-12,5 %`, or a dash.
fn percent(t: Texts, per_mille: Option<i64>) -> String {
    let Some(share) = per_mille else { return "–".to_owned() };
    let sign = if share < 0 { "−" } else { "" };
    let point = if t.language() == terms::Language::En { '.' } else { ',' };
    format!("{sign}{}{point}{}\u{a0}%", share.abs() / 10, share.abs() % 10)
}

/// The figures of the whole beside those of the period before.
fn whole(visit: &Visit, report: &Report) -> Html {
    let (t, language) = (visit.t(), visit.language);
    let mut table = DataTable::new(t.say("report-whole"))
        .column(t.say("report-figure"))
        .number_column(t.say("report-this"))
        .number_column(t.say("report-before"))
        .number_column(t.say("report-growth-percent"));
    let (now, before) = (&report.whole, &report.before);
    let mut row = |id: &str, of: &dyn Fn(&Figures) -> u64, is_money: bool| {
        let (now, before) = (of(now), of(before));
        let cell = |figure: u64| {
            let cell = if is_money { Cell::Money(figure.into()) } else { Cell::count(figure) };
            Html::text(cell.shown(language))
        };
        let growth = percent(t, growth_per_mille(now, before));
        table.row([Html::text(t.say(id)), cell(now), cell(before), Html::text(growth)]);
    };
    row("report-issued", &|of| of.issued, false);
    row("report-paid", &|of| of.paid, false);
    row("report-sum", &|of| of.sum, true);
    row("report-closed", &|of| of.closed, false);
    row("report-disputed", &|of| of.disputed, false);
    row("report-returned", &|of| of.returned, false);
    row("report-returned-sum", &|of| of.returned_sum, true);
    row("report-void", &|of| of.void, false);
    let success = |of: &Figures| of.success_per_mille().and_then(|share| i64::try_from(share).ok());
    let dash = || Html::text("–");
    let shares = [now, before].map(|of| Html::text(percent(t, success(of))));
    let [of_now, of_before] = shares;
    table.row([Html::text(t.say("report-success-percent")), of_now, of_before, dash()]);
    for (id, of_hundred) in [("report-p50", 50), ("report-p95", 95), ("report-p99", 99)] {
        let [of_now, of_before] = [now, before].map(|of| {
            let time = of.latency.percentile(of_hundred).map_or(Cell::Nothing, Cell::count);
            Html::text(time.shown(language))
        });
        table.row([Html::text(t.say(id)), of_now, of_before, dash()]);
    }
    table.html()
}

/// What a chart shows: its caption, the figure of a line, and whether it is money.
type Drawn = (&'static str, fn(&Figures) -> u64, bool);

fn charts(visit: &Visit, report: &Report) -> Vec<Html> {
    const CHARTS: [Drawn; 4] = [
        ("report-chart-count", |of| of.paid, false),
        ("report-chart-sum", |of| of.sum, true),
        ("report-chart-success", |of| of.success_per_mille().unwrap_or_default(), false),
        ("report-chart-delay", |of| of.latency.percentile(95).unwrap_or_default(), false),
    ];
    let (t, language) = (visit.t(), visit.language);
    let key = t.say(&format!("report-by-{}", report.dimension.name())).to_string();
    let draw = |(caption, of, is_money): Drawn| {
        let caption = t.say(caption).to_string();
        let before = t.say("report-before").to_string();
        let mut chart = Chart::new(&caption, [&key, &caption, &before], t.say("report-as-table"));
        for line in &report.lines {
            let shown = |figure: u64| {
                let cell = if is_money { Cell::Money(figure.into()) } else { Cell::count(figure) };
                cell.shown(language)
            };
            let label = label(visit, report.dimension, &line.key);
            let (now, before) = (of(&line.figures), of(&line.before));
            chart.bar_and_before(label, (now, shown(now)), (before, shown(before)));
        }
        chart.html()
    };
    CHARTS.into_iter().map(draw).collect()
}

/// What stands under a bar: short, so that it has room.
fn label(visit: &Visit, by: Dimension, key: &str) -> String {
    match by {
        Dimension::Day => key
            .parse::<BankingDay>()
            .map_or_else(|_| key.to_owned(), |day| day.begins_at().in_almaty("%d.%m")),
        Dimension::Hour => key.to_owned(),
        _ => reports::named(&visit.console.cx, by, key, visit.language),
    }
}
