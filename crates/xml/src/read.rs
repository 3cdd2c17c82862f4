//! From octets to a tree, within limits, and the element that the rest of the house sees.
//!
//! A scan with a constant amount of memory comes first, because a tree parser has already spent its
//! memory when it complains. Decoding of fields lives in `field`.
//! Source: threats A4 and A22; limits are ours.

use std::ops::ControlFlow;

use quick_xml::events::{BytesDecl, BytesStart, Event};
use roxmltree::{Document, Node, NodeId, ParsingOptions};

/// Bounds on everything a sender controls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Octets of the whole text.
    pub bytes: usize,
    /// Elements one inside another.
    pub depth: usize,
    /// Attributes of one element, namespace declarations included.
    pub attributes: usize,
    /// Elements in all.
    pub elements: usize,
    /// Namespace declarations in scope at one place, shadowed ones included.
    pub namespaces: usize,
    /// Octets of one name, prefix included, or of one namespace name. Exclusive canonicalization repeats
    /// namespace names, so a long one would be multiplied.
    pub name: usize,
    /// Octets of one attribute value or of one unbroken run of text, as written.
    pub text: usize,
    /// Whether comments may stand in the text. Messages need none, and a comment can split a value.
    pub comments: bool,
}

impl Limits {
    /// One SOAP message between participants.
    pub const MESSAGE: Self = Self {
        bytes: 1 << 20,
        depth: 64,
        attributes: 64,
        elements: 20_000,
        namespaces: 32,
        name: 256,
        text: 768 << 10,
        comments: false,
    };

    /// One signed document, such as a receipt or a register.
    pub const DOCUMENT: Self = Self { bytes: 16 << 20, elements: 400_000, comments: true, ..Self::MESSAGE };
}

/// Why octets are not a tree for us.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum XmlError {
    /// More octets than [`Limits::bytes`].
    #[error("the text has {found} bytes, {limit} are allowed")]
    TooLarge {
        /// Octets received.
        found: usize,
        /// Octets allowed.
        limit: usize,
    },
    /// The octets are not UTF-8, or another encoding is declared.
    #[error("the text is not UTF-8")]
    NotUtf8,
    /// A document type declaration; entities and defaults are never taken from a sender.
    #[error("a document type declaration is not allowed")]
    Dtd,
    /// A processing instruction.
    #[error("a processing instruction is not allowed")]
    ProcessingInstruction,
    /// A comment where [`Limits::comments`] forbids it.
    #[error("a comment is not allowed")]
    Comment,
    /// Deeper than [`Limits::depth`].
    #[error("elements are nested deeper than {0}")]
    TooDeep(usize),
    /// More attributes on one element than [`Limits::attributes`].
    #[error("an element has more than {0} attributes")]
    TooManyAttributes(usize),
    /// More elements than [`Limits::elements`].
    #[error("the text has more than {0} elements")]
    TooManyElements(usize),
    /// More namespace declarations in scope than [`Limits::namespaces`].
    #[error("more than {0} namespace declarations are in scope")]
    TooManyNamespaces(usize),
    /// A name longer than [`Limits::name`].
    #[error("a name is longer than {0} bytes")]
    NameTooLong(usize),
    /// A text or a value longer than [`Limits::text`].
    #[error("a text is longer than {0} bytes")]
    TextTooLong(usize),
    /// Not well-formed XML 1.0 with namespaces.
    #[error("not well-formed: {0}")]
    NotWellFormed(String),
}

/// Reads `octets` and gives the root element to `f`.
///
/// # Errors
/// [`XmlError`] when a limit is passed or the text is not well-formed; `f` is then not called.
pub fn with_tree<R>(
    octets: &[u8],
    limits: &Limits,
    f: impl FnOnce(Element<'_, '_>) -> R,
) -> Result<R, XmlError> {
    if octets.len() > limits.bytes {
        return Err(XmlError::TooLarge { found: octets.len(), limit: limits.bytes });
    }
    let text = std::str::from_utf8(octets).map_err(|_| XmlError::NotUtf8)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    // XML 1.0, 2.11 normalises line ends before anything else; the tree parser does it later and misses a
    // carriage return that stands before a reference, which would give other canonical octets.
    if text.contains('\r') {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        return with_normal_text(&text, limits, f);
    }
    with_normal_text(text, limits, f)
}

fn with_normal_text<R>(
    text: &str,
    limits: &Limits,
    f: impl FnOnce(Element<'_, '_>) -> R,
) -> Result<R, XmlError> {
    scan(text, limits)?;
    // Each element brings at most itself and the text or comment after it.
    let nodes_limit = u32::try_from(limits.elements.saturating_mul(4)).unwrap_or(u32::MAX);
    parse(text, nodes_limit, limits.elements, f)
}

