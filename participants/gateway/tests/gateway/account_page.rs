//! Payment from an account on the gateway's own page, as a browser walks it (table 2).

use bytes::Bytes;
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use store::Store as _;
use terms::{Language, Trilingual};
use transport::{Browser, ClientLimits, HttpClient, Page};
use wire::common::PaymentState;

use crate::standins::Behaviour;
use crate::talk::{Client, application, price, recipient};
use crate::world::{BANK_1, BANK_2, World, until};

pub(crate) const OF_BANK_1: &str = "KZ770000000000000001";
const OF_BANK_2: &str = "KZ600010000000000001";

/// A browser that was sent to a fresh payment page.
pub(crate) struct Payer {
    browser: Browser,
    url: String,
    page: Page,
}

/// The value of an attribute-like piece of a page: what stands between `before` and the next quotation mark.
fn value<'p>(page: &'p Page, before: &str) -> Option<&'p str> {
    let from = page.body.find(before)? + before.len();
    page.body[from..].split('"').next()
}

pub(crate) fn result(page: &Page) -> Option<&str> {
    value(page, "data-result=\"")
}

fn csrf(page: &Page) -> String {
    value(page, "name=\"csrf\" value=\"").unwrap_or_else(|| panic!("no form: {}", page.body)).to_owned()
}

fn offers_the_form(page: &Page) -> bool {
    page.body.contains("name=\"account\"")
}

impl Payer {
    pub(crate) async fn sent_by(portal: &Client, world: &World, order: usize) -> Self {
        let url = portal.ask(&portal.open_account_page(order)).await.unwrap().url.to_string();
        let mut browser = Browser::new(None, &world.roots()).unwrap();
        browser.prefer(Language::Ru);
        let page = browser.get(&url).await.unwrap();
        assert_eq!(page.status, 200, "{}", page.body);
        Self { browser, url, page }
    }

    pub(crate) async fn review(&mut self, bank: &str, account: &str) -> Page {
        let token = csrf(&self.page);
        self.browser
            .post_form(&self.url, &[("bank", bank), ("account", account), ("csrf", &token)])
            .await
            .unwrap()
    }

    pub(crate) async fn confirm(&mut self, bank: &str, account: &str) -> Page {
        let token = csrf(&self.page);
        let url = format!("{}/confirm", self.url);
        self.browser.post_form(&url, &[("bank", bank), ("account", account), ("csrf", &token)]).await.unwrap()
    }

    async fn look(&mut self) -> Page {
        self.browser.get(&self.url).await.unwrap()
    }

    /// Looks again and again until the page says this.
    async fn until_it_says(&mut self, word: &str) -> Page {
        until(word, async || result(&self.look().await) == Some(word)).await;
        self.look().await
    }
}

/// From the choice of the bank to the receipt in all its forms.
///
/// Meets: C7.2, T2.6-8, T2.9-11, T2.12-13, T2.15-16, T2.17-18, T2.19-20
#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_debited_and_the_receipt_is_shown() {
    let world = World::start().await;
    let portal = Client::of(world.portal.host.clone());
    let mut payer = Payer::sent_by(&portal, &world, 1).await;
    for bank in [BANK_1, BANK_2] {
        assert!(payer.page.body.contains(&format!("value=\"{bank}\"")), "the bank is offered");
    }
    let review = payer.review(BANK_2, OF_BANK_2).await;
    assert!(review.body.contains("/confirm"), "{}", review.body);
    assert!(world.bank_2.debits().is_empty(), "nothing happens before it is confirmed");
    let page = payer.confirm(BANK_2, OF_BANK_2).await;
    assert_eq!(result(&page), Some("paid"), "{}", page.body);
    let code = value(&page, "data-code=\"").unwrap().parse().unwrap();

    let debits = world.bank_2.debits();
    assert_eq!(debits.len(), 1);
    assert_eq!(
        (debits[0].amount, debits[0].account.as_str()),
        (price(), OF_BANK_2),
        "exactly the amount ordered"
    );
    let view = portal.view(code).await;
    let said = view.requisites.unwrap();
    assert_eq!((view.state, view.application), (PaymentState::Paid, Some(application(1))));
    assert_eq!((&said.bank_reference, said.paid_at), (&debits[0].reference, debits[0].paid_at));
    let evidence = world.cx().store.read(move |view| view.evidence_of(code)).await.unwrap();
    assert!(
        evidence.iter().any(|record| record.kind == "DebitAccountResponse in"),
        "the bank's signature is kept"
    );

    let receipt_url = format!("{}/r/", world.pages_url());
    let at = page.body.find(&receipt_url).expect("the way to the receipt");
    let receipt_url = page.body[at..].split('"').next().unwrap().to_owned();
    let receipt = payer.browser.get(&receipt_url).await.unwrap();
    assert!(receipt.body.contains(&code.to_string()) && receipt.body.contains(said.bank_reference.as_str()));
    let pdf = payer.browser.get(&format!("{receipt_url}/receipt.pdf")).await.unwrap();
    assert_eq!(pdf.headers[CONTENT_TYPE], "application/pdf");
    assert!(pdf.octets.starts_with(b"%PDF"));
    let xml = payer.browser.get(&format!("{receipt_url}/receipt.xml")).await.unwrap();
    let signed = xml::dsig::verify_enveloped(&xml.octets, &xml::Limits::DOCUMENT).unwrap();
    assert_eq!(signed.parse::<wire::receipt::Receipt>().unwrap().payment_code, code);
    until("the portal is told", async || world.portal.heard().iter().any(|one| one.payment_code == code))
        .await;
    world.chain().await;
}

