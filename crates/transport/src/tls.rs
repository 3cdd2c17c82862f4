//! Who we are on the wire, whom we trust, and what a failed handshake is called.
//!
//! TLS 1.2 and 1.3 with aws-lc-rs, given explicitly so that no process-wide default can change it. No
//! session is ever resumed: a resumed session would skip the look at the peer's certificate and so outlive
//! its revocation. Keys and roots can be renewed while servers and clients live: each handshake goes by what
//! is in force when it begins, and connections that are open go on. When to renew is decided in
//! `participant`. The list of failures is ours.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use rustls::client::{ResolvesClientCert, Resumption};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::server::{ClientHello, NoServerSessionStorage, ResolvesServerCert, WebPkiClientVerifier};
use rustls::sign::CertifiedKey;
use rustls::time_provider::TimeProvider;
use rustls::version::{TLS12, TLS13};
use rustls::{
    CertificateError, ClientConfig, RootCertStore, ServerConfig, SignatureScheme, SupportedProtocolVersion,
};
use rustls_pki_types::pem::{self, PemObject};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use terms::Clock;

const VERSIONS: [&SupportedProtocolVersion; 2] = [&TLS13, &TLS12];
const HTTP_1_1: &[u8] = b"http/1.1";
/// Certificates in one PEM file; more is a mistake, not a chain.
const MAX_CERTIFICATES_IN_FILE: usize = 64;

/// Keys and key agreement are the library's; the certificates they come in may be signed as the national CA
/// signs, GOST included.
fn provider() -> Arc<CryptoProvider> {
    let mut provider = aws_lc_rs::default_provider();
    provider.signature_verification_algorithms.all = pki::path_algorithms();
    Arc::new(provider)
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

/// Our TLS certificate chain with its private key. Cheap to clone; a renewal reaches all clones.
#[derive(Clone)]
pub struct Identity(Arc<ArcSwap<CertifiedKey>>);

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
            .map(|key| Self(Arc::new(ArcSwap::from_pointee(key))))
            .map_err(TlsSetupError::Unusable)
    }

    /// Takes up the key and chain of another identity, here and in all clones: for every handshake from now
    /// on. Exchanges that have begun go on; a client keeps no connection for the next one that was made with another key.
    pub fn renew(&self, by: &Self) {
        self.0.store(by.0.load_full());
    }

    /// The certificate shown at present.
    ///
    /// # Errors
    /// Where it is none by our strict reading.
    pub fn certificate(&self) -> Result<pki::Certificate, pki::CertificateError> {
        let key = self.0.load();
        // The chain is never empty: that was checked when the identity was made.
        pki::Certificate::from_der(key.cert.first().map_or(&[], |end| end.as_ref()))
    }

    /// The key in force now, to be told from a later one by its place in memory.
    pub(crate) fn in_force(&self) -> Arc<CertifiedKey> {
        self.0.load_full()
    }

    fn resolver(&self) -> Arc<InForce> {
        Arc::new(InForce(self.clone()))
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({} certificates, key hidden)", self.0.load().cert.len())
    }
}

/// Shows, in each handshake, the certificate that is in force then.
#[derive(Debug)]
struct InForce(Identity);

impl ResolvesServerCert for InForce {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.0.load_full())
    }
}

impl ResolvesClientCert for InForce {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(self.0.0.load_full())
    }

    fn has_certs(&self) -> bool {
        true
    }
}

fn count_is_sane(count: usize) -> Result<(), TlsSetupError> {
    match count {
        1..=MAX_CERTIFICATES_IN_FILE => Ok(()),
        _ => Err(TlsSetupError::CertificateCount(count)),
    }
}

