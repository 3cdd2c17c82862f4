//! The one order the bus takes: of a service, for an application (T6.15).

use std::sync::Arc;

use participant::{Call, Fault, Host, Service, once};
use store::Database;
use terms::Moment;
use tokio::sync::Notify;
use wire::fault::FaultCode;
use wire::service_bus::{OrderService, OrderServiceResponse};
use wire::{Request, ResponseHeader, ServiceDescription};

use crate::agency::Mode;
use crate::store::{self as orders, Order};

pub(crate) struct ServiceBus {
    pub(crate) host: Arc<Host>,
    pub(crate) database: Database,
    pub(crate) delays: Delays,
    /// Rung when an agency's system got something to do.
    pub(crate) bell: Arc<Notify>,
}

/// How long an agency's system takes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Delays {
    pub(crate) normal_ms: u32,
    pub(crate) late_ms: u32,
}

impl Delays {
    fn of(self, mode: Mode) -> i64 {
        i64::from(if mode == Mode::Late { self.late_ms } else { self.normal_ms })
    }

    fn due_at(self, mode: Mode, taken_at: Moment) -> Moment {
        Moment::from_unix_microseconds(taken_at.unix_microseconds() + self.of(mode) * 1000)
    }
}

impl Service for ServiceBus {
    fn description(&self) -> &'static ServiceDescription {
        wire::services()
            .iter()
            .find(|service| service.namespace == &wire::SERVICE_BUS)
            .expect("the bus's service is published")
    }

    async fn answer(&self, call: Call) -> Result<String, Fault> {
        if call.operation() != OrderService::OPERATION {
            return Err(call.unknown_operation());
        }
        let (now, own, delays) = (self.host.now(), self.host.bin, self.delays);
        let answer = once::once(&self.database, call.permit::<OrderService>()?, now, move |tx, request| {
            let expected_by = order_service(tx, request, now, delays)?;
            let header = ResponseHeader::answering(request.header(), now, own);
            Ok(OrderServiceResponse { header, accepted: true, expected_by })
        });
        let answer = answer.await?;
        self.bell.notify_one();
        Ok(answer)
    }
}

/// Takes an order, or finds that it was taken: the application number names one order for ever.
pub(crate) fn order_service(
    tx: &store::rusqlite::Connection,
    request: &OrderService,
    now: Moment,
    delays: Delays,
) -> Result<Moment, Fault> {
    let mode = orders::mode(tx, &request.service)?;
    let due_at = delays.due_at(mode, now);
    let order = Order {
        application: request.application.clone(),
        payer: request.payer,
        recipient: request.recipient.clone(),
        service: request.service.clone(),
        ordered_by: request.header.sender,
        taken_at: now,
        expected_by: due_at,
    };
    match orders::find(tx, &order.application)? {
        Some(taken) if taken.asks_the_same(&order) => Ok(taken.expected_by),
        Some(_) => Err(Fault::new(FaultCode::FieldWrong).at("/OrderService/application")),
        None => {
            orders::take(tx, &order, due_at)?;
            Ok(due_at)
        }
    }
}
