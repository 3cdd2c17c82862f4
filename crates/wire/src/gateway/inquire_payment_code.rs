//! InquirePaymentCode: a service centre has a code checked (T7.5–11).

use terms::{Channel, Moment, Party, PaymentCode, ServiceCode, TicketId, Tiyn};

use crate::common::Operator;
use crate::example;
use crate::framework::{Kind, exchange, sample};

exchange! {
    in GATEWAY, kind |_| Kind::Question;

    /// Asks, for an operator at a desk, whether this service is prepaid under this code.
    request InquirePaymentCode {
        /// The payment code.
        required payment_code: PaymentCode as "paymentCode" = example::code(),
        /// Which service the person asked for.
        required service: ServiceCode as "service" = sample("P1.04"),
        /// Who asks.
        required operator: Operator as "operator" = example::operator(),
    }

    /// It is prepaid. The ticket permits this operator to close it once.
    response InquirePaymentCodeResponse {
        /// The permission to close.
        required ticket: TicketId as "ticket" = sample("0194f7a3-11d0-7c44-9b02-6f1a5e8c2d30"),
        /// Until when.
        required ticket_valid_until: Moment as "ticketValidUntil" = example::moment().plus_seconds(600),
        /// Who must stand at the desk.
        required recipient: Party as "recipient" = example::recipient(),
        /// What is paid for.
        required service: ServiceCode as "service" = sample("P1.04"),
        /// How much was paid.
        required amount: Tiyn as "amount" = example::price(),
        /// When.
        required paid_at: Moment as "paidAt" = example::moment(),
        /// How.
        required channel: Channel as "channel" = Channel::Kiosk,
    }
}
