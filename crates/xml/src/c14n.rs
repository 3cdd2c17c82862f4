//! Canonical forms of a tree: what a signature's digest is made over.
//!
//! Inclusive and exclusive, with and without comments, over whole documents or one element with all below
//! it. General node sets (XPath) are deliberately absent: no signature we accept needs them. Linear in the
//! size of the tree, and no recursion.
//! Source: Canonical XML 1.0; Exclusive XML Canonicalization 1.0.

use roxmltree::{Node, NodeId, NodeType};

use crate::read::{Element, ElementKey};
use crate::write::{escape_attribute, escape_text};

const XML_NAMESPACE: &str = "http://www.w3.org/XML/1998/namespace";

/// A canonical form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    kind: Kind,
    comments: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Inclusive,
    /// With the prefixes treated as in the inclusive form (`InclusiveNamespaces`); empty is the default one.
    Exclusive(Vec<String>),
}

impl Form {
    /// Exclusive, without comments: the form of messages.
    pub const EXCLUSIVE: Self = Self { kind: Kind::Exclusive(Vec::new()), comments: false };
    /// Inclusive, without comments.
    pub const INCLUSIVE: Self = Self { kind: Kind::Inclusive, comments: false };

    /// The form an algorithm identifier stands for.
    pub fn from_uri(uri: &str) -> Option<Self> {
        let (base, comments) = match uri.strip_suffix("WithComments") {
            Some(base) => (base, true),
            None => (uri, false),
        };
        let kind = match (base, comments) {
            ("http://www.w3.org/TR/2001/REC-xml-c14n-20010315", false) => Kind::Inclusive,
            ("http://www.w3.org/TR/2001/REC-xml-c14n-20010315#", true) => Kind::Inclusive,
            ("http://www.w3.org/2001/10/xml-exc-c14n#", _) => Kind::Exclusive(Vec::new()),
            _ => return None,
        };
        Some(Self { kind, comments })
    }

    /// Its algorithm identifier.
    pub fn uri(&self) -> &'static str {
        match (&self.kind, self.comments) {
            (Kind::Inclusive, false) => "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
            (Kind::Inclusive, true) => "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments",
            (Kind::Exclusive(_), false) => "http://www.w3.org/2001/10/xml-exc-c14n#",
            (Kind::Exclusive(_), true) => "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
        }
    }

    /// The same form with comments kept.
    #[must_use]
    pub fn with_comments(self) -> Self {
        Self { comments: true, ..self }
    }

    /// The same form with comments left out.
    #[must_use]
    pub fn without_comments(self) -> Self {
        Self { comments: false, ..self }
    }

    /// Whether this is the exclusive form.
    pub fn is_exclusive(&self) -> bool {
        matches!(self.kind, Kind::Exclusive(_))
    }

    /// The exclusive form with a `PrefixList`; the inclusive one has no such list and yields nothing.
    pub fn with_prefixes<'p>(self, prefixes: impl Iterator<Item = &'p str>) -> Option<Self> {
        let name = |p: &str| if p == "#default" { String::new() } else { p.to_owned() };
        let kind = match self.kind {
            Kind::Exclusive(_) => Kind::Exclusive(prefixes.map(name).collect()),
            Kind::Inclusive => return None,
        };
        Some(Self { kind, ..self })
    }

    /// The canonical octets of an element with all below it.
    pub fn element(&self, apex: Element<'_, '_>) -> Vec<u8> {
        self.node(apex.node, None)
    }

    /// The canonical octets of the whole document around `within`.
    pub fn document(&self, within: Element<'_, '_>) -> Vec<u8> {
        self.node(within.node.document().root(), None)
    }

    /// The canonical octets of the whole document around `within`, leaving out one element.
    pub fn document_without(&self, within: Element<'_, '_>, left_out: ElementKey) -> Vec<u8> {
        self.node(within.node.document().root(), Some(left_out.node_id()))
    }

    fn node(&self, apex: Node<'_, '_>, left_out: Option<NodeId>) -> Vec<u8> {
        let mut canonical = Canonical { form: self, out: String::new(), rendered: Vec::new(), apex };
        canonical.tree(left_out);
        canonical.out.into_bytes()
    }
}

struct Canonical<'f, 'a, 'i> {
    form: &'f Form,
    out: String,
    /// Namespace declarations written and still in force: prefix, namespace.
    rendered: Vec<(&'a str, &'a str)>,
    apex: Node<'a, 'i>,
}

