//! `tolem bench slow`: whether good traffic stays quick while thousands of peers dawdle (A23).
//!
//! The gateway is a child process, as in the other bench. Good traffic is signed notices at a steady rate, each over a
//! connection of its own, timed from the moment it was due; first in quiet, then among slow peers of one kind after the
//! other. A slow peer that is cut comes again, at a bounded rate: what is measured is a door under siege, not one that
//! has already got rid of everybody. Generator and gateway share the machine, so the siege's own work counts as well.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use indicatif::ProgressBar;
use participant::Host;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, interval, sleep, sleep_until, timeout};
use transport::{ClientLimits, HttpClient, SecureStream, StreamLimits, is_listening};

use super::{country, sign_all, start, thousandths};
use crate::cli::loopback;
use crate::exit::Failure;
use crate::output;

/// Good exchanges in a second: far from what the gateway can do, so that what is seen is delay and not load.
const GOOD_A_SECOND: u32 = 25;
/// Seconds before the quiet measurement, that are not counted.
const WARM_UP_SECONDS: u32 = 2;
/// Slow peers that come, or come again, in a second.
const COMING_A_SECOND: u32 = 200;
/// How often a slow peer says, or takes, one more octet.
const DRIP: Duration = Duration::from_secs(3);
/// Questions a slow reader asks at once before it does not read the answers.
const ASKED_AT_ONCE: usize = 8;
/// How long the slow peers may take to be all there.
const GATHER_WITHIN: Duration = Duration::from_secs(120);

/// A way to be slow.
#[derive(Debug, Clone, Copy)]
enum Slowness {
    /// A request head that never ends.
    Head,
    /// A body that never ends.
    Body,
    /// Answers that are not read.
    Read,
    /// Not a word after the TLS handshake.
    Idle,
}

impl Slowness {
    const ALL: [Self; 4] = [Self::Head, Self::Body, Self::Read, Self::Idle];

    fn name(self) -> &'static str {
        match self {
            Self::Head => "slow_head",
            Self::Body => "slow_body",
            Self::Read => "slow_read",
            Self::Idle => "idle",
        }
    }

    fn first_words(self) -> String {
        match self {
            Self::Head => "GET /ws/v1/gateway.xsd HTTP/1.1\r\nHost: localhost\r\nX: ".to_owned(),
            Self::Body => "POST /ws/v1/gateway HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml\r\n\
                           Content-Length: 1000\r\n\r\n<"
                .to_owned(),
            Self::Read => "GET /ws/v1/gateway.xsd HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(ASKED_AT_ONCE),
            Self::Idle => String::new(),
        }
    }

    fn drips(self) -> bool {
        matches!(self, Self::Head | Self::Body)
    }
}

/// What good traffic met with in one stretch.
struct Stretch {
    name: &'static str,
    p50_us: u32,
    p99_us: u32,
    refused: usize,
    /// Slow peers connected at the end.
    held: usize,
}

pub(crate) async fn run(connections: u32, seconds: u32, json: bool) -> Result<(), Failure> {
    transport::allow_many_connections();
    let folder = std::env::temp_dir().join(format!("tolem-bench-{}", std::process::id()));
    let measured = measure(&folder, connections, seconds).await;
    if let Err(error) = std::fs::remove_dir_all(&folder) {
        eprintln!("{} stays: {error}", folder.display());
    }
    let stretches = measured?;
    let quiet = stretches.first().map_or(0, |quiet| quiet.p99_us);
    let crowded = stretches.iter().skip(1).map(|stretch| stretch.p99_us).max().unwrap_or(0);
    let ratio = u32::try_from(u64::from(crowded) * 1000 / u64::from(quiet.max(1))).unwrap_or(u32::MAX);
    let mut object = json!({
        "connections": connections,
        "seconds": seconds,
        "quiet_p99_ms": thousandths(quiet),
        "crowded_p99_ms": thousandths(crowded),
        "ratio": thousandths(ratio),
        "refused": stretches.iter().map(|stretch| stretch.refused).sum::<usize>(),
    });
    for stretch in &stretches {
        object[stretch.name] = json!({
            "p50_ms": thousandths(stretch.p50_us),
            "p99_ms": thousandths(stretch.p99_us),
            "held": stretch.held,
        });
    }
    output::one(json, &object, || {
        let each: Vec<_> =
            stretches.iter().map(|stretch| format!("{} {} µs", stretch.name, stretch.p99_us)).collect();
        format!("p99 of good traffic: {}; at worst {:.3} of quiet", each.join(", "), thousandths(ratio))
    });
    Ok(())
}

