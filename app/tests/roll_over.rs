//! New keys for a whole country, and a revocation in mid-connection, while payments go on.
//!
//! What is renewed and counted, and when, stands in `app/src/bench/roll_over.rs`; here it is run shortly.

use std::process::{Command, Stdio};

/// Both hierarchies change their issuing keys, everybody's keys are renewed and the old certificates revoked: not one good
/// message is refused. A bank revoked in mid-connection is refused within seconds, and then for good.
///
/// Meets: C17
/// Defends: A27, A8
#[test]
fn a_country_changes_all_its_keys_under_traffic_and_refuses_only_whom_it_revoked() {
    let output = Command::new(env!("CARGO_BIN_EXE_tolem"))
        .args(["bench", "roll-over", "--seconds", "3", "--json"])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    assert!(output.status.success(), "{report}\n{stderr}");
    assert_eq!(report["refused"], 0, "{report}");
    for from in ["bank1", "bank2", "kiosk", "card"] {
        assert!(report["answered_by"][from].as_u64() > Some(0), "{from} sent nothing: {report}");
    }
    // Eight with signing and TLS keys, four machines, the QR key and that of confidential data.
    assert_eq!((&report["renewed"], &report["revoked"]), (&22.into(), &22.into()));
    assert_eq!(report["accepted_after_first_refusal"], 0, "{report}");
    assert_eq!(report["fault"], "TLM-CRT-0002", "{report}");
    assert!(report["revoked_bank_accepted_before"].as_u64() > Some(0), "{report}");
    // The demonstration fetches lists every second.
    assert!(report["refused_after_seconds"].as_f64() < Some(5.0), "{report}");
}
