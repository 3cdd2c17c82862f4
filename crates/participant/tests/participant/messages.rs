//! A message that is too large, or does not come to its end, is refused as every other: typed, signed, and read by its
//! sender.

use std::sync::Arc;
use std::time::Duration;

use envelope::SoapVersion;
use participant::endpoint::{self, Call, Service};
use participant::{Fault, Host};
use tokio::sync::oneshot;
use transport::{ClientAuth, Listener, ServerLimits, ServerTls};
use wire::ServiceDescription;
use wire::common::MoneyState;
use wire::fault::{FaultCode, GatewayFault};

use crate::world::{CLIENT, Raw, SERVER, World};

const HUNDRED_MEGABYTES: usize = 100_000_000;
const PIECE: usize = 64 * 1024;
/// A limit that is meant to be exceeded.
const SHORT: Duration = Duration::from_millis(200);

/// A service that no message of this test reaches.
struct Unreached;

impl Service for Unreached {
    fn description(&self) -> &'static ServiceDescription {
        endpoint::published(&wire::TAX_REGISTRY)
    }

    async fn answer(&self, call: Call) -> Result<String, Fault> {
        panic!("{} was read", call.operation())
    }
}

/// Serves the endpoint until the sender is dropped.
async fn serve(host: &Arc<Host>, limits: ServerLimits) -> (std::net::SocketAddr, oneshot::Sender<()>) {
    let listener = Listener::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let address = listener.local_addr().unwrap();
    let tls = ServerTls {
        identity: host.identity.clone(),
        client_auth: ClientAuth::Required,
        roots: host.roots.clone(),
    };
    let router = endpoint::router(host.clone(), Unreached);
    let (stop, stopped) = oneshot::channel::<()>();
    tokio::spawn(transport::serve(listener, tls, router, limits, async { drop(stopped.await) }));
    (address, stop)
}

/// How the length of a body is said.
#[derive(Debug, Clone, Copy)]
enum Length {
    Declared,
    Chunked,
}

impl Length {
    const BOTH: [Self; 2] = [Self::Declared, Self::Chunked];

    fn head(self, version: SoapVersion, octets: usize) -> String {
        let framing = match self {
            Self::Declared => format!("Content-Length: {octets}"),
            Self::Chunked => "Transfer-Encoding: chunked".to_owned(),
        };
        let kind = version.content_type();
        format!(
            "POST /ws/v1/tax-registry HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\n{framing}\r\n\r\n"
        )
    }

    fn piece(self) -> Vec<u8> {
        let data = "<".repeat(PIECE);
        match self {
            Self::Declared => data.into_bytes(),
            Self::Chunked => format!("{PIECE:x}\r\n{data}\r\n").into_bytes(),
        }
    }
}

/// Reads the answer on a connection and checks that it is the server's own signed word.
async fn refusal(raw: Raw, judge: &Host, version: SoapVersion) -> GatewayFault {
    let (head, body) = raw.last_words().await;
    let status = if version == SoapVersion::V11 { "500" } else { "400" };
    assert!(head.starts_with(&format!("HTTP/1.1 {status}")), "{head}");
    assert!(head.contains("connection: close"), "{head}");
    let (answered, body) = envelope::open(body, &judge.trust, judge.now()).expect("it is signed");
    assert_eq!(answered, version, "in the version its Content-Type spoke of");
    assert_eq!(body.signer().bin, Some(SERVER.parse().unwrap()));
    body.fault().expect("it is a fault").parse::<GatewayFault>().expect("with its detail").unwrap()
}

fn check(fault: &GatewayFault, expected: FaultCode) {
    assert_eq!(fault.known_code(), Some(expected), "{fault:?}");
    assert_eq!(fault.money_state, MoneyState::None);
    for text in [&fault.message.kk, &fault.message.ru, &fault.message.en] {
        assert!(!text.contains('{'), "{text}");
    }
}

/// The sender says everything before it listens, as the simplest of clients do.
///
/// Meets: C16
/// Defends: A22
#[tokio::test(flavor = "multi_thread")]
async fn who_sends_a_hundred_megabytes_reads_a_signed_fault() {
    let world = World::new();
    let (server, client) = (world.host_with_list(SERVER), world.host_with_list(CLIENT));
    let (address, _stop) = serve(&server, ServerLimits::default()).await;
    for version in [SoapVersion::V11, SoapVersion::V12] {
        for length in Length::BOTH {
            let mut raw = Raw::open(&client, address).await;
            raw.say(length.head(version, HUNDRED_MEGABYTES)).await;
            let piece = length.piece();
            for _ in 0..HUNDRED_MEGABYTES / PIECE {
                raw.say(&piece).await;
            }
            let fault = refusal(raw, &client, version).await;
            check(&fault, FaultCode::TooLarge);
            assert!(fault.message.en.contains("1048576") && !fault.retryable, "{fault:?}");
        }
    }
}

/// Meets: C16
/// Defends: A23
#[tokio::test(flavor = "multi_thread")]
async fn who_stalls_in_a_message_reads_a_signed_fault() {
    let world = World::new();
    let (server, client) = (world.host_with_list(SERVER), world.host_with_list(CLIENT));
    let (address, _stop) = serve(&server, ServerLimits { body: SHORT, ..ServerLimits::default() }).await;
    for version in [SoapVersion::V11, SoapVersion::V12] {
        for length in Length::BOTH {
            let piece = length.piece();
            for begun in [&b""[..], &piece[..100]] {
                let mut raw = Raw::open(&client, address).await;
                raw.say(length.head(version, 1000)).await;
                raw.say(begun).await;
                let fault = refusal(raw, &client, version).await;
                check(&fault, FaultCode::Incomplete);
                assert!(fault.retryable, "the same message, whole, is welcome");
            }
        }
    }
}

/// Defends: A23
#[tokio::test(flavor = "multi_thread")]
async fn who_breaks_the_framing_of_a_message_reads_a_signed_fault() {
    let world = World::new();
    let (server, client) = (world.host_with_list(SERVER), world.host_with_list(CLIENT));
    let (address, _stop) = serve(&server, ServerLimits::default()).await;
    let mut raw = Raw::open(&client, address).await;
    raw.say(Length::Chunked.head(SoapVersion::V11, 0) + "5;x=y\r\nhello\r\n").await;
    check(&refusal(raw, &client, SoapVersion::V11).await, FaultCode::Incomplete);
}
