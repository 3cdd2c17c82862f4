//! What the card page's process asks and tells the gateway, and the bank's two words that must agree (table 1).
//!
//! The card page itself is tested with it; here it is a client that knows no card.

use terms::{BrowserDigest, Channel, OneTimeToken, PaymentCode, Requisites};
use wire::card::{
    BeginCardPayment, BeginCardPaymentResponse, CancelCardPayment, ConcludeCardPayment, LookUpCardPayment,
};
use wire::common::{CardPageState, CardVerdict, NoticeOutcome, PageChannel, PaymentState};
use wire::fault::FaultCode;
use wire::gateway::{NotifyPayment, OpenPaymentPage, RequestPaymentCode};

use crate::talk::{Client, application, price, recipient};
use crate::world::{BANK_1, CARD_PAGE, World, bin};

/// The browser that the page belongs to, and another one.
const BROWSER: BrowserDigest = BrowserDigest::from_bytes([1; 32]);
const OTHER: BrowserDigest = BrowserDigest::from_bytes([2; 32]);

/// A portal's order with its card page.
struct Order {
    portal: Client,
    card_page: Client,
    bank: Client,
    code: PaymentCode,
    token: OneTimeToken,
}

impl Order {
    async fn placed(world: &World, number: usize) -> Self {
        let portal = Client::of(world.portal.host.clone());
        let order = RequestPaymentCode {
            channel: Channel::Card,
            application: Some(application(number)),
            ..portal.request_code()
        };
        let code = portal.ask(&order).await.unwrap().payment_code;
        let page = OpenPaymentPage {
            channel: PageChannel::Card,
            payment_code: Some(code),
            ..portal.open_account_page(number)
        };
        let url = portal.ask(&page).await.unwrap().url.to_string();
        let token = url.rsplit('/').next().unwrap().parse().unwrap();
        let card_page = Client::of(world.caller(CARD_PAGE));
        Self { portal, card_page, bank: Client::of(world.bank_1.host.clone()), code, token }
    }

    fn look_up(&self) -> LookUpCardPayment {
        LookUpCardPayment { header: self.card_page.header(), token: self.token.clone(), browser: BROWSER }
    }

    async fn page_state(&self) -> CardPageState {
        self.card_page.ask(&self.look_up()).await.unwrap().state
    }

    fn begin(&self) -> BeginCardPayment {
        BeginCardPayment {
            header: self.card_page.header(),
            token: self.token.clone(),
            browser: BROWSER,
            bank: bin(BANK_1),
        }
    }

    fn cancel(&self) -> CancelCardPayment {
        CancelCardPayment { header: self.card_page.header(), token: self.token.clone(), browser: BROWSER }
    }

    fn conclude(
        &self,
        begun: &BeginCardPaymentResponse,
        outcome: CardVerdict,
        reference: &str,
    ) -> ConcludeCardPayment {
        ConcludeCardPayment {
            header: self.card_page.header(),
            attempt: begun.attempt.clone(),
            outcome,
            response_code: None,
            bank_reference: (outcome == CardVerdict::Approved).then(|| reference.parse().unwrap()),
            at: self.card_page.host.now(),
        }
    }

    fn notice(&self, reference: &str) -> NotifyPayment {
        let notice = self.bank.notice(self.code);
        let bank_reference = reference.parse().unwrap();
        NotifyPayment {
            requisites: Requisites { channel: Channel::Card, bank_reference, ..notice.requisites },
            ..notice
        }
    }
}

/// Looked up, begun, concluded, and paid by the bank's own notice.
///
/// Meets: C7.1, T1.12-13, T1.18-21, T1.22, T1.24-27
#[tokio::test(flavor = "multi_thread")]
async fn a_card_payment_is_paid_by_the_banks_notice() {
    let world = World::start().await;
    let order = Order::placed(&world, 1).await;
    let shown = order.card_page.ask(&order.look_up()).await.unwrap();
    assert_eq!((shown.state, shown.amount), (CardPageState::Open, price()));
    assert_eq!(shown.return_url.to_string(), "https://portal.example/orders/2026-000001");
    assert!(!shown.recipient_masked.to_string().contains(&recipient().number.to_string()));

    let begun = order.card_page.ask(&order.begin()).await.unwrap();
    assert_eq!((begun.payment_code, begun.amount), (order.code, price()));
    assert_eq!(
        order.card_page.refusal(&order.begin()).await,
        FaultCode::PageTokenUsed,
        "never two at a time"
    );
    let approved = order.conclude(&begun, CardVerdict::Approved, "CARD-1");
    assert_eq!(order.card_page.ask(&approved).await.unwrap().state, CardPageState::Asked);
    assert_eq!(order.portal.view(order.code).await.state, PaymentState::Issued, "the notice makes it paid");
    assert_eq!(order.bank.ask(&order.notice("CARD-1")).await.unwrap().outcome, NoticeOutcome::Accepted);
    assert_eq!(order.page_state().await, CardPageState::Paid);
    assert_eq!(order.card_page.refusal(&order.begin()).await, FaultCode::PageTokenUsed);
}

