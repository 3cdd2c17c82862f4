//! Which signature suites the participants of a country use. A participant's certificate chooses its suite; this
//! chooses the certificates.

use std::fmt;
use std::str::FromStr;

use anyhow::{Error, bail};
use pki::SuiteId;

use super::people::{
    BANK1, BANK2, CARD, GATEWAY, NATIONAL_CA, Organisation, PORTAL, SERVICE_BUS, TAX_REGISTRY,
};

/// The suites of a country's signing keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Suites {
    /// RSA and ECDSA, each participant its own.
    Customary,
    /// Every kind at once, so that each pair of neighbours has to understand the other's.
    Mixed,
    /// One for everybody.
    All(SuiteId),
}

/// Who signs with what in a mixed country.
const MIXED: [(&Organisation, SuiteId); 8] = [
    (&NATIONAL_CA, SuiteId::Rsa2048),
    (&GATEWAY, SuiteId::Gost512),
    (&CARD, SuiteId::P256),
    (&PORTAL, SuiteId::Rsa2048),
    (&TAX_REGISTRY, SuiteId::RuGost512),
    (&SERVICE_BUS, SuiteId::Gost256),
    (&BANK1, SuiteId::Gost512),
    (&BANK2, SuiteId::P256),
];

impl Suites {
    /// What an organisation signs with.
    pub(super) fn of(self, organisation: &Organisation) -> anyhow::Result<SuiteId> {
        let mixed = || MIXED.iter().find(|(one, _)| one.bin == organisation.bin).map(|(_, suite)| *suite);
        Ok(match self {
            Self::Customary => organisation.suite.parse()?,
            Self::Mixed => mixed().map_or_else(|| organisation.suite.parse(), Ok)?,
            Self::All(suite) => suite,
        })
    }
}

impl fmt::Display for Suites {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Customary => f.write_str("customary"),
            Self::Mixed => f.write_str("mixed"),
            Self::All(suite) => suite.fmt(f),
        }
    }
}

impl FromStr for Suites {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        match (name, name.parse()) {
            ("customary", _) => Ok(Self::Customary),
            ("mixed", _) => Ok(Self::Mixed),
            (_, Ok(suite)) => Ok(Self::All(suite)),
            (_, Err(_)) => {
                let known: Vec<_> = SuiteId::ALL.iter().map(ToString::to_string).collect();
                bail!("a country's suite is customary, mixed or one of {}", known.join(", "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_choice_reads_back_by_its_name() {
        let one_for_all = SuiteId::ALL.map(Suites::All);
        for suites in [Suites::Customary, Suites::Mixed].into_iter().chain(one_for_all) {
            assert_eq!(suites.to_string().parse::<Suites>().unwrap(), suites);
        }
        assert!("hmac".parse::<Suites>().unwrap_err().to_string().contains("gost512"));
    }
}
