//! The seven tables of the instruction and its clauses, end to end: the real processes, their front doors, one line for each step.
//!
//! What a step checks stands in `app/src/walk`; here it is run, and its lines are compared with the catalogue, so that
//! a step that is left out fails too.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

/// The ids of one table in docs/requirements.md, in its order.
fn catalogue(table: u8) -> Vec<String> {
    let text =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/requirements.md")).unwrap();
    let head = format!("- T{table}.");
    text.lines()
        .filter(|line| line.starts_with(&head))
        .filter_map(|line| line.split_whitespace().nth(1))
        .map(str::to_owned)
        .collect()
}

/// Walks tables in a fresh country; every step of the catalogue must be printed, in order, and be ok.
fn walks(table: &str, expected: &[String], options: &[&str]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tolem"));
    command.args(["walk", table, "--json"]).args(options).stdin(Stdio::null());
    let output = command.output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<serde_json::Value> =
        stdout.lines().map(|line| serde_json::from_str(line).expect("a JSON object a line")).collect();
    let wrong: Vec<_> = lines.iter().filter(|line| line["ok"] != true).collect();
    assert!(wrong.is_empty() && output.status.success(), "{wrong:#?}\n{stderr}");
    let ids: Vec<_> = lines.iter().map(|line| line["id"].as_str().unwrap_or_default().to_owned()).collect();
    assert_eq!(ids, expected);
}

fn table(number: u8) {
    walks(&number.to_string(), &catalogue(number), &[]);
}

/// Meets: C5, C7.1, C8.1, C13.2, T1.pre, T1.1-3, T1.4-5, T1.6-11, T1.12-13, T1.14-17, T1.18-21, T1.22, T1.23
/// Meets: T1.24-27, T1.28-30, T1.31-32, T1.post
#[test]
fn table_1_by_card_at_the_portal() {
    table(1);
}

/// Meets: C7.2, T2.1-5, T2.6-8, T2.9-11, T2.12-13, T2.14, T2.15-16, T2.17-18, T2.19-20, T2.21-23, T2.post
#[test]
fn table_2_from_a_bank_account() {
    table(2);
}

/// Meets: C7.3, T3.pre, T3.1-3, T3.4-7, T3.8-12, T3.13-14, T3.15-16, T3.17, T3.18-21, T3.post
#[test]
fn table_3_by_internet_banking() {
    table(3);
}

/// Meets: C4, C7.4, T4.1, T4.2, T4.3, T4.4, T4.5, T4.6-10, T4.11, T4.12, T4.13-16, T4.17-18, T4.post
#[test]
fn table_4_at_an_atm() {
    table(4);
}

/// Meets: C4, C7.5, T5.1, T5.2, T5.3-9, T5.10-11, T5.12-17, T5.18, T5.19-20, T5.21-25, T5.post
#[test]
fn table_5_in_cash_at_a_kiosk() {
    table(5);
}

/// Meets: C8.1, C8.3, T6.pre, T6.1-3, T6.4-7, T6.8, T6.9-10, T6.11-13, T6.14, T6.15, T6.16-18, T6.19, T6.post
#[test]
fn table_6_a_prepaid_service_at_the_portal() {
    table(6);
}

/// Meets: C6, C8.2, T7.pre, T7.1-2, T7.3-4, T7.5-10, T7.11, T7.12-13, T7.14-15, T7.16-18, T7.post
#[test]
fn table_7_a_prepaid_service_at_a_service_centre() {
    table(7);
}

/// Every table, while one participant is killed and started again between any two steps. Money moves once.
///
/// Meets: C2.3, C2.12, C21
/// Defends: A9, A10
#[test]
fn the_country_survives_kills_between_any_two_steps() {
    walks("all", &everything(), &["--disturb", "2026"]);
}

/// The tables, and the clauses from the tenth on, which are about the whole country.
fn everything() -> Vec<String> {
    (1..=7).flat_map(catalogue).chain(clauses()).collect()
}

fn clauses() -> Vec<String> {
    let text =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/requirements.md")).unwrap();
    let ids = text.lines().filter_map(|line| line.strip_prefix("- C")?.split_whitespace().next());
    let is_tenth_or_later = |id: &&str| {
        let clause = id.split('.').next().and_then(|number| number.parse::<u32>().ok());
        clause.is_some_and(|clause| clause >= 10)
    };
    ids.filter(is_tenth_or_later).map(|id| format!("C{id}")).collect()
}

/// From the notice of a payment to a provider that is paid, a payer who is given back what was not used, and a day that
/// closes.
///
/// Meets: C10, C11.1, C11.2, C12.1, C12.2, C12.3, C14, C15, C17, C18, C19, C20.1, C20.2, C20.4, C20.6, C22, C23, C24
/// Defends: A32
#[test]
fn the_clauses_about_the_whole_country() {
    walks("clauses", &clauses(), &[]);
}

/// Every message, receipt and head of evidence signed with the national algorithms.
///
/// Meets: C16
#[test]
fn the_country_walks_with_the_national_suite() {
    walks("all", &everything(), &["--suite", "gost512"]);
}

/// GOST under Kazakh and Russian identifiers, RSA and ECDSA: each pair of neighbours understands the other's.
///
/// Meets: C16
/// Defends: A28
#[test]
fn the_country_walks_with_every_suite_at_once() {
    walks("all", &everything(), &["--suite", "mixed"]);
}

/// Ctrl-C leaves neither processes nor keys behind, and is told.
///
/// Defends: A17
#[test]
fn a_walk_that_is_interrupted_stops_its_country_and_removes_it() {
    let folder = std::env::temp_dir().join(format!("tolem-interrupted-{}", std::process::id()));
    for walks in [false, true] {
        std::fs::create_dir_all(&folder).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_tolem"));
        command.args(["walk", "all", "--json"]).env("TMPDIR", &folder).stdin(Stdio::null());
        let mut walk = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        if walks {
            let mut line = String::new();
            BufReader::new(walk.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
            assert!(line.contains("T1.pre"), "{line}");
        } else {
            // Some of the children are there, and not all are ready.
            let country = folder.join(format!("tolem-walk-{}", walk.id()));
            while !country.join("gateway/pid").exists() {
                assert!(walk.try_wait().unwrap().is_none());
                std::thread::sleep(std::time::Duration::from_millis(20));
            }
        }
        let interrupted = Command::new("kill").args(["-INT", &walk.id().to_string()]).status().unwrap();
        assert!(interrupted.success());
        let output = walk.wait_with_output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(130), "{stderr}");
        assert!(stderr.contains("stopped and removed"), "{stderr}");
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0, "{stderr}");
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
