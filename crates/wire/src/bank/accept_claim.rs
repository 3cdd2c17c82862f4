//! AcceptClaim: the gateway operator's claim to a bank for reimbursement (cl. 23–24).

use terms::{ApplicationNumber, BankingDay, Bin, Tiyn};

use crate::common::{ClaimAnswer, ClaimItem, Count, Digest, DisputedItem, ItemDispute, MovementKind, Reason};
use crate::example;
use crate::framework::{Kind, exchange, sample};

/// The most items a claim lists. A longer one lists none and rests on the register that it names by its digest.
pub const LONGEST_CLAIM: usize = 1000;

exchange! {
    // A claim that was formed waits in an outbox until its bank can be reached, however long that takes.
    in BANK, kind |_| Kind::Fact;

    /// Makes a claim. The same number with the same content is answered as before; with another content it is refused.
    request AcceptClaim {
        /// The number of the claim.
        required claim: ApplicationNumber as "claim" = sample("C-20261122-01"),
        /// The bank it is made to.
        required bank: Bin as "bank" = sample("500140000017"),
        /// The last banking day whose payments are claimed; of earlier ones those that no claim has taken yet.
        required day: BankingDay as "day" = sample("2026-11-22"),
        /// How many payments.
        required count: Count as "count" = sample("1"),
        /// What they come to.
        required total: Tiyn as "total" = example::price(),
        /// How many payments the bank has given back since: reversals and refunds.
        required returned_count: Count as "returnedCount" = sample("0"),
        /// What they come to.
        required returned_total: Tiyn as "returnedTotal" = Tiyn::ZERO,
        /// The operator's fee under the contract.
        required fee: Tiyn as "fee" = sample("8.63"),
        /// What is to be paid: payments less returns, and the fee.
        required due: Tiyn as "due" = sample("1733.63"),
        /// SHA-256 of the register the claim rests on.
        optional register: Digest as "register" =
            Some(sample("5e0c1f4b77a94d28b6c05d9e1a42f8077c61e9b3d2584fa0916ce83d7b25f41a")),
        /// Each payment and each return; none where there are more than can be listed.
        list(LONGEST_CLAIM) items: ClaimItem as "item" = vec![ClaimItem {
            payment_code: example::code(),
            bank_reference: sample("DEMO-20261122-000417"),
            amount: example::price(),
            kind: MovementKind::Payment,
        }],
    }

    /// What the bank says to it.
    response AcceptClaimResponse {
        /// What it says.
        required answer: ClaimAnswer as "answer" = ClaimAnswer::Disputed,
        /// What it will pay, with the fee; nothing where it disputes the whole.
        required accepted: Tiyn as "accepted" = Tiyn::ZERO,
        /// The fee in it.
        required accepted_fee: Tiyn as "acceptedFee" = Tiyn::ZERO,
        /// In what it disagrees.
        optional reason: Reason as "reason" = Some(sample("no item of the claim agrees with the bank's books")),
        /// Each item it disagrees with.
        list(LONGEST_CLAIM) disputed: DisputedItem as "disputed" = vec![DisputedItem {
            bank_reference: sample("DEMO-20261122-000417"),
            kind: MovementKind::Payment,
            why: ItemDispute::OtherAmount,
            own_amount: Some(Tiyn::tenge(1720)),
        }],
    }
}
