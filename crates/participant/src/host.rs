//! One running participant: who it is, whom it trusts, what time it is.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};

use anyhow::{Context, Result, ensure};
use arc_swap::ArcSwap;
use envelope::SoapVersion;
use pki::{Certificate, CrlError, Purpose, Signer, Trust};
use rights::Registry;
use store::Database;
use terms::{Bin, Clock, Entropy, MessageId, Moment, Trilingual};
use transport::{Identity, TlsRoots};
use wire::RequestHeader;

use crate::believed::Waiting;
use crate::config::{Config, Crl, Signing};
use crate::kept_list::KeptLists;
use crate::signing::{self, SigningKey};
use crate::watched::Watched;

/// The system's clock.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Moment {
        Moment::from_system_clock()
    }
}

/// The system's generator.
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&mut self, buffer: &mut [u8]) {
        // Without randomness nothing here may go on: codes and tokens would be guessable.
        getrandom::fill(buffer).expect("the system's random generator answers");
    }
}

/// Another participant this one can talk to.
#[derive(Debug, Clone)]
pub struct Known {
    /// Its number.
    pub bin: Bin,
    /// Its name.
    pub name: Trilingual,
    /// Where its messages go, where it takes any.
    pub messages: Option<String>,
}

/// A participant that runs.
pub struct Host {
    /// Its name in logs.
    pub name: String,
    /// Its number.
    pub bin: Bin,
    /// Its configuration.
    pub config: Config,
    /// The national CA and its revocation list.
    pub trust: Arc<Trust>,
    /// Its TLS key; clones follow its renewal.
    pub identity: Identity,
    /// The national CA's roots, for TLS; clones follow their renewal.
    pub roots: TlsRoots,
    /// The SOAP version it speaks first.
    pub soap: SoapVersion,
    /// Whose certificates may read the metrics, beside callers on this machine.
    pub(crate) monitors: BTreeSet<Bin>,
    pub(crate) kept_lists: KeptLists,
    pub(crate) believed: Waiting,
    /// Held by whoever asks the OCSP responder at present.
    pub(crate) asking: tokio::sync::Mutex<()>,
    registry: ArcSwap<Registry>,
    store: OnceLock<Database>,
    signer: Option<ArcSwap<SigningKey>>,
    files: Files,
    known: BTreeMap<Bin, Known>,
    clock: Arc<dyn Clock>,
    entropy: Mutex<Box<dyn Entropy>>,
}

/// The files that may be renewed while the process lives.
struct Files {
    national_ca: Watched,
    tls: Watched,
    signing: Option<Watched>,
    pins: Watched,
}

impl Files {
    fn of(config: &Config) -> Self {
        let path = |file: &Path| config.path(file);
        Self {
            national_ca: Watched::new([config.path(&config.national_ca)]),
            tls: Watched::new([path(&config.tls.certificate), path(&config.tls.key)]),
            signing: config.signing.as_ref().map(|home| signing::watched(home, path)),
            pins: Watched::new(config.pin_files()),
        }
    }
}

impl Host {
    /// Starts from a configuration, with the clock and the randomness that `app` made.
    ///
    /// # Errors
    /// Where a file is missing or does not fit.
    pub fn new(config: Config, clock: Arc<dyn Clock>, entropy: Box<dyn Entropy>) -> Result<Arc<Self>> {
        let bin = config.bin.parse().with_context(|| format!("the participant's BIN: {}", config.bin))?;
        // Begun before anything is read, so that no change is missed.
        let files = Files::of(&config);
        let certificates = read_certificates(&config.path(&config.national_ca))?;
        let roots = TlsRoots::from_certificates(&certificates)?.by_clock(clock.clone());
        let policy = config.crl.as_ref().map(Crl::policy).transpose()?.unwrap_or_default();
        let trust =
            Arc::new(Trust::new(certificates, policy).accepting(config.certificate_policies.accepted()?));
        trust.renew_pins(config.pins()?);
        let identity = load_identity(&config)?;
        let signer = config.signing.as_ref();
        let signer =
            signer.map(|home| SigningKey::load_at_start(home, |file| config.path(file))).transpose()?;
        let kept_lists = KeptLists::of(&config);
        if config.crl.is_some() {
            install_kept_lists(&kept_lists, &trust, clock.now());
        }
        let known = config
            .peer
            .iter()
            .map(|peer| {
                let bin = peer.bin()?;
                Ok((bin, Known { bin, name: peer.name(), messages: peer.messages.clone() }))
            })
            .collect::<Result<_>>()?;
        let soap = if config.soap == "1.2" { SoapVersion::V12 } else { SoapVersion::V11 };
        Ok(Arc::new(Self {
            name: config.name.clone(),
            bin,
            registry: ArcSwap::from_pointee(config.registry()?),
            trust,
            identity,
            roots,
            soap,
            monitors: config.monitors()?,
            kept_lists,
            believed: Waiting::default(),
            asking: tokio::sync::Mutex::default(),
            store: OnceLock::new(),
            signer: signer.map(ArcSwap::from_pointee),
            files,
            known,
            clock,
            entropy: Mutex::new(entropy),
            config,
        }))
    }

