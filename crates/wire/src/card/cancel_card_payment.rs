//! CancelCardPayment: the payer left the page without paying.
//!
//! Between the card page's process and the gateway only; card data never enters it.

use terms::{BrowserDigest, OneTimeToken};

use crate::common::{CardPageState, Url};
use crate::example;
use crate::framework::{Kind, exchange, sample};

exchange! {
    in CARD, kind |_| Kind::Question;

    /// Asks to close the page without a payment.
    request CancelCardPayment {
        /// The secret of the page.
        required token: OneTimeToken as "token" = sample("5f1d9c0a7be24c63a1f08e42d7b95c16"),
        /// The browser that asks; refused where the page is not its own.
        required browser: BrowserDigest as "browser" = example::browser(),
    }

    /// Where the page stands now.
    response CancelCardPaymentResponse {
        /// Where it stands.
        required state: CardPageState as "state" = CardPageState::Cancelled,
        /// Where the payer goes.
        required return_url: Url as "returnUrl" = sample("https://portal.example/orders/2026-000417"),
    }
}
