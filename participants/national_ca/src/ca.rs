//! What the CA does: begins, issues, revokes, publishes.

use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pki::issue::{Authority, CrlContents, IssueError, Issued, Profile, Request};
use pki::{Certificate, LoadError, RevocationReason, Serial, SuiteId};
use terms::{Clock, ShortText};
use zeroize::Zeroizing;

use crate::files::{write_public, write_secret};
use crate::store::{LatestList, NewList, Record, Registry, Revocation};

/// Certificates are valid from a little before they are made, for those whose clocks are late.
const CLOCK_ALLOWANCE_SECONDS: i64 = 300;
const SECONDS_PER_DAY: i64 = 86_400;
/// The longest life of a certificate, in days.
const MAX_LIFE_DAYS: u32 = 36_500;

pub(crate) const KEY_FILE: &str = "national-ca.key";
pub(crate) const CERTIFICATE_FILE: &str = "national-ca.crt";
pub(crate) const REGISTRY_FILE: &str = "national-ca.sqlite";

/// The national CA: its key, its registry, its folder.
pub struct NationalCa {
    authority: Authority,
    registry: Mutex<Registry>,
    settings: Settings,
    clock: Arc<dyn Clock>,
}

/// How the CA publishes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Where the list is published; written into every certificate.
    pub crl_url: String,
    /// From thisUpdate to nextUpdate, in seconds.
    pub crl_life_seconds: u32,
    /// The age at which a list is made anew although nothing was revoked, in seconds.
    pub crl_renewal_seconds: u32,
}

impl Settings {
    /// Lists that live for an hour and are made anew every ten minutes.
    pub fn new(crl_url: impl Into<String>) -> Self {
        Self { crl_url: crl_url.into(), crl_life_seconds: 3600, crl_renewal_seconds: 600 }
    }
}

/// What a new CA is asked to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RootRequest {
    /// Its name.
    pub common_name: ShortText,
    /// The kind of its key; RSA is what every stack accepts.
    pub suite: SuiteId,
    /// How long its certificate lives, in days.
    pub life_days: u32,
}

/// What the CA is asked to issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueRequest {
    /// What for and to whom.
    pub profile: Profile,
    /// The kind of key.
    pub suite: SuiteId,
    /// How long the certificate lives, in days; never beyond the CA's own certificate.
    pub life_days: u32,
}

/// A revocation list as it is published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedCrl {
    /// Its number.
    pub number: u64,
    /// Its octets, DER.
    pub der: Vec<u8>,
}