/// A wrong account is found before any bank is asked.
///
/// Meets: T2.9-11
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_account_is_shown_at_its_field() {
    let world = World::start().await;
    let portal = Client::of(world.portal.host.clone());
    let mut payer = Payer::sent_by(&portal, &world, 1).await;
    let wrong = [
        (BANK_1, ""),
        (BANK_1, "KZ77"),
        (BANK_1, "KZ780000000000000001"),
        (BANK_1, "DE77000000000000000A"),
        (BANK_1, "<script>alert(1)</script>"),
        // A right account, of another bank than the chosen one.
        (BANK_1, OF_BANK_2),
        ("", OF_BANK_1),
        ("500440002113", OF_BANK_1),
    ];
    for (bank, account) in wrong {
        for page in [payer.review(bank, account).await, payer.confirm(bank, account).await] {
            assert_eq!(page.status, 422, "{bank} {account}");
            assert!(offers_the_form(&page) && !page.body.contains("<script>"), "{bank} {account}");
        }
    }
    assert_eq!((world.bank_1.asked(), world.bank_2.asked()), (0, 0));
}

/// The bank's own code and line are shown, and the person may try once more.
///
/// Meets: T2.14
#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_shown_in_the_banks_words() {
    let world = World::start().await;
    let portal = Client::of(world.portal.host.clone());
    let line = Trilingual::new("Қаражат жеткіліксіз.", "Недостаточно средств.", "Insufficient funds.");
    world.bank_1.behaves(Behaviour::Refuses("E51", line));
    let mut payer = Payer::sent_by(&portal, &world, 1).await;
    let page = payer.confirm(BANK_1, OF_BANK_1).await;
    assert!(page.body.contains("Недостаточно средств.") && page.body.contains("E51"), "{}", page.body);
    assert!(offers_the_form(&page));
    assert!(world.bank_1.debits().is_empty());
    world.bank_1.behaves(Behaviour::Debits);
    payer.page = payer.look().await;
    let page = payer.confirm(BANK_1, OF_BANK_1).await;
    assert_eq!(result(&page), Some("paid"));
    assert_eq!((world.bank_1.debits().len(), world.bank_1.asked()), (1, 2));
}

/// A bank that cannot be reached has surely taken nothing, and the person may try once more.
///
/// Meets: T2.14
/// Defends: A9
#[tokio::test(flavor = "multi_thread")]
async fn a_bank_that_is_away_has_taken_nothing() {
    let world = World::start().await;
    let portal = Client::of(world.portal.host.clone());
    world.bank_1.go_down().await;
    let mut payer = Payer::sent_by(&portal, &world, 1).await;
    let page = payer.confirm(BANK_1, OF_BANK_1).await;
    assert!(offers_the_form(&page), "{}", page.body);
    let page = payer.confirm(BANK_2, OF_BANK_2).await;
    assert_eq!(result(&page), Some("paid"), "another bank will do");
}