    /// The present moment.
    pub fn now(&self) -> Moment {
        self.clock.now()
    }

    /// The clock itself, for what outlives a call.
    pub fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }

    /// Draws something by chance.
    pub fn draw<R>(&self, draw: impl FnOnce(&mut dyn Entropy) -> R) -> R {
        draw(self.entropy.lock().expect("drawing does not panic").as_mut())
    }

    /// A fresh message number.
    pub fn message_id(&self) -> MessageId {
        let now = self.now();
        self.draw(|entropy| MessageId::generate(now, entropy))
    }

    /// The header of a new message of ours.
    pub fn header(&self) -> RequestHeader {
        RequestHeader { message_id: self.message_id(), sent_at: self.now(), sender: self.bin }
    }

    /// A participant it knows.
    pub fn known(&self, bin: Bin) -> Option<&Known> {
        self.known.get(&bin)
    }

    /// All participants it knows.
    pub fn all_known(&self) -> impl Iterator<Item = &Known> {
        self.known.values()
    }

    /// The registry of participants in force.
    pub fn registry(&self) -> Arc<Registry> {
        self.registry.load_full()
    }

    /// Puts another registry in force, at once for every message that is not permitted yet.
    pub fn go_by(&self, registry: Registry) {
        self.registry.store(Arc::new(registry));
    }

    /// The key it signs with at present.
    ///
    /// # Panics
    /// Where the configuration names none; asking a process that signs nothing for its key is a programming error.
    pub fn signer(&self) -> Arc<dyn Signer> {
        self.signer.as_ref().expect("this process has a [signing] key").load_full()
    }

    /// The certificate of that key, where there is one.
    pub(crate) fn signing_certificate(&self) -> Option<Certificate> {
        self.signer.as_ref().map(|signer| signer.load().certificate().clone())
    }

    /// Whether the signing key can be asked for a signature, where there is one.
    pub(crate) fn signing_key_answers(&self) -> Option<Result<(), String>> {
        self.signer.as_ref().map(|signer| signer.load().answers())
    }

    /// Says where this process keeps what it keeps, so that its readiness depends on it. Said once, at the start.
    pub fn keeps_in(&self, database: &Database) {
        // A second opening of the same file, by a test or a command, changes nothing.
        let _ = self.store.set(database.clone());
    }

    /// The revocation lists that this process, or the one beside which it works, believed last; in no order.
    ///
    /// # Errors
    /// Where a file cannot be read.
    pub fn kept_revocation_lists(&self) -> std::io::Result<Vec<Vec<u8>>> {
        self.kept_lists.read()
    }

    /// Where this process keeps what it keeps, once that is open.
    pub fn store(&self) -> Option<&Database> {
        self.store.get()
    }

    /// Takes up what was renewed in files: the national CA's certificates, the TLS key, the signing key, the keys pinned
    /// for others. What is not
    /// whole, or does not count yet, is not taken up, and the old one goes on; it is looked at again at the next call.
    /// Connections that others opened go on as they are; ours are not used for another message.
    pub fn take_up_renewed_files(&self) {
        if let Err(error) = self.files.national_ca.look(|| self.take_up_roots()) {
            tracing::warn!(event = "national-ca-not-taken-up", error = format!("{error:#}"));
        }
        if let Err(error) = self.files.tls.look(|| self.take_up_tls_key()) {
            tracing::warn!(event = "tls-key-not-taken-up", error = format!("{error:#}"));
        }
        if let Err(error) = self.files.pins.look(|| self.take_up_pins()) {
            tracing::error!(event = "pins-not-taken-up", error = format!("{error:#}"));
        }
        let Some((files, signing)) = self.files.signing.as_ref().zip(self.config.signing.as_ref()) else {
            return;
        };
        if let Err(error) = files.look(|| self.take_up_signing_key(signing)) {
            tracing::warn!(event = "signing-key-not-taken-up", error = format!("{error:#}"));
        }
    }

    fn take_up_roots(&self) -> Result<()> {
        let certificates = read_certificates(&self.config.path(&self.config.national_ca))?;
        self.roots.renew(&TlsRoots::from_certificates(&certificates)?);
        tracing::info!(event = "national-ca-renewed", certificates = certificates.len());
        self.trust.renew_roots(certificates);
        Ok(())
    }

    fn take_up_pins(&self) -> Result<()> {
        self.trust.renew_pins(self.config.pins()?);
        tracing::info!(event = "pins-renewed");
        Ok(())
    }

    fn take_up_tls_key(&self) -> Result<()> {
        let renewed = load_identity(&self.config)?;
        let certificate = renewed.certificate()?;
        self.check_own(&certificate, Purpose::TlsServer)?;
        self.identity.renew(&renewed);
        tracing::info!(event = "tls-key-renewed", serial = %certificate.serial());
        Ok(())
    }

    fn take_up_signing_key(&self, home: &Signing) -> Result<()> {
        let renewed = SigningKey::load(home, |file| self.config.path(file))?;
        self.check_own(renewed.certificate(), Purpose::MessageSigning)?;
        tracing::info!(event = "signing-key-renewed", serial = %renewed.certificate().serial());
        if let Some(signer) = &self.signer {
            signer.store(Arc::new(renewed));
        }
        Ok(())
    }

    /// A certificate that nobody would believe must not take the place of one that everybody does.
    fn check_own(&self, certificate: &Certificate, purpose: Purpose) -> Result<()> {
        let owner = certificate.subject().organisation.as_ref().and_then(|bin| bin.checked().ok());
        ensure!(owner == Some(self.bin), "the certificate is another organisation's");
        Ok(self.trust.check_without_revocation(certificate, purpose, self.now())?)
    }
}

