//! `tolem bench secrecy`: pays with marked cards and looks for them where they must not be.
//!
//! A fresh country is given cards whose numbers share a mark drawn for this run. One second after authorisations, and
//! again at the end, the memory of every process and every file of the country are searched for the mark and for the
//! codes, in every form of `scan`. The card page is killed in the middle of payments too, and must leave no core.
//! That the search finds what is there is shown on this very process, which knows the cards.
//! Source: threats A17; PCI DSS 3.3.1.2.

mod scan;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail, ensure};
use participant::SystemEntropy;
use serde_json::json;
use terms::Entropy as _;
use tokio::process::Command;
use tokio::time::{Instant, sleep};
use transport::{ClientLimits, HttpClient, TlsRoots};

use self::scan::{Found, Needle};
use crate::country::{Country, PROCESSES, Port, Suites, set_up};
use crate::demo::{Running, free_ports, ready};
use crate::exit::Failure;
use crate::output;
use crate::walk::person::Person;
use crate::walk::table5::RECIPIENT;
use crate::walk::{html, own_ports, table1, table6};

/// How long after an authorisation nothing may be left.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(1);
/// Payments between two searches of memory.
const SEARCH_EVERY: u32 = 10;
/// Payments for each killing of the card page.
const KILL_EVERY: u32 = 25;
/// Within so many milliseconds of sending the form the card page is killed.
const KILLED_WITHIN_MS: u64 = 300;
/// How long a payment may take that was killed in the middle.
const RESUMES_WITHIN: Duration = Duration::from_secs(90);
/// Between two looks at such a payment.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// The account of the marked cards, at the first bank, and its owner.
const ACCOUNT: &str = "KZ050000000000000909";
const OWNER: &str = RECIPIENT;
const EXPIRY: &str = "12/30";
/// The cookie that ties the card form to a browser.
const COOKIE: &str = "__Host-card";

/// The marked cards of one run.
struct Cards {
    /// The first ten digits of every number.
    mark: String,
    /// The code on the back of all of them.
    code: String,
}

impl Cards {
    fn draw() -> Self {
        let mut drawn = [0; 8];
        SystemEntropy.fill(&mut drawn);
        let number = u64::from_le_bytes(drawn);
        Self {
            mark: format!("4{:09}", number % 1_000_000_000),
            code: format!("{:03}", number / 1_000_000_000 % 1000),
        }
    }

    /// The number of one card, with its check digit.
    fn number(&self, serial: u32) -> String {
        let body = format!("{}{serial:05}", self.mark);
        let doubled = |(place, digit): (usize, u32)| match (place % 2, digit) {
            (0, digit) if digit > 4 => digit * 2 - 9,
            (0, digit) => digit * 2,
            (_, digit) => digit,
        };
        let sum: u32 = body.chars().rev().filter_map(|c| c.to_digit(10)).enumerate().map(doubled).sum();
        format!("{body}{}", (10 - sum % 10) % 10)
    }

    /// What the first bank is told of them, at its first start only.
    fn settings(&self, count: u32) -> String {
        let account = format!(
            "\n[[settings.account]]\niban = \"{ACCOUNT}\"\nowner = \"{OWNER}\"\nbalance = \"9000000000.00\"\n"
        );
        let card = |serial| {
            format!(
                "\n[[settings.card]]\nnumber = \"{}\"\naccount = \"{ACCOUNT}\"\npin = \"1234\"\n",
                self.number(serial)
            )
        };
        account + &(0..count).map(card).collect::<String>()
    }

    /// Everything to be looked for: the mark, plain and as people group digits, and the code in the two texts in which
    /// it travels. Three digits alone would be found everywhere.
    fn needles(&self) -> Vec<Needle> {
        let (mark, code) = (&self.mark, &self.code);
        let grouped = |between: &str| {
            let (first, rest) = mark.split_at(4);
            let (second, third) = rest.split_at(4);
            [first, second, third].join(between)
        };
        let texts = [
            mark.clone(),
            grouped(" "),
            grouped("+"),
            grouped("%20"),
            grouped("-"),
            format!("&code={code}"),
            format!("CV003{code}"),
        ];
        texts.iter().flat_map(|text| scan::forms_of(text)).collect()
    }
}

/// What was found in a whole run.
#[derive(Default)]
struct Report {
    /// By process; nothing where memory may not be read.
    memory: Option<BTreeMap<&'static str, Found>>,
    searches: u32,
    /// On this process, which knows the cards.
    control: u64,
    files: Found,
    killed: u32,
    cores: Vec<PathBuf>,
}

