//! Whose looks at people's data a day's work does not explain (A13). What makes a sign is settled in `rights::anomaly`.

use axum::response::Response;
use files::table::{Cell, Table};
use pages::Html;
use rights::Resource;
use serde::Deserialize;
use terms::BankingDay;

use super::masking::people_in;
use super::query::{address, asked, day_field, maybe, narrowing, query};
use super::readings::SEE;
use super::view::{heading, hook, paragraph, shown};
use super::visit::{Stopped, Visit};
use super::{export, views};
use crate::anomalies::anomalies_of;

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    day: String,
}

/// The day that is asked for, today where none is, with its signs. Numbers of people are masked.
async fn read(visit: &Visit) -> Result<(BankingDay, Table), Stopped> {
    let Asked { day } = asked(&visit.uri)?;
    let day = maybe(&day)?.unwrap_or_else(|| visit.now.banking_day());
    let command = visit.permitted(day, SEE, Resource::Everything).await?;
    let found = anomalies_of(&visit.console.cx, &command).await?;
    let t = visit.t();
    let columns = [
        ("actor", "readings-actor"),
        ("sign", "anomaly-sign"),
        ("count", "anomaly-count"),
        ("beside", "anomaly-beside"),
    ];
    let mut table = export::table(visit, format!("anomalies-{day}"), "console-anomalies-title", &columns);
    table.about.push((t.say("report-by-day").to_string(), day.to_string()));
    table.rows = found
        .iter()
        .map(|one| {
            let (count, beside) = one.sign.figures();
            vec![
                Cell::Text(people_in(&one.actor)),
                Cell::Text(t.say(&format!("anomaly-{}", one.sign.word())).to_string()),
                Cell::count(count),
                beside.map_or(Cell::Nothing, Cell::count),
            ]
        })
        .collect();
    Ok((day, table))
}

/// The list, for a file.
pub(super) async fn rows(visit: &Visit) -> Result<(Resource, Table), Stopped> {
    Ok((Resource::Everything, read(visit).await?.1))
}

pub(super) async fn show(visit: Visit) -> Result<Response, Stopped> {
    let (day, table) = read(&visit).await?;
    let (t, language) = (visit.t(), visit.language);
    let day = day.to_string();
    let query = query(&[("day", &day)]);
    let nowhere = |_: usize, _: &str| None;
    let mut pieces = vec![
        heading(t.say("console-anomalies-title")),
        paragraph(t.say("anomalies-about")),
        narrowing(language, "/anomalies", [day_field(language, "day", "day-field", &day)], &[]),
    ];
    if table.rows.is_empty() {
        pieces.push(paragraph(t.say("anomalies-none").with("day", &day)));
    }
    pieces.extend([
        export::listed(&visit, Resource::Everything, "anomalies", &query, &table, nowhere),
        views::keep(&visit, &address("/anomalies", &query)),
        hook("anomalies", "count", &table.rows.len().to_string()),
    ]);
    Ok(shown(&visit, t.say("console-anomalies-title"), Html::join(pieces)))
}
