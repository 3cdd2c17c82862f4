//! Good traffic: payments in cash and by card through the front doors, and signed messages of banks over kept
//! connections. What is answered and what is refused is counted; nothing is sent twice.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Result, ensure};
use participant::{CallFailure, Caller, Host, SystemClock};
use pki::{Certificate, Serial};
use terms::{Bin, Channel, Clock as _, Party};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, sleep};
use wire::gateway::{ListServices, NotifyPayment, RequestPaymentCode};

use super::revoked_fault;
use crate::country::{Country, GATEWAY_BIN, Port};
use crate::voice::{Voice, paid_as_asked};
use crate::walk::person::Person;
use crate::walk::table5::{RECIPIENT, SERVICE, prepay};
use crate::walk::{table1, table6};

/// Between two payments of one bank, and of one stream.
const PAUSE: Duration = Duration::from_millis(100);
/// Between two payments by card: what the account holds must last for the longest run.
const CARD_PAUSE: Duration = Duration::from_secs(3);
/// Streams of the bank that is revoked, each over a kept connection of its own.
const REVOKED_STREAMS: usize = 8;
/// For so long a revoked bank may be believed before the measurement is given up.
const REFUSED_WITHIN: Duration = Duration::from_secs(60);

/// What became of good messages.
#[derive(Default)]
pub(super) struct Traffic {
    answered: Mutex<BTreeMap<&'static str, u64>>,
    refused: Mutex<Vec<String>>,
}

/// Traffic that goes on until it is stopped.
pub(super) struct Paying {
    over: Arc<AtomicBool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Paying {
    /// Lets what is under way come to its end.
    pub(super) async fn stop(self) -> Result<()> {
        self.over.store(true, Ordering::Relaxed);
        for task in self.tasks {
            task.await?;
        }
        Ok(())
    }
}

impl Traffic {
    /// How many good messages and payments were answered.
    pub(super) fn answered(&self) -> u64 {
        self.answered_by().values().sum()
    }

    /// The same by where they came in.
    pub(super) fn answered_by(&self) -> BTreeMap<&'static str, u64> {
        self.answered.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Why good messages were refused or not answered, one text for each.
    pub(super) fn refused(&self) -> Vec<String> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn count(&self, from: &'static str, outcome: Result<u64>) {
        match outcome {
            Ok(messages) => {
                let mut answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
                *answered.entry(from).or_default() += messages;
            }
            Err(error) => {
                let at = SystemClock.now();
                let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
                refused.push(format!("{at} {from}: {error:#}"));
            }
        }
    }

    /// Cash at the first bank's kiosk, cards at the portal, and the first bank's messages.
    pub(super) fn start(self: &Arc<Self>, country: &Country, bank: &BankVoice) -> Paying {
        let over = Arc::new(AtomicBool::new(false));
        let at = |from, pause| (self.clone(), over.clone(), country.clone(), from, pause);
        let cash = {
            let (traffic, over, country, from, pause) = at("kiosk", PAUSE);
            tokio::spawn(async move {
                while !over.load(Ordering::Relaxed) {
                    traffic.count(from, prepay(&country).await.map(|_| 1));
                    sleep(pause).await;
                }
            })
        };
        let cards = {
            let (traffic, over, country, from, pause) = at("card", CARD_PAUSE);
            tokio::spawn(async move {
                while !over.load(Ordering::Relaxed) {
                    traffic.count(from, pay_by_card(&country).await.map(|()| 1));
                    sleep(pause).await;
                }
            })
        };
        let bank = self.bank(&over, bank, "bank1");
        Paying { over, tasks: vec![cash, cards, bank] }
    }

    /// One bank's messages alone.
    pub(super) fn start_bank(self: &Arc<Self>, bank: &BankVoice, from: &'static str) -> Paying {
        let over = Arc::new(AtomicBool::new(false));
        let task = self.bank(&over, bank, from);
        Paying { over, tasks: vec![task] }
    }

    fn bank(
        self: &Arc<Self>,
        over: &Arc<AtomicBool>,
        bank: &BankVoice,
        from: &'static str,
    ) -> JoinHandle<()> {
        let (traffic, over, bank) = (self.clone(), over.clone(), bank.clone());
        tokio::spawn(async move {
            while !over.load(Ordering::Relaxed) {
                traffic.count(from, bank.pay().await);
                sleep(PAUSE).await;
            }
        })
    }
}

/// T1.1-21, up to the result on the card page.
async fn pay_by_card(country: &Country) -> Result<()> {
    let site = country.url(Port::PortalCertificatePages);
    let mut person = Person::at(country, &site, Some("aigul")).await?;
    table1::log_in(&mut person).await?;
    table6::order(&mut person, "card").await?;
    let page = person.page.url.clone();
    ensure!(page.starts_with(&country.url(Port::CardPages)), "no card page: {}", person.says());
    let card = [("number", "4242 4242 4242 4242"), ("expiry", "12/30"), ("code", "123")];
    person.send("card-form", &card).await?;
    table1::paid(&mut person, &page).await?;
    Ok(())
}

/// What happened to a bank whose certificate was revoked while its connections were open.
pub(super) struct Cut {
    /// Its messages answered before it was first refused.
    pub(super) accepted_before: u64,
    /// From the revocation to the first refusal.
    pub(super) refused_after: Duration,
    /// Its messages refused.
    pub(super) refusals: u64,
    /// Its messages begun after the first refusal and answered all the same.
    pub(super) accepted_after: u64,
    /// Every fault it got.
    pub(super) fault: String,
}

impl Cut {
    /// Whether it was refused for the right reason, and for good.
    pub(super) fn is_right(&self) -> bool {
        self.accepted_before > 0
            && self.refusals > 0
            && self.accepted_after == 0
            && self.fault == revoked_fault()
    }
}

/// What the streams of such a bank saw.
#[derive(Default)]
struct Seen {
    accepted: Vec<Instant>,
    refused: Vec<(Instant, String)>,
}

/// One that speaks under a bank's name and follows its files as the bank does.
#[derive(Clone)]
pub(super) struct BankVoice {
    host: Arc<Host>,
    caller: Caller,
    gateway: Bin,
}

impl BankVoice {
    /// Speaks for a bank of the country.
    pub(super) async fn of(country: &Country, name: &str) -> Result<Self> {
        let Voice { host, caller } =
            Voice::of(&country.config(name), "roll-over", Arc::new(SystemClock)).await?;
        tokio::spawn(host.clone().keep_trust_fresh());
        Ok(Self { host, caller, gateway: GATEWAY_BIN.parse()? })
    }

