//! Refunds: what two officers grant, what the bank says to it, and everything by which money could go back twice, to
//! somebody else, or after it was spent.

use ledger::{Account, OpenReason, Owed, PostingKind, RefundProgress};
use payment::Event;
use store::{Outgoing, RefundRecord, Store as _, StoreError};
use terms::{PaymentCode, Tiyn};
use wire::bank::RefundPayment;
use wire::common::{MovementKind, PaymentEvent, PaymentState};
use wire::fault::FaultCode;
use wire::gateway::NotifyPayment;
use wire::proposal::{Proposal, ProposalKind, RefundGroundWord, RefundMatter, SettlementWord};
use xml::{FromElement as _, ToElement as _};

use crate::books::{assert_agrees, assert_told_again, posted};
use crate::officers::{Console, Officer, data};
use crate::settlement::{answered, balance, close, form, reasons};
use crate::standins::Giving;
use crate::talk::{Client, price};
use crate::world::{
    AUDITOR, BANK_1, BANK_OFFICER, DAY, FINANCE, FINANCE_2, GATEWAY, PROVIDER_OFFICER, SECURITY, SERVICE,
    Who, World, bin, until,
};

impl Officer {
    pub(crate) fn refund(&self, world: &World, payment_code: PaymentCode) -> Proposal {
        let matter = RefundMatter {
            payment_code,
            ground: RefundGroundWord::Erroneous,
            request_number: None,
            requested_on: None,
        };
        Proposal { kind: ProposalKind::Refund, refund: Some(matter), ..self.proposal(world) }
    }
}

/// Two officers grant a refund.
pub(crate) async fn grant(world: &World, first: &Officer, second: &Officer, code: PaymentCode) -> Proposal {
    let proposal = first.refund(world, code);
    assert_eq!(first.propose(world, &proposal).await, "proposed");
    assert_eq!(second.approve(world, &proposal).await, "approved");
    proposal
}

async fn refund(world: &World, code: PaymentCode) -> RefundRecord {
    let found: Result<_, StoreError> = world.cx().store.read(move |view| view.refund(code)).await;
    found.unwrap().expect("there is a refund").value
}

/// Waits until a refund has come so far.
pub(crate) async fn answer(world: &World, code: PaymentCode, state: &str) -> RefundRecord {
    until(state, async || refund(world, code).await.refund.progress.name() == state).await;
    refund(world, code).await
}

