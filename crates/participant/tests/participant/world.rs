//! A national CA, and participants with their files in folders of their own.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use axum::Router;
use participant::{Config, Host, Shutdown, Stop, SystemEntropy};
use pki::SuiteId;
use pki::issue::{Authority, CrlContents, Organisation, Profile, Request, RevokedEntry};
use pki::{Certificate, RevocationReason, Serial};
use tempfile::TempDir;
use terms::{Clock, Moment};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;
use transport::{ClientAuth, SecureStream, StreamLimits};

/// Far longer than anything here takes.
pub(crate) const LONG: Duration = Duration::from_secs(60);
pub(crate) const DAY: i64 = 24 * 60 * 60;
pub(crate) const SERVER: &str = "500140000126";
pub(crate) const CLIENT: &str = "500140000017";

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

pub(crate) struct World {
    pub(crate) clock: Arc<SetClock>,
    pub(crate) national_ca: Authority,
    folder: TempDir,
}

pub(crate) fn authority() -> Authority {
    let (from, until) = (noon().plus_seconds(-100 * DAY), noon().plus_seconds(1000 * DAY));
    let root =
        Authority::create_root(&"NATIONAL CA (TEST)".parse().unwrap(), SuiteId::P256, from, until).unwrap();
    Authority::load(root.key_pem.expose_secret(), &root.certificate.to_pem()).unwrap()
}

impl World {
    pub(crate) fn new() -> Self {
        let world = Self {
            clock: Arc::new(SetClock(AtomicI64::new(noon().unix_microseconds()))),
            national_ca: authority(),
            folder: TempDir::new().unwrap(),
        };
        for (bin, port) in [(SERVER, free_port()), (CLIENT, free_port())] {
            fs::create_dir(world.path(bin, "")).unwrap();
            world.write(bin, "national-ca.pem", world.national_ca.certificate().to_pem());
            world.renew_tls(bin, &world.national_ca, (-1, 100));
            world.renew_signing(bin, (-1, 100));
            let config = format!(
                "name = \"{bin}\"\nbin = \"{bin}\"\ndatabase = \"keeps.db\"\nnational_ca = \"national-ca.pem\"\n\
                 [signing]\ncertificate = \"signing.pem\"\nkey = \"signing.key\"\n\
                 [tls]\ncertificate = \"tls.pem\"\nkey = \"tls.key\"\n\
                 [crl]\nurl = \"file:list.crl\"\n[listen]\ndoor = \"127.0.0.1:{port}\"\n\
                 [[peer]]\nbin = \"{CLIENT}\"\nname = [\"a\", \"b\", \"c\"]\ngroups = [\"bank\"]\n"
            );
            world.write(bin, "config.toml", &config);
        }
        world
    }

    pub(crate) fn path(&self, bin: &str, file: &str) -> PathBuf {
        self.folder.path().join(bin).join(file)
    }

    /// Writes a participant's file as it is renewed: whole, under its name at once.
    pub(crate) fn write(&self, bin: &str, file: &str, content: impl AsRef<[u8]>) {
        let new = self.path(bin, &format!("{file}.new"));
        fs::write(&new, content).unwrap();
        fs::rename(&new, self.path(bin, file)).unwrap();
    }

    /// Lets a participant learn of revocation in another way than by its one file.
    pub(crate) fn learn_by(&self, bin: &str, crl: &str) {
        let text = fs::read_to_string(self.path(bin, "config.toml")).unwrap();
        self.write(bin, "config.toml", text.replace("url = \"file:list.crl\"", crl));
    }

    /// A participant as it comes out of its files.
    pub(crate) fn host(&self, bin: &str) -> Arc<Host> {
        let config = Config::read(&self.path(bin, "config.toml")).unwrap();
        Host::new(config, self.clock.clone(), Box::new(SystemEntropy)).unwrap()
    }

    /// The same, with a fresh revocation list in force.
    pub(crate) fn host_with_list(&self, bin: &str) -> Arc<Host> {
        let host = self.host(bin);
        host.trust.install_crl(&self.list(1, &[]), self.clock.now()).unwrap();
        host
    }

