//! A small country around a real portal: a CA, a gateway that can be told how to answer, a bus and a registry that
//! remember what they were asked, and browsers.

use std::collections::BTreeSet;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use participant::{
    Call, Caller, Config, Fault, Host, Service, Shutdown, Stop, SystemClock, SystemEntropy, endpoint,
};
use pki::issue::{Authority, CrlContents, Issued, Organisation, Person, Profile, Request, RevokedEntry};
use pki::{Certificate, RevocationReason, SuiteId};
use terms::{Bin, Iin, Language, Moment, PartyNumber, PaymentCode, TicketId};
use transport::{Browser, ClientAuth, Identity, Page, TlsRoots};
use wire::common::PaymentState;
use wire::fault::FaultCode;
use wire::gateway::*;
use wire::service_bus::{OrderService, OrderServiceResponse};
use wire::tax_registry::{CheckIin, CheckIinResponse};
use wire::{Namespace, Request as _, Response as _, ResponseHeader, ServiceDescription};
use xml::ToElement;

const DAY: i64 = 24 * 3600;
/// Longer than anything here should take.
const LONG: Duration = Duration::from_secs(15);

pub(crate) const AIGUL: &str = "850612200017";
pub(crate) const IVAN: &str = "790304100022";
pub(crate) const DANA: &str = "880101200044";
pub(crate) const EMPLOYEE: &str = "700707100057";
pub(crate) const GATEWAY: &str = "500140000126";
pub(crate) const PORTAL: &str = "500240000137";
pub(crate) const BUS: &str = "500340000044";
pub(crate) const REGISTRY: &str = "500340000034";
pub(crate) const COMPANY: &str = "500340000103";
/// The one service of the gateway's list.
pub(crate) const SERVICE: &str = "P1.04";
/// A service that is rendered at service centres alone.
pub(crate) const AT_CENTRE: &str = "P1.04/paper";

/// What the neighbours were asked, and how they are to answer.
#[derive(Default)]
pub(crate) struct Memory {
    pub(crate) codes: Vec<RequestPaymentCode>,
    pub(crate) pages: Vec<OpenPaymentPage>,
    pub(crate) bindings: Vec<BindPaymentCode>,
    pub(crate) inquiries: Vec<InquirePaymentCode>,
    pub(crate) closings: Vec<ClosePayment>,
    pub(crate) releases: Vec<ReleasePaymentCode>,
    pub(crate) orders: Vec<OrderService>,
    /// Codes that the gateway takes for paid.
    pub(crate) paid: BTreeSet<PaymentCode>,
    /// Codes that a bank declined.
    pub(crate) void: BTreeSet<PaymentCode>,
    /// Whether the gateway is in trouble of its own.
    pub(crate) in_trouble: bool,
    /// Where a payment page is said to be, where not at the portal's own stand-in.
    pub(crate) page_elsewhere: Option<String>,
}

/// A participant of the country.
pub(crate) struct Node {
    pub(crate) host: Arc<Host>,
    _stop: Stop,
}

pub(crate) struct Country {
    pub(crate) memory: Arc<Mutex<Memory>>,
    authority: Authority,
    folder: PathBuf,
    ports: Ports,
    pub(crate) gateway: Node,
    pub(crate) bus: Node,
    _registry: Node,
    pub(crate) portal: Option<RunningPortal>,
    crl_number: AtomicU32,
}

pub(crate) struct RunningPortal {
    pub(crate) host: Arc<Host>,
    stop: Stop,
    served: tokio::task::JoinHandle<anyhow::Result<()>>,
}

