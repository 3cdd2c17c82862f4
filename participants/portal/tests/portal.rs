//! The portal as people and neighbours meet it: over mutual TLS and HTTPS, with a browser that runs no script.

mod country;

use country::{AIGUL, AT_CENTRE, COMPANY, Country, DANA, EMPLOYEE, IVAN, SERVICE, attribute, hook, send};
use http::StatusCode;
use participant::SystemEntropy;
use terms::{Iin, Party, PaymentCode};
use transport::{Browser, Page};
use wire::Request;
use wire::common::{Basis, Delivery, Document, PaymentEvent};
use wire::portal::{DocumentDelivered, PaymentNotified};

async fn signed_in(country: &Country, iin: &str) -> Browser {
    let mut browser = country.browser();
    let page = browser.get(&country.at("/sign-in")).await.unwrap();
    let page = send(&mut browser, &page, "/sign-in", &[("iin", iin), ("password", "demo")]).await;
    assert!(page.url.ends_with("/cabinet"), "{}: {}", page.url, page.body);
    browser
}

async fn at_desk(country: &Country) -> (Browser, Page) {
    let (mut browser, _) = country.browser_of(DANA, None);
    let page = browser.get(&country.at_certificate_door("/desk")).await.unwrap();
    let page = send(&mut browser, &page, "/desk/sign-in", &[]).await;
    assert!(page.body.contains("/desk/inquiries"), "{}", page.body);
    (browser, page)
}

async fn order(country: &Country, browser: &mut Browser, fields: &[(&str, &str)]) -> Page {
    let page = browser.get(&country.at(&format!("/order?service={SERVICE}"))).await.unwrap();
    send(browser, &page, "/order", fields).await
}

/// The only order in the cabinet.
async fn the_order(country: &Country, browser: &mut Browser) -> String {
    let page = browser.get(&country.at("/cabinet")).await.unwrap();
    assert_eq!(hook(&page, "orders", "count"), "1", "{}", page.body);
    let at = page.body.find("/orders/").unwrap();
    page.body[at + "/orders/".len()..].split(['"', '/']).next().unwrap().to_owned()
}

async fn order_page(country: &Country, browser: &mut Browser, application: &str) -> Page {
    browser.get(&country.at(&format!("/orders/{application}"))).await.unwrap()
}

fn notice(country: &Country, application: &str, code: PaymentCode) -> PaymentNotified {
    let recipient =
        Party { number: AIGUL.parse().unwrap(), name: "Сәрсенова Айгүл".parse().unwrap() };
    PaymentNotified {
        header: country.gateway.host.header(),
        payment_code: code,
        application: Some(application.parse().unwrap()),
        service: SERVICE.parse().unwrap(),
        payer: recipient.clone(),
        recipient,
        ..PaymentNotified::example()
    }
}

fn delivery(country: &Country, application: &str, delivered: bool) -> DocumentDelivered {
    let header = country.bus.host.header();
    let application = application.parse().unwrap();
    if delivered {
        let document = Some(Document::new(b"%PDF-1.7 the document".to_vec()).unwrap());
        let outcome = Delivery::Delivered;
        DocumentDelivered { header, application, outcome, document, ..DocumentDelivered::example() }
    } else {
        let reason = Some("the agency's system is out of order".parse().unwrap());
        let outcome = Delivery::Failed;
        DocumentDelivered { header, application, outcome, document: None, file_name: None, reason }
    }
}

