//! A bank's service: what the gateway asks of it. Card authorisation is in [`crate::iso8583`].

mod accept_claim;
mod accept_register;
mod debit_account;
mod get_bank_register;
mod get_statement;
mod inquire_attempt;
mod pay_provider;
mod refund_payment;

pub use accept_claim::{AcceptClaim, AcceptClaimResponse, LONGEST_CLAIM};
pub use accept_register::{AcceptRegister, AcceptRegisterResponse};
pub use debit_account::{DebitAccount, DebitAccountResponse};
pub use get_bank_register::{GetBankRegister, GetBankRegisterResponse, LONGEST_REGISTER_PAGE};
pub use get_statement::{GetStatement, GetStatementResponse};
pub use inquire_attempt::{InquireAttempt, InquireAttemptResponse};
pub use pay_provider::{PayProvider, PayProviderResponse};
pub use refund_payment::{RefundPayment, RefundPaymentResponse};

use crate::framework::{BANK, Operation, ServiceDescription};

/// This service, as data.
pub(crate) static SERVICE: ServiceDescription = ServiceDescription {
    name: "Bank",
    doc: "Debits, refunds, registers, claims, payouts and statements.",
    namespace: &BANK,
    operations: &[
        Operation::of::<DebitAccount>(),
        Operation::of::<InquireAttempt>(),
        Operation::of::<RefundPayment>(),
        Operation::of::<AcceptRegister>(),
        Operation::of::<AcceptClaim>(),
        Operation::of::<PayProvider>(),
        Operation::of::<GetStatement>(),
        Operation::of::<GetBankRegister>(),
    ],
};
