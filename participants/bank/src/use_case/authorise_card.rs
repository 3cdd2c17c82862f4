//! Card authorisation in the processing system: for the gateway's card page (T1.18–22) and for ATMs
//! (T4.11–14).

use store::StoreError;
use store::rusqlite::Connection;
use terms::{BankReference, Channel};
use wire::iso8583::{AuthorisationRequest, AuthorisationResponse, CardholderProof, ResponseCode};

use crate::card::{CardMeaning, CardRefusal, Proof, check_card};
use crate::core::{Ledger, Refusal, takes_before_falling_silent};
use crate::cx::Cx;
use crate::operation::{Admission, Content, Operation, Order, Origin, Stage};
use crate::settings::Terminal;
use crate::store as tables;
use crate::use_case::take::{refuse, take_from_account};

/// Who asks for an authorisation, by the certificate of the line.
#[derive(Debug, Clone)]
pub enum Asker {
    /// The gateway's card page.
    Gateway,
    /// A terminal of the bank.
    Terminal(Terminal),
}

impl Asker {
    /// The origin of its attempts.
    pub fn origin(&self) -> Origin {
        match self {
            Self::Gateway => Origin::Gateway,
            Self::Terminal(terminal) => Origin::Terminal(terminal.id.clone()),
        }
    }
}

/// What a card is told.
enum Verdict {
    Approved(BankReference),
    Refused(CardRefusal),
}

/// Authorises, once for each attempt. `None` is silence: the answer never goes out.
///
/// # Errors
/// Those of the database; then nothing was decided.
pub async fn authorise_card(
    cx: &Cx,
    asker: &Asker,
    request: AuthorisationRequest,
) -> Result<Option<AuthorisationResponse>, StoreError> {
    let is_silent = is_silent(cx, &request).await?;
    if is_silent && !takes_before_falling_silent(request.amount) {
        return Ok(None);
    }
    let (inner, asked, asker) = (cx.clone(), request.clone(), asker.clone());
    let verdict = cx.database().write(move |tx| decide(&inner, tx, &asker, &asked)).await?;
    if is_silent {
        return Ok(None);
    }
    Ok(Some(match verdict {
        Verdict::Approved(reference) => {
            let approval = reference.as_str().chars().filter(char::is_ascii_digit).collect::<String>();
            let approval =
                approval.get(approval.len().saturating_sub(6)..).and_then(|digits| digits.parse().ok());
            request.answer(ResponseCode::APPROVED, approval, Some(reference))
        }
        Verdict::Refused(why) => {
            request.answer(why.word().parse().expect("a refusal is a response code"), None, None)
        }
    }))
}

async fn is_silent(cx: &Cx, request: &AuthorisationRequest) -> Result<bool, StoreError> {
    let (key, pan) = (cx.card_key().clone(), request.pan.clone());
    let card = cx.database().read(move |conn| tables::card(conn, &key, &pan)).await?;
    Ok(card.is_some_and(|(card, _)| card.meaning == CardMeaning::Silent))
}

fn decide(
    cx: &Cx,
    tx: &Connection,
    asker: &Asker,
    request: &AuthorisationRequest,
) -> Result<Verdict, StoreError> {
    // A CVC2 proves nothing at an ATM, nor a PIN on a page.
    let proves = match (&request.proof, asker) {
        (CardholderProof::Cvc2(_), Asker::Gateway) => true,
        (CardholderProof::Pin(_), Asker::Terminal(terminal)) => terminal.zone_key.is_some(),
        _ => false,
    };
    if !proves {
        return Ok(Verdict::Refused(CardRefusal::DoNotHonour));
    }
    let order = &request.order;
    let origin = asker.origin();
    let (row, operation) = match asker {
        Asker::Gateway => match tables::admit(tx, &origin, &order.attempt, &content_of(cx, request))? {
            Admission::New => {
                let operation = opened_by_gateway(cx, request);
                let Some(operation) = from_card(tx, cx, request, operation)? else {
                    return Ok(Verdict::Refused(CardRefusal::NoSuchCard));
                };
                (tables::insert(tx, &operation)?, operation)
            }
            Admission::Known(operation) => return Ok(verdict_of(&operation)),
            Admission::Blocked | Admission::Reused => return Ok(Verdict::Refused(CardRefusal::Duplicate)),
        },
        Asker::Terminal(_) => match begun_at_atm(tx, &origin, request)? {
            Some((row, operation)) if operation.stage == Stage::Opened => (row, operation),
            Some((_, operation)) => return Ok(verdict_of(&operation)),
            None => return Ok(Verdict::Refused(CardRefusal::Duplicate)),
        },
    };
    let proof = match prove(tx, cx, asker, request)? {
        Some(proof) => proof,
        None => return Ok(Verdict::Refused(CardRefusal::WrongPin)),
    };
    let card = tables::card(tx, cx.card_key(), &request.pan)?.map(|(card, _)| card);
    let ended = match check_card(card, Some(request.expiry), proof, cx.now()) {
        // A wrong PIN may be typed anew for the same attempt; the attempt goes on.
        Err(CardRefusal::WrongPin) => return Ok(Verdict::Refused(CardRefusal::WrongPin)),
        Err(why) => refuse(tx, cx, row, operation, Refusal::CardRefused, Some(why))?,
        Ok(card) => {
            let account = tables::account(tx, &card.account)?;
            let owner = account.as_ref().map_or(operation.payer.number, |account| account.owner);
            let operation =
                Operation { source: Ledger::Client(card.account), source_shown: card.masked, ..operation };
            take_from_account(tx, cx, row, operation, owner)?
        }
    };
    Ok(verdict_of(&ended))
}

