//! The inventory's facts about this machine, one section at a time: what `farol_inventory` describes, read from the system.
//!
//! Sensors are many and some always fail: what one cannot say is a problem that names the member it would have filled,
//! and the rest of the section is as good as ever. Not here: when a section is read and whether it is sent.

use std::time::SystemTime;

use farol_inventory::software::Updates;
#[cfg(not(target_os = "linux"))]
use farol_inventory::{Body, ProblemCode};
use farol_inventory::{Problem, Read, Section};

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

/// Works out which updates wait, for [`farol_inventory::Software::updates`]: up to six seconds of processor at the lowest
/// priority, so only when [`updates_stamp`] is another than the last time. Never fails; without [`Problem`]s it is all of
/// them.
#[must_use]
pub fn pending_updates() -> (Updates, Vec<Problem>) {
    #[cfg(target_os = "linux")]
    return linux::pending_updates(&linux::Root::host());
    #[cfg(not(target_os = "linux"))]
    (
        Updates::default(),
        vec![Problem {
            field: "/updates".into(),
            code: ProblemCode::NotAvailable,
            detail: "no sensors for this operating system".into(),
        }],
    )
}

/// When what [`pending_updates`] goes by last changed: what is installed, or what there is to install. Two looks at files;
/// `None` where there is nothing to go by.
#[must_use]
pub fn updates_stamp() -> Option<SystemTime> {
    #[cfg(target_os = "linux")]
    return linux::updates_stamp(&linux::Root::host());
    #[cfg(not(target_os = "linux"))]
    None
}
