//! Neighbours the gateway calls, as small as they can be: a portal that acknowledges, a bank that debits.
//!
//! How they behave is switched by the test. What a neighbour does in earnest is tested with the neighbour.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request as HttpRequest, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use futures_util::stream;
use http_body_util::BodyExt as _;
use ledger::statement::{Direction, Entry, Statement};
use participant::endpoint::{self, Call, Service};
use participant::{Fault, Host, Shutdown, Stop};
use terms::{AttemptId, BankReference, BankingDay, Iban, Moment, Tiyn, Trilingual};
use tokio::task::JoinHandle;
use transport::ClientAuth;
use wire::bank::{
    AcceptClaim, AcceptClaimResponse, AcceptRegister, AcceptRegisterResponse, DebitAccount,
    DebitAccountResponse, GetBankRegister, GetBankRegisterResponse, GetStatement, GetStatementResponse,
    InquireAttempt, InquireAttemptResponse, PayProvider, PayProviderResponse, RefundPayment,
    RefundPaymentResponse,
};
use wire::common::{
    BankMovement, ClaimAnswer, Count, DebitOutcome, DebitState, DisputedItem, Document, ItemDispute,
    MovementKind, PayoutOutcome, RefundOutcome,
};
use wire::fault::FaultCode;
use wire::iso20022::camt053::Camt053;
use wire::portal::{PaymentNotified, PaymentNotifiedResponse};
use wire::{ResponseHeader, ServiceDescription};
use xml::ToElement as _;
use xml::dsig::sign_enveloped;

use crate::world::{SETTLEMENT_IBAN, until};

/// A door that can be opened and shut.
struct Door {
    stop: Stop,
    served: JoinHandle<()>,
}

async fn open(host: &Arc<Host>, router: Router) -> Door {
    let (stop, shutdown) = Shutdown::new();
    let (host, address) = (host.clone(), host.config.address("messages").unwrap());
    let served = tokio::spawn(async move {
        host.open_door("messages", ClientAuth::Required, router, &shutdown).await.unwrap();
    });
    until("a neighbour's door is open", async || transport::is_listening(address).await).await;
    Door { stop, served }
}

pub(crate) struct Portal {
    pub(crate) host: Arc<Host>,
    told: Arc<Told>,
    door: Mutex<Option<Door>>,
}

#[derive(Default)]
struct Told {
    notices: Mutex<Vec<PaymentNotified>>,
    /// Whether it keeps what it hears and answers with garbage.
    mumbles: Mutex<bool>,
    /// Whether its signed answer is to another message than the one it heard.
    confuses: Mutex<bool>,
}

impl Portal {
    pub(crate) async fn new(host: Arc<Host>, up: bool) -> Self {
        let portal = Self { host, told: Arc::default(), door: Mutex::default() };
        if up {
            portal.come_up().await;
        }
        portal
    }

    pub(crate) async fn come_up(&self) {
        let service =
            endpoint::router(self.host.clone(), PortalService(self.host.clone(), self.told.clone()));
        let router = service.layer(from_fn_with_state(self.told.clone(), mumble));
        let door = open(&self.host, router).await;
        *self.door.lock().unwrap() = Some(door);
    }

    pub(crate) async fn go_down(&self) {
        let Door { stop, served } = self.door.lock().unwrap().take().unwrap();
        stop.stop();
        served.await.unwrap();
    }

    pub(crate) fn mumbles(&self, mumbles: bool) {
        *self.told.mumbles.lock().unwrap() = mumbles;
    }

    pub(crate) fn confuses(&self, confuses: bool) {
        *self.told.confuses.lock().unwrap() = confuses;
    }

    /// Everything it was told, repeats included.
    pub(crate) fn heard(&self) -> Vec<PaymentNotified> {
        self.told.notices.lock().unwrap().clone()
    }
}

struct PortalService(Arc<Host>, Arc<Told>);

