//! What commands print: JSON lines for machines, a plain line for people. Both to stdout.

use std::io::Write as _;

use serde::Serialize;

/// Prints one thing in the form asked for.
pub(crate) fn one(json: bool, object: &impl Serialize, line: impl FnOnce() -> String) {
    if json {
        match serde_json::to_string(object) {
            Ok(text) => say(&text),
            Err(error) => eprintln!("error: {error}"),
        }
    } else {
        say(&line());
    }
}

/// Writes a line to stdout. A reader that has seen enough ends the command, quietly.
pub(crate) fn say(line: &str) {
    if writeln!(std::io::stdout(), "{line}").is_err() {
        std::process::exit(0);
    }
}