impl<'a, 'i> Canonical<'_, 'a, 'i> {
    fn tree(&mut self, left_out: Option<NodeId>) {
        // One mark per open element: how much of `rendered` was in force around it.
        let mut marks = Vec::new();
        let mut at = self.apex;
        loop {
            let visible = Some(at.id()) != left_out;
            if visible && at.is_element() {
                marks.push(self.rendered.len());
                self.start_tag(at);
            } else if visible {
                self.leaf(at);
            }
            if visible && let Some(child) = at.first_child() {
                at = child;
                continue;
            }
            if visible && at.is_element() {
                self.end_tag(at, &mut marks);
            }
            loop {
                if at == self.apex {
                    return;
                }
                if let Some(next) = at.next_sibling() {
                    at = next;
                    break;
                }
                match at.parent() {
                    Some(parent) => at = parent,
                    None => return,
                }
                if at.is_element() {
                    self.end_tag(at, &mut marks);
                }
            }
        }
    }

    fn leaf(&mut self, node: Node<'a, 'i>) {
        match node.node_type() {
            NodeType::Text => {
                if !node.parent().is_some_and(|p| p.is_root()) {
                    escape_text(node.text().unwrap_or(""), &mut self.out);
                }
            }
            NodeType::Comment if self.form.comments => {
                let text = node.text().unwrap_or("");
                self.beside_root(node, |out| {
                    out.push_str("<!--");
                    out.push_str(text);
                    out.push_str("-->");
                });
            }
            // The reader refuses processing instructions, so none can stand in a tree.
            NodeType::Root | NodeType::Element | NodeType::Comment | NodeType::PI => {}
        }
    }

    /// Comments outside the root element stand on lines of their own.
    fn beside_root(&mut self, node: Node<'a, 'i>, write: impl FnOnce(&mut String)) {
        let outside = node.parent().is_some_and(|p| p.is_root());
        let after = outside && node.prev_siblings().any(|n| n.is_element());
        if after {
            self.out.push('\n');
        }
        write(&mut self.out);
        if outside && !after {
            self.out.push('\n');
        }
    }

    fn start_tag(&mut self, node: Node<'a, 'i>) {
        self.out.push('<');
        self.out.push_str(qualified_name(node));
        let from = self.rendered.len();
        self.declare(node);
        self.rendered[from..].sort_unstable();
        for (prefix, uri) in &self.rendered[from..] {
            self.out.push_str(if prefix.is_empty() { " xmlns" } else { " xmlns:" });
            self.out.push_str(prefix);
            self.out.push_str("=\"");
            escape_attribute(uri, &mut self.out);
            self.out.push('"');
        }
        self.attributes(node);
        self.out.push('>');
    }

    fn end_tag(&mut self, node: Node<'a, 'i>, marks: &mut Vec<usize>) {
        self.out.push_str("</");
        self.out.push_str(qualified_name(node));
        self.out.push('>');
        self.rendered.truncate(marks.pop().unwrap_or(0));
    }

    /// Adds to `rendered` the declarations this start tag has to make.
    fn declare(&mut self, node: Node<'a, 'i>) {
        let from = self.rendered.len();
        match &self.form.kind {
            Kind::Inclusive => {
                for namespace in node.namespaces() {
                    self.declare_one(from, namespace.name().unwrap_or(""), namespace.uri());
                }
                if !node.namespaces().any(|n| n.name().is_none()) {
                    self.declare_one(from, "", "");
                }
            }
            Kind::Exclusive(listed) => {
                let (prefix, _) = split(qualified_name(node));
                self.declare_one(from, prefix, in_scope(node, prefix));
                for attribute in node.attributes() {
                    let prefix = attribute_prefix(node, &attribute);
                    if !prefix.is_empty() {
                        self.declare_one(from, prefix, in_scope(node, prefix));
                    }
                }
                for prefix in listed {
                    if let Some(namespace) = node.namespaces().find(|n| n.name().unwrap_or("") == prefix) {
                        self.declare_one(from, namespace.name().unwrap_or(""), namespace.uri());
                    } else if prefix.is_empty() {
                        self.declare_one(from, "", "");
                    }
                }
            }
        }
    }

    /// Declares unless the same is in force already, or nothing is to be taken back.
    fn declare_one(&mut self, from: usize, prefix: &'a str, uri: &'a str) {
        if prefix == "xml" {
            return;
        }
        let in_force = self.rendered.iter().rev().find(|(p, _)| *p == prefix);
        let already_here = self.rendered[from..].iter().any(|(p, _)| *p == prefix);
        let same = in_force.map_or(prefix.is_empty() && uri.is_empty(), |(_, u)| *u == uri);
        if !same && !already_here {
            self.rendered.push((prefix, uri));
        }
    }

    fn attributes(&mut self, node: Node<'a, 'i>) {
        let mut all: Vec<(&str, &str, &str, &str)> = node
            .attributes()
            .map(|a| (a.namespace().unwrap_or(""), a.name(), attribute_prefix(node, &a), a.value()))
            .collect();
        if node == self.apex && self.form.kind == Kind::Inclusive {
            inherit_xml_attributes(node, &mut all);
        }
        all.sort_unstable();
        for (_, name, prefix, value) in all {
            self.out.push(' ');
            if !prefix.is_empty() {
                self.out.push_str(prefix);
                self.out.push(':');
            }
            self.out.push_str(name);
            self.out.push_str("=\"");
            escape_attribute(value, &mut self.out);
            self.out.push('"');
        }
    }
}

/// Canonical XML 1.0, 2.4: the topmost element takes over `xml:lang`, `xml:space` and the like.
fn inherit_xml_attributes<'a>(node: Node<'a, '_>, all: &mut Vec<(&'a str, &'a str, &'a str, &'a str)>) {
    for ancestor in node.ancestors().skip(1) {
        for attribute in ancestor.attributes().filter(|a| a.namespace() == Some(XML_NAMESPACE)) {
            if !all.iter().any(|(uri, name, ..)| *uri == XML_NAMESPACE && *name == attribute.name()) {
                all.push((XML_NAMESPACE, attribute.name(), "xml", attribute.value()));
            }
        }
    }
}

fn in_scope<'a>(node: Node<'a, '_>, prefix: &str) -> &'a str {
    node.namespaces().find(|n| n.name().unwrap_or("") == prefix).map_or("", |n| n.uri())
}

/// The name as written; the tree keeps prefixes only in the text it was made from.
fn qualified_name<'a>(node: Node<'a, '_>) -> &'a str {
    let tag = &node.document().input_text()[node.range().start + 1..];
    let end = tag.find([' ', '\t', '\n', '/', '>']).unwrap_or(tag.len());
    &tag[..end]
}

fn attribute_prefix<'a>(node: Node<'a, '_>, attribute: &roxmltree::Attribute<'a, '_>) -> &'a str {
    if attribute.namespace().is_none() {
        return "";
    }
    split(&node.document().input_text()[attribute.range()]).0
}

fn split(name: &str) -> (&str, &str) {
    name.split_once(':').unwrap_or(("", name))
}
