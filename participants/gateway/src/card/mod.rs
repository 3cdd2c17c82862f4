//! The card page: a process of its own, and the only place that card data ever enters.
//!
//! It keeps nothing. The gateway holds the attempt and the state of the payment; card number, expiry and code
//! go from the form to the bank's processing and are wiped. `fields` reads the form, `pay` is the course of
//! one payment, `authorise` the line to a bank, `gateway` the conversation with the gateway, `page` and
//! `view` what people see, `submissions` what makes a form sent twice harmless. That freed memory is wiped
//! and that none of it gets into a core dump or swap is seen to where the process is started.
//! Source: Instruction № 491, cl. 7(1), 13(2), annex table 1 steps 12–27.

mod authorise;
mod fields;
mod gateway;
mod page;
mod pay;
mod routing;
mod submissions;
#[cfg(test)]
mod tests;
mod view;

use std::sync::atomic::AtomicU32;
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result};
use axum::Router;
use pages::CsrfKey;
use participant::{Host, Shutdown};
use terms::{Bin, Entropy};
use transport::ClientAuth;

pub use self::routing::{RouteSetting, Settings};

use self::authorise::Lines;
use self::gateway::CalledGateway;
use self::pay::{Desk, Names};
use self::routing::Routes;
use self::submissions::Submissions;

/// The host's randomness, for what outlives a call.
struct HostEntropy(Arc<Host>);

impl Entropy for HostEntropy {
    fn fill(&mut self, buffer: &mut [u8]) {
        self.0.draw(|entropy| entropy.fill(buffer));
    }
}

/// The pages of a card page, as its configuration describes it.
///
/// # Errors
/// Where the settings are wrong or a key is not usable.
pub fn router(host: &Arc<Host>) -> Result<Router> {
    let settings: Settings = host.config.settings()?;
    let gateway: Bin =
        settings.gateway.parse().with_context(|| format!("the gateway's BIN: {}", settings.gateway))?;
    host.known(gateway).context("the gateway is none of the [[peer]]s")?;
    let mut entropy = HostEntropy(host.clone());
    let (mut key, mut counter) = ([0; 32], [0; 4]);
    entropy.fill(&mut key);
    entropy.fill(&mut counter);
    let desk = Desk {
        gateway: Arc::new(CalledGateway::new(host.clone(), gateway)?),
        routes: Routes::of(&settings.routes)?,
        lines: Lines {
            identity: host.identity.clone(),
            roots: host.roots.clone(),
            judge: host.clone(),
            deadline: settings.authorise()?,
        },
        csrf: CsrfKey::new(&key),
        submissions: Submissions::default(),
        clock: host.clock(),
        entropy: Mutex::new(Box::new(entropy)),
        wait_for_notice: settings.wait_for_notice()?,
        test_cards: settings.test_cards,
        names: Names::of(host.bin),
        // A restart goes on at another number, so that two messages of one second do not share one.
        messages: AtomicU32::new(u32::from_le_bytes(counter)),
    };
    Ok(page::router(Arc::new(desk)))
}

/// Runs the card page until it is told to stop.
///
/// # Errors
/// Where it cannot start.
pub async fn serve(host: Arc<Host>, shutdown: Shutdown) -> Result<()> {
    let router = router(&host)?;
    tokio::select! {
        served = host.open_door("pages", ClientAuth::None, router, &shutdown) => served,
        () = host.clone().keep_trust_fresh() => Ok(()),
    }
}
