//! The gateway's signing key in a process of its own: what happens when that process dies.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use envelope::SoapVersion;
use participant::{CallFailure, Caller};
use terms::PaymentCode;
use transport::{ClientLimits, HttpClient};
use wire::common::PaymentState;
use wire::gateway::NotifyPayment;

use crate::talk::Client;
use crate::world::{GATEWAY, LONG, World, bin};

/// How often the signer is killed.
const DEATHS: usize = 6;
const BANKS: usize = 4;

/// Sends one notice, always the same message, until it is acknowledged, as a bank's outbox does. How often that was.
async fn deliver(caller: &Caller, notice: &NotifyPayment) -> usize {
    let until = Instant::now() + LONG;
    for tries in 1.. {
        match caller.call(bin(GATEWAY), notice).await {
            Ok(_) => return tries,
            Err(CallFailure::Refused(fault)) => assert!(fault.retryable, "{fault:?}"),
            Err(CallFailure::NotSent(_) | CallFailure::Unknown(_)) => {}
        }
        assert!(Instant::now() < until, "the gateway came back");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    unreachable!("the loop returns")
}

/// Meets: C18
/// Defends: A27
#[tokio::test(flavor = "multi_thread")]
async fn a_signer_that_dies_and_comes_back_under_traffic_loses_nothing() {
    let mut world = World::start().await;
    let mut signer = Some(world.give_the_key_to_a_signer().await);
    let stop = Arc::new(AtomicBool::new(false));
    let delivered = Arc::new(AtomicUsize::new(0));
    let mut banks = Vec::new();
    for _ in 0..BANKS {
        let bank = Client::of(world.bank_1.host.clone());
        let (stop, delivered) = (stop.clone(), delivered.clone());
        banks.push(tokio::spawn(async move {
            let (mut paid, mut repeated) = (BTreeSet::<PaymentCode>::new(), 0);
            while !stop.load(Ordering::SeqCst) {
                let request = bank.request_code();
                let Ok(issued) = bank.caller.call(bin(GATEWAY), &request).await else {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    continue;
                };
                let code = issued.get().payment_code;
                repeated += deliver(&bank.caller, &bank.notice(code)).await - 1;
                paid.insert(code);
                delivered.fetch_add(1, Ordering::SeqCst);
            }
            (paid, repeated)
        }));
    }
    for _ in 0..DEATHS {
        let before = delivered.load(Ordering::SeqCst);
        crate::world::until("traffic flows", async || delivered.load(Ordering::SeqCst) > before + 8).await;
        drop(signer.take());
        tokio::time::sleep(Duration::from_millis(200)).await;
        signer = Some(world.signer_process().await);
    }
    stop.store(true, Ordering::SeqCst);
    let (mut paid, mut repeated) = (BTreeSet::new(), 0);
    for bank in banks {
        let (of_bank, of_tries) = bank.await.unwrap();
        paid.extend(of_bank);
        repeated += of_tries;
    }
    assert!(repeated > 0, "the deaths were felt");
    let bank = Client::of(world.bank_1.host.clone());
    for code in &paid {
        assert_eq!(bank.view(*code).await.state, PaymentState::Paid);
    }
    world.chain().await;
    println!("{} paid, {repeated} sent again, over {DEATHS} deaths of the signer", paid.len());
}

/// Meets: C16
#[tokio::test(flavor = "multi_thread")]
async fn without_its_signer_the_gateway_says_so_at_once_and_signs_nothing() {
    let mut world = World::start().await;
    let signer = world.give_the_key_to_a_signer().await;
    let bank = Client::of(world.bank_1.host.clone());
    let code = bank.issued().await;
    let notice = bank.notice(code);
    drop(signer);
    let client = HttpClient::new(Some(&bank.host.identity), &world.roots(), ClientLimits::default()).unwrap();
    let sealed = bank.sealed(&notice);
    let began = Instant::now();
    let kind = SoapVersion::V11.content_type();
    let answer = client.post(&world.messages_url(), kind, &[], sealed.into()).await.unwrap();
    assert!(began.elapsed() < LONG / 10, "{:?}", began.elapsed());
    let text = String::from_utf8(answer.body.to_vec()).unwrap();
    assert_eq!(answer.status.as_u16(), 503, "{text}");
    assert!(text.starts_with("TLM-SYS-0005 ") && !text.contains('<'), "{text}");
    let _signer = world.signer_process().await;
    deliver(&bank.caller, &notice).await;
    assert_eq!(bank.view(code).await.state, PaymentState::Paid);
    world.chain().await;
}
