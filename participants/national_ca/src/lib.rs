//! The national CA of the sandbox: issues certificates, revokes them, publishes revocation lists.
//!
//! Lives here: the CA's registry and key files, what it does with them, its hierarchies and their roll-over, its OCSP
//! responder and its time stamps, and the addresses it answers on.
//! Does not live here: how certificates, lists, replies and stamps are made (`pki`), TLS and the accept loop
//! (`transport`), the command line (`app`). In production this participant is the country's own; only its
//! formats matter then.
//! Source: Instruction № 491, cl. 3, 12(3), 17–18; how often lists are made is ours.

mod backup;
mod ca;
pub mod files;
mod hierarchy;
mod issuer;
mod publish;
mod serve;
mod services;
mod store;

pub use backup::{backup, restore};
pub use ca::{CaError, FIRST_HIERARCHY, IssueRequest, NationalCa, PublishedCrl, RootRequest, Settings};
pub use hierarchy::IssuingKey;
pub use serve::{
    CERTIFICATE_PATH, CRL_PATH, DELTA_SUFFIX, INDEX_PATH, LINKS_PATH, OCSP_PATH, ROOTS_PATH, STAMP_PATH,
    router,
};
pub use store::{Record, Revocation, Status};
