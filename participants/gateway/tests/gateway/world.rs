//! A small country: a national CA with its list, participants with keys, and one gateway that can be stopped and started.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::routing::{get, post};
use gateway::cx::Cx;
use participant::signing::process::SignerConfig;
use participant::{Config, Host, Shutdown, Stop, SystemEntropy};
use pki::issue::{Authority, CrlContents, Issued, Organisation, Profile, Request, RevokedEntry};
use pki::ocsp::{Asked, CertificateStatus, Responder};
use pki::time_stamp::{StampAsked, StampAuthority};
use pki::{CaService, Certificate, CrlPolicy, DeltaContents, FileSigner, RevocationReason, SuiteId, Trust};
use store::{ChainReport, Store as _};
use tempfile::TempDir;
use terms::{Bin, Clock, Moment};
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;
use transport::{ClientAuth, Identity, Listener, ServerLimits, ServerTls, TlsRoots};

use crate::standins::{Bank, Portal};

/// Far longer than anything here takes.
pub(crate) const LONG: Duration = Duration::from_secs(90);
/// How often a condition is looked at.
const LOOK: Duration = Duration::from_millis(20);

pub(crate) const DAY: i64 = 24 * 3600;

pub(crate) const GATEWAY: &str = "500140000126";
pub(crate) const PORTAL: &str = "500440002004";
pub(crate) const BANK_1: &str = "500440002014";
/// The one that signs with RSA.
pub(crate) const BANK_2: &str = "500440002024";
pub(crate) const CARD_PAGE: &str = "500440002034";
/// A certificate of the national CA, and in no registry.
pub(crate) const UNREGISTERED: &str = "500440002044";
/// One participant for each group of the rights matrix that has none above.
pub(crate) const OTHERS: [(&str, &str); 6] = [
    ("500440002054", "gateway"),
    ("500440002064", "service-bus"),
    ("500440002074", "name-reader"),
    ("500440002084", "citizen"),
    ("500440002094", "desk-operator"),
    ("500440002103", "bank-client"),
];
/// The officers that a new store begins with, each with the group.
pub(crate) const SECURITY: &str = "810909200064";
pub(crate) const SECURITY_2: &str = "830404100086";
pub(crate) const FINANCE: &str = "700707100057";
pub(crate) const FINANCE_2: &str = "760606200085";
pub(crate) const AUDITOR: &str = "750505100078";
/// An officer of the first bank, and one of the first service's provider.
pub(crate) const BANK_OFFICER: &str = "840101200007";
pub(crate) const PROVIDER_OFFICER: &str = "860202200006";
const OFFICERS: [(&str, &str, &str); 7] = [
    (SECURITY, "security-administrator", "everything"),
    (SECURITY_2, "security-administrator", "everything"),
    (FINANCE, "finance", "everything"),
    (FINANCE_2, "finance", "everything"),
    (AUDITOR, "auditor", "everything"),
    (BANK_OFFICER, "bank-officer", "bank:500440002014"),
    (PROVIDER_OFFICER, "provider-officer", "provider:500240000137"),
];
pub(crate) const TERMINAL: (&str, &str) = ("500440002113", "terminal");

/// The services of the catalogue: code, price, provider.
pub(crate) const SERVICE: (&str, u32, &str) = ("P1.04", 1725, "500240000137");
pub(crate) const OTHER_SERVICE: (&str, u32, &str) = ("P2.01", 3450, "500340000103");

/// The operator's account, as both banks' contracts have it.
pub(crate) const SETTLEMENT_IBAN: &str = "KZ24070105KSN0000000";

/// A clock that stands until it is moved.
pub(crate) struct SetClock(AtomicI64);

impl Clock for SetClock {
    fn now(&self) -> Moment {
        Moment::from_unix_microseconds(self.0.load(Ordering::SeqCst))
    }
}

impl SetClock {
    pub(crate) fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }
}

