//! The signer: a process that holds a signing key and answers requests to sign, and nothing else.
//!
//! A request names the certificate by its SHA-256 and carries the octets to sign; an answer carries the signature or
//! why there is none. While a key is renewed the old one still serves those who have not taken up the new certificate.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use arc_swap::ArcSwap;
use pki::{Certificate, Signer as _};
use serde::Deserialize;
use transport::LocalListener;

use super::{NotSigned, SigningKey, watched};
use crate::config::Signing;
use crate::serve::Shutdown;

/// How often the files of the key are looked at.
const FILES_EVERY: Duration = Duration::from_secs(5);
/// The key in force and those before it that still serve.
const MAX_KEYS: usize = 3;
const NAME_OCTETS: usize = 32;

/// What an answer begins with.
const SIGNED: u8 = 0;
const ANOTHER_KEY: u8 = 1;
const FAILED: u8 = 2;

/// The configuration file of a signer: TOML, paths relative to the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignerConfig {
    /// Its name in logs.
    pub name: String,
    /// Where it listens.
    pub socket: PathBuf,
    /// The numbers of the users that may ask, beside its own.
    #[serde(default)]
    pub callers: Vec<u32>,
    /// The key it signs with; not one in yet another process.
    pub signing: Signing,
    /// What to log, as everywhere.
    #[serde(default = "crate::config::default_log")]
    pub log: String,
    #[serde(skip)]
    folder: PathBuf,
}

impl SignerConfig {
    /// Reads a configuration file.
    ///
    /// # Errors
    /// Where the file cannot be read or has an unknown key.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
        let mut config: Self = toml::from_str(&text).with_context(|| format!("in {}", path.display()))?;
        config.folder = path.parent().unwrap_or(Path::new(".")).to_owned();
        ensure!(!matches!(config.signing, Signing::Process(_)), "a signer signs with a key of its own");
        Ok(config)
    }

    fn path(&self, relative: &Path) -> PathBuf {
        self.folder.join(relative)
    }
}

/// Runs a signer until it is told to stop.
///
/// # Errors
/// Where the key cannot be loaded or the socket not be opened.
pub async fn serve(config: SignerConfig, shutdown: Shutdown) -> Result<()> {
    let files = watched(&config.signing, |file| config.path(file));
    let first = Arc::new(SigningKey::load(&config.signing, |file| config.path(file))?);
    let serial = first.certificate().serial();
    let keys = Arc::new(ArcSwap::from_pointee(vec![first]));
    let socket = config.path(&config.socket);
    let listener = LocalListener::bind(&socket, &config.callers)
        .with_context(|| format!("listening at {}", socket.display()))?;
    tracing::info!(event = "signer-ready", signer = %config.name, %serial);
    let renewed = async {
        loop {
            tokio::time::sleep(FILES_EVERY).await;
            if let Err(error) = files.look(|| renew(&config, &keys)) {
                tracing::warn!(event = "signing-key-not-taken-up", error = format!("{error:#}"));
            }
        }
    };
    let held = keys.clone();
    tokio::select! {
        () = listener.serve(move |question| answer(&held.load(), question), shutdown.wait()) => Ok(()),
        () = renewed => Ok(()),
    }
}

/// Puts the renewed key first. Whether its certificate counts is for those to say who use it.
fn renew(config: &SignerConfig, keys: &ArcSwap<Vec<Arc<SigningKey>>>) -> Result<()> {
    let renewed = Arc::new(SigningKey::load(&config.signing, |file| config.path(file))?);
    tracing::info!(event = "signing-key-renewed", serial = %renewed.certificate().serial());
    let before = keys.load();
    let before = before.iter().filter(|key| key.certificate() != renewed.certificate());
    let all = [renewed.clone()].into_iter().chain(before.cloned()).take(MAX_KEYS).collect();
    keys.store(Arc::new(all));
    Ok(())
}

fn answer(keys: &[Arc<SigningKey>], question: &[u8]) -> Vec<u8> {
    let Some((name, octets)) = question.split_first_chunk::<NAME_OCTETS>() else { return vec![FAILED] };
    let Some(key) = keys.iter().find(|key| key.certificate().sha256() == *name) else {
        return vec![ANOTHER_KEY];
    };
    match key.sign(octets) {
        Ok(signature) => [&[SIGNED], signature.as_slice()].concat(),
        Err(_) => vec![FAILED],
    }
}

/// The request for a signature by the certificate's key.
pub(super) fn question(certificate: &Certificate, octets: &[u8]) -> Vec<u8> {
    [certificate.sha256().as_slice(), octets].concat()
}

/// The signature in an answer, not yet compared with anything.
pub(super) fn signature(answer: &[u8]) -> Result<&[u8], NotSigned> {
    match answer.split_first() {
        Some((&SIGNED, signature)) => Ok(signature),
        Some((&ANOTHER_KEY, _)) => Err(NotSigned::AnotherKey),
        _ => Err(NotSigned::SignerFailed),
    }
}
