//! What every use case of the bank has at hand: the host, the settings, the database, and the calls to
//! others.
//!
//! Calls close their connection after each exchange, as the instruction's steps do (T3.12, T4.10, T5.9,
//! T5.17).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use participant::{CallFailure, Caller, Host, Shutdown};
use store::Database;
use terms::{Bin, Channel, MessageId, Moment, Party, PaymentCode, ServiceCode, ShortText, Tiyn};
use tokio::sync::{Notify, watch};
use transport::ClientLimits;
use wire::common::{Reason, Service, TypedIin};
use wire::fault::FaultCode;
use wire::gateway::{ListServices, RequestPaymentCode};
use wire::tax_registry::CheckIin;

use crate::card_key::CardKey;
use crate::operation::{Order, Origin};
use crate::settings::Bank;

/// How long a list of services is believed without asking again.
const CATALOGUE_SECONDS: i64 = 30;
/// How long the gateway and the tax registry may take to answer a question while a client waits.
const QUESTION_LIMIT: Duration = Duration::from_secs(10);

/// Between two looks whether an attempt is free.
const TURN_PAUSE: Duration = Duration::from_millis(50);

/// What every use case has at hand. Cheap to clone.
#[derive(Clone)]
pub struct Cx {
    inner: Arc<Inner>,
}

struct Inner {
    host: Arc<Host>,
    bank: Bank,
    database: Database,
    card_key: CardKey,
    caller: Caller,
    bell: Arc<Notify>,
    settlement_bell: Arc<Notify>,
    stopping: Shutdown,
    catalogue: Mutex<Option<(Moment, Arc<Vec<Service>>)>>,
    at_work: Mutex<BTreeSet<String>>,
    comparisons: Mutex<BTreeMap<MessageId, Comparison>>,
}

/// What a comparison of a register has come to: in what it differs, or why it could not be made; nothing yet while it is
/// under way.
pub type Comparison = watch::Receiver<Option<Result<Option<Reason>, FaultCode>>>;

/// The most comparisons of registers at once.
const MOST_COMPARISONS: usize = 8;

/// A payment code with what belongs to it.
#[derive(Debug, Clone)]
pub struct CodeIssued {
    /// The code.
    pub code: PaymentCode,
    /// Where the money goes.
    pub order: Order,
    /// Exactly what is to be paid.
    pub amount: Tiyn,
}

/// What the tax registry says about typed digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IinAnswer {
    /// A person has this number; the name, where we are entitled to it.
    Valid(Option<ShortText>),
    /// Nobody has.
    Invalid,
}

/// An attempt that is being worked on; leaves the list when dropped.
pub struct AtWork {
    cx: Cx,
    key: String,
}

impl Drop for AtWork {
    fn drop(&mut self) {
        self.cx.at_work().remove(&self.key);
    }
}

