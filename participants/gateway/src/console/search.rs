//! Looking for payments: by code, IIN or BIN, application, bank reference; by state and days of issue.
//!
//! One field takes them all. By the number of a person looks only who may read personal data, and says what for. People are
//! masked in what is found, and that it was shown is written down (A13).

use axum::response::Response;
use files::table::{Cell, Table};
use pages::form::{ButtonKind, TextInput, button, hidden, query_form};
use pages::part::link;
use pages::{Html, Markup as _};
use payment::Payment;
use payment::table::State;
use rights::{Action, Permitted, Resource};
use serde::Deserialize;
use store::{Days, Found, PartyRole, SEARCH_PAGE_BOUND, Scope, Search, SearchCursor, Wanted};
use terms::{BankingDay, Moment, PartyNumber};

use super::query::{address, asked, choices, day_field, days, maybe, query};
use super::view::{heading, hook, list, paragraph, paragraph_of, part, shown};
use super::visit::{Stopped, Visit};
use super::{export, views, words};
use crate::cx::named;
use crate::search::{Question, search_payments};
use crate::use_case::card_page::masked;

/// What opens the page.
pub(super) const SEE: Action = Action("SearchPayments");
/// What allows to look for a person.
const PERSONAL: Action = Action("ReadPersonalData");
/// The longest value that is looked for.
const LONGEST: usize = 64;
/// The longest reason.
const LONGEST_REASON: usize = 200;
/// What is written down as the reason where none had to be said.
const NO_REASON: &str = "search of payments";

/// What the address says.
#[derive(Deserialize, Clone)]
pub(super) struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    until: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    of: String,
    #[serde(default)]
    after: String,
}

impl Asked {
    fn settings<'a>(&'a self, of: &'a str) -> [(&'static str, &'a str); 6] {
        [
            ("q", self.q.trim()),
            ("state", &self.state),
            ("from", &self.from),
            ("until", &self.until),
            ("reason", self.reason.trim()),
            ("of", of),
        ]
    }

    fn is_anything(&self) -> bool {
        [&self.q, &self.state, &self.from, &self.until].into_iter().any(|typed| !typed.trim().is_empty())
    }
}

/// What a value may be, the likeliest first. Spaces between groups of digits are left out.
fn readings(q: &str) -> Vec<Wanted> {
    let text = q.trim();
    let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    if let Ok(code) = digits.parse() {
        return vec![Wanted::Code(code)];
    }
    if let Ok(number) = digits.parse::<PartyNumber>() {
        return vec![Wanted::Party(number, PartyRole::Either)];
    }
    let application = text.parse().ok().map(Wanted::Application);
    let reference = text.parse().ok().map(|reference| Wanted::Reference(None, reference));
    application.into_iter().chain(reference).collect()
}

fn cursor(typed: &str) -> Result<Option<SearchCursor>, Stopped> {
    if typed.is_empty() {
        return Ok(None);
    }
    let wrong = || Stopped::BadRequest;
    let (at, code) = typed.rsplit_once('-').ok_or_else(wrong)?;
    let issued_at = Moment::from_unix_microseconds(at.parse().map_err(|_| wrong())?);
    Ok(Some(SearchCursor { issued_at, code: code.parse().map_err(|_| wrong())? }))
}

fn period(Days { from, until }: Days) -> Option<(Moment, Moment)> {
    let beginning = || Moment::from_unix_microseconds(i64::MIN);
    let end = || Moment::from_unix_microseconds(i64::MAX);
    (from.is_some() || until.is_some()).then(|| {
        (from.map_or_else(beginning, BankingDay::begins_at), until.map_or_else(end, BankingDay::ends_at))
    })
}

/// What came of looking.
enum Sought {
    /// Nothing was asked.
    Nothing,
    /// What was typed is none of what is looked for.
    Unreadable,
    /// A person was looked for without a reason.
    NoReason,
    /// These.
    Found(Box<Found>),
}

