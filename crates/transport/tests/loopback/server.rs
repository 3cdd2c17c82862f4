//! The HTTPS server against strangers, slow peers, smugglers and its own shutdown.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::routing::{get, post};
use http::StatusCode;
use pki::SuiteId;
use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, HandshakeKind, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsConnector;
use transport::{CallError, ClientAuth, ClientLimits, Drained, Peer, ServerLimits};

use crate::world::{Country, LONG, SHORT};

const GET: &str = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// A router that answers `ok`, counts, and takes bodies at `/body`.
fn counting() -> (Router, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let (here, there) = (Arc::clone(&count), Arc::clone(&count));
    let ok = move || {
        here.fetch_add(1, Ordering::SeqCst);
        async { "ok" }
    };
    let body = move |body: Bytes| {
        there.fetch_add(1, Ordering::SeqCst);
        async move { body.len().to_string() }
    };
    (Router::new().route("/", get(ok.clone()).post(ok)).route("/body", post(body)), count)
}

#[tokio::test]
async fn a_client_without_a_good_certificate_is_refused() {
    let (country, twin) = (Country::new(), Country::new());
    let (router, count) = counting();
    let server = country.serve(router).await;
    for stranger in [
        None,
        Some(twin.identity()),
        Some(country.identity_valid(-2, -1)),
        Some(country.identity_valid(1, 2)),
    ] {
        let client = country.client_with(stranger.as_ref(), ClientLimits::default());
        let refused = client.get(&server.url("/")).await;
        // Under TLS 1.3 the refusal arrives when the request is already on its way.
        assert!(matches!(refused, Err(CallError::OutcomeUnknown(_))), "{stranger:?}: {refused:?}");
    }
    assert_eq!(count.load(Ordering::SeqCst), 0);
    assert_eq!(country.client().get(&server.url("/")).await.unwrap().status, StatusCode::OK);
}

/// The keys of a connection are P-256, and the national CA that vouches for them may sign by any suite.
#[tokio::test]
async fn certificates_of_a_ca_that_signs_by_gost_are_accepted_on_both_ends() {
    for suite in SuiteId::ALL {
        let (country, twin) = (Country::under(suite), Country::under(suite));
        let (router, count) = counting();
        let server = country.serve(router).await;
        assert_eq!(country.client().get(&server.url("/")).await.unwrap().status, StatusCode::OK, "{suite}");
        let stranger = country.client_with(Some(&twin.identity()), ClientLimits::default());
        assert!(stranger.get(&server.url("/")).await.is_err());
        assert!(twin.client().get(&server.url("/")).await.is_err());
        assert_eq!(count.load(Ordering::SeqCst), 1, "{suite}");
    }
}

#[tokio::test]
async fn where_a_certificate_is_optional_a_bad_one_is_still_refused() {
    let (country, twin) = (Country::new(), Country::new());
    let who = |peer: Peer| async move { peer.certificate.is_some().to_string() };
    let router = Router::new().route("/", get(who));
    let server = country.serve_with(router, ClientAuth::Optional, ServerLimits::default()).await;
    let anonymous = country.client_with(None, ClientLimits::default());
    assert_eq!(anonymous.get(&server.url("/")).await.unwrap().body, "false");
    assert_eq!(country.client().get(&server.url("/")).await.unwrap().body, "true");
    let stranger = country.client_with(Some(&twin.identity()), ClientLimits::default());
    assert!(stranger.get(&server.url("/")).await.is_err());
}

#[tokio::test]
async fn the_peers_certificate_and_connection_reach_the_handler() {
    let country = Country::new();
    let who = |peer: Peer| async move {
        let certificate = peer.certificate.unwrap();
        format!("{} {}", certificate.subject().organisation.as_ref().unwrap(), peer.connection)
    };
    let server = country.serve(Router::new().route("/", get(who))).await;
    let client = country.keeping_client();
    let first = client.get(&server.url("/")).await.unwrap();
    assert!(first.body.starts_with(b"500140000017 "), "{:?}", first.body);
    assert!(first.peer.is_some());
    let second = client.get(&server.url("/")).await.unwrap();
    assert_eq!(first.body, second.body, "a kept connection has one number");
    let other = country.client().get(&server.url("/")).await.unwrap();
    assert_ne!(first.body, other.body, "another connection has another");
}

#[tokio::test]
async fn a_handler_can_have_the_connection_closed_after_its_answer() {
    let country = Country::new();
    let revoked = |peer: Peer| async move {
        peer.close_after_answer();
        (StatusCode::FORBIDDEN, "revoked")
    };
    let server = country.serve(Router::new().route("/", get(revoked))).await;
    let mut raw = country.raw(server.address).await;
    raw.say(format!("{GET}{GET}")).await;
    let heard = raw.rest().await;
    assert_eq!(heard.matches("HTTP/1.1 403").count(), 1, "{heard}");
    assert!(heard.contains("connection: close"), "{heard}");
}

