//! Forms whose fields must leave nothing behind in memory: card data and PINs.
//!
//! The body and every decoded field live in memory that is wiped. What the fields mean is the reader's affair.
//! Source: Instruction № 491, cl. 13(2); PCI DSS 3.3.1.

use axum::body::{Body, Bytes};
use futures_util::StreamExt;
use zeroize::{Zeroize, Zeroizing};

/// An urlencoded form as it was sent. It has no `Debug`.
pub struct SecretForm(Zeroizing<Vec<u8>>);

/// Why a form was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// More than the reader allows.
    #[error("the form is too large")]
    TooLarge,
    /// The connection broke inside it.
    #[error("the form did not come whole")]
    Broken,
}

impl SecretForm {
    /// Reads a form of at most so many octets.
    ///
    /// # Errors
    /// [`Unreadable`]; what had been read is wiped.
    pub async fn read(body: Body, most: usize) -> Result<Self, Unreadable> {
        // Room for the largest form at once: a buffer that grows leaves copies behind.
        let mut octets = Zeroizing::new(Vec::with_capacity(most));
        let mut pieces = body.into_data_stream();
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(|_| Unreadable::Broken)?;
            let fits = octets.len() + piece.len() <= most;
            if fits {
                octets.extend_from_slice(&piece);
            }
            wipe(piece);
            if !fits {
                return Err(Unreadable::TooLarge);
            }
        }
        Ok(Self(octets))
    }

    /// A form of these octets.
    pub fn of(octets: &[u8]) -> Self {
        Self(Zeroizing::new(octets.to_vec()))
    }

    /// The value of a field; empty where there is none. Of two fields of one name the first counts.
    pub fn field(&self, name: &str) -> Zeroizing<String> {
        field(&self.0, name)
    }
}

/// Wipes a piece of the body where nobody else holds it. The server's read buffer may; that one is outside
/// our reach.
fn wipe(piece: Bytes) {
    if let Ok(mut own) = piece.try_into_mut() {
        own.as_mut().zeroize();
    }
}

/// The value of a field of an urlencoded form; empty where there is none.
fn field(octets: &[u8], name: &str) -> Zeroizing<String> {
    let is_named = |pair: &&[u8]| {
        pair.strip_prefix(name.as_bytes()).is_some_and(|rest| rest.is_empty() || rest.starts_with(b"="))
    };
    let Some(pair) = octets.split(|octet| *octet == b'&').find(is_named) else {
        return Zeroizing::default();
    };
    decoded(pair.get(name.len() + 1..).unwrap_or_default())
}

/// Undoes the escapes. What is no text becomes a character that no field takes.
fn decoded(escaped: &[u8]) -> Zeroizing<String> {
    let mut plain = Zeroizing::new(Vec::with_capacity(escaped.len()));
    let mut rest = escaped;
    while let Some((first, after)) = rest.split_first() {
        let (octet, after) = match (first, after) {
            (b'+', after) => (b' ', after),
            (b'%', [high, low, beyond @ ..]) => match (hexadecimal(*high), hexadecimal(*low)) {
                (Some(high), Some(low)) => (high << 4 | low, beyond),
                _ => (b'%', after),
            },
            (octet, after) => (*octet, after),
        };
        plain.push(octet);
        rest = after;
    }
    match std::str::from_utf8(&plain) {
        // The text takes over the buffer, so that no second copy comes about.
        Ok(_) => Zeroizing::new(String::from_utf8(std::mem::take(&mut *plain)).unwrap_or_default()),
        Err(_) => Zeroizing::new("\u{FFFD}".to_owned()),
    }
}

fn hexadecimal(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Defends: A17
    #[test]
    fn no_octets_are_taken_for_a_field_that_is_not_there() {
        for (body, value) in [
            ("number=1", "1"),
            ("numbers=2&number=1", "1"),
            ("number=1&number=2", "1"),
            ("number", ""),
            ("number=", ""),
            ("", ""),
            ("number=%31+%zz%", "1 %zz%"),
            ("number=%ff", "\u{fffd}"),
        ] {
            assert_eq!(*SecretForm::of(body.as_bytes()).field("number"), value, "{body}");
        }
    }

    #[tokio::test]
    async fn a_form_over_the_bound_is_not_read() {
        let body = |octets: usize| Body::from(vec![b'a'; octets]);
        assert_eq!(SecretForm::read(body(17), 16).await.err(), Some(Unreadable::TooLarge));
        assert!(SecretForm::read(body(16), 16).await.is_ok());
    }
}
