//! Canonical text, written directly.
//!
//! What comes out is a fixed point of exclusive (and, alone, of inclusive) canonicalization, wherever it
//! is put into a document that declares no default namespace around it. So a signature can be made over
//! the text as it is, with no second look at it.
//! Source: Exclusive XML Canonicalization 1.0; Canonical XML 1.0, 2.3.

use std::fmt::Write as _;

/// A value that writes itself as one element.
pub trait ToElement {
    /// Writes exactly one element.
    fn write(&self, writer: &mut Writer);

    /// The element alone, as canonical text.
    fn to_xml(&self) -> String {
        let mut writer = Writer::new();
        self.write(&mut writer);
        writer.finish()
    }
}

/// Writes elements in canonical form: default namespaces only, no self-closing tags, sorted attributes.
#[derive(Debug, Default)]
pub struct Writer {
    out: String,
    open: Vec<Open>,
    /// The start tag still being written: attributes may be added until anything else comes.
    pending: Option<Vec<(String, String)>>,
}

#[derive(Debug)]
struct Open {
    name: String,
    namespace: String,
}

impl Writer {
    /// An empty text.
    pub fn new() -> Self {
        Self::default()
    }

    /// Opens an element. The empty namespace is none.
    pub fn start(&mut self, namespace: &str, name: &str) -> &mut Self {
        self.close_tag();
        let around = self.open.last().map_or("", |open| open.namespace.as_str());
        self.out.push('<');
        self.out.push_str(name);
        if around != namespace {
            self.out.push_str(" xmlns=\"");
            escape_attribute(namespace, &mut self.out);
            self.out.push('"');
        }
        self.open.push(Open { name: name.to_owned(), namespace: namespace.to_owned() });
        self.pending = Some(Vec::new());
        self
    }

    /// Adds an attribute without a namespace to the element just opened.
    ///
    /// # Panics
    /// When the element already has content, or the attribute: both are mistakes of the caller's code.
    pub fn attribute(&mut self, name: &str, value: &str) -> &mut Self {
        let pending = self.pending.as_mut().expect("an attribute comes before content");
        assert!(pending.iter().all(|(other, _)| other != name), "an attribute is written once");
        pending.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds text. Characters that XML cannot carry become U+FFFD.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.close_tag();
        escape_text(text, &mut self.out);
        self
    }

    /// Adds the text a value displays itself with.
    pub fn display(&mut self, value: impl std::fmt::Display) -> &mut Self {
        self.close_tag();
        write!(Escaping(&mut self.out), "{value}").expect("writing to a string does not fail");
        self
    }

    /// Closes the element opened last.
    ///
    /// # Panics
    /// When none is open: a mistake of the caller's code.
    pub fn end(&mut self) -> &mut Self {
        self.close_tag();
        let open = self.open.pop().expect("each end has its start");
        self.out.push_str("</");
        self.out.push_str(&open.name);
        self.out.push('>');
        self
    }

    /// An element with nothing but text.
    pub fn leaf(&mut self, namespace: &str, name: &str, text: &str) -> &mut Self {
        self.start(namespace, name).text(text).end()
    }

    /// The text.
    ///
    /// # Panics
    /// When an element is still open: a mistake of the caller's code.
    pub fn finish(self) -> String {
        assert!(self.open.is_empty(), "each start has its end");
        self.out
    }

    fn close_tag(&mut self) {
        let Some(mut attributes) = self.pending.take() else { return };
        attributes.sort();
        for (name, value) in &attributes {
            self.out.push(' ');
            self.out.push_str(name);
            self.out.push_str("=\"");
            escape_attribute(value, &mut self.out);
            self.out.push('"');
        }
        self.out.push('>');
    }
}

struct Escaping<'a>(&'a mut String);

impl std::fmt::Write for Escaping<'_> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        escape_text(text, self.0);
        Ok(())
    }
}

/// Text as canonical XML writes it, for the few places that write their tags by hand.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    escape_text(text, &mut out);
    out
}

/// Appends text as canonical XML writes it, for documents too long to be put together in memory.
pub fn escaped_into(text: &str, out: &mut String) {
    escape_text(text, out);
}

/// Appends text as canonical XML writes it.
pub(crate) fn escape_text(text: &str, out: &mut String) {
    escape(text, out, |c| match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '\r' => Some("&#xD;"),
        '\t' | '\n' => None,
        other => not_xml(other),
    });
}

/// Appends an attribute value as canonical XML writes it, without the quotation marks.
pub(crate) fn escape_attribute(text: &str, out: &mut String) {
    escape(text, out, |c| match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '"' => Some("&quot;"),
        '\t' => Some("&#x9;"),
        '\n' => Some("&#xA;"),
        '\r' => Some("&#xD;"),
        other => not_xml(other),
    });
}

/// XML 1.0, 2.2: the replacement for what no document can carry.
fn not_xml(c: char) -> Option<&'static str> {
    matches!(c, '\0'..='\x1f' | '\u{fffe}' | '\u{ffff}').then_some("\u{fffd}")
}

fn escape(text: &str, out: &mut String, replace: impl Fn(char) -> Option<&'static str>) {
    let mut written = 0;
    for (at, c) in text.char_indices() {
        if let Some(replacement) = replace(c) {
            out.push_str(&text[written..at]);
            out.push_str(replacement);
            written = at + c.len_utf8();
        }
    }
    out.push_str(&text[written..]);
}
