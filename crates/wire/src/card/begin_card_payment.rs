//! BeginCardPayment: the payer has confirmed; the attempt is recorded before the bank is asked (T1.17–18).
//!
//! Between the card page's process and the gateway only; card data never enters it.

use terms::{AttemptId, Bin, BrowserDigest, OneTimeToken, Party, PaymentCode, ServiceCode, Tiyn};

use crate::common::Beneficiary;
use crate::example;
use crate::framework::{Kind, exchange, sample};

exchange! {
    in CARD, kind |_| Kind::Question;

    /// Asks to record an attempt at this bank.
    request BeginCardPayment {
        /// The secret of the page.
        required token: OneTimeToken as "token" = sample("5f1d9c0a7be24c63a1f08e42d7b95c16"),
        /// The browser that asks; refused where the page is not its own.
        required browser: BrowserDigest as "browser" = example::browser(),
        /// The bank whose processing will be asked.
        required bank: Bin as "bank" = example::bank(),
    }

    /// The attempt, and what the bank must be told.
    response BeginCardPaymentResponse {
        /// The attempt.
        required attempt: AttemptId as "attempt" = sample("A-0194f7a2-000001"),
        /// The payment code.
        required payment_code: PaymentCode as "paymentCode" = example::code(),
        /// What is to be charged.
        required amount: Tiyn as "amount" = example::price(),
        /// Who pays.
        required payer: Party as "payer" = example::payer(),
        /// Who receives the service.
        required recipient: Party as "recipient" = example::recipient(),
        /// What is paid for.
        required service: ServiceCode as "service" = sample("P1.04"),
        /// The state body that renders it.
        required provider: Bin as "provider" = example::provider(),
        /// Where the money goes.
        required beneficiary: Beneficiary as "beneficiary" = example::beneficiary(),
    }
}