/// Paid by card, told of by the gateway, ordered by one button with the code counted in, delivered, closed.
///
/// Meets: T1.31-32, T6.15, T6.16-18, C8.1
#[tokio::test]
async fn an_order_paid_by_card_is_ordered_by_one_button_and_its_document_delivered() {
    let country = Country::found().await;
    let mut browser = signed_in(&country, AIGUL).await;
    let page = order(&country, &mut browser, &[("for_whom", "self"), ("way", "card")]).await;
    assert!(page.url.ends_with("/stand-in-of-the-payment-page"), "{}", page.url);
    let application = the_order(&country, &mut browser).await;
    {
        let memory = country.remembered();
        assert_eq!(memory.codes.len(), 1);
        assert_eq!(memory.codes[0].application.as_ref().unwrap().as_str(), application);
        assert_eq!(memory.pages[0].application.as_str(), application);
        assert_eq!(memory.pages[0].recipient.number.to_string(), AIGUL);
    }

    let code = country.remembered().pages[0].payment_code.unwrap();
    country.remembered().paid.insert(code);
    let told = notice(&country, &application, code);
    country.gateway_tells(&told).await.unwrap();
    country.gateway_tells(&told).await.expect("a repeat is answered");
    let back = country.at(&format!("/orders/{application}/return?url=https://evil.example&state=paid"));
    let page = browser.get(&back).await.unwrap();
    assert_eq!(hook(&page, "result", "result"), "paid");
    assert_eq!(hook(&page, "payment-code", "code"), code.digits());
    assert_eq!(hook(&page, "receipt", "url"), told.receipt_url.to_string());

    let page = send(&mut browser, &page, &format!("/orders/{application}/order"), &[]).await;
    assert_eq!(hook(&page, "result", "result"), "ordered");
    let sent = country.eventually("the order", |memory| memory.orders.first().cloned()).await;
    assert_eq!(sent.application.as_str(), application);
    assert_eq!(sent.payer.to_string(), IVAN, "the payer is whom the gateway names");
    assert_eq!(sent.service.as_str(), SERVICE);

    let delivered = delivery(&country, &application, true);
    country.bus_tells(&delivered).await.unwrap();
    country.bus_tells(&delivery(&country, &application, true)).await.expect("a repeat changes nothing");
    let closing = country.eventually("the closing", |memory| memory.closings.first().cloned()).await;
    assert_eq!((closing.basis, closing.payment_code), (Basis::Delivered, code));
    assert_eq!(closing.application.unwrap().as_str(), application);
    let page = order_page(&country, &mut browser, &application).await;
    assert_eq!(hook(&page, "result", "result"), "delivered");
    let document = browser.get(&country.at(&format!("/orders/{application}/document"))).await.unwrap();
    assert_eq!(document.octets.as_ref(), b"%PDF-1.7 the document");
    assert_eq!(country.remembered().closings.len(), 1);
}

/// The notice is late: who comes back, or presses again, is told by the gateway's answer and never pays twice. A code
/// that a bank declined is replaced.
///
/// Meets: T1.6-11, T1.12-13
#[tokio::test]
async fn a_declined_code_is_replaced_and_a_paid_one_is_not_paid_twice() {
    let country = Country::found().await;
    let mut browser = signed_in(&country, AIGUL).await;
    order(&country, &mut browser, &[("for_whom", "self"), ("way", "card")]).await;
    let application = the_order(&country, &mut browser).await;
    let pay = format!("/orders/{application}/pay");
    let first = country.remembered().pages[0].payment_code.unwrap();

    let page = order_page(&country, &mut browser, &application).await;
    send(&mut browser, &page, &pay, &[]).await;
    assert_eq!(
        country.remembered().pages[1].payment_code,
        Some(first),
        "a code that can be paid is used again"
    );
    country.remembered().void.insert(first);
    send(&mut browser, &page, &pay, &[]).await;
    let second = country.remembered().pages[2].payment_code.unwrap();
    assert_ne!(first, second);

    country.remembered().paid.insert(second);
    let told = send(&mut browser, &page, &pay, &[]).await;
    assert_eq!(hook(&told, "result", "result"), "paid");
    assert_eq!(hook(&told, "payment-code", "code"), second.digits());
    let memory = country.remembered();
    assert_eq!((memory.codes.len(), memory.pages.len()), (2, 3));
}

