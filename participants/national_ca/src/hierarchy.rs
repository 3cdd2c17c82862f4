//! Hierarchies side by side, and the roll-over of an issuing key without a stop.
//!
//! A hierarchy has one key that issues and, after a roll-over, earlier ones that go on answering for what they issued
//! until their own certificates end: with full lists, deltas and OCSP. The new certificate is served beside the old
//! one, with the old key's word for it, so that whoever trusts the old one can take the new one up by itself.
//! Source: two hierarchies are the country's practice; the link is that of RFC 4210, section 4.4.

use std::sync::Arc;

use pki::issue::Authority;
use pki::{Certificate, SuiteId};
use terms::Moment;

use crate::ca::{CLOCK_ALLOWANCE_SECONDS, CaError, NationalCa, RootRequest, in_file, life_seconds};
use crate::files::{write_public, write_secret};
use crate::issuer::Issuer;

/// The longest name of a hierarchy, in octets.
const MAX_NAME_OCTETS: usize = 24;

/// An issuing key, as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuingKey {
    /// Its hierarchy.
    pub hierarchy: String,
    /// Its own name, which its files and lists bear.
    pub name: String,
    /// Its certificate.
    pub certificate: Certificate,
    /// Whether new certificates of the hierarchy are issued by it.
    pub issues: bool,
}

