//! Claims, statements, payouts and closings in SQL.

use ledger::register::Totals;
use ledger::statement::{Direction, Entry};
use ledger::{Account, Claim, Destination, DocumentNumber, Payout, PostingKind, Progress, Standing};
use rusqlite::types::Value;
use rusqlite::{Row, params};
use terms::{BankReference, BankingDay, Bin, Moment, Tiyn};

use super::books::{place_column, to_posting};
use super::payment_columns::to_paid;
use super::transaction::{SqliteTx, bounded};
use super::{CLAIM, PAYOUT};
use crate::chain::snapshot;
use crate::columns::{Columns, Fields, unsigned_column};
use crate::sealing::{Place, Plain, RowKey, Sealing};
use crate::seam::{
    ClaimDispute, ClaimedPosting, ClaimsTx, ClaimsView, ClosingRecord, KeptEntry, Moved, Payable,
    PayoutRecord, PlacedPosting, StatementEntry, StatementRecord, UnpaidPosting,
};
use crate::{Kept, LIST_BOUND, StoreError, Stored};

fn damaged(column: &str) -> StoreError {
    StoreError::Damaged(format!("column {column}"))
}

/// Money that goes back stands on the credit side of what a bank owes.
fn is_deduction(kind: PostingKind) -> bool {
    matches!(kind, PostingKind::Reversal | PostingKind::Refund)
}

fn of_claim(claim: &Claim) -> Kept<Columns> {
    let (accepted, reason) = match &claim.standing {
        Standing::Sent => (None, None),
        Standing::Accepted => (Some(claim.due), None),
        Standing::Part(accepted, reason) => (Some(*accepted), Some(reason)),
        Standing::Disputed(reason) => (Some(Tiyn::ZERO), Some(reason)),
    };
    let mut columns = Columns::new();
    columns
        .text("number", &claim.number)
        .text("bank", claim.bank)
        .text("day", claim.day)
        .number("additions", unsigned_column(claim.totals.additions, "additions")?)
        .number("added", unsigned_column(claim.totals.added, "added")?)
        .number("deductions", unsigned_column(claim.totals.deductions, "deductions")?)
        .number("deducted", unsigned_column(claim.totals.deducted, "deducted")?)
        .amount("fee", claim.fee)
        .amount("due", claim.due)
        .text("due_on", claim.due_on)
        .text("standing", claim.standing.name())
        .maybe_number("accepted", accepted.map(Tiyn::as_i64))
        .maybe_text("reason", reason)
        .amount("reimbursed", claim.reimbursed);
    Ok(columns)
}

pub(super) fn to_claim(row: &Row<'_>, _: &Sealing<'_>) -> Kept<Stored<Claim>> {
    let fields = Fields::of(row);
    let standing = match fields.text("standing")?.as_str() {
        "sent" => Standing::Sent,
        "accepted" => Standing::Accepted,
        "part" => Standing::Part(fields.amount("accepted")?, fields.parsed("reason")?),
        "disputed" => Standing::Disputed(fields.parsed("reason")?),
        _ => return Err(damaged("standing")),
    };
    let claim = Claim {
        number: fields.parsed("number")?,
        bank: fields.parsed("bank")?,
        day: fields.parsed("day")?,
        totals: Totals {
            additions: fields.number("additions")?,
            added: fields.number("added")?,
            deductions: fields.number("deductions")?,
            deducted: fields.number("deducted")?,
        },
        fee: fields.amount("fee")?,
        due: fields.amount("due")?,
        due_on: fields.parsed("due_on")?,
        standing,
        reimbursed: fields.amount("reimbursed")?,
    };
    Ok(Stored { value: claim, version: fields.number("version")? })
}

fn of_payout(record: &PayoutRecord) -> Columns {
    let Payout { number, bank, to, amount, day, is_guaranteed, progress } = &record.payout;
    let (executed_at, reason) = match progress {
        Progress::Ordered | Progress::Confirmed => (None, None),
        Progress::Executed(at) => (Some(*at), None),
        Progress::Refused(reason) => (None, Some(reason)),
    };
    let mut columns = Columns::new();
    columns
        .text("number", number)
        .text("bank", bank)
        .text("provider", to.provider)
        .text("iban", to.iban.as_str())
        .text("bic", &to.bic)
        .text("kbk", to.kbk)
        .text("knp", to.knp)
        .text("kod", to.kod)
        .text("kbe", to.kbe)
        .amount("amount", *amount)
        .text("day", day)
        .number("is_guaranteed", i64::from(*is_guaranteed))
        .text("progress", progress.name())
        .maybe_moment("executed_at", executed_at)
        .maybe_text("reason", reason)
        .number("tries", i64::from(record.tries))
        .moment("asked_at", record.asked_at);
    columns
}

