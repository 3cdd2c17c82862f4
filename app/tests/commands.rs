//! The command line as people and scripts use it: examples, JSON, exit codes.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn tolem(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tolem")).args(arguments).output().unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// The names of subcommands in a help text.
fn subcommands(help: &str) -> Vec<String> {
    let Some((_, rest)) = help.split_once("Commands:\n") else { return Vec::new() };
    rest.lines()
        .take_while(|line| !line.is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

/// A folder of this test's own, removed at its end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("tolem-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A folder that stays is litter, not a failure.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn the_help_of_every_command_begins_with_an_example_and_offers_json() {
    let mut waiting = vec![Vec::<String>::new()];
    let mut seen = 0;
    while let Some(command) = waiting.pop() {
        let mut arguments: Vec<&str> = command.iter().map(String::as_str).collect();
        arguments.push("--help");
        let help = text(&tolem(&arguments));
        assert!(help.starts_with("Example: tolem "), "{command:?}: {help}");
        assert!(help.contains("--json"), "{command:?}");
        seen += 1;
        for name in subcommands(&help) {
            waiting.push(command.iter().cloned().chain([name]).collect());
        }
    }
    assert!(seen > 20, "only {seen} commands were found");
}

/// A file that is no pack ends with the code for signatures and its own reason, one that is not there with that for what is
/// not found; a device without an end is read no further than a pack may be long.
///
/// Defends: A19, A22
#[test]
fn a_bad_evidence_pack_ends_with_its_own_exit_code_and_reason() {
    let folder = Folder::new("packs");
    let root = folder.path("root");
    let made = tolem(&["ca", "init", "--dir", &root, "--crl-url", "https://ca.example/crl"]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let root = std::fs::read_dir(&root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|ending| ending == "crt"))
        .expect("the authority has a certificate")
        .display()
        .to_string();
    let file = |name: &str, octets: &[u8]| {
        std::fs::write(folder.path(name), octets).unwrap();
        folder.path(name)
    };
    for (pack, code, why) in [
        (folder.path("absent"), 3, "No such file"),
        (file("empty", b""), 5, "cut off"),
        (file("cut", &[b'x'; 700]), 5, "the header at octet 0"),
        (file("end", &[0; 1024]), 5, "manifest.xml"),
        ("/dev/zero".to_owned(), 5, "longer than"),
    ] {
        let verified = tolem(&["--json", "evidence", "verify", &pack, "--root", &root]);
        let said = String::from_utf8(verified.stderr.clone()).unwrap();
        assert_eq!(verified.status.code(), Some(code), "{pack}: {said}");
        assert!(said.contains(why) && verified.stdout.is_empty(), "{pack}: {said}");
    }
}

#[test]
fn what_is_printed_from_code_is_printed_as_json_lines_too() {
    for command in ["states", "faults", "rights", "config"] {
        let output = tolem(&[command, "--json"]);
        assert!(output.status.success());
        let lines = text(&output);
        assert!(!lines.is_empty());
        for line in lines.lines() {
            serde_json::from_str::<serde_json::Value>(line)
                .unwrap_or_else(|error| panic!("{command}: {error}: {line}"));
        }
    }
}

#[test]
fn exit_codes_say_how_it_ended() {
    let folder = Folder::new("exit");
    let missing = folder.path("missing");
    let cases: [(&[&str], i32); 16] = [
        (&["no-such-command"], 2),
        (&["report", "--day", "2024-02-30"], 2),
        (&["report", "--until", "2026-11-22"], 2),
        (&["report", "--from", "2026-11-22", "--span", "month"], 2),
        (&["report", "--by", "colour"], 2),
        (&["reconcile", "--bank", "500140000018", "--day", "2026-11-22"], 2),
        (&["reconcile", "--bank", "500140000017", "--day", "2026-11-22", "--language", "de"], 2),
        (&["register", "form", "--day", "tomorrow"], 2),
        (&["access", "why", "700707100057", "Fly"], 2),
        (&["refund", "list", "--state", "lost"], 2),
        (&["payment", "search", "--reason", "a test", "--limit", "0"], 2),
        (&["payment", "search", "--reason", "a test", "--reference", "%"], 2),
        (&["walk", "8"], 2),
        (&["payment", "show", "1234", "--config", &missing], 2),
        (&["receipt", "verify", &missing], 3),
        (&["ca", "list", "--dir", &missing], 3),
    ];
    for (arguments, code) in cases {
        assert_eq!(tolem(arguments).status.code(), Some(code), "{arguments:?}");
    }
    // What is wrong is said by its name and its value, for machines too.
    let day = tolem(&["report", "--day", "2024-02-30", "--json"]);
    let told: serde_json::Value = serde_json::from_slice(&day.stderr).unwrap();
    let error = told["error"].as_str().unwrap();
    assert!(
        ["2024-02-30", "--day", "no day of the calendar"].iter().all(|word| error.contains(word)),
        "{error}"
    );
    let forged = folder.path("forged.xml");
    std::fs::write(&forged, "<Receipt xmlns=\"urn:tolem:common:v1\"></Receipt>").unwrap();
    let ca = folder.path("ca");
    assert!(tolem(&["ca", "init", "--dir", &ca, "--crl-url", "https://127.0.0.1/list.crl"]).status.success());
    let again = tolem(&["ca", "init", "--dir", &ca, "--crl-url", "https://127.0.0.1/list.crl"]);
    assert_eq!(again.status.code(), Some(7));
    let root = Path::new(&ca).join("national-ca.crt").display().to_string();
    let verified = tolem(&["receipt", "verify", &forged, "--national-ca", &root, "--json"]);
    assert_eq!(verified.status.code(), Some(5));
    let error: serde_json::Value = serde_json::from_slice(&verified.stderr).expect("errors are JSON too");
    assert_eq!(error["exit_code"], 5);
}

/// The CA's commands, judged by OpenSSL: what is issued verifies, what is revoked does not.
///
/// Meets: C12.3, C17
#[test]
fn what_the_ca_issues_verifies_and_what_it_revokes_does_not() {
    let folder = Folder::new("ca");
    let (ca, out) = (folder.path("ca"), folder.path("bank"));
    assert!(tolem(&["ca", "init", "--dir", &ca, "--crl-url", "https://127.0.0.1/list.crl"]).status.success());
    let issue = ["ca", "issue", "--dir", &ca, "--profile", "participant-signing", "--bin", "500340000054"];
    let issued = tolem(&[&issue[..], &["--name", "Алатау Банк", "--out", &out, "--json"]].concat());
    assert!(issued.status.success(), "{}", String::from_utf8_lossy(&issued.stderr));
    let issued: serde_json::Value = serde_json::from_slice(&issued.stdout).unwrap();
    let verifies = |expected: bool| {
        let list = folder.path("list.crl");
        assert!(tolem(&["ca", "crl", "--dir", &ca, "--out", &list]).status.success());
        let pem = folder.path("list.pem");
        let converted = Command::new("openssl")
            .args(["crl", "-inform", "DER", "-in", &list, "-out", &pem])
            .status()
            .unwrap();
        assert!(converted.success());
        let root = format!("{ca}/national-ca.crt");
        let certificate = format!("{out}.pem");
        let output = Command::new("openssl")
            .args(["verify", "-crl_check", "-CAfile", &root, "-CRLfile", &pem, &certificate])
            .output()
            .unwrap();
        assert_eq!(output.status.success(), expected, "{}", String::from_utf8_lossy(&output.stderr));
    };
    verifies(true);
    let serial = issued["serial"].as_str().unwrap();
    assert!(tolem(&["ca", "revoke", "--dir", &ca, serial, "--reason", "key-compromise"]).status.success());
    verifies(false);
}

/// A country that runs; stopped by its id when it is dropped.
struct Running(std::process::Child);

impl Running {
    fn start(folder: &str) -> Self {
        Self::with_history(folder, 3)
    }

    fn with_history(folder: &str, payments: u32) -> Self {
        let history = payments.to_string();
        let port_base = (10_000 + std::process::id() % 800 * 25).to_string();
        let mut child = Command::new(env!("CARGO_BIN_EXE_tolem"))
            .args(["demo", "--dir", folder, "--port-base", &port_base, "--history", &history, "--json"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut ready = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut ready).unwrap();
        assert!(ready.starts_with('{'), "the country is not ready: {ready}");
        let said: serde_json::Value = serde_json::from_str(&ready).unwrap();
        assert_eq!(
            (&said["history"]["days"], &said["history"]["there"]),
            (&30.into(), &payments.into()),
            "{said}"
        );
        Self(child)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let told = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status();
        assert!(told.is_ok_and(|status| status.success()) && self.0.wait().is_ok());
    }
}

/// Databases are copied while their owners write; a copy in the place of the lost one is whole. A country runs once.
#[test]
fn a_backup_taken_while_the_country_runs_restores_whole() {
    let folder = Folder::new("backup");
    let country = folder.path("country");
    let at = |name: &str| format!("{country}/{name}");
    let config = |name: &str| at(&format!("{name}/config.toml"));
    {
        let _running = Running::start(&country);
        let names =
            ["national-ca", "gateway", "portal", "tax-registry", "service-bus", "bank1", "bank2-kiosk"];
        for name in names {
            let output = tolem(&["backup", "--config", &config(name), &at(&format!("{name}.backup"))]);
            assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        }
        // The keys of confidential data are exchanged beside the gateway that works with them.
        let rotated = tolem(&["data-key", "rotate", "--config", &config("gateway"), "--json"]);
        assert!(rotated.status.success(), "{}", String::from_utf8_lossy(&rotated.stderr));
        let rotated: serde_json::Value = serde_json::from_slice(&rotated.stdout).unwrap();
        assert_eq!((&rotated["number"], &rotated["rewrapped"]), (&3.into(), &2.into()));
        let listed = text(&tolem(&["data-key", "list", "--config", &config("gateway"), "--json"]));
        let listed: Vec<serde_json::Value> =
            listed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert!(listed.iter().all(|key| key["certificate"] == rotated["certificate"]));
        let present = listed.iter().filter(|key| key["retired_at"].is_null());
        assert_eq!(present.map(|key| &key["use"]).collect::<Vec<_>>(), ["search", "data"]);
        for again in [&["demo", "--dir", &country][..], &["demo", "--dir", &country, "--reset"]] {
            assert_eq!(tolem(again).status.code(), Some(7), "{again:?} beside a running country");
        }
    }
    for ending in ["", "-wal", "-shm", ".reserve"] {
        // Not every one of them is left after an orderly stop.
        let _ = std::fs::remove_file(at(&format!("gateway/gateway.db{ending}")));
    }
    let foreign = tolem(&["restore", "--config", &config("gateway"), &at("bank1.backup")]);
    assert_eq!(foreign.status.code(), Some(4), "a bank's backup in the gateway's place");
    let restored = tolem(&["restore", "--config", &config("gateway"), &at("gateway.backup")]);
    assert!(restored.status.success(), "{}", String::from_utf8_lossy(&restored.stderr));
    // The backup is older than the rotation; the certificate it was wrapped for is still in the folder.
    let listed = text(&tolem(&["data-key", "list", "--config", &config("gateway"), "--json"]));
    assert_eq!(listed.lines().count(), 2, "{listed}");
    // An auditor verifies it without the keys of confidential data.
    std::fs::remove_dir_all(at("gateway/confidential")).unwrap();
    let verified = tolem(&["payment", "verify-chain", "--config", &config("gateway"), "--json"]);
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
}

/// A day's registers by the command line: formed once, written in every form, verified without a line, and compared with
/// what the bank itself has.
///
/// Meets: C10
/// Defends: A29
#[test]
fn the_registers_of_a_day_are_formed_written_verified_and_reconciled() {
    let folder = Folder::new("registers");
    let country = folder.path("country");
    let config = format!("{country}/gateway/config.toml");
    let _running = Running::with_history(&country, 20);
    let lines = |output: &Output| -> Vec<serde_json::Value> {
        text(output).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let of_gateway = |arguments: &[&str]| tolem(&[arguments, &["--config", &config, "--json"]].concat());
    let postings = lines(&of_gateway(&["journal", "show"]));
    let day = postings[0]["day"].as_str().unwrap();
    let verified = of_gateway(&["journal", "verify"]);
    assert!(verified.status.success(), "{}{}", text(&verified), String::from_utf8_lossy(&verified.stderr));
    let verified = lines(&verified).pop().unwrap();
    assert_eq!(verified["differences"], 0, "{verified}");
    assert!(verified["chained_records"].as_u64() > Some(0), "{verified}");
    let formed = of_gateway(&["register", "form", "--day", day]);
    assert!(formed.status.success(), "{}", String::from_utf8_lossy(&formed.stderr));
    let formed = lines(&formed);
    let of_bank = formed.iter().find(|one| one["party"].as_str().unwrap().starts_with("bank:")).unwrap();
    let of_provider = formed.iter().find(|one| one["party"].as_str().unwrap().starts_with("provider:"));
    assert_eq!((&of_bank["new"], of_provider.is_some()), (&true.into(), true));
    assert!(of_bank["by"].as_str().unwrap().starts_with("local user "), "{of_bank}");
    let again = lines(&of_gateway(&["register", "form", "--day", day]));
    assert!(again.iter().all(|one| one["new"] == false) && again.len() == formed.len());
    let listed = lines(&of_gateway(&["register", "list", "--day", day]));
    assert_eq!(listed.len(), formed.len());
    assert!(listed.iter().all(|one| one["by"] == of_bank["by"]), "{listed:?}");

    let rows = of_bank["additions"].as_u64().unwrap() + of_bank["deductions"].as_u64().unwrap();
    let party = of_bank["party"].as_str().unwrap();
    let root = format!("{country}/gateway/national-ca.pem");
    for format in ["xml", "xlsx", "csv", "csv-en", "csv-rfc", "camt054", "jsonl"] {
        let ending = if format.starts_with("csv") { "csv" } else { format };
        let ending = if format == "camt054" { "xml" } else { ending };
        let out = folder.path(&format!("{format}.{ending}"));
        let write = ["register", "write", "--party", party, "--day", day, "--format", format, "--out", &out];
        let written = of_gateway(&write);
        assert!(written.status.success(), "{format}: {}", String::from_utf8_lossy(&written.stderr));
        let manifest = format!("{out}.manifest.xml");
        let verify = ["register", "verify", &out, "--manifest", &manifest, "--national-ca", &root, "--json"];
        let verified = tolem(&verify);
        assert!(verified.status.success(), "{format}: {}", String::from_utf8_lossy(&verified.stderr));
        assert_eq!(lines(&verified)[0]["net"], of_bank["net"], "{format}");
        if ["csv-en", "camt054", "xml", "xlsx"].contains(&format) {
            let bank = party.strip_prefix("bank:").unwrap();
            let output = of_gateway(&["reconcile", "--bank", bank, "--day", day, "--register", &out]);
            let told = lines(&output);
            let run = told.last().unwrap();
            let because = String::from_utf8_lossy(&output.stderr);
            assert_eq!((&run["agreed"], &run["differing"]), (&rows.into(), &0.into()), "{because}");
        }
        let mut octets = std::fs::read(&out).unwrap();
        octets.push(b' ');
        std::fs::write(&out, octets).unwrap();
        assert_eq!(tolem(&verify).status.code(), Some(10), "{format}: not the file that was signed for");
    }

    // The bank was sent it, has fetched the rows, and finds each of them in its own books.
    let patience = std::time::Instant::now() + std::time::Duration::from_secs(60);
    let taken = loop {
        let listed = lines(&of_gateway(&["register", "list", "--day", day]));
        let one = listed.into_iter().find(|one| one["party"] == party).unwrap();
        if one["state"] != "sent" || std::time::Instant::now() > patience {
            break one;
        }
        std::thread::sleep(std::time::Duration::from_millis(200));
    };
    assert_eq!(taken["state"], "acknowledged", "{taken}");

    // A provider's officer has no such program; what is signed is written after the rows were held against the manifest.
    let (rows_of_provider, answer) = (folder.path("provider.xml"), folder.path("answer.xml"));
    let provider = of_provider.unwrap()["party"].as_str().unwrap();
    let write = ["register", "write", "--party", provider, "--day", day, "--format", "xml"];
    assert!(of_gateway(&[&write[..], &["--out", &rows_of_provider]].concat()).status.success());
    let manifest = format!("{rows_of_provider}.manifest.xml");
    let by = ["--officer", "860202200006", "--national-ca", &root, "--out", &answer];
    let acknowledge =
        |rows: &str| tolem(&[&["officer", "acknowledge", rows, "--manifest", &manifest], &by[..]].concat());
    assert_eq!(acknowledge(&folder.path("xml.xml")).status.code(), Some(10), "another register");
    assert!(acknowledge(&rows_of_provider).status.success());
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/../spec/common.xsd");
    let valid = Command::new("xmllint").args(["--noout", "--schema", schema, &answer]).output();
    let valid = valid.expect("xmllint must be installed");
    assert!(valid.status.success(), "{}", String::from_utf8_lossy(&valid.stderr));

    // Asked over the wire, the bank has in its own books what the country's history says it took.
    let bank = party.strip_prefix("bank:").unwrap();
    let output = of_gateway(&["reconcile", "--bank", bank, "--day", day]);
    let run = lines(&output).pop().unwrap();
    assert_eq!((output.status.code(), &run["agreed"], &run["differing"]), (Some(0), &rows.into(), &0.into()));

    // A register that has one payment under another day's code and reference: the one that is missing and the one that
    // nobody noticed are named, and the others agree.
    let write = |format: &str, out: &str| {
        let write = ["register", "write", "--party", party, "--day", day, "--format", format, "--out", out];
        assert!(of_gateway(&write).status.success(), "{format}");
        std::fs::read_to_string(out).unwrap()
    };
    let objects = write("jsonl", &folder.path("whole.jsonl"));
    let row: serde_json::Value = serde_json::from_str(objects.lines().nth(1).unwrap()).unwrap();
    let (code, reference) = (row["paymentCode"].as_str().unwrap(), row["bankReference"].as_str().unwrap());
    let other = postings.iter().find(|one| one["kind"] == "payment" && one["day"] != day).unwrap();
    let out = folder.path("other.csv");
    let other = other["about"].as_str().unwrap().trim_start_matches("code:");
    let changed = write("csv-en", &out).replace(reference, "NEVER-NOTICED-1");
    std::fs::write(&out, changed.replace(code, other)).unwrap();
    let output = of_gateway(&["reconcile", "--bank", bank, "--day", day, "--register", &out]);
    let mut told = lines(&output);
    let run = told.pop().unwrap();
    assert_eq!(output.status.code(), Some(10), "{run}");
    // The payment may stand there with its return.
    let changed = objects.matches(&format!("\"paymentCode\":\"{code}\"")).count() as u64;
    assert!((1..=2).contains(&changed) && told.len() as u64 == 2 * changed, "{told:?}");
    let expected = (&(rows - changed).into(), &(2 * changed).into());
    assert_eq!((&run["agreed"], &run["differing"]), expected, "{run}");
    assert!(told.iter().any(|one| one["code"] == code), "{told:?}");
    assert!(told.iter().any(|one| one["reference"] == "NEVER-NOTICED-1"), "{told:?}");
    let wrong = of_gateway(&["reconcile", "--bank", bank, "--day", day, "--register", "/nowhere.csv"]);
    assert_eq!(wrong.status.code(), Some(3));

    // A reference is found as it is: nothing in it stands for anything else.
    let reference = row["bankReference"].as_str().unwrap();
    let cut = format!("{}_", &reference[..reference.len() - 1]);
    for (reference, count) in [(reference, 1), (cut.as_str(), 0), ("_", 0)] {
        let found = of_gateway(&["payment", "search", "--reason", "a test", "--reference", reference]);
        assert_eq!(lines(&found).last().unwrap()["found"], count, "{reference}");
    }

    // A period is not turned round.
    for command in [&["report"][..], &["payment", "search", "--reason", "a test"]] {
        let output = of_gateway(&[command, &["--from", "2026-11-22", "--until", "2026-11-21"]].concat());
        assert_eq!((output.status.code(), text(&output)), (Some(2), String::new()), "{command:?}");
    }

    // Nothing is written over unasked, and a day that has not begun has no registers.
    let report = folder.path("report.csv");
    std::fs::write(&report, "mine").unwrap();
    for (command, file) in [
        (&["report", "--out", &report][..], &report),
        (&["register", "write", "--party", party, "--day", day, "--format", "csv-en", "--out", &out], &out),
        (&["day", "close", day, "--out", &report], &report),
        (&["day", "show", day, "--out", &report], &report),
    ] {
        let before = std::fs::read(file).unwrap();
        assert_eq!(of_gateway(command).status.code(), Some(7), "{command:?}");
        assert_eq!(std::fs::read(file).unwrap(), before, "{command:?}");
    }
    assert_eq!(
        of_gateway(&["day", "show", day]).status.code(),
        Some(3),
        "a day is not closed for a refused file"
    );
    assert!(of_gateway(&["report", "--out", &report, "--overwrite"]).status.success());
    assert_ne!(std::fs::read_to_string(&report).unwrap(), "mine");
    for command in [
        &["register", "form", "--day", "2099-01-01"][..],
        &["claim", "form", "2099-01-01"],
        &["reconcile", "--bank", bank, "--day", "2099-01-01"],
        &["day", "close", "2099-01-01"],
    ] {
        let future = of_gateway(command);
        assert_eq!((future.status.code(), text(&future)), (Some(4), String::new()), "{command:?}");
        assert!(String::from_utf8_lossy(&future.stderr).contains("has not begun"), "{command:?}");
    }

    // What is wrong with a statement is said once, in the language asked for and in tenge.
    let statement = folder.path("statement.csv");
    let rows = "row,reference,account,made_at,day,direction,amount,currency\n\
                opening,ST-1,KZ320000000000900001,2026-11-24T00:05:00+05:00,2026-11-23,credit,0.00,KZT\n\
                entry,A-1,,,2026-11-23,credit,5.00,KZT\nclosing,,,,2026-11-23,credit,5.05,KZT\n";
    std::fs::write(&statement, rows).unwrap();
    let import = ["statement", "import", &statement, "--bank", bank];
    let reconcile = ["reconcile", "--bank", bank, "--day", day, "--statement", &statement];
    for command in [&import[..], &reconcile] {
        for (language, word) in
            [("kk", "қалдық 5.05"), ("ru", "остаток 5.05"), ("en", "balance is said to be 5.05")]
        {
            let output = of_gateway(&[command, &["--language", language]].concat());
            assert_eq!(output.status.code(), Some(10), "{command:?}");
            let told = lines(&output);
            let [fault] = told.as_slice() else { panic!("{told:?}") };
            assert!(fault["fault"].as_str().unwrap().contains(word), "{fault}");
            assert!(fault["row"].is_null(), "{fault}");
            let error: serde_json::Value = serde_json::from_slice(&output.stderr).unwrap();
            assert_eq!(error["error"], "the statement has 1 fault");
        }
    }
}

/// Every step is measured beside payments that go on; a step that comes to other sums than its rows fails.
///
/// Meets: C10
#[test]
fn registers_of_many_rows_are_measured_step_by_step() {
    let output = tolem(&["bench", "registers", "--rows", "20000", "--json"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let steps: Vec<serde_json::Value> =
        text(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let names: Vec<_> = steps.iter().map(|step| step["step"].as_str().unwrap()).collect();
    assert_eq!(names, ["form", "xml", "xlsx", "csv", "camt054", "jsonl", "match"]);
    for step in &steps {
        assert!(step["seconds"].as_f64().unwrap() > 0.0, "{step}");
        assert!(step["peak_mib"].as_f64().unwrap() < 64.0, "{step}");
    }
}

/// What the gateway would refuse is refused before anybody has signed it.
///
/// Meets: C24
#[test]
fn a_refund_is_proposed_on_grounds_and_goes_where_the_money_came_from() {
    let propose = |rest: &[&str]| {
        let what =
            ["refund", "propose", "7291 4177 7631 7054", "--proposer", "700707100057", "--reason", "a test"];
        tolem(&[&what[..], rest].concat())
    };
    let request = ["--request", "17", "--requested-on", "2026-01-31"];
    let whole = propose(&[&["--ground", "payer-request", "--json"], &request[..]].concat());
    let object: serde_json::Value = serde_json::from_str(&text(&whole)).unwrap();
    let document = object["document"].as_str().unwrap();
    assert!(document.contains("7291417776317054") && document.contains("2026-01-31"), "{document}");
    assert!(text(&propose(&["--ground", "erroneous"])).contains("erroneous"), "the document itself");
    for wrong in [
        vec!["--ground", "payer-request"],
        vec!["--ground", "payer-request", "--request", "17"],
        vec!["--ground", "payer-request", "--request", "17", "--requested-on", "2099-01-01"],
        [&["--ground", "expired"], &request[..]].concat(),
        vec!["--ground", "because"],
        vec!["--ground", "erroneous", "--iban", "KZ770000000000000001"],
        vec!["--ground", "erroneous", "--amount", "1.00"],
    ] {
        assert_eq!(propose(&wrong).status.code(), Some(2), "{wrong:?}");
    }
}

/// The officers' way by the command line: written, signed, brought; decided by another; asked why.
///
/// Meets: C20.2, C20.3, C20.4
/// Defends: A25
#[test]
fn two_officers_change_a_group_by_the_command_line() {
    let folder = Folder::new("officers");
    let country = folder.path("country");
    let running = Running::start(&country);
    let password = folder.path("password");
    std::fs::write(&password, "demo").unwrap();
    let file = |name: &str| folder.path(name);
    let people = |name: &str| format!("{country}/people/{name}.p12");
    let config = format!("{country}/gateway/config.toml");
    let listen: toml::Value = toml::from_str(&std::fs::read_to_string(&config).unwrap()).unwrap();
    let url = format!("https://{}", listen["listen"]["consoles"].as_str().unwrap());
    let said = |arguments: &[&str], code: i32| {
        let output = tolem(&[arguments, &["--json"]].concat());
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {} {error}", text(&output));
        let lines = text(&output);
        let lines = lines.lines().map(|line| serde_json::from_str(line).unwrap());
        (lines.collect::<Vec<serde_json::Value>>(), error)
    };
    let sign = |document: &str, officer: &str, code| {
        let (document, out) = (file(document), file(&format!("{document}.signed")));
        let key = people(&format!("{officer}-signing"));
        said(
            &["officer", "sign", &document, "--key", &key, "--password-file", &password, "--out", &out],
            code,
        )
    };
    let submit = |document: &str, officer: &str, code| {
        let (document, key) = (file(&format!("{document}.signed")), people(officer));
        let root = format!("{country}/people/national-ca.pem");
        let key = ["--key", &key, "--password-file", &password, "--national-ca", &root];
        said(&[&["officer", "submit", &document, "--url", &url], &key[..]].concat(), code)
    };
    let why = |code| said(&["access", "why", "750505100078", "CloseDay", "--config", &config], code).0;

    let refused = &why(4)[0];
    assert_eq!((&refused["allowed"], &refused["groups"]), (&false.into(), &serde_json::json!(["finance"])));
    let change = ["officer", "propose", "allow-action", "--group", "auditor", "--action", "CloseDay"];
    let rest = ["--reason", "a test", "--proposer", "810909200064", "--out", &file("proposal")];
    said(&[&change[..], &rest[..]].concat(), 0);
    assert!(sign("proposal", "finance", 4).1.contains("another person"), "another's key signs nothing");
    sign("proposal", "security", 0);
    assert!(sign("proposal", "security", 7).1.contains("--overwrite"), "nothing is written over unasked");
    submit("proposal", "finance", 4);
    assert_eq!(submit("proposal", "security", 0).0[0]["state"], "proposed");
    let decide = |officer: &str, out: &str| {
        let signed = file("proposal.signed");
        said(&["officer", "decide", &signed, "approve", "--decider", officer, "--out", &file(out)], 0);
    };
    decide("810909200064", "own");
    sign("own", "security", 0);
    assert!(submit("own", "security", 4).1.contains("same-person"));
    decide("830404100086", "approval");
    sign("approval", "security-2", 0);
    assert_eq!(submit("approval", "security-2", 0).0[0]["state"], "approved");
    submit("approval", "security-2", 7);
    assert_eq!(why(0)[0]["path"], "750505100078 → auditor → CloseDay → everything");
    let (matrix, _) = said(&["access", "matrix", "--config", &config], 0);
    let auditor = matrix.iter().find(|row| row["group"] == "auditor").unwrap();
    assert!(auditor["actions"].as_array().unwrap().contains(&"CloseDay".into()));
    let (members, _) = said(&["access", "list", "--config", &config], 0);
    assert!(
        members.iter().any(|row| row["member"] == "811212100081" && row["resource"] == "bank:500340000054")
    );
    assert_eq!(said(&["officer", "proposals", "--config", &config], 0).0[0]["state"], "approved");

    // A contract from a file of the configuration's form; a difference from a line of `tolem reconcile`.
    let (contracts, _) = said(&["contract", "list", "--config", &config], 0);
    assert!(contracts.iter().all(|one| one["approved_by"].is_null()), "{contracts:?}");
    let bank = contracts.iter().find(|one| one["with"] == "bank").unwrap();
    let of = |name: &str| bank[name].as_str().unwrap().to_owned();
    let agreed = format!(
        "number = \"GW-7\"\nparty = \"{}\"\nsince = \"2099-01-01\"\n[bank]\nper_day = \"5000.00\"\n\
         fee_basis_points = 10\nfee_least = \"1.00\"\nreimburse_days = 2\nsettlement_iban = \"{}\"\n",
        of("party"),
        of("settlement_iban")
    );
    std::fs::write(file("contract.toml"), agreed).unwrap();
    let by = |officer: &str, out: &str| {
        ["--reason", "a test", "--proposer", officer, "--out", &file(out)].map(ToOwned::to_owned)
    };
    let propose = |what: &[&str], officer: &str, out: &str, code| {
        let by = by(officer, out);
        let by: Vec<&str> = by.iter().map(String::as_str).collect();
        said(&[&["officer", "propose"], what, &by].concat(), code)
    };
    let contract = file("contract.toml");
    propose(&["change-contract"], "700707100057", "contract", 2);
    propose(&["change-contract", "--contract", &contract], "700707100057", "contract", 0);
    sign("contract", "finance", 0);
    assert_eq!(submit("contract", "finance", 0).0[0]["state"], "proposed");
    let signed = file("contract.signed");
    let second = ["--decider", "760606200085", "--out", &file("agreed")].map(ToOwned::to_owned);
    let second: Vec<&str> = second.iter().map(String::as_str).collect();
    said(&[&["officer", "decide", &signed, "approve"], &second[..]].concat(), 0);
    sign("agreed", "finance-2", 0);
    assert_eq!(submit("agreed", "finance-2", 0).0[0]["state"], "approved");
    let (contracts, _) = said(&["contract", "list", "--config", &config], 0);
    let newest = contracts.last().unwrap();
    assert_eq!((&newest["number"], &newest["in_force"]), (&"GW-7".into(), &false.into()));
    assert_eq!(newest["approved_by"].as_array().map(Vec::len), Some(2), "{newest}");
    let line = serde_json::json!({
        "reconciliation": 9, "bank": of("party"), "day": "2026-11-22", "code": null, "reference": "B-1",
        "deduction": false, "side": "register", "field": "operation", "ours": "", "theirs": "1725.00", "until": null,
    });
    std::fs::write(file("line"), line.to_string()).unwrap();
    let line = file("line");
    propose(&["acknowledge-difference", "--difference", &line], "700707100057", "difference", 0);
    sign("difference", "finance", 0);
    assert!(submit("difference", "finance", 3).1.contains("no-such-difference"));
    drop(running);
}

/// Strangers judge what `tolem officer` writes and signs: xmllint by the published schema, xmlsec1 by the national CA's root.
///
/// Meets: C20.2
/// Defends: A25
#[test]
fn the_signatures_of_officers_hold_for_programs_of_others() {
    let folder = Folder::new("officers-judged");
    let file = |name: &str| folder.path(name);
    let ca = file("ca");
    let ok = |arguments: &[&str]| {
        let output = tolem(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    ok(&["ca", "init", "--dir", &ca, "--crl-url", "https://127.0.0.1/list.crl"]);
    for (iin, suite) in [("700707100057", "p256"), ("760606200085", "rsa2048")] {
        let person = ["--iin", iin, "--surname", "Тегі", "--given-name", "Аты", "--suite", suite];
        let issue = ["ca", "issue", "--dir", &ca, "--profile", "person-signing", "--out", &file(iin)];
        ok(&[&issue[..], &person[..]].concat());
    }
    let sign = |document: &str, iin: &str| {
        let (document, key, certificate) =
            (file(document), file(&format!("{iin}.key")), file(&format!("{iin}.pem")));
        let out = format!("{document}.signed");
        let sign = ["officer", "sign", &document, "--key", &key, "--certificate", &certificate];
        ok(&[&sign[..], &["--out", &out, "--overwrite"]].concat());
    };
    let line = serde_json::json!({
        "reconciliation": 9, "bank": "500140000017", "day": "2026-11-22", "code": null, "reference": "B-1",
        "deduction": false, "side": "register", "field": "operation", "ours": "", "theirs": "1725.00", "until": null,
    });
    std::fs::write(file("line"), line.to_string()).unwrap();
    let contract = "number = \"GW-7\"\nparty = \"500140000017\"\nsince = \"2099-01-01\"\n[bank]\n\
                    fee_basis_points = 10\nfee_least = \"1.00\"\nreimburse_days = 2\n\
                    settlement_iban = \"KZ320000000000900001\"\n";
    std::fs::write(file("contract.toml"), contract).unwrap();
    let (line, contract) = (file("line"), file("contract.toml"));
    let kinds: [&[&str]; 4] = [
        &["allow-action", "--group", "auditor", "--action", "CloseDay"],
        &["settle-accept", "--code", "7291417776317054"],
        &["acknowledge-difference", "--difference", &line],
        &["change-contract", "--contract", &contract],
    ];
    let judge = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output();
        let output = output.unwrap_or_else(|error| panic!("{program} must be installed: {error}"));
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let root = format!("{ca}/national-ca.crt");
    let verify = |document: &str| {
        judge("xmlsec1", &["--verify", "--enabled-key-data", "x509", "--trusted-pem", &root, document])
    };
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/../spec/common.xsd");
    for kind in kinds {
        let (proposal, decision) = (file("proposal"), file("decision"));
        let by = ["--reason", "a test", "--proposer", "700707100057", "--out", &proposal, "--overwrite"];
        ok(&[&["officer", "propose"], kind, &by].concat());
        sign("proposal", "700707100057");
        let signed = file("proposal.signed");
        let second = ["--decider", "760606200085", "--out", &decision, "--overwrite"];
        ok(&[&["officer", "decide", &signed, "approve"], &second[..]].concat());
        sign("decision", "760606200085");
        for document in [proposal, decision] {
            let (is_valid, why) = judge("xmllint", &["--noout", "--schema", schema, &document]);
            assert!(is_valid, "xmllint of {kind:?}: {why}");
            let signed = format!("{document}.signed");
            let (is_right, why) = verify(&signed);
            assert!(is_right, "xmlsec1 of {kind:?}: {why}");
            let altered = std::fs::read_to_string(&signed).unwrap().replace("a test", "a jest");
            std::fs::write(file("altered"), altered).unwrap();
            assert!(!verify(&file("altered")).0, "xmlsec1 finds an altered document right: {kind:?}");
        }
    }
}

/// The national CA comes back with everything it has ever said, and goes on saying it to those who heard more.
#[test]
fn a_national_ca_is_restored_from_its_backup() {
    let folder = Folder::new("ca-backup");
    let (ca, file) = (folder.path("ca"), folder.path("ca.backup"));
    let url = "https://127.0.0.1/list.crl";
    assert!(tolem(&["ca", "init", "--dir", &ca, "--crl-url", url]).status.success());
    let config = folder.path("config.toml");
    let key = "certificate = \"none.pem\"\nkey = \"none.key\"";
    std::fs::write(
        &config,
        format!(
            "name = \"ca\"\nbin = \"500340000024\"\nnational_ca = \"ca/national-ca.crt\"\n[tls]\n{key}\n\
             [settings]\nfolder = \"ca\"\ncrl_url = \"{url}\"\n"
        ),
    )
    .unwrap();
    let issue = ["ca", "issue", "--dir", &ca, "--profile", "participant-signing", "--bin", "500340000054"];
    let out = folder.path("bank");
    assert!(tolem(&[&issue[..], &["--name", "Алатау Банк", "--out", &out]].concat()).status.success());
    let listed = text(&tolem(&["ca", "list", "--dir", &ca, "--json"]));
    assert_eq!(listed.lines().count(), 1);
    assert!(tolem(&["backup", "--config", &config, &file]).status.success());
    assert_eq!(tolem(&["restore", "--config", &config, &file]).status.code(), Some(7), "beside a CA");
    std::fs::remove_dir_all(&ca).unwrap();
    let restored = tolem(&["restore", "--config", &config, &file, "--json"]);
    assert!(restored.status.success(), "{}", String::from_utf8_lossy(&restored.stderr));
    assert_eq!(text(&tolem(&["ca", "list", "--dir", &ca, "--json"])), listed);
    assert!(tolem(&[&issue[..], &["--name", "Алатау Банк", "--out", &out]].concat()).status.success());
}

/// Meets: C18
#[test]
fn a_key_goes_into_a_container_and_out_of_it_and_is_never_shown() {
    let folder = Folder::new("key");
    let path = |name: &str| folder.path(name);
    let run = |arguments: &[&str]| {
        let output = tolem(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        text(&output)
    };
    run(&["ca", "init", "--dir", &path("ca"), "--crl-url", "https://127.0.0.1/crl"]);
    run(&[
        "ca",
        "issue",
        "--dir",
        &path("ca"),
        "--profile",
        "participant-signing",
        "--bin",
        "500140000126",
        "--name",
        "A",
        "--suite",
        "p256",
        "--out",
        &path("me"),
    ]);
    std::fs::write(path("password"), "Test-1234\n").unwrap();
    std::fs::write(path("wrong"), "test-1234\n").unwrap();
    let (key, own) = (path("me.key"), path("me.pem"));
    let container = path("me.p12");
    run(&[
        "key",
        "pack",
        "--key",
        &key,
        "--certificate",
        &own,
        "--password-file",
        &path("password"),
        "--out",
        &container,
    ]);
    let said = run(&["key", "show", &container, "--password-file", &path("password"), "--json"]);
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said["certificates"][0]["suite"], "p256");
    assert_eq!(said["own_certificate"], said["certificates"][0]["serial"]);
    run(&["key", "unpack", &container, "--password-file", &path("password"), "--out", &path("back")]);
    // A dot in the name begins no ending: the files of `back` stay as they are.
    run(&["key", "unpack", &container, "--password-file", &path("password"), "--out", &path("back.2")]);
    assert!(std::fs::exists(path("back.2.key")).unwrap() && std::fs::exists(path("back.2.pem")).unwrap());
    let read = |name: &str| std::fs::read_to_string(path(name)).unwrap();
    assert_eq!(read("back.key"), read("me.key"));
    assert_eq!(read("back.pem"), read("me.pem"));
    for secret in ["me.p12", "back.key"] {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(path(secret)).unwrap().permissions().mode() & 0o777, 0o600, "{secret}");
    }
    let refused = tolem(&["key", "show", &container, "--password-file", &path("wrong")]);
    assert_eq!(refused.status.code(), Some(5));
    let shown = run(&["key", "show", &container, "--password-file", &path("password")]);
    let secret: String = read("me.key").lines().nth(1).unwrap().chars().take(20).collect();
    assert!(!shown.contains("Test-1234") && !shown.contains(&secret));
}

/// Meets: C18
/// Defends: A26
#[test]
fn keys_are_pinned_one_by_one_and_the_last_pin_stays() {
    let folder = Folder::new("pin");
    let path = |name: &str| folder.path(name);
    let run = |arguments: &[&str], code: i32| {
        let output = tolem(arguments);
        assert_eq!(
            output.status.code(),
            Some(code),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    };
    run(&["ca", "init", "--dir", &path("ca"), "--crl-url", "https://127.0.0.1/crl", "--suite", "p256"], 0);
    for (out, bin) in [("old", "500240000137"), ("new.2", "500240000137"), ("other", "500140000126")] {
        let (dir, out) = (path("ca"), path(out));
        let issue = ["ca", "issue", "--dir", &dir, "--profile", "participant-signing", "--bin", bin];
        run(&[&issue[..], &["--name", "A", "--suite", "p256", "--out", &out]].concat(), 0);
    }
    let config = path("config.toml");
    let text = "name = \"a\"\nbin = \"500140000126\"\nnational_ca = \"ca.pem\"\n[tls]\ncertificate = \"a\"\nkey = \"a\"\n\
                [[peer]]\nbin = \"500240000137\"\nname = [\"a\", \"a\", \"a\"]\npins = \"bank.pins\"\n";
    std::fs::write(&config, text).unwrap();
    let listed = || -> Vec<serde_json::Value> {
        let lines = run(&["pin", "list", "--config", &config, "--json"], 0);
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    assert!(listed().is_empty());
    for certificate in ["old.pem", "new.2.pem", "old.pem"] {
        run(&["pin", "add", &path(certificate), "--config", &config], 0);
    }
    let pins = listed();
    assert_eq!(pins.len(), 2);
    // The digest is what openssl makes of the key.
    let openssl = "openssl x509 -in \"$0\" -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum";
    let sha256 = Command::new("sh").args(["-c", openssl, &path("old.pem")]).output().unwrap().stdout;
    let old = pins[1]["key"].as_str().unwrap();
    assert!(String::from_utf8(sha256).unwrap().starts_with(old));

    run(&["pin", "add", &path("other.pem"), "--config", &config], 2);
    run(&["pin", "add", &path("nothing.pem"), "--config", &config], 3);
    let remove =
        |key: &str, code| run(&["pin", "remove", "--bin", "500240000137", key, "--config", &config], code);
    remove("00", 3);
    remove(old, 0);
    remove(pins[0]["key"].as_str().unwrap(), 7);
    assert_eq!(listed().len(), 1);
    std::fs::write(path("bank.pins"), "broken").unwrap();
    run(&["pin", "add", &path("old.pem"), "--config", &config], 1);
    assert_eq!(std::fs::read_to_string(path("bank.pins")).unwrap(), "broken");
}

/// A participant's stderr is its log, so whatever keeps it from starting is a line of JSON like any other.
#[test]
fn a_participant_that_does_not_start_says_so_in_its_log_and_nowhere_else() {
    let folder = Folder::new("serve");
    std::fs::write(folder.path("wrong.toml"), "name = 1").unwrap();
    for (kind, config, code) in
        [("bank", "nothing.toml", 3), ("gateway", "wrong.toml", 1), ("signer", "wrong.toml", 1)]
    {
        let output = tolem(&["serve", kind, "--config", &folder.path(config)]);
        assert_eq!(output.status.code(), Some(code), "{kind} {config}");
        assert!(output.stdout.is_empty());
        let log = String::from_utf8(output.stderr).unwrap();
        let lines: Vec<serde_json::Value> =
            log.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
        let [line] = lines.as_slice() else { panic!("{log}") };
        assert_eq!((&line["level"], &line["fields"]["event"]), (&"ERROR".into(), &"process-failed".into()));
        let error = line["fields"]["error"].as_str().unwrap();
        assert!(error.contains(config), "{error}");
    }
}
