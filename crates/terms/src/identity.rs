//! Who somebody is: the numbers of persons (ИИН) and organisations (БИН), and a party to a payment.

use std::fmt;
use std::str::FromStr;

use crate::text::ShortText;

/// Why something is no IIN or BIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// Not twelve characters.
    #[error("the number has 12 digits, not {0}")]
    Length(usize),
    /// A character that is no digit.
    #[error("the number has digits only")]
    NotDigits,
    /// The last digit does not follow from the first eleven.
    #[error("the check digit does not agree")]
    Check,
    /// The digits say a person where an organisation is meant, or the other way round.
    #[error("the number belongs to the other kind of party")]
    Kind,
}

fn twelve_digits(s: &str) -> Result<[u8; 12], NumberError> {
    // Written by a program, as nearly all are: no look at what a person may have typed between the digits.
    if let Ok(written) = <[u8; 12]>::try_from(s.as_bytes())
        && written.iter().all(u8::is_ascii_digit)
    {
        return checked(written.map(|digit| digit - b'0'));
    }
    let typed = || s.chars().filter(|c| !c.is_whitespace());
    let length = typed().count();
    if length != 12 {
        return Err(NumberError::Length(length));
    }
    let mut digits = [0; 12];
    for (digit, c) in digits.iter_mut().zip(typed()) {
        *digit = u8::try_from(c.to_digit(10).ok_or(NumberError::NotDigits)?).expect("a digit");
    }
    checked(digits)
}

fn checked(digits: [u8; 12]) -> Result<[u8; 12], NumberError> {
    if check_digit(&digits) == Some(digits[11]) { Ok(digits) } else { Err(NumberError::Check) }
}

/// The check digit of the first eleven, or `None` where the number is never issued.
fn check_digit(digits: &[u8; 12]) -> Option<u8> {
    const FIRST: [u32; 11] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
    const SECOND: [u32; 11] = [3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2];
    [FIRST, SECOND].iter().find_map(|weights| {
        let sum: u32 = digits.iter().zip(weights).map(|(digit, weight)| u32::from(*digit) * weight).sum();
        u8::try_from(sum % 11).ok().filter(|check| *check < 10)
    })
}

/// The fifth digit tells an organisation (4, 5, 6) from a person, whose fifth and sixth digits are a day.
fn says_organisation(digits: &[u8; 12]) -> bool {
    matches!(digits[4], 4..=6)
}

fn write_digits(digits: &[u8; 12], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let written = digits.map(|digit| b'0' + digit);
    f.write_str(std::str::from_utf8(&written).expect("digits are ASCII"))
}

macro_rules! number {
    ($(#[$doc:meta])* $name:ident, organisation: $organisation:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name([u8; 12]);

        impl FromStr for $name {
            type Err = NumberError;
            fn from_str(s: &str) -> Result<Self, NumberError> {
                let digits = twelve_digits(s)?;
                if says_organisation(&digits) != $organisation {
                    return Err(NumberError::Kind);
                }
                Ok(Self(digits))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_digits(&self.0, f)
            }
        }
    };
}

number! {
    /// ИИН: a person's twelve digits. Holding one means that its check digit agreed.
    Iin, organisation: false
}
number! {
    /// БИН: an organisation's twelve digits. Holding one means that its check digit agreed.
    Bin, organisation: true
}

impl Iin {
    /// The form shown where the whole number is not needed: `85******0017`.
    pub fn masked(self) -> String {
        let digits = self.to_string();
        format!("{}******{}", &digits[..2], &digits[8..])
    }
}

impl fmt::Debug for Iin {
    /// Personal data never reaches a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Iin(…)")
    }
}

impl fmt::Debug for Bin {
    /// An organisation's number is public.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bin({self})")
    }
}

/// The number of a party, whichever kind it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PartyNumber {
    /// A person.
    Person(Iin),
    /// An organisation.
    Organisation(Bin),
}

impl FromStr for PartyNumber {
    type Err = NumberError;
    fn from_str(s: &str) -> Result<Self, NumberError> {
        match s.parse::<Iin>() {
            Err(NumberError::Kind) => s.parse().map(Self::Organisation),
            other => other.map(Self::Person),
        }
    }
}

impl fmt::Display for PartyNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(iin) => iin.fmt(f),
            Self::Organisation(bin) => bin.fmt(f),
        }
    }
}

/// A payer or a recipient: a person or an organisation, with the name that T7.11 shows.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Party {
    /// IIN or BIN.
    pub number: PartyNumber,
    /// Full name of the person, or the organisation's name.
    pub name: ShortText,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_the_demonstration_are_right() {
        for iin in
            ["850612200017", "790304100022", "880101200044", "700707100057", "810909200064", "750505100078"]
        {
            iin.parse::<Iin>().unwrap_or_else(|error| panic!("{iin}: {error}"));
        }
        for bin in ["500140000017", "500140000126", "500240000137"] {
            bin.parse::<Bin>().unwrap_or_else(|error| panic!("{bin}: {error}"));
        }
    }

    #[test]
    fn a_wrong_number_says_what_is_wrong() {
        assert_eq!("85061220001".parse::<Iin>(), Err(NumberError::Length(11)));
        assert_eq!("85061220001x".parse::<Iin>(), Err(NumberError::NotDigits));
        assert_eq!("850612200018".parse::<Iin>(), Err(NumberError::Check));
        assert_eq!("500140000017".parse::<Iin>(), Err(NumberError::Kind));
        assert_eq!("850612200017".parse::<Bin>(), Err(NumberError::Kind));
        assert_eq!("123456789011".parse::<Iin>(), Err(NumberError::Check));
    }

    #[test]
    fn personal_data_writes_itself_masked() {
        let iin: Iin = "850612 200017".parse().unwrap();
        assert_eq!(format!("{iin:?}"), "Iin(…)");
        assert_eq!(iin.masked(), "85******0017");
        let party = Party { number: PartyNumber::Person(iin), name: "Айгүл".parse().unwrap() };
        assert!(!format!("{party:?}").contains("8506"));
    }
}