/// The national CA's roots, and the clock by which certificates are dated. Cheap to clone; a renewal reaches
/// all clones.
#[derive(Clone)]
pub struct TlsRoots {
    store: Arc<ArcSwap<RootCertStore>>,
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
        let store = Arc::new(ArcSwap::from_pointee(store));
        Ok(Self { store, clock: Arc::new(rustls::time_provider::DefaultTimeProvider) })
    }

    /// Trusts from now on what the other roots trust, here and in all clones; the clock stays.
    pub fn renew(&self, by: &Self) {
        self.store.store(by.store.load_full());
    }

    /// Dates certificates by this clock instead of the system's.
    #[must_use]
    pub fn by_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock: Arc::new(HandedDown(clock)), ..self }
    }
}

impl fmt::Debug for TlsRoots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TlsRoots({} certificates)", self.store.load().len())
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
    /// The server's configuration, which follows the roots.
    pub(crate) fn configuration(self, inside: Inside) -> Result<Following<ServerConfig>, TlsSetupError> {
        Following::new(self.roots.clone(), move |roots| self.config(inside, roots))
    }

    fn config(&self, inside: Inside, roots: &Arc<RootCertStore>) -> Result<ServerConfig, TlsSetupError> {
        let builder = ServerConfig::builder_with_details(provider(), Arc::clone(&self.roots.clock))
            .with_protocol_versions(&VERSIONS)
            .map_err(TlsSetupError::Unusable)?;
        let verifier = || WebPkiClientVerifier::builder_with_provider(Arc::clone(roots), provider());
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
        Ok(config)
    }
}

/// A client's TLS configuration: our certificate where we have one, the national CA's roots, no resumption.
/// It follows the roots.
pub(crate) fn client_configuration(
    identity: Option<&Identity>,
    roots: &TlsRoots,
    inside: Inside,
) -> Result<Following<ClientConfig>, TlsSetupError> {
    let (identity, clock) = (identity.cloned(), Arc::clone(&roots.clock));
    Following::new(roots.clone(), move |roots| {
        let builder = ClientConfig::builder_with_details(provider(), Arc::clone(&clock))
            .with_protocol_versions(&VERSIONS)
            .map_err(TlsSetupError::Unusable)?
            .with_root_certificates(Arc::clone(roots));
        let mut config = match &identity {
            Some(identity) => builder.with_client_cert_resolver(identity.resolver()),
            None => builder.with_no_client_auth(),
        };
        config.resumption = Resumption::disabled();
        config.alpn_protocols = inside.alpn();
        Ok(config)
    })
}

type Make<C> = dyn Fn(&Arc<RootCertStore>) -> Result<C, TlsSetupError> + Send + Sync;

/// A TLS configuration that is made anew when the roots it was made from have been renewed.
pub(crate) struct Following<C> {
    roots: TlsRoots,
    make: Box<Make<C>>,
    made: ArcSwap<(Arc<RootCertStore>, Arc<C>)>,
}

impl<C> Following<C> {
    fn new(
        roots: TlsRoots,
        make: impl Fn(&Arc<RootCertStore>) -> Result<C, TlsSetupError> + Send + Sync + 'static,
    ) -> Result<Self, TlsSetupError> {
        let store = roots.store.load_full();
        let config = Arc::new(make(&store)?);
        Ok(Self { roots, make: Box::new(make), made: ArcSwap::from_pointee((store, config)) })
    }

    /// The configuration for a handshake that begins now.
    pub(crate) fn current(&self) -> Arc<C> {
        let (made, store) = (self.made.load(), self.roots.store.load());
        if Arc::ptr_eq(&made.0, &store) {
            return Arc::clone(&made.1);
        }
        match (self.make)(&store) {
            Ok(config) => {
                let config = Arc::new(config);
                self.made.store(Arc::new((Arc::clone(&store), Arc::clone(&config))));
                config
            }
            Err(error) => {
                tracing::error!(code = "TLM-TLS-12", %error, "the renewed roots are not usable");
                Arc::clone(&made.1)
            }
        }
    }
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
    /// The peer connected and left without a word: somebody who looked whether the door is open.
    #[error("the peer left without a word")]
    LeftSilently,
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
            Self::LeftSilently => "TLM-TLS-11",
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
