//! The service bus (ШЭП): takes an order of a service from the portal, has the agency's system render it, and
//! brings the document back (T6.15–16).
//!
//! An order is known by its application number, for ever. What became of it goes to the portal from the outbox
//! until the portal has acknowledged it. Signatures, rights and sockets are `participant`'s; what an agency's
//! system does is in [`agency`].

pub mod agency;
mod service;
mod settings;
mod store;
mod work;

use std::future::{Future, pending};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use participant::{Caller, Host, Shutdown, endpoint, outbox};
use terms::{ApplicationNumber, ServiceCode};
use tokio::sync::Notify;
use transport::ClientAuth;

pub use crate::settings::{RenderedService, Settings};
pub use crate::store::{Ended, Order};

use agency::{Mode, Offer};
use service::{Delays, ServiceBus};
use work::Agencies;

/// Serves the bus until `shutdown` is ready.
///
/// # Errors
/// Where the configuration, the database or the address is not usable.
pub async fn serve(host: Arc<Host>, shutdown: impl Future<Output = ()>) -> Result<()> {
    let settings: Settings = host.config.settings()?;
    let path = host.config.database.as_ref().context("the service bus needs a `database`")?;
    let database = store::open(&host.config.path(path))?;
    host.keeps_in(&database);
    let offers = settings.offers()?;
    let modes: Vec<_> = offers.iter().map(|(offer, mode)| (offer.service.clone(), *mode)).collect();
    database.write(move |tx| store::begin_modes(tx, &modes)).await?;

    let (bell, outgoing) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let agencies = Agencies {
        host: host.clone(),
        database: database.clone(),
        portal: settings.portal()?,
        offers: offers.into_iter().map(|(offer, _)| offer).collect::<Arc<[Offer]>>(),
        bell: bell.clone(),
        outbox: outgoing.clone(),
    };
    let service = ServiceBus {
        host: host.clone(),
        database: database.clone(),
        delays: Delays { normal_ms: settings.delay_ms, late_ms: settings.late_ms },
        bell,
    };
    let router = endpoint::router(host.clone(), service).merge(endpoint::schemas());
    let caller = Caller::closing(host.clone())?;
    let (stop, stopping) = Shutdown::new();
    let jobs = [
        tokio::spawn(agencies.work()),
        tokio::spawn(outbox::work(database, caller, host.clock(), outgoing)),
        tokio::spawn(host.clone().keep_trust_fresh()),
    ];
    let told = async {
        shutdown.await;
        stop.stop();
        pending::<()>().await;
    };
    let served = tokio::select! {
        served = host.open_door("messages", ClientAuth::Required, router, &stopping) => served,
        () = told => Ok(()),
    };
    jobs.iter().for_each(tokio::task::JoinHandle::abort);
    served
}

/// Brings the schema of a database up to date.
///
/// # Errors
/// Where the database cannot be opened or its schema does not fit.
pub fn migrate(database: &Path) -> Result<()> {
    store::open(database)?;
    Ok(())
}

/// Opens a database that must be there: to look is not to make one.
fn open_existing(database: &Path) -> Result<::store::Database> {
    ensure!(database.exists(), "there is no database at {}", database.display());
    Ok(store::open(database)?)
}

/// What one order said and how it ended, for `tolem bus show`; none where no such order was taken (T6.15).
///
/// # Errors
/// Where the database cannot be opened or read.
pub async fn order_report(
    database: &Path,
    application: ApplicationNumber,
) -> Result<Option<(Order, Option<Ended>)>> {
    let database = open_existing(database)?;
    let report = database.read(move |connection| {
        let Some(order) = store::find(connection, &application)? else { return Ok(None) };
        let ended = store::ended(connection, &application)?;
        Ok::<_, ::store::StoreError>(Some((order, ended)))
    });
    Ok(report.await?)
}

/// The service is rendered by no agency's system.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no agency's system renders {service}; these are rendered: {}", list(known))]
pub struct NobodyRenders {
    /// What was named.
    pub service: ServiceCode,
    /// What there is.
    pub known: Vec<ServiceCode>,
}

fn list(known: &[ServiceCode]) -> String {
    known.iter().map(ServiceCode::as_str).collect::<Vec<_>>().join(", ")
}

/// Sets how the agency's system that renders a service behaves from now on, for `tolem agency`. Orders
/// already taken keep their time; whether they fail is decided by the mode when they come up.
///
/// # Errors
/// [`NobodyRenders`]; or where the database cannot be opened or written.
pub async fn set_agency(database: &Path, service: ServiceCode, mode: Mode) -> Result<()> {
    let database = open_existing(database)?;
    let asked = service.clone();
    let known = database
        .write(move |tx| {
            let known = store::rendered(tx)?;
            if known.contains(&service) {
                store::set_mode(tx, &service, mode)?;
            }
            Ok::<_, ::store::StoreError>(known)
        })
        .await?;
    if known.contains(&asked) { Ok(()) } else { Err(NobodyRenders { service: asked, known }.into()) }
}
