//! Every size, count and wait that a peer can influence, with its bound.
//!
//! Only numbers live here; who enforces each is said at the field. The defaults are our own decision; tests
//! and configuration change single fields with the `..Default::default()` form.

use std::time::Duration;

/// Connections a server keeps open at once, unless told otherwise.
pub(crate) const MAX_CONNECTIONS: usize = 2_000;
/// Octets of a request line with all header fields.
pub(crate) const MAX_HEAD_OCTETS: usize = 16 * 1024;
/// Octets of a request body.
pub(crate) const MAX_REQUEST_OCTETS: usize = 1024 * 1024;
/// Octets read and thrown away after an answer that came before its request's end.
pub(crate) const MAX_LINGER_OCTETS: usize = 128 * 1024 * 1024;
/// Octets of an answer's body that a client accepts.
pub(crate) const MAX_ANSWER_OCTETS: usize = 8 * 1024 * 1024;

/// What a server grants a connection.
#[derive(Debug, Clone)]
pub struct ServerLimits {
    /// Connections open at once. One more makes room by closing the connection that has kept us waiting
    /// longest; where none waits, it is answered 503.
    pub connections: usize,
    /// From the accepted socket to the end of the TLS handshake.
    pub handshake: Duration,
    /// From the first octet of a request head (or the end of the handshake) to the head's end.
    pub head: Duration,
    /// From the end of the head to the end of the body.
    pub body: Duration,
    /// Without a request, after an answer.
    pub idle: Duration,
    /// From the first octet of an answer that the socket would not take until the answer is gone.
    pub answer: Duration,
    /// For requests in progress when the server is told to stop.
    pub drain: Duration,
    /// After the answer to a body that was not read to its end: for so long what the peer still sends is read
    /// and thrown away, so that a reset does not overtake the answer.
    pub linger: Duration,
    /// Octets thrown away meanwhile. A peer that sends more than these before it reads gets a reset.
    pub linger_octets: usize,
    /// Octets of a request head.
    pub head_octets: usize,
    /// Octets of a request body; of a longer one its handler learns that it is too large.
    pub body_octets: usize,
}

impl Default for ServerLimits {
    fn default() -> Self {
        Self {
            connections: MAX_CONNECTIONS,
            handshake: Duration::from_secs(5),
            head: Duration::from_secs(10),
            body: Duration::from_secs(30),
            idle: Duration::from_secs(60),
            answer: Duration::from_secs(30),
            drain: Duration::from_secs(15),
            linger: Duration::from_secs(5),
            linger_octets: MAX_LINGER_OCTETS,
            head_octets: MAX_HEAD_OCTETS,
            body_octets: MAX_REQUEST_OCTETS,
        }
    }
}

/// Whether a connection outlives one exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeepAlive {
    /// One connection, one exchange: the instruction's steps close the connection after each.
    No,
    /// Kept for the next exchange with the same peer.
    Yes,
}

/// What an HTTP client grants a peer.
#[derive(Debug, Clone)]
pub struct ClientLimits {
    /// Name resolution, TCP connection and TLS handshake together.
    pub connect: Duration,
    /// The whole exchange, connecting included.
    pub total: Duration,
    /// Octets of an answer's body.
    pub answer_octets: usize,
    /// Whether connections are kept.
    pub keep_alive: KeepAlive,
    /// Idle connections kept for one origin.
    pub idle_connections: usize,
    /// How long an idle connection is worth reusing; shorter than a server's own limit, so that a request
    /// seldom meets a connection that is being closed.
    pub idle: Duration,
}

impl Default for ClientLimits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            total: Duration::from_secs(30),
            answer_octets: MAX_ANSWER_OCTETS,
            keep_alive: KeepAlive::No,
            idle_connections: 64,
            idle: Duration::from_secs(30),
        }
    }
}

/// What a raw stream grants a peer.
#[derive(Debug, Clone)]
pub struct StreamLimits {
    /// Streams open at once; one more is dropped before the handshake.
    pub connections: usize,
    /// TCP connection (for [`crate::connect`]) and TLS handshake together.
    pub handshake: Duration,
    /// From the first octet of a frame to its last.
    pub frame: Duration,
}

impl Default for StreamLimits {
    fn default() -> Self {
        Self {
            connections: MAX_CONNECTIONS,
            handshake: Duration::from_secs(5),
            frame: Duration::from_secs(10),
        }
    }
}
