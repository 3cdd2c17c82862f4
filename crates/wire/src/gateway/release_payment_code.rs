//! ReleasePaymentCode: the service could not be rendered, the payment becomes free again (T1.post).
//!
//! The message is ours.

use terms::{ApplicationNumber, PaymentCode};

use crate::common::{PaymentState, Reason};
use crate::example;
use crate::framework::{Kind, exchange, sample};

exchange! {
    in GATEWAY, kind |_| Kind::Fact;

    /// Says that the service could not be rendered under this order.
    request ReleasePaymentCode {
        /// The payment code.
        required payment_code: PaymentCode as "paymentCode" = example::code(),
        /// The order that was not fulfilled.
        required application: ApplicationNumber as "application" = sample("2026-000417"),
        /// Why not.
        required reason: Reason as "reason" = sample("the agency system is down"),
    }

    /// Where the code stands now.
    response ReleasePaymentCodeResponse {
        /// The payment code.
        required payment_code: PaymentCode as "paymentCode" = example::code(),
        /// Where the code stands now.
        required state: PaymentState as "state" = PaymentState::Paid,
    }
}