impl Report {
    fn hits(&self) -> u64 {
        let memory = self.memory.iter().flat_map(BTreeMap::values).map(|found| found.hits).sum::<u64>();
        memory + self.files.hits + self.cores.len() as u64
    }

    fn print(&self, payments: u32, json: bool) {
        let places = self.memory.iter().flat_map(BTreeMap::values).chain([&self.files]);
        for place in places.flat_map(|found| &found.places) {
            eprintln!("found in {place}");
        }
        for core in &self.cores {
            eprintln!("a core was written: {}", core.display());
        }
        if self.memory.is_none() {
            eprintln!("memory was not searched: only root may read that of the card page");
        }
        let memory = self
            .memory
            .as_ref()
            .map(|memory| memory.iter().map(|(name, found)| (*name, found.hits)).collect::<BTreeMap<_, _>>());
        let octets: u64 = self.memory.iter().flat_map(BTreeMap::values).map(|found| found.octets).sum();
        let object = json!({
            "payments": payments,
            "killed": self.killed,
            "searches": self.searches,
            "control": self.control,
            "memory": memory,
            "memory_octets": octets,
            "files": self.files.hits,
            "file_octets": self.files.octets,
            "cores": self.cores.len(),
            "hits": self.hits(),
        });
        output::one(json, &object, || {
            format!(
                "{payments} payments, {} killed in the middle: {} hits in {} octets of memory and {} of files; {} in our own",
                self.killed,
                self.hits(),
                octets,
                self.files.octets,
                self.control,
            )
        });
    }
}

/// Pays, searches and reports.
///
/// # Errors
/// Where anything was found, or the search is blind, or the country does not work.
pub(crate) async fn run(payments: u32, json: bool) -> Result<(), Failure> {
    let folder = std::env::temp_dir().join(format!("tolem-secrecy-{}", std::process::id()));
    let report = measure(&folder, payments).await?;
    report.print(payments, json);
    if report.control == 0 {
        return Err(Failure::checks(anyhow!("the search does not find what is there")));
    }
    if report.hits() > 0 {
        return Err(Failure::checks(anyhow!(
            "card data was found; the country stays in {}",
            folder.display()
        )));
    }
    fs::remove_dir_all(&folder).with_context(|| format!("removing {}", folder.display()))?;
    Ok(())
}

async fn measure(folder: &Path, payments: u32) -> Result<Report> {
    let cards = Cards::draw();
    let country = set_up(folder, free_ports(own_ports())?, Suites::Customary)?;
    seed(&country, &cards, payments).await?;
    let running = Running::start(&country).await?;
    let searched = pay_and_search(&country, &cards, payments).await;
    running.stop().await;
    let mut report = searched?;
    report.files = scan::files(folder, &cards.needles())?;
    Ok(report)
}

/// Lets the first bank take over the marked cards. Its configuration names them for that one start only.
async fn seed(country: &Country, cards: &Cards, payments: u32) -> Result<()> {
    let path = country.config("bank1");
    let settings = fs::read_to_string(&path)?;
    fs::write(&path, settings.clone() + &cards.settings(payments))?;
    Running::start(country).await?.stop().await;
    Ok(fs::write(&path, settings)?)
}

async fn pay_and_search(country: &Country, cards: &Cards, payments: u32) -> Result<Report> {
    let needles = cards.needles();
    let mut report = Report { memory: Some(BTreeMap::new()), ..Report::default() };
    let before = cores()?;
    let mut person = Person::at(country, &country.url(Port::PortalPages), None).await?;
    table6::log_in(&mut person).await?;
    let mut silent = None;
    for serial in 0..payments {
        let number = cards.number(serial);
        let card = [("number", number.as_str()), ("expiry", EXPIRY), ("code", cards.code.as_str())];
        // From the card page back to the portal, whose addresses the order is made of.
        person.open(&country.url(Port::PortalPages)).await?;
        table6::order(&mut person, "card").await?;
        let page = person.page.url.clone();
        ensure!(page.starts_with(&country.url(Port::CardPages)), "no card page: {}", person.says());
        if serial % KILL_EVERY == KILL_EVERY / 2 {
            pay_through_a_kill(country, &mut person, &page, &card).await?;
            report.killed += 1;
        } else {
            silent = Some(pay_and_fall_silent(country, &person, &card).await?);
            table1::paid(&mut person, &page).await?;
        }
        if serial % SEARCH_EVERY == SEARCH_EVERY - 1 || serial + 1 == payments {
            sleep(FORGOTTEN_AFTER).await;
            search(country, &needles, &mut report)?;
        }
    }
    drop(silent);
    report.control = scan::memory(std::process::id(), "ourselves", &needles)?.hits;
    report.cores = cores()?.into_iter().filter(|core| !before.contains(core)).collect();
    Ok(report)
}

