//! InquireAttempt: what became of a debit whose answer was lost.
//!
//! Ours: not knowing is resolved by asking again.

use terms::{AttemptId, BankReference, Moment, Tiyn, Trilingual};

use crate::common::{DebitState, ErrorCode};

use crate::example;
use crate::framework::{Kind, exchange, sample};

exchange! {
    in BANK, kind |_| Kind::Question;

    /// Asks what the bank knows about an attempt.
    request InquireAttempt {
        /// The attempt.
        required attempt: AttemptId as "attempt" = sample("A-0194f7a2-000001"),
    }

    /// What it knows.
    response InquireAttemptResponse {
        /// The attempt.
        required attempt: AttemptId as "attempt" = sample("A-0194f7a2-000001"),
        /// What the bank knows.
        required state: DebitState as "state" = DebitState::Debited,
        /// The bank's own id of the operation, once debited.
        optional bank_reference: BankReference as "bankReference" = Some(sample("DEMO-20261122-000417")),
        /// When the money was taken.
        optional paid_at: Moment as "paidAt" = Some(example::moment()),
        /// What the bank took on top.
        optional commission: Tiyn as "commission" = Some(Tiyn::ZERO),
        /// The bank's code of the error (T2.14).
        optional error_code: ErrorCode as "errorCode" = None,
        /// Its description (T2.14).
        optional error_text: Trilingual as "errorText" = None,
    }
}
