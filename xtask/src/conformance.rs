//! Writes `docs/conformance.md`: which test proves which requirement and defends against which abuse case.
//!
//! The ids come from `docs/requirements.md` and `docs/threats.md`; the proofs from `Meets:` and `Defends:` lines in
//! the doc comments of tests. That the tests pass is shown by running them, which CI does before this.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// Requirements that later work owns, each with the reason. Nothing else may be without a test.
const PENDING: &[(&str, &str)] = &[];

/// Abuse cases this stage owns; the others wait for the work that owns them.
const OWNED: &[u32] = &[
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 21, 22, 23, 24, 25, 26, 27, 28, 29,
    30, 32,
];

struct Proof {
    test: String,
    file: PathBuf,
}

pub(crate) fn run(root: &Path, write: bool) -> Result<()> {
    let requirements = ids_at_line_heads(&root.join("docs/requirements.md"))?;
    let mut proofs: BTreeMap<String, Vec<Proof>> = BTreeMap::new();
    for folder in ["crates", "participants", "app", "xtask"] {
        collect(root, &root.join(folder), &mut proofs)?;
    }
    let known: BTreeSet<String> =
        requirements.iter().cloned().chain((1..=33).map(|number| format!("A{number}"))).collect();
    if let Some(unknown) = proofs.keys().find(|id| !known.contains(*id)) {
        bail!("{} names {unknown}, which no document defines", proofs[unknown][0].file.display());
    }
    let page = page(&requirements, &proofs);
    let path = root.join("docs/conformance.md");
    if write {
        fs::write(&path, &page).with_context(|| format!("writing {}", path.display()))?;
    } else if fs::read_to_string(&path).unwrap_or_default() != page {
        bail!("docs/conformance.md is out of date: run `cargo xtask conformance`");
    }
    let pending = |id: &str| PENDING.iter().any(|(pending, _)| *pending == id);
    let mut missing: Vec<String> =
        requirements.iter().filter(|id| !proofs.contains_key(*id) && !pending(id)).cloned().collect();
    missing.extend(OWNED.iter().map(|number| format!("A{number}")).filter(|id| !proofs.contains_key(id)));
    if !missing.is_empty() {
        bail!("no test names {}", missing.join(", "));
    }
    println!(
        "{} requirements, {} with a test, {} pending",
        requirements.len(),
        requirements.len() - PENDING.len(),
        PENDING.len()
    );
    Ok(())
}

fn ids_at_line_heads(path: &Path) -> Result<Vec<String>> {
    let text = fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    Ok(text
        .lines()
        .filter_map(|line| line.strip_prefix("- ")?.split_whitespace().next())
        .filter(|word| is_id(word))
        .map(str::to_owned)
        .collect())
}

fn is_id(word: &str) -> bool {
    let rest = word.strip_prefix(['C', 'T', 'A']).unwrap_or("");
    rest.starts_with(|c: char| c.is_ascii_digit())
        && word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))
}

fn collect(root: &Path, folder: &Path, proofs: &mut BTreeMap<String, Vec<Proof>>) -> Result<()> {
    let mut entries: Vec<_> = fs::read_dir(folder)?.collect::<Result<_, _>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        if path.is_dir() {
            if entry.file_name() != "target" {
                collect(root, &path, proofs)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            read_proofs(&path, path.strip_prefix(root).unwrap_or(&path), proofs)?;
        }
    }
    Ok(())
}

/// A proof line counts only if the next function after it is a test.
fn read_proofs(path: &Path, shown: &Path, proofs: &mut BTreeMap<String, Vec<Proof>>) -> Result<()> {
    let text = fs::read_to_string(path)?;
    let mut claimed: Vec<String> = Vec::new();
    let mut is_test = false;
    for line in text.lines().map(str::trim) {
        let comment = line.strip_prefix("///").map(str::trim);
        if let Some(ids) =
            comment.and_then(|c| c.strip_prefix("Meets:").or_else(|| c.strip_prefix("Defends:")))
        {
            claimed.extend(ids.split(',').map(|id| id.trim().trim_end_matches('.').to_owned()));
        } else if line.starts_with("#[") {
            is_test |= line.contains("test");
        } else if let Some(name) = function_name(line) {
            if is_test {
                for id in claimed.drain(..) {
                    let proof = Proof { test: name.to_owned(), file: shown.to_owned() };
                    proofs.entry(id).or_default().push(proof);
                }
            }
            claimed.clear();
            is_test = false;
        } else if comment.is_none() && !line.is_empty() && !line.starts_with("//") {
            claimed.clear();
            is_test = false;
        }
    }
    Ok(())
}

fn function_name(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ")?;
    rest.split(['(', '<']).next()
}

fn page(requirements: &[String], proofs: &BTreeMap<String, Vec<Proof>>) -> String {
    let mut page = String::from(
        "# Conformance\n\nPrinted by `cargo xtask conformance` from the doc comments of tests; do not edit.\n\n\
         | id | proved by |\n|---|---|\n",
    );
    let owned = OWNED.iter().map(|number| format!("A{number}"));
    for id in requirements.iter().cloned().chain(owned) {
        let tests = match proofs.get(&id) {
            Some(tests) => {
                let shown: Vec<String> = tests
                    .iter()
                    .map(|proof| format!("`{}` ({})", proof.test, proof.file.display()))
                    .collect();
                shown.join("<br>")
            }
            None => PENDING
                .iter()
                .find(|(pending, _)| *pending == id)
                .map_or_else(|| "**none**".to_owned(), |(_, reason)| format!("pending: {reason}")),
        };
        writeln!(page, "| {id} | {tests} |").expect("writing to a string cannot fail");
    }
    page
}
