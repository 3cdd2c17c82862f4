//! Refunds in SQL.

use ledger::{GivenBack, Refund, RefundProgress};
use rusqlite::Row;
use rusqlite::types::Value;
use terms::{Moment, PaymentCode};

use super::transaction::{SqliteTx, bounded};
use crate::chain::{Versioned, snapshot};
use crate::columns::{Columns, Fields, code_column};
use crate::sealing::Sealing;
use crate::seam::{RefundRecord, RefundsTx, RefundsView, Scope};
use crate::{Kept, StoreError, Stored};

/// Its state changes.
pub(super) const REFUND: Versioned = Versioned { table: "refund", key: "code" };

fn of_refund(record: &RefundRecord) -> Columns {
    let Refund { code, bank, operation, amount, ground, progress } = &record.refund;
    let (given, reason) = match progress {
        RefundProgress::Granted | RefundProgress::Asked => (None, None),
        RefundProgress::GivenBack(given) => (Some(given), None),
        RefundProgress::Refused(reason) => (None, Some(reason)),
    };
    let mut columns = Columns::new();
    columns
        .code("code", *code)
        .text("bank", bank)
        .text("reference", operation)
        .amount("amount", *amount)
        .text("ground", ground)
        .text("proposal", record.proposal)
        .text("message", record.message)
        .number("grants", i64::from(record.grants))
        .moment("granted_at", record.granted_at)
        .text("state", progress.name())
        .maybe_moment("answered_at", record.answered_at)
        .maybe_text("back_reference", given.and_then(|given| given.reference.as_ref()))
        .maybe_moment("refunded_at", given.map(|given| given.at))
        .maybe_text("reason", reason);
    columns
}

fn to_refund(row: &Row<'_>, _: &Sealing<'_>) -> Kept<Stored<RefundRecord>> {
    let fields = Fields::of(row);
    let progress = match fields.text("state")?.as_str() {
        "granted" => RefundProgress::Granted,
        "asked" => RefundProgress::Asked,
        "given-back" => RefundProgress::GivenBack(GivenBack {
            reference: fields.maybe_parsed("back_reference")?,
            at: fields.moment("refunded_at")?,
        }),
        "refused" => RefundProgress::Refused(fields.parsed("reason")?),
        _ => return Err(StoreError::Damaged("column state".to_owned())),
    };
    let record = RefundRecord {
        refund: Refund {
            code: fields.code("code")?,
            bank: fields.parsed("bank")?,
            operation: fields.parsed("reference")?,
            amount: fields.amount("amount")?,
            ground: fields.parsed("ground")?,
            progress,
        },
        proposal: fields.parsed("proposal")?,
        message: fields.parsed("message")?,
        grants: fields.number("grants")?,
        granted_at: fields.moment("granted_at")?,
        answered_at: fields.maybe_moment("answered_at")?,
    };
    Ok(Stored { value: record, version: fields.number("version")? })
}

impl RefundsView for SqliteTx<'_> {
    fn refund(&self, code: PaymentCode) -> Kept<Option<Stored<RefundRecord>>> {
        self.one("SELECT * FROM refund WHERE code = ?", &[&code_column(code)], to_refund)
    }

    fn refunds(&self, scope: Scope, state: Option<&str>, limit: usize) -> Kept<Vec<Stored<RefundRecord>>> {
        let (bank, provider) = match scope {
            Scope::Everything => (None, None),
            Scope::Bank(bin) => (Some(bin.to_string()), None),
            Scope::Provider(bin) => (None, Some(bin.to_string())),
        };
        let sql = "SELECT * FROM refund
                   WHERE (?1 IS NULL OR state = ?1) AND (?2 IS NULL OR bank = ?2)
                     AND (?3 IS NULL OR (SELECT provider FROM payment WHERE payment.code = refund.code) = ?3)
                   ORDER BY granted_at DESC, code LIMIT ?4";
        self.all(sql, &[&state, &bank, &provider, &bounded(limit)], to_refund)
    }

    fn open_refunds(&self, before: Moment, limit: usize) -> Kept<Vec<Stored<RefundRecord>>> {
        let sql = "SELECT * FROM refund WHERE state IN ('granted', 'asked') AND granted_at < ?1
                   ORDER BY granted_at, code LIMIT ?2";
        self.all(sql, &[&before.unix_microseconds(), &bounded(limit)], to_refund)
    }

    fn refunds_untold(&self, limit: usize) -> Kept<Vec<PaymentCode>> {
        let sql = "SELECT code FROM refund_backlog ORDER BY code LIMIT ?";
        self.all(sql, &[&bounded(limit)], |row, _| Fields::of(row).code("code"))
    }
}

impl RefundsTx for SqliteTx<'_> {
    fn insert_refund(&mut self, refund: &RefundRecord) -> Kept<()> {
        of_refund(refund).insert(self.conn, REFUND.table)?;
        snapshot(self.conn, REFUND, &Value::Integer(code_column(refund.refund.code)))
    }

    fn save_refund(&mut self, refund: &Stored<RefundRecord>) -> Kept<()> {
        let key = Value::Integer(code_column(refund.value.refund.code));
        let columns = of_refund(&refund.value);
        columns.compare_and_set(self.conn, REFUND.table, REFUND.key, &key, refund.version)?;
        snapshot(self.conn, REFUND, &key)
    }

    fn refund_told(&mut self, code: PaymentCode) -> Kept<()> {
        let sql = "DELETE FROM refund_backlog WHERE code = ?";
        self.conn.prepare_cached(sql)?.execute([code_column(code)])?;
        Ok(())
    }
}
