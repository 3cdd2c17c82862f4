//! Registers and reconciliations in SQL.

use ledger::Account;
use ledger::register::{Head, Party, Totals};
use rusqlite::Row;
use rusqlite::types::Value;
use terms::{BankingDay, Bin, MessageId, Moment, Trilingual};

use super::transaction::{Read, SqliteTx, bounded};
use crate::chain::{Versioned, snapshot};
use crate::columns::{Columns, Fields, unsigned_column};
use crate::sealing::Sealing;
use crate::seam::{
    DifferenceRow, PlacedDifference, Reconciliation, RegisterRevision, RegistersTx, RegistersView,
};
use crate::{Kept, LIST_BOUND, StoreError, Stored};

pub(super) const REGISTER: Versioned = Versioned { table: "register", key: "id" };

fn of_register(revision: &RegisterRevision) -> Kept<Columns> {
    let (head, totals) = (&revision.head, &revision.totals);
    let mut columns = Columns::new();
    columns
        .text("party", head.party)
        .text("name_kk", &head.name.kk)
        .text("name_ru", &head.name.ru)
        .text("name_en", &head.name.en)
        .text("day", head.day)
        .number("revision", head.revision.into())
        .number("up_to", unsigned_column(head.up_to, "up_to")?)
        .number("additions", unsigned_column(totals.additions, "additions")?)
        .number("added", unsigned_column(totals.added, "added")?)
        .number("deductions", unsigned_column(totals.deductions, "deductions")?)
        .number("deducted", unsigned_column(totals.deducted, "deducted")?)
        .octets("sha256", &revision.sha256)
        .octets("manifest", &revision.manifest)
        .moment("formed_at", head.formed_at)
        .text("state", revision.state)
        .maybe_text("message", revision.message)
        .maybe_moment("answered_at", revision.answered_at)
        .maybe_text("answer", revision.answer.as_ref());
    Ok(columns)
}

pub(super) fn to_register(row: &Row<'_>, _: &Sealing<'_>) -> Kept<Stored<RegisterRevision>> {
    let fields = Fields::of(row);
    let revision = RegisterRevision {
        head: Head {
            party: fields.parsed("party")?,
            name: Trilingual::new(fields.text("name_kk")?, fields.text("name_ru")?, fields.text("name_en")?),
            day: fields.parsed("day")?,
            revision: fields.number("revision")?,
            formed_at: fields.moment("formed_at")?,
            up_to: fields.number("up_to")?,
        },
        totals: Totals {
            additions: fields.number("additions")?,
            added: fields.number("added")?,
            deductions: fields.number("deductions")?,
            deducted: fields.number("deducted")?,
        },
        sha256: fields.octets("sha256")?,
        manifest: fields.all_octets("manifest")?,
        state: fields.parsed("state")?,
        message: fields.maybe_parsed("message")?,
        answered_at: fields.maybe_moment("answered_at")?,
        answer: fields.maybe_text("answer")?,
    };
    Ok(Stored { value: revision, version: fields.number("version")? })
}

pub(super) fn to_reconciliation(row: &Row<'_>, _: &Sealing<'_>) -> Kept<(u64, Reconciliation)> {
    let fields = Fields::of(row);
    let run = Reconciliation {
        bank: fields.parsed("bank")?,
        day: fields.parsed("day")?,
        at: fields.moment("at")?,
        source: fields.octets("source")?,
        agreed: fields.number("agreed")?,
        waiting: fields.number("waiting")?,
        differing: fields.number("differing")?,
    };
    Ok((fields.number("id")?, run))
}

fn to_difference(row: &Row<'_>, _: &Sealing<'_>) -> Kept<PlacedDifference> {
    let fields = Fields::of(row);
    let code = match fields.maybe_number::<i64>("code")? {
        Some(_) => Some(fields.code("code")?),
        None => None,
    };
    let difference = DifferenceRow {
        code,
        reference: fields.text("reference")?,
        is_deduction: fields.number::<i64>("is_deduction")? != 0,
        side: fields.text("side")?,
        field: fields.text("field")?,
        ours: fields.text("ours")?,
        theirs: fields.text("theirs")?,
        until: fields.maybe_moment("until")?,
    };
    Ok(PlacedDifference {
        id: fields.number("id")?,
        difference,
        settled_by: fields.maybe_parsed("proposal")?,
    })
}

