//! DebitAccount: the gateway has a bank debit an account (T2.12–16; cl. 23).

use terms::{AttemptId, BankReference, Bin, Iban, Moment, Party, ServiceCode, Tiyn, Trilingual};

use crate::common::{Beneficiary, DebitOutcome, ErrorCode};

use crate::example;
use crate::framework::{Kind, exchange, sample};

exchange! {
    in BANK, kind |_| Kind::Question;

    /// Asks to debit exactly this amount. The same attempt asked again is never a second debit.
    request DebitAccount {
        /// The attempt.
        required attempt: AttemptId as "attempt" = sample("A-0194f7a2-000001"),
        /// The payer's account.
        required account: Iban as "account" = sample("KZ600010000000000001"),
        /// Who pays.
        required payer: Party as "payer" = example::payer(),
        /// Who receives the service.
        required recipient: Party as "recipient" = example::recipient(),
        /// What is paid for.
        required service: ServiceCode as "service" = sample("P1.04"),
        /// The state body that renders it.
        required provider: Bin as "provider" = example::provider(),
        /// How much.
        required amount: Tiyn as "amount" = example::price(),
        /// Where the money goes.
        required beneficiary: Beneficiary as "beneficiary" = example::beneficiary(),
    }

    /// Debited, or refused with a code and a description.
    response DebitAccountResponse {
        /// The attempt.
        required attempt: AttemptId as "attempt" = sample("A-0194f7a2-000001"),
        /// What the bank did.
        required outcome: DebitOutcome as "outcome" = DebitOutcome::Debited,
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
