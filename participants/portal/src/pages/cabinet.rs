//! The personal cabinet: orders, payments with their receipts, documents; and one's own unused codes.

use axum::response::Response;
use pages::part::{DataTable, link};
use pages::{Html, Markup, channel_name, date_time, money};
use rights::{Action, Permitted};
use terms::PartyNumber;
use wire::common::PaymentEvent;

use super::order::state_name;
use super::{PageError, heading, hook, paragraph, paragraph_of};
use crate::order::State;
use crate::store::order::{self, Order};
use crate::store::payment::{self, Payment};
use crate::visit::{View, Visit};

const SEE: Action = Action("SeeOwnCabinet");

/// Whose cabinet is looked at.
struct SeeCabinet(PartyNumber);

async fn read(
    visit: &Visit,
    request: Permitted<SeeCabinet>,
) -> Result<(Vec<Order>, Vec<Payment>), PageError> {
    let SeeCabinet(owner) = *request.command();
    let read = visit.portal.database.read(move |connection| {
        Ok::<_, store::StoreError>((
            order::of_owner(connection, owner)?,
            payment::of_party(connection, owner)?,
        ))
    });
    Ok(read.await?)
}

async fn own(visit: &Visit) -> Result<(Vec<Order>, Vec<Payment>), PageError> {
    let user = visit.citizen()?;
    let request = Permitted::session(SeeCabinet(user.party.number), SEE, &user.session)?;
    read(visit, request).await
}

pub(super) async fn show(visit: Visit) -> Result<Response, PageError> {
    let t = visit.t();
    let (orders, payments) = own(&visit).await?;
    let body = Html::join([
        heading(t.say("cabinet-title")),
        paragraph_of(link("/", t.say("catalogue-title"))),
        hook("orders", "count", orders.len(), ""),
        hook("payments", "count", payments.len(), ""),
        if orders.is_empty() { paragraph(t.say("none-yet")) } else { orders_table(&visit, &orders) },
        if payments.is_empty() { Html::default() } else { payments_table(&visit, &payments) },
        paragraph_of(link("/code", t.say("code-find-title"))),
    ]);
    Ok(visit.show(&View::new(t.say("cabinet-title"), body)))
}

fn orders_table(visit: &Visit, orders: &[Order]) -> Html {
    let (t, language) = (visit.t(), visit.language);
    let mut table = DataTable::new(t.say("cabinet-orders"))
        .column(t.say("label-application-number"))
        .column(t.say("label-service"))
        .column(t.say("label-date-time"))
        .column(t.say("label-state"))
        .column(t.say("cabinet-documents"));
    for order in orders {
        let at = format!("/orders/{}", order.application);
        let document = if order.state == State::Delivered {
            link(&format!("{at}/document"), t.say("document-title"))
        } else {
            Html::default()
        };
        table.row([
            link(&at, &order.application),
            Html::text(service_name(visit, &order.service)),
            Html::text(date_time(language, order.made_at)),
            Html::text(state_name(visit, order)),
            document,
        ]);
    }
    table.html()
}

fn service_name(visit: &Visit, code: &terms::ServiceCode) -> String {
    let service = visit.portal.catalogue.find(code);
    service.map_or_else(|| code.to_string(), |service| service.name.get(visit.language).to_owned())
}

fn payments_table(visit: &Visit, payments: &[Payment]) -> Html {
    let (t, language) = (visit.t(), visit.language);
    let mut table = DataTable::new(t.say("cabinet-payments"))
        .column(t.say("word-payment-code"))
        .column(t.say("label-service"))
        .number_column(t.say("label-amount"))
        .column(t.say("label-method"))
        .column(t.say("label-date-time"))
        .column(t.say("label-state"))
        .column(t.say("cabinet-receipt"));
    for payment in payments {
        table.row([
            Html::text(payment.code),
            Html::text(service_name(visit, &payment.service)),
            Html::text(money(language, payment.amount)),
            Html::text(channel_name(language, payment.channel)),
            Html::text(date_time(language, payment.paid_at)),
            Html::text(payment_state(visit, payment)),
            link(&payment.receipt_url, t.say("cabinet-receipt")),
        ]);
    }
    table.html()
}

fn payment_state(visit: &Visit, payment: &Payment) -> String {
    let t = visit.t();
    match (payment.event, &payment.used_for) {
        (PaymentEvent::Paid, None) => t.say("state-paid").to_string(),
        (PaymentEvent::Paid, Some(application)) => {
            t.say("m-upc-bound").with("application", application.as_str()).to_string()
        }
        (PaymentEvent::Disputed, _) => t.say("state-disputed").to_string(),
        (PaymentEvent::Reversed, _) => t.say("state-reversed").to_string(),
        (PaymentEvent::Refunded, _) => t.say("state-refunded").to_string(),
    }
}

/// «Найти мой код»: the user's own unused codes that the portal knows.
pub(super) async fn find_code(visit: Visit) -> Result<Response, PageError> {
    let t = visit.t();
    let (_, payments) = own(&visit).await?;
    let free: Vec<Payment> = payments.into_iter().filter(Payment::is_free).collect();
    let codes: Vec<String> = free.iter().map(|payment| payment.code.digits()).collect();
    let list = if free.is_empty() { paragraph(t.say("none-yet")) } else { payments_table(&visit, &free) };
    let body = Html::join([
        heading(t.say("code-find-title")),
        paragraph(t.say("code-find-about")),
        hook("codes", "codes", codes.join(" "), ""),
        list,
        paragraph_of(link("/cabinet", t.say("cabinet-title"))),
    ]);
    Ok(visit.show(&View::new(t.say("code-find-title"), body)))
}
