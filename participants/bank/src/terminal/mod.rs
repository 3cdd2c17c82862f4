//! The channel between the bank's terminals and its processing system: JSON over mutual TLS (T4.5, T5.3,
//! T5.12).
//!
//! `messages` is what goes over it, `server` the processing system's end, `client` the terminal's. Cards are
//! authorised by ISO 8583, not here.

pub mod client;
pub mod messages;
pub(crate) mod server;
