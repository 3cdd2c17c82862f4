//! The decision whether a certificate counts as revoked: from lists, deltas and OCSP replies, by a configured policy.
//!
//! Pure: sources come in verified, with the moment at which they are asked. Every outcome names what it was judged
//! by, so that no missing or stale source is ever passed over in silence.
//! Source: Instruction № 491, cl. 17; RFC 5280, section 6.3; RFC 6960. What happens when a source is missing is ours
//! (docs/adr/0009-revocation-has-two-sources-and-one-policy.md).

use std::fmt;
use std::str::FromStr;

use terms::Moment;

use crate::lists::{Lists, is_fresh};
use crate::ocsp::{CertificateStatus, OcspReply};
use crate::serial::Serial;
use crate::trust::{CrlPolicy, TrustError};

/// For how long an OCSP reply without nextUpdate counts, in seconds, where the configuration does not say.
pub const DEFAULT_REPLY_AGE_SECONDS: u32 = 300;

/// What is asked of the sources, and what happens where one is missing or stale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RevocationPolicy {
    /// How long lists count.
    pub lists: CrlPolicy,
    /// Whether a delta must be there.
    pub deltas: DeltaUse,
    /// What OCSP is for.
    pub ocsp: OcspUse,
    /// For how long an OCSP reply without nextUpdate counts, in seconds.
    pub reply_age_seconds: u32,
}

impl Default for RevocationPolicy {
    fn default() -> Self {
        CrlPolicy::default().into()
    }
}

impl From<CrlPolicy> for RevocationPolicy {
    /// Lists by their policy, deltas where there are any; OCSP is off, as nobody is said to ask.
    fn from(lists: CrlPolicy) -> Self {
        let (deltas, ocsp) = (DeltaUse::default(), OcspUse::Off);
        Self { lists, deltas, ocsp, reply_age_seconds: DEFAULT_REPLY_AGE_SECONDS }
    }
}

/// What deltas are for. Written `where-held` and `required`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeltaUse {
    /// A delta makes the full list fresher; without one the full list alone decides, and the record says so.
    #[default]
    WhereHeld,
    /// Without a fresh delta nobody is trusted.
    Required,
}

/// What OCSP is for. Written `off`, `adds-refusals`, `when-list-is-stale` and `required`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OcspUse {
    /// Nobody is asked.
    Off,
    /// A reply may refuse what the lists allow, and never the other way round.
    #[default]
    AddsRefusals,
    /// As before; and where the list is missing or stale, a fresh good reply takes its place.
    WhenListIsStale,
    /// Both sources must agree: without a fresh good reply nobody is trusted.
    Required,
}

/// A word that names no use of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the use of this source is unknown")]
pub struct UnknownUse;

impl FromStr for DeltaUse {
    type Err = UnknownUse;

    fn from_str(s: &str) -> Result<Self, UnknownUse> {
        match s {
            "where-held" => Ok(Self::WhereHeld),
            "required" => Ok(Self::Required),
            _ => Err(UnknownUse),
        }
    }
}

impl FromStr for OcspUse {
    type Err = UnknownUse;

    fn from_str(s: &str) -> Result<Self, UnknownUse> {
        match s {
            "off" => Ok(Self::Off),
            "adds-refusals" => Ok(Self::AddsRefusals),
            "when-list-is-stale" => Ok(Self::WhenListIsStale),
            "required" => Ok(Self::Required),
            _ => Err(UnknownUse),
        }
    }
}

/// What a certificate was judged by. Writes itself in a few words, for logs and for the record of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source {
    /// The number of the full list, where there was one.
    pub list: Option<u64>,
    /// Why the lists alone would not have been enough.
    pub lists_lack: Option<Lack>,
    /// The number of the delta, where a fresh one was there.
    pub delta: Option<u64>,
    /// When the OCSP reply was made, where a fresh one was there.
    pub ocsp: Option<Moment>,
}

/// What is wrong with a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    /// There is none.
    Missing,
    /// It is past its time.
    Stale,
}

impl Source {
    /// The number of the newest list that was looked at; 0 where none was.
    pub fn newest_list(&self) -> u64 {
        self.delta.or(self.list).unwrap_or(0)
    }

    /// The sources that spoke, in a word for a metric.
    pub fn kind(&self) -> &'static str {
        let fresh_list = self.list.is_some() && self.lists_lack.is_none();
        match (fresh_list, self.delta.is_some(), self.ocsp.is_some()) {
            (true, false, false) => "list",
            (true, true, false) => "list-and-delta",
            (true, false, true) => "list-and-ocsp",
            (true, true, true) => "list-delta-and-ocsp",
            (false, ..) => "ocsp-without-fresh-list",
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.list, self.lists_lack) {
            (None, _) => f.write_str("no list")?,
            (Some(number), None) => write!(f, "list {number}")?,
            (Some(number), Some(Lack::Stale)) => write!(f, "stale list {number}")?,
            (Some(number), Some(Lack::Missing)) => write!(f, "list {number} without its delta")?,
        }
        if let Some(number) = self.delta {
            write!(f, ", delta {number}")?;
        }
        match self.ocsp {
            Some(made) => write!(f, ", ocsp {made}"),
            None => Ok(()),
        }
    }
}

/// The words are not those that a [`Source`] writes itself in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("these are no words about what a certificate was judged by")]
pub struct NoSource;