pub(super) fn to_payout(row: &Row<'_>, _: &Sealing<'_>) -> Kept<Stored<PayoutRecord>> {
    let fields = Fields::of(row);
    let progress = match fields.text("progress")?.as_str() {
        "ordered" => Progress::Ordered,
        "executed" => Progress::Executed(fields.moment("executed_at")?),
        "refused" => Progress::Refused(fields.parsed("reason")?),
        "confirmed" => Progress::Confirmed,
        _ => return Err(damaged("progress")),
    };
    let payout = Payout {
        number: fields.parsed("number")?,
        bank: fields.parsed("bank")?,
        to: Destination {
            provider: fields.parsed("provider")?,
            iban: fields.parsed("iban")?,
            bic: fields.parsed("bic")?,
            kbk: fields.parsed("kbk")?,
            knp: fields.parsed("knp")?,
            kod: fields.parsed("kod")?,
            kbe: fields.parsed("kbe")?,
        },
        amount: fields.amount("amount")?,
        day: fields.parsed("day")?,
        is_guaranteed: fields.number::<i64>("is_guaranteed")? == 1,
        progress,
    };
    let record =
        PayoutRecord { payout, tries: fields.number("tries")?, asked_at: fields.moment("asked_at")? };
    Ok(Stored { value: record, version: fields.number("version")? })
}

fn to_claimed(row: &Row<'_>, _: &Sealing<'_>) -> Kept<ClaimedPosting> {
    let fields = Fields::of(row);
    Ok(ClaimedPosting {
        posting: fields.number("id")?,
        kind: fields.parsed("kind")?,
        code: fields.code("code")?,
        bank_reference: fields.parsed("reference")?,
        amount: fields.amount("amount")?,
    })
}

fn to_dispute(row: &Row<'_>, _: &Sealing<'_>) -> Kept<ClaimDispute> {
    let fields = Fields::of(row);
    Ok(ClaimDispute {
        bank_reference: fields.parsed("reference")?,
        kind: fields.parsed("kind")?,
        why: fields.parsed("why")?,
        own_amount: fields.maybe_amount("own_amount")?,
    })
}

fn to_unpaid(row: &Row<'_>, sealing: &Sealing<'_>) -> Kept<UnpaidPosting> {
    let fields = Fields::of(row);
    let account = |name: &str| -> Kept<Option<Bin>> {
        Ok(match fields.parsed(name)? {
            Account::ProviderPayable(provider) => Some(provider),
            _ => None,
        })
    };
    let provider = match account("debit")? {
        Some(provider) => provider,
        None => account("credit")?.ok_or_else(|| damaged("credit"))?,
    };
    Ok(UnpaidPosting {
        posting: fields.number("posting")?,
        kind: fields.parsed("kind")?,
        amount: fields.amount("moved")?,
        day: fields.parsed("day")?,
        to: Destination::of(provider, &to_paid(Fields::of(row), sealing)?.requisites),
    })
}

fn document_place(id: i64) -> Place<'static> {
    Place { table: "statement", column: "sealed", key: RowKey::Number(id) }
}

fn remittance_place(id: i64) -> Place<'static> {
    Place { table: "statement_entry", column: "sealed", key: RowKey::Number(id) }
}

fn is_credit(direction: Direction) -> i64 {
    i64::from(direction == Direction::Credit)
}

pub(super) fn to_entry(row: &Row<'_>, sealing: &Sealing<'_>) -> Kept<StatementEntry> {
    let fields = Fields::of(row);
    let id: i64 = fields.number("id")?;
    let mut opened = sealing.open(remittance_place(id), &fields.all_octets("sealed")?)?;
    let remittance = opened.maybe_text()?;
    opened.end()?;
    let is_credit = fields.number::<i64>("is_credit")? == 1;
    Ok(StatementEntry {
        id: fields.number("id")?,
        statement: fields.number("statement")?,
        bank: fields.parsed("bank")?,
        reference: fields.parsed("reference")?,
        direction: if is_credit { Direction::Credit } else { Direction::Debit },
        amount: fields.amount("amount")?,
        booked_on: fields.parsed("booked")?,
        remittance,
        matched: fields.maybe_parsed("matched")?,
        surplus: fields.amount("surplus")?,
    })
}

