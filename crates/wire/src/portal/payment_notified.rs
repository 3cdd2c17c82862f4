//! PaymentNotified: the gateway tells the portal what happened to a payment (cl. 10, 12(1)).
//!
//! The signed answer is the portal's signature that table 3, step 17 has stored with the payment.

use terms::{
    ApplicationNumber, BankReference, Channel, Moment, Party, PaymentCode, ServiceCode, Tiyn,
    TransactionNumber,
};

use crate::common::{PaymentEvent, Url};
use crate::example;
use crate::framework::{Kind, exchange, sample};

exchange! {
    in PORTAL, kind |_| Kind::Fact;

    /// Says what happened to a payment.
    request PaymentNotified {
        /// What happened.
        required event: PaymentEvent as "event" = PaymentEvent::Paid,
        /// The payment code.
        required payment_code: PaymentCode as "paymentCode" = example::code(),
        /// The order, where there is one.
        optional application: ApplicationNumber as "application" = Some(sample("2026-000417")),
        /// What was paid for.
        required service: ServiceCode as "service" = sample("P1.04"),
        /// Who receives the service.
        required recipient: Party as "recipient" = example::recipient(),
        /// Who paid.
        required payer: Party as "payer" = example::payer(),
        /// How much.
        required amount: Tiyn as "amount" = example::price(),
        /// When.
        required paid_at: Moment as "paidAt" = example::moment(),
        /// How.
        required channel: Channel as "channel" = Channel::Card,
        /// The number on the receipt.
        required transaction_number: TransactionNumber as "transactionNumber" = sample("T-20261122-000001"),
        /// The bank's own id of the operation.
        required bank_reference: BankReference as "bankReference" = sample("DEMO-20261122-000417"),
        /// Where the receipt is.
        required receipt_url: Url as "receiptUrl" = example::url("/v/5f1d9c0a7be24c63a1f08e42d7b95c16"),
    }

    /// The portal has kept it.
    response PaymentNotifiedResponse {
        /// When it was kept.
        required acknowledged_at: Moment as "acknowledgedAt" = example::moment(),
    }
}