async fn measure(folder: &std::path::Path, connections: u32, seconds: u32) -> Result<Vec<Stretch>> {
    let bench = country::Bench::set_up(folder, pki::SuiteId::Rsa2048)?;
    let bank = bench.bank()?;
    let stretches = 1 + Slowness::ALL.len() as u32;
    let orders = bench.issue_codes(GOOD_A_SECOND * (WARM_UP_SECONDS + seconds * stretches)).await?;
    eprintln!("signing {} requests …", orders.len());
    let requests = sign_all(&bank, &orders, &ProgressBar::hidden()).await?;
    let mut requests = VecDeque::from(requests);

    let mut server = start(&bench, "serve-gateway")?;
    let open = async {
        while !is_listening(loopback(bench.gateway_port)).await {
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(GATHER_WITHIN, open).await.context("the gateway does not start")?;
    let measured = besiege(&bench, &bank, &mut requests, connections, seconds).await;
    // Waiting for a child closes its stdin, which is what stops it.
    server.wait().await?;
    measured
}

async fn besiege(
    bench: &country::Bench,
    bank: &Arc<Host>,
    requests: &mut VecDeque<Bytes>,
    connections: u32,
    seconds: u32,
) -> Result<Vec<Stretch>> {
    let port = bench.gateway_port;
    let mut good = async |name, seconds: u32| {
        let count = (GOOD_A_SECOND * seconds) as usize;
        let requests: Vec<_> = requests.drain(..count.min(requests.len())).collect();
        good_traffic(name, bank, port, requests).await
    };
    good("warm_up", WARM_UP_SECONDS).await?;
    let mut stretches = vec![good("quiet", seconds).await?];
    for slowness in Slowness::ALL {
        eprintln!("{connections} peers gather: {}", slowness.name());
        let crowd = Crowd::gather(slowness, bank, port, connections as usize).await?;
        let mut stretch = good(slowness.name(), seconds).await?;
        stretch.held = crowd.connected.load(Ordering::Relaxed);
        crowd.disperse().await;
        stretches.push(stretch);
    }
    Ok(stretches)
}

/// Sends the requests at the steady rate, and times each from when it was due.
async fn good_traffic(
    name: &'static str,
    bank: &Arc<Host>,
    port: u16,
    requests: Vec<Bytes>,
) -> Result<Stretch> {
    let client = HttpClient::new(Some(&bank.identity), &bank.roots, ClientLimits::default())?;
    let url: Arc<str> = format!("https://127.0.0.1:{port}/ws/v1/gateway").into();
    let (begin, mut exchanges) = (Instant::now(), JoinSet::new());
    for (number, request) in (0..).zip(requests) {
        let due = begin + Duration::from_secs(1) * number / GOOD_A_SECOND;
        let (client, url) = (client.clone(), url.clone());
        exchanges.spawn(async move {
            sleep_until(due).await;
            let answer = client.post(&url, "text/xml; charset=utf-8", &[], request).await;
            let took = u32::try_from(due.elapsed().as_micros()).unwrap_or(u32::MAX);
            answer.is_ok_and(|answer| answer.status.is_success()).then_some(took)
        });
    }
    let outcomes = exchanges.join_all().await;
    let mut times: Vec<u32> = outcomes.iter().copied().flatten().collect();
    ensure!(!times.is_empty(), "no exchange was answered");
    times.sort_unstable();
    let percentile = |percent: usize| times[(times.len() * percent / 100).min(times.len() - 1)];
    Ok(Stretch {
        name,
        p50_us: percentile(50),
        p99_us: percentile(99),
        refused: outcomes.len() - times.len(),
        held: 0,
    })
}

/// Slow peers, as many as were asked for.
struct Crowd {
    connected: Arc<AtomicUsize>,
    over: Arc<AtomicBool>,
    peers: JoinSet<()>,
}

impl Crowd {
    async fn gather(slowness: Slowness, bank: &Arc<Host>, port: u16, count: usize) -> Result<Self> {
        let (connected, over) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let (come, mut peers) = (Arc::new(Semaphore::new(0)), JoinSet::new());
        for _ in 0..count {
            let peer = Peer {
                slowness,
                bank: bank.clone(),
                port,
                come: come.clone(),
                connected: connected.clone(),
                over: over.clone(),
            };
            peers.spawn(peer.dawdle());
        }
        let (opened, ending) = (come.clone(), over.clone());
        peers.spawn(async move {
            let mut ticks = interval(Duration::from_secs(1) / COMING_A_SECOND);
            while !ending.load(Ordering::Relaxed) {
                ticks.tick().await;
                opened.add_permits(1);
            }
        });
        let all_there = async {
            while connected.load(Ordering::Relaxed) < count * 95 / 100 {
                sleep(Duration::from_millis(100)).await;
            }
        };
        let gathered = timeout(GATHER_WITHIN, all_there).await;
        if gathered.is_err() {
            eprintln!("only {} gathered", connected.load(Ordering::Relaxed));
        }
        Ok(Self { connected, over, peers })
    }

    async fn disperse(mut self) {
        self.over.store(true, Ordering::Relaxed);
        self.peers.shutdown().await;
    }
}

/// One slow peer.
struct Peer {
    slowness: Slowness,
    bank: Arc<Host>,
    port: u16,
    /// Leave to connect.
    come: Arc<Semaphore>,
    connected: Arc<AtomicUsize>,
    over: Arc<AtomicBool>,
}

impl Peer {
    async fn dawdle(self) {
        let limits = StreamLimits::default();
        while !self.over.load(Ordering::Relaxed) {
            let Ok(leave) = self.come.acquire().await else { return };
            leave.forget();
            let (identity, roots) = (&self.bank.identity, &self.bank.roots);
            let connected =
                transport::connect(loopback(self.port), "127.0.0.1", identity, roots, &limits).await;
            let Ok((mut stream, _)) = connected else { continue };
            self.connected.fetch_add(1, Ordering::Relaxed);
            // A slow peer that is cut is what the gateway is for; it comes again.
            let _ = self.hold(&mut stream).await;
            self.connected.fetch_sub(1, Ordering::Relaxed);
        }
    }

    async fn hold(&self, stream: &mut SecureStream) -> std::io::Result<()> {
        stream.write_all(self.slowness.first_words().as_bytes()).await?;
        stream.flush().await?;
        let mut octet = [0];
        loop {
            match self.slowness {
                Slowness::Read => {
                    sleep(DRIP).await;
                    stream.read_u8().await?;
                }
                _ => match timeout(DRIP, stream.read(&mut octet)).await {
                    Ok(Ok(0)) => return Ok(()),
                    Ok(read) => drop(read?),
                    Err(_) if self.slowness.drips() => {
                        stream.write_all(b"a").await?;
                        stream.flush().await?;
                    }
                    Err(_) => {}
                },
            }
        }
    }
}
