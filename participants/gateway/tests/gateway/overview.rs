//! What officers look at on the console: reports within their reach, the books, who looked at whose data, one payment.

use std::io::Cursor;

use calamine::{Data, Reader as _, Xlsx};
use terms::{PaymentCode, Requisites, Tiyn};
use wire::common::NoticeOutcome;
use wire::gateway::{NotifyPayment, RequestPaymentCode};

use crate::officers::{Console, Officer, data};
use crate::talk::Client;
use crate::world::{
    BANK_1, BANK_2, BANK_OFFICER, FINANCE, OTHER_SERVICE, PROVIDER_OFFICER, SECURITY, SERVICE, World,
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
        reach: gateway::reports::Reach::Everything,
    };
    let permitted = rights::Permitted::system(question, rights::SystemJob("report"));
    let report = gateway::reports::report(&cx, &permitted).await.unwrap();
    let table = gateway::reports::table(&cx, &report, question.reach, terms::Language::En);
    assert_eq!(table.csv(files::register::Dialect::Machine), machine.body.as_bytes());
}
