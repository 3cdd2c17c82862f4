//! Officers' lists in SQL. What is not asked for is NULL, and narrows nothing.

use ledger::{Account, Claim, DocumentNumber};
use rusqlite::{Row, ToSql};
use terms::{BankingDay, Bin, Moment};

use super::claims::{ENTRY, to_claim, to_closing, to_entry, to_payout};
use super::registers::{to_reconciliation, to_register};
use super::transaction::{SqliteTx, bounded};
use crate::columns::{Fields, unsigned_column};
use crate::sealing::Sealing;
use crate::seam::{
    AGE_BOUNDS, ClaimShare, ClaimsWanted, Days, ListsView, PayoutsWanted, Redemption, RegistersWanted,
};
use crate::{
    ClosingRecord, Kept, LIST_BOUND, PayoutRecord, Reconciliation, RegisterRevision, StatementEntry,
    StoreError,
};

fn text(value: Option<impl ToString>) -> Option<String> {
    value.map(|value| value.to_string())
}

fn to_share(row: &Row<'_>, _: &Sealing<'_>) -> Kept<ClaimShare> {
    let fields = Fields::of(row);
    let Account::ProviderPayable(provider) = fields.parsed("account")? else {
        return Err(StoreError::Damaged("column account".to_owned()));
    };
    Ok(ClaimShare {
        provider,
        payout: fields.maybe_parsed("payout")?,
        count: fields.number("count")?,
        sum: fields.number("sum")?,
    })
}

fn to_redemption(row: &Row<'_>, _: &Sealing<'_>) -> Kept<Redemption> {
    let fields = Fields::of(row);
    Ok(Redemption {
        service: fields.parsed("service")?,
        is_redeemed: fields.number::<i64>("is_redeemed")? == 1,
        age: fields.number("age")?,
        count: fields.number("count")?,
        sum: fields.number("sum")?,
    })
}

/// A payment of a provider is one posting, which a claim takes from the bank and a payout takes to the provider.
const SHARES: &str = "
    SELECT iif(posting.credit LIKE 'provider-payable:%', posting.credit, posting.debit) AS account,
           payout_item.payout AS payout, count(*) AS count,
           sum(iif(posting.credit LIKE 'provider-payable:%', posting.amount, -posting.amount)) AS sum
    FROM claim_item
    CROSS JOIN posting ON posting.id = claim_item.posting
    LEFT JOIN payout_item ON payout_item.posting = posting.id
    WHERE claim_item.claim = ?
      AND (posting.credit LIKE 'provider-payable:%' OR posting.debit LIKE 'provider-payable:%')
    GROUP BY 1, 2 ORDER BY 1, 2 LIMIT ?";

const REDEMPTIONS: &str = "
    SELECT service, state = 'closed' AS is_redeemed,
           (issued_at < ?2) + (issued_at < ?3) + (issued_at < ?4) + (issued_at < ?5) AS age,
           count(*) AS count, coalesce(sum(paid_amount), 0) AS sum
    FROM payment
    WHERE provider = ?1 AND state IN ('paid', 'bound', 'closed') AND (state <> 'closed' OR issued_at >= ?5)
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3 LIMIT ?6";

