//! Who we are on the wire, whom we trust, and what a failed handshake is called.
//!
//! TLS 1.2 and 1.3 with aws-lc-rs, given explicitly so that no process-wide default can change it. No
//! session is ever resumed: a resumed session would skip the look at the peer's certificate and so outlive
//! its revocation. The list of failures is ours.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustls::client::Resumption;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::time_provider::TimeProvider;
use rustls::version::{TLS12, TLS13};
use rustls::{CertificateError, ClientConfig, RootCertStore, ServerConfig, SupportedProtocolVersion};
use rustls_pki_types::pem::{self, PemObject};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use terms::Clock;

const VERSIONS: [&SupportedProtocolVersion; 2] = [&TLS13, &TLS12];
const HTTP_1_1: &[u8] = b"http/1.1";
/// Certificates in one PEM file; more is a mistake, not a chain.
const MAX_CERTIFICATES_IN_FILE: usize = 64;

fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

/// Why no TLS configuration came about. It is the operator's move.
#[derive(Debug, thiserror::Error)]
pub enum TlsSetupError {
    /// A file could not be read or holds no such PEM section.
    #[error("reading {}: {source}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What the reader said.
        source: pem::Error,
    },
    /// Text given in place of a file is not PEM.
    #[error("the text is not PEM: {0}")]
    Pem(pem::Error),
    /// No certificate, or more than a chain can have.
    #[error("there are {0} certificates where 1 to {MAX_CERTIFICATES_IN_FILE} are expected")]
    CertificateCount(usize),
    /// Key and certificate do not fit together, or are of no supported kind.
    #[error("the key or certificate is not usable: {0}")]
    Unusable(rustls::Error),
    /// The socket has no address.
    #[error("the socket has no address: {0}")]
    Socket(io::Error),
    /// A root certificate is not usable.
    #[error("the root certificate is not usable: {0}")]
    Root(String),
}

/// Our TLS certificate chain with its private key. Cheap to clone.
#[derive(Clone)]
pub struct Identity(Arc<CertifiedKey>);

impl Identity {
    /// Reads the chain (the end certificate first) and its key from two PEM files.
    ///
    /// # Errors
    /// Where a file cannot be read, is not PEM, or key and certificate do not fit together.
    pub fn from_pem_files(chain: &Path, key: &Path) -> Result<Self, TlsSetupError> {
        let file = |path: &Path| {
            let path = path.to_owned();
            move |source| TlsSetupError::File { path, source }
        };
        let certificates = CertificateDer::pem_file_iter(chain)
            .and_then(|sections| sections.collect::<Result<Vec<_>, _>>())
            .map_err(file(chain))?;
        Self::new(certificates, PrivateKeyDer::from_pem_file(key).map_err(file(key))?)
    }

    /// The same from PEM text in memory.
    ///
    /// # Errors
    /// As [`Identity::from_pem_files`].
    pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<Self, TlsSetupError> {
        let certificates = CertificateDer::pem_slice_iter(chain)
            .collect::<Result<Vec<_>, _>>()
            .map_err(TlsSetupError::Pem)?;
        Self::new(certificates, PrivateKeyDer::from_pem_slice(key).map_err(TlsSetupError::Pem)?)
    }

    fn new(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> Result<Self, TlsSetupError> {
        count_is_sane(chain.len())?;
        CertifiedKey::from_der(chain, key, &provider())
            .map(|key| Self(Arc::new(key)))
            .map_err(TlsSetupError::Unusable)
    }

    fn resolver(&self) -> Arc<SingleCertAndKey> {
        Arc::new(SingleCertAndKey::from(Arc::clone(&self.0)))
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({} certificates, key hidden)", self.0.cert.len())
    }
}

fn count_is_sane(count: usize) -> Result<(), TlsSetupError> {
    match count {
        1..=MAX_CERTIFICATES_IN_FILE => Ok(()),
        _ => Err(TlsSetupError::CertificateCount(count)),
    }
}

/// The national CA's roots, and the clock by which certificates are dated. Cheap to clone.
#[derive(Clone)]
pub struct TlsRoots {
    store: Arc<RootCertStore>,
    clock: Arc<dyn TimeProvider>,
}

impl TlsRoots {
    /// Trusts the certificates of one PEM file, dated by the system's clock.
    ///
    /// # Errors
    /// Where the file cannot be read, is not PEM, or holds no usable certificate.
    pub fn from_pem_file(path: &Path) -> Result<Self, TlsSetupError> {
        let roots = CertificateDer::pem_file_iter(path)
            .and_then(|sections| sections.collect::<Result<Vec<_>, _>>())
            .map_err(|source| TlsSetupError::File { path: path.to_owned(), source })?;
        Self::new(roots)
    }

