//! The course of a payment: success, refusals, silence, the same form twice, forged forms, leaving.

use std::time::Duration;

use axum::body::Body;
use http::StatusCode;
use pages::say;
use terms::{BrowserDigest, Language};
use tokio::time::{Instant, sleep};
use wire::Request as _;
use wire::card::BeginCardPaymentResponse;
use wire::common::{CardPageState, CardVerdict};
use wire::fault::FaultCode;
use wire::iso8583::{CardOrder, Presented};

use super::world::{CODE, RETURN_URL, Says, Seen, World, noon, page, token};
use crate::card::fields::Typed;

fn text(id: &'static str) -> String {
    say(Language::Ru, id).to_string()
}

/// Meets: T1.14-17, T1.18-21, T1.24-27
#[tokio::test]
async fn a_card_is_charged_once_and_the_payer_is_shown_the_code_and_the_way_back() {
    let world = World::new(Says::Code("00"));
    let mut visitor = world.visitor();
    let form = visitor.get(&page()).await;
    for said in ["cc-number", "cc-exp", "cc-csc", "inputmode=\"numeric\"", "1\u{a0}725,00", "Оплатить"]
    {
        assert!(form.body.contains(said), "{said}: {}", form.body);
    }
    let result = visitor.open_and_pay().await;
    assert_eq!((result.status, result.result()), (StatusCode::OK, Some("paid")));
    assert_eq!(result.after("data-code=\""), Some(CODE));
    assert_eq!(result.after("id=\"back\" class=\"button\" href=\""), Some(RETURN_URL));
    assert!(result.body.contains(&text("m-paid")));

    assert_eq!(world.bank.times_asked(), 1);
    let asked = world.bank.last_asked();
    assert_eq!((asked.pan.expose(), asked.expiry.year_month().as_str()), ("4242424242424242", "2908"));
    let Presented::OnPage { cvc2, order } = &asked.presented else { panic!("presented elsewhere") };
    assert!(cvc2.expose() == "737");
    let begun = <BeginCardPaymentResponse as wire::Response>::example();
    assert_eq!(asked.amount, begun.amount);
    assert_eq!(
        *order,
        CardOrder {
            payment_code: CODE.parse().unwrap(),
            service: begun.service,
            provider: begun.provider,
            recipient: begun.recipient,
            payer: begun.payer,
            beneficiary: begun.beneficiary,
            attempt: world.known(|known| known.attempts[0].clone()),
        }
    );
    world.known(|known| {
        let [told] = known.conclusions.as_slice() else { panic!("{}", known.conclusions.len()) };
        assert_eq!(told.outcome, CardVerdict::Approved);
        assert_eq!(told.bank_reference.as_ref().unwrap().as_str(), "DEMO-20261122-000417");
    });
}

/// Meets: T1.18-21, T1.24-27
#[tokio::test]
async fn every_refusal_of_the_bank_has_its_words_and_the_form_may_be_tried_again() {
    let world = World::new(Says::Nothing);
    let mut visitor = world.visitor();
    for (code, id) in [
        ("05", "m-decl-1"),
        ("14", "m-decl-1"),
        ("51", "m-decl-2"),
        ("54", "m-decl-3"),
        ("82", "m-decl-4"),
        ("61", "m-decl-5"),
        ("41", "m-decl-6"),
        ("43", "m-decl-6"),
    ] {
        *world.bank.says.lock().unwrap() = Says::Code(code);
        let result = visitor.open_and_pay().await;
        assert_eq!((result.status, result.result()), (StatusCode::OK, Some("declined")), "{code}");
        assert!(result.body.contains(&text(id)), "{code}: {}", result.body);
        assert!(result.body.contains("id=\"card-form\""));
        world.known(|known| {
            let told = known.conclusions.last().unwrap();
            assert_eq!(told.outcome, CardVerdict::Declined);
            assert_eq!(told.response_code.unwrap().as_str(), code);
        });
    }
    // Whoever opens the page anew is told no reason that nobody remembers, but that no money was taken.
    let anew = visitor.get(&page()).await;
    assert_eq!(anew.result(), Some("declined"));
    assert!(anew.body.contains(&text("money-not-taken")));
    *world.bank.says.lock().unwrap() = Says::Code("00");
    assert_eq!(visitor.open_and_pay().await.result(), Some("paid"));
}