/// A notice that says otherwise than the authorisation is kept in dispute.
///
/// Meets: T1.18-21, T1.22
/// Defends: A5
#[tokio::test(flavor = "multi_thread")]
async fn a_notice_must_agree_with_the_authorisation() {
    let world = World::start().await;
    let verdicts = [
        (CardVerdict::Approved, "CARD-1", NoticeOutcome::Accepted),
        (CardVerdict::Approved, "CARD-2", NoticeOutcome::Disputed),
        (CardVerdict::Declined, "CARD-1", NoticeOutcome::Disputed),
        // The authorisation's answer was lost; the notice is the first word.
        (CardVerdict::Unknown, "CARD-1", NoticeOutcome::Accepted),
    ];
    for (number, (verdict, reference, outcome)) in verdicts.into_iter().enumerate() {
        let order = Order::placed(&world, number + 1).await;
        order.page_state().await;
        let begun = order.card_page.ask(&order.begin()).await.unwrap();
        // Each operation of the bank has a reference of its own.
        let of_this = |reference: &str| format!("{reference}-{number}");
        order.card_page.ask(&order.conclude(&begun, verdict, &of_this("CARD-1"))).await.unwrap();
        assert_eq!(
            order.bank.ask(&order.notice(&of_this(reference))).await.unwrap().outcome,
            outcome,
            "{verdict:?} {reference}"
        );
    }
}

/// The notice stands, and the other word of the bank stays beside it where an officer sees it.
///
/// Meets: T1.18-21
/// Defends: A5
#[tokio::test(flavor = "multi_thread")]
async fn an_authorisation_that_contradicts_an_earlier_notice_is_on_the_timeline() {
    let world = World::start().await;
    let verdicts = [
        (CardVerdict::Approved, "CARD-1", None),
        (CardVerdict::Unknown, "", None),
        (CardVerdict::Approved, "CARD-2", Some("confirmed CARD-2")),
        (CardVerdict::Declined, "", Some("declined")),
    ];
    for (number, (verdict, reference, contradiction)) in verdicts.into_iter().enumerate() {
        let order = Order::placed(&world, number + 1).await;
        order.page_state().await;
        let begun = order.card_page.ask(&order.begin()).await.unwrap();
        // Each operation of the bank has a reference of its own.
        let of_this = |reference: &str| format!("{reference}-{number}");
        let notice = order.notice(&of_this("CARD-1"));
        assert_eq!(order.bank.ask(&notice).await.unwrap().outcome, NoticeOutcome::Accepted);
        let concluded = order.conclude(&begun, verdict, &of_this(reference));
        assert_eq!(order.card_page.ask(&concluded).await.unwrap().state, CardPageState::Paid);
        assert_eq!(order.portal.view(order.code).await.state, PaymentState::Paid);
        let known = gateway::show::show(&world.cx(), order.code).await.unwrap().unwrap();
        let said = known.timeline.iter().find(|entry| entry.event == "bank-contradicts-itself");
        match contradiction {
            None => assert!(said.is_none(), "{verdict:?} {reference}"),
            Some(word) => assert!(said.unwrap().detail.contains(word), "{}", said.unwrap().detail),
        }
        assert!(known.evidence.iter().any(|record| record.kind == "ConcludeCardPayment in"));
    }
}

/// A declined card makes room for another attempt; a page that was left does not.
///
/// Defends: A9
#[tokio::test(flavor = "multi_thread")]
async fn after_a_refusal_the_card_page_may_be_used_again() {
    let world = World::start().await;
    let order = Order::placed(&world, 1).await;
    assert_eq!(
        order.card_page.refusal(&order.begin()).await,
        FaultCode::PageOfAnotherBrowser,
        "nobody's yet"
    );
    order.page_state().await;
    let first = order.card_page.ask(&order.begin()).await.unwrap();
    let declined = order.conclude(&first, CardVerdict::Declined, "");
    assert_eq!(order.card_page.ask(&declined).await.unwrap().state, CardPageState::Declined);
    let second = order.card_page.ask(&order.begin()).await.unwrap();
    assert_ne!(first.attempt, second.attempt);
    let silent = order.conclude(&second, CardVerdict::Unknown, "");
    assert_eq!(order.card_page.ask(&silent).await.unwrap().state, CardPageState::Unknown);
    assert_eq!(
        order.card_page.refusal(&order.begin()).await,
        FaultCode::PageTokenUsed,
        "not while it is not known"
    );
    assert_eq!(
        order.card_page.ask(&order.cancel()).await.unwrap().state,
        CardPageState::Unknown,
        "too late to leave"
    );

    let left = Order::placed(&world, 2).await;
    assert_eq!(left.page_state().await, CardPageState::Open);
    assert_eq!(left.card_page.ask(&left.cancel()).await.unwrap().state, CardPageState::Cancelled);
    assert_eq!(left.card_page.refusal(&left.begin()).await, FaultCode::PageTokenUsed);
}

