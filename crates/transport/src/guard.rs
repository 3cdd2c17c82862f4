//! What stands between a TLS connection and hyper: deadlines for each phase, and only judged octets.
//!
//! The guard holds octets back until [`Framing`] has judged them, so it always knows what the connection is
//! waiting for, and cuts a peer that is late with it. A refused request head is answered here, as hyper
//! never sees it; a body that breaks a limit or a rule fails, and its handler answers. Handing requests to
//! handlers is done in `server`.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, BytesMut};
use futures_util::task::AtomicWaker;
use http::StatusCode;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::Notify;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::framing::{Framing, Step};
use crate::limits::ServerLimits;
use crate::peer::ConnectionId;

/// Octets read from the socket at once.
const READ_OCTETS: usize = 16 * 1024;
/// What is still read, unseen, after our last word to a peer that owes us nothing, so that a reset does not
/// overtake it. A peer whose body was not read to its end is granted more, by [`ServerLimits`].
const LINGER_OCTETS: usize = 256 * 1024;
/// How long that takes at most.
const LINGER: Duration = Duration::from_millis(500);

/// Since when a connection has kept us waiting, shared with the accept loop, which closes the connection
/// that has done so longest when room is needed.
#[derive(Debug)]
pub(crate) struct Waiting {
    born: Instant,
    /// Milliseconds after `born`, plus one; zero while a handler is at work.
    since: AtomicU64,
    /// Requests answered so far.
    answered: AtomicU64,
    /// Woken by an answer, as the guard reads on only then and hyper will not ask by itself.
    reader: AtomicWaker,
    /// Told when the connection must make room.
    pub(crate) evicted: Notify,
}

impl Waiting {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            born: Instant::now(),
            since: AtomicU64::new(1),
            answered: AtomicU64::new(0),
            reader: AtomicWaker::new(),
            evicted: Notify::new(),
        })
    }

    /// Since when the peer has been the one to move; none while the move is ours.
    pub(crate) fn since(&self) -> Option<Instant> {
        let milliseconds = self.since.load(Ordering::Relaxed).checked_sub(1)?;
        Some(self.born + Duration::from_millis(milliseconds))
    }

    /// A request is answered; what comes next is the peer's move.
    pub(crate) fn answered(&self) {
        self.answered.fetch_add(1, Ordering::Relaxed);
        self.for_peer();
        self.reader.wake();
    }

    fn for_peer(&self) {
        let milliseconds = u64::try_from(self.born.elapsed().as_millis()).unwrap_or(u64::MAX - 1);
        self.since.store(milliseconds + 1, Ordering::Relaxed);
    }

    fn for_handler(&self) {
        self.since.store(0, Ordering::Relaxed);
    }
}

/// A timer that is armed with a moment and costs nothing while the moment stays the same.
struct Deadline {
    armed: Option<Instant>,
    sleep: Pin<Box<Sleep>>,
}

impl Deadline {
    fn new() -> Self {
        Self { armed: None, sleep: Box::pin(sleep_until(Instant::now())) }
    }

    fn poll_at(&mut self, cx: &mut Context<'_>, at: Instant) -> Poll<()> {
        if self.armed != Some(at) {
            self.armed = Some(at);
            self.sleep.as_mut().reset(at);
        }
        self.sleep.as_mut().poll(cx)
    }
}

/// A connection whose peer is held to its limits.
pub(crate) struct Guard<S> {
    inner: S,
    connection: ConnectionId,
    limits: Arc<ServerLimits>,
    waiting: Arc<Waiting>,
    framing: Framing,
    /// Read and not yet handed on; the first `released` of them are judged good.
    held: BytesMut,
    released: usize,
    /// When the present phase began.
    phase_began: Instant,
    /// Request heads handed on so far.
    begun: u64,
    read_deadline: Deadline,
    /// The answer to a refused head, as far as it is not yet written.
    refusal: Option<BytesMut>,
    last_written: Instant,
    /// When the socket first would not take an answer.
    write_stalled: Option<Instant>,
    write_deadline: Deadline,
    linger: Option<(Instant, usize)>,
}

