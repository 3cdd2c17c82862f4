//! Officers at work on the console: search, claims, payouts, registers, reconciliation, closings, saved views; each page and
//! each of its files to whom the matrix allows it, and to nobody else.

use std::io::Write as _;

use ledger::register::Party;
use rights::{Access, Action, Group, Membership, Resource};
use store::{Deed, Store as _, StoreError};
use wire::register::{Digesting, Manifest};
use xml::Limits;
use xml::dsig::verify_enveloped;

use crate::officers::{Console, Officer, between, csrf, data, text};
use crate::talk::{Client, application, recipient};
use crate::world::{
    AUDITOR, BANK_1, BANK_2, BANK_OFFICER, FINANCE, OTHER_SERVICE, PROVIDER_OFFICER, SECURITY, SERVICE,
    World, bin,
};

const TODAY: &str = "2026-11-22";

async fn open(world: &World, iin: &'static str) -> Console {
    Console::open(world, &Officer::of(world, iin)).await
}

/// Every page and its file × every kind of officer × everything, each bank, each provider: as the matrix says.
///
/// Meets: C19, C20.5, C20.6
/// Defends: A25
#[tokio::test(flavor = "multi_thread")]
async fn every_page_and_file_opens_to_whom_the_matrix_allows_it() {
    let world = World::start().await;
    Client::of(world.bank_1.host.clone()).paid().await;
    let officers = [
        (FINANCE, Group::Finance, "everything".to_owned()),
        (AUDITOR, Group::Auditor, "everything".to_owned()),
        (SECURITY, Group::SecurityAdministrator, "everything".to_owned()),
        (BANK_OFFICER, Group::BankOfficer, format!("bank:{BANK_1}")),
        (PROVIDER_OFFICER, Group::ProviderOfficer, format!("provider:{}", SERVICE.2)),
    ];
    let bank = |bin: &str| format!("bank:{bin}");
    let provider = |bin: &str| format!("provider:{bin}");
    let all =
        ["everything".to_owned(), bank(BANK_1), bank(BANK_2), provider(SERVICE.2), provider(OTHER_SERVICE.2)];
    // Page, its list, what is said in the address, the action, what it touches.
    let mut pages: Vec<(&str, &str, String, &str, String)> = Vec::new();
    for of in &all {
        pages.push(("/search", "payments", format!("state=paid&of={of}"), "SearchPayments", of.clone()));
        for (page, list) in [("/payouts", "payouts"), ("/registers", "registers")] {
            pages.push((page, list, format!("of={of}"), "SeeReports", of.clone()));
        }
        match of.split_once(':') {
            Some(("bank", bin)) => {
                for (page, list) in [
                    ("/claims", "claims"),
                    ("/claims", "claims-ageing"),
                    ("/reconciliation", "reconciliations"),
                ] {
                    pages.push((page, list, format!("bank={bin}"), "SeeReports", of.clone()));
                }
            }
            Some((_, bin)) => {
                for list in ["redemption", "services"] {
                    pages.push(("/redemption", list, format!("provider={bin}"), "SeeReports", of.clone()));
                }
            }
            None => {}
        }
    }
    for (page, list, action) in [
        ("/days", "days", "SeeReports"),
        ("/anomalies", "anomalies", "SeeReadings"),
        ("/groups", "groups", "SeeAccess"),
        ("/matrix", "matrix", "SeeAccess"),
        ("/keys", "sessions", "SeeAccess"),
        ("/keys", "certificates", "SeeAccess"),
        ("/keys", "revocation-lists", "SeeAccess"),
    ] {
        pages.push((page, list, String::new(), action, "everything".to_owned()));
    }
    let who = format!("who={AUDITOR}");
    pages.push(("/why", "rights", who, "SeeAccess", "everything".to_owned()));
    for (iin, group, within) in officers {
        let membership =
            Membership { member: iin.parse().unwrap(), group, resource: within.parse().unwrap() };
        let access = Access::beginning([membership]);
        let may = |action: &'static str, of: &str| {
            access.why(membership.member, Action(action), of.parse::<Resource>().unwrap()).is_ok()
        };
        let mut console = open(&world, iin).await;
        for (page, list, query, action, of) in &pages {
            let answer = console.get(&format!("{page}?{query}")).await;
            let expected = if may(action, of) { 200 } else { 403 };
            assert_eq!(answer.status, expected, "{group} {page}?{query}: {}", answer.body);
            let offers = answer.body.contains(&format!("/lists/{list}/list.csv"));
            let takes = may(action, of) && may("ExportList", of);
            let file = console.get(&format!("/lists/{list}/list-machine.csv?{query}")).await;
            // Nothing was found, so there is nothing to take away.
            let is_empty = *list == "payments" && answer.body.contains("id=\"found\" data-count=\"0\"");
            assert_eq!(offers, takes && !is_empty, "{group} {page}?{query}: {}", answer.body);
            assert_eq!(file.status, if takes { 200 } else { 403 }, "{group} {list}?{query}: {}", file.body);
            if takes && !is_empty {
                let shown = answer.body.matches("<tr>").count();
                let rows = file.body.lines().count();
                assert!(rows >= 1 && shown >= rows, "{list}: {rows} lines, {shown} rows on {page}");
            }
        }
    }
    let mut finance = open(&world, FINANCE).await;
    for (path, status) in [
        ("/lists/payments/list.csv", 404),
        ("/lists/vault/list.csv", 404),
        ("/lists/claims/list.pdf", 404),
        ("/claims?bank=1", 400),
        ("/claims?standing=late", 400),
        ("/claims?from=yesterday", 400),
        ("/claims/C-1", 404),
        ("/payouts?progress=gone", 400),
        ("/registers?at=noon", 400),
        ("/registers/bank:1/2026-11-22/1", 404),
        ("/registers/vault/2026-11-22/1/xml", 404),
        ("/reconciliation/7", 404),
        ("/reconciliation/x", 400),
        ("/days/2026-11-22/9", 404),
        ("/search?after=x&state=paid", 400),
        ("/search?state=late", 400),
    ] {
        assert_eq!(finance.get(path).await.status, status, "{path}");
    }
}

