//! Time stamps over the heads of the evidence chain: that what is kept existed at a moment is then the word of
//! somebody else than us, also after our own keys and clocks have ceased to be believed.
//!
//! A stamp is asked for aside from all payments: without one nothing waits, and the next one covers everything before
//! it, since each head follows from all the earlier ones.
//! Source: requirements on the signature of all stored data; RFC 3161. How often is ours.

use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use pki::Certificate;
use pki::time_stamp::{StampQuestion, token_of, verify};
use store::{HeadStamp, KeptEvidence};
use terms::Moment;
use transport::{ClientLimits, HttpClient};

use crate::cx::Cx;

/// The octets of chance in a request.
const NONCE_OCTETS: usize = 16;
/// How many stamps are read from the store at once.
const AT_ONCE: usize = 500;
/// How much earlier than its head's own time a stamp may be, in seconds: what two clocks may differ by.
const MAX_CLOCK_DIFFERENCE_SECONDS: i64 = 300;

/// What all stamps together prove.
#[derive(Debug, Default)]
pub struct StampReport {
    /// How many there are; all agree.
    pub count: u64,
    /// The stamp over the latest head.
    pub newest: Option<HeadStamp>,
}

/// Stamps the newest head for as long as the process lives, where the configuration names an authority.
pub(crate) async fn keep_stamping(cx: &Cx) {
    let Some(url) = &cx.settings.stamp_url else { return };
    let pause = Duration::from_secs(cx.settings.stamp_seconds.max(1));
    loop {
        match stamp_newest(cx, url).await {
            Ok(Some(stamp)) => {
                metrics::counter!("tolem_head_stamps_total").increment(1);
                tracing::debug!(event = "head-stamped", sequence = stamp.sequence, at = %stamp.stamped_at);
            }
            Ok(None) => {}
            Err(error) => {
                metrics::counter!("tolem_head_stamp_failures_total").increment(1);
                tracing::warn!(event = "head-not-stamped", error = format!("{error:#}"));
            }
        }
        tokio::time::sleep(pause).await;
    }
}

/// Has the newest head stamped and keeps the stamp; none where it has one already, or nothing is kept yet.
///
/// # Errors
/// Where the authority cannot be reached, its stamp is not believed, or the store fails.
pub async fn stamp_newest(cx: &Cx, url: &str) -> Result<Option<HeadStamp>> {
    let kept = cx.store.evidence();
    let Some(head) = kept.head().await? else { return Ok(None) };
    // Asked for by its place: a row that somebody put in further on must not keep true heads from being stamped.
    let next = kept.stamps_after(head.sequence - 1, 1).await?;
    if next.first().is_some_and(|stamp| stamp.sequence == head.sequence) {
        return Ok(None);
    }
    let mut nonce = [0; NONCE_OCTETS];
    cx.host.draw(|entropy| entropy.fill(&mut nonce));
    let question = StampQuestion::new(&head.head, &nonce)?;
    let client = HttpClient::new(Some(&cx.host.identity), &cx.host.roots, ClientLimits::default())?;
    let answer = client.post(url, "application/timestamp-query", &[], question.der.into()).await?;
    ensure!(answer.status == http::StatusCode::OK, "{url} answered {}", answer.status);
    let token = token_of(&answer.body)?;
    let said = verify(&token, &head.head, Some(&nonce), &cx.host.trust.roots(), cx.host.now())?;
    let stamp = HeadStamp { sequence: head.sequence, head: head.head, stamped_at: said.at, token };
    kept.keep_stamp(stamp.clone()).await?;
    Ok(Some(stamp))
}

/// Verifies every stamp: by the national CA's certificates, over the very head that the chain has at its place, and at
/// no earlier time than that head's own. The chain itself is verified apart.
///
/// # Errors
/// The first stamp that does not agree.
pub async fn verify_all(kept: &KeptEvidence, roots: &[Certificate], now: Moment) -> Result<StampReport> {
    let mut report = StampReport::default();
    loop {
        let after = report.newest.as_ref().map_or(0, |newest| newest.sequence);
        let stamps = kept.stamps_after(after, AT_ONCE).await?;
        if stamps.is_empty() {
            return Ok(report);
        }
        for stamp in stamps {
            let place = || format!("over group {}", stamp.sequence);
            let Some((head, signed_at)) = kept.head_at(stamp.sequence).await? else {
                bail!("a time stamp {}, which the chain does not have", place())
            };
            let said = verify(&stamp.token, &head, None, roots, now).with_context(place)?;
            let is_early = said.at.plus_seconds(MAX_CLOCK_DIFFERENCE_SECONDS) < signed_at;
            ensure!(!is_early, "the time stamp {} was made before the group", place());
            ensure!(said.at == stamp.stamped_at, "the time kept with the stamp {} is not its own", place());
            report.count += 1;
            report.newest = Some(stamp);
        }
    }
}
