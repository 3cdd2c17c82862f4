//! ReversePayment: the bank takes a payment back before it is used (storno).
//!
//! Ours: the instruction names no message for it.

use terms::{BankReference, Moment, PaymentCode, Tiyn};

use crate::common::{PaymentState, Reason, ReversalOutcome};
use crate::example;
use crate::framework::{Kind, exchange, sample};

exchange! {
    in GATEWAY, kind |_| Kind::Fact;

    /// Says that the bank took a payment back.
    request ReversePayment {
        /// The payment code.
        required payment_code: PaymentCode as "paymentCode" = example::code(),
        /// The operation taken back.
        required bank_reference: BankReference as "bankReference" = sample("DEMO-20261122-000417"),
        /// How much.
        required amount: Tiyn as "amount" = example::price(),
        /// When.
        required reversed_at: Moment as "reversedAt" = example::moment(),
        /// Why.
        required reason: Reason as "reason" = sample("the client cancelled"),
    }

    /// What became of the reversal.
    response ReversePaymentResponse {
        /// The payment code.
        required payment_code: PaymentCode as "paymentCode" = example::code(),
        /// What became of it.
        required outcome: ReversalOutcome as "outcome" = ReversalOutcome::Reversed,
        /// Where the code stands now.
        required state: PaymentState as "state" = PaymentState::Reversed,
    }
}
