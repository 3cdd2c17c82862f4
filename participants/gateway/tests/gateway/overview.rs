//! What officers look at on the console: reports within their reach, the books, who looked at whose data, one payment.

use std::io::Cursor;

use calamine::{Data, Reader as _, Xlsx};
use store::Store as _;
use terms::{PaymentCode, Requisites, Tiyn};
use wire::common::NoticeOutcome;
use wire::gateway::{NotifyPayment, RequestPaymentCode};

use crate::officers::{Console, Officer, data};
use crate::talk::Client;
use crate::world::{
    AUDITOR, BANK_1, BANK_2, BANK_OFFICER, FINANCE, OTHER_SERVICE, PROVIDER_OFFICER, SECURITY, SERVICE, World,
};

/// A payment for the other service, of the other provider.
async fn paid_for_other(bank: &Client) -> PaymentCode {
    let amount = Tiyn::tenge(OTHER_SERVICE.1);
    let service: terms::ServiceCode = OTHER_SERVICE.0.parse().unwrap();
    let asked = RequestPaymentCode { service: service.clone(), amount: Some(amount), ..bank.request_code() };
    let code = bank.ask(&asked).await.unwrap().payment_code;
    let notice = bank.notice(code);
    let provider = OTHER_SERVICE.2.parse().unwrap();
    let requisites = Requisites { service, provider, amount, ..notice.requisites.clone() };
    let answer = bank.ask(&NotifyPayment { requisites, ..notice }).await.unwrap();
    assert_eq!(answer.outcome, NoticeOutcome::Accepted);
    code
}

/// Paid codes and their sum in tenge, as a page of reports says.
async fn figures(console: &mut Console, query: &str) -> (u64, u64) {
    let page = console.get(&format!("/reports?{query}")).await;
    assert_eq!(page.status, 200, "{query}: {}", page.body);
    let number = |id: &str| data(&page, id).parse::<u64>().unwrap();
    (number("report"), number("report-sum") / 100)
}

/// Meets: C11.1, C11.2, C19
/// Defends: A25
#[tokio::test(flavor = "multi_thread")]
async fn reports_on_the_page_are_narrowed_to_what_the_officer_reaches() {
    let world = World::start().await;
    let (first, second) = (Client::of(world.bank_1.host.clone()), Client::of(world.bank_2.host.clone()));
    first.paid().await;
    first.paid().await;
    second.paid().await;
    paid_for_other(&first).await;
    let (one, other) = (u64::from(SERVICE.1), u64::from(OTHER_SERVICE.1));

    let mut finance = Console::open(&world, &Officer::of(&world, FINANCE)).await;
    let all = (4, 3 * one + other);
    assert_eq!(figures(&mut finance, "").await, all);
    for span in ["day", "week", "month"] {
        assert_eq!(figures(&mut finance, &format!("span={span}&by=hour")).await, all, "{span}");
    }
    assert_eq!(figures(&mut finance, "from=2026-11-01&until=2026-11-21").await, (0, 0));
    assert_eq!(figures(&mut finance, "span=day&day=2026-11-22&by=service").await, all);
    assert_eq!(figures(&mut finance, &format!("of=bank:{BANK_2}")).await, (1, one));
    let page = finance.get("/reports?span=month&by=provider").await;
    for said in ["<svg", "role=\"img\"", "<details>", "period before", "from=2026-11-22&#38;until=2026-11-22"]
    {
        assert!(page.body.contains(said), "{said}: {}", page.body);
    }

    // A bank's officer sees the own bank, a provider's officer the own provider, under whatever address.
    let mut bank = Console::open(&world, &Officer::of(&world, BANK_OFFICER)).await;
    assert!(bank.get("/").await.body.contains("href=\"/reports\""));
    let of_bank = (3, 2 * one + other);
    let mut provider = Console::open(&world, &Officer::of(&world, PROVIDER_OFFICER)).await;
    let of_provider = (3, 3 * one);
    for by in ["day", "hour", "method", "bank", "provider", "service"] {
        assert_eq!(figures(&mut bank, &format!("by={by}")).await, of_bank, "{by}");
        assert_eq!(figures(&mut provider, &format!("by={by}")).await, of_provider, "{by}");
    }
    let others =
        ["of=everything".to_owned(), format!("of=bank:{BANK_2}"), format!("of=provider:{}", OTHER_SERVICE.2)];
    for console in [&mut bank, &mut provider] {
        for of in &others {
            for path in ["/reports", "/reports/list.csv", "/reports/list.xlsx", "/reports/list.jsonl"] {
                let refused = console.get(&format!("{path}?{of}")).await;
                assert_eq!(
                    (refused.status.as_u16(), data(&refused, "result").as_str()),
                    (403, "not-allowed"),
                    "{path} {of}"
                );
            }
        }
    }
    assert_eq!(bank.get(&format!("/reports?of=provider:{}", SERVICE.2)).await.status, 403);
    assert_eq!(provider.get(&format!("/reports?of=bank:{BANK_1}")).await.status, 403);
    let mut security = Console::open(&world, &Officer::of(&world, SECURITY)).await;
    assert_eq!(security.get("/reports").await.status, 403);
    assert!(!security.get("/").await.body.contains("href=\"/reports\""));

    for nonsense in [
        "span=year",
        "by=iin",
        "day=today",
        "from=2026-11-31",
        "of=bank:1",
        "from=1926-01-01",
        "from=0001-01-01&until=0001-01-02",
        "day=9999-12-31&span=month",
        "day=-9999-01-01",
    ] {
        assert_eq!(finance.get(&format!("/reports?{nonsense}")).await.status, 400, "{nonsense}");
    }
    for (language, title) in [("kk", "Есептер"), ("ru", "Отчёты"), ("en", "Reports")] {
        let page = finance.get(&format!("/reports?lang={language}")).await;
        assert!(page.body.contains(&format!("<h1>{title}</h1>")), "{}", page.body);
    }
}

