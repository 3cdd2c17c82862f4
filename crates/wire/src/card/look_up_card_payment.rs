//! LookUpCardPayment: what a card page has to show, and to which browser (T1.14).
//!
//! Between the card page's process and the gateway only; card data never enters it.

use terms::{
    AttemptId, BrowserDigest, Language, OneTimeToken, PaymentCode, ServiceCode, ShortText, Tiyn, Trilingual,
};

use crate::common::{CardPageState, Url};
use crate::example;
use crate::framework::{Kind, exchange, sample};

exchange! {
    in CARD, kind |_| Kind::Question;

    /// Asks what the page with this token is for.
    request LookUpCardPayment {
        /// The secret of the page.
        required token: OneTimeToken as "token" = sample("5f1d9c0a7be24c63a1f08e42d7b95c16"),
        /// The browser that asks; the first one that looks gets the page, every other is refused.
        required browser: BrowserDigest as "browser" = example::browser(),
    }

    /// What to show.
    response LookUpCardPaymentResponse {
        /// What is to be paid.
        required amount: Tiyn as "amount" = example::price(),
        /// For what, in words.
        required service_name: Trilingual as "serviceName" = example::service_name(),
        /// For what, by its code.
        required service: ServiceCode as "service" = sample("P1.04"),
        /// For whom, recognisable but not whole.
        required recipient_masked: ShortText as "recipientMasked" = sample("850612******0017 Ә. А."),
        /// Where the page stands.
        required state: CardPageState as "state" = CardPageState::Open,
        /// In which language it opens.
        required language: Language as "language" = Language::Kk,
        /// Where the payer goes afterwards.
        required return_url: Url as "returnUrl" = sample("https://portal.example/orders/2026-000417"),
        /// The code, from the payment on for as long as the page shows it.
        optional payment_code: PaymentCode as "paymentCode" = None,
        /// The attempt, once there is one.
        optional attempt: AttemptId as "attempt" = None,
    }
}