/// What the peer is late with.
enum Late {
    /// The rest of a request head.
    Head,
    /// The rest of a body.
    Body,
    /// A request.
    Idle,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Guard<S> {
    pub(crate) fn new(
        inner: S,
        connection: ConnectionId,
        limits: Arc<ServerLimits>,
        waiting: Arc<Waiting>,
    ) -> Self {
        waiting.for_peer();
        Self {
            inner,
            connection,
            limits,
            waiting,
            framing: Framing::START,
            held: BytesMut::new(),
            released: 0,
            phase_began: Instant::now(),
            begun: 0,
            read_deadline: Deadline::new(),
            refusal: None,
            last_written: Instant::now(),
            write_stalled: None,
            write_deadline: Deadline::new(),
            linger: None,
        }
    }

    /// Whether a request is being served, so that the next one has to wait.
    fn is_serving(&self) -> bool {
        self.framing.is_between_requests() && self.is_unanswered()
    }

    /// Whether the last request handed on still lacks its answer. A handler may answer before it has read
    /// the whole body, so this is not the same as having a request in progress.
    fn is_unanswered(&self) -> bool {
        self.begun > self.waiting.answered.load(Ordering::Relaxed)
    }

    fn hand_on(&mut self, buf: &mut ReadBuf<'_>) {
        let count = self.released.min(buf.remaining());
        buf.put_slice(&self.held[..count]);
        self.held.advance(count);
        self.released -= count;
    }

    /// Judges what is held. `None` means that more has to be read.
    fn judge(&mut self) -> Option<Result<(), StatusCode>> {
        let was_head = self.framing.is_between_requests();
        match self.framing.step(&self.held, self.limits.head_octets) {
            Step::More => None,
            Step::Release(count) => {
                self.released = count;
                if was_head {
                    self.phase_began = Instant::now();
                    self.begun += 1;
                }
                if self.framing.is_between_requests() && self.is_unanswered() {
                    self.waiting.for_handler();
                }
                Some(Ok(()))
            }
            Step::Refuse(reason) => {
                let status = reason.status();
                let connection = self.connection.to_string();
                tracing::warn!(code = "TLM-HTTP-01", connection, status = status.as_u16(), "{reason}");
                Some(Err(status))
            }
        }
    }

    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut room = [0; READ_OCTETS];
        let mut buf = ReadBuf::new(&mut room);
        ready!(Pin::new(&mut self.inner).poll_read(cx, &mut buf))?;
        if self.held.is_empty() && self.framing.is_between_requests() && !self.is_unanswered() {
            self.begin_head();
        }
        self.held.extend_from_slice(buf.filled());
        Poll::Ready(Ok(buf.filled().len()))
    }

    /// The first octet of a request starts its clock; that of a connection's first request runs from the
    /// handshake on.
    fn begin_head(&mut self) {
        if self.begun > 0 {
            self.phase_began = Instant::now();
            self.waiting.for_peer();
        }
    }

    /// Ready when the peer is late.
    fn poll_late(&mut self, cx: &mut Context<'_>) -> Poll<Late> {
        // Octets that came while we were the ones to move are not late before the answer is.
        let began = self.phase_began.max(self.waiting.since().unwrap_or(self.phase_began));
        let (began, limit, late) = match (self.framing.is_between_requests(), self.held.is_empty()) {
            (false, _) => (self.phase_began, self.limits.body, Late::Body),
            (true, false) => (began, self.limits.head, Late::Head),
            (true, true) if self.begun == 0 => (began, self.limits.head, Late::Idle),
            // An answer may take the peer long; it is idle from its last octet on.
            (true, true) => (began.max(self.last_written), self.limits.idle, Late::Idle),
        };
        self.read_deadline.poll_at(cx, began + limit).map(|()| late)
    }

    fn refuse(&mut self, status: StatusCode) {
        let head = format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
        self.refusal = Some(BytesMut::from(head.as_bytes()));
    }

