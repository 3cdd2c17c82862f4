//! Payments the gateway told of, and what each was used for.

use store::StoreError;
use store::columns::{Fields, code_column};
use store::rusqlite::{Connection, Row, params};
use terms::{
    ApplicationNumber, BankReference, Channel, Moment, Party, PartyNumber, PaymentCode, ServiceCode, Tiyn,
    TransactionNumber,
};
use wire::common::PaymentEvent;

use super::{LISTED, all, execute, one};

/// One payment.
#[derive(Debug, Clone)]
pub(crate) struct Payment {
    pub(crate) code: PaymentCode,
    pub(crate) application: Option<ApplicationNumber>,
    pub(crate) service: ServiceCode,
    pub(crate) recipient: Party,
    pub(crate) payer: Party,
    pub(crate) amount: Tiyn,
    pub(crate) paid_at: Moment,
    pub(crate) channel: Channel,
    pub(crate) transaction: TransactionNumber,
    pub(crate) bank_reference: BankReference,
    pub(crate) receipt_url: String,
    pub(crate) event: PaymentEvent,
    /// The application it was used for, as far as the portal knows.
    pub(crate) used_for: Option<ApplicationNumber>,
    /// When the gateway said so, by its own clock.
    pub(crate) notified_at: Moment,
}

impl Payment {
    /// Whether the code can still be used, as far as the portal knows.
    pub(crate) fn is_free(&self) -> bool {
        self.event == PaymentEvent::Paid && self.used_for.is_none()
    }
}

fn payment(row: &Row<'_>) -> Result<Payment, StoreError> {
    let fields = Fields::of(row);
    Ok(Payment {
        code: fields.code("payment_code")?,
        application: fields.maybe_parsed("application")?,
        service: fields.parsed("service")?,
        recipient: fields.party("recipient")?,
        payer: fields.party("payer")?,
        amount: fields.amount("amount")?,
        paid_at: fields.moment("paid_at")?,
        channel: fields.parsed("channel")?,
        transaction: fields.parsed("transaction_number")?,
        bank_reference: fields.parsed("bank_reference")?,
        receipt_url: fields.text("receipt_url")?,
        event: fields.parsed("event")?,
        used_for: fields.maybe_parsed("used_for")?,
        notified_at: fields.moment("notified_at")?,
    })
}

/// Keeps what the gateway told. Facts come in any order: what says that the money went back is not undone by a
/// notice of payment that it overtook. A refund that the bank refused is undone, by what the gateway said later.
pub(crate) fn keep(tx: &Connection, payment: &Payment) -> Result<(), StoreError> {
    let sql = "INSERT INTO payment (payment_code, application, service, recipient_number, recipient_name,
                   payer_number, payer_name, amount, paid_at, channel, transaction_number, bank_reference,
                   receipt_url, event, used_for, notified_at)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
               ON CONFLICT (payment_code) DO UPDATE SET
                   event = CASE WHEN payment.event = 'reversed' THEN payment.event
                                WHEN payment.event = 'refunded' AND excluded.notified_at <= payment.notified_at
                                THEN payment.event ELSE excluded.event END,
                   application = coalesce(excluded.application, payment.application),
                   receipt_url = excluded.receipt_url, notified_at = max(payment.notified_at, excluded.notified_at)";
    let values = params![
        code_column(payment.code),
        payment.application.as_ref().map(ApplicationNumber::as_str),
        payment.service.as_str(),
        payment.recipient.number.to_string(),
        payment.recipient.name.as_str(),
        payment.payer.number.to_string(),
        payment.payer.name.as_str(),
        payment.amount.as_i64(),
        payment.paid_at.unix_microseconds(),
        payment.channel.name(),
        payment.transaction.as_str(),
        payment.bank_reference.as_str(),
        payment.receipt_url,
        payment.event.word(),
        payment.used_for.as_ref().map(ApplicationNumber::as_str),
        payment.notified_at.unix_microseconds(),
    ];
    execute(tx, sql, values)?;
    Ok(())
}

pub(crate) fn find(connection: &Connection, code: PaymentCode) -> Result<Option<Payment>, StoreError> {
    one(connection, "SELECT * FROM payment WHERE payment_code = ?1", [code_column(code)], payment)
}

/// What a party paid or was paid for, the latest first.
pub(crate) fn of_party(connection: &Connection, party: PartyNumber) -> Result<Vec<Payment>, StoreError> {
    let sql = "SELECT * FROM payment WHERE recipient_number = ?1 OR payer_number = ?1
               ORDER BY paid_at DESC LIMIT ?2";
    all(connection, sql, params![party.to_string(), LISTED], payment)
}

/// Records what a payment was used for; `None` makes it free again.
pub(crate) fn use_for(
    tx: &Connection,
    code: PaymentCode,
    application: Option<&ApplicationNumber>,
) -> Result<(), StoreError> {
    let sql = "UPDATE payment SET used_for = ?2 WHERE payment_code = ?1";
    execute(tx, sql, params![code_column(code), application.map(ApplicationNumber::as_str)])?;
    Ok(())
}