/// Meets: C19, C20.6
/// Defends: A13, A25
#[tokio::test(flavor = "multi_thread")]
async fn search_takes_any_number_within_reach_and_every_look_is_written_down() {
    let world = World::start().await;
    let (bank, other) = (Client::of(world.bank_1.host.clone()), Client::of(world.bank_2.host.clone()));
    let portal = Client::of(world.portal.host.clone());
    let (code, foreign) = (bank.paid().await, other.paid().await);
    portal.ask(&portal.bind(code, 7)).await.unwrap();
    let reference = bank.notice(code).requisites.bank_reference.to_string();
    let person = recipient().number.to_string();
    let readings = async || world.cx().store.read(|view| view.readings(1000)).await.unwrap();

    let mut finance = open(&world, FINANCE).await;
    for q in
        [code.digits(), code.to_string().replace(' ', "+"), reference.clone(), application(7).to_string()]
    {
        let before = readings().await.len();
        let page = finance.get(&format!("/search?q={q}")).await;
        assert_eq!(data(&page, "found"), "1", "{q}: {}", page.body);
        assert!(page.body.contains(&format!("/payments?code={}", code.digits())), "{}", page.body);
        assert!(page.body.contains("85******0017") && !page.body.contains(&person), "{}", page.body);
        let notes = readings().await;
        assert_eq!(notes.len(), before + 1, "{q}");
        assert!(notes[0].actor.starts_with(FINANCE), "{:?}", notes[0]);
        assert_eq!(notes[0].subject, store::ReadSubject::Payment(code));
    }
    // A person is looked for with a reason, and both are kept.
    let before = readings().await.len();
    let page = finance.get(&format!("/search?q={person}")).await;
    assert!(page.body.contains("Say what for") && !page.body.contains("id=\"found\""), "{}", page.body);
    assert_eq!(readings().await.len(), before);
    let page = finance.get(&format!("/search?q={person}&reason=Complaint+12")).await;
    assert_eq!(data(&page, "found"), "2", "{}", page.body);
    let notes = readings().await;
    assert_eq!(notes.len(), before + 3, "the person and both payments");
    assert!(notes[..3].iter().all(|note| note.reason == "Complaint 12"), "{notes:?}");
    assert!(notes[..3].iter().any(|note| note.subject == store::ReadSubject::Party(recipient().number)));
    for (q, found) in
        [("state=bound", "1"), ("state=paid", "1"), ("from=2026-11-23", "0"), ("q=NOTHING-9", "0")]
    {
        assert_eq!(data(&finance.get(&format!("/search?{q}")).await, "found"), found, "{q}");
    }
    let page = finance.get("/search?q=%3C%3E").await;
    assert!(page.body.contains("no payment code, IIN"), "{}", page.body);

    // A bank's officer finds the own bank's and nobody by number.
    let mut officer = open(&world, BANK_OFFICER).await;
    for (q, found) in [(code.digits(), "1"), (foreign.digits(), "0"), (reference, "1")] {
        assert_eq!(data(&officer.get(&format!("/search?q={q}")).await, "found"), found, "{q}");
    }
    let refused = officer.get(&format!("/search?q={person}&reason=curious")).await;
    assert_eq!((refused.status.as_u16(), data(&refused, "result").as_str()), (403, "not-allowed"));
    let list = finance.get("/lists/payments/list-machine.csv?state=bound").await;
    assert!(list.body.contains(&code.to_string()) && !list.body.contains(&person), "{}", list.body);

    // What was found is kept as a view of the officer's own, and leads back.
    let page = finance.get("/search?state=bound").await;
    let address = between(&page.body, "name=\"address\" value=\"", "\"").replace("&#38;", "&");
    let token = csrf(&page);
    let keep = |name: &'static str, address: String| [("name", name.to_owned()), ("address", address)];
    let mut kept = async |fields: [(&str, String); 2], token: &str| {
        let fields: Vec<(&str, &str)> =
            fields.iter().map(|(name, value)| (*name, value.as_str())).chain([("csrf", token)]).collect();
        finance.post("/views", &fields).await
    };
    let start = kept(keep("Bound today", address.clone()), &token).await;
    assert_eq!((data(&start, "views").as_str(), start.body.contains(">Bound today</a>")), ("1", true));
    let again = kept(keep("Bound today", address.clone()), &token).await;
    assert_eq!((again.status.as_u16(), data(&again, "result").as_str()), (422, "taken"));
    assert_eq!(data(&kept(keep(" ", address.clone()), &token).await, "result"), "no-name");
    assert_eq!(kept(keep("Elsewhere", "//evil.example/".to_owned()), &token).await.status, 400);
    assert_eq!(kept(keep("Forged", address.clone()), &"0".repeat(64)).await.status, 403);
    for number in 2..=store::MOST_SAVED_VIEWS {
        let name: &'static str = Box::leak(format!("View {number}").into_boxed_str());
        assert_eq!(data(&kept(keep(name, address.clone()), &token).await, "views"), number.to_string());
    }
    assert_eq!(data(&kept(keep("One more", address.clone()), &token).await, "result"), "taken");
    for path in ["/reports", "/books", "/claims", "/payouts", "/registers", "/reconciliation", "/days"] {
        let page = finance.get(path).await;
        let address = between(&page.body, "name=\"address\" value=\"", "\"");
        assert!(address.starts_with(path) && finance.get(&address.replace("&#38;", "&")).await.status == 200);
    }
    let saved = finance.get(&address).await;
    assert_eq!(data(&saved, "found"), "1", "{address}");
    assert_eq!(data(&officer.get("/").await, "views"), "0", "another's are not shown");
    let start = finance.get("/").await;
    let id = between(&start.body, "name=\"id\" value=\"", "\"").to_owned();
    let stolen = csrf(&officer.get("/").await);
    assert_eq!(officer.post("/views/forget", &[("csrf", &stolen), ("id", &id)]).await.status, 404);
    let start = finance.post("/views/forget", &[("csrf", &csrf(&start)), ("id", &id)]).await;
    assert_eq!(data(&start, "views"), (store::MOST_SAVED_VIEWS - 1).to_string());
    world.chain().await;
}

