//! OCSP replies that are held for a while, and the certificates about which one is wanted.
//!
//! A check never waits for a responder: it takes what is held, and says what is missing. Asking is `participant`'s.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError, RwLock};

use terms::Moment;

use crate::certificate::Certificate;
use crate::ocsp::OcspReply;
use crate::revocation::{OcspUse, RevocationPolicy};

/// The most OCSP replies that are remembered, and the most certificates that wait to be asked about.
pub const MAX_CACHED_REPLIES: usize = 16_384;

/// A certificate about which OCSP is to be asked, with its issuer's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The certificate.
    pub certificate: Certificate,
    /// The certificate of its issuer.
    pub issuer: Certificate,
}

/// The fingerprint stands for the certificate's very octets.
type Fingerprint = [u8; 32];

#[derive(Debug, Default)]
pub(crate) struct Replies {
    held: RwLock<HashMap<Fingerprint, Held>>,
    wanted: Mutex<HashMap<Fingerprint, Wanted>>,
}

#[derive(Debug, Clone, Copy)]
struct Held {
    reply: OcspReply,
    /// A reply of an earlier epoch counts on, but is asked for anew: a list has changed since.
    epoch: u64,
    /// From when on a successor is wanted.
    renew_from: Moment,
}

impl Replies {
    /// The reply held about a certificate whose path is verified; wants one where there is none or it grows old.
    pub(crate) fn look(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        epoch: u64,
        at: Moment,
        policy: &RevocationPolicy,
    ) -> Option<OcspReply> {
        if policy.ocsp == OcspUse::Off {
            return None;
        }
        let key = certificate.sha256();
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner).get(&key).copied();
        if !held.is_some_and(|held| held.epoch == epoch && at < held.renew_from) {
            let mut wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
            if wanted.len() < MAX_CACHED_REPLIES {
                let entry = || Wanted { certificate: certificate.clone(), issuer: issuer.clone() };
                wanted.entry(key).or_insert_with(entry);
            }
        }
        held.map(|held| held.reply)
    }

    pub(crate) fn keep(
        &self,
        key: Fingerprint,
        reply: OcspReply,
        epoch: u64,
        now: Moment,
        policy: &RevocationPolicy,
    ) {
        let until = reply.counts_until(policy.reply_age_seconds);
        // Asked again at half of what is left, so that a responder that is away for a while is not missed.
        let renew_from = now.plus_seconds(until.seconds_since(now).max(0) / 2);
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        // A reply made earlier must not take back what a later one said.
        if held.get(&key).is_some_and(|held| held.reply.this_update > reply.this_update) {
            return;
        }
        if held.len() >= MAX_CACHED_REPLIES {
            held.clear();
        }
        held.insert(key, Held { reply, epoch, renew_from });
    }

    pub(crate) fn take_wanted(&self) -> Vec<Wanted> {
        let mut wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *wanted).into_values().collect()
    }
}
