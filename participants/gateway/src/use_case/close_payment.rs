//! A payment is spent for good (аннулирование УКП): delivered at the portal (T6.post) or closed at a desk (T7.14-15).

use payment::{Event, Life};
use rights::Permitted;
use wire::common::Basis;
use wire::fault::FaultCode;
use wire::gateway::{ClosePayment, ClosePaymentResponse};

use crate::cx::{Answered, Cx, operator, state_word};
use crate::fault;

/// Closes a payment, once. What makes it once is the unique key of the spend log, not this code.
pub(crate) async fn close_payment(cx: &Cx, request: Permitted<ClosePayment>) -> Answered {
    cx.once(request, move |work, request| {
        let event = match (request.basis, &request.application, &request.ticket, &request.operator) {
            (Basis::Delivered, Some(application), None, None) => {
                Event::Delivered { application: application.clone() }
            }
            (Basis::Desk, None, Some(ticket), Some(by)) => {
                Event::CloseAtDesk { ticket: *ticket, operator: operator(by) }
            }
            _ => return Err(participant::Fault::new(FaultCode::FieldWrong).at("/Body/ClosePayment/basis")),
        };
        let stored = work.payment(request.payment_code)?;
        let change = stored
            .value
            .clone()
            .apply(event, work.now)
            .map_err(|refusal| fault::of(refusal, &stored.value))?;
        let Life::Closed(_, _, closed_at) = change.payment.life else {
            return Err(FaultCode::Internal.into());
        };
        let state = state_word(change.payment.state());
        work.keep(stored, &change)?;
        work.journal(request.payment_code, "closed", request.basis.word())?;
        Ok(ClosePaymentResponse {
            header: work.answering(&request.header),
            payment_code: request.payment_code,
            state,
            closed_at,
        })
    })
    .await
}
