//! Who did what no signed document of an officer proves, in SQL.

use rusqlite::Row;
use terms::Moment;

use super::transaction::SqliteTx;
use crate::Kept;
use crate::columns::{Columns, Fields};
use crate::sealing::{Place, Plain, RowKey, Sealing};
use crate::seam::{Deed, DeedsTx, DeedsView};

const TABLE: &str = "deed";

fn place(id: i64) -> Place<'static> {
    Place { table: TABLE, column: "sealed", key: RowKey::Number(id) }
}

fn to_doer(row: &Row<'_>, sealing: &Sealing<'_>) -> Kept<String> {
    let fields = Fields::of(row);
    let mut opened = sealing.open(place(fields.number("id")?), &fields.all_octets("sealed")?)?;
    let by = opened.text()?;
    opened.end()?;
    Ok(by)
}

impl DeedsView for SqliteTx<'_> {
    fn doer(&self, of: &Deed) -> Kept<Option<String>> {
        let found = self.all("SELECT * FROM deed WHERE what = ?", &[&of.to_string()], to_doer)?;
        Ok(found.into_iter().next())
    }
}

impl DeedsTx for SqliteTx<'_> {
    fn keep_doer(&mut self, of: &Deed, by: &str, at: Moment) -> Kept<()> {
        let id = self.next_id(TABLE)?;
        let mut plain = Plain::new();
        plain.text(by);
        let sealed = self.sealing().seal(place(id), plain)?;
        let mut columns = Columns::new();
        columns.number("id", id).text("what", of).moment("at", at).sealed("sealed", sealed);
        columns.insert(self.conn(), TABLE)
    }
}
