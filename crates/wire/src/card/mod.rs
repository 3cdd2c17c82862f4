//! The gateway's inner service for its own card page, which is a process of its own.
//!
//! Card number and CVC2 never stand in any of these messages: they go to the bank by ISO 8583 only.

mod begin_card_payment;
mod cancel_card_payment;
mod conclude_card_payment;
mod look_up_card_payment;

pub use begin_card_payment::{BeginCardPayment, BeginCardPaymentResponse};
pub use cancel_card_payment::{CancelCardPayment, CancelCardPaymentResponse};
pub use conclude_card_payment::{ConcludeCardPayment, ConcludeCardPaymentResponse};
pub use look_up_card_payment::{LookUpCardPayment, LookUpCardPaymentResponse};

use crate::framework::{CARD, Operation, ServiceDescription};

/// This service, as data.
pub(crate) static SERVICE: ServiceDescription = ServiceDescription {
    name: "CardPage",
    doc: "Inner service between the gateway and its card page.",
    namespace: &CARD,
    operations: &[
        Operation::of::<LookUpCardPayment>(),
        Operation::of::<BeginCardPayment>(),
        Operation::of::<ConcludeCardPayment>(),
        Operation::of::<CancelCardPayment>(),
    ],
};
