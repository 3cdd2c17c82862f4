//! PayProvider: the gateway operator has its bank pay a provider (cl. 24). The message is ours.

use terms::{ApplicationNumber, BankReference, Kod, Moment, ShortText, Tiyn};

use crate::common::{Beneficiary, PayoutOutcome, Reason};
use crate::example;
use crate::framework::{Kind, exchange, sample};

exchange! {
    // A payout that was ordered waits in an outbox until its bank can be reached, however long that takes.
    in BANK, kind |_| Kind::Fact;

    /// Orders a payout from the operator's account. One number is one payout, however often it is ordered; with another
    /// content it is refused. A payout that was refused may be ordered again: it is decided anew.
    request PayProvider {
        /// The number of the payout.
        required payout: ApplicationNumber as "payout" = sample("P-20261123-01"),
        /// How much.
        required amount: Tiyn as "amount" = example::price(),
        /// The provider's name.
        required beneficiary_name: ShortText as "beneficiaryName" = sample("Әділет министрлігі"),
        /// Where the money goes.
        required beneficiary: Beneficiary as "beneficiary" = example::beneficiary(),
        /// The operator's residence and sector (КОд).
        required kod: Kod as "kod" = sample("17"),
    }

    /// What the bank did.
    response PayProviderResponse {
        /// The number of the payout.
        required payout: ApplicationNumber as "payout" = sample("P-20261123-01"),
        /// What it did.
        required outcome: PayoutOutcome as "outcome" = PayoutOutcome::Executed,
        /// The bank's own id of the payout, as its statement has it.
        optional bank_reference: BankReference as "bankReference" = Some(sample("DEMO-20261123-P000001")),
        /// When the money left the account.
        optional executed_at: Moment as "executedAt" = Some(example::later()),
        /// Why not.
        optional reason: Reason as "reason" = None,
    }
}