/// From the proposal to the next claim, with a bank that is away, a gateway that is killed, and an answer that is lost on
/// its way: the money goes back once, to where it came from, and its code buys nothing from the moment of the grant.
///
/// Meets: C20.2, C24
/// Defends: A9, A25, A29, A32
#[tokio::test(flavor = "multi_thread")]
async fn an_unused_payment_goes_back_once_whatever_happens_on_the_way() {
    let mut world = World::start().await;
    let (first, second) = (Officer::of(&world, FINANCE), Officer::of(&world, FINANCE_2));
    let (bank, portal) = (Client::of(world.bank_1.host.clone()), Client::of(world.portal.host.clone()));
    let today = world.now().banking_day();
    let (code, other) = (bank.paid().await, bank.paid().await);
    let cx = world.cx();
    assert_eq!(form(&cx, today).await[0].totals.additions, 2);
    answered(&cx).await;

    // The bank is away. What officers grant waits for it, and the day names it.
    world.bank_1.go_down().await;
    let proposal = first.refund(&world, code);
    let rival = second.refund(&world, code);
    assert_eq!(first.propose(&world, &proposal).await, "proposed");
    assert_eq!(second.propose(&world, &rival).await, "proposed-already", "whoever proposes it again");
    let mut another_ground = first.refund(&world, code);
    another_ground.refund.as_mut().unwrap().ground = RefundGroundWord::PayerRequest;
    another_ground.refund.as_mut().unwrap().request_number = Some("17-У".parse().unwrap());
    another_ground.refund.as_mut().unwrap().requested_on = Some(today);
    assert_eq!(first.propose(&world, &another_ground).await, "proposed-already", "on whatever ground");
    assert_eq!(second.approve(&world, &proposal).await, "approved");
    assert_eq!(second.approve(&world, &proposal).await, "over");
    assert_eq!(first.propose(&world, &first.refund(&world, code)).await, "refunded");
    assert_eq!(portal.refusal(&portal.bind(code, 1)).await, FaultCode::PaymentRefunded);
    assert_eq!(portal.refusal(&portal.inquire(code)).await, FaultCode::PaymentRefunded);
    until("the portal knows", async || {
        world.portal.heard().iter().any(|one| one.payment_code == code && one.event == PaymentEvent::Refunded)
    })
    .await;
    assert_eq!(answer(&world, code, "asked").await.proposal, proposal.number);
    let shown = gateway::show::show(&cx, code).await.unwrap().unwrap();
    let asked_at = shown.refund_asked_at().unwrap();
    assert!(asked_at >= shown.refund.unwrap().granted_at, "granted and asked, and nothing is given back");
    let mut console = Console::open(&world, &second).await;
    let page = console.get(&format!("/payments?code={}", code.digits())).await;
    for words in ["it was asked and has not answered", "The bank was asked"] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    assert!(!page.body.contains("given back to the payer"), "{}", page.body);
    let (_, document) = close(&cx, today).await;
    assert!(reasons(&document).contains(&(OpenReason::RefundUnpaid, price())), "{:?}", reasons(&document));
    let back = document.closing().open.into_iter().find(|one| one.reason == OpenReason::RefundUnpaid);
    assert_eq!(back.map(|one| one.owed), Some(Owed::ToPayer));
    assert_eq!(balance(&cx, Account::RefundPayable(bin(BANK_1))).await, i128::from(price().as_u64()));

    // Killed meanwhile; the bank comes back, gives the money back, and its answer is lost again and again.
    drop(cx);
    world.crash_and_start_again().await;
    world.clock.advance(DAY);
    world.bank_1.gives_back(Giving::GivesAndBreaksOff);
    world.bank_1.come_up().await;
    until("the bank has given it back", async || !world.bank_1.given_back().is_empty()).await;
    assert_eq!(refund(&world, code).await.refund.progress, RefundProgress::Asked, "nobody knows");
    world.crash_and_start_again().await;
    world.clock.advance(1000);
    until("it is told again", async || world.bank_1.refunds().len() > 1).await;
    world.bank_1.gives_back(Giving::Gives);
    world.clock.advance(1000);
    let done = answer(&world, code, "given-back").await;
    let orders = world.bank_1.refunds();
    assert!(orders.iter().all(|order| *order == orders[0]), "one order, however often it is told");
    assert_eq!(world.bank_1.given_back().len(), 1);
    let tomorrow = today.next();
    let RefundProgress::GivenBack(given) = done.refund.progress else { unreachable!() };
    assert_eq!(given.at.banking_day(), tomorrow, "the day of the bank's word");

    // The order names the operation that is undone, and no place that money could go to.
    assert_eq!(orders[0].bank_reference.as_str(), format!("REF-{}", code.digits()));
    assert_eq!((orders[0].payment_code, orders[0].amount), (code, price()));
    let text = orders[0].to_xml();
    let elements: Vec<&str> = text.split("</").skip(1).map(|rest| rest.split('>').next().unwrap()).collect();
    let local = |name: &str| name.rsplit(':').next().unwrap().to_owned();
    let names: Vec<String> = elements.into_iter().map(local).collect();
    let fields = ["messageId", "sentAt", "sender", "paymentCode", "bankReference", "amount", "reason"];
    assert_eq!(names, [&fields[..], &["RefundPayment"]].concat());

    // The books, told again from the signed messages; and the claim of the day nets it.
    let unused = u64::from(SERVICE.1);
    assert_eq!(
        posted(&world, code).await,
        [(PostingKind::Payment, unused), (PostingKind::RefundGrant, unused), (PostingKind::Refund, unused)]
    );
    assert_agrees(&world, code).await;
    let cx = world.cx();
    assert_eq!(balance(&cx, Account::RefundPayable(bin(BANK_1))).await, 0);
    bank.paid().await;
    bank.paid().await;
    let claim = form(&cx, tomorrow).await.remove(0);
    assert_eq!((claim.totals.additions, claim.totals.deductions, claim.net()), (2, 1, price()));
    answered(&cx).await;
    let told = world.bank_1.claims().pop().unwrap();
    let back = told.items.iter().find(|item| item.kind == MovementKind::Refund).unwrap();
    assert_eq!((back.payment_code, &back.bank_reference), (code, &orders[0].bank_reference));
    for day in [today, tomorrow] {
        let (_, document) = close(&cx, day).await;
        assert!(!reasons(&document).iter().any(|(reason, _)| *reason == OpenReason::RefundUnpaid));
    }
    let timeline = cx.store.read(move |view| view.timeline(code)).await.unwrap();
    let events: Vec<&str> = timeline.iter().map(|entry| entry.event.as_str()).collect();
    assert_eq!(
        events[events.len() - 4..],
        ["refund-proposed", "refund-granted", "refund-asked", "refund-given-back"]
    );
    assert_eq!(bank.view(code).await.state, PaymentState::Refunded);
    assert_eq!(bank.view(other).await.state, PaymentState::Paid);
    world.chain().await;
}

