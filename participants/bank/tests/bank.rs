//! A real bank with its ATM and kiosk against a gateway and a registry of its own, over real connections.

mod country;
mod settlement;

use std::time::Duration;

use bank::operation::{Content, Operation, Order, Origin, Stage};
use bank::{core::Ledger, store as tables};
use country::*;
use participant::CallFailure;
use terms::{AttemptId, Channel, Moment, Party, PaymentCode, Tiyn};
use transport::{Browser, Page};
use wire::bank::*;
use wire::common::{ClaimAnswer, DebitOutcome, DebitState, RefundOutcome};
use wire::iso8583::*;

const GOOD_ACCOUNT: &str = "KZ770000000000000001";
const POOR_ACCOUNT: &str = "KZ500000000000000002";
const SILENT_ACCOUNT: &str = "KZ930000000000000004";
const COMPANY_ACCOUNT: &str = "KZ120000000000000007";
const SLOW_ACCOUNT: &str = "KZ660000000000000005";

fn aigul() -> Party {
    Party { number: AIGUL.parse().unwrap(), name: "Сәрсенова Айгүл".parse().unwrap() }
}

fn attempt(name: &str) -> AttemptId {
    name.parse().unwrap()
}

async fn balance(country: &Country, iban: &str) -> u64 {
    let database = tables::open(&country.database()).unwrap();
    let iban = iban.parse().unwrap();
    database.read(move |conn| tables::account(conn, &iban)).await.unwrap().unwrap().balance.as_u64()
}

/// What is on an account is what was booked on it.
async fn books_agree(country: &Country) {
    let database = tables::open(&country.database()).unwrap();
    database
        .read(|conn| {
            let accounts = tables::accounts_of(conn, AIGUL.parse().unwrap())?;
            for account in accounts {
                let booked = tables::balance(conn, &Ledger::Client(account.iban))?;
                assert_eq!(booked, account.balance.as_i64());
            }
            Ok::<_, ::store::StoreError>(())
        })
        .await
        .unwrap();
}

// ---- the internet bank (table 3) ----

async fn log_in(country: &Country) -> (Browser, Page) {
    log_in_as(country, "aigul").await
}

async fn log_in_as(country: &Country, login: &str) -> (Browser, Page) {
    let mut browser = country.browser();
    let page = browser.get(&country.at("/")).await.unwrap();
    assert!(
        page.body.contains("id=\"certificate-notice\"") && page.body.contains("127.0.0.1"),
        "{}",
        page.body
    );
    let csrf = hidden(&page, "csrf");
    let fields = [("csrf", csrf.as_str()), ("login", login), ("password", "demo")];
    let page = browser.post_form("/login", &fields).await.unwrap();
    assert!(page.url.ends_with("/pay"), "{}", page.body);
    (browser, page)
}

async fn review(browser: &mut Browser, page: &Page, service: &str, means: &str) -> Page {
    // The sign-out form stands first; its token is the session's, as that of every form.
    let csrf = hidden(page, "csrf");
    let fields = [
        ("csrf", csrf.as_str()),
        ("service", service),
        ("recipient", "other"),
        ("number", IVAN),
        ("name", ""),
        ("means", means),
    ];
    browser.post_form("/pay", &fields).await.unwrap()
}

async fn confirm(browser: &mut Browser, page: &Page) -> Page {
    confirm_by(browser, page, &one_time_code(AIGUL_SECRET, 0)).await
}

async fn confirm_by(browser: &mut Browser, page: &Page, code: &str) -> Page {
    let names = ["csrf", "attempt", "price", "service", "recipient", "number", "name", "means"];
    let values = names.map(|name| hidden(page, name));
    let mut fields: Vec<(&str, &str)> = names.into_iter().zip(values.iter().map(String::as_str)).collect();
    fields.push(("one-time-code", code));
    browser.post_form("/pay/confirm", &fields).await.unwrap()
}

/// Meets: T3.pre, T3.1-3, T3.4-7, T3.8-12, T3.13-14, T3.15-16, T3.18-21, C7.3
#[tokio::test(flavor = "multi_thread")]
async fn a_client_pays_in_the_internet_bank_and_gets_the_code_and_the_gateway_the_notice() {
    let country = Country::with_bank().await;
    let (mut browser, page) = log_in(&country).await;
    let page = review(&mut browser, &page, ODD, GOOD_ACCOUNT).await;
    assert!(page.body.contains("Петров Иван"), "the registry's name: {}", page.body);
    assert!(page.body.contains("20,00"), "the commission is shown: {}", page.body);
    assert!(country.remembered().codes.is_empty(), "no code before the confirmation");
    let page = confirm(&mut browser, &page).await;
    assert_eq!(result(&page), "paid", "{}", page.body);
    let shown = code(&page).unwrap();
    assert!(page.body.contains(&shown.to_string()));

    let notice = country.eventually("the notice", |memory| memory.notices.first().cloned()).await;
    assert_eq!(notice.payment_code, shown);
    let requisites = &notice.requisites;
    assert_eq!(requisites.payer, aigul());
    assert_eq!(requisites.recipient.number, IVAN.parse().unwrap());
    assert_eq!((requisites.amount, requisites.commission), (Tiyn::tenge(1725), Tiyn::tenge(20)));
    assert_eq!(requisites.channel, Channel::InternetBank);
    assert_eq!(balance(&country, GOOD_ACCOUNT).await, 25_000_000 - 174_500);
    books_agree(&country).await;

    tokio::time::sleep(Duration::from_millis(300)).await;
    let page = browser.get(&country.at("/payments")).await.unwrap();
    assert!(page.body.contains(&shown.to_string()) && page.body.contains("подтверждено"), "{}", page.body);
}

/// Meets: T3.13-14
#[tokio::test(flavor = "multi_thread")]
async fn a_refused_account_shows_no_code_and_the_code_is_cancelled() {
    let country = Country::with_bank().await;
    let (mut browser, page) = log_in(&country).await;
    let page = review(&mut browser, &page, ODD, POOR_ACCOUNT).await;
    let page = confirm(&mut browser, &page).await;
    assert_eq!(result(&page), "refused", "{}", page.body);
    assert_eq!(code(&page), None);
    assert!(page.body.contains("Деньги не списаны"), "{}", page.body);
    let issued = country.remembered().codes[0].0;
    assert!(!page.body.contains(&issued.to_string()));
    let cancelled =
        country.eventually("the cancellation", |memory| memory.cancellations.first().cloned()).await;
    assert_eq!(cancelled.payment_code, issued);
    assert!(country.remembered().notices.is_empty());
}

/// Defends: A9
#[tokio::test(flavor = "multi_thread")]
async fn the_same_form_sent_twice_is_one_payment() {
    let country = Country::with_bank().await;
    let (mut browser, page) = log_in(&country).await;
    let page = review(&mut browser, &page, ODD, GOOD_ACCOUNT).await;
    let first = confirm(&mut browser, &page).await;
    let again = confirm(&mut browser, &page).await;
    assert_eq!(code(&first), code(&again));
    assert_eq!(country.remembered().codes.len(), 1);
    assert_eq!(balance(&country, GOOD_ACCOUNT).await, 25_000_000 - 174_500);
}

/// Back and the button again, a reload, a second tab: whatever is away and however the bank was restarted.
///
/// Defends: A9
#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_was_paid_is_answered_with_its_first_result_after_a_restart_and_without_a_gateway() {
    let mut country = Country::with_bank().await;
    let (mut browser, page) = log_in(&country).await;
    let form = review(&mut browser, &page, ODD, GOOD_ACCOUNT).await;
    let paid = confirm(&mut browser, &form).await;
    assert_eq!(result(&paid), "paid", "{}", paid.body);
    country.kill("bank").await;
    country.remembered().lists_no_services = true;
    country.start("bank").await;
    let forged = Page { body: form.body.replace(&hidden(&form, "csrf"), "00"), ..form.clone() };
    for form in [&form, &forged] {
        let again = confirm(&mut browser, form).await;
        assert_eq!((result(&again), code(&again)), ("paid".to_owned(), code(&paid)), "{}", again.body);
        assert!(!again.body.contains("еньги не списаны"), "{}", again.body);
    }
    assert_eq!(balance(&country, GOOD_ACCOUNT).await, 25_000_000 - 174_500);

    // Somebody else learns nothing from the id.
    let (mut stranger, _) = log_in_as(&country, "tulpar").await;
    let answer = confirm(&mut stranger, &form).await;
    assert!(code(&answer).is_none() && !answer.body.contains("data-result"), "{}", answer.body);
}

