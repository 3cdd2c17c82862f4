//! An unused prepayment that goes back to whoever paid it (cl. 24): paid at an internet bank, proposed by one officer,
//! approved by another, given back by the bank to the account it came from, and worth nothing at the portal.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use participant::SystemClock;
use serde_json::Value;
use terms::{Clock as _, PaymentCode};
use tokio::process::Command;

use super::person::Person;
use super::steps::Steps;
use super::table5::SERVICE;
use super::table6;
use crate::country::{PASSWORD, Port, one_time_secret};

/// Who pays: the one that the portal's tables are walked with, so that she could use the code there.
const LOGIN: &str = "aigul";
const ACCOUNT: &str = "KZ770000000000000001";
/// What the service costs, in tiyn.
const PRICE: u64 = 172_500;
/// Two officers for the money, each with the name of the files with the keys.
const OFFICERS: [(&str, &str); 2] = [("700707100057", "finance"), ("760606200085", "finance-2")];
/// How long an authenticator shows one code (RFC 6238); each serves once.
const ONE_TIME_CODE_SECONDS: u64 = 30;

async fn open_orders(person: &mut Person) -> Result<()> {
    person.open("/").await?;
    if person.can_send("login-form") {
        person.send("login-form", &[("login", LOGIN), ("password", PASSWORD)]).await?;
    }
    person.open("/pay").await
}

/// What is on the account, in tiyn, as the bank's page shows it to its owner.
async fn balance(person: &mut Person) -> Result<u64> {
    open_orders(person).await?;
    let body = &person.page.body;
    let (_, at_account) = body.split_once(ACCOUNT).context("the account is not offered")?;
    let (_, sum) = at_account.split_once("Остаток:").context("no balance is shown")?;
    let (sum, _) = sum.split_once('₸').context("the balance has no end")?;
    let digits: String = sum.chars().filter(char::is_ascii_digit).collect();
    digits.parse().with_context(|| format!("no balance: {sum}"))
}

fn one_time_code() -> Result<String> {
    let secret = one_time_secret(LOGIN).context("nobody has this login")?;
    Ok(bank::one_time_code(secret, SystemClock.now())?)
}

async fn prepay(person: &mut Person) -> Result<PaymentCode> {
    open_orders(person).await?;
    person.send("order", &[("service", SERVICE), ("recipient", "self"), ("means", ACCOUNT)]).await?;
    person.send("confirm", &[("one-time-code", &one_time_code()?)]).await?;
    if person.can_send("confirm") {
        tokio::time::sleep(std::time::Duration::from_secs(ONE_TIME_CODE_SECONDS)).await;
        person.send("confirm", &[("one-time-code", &one_time_code()?)]).await?;
    }
    person.expect("paid")?;
    person.code()
}

/// The officers' own machine: documents and keys in a folder, and the commands they give there.
struct Desk {
    folder: PathBuf,
    people: PathBuf,
    console: String,
}

impl Desk {
    fn file(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    fn key(&self, name: &str) -> String {
        self.people.join(format!("{name}.p12")).display().to_string()
    }

    async fn run(&self, arguments: &[&str]) -> Result<Value> {
        let mut command = Command::new(std::env::current_exe()?);
        let output = command.args(arguments).arg("--json").output().await?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr).trim());
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    /// Signs a document with an officer's key and brings it to the console; the state of the proposal after it.
    async fn bring(&self, document: &str, officer: &str) -> Result<String> {
        let (unsigned, signed) = (self.file(document), self.file(&format!("{document}.signed")));
        let password = self.file("password");
        let (signing, way_in) = (self.key(&format!("{officer}-signing")), self.key(officer));
        let key = ["--key", &signing, "--password-file", &password];
        self.run(&[&["officer", "sign", &unsigned, "--out", &signed], &key[..]].concat()).await?;
        let root = self.people.join("national-ca.pem").display().to_string();
        let key = ["--key", &way_in, "--password-file", &password, "--national-ca", &root];
        let submit = ["officer", "submit", &signed, "--url", &self.console];
        let said = self.run(&[&submit[..], &key[..]].concat()).await?;
        Ok(said["state"].as_str().unwrap_or_default().to_owned())
    }
}

async fn granted(desk: &Desk, code: PaymentCode) -> Result<()> {
    let [(first, first_keys), (second, second_keys)] = OFFICERS;
    std::fs::write(desk.file("password"), PASSWORD)?;
    let (code, today, out) =
        (code.digits(), SystemClock.now().banking_day().to_string(), desk.file("proposal"));
    let what = ["refund", "propose", &code, "--ground", "payer-request", "--request", "17"];
    let why = ["--requested-on", &today, "--reason", "the service is not needed any more"];
    desk.run(&[&what[..], &why[..], &["--proposer", first, "--out", &out]].concat()).await?;
    let state = desk.bring("proposal", first_keys).await?;
    ensure!(state == "proposed", "the proposal is {state}");
    let signed = desk.file("proposal.signed");
    for (decider, keys, out) in [(first, first_keys, "own"), (second, second_keys, "approval")] {
        let decide = ["officer", "decide", &signed, "approve", "--decider", decider];
        desk.run(&[&decide[..], &["--out", &desk.file(out)]].concat()).await?;
        let state = desk.bring(out, keys).await;
        if decider == first {
            ensure!(state.is_err(), "one officer alone has granted it");
        } else {
            ensure!(state.as_deref().is_ok_and(|state| state == "approved"), "it is not approved: {state:?}");
        }
    }
    Ok(())
}

/// Walks it; what was seen.
pub(crate) async fn walk(steps: &Steps<'_>) -> Result<String> {
    let country = steps.country;
    let mut person = Person::at(country, &country.url(Port::Bank1Pages), None).await?;
    let code = prepay(&mut person).await?;
    steps.state(code, "paid").await?;
    let after_payment = balance(&mut person).await?;
    let folder = country.folder().join("officers-desk");
    // What a walk that was broken off has left there would not be written over.
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    let console = country.url(Port::GatewayConsoles);
    let desk = Desk { folder: folder.clone(), people: country.folder().join("people"), console };
    let granted = granted(&desk, code).await;
    std::fs::remove_dir_all::<&Path>(&folder)?;
    granted?;
    steps.state(code, "refunded").await?;
    let reference = steps
        .by_itself("the bank gives the money back", || async {
            let all = steps.ask(&["refund", "list", "--state", "given-back"], "gateway").await?;
            let of_it = all.iter().find(|line| line["code"] == code.digits());
            Ok(of_it.and_then(|line| line["bank_reference"].as_str()).map(str::to_owned))
        })
        .await?;
    let after_refund = balance(&mut person).await?;
    // The bank's commission was for work done and stays with it.
    ensure!(
        after_refund == after_payment + PRICE,
        "{after_payment} tiyn after the payment, {after_refund} after the refund"
    );
    let mut person = Person::at(country, &country.url(Port::PortalPages), None).await?;
    table6::log_in(&mut person).await?;
    table6::order(&mut person, "prepaid").await?;
    person.send("code", &[("code", &code.to_string())]).await?;
    person.sees("TLM-CODE-0009")?;
    steps.state(code, "refunded").await?;
    Ok(format!("{code} went back under {reference} and buys nothing"))
}
