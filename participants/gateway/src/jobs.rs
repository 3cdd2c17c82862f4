//! What the gateway does by itself: codes expire, silent attempts are asked about, old guesses are forgotten, disk
//! space is reserved again once there is some, heads of the evidence chain are stamped, revocation lists kept, statements and payouts looked after,
//! and days closed.

use std::sync::Arc;
use std::time::Duration;

use participant::Fault;
use participant::health::DISK_FLOOR_OCTETS;
use payment::Event;
use rights::{Permitted, SystemJob};
use store::{Store, StoreError};

use crate::RESERVE_OCTETS;
use crate::cx::Cx;
use crate::fault;
use crate::registry;
use crate::settlement;
use crate::sources;
use crate::stamps;
use crate::use_case::pay_from_account;

/// How often silent attempts are looked for.
const WATCH_EVERY: Duration = Duration::from_secs(1);

/// How often codes are let expire and guesses forgotten.
const SWEEP_EVERY: Duration = Duration::from_secs(30);

/// How many rows one round takes.
const AT_ONCE: usize = 200;

/// Runs the jobs for as long as the process lives.
pub(crate) async fn run(cx: Arc<Cx>) {
    tokio::join!(
        watch(&cx),
        sweep(&cx),
        stamps::keep_stamping(&cx),
        sources::keep_sources(&cx),
        settlement::keep_settling(&cx),
        settlement::keep_closing(&cx),
    );
}

async fn watch(cx: &Cx) {
    let mut serial = cx.host.signer().certificate().serial();
    loop {
        tokio::time::sleep(WATCH_EVERY).await;
        let current = cx.host.signer().certificate().serial();
        if current != serial {
            match registry::keep_own_certificate(cx).await {
                Ok(()) => serial = current,
                Err(error) => tracing::error!(event = "own-certificate-not-kept", %error),
            }
        }
        reserve_again(cx);
        let now = cx.host.now();
        let due = cx.store.read(move |view| {
            Ok::<_, StoreError>((
                view.attempts_due(now, AT_ONCE)?,
                view.open_items(now)?,
                view.outbox_depth()?,
            ))
        });
        match due.await {
            Ok((due, open, waiting)) => {
                let gauge = |count: u64| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
                metrics::gauge!("tolem_unknown_payments").set(gauge(open.len() as u64));
                metrics::gauge!("tolem_outbox_depth").set(gauge(waiting));
                let asked = due.iter().map(|attempt| pay_from_account::inquire(cx, &attempt.value));
                for outcome in futures_util::future::join_all(asked).await {
                    report("watchdog", outcome);
                }
            }
            Err(error) => tracing::error!(event = "watchdog", %error),
        }
    }
}

/// Keeps the reserve again that was given up on a full disk, once the disk has room for it and to spare: taken any
/// sooner, it would take the room from facts.
fn reserve_again(cx: &Cx) {
    let database = cx.store.database();
    if database.is_reserve_kept() || !cx.host.has_room(DISK_FLOOR_OCTETS + RESERVE_OCTETS) {
        return;
    }
    match database.keep_reserve() {
        Ok(()) => tracing::info!(event = "disk-reserve-kept-again"),
        Err(error) => tracing::warn!(event = "disk-reserve-not-kept", %error),
    }
}

async fn sweep(cx: &Cx) {
    loop {
        report("expire", expire(cx).await);
        let forget = Permitted::system((), SystemJob("forget-guesses"));
        report(
            "forget",
            cx.change(&forget, |work| {
                let before = work.now.plus_seconds(-24 * 3600);
                Ok(work.tx.forget_failures(before)?)
            })
            .await,
        );
        tokio::time::sleep(SWEEP_EVERY).await;
    }
}

/// Makes unpaid codes void whose time is over.
async fn expire(cx: &Cx) -> Result<(), Fault> {
    let command = Permitted::system((), SystemJob("expire"));
    cx.change(&command, |work| {
        for code in work.tx.codes_to_expire(work.now, AT_ONCE)? {
            let stored = work.payment(code)?;
            let change = stored
                .value
                .clone()
                .apply(Event::Expired, work.now)
                .map_err(|refusal| fault::of(refusal, &stored.value))?;
            work.keep(stored, &change)?;
            work.journal(code, "expired", "")?;
        }
        Ok(())
    })
    .await
}

fn report(job: &'static str, outcome: Result<(), Fault>) {
    if let Err(fault) = outcome {
        tracing::error!(event = "job-failed", job, cause = %fault);
    }
}
