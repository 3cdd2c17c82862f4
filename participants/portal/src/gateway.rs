//! Questions to the gateway that change something there: recorded before they are sent, repeated after a crash under
//! the same number.

use participant::CallFailure;
use store::StoreError;
use terms::Trilingual;
use wire::fault::{FaultCode, GatewayFault};
use wire::{Request, RequestHeader};
use xml::Limits;

use crate::portal::Portal;
use crate::store::intent;
use crate::store::order::Refusal;

/// How long a question may be repeated under its number: below the gateway's clock window of five minutes.
const REPEATED_FOR_SECONDS: i64 = 240;

/// Why a question has no answer to go on with.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoAnswer {
    /// The gateway refused, over its signature, and nothing changed there.
    #[error("the gateway refused: {}", .0.code)]
    Refused(Box<GatewayFault>),
    /// It did not see the question, or is busy: to be asked again.
    #[error("the gateway did not take the question")]
    NotTaken,
    /// It is not known whether it acted: to be asked again, under the same number.
    #[error("the gateway's answer is not known")]
    NotKnown,
    /// Our own store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl NoAnswer {
    /// What the person is told. `meanwhile` says where the matter stands while the answer is missing.
    pub(crate) fn refusal(&self, meanwhile: &Trilingual) -> Refusal {
        match self {
            Self::Refused(fault) => Refusal { code: fault.code.to_string(), text: fault.message.clone() },
            Self::NotTaken => Refusal { code: "M-GATEWAY-DOWN".to_owned(), text: meanwhile.clone() },
            Self::NotKnown => Refusal { code: "M-GATEWAY-UNKNOWN".to_owned(), text: meanwhile.clone() },
            Self::Store(_) => Refusal { code: "M-500".to_owned(), text: meanwhile.clone() },
        }
    }
}

/// Asks the gateway. `about` names the matter: of one matter one question is open at a time.
pub(crate) async fn ask<R>(
    portal: &Portal,
    about: &str,
    make: impl FnOnce(RequestHeader) -> R,
) -> Result<R::Response, NoAnswer>
where
    R: Request,
    R::Response: Clone,
{
    let request = record(portal, about, make(portal.host.header())).await?;
    let outcome = portal.caller.call(portal.neighbours.gateway, &request).await;
    let (answer, result) = match outcome {
        Ok(answer) => ("answered".to_owned(), Ok(answer.get().clone())),
        Err(CallFailure::NotSent(_)) => return Err(NoAnswer::NotTaken),
        Err(CallFailure::Unknown(_)) => return Err(NoAnswer::NotKnown),
        Err(CallFailure::Refused(fault)) if is_passing(&fault) => return Err(NoAnswer::NotTaken),
        Err(CallFailure::Refused(fault)) => (fault.code.to_string(), Err(refused(fault))),
    };
    let (id, now) = (request.header().message_id, portal.host.now());
    portal.database.write(move |tx| intent::settle(tx, id, &answer, now)).await?;
    result
}

/// The gateway's own trouble: the same message may simply be sent again.
fn is_passing(fault: &GatewayFault) -> bool {
    matches!(
        fault.known_code(),
        Some(FaultCode::StoreFull | FaultCode::Overloaded | FaultCode::Internal | FaultCode::PeerUnavailable)
    )
}

/// A question that came too late says nothing about the matter; it is asked anew under a new number.
fn refused(fault: Box<GatewayFault>) -> NoAnswer {
    match fault.known_code() {
        Some(FaultCode::ClockWindow) => NoAnswer::NotTaken,
        _ => NoAnswer::Refused(fault),
    }
}

/// Records the question, or finds the one that is open on the matter: that one is repeated instead.
async fn record<R: Request>(portal: &Portal, about: &str, request: R) -> Result<R, NoAnswer> {
    let (about, body) = (about.to_owned(), request.to_xml());
    let (id, now) = (request.header().message_id, portal.host.now());
    let since = now.plus_seconds(-REPEATED_FOR_SECONDS);
    let open = portal
        .database
        .write(move |tx| {
            let open = intent::open_question(tx, &about, R::OPERATION, since)?;
            if open.is_none() {
                intent::record(tx, id, &about, R::OPERATION, &body, now)?;
            }
            Ok::<_, StoreError>(open)
        })
        .await?;
    let Some(body) = open else { return Ok(request) };
    let damaged = || StoreError::Damaged("the body of an intent".to_owned());
    let read = xml::with_tree(body.as_bytes(), &Limits::MESSAGE, |element| R::from_element(element));
    Ok(read.map_err(|_| damaged())?.map_err(|_| damaged())?)
}
