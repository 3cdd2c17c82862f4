//! What every participant is made of: configuration, keys, trust, the message endpoint, the caller, the outbox.
//!
//! A participant adds what it decides and keeps. Nothing here knows a business element by name; nothing here knows
//! SQL, though it hands the neighbours' transactions through. `Host` is created once per process, in `app`.

mod believed;
pub mod caller;
pub mod config;
pub mod endpoint;
mod fault;
pub mod health;
mod host;
mod kept_list;
pub mod logging;
mod ocsp;
pub mod once;
pub mod outbox;
mod serve;
pub mod signing;
mod trust;
mod watched;

pub use believed::Believed;
pub use caller::{CallFailure, Caller, Uncertainty};
pub use config::Config;
pub use endpoint::{Call, Service};
pub use fault::Fault;
pub use host::{Host, Known, SystemClock, SystemEntropy, read_certificates};
pub use serve::{Shutdown, Stop};
pub use trust::CrlNotTaken;