#[derive(Clone, Copy)]
struct Ports {
    pages: SocketAddr,
    certificate_pages: SocketAddr,
    portal: SocketAddr,
    gateway: SocketAddr,
    bus: SocketAddr,
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
    pub(crate) async fn found() -> Self {
        participant::logging::start("warn");
        static FOUNDED: AtomicU32 = AtomicU32::new(0);
        let name = format!("portal-test-{}-{}", std::process::id(), FOUNDED.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        let now = Moment::from_system_clock();
        let root = Authority::create_root(
            &"National CA".parse().unwrap(),
            SuiteId::P256,
            now.plus_seconds(-DAY),
            now.plus_seconds(DAY),
        )
        .unwrap();
        let authority = Authority::load(root.key_pem.expose_secret(), &root.certificate.to_pem()).unwrap();
        std::fs::write(folder.join("ca.pem"), root.certificate.to_pem()).unwrap();
        let ports = Ports {
            pages: free_address(),
            certificate_pages: free_address(),
            portal: free_address(),
            gateway: free_address(),
            bus: free_address(),
            registry: free_address(),
        };
        let memory = Arc::new(Mutex::new(Memory::default()));
        let found = Founding { authority: &authority, folder: &folder, ports };
        let page = format!("https://{}/stand-in-of-the-payment-page", ports.pages);
        let gateway = found.node("gateway", GATEWAY, ports.gateway, {
            let memory = memory.clone();
            |host| Gateway { host, memory, page }
        });
        let bus = found.node("bus", BUS, ports.bus, {
            let memory = memory.clone();
            |host| Bus { host, memory }
        });
        let registry = found.node("registry", REGISTRY, ports.registry, |host| Registry { host });
        found.write_portal();
        let mut country = Self {
            memory,
            authority,
            folder,
            ports,
            gateway,
            bus,
            _registry: registry,
            portal: None,
            crl_number: AtomicU32::new(1),
        };
        country.start_portal().await;
        country
    }

    /// Starts the portal on its database, new or not.
    pub(crate) async fn start_portal(&mut self) {
        let host = host(&self.folder.join("portal.toml"));
        let (stop, shutdown) = Shutdown::new();
        let served = tokio::spawn(portal::serve(host.clone(), shutdown.wait()));
        self.portal = Some(RunningPortal { host, stop, served });
        self.publish_crl(&[]);
        let mut browser = self.browser();
        let deadline = tokio::time::Instant::now() + LONG;
        // The doors are open and the catalogue is there.
        loop {
            let page = browser.get(&self.at("/")).await;
            if page.as_ref().is_ok_and(|page| page.body.contains(SERVICE)) {
                return;
            }
            assert!(
                tokio::time::Instant::now() < deadline,
                "the portal did not start: {:?}",
                page.map(|page| page.status)
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Stops the portal, as a crash would: whatever is under way is lost.
    pub(crate) async fn stop_portal(&mut self) {
        let portal = self.portal.take().unwrap();
        portal.stop.stop();
        portal.served.await.unwrap().unwrap();
    }

    /// Puts a list in force everywhere that names these certificates.
    pub(crate) fn publish_crl(&self, revoked: &[&Certificate]) {
        let number = self.crl_number.fetch_add(1, Ordering::Relaxed);
        let now = Moment::from_system_clock();
        let revoked: Vec<RevokedEntry> = revoked
            .iter()
            .map(|certificate| RevokedEntry {
                serial: certificate.serial(),
                since: now.plus_seconds(-1),
                reason: RevocationReason::Unspecified,
            })
            .collect();
        let list = self
            .authority
            .issue_crl(&CrlContents {
                number: u64::from(number),
                this_update: now.plus_seconds(-1),
                next_update: now.plus_seconds(3600),
                revoked: &revoked,
            })
            .unwrap();
        let hosts = [&self.gateway.host, &self.bus.host, &self._registry.host];
        for host in hosts.into_iter().chain(self.portal.as_ref().map(|portal| &portal.host)) {
            host.trust.install_crl(&list, now).unwrap();
        }
    }

    fn roots(&self) -> TlsRoots {
        TlsRoots::from_certificates(&[self.authority.certificate().clone()]).unwrap()
    }

    pub(crate) fn browser(&self) -> Browser {
        let mut browser = Browser::new(None, &self.roots()).unwrap();
        browser.prefer(Language::Ru);
        browser
    }

    /// A browser with a person's key carrier, and the certificate on it.
    pub(crate) fn browser_of(&self, iin: &str, company: Option<&str>) -> (Browser, Certificate) {
        let person = Person {
            surname: "Тест".parse().unwrap(),
            given_name: iin.parse().unwrap(),
            iin: iin.parse().unwrap(),
        };
        let profile = match company {
            None => Profile::PersonAuthentication { person },
            Some(bin) => Profile::EmployeeAuthentication { person, organisation: organisation(bin) },
        };
        let issued = issue(&self.authority, profile);
        let identity = Identity::from_pem(
            issued.certificate.to_pem().as_bytes(),
            issued.key_pem.expose_secret().as_bytes(),
        )
        .unwrap();
        let mut browser = Browser::new(Some(&identity), &self.roots()).unwrap();
        browser.prefer(Language::Ru);
        (browser, issued.certificate)
    }

    /// An address at the door without certificates.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("https://{}{path}", self.ports.pages)
    }

    /// An address at the door with certificates.
    pub(crate) fn at_certificate_door(&self, path: &str) -> String {
        format!("https://{}{path}", self.ports.certificate_pages)
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.folder.join("portal.db")
    }

    pub(crate) fn remembered(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap()
    }

    /// A code the gateway takes for paid.
    pub(crate) fn paid_code(&self) -> PaymentCode {
        let code = PaymentCode::generate(&mut SystemEntropy);
        self.remembered().paid.insert(code);
        code
    }

    /// Waits until the neighbours remember something.
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

    /// The gateway tells the portal.
    pub(crate) async fn gateway_tells<R: wire::Request>(&self, request: &R) -> Result<(), String> {
        tell(&self.gateway.host, request).await
    }

    /// The bus tells the portal.
    pub(crate) async fn bus_tells<R: wire::Request>(&self, request: &R) -> Result<(), String> {
        tell(&self.bus.host, request).await
    }
}

async fn tell<R: wire::Request>(host: &Arc<Host>, request: &R) -> Result<(), String> {
    let caller = Caller::closing(host.clone()).unwrap();
    let to: Bin = PORTAL.parse().unwrap();
    caller.call(to, request).await.map(|_| ()).map_err(|error| error.to_string())
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
        let Ports { portal, gateway, bus, registry, .. } = self.ports;
        let peer = |bin: &str, group: &str, address: SocketAddr, service: &str| {
            format!(
                "[[peer]]\nbin = \"{bin}\"\nname = [\"{group}\", \"{group}\", \"{group}\"]\ngroups = [\"{group}\"]\n\
                 messages = \"https://{address}/ws/v1/{service}\"\n"
            )
        };
        let name_of = |namespace: &Namespace| description(namespace).namespace.file;
        let peers = [
            peer(PORTAL, "portal", portal, name_of(&wire::PORTAL)),
            peer(GATEWAY, "gateway", gateway, name_of(&wire::GATEWAY)),
            peer(BUS, "service-bus", bus, name_of(&wire::SERVICE_BUS)),
            peer(REGISTRY, "gateway", registry, name_of(&wire::TAX_REGISTRY)),
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
    ) -> Node {
        let host = host(&self.config(name, bin, &format!("messages = \"{at}\""), ""));
        let router = endpoint::router(host.clone(), make(host.clone()));
        let (stop, shutdown) = Shutdown::new();
        let serving = host.clone();
        tokio::spawn(async move {
            serving.open_door("messages", ClientAuth::Required, router, &shutdown).await.unwrap();
        });
        Node { host, _stop: stop }
    }

    fn write_portal(&self) {
        let Ports { pages, certificate_pages, portal, .. } = self.ports;
        let listen = format!(
            "messages = \"{portal}\"\npages = \"{pages}\"\ncertificate_pages = \"{certificate_pages}\""
        );
        let settings = format!(
            "[settings]\ngateway = \"{GATEWAY}\"\nservice_bus = \"{BUS}\"\ntax_registry = \"{REGISTRY}\"\n\
             certificate_url = \"https://{certificate_pages}\"\npayment_page_origins = [\"https://{pages}\"]\n\
             [[settings.person]]\niin = \"{AIGUL}\"\nname = \"Сәрсенова Айгүл\"\npassword = \"demo\"\n\
             [[settings.person]]\niin = \"{IVAN}\"\nname = \"Петров Иван\"\npassword = \"demo\"\n\
             [[settings.organisation]]\nbin = \"{COMPANY}\"\nname = \"Тұлпар\"\n\
             [[settings.operator]]\niin = \"{DANA}\"\nname = \"Ахметова Дана\"\ncentre = \"ЦОН № 1\"\n"
        );
        self.config("portal", PORTAL, &listen, &settings);
    }
}

fn description(namespace: &Namespace) -> &'static ServiceDescription {
    wire::services().iter().find(|service| service.namespace == namespace).unwrap()
}

struct Gateway {
    host: Arc<Host>,
    memory: Arc<Mutex<Memory>>,
    page: String,
}

impl Gateway {
    fn header(&self, request: &wire::RequestHeader) -> ResponseHeader {
        ResponseHeader::answering(request, self.host.now(), self.host.bin)
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap()
    }

    fn check_trouble(&self) -> Result<(), Fault> {
        if self.memory().in_trouble { Err(Fault::new(FaultCode::Internal)) } else { Ok(()) }
    }

    fn bind(&self, asked: &BindPaymentCode) -> Result<String, Fault> {
        self.memory().bindings.push(asked.clone());
        self.check_trouble()?;
        if !self.memory().paid.contains(&asked.payment_code) {
            return Err(Fault::new(FaultCode::NotMatched));
        }
        let mut payer = OpenPaymentPage::example().payer;
        payer.number = PartyNumber::Person(IVAN.parse().unwrap());
        let mut recipient = payer.clone();
        recipient.number = asked.recipient;
        Ok(BindPaymentCodeResponse {
            header: self.header(asked.header()),
            application: asked.application.clone(),
            payment_code: asked.payment_code,
            payer,
            recipient,
            ..BindPaymentCodeResponse::example()
        }
        .to_xml())
    }

    fn inquire(&self, asked: &InquirePaymentCode) -> Result<String, Fault> {
        self.memory().inquiries.push(asked.clone());
        if !self.memory().paid.contains(&asked.payment_code) {
            return Err(Fault::new(FaultCode::UnknownCode));
        }
        let now = self.host.now();
        let ticket = self.host.draw(|entropy| TicketId::generate(now, entropy));
        Ok(InquirePaymentCodeResponse {
            header: self.header(asked.header()),
            ticket,
            ticket_valid_until: now.plus_seconds(600),
            service: asked.service.clone(),
            ..InquirePaymentCodeResponse::example()
        }
        .to_xml())
    }
}

impl Service for Gateway {
    fn description(&self) -> &'static ServiceDescription {
        description(&wire::GATEWAY)
    }

    async fn answer(&self, call: Call) -> Result<String, Fault> {
        match call.operation() {
            "ListServices" => {
                let asked = call.permit::<ListServices>()?;
                let header = self.header(asked.command().header());
                let mut services = ListServicesResponse::example().services;
                let at_centre = services[0].clone();
                services.push(wire::common::Service {
                    code: AT_CENTRE.parse().unwrap(),
                    e_service: false,
                    ..at_centre
                });
                Ok(ListServicesResponse { header, services }.to_xml())
            }
            "RequestPaymentCode" => {
                let asked = call.permit::<RequestPaymentCode>()?.command().clone();
                let code = self.host.draw(PaymentCode::generate);
                let header = self.header(asked.header());
                let valid_until = self.host.now().plus_seconds(DAY);
                self.memory().codes.push(asked);
                let example = RequestPaymentCodeResponse::example();
                Ok(RequestPaymentCodeResponse { header, payment_code: code, valid_until, ..example }.to_xml())
            }
            "OpenPaymentPage" => {
                let asked = call.permit::<OpenPaymentPage>()?.command().clone();
                let header = self.header(asked.header());
                let mut memory = self.memory();
                memory.pages.push(asked);
                let url = memory.page_elsewhere.clone().unwrap_or_else(|| self.page.clone()).parse().unwrap();
                Ok(OpenPaymentPageResponse { header, url, ..OpenPaymentPageResponse::example() }.to_xml())
            }
            "GetPayment" => {
                let asked = call.permit::<GetPayment>()?.command().clone();
                let header = self.header(asked.header());
                let mut payment = GetPaymentResponse::example().payment;
                payment.payment_code = asked.payment_code;
                let memory = self.memory();
                payment.state = match (
                    memory.paid.contains(&asked.payment_code),
                    memory.void.contains(&asked.payment_code),
                ) {
                    (true, _) => PaymentState::Paid,
                    (_, true) => PaymentState::Void,
                    _ => PaymentState::Issued,
                };
                Ok(GetPaymentResponse { header, payment }.to_xml())
            }
            "GetReceipt" => {
                let asked = call.permit::<GetReceipt>()?.command().clone();
                let header = self.header(asked.header());
                Ok(GetReceiptResponse { header, ..GetReceiptResponse::example() }.to_xml())
            }
            "BindPaymentCode" => self.bind(call.permit::<BindPaymentCode>()?.command()),
            "InquirePaymentCode" => self.inquire(call.permit::<InquirePaymentCode>()?.command()),
            "ClosePayment" => {
                let asked = call.permit::<ClosePayment>()?.command().clone();
                let header = self.header(asked.header());
                let payment_code = asked.payment_code;
                self.memory().closings.push(asked);
                let example = ClosePaymentResponse::example();
                Ok(ClosePaymentResponse { header, payment_code, ..example }.to_xml())
            }
            "ReleasePaymentCode" => {
                let asked = call.permit::<ReleasePaymentCode>()?.command().clone();
                let header = self.header(asked.header());
                let payment_code = asked.payment_code;
                self.memory().releases.push(asked);
                let example = ReleasePaymentCodeResponse::example();
                Ok(ReleasePaymentCodeResponse { header, payment_code, ..example }.to_xml())
            }
            _ => Err(call.unknown_operation()),
        }
    }
}

struct Bus {
    host: Arc<Host>,
    memory: Arc<Mutex<Memory>>,
}

impl Service for Bus {
    fn description(&self) -> &'static ServiceDescription {
        description(&wire::SERVICE_BUS)
    }