pub(super) fn to_closing(row: &Row<'_>, _: &Sealing<'_>) -> Kept<ClosingRecord> {
    let fields = Fields::of(row);
    Ok(ClosingRecord {
        day: fields.parsed("day")?,
        revision: fields.number("revision")?,
        document: fields.all_octets("document")?,
        agrees: fields.number::<i64>("agrees")? == 1,
        at: fields.moment("at")?,
    })
}

/// An entry, and what of it is posted as more than was open.
pub(super) const ENTRY: &str = "
    SELECT statement_entry.*, coalesce(posting.amount, 0) AS surplus FROM statement_entry
    LEFT JOIN posting ON posting.about = 'document:E-' || statement_entry.id AND posting.kind = 'overpaid'";

fn to_number(row: &Row<'_>, _: &Sealing<'_>) -> Kept<DocumentNumber> {
    Fields::of(row).parsed("number")
}

/// Counts rows of `kind`, `count` and `sum`.
fn total(rows: Vec<(PostingKind, u64, u64)>) -> Totals {
    rows.into_iter().fold(Totals::default(), |totals, (kind, count, sum)| {
        let of_it = if is_deduction(kind) {
            Totals { deductions: count, deducted: sum, ..Totals::default() }
        } else {
            Totals { additions: count, added: sum, ..Totals::default() }
        };
        totals.plus(of_it)
    })
}

/// The operation that took the money is the payment's; a second sum and a refund have their own in the subject.
const CLAIM_ITEMS: &str = "
    SELECT posting.id, posting.kind, posting.code, posting.amount,
           CASE WHEN posting.kind = 'surplus' THEN substr(posting.about, 41) ELSE payment.paid_reference END AS reference
    FROM claim_item
    CROSS JOIN posting ON posting.id = claim_item.posting
    CROSS JOIN payment ON payment.code = posting.code
    WHERE claim_item.claim = ? ORDER BY posting.id LIMIT ?";

/// A posting of a provider waits until the claim that took its payment's money is payable: reimbursed as far as the bank
/// accepts it, without what the bank disputes, or guaranteed.
const UNPAID: &str = "
    SELECT posting.id AS posting, posting.kind, posting.debit, posting.credit, posting.day, posting.amount AS moved,
           payment.*
    FROM unpaid
    CROSS JOIN posting ON posting.id = unpaid.posting
    CROSS JOIN payment ON payment.code = posting.code
    WHERE payment.paid_bank = ?1 AND EXISTS (
        SELECT 1 FROM posting AS taken
        JOIN claim_item ON claim_item.posting = taken.id
        JOIN claim ON claim.number = claim_item.claim
        WHERE taken.about = printf('code:%016d', posting.code) AND taken.kind IN ('payment', 'dispute')
          AND (claim.day <= ?2
               OR claim.reimbursed = claim.due
               OR (claim.standing = 'part' AND claim.reimbursed >= claim.accepted AND NOT EXISTS (
                       SELECT 1 FROM claim_dispute
                       WHERE claim_dispute.claim = claim.number AND claim_dispute.reference = payment.paid_reference))))
    ORDER BY unpaid.posting LIMIT ?3";

