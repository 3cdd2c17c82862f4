//! The message endpoint: one service over SOAP 1.1 and 1.2, its WSDL and schemas at `?wsdl` and beside it.
//!
//! The flow is the same for everyone: limits, signature, path, revocation (`envelope`), rights (`rights`), use case,
//! signed answer. A refusal is an answer too, typed and signed, also of a message that is too large or does not come to
//! its end. Dispatch is by the Body's element; SOAPAction is not looked at.

use std::future::Future;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use envelope::{Body, SoapVersion, TokenForm, Verified};
use http::{StatusCode, header};
use pki::Purpose;
use rights::Permitted;
use terms::{Bin, MessageId, Moment};
use transport::{BodyCut, Peer, WholeBody};
use wire::fault::FaultCode;
use wire::{Kind, Request, ServiceDescription};

use crate::fault::Fault;
use crate::host::Host;

/// How far the clock of a question may differ from ours, in seconds, either way.
pub const CLOCK_WINDOW_SECONDS: i64 = 300;

/// One verified message, on its way to a use case.
pub struct Call {
    host: Arc<Host>,
    body: Verified<Body>,
    peer: Option<Bin>,
    received_at: Moment,
}

/// What answers the messages of one service.
pub trait Service: Send + Sync + 'static {
    /// What is published about it.
    fn description(&self) -> &'static ServiceDescription;

    /// Answers one message with the canonical text of the answer's Body element.
    fn answer(&self, call: Call) -> impl Future<Output = Result<String, Fault>> + Send;
}

impl Call {
    /// The operation asked for: the local name of the signed Body's element.
    pub fn operation(&self) -> &str {
        self.body.name().1
    }

    /// When the message arrived.
    pub fn received_at(&self) -> Moment {
        self.received_at
    }

    /// Reads the message as a request of one operation, and permits it.
    ///
    /// # Errors
    /// A fault for a wrong field, a foreign or unregistered sender, a missing right, a question out of the window.
    pub fn permit<T: Request>(self) -> Result<Permitted<T>, Fault> {
        let verified = self.body.parse::<T>().map_err(Fault::field)?;
        let header = verified.get().header();
        let apart = self.received_at.seconds_since(header.sent_at).abs();
        let is_late = verified.get().kind() == Kind::Question && apart > CLOCK_WINDOW_SECONDS;
        let permitted =
            Permitted::message(verified, self.peer, &self.host.registry()).map_err(Fault::denied)?;
        // Rights come before the clock, so that a stranger learns nothing from the clock.
        if is_late { Err(Fault::new(FaultCode::ClockWindow)) } else { Ok(permitted) }
    }

    /// The fault for an operation that the service does not have.
    pub fn unknown_operation(&self) -> Fault {
        Fault::new(FaultCode::UnknownOperation)
    }
}

struct Endpoint<S> {
    host: Arc<Host>,
    service: S,
}

/// The published description of the service of a namespace.
///
/// # Panics
/// Where the namespace has no service, which is a programming error.
pub fn published(namespace: &wire::Namespace) -> &'static ServiceDescription {
    let services = wire::services().iter();
    services
        .copied()
        .find(|service| service.namespace.uri == namespace.uri)
        .expect("every service namespace has one")
}

/// The routes of a service under `/ws/v1/<name>`.
pub fn router<S: Service>(host: Arc<Host>, service: S) -> Router {
    let name = service.description().namespace.file;
    let endpoint = Arc::new(Endpoint { host, service });
    Router::new().route(&format!("/ws/v1/{name}"), get(wsdl::<S>).post(message::<S>)).with_state(endpoint)
}

async fn wsdl<S: Service>(
    State(endpoint): State<Arc<Endpoint<S>>>,
    RawQuery(query): RawQuery,
    headers: http::HeaderMap,
) -> Response {
    if !query.is_some_and(|query| query.eq_ignore_ascii_case("wsdl")) {
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "POST")], "POST a message, or GET ?wsdl\n")
            .into_response();
    }
    // The address in the WSDL is the one the reader came by, so that a client behind another name can go on.
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("127.0.0.1");
    let service = endpoint.service.description();
    let text = wire::wsdl(service, &format!("https://{host}/ws/v1/{}", service.namespace.file));
    ([(header::CONTENT_TYPE, "text/xml; charset=utf-8")], text).into_response()
}

/// The schemas that every WSDL imports, beside the services.
pub fn schemas() -> Router {
    Router::new().route("/ws/v1/{file}", get(schema))
}

