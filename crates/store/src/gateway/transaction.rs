//! [`View`] and [`Tx`] in SQL, over whatever connection the database hands out.

use ledger::report::Fact;
use payment::{Attempt, Closing, OPEN_ITEM_AFTER_SECONDS, Payment, table::State};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params};
use terms::{
    ApplicationNumber, AttemptId, BankReference, Bin, BrowserDigest, MessageId, Moment, PartyNumber,
    PaymentCode, ServiceCode,
};

use super::payment_columns::{of_attempt, of_life, of_payment, recipient_tag, to_attempt, to_payment};
use super::record_columns::{
    of_entry, of_evidence, of_note, of_own_certificate, of_page, of_participant, of_receipt, of_service,
    to_entry, to_evidence, to_note, to_own_certificate, to_page, to_participant, to_receipt, to_service,
};
use super::report_columns::facts;
use super::{ATTEMPT, PAGE, PAYMENT};
use crate::chain::snapshot;
use crate::columns::{Columns, Fields, code_column};
use crate::mailbox::{self, Mailbox};
use crate::sealing::{Place, Plain, RowKey, Sealing, SearchTag};
use crate::{
    EvidenceRecord, JournalEntry, Kept, Keyring, LIST_BOUND, Outgoing, OwnCertificate, ParticipantRow,
    PaymentPage, ReadNote, ReceiptRecord, Seen, ServiceRow, StoreError, Stored, Tx, View, Waiting,
};

pub(super) struct SqliteTx<'a> {
    pub(super) conn: &'a Connection,
    pub(super) sealing: Sealing<'a>,
}

pub(super) type Read<T> = fn(&Row<'_>, &Sealing<'_>) -> Kept<T>;

impl<'a> SqliteTx<'a> {
    pub(super) fn new(conn: &'a Connection, keyring: &'a Keyring) -> Self {
        Self { conn, sealing: Sealing::new(conn, keyring) }
    }

    pub(super) fn conn(&self) -> &'a Connection {
        self.conn
    }

    pub(super) fn sealing(&self) -> &Sealing<'a> {
        &self.sealing
    }

    fn mailbox(&self) -> Mailbox<'_> {
        Mailbox::sealed(self.conn, &self.sealing)
    }

    /// The id of the next row of an append-only table. There is one writer, so nobody else takes it meanwhile.
    pub(super) fn next_id(&self, table: &'static str) -> Kept<i64> {
        let sql = format!("SELECT coalesce(max(id), 0) + 1 FROM {table}");
        Ok(self.conn.prepare_cached(&sql)?.query_row([], |row| row.get(0))?)
    }

    pub(super) fn one<T>(&self, sql: &str, key: &[&dyn ToSql], read: Read<T>) -> Kept<Option<T>> {
        let mut statement = self.conn.prepare_cached(sql)?;
        let mut rows = statement.query(key)?;
        rows.next()?.map(|row| read(row, &self.sealing)).transpose()
    }

    pub(super) fn all<T>(&self, sql: &str, key: &[&dyn ToSql], read: Read<T>) -> Kept<Vec<T>> {
        let mut statement = self.conn.prepare_cached(sql)?;
        let mut rows = statement.query(key)?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            all.push(read(row, &self.sealing)?);
        }
        Ok(all)
    }

    pub(super) fn count(&self, sql: &str, key: &[&dyn ToSql]) -> Kept<u64> {
        let count: Option<i64> =
            self.conn.prepare_cached(sql)?.query_row(key, |row| row.get(0)).optional()?;
        Ok(u64::try_from(count.unwrap_or(0)).unwrap_or(0))
    }

    /// Budgets of guesses are named after people.
    fn failure_tag(&self, key: &str) -> Kept<SearchTag> {
        self.sealing.tag("failure.key", key.as_bytes())
    }

    fn is_spent(&self, code: PaymentCode) -> Kept<bool> {
        Ok(self.count("SELECT count(*) FROM spend WHERE code = ?", &[&code_column(code)])? > 0)
    }
}

fn context_place(id: &AttemptId) -> Place<'_> {
    Place { table: "attempt", column: "context", key: RowKey::Octets(id.as_str().as_bytes()) }
}

/// The gateway's own certificates, which need no key.
pub(super) fn own_certificates(conn: &Connection) -> Kept<Vec<OwnCertificate>> {
    let mut statement = conn.prepare_cached("SELECT * FROM own_certificate ORDER BY id LIMIT ?")?;
    let mut rows = statement.query([bounded(LIST_BOUND)])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        all.push(to_own_certificate(row)?);
    }
    Ok(all)
}

/// `LIMIT` for a list.
pub(super) fn bounded(limit: usize) -> i64 {
    i64::try_from(limit.min(LIST_BOUND)).unwrap_or(i64::MAX)
}