impl Cx {
    /// Puts it together.
    ///
    /// # Errors
    /// Where the TLS key is not usable.
    pub fn new(
        host: Arc<Host>,
        bank: Bank,
        database: Database,
        card_key: CardKey,
        stopping: Shutdown,
    ) -> Result<Self> {
        let limits = ClientLimits { total: QUESTION_LIMIT, ..ClientLimits::default() };
        let caller = Caller::with(host.clone(), limits)?;
        let inner = Inner {
            host,
            bank,
            database,
            card_key,
            caller,
            bell: Arc::default(),
            settlement_bell: Arc::default(),
            stopping,
            catalogue: Mutex::default(),
            at_work: Mutex::default(),
            comparisons: Mutex::default(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The running participant.
    pub fn host(&self) -> &Arc<Host> {
        &self.inner.host
    }

    /// The settings.
    pub fn bank(&self) -> &Bank {
        &self.inner.bank
    }

    /// The database.
    pub fn database(&self) -> &Database {
        &self.inner.database
    }

    /// The key of the card table.
    pub fn card_key(&self) -> &CardKey {
        &self.inner.card_key
    }

    /// Rung when the outbox has something new.
    pub fn bell(&self) -> &Arc<Notify> {
        &self.inner.bell
    }

    /// Rung when a claim was answered.
    pub fn settlement_bell(&self) -> &Arc<Notify> {
        &self.inner.settlement_bell
    }

    /// The present moment.
    pub fn now(&self) -> Moment {
        self.inner.host.now()
    }

    fn at_work(&self) -> std::sync::MutexGuard<'_, BTreeSet<String>> {
        self.inner.at_work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Claims an attempt for this task; none while another task works on it.
    pub fn begin(&self, origin: &Origin, attempt: impl std::fmt::Display) -> Option<AtWork> {
        let key = format!("{origin} {attempt}");
        self.at_work().insert(key.clone()).then(|| AtWork { cx: self.clone(), key })
    }

    /// Whether a task works on an attempt at this moment.
    pub fn is_at_work(&self, origin: &Origin, attempt: impl std::fmt::Display) -> bool {
        self.at_work().contains(&format!("{origin} {attempt}"))
    }

    /// Claims an attempt for this task once no other task works on it.
    pub async fn begin_in_turn(&self, origin: &Origin, attempt: impl std::fmt::Display) -> AtWork {
        loop {
            match self.begin(origin, &attempt) {
                Some(at_work) => return at_work,
                None => tokio::time::sleep(TURN_PAUSE).await,
            }
        }
    }

    /// Waits; not longer than the process lives.
    pub async fn wait(&self, how_long: Duration) {
        // Either the time or the end of the process; which of the two does not matter.
        let _ = tokio::time::timeout(how_long, self.inner.stopping.wait()).await;
    }

    /// What can be paid for, at what price (T3.4, T4.2, T5.1). When the gateway cannot be asked, the last
    /// list serves: the price shown goes with the request for a code, and a price that has changed is refused
    /// there.
    ///
    /// # Errors
    /// Where there is no list yet.
    pub async fn services(&self) -> Result<Arc<Vec<Service>>, CallFailure> {
        let now = self.now();
        let known = self.inner.catalogue.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((at, services)) = &known
            && now.seconds_since(*at) < CATALOGUE_SECONDS
        {
            return Ok(services.clone());
        }
        let request = ListServices { header: self.host().header() };
        match self.inner.caller.call(self.bank().gateway, &request).await {
            Ok(answer) => {
                let services = Arc::new(answer.get().services.clone());
                let fresh = Some((now, services.clone()));
                *self.inner.catalogue.lock().unwrap_or_else(PoisonError::into_inner) = fresh;
                Ok(services)
            }
            Err(failure) => known.map(|(_, services)| services).ok_or(failure),
        }
    }

    /// One service of the list.
    ///
    /// # Errors
    /// As [`Cx::services`].
    pub async fn service(&self, code: &ServiceCode) -> Result<Option<Service>, CallFailure> {
        Ok(self.services().await?.iter().find(|service| service.code == *code).cloned())
    }

    /// Asks the gateway for a code (T3.8–12, T4.6–10, T5.13–17).
    ///
    /// # Errors
    /// Whatever the failure, no money has been taken and none will be: a code that was issued after all runs
    /// out unpaid.
    pub async fn request_code(
        &self,
        channel: Channel,
        service: &ServiceCode,
        amount: Tiyn,
        recipient: &Party,
        payer: Option<&Party>,
    ) -> Result<CodeIssued, CallFailure> {
        let request = RequestPaymentCode {
            header: self.host().header(),
            service: service.clone(),
            amount: Some(amount),
            channel,
            recipient: recipient.clone(),
            payer: payer.cloned(),
            application: None,
        };
        let answer = self.inner.caller.call(self.bank().gateway, &request).await?;
        let issued = answer.get();
        Ok(CodeIssued {
            code: issued.payment_code,
            order: Order { provider: issued.provider, beneficiary: issued.beneficiary.clone() },
            amount: issued.amount,
        })
    }

    /// Asks the tax registry whether typed digits are a person's number (T5.4–8).
    ///
    /// # Errors
    /// Where it cannot be asked.
    pub async fn check_iin(&self, typed: TypedIin) -> Result<IinAnswer, CallFailure> {
        let request = CheckIin { header: self.host().header(), iin: typed };
        let answer = self.inner.caller.call(self.bank().tax_registry, &request).await?;
        let answer = answer.get();
        Ok(if answer.valid { IinAnswer::Valid(answer.name.clone()) } else { IinAnswer::Invalid })
    }

    /// The comparison that a message asks for: the one under way, or the one that is begun; none where as many are under
    /// way as may.
    pub fn comparison(&self, message: MessageId, begin: impl FnOnce() -> Comparison) -> Option<Comparison> {
        let mut known = self.inner.comparisons.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.get(&message) {
            return Some(known.clone());
        }
        if known.len() >= MOST_COMPARISONS {
            // What is done and was never asked about again makes room.
            known.retain(|_, one| one.borrow().is_none() && one.has_changed().is_ok());
        }
        if known.len() >= MOST_COMPARISONS {
            return None;
        }
        let begun = begin();
        known.insert(message, begun.clone());
        Some(begun)
    }

    /// A comparison was answered, or has to be made anew.
    pub fn end_comparison(&self, message: MessageId) {
        self.inner.comparisons.lock().unwrap_or_else(PoisonError::into_inner).remove(&message);
    }

    /// Asks the gateway something.
    ///
    /// # Errors
    /// [`CallFailure`].
    pub async fn ask_gateway<R: wire::Request>(
        &self,
        question: &R,
    ) -> Result<envelope::Verified<R::Response>, CallFailure> {
        self.inner.caller.call(self.bank().gateway, question).await
    }

    /// The gateway's number, whose messages alone may debit accounts.
    pub fn gateway(&self) -> Bin {
        self.bank().gateway
    }
}
