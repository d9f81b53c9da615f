//! Server, agents and viewers in one process, for tests.
//!
//! Lives here: [`TestServer`] (the real server on a loopback port with its own data), [`ApiClient`] (a signed-in console
//! without a browser), [`TestAgent`] (the real agent on a [`FakeMachine`] with a [`Disk`]), [`PaperAgent`] (an agent made of the protocol's
//! state machines: it says exactly what a test wants, right or wrong), [`HelpdeskAgent`] (another product's agent, over the machine routes), [`ForgedLink`] (a link that breaks the rules), [`PipeEnd`] (either end of a pipe), [`RawSocket`] (a WebSocket for saying nonsense),
//! [`Tunnel`] (puts TLS under any of them).
//! Does not live here: the stories, which are in `tests/`.
//!
//! Rules: traffic on loopback only, ports chosen by the system, no sleeps: a test waits for what it wants to see and fails
//! after [`PATIENCE`]. Several servers may run in one process; they share nothing but the metrics recorder.

mod agent;
mod api;
pub mod bench;
mod disk;
pub mod forged;
mod helpdesk;
mod machine;
mod pipe;
mod screen;
mod server;
mod socket;
mod tunnel;

use std::future::Future;
use std::time::Duration;

use anyhow::Context;

pub use agent::{Enrolled, LinkEnd, PaperAgent, evidence, new_key, paper_facts};
pub use api::{Answer, ApiClient, EventStream};
pub use disk::Disk;
pub use forged::ForgedLink;
pub use helpdesk::{Hardware, HelpdeskAgent, REMOTE_PASSWORD};
pub use machine::{FakeMachine, TestAgent};
pub use pipe::{PipeEnd, Ticket, resume_request, session_request, viewer_key};
pub use screen::{Painter, Picture};
pub use server::TestServer;
pub use socket::{RawSocket, Said};
pub use tunnel::Tunnel;

/// Longest wait for anything, above the longest time-out of the server that a story waits for (20 s).
pub const PATIENCE: Duration = Duration::from_secs(30);

/// How often [`until`] looks.
const LOOK: std::time::Duration = std::time::Duration::from_millis(20);

/// Waits until `true_now` says so; for what nobody announces, such as a file.
///
/// # Errors
/// It does not come true within [`PATIENCE`]; `what` says what was missing.
pub async fn until(what: &str, true_now: impl Fn() -> bool) -> anyhow::Result<()> {
    let looking = async {
        while !true_now() {
            tokio::time::sleep(LOOK).await;
        }
    };
    soon(what, looking).await
}

/// Waits for `future`, but not for ever.
///
/// # Errors
/// Nothing came within [`PATIENCE`]; `what` says what was missing.
pub async fn soon<T>(what: &str, future: impl Future<Output = T>) -> anyhow::Result<T> {
    tokio::time::timeout(PATIENCE, future)
        .await
        .with_context(|| format!("waited in vain for {what}"))
}
