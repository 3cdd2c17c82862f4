//! Claims for reimbursement (cl. 23, 24): all of them with how old they are, and one with everything that became of it.
//!
//! A claim is one bank's, so whoever sees one bank sees that bank's; to a provider's officers claims are not shown, what is
//! paid out to them is on the page of payouts.

use axum::extract::Path;
use axum::response::Response;
use files::table::{Cell, Table};
use ledger::{Age, Claim, DocumentNumber, Standing};
use pages::part::{Facts, link};
use pages::{Html, Markup as _};
use rights::Resource;
use serde::Deserialize;
use store::{ClaimDispute, ClaimShare, ClaimedPosting, ClaimsWanted, StatementEntry, Store as _, StoreError};
use terms::{Bin, Tiyn};

use super::query::{address, asked, choices, day_field, days, maybe, narrowing, one_of, query};
use super::reports::SEE;
use super::view::{heading, hook, paragraph, paragraph_of, shown};
use super::visit::{Arrival, Stopped, Visit};
use super::{export, views};

/// Claims on the page and in its files.
const SHOWN: usize = 1000;
/// Items of one claim on its page and in its files; the registers of its bank have all.
pub(super) const ITEMS_SHOWN: usize = 1000;
/// The standings by their names.
const STANDINGS: [&str; 4] = ["sent", "accepted", "part", "disputed"];
/// The classes of age, the youngest first.
const AGES: [Age; 5] = [Age::Current, Age::Days3, Age::Days10, Age::Days30, Age::Older];

/// What the address of the list says.
#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    bank: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    until: String,
    #[serde(default)]
    standing: String,
    /// Anything: only those that are open.
    #[serde(default)]
    open: String,
}