/// What is spent, tied to an order, unpaid or disputed is not refunded; nor by one person, nor without the right, nor on a
/// payer's request that nobody wrote.
///
/// Meets: C20.2, C24
/// Defends: A25, A32
#[tokio::test(flavor = "multi_thread")]
async fn only_an_unused_payment_is_refunded_and_only_by_two_who_may() {
    let world = World::start().await;
    let (first, second) = (Officer::of(&world, FINANCE), Officer::of(&world, FINANCE_2));
    let (bank, portal) = (Client::of(world.bank_1.host.clone()), Client::of(world.portal.host.clone()));
    let (spent, bound, unpaid) = (bank.paid().await, bank.paid().await, bank.issued().await);
    portal.ask(&portal.bind(spent, 1)).await.unwrap();
    portal.ask(&portal.bind(bound, 2)).await.unwrap();
    let proposed_before = first.refund(&world, spent);
    let unknown = "7291417776317054".parse().unwrap();
    for (code, word) in [(bound, "bound"), (unpaid, "not-paid"), (unknown, "no-such-payment")] {
        assert_eq!(first.propose(&world, &first.refund(&world, code)).await, word);
    }
    portal.ask(&portal.release(spent, 1)).await.unwrap();
    assert_eq!(first.propose(&world, &proposed_before).await, "proposed");
    // Spent after it was proposed: the approval comes too late.
    portal.ask(&portal.bind(spent, 3)).await.unwrap();
    portal.ask(&portal.delivered(spent, 3)).await.unwrap();
    assert_eq!(second.approve(&world, &proposed_before).await, "spent");
    assert_eq!(first.propose(&world, &first.refund(&world, spent)).await, "spent");
    assert_eq!(bank.view(spent).await.state, PaymentState::Closed);

    let code = bank.paid().await;
    for iin in [SECURITY, BANK_OFFICER] {
        let officer = Officer::of(&world, iin);
        assert_eq!(officer.propose(&world, &officer.refund(&world, code)).await, "not-allowed");
        assert_eq!(officer.propose(&world, &officer.refund(&world, unknown)).await, "not-allowed");
    }
    let request = |number: Option<&str>, days: Option<i64>| {
        let mut proposal = first.refund(&world, code);
        let matter = proposal.refund.as_mut().unwrap();
        matter.ground = RefundGroundWord::PayerRequest;
        matter.request_number = number.map(|number| number.parse().unwrap());
        matter.requested_on = days.map(|days| world.now().banking_day().plus_days(days));
        proposal
    };
    for (number, days) in [(None, None), (Some("17-У"), None), (None, Some(0)), (Some("17-У"), Some(1))] {
        assert_eq!(first.propose(&world, &request(number, days)).await, "no-request");
    }
    let early = request(Some("17-У"), Some(-1));
    assert_eq!(first.propose(&world, &early).await, "requested-before-payment");
    let mut needless = request(Some("17-У"), Some(0));
    needless.refund.as_mut().unwrap().ground = RefundGroundWord::Expired;
    assert_eq!(first.propose(&world, &needless).await, "no-request");
    let (early, overdue) = (bank.paid().await, bank.paid().await);
    let expired = |officer: &Officer, code| {
        let mut proposal = officer.refund(&world, code);
        proposal.refund.as_mut().unwrap().ground = RefundGroundWord::Expired;
        proposal
    };
    assert_eq!(first.propose(&world, &expired(&first, early)).await, "not-expired");
    let two_matters = Proposal {
        dispute_settlement: first.settlement(&world, code, SettlementWord::Refund).dispute_settlement,
        ..first.refund(&world, code)
    };
    assert_eq!(first.propose(&world, &two_matters).await, "not-understood");
    let whole = request(Some("17-У"), Some(0));
    assert_eq!(first.propose(&world, &whole).await, "proposed");
    let under_another_certificate = Officer::of(&world, FINANCE);
    assert_eq!(under_another_certificate.approve(&world, &whole).await, "same-person");
    assert_eq!(world.bank_1.refunds(), []);
    assert_eq!(second.approve(&world, &whole).await, "approved");
    world.bank_1.gives_back(Giving::Gives);
    assert_eq!(answer(&world, code, "given-back").await.refund.ground.name(), "payer-request");
    assert_agrees(&world, code).await;

    // An answer to another order than the one under way changes nothing, whatever it says and however late it comes.
    let before = (refund(&world, code).await, posted(&world, code).await);
    for giving in [Giving::Gives, Giving::Refuses] {
        world.bank_1.gives_back(giving);
        let told = world.bank_1.refunds().len();
        let order = RefundPayment { header: world.gateway.header(), ..world.bank_1.refunds()[0].clone() };
        let outgoing = Outgoing {
            id: order.header.message_id,
            to: bin(BANK_1),
            operation: "RefundPayment".to_owned(),
            body: order.to_xml(),
            about: Some(code.digits()),
            created_at: world.now(),
        };
        let put: Result<(), StoreError> = world.cx().store.transact(move |tx| tx.tell(&outgoing)).await;
        put.unwrap();
        until("it is answered", async || {
            world.bank_1.refunds().len() > told && world.outbox_depth().await == 0
        })
        .await;
        assert_eq!((refund(&world, code).await, posted(&world, code).await), before);
        assert_eq!(bank.view(code).await.state, PaymentState::Refunded);
        assert_agrees(&world, code).await;
    }
    // A code is valid for so long as its order says; from then on the ground is true.
    world.clock.advance(payment::UNPAID_SECONDS);
    world.publish(1000 * DAY, Who::Neighbours);
    let first = Officer::of(&world, FINANCE);
    assert_eq!(first.propose(&world, &expired(&first, overdue)).await, "proposed");
    world.chain().await;
}

