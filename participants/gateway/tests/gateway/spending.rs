//! A code is spent once, by whoever is entitled to, however many try at the same instant.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use terms::PaymentCode;
use wire::common::PaymentState;
use wire::fault::FaultCode;
use wire::gateway::{ClosePayment, InquirePaymentCode};

use crate::facts::Seeded;
use crate::talk::{Client, operator, other_operator};
use crate::world::{OTHER_SERVICE, World};

const CODES: usize = 50;
const CLIENTS: usize = 64;

/// 64 clients, half of them users of the portal and half desks, are after the same fifty codes at once.
///
/// Meets: C2.11, T6.11-13, T7.5-10
/// Defends: A1
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixty_four_clients_on_two_channels_spend_each_code_once() {
    let world = World::start().await;
    let (bank, portal) = (Client::of(world.bank_1.host.clone()), Client::of(world.portal.host.clone()));
    let mut codes = Vec::new();
    for _ in 0..CODES {
        codes.push(bank.paid().await);
    }
    let codes = Arc::new(codes);
    let successes: Arc<Vec<AtomicUsize>> = Arc::new((0..CODES).map(|_| AtomicUsize::new(0)).collect());
    let clients = (0..CLIENTS).map(|client| {
        let (codes, successes, portal) = (codes.clone(), successes.clone(), portal.clone());
        tokio::spawn(async move {
            let mut chance = Seeded(u64::try_from(client).unwrap());
            // Everyone is after a dozen codes, in an order of their own.
            for _ in 0..12 {
                let place = chance.below(CODES);
                let spent = match client % 2 {
                    0 => spends_at_the_portal(&portal, codes[place], client * 1000 + place).await,
                    _ => spends_at_the_desk(&portal, codes[place]).await,
                };
                successes[place].fetch_add(usize::from(spent), Ordering::SeqCst);
            }
        })
    });
    for done in futures_util::future::join_all(clients).await {
        done.unwrap();
    }
    for (place, code) in codes.iter().enumerate() {
        let view = portal.view(*code).await;
        let tried = successes[place].load(Ordering::SeqCst);
        match view.state {
            PaymentState::Closed => assert_eq!(tried, 1, "{place} was spent {tried} times"),
            // Nobody drew this code; it is still there.
            other => assert_eq!((other, tried), (PaymentState::Paid, 0)),
        }
    }
    let spent = successes.iter().map(|one| one.load(Ordering::SeqCst)).sum::<usize>();
    assert!(spent > CODES / 2, "{spent} codes were fought for");
    world.chain().await;
}

async fn spends_at_the_portal(portal: &Client, code: PaymentCode, order: usize) -> bool {
    if portal.ask(&portal.bind(code, order)).await.is_err() {
        return false;
    }
    portal.ask(&portal.delivered(code, order)).await.expect("who has bound may close");
    true
}

async fn spends_at_the_desk(portal: &Client, code: PaymentCode) -> bool {
    let Ok(answer) = portal.ask(&portal.inquire(code)).await else { return false };
    // Between inquiry and closing the portal may bind it, or another desk get a ticket; then this one's is void.
    portal.ask(&portal.close_at_desk(code, answer.ticket)).await.is_ok()
}

/// Closing needs a ticket of one's own, in time, for a code that nobody has bound since.
///
/// Meets: T7.12-13, T7.14-15
/// Defends: A2
#[tokio::test(flavor = "multi_thread")]
async fn a_desk_closes_only_what_it_has_inquired() {
    let world = World::start().await;
    let (bank, portal) = (Client::of(world.bank_1.host.clone()), Client::of(world.portal.host.clone()));
    let code = bank.paid().await;

    let invented = portal.host.draw(|entropy| terms::TicketId::generate(world.now(), entropy));
    assert_eq!(portal.refusal(&portal.close_at_desk(code, invented)).await, FaultCode::TicketInvalid);

    let ticket = portal.ask(&portal.inquire(code)).await.unwrap().ticket;
    let another = ClosePayment { operator: Some(other_operator()), ..portal.close_at_desk(code, ticket) };
    assert_eq!(portal.refusal(&another).await, FaultCode::TicketInvalid);

    world.clock.advance(601);
    assert_eq!(portal.refusal(&portal.close_at_desk(code, ticket)).await, FaultCode::TicketInvalid);

    // A newer ticket, of whoever, takes the place of the older one.
    let old = portal.ask(&portal.inquire(code)).await.unwrap().ticket;
    let theirs = InquirePaymentCode { operator: other_operator(), ..portal.inquire(code) };
    portal.ask(&theirs).await.unwrap();
    assert_eq!(portal.refusal(&portal.close_at_desk(code, old)).await, FaultCode::TicketInvalid);

    // Bound in between, the code is not the desk's any more.
    let ticket = portal.ask(&portal.inquire(code)).await.unwrap().ticket;
    portal.ask(&portal.bind(code, 1)).await.unwrap();
    assert_eq!(portal.refusal(&portal.close_at_desk(code, ticket)).await, FaultCode::BoundElsewhere);
    portal.ask(&portal.release(code, 1)).await.unwrap();
    assert_eq!(portal.refusal(&portal.close_at_desk(code, ticket)).await, FaultCode::TicketInvalid);
    assert_eq!(portal.view(code).await.state, PaymentState::Paid);
}

