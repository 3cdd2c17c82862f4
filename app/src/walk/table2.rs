//! Table 2: a bank account, at the portal.

use anyhow::{Result, ensure};

use super::person::Person;
use super::steps::Steps;
use super::table1::{application_of, log_in, open, receipt};
use super::table6::{closed, document, order};
use crate::country::Port;

const CLOSED_ACCOUNT: &str = "KZ23 0000 0000 0000 0003";
const ACCOUNT: &str = "KZ77 0000 0000 0000 0001";

pub(crate) async fn walk(steps: &mut Steps<'_>) -> Result<()> {
    let country = steps.country;
    let site = country.url(Port::PortalCertificatePages);
    let mut person = Person::at(country, &site, Some("aigul")).await?;
    log_in(&mut person).await?;
    order(&mut person, "bankAccount").await?;
    steps.ok("T2.1-5", "logged in by certificate; service and bank account chosen").await?;
    let page = person.page.url.clone();
    ensure!(page.starts_with(&country.url(Port::GatewayPages)), "no payment page: {}", person.says());
    steps.ok("T2.6-8", "the gateway made the page's address, the person is there").await?;
    person.open(&page).await?;
    let bank = crate::country::BANK1_BIN;
    person.send("account-form", &[("bank", bank), ("account", CLOSED_ACCOUNT)]).await?;
    ensure!(person.can_send("confirm-form"), "nothing to confirm: {}", person.says());
    steps.ok("T2.9-11", "bank chosen, account entered").await?;
    person.open(&page).await?;
    person.send("account-form", &[("bank", bank), ("account", CLOSED_ACCOUNT)]).await?;
    person.send("confirm-form", &[]).await?;
    steps.ok("T2.12-13", "core banking checked the requisites").await?;
    person.sees("Ответ банка")?;
    steps.ok("T2.14", "a closed account: the bank's code and words are shown, no money is taken").await?;
    person.open(&page).await?;
    person.send("account-form", &[("bank", bank), ("account", ACCOUNT)]).await?;
    person.send("confirm-form", &[]).await?;
    for _ in 0..150 {
        if person.result() == "paid" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        person.open(&page).await?;
    }
    person.expect("paid")?;
    let code = person.code()?;
    let known = steps.gateway_knows(code).await?;
    let answer =
        known.evidence("DebitAccountResponse in").or_else(|_| known.evidence("InquireAttemptResponse in"));
    let (signer, _) = answer?;
    let detail = format!("reference, date and time over the signature of {signer}");
    steps.ok("T2.15-16", detail).await?;
    known.happened("debited")?;
    steps.ok("T2.17-18", format!("the code {code} is born paid and stored")).await?;
    person.open(&page).await?;
    let back = person.link("/orders/")?;
    let application = application_of(&back)?;
    let mut person = Person::at(country, &site, Some("aigul")).await?;
    receipt(steps, &mut person, &application, code).await?;
    steps.ok("T2.19-20", "the receipt can be viewed, printed and saved; the way back is given").await?;
    open(&mut person, &format!("/orders/{application}")).await?;
    if person.can_send("order-service") {
        person.send("order-service", &[]).await?;
    }
    steps.ok("T2.21-23", "the service is ordered with the code").await?;
    open(&mut person, "/cabinet").await?;
    document(&mut person, &application).await?;
    closed(steps, code).await?;
    steps.ok("T2.post", "paid, known to the gateway, rendered by the portal").await
}
