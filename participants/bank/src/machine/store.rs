//! The printer of a machine: whether it has paper. The demonstration has no printer, so an operator says it, by
//! `tolem atm paper`; it stands in the machine's own database and holds until the operator says otherwise.

use std::path::Path;

use anyhow::{Result, ensure};
use store::rusqlite::{Connection, params};
use store::{Database, StoreError};

use crate::core::words;

words! {
    /// Whether a slip can be printed.
    pub Paper {
        /// There is paper.
        Loaded = "loaded",
        /// There is none.
        Out = "out",
    }
}

/// The table, part of each machine's schema.
pub(crate) const SCHEMA: &str = include_str!("schema/printer.sql");

/// Whether there is paper at this moment. A machine that cannot read its own state prints nothing.
pub(crate) async fn has_paper(database: &Database) -> bool {
    match database.read(paper).await {
        Ok(paper) => paper == Paper::Loaded,
        Err(error) => {
            tracing::error!(event = "printer-unknown", %error);
            false
        }
    }
}

fn paper(conn: &Connection) -> Result<Paper, StoreError> {
    let word: String = conn.prepare_cached("SELECT paper FROM printer")?.query_row([], |row| row.get(0))?;
    word.parse().map_err(|_| StoreError::Damaged("column paper".to_owned()))
}

/// Says whether the printer has paper, beside a running machine.
///
/// # Errors
/// Where the machine's database cannot be opened or written.
pub(crate) fn set_paper(database: &Path, paper: Paper) -> Result<()> {
    ensure!(database.exists(), "there is no database at {}", database.display());
    let conn = Connection::open(database)?;
    conn.busy_timeout(std::time::Duration::from_secs(5))?;
    let set = conn.execute("UPDATE printer SET paper = ?1", params![paper.word()])?;
    ensure!(set == 1, "{} is not the database of a machine with a printer", database.display());
    Ok(())
}
