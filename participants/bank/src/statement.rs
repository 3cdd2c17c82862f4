//! The statement of the gateway operator's account, from the bank's books (cl. 24).

use ledger::statement::{Counterparty, Direction, Entry, Statement};
use store::StoreError;
use store::rusqlite::Connection;
use terms::{BankingDay, Moment, ShortText, Tiyn};

use crate::settings::Bank;
use crate::store::settlement::{self, AccountEntry};

/// The most entries of one page: a page with its signature fits into one message.
pub(crate) const PAGE_ENTRIES: usize = 250;

/// One page of the statement of a banking day; the first is 1. A page after the last is empty.
///
/// # Errors
/// Those of the database.
pub(crate) fn page(
    conn: &Connection,
    bank: &Bank,
    day: BankingDay,
    page: u32,
    now: Moment,
) -> Result<Statement, StoreError> {
    let account = bank.operator.account;
    let skip = u64::from(page - 1) * PAGE_ENTRIES as u64;
    // One more than a page tells whether another follows.
    let (mut entries, skipped) = settlement::account_entries(conn, account, day, skip, PAGE_ENTRIES + 1)?;
    let is_last = entries.len() <= PAGE_ENTRIES;
    entries.truncate(PAGE_ENTRIES);
    let opening = settlement::balance_before(conn, account, day.begins_at())? + skipped;
    let closing = opening + entries.iter().map(|entry| entry.tiyn).sum::<i64>();
    let number = format!("{}-{}-ST{page}", bank.reference_prefix, day.to_string().replace('-', ""));
    Ok(Statement {
        number: number.parse().map_err(|_| StoreError::OutOfRange("number"))?,
        account,
        owner: Some(bank.operator.name.clone()),
        made_at: now,
        day,
        page,
        is_last,
        opening,
        closing,
        entries: entries.into_iter().map(|kept| entry(bank, kept)).collect::<Result<_, _>>()?,
    })
}

fn entry(bank: &Bank, kept: AccountEntry) -> Result<Entry, StoreError> {
    let booked_on = kept.at.banking_day();
    // Whoever is no provider that was paid is the bank itself.
    let counterparty = match kept.beneficiary {
        Some((name, account)) => Some(Counterparty { name, account: Some(account) }),
        None => bank.name.ru.parse::<ShortText>().ok().map(|name| Counterparty { name, account: None }),
    };
    Ok(Entry {
        reference: kept.reference,
        amount: Tiyn::new(kept.tiyn.unsigned_abs()).map_err(|_| StoreError::OutOfRange("tiyn"))?,
        direction: if kept.tiyn < 0 { Direction::Debit } else { Direction::Credit },
        booked_on,
        value_on: booked_on,
        remittance: kept.document.and_then(|document| document.parse().ok()),
        counterparty,
    })
}