/// Meets: T3.4-7
#[tokio::test(flavor = "multi_thread")]
async fn no_money_taken_is_said_of_a_form_only_where_the_books_prove_it() {
    let mut country = Country::with_bank().await;
    let (mut browser, page) = log_in(&country).await;
    let form = review(&mut browser, &page, ODD, GOOD_ACCOUNT).await;
    country.kill("bank").await;
    country.remembered().lists_no_services = true;
    country.start("bank").await;
    let page = browser.get(&country.at("/pay")).await.unwrap();
    assert!(page.body.contains("Список услуг сейчас недоступен"), "{}", page.body);
    assert!(!page.body.contains("еньги не списаны"), "nothing was asked about: {}", page.body);
    let refused = confirm(&mut browser, &form).await;
    assert!(refused.body.contains("деньги не списаны"), "never seen before: {}", refused.body);
    // The form of before the restart is still the session's own.
    country.remembered().lists_no_services = false;
    let paid = confirm(&mut browser, &form).await;
    assert_eq!(result(&paid), "paid", "{}", paid.body);
}

/// Meets: T3.4-7
/// Defends: A11
#[tokio::test(flavor = "multi_thread")]
async fn a_payment_is_confirmed_by_a_one_time_code_that_is_right_fresh_and_serves_once() {
    let country = Country::with_bank().await;
    let (mut browser, page) = log_in(&country).await;
    let page = review(&mut browser, &page, ODD, GOOD_ACCOUNT).await;
    let (right, next) = (one_time_code(AIGUL_SECRET, 0), one_time_code(AIGUL_SECRET, 30));
    for wrong in ["", "12345", &one_time_code(AIGUL_SECRET, -300), &one_time_code(COMPANY_SECRET, 0)] {
        let refused = confirm_by(&mut browser, &page, wrong).await;
        assert_eq!(refused.status, 422, "{}", refused.body);
        assert!(refused.body.contains("Одноразовый код неверен. Деньги не списаны."), "{}", refused.body);
    }
    assert!(country.remembered().codes.is_empty(), "no payment code is asked for");
    assert_eq!(balance(&country, GOOD_ACCOUNT).await, 25_000_000);
    let paid = confirm_by(&mut browser, &page, &right).await;
    assert_eq!(result(&paid), "paid", "{}", paid.body);

    let page = browser.get(&country.at("/pay")).await.unwrap();
    let page = review(&mut browser, &page, ODD, GOOD_ACCOUNT).await;
    let used = confirm_by(&mut browser, &page, &right).await;
    assert!(used.body.contains("Этот код уже использован. Деньги не списаны."), "{}", used.body);
    let paid = confirm_by(&mut browser, &page, &next).await;
    assert_eq!(result(&paid), "paid", "{}", paid.body);
    assert_eq!(balance(&country, GOOD_ACCOUNT).await, 25_000_000 - 2 * 174_500);
}

/// Tries are counted by the bank's books: logging in again, or the bank's restart, gives no new ones.
///
/// Defends: A11
#[tokio::test(flavor = "multi_thread")]
async fn after_five_wrong_codes_the_right_one_is_not_taken_either() {
    let mut country = Country::with_bank().await;
    let (mut browser, page) = log_in(&country).await;
    let page = review(&mut browser, &page, ODD, GOOD_ACCOUNT).await;
    for _ in 0..5 {
        confirm_by(&mut browser, &page, "not it").await;
    }
    country.stop("bank").await;
    country.start("bank").await;
    let (mut browser, page) = log_in(&country).await;
    let page = review(&mut browser, &page, ODD, GOOD_ACCOUNT).await;
    let refused = confirm(&mut browser, &page).await;
    assert!(refused.body.contains("Слишком много неверных кодов. Деньги не списаны."), "{}", refused.body);
    assert_eq!(balance(&country, GOOD_ACCOUNT).await, 25_000_000);
}

