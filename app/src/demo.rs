//! `tolem demo`: the whole country on this machine, each participant a child process.
//!
//! A child that dies is started again; all stop together, by Ctrl-C or with this process.

mod announce;

use std::fs::{File, TryLockError};
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use participant::{Shutdown, Stop};
use tokio::process::{Child, Command};
use tokio::task::JoinSet;
use transport::{Browser, TlsRoots};

use crate::cli::{DemoArguments, loopback};
use crate::country::{Country, PORTS, PROCESSES, Port, Process, set_up};
use crate::exit::Failure;
use crate::history::History;
use crate::serve::told_to_stop;

/// How long a country may take to be ready.
const READY_WITHIN: Duration = Duration::from_secs(60);
/// How long those not ready by then may take to say why.
const ASKED_WITHIN: Duration = Duration::from_secs(10);
/// How long a child may take to stop.
const STOPS_WITHIN: Duration = Duration::from_secs(20);
/// How long a child that died is left alone before it is started again.
const RESTART_AFTER: Duration = Duration::from_millis(500);
/// The same at most, for one that dies again and again.
const RESTART_AFTER_MOST: Duration = Duration::from_secs(30);
/// A child that lived for so long did not die of its start.
const LIVED_LONG: Duration = Duration::from_secs(5);
/// How much of the end of a log is looked at for the reason why its child died.
const LOG_END_OCTETS: u64 = 64 * 1024;

/// A running country.
pub(crate) struct Running(Children);

/// Processes that are kept running.
pub(crate) struct Children {
    stop: Stop,
    children: JoinSet<()>,
}

pub(crate) async fn run(arguments: DemoArguments, json: bool) -> Result<(), Failure> {
    std::fs::create_dir_all(&arguments.dir).with_context(|| format!("making {}", arguments.dir.display()))?;
    let _lock = lock(&arguments.dir)?;
    if arguments.reset {
        forget(&arguments.dir)?;
    }
    let known = Country::open(&arguments.dir).ok();
    let is_new = known.is_none();
    let country = match known {
        Some(country) => country,
        None => {
            let port_base = free_ports(arguments.port_base)?;
            eprintln!("Setting up the country in {} …", arguments.dir.display());
            set_up(&arguments.dir, port_base, arguments.suite)?
        }
    };
    let mut history = History::of(&country, is_new, arguments.history)?;
    tokio::select! {
        told = history.tell_past(&country) => {
            if let Err(error) = told {
                eprintln!("the past of the country has gaps: {error:#}");
            }
        }
        () = told_to_stop(false) => return Ok(()),
    }
    let running = tokio::select! {
        running = Running::start(&country) => running?,
        // The children stop with the stdin that is dropped here.
        () = told_to_stop(false) => return Ok(()),
    };
    announce::announce(&country, &history, json);
    let present = async {
        if let Err(error) = history.tell_present(&country).await {
            eprintln!("the history goes on at the next start: {error:#}");
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = told_to_stop(false) => {}
        () = present => {}
    }
    eprintln!("Stopping …");
    running.stop().await;
    Ok(())
}

/// One country runs once: the file stays locked for as long as it is held.
fn lock(folder: &Path) -> Result<File, Failure> {
    let path = folder.join("lock");
    let file = File::create(&path).with_context(|| format!("making {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            Err(Failure::conflict(anyhow!("the country in {} is running", folder.display())))
        }
        Err(TryLockError::Error(error)) => {
            Err(anyhow::Error::new(error).context("locking the country").into())
        }
    }
}

/// Forgets a country: everything in its directory but the lock. Only a directory that holds one is emptied.
fn forget(folder: &Path) -> Result<()> {
    if !folder.join("country.toml").exists() && !folder.join("national-ca").exists() {
        return Ok(());
    }
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            std::fs::remove_dir_all(&path).with_context(|| format!("removing {}", path.display()))?;
        } else if !path.ends_with("lock") {
            std::fs::remove_file(&path).with_context(|| format!("removing {}", path.display()))?;
        }
    }
    Ok(())
}