pub(crate) fn noon() -> Moment {
    "2026-11-22T12:00:00+05:00".parse().unwrap()
}

/// The list that the national CA serves at present.
type Board = Arc<Mutex<Option<Vec<u8>>>>;

/// What differs between two countries.
#[derive(Clone, Copy)]
pub(crate) struct Setup {
    /// Whether the national CA has a list from the beginning.
    pub(crate) list: bool,
    /// Whether the portal can be reached from the beginning.
    pub(crate) portal_up: bool,
    /// Failed guesses before "too many tries".
    pub(crate) failures_an_hour: u32,
    /// Codes a participant may have issued in an hour.
    pub(crate) codes_an_hour: u64,
    /// Whether the gateway's signing key is in a process of its own.
    pub(crate) signer: bool,
    /// The suite of the gateway's keys for messages, documents, heads of the chain and QR codes. Its neighbours
    /// have others: any mix works.
    pub(crate) suite: SuiteId,
    /// Whether the gateway also takes a delta, and believes nobody without the OCSP responder's word.
    pub(crate) all_sources: bool,
    /// What the banks' contracts say beside the least, each followed by a comma.
    pub(crate) contract_terms: &'static str,
}

impl Default for Setup {
    fn default() -> Self {
        let suite = SuiteId::Gost512;
        Self {
            list: true,
            portal_up: true,
            failures_an_hour: 5,
            codes_an_hour: 100_000,
            signer: false,
            suite,
            all_sources: false,
            contract_terms: "",
        }
    }
}

pub(crate) struct World {
    pub(crate) clock: Arc<SetClock>,
    pub(crate) national_ca: Authority,
    /// Judges the gateway's answers; its list is always fresh.
    pub(crate) observer: Arc<Trust>,
    pub(crate) portal: Portal,
    pub(crate) bank_1: Bank,
    pub(crate) bank_2: Bank,
    pub(crate) gateway: Arc<Host>,
    addresses: Addresses,
    folder: TempDir,
    board: Board,
    delta: Board,
    list_number: AtomicU64,
    revoked: Mutex<Vec<RevokedEntry>>,
    running: Option<Running>,
    setup: Setup,
}

/// The gateway's process: a runtime of its own, so that it can die with everything that is under way in it.
struct Running {
    stop: Stop,
    served: JoinHandle<anyhow::Result<()>>,
    runtime: Option<Runtime>,
}

/// The signer's process; it dies with everything under way in it when this is dropped.
pub(crate) struct SignerProcess {
    runtime: Option<Runtime>,
    _stop: Stop,
}

impl Drop for SignerProcess {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Each country has loopback addresses of its own, so that tests side by side never meet at a port.
#[derive(Clone, Copy)]
struct Addresses([u8; 3]);

impl Addresses {
    fn fresh() -> Self {
        static LAST: AtomicU64 = AtomicU64::new(0);
        let [.., high, low] = std::process::id().to_be_bytes();
        let n = u8::try_from(LAST.fetch_add(1, Ordering::Relaxed) % 250).unwrap();
        Self([high % 250 + 2, low, n + 1])
    }

    fn host(self) -> String {
        let [a, b, c] = self.0;
        format!("127.{a}.{b}.{c}")
    }

    fn at(self, port: u16) -> String {
        format!("{}:{port}", self.host())
    }
}

const MESSAGES: u16 = 7001;
const PAGES: u16 = 7002;
const CRL: u16 = 7003;
const PORTAL_PORT: u16 = 7004;
const BANK_1_PORT: u16 = 7005;
const BANK_2_PORT: u16 = 7006;
const CONSOLES: u16 = 7007;

impl World {
    pub(crate) async fn start() -> Self {
        Self::with(Setup::default()).await
    }