/// The portal's page must be for the very code, service, recipient and sum that it had the code issued for.
///
/// Meets: T1.12-13
/// Defends: A14
#[tokio::test(flavor = "multi_thread")]
async fn a_card_page_is_opened_only_for_its_own_order() {
    let world = World::start().await;
    let order = Order::placed(&world, 1).await;
    let page = || OpenPaymentPage {
        channel: PageChannel::Card,
        payment_code: Some(order.code),
        ..order.portal.open_account_page(1)
    };
    let banks = order.bank.issued().await;
    let others = [
        (OpenPaymentPage { payment_code: Some(banks), ..page() }, FaultCode::NotMatched),
        (OpenPaymentPage { application: application(2), ..page() }, FaultCode::NotMatched),
        (OpenPaymentPage { recipient: crate::talk::payer(), ..page() }, FaultCode::NotMatched),
        (OpenPaymentPage { amount: terms::Tiyn::tenge(1), ..page() }, FaultCode::WrongAmount),
        (OpenPaymentPage { payment_code: None, ..page() }, FaultCode::FieldWrong),
        (OpenPaymentPage { channel: PageChannel::BankAccount, ..page() }, FaultCode::FieldWrong),
    ];
    for (other, expected) in others {
        assert_eq!(order.portal.refusal(&other).await, expected);
    }
    // A token that nobody was given opens nothing.
    let invented = order.card_page.host.draw(|entropy| OneTimeToken::generate(entropy));
    let look = LookUpCardPayment { token: invented, ..order.look_up() };
    assert_eq!(order.card_page.refusal(&look).await, FaultCode::PageTokenInvalid);
    world.clock.advance(901);
    assert_eq!(order.card_page.refusal(&order.look_up()).await, FaultCode::PageTokenExpired);
}

/// The gateway refuses every question about a page that comes from another browser, whatever the card page thinks, and
/// still knows whose it is after a restart.
///
/// Defends: A15
#[tokio::test(flavor = "multi_thread")]
async fn a_card_page_belongs_to_the_browser_that_opened_it_first() {
    let mut world = World::start().await;
    let order = Order::placed(&world, 1).await;
    assert_eq!(order.page_state().await, CardPageState::Open);
    let refuses_the_other = async |when: &str| {
        let look = LookUpCardPayment { browser: OTHER, ..order.look_up() };
        assert_eq!(order.card_page.refusal(&look).await, FaultCode::PageOfAnotherBrowser, "{when}");
        let begin = BeginCardPayment { browser: OTHER, ..order.begin() };
        assert_eq!(order.card_page.refusal(&begin).await, FaultCode::PageOfAnotherBrowser, "{when}");
        let cancel = CancelCardPayment { browser: OTHER, ..order.cancel() };
        assert_eq!(order.card_page.refusal(&cancel).await, FaultCode::PageOfAnotherBrowser, "{when}");
    };
    refuses_the_other("before").await;
    world.crash_and_start_again().await;
    refuses_the_other("after a restart").await;
    assert_eq!(
        order.card_page.ask(&order.look_up()).await.unwrap().payment_code,
        None,
        "not before it is paid"
    );
    let begun = order.card_page.ask(&order.begin()).await.unwrap();
    refuses_the_other("during").await;
    order.card_page.ask(&order.conclude(&begun, CardVerdict::Approved, "CARD-1")).await.unwrap();
    order.bank.ask(&order.notice("CARD-1")).await.unwrap();
    refuses_the_other("after").await;
    let shown = order.card_page.ask(&order.look_up()).await.unwrap();
    assert_eq!((shown.state, shown.payment_code), (CardPageState::Paid, Some(order.code)));
    // A quarter of an hour later the code is in the portal's cabinet only.
    world.clock.advance(901);
    refuses_the_other("later").await;
    let shown = order.card_page.ask(&order.look_up()).await.unwrap();
    assert_eq!((shown.state, shown.payment_code), (CardPageState::Paid, None));
    world.chain().await;
}

/// Defends: A15
#[tokio::test(flavor = "multi_thread")]
async fn of_two_browsers_at_one_card_page_exactly_one_is_answered() {
    let world = World::start().await;
    for number in 1..=10 {
        let order = Order::placed(&world, number).await;
        let other = LookUpCardPayment { browser: OTHER, ..order.look_up() };
        let (one, two) = (order.look_up(), other);
        let (one, two) = tokio::join!(order.card_page.ask(&one), order.card_page.ask(&two));
        assert_ne!(one.is_ok(), two.is_ok(), "order {number}");
    }
}
