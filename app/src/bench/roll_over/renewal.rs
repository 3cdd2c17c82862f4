//! Everybody's new keys: issued, put into their files, and waited for until they are in force.
//!
//! What an operator would look at is looked at here: the file of the national CA's certificates, and the log.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use national_ca::files::{write_public, write_secret};
use national_ca::{IssueRequest, NationalCa};
use participant::read_certificates;
use pki::{Certificate, Serial};
use serde_json::Value;
use tokio::process::Command;
use tokio::time::{Instant, sleep};

use super::traffic::BankVoice;
use crate::country::{CERTIFICATE_DAYS, CONFIDENTIAL, Country, PROCESSES, Pair, Suites, pairs};

/// How long a country may take to take something up.
const TAKEN_UP_WITHIN: Duration = Duration::from_secs(60);
/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// After a new root is taken up: five rounds of fetching lists, since the new key's are believed only from then on.
const LISTS_WITHIN: Duration = Duration::from_secs(5);
/// The new files of the gateway's key for confidential data, beside those of the old one.
const NEXT_CONFIDENTIAL: &str = "second";

/// The new roots of both hierarchies.
pub(super) struct NewRoots {
    pub(super) main: Certificate,
    pub(super) gost: Certificate,
}

impl NewRoots {
    fn are_in(&self, held: &[Certificate]) -> bool {
        held.contains(&self.main) && held.contains(&self.gost)
    }
}

/// A certificate that was put in place.
pub(super) struct New {
    pair: Pair,
    certificate: Certificate,
}

/// One whose place was taken.
pub(super) struct Replaced {
    pub(super) serial: Serial,
}

/// Those who do not take the national CA's certificates up by themselves get them by hand: the CA's own process, and
/// browsers, which know nothing of the other hierarchy.
pub(super) fn tell_by_hand(country: &Country, ca: &NationalCa, roots: &NewRoots) -> Result<()> {
    let folder = country.folder();
    write_public(&folder.join("national-ca/national-ca.pem"), &ca.roots_pem()?)?;
    let browsers = folder.join("people/national-ca.pem");
    let before = std::fs::read_to_string(&browsers)?;
    Ok(write_public(&browsers, &(before + &roots.main.to_pem()))?)
}

/// Waits until everybody trusts the new roots.
pub(super) async fn roots_are_taken_up(
    country: &Country,
    voices: &[BankVoice],
    roots: &NewRoots,
) -> Result<()> {
    within(|| {
        for process in PROCESSES {
            let file = country.folder().join(process.name).join("national-ca.pem");
            if !roots.are_in(&read_certificates(&file)?)
                || !logged(country, process.name, "national-ca-renewed", "")?
            {
                return Ok(Some(format!("{} has not taken up the new roots", process.name)));
            }
        }
        let late = voices.iter().find(|voice| !roots.are_in(&voice.roots()));
        Ok(late.map(|voice| format!("{} has not taken up the new roots", voice.name())))
    })
    .await?;
    sleep(LISTS_WITHIN).await;
    Ok(())
}

/// Issues every pair of the country anew and puts it into its files, the key first.
pub(super) fn renew_everything(
    country: &Country,
    ca: &NationalCa,
    roots: &NewRoots,
) -> Result<(Vec<New>, Vec<Replaced>)> {
    let (mut new, mut replaced) = (Vec::new(), Vec::new());
    for pair in pairs(Suites::Mixed)? {
        let path = |file: &str, ending: &str| -> PathBuf {
            country.folder().join(&pair.folder).join(format!("{file}.{ending}"))
        };
        let old = Certificate::from_pem(&std::fs::read_to_string(path(pair.file, "pem"))?)?;
        let (profile, suite) = (pair.profile.clone(), pair.suite);
        let issued = ca.issue(IssueRequest { profile, suite, life_days: CERTIFICATE_DAYS })?;
        let certificate = issued.certificate;
        ensure!(
            certificate.is_issued_by(&roots.main) || certificate.is_issued_by(&roots.gost),
            "an old key issued {}",
            certificate.serial()
        );
        // What is wrapped for the old key is wrapped anew from it.
        let is_confidential = (pair.folder.as_str(), pair.file) == CONFIDENTIAL;
        let file = if is_confidential { NEXT_CONFIDENTIAL } else { pair.file };
        write_secret(&path(file, "key"), issued.key_pem.expose_secret())?;
        write_public(&path(file, "pem"), &certificate.to_pem())?;
        replaced.push(Replaced { serial: old.serial() });
        new.push(New { pair, certificate });
    }
    Ok((new, replaced))
}

/// Waits until every process uses its new keys. Those that are read at each use need no waiting for.
pub(super) async fn keys_are_taken_up(country: &Country, voices: &[BankVoice], new: &[New]) -> Result<()> {
    within(|| {
        for New { pair, certificate } in new {
            let event = match pair.file {
                "tls" => "tls-key-renewed",
                // The national CA has a signing key and signs no messages.
                "signing" if pair.folder != "national-ca" => "signing-key-renewed",
                _ => continue,
            };
            if !logged(country, &pair.folder, event, &certificate.serial().to_string())? {
                return Ok(Some(format!("{} has no {event}", pair.folder)));
            }
        }
        let late = voices.iter().find(|voice| {
            let uses = |serial| new.iter().any(|new| new.certificate.serial() == serial);
            !uses(voice.signing_serial()) || !voice.tls_serial().is_some_and(uses)
        });
        Ok(late.map(|voice| format!("{} speaks with its old keys", voice.name())))
    })
    .await
}

/// Has the gateway's data keys wrapped for its new certificate, and looks that all are.
pub(super) async fn rotate_data_keys(country: &Country, new: &[New]) -> Result<()> {
    let is_confidential = |new: &&New| (new.pair.folder.as_str(), new.pair.file) == CONFIDENTIAL;
    let new = new.iter().find(is_confidential).context("there is no key for confidential data")?;
    ask(country, &["data-key", "rotate"]).await?;
    let keys = ask(country, &["data-key", "list"]).await?;
    let fingerprint = hex::encode(new.certificate.sha256());
    ensure!(
        !keys.is_empty() && keys.iter().all(|key| key["certificate"] == fingerprint.as_str()),
        "not every data key is wrapped for the new certificate"
    );
    Ok(())
}

/// What a command line about the gateway prints: one JSON object a line.
pub(super) async fn ask(country: &Country, arguments: &[&str]) -> Result<Vec<Value>> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(arguments).arg("--config").arg(country.config("gateway")).arg("--json");
    let output = command.output().await?;
    ensure!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr).trim());
    let lines = String::from_utf8(output.stdout)?;
    lines.lines().map(|line| serde_json::from_str(line).context("a line that is not JSON")).collect()
}

/// Whether a process has logged an event, with a text in the same entry.
fn logged(country: &Country, process: &str, event: &str, text: &str) -> Result<bool> {
    let log = std::fs::read_to_string(country.folder().join(process).join("log.jsonl"))?;
    Ok(log.lines().any(|line| line.contains(event) && line.contains(text)))
}

/// Waits until a look finds nothing missing any more.
async fn within(look: impl Fn() -> Result<Option<String>>) -> Result<()> {
    let begun = Instant::now();
    loop {
        match look()? {
            None => return Ok(()),
            Some(missing) if begun.elapsed() > TAKEN_UP_WITHIN => bail!("waited in vain: {missing}"),
            Some(_) => sleep(LOOK_EVERY).await,
        }
    }
}