/// Defends: A9
#[tokio::test]
async fn whatever_is_not_a_whole_and_fitting_answer_is_not_known_and_is_never_asked_twice() {
    for says in [
        Says::Nothing,
        Says::Garbage,
        Says::AnotherAttempt,
        Says::AnotherAmount,
        Says::ApprovalWithoutReference,
        Says::Code("91"),
        Says::Code("94"),
        Says::Code("96"),
        Says::Cut(0),
    ] {
        let world = World::new(says);
        let mut visitor = world.visitor();
        let result = visitor.open_and_pay().await;
        assert_eq!(result.result(), Some("unknown"), "{says:?}");
        assert!(
            result.body.contains("Не платите повторно") && result.body.contains("до 12:15"),
            "{}",
            result.body
        );
        assert!(result.body.contains(&format!("href=\"{}\"", page())), "a way to look again");
        assert!(!result.body.contains("id=\"card-form\""));
        world.known(|known| {
            assert_eq!(known.conclusions.last().unwrap().outcome, CardVerdict::Unknown, "{says:?}");
        });
        // Neither a new look nor an old form leads to a second authorisation.
        let secrets = ("a".to_owned(), "b".to_owned());
        assert_eq!(visitor.pay(&secrets).await.location(), Some(page().as_str()));
        assert_eq!((world.bank.times_asked(), world.known(|known| known.attempts.len())), (1, 1), "{says:?}");
    }
}

/// Defends: A9
#[tokio::test]
async fn an_answer_cut_at_any_octet_is_not_known_and_only_the_whole_one_is_an_approval() {
    let world = World::new(Says::Code("00"));
    let desk = world.desk(world.bank.address);
    let browser = BrowserDigest::from_bytes([1; 32]);
    world.known(|known| known.bound = Some(browser));
    let authorise = async || {
        let body = Body::from("number=4242424242424242&expiry=0829&code=737");
        let typed = Typed::read(body).await.unwrap();
        let (card, processing) = typed.check(Language::En, &desk.routes, noon()).ok().unwrap();
        desk.pay(&token(), browser, card, processing).await
    };
    authorise().await;
    let whole = super::world::approval_octets(&world.bank.last_asked());
    for octets in 0..=whole {
        *world.bank.says.lock().unwrap() = Says::Cut(octets);
        world.known(|known| known.state = CardPageState::Open);
        authorise().await;
        let outcome = world.known(|known| known.conclusions.last().unwrap().outcome);
        let expected = if octets == whole { CardVerdict::Approved } else { CardVerdict::Unknown };
        assert_eq!(outcome, expected, "{octets} of {whole}");
    }
    assert_eq!(world.bank.times_asked(), whole + 2);
}

/// Defends: A9
#[tokio::test]
async fn a_bank_that_is_not_there_or_is_not_the_bank_is_sent_nothing_and_the_payer_is_told_so() {
    let closed = World::new(Says::Code("00"));
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut closed = closed;
    closed.router = crate::card::page::router(closed.desk(nobody));
    let other = World::with_bank_of(Says::Code("00"), "500240000137".parse().unwrap(), false);
    let revoked = World::with_bank_of(Says::Code("00"), super::world::bank_bin(), true);
    for (world, name) in [(closed, "closed"), (other, "other"), (revoked, "revoked")] {
        let result = world.visitor().open_and_pay().await;
        assert_eq!(result.result(), Some("declined"), "{name}");
        assert!(result.body.contains(&text("m-decl-7")), "{name}");
        assert_eq!(world.bank.times_asked(), 0, "{name}");
        world.known(|known| {
            let told = known.conclusions.last().unwrap();
            assert_eq!((told.outcome, told.response_code), (CardVerdict::Declined, None), "{name}");
        });
    }
}

/// Defends: A15
#[tokio::test]
async fn a_form_sent_twice_is_answered_with_the_first_result() {
    let world = World::new(Says::Code("51"));
    let mut visitor = world.visitor();
    let secrets = visitor.open().await;
    let mut twin = visitor.clone();
    let (one, two) = tokio::join!(visitor.pay(&secrets), twin.pay(&secrets));
    assert_eq!(one.location(), two.location());
    let later = visitor.pay(&secrets).await;
    assert_eq!(later.location(), one.location());
    assert_eq!(world.bank.times_asked(), 1);
    let shown = visitor.get(later.location().unwrap()).await;
    assert!(shown.body.contains(&text("m-decl-2")));
}