fn search(country: &Country, needles: &[Needle], report: &mut Report) -> Result<()> {
    report.searches += 1;
    for process in PROCESSES {
        let Some(memory) = &mut report.memory else { return Ok(()) };
        match scan::memory(pid(country, process.name)?, process.name, needles) {
            Ok(found) => memory.entry(process.name).or_default().add(found),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => report.memory = None,
            Err(error) => {
                return Err(error).with_context(|| format!("reading the memory of {}", process.name));
            }
        }
    }
    Ok(())
}

fn pid(country: &Country, process: &str) -> Result<u32> {
    let path = country.folder().join(process).join("pid");
    let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    text.trim().parse().with_context(|| format!("{} holds no number", path.display()))
}

/// Pays over a connection that nothing more is sent over, as a person's who looks at the page and waits: whatever the
/// server holds of it is not written over by what comes next. It stays open for as long as the client is held.
async fn pay_and_fall_silent(
    country: &Country,
    person: &Person,
    card: &[(&str, &str)],
) -> Result<HttpClient> {
    let form = html::form(&person.page.body, "card-form").with_context(|| person.says())?;
    let hidden = form.hidden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let pairs: Vec<_> = hidden
        .chain(card.iter().copied())
        .map(|(name, value)| format!("{name}={}", escaped(value)))
        .collect();
    let site = country.url(Port::CardPages);
    let cookie = person.cookie(&site, COOKIE).context("the card page has set no cookie")?;
    let cookie = format!("{COOKIE}={cookie}");
    let fields = [("cookie", cookie.as_str()), ("origin", &site), ("sec-fetch-site", "same-origin")];
    let roots = TlsRoots::from_pem_file(&country.folder().join("people/national-ca.pem"))?;
    let client = HttpClient::new(None, &roots, ClientLimits::default())?;
    let url = format!("{site}{}", form.action);
    let answer =
        client.post(&url, "application/x-www-form-urlencoded", &fields, pairs.join("&").into()).await?;
    ensure!(answer.status.is_redirection(), "the card page answers {}", answer.status);
    Ok(client)
}

fn escaped(text: &str) -> String {
    let one = |octet: u8| match octet {
        b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'_' => char::from(octet).to_string(),
        octet => format!("%{octet:02X}"),
    };
    text.bytes().map(one).collect()
}

/// Pays while the card page is killed at a random moment, then again where it was not charged. Money moves once.
async fn pay_through_a_kill(
    country: &Country,
    person: &mut Person,
    page: &str,
    card: &[(&str, &str)],
) -> Result<()> {
    let mut drawn = [0; 8];
    SystemEntropy.fill(&mut drawn);
    let moment = Duration::from_millis(u64::from_le_bytes(drawn) % KILLED_WITHIN_MS);
    let victim = pid(country, "card")?;
    let kill = async {
        sleep(moment).await;
        // The runtime takes the first for an overflow of a stack of its own and lets it pass.
        while pid(country, "card")? == victim {
            Command::new("kill")
                .args(["-SEGV", &victim.to_string()])
                .stderr(std::process::Stdio::null())
                .status()
                .await?;
            sleep(LOOK_EVERY).await;
        }
        ready(country).await
    };
    // The form breaks off, or was answered just before.
    let (_, killed) = tokio::join!(person.send("card-form", card), kill);
    killed?;
    let until = Instant::now() + RESUMES_WITHIN;
    while Instant::now() < until {
        person.open(page).await?;
        if person.result() == "paid" {
            return Ok(());
        }
        if person.can_send("card-form") {
            person.send("card-form", card).await?;
        } else {
            sleep(LOOK_EVERY).await;
        }
    }
    bail!("a payment killed in the middle does not come through: {}", person.says())
}

/// Cores in the folder in which all processes of the country run.
fn cores() -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(std::env::current_dir()?)?.collect::<io::Result<Vec<_>>>()?;
    let is_core = |path: &PathBuf| {
        path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with("core"))
    };
    Ok(entries.into_iter().map(|entry| entry.path()).filter(is_core).collect())
}