/// A resumed session would not look at the certificate again. Defended here: tickets and resumption.
///
/// Defends: A8
#[tokio::test]
async fn no_session_is_ever_resumed() {
    let country = Country::new();
    let server = country.serve(counting().0).await;
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let config = willing_to_resume(&country, version);
        for _ in 0..3 {
            let stream = TcpStream::connect(server.address).await.unwrap();
            let name = "localhost".try_into().unwrap();
            let mut stream = TlsConnector::from(Arc::clone(&config)).connect(name, stream).await.unwrap();
            stream
                .write_all(GET.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n").as_bytes())
                .await
                .unwrap();
            let mut heard = String::new();
            stream.read_to_string(&mut heard).await.unwrap();
            assert!(heard.starts_with("HTTP/1.1 200"), "{heard}");
            assert_eq!(stream.get_ref().1.handshake_kind(), Some(HandshakeKind::Full));
            assert_eq!(stream.get_ref().1.tls13_tickets_received(), 0);
        }
    }
}

fn willing_to_resume(
    country: &Country,
    version: &'static rustls::SupportedProtocolVersion,
) -> Arc<ClientConfig> {
    #[derive(Debug)]
    struct Noon;
    impl rustls::time_provider::TimeProvider for Noon {
        fn current_time(&self) -> Option<UnixTime> {
            let noon: terms::Moment = "2026-11-22T12:00:00+05:00".parse().unwrap();
            Some(UnixTime::since_unix_epoch(Duration::from_secs(noon.unix_seconds().try_into().unwrap())))
        }
    }
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(country.root_pem().as_bytes()).unwrap()).unwrap();
    let (chain, key) = country.pem_valid(-1, 1);
    let config = ClientConfig::builder_with_details(Arc::new(aws_lc_rs::default_provider()), Arc::new(Noon))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots)
        .with_client_auth_cert(
            vec![CertificateDer::from_pem_slice(chain.as_bytes()).unwrap()],
            PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap(),
        )
        .unwrap();
    Arc::new(config)
}

#[tokio::test]
async fn requests_follow_one_another_on_a_connection_also_when_sent_at_once() {
    let country = Country::new();
    let (router, count) = counting();
    let server = country.serve(router).await;
    let mut raw = country.raw(server.address).await;
    let sized = "POST /body HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc";
    let chunked =
        "POST /body HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n";
    // The handler of `/` does not read its body, which the guard must not take for a request in progress.
    let unread = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc";
    raw.say(format!("{GET}{sized}{chunked}{unread}{GET}")).await;
    for end in ["ok", "3", "2", "ok", "ok"] {
        raw.until(&format!("\r\n\r\n{end}")).await;
    }
    raw.say(GET).await;
    raw.until("\r\n\r\nok").await;
    assert_eq!(count.load(Ordering::SeqCst), 6);
}

