//! What reports are counted from: payments without anything confidential, read one after another.

use ledger::report::{Fact, PaidFact};
use payment::table::State;
use rusqlite::{Connection, Row};
use terms::Moment;

use crate::columns::Fields;
use crate::{Kept, StoreError};

/// Every payment issued or paid from one moment until before another.
pub(super) const FACTS: &str = "
    SELECT issued_at, state, service, provider, amount, channel, paid_bank, paid_amount, paid_at, paid_received_at
    FROM payment
    WHERE (issued_at >= ?1 AND issued_at < ?2) OR (paid_at >= ?1 AND paid_at < ?2)";

/// Hands over every payment issued or paid from one moment until before another. No key is needed: nothing of it is
/// sealed.
pub(super) fn facts(conn: &Connection, from: Moment, until: Moment, each: &mut dyn FnMut(&Fact)) -> Kept<()> {
    let mut statement = conn.prepare_cached(FACTS)?;
    let mut rows = statement.query([from.unix_microseconds(), until.unix_microseconds()])?;
    while let Some(row) = rows.next()? {
        each(&fact(row)?);
    }
    Ok(())
}

fn fact(row: &Row<'_>) -> Kept<Fact> {
    let fields = Fields::of(row);
    let state = fields.text("state")?;
    let known = State::ALL.into_iter().find(|known| known.name() == state);
    let paid = match fields.maybe_parsed("paid_bank")? {
        None => None,
        Some(bank) => Some(PaidFact {
            bank,
            amount: fields.amount("paid_amount")?,
            paid_at: fields.moment("paid_at")?,
            received_at: fields.moment("paid_received_at")?,
        }),
    };
    Ok(Fact {
        issued_at: fields.moment("issued_at")?,
        state: known.ok_or_else(|| StoreError::Damaged("column state".to_owned()))?,
        service: fields.parsed("service")?,
        provider: fields.parsed("provider")?,
        price: fields.amount("amount")?,
        channel: fields.parsed("channel")?,
        paid,
    })
}
