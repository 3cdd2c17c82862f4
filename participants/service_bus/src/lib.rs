//! service_bus
