//! What every use case works with, and the one way in which a message has its effect: once.

use std::sync::{Arc, Mutex, PoisonError};

use participant::{Caller, Fault, Host};
use payment::{Change, Effect, Life, Operator, Payment};
use rights::{Group, Officer, Permitted, Principal};
use store::{
    Deed, EmbeddedStore, EvidenceRecord, JournalEntry, Outgoing, ReadNote, ReadSubject, Store, StoreError,
    Stored, Tx,
};
use terms::{
    AttemptId, Bin, Iin, Language, MessageId, Moment, PaymentCode, Requisites, ShortText, Tiyn,
    TransactionNumber,
};
use tokio::sync::Notify;
use wire::common::{PaymentEvent, PaymentState, Url};
use wire::fault::FaultCode;
use wire::portal::PaymentNotified;
use wire::{Kind, Request, RequestHeader, ResponseHeader};
use xml::ToElement;

use crate::authority::AccessInForce;
use crate::contracts;
use crate::fault;
use crate::links::Links;
use crate::receipt::QrKey;
use crate::settings::{Catalogue, ReturnAddresses, Settings};

/// The canonical text of an answer's Body element, or the refusal.
pub type Answered = Result<String, Fault>;

/// What every use case works with.
pub struct Cx {
    /// Who we are, whom we trust, what time it is.
    pub host: Arc<Host>,
    /// What we know.
    pub store: EmbeddedStore,
    /// What can be paid for.
    pub catalogue: Arc<Catalogue>,
    /// Who may do what.
    pub access: AccessInForce,
    /// Our settings.
    pub settings: Arc<Settings>,
    /// Where people of each portal come back to.
    pub returns: Arc<ReturnAddresses>,
    /// How receipt links are made.
    pub links: Arc<Links>,
    /// What QR codes are signed with.
    pub qr_key: Arc<QrKey>,
    /// Calls to banks.
    pub caller: Caller,
    /// Rung when something was put into the outbox.
    pub bell: Arc<Notify>,
}

/// One transaction on behalf of one message or job.
pub struct Work<'a> {
    /// The store's transaction.
    pub tx: &'a mut dyn Tx,
    /// The moment of it.
    pub now: Moment,
    host: &'a Host,
    actor: String,
    failures: &'a Mutex<Vec<String>>,
    /// The code the work is about, as its journal says.
    about: Option<PaymentCode>,
}

