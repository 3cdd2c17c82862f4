//! Keeps the revocation list fresh: fetched from the national CA over mutual TLS (C3, C12.3), installed without a
//! restart. A list that cannot be fetched is not an error until it is stale; then messages are refused.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use transport::{ClientLimits, HttpClient};

use crate::host::Host;

/// How long after a failure the list is fetched again.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// How often the key files are looked at.
const KEY_FILES_EVERY: Duration = Duration::from_secs(10);

impl Host {
    /// Fetches and installs the list once.
    ///
    /// # Errors
    /// Where the national CA cannot be reached or its list is not believed.
    pub async fn refresh_crl(&self, client: &HttpClient) -> Result<()> {
        let crl = self.config.crl.as_ref().context("[crl] is missing")?;
        let octets = match crl.url.strip_prefix("file:") {
            Some(path) => {
                let path = self.config.path(path.as_ref());
                std::fs::read(&path).with_context(|| format!("reading {}", path.display()))?.into()
            }
            None => {
                let answer = client.get(&crl.url).await.with_context(|| format!("fetching {}", crl.url))?;
                ensure!(answer.status == 200, "{} answered {}", crl.url, answer.status);
                answer.body
            }
        };
        let summary = self.trust.install_crl(&octets, self.now())?;
        metrics::gauge!("tolem_crl_next_update_timestamp_seconds")
            .set(as_gauge(summary.next_update.unix_seconds()));
        tracing::debug!(event = "crl-installed", number = %summary.number, revoked = summary.revoked_count);
        Ok(())
    }

    /// Keeps the list and the signing key fresh for as long as the process lives.
    pub async fn keep_trust_fresh(self: Arc<Self>) {
        let client = HttpClient::new(Some(&self.identity), &self.roots, ClientLimits::default());
        let client = match client {
            Ok(client) => client,
            Err(error) => return tracing::error!(event = "crl-client", %error),
        };
        let keys = self.clone();
        let key_files = async move {
            loop {
                tokio::time::sleep(KEY_FILES_EVERY).await;
                keys.take_up_renewed_key();
            }
        };
        let list = async {
            let every = self.config.crl.as_ref().map_or(30, |crl| crl.refresh_seconds.max(1));
            loop {
                let pause = match self.refresh_crl(&client).await {
                    Ok(()) => Duration::from_secs(every),
                    Err(error) => {
                        tracing::warn!(event = "crl-not-fetched", error = format!("{error:#}"));
                        AFTER_FAILURE
                    }
                };
                tokio::time::sleep(pause).await;
            }
        };
        tokio::join!(key_files, list);
    }
}

#[expect(clippy::cast_precision_loss, reason = "a gauge is a float by its format; seconds are exact in one")]
fn as_gauge(seconds: i64) -> f64 {
    seconds as f64
}
