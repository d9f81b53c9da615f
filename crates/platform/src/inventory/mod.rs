//! The inventory's facts about this machine, one section at a time: what `farol_inventory` describes, read from the system.
//!
//! Sensors are many and some always fail: what one cannot say is a problem that names the member it would have filled,
//! and the rest of the section is as good as ever. Not here: when a section is read and whether it is sent.

#[cfg(not(target_os = "linux"))]
use farol_inventory::{Body, Problem, ProblemCode};
use farol_inventory::{Read, Section};

pub mod fake;
#[cfg(target_os = "linux")]
mod linux;

/// Reads a section, cleaned as the server will read it, so that its hash is the server's. Milliseconds for most; `software`
/// asks the managers that have no files of their own to read, and may take seconds where these are busy. Never fails.
#[must_use]
pub fn inventory(section: Section) -> Read {
    #[cfg(target_os = "linux")]
    return linux::read(&linux::Root::host(), section);
    #[cfg(not(target_os = "linux"))]
    Read {
        body: Body::empty(section),
        problems: vec![Problem {
            field: String::new(),
            code: ProblemCode::NotAvailable,
            detail: "no sensors for this operating system".into(),
        }],
    }
}
