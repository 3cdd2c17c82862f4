//! `tolem bench gost`: our national cryptography beside OpenSSL's gost engine, by turns in one run.
//!
//! The engine is asked through a small C program, compiled when the bench begins, so that no process is started inside
//! what is measured. Of many short rounds the quickest counts on both sides: what each can do undisturbed.

use std::hint::black_box;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use gost::streebog::Streebog512;
use gost::{ByteOrder, ParameterSet, SigningKey, VerifyingTable};
use participant::SystemEntropy;
use serde_json::{Value, json};
use terms::Entropy as _;

use super::thousandths;
use crate::exit::Failure;
use crate::output;

const ENGINE: &str = include_str!("gost/engine.c");
/// Rounds of each operation; the quickest counts.
const ROUNDS: u32 = 60;
/// Calls in one round.
const CALLS: u32 = 10;
/// What is digested: about as long as one signed message.
const MESSAGE_OCTETS: usize = 3072;

pub(crate) fn run(json: bool) -> Result<(), Failure> {
    let folder = std::env::temp_dir().join(format!("tolem-bench-gost-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(anyhow::Error::from)?;
    let [a, c] = [(ParameterSet::Tc26A512, "A"), (ParameterSet::Tc26C512, "C")]
        .map(|(set, engine_name)| of_set(&folder, set, engine_name));
    if let Err(error) = std::fs::remove_dir_all(&folder) {
        eprintln!("{} stays: {error}", folder.display());
    }
    let (a, c) = (a?, c?);
    let object = json!({
        "sign_ratio": a["sign_ratio"],
        "verify_cold_ratio": a["verify_cold_ratio"],
        "verify_table_ratio": a["verify_table_ratio"],
        "streebog_ratio": a["streebog_ratio"],
        "512-A": a,
        "512-C": c,
    });
    output::one(json, &object, || {
        let line = |name: &str, of: &Value| {
            format!(
                "{name}: sign {} µs, engine {}; verify {} µs cold, {} with a table, engine {}; \
                 Streebog-512 {} µs for 3 KiB, engine {}\n",
                of["sign_us"],
                of["engine_sign_us"],
                of["verify_cold_us"],
                of["verify_table_us"],
                of["engine_verify_us"],
                of["streebog_us"],
                of["engine_streebog_us"],
            )
        };
        let ratios = format!(
            "times as fast on 512-A: sign {}, verify cold {}, with a table {}, Streebog-512 {}",
            a["sign_ratio"], a["verify_cold_ratio"], a["verify_table_ratio"], a["streebog_ratio"],
        );
        line("512-A", &a) + &line("512-C", &c) + &ratios
    });
    Ok(())
}

/// Every operation under one parameter set, ours and the engine's by turns.
fn of_set(folder: &Path, set: ParameterSet, engine_name: &str) -> Result<Value> {
    let mut engine = Engine::start(folder, engine_name)?;
    let key = SigningKey::generate(set, |octets| SystemEntropy.fill(octets));
    let (digest, message) = (vec![0x5a; set.octets()], vec![0x5a; MESSAGE_OCTETS]);
    let (order, mut fresh) = (ByteOrder::Kazakh, [0; 32]);
    SystemEntropy.fill(&mut fresh);
    let signature = key.sign_digest(&digest, order, &fresh)?;
    let (public, table) = (*key.verifying_key(), VerifyingTable::new(key.verifying_key()));

    let (sign, engine_sign) = engine.beside("sign", || {
        key.sign_digest(black_box(&digest), order, &fresh).map(|made| {
            black_box(made);
        })
    })?;
    let (cold, engine_cold) =
        engine.beside("verify", || public.verify_digest(black_box(&digest), order, &signature))?;
    let (known, engine_known) =
        engine.beside("verify", || table.verify_digest(black_box(&digest), order, &signature))?;
    let (streebog, engine_streebog) = engine.beside("digest", || {
        black_box(Streebog512::digest(black_box(&message)));
        Ok::<(), gost::Error>(())
    })?;
    Ok(json!({
        "sign_us": microseconds(sign),
        "engine_sign_us": microseconds(engine_sign),
        "verify_cold_us": microseconds(cold),
        "verify_table_us": microseconds(known),
        "engine_verify_us": microseconds(engine_cold.min(engine_known)),
        "streebog_us": microseconds(streebog),
        "engine_streebog_us": microseconds(engine_streebog),
        "sign_ratio": ratio(engine_sign, sign),
        "verify_cold_ratio": ratio(engine_cold, cold),
        "verify_table_ratio": ratio(engine_known, known),
        "streebog_ratio": ratio(engine_streebog, streebog),
    }))
}

fn microseconds(round_ns: u64) -> f64 {
    thousandths(u32::try_from(round_ns / u64::from(CALLS)).unwrap_or(u32::MAX))
}

fn ratio(theirs: u64, ours: u64) -> f64 {
    thousandths(u32::try_from(theirs * 1000 / ours.max(1)).unwrap_or(u32::MAX))
}

/// The C program that calls the engine.
struct Engine {
    child: Child,
    ask: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Engine {
    fn start(folder: &Path, set: &str) -> Result<Self> {
        let (source, program, key) = (folder.join("engine.c"), folder.join("engine"), folder.join("key.pem"));
        std::fs::write(&source, ENGINE)?;
        let run = |command: &mut Command| -> Result<()> {
            let done = command.stdout(Stdio::null()).stderr(Stdio::piped()).output()?;
            let said = String::from_utf8_lossy(&done.stderr);
            ensure!(done.status.success(), "{command:?} failed: {said}");
            Ok(())
        };
        run(Command::new("cc").args(["-O2", "-o"]).arg(&program).arg(&source).arg("-l:libcrypto.so.3"))
            .context("compiling the engine's caller needs cc and OpenSSL 3")?;
        let parameters = format!("paramset:{set}");
        run(Command::new("openssl")
            .args([
                "genpkey",
                "-engine",
                "gost",
                "-algorithm",
                "gost2012_512",
                "-pkeyopt",
                &parameters,
                "-out",
            ])
            .arg(&key))
        .context("the gost engine is Debian's package libengine-gost-openssl")?;
        let mut child =
            Command::new(program).arg(key).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let ask = child.stdin.take().context("the child has no stdin")?;
        let answers = BufReader::new(child.stdout.take().context("the child has no stdout")?);
        Ok(Self { child, ask, answers })
    }

    /// Nanoseconds of the quickest round, ours and the engine's, by turns.
    fn beside<E>(&mut self, what: &str, mut ours: impl FnMut() -> Result<(), E>) -> Result<(u64, u64)>
    where
        anyhow::Error: From<E>,
    {
        let mut quickest = (u64::MAX, u64::MAX);
        for _ in 0..ROUNDS {
            let begun = Instant::now();
            for _ in 0..CALLS {
                ours()?;
            }
            let taken = u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX);
            quickest = (quickest.0.min(taken), quickest.1.min(self.ask(what)?));
        }
        Ok(quickest)
    }

    fn ask(&mut self, what: &str) -> Result<u64> {
        writeln!(self.ask, "{what} {CALLS}")?;
        self.ask.flush()?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        line.trim().parse().with_context(|| format!("the engine's caller could not {what}"))
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // It has nothing to lose.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
