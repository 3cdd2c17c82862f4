//! The books: trial balance, balances by account, and the contracts in force.

use axum::extract::{Path, Query};
use axum::response::Response;
use files::table::{Cell, Column, Table};
use ledger::contract::{Contract, Terms, in_force};
use ledger::journal::{Balances, Turnover};
use pages::form::{ButtonKind, TextInput, button, query_form};
use pages::{Html, Markup as _};
use rights::Resource;
use serde::Deserialize;
use store::{Store as _, StoreError};
use terms::BankingDay;

use super::export::{self, FileKind};
use super::reports::SEE;
use super::view::{heading, hook, paragraph, part, shown};
use super::views;
use super::visit::{Stopped, Visit};

/// The longest day that is typed.
const DAY_CHARACTERS: usize = 10;

#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    day: String,
}

/// What the books say on a day.
struct Books {
    day: BankingDay,
    balances: Balances,
    contracts: Vec<Contract>,
}

/// The books are of all banks and providers at once, so they are for those who see everything.
async fn read(visit: &Visit, asked: &Asked) -> Result<Books, Stopped> {
    visit.may(SEE, Resource::Everything).await?;
    let day = match asked.day.as_str() {
        "" => visit.now.banking_day(),
        typed => typed.parse().map_err(|_| Stopped::BadRequest)?,
    };
    let (balances, contracts) = visit
        .console
        .cx
        .store
        .read(move |view| {
            Ok::<_, StoreError>((view.balances(Some(day), view.last_posting()?)?, view.contracts()?))
        })
        .await?;
    Ok(Books { day, balances, contracts })
}

fn turnover(cells: Vec<Cell>, turnover: Turnover, balance: i128) -> Vec<Cell> {
    let sums = [turnover.debit.into(), turnover.credit.into(), balance].map(Cell::Money);
    cells.into_iter().chain(sums).collect()
}

impl Books {
    fn table(&self, visit: &Visit, stem: &str, title: &str, columns: Vec<Column>) -> Table {
        let t = visit.t();
        Table {
            stem: format!("{stem}-{}", self.day),
            title: t.say(title).to_string(),
            language: visit.language,
            about: vec![(t.say("books-until").to_string(), self.day.to_string())],
            formed_at: visit.now,
            columns,
            rows: Vec::new(),
            total: None,
        }
    }

    fn sums(&self, visit: &Visit) -> Vec<Column> {
        let t = visit.t();
        vec![
            Column::new("debit", t.say("books-debit")),
            Column::new("credit", t.say("books-credit")),
            Column::new("balance", t.say("books-balance")),
        ]
    }

    /// One row for each kind of account; the two sides of the last one are equal.
    fn trial(&self, visit: &Visit) -> Table {
        let t = visit.t();
        let mut columns =
            vec![Column::new("account", t.say("books-account")), Column::new("name", t.say("report-figure"))];
        columns.extend(self.sums(visit));
        let mut table = self.table(visit, "trial-balance", "books-trial", columns);
        let mut kinds: Vec<(String, Turnover, i128)> = Vec::new();
        for (account, moved) in self.balances.iter() {
            let name = account.kind();
            match kinds.iter_mut().find(|(known, ..)| known == name) {
                Some((_, of, balance)) => {
                    of.debit += moved.debit;
                    of.credit += moved.credit;
                    *balance += moved.balance(account);
                }
                None => kinds.push((name.to_owned(), moved, moved.balance(account))),
            }
        }
        table.rows = kinds
            .into_iter()
            .map(|(name, moved, balance)| {
                let words = t.say(&format!("account-{name}")).to_string();
                turnover(vec![Cell::Text(name), Cell::Text(words)], moved, balance)
            })
            .collect();
        let sums = self.balances.sums();
        let difference = i128::from(sums.debit) - i128::from(sums.credit);
        table.total =
            Some(turnover(vec![Table::total_cell(visit.language), Cell::Nothing], sums, difference));
        table
    }

    fn accounts(&self, visit: &Visit) -> Table {
        let t = visit.t();
        let mut columns = vec![
            Column::new("account", t.say("books-account")),
            Column::new("holder", t.say("books-holder")),
        ];
        columns.extend(self.sums(visit));
        let mut table = self.table(visit, "balances", "books-by-account", columns);
        let row = |(account, moved): (ledger::Account, Turnover)| {
            let name = visit.console.cx.name_of(account.holder(), visit.language);
            let cells = vec![Cell::Text(account.to_string()), Cell::Text(name)];
            turnover(cells, moved, moved.balance(account))
        };
        table.rows = self.balances.iter().map(row).collect();
        table
    }

