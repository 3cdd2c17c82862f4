//! What must never be seen: card number, CVC2, PIN.
//!
//! None of them implements `Debug`, `Display` or serialisation, and each wipes its memory when it goes.
//! `expose` is the one way to the digits; find every use of it by name.
//! Source: cl. 13(2); PCI DSS 3.3–3.5, 6.2.4.

use std::fmt;
use std::str::FromStr;

use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// Octets of the stack that [`wipe_stack`] writes over: more than any call under it is deep.
const WIPED_STACK: usize = 256 * 1024;

/// Writes over the stack below the caller's frame, where calls that have returned left what they worked with.
///
/// For code that had card data in hands other than ours: a digest, a buffer of TLS. What lives on the heap is not
/// its business.
#[inline(never)]
pub fn wipe_stack() {
    let room = [0_u8; WIPED_STACK];
    // Without somebody who might look, the compiler leaves the writing out.
    std::hint::black_box(&room);
}

/// Why something typed is no card datum. It never repeats what was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CardError {
    /// Nothing was typed.
    #[error("nothing was entered")]
    Empty,
    /// Not so many digits as there must be.
    #[error("the number of digits is wrong")]
    Length,
    /// Something else than digits.
    #[error("there is something else than digits")]
    NotDigits,
    /// The check digit does not agree.
    #[error("the check digit of the card number does not agree")]
    Check,
    /// No such month.
    #[error("there is no such month")]
    Month,
}

/// Takes digits as a person types them, with blanks and hyphens between.
fn typed_digits(s: &str, lengths: std::ops::RangeInclusive<usize>) -> Result<Zeroizing<String>, CardError> {
    // Room for the longest at once: a string that grows leaves copies behind.
    let mut digits = Zeroizing::new(String::with_capacity(20));
    for c in s.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '–' | '\u{2011}')) {
        if !c.is_ascii_digit() {
            return Err(CardError::NotDigits);
        }
        if digits.len() == *lengths.end() {
            return Err(CardError::Length);
        }
        digits.push(c);
    }
    match digits.len() {
        0 => Err(CardError::Empty),
        length if lengths.contains(&length) => Ok(digits),
        _ => Err(CardError::Length),
    }
}

/// A card number (PAN), 12 to 19 digits, Luhn-valid.
#[derive(Clone)]
pub struct Pan(Zeroizing<String>);

impl Pan {
    /// The digits, for the encoder and the bank's own processing. Never log or keep them.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The most that may be shown (PCI DSS 3.4.1): the first six and the last four digits.
    pub fn masked(&self) -> String {
        let digits = self.0.as_str();
        let hidden = "*".repeat(digits.len() - 10);
        format!("{}{hidden}{}", &digits[..6], &digits[digits.len() - 4..])
    }
}

impl FromStr for Pan {
    type Err = CardError;
    fn from_str(s: &str) -> Result<Self, CardError> {
        let digits = typed_digits(s, 12..=19)?;
        if is_luhn_valid(digits.as_bytes()) { Ok(Self(digits)) } else { Err(CardError::Check) }
    }
}

fn is_luhn_valid(digits: &[u8]) -> bool {
    let value = |(position, digit): (usize, &u8)| {
        let digit = u32::from(digit - b'0');
        if position % 2 == 0 { digit } else { digit * 2 - if digit > 4 { 9 } else { 0 } }
    };
    digits.iter().rev().enumerate().map(value).sum::<u32>() % 10 == 0
}

/// CVC2: three digits, or four on some cards.
#[derive(Clone)]
pub struct Cvc2(Zeroizing<String>);

impl Cvc2 {
    /// The digits, for the encoder and the bank's own processing. Never log or keep them.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl FromStr for Cvc2 {
    type Err = CardError;
    fn from_str(s: &str) -> Result<Self, CardError> {
        typed_digits(s, 3..=4).map(Self)
    }
}

/// A PIN, four to twelve digits.
#[derive(Clone)]
pub struct Pin(Zeroizing<String>);

impl Pin {
    /// The digits, for the PIN block and the bank's own processing. Never log or keep them.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl FromStr for Pin {
    type Err = CardError;
    fn from_str(s: &str) -> Result<Self, CardError> {
        typed_digits(s, 4..=12).map(Self)
    }
}

/// When a card expires: the end of this month. Beside a card number it is card data too, so it writes itself to
/// no log and wipes its memory.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Expiry {
    year: u8,
    month: u8,
}

impl fmt::Debug for Expiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Expiry(…)")
    }
}

impl Expiry {
    /// From the last two digits of the year and the month.
    ///
    /// # Errors
    /// [`CardError::Length`] for a year above 99, [`CardError::Month`].
    pub fn new(year: u8, month: u8) -> Result<Self, CardError> {
        if year > 99 {
            return Err(CardError::Length);
        }
        if (1..=12).contains(&month) { Ok(Self { year, month }) } else { Err(CardError::Month) }
    }

    /// The form of DE 14: `YYMM`. Never log or keep it.
    pub fn year_month(&self) -> Zeroizing<String> {
        let mut digits = Zeroizing::new(String::with_capacity(4));
        for part in [self.year, self.month] {
            digits.push(char::from(b'0' + part / 10));
            digits.push(char::from(b'0' + part % 10));
        }
        digits
    }

    /// Whether it is over in the month of a moment.
    pub fn is_over(&self, now: terms::Moment) -> bool {
        *self.year_month() < now.in_almaty("%y%m")
    }

    /// From the form of DE 14.
    ///
    /// # Errors
    /// As [`Expiry::new`], and [`CardError::NotDigits`].
    pub fn from_year_month(s: &str) -> Result<Self, CardError> {
        let digits = typed_digits(s, 4..=4)?;
        let part = |range: std::ops::Range<usize>| digits[range].parse().map_err(|_| CardError::NotDigits);
        Self::new(part(0..2)?, part(2..4)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_number_is_read_as_it_is_printed_and_shown_masked() {
        for typed in ["4242424242424242", "4242 4242 4242 4242", "4242-4242-4242-4242", "378282246310005"] {
            assert!(typed.parse::<Pan>().is_ok(), "{typed}");
        }
        let pan: Pan = "4000000000000002".parse().ok().unwrap();
        assert_eq!(pan.masked(), "400000******0002");
        for (typed, error) in [
            ("", CardError::Empty),
            ("4242424242424243", CardError::Check),
            ("4242", CardError::Length),
            ("42424242424242424242", CardError::Length),
            ("4242x24242424242", CardError::NotDigits),
        ] {
            assert_eq!(typed.parse::<Pan>().err(), Some(error), "{typed}");
        }
    }

    /// Defends: A17
    #[test]
    fn an_expiry_ends_with_its_month_and_writes_itself_nowhere() {
        let expiry = Expiry::new(26, 11).unwrap();
        assert_eq!(*expiry.year_month(), "2611");
        assert!(!expiry.is_over("2026-11-30T23:59:59+05:00".parse().unwrap()));
        assert!(expiry.is_over("2026-12-01T00:00:00+05:00".parse().unwrap()));
        assert_eq!(Expiry::new(26, 13), Err(CardError::Month));
        assert_eq!(Expiry::from_year_month("2611"), Ok(expiry.clone()));
        assert_eq!(format!("{expiry:?}"), "Expiry(…)");
    }
}
