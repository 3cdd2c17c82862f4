//! The HTTPS server: our own accept loop around hyper, from the socket to an axum router.
//!
//! Here a connection is accepted, made TLS, guarded, given its [`Peer`], served and drained. What a request
//! means is the router's business. Revocation is the router's business too: it is checked for each message,
//! with the certificate in [`Peer`], and a connection whose certificate was revoked in the meantime is
//! closed by [`Peer::close_after_answer`]. There is deliberately no hook for it here, because the refusal
//! must be a signed fault, which only the message endpoint can make.
//!
//! A handler runs in a task of its own: a peer that hangs up does not interrupt a use case halfway.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::response::{IntoResponse, Response};
use http::header::CONNECTION;
use http::{HeaderValue, Request, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use pki::Certificate;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustls::ServerConfig;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tower::ServiceExt;

use crate::body::guarded_body;
use crate::framing::MAX_HEADER_FIELDS;
use crate::guard::{Guard, Waiting};
use crate::limits::ServerLimits;
use crate::peer::{ConnectionId, Peer};
use crate::tls::{Following, Inside, ServerTls, TlsFailure, TlsSetupError};

/// Connections beyond the limit that are told so, instead of being dropped.
const MAX_REFUSALS_AT_ONCE: usize = 64;
/// After an accept that failed, usually for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
const TOO_BUSY: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

/// A bound TCP socket that waits for connections.
#[derive(Debug)]
pub struct Listener(TcpListener);

impl Listener {
    /// Binds an address; with port 0 the system chooses one.
    ///
    /// # Errors
    /// Where the address is taken or not ours.
    pub async fn bind(address: SocketAddr) -> io::Result<Self> {
        TcpListener::bind(address).await.map(Self)
    }

    /// Takes over a socket that is bound already, such as one handed down by the process that started us.
    ///
    /// # Errors
    /// Where the socket cannot be watched by the runtime.
    pub fn adopt(listener: std::net::TcpListener) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        TcpListener::from_std(listener).map(Self)
    }

    /// Where it listens.
    ///
    /// # Errors
    /// Where the system does not say.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }

    /// The next connection; a failure is the system's and passes, so it is logged and waited out.
    pub(crate) async fn accept(&self) -> (TcpStream, SocketAddr) {
        loop {
            match self.0.accept().await {
                Ok((stream, address)) => {
                    // Answers are written whole; waiting to fill a segment would only delay them.
                    if let Err(error) = stream.set_nodelay(true) {
                        tracing::debug!(%address, %error, "TCP_NODELAY was not set");
                    }
                    return (stream, address);
                }
                Err(error) => {
                    tracing::warn!(code = "TLM-TCP-01", %error, "a connection could not be accepted");
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }
}

/// Lets this process open as many files as the system allows it at all: each connection takes one, and the usual
/// soft limit of 1,024 is less than what a single server keeps open.
pub fn allow_many_connections() {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::warn!(code = "TLM-TCP-03", %error, "the limit of open files was not raised");
    }
}

/// Whether nobody listens at an address of this machine, so that a server may be started there.
pub fn is_free(address: SocketAddr) -> bool {
    std::net::TcpListener::bind(address).is_ok()
}

/// Whether somebody listens at an address.
pub async fn is_listening(address: SocketAddr) -> bool {
    tokio::net::TcpStream::connect(address).await.is_ok()
}

/// How serving ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drained {
    /// Every request in progress was answered.
    Whole,
    /// The time for draining ran out first.
    Cut,
}

/// Serves the router over TLS until `shutdown` is ready, then lets requests in progress finish.
///
/// Each request carries a [`Peer`] in its extensions.
///
/// # Errors
/// Where the TLS side is not usable. Once serving has begun, nothing a peer does ends it.
pub async fn serve(
    listener: Listener,
    tls: ServerTls,
    router: Router,
    limits: ServerLimits,
    shutdown: impl Future<Output = ()>,
) -> Result<Drained, TlsSetupError> {
    let tls = tls.configuration(Inside::Http)?;
    let (stop, stopping) = watch::channel(false);
    let (alive, mut all_gone) = mpsc::channel::<Infallible>(1);
    let server = Arc::new(Server {
        tls,
        // One bound for bodies, ours; axum's own would only be a second opinion.
        router: router.layer(DefaultBodyLimit::disable()),
        limits: Arc::new(limits),
        crowd: Mutex::default(),
    });

    let mut connections = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            (stream, address) = listener.accept() => {
                if let Some(place) = server.admit() {
                    let life = Life { stopping: stopping.clone(), alive: alive.clone() };
                    connections.spawn(Arc::clone(&server).attend(stream, address, place, life));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }

    drop((listener, alive, stopping));
    let _ = stop.send(true);
    let drained = async {
        while connections.join_next().await.is_some() {}
        all_gone.recv().await
    };
    Ok(match timeout(server.limits.drain, drained).await {
        Ok(_) => Drained::Whole,
        Err(_) => {
            tracing::warn!(code = "TLM-HTTP-05", "requests in progress were cut at shutdown");
            Drained::Cut
        }
    })
}

/// What all connections of one server share.
struct Server {
    tls: Following<ServerConfig>,
    router: Router,
    limits: Arc<ServerLimits>,
    /// Everybody who is connected. The lock is never held across an await or a call out.
    crowd: Mutex<Crowd>,
}

#[derive(Default)]
struct Crowd {
    served: BTreeMap<ConnectionId, Arc<Waiting>>,
    refused: usize,
}

/// What a new connection gets.
enum Place {
    Served(ConnectionId, Arc<Waiting>),
    /// An apology.
    Refused,
}

/// How a connection hears of the shutdown, and how the server hears that it is gone.
#[derive(Clone)]
struct Life {
    stopping: watch::Receiver<bool>,
    alive: mpsc::Sender<Infallible>,
}

/// A connection's place; given back when dropped.
struct Leave<'a>(&'a Server, Option<ConnectionId>);

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        let mut crowd = self.0.crowd();
        match &self.1 {
            Some(id) => drop(crowd.served.remove(id)),
            None => crowd.refused -= 1,
        }
    }
}

