//! Every message once, as it should go, and what the gateway has kept of it afterwards.

use envelope::SoapVersion;
use gateway::anomalies::anomalies_of;
use rights::anomaly::{Anomaly, CLOSED_FOR_ONE, LEFT_INQUIRIES, Sign};
use rights::{Permitted, SystemJob};
use store::{EvidenceRecord, Store as _};
use terms::{BankingDay, Channel, PaymentCode};
use wire::common::{NoticeOutcome, PageChannel, PaymentEvent, PaymentState, ReversalOutcome};
use wire::fault::FaultCode;
use wire::gateway::{ListServices, OpenPaymentPage, RequestPaymentCode};

use crate::officers::{Console, Officer, data};
use crate::talk::{Client, application, operator, payer, post, price, recipient};
use crate::world::{AUDITOR, BANK_1, DAY, PORTAL, World, bin, until};

async fn evidence(world: &World, code: PaymentCode) -> Vec<EvidenceRecord> {
    world.cx().store.read(move |view| view.evidence_of(code)).await.unwrap()
}

/// The separate cycle from the bank's request to the delivered service, released once on the way.
///
/// Meets: C4, C7.3, C12.1, C12.2, C16, T1.post, T3.8-12, T3.15-16, T3.18-21, T6.9-10, T6.11-13, T6.post
#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_issued_paid_bound_released_bound_again_and_closed() {
    let world = World::start().await;
    let (bank, portal) = (Client::of(world.bank_1.host.clone()), Client::of(world.portal.host.clone()));

    let issued = bank.ask(&bank.request_code()).await.unwrap();
    let code = issued.payment_code;
    assert_eq!((issued.amount, issued.valid_until), (price(), world.now().plus_seconds(DAY)));
    assert_eq!(bank.view(code).await.state, PaymentState::Issued);

    world.clock.advance(60);
    let kept = bank.ask(&bank.notice(code)).await.unwrap();
    assert_eq!((kept.outcome, kept.received_at), (NoticeOutcome::Accepted, world.now()));

    let bound = portal.ask(&portal.bind(code, 1)).await.unwrap();
    assert_eq!((bound.application, bound.payer, bound.recipient), (application(1), payer(), recipient()));
    assert_eq!(portal.ask(&portal.release(code, 1)).await.unwrap().state, PaymentState::Paid);
    portal.ask(&portal.bind(code, 2)).await.unwrap();
    assert_eq!(portal.refusal(&portal.bind(code, 3)).await, FaultCode::BoundElsewhere);
    let closed = portal.ask(&portal.delivered(code, 2)).await.unwrap();
    assert_eq!((closed.state, closed.closed_at), (PaymentState::Closed, world.now()));

    let view = portal.view(code).await;
    assert_eq!(
        (view.state, view.application, view.bank),
        (PaymentState::Closed, Some(application(2)), Some(bin(BANK_1)))
    );
    assert_eq!(portal.refusal(&portal.bind(code, 4)).await, FaultCode::CodeUsed);
    world.chain().await;
}

/// The desk sees for whom the service is prepaid, and closes with the ticket it was given.
///
/// Meets: C6, C8.2, T7.5-10, T7.11, T7.14-15, T7.post
/// Defends: A13
#[tokio::test(flavor = "multi_thread")]
async fn a_desk_inquires_and_closes() {
    let world = World::start().await;
    let (bank, portal) = (Client::of(world.bank_2.host.clone()), Client::of(world.portal.host.clone()));
    let code = bank.paid().await;
    let answer = portal.ask(&portal.inquire(code)).await.unwrap();
    assert_eq!((answer.recipient, answer.amount), (recipient(), price()));
    assert_eq!(answer.ticket_valid_until, world.now().plus_seconds(600));
    let close = portal.close_at_desk(code, answer.ticket);
    assert_eq!(portal.ask(&close).await.unwrap().state, PaymentState::Closed);
    assert_eq!(portal.refusal(&portal.inquire(code)).await, FaultCode::CodeUsed);

    // Whoever was shown a name is on record (T7.11).
    let reads = world.cx().store.read(move |view| view.reads_of(code)).await.unwrap();
    assert_eq!(reads.len(), 1);
    assert!(reads[0].actor.contains(&operator().iin.to_string()));
}

