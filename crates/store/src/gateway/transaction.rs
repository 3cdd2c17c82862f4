//! [`View`] and [`Tx`] in SQL, over whatever connection the database hands out.

use payment::{Attempt, Closing, OPEN_ITEM_AFTER_SECONDS, Payment, table::State};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params};
use terms::{
    ApplicationNumber, AttemptId, BankReference, Bin, MessageId, Moment, PartyNumber, PaymentCode,
    ServiceCode,
};

use super::payment_columns::{of_attempt, of_life, of_payment, to_attempt, to_payment};
use super::record_columns::{
    of_entry, of_evidence, of_note, of_page, of_participant, of_receipt, of_service, to_entry, to_evidence,
    to_note, to_page, to_participant, to_receipt, to_service,
};
use super::{ATTEMPT, PAGE, PAYMENT};
use crate::chain::snapshot;
use crate::columns::{Columns, Fields, code_column};
use crate::{
    EvidenceRecord, JournalEntry, Kept, LIST_BOUND, Outgoing, ParticipantRow, PaymentPage, ReadNote,
    ReceiptRecord, Seen, ServiceRow, StoreError, Stored, Tx, View, Waiting, mailbox,
};

pub(super) struct SqliteTx<'a>(pub(super) &'a Connection);

type Read<T> = fn(&Row<'_>) -> Kept<T>;

impl SqliteTx<'_> {
    fn one<T>(&self, sql: &str, key: &[&dyn ToSql], read: Read<T>) -> Kept<Option<T>> {
        let mut statement = self.0.prepare_cached(sql)?;
        let mut rows = statement.query(key)?;
        rows.next()?.map(read).transpose()
    }

    fn all<T>(&self, sql: &str, key: &[&dyn ToSql], read: Read<T>) -> Kept<Vec<T>> {
        let mut statement = self.0.prepare_cached(sql)?;
        let mut rows = statement.query(key)?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            all.push(read(row)?);
        }
        Ok(all)
    }

    fn count(&self, sql: &str, key: &[&dyn ToSql]) -> Kept<u64> {
        let count: Option<i64> = self.0.prepare_cached(sql)?.query_row(key, |row| row.get(0)).optional()?;
        Ok(u64::try_from(count.unwrap_or(0)).unwrap_or(0))
    }

    fn is_spent(&self, code: PaymentCode) -> Kept<bool> {
        Ok(self.count("SELECT count(*) FROM spend WHERE code = ?", &[&code_column(code)])? > 0)
    }
}

/// `LIMIT` for a list.
fn bounded(limit: usize) -> i64 {
    i64::try_from(limit.min(LIST_BOUND)).unwrap_or(i64::MAX)
}