impl Service for PortalService {
    fn description(&self) -> &'static ServiceDescription {
        endpoint::published(&wire::PORTAL)
    }

    async fn answer(&self, call: Call) -> Result<String, Fault> {
        if call.operation() != "PaymentNotified" {
            return Err(call.unknown_operation());
        }
        let notice = call.permit::<PaymentNotified>()?;
        let (now, notice) = (self.0.now(), notice.command());
        self.1.notices.lock().unwrap().push(notice.clone());
        let mut header = ResponseHeader::answering(&notice.header, now, self.0.bin);
        if *self.1.confuses.lock().unwrap() {
            header.in_reply_to = self.0.message_id();
        }
        Ok(PaymentNotifiedResponse { header, acknowledged_at: now }.to_xml())
    }
}

async fn mumble(State(told): State<Arc<Told>>, request: HttpRequest, next: Next) -> Response {
    let answer = next.run(request).await;
    let mumbles = *told.mumbles.lock().unwrap();
    if mumbles { Response::new(Body::from("mmm")) } else { answer }
}

/// What a bank does when it is asked to debit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Behaviour {
    Debits,
    Refuses(&'static str, Trilingual),
    /// Debits, and the link breaks after so many octets of its answer.
    DebitsAndBreaksOff(usize),
    /// Debits, and its answer never comes.
    DebitsAndHangs,
    /// The link breaks before the bank has seen anything.
    NeverSees,
}

pub(crate) struct Bank {
    pub(crate) host: Arc<Host>,
    books: Arc<Books>,
    door: Mutex<Option<Door>>,
}

/// What a bank says to a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It accepts all and pays it, with this text on the statement; `{}` stands for the number.
    Pays(&'static str),
    /// It accepts all and pays nothing yet.
    Accepts,
    /// It disputes the first item, and pays the rest.
    DisputesFirst,
    /// It disputes everything.
    Disputes,
}

/// What a bank does when it is told to give money back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Giving {
    /// It gives it back.
    Gives,
    /// It refuses.
    Refuses,
    /// It gives it back, and the link breaks in the middle of its answer.
    GivesAndBreaksOff,
    /// It gives it back, and says neither when nor under what reference.
    GivesAndSaysLittle,
}

/// The operator's account at a bank.
struct Settlement {
    verdict: Verdict,
    /// Whether it pays providers.
    pays_out: bool,
    claims: Vec<AcceptClaim>,
    payouts: Vec<PayProvider>,
    entries: Vec<Entry>,
}

struct Books {
    settlement: Mutex<Settlement>,
    giving: Mutex<Giving>,
    /// What it was told to give back, repeats included.
    refunds: Mutex<Vec<RefundPayment>>,
    /// When it gave back the money of each operation.
    given_back: Mutex<BTreeMap<BankReference, Moment>>,
    behaviour: Mutex<Behaviour>,
    debits: Mutex<BTreeMap<AttemptId, Debit>>,
    /// Attempts it was asked about before it saw them, or refused: never debited any more.
    closed: Mutex<BTreeSet<AttemptId>>,
    /// How often it was asked to debit, repeats included.
    asked: Mutex<usize>,
    registers: Mutex<Vec<AcceptRegister>>,
    /// Its own register, whatever day it is asked about.
    movements: Mutex<Vec<BankMovement>>,
    /// Whether it finds another number of payments in a register than is said.
    miscounts: Mutex<bool>,
}

#[derive(Debug, Clone)]
pub(crate) struct Debit {
    pub(crate) account: Iban,
    pub(crate) amount: Tiyn,
    pub(crate) reference: BankReference,
    pub(crate) paid_at: Moment,
}

impl Bank {
    pub(crate) async fn new(host: Arc<Host>) -> Self {
        let books = Arc::new(Books {
            settlement: Mutex::new(Settlement {
                verdict: Verdict::Pays("{}"),
                pays_out: true,
                claims: Vec::new(),
                payouts: Vec::new(),
                entries: Vec::new(),
            }),
            giving: Mutex::new(Giving::Gives),
            refunds: Mutex::default(),
            given_back: Mutex::default(),
            behaviour: Mutex::new(Behaviour::Debits),
            debits: Mutex::default(),
            closed: Mutex::default(),
            asked: Mutex::default(),
            registers: Mutex::default(),
            movements: Mutex::default(),
            miscounts: Mutex::default(),
        });
        let bank = Self { host, books, door: Mutex::default() };
        bank.come_up().await;
        bank
    }

