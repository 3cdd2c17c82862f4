//! `tolem bench registers`: how long a register of many rows takes in each format, and how much memory.
//!
//! The payments stand in the database of a gateway that runs and goes on being notified of others. Each step does what
//! the command of its name does, in a process of its own, so that none of them finds memory that another has used.

mod payments;
mod steps;

use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use indicatif::ProgressBar;
use pki::SuiteId;
use serde_json::{Value, json};
use tokio::process::Command;

use super::country::Bench;
use crate::exit::Failure;
use crate::output;

pub(crate) async fn run(count: u64, json: bool) -> Result<(), Failure> {
    let folder = std::env::temp_dir().join(format!("tolem-bench-registers-{}", std::process::id()));
    let measured = measure(&folder, count, json).await;
    if let Err(error) = std::fs::remove_dir_all(&folder) {
        eprintln!("{} stays: {error}", folder.display());
    }
    Ok(measured?)
}

async fn measure(folder: &Path, count: u64, json: bool) -> Result<()> {
    let bench = Bench::set_up(folder, SuiteId::P256)?;
    eprintln!("putting {count} postings on record …");
    let progress = ProgressBar::new(count);
    payments::keep(&bench, count, &progress).await?;
    progress.finish_and_clear();
    let coming = payments::Coming::start(&bench).await?;
    let files = folder.join("files");
    std::fs::create_dir_all(&files)?;
    for step in steps::STEPS {
        eprintln!("{step} …");
        let before = coming.acknowledged();
        let mut object = in_a_process_of_its_own(step, &bench, &files, count).await?;
        object["payments_meanwhile"] = (coming.acknowledged() - before).into();
        output::one(json, &object, || {
            format!(
                "{step}: {} s, {} MiB over the base, {} payments acknowledged meanwhile",
                object["seconds"], object["peak_mib"], object["payments_meanwhile"]
            )
        });
    }
    coming.stop().await
}

async fn in_a_process_of_its_own(step: &str, bench: &Bench, files: &Path, count: u64) -> Result<Value> {
    let output = Command::new(std::env::current_exe()?)
        .args(["bench-register-step", "--step", step, "--rows", &count.to_string(), "--config"])
        .arg(bench.folder.join("gateway/config.toml"))
        .arg("--folder")
        .arg(files)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .kill_on_drop(true)
        .output()
        .await?;
    ensure!(output.status.success(), "the step {step} has failed");
    serde_json::from_slice(&output.stdout).context("the step has said nothing")
}

/// Does one step and prints what it took. Only [`run`] calls it, in a process of its own.
#[expect(clippy::float_arithmetic, reason = "figures that were measured, rounded; no money")]
pub(crate) async fn run_step(step: &str, config: &Path, folder: &Path, count: u64) -> Result<()> {
    let measured = steps::measure(step, config, folder, count).await?;
    let rounded = |figure: f64, to: f64| (figure * to).round() / to;
    output::say(
        &json!({
            "step": step,
            "seconds": rounded(measured.seconds, 1000.0),
            "peak_mib": rounded(measured.peak_mib, 10.0),
        })
        .to_string(),
    );
    Ok(())
}
