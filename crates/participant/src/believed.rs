//! What the process has just come to believe about revocation, octet for octet, for whoever keeps it as proof: lists as
//! they are put in force, OCSP replies as they are taken.
//!
//! Nothing waits for the keeping, and no message passes here: a list comes once, however many messages are judged by it.
//! Source: instruction № 491, cl. 17; that the proof is kept with what it proved is ours.

use std::collections::VecDeque;
use std::sync::{Mutex, OnceLock, PoisonError};

use axum::body::Bytes;
use pki::CrlSummary;
use terms::Moment;
use tokio::sync::Notify;

use crate::host::Host;

/// The most that waits to be kept, in number and in octets. Beyond that the oldest is let go, and logged.
const MAX_WAITING: usize = 1024;
const MAX_WAITING_OCTETS: usize = 128 << 20;

/// A source that messages are judged by from now on.
#[derive(Debug, Clone)]
pub enum Believed {
    /// A revocation list, full or delta.
    List {
        /// What it says of itself.
        summary: CrlSummary,
        /// The list, DER.
        octets: Bytes,
    },
    /// A reply of the OCSP responder.
    Reply {
        /// SHA-256 of the certificate it is about.
        about: [u8; 32],
        /// When what it says was known to be so.
        made_at: Moment,
        /// The reply, DER.
        octets: Bytes,
    },
}

impl Believed {
    fn size(&self) -> usize {
        match self {
            Self::List { octets, .. } | Self::Reply { octets, .. } => octets.len(),
        }
    }
}

/// What waits to be kept. Nothing does where nobody keeps it.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    queue: OnceLock<Mutex<VecDeque<Believed>>>,
    bell: Notify,
}

impl Waiting {
    pub(crate) fn add(&self, believed: Believed) {
        let Some(queue) = self.queue.get() else { return };
        let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.push_back(believed);
        let mut octets: usize = queue.iter().map(Believed::size).sum();
        while queue.len() > MAX_WAITING || octets > MAX_WAITING_OCTETS {
            let Some(lost) = queue.pop_front() else { break };
            octets -= lost.size();
            tracing::error!(event = "revocation-source-not-kept", octets = lost.size());
        }
        drop(queue);
        self.bell.notify_one();
    }
}

impl Host {
    /// Asks that from now on every list and reply be handed out by [`Host::believed`].
    pub fn hand_out_believed(&self) {
        self.believed.queue.get_or_init(Mutex::default);
    }

    /// Waits until there are lists or replies that were not handed out yet, and hands them out in their order. For one
    /// caller, after [`Host::hand_out_believed`]; before that it waits.
    pub async fn believed(&self) -> Vec<Believed> {
        loop {
            if let Some(queue) = self.believed.queue.get() {
                let all = std::mem::take(&mut *queue.lock().unwrap_or_else(PoisonError::into_inner));
                if !all.is_empty() {
                    return all.into();
                }
            }
            self.believed.bell.notified().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(number: usize, size: usize) -> Believed {
        let made_at = Moment::from_unix_microseconds(i64::try_from(number).unwrap());
        Believed::Reply { about: [0; 32], made_at, octets: vec![0; size].into() }
    }

    fn waits(waiting: &Waiting) -> usize {
        waiting.queue.get().map_or(0, |queue| queue.lock().unwrap().len())
    }

    #[test]
    fn nothing_waits_where_nobody_keeps_it_and_what_waits_is_bounded() {
        let waiting = Waiting::default();
        waiting.add(reply(0, 1));
        assert_eq!(waits(&waiting), 0);
        waiting.queue.get_or_init(Mutex::default);
        for number in 0..MAX_WAITING + 5 {
            waiting.add(reply(number, 1));
        }
        assert_eq!(waits(&waiting), MAX_WAITING);
        let oldest = waiting.queue.get().unwrap().lock().unwrap().front().cloned();
        assert!(matches!(oldest, Some(Believed::Reply { made_at, .. }) if made_at.unix_microseconds() == 5));
        waiting.add(reply(0, MAX_WAITING_OCTETS));
        assert_eq!(waits(&waiting), 1, "the newest counts most");
    }
}
