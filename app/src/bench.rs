//! `tolem bench exchange`: how many signed notices the gateway answers, beside the limit of this machine.
//!
//! The limit is a server that does nothing but verify, sign and group-commit the same bytes. Both are child processes,
//! asked by the same generator, over the same kind of kept TLS connections, with requests signed beforehand; what is
//! compared was measured in one run. The bench country has no portal, so an exchange is the exchange alone.

mod country;
mod limit;
mod load;
mod store;

use std::process::Stdio;
use std::sync::Arc;

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

/// Requests signed for each second of each measurement: more than two cores can answer.
const REQUESTS_A_SECOND: u32 = 4000;

pub(crate) async fn run(command: BenchCommand, json: bool) -> Result<(), Failure> {
    let BenchCommand::Exchange { seconds, suite } = command;
    let suite = suite.parse().map_err(Failure::usage)?;
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
    let count = REQUESTS_A_SECOND * (seconds + load::WARM_UP_SECONDS);
    eprintln!("signing {} requests …", 2 * count);
    let progress = ProgressBar::new(u64::from(2 * count));
    progress.set_style(ProgressStyle::default_bar());
    let orders = bench.issue_codes(count).await?;
    let requests = sign_all(&bank, &orders, &progress).await?;
    progress.finish_and_clear();
    let limit = one(&bench, &bank, "bench-limit", bench.limit_port, requests.clone(), seconds).await?;
    let real = one(&bench, &bank, "serve-gateway", bench.gateway_port, requests, seconds).await?;
    Ok((limit, real))
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
                        progress.inc(2);
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

async fn one(
    bench: &country::Bench,
    bank: &Arc<Host>,
    what: &str,
    port: u16,
    requests: Vec<Bytes>,
    seconds: u32,
) -> Result<load::Measured> {
    let mut server = start(bench, what)?;
    for _ in 0..600 {
        if is_listening(loopback(port)).await {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let id = server.id().context("the server has ended")?;
    let measured = load::run(bank, port, requests, seconds, id).await;
    // Waiting for a child closes its stdin, which is what stops it.
    server.wait().await?;
    measured
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