/// Why the CA could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum CaError {
    /// There is a CA in this folder, or a file where the backup should be.
    #[error("there is something in {0} already")]
    AlreadyThere(PathBuf),
    /// The file holds no whole backup of a CA.
    #[error("{0} is no backup of a national CA")]
    NoBackup(PathBuf),
    /// No certificate of that serial number was issued here.
    #[error("no certificate with serial number {0} was issued here")]
    UnknownSerial(Serial),
    /// A life of no days, or of more than a century.
    #[error("a certificate lives from 1 to {MAX_LIFE_DAYS} days")]
    Life,
    /// The settings let a list grow too old before the next is made.
    #[error("a list must be made anew before its nextUpdate")]
    Renewal,
    /// A file could not be read or written.
    #[error("a file in {path}")]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The registry failed.
    #[error("the registry of certificates")]
    Registry(#[from] rusqlite::Error),
    /// A certificate or a list could not be made.
    #[error("issuing")]
    Issue(#[from] IssueError),
    /// The CA's own key or certificate does not load.
    #[error("loading the CA's own key")]
    Load(#[from] LoadError),
}

impl NationalCa {
    /// Makes a new CA in a folder, which may exist and must hold no CA.
    ///
    /// # Errors
    /// [`CaError::AlreadyThere`], and whatever the file system or the cryptographic library refuses.
    pub fn init(
        folder: &Path,
        root: &RootRequest,
        settings: Settings,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, CaError> {
        let certificate_path = folder.join(CERTIFICATE_FILE);
        // The certificate is written last, so its presence means that everything is there.
        if certificate_path.exists() {
            return Err(CaError::AlreadyThere(folder.to_owned()));
        }
        let not_before = clock.now().plus_seconds(-CLOCK_ALLOWANCE_SECONDS);
        let not_after = clock.now().plus_seconds(life_seconds(root.life_days)?);
        let issued = Authority::create_root(&root.common_name, root.suite, not_before, not_after)?;
        in_file(folder, fs::DirBuilder::new().recursive(true).mode(0o700).create(folder))?;
        let key_path = folder.join(KEY_FILE);
        in_file(&key_path, write_secret(&key_path, issued.key_pem.expose_secret()))?;
        in_file(&certificate_path, write_public(&certificate_path, &issued.certificate.to_pem()))?;
        Self::open(folder, settings, clock)
    }

    /// Opens the CA of a folder.
    ///
    /// # Errors
    /// [`CaError`] where the key, the certificate or the registry does not open.
    pub fn open(folder: &Path, settings: Settings, clock: Arc<dyn Clock>) -> Result<Self, CaError> {
        if settings.crl_renewal_seconds >= settings.crl_life_seconds {
            return Err(CaError::Renewal);
        }
        let read = |name| {
            let path = folder.join(name);
            in_file(&path, fs::read_to_string(&path)).map(Zeroizing::new)
        };
        let authority = Authority::load(&read(KEY_FILE)?, &read(CERTIFICATE_FILE)?)?;
        let registry = Mutex::new(Registry::open(&folder.join(REGISTRY_FILE))?);
        Ok(Self { authority, registry, settings, clock })
    }

    /// The CA's own certificate.
    pub fn certificate(&self) -> &Certificate {
        self.authority.certificate()
    }

    /// Makes a key, issues its certificate and enters it into the registry.
    ///
    /// # Errors
    /// [`CaError::Life`], and whatever the profile, the registry or the library refuses.
    pub fn issue(&self, request: IssueRequest) -> Result<Issued, CaError> {
        let now = self.clock.now();
        let profile = request.profile.name();
        let wanted = now.plus_seconds(life_seconds(request.life_days)?);
        let issued = self.authority.issue(&Request {
            profile: request.profile,
            suite: request.suite,
            not_before: now.plus_seconds(-CLOCK_ALLOWANCE_SECONDS).max(self.certificate().not_before()),
            not_after: wanted.min(self.certificate().not_after()),
            crl_url: self.settings.crl_url.clone(),
        })?;
        // A certificate that left the house without a trace could never be revoked: first the registry.
        self.registry().keep_certificate(&issued.certificate, profile, now)?;
        Ok(issued)
    }

    /// Revokes a certificate for good; the next list served, by whichever process, has it.
    ///
    /// A repeat changes nothing and returns the first revocation.
    ///
    /// # Errors
    /// [`CaError::UnknownSerial`] where this CA did not issue it.
    pub fn revoke(&self, serial: Serial, reason: RevocationReason) -> Result<Revocation, CaError> {
        let wanted = Revocation { since: self.clock.now(), reason };
        self.registry().revoke(serial, wanted)?.ok_or(CaError::UnknownSerial(serial))
    }

    /// One certificate's record.
    ///
    /// # Errors
    /// [`CaError::UnknownSerial`] where this CA did not issue it.
    pub fn record(&self, serial: Serial) -> Result<Record, CaError> {
        self.registry().record(serial)?.ok_or(CaError::UnknownSerial(serial))
    }

    /// At most `limit` records, the latest issued first.
    ///
    /// # Errors
    /// [`CaError::Registry`] where it cannot be read.
    pub fn records(&self, limit: u32) -> Result<Vec<Record>, CaError> {
        Ok(self.registry().records(limit)?)
    }

    /// Makes a new list, under the next number, whether or not one is due.
    ///
    /// # Errors
    /// [`CaError`] where it cannot be made or kept.
    pub fn publish_crl(&self) -> Result<PublishedCrl, CaError> {
        self.publish_crl_numbered(0)
    }

    /// Makes a new list under the next number, or this one if it is higher.
    pub(crate) fn publish_crl_numbered(&self, at_least: u64) -> Result<PublishedCrl, CaError> {
        self.make_list(at_least, |_| true)
    }

    /// The list in force, made anew if something was revoked since or its time has come.
    ///
    /// # Errors
    /// [`CaError`] where it cannot be read, made or kept.
    pub fn current_crl(&self) -> Result<PublishedCrl, CaError> {
        {
            let registry = self.registry();
            if let Some(latest) = registry.latest_list()?.filter(|latest| !self.is_due(latest)) {
                return Ok(PublishedCrl { number: latest.number, der: registry.list_octets(latest.number)? });
            }
        }
        self.make_list(0, |latest| self.is_due(latest))
    }

    /// A list is made inside the transaction that read what it says, and kept before anybody sees it; where
    /// another process was first, its list is returned.
    fn make_list(
        &self,
        at_least: u64,
        is_due: impl Fn(&LatestList) -> bool,
    ) -> Result<PublishedCrl, CaError> {
        let mut registry = self.registry();
        let making = registry.begin_list()?;
        let latest = making.latest_list()?;
        if let Some(latest) = latest.filter(|latest| !is_due(latest)) {
            drop(making);
            return Ok(PublishedCrl { number: latest.number, der: registry.list_octets(latest.number)? });
        }
        let number = (latest.map_or(0, |latest| latest.number) + 1).max(at_least);
        let revoked = making.revoked()?;
        let this_update = self.clock.now();
        let next_update = this_update.plus_seconds(i64::from(self.settings.crl_life_seconds));
        let contents = CrlContents { number, this_update, next_update, revoked: &revoked };
        let der = self.authority.issue_crl(&contents)?;
        making.keep(&NewList {
            number,
            this_update,
            next_update,
            revoked_count: revoked.len(),
            der: &der,
        })?;
        tracing::info!(number, revoked = revoked.len(), %next_update, "revocation list published");
        Ok(PublishedCrl { number, der })
    }

    fn is_due(&self, latest: &LatestList) -> bool {
        let now = self.clock.now();
        let age = now.seconds_since(latest.this_update);
        !latest.is_complete
            || age >= i64::from(self.settings.crl_renewal_seconds)
            || now >= latest.next_update
    }

    fn registry(&self) -> MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for NationalCa {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NationalCa").field("certificate", self.certificate()).finish_non_exhaustive()
    }
}

fn life_seconds(days: u32) -> Result<i64, CaError> {
    if (1..=MAX_LIFE_DAYS).contains(&days) {
        Ok(i64::from(days) * SECONDS_PER_DAY)
    } else {
        Err(CaError::Life)
    }
}

pub(crate) fn in_file<T>(path: &Path, result: io::Result<T>) -> Result<T, CaError> {
    result.map_err(|source| CaError::File { path: path.to_owned(), source })
}
