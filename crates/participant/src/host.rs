//! One running participant: who it is, whom it trusts, what time it is.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use anyhow::{Context, Result};
use arc_swap::ArcSwap;
use envelope::SoapVersion;
use pki::{Certificate, CrlPolicy, FileSigner, Signer, Trust};
use rights::Registry;
use terms::{Bin, Clock, Entropy, MessageId, Moment, Trilingual};
use transport::{Identity, TlsRoots};
use wire::RequestHeader;

use crate::config::Config;

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
    /// The registry of participants.
    pub registry: Registry,
    /// Its TLS key.
    pub identity: Identity,
    /// The national CA's roots, for TLS.
    pub roots: TlsRoots,
    /// The SOAP version it speaks first.
    pub soap: SoapVersion,
    signer: Option<SignerFiles>,
    known: BTreeMap<Bin, Known>,
    clock: Arc<dyn Clock>,
    entropy: Mutex<Box<dyn Entropy>>,
}

struct SignerFiles {
    certificate: PathBuf,
    key: PathBuf,
    read_at: Mutex<Option<SystemTime>>,
    current: ArcSwap<FileSigner>,
}

impl SignerFiles {
    fn modified(&self) -> Option<SystemTime> {
        let time = |path| std::fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
        time(&self.certificate).max(time(&self.key))
    }
}

impl Host {
    /// Starts from a configuration, with the clock and the randomness that `app` made.
    ///
    /// # Errors
    /// Where a file is missing or does not fit.
    pub fn new(config: Config, clock: Arc<dyn Clock>, entropy: Box<dyn Entropy>) -> Result<Arc<Self>> {
        let bin = config.bin.parse().with_context(|| format!("the participant's BIN: {}", config.bin))?;
        let root_path = config.path(&config.national_ca);
        let root_pem = std::fs::read_to_string(&root_path)
            .with_context(|| format!("reading {}", root_path.display()))?;
        let root = Certificate::from_pem(&root_pem).with_context(|| format!("in {}", root_path.display()))?;
        let grace = config.crl.as_ref().map_or(0, |crl| crl.grace_seconds);
        let trust = Arc::new(Trust::new(vec![root.clone()], CrlPolicy { grace_seconds: grace }));
        let roots = TlsRoots::from_certificates(&[root])?.by_clock(clock.clone());
        let identity =
            Identity::from_pem_files(&config.path(&config.tls.certificate), &config.path(&config.tls.key))?;
        let signer = match &config.signing {
            None => None,
            Some(files) => {
                let (certificate, key) = (config.path(&files.certificate), config.path(&files.key));
                let current = FileSigner::load(&key, &certificate)
                    .with_context(|| format!("loading the signing key {}", key.display()))?;
                let files = SignerFiles {
                    certificate,
                    key,
                    read_at: Mutex::new(None),
                    current: ArcSwap::from_pointee(current),
                };
                *files.read_at.lock().expect("nothing panics while it is held") = files.modified();
                Some(files)
            }
        };
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
            registry: config.registry()?,
            trust,
            identity,
            roots,
            soap,
            signer,
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

    /// The key it signs with at present.
    ///
    /// # Panics
    /// Where the configuration names none; asking a process that signs nothing for its key is a programming error.
    pub fn signer(&self) -> Arc<dyn Signer> {
        self.signer.as_ref().expect("this process has a [signing] key").current.load_full()
    }

    /// Takes up a renewed signing key: the old one is used until the new pair is whole.
    pub fn take_up_renewed_key(&self) {
        let Some(files) = &self.signer else { return };
        let modified = files.modified();
        let mut read_at = files.read_at.lock().expect("nothing panics while it is held");
        if modified.is_none() || modified == *read_at {
            return;
        }
        match FileSigner::load(&files.key, &files.certificate) {
            Ok(renewed) => {
                tracing::info!(event = "signing-key-renewed", serial = %renewed.certificate().serial());
                files.current.store(Arc::new(renewed));
                *read_at = modified;
            }
            // Certificate and key are two files; between the two writes they do not fit.
            Err(error) => tracing::warn!(event = "signing-key-not-taken-up", %error),
        }
    }
}
