//! Who is at the other end of a connection.
//!
//! A [`Peer`] says what TLS established: chain and dates. It is no permission and says nothing about
//! revocation, which is checked for each message.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::request::Parts;
use pki::Certificate;

/// A connection's number, unique within the process: log lines of one connection carry the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionId(u64);

impl ConnectionId {
    pub(crate) fn next() -> Self {
        static LAST: AtomicU64 = AtomicU64::new(0);
        Self(LAST.fetch_add(1, Ordering::Relaxed) + 1)
    }
}

impl fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The other end of a connection; in every request's extensions, and an axum extractor.
#[derive(Clone)]
pub struct Peer {
    /// The certificate shown in the TLS handshake; none where the server lets anonymous clients in.
    pub certificate: Option<Certificate>,
    /// Where the connection comes from.
    pub address: SocketAddr,
    /// Which connection it is.
    pub connection: ConnectionId,
    closing: Arc<AtomicBool>,
    gone: Arc<AtomicBool>,
}

/// Says, when dropped, that a peer's connection is gone.
pub(crate) struct Gone(Arc<AtomicBool>);

impl Drop for Gone {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Peer {
    /// A peer as the accept loop makes one; for tests also without a socket.
    pub fn new(certificate: Option<Certificate>, address: SocketAddr) -> Self {
        Self::on(ConnectionId::next(), certificate, address)
    }

    pub(crate) fn on(
        connection: ConnectionId,
        certificate: Option<Certificate>,
        address: SocketAddr,
    ) -> Self {
        Self { certificate, address, connection, closing: Arc::default(), gone: Arc::default() }
    }

    /// Asks that the connection be closed once the present request is answered: what a handler does when
    /// the peer's certificate turns out revoked in mid-connection.
    pub fn close_after_answer(&self) {
        self.closing.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }

    /// What is to be dropped with the connection, before it.
    pub(crate) fn gone_when_dropped(&self) -> Gone {
        Gone(Arc::clone(&self.gone))
    }

    pub(crate) fn is_gone(&self) -> bool {
        self.gone.load(Ordering::Relaxed)
    }
}

impl fmt::Debug for Peer {
    // A subject carries names and numbers of people; a log line gets the connection alone.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Peer")
            .field("address", &self.address)
            .field("connection", &self.connection.0)
            .field("has_certificate", &self.certificate.is_some())
            .finish()
    }
}

/// The request did not come through [`crate::serve`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the request carries no peer")]
pub struct NoPeer;

impl IntoResponse for NoPeer {
    fn into_response(self) -> Response {
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Peer {
    type Rejection = NoPeer;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, NoPeer> {
        parts.extensions.get::<Self>().cloned().ok_or(NoPeer)
    }
}
