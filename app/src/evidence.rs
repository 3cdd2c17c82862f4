//! `tolem evidence`: the pack of everything that proves one payment. Verifying it needs neither a gateway nor a line.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use gateway::evidence::{Asked, Finding, MAX_PACK_OCTETS, pack, verify};
use pki::Certificate;
use rights::{Permitted, SystemJob};
use serde_json::json;
use terms::Clock as _;

use crate::cli::{EvidenceCommand, Overwrite};
use crate::exit::Failure;
use crate::inspect::open;
use crate::output;
use crate::register::beside;
use crate::search::local_reader;

pub(crate) async fn run(command: EvidenceCommand, json: bool) -> Result<(), Failure> {
    match command {
        EvidenceCommand::Pack { code, out, overwrite, reason, config } => {
            overwrite.vacant(&out)?;
            make(Asked { code, reader: local_reader()?, reason: reason.to_string() }, &out, &config, json)
                .await
        }
        EvidenceCommand::Verify { file, roots } => check(&file, &roots, json),
    }
}

async fn make(asked: Asked, out: &Path, config: &Path, json: bool) -> Result<(), Failure> {
    let code = asked.code;
    let cx = open(config)?;
    let begun = beside(out, ".part");
    Overwrite::LEFT_OVER.vacant(&begun)?;
    let _ = std::fs::remove_file(&begun);
    // Made before anything is noted down; it holds people's data, so it is its owner's alone.
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&begun)
        .with_context(|| format!("writing {}", begun.display()))?;
    let made = pack(&cx, &Permitted::system(asked, SystemJob("evidence-pack"))).await;
    let octets = match made {
        Ok(Some(octets)) => octets,
        nothing => {
            // An empty file is nobody's evidence.
            let _ = std::fs::remove_file(&begun);
            nothing?;
            return Err(Failure::not_found(anyhow!("there is no such payment code")));
        }
    };
    file.write_all(&octets)
        .and_then(|()| file.sync_all())
        .and_then(|()| std::fs::rename(&begun, out))
        .with_context(|| format!("writing {}", out.display()))?;
    let object = json!({ "code": code.digits(), "file": out.display().to_string(), "octets": octets.len() });
    output::one(json, &object, || {
        format!("{}: everything about {code}, {} octets", out.display(), octets.len())
    });
    Ok(())
}

fn check(file: &Path, roots: &[PathBuf], json: bool) -> Result<(), Failure> {
    let reading = || format!("reading {}", file.display());
    // What is no file of the disk has no length; one octet too many is enough to know.
    let most = MAX_PACK_OCTETS as u64 + 1;
    let mut octets = Vec::new();
    File::open(file).and_then(|open| open.take(most).read_to_end(&mut octets)).with_context(reading)?;
    let mut trusted = Vec::new();
    for path in roots {
        let pem = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
        trusted.extend(Certificate::all_from_pem(&pem).with_context(|| format!("in {}", path.display()))?);
    }
    let now = participant::SystemClock.now();
    let summary = verify(&octets, &trusted, now, &mut |finding| print(&finding, json));
    let summary = summary.context("the pack is not what it says").map_err(Failure::signature)?;
    let object = json!({
        "code": summary.code.digits(),
        "gateway": summary.gateway.to_string(),
        "made_at": summary.made_at.to_string(),
        "holding": summary.holding,
        "missing": summary.missing,
    });
    output::one(json, &object, || {
        format!(
            "{} findings hold, {} things are missing: payment {}",
            summary.holding, summary.missing, summary.code
        )
    });
    if summary.missing == 0 {
        return Ok(());
    }
    Err(Failure::checks(anyhow!(
        "what is in the pack holds, and {} things are missing from it",
        summary.missing
    )))
}

fn print(finding: &Finding, json: bool) {
    let object = json!({
        "subject": finding.subject,
        "result": if finding.holds { "holds" } else { "missing" },
        "says": finding.says,
        "not_proved": finding.not_proved,
    });
    output::one(json, &object, || {
        let mark = if finding.holds { "holds  " } else { "missing" };
        let beyond = if finding.not_proved.is_empty() {
            String::new()
        } else {
            format!(" (not proved: {})", finding.not_proved)
        };
        format!("{mark}  {}: {}{beyond}", finding.subject, finding.says)
    });
}