    pub(crate) fn list(&self, number: u64, revoked: &[Serial]) -> Vec<u8> {
        let since = self.clock.now();
        let entry = |serial: &Serial| RevokedEntry {
            serial: *serial,
            since,
            reason: RevocationReason::KeyCompromise,
        };
        let revoked: Vec<_> = revoked.iter().map(entry).collect();
        let contents = CrlContents {
            number,
            this_update: since,
            next_update: since.plus_seconds(DAY),
            revoked: &revoked,
        };
        self.national_ca.issue_crl(&contents).unwrap()
    }

    pub(crate) fn renew_tls(&self, bin: &str, ca: &Authority, days: (i64, i64)) -> Certificate {
        let profile =
            Profile::ParticipantTls { organisation: organisation(bin), host_names: vec!["127.0.0.1".into()] };
        self.renew(bin, "tls", ca, profile, days)
    }

    pub(crate) fn renew_signing(&self, bin: &str, days: (i64, i64)) -> Certificate {
        let profile = Profile::ParticipantSigning { organisation: organisation(bin) };
        self.renew(bin, "signing", &self.national_ca, profile, days)
    }

    fn renew(
        &self,
        bin: &str,
        file: &str,
        ca: &Authority,
        profile: Profile,
        (from, to): (i64, i64),
    ) -> Certificate {
        let now = self.clock.now();
        let request = Request {
            profile,
            suite: SuiteId::P256,
            not_before: now.plus_seconds(from * DAY),
            not_after: now.plus_seconds(to * DAY),
            crl_url: "https://127.0.0.1/crl".to_owned(),
        };
        let issued = ca.issue(&request).unwrap();
        self.write(bin, &format!("{file}.pem"), issued.certificate.to_pem());
        self.write(bin, &format!("{file}.key"), issued.key_pem.expose_secret());
        issued.certificate
    }
}

pub(crate) fn organisation(bin: &str) -> Organisation {
    Organisation { name: format!("Ұйым {bin}").parse().unwrap(), bin: bin.parse().unwrap() }
}

/// A port nobody has at the moment.
fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A participant's door, open until this is dropped.
pub(crate) struct Door {
    pub(crate) address: SocketAddr,
    _stop: Stop,
}

impl Door {
    pub(crate) async fn open(host: &Arc<Host>, client_auth: ClientAuth, router: Router) -> Self {
        let (stop, shutdown) = Shutdown::new();
        let (host, address) = (host.clone(), host.config.address("door").unwrap());
        tokio::spawn(async move { host.open_door("door", client_auth, router, &shutdown).await.unwrap() });
        let open = async {
            while !transport::is_listening(address).await {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(LONG, open).await.expect("the door opens");
        Self { address, _stop: stop }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("https://{}{path}", self.address)
    }
}

/// A connection on which a test says what it likes.
pub(crate) struct Raw(pub(crate) SecureStream);

impl Raw {
    pub(crate) async fn open(from: &Host, to: SocketAddr) -> Self {
        let limits = StreamLimits::default();
        let connected = transport::connect(to, "127.0.0.1", &from.identity, &from.roots, &limits);
        Self(connected.await.unwrap().0)
    }

    pub(crate) async fn say(&mut self, octets: impl AsRef<[u8]>) {
        self.0.write_all(octets.as_ref()).await.expect("no reset while the request is sent");
        self.0.flush().await.expect("no reset at its end");
    }

    /// The whole answer, up to the orderly end of the connection: head and body.
    pub(crate) async fn last_words(mut self) -> (String, Vec<u8>) {
        let mut heard = Vec::new();
        let read = timeout(LONG, self.0.read_to_end(&mut heard)).await.expect("an answer in time");
        read.unwrap_or_else(|error| panic!("{error} after {:?}", String::from_utf8_lossy(&heard)));
        let end = heard.windows(4).position(|four| four == b"\r\n\r\n").expect("an answer has a head") + 4;
        let body = heard.split_off(end);
        (String::from_utf8(heard).unwrap(), body)
    }
}
