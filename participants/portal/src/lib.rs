//! The portal (ПЭП): where people and organisations choose, pay for, order and receive services; the desk of the
//! service centres; the public access point.
//!
//! Payment codes live at the gateway; the portal asks, and keeps what it was told. Money and cards never pass here.
//! - `order`: the life of an order, pure;
//! - `use_case`: what users, operators and neighbours do;
//! - `pages`: what people see, on two listeners (with and without a client certificate);
//! - `messages`: what the gateway and the service bus tell;
//! - `store`: the only place that knows SQL.
//!
//! Source: Instruction № 491, tables 1, 2, 6 and 7.

mod application;
mod catalogue;
mod gateway;
mod messages;
pub mod order;
mod pages;
mod password;
mod portal;
mod settings;
mod store;
mod use_case;
mod visit;

use std::future::{Future, pending};
use std::path::Path;
use std::sync::Arc;

use ::pages::CsrfKey;
use ::store::Database;
use anyhow::{Context, Result};
use participant::{Caller, Host, Shutdown, endpoint, outbox};
use tokio::sync::{Notify, Semaphore};
use transport::ClientAuth;

pub use crate::settings::{OperatorEntry, OrganisationEntry, PersonEntry, Settings};
pub use crate::store::desk::DeskReading;

use crate::catalogue::Catalogue;
use crate::messages::Messages;
use crate::portal::{HASHED_AT_ONCE, Portal};
use crate::store::user::{self, Person};
use crate::use_case::resume;
use crate::visit::Door;

/// Serves the portal's messages and its pages on both doors until `shutdown` is ready.
///
/// # Errors
/// Where the configuration, the database or an address is not usable.
pub async fn serve(host: Arc<Host>, shutdown: impl Future<Output = ()>) -> Result<()> {
    let portal = open(host.clone()).await?;
    let (stop, stopping) = Shutdown::new();
    let jobs = [
        tokio::spawn(outbox::work(
            portal.database.clone(),
            portal.caller.clone(),
            host.clock(),
            portal.bell.clone(),
        )),
        tokio::spawn(catalogue::keep_fresh(portal.clone())),
        tokio::spawn(resume::work(portal.clone())),
        tokio::spawn(host.clone().keep_trust_fresh()),
    ];
    let messages = endpoint::router(host.clone(), Messages(portal.clone())).merge(endpoint::schemas());
    let open_pages = pages::router(portal.clone(), Door::Open);
    let certificate_pages = pages::router(portal.clone(), Door::Certificate);
    let doors = async {
        tokio::try_join!(
            host.open_door("messages", ClientAuth::Required, messages, &stopping),
            host.open_door("pages", ClientAuth::None, open_pages, &stopping),
            host.open_door("certificate_pages", ClientAuth::Required, certificate_pages, &stopping),
        )
    };
    let told = async {
        shutdown.await;
        stop.stop();
        pending::<()>().await;
    };
    let served = tokio::select! {
        served = doors => served.map(|_| ()),
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

/// Opens the database, registers the first users, and makes everything the pages need.
async fn open(host: Arc<Host>) -> Result<Arc<Portal>> {
    let settings: Settings = host.config.settings()?;
    settings.check_origins()?;
    let path = host.config.database.as_ref().context("the portal needs a `database`")?;
    let database = store::open(&host.config.path(path))?;
    host.keeps_in(&database);
    let chance = || {
        let mut octets = [0; 32];
        host.draw(|entropy| entropy.fill(&mut octets));
        octets
    };
    let nobodys_hash = password::hash(&hex::encode(chance()), salt(&host))
        .map_err(|error| anyhow::anyhow!("hashing nobody's password: {error}"))?;
    register_first_users(&host, &settings, &database).await?;
    let fresh = chance();
    let csrf = database.write(move |tx| user::secret(tx, "form tokens", &fresh)).await?;
    let portal = Portal {
        neighbours: settings.neighbours()?,
        caller: Caller::closing(host.clone())?,
        csrf: CsrfKey::new(&csrf),
        catalogue: Catalogue::default(),
        hashing: Semaphore::new(HASHED_AT_ONCE),
        bell: Arc::new(Notify::new()),
        nobodys_hash,
        database,
        settings,
        host,
    };
    Ok(Arc::new(portal))
}

fn salt(host: &Host) -> [u8; 16] {
    let mut octets = [0; 16];
    host.draw(|entropy| entropy.fill(&mut octets));
    octets
}

async fn register_first_users(host: &Host, settings: &Settings, database: &Database) -> Result<()> {
    let now = host.now();
    for entry in &settings.person {
        let (iin, name) = entry.checked()?;
        let known = database.read(move |connection| user::find_person(connection, iin)).await?;
        let has_password = known.is_some_and(|person| person.password_hash.is_some());
        let password_hash = match entry.password.as_deref().filter(|_| !has_password) {
            None => None,
            Some(password) => Some(
                password::hash(password, salt(host))
                    .map_err(|error| anyhow::anyhow!("hashing a first password: {error}"))?,
            ),
        };
        let person = Person { iin, name, password_hash };
        database.write(move |tx| user::register_person(tx, &person, now)).await?;
    }
    for entry in &settings.organisation {
        let (bin, name) = entry.checked()?;
        database.write(move |tx| user::register_organisation(tx, bin, &name, now)).await?;
    }
    for entry in &settings.operator {
        let operator = entry.checked()?;
        database.write(move |tx| user::keep_operator(tx, &operator)).await?;
    }
    Ok(())
}

/// Who looked at whose data at the desk, when and why, the newest first: what an auditor reads.
///
/// # Errors
/// Where the database cannot be opened or read.
pub async fn desk_readings(database: &Path) -> Result<Vec<DeskReading>> {
    let database = store::open(database)?;
    Ok(database.read(crate::store::desk::readings).await?)
}
