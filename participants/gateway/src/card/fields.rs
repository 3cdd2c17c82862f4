//! What is typed on the card page, from the octets of the form to values that hold; each slip with its
//! message.
//!
//! Card data is read in place and lives in memory that is wiped: the body and every decoded field, which are
//! `SecretForm`'s affair, and every run of digits. None of these types writes itself, and no message repeats what was typed. Card data is never shown
//! again.

use axum::body::Body;
use pages::form::FormErrors;
use pages::{SecretForm, Unreadable, say};
use terms::{Language, Moment, PaymentCode};
use wire::iso8583::{CardError, Cvc2, Expiry, Pan};
use zeroize::Zeroizing;

use super::routing::{Processing, Routes};

/// Octets of a form; three fields of two hundred characters, each in its longest escape, fit.
pub(crate) const MAX_FORM_OCTETS: usize = 16 * 1024;

/// How many digits a card number has.
const PAN_DIGITS: std::ops::RangeInclusive<usize> = 13..=19;

/// Digits of the code on the back of a card.
const CVC2_DIGITS: usize = 3;

/// Names of the fields.
pub(crate) const NUMBER: &str = "number";
pub(crate) const EXPIRY: &str = "expiry";
pub(crate) const CODE: &str = "code";
pub(crate) const FORM: &str = "form";

/// A form as it was sent. Holds card data, so it has no `Debug`.
pub(crate) struct Typed {
    number: Zeroizing<String>,
    expiry: Zeroizing<String>,
    code: Zeroizing<String>,
    /// The token against forged forms.
    pub(crate) csrf: Zeroizing<String>,
    /// Which rendering of the form was sent.
    pub(crate) form: Zeroizing<String>,
}

/// A card that may be charged. Holds card data, so it has no `Debug`.
pub(crate) struct Card {
    /// The number.
    pub(crate) pan: Pan,
    /// Until when it is good.
    pub(crate) expiry: Expiry,
    /// The code on its back.
    pub(crate) cvc2: Cvc2,
}

impl Typed {
    /// Reads a form.
    ///
    /// # Errors
    /// [`Unreadable`]; what had been read is wiped.
    pub(crate) async fn read(body: Body) -> Result<Self, Unreadable> {
        SecretForm::read(body, MAX_FORM_OCTETS).await.map(|form| Self::of(&form))
    }

    fn of(typed: &SecretForm) -> Self {
        Self {
            number: typed.field(NUMBER),
            expiry: typed.field(EXPIRY),
            code: typed.field(CODE),
            csrf: typed.field(pages::form::CSRF_FIELD),
            form: typed.field(FORM),
        }
    }

    /// The card and the bank to ask; otherwise the errors, each at its field.
    ///
    /// # Errors
    /// What is wrong, in the words of the catalogue.
    pub(crate) fn check(
        &self,
        language: Language,
        routes: &Routes,
        now: Moment,
    ) -> Result<(Card, Processing), FormErrors> {
        let mut errors = FormErrors::new();
        let number = self.number(language, routes).map_err(|text| errors.add(NUMBER, text));
        let expiry = self.expiry(now).map_err(|id| errors.add(EXPIRY, say(language, id)));
        let cvc2 = self.cvc2().map_err(|id| errors.add(CODE, say(language, id)));
        match (number, expiry, cvc2) {
            (Ok((pan, processing)), Ok(expiry), Ok(cvc2)) => Ok((Card { pan, expiry, cvc2 }, processing)),
            _ => Err(errors),
        }
    }

    fn number(&self, language: Language, routes: &Routes) -> Result<(Pan, Processing), String> {
        let text = |id: &'static str| say(language, id).to_string();
        if self.number.trim().is_empty() {
            return Err(text("m-card-1"));
        }
        let digits = digits(&self.number).ok_or_else(|| text("m-card-2"))?;
        // A payment code is never Luhn-valid, so the two cannot be mistaken for one another.
        if digits.parse::<PaymentCode>().is_ok() {
            return Err(text("m-card-8"));
        }
        if !PAN_DIGITS.contains(&digits.len()) {
            return Err(say(language, "m-card-3").with("count", digits.len()).to_string());
        }
        let pan: Pan = digits.parse().map_err(|_: CardError| text("m-card-2"))?;
        match routes.find(&pan) {
            Some(processing) => {
                let processing = processing.clone();
                Ok((pan, processing))
            }
            None => Err(text("m-card-7")),
        }
    }

