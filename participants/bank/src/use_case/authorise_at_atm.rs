//! Card authorisation for an ATM (T4.5–12): the card and its PIN are checked, the gateway is asked for a code,
//! the account is debited, and the code goes back with the approval.
//!
//! The attempt is on record before the gateway is asked, so a 0100 that comes again is answered alike, and a
//! 0400 that comes in between ends it.

use store::StoreError;
use store::rusqlite::Connection;
use terms::{AttemptId, Channel, Iin, Party, PartyNumber};
use wire::iso8583::{AtmOrder, AuthorisationRequest, PinBlock};

use crate::card::{Card, CardRefusal, Proof, check_card};
use crate::core::{Ledger, Refusal};
use crate::cx::{Cx, IinAnswer};
use crate::operation::{Admission, Content, Operation, Origin, Stage};
use crate::settings::Terminal;
use crate::store as tables;
use crate::use_case::authorise_card::{Verdict, check_pin, verdict_of};
use crate::use_case::settle::settle;
use crate::use_case::take::refuse;

/// An operation that is on record, or what the card is told without one.
type Opened = Result<Operation, CardRefusal>;

/// Authorises, once for each attempt.
///
/// # Errors
/// Those of the database; then the attempt may be asked for again.
pub(super) async fn authorise_at_atm(
    cx: &Cx,
    terminal: &Terminal,
    request: &AuthorisationRequest,
    pin: &PinBlock,
    order: &AtmOrder,
) -> Result<Verdict, StoreError> {
    let origin = Origin::Terminal(terminal.id.clone());
    let _in_turn = cx.begin_in_turn(&origin, &order.attempt).await;
    let recipient = match order.recipient {
        Some(iin) if !is_known(cx, &origin, &order.attempt).await? => match named(cx, iin).await {
            Ok(recipient) => Some(recipient),
            Err(why) => return Ok(Verdict::Refused(why)),
        },
        // At the client's own bank the name comes from core banking (T4.3).
        _ => None,
    };
    let asked =
        Asked { cx: cx.clone(), terminal: terminal.clone(), origin, request: request.clone(), recipient };
    let (pin, order) = (pin.clone(), order.clone());
    match cx.database().write(move |tx| asked.open(tx, &pin, &order)).await? {
        Ok(operation) => Ok(verdict_of(&settle(cx, operation).await?)),
        Err(why) => Ok(Verdict::Refused(why)),
    }
}

async fn is_known(cx: &Cx, origin: &Origin, attempt: &AttemptId) -> Result<bool, StoreError> {
    let (origin, attempt) = (origin.clone(), attempt.clone());
    Ok(cx.database().read(move |conn| tables::find(conn, &origin, &attempt)).await?.is_some())
}

/// A recipient with the registry's name: the one the desk compares with the identity card (T7.11).
async fn named(cx: &Cx, iin: Iin) -> Result<Party, CardRefusal> {
    let typed = iin.to_string().parse().map_err(|_| CardRefusal::DoNotHonour)?;
    match cx.check_iin(typed).await {
        Ok(IinAnswer::Valid(Some(name))) => Ok(Party { number: PartyNumber::Person(iin), name }),
        Ok(IinAnswer::Invalid) => Err(CardRefusal::DoNotHonour),
        Ok(IinAnswer::Valid(None)) => {
            tracing::warn!(event = "recipient-not-named", "the registry gives this bank no names");
            Err(CardRefusal::NoPaymentCode)
        }
        Err(failure) => {
            tracing::warn!(event = "recipient-not-named", %failure);
            Err(CardRefusal::NoPaymentCode)
        }
    }
}

/// What a terminal asks for.
struct Asked {
    cx: Cx,
    terminal: Terminal,
    origin: Origin,
    request: AuthorisationRequest,
    /// Somebody else than the card's owner, by name.
    recipient: Option<Party>,
}

impl Asked {
    /// Puts a new attempt on record; a card that is refused ends it at once, and no code is asked for.
    fn open(&self, tx: &Connection, pin: &PinBlock, order: &AtmOrder) -> Result<Opened, StoreError> {
        let content = self.content(order);
        match tables::admit(tx, &self.origin, &order.attempt, &content)? {
            Admission::New => {}
            Admission::Known(operation) => return Ok(Ok(*operation)),
            Admission::Blocked | Admission::Reused => return Ok(Err(CardRefusal::Duplicate)),
        }
        let Some((card, payer)) = self.card_and_owner(tx)? else {
            return Ok(Err(CardRefusal::NoSuchCard));
        };
        let Some(operation) = self.operation(content, order, &card, payer) else {
            return Ok(Err(CardRefusal::DoNotHonour));
        };
        let row = tables::insert(tx, &operation)?;
        let proof = self.prove(tx, pin)?;
        match check_card(Some(card), Some(&self.request.expiry), proof, self.cx.now()) {
            Ok(_) => Ok(Ok(operation)),
            Err(why) => refuse(tx, &self.cx, row, operation, Refusal::CardRefused, Some(why)).map(Ok),
        }
    }

    /// What the attempt is about. The card is part of it, by its keyed digest.
    fn content(&self, order: &AtmOrder) -> Content {
        let card = hex::encode(self.cx.card_key().card(&self.request.pan));
        let recipient = order.recipient.map(|iin| iin.to_string()).unwrap_or_default();
        Content::of(&[&card, &order.service, &recipient, &self.request.amount, &order.commission])
    }

    fn card_and_owner(&self, tx: &Connection) -> Result<Option<(Card, Party)>, StoreError> {
        let Some((card, _)) = tables::card(tx, self.cx.card_key(), &self.request.pan)? else {
            return Ok(None);
        };
        let Some(account) = tables::account(tx, &card.account)? else { return Ok(None) };
        Ok(tables::client(tx, account.owner)?.map(|owner| (card, owner)))
    }

    /// None where the client was shown another commission than the bank takes: nobody pays more than was shown.
    fn operation(&self, content: Content, order: &AtmOrder, card: &Card, payer: Party) -> Option<Operation> {
        let price = self.request.amount.checked_sub(order.commission)?;
        if self.cx.bank().commission.on(Channel::Atm, price) != order.commission {
            return None;
        }
        Some(Operation {
            origin: self.origin.clone(),
            attempt: order.attempt.clone(),
            content,
            channel: Channel::Atm,
            service: order.service.clone(),
            amount: price,
            commission: order.commission,
            recipient: self.recipient.clone().unwrap_or_else(|| payer.clone()),
            payer,
            source: Ledger::Client(card.account),
            source_shown: card.masked.clone(),
            inserted: None,
            opened_at: self.cx.now(),
            code: None,
            order: None,
            stage: Stage::Opened,
        })
    }

    /// Whether the PIN is right; counts wrong ones. A block that does not open under the terminal's key is no
    /// right PIN, and no try of the client's either.
    fn prove(&self, tx: &Connection, block: &PinBlock) -> Result<Proof, StoreError> {
        let key = self.terminal.zone_key.as_ref();
        match key.and_then(|key| block.open(&self.request.pan, &key.zone()).ok()) {
            Some(pin) => check_pin(tx, &self.cx, &self.request.pan, &pin),
            None => Ok(Proof::Pin { right: false }),
        }
    }
}
