//! `tolem bench roll-over`: new keys for a whole country, and a revocation in mid-connection, while payments go on.
//!
//! A fresh country of all suites is paid in by its front doors and by two banks' signed messages over kept connections.
//! Meanwhile both hierarchies of the national CA change their issuing keys, every participant gets new keys as
//! `docs/operations.md` prescribes, and the old certificates are revoked. Nothing good may be refused. At last the second
//! bank's certificate is revoked while its connections are open, and it is measured for how long it is still believed.
//! Source: threats A8, A27.

mod renewal;
mod traffic;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};
use national_ca::{FIRST_HIERARCHY, NationalCa};
use pki::{RevocationReason, Serial};
use serde_json::json;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep};
use wire::fault::FaultCode;

use self::renewal::{New, NewRoots, Replaced};
use self::traffic::{BankVoice, Cut, Traffic};
use super::thousandths;
use crate::country::{Country, ROOT_DAYS, Suites, set_up};
use crate::demo::{Running, free_ports};
use crate::exit::Failure;
use crate::output;
use crate::walk::own_ports;

/// The national CA's hierarchies in a country.
const HIERARCHIES: [&str; 2] = [FIRST_HIERARCHY, "gost"];
/// Refusals that are told in full.
const TOLD: usize = 20;

/// What was measured.
struct Report {
    traffic: Arc<Traffic>,
    renewed: usize,
    revoked: usize,
    roll_over: Duration,
    cut: Cut,
}

/// Rolls over, revokes and reports.
///
/// # Errors
/// Where anything good was refused, or the revoked bank was believed after it had been refused once.
pub(crate) async fn run(seconds: u32, json: bool) -> Result<(), Failure> {
    let folder = std::env::temp_dir().join(format!("tolem-roll-over-{}", std::process::id()));
    let country = set_up(&folder, free_ports(own_ports())?, Suites::Mixed)?;
    let running = Running::start(&country).await?;
    let measured = measure(&country, Duration::from_secs(seconds.into())).await;
    running.stop().await;
    let report = measured.with_context(|| format!("the country stays in {}", country.folder().display()))?;
    report.print(json);
    let refused = report.traffic.refused();
    for reason in refused.iter().take(TOLD) {
        eprintln!("refused: {reason}");
    }
    let stays = || format!("the country stays in {}", country.folder().display());
    if !refused.is_empty() {
        return Err(Failure::checks(anyhow!("{} good messages were refused; {}", refused.len(), stays())));
    }
    if !report.cut.is_right() {
        return Err(Failure::checks(anyhow!(
            "the revoked bank was not refused as it should be; {}",
            stays()
        )));
    }
    std::fs::remove_dir_all(&folder).with_context(|| format!("removing {}", folder.display()))?;
    Ok(())
}

impl Report {
    fn print(&self, json: bool) {
        let (answered, refused) = (self.traffic.answered(), self.traffic.refused().len());
        let object = json!({
            "answered": answered,
            "answered_by": self.traffic.answered_by(),
            "refused": refused,
            "renewed": self.renewed,
            "revoked": self.revoked,
            "roll_over_seconds": seconds(self.roll_over),
            "revoked_bank_accepted_before": self.cut.accepted_before,
            "refused_after_seconds": seconds(self.cut.refused_after),
            "revoked_bank_refusals": self.cut.refusals,
            "accepted_after_first_refusal": self.cut.accepted_after,
            "fault": self.cut.fault,
        });
        output::one(json, &object, || {
            format!(
                "{answered} good messages answered, {refused} refused; {} certificates renewed and {} revoked, the \
                 roll-over took {} s; a revoked bank was refused with {} after {} s, and {} of its messages were accepted \
                 after that",
                self.renewed,
                self.revoked,
                seconds(self.roll_over),
                self.cut.fault,
                seconds(self.cut.refused_after),
                self.cut.accepted_after,
            )
        });
    }
}

/// A length as JSON shows it, in seconds.
fn seconds(length: Duration) -> f64 {
    thousandths(u32::try_from(length.as_millis()).unwrap_or(u32::MAX))
}

async fn measure(country: &Country, stage: Duration) -> Result<Report> {
    let ca = Arc::new(national_ca(country)?);
    let [first, second] = [BankVoice::of(country, "bank1").await?, BankVoice::of(country, "bank2").await?];
    let voices = [first.clone(), second.clone()];
    let traffic = Arc::new(Traffic::default());
    let paying = traffic.start(country, &first);
    let second_paying = traffic.start_bank(&second, "bank2");
    sleep(stage).await;

    let begun = Instant::now();
    let roots = roll_over(&ca).await?;
    renewal::tell_by_hand(country, &ca, &roots)?;
    renewal::roots_are_taken_up(country, &voices, &roots).await?;
    let (new, replaced) = renew(country, &ca, roots).await?;
    renewal::keys_are_taken_up(country, &voices, &new).await?;
    renewal::rotate_data_keys(country, &new).await?;
    let roll_over = begun.elapsed();
    sleep(stage).await;

    revoke(&ca, replaced.iter().map(|pair| pair.serial).collect(), RevocationReason::Superseded).await?;
    sleep(stage).await;

    // From here on a refusal of the second bank is what is wanted.
    second_paying.stop().await?;
    let own = second.signing_serial();
    let cut =
        second.until_refused(stage, async { revoke(&ca, vec![own], RevocationReason::KeyCompromise).await });
    let cut = cut.await?;
    paying.stop().await?;
    renewal::ask(country, &["payment", "verify-chain"]).await.context("verifying the chain")?;
    Ok(Report { traffic, renewed: new.len(), revoked: replaced.len(), roll_over, cut })
}

fn national_ca(country: &Country) -> Result<NationalCa> {
    crate::ca::open(&country.folder().join("national-ca"))
        .map_err(|_| anyhow!("the national CA cannot be opened"))
}

async fn roll_over(ca: &Arc<NationalCa>) -> Result<NewRoots> {
    let ca = ca.clone();
    let roll = move || HIERARCHIES.map(|hierarchy| ca.roll_over(hierarchy, None, ROOT_DAYS));
    let [main, gost] = spawn_blocking(roll).await?;
    Ok(NewRoots { main: main?.certificate, gost: gost?.certificate })
}

async fn renew(
    country: &Country,
    ca: &Arc<NationalCa>,
    roots: NewRoots,
) -> Result<(Vec<New>, Vec<Replaced>)> {
    let (country, ca) = (country.clone(), ca.clone());
    spawn_blocking(move || renewal::renew_everything(&country, &ca, &roots)).await?
}

async fn revoke(ca: &Arc<NationalCa>, serials: Vec<Serial>, reason: RevocationReason) -> Result<()> {
    ensure!(!serials.is_empty(), "there is nothing to revoke");
    let ca = ca.clone();
    let revoke = move || serials.into_iter().try_for_each(|serial| ca.revoke(serial, reason).map(drop));
    Ok(spawn_blocking(revoke).await??)
}

/// The fault a revoked signer gets.
fn revoked_fault() -> &'static str {
    FaultCode::CertificateRevoked.description().id
}
