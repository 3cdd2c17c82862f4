//! The payment code (УКП): its form and its check digits.
//!
//! Sixteen digits, shown 4-4-4-4: a leading 7, thirteen unguessable digits, two check digits by ISO 7064
//! MOD 97-10; never Luhn-valid, so that no card scanner takes it for a card number. The form is our own
//! decision: the instruction (cl. 2(11)) asks only that a code identifies one payment for ever.

use std::fmt;
use std::str::FromStr;

use crate::seam::Entropy;

/// УКП: the unique identifier of one payment operation, for ever (cl. 2(11)).
///
/// Holding one means that it has the form above; whether such a payment exists, only the gateway knows.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PaymentCode(u64);

/// Why something typed is no payment code. All of it is found before any call is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// Not sixteen digits.
    #[error("a payment code has 16 digits, not {0}")]
    Length(usize),
    /// A character that is neither a digit nor a separator.
    #[error("a payment code has digits only")]
    NotDigits,
    /// The digits do not fit together: a slip of the pen.
    #[error("the check digits of the payment code do not agree")]
    Check,
}

const LEADING: u64 = 7;
const RANDOM_SPACE: u64 = 10_u64.pow(13);

impl PaymentCode {
    /// A fresh code. Uniqueness is not decided here but by the unique key of the store.
    pub fn generate(entropy: &mut dyn Entropy) -> Self {
        loop {
            let body = LEADING * RANDOM_SPACE + entropy.below(RANDOM_SPACE);
            let code = body * 100 + check_digits(body);
            if !is_luhn_valid(code) {
                return Self(code);
            }
        }
    }

    /// The sixteen digits without separators: the form in messages and files.
    pub fn digits(self) -> String {
        format!("{:016}", self.0)
    }

    /// The code as a number, for an index.
    pub fn as_u64(self) -> u64 {
        self.0
    }
}

/// ISO 7064 MOD 97-10: the number formed by body and check digits leaves 1 when divided by 97.
fn check_digits(body: u64) -> u64 {
    98 - (body * 100) % 97
}

fn is_luhn_valid(code: u64) -> bool {
    let mut sum = 0;
    let mut rest = code;
    for position in 0..16 {
        let digit = rest % 10;
        rest /= 10;
        sum += if position % 2 == 0 { digit } else { digit * 2 - if digit > 4 { 9 } else { 0 } };
    }
    sum % 10 == 0
}

impl FromStr for PaymentCode {
    type Err = CodeError;

    /// Reads a code as a person types it: spaces, no-break spaces and hyphens are allowed anywhere.
    fn from_str(s: &str) -> Result<Self, CodeError> {
        // Written by a program, as nearly all are.
        if s.len() == 16 && s.bytes().all(|octet| octet.is_ascii_digit()) {
            return Self::try_from(s.bytes().fold(0, |code, digit| code * 10 + u64::from(digit - b'0')));
        }
        let typed = || s.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '–' | '\u{2011}'));
        let length = typed().count();
        if length != 16 {
            return Err(CodeError::Length(length));
        }
        let mut code = 0;
        for c in typed() {
            code = code * 10 + u64::from(c.to_digit(10).ok_or(CodeError::NotDigits)?);
        }
        Self::try_from(code)
    }
}

impl TryFrom<u64> for PaymentCode {
    type Error = CodeError;

    /// Takes a code back from [`PaymentCode::as_u64`].
    fn try_from(code: u64) -> Result<Self, CodeError> {
        let has_form = code / 10_u64.pow(15) == LEADING && code % 97 == 1 && !is_luhn_valid(code);
        if has_form { Ok(Self(code)) } else { Err(CodeError::Check) }
    }
}

impl fmt::Display for PaymentCode {
    /// Writes groups of four: `7291 4177 7631 7054`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.digits();
        write!(f, "{} {} {} {}", &digits[..4], &digits[4..8], &digits[8..12], &digits[12..])
    }
}

impl fmt::Debug for PaymentCode {
    /// Writes only the last four digits: a code is worth money to whoever reads the log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PaymentCode(…{:04})", self.0 % 10_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seam::test::Counting;

    fn parses(digits: &[u8]) -> bool {
        std::str::from_utf8(digits).unwrap().parse::<PaymentCode>().is_ok()
    }

    #[test]
    fn a_code_is_read_as_it_is_printed_and_as_it_is_typed() {
        for typed in
            ["7291 4177 7631 7054", "7291417776317054", "7291-4177-7631-7054", " 7669\u{a0}0743 9150 0049"]
        {
            typed.parse::<PaymentCode>().unwrap_or_else(|error| panic!("{typed}: {error}"));
        }
        assert_eq!("7291417776317054".parse::<PaymentCode>().unwrap().to_string(), "7291 4177 7631 7054");
        assert_eq!("729141777631705".parse::<PaymentCode>(), Err(CodeError::Length(15)));
        assert_eq!("729141777631705x".parse::<PaymentCode>(), Err(CodeError::NotDigits));
        assert_eq!("7291417776317055".parse::<PaymentCode>(), Err(CodeError::Check));
        let code: PaymentCode = "7291417776317054".parse().unwrap();
        assert_eq!(PaymentCode::try_from(code.as_u64()), Ok(code));
        assert_eq!(PaymentCode::try_from(code.as_u64() + 1), Err(CodeError::Check));
        assert_eq!(PaymentCode::try_from(u64::MAX), Err(CodeError::Check));
    }

    /// Every single-digit slip, adjacent and jump swap and twin error is caught before a call.
    ///
    /// Meets: C2.11
    /// Defends: A11
    #[test]
    fn slips_of_the_pen_are_caught() {
        let mut entropy = Counting::default();
        for _ in 0..500 {
            let code = PaymentCode::generate(&mut entropy).digits().into_bytes();
            assert!(parses(&code));
            assert_eq!(code[0], b'7');
            for i in 0..16 {
                for digit in b'0'..=b'9' {
                    let mut slip = code.clone();
                    slip[i] = digit;
                    assert_eq!(parses(&slip), slip == code, "single digit");
                    if i + 1 < 16 && code[i] == code[i + 1] {
                        slip[i + 1] = digit;
                        assert_eq!(parses(&slip), slip == code, "twin");
                    }
                }
                for distance in [1, 2] {
                    if i + distance < 16 {
                        let mut swap = code.clone();
                        swap.swap(i, i + distance);
                        assert_eq!(parses(&swap), swap == code, "swap");
                    }
                }
            }
        }
    }

    #[test]
    fn a_code_never_reaches_a_log_whole() {
        let code: PaymentCode = "7291417776317054".parse().unwrap();
        assert_eq!(format!("{code:?}"), "PaymentCode(…7054)");
    }
}