/// The link breaks at some octet of the bank's answer, after the bank has debited: nobody pays twice.
///
/// Defends: A9
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_asked_for_and_never_charged_again() {
    let world = World::start().await;
    let portal = Client::of(world.portal.host.clone());
    for (round, after) in [0, 1, 700, 2_000, usize::MAX].into_iter().enumerate() {
        world.bank_1.behaves(Behaviour::DebitsAndBreaksOff(after));
        let mut payer = Payer::sent_by(&portal, &world, round + 1).await;
        let page = payer.confirm(BANK_1, OF_BANK_1).await;
        assert_eq!(result(&page), Some("unknown"), "broken after {after}: {}", page.body);
        assert!(page.body.to_lowercase().contains("не платите"), "{}", page.body);
        assert!(!offers_the_form(&page), "there is nothing to pay with a second time");
        // Pressed again, or by the back button.
        let again = payer.confirm(BANK_1, OF_BANK_1).await;
        assert_eq!(result(&again), Some("unknown"));

        world.bank_1.behaves(Behaviour::Debits);
        world.clock.advance(6);
        let page = payer.until_it_says("paid").await;
        let code = value(&page, "data-code=\"").unwrap().parse().unwrap();
        assert_eq!(portal.view(code).await.state, PaymentState::Paid);
        assert_eq!(
            (world.bank_1.debits().len(), world.bank_1.asked()),
            (round + 1, round + 1),
            "one debit each"
        );
    }
    world.chain().await;
}

/// A bank that never saw the question closes the attempt for good; then the person may pay anew.
///
/// Defends: A9
#[tokio::test(flavor = "multi_thread")]
async fn what_the_bank_never_saw_may_be_paid_anew() {
    let world = World::start().await;
    let portal = Client::of(world.portal.host.clone());
    world.bank_1.behaves(Behaviour::NeverSees);
    let mut payer = Payer::sent_by(&portal, &world, 1).await;
    assert_eq!(result(&payer.confirm(BANK_1, OF_BANK_1).await), Some("unknown"));
    world.bank_1.behaves(Behaviour::Debits);
    world.clock.advance(6);
    until("the page offers its form again", async || offers_the_form(&payer.look().await)).await;
    assert_eq!(world.bank_1.asked(), 0);
    payer.page = payer.look().await;
    let page = payer.confirm(BANK_1, OF_BANK_1).await;
    assert_eq!(result(&page), Some("paid"));
    assert_eq!((world.bank_1.debits().len(), world.bank_1.asked()), (1, 1));
}

/// The gateway dies after the bank has debited and before the answer is kept: the next one asks, and the code is born.
///
/// Defends: A9
#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_dies_between_its_two_transactions_finds_out() {
    let mut world = World::start().await;
    let portal = Client::of(world.portal.host.clone());
    world.bank_1.behaves(Behaviour::DebitsAndHangs);
    let mut payer = Payer::sent_by(&portal, &world, 1).await;
    let (roots, url, token) = (world.roots(), payer.url.clone(), csrf(&payer.page));
    let cookie = payer.browser.cookie(&url, "__Host-gateway-pay").unwrap().to_owned();
    let pressed = tokio::spawn(async move { press(&roots, &url, &cookie, &token).await });
    until("the bank has debited", async || world.bank_1.debits().len() == 1).await;
    world.crash_and_start_again().await;
    assert!(pressed.await.unwrap().is_err(), "the browser heard nothing");
    assert_eq!(result(&payer.look().await), Some("unknown"));

    world.bank_1.behaves(Behaviour::Debits);
    world.clock.advance(6);
    payer.until_it_says("paid").await;
    assert_eq!((world.bank_1.debits().len(), world.bank_1.asked()), (1, 1));
    world.chain().await;
}

/// Presses the button, as a browser with this cookie would.
async fn press(
    roots: &transport::TlsRoots,
    url: &str,
    cookie: &str,
    csrf: &str,
) -> Result<transport::Answer, transport::CallError> {
    let client = HttpClient::new(None, roots, ClientLimits::default()).unwrap();
    let form = format!("bank={BANK_1}&account={OF_BANK_1}&csrf={csrf}");
    let request = http::Request::post(format!("{url}/confirm"))
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(COOKIE, format!("__Host-gateway-pay={cookie}"))
        .body(Bytes::from(form))
        .unwrap();
    client.send(request).await
}

