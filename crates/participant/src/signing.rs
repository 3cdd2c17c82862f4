//! The signing key in its home: a file, a token, or a process of its own. Everybody else sees `pki::Signer`.
//!
//! A key that is not in this process may be slow, wrong or gone. So its signature is compared with the certificate's
//! key before it is used, its failure is logged with the cause, and whoever waits for it leaves the runtime's worker to
//! others meanwhile.

pub mod process;

use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use pki::{
    Certificate, Container, FileSigner, MAX_CONTAINER_OCTETS, Password, SignatureSuite, Signer,
    SigningFailed, UnwrapError,
};
use tokio::runtime::{Handle, RuntimeFlavor};
use transport::{LocalClient, LocalError};
use zeroize::Zeroizing;

use crate::config::{FileKey, SignerSocket, Signing, TokenPlace};
use crate::host::read_certificates;
use crate::watched::Watched;

/// For a signature by another process, with all waits. Longer than any token takes, shorter than any caller waits.
const PROCESS_LIMIT: Duration = Duration::from_secs(3);
/// How long a process that begins waits for its signer, which may be beginning too.
const START_PATIENCE: Duration = Duration::from_secs(15);
const START_PAUSE: Duration = Duration::from_millis(50);
/// Signed by a key before it is taken up, to see that it is the certificate's.
const PROBE: &[u8] = b"is this the certificate's key?";

/// A signing key with its certificate.
pub(crate) struct SigningKey {
    certificate: Certificate,
    suite: &'static dyn SignatureSuite,
    home: Home,
}

enum Home {
    File(FileSigner),
    #[cfg(feature = "pkcs11")]
    Token(pki::TokenSigner),
    Process(LocalClient),
}