/// A closing says either the order or ticket and operator; a mixture is a wrong field and closes nothing.
///
/// Defends: A2
#[tokio::test(flavor = "multi_thread")]
async fn a_closing_without_its_ground_is_a_wrong_field() {
    let world = World::start().await;
    let (bank, portal) = (Client::of(world.bank_1.host.clone()), Client::of(world.portal.host.clone()));
    let code = bank.paid().await;
    let ticket = portal.ask(&portal.inquire(code)).await.unwrap().ticket;
    let desk = portal.close_at_desk(code, ticket);
    let mixtures = [
        ClosePayment { operator: None, ..desk.clone() },
        ClosePayment { header: portal.header(), ticket: None, ..desk.clone() },
        ClosePayment {
            header: portal.header(),
            application: Some(crate::talk::application(1)),
            ..desk.clone()
        },
        ClosePayment { operator: Some(operator()), ..portal.delivered(code, 1) },
        ClosePayment { application: None, ..portal.delivered(code, 1) },
    ];
    for mixture in mixtures {
        let fault = portal.ask(&mixture).await.expect_err("a mixture");
        assert_eq!(fault.known_code(), Some(FaultCode::FieldWrong));
        assert_eq!(fault.field.unwrap().to_string(), "/Body/ClosePayment/basis");
    }
    assert_eq!(portal.refusal(&portal.delivered(code, 1)).await, FaultCode::NotBound);
    assert_eq!(portal.view(code).await.state, PaymentState::Paid);
}

/// Guesses at a code get one answer whatever the cause, and after five of them none at all for that recipient.
///
/// Defends: A11
#[tokio::test(flavor = "multi_thread")]
async fn guesses_get_one_answer_and_are_counted() {
    let world = World::start().await;
    let (bank, portal) = (Client::of(world.bank_1.host.clone()), Client::of(world.portal.host.clone()));
    let code = bank.paid().await;
    let invented = PaymentCode::generate(&mut participant::SystemEntropy);
    let victim = crate::talk::other_person();
    let mut heard = Vec::new();
    for round in 0..5 {
        let guess = match round % 2 {
            // A code that is somebody else's, and one that is nobody's.
            0 => portal.bind(code, round),
            _ => portal.bind(invented, round),
        };
        let guess = wire::gateway::BindPaymentCode { recipient: victim, ..guess };
        let fault = portal.ask(&guess).await.expect_err("a guess");
        assert_eq!(fault.known_code(), Some(FaultCode::NotMatched));
        heard.push((fault.message.clone(), fault.money_state, fault.retryable, fault.field.clone()));
    }
    assert!(heard.iter().all(|one| *one == heard[0]), "{heard:#?}");
    let sixth = wire::gateway::BindPaymentCode { recipient: victim, ..portal.bind(invented, 6) };
    let fault = portal.ask(&sixth).await.expect_err("a guess too many");
    assert_eq!(fault.known_code(), Some(FaultCode::TooManyTries));
    assert!(fault.message.en.contains("3600 seconds"), "{}", fault.message.en);

    // Others are not affected, and an hour later it is forgotten.
    portal.ask(&portal.bind(code, 1)).await.unwrap();
    world.clock.advance(3601);
    let later = wire::gateway::BindPaymentCode { recipient: victim, ..portal.bind(invented, 7) };
    assert_eq!(portal.refusal(&later).await, FaultCode::NotMatched);
}

/// Where code and recipient match, the true reason is told; the text names what it speaks of.
///
/// Meets: T6.11-13
/// Defends: A11
#[tokio::test(flavor = "multi_thread")]
async fn who_has_code_and_recipient_right_gets_the_true_reason() {
    let world = World::start().await;
    let (bank, portal) = (Client::of(world.bank_1.host.clone()), Client::of(world.portal.host.clone()));
    let code = bank.issued().await;
    let fault = portal.ask(&portal.bind(code, 1)).await.expect_err("unpaid");
    assert_eq!(fault.known_code(), Some(FaultCode::NotConfirmedYet));
    assert!(fault.message.ru.contains("23.11.2026 12:00"), "{}", fault.message.ru);
    bank.ask(&bank.notice(code)).await.unwrap();
    let other =
        wire::gateway::BindPaymentCode { service: OTHER_SERVICE.0.parse().unwrap(), ..portal.bind(code, 1) };
    let fault = portal.ask(&other).await.expect_err("for another service");
    assert_eq!(fault.known_code(), Some(FaultCode::OtherService));
    assert!(fault.message.kk.contains("P1.04"), "{}", fault.message.kk);
    portal.ask(&portal.bind(code, 1)).await.unwrap();
    portal.ask(&portal.delivered(code, 1)).await.unwrap();
    let fault = portal.ask(&portal.bind(code, 2)).await.expect_err("used");
    assert_eq!(fault.known_code(), Some(FaultCode::CodeUsed));
    assert!(fault.message.ru.contains("22.11.2026 12:00"), "{}", fault.message.ru);
}

/// A desk's guesses count against its operator.
///
/// Defends: A11
#[tokio::test(flavor = "multi_thread")]
async fn a_desks_guesses_are_counted_by_operator() {
    let world = World::start().await;
    let (bank, portal) = (Client::of(world.bank_1.host.clone()), Client::of(world.portal.host.clone()));
    let code = bank.paid().await;
    for _ in 0..5 {
        let invented = PaymentCode::generate(&mut participant::SystemEntropy);
        assert_eq!(portal.refusal(&portal.inquire(invented)).await, FaultCode::UnknownCode);
    }
    assert_eq!(portal.refusal(&portal.inquire(code)).await, FaultCode::TooManyTries);
    let another = InquirePaymentCode { operator: other_operator(), ..portal.inquire(code) };
    portal.ask(&another).await.unwrap();
}