/// Meets: C2.3, C2.9
#[tokio::test(flavor = "multi_thread")]
async fn an_organisation_logs_in_by_its_representative_and_pays_from_its_own_account() {
    let country = Country::with_bank().await;
    let (mut browser, page) = log_in_as(&country, "tulpar").await;
    assert!(page.body.contains("ТОО «Тулпар», Нұрланов Ерлан"), "who acts: {}", page.body);
    let csrf = hidden(&page, "csrf");
    let mut order = vec![("csrf", csrf.as_str()), ("service", ODD), ("recipient", "self")];
    order.push(("means", COMPANY_ACCOUNT));
    let page = browser.post_form("/pay", &order).await.unwrap();
    let refused = confirm_by(&mut browser, &page, &one_time_code(AIGUL_SECRET, 0)).await;
    assert_eq!(refused.status, 422, "another client's authenticator");
    let page = confirm_by(&mut browser, &page, &one_time_code(COMPANY_SECRET, 0)).await;
    assert_eq!(result(&page), "paid", "{}", page.body);
    let notice = country.eventually("the notice", |memory| memory.notices.first().cloned()).await;
    assert_eq!(notice.requisites.payer.number.to_string(), "500340000103");
    assert_eq!(notice.requisites.recipient, notice.requisites.payer);
    let (kod, person) = (notice.requisites.kod, bank::core::kod_of(AIGUL.parse().unwrap()));
    assert_ne!(kod, person, "an organisation has a code of its own");
    assert_eq!(balance(&country, COMPANY_ACCOUNT).await, 40_000_000 - 174_500);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_code_nothing_is_taken_and_the_client_is_told_so() {
    let country = Country::with_bank().await;
    let (mut browser, page) = log_in(&country).await;
    let page = review(&mut browser, &page, ODD, GOOD_ACCOUNT).await;
    country.remembered().gives_no_codes = true;
    let page = confirm(&mut browser, &page).await;
    assert_eq!(result(&page), "refused");
    assert!(page.body.contains("Деньги не списаны"), "{}", page.body);
    assert_eq!(balance(&country, GOOD_ACCOUNT).await, 25_000_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_shown_only_to_their_client_and_forms_only_taken_from_their_session() {
    let country = Country::with_bank().await;
    let mut stranger = country.browser();
    let page = stranger.get(&country.at("/pay")).await.unwrap();
    assert!(page.body.contains("id=\"login-form\""));
    let csrf = hidden(&page, "csrf");
    let wrong = [("csrf", csrf.as_str()), ("login", "aigul"), ("password", "wrong")];
    let page = stranger.get("/nowhere?lang=en").await.unwrap();
    assert_eq!(page.status.as_u16(), 404);
    assert!(page.body.contains("There is no such page"), "{}", page.body);
    let page = stranger.post_form("/login", &wrong).await.unwrap();
    assert_eq!(page.status, 422, "{}", page.body);
    let (mut browser, page) = log_in(&country).await;
    let forged = [("csrf", "00"), ("service", ODD), ("recipient", "self"), ("means", GOOD_ACCOUNT)];
    let answer = browser.post_form("/pay", &forged).await.unwrap();
    assert!(answer.body.contains("id=\"order\"") && !answer.body.contains("id=\"confirm\""));
    let csrf = hidden(&page, "csrf");
    browser.post_form("/logout", &[("csrf", &csrf)]).await.unwrap();
    let page = browser.get(&country.at("/payments")).await.unwrap();
    assert!(page.body.contains("id=\"login-form\""));
}

/// The right password is not called wrong, and the answer tells nothing of whether the login exists.
///
/// Defends: A11
#[tokio::test(flavor = "multi_thread")]
async fn after_too_many_passwords_the_client_is_told_so_and_until_when_whether_or_not_there_is_such_a_client()
{
    let country = Country::with_bank().await;
    let mut browser = country.browser();
    for (login, last) in [("aigul", "demo"), ("nobody-has-this", "demo")] {
        let page = browser.get(&country.at("/")).await.unwrap();
        let csrf = hidden(&page, "csrf");
        for _ in 0..20 {
            let wrong = [("csrf", csrf.as_str()), ("login", login), ("password", "wrong")];
            let page = browser.post_form("/login", &wrong).await.unwrap();
            assert!(page.body.contains("Логин или пароль неверны"), "{}", page.body);
        }
        let fields = [("csrf", csrf.as_str()), ("login", login), ("password", last)];
        let page = browser.post_form("/login", &fields).await.unwrap();
        assert_eq!(page.status, 422, "{}", page.body);
        assert!(page.body.contains("Слишком много попыток. Войти можно после "), "{}", page.body);
        assert!(!page.body.contains("неверны"), "{}", page.body);
    }
}

// ---- what outlives the process ----

/// Defends: A10
#[tokio::test(flavor = "multi_thread")]
async fn a_notice_that_was_not_taken_is_repeated_under_the_same_number_also_after_a_restart() {
    let mut country = Country::with_bank().await;
    country.remembered().takes_no_notices = true;
    let (mut browser, page) = log_in(&country).await;
    let page = review(&mut browser, &page, ODD, GOOD_ACCOUNT).await;
    let page = confirm(&mut browser, &page).await;
    assert_eq!(result(&page), "paid", "the code is the client's whatever became of the notice");
    let shown = code(&page).unwrap();
    country.kill("bank").await;
    assert!(country.remembered().notices.is_empty());
    country.remembered().takes_no_notices = false;
    country.start("bank").await;
    let notice = country.eventually("the notice", |memory| memory.notices.first().cloned()).await;
    assert_eq!(notice.payment_code, shown);
    let report = bank::payments_report(&country.database(), shown).unwrap();
    assert_eq!(report.payments.len(), 1);
    assert!(!report.to_string().contains("8506"), "people are masked: {report}");
}

/// A process that died between code and debit leaves an operation that is ended at the next start: nothing
/// was taken, and the code is cancelled.
///
/// Meets: T3.13-14
#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_died_between_code_and_debit_cancels_the_code_at_its_next_start() {
    let mut country = Country::with_bank().await;
    country.stop("bank").await;
    let code: PaymentCode = "7291417776317054".parse().unwrap();
    let service = services().remove(0);
    let left = Operation {
        origin: Origin::InternetBank,
        attempt: attempt("left-open"),
        content: Content::of(&[&"left"]),
        channel: Channel::InternetBank,
        service: service.code,
        amount: service.price,
        commission: Tiyn::tenge(20),
        payer: aigul(),
        recipient: aigul(),
        source: Ledger::Client(GOOD_ACCOUNT.parse().unwrap()),
        source_shown: "KZ77".into(),
        inserted: None,
        opened_at: Moment::from_system_clock(),
        code: Some(code),
        order: Some(Order { provider: service.provider, beneficiary: service.beneficiary }),
        stage: Stage::Opened,
    };
    let database = tables::open(&country.database()).unwrap();
    database.write(move |tx| tables::insert(tx, &left)).await.unwrap();
    drop(database);
    country.start("bank").await;
    let cancelled =
        country.eventually("the cancellation", |memory| memory.cancellations.first().cloned()).await;
    assert_eq!(cancelled.payment_code, code);
    assert_eq!(balance(&country, GOOD_ACCOUNT).await, 25_000_000);
}

// ---- debits for the gateway (table 2) ----

fn debit(country: &Country, id: &str, account: &str, amount: Tiyn) -> DebitAccount {
    let service = services().remove(0);
    DebitAccount {
        header: country.header(),
        attempt: attempt(id),
        account: account.parse().unwrap(),
        payer: aigul(),
        recipient: aigul(),
        service: service.code,
        provider: service.provider,
        amount,
        beneficiary: service.beneficiary,
    }
}

fn inquiry(country: &Country, id: &str) -> InquireAttempt {
    InquireAttempt { header: country.header(), attempt: attempt(id) }
}

/// Meets: T2.12-13, T2.14, T2.15-16
#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_debited_exactly_or_refused_with_a_code_and_a_description() {
    let country = Country::with_bank().await;
    let amount = Tiyn::tenge(1725);
    let paid = country.ask(&debit(&country, "A-1", GOOD_ACCOUNT, amount)).await.unwrap();
    assert_eq!(paid.outcome, DebitOutcome::Debited);
    assert!(paid.bank_reference.unwrap().as_str().starts_with("ALTB-") && paid.paid_at.is_some());
    assert_eq!(balance(&country, GOOD_ACCOUNT).await, 25_000_000 - 172_500);
    for (account, expected) in
        [(POOR_ACCOUNT, "B-104"), ("KZ230000000000000003", "B-102"), ("KZ390000000000000006", "B-101")]
    {
        let refused = country.ask(&debit(&country, &format!("A-{expected}"), account, amount)).await.unwrap();
        assert_eq!(refused.outcome, DebitOutcome::Refused);
        assert_eq!(refused.error_code.unwrap().as_str(), expected);
        assert!(refused.error_text.unwrap().ru.contains("Деньги не списаны"));
    }
    let mut stranger = debit(&country, "A-2", GOOD_ACCOUNT, amount);
    stranger.payer.number = IVAN.parse().unwrap();
    assert_eq!(country.ask(&stranger).await.unwrap().error_code.unwrap().as_str(), "B-103");
    books_agree(&country).await;
}

/// Defends: A9
#[tokio::test(flavor = "multi_thread")]
async fn the_same_attempt_never_charges_twice_however_often_and_however_at_once_it_comes() {
    let country = Country::with_bank().await;
    let orders: Vec<_> = (0..8).map(|_| debit(&country, "A-1", GOOD_ACCOUNT, Tiyn::tenge(1725))).collect();
    let (first, rest) = orders.split_first().unwrap();
    let answers = tokio::join!(
        country.ask(first),
        country.ask(&rest[0]),
        country.ask(&rest[1]),
        country.ask(&rest[2]),
        country.ask(&rest[3]),
        country.ask(&rest[4]),
        country.ask(&rest[5]),
        country.ask(&rest[6])
    );
    let references = [answers.0, answers.1, answers.2, answers.3, answers.4, answers.5, answers.6, answers.7]
        .map(|answer| answer.unwrap().bank_reference.unwrap());
    assert!(references.iter().all(|reference| *reference == references[0]));
    assert_eq!(balance(&country, GOOD_ACCOUNT).await, 25_000_000 - 172_500);
    let other = debit(&country, "A-1", GOOD_ACCOUNT, Tiyn::tenge(863));
    assert_eq!(country.ask(&other).await.unwrap().error_code.unwrap().as_str(), "B-106");
}

/// Defends: A9
#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_that_was_asked_about_before_it_came_is_never_carried_out() {
    let country = Country::with_bank().await;
    let unknown = country.ask(&inquiry(&country, "A-1")).await.unwrap();
    assert_eq!(unknown.state, DebitState::Unknown);
    let late = country.ask(&debit(&country, "A-1", GOOD_ACCOUNT, Tiyn::tenge(1725))).await.unwrap();
    assert_eq!(late.error_code.unwrap().as_str(), "B-105");
    assert_eq!(country.ask(&inquiry(&country, "A-1")).await.unwrap().state, DebitState::Unknown);
    assert_eq!(balance(&country, GOOD_ACCOUNT).await, 25_000_000);
}

/// A silent account has taken an even number of tenge, and not an odd one; the inquiry says which.
///
/// Defends: A9
#[tokio::test(flavor = "multi_thread")]
async fn a_silent_bank_is_asked_what_became_of_the_attempt() {
    let country = Country::with_bank().await;
    for (id, amount, expected) in [
        ("A-even", Tiyn::tenge(2180), DebitState::Debited),
        ("A-odd", Tiyn::tenge(1725), DebitState::Unknown),
    ] {
        let silence = country.ask(&debit(&country, id, SILENT_ACCOUNT, amount)).await;
        assert!(matches!(silence, Err(CallFailure::Refused(_))), "no answer of the bank's books");
        assert_eq!(country.ask(&inquiry(&country, id)).await.unwrap().state, expected);
    }
    let slow = country.ask(&debit(&country, "A-slow", SLOW_ACCOUNT, Tiyn::tenge(1725))).await.unwrap();
    assert_eq!(slow.outcome, DebitOutcome::Debited);
}

