//! `/livez`, `/readyz`, `/metrics`: what a machine asks about a process.
//!
//! Ready means that a message that comes now can be verified, kept and answered: the revocation list is fresh, our own
//! certificates are in force, the store takes writes, and the disk has room. It depends on no other participant being
//! up. Whether a process lives and is ready is told to everybody; why it is not, and the metrics, only to those who
//! watch over it: callers on this machine, and certificates of this organisation or of a `monitor` of the configuration.

use std::net::IpAddr;
use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::StatusCode;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use pki::{Certificate, Purpose, TrustError};
use store::{Database, StoreError};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};
use transport::Peer;

use crate::host::Host;

/// For so long an examination is good: asking in a hurry does not make the store work.
const GOOD_FOR: Duration = Duration::from_secs(1);
/// How long the store's writer may take to get round to us.
const STORE_ANSWERS_WITHIN: Duration = Duration::from_secs(2);
/// With less room on the disk of the database, a process is not ready: there must be time to make room.
pub const DISK_FLOOR_OCTETS: u64 = 64 * 1024 * 1024;

static RECORDER: LazyLock<PrometheusHandle> = LazyLock::new(|| {
    PrometheusBuilder::new().install_recorder().expect("the first and only recorder of the process")
});

/// Starts counting. Called once before anything is counted; later calls do nothing.
pub fn start() {
    LazyLock::force(&RECORDER);
    metrics::gauge!("tolem_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
}

struct Health {
    host: Arc<Host>,
    /// The last examination. Held while the next one goes on, so that there is one at a time.
    last: Mutex<Option<(Instant, Arc<[Finding]>)>>,
}

/// What one look at the process found.
struct Finding {
    what: &'static str,
    /// Why it is not as it should be.
    fault: Option<String>,
}

/// The three pages.
pub fn router(host: Arc<Host>) -> Router {
    let health = Arc::new(Health { host, last: Mutex::default() });
    Router::new()
        .route("/livez", get(|| async { "ok\n" }))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics_page))
        .with_state(health)
}

async fn readyz(State(health): State<Arc<Health>>, peer: Peer) -> Response {
    let findings = health.examine().await;
    let is_ready = findings.iter().all(|finding| finding.fault.is_none());
    let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let text = if health.host.is_watched_by(&peer).await {
        findings.iter().map(Finding::line).collect()
    } else {
        (if is_ready { "ready\n" } else { "not ready\n" }).to_owned()
    };
    (status, text).into_response()
}

async fn metrics_page(State(health): State<Arc<Health>>, peer: Peer) -> Response {
    if health.host.is_watched_by(&peer).await {
        RECORDER.render().into_response()
    } else {
        (StatusCode::FORBIDDEN, "for those who watch over this process\n").into_response()
    }
}

impl Finding {
    fn new(what: &'static str, outcome: Result<(), String>) -> Self {
        Self { what, fault: outcome.err() }
    }

    fn line(&self) -> String {
        match &self.fault {
            None => format!("[+]{}\n", self.what),
            Some(fault) => format!("[-]{}: {fault}\n", self.what),
        }
    }
}

impl Health {
    async fn examine(&self) -> Arc<[Finding]> {
        let mut last = self.last.lock().await;
        if let Some((_, findings)) = last.as_ref().filter(|(at, _)| at.elapsed() < GOOD_FOR) {
            return findings.clone();
        }
        let findings: Arc<[Finding]> = self.host.findings().await.into();
        *last = Some((Instant::now(), findings.clone()));
        findings
    }
}

impl Host {
    /// Whether the other end may see what goes on inside.
    async fn is_watched_by(&self, peer: &Peer) -> bool {
        if is_on_this_machine(peer.address.ip()) {
            return true;
        }
        match &peer.certificate {
            Some(certificate) => self.is_monitor(certificate).await,
            None => false,
        }
    }

    async fn is_monitor(&self, certificate: &Certificate) -> bool {
        let owner = certificate.subject().organisation.as_ref().and_then(|bin| bin.checked().ok());
        owner.is_some_and(|bin| self.monitors.contains(&bin))
            && self.check_by_all_sources(certificate, Purpose::TlsClient, self.now()).await.is_ok()
    }