impl ClaimsView for SqliteTx<'_> {
    fn claim(&self, number: &DocumentNumber) -> Kept<Option<Stored<Claim>>> {
        self.one("SELECT * FROM claim WHERE number = ?", &[&number.as_str()], to_claim)
    }

    fn claims(&self, day: Option<BankingDay>, limit: usize) -> Kept<Vec<Stored<Claim>>> {
        let sql = "SELECT * FROM claim WHERE ?1 IS NULL OR day = ?1 ORDER BY day DESC, number LIMIT ?2";
        self.all(sql, &[&day.map(|day| day.to_string()), &bounded(limit)], to_claim)
    }

    fn open_claims(&self, limit: usize) -> Kept<Vec<Stored<Claim>>> {
        let sql = "SELECT * FROM claim WHERE reimbursed < due ORDER BY day, number LIMIT ?";
        self.all(sql, &[&bounded(limit)], to_claim)
    }

    fn claims_beginning(&self, bank: Bin, beginning: &str) -> Kept<Vec<DocumentNumber>> {
        let sql = "SELECT number FROM claim WHERE bank = ?1 AND number >= ?2 AND number < ?3 LIMIT 2";
        self.all(sql, &[&bank.to_string(), &beginning, &format!("{beginning}~")], to_number)
    }

    fn count_claims(&self, day: BankingDay) -> Kept<u64> {
        self.count("SELECT count(*) FROM claim WHERE day = ?", &[&day.to_string()])
    }

    fn unclaimed(&self, bank: Bin, until: BankingDay) -> Kept<Totals> {
        let sql = "SELECT kind, count(*) AS count, sum(amount) AS sum FROM unclaimed
                   CROSS JOIN posting ON posting.id = unclaimed.posting
                   WHERE unclaimed.account = ?1 AND posting.day <= ?2 GROUP BY kind";
        let account = Account::BankReceivable(bank).to_string();
        let rows = self.all(sql, &[&account, &until.to_string()], |row, _| {
            let fields = Fields::of(row);
            Ok((fields.parsed("kind")?, fields.number("count")?, fields.number("sum")?))
        })?;
        Ok(total(rows))
    }

    fn claim_items(&self, number: &DocumentNumber, limit: usize) -> Kept<Vec<ClaimedPosting>> {
        self.all(CLAIM_ITEMS, &[&number.as_str(), &bounded(limit)], to_claimed)
    }

    fn claim_disputes(&self, number: &DocumentNumber) -> Kept<Vec<ClaimDispute>> {
        let sql = "SELECT * FROM claim_dispute WHERE claim = ? ORDER BY id LIMIT ?";
        self.all(sql, &[&number.as_str(), &bounded(LIST_BOUND)], to_dispute)
    }

    fn payout(&self, number: &DocumentNumber) -> Kept<Option<Stored<PayoutRecord>>> {
        self.one("SELECT * FROM payout WHERE number = ?", &[&number.as_str()], to_payout)
    }

    fn payouts(&self, day: Option<BankingDay>, limit: usize) -> Kept<Vec<Stored<PayoutRecord>>> {
        let sql = "SELECT * FROM payout WHERE ?1 IS NULL OR day = ?1 ORDER BY day DESC, number LIMIT ?2";
        self.all(sql, &[&day.map(|day| day.to_string()), &bounded(limit)], to_payout)
    }

    fn open_payouts(&self, limit: usize) -> Kept<Vec<Stored<PayoutRecord>>> {
        let sql = "SELECT * FROM payout WHERE progress <> 'confirmed' ORDER BY bank, number LIMIT ?";
        self.all(sql, &[&bounded(limit)], to_payout)
    }

    fn payouts_beginning(&self, bank: Bin, beginning: &str) -> Kept<Vec<DocumentNumber>> {
        let sql = "SELECT number FROM payout WHERE bank = ?1 AND number >= ?2 AND number < ?3 LIMIT 2";
        self.all(sql, &[&bank.to_string(), &beginning, &format!("{beginning}~")], to_number)
    }

    fn count_payouts(&self, beginning: &str) -> Kept<u64> {
        let sql = "SELECT count(*) FROM payout WHERE number >= ?1 AND number < ?2";
        self.count(sql, &[&beginning, &format!("{beginning}~")])
    }

    fn unpaid(&self, bank: Bin, which: Payable, limit: usize) -> Kept<Vec<UnpaidPosting>> {
        let until = match which {
            Payable::Reimbursed => String::new(),
            Payable::Guaranteed(until) => until.to_string(),
        };
        self.all(UNPAID, &[&bank.to_string(), &until, &bounded(limit)], to_unpaid)
    }

    fn is_statement_kept(&self, digest: &[u8; 32]) -> Kept<bool> {
        Ok(self.count("SELECT count(*) FROM statement WHERE digest = ?", &[digest])? > 0)
    }

    fn last_entry(&self) -> Kept<u64> {
        self.count("SELECT coalesce(max(id), 0) FROM statement_entry", &[])
    }

    fn kept_entry(&self, bank: Bin, reference: &BankReference, direction: Direction) -> Kept<Option<Tiyn>> {
        let sql = "SELECT amount FROM statement_entry WHERE bank = ?1 AND reference = ?2 AND is_credit = ?3 LIMIT 1";
        let key: [&dyn rusqlite::ToSql; 3] = [&bank.to_string(), &reference.as_str(), &is_credit(direction)];
        self.one(sql, &key, |row, _| Fields::of(row).amount("amount"))
    }

    fn last_final_statement(&self, bank: Bin) -> Kept<Option<BankingDay>> {
        let sql = "SELECT max(day) AS day FROM statement WHERE bank = ? AND is_final = 1";
        let day = self.one(sql, &[&bank.to_string()], |row, _| Fields::of(row).maybe_parsed("day"))?;
        Ok(day.flatten())
    }

    fn closing_before(&self, bank: Bin, day: BankingDay) -> Kept<Option<(BankingDay, i64)>> {
        let sql = "SELECT day, closing FROM statement WHERE bank = ?1 AND day < ?2
                   ORDER BY day DESC, is_final DESC, id DESC LIMIT 1";
        self.one(sql, &[&bank.to_string(), &day.to_string()], |row, _| {
            let fields = Fields::of(row);
            Ok((fields.parsed("day")?, fields.number("closing")?))
        })
    }

    fn opening_on(&self, bank: Bin, day: BankingDay) -> Kept<Option<i64>> {
        let sql = "SELECT opening FROM statement WHERE bank = ?1 AND day = ?2 AND page = 1 ORDER BY id DESC LIMIT 1";
        self.one(sql, &[&bank.to_string(), &day.to_string()], |row, _| Fields::of(row).number("opening"))
    }

    fn opening_after(&self, bank: Bin, day: BankingDay) -> Kept<Option<(BankingDay, i64)>> {
        let sql = "SELECT day, opening FROM statement WHERE bank = ?1 AND day > ?2 AND page = 1
                   ORDER BY day, id DESC LIMIT 1";
        self.one(sql, &[&bank.to_string(), &day.to_string()], |row, _| {
            let fields = Fields::of(row);
            Ok((fields.parsed("day")?, fields.number("opening")?))
        })
    }

    fn entries_on(&self, bank: Bin, day: BankingDay) -> Kept<Vec<KeptEntry>> {
        let sql = "SELECT reference, is_credit, amount FROM statement_entry
                   WHERE statement IN (SELECT id FROM statement WHERE bank = ?1 AND day = ?2) ORDER BY id";
        self.all(sql, &[&bank.to_string(), &day.to_string()], |row, _| {
            let fields = Fields::of(row);
            let is_credit = fields.number::<i64>("is_credit")? == 1;
            let direction = if is_credit { Direction::Credit } else { Direction::Debit };
            Ok(KeptEntry {
                reference: fields.parsed("reference")?,
                direction,
                amount: fields.amount("amount")?,
            })
        })
    }

    fn statement_entries(&self, day: Option<BankingDay>, limit: usize) -> Kept<Vec<StatementEntry>> {
        let sql =
            format!("{ENTRY} WHERE ?1 IS NULL OR booked = ?1 ORDER BY statement_entry.id DESC LIMIT ?2");
        self.all(&sql, &[&day.map(|day| day.to_string()), &bounded(limit)], to_entry)
    }

    fn statement_entry(&self, id: u64) -> Kept<Option<StatementEntry>> {
        self.one(&format!("{ENTRY} WHERE statement_entry.id = ?"), &[&place_column(id)], to_entry)
    }

    fn unexplained_entries(&self, until: BankingDay, limit: usize) -> Kept<Vec<StatementEntry>> {
        let sql = format!(
            "{ENTRY} WHERE booked <= ?1 AND (matched IS NULL OR posting.id IS NOT NULL)
             ORDER BY booked, statement_entry.id LIMIT ?2"
        );
        self.all(&sql, &[&until.to_string(), &bounded(limit)], to_entry)
    }

    fn accounts(&self) -> Kept<Vec<Account>> {
        // From one name to the next by the index, and not over every posting.
        let of = |side: &str| {
            format!(
                "WITH RECURSIVE known (name) AS (
                     SELECT min({side}) FROM posting UNION ALL
                     SELECT (SELECT min({side}) FROM posting WHERE {side} > name) FROM known WHERE name IS NOT NULL)
                 SELECT name FROM known WHERE name IS NOT NULL"
            )
        };
        let mut all: Vec<Account> = Vec::new();
        for side in ["debit", "credit"] {
            all.extend(self.all(&of(side), &[], |row, _| Fields::of(row).parsed::<Account>("name"))?);
        }
        all.sort_unstable();
        all.dedup();
        Ok(all)
    }

    fn moved(&self, account: Account, day: BankingDay, up_to_posting: u64) -> Kept<Vec<Moved>> {
        let sql = "SELECT kind, is_claimed, count(*) AS count, sum(amount) AS sum FROM
                       (SELECT posting.id, kind, amount, code, claim_item.id IS NOT NULL AS is_claimed
                        FROM posting LEFT JOIN claim_item ON claim_item.posting = posting.id
                        WHERE debit = ?1 AND day = ?2
                        UNION ALL
                        SELECT posting.id, kind, amount, code, claim_item.id IS NOT NULL AS is_claimed
                        FROM posting LEFT JOIN claim_item ON claim_item.posting = posting.id
                        WHERE credit = ?1 AND day = ?2)
                   WHERE id <= ?3 AND code IS NOT NULL GROUP BY kind, is_claimed";
        self.all(sql, &[&account.to_string(), &day.to_string(), &place_column(up_to_posting)], |row, _| {
            let fields = Fields::of(row);
            Ok(Moved {
                kind: fields.parsed("kind")?,
                is_claimed: fields.number::<i64>("is_claimed")? == 1,
                count: fields.number("count")?,
                sum: fields.number("sum")?,
            })
        })
    }

    fn standing_on(&self, account: Account, until: BankingDay, limit: usize) -> Kept<Vec<PlacedPosting>> {
        let sql = "SELECT * FROM posting WHERE credit = ?1 AND day <= ?2 AND NOT EXISTS
                       (SELECT 1 FROM posting AS later WHERE later.about = posting.about AND later.debit = ?1)
                   ORDER BY day, id LIMIT ?3";
        self.all(sql, &[&account.to_string(), &until.to_string(), &bounded(limit)], to_posting)
    }

    fn vouched(&self, day: BankingDay) -> Kept<Vec<(Bin, Totals)>> {
        // What costs nothing is not posted.
        let sql =
            "SELECT paid_bank AS bank, 0 AS is_back, count(*) AS count, sum(paid_amount) AS sum FROM payment
                   WHERE paid_at >= ?1 AND paid_at < ?2 AND paid_amount > 0 GROUP BY paid_bank
                   UNION ALL
                   SELECT paid_bank, 1, count(*), sum(reversal_amount) FROM payment
                   WHERE reversal_at >= ?1 AND reversal_at < ?2 AND state = 'reversed' AND paid_amount > 0
                   GROUP BY paid_bank
                   UNION ALL
                   SELECT bank, 1, count(*), sum(amount) FROM refund
                   WHERE refunded_at >= ?1 AND refunded_at < ?2 AND state = 'given-back' GROUP BY bank";
        let (from, until) = (day.begins_at().unix_microseconds(), day.ends_at().unix_microseconds());
        self.all(sql, &[&from, &until], |row, _| {
            let fields = Fields::of(row);
            let (count, sum) = (fields.number("count")?, fields.number("sum")?);
            let kind = match fields.number::<i64>("is_back")? {
                0 => PostingKind::Payment,
                _ => PostingKind::Reversal,
            };
            Ok((fields.parsed("bank")?, total(vec![(kind, count, sum)])))
        })
    }

    fn last_closed_day(&self) -> Kept<Option<BankingDay>> {
        let sql = "SELECT max(day) AS day FROM closing";
        Ok(self.one(sql, &[], |row, _| Fields::of(row).maybe_parsed("day"))?.flatten())
    }

    fn last_closing(&self, day: BankingDay) -> Kept<Option<ClosingRecord>> {
        let sql = "SELECT * FROM closing WHERE day = ? ORDER BY revision DESC LIMIT 1";
        self.one(sql, &[&day.to_string()], to_closing)
    }

    fn closing(&self, day: BankingDay, revision: u32) -> Kept<Option<ClosingRecord>> {
        let sql = "SELECT * FROM closing WHERE day = ? AND revision = ?";
        self.one(sql, &[&day.to_string(), &revision], to_closing)
    }
}