/// A slip is found before any call; a refusal says why; the right code is bound to the number formed here.
///
/// Meets: T6.4-7, T6.8, T6.9-10, T6.14
#[tokio::test]
async fn a_prepayment_is_used_with_its_code_and_each_refusal_is_said() {
    let country = Country::found().await;
    let mut browser = signed_in(&country, AIGUL).await;
    let page = order(&country, &mut browser, &[("for_whom", "self"), ("way", "prepaid")]).await;
    let application = hook(&page, "application", "application");
    let action = format!("/orders/{application}/code");

    let slip = send(&mut browser, &page, &action, &[("code", "7291 4177 7631 7055")]).await;
    assert_eq!(hook(&slip, "result", "result"), "typo");
    assert!(country.remembered().bindings.is_empty(), "nobody was asked");

    let unpaid = PaymentCode::generate(&mut SystemEntropy);
    let refused = send(&mut browser, &page, &action, &[("code", &unpaid.digits())]).await;
    assert_eq!(hook(&refused, "refusal", "code"), "TLM-CODE-0002");

    let code = country.paid_code();
    let page = send(&mut browser, &refused, &action, &[("code", &code.to_string())]).await;
    assert_eq!(hook(&page, "result", "result"), "ordered");
    assert_eq!(hook(&page, "application", "application"), application);
    let bound = country.remembered().bindings.last().cloned().unwrap();
    assert_eq!(bound.application.as_str(), application);
    assert_eq!(bound.recipient.to_string(), AIGUL);
    assert_eq!((bound.service.as_str(), bound.payment_code), (SERVICE, code));
    country.eventually("the order", |memory| memory.orders.first().cloned()).await;
}

/// Meets: T1.post, T2.post
#[tokio::test]
async fn a_service_that_could_not_be_rendered_is_ordered_again_with_the_same_code() {
    let country = Country::found().await;
    let mut browser = signed_in(&country, AIGUL).await;
    let page = order(&country, &mut browser, &[("for_whom", "self"), ("way", "prepaid")]).await;
    let first = hook(&page, "application", "application");
    let code = country.paid_code();
    send(&mut browser, &page, &format!("/orders/{first}/code"), &[("code", &code.digits())]).await;
    country.eventually("the order", |memory| memory.orders.first().cloned()).await;

    country.bus_tells(&delivery(&country, &first, false)).await.unwrap();
    let released = country.eventually("the release", |memory| memory.releases.first().cloned()).await;
    assert_eq!((released.payment_code, released.application.as_str()), (code, first.as_str()));
    let page = order_page(&country, &mut browser, &first).await;
    assert_eq!(hook(&page, "result", "result"), "not-rendered");

    let action = format!("/orders/{first}/again");
    // The release is acknowledged a moment after it was taken.
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    let again = send(&mut browser, &page, &action, &[]).await;
    assert_eq!(hook(&again, "result", "result"), "ordered", "{}", again.body);
    let second = hook(&again, "application", "application");
    assert_ne!(first, second);
    let orders =
        country.eventually("both orders", |memory| (memory.orders.len() == 2).then(|| memory.orders.clone()));
    assert_eq!(orders.await[1].application.as_str(), second);
    let repeated = send(&mut browser, &page, &action, &[]).await;
    assert_eq!(hook(&repeated, "application", "application"), second, "the same form makes the same order");
}

