//! The job that pays accepted claims: at once after their acceptance, and what a process that stopped has left at the start.

use std::time::Duration;

use crate::cx::Cx;
use crate::use_case::reimburse::reimburse;

/// How often it looks without having been rung: a claim may have a time to wait, and the database may have been busy.
const PAUSE: Duration = Duration::from_secs(1);

/// Pays what is due, for as long as the bank runs. What fails is tried again.
pub(crate) async fn work(cx: Cx) {
    loop {
        if let Err(error) = reimburse(&cx).await {
            tracing::warn!(event = "reimbursement-failed", %error);
        }
        // Either the bell or the pause; which of the two does not matter.
        let _ = tokio::time::timeout(PAUSE, cx.settlement_bell().notified()).await;
    }
}
