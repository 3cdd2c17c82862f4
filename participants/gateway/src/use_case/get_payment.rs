//! How one payment stands, for those it belongs to.

use payment::{Life, Payment};
use rights::{Group, Permitted};
use wire::common::PaymentView;
use wire::fault::FaultCode;
use wire::gateway::{GetPayment, GetPaymentResponse};

use crate::cx::{Answered, Cx, state_word};

/// A portal sees every payment; a bank only codes issued to it or paid through it (A6). To everybody else there is
/// no such code.
pub(crate) async fn get_payment(cx: &Cx, request: Permitted<GetPayment>) -> Answered {
    let host = cx.host.clone();
    cx.once(request, move |work, request| {
        let asker = request.header.sender;
        let is_portal = host
            .registry()
            .find(asker)
            .is_some_and(|participant| participant.groups.contains(&Group::Portal));
        let found = work.tx.payment(request.payment_code)?.map(|stored| stored.value);
        let own = |payment: &Payment| {
            payment.order.issued_to == asker || payment.paid().is_some_and(|paid| paid.bank == asker)
        };
        let payment = found.filter(|payment| is_portal || own(payment)).ok_or(FaultCode::UnknownCode)?;
        Ok(GetPaymentResponse { header: work.answering(&request.header), payment: view(&payment) })
    })
    .await
}

fn view(payment: &Payment) -> PaymentView {
    let paid = payment.paid();
    let (application, closed_at) = match &payment.life {
        Life::Bound(_, application, _) => (Some(application.clone()), None),
        Life::Closed(_, payment::Closing::Delivered(application), at) => {
            (Some(application.clone()), Some(*at))
        }
        Life::Closed(_, payment::Closing::Desk(..), at) => (None, Some(*at)),
        _ => (payment.order.application.clone(), None),
    };
    PaymentView {
        payment_code: payment.code,
        state: state_word(payment.state()),
        service: payment.order.service.clone(),
        provider: payment.order.provider,
        amount: payment.order.amount,
        recipient: payment.order.recipient.clone(),
        channel: payment.order.channel,
        issued_at: payment.order.issued_at,
        valid_until: payment.order.valid_until(),
        requisites: paid.map(|paid| paid.requisites.clone()),
        transaction_number: paid.map(|paid| paid.transaction.clone()),
        bank: paid.map(|paid| paid.bank),
        received_at: paid.map(|paid| paid.received_at),
        application,
        closed_at,
    }
}
