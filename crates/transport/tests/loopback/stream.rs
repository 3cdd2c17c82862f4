//! Mutual-TLS streams with frames.

use std::net::SocketAddr;

use tokio::net::TcpStream;
use tokio::time::timeout;
use transport::{Framed2, Identity, Listener, NotSent, StreamLimits, TlsStreamListener, connect};

use crate::world::{Country, LONG, SHORT};

async fn listen(country: &Country, limits: StreamLimits) -> (TlsStreamListener, SocketAddr) {
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let listener = Listener::adopt(socket).unwrap();
    let listener = TlsStreamListener::start(listener, country.identity(), country.roots(), limits).unwrap();
    let address = listener.local_addr();
    (listener, address)
}

async fn dial(
    country: &Country,
    address: SocketAddr,
    identity: &Identity,
) -> Result<Framed2<transport::SecureStream>, NotSent> {
    let limits = StreamLimits::default();
    let (stream, peer) = connect(address, "localhost", identity, &country.roots(), &limits).await?;
    assert!(peer.certificate.is_some());
    Ok(Framed2::new(stream, &limits))
}

#[tokio::test]
async fn frames_travel_both_ways_and_each_end_knows_the_other() {
    let country = Country::new();
    let (mut listener, address) = listen(&country, StreamLimits::default()).await;
    let served = tokio::spawn(async move {
        let (stream, peer) = listener.accept().await.unwrap();
        let mut frames = Framed2::new(stream, &StreamLimits::default());
        while let Some(frame) = frames.read_frame().await.unwrap() {
            frames.write_frame(&[&b"re: "[..], &frame].concat()).await.unwrap();
        }
        peer.certificate.unwrap().subject().organisation.as_ref().unwrap().to_string()
    });
    let mut frames = dial(&country, address, &country.identity()).await.unwrap();
    for content in [&b"0100"[..], b"0400"] {
        frames.write_frame(content).await.unwrap();
        assert_eq!(frames.read_frame().await.unwrap().unwrap(), [b"re: ", content].concat());
    }
    frames.close().await.unwrap();
    assert_eq!(timeout(LONG, served).await.unwrap().unwrap(), "500140000017");
}

#[tokio::test]
async fn neither_a_stranger_nor_a_mute_peer_holds_up_the_next() {
    let (country, twin) = (Country::new(), Country::new());
    let limits = StreamLimits { handshake: SHORT, ..StreamLimits::default() };
    let (mut listener, address) = listen(&country, limits).await;
    let mute = TcpStream::connect(address).await.unwrap();
    for stranger in [twin.identity(), country.identity_valid(-2, -1)] {
        // Under TLS 1.3 a refused client may learn it only when it first reads.
        if let Ok(mut frames) = dial(&country, address, &stranger).await {
            assert!(!matches!(frames.read_frame().await, Ok(Some(_))));
        }
    }
    let _frames = dial(&country, address, &country.identity()).await.unwrap();
    let accepted = timeout(LONG, listener.accept()).await.unwrap();
    assert!(accepted.is_some());
    assert!(timeout(SHORT, listener.accept()).await.is_err(), "only one stream was made");
    drop(mute);
}

#[tokio::test]
async fn a_stream_over_the_bound_is_dropped_until_another_ends() {
    let country = Country::new();
    let (mut listener, address) =
        listen(&country, StreamLimits { connections: 1, ..Default::default() }).await;
    let first = dial(&country, address, &country.identity()).await.unwrap();
    let taken = listener.accept().await.unwrap();
    assert!(dial(&country, address, &country.identity()).await.is_err());
    drop((first, taken));
    assert!(dial(&country, address, &country.identity()).await.is_ok());
}
