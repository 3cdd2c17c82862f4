//! Mutual-TLS streams without HTTP, for ISO 8583 between a card page and a bank.
//!
//! Both ends always show a certificate. Frames are in `frame`; messages are `wire`'s business.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use rustls::ServerConfig;
use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;
use tokio_rustls::{TlsConnector, TlsStream};

use crate::client::NotSent;
use crate::limits::StreamLimits;
use crate::peer::Peer;
use crate::server::{Listener, certificate_of, log_failure, read_certificate, shake_hands};
use crate::tls::{
    ClientAuth, Following, Identity, Inside, ServerTls, TlsFailure, TlsRoots, TlsSetupError,
    client_configuration,
};

/// Streams made and not yet taken; more wait in the socket's own queue.
const MAX_UNTAKEN: usize = 16;

/// A TLS stream, of either end.
pub struct SecureStream {
    stream: TlsStream<TcpStream>,
    /// Counts against the listener's bound as long as the stream lives.
    _place: Option<OwnedSemaphorePermit>,
}

impl fmt::Debug for SecureStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecureStream")
    }
}

impl AsyncRead for SecureStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for SecureStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, octets)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Waits for streams. Handshakes go on in the background, so that a slow peer holds up nobody.
#[derive(Debug)]
pub struct TlsStreamListener {
    address: SocketAddr,
    made: mpsc::Receiver<(SecureStream, Peer)>,
    accepting: JoinHandle<()>,
}

impl TlsStreamListener {
    /// Begins to accept streams whose peers show a certificate of the national CA.
    ///
    /// # Errors
    /// Where the TLS side is not usable or the socket has no address.
    pub fn start(
        listener: Listener,
        identity: Identity,
        roots: TlsRoots,
        limits: StreamLimits,
    ) -> Result<Self, TlsSetupError> {
        let tls = ServerTls { identity, client_auth: ClientAuth::Required, roots };
        let tls = Arc::new(tls.configuration(Inside::Frames)?);
        let address = listener.local_addr().map_err(TlsSetupError::Socket)?;
        let (taken, made) = mpsc::channel(MAX_UNTAKEN);
        let accepting = tokio::spawn(accept_streams(listener, tls, limits, taken));
        Ok(Self { address, made, accepting })
    }

    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// The next stream with its peer. May be cancelled.
    ///
    /// `None` only where the task that accepts has died, which is a defect.
    pub async fn accept(&mut self) -> Option<(SecureStream, Peer)> {
        self.made.recv().await
    }
}

impl Drop for TlsStreamListener {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept_streams(
    listener: Listener,
    tls: Arc<Following<ServerConfig>>,
    limits: StreamLimits,
    taken: mpsc::Sender<(SecureStream, Peer)>,
) {
    let places = Arc::new(Semaphore::new(limits.connections));
    let mut handshakes = JoinSet::new();
    loop {
        tokio::select! {
            (stream, address) = listener.accept() => {
                let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
                    tracing::warn!(code = "TLM-TCP-02", %address, "too many streams");
                    continue;
                };
                let (config, taken, limit) = (tls.current(), taken.clone(), limits.handshake);
                handshakes.spawn(async move {
                    match make_stream(config, stream, address, place, limit).await {
                        // Nobody takes streams any more once the listener is dropped.
                        Ok(made) => drop(taken.send(made).await),
                        Err(failure) => log_failure(&failure, address),
                    }
                });
            }
            Some(_) = handshakes.join_next() => {}
        }
    }
}

async fn make_stream(
    config: Arc<ServerConfig>,
    stream: TcpStream,
    address: SocketAddr,
    place: OwnedSemaphorePermit,
    limit: std::time::Duration,
) -> Result<(SecureStream, Peer), TlsFailure> {
    let stream = shake_hands(config, stream, limit).await?;
    let peer = Peer::new(certificate_of(&stream)?, address);
    Ok((SecureStream { stream: TlsStream::Server(stream), _place: Some(place) }, peer))
}

/// Connects to a peer, shows our certificate, and checks that the peer's carries `server_name`.
///
/// # Errors
/// In each case no octet of ours has reached the peer's application.
pub async fn connect(
    address: SocketAddr,
    server_name: &str,
    identity: &Identity,
    roots: &TlsRoots,
    limits: &StreamLimits,
) -> Result<(SecureStream, Peer), NotSent> {
    let config = client_configuration(Some(identity), roots, Inside::Frames)?.current();
    let name = ServerName::try_from(server_name.to_owned()).map_err(|_| NotSent::Address)?;
    let open = async {
        let stream = TcpStream::connect(address).await.map_err(NotSent::Unreachable)?;
        stream.set_nodelay(true).map_err(NotSent::Unreachable)?;
        let handshake = TlsConnector::from(config).connect(name, stream).await;
        handshake.map_err(|error| NotSent::Handshake(TlsFailure::from_io(&error)))
    };
    let stream = timeout(limits.handshake, open).await.map_err(|_| NotSent::TimedOut)??;
    let certificate = read_certificate(stream.get_ref().1.peer_certificates())?;
    let peer = Peer::new(certificate, address);
    Ok((SecureStream { stream: TlsStream::Client(stream), _place: None }, peer))
}
