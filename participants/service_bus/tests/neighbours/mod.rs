//! A few neighbours under one CA: hosts that listen and hosts that only call. Shared by the tests of the service bus
//! and of the tax registry.

use std::fmt::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use participant::{CallFailure, Caller, Config, Host, SystemClock, SystemEntropy};
use pki::SuiteId;
use pki::issue::{Authority, CrlContents, Organisation, Profile, Request};
use terms::Moment;

const DAY: i64 = 24 * 3600;

/// One neighbour: its name, its number, its groups at the others, the service it answers to.
#[derive(Clone, Copy)]
pub(crate) struct Who {
    pub(crate) name: &'static str,
    pub(crate) bin: &'static str,
    pub(crate) groups: &'static [&'static str],
    pub(crate) service: Option<&'static str>,
    pub(crate) settings: &'static str,
}

pub(crate) struct Neighbours {
    authority: Authority,
    folder: PathBuf,
    known: Vec<(Who, SocketAddr)>,
}

impl Drop for Neighbours {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Neighbours {
    pub(crate) fn meet(all: &[Who]) -> Self {
        static MET: AtomicU32 = AtomicU32::new(0);
        let name = format!("neighbours-{}-{}", std::process::id(), MET.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        let now = Moment::from_system_clock();
        let (from, to) = (now.plus_seconds(-DAY), now.plus_seconds(DAY));
        let root = Authority::create_root(&"National CA".parse().unwrap(), SuiteId::P256, from, to).unwrap();
        std::fs::write(folder.join("ca.pem"), root.certificate.to_pem()).unwrap();
        let authority = Authority::load(root.key_pem.expose_secret(), &root.certificate.to_pem()).unwrap();
        let free = |_: &Who| free_address();
        let known = all.iter().map(|who| (*who, free(who))).collect();
        Self { authority, folder, known }
    }

    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.folder.join(file)
    }

    /// The host of a neighbour, with its keys and a fresh revocation list.
    pub(crate) fn host(&self, name: &str) -> Arc<Host> {
        let (who, address) = self.known.iter().find(|(who, _)| who.name == name).unwrap();
        let now = Moment::from_system_clock();
        let organisation = Organisation { name: name.parse().unwrap(), bin: who.bin.parse().unwrap() };
        let signing = Profile::ParticipantSigning { organisation: organisation.clone() };
        let tls = Profile::ParticipantTls { organisation, host_names: Vec::new() };
        for (kind, profile) in [("signing", signing), ("tls", tls)] {
            let request = Request {
                profile,
                suite: SuiteId::P256,
                not_before: now.plus_seconds(-60),
                not_after: now.plus_seconds(3600),
                crl_url: "https://localhost/crl".to_owned(),
            };
            let issued = self.authority.issue(&request).unwrap();
            std::fs::write(self.path(&format!("{name}-{kind}.pem")), issued.certificate.to_pem()).unwrap();
            std::fs::write(self.path(&format!("{name}-{kind}.key")), issued.key_pem.expose_secret()).unwrap();
        }
        let mut text = format!(
            "name = \"{name}\"\nbin = \"{}\"\ndatabase = \"{name}.db\"\nnational_ca = \"ca.pem\"\n\
             [signing]\ncertificate = \"{name}-signing.pem\"\nkey = \"{name}-signing.key\"\n\
             [tls]\ncertificate = \"{name}-tls.pem\"\nkey = \"{name}-tls.key\"\n[listen]\nmessages = \"{address}\"\n",
            who.bin
        );
        for (peer, address) in &self.known {
            let _ = write!(
                text,
                "[[peer]]\nbin = \"{}\"\nname = [\"{name}\", \"{name}\", \"{name}\"]\ngroups = {:?}\n",
                peer.bin, peer.groups
            );
            if let Some(service) = peer.service {
                let _ = writeln!(text, "messages = \"https://{address}/ws/v1/{service}\"");
            }
        }
        text.push_str(who.settings);
        let path = self.path(&format!("{name}.toml"));
        std::fs::write(&path, text).unwrap();
        let host =
            Host::new(Config::read(&path).unwrap(), Arc::new(SystemClock), Box::new(SystemEntropy)).unwrap();
        let contents = CrlContents {
            number: 1,
            this_update: now.plus_seconds(-1),
            next_update: now.plus_seconds(3600),
            revoked: &[],
        };
        host.trust.install_crl(&self.authority.issue_crl(&contents).unwrap(), now).unwrap();
        host
    }
}

/// Asks until the neighbour listens; the answer, or the code of its fault.
pub(crate) async fn ask<R: wire::Request>(
    from: &Arc<Host>,
    to: &str,
    request: &R,
) -> Result<R::Response, String>
where
    R::Response: Clone,
{
    let caller = Caller::closing(from.clone()).unwrap();
    for _ in 0..200 {
        match caller.call(to.parse().unwrap(), request).await {
            Ok(answer) => return Ok(answer.get().clone()),
            Err(CallFailure::Refused(fault)) => return Err(fault.code.to_string()),
            Err(CallFailure::NotSent(_)) => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
            Err(error) => panic!("{error}"),
        }
    }
    panic!("{to} does not listen")
}

/// A free port below those that the system gives to outgoing connections, and apart from other test processes, so that
/// nobody takes it between this look and the server's bind.
fn free_address() -> SocketAddr {
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