impl View for SqliteTx<'_> {
    fn received(&self, signer: Bin, id: MessageId, content_hash: &[u8; 32]) -> Kept<Seen> {
        mailbox::seen(self.0, signer, id, content_hash)
    }

    fn payment(&self, code: PaymentCode) -> Kept<Option<Stored<Payment>>> {
        self.one("SELECT * FROM payment WHERE code = ?", &[&code_column(code)], to_payment)
    }

    fn codes_to_expire(&self, now: Moment, limit: usize) -> Kept<Vec<PaymentCode>> {
        let sql = "SELECT code FROM payment WHERE state = 'issued' AND valid_until <= ?
                   ORDER BY valid_until LIMIT ?";
        let code: Read<PaymentCode> = |row| Fields::of(row).code("code");
        self.all(sql, &[&now.unix_microseconds(), &bounded(limit)], code)
    }

    fn payments_of_recipient(&self, number: PartyNumber, limit: usize) -> Kept<Vec<Stored<Payment>>> {
        let sql = "SELECT * FROM payment WHERE recipient_number = ? ORDER BY issued_at DESC LIMIT ?";
        self.all(sql, &[&number.to_string(), &bounded(limit)], to_payment)
    }

    fn payments_of_application(
        &self,
        application: &ApplicationNumber,
        limit: usize,
    ) -> Kept<Vec<Stored<Payment>>> {
        let sql = "SELECT * FROM payment
                   WHERE application = ?1 OR bound_application = ?1 OR closed_application = ?1
                   ORDER BY issued_at DESC LIMIT ?2";
        self.all(sql, &[&application.as_str(), &bounded(limit)], to_payment)
    }

    fn attempt(&self, id: &AttemptId) -> Kept<Option<Stored<Attempt>>> {
        self.one("SELECT * FROM attempt WHERE id = ?", &[&id.as_str()], to_attempt)
    }

    fn attempt_context(&self, id: &AttemptId) -> Kept<Option<String>> {
        let sql = "SELECT context FROM attempt WHERE id = ?";
        let context = self.one(sql, &[&id.as_str()], |row| Ok(row.get(0)?))?;
        Ok(context.flatten())
    }

    fn attempts_of(&self, code: PaymentCode) -> Kept<Vec<Stored<Attempt>>> {
        let sql = "SELECT * FROM attempt WHERE code = ? ORDER BY opened_at LIMIT ?";
        self.all(sql, &[&code_column(code), &bounded(LIST_BOUND)], to_attempt)
    }

    fn attempts_due(&self, now: Moment, limit: usize) -> Kept<Vec<Stored<Attempt>>> {
        let sql = "SELECT * FROM attempt WHERE next_try_at <= ? ORDER BY next_try_at LIMIT ?";
        self.all(sql, &[&now.unix_microseconds(), &bounded(limit)], to_attempt)
    }

    fn open_items(&self, now: Moment) -> Kept<Vec<Stored<Attempt>>> {
        let sql = "SELECT * FROM attempt WHERE state IN ('asked', 'unknown') AND opened_at <= ?
                   ORDER BY opened_at LIMIT ?";
        let opened_by = now.plus_seconds(-OPEN_ITEM_AFTER_SECONDS).unix_microseconds();
        self.all(sql, &[&opened_by, &bounded(LIST_BOUND)], to_attempt)
    }

    fn page(&self, token_digest: &[u8; 32]) -> Kept<Option<Stored<PaymentPage>>> {
        self.one("SELECT * FROM payment_page WHERE token_digest = ?", &[token_digest], to_page)
    }

    fn page_of_attempt(&self, id: &AttemptId) -> Kept<Option<Stored<PaymentPage>>> {
        self.one("SELECT * FROM payment_page WHERE attempt = ?", &[&id.as_str()], to_page)
    }

    fn receipt(&self, code: PaymentCode) -> Kept<Option<ReceiptRecord>> {
        self.one("SELECT * FROM receipt WHERE code = ?", &[&code_column(code)], to_receipt)
    }

    fn receipt_by_token(&self, token_digest: &[u8; 32]) -> Kept<Option<ReceiptRecord>> {
        self.one("SELECT * FROM receipt WHERE token_digest = ?", &[token_digest], to_receipt)
    }

    fn evidence_of(&self, code: PaymentCode) -> Kept<Vec<EvidenceRecord>> {
        let sql = "SELECT * FROM evidence WHERE about = ? ORDER BY id LIMIT ?";
        self.all(sql, &[&code_column(code), &bounded(LIST_BOUND)], to_evidence)
    }

    fn evidence_of_kind(&self, kind: &str) -> Kept<Vec<EvidenceRecord>> {
        let sql = "SELECT * FROM evidence WHERE about IS NULL AND kind = ? ORDER BY id LIMIT ?";
        self.all(sql, &[&kind, &bounded(LIST_BOUND)], to_evidence)
    }

    fn timeline(&self, code: PaymentCode) -> Kept<Vec<JournalEntry>> {
        let sql = "SELECT * FROM journal WHERE about = ? ORDER BY id LIMIT ?";
        self.all(sql, &[&code_column(code), &bounded(LIST_BOUND)], to_entry)
    }

    fn reads_of(&self, code: PaymentCode) -> Kept<Vec<ReadNote>> {
        let sql = "SELECT * FROM read_note WHERE about_payment = ? ORDER BY id LIMIT ?";
        self.all(sql, &[&code_column(code), &bounded(LIST_BOUND)], to_note)
    }

    fn outbox_due(&self, now: Moment, limit: usize) -> Kept<Vec<Waiting>> {
        mailbox::due(self.0, now, limit)
    }

    fn outbox_depth(&self) -> Kept<u64> {
        mailbox::depth(self.0)
    }

    fn participant(&self, bin: Bin) -> Kept<Option<ParticipantRow>> {
        let sql = "SELECT * FROM participant WHERE bin = ? ORDER BY id DESC LIMIT 1";
        self.one(sql, &[&bin.to_string()], to_participant)
    }

    fn participants(&self) -> Kept<Vec<ParticipantRow>> {
        let sql = "SELECT * FROM participant WHERE id IN (SELECT max(id) FROM participant GROUP BY bin)
                   ORDER BY bin LIMIT ?";
        self.all(sql, &[&bounded(LIST_BOUND)], to_participant)
    }

    fn service(&self, code: &ServiceCode) -> Kept<Option<ServiceRow>> {
        let sql = "SELECT * FROM service WHERE code = ? ORDER BY id DESC LIMIT 1";
        self.one(sql, &[&code.as_str()], to_service)
    }

    fn services(&self) -> Kept<Vec<ServiceRow>> {
        let sql = "SELECT * FROM service WHERE id IN (SELECT max(id) FROM service GROUP BY code)
                   ORDER BY code LIMIT ?";
        self.all(sql, &[&bounded(LIST_BOUND)], to_service)
    }

    fn failures_since(&self, key: &str, since: Moment) -> Kept<u64> {
        let sql = "SELECT count(*) FROM failure WHERE key = ? AND at >= ?";
        self.count(sql, &[&key, &since.unix_microseconds()])
    }

    fn quota_used(&self, participant: Bin, window: Moment) -> Kept<u64> {
        let sql = "SELECT used FROM quota WHERE participant = ? AND window = ?";
        self.count(sql, &[&participant.to_string(), &window.unix_microseconds()])
    }
}

