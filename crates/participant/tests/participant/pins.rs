//! Keys pinned for a participant: what the national CA certifies beside them is not believed.

use std::sync::Arc;

use axum::body::Bytes;
use envelope::{Refused, SoapVersion, TokenForm};
use participant::{Fault, Host};
use pki::{Certificate, Pin, Purpose, TrustError};
use wire::fault::FaultCode;

use crate::world::{CLIENT, SERVER, World};

const FILE: &str = "client.pins";

/// A server that pins the client's keys by a file with these pins.
fn pinning(world: &World, pins: &[Pin]) -> Arc<Host> {
    write(world, pins);
    let path = world.path(SERVER, "config.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    world.write(SERVER, "config.toml", format!("{text}pins = \"{FILE}\"\n"));
    world.host_with_list(SERVER)
}

fn write(world: &World, pins: &[Pin]) {
    let lines: Vec<String> = pins.iter().map(Pin::to_string).collect();
    world.write(SERVER, FILE, format!("# keys of {CLIENT}\n\n{}\n", lines.join("\n")));
}

fn certificate(world: &World, file: &str) -> Certificate {
    Certificate::from_pem(&std::fs::read_to_string(world.path(CLIENT, file)).unwrap()).unwrap()
}

async fn message(world: &World, to: &Host) -> Result<(), Refused> {
    let signer = world.host(CLIENT).signer();
    let sealed = envelope::seal(
        SoapVersion::V11,
        "<a xmlns=\"urn:a\"></a>",
        signer.as_ref(),
        to.now(),
        TokenForm::BinarySecurityToken,
    );
    to.open_message(Bytes::from(sealed.unwrap()), to.now()).await.map(drop)
}

/// A certificate of the national CA for the right organisation and another key, as an impostor might get it.
///
/// Meets: C18
/// Defends: A26
#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_not_pinned_is_refused_by_name_for_messages_and_connections() {
    let world = World::new();
    let (signing, tls) = (certificate(&world, "signing.pem"), certificate(&world, "tls.pem"));
    let host = pinning(&world, &[Pin::of(&signing), Pin::of(&tls)]);
    let now = host.now();
    message(&world, &host).await.unwrap();
    host.check_by_all_sources(&tls, Purpose::TlsClient, now).await.unwrap();

    world.renew_signing(CLIENT, (-1, 100));
    let refused = message(&world, &host).await.unwrap_err();
    assert_eq!(refused, Refused::KeyNotPinned);
    let fault = Fault::refused(&refused);
    assert_eq!(fault.code, FaultCode::KeyNotPinned);
    assert!(fault.ends_connection());
    let other = world.renew_tls(CLIENT, &world.national_ca, (-1, 100));
    for purpose in [Purpose::TlsClient, Purpose::TlsServer] {
        let checked = host.check_by_all_sources(&other, purpose, now).await;
        assert_eq!(checked.map(drop), Err(TrustError::KeyNotPinned));
    }
    // Nobody else is pinned.
    let own = host.signer().certificate().clone();
    host.check_by_all_sources(&own, Purpose::MessageSigning, now).await.unwrap();
}

/// The order of a renewal: the new key's pin, the new key, and the old pin goes when nobody uses its key any more.
///
/// Meets: C18
/// Defends: A26, A27
#[tokio::test(flavor = "multi_thread")]
async fn a_pin_added_before_a_key_is_renewed_leaves_no_message_refused() {
    let world = World::new();
    let old = Pin::of(&certificate(&world, "signing.pem"));
    let host = pinning(&world, &[old]);
    message(&world, &host).await.unwrap();
    let sealed_by_old = world.host(CLIENT);

    let new = world.renew_signing(CLIENT, (-1, 100));
    assert_eq!(message(&world, &host).await, Err(Refused::KeyNotPinned), "before its pin is taken up");
    write(&world, &[old, Pin::of(&new)]);
    host.take_up_renewed_files();
    message(&world, &host).await.unwrap();
    let by_old = sealed_by_old.signer().certificate().clone();
    host.check_by_all_sources(&by_old, Purpose::MessageSigning, host.now()).await.unwrap();

    write(&world, &[Pin::of(&new)]);
    host.take_up_renewed_files();
    message(&world, &host).await.unwrap();
    let gone = host.check_by_all_sources(&by_old, Purpose::MessageSigning, host.now()).await;
    assert_eq!(gone.map(drop), Err(TrustError::KeyNotPinned), "though its path was verified before");
}

/// Meets: C18
/// Defends: A26
#[tokio::test(flavor = "multi_thread")]
async fn a_pin_counts_from_its_first_moment_to_its_last() {
    let world = World::new();
    let signing = certificate(&world, "signing.pem");
    let now = world.host(SERVER).now();
    let pin = Pin { from: now.plus_seconds(60), until: now.plus_seconds(120), ..Pin::of(&signing) };
    let host = pinning(&world, &[pin]);
    for (seconds, expected) in [(0, false), (59, false), (60, true), (120, true), (121, false)] {
        let checked = host.trust.check(&signing, Purpose::MessageSigning, now.plus_seconds(seconds));
        assert_eq!(checked.is_ok(), expected, "{seconds}: {checked:?}");
    }
}

/// Meets: C18
/// Defends: A26
#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_pins_that_is_broken_leaves_the_old_pins_in_force_and_stops_a_start() {
    let world = World::new();
    let signing = certificate(&world, "signing.pem");
    let pin = Pin::of(&signing);
    let host = pinning(&world, &[pin]);
    let many = vec![pin; pki::MAX_PINS + 1];
    let reversed = Pin { from: pin.until, until: pin.from, ..pin };
    let [lines, long] = [[pin.to_string(), "x".to_owned()].join("\n"), "#".repeat(pki::MAX_PINS_OCTETS + 1)];
    let many: Vec<String> = many.iter().map(Pin::to_string).collect();
    let text = pin.to_string();
    let broken = [
        String::new(),
        "# nothing\n".to_owned(),
        lines,
        long,
        many.join("\n"),
        reversed.to_string(),
        text[1..].to_owned(),
        format!("{text} x"),
        text.replacen(char::is_numeric, "g", 1),
        text.replacen(char::is_numeric, "ә", 1),
    ];
    for text in broken {
        world.write(SERVER, FILE, &text);
        host.take_up_renewed_files();
        message(&world, &host).await.unwrap();
        world.clock.advance(1);
        let config = participant::Config::read(&world.path(SERVER, "config.toml")).unwrap();
        assert!(config.pins().is_err(), "{text}");
    }
    let other = world.renew_signing(CLIENT, (-1, 100));
    let checked = host.check_by_all_sources(&other, Purpose::MessageSigning, host.now()).await;
    assert_eq!(checked.map(drop), Err(TrustError::KeyNotPinned));
    std::fs::remove_file(world.path(SERVER, FILE)).unwrap();
    host.take_up_renewed_files();
    let checked = host.check_by_all_sources(&other, Purpose::MessageSigning, host.now()).await;
    assert_eq!(checked.map(drop), Err(TrustError::KeyNotPinned), "a file that is away unpins nobody");
}
