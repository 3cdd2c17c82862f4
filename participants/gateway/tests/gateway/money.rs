//! Money: what a bank says must agree with what was ordered, and every order of the same facts ends the same.

use terms::{Channel, PaymentCode, Requisites, Tiyn};
use wire::common::{NoticeOutcome, PaymentEvent, PaymentState, ReversalOutcome};
use wire::fault::FaultCode;
use wire::gateway::{NotifyPayment, ReversePayment};

use crate::facts::{Seeded, outcome};
use crate::talk::{Client, other_person, price, requisites};
use crate::world::{BANK_2, OTHER_SERVICE, World, bin, until};

/// How many notices are altered here; long runs take more.
const MUTATIONS: usize = 300;

/// Alters a field that the order fixed.
fn altered(said: &mut Requisites, chance: &mut Seeded) {
    match chance.below(9) {
        0 => {
            let by = 1 + u64::try_from(chance.below(1_000_000)).unwrap();
            let tiyn = if chance.below(2) == 0 {
                price().as_u64() + by
            } else {
                price().as_u64().saturating_sub(by).max(1)
            };
            said.amount = Tiyn::new(tiyn).unwrap();
        }
        1 => said.service = OTHER_SERVICE.0.parse().unwrap(),
        2 => said.recipient.number = other_person(),
        3 => said.provider = OTHER_SERVICE.2.parse().unwrap(),
        4 => said.beneficiary_iban = "KZ770000000000000001".parse().unwrap(),
        5 => said.kbk = "999999".parse().unwrap(),
        6 => said.paid_at = said.paid_at.plus_seconds(400 * 24 * 3600),
        7 => said.paid_at = said.paid_at.plus_seconds(-400 * 24 * 3600),
        _ => {
            let others: Vec<Channel> =
                Channel::ALL.into_iter().filter(|other| *other != said.channel).collect();
            said.channel = others[chance.below(others.len())];
        }
    }
}

/// Notices that differ from the order in one field or several are kept and never make a code paid.
///
/// Defends: A5
#[tokio::test(flavor = "multi_thread")]
async fn a_notice_that_differs_from_the_order_is_disputed_and_never_paid() {
    let world = World::start().await;
    let (bank, portal) = (Client::of(world.bank_1.host.clone()), Client::of(world.portal.host.clone()));
    let mut chance = Seeded(491);
    for round in 0..MUTATIONS {
        let code = bank.issued().await;
        let mut notice = bank.notice(code);
        for _ in 0..=chance.below(2) {
            altered(&mut notice.requisites, &mut chance);
        }
        if notice.requisites == requisites(code, world.now()) {
            continue;
        }
        let answer = bank.ask(&notice).await.unwrap();
        assert_eq!(answer.outcome, NoticeOutcome::Disputed, "round {round}: {:?}", notice.requisites);
        if round % 25 == 0 {
            assert_eq!(bank.view(code).await.state, PaymentState::Disputed);
            assert_eq!(portal.refusal(&portal.bind(code, round)).await, FaultCode::PaymentDisputed);
            assert_eq!(portal.refusal(&portal.inquire(code)).await, FaultCode::PaymentDisputed);
            assert!(portal.ask(&portal.get_receipt(code)).await.is_err(), "no receipt for money in dispute");
            // The true notice afterwards is a second word about the same money, and settles nothing by itself.
            bank.ask(&bank.notice(code)).await.unwrap();
            assert_eq!(bank.view(code).await.state, PaymentState::Disputed);
        }
    }
    until("the portal hears of disputes", async || {
        world.portal.heard().iter().any(|heard| heard.event == PaymentEvent::Disputed)
    })
    .await;
    assert!(world.portal.heard().iter().all(|heard| heard.event != PaymentEvent::Paid));
    world.chain().await;
}

