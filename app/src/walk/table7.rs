//! Table 7: a prepaid service at a service centre.

use anyhow::{Result, ensure};

use super::person::Person;
use super::steps::Steps;
use super::table5::{RECIPIENT, SERVICE, prepay};
use crate::country::Port;

async fn sign_in(person: &mut Person) -> Result<()> {
    person.open("/desk").await?;
    if person.can_send("desk-sign-in") {
        person.send("desk-sign-in", &[]).await?;
        person.open("/desk").await?;
    }
    Ok(())
}

/// Opens a page of the desk, signing in again where the portal forgot the session.
async fn open(person: &mut Person, address: &str) -> Result<()> {
    person.open(address).await?;
    if person.can_send("desk-sign-in") {
        sign_in(person).await?;
        person.open(address).await?;
    }
    Ok(())
}

pub(crate) async fn walk(steps: &mut Steps<'_>) -> Result<()> {
    let country = steps.country;
    let code = prepay(country).await?;
    steps.state(code, "paid").await?;
    steps.ok("T7.pre", format!("a slip with {code}")).await?;
    steps.ok("T7.1-2", format!("the person shows the slip and asks for {SERVICE}")).await?;
    let desk = country.url(Port::PortalCertificatePages);
    let mut by_password = Person::at(country, &country.url(Port::PortalPages), None).await?;
    super::table6::log_in(&mut by_password).await?;
    // The desk leads to the door that asks for a certificate; without one there is no connection at all.
    let entered = by_password.open("/desk").await.is_ok() && by_password.can_send("inquire");
    ensure!(!entered, "the desk opened without a certificate");
    let mut operator = Person::at(country, &format!("{desk}/desk"), Some("operator")).await?;
    sign_in(&mut operator).await?;
    ensure!(operator.can_send("inquire"), "the operator is not let in: {}", operator.says());
    steps.ok("T7.3-4", "the operator is in by certificate, nobody else").await?;
    open(&mut operator, "/desk").await?;
    operator.send("inquire", &[("code", &code.to_string()), ("service", SERVICE)]).await?;
    let inquiry = operator.mark("inquiry", "id").unwrap_or_default();
    ensure!(!inquiry.is_empty(), "no inquiry: {}", operator.says());
    let known = steps.gateway_knows(code).await?;
    let (portal, _) = known.evidence("InquirePaymentCode in")?;
    let detail = format!("the gateway was asked over the signature of {portal}");
    steps.ok("T7.5-10", detail).await?;
    let page = format!("/desk/inquiries/{inquiry}");
    open(&mut operator, &page).await?;
    operator.sees("Сәрсенова Айгүл")?;
    operator.sees(RECIPIENT)?;
    operator.sees(SERVICE)?;
    steps.ok("T7.11", "full name, IIN and service code are shown").await?;
    open(&mut operator, &page).await?;
    operator.send("compare", &[("document_checked", "yes")]).await?;
    ensure!(!operator.can_send("close"), "one tick suffices: {}", operator.says());
    open(&mut operator, &page).await?;
    operator.send("compare", &[("document_checked", "yes"), ("face_matches", "yes")]).await?;
    steps.ok("T7.12-13", "both ticks are needed: the document is checked, the face matches").await?;
    open(&mut operator, &format!("{page}/confirm")).await?;
    operator.sees("Сәрсенова Айгүл")?;
    operator.send("close", &[]).await?;
    let known = steps.state(code, "closed").await?;
    known.evidence("ClosePayment in")?;
    steps.ok("T7.14-15", "closed at the gateway over the operator's confirmation").await?;
    open(&mut operator, "/desk/applications").await?;
    let count = operator.mark("applications", "count").unwrap_or_default();
    ensure!(count != "0" && !count.is_empty(), "no application is accepted: {}", operator.says());
    if operator.can_send("issued") {
        operator.send("issued", &[]).await?;
    }
    steps.ok("T7.16-18", format!("{count} applications accepted with a term; issued when ready")).await?;
    steps.state(code, "closed").await?;
    steps.ok("T7.post", "the service is received and the code annulled").await
}