/// The first base from `wanted` on whose ports are all free.
pub(crate) fn free_ports(wanted: u16) -> Result<u16> {
    let free = |base: u16| (0..PORTS).all(|offset| transport::is_free(loopback(base + offset)));
    let bases = (wanted..u16::MAX - PORTS).step_by(usize::from(PORTS) + 4).take(500);
    bases.into_iter().find(|base| free(*base)).context("no run of free ports is found")
}

impl Running {
    /// Starts every process and waits until all are ready. One that stands but does not get ready, such as a bank whose
    /// certificate is revoked, is named and does not keep the others from working.
    pub(crate) async fn start(country: &Country) -> Result<Self> {
        let running = Self(Children::start(country, PROCESSES, "config.toml", None));
        if let Ok(ready) = tokio::time::timeout(READY_WITHIN, ready(country)).await {
            return match ready {
                Ok(()) => Ok(running),
                Err(error) => {
                    running.stop().await;
                    Err(error)
                }
            };
        }
        match tokio::time::timeout(ASKED_WITHIN, unready(country)).await {
            Ok(Ok(reasons)) => {
                for (url, reason) in reasons {
                    eprintln!("not ready: {url}\n{}", reason.trim_end());
                }
                Ok(running)
            }
            _ => {
                running.stop().await;
                bail!("a process does not start; its log is in {}/*/log.jsonl", country.folder().display())
            }
        }
    }

    /// Stops every process and waits for them.
    pub(crate) async fn stop(self) {
        self.0.stop().await;
    }
}

impl Children {
    /// Starts processes, each with the file of this name in its folder as its configuration, and with the system's
    /// clock or one that was set back.
    pub(crate) fn start(
        country: &Country,
        processes: &[Process],
        config: &str,
        clock: Option<&Path>,
    ) -> Self {
        let (stop, shutdown) = Shutdown::new();
        let mut children = JoinSet::new();
        for process in processes {
            let start = Start {
                process: *process,
                folder: country.folder().join(process.name),
                config: config.to_owned(),
                clock: clock.map(Path::to_owned),
            };
            children.spawn(keep_running(start, shutdown.clone()));
        }
        Self { stop, children }
    }

    /// Stops every process and waits for them.
    pub(crate) async fn stop(mut self) {
        self.stop.stop();
        while self.children.join_next().await.is_some() {}
    }
}

/// How one process is started.
struct Start {
    process: Process,
    folder: PathBuf,
    config: String,
    clock: Option<PathBuf>,
}

async fn keep_running(start: Start, shutdown: Shutdown) {
    let process = start.process;
    let mut pause = RESTART_AFTER / 2;
    loop {
        let (log, begun) = (start.log_length(), Instant::now());
        let mut child = match start.spawn() {
            Ok(child) => child,
            Err(error) => return eprintln!("{} does not start: {error:#}", process.name),
        };
        // Taken, because waiting for a child closes a stdin it still holds; the child stops when this is dropped.
        let stdin = child.stdin.take();
        tokio::select! {
            status = child.wait() => {
                let how = status.map_or_else(|error| error.to_string(), |status| status.to_string());
                let why = start.last_error_since(log).map(|why| format!(": {why}")).unwrap_or_default();
                pause = pause_after(begun.elapsed(), pause);
                let name = process.name;
                eprintln!("{name} ended ({how}){why}; starting it again in {pause:?}");
            }
            () = shutdown.wait() => {
                drop(stdin);
                if tokio::time::timeout(STOPS_WITHIN, child.wait()).await.is_err() {
                    eprintln!("{} does not stop; it is killed", process.name);
                    if let Err(error) = child.kill().await {
                        eprintln!("{}: {error}", process.name);
                    }
                }
                return;
            }
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = shutdown.wait() => return,
        }
    }
}

/// How long a child that died after living for so long is left alone: each time twice as long as the `last` time, where
/// it dies again and again, such as of a port that is taken.
fn pause_after(lived: Duration, last: Duration) -> Duration {
    if lived >= LIVED_LONG { RESTART_AFTER } else { (last * 2).min(RESTART_AFTER_MOST) }
}

/// The last error in the lines of a log; where there is none, its last line, which no logger wrote.
fn last_error(log: &str) -> Option<String> {
    let lines = log.lines().rev().filter(|line| !line.trim().is_empty());
    let logged = |line: &str| serde_json::from_str::<serde_json::Value>(line).ok();
    let error = lines.clone().filter_map(logged).find(|line| line["level"] == "ERROR");
    match error {
        Some(line) => {
            let field = |name: &str| line["fields"][name].as_str().map(str::to_owned);
            field("error").or_else(|| field("message")).or_else(|| field("event"))
        }
        None => lines.clone().next().filter(|line| logged(line).is_none()).map(str::to_owned),
    }
}

