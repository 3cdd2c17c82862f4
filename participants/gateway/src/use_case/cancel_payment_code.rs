//! The bank declined after it had asked for a code: the code will not be paid (ours).

use payment::Event;
use rights::Permitted;
use wire::gateway::{CancelPaymentCode, CancelPaymentCodeResponse};

use crate::cx::{Answered, Cx, state_word};
use crate::fault;

/// Makes an unpaid code void. A fact: overtaken by a notice, it changes nothing.
pub(crate) async fn cancel_payment_code(cx: &Cx, request: Permitted<CancelPaymentCode>) -> Answered {
    cx.once(request, move |work, request| {
        let stored = work.payment(request.payment_code)?;
        if stored.value.order.issued_to != request.header.sender {
            return Err(fault::not_its_own());
        }
        let change = stored
            .value
            .clone()
            .apply(Event::Declined, work.now)
            .map_err(|refusal| fault::of(refusal, &stored.value))?;
        let state = state_word(change.payment.state());
        work.keep(stored, &change)?;
        work.journal(request.payment_code, "cancelled", request.reason.as_str())?;
        Ok(CancelPaymentCodeResponse {
            header: work.answering(&request.header),
            payment_code: request.payment_code,
            state,
        })
    })
    .await
}
