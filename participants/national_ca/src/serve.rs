//! The two addresses of the CA: its list and its certificate. TLS around them is `transport`'s.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};

use crate::ca::NationalCa;

/// Where the revocation list is served, in DER.
pub const CRL_PATH: &str = "/crl/national-ca.crl";
/// Where the CA's own certificate is served, in DER.
pub const CERTIFICATE_PATH: &str = "/ca/national-ca.crt";

/// Answers for the revocation list and the CA's certificate.
///
/// The registry is looked at on every request, so a revocation by another process is in the very next answer.
pub fn router(ca: Arc<NationalCa>) -> Router {
    Router::new()
        .route(CRL_PATH, get(revocation_list))
        .route(CERTIFICATE_PATH, get(certificate))
        .with_state(ca)
}

async fn revocation_list(State(ca): State<Arc<NationalCa>>) -> Response {
    match tokio::task::spawn_blocking(move || ca.current_crl()).await {
        Ok(Ok(list)) => {
            // A copy kept on the way would hide a revocation.
            let headers = [(CONTENT_TYPE, "application/pkix-crl"), (CACHE_CONTROL, "no-store")];
            (headers, list.der).into_response()
        }
        Ok(Err(error)) => {
            tracing::error!(error = &error as &dyn std::error::Error, "no revocation list can be served");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "making a revocation list was cut short"
            );
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

async fn certificate(State(ca): State<Arc<NationalCa>>) -> Response {
    ([(CONTENT_TYPE, "application/pkix-cert")], ca.certificate().der().to_vec()).into_response()
}
