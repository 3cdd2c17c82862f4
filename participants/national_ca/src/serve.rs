//! The addresses of the CA: its lists, its certificates, OCSP and time stamps. TLS around them is `transport`'s.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};

use crate::ca::{CaError, FIRST_HIERARCHY, NationalCa};

/// Where the first key's full list is served, in DER; those of other keys beside it under their names.
pub const CRL_PATH: &str = "/crl/national-ca.crl";
/// What stands behind a key's name in the path of its delta.
pub const DELTA_SUFFIX: &str = "-delta";
/// Where the paths of all lists of keys in force are served, one a line, each full list before its delta.
pub const INDEX_PATH: &str = "/crl/index.txt";
/// Where the certificate of the first hierarchy is served, in DER.
pub const CERTIFICATE_PATH: &str = "/ca/national-ca.crt";
/// Where the certificates of all keys in force are served, in PEM.
pub const ROOTS_PATH: &str = "/ca/roots.pem";
/// Where the words of earlier keys for later ones are served, in PEM.
pub const LINKS_PATH: &str = "/ca/links.pem";
/// Where OCSP questions are answered.
pub const OCSP_PATH: &str = "/ocsp";
/// Where digests are stamped by the first hierarchy; by others under their names below it.
pub const STAMP_PATH: &str = "/stamp";

/// The longest body that is read, in octets: the longer of the two kinds of questions.
const MAX_BODY_OCTETS: usize = pki::ocsp::MAX_REQUEST_OCTETS;

/// Answers for lists, certificates, OCSP and time stamps.
///
/// The registry is looked at on every request, so a revocation by another process is in the very next answer, and a
/// key added by one is served at once.
pub fn router(ca: Arc<NationalCa>) -> Router {
    Router::new()
        .route(INDEX_PATH, get(index))
        .route("/crl/{file}", get(revocation_list))
        .route(CERTIFICATE_PATH, get(certificate))
        .route(ROOTS_PATH, get(roots))
        .route(LINKS_PATH, get(links))
        .route(OCSP_PATH, post(ocsp_by_post))
        .route("/ocsp/{question}", get(ocsp_by_get))
        .route(STAMP_PATH, post(stamp_of_first))
        .route("/stamp/{hierarchy}", post(stamp))
        .layer(DefaultBodyLimit::max(MAX_BODY_OCTETS))
        .with_state(ca)
}

/// Does something that reads or writes the registry, away from the threads that serve.
async fn aside<R: Send + 'static>(
    ca: Arc<NationalCa>,
    work: impl FnOnce(&NationalCa) -> Result<R, CaError> + Send + 'static,
) -> Result<R, StatusCode> {
    match tokio::task::spawn_blocking(move || work(&ca)).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(CaError::UnknownIssuer(_))) => Err(StatusCode::NOT_FOUND),
        Ok(Err(error)) => {
            tracing::error!(error = &error as &dyn std::error::Error, "the CA cannot answer");
            Err(StatusCode::SERVICE_UNAVAILABLE)
        }
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "an answer of the CA was cut short");
            Err(StatusCode::SERVICE_UNAVAILABLE)
        }
    }
}

/// A copy kept on the way would hide a revocation.
fn answer(kind: &'static str, octets: Vec<u8>) -> Response {
    ([(CONTENT_TYPE, kind), (CACHE_CONTROL, "no-store")], octets).into_response()
}

async fn revocation_list(State(ca): State<Arc<NationalCa>>, Path(file): Path<String>) -> Response {
    let Some(name) = file.strip_suffix(".crl").map(str::to_owned) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let list = aside(ca, move |ca| match name.strip_suffix(DELTA_SUFFIX) {
        Some(issuer) => ca.current_delta_of(issuer),
        None => ca.current_crl_of(&name),
    });
    match list.await {
        Ok(list) => answer("application/pkix-crl", list.der),
        Err(status) => status.into_response(),
    }
}

async fn index(State(ca): State<Arc<NationalCa>>) -> Response {
    let names = aside(ca, |ca| {
        let issuers = ca.issuers()?;
        let in_force = issuers.iter().filter(|issuer| issuer.is_in_force(ca.now()));
        Ok(in_force.map(|issuer| issuer.name.clone()).collect::<Vec<_>>())
    });
    match names.await {
        Ok(names) => {
            let lines = names.iter().map(|name| format!("/crl/{name}.crl\n/crl/{name}{DELTA_SUFFIX}.crl\n"));
            answer("text/plain", lines.collect::<String>().into_bytes())
        }
        Err(status) => status.into_response(),
    }
}

async fn certificate(State(ca): State<Arc<NationalCa>>) -> Response {
    match aside(ca, |ca| Ok(ca.certificate())).await {
        Ok(certificate) => answer("application/pkix-cert", certificate.der().to_vec()),
        Err(status) => status.into_response(),
    }
}

async fn roots(State(ca): State<Arc<NationalCa>>) -> Response {
    match aside(ca, NationalCa::roots_pem).await {
        Ok(pem) => answer("application/x-pem-file", pem.into_bytes()),
        Err(status) => status.into_response(),
    }
}

async fn links(State(ca): State<Arc<NationalCa>>) -> Response {
    match aside(ca, NationalCa::links_pem).await {
        Ok(pem) => answer("application/x-pem-file", pem.into_bytes()),
        Err(status) => status.into_response(),
    }
}

async fn ocsp_by_post(State(ca): State<Arc<NationalCa>>, headers: HeaderMap, question: Bytes) -> Response {
    if !is_kind(&headers, "application/ocsp-request") {
        return StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response();
    }
    ocsp(ca, question.to_vec()).await
}

/// RFC 6960, A.1.1: the question in base64, then in the form of URLs, which is undone before it comes here.
async fn ocsp_by_get(State(ca): State<Arc<NationalCa>>, Path(question): Path<String>) -> Response {
    match BASE64_STANDARD.decode(question) {
        Ok(question) => ocsp(ca, question).await,
        Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}

async fn ocsp(ca: Arc<NationalCa>, question: Vec<u8>) -> Response {
    match aside(ca, move |ca| Ok(ca.answer_ocsp(&question))).await {
        Ok(reply) => answer("application/ocsp-response", reply),
        Err(status) => status.into_response(),
    }
}

async fn stamp_of_first(ca: State<Arc<NationalCa>>, headers: HeaderMap, question: Bytes) -> Response {
    stamp(ca, Path(FIRST_HIERARCHY.to_owned()), headers, question).await
}

async fn stamp(
    State(ca): State<Arc<NationalCa>>,
    Path(hierarchy): Path<String>,
    headers: HeaderMap,
    question: Bytes,
) -> Response {
    if !is_kind(&headers, "application/timestamp-query") {
        return StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response();
    }
    match aside(ca, move |ca| ca.answer_stamp(&hierarchy, &question)).await {
        Ok(reply) => answer("application/timestamp-reply", reply),
        Err(status) => status.into_response(),
    }
}

fn is_kind(headers: &HeaderMap, kind: &str) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(kind.as_bytes()))
}
