//! The link: an agent's one lasting control connection, from the server's side.
//!
//! Here: what an agent's words mean for machines and presence. Not here: the wire and its order
//! (`farol_protocol::link`), what they mean for sessions (`crate::sessions::told`), sockets and waiting (`task.rs`), writing
//! rows (`reports.rs`), the inventory on its way to its domain (`intake.rs`), the upgrade (`api.rs`).
//!
//! ```text
//!  upgrade ─▶ hello ─▶ challenge ─▶ proof ─▶ recognition.hello ─▶ presence.arrive ─▶ welcome ─▶ heartbeats, facts, answers ─▶ presence.leave
//! ```
//! Invariants: an agent can only touch sessions of its own machine; a heartbeat writes no row; a row that fails to be
//! written never ends a link.

mod api;
mod intake;
mod reports;
mod task;

use crate::sessions::lifecycle::clip;
pub use api::routes;

/// Whose connection it was, for the one log line of its end.
fn describe(cause: &str) -> String {
    clip(cause)
}