    /// Writes the refusal; ready when it is gone.
    fn poll_refusal(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(rest) = self.refusal.as_mut().filter(|rest| !rest.is_empty()) {
            let octets = rest.clone();
            let written = ready!(Pin::new(&mut *self).poll_write(cx, &octets))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            if let Some(rest) = &mut self.refusal {
                rest.advance(written);
            }
        }
        Pin::new(&mut *self).poll_flush(cx)
    }

    fn late(&mut self, late: &Late) -> io::Result<()> {
        let connection = self.connection.to_string();
        match late {
            Late::Idle => {}
            Late::Head => {
                tracing::warn!(code = "TLM-HTTP-02", connection, "the request head took too long");
                self.refuse(StatusCode::REQUEST_TIMEOUT);
            }
            Late::Body => {
                tracing::warn!(code = "TLM-HTTP-03", connection, "the request body took too long");
                return Err(io::ErrorKind::TimedOut.into());
            }
        }
        Ok(())
    }

    /// Applies the write deadline to the outcome of a write, flush or shutdown.
    fn watch_write<T>(&mut self, cx: &mut Context<'_>, outcome: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if outcome.is_ready() {
            return outcome;
        }
        let since = *self.write_stalled.get_or_insert_with(Instant::now);
        ready!(self.write_deadline.poll_at(cx, since + self.limits.answer));
        let connection = self.connection.to_string();
        tracing::warn!(code = "TLM-HTTP-04", connection, "the peer did not take its answer");
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Guard<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        loop {
            if this.released > 0 {
                this.hand_on(buf);
                return Poll::Ready(Ok(()));
            }
            if this.refusal.is_some() {
                // To hyper this is a peer that hung up between two requests.
                return this.poll_refusal(cx);
            }
            if this.is_serving() {
                // Hyper asks only whether the peer is still there. The next request waits, unjudged, so that
                // its deadlines do not run while we are the ones to move; the answer wakes us.
                this.waiting.reader.register(cx.waker());
                if this.held.len() >= this.limits.head_octets {
                    return Poll::Pending;
                }
            } else if let Some(verdict) = this.judge() {
                match verdict {
                    Ok(()) => continue,
                    Err(status) if this.framing.is_between_requests() => this.refuse(status),
                    // The head is with a handler already: it learns that the body broke off.
                    Err(_) => return Poll::Ready(Err(io::ErrorKind::InvalidData.into())),
                }
                continue;
            }
            match this.poll_fill(cx) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Ok(())),
                Poll::Ready(Ok(_)) => continue,
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending if this.is_serving() => return Poll::Pending,
                Poll::Pending => {}
            }
            match ready!(this.poll_late(cx)) {
                Late::Idle => return Poll::Ready(Ok(())),
                late => this.late(&late)?,
            }
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Guard<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.inner).poll_write(cx, octets);
        self.last_written = Instant::now();
        self.watch_write(cx, outcome)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.inner).poll_flush(cx);
        if outcome.is_ready() {
            self.write_stalled = None;
        }
        self.watch_write(cx, outcome)
    }

    /// Says goodbye, then reads on for a while: closing a socket with unread octets makes the system send a
    /// reset, which can destroy the answer before the peer has read it.
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.linger.is_none() {
            let outcome = Pin::new(&mut this.inner).poll_shutdown(cx);
            ready!(this.watch_write(cx, outcome))?;
            let (limit, octets) = if this.framing.is_between_requests() {
                (LINGER, LINGER_OCTETS)
            } else {
                (this.limits.linger, this.limits.linger_octets)
            };
            this.linger = Some((Instant::now() + limit, octets));
        }
        let mut room = [0; READ_OCTETS];
        while let Some((until, left)) = this.linger {
            let mut buf = ReadBuf::new(&mut room);
            match Pin::new(&mut this.inner).poll_read(cx, &mut buf) {
                Poll::Ready(Ok(())) if (1..left).contains(&buf.filled().len()) => {
                    this.linger = Some((until, left - buf.filled().len()));
                }
                Poll::Ready(_) => break,
                Poll::Pending => {
                    ready!(this.read_deadline.poll_at(cx, until));
                    break;
                }
            }
        }
        Poll::Ready(Ok(()))
    }
}