impl Asked {
    fn settings(&self) -> [(&'static str, &str); 5] {
        [
            ("bank", &self.bank),
            ("from", &self.from),
            ("until", &self.until),
            ("standing", &self.standing),
            ("open", &self.open),
        ]
    }
}

/// Within which bank an officer sees banks' affairs, as typed: all banks where nothing is, or the officer's own.
///
/// # Errors
/// Where the officer does not see that bank, or none.
pub(super) async fn bank_of(visit: &Visit, typed: &str) -> Result<(Resource, Option<Bin>), Stopped> {
    let bank = match maybe::<Bin>(typed)? {
        Some(bank) => Some(bank),
        None if visit.can(SEE, Resource::Everything) => None,
        None => {
            let reach = visit.access().reach(visit.member(), SEE);
            reach.iter().find_map(|of| if let Resource::Bank(bank) = of { Some(*bank) } else { None })
        }
    };
    let of = bank.map_or(Resource::Everything, Resource::Bank);
    visit.may(SEE, of).await?;
    Ok((of, bank))
}

/// Whether an officer sees the affairs of some bank.
pub(super) fn sees_banks(visit: &Arrival) -> bool {
    let reach = visit.access().reach(visit.member(), SEE);
    reach.iter().any(|of| !matches!(of, Resource::Provider(_)))
}

struct Listed {
    of: Resource,
    asked: Asked,
    claims: Vec<Claim>,
}

async fn read(visit: &Visit) -> Result<Listed, Stopped> {
    let asked: Asked = asked(&visit.uri)?;
    let (of, bank) = bank_of(visit, &asked.bank).await?;
    let wanted = ClaimsWanted {
        bank,
        days: days(&asked.from, &asked.until)?,
        standing: one_of(&asked.standing, &STANDINGS)?,
        is_open: !asked.open.is_empty(),
    };
    let claims = visit.console.cx.store.read(move |view| view.list_claims(&wanted, SHOWN)).await?;
    Ok(Listed { of, asked, claims })
}

/// What the bank says to a claim, in words.
fn standing(visit: &Arrival, claim: &Claim) -> String {
    visit.t().say(&format!("claim-{}", claim.standing.name())).to_string()
}

/// What the bank will pay and why not more, once it has answered.
fn answer(claim: &Claim) -> (Option<Tiyn>, Option<&str>) {
    match &claim.standing {
        Standing::Sent => (None, None),
        Standing::Accepted => (Some(claim.due), None),
        Standing::Part(accepted, reason) => (Some(*accepted), Some(reason.as_str())),
        Standing::Disputed(reason) => (Some(Tiyn::ZERO), Some(reason.as_str())),
    }
}

fn table(visit: &Visit, claims: &[Claim]) -> Table {
    let today = visit.now.banking_day();
    let mut table = export::table(
        visit,
        "claims",
        "console-claims-title",
        &[
            ("number", "claim-number"),
            ("bank", "contract-bin"),
            ("bank_name", "report-by-bank"),
            ("day", "report-by-day"),
            ("payments", "claim-payments"),
            ("returns", "claim-returns"),
            ("net", "claim-net"),
            ("fee", "claim-fee"),
            ("due", "claim-due"),
            ("due_on", "claim-due-on"),
            ("standing", "claim-standing"),
            ("accepted", "claim-accepted-sum"),
            ("reason", "claim-reason"),
            ("reimbursed", "claim-reimbursed"),
            ("open", "claim-open"),
            ("overdue_days", "claim-overdue"),
            ("age", "claim-age"),
        ],
    );
    table.rows = claims
        .iter()
        .map(|claim| {
            let (accepted, reason) = answer(claim);
            let overdue = claim.overdue_days(today);
            vec![
                Cell::Identifier(claim.number.to_string()),
                Cell::Identifier(claim.bank.to_string()),
                Cell::Text(visit.console.cx.name_of(claim.bank, visit.language)),
                Cell::Day(claim.day),
                Cell::count(claim.totals.additions),
                Cell::count(claim.totals.deductions),
                export::amount(claim.net()),
                export::amount(claim.fee),
                export::amount(claim.due),
                Cell::Day(claim.due_on),
                Cell::Text(standing(visit, claim)),
                accepted.map_or(Cell::Nothing, export::amount),
                export::maybe_text(reason),
                export::amount(claim.reimbursed),
                export::amount(claim.open()),
                Cell::count(overdue),
                Cell::Text(Age::of(overdue).name().to_owned()),
            ]
        })
        .collect();
    table.total =
        export::total(visit, &table, &["payments", "returns", "net", "fee", "due", "reimbursed", "open"]);
    table
}

/// What is open, by bank and by how long it has been due.
pub(super) fn ageing(visit: &Arrival, claims: &[Claim]) -> Table {
    let t = visit.t();
    let today = visit.now.banking_day();
    let mut table = export::table(
        visit,
        "claims-ageing",
        "claims-ageing",
        &[
            ("bank", "contract-bin"),
            ("bank_name", "report-by-bank"),
            ("current", "age-current"),
            ("days_1_3", "age-1-3"),
            ("days_4_10", "age-4-10"),
            ("days_11_30", "age-11-30"),
            ("days_31", "age-31"),
            ("open", "claim-open"),
        ],
    );
    let mut banks: Vec<Bin> = claims.iter().map(|claim| claim.bank).collect();
    banks.sort_unstable();
    banks.dedup();
    for bank in banks {
        let of_it = || claims.iter().filter(move |claim| claim.bank == bank);
        let open = |age: Option<Age>| -> i128 {
            let of_age =
                of_it().filter(|claim| age.is_none_or(|age| Age::of(claim.overdue_days(today)) == age));
            of_age.map(|claim| i128::from(claim.open().as_u64())).sum()
        };
        if open(None) == 0 {
            continue;
        }
        let mut row = vec![
            Cell::Identifier(bank.to_string()),
            Cell::Text(visit.console.cx.name_of(bank, visit.language)),
        ];
        row.extend(AGES.map(|age| Cell::Money(open(Some(age)))));
        row.push(Cell::Money(open(None)));
        table.rows.push(row);
    }
    table.total =
        export::total(visit, &table, &["current", "days_1_3", "days_4_10", "days_11_30", "days_31", "open"]);
    table.about.push((t.say("report-by-day").to_string(), today.to_string()));
    table
}

/// The list, for a file.
pub(super) async fn rows(visit: &Visit) -> Result<(Resource, Table), Stopped> {
    let listed = read(visit).await?;
    Ok((listed.of, table(visit, &listed.claims)))
}

/// How old they are, for a file.
pub(super) async fn ageing_rows(visit: &Visit) -> Result<(Resource, Table), Stopped> {
    let listed = read(visit).await?;
    Ok((listed.of, ageing(visit, &listed.claims)))
}

pub(super) async fn show(visit: Visit) -> Result<Response, Stopped> {
    let Listed { of, asked, claims } = read(&visit).await?;
    let (t, language) = (visit.t(), visit.language);
    let fields = [
        pages::form::TextInput::new(language, "bank", t.say("report-by-bank")).value(&asked.bank).html(),
        day_field(language, "from", "report-from", &asked.from),
        day_field(language, "until", "report-until", &asked.until),
        pages::form::Tick::new(language, "open", t.say("claims-open-only"))
            .ticked(!asked.open.is_empty())
            .html(),
    ];
    let query = query(&asked.settings());
    let (table, ageing) = (table(&visit, &claims), ageing(&visit, &claims));
    let leads = |row: usize, column: &str| {
        claims.get(row).filter(|_| column == "number").map(|claim| format!("/claims/{}", claim.number))
    };
    let of_bank = |row: usize, column: &str| match ageing.rows.get(row).and_then(|row| row.first()) {
        Some(Cell::Identifier(bank)) if column == "bank" => Some(format!("/claims?bank={bank}&open=yes")),
        _ => None,
    };
    let standings = STANDINGS.map(|word| (word.to_owned(), t.say(&format!("claim-{word}")).to_string()));
    let mut pieces = vec![
        heading(t.say("console-claims-title")),
        paragraph(t.say("claims-about")),
        narrowing(language, "/claims", fields, &[("standing", &asked.standing)]),
        choices(language, "/claims", &asked.settings(), ("standing", "claim-standing"), standings),
        export::listed(&visit, of, "claims-ageing", &query, &ageing, of_bank),
        export::listed(&visit, of, "claims", &query, &table, leads),
    ];
    pieces.push(views::keep(&visit, &address("/claims", &query)));
    pieces.push(hook("claims", "count", &claims.len().to_string()));
    let open: u64 = claims.iter().map(|claim| claim.open().as_u64()).sum();
    pieces.push(hook("claims-open", "tiyn", &open.to_string()));
    Ok(shown(&visit, t.say("console-claims-title"), Html::join(pieces)))
}

/// Everything about one claim.
struct Whole {
    claim: Claim,
    items: Vec<ClaimedPosting>,
    disputes: Vec<ClaimDispute>,
    entries: Vec<StatementEntry>,
    shares: Vec<ClaimShare>,
}

/// A claim within the officer's reach. Of any other nothing is said, not even that it is there.
async fn whole(visit: &Visit, number: &str) -> Result<(Resource, Whole), Stopped> {
    if !sees_banks(visit) {
        visit.may(SEE, Resource::Everything).await?;
    }
    let number: DocumentNumber = number.parse().map_err(|_| Stopped::NotFound)?;
    let found = visit.console.cx.store.read(move |view| {
        let Some(stored) = view.claim(&number)? else { return Ok::<_, StoreError>(None) };
        Ok(Some(Whole {
            claim: stored.value,
            items: view.claim_items(&number, ITEMS_SHOWN)?,
            disputes: view.claim_disputes(&number)?,
            entries: view.entries_for(&number, ITEMS_SHOWN)?,
            shares: view.claim_shares(&number, ITEMS_SHOWN)?,
        }))
    });
    let whole = found.await?.ok_or(Stopped::NotFound)?;
    let of = Resource::Bank(whole.claim.bank);
    if visit.can(SEE, of) { Ok((of, whole)) } else { Err(Stopped::NotFound) }
}

impl Whole {
    fn table(&self, visit: &Visit, stem: &str, title: &str, columns: &[(&'static str, &str)]) -> Table {
        let mut table = export::table(visit, format!("{stem}-{}", self.claim.number), title, columns);
        let about = visit.t().say("claim-number").to_string();
        table.about.push((about, self.claim.number.to_string()));
        table
    }

    fn items(&self, visit: &Visit) -> Table {
        let columns = [
            ("code", "word-payment-code"),
            ("kind", "claim-item-kind"),
            ("bank_reference", "payment-reference"),
            ("amount", "payment-amount"),
        ];
        let mut table = self.table(visit, "claim-items", "claim-items", &columns);
        table.rows = self
            .items
            .iter()
            .map(|item| {
                vec![
                    Cell::Identifier(item.code.to_string()),
                    Cell::Text(item.kind.name().to_owned()),
                    Cell::Identifier(item.bank_reference.to_string()),
                    export::amount(item.amount),
                ]
            })
            .collect();
        table
    }

    fn disputes(&self, visit: &Visit) -> Table {
        let columns = [
            ("bank_reference", "payment-reference"),
            ("kind", "claim-item-kind"),
            ("why", "claim-reason"),
            ("own_amount", "claim-own-amount"),
        ];
        let mut table = self.table(visit, "claim-disputes", "claim-disputes", &columns);
        let row = |one: &ClaimDispute| {
            vec![
                Cell::Identifier(one.bank_reference.to_string()),
                Cell::Text(one.kind.to_string()),
                Cell::Text(one.why.to_string()),
                one.own_amount.map_or(Cell::Nothing, export::amount),
            ]
        };
        table.rows = self.disputes.iter().map(row).collect();
        table
    }

    fn entries(&self, visit: &Visit) -> Table {
        let columns = [
            ("entry", "entry-number"),
            ("bank_reference", "payment-reference"),
            ("booked_on", "entry-booked-on"),
            ("amount", "payment-amount"),
            ("surplus", "entry-surplus"),
            ("unexplained", "entry-unexplained"),
        ];
        let mut table = self.table(visit, "claim-entries", "claim-entries", &columns);
        let row = |one: &StatementEntry| {
            let (why, surplus) = match one.unexplained() {
                Some((why, surplus)) => {
                    let why = visit.t().say(&format!("open-{}", why.name())).to_string();
                    (Cell::Text(why), export::amount(surplus))
                }
                None => (Cell::Nothing, Cell::Nothing),
            };
            vec![
                Cell::Identifier(one.number()),
                Cell::Identifier(one.reference.to_string()),
                Cell::Day(one.booked_on),
                export::amount(one.amount),
                surplus,
                why,
            ]
        };
        table.rows = self.entries.iter().map(row).collect();
        table
    }

    fn shares(&self, visit: &Visit) -> Table {
        let columns = [
            ("provider", "contract-bin"),
            ("provider_name", "report-by-provider"),
            ("payout", "payout-number"),
            ("count", "list-count"),
            ("sum", "list-sum"),
        ];
        let mut table = self.table(visit, "claim-shares", "claim-shares", &columns);
        table.rows = self
            .shares
            .iter()
            .map(|one| {
                vec![
                    Cell::Identifier(one.provider.to_string()),
                    Cell::Text(visit.console.cx.name_of(one.provider, visit.language)),
                    one.payout.as_ref().map_or(Cell::Nothing, |number| Cell::Identifier(number.to_string())),
                    Cell::count(one.count),
                    Cell::Money(one.sum.into()),
                ]
            })
            .collect();
        table.total = export::total(visit, &table, &["count", "sum"]);
        table
    }
}

/// A list of one claim, for a file; the claim's number is in the address.
pub(super) async fn rows_of_one(visit: &Visit, list: &str) -> Result<(Resource, Table), Stopped> {
    #[derive(Deserialize)]
    struct One {
        number: String,
    }
    let One { number } = asked(&visit.uri)?;
    let (of, whole) = whole(visit, &number).await?;
    let table = match list {
        "claim-items" => whole.items(visit),
        "claim-disputes" => whole.disputes(visit),
        "claim-entries" => whole.entries(visit),
        "claim-shares" => whole.shares(visit),
        _ => return Err(Stopped::NotFound),
    };
    Ok((of, table))
}

pub(super) async fn show_one(visit: Visit, Path(number): Path<String>) -> Result<Response, Stopped> {
    let (of, whole) = whole(&visit, &number).await?;
    let (t, claim) = (visit.t(), &whole.claim);
    let money = |sum: Tiyn| export::amount(sum).shown(visit.language);
    let day = |day| Cell::Day(day).shown(visit.language);
    let (accepted, reason) = answer(claim);
    let mut facts = Facts::new()
        .fact(t.say("claim-number"), &claim.number)
        .fact(t.say("report-by-bank"), visit.console.cx.name_of(claim.bank, visit.language))
        .fact(t.say("report-by-day"), day(claim.day))
        .fact(t.say("claim-payments"), claim.totals.additions)
        .fact(t.say("claim-returns"), claim.totals.deductions)
        .fact(t.say("claim-net"), money(claim.net()))
        .fact(t.say("claim-fee"), money(claim.fee))
        .fact(t.say("claim-due"), money(claim.due))
        .fact(t.say("claim-due-on"), day(claim.due_on))
        .fact(t.say("claim-standing"), standing(&visit, claim));
    if let Some(accepted) = accepted {
        facts = facts.fact(t.say("claim-accepted-sum"), money(accepted));
    }
    if let Some(reason) = reason {
        facts = facts.fact(t.say("claim-reason"), reason);
    }
    let facts = facts
        .fact(t.say("claim-reimbursed"), money(claim.reimbursed))
        .fact(t.say("claim-open"), money(claim.open()))
        .fact(t.say("claim-overdue"), claim.overdue_days(visit.now.banking_day()));
    let to_payment = |row: usize, column: &str| {
        let item = whole.items.get(row).filter(|_| column == "code")?;
        Some(address("/payments", &query(&[("code", &item.code.digits())])))
    };
    let to_payout = |row: usize, column: &str| {
        let share = whole.shares.get(row).filter(|_| column == "payout")?;
        share.payout.as_ref().map(|number| address("/payouts", &query(&[("number", number.as_str())])))
    };
    let query = query(&[("number", claim.number.as_str())]);
    let nowhere = |_: usize, _: &str| None;
    let mut pieces = vec![heading(t.say("claim-title")), facts.html()];
    if claim.totals.rows() > ITEMS_SHOWN as u64 {
        let more = t.say("claim-items-more").with("shown", ITEMS_SHOWN).with("count", claim.totals.rows());
        pieces.push(paragraph(more));
    }
    pieces.extend([
        export::listed(&visit, of, "claim-items", &query, &whole.items(&visit), to_payment),
        export::listed(&visit, of, "claim-disputes", &query, &whole.disputes(&visit), nowhere),
        export::listed(&visit, of, "claim-entries", &query, &whole.entries(&visit), nowhere),
        export::listed(&visit, of, "claim-shares", &query, &whole.shares(&visit), to_payout),
        paragraph_of(link("/claims", t.say("console-claims-title"))),
        hook("claim", "standing", claim.standing.name()),
        hook("claim-open", "tiyn", &claim.open().as_u64().to_string()),
        hook("claim-items", "count", &whole.items.len().to_string()),
    ]);
    Ok(shown(&visit, t.say("claim-title"), Html::join(pieces)))
}