    /// Trusts the certificates of PEM text in memory.
    ///
    /// # Errors
    /// As [`TlsRoots::from_pem_file`].
    pub fn from_pem(text: &[u8]) -> Result<Self, TlsSetupError> {
        let roots = CertificateDer::pem_slice_iter(text).collect::<Result<Vec<_>, _>>();
        Self::new(roots.map_err(TlsSetupError::Pem)?)
    }

    /// Trusts these certificates.
    ///
    /// # Errors
    /// Where there is none, or one cannot be a root.
    pub fn from_certificates(roots: &[pki::Certificate]) -> Result<Self, TlsSetupError> {
        Self::new(roots.iter().map(|root| CertificateDer::from(root.der().to_vec())).collect())
    }

    fn new(roots: Vec<CertificateDer<'static>>) -> Result<Self, TlsSetupError> {
        count_is_sane(roots.len())?;
        let mut store = RootCertStore::empty();
        for root in roots {
            store.add(root).map_err(|error| TlsSetupError::Root(error.to_string()))?;
        }
        Ok(Self { store: Arc::new(store), clock: Arc::new(rustls::time_provider::DefaultTimeProvider) })
    }

    /// Dates certificates by this clock instead of the system's.
    #[must_use]
    pub fn by_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock: Arc::new(HandedDown(clock)), ..self }
    }
}

impl fmt::Debug for TlsRoots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TlsRoots({} certificates)", self.store.len())
    }
}

/// The clock made in `app`, in the form rustls asks for.
struct HandedDown(Arc<dyn Clock>);

impl fmt::Debug for HandedDown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HandedDown")
    }
}

impl TimeProvider for HandedDown {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = u64::try_from(self.0.now().unix_seconds()).ok()?;
        Some(UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
    }
}

/// Whether a server asks its clients for a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientAuth {
    /// Nobody enters without a certificate of the national CA: ports for messages.
    Required,
    /// A certificate is asked for; who shows one must show a good one.
    Optional,
    /// None is asked for: ports for citizens' browsers.
    None,
}

/// The TLS side of a server.
#[derive(Debug, Clone)]
pub struct ServerTls {
    /// Our own certificate and key.
    pub identity: Identity,
    /// Whether clients show a certificate.
    pub client_auth: ClientAuth,
    /// Whose certificates clients may show.
    pub roots: TlsRoots,
}

/// What is spoken inside TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Inside {
    Http,
    Frames,
}

impl Inside {
    fn alpn(self) -> Vec<Vec<u8>> {
        match self {
            Self::Http => vec![HTTP_1_1.to_vec()],
            Self::Frames => Vec::new(),
        }
    }
}

impl ServerTls {
    pub(crate) fn config(&self, inside: Inside) -> Result<Arc<ServerConfig>, TlsSetupError> {
        let builder = ServerConfig::builder_with_details(provider(), Arc::clone(&self.roots.clock))
            .with_protocol_versions(&VERSIONS)
            .map_err(TlsSetupError::Unusable)?;
        let verifier =
            || WebPkiClientVerifier::builder_with_provider(Arc::clone(&self.roots.store), provider());
        let root = |error: rustls::server::VerifierBuilderError| TlsSetupError::Root(error.to_string());
        let builder = match self.client_auth {
            ClientAuth::Required => builder.with_client_cert_verifier(verifier().build().map_err(root)?),
            ClientAuth::Optional => {
                builder.with_client_cert_verifier(verifier().allow_unauthenticated().build().map_err(root)?)
            }
            ClientAuth::None => builder.with_no_client_auth(),
        };
        let mut config = builder.with_cert_resolver(self.identity.resolver());
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        config.alpn_protocols = inside.alpn();
        Ok(Arc::new(config))
    }
}

