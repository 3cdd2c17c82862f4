//! The payment gateway (ПШЭП): the product.
//!
//! It issues payment codes, receives banks' signed notices, keeps every payment with the signatures that prove it, hands
//! out receipts and lets the portal or a service centre spend each code exactly once. The life of a code is decided in
//! `payment`; signatures are settled in `envelope`, rights in `rights`; what is kept where, in `store`.
//!
//! The card page is a process of its own ([`card`]): card data enters nothing else.
//! Source: Instruction № 491, cl. 3–17 and annex tables 1–7.

pub mod anomalies;
pub mod authority;
pub mod books;
mod browser;
pub mod card;
mod confidential;
mod console;
mod contracts;
pub mod cx;
pub mod document_books;
pub mod evidence;
mod fault;
mod jobs;
pub mod links;
pub mod pages;
pub mod receipt;
pub mod reconciliation;
pub mod register_files;
pub mod registers;
pub mod registry;
pub mod reports;
pub mod search;
mod serve;
pub mod settings;
pub mod settlement;
pub mod show;
mod sources;
pub mod stamps;
pub mod uddi;
mod use_case;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use participant::config::KeyFiles;
use participant::{Caller, Host, Shutdown, outbox};
use store::{EmbeddedStore, HeadNotSigned, HeadSignature, HeadSigner, KeptEvidence, Keyring, Options};
use tokio::sync::Notify;
use transport::ClientAuth;

use crate::authority::AccessInForce;
use crate::confidential::{ConfidentialKeys, HostEntropy};
use crate::cx::Cx;
use crate::links::Links;
use crate::receipt::QrKey;
use crate::settings::{Catalogue, ReturnAddresses, Settings};

/// Disk space given up when the disk is full, so that facts already on their way still find room (A30).
const RESERVE_OCTETS: u64 = 16 * 1024 * 1024;

/// Signs the heads of the evidence chain with the gateway's own signing key.
struct ChainSigner(Arc<Host>);

impl HeadSigner for ChainSigner {
    fn sign(&self, head: &[u8]) -> Result<HeadSignature, HeadNotSigned> {
        let signer = self.0.signer();
        let signature = signer.sign(head).map_err(|error| HeadNotSigned(error.to_string()))?;
        Ok(HeadSignature { signature, key_id: signer.certificate().serial().to_string() })
    }
}

/// Opens what the gateway works with.
///
/// # Errors
/// Where a file is missing, the database cannot be opened, or the settings are wrong.
pub fn open(host: &Arc<Host>) -> Result<Arc<Cx>> {
    open_with(host, Options { reserve_octets: RESERVE_OCTETS, ..Options::default() })
}

/// The same for a tool beside the running gateway, which must not take disk space for a reserve that the gateway may
/// just have given up.
///
/// # Errors
/// As [`open`].
pub fn open_beside(host: &Arc<Host>) -> Result<Arc<Cx>> {
    open_with(host, Options::default())
}

fn open_with(host: &Arc<Host>, options: Options) -> Result<Arc<Cx>> {
    let settings: Settings = host.config.settings()?;
    let keys = ConfidentialKeys { host: host.clone(), folder: host.config.path(&settings.confidential_keys) };
    let store = EmbeddedStore::open(
        &database(host)?,
        Box::new(ChainSigner(host.clone())),
        Keyring::new(Box::new(keys), Box::new(HostEntropy(host.clone()))),
        host.clock(),
        options,
    )
    .context("opening the gateway's database")?;
    host.keeps_in(store.database());
    Ok(Arc::new(Cx {
        catalogue: Arc::new(Catalogue::of(&settings)?),
        returns: Arc::new(ReturnAddresses::of(&settings)?),
        qr_key: Arc::new(QrKey::load(KeyFiles {
            certificate: host.config.path(&settings.qr_key.certificate),
            key: host.config.path(&settings.qr_key.key),
        })?),
        links: Arc::new(Links::new(&host.config.path(&settings.link_secret), &settings.pages_url)?),
        caller: Caller::closing(host.clone())?,
        bell: Arc::new(Notify::new()),
        access: AccessInForce::default(),
        settings: Arc::new(settings),
        store,
        host: host.clone(),
    }))
}

/// Opens the officers' door, where the configuration has one: a gateway may be without officers.
async fn open_consoles(host: &Arc<Host>, consoles: axum::Router, shutdown: &Shutdown) -> Result<()> {
    if !host.config.listen.contains_key("consoles") {
        shutdown.wait().await;
        return Ok(());
    }
    host.open_door_within("consoles", ClientAuth::Required, consoles, console::limits(), shutdown).await
}

/// Opens what proves the rest, which takes none of the keys that open confidential data.
///
/// # Errors
/// Where the database cannot be opened.
pub fn open_evidence(host: &Host) -> Result<KeptEvidence> {
    KeptEvidence::open(&database(host)?).context("opening the gateway's database")
}

fn database(host: &Host) -> Result<PathBuf> {
    let database = host.config.database.as_ref().context("the gateway needs a `database`")?;
    Ok(host.config.path(database))
}

/// Brings the database up to date without serving.
///
/// # Errors
/// Where the database cannot be opened.
pub fn migrate(database: &Path) -> Result<()> {
    Ok(EmbeddedStore::migrate(database)?)
}

/// Runs the gateway until it is told to stop.
///
/// # Errors
/// Where it cannot start.
pub async fn serve(host: Arc<Host>, shutdown: Shutdown) -> Result<()> {
    let cx = open(&host)?;
    authority::begin(&cx).await.context("beginning with the access in force")?;
    registry::keep(&cx).await.context("keeping the registry")?;
    books::catch_up(&cx).await.context("making the postings of earlier payments")?;
    contracts::keep(&cx).await.context("keeping the contracts")?;
    let told = use_case::matter::tell_earlier(&cx).await;
    told.map_err(|fault| anyhow::anyhow!("telling banks of earlier refunds: {fault}"))?;
    registry::keep_own_certificate(&cx).await.context("keeping the signing certificate")?;
    sources::begin(&cx).await;
    let messages = serve::messages(cx.clone());
    let pages = pages::router(cx.clone());
    let consoles = console::router(cx.clone());
    let outbox =
        outbox::work(serve::GatewayOutbox(cx.clone()), cx.caller.clone(), host.clock(), cx.bell.clone());
    tokio::select! {
        served = async {
            tokio::try_join!(
                host.open_door("messages", ClientAuth::Required, messages, &shutdown),
                host.open_door("pages", ClientAuth::None, pages, &shutdown),
                open_consoles(&host, consoles, &shutdown),
            )
        } => served.map(drop),
        () = host.clone().keep_trust_fresh() => Ok(()),
        () = outbox => Ok(()),
        () = jobs::run(cx) => Ok(()),
    }
}
