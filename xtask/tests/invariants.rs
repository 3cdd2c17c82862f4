//! The invariants that ARCHITECTURE.md lists and that can be seen in the text of the sources.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every Rust source of the product, with its path from the root; tests apart from the code are left out.
fn sources() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for folder in ["crates", "participants", "app"] {
        walk(&root().join(folder), &mut |path| {
            let shown = path.strip_prefix(root()).unwrap_or(path).display().to_string();
            let is_product =
                shown.contains("/src/") && !shown.contains("/tests") && !shown.ends_with("/tests.rs");
            if is_product && shown.ends_with(".rs") {
                let text = fs::read_to_string(path).unwrap();
                // A module of tests at the end of a file is not the product.
                let text = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default().to_owned();
                found.push((shown, text));
            }
        });
    }
    assert!(found.len() > 100, "the sources are found");
    found
}

fn walk(folder: &Path, visit: &mut dyn FnMut(&Path)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, visit);
        } else {
            visit(&path);
        }
    }
}

fn manifest(path: &str) -> String {
    fs::read_to_string(root().join(path).join("Cargo.toml")).unwrap()
}

/// The names under `[dependencies]`.
fn dependencies(path: &str) -> Vec<String> {
    let manifest = manifest(path);
    let (_, rest) = manifest.split_once("[dependencies]").unwrap_or_default();
    let section = rest.split("\n[").next().unwrap_or_default();
    section
        .lines()
        .filter_map(|line| line.split(['.', '=', ' ']).next())
        .filter(|name| !name.is_empty() && !name.starts_with('#'))
        .map(str::to_owned)
        .collect()
}

/// Lines of code that contain one of the words, outside the files allowed to.
fn offences(words: &[&str], allowed: &[&str]) -> Vec<String> {
    let is_allowed = |path: &str| allowed.iter().any(|part| path.contains(part));
    let mut found = Vec::new();
    for (path, text) in sources().iter().filter(|(path, _)| !is_allowed(path)) {
        for (number, line) in text.lines().enumerate() {
            let is_comment = line.trim_start().starts_with("//");
            if !is_comment && words.iter().any(|word| line.contains(word)) {
                found.push(format!("{path}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    found
}

fn none(found: &[String]) {
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_pure_middle_depends_on_nothing_that_acts() {
    assert_eq!(dependencies("crates/terms"), ["jiff", "uuid", "thiserror", "iban_validate"]);
    assert_eq!(dependencies("crates/payment"), ["terms", "thiserror"]);
    assert_eq!(dependencies("crates/ledger"), ["terms", "payment", "thiserror"]);
    none(
        &offences(&["std::fs", "std::net", "async fn", "Instant::now", "SystemTime"], &[])
            .into_iter()
            .filter(|line| {
                ["crates/terms", "crates/payment", "crates/ledger"].iter().any(|pure| line.starts_with(pure))
            })
            .collect::<Vec<_>>(),
    );
}

#[test]
fn only_wire_knows_business_element_names() {
    let names = [
        "\"paymentCode\"",
        "<paymentCode",
        "\"beneficiaryIban\"",
        "\"transactionNumber\"",
        "\"bankReference\"",
    ];
    none(&offences(&names, &["crates/wire/"]));
}

#[test]
fn only_stores_know_sql() {
    let words = ["\"SELECT ", "INSERT INTO", "DELETE FROM", "CREATE TABLE", "\"UPDATE "];
    none(&offences(&words, &["crates/store/", "/store.rs", "/store/"]));
}

#[test]
fn only_pages_know_html() {
    let words = ["<form", "<html", "<body", "<table", "<h1>", "<p>", "<li>"];
    none(&offences(&words, &["crates/pages/", "/pages", "/page", "/view.rs", "/screen", "/html.rs"]));
}

#[test]
fn only_transport_opens_sockets() {
    none(&offences(&["TcpListener", "TcpStream", "UdpSocket", "UnixStream"], &["crates/transport/"]));
}

/// A check that asks nobody refuses a first visit under `ocsp = "required"`; only one's own certificates wait for nothing.
#[test]
fn who_comes_in_is_checked_by_all_sources() {
    let allowed = [
        "crates/envelope/src/open.rs",
        "crates/participant/src/ocsp.rs",
        "crates/participant/src/health.rs",
        "participants/gateway/src/confidential.rs",
    ];
    none(&offences(&["trust.check(", ".trust().check("], &allowed));
}

#[test]
fn no_participant_depends_on_another() {
    let participants = ["gateway", "portal", "national_ca", "bank", "tax_registry", "service_bus"];
    for participant in participants {
        let dependencies = dependencies(&format!("participants/{participant}"));
        for other in participants {
            assert!(!dependencies.iter().any(|name| name == other), "{participant} depends on {other}");
        }
    }
}

#[test]
fn the_clock_and_the_randomness_are_made_in_one_place() {
    let words = ["from_system_clock()", "getrandom::fill", "SystemTime::now", "Timestamp::now"];
    none(&offences(
        &words,
        &["crates/terms/src/time.rs", "crates/participant/src/host.rs", "crates/transport/src/tls.rs"],
    ));
}

#[test]
fn no_floating_point_number_holds_money() {
    // Geometry on paper, gauges of the metrics and measured ratios are no money.
    let measures = [
        "crates/files/",
        "crates/participant/src/trust.rs",
        "participants/gateway/src/jobs.rs",
        "app/src/bench",
    ];
    none(&offences(&["f32", "f64"], &measures));
}

/// Meets: C13.2
/// Defends: A17
#[test]
fn card_data_has_no_debug_no_serialisation_and_no_column() {
    for (path, text) in sources() {
        for name in ["Pan", "Cvc2", "Pin"] {
            let Some(at) = text.find(&format!("pub struct {name}(")) else { continue };
            let before: Vec<&str> = text[..at].lines().rev().take_while(|line| !line.is_empty()).collect();
            let attributes = before.join("\n");
            assert!(!attributes.contains("Debug") && !attributes.contains("Serialize"), "{path}: {name}");
            assert!(!text.contains(&format!("Debug for {name}")), "{path}: {name}");
            assert!(!text.contains(&format!("Display for {name}")), "{path}: {name}");
        }
    }
    let steps = ["gateway.sql", "gateway_2.sql", "gateway_3.sql"];
    let schema: String = steps
        .iter()
        .map(|step| fs::read_to_string(root().join("crates/store/src/schema").join(step)).unwrap())
        .collect();
    let schema = schema.to_lowercase();
    for column in ["pan", "card_number", "cvc", "cvv", "expiry"] {
        assert!(
            !schema.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == column),
            "{column}"
        );
    }
}

#[test]
fn unsafe_code_stands_in_one_module() {
    none(&offences(&["unsafe {", "unsafe fn", "unsafe impl"], &["app/src/memory.rs"]));
    none(&offences(&["allow(unsafe_code)"], &["app/src/main.rs"]));
}