/// One operation of a bank pays one code, however often it is named.
///
/// Defends: A5
#[tokio::test(flavor = "multi_thread")]
async fn one_bank_operation_does_not_pay_two_codes() {
    let world = World::start().await;
    let bank = Client::of(world.bank_1.host.clone());
    let (first, second) = (bank.issued().await, bank.issued().await);
    let paid = bank.notice(first);
    assert_eq!(bank.ask(&paid).await.unwrap().outcome, NoticeOutcome::Accepted);
    let mut again = bank.notice(second);
    again.requisites.bank_reference = paid.requisites.bank_reference.clone();
    assert_eq!(bank.ask(&again).await.unwrap().outcome, NoticeOutcome::Disputed);
    assert_eq!(bank.view(second).await.state, PaymentState::Disputed);
    assert_eq!(bank.view(first).await.state, PaymentState::Paid);
    world.chain().await;
}

/// One bank can neither confirm, take back, cancel nor see what was issued to another.
///
/// Meets: C20.6
/// Defends: A6
#[tokio::test(flavor = "multi_thread")]
async fn a_bank_learns_and_changes_nothing_about_another_banks_codes() {
    let world = World::start().await;
    let (bank, other) = (Client::of(world.bank_1.host.clone()), Client::of(world.bank_2.host.clone()));
    let nobodys = PaymentCode::generate(&mut participant::SystemEntropy);
    for code in [bank.issued().await, bank.paid().await] {
        let before = world.chain().await;
        let state = world_state(&bank, code).await;
        // Each is refused exactly as for a code that nobody has.
        for code in [code, nobodys] {
            assert_eq!(other.refusal(&other.notice(code)).await, FaultCode::UnknownCode);
            assert_eq!(other.refusal(&other.reverse(code)).await, FaultCode::UnknownCode);
            assert_eq!(other.refusal(&other.cancel(code)).await, FaultCode::UnknownCode);
        }
        let seen = other.ask(&other.get_payment(code)).await.expect_err("not its own");
        let unseen = other.ask(&other.get_payment(nobodys)).await.expect_err("nobody's");
        assert_eq!(
            (&seen.code, &seen.message, seen.money_state),
            (&unseen.code, &unseen.message, unseen.money_state)
        );
        assert_eq!(other.refusal(&other.get_receipt(code)).await, FaultCode::UnknownCode);
        assert_eq!(other.refusal(&other.get_receipt(nobodys)).await, FaultCode::UnknownCode);
        let after = world.chain().await;
        assert!(after.records >= before.records);
        assert_eq!(world_state(&bank, code).await, state);
    }
}

async fn world_state(bank: &Client, code: PaymentCode) -> PaymentState {
    bank.view(code).await.state
}

/// Notice, reversal and cancellation come in every order, each once or twice: the money ends where it belongs.
///
/// Defends: A3
#[tokio::test(flavor = "multi_thread")]
async fn facts_in_any_order_end_the_same() {
    let world = World::start().await;
    let bank = Client::of(world.bank_1.host.clone());
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    for order in orders {
        for repeat in 0..4 {
            let code = bank.issued().await;
            let (notice, reversal, cancel) = (bank.notice(code), bank.reverse(code), bank.cancel(code));
            for (place, event) in order.into_iter().enumerate() {
                // Each is sent once; one of them twice, or (in the last round) all of them.
                for _ in 0..if repeat == place || repeat == 3 { 2 } else { 1 } {
                    match event {
                        0 => drop(bank.ask(&notice).await.unwrap()),
                        1 => drop(bank.ask(&reversal).await.unwrap()),
                        _ => drop(bank.ask(&cancel).await.unwrap()),
                    }
                }
            }
            let reference = Some(format!("REF-{}", code.digits()));
            assert_eq!(
                outcome(&bank.view(code).await),
                (code, PaymentState::Reversed, reference),
                "{order:?} {repeat}"
            );
        }
    }
}

/// A code that was cancelled, or whose time is over, becomes paid by a true notice: money is never refused.
#[tokio::test(flavor = "multi_thread")]
async fn a_void_code_becomes_paid_by_a_true_notice() {
    let mut world = World::start().await;
    let bank = Client::of(world.bank_1.host.clone());
    let cancelled = bank.issued().await;
    bank.ask(&bank.cancel(cancelled)).await.unwrap();
    let late = bank.issued().await;
    let notices = [bank.notice(cancelled), bank.notice(late)];
    world.clock.advance(24 * 3600 + 1);
    // Codes expire in a round of every half minute; the first round is at the start.
    world.crash_and_start_again().await;
    until("the code is void", async || bank.view(late).await.state == PaymentState::Void).await;
    for notice in notices {
        assert_eq!(bank.ask(&notice).await.unwrap().outcome, NoticeOutcome::Accepted);
        assert_eq!(bank.view(notice.payment_code).await.state, PaymentState::Paid);
    }
}

