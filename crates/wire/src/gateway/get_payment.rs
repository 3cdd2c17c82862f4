//! GetPayment: a participant looks up a payment it took part in (cl. 10).

use terms::PaymentCode;

use crate::common::{PaymentState, PaymentView};
use crate::example;
use crate::framework::{Kind, exchange, sample};

exchange! {
    in GATEWAY, kind |_| Kind::Question;

    /// Asks for a payment.
    request GetPayment {
        /// The payment code.
        required payment_code: PaymentCode as "paymentCode" = example::code(),
    }

    /// The payment.
    response GetPaymentResponse {
        /// The payment.
        required payment: PaymentView as "payment" = PaymentView {
            payment_code: example::code(),
            state: PaymentState::Paid,
            service: sample("P1.04"),
            provider: example::provider(),
            amount: example::price(),
            recipient: example::recipient(),
            channel: terms::Channel::InternetBank,
            issued_at: example::moment(),
            valid_until: example::later(),
            requisites: Some(example::requisites()),
            transaction_number: Some(sample("T-20261122-000001")),
            bank: Some(example::bank()),
            received_at: Some(example::moment()),
            application: None,
            closed_at: None,
        },
    }
}