    fn expiry(&self, now: Moment) -> Result<Expiry, &'static str> {
        let expiry = month_and_year(&self.expiry).ok_or("m-card-6")?;
        if expiry.is_over(now) { Err("m-card-4") } else { Ok(expiry) }
    }

    fn cvc2(&self) -> Result<Cvc2, &'static str> {
        let digits = digits(&self.code).filter(|digits| digits.len() == CVC2_DIGITS).ok_or("m-card-5")?;
        digits.parse().map_err(|_: CardError| "m-card-5")
    }
}

/// A digit of any of the scripts that telephones and clipboards here produce, as ASCII.
fn digit(c: char) -> Option<char> {
    let zero = match c {
        '0'..='9' => '0',
        '\u{660}'..='\u{669}' => '\u{660}',
        '\u{6F0}'..='\u{6F9}' => '\u{6F0}',
        '\u{FF10}'..='\u{FF19}' => '\u{FF10}',
        _ => return None,
    };
    char::from_digit(u32::from(c) - u32::from(zero), 10)
}

/// What people and clipboards put between digits: blanks of every kind, hyphens, dashes, marks without width.
fn is_separator(c: char) -> bool {
    let is_mark = matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}');
    c.is_whitespace() || is_mark || matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FF0D}')
}

/// What may stand before the first digit when a line was pasted: «Номер:», «№».
fn is_label(c: char) -> bool {
    c.is_alphabetic() || matches!(c, ':' | '№' | '#' | '\u{FF1A}')
}

/// The digits of what was typed; none where there is something that does not belong there, or no digit.
fn digits(typed: &str) -> Option<Zeroizing<String>> {
    let mut digits = Zeroizing::new(String::with_capacity(typed.len()));
    for c in typed.chars() {
        match digit(c) {
            Some(digit) => digits.push(digit),
            None if is_separator(c) || (digits.is_empty() && is_label(c)) => {}
            None => return None,
        }
    }
    (!digits.is_empty()).then_some(digits)
}

