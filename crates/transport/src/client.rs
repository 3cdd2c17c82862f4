//! The HTTPS client: one exchange with a peer, and what is known when it fails.
//!
//! What a caller does about a failure (repeat, ask what became of it) is decided by `participant` and the
//! outbox. Here only the one distinction is made on which money depends: [`NotSent`], where the peer surely
//! has not seen the request, and [`OutcomeUnknown`], which is everything else, also where not having been
//! seen is merely likely. Redirects are answers like any other: no address ever comes from a peer.

use std::collections::HashMap;
use std::convert::Infallible;
use std::fmt;
use std::io;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri, Version};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use pki::Certificate;
use rustls::ClientConfig;
use rustls::sign::CertifiedKey;
use rustls_pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::limits::{ClientLimits, KeepAlive};
use crate::server::read_certificate;
use crate::tls::{Following, Identity, Inside, TlsFailure, TlsRoots, TlsSetupError, client_configuration};

const HTTPS_PORT: u16 = 443;
/// Header fields of an answer.
const MAX_ANSWER_FIELDS: usize = 64;
/// Octets of an answer's head.
const MAX_ANSWER_HEAD_OCTETS: usize = 32 * 1024;
/// For the last TLS words on a connection that is given up.
const GOODBYE: Duration = Duration::from_secs(2);

