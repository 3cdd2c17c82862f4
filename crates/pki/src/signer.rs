//! Who signs: a certificate together with its private key.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::agreement::UnwrapError;
use crate::certificate::{Certificate, CertificateError};
use crate::key::PrivateKey;
use crate::suite::{SignatureSuite, suite};

/// Signs with one key. A token or a hardware module is another implementation of this trait.
pub trait Signer: Send + Sync {
    /// The certificate of the key.
    fn certificate(&self) -> &Certificate;
    /// The suite the key belongs to.
    fn suite(&self) -> &'static dyn SignatureSuite;
    /// Signs the octets, in XML-DSig's form (ECDSA: r‖s; GOST: as in certificates).
    ///
    /// # Errors
    /// [`SigningFailed`] where the key's keeper could not sign.
    fn sign(&self, octets: &[u8]) -> Result<Vec<u8>, SigningFailed>;
    /// Opens a secret key that [`wrap_key`](crate::wrap_key) wrapped for this signer's certificate and this
    /// purpose. A keeper that cannot agree on keys leaves this as it is.
    ///
    /// # Errors
    /// [`UnwrapError`].
    fn unwrap_key(&self, _purpose: &[u8], _wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, UnwrapError> {
        Err(UnwrapError::NotOffered)
    }
}

/// The key's keeper could not sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("signing failed")]
pub struct SigningFailed;

/// Why a key and its certificate could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A file could not be read.
    #[error("reading {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The key is no usable RSA, P-256 or GOST key in PKCS #8.
    #[error("the private key is not RSA of 2048 bits or more, P-256 or GOST in PKCS #8 PEM")]
    Key,
    /// The certificate could not be read.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The certificate is for another key.
    #[error("the private key does not belong to the certificate")]
    Mismatch,
}

/// Signs with a key from a file. The parsed key lives in its library's object only.
pub struct FileSigner {
    certificate: Certificate,
    key: PrivateKey,
}

impl FileSigner {
    /// Loads a key (PKCS #8) and its certificate, both in PEM. The key's text is wiped after reading.
    ///
    /// # Errors
    /// [`LoadError`], also where the two do not belong together.
    pub fn load(
        key_pem_path: impl AsRef<Path>,
        certificate_pem_path: impl AsRef<Path>,
    ) -> Result<Self, LoadError> {
        let key_pem = read(key_pem_path.as_ref())?;
        let certificate_pem = read(certificate_pem_path.as_ref())?;
        Self::from_pem(&key_pem, &certificate_pem)
    }

    /// As [`FileSigner::load`], from texts that are already in memory and are the caller's to wipe.
    ///
    /// # Errors
    /// As [`FileSigner::load`].
    pub fn from_pem(key_pem: &str, certificate_pem: &str) -> Result<Self, LoadError> {
        let certificate = Certificate::from_pem(certificate_pem)?;
        let key = PrivateKey::from_pem(key_pem.trim()).map_err(|_| LoadError::Key)?;
        if !key.belongs_to(certificate.public_key()) {
            return Err(LoadError::Mismatch);
        }
        Ok(Self { certificate, key })
    }

    pub(crate) fn key(&self) -> &PrivateKey {
        &self.key
    }
}

fn read(path: &Path) -> Result<Zeroizing<String>, LoadError> {
    fs::read_to_string(path)
        .map(Zeroizing::new)
        .map_err(|source| LoadError::Read { path: path.to_owned(), source })
}

impl Signer for FileSigner {
    fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    fn suite(&self) -> &'static dyn SignatureSuite {
        suite(self.key.suite())
    }

    fn sign(&self, octets: &[u8]) -> Result<Vec<u8>, SigningFailed> {
        self.key.sign(octets).map_err(|_| SigningFailed)
    }

    fn unwrap_key(&self, purpose: &[u8], wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, UnwrapError> {
        self.key.unwrap_key(purpose, wrapped)
    }
}

impl fmt::Debug for FileSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileSigner").field("certificate", &self.certificate).finish_non_exhaustive()
    }
}
