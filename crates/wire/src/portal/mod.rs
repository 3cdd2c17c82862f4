//! The portal's service: what it is told.

mod document_delivered;
mod payment_notified;

pub use document_delivered::{DocumentDelivered, DocumentDeliveredResponse};
pub use payment_notified::{PaymentNotified, PaymentNotifiedResponse};

use crate::framework::{Operation, PORTAL, ServiceDescription};

/// This service, as data.
pub(crate) static SERVICE: ServiceDescription = ServiceDescription {
    name: "Portal",
    doc: "What the portal is told.",
    namespace: &PORTAL,
    operations: &[Operation::of::<PaymentNotified>(), Operation::of::<DocumentDelivered>()],
};