/// A desk that looks at codes it never closes, and closes many for one person, is named with the figures; what it looked
/// at on another day is no part of them.
///
/// Defends: A13
#[tokio::test(flavor = "multi_thread")]
async fn a_desk_whose_looks_the_work_does_not_explain_is_named() {
    let world = World::start().await;
    let (bank, portal) = (Client::of(world.bank_2.host.clone()), Client::of(world.portal.host.clone()));
    let signs = async |day: BankingDay| {
        let asked = Permitted::system(day, SystemJob("test"));
        anomalies_of(&world.cx(), &asked).await.unwrap()
    };
    let today = world.now().banking_day();
    for _ in 0..LEFT_INQUIRIES {
        assert_eq!(signs(today).await, []);
        let code = bank.paid().await;
        portal.ask(&portal.inquire(code)).await.unwrap();
    }
    let actor = format!("{} {}", operator().iin, operator().centre);
    let left = Sign::Left { left: LEFT_INQUIRIES, inquiries: LEFT_INQUIRIES };
    assert_eq!(signs(today).await, [Anomaly { actor: actor.clone(), sign: left }]);
    for _ in 0..CLOSED_FOR_ONE {
        let code = bank.paid().await;
        let answer = portal.ask(&portal.inquire(code)).await.unwrap();
        portal.ask(&portal.close_at_desk(code, answer.ticket)).await.unwrap();
    }
    let left = Sign::Left { left: LEFT_INQUIRIES, inquiries: LEFT_INQUIRIES + CLOSED_FOR_ONE };
    let for_one = Sign::ForOne { closed: CLOSED_FOR_ONE };
    let named = |sign| Anomaly { actor: actor.clone(), sign };
    assert_eq!(signs(today).await, [named(left), named(for_one)]);
    assert_eq!(signs(today.plus_days(-1)).await, []);
    assert_eq!(signs(today.plus_days(1)).await, []);

    // The auditor's page and its file have the same figures, and nobody's number.
    let mut auditor = Console::open(&world, &Officer::of(&world, AUDITOR)).await;
    let (whole, masked) = (operator().iin.to_string(), operator().iin.masked());
    let page = auditor.get("/anomalies").await;
    assert_eq!(data(&page, "anomalies"), "2", "{}", page.body);
    assert!(page.body.contains(&masked) && !page.body.contains(&whole), "{}", page.body);
    let list = auditor.get(&format!("/lists/anomalies/list-machine.csv?day={today}")).await;
    assert!(list.body.contains(&masked) && !list.body.contains(&whole), "{}", list.body);
    for (row, figures) in list.body.lines().skip(1).zip(["10,14", "4,"]) {
        assert!(row.ends_with(figures), "{row}");
    }
    assert_eq!(data(&auditor.get(&format!("/anomalies?day={}", today.next())).await, "anomalies"), "0");
    assert_eq!(auditor.get("/anomalies?day=2024-02-30").await.status, 400);
}

/// The portal is told of the payment, and its signed acknowledgement is kept as evidence beside the bank's notice.
///
/// Meets: C10, C12.1, C12.2, T1.23, T3.17
#[tokio::test(flavor = "multi_thread")]
async fn the_portal_is_told_and_both_signatures_are_kept() {
    let world = World::start().await;
    let bank = Client::of(world.bank_1.host.clone());
    let code = bank.issued().await;
    let notice = bank.notice(code);
    let octets = bank.sealed(&notice);
    let (tls, url) = (&bank.host.identity, world.messages_url());
    let reply = post(&world, tls, &url, SoapVersion::V11.content_type(), octets.clone()).await.unwrap();
    assert!(reply.fault.is_none());

    until("the acknowledgement is kept", async || evidence(&world, code).await.len() == 3).await;
    let heard = world.portal.heard();
    assert_eq!(heard.len(), 1);
    assert_eq!((heard[0].event, heard[0].payment_code), (PaymentEvent::Paid, code));
    assert_eq!(heard[0].bank_reference, notice.requisites.bank_reference);

    let kept = evidence(&world, code).await;
    let kinds: Vec<&str> = kept.iter().map(|one| one.kind.as_str()).collect();
    assert_eq!(kinds, ["RequestPaymentCode in", "NotifyPayment in", "PaymentNotifiedResponse in"]);
    assert_eq!(kept[1].octets, octets, "the bank's message is kept as it came");
    assert_eq!(kept[1].at, world.now(), "with its time of arrival");
    for (record, signer) in kept.iter().zip([BANK_1, BANK_1, PORTAL]) {
        let (_, opened) = envelope::open(record.octets.clone(), &world.observer, world.now()).unwrap();
        assert_eq!(opened.signer().bin, Some(bin(signer)));
        assert_eq!(opened.signer().certificate.der(), record.certificate);
        assert!(record.crl_number > 0, "{} was checked against a list", record.kind);
    }
    assert_eq!(world.outbox_depth().await, 0);
    assert!(world.chain().await.records > 0, "every record is under the gateway's signature");
}

