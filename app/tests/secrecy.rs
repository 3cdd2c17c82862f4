//! Card data after payments: in no memory, no file, no log, no core.
//!
//! What is looked for, where and when stands in `app/src/secrecy.rs`; here it is run, with cores allowed where the
//! system allows them, so that their absence is the processes' own doing.

use std::process::{Command, Stdio};

/// Fifty payments with fifty marked cards, each over a connection that stays open and silent after it; two of them
/// while the card page is killed. Reading the memory of others takes root; without it, this part is left out aloud.
///
/// Meets: C13.2
/// Defends: A17
#[test]
fn nothing_is_left_of_fifty_cards_a_second_after_they_paid() {
    let folder = std::env::temp_dir().join(format!("tolem-cores-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let output = Command::new("sh")
        .args(["-c", "ulimit -c unlimited; exec \"$0\" bench secrecy --payments 50 --json"])
        .arg(env!("CARGO_BIN_EXE_tolem"))
        .current_dir(&folder)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    assert!(output.status.success(), "{report}\n{stderr}");
    assert_eq!(report["payments"], 50);
    assert_eq!((&report["hits"], &report["cores"]), (&0.into(), &0.into()));
    assert!(report["control"].as_u64() > Some(0), "the search is blind: {report}");
    assert!(report["file_octets"].as_u64() > Some(1_000_000), "{report}");
    assert_eq!(report["killed"], 2);
    assert_eq!(stderr.matches("card ended (signal: 11 (SIGSEGV))").count(), 2, "{stderr}");
    assert!(!stderr.contains("core dumped"), "{stderr}");
    if report["memory"].is_null() {
        eprintln!("the memory of the processes was not searched: it takes root");
    } else {
        let searched = |process: &str| report["memory"][process].as_u64() == Some(0);
        assert!(searched("card") && searched("bank1"), "{report}");
        assert!(report["memory_octets"].as_u64() > Some(100_000_000), "{report}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
}
