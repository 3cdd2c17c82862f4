//! Time stamps over the heads of the evidence chain, and what was written down of how signers were judged.

use gateway::cx::Cx;
use gateway::stamps::{StampReport, stamp_newest, verify_all};
use pki::issue::Authority;
use pki::time_stamp::{StampAsked, StampQuestion, token_of};
use store::{HeadStamp, Store as _, StoreError};

use crate::talk::Client;
use crate::world::{World, noon, stamp_authority};

async fn verified(cx: &Cx) -> anyhow::Result<StampReport> {
    verify_all(&cx.store.evidence(), &cx.host.trust.roots(), cx.host.now()).await
}

/// Meets: C16
#[tokio::test(flavor = "multi_thread")]
async fn a_head_is_stamped_once_and_the_next_one_after_something_was_kept() {
    let world = World::start().await;
    let (cx, url) = (world.cx(), world.stamp_url());
    let bank = Client::of(world.bank_1.host.clone());
    let code = bank.issued().await;
    let first = stamp_newest(&cx, &url).await.unwrap().expect("a head is there");
    assert_eq!(first.stamped_at, world.now());
    assert_eq!(stamp_newest(&cx, &url).await.unwrap(), None, "nothing was kept since");
    bank.issued().await;
    world.clock.advance(60);
    let second = stamp_newest(&cx, &url).await.unwrap().expect("another head");
    assert!(second.sequence > first.sequence);
    let report = verified(&cx).await.unwrap();
    assert_eq!((report.count, report.newest), (2, Some(second.clone())));
    assert!(matches!(cx.store.evidence().keep_stamp(second).await, Err(StoreError::Taken)));
    world.chain().await;

    // Each message says by what its signer was found not revoked.
    let kept = cx.store.read(move |view| view.evidence_of(code)).await;
    let kept: Result<_, StoreError> = kept;
    assert!(kept.unwrap().iter().all(|record| record.checked_by.as_deref() == Some("list 2")));
}

/// Defends: A19, A21
#[tokio::test(flavor = "multi_thread")]
async fn stamps_over_another_head_of_another_ca_or_before_their_head_are_found() {
    let world = World::start().await;
    let (cx, url) = (world.cx(), world.stamp_url());
    Client::of(world.bank_1.host.clone()).issued().await;
    let head = cx.store.evidence().head().await.unwrap().unwrap();
    let stamp = |ca: &Authority, digest: [u8; 32], seconds: i64| {
        let asked = StampAsked::read(&StampQuestion::new(&digest, &[1]).unwrap().der).unwrap();
        let stamped_at = noon().plus_seconds(seconds);
        let token = token_of(&stamp_authority(ca).stamp(&asked, stamped_at).unwrap()).unwrap();
        HeadStamp { sequence: head.sequence, head: head.head, stamped_at, token }
    };
    let root = Authority::create_root(
        &"NATIONAL CA (TEST)".parse().unwrap(),
        pki::SuiteId::P256,
        noon().plus_seconds(-1000),
        noon().plus_seconds(1000),
    );
    let root = root.unwrap();
    let twin = Authority::load(root.key_pem.expose_secret(), &root.certificate.to_pem()).unwrap();
    let good = stamp(&world.national_ca, head.head, 0);
    for (false_one, what) in [
        (stamp(&world.national_ca, [7; 32], 0), "another digest"),
        (stamp(&twin, head.head, 0), "not of an authority"),
        (stamp(&world.national_ca, head.head, -301), "before the group"),
        (HeadStamp { stamped_at: noon().plus_seconds(1), ..good.clone() }, "not its own"),
        (HeadStamp { sequence: head.sequence + 1_000_000, ..good }, "does not have"),
    ] {
        let world = cx.store.database();
        let kept = world.write(move |tx| {
            tx.execute_batch("DROP TRIGGER IF EXISTS chain_stamp_remains; DELETE FROM chain_stamp")?;
            Ok::<_, StoreError>(())
        });
        kept.await.unwrap();
        cx.store.evidence().keep_stamp(false_one).await.unwrap();
        let found = format!("{:#}", verified(&cx).await.unwrap_err());
        assert!(found.contains(what), "{found}");
    }
    let nowhere = url.replace("/stamp", "/crl");
    assert!(stamp_newest(&cx, &nowhere).await.is_err());
}