/// Pressed eight times at once, the button asks the bank once.
///
/// Defends: A9, A15
#[tokio::test(flavor = "multi_thread")]
async fn the_button_pressed_eight_times_at_once_debits_once() {
    let world = World::start().await;
    let portal = Client::of(world.portal.host.clone());
    let mut payer = Payer::sent_by(&portal, &world, 1).await;
    let cookie = payer.browser.cookie(&payer.url, "__Host-gateway-pay").unwrap().to_owned();
    let (roots, token) = (world.roots(), csrf(&payer.page));
    let presses = (0..8).map(|_| press(&roots, &payer.url, &cookie, &token));
    for answer in futures_util::future::join_all(presses).await {
        let answer = answer.unwrap();
        assert_eq!(answer.status, 303, "{}", String::from_utf8_lossy(&answer.body));
        assert!(payer.url.ends_with(answer.headers[LOCATION].to_str().unwrap()));
    }
    payer.until_it_says("paid").await;
    assert_eq!((world.bank_1.debits().len(), world.bank_1.asked()), (1, 1));
}

/// What the browser adds or alters changes neither sum, service, recipient nor the way back.
///
/// Defends: A14
#[tokio::test(flavor = "multi_thread")]
async fn what_the_browser_says_changes_nothing() {
    let world = World::start().await;
    let portal = Client::of(world.portal.host.clone());
    let mut payer = Payer::sent_by(&portal, &world, 1).await;
    let evil = "https://evil.example/";
    let query = format!("?amount=1.00&service=P2.01&recipient=700707100057&return={evil}&returnUrl={evil}");
    let page = payer.browser.get(&format!("{}{query}", payer.url)).await.unwrap();
    assert!(!page.body.contains(&format!("href=\"{evil}")), "no way leads there");
    let token = csrf(&page);
    let fields = [
        ("bank", BANK_1),
        ("account", OF_BANK_1),
        ("csrf", token.as_str()),
        ("amount", "1.00"),
        ("sum", "1"),
        ("service", "P2.01"),
        ("recipient", "700707100057"),
        ("return", evil),
        ("return_url", evil),
    ];
    let page = payer.browser.post_form(&format!("{}/confirm{query}", payer.url), &fields).await.unwrap();
    assert!(page.url.starts_with(&world.pages_url()));
    assert_eq!(result(&payer.look().await), Some("paid"));
    assert_eq!(world.bank_1.debits()[0].amount, price());
    let page = payer.look().await;
    let view = portal.view(value(&page, "data-code=\"").unwrap().parse().unwrap()).await;
    assert_eq!((view.recipient, view.service.to_string()), (recipient(), "P1.04".to_owned()));
    assert!(
        page.body.contains("https://portal.example/orders/2026-000001"),
        "the way back is the portal's own"
    );
    // A token that was altered opens nothing.
    let last = if payer.url.ends_with('0') { "1" } else { "0" };
    let other = format!("{}{last}", &payer.url[..payer.url.len() - 1]);
    assert_eq!(payer.browser.get(&other).await.unwrap().status, 404);
}

/// A form counts only from the browser that was shown it; no other site can show or send it.
///
/// Defends: A15, A16
#[tokio::test(flavor = "multi_thread")]
async fn a_form_of_another_site_does_nothing() {
    let world = World::start().await;
    let portal = Client::of(world.portal.host.clone());
    let payer = Payer::sent_by(&portal, &world, 1).await;
    let other = Payer::sent_by(&portal, &world, 2).await;
    let roots = world.roots();
    let cookie = payer.browser.cookie(&payer.url, "__Host-gateway-pay").unwrap().to_owned();
    let others_cookie = other.browser.cookie(&other.url, "__Host-gateway-pay").unwrap().to_owned();
    let (token, others_token) = (csrf(&payer.page), csrf(&other.page));
    let attempts = [
        ("", token.as_str()),
        (cookie.as_str(), ""),
        (cookie.as_str(), "guess"),
        (cookie.as_str(), others_token.as_str()),
        (others_cookie.as_str(), token.as_str()),
        (others_cookie.as_str(), others_token.as_str()),
    ];
    for (sent, token) in attempts {
        let answer = press(&roots, &payer.url, sent, token).await.unwrap();
        // Its own browser is led to the page, every other gets nothing.
        assert_eq!(answer.status, if sent == cookie { 303 } else { 403 });
    }
    assert_eq!(world.bank_1.asked(), 0);

    let policy = payer.page.headers[CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.contains("frame-ancestors 'none'") && policy.contains("default-src 'none'"), "{policy}");
    assert!(!payer.page.body.contains("<script"));
    assert!(!payer.page.headers.contains_key(SET_COOKIE), "the secret was given before");
}

