//! The processing system's end of the terminals' channel. A terminal is known by its very certificate.

use axum::extract::{FromRequestParts, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::StatusCode;
use http::request::Parts;
use participant::CallFailure;
use rights::{Action, Group};
use store::StoreError;
use terms::{Channel, Iin, Party, PartyNumber, ShortText, Tiyn};
use transport::Peer;
use wire::common::{Service, TypedIin};

use super::messages as said;
use crate::cx::{Cx, IinAnswer};
use crate::operation::Operation;
use crate::processing::{holds, terminal_of};
use crate::settings::Terminal;
use crate::use_case::pay_cash::{Cash, CashAnswer, give_cash_back, pay_cash};
use crate::use_case::recognise_client::{Recognised, recognise_client};

/// The routes.
pub(crate) fn router(cx: Cx) -> Router {
    Router::new()
        .route(said::SERVICES, get(services))
        .route(said::RECIPIENTS, post(recipients))
        .route(said::CLIENTS, post(clients))
        .route(said::CASH_PAYMENTS, post(cash_payments))
        .route(said::CASH_RETURNS, post(cash_returns))
        .with_state(cx)
}

/// A registered terminal whose certificate still holds.
struct Known(Terminal);

impl FromRequestParts<Cx> for Known {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, cx: &Cx) -> Result<Self, Refused> {
        let peer = Peer::from_request_parts(parts, cx).await.map_err(|_| Refused::NotATerminal)?;
        let certificate = peer.certificate.as_ref().ok_or(Refused::NotATerminal)?;
        let terminal = terminal_of(cx, certificate).cloned();
        match terminal {
            Some(terminal) if holds(cx, certificate).await => Ok(Self(terminal)),
            _ => {
                peer.close_after_answer();
                tracing::warn!(event = "terminal-refused", peer = ?peer);
                Err(Refused::NotATerminal)
            }
        }
    }
}

