//! What the HTTPS client knows when an exchange fails.

use std::net::SocketAddr;

use axum::Router;
use axum::response::Redirect;
use axum::routing::get;
use http::StatusCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::sleep;
use transport::{
    CallError, ClientLimits, HttpClient, Identity, KeepAlive, Listener, NotSent, OutcomeUnknown, Peer,
    SecureStream, StreamLimits, TlsFailure, TlsRoots, TlsSetupError, TlsStreamListener, connect,
};

use crate::world::{Country, LONG, SHORT};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

fn url(address: SocketAddr) -> String {
    format!("https://localhost:{}/", address.port())
}

/// A server that treats its first connection as it likes, and closes it when it returns.
async fn rogue<F>(country: &Country, behave: impl FnOnce(SecureStream) -> F + Send + 'static) -> SocketAddr
where
    F: Future<Output = ()> + Send,
{
    let listener = Listener::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let (identity, roots) = (country.identity(), country.roots());
    let mut listener = TlsStreamListener::start(listener, identity, roots, StreamLimits::default()).unwrap();
    let address = listener.local_addr();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        behave(stream).await;
    });
    address
}

async fn hear_request(stream: &mut SecureStream) {
    let mut heard = Vec::new();
    while !heard.ends_with(b"\r\n\r\n") {
        heard.push(stream.read_u8().await.unwrap());
    }
}

async fn say(stream: &mut SecureStream, octets: &[u8]) {
    stream.write_all(octets).await.unwrap();
    stream.flush().await.unwrap();
}

#[tokio::test]
async fn a_request_is_not_sent_where_nobody_listens() {
    let country = Country::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let outcome = country.client().get(&url(address)).await;
    assert!(matches!(outcome, Err(CallError::NotSent(NotSent::Unreachable(_)))), "{outcome:?}");
}

#[tokio::test]
async fn a_request_is_not_sent_to_a_peer_that_fails_the_handshake() {
    let country = Country::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { drop(listener.accept().await) });
    let outcome = country.client().get(&url(address)).await;
    assert!(matches!(outcome, Err(CallError::NotSent(NotSent::Handshake(_)))), "{outcome:?}");
}

#[tokio::test]
async fn a_request_is_not_sent_to_a_peer_that_never_begins_the_handshake() {
    let country = Country::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let limits = ClientLimits { connect: SHORT, ..ClientLimits::default() };
    let client = country.client_with(None, limits);
    let outcome = client.get(&url(listener.local_addr().unwrap())).await;
    assert!(matches!(outcome, Err(CallError::NotSent(NotSent::TimedOut))), "{outcome:?}");
}

#[tokio::test]
async fn a_request_is_not_sent_to_a_server_of_a_twin_ca_or_another_name() {
    let (country, twin) = (Country::new(), Country::new());
    let ours = country.serve(Router::new()).await;
    let theirs = twin.serve(Router::new()).await;
    let outcome = country.client().get(&theirs.url("/")).await;
    let Err(CallError::NotSent(NotSent::Handshake(failure))) = outcome else { panic!("{outcome:?}") };
    assert_eq!((&failure, failure.code()), (&TlsFailure::UnknownIssuer, "TLM-TLS-02"));
    let limits = StreamLimits::default();
    let outcome =
        connect(ours.address, "elsewhere.test", &country.identity(), &country.roots(), &limits).await;
    assert!(matches!(outcome, Err(NotSent::Handshake(TlsFailure::WrongUse))), "{outcome:?}");
}

#[tokio::test]
async fn an_address_that_is_not_https_is_not_gone_to() {
    let client = Country::new().client();
    for address in ["http://localhost/", "localhost", "/", "https://user@localhost/", "ftp://localhost/", ""]
    {
        let outcome = client.get(address).await;
        assert!(matches!(outcome, Err(CallError::NotSent(NotSent::Address))), "{address}: {outcome:?}");
    }
    let outcome = client.post("https://localhost/", "text/xml", &[("a\nb", "c")], "".into()).await;
    assert!(matches!(outcome, Err(CallError::NotSent(NotSent::Request))), "{outcome:?}");
}

#[tokio::test]
async fn the_outcome_is_unknown_once_the_peer_has_read_and_closes() {
    let country = Country::new();
    let address = rogue(&country, |mut stream| async move { hear_request(&mut stream).await }).await;
    let outcome = country.client().get(&url(address)).await;
    assert!(matches!(outcome, Err(CallError::OutcomeUnknown(OutcomeUnknown::Broken(_)))), "{outcome:?}");
}

#[tokio::test]
async fn the_outcome_is_unknown_where_the_answer_is_cut() {
    let country = Country::new();
    for half in [
        "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
        // Without a length only the TLS goodbye tells an end from a cut; here it is missing.
        "HTTP/1.1 200 OK\r\n\r\nhalf",
        "HTTP/1.1 200",
        "no HTTP at all\r\n\r\n",
    ] {
        let address = rogue(&country, move |mut stream| async move {
            hear_request(&mut stream).await;
            say(&mut stream, half.as_bytes()).await;
        })
        .await;
        let outcome = country.client().get(&url(address)).await;
        let expected = matches!(outcome, Err(CallError::OutcomeUnknown(OutcomeUnknown::Broken(_))));
        assert!(expected, "{half:?}: {outcome:?}");
    }
}

