//! What only the service bus is told: which portal it answers, which agencies' systems it reaches, how they behave.

use anyhow::{Context, Result};
use serde::Deserialize;
use terms::{Bin, ServiceCode, Trilingual};

use crate::agency::{Mode, Offer};

/// `[settings]` of a service bus.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// БИН of the portal to which documents are delivered.
    pub portal: String,
    /// How long an agency's system takes in its normal mode, in milliseconds.
    #[serde(default = "default_delay_ms")]
    pub delay_ms: u32,
    /// How long it takes when it is late, in milliseconds.
    #[serde(default = "default_late_ms")]
    pub late_ms: u32,
    /// Services that agencies' systems render; an order of any other ends as failed.
    #[serde(default)]
    pub service: Vec<RenderedService>,
}

fn default_delay_ms() -> u32 {
    300
}

fn default_late_ms() -> u32 {
    20_000
}

/// One service of one agency's system.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RenderedService {
    /// Its code.
    pub code: String,
    /// Its name in Kazakh, Russian and English.
    pub name: [String; 3],
    /// БИН of the agency.
    pub agency: String,
    /// The agency's name in Kazakh, Russian and English.
    pub agency_name: [String; 3],
    /// What the document certifies, in Kazakh, Russian and English.
    pub statement: [String; 3],
    /// How the agency's system begins: `normal`, `late` or `failing`. Changed later by `tolem agency set`.
    #[serde(default)]
    pub mode: Option<String>,
}

impl Settings {
    /// The portal's number.
    ///
    /// # Errors
    /// Where the file says something else.
    pub fn portal(&self) -> Result<Bin> {
        self.portal.parse().with_context(|| format!("the portal's BIN: {}", self.portal))
    }

    /// What the agencies' systems render, checked, and the mode each begins in.
    ///
    /// # Errors
    /// Where a code, a number or a mode is not one.
    pub fn offers(&self) -> Result<Vec<(Offer, Mode)>> {
        self.service.iter().map(RenderedService::offer).collect()
    }
}

impl RenderedService {
    fn offer(&self) -> Result<(Offer, Mode)> {
        let trilingual = |[kk, ru, en]: &[String; 3]| Trilingual::new(kk, ru, en);
        let service: ServiceCode =
            self.code.parse().with_context(|| format!("the code of a service: {}", self.code))?;
        let mode = self.mode.as_deref().unwrap_or("normal");
        let mode = mode.parse().with_context(|| format!("the mode of service {service}"))?;
        let agency = self.agency.parse().with_context(|| format!("the agency of service {service}"))?;
        let offer = Offer {
            service,
            name: trilingual(&self.name),
            agency,
            agency_name: trilingual(&self.agency_name),
            statement: trilingual(&self.statement),
        };
        Ok((offer, mode))
    }
}
