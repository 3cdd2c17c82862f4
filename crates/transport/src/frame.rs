//! Frames on a stream: two octets of length, most significant first, then so many octets.
//!
//! What is inside a frame (ISO 8583) is `wire`'s business. The length prefix is the common practice of card
//! networks; the bound on a frame is ours.

use std::io;
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;
use zeroize::Zeroizing;

use crate::limits::StreamLimits;

/// Octets of one frame, its length not counted: far more than an ISO 8583 message of ours takes.
pub const MAX_FRAME_OCTETS: usize = 8 * 1024;
const LENGTH_OCTETS: usize = 2;

/// Why no frame came or went.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The frame is empty or over the bound.
    #[error("a frame of {0} octets is not allowed")]
    Size(usize),
    /// The stream ended inside a frame.
    #[error("the stream ended inside a frame")]
    Truncated,
    /// The rest of a frame did not come, or ours was not taken, in time.
    #[error("a frame took too long")]
    TimedOut,
    /// The stream failed.
    #[error("the stream failed: {0}")]
    Broken(#[from] io::Error),
}

/// A stream read and written in frames.
#[derive(Debug)]
pub struct Framed2<S> {
    stream: S,
    held: BytesMut,
    limit: Duration,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Framed2<S> {
    /// Frames over this stream.
    pub fn new(stream: S, limits: &StreamLimits) -> Self {
        Self { stream, held: BytesMut::new(), limit: limits.frame }
    }

    /// The next frame; `None` where the peer closed the stream between two frames.
    ///
    /// Waits for the first octet without a bound (a line between two banks is quiet at night); from there
    /// the whole frame has to come in time. May be cancelled: nothing already read is lost.
    ///
    /// # Errors
    /// After any, the stream is of no more use: where the next frame begins is unknown.
    pub async fn read_frame(&mut self) -> Result<Option<Bytes>, FrameError> {
        if self.held.is_empty() && self.fill().await? == 0 {
            return Ok(None);
        }
        match timeout(self.limit, self.rest_of_frame()).await {
            Ok(frame) => frame.map(Some),
            Err(_) => Err(FrameError::TimedOut),
        }
    }

    async fn rest_of_frame(&mut self) -> Result<Bytes, FrameError> {
        loop {
            if let Some(prefix) = self.held.first_chunk::<LENGTH_OCTETS>() {
                let length = allowed(usize::from(u16::from_be_bytes(*prefix)))?;
                if self.held.len() >= LENGTH_OCTETS + length {
                    self.held.advance(LENGTH_OCTETS);
                    return Ok(self.held.split_to(length).freeze());
                }
            }
            if self.fill().await? == 0 {
                return Err(FrameError::Truncated);
            }
        }
    }

    async fn fill(&mut self) -> Result<usize, FrameError> {
        self.held.reserve(LENGTH_OCTETS + MAX_FRAME_OCTETS);
        Ok(self.stream.read_buf(&mut self.held).await?)
    }

    /// Writes one frame and flushes it. Must not be cancelled: half a frame may have gone.
    ///
    /// # Errors
    /// [`FrameError::Size`] before anything is written; after the others the peer may have seen the frame.
    pub async fn write_frame(&mut self, content: &[u8]) -> Result<(), FrameError> {
        let length = allowed(content.len())?;
        let prefix = u16::try_from(length).map_err(|_| FrameError::Size(length))?;
        // Frames carry card numbers: our copy does not outlive the writing.
        let mut frame = Zeroizing::new(Vec::with_capacity(LENGTH_OCTETS + length));
        frame.extend_from_slice(&prefix.to_be_bytes());
        frame.extend_from_slice(content);
        let write = async {
            self.stream.write_all(&frame).await?;
            self.stream.flush().await
        };
        match timeout(self.limit, write).await {
            Ok(written) => Ok(written?),
            Err(_) => Err(FrameError::TimedOut),
        }
    }

    /// Says goodbye to the peer.
    ///
    /// # Errors
    /// Where the stream failed or the peer did not take it.
    pub async fn close(mut self) -> Result<(), FrameError> {
        match timeout(self.limit, self.stream.shutdown()).await {
            Ok(closed) => Ok(closed?),
            Err(_) => Err(FrameError::TimedOut),
        }
    }
}

fn allowed(length: usize) -> Result<usize, FrameError> {
    match length {
        1..=MAX_FRAME_OCTETS => Ok(length),
        _ => Err(FrameError::Size(length)),
    }
}

#[cfg(test)]
mod test {
    use super::*;

    fn framed<S: AsyncRead + AsyncWrite + Unpin>(stream: S) -> Framed2<S> {
        Framed2::new(stream, &StreamLimits { frame: Duration::from_millis(200), ..Default::default() })
    }

    #[tokio::test]
    async fn frames_come_out_as_they_went_in_however_the_stream_is_cut() {
        // Three octets of capacity cut every frame into pieces.
        let (ours, theirs) = tokio::io::duplex(3);
        let (mut ours, mut theirs) = (framed(ours), framed(theirs));
        let sent = tokio::spawn(async move {
            for content in [&b"a"[..], b"0800", &[7; 500]] {
                ours.write_frame(content).await.unwrap();
            }
        });
        assert_eq!(theirs.read_frame().await.unwrap().unwrap(), &b"a"[..]);
        assert_eq!(theirs.read_frame().await.unwrap().unwrap(), &b"0800"[..]);
        assert_eq!(theirs.read_frame().await.unwrap().unwrap(), vec![7; 500]);
        sent.await.unwrap();
        assert!(theirs.read_frame().await.unwrap().is_none());
    }

    #[tokio::test]
    async fn a_frame_over_the_bound_is_refused_before_it_is_read_or_written() {
        let (mut ours, theirs) = tokio::io::duplex(64);
        ours.write_all(&[0xff, 0xff, 1]).await.unwrap();
        let mut theirs = framed(theirs);
        assert!(matches!(theirs.read_frame().await, Err(FrameError::Size(0xffff))));
        assert!(matches!(theirs.write_frame(&[0; MAX_FRAME_OCTETS + 1]).await, Err(FrameError::Size(_))));
        assert!(matches!(theirs.write_frame(&[]).await, Err(FrameError::Size(0))));
    }

    #[tokio::test]
    async fn half_a_frame_is_an_error_whether_the_peer_waits_or_leaves() {
        let (mut ours, theirs) = tokio::io::duplex(64);
        ours.write_all(&[0, 5, 1]).await.unwrap();
        let mut theirs = framed(theirs);
        assert!(matches!(theirs.read_frame().await, Err(FrameError::TimedOut)));
        drop(ours);
        assert!(matches!(theirs.read_frame().await, Err(FrameError::Truncated)));
    }

    #[tokio::test]
    async fn a_cancelled_read_loses_nothing() {
        let (mut ours, theirs) = tokio::io::duplex(64);
        let mut theirs = framed(theirs);
        ours.write_all(&[0, 2, b'a']).await.unwrap();
        let cancelled = timeout(Duration::from_millis(50), theirs.read_frame()).await;
        assert!(cancelled.is_err());
        ours.write_all(b"b").await.unwrap();
        assert_eq!(theirs.read_frame().await.unwrap().unwrap(), &b"ab"[..]);
    }
}