/// Why a key outside this process did not sign.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotSigned {
    #[cfg(feature = "pkcs11")]
    #[error(transparent)]
    Token(#[from] pki::TokenError),
    #[error("the signer: {0}")]
    Process(#[from] LocalError),
    #[error("the signer has another certificate's key")]
    AnotherKey,
    #[error("the signer does not offer to sign")]
    NotOffered,
    #[error("the signer could not sign")]
    SignerFailed,
    #[error("the signature is not one of the certificate's key")]
    Mismatch,
}

impl SigningKey {
    /// Loads a key from its home, whose paths `path` makes whole. The key has signed once when this returns.
    ///
    /// # Errors
    /// Where a file does not fit, or the key is not the certificate's, or does not sign.
    pub(crate) fn load(home: &Signing, path: impl Fn(&Path) -> PathBuf) -> Result<Self> {
        match home {
            Signing::File(files) => Self::from_file(files, path),
            Signing::Pkcs11(place) => Self::in_token(place, path),
            Signing::Process(socket) => Self::in_process(socket, path),
        }
    }

    fn from_file(files: &FileKey, path: impl Fn(&Path) -> PathBuf) -> Result<Self> {
        let key = path(&files.key);
        let shown = || format!("loading the signing key {}", key.display());
        let signer = match (&files.password, &files.certificate) {
            (None, Some(certificate)) => FileSigner::load(&key, path(certificate)).with_context(shown)?,
            (Some(password), None) => {
                let password =
                    Password::of_file(path(password)).context("the password of the signing key")?;
                let length = std::fs::metadata(&key).with_context(shown)?.len();
                ensure!(length <= MAX_CONTAINER_OCTETS as u64, "{} is no key container", key.display());
                let octets = std::fs::read(&key).with_context(shown)?;
                Container::read(&octets, &password).with_context(shown)?.signer().with_context(shown)?
            }
            _ => anyhow::bail!(
                "[signing]: a PEM key has a `certificate`, a key container (.p12) has a `password`, none has both"
            ),
        };
        Ok(Self {
            certificate: signer.certificate().clone(),
            suite: signer.suite(),
            home: Home::File(signer),
        })
    }

    #[cfg(feature = "pkcs11")]
    fn in_token(place: &TokenPlace, path: impl Fn(&Path) -> PathBuf) -> Result<Self> {
        let certificate = own_certificate(&path(&place.certificate))?;
        let key = pki::TokenKey {
            module: path(&place.module),
            token: place.token.clone(),
            key: place.key.clone(),
            pin: Password::of_file(path(&place.pin)).context("the PIN of the signing key's token")?,
        };
        let signer =
            aside(|| pki::TokenSigner::open(key, certificate)).context("opening the signing key's token")?;
        Ok(Self {
            certificate: signer.certificate().clone(),
            suite: signer.suite(),
            home: Home::Token(signer),
        })
    }

    #[cfg(not(feature = "pkcs11"))]
    fn in_token(_: &TokenPlace, _: impl Fn(&Path) -> PathBuf) -> Result<Self> {
        anyhow::bail!("[signing]: this program was built without `pkcs11`")
    }

    fn in_process(socket: &SignerSocket, path: impl Fn(&Path) -> PathBuf) -> Result<Self> {
        let certificate = own_certificate(&path(&socket.certificate))?;
        let suite = pki::suite_of(&certificate).context("the signing certificate")?;
        let key = Self {
            certificate,
            suite,
            home: Home::Process(LocalClient::new(path(&socket.socket), PROCESS_LIMIT)),
        };
        key.try_sign(PROBE).context("asking the signer")?;
        Ok(key)
    }

    /// As [`SigningKey::load`], for a process that begins: its signer may be beginning beside it, and is waited for.
    ///
    /// # Errors
    /// As [`SigningKey::load`].
    pub(crate) fn load_at_start(home: &Signing, path: impl Fn(&Path) -> PathBuf) -> Result<Self> {
        let until = Instant::now() + START_PATIENCE;
        loop {
            match Self::load(home, &path) {
                Err(error) if matches!(home, Signing::Process(_)) && Instant::now() < until => {
                    tracing::debug!(event = "signer-awaited", error = format!("{error:#}"));
                    aside(|| thread::sleep(START_PAUSE));
                }
                loaded => return loaded,
            }
        }
    }

    /// Whether the key can be asked for a signature now.
    ///
    /// # Errors
    /// The cause, where it cannot.
    pub(crate) fn answers(&self) -> Result<(), String> {
        match self.home {
            Home::File(_) => Ok(()),
            _ => self.try_sign(PROBE).map(drop).map_err(|error| error.to_string()),
        }
    }

    fn try_sign(&self, octets: &[u8]) -> Result<Vec<u8>, NotSigned> {
        match &self.home {
            // Nothing is waited for; the library itself compares.
            Home::File(signer) => signer.sign(octets).map_err(|SigningFailed| NotSigned::SignerFailed),
            #[cfg(feature = "pkcs11")]
            Home::Token(signer) => Ok(aside(|| signer.try_sign(octets))?),
            Home::Process(client) => {
                let question = process::question(&self.certificate, octets);
                let answer = aside(|| client.ask(&question))?;
                let signature = process::signature(&answer)?;
                let key = self.certificate.public_key();
                self.suite.verify(key, octets, signature).map_err(|_| NotSigned::Mismatch)?;
                Ok(signature.to_vec())
            }
        }
    }
}

/// A key in a file, or in a signer that offers it, also opens what was wrapped for it; tokens only sign.
impl Signer for SigningKey {
    fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    fn suite(&self) -> &'static dyn SignatureSuite {
        self.suite
    }

    fn sign(&self, octets: &[u8]) -> Result<Vec<u8>, SigningFailed> {
        self.try_sign(octets).map_err(|error| {
            metrics::counter!("tolem_signing_failures_total").increment(1);
            tracing::error!(event = "not-signed", %error);
            SigningFailed
        })
    }

    fn unwrap_key(&self, purpose: &[u8], wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, UnwrapError> {
        match &self.home {
            Home::File(signer) => signer.unwrap_key(purpose, wrapped),
            #[cfg(feature = "pkcs11")]
            Home::Token(_) => Err(UnwrapError::NotOffered),
            Home::Process(client) => process::opened_by(client, &self.certificate, purpose, wrapped),
        }
    }
}

/// The files by which a key is renewed.
pub(crate) fn watched(home: &Signing, path: impl Fn(&Path) -> PathBuf) -> Watched {
    let files: Vec<&PathBuf> = match home {
        Signing::File(FileKey { certificate, key, password }) => {
            certificate.iter().chain([key]).chain(password).collect()
        }
        Signing::Pkcs11(TokenPlace { certificate, pin, .. }) => vec![certificate, pin],
        Signing::Process(SignerSocket { certificate, .. }) => vec![certificate],
    };
    Watched::new(files.into_iter().map(|file| path(file)))
}

fn own_certificate(path: &Path) -> Result<Certificate> {
    let mut certificates = read_certificates(path)?;
    ensure!(certificates.len() == 1, "{} holds more than the signing certificate", path.display());
    Ok(certificates.remove(0))
}

/// Waits for something outside this process, without holding up the runtime's other tasks.
fn aside<R>(wait: impl FnOnce() -> R) -> R {
    match Handle::try_current() {
        Ok(runtime) if runtime.runtime_flavor() == RuntimeFlavor::MultiThread => {
            tokio::task::block_in_place(wait)
        }
        _ => wait(),
    }
}
