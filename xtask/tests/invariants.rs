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

/// A check that asks nobody refuses a first visit under `ocsp = "required"`; only one's own certificates wait for nothing,
/// and an evidence pack is judged by what is in it.
#[test]
fn who_comes_in_is_checked_by_all_sources() {
    let allowed = [
        "crates/envelope/src/open.rs",
        "crates/participant/src/ocsp.rs",
        "crates/participant/src/health.rs",
        "participants/gateway/src/confidential.rs",
        "participants/gateway/src/evidence/check.rs",
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

/// The packages of `Cargo.lock`, each with what it says of itself.
fn locked() -> Vec<(String, String, Option<String>, Option<String>)> {
    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let of = |package: &str, name: &str| {
        let line = package.lines().find_map(|line| line.strip_prefix(&format!("{name} = \"")));
        line.map(|rest| rest.trim_end_matches('"').to_owned())
    };
    let packages = lock.split("[[package]]").skip(1);
    packages
        .map(|one| {
            let said = |name: &str| of(one, name);
            (said("name").unwrap(), said("version").unwrap(), said("source"), said("checksum"))
        })
        .collect()
}

/// What others wrote is the very octets of the registry, and nothing is named by a package of ours that is not accounted
/// for with its version. That nobody has put something bad into those octets is
/// not shown by this.
///
/// Defends: A31
#[test]
fn what_others_wrote_comes_from_the_registry_by_its_checksum_and_is_accounted_for() {
    let locked = locked();
    assert!(locked.len() > 100, "the lock is found");
    let (own, foreign): (Vec<_>, Vec<_>) = locked.into_iter().partition(|(_, _, source, _)| source.is_none());
    let mut found = Vec::new();
    for (name, version, source, checksum) in &foreign {
        let is_registry = source.as_deref() == Some("registry+https://github.com/rust-lang/crates.io-index");
        let is_digest = |sum: &String| sum.len() == 64 && sum.bytes().all(|octet| octet.is_ascii_hexdigit());
        if !is_registry || !checksum.as_ref().is_some_and(is_digest) {
            found.push(format!("{name} {version} is not from the registry by a checksum"));
        }
    }
    // That nothing refused by name is linked, and no licence unknown, is asked of cargo-deny by scripts/test.
    let deny = fs::read_to_string(root().join("deny.toml")).unwrap();
    for rule in ["unknown-registry = \"deny\"", "unknown-git = \"deny\"", "wildcards = \"deny\""] {
        assert!(deny.contains(rule), "deny.toml has lost {rule}");
    }

    let documented = fs::read_to_string(root().join("docs/dependencies.md")).unwrap();
    let cells = |line: &str| line.split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let rows = documented.lines().filter(|line| line.starts_with("| `")).map(cells);
    let accounted: Vec<(String, String)> = rows
        .flat_map(|cells| {
            let names: Vec<String> =
                cells[1].split(", ").map(|name| name.trim_matches('`').to_owned()).collect();
            let versions: Vec<String> = cells[2].split(", ").map(str::to_owned).collect();
            let of = move |at: usize| versions.get(at).or(versions.last()).cloned().unwrap_or_default();
            names.into_iter().enumerate().map(move |(at, name)| (name, of(at))).collect::<Vec<_>>()
        })
        .collect();
    let mut manifests = vec![fs::read_to_string(root().join("Cargo.toml")).unwrap()];
    for folder in ["crates", "participants", "app", "xtask"] {
        walk(&root().join(folder), &mut |path| {
            if path.ends_with("Cargo.toml") {
                manifests.push(fs::read_to_string(path).unwrap());
            }
        });
    }
    let mut named = 0;
    for (name, ..) in &foreign {
        let begins = |line: &str| {
            let rest = line.strip_prefix(name.as_str());
            rest.is_some_and(|rest| rest.starts_with(" = ") || rest.starts_with('.'))
        };
        if !manifests.iter().any(|manifest| manifest.lines().any(begins)) {
            continue;
        }
        named += 1;
        // What follows a plus names no other version.
        let plain = |version: &str| version.split('+').next().unwrap_or_default().to_owned();
        let versions: Vec<String> = foreign
            .iter()
            .filter(|(other, ..)| other == name)
            .map(|(_, version, ..)| plain(version))
            .collect();
        let is_accounted = accounted.iter().any(|(one, version)| one == name && versions.contains(version));
        if !is_accounted {
            found.push(format!("{name} {versions:?} is not in docs/dependencies.md with this version"));
        }
    }
    assert!(named > 40 && own.len() > 15, "{named} crates are named by {} packages of ours", own.len());
    none(&found);
}