/// The remaining messages: the catalogue, a cancellation, a reversal, a page, a receipt.
///
/// Meets: C16, T1.6-11, T1.12-13, T1.28-30
#[tokio::test(flavor = "multi_thread")]
async fn the_other_messages_are_answered() {
    let world = World::start().await;
    let (bank, portal) = (Client::of(world.bank_1.host.clone()), Client::of(world.portal.host.clone()));

    let services = portal.ask(&ListServices { header: portal.header() }).await.unwrap().services;
    assert_eq!(services.len(), 2);
    assert_eq!(services[0].price, price());

    let declined = bank.issued().await;
    assert_eq!(bank.ask(&bank.cancel(declined)).await.unwrap().state, PaymentState::Void);

    let taken_back = bank.paid().await;
    let reversed = bank.ask(&bank.reverse(taken_back)).await.unwrap();
    assert_eq!((reversed.outcome, reversed.state), (ReversalOutcome::Reversed, PaymentState::Reversed));
    until("the portal hears of the reversal", async || {
        world.portal.heard().iter().any(|heard| heard.event == PaymentEvent::Reversed)
    })
    .await;

    let order = RequestPaymentCode {
        channel: Channel::Card,
        application: Some(application(7)),
        ..portal.request_code()
    };
    let code = portal.ask(&order).await.unwrap().payment_code;
    let page = OpenPaymentPage {
        channel: PageChannel::Card,
        payment_code: Some(code),
        ..portal.open_account_page(7)
    };
    let opened = portal.ask(&page).await.unwrap();
    assert!(opened.url.to_string().starts_with("https://card.example/pay/"));

    let paid = bank.paid().await;
    let receipt = portal.ask(&portal.get_receipt(paid)).await.unwrap();
    assert!(receipt.pdf.as_slice().starts_with(b"%PDF"));
    assert_eq!(
        bank.ask(&bank.get_receipt(paid)).await.unwrap().document,
        receipt.document,
        "everybody gets the same"
    );
    assert_eq!(portal.refusal(&portal.get_receipt(code)).await, FaultCode::NotConfirmedYet);
}

/// One repeated message, one effect, one answer: the same Body again, octet for octet, under a fresh signature.
///
/// Meets: T3.15-16
/// Defends: A3
#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_message_gets_the_same_body_again() {
    let world = World::start().await;
    let bank = Client::of(world.bank_1.host.clone());
    let (tls, url) = (bank.host.identity.clone(), world.messages_url());
    let request = bank.request_code();
    let mut bodies = Vec::new();
    for version in [SoapVersion::V11, SoapVersion::V11, SoapVersion::V12] {
        let octets = bank.seal(version, &xml::ToElement::to_xml(&request));
        let reply = post(&world, &tls, &url, version.content_type(), octets).await.unwrap();
        assert_eq!((reply.status, reply.version), (200, version));
        let (_, answer) = reply.body.split_once('>').unwrap();
        bodies.push(answer.rsplit_once("</").unwrap().0.to_owned());
        world.clock.advance(1);
    }
    assert!(bodies[0].contains("RequestPaymentCodeResponse"));
    assert!(bodies.iter().all(|body| *body == bodies[0]), "{bodies:#?}");

    let before = world.chain().await;
    let altered = RequestPaymentCode { recipient: payer(), ..request };
    assert_eq!(bank.refusal(&altered).await, FaultCode::MessageIdReused);
    assert_eq!(world.chain().await, before, "a refusal keeps nothing");
}

/// Facts are days late after an outage and are taken; a question of the same age is refused.
///
/// Defends: A3
#[tokio::test(flavor = "multi_thread")]
async fn a_fact_may_be_days_late_and_a_question_may_not() {
    let world = World::start().await;
    let bank = Client::of(world.bank_1.host.clone());
    let code = bank.issued().await;
    let (fact, question) = (bank.notice(code), bank.request_code());
    for seconds in [301, 3 * DAY] {
        world.clock.advance(seconds);
        assert_eq!(bank.refusal(&question).await, FaultCode::ClockWindow);
    }
    let kept = bank.ask(&fact).await.unwrap();
    assert_eq!((kept.outcome, kept.received_at), (NoticeOutcome::Accepted, world.now()));
    world.clock.advance(-2 * DAY);
    let ahead = bank.request_code();
    world.clock.advance(-301);
    assert_eq!(bank.refusal(&ahead).await, FaultCode::ClockWindow);
    world.clock.advance(1);
    bank.ask(&ahead).await.unwrap();
}
