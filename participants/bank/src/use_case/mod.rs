//! What the bank does, one file for each thing. Each reads, decides in `core`, keeps, and puts what others
//! must learn into the outbox of the same transaction.

pub mod accept_claim;
pub mod accept_register;
mod authorise_at_atm;
pub mod authorise_card;
pub mod debit_account;
pub mod get_bank_register;
pub mod get_statement;
pub mod inquire_attempt;
pub mod pay_cash;
pub mod pay_from_account;
pub mod pay_provider;
pub mod recognise_client;
pub mod refund_payment;
pub mod reimburse;
pub mod resume;
pub mod reverse_card;
pub mod settle;
pub mod take;

use participant::Fault;
use wire::common::{Count, ErrorCode};
use wire::fault::FaultCode;

use crate::core::Refusal;

/// A refusal's code, as messages have it.
fn error_code(why: Refusal) -> ErrorCode {
    why.word().parse().expect("our codes are short words")
}

/// Which page is asked for; the first is 1.
fn page_number(operation: &str, page: Count) -> Result<u32, Fault> {
    match page.as_u32() {
        0 => Err(Fault::new(FaultCode::FieldWrong).at(&format!("/Body/{operation}/page"))),
        page => Ok(page),
    }
}