/// Meets: C24
/// Defends: A9, A32
#[tokio::test(flavor = "multi_thread")]
async fn refunds_are_made_once() {
    let country = Country::with_bank().await;
    let amount = Tiyn::tenge(1725);
    let paid = country.ask(&debit(&country, "A-1", GOOD_ACCOUNT, amount)).await.unwrap();
    let reference = paid.bank_reference.unwrap();
    let refund = |amount| RefundPayment {
        header: country.header(),
        payment_code: "7291417776317054".parse().unwrap(),
        bank_reference: reference.clone(),
        amount,
        reason: "two officers agreed".parse().unwrap(),
    };
    assert_eq!(country.ask(&refund(Tiyn::tenge(1))).await.unwrap().outcome, RefundOutcome::Refused);
    let first = country.ask(&refund(amount)).await.unwrap();
    let again = country.ask(&refund(amount)).await.unwrap();
    assert_eq!(first.outcome, RefundOutcome::Refunded);
    assert_eq!((&first.bank_reference, first.refunded_at), (&again.bank_reference, again.refunded_at));
    assert_eq!(balance(&country, GOOD_ACCOUNT).await, 25_000_000);

    // An order that waited in the outbox for a week is a fact as any other; the same message is answered as before.
    let mut late = refund(amount);
    late.header.sent_at = Moment::from_system_clock().plus_seconds(-7 * 24 * 3600);
    let answers = [country.ask(&late).await.unwrap(), country.ask(&late).await.unwrap()];
    assert!(answers.iter().all(|answer| answer.bank_reference == first.bank_reference), "{answers:?}");
    assert_eq!(balance(&country, GOOD_ACCOUNT).await, 25_000_000);
    books_agree(&country).await;
}

// ---- cards (tables 1 and 4) ----

fn card_order(id: &str, code: PaymentCode) -> CardOrder {
    let service = services().remove(0);
    CardOrder {
        payment_code: code,
        service: service.code,
        provider: service.provider,
        recipient: aigul(),
        payer: aigul(),
        beneficiary: service.beneficiary,
        attempt: attempt(id),
    }
}

fn authorisation(id: &str, pan: &str, amount: Tiyn) -> AuthorisationRequest {
    let code = PaymentCode::generate(&mut participant::SystemEntropy);
    AuthorisationRequest {
        pan: pan.parse().ok().unwrap(),
        expiry: Expiry::new(30, 12).unwrap(),
        amount,
        trace: Trace {
            stan: Stan::from_counter(1),
            at: Moment::from_system_clock(),
            acquirer: "50014000012".parse().unwrap(),
            retrieval: "000000000001".parse().unwrap(),
        },
        terminal: "CARDPAGE".parse().unwrap(),
        merchant: "TOLEM".parse().unwrap(),
        presented: Presented::OnPage { cvc2: "123".parse().ok().unwrap(), order: card_order(id, code) },
    }
}

fn code_of(request: &AuthorisationRequest) -> PaymentCode {
    match &request.presented {
        Presented::OnPage { order, .. } => order.payment_code,
        Presented::AtAtm { .. } => panic!("an ATM has no code to ask with"),
    }
}

async fn authorise(country: &Country, request: AuthorisationRequest) -> Option<AuthorisationResponse> {
    match country.card(CardRequest::Authorisation(request)).await? {
        CardResponse::Authorisation(answer) => Some(answer),
        other => panic!("{other:?}"),
    }
}

/// Meets: T1.18-21
#[tokio::test(flavor = "multi_thread")]
async fn each_test_card_is_answered_as_it_should_be_over_the_line() {
    let country = Country::with_bank().await;
    for (pan, expected) in [
        ("4242424242424242", "00"),
        ("4000000000000002", "05"),
        ("4000000000009995", "51"),
        ("4000000000000069", "54"),
        ("4000000000000127", "82"),
        ("4111111111111111", "14"),
    ] {
        let answer =
            authorise(&country, authorisation(&format!("A-{pan}"), pan, Tiyn::tenge(1725))).await.unwrap();
        assert_eq!(answer.code.as_str(), expected, "{pan}");
        assert_eq!(answer.bank_reference.is_some(), expected == "00");
    }
    assert_eq!(balance(&country, GOOD_ACCOUNT).await, 25_000_000 - 172_500);
    let echo = CardRequest::Echo(EchoRequest::new(Stan::from_counter(7), Moment::from_system_clock()));
    assert!(matches!(country.card(echo).await, Some(CardResponse::Echo(_))));
}

/// Meets: T1.22
/// Defends: A9
#[tokio::test(flavor = "multi_thread")]
async fn an_approved_card_is_charged_once_and_the_banks_signed_notice_follows() {
    let country = Country::with_bank().await;
    let request = authorisation("A-1", "4242424242424242", Tiyn::tenge(1725));
    let first = authorise(&country, request.clone()).await.unwrap();
    let again = authorise(&country, request.clone()).await.unwrap();
    assert_eq!(first.bank_reference, again.bank_reference);
    assert_eq!(balance(&country, GOOD_ACCOUNT).await, 25_000_000 - 172_500);
    let notice = country.eventually("the notice", |memory| memory.notices.first().cloned()).await;
    assert_eq!(notice.payment_code, code_of(&request));
    assert_eq!(notice.requisites.channel, Channel::Card);
    assert_eq!(notice.requisites.bank_reference, first.bank_reference.unwrap());
    let known = country.ask(&inquiry(&country, "A-1")).await.unwrap();
    assert_eq!(known.state, DebitState::Debited);

    // Two officers of the gateway have it given back: to the account of the card, by the order that names the operation.
    let order = RefundPayment {
        header: country.header(),
        payment_code: notice.payment_code,
        bank_reference: notice.requisites.bank_reference.clone(),
        amount: notice.requisites.amount,
        reason: "two officers agreed".parse().unwrap(),
    };
    let other = RefundPayment {
        header: country.header(),
        payment_code: PaymentCode::generate(&mut participant::SystemEntropy),
        ..order.clone()
    };
    assert_eq!(country.ask(&other).await.unwrap().outcome, RefundOutcome::Refused, "another code's money");
    for _ in 0..2 {
        assert_eq!(country.ask(&order).await.unwrap().outcome, RefundOutcome::Refunded);
        assert_eq!(balance(&country, GOOD_ACCOUNT).await, 25_000_000);
    }
    // What was given back cannot be reversed on top of that.
    let reversal = CardRequest::Reversal(ReversalRequest {
        trace: request.trace.clone(),
        original: request.trace.original_key(),
        amount: request.amount,
        attempt: request.attempt().clone(),
        repeated: false,
    });
    country.card(reversal).await;
    assert_eq!(balance(&country, GOOD_ACCOUNT).await, 25_000_000);
    books_agree(&country).await;
}

/// Defends: A9
#[tokio::test(flavor = "multi_thread")]
async fn a_reversal_gives_back_once_and_forbids_an_authorisation_that_comes_after_it() {
    let country = Country::with_bank().await;
    let request = authorisation("A-1", "4242424242424242", Tiyn::tenge(1725));
    authorise(&country, request.clone()).await.unwrap();
    let reversal = |request: &AuthorisationRequest, repeated| {
        CardRequest::Reversal(ReversalRequest {
            trace: request.trace.clone(),
            original: request.trace.original_key(),
            amount: request.amount,
            attempt: request.attempt().clone(),
            repeated,
        })
    };
    for repeated in [false, true] {
        let Some(CardResponse::Reversal(answer)) = country.card(reversal(&request, repeated)).await else {
            panic!("no answer")
        };
        assert!(answer.code.is_approved());
    }
    assert_eq!(balance(&country, GOOD_ACCOUNT).await, 25_000_000);
    let told = country.eventually("the reversal", |memory| memory.reversals.first().cloned()).await;
    assert_eq!(told.payment_code, code_of(&request));
    assert_eq!(country.remembered().reversals.len(), 1);
    books_agree(&country).await;

    let late = authorisation("A-2", "4242424242424242", Tiyn::tenge(1725));
    country.card(reversal(&late, false)).await.unwrap();
    assert_eq!(authorise(&country, late).await.unwrap().code, ResponseCode::DUPLICATE);
    assert_eq!(balance(&country, GOOD_ACCOUNT).await, 25_000_000);
}

