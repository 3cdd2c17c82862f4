//! Chores of the workspace: `cargo xtask conformance`. The invariants are tests beside it.
//!
//! Each reads the sources as text and writes or checks one thing; nothing here is part of the product.

mod conformance;

use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["conformance"] => conformance::run(&root, true),
        ["conformance", "--check"] => conformance::run(&root, false),
        _ => {
            eprintln!("usage: cargo xtask conformance [--check]");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
