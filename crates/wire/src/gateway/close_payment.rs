//! ClosePayment: the payment is spent (T6.post, T7.14–15).
//!
//! After a delivery it is a fact and carries the application; at a desk it is a question and carries
//! ticket and operator. Which fields must be there for which basis, the gateway checks.

use terms::{ApplicationNumber, Moment, PaymentCode, TicketId};

use crate::common::{Basis, Operator, PaymentState};
use crate::example;
use crate::framework::{Kind, exchange, sample};

exchange! {
    in GATEWAY, kind |request| match request.basis {
        Basis::Delivered => Kind::Fact,
        Basis::Desk => Kind::Question,
    };

    /// Says that the service was delivered, or asks to close at the desk.
    request ClosePayment {
        /// The payment code.
        required payment_code: PaymentCode as "paymentCode" = example::code(),
        /// On what ground.
        required basis: Basis as "basis" = Basis::Desk,
        /// After a delivery: the order.
        optional application: ApplicationNumber as "application" = None,
        /// At a desk: the permission given by the inquiry.
        optional ticket: TicketId as "ticket" = Some(sample("0194f7a3-11d0-7c44-9b02-6f1a5e8c2d30")),
        /// At a desk: who closes.
        optional operator: Operator as "operator" = Some(example::operator()),
    }

    /// The payment is spent.
    response ClosePaymentResponse {
        /// The payment code.
        required payment_code: PaymentCode as "paymentCode" = example::code(),
        /// Where the code stands now.
        required state: PaymentState as "state" = PaymentState::Closed,
        /// When.
        required closed_at: Moment as "closedAt" = example::moment(),
    }
}