impl Start {
    fn log(&self) -> PathBuf {
        self.folder.join("log.jsonl")
    }

    fn log_length(&self) -> u64 {
        std::fs::metadata(self.log()).map_or(0, |log| log.len())
    }

    /// The last error in the log from this length on.
    fn last_error_since(&self, length: u64) -> Option<String> {
        let mut log = File::open(self.log()).ok()?;
        let from = length.max(self.log_length().saturating_sub(LOG_END_OCTETS));
        log.seek(SeekFrom::Start(from)).ok()?;
        let mut end = Vec::new();
        log.take(LOG_END_OCTETS).read_to_end(&mut end).ok()?;
        last_error(&String::from_utf8_lossy(&end))
    }

    fn spawn(&self) -> Result<Child> {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(self.log())?;
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["serve", &self.process.kind.word(), "--stop-with-stdin", "--config"]);
        command.arg(self.folder.join(&self.config));
        if let Some(clock) = &self.clock {
            command.arg("--clock-set-back-by").arg(clock);
        }
        // Ctrl-C in a terminal reaches this process alone, which then stops its children in its own way.
        command.process_group(0);
        let child =
            command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(log).kill_on_drop(true).spawn()?;
        if let Some(id) = child.id() {
            std::fs::write(self.folder.join("pid"), id.to_string())?;
        }
        Ok(child)
    }
}

/// Ready when every door is open and each process with pages says so.
pub(crate) async fn ready(country: &Country) -> Result<()> {
    for offset in 0..PORTS {
        let address = loopback(country.port_base + offset);
        while !transport::is_listening(address).await {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    while !unready(country).await?.is_empty() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

/// The processes with pages that are not ready: where they were asked, and what they said.
async fn unready(country: &Country) -> Result<Vec<(String, String)>> {
    let roots = TlsRoots::from_pem_file(&country.folder().join("people/national-ca.pem"))?;
    let pages = [
        Port::GatewayPages,
        Port::PortalPages,
        Port::CardPages,
        Port::Bank1Pages,
        Port::Bank1Atm,
        Port::Bank1Kiosk,
        Port::Bank2Pages,
        Port::Bank2Atm,
        Port::Bank2Kiosk,
    ];
    let mut unready = Vec::new();
    for port in pages {
        let mut browser = Browser::new(None, &roots)?;
        let url = format!("{}/readyz", country.url(port));
        match browser.get(&url).await {
            Ok(page) if page.status.is_success() => {}
            Ok(page) => unready.push((url, page.body)),
            Err(error) => unready.push((url, error.to_string())),
        }
    }
    Ok(unready)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_that_dies_again_and_again_is_started_ever_more_seldom_up_to_a_bound() {
        let (short, long) = (Duration::from_millis(20), LIVED_LONG);
        let mut pause = pause_after(long, RESTART_AFTER_MOST);
        assert_eq!(pause, RESTART_AFTER, "one that had lived is started at once");
        for expected in [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0] {
            pause = pause_after(short, pause);
            assert_eq!(pause.as_secs_f32(), expected);
        }
    }

    #[test]
    fn why_a_child_died_is_the_last_error_of_its_log() {
        let event = |level: &str, name: &str, text: &str| {
            format!(r#"{{"level":"{level}","fields":{{"{name}":"{text}"}}}}"#)
        };
        let first = event("ERROR", "error", "an earlier one");
        let last = event("ERROR", "error", "the port is taken");
        let calm = event("INFO", "event", "stopped");
        assert_eq!(last_error(&[first.clone(), last, calm.clone()].join("\n")).unwrap(), "the port is taken");
        assert_eq!(last_error(&event("ERROR", "event", "failed")).unwrap(), "failed");
        assert_eq!(last_error(&format!("{calm}\nout of memory\n")).unwrap(), "out of memory");
        assert_eq!(last_error(&calm), None);
        assert_eq!(last_error(""), None);
    }
}