/// Defends: A9, A15
#[tokio::test]
async fn of_two_tabs_only_one_pays() {
    let world = World::new(Says::Code("00"));
    let mut visitor = world.visitor();
    let first = visitor.open().await;
    let second = visitor.open().await;
    assert_ne!(first, second);
    let mut twin = visitor.clone();
    let (one, two) = tokio::join!(visitor.pay(&first), twin.pay(&second));
    assert_eq!((one.status, two.status), (StatusCode::SEE_OTHER, StatusCode::SEE_OTHER));
    assert_eq!((world.bank.times_asked(), world.known(|known| known.attempts.len())), (1, 1));
    for seen in [one, two] {
        assert_eq!(visitor.get(seen.location().unwrap()).await.result(), Some("paid"));
    }
}

/// Defends: A15
#[tokio::test]
async fn a_form_that_was_not_shown_to_this_browser_pays_nothing() {
    let world = World::new(Says::Code("00"));
    let mut visitor = world.visitor();
    let (csrf, form) = visitor.open().await;
    // A form that the same process showed to another browser, before the page came to belong to this one.
    let bound = world.known(|known| known.bound.take());
    let mut stranger = world.visitor();
    let theirs = stranger.open().await;
    world.known(|known| known.bound = bound);
    let wrong = [
        ("".to_owned(), form.clone()),
        (csrf.clone(), "".to_owned()),
        (csrf.clone(), theirs.1.clone()),
        theirs.clone(),
        ("0".repeat(64), form.clone()),
    ];
    let mut answers = Vec::new();
    for secrets in wrong {
        answers.push(visitor.pay(&secrets).await);
    }
    let cancel = [("csrf", theirs.0.as_str()), ("form", theirs.1.as_str())];
    answers.push(visitor.post(&format!("{}/cancel", page()), &cancel).await);
    for answer in answers {
        assert_eq!((answer.status, answer.result()), (StatusCode::FORBIDDEN, Some("failed")));
        assert!(answer.body.contains(&text("m-form-old")));
    }
    assert_eq!(world.bank.times_asked(), 0);
    world.known(|known| assert_eq!((known.state, known.attempts.len()), (CardPageState::Open, 0)));
}

/// What a browser that the page does not belong to is shown: that, and nothing else.
fn shows_nothing(seen: &Seen) {
    assert_eq!((seen.status, seen.result()), (StatusCode::FORBIDDEN, Some("other-person")), "{}", seen.body);
    for told in ["<form", "1\u{a0}725", "******", CODE, "data-code", RETURN_URL, "action=", "name=\"csrf\""] {
        assert!(!seen.body.contains(told), "{told}: {}", seen.body);
    }
}

/// Whoever else has the address, with cookies of a browser of its own, without any, or with the right form's secrets.
///
/// Defends: A15
#[tokio::test]
async fn a_second_browser_gets_nothing_before_during_and_after_the_payment() {
    let world = World::new(Says::Code("00"));
    let mut owner = world.visitor();
    let secrets = owner.open().await;
    let (csrf, form) = secrets.clone();
    let leave = [("csrf", csrf.as_str()), ("form", form.as_str())];
    let mut stranger = world.visitor();
    for state in [
        CardPageState::Open,
        CardPageState::Asked,
        CardPageState::Unknown,
        CardPageState::Declined,
        CardPageState::Paid,
        CardPageState::Cancelled,
    ] {
        world.known(|known| known.state = state);
        let seen = stranger.get(&format!("{}?lang=ru", page())).await;
        shows_nothing(&seen);
        assert!(seen.body.contains(&text("m-link-other")), "{}", seen.body);
        shows_nothing(&world.visitor().get(&page()).await);
        for mut other in [stranger.clone(), world.visitor()] {
            for answer in [other.pay(&secrets).await, other.post(&format!("{}/cancel", page()), &leave).await]
            {
                // With a cookie it is told that this form is not its own, and nothing of the page either.
                assert!(answer.location().is_none());
                shows_nothing(&answer);
            }
        }
        world.known(|known| assert_eq!((known.state, known.attempts.len()), (state, 0)));
        // The owner reloads, has a second tab and changes the language, also in another process of the card page.
        for path in [page(), page(), format!("{}?lang=en", page())] {
            assert_eq!(owner.get(&path).await.status, StatusCode::OK, "{state:?}");
        }
        let mut again = owner.clone();
        again.router = crate::card::page::router(world.desk(world.bank.address));
        assert_eq!(again.get(&page()).await.status, StatusCode::OK, "{state:?}");
        let mut stranger = stranger.clone();
        stranger.router = again.router;
        shows_nothing(&stranger.get(&page()).await);
    }
    assert_eq!(world.bank.times_asked(), 0);
}