async fn seek(visit: &Visit, asked: &Asked, of: Resource) -> Result<Sought, Stopped> {
    if !asked.is_anything() {
        return Ok(Sought::Nothing);
    }
    if asked.q.chars().count() > LONGEST || asked.reason.chars().count() > LONGEST_REASON {
        return Err(Stopped::BadRequest);
    }
    let all = if asked.q.trim().is_empty() { vec![Wanted::Any] } else { readings(&asked.q) };
    if all.is_empty() {
        return Ok(Sought::Unreadable);
    }
    let reason = asked.reason.trim();
    if matches!(all[..], [Wanted::Party(PartyNumber::Person(_), _)]) {
        visit.may(PERSONAL, of).await?;
        if reason.is_empty() {
            return Ok(Sought::NoReason);
        }
    }
    let state = maybe::<State>(&asked.state)?;
    let issued = period(days(&asked.from, &asked.until)?);
    let after = cursor(&asked.after)?;
    let mut last = None;
    for wanted in all {
        let question = Question {
            search: Search { wanted, scope: Scope::Everything, state, issued },
            within: of,
            after,
            limit: SEARCH_PAGE_BOUND,
            reader: named(&visit.officer),
            reason: if reason.is_empty() { NO_REASON.to_owned() } else { reason.to_owned() },
        };
        let permitted = Permitted::officer(question, SEE, of, &visit.officer, &visit.access());
        let permitted = match permitted {
            Ok(permitted) => permitted,
            Err(lack) => return Err(visit.lacking(*lack).await?),
        };
        let found = search_payments(&visit.console.cx, &permitted).await?;
        let is_it = found.totals.count > 0;
        last = Some(found);
        if is_it {
            break;
        }
    }
    Ok(last.map_or(Sought::Unreadable, |found| Sought::Found(Box::new(found))))
}

fn table(visit: &Visit, payments: &[Payment]) -> Table {
    let (t, cx, language) = (visit.t(), &visit.console.cx, visit.language);
    let mut table = export::table(
        visit,
        "payments",
        "search-found",
        &[
            ("code", "word-payment-code"),
            ("state", "payment-state"),
            ("issued_at", "payment-issued-at"),
            ("service", "report-by-service"),
            ("provider", "report-by-provider"),
            ("amount", "payment-amount"),
            ("recipient", "payment-recipient"),
            ("payer", "payment-payer"),
            ("bank", "payment-bank"),
            ("bank_reference", "payment-reference"),
            ("application", "search-application"),
            ("paid", "report-sum"),
            ("paid_at", "payment-paid-at"),
        ],
    );
    table.rows = payments
        .iter()
        .map(|payment| {
            let (order, paid) = (&payment.order, payment.paid());
            let state = t.say(&format!("payment-state-{}", payment.state().name())).to_string();
            vec![
                Cell::Identifier(payment.code.to_string()),
                Cell::Text(state),
                Cell::Moment(order.issued_at),
                Cell::Text(order.service.to_string()),
                Cell::Text(cx.name_of(order.provider, language)),
                export::amount(order.amount),
                Cell::Text(masked(&order.recipient).to_string()),
                export::maybe_text(paid.map(|paid| masked(&paid.requisites.payer))),
                export::maybe_text(paid.map(|paid| cx.name_of(paid.bank, language))),
                paid.map_or(Cell::Nothing, |paid| {
                    Cell::Identifier(paid.requisites.bank_reference.to_string())
                }),
                order.application.as_ref().map_or(Cell::Nothing, |one| Cell::Identifier(one.to_string())),
                paid.map_or(Cell::Nothing, |paid| export::amount(paid.requisites.amount)),
                paid.map_or(Cell::Nothing, |paid| Cell::Moment(paid.requisites.paid_at)),
            ]
        })
        .collect();
    table
}

/// What the page shows, for a file of it.
pub(super) async fn rows(visit: &Visit) -> Result<(Resource, Table), Stopped> {
    let asked: Asked = asked(&visit.uri)?;
    let of = visit.within(SEE, &asked.of).await?;
    match seek(visit, &asked, of).await? {
        Sought::Found(found) => Ok((of, table(visit, &found.payments))),
        _ => Err(Stopped::NotFound),
    }
}

