//! The load: kept connections, each sending the next signed request as soon as it has its answer.
//!
//! It comes in slices, so that two servers can be measured by turns and share whatever else the machine does.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use bytes::Bytes;
use participant::Host;
use transport::{ClientLimits, HttpClient, KeepAlive};

/// Connections open at once.
const CONNECTIONS: usize = 64;
/// Clock ticks a second in `/proc`, which is fixed on Linux.
const TICKS_A_SECOND: u64 = 100;

/// One server under load: its connections, and what is left to be sent to it.
pub(crate) struct Target {
    clients: Vec<Arc<HttpClient>>,
    url: Arc<str>,
    requests: Arc<Vec<Bytes>>,
    next: Arc<AtomicUsize>,
    process: u32,
}

/// What was measured of one server.
#[derive(Default)]
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
        let mut sorted = self.latencies_us.clone();
        sorted.sort_unstable();
        let at = sorted.len() * percent / 100;
        sorted.get(at.min(sorted.len().saturating_sub(1))).copied().unwrap_or(0)
    }

    pub(crate) fn cpu_us_each(&self) -> u64 {
        let each = self.cpu.as_micros() / (self.latencies_us.len().max(1) as u128);
        u64::try_from(each).unwrap_or(u64::MAX)
    }
}

impl Target {
    /// A server that is up, at a port of this machine.
    pub(crate) fn new(bank: &Host, port: u16, requests: Vec<Bytes>, process: u32) -> Result<Self> {
        let client = || {
            let limits = ClientLimits { keep_alive: KeepAlive::Yes, ..ClientLimits::default() };
            HttpClient::new(Some(&bank.identity), &bank.roots, limits).map(Arc::new)
        };
        Ok(Self {
            clients: (0..CONNECTIONS).map(|_| client()).collect::<Result<_, _>>()?,
            url: format!("https://127.0.0.1:{port}/ws/v1/gateway").into(),
            requests: Arc::new(requests),
            next: Arc::new(AtomicUsize::new(0)),
            process,
        })
    }

    /// Loads the server for so long, waits for the last answers, and adds what it saw. All the time until the last
    /// answer counts, so that a slice favours nobody.
    pub(crate) async fn slice(&self, length: Duration, into: &mut Measured) -> Result<()> {
        let over = Arc::new(AtomicBool::new(false));
        let (cpu_before, begun) = (processor_time(self.process)?, Instant::now());
        let workers: Vec<_> =
            self.clients.iter().map(|client| tokio::spawn(self.ask(client.clone(), over.clone()))).collect();
        tokio::time::sleep(length).await;
        over.store(true, Ordering::Relaxed);
        for worker in workers {
            let (latencies, refused) = worker.await?;
            into.latencies_us.extend(latencies);
            into.refused += refused;
        }
        into.elapsed += begun.elapsed();
        into.cpu += processor_time(self.process)?.saturating_sub(cpu_before);
        Ok(())
    }

    fn ask(
        &self,
        client: Arc<HttpClient>,
        over: Arc<AtomicBool>,
    ) -> impl Future<Output = (Vec<u32>, usize)> + Send + use<> {
        let (url, requests, next) = (self.url.clone(), self.requests.clone(), self.next.clone());
        async move {
            let (mut latencies, mut refused) = (Vec::new(), 0);
            while !over.load(Ordering::Relaxed) {
                let Some(request) = requests.get(next.fetch_add(1, Ordering::Relaxed)) else { break };
                let begun = Instant::now();
                match client.post(&url, "text/xml; charset=utf-8", &[], request.clone()).await {
                    Ok(answer) if answer.status.is_success() => {
                        latencies.push(u32::try_from(begun.elapsed().as_micros()).unwrap_or(u32::MAX));
                    }
                    _ => refused += 1,
                }
            }
            (latencies, refused)
        }
    }
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