impl Server {
    fn crowd(&self) -> std::sync::MutexGuard<'_, Crowd> {
        // Nothing that can panic runs under the lock, and the map is whole at each step.
        self.crowd.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Finds a place for one more connection, at the cost of the one that has kept us waiting longest.
    fn admit(&self) -> Option<Place> {
        let mut crowd = self.crowd();
        if crowd.served.len() >= self.limits.connections && !crowd.evict_the_slowest() {
            if crowd.refused >= MAX_REFUSALS_AT_ONCE {
                return None;
            }
            crowd.refused += 1;
            return Some(Place::Refused);
        }
        let (id, waiting) = (ConnectionId::next(), Waiting::new());
        crowd.served.insert(id, Arc::clone(&waiting));
        Some(Place::Served(id, waiting))
    }

    /// The whole life of one connection.
    async fn attend(self: Arc<Self>, stream: TcpStream, address: SocketAddr, place: Place, life: Life) {
        match place {
            Place::Refused => {
                let _leave = Leave(&self, None);
                tracing::warn!(code = "TLM-HTTP-06", %address, "too many connections");
                let Ok(mut stream) = shake_hands(self.tls.current(), stream, self.limits.handshake).await
                else {
                    return;
                };
                let apologise = async {
                    stream.write_all(TOO_BUSY).await?;
                    stream.shutdown().await
                };
                // The peer is being sent away: whether it hears why is its own matter.
                let _ = timeout(self.limits.handshake, apologise).await;
            }
            Place::Served(id, waiting) => {
                let _leave = Leave(&self, Some(id));
                let served = self.serve_connection(stream, address, id, &waiting, &life);
                tokio::select! {
                    () = served => {}
                    () = waiting.evicted.notified() => {
                        tracing::warn!(code = "TLM-HTTP-07", connection = %id, "closed to make room");
                    }
                }
            }
        }
    }

