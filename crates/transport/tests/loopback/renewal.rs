//! Keys and roots renewed while servers and clients live.

use axum::Router;
use axum::routing::get;
use transport::{ClientAuth, ClientLimits, HttpClient, Peer, ServerLimits, ServerTls};

use crate::world::{Country, Server};

/// A server that answers with the serial number of the client's certificate.
async fn server(tls: ServerTls) -> Server {
    let who = |peer: Peer| async move { peer.certificate.unwrap().serial().to_string() };
    Country::serve_by(Router::new().route("/", get(who)), tls, ServerLimits::default()).await
}

async fn exchange(client: &HttpClient, server: &Server) -> (String, String) {
    let answer = client.get(&server.url("/")).await.unwrap();
    let ours = String::from_utf8(answer.body.to_vec()).unwrap();
    (ours, answer.peer.unwrap().serial().to_string())
}

/// A server's renewal leaves the connections that are there alone. A client shows its new key with the next exchange,
/// also where it keeps connections, because the old certificate may be revoked now.
#[tokio::test]
async fn a_renewed_key_is_shown_on_new_connections_and_by_clients_at_once() {
    let country = Country::new();
    let (theirs, ours) = (country.identity(), country.identity());
    let serial = |identity: &transport::Identity| identity.certificate().unwrap().serial().to_string();
    let before = (serial(&ours), serial(&theirs));
    let tls =
        ServerTls { identity: theirs.clone(), client_auth: ClientAuth::Required, roots: country.roots() };
    let server = server(tls).await;
    let keeping = ClientLimits { keep_alive: transport::KeepAlive::Yes, ..ClientLimits::default() };
    let kept = country.client_with(Some(&ours), keeping);
    let closing = country.client_with(Some(&ours), ClientLimits::default());
    assert_eq!(exchange(&kept, &server).await, before);
    assert_eq!(exchange(&closing, &server).await, before);

    theirs.renew(&country.identity());
    let between = (serial(&ours), serial(&theirs));
    assert_ne!(before.1, between.1);
    assert_eq!(exchange(&kept, &server).await, before);
    assert_eq!(exchange(&closing, &server).await, between);

    ours.renew(&country.identity());
    let after = (serial(&ours), serial(&theirs));
    assert_ne!(between.0, after.0);
    assert_eq!(exchange(&kept, &server).await, after);
    assert_eq!(exchange(&closing, &server).await, after);
}

#[tokio::test]
async fn renewed_roots_let_another_authority_in_and_out() {
    let (country, twin) = (Country::new(), Country::new());
    let roots = country.roots();
    let tls =
        ServerTls { identity: country.identity(), client_auth: ClientAuth::Required, roots: roots.clone() };
    let server = server(tls).await;
    let of_twin = HttpClient::new(Some(&twin.identity()), &country.roots(), ClientLimits::default()).unwrap();
    assert!(of_twin.get(&server.url("/")).await.is_err());
    roots.renew(&twin.roots());
    exchange(&of_twin, &server).await;
    assert!(country.client().get(&server.url("/")).await.is_err());

    // A client that trusted the twin alone follows its own roots as well.
    let (roots, identity) = (twin.roots(), twin.identity());
    let client = HttpClient::new(Some(&identity), &roots, ClientLimits::default()).unwrap();
    assert!(client.get(&server.url("/")).await.is_err());
    roots.renew(&country.roots());
    exchange(&client, &server).await;
}
