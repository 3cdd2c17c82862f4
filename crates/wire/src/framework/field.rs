//! What may stand in one element of a message.

use std::borrow::Cow;
use std::fmt::Display;
use std::str::FromStr;

use xml::{Element, FieldError, Problem, Writer};

use super::schema::{Namespace, SimpleType, Type};

/// A value written as the text of one element.
///
/// Reading is as strict as the XSD says: what a person may type loosely (spaces in a code, a Cyrillic letter
/// in an account number) has exactly one form between machines, so that what was signed is what is meant.
pub trait Simple: Sized {
    /// Its type in the schema.
    const TYPE: SimpleType;

    /// Reads the text.
    ///
    /// # Errors
    /// A lowercase fragment saying what is wrong; it never repeats the text, which may be personal data.
    fn read(text: &str) -> Result<Self, String>;

    /// The text.
    fn text(&self) -> Cow<'_, str>;
}

/// A value that fills one element: simple, or a sequence of further elements.
pub trait Field: Sized {
    /// Its type in the schema.
    const TYPE: Type;

    /// Reads the content of an element, whose name the caller has already compared.
    ///
    /// # Errors
    /// [`FieldError`] with the path of the element that is wrong.
    fn read(element: Element<'_, '_>) -> Result<Self, FieldError>;

    /// Writes itself as an element of this name.
    fn write(&self, writer: &mut Writer, namespace: &'static Namespace, name: &'static str);
}

impl<T: Simple> Field for T {
    const TYPE: Type = Type::Simple(&T::TYPE);

    fn read(element: Element<'_, '_>) -> Result<Self, FieldError> {
        T::read(element.text()?).map_err(|problem| element.fault(Problem::Text(problem)))
    }

    fn write(&self, writer: &mut Writer, namespace: &'static Namespace, name: &'static str) {
        writer.leaf(namespace.uri, name, &self.text());
    }
}

/// Reads a value whose only form between machines is the one it writes.
pub(crate) fn exactly<T>(text: &str) -> Result<T, String>
where
    T: FromStr<Err: Display> + Display,
{
    let value: T = text.parse().map_err(|error: T::Err| error.to_string())?;
    if value.to_string() == text { Ok(value) } else { Err("the value is not in its exact form".to_owned()) }
}

/// A value of the published examples, which are constants of this crate.
pub(crate) fn sample<T: FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().expect("the published example is right")
}
