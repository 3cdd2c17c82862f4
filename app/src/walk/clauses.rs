//! The clauses of the instruction that are about the whole country and not about one table: what is kept, proven,
//! permitted, reported and settled. Each is shown on one payment made for it and on what the country says of itself.

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use memchr::memmem;
use participant::SystemClock;
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;
use terms::{Clock as _, PaymentCode};
use transport::{ClientLimits, HttpClient};

use super::person::Person;
use super::refund;
use super::steps::{Known, Steps};
use super::table1::pay_by_card;
use super::table5::{RECIPIENT, prepay};
use crate::country::{Country, PROCESSES, Port};
use crate::voice::Voice;

/// A request that nobody has signed.
const UNSIGNED: &str = "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Header/><s:Body>\
                        <ListServices xmlns=\"urn:tolem:gateway:v1\"/></s:Body></s:Envelope>";
/// An organisation's officer for the money, who has nothing to do with groups.
const FINANCE: &str = "700707100057";

pub(crate) async fn walk(steps: &mut Steps<'_>) -> Result<()> {
    let country = steps.country;
    let code = prepay(country).await?;
    let known = steps.state(code, "paid").await?;
    told(steps, code).await?;
    reported(steps).await?;
    exchanged(steps, &known).await?;
    secured(steps, code, &known).await?;
    permitted(steps).await?;
    agreed(steps).await?;
    settled(steps).await
}

/// C10: the portal is told, and the books say what the signed messages say.
async fn told(steps: &mut Steps<'_>, code: PaymentCode) -> Result<()> {
    let portal = steps
        .by_itself("the portal acknowledges", || async {
            let known = steps.gateway_knows(code).await?;
            Ok(known.evidence("PaymentNotifiedResponse in").ok().map(|(portal, _)| portal.to_owned()))
        })
        .await?;
    // It ends as a failure where the journal is not what the signed messages say.
    steps.ask(&["journal", "verify"], "gateway").await?;
    steps.ask(&["register", "form", "--day", &today()], "gateway").await?;
    let registers = steps
        .by_itself("a bank acknowledges its register", || async {
            let all = steps.ask(&["register", "list", "--day", &today()], "gateway").await?;
            let is_acknowledged = |line: &Value| line["state"] == "acknowledged";
            Ok(all.iter().any(is_acknowledged).then_some(all.len()))
        })
        .await?;
    let detail =
        format!("portal {portal} has signed for it; {registers} registers, a bank's is acknowledged");
    steps.ok("C10", detail).await
}

/// C11: statistics by time, and summaries of a day, a week and a month.
async fn reported(steps: &mut Steps<'_>) -> Result<()> {
    let paid = |lines: &[Value]| {
        let whole = lines.last().context("an empty report")?;
        ensure!(whole["by"] == "whole", "the report has no whole");
        whole["figures"]["paid"].as_u64().context("the report counts nothing")
    };
    let by_hour = steps.ask(&["report", "--by", "hour"], "gateway").await?;
    ensure!(by_hour.len() == 25, "a day has 24 hours and a whole, not {} lines", by_hour.len());
    let today = paid(&by_hour)?;
    let hours = by_hour[..24].iter().filter_map(|line| line["figures"]["paid"].as_u64());
    ensure!(today > 0 && hours.sum::<u64>() == today, "the hours are not the day");
    steps.ok("C11.1", format!("{today} payments today, by the hour, beside the day before")).await?;
    let mut spans = Vec::new();
    for span in ["day", "week", "month"] {
        spans.push(paid(&steps.ask(&["report", "--span", span, "--by", "method"], "gateway").await?)?);
    }
    ensure!(spans.is_sorted(), "a week has less than its day, or a month than its week: {spans:?}");
    steps.ok("C11.2", format!("payments of the day, the week and the month: {spans:?}")).await
}

