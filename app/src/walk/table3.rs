//! Table 3: internet banking.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use participant::SystemClock;
use terms::Clock as _;

use super::person::Person;
use super::steps::Steps;
use super::table5::SERVICE;
use crate::country::{PASSWORD, Port, one_time_secret};

/// How long an authenticator shows one code (RFC 6238).
const ONE_TIME_CODE_SECONDS: u64 = 30;
const LOGIN: &str = "ivan";
const ACCOUNT: &str = "KZ330010000000000002";

async fn log_in(person: &mut Person) -> Result<()> {
    person.open("/").await?;
    if person.can_send("login-form") {
        person.send("login-form", &[("login", LOGIN), ("password", PASSWORD)]).await?;
    }
    Ok(())
}

/// What the authenticator on the person's telephone shows.
fn one_time_code() -> Result<String> {
    let secret = one_time_secret(LOGIN).context("nobody has this login")?;
    Ok(bank::one_time_code(secret, SystemClock.now())?)
}

pub(crate) async fn walk(steps: &mut Steps<'_>) -> Result<()> {
    let country = steps.country;
    let mut person = Person::at(country, &country.url(Port::Bank2Pages), None).await?;
    steps
        .ok("T3.pre", "a client with a login and an account that holds the price and the commission")
        .await?;
    log_in(&mut person).await?;
    person.open("/pay").await?;
    ensure!(person.can_send("order"), "the log-in is not taken: {}", person.says());
    steps.ok("T3.1-3", "the bank's certificate is of the national CA; logged in").await?;
    log_in(&mut person).await?;
    person.open("/pay").await?;
    let chosen = [("service", SERVICE), ("recipient", "self"), ("means", ACCOUNT)];
    person.send("order", &chosen).await?;
    person.sees("1 725,00 ₸")?;
    person.send("confirm", &[("one-time-code", &one_time_code()?)]).await?;
    if person.can_send("confirm") {
        // Each code serves once, and a walk just before this one may have used it.
        tokio::time::sleep(Duration::from_secs(ONE_TIME_CODE_SECONDS)).await;
        person.send("confirm", &[("one-time-code", &one_time_code()?)]).await?;
    }
    steps.ok("T3.4-7", "service and means chosen, price and commission confirmed by a one-time code").await?;
    person.expect("paid")?;
    let code = person.code()?;
    let known = steps.gateway_knows(code).await?;
    known.evidence("RequestPaymentCode in")?;
    steps.ok("T3.8-12", format!("the code was issued to {}", known.head("issued_to"))).await?;
    let reference = person.mark("bank-reference", "reference").unwrap_or_default();
    ensure!(!reference.is_empty(), "no reference is shown: {}", person.says());
    steps.ok("T3.13-14", format!("debited under {reference}, the code {code} is given")).await?;
    let known = steps.state(code, "paid").await?;
    let (bank, _) = known.evidence("NotifyPayment in")?;
    let detail = format!("the notice is signed by {bank}");
    steps.ok("T3.15-16", detail).await?;
    let (portal, arrived) = steps
        .by_itself("the portal acknowledges", || async {
            let known = steps.gateway_knows(code).await?;
            let found = known.evidence("PaymentNotifiedResponse in").ok();
            Ok(found.map(|(portal, arrived)| (portal.to_owned(), arrived.to_owned())))
        })
        .await?;
    steps.ask(&["payment", "verify-chain"], "gateway").await?;
    let received = known.head("received_at");
    steps
        .ok(
            "T3.17",
            format!(
                "arrived {received}; the portal {portal} signed at {arrived}; the chain over all is whole"
            ),
        )
        .await?;
    log_in(&mut person).await?;
    person.open("/payments").await?;
    person.sees(&code.to_string())?;
    steps.ok("T3.18-21", "the history shows the code, confirmed by the gateway").await?;
    steps.state(code, "paid").await?;
    steps.ok("T3.post", "paid, the gateway knows, the user has the code").await
}