    pub(crate) async fn with(setup: Setup) -> Self {
        let root = Authority::create_root(
            &"NATIONAL CA (TEST)".parse().unwrap(),
            SuiteId::P256,
            noon().plus_seconds(-1000 * DAY),
            noon().plus_seconds(5000 * DAY),
        )
        .unwrap();
        let national_ca = Authority::load(root.key_pem.expose_secret(), &root.certificate.to_pem()).unwrap();
        let clock = Arc::new(SetClock(AtomicI64::new(noon().unix_microseconds())));
        let observer = Arc::new(Trust::new(vec![root.certificate.clone()], CrlPolicy::default()));
        let folder = TempDir::new().unwrap();
        let addresses = Addresses::fresh();
        let maker = Maker { national_ca: &national_ca, clock: &clock, folder: folder.path(), addresses };
        fs::write(folder.path().join("national-ca.pem"), root.certificate.to_pem()).unwrap();

        let gateway = maker.gateway(setup);
        let portal =
            Portal::new(maker.standin(PORTAL, Some(PORTAL_PORT), SuiteId::P256, "1.1"), setup.portal_up)
                .await;
        let bank_1 = Bank::new(maker.standin(BANK_1, Some(BANK_1_PORT), SuiteId::Gost256, "1.2")).await;
        let bank_2 = Bank::new(maker.standin(BANK_2, Some(BANK_2_PORT), SuiteId::Rsa2048, "1.1")).await;
        let (board, delta) = (Board::default(), Board::default());
        serve_lists(&maker, board.clone(), delta.clone()).await;
        let mut world = Self {
            clock,
            national_ca,
            observer,
            portal,
            bank_1,
            bank_2,
            gateway,
            addresses,
            folder,
            board,
            delta,
            list_number: AtomicU64::new(0),
            revoked: Mutex::default(),
            running: None,
            setup,
        };
        world.publish(1000 * DAY, Who::Neighbours);
        if setup.list {
            world.publish(1000 * DAY, Who::Everybody);
        }
        world.run().await;
        world
    }

    /// A participant of this country that only calls.
    pub(crate) fn caller(&self, bin: &str) -> Arc<Host> {
        let host = self.maker().standin(bin, None, SuiteId::P256, "1.1");
        let list = self.list(1000 * DAY);
        host.trust.install_crl(&list, self.now()).unwrap();
        host
    }

    fn maker(&self) -> Maker<'_> {
        Maker {
            national_ca: &self.national_ca,
            clock: &self.clock,
            folder: self.folder.path(),
            addresses: self.addresses,
        }
    }

    pub(crate) fn now(&self) -> Moment {
        self.clock.now()
    }

    /// Starts the gateway and waits until it serves.
    async fn run(&mut self) {
        let (stop, shutdown) = Shutdown::new();
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let served = runtime.spawn(gateway::serve(self.gateway.clone(), shutdown));
        self.running = Some(Running { stop, served, runtime: Some(runtime) });
        for port in [MESSAGES, PAGES, CONSOLES] {
            let address: SocketAddr = self.addresses.at(port).parse().unwrap();
            until("the gateway's doors are open", async || transport::is_listening(address).await).await;
        }
        if self.board.lock().unwrap().is_some() {
            let trust = self.gateway.trust.clone();
            until("the gateway has the list", async || trust.crl().is_some()).await;
        }
    }

    /// Stops the gateway and waits until it is gone.
    pub(crate) async fn stop(&mut self) {
        let mut running = self.running.take().unwrap();
        running.stop.stop();
        tokio::time::timeout(LONG, &mut running.served).await.expect("the gateway stops").unwrap().unwrap();
    }

    /// Ends the gateway in the middle of whatever it does, as a crash would, and starts another on the same database.
    pub(crate) async fn crash_and_start_again(&mut self) {
        drop(self.running.take());
        let address = self.messages_address();
        until("the old doors are shut", async || !transport::is_listening(address).await).await;
        self.start_again().await;
    }