/// From the closing of a day to its claims, registers and reconciliation, each to whom it belongs.
///
/// Meets: C10, C20.6, C23, C24
/// Defends: A25, A29
#[tokio::test(flavor = "multi_thread")]
async fn finance_closes_a_day_on_the_console_and_each_side_sees_its_own() {
    let world = World::start().await;
    let (bank, other) = (Client::of(world.bank_1.host.clone()), Client::of(world.bank_2.host.clone()));
    let code = bank.paid().await;
    bank.paid().await;
    other.paid().await;
    let price = u64::from(SERVICE.1) * 100;
    // So that something stays open.
    world.bank_2.go_down().await;

    let mut finance = open(&world, FINANCE).await;
    let mut officer = open(&world, BANK_OFFICER).await;
    let mut provider = open(&world, PROVIDER_OFFICER).await;
    assert_eq!(data(&finance.get("/").await, "today-everything"), (3 * price).to_string());
    let start = officer.get("/").await;
    assert_eq!(data(&start, &format!("today-bank-{BANK_1}")), (2 * price).to_string());
    assert!(!start.body.contains(BANK_2), "{}", start.body);
    let start = provider.get("/").await;
    assert_eq!(data(&start, &format!("today-provider-{}", SERVICE.2)), (3 * price).to_string());
    assert!(!start.body.contains("href=\"/claims\""), "{}", start.body);

    // The closing, by a form of the page and by whoever may.
    let token = csrf(&finance.get("/days").await);
    let forged = finance.post("/days", &[("csrf", &"0".repeat(64)), ("day", TODAY)]).await;
    assert_eq!(forged.status, 403);
    assert_eq!(
        finance.post("/days", &[("csrf", &token), ("day", "2026-11-23")]).await.status,
        400,
        "not begun"
    );
    let own = csrf(&officer.get("/search").await);
    for path in ["/days", "/registers"] {
        assert_eq!(officer.post(path, &[("csrf", &own), ("day", TODAY)]).await.status, 403, "{path}");
    }
    let day = finance.post("/days", &[("csrf", &token), ("day", TODAY)]).await;
    assert_eq!(data(&day, "day"), "yes", "{}", day.body);
    let open_sums: usize = data(&day, "day-open").parse().unwrap();
    assert!(open_sums >= 1 && day.body.contains("/claims/C-20261122-000"), "{}", day.body);
    let proof = finance.get(&format!("/days/{TODAY}/1/closing.xml")).await;
    let closing: wire::closing::DayClosing =
        verify_enveloped(&proof.octets, &Limits::DOCUMENT).unwrap().parse().unwrap();
    assert_eq!((closing.agrees, closing.open.len()), (true, open_sums));
    // Who did it is kept, with whatever was done on the way; the page masks the number.
    assert!(day.body.contains("70******0057"), "{}", day.body);
    let today = closing.day;
    let deeds = [Deed::Closing(today, 1), Deed::Register(Party::Bank(bin(BANK_1)), today, 1)];
    for deed in deeds {
        let by: Result<_, StoreError> = world.cx().store.read(move |view| view.doer(&deed)).await;
        assert!(by.unwrap().is_some_and(|by| by.starts_with(FINANCE)), "{deed}");
    }
    // A day of which nothing has changed is not closed anew.
    let quiet = [("csrf", token.as_str()), ("day", "2026-11-20")];
    assert_eq!(data(&finance.post("/days", &quiet).await, "day"), "yes");
    let again = finance.post("/days", &quiet).await;
    assert_eq!(data(&again, "day-unchanged"), "unchanged", "{}", again.body);
    assert_eq!(data(&finance.get("/days").await, "days"), "2");
    let file = finance.get(&format!("/lists/day-open/list-machine.csv?day={TODAY}&revision=1")).await;
    assert_eq!(file.body.lines().count(), open_sums + 1);

    // Claims: all of them to finance, the own one to a bank's officer, none to a provider's.
    let page = finance.get("/claims").await;
    assert_eq!(data(&page, "claims"), "2", "{}", page.body);
    let page = officer.get("/claims").await;
    assert_eq!(data(&page, "claims"), "1", "{}", page.body);
    assert!(!page.body.contains(BANK_2));
    assert_eq!(provider.get("/claims").await.status, 403);
    let own = between(&page.body, "href=\"/claims/", "\"").to_owned();
    let claim = officer.get(&format!("/claims/{own}")).await;
    assert_eq!(data(&claim, "claim-items"), "2", "{}", claim.body);
    assert!(claim.body.contains(&format!("/payments?code={}", code.digits())), "{}", claim.body);
    let numbers = ["C-20261122-0001", "C-20261122-0002"];
    let foreign = numbers.into_iter().find(|number| *number != own).unwrap();
    assert_eq!(officer.get(&format!("/claims/{foreign}")).await.status, 404);
    let list = format!("/lists/claim-items/list.csv?number={foreign}");
    assert_eq!(
        (officer.get(&list).await.status.as_u16(), finance.get(&list).await.status.as_u16()),
        (404, 200)
    );
    let ageing = finance.get("/lists/claims-ageing/list-machine.csv").await;
    assert!(ageing.body.contains(&format!("{BANK_2},")), "{}", ageing.body);

    // Registers: every form of the own one, each vouched for by its manifest; the other's is not there.
    assert_eq!(data(&finance.get("/registers").await, "registers"), "3");
    assert_eq!(data(&provider.get("/registers").await, "registers"), "1");
    let before = finance.get("/registers?at=2026-11-22T11:59:59%2B05:00").await;
    assert_eq!(data(&before, "registers"), "0", "nothing was known then");
    let register = |bin: &str| format!("/registers/bank:{bin}/{TODAY}/1");
    let page = officer.get(&register(BANK_1)).await;
    assert!(page.body.contains(&format!("{}/xlsx/manifest", register(BANK_1))), "{}", page.body);
    for path in [register(BANK_2), format!("{}/xml", register(BANK_2))] {
        assert_eq!(officer.get(&path).await.status, 404, "{path}");
    }
    let mut english = Vec::new();
    for format in ["xml", "xlsx", "csvOffice", "csvOfficeEnglish", "csv", "camt054", "jsonLines"] {
        let file = officer.get(&format!("{}/{format}", register(BANK_1))).await;
        assert_eq!(file.status, 200, "{format}: {}", file.body);
        let name = file.headers["content-disposition"].to_str().unwrap();
        let name = between(name, "filename=\"", "\"").to_owned();
        let manifest = officer.get(&format!("{}/{format}/manifest", register(BANK_1))).await;
        let signed = verify_enveloped(&manifest.octets, &Limits::DOCUMENT).unwrap();
        let manifest: Manifest = signed.parse().unwrap();
        let mut digesting = Digesting::new(std::io::sink(), true);
        digesting.write_all(&file.octets).unwrap();
        manifest.verify_file(&name, &digesting.finish().1).unwrap_or_else(|why| panic!("{format}: {why}"));
        if format == "csvOfficeEnglish" {
            english = file.octets.to_vec();
        }
    }
    let notes = world.cx().store.read(|view| view.readings(100)).await.unwrap();
    let taken = notes.iter().filter(|note| note.reason == "a register taken away");
    assert_eq!(taken.filter(|note| note.actor.starts_with(BANK_OFFICER)).count(), 7);

    // Reconciliation: the bank is asked, then a file says it, then a wrong file is refused by its row.
    let token = csrf(&finance.get("/reconciliation").await);
    let asked = [("csrf", token.as_str()), ("bank-asked", BANK_1), ("day-asked", TODAY)];
    let run = finance.post("/reconciliation", &asked).await;
    assert_eq!((data(&run, "agreed").as_str(), data(&run, "waiting").as_str()), ("0", "2"), "{}", run.body);
    assert!(run.body.contains(&format!("/payments?code={}", code.digits())), "{}", run.body);
    assert!(run.body.contains("70******0057"), "{}", run.body);
    let own = csrf(&officer.get("/search").await);
    let refused = officer.post("/reconciliation", &[("csrf", &own), asked[1], asked[2]]).await;
    assert_eq!(refused.status, 403);
    let bring = async |name: &str, octets: &[u8]| {
        let parts: [(&str, &str, &[u8]); 5] = [
            ("csrf", "", token.as_bytes()),
            ("bank-of-file", "", BANK_1.as_bytes()),
            ("day-of-file", "", TODAY.as_bytes()),
            ("register", name, octets),
            ("statement", "", b""),
        ];
        finance.bring(&world, "/reconciliation/files", &parts).await
    };
    let sent = bring("register.csv", &english).await;
    assert_eq!(sent.status, 303, "{}", text(&sent));
    let wrong = String::from_utf8(english.clone()).unwrap().replacen("1725.00", "1725.01", 1);
    let refused = bring("register.csv", wrong.as_bytes()).await;
    assert_eq!(refused.status, 422, "{}", text(&refused));
    assert!(text(&refused).contains("data-result=\"file-refused\""), "{}", text(&refused));
    let unread = bring("register.exe", &english).await;
    assert_eq!(unread.status, 415, "{}", text(&unread));
    assert!(text(&unread).contains("camt.054"), "{}", text(&unread));
    assert_eq!(bring("register.csv", &vec![b'x'; 800 * 1024]).await.status, 422);
    let of_page = sent.headers["location"].to_str().unwrap().to_owned();
    let run = finance.get(&of_page).await;
    assert_eq!((data(&run, "agreed").as_str(), data(&run, "differing").as_str()), ("2", "0"), "{}", run.body);
    assert!(officer.get("/reconciliation/1").await.body.contains("newer run"));
    assert_eq!(provider.get(&of_page).await.status, 403);
    let runs = finance.get("/lists/reconciliations/list-machine.csv").await;
    assert_eq!(runs.body.lines().count(), 3, "nothing of what was refused is kept: {}", runs.body);
    assert!(finance.get("/").await.body.contains(&of_page), "the newest run is on the start page");

    let page = provider.get("/redemption").await;
    assert_eq!(data(&page, "redemption"), "3", "{}", page.body);
    assert!(page.body.contains(SERVICE.0) && !page.body.contains(OTHER_SERVICE.0), "{}", page.body);
    world.chain().await;
}

