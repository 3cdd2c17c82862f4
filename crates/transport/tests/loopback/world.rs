//! A small country: a CA, its twin, a clock that stands still, servers and raw connections.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use pki::SuiteId;
use pki::issue::{Authority, Organisation, Profile, Request};
use terms::{Clock, Moment};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use transport::{
    ClientAuth, ClientLimits, Drained, HttpClient, Identity, KeepAlive, Listener, SecureStream, ServerLimits,
    ServerTls, StreamLimits, TlsRoots, connect, serve,
};

const DAY: i64 = 24 * 60 * 60;
/// Longer than anything here should take.
pub(crate) const LONG: Duration = Duration::from_secs(20);
/// A limit that is meant to be exceeded.
pub(crate) const SHORT: Duration = Duration::from_millis(200);

fn noon() -> Moment {
    "2026-11-22T12:00:00+05:00".parse().unwrap()
}

struct Stopped;

impl Clock for Stopped {
    fn now(&self) -> Moment {
        noon()
    }
}

pub(crate) struct Country(Authority);

impl Country {
    /// Each call makes a CA of the same name with another key: a twin of the others.
    pub(crate) fn new() -> Self {
        Self::under(SuiteId::P256)
    }

    /// A country whose CA signs by this suite; the keys of TLS stay P-256.
    pub(crate) fn under(suite: SuiteId) -> Self {
        let root = Authority::create_root(
            &"National CA".parse().unwrap(),
            suite,
            noon().plus_seconds(-100 * DAY),
            noon().plus_seconds(100 * DAY),
        )
        .unwrap();
        Self(Authority::load(root.key_pem.expose_secret(), &root.certificate.to_pem()).unwrap())
    }

    pub(crate) fn roots(&self) -> TlsRoots {
        TlsRoots::from_certificates(&[self.0.certificate().clone()]).unwrap().by_clock(Arc::new(Stopped))
    }

    pub(crate) fn root_pem(&self) -> String {
        self.0.certificate().to_pem()
    }

    /// A participant's TLS identity, valid between these days counted from today.
    pub(crate) fn identity_valid(&self, from_day: i64, to_day: i64) -> Identity {
        let (chain, key) = self.pem_valid(from_day, to_day);
        Identity::from_pem(chain.as_bytes(), key.as_bytes()).unwrap()
    }

    pub(crate) fn pem_valid(&self, from_day: i64, to_day: i64) -> (String, String) {
        let organisation =
            Organisation { name: "Test bank".parse().unwrap(), bin: "500140000017".parse().unwrap() };
        let request = Request {
            profile: Profile::ParticipantTls { organisation, host_names: Vec::new() },
            suite: SuiteId::P256,
            not_before: noon().plus_seconds(from_day * DAY),
            not_after: noon().plus_seconds(to_day * DAY),
            crl_url: "https://localhost/crl".to_owned(),
        };
        let issued = self.0.issue(&request).unwrap();
        (issued.certificate.to_pem(), issued.key_pem.expose_secret().to_owned())
    }

    pub(crate) fn identity(&self) -> Identity {
        self.identity_valid(-1, 1)
    }

    pub(crate) async fn serve(&self, router: Router) -> Server {
        self.serve_with(router, ClientAuth::Required, ServerLimits::default()).await
    }

    pub(crate) async fn serve_with(
        &self,
        router: Router,
        client_auth: ClientAuth,
        limits: ServerLimits,
    ) -> Server {
        let tls = ServerTls { identity: self.identity(), client_auth, roots: self.roots() };
        Self::serve_by(router, tls, limits).await
    }

    pub(crate) async fn serve_by(router: Router, tls: ServerTls, limits: ServerLimits) -> Server {
        let listener = Listener::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let served = tokio::spawn(async move {
            let stopped = async { drop(stopped.await) };
            serve(listener, tls, router, limits, stopped).await.unwrap()
        });
        Server { address, stop, served }
    }

    pub(crate) fn client(&self) -> HttpClient {
        self.client_with(Some(&self.identity()), ClientLimits::default())
    }

    pub(crate) fn keeping_client(&self) -> HttpClient {
        let limits = ClientLimits { keep_alive: KeepAlive::Yes, ..ClientLimits::default() };
        self.client_with(Some(&self.identity()), limits)
    }

    pub(crate) fn client_with(&self, identity: Option<&Identity>, limits: ClientLimits) -> HttpClient {
        HttpClient::new(identity, &self.roots(), limits).unwrap()
    }

    /// A connection on which a test says what it likes.
    pub(crate) async fn raw(&self, address: SocketAddr) -> Raw {
        let limits = StreamLimits::default();
        let (stream, _) =
            connect(address, "localhost", &self.identity(), &self.roots(), &limits).await.unwrap();
        Raw(stream)
    }
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    stop: oneshot::Sender<()>,
    served: JoinHandle<Drained>,
}

impl Server {
    pub(crate) fn url(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.address.port())
    }

    /// Tells the server to stop, and waits until it did elsewhere.
    pub(crate) fn stop(self) -> JoinHandle<Drained> {
        self.stop.send(()).unwrap();
        self.served
    }
}

pub(crate) struct Raw(pub(crate) SecureStream);

impl Raw {
    pub(crate) async fn say(&mut self, octets: impl AsRef<[u8]>) {
        self.0.write_all(octets.as_ref()).await.unwrap();
        self.0.flush().await.unwrap();
    }

    /// Everything the server says until it closes the connection; a reset counts as closing.
    pub(crate) async fn rest(&mut self) -> String {
        let mut heard = Vec::new();
        let _ = timeout(LONG, self.0.read_to_end(&mut heard)).await.expect("the server closes in time");
        String::from_utf8_lossy(&heard).into_owned()
    }

    /// Everything the server says until it ends the connection in order: a reset is a failure.
    pub(crate) async fn last_words(&mut self) -> String {
        let mut heard = Vec::new();
        let read = timeout(LONG, self.0.read_to_end(&mut heard)).await.expect("the server closes in time");
        read.unwrap_or_else(|error| panic!("{error} after {:?}", String::from_utf8_lossy(&heard)));
        String::from_utf8_lossy(&heard).into_owned()
    }

    /// What the server says until it has said this.
    pub(crate) async fn until(&mut self, end: &str) -> String {
        let mut heard = Vec::new();
        while !heard.ends_with(end.as_bytes()) {
            let octet = timeout(LONG, self.0.read_u8()).await.expect("the server answers in time");
            heard.push(octet.unwrap_or_else(|_| panic!("only: {}", String::from_utf8_lossy(&heard))));
        }
        String::from_utf8_lossy(&heard).into_owned()
    }
}
