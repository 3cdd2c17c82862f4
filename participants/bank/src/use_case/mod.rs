//! What the bank does, one file for each thing. Each reads, decides in `core`, keeps, and puts what others
//! must learn into the outbox of the same transaction.

pub mod accept_claim;
pub mod accept_register;
mod authorise_at_atm;
pub mod authorise_card;
pub mod debit_account;
pub mod inquire_attempt;
pub mod pay_cash;
pub mod pay_from_account;
pub mod recognise_client;
pub mod refund_payment;
pub mod resume;
pub mod reverse_card;
pub mod settle;
pub mod take;

use wire::common::ErrorCode;

use crate::core::Refusal;

/// A refusal's code, as messages have it.
fn error_code(why: Refusal) -> ErrorCode {
    why.word().parse().expect("our codes are short words")
}
