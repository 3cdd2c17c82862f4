//! An issuing key of the CA, with the keys of the services that answer in its name.
//!
//! The keys of services live for a short time and are made anew here, by the process that needs them, so that losing
//! one costs little and a responder's certificate need not be asked about.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use pki::issue::Authority;
use pki::ocsp::Responder;
use pki::time_stamp::StampAuthority;
use pki::{CaService, Certificate, FileSigner, Signer as _};
use terms::{Moment, ShortText};
use zeroize::Zeroizing;

use crate::ca::{CLOCK_ALLOWANCE_SECONDS, CaError, NationalCa, in_file};
use crate::files::{write_public, write_secret};
use crate::store::IssuerRow;

const DAY_SECONDS: i64 = 86_400;
/// How long the certificate of an OCSP responder lives, in days: nobody can ask whether it is revoked.
const RESPONDER_DAYS: i64 = 30;
/// How long the certificate of a time-stamping authority lives, in days.
const STAMPS_DAYS: i64 = 365;
/// Below so many days to its end, a service's key is replaced.
const RENEWED_BEFORE_DAYS: i64 = 7;

/// An issuing key.
pub(crate) struct Issuer {
    pub(crate) id: i64,
    pub(crate) hierarchy: String,
    /// The name of its files and its lists.
    pub(crate) name: String,
    pub(crate) authority: Authority,
    /// The word of the hierarchy's earlier key that this one is the CA's too.
    pub(crate) link: Option<Certificate>,
    responder: Mutex<Option<Arc<Responder>>>,
    stamps: Mutex<Option<Arc<StampAuthority>>>,
}

impl Issuer {
    pub(crate) fn load(folder: &Path, row: IssuerRow, addresses: pki::Addresses) -> Result<Self, CaError> {
        let path = folder.join(format!("{}.key", row.name));
        let key = in_file(&path, fs::read_to_string(&path)).map(Zeroizing::new)?;
        let authority = Authority::load(&key, &row.certificate.to_pem())?.published_at(addresses);
        let (id, hierarchy, name, link) = (row.id, row.hierarchy, row.name, row.link);
        Ok(Self {
            id,
            hierarchy,
            name,
            authority,
            link,
            responder: Mutex::default(),
            stamps: Mutex::default(),
        })
    }

    /// Whether its certificate is in force: only then it issues, and publishes lists.
    pub(crate) fn is_in_force(&self, now: Moment) -> bool {
        let own = self.authority.certificate();
        (own.not_before()..=own.not_after()).contains(&now)
    }

    /// Whoever answers about this key's certificates.
    pub(crate) fn responder(&self, ca: &NationalCa) -> Result<Arc<Responder>, CaError> {
        let mut held = self.responder.lock().unwrap_or_else(PoisonError::into_inner);
        match held.as_ref().filter(|held| is_lasting(held.certificate(), ca.clock.now())) {
            Some(responder) => Ok(Arc::clone(responder)),
            None => {
                let signer = self.service_key(ca, CaService::OcspResponder)?;
                let responder = Arc::new(Responder::new(self.authority.certificate().clone(), signer));
                Ok(Arc::clone(held.insert(responder)))
            }
        }
    }

    /// Whoever stamps in this hierarchy.
    pub(crate) fn stamps(&self, ca: &NationalCa) -> Result<Arc<StampAuthority>, CaError> {
        let mut held = self.stamps.lock().unwrap_or_else(PoisonError::into_inner);
        match held.as_ref().filter(|held| is_lasting(held.certificate(), ca.clock.now())) {
            Some(stamps) => Ok(Arc::clone(stamps)),
            None => {
                let signer = self.service_key(ca, CaService::TimeStamping)?;
                Ok(Arc::clone(held.insert(Arc::new(StampAuthority::new(signer)))))
            }
        }
    }

    /// The key of a service from its files, or a new one where there is none that lasts.
    fn service_key(&self, ca: &NationalCa, service: CaService) -> Result<FileSigner, CaError> {
        let (word, profile, title, days) = match service {
            CaService::OcspResponder => ("ocsp", "ocsp-responder", "OCSP", RESPONDER_DAYS),
            CaService::TimeStamping => ("stamps", "time-stamping", "TSA", STAMPS_DAYS),
        };
        let file = |ending: &str| -> PathBuf { ca.folder.join(format!("{}-{word}.{ending}", self.name)) };
        let (key_path, certificate_path) = (file("key"), file("crt"));
        let now = ca.clock.now();
        if let Ok(signer) = FileSigner::load(&key_path, &certificate_path)
            && signer.certificate().is_issued_by(self.authority.certificate())
            && is_lasting(signer.certificate(), now)
        {
            return Ok(signer);
        }
        let own = self.authority.certificate();
        let life = (
            now.plus_seconds(-CLOCK_ALLOWANCE_SECONDS).max(own.not_before()),
            now.plus_seconds(days * DAY_SECONDS).min(own.not_after()),
        );
        // Names in a certificate have their bound, which a long name of the CA may fill.
        let name: String = own.subject().common_name.chars().take(48).collect();
        let name: ShortText = format!("{title} {name}").parse().map_err(|_| CaError::Name)?;
        let suite = own.public_key().suite().ok_or(CaError::Name)?;
        let issued = self.authority.issue_service(service, &name, suite, life)?;
        ca.registry().keep_certificate(self.id, &issued.certificate, profile, now)?;
        in_file(&key_path, write_secret(&key_path, issued.key_pem.expose_secret()))?;
        in_file(&certificate_path, write_public(&certificate_path, &issued.certificate.to_pem()))?;
        tracing::info!(issuer = self.name, service = word, serial = %issued.certificate.serial(), "service key made");
        Ok(FileSigner::from_pem(issued.key_pem.expose_secret(), &issued.certificate.to_pem())?)
    }
}

/// Whether a service's certificate lasts: the CA's own last days are served out by what there is.
fn is_lasting(certificate: &Certificate, now: Moment) -> bool {
    let life = certificate.not_after().seconds_since(certificate.not_before());
    let reserve = (RENEWED_BEFORE_DAYS * DAY_SECONDS).min(life / 4);
    now >= certificate.not_before() && now.plus_seconds(reserve) <= certificate.not_after()
}
