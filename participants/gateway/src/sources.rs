//! Keeps the revocation lists and OCSP replies that messages are judged by, each once, so that a message can be judged by
//! the same ones for ever: aside from the messages, as soon as a source is believed.
//!
//! Which sources a message was judged by is in its record of evidence.
//! Source: instruction № 491, cl. 17; the keeping is ours.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use participant::Believed;
use pki::{CrlSummary, verify_list};
use store::{RevocationSource, SourceName};
use terms::Moment;

use crate::cx::Cx;

/// The longest list that is kept for good: about 400,000 entries.
pub(crate) const MAX_KEPT_OCTETS: usize = 16 << 20;

/// The name that a list is found by.
pub(crate) fn name_of(list: &CrlSummary) -> SourceName {
    if list.base.is_some() { SourceName::Delta(list.number) } else { SourceName::List(list.number) }
}

fn source(name: SourceName, made_at: Moment, octets: Vec<u8>) -> RevocationSource {
    let digest = digest(&SHA256, &octets).as_ref().try_into().unwrap_or_default();
    RevocationSource { name, digest, made_at, octets }
}

/// Keeps what is in force already, and asks for everything that is believed from now on. Before the first message.
pub(crate) async fn begin(cx: &Cx) {
    cx.host.hand_out_believed();
    let lists = match cx.host.kept_revocation_lists() {
        Ok(lists) => lists,
        Err(error) => return tracing::error!(event = "kept-crl-not-read", %error),
    };
    let (roots, now) = (cx.host.trust.roots(), cx.host.now());
    let in_force = |octets: Vec<u8>| {
        let summary = verify_list(&octets, &roots, now).ok()?;
        Some(source(name_of(&summary), summary.this_update, octets))
    };
    keep(cx, lists.into_iter().filter_map(in_force).collect()).await;
}

/// Keeps what comes to be believed, for as long as the process lives.
pub(crate) async fn keep_sources(cx: &Arc<Cx>) {
    loop {
        let believed = cx.host.believed().await.into_iter().map(|one| match one {
            Believed::List { summary, octets } => {
                source(name_of(&summary), summary.this_update, octets.into())
            }
            Believed::Reply { about, made_at, octets } => {
                source(SourceName::Ocsp(about, made_at), made_at, octets.into())
            }
        });
        keep(cx, believed.collect()).await;
    }
}

async fn keep(cx: &Cx, mut sources: Vec<RevocationSource>) {
    sources.retain(|source| source.octets.len() <= MAX_KEPT_OCTETS);
    // What is left of a full disk is for what has happened (A30). An evidence pack says what it lacks.
    let is_room = cx.store.database().is_reserve_kept();
    if !is_room || sources.is_empty() {
        return;
    }
    if let Err(error) = cx.store.evidence().keep_sources(sources).await {
        tracing::error!(event = "revocation-source-not-kept", %error);
    }
}