impl FromStr for Source {
    type Err = NoSource;

    fn from_str(s: &str) -> Result<Self, NoSource> {
        let number = |digits: &str| digits.parse::<u64>().map_err(|_| NoSource);
        let mut parts = s.split(", ");
        let lists = parts.next().ok_or(NoSource)?;
        let (list, lists_lack) = if lists == "no list" {
            (None, Some(Lack::Missing))
        } else if let Some(digits) = lists.strip_prefix("stale list ") {
            (Some(number(digits)?), Some(Lack::Stale))
        } else {
            let digits = lists.strip_prefix("list ").ok_or(NoSource)?;
            match digits.strip_suffix(" without its delta") {
                Some(digits) => (Some(number(digits)?), Some(Lack::Missing)),
                None => (Some(number(digits)?), None),
            }
        };
        let (mut delta, mut ocsp) = (None, None);
        for part in parts {
            match (part.strip_prefix("delta "), part.strip_prefix("ocsp ")) {
                (Some(digits), _) if delta.is_none() && ocsp.is_none() => delta = Some(number(digits)?),
                (_, Some(made)) if ocsp.is_none() => ocsp = Some(made.parse().map_err(|_| NoSource)?),
                _ => return Err(NoSource),
            }
        }
        Ok(Self { list, lists_lack, delta, ocsp })
    }
}

/// Judges one certificate by what is held at a moment.
pub(crate) fn judge(
    policy: &RevocationPolicy,
    lists: Option<&Lists>,
    reply: Option<&OcspReply>,
    serial: Serial,
    at: Moment,
) -> Result<Source, TrustError> {
    let grace = policy.lists.grace_seconds;
    let reply = reply.filter(|_| policy.ocsp != OcspUse::Off);
    let fresh = reply.filter(|reply| reply.counts(at, policy.reply_age_seconds));
    let good = fresh.filter(|reply| reply.status == CertificateStatus::Good);
    let lack = lists_lack(policy, lists, at);
    if let Some((_, error)) = &lack
        && !(policy.ocsp == OcspUse::WhenListIsStale && good.is_some())
    {
        return Err(error.clone());
    }
    if let Some(entry) = lists.and_then(|lists| lists.find(serial, at, grace)) {
        return Err(TrustError::Revoked { since: entry.since, reason: entry.reason });
    }
    match reply.map(|reply| (reply.status, fresh.is_some())) {
        // A revocation stays one however old the reply is; a suspension may have ended.
        Some((CertificateStatus::Revoked { since, reason }, is_fresh))
            if is_fresh || reason != crate::RevocationReason::CertificateHold =>
        {
            return Err(TrustError::Revoked { since, reason });
        }
        Some((CertificateStatus::Unknown, true)) => return Err(TrustError::UnknownToOcsp),
        _ => {}
    }
    if policy.ocsp == OcspUse::Required && good.is_none() {
        return Err(TrustError::OcspMissing);
    }
    Ok(Source {
        list: lists.map(|lists| lists.full.summary.number),
        lists_lack: lack.map(|(lack, _)| lack),
        delta: lists.and_then(|lists| lists.fresh_delta(at, grace)).map(|delta| delta.summary.number),
        ocsp: good.map(|reply| reply.this_update),
    })
}

/// What keeps the lists alone from being enough.
fn lists_lack(policy: &RevocationPolicy, lists: Option<&Lists>, at: Moment) -> Option<(Lack, TrustError)> {
    let grace = policy.lists.grace_seconds;
    let Some(lists) = lists else { return Some((Lack::Missing, TrustError::CrlMissing)) };
    let stale = |next_update| Some((Lack::Stale, TrustError::CrlStale { next_update }));
    if !is_fresh(&lists.full.summary, at, grace) {
        return stale(lists.full.summary.next_update);
    }
    match (&lists.delta, policy.deltas) {
        (None, DeltaUse::Required)
            if lists.delta_due.is_some_and(|due| at <= due.plus_seconds(i64::from(grace))) =>
        {
            None
        }
        (None, DeltaUse::Required) => Some((Lack::Missing, TrustError::CrlMissing)),
        (Some(delta), DeltaUse::Required) if !is_fresh(&delta.summary, at, grace) => {
            stale(delta.summary.next_update)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_looked_at_survives_writing_and_reading() {
        let made: Moment = "2026-11-22T12:00:00.000001+05:00".parse().unwrap();
        for list in [None, Some(0), Some(u64::MAX)] {
            for lists_lack in [None, Some(Lack::Stale), Some(Lack::Missing)] {
                for delta in [None, Some(7)] {
                    for ocsp in [None, Some(made)] {
                        // Without a list there is nothing else that lists could lack.
                        let lists_lack = if list.is_none() { Some(Lack::Missing) } else { lists_lack };
                        let source = Source { list, lists_lack, delta, ocsp };
                        assert_eq!(source.to_string().parse(), Ok(source), "{source}");
                    }
                }
            }
        }
        for wrong in [
            "",
            "list",
            "list x",
            "list 1,delta 2",
            "list 1, delta 2, delta 3",
            "list 1, ocsp soon",
            "lists 1",
        ] {
            assert_eq!(wrong.parse::<Source>(), Err(NoSource), "{wrong:?}");
        }
    }
}
