//! Table 6: a prepaid service at the portal, or at a public access point.

use anyhow::{Result, ensure};
use terms::PaymentCode;

use super::person::Person;
use super::steps::Steps;
use super::table5::{RECIPIENT, SERVICE, prepay};
use crate::country::Port;

/// Logs in by password where the portal asks for it.
pub(crate) async fn log_in(person: &mut Person) -> Result<()> {
    person.open("/sign-in").await?;
    if person.can_send("sign-in") {
        person.send("sign-in", &[("iin", RECIPIENT), ("password", "demo")]).await?;
    }
    Ok(())
}

/// Opens a page of the portal, logging in again where the portal forgot the session.
pub(crate) async fn open_signed_in(person: &mut Person, address: &str) -> Result<()> {
    person.open(address).await?;
    if person.can_send("sign-in") || person.page.url.contains("/sign-in") {
        log_in(person).await?;
        person.open(address).await?;
    }
    Ok(())
}

/// Forms an order; the page that follows. A portal that has just begun asks the person to come again.
pub(crate) async fn order(person: &mut Person, way: &str) -> Result<()> {
    let form = format!("/order?service={SERVICE}");
    open_signed_in(person, &form).await?;
    for _ in 0..50 {
        if person.result() != "no-catalogue" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        open_signed_in(person, &form).await?;
    }
    person
        .send("order", &[("for_whom", "self"), ("way", way), ("recipient", ""), ("recipient_name", "")])
        .await
}

pub(crate) async fn walk(steps: &mut Steps<'_>) -> Result<()> {
    let country = steps.country;
    let code = prepay(country).await?;
    steps.state(code, "paid").await?;
    steps.ok("T6.pre", format!("a slip with {code}")).await?;
    let portal = country.url(Port::PortalPages);
    let mut by_certificate =
        Person::at(country, &format!("{}/pod", country.url(Port::PortalCertificatePages)), Some("aigul"))
            .await?;
    by_certificate.open("/sign-in/certificate").await?;
    if by_certificate.can_send("sign-in-certificate") {
        by_certificate.send("sign-in-certificate", &[]).await?;
    }
    by_certificate.open("/cabinet").await?;
    ensure!(
        by_certificate.mark("orders", "count").is_none(),
        "an access point took a certificate: {}",
        by_certificate.says()
    );
    let mut person = Person::at(country, &portal, None).await?;
    log_in(&mut person).await?;
    person.open("/cabinet").await?;
    person.sees("Сәрсенова")?;
    steps.ok("T6.1-3", "logged in by password; a public access point takes passwords only").await?;
    order(&mut person, "prepaid").await?;
    let application = person.mark("application", "application").unwrap_or_default();
    ensure!(!application.is_empty(), "no application number: {}", person.says());
    let code_page = format!("/orders/{application}/code");
    let typo = code.digits().replacen(
        &code.digits()[4..6],
        if &code.digits()[4..6] == "00" { "11" } else { "00" },
        1,
    );
    person.send("code", &[("code", &typo)]).await?;
    ensure!(person.can_send("code"), "a slip of the pen is taken: {}", person.says());
    open_signed_in(&mut person, &code_page).await?;
    person.send("code", &[("code", &code.to_string())]).await?;
    steps
        .ok("T6.4-7", "service, prepayment, code entered; a slip of the pen is caught before any call")
        .await?;
    steps.ok("T6.8", format!("application {application}")).await?;
    let known = steps
        .by_itself("the code is bound", || async {
            let known = steps.gateway_knows(code).await?;
            Ok(known.evidence("BindPaymentCode in").is_ok().then_some(known))
        })
        .await?;
    let (signer, _) = known.evidence("BindPaymentCode in")?;
    let detail = format!("asked over the signature of {signer}");
    steps.ok("T6.9-10", detail).await?;
    known.happened("bound")?;
    steps.ok("T6.11-13", "the gateway checked that this user prepaid this service").await?;
    open_signed_in(&mut person, &format!("/orders/{application}")).await?;
    person.sees(&application)?;
    steps.ok("T6.14", "the application number is shown").await?;
    let said = steps
        .by_itself("the order reaches the service bus", || async {
            Ok(steps.ask(&["bus", &application], "service-bus").await?.into_iter().next())
        })
        .await?;
    ensure!(said["payer"] == RECIPIENT && said["service"] == SERVICE, "the bus was told {said}");
    steps
        .ok("T6.15", format!("the bus was told application, payer {}, service {SERVICE}", said["payer"]))
        .await?;
    document(&mut person, &application).await?;
    steps.ok("T6.16-18", "the document is in the cabinet and can be saved").await?;
    person.open("/cabinet").await?;
    if person.can_send("sign-out") {
        person.send("sign-out", &[]).await?;
    }
    person.open("/cabinet").await?;
    ensure!(!person.page.body.contains(&application), "the cabinet is still open: {}", person.says());
    steps.ok("T6.19", "logged out").await?;
    closed(steps, code).await?;
    steps.ok("T6.post", "received, and the code is annulled at the gateway").await
}

/// Waits for the document of an order and saves it.
pub(crate) async fn document(person: &mut Person, application: &str) -> Result<()> {
    let address = format!("/orders/{application}/document");
    for _ in 0..150 {
        open_signed_in(person, &address).await?;
        if person.page.octets.starts_with(b"%PDF-") {
            return Ok(());
        }
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    anyhow::bail!("the document does not come: {}", person.says())
}

/// Waits until a code is used at the gateway.
pub(crate) async fn closed(steps: &Steps<'_>, code: PaymentCode) -> Result<()> {
    let known = steps.state(code, "closed").await?;
    known.happened("closed")
}
