//! Every operation × every group: what the table of `rights` allows is what the gateway allows, and nothing else.

use envelope::SoapVersion;
use rights::{Action, GROUPS, Group};
use wire::fault::FaultCode;

use crate::forged::with_element;
use crate::talk::{Client, post};
use crate::world::{BANK_1, CARD_PAGE, OTHERS, PORTAL, TERMINAL, UNREGISTERED, World};

/// The participant that belongs to this group and to no other.
fn member(world: &World, group: &str) -> Client {
    match group {
        "portal" => Client::of(world.portal.host.clone()),
        "bank" => Client::of(world.bank_1.host.clone()),
        "card-page" => Client::of(world.caller(CARD_PAGE)),
        _ => {
            let (bin, _) = OTHERS.into_iter().chain([TERMINAL]).find(|(_, theirs)| *theirs == group).unwrap();
            Client::of(world.caller(bin))
        }
    }
}

/// The published example of an operation, said by this client now.
fn said_by(client: &Client, example: &str) -> String {
    let header = client.header();
    let said = with_element(example, "messageId", &header.message_id.to_string());
    let said = with_element(&said, "sentAt", &header.sent_at.to_string());
    with_element(&said, "sender", &client.host.bin.to_string())
}

/// Meets: C19, C20.4, C20.5, C20.6
/// Defends: A6, A25
#[tokio::test(flavor = "multi_thread")]
async fn every_group_may_do_exactly_what_its_row_lists() {
    let world = World::start().await;
    let services = [("gateway", world.messages_url()), ("card", world.card_url())];
    let mut cells = 0;
    let of_organisations = || GROUPS.iter().filter(|(group, ..)| !group.is_of_officers());
    for (group, name, actions) in of_organisations() {
        let client = member(&world, name);
        for (file, url) in &services {
            let service = wire::services().iter().find(|service| service.namespace.file == *file).unwrap();
            for operation in service.operations {
                let octets = client.seal(SoapVersion::V11, &said_by(&client, &(operation.request_example)()));
                let content_type = SoapVersion::V11.content_type();
                let reply = post(&world, &client.host.identity, url, content_type, octets).await.unwrap();
                let is_denied = reply.fault.is_some() && reply.code() == FaultCode::ActionNotAllowed;
                assert_eq!(!is_denied, actions.contains(&operation.name), "{name} × {}", operation.name);
                if let Some(fault) = reply.fault.filter(|_| is_denied) {
                    let may: Vec<&str> =
                        rights::groups_allowing(Action(operation.name)).map(Group::name).collect();
                    assert!(fault.message.en.contains(&may.join(", ")), "{}", fault.message.en);
                }
                cells += 1;
            }
        }
        assert!(GROUPS.iter().any(|(other, ..)| other == group));
    }
    assert_eq!(cells, of_organisations().count() * 17, "the whole matrix was walked");
    // Officers sign no messages; what their groups list is no operation of a service.
    for (_, name, actions) in GROUPS.iter().filter(|(group, ..)| group.is_of_officers()) {
        let operations = wire::services().iter().flat_map(|service| service.operations);
        assert!(operations.into_iter().all(|operation| !actions.contains(&operation.name)), "{name}");
    }
    world.chain().await;
}

/// Nobody is let in by a certificate alone, and no service answers for another.
///
/// Meets: C20.6
/// Defends: A25
#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_registered_or_not_served_is_refused() {
    let world = World::start().await;
    let nobody = Client::of(world.caller(UNREGISTERED));
    let portal = Client::of(world.portal.host.clone());
    assert_ne!(PORTAL, BANK_1);
    for service in wire::services() {
        for operation in service.operations {
            let content_type = SoapVersion::V11.content_type();
            let is_ours = ["gateway", "card"].contains(&service.namespace.file);
            let url = if service.namespace.file == "card" { world.card_url() } else { world.messages_url() };
            let octets = nobody.seal(SoapVersion::V11, &said_by(&nobody, &(operation.request_example)()));
            let reply = post(&world, &nobody.host.identity, &url, content_type, octets).await.unwrap();
            let expected =
                if is_ours { FaultCode::ParticipantNotRegistered } else { FaultCode::UnknownOperation };
            assert_eq!(reply.code(), expected, "{}", operation.name);
            // The other service of the gateway does not know the operation, whoever asks.
            let other =
                if service.namespace.file == "card" { world.messages_url() } else { world.card_url() };
            let octets = portal.seal(SoapVersion::V12, &said_by(&portal, &(operation.request_example)()));
            let content_type = SoapVersion::V12.content_type();
            let reply = post(&world, &portal.host.identity, &other, content_type, octets).await.unwrap();
            assert_eq!(reply.code(), FaultCode::UnknownOperation, "{}", operation.name);
        }
    }
}
