//! The load: kept connections, each sending the next signed request as soon as it has its answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use bytes::Bytes;
use participant::Host;
use transport::{ClientLimits, HttpClient, KeepAlive};

/// Connections open at once.
const CONNECTIONS: usize = 64;
/// Seconds that are not counted.
pub(crate) const WARM_UP_SECONDS: u32 = 1;
/// Clock ticks a second in `/proc`, which is fixed on Linux.
const TICKS_A_SECOND: u64 = 100;

/// What was measured of one server.
pub(crate) struct Measured {
    latencies_us: Vec<u32>,
    pub(crate) refused: usize,
    elapsed: Duration,
    cpu: Duration,
}

impl Measured {
    pub(crate) fn a_second(&self) -> u64 {
        let milliseconds = u64::try_from(self.elapsed.as_millis()).unwrap_or(u64::MAX).max(1);
        self.latencies_us.len() as u64 * 1000 / milliseconds
    }

    pub(crate) fn percentile_us(&self, percent: usize) -> u32 {
        let at = self.latencies_us.len() * percent / 100;
        self.latencies_us.get(at.min(self.latencies_us.len().saturating_sub(1))).copied().unwrap_or(0)
    }

    pub(crate) fn cpu_us_each(&self) -> u64 {
        let each = self.cpu.as_micros() / (self.latencies_us.len().max(1) as u128);
        u64::try_from(each).unwrap_or(u64::MAX)
    }
}

/// Loads one server and measures it.
pub(crate) async fn run(
    bank: &Arc<Host>,
    port: u16,
    requests: Vec<Bytes>,
    seconds: u32,
    id: u32,
) -> Result<Measured> {
    let url: Arc<str> = format!("https://127.0.0.1:{port}/ws/v1/gateway").into();
    let requests = Arc::new(requests);
    let (next, counting, over) =
        (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let mut workers = Vec::new();
    for _ in 0..CONNECTIONS {
        let limits = ClientLimits { keep_alive: KeepAlive::Yes, ..ClientLimits::default() };
        let client = HttpClient::new(Some(&bank.identity), &bank.roots, limits)?;
        let (url, requests, next, counting, over) =
            (url.clone(), requests.clone(), next.clone(), counting.clone(), over.clone());
        workers.push(tokio::spawn(async move {
            let (mut latencies, mut refused) = (Vec::new(), 0_usize);
            while !over.load(Ordering::Relaxed) {
                let Some(request) = requests.get(next.fetch_add(1, Ordering::Relaxed)) else { break };
                let begun = Instant::now();
                let answer = client.post(&url, "text/xml; charset=utf-8", &[], request.clone()).await;
                if !counting.load(Ordering::Relaxed) {
                    continue;
                }
                match answer {
                    Ok(answer) if answer.status.is_success() => {
                        latencies.push(u32::try_from(begun.elapsed().as_micros()).unwrap_or(u32::MAX));
                    }
                    _ => refused += 1,
                }
            }
            (latencies, refused)
        }));
    }
    tokio::time::sleep(Duration::from_secs(u64::from(WARM_UP_SECONDS))).await;
    let (cpu_before, begun) = (processor_time(id)?, Instant::now());
    counting.store(true, Ordering::Relaxed);
    tokio::time::sleep(Duration::from_secs(u64::from(seconds))).await;
    over.store(true, Ordering::Relaxed);
    let (elapsed, cpu) = (begun.elapsed(), processor_time(id)?.saturating_sub(cpu_before));
    let mut measured = Measured { latencies_us: Vec::new(), refused: 0, elapsed, cpu };
    for worker in workers {
        let (latencies, refused) = worker.await?;
        measured.latencies_us.extend(latencies);
        measured.refused += refused;
    }
    measured.latencies_us.sort_unstable();
    Ok(measured)
}

/// The processor time a process has used, user and system.
fn processor_time(id: u32) -> Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).context("the server has ended")?;
    // The name in brackets may hold anything; what is counted begins after it.
    let (_, rest) = stat.rsplit_once(')').context("/proc/…/stat is not as expected")?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok()).unwrap_or(0);
    Ok(Duration::from_millis((ticks(11) + ticks(12)) * 1000 / TICKS_A_SECOND))
}
