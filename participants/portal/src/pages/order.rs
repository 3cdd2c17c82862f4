//! Orders: for whom and how to pay, the way to the gateway's page and back, the code, the document (T1.4–32, T2, T6).
//!
//! The order's number stands in the address, so that a page loaded or sent again shows and does the same thing.

use axum::Form;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Redirect, Response};
use http::HeaderValue;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use pages::form::{ButtonKind, Choice, FormErrors, Radios, TextInput, button, form as sent_form, hidden};
use pages::part::{Facts, Panel, Tone, link, payment_code};
use pages::{Html, Markup, channel_name, date_time, money};
use rights::Permitted;
use serde::Deserialize;
use std::time::Duration;
use terms::{ApplicationNumber, Channel, CodeError, Party, PartyNumber, PaymentCode, ServiceCode, ShortText};
use wire::common::Service;

use super::sign_in::wrong_number;
use super::{PageError, heading, hook, paragraph, paragraph_of};
use crate::order::State;
use crate::store::order::{self as orders, Order, Way};
use crate::store::payment::{self, Payment};
use crate::use_case::Failure;
use crate::use_case::keep_payment::{self, Standing};
use crate::use_case::make_order::{self, MakeOrder};
use crate::use_case::name_recipient::{NoRecipient, name_recipient};
use crate::use_case::order_again::{self, OrderAgain};
use crate::use_case::pay_for_order::{self, PayForOrder, own_order};
use crate::use_case::use_prepayment::{self, UsePrepayment};
use crate::visit::{User, View, Visit};

/// How long a person who comes back from the bank is kept waiting for the gateway's notice, by pieces.
const NOTICE_LOOKS: u32 = 8;
const NOTICE_LOOK_EVERY: Duration = Duration::from_millis(250);

/// The longest name of a form that is taken back.
const LONGEST_FORM_NAME: usize = 64;

#[derive(Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    service: String,
}

pub(super) async fn form(visit: Visit, Query(wanted): Query<Wanted>) -> Result<Response, PageError> {
    let service = service(&visit, &wanted.service)?;
    if visit.citizen().is_err() {
        return Ok(Redirect::to(&format!("/sign-in?service={}", service.code)).into_response());
    }
    let empty = OrderForm { form: visit.form_name(), ..OrderForm::default() };
    order_page(&visit, &service, &empty, &FormErrors::new())
}