    async fn answer(&self, call: Call) -> Result<String, Fault> {
        let asked = call.permit::<OrderService>()?.command().clone();
        let header = ResponseHeader::answering(asked.header(), self.host.now(), self.host.bin);
        self.memory.lock().unwrap().orders.push(asked);
        Ok(OrderServiceResponse { header, ..OrderServiceResponse::example() }.to_xml())
    }
}

struct Registry {
    host: Arc<Host>,
}

impl Service for Registry {
    fn description(&self) -> &'static ServiceDescription {
        description(&wire::TAX_REGISTRY)
    }

    /// Knows Ivan and nobody else.
    async fn answer(&self, call: Call) -> Result<String, Fault> {
        let asked = call.permit::<CheckIin>()?.command().clone();
        let header = ResponseHeader::answering(asked.header(), self.host.now(), self.host.bin);
        let valid = asked.iin.as_str().parse::<Iin>().is_ok_and(|iin| iin.to_string() == IVAN);
        let name = valid.then(|| "Петров Иван".parse().unwrap());
        Ok(CheckIinResponse { header, valid, name }.to_xml())
    }
}

/// The value of an attribute in the element that has this id or name.
pub(crate) fn attribute(page: &Page, mark: &str, name: &str) -> Option<String> {
    let from = page.body.find(mark)?;
    let element = &page.body[page.body[..from].rfind('<')?..];
    let element = &element[..element.find('>')?];
    let start = element.find(&format!("{name}=\""))? + name.len() + 2;
    Some(element[start..].split('"').next()?.to_owned())
}

/// A hook: `<output id=… data-…=…>`.
pub(crate) fn hook(page: &Page, id: &str, name: &str) -> String {
    attribute(page, &format!("id=\"{id}\""), &format!("data-{name}"))
        .unwrap_or_else(|| panic!("no hook {id}/{name} at {}: {}", page.url, page.body))
}

/// Fills in a form of the page and sends it.
pub(crate) async fn send(browser: &mut Browser, page: &Page, action: &str, fields: &[(&str, &str)]) -> Page {
    let mark = format!("action=\"{action}\"");
    let from =
        page.body.find(&mark).unwrap_or_else(|| panic!("no form {action} at {}: {}", page.url, page.body));
    let form = &page.body[from..];
    let form = &form[..form.find("</form>").unwrap()];
    let mut all: Vec<(String, String)> = Vec::new();
    for input in form.split("<input ").skip(1).filter(|input| input.contains("type=\"hidden\"")) {
        let value = |name: &str| {
            let start = input.find(&format!("{name}=\"")).unwrap() + name.len() + 2;
            input[start..].split('"').next().unwrap().to_owned()
        };
        all.push((value("name"), value("value")));
    }
    all.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let all: Vec<(&str, &str)> = all.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    browser.post_form(action, &all).await.unwrap()
}
