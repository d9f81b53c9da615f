//! The inventory of Linux, from files: `/etc`, `/proc`, `/sys`, what package managers keep. Root reads all of it, others
//! most. A program is started only where a manager's own files cannot be read without it (rpm, systemd).
//!
//! One file a section, beside them [`root`] (bounded reading), [`run`] (bounded programs) and what two sections need.

mod disks;
mod edid;
mod hardware;
mod login;
mod network;
mod people;
mod posture;
mod root;
mod run;
mod software;
mod system;
mod systemd;
#[cfg(test)]
mod tree;
mod updates;

use std::time::SystemTime;

use farol_inventory::software::Updates;
use farol_inventory::{Body, Problem, Read, Section};

pub(super) use root::Root;
use root::Sensors;

/// Reads a section of the system below `root`.
pub(super) fn read(root: &Root, section: Section) -> Read {
    let mut sensors = Sensors::new(root);
    let body = match section {
        Section::System => Body::System(system::read(&mut sensors)),
        Section::Hardware => Body::Hardware(hardware::read(&mut sensors)),
        Section::Disks => Body::Disks(disks::read(&mut sensors)),
        Section::Network => Body::Network(network::read(&mut sensors)),
        Section::People => Body::People(people::read(&mut sensors)),
        Section::Software => Body::Software(software::read(&mut sensors)),
        Section::Posture => Body::Posture(posture::read(&mut sensors)),
    };
    let problems = sensors.into_problems();
    Read { body, problems }.cleaned()
}

/// See [`super::pending_updates`].
pub(super) fn pending_updates(root: &Root) -> (Updates, Vec<Problem>) {
    let mut sensors = Sensors::new(root);
    let found = updates::read(&mut sensors);
    (found, sensors.into_problems())
}

/// See [`super::updates_stamp`].
pub(super) fn updates_stamp(root: &Root) -> Option<SystemTime> {
    updates::stamp(&Sensors::new(root))
}

#[cfg(test)]
mod tests;
