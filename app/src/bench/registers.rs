//! `tolem bench registers`: how long a register of many rows takes in each format, and how much memory.
//!
//! The rows stand in a database in a temporary folder, and payments go on being written to it. Each step is a process of
//! its own, so that none of them finds memory that another has used; it reads the rows page by page as the gateway does.

mod steps;
mod store;

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use indicatif::ProgressBar;
use serde_json::{Value, json};

use crate::exit::Failure;
use crate::output;

pub(crate) fn run(count: u64, json: bool) -> Result<(), Failure> {
    let folder = std::env::temp_dir().join(format!("tolem-bench-registers-{}", std::process::id()));
    let measured = measure(&folder, count, json);
    if let Err(error) = std::fs::remove_dir_all(&folder) {
        eprintln!("{} stays: {error}", folder.display());
    }
    Ok(measured?)
}

fn measure(folder: &Path, count: u64, json: bool) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    let database = folder.join("rows.db");
    eprintln!("writing {count} rows …");
    let progress = ProgressBar::new(count);
    store::fill(&database, count, &mut |rows| progress.inc(rows))?;
    progress.finish_and_clear();
    let payments = store::Payments::start(&database, count);
    let measured = steps::STEPS.iter().try_for_each(|step| {
        eprintln!("{step} …");
        let files = folder.join("files");
        std::fs::create_dir_all(&files)?;
        let before = payments.written();
        let mut object = in_a_process_of_its_own(step, &database, &files, count)?;
        object["payments_meanwhile"] = (payments.written() - before).into();
        std::fs::remove_dir_all(&files)?;
        output::one(json, &object, || {
            format!(
                "{step}: {} s, {} MiB over the base, {} payments written meanwhile",
                object["seconds"], object["peak_mib"], object["payments_meanwhile"]
            )
        });
        Ok(())
    });
    payments.stop()?;
    measured
}

fn in_a_process_of_its_own(step: &str, database: &Path, files: &Path, count: u64) -> Result<Value> {
    let output = Command::new(std::env::current_exe()?)
        .args(["bench-register-step", "--step", step, "--rows", &count.to_string(), "--database"])
        .arg(database)
        .arg("--folder")
        .arg(files)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()?;
    ensure!(output.status.success(), "the step {step} has failed");
    serde_json::from_slice(&output.stdout).context("the step has said nothing")
}

/// Does one step and prints what it took. Only [`run`] calls it, in a process of its own.
#[expect(clippy::float_arithmetic, reason = "figures that were measured, rounded; no money")]
pub(crate) fn run_step(step: &str, database: &Path, folder: &Path, count: u64) -> Result<()> {
    let measured = steps::measure(step, database, folder, count)?;
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
