//! OrderService: the portal sends an order to the service bus (T6.15).

use terms::{ApplicationNumber, Moment, Party, PartyNumber, ServiceCode};

use crate::example;
use crate::framework::{Kind, exchange, sample};

exchange! {
    in SERVICE_BUS, kind |_| Kind::Fact;

    /// Orders a service from the agency's system.
    request OrderService {
        /// The order.
        required application: ApplicationNumber as "application" = sample("2026-000417"),
        /// Who paid (T6.15).
        required payer: PartyNumber as "payer" = sample("790304100022"),
        /// Who receives the service.
        required recipient: Party as "recipient" = example::recipient(),
        /// What is ordered.
        required service: ServiceCode as "service" = sample("P1.04"),
    }

    /// Whether the order was taken.
    response OrderServiceResponse {
        /// Whether it was.
        required accepted: bool as "accepted" = true,
        /// When the result is expected.
        required expected_by: Moment as "expectedBy" = example::later(),
    }
}