/// Defends: A23
#[tokio::test]
async fn a_request_with_two_readings_is_refused_and_nothing_behind_it_is_served() {
    let country = Country::new();
    let (router, count) = counting();
    let server = country.serve(router).await;
    let start = "POST /body HTTP/1.1\r\nHost: localhost\r\n";
    let table = [
        (format!("{start}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), "400"),
        (format!("{start}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n"), "400"),
        (format!("{start}Content-Length: 0\r\nContent-Length: 5\r\n\r\n"), "400"),
        (format!("{start}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"), "501"),
        (format!("{start}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"), "400"),
        (format!("{start}X: a\r\n Transfer-Encoding: chunked\r\n\r\n"), "400"),
        (format!("{start}X: a\nContent-Length: 5\r\n\r\n"), "400"),
        ("GET / HTTP/1.1\nHost: localhost\n\n".to_owned(), "400"),
        ("GET / HTTP/1.0\r\nHost: localhost\r\n\r\n".to_owned(), "505"),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(), "505"),
        (format!("GET / HTTP/1.1\r\nHost: localhost\r\nX: {}\r\n\r\n", "a".repeat(17_000)), "431"),
        (format!("GET / HTTP/1.1\r\nHost: localhost\r\n{}\r\n", "a: b\r\n".repeat(100)), "431"),
    ];
    for (request, status) in table {
        let mut raw = country.raw(server.address).await;
        raw.say(format!("{request}{GET}")).await;
        let heard = raw.rest().await;
        assert!(heard.starts_with(&format!("HTTP/1.1 {status}")), "{request:?}: {heard}");
        assert_eq!(heard.matches("HTTP/1.1").count(), 1, "{request:?}: {heard}");
    }
    assert_eq!(count.load(Ordering::SeqCst), 0);
}

/// Defends: A23
#[tokio::test]
async fn a_chunk_with_two_readings_ends_the_connection() {
    let country = Country::new();
    let (router, count) = counting();
    let server = country.serve(router).await;
    for chunks in ["3;x=y\r\nabc\r\n0\r\n\r\n", "3\nabc\r\n0\r\n\r\n", "0\r\nX: y\r\n\r\n"] {
        let mut raw = country.raw(server.address).await;
        raw.say(format!(
            "POST /body HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}{GET}"
        ))
        .await;
        let heard = raw.rest().await;
        assert!(!heard.contains("HTTP/1.1 200"), "{chunks:?}: {heard}");
    }
    assert_eq!(count.load(Ordering::SeqCst), 0);
}

/// Defends: A23
#[tokio::test]
async fn peers_that_dawdle_with_a_head_or_a_body_are_cut_while_others_are_served() {
    let country = Country::new();
    let limits = ServerLimits { head: SHORT, body: SHORT, ..ServerLimits::default() };
    let (router, count) = counting();
    let server = country.serve_with(router, ClientAuth::Required, limits).await;
    let (mut head, mut body, mut silent) = (
        country.raw(server.address).await,
        country.raw(server.address).await,
        country.raw(server.address).await,
    );
    head.say("GET / HT").await;
    body.say("POST /body HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nabc").await;

    assert_eq!(country.client().get(&server.url("/")).await.unwrap().body, "ok");
    assert!(head.rest().await.starts_with("HTTP/1.1 408"));
    assert!(body.rest().await.starts_with("HTTP/1.1 408"));
    assert_eq!(silent.rest().await, "");
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

/// Defends: A23
#[tokio::test]
async fn octets_in_drops_do_not_extend_a_deadline() {
    let country = Country::new();
    let limits = ServerLimits { head: SHORT, body: SHORT, linger: SHORT, ..ServerLimits::default() };
    let server = country.serve_with(counting().0, ClientAuth::Required, limits).await;
    let body = "POST /body HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n";
    for start in ["GET / HTTP/1.1\r\nHost: localhost\r\nX: ", body] {
        let mut raw = country.raw(server.address).await;
        raw.say(start).await;
        let dripping = async {
            loop {
                sleep(SHORT / 20).await;
                if raw.0.write_all(b"a").await.is_err() || raw.0.flush().await.is_err() {
                    break;
                }
            }
        };
        timeout(LONG, dripping).await.expect("the drip is cut");
    }
}

/// Defends: A23
#[tokio::test]
async fn a_peer_that_does_not_take_its_answer_is_cut() {
    const LARGE: usize = 32 * 1024 * 1024;
    let country = Country::new();
    let limits = ServerLimits { answer: SHORT, ..ServerLimits::default() };
    let router = Router::new().route("/", get(|| async { vec![7_u8; LARGE] }));
    let server = country.serve_with(router, ClientAuth::Required, limits).await;
    let mut raw = country.raw(server.address).await;
    raw.say(GET).await;
    sleep(SHORT * 5).await;
    assert!(raw.rest().await.len() < LARGE);
}

#[tokio::test]
async fn an_idle_connection_is_closed_in_silence() {
    let country = Country::new();
    let limits = ServerLimits { idle: SHORT, ..ServerLimits::default() };
    let server = country.serve_with(counting().0, ClientAuth::Required, limits).await;
    let mut raw = country.raw(server.address).await;
    raw.say(GET).await;
    raw.until("\r\n\r\nok").await;
    assert_eq!(raw.rest().await, "");
}

#[tokio::test]
async fn a_handler_may_take_longer_than_every_limit_on_the_peer() {
    let country = Country::new();
    let limits =
        ServerLimits { idle: SHORT, head: SHORT, body: SHORT, answer: SHORT, ..ServerLimits::default() };
    let slow = || async {
        sleep(SHORT * 4).await;
        "late"
    };
    let server = country.serve_with(Router::new().route("/", get(slow)), ClientAuth::Required, limits).await;
    assert_eq!(country.client().get(&server.url("/")).await.unwrap().body, "late");
}

/// Defends: A23
#[tokio::test]
async fn a_full_server_makes_room_at_the_cost_of_whoever_keeps_it_waiting_longest() {
    let country = Country::new();
    let limits = ServerLimits { connections: 2, ..ServerLimits::default() };
    let server = country.serve_with(counting().0, ClientAuth::Required, limits).await;
    let mut oldest = country.raw(server.address).await;
    oldest.say("GET / HT").await;
    sleep(SHORT).await;
    let mut younger = country.raw(server.address).await;
    younger.say("GET / HT").await;
    assert_eq!(country.client().get(&server.url("/")).await.unwrap().body, "ok");
    assert_eq!(oldest.rest().await, "");
    younger.say("TP/1.1\r\nHost: localhost\r\n\r\n").await;
    younger.until("\r\n\r\nok").await;
}

#[tokio::test]
async fn a_server_busy_with_every_connection_says_so_to_the_next() {
    let country = Country::new();
    let limits = ServerLimits { connections: 1, ..ServerLimits::default() };
    let (entered, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let router = gated(&entered, &go);
    let server = country.serve_with(router, ClientAuth::Required, limits).await;
    let (client, url) = (country.client(), server.url("/"));
    let first = tokio::spawn(async move { client.get(&url).await });
    entered.notified().await;
    let second = country.client().get(&server.url("/")).await.unwrap();
    assert_eq!(second.status, StatusCode::SERVICE_UNAVAILABLE);
    go.notify_one();
    assert_eq!(first.await.unwrap().unwrap().status, StatusCode::OK);
}

/// A handler that says when it was entered and waits until it may go on.
fn gated(entered: &Arc<Notify>, go: &Arc<Notify>) -> Router {
    let (entered, go) = (Arc::clone(entered), Arc::clone(go));
    let handler = move || async move {
        entered.notify_one();
        go.notified().await;
        "done"
    };
    Router::new().route("/", get(handler))
}

#[tokio::test]
async fn a_request_in_progress_is_answered_before_the_server_stops() {
    let country = Country::new();
    let (entered, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let server = country.serve(gated(&entered, &go)).await;
    let mut idle = country.raw(server.address).await;
    let (client, url, address) = (country.keeping_client(), server.url("/"), server.address);
    let asked = tokio::spawn(async move { client.get(&url).await });
    entered.notified().await;

    let stopped = server.stop();
    assert_eq!(idle.rest().await, "", "an idle connection is closed at once");
    assert!(TcpStream::connect(address).await.is_err(), "no new connection is taken");
    go.notify_one();
    let answer = asked.await.unwrap().unwrap();
    assert_eq!(
        (answer.body.as_ref(), &answer.headers["connection"]),
        (&b"done"[..], &"close".parse().unwrap())
    );
    assert_eq!(timeout(LONG, stopped).await.unwrap().unwrap(), Drained::Whole);
}

#[tokio::test]
async fn draining_has_an_end() {
    let country = Country::new();
    let (entered, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let limits = ServerLimits { drain: SHORT, ..ServerLimits::default() };
    let server = country.serve_with(gated(&entered, &go), ClientAuth::Required, limits).await;
    let (client, url) = (country.client(), server.url("/"));
    let asked = tokio::spawn(async move { client.get(&url).await });
    entered.notified().await;
    assert_eq!(timeout(LONG, server.stop()).await.unwrap().unwrap(), Drained::Cut);
    assert!(matches!(asked.await.unwrap(), Err(CallError::OutcomeUnknown(_))));
}

#[tokio::test]
async fn a_peer_that_hangs_up_does_not_interrupt_its_use_case() {
    let country = Country::new();
    let (entered, go, done) = (Arc::new(Notify::new()), Arc::new(Notify::new()), Arc::new(Notify::new()));
    let handler = {
        let (entered, go, done) = (Arc::clone(&entered), Arc::clone(&go), Arc::clone(&done));
        move || async move {
            entered.notify_one();
            go.notified().await;
            done.notify_one();
        }
    };
    let server = country.serve(Router::new().route("/", get(handler))).await;
    let mut raw = country.raw(server.address).await;
    raw.say(GET).await;
    entered.notified().await;
    drop(raw);
    sleep(SHORT).await;
    go.notify_one();
    timeout(LONG, done.notified()).await.expect("the handler runs to its end");
}

#[tokio::test]
async fn a_handler_that_fails_harms_only_its_own_request() {
    async fn fails() -> &'static str {
        panic!("on purpose")
    }
    let country = Country::new();
    let router = counting().0.route("/fails", get(fails));
    let server = country.serve(router).await;
    let failed = country.client().get(&server.url("/fails")).await.unwrap();
    assert_eq!(failed.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(country.client().get(&server.url("/")).await.unwrap().status, StatusCode::OK);
}

#[tokio::test]
async fn a_peer_that_never_begins_tls_is_dropped() {
    let country = Country::new();
    let limits = ServerLimits { handshake: SHORT, ..ServerLimits::default() };
    let server = country.serve_with(counting().0, ClientAuth::Required, limits).await;
    let mut mute = TcpStream::connect(server.address).await.unwrap();
    let mut plain = TcpStream::connect(server.address).await.unwrap();
    plain.write_all(GET.as_bytes()).await.unwrap();
    let mut heard = Vec::new();
    let _ = timeout(LONG, mute.read_to_end(&mut heard)).await.expect("it is closed");
    let _ = timeout(LONG, plain.read_to_end(&mut heard)).await.expect("it is closed");
    assert!(!heard.starts_with(b"HTTP"));
}
