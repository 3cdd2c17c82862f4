//! Whose card is in the ATM, once its PIN is right: the bank's own client, whose IIN core banking knows
//! (T4.1, T4.3).

use store::StoreError;
use terms::Party;
use wire::iso8583::{Pan, Pin};

use crate::card::{PIN_TRIES, Proof};
use crate::cx::Cx;
use crate::store as tables;
use crate::use_case::authorise_card::check_pin;

/// What an ATM learns of a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recognised {
    /// Our client.
    Client(Party),
    /// The PIN is wrong; so many tries are left.
    WrongPin(u32),
    /// Too many wrong PINs.
    Blocked,
    /// Not a card of ours.
    Stranger,
}

/// Checks the PIN and tells whose card it is.
///
/// # Errors
/// Those of the database.
pub async fn recognise_client(cx: &Cx, pan: Pan, pin: Pin) -> Result<Recognised, StoreError> {
    let inner = cx.clone();
    cx.database()
        .write(move |tx| {
            let proof = check_pin(tx, &inner, &pan, &pin)?;
            let Some((card, _)) = tables::card(tx, inner.card_key(), &pan)? else {
                return Ok(Recognised::Stranger);
            };
            if proof == (Proof::Pin { right: false }) {
                let left = PIN_TRIES.saturating_sub(card.wrong_pins);
                return Ok(if left == 0 { Recognised::Blocked } else { Recognised::WrongPin(left) });
            }
            let owner = tables::account(tx, &card.account)?.map(|account| account.owner);
            let client = owner.map(|owner| tables::client(tx, owner)).transpose()?.flatten();
            Ok(client.map_or(Recognised::Stranger, Recognised::Client))
        })
        .await
}
