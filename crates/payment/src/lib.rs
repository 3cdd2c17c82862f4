//! The life of a payment code, the life of an attempt at a bank, and what a receipt says.
//!
//! Pure: no clock, store, network or randomness; the caller brings the time and keeps the result.
//! Signatures are settled in `envelope` and rights in `rights` before anything arrives here.
//! Source: Instruction № 491, cl. 2(11), 4–7, annex tables 1–7; what is ours is said to be ours.

mod attempt;
mod life;
mod receipt;
pub mod table;

pub use attempt::{
    Attempt, AttemptChange, AttemptKind, AttemptState, OPEN_ITEM_AFTER_SECONDS, Outcome,
    REPEATS_AFTER_SECONDS,
};
pub use life::{
    Change, Closing, Difference, Disputed, Effect, Event, Life, Notice, Operator, Order,
    PAID_AT_TOLERANCE_SECONDS, Paid, Payment, Refusal, Reversal, Settlement, TICKET_SECONDS, Ticket,
    UNPAID_SECONDS,
};
pub use receipt::Receipt;
