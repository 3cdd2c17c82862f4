//! Ordering a service with a payment code: validated and tied at the gateway, then sent to the service bus (T6.9–15,
//! and T1.31–32 with the code counted in).
//!
//! Two transactions: the intent before the gateway is asked, the outcome after. In between the order is `Binding`, and
//! stays so until the gateway has answered; `resume` asks again after a restart.

use rights::{Action, Permitted};
use store::{StoreError, mailbox};
use terms::{ApplicationNumber, PartyNumber, PaymentCode, Trilingual};
use wire::gateway::{BindPaymentCode, BindPaymentCodeResponse};
use wire::service_bus::OrderService;

use super::pay_for_order::own_order;
use super::{Failure, outgoing};
use crate::gateway::{NoAnswer, ask};
use crate::order::{Event, State};
use crate::portal::Portal;
use crate::store::order::{self, Order};
use crate::store::payment;

/// The right to it.
pub(crate) const ACTION: Action = Action("UsePrepayment");

/// Which order, and with which code.
#[derive(Debug, Clone)]
pub(crate) struct UsePrepayment {
    pub(crate) owner: PartyNumber,
    pub(crate) application: ApplicationNumber,
    /// None where the order has its code: it was paid here, or the question is repeated.
    pub(crate) code: Option<PaymentCode>,
}

/// Uses a payment for an order. Where that happened before, nothing more happens.
pub(crate) async fn use_prepayment(
    portal: &Portal,
    request: Permitted<UsePrepayment>,
) -> Result<(), Failure> {
    let command = request.command();
    let order = own_order(portal, command.owner, &command.application).await?;
    if matches!(order.state, State::Ordered | State::Delivered) {
        return Ok(());
    }
    // The bus knows no way to render it; the code stays free for the desk of a service centre.
    if portal.catalogue.find(&order.service).is_some_and(|service| !service.e_service) {
        return Err(Failure::NotPossible);
    }
    let order = begin(portal, order, command.code).await?;
    bind(portal, &order).await
}

/// Records that the gateway is about to be asked, and with which code.
async fn begin(portal: &Portal, order: Order, typed: Option<PaymentCode>) -> Result<Order, Failure> {
    let now = portal.host.now();
    portal
        .database
        .write(move |tx| {
            let order = order::find(tx, &order.application)?.ok_or(Failure::NotFound)?;
            // Only an order that awaits a code takes a typed one: a paid order has its own, and a question that is
            // open may only be repeated.
            let code = match order.state {
                State::AwaitingCode => typed.or(order.payment_code),
                _ => order.payment_code,
            };
            let code = code.ok_or(Failure::NotPossible)?;
            order::advance(tx, &order, Event::BindAsked, now)?.ok_or(Failure::NotPossible)?;
            order::set_code(tx, &order.application, Some(code), order.code_until)?;
            order::set_refusal(tx, &order.application, None)?;
            Ok(Order { payment_code: Some(code), state: State::Binding, ..order })
        })
        .await
}

/// Asks the gateway and keeps its answer.
pub(crate) async fn bind(portal: &Portal, order: &Order) -> Result<(), Failure> {
    let code = order.payment_code.ok_or(Failure::NotPossible)?;
    let about = format!("{}/{}", order.application, code.digits());
    let outcome = ask(portal, &about, |header| BindPaymentCode {
        header,
        application: order.application.clone(),
        recipient: order.recipient.number,
        service: order.service.clone(),
        payment_code: code,
    })
    .await;
    match outcome {
        Ok(bound) => keep_bound(portal, order, bound).await,
        Err(NoAnswer::Store(error)) => Err(error.into()),
        Err(no_answer) => keep_refused(portal, order, no_answer).await,
    }
}

/// The payment is tied to the order: the order goes to the bus in the same transaction (T6.14–15).
async fn keep_bound(portal: &Portal, order: &Order, bound: BindPaymentCodeResponse) -> Result<(), Failure> {
    let now = portal.host.now();
    let message = OrderService {
        header: portal.host.header(),
        application: order.application.clone(),
        payer: bound.payer.number,
        recipient: bound.recipient.clone(),
        service: order.service.clone(),
    };
    let message = outgoing(portal.neighbours.service_bus, order.application.as_str(), &message);
    let asked = order.clone();
    portal
        .database
        .write(move |tx| {
            let Some(order) = still_binding(tx, &asked)? else { return Ok(()) };
            order::advance(tx, &order, Event::Bound, now)?;
            order::set_payer(tx, &order.application, &bound.payer)?;
            order::set_refusal(tx, &order.application, None)?;
            payment::use_for(tx, bound.payment_code, Some(&order.application))?;
            mailbox::tell(tx, &message)
        })
        .await?;
    portal.bell.notify_one();
    Ok(())
}

/// A refusal opens the order again; a missing answer leaves it waiting.
async fn keep_refused(portal: &Portal, order: &Order, no_answer: NoAnswer) -> Result<(), Failure> {
    let now = portal.host.now();
    let (asked, refusal) = (order.clone(), no_answer.refusal(&not_known_yet()));
    let is_refused = matches!(no_answer, NoAnswer::Refused(_));
    portal
        .database
        .write(move |tx| {
            let Some(order) = still_binding(tx, &asked)? else { return Ok(()) };
            order::set_refusal(tx, &order.application, Some(&refusal))?;
            if is_refused { reopen(tx, &order, now) } else { Ok(()) }
        })
        .await?;
    Ok(())
}

fn reopen(tx: &store::rusqlite::Connection, order: &Order, now: terms::Moment) -> Result<(), StoreError> {
    if order.paid_here {
        order::advance(tx, order, Event::BindRefusedWhenPaid, now)?;
        return Ok(());
    }
    order::advance(tx, order, Event::BindRefused, now)?;
    order::set_code(tx, &order.application, None, None)
}

/// The order, if it still waits for the answer about this very code.
fn still_binding(tx: &store::rusqlite::Connection, asked: &Order) -> Result<Option<Order>, StoreError> {
    let order = order::find(tx, &asked.application)?;
    Ok(order.filter(|order| order.state == State::Binding && order.payment_code == asked.payment_code))
}

fn not_known_yet() -> Trilingual {
    Trilingual::new(
        "Төлем шлюзінің жауабы әлі келген жоқ. Код жоғалған жоқ: сұрау өздігінен қайталанады.",
        "Ответ платёжного шлюза ещё не пришёл. Код не потерян: запрос повторится сам.",
        "The payment gateway has not answered yet. The code is not lost: the request is repeated by itself.",
    )
}
