//! One authorisation at a bank's processing system: a 0100, and what its 0110 says or that none came
//! (T1.18-21).
//!
//! Once the request may have left us, everything but a whole and fitting answer is "not known": the gateway
//! asks the same attempt again, and no second authorisation and no reversal is ever sent from here (A9).

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use participant::Host;
use pki::{Certificate, Purpose, TrustError};
use terms::{AttemptId, BankReference, Bin, Tiyn};
use tokio::time::{Instant, timeout_at};
use transport::{FrameError, Framed2, Identity, SecureStream, StreamLimits, TlsRoots, connect};
use wire::iso8583::{
    AuthorisationRequest, AuthorisationResponse, CardRequest, CardResponse, Frame, ResponseCode, Trace,
};

use super::routing::Processing;

/// Answers that are no verdict: the issuer or the processing failed on the way, or has seen the attempt
/// before. Money may have been taken all the same, so the attempt is asked about. 94, 91, 96.
const NO_VERDICT: [ResponseCode; 3] =
    [ResponseCode::DUPLICATE, ResponseCode::ISSUER_UNAVAILABLE, ResponseCode::SYSTEM_MALFUNCTION];

/// The longest a bank may take to come to the telephone; a slow handshake must not eat the time for its
/// answer.
const LONGEST_HANDSHAKE: Duration = Duration::from_secs(5);

/// What an authorisation came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Authorised, under the bank's own reference.
    Approved(BankReference),
    /// Refused; no money was taken.
    Declined(ResponseCode),
    /// The request never left us; no money was taken.
    NotSent,
    /// Not known.
    Unknown,
}

/// Says whether a certificate of a server counts now, asking whom it has to.
pub(crate) trait Judge: Send + Sync {
    fn judge<'a>(&'a self, server: &'a Certificate) -> BoxFuture<'a, Result<(), TrustError>>;
}

impl Judge for Host {
    fn judge<'a>(&'a self, server: &'a Certificate) -> BoxFuture<'a, Result<(), TrustError>> {
        Box::pin(async { self.check_by_all_sources(server, Purpose::TlsServer, self.now()).await.map(drop) })
    }
}

/// The lines to the banks' processing systems: who we are there, and whom we believe.
pub(crate) struct Lines {
    /// Our TLS certificate.
    pub(crate) identity: Identity,
    /// The national CA's roots.
    pub(crate) roots: TlsRoots,
    /// Who says whether a certificate counts.
    pub(crate) judge: Arc<dyn Judge>,
    /// How long one authorisation may take.
    pub(crate) deadline: Duration,
}

/// Why a bank was not asked.
#[derive(Debug, thiserror::Error)]
enum NotAsked {
    #[error(transparent)]
    NoLine(#[from] transport::NotSent),
    #[error("the certificate at the other end is not of bank {0}")]
    OtherPeer(Bin),
    #[error("the bank's certificate is not trusted: {0}")]
    NotTrusted(#[from] TrustError),
}

/// What an answer has to agree with.
struct Asked {
    trace: Trace,
    amount: Tiyn,
    attempt: AttemptId,
}

impl Lines {
    /// Asks once. The card data is wiped as soon as it is written.
    pub(crate) async fn authorise(&self, processing: &Processing, request: AuthorisationRequest) -> Verdict {
        let deadline = Instant::now() + self.deadline;
        let asked = Asked {
            trace: request.trace.clone(),
            amount: request.amount,
            attempt: request.attempt().clone(),
        };
        let (bank, attempt) = (processing.bank, &asked.attempt);
        let frame = match CardRequest::Authorisation(request).encode() {
            Ok(frame) => frame,
            Err(error) => {
                tracing::error!(event = "authorisation-not-written", %bank, %attempt, %error);
                return Verdict::NotSent;
            }
        };
        let mut line = match self.open(processing).await {
            Ok(line) => line,
            Err(why) => {
                tracing::warn!(event = "processing-not-reached", %bank, %attempt, %why);
                return Verdict::NotSent;
            }
        };
        let verdict = exchange(&mut line, frame, deadline, &asked).await;
        tracing::info!(event = "authorisation", %bank, %attempt, ?verdict);
        // Saying goodbye is a courtesy; the person is not kept waiting for it.
        tokio::spawn(async move { drop(line.close().await) });
        verdict
    }

    /// A line to the bank, its certificate's owner and revocation looked at before any card data goes out.
    async fn open(&self, processing: &Processing) -> Result<Framed2<SecureStream>, NotAsked> {
        let limits = StreamLimits {
            handshake: self.deadline.min(LONGEST_HANDSHAKE),
            frame: self.deadline,
            ..StreamLimits::default()
        };
        let Processing { bank, address, server_name } = processing;
        let (stream, peer) = connect(*address, server_name, &self.identity, &self.roots, &limits).await?;
        let certificate = peer.certificate.filter(|certificate| bin_of(certificate) == Some(*bank));
        let certificate = certificate.ok_or(NotAsked::OtherPeer(*bank))?;
        self.judge.judge(&certificate).await?;
        Ok(Framed2::new(stream, &limits))
    }
}

fn bin_of(certificate: &Certificate) -> Option<Bin> {
    certificate.subject().organisation.as_ref()?.checked().ok()
}

async fn exchange(
    line: &mut Framed2<SecureStream>,
    frame: Frame,
    deadline: Instant,
    asked: &Asked,
) -> Verdict {
    let written = timeout_at(deadline, line.write_frame(&frame)).await;
    drop(frame);
    match written {
        Ok(Ok(())) => {}
        Ok(Err(FrameError::Size(_))) => return Verdict::NotSent,
        Ok(Err(_)) | Err(_) => return Verdict::Unknown,
    }
    match timeout_at(deadline, line.read_frame()).await {
        Ok(Ok(Some(answer))) => read(&answer, asked),
        Ok(Ok(None) | Err(_)) | Err(_) => Verdict::Unknown,
    }
}

/// What an answer says; nothing, where it is not a whole answer to this very request.
fn read(answer: &[u8], asked: &Asked) -> Verdict {
    let Ok(CardResponse::Authorisation(answer)) = CardResponse::decode(answer) else {
        tracing::warn!(event = "authorisation-garbled", attempt = %asked.attempt);
        return Verdict::Unknown;
    };
    // The code of a card page's order is the gateway's own; a bank has none to bring.
    let AuthorisationResponse { trace, amount, attempt, code, approval: _, bank_reference, payment_code: _ } =
        answer;
    if (&trace, amount, &attempt) != (&asked.trace, asked.amount, &asked.attempt) {
        tracing::warn!(event = "authorisation-of-another-request", attempt = %asked.attempt);
        return Verdict::Unknown;
    }
    match bank_reference {
        Some(reference) if code.is_approved() => Verdict::Approved(reference),
        // An approval that nobody can name later is no approval we can vouch for.
        None if code.is_approved() => Verdict::Unknown,
        _ if NO_VERDICT.contains(&code) => Verdict::Unknown,
        _ => Verdict::Declined(code),
    }
}

/// The text of the catalogue for a refusal.
pub(crate) fn refusal_text(code: ResponseCode) -> &'static str {
    match code.as_str() {
        "51" => "m-decl-2",
        "33" | "54" => "m-decl-3",
        "82" | "N7" => "m-decl-4",
        "61" | "65" => "m-decl-5",
        "04" | "07" | "36" | "41" | "43" | "62" => "m-decl-6",
        _ => "m-decl-1",
    }
}
