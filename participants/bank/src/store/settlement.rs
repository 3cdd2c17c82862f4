//! The tables of claims, payouts and registers: what the bank owes the gateway operator and how it paid (cl. 23–24).

use std::collections::BTreeMap;

use store::StoreError;
use store::columns::{Columns, Fields};
use store::rusqlite::{Connection, OptionalExtension, Row, params};
use terms::{ApplicationNumber, BankReference, BankingDay, Iban, Moment, ShortText, Tiyn};
use wire::bank::{AcceptClaim, PayProvider};
use wire::common::{BankMovement, MovementKind};

use super::{bounds, damaged};
use crate::claim::{Held, Sums, Verdict};
use crate::core::Ledger;
use crate::operation::Content;

/// How money went back, as the column of the operation has it, is also the word of the movement.
const MOVEMENTS: &str = "
    SELECT id, code, reference, amount, 'payment' AS kind, settled_at AS at FROM operation
     WHERE reference IS NOT NULL AND settled_at >= ?1 AND settled_at < ?2
    UNION ALL
    SELECT id, code, reference, amount, given_back_as AS kind, given_back_at AS at FROM operation
     WHERE given_back_at IS NOT NULL AND given_back_at >= ?1 AND given_back_at < ?2";

fn count_column(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

// ---- what a day has ----

/// The movements of a banking day, in the order of their moments: at most `limit` after the first `skip`.
///
/// # Errors
/// Those of the database; so for all that read.
pub fn movements(
    conn: &Connection,
    day: BankingDay,
    skip: u64,
    limit: usize,
) -> Result<Vec<BankMovement>, StoreError> {
    let [from, to] = bounds(day);
    let sql = format!("{MOVEMENTS} ORDER BY at, id, kind LIMIT ?3 OFFSET ?4");
    let mut statement = conn.prepare_cached(&sql)?;
    let limit = count_column(limit as u64);
    let mut rows = statement.query(params![from, to, limit, count_column(skip)])?;
    let mut movements = Vec::new();
    while let Some(row) = rows.next()? {
        let fields = Fields::of(row);
        movements.push(BankMovement {
            payment_code: fields.maybe_code("code")?,
            bank_reference: fields.parsed("reference")?,
            amount: fields.amount("amount")?,
            kind: fields.parsed("kind")?,
            at: fields.moment("at")?,
        });
    }
    Ok(movements)
}

/// What the movements of a banking day come to.
///
/// # Errors
/// Those of the database.
pub fn sums(conn: &Connection, day: BankingDay) -> Result<Sums, StoreError> {
    let [from, to] = bounds(day);
    let sql =
        format!("SELECT kind, count(*) AS count, sum(amount) AS total FROM ({MOVEMENTS}) GROUP BY kind");
    grouped(conn, &sql, params![from, to])
}

fn grouped(conn: &Connection, sql: &str, values: impl store::rusqlite::Params) -> Result<Sums, StoreError> {
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query(values)?;
    let mut sums = Sums::default();
    while let Some(row) = rows.next()? {
        let fields = Fields::of(row);
        let (count, total): (u64, u64) = (fields.number("count")?, fields.number("total")?);
        match fields.parsed::<MovementKind>("kind")? {
            MovementKind::Payment => (sums.count, sums.total) = (sums.count + count, sums.total + total),
            MovementKind::Reversal | MovementKind::Refund => {
                sums.returned_count += count;
                sums.returned_total += total;
            }
        }
    }
    Ok(sums)
}

// ---- claims ----

/// What no claim has taken yet of the movements up to the end of a day.
const UNCLAIMED: &str = "
    NOT EXISTS (SELECT 1 FROM claimed WHERE claimed.operation = moved.id AND claimed.kind = moved.kind)";

/// Sums over what no claim has taken yet, up to the end of a day.
///
/// # Errors
/// Those of the database.
pub fn unclaimed(conn: &Connection, day: BankingDay) -> Result<Sums, StoreError> {
    let sql = format!(
        "SELECT kind, count(*) AS count, sum(amount) AS total FROM ({MOVEMENTS}) AS moved
         WHERE {UNCLAIMED} GROUP BY kind"
    );
    grouped(conn, &sql, params![i64::MIN, bounds(day)[1]])
}

/// What the books have of the operations with these references; those that took no money are left out.
///
/// # Errors
/// Those of the database.
pub fn held<'a>(
    conn: &Connection,
    references: impl Iterator<Item = &'a BankReference>,
) -> Result<BTreeMap<BankReference, Held>, StoreError> {
    let mut found = BTreeMap::new();
    let mut operations = conn.prepare_cached("SELECT * FROM operation WHERE reference = ?1")?;
    let mut claimed = conn.prepare_cached("SELECT kind FROM claimed WHERE operation = ?1 ORDER BY kind")?;
    for reference in references {
        let mut rows = operations.query([reference.as_str()])?;
        let Some(row) = rows.next()? else { continue };
        let fields = Fields::of(row);
        let id: i64 = fields.number("id")?;
        let returned = fields.maybe_parsed("given_back_as")?.zip(fields.maybe_moment("given_back_at")?);
        let mut taken = claimed.query([id])?;
        let mut kinds = Vec::new();
        while let Some(row) = taken.next()? {
            kinds.push(Fields::of(row).parsed("kind")?);
        }
        let held = Held {
            row: id,
            code: fields.maybe_code("code")?,
            amount: fields.amount("amount")?,
            paid_on: fields.moment("settled_at")?.banking_day(),
            returned: returned.map(|(kind, at): (MovementKind, Moment)| (kind, at.banking_day())),
            claimed: kinds,
        };
        found.insert(reference.clone(), held);
    }
    Ok(found)
}