async fn schema(Path(file): Path<String>) -> Response {
    let stem = file.strip_suffix(".xsd");
    let published = [
        &wire::COMMON,
        &wire::GATEWAY,
        &wire::CARD,
        &wire::PORTAL,
        &wire::BANK,
        &wire::TAX_REGISTRY,
        &wire::SERVICE_BUS,
    ];
    let namespace = published.into_iter().find(|namespace| Some(namespace.file) == stem);
    match namespace {
        Some(namespace) => {
            ([(header::CONTENT_TYPE, "text/xml; charset=utf-8")], wire::xsd(namespace)).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Whether the certificate of the connection still counts: TLS looks at chain and dates only, and a connection may be
/// older than a revocation (A8). A connection without a certificate is refused with the rights.
async fn connection_in_force(host: &Host, peer: &Peer, at: Moment) -> Result<(), Fault> {
    let Some(certificate) = &peer.certificate else { return Ok(()) };
    match host.check_by_all_sources(certificate, Purpose::TlsClient, at).await {
        Ok(_) => Ok(()),
        Err(error) => Err(Fault::refused(&error.into())),
    }
}

/// Counts a verified message under its operation; a name that the service does not have is a stranger's own.
fn count(service: &ServiceDescription, name: &str) {
    let operation = service.operations.iter().find(|operation| operation.name == name);
    let operation = operation.map_or("unknown", |operation| operation.name);
    metrics::counter!("tolem_messages_total", "service" => service.name, "operation" => operation)
        .increment(1);
}

/// What is said where nothing can be signed: outside SOAP, so that nobody takes it for our word about the message. What
/// was decided is kept all the same, and answered when the message is repeated.
fn not_signed(correlation: MessageId) -> Response {
    let fault = FaultCode::SigningUnavailable.description();
    let retry_after = fault.retry_after_seconds.unwrap_or_default().to_string();
    let text = format!("{} {}\n{}\n", fault.id, correlation, fault.en);
    let kind = "text/plain; charset=utf-8".to_owned();
    let headers = [(header::CONTENT_TYPE, kind), (header::RETRY_AFTER, retry_after)];
    (StatusCode::SERVICE_UNAVAILABLE, headers, text).into_response()
}

async fn message<S: Service>(
    State(endpoint): State<Arc<Endpoint<S>>>,
    peer: Peer,
    headers: http::HeaderMap,
    WholeBody(octets): WholeBody,
) -> Response {
    let host = &endpoint.host;
    let received_at = host.now();
    let correlation = host.message_id();
    let peer_bin = peer.certificate.as_ref().and_then(|certificate| {
        certificate.subject().organisation.as_ref().and_then(|bin| bin.checked().ok())
    });
    let announced = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(SoapVersion::of_content_type);
    let (version, outcome) = match (octets, announced) {
        // A signature costs, and nobody would read it.
        (Err(BodyCut::PeerGone), _) => return StatusCode::BAD_REQUEST.into_response(),
        // What could not be read is answered in the version its Content-Type speaks of.
        (Err(cut), announced) => (announced.unwrap_or(SoapVersion::V11), Err(Fault::cut(cut))),
        (Ok(_), None) => (SoapVersion::V11, Err(Fault::new(FaultCode::UnsupportedEncoding))),
        (Ok(octets), Some(announced)) => match host.open_message(octets, received_at).await {
            Err(refused) => (announced, Err(Fault::refused(&refused))),
            Ok((version, body)) => {
                count(endpoint.service.description(), body.name().1);
                let call = Call { host: host.clone(), body, peer: peer_bin, received_at };
                let outcome = match connection_in_force(host, &peer, received_at).await {
                    Ok(()) => endpoint.service.answer(call).await,
                    Err(fault) => Err(fault),
                };
                (version, outcome)
            }
        },
    };
    if outcome.as_ref().is_err_and(Fault::ends_connection) {
        peer.close_after_answer();
    }
    let signer = host.signer();
    let sealed = match &outcome {
        Ok(body) => {
            envelope::seal(version, body, signer.as_ref(), host.now(), TokenForm::BinarySecurityToken)
        }
        Err(fault) => {
            metrics::counter!("tolem_soap_faults_total", "code" => fault.code.id()).increment(1);
            tracing::warn!(
                event = "message-refused",
                code = fault.code.id(),
                cause = %fault,
                peer = ?peer_bin,
                correlation = %correlation,
            );
            fault.seal(version, correlation, signer.as_ref(), host.now())
        }
    };
    match sealed {
        Ok(octets) => {
            let status = outcome.as_ref().err().map_or(StatusCode::OK, |fault| fault.http_status(version));
            (status, [(header::CONTENT_TYPE, version.content_type())], octets).into_response()
        }
        Err(error) => {
            tracing::error!(event = "answer-not-signed", %error, correlation = %correlation);
            not_signed(correlation)
        }
    }
}
