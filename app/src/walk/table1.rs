//! Table 1: internet acquiring.

use anyhow::{Context, Result, bail, ensure};
use terms::PaymentCode;
use tokio::process::Command;

use super::person::Person;
use super::steps::Steps;
use super::table6::{closed, document, order};
use crate::country::{Country, Port};

/// Logs in by certificate where the portal asks for it.
pub(crate) async fn log_in(person: &mut Person) -> Result<()> {
    person.open("/sign-in/certificate").await?;
    if person.can_send("sign-in-certificate") {
        person.send("sign-in-certificate", &[]).await?;
    }
    Ok(())
}

/// Opens a page of the portal, signing in again by certificate where the portal forgot the session.
pub(crate) async fn open(person: &mut Person, address: &str) -> Result<()> {
    person.open(address).await?;
    if person.page.url.contains("/sign-in") {
        log_in(person).await?;
        person.open(address).await?;
    }
    Ok(())
}

/// What Aigul types on the card page.
const CARD: [(&str, &str); 3] = [("number", "4242 4242 4242 4242"), ("expiry", "12/30"), ("code", "123")];

pub(crate) async fn walk(steps: &mut Steps<'_>) -> Result<()> {
    let country = steps.country;
    steps.ok("T1.pre", "a certificate of the national CA, and a card").await?;
    let site = country.url(Port::PortalCertificatePages);
    let mut person = Person::at(country, &site, Some("aigul")).await?;
    log_in(&mut person).await?;
    person.open("/cabinet").await?;
    person.sees("Сәрсенова")?;
    steps.ok("T1.1-3", "logged in by certificate").await?;
    log_in(&mut person).await?;
    order(&mut person, "card").await?;
    steps.ok("T1.4-5", "service and card chosen").await?;
    let page = person.page.url.clone();
    ensure!(page.starts_with(&country.url(Port::CardPages)), "no card page: {}", person.says());
    person.open(&page).await?;
    steps.ok("T1.6-11", "the portal asked for a code over mutual TLS").await?;
    ensure!(
        !page.contains("1725") && !page.contains("8506"),
        "the address carries more than a token: {page}"
    );
    steps.ok("T1.12-13", "redirected with nothing but a one-time token").await?;
    person.open(&page).await?;
    person.sees("1 725,00 ₸")?;
    person.send("card-form", &CARD).await?;
    steps.ok("T1.14-17", "number and code entered and confirmed").await?;
    let code = paid(&mut person, &page).await?;
    let known = steps.state(code, "paid").await?;
    known.happened("authorisation-asked")?;
    known.happened("authorisation")?;
    steps.ok("T1.18-21", "authorised by the bank's processing").await?;
    let (bank, arrived) = known.evidence("NotifyPayment in")?;
    steps.ok("T1.22", format!("the notice is signed by {bank}")).await?;
    steps.ask(&["payment", "verify-chain"], "gateway").await?;
    steps.ok("T1.23", format!("arrived {arrived}; the chain over all stored data is whole")).await?;
    person.open(&page).await?;
    let back = person.link("/orders/")?;
    ensure!(back.starts_with(&country.url(Port::PortalPages)), "the way back leads to {back}");
    let application = application_of(&back)?;
    let mut person = Person::at(country, &site, Some("aigul")).await?;
    open(&mut person, &format!("/orders/{application}/return")).await?;
    steps.ok("T1.24-27", "the result is shown, and the way back is the portal's").await?;
    receipt(steps, &mut person, &application, code).await?;
    steps.ok("T1.28-30", "page, PDF and signed XML; the XML and the QR verify off line").await?;
    open(&mut person, &format!("/orders/{application}")).await?;
    if person.can_send("order-service") {
        person.send("order-service", &[]).await?;
    }
    steps.ok("T1.31-32", "the service is ordered with the code counted in").await?;
    open(&mut person, "/cabinet").await?;
    document(&mut person, &application).await?;
    closed(steps, code).await?;
    steps.ok("T1.post", "paid, known to the gateway, rendered by the portal").await
}

/// Pays for the service by card, as in the steps above, and gives the payment code.
pub(crate) async fn pay_by_card(country: &Country) -> Result<PaymentCode> {
    let site = country.url(Port::PortalCertificatePages);
    let mut person = Person::at(country, &site, Some("aigul")).await?;
    log_in(&mut person).await?;
    order(&mut person, "card").await?;
    let page = person.page.url.clone();
    person.open(&page).await?;
    person.send("card-form", &CARD).await?;
    paid(&mut person, &page).await
}

/// Waits for the result on the card page.
pub(crate) async fn paid(person: &mut Person, page: &str) -> Result<PaymentCode> {
    for _ in 0..150 {
        if person.result() == "paid" {
            return person.code();
        }
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        person.open(page).await?;
    }
    bail!("the payment does not come through: {}", person.says())
}

/// The application number in an address of the portal.
pub(crate) fn application_of(address: &str) -> Result<String> {
    let (_, rest) = address.split_once("/orders/").context("not the address of an order")?;
    Ok(rest.split(['/', '?']).next().unwrap_or_default().to_owned())
}

/// The receipt in all its forms, each verified as anybody would.
pub(crate) async fn receipt(
    steps: &Steps<'_>,
    person: &mut Person,
    application: &str,
    code: PaymentCode,
) -> Result<()> {
    let url = format!("/orders/{application}");
    let mut link = None;
    for _ in 0..100 {
        open(person, &url).await?;
        link = person.link("/r/").ok();
        if link.is_some() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    let link = link.with_context(|| format!("no receipt is offered: {}", person.says()))?;
    let mut reader = Person::at(steps.country, &link, None).await?;
    reader.sees(&code.to_string())?;
    for field in [application, "1 725,00", "KZ24"] {
        reader.sees(field)?;
    }
    let folder = tempfolder(steps.country)?;
    for file in ["receipt.xml", "receipt.pdf"] {
        reader.open(&format!("{link}/{file}")).await?;
        let path = folder.join(file);
        std::fs::write(&path, &reader.page.octets)?;
        let verified = Command::new(std::env::current_exe()?)
            .args(["receipt", "verify", "--json", "--national-ca"])
            .arg(steps.country.folder().join("gateway/national-ca.pem"))
            .arg("--qr-certificate")
            .arg(steps.country.folder().join("gateway/qr.pem"))
            .arg(&path)
            .output()
            .await?;
        let said = String::from_utf8_lossy(&verified.stdout);
        ensure!(
            verified.status.success() && said.contains(&code.digits()),
            "{file} does not verify: {}",
            String::from_utf8_lossy(&verified.stderr)
        );
    }
    Ok(())
}

fn tempfolder(country: &Country) -> Result<std::path::PathBuf> {
    let folder = country.folder().join("walk");
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}
