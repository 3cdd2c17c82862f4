//! UDDI version 3, the inquiry part: what a registry of web services holds, is asked, and answers.
//!
//! Pure: the caller says who takes part and brings the octets of a message; HTTP and the page for people are
//! the gateway's. Publication, subscription and the other parts of UDDI are absent: what is registered
//! follows from the configuration and from the declared services, so nobody publishes.
//!
//! - [`Registry`] is made of [`Participant`]s and answers an [`Inquiry`] with an [`Answer`] or a
//!   [`Disposition`].
//! - [`respond`] does the same from envelope to envelope.
//! - [`wsdl`] and [`schemas`] are what is published about it.
//!
//! Source: Instruction № 491, cl. 14; UDDI 3.0.2; OASIS technical note "Using WSDL in a UDDI Registry" 2.0.2.
//! The keys are ours, and so is the choice of one tModel for a whole WSDL.

mod answer;
mod disposition;
mod find;
mod inquiry;
mod publish;
mod registry;
mod soap;
pub mod well_known;

pub use answer::{Answer, Found};
pub use disposition::Disposition;
pub use inquiry::{Entity, Find, Inquiry};
pub use publish::{published, schemas, wsdl};
pub use registry::{
    BindingTemplate, BusinessEntity, BusinessService, KeyedReference, Offer, Participant, Registry, TModel,
};
pub use soap::{Response, respond};

/// The namespace of the inquiry's messages.
pub const NAMESPACE: &str = "urn:uddi-org:api_v3";

/// The longest name, description, key or key value, in characters (UDDI 3.0.2, appendix of lengths).
pub const LONGEST_TEXT: usize = 255;
