//! A service centre's desk asks about a code (T7.5-11).

use payment::Event;
use rights::Permitted;
use terms::TicketId;
use wire::fault::FaultCode;
use wire::gateway::{InquirePaymentCode, InquirePaymentCodeResponse};

use crate::cx::{Answered, Cx, DESK_INQUIRY, operator};
use crate::fault;

/// Tells the desk for whom a service is prepaid, and gives it a ticket to close the payment.
///
/// The operator's identity is inside the portal's signed message; every look is noted, because it shows a name.
pub(crate) async fn inquire_payment_code(cx: &Cx, request: Permitted<InquirePaymentCode>) -> Answered {
    let host = cx.host.clone();
    let failures_an_hour = cx.settings.failures_an_hour;
    cx.once(request, move |work, request| {
        let budget = format!("desk:{}", request.operator.iin);
        if work.tx.failures_since(&budget, work.now.plus_seconds(-fault::GUESSES_COUNT_SECONDS))?
            >= u64::from(failures_an_hour)
        {
            return Err(fault::too_many_tries());
        }
        let Some(stored) = work.tx.payment(request.payment_code)? else {
            work.fail_against(&budget);
            return Err(FaultCode::UnknownCode.into());
        };
        let now = work.now;
        let ticket = host.draw(|entropy| TicketId::generate(now, entropy));
        let event = Event::Inquire {
            ticket,
            operator: operator(&request.operator),
            service: request.service.clone(),
        };
        let change =
            stored.value.clone().apply(event, now).map_err(|refusal| fault::of(refusal, &stored.value))?;
        let paid = change.payment.paid().ok_or(FaultCode::Internal)?.clone();
        let valid_until = paid.ticket.as_ref().ok_or(FaultCode::Internal)?.until;
        work.keep(stored, &change)?;
        let who = format!("{} {}", request.operator.centre, request.operator.iin.masked());
        work.journal(request.payment_code, "inquired", &who)?;
        work.note_read(request.payment_code, &request.operator, "recipient's name and IIN", DESK_INQUIRY)?;
        Ok(InquirePaymentCodeResponse {
            header: work.answering(&request.header),
            ticket,
            ticket_valid_until: valid_until,
            recipient: change.payment.order.recipient,
            service: change.payment.order.service,
            amount: change.payment.order.amount,
            paid_at: paid.requisites.paid_at,
            channel: paid.requisites.channel,
        })
    })
    .await
}
