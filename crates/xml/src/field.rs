//! Decoding one message: fields in the order of its schema, each fault with its path.
//!
//! What the fields mean lives in `wire`; the checks of a value in `terms`.

use std::fmt::Display;
use std::str::FromStr;

use crate::read::Element;

/// What is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// A required element is not there.
    #[error("the element is missing")]
    Missing,
    /// An element that the schema does not have, or not at this place.
    #[error("the element is not expected here")]
    Unexpected,
    /// An element that may stand once stands again.
    #[error("the element is repeated")]
    Repeated,
    /// More elements of one name than allowed.
    #[error("there are more than {0} elements of this name")]
    TooMany(usize),
    /// Elements or processing instructions where only text may stand.
    #[error("only text may stand here")]
    NotText,
    /// A comment inside a value: it can split the value for one reader and not for another.
    #[error("a comment inside a value is not allowed")]
    Comment,
    /// Text where only elements may stand.
    #[error("only elements may stand here")]
    StrayText,
    /// An attribute is missing or wrong.
    #[error("the attribute {0}")]
    Attribute(String),
    /// The text is not a value of its type.
    #[error("{0}")]
    Text(String),
}

/// A fault in the content of a message, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {problem}")]
pub struct FieldError {
    /// XPath by local names, such as `/Body/NotifyPayment/amount`.
    pub path: String,
    /// What is wrong there.
    pub problem: Problem,
}

/// A value that an element says.
pub trait FromElement: Sized {
    /// Decodes the element.
    ///
    /// # Errors
    /// The first [`FieldError`] in document order.
    fn from_element(element: Element<'_, '_>) -> Result<Self, FieldError>;
}

impl<'a, 'i> Element<'a, 'i> {
    /// A fault at this element.
    pub fn fault(self, problem: Problem) -> FieldError {
        FieldError { path: self.path(), problem }
    }

    /// The whole text; empty where there is none.
    ///
    /// # Errors
    /// [`Problem::NotText`] or [`Problem::Comment`] where anything but one run of text stands inside.
    pub fn text(self) -> Result<&'a str, FieldError> {
        let mut children = self.node.children();
        match (children.next(), children.next()) {
            (None, _) => Ok(""),
            (Some(only), None) if only.is_text() => Ok(only.text().unwrap_or("")),
            _ if self.node.children().any(|n| n.is_comment()) => Err(self.fault(Problem::Comment)),
            _ => Err(self.fault(Problem::NotText)),
        }
    }

    /// The text as a value of its type; no white space is taken away.
    ///
    /// # Errors
    /// As [`Element::text`], and [`Problem::Text`] with the type's own explanation.
    pub fn parse<T>(self) -> Result<T, FieldError>
    where
        T: FromStr<Err: Display>,
    {
        self.text()?.parse().map_err(|e: T::Err| self.fault(Problem::Text(e.to_string())))
    }

    /// Checks that this is the element a decoder was written for.
    ///
    /// # Errors
    /// [`Problem::Unexpected`] where it is another.
    pub fn expect(self, namespace: &str, name: &str) -> Result<(), FieldError> {
        if self.is(namespace, name) { Ok(()) } else { Err(self.fault(Problem::Unexpected)) }
    }

    /// The one element inside it.
    ///
    /// # Errors
    /// [`Problem::StrayText`], [`Problem::Missing`], or [`Problem::Unexpected`] for a second one.
    pub fn only_child(self) -> Result<Element<'a, 'i>, FieldError> {
        if self.has_stray_text() {
            return Err(self.fault(Problem::StrayText));
        }
        let mut children = self.children();
        let missing = || FieldError { path: format!("{}/*", self.path()), problem: Problem::Missing };
        let only = children.next().ok_or_else(missing)?;
        match children.next() {
            Some(second) => Err(second.fault(Problem::Unexpected)),
            None => Ok(only),
        }
    }

    /// Starts to read child elements of `namespace` in the order of the schema.
    ///
    /// # Errors
    /// [`Problem::StrayText`] where text stands among the elements.
    pub fn fields<'n>(self, namespace: &'n str) -> Result<Fields<'a, 'i, 'n>, FieldError> {
        if self.has_stray_text() {
            return Err(self.fault(Problem::StrayText));
        }
        let next = self.children().next();
        Ok(Fields { parent: self, namespace, last: None, next })
    }
}

/// Reads the children of an element one after another (`xs:sequence`).
///
/// Nothing is skipped: an unknown, foreign, repeated or misplaced element is a fault. Always end with
/// [`Fields::finish`].
#[derive(Debug)]
#[must_use = "call finish, so that nothing unread is left over"]
pub struct Fields<'a, 'i, 'n> {
    parent: Element<'a, 'i>,
    namespace: &'n str,
    last: Option<Element<'a, 'i>>,
    next: Option<Element<'a, 'i>>,
}

impl<'a, 'i> Fields<'a, 'i, '_> {
    /// The next element, which must have this name.
    ///
    /// # Errors
    /// [`Problem::Missing`], or the fault of the element that stands in its place.
    pub fn required(&mut self, name: &str) -> Result<Element<'a, 'i>, FieldError> {
        match self.optional(name)? {
            Some(element) => Ok(element),
            None => Err(self.absent(name)),
        }
    }

    /// The next element if it has this name.
    ///
    /// # Errors
    /// None today; a `Result` so that all three readers are called alike.
    pub fn optional(&mut self, name: &str) -> Result<Option<Element<'a, 'i>>, FieldError> {
        match self.next {
            Some(element) if element.is(self.namespace, name) => {
                self.last = self.next;
                self.next = following(element);
                Ok(Some(element))
            }
            _ => Ok(None),
        }
    }

    /// All elements of this name that come next, at most `max`.
    ///
    /// # Errors
    /// [`Problem::TooMany`] at the first one too many.
    pub fn repeated(&mut self, name: &str, max: usize) -> Result<Vec<Element<'a, 'i>>, FieldError> {
        let mut all = Vec::new();
        while let Some(element) = self.optional(name)? {
            if all.len() == max {
                return Err(element.fault(Problem::TooMany(max)));
            }
            all.push(element);
        }
        Ok(all)
    }

    /// The local name of the next element of this namespace, for a choice.
    pub fn peek(&self) -> Option<&'a str> {
        self.next.filter(|e| e.namespace().unwrap_or("") == self.namespace).map(Element::name)
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// [`Problem::Repeated`] or [`Problem::Unexpected`] for the first element left over.
    pub fn finish(self) -> Result<(), FieldError> {
        match self.next {
            Some(element) => Err(self.misplaced(element)),
            None => Ok(()),
        }
    }

    fn absent(&self, name: &str) -> FieldError {
        let mut rest = std::iter::successors(self.next, |e| following(*e));
        match self.next {
            Some(blocking) if rest.any(|e| e.is(self.namespace, name)) => self.misplaced(blocking),
            _ => FieldError { path: format!("{}/{name}", self.parent.path()), problem: Problem::Missing },
        }
    }

    fn misplaced(&self, element: Element<'a, 'i>) -> FieldError {
        let again = self.last.is_some_and(|e| e.is(element.namespace().unwrap_or(""), element.name()));
        element.fault(if again { Problem::Repeated } else { Problem::Unexpected })
    }
}

fn following<'a, 'i>(element: Element<'a, 'i>) -> Option<Element<'a, 'i>> {
    element.node.next_sibling_element().map(|node| Element { node })
}