    /// Stops the gateway, gives its signing key to a process of its own, and starts it again.
    pub(crate) async fn give_the_key_to_a_signer(&mut self) -> SignerProcess {
        self.stop().await;
        let config = format!(
            "name = \"signer\"\nsocket = \"signer.socket\"\n\
             [signing]\ncertificate = \"{GATEWAY}-signing.pem\"\nkey = \"{GATEWAY}-signing.key\"\n"
        );
        fs::write(self.path("signer.toml"), config).unwrap();
        let signer = self.signer_process().await;
        self.setup.signer = true;
        self.start_again().await;
        signer
    }

    /// Starts the process that holds the gateway's signing key.
    pub(crate) async fn signer_process(&self) -> SignerProcess {
        self.process_of("signer.toml", "signer.socket").await
    }

    /// Starts a signer by its configuration, and waits until it listens.
    pub(crate) async fn process_of(&self, config: &str, socket: &str) -> SignerProcess {
        let config = SignerConfig::read(&self.path(config)).unwrap();
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (stop, shutdown) = Shutdown::new();
        runtime.spawn(async move { participant::signing::process::serve(config, shutdown).await.unwrap() });
        let socket = self.path(socket);
        until("the signer listens", async || socket.exists()).await;
        SignerProcess { runtime: Some(runtime), _stop: stop }
    }

    pub(crate) async fn start_again(&mut self) {
        self.gateway = self.maker().gateway_again(self.setup);
        self.run().await;
    }

    /// What the gateway works with, opened a second time beside it, for looking only.
    pub(crate) fn cx(&self) -> Arc<Cx> {
        gateway::open(&self.gateway).unwrap()
    }

    /// Verifies everything the gateway keeps, by its certificate.
    pub(crate) async fn chain(&self) -> ChainReport {
        let certificate = self.gateway.signer().certificate().clone();
        let verify = move |key_id: &str, head: &[u8], signature: &[u8]| {
            let suite = pki::suite_of(&certificate).unwrap();
            key_id == certificate.serial().to_string()
                && suite.verify(certificate.public_key(), head, signature).is_ok()
        };
        self.cx().store.evidence().verify_chain(verify, Vec::new()).await.expect("the chain verifies")
    }

    pub(crate) async fn outbox_depth(&self) -> u64 {
        self.cx().store.read(|view| view.outbox_depth()).await.unwrap()
    }

    /// Where the national CA stamps digests.
    pub(crate) fn stamp_url(&self) -> String {
        format!("https://{}/stamp", self.addresses.at(CRL))
    }

    pub(crate) fn messages_url(&self) -> String {
        format!("https://{}/ws/v1/gateway", self.addresses.at(MESSAGES))
    }

    pub(crate) fn messages_address(&self) -> SocketAddr {
        self.addresses.at(MESSAGES).parse().unwrap()
    }

    pub(crate) fn host_name(&self) -> String {
        self.addresses.host()
    }

    pub(crate) fn card_url(&self) -> String {
        format!("https://{}/ws/v1/card", self.addresses.at(MESSAGES))
    }

    pub(crate) fn console_url(&self) -> String {
        format!("https://{}", self.addresses.at(CONSOLES))
    }

    pub(crate) fn pages_url(&self) -> String {
        format!("https://{}", self.addresses.at(PAGES))
    }

    pub(crate) fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn roots(&self) -> TlsRoots {
        TlsRoots::from_certificates(&[self.national_ca.certificate().clone()])
            .unwrap()
            .by_clock(self.clock.clone())
    }

    fn list(&self, valid_seconds: i64) -> Vec<u8> {
        let revoked = self.revoked.lock().unwrap().clone();
        let contents = CrlContents {
            number: self.list_number.fetch_add(1, Ordering::SeqCst) + 1,
            this_update: self.now().plus_seconds(-60),
            next_update: self.now().plus_seconds(valid_seconds),
            revoked: &revoked,
        };
        self.national_ca.issue_crl(&contents).unwrap()
    }

