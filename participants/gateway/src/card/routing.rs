//! What the card page is told in its configuration, and which bank's processing is asked for which card.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use terms::Bin;
use wire::iso8583::Pan;

/// The longest prefix of card numbers: that of an issuer.
const LONGEST_PREFIX: usize = 8;

/// The longest wait for a bank that may be configured; nobody looks at a page for longer.
const LONGEST_WAIT_SECONDS: u64 = 60;

/// The card page's own settings.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The gateway's number; its address is that of the `[[peer]]` with this number.
    pub gateway: String,
    /// Which bank's processing is asked for which cards.
    pub routes: Vec<RouteSetting>,
    /// How long an answer of the bank's processing is waited for.
    #[serde(default = "default_authorise_seconds")]
    pub authorise_seconds: u64,
    /// How long, after an approval, the bank's signed notice is waited for before the page says "not known
    /// yet".
    #[serde(default = "default_wait_for_notice_seconds")]
    pub wait_for_notice_seconds: u64,
    /// Whether the page lists the test cards.
    #[serde(default = "default_test_cards")]
    pub test_cards: bool,
}

fn default_authorise_seconds() -> u64 {
    15
}

fn default_wait_for_notice_seconds() -> u64 {
    10
}

fn default_test_cards() -> bool {
    true
}

/// Where the cards with a prefix go.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RouteSetting {
    /// What the card number begins with; the longest prefix wins.
    pub prefix: String,
    /// The bank's number.
    pub bank: String,
    /// Where its processing listens for ISO 8583.
    pub address: SocketAddr,
    /// The name in its TLS certificate.
    pub server_name: String,
}

/// One bank's processing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Processing {
    /// The bank.
    pub(crate) bank: Bin,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// The name in its certificate.
    pub(crate) server_name: String,
}

/// All routes.
#[derive(Debug, Clone)]
pub(crate) struct Routes(Vec<(String, Processing)>);

impl Settings {
    /// How long the bank is waited for.
    ///
    /// # Errors
    /// Where it is nothing or longer than anybody waits.
    pub(crate) fn authorise(&self) -> Result<Duration> {
        let seconds = self.authorise_seconds;
        ensure!(
            (1..=LONGEST_WAIT_SECONDS).contains(&seconds),
            "authorise_seconds is 1 to {LONGEST_WAIT_SECONDS}"
        );
        Ok(Duration::from_secs(seconds))
    }

    /// How long the notice is waited for.
    ///
    /// # Errors
    /// Where it is longer than anybody waits.
    pub(crate) fn wait_for_notice(&self) -> Result<Duration> {
        let seconds = self.wait_for_notice_seconds;
        ensure!(seconds <= LONGEST_WAIT_SECONDS, "wait_for_notice_seconds is at most {LONGEST_WAIT_SECONDS}");
        Ok(Duration::from_secs(seconds))
    }
}

impl Routes {
    /// The routes of a configuration.
    ///
    /// # Errors
    /// Where a prefix is not digits or stands twice, or a BIN is not one.
    pub(crate) fn of(settings: &[RouteSetting]) -> Result<Self> {
        let mut routes: Vec<(String, Processing)> = Vec::new();
        for RouteSetting { prefix, bank, address, server_name } in settings {
            let is_prefix =
                (1..=LONGEST_PREFIX).contains(&prefix.len()) && prefix.bytes().all(|c| c.is_ascii_digit());
            ensure!(is_prefix, "the prefix of a route is 1 to {LONGEST_PREFIX} digits, not {prefix:?}");
            ensure!(routes.iter().all(|(other, _)| other != prefix), "two routes have the prefix {prefix}");
            let bank = bank.parse().with_context(|| format!("the bank of the route {prefix}: {bank}"))?;
            routes.push((
                prefix.clone(),
                Processing { bank, address: *address, server_name: server_name.clone() },
            ));
        }
        ensure!(!routes.is_empty(), "the card page has no routes to banks");
        Ok(Self(routes))
    }

    /// The processing of a card; none where such cards are not taken.
    pub(crate) fn find(&self, pan: &Pan) -> Option<&Processing> {
        let fitting = self.0.iter().filter(|(prefix, _)| pan.expose().starts_with(prefix.as_str()));
        fitting.max_by_key(|(prefix, _)| prefix.len()).map(|(_, processing)| processing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(prefix: &str, port: u16) -> RouteSetting {
        RouteSetting {
            prefix: prefix.to_owned(),
            bank: "500140000126".to_owned(),
            address: SocketAddr::from(([127, 0, 0, 1], port)),
            server_name: "localhost".to_owned(),
        }
    }

    #[test]
    fn the_longest_prefix_wins_and_other_cards_are_not_taken() {
        let routes = Routes::of(&[route("4", 1), route("4242", 2), route("5", 3)]).unwrap();
        let port = |digits: &str| {
            let pan: Pan = digits.parse().ok().unwrap();
            routes.find(&pan).map(|processing| processing.address.port())
        };
        assert_eq!(port("4000000000000002"), Some(1));
        assert_eq!(port("4242424242424242"), Some(2));
        assert_eq!(port("5555555555554444"), Some(3));
        assert_eq!(port("378282246310005"), None);
        for wrong in [vec![], vec![route("", 1)], vec![route("4x", 1)], vec![route("4", 1), route("4", 2)]] {
            assert!(Routes::of(&wrong).is_err());
        }
    }
}
