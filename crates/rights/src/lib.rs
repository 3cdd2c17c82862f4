//! Who may do what: groups list actions, participants and people belong to groups (cl. 19–20).
//!
//! `Permitted<T>` is made only here, by four constructors, one per kind of principal: a verified message, an
//! authenticated session, a page token, a named system job. A use case takes `Permitted<Command>`, so that
//! leaving out the check does not compile. Whether the *resource* is the principal's own (its code, its page) is
//! decided by the use case with [`Principal`], because only it reads the resource.
//!
//! Deny by default: what no group lists is refused. Nothing here reads a file, a store or a clock.

mod matrix;
mod permit;
mod registry;

pub use matrix::{Action, GROUPS, Group, groups_allowing};
pub use permit::{Denied, PageGrant, Permitted, Principal, Session, SystemJob};
pub use registry::{Participant, Registry};
