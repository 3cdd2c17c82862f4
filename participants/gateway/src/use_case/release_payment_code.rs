//! The service could not be rendered: the code is free again (T1.post, T2.post).

use payment::Event;
use rights::Permitted;
use wire::gateway::{ReleasePaymentCode, ReleasePaymentCodeResponse};

use crate::cx::{Answered, Cx, state_word};
use crate::fault;

/// Unties a code from the application it is bound to. A fact: overtaken, it changes nothing.
pub(crate) async fn release_payment_code(cx: &Cx, request: Permitted<ReleasePaymentCode>) -> Answered {
    cx.once(request, move |work, request| {
        let stored = work.payment(request.payment_code)?;
        let event = Event::Released { application: request.application.clone() };
        let change = stored
            .value
            .clone()
            .apply(event, work.now)
            .map_err(|refusal| fault::of(refusal, &stored.value))?;
        let state = state_word(change.payment.state());
        work.keep(stored, &change)?;
        work.journal(request.payment_code, "released", request.reason.as_str())?;
        Ok(ReleasePaymentCodeResponse {
            header: work.answering(&request.header),
            payment_code: request.payment_code,
            state,
        })
    })
    .await
}