impl Tx for SqliteTx<'_> {
    fn keep_received(
        &mut self,
        signer: Bin,
        id: MessageId,
        content_hash: &[u8; 32],
        answer: &str,
        at: Moment,
    ) -> Kept<()> {
        mailbox::keep(self.0, signer, id, content_hash, answer, at)
    }

    fn insert_payment(&mut self, payment: &Payment) -> Kept<()> {
        of_payment(payment).insert(self.0, PAYMENT.table)?;
        snapshot(self.0, PAYMENT, &Value::Integer(code_column(payment.code)))
    }

    fn save_payment(&mut self, payment: &Stored<Payment>) -> Kept<()> {
        let Stored { value, version } = payment;
        match (value.state() == State::Closed, self.is_spent(value.code)?) {
            (true, false) => return Err(StoreError::NotSpent),
            (false, true) => return Err(StoreError::AlreadySpent),
            _ => {}
        }
        let key = Value::Integer(code_column(value.code));
        of_life(value).compare_and_set(self.0, PAYMENT.table, PAYMENT.key, &key, *version)?;
        snapshot(self.0, PAYMENT, &key)
    }

    fn spend(&mut self, code: PaymentCode, how: &Closing, at: Moment) -> Kept<()> {
        let how = match how {
            Closing::Delivered(_) => "delivered",
            Closing::Desk(..) => "desk",
        };
        let mut columns = Columns::new();
        columns.code("code", code).text("how", how).moment("at", at);
        columns.insert(self.0, "spend").map_err(|error| match error {
            StoreError::Taken => StoreError::AlreadySpent,
            other => other,
        })
    }

    fn claim_operation(
        &mut self,
        bank: Bin,
        reference: &BankReference,
        code: PaymentCode,
    ) -> Kept<PaymentCode> {
        let keys = params![bank.to_string(), reference.as_str(), code_column(code)];
        let sql =
            "INSERT INTO bank_operation (bank, reference, code) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
        if self.0.prepare_cached(sql)?.execute(keys)? == 1 {
            return Ok(code);
        }
        let sql = "SELECT code FROM bank_operation WHERE bank = ?1 AND reference = ?2";
        let mut statement = self.0.prepare_cached(sql)?;
        let mut rows = statement.query(params![bank.to_string(), reference.as_str()])?;
        match rows.next()? {
            Some(row) => Fields::of(row).code("code"),
            None => Err(StoreError::Conflict),
        }
    }

    fn insert_attempt(&mut self, attempt: &Attempt, context: Option<&str>) -> Kept<()> {
        let mut columns = of_attempt(attempt);
        columns.maybe_text("context", context);
        columns.insert(self.0, ATTEMPT.table)?;
        snapshot(self.0, ATTEMPT, &Value::Text(attempt.id.to_string()))
    }

    fn save_attempt(&mut self, attempt: &Stored<Attempt>) -> Kept<()> {
        let key = Value::Text(attempt.value.id.to_string());
        let columns = of_attempt(&attempt.value);
        columns.compare_and_set(self.0, ATTEMPT.table, ATTEMPT.key, &key, attempt.version)?;
        snapshot(self.0, ATTEMPT, &key)
    }

    fn insert_page(&mut self, page: &PaymentPage) -> Kept<()> {
        of_page(page).insert(self.0, PAGE.table)?;
        snapshot(self.0, PAGE, &Value::Blob(page.token_digest.to_vec()))
    }

    fn save_page(&mut self, page: &Stored<PaymentPage>) -> Kept<()> {
        let key = Value::Blob(page.value.token_digest.to_vec());
        of_page(&page.value).compare_and_set(self.0, PAGE.table, PAGE.key, &key, page.version)?;
        snapshot(self.0, PAGE, &key)
    }

    fn insert_receipt(&mut self, receipt: &ReceiptRecord) -> Kept<()> {
        of_receipt(receipt).insert(self.0, "receipt")
    }

    fn keep_evidence(&mut self, evidence: &EvidenceRecord) -> Kept<()> {
        of_evidence(evidence)?.insert(self.0, "evidence")
    }

    fn journal(&mut self, entry: &JournalEntry) -> Kept<()> {
        of_entry(entry).insert(self.0, "journal")
    }

    fn note_read(&mut self, note: &ReadNote) -> Kept<()> {
        of_note(note).insert(self.0, "read_note")
    }

    fn tell(&mut self, message: &Outgoing) -> Kept<()> {
        mailbox::tell(self.0, message)
    }

    fn acknowledge(&mut self, id: MessageId, acknowledgement: &[u8], at: Moment) -> Kept<()> {
        mailbox::acknowledged(self.0, id, acknowledgement, at)
    }

    fn fail(&mut self, id: MessageId, error: &str, next_try: Moment) -> Kept<()> {
        mailbox::failed(self.0, id, error, next_try)
    }

    fn insert_participant(&mut self, participant: &ParticipantRow) -> Kept<()> {
        of_participant(participant).insert(self.0, "participant")
    }

    fn insert_service(&mut self, service: &ServiceRow) -> Kept<()> {
        of_service(service).insert(self.0, "service")
    }

    fn note_failure(&mut self, key: &str, at: Moment) -> Kept<()> {
        let sql = "INSERT INTO failure (key, at) VALUES (?, ?)";
        self.0.prepare_cached(sql)?.execute(params![key, at.unix_microseconds()])?;
        Ok(())
    }

    fn forget_failures(&mut self, before: Moment) -> Kept<()> {
        let sql = "DELETE FROM failure WHERE at < ?";
        self.0.prepare_cached(sql)?.execute([before.unix_microseconds()])?;
        Ok(())
    }

    fn use_quota(&mut self, participant: Bin, window: Moment) -> Kept<u64> {
        let sql = "INSERT INTO quota (participant, window, used) VALUES (?, ?, 1)
                   ON CONFLICT (participant, window) DO UPDATE SET used = used + 1 RETURNING used";
        self.count(sql, &[&participant.to_string(), &window.unix_microseconds()])
    }
}
