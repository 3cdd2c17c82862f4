//! The running portal: what every use case and page needs of it.

use std::sync::Arc;

use pages::CsrfKey;
use participant::{Caller, Host};
use store::Database;
use tokio::sync::{Notify, Semaphore};

use crate::catalogue::Catalogue;
use crate::settings::{Neighbours, Settings};

/// How many passwords are hashed at once: each takes memory and a core.
pub(crate) const HASHED_AT_ONCE: usize = 2;

/// The portal.
pub(crate) struct Portal {
    pub(crate) host: Arc<Host>,
    pub(crate) settings: Settings,
    pub(crate) neighbours: Neighbours,
    pub(crate) database: Database,
    pub(crate) caller: Caller,
    pub(crate) catalogue: Catalogue,
    pub(crate) csrf: CsrfKey,
    /// The hash of a password nobody knows.
    pub(crate) nobodys_hash: String,
    pub(crate) hashing: Semaphore,
    /// Rung when something was put into the outbox.
    pub(crate) bell: Arc<Notify>,
}

impl Portal {
    /// So many unguessable octets.
    pub(crate) fn chance<const N: usize>(&self) -> [u8; N] {
        let mut octets = [0; N];
        self.host.draw(|entropy| entropy.fill(&mut octets));
        octets
    }
}
