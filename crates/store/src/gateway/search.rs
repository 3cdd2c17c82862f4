//! Looking for payments in SQL. Every part of a statement is written here; only values are given to it.

use payment::Payment;
use rusqlite::{ToSql, params_from_iter};

use super::payment_columns::{payer_tag, recipient_tag, to_payment};
use super::transaction::SqliteTx;
use crate::columns::{Fields, code_column};
use crate::seam::{
    Found, PartyRole, SEARCH_PAGE_BOUND, Scope, Search, SearchCursor, SearchView, Totals, Wanted,
};
use crate::{Kept, Stored};

/// Hops from one bank to the next along the key of `bank_operation`, so that a reference is found without its bank and
/// without reading all operations.
const CODES_OF_REFERENCE: &str = "code IN (
    WITH RECURSIVE bank (bin) AS (
        SELECT min(bank) FROM bank_operation
        UNION ALL
        SELECT (SELECT min(bank) FROM bank_operation WHERE bank > bin) FROM bank WHERE bin IS NOT NULL
    )
    SELECT operation.code FROM bank JOIN bank_operation AS operation
    ON operation.bank = bank.bin AND operation.reference = ?)";

/// Conditions with the values they are given, in their order.
#[derive(Default)]
struct Conditions {
    texts: Vec<&'static str>,
    values: Vec<Box<dyn ToSql>>,
}

impl Conditions {
    fn add<const N: usize>(&mut self, text: &'static str, values: [Box<dyn ToSql>; N]) {
        self.texts.push(text);
        self.values.extend(values);
    }

    fn text(&self) -> String {
        if self.texts.is_empty() { "1".to_owned() } else { self.texts.join(" AND ") }
    }
}

impl SqliteTx<'_> {
    fn conditions(&self, search: &Search) -> Kept<Conditions> {
        let mut all = Conditions::default();
        match &search.wanted {
            Wanted::Any => {}
            Wanted::Code(code) => all.add("code = ?", [Box::new(code_column(*code))]),
            Wanted::Party(number, role) => {
                let recipient = Box::new(recipient_tag(&self.sealing, *number)?);
                let payer = Box::new(payer_tag(&self.sealing, *number)?);
                match role {
                    PartyRole::Recipient => all.add("recipient_tag = ?", [recipient]),
                    PartyRole::Payer => all.add("payer_tag = ?", [payer]),
                    PartyRole::Either => all.add("(recipient_tag = ? OR payer_tag = ?)", [recipient, payer]),
                }
            }
            Wanted::Application(number) => {
                let number = || -> Box<dyn ToSql> { Box::new(number.as_str().to_owned()) };
                all.add(
                    "(application = ? OR bound_application = ? OR closed_application = ?)",
                    [number(), number(), number()],
                );
            }
            Wanted::Reference(None, reference) => {
                all.add(CODES_OF_REFERENCE, [Box::new(reference.as_str().to_owned())]);
            }
            Wanted::Reference(Some(bank), reference) => all.add(
                "code IN (SELECT code FROM bank_operation WHERE bank = ? AND reference = ?)",
                [Box::new(bank.to_string()), Box::new(reference.as_str().to_owned())],
            ),
        }
        match search.scope {
            Scope::Everything => {}
            Scope::Bank(bin) => {
                all.add(
                    "(issued_to = ? OR paid_bank = ?)",
                    [Box::new(bin.to_string()), Box::new(bin.to_string())],
                );
            }
            Scope::Provider(bin) => all.add("provider = ?", [Box::new(bin.to_string())]),
        }
        if let Some(state) = search.state {
            all.add("state = ?", [Box::new(state.name())]);
        }
        if let Some((from, until)) = search.issued {
            let (from, until) = (from.unix_microseconds(), until.unix_microseconds());
            all.add("issued_at >= ? AND issued_at < ?", [Box::new(from), Box::new(until)]);
        }
        Ok(all)
    }

    fn totals(&self, conditions: &Conditions) -> Kept<Totals> {
        let sql = format!(
            "SELECT count(*) AS count, coalesce(sum(amount), 0) AS priced,
                    count(paid_amount) AS paid_count, coalesce(sum(paid_amount), 0) AS paid
             FROM payment WHERE {}",
            conditions.text()
        );
        let mut statement = self.conn.prepare_cached(&sql)?;
        let mut rows = statement.query(params_from_iter(&conditions.values))?;
        let Some(row) = rows.next()? else { return Ok(Totals::default()) };
        let fields = Fields::of(row);
        Ok(Totals {
            count: fields.number("count")?,
            priced: fields.number("priced")?,
            paid_count: fields.number("paid_count")?,
            paid: fields.number("paid")?,
        })
    }
}

impl SearchView for SqliteTx<'_> {
    fn search(&self, search: &Search, after: Option<SearchCursor>, limit: usize) -> Kept<Found> {
        let limit = limit.clamp(1, SEARCH_PAGE_BOUND);
        let mut conditions = self.conditions(search)?;
        let totals = self.totals(&conditions)?;
        if let Some(SearchCursor { issued_at, code }) = after {
            let (at, code) = (issued_at.unix_microseconds(), code_column(code));
            conditions.add("(issued_at, code) < (?, ?)", [Box::new(at), Box::new(code)]);
        }
        let sql = format!(
            "SELECT * FROM payment WHERE {} ORDER BY issued_at DESC, code DESC LIMIT ?",
            conditions.text()
        );
        // One more is asked for, to know whether there is a next page.
        let more = i64::try_from(limit + 1).unwrap_or(i64::MAX);
        conditions.values.push(Box::new(more));
        let keys: Vec<&dyn ToSql> = conditions.values.iter().map(AsRef::as_ref).collect();
        let found: Vec<Stored<Payment>> = self.all(&sql, &keys, to_payment)?;
        let has_more = found.len() > limit;
        let payments: Vec<Payment> = found.into_iter().take(limit).map(|stored| stored.value).collect();
        let next = payments.last().filter(|_| has_more);
        let next = next.map(|last| SearchCursor { issued_at: last.order.issued_at, code: last.code });
        Ok(Found { payments, next, totals })
    }
}
