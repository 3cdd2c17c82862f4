//! What the CA does: begins, issues, revokes, suspends. Its lists are made in `publish`, its issuing keys are kept in
//! `issuer` and renewed in `hierarchy`, its services answer in `services`.

use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use pki::issue::{Authority, IssueError, Issued, Profile, Request};
use pki::{Certificate, LoadError, RevocationReason, Serial, SuiteId};
use terms::{Clock, ShortText};

use crate::files::{write_public, write_secret};
use crate::issuer::Issuer;
use crate::serve::{CRL_PATH, DELTA_SUFFIX, OCSP_PATH};
use crate::store::{Record, Registry, Revocation, Status};

/// Certificates are valid from a little before they are made, for those whose clocks are late.
pub(crate) const CLOCK_ALLOWANCE_SECONDS: i64 = 300;
const SECONDS_PER_DAY: i64 = 86_400;
/// The longest life of a certificate, in days.
const MAX_LIFE_DAYS: u32 = 36_500;

pub(crate) const KEY_FILE: &str = "national-ca.key";
pub(crate) const CERTIFICATE_FILE: &str = "national-ca.crt";
pub(crate) const REGISTRY_FILE: &str = "national-ca.sqlite";
/// The name of the first issuing key: of its files and its lists.
pub(crate) const FIRST_ISSUER: &str = "national-ca";
/// The hierarchy that a new CA begins with.
pub const FIRST_HIERARCHY: &str = "main";

/// The national CA: its keys, its registry, its folder.
pub struct NationalCa {
    pub(crate) folder: PathBuf,
    /// All issuing keys, the oldest first; another process may add one, which is noticed by the registry.
    pub(crate) issuers: ArcSwap<Vec<Arc<Issuer>>>,
    registry: Mutex<Registry>,
    pub(crate) settings: Settings,
    pub(crate) clock: Arc<dyn Clock>,
}

/// How the CA publishes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Where the first key's full list is published; written into every certificate. Where it ends in [`CRL_PATH`],
    /// what stands before that is taken as the address of the other lists and of OCSP.
    pub crl_url: String,
    /// From thisUpdate to nextUpdate of a full list, in seconds.
    pub crl_life_seconds: u32,
    /// The age at which a full list is made anew although nothing was revoked, in seconds.
    pub crl_renewal_seconds: u32,
    /// Whether a full list waits for that age also when something was revoked; the delta never waits.
    pub full_lists_wait: bool,
    /// From thisUpdate to nextUpdate of a delta, in seconds.
    pub delta_life_seconds: u32,
    /// The age at which a delta is made anew although nothing was revoked, in seconds.
    pub delta_renewal_seconds: u32,
    /// From thisUpdate to nextUpdate of an OCSP reply, in seconds; 0 leaves nextUpdate out, as the country's CA may.
    pub ocsp_life_seconds: u32,
}

impl Settings {
    /// Full lists that live for an hour and are made anew every ten minutes, deltas for ten minutes and every five,
    /// both at once after a revocation; OCSP replies for five minutes.
    pub fn new(crl_url: impl Into<String>) -> Self {
        Self {
            crl_url: crl_url.into(),
            crl_life_seconds: 3600,
            crl_renewal_seconds: 600,
            full_lists_wait: false,
            delta_life_seconds: 600,
            delta_renewal_seconds: 300,
            ocsp_life_seconds: 300,
        }
    }

    /// The address before all paths of ours; none where lists are published elsewhere.
    fn origin(&self) -> Option<&str> {
        self.crl_url.strip_suffix(CRL_PATH)
    }

    /// Where an issuing key's full list is published.
    pub(crate) fn crl_url_of(&self, issuer: &str) -> String {
        match self.origin() {
            Some(origin) => format!("{origin}/crl/{issuer}.crl"),
            None => self.crl_url.clone(),
        }
    }

