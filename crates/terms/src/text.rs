//! Bounded text: what a person or a peer wrote, with nothing in it that could break a line of a log or a form.

use std::fmt;
use std::str::FromStr;

/// Why a piece of text was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing but white space.
    #[error("the text is empty")]
    Empty,
    /// Longer than its bound, in characters.
    #[error("the text is longer than {0} characters")]
    TooLong(usize),
    /// A control or formatting character, which would break a log line or turn text around.
    #[error("the text contains a control character")]
    Control,
    /// A reference with something else than Latin letters, digits and `-._/`.
    #[error("a reference has nothing but Latin letters, digits and -._/")]
    Reference,
}

/// Control characters, line and paragraph separators, and the marks that reverse reading direction:
/// each lets one field pretend to be another on a screen or in a log.
fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

fn checked(s: &str, longest: usize) -> Result<String, TextError> {
    let s = s.trim();
    if s.is_empty() {
        return Err(TextError::Empty);
    }
    let (mut length, mut is_printable) = (0, true);
    for c in s.chars() {
        length += 1;
        is_printable &= !is_unprintable(c);
    }
    if length > longest {
        return Err(TextError::TooLong(longest));
    }
    if is_printable { Ok(s.to_owned()) } else { Err(TextError::Control) }
}

macro_rules! bounded_text {
    ($(#[$doc:meta])* $name:ident, $longest:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// The longest such text, in characters.
            pub const LONGEST: usize = $longest;

            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = TextError;
            fn from_str(s: &str) -> Result<Self, TextError> {
                checked(s, Self::LONGEST).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "(…)"))
            }
        }
    };
}

bounded_text! {
    /// A name or a title: a person's full name, an organisation's, a service centre's. At most 200 characters.
    ShortText, 200
}
bounded_text! {
    /// The purpose of a payment as it goes to the Treasury. At most 420 characters.
    Purpose, 420
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_keeps_kazakh_letters_and_refuses_what_breaks_a_line() {
        assert_eq!("  Әділет Қайратұлы ".parse::<ShortText>().unwrap().as_str(), "Әділет Қайратұлы");
        assert_eq!(" ".parse::<ShortText>(), Err(TextError::Empty));
        assert_eq!("a\nb".parse::<ShortText>(), Err(TextError::Control));
        assert_eq!("a\u{202E}b".parse::<ShortText>(), Err(TextError::Control));
        assert_eq!("я".repeat(201).parse::<ShortText>(), Err(TextError::TooLong(200)));
    }
}
