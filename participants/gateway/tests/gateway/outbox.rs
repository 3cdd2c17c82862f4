//! What the portal must be told is told, whatever happens to the portal, the link or the gateway meanwhile.

use std::collections::BTreeSet;

use store::Store as _;
use terms::PaymentCode;

use crate::talk::Client;
use crate::world::{Setup, World, until};

/// Lets time pass until the outbox is empty; each repetition of a message is due at its own time.
async fn drain(world: &World) {
    until("the outbox is drained", async || {
        world.clock.advance(60);
        world.outbox_depth().await == 0
    })
    .await;
}

/// How many acknowledgements of the portal are kept with a payment.
async fn acknowledgements(world: &World, code: PaymentCode) -> usize {
    let evidence = world.cx().store.read(move |view| view.evidence_of(code)).await.unwrap();
    evidence.iter().filter(|record| record.kind == "PaymentNotifiedResponse in").count()
}

/// The portal is away, the gateway is restarted, the portal comes back: everything is told, each once.
///
/// Meets: C10, C12.1
/// Defends: A10
#[tokio::test(flavor = "multi_thread")]
async fn notices_wait_for_a_portal_that_is_away() {
    let mut world = World::with(Setup { portal_up: false, ..Setup::default() }).await;
    let bank = Client::of(world.bank_1.host.clone());
    let mut paid = BTreeSet::new();
    for _ in 0..20 {
        paid.insert(bank.paid().await);
    }
    assert_eq!(world.outbox_depth().await, 20);
    world.stop().await;
    world.start_again().await;
    assert_eq!(world.outbox_depth().await, 20);
    world.portal.come_up().await;
    drain(&world).await;
    let heard = world.portal.heard();
    let told: BTreeSet<PaymentCode> = heard.iter().map(|notice| notice.payment_code).collect();
    assert_eq!(told, paid, "0 differences");
    for code in paid {
        assert_eq!(acknowledgements(&world, code).await, 1);
    }
    world.chain().await;
}

/// What the portal kept without a believable acknowledgement is told again under the same number.
///
/// Meets: T3.17
/// Defends: A10
#[tokio::test(flavor = "multi_thread")]
async fn a_notice_is_repeated_until_it_is_believably_acknowledged() {
    let world = World::start().await;
    let bank = Client::of(world.bank_1.host.clone());
    world.portal.mumbles(true);
    let code = bank.paid().await;
    until("it was tried", async || !world.portal.heard().is_empty()).await;
    let tried_twice = async |count: usize| {
        until("it is tried again", async || {
            world.clock.advance(60);
            world.portal.heard().len() > count
        })
        .await;
    };
    tried_twice(1).await;
    // A signed answer to another message is no acknowledgement of this one.
    world.portal.confuses(true);
    world.portal.mumbles(false);
    tried_twice(world.portal.heard().len() + 1).await;
    assert_eq!(acknowledgements(&world, code).await, 0);
    world.portal.confuses(false);
    drain(&world).await;
    let heard = world.portal.heard();
    assert!(heard.len() >= 4);
    assert!(heard.iter().all(|notice| *notice == heard[0]), "the same message each time");
    assert_eq!(acknowledgements(&world, code).await, 1);
}

/// The portal goes down in the middle of the day and comes back.
///
/// Defends: A10
#[tokio::test(flavor = "multi_thread")]
async fn a_portal_that_comes_and_goes_misses_nothing() {
    let world = World::start().await;
    let bank = Client::of(world.bank_1.host.clone());
    let mut paid = BTreeSet::new();
    for round in 0..12 {
        match round {
            4 => world.portal.go_down().await,
            8 => world.portal.come_up().await,
            _ => {}
        }
        paid.insert(bank.paid().await);
    }
    drain(&world).await;
    let told: BTreeSet<PaymentCode> = world.portal.heard().iter().map(|notice| notice.payment_code).collect();
    assert_eq!(told, paid);
}