/// The price as a page shows it.
const PRICE: &str = "1\u{a0}725,00";

/// A browser of somebody else who has the address of the page.
async fn stranger(world: &World) -> Browser {
    let mut browser = Browser::new(None, &world.roots()).unwrap();
    browser.prefer(Language::Ru);
    // It has a cookie of its own from an earlier visit.
    let nowhere = format!("{}/pay/{}", world.pages_url(), "0".repeat(32));
    assert_eq!(browser.get(&nowhere).await.unwrap().status, 404);
    assert!(browser.cookie(&nowhere, "__Host-gateway-pay").is_some());
    browser
}

/// What a browser that the page does not belong to is shown: that, and nothing else.
fn shows_nothing(page: &Page) {
    assert_eq!((page.status.as_u16(), result(page)), (403, Some("other-person")), "{}", page.body);
    assert!(page.body.contains("Эта ссылка на оплату чужая"), "{}", page.body);
    for told in ["<form", PRICE, "******", "data-code", "/r/", "action=", "portal.example", "name=\"csrf\""] {
        assert!(!page.body.contains(told), "{told}: {}", page.body);
    }
}

/// Before, during and after the payment, and after a restart; with cookies of its own and without any.
///
/// Defends: A15
#[tokio::test(flavor = "multi_thread")]
async fn a_second_browser_gets_nothing_in_any_state() {
    let mut world = World::start().await;
    let portal = Client::of(world.portal.host.clone());
    world.bank_1.behaves(Behaviour::DebitsAndBreaksOff(0));
    let mut payer = Payer::sent_by(&portal, &world, 1).await;
    assert!(payer.page.body.contains(PRICE), "{}", payer.page.body);
    let token = csrf(&payer.page);
    let refuses_others = async |world: &World, url: &str| {
        for mut other in [stranger(world).await, {
            let mut fresh = Browser::new(None, &world.roots()).unwrap();
            fresh.prefer(Language::Ru);
            fresh
        }] {
            shows_nothing(&other.get(url).await.unwrap());
            shows_nothing(&other.get(&format!("{url}?lang=ru")).await.unwrap());
            let fields = [("bank", BANK_1), ("account", OF_BANK_1), ("csrf", token.as_str())];
            for form in ["", "/confirm", "/cancel"] {
                shows_nothing(&other.post_form(&format!("{url}{form}"), &fields).await.unwrap());
            }
        }
        // What keeps no cookie at all is led round and told nothing.
        let client = HttpClient::new(None, &world.roots(), ClientLimits::default()).unwrap();
        let mut address = url.to_owned();
        for status in [303, 403] {
            let request = http::Request::get(&address).body(Bytes::new()).unwrap();
            let answer = client.send(request).await.unwrap();
            assert_eq!(answer.status, status);
            let body = String::from_utf8_lossy(&answer.body).into_owned();
            assert!(
                !body.contains(PRICE) && !body.contains("data-code") && !body.contains("<form"),
                "{body}"
            );
            if let Some(next) = answer.headers.get(LOCATION) {
                address = format!("{}{}", world.pages_url(), next.to_str().unwrap());
            }
        }
    };
    refuses_others(&world, &payer.url).await;
    assert_eq!(world.bank_1.asked(), 0);
    assert!(offers_the_form(&payer.look().await), "nobody has cancelled it");
    assert_eq!(result(&payer.confirm(BANK_1, OF_BANK_1).await), Some("unknown"));
    refuses_others(&world, &payer.url).await;
    world.bank_1.behaves(Behaviour::Debits);
    world.clock.advance(6);
    payer.until_it_says("paid").await;
    refuses_others(&world, &payer.url).await;
    world.crash_and_start_again().await;
    refuses_others(&world, &payer.url).await;
    // The owner reloads, has a second tab and changes the language.
    for address in [payer.url.clone(), payer.url.clone(), format!("{}?lang=kk", payer.url)] {
        assert_eq!(result(&payer.browser.get(&address).await.unwrap()), Some("paid"));
    }
    world.clock.advance(35 * 60);
    refuses_others(&world, &payer.url).await;
    assert_eq!((world.bank_1.debits().len(), world.bank_1.asked()), (1, 1));
    world.chain().await;
}

