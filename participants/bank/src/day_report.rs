//! What the bank's own books say of one banking day, read beside a running bank: for `tolem bank claims`, `register` and
//! `statement`.

use std::path::Path;

use anyhow::{Context, Result};
use ledger::statement::Statement;
use participant::Config;
use store::rusqlite::Connection;
use terms::{BankingDay, Moment};
use wire::bank::LONGEST_REGISTER_PAGE;
use wire::common::BankMovement;

use crate::settings::BankSettings;
use crate::statement;
use crate::store::{self as tables, settlement};

pub use crate::store::settlement::KeptClaim;

fn open(database: &Path) -> Result<Connection> {
    tables::open_read_only(database).with_context(|| format!("opening {}", database.display()))
}

/// The claims of a day, with what became of each.
///
/// # Errors
/// Where the database cannot be read.
pub fn claims_of(database: &Path, day: BankingDay) -> Result<Vec<KeptClaim>> {
    Ok(settlement::claims(&open(database)?, day)?)
}

/// The bank's own register of a day, row by row in the order of their moments; a page at a time is held.
///
/// # Errors
/// Where the database cannot be read, and those of `each`.
pub fn register_of(
    database: &Path,
    day: BankingDay,
    mut each: impl FnMut(&BankMovement) -> Result<()>,
) -> Result<()> {
    let conn = open(database)?;
    let mut seen = 0;
    loop {
        let rows = settlement::movements(&conn, day, seen, LONGEST_REGISTER_PAGE)?;
        rows.iter().try_for_each(&mut each)?;
        seen += rows.len() as u64;
        if rows.len() < LONGEST_REGISTER_PAGE {
            return Ok(());
        }
    }
}

/// One page of the statement of the gateway operator's account; the first is 1.
///
/// # Errors
/// Where the configuration or the database cannot be read.
pub fn statement_of(config: &Config, day: BankingDay, page: u32, now: Moment) -> Result<Statement> {
    let settings: BankSettings = config.settings()?;
    let database = config.path(config.database.as_ref().context("a bank has a `database`")?);
    Ok(statement::page(&open(&database)?, &settings.bank(config)?, day, page.max(1), now)?)
}
