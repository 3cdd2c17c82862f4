//! Sends what the outbox holds, again and again, until the peer has acknowledged it.
//!
//! What is in the outbox, and when it is due, is the participant's store's affair; this is the loop around it. One
//! silent peer does not hold up the others: each recipient is served by itself.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use envelope::{Body, Verified};
use store::{Database, StoreError, Waiting, mailbox};
use terms::{Bin, Clock, Moment};
use tokio::sync::Notify;

use crate::caller::Caller;

/// How often the outbox is looked at when nobody rings.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// The longest pause after rounds whose outcome could not be written.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// How many messages are taken at once.
pub const TAKEN_AT_ONCE: usize = 64;

/// Where an outbox lies.
pub trait Outbox: Clone + Send + Sync + 'static {
    /// Messages due now.
    fn due(&self, now: Moment) -> impl Future<Output = Result<Vec<Waiting>, StoreError>> + Send;

    /// The message is about to be sent: the last moment at which the peer cannot have it from this try. What cannot be noted
    /// here is not sent.
    fn begins(
        &self,
        _waiting: &Waiting,
        _now: Moment,
    ) -> impl Future<Output = Result<(), StoreError>> + Send {
        std::future::ready(Ok(()))
    }

    /// The peer acknowledged, over its signature.
    fn acknowledged(
        &self,
        waiting: &Waiting,
        answer: &Verified<Body>,
        now: Moment,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The peer refused, or there was no answer; the message becomes due again by the schedule.
    fn failed(
        &self,
        waiting: &Waiting,
        why: String,
        now: Moment,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}

impl Outbox for Database {
    async fn due(&self, now: Moment) -> Result<Vec<Waiting>, StoreError> {
        self.read(move |connection| mailbox::due(connection, now, TAKEN_AT_ONCE)).await
    }

    async fn acknowledged(
        &self,
        waiting: &Waiting,
        answer: &Verified<Body>,
        now: Moment,
    ) -> Result<(), StoreError> {
        let (id, octets) = (waiting.message.id, answer.evidence().octets.clone());
        self.write(move |tx| mailbox::acknowledged(tx, id, &octets, now)).await
    }

    async fn failed(&self, waiting: &Waiting, why: String, now: Moment) -> Result<(), StoreError> {
        let (id, next) = (waiting.message.id, mailbox::next_try(waiting.tries + 1, now));
        self.write(move |tx| mailbox::failed(tx, id, &why, next)).await
    }
}

/// Works through an outbox for as long as the process lives. `bell` is rung when something was put in.
pub async fn work(outbox: impl Outbox, caller: Caller, clock: Arc<dyn Clock>, bell: Arc<Notify>) {
    let mut pause = LOOK_EVERY;
    loop {
        match outbox.due(clock.now()).await {
            Ok(due) if due.is_empty() => {
                // Either the bell or the next look; which of the two does not matter.
                let _ = tokio::time::timeout(LOOK_EVERY, bell.notified()).await;
            }
            Ok(due) => {
                // What became of a message could not be written, so it is due again at once: on a full disk every
                // round would deliver it once more.
                pause = match round(&outbox, &caller, clock.as_ref(), due).await {
                    Ok(()) => LOOK_EVERY,
                    Err(error) => {
                        tracing::error!(event = "outbox-not-written", %error, pause_ms = pause.as_millis());
                        tokio::time::sleep(pause).await;
                        LONGEST_PAUSE.min(pause * 2)
                    }
                };
            }
            Err(error) => {
                tracing::error!(event = "outbox-not-read", %error);
                tokio::time::sleep(LOOK_EVERY).await;
            }
        }
    }
}

/// Delivers what is due, each recipient by itself; an error where the outcome of a message was not written, and then
/// nothing more is delivered to that recipient.
async fn round(
    outbox: &impl Outbox,
    caller: &Caller,
    clock: &dyn Clock,
    due: Vec<Waiting>,
) -> Result<(), StoreError> {
    let mut by_recipient: BTreeMap<Bin, Vec<Waiting>> = BTreeMap::new();
    for waiting in due {
        by_recipient.entry(waiting.message.to).or_default().push(waiting);
    }
    let each = by_recipient.into_values().map(|messages| async move {
        for waiting in messages {
            let message = &waiting.message;
            outbox.begins(&waiting, clock.now()).await?;
            match caller.deliver(message.to, &message.operation, message.id, &message.body).await {
                Ok(answer) => outbox.acknowledged(&waiting, &answer, clock.now()).await?,
                Err(failure) => {
                    let why = failure.to_string();
                    tracing::warn!(event = "outbox-try-failed", to = %message.to, operation = %message.operation, why);
                    outbox.failed(&waiting, why, clock.now()).await?;
                }
            }
        }
        Ok(())
    });
    futures_util::future::join_all(each).await.into_iter().collect()
}
