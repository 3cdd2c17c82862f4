//! How a command ends when it does not end well: the documented exit codes, and the error in words or as JSON.

use std::process::ExitCode;

/// The exit codes, as `--help` prints them.
pub(crate) const TABLE: &str = "Exit codes: 0 ok · 1 failed · 2 usage · 3 not found · 4 refused by rule · \
    5 signature or certificate · 6 other side down · 7 conflict · 10 checks found problems · 130 interrupted · 141 \
    the reader of the output has gone";

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub(crate) struct Failure {
    code: u8,
    error: anyhow::Error,
    /// Whether it stands in the log already, so that it is not told again in words.
    is_logged: bool,
}

impl From<anyhow::Error> for Failure {
    /// A file that is not there is "not found", whichever command wanted it.
    fn from(error: anyhow::Error) -> Self {
        let is_absent = |cause: &(dyn std::error::Error + 'static)| {
            let cause = cause.downcast_ref::<std::io::Error>();
            cause.is_some_and(|cause| cause.kind() == std::io::ErrorKind::NotFound)
        };
        let code = if error.chain().any(is_absent) { 3 } else { 1 };
        Self::with(code, error)
    }
}

impl Failure {
    fn with(code: u8, error: impl Into<anyhow::Error>) -> Self {
        Self { code, error: error.into(), is_logged: false }
    }

    /// Ctrl-C.
    pub(crate) fn interrupted(error: impl Into<anyhow::Error>) -> Self {
        Self::with(130, error)
    }

    /// Puts it into the log of a process whose stderr is its log: one line in the log's own form.
    pub(crate) fn logged(self) -> Self {
        tracing::error!(event = "process-failed", error = format!("{:#}", self.error), exit_code = self.code);
        Self { is_logged: tracing::enabled!(tracing::Level::ERROR), ..self }
    }

    pub(crate) fn usage(error: impl Into<anyhow::Error>) -> Self {
        Self::with(2, error)
    }

    pub(crate) fn not_found(error: impl Into<anyhow::Error>) -> Self {
        Self::with(3, error)
    }

    pub(crate) fn refused(error: impl Into<anyhow::Error>) -> Self {
        Self::with(4, error)
    }

    pub(crate) fn signature(error: impl Into<anyhow::Error>) -> Self {
        Self::with(5, error)
    }

    pub(crate) fn checks(error: impl Into<anyhow::Error>) -> Self {
        Self::with(10, error)
    }

    pub(crate) fn away(error: impl Into<anyhow::Error>) -> Self {
        Self::with(6, error)
    }

    pub(crate) fn conflict(error: impl Into<anyhow::Error>) -> Self {
        Self::with(7, error)
    }
}

impl std::fmt::Display for Failure {
    /// Writes the error with its causes.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:#}", self.error)
    }
}

/// Tells the failure on stderr and gives the exit code.
pub(crate) fn report(failure: &Failure, json: bool) -> ExitCode {
    if failure.is_logged {
        return ExitCode::from(failure.code);
    }
    if json {
        let object =
            serde_json::json!({ "error": format!("{:#}", failure.error), "exit_code": failure.code });
        eprintln!("{object}");
    } else {
        eprintln!("error: {}", failure.error);
        for cause in failure.error.chain().skip(1) {
            eprintln!("  cause: {cause}");
        }
    }
    ExitCode::from(failure.code)
}