/// Meets: C11.1, C11.2
#[tokio::test(flavor = "multi_thread")]
async fn every_file_of_a_report_says_to_the_tiyn_what_the_page_says() {
    let world = World::start().await;
    let bank = Client::of(world.bank_1.host.clone());
    bank.paid().await;
    paid_for_other(&bank).await;
    let reversed = bank.paid().await;
    bank.ask(&bank.reverse(reversed)).await.unwrap();
    let mut finance = Console::open(&world, &Officer::of(&world, FINANCE)).await;
    let sum = u64::from(2 * SERVICE.1 + OTHER_SERVICE.1);
    let query = "span=week&by=service";
    assert_eq!(figures(&mut finance, query).await, (3, sum));
    let page = finance.get(&format!("/reports?{query}")).await;
    assert!(page.body.contains("₸6,900.00"), "{}", page.body);

    let file = async |console: &mut Console, name: &str, language: &str| {
        console.get(&format!("/reports/{name}?{query}&lang={language}")).await
    };
    let office = file(&mut finance, "list.csv", "kk").await;
    let disposition = office.headers["content-disposition"].to_str().unwrap().to_owned();
    assert!(disposition.contains("report-2026-11-16-2026-11-22-by-service.csv"), "{disposition}");
    let last = office.body.lines().last().unwrap().to_owned();
    assert!(
        office.body.starts_with("\u{feff}Белгісі;Қызмет;") && last.starts_with("Барлығы;;3;3;6900,00;"),
        "{last}"
    );
    let english = file(&mut finance, "list-en.csv", "en").await;
    assert!(english.body.lines().last().unwrap().starts_with("Total,,3,3,6900.00,"), "{}", english.body);
    let machine = file(&mut finance, "list-machine.csv", "en").await;
    let sums = |text: &str| -> u64 {
        let cells = text.lines().skip(1).map(|line| line.split(',').nth(4).unwrap().replace('.', ""));
        cells.map(|cell| cell.parse::<u64>().unwrap()).sum()
    };
    assert_eq!(sums(&machine.body), sum * 100);
    let json = file(&mut finance, "list.jsonl", "en").await;
    let lines: Vec<serde_json::Value> =
        json.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let total = lines.last().unwrap();
    assert_eq!((total["type"].as_str(), total["sum"].as_str()), (Some("total"), Some("6900.00")));
    assert_eq!((total["returned"].as_u64(), total["returned_sum"].as_str()), (Some(1), Some("1725.00")));
    let xlsx = file(&mut finance, "list.xlsx", "ru").await;
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(xlsx.octets.to_vec())).unwrap();
    let sheet = workbook.worksheet_range("Таблица").unwrap();
    let shown: Vec<String> = (1..=2).map(|row| sheet.get((row, 0)).unwrap().to_string()).collect();
    assert_eq!(shown, [SERVICE.0, OTHER_SERVICE.0]);
    assert_eq!(sheet.get((1, 4)), Some(&Data::Float(3450.0)));
    assert_eq!(sheet.get((3, 4)).map(ToString::to_string).as_deref(), Some("6900"), "as it was summed up");
    assert_eq!(finance.get("/reports/list.pdf").await.status, 404);

    // The command's files are the page's.
    let cx = world.cx();
    let day = world.now().banking_day();
    let question = gateway::reports::Question {
        period: ledger::report::Span::Week.around(day),
        dimension: ledger::report::Dimension::Service,
        within: rights::Resource::Everything,
    };
    let permitted = rights::Permitted::system(question, rights::SystemJob("report"));
    let report = gateway::reports::report(&cx, &permitted).await.unwrap();
    let table = gateway::reports::table(&cx, &report, question.within, terms::Language::En);
    assert_eq!(table.csv(files::register::Dialect::Machine), machine.body.as_bytes());
}

