//! ListServices: what can be paid for, at what price (T3.4, T4.2, T5.1).

use crate::common::Service;
use crate::example;
use crate::framework::{Kind, exchange, sample};

/// The most services one answer lists.
pub const LARGEST_CATALOGUE: usize = 500;

exchange! {
    in GATEWAY, kind |_| Kind::Question;

    /// Asks for the services that can be paid for.
    request ListServices {
    }

    /// The services.
    response ListServicesResponse {
        /// One service.
        list(LARGEST_CATALOGUE) services: Service as "service" = vec![Service {
            code: sample("P1.04"),
            name: example::service_name(),
            provider: example::provider(),
            provider_name: example::provider_name(),
            price: example::price(),
            beneficiary: example::beneficiary(),
            e_service: true,
        }],
    }
}