/// What a claim was about, and what the bank said to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// The digest of its content; none where it was kept by an earlier version.
    pub content: Option<Content>,
    /// The answer as it was said.
    pub said: Vec<u8>,
}

/// The answer to a claim, where it was answered.
///
/// # Errors
/// Those of the database.
pub fn answered(conn: &Connection, claim: &ApplicationNumber) -> Result<Option<Answered>, StoreError> {
    let mut statement = conn.prepare_cached("SELECT * FROM claim WHERE number = ?1")?;
    let mut rows = statement.query([claim.as_str()])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let fields = Fields::of(row);
    let content = fields.maybe_octets("content")?;
    let content = content.map(|octets| octets.try_into().map(Content).map_err(|_| damaged("content")));
    let said = fields.maybe_octets("said")?.unwrap_or_default();
    Ok(Some(Answered { content: content.transpose()?, said }))
}

/// Keeps a claim with the answer to it, and marks what it takes. One without items that was not disputed takes all that no
/// claim has taken.
///
/// # Errors
/// [`StoreError::Taken`] where the claim was answered before, or something of it was claimed before.
pub fn keep_claim(
    tx: &Connection,
    claim: &AcceptClaim,
    content: &Content,
    verdict: &Verdict,
    said: &str,
    now: Moment,
) -> Result<(), StoreError> {
    Columns::new()
        .text("number", &claim.claim)
        .text("day", claim.day)
        .number("count", i64::from(claim.count.as_u32()))
        .amount("total", claim.total)
        .number("returned_count", i64::from(claim.returned_count.as_u32()))
        .amount("returned_total", claim.returned_total)
        .amount("fee", claim.fee)
        .octets("content", &content.0)
        .text("answer", verdict.answer.word())
        .maybe_text("reason", verdict.reason.as_ref())
        .amount("accepted", verdict.accepted)
        .amount("accepted_fee", verdict.fee)
        .octets("said", said.as_bytes())
        .moment("at", now)
        .insert(tx, "claim")?;
    let number = claim.claim.as_str();
    let mut mark = tx.prepare_cached("INSERT INTO claimed (operation, kind, claim) VALUES (?1, ?2, ?3)")?;
    for (row, kind) in &verdict.taken {
        mark.execute(params![row, kind.word(), number])?;
    }
    let is_disputed = verdict.answer == wire::common::ClaimAnswer::Disputed;
    if claim.items.is_empty() && !is_disputed {
        let sql = format!(
            "INSERT INTO claimed (operation, kind, claim)
             SELECT id, kind, ?3 FROM ({MOVEMENTS}) AS moved WHERE {UNCLAIMED}"
        );
        tx.prepare_cached(&sql)?.execute(params![i64::MIN, bounds(claim.day)[1], number])?;
    }
    Ok(())
}

/// A claim that was accepted and is not paid yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Its number.
    pub number: ApplicationNumber,
    /// Its row.
    pub row: i64,
    /// What is to be paid, with the fee.
    pub accepted: Tiyn,
    /// The fee in it.
    pub fee: Tiyn,
}