/// A second sum under one code is kept beside the first and changes nothing; the same operation told twice is one.
#[tokio::test(flavor = "multi_thread")]
async fn a_second_sum_is_surplus_and_the_same_one_a_repeat() {
    let world = World::start().await;
    let bank = Client::of(world.bank_1.host.clone());
    let code = bank.paid().await;
    let again = bank.ask(&bank.notice(code)).await.unwrap();
    assert_eq!(again.outcome, NoticeOutcome::Repeated);
    let mut second = bank.notice(code);
    second.requisites.bank_reference = "ANOTHER-1".parse().unwrap();
    let surplus = bank.ask(&second).await.unwrap();
    assert_eq!(surplus.outcome, NoticeOutcome::Surplus);
    assert_eq!(surplus.transaction_number, again.transaction_number);
    let view = bank.view(code).await;
    assert_eq!((view.state, view.requisites), (PaymentState::Paid, Some(requisites(code, world.now()))));
}

/// A reversal must name the very operation and amount, and a spent payment is not taken back.
///
/// Defends: A32
#[tokio::test(flavor = "multi_thread")]
async fn a_reversal_must_match_and_come_before_the_payment_is_spent() {
    let world = World::start().await;
    let (bank, portal) = (Client::of(world.bank_1.host.clone()), Client::of(world.portal.host.clone()));
    let code = bank.paid().await;
    let other = ReversePayment { amount: Tiyn::tenge(1), ..bank.reverse(code) };
    assert_eq!(bank.refusal(&other).await, FaultCode::ReversalMismatch);
    let other = ReversePayment { bank_reference: "ANOTHER-1".parse().unwrap(), ..bank.reverse(code) };
    assert_eq!(bank.refusal(&other).await, FaultCode::ReversalMismatch);
    portal.ask(&portal.bind(code, 1)).await.unwrap();
    assert_eq!(bank.refusal(&bank.reverse(code)).await, FaultCode::SpentNotReversible);
    portal.ask(&portal.delivered(code, 1)).await.unwrap();
    assert_eq!(bank.refusal(&bank.reverse(code)).await, FaultCode::SpentNotReversible);
    assert_eq!(bank.view(code).await.state, PaymentState::Closed);
}

/// Parked in time, a reversal takes effect with its notice, and the bank is told so.
///
/// Defends: A3
#[tokio::test(flavor = "multi_thread")]
async fn a_reversal_that_overtakes_its_notice_is_parked() {
    let world = World::start().await;
    let bank = Client::of(world.bank_1.host.clone());
    let code = bank.issued().await;
    assert_eq!(bank.ask(&bank.reverse(code)).await.unwrap().outcome, ReversalOutcome::Parked);
    assert_eq!(bank.view(code).await.state, PaymentState::Issued);
    assert_eq!(bank.ask(&bank.notice(code)).await.unwrap().outcome, NoticeOutcome::Reversed);
}

/// A card's code belongs to the portal; a bank the gateway never asked cannot vouch for it.
///
/// Defends: A6
#[tokio::test(flavor = "multi_thread")]
async fn a_bank_that_was_not_asked_cannot_vouch_for_a_card() {
    let world = World::start().await;
    let (bank, portal) = (Client::of(world.bank_1.host.clone()), Client::of(world.portal.host.clone()));
    let order = wire::gateway::RequestPaymentCode { channel: Channel::Card, ..portal.request_code() };
    let code = portal.ask(&order).await.unwrap().payment_code;
    let notice = bank.notice(code);
    let notice =
        NotifyPayment { requisites: Requisites { channel: Channel::Card, ..notice.requisites }, ..notice };
    assert_eq!(bank.refusal(&notice).await, FaultCode::UnknownCode);
    assert_ne!(bank.host.bin, bin(BANK_2));
    assert_eq!(portal.view(code).await.state, PaymentState::Issued);
}