/// A client's TLS configuration: our certificate where we have one, the national CA's roots, no resumption.
pub(crate) fn client_config(
    identity: Option<&Identity>,
    roots: &TlsRoots,
    inside: Inside,
) -> Result<Arc<ClientConfig>, TlsSetupError> {
    let builder = ClientConfig::builder_with_details(provider(), Arc::clone(&roots.clock))
        .with_protocol_versions(&VERSIONS)
        .map_err(TlsSetupError::Unusable)?
        .with_root_certificates(Arc::clone(&roots.store));
    let mut config = match identity {
        Some(identity) => builder.with_client_cert_resolver(identity.resolver()),
        None => builder.with_no_client_auth(),
    };
    config.resumption = Resumption::disabled();
    config.alpn_protocols = inside.alpn();
    Ok(Arc::new(config))
}

/// What was wrong with a handshake, under the code by which the operator's manual lists it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TlsFailure {
    /// A certificate was asked for and none came.
    #[error("the peer showed no certificate")]
    NoCertificate,
    /// The chain does not end at a root of the national CA.
    #[error("the peer's certificate is not from the national CA")]
    UnknownIssuer,
    /// The certificate's last day is over.
    #[error("the peer's certificate has expired")]
    Expired,
    /// The certificate's first day is yet to come.
    #[error("the peer's certificate is not valid yet")]
    NotYetValid,
    /// The certificate is for another use or another name.
    #[error("the peer's certificate is for another use or name")]
    WrongUse,
    /// The certificate is wrong in another way.
    #[error("the peer's certificate is not acceptable: {0}")]
    BadCertificate(String),
    /// The peer refused us, by this alert.
    #[error("the peer refused the handshake: {0}")]
    RefusedByPeer(String),
    /// The peer does not speak TLS 1.2 or 1.3 as we do.
    #[error("no common TLS: {0}")]
    Protocol(String),
    /// The handshake took too long.
    #[error("the TLS handshake took too long")]
    TimedOut,
    /// The peer hung up.
    #[error("the peer hung up in the handshake: {0}")]
    HungUp(io::ErrorKind),
}

impl TlsFailure {
    /// The catalogue code: stable, in every log line about it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoCertificate => "TLM-TLS-01",
            Self::UnknownIssuer => "TLM-TLS-02",
            Self::Expired => "TLM-TLS-03",
            Self::NotYetValid => "TLM-TLS-04",
            Self::WrongUse => "TLM-TLS-05",
            Self::BadCertificate(_) => "TLM-TLS-06",
            Self::RefusedByPeer(_) => "TLM-TLS-07",
            Self::Protocol(_) => "TLM-TLS-08",
            Self::TimedOut => "TLM-TLS-09",
            Self::HungUp(_) => "TLM-TLS-10",
        }
    }

    /// Reads what rustls put inside an input/output error.
    pub(crate) fn from_io(error: &io::Error) -> Self {
        match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            Some(error) => Self::from_rustls(error),
            None => Self::HungUp(error.kind()),
        }
    }

    fn from_rustls(error: &rustls::Error) -> Self {
        match error {
            rustls::Error::NoCertificatesPresented => Self::NoCertificate,
            rustls::Error::InvalidCertificate(error) => Self::from_certificate_error(error),
            rustls::Error::AlertReceived(alert) => Self::RefusedByPeer(format!("{alert:?}")),
            other => Self::Protocol(other.to_string()),
        }
    }

    fn from_certificate_error(error: &CertificateError) -> Self {
        match error {
            // A twin CA carries the same name, so that its certificates fail at the signature.
            CertificateError::UnknownIssuer | CertificateError::BadSignature => Self::UnknownIssuer,
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => Self::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Self::NotYetValid,
            CertificateError::InvalidPurpose
            | CertificateError::InvalidPurposeContext { .. }
            | CertificateError::NotValidForName
            | CertificateError::NotValidForNameContext { .. } => Self::WrongUse,
            other => Self::BadCertificate(other.to_string()),
        }
    }
}
