//! The tax registry (ИНИС): is this individual identification number valid, and whose is it (T5.3–9).
//!
//! Keeps its own register of persons and answers one question. Whether the asker may also learn the name is
//! decided by its groups (`ReadName`); each name given out is on record. Signatures, rights and sockets are
//! `participant`'s.

mod service;
mod settings;
mod store;

use std::future::{Future, pending};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use participant::{Host, Shutdown, endpoint};
use transport::ClientAuth;

pub use crate::settings::{Person, Settings};
pub use crate::store::{NameRead, Register};

use crate::service::TaxRegistry;

/// Serves the registry's messages until `shutdown` is ready.
///
/// # Errors
/// Where the configuration, the database or the address is not usable.
pub async fn serve(host: Arc<Host>, shutdown: impl Future<Output = ()>) -> Result<()> {
    let settings: Settings = host.config.settings()?;
    let path = host.config.database.as_ref().context("the tax registry needs a `database`")?;
    let register = Register::open(&host.config.path(path))?;
    host.keeps_in(register.database());
    register.enter(settings.persons()?).await?;
    let service = TaxRegistry { host: host.clone(), register };
    let router = endpoint::router(host.clone(), service).merge(endpoint::schemas());
    let (stop, stopping) = Shutdown::new();
    let trust = tokio::spawn(host.clone().keep_trust_fresh());
    let told = async {
        shutdown.await;
        stop.stop();
        pending::<()>().await;
    };
    let served = tokio::select! {
        served = host.open_door("messages", ClientAuth::Required, router, &stopping) => served,
        () = told => Ok(()),
    };
    trust.abort();
    served
}

/// Brings the schema of a database up to date.
///
/// # Errors
/// Where the database cannot be opened or its schema does not fit.
pub fn migrate(database: &Path) -> Result<()> {
    Register::open(database)?;
    Ok(())
}