    /// Makes a new list, for the gateway to fetch or only for those who judge its answers.
    pub(crate) fn publish(&self, valid_seconds: i64, who: Who) {
        let list = self.list(valid_seconds);
        if who == Who::Everybody {
            *self.board.lock().unwrap() = Some(list);
        } else {
            for trust in
                [&self.observer, &self.portal.host.trust, &self.bank_1.host.trust, &self.bank_2.host.trust]
            {
                trust.install_crl(&list, self.now()).unwrap();
            }
        }
    }

    /// Makes a new list and waits until the gateway has fetched it.
    pub(crate) async fn publish_and_wait(&self, valid_seconds: i64) {
        self.publish(valid_seconds, Who::Everybody);
        let number = self.list_number.load(Ordering::SeqCst);
        let trust = self.gateway.trust.clone();
        until("the new list is installed", async || trust.crl().is_some_and(|crl| crl.number == number))
            .await;
    }

    /// Makes a delta over the newest list and waits until the gateway has fetched it; its number.
    pub(crate) async fn publish_delta_and_wait(&self, valid_seconds: i64) -> u64 {
        let base = self.list_number.fetch_add(1, Ordering::SeqCst);
        let contents = DeltaContents {
            number: base + 1,
            base,
            this_update: self.now().plus_seconds(-60),
            next_update: self.now().plus_seconds(valid_seconds),
            revoked: &[],
            resumed: &[],
        };
        *self.delta.lock().unwrap() = Some(self.national_ca.issue_delta_crl(&contents).unwrap());
        let trust = self.gateway.trust.clone();
        until("the delta is installed", async || {
            trust.delta_crl().is_some_and(|delta| delta.number == base + 1)
        })
        .await;
        base + 1
    }

    /// Revokes a certificate and waits until the gateway knows.
    pub(crate) async fn revoke(&self, certificate: &Certificate) {
        let entry = RevokedEntry {
            serial: certificate.serial(),
            since: self.now().plus_seconds(-1),
            reason: RevocationReason::KeyCompromise,
        };
        self.revoked.lock().unwrap().push(entry);
        self.publish_and_wait(1000 * DAY).await;
    }

    /// A certificate as asked for, with its key: a signer.
    pub(crate) fn signer(&self, bin: &str, validity: (i64, i64)) -> FileSigner {
        let profile = Profile::ParticipantSigning { organisation: organisation(bin) };
        signer_of(&issue(&self.national_ca, profile, SuiteId::P256, validity))
    }

    pub(crate) fn tls_identity(&self, bin: &str) -> (Identity, Certificate) {
        let profile = Profile::ParticipantTls { organisation: organisation(bin), host_names: Vec::new() };
        let issued = issue(&self.national_ca, profile, SuiteId::P256, (-1, 4000));
        let (chain, key) = (issued.certificate.to_pem(), issued.key_pem.expose_secret().to_owned());
        (Identity::from_pem(chain.as_bytes(), key.as_bytes()).unwrap(), issued.certificate)
    }
}

/// Who gets a new list.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    Everybody,
    Neighbours,
}

pub(crate) fn organisation(bin: &str) -> Organisation {
    Organisation { name: format!("Ұйым {bin}").parse().unwrap(), bin: bin.parse().unwrap() }
}

pub(crate) fn issue(ca: &Authority, profile: Profile, suite: SuiteId, (from, to): (i64, i64)) -> Issued {
    ca.issue(&Request {
        profile,
        suite,
        not_before: noon().plus_seconds(from * DAY),
        not_after: noon().plus_seconds(to * DAY),
        crl_url: "https://ca.example/crl".to_owned(),
    })
    .unwrap()
}

