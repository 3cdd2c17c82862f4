//! Opening a participant's doors, and closing them together.

use std::future::Future;
use std::sync::Arc;

use anyhow::{Context, Result};
use axum::Router;
use tokio::sync::watch;
use transport::{ClientAuth, Listener, ServerLimits, ServerTls};

use crate::health;
use crate::host::Host;

/// Told to every part of a process when it is to stop. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Shutdown(watch::Receiver<bool>);

/// Stops a process. Dropping it stops it too.
#[derive(Debug)]
pub struct Stop(watch::Sender<bool>);

impl Shutdown {
    /// Both ends.
    pub fn new() -> (Stop, Self) {
        let (sender, receiver) = watch::channel(false);
        (Stop(sender), Self(receiver))
    }

    /// Ready when the process is to stop.
    pub fn wait(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut receiver = self.0.clone();
        async move {
            // An error means that the other end is gone, which also means to stop.
            let _ = receiver.wait_for(|stopping| *stopping).await;
        }
    }
}

impl Stop {
    /// Tells everybody to stop.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Host {
    /// Serves a router at the address of a purpose until the process stops, with the health pages beside it.
    ///
    /// # Errors
    /// Where the address is missing or taken, or TLS is not usable.
    pub async fn open_door(
        self: &Arc<Self>,
        purpose: &str,
        client_auth: ClientAuth,
        router: Router,
        shutdown: &Shutdown,
    ) -> Result<()> {
        self.open_door_within(purpose, client_auth, router, ServerLimits::default(), shutdown).await
    }

    /// The same with limits of its own.
    ///
    /// # Errors
    /// As [`Host::open_door`].
    pub async fn open_door_within(
        self: &Arc<Self>,
        purpose: &str,
        client_auth: ClientAuth,
        router: Router,
        limits: ServerLimits,
        shutdown: &Shutdown,
    ) -> Result<()> {
        transport::allow_many_connections();
        let address = self.config.address(purpose)?;
        let listener =
            Listener::bind(address).await.with_context(|| format!("binding {purpose} at {address}"))?;
        let tls = ServerTls { identity: self.identity.clone(), client_auth, roots: self.roots.clone() };
        let router = router.merge(health::router(self.clone()));
        tracing::info!(event = "door-open", participant = %self.name, purpose, %address);
        transport::serve(listener, tls, router, limits, shutdown.wait()).await?;
        Ok(())
    }
}
