//! Table 5: cash at a kiosk.

use anyhow::{Result, ensure};
use terms::PaymentCode;

use super::person::Person;
use super::steps::Steps;
use crate::country::{Country, Port};

/// The recipient of these payments.
pub(crate) const RECIPIENT: &str = "850612200017";
/// The service, and its price as pages write it.
pub(crate) const SERVICE: &str = "P-0101";
const PRICE: &str = "1 725,00 ₸";

/// Pays at the kiosk without reporting: how the other tables come by a prepaid code.
pub(crate) async fn prepay(country: &Country) -> Result<PaymentCode> {
    let mut person = Person::at(country, &country.url(Port::Bank1Kiosk), None).await?;
    begin(&mut person).await?;
    person.send("recipient-form", &[("iin", RECIPIENT)]).await?;
    insert(&mut person).await?;
    pay(&mut person).await
}

/// T5.1: a fresh screen, the language, the price list.
async fn begin(person: &mut Person) -> Result<()> {
    while !person.can_send("language-form") {
        if person.can_send("end-form") {
            person.send("end-form", &[]).await?;
        } else if person.can_send("give-up-form") {
            person.send("give-up-form", &[]).await?;
        } else {
            person.send("leave", &[]).await?;
        }
    }
    person.send("language-form", &[("language", "ru")]).await?;
    person.sees(PRICE)?;
    person.send("service-form", &[("service", SERVICE)]).await
}

/// After a power cut with no cash inside the machine begins anew, and so does the person.
async fn again(person: &mut Person, recipient: Option<&str>) -> Result<()> {
    person.refresh().await?;
    if !person.can_send("language-form") {
        return Ok(());
    }
    begin(person).await?;
    match recipient {
        Some(iin) => person.send("recipient-form", &[("iin", iin)]).await,
        None => Ok(()),
    }
}

async fn insert(person: &mut Person) -> Result<()> {
    for note in ["1000", "500", "500"] {
        person.send("note-form", &[("note", note)]).await?;
    }
    Ok(())
}

async fn pay(person: &mut Person) -> Result<PaymentCode> {
    person.send("pay-form", &[]).await?;
    for _ in 0..50 {
        if person.mark("payment-code", "code").is_some() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        person.refresh().await?;
    }
    person.code()
}

pub(crate) async fn walk(steps: &mut Steps<'_>) -> Result<()> {
    let country = steps.country;
    let mut person = Person::at(country, &country.url(Port::Bank1Kiosk), None).await?;
    begin(&mut person).await?;
    steps.ok("T5.1", format!("the price list shows {SERVICE} for {PRICE}")).await?;
    again(&mut person, None).await?;
    ensure!(person.can_send("recipient-form"), "the recipient is not asked for: {}", person.says());
    steps.ok("T5.2", "the recipient's IIN is asked for").await?;
    again(&mut person, None).await?;
    person.send("recipient-form", &[("iin", "100001200013")]).await?;
    ensure!(person.can_send("recipient-form"), "an IIN that is not registered is taken: {}", person.says());
    person.send("recipient-form", &[("iin", RECIPIENT)]).await?;
    ensure!(person.can_send("note-form"), "the IIN is not taken: {}", person.says());
    steps.ok("T5.3-9", "an unknown IIN is asked for again, a valid one is taken").await?;
    again(&mut person, Some(RECIPIENT)).await?;
    insert(&mut person).await?;
    ensure!(person.can_send("pay-form"), "the cash does not suffice: {}", person.says());
    steps.ok("T5.10-11", "2 000 ₸ inserted").await?;
    person.refresh().await?;
    let code = pay(&mut person).await?;
    let known = steps.gateway_knows(code).await?;
    known.happened("issued")?;
    known.evidence("RequestPaymentCode in")?;
    steps.ok("T5.12-17", format!("the code {code} was issued to {}", known.head("issued_to"))).await?;
    person.expect("paid")?;
    steps.ok("T5.18", "the payment is authorised").await?;
    person.refresh().await?;
    person.sees(&code.to_string())?;
    steps.ok("T5.19-20", "the slip carries the result and the code").await?;
    let known = steps.state(code, "paid").await?;
    let (bank, arrived) = known.evidence("NotifyPayment in")?;
    ensure!(bank == known.head("bank"), "the notice is signed by {bank}");
    let detail = format!("the notice is signed by {bank}, arrived {arrived}");
    let portal = steps
        .by_itself("the portal acknowledges", || async {
            let known = steps.gateway_knows(code).await?;
            Ok(known.evidence("PaymentNotifiedResponse in").ok().map(|(portal, _)| portal.to_owned()))
        })
        .await?;
    steps.ok("T5.21-25", format!("{detail}; the portal {portal} acknowledged by signature")).await?;
    person.refresh().await?;
    person.sees(&code.to_string())?;
    steps.ok("T5.post", "paid, the gateway knows, the person has the code on paper").await
}
