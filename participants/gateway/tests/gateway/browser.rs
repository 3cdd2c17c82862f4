//! The console in a real browser, headless Chromium: every page in three languages judged by axe, by the keyboard alone,
//! and two officers changing a group by uploading what they signed.
//!
//! The browser is driven by `tests/browser/console.mjs`. `TOLEM_BROWSER=1`, as `scripts/test` sets it, demands the browser;
//! elsewhere the test says that it is missing and passes.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use gateway::reconciliation::{Given, reconcile};
use gateway::settlement::{CloseDay, close_day};
use rights::{Permitted, SystemJob};
use serde_json::{Value, json};
use store::Store as _;
use wire::proposal::{DecisionWord, GroupChangeKind};

use crate::officers::{Officer, member};
use crate::reconciliation::comparing;
use crate::talk::Client;
use crate::world::{
    AUDITOR, BANK_1, BANK_OFFICER, FINANCE, PROVIDER_OFFICER, SECURITY, SECURITY_2, World, bin,
};

/// The driver and the browser; none where one of them is not installed.
fn installed() -> Option<(PathBuf, PathBuf)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser");
    let chromium = Path::new("/usr/bin/chromium").to_owned();
    let found = folder.join("node_modules/playwright-core").is_dir() && chromium.exists();
    if !found {
        assert!(std::env::var_os("TOLEM_BROWSER").is_none(), "TOLEM_BROWSER asks for chromium and npm ci");
        println!("skipped: chromium, or the driver that npm ci installs in {}, is missing", folder.display());
    }
    found.then_some((folder.join("console.mjs"), chromium))
}

/// What the driver saw, one object after another.
fn drive(driver: &Path, plan: &Value) -> Vec<Value> {
    let mut child = Command::new("node")
        .arg(driver)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(plan.to_string().as_bytes()).unwrap();
    let done = child.wait_with_output().unwrap();
    let seen = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(done.status.success(), "{seen}\n{}", String::from_utf8_lossy(&done.stderr));
    seen.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn officer(officer: &Officer, pages: &[String], uploads: &[Vec<u8>]) -> Value {
    let (certificate, key) = &officer.way_in_pem;
    let uploads: Vec<_> = uploads.iter().map(|octets| String::from_utf8_lossy(octets).into_owned()).collect();
    json!({ "certificate": certificate, "key": key, "pages": pages, "uploads": uploads, "flows": [] })
}

/// A day with everything on it: payments, claims, payouts, registers, a closing and a run of reconciliation.
async fn a_day_at_work(world: &World) {
    let (cx, day) = (world.cx(), world.now().banking_day());
    Client::of(world.bank_2.host.clone()).paid().await;
    world.bank_2.go_down().await;
    let close = Permitted::system(CloseDay { day }, SystemJob("test"));
    close_day(&cx, &close).await.unwrap();
    reconcile(&cx, &comparing(bin(BANK_1), day), Given::default()).await.unwrap();
}

/// Meets: C10, C11.1, C11.2, C19, C20.2, C23
/// Defends: A25
#[tokio::test(flavor = "multi_thread")]
async fn officers_work_in_a_browser_by_the_keyboard_and_axe_finds_nothing() {
    let Some((driver, chromium)) = installed() else { return };
    let world = World::start().await;
    let code = Client::of(world.bank_1.host.clone()).paid().await;
    let (first, second) = (Officer::of(&world, SECURITY), Officer::of(&world, SECURITY_2));
    let removed = member(GroupChangeKind::RemoveMember, "bank", BANK_1, "everything");
    let proposal = first.change(&world, removed);
    let own = first.decision(&world, &proposal, DecisionWord::Approve);
    let approval = second.decision(&world, &proposal, DecisionWord::Approve);
    let pages = |list: &[&str]| -> Vec<String> { list.iter().map(ToString::to_string).collect() };
    let payment = format!("/payments?code={}", code.digits());
    a_day_at_work(&world).await;
    let register = format!("/registers/bank:{BANK_1}/2026-11-22/1");
    let work = [
        "/",
        "/search?state=paid",
        "/search?q=790304100022",
        "/claims",
        "/claims/C-20261122-0001",
        "/payouts",
        "/registers",
        &register,
        "/reconciliation",
        "/reconciliation/1",
        "/days",
        "/days/2026-11-22/1",
    ];
    let mut finance = officer(&Officer::of(&world, FINANCE), &pages(&work), &[]);
    finance["flows"] = json!([{ "q": code.digits(), "name": "One payment" }]);
    let plan = json!({
        "url": world.console_url(),
        "chromium": chromium,
        "officers": [
            officer(
                &Officer::of(&world, AUDITOR),
                &pages(&["/", &payment, "/reports?span=month&by=bank", "/reports?by=hour", "/books", "/readings", "/anomalies", "/groups",
                    "/matrix", "/why", "/keys", "/proposals"]),
                &[],
            ),
            officer(&Officer::of(&world, FINANCE), &pages(&["/groups", "/payments?code=1", "/payments/0/xml/1"]), &[]),
            finance,
            officer(&Officer::of(&world, PROVIDER_OFFICER), &pages(&["/", "/redemption"]), &[]),
            officer(&Officer::of(&world, BANK_OFFICER), &pages(&["/reports?by=day", &payment, "/", "/claims"]), &[]),
            officer(&first, &pages(&["/readings"]), &[first.signed(&proposal), first.signed(&own)]),
            officer(
                &second,
                &pages(&["/proposals", &format!("/proposals/{}", proposal.number)]),
                &[second.signed(&approval)],
            ),
        ],
    });
    let seen = tokio::task::spawn_blocking(move || drive(&driver, &plan)).await.unwrap();
    let shown = seen.iter().filter(|one| one["asked"].is_string());
    assert_eq!(shown.clone().count(), 3 * (12 + 3 + 12 + 2 + 4 + 1 + 2));
    for one in &seen {
        assert_eq!(one["violations"], json!([]), "{one}");
    }
    for one in shown {
        assert_eq!(one["language"], one["asked"], "{one}");
        assert_eq!((&one["headings"], &one["missing"]), (&json!(1), &json!([])), "{one}");
    }
    let flow = seen.iter().find(|one| one["saw"] == "flow").unwrap();
    for (name, expected) in [("found", "1"), ("state", "paid"), ("views", "1"), ("again", "1")] {
        assert_eq!(flow[name], expected, "{flow}");
    }
    let file = flow["file"].as_str().unwrap();
    assert!(file.contains(&code.to_string()) && file.lines().count() == 2, "{file}");
    let brought: Vec<_> = seen.iter().filter(|one| one["saw"] == "upload").collect();
    let words: Vec<_> = brought.iter().map(|one| (one["state"].as_str(), one["result"].as_str())).collect();
    assert_eq!(words, [(Some("proposed"), None), (None, Some("same-person")), (Some("approved"), None)]);
    let rows = world.cx().store.read(|view| view.memberships()).await.unwrap();
    let of_bank = rows.iter().filter(|row| row.member.to_string() == BANK_1 && row.group == "bank");
    assert!(
        of_bank.clone().count() > 0 && of_bank.clone().next_back().is_some_and(|row| !row.is_member),
        "{rows:?}"
    );
}
