//! Asks the OCSP responder about the certificates that checks have met, aside from the messages that wait for nothing.
//!
//! Only where the policy lets a reply decide ("required", "when-list-is-stale") and there is none yet, the first message
//! of a certificate waits for it, for a bounded time; every later one finds the reply that is kept.
//! Source: RFC 6960, appendix A.1; the policy is `pki::revocation`'s.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use envelope::{Body, Refused, SoapVersion, Verified};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use http::StatusCode;
use pki::ocsp::Question;
use pki::{Certificate, OcspUse, Purpose, TrustError, Trusted, Wanted};
use terms::Moment;
use tokio::time::timeout;
use transport::{ClientLimits, HttpClient};

use crate::believed::Believed;
use crate::host::Host;

/// How often the certificates that were met meanwhile are asked about.
const EVERY: Duration = Duration::from_millis(250);
/// How long a message may wait for the reply without which it would be refused.
const IN_LINE: Duration = Duration::from_secs(2);
/// How many questions are under way at once.
const AT_ONCE: usize = 8;
/// The octets of chance in a question.
const NONCE_OCTETS: usize = 16;

impl Host {
    /// Opens a message. Where it would be refused only because a reply of the OCSP responder is missing, that is asked
    /// for first. What it was judged by is counted, and a list that was missing or stale is logged.
    ///
    /// # Errors
    /// As [`envelope::open`].
    pub async fn open_message(
        &self,
        octets: Bytes,
        at: Moment,
    ) -> Result<(SoapVersion, Verified<Body>), Refused> {
        let mut opened = envelope::open(octets.clone(), &self.trust, at);
        let lacks_a_source = matches!(opened, Err(Refused::CrlMissing | Refused::CrlStale));
        if lacks_a_source && self.ask_in_line().await {
            opened = envelope::open(octets, &self.trust, at);
        }
        match &opened {
            Ok((_, body)) => {
                let by = body.evidence().checked_by;
                metrics::counter!("tolem_revocation_checks_total", "by" => by.kind()).increment(1);
                if by.lists_lack.is_some() {
                    tracing::warn!(event = "believed-without-fresh-list", by = %by);
                }
            }
            Err(Refused::CrlMissing | Refused::CrlStale) => {
                metrics::counter!("tolem_revocation_checks_total", "by" => "nothing").increment(1);
            }
            Err(_) => {}
        }
        opened
    }

    /// Checks a certificate. Where only a reply of the OCSP responder is missing, that is asked for first.
    ///
    /// # Errors
    /// As [`pki::Trust::check`].
    pub async fn check_by_all_sources(
        &self,
        certificate: &Certificate,
        purpose: Purpose,
        at: Moment,
    ) -> Result<Trusted, TrustError> {
        let checked = self.trust.check(certificate, purpose, at);
        let lacks_a_source = matches!(
            checked,
            Err(TrustError::CrlMissing | TrustError::CrlStale { .. } | TrustError::OcspMissing)
        );
        if lacks_a_source && self.ask_in_line().await {
            return self.trust.check(certificate, purpose, at);
        }
        checked
    }

    /// Asks now, where a reply could change a refusal; whether that was done.
    async fn ask_in_line(&self) -> bool {
        if !matches!(self.trust.policy().ocsp, OcspUse::Required | OcspUse::WhenListIsStale) {
            return false;
        }
        timeout(IN_LINE, self.ask_ocsp()).await.is_ok()
    }

    /// Asks about every certificate that is wanted. One asks at a time; whoever waits meanwhile finds nothing left to
    /// ask, and the replies.
    pub async fn ask_ocsp(&self) {
        let Some(url) = self.config.crl.as_ref().and_then(|crl| crl.ocsp_url.as_ref()) else { return };
        let _asking = self.asking.lock().await;
        let wanted = self.trust.ocsp_wanted();
        if wanted.is_empty() {
            return;
        }
        let client = HttpClient::new(Some(&self.identity), &self.roots, ClientLimits::default());
        let client = match client {
            Ok(client) => client,
            Err(error) => return tracing::error!(event = "ocsp-client", %error),
        };
        let mut under_way = FuturesUnordered::new();
        for wanted in &wanted {
            if under_way.len() >= AT_ONCE {
                under_way.next().await;
            }
            under_way.push(self.ask_about(&client, url, wanted));
        }
        while under_way.next().await.is_some() {}
    }

    async fn ask_about(&self, client: &HttpClient, url: &str, wanted: &Wanted) {
        let mut nonce = [0; NONCE_OCTETS];
        self.draw(|entropy| entropy.fill(&mut nonce));
        let serial = wanted.certificate.serial();
        let outcome = match Question::new(wanted, &nonce) {
            Ok(question) => {
                match client.post(url, "application/ocsp-request", &[], question.der.into()).await {
                    Ok(answer) if answer.status == StatusCode::OK => self
                        .trust
                        .install_ocsp(wanted, Some(&nonce), &answer.body, self.now())
                        .inspect(|reply| {
                            let (about, made_at) = (wanted.certificate.sha256(), reply.this_update);
                            self.believed.add(Believed::Reply {
                                about,
                                made_at,
                                octets: answer.body.clone(),
                            });
                        })
                        .map_err(|error| error.to_string()),
                    Ok(answer) => Err(format!("{url} answered {}", answer.status)),
                    Err(error) => Err(error.to_string()),
                }
            }
            Err(error) => Err(error.to_string()),
        };
        match outcome {
            Ok(reply) => {
                metrics::counter!("tolem_ocsp_replies_total").increment(1);
                tracing::debug!(event = "ocsp-reply", serial = %serial, status = ?reply.status);
            }
            Err(error) => {
                metrics::counter!("tolem_ocsp_failures_total").increment(1);
                tracing::warn!(event = "ocsp-not-answered", serial = %serial, error);
            }
        }
    }

    /// Asks for as long as the process lives.
    pub(crate) async fn keep_replies_fresh(self: &Arc<Self>) {
        if self.trust.policy().ocsp == OcspUse::Off {
            return;
        }
        loop {
            tokio::time::sleep(EVERY).await;
            self.ask_ocsp().await;
        }
    }
}
