//! The history of a new country: a month of payments, told to the gateway by the real messages.
//!
//! First the past: before the country is opened, gateway, portal and banks live through the last days by a clock that
//! was set back, so that every date on record, the chain of evidence and every signature are of those days. Then the
//! present: what is wanted beyond that is paid in the background, slowly, while visitors look around. A history that
//! was interrupted goes on at the next start. Payments are told under the banks', the portal's and the card page's own
//! keys; only the gateway's own side is asked of it.

mod story;
mod teller;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use indicatif::{ProgressBar, ProgressStyle};
use participant::SystemClock;
use serde::{Deserialize, Serialize};
use terms::Clock as _;
use tokio::task::JoinSet;
use transport::is_listening;

use self::story::Story;
use self::teller::Teller;
use crate::cli::loopback;
use crate::clock::ClockSetBack;
use crate::country::{COUNTRY_AGE_DAYS, Country, PROCESSES, Port, Process, SOURCES, crl_url};
use crate::demo::Children;

/// How many days a history has.
pub(crate) const DAYS: i64 = COUNTRY_AGE_DAYS - 1;
/// Of a history, the payments of the past: as many as take seconds. The others follow in the background.
const OF_THE_PAST: u32 = 200;
/// Stories told at once.
const AT_ONCE: usize = 8;
/// Between two payments of the background, so that they never stand in a visitor's way.
const PAUSE: Duration = Duration::from_millis(50);
/// After how many payments of the background it is written down how far the history has come.
const NOTED_EVERY: u32 = 100;
/// Who lives through the past: those the gateway itself speaks with.
const OF_PAST: [&str; 4] = ["gateway", "portal", "bank1", "bank2"];
/// How long they may take to be there.
const READY_WITHIN: Duration = Duration::from_secs(60);
/// The configuration of the past, beside the participant's own.
const PAST_CONFIG: &str = "past.toml";
/// The list of revoked certificates of the past: the CA publishes by its own clock and is not asked.
pub(crate) const PAST_LIST: &str = "past.crl";
/// The same of the national CA's other hierarchy.
pub(crate) const PAST_GOST_LIST: &str = "past-gost.crl";
/// Where it is written how far a history has come.
const NOTES: &str = "history.toml";

/// How far a history has come.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct History {
    /// Payments that are wanted.
    wanted: u32,
    /// Payments that were told.
    told: u32,
    /// Slots of the past that are over.
    slots: usize,
}

impl History {
    /// The history of a country; a new one of so many payments where none is noted.
    ///
    /// # Errors
    /// Where the note cannot be read.
    pub(crate) fn of(country: &Country, is_new: bool, wanted: u32) -> Result<Self> {
        let path = notes(country);
        match std::fs::read_to_string(&path) {
            Ok(text) => toml::from_str(&text).with_context(|| format!("in {}", path.display())),
            // A country without a note has none, or lives already: its past cannot be told any more.
            Err(_) => {
                let history = Self { wanted: if is_new { wanted } else { 0 }, told: 0, slots: 0 };
                history.note(country)?;
                Ok(history)
            }
        }
    }

    /// How many payments it is to have.
    pub(crate) fn wanted(&self) -> u32 {
        self.wanted
    }

    /// How many it has.
    pub(crate) fn told(&self) -> u32 {
        self.told
    }

    fn note(&self, country: &Country) -> Result<()> {
        let path = notes(country);
        let new = path.with_extension("new");
        std::fs::write(&new, toml::to_string(self)?)?;
        std::fs::rename(new, &path).with_context(|| format!("writing {}", path.display()))
    }

    /// Tells the past, unless it is over. Nothing else of the country may run.
    ///
    /// # Errors
    /// Where it cannot be told to its end. The country can be opened all the same; its past is then closed.
    pub(crate) async fn tell_past(&mut self, country: &Country) -> Result<()> {
        let slots = story::slots(DAYS);
        let past = self.wanted.min(OF_THE_PAST);
        if past == 0 || self.slots >= slots.len() {
            return Ok(());
        }
        let clock_file = country.folder().join("clock");
        let back = |slot: usize| slots[slot].seconds_back(SystemClock.now().unix_seconds());
        ClockSetBack::set(&clock_file, back(self.slots))?;
        for name in OF_PAST.into_iter().chain(["card"]) {
            write_past_config(country, name)?;
        }
        let processes: Vec<Process> =
            PROCESSES.iter().filter(|process| OF_PAST.contains(&process.name)).copied().collect();
        let children = Children::start(country, &processes, PAST_CONFIG, Some(&clock_file));
        let told = self.tell_slots(country, &slots, past, &clock_file).await;
        children.stop().await;
        // From here on the country lives in the present, and there is no way back.
        self.slots = slots.len();
        self.note(country)?;
        for name in OF_PAST.into_iter().chain(["card"]) {
            std::fs::remove_file(country.folder().join(name).join(PAST_CONFIG))?;
        }
        std::fs::remove_file(&clock_file)?;
        told
    }