/// Puts a certificate that the gateway's data keys are wrapped for, and its key, into the gateway's folder.
pub(crate) fn confidential_pair(ca: &Authority, folder: &Path, name: &str, validity: (i64, i64)) {
    let profile = Profile::ParticipantSigning { organisation: organisation(GATEWAY) };
    let issued = issue(ca, profile, SuiteId::Gost512, validity);
    let path = folder.join("confidential").join(name);
    fs::write(path.with_extension("key"), issued.key_pem.expose_secret()).unwrap();
    fs::write(path.with_extension("pem"), issued.certificate.to_pem()).unwrap();
}

pub(crate) fn signer_of(issued: &Issued) -> FileSigner {
    FileSigner::from_pem(issued.key_pem.expose_secret(), &issued.certificate.to_pem()).unwrap()
}

/// Polls until something is so.
pub(crate) async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + LONG;
    while !is_so().await {
        assert!(Instant::now() < deadline, "never came to be: {what}");
        tokio::time::sleep(LOOK).await;
    }
}

struct Maker<'w> {
    national_ca: &'w Authority,
    clock: &'w Arc<SetClock>,
    folder: &'w Path,
    addresses: Addresses,
}

impl Maker<'_> {
    fn keys(&self, bin: &str, suite: SuiteId) {
        let host_names = vec![self.addresses.host()];
        let tls = Profile::ParticipantTls { organisation: organisation(bin), host_names };
        let signing = Profile::ParticipantSigning { organisation: organisation(bin) };
        for (profile, suite, what) in [(tls, SuiteId::P256, "tls"), (signing, suite, "signing")] {
            let issued = issue(self.national_ca, profile, suite, (-1, 4000));
            fs::write(self.folder.join(format!("{bin}-{what}.pem")), issued.certificate.to_pem()).unwrap();
            fs::write(self.folder.join(format!("{bin}-{what}.key")), issued.key_pem.expose_secret()).unwrap();
        }
    }

    fn head(&self, bin: &str, soap: &str) -> String {
        format!(
            "name = \"{bin}\"\nbin = \"{bin}\"\nnational_ca = \"national-ca.pem\"\nsoap = \"{soap}\"\n\
             database = \"{bin}.db\"\n\
             [signing]\ncertificate = \"{bin}-signing.pem\"\nkey = \"{bin}-signing.key\"\n\
             [tls]\ncertificate = \"{bin}-tls.pem\"\nkey = \"{bin}-tls.key\"\n"
        )
    }

    fn host(&self, bin: &str, config: &str) -> Arc<Host> {
        let path = self.folder.join(format!("{bin}.toml"));
        fs::write(&path, config).unwrap();
        Host::new(Config::read(&path).unwrap(), self.clock.clone(), Box::new(SystemEntropy)).unwrap()
    }

    fn peer(bin: &str, group: &str, url: Option<String>) -> String {
        let messages = url.map(|url| format!("messages = \"{url}\"\n")).unwrap_or_default();
        format!(
            "[[peer]]\nbin = \"{bin}\"\nname = [\"Қ {bin}\", \"Р {bin}\", \"E {bin}\"]\ngroups = [\"{group}\"]\n{messages}"
        )
    }

    /// A neighbour: it knows the gateway, and may serve at a port.
    fn standin(&self, bin: &str, port: Option<u16>, suite: SuiteId, soap: &str) -> Arc<Host> {
        self.keys(bin, suite);
        let listen = port.map(|port| format!("[listen]\nmessages = \"{}\"\n", self.addresses.at(port)));
        // The card page talks to the gateway's inner service, everybody else to the published one.
        let service = if bin == CARD_PAGE { "card" } else { "gateway" };
        let url = format!("https://{}/ws/v1/{service}", self.addresses.at(MESSAGES));
        let config =
            self.head(bin, soap) + &listen.unwrap_or_default() + &Self::peer(GATEWAY, "gateway", Some(url));
        self.host(bin, &config)
    }

    fn gateway(&self, setup: Setup) -> Arc<Host> {
        self.keys(GATEWAY, setup.suite);
        let qr = issue(
            self.national_ca,
            Profile::ParticipantSigning { organisation: organisation(GATEWAY) },
            setup.suite,
            (-1, 4000),
        );
        fs::write(self.folder.join("qr.pem"), qr.certificate.to_pem()).unwrap();
        fs::write(self.folder.join("qr.key"), qr.key_pem.expose_secret()).unwrap();
        fs::write(self.folder.join("link.secret"), [7; 16]).unwrap();
        fs::create_dir(self.folder.join("confidential")).unwrap();
        self.confidential_pair("first", (-1, 4000));
        self.gateway_again(setup)
    }

    /// A certificate that data keys are wrapped for, and its key.
    fn confidential_pair(&self, name: &str, validity: (i64, i64)) {
        confidential_pair(self.national_ca, self.folder, name, validity);
    }

    /// The gateway with the keys and the database it has.
    fn gateway_again(&self, setup: Setup) -> Arc<Host> {
        let at = |port| self.addresses.at(port);
        let mut config = self.head(GATEWAY, "1.1");
        if setup.signer {
            let (file, process) = (
                format!("key = \"{GATEWAY}-signing.key\"\n"),
                "home = \"process\"\nsocket = \"signer.socket\"\n",
            );
            config = config.replace(&file, process);
        }
        config += &format!(
            "[listen]\nmessages = \"{}\"\npages = \"{}\"\nconsoles = \"{}\"\n[crl]\nurl = \"https://{}/crl\"\nrefresh_seconds = 1\n",
            at(MESSAGES),
            at(PAGES),
            at(CONSOLES),
            at(CRL)
        );
        if setup.all_sources {
            let ca = at(CRL);
            config += &format!(
                "also = [\"https://{ca}/delta\"]\nocsp_url = \"https://{ca}/ocsp\"\nocsp = \"required\"\n"
            );
        }
        config += &Self::peer(PORTAL, "portal", Some(format!("https://{}/ws/v1/portal", at(PORTAL_PORT))));
        config += &Self::peer(BANK_1, "bank", Some(format!("https://{}/ws/v1/bank", at(BANK_1_PORT))));
        config += &Self::peer(BANK_2, "bank", Some(format!("https://{}/ws/v1/bank", at(BANK_2_PORT))));
        config += &Self::peer(CARD_PAGE, "card-page", None);
        for (bin, group) in OTHERS.into_iter().chain([TERMINAL]) {
            config += &Self::peer(bin, group, None);
        }
        config += &format!(
            "[settings]\npages_url = \"https://{}\"\ncard_pages_url = \"https://card.example\"\n\
             link_secret = \"link.secret\"\nconfidential_keys = \"confidential\"\nfailures_an_hour = {}\ncodes_an_hour = {}\n\
             qr_key = {{ certificate = \"qr.pem\", key = \"qr.key\" }}\n\
             portal = [{{ bin = \"{PORTAL}\", return_url = \"https://portal.example/orders/{{application}}\" }}]\n\
             bank_code = [{{ code = \"000\", bin = \"{BANK_1}\" }}, {{ code = \"001\", bin = \"{BANK_2}\" }}]\n",
            at(PAGES),
            setup.failures_an_hour,
            setup.codes_an_hour,
        );
        for (number, bank) in [("GW-1", BANK_1), ("GW-2", BANK_2)] {
            config += &format!(
                "[[settings.contract]]\nnumber = \"{number}\"\nparty = \"{bank}\"\nsince = \"2026-01-01\"\n\
                 bank = {{ {}fee_basis_points = 50, fee_least = \"0.00\", reimburse_days = 1, \
                 settlement_iban = \"KZ24070105KSN0000000\" }}\n",
                setup.contract_terms
            );
        }
        for (iin, group, resource) in OFFICERS {
            config += &format!(
                "[[settings.officer]]\niin = \"{iin}\"\nname = \"Тегі {}\"\ngroups = [\"{group}\"]\nresource = \"{resource}\"\n",
                &iin[..2]
            );
        }
        for (code, price, provider) in [SERVICE, OTHER_SERVICE] {
            config += &format!(
                "[[settings.service]]\ncode = \"{code}\"\nname = [\"Қызмет {code}\", \"Услуга {code}\", \"Service {code}\"]\n\
                 provider = \"{provider}\"\nprovider_name = [\"Орган\", \"Орган\", \"Body\"]\nprice = \"{price}.00\"\n\
                 iban = \"KZ24070105KSN0000000\"\nbic = \"KKMFKZ2A\"\nkbk = \"105402\"\nknp = \"911\"\nkbe = \"11\"\n\
                 purpose = \"Мемлекеттік баж\"\ne_service = true\n"
            );
        }
        self.host(GATEWAY, &config)
    }
}