/// At the gateway's page a card that the bank does not know leaves no operation: there is no account to name.
fn from_card(
    tx: &Connection,
    cx: &Cx,
    request: &AuthorisationRequest,
    operation: Operation,
) -> Result<Option<Operation>, StoreError> {
    let card = tables::card(tx, cx.card_key(), &request.pan)?;
    Ok(card.map(|(card, _)| Operation {
        source: Ledger::Client(card.account),
        source_shown: card.masked,
        ..operation
    }))
}

/// What an attempt of the card page is about. The card is part of it, by its keyed digest.
fn content_of(cx: &Cx, request: &AuthorisationRequest) -> Content {
    let order = &request.order;
    let card = hex::encode(cx.card_key().card(&request.pan));
    Content::of(&[
        &card,
        &order.payment_code.digits(),
        &order.service,
        &order.recipient.number,
        &request.amount,
    ])
}

fn opened_by_gateway(cx: &Cx, request: &AuthorisationRequest) -> Operation {
    let order = &request.order;
    Operation {
        origin: Origin::Gateway,
        attempt: order.attempt.clone(),
        content: content_of(cx, request),
        channel: Channel::Card,
        service: order.service.clone(),
        amount: request.amount,
        commission: cx.bank().commission.on(Channel::Card, request.amount),
        payer: order.payer.clone(),
        recipient: order.recipient.clone(),
        source: Ledger::Opening,
        source_shown: String::new(),
        inserted: None,
        opened_at: cx.now(),
        code: Some(order.payment_code),
        order: Some(Order { provider: order.provider, beneficiary: order.beneficiary.clone() }),
        stage: Stage::Opened,
    }
}

/// The operation an ATM has begun, where the 0100 agrees with it in everything that costs money.
fn begun_at_atm(
    tx: &Connection,
    origin: &Origin,
    request: &AuthorisationRequest,
) -> Result<Option<(i64, Operation)>, StoreError> {
    let order = &request.order;
    Ok(tables::find(tx, origin, &order.attempt)?.filter(|(_, operation)| {
        operation.channel == Channel::Atm
            && operation.code == Some(order.payment_code)
            && operation.service == order.service
            && operation.recipient.number == order.recipient.number
            && Some(request.amount) == operation.amount.checked_add(operation.commission)
    }))
}

/// How the holder proves to hold the card; counts wrong PINs. `None` where the block does not open.
fn prove(
    tx: &Connection,
    cx: &Cx,
    asker: &Asker,
    request: &AuthorisationRequest,
) -> Result<Option<Proof>, StoreError> {
    let block = match (&request.proof, asker) {
        (CardholderProof::Cvc2(_), Asker::Gateway) => return Ok(Some(Proof::Cvc2)),
        (CardholderProof::Pin(block), Asker::Terminal(Terminal { zone_key: Some(key), .. })) => {
            block.open(&request.pan, &key.zone())
        }
        _ => return Ok(None),
    };
    let Ok(pin) = block else { return Ok(None) };
    check_pin(tx, cx, &request.pan, &pin).map(Some)
}

/// Compares a PIN under the card's key and counts wrong ones.
///
/// # Errors
/// Those of the database.
pub fn check_pin(
    tx: &Connection,
    cx: &Cx,
    pan: &wire::iso8583::Pan,
    pin: &wire::iso8583::Pin,
) -> Result<Proof, StoreError> {
    let digest = cx.card_key().pin(pan, pin);
    let known = tables::card(tx, cx.card_key(), pan)?;
    let right = known.is_some_and(|(card, expected)| {
        card.wrong_pins < crate::card::PIN_TRIES
            && aws_lc_rs::constant_time::verify_slices_are_equal(&digest, &expected).is_ok()
    });
    tables::count_pin(tx, cx.card_key(), pan, right)?;
    Ok(Proof::Pin { right })
}

fn verdict_of(operation: &Operation) -> Verdict {
    match &operation.stage {
        Stage::Taken { reference, .. } => Verdict::Approved(reference.clone()),
        Stage::Refused { card: Some(card), .. } => Verdict::Refused(*card),
        Stage::Refused { why: Refusal::NotEnoughFunds, .. } => Verdict::Refused(CardRefusal::NotEnoughFunds),
        Stage::Refused { why: Refusal::NoPaymentCode, .. } => Verdict::Refused(CardRefusal::NoPaymentCode),
        Stage::Refused { .. } | Stage::Opened => Verdict::Refused(CardRefusal::DoNotHonour),
        Stage::GivenBack { .. } => Verdict::Refused(CardRefusal::Duplicate),
    }
}
