//! Keeps the revocation list fresh: fetched from the national CA over mutual TLS (C3, C12.3), installed without a
//! restart, kept over one. A list that cannot be fetched is not an error until it is stale; then messages are refused.
//! On the same round the files of keys and certificates are looked at.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use pki::{CrlError, CrlSummary};
use transport::{CallError, ClientLimits, HttpClient};

use crate::host::Host;

/// How long after a failure the list is fetched again.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// How often the files of keys and certificates are looked at.
const FILES_EVERY: Duration = Duration::from_secs(10);

/// Why no list was installed; the one in force stays.
#[derive(Debug, thiserror::Error)]
pub enum CrlNotTaken {
    /// The configuration does not say where lists come from.
    #[error("[crl] is missing")]
    NotConfigured,
    /// The file cannot be read.
    #[error("reading {}: {source}", path.display())]
    NotRead {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The national CA cannot be reached.
    #[error("fetching {url}: {source}")]
    NotFetched {
        /// From where.
        url: String,
        /// What went wrong.
        source: CallError,
    },
    /// The national CA answered something else.
    #[error("{url} answered {status}")]
    NotThere {
        /// From where.
        url: String,
        /// The status of the answer.
        status: StatusCode,
    },
    /// The list is not believed; a rollback is among the reasons.
    #[error(transparent)]
    NotBelieved(#[from] CrlError),
}

impl Host {
    /// Fetches the list once, installs it, and keeps it for the next start. What goes wrong is also logged, and a list
    /// older than the one in force raises the alarm.
    ///
    /// # Errors
    /// Where the national CA cannot be reached or its list is not believed.
    pub async fn refresh_crl(&self, client: &HttpClient) -> Result<CrlSummary, CrlNotTaken> {
        let taken = self.fetch_crl(client).await;
        match &taken {
            Ok(_) => {}
            Err(CrlNotTaken::NotBelieved(CrlError::Rollback { offered, installed })) => {
                metrics::counter!("tolem_crl_rollbacks_total").increment(1);
                tracing::error!(event = "crl-rolled-back", offered, installed);
            }
            Err(error) => tracing::warn!(event = "crl-not-fetched", %error),
        }
        taken
    }

    async fn fetch_crl(&self, client: &HttpClient) -> Result<CrlSummary, CrlNotTaken> {
        let crl = self.config.crl.as_ref().ok_or(CrlNotTaken::NotConfigured)?;
        let octets = match crl.url.strip_prefix("file:") {
            Some(path) => {
                let path = self.config.path(path.as_ref());
                std::fs::read(&path).map_err(|source| CrlNotTaken::NotRead { path, source })?.into()
            }
            None => {
                let url = crl.url.clone();
                match client.get(&url).await {
                    Ok(answer) if answer.status == StatusCode::OK => answer.body,
                    Ok(answer) => return Err(CrlNotTaken::NotThere { url, status: answer.status }),
                    Err(source) => return Err(CrlNotTaken::NotFetched { url, source }),
                }
            }
        };
        let before = self.trust.epoch();
        let summary = self.trust.install_crl(&octets, self.now())?;
        self.show_crl();
        if self.trust.epoch() != before {
            tracing::debug!(event = "crl-installed", number = %summary.number, revoked = summary.revoked_count);
            if let Err(error) = self.kept_list.keep(octets).await {
                // Messages go on being verified by it; only a restart would forget its number.
                tracing::error!(event = "crl-not-kept", %error);
            }
        }
        Ok(summary)
    }

    /// Shows in the metrics until when the list in force counts.
    fn show_crl(&self) {
        if let Some(crl) = self.trust.crl() {
            let until = as_gauge(crl.next_update.unix_seconds());
            metrics::gauge!("tolem_crl_next_update_timestamp_seconds").set(until);
        }
    }

    /// Keeps the list, where one is configured, the keys and the certificates fresh for as long as the process lives.
    pub async fn keep_trust_fresh(self: Arc<Self>) {
        let files = async {
            loop {
                tokio::time::sleep(FILES_EVERY).await;
                self.take_up_renewed_files();
            }
        };
        tokio::join!(files, self.keep_list_fresh());
    }

    async fn keep_list_fresh(&self) {
        let Some(crl) = &self.config.crl else { return };
        self.show_crl();
        let client = HttpClient::new(Some(&self.identity), &self.roots, ClientLimits::default());
        let client = match client {
            Ok(client) => client,
            Err(error) => return tracing::error!(event = "crl-client", %error),
        };
        loop {
            let pause = match self.refresh_crl(&client).await {
                Ok(_) => Duration::from_secs(crl.refresh_seconds.max(1)),
                Err(_) => AFTER_FAILURE,
            };
            tokio::time::sleep(pause).await;
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a gauge is a float by its format; seconds are exact in one")]
fn as_gauge(seconds: i64) -> f64 {
    seconds as f64
}
