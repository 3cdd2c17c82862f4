//! Keeps the revocation lists fresh, full ones and deltas of all the national CA's keys: fetched over mutual TLS (C3,
//! C12.3), installed without a restart, kept over one. A list that cannot be fetched is not an error until it is stale;
//! what happens then is a policy. On the same round the national CA's new certificates are taken up, and the files of
//! keys and certificates are looked at.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use http::StatusCode;
use pki::{Certificate, CrlError, CrlSummary, roots_taken_over};
use transport::{CallError, ClientLimits, HttpClient};

use crate::believed::Believed;
use crate::config::Crl;
use crate::host::Host;

/// How long after a failure the list is fetched again.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// How often the files of keys and certificates are looked at.
const FILES_EVERY: Duration = Duration::from_secs(10);

/// How often the national CA is asked for new certificates of its own.
const ROOTS_EVERY: Duration = Duration::from_secs(10);

/// The most lists that a table of the national CA may name.
const MAX_LISTS: usize = 64;

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

impl CrlNotTaken {
    /// Whether the list is of a key that is not trusted here.
    fn is_of_another_key(&self) -> bool {
        matches!(self, Self::NotBelieved(CrlError::UnknownIssuer | CrlError::BadSignature))
    }
}

impl Host {
    /// Fetches every list once, installs it, and keeps it for the next start. What goes wrong is also logged, and a list
    /// older than the one in force raises the alarm.
    ///
    /// # Errors
    /// The first of them: where the national CA cannot be reached or a list is not believed. The other lists are fetched
    /// all the same.
    pub async fn refresh_crl(&self, client: &HttpClient) -> Result<CrlSummary, CrlNotTaken> {
        let crl = self.config.crl.as_ref().ok_or(CrlNotTaken::NotConfigured)?;
        let mut first = self.refresh_from(client, &crl.url).await;
        let mut others = crl.also.clone();
        if let Some(index) = &crl.index_url {
            match self.lists_of(client, index).await {
                Ok(urls) => others.extend(urls),
                Err(error) => {
                    tracing::warn!(event = "crl-not-fetched", %error);
                    first = first.and(Err(error));
                }
            }
        }
        let mut fetched = vec![crl.url.clone()];
        for url in others {
            if fetched.contains(&url) {
                continue;
            }
            match self.refresh_from(client, &url).await {
                Ok(_) => {}
                // The table names the lists of every key, also of one that is not trusted here.
                Err(error) if error.is_of_another_key() && self.is_only_in_the_table(&url) => {}
                Err(error) => first = first.and(Err(error)),
            }
            fetched.push(url);
        }
        self.show_crl();
        first
    }

    async fn refresh_from(&self, client: &HttpClient, url: &str) -> Result<CrlSummary, CrlNotTaken> {
        let taken = self.fetch_crl(client, url).await;
        match &taken {
            Ok(_) => {}
            Err(CrlNotTaken::NotBelieved(CrlError::Rollback { offered, installed })) => {
                metrics::counter!("tolem_crl_rollbacks_total").increment(1);
                tracing::error!(event = "crl-rolled-back", offered, installed);
            }
            Err(error) if error.is_of_another_key() && self.is_only_in_the_table(url) => {
                tracing::debug!(event = "crl-of-another-key", url);
            }
            Err(error) => tracing::warn!(event = "crl-not-fetched", %error),
        }
        taken
    }

    /// Whether a list is fetched because the national CA's table names it, and not the configuration.
    fn is_only_in_the_table(&self, url: &str) -> bool {
        let named = |crl: &Crl| crl.url == url || crl.also.iter().any(|also| also == url);
        !self.config.crl.as_ref().is_some_and(named)
    }

    async fn fetch_crl(&self, client: &HttpClient, url: &str) -> Result<CrlSummary, CrlNotTaken> {
        let octets = self.fetch(client, url).await?;
        let before = self.trust.epoch();
        let summary = match self.trust.install_crl(&octets, self.now()) {
            // The full list was made after the delta, and says all of it.
            Err(CrlError::DeltaOvertaken { .. }) => {
                return self.trust.crl().ok_or(CrlNotTaken::NotConfigured);
            }
            installed => installed?,
        };
        if self.trust.epoch() != before {
            tracing::debug!(event = "crl-installed", number = %summary.number, base = ?summary.base, revoked = summary.revoked_count);
            self.believed.add(Believed::List { summary, octets: octets.clone() });
            if let Err(error) = self.kept_lists.keep(url, octets).await {
                // Messages go on being verified by it; only a restart would forget its number.
                tracing::error!(event = "crl-not-kept", %error);
            }
        }
        Ok(summary)
    }