impl ListsView for SqliteTx<'_> {
    fn list_claims(&self, wanted: &ClaimsWanted, limit: usize) -> Kept<Vec<Claim>> {
        let sql = "SELECT * FROM claim
                   WHERE (?1 IS NULL OR bank = ?1) AND (?2 IS NULL OR day >= ?2) AND (?3 IS NULL OR day <= ?3)
                     AND (?4 IS NULL OR standing = ?4) AND (NOT ?5 OR reimbursed < due)
                   ORDER BY day DESC, number LIMIT ?6";
        let ClaimsWanted { bank, days, standing, is_open } = wanted;
        let key: [&dyn ToSql; 6] =
            [&text(*bank), &text(days.from), &text(days.until), standing, is_open, &bounded(limit)];
        Ok(self.all(sql, &key, to_claim)?.into_iter().map(|stored| stored.value).collect())
    }

    fn claim_shares(&self, number: &DocumentNumber, limit: usize) -> Kept<Vec<ClaimShare>> {
        self.all(SHARES, &[&number.as_str(), &bounded(limit)], to_share)
    }

    fn entries_for(&self, number: &DocumentNumber, limit: usize) -> Kept<Vec<StatementEntry>> {
        let sql = format!("{ENTRY} WHERE matched = ? ORDER BY statement_entry.id LIMIT ?");
        self.all(&sql, &[&number.as_str(), &bounded(limit)], to_entry)
    }

    fn list_payouts(&self, wanted: &PayoutsWanted, limit: usize) -> Kept<Vec<PayoutRecord>> {
        let sql = "SELECT * FROM payout
                   WHERE (?1 IS NULL OR bank = ?1) AND (?2 IS NULL OR provider = ?2)
                     AND (?3 IS NULL OR day >= ?3) AND (?4 IS NULL OR day <= ?4)
                     AND (?5 IS NULL OR progress = ?5)
                   ORDER BY day DESC, number LIMIT ?6";
        let PayoutsWanted { bank, provider, days, progress } = wanted;
        let key: [&dyn ToSql; 6] =
            [&text(*bank), &text(*provider), &text(days.from), &text(days.until), progress, &bounded(limit)];
        Ok(self.all(sql, &key, to_payout)?.into_iter().map(|stored| stored.value).collect())
    }

    fn list_registers(&self, wanted: &RegistersWanted, limit: usize) -> Kept<Vec<RegisterRevision>> {
        let sql = "SELECT * FROM register AS one
                   WHERE (?1 IS NULL OR party = ?1) AND (?2 IS NULL OR day >= ?2) AND (?3 IS NULL OR day <= ?3)
                     AND (?4 IS NULL OR (formed_at <= ?4 AND NOT EXISTS (
                         SELECT 1 FROM register AS later
                         WHERE later.party = one.party AND later.day = one.day AND later.formed_at <= ?4
                           AND later.revision > one.revision)))
                   ORDER BY day DESC, party, revision DESC LIMIT ?5";
        let RegistersWanted { party, days, known_at } = wanted;
        let known_at = known_at.map(Moment::unix_microseconds);
        let key: [&dyn ToSql; 5] =
            [&text(*party), &text(days.from), &text(days.until), &known_at, &bounded(limit)];
        Ok(self.all(sql, &key, to_register)?.into_iter().map(|stored| stored.value).collect())
    }

    fn list_reconciliations(
        &self,
        bank: Option<Bin>,
        days: Days,
        limit: usize,
    ) -> Kept<Vec<(u64, Reconciliation)>> {
        let sql = "SELECT * FROM reconciliation
                   WHERE (?1 IS NULL OR bank = ?1) AND (?2 IS NULL OR day >= ?2) AND (?3 IS NULL OR day <= ?3)
                   ORDER BY id DESC LIMIT ?4";
        let key: [&dyn ToSql; 4] = [&text(bank), &text(days.from), &text(days.until), &bounded(limit)];
        self.all(sql, &key, to_reconciliation)
    }

    fn newest_reconciliations(&self, day: BankingDay) -> Kept<Vec<(u64, Reconciliation)>> {
        let sql = "SELECT * FROM reconciliation
                   WHERE id IN (SELECT max(id) FROM reconciliation WHERE day = ? GROUP BY bank)
                   ORDER BY bank LIMIT ?";
        self.all(sql, &[&day.to_string(), &bounded(LIST_BOUND)], to_reconciliation)
    }

    fn reconciliation(&self, id: u64) -> Kept<Option<Reconciliation>> {
        let id = unsigned_column(id, "reconciliation")?;
        let found = self.one("SELECT * FROM reconciliation WHERE id = ?", &[&id], to_reconciliation)?;
        Ok(found.map(|(_, run)| run))
    }

    fn list_closings(&self, days: Days, limit: usize) -> Kept<Vec<ClosingRecord>> {
        let sql = "SELECT * FROM closing
                   WHERE (?1 IS NULL OR day >= ?1) AND (?2 IS NULL OR day <= ?2)
                   ORDER BY day DESC, revision DESC LIMIT ?3";
        self.all(sql, &[&text(days.from), &text(days.until), &bounded(limit)], to_closing)
    }

    fn redemptions(&self, provider: Bin, bounds: [Moment; AGE_BOUNDS]) -> Kept<Vec<Redemption>> {
        let [first, second, third, last] = bounds.map(Moment::unix_microseconds);
        let key: [&dyn ToSql; 6] =
            [&provider.to_string(), &first, &second, &third, &last, &bounded(LIST_BOUND)];
        self.all(REDEMPTIONS, &key, to_redemption)
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;
    use crate::gateway::MIGRATIONS;
    use crate::gateway::report_columns::FACTS;

    /// What SQLite does for a statement.
    fn plan(conn: &Connection, sql: &str) -> Vec<String> {
        let mut statement = conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let nothing = vec![0; statement.parameter_count()];
        let steps = statement.query_map(rusqlite::params_from_iter(nothing), |row| row.get("detail"));
        steps.unwrap().map(Result::unwrap).collect()
    }

    /// Meets: C11.1
    #[test]
    fn the_start_page_and_what_waits_to_be_redeemed_do_not_walk_every_payment_there_is() {
        let conn = Connection::open_in_memory().unwrap();
        MIGRATIONS.iter().for_each(|migration| conn.execute_batch(migration.sql).unwrap());
        for (sql, uses) in [
            (FACTS, &["payment_issued", "payment_paid"][..]),
            (REDEMPTIONS, &["COVERING INDEX payment_of_provider (provider=? AND state=?)"]),
        ] {
            let steps = plan(&conn, sql);
            assert!(!steps.iter().any(|step| step.starts_with("SCAN payment")), "{steps:?}");
            for index in uses {
                assert!(steps.iter().any(|step| step.contains(index)), "{index}: {steps:?}");
            }
        }
        conn.execute("DROP INDEX payment_of_provider", []).unwrap();
        assert!(plan(&conn, REDEMPTIONS).iter().any(|step| step.starts_with("SCAN payment")));
    }
}
