//! `tolem bench exchange`: how many signed notices the gateway answers, beside the limit of this machine.
//!
//! The limit is a server that does nothing but verify, sign and group-commit the same bytes. Both are child processes,
//! asked by turns, second for second, by the same generator, over the same kind of kept TLS connections, with requests
//! signed beforehand: whatever else the machine does meets both. The bench country has no portal, so an exchange is the exchange alone.

mod country;
mod gost;
mod limit;
mod load;
mod registers;
mod roll_over;
mod slow;
mod store;
mod timing;

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use bytes::Bytes;
use indicatif::{ProgressBar, ProgressStyle};
use participant::Host;
use serde_json::json;
use tokio::process::{Child, Command};
use transport::is_listening;

use crate::cli::{BenchCommand, loopback};
use crate::exit::Failure;
use crate::output;

pub(crate) use limit::serve as serve_limit;
pub(crate) use registers::run_step as register_step;

/// Requests signed for each second of each measurement: more than two cores can answer.
const REQUESTS_A_SECOND: u32 = 4000;
/// Seconds of load on each server that are not counted.
const WARM_UP_SECONDS: u32 = 1;

pub(crate) async fn run(command: BenchCommand, json: bool) -> Result<(), Failure> {
    match command {
        BenchCommand::Exchange { seconds, suite } => exchange(seconds, suite, json).await,
        BenchCommand::Slow { connections, seconds } => slow::run(connections, seconds, json).await,
        BenchCommand::Gost => gost::run(json),
        BenchCommand::Timing { measurements } => timing::run(measurements, json),
        BenchCommand::RollOver { seconds } => roll_over::run(seconds, json).await,
        BenchCommand::Registers { rows } => registers::run(rows, json).await,
        BenchCommand::Secrecy { payments } => crate::secrecy::run(payments, json).await,
    }
}

async fn exchange(seconds: u32, suite: pki::SuiteId, json: bool) -> Result<(), Failure> {
    let folder = std::env::temp_dir().join(format!("tolem-bench-{}", std::process::id()));
    let measured = measure(&folder, suite, seconds).await;
    if let Err(error) = std::fs::remove_dir_all(&folder) {
        eprintln!("{} stays: {error}", folder.display());
    }
    let (limit, real) = measured?;
    let ratio = (real.a_second() * 1000 / limit.a_second().max(1)) as u32;
    let object = json!({
        "suite": suite.to_string(),
        "seconds": seconds,
        "throughput": real.a_second(),
        "limit": limit.a_second(),
        "ratio": thousandths(ratio),
        "p50_ms": thousandths(real.percentile_us(50)),
        "p99_ms": thousandths(real.percentile_us(99)),
        "cpu_us": real.cpu_us_each(),
        "limit_cpu_us": limit.cpu_us_each(),
        "refused": real.refused + limit.refused,
    });
    output::one(json, &object, || {
        format!(
            "{} notices a second, limit {}, ratio {:.3}; p50 {} µs, p99 {} µs; {} µs of processor each, limit {}",
            real.a_second(),
            limit.a_second(),
            thousandths(ratio),
            real.percentile_us(50),
            real.percentile_us(99),
            real.cpu_us_each(),
            limit.cpu_us_each(),
        )
    });
    Ok(())
}

/// A measured figure in thousandths as JSON shows it.
#[expect(clippy::float_arithmetic, reason = "a measured ratio is no money")]
fn thousandths(figure: u32) -> f64 {
    f64::from(figure) / 1000.0
}

async fn measure(
    folder: &std::path::Path,
    suite: pki::SuiteId,
    seconds: u32,
) -> Result<(load::Measured, load::Measured)> {
    let bench = country::Bench::set_up(folder, suite)?;
    let bank = bench.bank()?;
    // The warm-up takes its share too.
    let count = REQUESTS_A_SECOND * (seconds + WARM_UP_SECONDS);
    eprintln!("signing {count} requests …");
    let progress = ProgressBar::new(u64::from(count));
    progress.set_style(ProgressStyle::default_bar());
    let orders = bench.issue_codes(count).await?;
    let requests = sign_all(&bank, &orders, &progress).await?;
    progress.finish_and_clear();
    let (mut limit_server, mut real_server) =
        (start(&bench, "bench-limit")?, start(&bench, "serve-gateway")?);
    let limit = target(&bank, bench.limit_port, requests.clone(), &limit_server).await?;
    let real = target(&bank, bench.gateway_port, requests, &real_server).await?;
    let (mut of_limit, mut of_real) = (load::Measured::default(), load::Measured::default());
    for server in [&limit, &real] {
        server.slice(Duration::from_secs(WARM_UP_SECONDS.into()), &mut load::Measured::default()).await?;
    }
    for _ in 0..seconds {
        limit.slice(Duration::from_secs(1), &mut of_limit).await?;
        real.slice(Duration::from_secs(1), &mut of_real).await?;
    }
    // Waiting for a child closes its stdin, which is what stops it.
    limit_server.wait().await?;
    real_server.wait().await?;
    Ok((of_limit, of_real))
}

async fn target(bank: &Host, port: u16, requests: Vec<Bytes>, server: &Child) -> Result<load::Target> {
    wait_for(port).await;
    load::Target::new(bank, port, requests, server.id().context("the server has ended")?)
}

/// Waits until a child that was started listens, for half a minute at most.
async fn wait_for(port: u16) {
    for _ in 0..600 {
        if is_listening(loopback(port)).await {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn sign_all(
    bank: &Arc<Host>,
    orders: &[payment::Payment],
    progress: &ProgressBar,
) -> Result<Vec<Bytes>> {
    let parts: Vec<_> = orders
        .chunks(orders.len().div_ceil(2))
        .map(|part| {
            let (bank, part, progress) = (bank.clone(), part.to_vec(), progress.clone());
            tokio::task::spawn_blocking(move || {
                part.iter()
                    .map(|payment| {
                        progress.inc(1);
                        country::signed_notice(&bank, payment)
                    })
                    .collect::<Result<Vec<_>>>()
            })
        })
        .collect();
    let mut all = Vec::new();
    for part in parts {
        all.extend(part.await??);
    }
    Ok(all)
}

fn start(bench: &country::Bench, what: &str) -> Result<Child> {
    let mut command = Command::new(std::env::current_exe()?);
    match what {
        "bench-limit" => command.arg("bench-limit"),
        _ => command.args(["serve", "gateway", "--stop-with-stdin"]),
    };
    let config =
        bench.folder.join(if what == "bench-limit" { "limit" } else { "gateway" }).join("config.toml");
    let log = std::fs::File::create(bench.folder.join(format!("{what}.log")))?;
    Ok(command
        .arg("--config")
        .arg(config)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(log)
        .kill_on_drop(true)
        .spawn()?)
}
