//! AcceptRegister: the register of one day's payments (cl. 10).

use participant::{Fault, once};
use rights::Permitted;
use wire::ResponseHeader;
use wire::bank::{AcceptRegister, AcceptRegisterResponse};

use crate::cx::Cx;
use crate::store as tables;

/// Keeps the register and compares it with the bank's own books; a difference is reported to the duty
/// officer's log and settled with the claim, which answers for the sum.
///
/// # Errors
/// Those of the database.
pub async fn accept_register(cx: &Cx, request: Permitted<AcceptRegister>) -> Result<String, Fault> {
    let inner = cx.clone();
    once::once(cx.database(), request, cx.now(), move |tx, register: &AcceptRegister| {
        let now = inner.now();
        let (count, total) = (register.count.as_u32(), register.total);
        let document = register.document.as_slice();
        tables::keep_register(tx, register.day, register.provider, count, total, document, now)?;
        let own = tables::owed_for(tx, register.day)?;
        if register.provider.is_none() && own != (count, total.as_u64()) {
            tracing::warn!(event = "register-differs", day = %register.day, count, own_count = own.0);
        }
        Ok(AcceptRegisterResponse {
            header: ResponseHeader::answering(&register.header, now, inner.host().bin),
            accepted_at: now,
            count: register.count,
            total,
        })
    })
    .await
}
