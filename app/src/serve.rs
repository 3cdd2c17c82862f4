//! One participant as a process: its host is made here, with the system's clock and randomness.

use std::io::Read as _;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use participant::signing::{self, process::SignerConfig};
use participant::{Config, Host, Shutdown, SystemClock, SystemEntropy, health, logging};
use tokio::sync::oneshot;
use transport::ClientAuth;

use crate::cli::{Kind, ServeArguments};
use crate::clock::ClockSetBack;
use crate::exit::Failure;
use crate::memory;

/// Serves until it is told to stop. Its stderr is its log, so a failure is a line of it, also one of the very start.
pub(crate) async fn run(arguments: ServeArguments) -> Result<(), Failure> {
    std::panic::set_hook(Box::new(|panic| tracing::error!(event = "panicked", error = %panic)));
    run_until_told(arguments).await.map_err(|failure| {
        // Where it failed before its configuration was read; otherwise this does nothing.
        logging::start("error");
        failure.logged()
    })
}

async fn run_until_told(arguments: ServeArguments) -> Result<(), Failure> {
    if arguments.kind == Kind::Signer {
        return signer(&arguments).await;
    }
    let config = Config::read(&arguments.config)?;
    logging::start(&config.log);
    health::start();
    if sees_card_data(arguments.kind) {
        memory::harden();
    }
    let clock: Arc<dyn terms::Clock> = match &arguments.clock_set_back_by {
        Some(file) => Arc::new(ClockSetBack::by_file(file)),
        None => Arc::new(SystemClock),
    };
    let host = Host::new(config, clock, Box::new(SystemEntropy))?;
    let (stop, shutdown) = Shutdown::new();
    let with_stdin = arguments.stop_with_stdin;
    tokio::spawn(async move {
        told_to_stop(with_stdin).await;
        stop.stop();
    });
    serve(arguments.kind, host, shutdown).await?;
    Ok(())
}

/// Holds a signing key. Nobody else's code may look into its memory.
async fn signer(arguments: &ServeArguments) -> Result<(), Failure> {
    let config = SignerConfig::read(&arguments.config)?;
    logging::start(&config.log);
    memory::harden();
    let (stop, shutdown) = Shutdown::new();
    let with_stdin = arguments.stop_with_stdin;
    tokio::spawn(async move {
        told_to_stop(with_stdin).await;
        stop.stop();
    });
    Ok(signing::process::serve(config, shutdown).await?)
}

/// Whether card numbers, codes or PINs pass through such a process.
fn sees_card_data(kind: Kind) -> bool {
    match kind {
        Kind::Card | Kind::Bank | Kind::Atm => true,
        Kind::NationalCa
        | Kind::Gateway
        | Kind::Portal
        | Kind::TaxRegistry
        | Kind::ServiceBus
        | Kind::Kiosk
        | Kind::Signer => false,
    }
}

async fn serve(kind: Kind, host: Arc<Host>, shutdown: Shutdown) -> Result<()> {
    match kind {
        Kind::NationalCa => national_ca(host, shutdown).await,
        Kind::Gateway => gateway::serve(host, shutdown).await,
        Kind::Card => gateway::card::serve(host, shutdown).await,
        Kind::Portal => portal::serve(host, shutdown.wait()).await,
        Kind::TaxRegistry => tax_registry::serve(host, shutdown.wait()).await,
        Kind::ServiceBus => service_bus::serve(host, shutdown.wait()).await,
        Kind::Bank => bank::serve(host, shutdown.wait()).await,
        Kind::Atm => bank::serve_atm(host, shutdown.wait()).await,
        Kind::Kiosk => bank::serve_kiosk(host, shutdown.wait()).await,
        // It has a configuration of its own kind, and no host.
        Kind::Signer => bail!("a signer is no participant"),
    }
}

/// `[settings]` of the national CA.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CaSettings {
    /// Where its key, its certificate and its registry are.
    pub(crate) folder: std::path::PathBuf,
    /// Where its list is published.
    pub(crate) crl_url: String,
    /// Whether a full list waits for its time although something was revoked; the delta never does.
    #[serde(default)]
    pub(crate) full_lists_wait: bool,
    /// From thisUpdate to nextUpdate of an OCSP reply; 0 leaves nextUpdate out.
    pub(crate) ocsp_life_seconds: Option<u32>,
}

impl CaSettings {
    /// The settings, where the configuration is a national CA's.
    pub(crate) fn of(config: &Config) -> Option<Self> {
        config.settings().ok()
    }

    /// How such a CA publishes.
    pub(crate) fn publishing(&self) -> national_ca::Settings {
        let usual = national_ca::Settings::new(&self.crl_url);
        let ocsp_life_seconds = self.ocsp_life_seconds.unwrap_or(usual.ocsp_life_seconds);
        national_ca::Settings { full_lists_wait: self.full_lists_wait, ocsp_life_seconds, ..usual }
    }
}

async fn national_ca(host: Arc<Host>, shutdown: Shutdown) -> Result<()> {
    let settings: CaSettings = host.config.settings()?;
    let folder = host.config.path(&settings.folder);
    let ca = national_ca::NationalCa::open(&folder, settings.publishing(), host.clock())
        .context("opening the national CA")?;
    let router = national_ca::router(Arc::new(ca));
    tokio::select! {
        served = host.open_door("messages", ClientAuth::Required, router, &shutdown) => served,
        () = host.clone().keep_trust_fresh() => Ok(()),
    }
}

/// Ready when the process is to stop: by Ctrl-C, by SIGTERM, or with its supervisor.
pub(crate) async fn told_to_stop(with_stdin: bool) {
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    let (ended, stdin_ended) = oneshot::channel();
    if with_stdin {
        // A thread of its own: a runtime cannot give up a read of stdin, and would wait for it at the end.
        std::thread::spawn(move || {
            let mut octets = [0; 64];
            while std::io::stdin().read(&mut octets).is_ok_and(|read| read > 0) {}
            // Nobody listening means that the process is stopping already.
            let _ = ended.send(());
        });
    }
    let stdin_ended = async move {
        if !with_stdin || stdin_ended.await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminated => {}
        () = stdin_ended => {}
    }
}