/// A refusal takes nothing from anybody: the code buys nothing, the payer's money stands in suspense by name, and two
/// officers grant it once more or give the code back.
///
/// Meets: C24
/// Defends: A29, A32
#[tokio::test(flavor = "multi_thread")]
async fn what_a_bank_refuses_to_give_back_is_lost_to_nobody() {
    let world = World::start().await;
    let (first, second) = (Officer::of(&world, FINANCE), Officer::of(&world, FINANCE_2));
    let (bank, portal) = (Client::of(world.bank_1.host.clone()), Client::of(world.portal.host.clone()));
    let today = world.now().banking_day();
    world.bank_1.gives_back(Giving::Refuses);
    let (again, kept) = (bank.paid().await, bank.paid().await);
    let cx = world.cx();
    for code in [again, kept] {
        grant(&world, &first, &second, code).await;
        let refused = answer(&world, code, "refused").await;
        assert!(
            matches!(refused.refund.progress, RefundProgress::Refused(why) if why.as_str() == "the account is closed")
        );
        assert_eq!(bank.view(code).await.state, PaymentState::Disputed);
        assert_eq!(portal.refusal(&portal.bind(code, 1)).await, FaultCode::PaymentDisputed);
        assert_eq!(first.propose(&world, &first.refund(&world, code)).await, "disputed");
        assert_agrees(&world, code).await;
    }
    let (_, document) = close(&cx, today).await;
    let disputed =
        reasons(&document).into_iter().filter(|one| *one == (OpenReason::Disputed, price())).count();
    assert_eq!(disputed, 2, "{:?}", reasons(&document));
    let suspended = 2 * i128::from(price().as_u64());
    assert_eq!(balance(&cx, Account::Suspense(bin(BANK_1))).await, suspended);

    let settle = async |code, how| {
        let settlement = first.settlement(&world, code, how);
        assert_eq!(first.propose(&world, &settlement).await, "proposed");
        assert_eq!(second.approve(&world, &settlement).await, "approved");
    };
    settle(kept, SettlementWord::Accept).await;
    portal.ask(&portal.bind(kept, 2)).await.unwrap();
    // The same again, to the end, by an answer that says only that it is done.
    world.bank_1.gives_back(Giving::GivesAndSaysLittle);
    settle(again, SettlementWord::Refund).await;
    let given = answer(&world, again, "given-back").await;
    assert_eq!((given.grants, given.refund.ground.name()), (2, "dispute"));
    let orders = world.bank_1.refunds();
    assert_eq!(orders.len(), 3);
    assert_ne!(orders[0].header.message_id, orders[2].header.message_id);
    let price_in_tenge = u64::from(SERVICE.1);
    let kinds = [
        PostingKind::Payment,
        PostingKind::RefundGrant,
        PostingKind::RefundWithdrawn,
        PostingKind::RefundGrant,
        PostingKind::Refund,
    ];
    assert_eq!(posted(&world, again).await, kinds.map(|kind| (kind, price_in_tenge)));
    for code in [again, kept] {
        assert_agrees(&world, code).await;
    }
    assert_eq!(balance(&cx, Account::Suspense(bin(BANK_1))).await, 0);
    let (_, document) = close(&cx, today).await;
    assert!(!reasons(&document).iter().any(|(reason, _)| *reason == OpenReason::Disputed));

    // Of a disputed payment goes back what the bank said it took, not the price.
    let code = bank.issued().await;
    let mut notice: NotifyPayment = bank.notice(code);
    notice.requisites.amount = Tiyn::tenge(7);
    bank.ask(&notice).await.unwrap();
    settle(code, SettlementWord::Refund).await;
    answer(&world, code, "given-back").await;
    assert_eq!(world.bank_1.refunds().last().unwrap().amount, Tiyn::tenge(7));
    assert_agrees(&world, code).await;

    // The bank takes a payment back by itself while it is asked to: once, and nobody is paid twice.
    world.bank_1.gives_back(Giving::Refuses);
    world.bank_1.go_down().await;
    let crossed = bank.paid().await;
    grant(&world, &first, &second, crossed).await;
    world.clock.advance(1);
    bank.ask(&bank.reverse(crossed)).await.unwrap();
    assert_eq!(bank.view(crossed).await.state, PaymentState::Refunded);
    world.bank_1.come_up().await;
    world.clock.advance(1000);
    answer(&world, crossed, "refused").await;
    assert_eq!(bank.view(crossed).await.state, PaymentState::Reversed);
    assert_agrees(&world, crossed).await;
    assert_eq!(balance(&cx, Account::Suspense(bin(BANK_1))).await, 0);
    close(&cx, today).await;
    world.chain().await;
}