/// Claims accepted not later than a moment and not paid yet, the oldest first, at most `limit`.
///
/// # Errors
/// Those of the database.
pub fn waiting(conn: &Connection, not_after: Moment, limit: usize) -> Result<Vec<Waiting>, StoreError> {
    let sql = "SELECT rowid AS id, * FROM claim WHERE accepted > 0 AND reimbursed_at IS NULL AND at <= ?1
               ORDER BY at, number LIMIT ?2";
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query(params![not_after.unix_microseconds(), count_column(limit as u64)])?;
    let mut waiting = Vec::new();
    while let Some(row) = rows.next()? {
        let fields = Fields::of(row);
        waiting.push(Waiting {
            number: fields.parsed("number")?,
            row: fields.number("id")?,
            accepted: fields.amount("accepted")?,
            fee: fields.amount("accepted_fee")?,
        });
    }
    Ok(waiting)
}

/// Keeps that a claim was paid.
///
/// # Errors
/// [`StoreError::Conflict`] where it was paid before.
pub fn mark_reimbursed(
    tx: &Connection,
    claim: &Waiting,
    reference: &BankReference,
    now: Moment,
) -> Result<(), StoreError> {
    let sql =
        "UPDATE claim SET reference = ?2, reimbursed_at = ?3 WHERE number = ?1 AND reimbursed_at IS NULL";
    let values = params![claim.number.as_str(), reference.as_str(), now.unix_microseconds()];
    if tx.prepare_cached(sql)?.execute(values)? == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}

/// A claim as the bank keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptClaim {
    /// Its number.
    pub number: ApplicationNumber,
    /// Its banking day.
    pub day: BankingDay,
    /// What it states.
    pub sums: Sums,
    /// The fee it asks.
    pub fee: Tiyn,
    /// What the bank said.
    pub answer: String,
    /// In what it disagreed.
    pub reason: Option<String>,
    /// What it accepted, with the fee.
    pub accepted: Tiyn,
    /// When it was answered.
    pub at: Moment,
    /// The reimbursement, once it was made.
    pub reimbursed: Option<(BankReference, Moment)>,
}

/// The claims of a banking day, in the order of their answers.
///
/// # Errors
/// Those of the database.
pub fn claims(conn: &Connection, day: BankingDay) -> Result<Vec<KeptClaim>, StoreError> {
    let mut statement = conn.prepare_cached("SELECT * FROM claim WHERE day = ?1 ORDER BY at, number")?;
    let mut rows = statement.query([day.to_string()])?;
    let mut claims = Vec::new();
    while let Some(row) = rows.next()? {
        let fields = Fields::of(row);
        claims.push(KeptClaim {
            number: fields.parsed("number")?,
            day: fields.parsed("day")?,
            sums: Sums {
                count: fields.number("count")?,
                total: fields.number("total")?,
                returned_count: fields.number("returned_count")?,
                returned_total: fields.number("returned_total")?,
            },
            fee: fields.amount("fee")?,
            answer: fields.text("answer")?,
            reason: fields.maybe_text("reason")?,
            accepted: fields.amount("accepted")?,
            at: fields.moment("at")?,
            reimbursed: fields.maybe_parsed("reference")?.zip(fields.maybe_moment("reimbursed_at")?),
        });
    }
    Ok(claims)
}

// ---- payouts ----

/// A payout that was ordered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ordered {
    /// Its row.
    pub row: i64,
    /// The digest of what was ordered.
    pub content: Content,
    /// The bank's reference and the moment, once it was executed.
    pub executed: Option<(BankReference, Moment)>,
}

/// A payout by its number.
///
/// # Errors
/// Those of the database.
pub fn payout(conn: &Connection, number: &ApplicationNumber) -> Result<Option<Ordered>, StoreError> {
    let mut statement = conn.prepare_cached("SELECT * FROM payout WHERE number = ?1")?;
    let mut rows = statement.query([number.as_str()])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let fields = Fields::of(row);
    Ok(Some(Ordered {
        row: fields.number("id")?,
        content: Content(fields.octets("content")?),
        executed: fields.maybe_parsed("reference")?.zip(fields.maybe_moment("executed_at")?),
    }))
}

/// Puts a payout on record; its row.
///
/// # Errors
/// [`StoreError::Taken`] where the number is known.
pub fn order_payout(
    tx: &Connection,
    order: &PayProvider,
    content: &Content,
    now: Moment,
) -> Result<i64, StoreError> {
    Columns::new()
        .text("number", &order.payout)
        .octets("content", &content.0)
        .amount("amount", order.amount)
        .text("beneficiary_name", &order.beneficiary_name)
        .text("beneficiary_iban", order.beneficiary.iban)
        .text("beneficiary_bic", &order.beneficiary.bic)
        .text("kbk", order.beneficiary.kbk)
        .text("knp", order.beneficiary.knp)
        .text("kod", order.kod)
        .text("kbe", order.beneficiary.kbe)
        .text("purpose", &order.beneficiary.purpose)
        .moment("ordered_at", now)
        .insert(tx, "payout")?;
    Ok(tx.last_insert_rowid())
}

