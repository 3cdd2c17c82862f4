//! ConcludeCardPayment: what the bank's processing answered, or that it did not (T1.20–21).
//!
//! Between the card page's process and the gateway only; card data never enters it.

use terms::{AttemptId, BankReference, Moment};

use crate::common::{CardPageState, CardVerdict};
use crate::example;
use crate::framework::{Kind, exchange, sample};
use crate::iso8583::ResponseCode;

exchange! {
    in CARD, kind |_| Kind::Fact;

    /// Says what became of an attempt.
    request ConcludeCardPayment {
        /// The attempt.
        required attempt: AttemptId as "attempt" = sample("A-0194f7a2-000001"),
        /// What the bank said.
        required outcome: CardVerdict as "outcome" = CardVerdict::Approved,
        /// The two characters of DE 39.
        optional response_code: ResponseCode as "responseCode" = Some(ResponseCode::APPROVED),
        /// The bank's own id of the operation.
        optional bank_reference: BankReference as "bankReference" = Some(sample("DEMO-20261122-000417")),
        /// When the answer came, or was given up.
        required at: Moment as "at" = example::moment(),
    }

    /// Where the page stands now.
    response ConcludeCardPaymentResponse {
        /// Where it stands.
        required state: CardPageState as "state" = CardPageState::Paid,
    }
}
