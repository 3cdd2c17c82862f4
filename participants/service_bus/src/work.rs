//! The agencies' own thread of work: what is due is rendered, and its end goes out in the same transaction.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use participant::Host;
use store::{Database, Outgoing, StoreError, mailbox};
use terms::Bin;
use tokio::sync::Notify;
use wire::common::{Delivery, Document, FileName, Reason};
use wire::portal::DocumentDelivered;
use wire::{Request, RequestHeader};
use xml::ToElement;

use crate::agency::{self, Offer};
use crate::store::{self as orders, Ended, Order};

/// How often work is looked for when nobody rings.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// How many orders are taken up at once.
const TAKEN_AT_ONCE: u32 = 16;

/// The agencies' systems at work.
pub(crate) struct Agencies {
    pub(crate) host: Arc<Host>,
    pub(crate) database: Database,
    pub(crate) portal: Bin,
    pub(crate) offers: Arc<[Offer]>,
    /// Rung when there is something to render.
    pub(crate) bell: Arc<Notify>,
    /// To be rung when there is something to send.
    pub(crate) outbox: Arc<Notify>,
}

impl Agencies {
    /// Works for as long as the process lives.
    pub(crate) async fn work(self) {
        loop {
            if let Err(error) = self.round().await {
                tracing::error!(event = "agency-work-failed", error = format!("{error:#}"));
            }
            // Either the bell or the next look; which of the two does not matter.
            let _ = tokio::time::timeout(LOOK_EVERY, self.bell.notified()).await;
        }
    }

    async fn round(&self) -> Result<()> {
        let now = self.host.now();
        let due = self.database.read(move |connection| orders::due(connection, now, TAKEN_AT_ONCE)).await?;
        for order in due {
            self.finish(order).await?;
        }
        Ok(())
    }

    /// Renders one order and puts its end into the outbox: delivered, or failed and why.
    async fn finish(&self, order: Order) -> Result<()> {
        let service = order.service.clone();
        let mode = self.database.read(move |connection| orders::mode(connection, &service)).await?;
        let now = self.host.now();
        let offer = self.offers.iter().find(|offer| offer.service == order.service).cloned();
        let (application, recipient) = (order.application.clone(), order.recipient.clone());
        let rendered = tokio::task::spawn_blocking(move || {
            agency::render(offer.as_ref(), mode, &application, &recipient, now)
        });
        let rendered = rendered.await.context("rendering a document")?.map_err(|why| why.to_string());
        let ended = Ended {
            at: now,
            outcome: rendered.as_ref().map_or_else(Clone::clone, |_| Delivery::Delivered.word().to_owned()),
        };
        let message = delivery(self.host.header(), &order, rendered)?;
        let outgoing = Outgoing {
            id: message.header.message_id,
            to: self.portal,
            operation: DocumentDelivered::OPERATION.to_owned(),
            body: message.to_xml(),
            about: Some(order.application.to_string()),
            created_at: now,
        };
        self.database.write(move |tx| end(tx, &order, &ended, &outgoing)).await?;
        self.outbox.notify_one();
        Ok(())
    }
}

/// Ends the order and tells the portal, once.
fn end(
    tx: &store::rusqlite::Connection,
    order: &Order,
    ended: &Ended,
    outgoing: &Outgoing,
) -> Result<(), StoreError> {
    if orders::end(tx, &order.application, ended)? { mailbox::tell(tx, outgoing) } else { Ok(()) }
}

/// The message that ends an order.
pub(crate) fn delivery(
    header: RequestHeader,
    order: &Order,
    rendered: Result<Vec<u8>, String>,
) -> Result<DocumentDelivered> {
    let document = rendered.and_then(|pdf| Document::new(pdf).map_err(|error| error.to_string()));
    let application = order.application.clone();
    Ok(match document {
        Ok(document) => DocumentDelivered {
            header,
            application,
            outcome: Delivery::Delivered,
            document: Some(document),
            file_name: Some(file_name(order)?),
            reason: None,
        },
        Err(why) => DocumentDelivered {
            header,
            application,
            outcome: Delivery::Failed,
            document: None,
            file_name: None,
            reason: Some(why.parse::<Reason>().context("the reason of a failure")?),
        },
    })
}

fn file_name(order: &Order) -> Result<FileName> {
    // A slash may stand in an application number, and not in a file's name.
    let stem: String = order.application.as_str().replace('/', "-");
    format!("document-{stem}.pdf").parse().context("the name of a document")
}
