//! What the sections of the inventory say in the fields of the search language.

use farol_inventory::{Body, Disks, Hardware, Network, People, Posture, System};

use super::MachineField;
use super::facts::Said;

/// What a machine that is its own hardware says of what it runs in.
const NOT_VIRTUAL: &str = "none";
/// Accounts that a system makes for itself: each machine has them.
const SYSTEM_ACCOUNT: &str = "system";

pub(super) fn say(body: &Body, said: &mut Said) {
    match body {
        Body::System(system) => of_system(system, said),
        Body::Hardware(hardware) => of_hardware(hardware, said),
        Body::Disks(disks) => of_disks(disks, said),
        Body::Network(network) => of_network(network, said),
        Body::People(people) => of_people(people, said),
        Body::Software(_) => {}
        Body::Posture(posture) => of_posture(posture, said),
    }
}

fn of_system(system: &System, said: &mut Said) {
    said.maybe(MachineField::Timezone, system.time_zone.as_ref());
    let inside = system.virtualization.as_ref();
    said.maybe(
        MachineField::Virtual,
        inside.filter(|inside| *inside != NOT_VIRTUAL),
    );
}

fn of_hardware(hardware: &Hardware, said: &mut Said) {
    said.maybe(MachineField::Maker, hardware.maker.as_ref());
    said.maybe(MachineField::Model, hardware.model.as_ref());
    said.maybe(MachineField::Serial, hardware.serial.as_ref());
    said.maybe(MachineField::Serial, hardware.board.serial.as_ref());
    for monitor in &hardware.monitors {
        said.maybe(MachineField::Serial, monitor.serial.as_ref());
    }
    for processor in &hardware.processors {
        said.maybe(MachineField::Cpu, processor.model.as_ref());
    }
    said.number(MachineField::Memory, hardware.memory_bytes);
}

fn of_disks(disks: &Disks, said: &mut Said) {
    for disk in &disks.disks {
        said.maybe(MachineField::Serial, disk.serial.as_ref());
        said.number(MachineField::Disk, disk.size_bytes);
    }
}

/// Each machine reaches itself by the same addresses; those are left out.
fn of_network(network: &Network, said: &mut Said) {
    for nic in &network.nics {
        if nic.kind.as_deref() == Some("loopback") {
            continue;
        }
        said.maybe(MachineField::Mac, nic.mac.as_ref());
        for address in &nic.addresses {
            let (address, _) = address.split_once('/').unwrap_or((address.as_str(), ""));
            said.address(MachineField::Ip, address);
        }
    }
}

fn of_people(people: &People, said: &mut Said) {
    for account in &people.accounts {
        if account.kind.as_deref() != Some(SYSTEM_ACCOUNT) {
            said.maybe(MachineField::Account, account.name.as_ref());
            said.maybe(MachineField::Account, account.full_name.as_ref());
        }
    }
    for name in &people.administrators {
        said.text(MachineField::Admin, name);
    }
}

fn of_posture(posture: &Posture, said: &mut Said) {
    said.yes_no(MachineField::Encrypted, posture.system_encrypted);
    said.yes_no(MachineField::Reboot, posture.reboot_pending);
}