/// Files of officers are taken up to the bounds that files have, from nobody but an officer at work who may make the run;
/// what is longer is refused, all other forms stay small, and nothing stays on the disk.
///
/// Meets: C10, C19
/// Defends: A22, A25, A30
#[tokio::test(flavor = "multi_thread")]
async fn long_files_are_taken_from_officers_who_may_bring_them_and_from_nobody_else() {
    let world = World::start().await;
    let (one, other) = (Officer::of(&world, FINANCE), Officer::of(&world, AUDITOR));
    let mut finance = Console::open(&world, &one).await;
    let mut auditor = Console::open(&world, &other).await;
    let token = csrf(&finance.get("/reconciliation").await);
    let auditors = csrf(&auditor.get("/search").await);
    let (bank, day) = (BANK_1.as_bytes(), TODAY.as_bytes());
    const MIB: usize = 1 << 20;
    // Each row is one fault, and no more of them is kept than is told.
    let long = "x;y\n".repeat(5 * MIB).into_bytes();
    let files_of = |world: &World| {
        let all = std::fs::read_dir(world.path("")).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<String> = all.map(|name| name.into_string().unwrap()).collect();
        names.retain(|name| [".csv", ".xml", ".xlsx"].iter().any(|ending| name.ends_with(ending)));
        names
    };
    let path = "/reconciliation/files";
    let sent = finance
        .bring(
            &world,
            path,
            &[
                ("csrf", "", token.as_bytes()),
                ("bank-of-file", "", bank),
                ("day-of-file", "", day),
                ("register", "r.csv", &long),
            ],
        )
        .await;
    assert_eq!(sent.status, 422, "{}", text(&sent));
    assert!(text(&sent).contains("data-result=\"file-refused\""), "{}", text(&sent));
    for (kind, name, octets) in [
        ("statement", "s.csv", vec![b'x'; 16 * MIB + 1]),
        ("register", "r.csv", vec![b'x'; 64 * MIB + 1]),
        ("register", "r.csv", vec![b'x'; 90 * MIB]),
    ] {
        let parts: [(&str, &str, &[u8]); 4] = [
            ("csrf", "", token.as_bytes()),
            ("bank-of-file", "", bank),
            ("day-of-file", "", day),
            (kind, name, &octets),
        ];
        let refused = finance.bring(&world, path, &parts).await;
        assert_eq!(refused.status, 413, "{kind} of {}: {}", octets.len(), text(&refused));
    }
    let parts: [(&str, &str, &[u8]); 4] = [
        ("csrf", "", token.as_bytes()),
        ("bank-of-file", "", bank),
        ("day-of-file", "", day),
        ("register", "r.pdf", b"%PDF"),
    ];
    let refused = finance.bring(&world, path, &parts).await;
    assert_eq!(refused.status, 415, "{}", text(&refused));
    assert!(text(&refused).contains(".xml, .csv, .xlsx"), "{}", text(&refused));

    // Without the token, without the right, without a session, before the bank is named, in another form.
    let file: (&str, &str, &[u8]) = ("register", "r.csv", &long);
    let of: [(&str, &str, &[u8]); 2] = [("bank-of-file", "", bank), ("day-of-file", "", day)];
    for (what, console, parts, status) in [
        ("no token", &finance, vec![of[0], of[1], file], 403),
        ("another's token", &finance, vec![("csrf", "", auditors.as_bytes()), of[0], of[1], file], 403),
        ("no right", &auditor, vec![("csrf", "", auditors.as_bytes()), of[0], of[1], file], 403),
        ("no bank yet", &finance, vec![("csrf", "", token.as_bytes()), file, of[0], of[1]], 400),
        ("a long token", &finance, vec![("csrf", "", &long[..5000]), of[0], of[1], file], 400),
    ] {
        let answer = console.bring(&world, path, &parts).await;
        assert_eq!(answer.status, status, "{what}: {}", text(&answer));
    }
    auditor.post("/sign-out", &[("csrf", &auditors)]).await;
    let parts: [(&str, &str, &[u8]); 4] = [("csrf", "", auditors.as_bytes()), of[0], of[1], file];
    assert_eq!(auditor.bring(&world, path, &parts).await.status, 303, "nobody is at work there any more");
    let parts: [(&str, &str, &[u8]); 2] =
        [("csrf", "", token.as_bytes()), ("document", "d.xml", &long[..MIB])];
    assert_eq!(finance.bring(&world, "/proposals", &parts).await.status, 413);
    assert_eq!(files_of(&world), Vec::<String>::new());
    assert_eq!(finance.get("/reconciliation").await.status, 200);
}
