//! Sockets: mutual-TLS servers and clients, their limits, and who is at the other end of a connection.
//!
//! The only crate that opens sockets. TLS checks the chain to the national CA and the dates, and nothing
//! more: certificate revocation lists are fixed when a TLS configuration is made, so revocation is checked
//! for each message by `participant`, with the certificate found in [`Peer`], and the connection is then
//! closed by [`Peer::close_after_answer`]. Messages, rights and pages are none of this crate's business.
//!
//! - [`Identity`], [`TlsRoots`], [`ServerTls`]: who we are and whom we trust.
//! - [`Listener`], [`serve`]: HTTP/1.1 over TLS with our own accept loop.
//! - [`WholeBody`]: a request's body, for handlers that answer also for one that was cut.
//! - [`HttpClient`]: one exchange, and whether the peer may have seen the request when it failed.
//! - [`TlsStreamListener`], [`connect`], [`Framed2`]: streams for ISO 8583.
//! - [`LocalListener`], [`LocalClient`]: questions and answers between processes of this machine.
//! - [`Browser`]: a citizen's browser, for the walkthroughs and tests only.
//!
//! Source: Instruction № 491, the exchanges of App. 1–7 (each step a connection under the certificates of
//! the national CA); the limits are our own decision.

mod body;
mod browser;
mod client;
mod frame;
mod framing;
mod guard;
mod limits;
mod local;
mod peer;
mod server;
mod stream;
mod tls;

pub use body::{BodyCut, WholeBody};
pub use browser::{BrowseError, Browser, Page};
pub use client::{Answer, CallError, HttpClient, NotSent, OutcomeUnknown};
pub use frame::{FrameError, Framed2, MAX_FRAME_OCTETS};
pub use limits::{ClientLimits, KeepAlive, ServerLimits, StreamLimits};
pub use local::{LocalClient, LocalError, LocalListener, MAX_LOCAL_FRAME_OCTETS};
pub use peer::{ConnectionId, Peer};
pub use server::{Drained, Listener, allow_many_connections, is_free, is_listening, serve};
pub use stream::{SecureStream, TlsStreamListener, connect};
pub use tls::{ClientAuth, Identity, ServerTls, TlsFailure, TlsRoots, TlsSetupError};
