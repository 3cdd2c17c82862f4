//! What participants say to one another: one file per message, its XML, its example, its type in the schema.
//!
//! The only crate that knows business element names. Signatures and SOAP live in `envelope`, meaning in
//! `payment` and the participants, sockets in `transport`. Messages between participants by services are in
//! [`gateway`], [`card`], [`portal`], [`bank`], [`tax_registry`], [`service_bus`]; card authorisation is in
//! [`iso8583`], registers of payments in [`register`] and [`iso20022`], statements in [`iso20022`], what two officers
//! decide in [`proposal`], the closing of a day in [`closing`], the manifest of an evidence pack in [`evidence_pack`].
//! Refusals are in [`fault`]; which fields tell of people in [`privacy`]; [`wsdl()`] and [`xsd()`] print what we publish
//! in `spec/`.
//! Source: Instruction № 491, cl. 12–14 and annex tables 1–7; the forms of messages are ours.

pub mod acknowledgement;
pub mod bank;
pub mod card;
pub mod closing;
pub mod common;
pub mod evidence_pack;
mod example;
pub mod fault;
mod framework;
pub mod gateway;
pub mod iso20022;
pub mod iso8583;
pub mod portal;
pub mod privacy;
pub mod proposal;
mod publish;
pub mod receipt;
pub mod register;
pub mod service_bus;
mod stream;
pub mod tax_registry;
pub mod uddi;

pub use framework::{
    BANK, CARD, COMMON, ComplexType, Facet, Field, FieldType, GATEWAY, Kind, Namespace, Occurs, Operation,
    PORTAL, REGISTER, Request, RequestHeader, Response, ResponseHeader, SERVICE_BUS, ServiceDescription,
    Simple, SimpleType, TAX_REGISTRY, Type,
};
pub use publish::{PublishedFile, published, services, wsdl, xsd};