/// The gateway's answer is missing, the portal dies, and comes back: the very same question is asked again.
#[tokio::test]
async fn after_a_crash_the_same_question_is_repeated_and_the_order_goes_on() {
    let mut country = Country::found().await;
    let mut browser = signed_in(&country, AIGUL).await;
    let page = order(&country, &mut browser, &[("for_whom", "self"), ("way", "prepaid")]).await;
    let application = hook(&page, "application", "application");
    let code = country.paid_code();
    country.remembered().in_trouble = true;
    let page =
        send(&mut browser, &page, &format!("/orders/{application}/code"), &[("code", &code.digits())]).await;
    assert_eq!(hook(&page, "result", "result"), "binding");
    country.stop_portal().await;

    country.remembered().in_trouble = false;
    country.start_portal().await;
    let sent = country.eventually("the order", |memory| memory.orders.first().cloned()).await;
    assert_eq!(sent.application.as_str(), application);
    {
        let memory = country.remembered();
        let ids: Vec<_> = memory.bindings.iter().map(|binding| binding.header.message_id).collect();
        assert!(ids.len() >= 2 && ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    }
    let page = order_page(&country, &mut browser, &application).await;
    assert_eq!(hook(&page, "result", "result"), "ordered", "the session outlives the process too");
}

/// Defends: A15
#[tokio::test]
async fn a_form_sent_twice_makes_one_order_and_a_foreign_form_none() {
    let country = Country::found().await;
    let mut browser = signed_in(&country, AIGUL).await;
    let page = browser.get(&country.at(&format!("/order?service={SERVICE}"))).await.unwrap();
    let fields = [("for_whom", "self"), ("way", "bankAccount")];
    send(&mut browser, &page, "/order", &fields).await;
    send(&mut browser, &page, "/order", &fields).await;
    let application = the_order(&country, &mut browser).await;
    {
        let memory = country.remembered();
        assert!(memory.codes.is_empty(), "an account has no code before it is debited");
        assert!(memory.pages.iter().all(|page| page.application.as_str() == application));
    }
    let foreign = browser.post_form("/order", &[("service", SERVICE), ("form", "x"), ("way", "card")]).await;
    assert_eq!(foreign.unwrap().status, StatusCode::FORBIDDEN);

    let mut stranger = signed_in(&country, IVAN).await;
    let page = order_page(&country, &mut stranger, &application).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND, "an order is its owner's");
}

#[tokio::test]
async fn another_recipient_is_checked_at_the_tax_registry() {
    let country = Country::found().await;
    let mut browser = signed_in(&country, AIGUL).await;
    let other = |number: &'static str| [("for_whom", "other"), ("recipient", number), ("way", "card")];
    let page = order(&country, &mut browser, &other("850612200018")).await;
    assert!(page.body.contains("В ИИН ошибка"), "{}", page.body);
    let page = order(&country, &mut browser, &other(DANA)).await;
    assert!(page.body.contains("Такой ИИН не найден"), "{}", page.body);
    assert!(country.remembered().pages.is_empty());
    order(&country, &mut browser, &other(IVAN)).await;
    let opened = country.remembered().pages[0].clone();
    assert_eq!(opened.recipient.number.to_string(), IVAN);
    assert_eq!(opened.recipient.name.as_str(), "Петров Иван", "the registry's name");
    assert_eq!(opened.payer.number.to_string(), AIGUL);
}

/// Nothing a browser sends, and nothing an answer says, leads to another site.
///
/// Defends: A14
#[tokio::test]
async fn no_parameter_leads_to_another_site() {
    let country = Country::found().await;
    let mut browser = country.browser();
    for wanted in ["https://evil.example/", "//evil.example/x", "P-1@evil.example", "\\evil.example"] {
        let page =
            browser.get(&country.at(&format!("/sign-in?service={wanted}&next={wanted}"))).await.unwrap();
        let page = send(&mut browser, &page, "/sign-in", &[("iin", AIGUL), ("password", "demo")]).await;
        assert!(page.url.starts_with(&country.at("/")), "{wanted}: {}", page.url);
    }
    country.remembered().page_elsewhere = Some("https://evil.example/pay".to_owned());
    let page = order(&country, &mut browser, &[("for_whom", "self"), ("way", "card")]).await;
    assert!(page.url.starts_with(&country.at("/orders/")), "{}", page.url);
    assert_eq!(hook(&page, "refusal", "code"), "M-GATEWAY-DOWN");
}

