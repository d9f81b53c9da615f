//! The inventory: dated facts about a machine, in sections that are hashed, sent and kept by themselves. Shared by what
//! reads them (`farol-platform`), what sends them (the agent) and what keeps them (the server). No IO, no clock, no
//! condition on the operating system, no `unsafe`.
//!
//! What lives here: the form of each [`Section`], how one is taken from bytes that anybody may have sent ([`read()`]), the
//! hash that says whether anything changed ([`hash`]), what changed ([`changes`]), and how secrets are made unreadable
//! ([`mask()`]). Not here: where facts come from, when they are sent, how they are kept.
//!
//! **What counts as a fact.** What stays the same while nobody does anything to the machine. Uptime, idle time, free space,
//! temperatures, charge and counters change by themselves: they stand in a section's member `volatile`, or nowhere. Hash and
//! changes leave that member out, so that a machine at rest sends nothing and its history has no noise; when a section is
//! sent for another reason, its `volatile` goes along and is as old as the section. What is wanted fresh is a metric. That a
//! machine was started is a fact; its time is worked out from two clocks and wavers by seconds, so it is rounded, and
//! [`Read::settle`] takes over the earlier one when the two mean the same start.
//!
//! **Form.** One JSON object a section: members in snake case, units in their names (`size_bytes`, `since_ms`: milliseconds
//! since 1970 UTC), whole numbers only, so that there is one way to write each. Every member may be absent; unknown ones are
//! left out without a word, for agents may be newer than their server. Kinds and states are texts from a documented list,
//! not closed enumerations, for the same reason.
//!
//! **Both sides read.** What the machine found goes through the same reading as what the server receives
//! ([`Read::cleaned`]), so both know the same facts and the same hash.
//!
//! Where things are: `fields` (untrusted JSON to fields) → one module a section → `read` → `canonical` (one form, its hash)
//! → `changes`, `settle`.

mod canonical;
mod changes;
pub mod disks;
mod fields;
pub mod hardware;
pub mod limits;
mod mask;
pub mod network;
#[cfg(feature = "oracle")]
pub mod oracle;
pub mod people;
pub mod posture;
mod problem;
mod read;
#[cfg(test)]
mod samples;
mod section;
mod settle;
pub mod software;
pub mod system;
pub mod text;

pub use canonical::hash;
pub use changes::{Change, ChangeKind, changes};
pub use disks::Disks;
pub use hardware::Hardware;
pub use mask::{MASK, mask};
pub use network::Network;
pub use people::People;
pub use posture::Posture;
pub use problem::{Problem, ProblemCode};
pub use read::{Read, ReadError, read};
pub use section::{Body, Section};
pub use software::Software;
pub use system::System;
