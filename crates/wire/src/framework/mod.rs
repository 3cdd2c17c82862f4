//! How a message is declared once and yields four things: the Rust type, its reader, its writer, its XSD.
//!
//! `field` says what may stand in an element, `declare` holds the macros in which messages are written,
//! `schema` is what they leave behind as data. No business name occurs here.

pub(crate) mod declare;
mod field;
mod message;
mod schema;

pub(crate) use declare::{exchange, octets, record, simple, words};
pub use field::{Field, Simple};
pub(crate) use field::{exactly, sample};
pub use message::{Kind, Operation, Request, RequestHeader, Response, ResponseHeader, ServiceDescription};
pub use schema::{
    BANK, CARD, COMMON, ComplexType, Facet, FieldType, GATEWAY, Namespace, Occurs, PORTAL, REGISTER,
    SERVICE_BUS, SimpleType, TAX_REGISTRY, Type,
};