impl View for SqliteTx<'_> {
    fn received(&self, signer: Bin, id: MessageId, content_hash: &[u8; 32]) -> Kept<Seen> {
        self.mailbox().seen(signer, id, content_hash)
    }

    fn payment(&self, code: PaymentCode) -> Kept<Option<Stored<Payment>>> {
        self.one("SELECT * FROM payment WHERE code = ?", &[&code_column(code)], to_payment)
    }

    fn codes_to_expire(&self, now: Moment, limit: usize) -> Kept<Vec<PaymentCode>> {
        let sql = "SELECT code FROM payment WHERE state = 'issued' AND valid_until <= ?
                   ORDER BY valid_until LIMIT ?";
        let code: Read<PaymentCode> = |row, _| Fields::of(row).code("code");
        self.all(sql, &[&now.unix_microseconds(), &bounded(limit)], code)
    }

    fn payments_of_recipient(&self, number: PartyNumber, limit: usize) -> Kept<Vec<Stored<Payment>>> {
        let sql = "SELECT * FROM payment WHERE recipient_tag = ? ORDER BY issued_at DESC LIMIT ?";
        self.all(sql, &[&recipient_tag(&self.sealing, number)?, &bounded(limit)], to_payment)
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
        let context: Option<Option<Vec<u8>>> = self.one(sql, &[&id.as_str()], |row, _| Ok(row.get(0)?))?;
        let Some(sealed) = context.flatten() else { return Ok(None) };
        let mut opened = self.sealing.open(context_place(id), &sealed)?;
        let context = opened.text()?;
        opened.end()?;
        Ok(Some(context))
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

    fn own_certificates(&self) -> Kept<Vec<OwnCertificate>> {
        own_certificates(self.conn)
    }

    fn timeline(&self, code: PaymentCode) -> Kept<Vec<JournalEntry>> {
        let sql = "SELECT * FROM journal WHERE about = ? ORDER BY id LIMIT ?";
        self.all(sql, &[&code_column(code), &bounded(LIST_BOUND)], to_entry)
    }

    fn reads_of(&self, code: PaymentCode) -> Kept<Vec<ReadNote>> {
        let sql = "SELECT * FROM read_note WHERE about_payment = ? ORDER BY id LIMIT ?";
        self.all(sql, &[&code_column(code), &bounded(LIST_BOUND)], to_note)
    }

    fn report_facts(&self, from: Moment, until: Moment, each: &mut dyn FnMut(&Fact)) -> Kept<()> {
        facts(self.conn, from, until, each)
    }

    fn outbox_due(&self, now: Moment, limit: usize) -> Kept<Vec<Waiting>> {
        self.mailbox().due(now, limit)
    }

    fn outbox_depth(&self) -> Kept<u64> {
        mailbox::depth(self.conn)
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
        self.count(sql, &[&self.failure_tag(key)?, &since.unix_microseconds()])
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
        self.mailbox().keep(signer, id, content_hash, answer, at)
    }

    fn insert_payment(&mut self, payment: &Payment) -> Kept<()> {
        of_payment(payment, &self.sealing)?.insert(self.conn, PAYMENT.table)?;
        snapshot(self.conn, PAYMENT, &Value::Integer(code_column(payment.code)))
    }

    fn save_payment(&mut self, payment: &Stored<Payment>) -> Kept<()> {
        let Stored { value, version } = payment;
        match (value.state() == State::Closed, self.is_spent(value.code)?) {
            (true, false) => return Err(StoreError::NotSpent),
            (false, true) => return Err(StoreError::AlreadySpent),
            _ => {}
        }
        let key = Value::Integer(code_column(value.code));
        of_life(value, &self.sealing)?.compare_and_set(
            self.conn,
            PAYMENT.table,
            PAYMENT.key,
            &key,
            *version,
        )?;
        snapshot(self.conn, PAYMENT, &key)
    }

    fn spend(&mut self, code: PaymentCode, how: &Closing, at: Moment) -> Kept<()> {
        let how = match how {
            Closing::Delivered(_) => "delivered",
            Closing::Desk(..) => "desk",
        };
        let mut columns = Columns::new();
        columns.code("code", code).text("how", how).moment("at", at);
        columns.insert(self.conn, "spend").map_err(|error| match error {
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
        if self.conn.prepare_cached(sql)?.execute(keys)? == 1 {
            return Ok(code);
        }
        let sql = "SELECT code FROM bank_operation WHERE bank = ?1 AND reference = ?2";
        let mut statement = self.conn.prepare_cached(sql)?;
        let mut rows = statement.query(params![bank.to_string(), reference.as_str()])?;
        match rows.next()? {
            Some(row) => Fields::of(row).code("code"),
            None => Err(StoreError::Conflict),
        }
    }

    fn insert_attempt(&mut self, attempt: &Attempt, context: Option<&str>) -> Kept<()> {
        let mut columns = of_attempt(attempt);
        if let Some(context) = context {
            let mut plain = Plain::with_room_for(context.len() + size_of::<u32>());
            plain.text(context);
            columns.sealed("context", self.sealing.seal(context_place(&attempt.id), plain)?);
        }
        columns.insert(self.conn, ATTEMPT.table)?;
        snapshot(self.conn, ATTEMPT, &Value::Text(attempt.id.to_string()))
    }

    fn save_attempt(&mut self, attempt: &Stored<Attempt>) -> Kept<()> {
        let key = Value::Text(attempt.value.id.to_string());
        let columns = of_attempt(&attempt.value);
        columns.compare_and_set(self.conn, ATTEMPT.table, ATTEMPT.key, &key, attempt.version)?;
        snapshot(self.conn, ATTEMPT, &key)
    }

    fn insert_page(&mut self, page: &PaymentPage) -> Kept<()> {
        of_page(page, &self.sealing)?.insert(self.conn, PAGE.table)?;
        snapshot(self.conn, PAGE, &Value::Blob(page.token_digest.to_vec()))
    }

    fn bind_page(&mut self, token_digest: &[u8; 32], browser: BrowserDigest) -> Kept<BrowserDigest> {
        let sql = "UPDATE payment_page SET browser = ?2, version = version + 1
                   WHERE token_digest = ?1 AND browser IS NULL";
        if self.conn.prepare_cached(sql)?.execute(params![token_digest, browser.as_bytes()])? == 1 {
            snapshot(self.conn, PAGE, &Value::Blob(token_digest.to_vec()))?;
            return Ok(browser);
        }
        let page = self.page(token_digest)?;
        page.and_then(|page| page.value.browser).ok_or(StoreError::Conflict)
    }

    fn save_page(&mut self, page: &Stored<PaymentPage>) -> Kept<()> {
        let key = Value::Blob(page.value.token_digest.to_vec());
        of_page(&page.value, &self.sealing)?.compare_and_set(
            self.conn,
            PAGE.table,
            PAGE.key,
            &key,
            page.version,
        )?;
        snapshot(self.conn, PAGE, &key)
    }

    fn insert_receipt(&mut self, receipt: &ReceiptRecord) -> Kept<()> {
        of_receipt(receipt, &self.sealing)?.insert(self.conn, "receipt")
    }

    fn keep_evidence(&mut self, evidence: &EvidenceRecord) -> Kept<()> {
        of_evidence(self.next_id("evidence")?, evidence, &self.sealing)?.insert(self.conn, "evidence")
    }

    fn keep_own_certificate(&mut self, own: &OwnCertificate) -> Kept<()> {
        of_own_certificate(own)?.insert(self.conn, "own_certificate")
    }

    fn journal(&mut self, entry: &JournalEntry) -> Kept<()> {
        of_entry(self.next_id("journal")?, entry, &self.sealing)?.insert(self.conn, "journal")
    }

    fn note_read(&mut self, note: &ReadNote) -> Kept<()> {
        of_note(self.next_id("read_note")?, note, &self.sealing)?.insert(self.conn, "read_note")
    }

    fn tell(&mut self, message: &Outgoing) -> Kept<()> {
        self.mailbox().tell(message)
    }

    fn acknowledge(&mut self, id: MessageId, acknowledgement: &[u8], at: Moment) -> Kept<()> {
        self.mailbox().acknowledged(id, acknowledgement, at)
    }

    fn fail(&mut self, id: MessageId, error: &str, next_try: Moment) -> Kept<()> {
        self.mailbox().failed(id, error, next_try)
    }

    fn insert_participant(&mut self, participant: &ParticipantRow) -> Kept<()> {
        of_participant(participant).insert(self.conn, "participant")
    }

    fn insert_service(&mut self, service: &ServiceRow) -> Kept<()> {
        of_service(service).insert(self.conn, "service")
    }

    fn note_failure(&mut self, key: &str, at: Moment) -> Kept<()> {
        let sql = "INSERT INTO failure (key, at) VALUES (?, ?)";
        self.conn.prepare_cached(sql)?.execute(params![self.failure_tag(key)?, at.unix_microseconds()])?;
        Ok(())
    }

    fn forget_failures(&mut self, before: Moment) -> Kept<()> {
        let sql = "DELETE FROM failure WHERE at < ?";
        self.conn.prepare_cached(sql)?.execute([before.unix_microseconds()])?;
        Ok(())
    }

    fn use_quota(&mut self, participant: Bin, window: Moment) -> Kept<u64> {
        let sql = "INSERT INTO quota (participant, window, used) VALUES (?, ?, 1)
                   ON CONFLICT (participant, window) DO UPDATE SET used = used + 1 RETURNING used";
        self.count(sql, &[&participant.to_string(), &window.unix_microseconds()])
    }
}
