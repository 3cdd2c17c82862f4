//! The steps that are measured: form a register, write it in each format, match it.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result, anyhow, ensure};
use clap::ValueEnum as _;
use files::statement_csv;
use gateway::cx::Cx;
use gateway::reconciliation::{Given, Reconcile, reconcile};
use gateway::registers::{FormRegisters, form_register};
use indicatif::ProgressBar;
use ledger::register::{Party, sample};
use ledger::statement::Statement;
use participant::{Config, Host, SystemClock, SystemEntropy};
use rights::{Permitted, SystemJob};
use store::{RegisterRevision, Store as _};
use terms::Language;

use crate::cli::RegisterFormat;
use crate::register;

/// Who forms and matches here.
const BENCH: SystemJob = SystemJob("bench");
/// All steps, in their order.
pub(super) const STEPS: [&str; 7] = ["form", "xml", "xlsx", "csv", "camt054", "jsonl", "match"];
/// The bank's own register in the matching: what the step of its format has written.
const OF_THE_BANK: &str = "csv";

/// What a step took.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measured {
    pub(super) seconds: f64,
    /// The most memory at one time, over what the process had before the step.
    pub(super) peak_mib: f64,
}

/// Does one step in this process and measures it.
///
/// The peak is the kernel's own high-water mark of resident memory (`VmHWM`), set back to the present before the step.
#[expect(clippy::float_arithmetic, reason = "seconds and mebibytes that were measured; no money")]
pub(super) async fn measure(step: &str, config: &Path, folder: &Path, count: u64) -> Result<Measured> {
    let cx = gateway::open_beside(&Host::new(
        Config::read(config)?,
        Arc::new(SystemClock),
        Box::new(SystemEntropy),
    )?)?;
    let progress = ProgressBar::new(count);
    let base = reset_peak()?;
    let start = Instant::now();
    let done = take(step, &cx, folder, count, &progress).await;
    let seconds = start.elapsed().as_secs_f64();
    let peak = kibibytes("VmHWM:")?;
    progress.finish_and_clear();
    done?;
    Ok(Measured { seconds, peak_mib: (peak.saturating_sub(base)) as f64 / 1024.0 })
}

/// Sets the high-water mark back and gives what is resident now, in KiB.
fn reset_peak() -> Result<u64> {
    // 5 is the kernel's word for it (Documentation/filesystems/proc).
    std::fs::write("/proc/self/clear_refs", "5")
        .context("the high-water mark of memory cannot be set back")?;
    kibibytes("VmRSS:")
}

fn kibibytes(field: &str) -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(field)).context("no figure for memory")?;
    Ok(line.trim().trim_end_matches("kB").trim().parse()?)
}

async fn take(step: &str, cx: &Arc<Cx>, folder: &Path, count: u64, progress: &ProgressBar) -> Result<()> {
    let party = Party::Bank(sample::bank());
    match step {
        "form" => {
            let formed =
                form_register(cx, &Permitted::system(FormRegisters { day: sample::day() }, BENCH), party)
                    .await;
            let formed = formed.map_err(|fault| anyhow!("{fault}"))?.context("there is nothing to form")?;
            ensure!(
                formed.is_new && formed.revision.totals.rows() == count,
                "it has other rows than were kept"
            );
            Ok(())
        }
        "match" => matching(cx, folder, count).await,
        format => {
            let named = RegisterFormat::from_str(format, false).map_err(|why| anyhow!(why))?;
            let revision = formed(cx, party).await?;
            let path = folder.join(format);
            register::write_file(cx, &revision, named, Language::Ru, &path, progress).await?;
            if format == OF_THE_BANK {
                std::fs::rename(path, folder.join("of-the-bank.csv"))?;
            } else {
                std::fs::remove_file(path)?;
            }
            Ok(())
        }
    }
}

async fn formed(cx: &Cx, party: Party) -> Result<RegisterRevision> {
    let found = cx.store.read(move |view| view.register(party, sample::day(), None)).await;
    Ok(found.map_err(|error: store::StoreError| error)?.context("no register was formed")?.value)
}

/// The notices against the bank's register, and a statement on which the bank has settled nothing yet.
async fn matching(cx: &Cx, folder: &Path, count: u64) -> Result<()> {
    let day = sample::day();
    let statement = Statement {
        number: "BENCH-1".parse()?,
        account: "KZ770000000000000001".parse()?,
        owner: None,
        made_at: day.ends_at(),
        day,
        page: 1,
        is_last: true,
        opening: 0,
        closing: 0,
        entries: Vec::new(),
    };
    let (register, path) = (folder.join("of-the-bank.csv"), folder.join("statement.csv"));
    std::fs::write(&path, statement_csv(&statement))?;
    let given = Given { register: Some(&register), statement: Some(&path) };
    let outcome =
        reconcile(cx, &Permitted::system(Reconcile { bank: sample::bank(), day }, BENCH), given).await?;
    ensure!(outcome.run.agreed == count, "the matching found differences: {:?}", outcome.run);
    Ok(())
}
