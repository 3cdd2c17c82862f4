//! Rows as they are kept, with their proofs, in SQL.

use std::collections::BTreeSet;

use rusqlite::types::ValueRef;
use rusqlite::{Row, ToSql};
use terms::{Bin, MessageId, PaymentCode};

use super::books::{POSTINGS_OF, postings_key};
use super::payment_columns::place as payment_place;
use super::record_columns::{place, receipt_place};
use super::refunds::REFUND;
use super::transaction::{SqliteTx, bounded};
use super::{COVERED, PAYMENT};
use crate::chain::{Versioned, proof, span_of};
use crate::columns::{Fields, code_column};
use crate::mailbox::ReceivedKey;
use crate::sealing::{Place, RowKey};
use crate::seam::{KeptColumn, KeptRow, KeptValue, ProofsView};
use crate::{Kept, LIST_BOUND, StoreError};

fn columns_of(row: &Row<'_>) -> Kept<Vec<KeptColumn>> {
    let mut columns = Vec::new();
    for index in 0..row.as_ref().column_count() {
        let name = row.as_ref().column_name(index)?.to_owned();
        let value = match row.get_ref(index)? {
            ValueRef::Null => continue,
            ValueRef::Integer(number) => KeptValue::Integer(number),
            ValueRef::Text(text) => {
                let text = std::str::from_utf8(text);
                KeptValue::Text(text.map_err(|_| StoreError::Damaged(format!("column {name}")))?.to_owned())
            }
            ValueRef::Blob(octets) => KeptValue::Octets(octets.to_vec()),
            ValueRef::Real(_) => return Err(StoreError::Damaged(format!("column {name}"))),
        };
        columns.push(KeptColumn { name, value });
    }
    Ok(columns)
}

