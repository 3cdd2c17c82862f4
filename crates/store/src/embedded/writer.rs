//! The one writer: takes what is queued, executes it as a group, commits once, then answers everybody.
//!
//! While one group waits for the disk the next one gathers by itself, so that a busy store pays for one disk
//! flush per group and an idle one adds no delay.
//!
//! A savepoint costs a copy of every page its job touches, and nearly every job keeps what it wrote. So a group
//! is tried without them first; where a job has to be undone alone, the whole group is undone and executed once
//! more, each job under a savepoint. That is why work must be repeatable.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};

use super::{BeforeCommit, GROUP_BOUND};
use crate::StoreError;

/// One queued piece of work whose types only its caller knows.
pub(super) trait Job: Send {
    /// Executes it; whether what it wrote is to be kept. May be called again after everything was undone.
    fn run(&mut self, tx: &Transaction<'_>) -> bool;
    /// Tells the caller, once the fate of the whole group is known.
    fn answer(self: Box<Self>, fate: Result<(), StoreError>);
}

pub(super) struct Work<F, R, E> {
    work: F,
    result: Option<Result<R, E>>,
    reply: oneshot::Sender<Result<R, E>>,
}

impl<F, R, E> Work<F, R, E> {
    pub(super) fn new(work: F, reply: oneshot::Sender<Result<R, E>>) -> Self {
        Self { work, result: None, reply }
    }
}

impl<F, R, E> Job for Work<F, R, E>
where
    F: FnMut(&Transaction<'_>) -> Result<R, E> + Send,
    R: Send,
    E: From<StoreError> + Send,
{
    fn run(&mut self, tx: &Transaction<'_>) -> bool {
        // The work's own data is dropped with it, and what it wrote is undone: nothing half-changed is seen.
        let result = catch_unwind(AssertUnwindSafe(|| (self.work)(tx)));
        let result = result.unwrap_or_else(|_| Err(StoreError::Panicked.into()));
        let keep = result.is_ok();
        self.result = Some(result);
        keep
    }

    fn answer(self: Box<Self>, fate: Result<(), StoreError>) {
        let answer = match (self.result, fate) {
            (Some(Err(own)), _) => Err(own),
            (_, Err(fate)) => Err(fate.into()),
            (Some(Ok(result)), Ok(())) => Ok(result),
            (None, Ok(())) => Err(StoreError::GroupLost.into()),
        };
        // A caller that no longer waits is no reason to stop.
        let _ = self.reply.send(answer);
    }
}

/// Works until the last [`super::Database`] is dropped.
pub(super) fn run(
    mut connection: Connection,
    mut queue: mpsc::Receiver<Box<dyn Job>>,
    mut before_commit: Option<Box<dyn BeforeCommit>>,
) {
    while let Some(first) = queue.blocking_recv() {
        let mut group = vec![first];
        while group.len() < GROUP_BOUND {
            match queue.try_recv() {
                Ok(next) => group.push(next),
                Err(_) => break,
            }
        }
        let fate = catch_unwind(AssertUnwindSafe(|| {
            commit_group(&mut connection, &mut group, before_commit.as_deref_mut())
        }));
        let fate = fate.unwrap_or(Err(StoreError::Panicked));
        if let Err(error) = &fate {
            tracing::error!(%error, transactions = group.len(), "a commit group was not kept");
        }
        group.into_iter().for_each(|job| job.answer(fate.clone()));
    }
}

fn commit_group(
    connection: &mut Connection,
    group: &mut [Box<dyn Job>],
    before_commit: Option<&mut (dyn BeforeCommit + '_)>,
) -> Result<(), StoreError> {
    let mut tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let kept = match run_together(&tx, group)? {
        Some(kept) => kept,
        None => {
            tx.rollback()?;
            tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            run_apart(&tx, group)?
        }
    };
    if kept == 0 {
        return Ok(());
    }
    if let Some(last) = before_commit {
        last.before_commit(&tx)?;
    }
    Ok(tx.commit()?)
}

/// How many jobs want to keep what they wrote; `None` where one that wrote something does not.
fn run_together(tx: &Transaction<'_>, group: &mut [Box<dyn Job>]) -> Result<Option<usize>, StoreError> {
    let mut kept = 0;
    for job in group {
        let before = tx.total_changes();
        let keep = run_one(tx, job.as_mut())?;
        if !keep && tx.total_changes() != before {
            return Ok(None);
        }
        kept += usize::from(keep);
    }
    Ok(Some(kept))
}

/// The same under savepoints, where each job can be undone alone.
fn run_apart(tx: &Transaction<'_>, group: &mut [Box<dyn Job>]) -> Result<usize, StoreError> {
    let mut kept = 0;
    for job in group {
        execute(tx, "SAVEPOINT job")?;
        let keep = run_one(tx, job.as_mut())?;
        if !keep {
            execute(tx, "ROLLBACK TO job")?;
        }
        execute(tx, "RELEASE job")?;
        kept += usize::from(keep);
    }
    Ok(kept)
}

fn run_one(tx: &Transaction<'_>, job: &mut dyn Job) -> Result<bool, StoreError> {
    let keep = job.run(tx);
    // A full disk can make SQLite give up the transaction itself, and with it what came before.
    if tx.is_autocommit() { Err(StoreError::GroupLost) } else { Ok(keep) }
}

fn execute(tx: &Transaction<'_>, sql: &str) -> Result<(), StoreError> {
    tx.prepare_cached(sql)?.execute([])?;
    Ok(())
}