/// Goes from account to account in the index, and in each from its last posting of the day backwards: what a day costs
/// does not grow with the books.
fn parties_sql(side: &str) -> String {
    format!(
        "WITH RECURSIVE account (name) AS (
             SELECT min({side}) FROM posting
             UNION ALL
             SELECT (SELECT min({side}) FROM posting WHERE {side} > name) FROM account WHERE name IS NOT NULL)
         SELECT name, (SELECT id FROM posting WHERE {side} = name AND day = ?1 AND code IS NOT NULL
                       ORDER BY id DESC LIMIT 1) AS last
         FROM account WHERE last IS NOT NULL"
    )
}

impl RegistersView for SqliteTx<'_> {
    fn register_parties(&self, day: BankingDay) -> Kept<Vec<(Party, u64)>> {
        let read: Read<(Account, u64)> = |row, _| {
            let fields = Fields::of(row);
            Ok((fields.parsed("name")?, fields.number("last")?))
        };
        let mut parties: std::collections::BTreeMap<Party, u64> = std::collections::BTreeMap::new();
        for side in ["debit", "credit"] {
            for (account, last) in self.all(&parties_sql(side), &[&day.to_string()], read)? {
                let party = match account {
                    Account::BankReceivable(bin) => Party::Bank(bin),
                    Account::ProviderPayable(bin) => Party::Provider(bin),
                    _ => continue,
                };
                let known = parties.entry(party).or_default();
                *known = last.max(*known);
            }
        }
        Ok(parties.into_iter().collect())
    }

    fn register(
        &self,
        party: Party,
        day: BankingDay,
        revision: Option<u32>,
    ) -> Kept<Option<Stored<RegisterRevision>>> {
        let sql = "SELECT * FROM register WHERE party = ?1 AND day = ?2 AND (?3 IS NULL OR revision = ?3)
                   ORDER BY revision DESC LIMIT 1";
        self.one(sql, &[&party.to_string(), &day.to_string(), &revision], to_register)
    }

    fn register_of_message(&self, message: MessageId) -> Kept<Option<Stored<RegisterRevision>>> {
        self.one("SELECT * FROM register WHERE message = ?", &[&message.to_string()], to_register)
    }

    fn registers(&self, day: Option<BankingDay>, limit: usize) -> Kept<Vec<RegisterRevision>> {
        let sql = "SELECT * FROM register WHERE ?1 IS NULL OR day = ?1 ORDER BY id DESC LIMIT ?2";
        let day = day.map(|day| day.to_string());
        let all = self.all(sql, &[&day, &bounded(limit)], to_register)?;
        Ok(all.into_iter().map(|stored| stored.value).collect())
    }

    fn reconciliations(&self, bank: Bin, day: BankingDay, limit: usize) -> Kept<Vec<(u64, Reconciliation)>> {
        let sql = "SELECT * FROM reconciliation WHERE bank = ? AND day = ? ORDER BY id DESC LIMIT ?";
        self.all(sql, &[&bank.to_string(), &day.to_string(), &bounded(limit)], to_reconciliation)
    }

    fn settled_differences(&self, bank: Bin, day: BankingDay) -> Kept<Vec<PlacedDifference>> {
        // What officers settled are few; runs and what they found are many.
        let sql = "SELECT difference.*, difference_settled.proposal FROM difference_settled
                   CROSS JOIN difference ON difference.id = difference_settled.difference
                   CROSS JOIN reconciliation ON reconciliation.id = difference.reconciliation
                   WHERE bank = ? AND day = ? ORDER BY difference_settled.id";
        self.all(sql, &[&bank.to_string(), &day.to_string()], to_difference)
    }

    fn differences(&self, reconciliation: u64, after: u64, limit: usize) -> Kept<Vec<PlacedDifference>> {
        let run = unsigned_column(reconciliation, "reconciliation")?;
        let of_run = "SELECT * FROM reconciliation WHERE id = ?";
        let Some((_, of)) = self.one(of_run, &[&run], to_reconciliation)? else { return Ok(Vec::new()) };
        let sql = "SELECT difference.*, NULL AS proposal FROM difference
                   WHERE reconciliation = ? AND id > ? ORDER BY id LIMIT ?";
        let after = unsigned_column(after, "difference")?;
        let mut found = self.all(sql, &[&run, &after, &bounded(limit.min(LIST_BOUND))], to_difference)?;
        let settled = self.settled_differences(of.bank, of.day)?;
        for one in &mut found {
            let same = settled.iter().find(|settled| settled.difference == one.difference);
            one.settled_by = same.and_then(|settled| settled.settled_by);
        }
        Ok(found)
    }
}