/// Keeps what became of a payout: executed under a reference, or refused for the time being.
///
/// # Errors
/// Those of the database.
pub fn end_payout(
    tx: &Connection,
    row: i64,
    ended: Result<&BankReference, &str>,
    now: Moment,
) -> Result<(), StoreError> {
    let sql = "UPDATE payout SET refusal = ?2, reference = ?3, executed_at = ?4 WHERE id = ?1";
    let reference = ended.ok().map(BankReference::as_str);
    let executed_at = reference.map(|_| now.unix_microseconds());
    tx.prepare_cached(sql)?.execute(params![row, ended.err(), reference, executed_at])?;
    Ok(())
}

// ---- the operator's account ----

/// One movement on the operator's account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountEntry {
    /// The bank's own id of it.
    pub reference: BankReference,
    /// How much; negative where it went.
    pub tiyn: i64,
    /// When it was booked.
    pub at: Moment,
    /// The claim or payout it is about; none for any other operation on the account.
    pub document: Option<String>,
    /// Name and account of the provider, where one was paid.
    pub beneficiary: Option<(ShortText, Iban)>,
}

/// What stood on an account at a moment: all that was booked before, in tiyn.
///
/// # Errors
/// Those of the database.
pub fn balance_before(conn: &Connection, account: Iban, at: Moment) -> Result<i64, StoreError> {
    let sql = "SELECT coalesce(sum(tiyn), 0) FROM posting WHERE ledger = ?1 AND at < ?2";
    let values = params![Ledger::Client(account).to_string(), at.unix_microseconds()];
    Ok(conn.prepare_cached(sql)?.query_row(values, |row| row.get(0))?)
}

/// The entries on an account in one banking day, in the order of their booking: at most `limit` after
/// the first `skip`, and what the skipped ones come to.
///
/// # Errors
/// Those of the database.
pub fn account_entries(
    conn: &Connection,
    account: Iban,
    day: BankingDay,
    skip: u64,
    limit: usize,
) -> Result<(Vec<AccountEntry>, i64), StoreError> {
    const OF_THE_DAY: &str = "FROM posting WHERE ledger = ?1 AND at >= ?2 AND at < ?3";
    let ledger = Ledger::Client(account).to_string();
    let ([from, to], skip) = (bounds(day), count_column(skip));
    let sql = format!("SELECT coalesce(sum(tiyn), 0) FROM (SELECT tiyn {OF_THE_DAY} ORDER BY id LIMIT ?4)");
    let skipped =
        conn.prepare_cached(&sql)?.query_row(params![ledger, from, to, skip], |row| row.get(0)).optional()?;
    let sql = format!(
        "SELECT posting.tiyn, posting.at, posting.document, payout.beneficiary_name, payout.beneficiary_iban,
                coalesce(payout.reference, claim.reference,
                         operation.reference || CASE posting.kind WHEN 'payment' THEN '' ELSE '-R' END,
                         'OPENING') AS reference
           FROM (SELECT * {OF_THE_DAY} ORDER BY id LIMIT ?4 OFFSET ?5) AS posting
           LEFT JOIN payout ON posting.kind = 'payout' AND payout.number = posting.document
           LEFT JOIN claim ON posting.kind = 'reimbursement' AND claim.number = posting.document
           LEFT JOIN operation ON operation.id = posting.operation
          ORDER BY posting.id"
    );
    let mut statement = conn.prepare_cached(&sql)?;
    let mut rows = statement.query(params![ledger, from, to, count_column(limit as u64), skip])?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        entries.push(read_entry(row)?);
    }
    Ok((entries, skipped.unwrap_or(0)))
}

fn read_entry(row: &Row<'_>) -> Result<AccountEntry, StoreError> {
    let fields = Fields::of(row);
    let beneficiary = fields.maybe_parsed("beneficiary_name")?.zip(fields.maybe_parsed("beneficiary_iban")?);
    Ok(AccountEntry {
        reference: fields.parsed("reference")?,
        tiyn: row.get("tiyn")?,
        at: fields.moment("at")?,
        document: fields.maybe_text("document")?,
        beneficiary,
    })
}
