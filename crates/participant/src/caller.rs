//! Calls to other participants: signed, sent over mutual TLS, the answer verified and matched to the question.
//!
//! Whether the peer may have acted on a message whose answer is missing is what money depends on, so the failure
//! says it: surely not, surely refused, or not known.

use std::sync::Arc;

use envelope::{Body, SoapVersion, TokenForm, Verified};
use terms::{Bin, MessageId};
use transport::{CallError, ClientLimits, HttpClient, KeepAlive};
use wire::fault::GatewayFault;
use wire::{Request, Response};
use xml::{Element, FieldError, FromElement};

use crate::host::Host;

/// Calls others under this participant's name.
#[derive(Clone)]
pub struct Caller {
    host: Arc<Host>,
    client: Arc<HttpClient>,
}

/// Why a call brought no answer.
#[derive(Debug, thiserror::Error)]
pub enum CallFailure {
    /// The peer surely did not see the message.
    #[error("the message did not reach the peer: {0}")]
    NotSent(String),
    /// The peer refused, over its signature.
    #[error("the peer refused: {} {}", .0.code.as_str(), .0.message.en)]
    Refused(Box<GatewayFault>),
    /// The peer may or may not have acted.
    #[error(transparent)]
    Unknown(#[from] Uncertainty),
}

/// Why it is not known whether the peer acted.
#[derive(Debug, thiserror::Error)]
pub enum Uncertainty {
    /// No whole answer came.
    #[error("no whole answer came: {0}")]
    NoAnswer(String),
    /// The answer cannot be believed.
    #[error("the answer cannot be believed: {0}")]
    Unbelievable(String),
}

fn unbelievable(why: impl ToString) -> CallFailure {
    CallFailure::Unknown(Uncertainty::Unbelievable(why.to_string()))
}

/// The one thing that every answer says, whatever it answers.
struct InReplyTo(MessageId);

impl FromElement for InReplyTo {
    fn from_element(element: Element<'_, '_>) -> Result<Self, FieldError> {
        let mut fields = element.fields(element.namespace().unwrap_or_default())?;
        fields.required("inReplyTo")?.parse().map(Self)
    }
}

impl Caller {
    /// Calls that close the connection after each exchange, as the instruction's steps do.
    ///
    /// # Errors
    /// Where the TLS key is not usable.
    pub fn closing(host: Arc<Host>) -> anyhow::Result<Self> {
        Self::with(host, ClientLimits { keep_alive: KeepAlive::No, ..ClientLimits::default() })
    }

    /// Calls with limits of their own.
    ///
    /// # Errors
    /// Where the TLS key is not usable.
    pub fn with(host: Arc<Host>, limits: ClientLimits) -> anyhow::Result<Self> {
        let client = HttpClient::new(Some(&host.identity), &host.roots, limits)?;
        Ok(Self { host, client: Arc::new(client) })
    }

    /// Asks a participant.
    ///
    /// # Errors
    /// [`CallFailure`]; only [`CallFailure::Unknown`] leaves open whether the peer acted.
    pub async fn call<R: Request>(&self, to: Bin, request: &R) -> Result<Verified<R::Response>, CallFailure> {
        let body = self.send(to, R::OPERATION, &xml::ToElement::to_xml(request)).await?;
        let answer = body.parse::<R::Response>().map_err(unbelievable)?;
        self.check_answers(answer.get().header().in_reply_to, request.header().message_id)?;
        if answer.get().header().sender != to {
            return Err(unbelievable("the sender named in the answer is not the peer"));
        }
        Ok(answer)
    }

    fn check_answers(&self, answered: MessageId, asked: MessageId) -> Result<(), CallFailure> {
        if answered == asked { Ok(()) } else { Err(unbelievable("the answer is to another message")) }
    }

    /// Delivers one kept body again, and returns the peer's verified answer to that very message.
    ///
    /// # Errors
    /// As [`Caller::call`].
    pub async fn deliver(
        &self,
        to: Bin,
        operation: &str,
        id: MessageId,
        body: &str,
    ) -> Result<Verified<Body>, CallFailure> {
        let answer = self.send(to, operation, body).await?;
        if answer.name().1.strip_suffix("Response") != Some(operation) {
            return Err(unbelievable("the answer is to another operation"));
        }
        // Kept as evidence, it would otherwise prove something about another message.
        let InReplyTo(answered) = *answer.parse::<InReplyTo>().map_err(unbelievable)?.get();
        self.check_answers(answered, id)?;
        Ok(answer)
    }

    /// Sends one body, given as canonical text, and returns the peer's verified answer.
    ///
    /// # Errors
    /// As [`Caller::call`].
    pub async fn send(&self, to: Bin, operation: &str, body: &str) -> Result<Verified<Body>, CallFailure> {
        let url = self
            .host
            .known(to)
            .and_then(|known| known.messages.clone())
            .ok_or_else(|| CallFailure::NotSent(format!("no address is known for {to:?}")))?;
        let version = self.host.soap;
        // The two banks of the demonstration differ here too: a peer must understand both forms of token.
        let token = match version {
            SoapVersion::V11 => TokenForm::BinarySecurityToken,
            SoapVersion::V12 => TokenForm::KeyIdentifier,
        };
        let signer = self.host.signer();
        let sealed = envelope::seal(version, body, signer.as_ref(), self.host.now(), token)
            .map_err(|error| CallFailure::NotSent(error.to_string()))?;
        let answer =
            self.client.post(&url, version.content_type(), &[], sealed.into()).await.map_err(|error| {
                match error {
                    CallError::NotSent(error) => CallFailure::NotSent(error.to_string()),
                    CallError::OutcomeUnknown(error) => {
                        CallFailure::Unknown(Uncertainty::NoAnswer(error.to_string()))
                    }
                }
            })?;
        let opened = self.host.open_message(answer.body, self.host.now()).await;
        let (_, verified) = opened.map_err(unbelievable)?;
        if verified.signer().bin != Some(to) {
            return Err(unbelievable("the answer is signed by another participant"));
        }
        if let Some(fault) = verified.fault() {
            let detail =
                fault.parse::<GatewayFault>().ok_or_else(|| unbelievable("a fault without its detail"))?;
            let detail = detail.map_err(unbelievable)?;
            tracing::info!(event = "call-refused", operation, to = %to, code = detail.code.as_str());
            return Err(CallFailure::Refused(Box::new(detail)));
        }
        Ok(verified)
    }
}
