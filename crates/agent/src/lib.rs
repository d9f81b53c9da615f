//! The program on a machine: one folder per capability.
//!
//! Lives here: [`screen`], [`input`], [`clipboard`], [`consent`] (each behind a trait of the platform crate), beside [`link`] (the
//! lasting connection to the server), [`sessions`] (one task for each viewer), [`company`] (who
//! else is there, who drives), [`facts`], [`inventory`] (the machine in depth), [`metrics`] (how busy it is), [`enroll`], [`config`], [`logging`], and [`one_time`], the agent that is run for
//! one period of help without being installed. Does not live here: what differs between operating systems (`farol-platform`), pixels
//! (`farol-media`), what travels (`farol-protocol`). Start with [`runtime::run`], which ties everything together;
//! [`cli`] is what a person calls.
//!
//! ```text
//!                    ┌── link task ── offers, ends ──▶ session task (one per viewer) ◀──▶ relay
//!  main thread ──────┤                                     ▲ news        │ input events
//!                    │                                     │             ▼
//!  screen thread: wait ▸ capture ▸ encode per viewer ▸ slot (newest)   input thread (one per viewer)
//! ```
//! Nothing turns while nothing changes: every thread waits for an event of its own. The way of input never crosses the
//! way of pictures.

pub mod backends;
pub mod cli;
pub mod clipboard;
mod clock;
pub mod company;
pub mod config;
pub mod consent;
pub mod enroll;
pub mod facts;
pub mod input;
pub mod inventory;
pub mod link;
pub mod logging;
pub mod metrics;
pub mod one_time;
mod random;
pub mod runtime;
pub mod screen;
pub mod sessions;
mod signals;

pub use clock::Clock;

/// Version of this agent, as told to the server.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
