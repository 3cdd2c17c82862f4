//! A terminal's end of the channel, and its line to card processing. Both close after each exchange.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use participant::Host;
use serde::Serialize;
use serde::de::DeserializeOwned;
use transport::{CallError, ClientLimits, Framed2, HttpClient, StreamLimits};
use wire::iso8583::{
    AuthorisationRequest, AuthorisationResponse, CardRequest, CardResponse, Frame, ResponseCode,
    ReversalRequest,
};

use super::messages as said;

/// How long the processing system may take: it may have to ask the gateway in between.
const ANSWER_LIMIT: Duration = Duration::from_secs(20);
/// How often the same authorisation is asked for. The attempt is the same, so it is never charged twice.
const TRIES: usize = 2;
/// The most octets of an answer.
const ANSWER_OCTETS: usize = 512 * 1024;

/// Why the processing system gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum ChannelFailure {
    /// It surely did nothing.
    #[error("the processing system was not asked: {0}")]
    NotAsked(String),
    /// It refused: a wrong request, or it cannot ask others now. Nothing was decided.
    #[error("the processing system answered {0}")]
    Refused(u16),
    /// It may have acted.
    #[error("it is not known what the processing system did: {0}")]
    Unknown(String),
}

/// The processing system, as a terminal sees it.
#[derive(Debug, Clone)]
pub struct Processing {
    client: HttpClient,
    base: String,
}

impl Processing {
    /// At this address.
    ///
    /// # Errors
    /// Where the TLS key is not usable.
    pub fn at(host: &Host, base: &str) -> anyhow::Result<Self> {
        let limits =
            ClientLimits { total: ANSWER_LIMIT, answer_octets: ANSWER_OCTETS, ..ClientLimits::default() };
        let client = HttpClient::new(Some(&host.identity), &host.roots, limits)?;
        Ok(Self { client, base: base.trim_end_matches('/').to_owned() })
    }

    /// The services with their prices here (T4.2, T5.1).
    ///
    /// # Errors
    /// [`ChannelFailure`]; so for all.
    pub async fn services(&self) -> Result<said::PriceList, ChannelFailure> {
        read(self.client.get(&format!("{}{}", self.base, said::SERVICES)).await)
    }

    /// Whether digits are somebody's IIN (T5.3–9).
    ///
    /// # Errors
    /// [`ChannelFailure`].
    pub async fn recipient(&self, iin: String) -> Result<said::RecipientAnswer, ChannelFailure> {
        self.post(said::RECIPIENTS, &said::RecipientQuestion { iin }).await
    }

    /// Whose card is in the machine (T4.1, T4.3).
    ///
    /// # Errors
    /// [`ChannelFailure`].
    pub async fn client(&self, card: String) -> Result<said::ClientAnswer, ChannelFailure> {
        self.post(said::CLIENTS, &said::ClientQuestion { card }).await
    }

    /// Pays in cash (T5.12–20).
    ///
    /// # Errors
    /// [`ChannelFailure`].
    pub async fn pay_cash(
        &self,
        payment: &said::CashPayment,
    ) -> Result<said::CashPaymentAnswer, ChannelFailure> {
        self.post(said::CASH_PAYMENTS, payment).await
    }

    /// Records cash that bought nothing.
    ///
    /// # Errors
    /// [`ChannelFailure`].
    pub async fn return_cash(
        &self,
        back: &said::CashReturn,
    ) -> Result<said::CashReturnAnswer, ChannelFailure> {
        self.post(said::CASH_RETURNS, back).await
    }

    async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        asked: &impl Serialize,
    ) -> Result<T, ChannelFailure> {
        let body = serde_json::to_vec(asked).map_err(|error| ChannelFailure::NotAsked(error.to_string()))?;
        let url = format!("{}{path}", self.base);
        read(self.client.post(&url, "application/json", &[], body.into()).await)
    }
}

fn read<T: DeserializeOwned>(answer: Result<transport::Answer, CallError>) -> Result<T, ChannelFailure> {
    match answer {
        Ok(answer) if answer.status == 200 => {
            serde_json::from_slice(&answer.body).map_err(|error| ChannelFailure::Unknown(error.to_string()))
        }
        Ok(answer) => Err(ChannelFailure::Refused(answer.status.as_u16())),
        Err(CallError::NotSent(error)) => Err(ChannelFailure::NotAsked(error.to_string())),
        Err(CallError::OutcomeUnknown(error)) => Err(ChannelFailure::Unknown(error.to_string())),
    }
}

/// What became of an authorisation that was asked for.
#[derive(Debug)]
pub enum Authorised {
    /// The bank's answer.
    Answered(AuthorisationResponse),
    /// The request surely did not reach the bank.
    NotAsked,
    /// It may have, and no answer came.
    Unknown,
}

/// The line to card processing.
#[derive(Clone)]
pub struct CardLine {
    host: Arc<Host>,
    address: SocketAddr,
    name: String,
    limit: Duration,
}

impl CardLine {
    /// At this address, whose certificate carries `name`, or the address itself; `limit` is for one try.
    pub fn at(host: Arc<Host>, address: SocketAddr, name: Option<String>, limit: Duration) -> Self {
        let name = name.unwrap_or_else(|| address.ip().to_string());
        Self { host, address, name, limit }
    }

    /// Asks for an authorisation (T4.5–11), again under the same attempt where no answer comes.
    pub async fn authorise(&self, request: AuthorisationRequest) -> Authorised {
        let attempt = request.attempt().clone();
        let Ok(frame) = CardRequest::Authorisation(request).encode() else { return Authorised::NotAsked };
        let mut was_sent = false;
        for _ in 0..TRIES {
            match self.exchange(&frame, &mut was_sent).await {
                Ok(CardResponse::Authorisation(answer)) if answer.attempt == attempt => {
                    return Authorised::Answered(answer);
                }
                Ok(_) => tracing::warn!(event = "other-answer"),
                Err(error) => {
                    tracing::warn!(event = "authorisation-not-answered", error = format!("{error:#}"));
                }
            }
        }
        if was_sent { Authorised::Unknown } else { Authorised::NotAsked }
    }

    /// Sends a reversal; whether the bank says that nothing stays taken.
    pub async fn reverse(&self, request: ReversalRequest) -> bool {
        let attempt = request.attempt.clone();
        let Ok(frame) = CardRequest::Reversal(request).encode() else { return false };
        match self.exchange(&frame, &mut false).await {
            Ok(CardResponse::Reversal(answer)) if answer.attempt == attempt => {
                answer.code.is_approved() || answer.code == ResponseCode::NO_SUCH_RECORD
            }
            Ok(_) => {
                tracing::warn!(event = "other-answer");
                false
            }
            Err(error) => {
                tracing::warn!(event = "reversal-not-answered", error = format!("{error:#}"));
                false
            }
        }
    }

    /// One question within the limit; `was_sent` becomes true before the first octet of it may have gone out.
    async fn exchange(&self, frame: &Frame, was_sent: &mut bool) -> anyhow::Result<CardResponse> {
        let exchange = async {
            let limits = StreamLimits::default();
            let (identity, roots) = (&self.host.identity, &self.host.roots);
            let (stream, _) = transport::connect(self.address, &self.name, identity, roots, &limits).await?;
            let mut line = Framed2::new(stream, &limits);
            *was_sent = true;
            line.write_frame(frame).await?;
            let answer = line.read_frame().await?.ok_or_else(|| anyhow::anyhow!("the line was closed"))?;
            let answer = CardResponse::decode(&answer)?;
            line.close().await?;
            Ok(answer)
        };
        tokio::time::timeout(self.limit, exchange).await?
    }
}