/// Meets: C20.6, C22
/// Defends: A25
#[tokio::test(flavor = "multi_thread")]
async fn the_books_on_the_page_are_even_and_say_what_the_journal_says() {
    let world = World::start().await;
    let bank = Client::of(world.bank_1.host.clone());
    bank.paid().await;
    paid_for_other(&bank).await;
    let sum = u64::from(SERVICE.1 + OTHER_SERVICE.1) * 100;
    let mut finance = Console::open(&world, &Officer::of(&world, FINANCE)).await;
    let page = finance.get("/books").await;
    assert_eq!((data(&page, "books"), data(&page, "books-debit")), ("yes".to_owned(), sum.to_string()));
    for said in ["bank-receivable", "GW-1", "GW-2", "₸5,175.00", "KZ24070105KSN0000000"] {
        assert!(page.body.contains(said), "{said}: {}", page.body);
    }
    assert_eq!(data(&finance.get("/books?day=2026-11-21").await, "books-debit"), "0");
    let trial = finance.get("/books/trial/list-machine.csv").await;
    assert!(
        trial.body.contains("bank-receivable,") && trial.body.contains(",5175.00,0.00,5175.00\r\n"),
        "{}",
        trial.body
    );
    let trial = finance.get("/books/trial/list.jsonl").await;
    let total: serde_json::Value = serde_json::from_str(trial.body.lines().last().unwrap()).unwrap();
    assert_eq!(
        (&total["debit"], &total["credit"], &total["balance"]),
        (&"5175.00".into(), &"5175.00".into(), &"0.00".into())
    );
    let accounts = finance.get("/books/accounts/list-machine.csv").await;
    assert!(accounts.body.contains(&format!("bank-receivable:{BANK_1},")), "{}", accounts.body);
    let contracts = finance.get("/books/contracts/list-machine.csv?day=2025-12-31").await;
    assert_eq!(contracts.body.lines().count(), 1, "none was in force yet");
    assert_eq!(finance.get("/books/vault/list.csv").await.status, 404);
    assert_eq!(finance.get("/books?day=tomorrow").await.status, 400);
    for officer in [SECURITY, BANK_OFFICER, PROVIDER_OFFICER] {
        let mut other = Console::open(&world, &Officer::of(&world, officer)).await;
        assert_eq!(other.get("/books").await.status, 403, "{officer}");
        assert_eq!(other.get("/books/accounts/list.xlsx").await.status, 403, "{officer}");
    }
}

