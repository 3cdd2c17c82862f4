//! AcceptClaim: the gateway operator's claim to a bank for reimbursement (cl. 23).

use terms::{ApplicationNumber, BankingDay, Tiyn};

use crate::common::{ClaimAnswer, Count, Reason};
use crate::example;
use crate::framework::{Kind, exchange, sample};

exchange! {
    in BANK, kind |_| Kind::Question;

    /// Makes a claim.
    request AcceptClaim {
        /// The number of the claim.
        required claim: ApplicationNumber as "claim" = sample("C-20261122-01"),
        /// The day whose payments are claimed.
        required day: BankingDay as "day" = sample("2026-11-22"),
        /// How many payments.
        required count: Count as "count" = sample("1"),
        /// What they come to.
        required total: Tiyn as "total" = example::price(),
    }

    /// What the bank says to it.
    response AcceptClaimResponse {
        /// What it says.
        required answer: ClaimAnswer as "answer" = ClaimAnswer::Accepted,
        /// In what it disagrees.
        optional reason: Reason as "reason" = None,
    }
}
