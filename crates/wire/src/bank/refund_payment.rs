//! RefundPayment: two officers of the gateway give money back (cl. 24). The message is ours.

use terms::{BankReference, Moment, PaymentCode, Tiyn};

use crate::common::{Reason, RefundOutcome};
use crate::example;
use crate::framework::{Kind, exchange, sample};

exchange! {
    in BANK, kind |_| Kind::Question;

    /// Asks to give the money of a payment back.
    request RefundPayment {
        /// The payment code.
        required payment_code: PaymentCode as "paymentCode" = example::code(),
        /// The operation to give back.
        required bank_reference: BankReference as "bankReference" = sample("DEMO-20261122-000417"),
        /// How much.
        required amount: Tiyn as "amount" = example::price(),
        /// Why.
        required reason: Reason as "reason" = sample("the amount differs from the order"),
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