/// Meets: T6.1-3, T6.19, C8.3
#[tokio::test]
async fn at_a_public_access_point_only_a_password_lets_in_and_leaving_closes_everything() {
    let country = Country::found().await;
    let (mut browser, _) = country.browser_of(AIGUL, None);
    let page = browser.get(&country.at_certificate_door("/pod")).await.unwrap();
    assert_eq!(hook(&page, "access-point", "on"), "yes");
    assert!(!page.body.contains("/sign-in/certificate"), "no door for certificates");
    assert_eq!(attribute(&page, "id=\"iin\"", "autocomplete").as_deref(), Some("off"));
    assert_eq!(attribute(&page, "id=\"password\"", "autocomplete").as_deref(), Some("off"));
    let door = browser.get(&country.at_certificate_door("/sign-in/certificate")).await.unwrap();
    let refused = send(&mut browser, &door, "/sign-in/certificate", &[]).await;
    assert_eq!(hook(&refused, "result", "result"), "access-point");

    let page = browser.get(&country.at("/sign-in")).await.unwrap();
    let page = send(&mut browser, &page, "/sign-in", &[("iin", AIGUL), ("password", "demo")]).await;
    assert!(page.url.ends_with("/cabinet"), "{}", page.url);
    let left = send(&mut browser, &page, "/sign-out", &[]).await;
    assert_eq!(hook(&left, "result", "result"), "signed-out");
    assert_eq!(left.headers["connection"], "close");
    assert!(left.headers.contains_key("clear-site-data"));
    let page = browser.get(&country.at("/cabinet")).await.unwrap();
    assert!(page.url.ends_with("/sign-in"), "{}", page.url);
}

#[tokio::test]
async fn too_many_wrong_passwords_lock_the_number_and_say_until_when() {
    let country = Country::found().await;
    let mut browser = country.browser();
    let page = browser.get(&country.at("/sign-in")).await.unwrap();
    for _ in 0..5 {
        let wrong = send(&mut browser, &page, "/sign-in", &[("iin", AIGUL), ("password", "wrong")]).await;
        assert!(wrong.body.contains("ИИН или пароль неверны"), "{}", wrong.body);
    }
    let locked = send(&mut browser, &page, "/sign-in", &[("iin", AIGUL), ("password", "demo")]).await;
    assert!(locked.body.contains("Слишком много попыток"), "{}", locked.body);
}

/// One password tried on many numbers, each of them often enough never to be locked.
#[tokio::test]
async fn too_many_wrong_passwords_from_one_address_lock_the_address() {
    let country = Country::found().await;
    let mut browser = country.browser();
    let page = browser.get(&country.at("/sign-in")).await.unwrap();
    let numbers = (0..100_000_u32).map(|number| format!("8001012{number:05}"));
    let mut numbers = numbers.filter(|number| number.parse::<Iin>().is_ok());
    for number in numbers.by_ref().take(60) {
        let wrong = send(&mut browser, &page, "/sign-in", &[("iin", &number), ("password", "demo")]).await;
        assert!(wrong.body.contains("ИИН или пароль неверны"), "{}", wrong.body);
    }
    let locked = send(&mut browser, &page, "/sign-in", &[("iin", AIGUL), ("password", "demo")]).await;
    assert!(locked.body.contains("Слишком много попыток"), "{}", locked.body);
}

