//! What the bank's machines have in common: one screen, forms that name their step, services with prices, the
//! recipient's number, a printer.
//!
//! `pages` is the HTML, `store` whether there is paper. What an ATM or a kiosk does with it is theirs.

pub(crate) mod pages;
pub(crate) mod store;

use std::future::Future;
use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use axum::Router;
use participant::{Host, Shutdown};
use serde::{Deserialize, Serialize};
use terms::{Iin, NumberError, Tiyn};
use tokio::task::JoinSet;
use transport::ClientAuth;

use crate::terminal::client::Processing;
use crate::terminal::messages::Priced;

/// Without a touch for so long the first screen is shown again.
pub(crate) const IDLE_SECONDS: i64 = 60;

pub use self::store::Paper;

/// Says whether the printer of an ATM or a kiosk has paper, for `tolem atm paper`; `database` is the machine's.
///
/// # Errors
/// Where the database is not a machine's, or cannot be written.
pub fn set_paper(database: &Path, paper: Paper) -> Result<()> {
    store::set_paper(database, paper)
}

/// Serves the one screen of a machine until `shutdown` is ready.
pub(crate) async fn serve_screen(
    host: Arc<Host>,
    screen: Router,
    shutdown: impl Future<Output = ()>,
) -> Result<()> {
    let (stop, stopping) = Shutdown::new();
    let mut jobs = JoinSet::new();
    jobs.spawn(host.clone().keep_trust_fresh());
    let until_told = async {
        shutdown.await;
        stop.stop();
        Ok(())
    };
    tokio::try_join!(host.open_door("pages", ClientAuth::None, screen, &stopping), until_told)?;
    jobs.shutdown().await;
    Ok(())
}

/// A fresh token for the forms of a screen: Back, Refresh and a double touch send an old one and do nothing.
pub(crate) fn step(host: &Host) -> String {
    let mut octets = [0; 16];
    host.draw(|entropy| entropy.fill(&mut octets));
    hex::encode(octets)
}

/// A touch that says nothing but which screen it belongs to.
#[derive(Deserialize)]
pub(crate) struct Touch {
    pub(crate) step: String,
}

/// The choice of a language.
#[derive(Deserialize)]
pub(crate) struct LanguageTouch {
    pub(crate) step: String,
    pub(crate) language: String,
}

/// The choice of a service.
#[derive(Deserialize)]
pub(crate) struct ServiceTouch {
    pub(crate) step: String,
    #[serde(default)]
    pub(crate) service: String,
}

/// A recipient's number.
#[derive(Deserialize)]
pub(crate) struct RecipientTouch {
    pub(crate) step: String,
    /// At an ATM `own`, or whatever else for a typed number.
    #[serde(default)]
    pub(crate) recipient: String,
    #[serde(default)]
    pub(crate) iin: String,
}

/// Price and commission, as the machine was told them.
pub(crate) fn amounts(service: &Priced) -> (Tiyn, Tiyn) {
    let amount = |text: &str| text.parse().unwrap_or(Tiyn::ZERO);
    (amount(&service.price), amount(&service.commission))
}

/// What is wrong with a typed IIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum WrongIin {
    /// Not twelve digits but so many.
    Count(usize),
    /// The check digit.
    Check,
    /// Nobody has it.
    Nobody,
    /// The registry cannot be asked now.
    NotChecked,
}

/// A recipient's number that the registry knows, and the person's initials: enough to notice a slip (T4.3,
/// T5.3–9).
///
/// # Errors
/// What is wrong with the number; it is asked for again.
pub(crate) async fn checked_recipient(
    processing: &Processing,
    typed: &str,
) -> Result<(Iin, Option<String>), WrongIin> {
    let iin = typed.parse::<Iin>().map_err(|error| match error {
        NumberError::Length(count) => WrongIin::Count(count),
        NumberError::NotDigits | NumberError::Check | NumberError::Kind => WrongIin::Check,
    })?;
    match processing.recipient(iin.to_string()).await {
        Ok(answer) if answer.valid => Ok((iin, answer.initials)),
        Ok(_) => Err(WrongIin::Nobody),
        Err(error) => {
            tracing::warn!(event = "recipient-not-checked", %error);
            Err(WrongIin::NotChecked)
        }
    }
}
