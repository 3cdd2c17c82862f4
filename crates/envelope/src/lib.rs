//! Signed SOAP messages: octets in, proof out; a body in, signed octets out.
//!
//! [`open`] takes what arrived and gives [`Verified`] content, which can be had in no other way; [`seal`]
//! makes what is sent. Business element names live in `wire`, who may do what in `rights`, sockets in
//! `transport`. Nothing here asks for the time: it is given.
//! Source: SOAP 1.1 and 1.2; WS-Security 1.1 with its X.509 token profile; threats A4, A22 and A28.

mod names;
mod open;
mod refused;
mod seal;
mod soap;
mod verified;

pub use open::{MAX_SECONDS_AHEAD, Reopened, open, reopen};
pub use refused::Refused;
pub use seal::{Fault, TokenForm, VALID_SECONDS, seal, seal_fault};
pub use soap::{FaultCode, SoapVersion};
pub use verified::{Body, Evidence, FaultView, SignerIdentity, Verified};
