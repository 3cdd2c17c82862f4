//! What only the portal is told: its neighbours, its addresses, its first users and operators.

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use terms::{Bin, Iin, ShortText};

use crate::store::user::Operator;

/// `[settings]` of a portal.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// БИН of the payment gateway.
    pub gateway: String,
    /// БИН of the service bus.
    pub service_bus: String,
    /// БИН of the tax registry.
    pub tax_registry: String,
    /// Origin of the pages for log-in by certificate, such as `https://127.0.0.1:8083`.
    pub certificate_url: String,
    /// Origins of the gateway's payment pages: a redirect leads to these and nowhere else.
    pub payment_page_origins: Vec<String>,
    /// Whether this portal is a public access point (ПОД) as a whole: password log-in only.
    #[serde(default)]
    pub public_access_point: bool,
    /// How often the list of services is fetched.
    #[serde(default = "default_catalogue_seconds")]
    pub catalogue_seconds: u64,
    /// The term in which a service ordered at a desk is to be ready, in days.
    #[serde(default = "default_desk_term_days")]
    pub desk_term_days: u32,
    /// Whether pages say that everything is a demonstration.
    #[serde(default)]
    pub demonstration: bool,
    /// Persons registered at the start. A password is taken only where the person has none yet.
    #[serde(default)]
    pub person: Vec<PersonEntry>,
    /// Organisations registered at the start.
    #[serde(default)]
    pub organisation: Vec<OrganisationEntry>,
    /// Operators of service centres.
    #[serde(default)]
    pub operator: Vec<OperatorEntry>,
}

fn default_catalogue_seconds() -> u64 {
    60
}

fn default_desk_term_days() -> u32 {
    3
}

/// A person.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonEntry {
    /// ИИН.
    pub iin: String,
    /// Full name.
    pub name: String,
    /// First password; none where the person logs in by certificate only.
    pub password: Option<String>,
}

/// An organisation.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrganisationEntry {
    /// БИН.
    pub bin: String,
    /// Its name.
    pub name: String,
}

/// An operator of a service centre.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperatorEntry {
    /// ИИН.
    pub iin: String,
    /// Full name.
    pub name: String,
    /// The service centre.
    pub centre: String,
}

macro_rules! masked {
    ($($name:ident),*) => {$(
        impl std::fmt::Debug for $name {
            /// Personal data and passwords never reach a log.
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )*};
}
masked!(PersonEntry, OperatorEntry);

/// The neighbours, checked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Neighbours {
    pub(crate) gateway: Bin,
    pub(crate) service_bus: Bin,
    pub(crate) tax_registry: Bin,
}

impl Settings {
    pub(crate) fn neighbours(&self) -> Result<Neighbours> {
        let bin = |text: &str, whose: &str| text.parse().with_context(|| format!("the BIN of the {whose}"));
        Ok(Neighbours {
            gateway: bin(&self.gateway, "gateway")?,
            service_bus: bin(&self.service_bus, "service bus")?,
            tax_registry: bin(&self.tax_registry, "tax registry")?,
        })
    }

    /// Checks that what must be origins are origins, so that nothing appended to one can lead elsewhere.
    pub(crate) fn check_origins(&self) -> Result<()> {
        for origin in self.payment_page_origins.iter().chain([&self.certificate_url]) {
            ensure!(is_origin(origin), "not an origin such as https://127.0.0.1:8081: {origin}");
        }
        Ok(())
    }

    /// Whether an address leads to one of the gateway's payment pages.
    pub(crate) fn is_payment_page(&self, url: &str) -> bool {
        self.payment_page_origins
            .iter()
            .any(|origin| url.strip_prefix(origin.as_str()).is_some_and(|rest| rest.starts_with('/')))
    }
}

fn is_origin(origin: &str) -> bool {
    let host = origin.strip_prefix("https://").unwrap_or_default();
    !host.is_empty()
        && host.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'.' | b':' | b'-' | b'[' | b']'))
}

impl PersonEntry {
    pub(crate) fn checked(&self) -> Result<(Iin, ShortText)> {
        Ok((self.iin.parse().context("the IIN of a person")?, self.name.parse().context("a person's name")?))
    }
}

impl OrganisationEntry {
    pub(crate) fn checked(&self) -> Result<(Bin, ShortText)> {
        let bin = self.bin.parse().with_context(|| format!("the BIN of an organisation: {}", self.bin))?;
        Ok((bin, self.name.parse().context("an organisation's name")?))
    }
}

impl OperatorEntry {
    pub(crate) fn checked(&self) -> Result<Operator> {
        Ok(Operator {
            iin: self.iin.parse().context("the IIN of an operator")?,
            name: self.name.parse().context("an operator's name")?,
            centre: self.centre.parse().context("an operator's service centre")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        toml_free(&["https://127.0.0.1:8081", "https://127.0.0.1:8082"])
    }

    fn toml_free(origins: &[&str]) -> Settings {
        Settings {
            gateway: "500140000126".to_owned(),
            service_bus: "500240000137".to_owned(),
            tax_registry: "500240000137".to_owned(),
            certificate_url: "https://127.0.0.1:8083".to_owned(),
            payment_page_origins: origins.iter().map(ToString::to_string).collect(),
            public_access_point: false,
            catalogue_seconds: 60,
            desk_term_days: 3,
            demonstration: true,
            person: Vec::new(),
            organisation: Vec::new(),
            operator: Vec::new(),
        }
    }

    /// A browser is sent to the gateway's payment pages and nowhere else, whatever the answer says.
    ///
    /// Defends: A14
    #[test]
    fn a_redirect_leads_to_the_gateways_pages_only() {
        let settings = settings();
        assert!(settings.check_origins().is_ok());
        assert!(settings.is_payment_page("https://127.0.0.1:8082/pay/0123"));
        for elsewhere in [
            "https://127.0.0.1:80829/pay",
            "https://127.0.0.1:8082@evil.example/",
            "https://127.0.0.1:8082.evil.example/",
            "https://127.0.0.1:8082",
            "http://127.0.0.1:8082/pay",
            "//127.0.0.1:8082/pay",
            "https://evil.example/https://127.0.0.1:8082/",
            " https://127.0.0.1:8082/pay",
            "javascript:alert(1)",
        ] {
            assert!(!settings.is_payment_page(elsewhere), "{elsewhere}");
        }
    }

    /// Defends: A14
    #[test]
    fn what_is_no_origin_is_refused_at_the_start() {
        for wrong in ["", "https://", "http://a", "https://a/", "https://a@b", "https://a b", "a"] {
            assert!(toml_free(&[wrong]).check_origins().is_err(), "{wrong:?}");
        }
    }
}
