//! What commands print: JSON lines for machines, a plain line for people. Both to stdout.

use serde::Serialize;

/// Prints one thing in the form asked for.
pub(crate) fn one(json: bool, object: &impl Serialize, line: impl FnOnce() -> String) {
    if json {
        match serde_json::to_string(object) {
            Ok(text) => println!("{text}"),
            Err(error) => eprintln!("error: {error}"),
        }
    } else {
        println!("{}", line());
    }
}
