//! Logs: JSON, one event per line, to stderr; what a person or peer wrote is escaped by the format.
//!
//! Personal data stays out because the vocabulary's `Debug` masks it and nothing logs its `Display`.

use tracing_subscriber::EnvFilter;

/// Starts logging for the process. A second call does nothing.
pub fn start(filter: &str) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let _ = tracing_subscriber::fmt()
        .json()
        .with_env_filter(filter)
        // A log on a full disk loses lines; work must go on, and the default would panic over it.
        .log_internal_errors(false)
        .with_writer(std::io::stderr)
        .with_current_span(false)
        .try_init();
}