    pub(crate) async fn come_up(&self) {
        let service = endpoint::router(self.host.clone(), BankService(self.host.clone(), self.books.clone()));
        let door = open(&self.host, service.layer(from_fn_with_state(self.books.clone(), break_off))).await;
        *self.door.lock().unwrap() = Some(door);
    }

    pub(crate) async fn go_down(&self) {
        let Door { stop, served } = self.door.lock().unwrap().take().unwrap();
        stop.stop();
        served.await.unwrap();
    }

    pub(crate) fn behaves(&self, behaviour: Behaviour) {
        *self.books.behaviour.lock().unwrap() = behaviour;
    }

    /// What it does from now on when it is told to give money back.
    pub(crate) fn gives_back(&self, giving: Giving) {
        *self.books.giving.lock().unwrap() = giving;
    }

    /// What it was told to give back, repeats included.
    pub(crate) fn refunds(&self) -> Vec<RefundPayment> {
        self.books.refunds.lock().unwrap().clone()
    }

    /// The operations whose money it has given back.
    pub(crate) fn given_back(&self) -> Vec<BankReference> {
        self.books.given_back.lock().unwrap().keys().cloned().collect()
    }

    /// What it says to claims from now on.
    pub(crate) fn judges(&self, verdict: Verdict) {
        self.books.settlement.lock().unwrap().verdict = verdict;
    }

    /// Whether it pays providers from now on.
    pub(crate) fn pays_out(&self, pays_out: bool) {
        self.books.settlement.lock().unwrap().pays_out = pays_out;
    }

    /// The claims it was sent, repeats included.
    pub(crate) fn claims(&self) -> Vec<AcceptClaim> {
        self.books.settlement.lock().unwrap().claims.clone()
    }

    /// What it was told to pay providers, repeats included.
    pub(crate) fn payouts(&self) -> Vec<PayProvider> {
        self.books.settlement.lock().unwrap().payouts.clone()
    }

    /// Books something on the operator's account today.
    pub(crate) fn books(&self, direction: Direction, amount: Tiyn, text: &str) {
        let today = self.host.now().banking_day();
        self.books.settlement.lock().unwrap().book(direction, amount, text, today);
    }

    /// What it has debited, each attempt once.
    pub(crate) fn debits(&self) -> Vec<Debit> {
        self.books.debits.lock().unwrap().values().cloned().collect()
    }

    /// The registers it was brought.
    pub(crate) fn registers(&self) -> Vec<AcceptRegister> {
        self.books.registers.lock().unwrap().clone()
    }

    /// What its own register and its statement say from now on.
    pub(crate) fn has_booked(&self, movements: Vec<BankMovement>, entries: Vec<Entry>) {
        *self.books.movements.lock().unwrap() = movements;
        self.books.settlement.lock().unwrap().entries = entries;
    }

    pub(crate) fn miscounts(&self, miscounts: bool) {
        *self.books.miscounts.lock().unwrap() = miscounts;
    }

    /// How often it was asked to debit.
    pub(crate) fn asked(&self) -> usize {
        *self.books.asked.lock().unwrap()
    }
}

impl Settlement {
    fn book(&mut self, direction: Direction, amount: Tiyn, text: &str, day: BankingDay) {
        let number = self.entries.len() + 1;
        self.entries.push(Entry {
            reference: format!("ENTRY-{number}").parse().unwrap(),
            amount,
            direction,
            booked_on: day,
            value_on: day,
            remittance: Some(text.parse().unwrap()),
            counterparty: None,
        });
    }

