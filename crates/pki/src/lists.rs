//! What is held of one issuer: its full list and, over it, a delta.
//!
//! Which list may follow which is settled here. That a list is the issuer's is settled before, in `crl`; whether it
//! is still fresh is asked afterwards, on every check.
//! Source: RFC 5280, section 5.2.4.

use std::sync::Arc;

use terms::Moment;

use crate::crl::{CrlError, CrlIndex, CrlSummary, RevocationReason, Revoked};
use crate::serial::Serial;

/// The lists of one issuer that are in force.
#[derive(Debug, Clone)]
pub(crate) struct Lists {
    pub(crate) full: Arc<CrlIndex>,
    pub(crate) delta: Option<Arc<CrlIndex>>,
    /// When the successor is due of a delta that the full list has overtaken: until then it says all that a delta
    /// would.
    pub(crate) delta_due: Option<Moment>,
}

/// What an offered list changes.
pub(crate) enum Offered {
    /// Nothing: it is the one in force.
    Same(CrlSummary),
    /// The lists in force from now on.
    Next(Lists),
}

impl Lists {
    /// What is in force once a verified list was offered to what is held of its issuer.
    pub(crate) fn offered(held: Option<&Self>, index: CrlIndex) -> Result<Offered, CrlError> {
        match index.summary.base {
            None => Self::full_offered(held, index),
            Some(base) => Self::delta_offered(held, base, index),
        }
    }

    fn full_offered(held: Option<&Self>, index: CrlIndex) -> Result<Offered, CrlError> {
        let offered = index.summary.number;
        if let Some(Self { full, .. }) = held {
            let installed = full.summary.number;
            if offered < installed {
                return Err(CrlError::Rollback { offered, installed });
            }
            if offered == installed {
                return Ok(Offered::Same(full.summary));
            }
        }
        // A delta that knows more than the new list goes on over it.
        let before = held.and_then(|held| held.delta.clone());
        let overtaken = before.as_ref().map(|delta| delta.summary.next_update);
        let delta_due = overtaken.or(held.and_then(|held| held.delta_due));
        let delta = before.filter(|delta| delta.summary.number > offered);
        Ok(Offered::Next(Self { full: Arc::new(index), delta, delta_due }))
    }

    fn delta_offered(held: Option<&Self>, base: u64, index: CrlIndex) -> Result<Offered, CrlError> {
        let offered = index.summary.number;
        let held = held.ok_or(CrlError::DeltaWithoutBase { base, held: None })?;
        let full = held.full.summary.number;
        if base > full {
            return Err(CrlError::DeltaWithoutBase { base, held: Some(full) });
        }
        if let Some(delta) = &held.delta {
            let installed = delta.summary.number;
            if offered < installed {
                return Err(CrlError::Rollback { offered, installed });
            }
            if offered == installed {
                return Ok(Offered::Same(delta.summary));
            }
        }
        if offered <= full {
            return Err(CrlError::DeltaOvertaken { offered, installed: full });
        }
        let (full, delta) = (Arc::clone(&held.full), Some(Arc::new(index)));
        Ok(Offered::Next(Self { full, delta, delta_due: None }))
    }

    /// The summary of the very octets, where they are in force already.
    pub(crate) fn installed(&self, sha256: [u8; 32]) -> Option<CrlSummary> {
        let both = [Some(&self.full), self.delta.as_ref()];
        both.into_iter().flatten().find(|list| list.sha256 == sha256).map(|list| list.summary)
    }

    /// The delta, where it is still fresh at a moment.
    pub(crate) fn fresh_delta(&self, at: Moment, grace_seconds: u32) -> Option<&CrlIndex> {
        self.delta.as_deref().filter(|delta| is_fresh(&delta.summary, at, grace_seconds))
    }

    /// The entry of a certificate. What a stale delta revokes stays revoked, but its resumptions do not count any
    /// more: an old word may only make us more careful.
    pub(crate) fn find(&self, serial: Serial, at: Moment, grace_seconds: u32) -> Option<Revoked> {
        if let Some(entry) = self.delta.as_ref().and_then(|delta| delta.find(serial)) {
            return Some(entry);
        }
        let entry = self.full.find(serial)?;
        // Only a suspension can be taken back; a delta that says so of a true revocation is not followed.
        let is_resumed = entry.reason == RevocationReason::CertificateHold
            && self.fresh_delta(at, grace_seconds).is_some_and(|delta| delta.resumes(serial));
        if is_resumed { None } else { Some(entry) }
    }
}

/// Whether a list counts at a moment.
pub(crate) fn is_fresh(list: &CrlSummary, at: Moment, grace_seconds: u32) -> bool {
    at <= list.next_update.plus_seconds(i64::from(grace_seconds))
}