/// C12–C14: with whom the gateway exchanges what, and by which standards.
async fn exchanged(steps: &mut Steps<'_>, known: &Known) -> Result<()> {
    let country = steps.country;
    let (bank, arrived) = known.evidence("NotifyPayment in")?;
    steps.ok("C12.1", "the portal was told by PaymentNotified, and signed for it").await?;
    steps.ok("C12.2", format!("bank {bank} said so on line, {arrived}")).await?;
    let list = known.line("NotifyPayment in")?["crl_number"].as_u64().unwrap_or(0);
    ensure!(list > 0, "the signer was checked against no list");
    steps.ok("C12.3", format!("the signer was checked against list {list} of the national CA")).await?;
    let client = as_bank(country).await?;
    for (service, port) in
        [("gateway", Port::GatewayMessages), ("bank", Port::Bank1Messages), ("portal", Port::PortalMessages)]
    {
        let wsdl = client.get(&format!("{}/ws/v1/{service}?wsdl", country.url(port))).await?;
        ensure!(wsdl.status.is_success(), "{service} publishes no WSDL");
        ensure!(memmem::find(&wsdl.body, b"common").is_some(), "{service} goes by other types");
    }
    steps.ok("C13.1", "gateway, bank and portal publish WSDL over the same types").await?;
    let by_card = pay_by_card(country).await?;
    steps.gateway_knows(by_card).await?.happened("authorisation")?;
    let pan = b"4242424242424242";
    let kept = files_with(&country.folder().join("gateway"), pan)?
        + files_with(&country.folder().join("card"), pan)?;
    ensure!(kept == 0, "{kept} files of the gateway hold a card number");
    let detail =
        format!("{by_card} was paid by card; no file of the gateway or its card page holds the number");
    steps.ok("C13.2", detail).await?;
    let pages = Person::at(country, &format!("{}/uddi", country.url(Port::GatewayPages)), None).await?;
    pages.sees("wsdl")?;
    steps.ok("C14", "the registry of services is there to be read; services speak SOAP by their WSDL").await
}

/// C15–C18 and C20.1: who signs what, what is refused, what is sealed.
async fn secured(steps: &mut Steps<'_>, code: PaymentCode, known: &Known) -> Result<()> {
    let country = steps.country;
    let (bank, _) = known.evidence("NotifyPayment in")?;
    let known = steps.gateway_knows(code).await?;
    let (portal, _) = known.evidence("PaymentNotifiedResponse in")?;
    ensure!(bank != portal, "bank and portal sign as one");
    steps
        .ok("C15", format!("bank {bank} and portal {portal} have signed, each by its own certificate"))
        .await?;
    let client = as_bank(country).await?;
    let url = format!("{}/ws/v1/gateway", country.url(Port::GatewayMessages));
    let body = Bytes::from_static(UNSIGNED.as_bytes());
    let refused = client.post(&url, "text/xml; charset=utf-8", &[("SOAPAction", "\"\"")], body).await?;
    let text = String::from_utf8_lossy(&refused.body);
    ensure!(
        text.contains("TLM-SIG-") && text.contains("SignatureValue"),
        "it was not refused with a signature"
    );
    steps.ok("C16", "an unsigned request is refused, and the refusal is signed").await?;
    let checked = known.line("NotifyPayment in")?["checked_by"].as_str().unwrap_or_default().to_owned();
    ensure!(!checked.is_empty(), "nobody wrote down what the bank's certificate was checked against");
    steps.ok("C17", format!("the bank's certificate was checked by {checked}")).await?;
    let stranger = Person::at(country, &format!("{url}?wsdl"), None).await;
    ensure!(stranger.is_err(), "the message port opened without a certificate");
    steps.ok("C18", "without a certificate of the national CA there is no connection").await
}

/// C19 and C20: rights by groups, and what is confidential.
async fn permitted(steps: &mut Steps<'_>) -> Result<()> {
    let may = steps.ask(&["access", "why", FINANCE, "SeeReports"], "gateway").await?;
    let may_not = steps.ask(&["access", "why", FINANCE, "ProposeGroupChange"], "gateway").await;
    ensure!(may_not.is_err(), "finance may propose groups");
    let path = may.first().and_then(|line| line["path"].as_str()).unwrap_or_default();
    steps.ok("C19", format!("{path}; what no group grants is refused")).await?;
    let database = steps.country.folder().join("gateway");
    let seen = files_with(&database, RECIPIENT.as_bytes())?;
    let keys = steps.ask(&["data-key", "list"], "gateway").await?;
    ensure!(!keys.is_empty(), "there are no data keys");
    // The configuration names officers; what the gateway keeps of payers and recipients is sealed.
    ensure!(seen == 0, "{seen} files of the gateway hold the recipient's number in the clear");
    steps
        .ok("C20.1", format!("{} data keys; the recipient's number is nowhere in the clear", keys.len()))
        .await?;
    let matrix = steps.ask(&["access", "matrix"], "gateway").await?;
    let members = steps.ask(&["access", "list"], "gateway").await?;
    ensure!(!matrix.is_empty() && !members.is_empty(), "nobody may do anything");
    steps.ok("C20.2", "groups are administered at one place, for every door of the gateway").await?;
    steps.ok("C20.3", format!("{} memberships give what people and systems may do", members.len())).await?;
    let names = |name: &str| members.iter().any(|line| line.to_string().contains(name));
    ensure!(names("finance") && names("\"bank\""), "people and organisations are not both members");
    steps.ok("C20.4", "people and external systems have the rights of their groups").await?;
    steps.ok("C20.5", format!("{} lines of what each group allows", matrix.len())).await?;
    let elsewhere = ["access", "why", FINANCE, "SeeReports", "--resource", "bank:000000000000"];
    ensure!(steps.ask(&elsewhere, "gateway").await.is_err(), "a bank that does not exist is reached");
    steps.ok("C20.6", "nobody reaches what was not granted").await
}

