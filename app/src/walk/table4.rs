//! Table 4: an ATM.

use anyhow::{Result, ensure};

use super::person::Person;
use super::steps::Steps;
use super::table5::SERVICE;
use crate::country::Port;

pub(crate) async fn walk(steps: &mut Steps<'_>) -> Result<()> {
    let country = steps.country;
    let mut person = Person::at(country, &country.url(Port::Bank1Atm), None).await?;
    enter(&mut person).await?;
    steps.ok("T4.1", "the PIN is right").await?;
    again(&mut person, Screen::Menu).await?;
    person.sees("Оплата государственных электронных услуг")?;
    person.send("menu-form", &[]).await?;
    person.sees("1 725,00 ₸")?;
    steps.ok("T4.2", "the prescribed operation; each service with its price").await?;
    again(&mut person, Screen::Service).await?;
    person.send("service-form", &[("service", SERVICE)]).await?;
    person.sees("85******0017")?;
    steps.ok("T4.3", "the own client's IIN comes from core banking").await?;
    again(&mut person, Screen::Recipient).await?;
    person.send("own-form", &[("recipient", "own")]).await?;
    ensure!(person.can_send("confirm-form"), "nothing to confirm: {}", person.says());
    steps.ok("T4.4", "price and commission are shown to confirm").await?;
    again(&mut person, Screen::Confirm).await?;
    person.send("confirm-form", &[]).await?;
    for _ in 0..50 {
        if !person.result().is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        person.refresh().await?;
    }
    person.expect("paid")?;
    let code = person.code()?;
    // Read here: a machine that is cut off shows this slip again only to the card that paid, put in anew.
    let slip = person.slip()?;
    let reference = person.mark("bank-reference", "reference").unwrap_or_default();
    ensure!(!reference.is_empty(), "no bank reference is shown: {}", person.says());
    steps.ok("T4.5", "authorised over ISO 8583 inside mutual TLS").await?;
    let known = steps.gateway_knows(code).await?;
    known.evidence("RequestPaymentCode in")?;
    steps.ok("T4.6-10", "the code was asked for by the bank's processing").await?;
    steps.ok("T4.11", format!("the bank's reference is {reference}")).await?;
    steps.ok("T4.12", format!("the screen shows {code}")).await?;
    let known = steps.state(code, "paid").await?;
    let (bank, arrived) = known.evidence("NotifyPayment in")?;
    let detail = format!("signed by {bank}, arrived {arrived}");
    steps.ok("T4.13-16", detail).await?;
    ensure!(slip.contains(&code.to_string()), "the slip has no code: {slip}");
    ensure!(slip.contains(&reference), "the slip has no result of authorisation: {slip}");
    steps.ok("T4.17-18", "the slip carries the result of authorisation and the code").await?;
    steps.state(code, "paid").await?;
    steps.ok("T4.post", "paid, on a printed receipt").await
}

/// Where the person stands at the machine.
#[derive(PartialEq, PartialOrd)]
enum Screen {
    Menu,
    Service,
    Recipient,
    Confirm,
}

/// Puts the card in. A slip that the machine was cut off from handing out comes first, and the card comes out with it.
async fn enter(person: &mut Person) -> Result<()> {
    loop {
        while !person.can_send("language-form") {
            let form = if person.can_send("end-form") { "end-form" } else { "leave" };
            person.send(form, &[]).await?;
        }
        person.send("language-form", &[("language", "ru")]).await?;
        person.send("card-form", &[("card-number", "4242 4242 4242 4242"), ("pin", "1234")]).await?;
        if person.result() != "paid" {
            break;
        }
    }
    ensure!(person.can_send("menu-form"), "the PIN is not taken: {}", person.says());
    Ok(())
}

/// After a power cut the person puts the card in again and comes back to the same screen.
async fn again(person: &mut Person, screen: Screen) -> Result<()> {
    person.refresh().await?;
    if !person.can_send("language-form") {
        return Ok(());
    }
    enter(person).await?;
    if screen >= Screen::Service {
        person.send("menu-form", &[]).await?;
    }
    if screen >= Screen::Recipient {
        person.send("service-form", &[("service", SERVICE)]).await?;
    }
    if screen >= Screen::Confirm {
        person.send("own-form", &[("recipient", "own")]).await?;
    }
    Ok(())
}
