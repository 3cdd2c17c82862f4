//! Ordering again with the same code after a service could not be rendered (T1.post, T2.post): a new application for
//! the payment that was made free.

use rights::{Action, Permitted};
use terms::{ApplicationNumber, Iin, Party};

use super::Failure;
use super::make_order::{MakeOrder, make_order};
use super::pay_for_order::own_order;
use crate::order::State;
use crate::portal::Portal;
use crate::store::order::{self, Order, Way};

/// The right to it.
pub(crate) const ACTION: Action = Action("UsePrepayment");

/// Which order is made again.
#[derive(Debug, Clone)]
pub(crate) struct OrderAgain {
    /// The form that was sent: the same form makes the same order.
    pub(crate) form: String,
    pub(crate) owner: Party,
    pub(crate) made_by: Iin,
    pub(crate) application: ApplicationNumber,
}

/// Makes the new order, which still has to be bound. `None` while the gateway has not heard yet that the code is free.
pub(crate) async fn order_again(
    portal: &Portal,
    request: Permitted<OrderAgain>,
    session: &rights::Session,
) -> Result<Option<Order>, Failure> {
    let command = request.command();
    let old = own_order(portal, command.owner.number, &command.application).await?;
    let (State::NotRendered, Some(code)) = (old.state, old.payment_code) else {
        return Err(Failure::NotPossible);
    };
    let about = old.application.to_string();
    let untold = portal
        .database
        .read(move |connection| order::is_untold(connection, &about, "ReleasePaymentCode"))
        .await?;
    if untold {
        return Ok(None);
    }
    let service = portal.catalogue.find(&old.service).ok_or(Failure::NotPossible)?;
    let again = MakeOrder {
        form: command.form.clone(),
        owner: command.owner.clone(),
        made_by: command.made_by,
        service,
        recipient: old.recipient,
        way: Way::Prepaid,
        code: Some(code),
    };
    let again =
        Permitted::session(again, super::make_order::ACTION, session).map_err(|_| Failure::NotFound)?;
    Ok(Some(make_order(portal, again).await?))
}
