//! `/livez`, `/readyz`, `/metrics`: what a machine asks about a process.
//!
//! Ready means that messages can be verified: the revocation list is fresh, without which nothing may be accepted. It
//! depends on no other participant being up.

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::get;
use http::StatusCode;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

use crate::host::Host;

static RECORDER: LazyLock<PrometheusHandle> = LazyLock::new(|| {
    PrometheusBuilder::new().install_recorder().expect("the first and only recorder of the process")
});

/// Starts counting. Called once before anything is counted; later calls do nothing.
pub fn start() {
    LazyLock::force(&RECORDER);
    metrics::gauge!("tolem_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
}

/// The three pages.
pub fn router(host: Arc<Host>) -> Router {
    Router::new()
        .route("/livez", get(|| async { "ok\n" }))
        .route("/readyz", get(readyz))
        .route("/metrics", get(|| async { RECORDER.render() }))
        .with_state(host)
}

async fn readyz(State(host): State<Arc<Host>>) -> impl IntoResponse {
    if host.config.crl.is_none() {
        return (StatusCode::OK, "[+]no revocation list needed\n".to_owned());
    }
    match host.trust.crl() {
        Some(crl) if crl.next_update > host.now() => {
            (StatusCode::OK, "[+]revocation list fresh\n".to_owned())
        }
        Some(_) => (StatusCode::SERVICE_UNAVAILABLE, "[-]revocation list stale\n".to_owned()),
        None => (StatusCode::SERVICE_UNAVAILABLE, "[-]no revocation list yet\n".to_owned()),
    }
}
