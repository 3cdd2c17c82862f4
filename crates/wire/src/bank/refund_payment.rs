//! RefundPayment: two officers of the gateway give money back (cl. 24). The message is ours.

use terms::{BankReference, Moment, PaymentCode, Tiyn};

use crate::common::{Reason, RefundOutcome};
use crate::example;
use crate::framework::{Kind, exchange, sample};

exchange! {
    // A refund that two officers granted waits in an outbox until its bank can be reached, however long that takes.
    in BANK, kind |_| Kind::Fact;

    /// Has the money of a payment given back by undoing the operation that took it. It names no place to pay to: there is
    /// none but the one that the money came from. Asked again, whatever the number of the message, it is given back once.
    request RefundPayment {
        /// The payment code.
        required payment_code: PaymentCode as "paymentCode" = example::code(),
        /// The operation to give back.
        required bank_reference: BankReference as "bankReference" = sample("DEMO-20261122-000417"),
        /// How much.
        required amount: Tiyn as "amount" = example::price(),
        /// Why.
        required reason: Reason as "reason" = sample("dispute, proposal 01936f5d-7c00-7a3b-9e4d-5f60718293a4"),
    }

    /// What the bank did.
    response RefundPaymentResponse {
        /// What it did.
        required outcome: RefundOutcome as "outcome" = RefundOutcome::Refunded,
        /// The bank's own id of the refund.
        optional bank_reference: BankReference as "bankReference" = Some(sample("DEMO-20261122-000418")),
        /// When.
        optional refunded_at: Moment as "refundedAt" = Some(example::moment()),
        /// Why not.
        optional reason: Reason as "reason" = None,
    }
}