/// For what a row's sealed column is sealed, and its name; none of a row that keeps everything in the clear.
type SealedFor = fn(Fields<'_>) -> Kept<Option<(Place<'static>, &'static str)>>;

fn by_id(table: &'static str) -> impl Fn(Fields<'_>) -> Kept<Option<(Place<'static>, &'static str)>> {
    move |fields| Ok(Some((place(table, RowKey::Number(fields.number("id")?)), "sealed")))
}

/// The append-only tables that hold rows about a payment: the column that names its code, and what is sealed.
const TABLES: [(&str, &str, SealedFor); 4] = [
    ("evidence", "about", |fields| by_id("evidence")(fields)),
    ("journal", "about", |fields| by_id("journal")(fields)),
    ("receipt", "code", |fields| Ok(Some((receipt_place(code_column(fields.code("code")?)), "sealed")))),
    ("spend", "code", |_| Ok(None)),
];

impl SqliteTx<'_> {
    fn kept_row(
        &self,
        table: &'static str,
        row: &Row<'_>,
        sealed: Option<(Place<'_>, &str)>,
    ) -> Kept<KeptRow> {
        let fields = Fields::of(row);
        let (mut opened, mut salt) = (Vec::new(), None);
        if let Some((place, column)) = sealed {
            opened = self.sealing.open(place, &fields.all_octets(column)?)?.all()?;
            if fields.maybe_octets("commitment")?.is_some() {
                salt = Some(self.sealing.commitment_salt(place)?);
            }
        }
        let proof = proof(self.conn, &COVERED, table, fields.number("id")?)?;
        Ok(KeptRow { table, columns: columns_of(row)?, opened, salt, proof })
    }

    fn kept_rows(
        &self,
        table: &'static str,
        sql: &str,
        key: &[&dyn ToSql],
        of: SealedFor,
    ) -> Kept<Vec<KeptRow>> {
        let mut statement = self.conn.prepare_cached(sql)?;
        let mut rows = statement.query(key)?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            all.push(self.kept_row(table, row, of(Fields::of(row))?)?);
        }
        Ok(all)
    }

    /// Postings of a code are found by what they are about; what a bank said of a second sum is shown sealed.
    fn kept_postings(&self, code: PaymentCode) -> Kept<Vec<KeptRow>> {
        let sql = format!("SELECT * FROM posting WHERE {POSTINGS_OF} ORDER BY id LIMIT ?6");
        let [payment, from, to, since, until] = postings_key(code);
        let key: [&dyn ToSql; 6] = [&payment, &from, &to, &since, &until, &bounded(LIST_BOUND)];
        self.kept_rows("posting", &sql, &key, |_| Ok(None))
    }

    /// A row whose versions are under the chain, with what it has sealed; none where there is no such row.
    fn present_row(
        &self,
        of: Versioned,
        code: PaymentCode,
        sealed: &[&'static str],
    ) -> Kept<Option<KeptRow>> {
        let sql = format!("SELECT * FROM {} WHERE {} = ?", of.table, of.key);
        let mut statement = self.conn.prepare_cached(&sql)?;
        let mut rows = statement.query([code_column(code)])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let (columns, mut opened) = (columns_of(row)?, Vec::new());
        for column in sealed {
            if let Some(octets) = Fields::of(row).maybe_octets(column)? {
                opened.extend(self.sealing.open(payment_place(column, code), &octets)?.all()?);
            }
        }
        Ok(Some(KeptRow { table: of.table, columns, opened, salt: None, proof: None }))
    }

    /// Versions of the payment's row are looked for in these groups only: they are found by no index.
    fn versions(&self, code: PaymentCode, groups: &BTreeSet<u64>) -> Kept<Vec<KeptRow>> {
        let sql = "SELECT * FROM snapshot
                   WHERE id >= ? AND id <= ? AND table_name = ? AND row_key = ? ORDER BY id LIMIT ?";
        let mut all = Vec::new();
        for group in groups {
            let Some((first, last)) = span_of(self.conn, *group, "snapshot")? else { continue };
            let key: [&dyn ToSql; 5] =
                [&first, &last, &PAYMENT.table, &code_column(code), &bounded(LIST_BOUND)];
            all.extend(self.kept_rows("snapshot", sql, &key, |_| Ok(None))?);
        }
        Ok(all)
    }
}

impl ProofsView for SqliteTx<'_> {
    fn rows_about(&self, code: PaymentCode) -> Kept<Vec<KeptRow>> {
        let mut all = Vec::new();
        for (table, column, sealed) in TABLES {
            let sql = format!("SELECT * FROM {table} WHERE {column} = ? ORDER BY id LIMIT ?");
            all.extend(self.kept_rows(table, &sql, &[&code_column(code), &bounded(LIST_BOUND)], sealed)?);
        }
        all.extend(self.kept_postings(code)?);
        let groups = all.iter().filter_map(|row| row.proof.as_ref()).map(|proof| proof.sequence).collect();
        all.extend(self.versions(code, &groups)?);
        let sql = "SELECT * FROM snapshot WHERE table_name = 'refund' AND row_key = ? ORDER BY id LIMIT ?";
        all.extend(
            self.kept_rows("snapshot", sql, &[&code_column(code), &bounded(LIST_BOUND)], |_| Ok(None))?,
        );
        all.extend(self.present_row(REFUND, code, &[])?);
        all.extend(self.present_row(PAYMENT, code, &["order_sealed", "life_sealed"])?);
        Ok(all)
    }

    fn document_rows(&self, number: MessageId) -> Kept<Vec<KeptRow>> {
        let sql = "SELECT * FROM proposal_document WHERE number = ? ORDER BY id LIMIT ?";
        let key: [&dyn ToSql; 2] = [&number.to_string(), &bounded(LIST_BOUND)];
        self.kept_rows("proposal_document", sql, &key, |fields| by_id("proposal_document")(fields))
    }

    fn answer_row(&self, signer: Bin, id: MessageId) -> Kept<Option<KeptRow>> {
        let sql = "SELECT * FROM received WHERE signer = ? AND message_id = ?";
        let mut statement = self.conn.prepare_cached(sql)?;
        let mut rows = statement.query((signer.to_string(), id.as_bytes()))?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let key = ReceivedKey::new(signer, id);
        self.kept_row("received", row, Some((key.place(), "answer"))).map(Some)
    }
}
