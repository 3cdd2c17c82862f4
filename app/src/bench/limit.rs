//! The limit: a server that does nothing but verify, sign and group-commit.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use envelope::TokenForm;
use http::{StatusCode, header};
use participant::{Config, Host, Shutdown, SystemClock, SystemEntropy};
use store::{Database, Migration, Options, StoreError};
use transport::ClientAuth;
use wire::Response as _;
use xml::ToElement;

use crate::serve::told_to_stop;

const MIGRATION: Migration = Migration { version: 1, name: "limit", sql: include_str!("limit.sql") };

struct Limit {
    host: Arc<Host>,
    database: Database,
    answer: String,
}

/// Serves until stdin ends.
pub(crate) async fn serve(config: &Path) -> Result<()> {
    let config = Config::read(config)?;
    let path = config.path(config.database.as_ref().context("the limit needs a `database`")?);
    let host = Host::new(config, Arc::new(SystemClock), Box::new(SystemEntropy))?;
    let database = Database::open(&path, &[MIGRATION], Options::default())?;
    let answer = wire::gateway::NotifyPaymentResponse::example().to_xml();
    let limit = Arc::new(Limit { host: host.clone(), database, answer });
    let router = Router::new().route("/ws/v1/gateway", post(exchange)).with_state(limit);
    let (stop, shutdown) = Shutdown::new();
    tokio::spawn(async move {
        told_to_stop(true).await;
        stop.stop();
    });
    tokio::select! {
        served = host.open_door("messages", ClientAuth::Required, router, &shutdown) => served,
        () = host.clone().keep_trust_fresh() => Ok(()),
    }
}

async fn exchange(State(limit): State<Arc<Limit>>, octets: Bytes) -> Response {
    let host = &limit.host;
    let Ok((version, body)) = envelope::open(octets.clone(), &host.trust, host.now()) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let (hash, answer) = (body.content_hash(), limit.answer.clone());
    let kept = limit
        .database
        .write(move |tx| crate::bench::store::keep(tx, &hash, &octets, &answer).map_err(StoreError::from))
        .await;
    let signer = host.signer();
    match (
        kept,
        envelope::seal(version, &limit.answer, signer.as_ref(), host.now(), TokenForm::BinarySecurityToken),
    ) {
        (Ok(()), Ok(sealed)) => ([(header::CONTENT_TYPE, version.content_type())], sealed).into_response(),
        _ => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