    pub(super) fn name(&self) -> &str {
        &self.host.name
    }

    /// The national CA's certificates it trusts.
    pub(super) fn roots(&self) -> Arc<[Certificate]> {
        self.host.trust.roots()
    }

    /// The certificate it signs with.
    pub(super) fn signing_serial(&self) -> Serial {
        self.host.signer().certificate().serial()
    }

    /// The certificate it shows in handshakes.
    pub(super) fn tls_serial(&self) -> Option<Serial> {
        self.host.identity.certificate().ok().map(|certificate| certificate.serial())
    }

    /// T3.8-16: a code is asked for, and its payment told; how many messages were answered.
    async fn pay(&self) -> Result<u64> {
        let person = Party { number: RECIPIENT.parse()?, name: "Сәрсенова Айгүл".parse()? };
        let request = RequestPaymentCode {
            header: self.host.header(),
            service: SERVICE.parse()?,
            amount: None,
            channel: Channel::InternetBank,
            recipient: person.clone(),
            payer: Some(person.clone()),
            application: None,
        };
        let issued = self.caller.call(self.gateway, &request).await?;
        let issued = issued.get();
        let reference = format!("R{}", issued.payment_code.digits()).parse()?;
        let notice = NotifyPayment {
            header: self.host.header(),
            payment_code: issued.payment_code,
            requisites: paid_as_asked(issued, person.clone(), person, reference, self.host.now())?,
        };
        self.caller.call(self.gateway, &notice).await?;
        Ok(2)
    }

    /// Speaks on over kept connections for so long, then has its certificate revoked, and goes on for as long again after
    /// the first refusal.
    pub(super) async fn until_refused(
        &self,
        stage: Duration,
        revoke: impl Future<Output = Result<()>>,
    ) -> Result<Cut> {
        let (over, seen) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Seen::default())));
        let mut streams = JoinSet::new();
        for _ in 0..REVOKED_STREAMS {
            let (voice, over, seen) = (self.clone(), over.clone(), seen.clone());
            streams.spawn(async move {
                while !over.load(Ordering::Relaxed) {
                    voice.ask(&seen).await;
                    sleep(PAUSE).await;
                }
            });
        }
        let lock = || seen.lock().unwrap_or_else(PoisonError::into_inner);
        sleep(stage).await;
        ensure!(lock().refused.is_empty(), "a bank in force was refused: {:?}", lock().refused);
        pin!(revoke).await?;
        let revoked_at = Instant::now();
        while lock().refused.is_empty() {
            ensure!(revoked_at.elapsed() < REFUSED_WITHIN, "a revoked bank is believed all the same");
            sleep(Duration::from_millis(5)).await;
        }
        sleep(stage).await;
        over.store(true, Ordering::Relaxed);
        while let Some(stream) = streams.join_next().await {
            stream?;
        }
        let seen = lock();
        let first = seen.refused.iter().map(|(at, _)| *at).min().unwrap_or(revoked_at);
        let after = seen.accepted.iter().filter(|begun| **begun > first).count() as u64;
        let mut faults: Vec<&str> = seen.refused.iter().map(|(_, fault)| fault.as_str()).collect();
        faults.sort_unstable();
        faults.dedup();
        Ok(Cut {
            accepted_before: seen.accepted.len() as u64 - after,
            refused_after: first.saturating_duration_since(revoked_at),
            refusals: seen.refused.len() as u64,
            accepted_after: after,
            fault: faults.join(", "),
        })
    }

    /// One small message; an accepted one is noted by its beginning, a refused one by its answer.
    async fn ask(&self, seen: &Mutex<Seen>) {
        let begun = Instant::now();
        let answer = self.caller.call(self.gateway, &ListServices { header: self.host.header() }).await;
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        match answer {
            Ok(_) => seen.accepted.push(begun),
            Err(CallFailure::Refused(fault)) => {
                seen.refused.push((Instant::now(), fault.code.as_str().to_owned()));
            }
            Err(other) => seen.refused.push((Instant::now(), other.to_string())),
        }
    }
}
