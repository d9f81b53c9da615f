//! Where the agent's log goes: standard error (the journal, when run as a service) and a file in its folder that never
//! grows beyond its limits. What is logged carries `session_id` and `request_id` through spans; secrets have no place
//! in it.

mod rotate;

use std::path::Path;
use std::sync::Mutex;

use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use rotate::RotatingFile;

/// The log's file name; older parts have `.1` to `.9` behind it.
pub const FILE: &str = "agent.log";

/// Bytes of one part: some days of a busy machine.
const PART_MAX: u64 = 2 * 1024 * 1024;

/// Older parts that are kept.
const PARTS: u32 = 4;

/// What is logged: what `FAROL_LOG` says, such as `info,farol_agent=debug`, or the usual. No expressions as in
/// `EnvFilter`: those would bring an engine for regular expressions, a fifth of the program.
fn filter() -> Targets {
    let wanted = std::env::var("FAROL_LOG").ok().and_then(|text| text.parse().ok());
    wanted.unwrap_or_else(|| {
        Targets::new()
            .with_default(Level::INFO)
            .with_target("rustls", Level::WARN)
            .with_target("tungstenite", Level::WARN)
    })
}

/// Starts logging. A file that cannot be written is said on standard error, and the agent goes on without.
pub fn start(folder: Option<&Path>) {
    let to_stderr = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        // No colors: the two layers share the text of spans, and files must stay readable.
        .with_ansi(false)
        .with_target(false);
    let mut complaint = None;
    let file = folder.and_then(
        |folder| match RotatingFile::open(&folder.join(FILE), PART_MAX, PARTS) {
            Ok(file) => Some(file),
            Err(error) => {
                complaint = Some(error);
                None
            }
        },
    );
    let to_file = file.map(|file| {
        tracing_subscriber::fmt::layer()
            .with_ansi(false)
            .with_target(false)
            .with_writer(Mutex::new(file))
    });
    let started = tracing_subscriber::registry()
        .with(filter())
        .with(to_stderr)
        .with(to_file)
        .try_init();
    if started.is_err() {
        tracing::debug!("logging was started before");
    }
    if let Some(error) = complaint {
        tracing::warn!(%error, "no log file");
    }
}
