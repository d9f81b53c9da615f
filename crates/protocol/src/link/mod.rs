//! The link: the agent's one lasting control connection to the server, as two state machines without IO.
//!
//! ```text
//! agent                                  server
//!   hello (machine id, key, nonce)      ──▶     NeedMachineKey ─▶ the caller looks it up
//!   checks the pinned identity          ◀──   challenge (nonce, identity key, signature)
//!   proof (signature, facts, evidence)  ──▶     verifies, Established ─▶ the caller decides which machine this is
//!   Welcome                             ◀──   welcome (pace, time, counter), or a goodbye that says why not
//!   heartbeat, facts, session answers and ends ──▶   ◀── session offers and ends, key changes, goodbye
//!   inventory: hashes, sections         ◀──▶  which are wanted, kept, refused (`inventory.rs`)
//!                                       ◀──   another pace
//!   metrics: samples                    ◀──▶  how often (`metrics.rs`)
//! ```
//! A heartbeat is answered by something that is no message (a WebSocket pong): the only thing that passes on a link at rest.
//!
//! Both sign over both nonces and the machine id, and the agent over the server's key too, so nothing can be replayed
//! or passed on to another server. The nonces are key halves: from the proof on, everything is sealed (`seal.rs`), so
//! somebody in between sees sizes and times and can only cut. An unknown machine is told so only after the server proved
//! who it is: a stranger in the middle cannot make an agent give up.
//!
//! Lives here: order, limits, signatures, silence. Does not live here: which link of a machine is the live one (the
//! server), when to dial again (the agent and `farol-transport`).
//!
//! Driving: as [`crate::pipe`], one binary WebSocket message per transmit. Queues: newer facts, samples and hashes of the inventory
//! replace waiting ones, everything else waits in order, and a full queue means that the peer stopped reading. Facts go when
//! nothing else waits, then a sample, then hashes, then pieces of the one section that is under way.

mod agent;
pub mod inventory;
pub mod message;
pub mod metrics;
mod outbox;
mod seal;
mod server;
pub mod session;

use crate::ProtocolError;

pub use agent::{AgentLink, AgentLinkConfig, AgentLinkEvent};
pub use inventory::{InventoryHash, InventoryRefused, InventorySection, InventoryWanted, SectionHash};
pub use message::{
    Established, Facts, Goodbye, GoodbyeReason, IdentityUpdate, Installation, LoggedOnUser, NewMachineKey,
    OperatingSystem, Pace, ScreenStatus, Secret, Welcome,
};
pub use metrics::MetricSample;
pub use seal::Ephemeral;
pub use server::{ServerLink, ServerLinkConfig, ServerLinkEvent};
pub use session::{
    Answer, Asking, Copied, SessionAnswer, SessionEnd, SessionFigures, SessionNote, SessionOffer,
    SessionRightsChanged, SessionRightsOffer, SessionStatement, Spread,
};

/// The link protocol spoken here.
pub const VERSION: u32 = 3;

/// A word that this release does not have. On a live link it is one of a newer release, sealed by the end that was proved: it is passed
/// over, so that agents and servers need not be updated in one moment. Before that nobody has said who they are.
fn unknown(live: bool) -> Result<(), ProtocolError> {
    if live {
        return Ok(());
    }
    Err(ProtocolError::Malformed("link message"))
}

#[cfg(test)]
mod tests;