/// Why an exchange brought no answer.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The peer surely has not seen the request: it may be sent again, or given up, without asking.
    #[error("not sent: {0}")]
    NotSent(#[from] NotSent),
    /// The peer may have acted on the request: what became of it has to be asked.
    #[error("outcome unknown: {0}")]
    OutcomeUnknown(#[from] OutcomeUnknown),
}

/// Why the request never left us.
#[derive(Debug, thiserror::Error)]
pub enum NotSent {
    /// The address is not `https://host[:port]/…`.
    #[error("the address is not an https address")]
    Address,
    /// A header field we were given is not one.
    #[error("the request is malformed")]
    Request,
    /// Name resolution or TCP connection failed.
    #[error("the peer cannot be reached: {0}")]
    Unreachable(io::Error),
    /// No connection came about in time.
    #[error("connecting took too long")]
    TimedOut,
    /// TLS failed before the request was handed over.
    #[error("{0}")]
    Handshake(#[from] TlsFailure),
    /// The connection was gone before the request was handed over.
    #[error("the connection closed at once")]
    ClosedAtOnce,
    /// Our own TLS side is not usable.
    #[error(transparent)]
    Setup(#[from] TlsSetupError),
}

/// Why it is unknown what became of a request.
#[derive(Debug, thiserror::Error)]
pub enum OutcomeUnknown {
    /// No whole answer came in time.
    #[error("no whole answer came in time")]
    TimedOut,
    /// The connection broke after the request was handed over. Under TLS 1.3 this is also how a client
    /// learns that its certificate was refused, as the refusal overtakes nothing.
    #[error("the connection broke: {0}")]
    Broken(String),
    /// The answer is over the bound.
    #[error("the answer is too large")]
    AnswerTooLarge,
}

/// A peer's whole answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status, also where it is an error or a redirect.
    pub status: StatusCode,
    /// The header fields.
    pub headers: HeaderMap,
    /// The body, within the bound.
    pub body: Bytes,
    /// The peer's TLS certificate.
    pub peer: Option<Certificate>,
}

/// A client with one identity. Cheap to clone; clones share kept connections.
#[derive(Clone)]
pub struct HttpClient(Arc<Inner>);

struct Inner {
    tls: Following<ClientConfig>,
    identity: Option<Identity>,
    limits: ClientLimits,
    /// Idle connections by origin. The lock is never held across an await.
    idle: Mutex<HashMap<Origin, Vec<Idle>>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Origin {
    host: String,
    port: u16,
}

struct Idle {
    connection: Connection,
    since: Instant,
}

/// An open connection. Dropping it lets the task that drives it say goodbye and end.
struct Connection {
    sender: http1::SendRequest<Full<Bytes>>,
    /// Our key as it was before the handshake. Once it is renewed the connection is not used again: peers look at its
    /// certificate with each message, and it may be revoked now that there is another.
    shown: Option<Arc<CertifiedKey>>,
    peer: Option<Certificate>,
    _held: oneshot::Sender<Infallible>,
}

impl fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpClient").field("limits", &self.0.limits).finish_non_exhaustive()
    }
}

impl HttpClient {
    /// A client that shows `identity`, where given, and trusts `roots`; each new connection goes by what they
    /// are then.
    ///
    /// # Errors
    /// Where the TLS side is not usable.
    pub fn new(
        identity: Option<&Identity>,
        roots: &TlsRoots,
        limits: ClientLimits,
    ) -> Result<Self, TlsSetupError> {
        let tls = client_configuration(identity, roots, Inside::Http)?;
        Ok(Self(Arc::new(Inner { tls, identity: identity.cloned(), limits, idle: Mutex::default() })))
    }

    /// Asks for a resource.
    ///
    /// # Errors
    /// As [`HttpClient::send`].
    pub async fn get(&self, url: &str) -> Result<Answer, CallError> {
        let request = Request::get(url).body(Bytes::new());
        self.send(request.map_err(|_| NotSent::Address)?).await
    }

    /// Sends a body with its type and further header fields, such as `SOAPAction`.
    ///
    /// # Errors
    /// As [`HttpClient::send`].
    pub async fn post(
        &self,
        url: &str,
        content_type: &str,
        fields: &[(&str, &str)],
        body: Bytes,
    ) -> Result<Answer, CallError> {
        let url: Uri = url.parse().map_err(|_| NotSent::Address)?;
        let start = Request::builder().method(Method::POST).uri(url).header(CONTENT_TYPE, content_type);
        let request = fields.iter().fold(start, |request, (name, value)| request.header(*name, *value));
        self.send(request.body(body).map_err(|_| NotSent::Request)?).await
    }

    /// One exchange. The address must be absolute; `Host`, the length and `Connection` are set here.
    ///
    /// # Errors
    /// [`CallError::NotSent`] only where the peer surely has not seen the request.
    pub async fn send(&self, request: Request<Bytes>) -> Result<Answer, CallError> {
        let deadline = Instant::now() + self.0.limits.total;
        let (origin, request) = self.0.prepare(request)?;
        let (connection, request) = match self.0.reuse(&origin, request, deadline).await {
            Reuse::Done(outcome) => return outcome,
            Reuse::None(request) => (self.0.open(&origin, deadline).await?, request),
        };
        match self.0.exchange(&origin, connection, request, deadline).await {
            Exchange::Done(outcome) => outcome,
            Exchange::Untouched(_) => Err(NotSent::ClosedAtOnce.into()),
        }
    }
}

/// What came of trying an idle connection.
enum Reuse {
    Done(Result<Answer, CallError>),
    /// There is none that is still open.
    None(Request<Full<Bytes>>),
}

/// What came of trying a connection.
enum Exchange {
    Done(Result<Answer, CallError>),
    /// The connection was closed; hyper gave the request back, which it does only where it has not begun to
    /// write it.
    Untouched(Request<Full<Bytes>>),
}

impl Inner {
    /// Brings a request into the form in which it goes over a connection.
    fn prepare(&self, request: Request<Bytes>) -> Result<(Origin, Request<Full<Bytes>>), NotSent> {
        let (mut parts, body) = request.into_parts();
        let origin = origin_of(&parts.uri)?;
        let host = match origin.port {
            HTTPS_PORT => origin.host.clone(),
            port => format!("{}:{port}", origin.host),
        };
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        parts.uri = path.parse().map_err(|_| NotSent::Address)?;
        parts.version = Version::HTTP_11;
        parts.headers.remove(TRANSFER_ENCODING);
        parts.headers.remove(CONTENT_LENGTH);
        parts.headers.insert(HOST, HeaderValue::try_from(host).map_err(|_| NotSent::Address)?);
        match self.limits.keep_alive {
            KeepAlive::No => parts.headers.insert(CONNECTION, HeaderValue::from_static("close")),
            KeepAlive::Yes => parts.headers.remove(CONNECTION),
        };
        Ok((origin, Request::from_parts(parts, Full::new(body))))
    }

    /// Tries idle connections until one takes the request or none is left.
    async fn reuse(&self, origin: &Origin, mut request: Request<Full<Bytes>>, deadline: Instant) -> Reuse {
        while let Some(connection) = self.take_idle(origin) {
            match self.exchange(origin, connection, request, deadline).await {
                Exchange::Done(outcome) => return Reuse::Done(outcome),
                Exchange::Untouched(back) => request = back,
            }
        }
        Reuse::None(request)
    }

    fn take_idle(&self, origin: &Origin) -> Option<Connection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let connections = idle.get_mut(origin)?;
        let present = self.present_key();
        let shows_it = |idle: &Idle| match (&idle.connection.shown, &present) {
            (Some(shown), Some(present)) => Arc::ptr_eq(shown, present),
            (shown, present) => shown.is_none() && present.is_none(),
        };
        connections.retain(|idle| {
            idle.since.elapsed() < self.limits.idle && !idle.connection.sender.is_closed() && shows_it(idle)
        });
        connections.pop().map(|idle| idle.connection)
    }

    /// The key that a handshake would use now.
    fn present_key(&self) -> Option<Arc<CertifiedKey>> {
        self.identity.as_ref().map(Identity::in_force)
    }

    fn keep_idle(&self, origin: &Origin, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let connections = idle.entry(origin.clone()).or_default();
        if connections.len() < self.limits.idle_connections {
            connections.push(Idle { connection, since: Instant::now() });
        }
    }

    /// Opens a connection. Nothing of the request has left us when this fails.
    async fn open(&self, origin: &Origin, deadline: Instant) -> Result<Connection, NotSent> {
        let deadline = deadline.min(Instant::now() + self.limits.connect);
        // Taken before the handshake: one that is renewed meanwhile makes the connection end too early, never too late.
        let shown = self.present_key();
        let stream = timeout_at(deadline, self.open_tls(origin)).await.map_err(|_| NotSent::TimedOut)??;
        let peer = read_certificate(stream.get_ref().1.peer_certificates())?;
        let (sender, connection) = http1::Builder::new()
            .max_headers(MAX_ANSWER_FIELDS)
            .max_buf_size(MAX_ANSWER_HEAD_OCTETS)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|_| NotSent::ClosedAtOnce)?;
        let (held, given_up) = oneshot::channel::<Infallible>();
        tokio::spawn(async move {
            let mut connection = pin!(connection);
            tokio::select! {
                // A failure reaches whoever waits for an answer; between answers it concerns nobody.
                _ = connection.as_mut() => {}
                _ = given_up => drop(timeout(GOODBYE, connection).await),
            }
        });
        Ok(Connection { sender, shown, peer, _held: held })
    }

    async fn open_tls(&self, origin: &Origin) -> Result<TlsStream<TcpStream>, NotSent> {
        let host = origin.host.trim_start_matches('[').trim_end_matches(']');
        let name = ServerName::try_from(host.to_owned()).map_err(|_| NotSent::Address)?;
        let stream = TcpStream::connect((host, origin.port)).await.map_err(NotSent::Unreachable)?;
        stream.set_nodelay(true).map_err(NotSent::Unreachable)?;
        let handshake = TlsConnector::from(self.tls.current()).connect(name, stream).await;
        handshake.map_err(|error| NotSent::Handshake(TlsFailure::from_io(&error)))
    }

    /// Sends the request and takes the whole answer.
    async fn exchange(
        &self,
        origin: &Origin,
        mut connection: Connection,
        request: Request<Full<Bytes>>,
        deadline: Instant,
    ) -> Exchange {
        match timeout_at(deadline, connection.sender.ready()).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return Exchange::Untouched(request),
            Err(_) => return Exchange::Done(Err(NotSent::TimedOut.into())),
        }
        // From here on octets may be on their way.
        let answered = match timeout_at(deadline, connection.sender.try_send_request(request)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(mut failure)) => {
                return match failure.take_message() {
                    Some(request) => Exchange::Untouched(request),
                    None => Exchange::Done(Err(broken(failure.error()).into())),
                };
            }
            Err(_) => return Exchange::Done(Err(OutcomeUnknown::TimedOut.into())),
        };
        let outcome = match timeout_at(deadline, self.read_answer(answered, &connection)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(OutcomeUnknown::TimedOut),
        };
        let may_keep = outcome.as_ref().is_ok_and(|answer| !asks_to_close(&answer.headers));
        if may_keep && self.limits.keep_alive == KeepAlive::Yes {
            self.keep_idle(origin, connection);
        }
        Exchange::Done(outcome.map_err(CallError::from))
    }

    async fn read_answer(
        &self,
        answer: Response<Incoming>,
        connection: &Connection,
    ) -> Result<Answer, OutcomeUnknown> {
        let (parts, body) = answer.into_parts();
        let body = Limited::new(body, self.limits.answer_octets).collect().await.map_err(|error| {
            if error.is::<LengthLimitError>() {
                OutcomeUnknown::AnswerTooLarge
            } else {
                broken(error.as_ref())
            }
        })?;
        Ok(Answer {
            status: parts.status,
            headers: parts.headers,
            body: body.to_bytes(),
            peer: connection.peer.clone(),
        })
    }
}

fn origin_of(uri: &Uri) -> Result<Origin, NotSent> {
    let authority = uri.authority().filter(|authority| !authority.as_str().contains('@'));
    match (uri.scheme_str(), authority) {
        (Some("https"), Some(authority)) => Ok(Origin {
            host: authority.host().to_ascii_lowercase(),
            port: authority.port_u16().unwrap_or(HTTPS_PORT),
        }),
        _ => Err(NotSent::Address),
    }
}

fn asks_to_close(headers: &HeaderMap) -> bool {
    headers.get_all(CONNECTION).iter().any(|value| value.as_bytes().eq_ignore_ascii_case(b"close"))
}

/// The whole chain of causes: "connection error" alone helps nobody.
fn broken(error: &(dyn std::error::Error + 'static)) -> OutcomeUnknown {
    let chain = std::iter::successors(Some(error), |error| error.source());
    OutcomeUnknown::Broken(chain.map(ToString::to_string).collect::<Vec<_>>().join(": "))
}
