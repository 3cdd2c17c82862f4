//! A small country around a real bank with its ATM and kiosk: a CA, a gateway that can be told how to answer
//! and remembers what it was told, a tax registry, a card page, and browsers.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use participant::{Call, CallFailure, Caller, Config, Fault, Host, Service, Shutdown, Stop, SystemClock};
use participant::{SystemEntropy, endpoint};
use pki::SuiteId;
use pki::issue::{Authority, CrlContents, Issued, Organisation, Profile, Request};
use terms::{Bin, Language, Moment, PaymentCode, ShortText, Tiyn};
use transport::{Browser, ClientAuth, Framed2, Page, StreamLimits, TlsRoots};
use wire::common::{Count, NoticeOutcome, PaymentState, ReversalOutcome, Service as Listed};
use wire::fault::FaultCode;
use wire::gateway::*;
use wire::iso8583::{CardRequest, CardResponse};
use wire::tax_registry::{CheckIin, CheckIinResponse};
use wire::{Namespace, Request as _, Response as _, ResponseHeader, ServiceDescription};
use xml::ToElement;

const DAY: i64 = 24 * 3600;
/// Longer than anything here should take.
pub(crate) const LONG: Duration = Duration::from_secs(20);

pub(crate) const AIGUL: &str = "850612200017";
pub(crate) const IVAN: &str = "790304100022";
/// A number whose check digit agrees and that the registry does not know.
pub(crate) const NOBODY: &str = "700707100057";
pub(crate) const BANK: &str = "500140000017";
pub(crate) const GATEWAY: &str = "500140000126";
pub(crate) const REGISTRY: &str = "500240000137";
/// What Aigul's one-time codes are made of.
pub(crate) const AIGUL_SECRET: &str = "MFUWO5LMMFUWO5LMMFUWO5LMMFUWO5LM";
/// What those of the company's representative are.
pub(crate) const COMPANY_SECRET: &str = "OR2WY4DBOJ2HK3DQMFZHI5LMOBQXE5DV";
pub(crate) const ZONE_KEY: &str = "000102030405060708090a0b0c0d0e0f";
/// 1725.00, an odd number of tenge.
pub(crate) const ODD: &str = "P-0101";
/// 2180.50, an even number of tenge.
pub(crate) const EVEN: &str = "P-0102";

/// What the gateway was told, and how it is to answer.
#[derive(Default)]
pub(crate) struct Memory {
    pub(crate) codes: Vec<(PaymentCode, RequestPaymentCode)>,
    pub(crate) notices: Vec<NotifyPayment>,
    pub(crate) cancellations: Vec<CancelPaymentCode>,
    pub(crate) reversals: Vec<ReversePayment>,
    /// Whether the gateway gives no codes.
    pub(crate) gives_no_codes: bool,
    /// Whether the gateway lists no services, as one that is away.
    pub(crate) lists_no_services: bool,
    /// How long it thinks before it gives one.
    pub(crate) thinks_for: Duration,
    /// Whether the gateway takes no notices.
    pub(crate) takes_no_notices: bool,
    /// The parts of the register that the gateway gives, one row each.
    pub(crate) register: Vec<Vec<u8>>,
    /// How many of them it has given.
    pub(crate) parts_given: usize,
}

struct Running {
    stop: Stop,
    host: Arc<Host>,
    served: tokio::task::JoinHandle<anyhow::Result<()>>,
}