    /// The further addresses that an issuing key writes into what it issues.
    pub(crate) fn addresses_of(&self, issuer: &str) -> pki::Addresses {
        pki::Addresses {
            delta_url: self.origin().map(|origin| format!("{origin}/crl/{issuer}{DELTA_SUFFIX}.crl")),
            ocsp_url: self.origin().map(|origin| format!("{origin}{OCSP_PATH}")),
        }
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
    /// The certificate is not suspended, so there is nothing to resume.
    #[error("the certificate {0} is not suspended")]
    NotSuspended(Serial),
    /// There is no such hierarchy, or no such issuing key.
    #[error("the CA has no {0}")]
    UnknownIssuer(String),
    /// A name that could not be a file's.
    #[error("a hierarchy is named by 1 to 24 small Latin letters, digits and hyphens")]
    Name,
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
    /// [`CaError`] where a key, a certificate or the registry does not open.
    pub fn open(folder: &Path, settings: Settings, clock: Arc<dyn Clock>) -> Result<Self, CaError> {
        let is_sound = settings.crl_renewal_seconds < settings.crl_life_seconds
            && settings.delta_renewal_seconds < settings.delta_life_seconds;
        if !is_sound {
            return Err(CaError::Renewal);
        }
        let registry = Registry::open(&folder.join(REGISTRY_FILE))?;
        let (folder, issuers) = (folder.to_owned(), ArcSwap::from_pointee(Vec::new()));
        if registry.issuer_count()? == 0 {
            // A new CA, or one from before there were several keys.
            let path = folder.join(CERTIFICATE_FILE);
            let first = Certificate::from_pem(&in_file(&path, fs::read_to_string(&path))?);
            let first = first.map_err(LoadError::from)?;
            registry.keep_issuer(FIRST_HIERARCHY, FIRST_ISSUER, &first, None, clock.now())?;
        }
        let ca = Self { folder, issuers, registry: Mutex::new(registry), settings, clock };
        ca.issuers()?;
        Ok(ca)
    }

    /// The certificate of the CA's first hierarchy that issues at present.
    pub fn certificate(&self) -> Certificate {
        let issuers = self.issuers.load();
        let first = issuers.iter().rev().find(|issuer| issuer.hierarchy == FIRST_HIERARCHY);
        first.unwrap_or(&issuers[0]).authority.certificate().clone()
    }

    /// Makes a key, issues its certificate and enters it into the registry. A key is certified in the hierarchy of its
    /// own suite, and where there is none in one of its kind, national or not, and at last in the first.
    ///
    /// # Errors
    /// [`CaError::Life`], and whatever the profile, the registry or the library refuses.
    pub fn issue(&self, request: IssueRequest) -> Result<Issued, CaError> {
        let issuer = self.issuer_for(request.suite)?;
        self.issue_under(&issuer, request)
    }

    /// The same in a hierarchy that is named.
    ///
    /// # Errors
    /// As [`NationalCa::issue`], and [`CaError::UnknownIssuer`].
    pub fn issue_in(&self, hierarchy: &str, request: IssueRequest) -> Result<Issued, CaError> {
        let issuer = self.issuing_key_of(hierarchy)?;
        self.issue_under(&issuer, request)
    }

    fn issue_under(&self, issuer: &Issuer, request: IssueRequest) -> Result<Issued, CaError> {
        let now = self.clock.now();
        let profile = request.profile.name();
        let wanted = now.plus_seconds(life_seconds(request.life_days)?);
        let own = issuer.authority.certificate();
        let issued = issuer.authority.issue(&Request {
            profile: request.profile,
            suite: request.suite,
            not_before: now.plus_seconds(-CLOCK_ALLOWANCE_SECONDS).max(own.not_before()),
            not_after: wanted.min(own.not_after()),
            crl_url: self.settings.crl_url_of(&issuer.name),
        })?;
        // A certificate that left the house without a trace could never be revoked: first the registry.
        self.registry().keep_certificate(issuer.id, &issued.certificate, profile, now)?;
        Ok(issued)
    }

    /// Revokes a certificate, for good unless the reason is a hold; the next delta served, by whichever process, has it.
    ///
    /// A repeat changes nothing and returns the first revocation. What was suspended is then revoked from the moment of
    /// its suspension.
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

    /// Suspends a certificate until it is resumed.
    ///
    /// # Errors
    /// As [`NationalCa::revoke`].
    pub fn suspend(&self, serial: Serial) -> Result<Revocation, CaError> {
        self.revoke(serial, RevocationReason::CertificateHold)
    }

    /// Ends a suspension.
    ///
    /// # Errors
    /// [`CaError::UnknownSerial`] where this CA did not issue it, [`CaError::NotSuspended`] where it is in force or
    /// revoked for good.
    pub fn resume(&self, serial: Serial) -> Result<(), CaError> {
        let before = self.registry().resume(serial, self.clock.now())?;
        match before.ok_or(CaError::UnknownSerial(serial))? {
            Status::Revoked(Revocation { reason: RevocationReason::CertificateHold, .. }) => Ok(()),
            Status::InForce | Status::Revoked(_) => Err(CaError::NotSuspended(serial)),
        }
    }

    pub(crate) fn registry(&self) -> MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for NationalCa {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NationalCa").field("certificate", &self.certificate()).finish_non_exhaustive()
    }
}

pub(crate) fn life_seconds(days: u32) -> Result<i64, CaError> {
    if (1..=MAX_LIFE_DAYS).contains(&days) {
        Ok(i64::from(days) * SECONDS_PER_DAY)
    } else {
        Err(CaError::Life)
    }
}

pub(crate) fn in_file<T>(path: &Path, result: io::Result<T>) -> Result<T, CaError> {
    result.map_err(|source| CaError::File { path: path.to_owned(), source })
}
