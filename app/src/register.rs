//! `tolem register`: form the registers of a day, list them, write them as files, verify a file by its manifest.

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow};
use gateway::cx::Cx;
use gateway::register_files::{self, manifest_of};
use gateway::registers::{self, FormRegisters, Formed};
use indicatif::ProgressBar;
use ledger::register::Head;
use pki::{CrlPolicy, Trust};
use rights::Permitted;
use serde_json::{Value, json};
use store::{Deed, LIST_BOUND, RegisterRevision, Store as _, StoreError};
use terms::{BankingDay, Bin, Language, tenge};
use wire::register::{Digested, Digesting, FileDigest, FormatWord, Manifest, Mismatch};
use xml::Limits;
use xml::dsig::verify_enveloped;

use crate::cli::{Overwrite, RegisterCommand, RegisterFormat, WriteArguments};
use crate::exit::Failure;
use crate::search::local_user;
use crate::{inspect, output, receipt};

/// After how many rows the progress bar moves.
const SHOWN_AT_ONCE: u64 = 4096;
/// The longest manifest that is read.
const LONGEST_MANIFEST: u64 = 1 << 20;

pub(crate) async fn run(command: RegisterCommand, json: bool) -> Result<(), Failure> {
    match command {
        RegisterCommand::Form { day, config } => {
            let cx = inspect::open(&config)?;
            let today = cx.host.now().banking_day();
            // Yesterday is the last day that is over.
            let day = day.unwrap_or_else(|| today.previous());
            if day > today {
                return Err(Failure::refused(anyhow!(
                    "{day} has not begun: nothing is posted on it, and it has no registers"
                )));
            }
            for Formed { revision, is_new } in form(&cx, day).await? {
                let mut object = with_doer(&cx, &revision).await?;
                object["new"] = is_new.into();
                say(&revision, &object, if is_new { "formed" } else { "unchanged" }, json);
            }
            Ok(())
        }
        RegisterCommand::List { day, config } => {
            let cx = inspect::open(&config)?;
            let all = cx.store.read(move |view| view.registers(day, LIST_BOUND)).await;
            for revision in all.map_err(anyhow::Error::new)? {
                say(&revision, &with_doer(&cx, &revision).await?, revision.state.name(), json);
            }
            Ok(())
        }
        RegisterCommand::Write(arguments) => write(&arguments, json).await,
        RegisterCommand::Verify { file, manifest, national_ca } => {
            verify(&file, &manifest, &national_ca, json)
        }
    }
}

async fn form(cx: &Arc<Cx>, day: BankingDay) -> Result<Vec<Formed>, Failure> {
    let form = Permitted::local(FormRegisters { day }, local_user()?);
    let formed = registers::form_registers(cx, &form).await;
    Ok(formed.map_err(|fault| anyhow!("the registers of {day} are not all formed: {fault}"))?)
}

fn described(revision: &RegisterRevision) -> Value {
    let RegisterRevision { head, totals, .. } = revision;
    json!({
        "party": head.party.to_string(),
        "day": head.day.to_string(),
        "revision": head.revision,
        "formed_at": head.formed_at.to_string(),
        "up_to": head.up_to,
        "additions": totals.additions,
        "added": tenge(totals.added),
        "deductions": totals.deductions,
        "deducted": tenge(totals.deducted),
        "net": tenge(totals.net()),
        "sha256": hex::encode(revision.sha256),
        "state": revision.state.name(),
        "answered_at": revision.answered_at.map(|at| at.to_string()),
        "answer": revision.answer,
    })
}

/// A revision with who formed it.
async fn with_doer(cx: &Cx, revision: &RegisterRevision) -> Result<Value, Failure> {
    let Head { party, day, revision: number, .. } = revision.head;
    let by: Result<_, StoreError> =
        cx.store.read(move |view| view.doer(&Deed::Register(party, day, number))).await;
    let mut object = described(revision);
    object["by"] = by.map_err(anyhow::Error::new)?.into();
    Ok(object)
}

fn say(revision: &RegisterRevision, object: &Value, word: &str, json: bool) {
    let RegisterRevision { head, totals, .. } = revision;
    output::one(json, object, || {
        let by = object["by"].as_str().map_or_else(String::new, |by| format!("  by {by}"));
        format!("{}  {:<22} r{}  {totals}  {word}{by}", head.day, head.party.to_string(), head.revision)
    });
}

impl RegisterFormat {
    fn word(self) -> FormatWord {
        match self {
            Self::Xml => FormatWord::Xml,
            Self::Xlsx => FormatWord::Xlsx,
            Self::Csv => FormatWord::CsvOffice,
            Self::CsvEn => FormatWord::CsvOfficeEnglish,
            Self::CsvRfc => FormatWord::Csv,
            Self::Camt054 => FormatWord::Camt054,
            Self::Jsonl => FormatWord::JsonLines,
        }
    }
}

