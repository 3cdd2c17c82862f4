//! The bank as a process: its four ports, its outbox, and what it tidies up at the start.

use std::future::Future;
use std::sync::Arc;

use ::store::Database;
use anyhow::{Context, Result};
use participant::{Caller, Host, Shutdown, endpoint, outbox};
use terms::PartyNumber;
use tokio::task::JoinSet;
use transport::{ClientAuth, Listener, StreamLimits, TlsStreamListener};

use crate::card_key::CardKey;
use crate::cx::Cx;
use crate::internet_bank;
use crate::processing;
use crate::service::BankService;
use crate::settings::{BankSettings, Seed, SeedAccess};
use crate::settlement;
use crate::store::{self as tables, KeptAccess};
use crate::terminal;
use crate::use_case::resume::end_what_was_left_open;

/// Serves a bank until `shutdown` is ready: `messages`, `iso8583`, `terminals` and `pages`.
///
/// # Errors
/// Where the configuration, the database or an address is not usable.
pub async fn serve(host: Arc<Host>, shutdown: impl Future<Output = ()>) -> Result<()> {
    let settings: BankSettings = host.config.settings()?;
    let database = open_database(&host)?;
    host.keeps_in(&database);
    let (stop, stopping) = Shutdown::new();
    let card_key = CardKey::new(&settings.card_key()?);
    seed(&host, &database, &settings.seed()?, &card_key).await?;
    let bank = settings.bank(&host.config)?;
    let (gateway, operator) = (bank.gateway, bank.operator.clone());
    database.write(move |tx| tables::open_operator_account(tx, gateway, &operator)).await?;
    let cx = Cx::new(host.clone(), bank, database.clone(), card_key, stopping.clone())?;
    let ended = end_what_was_left_open(&cx).await?;
    if ended > 0 {
        tracing::info!(event = "left-open-ended", operations = ended);
    }

    let lines = iso_listener(&host).await?;
    let mut jobs = JoinSet::new();
    jobs.spawn(host.clone().keep_trust_fresh());
    jobs.spawn(outbox::work(database, Caller::closing(host.clone())?, host.clock(), cx.bell().clone()));
    jobs.spawn(settlement::work(cx.clone()));
    jobs.spawn(processing::serve(cx.clone(), lines, stopping.clone()));

    let messages = endpoint::router(host.clone(), BankService(cx.clone())).merge(endpoint::schemas());
    let terminals = terminal::server::router(cx.clone());
    let pages = internet_bank::router(cx);
    let until_told = async {
        shutdown.await;
        stop.stop();
        Ok(())
    };
    tokio::try_join!(
        host.open_door("messages", ClientAuth::Required, messages, &stopping),
        host.open_door("terminals", ClientAuth::Required, terminals, &stopping),
        host.open_door("pages", ClientAuth::None, pages, &stopping),
        until_told,
    )?;
    jobs.shutdown().await;
    Ok(())
}

fn open_database(host: &Host) -> Result<Database> {
    let path = host.config.database.as_ref().context("a bank needs a `database`")?;
    let path = host.config.path(path);
    tables::open(&path).with_context(|| format!("opening {}", path.display()))
}

/// Takes clients, accounts and cards over from the settings, at the first start only.
async fn seed(host: &Host, database: &Database, seed: &Seed, key: &CardKey) -> Result<()> {
    let is_seeded = database.read(tables::is_seeded).await?;
    if is_seeded {
        return Ok(());
    }
    let mut kept = Vec::new();
    for client in &seed.clients {
        let access = client.access.as_ref();
        kept.push(access.map(|access| kept_access(host, client.number, access, key)).transpose()?);
    }
    let (seed, key, now) = (seed.clone(), key.clone(), host.now());
    database.write(move |tx| tables::seed(tx, &seed, &kept, &key, now)).await?;
    Ok(())
}

fn kept_access(host: &Host, number: PartyNumber, access: &SeedAccess, key: &CardKey) -> Result<KeptAccess> {
    let (mut salt, mut nonce) = ([0; 16], [0; 12]);
    host.draw(|entropy| entropy.fill(&mut salt));
    host.draw(|entropy| entropy.fill(&mut nonce));
    let hash = internet_bank::hash_password(&access.password, &salt)?;
    Ok((hash, access.secret.seal(key, number, nonce)))
}

async fn iso_listener(host: &Host) -> Result<TlsStreamListener> {
    let listener = Listener::bind(host.config.address("iso8583")?).await.context("binding `iso8583`")?;
    let (identity, roots) = (host.identity.clone(), host.roots.clone());
    Ok(TlsStreamListener::start(listener, identity, roots, StreamLimits::default())?)
}
