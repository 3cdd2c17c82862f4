//! The national CA of the sandbox: issues certificates, revokes them, publishes revocation lists.
//!
//! Lives here: the CA's registry and key files, what it does with them, and the two addresses it answers on.
//! Does not live here: how certificates and lists are made (`pki::issue`), TLS and the accept loop
//! (`transport`), the command line (`app`). In production this participant is the country's own; only its
//! formats matter then.
//! Source: Instruction № 491, cl. 3, 12(3), 17–18; how often lists are made is ours.

mod backup;
mod ca;
pub mod files;
mod serve;
mod store;

pub use backup::{backup, restore};
pub use ca::{CaError, IssueRequest, NationalCa, PublishedCrl, RootRequest, Settings};
pub use serve::{CERTIFICATE_PATH, CRL_PATH, router};
pub use store::{Record, Revocation, Status};
