//! Bodies over their bound and bodies that do not come: the answer arrives, and no reset before it.

use axum::Router;
use axum::body::Bytes;
use axum::routing::post;
use http::StatusCode;
use tokio::io::AsyncWriteExt;
use transport::{BodyCut, ClientAuth, ServerLimits, WholeBody};

use crate::world::{Country, Raw, SHORT, Server};

const HUNDRED_MEGABYTES: usize = 100_000_000;
const PIECE: usize = 64 * 1024;

/// `/page` takes a body as pages do; `/door` answers for a cut one itself, as the message endpoint does.
fn router() -> Router {
    let page = |body: Bytes| async move { body.len().to_string() };
    let door = |WholeBody(body): WholeBody| async move {
        match body {
            Ok(body) => (StatusCode::OK, body.len().to_string()),
            Err(cut) => (StatusCode::BAD_REQUEST, format!("signed: {cut}")),
        }
    };
    Router::new().route("/page", post(page)).route("/door", post(door))
}

async fn server(country: &Country, limits: ServerLimits) -> Server {
    country.serve_with(router(), ClientAuth::Required, limits).await
}

fn head(path: &str, framing: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nHost: localhost\r\n{framing}\r\n\r\n")
}

/// Says everything there is to say before it listens, as the simplest of clients do.
async fn say_hundred_megabytes(raw: &mut Raw, chunked: bool) {
    let data = vec![b'<'; PIECE];
    let mut piece = if chunked { format!("{PIECE:x}\r\n").into_bytes() } else { Vec::new() };
    piece.extend_from_slice(&data);
    if chunked {
        piece.extend_from_slice(b"\r\n");
    }
    for _ in 0..HUNDRED_MEGABYTES / PIECE {
        raw.0.write_all(&piece).await.expect("no reset while the body is sent");
    }
    raw.0.flush().await.expect("no reset at its end");
}

/// Defends: A22
#[tokio::test]
async fn who_sends_a_hundred_megabytes_reads_why_it_is_refused() {
    let country = Country::new();
    let server = server(&country, ServerLimits::default()).await;
    let declared = format!("Content-Length: {HUNDRED_MEGABYTES}");
    for (path, status, words) in [("/page", "413", ""), ("/door", "400", "signed: the body is too large")] {
        for (framing, chunked) in [(declared.as_str(), false), ("Transfer-Encoding: chunked", true)] {
            let mut raw = country.raw(server.address).await;
            raw.say(head(path, framing)).await;
            say_hundred_megabytes(&mut raw, chunked).await;
            let heard = raw.last_words().await;
            assert!(heard.starts_with(&format!("HTTP/1.1 {status}")), "{path} {framing}: {heard}");
            assert!(heard.contains("connection: close") && heard.ends_with(words), "{framing}: {heard}");
        }
    }
}

#[tokio::test]
async fn a_declared_body_over_the_bound_is_refused_before_it_is_sent() {
    let country = Country::new();
    let limits = ServerLimits { body_octets: 1000, ..ServerLimits::default() };
    let server = server(&country, limits).await;
    let client = country.client();
    let within = client.post(&server.url("/page"), "text/plain", &[], vec![7; 1000].into()).await.unwrap();
    assert_eq!(within.body, "1000");
    for expects in ["", "\r\nExpect: 100-continue"] {
        let mut raw = country.raw(server.address).await;
        raw.say(head("/door", &format!("Content-Length: 1001{expects}"))).await;
        let heard = raw.last_words().await;
        assert!(heard.starts_with("HTTP/1.1 400") && heard.contains("too large"), "{heard}");
    }
}

/// Defends: A23
#[tokio::test]
async fn who_stalls_in_a_body_is_told_so() {
    let country = Country::new();
    let server = server(&country, ServerLimits { body: SHORT, ..ServerLimits::default() }).await;
    for (path, status, words) in [("/page", "408", ""), ("/door", "400", "signed: the body came too slowly")]
    {
        for (framing, begun) in [("Content-Length: 100", "abc"), ("Transfer-Encoding: chunked", "5\r\nabc")] {
            let mut raw = country.raw(server.address).await;
            raw.say(head(path, framing) + begun).await;
            let heard = raw.last_words().await;
            assert!(heard.starts_with(&format!("HTTP/1.1 {status}")), "{path} {framing}: {heard}");
            assert!(heard.contains("connection: close") && heard.ends_with(words), "{framing}: {heard}");
        }
    }
}

#[tokio::test]
async fn who_ends_in_the_middle_of_a_body_is_told_so() {
    let country = Country::new();
    let server = server(&country, ServerLimits::default()).await;
    let mut raw = country.raw(server.address).await;
    raw.say(head("/door", "Content-Length: 100") + "abc").await;
    raw.0.shutdown().await.unwrap();
    let heard = raw.last_words().await;
    assert!(heard.starts_with("HTTP/1.1 400") && heard.ends_with(&BodyCut::BrokenOff.to_string()), "{heard}");
}

/// Who had to make room for others reads no answer, and an answer may cost a signature.
///
/// Defends: A23
#[tokio::test]
async fn a_peer_that_made_room_is_not_answered() {
    let country = Country::new();
    let (told, mut heard) = tokio::sync::mpsc::unbounded_channel();
    let door = move |WholeBody(body): WholeBody| {
        told.send(body.map(|body| body.len())).unwrap();
        async { "ok" }
    };
    let router = Router::new().route("/door", post(door));
    let limits = ServerLimits { connections: 1, ..ServerLimits::default() };
    let server = country.serve_with(router, ClientAuth::Required, limits).await;
    let mut slow = country.raw(server.address).await;
    slow.say(head("/door", "Content-Length: 100\r\nExpect: 100-continue")).await;
    slow.until("100 Continue\r\n\r\n").await;
    let _other = country.raw(server.address).await;
    assert_eq!(heard.recv().await, Some(Err(BodyCut::PeerGone)));
}

/// The patience with a peer that goes on sending has a bound, in octets and in time.
///
/// Defends: A23
#[tokio::test]
async fn a_peer_that_never_stops_sending_is_cut() {
    let country = Country::new();
    let few = ServerLimits { body_octets: 1000, linger_octets: 1 << 20, ..ServerLimits::default() };
    let brief = ServerLimits { body_octets: 1000, linger: SHORT, ..ServerLimits::default() };
    for limits in [few, brief] {
        let server = server(&country, limits).await;
        let mut raw = country.raw(server.address).await;
        raw.say(head("/page", "Content-Length: 999999999999")).await;
        let sending = async {
            while raw.0.write_all(&[b'<'; 1024]).await.is_ok() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(crate::world::LONG, sending).await.expect("the connection is cut");
    }
}