    fn contracts(&self, visit: &Visit) -> Table {
        let t = visit.t();
        let columns = [
            ("number", "contract-number"),
            ("party", "contract-party"),
            ("bin", "contract-bin"),
            ("since", "contract-since"),
            ("until", "contract-until"),
            ("services", "contract-services"),
            ("per_payment", "contract-per-payment"),
            ("per_day", "contract-per-day"),
            ("fee_basis_points", "contract-fee"),
            ("reimburse_days", "contract-reimburse"),
            ("guarantee_days", "contract-guarantee"),
            ("settlement_iban", "contract-iban"),
        ];
        let columns = columns.map(|(name, title)| Column::new(name, t.say(title))).into();
        let mut table = self.table(visit, "contracts", "books-contracts", columns);
        let mut parties: Vec<_> = self.contracts.iter().map(|contract| contract.party).collect();
        parties.sort();
        parties.dedup();
        for party in parties {
            let its_own: Vec<Contract> =
                self.contracts.iter().filter(|contract| contract.party == party).cloned().collect();
            let Some(contract) = in_force(&its_own, self.day) else { continue };
            let mut row = vec![
                Cell::Identifier(contract.number.to_string()),
                Cell::Text(visit.console.cx.name_of(party, visit.language)),
                Cell::Identifier(party.to_string()),
                Cell::Day(contract.since),
                contract.until.map_or(Cell::Nothing, Cell::Day),
            ];
            match &contract.terms {
                Terms::NationalOperator => row.extend(std::iter::repeat_n(Cell::Nothing, 7)),
                Terms::Bank(terms) => {
                    let services = terms.services.as_ref().map_or_else(
                        || t.say("contract-all-services").to_string(),
                        |some| some.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
                    );
                    let limit = |limit: Option<terms::Tiyn>| {
                        limit.map_or(Cell::Nothing, |limit| Cell::Money(limit.as_u64().into()))
                    };
                    row.extend([
                        Cell::Text(services),
                        limit(terms.per_payment),
                        limit(terms.per_day),
                        Cell::Number(terms.fee.basis_points.into()),
                        Cell::Number(terms.reimburse_days.into()),
                        terms.guarantee_days.map_or(Cell::Nothing, |days| Cell::Number(days.into())),
                        Cell::Identifier(terms.settlement_iban.to_string()),
                    ]);
                }
            }
            table.rows.push(row);
        }
        table
    }
}

pub(super) async fn show(visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Stopped> {
    let books = read(&visit, &asked).await?;
    let t = visit.t();
    let day = TextInput::new(visit.language, "day", t.say("books-until"))
        .longest(DAY_CHARACTERS)
        .value(books.day)
        .html();
    let form = query_form("day-of-books", "/books", [day, button(t.say("report-show"), ButtonKind::Main)]);
    let mut pieces = vec![heading(t.say("console-books-title")), paragraph(t.say("books-about")), form];
    let sums = books.balances.sums();
    let is_equal = sums.debit == sums.credit;
    pieces.push(paragraph(if is_equal { t.say("books-equal") } else { t.say("books-differ") }));
    let query = format!("day={}", books.day);
    let tables = [
        ("/books/trial", books.trial(&visit)),
        ("/books/accounts", books.accounts(&visit)),
        ("/books/contracts", books.contracts(&visit)),
    ];
    for (folder, table) in &tables {
        pieces.push(part(&table.title));
        pieces.push(export::shown(table, &table.title));
        pieces.push(export::links(&visit, Resource::Everything, folder, &query));
    }
    pieces.push(views::keep(&visit, &format!("/books?{query}")));
    pieces.push(hook("books", "equal", if is_equal { "yes" } else { "no" }));
    pieces.push(hook("books-debit", "tiyn", &sums.debit.to_string()));
    Ok(shown(&visit, t.say("console-books-title"), Html::join(pieces)))
}

pub(super) async fn file(
    visit: Visit,
    Path((list, name)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Result<Response, Stopped> {
    let kind = FileKind::of_name(&name)?;
    let books = read(&visit, &asked).await?;
    let table = match list.as_str() {
        "trial" => books.trial(&visit),
        "accounts" => books.accounts(&visit),
        "contracts" => books.contracts(&visit),
        _ => return Err(Stopped::NotFound),
    };
    export::file(&visit, Resource::Everything, kind, &table).await
}
