//! The portal ties a prepayment to one order of one service (T6.9-13).

use payment::Event;
use rights::Permitted;
use wire::fault::FaultCode;
use wire::gateway::{BindPaymentCode, BindPaymentCodeResponse};

use crate::cx::{Answered, Cx};
use crate::fault;

/// Binds a paid code to an application.
///
/// The true reason of a refusal is told only where code and recipient match; everything else gets one answer,
/// whatever the cause, and counts against the recipient's budget (A11).
pub(crate) async fn bind_payment_code(cx: &Cx, request: Permitted<BindPaymentCode>) -> Answered {
    let failures_an_hour = cx.settings.failures_an_hour;
    cx.once(request, move |work, request| {
        let budget = format!("bind:{}", request.recipient);
        if work.tx.failures_since(&budget, work.now.plus_seconds(-fault::GUESSES_COUNT_SECONDS))?
            >= u64::from(failures_an_hour)
        {
            return Err(fault::too_many_tries());
        }
        let found = work.tx.payment(request.payment_code)?;
        let Some(stored) = found.filter(|stored| stored.value.order.recipient.number == request.recipient)
        else {
            work.fail_against(&budget);
            return Err(FaultCode::NotMatched.into());
        };
        let event = Event::Bind {
            application: request.application.clone(),
            recipient: request.recipient,
            service: request.service.clone(),
        };
        let change = stored
            .value
            .clone()
            .apply(event, work.now)
            .map_err(|refusal| fault::of(refusal, &stored.value))?;
        let payment::Life::Bound(paid, application, bound_at) = change.payment.life.clone() else {
            return Err(FaultCode::Internal.into());
        };
        work.keep(stored, &change)?;
        work.journal(request.payment_code, "bound", application.as_str())?;
        Ok(BindPaymentCodeResponse {
            header: work.answering(&request.header),
            application,
            payment_code: request.payment_code,
            payer: paid.requisites.payer,
            recipient: change.payment.order.recipient,
            amount: change.payment.order.amount,
            paid_at: paid.requisites.paid_at,
            bound_at,
        })
    })
    .await
}