impl ClaimsTx for SqliteTx<'_> {
    fn insert_claim(&mut self, claim: &Claim, at: Moment) -> Kept<u64> {
        of_claim(claim)?.moment("formed_at", at).insert(self.conn, CLAIM.table)?;
        snapshot(self.conn, CLAIM, &Value::Text(claim.number.to_string()))?;
        let sql = "INSERT INTO claim_item (posting, claim)
                   SELECT unclaimed.posting, ?1 FROM unclaimed
                   CROSS JOIN posting ON posting.id = unclaimed.posting
                   WHERE unclaimed.account = ?2 AND posting.day <= ?3 ORDER BY unclaimed.posting";
        let account = Account::BankReceivable(claim.bank).to_string();
        let taken = self.conn.prepare_cached(sql)?.execute(params![
            claim.number.as_str(),
            account,
            claim.day.to_string()
        ])?;
        Ok(taken as u64)
    }

    fn save_claim(&mut self, claim: &Stored<Claim>) -> Kept<()> {
        let key = Value::Text(claim.value.number.to_string());
        of_claim(&claim.value)?.compare_and_set(self.conn, CLAIM.table, CLAIM.key, &key, claim.version)?;
        snapshot(self.conn, CLAIM, &key)
    }

    fn keep_dispute(&mut self, claim: &DocumentNumber, dispute: &ClaimDispute) -> Kept<()> {
        let mut columns = Columns::new();
        columns
            .number("id", self.next_id("claim_dispute")?)
            .text("claim", claim)
            .text("reference", &dispute.bank_reference)
            .text("kind", &dispute.kind)
            .text("why", &dispute.why)
            .maybe_number("own_amount", dispute.own_amount.map(Tiyn::as_i64));
        match columns.insert(self.conn, "claim_dispute") {
            // A bank may name the same item twice.
            Err(StoreError::Taken) => Ok(()),
            other => other,
        }
    }

    fn insert_payout(&mut self, payout: &PayoutRecord, postings: &[u64]) -> Kept<()> {
        of_payout(payout).insert(self.conn, PAYOUT.table)?;
        snapshot(self.conn, PAYOUT, &Value::Text(payout.payout.number.to_string()))?;
        for posting in postings {
            let mut columns = Columns::new();
            columns
                .number("id", self.next_id("payout_item")?)
                .number("posting", place_column(*posting))
                .text("payout", &payout.payout.number);
            columns.insert(self.conn, "payout_item")?;
        }
        Ok(())
    }

    fn save_payout(&mut self, payout: &Stored<PayoutRecord>) -> Kept<()> {
        let key = Value::Text(payout.value.payout.number.to_string());
        of_payout(&payout.value).compare_and_set(
            self.conn,
            PAYOUT.table,
            PAYOUT.key,
            &key,
            payout.version,
        )?;
        snapshot(self.conn, PAYOUT, &key)
    }

    fn insert_statement(&mut self, statement: &StatementRecord) -> Kept<u64> {
        let id = self.next_id("statement")?;
        let mut plain = Plain::with_room_for(statement.document.len() + size_of::<u32>());
        plain.octets(&statement.document);
        let mut columns = Columns::new();
        columns
            .number("id", id)
            .text("bank", statement.bank)
            .text("day", statement.day)
            .number("page", i64::from(statement.page))
            .number("is_final", i64::from(statement.is_final))
            .octets("digest", &statement.digest)
            .number("opening", statement.opening)
            .number("closing", statement.closing)
            .moment("imported_at", statement.imported_at)
            .sealed("sealed", self.sealing.seal(document_place(id), plain)?);
        columns.insert(self.conn, "statement")?;
        Ok(id.unsigned_abs())
    }

    fn insert_entry(
        &mut self,
        statement: u64,
        bank: Bin,
        entry: &Entry,
        matched: Option<&DocumentNumber>,
    ) -> Kept<u64> {
        let id = self.next_id("statement_entry")?;
        let mut plain = Plain::new();
        plain.maybe_text(entry.remittance.as_ref());
        let mut columns = Columns::new();
        columns
            .number("id", id)
            .number("statement", place_column(statement))
            .text("bank", bank)
            .text("reference", &entry.reference)
            .number("is_credit", is_credit(entry.direction))
            .amount("amount", entry.amount)
            .text("booked", entry.booked_on)
            .maybe_text("matched", matched)
            .sealed("sealed", self.sealing.seal(remittance_place(id), plain)?);
        columns.insert(self.conn, "statement_entry")?;
        Ok(id.unsigned_abs())
    }

    fn insert_closing(&mut self, closing: &ClosingRecord) -> Kept<()> {
        let mut columns = Columns::new();
        columns
            .number("id", self.next_id("closing")?)
            .text("day", closing.day)
            .number("revision", i64::from(closing.revision))
            .octets("document", &closing.document)
            .number("agrees", i64::from(closing.agrees))
            .moment("at", closing.at);
        columns.insert(self.conn, "closing")
    }
}
