//! Long documents, element by element, in a bounded amount of memory.
//!
//! For files that are too long to become a tree: registers of a million rows. The profile is narrow: one namespace, no
//! document types, instructions or CDATA sections, text in the innermost elements only.

use std::cell::Cell;
use std::io::{self, BufRead, Read};
use std::rc::Rc;

use ledger::register::intake::Fault;
use quick_xml::NsReader;
use quick_xml::events::Event;
use quick_xml::name::ResolveResult;

/// The most octets of one tag or one run of text.
const LONGEST_PIECE: usize = 16 * 1024;
/// The most octets of the text of one element.
const LONGEST_TEXT: usize = 16 * 1024;
/// The most attributes of one element, namespace declarations included.
const MOST_ATTRIBUTES: usize = 32;
/// Elements one inside another.
const DEEPEST: usize = 16;

/// A reader that refuses to go on where one piece is longer than allowed.
struct Paced<R> {
    inner: R,
    left: Rc<Cell<usize>>,
}

impl<R: BufRead> Read for Paced<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let length = self.fill_buf()?.read(out)?;
        self.consume(length);
        Ok(length)
    }
}

impl<R: BufRead> BufRead for Paced<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left.get() == 0 {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let filled = self.inner.fill_buf()?;
        Ok(&filled[..filled.len().min(self.left.get())])
    }

    fn consume(&mut self, octets: usize) {
        self.left.set(self.left.get().saturating_sub(octets));
        self.inner.consume(octets);
    }
}

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// An element has begun.
    Open,
    /// An element ends; its text is whole.
    Close,
    /// The document is over.
    End,
}

/// Walks over a document.
pub(crate) struct Stream<R> {
    reader: NsReader<Paced<R>>,
    left: Rc<Cell<usize>>,
    namespace: &'static str,
    buffer: Vec<u8>,
    path: Vec<String>,
    depth: usize,
    attributes: Vec<(String, String)>,
    text: String,
    had_children: bool,
    /// Whether the element at hand has closed: the next step leaves it.
    has_closed: bool,
    is_over: bool,
}

impl<R: BufRead> Stream<R> {
    pub(crate) fn new(file: R, namespace: &'static str) -> Self {
        let left = Rc::new(Cell::new(LONGEST_PIECE));
        let mut reader = NsReader::from_reader(Paced { inner: file, left: left.clone() });
        reader.config_mut().expand_empty_elements = true;
        Self {
            reader,
            left,
            namespace,
            buffer: Vec::new(),
            path: Vec::new(),
            depth: 0,
            attributes: Vec::new(),
            text: String::new(),
            had_children: false,
            has_closed: false,
            is_over: false,
        }
    }

    /// The names from the root to the element at hand.
    pub(crate) fn path(&self) -> &[String] {
        &self.path[..self.depth]
    }

    /// The text of the element at hand; whole once it closes.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// One of its attributes; known when it opens, forgotten at the next one.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// Goes on to the next step.
    ///
    /// # Errors
    /// [`Fault::Truncated`] where the document ends before its end, [`Fault::Unreadable`] where it leaves the profile.
    pub(crate) fn step(&mut self) -> Result<Step, Fault> {
        if std::mem::take(&mut self.has_closed) {
            self.depth -= 1;
            self.text.clear();
            self.had_children = true;
        }
        loop {
            self.left.set(LONGEST_PIECE);
            self.buffer.clear();
            let (namespace, event) = match self.reader.read_resolved_event_into(&mut self.buffer) {
                Ok(read) => read,
                Err(error) => return Err(fault_of(&error)),
            };
            match event {
                Event::Start(tag) => {
                    let is_ours = matches!(namespace, ResolveResult::Bound(name) if name.0 == self.namespace);
                    let is_stray = self.depth == 0 && self.is_over || !self.text.trim().is_empty();
                    if !is_ours || is_stray || self.depth == DEEPEST {
                        return Err(Fault::Unreadable);
                    }
                    let local = tag.local_name();
                    let name: &str = local.as_ref();
                    // The names of closed elements are kept and written over: a million rows have few names.
                    if self.depth == self.path.len() {
                        self.path.push(String::new());
                    }
                    name.clone_into(&mut self.path[self.depth]);
                    self.depth += 1;
                    self.attributes.clear();
                    // The duplicate check of the iterator is quadratic, so the count is bounded as it goes.
                    for attribute in tag.attributes() {
                        let attribute = attribute.map_err(|_| Fault::Unreadable)?;
                        if self.attributes.len() == MOST_ATTRIBUTES {
                            return Err(Fault::Unreadable);
                        }
                        self.attributes.push((attribute.key.0.to_owned(), attribute.value.into_owned()));
                    }
                    self.text.clear();
                    self.had_children = false;
                    return Ok(Step::Open);
                }
                Event::End(_) => {
                    if self.had_children && !self.text.trim().is_empty() {
                        return Err(Fault::Unreadable);
                    }
                    self.is_over |= self.depth == 1;
                    self.has_closed = true;
                    return Ok(Step::Close);
                }
                Event::Text(text) => self.text.push_str(&text),
                Event::GeneralRef(reference) => {
                    let c = match &*reference {
                        "amp" => '&',
                        "lt" => '<',
                        "gt" => '>',
                        "quot" => '"',
                        "apos" => '\'',
                        _ => reference
                            .resolve_char_ref()
                            .ok()
                            .flatten()
                            .filter(|c| !matches!(c, '\0'..='\x08' | '\x0b' | '\x0c' | '\x0e'..='\x1f'))
                            .ok_or(Fault::Unreadable)?,
                    };
                    self.text.push(c);
                }
                Event::Decl(declaration) if self.depth == 0 && !self.is_over => {
                    let is_utf8 = declaration
                        .encoding()
                        .is_none_or(|encoding| encoding.is_ok_and(|name| name.eq_ignore_ascii_case("utf-8")));
                    if !is_utf8 {
                        return Err(Fault::Unreadable);
                    }
                }
                Event::Comment(_) if self.text.trim().is_empty() => {}
                Event::Eof if self.is_over => return Ok(Step::End),
                Event::Eof => return Err(Fault::Truncated),
                _ => return Err(Fault::Unreadable),
            }
            if self.text.len() > LONGEST_TEXT || (self.depth == 0 && !self.text.trim().is_empty()) {
                return Err(Fault::Unreadable);
            }
        }
    }
}

/// A document that is cut in the middle of a tag ends there; anything else is no XML for us.
fn fault_of(error: &quick_xml::Error) -> Fault {
    match error {
        quick_xml::Error::Syntax(_) => Fault::Truncated,
        _ => Fault::Unreadable,
    }
}
