//! Goes on with what a crash or a silent gateway left open: bindings and closings whose answer is not known.
//!
//! The same question is asked under the same number while the gateway takes it for the same; later anew, which is
//! harmless too: the same application is bound once, and a used ticket closes nothing twice.

use std::sync::Arc;
use std::time::Duration;

use super::{close_at_desk, use_prepayment};
use crate::portal::Portal;
use crate::store::{desk, order, user};

/// How often open questions are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(3);

/// A question asked less long ago is still being waited for by a page.
const LEFT_ALONE_SECONDS: i64 = 35;

/// Sessions nobody has used for this long are forgotten.
const SESSIONS_KEPT_SECONDS: i64 = 24 * 3600;

/// Works for as long as the process lives. At the start nobody waits for an answer, so nothing is left alone.
pub(crate) async fn work(portal: Arc<Portal>) {
    let mut left_alone = 0;
    loop {
        if let Err(error) = round(&portal, left_alone).await {
            tracing::warn!(event = "resume-failed", %error);
        }
        left_alone = LEFT_ALONE_SECONDS;
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

async fn round(portal: &Portal, left_alone: i64) -> Result<(), super::Failure> {
    let before = portal.host.now().plus_seconds(-left_alone);
    let orders = portal.database.read(move |connection| order::binding_since(connection, before)).await?;
    for order in orders {
        use_prepayment::bind(portal, &order).await?;
    }
    let closings = portal.database.read(move |connection| desk::closing_since(connection, before)).await?;
    for inquiry in closings {
        close_at_desk::close(portal, &inquiry).await?;
    }
    let forgotten = portal.host.now().plus_seconds(-SESSIONS_KEPT_SECONDS);
    Ok(portal.database.write(move |tx| user::forget_sessions_before(tx, forgotten)).await?)
}