pub(super) async fn show(visit: Visit) -> Result<Response, Stopped> {
    let asked: Asked = asked(&visit.uri)?;
    let of = visit.within(SEE, &asked.of).await?;
    let t = visit.t();
    let sought = seek(&visit, &asked, of).await?;
    let mut pieces = vec![heading(t.say("console-search-title")), paragraph(t.say("search-about"))];
    pieces.push(form(&visit, &asked, of, &sought));
    let reach = visit.access().reach(visit.member(), SEE);
    if reach.len() > 1 {
        let other = |of: &Resource| {
            link(&address("/search", &query(&[("of", &of.to_string())])), words::resource(t, *of))
        };
        pieces.extend([part(t.say("report-scope")), list(reach.iter().map(other).collect())]);
    }
    if let Sought::Found(found) = &sought {
        pieces.extend(found_on_page(&visit, &asked, of, found));
    }
    Ok(shown(&visit, t.say("console-search-title"), Html::join(pieces)))
}

fn form(visit: &Visit, asked: &Asked, of: Resource, sought: &Sought) -> Html {
    let (t, language) = (visit.t(), visit.language);
    let unreadable = matches!(sought, Sought::Unreadable).then(|| t.say("search-unreadable").to_string());
    let no_reason = matches!(sought, Sought::NoReason).then(|| t.say("search-no-reason").to_string());
    let q = TextInput::new(language, "q", t.say("search-field"))
        .hint(t.say("search-hint"))
        .longest(LONGEST)
        .value(&asked.q)
        .error(unreadable.as_deref());
    let reason = TextInput::new(language, "reason", t.say("search-reason"))
        .hint(t.say("search-reason-hint"))
        .longest(LONGEST_REASON)
        .value(&asked.reason)
        .error(no_reason.as_deref());
    let pieces = [
        q.html(),
        reason.html(),
        day_field(language, "from", "report-from", &asked.from),
        day_field(language, "until", "report-until", &asked.until),
        hidden("of", of),
        hidden("state", &asked.state),
        button(t.say("search-button"), ButtonKind::Main),
    ];
    let within = of.to_string();
    let states = State::ALL.map(|state| {
        let label = t.say(&format!("payment-state-{}", state.name())).to_string();
        (state.name().to_owned(), label)
    });
    let by_state = choices(language, "/search", &asked.settings(&within), ("state", "payment-state"), states);
    Html::join([query_form("search", "/search", pieces), by_state])
}

fn found_on_page(visit: &Visit, asked: &Asked, of: Resource, found: &Found) -> Vec<Html> {
    let t = visit.t();
    let table = table(visit, &found.payments);
    let within = of.to_string();
    let settings = asked.settings(&within);
    let mut whole = settings.to_vec();
    whole.push(("after", asked.after.as_str()));
    let money = |tiyn: u64| Cell::Money(tiyn.into()).shown(visit.language);
    let leads = |row: usize, column: &str| {
        let code = found.payments.get(row).filter(|_| column == "code")?.code;
        Some(address("/payments", &query(&[("code", &code.digits())])))
    };
    let mut pieces = Vec::new();
    if found.totals.count == 0 {
        pieces.push(paragraph(t.say("search-none")));
    } else {
        let totals = t
            .say("search-totals")
            .with("count", found.totals.count)
            .with("priced", money(found.totals.priced))
            .with("paid", money(found.totals.paid));
        pieces.push(paragraph(totals));
        pieces.push(export::listed(visit, of, "payments", &query(&whole), &table, leads));
    }
    if let Some(next) = found.next {
        let after = format!("{}-{}", next.issued_at.unix_microseconds(), next.code.digits());
        let mut settings = settings.to_vec();
        settings.push(("after", &after));
        pieces.push(paragraph_of(link(&address("/search", &query(&settings)), t.say("list-next-page"))));
    }
    pieces.push(views::keep(visit, &address("/search", &query(&settings))));
    pieces.push(hook("found", "count", &found.totals.count.to_string()));
    pieces.push(hook("shown", "count", &found.payments.len().to_string()));
    pieces
}