/// The national CA's door: lists as they are at the moment, under mutual TLS (C3), and its two services.
async fn serve_lists(maker: &Maker<'_>, board: Board, delta: Board) {
    let listener = Listener::bind(maker.addresses.at(CRL).parse().unwrap()).await.unwrap();
    let profile = Profile::ParticipantTls {
        organisation: organisation(UNREGISTERED),
        host_names: vec![maker.addresses.host()],
    };
    let issued = issue(maker.national_ca, profile, SuiteId::P256, (-1, 4000));
    let (chain, key) = (issued.certificate.to_pem(), issued.key_pem.expose_secret().to_owned());
    let identity = Identity::from_pem(chain.as_bytes(), key.as_bytes()).unwrap();
    let roots = TlsRoots::from_certificates(&[maker.national_ca.certificate().clone()]).unwrap();
    let tls =
        ServerTls { identity, client_auth: ClientAuth::Required, roots: roots.by_clock(maker.clock.clone()) };
    let list = |board: Board| {
        move || {
            let list = board.lock().unwrap().clone();
            async move { list.ok_or(http::StatusCode::NOT_FOUND) }
        }
    };
    let signer = service_key(maker.national_ca, CaService::OcspResponder);
    let responder = Arc::new(Responder::new(maker.national_ca.certificate().clone(), signer));
    let clock = maker.clock.clone();
    let ocsp = move |question: Bytes| {
        let (now, asked) = (clock.now(), Asked::read(&question).unwrap());
        let good = |_| CertificateStatus::Good;
        let answer = responder.answer(&asked, good, now, Some(now.plus_seconds(600))).unwrap();
        async move { answer }
    };
    let (stamps, clock) = (Arc::new(stamp_authority(maker.national_ca)), maker.clock.clone());
    let stamp = move |question: Bytes| {
        let asked = StampAsked::read(&question).unwrap();
        let answer = stamps.stamp(&asked, clock.now()).unwrap();
        async move { answer }
    };
    let router = Router::new()
        .route("/crl", get(list(board)))
        .route("/delta", get(list(delta)))
        .route("/ocsp", post(ocsp))
        .route("/stamp", post(stamp));
    tokio::spawn(async move {
        transport::serve(listener, tls, router, ServerLimits::default(), std::future::pending()).await
    });
}

/// A time-stamping authority of a CA.
pub(crate) fn stamp_authority(ca: &Authority) -> StampAuthority {
    StampAuthority::new(service_key(ca, CaService::TimeStamping))
}

fn service_key(ca: &Authority, service: CaService) -> FileSigner {
    let life = (noon().plus_seconds(-DAY), noon().plus_seconds(100 * DAY));
    let issued = ca.issue_service(service, &"Қызмет".parse().unwrap(), SuiteId::P256, life).unwrap();
    FileSigner::from_pem(issued.key_pem.expose_secret(), &issued.certificate.to_pem()).unwrap()
}

pub(crate) fn bin(digits: &str) -> Bin {
    digits.parse().unwrap()
}