fn load_identity(config: &Config) -> Result<Identity> {
    Ok(Identity::from_pem_files(&config.path(&config.tls.certificate), &config.path(&config.tls.key))?)
}

/// Reads the certificates of a PEM file. While the national CA changes its key there are two.
///
/// # Errors
/// Where the file cannot be read, holds something else, or nothing.
pub fn read_certificates(path: &Path) -> Result<Vec<Certificate>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    Certificate::all_from_pem(&text).with_context(|| format!("in {}", path.display()))
}

/// Puts the lists of the process's last life in force, so that no older one is believed after them (A7).
fn install_kept_lists(kept: &KeptLists, trust: &Trust, now: Moment) {
    let lists = match kept.read() {
        Ok(lists) => lists,
        Err(error) => return tracing::error!(event = "kept-crl-not-read", %error),
    };
    // A delta finds its base only after it: the files are in no order, so what lacks its base is offered again.
    let again = lists.iter().filter(|der| match trust.install_crl(der, now) {
        Ok(crl) => {
            tracing::info!(event = "kept-crl-installed", number = crl.number);
            false
        }
        Err(CrlError::DeltaWithoutBase { .. }) => true,
        // Without it the process begins as at its first start: with the next list fetched.
        Err(error) => {
            tracing::error!(event = "kept-crl-not-believed", %error);
            false
        }
    });
    for der in again.collect::<Vec<_>>() {
        match trust.install_crl(der, now) {
            Ok(crl) => tracing::info!(event = "kept-crl-installed", number = crl.number),
            Err(error) => tracing::error!(event = "kept-crl-not-believed", %error),
        }
    }
}
