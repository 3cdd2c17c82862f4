//! The CA's lists: when a full list or a delta is due, and how it is made.

use pki::DeltaContents;
use pki::issue::CrlContents;
use terms::Moment;

use crate::ca::{CaError, FIRST_ISSUER, NationalCa, PublishedCrl};
use crate::issuer::Issuer;
use crate::store::{Change, LatestList, ListKind, ListMaking, NewList};

impl NationalCa {
    /// Makes a new full list of the first key, under the next number, whether or not one is due.
    ///
    /// # Errors
    /// [`CaError`] where it cannot be made or kept.
    pub fn publish_crl(&self) -> Result<PublishedCrl, CaError> {
        self.publish_crl_of(FIRST_ISSUER)
    }

    /// The same of a key that is named.
    ///
    /// # Errors
    /// As [`NationalCa::publish_crl`], and [`CaError::UnknownIssuer`].
    pub fn publish_crl_of(&self, issuer: &str) -> Result<PublishedCrl, CaError> {
        self.publish_crl_numbered(issuer, 0)
    }

    /// Makes a new full list under the next number, or this one if it is higher.
    pub(crate) fn publish_crl_numbered(&self, issuer: &str, at_least: u64) -> Result<PublishedCrl, CaError> {
        self.make_full(&*self.issuer_named(issuer)?, at_least, |_| true)
    }

    /// The full list in force of the first key, made anew if something was revoked since or its time has come.
    ///
    /// # Errors
    /// [`CaError`] where it cannot be read, made or kept.
    pub fn current_crl(&self) -> Result<PublishedCrl, CaError> {
        self.current_crl_of(FIRST_ISSUER)
    }

    /// The same of a key that is named.
    ///
    /// # Errors
    /// As [`NationalCa::current_crl`], and [`CaError::UnknownIssuer`].
    pub fn current_crl_of(&self, issuer: &str) -> Result<PublishedCrl, CaError> {
        let issuer = self.issuer_named(issuer)?;
        match self.latest(&issuer, ListKind::Full, |latest| self.is_full_due(latest))? {
            Some(list) => Ok(list),
            None => self.make_full(&issuer, 0, |latest| self.is_full_due(latest)),
        }
    }

    /// The delta in force of a key, made anew if something was revoked, suspended or resumed since, if a full list has
    /// overtaken it, or if its time has come. It is over the oldest full list that still counts, so that everybody who
    /// holds one can take it.
    ///
    /// # Errors
    /// As [`NationalCa::current_crl_of`].
    pub fn current_delta_of(&self, issuer: &str) -> Result<PublishedCrl, CaError> {
        // There is always a full list that counts, for the delta to be over.
        self.current_crl_of(issuer)?;
        let issuer = self.issuer_named(issuer)?;
        match self.latest(&issuer, ListKind::Delta, |latest| self.is_delta_due(latest))? {
            Some(list) => Ok(list),
            None => self.make_delta(&issuer),
        }
    }

    /// The latest list of a kind, unless it is due to be replaced.
    fn latest(
        &self,
        issuer: &Issuer,
        kind: ListKind,
        is_due: impl Fn(&LatestList) -> bool,
    ) -> Result<Option<PublishedCrl>, CaError> {
        let registry = self.registry();
        let Some(latest) = registry.latest_list(issuer.id, kind)?.filter(|latest| !is_due(latest)) else {
            return Ok(None);
        };
        let der = registry.list_octets(issuer.id, latest.number)?;
        Ok(Some(PublishedCrl { number: latest.number, der }))
    }

    /// A list is made inside the transaction that read what it says, and kept before anybody sees it; where
    /// another process was first, its list is returned.
    fn make_full(
        &self,
        issuer: &Issuer,
        at_least: u64,
        is_due: impl Fn(&LatestList) -> bool,
    ) -> Result<PublishedCrl, CaError> {
        let mut registry = self.registry();
        let making = registry.begin_list(issuer.id)?;
        if let Some(latest) = making.latest_list(ListKind::Full)?.filter(|latest| !is_due(latest)) {
            drop(making);
            let der = registry.list_octets(issuer.id, latest.number)?;
            return Ok(PublishedCrl { number: latest.number, der });
        }
        let number = (making.last_number()? + 1).max(at_least);
        let revoked = making.revoked()?;
        let this_update = self.now();
        let next_update = this_update.plus_seconds(i64::from(self.settings.crl_life_seconds));
        let contents = CrlContents { number, this_update, next_update, revoked: &revoked };
        let der = issuer.authority.issue_crl(&contents)?;
        keep(making, None, number, this_update, next_update, &der)?;
        tracing::info!(issuer = issuer.name, number, revoked = revoked.len(), %next_update, "revocation list published");
        Ok(PublishedCrl { number, der })
    }

    fn make_delta(&self, issuer: &Issuer) -> Result<PublishedCrl, CaError> {
        let mut registry = self.registry();
        let making = registry.begin_list(issuer.id)?;
        if let Some(latest) = making.latest_list(ListKind::Delta)?.filter(|latest| !self.is_delta_due(latest))
        {
            drop(making);
            let der = registry.list_octets(issuer.id, latest.number)?;
            return Ok(PublishedCrl { number: latest.number, der });
        }
        let this_update = self.now();
        let base = making.oldest_base(this_update)?;
        let (base, known) =
            base.ok_or_else(|| CaError::UnknownIssuer(format!("full list of {}", issuer.name)))?;
        let (mut revoked, mut resumed) = (Vec::new(), Vec::new());
        for change in making.changes_since(known)? {
            match change {
                Change::Revoked(entry) => revoked.push(entry),
                Change::Resumed(serial, at) => resumed.push((serial, at)),
            }
        }
        let number = making.last_number()? + 1;
        let next_update = this_update.plus_seconds(i64::from(self.settings.delta_life_seconds));
        let (revoked, resumed) = (revoked.as_slice(), resumed.as_slice());
        let contents = DeltaContents { number, base, this_update, next_update, revoked, resumed };
        let der = issuer.authority.issue_delta_crl(&contents)?;
        keep(making, Some(base), number, this_update, next_update, &der)?;
        tracing::info!(
            issuer = issuer.name,
            number,
            base,
            changes = revoked.len() + resumed.len(),
            "delta published"
        );
        Ok(PublishedCrl { number, der })
    }

    fn is_full_due(&self, latest: &LatestList) -> bool {
        let must_tell = !latest.is_complete && !self.settings.full_lists_wait;
        must_tell || self.is_old(latest, self.settings.crl_renewal_seconds)
    }

    fn is_delta_due(&self, latest: &LatestList) -> bool {
        !latest.is_complete || !latest.is_newest || self.is_old(latest, self.settings.delta_renewal_seconds)
    }

    fn is_old(&self, latest: &LatestList, renewal_seconds: u32) -> bool {
        let now = self.now();
        now.seconds_since(latest.this_update) >= i64::from(renewal_seconds) || now >= latest.next_update
    }
}

fn keep(
    making: ListMaking<'_>,
    base: Option<u64>,
    number: u64,
    this_update: Moment,
    next_update: Moment,
    der: &[u8],
) -> Result<(), CaError> {
    let last_event = making.last_event()?;
    Ok(making.keep(&NewList { number, base, this_update, next_update, last_event, der })?)
}
