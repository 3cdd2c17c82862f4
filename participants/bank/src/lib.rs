//! A bank (БВУ): core banking, card processing, internet bank, and the terminals' side of ATMs and kiosks.
//!
//! - [`core`], [`card`], [`claim`] and [`operation`] decide; they are pure.
//! - [`use_case`] is what the bank does, one file for each thing; [`store`] the only place that knows SQL.
//! - `service` answers the gateway by SOAP, `processing` the card page and ATMs by ISO 8583, [`terminal`] the
//!   bank's own machines by JSON, `internet_bank` people by pages.
//! - [`atm`] and [`kiosk`] are programs of their own that know the bank only through those channels; `machine` is
//!   what they have in common, and `pages` what their screens share with the internet bank. [`one_time_code`] is how a client of the internet bank confirms.
//!
//! What does not live here: payment codes (the gateway's), signatures and sockets (`participant`,
//! `transport`).
//! Source: Instruction № 491, cl. 7, 13(2), 23–24, tables 1–5.

pub mod atm;
pub mod card;
pub mod card_key;
pub mod claim;
pub mod core;
pub mod cx;
mod day_report;
mod internet_bank;
pub mod kiosk;
mod machine;
pub mod one_time_code;
pub mod operation;
mod pages;
mod past;
mod processing;
mod report;
mod serve;
mod service;
pub mod settings;
mod settlement;
mod slip;
mod statement;
pub mod store;
pub mod terminal;
pub mod terminal_key;
pub mod use_case;

pub use atm::serve_atm;
pub use day_report::{KeptClaim, claims_of, register_of, statement_of};
pub use kiosk::serve_kiosk;
pub use machine::{Paper, set_paper};
pub use past::{keep_past_payment, take_past_payment_back};
pub use report::{PaymentReport, PaymentsReport, payments_report};
pub use serve::serve;

/// The one-time code that a client's authenticator shows at a moment, by its base32 secret: for whoever plays the
/// client.
///
/// # Errors
/// [`one_time_code::NoSecret`].
pub fn one_time_code(secret: &str, at: terms::Moment) -> Result<String, one_time_code::NoSecret> {
    Ok(secret.parse::<one_time_code::OneTimeSecret>()?.code_at(at))
}

/// Brings the schema of a bank's database up to date.
///
/// # Errors
/// Where the database cannot be opened.
pub fn migrate(database: &std::path::Path) -> anyhow::Result<()> {
    store::open(database)?;
    Ok(())
}

/// Brings the schema of an ATM's database up to date.
///
/// # Errors
/// Where the database cannot be opened.
pub fn migrate_atm(database: &std::path::Path) -> anyhow::Result<()> {
    atm::migrate(database)
}

/// Brings the schema of a kiosk's database up to date.
///
/// # Errors
/// Where the database cannot be opened.
pub fn migrate_kiosk(database: &std::path::Path) -> anyhow::Result<()> {
    kiosk::migrate(database)
}
