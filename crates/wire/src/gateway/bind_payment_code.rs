//! BindPaymentCode: the portal has a prepayment checked and tied to one order (T6.9–13).

use terms::{ApplicationNumber, Moment, Party, PartyNumber, PaymentCode, ServiceCode, Tiyn};

use crate::example;
use crate::framework::{Kind, exchange, sample};

exchange! {
    in GATEWAY, kind |_| Kind::Question;

    /// Asks to tie a prepayment to one order of one service.
    request BindPaymentCode {
        /// The order.
        required application: ApplicationNumber as "application" = sample("2026-000417"),
        /// Who ordered: the recipient paid for.
        required recipient: PartyNumber as "recipient" = sample("850612200017"),
        /// What was ordered.
        required service: ServiceCode as "service" = sample("P1.04"),
        /// The payment code.
        required payment_code: PaymentCode as "paymentCode" = example::code(),
    }

    /// The prepayment is recorded under this order.
    response BindPaymentCodeResponse {
        /// The order.
        required application: ApplicationNumber as "application" = sample("2026-000417"),
        /// The payment code.
        required payment_code: PaymentCode as "paymentCode" = example::code(),
        /// Who paid; the order carries this number on (T6.15).
        required payer: Party as "payer" = example::payer(),
        /// Who receives the service.
        required recipient: Party as "recipient" = example::recipient(),
        /// What was paid.
        required amount: Tiyn as "amount" = example::price(),
        /// When the bank took it.
        required paid_at: Moment as "paidAt" = example::moment(),
        /// When it was tied to the order.
        required bound_at: Moment as "boundAt" = example::later(),
    }
}