/// Why the channel gives no answer of its own.
enum Refused {
    NotATerminal,
    BadRequest(&'static str),
    /// The gateway or the tax registry cannot be asked now. Nothing was decided.
    NotNow(String),
    Store(StoreError),
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<CallFailure> for Refused {
    fn from(failure: CallFailure) -> Self {
        Self::NotNow(failure.to_string())
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Self::NotATerminal => StatusCode::FORBIDDEN.into_response(),
            Self::BadRequest(why) => (StatusCode::BAD_REQUEST, why).into_response(),
            Self::NotNow(why) => {
                tracing::warn!(event = "terminal-not-served", why);
                StatusCode::SERVICE_UNAVAILABLE.into_response()
            }
            Self::Store(error) => {
                tracing::error!(event = "terminal-not-served", %error);
                StatusCode::SERVICE_UNAVAILABLE.into_response()
            }
        }
    }
}

fn allowed(action: &'static str) -> Result<(), Refused> {
    // A terminal has the rights of its group and no other.
    if Group::Terminal.allows(Action(action)) { Ok(()) } else { Err(Refused::NotATerminal) }
}

async fn services(State(cx): State<Cx>, Known(terminal): Known) -> Result<Json<said::PriceList>, Refused> {
    allowed("ListPrices")?;
    let channel = if terminal.zone_key.is_some() { Channel::Atm } else { Channel::Kiosk };
    let priced = |service: &Service| said::Priced {
        code: service.code.to_string(),
        name: (&service.name).into(),
        price: service.price.to_string(),
        commission: cx.bank().commission.on(channel, service.price).to_string(),
    };
    Ok(Json(said::PriceList { services: cx.services().await?.iter().map(priced).collect() }))
}

async fn recipients(
    State(cx): State<Cx>,
    _: Known,
    Json(question): Json<said::RecipientQuestion>,
) -> Result<Json<said::RecipientAnswer>, Refused> {
    allowed("CheckRecipient")?;
    let invalid = said::RecipientAnswer { valid: false, initials: None };
    // Twelve digits that are no number need no question to the registry.
    let Ok(iin) = question.iin.parse::<Iin>() else { return Ok(Json(invalid)) };
    Ok(Json(match ask_registry(&cx, iin).await? {
        IinAnswer::Invalid => invalid,
        IinAnswer::Valid(name) => {
            said::RecipientAnswer { valid: true, initials: name.as_ref().map(initials) }
        }
    }))
}

async fn ask_registry(cx: &Cx, iin: Iin) -> Result<IinAnswer, Refused> {
    let typed: TypedIin = iin.to_string().parse().map_err(|_| Refused::BadRequest("not twelve digits"))?;
    Ok(cx.check_iin(typed).await?)
}

fn initials(name: &ShortText) -> String {
    name.as_str()
        .split_whitespace()
        .filter_map(|word| word.chars().next())
        .map(|letter| format!("{letter}."))
        .collect()
}

/// The recipient by IIN, with the registry's name: the one the desk compares with the identity card (T7.11).
async fn recipient(cx: &Cx, typed: &str) -> Result<Option<Party>, Refused> {
    let iin: Iin = typed.parse().map_err(|_| Refused::BadRequest("not an IIN"))?;
    match ask_registry(cx, iin).await? {
        IinAnswer::Valid(Some(name)) => Ok(Some(Party { number: PartyNumber::Person(iin), name })),
        IinAnswer::Valid(None) => Err(Refused::NotNow("the registry gives this bank no names".to_owned())),
        IinAnswer::Invalid => Ok(None),
    }
}

async fn clients(
    State(cx): State<Cx>,
    Known(terminal): Known,
    Json(question): Json<said::ClientQuestion>,
) -> Result<Json<said::ClientAnswer>, Refused> {
    allowed("ReadOwnClient")?;
    let key = terminal.zone_key.ok_or(Refused::BadRequest("the terminal has no PIN pad"))?;
    let (pan, pin) =
        key.open(&question.card).map_err(|_| Refused::BadRequest("the card token does not open"))?;
    let card = hex::encode(cx.card_key().card_at(&pan, &terminal.id));
    Ok(Json(match recognise_client(&cx, pan, pin).await? {
        Recognised::Client(client) => said::ClientAnswer::Client {
            number: client.number.to_string(),
            name: client.name.to_string(),
            card,
        },
        Recognised::WrongPin(left) => said::ClientAnswer::WrongPin { left },
        Recognised::Blocked => said::ClientAnswer::Blocked,
        Recognised::Stranger => said::ClientAnswer::Stranger,
    }))
}

/// The service as the person was shown it; its present price is the gateway's affair.
async fn as_shown(cx: &Cx, code: &str, price: &str) -> Result<Service, Refused> {
    let code = code.parse().map_err(|_| Refused::BadRequest("not a service code"))?;
    let price: Tiyn = price.parse().map_err(|_| Refused::BadRequest("not an amount"))?;
    let service = cx.service(&code).await?.ok_or(Refused::BadRequest("no such service"))?;
    Ok(Service { price, ..service })
}

/// A person is shown one commission and must not pay another.
fn agreed(cx: &Cx, channel: Channel, service: &Service, shown: &str) -> Result<Tiyn, Refused> {
    let commission = cx.bank().commission.on(channel, service.price);
    if commission.to_string() == shown {
        Ok(commission)
    } else {
        Err(Refused::BadRequest("another commission was shown"))
    }
}

async fn cash_payments(
    State(cx): State<Cx>,
    Known(terminal): Known,
    Json(asked): Json<said::CashPayment>,
) -> Result<Json<said::CashPaymentAnswer>, Refused> {
    allowed("PayCash")?;
    let attempt = asked.operation.parse().map_err(|_| Refused::BadRequest("not an operation"))?;
    let inserted = asked.inserted.parse().map_err(|_| Refused::BadRequest("not an amount"))?;
    let service = as_shown(&cx, &asked.service, &asked.price).await?;
    let commission = agreed(&cx, Channel::Kiosk, &service, &asked.commission)?;
    let recipient =
        recipient(&cx, &asked.recipient).await?.ok_or(Refused::BadRequest("the recipient is nobody"))?;
    let cash = Cash { terminal: terminal.id, attempt, service, commission, recipient, inserted };
    Ok(Json(match pay_cash(&cx, cash).await? {
        CashAnswer::Paid { operation, claim } => paid(&operation, claim),
        CashAnswer::Refused(why) => said::CashPaymentAnswer::Refused { text: (&why.text()).into() },
        CashAnswer::NotNow => said::CashPaymentAnswer::NotNow,
    }))
}

fn paid(operation: &Operation, claim: Option<String>) -> said::CashPaymentAnswer {
    let (Some(code), Some(requisites)) = (operation.code, operation.requisites()) else {
        return said::CashPaymentAnswer::NotNow;
    };
    said::CashPaymentAnswer::Paid {
        code: code.digits(),
        reference: requisites.bank_reference.to_string(),
        paid_at: requisites.paid_at.to_string(),
        excess: operation.excess().to_string(),
        claim,
    }
}

async fn cash_returns(
    State(cx): State<Cx>,
    Known(terminal): Known,
    Json(asked): Json<said::CashReturn>,
) -> Result<Json<said::CashReturnAnswer>, Refused> {
    allowed("PayCash")?;
    let attempt = asked.operation.parse().map_err(|_| Refused::BadRequest("not an operation"))?;
    let inserted = asked.inserted.parse().map_err(|_| Refused::BadRequest("not an amount"))?;
    Ok(Json(match give_cash_back(&cx, terminal.id, attempt, inserted).await? {
        Some(number) => said::CashReturnAnswer::Claim { number },
        None => said::CashReturnAnswer::Paid,
    }))
}
