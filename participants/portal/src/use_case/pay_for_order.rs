//! Paying for an order at the gateway's page: by card (T1.6–13) or from an account (T2.6–8).
//!
//! All parameters go from server to server; what comes back is the address of a page, and the browser carries only
//! that.

use rights::{Action, Permitted};
use terms::{ApplicationNumber, Channel, Language, Moment, PartyNumber, PaymentCode, Trilingual};
use wire::common::PageChannel;
use wire::gateway::{OpenPaymentPage, RequestPaymentCode};

use super::Failure;
use super::keep_payment::{Standing, look_up};
use crate::gateway::{NoAnswer, ask};
use crate::order::State;
use crate::portal::Portal;
use crate::store::order::{self, Order, Way};

/// The right to it.
pub(crate) const ACTION: Action = Action("PayForOrder");

/// A code that will be too old within this time is not offered for payment any more.
const CODE_LEFT_SECONDS: i64 = 20 * 60;

/// Which order, and in which language the page opens.
#[derive(Debug, Clone)]
pub(crate) struct PayForOrder {
    pub(crate) owner: PartyNumber,
    pub(crate) application: ApplicationNumber,
    pub(crate) language: Language,
}

/// Has the gateway open a page, and returns its address. What went wrong is kept with the order.
pub(crate) async fn pay_for_order(
    portal: &Portal,
    request: Permitted<PayForOrder>,
) -> Result<String, Failure> {
    let command = request.command();
    let order = own_order(portal, command.owner, &command.application).await?;
    let outcome = open_page(portal, &order, command.language).await;
    let refusal = match &outcome {
        Ok(_) => None,
        Err(Failure::NoAnswer(no_answer)) => Some(no_answer.refusal(&not_begun())),
        Err(_) => return outcome,
    };
    let application = order.application.clone();
    portal.database.write(move |tx| order::set_refusal(tx, &application, refusal.as_ref())).await?;
    outcome
}

fn not_begun() -> Trilingual {
    Trilingual::new(
        "Төлем басталған жоқ, ақша алынған жоқ. Бірнеше минуттан кейін қайталаңыз.",
        "Платёж не начат, деньги не списаны. Повторите через несколько минут.",
        "The payment has not begun and no money has been taken. Try again in a few minutes.",
    )
}

pub(crate) async fn own_order(
    portal: &Portal,
    owner: PartyNumber,
    application: &ApplicationNumber,
) -> Result<Order, Failure> {
    let application = application.clone();
    let order = portal.database.read(move |connection| order::find(connection, &application)).await?;
    order.filter(|order| order.owner == owner).ok_or(Failure::NotFound)
}

async fn open_page(portal: &Portal, order: &Order, language: Language) -> Result<String, Failure> {
    let channel = match (order.state, order.way) {
        (State::AwaitingPayment, Way::Here(Channel::Card)) => PageChannel::Card,
        (State::AwaitingPayment, Way::Here(Channel::BankAccount)) => PageChannel::BankAccount,
        _ => return Err(Failure::NotPossible),
    };
    let code = match channel {
        PageChannel::Card => Some(code_to_pay(portal, order).await?),
        // An account has no code before it is debited (T2.17).
        PageChannel::BankAccount => None,
    };
    let page = ask(portal, order.application.as_str(), |header| OpenPaymentPage {
        header,
        channel,
        payment_code: code,
        service: order.service.clone(),
        recipient: order.recipient.clone(),
        payer: order.payer.clone(),
        amount: order.amount,
        application: order.application.clone(),
        language,
    })
    .await?;
    let url = page.url.to_string();
    if portal.settings.is_payment_page(&url) {
        return Ok(url);
    }
    tracing::error!(event = "payment-page-elsewhere");
    Err(NoAnswer::NotTaken.into())
}

/// The code of the order while it can still be paid, else a new one (T1.7–10).
///
/// A code that was given out before may have been paid without our knowing: the gateway is asked first, so that
/// nobody pays twice for one order.
async fn code_to_pay(portal: &Portal, order: &Order) -> Result<PaymentCode, Failure> {
    let enough = |until: Moment| until.seconds_since(portal.host.now()) > CODE_LEFT_SECONDS;
    if let Some(code) = order.payment_code {
        match look_up(portal, order, code).await {
            Standing::Payable if order.code_until.is_some_and(enough) => return Ok(code),
            Standing::Payable | Standing::Void => {}
            Standing::Kept => return Err(Failure::NotPossible),
            Standing::Unknown => return Err(NoAnswer::NotTaken.into()),
        }
    }
    let issued = ask(portal, order.application.as_str(), |header| RequestPaymentCode {
        header,
        service: order.service.clone(),
        amount: Some(order.amount),
        channel: Channel::Card,
        recipient: order.recipient.clone(),
        payer: Some(order.payer.clone()),
        application: Some(order.application.clone()),
    })
    .await?;
    let (application, code, until) = (order.application.clone(), issued.payment_code, issued.valid_until);
    portal.database.write(move |tx| order::set_code(tx, &application, Some(code), Some(until))).await?;
    Ok(code)
}
