//! From a refusal of the life of a payment to the fault a peer is told.

use participant::Fault;
use payment::{Life, Payment, Refusal};
use wire::fault::FaultCode;

/// For how long a failed guess counts (A11).
pub(crate) const GUESSES_COUNT_SECONDS: i64 = 3600;

/// The catalogued fault of a refusal by this payment, with what its text names.
pub(crate) fn of(refusal: Refusal, payment: &Payment) -> Fault {
    let fault = Fault::new(code(refusal));
    match (refusal, &payment.life) {
        (Refusal::NotConfirmed, _) => fault.until(payment.order.valid_until()),
        (Refusal::Used, Life::Closed(_, _, at)) => fault.with("at", at.in_almaty("%d.%m.%Y %H:%M")),
        (Refusal::OtherService, _) => fault.with("service", payment.order.service.to_string()),
        _ => fault,
    }
}

/// The fault for a budget of guesses that is used up.
pub(crate) fn too_many_tries() -> Fault {
    Fault::new(FaultCode::TooManyTries).with("seconds", GUESSES_COUNT_SECONDS.to_string())
}

/// The fault for a bank that names another's code: the one for a code that nobody has, so that nothing is learnt
/// from it (A6). The log says what it was.
pub(crate) fn not_its_own() -> Fault {
    Fault::new(FaultCode::UnknownCode).because("the code belongs to another participant")
}

fn code(refusal: Refusal) -> FaultCode {
    match refusal {
        Refusal::NotConfirmed => FaultCode::NotConfirmedYet,
        Refusal::Void => FaultCode::CodeVoid,
        Refusal::Disputed => FaultCode::PaymentDisputed,
        Refusal::BoundElsewhere => FaultCode::BoundElsewhere,
        Refusal::Used => FaultCode::CodeUsed,
        Refusal::Reversed => FaultCode::PaymentReversed,
        Refusal::Refunded => FaultCode::PaymentRefunded,
        Refusal::OtherRecipient => FaultCode::OtherRecipient,
        Refusal::OtherService => FaultCode::OtherService,
        Refusal::NoTicket => FaultCode::TicketInvalid,
        Refusal::NotBound => FaultCode::NotBound,
        Refusal::ReversalMismatch => FaultCode::ReversalMismatch,
        Refusal::Spent => FaultCode::SpentNotReversible,
        Refusal::NotPossible => FaultCode::NotPossible,
    }
}