async fn write(arguments: &WriteArguments, json: bool) -> Result<(), Failure> {
    let WriteArguments { party, day, language, revision: number, .. } = *arguments;
    let out = &arguments.out;
    let manifest = beside(out, ".manifest.xml");
    arguments.overwrite.vacant(out)?;
    arguments.overwrite.vacant(&manifest)?;
    let begun = beside(out, ".part");
    Overwrite::LEFT_OVER.vacant(&begun)?;
    let cx = inspect::open(&arguments.config)?;
    let found = cx.store.read(move |view| view.register(party, day, number)).await;
    let found = found.map_err(anyhow::Error::new)?;
    let revision = found.ok_or_else(|| Failure::not_found(anyhow!("there is no such register")))?.value;
    let progress = ProgressBar::new(revision.totals.rows());
    let written = write_file(&cx, &revision, arguments.format, language, &begun, &progress).await;
    progress.finish_and_clear();
    let digested = match written {
        Ok(digested) => digested,
        Err(error) => {
            // What was begun is of no use to anybody; that it may stay is the lesser trouble.
            let _ = std::fs::remove_file(&begun);
            return Err(error.into());
        }
    };
    std::fs::rename(&begun, out).with_context(|| format!("writing {}", out.display()))?;
    let name = out.file_name().unwrap_or_default().to_string_lossy();
    let signed = manifest_of(&cx, &revision, arguments.format.word(), &name, &digested)?;
    std::fs::write(&manifest, signed).with_context(|| format!("writing {}", manifest.display()))?;
    let mut object = described(&revision);
    object["file"] = out.display().to_string().into();
    object["manifest"] = manifest.display().to_string().into();
    object["octets"] = digested.octets.into();
    object["sha256"] = hex::encode(digested.sha256).into();
    output::one(json, &object, || {
        format!("{}: {} octets, {}; {}", out.display(), digested.octets, revision.totals, manifest.display())
    });
    Ok(())
}

pub(crate) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Writes one form of a register into a file that is its owner's alone: the rows are people's.
pub(crate) async fn write_file(
    cx: &Cx,
    revision: &RegisterRevision,
    format: RegisterFormat,
    language: Language,
    path: &Path,
    progress: &ProgressBar,
) -> Result<Digested> {
    let _ = std::fs::remove_file(path);
    let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path);
    let mut file = file.with_context(|| format!("{}", path.display()))?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let mut shown = 0_u64;
    let mut show = || {
        shown += 1;
        if shown.is_multiple_of(SHOWN_AT_ONCE) {
            progress.set_position(shown);
        }
    };
    register_files::write_file(cx, revision, format.word(), language, &mut file, folder, &mut show).await
}

fn digest(path: &Path, with_streebog: bool) -> Result<Digested> {
    let mut digesting = Digesting::new(io::sink(), with_streebog);
    let mut file = File::open(path).with_context(|| format!("reading {}", path.display()))?;
    io::copy(&mut file, &mut digesting)?;
    Ok(digesting.finish().1)
}

/// Whether a file is the one that was signed for, and comes to what was signed. It needs the national CA's root alone.
/// A file that its signed manifest vouches for, and what that says.
pub(crate) struct Genuine {
    pub(crate) manifest: Manifest,
    pub(crate) file: FileDigest,
    organisation: Option<Bin>,
}

/// Checks a register's file by its manifest, and the manifest by the national CA.
pub(crate) fn genuine(file: &Path, manifest: &Path, national_ca: &Path) -> Result<Genuine, Failure> {
    let mut octets = Vec::new();
    let opened = File::open(manifest).with_context(|| format!("reading {}", manifest.display()))?;
    opened.take(LONGEST_MANIFEST).read_to_end(&mut octets).map_err(anyhow::Error::new)?;
    let signed = verify_enveloped(&octets, &Limits::DOCUMENT).map_err(Failure::signature)?;
    let trust = Trust::new(receipt::roots(national_ca)?, CrlPolicy::default());
    receipt::is_of(&trust, signed.certificate()).map_err(Failure::signature)?;
    let manifest: Manifest = signed.parse().map_err(Failure::signature)?;
    let digested = digest(file, manifest.file.iter().any(|one| one.streebog512.is_some()))?;
    // A file may have been given another name: what it is, its digest says.
    let same = |one: &&FileDigest| one.sha256.0 == digested.sha256;
    let Some(known) = manifest.file.iter().find(same) else {
        return Err(Failure::checks(Mismatch::Digest));
    };
    let name = known.name.as_str();
    if known.format == FormatWord::Xml {
        let octets = File::open(file).map_err(anyhow::Error::new)?;
        manifest.verify_register(name, BufReader::new(octets)).map_err(Failure::checks)?;
    } else {
        manifest.verify_file(name, &digested).map_err(Failure::checks)?;
    }
    let known = known.clone();
    let organisation =
        signed.certificate().subject().organisation.as_ref().and_then(|bin| bin.checked().ok());
    Ok(Genuine { manifest, file: known, organisation })
}

fn verify(file: &Path, manifest: &Path, national_ca: &Path, json: bool) -> Result<(), Failure> {
    let Genuine { manifest, file: known, organisation } = genuine(file, manifest, national_ca)?;
    let object = json!({
        "genuine": true,
        "name": known.name.as_str(),
        "format": known.format.to_string(),
        "party": format!("{}:{}", manifest.party, manifest.bin),
        "day": manifest.day.to_string(),
        "revision": manifest.revision.0,
        "formed_at": manifest.formed_at.to_string(),
        "additions": manifest.additions.0,
        "added": manifest.added.to_string(),
        "deductions": manifest.deductions.0,
        "deducted": manifest.deducted.to_string(),
        "net": manifest.net.to_string(),
        "signer": organisation.map(|bin| bin.to_string()),
    });
    output::one(json, &object, || {
        format!(
            "genuine: {}:{} of {}, revision {}, {} rows, {}",
            manifest.party,
            manifest.bin,
            manifest.day,
            manifest.revision,
            manifest.additions.0 + manifest.deductions.0,
            manifest.net
        )
    });
    Ok(())
}