/// A service of the catalogue. All of them can be paid for here (cl. 7); what is rendered at a service centre alone is
/// then received there with the code (cl. 6, table 7).
fn service(visit: &Visit, code: &str) -> Result<Service, PageError> {
    let code: ServiceCode = code.parse().map_err(|_| PageError::BadRequest)?;
    let catalogue = &visit.portal.catalogue;
    catalogue.find(&code).ok_or_else(|| match catalogue.all().is_empty() {
        true => PageError::NoCatalogue,
        false => PageError::NotFound,
    })
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct OrderForm {
    csrf: String,
    form: String,
    service: String,
    for_whom: String,
    recipient: String,
    recipient_name: String,
    way: String,
    lang: String,
}

fn order_page(
    visit: &Visit,
    service: &Service,
    typed: &OrderForm,
    errors: &FormErrors,
) -> Result<Response, PageError> {
    let user = visit.citizen()?;
    let (t, language) = (visit.t(), visit.language);
    let for_whom = vec![
        Choice::new("self", t.say("forwhom-me").with("name", user.party.name.as_str())),
        Choice::new("other", t.say("forwhom-other")),
    ];
    let chosen = if typed.for_whom.is_empty() { "self" } else { &typed.for_whom };
    let mut ways: Vec<Choice> = Channel::ALL
        .into_iter()
        .map(|channel| {
            let (name, about) = (format!("method-{channel}"), format!("method-{channel}-about"));
            Choice::new(channel.name(), t.say(&name)).hint(t.say(&about))
        })
        .collect();
    if service.e_service {
        ways.push(Choice::new("prepaid", t.say("method-code")).hint(t.say("method-code-about")));
    }
    let mut number = TextInput::new(language, "recipient", t.say("forwhom-number"))
        .hint(t.say("forwhom-number-hint"))
        .numeric(12)
        .error(errors.of("recipient"));
    let mut name = TextInput::new(language, "recipient_name", t.say("forwhom-name"))
        .longest(ShortText::LONGEST)
        .error(errors.of("recipient_name"));
    number = number.value(&typed.recipient);
    name = name.value(&typed.recipient_name);
    let pieces = [
        hidden("form", &typed.form),
        hidden("service", &service.code),
        Radios::new(language, "for_whom", t.say("forwhom-title"), for_whom)
            .chosen(chosen)
            .error(errors.of("for_whom"))
            .html(),
        number.html(),
        name.html(),
        Radios::new(language, "way", t.say("method-title"), ways)
            .chosen(&typed.way)
            .error(errors.of("way"))
            .html(),
        button(t.say("button-continue"), ButtonKind::Main),
    ];
    let facts = Facts::new()
        .fact(t.say("label-service"), service.name.get(language))
        .fact(t.say("label-provider"), service.provider_name.get(language))
        .fact(t.say("label-amount"), money(language, service.price));
    let body = Html::join([
        errors.summary(language),
        heading(service.name.get(language)),
        facts.html(),
        sent_form("order", "/order", &visit.csrf(), pieces),
    ]);
    let view = View::new(service.name.get(language), body).switched_by("order");
    let at = format!("/order?service={}", service.code);
    Ok(visit.show(&if errors.is_empty() { view } else { view.invalid(at) }))
}

/// What was chosen, or what is wrong with it.
enum Chosen {
    Order(Party, Way),
    Elsewhere(Channel),
    Wrong(FormErrors),
}

async fn chosen(visit: &Visit, user: &User, service: &Service, sent: &OrderForm) -> Chosen {
    let t = visit.t();
    let mut errors = FormErrors::new();
    let way = match (sent.way.as_str(), sent.way.parse::<Channel>()) {
        ("prepaid", _) if service.e_service => Some(Way::Prepaid),
        (_, Ok(channel @ (Channel::Card | Channel::BankAccount))) => Some(Way::Here(channel)),
        (_, Ok(channel)) => return Chosen::Elsewhere(channel),
        (_, Err(_)) => {
            errors.add("way", t.say("m-req"));
            None
        }
    };
    let recipient = match sent.for_whom.as_str() {
        "self" | "" => Some(user.party.clone()),
        "other" => other_recipient(visit, sent, &mut errors).await,
        _ => {
            errors.add("for_whom", t.say("m-req"));
            None
        }
    };
    match (recipient, way) {
        (Some(recipient), Some(way)) if errors.is_empty() => Chosen::Order(recipient, way),
        _ => Chosen::Wrong(errors),
    }
}

async fn other_recipient(visit: &Visit, sent: &OrderForm, errors: &mut FormErrors) -> Option<Party> {
    let t = visit.t();
    let number: PartyNumber = match sent.recipient.parse() {
        Ok(number) => number,
        Err(error) => {
            errors.add("recipient", wrong_number(t, error));
            return None;
        }
    };
    let typed = match sent.recipient_name.trim() {
        "" => None,
        name => match name.parse::<ShortText>() {
            Ok(name) => Some(name),
            Err(_) => {
                errors.add("recipient_name", t.say("m-text-2"));
                return None;
            }
        },
    };
    match name_recipient(&visit.portal, number, typed).await {
        Ok(recipient) => return Some(recipient),
        Err(NoRecipient::NotFound) => errors.add("recipient", t.say("m-iin-3")),
        Err(NoRecipient::NotChecked) => errors.add("recipient", t.say("m-iin-5")),
        Err(NoRecipient::NameMissing) => errors.add("recipient_name", t.say("m-name-1")),
    }
    None
}

pub(super) async fn make(mut visit: Visit, Form(sent): Form<OrderForm>) -> Result<Response, PageError> {
    visit.check(&sent.csrf)?;
    let service = service(&visit, &sent.service)?;
    if let Ok(language) = sent.lang.parse() {
        visit.language = language;
        return order_page(&visit, &service, &sent, &FormErrors::new());
    }
    let user = visit.citizen()?.clone();
    if sent.form.is_empty() || sent.form.len() > LONGEST_FORM_NAME {
        return Err(PageError::BadRequest);
    }
    let (recipient, way) = match chosen(&visit, &user, &service, &sent).await {
        Chosen::Order(recipient, way) => (recipient, way),
        Chosen::Elsewhere(way) => {
            let to = format!("/elsewhere?service={}&way={way}", service.code);
            return Ok(Redirect::to(&to).into_response());
        }
        Chosen::Wrong(errors) => return order_page(&visit, &service, &sent, &errors),
    };
    let command = MakeOrder {
        form: sent.form,
        owner: user.party.clone(),
        made_by: user.session.iin,
        service,
        recipient,
        way,
        code: None,
    };
    let command = Permitted::session(command, make_order::ACTION, &user.session)?;
    let order = make_order::make_order(&visit.portal, command).await?;
    match order.state {
        State::AwaitingPayment => to_payment_page(&visit, &user, &order.application).await,
        State::AwaitingCode => Ok(to_order(&order.application, "/code")),
        _ => Ok(to_order(&order.application, "")),
    }
}

/// Leads back to the order's own page, always on this site.
fn to_order(application: &ApplicationNumber, rest: &str) -> Response {
    Redirect::to(&format!("/orders/{application}{rest}")).into_response()
}

/// Leads to the gateway's page, or back to the order, which says why not.
async fn to_payment_page(
    visit: &Visit,
    user: &User,
    application: &ApplicationNumber,
) -> Result<Response, PageError> {
    let command =
        PayForOrder { owner: user.party.number, application: application.clone(), language: visit.language };
    let command = Permitted::session(command, pay_for_order::ACTION, &user.session)?;
    match pay_for_order::pay_for_order(&visit.portal, command).await {
        Ok(url) => Ok(Redirect::to(&url).into_response()),
        Err(Failure::NotPossible | Failure::NoAnswer(_)) => Ok(to_order(application, "")),
        Err(failure) => Err(failure.into()),
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Press {
    csrf: String,
    form: String,
    code: String,
}

fn number(path: &str) -> Result<ApplicationNumber, PageError> {
    path.parse().map_err(|_| PageError::NotFound)
}

pub(super) async fn pay(
    visit: Visit,
    Path(application): Path<String>,
    Form(sent): Form<Press>,
) -> Result<Response, PageError> {
    visit.check(&sent.csrf)?;
    to_payment_page(&visit, visit.citizen()?, &number(&application)?).await
}

/// The payment that an order knows, if the gateway told of it.
async fn payment_of(visit: &Visit, order: &Order) -> Result<Option<Payment>, PageError> {
    let Some(code) = order.payment_code else { return Ok(None) };
    Ok(visit.portal.database.read(move |connection| payment::find(connection, code)).await?)
}

async fn own(visit: &Visit, application: &str) -> Result<Order, PageError> {
    let user = visit.citizen()?;
    Ok(own_order(&visit.portal, user.party.number, &number(application)?).await?)
}

pub(super) async fn show(visit: Visit, Path(application): Path<String>) -> Result<Response, PageError> {
    let order = own(&visit, &application).await?;
    let payment = payment_of(&visit, &order).await?;
    Ok(order_view(&visit, &order, payment.as_ref()))
}

/// Back from the gateway's page. No parameter of the browser's is looked at: the state is what the gateway told, or
/// tells when asked.
pub(super) async fn come_back(visit: Visit, Path(application): Path<String>) -> Result<Response, PageError> {
    let application = number(&application)?;
    if visit.belongs_at_certificate_door {
        let origin = &visit.portal.settings.certificate_url;
        return Ok(Redirect::to(&format!("{origin}/orders/{application}/return")).into_response());
    }
    let mut order = own(&visit, application.as_str()).await?;
    for _ in 0..NOTICE_LOOKS {
        if order.state != State::AwaitingPayment {
            break;
        }
        tokio::time::sleep(NOTICE_LOOK_EVERY).await;
        order = own(&visit, application.as_str()).await?;
    }
    if order.state == State::AwaitingPayment
        && let Some(code) = order.payment_code
        && keep_payment::look_up(&visit.portal, &order, code).await == Standing::Kept
    {
        order = own(&visit, application.as_str()).await?;
    }
    let payment = payment_of(&visit, &order).await?;
    Ok(order_view(&visit, &order, payment.as_ref()))
}

fn order_view(visit: &Visit, order: &Order, payment: Option<&Payment>) -> Response {
    let t = visit.t();
    let state = state_name(visit, order);
    let mut pieces = vec![order_panel(visit, order, payment)];
    pieces.push(hook("result", "result", order.state, ""));
    pieces.push(hook("application", "application", &order.application, ""));
    if let Some(refusal) = &order.refusal {
        pieces.push(paragraph(refusal.text.get(visit.language)));
        pieces.push(hook("refusal", "code", &refusal.code, ""));
    }
    if let Some(code) = order.payment_code.filter(|_| order.state != State::AwaitingPayment) {
        pieces.push(payment_code(visit.language, code));
        pieces.push(hook("payment-code", "code", code.digits(), ""));
    }
    pieces.push(order_facts(visit, order, payment).html());
    if let Some(payment) = payment {
        pieces.push(paragraph_of(link(&payment.receipt_url, t.say("word-receipt"))));
        pieces.push(hook("receipt", "url", &payment.receipt_url, ""));
    }
    pieces.push(next_step(visit, order));
    pieces.push(paragraph_of(link("/cabinet", t.say("cabinet-title"))));
    let mut view = View::new("", Html::join(pieces)).state(state);
    view.title = format!("{} {}", t.say("label-application-number"), order.application);
    visit.show(&view)
}

/// The name of an order's state, for lists and titles.
pub(super) fn state_name(visit: &Visit, order: &Order) -> String {
    let t = visit.t();
    match order.state {
        State::AwaitingPayment => t.say("order-state-waiting-payment").to_string(),
        State::AwaitingCode => {
            visit.of("Төлем кодын күтуде", "Ожидает кода платежа", "Awaiting a payment code").to_owned()
        }
        State::Paid if is_for_centre(visit, order) => visit.of("Төленді", "Оплачена", "Paid").to_owned(),
        State::Paid => t.say("order-state-paid").to_string(),
        State::Binding => visit
            .of("Шлюздің жауабын күтуде", "Ожидает ответа шлюза", "Awaiting the gateway's answer")
            .to_owned(),
        State::Ordered => t.say("order-state-ordered").to_string(),
        State::Delivered => t.say("order-state-delivered").to_string(),
        State::NotRendered => t.say("order-state-failed").to_string(),
        State::TakenBack => {
            visit.of("Ақша қайтарылды", "Деньги возвращены", "The money was given back").to_owned()
        }
    }
}

/// Whether what is ordered is rendered at a service centre alone.
fn is_for_centre(visit: &Visit, order: &Order) -> bool {
    visit.portal.catalogue.find(&order.service).is_some_and(|service| !service.e_service)
}

/// What a payment for a service centre is good for.
fn at_centre(visit: &Visit, payment: Option<&Payment>) -> &'static str {
    if payment.is_some_and(|payment| payment.used_for.is_some()) {
        visit.of(
            "Төлем коды халыққа қызмет көрсету орталығында пайдаланылды.",
            "Код платежа использован в центре обслуживания населения.",
            "The payment code was used at a public service centre.",
        )
    } else {
        visit.of(
            "Бұл қызмет халыққа қызмет көрсету орталығында көрсетіледі. Төлем коды мен жеке куәлікті алып барыңыз.",
            "Эту услугу оказывают в центре обслуживания населения. Возьмите с собой код платежа и удостоверение личности.",
            "This service is rendered at a public service centre. Take the payment code and your identity card along.",
        )
    }
}

fn order_panel(visit: &Visit, order: &Order, payment: Option<&Payment>) -> Html {
    let (t, name) = (visit.t(), state_name(visit, order));
    let panel = match order.state {
        State::AwaitingPayment => Panel::new(Tone::Wait, name).line(visit.of(
            "Төлем туралы хабарлама әзірге келген жоқ. Төлеген болсаңыз, қайта төлемеңіз: бетті жаңартыңыз.",
            "Сообщения об оплате пока нет. Если вы заплатили, не платите повторно: обновите страницу.",
            "No notice of payment has come yet. If you have paid, do not pay again: refresh the page.",
        )),
        State::AwaitingCode => Panel::new(Tone::Plain, name),
        State::Paid if is_for_centre(visit, order) => {
            Panel::new(Tone::Good, t.say("m-paid")).line(at_centre(visit, payment))
        }
        State::Paid => Panel::new(Tone::Good, t.say("m-paid")).line(t.say("order-code-counted")),
        State::Binding => Panel::new(Tone::Wait, name),
        State::Ordered => {
            Panel::new(Tone::Good, t.say("code-accepted-title")).line(t.say("code-accepted-about"))
        }
        State::Delivered => {
            Panel::new(Tone::Good, t.say("document-ready")).line(t.say("document-ready-about"))
        }
        State::NotRendered => Panel::new(Tone::Wait, name).line(t.say("m-service-down")),
        State::TakenBack => Panel::new(Tone::Bad, name),
    };
    panel.html()
}

fn order_facts(visit: &Visit, order: &Order, payment: Option<&Payment>) -> Facts {
    let (t, language) = (visit.t(), visit.language);
    let service = visit.portal.catalogue.find(&order.service);
    let service = service.map_or_else(|| order.service.to_string(), |s| s.name.get(language).to_owned());
    let facts = Facts::new()
        .fact(t.say("label-application-number"), &order.application)
        .fact(t.say("label-service"), format!("{service} ({})", order.service))
        .fact(t.say("label-recipient"), recipient_shown(order))
        .fact(t.say("label-amount"), money(language, order.amount));
    match payment {
        None => facts,
        Some(payment) => facts
            .fact(t.say("label-method"), channel_name(language, payment.channel))
            .fact(t.say("label-transaction-number"), &payment.transaction)
            .fact(t.say("label-bank-reference"), &payment.bank_reference)
            .fact(t.say("label-date-time"), date_time(language, payment.paid_at)),
    }
}

/// The recipient's number, and the name where it is the user's own: a name must not be learnt from a number.
fn recipient_shown(order: &Order) -> String {
    if order.recipient.number == order.owner {
        format!("{} ({})", order.recipient.name, order.recipient.number)
    } else {
        order.recipient.number.to_string()
    }
}

fn next_step(visit: &Visit, order: &Order) -> Html {
    let t = visit.t();
    let at = |rest: &str| format!("/orders/{}{rest}", order.application);
    let press = |id: &str, rest: &str, label: String| {
        let pieces = [hidden("form", visit.form_name()), button(label, ButtonKind::Main)];
        sent_form(id, &at(rest), &visit.csrf(), pieces)
    };
    let refresh = || paragraph_of(link(&at(""), t.say("button-refresh")));
    match order.state {
        State::AwaitingPayment => {
            Html::join([refresh(), press("pay", "/pay", t.say("order-pay").to_string())])
        }
        State::AwaitingCode => paragraph_of(link(&at("/code"), t.say("code-title"))),
        State::Paid if is_for_centre(visit, order) => Html::default(),
        State::Paid => press("order-service", "/order", t.say("order-service-button").to_string()),
        State::Binding => Html::join([
            refresh(),
            press("order-service", "/order", t.say("order-service-button").to_string()),
        ]),
        State::Ordered => Html::join([paragraph(t.say("document-not-yet")), refresh()]),
        State::Delivered => paragraph_of(link(&at("/document"), t.say("button-download-pdf"))),
        State::NotRendered => press(
            "again",
            "/again",
            visit.of("Қайта тапсырыс беру", "Заказать снова", "Order again").to_owned(),
        ),
        State::TakenBack => Html::default(),
    }
}

pub(super) async fn code_form(visit: Visit, Path(application): Path<String>) -> Result<Response, PageError> {
    let order = own(&visit, &application).await?;
    if order.state != State::AwaitingCode {
        return Ok(to_order(&order.application, ""));
    }
    Ok(code_page(&visit, &order, "", &FormErrors::new()))
}

fn code_page(visit: &Visit, order: &Order, typed: &str, errors: &FormErrors) -> Response {
    let (t, language) = (visit.t(), visit.language);
    let mut field = TextInput::new(language, "code", t.say("word-payment-code"))
        .hint(t.say("code-hint"))
        .numeric(16)
        .longest(40)
        .error(errors.of("code"))
        .focused();
    if !visit.public_access {
        field = field.value(typed);
    }
    let mut pieces = vec![errors.summary(language), heading(t.say("code-title"))];
    pieces.push(hook("application", "application", &order.application, ""));
    if errors.is_empty()
        && let Some(refusal) = &order.refusal
    {
        pieces.push(Panel::new(Tone::Bad, refusal.text.get(language)).message_code(&refusal.code).html());
        pieces.push(hook("result", "result", "refused", ""));
        pieces.push(hook("refusal", "code", &refusal.code, ""));
    } else if !errors.is_empty() {
        pieces.push(hook("result", "result", "typo", ""));
        pieces.push(hook("refusal", "code", "M-UPC-1", ""));
    }
    pieces.push(order_facts(visit, order, None).html());
    let action = format!("/orders/{}/code", order.application);
    pieces.push(sent_form(
        "code",
        &action,
        &visit.csrf(),
        [field.html(), button(t.say("code-button"), ButtonKind::Main)],
    ));
    pieces.push(paragraph_of(link("/code", t.say("code-lost"))));
    let view = View::new(t.say("code-title"), Html::join(pieces));
    visit.show(&if errors.is_empty() { view } else { view.invalid(action) })
}

/// A code with a slip is refused here, before any call.
pub(super) async fn use_code(
    visit: Visit,
    Path(application): Path<String>,
    Form(sent): Form<Press>,
) -> Result<Response, PageError> {
    visit.check(&sent.csrf)?;
    let order = own(&visit, &application).await?;
    let code = match sent.code.parse::<PaymentCode>() {
        Ok(code) => code,
        Err(error) => {
            let mut errors = FormErrors::new();
            errors.add("code", wrong_code(&visit, error));
            return Ok(code_page(&visit, &order, &sent.code, &errors));
        }
    };
    bind(&visit, &order.application, Some(code)).await
}

/// What is wrong with a code as typed.
pub(super) fn wrong_code(visit: &Visit, error: CodeError) -> String {
    let t = visit.t();
    match error {
        CodeError::Length(count) => t.say("m-upc-2").with("count", count).to_string(),
        CodeError::NotDigits => t.say("m-upc-3").to_string(),
        CodeError::Check => t.say("m-upc-1").to_string(),
    }
}

/// Orders the service with the code the order has: counted in automatically (T1.31).
pub(super) async fn order_service(
    visit: Visit,
    Path(application): Path<String>,
    Form(sent): Form<Press>,
) -> Result<Response, PageError> {
    visit.check(&sent.csrf)?;
    bind(&visit, &number(&application)?, None).await
}

async fn bind(
    visit: &Visit,
    application: &ApplicationNumber,
    code: Option<PaymentCode>,
) -> Result<Response, PageError> {
    let user = visit.citizen()?;
    let command = UsePrepayment { owner: user.party.number, application: application.clone(), code };
    let command = Permitted::session(command, use_prepayment::ACTION, &user.session)?;
    match use_prepayment::use_prepayment(&visit.portal, command).await {
        Ok(()) | Err(Failure::NotPossible) => {}
        Err(failure) => return Err(failure.into()),
    }
    let order = own(visit, application.as_str()).await?;
    let rest = if order.state == State::AwaitingCode { "/code" } else { "" };
    Ok(to_order(application, rest))
}

pub(super) async fn again(
    visit: Visit,
    Path(application): Path<String>,
    Form(sent): Form<Press>,
) -> Result<Response, PageError> {
    visit.check(&sent.csrf)?;
    if sent.form.is_empty() || sent.form.len() > LONGEST_FORM_NAME {
        return Err(PageError::BadRequest);
    }
    let user = visit.citizen()?;
    let command = OrderAgain {
        form: sent.form,
        owner: user.party.clone(),
        made_by: user.session.iin,
        application: number(&application)?,
    };
    let command = Permitted::session(command, order_again::ACTION, &user.session)?;
    match order_again::order_again(&visit.portal, command, &user.session).await? {
        Some(order) => bind(&visit, &order.application, None).await,
        None => Ok(not_free_yet(&visit, &application)),
    }
}

fn not_free_yet(visit: &Visit, application: &str) -> Response {
    let text = visit.of(
        "Төлем коды әлі босатылып жатыр. Бір минуттан кейін қайталаңыз.",
        "Код платежа ещё освобождается. Повторите через минуту.",
        "The payment code is still being made free. Try again in a minute.",
    );
    let body = Html::join([
        Panel::new(Tone::Wait, text).html(),
        hook("result", "result", "not-free-yet", ""),
        paragraph_of(link(&format!("/orders/{application}"), visit.t().say("button-back"))),
    ]);
    let mut view = View::new(text, body);
    view.at = format!("/orders/{application}").parse().ok();
    visit.show(&view)
}

/// The document (T6.17–18), to open, save or print.
pub(super) async fn document(visit: Visit, Path(application): Path<String>) -> Result<Response, PageError> {
    let order = own(&visit, &application).await?;
    let document = visit
        .portal
        .database
        .read(move |connection| orders::find_document(connection, &order.application))
        .await?
        .ok_or(PageError::NotFound)?;
    // The name was checked when the document came: letters, digits, dots and hyphens only.
    let disposition = format!("inline; filename=\"{}\"", document.file_name);
    let disposition = HeaderValue::from_str(&disposition).map_err(|_| PageError::Internal)?;
    let headers =
        [(CONTENT_TYPE, HeaderValue::from_static("application/pdf")), (CONTENT_DISPOSITION, disposition)];
    Ok((headers, document.octets).into_response())
}
