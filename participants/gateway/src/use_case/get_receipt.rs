//! The receipt of a paid code, in all its forms, for the portal and the bank it belongs to (T1.28-30).

use participant::Fault;
use rights::{Group, Permitted};
use store::{Store, StoreError};
use wire::common::{Document, ReceiptXml};
use wire::fault::FaultCode;
use wire::gateway::{GetReceipt, GetReceiptResponse};

use crate::cx::{Answered, Cx, address};
use crate::receipt::receipt_of;

/// Returns the one receipt of a code; made at the first asking.
pub(crate) async fn get_receipt(cx: &Cx, request: Permitted<GetReceipt>) -> Answered {
    let code = request.command().payment_code;
    let asker = request.sender();
    let is_portal =
        cx.host.registry().find(asker).is_some_and(|participant| participant.groups.contains(&Group::Portal));
    let standing = cx
        .store
        .read(move |view| Ok::<_, StoreError>(view.payment(code)?.map(|stored| stored.value)))
        .await?;
    let payment = standing.filter(|payment| {
        is_portal || payment.order.issued_to == asker || payment.paid().is_some_and(|paid| paid.bank == asker)
    });
    let payment = payment.ok_or(FaultCode::UnknownCode)?;
    let made = receipt_of(cx, code)
        .await
        .map_err(|error| Fault::new(FaultCode::Internal).because(format!("{error:#}")))?;
    let Some((receipt, record)) = made else {
        return Err(Fault::new(FaultCode::NotConfirmedYet).until(payment.order.valid_until()));
    };
    let links = cx.links.clone();
    cx.once(request, move |work, request| {
        let too_large =
            |_| Fault::new(FaultCode::Internal).because("the receipt is too large for its message");
        Ok(GetReceiptResponse {
            header: work.answering(&request.header),
            transaction_number: receipt.transaction.clone(),
            document: ReceiptXml::new(record.signed.clone()).map_err(too_large)?,
            pdf: Document::new(record.pdf.clone().unwrap_or_default()).map_err(too_large)?,
            url: address(links.receipt_url(code))?,
        })
    })
    .await
}
