//! `tolem report`: statistics and summaries of payments, on the operator's own machine.

use std::path::Path;

use anyhow::{Context as _, anyhow};
use files::register::Dialect;
use files::table::Table;
use gateway::reports::{self, Question};
use ledger::report::{Figures, Line, Period, Report, growth_per_mille};
use rights::{Permitted, SystemJob};
use serde_json::{Value, json};
use terms::{BankingDay, Language, tenge};

use crate::cli::{DialectWord, ReportArguments};
use crate::exit::Failure;
use crate::inspect::open;
use crate::output;
use crate::search::in_order;

pub(crate) async fn run(arguments: ReportArguments, json: bool) -> Result<(), Failure> {
    let out = match &arguments.out {
        Some(file) => {
            arguments.overwrite.vacant(file)?;
            Some((file, Form::of(file)?))
        }
        None => None,
    };
    let cx = open(&arguments.config)?;
    let today = cx.host.now().banking_day();
    let question = Question {
        period: period(&arguments, today)?,
        dimension: arguments.by,
        within: arguments.within.resource(),
    };
    let report = reports::report(&cx, &Permitted::system(question, SystemJob("report"))).await;
    let report = report.map_err(anyhow::Error::new)?;
    match out {
        None => print(&report, json),
        Some((file, form)) => {
            let (language, dialect) = dialect(arguments.dialect);
            let table = reports::table(&cx, &report, question.within, language);
            write(file, form, &table, dialect)?;
            let object = json!({ "file": file.display().to_string(), "lines": table.rows.len() });
            output::one(json, &object, || format!("{}: {} lines", file.display(), table.rows.len()));
        }
    }
    Ok(())
}

/// The language of the titles and the dialect of a CSV file.
fn dialect(word: DialectWord) -> (Language, Dialect) {
    match word {
        DialectWord::Ru => (Language::Ru, Dialect::Office(Language::Ru)),
        DialectWord::Kk => (Language::Kk, Dialect::Office(Language::Kk)),
        DialectWord::En => (Language::En, Dialect::OfficeEnglish),
        DialectWord::Machine => (Language::En, Dialect::Machine),
    }
}

/// In what a report is written.
#[derive(Clone, Copy)]
enum Form {
    Csv,
    Xlsx,
    JsonLines,
}

impl Form {
    /// The form that a file's ending names.
    fn of(file: &Path) -> Result<Self, Failure> {
        match file.extension().and_then(|ending| ending.to_str()) {
            Some("csv") => Ok(Self::Csv),
            Some("xlsx") => Ok(Self::Xlsx),
            Some("jsonl") => Ok(Self::JsonLines),
            _ => Err(Failure::usage(anyhow!("--out must end in .csv, .xlsx or .jsonl"))),
        }
    }
}

/// Writes the same figures that the page shows.
fn write(file: &Path, form: Form, table: &Table, dialect: Dialect) -> Result<(), Failure> {
    let octets = match form {
        Form::Csv => table.csv(dialect),
        Form::Xlsx => table.xlsx().map_err(anyhow::Error::new)?,
        Form::JsonLines => table.json_lines(),
    };
    std::fs::write(file, octets).with_context(|| format!("writing {}", file.display()))?;
    Ok(())
}

fn period(arguments: &ReportArguments, today: BankingDay) -> Result<Period, Failure> {
    let Some(from) = arguments.from else { return Ok(arguments.span.around(arguments.day.unwrap_or(today))) };
    let until = arguments.until.unwrap_or(today);
    in_order(from, until)?;
    Ok(Period::between(from, until))
}

fn print(report: &Report, json: bool) {
    let whole = Line { key: String::new(), figures: report.whole.clone(), before: report.before.clone() };
    let name = |line: &Line| if line.key.is_empty() { "–".to_owned() } else { line.key.clone() };
    if !json {
        output::say(&format!(
            "{} to {}, by {}; growth against {} to {}",
            report.period.first(),
            report.period.last(),
            report.dimension.name(),
            report.period.before().first(),
            report.period.before().last()
        ));
        output::say(&format!(
            "{:<16} {:>9} {:>9} {:>18} {:>8} {:>9} {:>9} {:>9}",
            "", "issued", "paid", "sum ₸", "growth", "success", "p50", "p99"
        ));
    }
    for line in &report.lines {
        let object = object(report.period, report.dimension.name(), &name(line), line);
        output::one(json, &object, || written(&name(line), line));
    }
    output::one(json, &object(report.period, "whole", "", &whole), || written("whole", &whole));
}

fn written(name: &str, line: &Line) -> String {
    let Figures { issued, paid, sum, .. } = line.figures;
    let growth = growth_per_mille(sum, line.before.sum);
    let percent = |per_mille: Option<i64>| {
        per_mille.map_or_else(
            || "–".to_owned(),
            |share| {
                let sign = if share < 0 { "-" } else { "" };
                format!("{sign}{}.{} %", share.abs() / 10, share.abs() % 10)
            },
        )
    };
    let success = line.figures.success_per_mille().and_then(|share| i64::try_from(share).ok());
    let time = |of_hundred| {
        let milliseconds = line.figures.latency.percentile(of_hundred);
        milliseconds.map_or_else(|| "–".to_owned(), |milliseconds| format!("{milliseconds} ms"))
    };
    format!(
        "{name:<16} {issued:>9} {paid:>9} {:>18} {:>8} {:>9} {:>9} {:>9}",
        tenge(sum),
        percent(growth),
        percent(success),
        time(50),
        time(99)
    )
}

fn object(period: Period, by: &str, key: &str, line: &Line) -> Value {
    let figures = |figures: &Figures| {
        json!({
            "issued": figures.issued,
            "paid": figures.paid,
            "sum": tenge(figures.sum),
            "closed": figures.closed,
            "disputed": figures.disputed,
            "returned": figures.returned,
            "returned_sum": tenge(figures.returned_sum),
            "void": figures.void,
            "success_per_mille": figures.success_per_mille(),
            "latency_p50_ms": figures.latency.percentile(50),
            "latency_p95_ms": figures.latency.percentile(95),
            "latency_p99_ms": figures.latency.percentile(99),
        })
    };
    json!({
        "from": period.first().to_string(),
        "until": period.last().to_string(),
        "by": by,
        "key": key,
        "figures": figures(&line.figures),
        "before": figures(&line.before),
        "growth_per_mille": growth_per_mille(line.figures.sum, line.before.sum),
    })
}