pub(crate) struct Country {
    pub(crate) memory: Arc<Mutex<Memory>>,
    authority: Authority,
    folder: PathBuf,
    ports: Ports,
    gateway: Arc<Host>,
    registry: Arc<Host>,
    card_page: Arc<Host>,
    _stops: Vec<Stop>,
    running: Vec<(&'static str, Running)>,
    crl_number: AtomicU32,
}

#[derive(Clone, Copy)]
struct Ports {
    messages: SocketAddr,
    iso8583: SocketAddr,
    terminals: SocketAddr,
    pages: SocketAddr,
    atm: SocketAddr,
    kiosk: SocketAddr,
    gateway: SocketAddr,
    registry: SocketAddr,
}

fn free_address() -> SocketAddr {
    // Below the ports that the system gives to outgoing connections, and apart from other test processes, so that
    // nobody takes the port between this look and the server's bind.
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let mine = std::process::id() % 1_000 * 20;
    let mut ports =
        std::iter::repeat_with(|| 10_000 + (mine + NEXT.fetch_add(1, Ordering::Relaxed)) % 22_000);
    let free = ports.find_map(|port| {
        let address = SocketAddr::from(([127, 0, 0, 1], u16::try_from(port).unwrap()));
        TcpListener::bind(address).is_ok().then_some(address)
    });
    free.unwrap()
}

impl Drop for Country {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Country {
    /// A country whose bank does not run yet.
    pub(crate) fn found() -> Self {
        if let Ok(filter) = std::env::var("TOLEM_LOG") {
            participant::logging::start(&filter);
        }
        static FOUNDED: AtomicU32 = AtomicU32::new(0);
        let name = format!("bank-test-{}-{}", std::process::id(), FOUNDED.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let now = Moment::from_system_clock();
        let (from, to) = (now.plus_seconds(-DAY), now.plus_seconds(DAY));
        let root = Authority::create_root(&"National CA".parse().unwrap(), SuiteId::P256, from, to).unwrap();
        let authority = Authority::load(root.key_pem.expose_secret(), &root.certificate.to_pem()).unwrap();
        std::fs::write(folder.join("ca.pem"), root.certificate.to_pem()).unwrap();
        let ports = Ports {
            messages: free_address(),
            iso8583: free_address(),
            terminals: free_address(),
            pages: free_address(),
            atm: free_address(),
            kiosk: free_address(),
            gateway: free_address(),
            registry: free_address(),
        };
        let memory = Arc::new(Mutex::new(Memory::default()));
        let founding = Founding { authority: &authority, folder: &folder, ports };
        let remembering = memory.clone();
        let (gateway, gateway_stop) =
            founding.node("gateway", GATEWAY, ports.gateway, |host| Gateway { host, memory: remembering });
        let (registry, registry_stop) =
            founding.node("registry", REGISTRY, ports.registry, |host| Registry { host });
        let card_page = host(&founding.config("card", GATEWAY, "", ""));
        founding.write_bank();
        let country = Self {
            memory,
            authority,
            folder,
            ports,
            gateway,
            registry,
            card_page,
            _stops: vec![gateway_stop, registry_stop],
            running: Vec::new(),
            crl_number: AtomicU32::new(1),
        };
        country.publish_crl();
        country
    }

    /// A country whose bank runs.
    pub(crate) async fn with_bank() -> Self {
        let mut country = Self::found();
        country.start("bank").await;
        country
    }

    /// Starts the bank, its ATM or its kiosk on the database it has.
    pub(crate) async fn start(&mut self, kind: &'static str) {
        let host = host(&self.folder.join(format!("{kind}.toml")));
        let (stop, shutdown) = Shutdown::new();
        let (serving, until) = (host.clone(), shutdown.wait());
        let (served, at) = match kind {
            "bank" => (tokio::spawn(bank::serve(serving, until)), self.ports.pages),
            "atm" => (tokio::spawn(bank::serve_atm(serving, until)), self.ports.atm),
            _ => (tokio::spawn(bank::serve_kiosk(serving, until)), self.ports.kiosk),
        };
        self.running.push((kind, Running { stop, host, served }));
        self.publish_crl();
        let mut browser = self.browser();
        let deadline = tokio::time::Instant::now() + LONG;
        while browser.get(&format!("https://{at}/livez")).await.is_err() {
            assert!(tokio::time::Instant::now() < deadline, "the {kind} did not start");
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    /// Stops one of them.
    pub(crate) async fn stop(&mut self, kind: &str) {
        let place = self.running.iter().position(|(running, _)| *running == kind).unwrap();
        let (_, running) = self.running.remove(place);
        running.stop.stop();
        running.served.await.unwrap().unwrap();
    }

    /// Kills one of them as a power cut would: nothing is finished, nothing is said.
    pub(crate) async fn kill(&mut self, kind: &str) {
        let place = self.running.iter().position(|(running, _)| *running == kind).unwrap();
        let (_, running) = self.running.remove(place);
        running.served.abort();
        assert!(running.served.await.unwrap_err().is_cancelled());
        // The socket is given back by tasks that are being aborted at this moment.
        tokio::time::sleep(Duration::from_millis(200)).await;
    }

    fn publish_crl(&self) {
        let number = u64::from(self.crl_number.fetch_add(1, Ordering::Relaxed));
        let now = Moment::from_system_clock();
        let contents = CrlContents {
            number,
            this_update: now.plus_seconds(-1),
            next_update: now.plus_seconds(3600),
            revoked: &[],
        };
        let list = self.authority.issue_crl(&contents).unwrap();
        let hosts = [&self.gateway, &self.registry, &self.card_page];
        for host in hosts.into_iter().chain(self.running.iter().map(|(_, running)| &running.host)) {
            host.trust.install_crl(&list, now).unwrap();
        }
    }

    pub(crate) fn browser(&self) -> Browser {
        let roots = TlsRoots::from_certificates(&[self.authority.certificate().clone()]).unwrap();
        let mut browser = Browser::new(None, &roots).unwrap();
        browser.prefer(Language::Ru);
        browser
    }

    /// An address of the internet bank.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("https://{}{path}", self.ports.pages)
    }

    pub(crate) fn atm(&self, path: &str) -> String {
        format!("https://{}{path}", self.ports.atm)
    }

    pub(crate) fn kiosk(&self, path: &str) -> String {
        format!("https://{}{path}", self.ports.kiosk)
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.folder.join("bank.db")
    }

    /// The database of the ATM or the kiosk.
    pub(crate) fn machine_database(&self, kind: &str) -> PathBuf {
        self.folder.join(format!("{kind}.db"))
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn remembered(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap()
    }

    /// Waits until the gateway remembers something.
    pub(crate) async fn eventually<T>(&self, what: &str, look: impl Fn(&Memory) -> Option<T>) -> T {
        let deadline = tokio::time::Instant::now() + LONG;
        loop {
            if let Some(found) = look(&self.remembered()) {
                return found;
            }
            assert!(tokio::time::Instant::now() < deadline, "{what} did not happen");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The key with which the gateway signs.
    pub(crate) fn signer(&self) -> Arc<dyn pki::Signer> {
        self.gateway.signer()
    }

    /// The key with which the tax registry signs.
    pub(crate) fn registry_signer(&self) -> Arc<dyn pki::Signer> {
        self.registry.signer()
    }

    /// The header of a message of the gateway.
    pub(crate) fn header(&self) -> wire::RequestHeader {
        self.gateway.header()
    }

    /// The gateway asks the bank.
    pub(crate) async fn ask<R: wire::Request>(&self, request: &R) -> Result<R::Response, CallFailure>
    where
        R::Response: Clone,
    {
        let caller = Caller::closing(self.gateway.clone()).unwrap();
        let bank: Bin = BANK.parse().unwrap();
        caller.call(bank, request).await.map(|answer| answer.get().clone())
    }

    /// The card page asks the bank's processing; none where it does not answer within a second.
    pub(crate) async fn card(&self, request: CardRequest) -> Option<CardResponse> {
        self.line(&self.card_page, request).await
    }

    async fn line(&self, host: &Host, request: CardRequest) -> Option<CardResponse> {
        let limits = StreamLimits::default();
        let address = self.ports.iso8583;
        let (stream, _) =
            transport::connect(address, "127.0.0.1", &host.identity, &host.roots, &limits).await.unwrap();
        let mut line = Framed2::new(stream, &limits);
        line.write_frame(&request.encode().unwrap()).await.unwrap();
        let answer = tokio::time::timeout(Duration::from_secs(1), line.read_frame()).await.ok()?;
        Some(CardResponse::decode(&answer.ok()??).unwrap())
    }

    /// A stranger of the registry asks the bank's processing.
    pub(crate) async fn stranger_on_the_line(&self, request: CardRequest) -> Option<CardResponse> {
        self.line(&self.registry, request).await
    }
}

/// The value of the first element that has `name` in its `name` or `id`.
pub(crate) fn value_of(page: &Page, mark: &str, attribute: &str) -> Option<String> {
    let at = page.body.find(mark)?;
    let start = page.body[..at].rfind('<')?;
    let element = &page.body[start..start + page.body[start..].find('>')?];
    let value = element.split(&format!("{attribute}=\"")).nth(1)?;
    Some(value.split('"').next()?.to_owned())
}

/// The value of a hidden field.
pub(crate) fn hidden(page: &Page, name: &str) -> String {
    value_of(page, &format!("name=\"{name}\""), "value")
        .unwrap_or_else(|| panic!("no field {name} in {}: {}", page.url, page.body))
}

/// The result that machines read.
pub(crate) fn result(page: &Page) -> String {
    value_of(page, "id=\"result\"", "data-result")
        .unwrap_or_else(|| panic!("no result in {}: {}", page.url, page.body))
}

/// The one-time code of a client, that many seconds from now.
pub(crate) fn one_time_code(secret: &str, seconds: i64) -> String {
    bank::one_time_code(secret, Moment::from_system_clock().plus_seconds(seconds)).unwrap()
}

/// The code that machines read.
pub(crate) fn code(page: &Page) -> Option<PaymentCode> {
    value_of(page, "id=\"payment-code\"", "data-code").map(|digits| digits.parse().unwrap())
}

struct Founding<'a> {
    authority: &'a Authority,
    folder: &'a Path,
    ports: Ports,
}

fn organisation(bin: &str) -> Organisation {
    Organisation { name: format!("Organisation {bin}").parse().unwrap(), bin: bin.parse().unwrap() }
}

fn issue(authority: &Authority, profile: Profile) -> Issued {
    let now = Moment::from_system_clock();
    authority
        .issue(&Request {
            profile,
            suite: SuiteId::P256,
            not_before: now.plus_seconds(-3600),
            not_after: now.plus_seconds(3600),
            crl_url: "https://localhost/crl".to_owned(),
        })
        .unwrap()
}

fn host(config: &Path) -> Arc<Host> {
    Host::new(Config::read(config).unwrap(), Arc::new(SystemClock), Box::new(SystemEntropy)).unwrap()
}

fn description(namespace: &Namespace) -> &'static ServiceDescription {
    wire::services().iter().find(|service| service.namespace == namespace).unwrap()
}

impl Founding<'_> {
    fn keys(&self, name: &str, bin: &str) {
        let signing = issue(self.authority, Profile::ParticipantSigning { organisation: organisation(bin) });
        let tls = Profile::ParticipantTls { organisation: organisation(bin), host_names: Vec::new() };
        for (kind, issued) in [("signing", signing), ("tls", issue(self.authority, tls))] {
            let file = |end: &str| self.folder.join(format!("{name}-{kind}.{end}"));
            std::fs::write(file("pem"), issued.certificate.to_pem()).unwrap();
            std::fs::write(file("key"), issued.key_pem.expose_secret()).unwrap();
        }
    }

    fn config(&self, name: &str, bin: &str, listen: &str, rest: &str) -> PathBuf {
        self.keys(name, bin);
        let peer = |bin: &str, group: &str, address: SocketAddr, namespace: &Namespace| {
            format!(
                "[[peer]]\nbin = \"{bin}\"\nname = [\"{group}\", \"{group}\", \"{group}\"]\ngroups = [\"{group}\"]\n\
                 messages = \"https://{address}/ws/v1/{}\"\n",
                namespace.file
            )
        };
        let peers = [
            peer(GATEWAY, "gateway", self.ports.gateway, &wire::GATEWAY),
            peer(REGISTRY, "service-bus", self.ports.registry, &wire::TAX_REGISTRY),
            peer(BANK, "bank", self.ports.messages, &wire::BANK),
        ];
        let text = format!(
            "name = \"{name}\"\nbin = \"{bin}\"\ndatabase = \"{name}.db\"\nnational_ca = \"ca.pem\"\n\
             [signing]\ncertificate = \"{name}-signing.pem\"\nkey = \"{name}-signing.key\"\n\
             [tls]\ncertificate = \"{name}-tls.pem\"\nkey = \"{name}-tls.key\"\n\
             [listen]\n{listen}\n{}\n{rest}",
            peers.concat()
        );
        let path = self.folder.join(format!("{name}.toml"));
        std::fs::write(&path, text).unwrap();
        path
    }

    fn node<S: Service>(
        &self,
        name: &str,
        bin: &str,
        at: SocketAddr,
        make: impl FnOnce(Arc<Host>) -> S,
    ) -> (Arc<Host>, Stop) {
        let host = host(&self.config(name, bin, &format!("messages = \"{at}\""), ""));
        let router = endpoint::router(host.clone(), make(host.clone()));
        let (stop, shutdown) = Shutdown::new();
        let serving = host.clone();
        tokio::spawn(async move {
            serving.open_door("messages", ClientAuth::Required, router, &shutdown).await.unwrap();
        });
        (host, stop)
    }

    fn write_bank(&self) {
        let Ports { messages, iso8583, terminals, pages, atm, kiosk, .. } = self.ports;
        let name = "[\"Алатау Банк\", \"Алатау Банк\", \"Alatau Bank\"]";
        self.config(
            "atm",
            BANK,
            &format!("pages = \"{atm}\""),
            &format!(
                "[settings]\nid = \"ATM-1\"\nbank_name = {name}\nterminals_url = \"https://{terminals}\"\n\
                 iso8583_address = \"{iso8583}\"\nzone_key = \"{ZONE_KEY}\"\nanswer_seconds = 1\n"
            ),
        );
        self.config(
            "kiosk",
            BANK,
            &format!("pages = \"{kiosk}\""),
            &format!(
                "[settings]\nid = \"KIOSK-1\"\nbank_name = {name}\nterminals_url = \"https://{terminals}\"\n"
            ),
        );
        let own = include_str!("../../src/settings.example.toml")
            .replace("[[", "[[settings.")
            .replace("500140000126", GATEWAY)
            .replace("500240000137", REGISTRY)
            .replace("silence_seconds = 120", "silence_seconds = 2")
            .replace("slow_seconds = 4", "slow_seconds = 1");
        let terminals_known = format!(
            "[[settings.terminal]]\nid = \"ATM-1\"\ncertificate = \"atm-tls.pem\"\nzone_key = \"{ZONE_KEY}\"\n\
             [[settings.terminal]]\nid = \"KIOSK-1\"\ncertificate = \"kiosk-tls.pem\"\n"
        );
        let listen = format!(
            "messages = \"{messages}\"\niso8583 = \"{iso8583}\"\nterminals = \"{terminals}\"\npages = \"{pages}\""
        );
        self.config("bank", BANK, &listen, &format!("[settings]\n{own}\n{terminals_known}"));
    }
}

/// The services of the country.
pub(crate) fn services() -> Vec<Listed> {
    let listed = |code: &str, price: Tiyn| {
        let mut service = ListServicesResponse::example().services.remove(0);
        service.code = code.parse().unwrap();
        service.price = price;
        service
    };
    vec![listed(ODD, Tiyn::tenge(1725)), listed(EVEN, "2180.50".parse().unwrap())]
}

struct Gateway {
    host: Arc<Host>,
    memory: Arc<Mutex<Memory>>,
}

impl Gateway {
    fn header(&self, request: &wire::RequestHeader) -> ResponseHeader {
        ResponseHeader::answering(request, self.host.now(), self.host.bin)
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap()
    }

    fn issue(&self, asked: &RequestPaymentCode) -> Result<String, Fault> {
        let service = services().into_iter().find(|service| service.code == asked.service);
        let service = service.ok_or(FaultCode::UnknownService)?;
        if self.memory().gives_no_codes {
            return Err(FaultCode::Internal.into());
        }
        if asked.amount.is_some_and(|amount| amount != service.price) {
            return Err(FaultCode::WrongAmount.into());
        }
        let code = PaymentCode::generate(&mut SystemEntropy);
        self.memory().codes.push((code, asked.clone()));
        Ok(RequestPaymentCodeResponse {
            header: self.header(asked.header()),
            payment_code: code,
            service: service.code,
            provider: service.provider,
            amount: service.price,
            valid_until: self.host.now().plus_seconds(DAY),
            beneficiary: service.beneficiary,
        }
        .to_xml())
    }

    fn notice(&self, told: &NotifyPayment) -> Result<String, Fault> {
        if self.memory().takes_no_notices {
            return Err(FaultCode::Overloaded.into());
        }
        let is_repeat =
            self.memory().notices.iter().any(|known| known.header.message_id == told.header.message_id);
        if !is_repeat {
            self.memory().notices.push(told.clone());
        }
        let mut answer = NotifyPaymentResponse::example();
        answer.header = self.header(told.header());
        answer.payment_code = told.payment_code;
        answer.outcome = NoticeOutcome::Accepted;
        Ok(answer.to_xml())
    }
}

impl Service for Gateway {
    fn description(&self) -> &'static ServiceDescription {
        description(&wire::GATEWAY)
    }

    async fn answer(&self, call: Call) -> Result<String, Fault> {
        match call.operation().to_owned().as_str() {
            "ListServices" => {
                let asked = call.permit::<ListServices>()?;
                if self.memory().lists_no_services {
                    return Err(FaultCode::Overloaded.into());
                }
                let header = self.header(asked.command().header());
                Ok(ListServicesResponse { header, services: services() }.to_xml())
            }
            "RequestPaymentCode" => {
                let thinks_for = self.memory().thinks_for;
                tokio::time::sleep(thinks_for).await;
                self.issue(call.permit()?.command())
            }
            "GetRegister" => {
                let asked = call.permit::<GetRegister>()?.command().clone();
                let place = usize::try_from(asked.after.0).unwrap();
                let thinks_for = self.memory().thinks_for;
                tokio::time::sleep(thinks_for).await;
                let mut memory = self.memory();
                memory.parts_given += 1;
                let part = memory.register.get(place).ok_or(FaultCode::Overloaded)?;
                Ok(GetRegisterResponse {
                    header: self.header(asked.header()),
                    bank: asked.bank,
                    day: asked.day,
                    revision: asked.revision,
                    part: wire::common::Document::new(part.clone()).unwrap(),
                    last: wire::closing::Whole(asked.after.0 + 1),
                    is_last: place + 1 == memory.register.len(),
                }
                .to_xml())
            }
            "NotifyPayment" => self.notice(call.permit()?.command()),
            "CancelPaymentCode" => {
                let told = call.permit::<CancelPaymentCode>()?;
                self.memory().cancellations.push(told.command().clone());
                let header = self.header(told.command().header());
                let payment_code = told.command().payment_code;
                Ok(CancelPaymentCodeResponse { header, payment_code, state: PaymentState::Void }.to_xml())
            }
            "ReversePayment" => {
                let told = call.permit::<ReversePayment>()?;
                self.memory().reversals.push(told.command().clone());
                let header = self.header(told.command().header());
                let payment_code = told.command().payment_code;
                let outcome = ReversalOutcome::Reversed;
                Ok(ReversePaymentResponse { header, payment_code, outcome, state: PaymentState::Reversed }
                    .to_xml())
            }
            _ => Err(call.unknown_operation()),
        }
    }
}

struct Registry {
    host: Arc<Host>,
}

impl Service for Registry {
    fn description(&self) -> &'static ServiceDescription {
        description(&wire::TAX_REGISTRY)
    }

    async fn answer(&self, call: Call) -> Result<String, Fault> {
        let asked = call.permit::<CheckIin>()?;
        let name: Option<ShortText> = match asked.command().iin.as_str() {
            AIGUL => Some("Сәрсенова Айгүл".parse().unwrap()),
            IVAN => Some("Петров Иван".parse().unwrap()),
            _ => None,
        };
        let header = ResponseHeader::answering(asked.command().header(), self.host.now(), self.host.bin);
        Ok(CheckIinResponse { header, valid: name.is_some(), name }.to_xml())
    }
}

/// A number of things.
pub(crate) fn count(number: u32) -> Count {
    Count::new(number).unwrap()
}
