//! Who may do what: groups list actions, participants and people belong to groups (cl. 19–20).
//!
//! `Permitted<T>` is made only here, by five constructors, one per kind of principal: a verified message, an
//! authenticated session, an officer, a page token, a named system job. A use case takes `Permitted<Command>`, so that
//! leaving out the check does not compile. Whether the *resource* is the principal's own (its code, its page) is
//! decided by the use case with [`Principal`], because only it reads the resource.
//!
//! [`GROUPS`] is what groups allow in the beginning; [`Access`] is what is in force, with the path of every right.
//! What takes two officers is decided in [`proposal`]; [`anomaly`] tells whose looks at people's data the work does not
//! explain.
//!
//! Deny by default: what no group lists is refused. Nothing here reads a file, a store or a clock.

mod access;
pub mod anomaly;
mod matrix;
mod permit;
pub mod proposal;
mod registry;

pub use access::{
    Access, Grant, GroupChange, Lack, Membership, NoChange, NoMembership, NoSuchResource, Resource,
};
pub use matrix::{Action, GROUPS, Group, NoSuchGroup, groups_allowing};
pub use permit::{Denied, Officer, PageGrant, Permitted, Principal, Session, SystemJob};
pub use registry::{Participant, Registry};