/// Defends: A15
#[tokio::test]
async fn of_two_browsers_at_once_exactly_one_gets_the_form() {
    for round in 0..50 {
        let world = World::new(Says::Code("00"));
        let (mut one, mut two) = (world.visitor(), world.visitor());
        let here = page();
        let (first, second) = if round % 2 == 0 {
            tokio::join!(one.get(&here), two.get(&here))
        } else {
            let (second, first) = tokio::join!(two.get(&here), one.get(&here));
            (first, second)
        };
        let (shown, refused) = if first.status == StatusCode::OK { (first, second) } else { (second, first) };
        assert!(shown.body.contains("id=\"card-form\""), "{}", shown.body);
        shows_nothing(&refused);
    }
}

/// What fetches addresses without keeping cookies, with or without following where they lead.
///
/// Defends: A15
#[tokio::test]
async fn a_link_preview_takes_the_page_from_nobody() {
    let world = World::new(Says::Code("00"));
    let mut preview = world.visitor();
    for _ in 0..3 {
        let step = preview.fetch(&page()).await;
        assert_eq!((step.status, step.body.as_str()), (StatusCode::SEE_OTHER, ""));
        preview.cookies.clear();
        let seen = preview.fetch(step.location().unwrap()).await;
        assert_eq!((seen.status, seen.result()), (StatusCode::FORBIDDEN, Some("no-cookies")));
        assert!(!seen.body.contains("1\u{a0}725") && !seen.body.contains("<form"), "{}", seen.body);
        world.known(|known| assert_eq!(known.bound, None));
    }
    assert!(world.visitor().get(&page()).await.body.contains("id=\"card-form\""));
}

/// Defends: A15
#[tokio::test]
async fn a_page_that_is_long_over_shows_the_way_to_the_cabinet_instead_of_the_code() {
    let world = World::new(Says::Code("00"));
    let mut visitor = world.visitor();
    assert_eq!(visitor.open_and_pay().await.after("data-code=\""), Some(CODE));
    world.known(|known| known.shows_code = false);
    let late = visitor.get(&page()).await;
    assert_eq!((late.result(), late.after("data-code=\"")), (Some("paid"), None));
    assert!(late.body.contains(&text("pay-code-in-cabinet")) && !late.body.contains(&text("pay-keep-code")));
    assert_eq!(late.after("id=\"back\" class=\"button\" href=\""), Some(RETURN_URL));
}

