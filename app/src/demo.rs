//! `tolem demo`: the whole country on this machine, each participant a child process.
//!
//! A child that dies is started again; all stop together, by Ctrl-C or with this process.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use participant::{Shutdown, Stop};
use serde_json::json;
use tokio::process::{Child, Command};
use tokio::task::JoinSet;
use transport::{Browser, TlsRoots};

use crate::cli::{DemoArguments, loopback};
use crate::country::{ACCOUNTS, CARDS, Country, PEOPLE, PORTS, PROCESSES, Port, Process, set_up};
use crate::exit::Failure;
use crate::output;
use crate::serve::told_to_stop;

/// How long a country may take to be ready.
const READY_WITHIN: Duration = Duration::from_secs(60);
/// How long a child may take to stop.
const STOPS_WITHIN: Duration = Duration::from_secs(20);
/// How long a child that died is left alone before it is started again.
const RESTART_AFTER: Duration = Duration::from_millis(500);

/// Between two payments of the history, so that it never stands in a visitor's way.
const HISTORY_PAUSE: Duration = Duration::from_millis(500);

/// A running country.
pub(crate) struct Running {
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
            set_up(&arguments.dir, port_base)?
        }
    };
    let running = Running::start(&country).await?;
    announce(&country, json);
    let history = async {
        if is_new {
            make_history(&country, arguments.history).await;
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = told_to_stop(false) => {}
        () = history => {}
    }
    eprintln!("Stopping …");
    running.stop().await;
    Ok(())
}

/// Gives a new country something to look at: payments at the internet bank, over the same pages as anybody's.
async fn make_history(country: &Country, count: u32) {
    for (service, number) in ["P-0101", "P-0102", "P-0203"].iter().cycle().zip(0..count) {
        if let Err(error) = crate::walk::table3::pay(country, service).await {
            eprintln!("history ends after {number} payments: {error:#}");
            return;
        }
        tokio::time::sleep(HISTORY_PAUSE).await;
    }
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
    /// Starts every process and waits until all are ready.
    pub(crate) async fn start(country: &Country) -> Result<Self> {
        let (stop, shutdown) = Shutdown::new();
        let mut children = JoinSet::new();
        for process in PROCESSES {
            children.spawn(keep_running(*process, country.clone(), shutdown.clone()));
        }
        let running = Self { stop, children };
        match tokio::time::timeout(READY_WITHIN, ready(country)).await {
            Ok(Ok(())) => Ok(running),
            Ok(Err(error)) => {
                running.stop().await;
                Err(error)
            }
            Err(_) => {
                running.stop().await;
                bail!("the country is not ready; its logs are in {}/*/log.jsonl", country.folder().display())
            }
        }
    }

    /// Stops every process and waits for them.
    pub(crate) async fn stop(mut self) {
        self.stop.stop();
        while self.children.join_next().await.is_some() {}
    }
}