#[tokio::test]
async fn the_outcome_is_unknown_where_no_whole_answer_comes_in_time() {
    let country = Country::new();
    for start in ["", "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nhalf"] {
        let address = rogue(&country, move |mut stream| async move {
            hear_request(&mut stream).await;
            say(&mut stream, start.as_bytes()).await;
            sleep(LONG).await;
        })
        .await;
        let limits = ClientLimits { total: SHORT * 5, ..ClientLimits::default() };
        let outcome = country.client_with(Some(&country.identity()), limits).get(&url(address)).await;
        let expected = matches!(outcome, Err(CallError::OutcomeUnknown(OutcomeUnknown::TimedOut)));
        assert!(expected, "{start:?}: {outcome:?}");
    }
}

#[tokio::test]
async fn an_answer_over_the_bound_is_refused_with_its_outcome_unknown() {
    let country = Country::new();
    let server = country.serve(Router::new().route("/", get(|| async { vec![7_u8; 2000] }))).await;
    let limits = ClientLimits { answer_octets: 1999, ..ClientLimits::default() };
    let outcome = country.client_with(Some(&country.identity()), limits).get(&server.url("/")).await;
    assert!(matches!(outcome, Err(CallError::OutcomeUnknown(OutcomeUnknown::AnswerTooLarge))), "{outcome:?}");
}

#[tokio::test]
async fn a_kept_connection_that_breaks_in_an_exchange_leaves_the_outcome_unknown() {
    let country = Country::new();
    let address = rogue(&country, |mut stream| async move {
        hear_request(&mut stream).await;
        say(&mut stream, OK).await;
        hear_request(&mut stream).await;
    })
    .await;
    let client = country.keeping_client();
    assert_eq!(client.get(&url(address)).await.unwrap().body, "ok");
    let outcome = client.get(&url(address)).await;
    assert!(matches!(outcome, Err(CallError::OutcomeUnknown(_))), "{outcome:?}");
}

#[tokio::test]
async fn a_kept_connection_that_the_peer_closed_is_replaced() {
    let country = Country::new();
    let number = |peer: Peer| async move { peer.connection.to_string() };
    let limits = transport::ServerLimits { idle: SHORT, ..Default::default() };
    let router = Router::new().route("/", get(number));
    let server = country.serve_with(router, transport::ClientAuth::Required, limits).await;
    let client = country.keeping_client();
    let first = client.get(&server.url("/")).await.unwrap();
    sleep(SHORT * 5).await;
    let second = client.get(&server.url("/")).await.unwrap();
    assert_ne!(first.body, second.body);
}

#[tokio::test]
async fn each_exchange_has_its_own_connection_unless_connections_are_kept() {
    let country = Country::new();
    let number = |peer: Peer| async move { peer.connection.to_string() };
    let server = country.serve(Router::new().route("/", get(number))).await;
    for (keep_alive, distinct) in [(KeepAlive::No, 3), (KeepAlive::Yes, 1)] {
        let limits = ClientLimits { keep_alive, ..ClientLimits::default() };
        let client = country.client_with(Some(&country.identity()), limits);
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..3 {
            seen.insert(client.get(&server.url("/")).await.unwrap().body);
        }
        assert_eq!(seen.len(), distinct, "{keep_alive:?}");
    }
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_not_followed() {
    let country = Country::new();
    let router = Router::new().route("/", get(|| async { Redirect::to("/elsewhere") }));
    let server = country.serve(router).await;
    let answer = country.client().get(&server.url("/")).await.unwrap();
    assert_eq!(
        (answer.status, &answer.headers["location"]),
        (StatusCode::SEE_OTHER, &"/elsewhere".parse().unwrap())
    );
}

#[test]
fn an_identity_needs_a_key_that_fits_and_shows_no_secret() {
    let country = Country::new();
    let (chain, key) = country.pem_valid(-1, 1);
    let (_, other_key) = country.pem_valid(-1, 1);
    let wrong = Identity::from_pem(chain.as_bytes(), other_key.as_bytes());
    assert!(matches!(wrong, Err(TlsSetupError::Unusable(_))), "{wrong:?}");
    assert!(matches!(Identity::from_pem(b"", key.as_bytes()), Err(TlsSetupError::CertificateCount(0))));
    assert!(matches!(TlsRoots::from_pem(b"nothing"), Err(TlsSetupError::CertificateCount(0))));
    let identity = Identity::from_pem(chain.as_bytes(), key.as_bytes()).unwrap();
    assert_eq!(format!("{identity:?}"), "Identity(1 certificates, key hidden)");
    let missing = Identity::from_pem_files("/nonexistent/chain".as_ref(), "/nonexistent/key".as_ref());
    assert!(missing.unwrap_err().to_string().contains("/nonexistent/chain"));
    let client = HttpClient::new(Some(&identity), &country.roots(), ClientLimits::default()).unwrap();
    assert!(!format!("{client:?}").contains("key"));
}
