//! A provider's services with their prices, and what was paid for them: redeemed, or waiting to be, by how long.

use axum::response::Response;
use files::table::{Cell, Table};
use pages::form::TextInput;
use pages::part::link;
use pages::{Html, Markup as _};
use rights::Resource;
use serde::Deserialize;
use store::{AGE_BOUNDS, Redemption, Store as _};
use terms::{Bin, Moment};

use super::export;
use super::query::{address, asked, narrowing, query};
use super::reports::SEE;
use super::view::{heading, hook, list, paragraph, part, shown};
use super::visit::{Arrival, Stopped, Visit};
use super::words;

/// The classes of age end after so many days.
const AGE_DAYS: [i64; AGE_BOUNDS] = [7, 30, 90, 365];
/// A day, in seconds.
const DAY_SECONDS: i64 = 86_400;

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    provider: String,
}

/// Whether the officer sees some provider.
pub(super) fn sees_providers(visit: &Arrival) -> bool {
    let reach = visit.access().reach(visit.member(), SEE);
    reach.iter().any(|of| !matches!(of, Resource::Bank(_)))
}

/// The provider looked at: the one that is typed, the officer's own, or the first of the catalogue.
async fn provider(visit: &Visit) -> Result<Bin, Stopped> {
    let asked: Asked = asked(&visit.uri)?;
    let reach = visit.access().reach(visit.member(), SEE);
    let own = reach.iter().find_map(|of| if let Resource::Provider(bin) = of { Some(*bin) } else { None });
    let provider = match asked.provider.trim() {
        "" => own.or_else(|| visit.console.cx.catalogue.all().first().map(|service| service.provider)),
        typed => Some(typed.parse().map_err(|_| Stopped::BadRequest)?),
    };
    let provider = provider.ok_or(Stopped::NotFound)?;
    visit.may(SEE, Resource::Provider(provider)).await?;
    Ok(provider)
}

fn bounds(now: Moment) -> [Moment; AGE_BOUNDS] {
    AGE_DAYS.map(|days| now.plus_seconds(-days * DAY_SECONDS))
}

async fn read(visit: &Visit, provider: Bin) -> Result<Vec<Redemption>, Stopped> {
    let bounds = bounds(visit.now);
    Ok(visit.console.cx.store.read(move |view| view.redemptions(provider, bounds)).await?)
}

/// By service and age: how many and how much was redeemed and waits.
fn table(visit: &Visit, provider: Bin, found: &[Redemption]) -> Table {
    let mut table = export::table(
        visit,
        format!("redemption-{provider}"),
        "redemption-title",
        &[
            ("service", "report-by-service"),
            ("name", "register-name"),
            ("age", "redemption-age"),
            ("waiting", "redemption-waiting"),
            ("waiting_sum", "redemption-waiting-sum"),
            ("redeemed", "redemption-redeemed"),
            ("redeemed_sum", "redemption-redeemed-sum"),
        ],
    );
    let (t, cx) = (visit.t(), &visit.console.cx);
    let mut keys: Vec<_> = found.iter().map(|one| (one.service.clone(), one.age)).collect();
    keys.dedup();
    keys.sort();
    keys.dedup();
    for (service, age) in keys {
        let of = |is_redeemed: bool| {
            let is_it = |one: &&Redemption| {
                one.service == service && one.age == age && one.is_redeemed == is_redeemed
            };
            found.iter().find(is_it).map_or((0, 0), |one| (one.count, one.sum))
        };
        let (waiting, redeemed) = (of(false), of(true));
        let name = cx.catalogue.find(&service).map(|one| one.name.get(visit.language).to_owned());
        let age = match AGE_DAYS.get(age) {
            Some(days) => t.say("redemption-age-until").with("days", days.unsigned_abs()).to_string(),
            None => t
                .say("redemption-age-older")
                .with("days", AGE_DAYS[AGE_BOUNDS - 1].unsigned_abs())
                .to_string(),
        };
        table.rows.push(vec![
            Cell::Text(service.to_string()),
            export::maybe_text(name),
            Cell::Text(age),
            Cell::count(waiting.0),
            Cell::Money(waiting.1.into()),
            Cell::count(redeemed.0),
            Cell::Money(redeemed.1.into()),
        ]);
    }
    table.total = export::total(visit, &table, &["waiting", "waiting_sum", "redeemed", "redeemed_sum"]);
    table
}

/// The provider's services as they can be paid for now.
fn services(visit: &Visit, provider: Bin) -> Table {
    let mut table = export::table(
        visit,
        format!("services-{provider}"),
        "services-title",
        &[
            ("service", "report-by-service"),
            ("name", "register-name"),
            ("price", "label-price"),
            ("iban", "payout-iban"),
            ("kbk", "payout-kbk"),
            ("knp", "payout-knp"),
            ("kbe", "payout-kbe"),
        ],
    );
    let own = visit.console.cx.catalogue.all().iter().filter(|service| service.provider == provider);
    table.rows = own
        .map(|service| {
            vec![
                Cell::Text(service.code.to_string()),
                Cell::Text(service.name.get(visit.language).to_owned()),
                export::amount(service.price),
                Cell::Identifier(service.beneficiary.iban.to_string()),
                Cell::Identifier(service.beneficiary.kbk.to_string()),
                Cell::Identifier(service.beneficiary.knp.to_string()),
                Cell::Identifier(service.beneficiary.kbe.to_string()),
            ]
        })
        .collect();
    table
}

/// A list of the page, for a file.
pub(super) async fn rows(visit: &Visit, list: &str) -> Result<(Resource, Table), Stopped> {
    let provider = provider(visit).await?;
    let of = Resource::Provider(provider);
    if list == "services" {
        return Ok((of, services(visit, provider)));
    }
    Ok((of, table(visit, provider, &read(visit, provider).await?)))
}

pub(super) async fn show(visit: Visit) -> Result<Response, Stopped> {
    let provider = provider(&visit).await?;
    let found = read(&visit, provider).await?;
    let t = visit.t();
    let of = Resource::Provider(provider);
    let query_of = query(&[("provider", &provider.to_string())]);
    let mut pieces = vec![
        heading(t.say("console-redemption-title")),
        paragraph(visit.console.cx.name_of(provider, visit.language)),
        paragraph(t.say("redemption-about")),
    ];
    let reach = visit.access().reach(visit.member(), SEE);
    if reach.contains(&Resource::Everything) {
        let field = TextInput::new(visit.language, "provider", t.say("report-by-provider")).value(provider);
        pieces.push(narrowing(visit.language, "/redemption", [field.html()], &[]));
    }
    let providers: Vec<Html> = reach
        .iter()
        .filter(|_| reach.len() > 1)
        .filter_map(|of| match of {
            Resource::Provider(bin) => {
                let address = address("/redemption", &query(&[("provider", &bin.to_string())]));
                Some(link(&address, words::resource(t, *of)))
            }
            _ => None,
        })
        .collect();
    if !providers.is_empty() {
        pieces.extend([part(t.say("report-scope")), list(providers)]);
    }
    let waiting: u64 = found.iter().filter(|one| !one.is_redeemed).map(|one| one.count).sum();
    let nowhere = |_: usize, _: &str| None;
    pieces.extend([
        export::listed(&visit, of, "redemption", &query_of, &table(&visit, provider, &found), nowhere),
        export::listed(&visit, of, "services", &query_of, &services(&visit, provider), nowhere),
        super::views::keep(&visit, &address("/redemption", &query_of)),
        hook("redemption", "waiting", &waiting.to_string()),
    ]);
    Ok(shown(&visit, t.say("console-redemption-title"), Html::join(pieces)))
}