#[tokio::test]
async fn a_link_that_is_old_wrong_or_used_says_so() {
    let world = World::new(Says::Code("00"));
    let mut visitor = world.visitor();
    for (code, status, id) in [
        (FaultCode::PageTokenExpired, StatusCode::GONE, "m-link-expired"),
        (FaultCode::PageTokenInvalid, StatusCode::NOT_FOUND, "m-link-wrong"),
        (FaultCode::PageTokenUsed, StatusCode::CONFLICT, "m-link-used"),
    ] {
        world.known(|known| known.refuses = Some(code));
        let shown = visitor.get(&format!("{}?lang=ru", page())).await;
        assert_eq!((shown.status, shown.result()), (status, Some("failed")));
        assert!(shown.body.contains(&text(id)), "{}", shown.body);
    }
    world.known(|known| known.refuses = Some(FaultCode::Overloaded));
    let shown = visitor.get(&page()).await;
    assert_eq!((shown.status, shown.result()), (StatusCode::SERVICE_UNAVAILABLE, Some("failed")));
    assert!(shown.body.contains("пока неизвестно"), "{}", shown.body);
    world.known(|known| known.refuses = None);
    for wrong in ["/pay/1", "/pay/5f1d9c0a7be24c63a1f08e42d7b95c17"] {
        assert_eq!(visitor.get(wrong).await.status, StatusCode::NOT_FOUND);
    }
    let nowhere = visitor.get("/nowhere?lang=ru").await;
    assert_eq!(nowhere.status, StatusCode::NOT_FOUND);
    assert!(nowhere.body.contains(&text("m-404")), "{}", nowhere.body);
    let refused = visitor.post("/nowhere/else?lang=ru", &[]).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    let refused = visitor.get(&format!("{}/cancel?lang=ru", page())).await;
    assert_eq!(refused.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(refused.body.contains(&text("m-405")), "{}", refused.body);
}

/// Meets: T1.24-27
#[tokio::test]
async fn a_payer_may_leave_without_paying_but_not_take_back_what_is_under_way() {
    let world = World::new(Says::Code("00"));
    let mut visitor = world.visitor();
    let cancel = format!("{}/cancel", page());
    let (csrf, form) = visitor.open().await;
    let fields = [("csrf", csrf.as_str()), ("form", form.as_str())];
    for (before, result) in [
        (CardPageState::Asked, "wait"),
        (CardPageState::Unknown, "unknown"),
        (CardPageState::Paid, "paid"),
        (CardPageState::Open, "cancelled"),
    ] {
        world.known(|known| known.state = before);
        let sent = visitor.post(&cancel, &fields).await;
        assert_eq!(sent.location(), Some(page().as_str()));
        let shown = visitor.get(&page()).await;
        assert_eq!(shown.result(), Some(result));
        assert_eq!(shown.after("id=\"back\" class=\"button\" href=\""), Some(RETURN_URL));
        assert_eq!(shown.body.contains("data-code"), result == "paid", "{result}");
    }
    assert!(visitor.get(&page()).await.body.contains(&text("m-cancel")));
}

#[tokio::test]
async fn an_approval_whose_notice_is_late_is_shown_as_being_checked() {
    let world = World::new(Says::Code("00"));
    world.known(|known| known.notice_comes = false);
    let mut visitor = world.visitor();
    let result = visitor.open_and_pay().await;
    assert_eq!(result.result(), Some("wait"));
    assert!(result.body.contains(&text("pay-do-not-repeat")));
    world.known(|known| known.state = CardPageState::Paid);
    assert_eq!(visitor.get(&page()).await.result(), Some("paid"));
}

/// Defends: A9
#[tokio::test]
async fn a_conclusion_that_cannot_be_told_is_told_again_until_it_is_taken() {
    let world = World::new(Says::Code("51"));
    world.known(|known| known.lost_conclusions = 1);
    let mut visitor = world.visitor();
    let result = visitor.open_and_pay().await;
    assert_eq!(result.result(), Some("wait"), "the gateway does not know better yet");
    let end = Instant::now() + Duration::from_secs(10);
    while world.known(|known| known.conclusions.is_empty()) && Instant::now() < end {
        sleep(Duration::from_millis(50)).await;
    }
    world.known(|known| assert_eq!(known.conclusions.len(), 1));
    assert_eq!(visitor.get(&page()).await.result(), Some("declined"));
}

/// Defends: A9
#[tokio::test]
async fn a_begin_whose_answer_is_lost_is_asked_again_under_the_same_number() {
    let world = World::new(Says::Code("00"));
    world.known(|known| known.lost_begins = 2);
    assert_eq!(world.visitor().open_and_pay().await.result(), Some("paid"));
    assert_eq!((world.bank.times_asked(), world.known(|known| known.attempts.len())), (1, 1));

    let world = World::new(Says::Code("00"));
    world.known(|known| known.lost_begins = 9);
    let shown = world.visitor().open_and_pay().await;
    assert_eq!(
        shown.result(),
        Some("wait"),
        "an attempt is on record; the gateway finds out that nobody was asked"
    );
    assert_eq!((world.bank.times_asked(), world.known(|known| known.attempts.len())), (0, 1));
}

#[test]
fn the_conversation_with_the_gateway_has_no_room_for_card_data() {
    let written = [
        xml::ToElement::to_xml(&wire::card::LookUpCardPayment::example()),
        xml::ToElement::to_xml(&wire::card::BeginCardPayment::example()),
        xml::ToElement::to_xml(&wire::card::ConcludeCardPayment::example()),
        xml::ToElement::to_xml(&wire::card::CancelCardPayment::example()),
    ];
    for message in written.map(|message| message.to_lowercase()) {
        for word in ["<pan", "number>", "cvc", "expiry"] {
            assert!(!message.contains(word), "{word}: {message}");
        }
    }
}
