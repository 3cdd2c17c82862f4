//! Cards: what the processing system answers to an authorisation before it looks at the account.
//!
//! Pure. Card number, CVC2 and PIN are types of `wire::iso8583` that never write themselves; what the bank
//! keeps is in `card_key`. CVC2 is kept by nobody.
//! Source: Instruction № 491, table 1 steps 18–21, table 4 steps 5–11; the test numbers are the
//! demonstration's.

use terms::{Iban, Moment};
use wire::iso8583::Expiry;

use crate::core::words;

/// How often in a row a wrong PIN may be entered.
pub const PIN_TRIES: u32 = 3;

words! {
    /// What a card of the demonstration stands for.
    pub CardMeaning {
        /// Whatever its account allows.
        Good = "good",
        /// The bank declines.
        Declined = "declined",
        /// Expired, whatever date is typed.
        Expired = "expired",
        /// No CVC2 is right.
        WrongCvc2 = "wrong-cvc2",
        /// The bank does not answer.
        Silent = "silent",
    }
}

/// A card as the bank knows it: without its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// What may be shown of its number.
    pub masked: String,
    /// The account it draws on.
    pub account: Iban,
    /// What it stands for.
    pub meaning: CardMeaning,
    /// Wrong PINs in a row.
    pub wrong_pins: u32,
}

/// How the holder proves to hold the card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// A CVC2 was typed on the gateway's page; whether it is three digits is settled before.
    Cvc2,
    /// A PIN at an ATM; whether it is right was found under the card's key.
    Pin {
        /// Whether it is right.
        right: bool,
    },
}

words! {
    /// Why the card is not authorised; the word is DE 39.
    pub CardRefusal {
        /// Refused without a reason.
        DoNotHonour = "05",
        /// No such card.
        NoSuchCard = "14",
        /// Not enough money.
        NotEnoughFunds = "51",
        /// Expired.
        Expired = "54",
        /// Wrong PIN.
        WrongPin = "55",
        /// Too many wrong PINs.
        TooManyPins = "75",
        /// Wrong CVC2.
        WrongCvc2 = "82",
        /// The gateway gave no code.
        NoPaymentCode = "91",
        /// The attempt was used before, or blocked.
        Duplicate = "94",
    }
}

/// Decides everything about a card that does not need the account: known, unexpired, proved, not declined.
///
/// # Errors
/// The [`CardRefusal`], which is DE 39 of the answer.
pub fn check_card(
    card: Option<Card>,
    expiry: Option<&Expiry>,
    proof: Proof,
    now: Moment,
) -> Result<Card, CardRefusal> {
    let card = card.ok_or(CardRefusal::NoSuchCard)?;
    match proof {
        Proof::Pin { .. } if card.wrong_pins >= PIN_TRIES => return Err(CardRefusal::TooManyPins),
        Proof::Pin { right: false } => return Err(CardRefusal::WrongPin),
        Proof::Cvc2 if card.meaning == CardMeaning::WrongCvc2 => return Err(CardRefusal::WrongCvc2),
        Proof::Pin { right: true } | Proof::Cvc2 => {}
    }
    if card.meaning == CardMeaning::Expired || expiry.is_some_and(|expiry| expiry.is_over(now)) {
        return Err(CardRefusal::Expired);
    }
    if card.meaning == CardMeaning::Declined { Err(CardRefusal::DoNotHonour) } else { Ok(card) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(meaning: CardMeaning) -> Card {
        Card {
            masked: "**** 4242".into(),
            account: "KZ770000000000000001".parse().unwrap(),
            meaning,
            wrong_pins: 0,
        }
    }

    fn now() -> Moment {
        "2026-11-22T12:00:00+05:00".parse().unwrap()
    }

    /// Meets: T1.18-21, T4.11
    #[test]
    fn each_test_card_answers_as_its_meaning_says() {
        let good = Expiry::from_year_month("2812").unwrap();
        let answer = |card, proof| check_card(card, Some(&good), proof, now()).map(|_| ());
        let pin = |right| Proof::Pin { right };
        assert_eq!(answer(None, Proof::Cvc2), Err(CardRefusal::NoSuchCard));
        let table = [
            (CardMeaning::Good, Ok(()), Ok(())),
            (CardMeaning::Silent, Ok(()), Ok(())),
            (CardMeaning::Declined, Err(CardRefusal::DoNotHonour), Err(CardRefusal::DoNotHonour)),
            (CardMeaning::Expired, Err(CardRefusal::Expired), Err(CardRefusal::Expired)),
            (CardMeaning::WrongCvc2, Err(CardRefusal::WrongCvc2), Ok(())),
        ];
        for (meaning, on_line, at_atm) in table {
            assert_eq!(answer(Some(card(meaning)), Proof::Cvc2), on_line, "{meaning}");
            assert_eq!(answer(Some(card(meaning)), pin(true)), at_atm, "{meaning}");
            assert_eq!(answer(Some(card(meaning)), pin(false)), Err(CardRefusal::WrongPin), "{meaning}");
        }
        let worn = Card { wrong_pins: PIN_TRIES, ..card(CardMeaning::Good) };
        assert_eq!(answer(Some(worn), pin(true)), Err(CardRefusal::TooManyPins));
    }

    #[test]
    fn a_card_past_its_month_is_expired() {
        let past = Expiry::from_year_month("2610").unwrap();
        let answer = check_card(Some(card(CardMeaning::Good)), Some(&past), Proof::Cvc2, now());
        assert_eq!(answer.unwrap_err(), CardRefusal::Expired);
    }
}
