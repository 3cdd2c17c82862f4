//! DocumentDelivered: the service bus brings the result of an order, or says that there is none (T6.16).

use terms::{ApplicationNumber, Moment};

use crate::common::{Delivery, Document, FileName, Reason};
use crate::example;
use crate::framework::{Kind, exchange, sample};

exchange! {
    in PORTAL, kind |_| Kind::Fact;

    /// Says how an order ended.
    request DocumentDelivered {
        /// The order.
        required application: ApplicationNumber as "application" = sample("2026-000417"),
        /// How it ended.
        required outcome: Delivery as "outcome" = Delivery::Delivered,
        /// The result as PDF.
        optional document: Document as "document" = Some(example::small(Document::new, "%PDF-1.7 example")),
        /// What to call it.
        optional file_name: FileName as "fileName" = Some(sample("certificate.pdf")),
        /// Why there is none.
        optional reason: Reason as "reason" = None,
    }

    /// The portal has kept it.
    response DocumentDeliveredResponse {
        /// When it was kept.
        required acknowledged_at: Moment as "acknowledgedAt" = example::moment(),
    }
}