/// One payment, within the reach of whoever asks; a message as it arrived only to whoever may read personal data, and
/// then it is written down who did.
///
/// Meets: C19, C20.6
/// Defends: A13, A25
#[tokio::test(flavor = "multi_thread")]
async fn a_payment_is_shown_within_reach_and_its_messages_are_masked_or_the_reading_noted() {
    let world = World::start().await;
    let bank = Client::of(world.bank_1.host.clone());
    let (code, other) = (bank.paid().await, paid_for_other(&Client::of(world.bank_2.host.clone())).await);
    let personal = ["850612200017", "790304100022", "Айгүл", "Серік"];
    let address = |code: PaymentCode| format!("/payments?code={}", code.digits());
    let readings = async || world.cx().store.read(|view| view.readings(1000)).await.unwrap();

    let mut noted = 0;
    for officer in [FINANCE, AUDITOR, BANK_OFFICER, PROVIDER_OFFICER] {
        let mut console = Console::open(&world, &Officer::of(&world, officer)).await;
        let page = console.get(&address(code)).await;
        assert_eq!(data(&page, "payment"), "paid", "{officer}: {}", page.body);
        let messages: usize = data(&page, "messages").parse().unwrap();
        assert!(messages >= 2, "the request and the notice");
        for said in ["NotifyPayment in", "was good: ", "85******0017", "the bank&#39;s notice", BANK_1] {
            assert!(page.body.contains(said), "{officer} {said}: {}", page.body);
        }
        assert!(!personal.iter().any(|of| page.body.contains(of)), "{officer}: {}", page.body);
        let before = readings().await.len();
        let mut whole = String::new();
        for place in 1..=messages {
            let message = console.get(&format!("/payments/{}/xml/{place}", code.digits())).await;
            assert_eq!(message.status, 200);
            assert!(message.headers["content-type"].to_str().unwrap().starts_with("text/plain"));
            whole.push_str(&message.body);
        }
        let shows = personal.iter().all(|of| whole.contains(of));
        let hides = !personal.iter().any(|of| whole.contains(of));
        let notes = readings().await;
        let may = [FINANCE, AUDITOR].contains(&officer);
        let expected = if may { messages } else { 0 };
        noted += expected;
        assert_eq!((shows, hides, notes.len() - before), (may, !may, expected), "{officer}: {whole}");
        assert!(whole.contains(&code.digits()), "{whole}");
        if may {
            let note = &notes[0];
            assert!(
                note.actor.starts_with(officer) && note.subject == store::ReadSubject::Payment(code),
                "{note:?}"
            );
        }
        let list = console.get(&format!("/payments/{}/timeline/list-machine.csv", code.digits())).await;
        assert!(list.body.starts_with("at,event,actor,detail\r\n"), "{}", list.body);
        assert_eq!(console.get(&format!("/payments/{}/xml/99", code.digits())).await.status, 404);

        // Another bank's, another provider's: nothing, as of a code that is not there.
        let foreign = console.get(&address(other)).await;
        let is_of_operator = [FINANCE, AUDITOR].contains(&officer);
        let expected = if is_of_operator { "paid" } else { "not-found" };
        assert_eq!(data(&foreign, "payment"), expected, "{officer}");
        let xml = console.get(&format!("/payments/{}/xml/1", other.digits())).await;
        assert_eq!(xml.status, if is_of_operator { 200 } else { 404 });
        let list = console.get(&format!("/payments/{}/messages/list.csv", other.digits())).await;
        assert_eq!(list.status, if is_of_operator { 200 } else { 404 });
    }
    let mut security = Console::open(&world, &Officer::of(&world, SECURITY)).await;
    for path in [address(code), "/payments".to_owned(), format!("/payments/{}/xml/1", code.digits())] {
        assert_eq!(security.get(&path).await.status, 403, "{path}");
    }

    // Who looked is on the page of readings, and people's numbers are not.
    let page = security.get(&format!("/readings?of={}", code.digits())).await;
    assert_eq!(data(&page, "readings"), noted.to_string(), "{}", page.body);
    assert!(page.body.contains("75******0078") && !page.body.contains(AUDITOR), "{}", page.body);
    assert_eq!(data(&security.get("/readings?of=850612200017").await, "readings"), "0");
    assert_eq!(security.get("/readings?of=850612200018").await.status, 400);
    assert_eq!(security.get("/readings/list.csv").await.status, 200);
    let mut finance = Console::open(&world, &Officer::of(&world, FINANCE)).await;
    let refused = finance.get("/readings/list.csv").await;
    assert_eq!(refused.status, 403, "who takes lists away takes only what the own pages show");
    let mut auditor = Console::open(&world, &Officer::of(&world, AUDITOR)).await;
    let list = auditor.get("/readings/list-machine.csv").await;
    assert!(list.body.contains(&code.to_string()) && !list.body.contains(AUDITOR), "{}", list.body);
    for officer in [FINANCE, BANK_OFFICER] {
        let mut other = Console::open(&world, &Officer::of(&world, officer)).await;
        assert_eq!(other.get("/readings").await.status, 403);
    }
    world.chain().await;
}
