//! Card authorisation in the processing system: who may ask for it, and the decision for the gateway's card
//! page (T1.18–22). An ATM's is in `authorise_at_atm`.

use rights::{Action, Group};
use store::StoreError;
use store::rusqlite::Connection;
use terms::{BankReference, Channel, PaymentCode};
use wire::iso8583::{AuthorisationRequest, AuthorisationResponse, CardOrder, Presented, ResponseCode};

use crate::card::{Card, CardMeaning, CardRefusal, Proof, check_card};
use crate::core::{Ledger, Refusal, takes_before_falling_silent};
use crate::cx::Cx;
use crate::operation::{Admission, Content, Operation, Order, Origin, Stage};
use crate::settings::Terminal;
use crate::store as tables;
use crate::use_case::authorise_at_atm::authorise_at_atm;
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
pub(super) enum Verdict {
    /// The money is taken.
    Approved {
        /// The bank's reference.
        reference: BankReference,
        /// The code that is paid.
        code: Option<PaymentCode>,
    },
    /// Nothing is.
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
    let verdict = match (&request.presented, asker) {
        (Presented::OnPage { order, .. }, Asker::Gateway) => {
            let (inner, asked, order) = (cx.clone(), request.clone(), order.clone());
            cx.database().write(move |tx| decide_on_page(&inner, tx, &asked, &order)).await?
        }
        (Presented::AtAtm { pin, order }, Asker::Terminal(terminal)) if may_authorise(terminal) => {
            authorise_at_atm(cx, terminal, &request, pin, order).await?
        }
        // A CVC2 proves nothing at an ATM, nor a PIN on a page.
        _ => Verdict::Refused(CardRefusal::DoNotHonour),
    };
    if is_silent {
        return Ok(None);
    }
    Ok(Some(match verdict {
        Verdict::Approved { reference, code } => {
            let approval = reference.as_str().chars().filter(char::is_ascii_digit).collect::<String>();
            let approval =
                approval.get(approval.len().saturating_sub(6)..).and_then(|digits| digits.parse().ok());
            let answer = request.answer(ResponseCode::APPROVED, approval, Some(reference));
            // The card page has its code from the gateway; an ATM gets it here (T4.12).
            let payment_code = code.filter(|_| matches!(asker, Asker::Terminal(_)));
            AuthorisationResponse { payment_code, ..answer }
        }
        Verdict::Refused(why) => {
            request.answer(why.word().parse().expect("a refusal is a response code"), None, None)
        }
    }))
}

/// A terminal has the rights of its group and no other, and needs a PIN pad.
fn may_authorise(terminal: &Terminal) -> bool {
    terminal.zone_key.is_some() && Group::Terminal.allows(Action("AuthoriseCard"))
}

async fn is_silent(cx: &Cx, request: &AuthorisationRequest) -> Result<bool, StoreError> {
    let (key, pan) = (cx.card_key().clone(), request.pan.clone());
    let card = cx.database().read(move |conn| tables::card(conn, &key, &pan)).await?;
    Ok(card.is_some_and(|(card, _)| card.meaning == CardMeaning::Silent))
}

fn decide_on_page(
    cx: &Cx,
    tx: &Connection,
    request: &AuthorisationRequest,
    order: &CardOrder,
) -> Result<Verdict, StoreError> {
    let content = content_of(cx, request, order);
    match tables::admit(tx, &Origin::Gateway, &order.attempt, &content)? {
        Admission::New => {}
        Admission::Known(operation) => return Ok(verdict_of(&operation)),
        Admission::Blocked | Admission::Reused => return Ok(Verdict::Refused(CardRefusal::Duplicate)),
    }
    // A card that the bank does not know leaves no operation: there is no account to name.
    let Some((card, _)) = tables::card(tx, cx.card_key(), &request.pan)? else {
        return Ok(Verdict::Refused(CardRefusal::NoSuchCard));
    };
    let operation = opened_on_page(cx, request, order, content, &card);
    let row = tables::insert(tx, &operation)?;
    let ended = match check_card(Some(card), Some(&request.expiry), Proof::Cvc2, cx.now()) {
        Err(why) => refuse(tx, cx, row, operation, Refusal::CardRefused, Some(why))?,
        Ok(card) => {
            let account = tables::account(tx, &card.account)?;
            let owner = account.as_ref().map_or(operation.payer.number, |account| account.owner);
            take_from_account(tx, cx, row, operation, owner)?
        }
    };
    Ok(verdict_of(&ended))
}

/// What an attempt of the card page is about. The card is part of it, by its keyed digest.
fn content_of(cx: &Cx, request: &AuthorisationRequest, order: &CardOrder) -> Content {
    let card = hex::encode(cx.card_key().card(&request.pan));
    Content::of(&[
        &card,
        &order.payment_code.digits(),
        &order.service,
        &order.recipient.number,
        &request.amount,
    ])
}

fn opened_on_page(
    cx: &Cx,
    request: &AuthorisationRequest,
    order: &CardOrder,
    content: Content,
    card: &Card,
) -> Operation {
    Operation {
        origin: Origin::Gateway,
        attempt: order.attempt.clone(),
        content,
        channel: Channel::Card,
        service: order.service.clone(),
        amount: request.amount,
        commission: cx.bank().commission.on(Channel::Card, request.amount),
        payer: order.payer.clone(),
        recipient: order.recipient.clone(),
        source: Ledger::Client(card.account),
        source_shown: card.masked.clone(),
        inserted: None,
        opened_at: cx.now(),
        code: Some(order.payment_code),
        order: Some(Order { provider: order.provider, beneficiary: order.beneficiary.clone() }),
        stage: Stage::Opened,
    }
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

/// What is said about an operation that has ended, however often it is asked for.
pub(super) fn verdict_of(operation: &Operation) -> Verdict {
    match &operation.stage {
        Stage::Taken { reference, .. } => {
            Verdict::Approved { reference: reference.clone(), code: operation.code }
        }
        Stage::Refused { card: Some(card), .. } => Verdict::Refused(*card),
        Stage::Refused { why: Refusal::NotEnoughFunds, .. } => Verdict::Refused(CardRefusal::NotEnoughFunds),
        Stage::Refused { why: Refusal::NoPaymentCode, .. } => Verdict::Refused(CardRefusal::NoPaymentCode),
        Stage::Refused { .. } | Stage::Opened => Verdict::Refused(CardRefusal::DoNotHonour),
        Stage::GivenBack { .. } => Verdict::Refused(CardRefusal::Duplicate),
    }
}
