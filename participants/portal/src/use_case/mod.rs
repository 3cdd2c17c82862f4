//! What users, operators and neighbours do: one file per use case. Each takes a permit, decides by the pure tables,
//! and keeps its change, its intent and what others must learn in one transaction.

pub(crate) mod close_at_desk;
pub(crate) mod inquire_at_desk;
pub(crate) mod keep_document;
pub(crate) mod keep_payment;
pub(crate) mod make_order;
pub(crate) mod name_recipient;
pub(crate) mod order_again;
pub(crate) mod pay_for_order;
pub(crate) mod resume;
pub(crate) mod sign_in;
pub(crate) mod use_prepayment;

use store::{Outgoing, StoreError};
use terms::Bin;
use wire::Request;

use crate::gateway::NoAnswer;

/// Why a use case on an order or an inquiry did not go through.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// There is no such thing, or it is somebody else's: which of the two is not said.
    #[error("there is no such thing")]
    NotFound,
    /// It stands where this makes no sense; nothing changed.
    #[error("it is not possible at this point")]
    NotPossible,
    /// The gateway gave no answer to go on with.
    #[error(transparent)]
    NoAnswer(#[from] NoAnswer),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A message for the outbox.
pub(crate) fn outgoing<R: Request>(to: Bin, about: &str, message: &R) -> Outgoing {
    Outgoing {
        id: message.header().message_id,
        to,
        operation: R::OPERATION.to_owned(),
        body: message.to_xml(),
        about: Some(about.to_owned()),
        created_at: message.header().sent_at,
    }
}
