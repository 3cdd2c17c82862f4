//! The one XML reader and writer of the house, with canonical forms and XML-DSig.
//!
//! `read` turns octets into a tree within limits, `field` decodes one message field by field, `write`
//! emits canonical text, `c14n` makes the canonical octets of a tree, `dsig` checks and makes
//! signatures. SOAP lives in `envelope`, business element names in `wire`, trust in `pki`.
//! Source: XML 1.0, Namespaces in XML 1.0, Canonical XML 1.0, Exclusive XML Canonicalization 1.0.

pub mod c14n;
pub mod dsig;
mod field;
mod read;
mod write;

pub use field::{FieldError, Fields, FromElement, Problem};
pub use read::{Element, ElementKey, Limits, XmlError, with_canonical_tree, with_tree};
pub use write::{ToElement, Writer, escaped, escaped_into};