/// Reads text that [`crate::c14n`] has written from a tree that was within its limits, and gives the root element
/// to `f`. Nothing is bounded anew: the canonical form has the elements of its tree, no declarations of types and no
/// carriage returns.
///
/// # Errors
/// [`XmlError`] where the text is none of that kind.
pub fn with_canonical_tree<R>(canonical: &[u8], f: impl FnOnce(Element<'_, '_>) -> R) -> Result<R, XmlError> {
    let text = std::str::from_utf8(canonical).map_err(|_| XmlError::NotUtf8)?;
    parse(text, u32::MAX, usize::MAX, f)
}

fn parse<R>(
    text: &str,
    nodes_limit: u32,
    elements: usize,
    f: impl FnOnce(Element<'_, '_>) -> R,
) -> Result<R, XmlError> {
    let options = ParsingOptions { allow_dtd: false, nodes_limit, ..ParsingOptions::default() };
    let tree = Document::parse_with_options(text, options).map_err(|e| match e {
        roxmltree::Error::DtdDetected => XmlError::Dtd,
        roxmltree::Error::NodesLimitReached => XmlError::TooManyElements(elements),
        other => not_well_formed(other),
    })?;
    Ok(f(Element { node: tree.root_element() }))
}

/// A parser's complaint quotes the text, which a hostile sender has written for our log to swallow: it is
/// cut short, and what could break a line or turn its direction is escaped.
fn not_well_formed(complaint: impl std::fmt::Display) -> XmlError {
    const LONGEST: usize = 160;
    XmlError::NotWellFormed(
        complaint.to_string().chars().take(LONGEST).flat_map(char::escape_debug).collect(),
    )
}

/// Walks over the text once, keeping nothing but counters.
fn scan(text: &str, limits: &Limits) -> Result<(), XmlError> {
    let mut reader = quick_xml::Reader::from_str(text);
    reader.config_mut().check_comments = true;
    let mut scan = Scan { limits, elements: 0, declared: Vec::new(), in_scope: 0 };
    loop {
        let event = reader.read_event().map_err(not_well_formed)?;
        if scan.take(&event)?.is_break() {
            return Ok(());
        }
    }
}

struct Scan<'l> {
    limits: &'l Limits,
    elements: usize,
    /// For each open element, how many namespaces it declares.
    declared: Vec<usize>,
    in_scope: usize,
}

impl Scan<'_> {
    fn take(&mut self, event: &Event<'_>) -> Result<ControlFlow<()>, XmlError> {
        match event {
            Event::Start(tag) => {
                let declared = self.tag(tag)?;
                self.declared.push(declared);
                self.in_scope += declared;
            }
            Event::Empty(tag) => {
                self.tag(tag)?;
            }
            Event::End(_) => self.in_scope -= self.declared.pop().unwrap_or(0),
            Event::Text(text) if text.len() > self.limits.text => return Err(self.text_too_long()),
            Event::CData(text) if text.len() > self.limits.text => return Err(self.text_too_long()),
            Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) => {}
            Event::Comment(_) if !self.limits.comments => return Err(XmlError::Comment),
            Event::Comment(_) => {}
            Event::Decl(declaration) => declared_utf8(declaration)?,
            Event::PI(_) => return Err(XmlError::ProcessingInstruction),
            Event::DocType(_) => return Err(XmlError::Dtd),
            Event::Eof => return Ok(ControlFlow::Break(())),
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Counts one start tag and returns how many namespaces it declares.
    fn tag(&mut self, tag: &BytesStart<'_>) -> Result<usize, XmlError> {
        self.elements += 1;
        if self.elements > self.limits.elements {
            return Err(XmlError::TooManyElements(self.limits.elements));
        }
        if self.declared.len() >= self.limits.depth {
            return Err(XmlError::TooDeep(self.limits.depth));
        }
        self.name(tag.name().as_ref())?;
        let mut declared = 0;
        // The duplicate check of the iterator is quadratic, so the count is bounded as it goes.
        for (index, attribute) in tag.attributes().enumerate() {
            if index >= self.limits.attributes {
                return Err(XmlError::TooManyAttributes(self.limits.attributes));
            }
            let attribute = attribute.map_err(not_well_formed)?;
            let name: &str = attribute.key.as_ref();
            self.name(name)?;
            if attribute.value.len() > self.limits.text {
                return Err(self.text_too_long());
            }
            if name == "xmlns" || name.starts_with("xmlns:") {
                if name != "xmlns" && attribute.value.is_empty() {
                    return Err(XmlError::NotWellFormed(format!("{name} takes a prefix back")));
                }
                if attribute.value.len() > self.limits.name {
                    return Err(XmlError::NameTooLong(self.limits.name));
                }
                declared += 1;
            }
        }
        if self.in_scope + declared > self.limits.namespaces {
            return Err(XmlError::TooManyNamespaces(self.limits.namespaces));
        }
        Ok(declared)
    }

    fn name(&self, name: &str) -> Result<(), XmlError> {
        if name.len() > self.limits.name {
            return Err(XmlError::NameTooLong(self.limits.name));
        }
        if name
            .split_once(':')
            .is_some_and(|(prefix, local)| prefix.is_empty() || local.is_empty() || local.contains(':'))
        {
            return Err(XmlError::NotWellFormed("a name has a misplaced colon".to_owned()));
        }
        Ok(())
    }

    fn text_too_long(&self) -> XmlError {
        XmlError::TextTooLong(self.limits.text)
    }
}

