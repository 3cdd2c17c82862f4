//! Making an order: the service, the recipient, the way to pay, and the application number that ties them together
//! (T1.4–5, T2.4–5, T6.4–8).

use rights::{Action, Permitted};
use store::StoreError;
use terms::{Iin, Moment, Party, PaymentCode};
use wire::common::Service;

use crate::application::form_application_number;
use crate::order::State;
use crate::portal::Portal;
use crate::store::order::{self, Order, Way};

/// The right to it.
pub(crate) const ACTION: Action = Action("OrderForSelf");

/// How often a number that is taken is replaced by another.
const TRIES: usize = 8;

/// What is ordered.
#[derive(Debug, Clone)]
pub(crate) struct MakeOrder {
    /// The form that was sent: the same form makes the same order.
    pub(crate) form: String,
    /// For whom the session acts: the cabinet's owner, and the payer.
    pub(crate) owner: Party,
    /// Who pressed the button.
    pub(crate) made_by: Iin,
    pub(crate) service: Service,
    pub(crate) recipient: Party,
    pub(crate) way: Way,
    /// The code of an order that is made again.
    pub(crate) code: Option<PaymentCode>,
}

/// Makes the order, or finds the one this form made before.
pub(crate) async fn make_order(portal: &Portal, request: Permitted<MakeOrder>) -> Result<Order, StoreError> {
    let now = portal.host.now();
    for _ in 0..TRIES {
        let mut order = new_order(request.command(), now);
        order.application = portal.host.draw(|entropy| form_application_number(now, entropy));
        let kept = portal
            .database
            .write(move |tx| {
                if let Some(made) = order::find_by_form(tx, &order.form)? {
                    return if made.owner == order.owner { Ok(made) } else { Err(StoreError::Conflict) };
                }
                order::insert(tx, &order)?;
                Ok(order.clone())
            })
            .await;
        match kept {
            Err(StoreError::Taken) => {}
            other => return other,
        }
    }
    Err(StoreError::Taken)
}

fn new_order(request: &MakeOrder, now: Moment) -> Order {
    Order {
        application: "A".parse().expect("a letter is allowed"),
        form: request.form.clone(),
        owner: request.owner.number,
        made_by: request.made_by,
        service: request.service.code.clone(),
        amount: request.service.price,
        recipient: request.recipient.clone(),
        payer: request.owner.clone(),
        way: request.way,
        state: match request.way {
            Way::Here(_) => State::AwaitingPayment,
            Way::Prepaid => State::AwaitingCode,
        },
        payment_code: request.code,
        code_until: None,
        paid_here: false,
        refusal: None,
        made_at: now,
        changed_at: now,
    }
}
