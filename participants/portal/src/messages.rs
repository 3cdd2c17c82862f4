//! What the portal is told by message: payments by the gateway, ends of orders by the service bus.
//!
//! The signed answer to a notice of payment is the portal's signature of T3.17.

use std::sync::Arc;

use participant::{Call, Fault, Service, once};
use wire::portal::{DocumentDelivered, DocumentDeliveredResponse, PaymentNotified, PaymentNotifiedResponse};
use wire::{Request, ResponseHeader, ServiceDescription};

use crate::portal::Portal;
use crate::use_case::{keep_document, keep_payment};

pub(crate) struct Messages(pub(crate) Arc<Portal>);

impl Service for Messages {
    fn description(&self) -> &'static ServiceDescription {
        wire::services()
            .iter()
            .find(|service| service.namespace == &wire::PORTAL)
            .expect("the portal's service is published")
    }

    async fn answer(&self, call: Call) -> Result<String, Fault> {
        if call.operation() == PaymentNotified::OPERATION {
            self.payment_notified(call).await
        } else if call.operation() == DocumentDelivered::OPERATION {
            self.document_delivered(call).await
        } else {
            Err(call.unknown_operation())
        }
    }
}

impl Messages {
    async fn payment_notified(&self, call: Call) -> Result<String, Fault> {
        let (now, own) = (self.0.host.now(), self.0.host.bin);
        let request = call.permit::<PaymentNotified>()?;
        once::once(&self.0.database, request, now, move |tx, notice| {
            keep_payment::keep_notice(tx, notice, now)?;
            let header = ResponseHeader::answering(notice.header(), now, own);
            Ok(PaymentNotifiedResponse { header, acknowledged_at: now })
        })
        .await
    }

    async fn document_delivered(&self, call: Call) -> Result<String, Fault> {
        let (now, own) = (self.0.host.now(), self.0.host.bin);
        let (host, gateway) = (self.0.host.clone(), self.0.neighbours.gateway);
        let request = call.permit::<DocumentDelivered>()?;
        let answer = once::once(&self.0.database, request, now, move |tx, told| {
            keep_document::keep_end(tx, &host, gateway, told, now)?;
            let header = ResponseHeader::answering(told.header(), now, own);
            Ok(DocumentDeliveredResponse { header, acknowledged_at: now })
        });
        let answer = answer.await?;
        self.0.bell.notify_one();
        Ok(answer)
    }
}