impl NationalCa {
    /// Begins another hierarchy beside those there are.
    ///
    /// # Errors
    /// [`CaError::AlreadyThere`] where there is one of that name, [`CaError::Name`] where it is none.
    pub fn add_hierarchy(&self, hierarchy: &str, root: &RootRequest) -> Result<IssuingKey, CaError> {
        let is_name = (1..=MAX_NAME_OCTETS).contains(&hierarchy.len())
            && hierarchy.bytes().all(|octet| matches!(octet, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        if !is_name {
            return Err(CaError::Name);
        }
        if self.issuers()?.iter().any(|issuer| issuer.hierarchy == hierarchy) {
            return Err(CaError::AlreadyThere(self.folder.join(hierarchy)));
        }
        self.add_key(hierarchy, root, None)
    }

    /// Gives a hierarchy a new issuing key under the same name of the CA. The earlier one issues nothing from now on,
    /// but its own lists and replies.
    ///
    /// # Errors
    /// [`CaError::UnknownIssuer`] where there is no such hierarchy, and what the library or the file system refuses.
    pub fn roll_over(
        &self,
        hierarchy: &str,
        suite: Option<SuiteId>,
        life_days: u32,
    ) -> Result<IssuingKey, CaError> {
        let before = self.issuing_key_of(hierarchy)?;
        let own = before.authority.certificate();
        let common_name = own.subject().common_name.parse().map_err(|_| CaError::Name)?;
        let suite = suite.or(own.public_key().suite()).ok_or(CaError::Name)?;
        self.add_key(hierarchy, &RootRequest { common_name, suite, life_days }, Some(&before.authority))
    }

    fn add_key(
        &self,
        hierarchy: &str,
        root: &RootRequest,
        before: Option<&Authority>,
    ) -> Result<IssuingKey, CaError> {
        let now = self.clock.now();
        let not_before = now.plus_seconds(-CLOCK_ALLOWANCE_SECONDS);
        let not_after = now.plus_seconds(life_seconds(root.life_days)?);
        let issued = Authority::create_root(&root.common_name, root.suite, not_before, not_after)?;
        let link = before.map(|before| before.link_to(&issued.certificate)).transpose()?;
        let name = format!("{hierarchy}-{}", self.registry().issuer_count()? + 1);
        let (key, certificate) =
            (self.folder.join(format!("{name}.key")), self.folder.join(format!("{name}.crt")));
        if key.exists() {
            return Err(CaError::AlreadyThere(key));
        }
        in_file(&key, write_secret(&key, issued.key_pem.expose_secret()))?;
        in_file(&certificate, write_public(&certificate, &issued.certificate.to_pem()))?;
        // Entered last: what the registry names is there.
        let kept = self.registry().keep_issuer(hierarchy, &name, &issued.certificate, link.as_ref(), now)?;
        if !kept {
            return Err(CaError::AlreadyThere(key));
        }
        tracing::info!(hierarchy, issuer = name, "a new issuing key");
        let certificate = issued.certificate;
        Ok(IssuingKey { hierarchy: hierarchy.to_owned(), name, certificate, issues: true })
    }

    /// All issuing keys, the oldest first.
    ///
    /// # Errors
    /// [`CaError`] where the registry or a new key cannot be read.
    pub fn issuing_keys(&self) -> Result<Vec<IssuingKey>, CaError> {
        let issuers = self.issuers()?;
        let listed = |(place, issuer): (usize, &Arc<Issuer>)| IssuingKey {
            hierarchy: issuer.hierarchy.clone(),
            name: issuer.name.clone(),
            certificate: issuer.authority.certificate().clone(),
            issues: !issuers[place + 1..].iter().any(|later| later.hierarchy == issuer.hierarchy),
        };
        Ok(issuers.iter().enumerate().map(listed).collect())
    }

    /// The certificates that participants are to trust, in PEM: of every key whose certificate is in force.
    ///
    /// # Errors
    /// As [`NationalCa::issuing_keys`].
    pub fn roots_pem(&self) -> Result<String, CaError> {
        let now = self.clock.now();
        let issuers = self.issuers()?;
        let in_force = issuers.iter().filter(|issuer| issuer.is_in_force(now));
        Ok(in_force.map(|issuer| issuer.authority.certificate().to_pem()).collect())
    }

    /// The words of earlier keys for later ones, in PEM.
    ///
    /// # Errors
    /// As [`NationalCa::issuing_keys`].
    pub fn links_pem(&self) -> Result<String, CaError> {
        Ok(self
            .issuers()?
            .iter()
            .filter_map(|issuer| issuer.link.as_ref())
            .map(Certificate::to_pem)
            .collect())
    }

    /// All issuing keys, with those that another process added meanwhile.
    pub(crate) fn issuers(&self) -> Result<Arc<Vec<Arc<Issuer>>>, CaError> {
        let known = self.issuers.load_full();
        let registry = self.registry();
        if registry.issuer_count()? == known.len() {
            return Ok(known);
        }
        let mut issuers = Vec::clone(&known);
        for row in registry.issuers()?.into_iter().skip(known.len()) {
            let addresses = self.settings.addresses_of(&row.name);
            issuers.push(Arc::new(Issuer::load(&self.folder, row, addresses)?));
        }
        let issuers = Arc::new(issuers);
        // Stored under the registry's lock, so that a slower reader cannot put back fewer.
        self.issuers.store(Arc::clone(&issuers));
        Ok(issuers)
    }

    /// The key that issues in a hierarchy at present.
    pub(crate) fn issuing_key_of(&self, hierarchy: &str) -> Result<Arc<Issuer>, CaError> {
        let issuers = self.issuers()?;
        let found = issuers.iter().rev().find(|issuer| issuer.hierarchy == hierarchy).cloned();
        found.ok_or_else(|| CaError::UnknownIssuer(hierarchy.to_owned()))
    }

    /// The key that certifies keys of a suite at present.
    pub(crate) fn issuer_for(&self, suite: SuiteId) -> Result<Arc<Issuer>, CaError> {
        let keys = self.issuing_keys()?;
        let own = |key: &&IssuingKey| key.issues && key.certificate.public_key().suite() == Some(suite);
        // TLS stacks know no national algorithms, so the rest keeps apart from them too.
        let of_kind = |key: &&IssuingKey| {
            let issuing = key.certificate.public_key().suite();
            key.issues && issuing.is_some_and(|issuing| issuing.is_national() == suite.is_national())
        };
        let first = || keys.iter().find(|key| key.issues);
        let chosen = keys.iter().find(own).or_else(|| keys.iter().find(of_kind)).or_else(first);
        let chosen = chosen.ok_or_else(|| CaError::UnknownIssuer("issuing key".to_owned()))?;
        self.issuing_key_of(&chosen.hierarchy)
    }

    /// The issuing key of a name.
    pub(crate) fn issuer_named(&self, name: &str) -> Result<Arc<Issuer>, CaError> {
        let issuers = self.issuers()?;
        let found = issuers.iter().find(|issuer| issuer.name == name).cloned();
        found.ok_or_else(|| CaError::UnknownIssuer(name.to_owned()))
    }

    /// The present moment.
    pub(crate) fn now(&self) -> Moment {
        self.clock.now()
    }
}
