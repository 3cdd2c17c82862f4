//! Accounts: the Kazakh IBAN and the bank's BIC.

use std::fmt;
use std::str::FromStr;

/// A Kazakh account number: `KZ`, two check digits, three digits of the bank's code, thirteen characters.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Iban([u8; 20]);

/// Why something is no Kazakh account number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IbanError {
    /// Not twenty characters.
    #[error("an account number has 20 characters, not {0}")]
    Length(usize),
    /// Does not begin with `KZ`, or has a character that is neither a letter nor a digit.
    #[error("an account number begins with KZ and has Latin letters and digits only")]
    Form,
    /// The check digits do not agree.
    #[error("the check digits of the account number do not agree")]
    Check,
}

impl Iban {
    /// The three-digit code of the bank that keeps the account.
    pub fn bank_code(&self) -> &str {
        &self.as_str()[4..7]
    }

    /// The twenty characters without spaces.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("an account number is ASCII")
    }

    /// The form for people who need to recognise, not to copy: `KZ86 **** **** **** 4100`… the ends only.
    pub fn masked(&self) -> String {
        format!("{} **** **** **** {}", &self.as_str()[..4], &self.as_str()[16..])
    }
}

/// Cyrillic capitals that a person types where a Latin letter of the same shape is meant.
fn to_latin(c: char) -> char {
    match c {
        'А' => 'A',
        'В' => 'B',
        'С' => 'C',
        'Е' => 'E',
        'Н' => 'H',
        'К' => 'K',
        'М' => 'M',
        'О' => 'O',
        'Р' => 'P',
        'Т' => 'T',
        'Х' => 'X',
        // Not the same shape, but where «КЗ» is typed for the country nothing else can be meant.
        'З' => 'Z',
        other => other,
    }
}

impl FromStr for Iban {
    type Err = IbanError;

    /// Reads an account number as a person types it: spaces and small letters are allowed, and Cyrillic
    /// letters that look like Latin ones are taken for them.
    fn from_str(s: &str) -> Result<Self, IbanError> {
        let typed: Vec<char> =
            s.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_uppercase).map(to_latin).collect();
        if typed.len() != 20 {
            return Err(IbanError::Length(typed.len()));
        }
        let mut account = [0; 20];
        for (octet, c) in account.iter_mut().zip(&typed) {
            *octet = u8::try_from(*c).ok().filter(u8::is_ascii_alphanumeric).ok_or(IbanError::Form)?;
        }
        let text = std::str::from_utf8(&account).expect("checked to be ASCII");
        let has_form = text.starts_with("KZ") && text[2..7].bytes().all(|octet| octet.is_ascii_digit());
        if !has_form {
            return Err(IbanError::Form);
        }
        text.parse::<iban::Iban>().map_err(|_| IbanError::Check)?;
        Ok(Self(account))
    }
}

impl fmt::Display for Iban {
    /// Writes the twenty characters without spaces.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Iban {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Iban(…)")
    }
}

/// A bank's BIC: eight or eleven capital letters and digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Bic(String);

impl FromStr for Bic {
    type Err = IbanError;
    fn from_str(s: &str) -> Result<Self, IbanError> {
        let octets = s.as_bytes();
        let has_form = matches!(octets.len(), 8 | 11)
            && octets[..6].iter().all(u8::is_ascii_uppercase)
            && octets.iter().all(|octet| octet.is_ascii_uppercase() || octet.is_ascii_digit());
        if has_form { Ok(Self(s.to_owned())) } else { Err(IbanError::Form) }
    }
}

impl fmt::Display for Bic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_of_the_field_are_read() {
        for text in [
            "KZ86125KZT5004100100",
            "KZ54 125K ZT10 0230 0104",
            "KZ24070105KSN0000000",
            "kz770000000000000001",
        ] {
            text.parse::<Iban>().unwrap_or_else(|error| panic!("{text}: {error}"));
        }
        assert_eq!("КЗ86125КZТ5004100100".parse::<Iban>().unwrap().as_str(), "KZ86125KZT5004100100");
        assert_eq!("KZ600010000000000001".parse::<Iban>().unwrap().bank_code(), "001");
    }

    #[test]
    fn a_wrong_account_number_says_what_is_wrong() {
        assert_eq!("KZ86125KZT500410010".parse::<Iban>(), Err(IbanError::Length(19)));
        assert_eq!("DE86125KZT5004100100".parse::<Iban>(), Err(IbanError::Form));
        assert_eq!("KZ86125KZT5004100101".parse::<Iban>(), Err(IbanError::Check));
    }

    #[test]
    fn a_bic_has_eight_or_eleven_characters() {
        assert!("KKMFKZ2A".parse::<Bic>().is_ok());
        assert!("kkmfkz2a".parse::<Bic>().is_err());
        assert!("KKMFKZ2".parse::<Bic>().is_err());
    }
}