/// C21–C22: who keeps the services running, and by which contracts.
async fn agreed(steps: &mut Steps<'_>) -> Result<()> {
    crate::demo::ready(steps.country).await?;
    steps.ok("C21", format!("{} processes of all participants are ready", PROCESSES.len())).await?;
    let contracts = steps.ask(&["contract", "list"], "gateway").await?;
    let in_force = contracts.iter().filter(|line| line["in_force"] == true).count();
    ensure!(in_force >= 3, "{in_force} contracts are in force: {contracts:?}");
    steps.ok("C22", format!("{in_force} contracts in force: national operator and banks")).await
}

/// C23–C24: what the bank took is claimed on that fact, reimbursed, and paid out, and the day closes.
async fn settled(steps: &mut Steps<'_>) -> Result<()> {
    steps.ask(&["claim", "form", &today()], "gateway").await?;
    let text = |line: &Value, name: &str| line[name].as_str().unwrap_or_default().to_owned();
    let claims = steps
        .by_itself("the banks answer their claims", || async {
            let all = steps.ask(&["claim", "list"], "gateway").await?;
            let is_answered = !all.is_empty() && all.iter().all(|line| line["standing"] != "sent");
            Ok(is_answered.then_some(all))
        })
        .await?;
    let accepted = claims.iter().find(|line| line["standing"] == "accepted");
    let accepted = accepted.with_context(|| format!("no bank accepts: {claims:?}"))?;
    let (number, due) = (text(accepted, "claim"), text(accepted, "due"));
    steps
        .ok("C23", format!("claim {number} for {due} ₸ on the fact of payment, accepted by the bank"))
        .await?;
    let paid_out = steps
        .by_itself("the claim is reimbursed and paid out", || async {
            let claim = steps.ask(&["claim", "list"], "gateway").await?;
            let is_whole = |line: &&Value| line["claim"] == number.as_str() && line["open"] == "0.00";
            let payouts = steps.ask(&["payout", "list"], "gateway").await?;
            let confirmed = payouts.into_iter().find(|line| line["progress"] == "confirmed");
            Ok(claim.iter().find(is_whole).and(confirmed))
        })
        .await?;
    let refunded = refund::walk(steps).await?;
    let closed = steps.ask(&["day", "close", &today()], "gateway").await?;
    let closing = closed.first().context("the day says nothing")?;
    ensure!(closing["agrees"] == true, "the day does not close: {closing}");
    let (sum, iban) = (text(&paid_out, "amount"), text(&paid_out, "iban"));
    let detail = format!(
        "reimbursed on the operator's account; {sum} ₸ paid out to {iban}; {refunded}; the day closes"
    );
    steps.ok("C24", detail).await
}

/// The banking day of this moment.
fn today() -> String {
    SystemClock.now().banking_day().to_string()
}

/// The client of one that has a bank's keys.
async fn as_bank(country: &Country) -> Result<HttpClient> {
    let voice = Voice::of(&country.config("bank1"), "walk", Arc::new(SystemClock)).await?;
    Ok(HttpClient::new(Some(&voice.host.identity), &voice.host.roots, ClientLimits::default())?)
}

/// How many files under a folder, configuration apart, hold these octets.
fn files_with(folder: &Path, octets: &[u8]) -> Result<usize> {
    let mut found = 0;
    for entry in std::fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            found += files_with(&path, octets)?;
        } else if path.extension().is_none_or(|extension| extension != "toml") {
            // A log may be written on, a write-ahead log may be gone: what is there now is looked at.
            let content = std::fs::read(&path).unwrap_or_default();
            found += usize::from(memmem::find(&content, octets).is_some());
        }
    }
    Ok(found)
}
