//! What officers keep for themselves, in SQL.

use rusqlite::{Row, params};
use terms::Iin;

use super::transaction::{SqliteTx, bounded};
use crate::columns::{Columns, Fields, unsigned_column};
use crate::sealing::{Place, Plain, RowKey, Sealing, SearchTag};
use crate::seam::{MOST_SAVED_VIEWS, SavedView, SavedViewsTx, SavedViewsView};
use crate::{Kept, StoreError};

const TABLE: &str = "saved_view";

fn place(id: i64) -> Place<'static> {
    Place { table: TABLE, column: "sealed", key: RowKey::Number(id) }
}

fn tag(sealing: &Sealing<'_>, owner: Iin) -> Kept<SearchTag> {
    sealing.tag("saved_view.owner", owner.to_string().as_bytes())
}

fn to_view(row: &Row<'_>, sealing: &Sealing<'_>) -> Kept<SavedView> {
    let fields = Fields::of(row);
    let mut opened = sealing.open(place(fields.number("id")?), &fields.all_octets("sealed")?)?;
    let view = SavedView {
        id: fields.number("id")?,
        owner: opened.parsed()?,
        name: opened.parsed()?,
        address: opened.text()?,
        at: fields.moment("at")?,
    };
    opened.end()?;
    Ok(view)
}

impl SavedViewsView for SqliteTx<'_> {
    fn saved_views(&self, owner: Iin) -> Kept<Vec<SavedView>> {
        let sql = "SELECT * FROM saved_view WHERE tag = ? ORDER BY id LIMIT ?";
        self.all(sql, &[&tag(self.sealing(), owner)?, &bounded(MOST_SAVED_VIEWS)], to_view)
    }
}

impl SavedViewsTx for SqliteTx<'_> {
    fn keep_view(&mut self, view: &SavedView) -> Kept<()> {
        let kept = self.saved_views(view.owner)?;
        if kept.len() >= MOST_SAVED_VIEWS || kept.iter().any(|known| known.name == view.name) {
            return Err(StoreError::Taken);
        }
        let id = self.next_id(TABLE)?;
        let mut plain = Plain::new();
        plain.text(view.owner).text(&view.name).text(&view.address);
        let sealed = self.sealing().seal(place(id), plain)?;
        let mut columns = Columns::new();
        columns
            .number("id", id)
            .octets("tag", &tag(self.sealing(), view.owner)?)
            .moment("at", view.at)
            .sealed("sealed", sealed);
        columns.insert(self.conn(), TABLE)
    }

    fn forget_view(&mut self, owner: Iin, id: u64) -> Kept<bool> {
        let (tag, id) = (tag(self.sealing(), owner)?, unsigned_column(id, "id")?);
        let mut statement = self.conn().prepare_cached("DELETE FROM saved_view WHERE tag = ? AND id = ?")?;
        Ok(statement.execute(params![tag, id])? > 0)
    }
}