impl SqliteTx<'_> {
    /// The key of a revision, which has no other column that is unique by itself.
    fn register_id(&self, head: &Head) -> Kept<Option<i64>> {
        let sql = "SELECT id FROM register WHERE party = ? AND day = ? AND revision = ?";
        let key: [&dyn rusqlite::ToSql; 3] = [&head.party.to_string(), &head.day.to_string(), &head.revision];
        self.one(sql, &key, |row, _| Fields::of(row).number("id"))
    }
}

impl RegistersTx for SqliteTx<'_> {
    fn insert_register(&mut self, revision: &RegisterRevision) -> Kept<()> {
        let id = self.next_id(REGISTER.table)?;
        let mut columns = of_register(revision)?;
        columns.number("id", id).insert(self.conn, REGISTER.table)?;
        snapshot(self.conn, REGISTER, &Value::Integer(id))
    }

    fn save_register(&mut self, revision: &Stored<RegisterRevision>) -> Kept<()> {
        let id = self.register_id(&revision.value.head)?.ok_or(StoreError::Conflict)?;
        let key = Value::Integer(id);
        let columns = of_register(&revision.value)?;
        columns.compare_and_set(self.conn, REGISTER.table, REGISTER.key, &key, revision.version)?;
        snapshot(self.conn, REGISTER, &key)
    }

    fn keep_reconciliation(&mut self, run: &Reconciliation) -> Kept<u64> {
        let id = self.next_id("reconciliation")?;
        let mut columns = Columns::new();
        columns
            .number("id", id)
            .text("bank", run.bank)
            .text("day", run.day)
            .moment("at", run.at)
            .octets("source", &run.source)
            .number("agreed", unsigned_column(run.agreed, "agreed")?)
            .number("waiting", unsigned_column(run.waiting, "waiting")?)
            .number("differing", unsigned_column(run.differing, "differing")?);
        columns.insert(self.conn, "reconciliation")?;
        Ok(id.unsigned_abs())
    }

    fn keep_difference(&mut self, reconciliation: u64, difference: &DifferenceRow) -> Kept<()> {
        let mut columns = Columns::new();
        columns
            .number("id", self.next_id("difference")?)
            .number("reconciliation", unsigned_column(reconciliation, "reconciliation")?)
            .maybe_code("code", difference.code)
            .text("reference", &difference.reference)
            .number("is_deduction", difference.is_deduction.into())
            .text("heap", if difference.until.is_some() { "waiting" } else { "differing" })
            .text("side", &difference.side)
            .text("field", &difference.field)
            .text("ours", &difference.ours)
            .text("theirs", &difference.theirs)
            .maybe_moment("until", difference.until);
        columns.insert(self.conn, "difference")
    }

    fn settle_difference(&mut self, difference: u64, proposal: MessageId, at: Moment) -> Kept<()> {
        let mut columns = Columns::new();
        columns
            .number("id", self.next_id("difference_settled")?)
            .number("difference", unsigned_column(difference, "difference")?)
            .text("proposal", proposal)
            .moment("at", at);
        columns.insert(self.conn, "difference_settled")
    }
}
