//! RequestPaymentCode: a bank or the portal asks for a payment code for one service.
//!
//! Source: T1.8–10, T3.9–11, T4.7–9, T5.14–16.

use terms::{ApplicationNumber, Bin, Channel, Moment, Party, PaymentCode, ServiceCode, Tiyn};

use crate::common::Beneficiary;
use crate::example;
use crate::framework::{Kind, exchange, sample};

exchange! {
    in GATEWAY, kind |_| Kind::Question;

    /// Asks for a payment code for one service.
    request RequestPaymentCode {
        /// What is to be paid for.
        required service: ServiceCode as "service" = sample("P1.04"),
        /// What the payer was shown; where given it must equal the price.
        optional amount: Tiyn as "amount" = Some(example::price()),
        /// How it will be paid.
        required channel: Channel as "channel" = Channel::InternetBank,
        /// Who receives the service.
        required recipient: Party as "recipient" = example::recipient(),
        /// Who pays; not known yet at a kiosk.
        optional payer: Party as "payer" = Some(example::payer()),
        /// The order, where it exists before the payment.
        optional application: ApplicationNumber as "application" = None,
    }

    /// The code, and where the money of this service goes.
    response RequestPaymentCodeResponse {
        /// The payment code.
        required payment_code: PaymentCode as "paymentCode" = example::code(),
        /// What it pays for.
        required service: ServiceCode as "service" = sample("P1.04"),
        /// The state body that renders it.
        required provider: Bin as "provider" = example::provider(),
        /// Exactly what is to be paid.
        required amount: Tiyn as "amount" = example::price(),
        /// Until when it can be paid.
        required valid_until: Moment as "validUntil" = example::later(),
        /// Where the money goes.
        required beneficiary: Beneficiary as "beneficiary" = example::beneficiary(),
    }
}