    /// The whole statement of a day.
    fn statement(&self, day: BankingDay, now: Moment) -> Statement {
        let (before, of_day): (Vec<Entry>, Vec<Entry>) = self
            .entries
            .iter()
            .filter(|entry| entry.booked_on <= day)
            .cloned()
            .partition(|e| e.booked_on < day);
        let sum = |entries: &[Entry]| entries.iter().map(Entry::signed).sum::<i64>();
        Statement {
            number: "ST-1".parse().unwrap(),
            account: SETTLEMENT_IBAN.parse().unwrap(),
            owner: None,
            made_at: now,
            day,
            page: 1,
            is_last: true,
            opening: sum(&before),
            closing: sum(&before) + sum(&of_day),
            entries: of_day,
        }
    }
}

struct BankService(Arc<Host>, Arc<Books>);

impl Service for BankService {
    fn description(&self) -> &'static ServiceDescription {
        endpoint::published(&wire::BANK)
    }

    async fn answer(&self, call: Call) -> Result<String, Fault> {
        match call.operation() {
            "DebitAccount" => Ok(self.debit(call.permit::<DebitAccount>()?.command())),
            "AcceptClaim" => Ok(self.accept_claim(call.permit::<AcceptClaim>()?.command())),
            "PayProvider" => Ok(self.pay_provider(call.permit::<PayProvider>()?.command())),
            "RefundPayment" => Ok(self.refund(call.permit::<RefundPayment>()?.command())),
            "GetStatement" => Ok(self.statement(call.permit::<GetStatement>()?.command())),
            "InquireAttempt" => Ok(self.inquire(call.permit::<InquireAttempt>()?.command())),
            "GetBankRegister" => Ok(self.register(call.permit::<GetBankRegister>()?.command())),
            "AcceptRegister" => Ok(self.accept_register(call.permit::<AcceptRegister>()?.command())),
            _ => Err(FaultCode::UnknownOperation.into()),
        }
    }
}

impl BankService {
    /// One row a page, so that pages are walked through.
    fn register(&self, request: &GetBankRegister) -> String {
        let rows = self.1.movements.lock().unwrap();
        let place = request.page.as_u32() as usize - 1;
        let of = |is_return: bool| {
            let of_kind = || rows.iter().filter(|row| (row.kind != MovementKind::Payment) == is_return);
            let sum: u64 = of_kind().map(|row| row.amount.as_u64()).sum();
            (Count::saturating(of_kind().count() as u32), Tiyn::new(sum).unwrap())
        };
        let ((count, total), (returned_count, returned_total)) = (of(false), of(true));
        GetBankRegisterResponse {
            header: ResponseHeader::answering(&request.header, self.0.now(), self.0.bin),
            day: request.day,
            page: request.page,
            is_last: place + 1 >= rows.len(),
            is_final: self.0.now() >= request.day.ends_at(),
            count,
            total,
            returned_count,
            returned_total,
            rows: rows.get(place).cloned().into_iter().collect(),
        }
        .to_xml()
    }

    fn accept_register(&self, request: &AcceptRegister) -> String {
        self.1.registers.lock().unwrap().push(request.clone());
        let miscounts = *self.1.miscounts.lock().unwrap();
        AcceptRegisterResponse {
            header: ResponseHeader::answering(&request.header, self.0.now(), self.0.bin),
            accepted_at: self.0.now(),
            count: if miscounts { Count::saturating(request.count.as_u32() + 1) } else { request.count },
            total: request.total,
            reason: None,
        }
        .to_xml()
    }

