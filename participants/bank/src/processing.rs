//! The processing system's line: ISO 8583 in frames over mutual TLS, for the gateway's card page and the
//! bank's ATMs (T1.18–21, T4.5–11).
//!
//! Who asks is told by the certificate of the line; whether it still holds is checked for each message. One
//! line works through its messages in order; silence about one of them does not end the line.

use std::pin::pin;

use participant::Shutdown;
use pki::{Certificate, Purpose};
use rights::Group;
use tokio::io::{AsyncRead, AsyncWrite};
use transport::{Framed2, Peer, StreamLimits, TlsStreamListener};
use wire::iso8583::{CardRequest, CardResponse, ResponseCode};

use crate::cx::Cx;
use crate::settings::Terminal;
use crate::use_case::authorise_card::{Asker, authorise_card};
use crate::use_case::reverse_card::reverse_card;

/// Takes lines until the process stops.
pub(crate) async fn serve(cx: Cx, mut listener: TlsStreamListener, stopping: Shutdown) {
    let mut stopped = pin!(stopping.wait());
    loop {
        tokio::select! {
            () = &mut stopped => return,
            accepted = listener.accept() => {
                let Some((stream, peer)) = accepted else { return };
                let (cx, stopping) = (cx.clone(), stopping.clone());
                tokio::spawn(async move { attend(cx, stream, peer, stopping).await });
            }
        }
    }
}

/// The terminal with this certificate, or with one that was renewed in the terminal's file.
pub(crate) fn terminal_of<'cx>(cx: &'cx Cx, certificate: &Certificate) -> Option<&'cx Terminal> {
    let fingerprint = certificate.sha256();
    let terminals = &cx.bank().terminals;
    let known = || terminals.iter().find(|terminal| terminal.certificates.knows(&fingerprint));
    let is_our_own = || {
        let owner = certificate.subject().organisation.as_ref().and_then(|bin| bin.checked().ok());
        owner == Some(cx.host().bin)
    };
    // Files are read for certificates of this bank only: the card page connects for each authorisation.
    let renewed = || terminals.iter().find(|terminal| terminal.certificates.finds(&fingerprint));
    known().or_else(|| is_our_own().then(renewed).flatten())
}

fn asker_of(cx: &Cx, certificate: &Certificate) -> Option<Asker> {
    if let Some(terminal) = terminal_of(cx, certificate) {
        return Some(Asker::Terminal(terminal.clone()));
    }
    let organisation = certificate.subject().organisation.as_ref()?.checked().ok()?;
    let registry = cx.host().registry();
    let groups = &registry.find(organisation)?.groups;
    // The card page is a process of its own, under the gateway's number or one of its own.
    let may_ask = groups.iter().any(|group| matches!(group, Group::CardPage | Group::Gateway));
    may_ask.then_some(Asker::Gateway)
}

/// Whether a certificate still holds: path, dates, revocation by all sources.
pub(crate) async fn holds(cx: &Cx, certificate: &Certificate) -> bool {
    match cx.host().check_by_all_sources(certificate, Purpose::TlsClient, cx.now()).await {
        Ok(_) => true,
        Err(error) => {
            tracing::warn!(event = "peer-not-trusted", %error);
            false
        }
    }
}

async fn attend<S>(cx: Cx, stream: S, peer: Peer, stopping: Shutdown)
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    let Some(certificate) = peer.certificate.clone() else { return };
    let Some(asker) = asker_of(&cx, &certificate) else {
        tracing::warn!(event = "line-refused", peer = ?peer);
        return;
    };
    let mut line = Framed2::new(stream, &StreamLimits::default());
    let mut stopped = pin!(stopping.wait());
    loop {
        let frame = tokio::select! {
            frame = line.read_frame() => frame,
            () = &mut stopped => return,
        };
        let frame = match frame {
            Ok(Some(frame)) => frame,
            Ok(None) => return,
            Err(error) => return tracing::info!(event = "line-broke-off", %error, peer = ?peer),
        };
        if !holds(&cx, &certificate).await {
            return;
        }
        let request = match CardRequest::decode(&frame) {
            Ok(request) => request,
            // Without its fields a message cannot be answered; what follows on such a line means nothing
            // either.
            Err(error) => return tracing::warn!(event = "frame-refused", %error, peer = ?peer),
        };
        let Some(answer) = answer(&cx, &asker, request).await else { continue };
        let Ok(frame) = answer.encode() else { return };
        if let Err(error) = line.write_frame(&frame).await {
            return tracing::info!(event = "answer-not-taken", %error, peer = ?peer);
        }
    }
}

/// The answer to one message; none for silence.
pub(crate) async fn answer(cx: &Cx, asker: &Asker, request: CardRequest) -> Option<CardResponse> {
    match request {
        CardRequest::Echo(echo) => Some(CardResponse::Echo(echo.answer(ResponseCode::APPROVED))),
        CardRequest::Authorisation(request) => {
            let failure = request.answer(ResponseCode::SYSTEM_MALFUNCTION, None, None);
            match authorise_card(cx, asker, request).await {
                Ok(answer) => answer.map(CardResponse::Authorisation),
                Err(error) => {
                    tracing::error!(event = "authorisation-failed", %error);
                    Some(CardResponse::Authorisation(failure))
                }
            }
        }
        CardRequest::Reversal(request) => {
            let failure = request.answer(ResponseCode::SYSTEM_MALFUNCTION);
            let answer = reverse_card(cx, asker, request).await.unwrap_or_else(|error| {
                tracing::error!(event = "reversal-failed", %error);
                failure
            });
            Some(CardResponse::Reversal(answer))
        }
    }
}