/// Two browsers race for fifty pages, the first of them at an advantage or not.
///
/// Defends: A15
#[tokio::test(flavor = "multi_thread")]
async fn of_two_browsers_at_once_exactly_one_gets_the_form() {
    let world = World::start().await;
    let portal = Client::of(world.portal.host.clone());
    let (mut one, mut two) = (stranger(&world).await, stranger(&world).await);
    let mut wins = 0;
    for order in 1..=50 {
        let url = portal.ask(&portal.open_account_page(order)).await.unwrap().url.to_string();
        let (first, second) = tokio::join!(one.get(&url), two.get(&url));
        let (first, second) = (first.unwrap(), second.unwrap());
        wins += usize::from(offers_the_form(&first));
        let (shown, refused) = if offers_the_form(&first) { (first, second) } else { (second, first) };
        assert!(offers_the_form(&shown), "order {order}: {}", shown.body);
        shows_nothing(&refused);
    }
    eprintln!("the first browser won {wins} of 50");
}

/// What fetches an address without keeping cookies owns nothing afterwards.
///
/// Defends: A15
#[tokio::test(flavor = "multi_thread")]
async fn a_link_preview_takes_the_page_from_nobody() {
    let world = World::start().await;
    let portal = Client::of(world.portal.host.clone());
    let url = portal.ask(&portal.open_account_page(1)).await.unwrap().url.to_string();
    let client = HttpClient::new(None, &world.roots(), ClientLimits::default()).unwrap();
    for address in [url.clone(), format!("{url}?given=1"), url.clone()] {
        let request = http::Request::get(&address).body(Bytes::new()).unwrap();
        let answer = client.send(request).await.unwrap();
        assert!(matches!(answer.status.as_u16(), 303 | 403));
    }
    let mut person = Browser::new(None, &world.roots()).unwrap();
    let page = person.get(&url).await.unwrap();
    assert!(offers_the_form(&page), "{}", page.body);
    assert_eq!(page.url, url, "the address that stays in the browser is the page's own");
}

/// The browser is left alone with the page of a payment.
///
/// Defends: A15
#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_long_over_shows_no_code_and_no_receipt() {
    let world = World::start().await;
    let portal = Client::of(world.portal.host.clone());
    let mut payer = Payer::sent_by(&portal, &world, 1).await;
    let paid = payer.confirm(BANK_1, OF_BANK_1).await;
    let code = value(&paid, "data-code=\"").unwrap().to_owned();
    world.clock.advance(899);
    assert_eq!(value(&payer.look().await, "data-code=\""), Some(code.as_str()));
    world.clock.advance(2);
    let late = payer.look().await;
    assert_eq!((late.status.as_u16(), result(&late)), (200, Some("paid")));
    assert!(value(&late, "data-code=\"").is_none() && !late.body.contains("/r/"), "{}", late.body);
    assert!(!late.body.contains(&code) && late.body.contains("в вашем кабинете"), "{}", late.body);
    assert!(late.body.contains("https://portal.example/orders/2026-000001"), "the way back stays");
}

/// The page waits a quarter of an hour, and a cancelled one is over.
///
/// Defends: A14
#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_over_takes_no_money() {
    let world = World::start().await;
    let portal = Client::of(world.portal.host.clone());
    let mut payer = Payer::sent_by(&portal, &world, 1).await;
    let cookie = payer.browser.cookie(&payer.url, "__Host-gateway-pay").unwrap().to_owned();
    let token = csrf(&payer.page);
    world.clock.advance(901);
    assert_eq!(payer.look().await.status, 410);
    let answer = press(&world.roots(), &payer.url, &cookie, &token).await.unwrap();
    assert_eq!(answer.status, 410);

    let mut payer = Payer::sent_by(&portal, &world, 2).await;
    let token = csrf(&payer.page);
    // The way back leads to the portal's own address, where nobody lives here.
    let left = payer.browser.post_form(&format!("{}/cancel", payer.url), &[("csrf", &token)]).await;
    let went = left.expect_err("nobody lives there").to_string();
    assert!(went.starts_with("https://portal.example/orders/2026-000002"), "{went}");
    let page = payer.look().await;
    assert_eq!(result(&page), Some("cancelled"));
    assert_eq!(world.bank_1.asked(), 0);
}