/// Defends: A9
#[tokio::test(flavor = "multi_thread")]
async fn a_silent_card_is_asked_about_and_a_stranger_is_not_heard() {
    let country = Country::with_bank().await;
    for (id, amount, expected) in
        [("A-even", "2180.50", DebitState::Debited), ("A-odd", "1725", DebitState::Unknown)]
    {
        let request = authorisation(id, "4000000000000119", amount.parse().unwrap());
        assert!(authorise(&country, request).await.is_none());
        assert_eq!(country.ask(&inquiry(&country, id)).await.unwrap().state, expected);
    }
    let request = authorisation("A-3", "4242424242424242", Tiyn::tenge(1725));
    assert!(country.stranger_on_the_line(CardRequest::Authorisation(request)).await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pin_on_the_gateways_page_proves_nothing_and_leaves_no_attempt() {
    let country = Country::with_bank().await;
    let mut request = authorisation("A-1", "4242424242424242", Tiyn::tenge(1725));
    let (pin, key) = ("1234".parse().ok().unwrap(), ZoneKey::new([7; 16]));
    let block = PinBlock::seal(&pin, &request.pan, &key, &mut participant::SystemEntropy).unwrap();
    let order = AtmOrder {
        service: ODD.parse().unwrap(),
        recipient: None,
        commission: Tiyn::tenge(20),
        attempt: attempt("A-1"),
    };
    request.presented = Presented::AtAtm { pin: block, order };
    assert_eq!(authorise(&country, request).await.unwrap().code, ResponseCode::DO_NOT_HONOUR);
    assert_eq!(country.ask(&inquiry(&country, "A-1")).await.unwrap().state, DebitState::Unknown);
    assert_eq!(balance(&country, GOOD_ACCOUNT).await, 25_000_000);
}

/// No card number, CVC2 or PIN is in any file of the bank, its ATM or its kiosk, the settings excepted.
///
/// Meets: C13.2
/// Defends: A17
#[tokio::test(flavor = "multi_thread")]
async fn no_file_of_the_bank_holds_a_card_number() {
    let mut country = Country::with_bank().await;
    country.start("atm").await;
    let mut at_atm = AtAtm::before(&country).await;
    at_atm.pay("4242424242424242", "1234", ODD, "own").await;
    authorise(&country, authorisation("A-1", "4242424242424242", Tiyn::tenge(1725))).await.unwrap();
    country.stop("bank").await;
    for entry in std::fs::read_dir(country.folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|end| end == "toml") {
            continue;
        }
        // The write-ahead log goes away with the bank that is stopping; what is gone holds nothing.
        let Ok(octets) = std::fs::read(&path) else { continue };
        for form in
            ["4242424242424242".to_owned(), "4242 4242 4242 4242".to_owned(), hex_of("4242424242424242")]
        {
            let found = octets.windows(form.len()).any(|window| window == form.as_bytes());
            assert!(!found, "{} holds a card number", path.display());
        }
    }
}

fn hex_of(text: &str) -> String {
    text.bytes().map(|octet| format!("{octet:02x}")).collect()
}

// ---- the ATM (table 4) ----

struct AtAtm {
    browser: Browser,
    page: Page,
}

impl AtAtm {
    async fn before(country: &Country) -> Self {
        let mut browser = country.browser();
        let page = browser.get(&country.atm("/")).await.unwrap();
        Self { browser, page }
    }

    async fn touch(&mut self, path: &str, fields: &[(&str, &str)]) {
        let step = hidden(&self.page, "step");
        let mut all = vec![("step", step.as_str())];
        all.extend(fields);
        self.page = self.browser.post_form(path, &all).await.unwrap();
    }

    async fn pay(&mut self, pan: &str, pin: &str, service: &str, recipient: &str) {
        self.go_to_confirming(pan, pin, service, recipient).await;
        self.touch("/confirm", &[]).await;
    }

    async fn go_to_confirming(&mut self, pan: &str, pin: &str, service: &str, recipient: &str) {
        self.touch("/language", &[("language", "ru")]).await;
        self.touch("/card", &[("card-number", pan), ("pin", pin)]).await;
        self.touch("/menu", &[]).await;
        self.touch("/service", &[("service", service)]).await;
        match recipient {
            "own" => self.touch("/recipient", &[("recipient", "own")]).await,
            iin => self.touch("/recipient", &[("recipient", "other"), ("iin", iin)]).await,
        }
    }
}

/// Meets: T4.1, T4.2, T4.3, T4.4, T4.5, T4.6-10, T4.11, T4.12, T4.17-18, C7.4
#[tokio::test(flavor = "multi_thread")]
async fn a_client_pays_at_the_atm_and_the_slip_carries_authorisation_and_code() {
    let mut country = Country::with_bank().await;
    country.start("atm").await;
    let mut atm = AtAtm::before(&country).await;
    atm.touch("/language", &[("language", "ru")]).await;
    atm.touch("/card", &[("card-number", "4242 4242 4242 4242"), ("pin", "1234")]).await;
    assert!(atm.page.body.contains("Оплата государственных электронных услуг"), "{}", atm.page.body);
    atm.touch("/menu", &[]).await;
    assert!(atm.page.body.contains("1\u{a0}725,00"), "each service has its price: {}", atm.page.body);
    atm.touch("/service", &[("service", ODD)]).await;
    assert!(atm.page.body.contains("85******0017"), "own number, masked: {}", atm.page.body);
    atm.touch("/recipient", &[("recipient", "own")]).await;
    assert!(atm.page.body.contains("20,00"), "the fee is shown: {}", atm.page.body);
    let confirming = atm.page.clone();
    atm.touch("/confirm", &[]).await;
    assert_eq!(result(&atm.page), "paid", "{}", atm.page.body);
    let shown = code(&atm.page).unwrap();
    let slip = atm.page.body.split("<pre id=\"slip\">").nth(1).unwrap().split("</pre>").next().unwrap();
    assert!(slip.contains(&shown.to_string()) && slip.contains("00 ALTB-"), "{slip}");
    let notice = country.eventually("the notice", |memory| memory.notices.first().cloned()).await;
    assert_eq!((notice.payment_code, notice.requisites.channel), (shown, Channel::Atm));
    assert_eq!(notice.requisites.recipient, aigul(), "the name comes from core banking");
    assert_eq!(balance(&country, GOOD_ACCOUNT).await, 25_000_000 - 174_500);

    // A second touch of the same button belongs to a screen that is gone.
    atm.page = confirming;
    atm.touch("/confirm", &[]).await;
    assert_eq!(code(&atm.page), Some(shown));
    assert_eq!(country.remembered().codes.len(), 1);
}

/// Meets: T4.1, T4.3
#[tokio::test(flavor = "multi_thread")]
async fn the_atm_checks_the_pin_first_and_the_recipient_it_is_given() {
    let mut country = Country::with_bank().await;
    country.start("atm").await;
    let mut atm = AtAtm::before(&country).await;
    atm.touch("/language", &[("language", "ru")]).await;
    atm.touch("/card", &[("card-number", "4242424242424242"), ("pin", "9999")]).await;
    assert!(atm.page.body.contains("Осталось попыток: 2"), "{}", atm.page.body);
    atm.touch("/card", &[("card-number", "4242424242424242"), ("pin", "1234")]).await;
    atm.touch("/menu", &[]).await;
    atm.touch("/service", &[("service", ODD)]).await;
    atm.touch("/recipient", &[("recipient", "other"), ("iin", "79030410002")]).await;
    assert!(atm.page.body.contains("Вы ввели 11"), "{}", atm.page.body);
    atm.touch("/recipient", &[("recipient", "other"), ("iin", NOBODY)]).await;
    assert!(atm.page.body.contains("не найден"), "{}", atm.page.body);
    atm.touch("/recipient", &[("recipient", "other"), ("iin", IVAN)]).await;
    atm.touch("/confirm", &[]).await;
    assert_eq!(result(&atm.page), "paid", "{}", atm.page.body);
    let notice = country.eventually("the notice", |memory| memory.notices.first().cloned()).await;
    assert_eq!(notice.requisites.recipient.name.as_str(), "Петров Иван");
    assert_eq!(notice.requisites.payer, aigul());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_at_the_atm_shows_no_code_and_the_code_is_cancelled() {
    let mut country = Country::with_bank().await;
    country.start("atm").await;
    let mut atm = AtAtm::before(&country).await;
    atm.pay("4000000000009995", "1234", ODD, "own").await;
    assert_eq!((result(&atm.page).as_str(), code(&atm.page)), ("refused", None), "{}", atm.page.body);
    let issued = country.remembered().codes[0].0;
    let cancelled =
        country.eventually("the cancellation", |memory| memory.cancellations.first().cloned()).await;
    assert_eq!(cancelled.payment_code, issued);
    atm.touch("/end", &[]).await;
    atm.pay("4000000000000002", "1234", ODD, "own").await;
    assert_eq!(result(&atm.page), "refused", "{}", atm.page.body);
    assert_eq!(country.remembered().codes.len(), 1, "a card that is refused needs no code");
    atm.touch("/end", &[]).await;
    country.remembered().gives_no_codes = true;
    atm.pay("4242424242424242", "1234", ODD, "own").await;
    assert_eq!((result(&atm.page).as_str(), code(&atm.page)), ("refused", None), "{}", atm.page.body);
    assert_eq!(balance(&country, GOOD_ACCOUNT).await, 25_000_000);
}

/// A 0100 without an answer is taken back by a 0400, whether the bank had taken the money (an even price) or not.
///
/// Defends: A9
#[tokio::test(flavor = "multi_thread")]
async fn what_the_bank_does_not_answer_the_atm_takes_back() {
    let mut country = Country::with_bank().await;
    country.start("atm").await;
    let mut atm = AtAtm::before(&country).await;
    atm.pay("4000000000000119", "1234", ODD, "own").await;
    assert_eq!((result(&atm.page).as_str(), code(&atm.page)), ("refused", None), "{}", atm.page.body);
    assert!(atm.page.body.contains("платёж отменён"), "{}", atm.page.body);
    assert!(country.remembered().codes.is_empty());
    atm.touch("/end", &[]).await;
    atm.pay("4000000000000119", "1234", EVEN, "own").await;
    assert_eq!((result(&atm.page).as_str(), code(&atm.page)), ("refused", None), "{}", atm.page.body);
    let issued = country.remembered().codes[0].0;
    let reversed = country.eventually("the reversal", |memory| memory.reversals.first().cloned()).await;
    assert_eq!(reversed.payment_code, issued);
    assert_eq!(balance(&country, GOOD_ACCOUNT).await, 25_000_000);
    books_agree(&country).await;
}

/// The gateway answers after the machine has given up: the code goes back at once, and nothing is taken.
///
/// Defends: A9
#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_comes_after_the_reversal_is_cancelled_and_takes_nothing() {
    let mut country = Country::with_bank().await;
    country.start("atm").await;
    country.remembered().thinks_for = Duration::from_secs(4);
    let mut atm = AtAtm::before(&country).await;
    atm.pay("4242424242424242", "1234", ODD, "own").await;
    assert_eq!((result(&atm.page).as_str(), code(&atm.page)), ("refused", None), "{}", atm.page.body);
    assert!(atm.page.body.contains("платёж отменён"), "{}", atm.page.body);
    let cancelled =
        country.eventually("the cancellation", |memory| memory.cancellations.first().cloned()).await;
    assert_eq!(country.remembered().codes.len(), 1, "the repeated 0100 asks for no other code");
    assert_eq!(cancelled.payment_code, country.remembered().codes[0].0);
    assert!(country.remembered().notices.is_empty());
    assert_eq!(balance(&country, GOOD_ACCOUNT).await, 25_000_000);
}

/// The power of either side is cut after the money was taken and before the machine knows: it says that the result is
/// not known, shows no code, and goes on taking back until the bank has.
///
/// Defends: A9
#[tokio::test(flavor = "multi_thread")]
async fn a_reversal_outlives_the_bank_and_the_machine() {
    for cut in ["bank", "atm"] {
        let mut country = Country::with_bank().await;
        country.start("atm").await;
        let mut atm = AtAtm::before(&country).await;
        atm.go_to_confirming("4000000000000119", "1234", EVEN, "own").await;
        let confirming = tokio::spawn(async move {
            let step = hidden(&atm.page, "step");
            let answer = atm.browser.post_form("/confirm", &[("step", step.as_str())]).await;
            (atm, answer)
        });
        country.eventually("the notice", |memory| memory.notices.first().cloned()).await;
        country.kill(cut).await;
        if cut == "bank" {
            let (_, page) = confirming.await.unwrap();
            let page = page.unwrap();
            assert_eq!((result(&page).as_str(), code(&page)), ("unknown", None), "{}", page.body);
            assert!(page.body.contains("УТОЧНЯЕТСЯ"), "{}", page.body);
        } else {
            confirming.abort();
        }
        assert!(country.remembered().reversals.is_empty());
        country.start(cut).await;
        let reversed = country.eventually("the reversal", |memory| memory.reversals.first().cloned()).await;
        assert_eq!(reversed.payment_code, country.remembered().codes[0].0);
        assert_eq!(balance(&country, GOOD_ACCOUNT).await, 25_000_000, "{cut}");
        books_agree(&country).await;
    }
}

/// The machine's power is cut between the bank's yes and the moment the client has the slip. Nobody else is shown any
/// of it; the same card with its PIN is, before anything else, until the slip is handed out.
///
/// Meets: T4.12, T4.17-18
/// Defends: A9
#[tokio::test(flavor = "multi_thread")]
async fn what_an_atm_that_was_cut_off_did_not_hand_out_is_shown_to_the_same_card_first() {
    let mut country = Country::with_bank().await;
    country.start("atm").await;
    let mut atm = AtAtm::before(&country).await;
    atm.pay("4242424242424242", "1234", ODD, "own").await;
    assert_eq!(result(&atm.page), "paid", "{}", atm.page.body);
    let shown = code(&atm.page).unwrap();
    country.kill("atm").await;
    country.start("atm").await;

    let mut atm = AtAtm::before(&country).await;
    let is_silent = |page: &Page| code(page).is_none() && !page.body.contains(&shown.to_string());
    assert!(atm.page.body.contains("id=\"language-form\"") && is_silent(&atm.page), "{}", atm.page.body);
    atm.touch("/language", &[("language", "ru")]).await;
    atm.touch("/card", &[("card-number", "4242424242424242"), ("pin", "9999")]).await;
    assert!(atm.page.body.contains("id=\"card-form\"") && is_silent(&atm.page), "{}", atm.page.body);
    atm.touch("/card", &[("card-number", "4000000000009995"), ("pin", "1234")]).await;
    assert!(atm.page.body.contains("id=\"menu-form\"") && is_silent(&atm.page), "{}", atm.page.body);
    atm.touch("/end", &[]).await;

    for _ in ["once", "and again after another cut"] {
        atm.touch("/language", &[("language", "ru")]).await;
        atm.touch("/card", &[("card-number", "4242424242424242"), ("pin", "1234")]).await;
        assert_eq!((result(&atm.page).as_str(), code(&atm.page)), ("paid", Some(shown)), "{}", atm.page.body);
        let slip = atm.page.body.split("<pre id=\"slip\">").nth(1).unwrap().split("</pre>").next().unwrap();
        assert!(slip.contains(&shown.to_string()) && slip.contains("00 ALTB-"), "{slip}");
        assert!(slip.contains("85******0017") && slip.contains("1 725,00"), "{slip}");
        assert!(atm.page.body.contains("Не платите повторно"), "{}", atm.page.body);
        country.kill("atm").await;
        country.start("atm").await;
        atm = AtAtm::before(&country).await;
    }
    atm.touch("/language", &[("language", "ru")]).await;
    atm.touch("/card", &[("card-number", "4242424242424242"), ("pin", "1234")]).await;
    atm.touch("/end", &[]).await;
    assert!(atm.page.body.contains("id=\"language-form\""), "the card came out: {}", atm.page.body);
    atm.touch("/language", &[("language", "ru")]).await;
    atm.touch("/card", &[("card-number", "4242424242424242"), ("pin", "1234")]).await;
    assert!(atm.page.body.contains("id=\"menu-form\"") && is_silent(&atm.page), "{}", atm.page.body);
    assert_eq!(balance(&country, GOOD_ACCOUNT).await, 25_000_000 - 174_500);
    assert!(country.remembered().reversals.is_empty());
}

/// Whenever the machine's power is cut after the button was pressed, its client gets the code or the money.
///
/// Defends: A9
#[tokio::test(flavor = "multi_thread")]
async fn whenever_an_atm_is_cut_off_while_it_pays_the_client_has_the_code_or_the_money_and_never_neither() {
    for milliseconds in [0, 20, 40, 60, 80, 120, 200] {
        let mut country = Country::with_bank().await;
        country.start("atm").await;
        let mut atm = AtAtm::before(&country).await;
        atm.go_to_confirming("4242424242424242", "1234", ODD, "own").await;
        let confirming = tokio::spawn(async move {
            let step = hidden(&atm.page, "step");
            atm.browser.post_form("/confirm", &[("step", step.as_str())]).await.map(drop)
        });
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
        country.kill("atm").await;
        confirming.abort();
        country.start("atm").await;
        let mut atm = AtAtm::before(&country).await;
        atm.touch("/language", &[("language", "ru")]).await;
        atm.touch("/card", &[("card-number", "4242424242424242"), ("pin", "1234")]).await;
        let shown = code(&atm.page);
        let owed = if shown.is_some() { 25_000_000 - 174_500 } else { 25_000_000 };
        let deadline = tokio::time::Instant::now() + LONG;
        while balance(&country, GOOD_ACCOUNT).await != owed {
            assert!(tokio::time::Instant::now() < deadline, "{milliseconds} ms: {shown:?} {}", atm.page.body);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        books_agree(&country).await;
    }
}

/// Meets: T4.1
#[tokio::test(flavor = "multi_thread")]
async fn after_three_wrong_pins_the_card_is_blocked_and_kept() {
    let mut country = Country::with_bank().await;
    country.start("atm").await;
    let mut atm = AtAtm::before(&country).await;
    atm.touch("/language", &[("language", "ru")]).await;
    for left in ["2", "1"] {
        atm.touch("/card", &[("card-number", "4242424242424242"), ("pin", "9999")]).await;
        assert!(atm.page.body.contains(&format!("Осталось попыток: {left}")), "{}", atm.page.body);
    }
    atm.touch("/card", &[("card-number", "4242424242424242"), ("pin", "9999")]).await;
    assert_eq!(result(&atm.page), "card-kept", "{}", atm.page.body);
    for said in ["Карточка заблокирована", "удержал карточку", "Деньги не списаны"]
    {
        assert!(atm.page.body.contains(said), "{said}: {}", atm.page.body);
    }
    assert!(!atm.page.body.contains("id=\"card-form\""), "{}", atm.page.body);
    // The block is the bank's, not the machine's: the right PIN does not help, nor a restart.
    country.kill("atm").await;
    country.start("atm").await;
    let mut atm = AtAtm::before(&country).await;
    atm.touch("/language", &[("language", "ru")]).await;
    atm.touch("/card", &[("card-number", "4242424242424242"), ("pin", "1234")]).await;
    assert_eq!(result(&atm.page), "card-kept", "{}", atm.page.body);
}

/// Meets: T4.12, T4.17-18
#[tokio::test(flavor = "multi_thread")]
async fn without_paper_the_screen_says_so_before_and_shows_code_and_receipt_number_after() {
    let mut country = Country::with_bank().await;
    country.start("atm").await;
    let database = country.machine_database("atm");
    bank::set_paper(&database, bank::Paper::Out).unwrap();
    let mut atm = AtAtm::before(&country).await;
    atm.go_to_confirming("4242424242424242", "1234", ODD, "own").await;
    assert!(atm.page.body.contains("Чек не напечатается: нет бумаги."), "{}", atm.page.body);
    atm.touch("/confirm", &[]).await;
    assert_eq!(result(&atm.page), "paid", "{}", atm.page.body);
    let shown = code(&atm.page).unwrap();
    assert!(atm.page.body.contains(&shown.to_string()), "{}", atm.page.body);
    assert!(!atm.page.body.contains("id=\"slip\"") && !atm.page.body.contains("Код на чеке"));
    for said in ["чек не напечатан", "Номер чека (операции): ALTB-", "в личном кабинете на портале", "1414"]
    {
        assert!(atm.page.body.contains(said), "{said}: {}", atm.page.body);
    }
    // Paper that ends between the confirmation and the slip is noticed too.
    bank::set_paper(&database, bank::Paper::Loaded).unwrap();
    atm.touch("/end", &[]).await;
    atm.go_to_confirming("4242424242424242", "1234", ODD, "own").await;
    assert!(!atm.page.body.contains("нет бумаги"), "{}", atm.page.body);
    bank::set_paper(&database, bank::Paper::Out).unwrap();
    atm.touch("/confirm", &[]).await;
    assert!(code(&atm.page).is_some() && atm.page.body.contains("чек не напечатан"), "{}", atm.page.body);
    assert!(bank::set_paper(&country.database(), bank::Paper::Out).is_err(), "a bank has no printer");
}

// ---- the kiosk (table 5) ----

struct AtKiosk(AtAtm);

impl AtKiosk {
    async fn before(country: &Country) -> Self {
        let mut browser = country.browser();
        let page = browser.get(&country.kiosk("/")).await.unwrap();
        Self(AtAtm { browser, page })
    }

    async fn look(&mut self, country: &Country) {
        self.0.page = self.0.browser.get(&country.kiosk("/")).await.unwrap();
    }

    async fn touch(&mut self, path: &str, fields: &[(&str, &str)]) {
        self.0.touch(path, fields).await;
    }

    fn body(&self) -> &str {
        &self.0.page.body
    }

    async fn go_to_cash(&mut self) {
        self.touch("/language", &[("language", "ru")]).await;
        self.touch("/service", &[("service", ODD)]).await;
        self.touch("/recipient", &[("iin", IVAN)]).await;
    }
}

/// Meets: T5.1, T5.2, T5.3-9, T5.10-11, T5.12-17, T5.18, T5.19-20, C7.5
#[tokio::test(flavor = "multi_thread")]
async fn cash_at_the_kiosk_pays_and_the_slip_carries_code_excess_and_claim() {
    let mut country = Country::with_bank().await;
    country.start("kiosk").await;
    let mut kiosk = AtKiosk::before(&country).await;
    kiosk.touch("/language", &[("language", "ru")]).await;
    assert!(
        kiosk.body().contains("сдачу не выдаёт") && kiosk.body().contains("1\u{a0}725,00"),
        "{}",
        kiosk.body()
    );
    kiosk.touch("/service", &[("service", ODD)]).await;
    kiosk.touch("/recipient", &[("iin", NOBODY)]).await;
    assert!(kiosk.body().contains("не найден"), "asked for again: {}", kiosk.body());
    kiosk.touch("/recipient", &[("iin", IVAN)]).await;
    kiosk.touch("/note", &[("note", "1000")]).await;
    assert!(!kiosk.body().contains("id=\"pay-form\""), "1000 is not enough");
    let inserting = kiosk.0.page.clone();
    kiosk.touch("/note", &[("note", "1000")]).await;
    kiosk.0.page = inserting;
    kiosk.touch("/note", &[("note", "1000")]).await;
    assert!(kiosk.body().contains("2\u{a0}000,00"), "the same note is not counted twice: {}", kiosk.body());
    kiosk.touch("/pay", &[]).await;
    assert_eq!(result(&kiosk.0.page), "paid", "{}", kiosk.body());
    let shown = code(&kiosk.0.page).unwrap();
    assert!(kiosk.body().contains("255,00") && kiosk.body().contains("ALTB-C-000001"), "{}", kiosk.body());
    let notice = country.eventually("the notice", |memory| memory.notices.first().cloned()).await;
    assert_eq!((notice.payment_code, notice.requisites.channel), (shown, Channel::Kiosk));
    assert_eq!(notice.requisites.recipient.name.as_str(), "Петров Иван");
    assert_eq!(notice.requisites.payer, notice.requisites.recipient);
    assert_eq!(country.remembered().codes[0].1.payer, None, "nobody is known to pay yet");
    let database = tables::open(&country.database()).unwrap();
    let suspense = database.read(|conn| tables::balance(conn, &Ledger::CashSuspense)).await.unwrap();
    assert_eq!(suspense, 25_500);

    // Given back by two officers, the price waits under a claim of its own, whose number the bank tells.
    for _ in 0..2 {
        let order = RefundPayment {
            header: country.header(),
            payment_code: shown,
            bank_reference: notice.requisites.bank_reference.clone(),
            amount: notice.requisites.amount,
            reason: "two officers agreed".parse().unwrap(),
        };
        let answer = country.ask(&order).await.unwrap();
        assert_eq!(answer.outcome, RefundOutcome::Refunded);
        assert_eq!(answer.bank_reference.unwrap().as_str(), "ALTB-C-000002");
    }
    let suspense = database.read(|conn| tables::balance(conn, &Ledger::CashSuspense)).await.unwrap();
    assert_eq!(suspense, 25_500 + 172_500);
    books_agree(&country).await;
}

/// Meets: T5.10-11, T5.19-20
/// Defends: A10
#[tokio::test(flavor = "multi_thread")]
async fn a_kiosk_whose_power_is_cut_with_money_inside_goes_on_where_it_was() {
    let mut country = Country::with_bank().await;
    country.start("kiosk").await;
    let mut kiosk = AtKiosk::before(&country).await;
    kiosk.go_to_cash().await;
    kiosk.touch("/note", &[("note", "2000")]).await;
    country.kill("kiosk").await;
    country.start("kiosk").await;
    kiosk.look(&country).await;
    assert!(
        kiosk.body().contains("2\u{a0}000,00") && kiosk.body().contains("id=\"pay-form\""),
        "{}",
        kiosk.body()
    );

    // The bank goes away in the middle: nothing is decided, nothing is lost, and the person may try again.
    country.stop("bank").await;
    kiosk.touch("/pay", &[]).await;
    assert_eq!(result(&kiosk.0.page), "waiting", "{}", kiosk.body());
    country.start("bank").await;
    kiosk.touch("/pay", &[]).await;
    assert_eq!(result(&kiosk.0.page), "paid", "{}", kiosk.body());
    assert_eq!(country.remembered().codes.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn cash_whose_payment_cannot_be_made_waits_under_a_claim() {
    let mut country = Country::with_bank().await;
    country.start("kiosk").await;
    let mut kiosk = AtKiosk::before(&country).await;
    kiosk.go_to_cash().await;
    kiosk.touch("/note", &[("note", "2000")]).await;
    country.remembered().gives_no_codes = true;
    kiosk.touch("/pay", &[]).await;
    assert_eq!(result(&kiosk.0.page), "waiting", "{}", kiosk.body());
    kiosk.touch("/give-up", &[]).await;
    assert_eq!(result(&kiosk.0.page), "refused", "{}", kiosk.body());
    assert!(kiosk.body().contains("ALTB-C-000001"), "{}", kiosk.body());
    let database = tables::open(&country.database()).unwrap();
    let suspense = database.read(|conn| tables::balance(conn, &Ledger::CashSuspense)).await.unwrap();
    assert_eq!(suspense, 200_000);
    kiosk.touch("/end", &[]).await;
    assert!(kiosk.body().contains("id=\"language-form\""), "{}", kiosk.body());
}

/// Meets: T5.10-11
#[tokio::test(flavor = "multi_thread")]
async fn a_kiosk_with_too_little_cash_waits_for_more_or_returns_it_under_a_claim() {
    let mut country = Country::with_bank().await;
    country.start("kiosk").await;
    let mut kiosk = AtKiosk::before(&country).await;
    kiosk.go_to_cash().await;
    kiosk.touch("/note", &[("note", "1000")]).await;
    // Neither paying nor ending is possible with 745 missing, and a power cut changes nothing of it.
    for path in ["/pay", "/end"] {
        kiosk.touch(path, &[]).await;
        assert!(kiosk.body().contains("Осталось: 745,00"), "{path}: {}", kiosk.body());
    }
    country.kill("kiosk").await;
    country.start("kiosk").await;
    kiosk.look(&country).await;
    assert!(kiosk.body().contains("Осталось: 745,00"), "{}", kiosk.body());
    assert!(!kiosk.body().contains("id=\"pay-form\""), "{}", kiosk.body());
    kiosk.touch("/give-up", &[]).await;
    assert_eq!((result(&kiosk.0.page).as_str(), code(&kiosk.0.page)), ("refused", None), "{}", kiosk.body());
    assert!(kiosk.body().contains("ALTB-C-000001"), "{}", kiosk.body());
    assert!(kiosk.body().contains("Внесено: 1 000,00"), "the slip says how much: {}", kiosk.body());
    assert!(kiosk.body().contains("ДЕНЬГИ ВЕРНУТ"), "{}", kiosk.body());
    let database = tables::open(&country.database()).unwrap();
    let suspense = database.read(|conn| tables::balance(conn, &Ledger::CashSuspense)).await.unwrap();
    assert_eq!(suspense, 100_000);
    assert!(country.remembered().codes.is_empty(), "no payment code was asked for");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kiosk_without_paper_takes_no_cash() {
    let mut country = Country::with_bank().await;
    country.start("kiosk").await;
    bank::set_paper(&country.machine_database("kiosk"), bank::Paper::Out).unwrap();
    let mut kiosk = AtKiosk::before(&country).await;
    kiosk.touch("/language", &[("language", "ru")]).await;
    assert!(kiosk.body().contains("не принимает наличные"), "{}", kiosk.body());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kiosk_without_its_bank_takes_no_cash() {
    let mut country = Country::found();
    country.start("kiosk").await;
    let mut kiosk = AtKiosk::before(&country).await;
    kiosk.touch("/language", &[("language", "ru")]).await;
    assert!(kiosk.body().contains("не принимает наличные"), "{}", kiosk.body());
}

// ---- what no page made ----

/// A form without its fields, a method that an address does not know, an address that leads nowhere: the person reads
/// their own language on a page of the bank, and nothing of the web framework.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_framework_refuses_is_said_on_a_page_of_the_bank_in_the_persons_language() {
    let mut country = Country::with_bank().await;
    country.start("atm").await;
    country.start("kiosk").await;
    let mut browser = country.browser();
    for (url, site, form) in [
        (country.at("/"), "Алатау Банк", "/login"),
        (country.atm("/"), "Банкомат № ATM-1", "/service"),
        (country.kiosk("/"), "Инфокиоск № KIOSK-1", "/service"),
    ] {
        let page = browser.get(&url).await.unwrap();
        if page.body.contains("id=\"language-form\"") {
            let chosen = [("step", hidden(&page, "step")), ("language", "ru".to_owned())];
            let chosen = chosen.each_ref().map(|(name, value)| (*name, value.as_str()));
            browser.post_form("/language", &chosen).await.unwrap();
        }
        for (path, status, words) in [
            (form, 422, "Запрос составлен неверно"),
            ("/", 405, "так не открывается"),
            ("/nowhere", 404, "Такой страницы нет"),
        ] {
            let page = browser.post_form(path, &[("else", "1")]).await.unwrap();
            assert_eq!(page.status, status, "{url} {path}: {}", page.body);
            assert!(page.body.contains(words) && page.body.contains(site), "{path}: {}", page.body);
            assert!(!page.body.contains("deserialize"), "{path}: {}", page.body);
        }
    }
}
