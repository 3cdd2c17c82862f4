//! The catalogue (T1.4, T6.4), and where to go for the ways to pay that are not here (cl. 7(3)–(5)).

use askama::Template;
use axum::extract::Query;
use axum::response::{IntoResponse, Redirect, Response};
use pages::form::{ButtonKind, TextInput, button};
use pages::part::{DataTable, Facts, Panel, Tone, link};
use pages::{Html, Markup, money};
use serde::Deserialize;
use terms::{Channel, ServiceCode};

use super::{PageError, heading, hook, paragraph, paragraph_of, rendered};
use crate::visit::{View, Visit};

/// The longest search looked at, in characters.
const LONGEST_QUERY: usize = 100;

#[derive(Deserialize)]
pub(super) struct Search {
    #[serde(default)]
    q: String,
}

#[derive(Template)]
#[template(path = "search.html")]
struct SearchTemplate {
    field: Html,
    button: Html,
}

pub(super) async fn show(visit: Visit, Query(search): Query<Search>) -> Response {
    let (t, language) = (visit.t(), visit.language);
    let query: String = search.q.chars().take(LONGEST_QUERY).collect();
    let found = visit.portal.catalogue.search(&query, language);
    let mut table = DataTable::new(t.say("catalogue-title"))
        .column(t.say("label-service"))
        .column(t.say("label-provider"))
        .number_column(t.say("label-price"))
        .column(t.say("catalogue-order"));
    for service in &found {
        let order = if service.e_service {
            link(&format!("/order?service={}", service.code), t.say("catalogue-order"))
        } else {
            let pay = link(&format!("/order?service={}", service.code), t.say("order-pay"));
            let centre = Html::text(format!(" ({})", t.say("full-service-centre")));
            Html::join([pay, centre])
        };
        table.row([
            Html::text(format!("{} ({})", service.name.get(language), service.code)),
            Html::text(service.provider_name.get(language)),
            Html::text(money(language, service.price)),
            order,
        ]);
    }
    let field = TextInput::new(language, "q", t.say("catalogue-search")).value(&query);
    let search =
        SearchTemplate { field: field.html(), button: button(t.say("button-search"), ButtonKind::Other) };
    let list = match (found.is_empty(), visit.portal.catalogue.all().is_empty()) {
        (false, _) => table.html(),
        (true, false) => paragraph(t.say("m-search-none").with("words", query.as_str())),
        (true, true) => paragraph(t.say("catalogue-none")),
    };
    let entry = if visit.citizen().is_ok() {
        link("/cabinet", t.say("cabinet-title"))
    } else {
        link("/sign-in", t.say("signin-button"))
    };
    let body = Html::join([
        heading(t.say("catalogue-title")),
        paragraph_of(entry),
        rendered(&search),
        list,
        hook("services", "count", found.len(), ""),
    ]);
    visit.show(&View::new(t.say("catalogue-title"), body))
}

#[derive(Deserialize)]
pub(super) struct Elsewhere {
    service: String,
    way: String,
}

/// The separate cycle: paid there, ordered here later with the code.
pub(super) async fn elsewhere(visit: Visit, Query(chosen): Query<Elsewhere>) -> Result<Response, PageError> {
    let (t, language) = (visit.t(), visit.language);
    let code: ServiceCode = chosen.service.parse().map_err(|_| PageError::BadRequest)?;
    let channel: Channel = chosen.way.parse().map_err(|_| PageError::BadRequest)?;
    let service = visit.portal.catalogue.find(&code).ok_or(PageError::NotFound)?;
    let where_to = match channel {
        Channel::InternetBank => visit.of(
            "Банкіңіздің сайтын ашыңыз, мекенжайы мен сертификатын тексеріп, мемлекеттік қызметтерді төлеу бөлімін таңдаңыз.",
            "Откройте сайт своего банка, проверьте его адрес и сертификат и выберите оплату государственных услуг.",
            "Open your bank's site, check its address and certificate, and choose to pay for government services.",
        ),
        Channel::Atm => visit.of(
            "Банкоматта «Мемлекеттік электрондық қызметтерді төлеу» тармағын таңдаңыз. Код чекте басылады.",
            "В банкомате выберите «Оплата государственных электронных услуг». Код будет на чеке.",
            "At an ATM choose «Pay for e-government services». The code is printed on the receipt.",
        ),
        Channel::Kiosk => visit.of(
            "Инфокиоскіде қызметті таңдап, алушының ЖСН-ін енгізіп, қолма-қол төлеңіз. Код чекте басылады.",
            "В инфокиоске выберите услугу, введите ИИН получателя и внесите наличные. Код будет на чеке.",
            "At a kiosk choose the service, enter the recipient's IIN and pay in cash. The code is on the receipt.",
        ),
        Channel::Card | Channel::BankAccount => {
            return Ok(Redirect::to(&format!("/order?service={code}")).into_response());
        }
    };
    let facts = Facts::new()
        .fact(t.say("label-service"), service.name.get(language))
        .fact(t.say("label-service-code"), &service.code)
        .fact(t.say("label-amount"), money(language, service.price));
    let body = Html::join([
        Panel::new(Tone::Plain, t.say("order-separate-title")).line(t.say("order-separate-about")).html(),
        hook("result", "result", "elsewhere", ""),
        hook("way", "way", channel, ""),
        paragraph(where_to),
        facts.html(),
        paragraph_of(link(&format!("/order?service={code}"), t.say("method-code"))),
    ]);
    Ok(visit.show(&View::new(t.say("order-separate-title"), body)))
}
