//! What a message looks like from outside, as data: the material from which XSD and WSDL are printed.
//!
//! Declared once with each message by the macros next door; no type is described by hand a second time.
//! Deliberately absent, because each broke somebody's client: choice, any, anyType, nillable, attributes
//! in bodies.

/// An XML namespace: one per service, and the common one.
#[derive(Debug, PartialEq, Eq)]
pub struct Namespace {
    /// The name itself; the version is part of it.
    pub uri: &'static str,
    /// The prefix used in what we print.
    pub prefix: &'static str,
    /// The stem of its files: `gateway` for `gateway.xsd` and `gateway.wsdl`.
    pub file: &'static str,
}

/// Types every service uses, and the fault.
pub static COMMON: Namespace = Namespace { uri: "urn:tolem:common:v1", prefix: "c", file: "common" };
/// The payment gateway.
pub static GATEWAY: Namespace = Namespace { uri: "urn:tolem:gateway:v1", prefix: "g", file: "gateway" };
/// The gateway's inner service for its own card page.
pub static CARD: Namespace = Namespace { uri: "urn:tolem:card:v1", prefix: "k", file: "card" };
/// The portal.
pub static PORTAL: Namespace = Namespace { uri: "urn:tolem:portal:v1", prefix: "p", file: "portal" };
/// A bank.
pub static BANK: Namespace = Namespace { uri: "urn:tolem:bank:v1", prefix: "b", file: "bank" };
/// The tax registry.
pub static TAX_REGISTRY: Namespace =
    Namespace { uri: "urn:tolem:tax-registry:v1", prefix: "t", file: "tax-registry" };
/// The service bus.
pub static SERVICE_BUS: Namespace =
    Namespace { uri: "urn:tolem:service-bus:v1", prefix: "s", file: "service-bus" };
/// Registers of payments and their manifests.
pub static REGISTER: Namespace = Namespace { uri: "urn:tolem:register:v1", prefix: "r", file: "register" };

/// The type of one element.
#[derive(Debug, Clone, Copy)]
pub enum Type {
    /// A type of XML Schema itself, such as `boolean`.
    Builtin(&'static str),
    /// A restricted text or number.
    Simple(&'static SimpleType),
    /// A sequence of elements.
    Complex(&'static ComplexType),
}

/// A restricted text or number; all of them live in the common namespace.
#[derive(Debug)]
pub struct SimpleType {
    /// Its name.
    pub name: &'static str,
    /// What it means.
    pub doc: &'static [&'static str],
    /// The type of XML Schema it restricts.
    pub base: &'static str,
    /// By what.
    pub facets: &'static [Facet],
}

/// One restriction.
#[derive(Debug, Clone, Copy)]
pub enum Facet {
    /// A regular expression.
    Pattern(&'static str),
    /// The shortest, in characters.
    MinLength(usize),
    /// The longest, in characters; for `base64Binary` in octets.
    MaxLength(usize),
    /// The largest number.
    MaxInclusive(u64),
    /// The words it may be.
    Words(&'static [&'static str]),
}

/// A sequence of elements, each named.
#[derive(Debug)]
pub struct ComplexType {
    /// Its name; for a message the name of its element.
    pub name: &'static str,
    /// Where it lives.
    pub namespace: &'static Namespace,
    /// What it means.
    pub doc: &'static [&'static str],
    /// Its elements in their order.
    pub fields: &'static [FieldType],
}

/// One element of a sequence.
#[derive(Debug)]
pub struct FieldType {
    /// Its name.
    pub name: &'static str,
    /// How often it occurs.
    pub occurs: Occurs,
    /// What it means.
    pub doc: &'static [&'static str],
    /// What it holds.
    pub content: Type,
}

/// How often an element occurs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occurs {
    /// Exactly once.
    Required,
    /// Once or not at all.
    Optional,
    /// At most so many times, also not at all.
    AtMost(usize),
}
