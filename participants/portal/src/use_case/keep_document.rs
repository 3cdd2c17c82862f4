//! How an order ended at the agency: the document goes into the cabinet and the payment is closed (T6.16–18, T6.post),
//! or the code becomes free again (T1.post, T2.post). Both in the transaction that answers the service bus.

use participant::{Fault, Host};
use store::mailbox;
use store::rusqlite::Connection;
use terms::{Bin, Moment};
use wire::common::{Basis, Delivery};
use wire::fault::FaultCode;
use wire::gateway::{ClosePayment, ReleasePaymentCode};
use wire::portal::DocumentDelivered;

use super::outgoing;
use crate::order::{Event, State};
use crate::store::order::{self, Document, Order};
use crate::store::payment;

/// Keeps the end of an order. A repeat under another message number changes nothing.
pub(crate) fn keep_end(
    tx: &Connection,
    host: &Host,
    gateway: Bin,
    told: &DocumentDelivered,
    now: Moment,
) -> Result<(), Fault> {
    let unknown = || Fault::new(FaultCode::FieldWrong).at("/DocumentDelivered/application");
    let order = order::find(tx, &told.application)?.ok_or_else(unknown)?;
    let event = match told.outcome {
        Delivery::Delivered => Event::Delivered,
        Delivery::Failed => Event::NotRendered,
    };
    let is_repeat = matches!(
        (order.state, event),
        (State::Delivered, Event::Delivered) | (State::NotRendered, Event::NotRendered)
    );
    if is_repeat {
        return Ok(());
    }
    order::advance(tx, &order, event, now)?.ok_or(FaultCode::NotPossible)?;
    match event {
        Event::Delivered => delivered(tx, host, gateway, told, &order, now),
        _ => not_rendered(tx, host, gateway, told, &order),
    }
}

fn delivered(
    tx: &Connection,
    host: &Host,
    gateway: Bin,
    told: &DocumentDelivered,
    order: &Order,
    now: Moment,
) -> Result<(), Fault> {
    let missing = || Fault::new(FaultCode::FieldMissing).at("/DocumentDelivered/document");
    let document = Document {
        file_name: told.file_name.as_ref().map_or_else(|| "document.pdf".to_owned(), ToString::to_string),
        octets: told.document.as_ref().ok_or_else(missing)?.as_slice().to_vec(),
        delivered_at: now,
    };
    order::keep_document(tx, &order.application, &document)?;
    let close = ClosePayment {
        header: host.header(),
        payment_code: order.payment_code.ok_or(FaultCode::NotPossible)?,
        basis: Basis::Delivered,
        application: Some(order.application.clone()),
        ticket: None,
        operator: None,
    };
    Ok(mailbox::tell(tx, &outgoing(gateway, order.application.as_str(), &close))?)
}

fn not_rendered(
    tx: &Connection,
    host: &Host,
    gateway: Bin,
    told: &DocumentDelivered,
    order: &Order,
) -> Result<(), Fault> {
    let missing = || Fault::new(FaultCode::FieldMissing).at("/DocumentDelivered/reason");
    let code = order.payment_code.ok_or(FaultCode::NotPossible)?;
    payment::use_for(tx, code, None)?;
    let release = ReleasePaymentCode {
        header: host.header(),
        payment_code: code,
        application: order.application.clone(),
        reason: told.reason.clone().ok_or_else(missing)?,
    };
    Ok(mailbox::tell(tx, &outgoing(gateway, order.application.as_str(), &release))?)
}
