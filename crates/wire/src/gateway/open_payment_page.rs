//! OpenPaymentPage: the portal has the gateway open a page for a card or an account (T1.12–13, T2.6–8).

use terms::{ApplicationNumber, Language, Moment, Party, PaymentCode, ServiceCode, Tiyn};

use crate::common::{PageChannel, Url};
use crate::example;
use crate::framework::{Kind, exchange, sample};

exchange! {
    in GATEWAY, kind |_| Kind::Question;

    /// Asks for a payment page. The parameters go from server to server; the browser carries only the
    /// one-time address.
    request OpenPaymentPage {
        /// A card or an account.
        required channel: PageChannel as "channel" = PageChannel::Card,
        /// The code to pay under; for a card only, an account has none before it is debited.
        optional payment_code: PaymentCode as "paymentCode" = Some(example::code()),
        /// What is paid for.
        required service: ServiceCode as "service" = sample("P1.04"),
        /// Who receives the service.
        required recipient: Party as "recipient" = example::recipient(),
        /// Who pays.
        required payer: Party as "payer" = example::payer(),
        /// What the payer was shown.
        required amount: Tiyn as "amount" = example::price(),
        /// The order.
        required application: ApplicationNumber as "application" = sample("2026-000417"),
        /// In which language the page opens.
        required language: Language as "language" = Language::Kk,
    }

    /// The address to which the browser is sent.
    response OpenPaymentPageResponse {
        /// The address; opens once.
        required url: Url as "url" = example::url("/card/5f1d9c0a7be24c63a1f08e42d7b95c16"),
        /// Until when it opens.
        required expires_at: Moment as "expiresAt" = example::moment().plus_seconds(900),
    }
}