/// Reads `08/29` as it is printed, and `8/29`, `0829`, `08 2029`, `08-29`, `08.29`.
fn month_and_year(typed: &str) -> Option<Expiry> {
    let mut plain = Zeroizing::new(String::with_capacity(typed.len()));
    for c in typed.trim().chars() {
        match digit(c) {
            Some(digit) => plain.push(digit),
            None if plain.is_empty() && (is_label(c) || is_separator(c)) => {}
            None if is_separator(c) || matches!(c, '/' | '\\' | '.' | '\u{FF0F}') => {
                if !plain.ends_with('/') {
                    plain.push('/');
                }
            }
            None => return None,
        }
    }
    let (month, year) = match plain.split_once('/') {
        Some(parts) => parts,
        None if matches!(plain.len(), 4 | 6) => plain.split_at(2),
        None => return None,
    };
    let year = match year.len() {
        2 => year,
        4 => year.strip_prefix("20")?,
        _ => return None,
    };
    // A second stroke is no digit, so a whole date such as 01/08/29 ends here.
    let part = |digits: &str| (digits.len() <= 2).then(|| digits.parse().ok()).flatten();
    Expiry::new(part(year)?, part(month)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::routing::RouteSetting;

    fn routes() -> Routes {
        let route = RouteSetting {
            prefix: "4".to_owned(),
            bank: "500140000126".to_owned(),
            address: "127.0.0.1:8093".parse().unwrap(),
            server_name: "localhost".to_owned(),
        };
        Routes::of(&[route]).unwrap()
    }

    fn now() -> Moment {
        "2026-11-22T12:00:00+05:00".parse().unwrap()
    }

    fn escaped(text: &str) -> String {
        text.bytes().map(|octet| format!("%{octet:02x}")).collect()
    }

    fn typed(number: &str, expiry: &str, code: &str) -> Typed {
        let body =
            format!("csrf=a&number={}&expiry={}&code={}", escaped(number), escaped(expiry), escaped(code));
        Typed::of(&SecretForm::of(body.as_bytes()))
    }

    /// The ids of the messages at the three fields, found again by their Russian texts.
    fn check(number: &str, expiry: &str, code: &str) -> Result<String, [Option<String>; 3]> {
        match typed(number, expiry, code).check(Language::Ru, &routes(), now()) {
            Ok((card, _)) => {
                Ok(format!("{} {} {}", card.pan.expose(), &*card.expiry.year_month(), card.cvc2.expose()))
            }
            Err(errors) => Err([NUMBER, EXPIRY, CODE].map(|name| errors.of(name).map(str::to_owned))),
        }
    }

    fn text(id: &'static str) -> Option<String> {
        Some(say(Language::Ru, id).to_string())
    }

    /// Meets: T1.14-17
    #[test]
    fn a_card_is_read_however_it_is_typed_or_pasted() {
        let right = Ok("4242424242424242 2908 123".to_owned());
        for number in [
            "4242424242424242",
            " 4242 4242 4242 4242 ",
            "4242-4242–4242‑4242",
            "4242\u{a0}4242\u{202f}4242\u{a0}4242",
            "４２４２４２４２４２４２４２４２",
            "٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢",
            "۴۲۴۲ ۴۲۴۲ ۴۲۴۲ ۴۲۴۲",
            "Номер: 4242 4242 4242 4242",
            "№ 4242424242424242",
            "\u{feff}4242424242424242",
        ] {
            assert_eq!(check(number, "08/29", "123"), right, "{number:?}");
        }
        for expiry in [
            "08/29",
            "8/29",
            "0829",
            "08 / 29",
            "08-29",
            "08.29",
            "08/2029",
            "082029",
            "０８/２９",
            " 08 29 ",
        ] {
            assert_eq!(check("4242424242424242", expiry, "1 2 3"), right, "{expiry:?}");
        }
    }

    /// Meets: T1.14-17
    #[test]
    fn every_slip_has_its_message_at_its_field() {
        let number = |typed: &str| check(typed, "08/29", "123").unwrap_err()[0].clone();
        assert_eq!(number(" "), text("m-card-1"));
        assert_eq!(number("4242424242424243"), text("m-card-2"));
        assert_eq!(number("my card"), text("m-card-2"));
        assert_eq!(number("4242x24242424242"), text("m-card-2"));
        let counted = |count: usize| Some(say(Language::Ru, "m-card-3").with("count", count).to_string());
        assert_eq!(number("4242"), counted(4));
        assert_eq!(number("42424242424242424242"), counted(20));
        assert_eq!(number("5555 5555 5555 4444"), text("m-card-7"));
        assert_eq!(number("7291 4177 7631 7054"), text("m-card-8"));

        let expiry = |typed: &str| check("4242424242424242", typed, "123").unwrap_err()[1].clone();
        for wrong in
            ["", "13/29", "00/29", "29", "08/1929", "01/08/29", "08/29/", "/29", "soon", "089", "08/229"]
        {
            assert_eq!(expiry(wrong), text("m-card-6"), "{wrong:?}");
        }
        assert_eq!(expiry("10/26"), text("m-card-4"));
        assert!(check("4242424242424242", "11/26", "123").is_ok());

        let code = |typed: &str| check("4242424242424242", "08/29", typed).unwrap_err()[2].clone();
        for wrong in ["", "12", "1234", "12x"] {
            assert_eq!(code(wrong), text("m-card-5"), "{wrong:?}");
        }
        assert_eq!(check("", "", ""), Err([text("m-card-1"), text("m-card-6"), text("m-card-5")]));
    }
}
