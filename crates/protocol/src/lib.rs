//! What Farol's programs say to each other: messages, framing, limits, and the state machines of link and pipe.
//!
//! Lives here: everything that can be decided from bytes and a point in time. Does not live here: sockets, clocks,
//! tasks, randomness, storage; callers hand those in. Start with [`pipe`] (agent and viewer, end to end) and
//! [`link`] (agent and server); [`packet`] and [`limits`] are their alphabet.
//!
//! Every state machine has the same surface: `handle_input(now, bytes)` and `handle_timeout(now)` go in;
//! `poll_transmit`, `poll_event` and `poll_deadline` come out, each to be called until it returns `None` after
//! anything went in; typed commands do the rest. Nothing a peer sends makes this crate panic or allocate more than
//! [`limits`] says.

pub mod error;
pub mod evidence;
pub mod identity;
pub mod ids;
pub mod limits;
pub mod link;
#[cfg(feature = "oracle")]
pub mod oracle;
pub mod packet;
pub mod pipe;
pub mod rate;
pub mod relay;
pub mod rights;
pub mod support_code;
pub mod text;
pub mod tick;
pub mod token;

mod wire;

pub use error::ProtocolError;
pub use tick::Tick;
