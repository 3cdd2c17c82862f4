//! CancelPaymentCode: the bank declined, so nobody will pay under this code.
//!
//! Ours: the instruction names no message for it.

use terms::PaymentCode;

use crate::common::{PaymentState, Reason};
use crate::example;
use crate::framework::{Kind, exchange, sample};

exchange! {
    in GATEWAY, kind |_| Kind::Fact;

    /// Says that the bank declined and took no money.
    request CancelPaymentCode {
        /// The payment code.
        required payment_code: PaymentCode as "paymentCode" = example::code(),
        /// Why the bank declined.
        required reason: Reason as "reason" = sample("insufficient funds"),
    }

    /// Where the code stands now.
    response CancelPaymentCodeResponse {
        /// The payment code.
        required payment_code: PaymentCode as "paymentCode" = example::code(),
        /// Where the code stands now.
        required state: PaymentState as "state" = PaymentState::Void,
    }
}
