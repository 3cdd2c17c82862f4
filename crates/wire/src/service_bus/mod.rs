//! The service bus's service.

mod order_service;

pub use order_service::{OrderService, OrderServiceResponse};

use crate::framework::{Operation, SERVICE_BUS, ServiceDescription};

/// This service, as data.
pub(crate) static SERVICE: ServiceDescription = ServiceDescription {
    name: "ServiceBus",
    doc: "Orders of services.",
    namespace: &SERVICE_BUS,
    operations: &[Operation::of::<OrderService>()],
};