    fn debit(&self, request: &DebitAccount) -> String {
        *self.1.asked.lock().unwrap() += 1;
        let header = ResponseHeader::answering(&request.header, self.0.now(), self.0.bin);
        let refused = |code: &str, text: Trilingual| DebitAccountResponse {
            header: header.clone(),
            attempt: request.attempt.clone(),
            outcome: DebitOutcome::Refused,
            bank_reference: None,
            paid_at: None,
            commission: None,
            error_code: Some(code.parse().unwrap()),
            error_text: Some(text),
        };
        let behaviour = self.1.behaviour.lock().unwrap().clone();
        if let Behaviour::Refuses(code, text) = behaviour {
            self.1.closed.lock().unwrap().insert(request.attempt.clone());
            return refused(code, text).to_xml();
        }
        if self.1.closed.lock().unwrap().contains(&request.attempt) {
            return refused("E99", Trilingual::new("Кеш.", "Поздно.", "Too late.")).to_xml();
        }
        let mut debits = self.1.debits.lock().unwrap();
        let number = debits.len() + 1;
        let debit = debits.entry(request.attempt.clone()).or_insert_with(|| Debit {
            account: request.account,
            amount: request.amount,
            reference: format!("DEBIT-{number}").parse().unwrap(),
            paid_at: self.0.now(),
        });
        DebitAccountResponse {
            header,
            attempt: request.attempt.clone(),
            outcome: DebitOutcome::Debited,
            bank_reference: Some(debit.reference.clone()),
            paid_at: Some(debit.paid_at),
            commission: Some(Tiyn::ZERO),
            error_code: None,
            error_text: None,
        }
        .to_xml()
    }

    fn accept_claim(&self, request: &AcceptClaim) -> String {
        let mut settlement = self.1.settlement.lock().unwrap();
        settlement.claims.push(request.clone());
        let today = self.0.now().banking_day();
        let first = request.items.first();
        let (answer, accepted, disputed) = match settlement.verdict.clone() {
            Verdict::Pays(text) => {
                let text = text.replace("{}", request.claim.as_str());
                settlement.book(Direction::Credit, request.due, &text, today);
                (ClaimAnswer::Accepted, request.due, None)
            }
            Verdict::Accepts => (ClaimAnswer::Accepted, request.due, None),
            Verdict::DisputesFirst => {
                let rest = request.due.checked_sub(first.unwrap().amount).unwrap();
                settlement.book(Direction::Credit, rest, request.claim.as_str(), today);
                (ClaimAnswer::Part, rest, first)
            }
            Verdict::Disputes => (ClaimAnswer::Disputed, Tiyn::ZERO, first),
        };
        AcceptClaimResponse {
            header: ResponseHeader::answering(&request.header, self.0.now(), self.0.bin),
            answer,
            accepted,
            accepted_fee: Tiyn::ZERO,
            reason: disputed.map(|_| "not in our books".parse().unwrap()),
            disputed: disputed
                .map(|item| DisputedItem {
                    bank_reference: item.bank_reference.clone(),
                    kind: item.kind,
                    why: ItemDispute::Unknown,
                    own_amount: None,
                })
                .into_iter()
                .collect(),
        }
        .to_xml()
    }

    fn pay_provider(&self, request: &PayProvider) -> String {
        let mut settlement = self.1.settlement.lock().unwrap();
        settlement.payouts.push(request.clone());
        let pays = settlement.pays_out;
        if pays {
            let today = self.0.now().banking_day();
            settlement.book(Direction::Debit, request.amount, request.payout.as_str(), today);
        }
        PayProviderResponse {
            header: ResponseHeader::answering(&request.header, self.0.now(), self.0.bin),
            payout: request.payout.clone(),
            outcome: if pays { PayoutOutcome::Executed } else { PayoutOutcome::Refused },
            bank_reference: pays.then(|| "PAYOUT-1".parse().unwrap()),
            executed_at: pays.then(|| self.0.now()),
            reason: (!pays).then(|| "not enough money on the account".parse().unwrap()),
        }
        .to_xml()
    }

