//! The demonstration country: who is in it, on which ports, with which keys; set up once, in a lasting directory.
//!
//! Every key is made here, at set-up; none is ever part of the sources. People, cards and accounts are demonstration
//! data only: IINs with a nineteenth-century marker, well-known test card numbers, accounts of bank codes no bank has.

mod files;
mod people;
mod suites;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::cli::Kind;

pub(crate) use files::{CERTIFICATE_DAYS, CONFIDENTIAL, Pair, ROOT_DAYS, SOURCES, crl_url, pairs, set_up};
pub(crate) use people::{
    ACCOUNTS, CARDS, COMPANY, OFFICERS, ONE_TIME_SECRETS, PASSWORD, PEOPLE, Role, SERVICE_CENTRE, SERVICES,
    Service, one_time_secret,
};
pub(crate) use suites::Suites;

/// The number of the first bank.
pub(crate) const BANK1_BIN: &str = people::BANK1.bin;
/// The number of the gateway.
pub(crate) const GATEWAY_BIN: &str = people::GATEWAY.bin;

/// How old a new country is: its national CA and its certificates are there since, so that it may have a history.
pub(crate) const COUNTRY_AGE_DAYS: i64 = 31;

/// How many ports a country takes.
pub(crate) const PORTS: u16 = 22;

/// What the directory remembers of itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Country {
    /// The first of its ports.
    pub(crate) port_base: u16,
    #[serde(skip)]
    folder: PathBuf,
}

/// One process of the country.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Process {
    /// Its folder and name.
    pub(crate) name: &'static str,
    /// What it is.
    pub(crate) kind: Kind,
}

const fn process(name: &'static str, kind: Kind) -> Process {
    Process { name, kind }
}

/// All processes, in the order in which they are started.
pub(crate) const PROCESSES: &[Process] = &[
    process("national-ca", Kind::NationalCa),
    process("gateway", Kind::Gateway),
    process("card", Kind::Card),
    process("tax-registry", Kind::TaxRegistry),
    process("service-bus", Kind::ServiceBus),
    process("portal", Kind::Portal),
    process("bank1", Kind::Bank),
    process("bank1-atm", Kind::Atm),
    process("bank1-kiosk", Kind::Kiosk),
    process("bank2", Kind::Bank),
    process("bank2-atm", Kind::Atm),
    process("bank2-kiosk", Kind::Kiosk),
];

/// A port of the country, counted from its base.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub(crate) enum Port {
    PortalPages = 0,
    GatewayPages = 1,
    CardPages = 2,
    PortalCertificatePages = 3,
    Bank1Pages = 4,
    Bank1Atm = 5,
    Bank1Kiosk = 6,
    Bank2Pages = 7,
    Bank2Atm = 8,
    Bank2Kiosk = 9,
    GatewayMessages = 10,
    PortalMessages = 11,
    Bank1Messages = 12,
    Bank1Iso8583 = 13,
    Bank1Terminals = 14,
    Bank2Messages = 15,
    Bank2Iso8583 = 16,
    Bank2Terminals = 17,
    TaxRegistryMessages = 18,
    ServiceBusMessages = 19,
    NationalCa = 20,
    GatewayConsoles = 21,
}

impl Country {
    /// The country of a directory.
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        let path = folder.join("country.toml");
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("{} holds no country; `tolem demo` makes one", folder.display()))?;
        let country: Self = toml::from_str(&text).with_context(|| format!("in {}", path.display()))?;
        Ok(Self { folder: std::path::absolute(folder)?, ..country })
    }

    /// Where it lies.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The number of one of its ports.
    pub(crate) fn port(&self, port: Port) -> u16 {
        self.port_base + port as u16
    }

    /// The HTTPS origin behind a port.
    pub(crate) fn url(&self, port: Port) -> String {
        format!("https://127.0.0.1:{}", self.port(port))
    }

    /// The configuration file of a process.
    pub(crate) fn config(&self, process: &str) -> PathBuf {
        self.folder.join(process).join("config.toml")
    }
}