async fn keep_running(process: Process, country: Country, shutdown: Shutdown) {
    loop {
        let mut child = match spawn(process, &country) {
            Ok(child) => child,
            Err(error) => return eprintln!("{} does not start: {error:#}", process.name),
        };
        // Taken, because waiting for a child closes a stdin it still holds; the child stops when this is dropped.
        let stdin = child.stdin.take();
        tokio::select! {
            status = child.wait() => {
                let how = status.map_or_else(|error| error.to_string(), |status| status.to_string());
                eprintln!("{} ended ({how}); starting it again", process.name);
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
            () = tokio::time::sleep(RESTART_AFTER) => {}
            () = shutdown.wait() => return,
        }
    }
}

fn spawn(process: Process, country: &Country) -> Result<Child> {
    let folder: PathBuf = country.folder().join(process.name);
    let log = std::fs::OpenOptions::new().create(true).append(true).open(folder.join("log.jsonl"))?;
    let child = Command::new(std::env::current_exe()?)
        .args(["serve", &process.kind.word(), "--stop-with-stdin", "--config"])
        .arg(country.config(process.name))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(log)
        .kill_on_drop(true)
        .spawn()?;
    if let Some(id) = child.id() {
        std::fs::write(folder.join("pid"), id.to_string())?;
    }
    Ok(child)
}

/// Ready when every door is open and the gateway and the portal say so.
pub(crate) async fn ready(country: &Country) -> Result<()> {
    for offset in 0..PORTS {
        let address = loopback(country.port_base + offset);
        while !transport::is_listening(address).await {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    let roots = TlsRoots::from_pem_file(&country.folder().join("people/national-ca.pem"))?;
    for port in [Port::GatewayPages, Port::PortalPages] {
        let mut browser = Browser::new(None, &roots)?;
        let url = format!("{}/readyz", country.url(port));
        while !browser.get(&url).await.is_ok_and(|page| page.status.is_success()) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    Ok(())
}

fn announce(country: &Country, json: bool) {
    let places = [
        ("portal", Port::PortalPages, "/", "Портал"),
        ("portal_by_certificate", Port::PortalCertificatePages, "/", "Портал по сертификату"),
        ("desk", Port::PortalCertificatePages, "/desk", "Рабочее место ЦОН"),
        ("gateway", Port::GatewayPages, "/uddi", "Оплата (ПШЭП), UDDI"),
        ("bank1", Port::Bank1Pages, "/", "Интернет-банк 1"),
        ("bank1_atm", Port::Bank1Atm, "/", "Банкомат 1"),
        ("bank1_kiosk", Port::Bank1Kiosk, "/", "Киоск 1"),
        ("bank2", Port::Bank2Pages, "/", "Интернет-банк 2"),
        ("bank2_atm", Port::Bank2Atm, "/", "Банкомат 2"),
        ("bank2_kiosk", Port::Bank2Kiosk, "/", "Киоск 2"),
        ("wsdl", Port::GatewayMessages, "/ws/v1/gateway?wsdl", "WSDL (по сертификату)"),
        ("metrics", Port::GatewayPages, "/metrics", "Метрики"),
    ];
    if json {
        let urls: serde_json::Map<String, serde_json::Value> = places
            .iter()
            .map(|(name, port, path, _)| ((*name).to_owned(), json!(format!("{}{path}", country.url(*port)))))
            .collect();
        let people: Vec<_> = PEOPLE
            .iter()
            .map(|person| {
                json!({
                    "iin": person.iin,
                    "name": person.full_name(),
                    "certificate": country.folder().join("people").join(format!("{}.pem", person.files)),
                })
            })
            .collect();
        let object = json!({
            "dir": country.folder(),
            "urls": urls,
            "password": "demo",
            "people": people,
            "cards": CARDS.iter().map(|(number, what)| json!({ "number": number, "what": what })).collect::<Vec<_>>(),
            "accounts": ACCOUNTS.iter().map(|(iban, what)| json!({ "iban": iban, "what": what })).collect::<Vec<_>>(),
        });
        output::say(&object.to_string());
        return;
    }
    for (_, port, path, title) in places {
        output::say(&format!("  {title:<24} {}{path}", country.url(port)));
    }
    output::say("  Вход: ИИН, пароль «demo»; в банке: aigul или ivan, пароль «demo»");
    for person in PEOPLE {
        output::say(&format!("    {}  {}  people/{}.pem", person.iin, person.full_name(), person.files));
    }
    output::say("  Карточки (любой срок в будущем, любой код, ПИН 1234):");
    for (number, what) in CARDS {
        output::say(&format!("    {number}  {what}"));
    }
    output::say("  Счета:");
    for (iban, what) in ACCOUNTS {
        output::say(&format!("    {iban}  {what}"));
    }
    output::say(&format!(
        "  Доверьте браузеру {}/people/national-ca.pem. Стоп: Ctrl-C. Заново: tolem demo --reset",
        country.folder().display()
    ));
}
