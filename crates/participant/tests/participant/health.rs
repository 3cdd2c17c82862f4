//! What a machine may ask about a process, and who may know more.

use std::sync::Arc;

use axum::Router;
use participant::{Host, health};
use store::{Database, Migration, Options};
use tower::ServiceExt as _;
use transport::{Browser, ClientAuth, Peer};

use crate::world::{CLIENT, DAY, Door, SERVER, World};

const ELSEWHERE: &str = "192.0.2.1:40000";
const HERE: &str = "127.0.0.1:40000";
const TABLE: Migration = Migration { version: 1, name: "one", sql: "CREATE TABLE kept (what TEXT) STRICT" };

fn keep(world: &World, host: &Host) -> Database {
    let database =
        Database::open(&world.path(&host.config.name, "keeps.db"), &[TABLE], Options::default()).unwrap();
    host.keeps_in(&database);
    database
}

async fn ask(router: &Router, path: &str, from: Peer) -> (u16, String) {
    let mut request = http::Request::get(path).body(axum::body::Body::empty()).unwrap();
    request.extensions_mut().insert(from);
    let answer = router.clone().oneshot(request).await.unwrap();
    let status = answer.status().as_u16();
    let body = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

fn from(address: &str, who: Option<&Arc<Host>>) -> Peer {
    Peer::new(who.map(|host| host.identity.certificate().unwrap()), address.parse().unwrap())
}

#[tokio::test]
async fn metrics_and_reasons_are_told_only_to_those_who_watch_over_the_process() {
    health::start();
    let world = World::new();
    let (host, stranger) = (world.host_with_list(SERVER), world.host(CLIENT));
    let _database = keep(&world, &host);
    let router = health::router(host.clone());
    for (who, peer, sees) in [
        ("somebody elsewhere", from(ELSEWHERE, None), false),
        ("another organisation", from(ELSEWHERE, Some(&stranger)), false),
        ("somebody on this machine", from(HERE, None), true),
        ("our own organisation", from(ELSEWHERE, Some(&host)), true),
    ] {
        assert_eq!(ask(&router, "/livez", peer.clone()).await, (200, "ok\n".to_owned()), "{who}");
        let (status, text) = ask(&router, "/metrics", peer.clone()).await;
        assert_eq!((status == 200, text.contains("tolem_build_info")), (sees, sees), "{who}: {text}");
        let (status, text) = ask(&router, "/readyz", peer).await;
        assert_eq!(status, 200, "{who}: {text}");
        assert_eq!(text != "ready\n", sees, "{who}: {text}");
    }

    // A monitor is named in the configuration; a revoked one is none.
    let named = format!(
        "monitor = [\"{CLIENT}\"]\n{}",
        std::fs::read_to_string(world.path(SERVER, "config.toml")).unwrap()
    );
    world.write(SERVER, "config.toml", named);
    let watched = world.host_with_list(SERVER);
    let router = health::router(watched.clone());
    assert_eq!(ask(&router, "/metrics", from(ELSEWHERE, Some(&stranger))).await.0, 200);
    let serial = stranger.identity.certificate().unwrap().serial();
    watched.trust.install_crl(&world.list(2, &[serial]), watched.now()).unwrap();
    assert_eq!(ask(&router, "/metrics", from(ELSEWHERE, Some(&stranger))).await.0, 403);
}

/// One router each, as an examination is good for a second.
async fn readiness(host: &Arc<Host>) -> (u16, String) {
    let stranger = ask(&health::router(host.clone()), "/readyz", from(ELSEWHERE, None)).await;
    let watcher = ask(&health::router(host.clone()), "/readyz", from(HERE, None)).await;
    assert_eq!(stranger.0, watcher.0);
    assert!(["ready\n", "not ready\n"].contains(&stranger.1.as_str()), "{}", stranger.1);
    watcher
}

#[tokio::test]
async fn ready_means_that_a_message_can_be_verified_kept_and_answered() {
    let world = World::new();
    let host = world.host(SERVER);
    let (status, text) = readiness(&host).await;
    assert_eq!(status, 503);
    assert!(
        text.contains("[-]revocation list: none yet\n") && text.contains("[-]store: not open\n"),
        "{text}"
    );

    let _database = keep(&world, &host);
    host.trust.install_crl(&world.list(1, &[]), host.now()).unwrap();
    let (status, text) = readiness(&host).await;
    assert_eq!((status, text.matches("[+]").count(), text.contains("[-]")), (200, 6, false), "{text}");

    let ours = host.signer().certificate().serial();
    host.trust.install_crl(&world.list(2, &[ours]), host.now()).unwrap();
    let (status, text) = readiness(&host).await;
    assert!(status == 503 && text.contains("[-]signing certificate: "), "{text}");

    host.trust.install_crl(&world.list(3, &[]), host.now()).unwrap();
    world.clock.advance(DAY);
    let (status, text) = readiness(&host).await;
    assert!(status == 503 && text.contains("[-]revocation list: stale"), "{text}");
    world.clock.advance(100 * DAY);
    host.trust.install_crl(&world.list(4, &[]), host.now()).unwrap();
    let (status, text) = readiness(&host).await;
    assert!(status == 503 && text.contains("[-]TLS certificate: "), "{text}");
}

/// A writer that hangs keeps nothing, though the process lives.
#[tokio::test(flavor = "multi_thread")]
async fn a_store_whose_writer_does_not_come_round_is_not_ready() {
    let world = World::new();
    let host = world.host_with_list(SERVER);
    let database = keep(&world, &host);
    let (release, held) = std::sync::mpsc::channel::<()>();
    let (begin, begun) = std::sync::mpsc::channel::<()>();
    let hanging = tokio::spawn(async move {
        database
            .write(move |_| {
                begin.send(()).unwrap();
                held.recv().unwrap();
                Ok::<_, store::StoreError>(())
            })
            .await
    });
    tokio::task::spawn_blocking(move || begun.recv().unwrap()).await.unwrap();
    let (status, text) = readiness(&host).await;
    assert!(status == 503 && text.contains("[-]store: the writer does not answer"), "{text}");
    release.send(()).unwrap();
    hanging.await.unwrap().unwrap();
    let (status, text) = readiness(&host).await;
    assert_eq!(status, 200, "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_three_pages_are_at_every_door() {
    let world = World::new();
    let host = world.host_with_list(SERVER);
    let _database = keep(&world, &host);
    let door = Door::open(&host, ClientAuth::None, Router::new()).await;
    let mut browser = Browser::new(None, &host.roots).unwrap();
    assert_eq!(browser.get(&door.url("/livez")).await.unwrap().body, "ok\n");
    let ready = browser.get(&door.url("/readyz")).await.unwrap();
    assert!(ready.status == 200 && ready.body.contains("[+]store\n"), "{}", ready.body);
}