/// What is rendered on paper alone is paid for here like anything else, and its code is for the desk.
///
/// Meets: C6, C7.1, C7.2
#[tokio::test]
async fn a_service_of_a_service_centre_is_paid_at_the_portal_and_received_at_the_desk() {
    let country = Country::found().await;
    let mut browser = signed_in(&country, AIGUL).await;
    let form = browser.get(&country.at(&format!("/order?service={AT_CENTRE}"))).await.unwrap();
    assert!(!form.body.contains("value=\"prepaid\""), "a code of it is for the desk: {}", form.body);
    let refused = send(&mut browser, &form, "/order", &[("for_whom", "self"), ("way", "prepaid")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    send(&mut browser, &form, "/order", &[("for_whom", "self"), ("way", "card")]).await;
    let application = the_order(&country, &mut browser).await;
    let code = country.remembered().pages[0].payment_code.unwrap();
    country.remembered().paid.insert(code);
    let told =
        PaymentNotified { service: AT_CENTRE.parse().unwrap(), ..notice(&country, &application, code) };
    country.gateway_tells(&told).await.unwrap();
    let page = order_page(&country, &mut browser, &application).await;
    assert_eq!(hook(&page, "result", "result"), "paid");
    assert_eq!(hook(&page, "payment-code", "code"), code.digits());
    assert!(page.body.contains("в центре обслуживания населения"), "{}", page.body);
    let order = format!("/orders/{application}/order");
    assert!(!page.body.contains(&order), "the bus cannot render it: {}", page.body);
    let csrf = attribute(&page, "name=\"csrf\"", "value").unwrap();
    browser.post_form(&order, &[("csrf", &csrf), ("form", "forced")]).await.unwrap();
    assert!(country.remembered().bindings.is_empty(), "the code stays free for the desk");

    let (mut operator, desk) = at_desk(&country).await;
    let asked = [("code", code.digits()), ("service", AT_CENTRE.to_owned())];
    let asked = asked.each_ref().map(|(name, value)| (*name, value.as_str()));
    let page = send(&mut operator, &desk, "/desk/inquiries", &asked).await;
    assert_eq!(hook(&page, "result", "result"), "shown");
    assert!(page.body.contains("<title>Проверка кода платежа – "), "{}", page.body);
    assert!(page.body.contains(" – Оплачено. Проверьте документ.</title>"), "in words: {}", page.body);
}

#[tokio::test]
async fn an_address_that_is_none_is_answered_in_words() {
    let country = Country::found().await;
    let page = country.browser().get(&country.at("/nowhere?lang=en")).await.unwrap();
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert_eq!(hook(&page, "result", "result"), "not-found");
    assert!(page.body.contains("There is no such page."), "{}", page.body);
}

/// Meets: T1.1-3, C2.9, C17
#[tokio::test]
async fn a_certificate_lets_its_owner_in_and_a_revocation_bites_in_the_middle_of_a_session() {
    let country = Country::found().await;
    let (mut browser, certificate) = country.browser_of(EMPLOYEE, Some(COMPANY));
    let page = browser.get(&country.at_certificate_door("/sign-in/certificate")).await.unwrap();
    let page = send(&mut browser, &page, "/sign-in/certificate", &[]).await;
    assert!(page.url.ends_with("/cabinet"), "{}: {}", page.url, page.body);
    assert!(page.body.contains("Тұлпар"), "the employee acts for the organisation");

    country.publish_crl(&[&certificate]);
    let refused = browser.get(&country.at_certificate_door("/cabinet")).await.unwrap();
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(hook(&refused, "result", "result"), "certificate-refused");
    assert_eq!(refused.headers["connection"], "close");
}

#[tokio::test]
async fn a_certificate_session_is_nobodys_at_the_other_door() {
    let country = Country::found().await;
    let (mut browser, _) = country.browser_of(AIGUL, None);
    let page = browser.get(&country.at_certificate_door("/sign-in/certificate")).await.unwrap();
    let page = send(&mut browser, &page, "/sign-in/certificate", &[]).await;
    assert!(page.url.ends_with("/cabinet"), "{}", page.url);
    let other = browser.get(&country.at("/cabinet")).await.unwrap();
    assert!(other.url.ends_with("/sign-in"), "{}", other.url);
    let back = browser.get(&country.at("/orders/A20261122-00000000-00/return")).await.unwrap();
    assert!(back.url.starts_with(&country.at_certificate_door("/")), "led to the right door: {}", back.url);
}

#[tokio::test]
async fn an_unknown_owner_of_a_certificate_registers_with_it() {
    let country = Country::found().await;
    let (mut browser, _) = country.browser_of(DANA, None);
    let page = browser.get(&country.at_certificate_door("/sign-in/certificate")).await.unwrap();
    let page = send(&mut browser, &page, "/sign-in/certificate", &[]).await;
    assert_eq!(hook(&page, "result", "result"), "not-registered");
    let page = send(&mut browser, &page, "/register", &[]).await;
    assert!(page.url.ends_with("/cabinet"), "{}", page.url);
}

/// Meets: T7.3-4
#[tokio::test]
async fn the_desk_is_for_operators_with_a_certificate_only() {
    let country = Country::found().await;
    let (mut citizen, _) = country.browser_of(AIGUL, None);
    let page = citizen.get(&country.at_certificate_door("/desk")).await.unwrap();
    let refused = send(&mut citizen, &page, "/desk/sign-in", &[]).await;
    assert_eq!(hook(&refused, "result", "result"), "no-operator");

    let (mut operator, _) = country.browser_of(DANA, None);
    let page = operator.get(&country.at("/desk")).await.unwrap();
    assert!(page.url.starts_with(&country.at_certificate_door("/desk")), "the open door leads to the other");
    let mut by_password = signed_in(&country, AIGUL).await;
    let page = by_password.get(&country.at("/desk/applications")).await;
    assert!(page.is_err() || !page.unwrap().body.contains("data-count"), "a password opens no desk");
}

/// Only when both ticks are there and the last question is answered is the gateway asked to close.
///
/// Meets: T7.5-10, T7.11, T7.12-13, T7.14-15, T7.16-18
/// Defends: A2, A13
#[tokio::test]
async fn the_desk_closes_only_after_both_ticks_and_the_last_question() {
    let country = Country::found().await;
    let code = country.paid_code();
    let (mut browser, page) = at_desk(&country).await;
    let page =
        send(&mut browser, &page, "/desk/inquiries", &[("code", &code.to_string()), ("service", SERVICE)])
            .await;
    assert_eq!(hook(&page, "result", "result"), "shown");
    assert!(page.body.contains("Әбдіреева Айгүл Серікқызы"), "the recipient's full name: {}", page.body);
    assert_eq!(hook(&page, "recipient", "number"), AIGUL);
    assert_eq!(hook(&page, "service", "service"), SERVICE);
    let asked = country.remembered().inquiries[0].clone();
    assert_eq!(asked.operator.iin.to_string(), DANA);
    let readings = portal::desk_readings(&country.database()).await.unwrap();
    assert_eq!(readings.len(), 1, "the look is on record");
    assert_eq!((readings[0].operator.to_string().as_str(), readings[0].person.as_str()), (DANA, AIGUL));

    let id = hook(&page, "inquiry", "id");
    let (compare, close) = (format!("/desk/inquiries/{id}/compare"), format!("/desk/inquiries/{id}/close"));
    let csrf = attribute(&page, "name=\"csrf\"", "value").unwrap();
    let straight = browser.post_form(&close, &[("csrf", &csrf)]).await.unwrap();
    assert_eq!(straight.status, StatusCode::CONFLICT, "closing without the comparison");
    for ticks in [vec![], vec![("document_checked", "yes")], vec![("face_matches", "yes")]] {
        let again = send(&mut browser, &page, &compare, &ticks).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(hook(&again, "result", "result"), "shown");
    }
    assert!(country.remembered().closings.is_empty());

    let both = [("document_checked", "yes"), ("face_matches", "yes")];
    let sure = send(&mut browser, &page, &compare, &both).await;
    assert_eq!(hook(&sure, "result", "result"), "confirm");
    assert!(sure.body.contains("Әбдіреева Айгүл Серікқызы"));
    assert!(country.remembered().closings.is_empty());
    let done = send(&mut browser, &sure, &close, &[]).await;
    assert_eq!(hook(&done, "result", "result"), "closed");
    let closing = country.remembered().closings[0].clone();
    assert_eq!((closing.basis, closing.payment_code), (Basis::Desk, code));
    assert!(closing.ticket.is_some() && closing.operator.unwrap().iin.to_string() == DANA);
    let application = hook(&done, "application", "application");
    send(&mut browser, &sure, &close, &[]).await;
    assert_eq!(country.remembered().closings.len(), 1, "pressed twice, closed once");

    let list = browser.get(&country.at_certificate_door("/desk/applications")).await.unwrap();
    assert!(list.body.contains(&application));
    let issued = send(&mut browser, &list, &format!("/desk/applications/{application}/issued"), &[]).await;
    assert!(issued.body.contains("Выдано"), "{}", issued.body);
}

#[tokio::test]
async fn the_desk_refuses_with_a_recorded_reason_and_closes_nothing() {
    let country = Country::found().await;
    let code = country.paid_code();
    let (mut browser, page) = at_desk(&country).await;
    let page =
        send(&mut browser, &page, "/desk/inquiries", &[("code", &code.digits()), ("service", SERVICE)]).await;
    let id = hook(&page, "inquiry", "id");
    let refuse = format!("/desk/inquiries/{id}/refuse");
    let again = send(&mut browser, &page, &refuse, &[("reason", " ")]).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    let refused = send(&mut browser, &page, &refuse, &[("reason", "Документ другого человека")]).await;
    assert_eq!(hook(&refused, "result", "result"), "declined");
    assert!(refused.body.contains("Документ другого человека"));
    let csrf = attribute(&refused, "name=\"csrf\"", "value").unwrap();
    let close = browser.post_form(&format!("/desk/inquiries/{id}/close"), &[("csrf", &csrf)]).await.unwrap();
    assert_eq!(close.status, StatusCode::CONFLICT);
    assert!(country.remembered().closings.is_empty());
}

/// Facts come in any order: a return of the money that overtakes the notice of payment is not undone by it.
///
/// Meets: C12.1
#[tokio::test]
async fn notices_reach_both_cabinets_and_a_return_of_the_money_stays() {
    let country = Country::found().await;
    let mut aigul = signed_in(&country, AIGUL).await;
    let code = PaymentCode::generate(&mut SystemEntropy);
    let mut told = notice(&country, "A-unknown", code);
    told.application = None;
    told.payer.number = IVAN.parse().unwrap();
    country.gateway_tells(&told).await.unwrap();
    let mut ivan = signed_in(&country, IVAN).await;
    for browser in [&mut aigul, &mut ivan] {
        let page = browser.get(&country.at("/code")).await.unwrap();
        assert_eq!(hook(&page, "codes", "codes"), code.digits());
    }
    // A refund that was granted is not undone by what was said before it, and is by what is said after it.
    let tells = async |event, seconds| {
        let mut header = country.gateway.host.header();
        header.sent_at = header.sent_at.plus_seconds(seconds);
        country.gateway_tells(&PaymentNotified { header, event, ..told.clone() }).await.unwrap();
    };
    for (event, seconds, codes) in [
        (PaymentEvent::Refunded, 10, String::new()),
        (PaymentEvent::Paid, 5, String::new()),
        (PaymentEvent::Disputed, 20, String::new()),
        (PaymentEvent::Paid, 30, code.digits()),
    ] {
        tells(event, seconds).await;
        let page = aigul.get(&country.at("/code")).await.unwrap();
        assert_eq!(hook(&page, "codes", "codes"), codes, "{event:?} after {seconds} s");
    }
    let event = PaymentEvent::Reversed;
    let back = PaymentNotified { header: country.gateway.host.header(), event, ..told.clone() };
    country.gateway_tells(&back).await.unwrap();
    let late = PaymentNotified { header: country.gateway.host.header(), ..told };
    country.gateway_tells(&late).await.unwrap();
    let page = aigul.get(&country.at("/code")).await.unwrap();
    assert_eq!(hook(&page, "codes", "codes"), "");
}

/// Meets: C20.6
#[tokio::test]
async fn the_bus_cannot_tell_of_payments_and_the_gateway_delivers_nothing() {
    let country = Country::found().await;
    let code = PaymentCode::generate(&mut SystemEntropy);
    let mut told = notice(&country, "A-1", code);
    told.header = country.bus.host.header();
    assert!(country.bus_tells(&told).await.unwrap_err().contains("TLM-RGT"));
    let mut delivered = delivery(&country, "A-1", true);
    delivered.header = country.gateway.host.header();
    assert!(country.gateway_tells(&delivered).await.unwrap_err().contains("TLM-RGT"));
}

#[tokio::test]
async fn what_the_framework_refuses_is_said_on_a_page_of_the_portal_in_the_persons_language() {
    let country = Country::found().await;
    let mut browser = country.browser();
    for (address, status, words) in
        [("/?lang=ru", 405, "так не открывается"), ("/nowhere?lang=ru", 404, "Такой страницы нет")]
    {
        let page = browser.post_form(&country.at(address), &[]).await.unwrap();
        assert_eq!(page.status, status, "{}", page.body);
        assert!(page.body.contains(words) && page.body.contains("<html"), "{}", page.body);
    }
}