/// The way through the pages, without any script: the form writes the document, the officer signs it, the list and the
/// timeline show what became of it; each officer sees what is within the own reach.
///
/// Meets: C19, C20.2, C24
/// Defends: A25
#[tokio::test(flavor = "multi_thread")]
async fn a_refund_is_proposed_from_the_payments_page_and_shown_to_those_it_concerns() {
    let world = World::start().await;
    let (first, second) = (Officer::of(&world, FINANCE), Officer::of(&world, FINANCE_2));
    let (one, other) = (Client::of(world.bank_1.host.clone()), Client::of(world.bank_2.host.clone()));
    let (code, elsewhere) = (one.paid().await, other.paid().await);
    let address = format!("/payments?code={}", code.digits());
    let mut console = Console::open(&world, &first).await;
    let page = console.get(&address).await;
    assert!(page.body.contains(&format!("action=\"/payments/{}/refund\"", code.digits())), "{}", page.body);

    // What is not whole is said at its field, and what was typed stands there still.
    let folder = format!("/payments/{}/refund", code.digits());
    for (query, id) in [
        ("reason=Paid+twice", "ground-error"),
        ("ground=erroneous", "reason-error"),
        ("ground=payerRequest&reason=Asked&request=17", "request-error"),
        ("ground=payerRequest&reason=Asked&request=17&requested_on=2026-11-23", "request-error"),
        ("ground=expired&reason=Asked&requested_on=yesterday", "request-error"),
    ] {
        let page = console.get(&format!("{folder}?{query}")).await;
        assert_eq!((page.status.as_u16(), data(&page, "result").as_str()), (422, "wrong-input"), "{query}");
        assert!(page.body.contains(id), "{query}: {}", page.body);
    }
    let typed = "ground=payerRequest&reason=A+letter+of+the+payer&request=17&requested_on=2026-11-22";
    let written = console.get(&format!("{folder}?{typed}")).await;
    assert_eq!(written.status, 200);
    assert!(
        written.headers["content-disposition"]
            .to_str()
            .unwrap()
            .starts_with("attachment; filename=\"proposal-")
    );
    let read = |octets: &[u8]| {
        xml::with_tree(octets, &xml::Limits::DOCUMENT, Proposal::from_element).unwrap().unwrap()
    };
    let proposal = read(&written.octets);
    assert_eq!(proposal.refund.as_ref().unwrap().requested_on, Some(world.now().banking_day()));
    assert_eq!(one.view(code).await.state, PaymentState::Paid, "a document that nobody signed has no effect");
    assert_eq!(first.propose(&world, &proposal).await, "proposed");
    let page = console.get(&format!("/proposals/{}", proposal.number)).await;
    assert!(
        page.body.contains("A letter of the payer") && page.body.contains("written request"),
        "{}",
        page.body
    );
    assert_eq!(second.approve(&world, &proposal).await, "approved");
    answer(&world, code, "given-back").await;
    grant(&world, &first, &second, elsewhere).await;
    answer(&world, elsewhere, "given-back").await;

    let page = console.get(&address).await;
    assert_eq!((data(&page, "refund").as_str(), data(&page, "payment").as_str()), ("given-back", "refunded"));
    for words in
        ["the bank gave the money back", "refund granted by two officers", "RefundPaymentResponse in"]
    {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    assert!(!page.body.contains(&folder), "there is nothing left to propose");
    let list = console.get("/refunds").await;
    assert_eq!(data(&list, "refunds"), "2");
    assert!(list.body.contains(&address) && list.body.contains("3,450.00"), "{}", list.body);
    assert_eq!(data(&console.get("/refunds?state=refused").await, "refunds"), "0");
    assert_eq!(console.get("/refunds?state=lost").await.status, 400);
    let file = console.get("/refunds/list.jsonl?state=given-back").await;
    let lines: Vec<serde_json::Value> = String::from_utf8(file.octets.to_vec())
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(lines.iter().any(|line| line["payment_code"] == code.digits()), "{lines:?}");
    for (language, words) in [("kk", "Төлеушілерге қайтарулар"), ("ru", "Возвраты плательщикам")]
    {
        let page = console.get(&format!("/refunds?lang={language}")).await;
        assert!(page.body.contains(words), "{}", page.body);
    }

    // A bank's officer sees that bank's, a provider's officer those of its services; an auditor proposes nothing.
    let fresh = one.paid().await;
    for (iin, seen) in [(BANK_OFFICER, "1"), (PROVIDER_OFFICER, "2"), (AUDITOR, "2")] {
        let mut console = Console::open(&world, &Officer::of(&world, iin)).await;
        assert_eq!(data(&console.get("/refunds").await, "refunds"), seen, "{iin}");
        let page = console.get(&format!("/payments?code={}", fresh.digits())).await;
        assert!(!page.body.contains("/refund\""), "{}", page.body);
        assert_eq!(console.get(&format!("/payments/{}/refund?{typed}", fresh.digits())).await.status, 403);
    }
    let mut nobody = Console::open(&world, &Officer::of(&world, "850612200017")).await;
    assert_eq!(nobody.get("/refunds").await.status, 403);

    // The other proposal about one payment comes from the same place.
    let disputed = one.issued().await;
    let mut notice = one.notice(disputed);
    notice.requisites.amount = Tiyn::tenge(7);
    one.ask(&notice).await.unwrap();
    let folder = format!("/payments/{}/settlement", disputed.digits());
    assert!(console.get(&format!("/payments?code={}", disputed.digits())).await.body.contains(&folder));
    assert_eq!(console.get(&format!("{folder}?reason=x")).await.status, 422);
    let written = console.get(&format!("{folder}?how=refund&reason=Another+sum")).await;
    let proposal = read(&written.octets);
    assert_eq!(first.propose(&world, &proposal).await, "proposed");
    assert_eq!(second.approve(&world, &proposal).await, "approved");
    assert_eq!(answer(&world, disputed, "given-back").await.refund.ground.name(), "dispute");
}

/// What an earlier version granted and told no bank of is told at the next start, once.
///
/// Meets: C24
/// Defends: A32, A33
#[tokio::test(flavor = "multi_thread")]
async fn what_was_granted_before_banks_were_told_of_it_is_told_at_the_next_start() {
    let mut world = World::start().await;
    let bank = Client::of(world.bank_1.host.clone());
    let code = bank.paid().await;
    world.stop().await;
    let now = world.now();
    let granted: Result<(), StoreError> = world
        .cx()
        .store
        .transact(move |tx| {
            let stored = tx.payment(code)?.unwrap();
            let after = stored.value.clone().apply(Event::Refund, now).unwrap().payment;
            for posting in ledger::of_change(&stored.value, &after, now) {
                tx.post(&posting)?;
            }
            tx.save_payment(&stored.with(after))
        })
        .await;
    granted.unwrap();
    {
        let file = store::rusqlite::Connection::open(world.path(&format!("{GATEWAY}.db"))).unwrap();
        let number: i64 = code.digits().parse().unwrap();
        assert_eq!(file.execute("INSERT INTO refund_backlog VALUES (?)", [number]), Ok(1));
    }
    for _ in 0..2 {
        world.start_again().await;
        let told = answer(&world, code, "given-back").await;
        assert_eq!((told.grants, told.refund.amount, world.bank_1.refunds().len()), (1, price(), 1));
        world.stop().await;
    }
    world.start_again().await;
    assert_told_again(&world, code).await;
    world.chain().await;
}