    async fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        if self.config.crl.is_some() {
            findings.push(Finding::new("revocation list", self.list_is_fresh()));
        }
        let tls = self.identity.certificate().map_err(|error| error.to_string());
        let tls = tls.and_then(|certificate| self.is_in_force(&certificate, Purpose::TlsServer));
        findings.push(Finding::new("TLS certificate", tls));
        if let Some(certificate) = self.signing_certificate() {
            let signing = self.is_in_force(&certificate, Purpose::MessageSigning);
            findings.push(Finding::new("signing certificate", signing));
        }
        if let Some(answers) = self.signing_key_answers() {
            findings.push(Finding::new("signing key", answers));
        }
        if let Some(database) = &self.config.database {
            findings.push(Finding::new("store", takes_writes(self.store()).await));
            let room = has_room(&self.config.path(database), DISK_FLOOR_OCTETS);
            findings.push(Finding::new("disk", room));
        }
        findings
    }

    /// Whether the disk of the database has so much room left. Without a database there is nothing to run out.
    pub fn has_room(&self, octets: u64) -> bool {
        self.config.database.as_ref().is_none_or(|path| has_room(&self.config.path(path), octets).is_ok())
    }

    /// Without the grace: a process that lives by it wants to be looked after.
    fn list_is_fresh(&self) -> Result<(), String> {
        match self.trust.crl() {
            Some(crl) if crl.next_update > self.now() => Ok(()),
            Some(crl) => Err(format!("stale since {}", crl.next_update)),
            None => Err("none yet".to_owned()),
        }
    }

    fn is_in_force(&self, certificate: &Certificate, purpose: Purpose) -> Result<(), String> {
        match self.trust.check(certificate, purpose, self.now()) {
            // The list is a finding of its own.
            Ok(_) | Err(TrustError::CrlMissing | TrustError::CrlStale { .. } | TrustError::OcspMissing) => {
                Ok(())
            }
            Err(error) => Err(error.to_string()),
        }
    }
}

fn is_on_this_machine(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

/// What a write comes to that has nothing to keep.
enum Tried {
    /// The writer got round to it, inside a transaction that could be begun.
    NothingToKeep,
    Failed(StoreError),
}

impl From<StoreError> for Tried {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

/// Whether the writer lives and can begin a transaction. Nothing is written: anybody may ask, and a flush of the disk
/// for each question would be theirs to give.
async fn takes_writes(store: Option<&Database>) -> Result<(), String> {
    let store = store.ok_or_else(|| "not open".to_owned())?;
    let tried = store.write(|_| Err::<(), _>(Tried::NothingToKeep));
    match timeout(STORE_ANSWERS_WITHIN, tried).await {
        Ok(Ok(()) | Err(Tried::NothingToKeep)) => Ok(()),
        Ok(Err(Tried::Failed(error))) => Err(error.to_string()),
        Err(_) => Err("the writer does not answer".to_owned()),
    }
}

/// Whether the disk on which a file lies has so much room left for us.
fn has_room(database: &Path, floor_octets: u64) -> Result<(), String> {
    let folder = database.parent().filter(|folder| !folder.as_os_str().is_empty());
    let disk = rustix::fs::statvfs(folder.unwrap_or(Path::new("."))).map_err(|error| error.to_string())?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    if free >= floor_octets { Ok(()) } else { Err(format!("{free} octets left of at least {floor_octets}")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_this_machine_in_each_of_its_forms() {
        for here in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
            assert!(is_on_this_machine(here.parse().unwrap()), "{here}");
        }
        for there in ["10.0.0.1", "0.0.0.0", "::", "::ffff:10.0.0.1", "fe80::1"] {
            assert!(!is_on_this_machine(there.parse().unwrap()), "{there}");
        }
    }

    /// Defends: A30
    #[test]
    fn a_disk_below_the_floor_is_found() {
        let here = Path::new("a.db");
        assert_eq!(has_room(here, 1), Ok(()));
        assert!(has_room(here, u64::MAX).is_err());
        assert!(has_room(Path::new("/nowhere/a.db"), 1).is_err());
    }

    #[tokio::test]
    async fn a_store_that_is_not_open_is_found() {
        assert!(takes_writes(None).await.is_err());
    }
}
