//! A bank's service: what the gateway asks of it. Card authorisation is in [`crate::iso8583`].

mod accept_claim;
mod accept_register;
mod debit_account;
mod inquire_attempt;
mod refund_payment;

pub use accept_claim::{AcceptClaim, AcceptClaimResponse};
pub use accept_register::{AcceptRegister, AcceptRegisterResponse};
pub use debit_account::{DebitAccount, DebitAccountResponse};
pub use inquire_attempt::{InquireAttempt, InquireAttemptResponse};
pub use refund_payment::{RefundPayment, RefundPaymentResponse};

use crate::framework::{BANK, Operation, ServiceDescription};

/// This service, as data.
pub(crate) static SERVICE: ServiceDescription = ServiceDescription {
    name: "Bank",
    doc: "Debits, refunds, registers and claims.",
    namespace: &BANK,
    operations: &[
        Operation::of::<DebitAccount>(),
        Operation::of::<InquireAttempt>(),
        Operation::of::<RefundPayment>(),
        Operation::of::<AcceptRegister>(),
        Operation::of::<AcceptClaim>(),
    ],
};
