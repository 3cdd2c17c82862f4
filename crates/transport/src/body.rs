//! A request's body on its way to a handler: bounded, and where it was cut, why.
//!
//! Deadlines and framing are kept by `guard`, below hyper; what reaches us of that is an error of the body. A
//! handler that takes [`WholeBody`] answers for a cut body in its own way, such as by a signed fault. For all
//! others the status is put right here: 413 for a body that is too large, 408 for one that came too slowly.

use std::convert::Infallible;
use std::error::Error;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll, ready};

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::response::Response;
use bytes::Bytes;
use http::StatusCode;
use http::header::CONTENT_LENGTH;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Frame, Incoming, SizeHint};

use crate::peer::Peer;

/// Why a body did not arrive whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BodyCut {
    /// It is longer than the bound, declared or found.
    #[error("the body is too large")]
    TooLarge,
    /// Its end did not come in time.
    #[error("the body came too slowly")]
    TooSlow,
    /// The peer ended it early, or broke the framing of HTTP, and may read an answer.
    #[error("the body broke off")]
    BrokenOff,
    /// The connection is gone, by the peer's doing or to make room: nobody reads an answer.
    #[error("the peer is gone")]
    PeerGone,
}

impl BodyCut {
    fn of(error: &(dyn Error + 'static)) -> Self {
        let mut causes = std::iter::successors(Some(error), |error| (*error).source());
        let cut = causes.find_map(|cause| match cause.downcast_ref::<io::Error>() {
            Some(error) if error.kind() == io::ErrorKind::TimedOut => Some(Self::TooSlow),
            _ => cause.is::<LengthLimitError>().then_some(Self::TooLarge),
        });
        cut.unwrap_or(Self::BrokenOff)
    }
}

/// A request's whole body, or why there is none. A handler that takes this answers for a cut body itself; the
/// connection is closed after its answer.
#[derive(Debug)]
pub struct WholeBody(pub Result<Bytes, BodyCut>);

impl<S: Send + Sync> FromRequest<S> for WholeBody {
    type Rejection = Infallible;

    async fn from_request(request: Request, _: &S) -> Result<Self, Infallible> {
        let cut = request.extensions().get::<CutMark>().cloned();
        let peer = request.extensions().get::<Peer>().cloned();
        let whole = request.into_body().collect().await.map(|body| body.to_bytes());
        Ok(Self(whole.map_err(|error| {
            cut.iter().for_each(CutMark::answered_by_handler);
            match BodyCut::of(&error) {
                BodyCut::BrokenOff if peer.is_some_and(|peer| peer.is_gone()) => BodyCut::PeerGone,
                cut => cut,
            }
        })))
    }
}

/// What became of one request's body, shared between the body and whoever sends the answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct CutMark(Arc<AtomicU8>);

const TOO_LARGE: u8 = 1;
const TOO_SLOW: u8 = 2;
const BROKEN_OFF: u8 = 4;
const ANSWERED_BY_HANDLER: u8 = 8;

impl CutMark {
    fn mark(&self, cut: BodyCut) {
        let mark = match cut {
            BodyCut::TooLarge => TOO_LARGE,
            BodyCut::TooSlow => TOO_SLOW,
            BodyCut::BrokenOff | BodyCut::PeerGone => BROKEN_OFF,
        };
        self.0.fetch_or(mark, Ordering::Relaxed);
    }

    fn answered_by_handler(&self) {
        self.0.fetch_or(ANSWERED_BY_HANDLER, Ordering::Relaxed);
    }

    /// Whether the body did not arrive whole, so that nothing more can be read from the connection.
    pub(crate) fn is_cut(&self) -> bool {
        self.0.load(Ordering::Relaxed) & (TOO_LARGE | TOO_SLOW | BROKEN_OFF) != 0
    }

    /// A handler that only knows that its body failed says 400; what was wrong with it is said here.
    pub(crate) fn correct(&self, answer: &mut Response) {
        let marks = self.0.load(Ordering::Relaxed);
        if answer.status() != StatusCode::BAD_REQUEST || marks & ANSWERED_BY_HANDLER != 0 {
            return;
        }
        if marks & TOO_LARGE != 0 {
            *answer.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
        } else if marks & TOO_SLOW != 0 {
            *answer.status_mut() = StatusCode::REQUEST_TIMEOUT;
        }
    }
}

/// Puts the bound around a request's body, and marks the request with what becomes of it.
pub(crate) fn guarded_body(request: http::Request<Incoming>, bound: usize) -> (Request, CutMark) {
    let cut = CutMark::default();
    let declared =
        request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    let is_too_large = declared.is_some_and(|length: u64| length > bound as u64);
    let mut request = request.map(|body| {
        if is_too_large {
            // A body that fails at once: not one octet of the real one is waited for.
            let too_large = Limited::new(Full::new(Bytes::from_static(b"!")), 0);
            Body::new(Marked { body: too_large, cut: cut.clone() })
        } else {
            Body::new(Marked { body: Limited::new(body, bound), cut: cut.clone() })
        }
    });
    if is_too_large {
        cut.mark(BodyCut::TooLarge);
    }
    request.extensions_mut().insert(cut.clone());
    (request, cut)
}

/// A bounded body that leaves a mark where it fails.
struct Marked<B> {
    body: Limited<B>,
    cut: CutMark,
}

impl<B> hyper::body::Body for Marked<B>
where
    B: hyper::body::Body<Data = Bytes> + Unpin,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    type Data = Bytes;
    type Error = Box<dyn Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if let Some(Err(error)) = &frame {
            self.cut.mark(BodyCut::of(error.as_ref()));
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