fn declared_utf8(declaration: &BytesDecl<'_>) -> Result<(), XmlError> {
    let version = declaration.version().map_err(not_well_formed)?;
    if version != "1.0" {
        return Err(XmlError::NotWellFormed("only XML 1.0 is read".to_owned()));
    }
    match declaration.encoding() {
        None => Ok(()),
        Some(Ok(name)) if name.eq_ignore_ascii_case("utf-8") => Ok(()),
        Some(_) => Err(XmlError::NotUtf8),
    }
}

/// One element of a tree that [`with_tree`] has read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Element<'a, 'i> {
    pub(crate) node: Node<'a, 'i>,
}

/// Names an element within its tree: two elements are the same exactly when their keys are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ElementKey(NodeId);

impl ElementKey {
    pub(crate) fn node_id(self) -> NodeId {
        self.0
    }
}

impl std::fmt::Debug for Element<'_, '_> {
    /// Writes where the element stands, never its content: content may be personal data.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Element({})", self.path())
    }
}

impl<'a, 'i> Element<'a, 'i> {
    /// The namespace of its name; `None` where it has none.
    pub fn namespace(self) -> Option<&'a str> {
        self.node.tag_name().namespace().filter(|uri| !uri.is_empty())
    }

    /// Its local name.
    pub fn name(self) -> &'a str {
        self.node.tag_name().name()
    }

    /// Whether it has this namespace and this local name. The empty namespace is none.
    pub fn is(self, namespace: &str, name: &str) -> bool {
        self.name() == name && self.namespace().unwrap_or("") == namespace
    }

    /// The value of an attribute. The empty namespace is none.
    pub fn attribute(self, namespace: &str, name: &str) -> Option<&'a str> {
        self.node
            .attributes()
            .find(|a| a.name() == name && a.namespace().unwrap_or("") == namespace)
            .map(|a| a.value())
    }

    /// All attributes as (namespace, local name, value), namespace declarations excluded.
    pub fn attributes(self) -> impl Iterator<Item = (Option<&'a str>, &'a str, &'a str)> {
        self.node.attributes().map(|a| (a.namespace(), a.name(), a.value()))
    }

    /// Child elements in order.
    pub fn children(self) -> impl Iterator<Item = Element<'a, 'i>> {
        self.node.children().filter(Node::is_element).map(|node| Element { node })
    }

    /// This element and all below it, in order.
    pub fn descendants(self) -> impl Iterator<Item = Element<'a, 'i>> {
        self.node.descendants().filter(Node::is_element).map(|node| Element { node })
    }

    /// The first child element of this name.
    pub fn child(self, namespace: &str, name: &str) -> Option<Element<'a, 'i>> {
        self.children().find(|child| child.is(namespace, name))
    }

    /// The element around it.
    pub fn parent(self) -> Option<Element<'a, 'i>> {
        self.node.parent_element().map(|node| Element { node })
    }

    /// Its identity within the tree.
    pub fn key(self) -> ElementKey {
        ElementKey(self.node.id())
    }

    /// The namespace a prefix stands for here, for names written as content.
    pub fn namespace_of(self, prefix: &str) -> Option<&'a str> {
        self.node.lookup_namespace_uri((!prefix.is_empty()).then_some(prefix))
    }

    /// Whether anything but elements, comments and white space stands directly inside.
    pub(crate) fn has_stray_text(self) -> bool {
        self.node
            .children()
            .filter(Node::is_text)
            .any(|text| !text.text().unwrap_or("").bytes().all(|b| b.is_ascii_whitespace()))
    }

    /// Whether a comment stands directly beside text.
    pub(crate) fn has_split_text(self) -> bool {
        self.has_stray_text() && self.node.children().any(|node| node.is_comment())
    }

    /// Where it stands, as an XPath by local names with a number where siblings share a name.
    pub fn path(self) -> String {
        let mut steps: Vec<String> = self.node.ancestors().filter(Node::is_element).map(step).collect();
        steps.reverse();
        steps.concat()
    }
}

fn step(node: Node<'_, '_>) -> String {
    let name = node.tag_name();
    let alike = |other: &Node<'_, '_>| other.is_element() && other.tag_name() == name;
    let before = node.prev_siblings().skip(1).filter(alike).count();
    if before == 0 && !node.next_siblings().skip(1).any(|n| alike(&n)) {
        return format!("/{}", name.name());
    }
    format!("/{}[{}]", name.name(), before + 1)
}