    async fn fetch(&self, client: &HttpClient, url: &str) -> Result<Bytes, CrlNotTaken> {
        if let Some(path) = url.strip_prefix("file:") {
            let path = self.config.path(path.as_ref());
            return Ok(std::fs::read(&path).map_err(|source| CrlNotTaken::NotRead { path, source })?.into());
        }
        let url = url.to_owned();
        match client.get(&url).await {
            Ok(answer) if answer.status == StatusCode::OK => Ok(answer.body),
            Ok(answer) => Err(CrlNotTaken::NotThere { url, status: answer.status }),
            Err(source) => Err(CrlNotTaken::NotFetched { url, source }),
        }
    }

    /// The lists that the national CA's table names, by their paths at the same address. The table needs no trust: each
    /// list is believed by its own signature, and one that is left out becomes stale.
    async fn lists_of(&self, client: &HttpClient, index: &str) -> Result<Vec<String>, CrlNotTaken> {
        let table = self.fetch(client, index).await?;
        let table = String::from_utf8_lossy(&table);
        // The address up to its path: behind the scheme and the host.
        let origin =
            index.find("://").and_then(|scheme| index[scheme + 3..].find('/').map(|path| scheme + 3 + path));
        let origin = origin.map_or(index, |end| &index[..end]);
        let paths = table.lines().filter(|line| line.starts_with('/')).take(MAX_LISTS);
        Ok(paths.map(|path| format!("{origin}{path}")).collect())
    }

    /// Takes up new certificates of the national CA for which one that is trusted gives its word, by writing them into
    /// the file that is watched.
    ///
    /// # Errors
    /// Where they cannot be fetched, read or written.
    pub async fn take_up_new_roots(&self, client: &HttpClient) -> anyhow::Result<()> {
        let Some(crl) = &self.config.crl else { return Ok(()) };
        let Some((roots, links)) = crl.roots_url.as_ref().zip(crl.links_url.as_ref()) else { return Ok(()) };
        let held = self.trust.roots();
        let offered = self.certificates_at(client, roots).await?;
        if offered.iter().all(|root| held.contains(root)) {
            return Ok(());
        }
        let links = self.certificates_at(client, links).await?;
        let taken = roots_taken_over(&held, &offered, &links);
        if taken.len() > held.len() {
            let pem: String = taken.iter().map(Certificate::to_pem).collect();
            let path = self.config.path(&self.config.national_ca);
            let partial = path.with_extension("partial");
            std::fs::write(&partial, pem)?;
            std::fs::rename(&partial, &path)?;
            tracing::info!(event = "national-ca-new-key", certificates = taken.len());
            self.take_up_renewed_files();
        }
        Ok(())
    }

    async fn certificates_at(&self, client: &HttpClient, url: &str) -> anyhow::Result<Vec<Certificate>> {
        let octets = self.fetch(client, url).await?;
        let text = std::str::from_utf8(&octets)?;
        // Before the first roll-over there are no words of old keys.
        if text.trim().is_empty() {
            return Ok(Vec::new());
        }
        Ok(Certificate::all_from_pem(text)?)
    }

    /// Shows in the metrics until when the lists in force count.
    fn show_crl(&self) {
        if let Some(crl) = self.trust.crl() {
            let until = as_gauge(crl.next_update.unix_seconds());
            metrics::gauge!("tolem_crl_next_update_timestamp_seconds").set(until);
        }
        if let Some(delta) = self.trust.delta_crl() {
            let until = as_gauge(delta.next_update.unix_seconds());
            metrics::gauge!("tolem_delta_crl_next_update_timestamp_seconds").set(until);
        }
    }

    /// Keeps the lists and OCSP replies, where they are configured, the keys and the certificates fresh for as long as the process lives.
    pub async fn keep_trust_fresh(self: Arc<Self>) {
        let files = async {
            loop {
                tokio::time::sleep(FILES_EVERY).await;
                self.take_up_renewed_files();
            }
        };
        tokio::join!(files, self.keep_lists_fresh(), self.keep_replies_fresh());
    }

    async fn keep_lists_fresh(&self) {
        let Some(crl) = &self.config.crl else { return };
        self.show_crl();
        let client = HttpClient::new(Some(&self.identity), &self.roots, ClientLimits::default());
        let client = match client {
            Ok(client) => client,
            Err(error) => return tracing::error!(event = "crl-client", %error),
        };
        let mut asked: Option<Instant> = None;
        loop {
            if asked.is_none_or(|asked| asked.elapsed() >= ROOTS_EVERY) {
                asked = Some(Instant::now());
                if let Err(error) = self.take_up_new_roots(&client).await {
                    tracing::warn!(event = "national-ca-not-asked", error = format!("{error:#}"));
                }
            }
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
