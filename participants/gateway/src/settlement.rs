//! From the payment to the treasury (cl. 22–24): for whoever drives it beside the running gateway, the command line, and
//! what the gateway does of it by itself.
//!
//! What each step does is in the use case of its name.

use std::time::Duration;

use participant::Fault;
use rights::{Permitted, SystemJob};
use store::{LIST_BOUND, Store, StoreError};
use terms::{BankingDay, Bin};

use crate::cx::Cx;

pub use crate::use_case::close_day::{CloseDay, Closed, close_day};
pub use crate::use_case::form_claims::{FormClaims, Formed, form_claims};
pub use crate::use_case::pay_out::{PayOut, pay_out};
pub use crate::use_case::take_statement::{
    ImportStatement, NotTaken, TakeStatement, Taken, UnexplainedEntry, import_statement, take_statement,
};

/// How often it is looked whether a day is over.
const LOOK_EVERY: Duration = Duration::from_secs(20);

/// The most days whose statements are asked for in one round, and the most that are closed after a long silence.
const MOST_DAYS: i64 = 31;

/// Looks after what is under way for as long as the process lives: statements and payouts, where that is configured.
pub(crate) async fn keep_settling(cx: &Cx) {
    let Some(seconds) = cx.settings.settle_seconds else { return std::future::pending().await };
    loop {
        tokio::time::sleep(Duration::from_secs(seconds.max(1))).await;
        if let Err(fault) = settle(cx).await {
            tracing::error!(event = "job-failed", job = "settle", cause = %fault);
        }
    }
}

/// Takes the statements in which something is awaited, and orders what may be paid out.
///
/// # Errors
/// Those of the store. A bank that gives no statement is asked again in the next round.
pub async fn settle(cx: &Cx) -> Result<(), Fault> {
    let job = SystemJob("settle");
    pay_out(cx, &Permitted::system(PayOut, job)).await?;
    for (bank, since) in awaited(cx).await? {
        for day in days(cx, bank, since).await? {
            let take = Permitted::system(TakeStatement { bank, day }, job);
            match take_statement(cx, &take).await {
                Ok(taken) => log_unexplained(bank, &taken),
                Err(why) => {
                    tracing::warn!(event = "statement-not-taken", bank = %bank, day = %day, %why);
                    break;
                }
            }
        }
    }
    pay_out(cx, &Permitted::system(PayOut, job)).await?;
    Ok(())
}

/// What nothing explains is somebody's money: whoever looks after the gateway hears of it at once, and not at the closing.
pub(crate) fn log_unexplained(bank: Bin, taken: &Taken) {
    for UnexplainedEntry { entry, reference, amount, why } in &taken.unexplained {
        tracing::warn!(event = "entry-unexplained", bank = %bank, %entry, %reference, %amount, %why);
    }
}

/// The banks in whose statements something is awaited, and since when.
async fn awaited(cx: &Cx) -> Result<Vec<(Bin, BankingDay)>, StoreError> {
    let look = |view: &dyn store::View| {
        let claims = view.open_claims(LIST_BOUND)?.into_iter().map(|one| (one.value.bank, one.value.day));
        let payouts = view.open_payouts(LIST_BOUND)?.into_iter();
        let payouts = payouts.map(|one| (one.value.payout.bank, one.value.payout.day));
        let mut banks: Vec<(Bin, BankingDay)> = claims.chain(payouts).collect();
        // By bank the earliest day first.
        banks.sort_unstable();
        banks.dedup_by_key(|(bank, _)| *bank);
        Ok(banks)
    };
    cx.store.read(look).await
}

/// The days whose statements are not wholly known, up to today.
async fn days(cx: &Cx, bank: Bin, since: BankingDay) -> Result<Vec<BankingDay>, StoreError> {
    let today = cx.host.now().banking_day();
    let last = cx.store.read(move |view| view.last_final_statement(bank)).await?;
    let first = last.map_or(since, BankingDay::next).max(today.plus_days(1 - MOST_DAYS));
    Ok(from_to(first, today))
}

fn from_to(first: BankingDay, last: BankingDay) -> Vec<BankingDay> {
    let mut all = Vec::new();
    let mut day = first;
    while day <= last {
        all.push(day);
        day = day.next();
    }
    all
}

/// Closes days that are over for as long as the process lives, where that is configured.
pub(crate) async fn keep_closing(cx: &Cx) {
    let Some(minutes) = cx.settings.close_after_minutes else { return std::future::pending().await };
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        if let Err(fault) = close_past_days(cx, minutes).await {
            tracing::error!(event = "job-failed", job = "close-day", cause = %fault);
        }
    }
}

/// Closes every day that has been over for so many minutes and was never closed since the last one that was.
///
/// # Errors
/// As [`close_day`]; days closed before stay.
pub async fn close_past_days(cx: &Cx, minutes: u32) -> Result<(), Fault> {
    let now = cx.host.now();
    let yesterday = now.plus_seconds(-60 * i64::from(minutes)).banking_day().previous();
    let last = cx.store.read(|view| view.last_closed_day()).await.map_err(Fault::from)?;
    let first = last.map_or(yesterday, BankingDay::next).max(yesterday.plus_days(1 - MOST_DAYS));
    for day in from_to(first, yesterday) {
        let close = Permitted::system(CloseDay { day }, SystemJob("close-day"));
        let Closed { record: closing, .. } = close_day(cx, &close).await?;
        tracing::info!(event = "day-closed", day = %day, revision = closing.revision, agrees = closing.agrees);
    }
    Ok(())
}
