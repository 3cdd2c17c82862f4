//! A small country for the card page: a CA, a gateway that remembers, a bank's processing on loopback TLS, a
//! visitor.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use futures_util::future::BoxFuture;
use http::{HeaderMap, Request, StatusCode, header};
use pages::CsrfKey;
use participant::{CallFailure, Uncertainty};
use pki::issue::{Authority, CrlContents, Organisation, Profile, RevokedEntry};
use pki::{CrlPolicy, Purpose, RevocationReason, SuiteId, Trust, TrustError};
use terms::{
    AttemptId, Bin, BrowserDigest, Clock, Entropy, Language, MessageId, Moment, OneTimeToken, PaymentCode,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tower::ServiceExt;
use transport::{Identity, Listener, SecureStream, StreamLimits, TlsRoots, TlsStreamListener};
use wire::card::{
    BeginCardPayment, BeginCardPaymentResponse, CancelCardPayment, CancelCardPaymentResponse,
    ConcludeCardPayment, ConcludeCardPaymentResponse, LookUpCardPayment, LookUpCardPaymentResponse,
};
use wire::common::{CardPageState, CardVerdict};
use wire::fault::{FaultCode, GatewayFault};
use wire::iso8583::{AuthorisationRequest, CardRequest, CardResponse, ResponseCode};
use wire::{RequestHeader, Response as _, ResponseHeader};

use crate::card::authorise::{Judge, Lines};
use crate::card::gateway::Gateway;
use crate::card::pay::{Desk, Names};
use crate::card::routing::{RouteSetting, Routes};
use crate::card::submissions::Submissions;

pub(super) const TOKEN: &str = "5f1d9c0a7be24c63a1f08e42d7b95c16";
pub(super) const CODE: &str = "7291417776317054";
pub(super) const RETURN_URL: &str = "https://portal.example/orders/2026-000417";
const MOST_REDIRECTS: usize = 3;
const DAY: i64 = 24 * 60 * 60;

pub(super) fn own_bin() -> Bin {
    "500140000126".parse().unwrap()
}

pub(super) fn bank_bin() -> Bin {
    "500140000017".parse().unwrap()
}

pub(super) fn token() -> OneTimeToken {
    TOKEN.parse().unwrap()
}

pub(super) fn noon() -> Moment {
    "2026-11-22T12:00:00+05:00".parse().unwrap()
}

struct Stopped;

impl Clock for Stopped {
    fn now(&self) -> Moment {
        noon()
    }
}

/// A deterministic generator (SplitMix64).
struct Counting(u64);

impl Entropy for Counting {
    fn fill(&mut self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(8) {
            self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            chunk.copy_from_slice(&(z ^ (z >> 31)).to_le_bytes()[..chunk.len()]);
        }
    }
}

/// What the gateway knows of the one page.
pub(super) struct Known {
    pub(super) state: CardPageState,
    /// The browser that opened it first.
    pub(super) bound: Option<BrowserDigest>,
    /// Whether the code may still be shown.
    pub(super) shows_code: bool,
    /// Whether every question is refused by this code.
    pub(super) refuses: Option<FaultCode>,
    pub(super) attempts: Vec<AttemptId>,
    pub(super) conclusions: Vec<ConcludeCardPayment>,
    /// Whether the bank's notice follows an approval.
    pub(super) notice_comes: bool,
    /// Answers to be lost on the way back.
    pub(super) lost_begins: u32,
    pub(super) lost_conclusions: u32,
    begun: HashMap<MessageId, BeginCardPaymentResponse>,
    messages: i64,
}

pub(super) struct FakeGateway(pub(super) Mutex<Known>);

fn refused<T>(code: FaultCode) -> Result<T, CallFailure> {
    let id = MessageId::from_bytes([7; 16]);
    Err(CallFailure::Refused(Box::new(GatewayFault::new(code, id, &[]))))
}

fn lost<T>() -> Result<T, CallFailure> {
    Err(CallFailure::Unknown(Uncertainty::NoAnswer("the link is cut".to_owned())))
}

fn answering(request: &RequestHeader) -> ResponseHeader {
    ResponseHeader::answering(request, noon(), own_bin())
}

impl Gateway for FakeGateway {
    fn header(&self) -> RequestHeader {
        let mut known = self.0.lock().unwrap();
        known.messages += 1;
        let chance = u64::try_from(known.messages).unwrap();
        let message_id = MessageId::generate(noon(), &mut Counting(chance));
        RequestHeader { message_id, sent_at: noon(), sender: own_bin() }
    }

    async fn look_up(&self, request: &LookUpCardPayment) -> Result<LookUpCardPaymentResponse, CallFailure> {
        let mut known = self.0.lock().unwrap();
        if let Some(code) = known.refuses {
            return refused(code);
        }
        if request.token != token() {
            return refused(FaultCode::PageTokenInvalid);
        }
        if *known.bound.get_or_insert(request.browser) != request.browser {
            return refused(FaultCode::PageOfAnotherBrowser);
        }
        let is_shown = known.shows_code && known.state == CardPageState::Paid;
        Ok(LookUpCardPaymentResponse {
            header: answering(&request.header),
            state: known.state,
            language: Language::Ru,
            return_url: RETURN_URL.parse().unwrap(),
            payment_code: is_shown.then(|| CODE.parse().unwrap()),
            ..LookUpCardPaymentResponse::example()
        })
    }

    async fn begin(&self, request: &BeginCardPayment) -> Result<BeginCardPaymentResponse, CallFailure> {
        let mut known = self.0.lock().unwrap();
        if known.bound != Some(request.browser) {
            return refused(FaultCode::PageOfAnotherBrowser);
        }
        let answer = match known.begun.get(&request.header.message_id) {
            Some(answer) => answer.clone(),
            None if !matches!(known.state, CardPageState::Open | CardPageState::Declined) => {
                return refused(FaultCode::PageTokenUsed);
            }
            None => {
                let attempt: AttemptId = format!("A-{:06}", known.attempts.len()).parse().unwrap();
                known.state = CardPageState::Asked;
                known.attempts.push(attempt.clone());
                let answer = BeginCardPaymentResponse {
                    header: answering(&request.header),
                    attempt,
                    payment_code: CODE.parse::<PaymentCode>().unwrap(),
                    ..BeginCardPaymentResponse::example()
                };
                known.begun.insert(request.header.message_id, answer.clone());
                answer
            }
        };
        if known.lost_begins > 0 {
            known.lost_begins -= 1;
            return lost();
        }
        Ok(answer)
    }

    async fn conclude(
        &self,
        request: &ConcludeCardPayment,
    ) -> Result<ConcludeCardPaymentResponse, CallFailure> {
        let mut known = self.0.lock().unwrap();
        if known.lost_conclusions > 0 {
            known.lost_conclusions -= 1;
            return lost();
        }
        known.state = match request.outcome {
            CardVerdict::Approved if known.notice_comes => CardPageState::Paid,
            CardVerdict::Approved => CardPageState::Asked,
            CardVerdict::Declined => CardPageState::Declined,
            CardVerdict::Unknown => CardPageState::Unknown,
        };
        known.conclusions.push(request.clone());
        Ok(ConcludeCardPaymentResponse { header: answering(&request.header), state: known.state })
    }

    async fn cancel(&self, request: &CancelCardPayment) -> Result<CancelCardPaymentResponse, CallFailure> {
        let mut known = self.0.lock().unwrap();
        if known.bound != Some(request.browser) {
            return refused(FaultCode::PageOfAnotherBrowser);
        }
        if matches!(known.state, CardPageState::Open | CardPageState::Declined) {
            known.state = CardPageState::Cancelled;
        }
        Ok(CancelCardPaymentResponse {
            header: answering(&request.header),
            state: known.state,
            return_url: RETURN_URL.parse().unwrap(),
        })
    }
}

/// What the bank's processing does with a 0100.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Says {
    /// Answers with this code; an approval has a reference.
    Code(&'static str),
    ApprovalWithoutReference,
    AnotherAttempt,
    AnotherAmount,
    Garbage,
    Nothing,
    /// Only so many octets of an approval, its length included; then hangs up.
    Cut(usize),
}

/// A bank's processing.
pub(super) struct Bank {
    pub(super) address: SocketAddr,
    pub(super) says: Arc<Mutex<Says>>,
    asked: Arc<Mutex<Vec<AuthorisationRequest>>>,
    listening: tokio::task::JoinHandle<()>,
}

impl Drop for Bank {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

impl Bank {
    fn open(identity: Identity, roots: TlsRoots, says: Says) -> Self {
        let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let listener = Listener::adopt(socket).unwrap();
        let mut listener =
            TlsStreamListener::start(listener, identity, roots, StreamLimits::default()).unwrap();
        let address = listener.local_addr();
        let says = Arc::new(Mutex::new(says));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (inner_says, inner_asked) = (says.clone(), asked.clone());
        let listening = tokio::spawn(async move {
            while let Some((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, inner_says.clone(), inner_asked.clone()));
            }
        });
        Self { address, says, asked, listening }
    }

    pub(super) fn times_asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    pub(super) fn last_asked(&self) -> AuthorisationRequest {
        self.asked.lock().unwrap().last().unwrap().clone()
    }
}

/// The whole approval of a request as it goes over the line.
fn approval(request: &AuthorisationRequest) -> Vec<u8> {
    let reference = Some("DEMO-20261122-000417".parse().unwrap());
    let answer = request.answer(ResponseCode::APPROVED, Some("000417".parse().unwrap()), reference);
    CardResponse::Authorisation(answer).encode().unwrap().to_vec()
}

fn framed(content: &[u8]) -> Vec<u8> {
    [&u16::try_from(content.len()).unwrap().to_be_bytes(), content].concat()
}

/// How many octets an approval has on the line; the same for every attempt of these tests.
pub(super) fn approval_octets(request: &AuthorisationRequest) -> usize {
    framed(&approval(request)).len()
}

async fn answer(
    mut stream: SecureStream,
    says: Arc<Mutex<Says>>,
    asked: Arc<Mutex<Vec<AuthorisationRequest>>>,
) -> Option<()> {
    let length = stream.read_u16().await.ok()?;
    let mut frame = vec![0; length.into()];
    stream.read_exact(&mut frame).await.ok()?;
    let CardRequest::Authorisation(request) = CardRequest::decode(&frame).ok()? else { return None };
    asked.lock().unwrap().push(request.clone());
    let reference = || Some("DEMO-20261122-000417".parse().unwrap());
    let says = *says.lock().unwrap();
    let octets = match says {
        Says::Code("00") => framed(&approval(&request)),
        Says::Code(code) => {
            let answer = request.answer(code.parse().unwrap(), None, None);
            framed(&CardResponse::Authorisation(answer).encode().unwrap())
        }
        Says::ApprovalWithoutReference => {
            let answer = request.answer(ResponseCode::APPROVED, None, None);
            framed(&CardResponse::Authorisation(answer).encode().unwrap())
        }
        Says::AnotherAttempt => {
            let mut answer = request.answer(ResponseCode::DO_NOT_HONOUR, None, reference());
            answer.attempt = "A-999999".parse().unwrap();
            framed(&CardResponse::Authorisation(answer).encode().unwrap())
        }
        Says::AnotherAmount => {
            let mut answer = request.answer(ResponseCode::APPROVED, None, reference());
            answer.amount = terms::Tiyn::tenge(1);
            framed(&CardResponse::Authorisation(answer).encode().unwrap())
        }
        Says::Garbage => framed(b"0110 all is well"),
        Says::Cut(octets) => framed(&approval(&request))[..octets].to_vec(),
        Says::Nothing => {
            tokio::time::sleep(Duration::from_secs(60)).await;
            return None;
        }
    };
    stream.write_all(&octets).await.ok()?;
    stream.flush().await.ok()?;
    stream.shutdown().await.ok()
}

/// The country: who issues certificates, and the card page with its neighbours.
pub(super) struct World {
    pub(super) gateway: Arc<FakeGateway>,
    pub(super) bank: Bank,
    pub(super) router: Router,
    pub(super) identity: Identity,
    pub(super) roots: TlsRoots,
    trust: Arc<Trust>,
    authority: Authority,
}

fn identity(authority: &Authority, bin: Bin) -> (Identity, pki::Certificate) {
    let organisation = Organisation { name: "Test".parse().unwrap(), bin };
    let request = pki::issue::Request {
        profile: Profile::ParticipantTls { organisation, host_names: Vec::new() },
        suite: SuiteId::P256,
        not_before: noon().plus_seconds(-DAY),
        not_after: noon().plus_seconds(DAY),
        crl_url: "https://localhost/crl".to_owned(),
    };
    let issued = authority.issue(&request).unwrap();
    let chain = issued.certificate.to_pem();
    let identity = Identity::from_pem(chain.as_bytes(), issued.key_pem.expose_secret().as_bytes()).unwrap();
    (identity, issued.certificate)
}

/// Judges by the lists alone, at the one moment of these stories.
struct AtNoon(Arc<Trust>);

impl Judge for AtNoon {
    fn judge<'a>(&'a self, server: &'a pki::Certificate) -> BoxFuture<'a, Result<(), TrustError>> {
        Box::pin(async { self.0.check(server, Purpose::TlsServer, noon()).map(drop) })
    }
}

impl World {
    /// A country in which the bank says this.
    pub(super) fn new(says: Says) -> Self {
        Self::with_bank_of(says, bank_bin(), false)
    }

    /// A country in which the processing shows the certificate of this participant, revoked or not.
    pub(super) fn with_bank_of(says: Says, bank: Bin, is_revoked: bool) -> Self {
        let root = Authority::create_root(
            &"National CA".parse().unwrap(),
            SuiteId::P256,
            noon().plus_seconds(-100 * DAY),
            noon().plus_seconds(100 * DAY),
        )
        .unwrap();
        let authority = Authority::load(root.key_pem.expose_secret(), &root.certificate.to_pem()).unwrap();
        let roots = TlsRoots::from_certificates(std::slice::from_ref(&root.certificate))
            .unwrap()
            .by_clock(Arc::new(Stopped));
        let (bank_identity, bank_certificate) = identity(&authority, bank);
        let revoked = RevokedEntry {
            serial: bank_certificate.serial(),
            since: noon().plus_seconds(-60),
            reason: RevocationReason::KeyCompromise,
        };
        let revoked = [revoked];
        let crl = CrlContents {
            number: 1,
            this_update: noon().plus_seconds(-30),
            next_update: noon().plus_seconds(DAY),
            revoked: if is_revoked { &revoked } else { &[] },
        };
        let trust = Arc::new(Trust::new(vec![root.certificate.clone()], CrlPolicy { grace_seconds: 0 }));
        trust.install_crl(&authority.issue_crl(&crl).unwrap(), noon()).unwrap();
        let (own, _) = identity(&authority, own_bin());
        let gateway = Arc::new(FakeGateway(Mutex::new(Known {
            state: CardPageState::Open,
            bound: None,
            shows_code: true,
            refuses: None,
            attempts: Vec::new(),
            conclusions: Vec::new(),
            notice_comes: true,
            lost_begins: 0,
            lost_conclusions: 0,
            begun: HashMap::new(),
            messages: 0,
        })));
        let bank = Bank::open(bank_identity, roots.clone(), says);
        let mut world = Self { gateway, bank, router: Router::new(), identity: own, roots, trust, authority };
        world.router = crate::card::page::router(world.desk(world.bank.address));
        world
    }

    /// The same country, the card page of which knows the processing by this address.
    pub(super) fn desk(&self, address: SocketAddr) -> Arc<Desk<FakeGateway>> {
        let route = |prefix: &str| RouteSetting {
            prefix: prefix.to_owned(),
            bank: bank_bin().to_string(),
            address,
            server_name: "localhost".to_owned(),
        };
        Arc::new(Desk {
            gateway: self.gateway.clone(),
            routes: Routes::of(&[route("4")]).unwrap(),
            lines: Lines {
                identity: self.identity.clone(),
                roots: self.roots.clone(),
                judge: Arc::new(AtNoon(self.trust.clone())),
                deadline: Duration::from_millis(800),
            },
            csrf: CsrfKey::new(&[7; 32]),
            submissions: Submissions::default(),
            clock: Arc::new(Stopped),
            entropy: Mutex::new(Box::new(Counting(1))),
            wait_for_notice: Duration::from_millis(200),
            test_cards: false,
            names: Names::of(own_bin()),
            messages: AtomicU32::new(0),
        })
    }

    /// A certificate of the national CA for somebody else, for servers of a test.
    pub(super) fn identity_of(&self, bin: Bin) -> Identity {
        identity(&self.authority, bin).0
    }

    pub(super) fn known<R>(&self, look: impl FnOnce(&mut Known) -> R) -> R {
        look(&mut self.gateway.0.lock().unwrap())
    }

    pub(super) fn visitor(&self) -> Visitor {
        Visitor { router: self.router.clone(), cookies: Vec::new(), headers: HeaderMap::new() }
    }
}

/// A browser without a socket.
#[derive(Clone)]
pub(super) struct Visitor {
    pub(super) router: Router,
    pub(super) cookies: Vec<String>,
    pub(super) headers: HeaderMap,
}

pub(super) struct Seen {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

impl Seen {
    /// The value of the attribute that follows this piece of the page.
    pub(super) fn after(&self, piece: &str) -> Option<&str> {
        self.body.split_once(piece)?.1.split('"').next()
    }

    pub(super) fn result(&self) -> Option<&str> {
        self.after("data-result=\"")
    }

    pub(super) fn location(&self) -> Option<&str> {
        self.headers.get(header::LOCATION)?.to_str().ok()
    }

    /// The hidden fields of the form.
    pub(super) fn secrets(&self) -> (String, String) {
        let value = |piece| self.after(piece).unwrap_or_default().to_owned();
        (value("name=\"csrf\" value=\""), value("name=\"form\" value=\""))
    }
}

pub(super) fn escaped(text: &str) -> String {
    text.bytes().map(|octet| format!("%{octet:02X}")).collect()
}

/// A form as a browser sends it.
pub(super) fn form_of(fields: &[(&str, &str)]) -> String {
    let pairs: Vec<String> =
        fields.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
    pairs.join("&")
}

impl Visitor {
    async fn send(&mut self, mut request: Request<Body>) -> Seen {
        request.headers_mut().extend(self.headers.clone());
        if !self.cookies.is_empty() {
            request.headers_mut().insert(header::COOKIE, self.cookies.join("; ").parse().unwrap());
        }
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap().to_owned();
            self.cookies.push(pair);
        }
        let body = String::from_utf8(to_bytes(body, 1 << 20).await.unwrap().to_vec()).unwrap();
        Seen { status: parts.status, headers: parts.headers, body }
    }

    /// Opens an address and follows its redirects, as a browser does.
    pub(super) async fn get(&mut self, path: &str) -> Seen {
        let mut seen = self.fetch(path).await;
        for _ in 0..MOST_REDIRECTS {
            let Some(next) = seen.location().map(ToOwned::to_owned) else { return seen };
            assert!(next.starts_with(&page()), "{path} leads to {next}");
            seen = self.fetch(&next).await;
        }
        panic!("{path} redirects without end");
    }

    /// Asks for an address and follows nothing.
    pub(super) async fn fetch(&mut self, path: &str) -> Seen {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub(super) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Seen {
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(form_of(fields))).unwrap()).await
    }

    /// Opens the page; its hidden fields.
    pub(super) async fn open(&mut self) -> (String, String) {
        self.get(&page()).await.secrets()
    }

    /// Sends a right card on a form that was shown; where that leads.
    pub(super) async fn pay(&mut self, secrets: &(String, String)) -> Seen {
        let (csrf, form) = secrets;
        let fields = [
            ("csrf", csrf.as_str()),
            ("form", form),
            ("number", "4242 4242 4242 4242"),
            ("expiry", "08/29"),
            ("code", "737"),
        ];
        self.post(&page(), &fields).await
    }

    /// Opens the page, pays, and follows to the result.
    pub(super) async fn open_and_pay(&mut self) -> Seen {
        let secrets = self.open().await;
        let sent = self.pay(&secrets).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.body);
        let location = sent.location().unwrap().to_owned();
        self.get(&location).await
    }
}

pub(super) fn page() -> String {
    format!("/pay/{TOKEN}")
}