impl Cx {
    /// Answers one message in one transaction with its effect: state, evidence, journal, outbox.
    ///
    /// The unique key (signer, message number) decides inside the transaction. A repeat gets the same Body again; the
    /// same number with other content is refused and reported. A refusal keeps nothing but the guesses it counts.
    ///
    /// # Errors
    /// The fault the peer is told.
    pub async fn once<T, W>(&self, request: Permitted<T>, work: W) -> Answered
    where
        T: Request + Send + Sync + 'static,
        W: FnMut(&mut Work<'_>, &T) -> Result<T::Response, Fault> + Send + 'static,
    {
        let is_fact = request.command().kind() == Kind::Fact;
        if !is_fact && !self.store.database().is_reserve_kept() {
            // What is left of the disk is for what has happened already.
            return Err(Fault::new(FaultCode::StoreFull));
        }
        let request = Arc::new(request);
        let work = Arc::new(Mutex::new(work));
        let failures = Arc::new(Mutex::new(Vec::new()));
        let mut answer = self.try_once(&request, &work, &failures).await;
        if is_fact && answer.as_ref().is_err_and(|fault| fault.code == FaultCode::StoreFull) {
            // What has happened must find room although nothing new is issued any more (A30).
            match self.store.database().release_reserve() {
                Ok(()) => {
                    tracing::error!(event = "disk-full-reserve-released");
                    answer = self.try_once(&request, &work, &failures).await;
                }
                Err(error) => tracing::error!(event = "disk-full-no-reserve", %error),
            }
        }
        self.count_failures(&failures).await;
        // The outbox worker looks by itself too; the bell only spares the wait.
        self.bell.notify_one();
        answer
    }

    async fn try_once<T, W>(
        &self,
        request: &Arc<Permitted<T>>,
        work: &Arc<Mutex<W>>,
        failures: &Arc<Mutex<Vec<String>>>,
    ) -> Answered
    where
        T: Request + Send + Sync + 'static,
        W: FnMut(&mut Work<'_>, &T) -> Result<T::Response, Fault> + Send + 'static,
    {
        let (host, request, work, counted) =
            (self.host.clone(), request.clone(), work.clone(), failures.clone());
        self.store
            .transact(move |tx| {
                let command = request.command();
                let (sender, id) = (request.sender(), command.header().message_id);
                let hash = request.content_hash().ok_or(FaultCode::Internal)?;
                match tx.received(sender, id, &hash)? {
                    store::Seen::Repeat(answer) => return Ok(answer),
                    store::Seen::Altered => {
                        tracing::warn!(event = "message-id-reused", sender = %sender, message = %id);
                        return Err(Fault::new(FaultCode::MessageIdReused));
                    }
                    store::Seen::New => {}
                }
                let now = host.now();
                // Executed once more, it counts its failures once more.
                counted.lock().unwrap_or_else(PoisonError::into_inner).clear();
                let mut one =
                    Work { tx, now, host: &host, actor: sender.to_string(), failures: &counted, about: None };
                // A work that panicked has been undone by the store; what it holds is still whole.
                let mut work = work.lock().unwrap_or_else(PoisonError::into_inner);
                let answer = work(&mut one, command)?.to_xml();
                if let Some(evidence) = request.evidence() {
                    one.tx.keep_evidence(&EvidenceRecord {
                        about: one.about,
                        kind: format!("{} in", T::OPERATION),
                        octets: evidence.octets.to_vec(),
                        certificate: evidence.certificate.der().to_vec(),
                        crl_number: evidence.crl_number,
                        checked_by: Some(evidence.checked_by.to_string()),
                        at: evidence.received_at,
                        content_hash: hash,
                    })?;
                }
                one.tx.keep_received(sender, id, &hash, &answer, now)?;
                Ok(answer)
            })
            .await
    }

    /// Does something in one transaction that no message asked for.
    ///
    /// # Errors
    /// The work's own.
    pub async fn change<C, R, W>(&self, command: &Permitted<C>, mut work: W) -> Result<R, Fault>
    where
        R: Send + 'static,
        W: FnMut(&mut Work<'_>) -> Result<R, Fault> + Send + 'static,
    {
        let actor = match command.principal() {
            Principal::Participant(bin) => bin.to_string(),
            Principal::Person(session) => session.iin.masked(),
            Principal::Officer(officer, _) => named(officer),
            Principal::Page(_) => "page".to_owned(),
            Principal::Local(user) => format!("local user {user}"),
            Principal::System(job) => job.0.to_owned(),
        };
        let host = self.host.clone();
        let failures = Arc::new(Mutex::new(Vec::new()));
        let counted = failures.clone();
        let result = self
            .store
            .transact(move |tx| {
                counted.lock().unwrap_or_else(PoisonError::into_inner).clear();
                let now = host.now();
                work(&mut Work {
                    tx,
                    now,
                    host: &host,
                    actor: actor.clone(),
                    failures: &counted,
                    about: None,
                })
            })
            .await;
        self.count_failures(&failures).await;
        self.bell.notify_one();
        result
    }

    /// Does something in one transaction on behalf of an officer. What the officer may do is looked up inside, in what
    /// the store says, because a decision about rights must not be made by yesterday's.
    ///
    /// # Errors
    /// The work's own.
    pub(crate) async fn as_officer<R, E, W>(&self, officer: &Officer, mut work: W) -> Result<R, E>
    where
        R: Send + 'static,
        E: From<StoreError> + Send + 'static,
        W: FnMut(&mut Work<'_>, &Officer) -> Result<R, E> + Send + 'static,
    {
        let (host, officer) = (self.host.clone(), officer.clone());
        let result = self.store.transact(move |tx| {
            let now = host.now();
            // Officers guess nothing, so nothing is counted.
            let failures = Mutex::new(Vec::new());
            let actor = named(&officer);
            work(&mut Work { tx, now, host: &host, actor, failures: &failures, about: None }, &officer)
        });
        let result = result.await;
        self.bell.notify_one();
        result
    }

    /// Does something in one transaction that a peer's answer brings, as of the moment at which it came.
    ///
    /// # Errors
    /// The work's own.
    pub(crate) async fn hearing<R, E, W>(&self, peer: Bin, now: Moment, mut work: W) -> Result<R, E>
    where
        R: Send + 'static,
        E: From<StoreError> + Send + 'static,
        W: FnMut(&mut Work<'_>) -> Result<R, E> + Send + 'static,
    {
        let host = self.host.clone();
        let result = self.store.transact(move |tx| {
            let (failures, actor) = (Mutex::new(Vec::new()), peer.to_string());
            work(&mut Work { tx, now, host: &host, actor, failures: &failures, about: None })
        });
        let result = result.await;
        self.bell.notify_one();
        result
    }

    async fn count_failures(&self, failures: &Mutex<Vec<String>>) {
        let keys = std::mem::take(&mut *failures.lock().expect("nothing panics while it is held"));
        if keys.is_empty() {
            return;
        }
        let now = self.host.now();
        let counted: Result<(), Fault> = self
            .store
            .transact(move |tx| {
                for key in &keys {
                    tx.note_failure(key, now)?;
                }
                Ok(())
            })
            .await;
        if let Err(fault) = counted {
            tracing::error!(event = "failure-not-counted", cause = %fault);
        }
    }
}

impl Work<'_> {
    /// The payment under a code.
    ///
    /// # Errors
    /// [`FaultCode::UnknownCode`] where there is none.
    pub fn payment(&mut self, code: PaymentCode) -> Result<Stored<Payment>, Fault> {
        self.tx.payment(code)?.ok_or_else(|| FaultCode::UnknownCode.into())
    }

    /// The bank a payment's facts may come from: the one it was issued to, the one that vouched, or one asked.
    ///
    /// # Errors
    /// [`fault::not_its_own`] for every other.
    pub fn own_bank(&mut self, payment: &Payment, bank: Bin) -> Result<(), Fault> {
        let is_own = payment.order.issued_to == bank
            || payment.paid().is_some_and(|paid| paid.bank == bank)
            || self.tx.attempts_of(payment.code)?.iter().any(|stored| stored.value.bank == bank);
        if is_own { Ok(()) } else { Err(fault::not_its_own()) }
    }

    /// Keeps that whoever acts here did something that no signed document of an officer proves.
    ///
    /// # Errors
    /// Those of the store.
    pub fn done(&mut self, deed: &Deed) -> Result<(), Fault> {
        Ok(self.tx.keep_doer(deed, &self.actor, self.now)?)
    }

    /// Keeps a change, under compare-and-set; a closing also takes its row in the spend log.
    ///
    /// # Errors
    /// Those of the store.
    pub fn keep(&mut self, before: Stored<Payment>, change: &Change) -> Result<(), Fault> {
        if matches!(change.effect, Effect::Same | Effect::Surplus | Effect::Overtaken) {
            return Ok(());
        }
        if let (Effect::Moved, Life::Closed(_, closing, at)) = (change.effect, &change.payment.life) {
            self.tx.spend(change.payment.code, closing, *at)?;
        }
        let counts = [&before.value, &change.payment].map(contracts::counts);
        self.tx.save_payment(&before.with(change.payment.clone()))?;
        let order = &change.payment.order;
        if let [counted, counts] = counts
            && counted != counts
        {
            let day = order.issued_at.banking_day();
            self.tx.note_counts(order.issued_to, day, order.amount, counts)?;
        }
        self.post(&before.value, &change.payment)
    }

    /// Posts the money that a change of a payment moves (C10).
    ///
    /// # Errors
    /// Those of the store.
    pub fn post(&mut self, before: &Payment, after: &Payment) -> Result<(), Fault> {
        for posting in ledger::of_change(before, after, self.now) {
            self.tx.post(&posting)?;
        }
        Ok(())
    }

    /// Posts a second sum that a bank took under one code. The bank's first word of an operation counts; another one is
    /// kept as evidence and noted for officers.
    ///
    /// # Errors
    /// Those of the store.
    pub fn post_surplus(&mut self, code: PaymentCode, bank: Bin, said: &Requisites) -> Result<(), Fault> {
        let posting = ledger::of_surplus(code, bank, said, self.now);
        // Nothing is not posted.
        if posting.amount == Tiyn::ZERO {
            return Ok(());
        }
        match self.tx.post_surplus(&posting, said) {
            Err(StoreError::Taken) => {
                self.journal(code, "surplus-contradicts-itself", &posting.about.to_string())
            }
            other => Ok(other.map(drop)?),
        }
    }

    /// Writes a line of the payment's timeline.
    ///
    /// # Errors
    /// Those of the store.
    pub fn journal(&mut self, code: PaymentCode, event: &str, detail: &str) -> Result<(), Fault> {
        self.about = Some(code);
        self.tx.journal(&JournalEntry {
            about: code,
            at: self.now,
            event: event.to_owned(),
            actor: self.actor.clone(),
            detail: detail.to_owned(),
        })?;
        Ok(())
    }

    /// Notes that somebody was shown personal data.
    ///
    /// # Errors
    /// Those of the store.
    pub fn note_read(
        &mut self,
        code: PaymentCode,
        reader: &wire::common::Operator,
        fields: &str,
        reason: &str,
    ) -> Result<(), Fault> {
        self.tx.note_read(&ReadNote {
            at: self.now,
            actor: self::reader(reader.iin, &reader.centre),
            subject: ReadSubject::Payment(code),
            fields: fields.to_owned(),
            reason: reason.to_owned(),
        })?;
        Ok(())
    }

    /// Counts a failed guess; it is counted although the message is refused.
    pub fn fail_against(&self, budget: &str) {
        self.failures.lock().expect("nothing panics while it is held").push(budget.to_owned());
    }

    /// Whether a participant of this number is known, and a bank by the registry in force.
    pub(crate) fn is_known_bank(&self, bin: Bin) -> bool {
        let registry = self.host.registry();
        let found = registry.find(bin).filter(|_| self.host.known(bin).is_some());
        found.is_some_and(|participant| participant.groups.contains(&Group::Bank))
    }

    /// Our own number.
    pub(crate) fn own_bin(&self) -> Bin {
        self.host.bin
    }

    /// Draws something from the country's chance.
    pub(crate) fn draw<R>(&self, draw: impl FnOnce(&mut dyn terms::Entropy) -> R) -> R {
        self.host.draw(draw)
    }

    /// The header of the answer to a request.
    pub fn answering(&self, request: &RequestHeader) -> ResponseHeader {
        ResponseHeader::answering(request, self.now, self.host.bin)
    }

    /// A fresh number of a transaction; nothing about it can be guessed from another.
    pub fn transaction_number(&self) -> TransactionNumber {
        let mut drawn = [0; 6];
        self.host.draw(|entropy| entropy.fill(&mut drawn));
        format!("T{}", hex::encode_upper(drawn)).parse().expect("hexadecimal digits are allowed")
    }

    /// A fresh code.
    pub fn new_code(&self) -> PaymentCode {
        self.host.draw(|entropy| PaymentCode::generate(entropy))
    }

    /// A fresh name for an attempt at a bank.
    pub fn attempt_id(&self) -> AttemptId {
        let mut drawn = [0; 12];
        self.host.draw(|entropy| entropy.fill(&mut drawn));
        format!("A{}", hex::encode_upper(drawn)).parse().expect("hexadecimal digits are allowed")
    }

    /// Tells every portal what became of a payment (C10, C12.1).
    ///
    /// # Errors
    /// Those of the store.
    pub fn tell_portals(&mut self, links: &Links, payment: &Payment) -> Result<(), Fault> {
        let event = match payment.life {
            Life::Paid(_) => PaymentEvent::Paid,
            Life::Disputed(_) => PaymentEvent::Disputed,
            Life::Reversed(..) => PaymentEvent::Reversed,
            Life::Refunded(..) => PaymentEvent::Refunded,
            _ => return Ok(()),
        };
        let Some(paid) = payment.paid() else { return Ok(()) };
        let registry = self.host.registry();
        let portals: Vec<Bin> = registry.members(Group::Portal).map(|portal| portal.bin).collect();
        for to in portals {
            let now = self.now;
            let id = self.host.draw(|entropy| MessageId::generate(now, entropy));
            let notice = PaymentNotified {
                header: RequestHeader { message_id: id, sent_at: now, sender: self.host.bin },
                event,
                payment_code: payment.code,
                application: payment.order.application.clone(),
                service: payment.order.service.clone(),
                recipient: payment.order.recipient.clone(),
                payer: paid.requisites.payer.clone(),
                amount: paid.requisites.amount,
                paid_at: paid.requisites.paid_at,
                channel: paid.requisites.channel,
                transaction_number: paid.transaction.clone(),
                bank_reference: paid.requisites.bank_reference.clone(),
                receipt_url: address(links.receipt_url(payment.code))?,
            };
            self.tx.tell(&Outgoing {
                id,
                to,
                operation: PaymentNotified::OPERATION.to_owned(),
                body: notice.to_xml(),
                about: Some(payment.code.digits()),
                created_at: now,
            })?;
        }
        Ok(())
    }
}

impl Cx {
    /// The name of a bank, a provider or another organisation; its number where none is known.
    pub(crate) fn name_of(&self, bin: Bin, language: Language) -> String {
        let known = self.host.known(bin).map(|known| known.name.get(language).to_owned());
        let provider = || {
            let service = self.catalogue.all().iter().find(|service| service.provider == bin)?;
            Some(service.provider_name.get(language).to_owned())
        };
        known.or_else(provider).unwrap_or_else(|| bin.to_string())
    }
}

/// An officer as the journal has one: in full, because officers act in their office. The journal is sealed.
pub(crate) fn named(officer: &Officer) -> String {
    format!("{} {}", officer.iin, officer.name)
}

/// The state in the word of messages.
pub fn state_word(state: payment::table::State) -> PaymentState {
    use payment::table::State;
    match state {
        State::Issued => PaymentState::Issued,
        State::Void => PaymentState::Void,
        State::Paid => PaymentState::Paid,
        State::Disputed => PaymentState::Disputed,
        State::Bound => PaymentState::Bound,
        State::Closed => PaymentState::Closed,
        State::Reversed => PaymentState::Reversed,
        State::Refunded => PaymentState::Refunded,
    }
}

/// What a desk's look is noted to be for.
pub(crate) const DESK_INQUIRY: &str = "desk inquiry";

/// The name under which looks of an operator of a desk are noted.
pub(crate) fn reader(iin: Iin, centre: &ShortText) -> String {
    format!("{iin} {centre}")
}

/// The operator of a message as the life of a payment knows one.
pub fn operator(said: &wire::common::Operator) -> Operator {
    Operator { iin: said.iin, name: said.name.clone(), centre: said.centre.clone() }
}

/// An address of ours as a message carries it.
///
/// # Errors
/// Where the configuration makes it none; then it is our trouble, not the peer's.
pub fn address(text: String) -> Result<Url, Fault> {
    text.parse().map_err(|_| Fault::new(FaultCode::Internal).because(format!("not an address: {text}")))
}