    async fn serve_connection(
        &self,
        stream: TcpStream,
        address: SocketAddr,
        id: ConnectionId,
        waiting: &Arc<Waiting>,
        life: &Life,
    ) {
        let accepted = match shake_hands(self.tls.current(), stream, self.limits.handshake).await {
            Ok(stream) => certificate_of(&stream).map(|certificate| (stream, certificate)),
            Err(failure) => Err(failure),
        };
        let (stream, certificate) = match accepted {
            Ok(accepted) => accepted,
            Err(failure) => {
                log_failure(&failure, address);
                return;
            }
        };
        let peer = Peer::on(id, certificate, address);
        let guard = Guard::new(stream, id, Arc::clone(&self.limits), Arc::clone(waiting));
        let service = service_fn(|request| async {
            let answer = self.answer(request, &peer, life).await;
            waiting.answered();
            Ok::<_, Infallible>(answer)
        });
        let mut connection = pin!(
            http1::Builder::new()
                .max_headers(MAX_HEADER_FIELDS)
                .serve_connection(TokioIo::new(guard), service)
        );
        // Declared after the connection and so dropped before it: a body that breaks off with the connection finds
        // its peer gone.
        let _gone = peer.gone_when_dropped();
        let mut stopping = life.stopping.clone();
        let stop = async {
            // An error means that the server is gone, which is a reason to stop as well.
            let _ = stopping.wait_for(|stop| *stop).await;
        };
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = stop => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%address, connection = %id, %error, "the connection broke off");
        }
    }

    /// Hands one request to the router, in a task that outlives the connection if need be.
    async fn answer(&self, request: Request<Incoming>, peer: &Peer, life: &Life) -> Response {
        let (mut request, cut) = guarded_body(request, self.limits.body_octets);
        request.extensions_mut().insert(peer.clone());

        let (router, alive) = (self.router.clone(), life.alive.clone());
        let handling = tokio::spawn(async move {
            let answer = router.oneshot(request).await;
            drop(alive);
            answer
        });
        let mut answer = match handling.await {
            Ok(Ok(answer)) => answer,
            Ok(Err(impossible)) => match impossible {},
            Err(error) => {
                let connection = peer.connection;
                tracing::error!(code = "TLM-HTTP-08", %connection, %error, "a handler failed");
                closing(StatusCode::INTERNAL_SERVER_ERROR.into_response())
            }
        };
        cut.correct(&mut answer);
        if peer.is_closing() || *life.stopping.borrow() || cut.is_cut() { closing(answer) } else { answer }
    }
}

impl Crowd {
    /// Closes the connection whose peer has been the one to move for longest; false where none is.
    fn evict_the_slowest(&mut self) -> bool {
        let slowest =
            self.served.iter().filter_map(|(id, waiting)| waiting.since().map(|since| (since, *id))).min();
        let Some(waiting) = slowest.and_then(|(_, id)| self.served.remove(&id)) else {
            return false;
        };
        waiting.evicted.notify_one();
        true
    }
}

fn closing(mut answer: Response) -> Response {
    answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    answer
}

pub(crate) async fn shake_hands(
    config: Arc<ServerConfig>,
    stream: TcpStream,
    limit: Duration,
) -> Result<TlsStream<TcpStream>, TlsFailure> {
    let shake = async {
        let begun = stream.peek(&mut [0]).await.map_err(|error| TlsFailure::HungUp(error.kind()))?;
        if begun == 0 {
            return Err(TlsFailure::LeftSilently);
        }
        TlsAcceptor::from(config).accept(stream).await.map_err(|error| TlsFailure::from_io(&error))
    };
    timeout(limit, shake).await.unwrap_or(Err(TlsFailure::TimedOut))
}

/// The certificate the peer showed, which TLS has checked; ours is the stricter reading of it.
pub(crate) fn certificate_of(stream: &TlsStream<TcpStream>) -> Result<Option<Certificate>, TlsFailure> {
    read_certificate(stream.get_ref().1.peer_certificates())
}

/// Reads the end certificate of a chain, where there is one.
pub(crate) fn read_certificate(
    chain: Option<&[rustls_pki_types::CertificateDer<'static>]>,
) -> Result<Option<Certificate>, TlsFailure> {
    let Some(der) = chain.and_then(|chain| chain.first()) else {
        return Ok(None);
    };
    match Certificate::from_der(der) {
        Ok(certificate) => Ok(Some(certificate)),
        Err(error) => Err(TlsFailure::BadCertificate(error.to_string())),
    }
}

pub(crate) fn log_failure(failure: &TlsFailure, address: SocketAddr) {
    match failure {
        // Supervisors and balancers look so every few seconds.
        TlsFailure::LeftSilently => tracing::debug!(code = failure.code(), %address, "{failure}"),
        _ => tracing::warn!(code = failure.code(), %address, "{failure}"),
    }
}