    async fn tell_slots(
        &mut self,
        country: &Country,
        slots: &[story::Slot],
        past: u32,
        clock_file: &std::path::Path,
    ) -> Result<()> {
        let clock: Arc<dyn terms::Clock> = Arc::new(ClockSetBack::by_file(clock_file));
        let teller = tokio::time::timeout(READY_WITHIN, async {
            for port in [Port::GatewayMessages, Port::GatewayPages, Port::PortalMessages, Port::Bank1Messages]
            {
                while !is_listening(loopback(country.port(port))).await {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
            let teller = Teller::new(country, PAST_CONFIG, &clock).await?;
            while !teller.is_heard().await {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            anyhow::Ok(teller)
        });
        let teller = Arc::new(teller.await.context("the gateway of the past does not answer")??);
        let bar = bar(past, "days gone by");
        for (slot, count) in slots.iter().zip(story::spread(past, slots)).skip(self.slots) {
            ClockSetBack::set(clock_file, slot.seconds_back(SystemClock.now().unix_seconds()))?;
            tell_all(&teller, self.told..self.told + count, &bar).await?;
            self.told += count;
            self.slots += 1;
            self.note(country)?;
        }
        bar.finish_and_clear();
        Ok(())
    }

    /// Tells what is left, of the present, slowly.
    ///
    /// # Errors
    /// Where it cannot be told to its end; the next start goes on.
    pub(crate) async fn tell_present(&mut self, country: &Country) -> Result<()> {
        if self.told >= self.wanted {
            return Ok(());
        }
        let clock: Arc<dyn terms::Clock> = Arc::new(SystemClock);
        let teller = Teller::new(country, "config.toml", &clock).await?;
        let bar = bar(self.wanted, "payments of the history");
        bar.set_position(u64::from(self.told));
        while self.told < self.wanted {
            if self.told.is_multiple_of(NOTED_EVERY) {
                teller.refresh().await?;
                self.note(country)?;
            }
            teller.tell(&Story::of(self.told)?).await?;
            self.told += 1;
            bar.inc(1);
            tokio::time::sleep(PAUSE).await;
        }
        bar.finish_and_clear();
        eprintln!("The history is complete: {} payments.", self.told);
        self.note(country)
    }
}

/// Tells stories, several at once, all to their end.
async fn tell_all(teller: &Arc<Teller>, numbers: std::ops::Range<u32>, bar: &ProgressBar) -> Result<()> {
    let next = Arc::new(AtomicU32::new(numbers.start));
    let mut tellers = JoinSet::new();
    for _ in 0..AT_ONCE {
        let (teller, next, bar) = (teller.clone(), next.clone(), bar.clone());
        tellers.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= numbers.end {
                    return Ok(());
                }
                let story = Story::of(number)?;
                teller.tell(&story).await.with_context(|| format!("payment {number} of the history"))?;
                bar.inc(1);
            }
        });
    }
    let mut ended = anyhow::Ok(());
    while let Some(told) = tellers.join_next().await {
        // All are waited for, so that the clock is not set while a message is under way.
        ended = ended.and(told?);
    }
    ended
}

fn notes(country: &Country) -> PathBuf {
    country.folder().join(NOTES)
}

fn bar(count: u32, what: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {eta}");
    ProgressBar::new(u64::from(count))
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        .with_message(what)
}

/// The participant's configuration with the list of the past in the place of the present one's address.
fn write_past_config(country: &Country, name: &str) -> Result<()> {
    let text = std::fs::read_to_string(country.config(name))?;
    let present = format!("url = \"{}\"", crl_url(country));
    ensure!(text.contains(&present), "{name} fetches its list elsewhere");
    // The national CA does not run in the past, and would stamp with the present.
    let present_only = |line: &&str| {
        let key = line.split(' ').next().unwrap_or_default();
        key == "stamp_url" || SOURCES.iter().any(|(source, _)| *source == key)
    };
    let past: String = text.split_inclusive('\n').filter(|line| !present_only(line)).collect();
    let lists = format!(
        "url = \"file:../national-ca/{PAST_LIST}\"\nalso = [\"file:../national-ca/{PAST_GOST_LIST}\"]"
    );
    let past = past.replace(&present, &lists);
    Ok(national_ca::files::write_secret(&country.folder().join(name).join(PAST_CONFIG), &past)?)
}
