//! What commands print: JSON lines for machines, a plain line for people. Both to stdout.

use std::io::Write as _;

use serde::Serialize;

/// The exit code where the reader has gone: that of a process which SIGPIPE ended.
const READER_GONE: i32 = 141;

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

/// Writes a line to stdout.
pub(crate) fn say(line: &str) {
    text(&format!("{line}\n"));
}

/// Writes a text to stdout. What cannot be written ends the command: quietly where the reader has seen enough, yet
/// never as if all had been well, because the rest of it was not done.
pub(crate) fn text(text: &str) {
    let mut stdout = std::io::stdout().lock();
    if let Err(error) = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            std::process::exit(READER_GONE);
        }
        eprintln!("error: writing to standard output: {error}");
        std::process::exit(1);
    }
}

/// `1 fault`, `2 faults`: how many of what is made plural by an s, or by `ies` where it ends in y.
pub(crate) fn counted(count: u64, one: &str) -> String {
    match (count, one.strip_suffix('y')) {
        (1, _) => format!("1 {one}"),
        (_, Some(stem)) => format!("{count} {stem}ies"),
        (_, None) => format!("{count} {one}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::counted;

    #[test]
    fn one_thing_is_said_in_the_singular_and_all_other_numbers_in_the_plural() {
        for (count, one, said) in [
            (1, "fault", "1 fault"),
            (0, "sum", "0 sums"),
            (2, "new entry", "2 new entries"),
            (1, "new entry", "1 new entry"),
        ] {
            assert_eq!(counted(count, one), said);
        }
    }
}
