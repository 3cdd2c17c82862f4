//! The tax registry's service.

mod check_iin;

pub use check_iin::{CheckIin, CheckIinResponse};

use crate::framework::{Operation, ServiceDescription, TAX_REGISTRY};

/// This service, as data.
pub(crate) static SERVICE: ServiceDescription = ServiceDescription {
    name: "TaxRegistry",
    doc: "Whether a person's number is valid.",
    namespace: &TAX_REGISTRY,
    operations: &[Operation::of::<CheckIin>()],
};
