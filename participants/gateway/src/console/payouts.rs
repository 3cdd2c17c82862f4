//! Payouts to providers (cl. 24): to whom, where to, how far each has come.
//!
//! A payout is one provider's and leaves the account at one bank; either's officers see it.

use axum::response::Response;
use files::table::{Cell, Table};
use ledger::{DocumentNumber, Progress};
use pages::form::TextInput;
use pages::{Html, Markup as _};
use rights::Resource;
use serde::Deserialize;
use store::{PayoutRecord, PayoutsWanted, Store as _, View};

use super::query::{address, asked, choices, day_field, days, maybe, narrowing, one_of, query};
use super::reports::SEE;
use super::view::{heading, hook, paragraph, shown};
use super::visit::{Stopped, Visit};
use super::{export, views};

/// Payouts on the page and in its files.
const SHOWN: usize = 1000;
/// How far payouts have come, by name.
const PROGRESS: [&str; 4] = ["ordered", "executed", "refused", "confirmed"];

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    bank: String,
    #[serde(default)]
    provider: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    until: String,
    #[serde(default)]
    progress: String,
    /// The number of one.
    #[serde(default)]
    number: String,
    #[serde(default)]
    of: String,
}

impl Asked {
    fn settings(&self) -> [(&'static str, &str); 7] {
        [
            ("bank", &self.bank),
            ("provider", &self.provider),
            ("from", &self.from),
            ("until", &self.until),
            ("progress", &self.progress),
            ("number", &self.number),
            ("of", &self.of),
        ]
    }
}

async fn read(visit: &Visit) -> Result<(Resource, Asked, Vec<PayoutRecord>), Stopped> {
    let asked: Asked = asked(&visit.uri)?;
    let of = visit.within(SEE, &asked.of).await?;
    let mut wanted = PayoutsWanted {
        bank: maybe(&asked.bank)?,
        provider: maybe(&asked.provider)?,
        days: days(&asked.from, &asked.until)?,
        progress: one_of(&asked.progress, &PROGRESS)?,
    };
    match of {
        Resource::Everything => {}
        Resource::Bank(bin) => wanted.bank = Some(bin),
        Resource::Provider(bin) => wanted.provider = Some(bin),
    }
    let number = maybe::<DocumentNumber>(&asked.number)?;
    let read = move |view: &dyn View| match &number {
        None => view.list_payouts(&wanted, SHOWN),
        Some(number) => {
            let found = view.payout(number)?.map(|stored| stored.value);
            let is_within = |one: &PayoutRecord| {
                wanted.bank.is_none_or(|bank| bank == one.payout.bank)
                    && wanted.provider.is_none_or(|provider| provider == one.payout.to.provider)
            };
            Ok(found.filter(is_within).into_iter().collect())
        }
    };
    let found = visit.console.cx.store.read(read).await?;
    Ok((of, asked, found))
}

fn table(visit: &Visit, payouts: &[PayoutRecord]) -> Table {
    let t = visit.t();
    let mut table = export::table(
        visit,
        "payouts",
        "console-payouts-title",
        &[
            ("number", "payout-number"),
            ("provider", "contract-bin"),
            ("provider_name", "report-by-provider"),
            ("bank", "report-by-bank"),
            ("day", "report-by-day"),
            ("amount", "payment-amount"),
            ("iban", "payout-iban"),
            ("bic", "payout-bic"),
            ("kbk", "payout-kbk"),
            ("knp", "payout-knp"),
            ("kbe", "payout-kbe"),
            ("guaranteed", "payout-guaranteed"),
            ("progress", "payout-progress"),
            ("executed_at", "payout-executed-at"),
            ("reason", "claim-reason"),
            ("tries", "payout-tries"),
        ],
    );
    table.rows = payouts
        .iter()
        .map(|record| {
            let payout = &record.payout;
            let (executed_at, reason) = match &payout.progress {
                Progress::Executed(at) => (Cell::Moment(*at), None),
                Progress::Refused(reason) => (Cell::Nothing, Some(reason)),
                Progress::Ordered | Progress::Confirmed => (Cell::Nothing, None),
            };
            let name = |bin| Cell::Text(visit.console.cx.name_of(bin, visit.language));
            vec![
                Cell::Identifier(payout.number.to_string()),
                Cell::Identifier(payout.to.provider.to_string()),
                name(payout.to.provider),
                name(payout.bank),
                Cell::Day(payout.day),
                export::amount(payout.amount),
                Cell::Identifier(payout.to.iban.to_string()),
                Cell::Identifier(payout.to.bic.to_string()),
                Cell::Identifier(payout.to.kbk.to_string()),
                Cell::Identifier(payout.to.knp.to_string()),
                Cell::Identifier(payout.to.kbe.to_string()),
                Cell::Text(t.say(if payout.is_guaranteed { "word-yes" } else { "word-no" }).to_string()),
                Cell::Text(t.say(&format!("payout-{}", payout.progress.name())).to_string()),
                executed_at,
                export::maybe_text(reason),
                Cell::Number(record.tries.into()),
            ]
        })
        .collect();
    table.total = export::total(visit, &table, &["amount"]);
    table
}

/// The list, for a file.
pub(super) async fn rows(visit: &Visit) -> Result<(Resource, Table), Stopped> {
    let (of, _, payouts) = read(visit).await?;
    Ok((of, table(visit, &payouts)))
}

pub(super) async fn show(visit: Visit) -> Result<Response, Stopped> {
    let (of, asked, payouts) = read(&visit).await?;
    let (t, language) = (visit.t(), visit.language);
    let field = |name: &str, id: &str, typed: &str| TextInput::new(language, name, t.say(id)).value(typed);
    let mut fields = Vec::new();
    if of == Resource::Everything {
        fields.push(field("bank", "report-by-bank", &asked.bank).html());
        fields.push(field("provider", "report-by-provider", &asked.provider).html());
    }
    fields.push(day_field(language, "from", "report-from", &asked.from));
    fields.push(day_field(language, "until", "report-until", &asked.until));
    let within = of.to_string();
    let words = PROGRESS.map(|word| (word.to_owned(), t.say(&format!("payout-{word}")).to_string()));
    let query = query(&asked.settings());
    let body = Html::join([
        heading(t.say("console-payouts-title")),
        paragraph(t.say("payouts-about")),
        narrowing(language, "/payouts", fields, &[("of", &within), ("progress", &asked.progress)]),
        choices(language, "/payouts", &asked.settings(), ("progress", "payout-progress"), words),
        export::listed(&visit, of, "payouts", &query, &table(&visit, &payouts), |_, _| None),
        views::keep(&visit, &address("/payouts", &query)),
        hook("payouts", "count", &payouts.len().to_string()),
    ]);
    Ok(shown(&visit, t.say("console-payouts-title"), body))
}