    /// However often it is told, it gives the money of an operation back once.
    fn refund(&self, request: &RefundPayment) -> String {
        let giving = *self.1.giving.lock().unwrap();
        self.1.refunds.lock().unwrap().push(request.clone());
        let gives = giving != Giving::Refuses;
        let at = gives.then(|| {
            let mut given = self.1.given_back.lock().unwrap();
            *given.entry(request.bank_reference.clone()).or_insert_with(|| self.0.now())
        });
        let says_all = giving != Giving::GivesAndSaysLittle;
        RefundPaymentResponse {
            header: ResponseHeader::answering(&request.header, self.0.now(), self.0.bin),
            outcome: if gives { RefundOutcome::Refunded } else { RefundOutcome::Refused },
            bank_reference: (gives && says_all)
                .then(|| format!("{}-R", request.bank_reference).parse().unwrap()),
            refunded_at: at.filter(|_| says_all),
            reason: (!gives).then(|| "the account is closed".parse().unwrap()),
        }
        .to_xml()
    }

    fn statement(&self, request: &GetStatement) -> String {
        let now = self.0.now();
        let statement = self.1.settlement.lock().unwrap().statement(request.day, now);
        let signed = sign_enveloped(&Camt053(&statement), self.0.signer().as_ref()).unwrap();
        GetStatementResponse {
            header: ResponseHeader::answering(&request.header, now, self.0.bin),
            account: statement.account,
            day: request.day,
            page: request.page,
            is_last: true,
            is_final: now >= request.day.ends_at(),
            count: Count::saturating(statement.entries.len().try_into().unwrap()),
            document: Document::new(signed).unwrap(),
        }
        .to_xml()
    }

    /// A bank that is asked about an attempt it never saw refuses that attempt from then on.
    fn inquire(&self, request: &InquireAttempt) -> String {
        let debit = self.1.debits.lock().unwrap().get(&request.attempt).cloned();
        let was_closed = debit.is_none() && !self.1.closed.lock().unwrap().insert(request.attempt.clone());
        InquireAttemptResponse {
            header: ResponseHeader::answering(&request.header, self.0.now(), self.0.bin),
            attempt: request.attempt.clone(),
            state: match (&debit, was_closed) {
                (Some(_), _) => DebitState::Debited,
                (None, true) => DebitState::Refused,
                (None, false) => DebitState::Unknown,
            },
            bank_reference: debit.as_ref().map(|debit| debit.reference.clone()),
            paid_at: debit.as_ref().map(|debit| debit.paid_at),
            commission: debit.map(|_| Tiyn::ZERO),
            error_code: None,
            error_text: None,
        }
        .to_xml()
    }
}

/// A link that breaks, as far as the bank is asked to debit or to give back.
async fn break_off(State(books): State<Arc<Books>>, request: HttpRequest, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let octets = body.collect().await.unwrap().to_bytes();
    let says = |operation: &str| String::from_utf8_lossy(&octets).contains(operation);
    let (is_debit, is_refund) = (says("<DebitAccount"), says("<RefundPayment"));
    let behaviour = books.behaviour.lock().unwrap().clone();
    if is_debit && behaviour == Behaviour::NeverSees {
        return broken(Bytes::new(), 1);
    }
    let answer = next.run(HttpRequest::from_parts(parts, Body::from(octets))).await;
    let breaks_off = *books.giving.lock().unwrap() == Giving::GivesAndBreaksOff;
    match behaviour {
        _ if is_refund && breaks_off => {
            let whole = answer.into_body().collect().await.unwrap().to_bytes();
            broken(whole.slice(..whole.len() / 2), whole.len())
        }
        Behaviour::DebitsAndHangs if is_debit => std::future::pending().await,
        Behaviour::DebitsAndBreaksOff(after) if is_debit => {
            let whole = answer.into_body().collect().await.unwrap().to_bytes();
            let after = after.min(whole.len() - 1);
            broken(whole.slice(..after), whole.len())
        }
        _ => answer,
    }
}

/// An answer that announces more than comes.
fn broken(begun: Bytes, announced: usize) -> Response {
    let pieces = [Ok(begun), Err(io::Error::from(io::ErrorKind::ConnectionReset))];
    let mut answer = Response::new(Body::from_stream(stream::iter(pieces)));
    answer.headers_mut().insert(http::header::CONTENT_LENGTH, announced.into());
    answer
}
