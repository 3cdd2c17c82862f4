//! Keys and certificates renewed in their files, while the process lives.

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use participant::Host;
use pki::Certificate;
use transport::{ClientAuth, ClientLimits, HttpClient, KeepAlive, Peer};

use crate::world::{CLIENT, DAY, Door, SERVER, World, authority};

/// Answers with the serial number of the client's certificate.
async fn door(host: &Arc<Host>) -> Door {
    let who = |peer: Peer| async move { peer.certificate.unwrap().serial().to_string() };
    Door::open(host, ClientAuth::Required, Router::new().route("/", get(who))).await
}

fn client(host: &Host, keep_alive: KeepAlive) -> HttpClient {
    let limits = ClientLimits { keep_alive, ..ClientLimits::default() };
    HttpClient::new(Some(&host.identity), &host.roots, limits).unwrap()
}

/// The certificate the server shows, and the serial number it sees.
async fn meet(client: &HttpClient, door: &Door) -> (Certificate, String) {
    let answer = client.get(&door.url("/")).await.unwrap();
    (answer.peer.unwrap(), String::from_utf8(answer.body.to_vec()).unwrap())
}

/// Meets: C15
#[tokio::test(flavor = "multi_thread")]
async fn a_server_renews_its_certificate_while_connections_go_on() {
    let world = World::new();
    let (server, client_host) = (world.host(SERVER), world.host(CLIENT));
    let door = door(&server).await;
    let kept = client(&client_host, KeepAlive::Yes);
    let (old, _) = meet(&kept, &door).await;

    let new = world.renew_tls(SERVER, &world.national_ca, (-1, 100));
    assert_ne!(old.serial(), new.serial());
    server.take_up_renewed_files();
    assert_eq!(meet(&kept, &door).await.0.serial(), old.serial(), "the kept connection goes on");
    let fresh = client(&client_host, KeepAlive::No);
    assert_eq!(meet(&fresh, &door).await.0.serial(), new.serial(), "a new one sees the new certificate");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_renews_its_certificate_as_well() {
    let world = World::new();
    let (server, client_host) = (world.host(SERVER), world.host(CLIENT));
    let door = door(&server).await;
    let client = client(&client_host, KeepAlive::No);
    let (_, before) = meet(&client, &door).await;
    let new = world.renew_tls(CLIENT, &world.national_ca, (-1, 100));
    assert_eq!(meet(&client, &door).await.1, before, "not before it is taken up");
    client_host.take_up_renewed_files();
    assert_eq!(meet(&client, &door).await.1, new.serial().to_string());
}

/// A peer looks at the connection's certificate with each message, so a kept connection must not outlive the
/// renewal: the certificate it was made with is revoked soon after.
///
/// Defends: A27
#[tokio::test(flavor = "multi_thread")]
async fn a_kept_connection_is_not_used_again_once_the_key_it_was_made_with_is_renewed() {
    let world = World::new();
    let (server, client_host) = (world.host(SERVER), world.host(CLIENT));
    let door = door(&server).await;
    let kept = client(&client_host, KeepAlive::Yes);
    let (_, before) = meet(&kept, &door).await;
    assert_eq!(meet(&kept, &door).await.1, before);
    let new = world.renew_tls(CLIENT, &world.national_ca, (-1, 100));
    client_host.take_up_renewed_files();
    assert_eq!(meet(&kept, &door).await.1, new.serial().to_string());
}

/// What nobody would believe is not shown; once it is put right, it is.
#[tokio::test(flavor = "multi_thread")]
async fn a_renewed_file_that_is_broken_leaves_the_old_in_force() {
    let world = World::new();
    let (server, client_host) = (world.host(SERVER), world.host(CLIENT));
    let door = door(&server).await;
    let client = client(&client_host, KeepAlive::No);
    let (old, _) = meet(&client, &door).await;
    let old_pem = std::fs::read_to_string(world.path(SERVER, "tls.pem")).unwrap();

    let breaks: [(&str, &dyn Fn()); 6] = [
        ("no PEM", &|| world.write(SERVER, "tls.pem", "broken")),
        ("an empty file", &|| world.write(SERVER, "tls.pem", "")),
        ("a certificate of another key", &|| {
            world.renew_tls(SERVER, &world.national_ca, (-1, 100));
            world.write(SERVER, "tls.pem", &old_pem);
        }),
        ("one of a twin of the national CA", &|| drop(world.renew_tls(SERVER, &authority(), (-1, 100)))),
        ("one that is over", &|| drop(world.renew_tls(SERVER, &world.national_ca, (-9, -1)))),
        ("no roots", &|| world.write(SERVER, "national-ca.pem", "broken")),
    ];
    for (what, break_it) in breaks {
        break_it();
        server.take_up_renewed_files();
        assert_eq!(meet(&client, &door).await.0.serial(), old.serial(), "{what}");
    }
    // A certificate of tomorrow waits in its file until its time has come.
    let new = world.renew_tls(SERVER, &world.national_ca, (1, 100));
    server.take_up_renewed_files();
    assert_eq!(meet(&client, &door).await.0.serial(), old.serial());
    world.clock.advance(DAY + 1);
    server.take_up_renewed_files();
    assert_eq!(meet(&client, &door).await.0.serial(), new.serial());
}

/// The national CA changes its key: first everybody trusts both, then certificates change, then the old root goes.
///
/// Meets: C3
#[tokio::test(flavor = "multi_thread")]
async fn the_roots_of_the_national_ca_are_renewed_with_overlap() {
    let world = World::new();
    let next = authority();
    let (server, client_host) = (world.host(SERVER), world.host(CLIENT));
    let door = door(&server).await;
    let client = client(&client_host, KeepAlive::No);
    let both = format!("{}{}", world.national_ca.certificate().to_pem(), next.certificate().to_pem());
    for host in [&server, &client_host] {
        world.write(&host.config.name, "national-ca.pem", &both);
        host.take_up_renewed_files();
    }
    meet(&client, &door).await;

    let of_next = world.renew_tls(SERVER, &next, (-1, 100));
    server.take_up_renewed_files();
    let (shown, _) = meet(&client, &door).await;
    assert_eq!(shown.serial(), of_next.serial());
    world.renew_tls(CLIENT, &next, (-1, 100));
    client_host.take_up_renewed_files();
    for host in [&server, &client_host] {
        world.write(&host.config.name, "national-ca.pem", next.certificate().to_pem());
        host.take_up_renewed_files();
        assert_eq!(host.trust.roots().len(), 1);
    }
    meet(&client, &door).await;
}

/// Meets: C18
#[tokio::test(flavor = "multi_thread")]
async fn a_signing_key_is_renewed_only_by_one_that_counts() {
    let world = World::new();
    let host = world.host(SERVER);
    let old = host.signer().certificate().serial();
    world.renew_signing(SERVER, (-9, -1));
    host.take_up_renewed_files();
    assert_eq!(host.signer().certificate().serial(), old);
    let new = world.renew_signing(SERVER, (-1, 100));
    host.take_up_renewed_files();
    assert_eq!(host.signer().certificate().serial(), new.serial());
}
