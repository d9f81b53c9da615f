//! Logs: one line per event on standard error, for people or as JSON.
//!
//! The level comes from `FAROL_LOG` (the command's default when unset; the syntax of `tracing_subscriber::EnvFilter`). Request ids are
//! fields of the request's span and stand on every line under it. Secrets are never fields.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

use crate::config::LogFormat;

/// Starts logging at `level` unless `FAROL_LOG` says otherwise; a second call changes nothing.
pub fn init(format: LogFormat, level: &str) {
    let filter = EnvFilter::try_from_env("FAROL_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    let builder = fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let outcome = match format {
        LogFormat::Human => builder.with_target(false).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    if outcome.is_err() {
        tracing::debug!("logging was started before");
    }
}
