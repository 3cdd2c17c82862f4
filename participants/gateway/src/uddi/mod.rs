//! The registry of web services (UDDI): the inquiry port for machines, a page of the same data for people.
//!
//! Who is registered follows from the gateway's configuration: itself and every participant it knows, each
//! with the service its message address leads to. What an inquiry means is decided in [`wire::uddi`].
//! Inquiries are not signed and need no right: nothing is told that the page does not tell everybody, and
//! nothing is changed.
//! Source: Instruction № 491, cl. 14; UDDI 3.0.2.

mod page;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderMap, HeaderName, StatusCode, header};
use participant::{Host, Known};
use terms::{Bin, Trilingual};
use wire::uddi::{Offer, Participant, Registry, respond, schemas, wsdl};

const PATH: &str = "/uddi/inquiry";
const XML: [(HeaderName, &str); 1] = [(header::CONTENT_TYPE, "text/xml; charset=utf-8")];

/// `/uddi/inquiry` with its WSDL at `?wsdl` and the schemas beside it; for the message port.
pub fn inquiry_router(host: Arc<Host>) -> Router {
    inquiry_routes(Arc::new(registry_of(&host)))
}

/// `/uddi`, the page; to be merged into the site before the security headers are put around it.
pub fn page_router(host: Arc<Host>) -> Router {
    page::routes(Arc::new(registry_of(&host)))
}

fn registry_of(host: &Host) -> Registry {
    // The configuration is checked when the door is opened; without an address there is nobody to ask.
    let listening = host.config.address("messages").map(|address| format!("https://{address}"));
    let named = host.known(host.bin).and_then(|known| known.messages.as_deref()).and_then(origin);
    let base = named.map(str::to_owned).or(listening.ok()).unwrap_or_default();
    registry(host.bin, &base, host.all_known())
}

/// The registry of the gateway with this number, reached at this origin, and of those it knows.
///
/// A gateway behind another name than it listens at says so, and what it is called, by a `[[peer]]` entry
/// of itself.
fn registry<'k>(bin: Bin, base: &str, known: impl IntoIterator<Item = &'k Known>) -> Registry {
    let (own, others): (Vec<_>, Vec<_>) = known.into_iter().partition(|known| known.bin == bin);
    let names = own.first().map_or_else(names, |known| known.name.clone());
    let offers = [&wire::GATEWAY, &wire::CARD]
        .into_iter()
        .filter_map(|namespace| offer(&format!("{base}/ws/v1/{}", namespace.file)))
        .collect();
    let others = others.into_iter().map(|known| Participant {
        bin: known.bin,
        names: known.name.clone(),
        offers: known.messages.as_deref().and_then(offer).into_iter().collect(),
    });
    Registry::new(Participant { bin, names, offers }, &format!("{base}{PATH}"), others)
}

fn names() -> Trilingual {
    Trilingual::new(
        "Электрондық үкіметтің төлем шлюзі",
        "Платёжный шлюз электронного правительства",
        "Payment gateway of e-government",
    )
}

/// What an address of messages offers: its last part names the service.
fn offer(endpoint: &str) -> Option<Offer> {
    let name = endpoint.trim_end_matches('/').rsplit('/').next()?;
    let service = wire::services().iter().find(|service| service.namespace.file == name)?;
    Some(Offer { service, endpoint: endpoint.to_owned() })
}

/// Scheme, host and port of an address.
fn origin(address: &str) -> Option<&str> {
    let start = address.find("://")? + "://".len();
    let end = address[start..].find('/').map_or(address.len(), |end| start + end);
    Some(&address[..end])
}

fn inquiry_routes(registry: Arc<Registry>) -> Router {
    let routes = Router::new().route(PATH, get(description).post(inquiry)).with_state(registry);
    schemas().iter().fold(routes, |routes, (name, text)| {
        routes.route(&format!("/uddi/{name}"), get(move || async move { (XML, *text) }))
    })
}

async fn description(RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    if !query.is_some_and(|query| query.eq_ignore_ascii_case("wsdl")) {
        let allow = [(header::ALLOW, "POST")];
        return (StatusCode::METHOD_NOT_ALLOWED, allow, "POST an inquiry, or GET ?wsdl\n").into_response();
    }
    // As for every service, the address is the one the reader came by, so that a client behind another name
    // can go on.
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("127.0.0.1");
    (XML, wsdl(&format!("https://{host}{PATH}"))).into_response()
}

async fn inquiry(State(registry): State<Arc<Registry>>, octets: Bytes) -> Response {
    let response = respond(&registry, &octets);
    // SOAP 1.1, 6.2: a fault goes with 500.
    let status = if response.is_fault { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::OK };
    (status, XML, response.envelope).into_response()
}
