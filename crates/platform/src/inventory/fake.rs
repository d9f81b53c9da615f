//! The inventory of machines that do not exist.

use farol_inventory::{
    Body, Disks, Hardware, Network, People, Posture, Read, Section, Software, System, disks, hardware,
    network, people, posture, software,
};

use crate::evidence::fake::evidence;
use crate::facts::fake::facts;

/// 2024-01-01.
const INSTALLED_MS: i64 = 1_704_067_200_000;
/// 2024-05-01.
const BOOTED_MS: i64 = 1_714_521_600_000;

fn some(text: impl Into<String>) -> Option<String> {
    Some(text.into())
}

/// A plausible section of a machine of this name: the same at every call, other serial numbers for other names.
#[must_use]
pub fn inventory(name: &str, section: Section) -> Read {
    let body = match section {
        Section::System => Body::System(system(name)),
        Section::Hardware => Body::Hardware(hardware(name)),
        Section::Disks => Body::Disks(disks(name)),
        Section::Network => Body::Network(network()),
        Section::People => Body::People(people()),
        Section::Software => Body::Software(software()),
        Section::Posture => Body::Posture(posture()),
    };
    let problems = Vec::new();
    Read { body, problems }.cleaned()
}

fn system(name: &str) -> System {
    let os = facts(name).os;
    System {
        hostname: some(name),
        os_family: some(os.family),
        os_name: some(os.name),
        os_version: some(os.version),
        kernel: some(os.kernel),
        arch: some(os.arch),
        language: some("pt-BR"),
        time_zone: some("America/Sao_Paulo"),
        installed_at_ms: Some(INSTALLED_MS),
        booted_at_ms: Some(BOOTED_MS),
        virtualization: some("none"),
        ..System::default()
    }
}

fn hardware(name: &str) -> Hardware {
    let evidence = evidence(name);
    let module = |slot: &str| hardware::MemoryModule {
        slot: some(slot),
        size_bytes: Some(8 << 30),
        kind: some("DDR4"),
        speed_mts: Some(3200),
        serial: some(format!("{name}-{slot}")),
        ..hardware::MemoryModule::default()
    };
    Hardware {
        maker: some("Fake Computers"),
        model: some("Model 1"),
        serial: evidence.product_serial,
        chassis: some("desktop"),
        board: hardware::Board {
            maker: some("Fake Computers"),
            serial: evidence.board_serial,
            ..hardware::Board::default()
        },
        processors: vec![hardware::Processor {
            slot: some("0"),
            model: some("Fake CPU 3000"),
            cores: Some(4),
            threads: Some(8),
            ..hardware::Processor::default()
        }],
        memory_bytes: Some(16 << 30),
        memory_slots: Some(4),
        memory_modules: vec![module("A1"), module("B1")],
        ..Hardware::default()
    }
}

fn disks(name: &str) -> Disks {
    Disks {
        disks: vec![disks::Disk {
            name: some("nvme0n1"),
            serial: evidence(name).disk_serials.into_iter().next(),
            model: some("Fake Disk 512"),
            size_bytes: Some(512_000_000_000),
            kind: some("ssd"),
            bus: some("nvme"),
            ..disks::Disk::default()
        }],
        file_systems: vec![disks::FileSystem {
            mount: some("/"),
            device: some("/dev/nvme0n1p2"),
            kind: some("ext4"),
            size_bytes: Some(500_000_000_000),
            read_only: Some(false),
            encrypted: Some(false),
            ..disks::FileSystem::default()
        }],
        volatile: disks::DisksVolatile {
            file_systems: vec![disks::FileSystemUse {
                mount: some("/"),
                free_bytes: Some(250_000_000_000),
                ..disks::FileSystemUse::default()
            }],
            ..disks::DisksVolatile::default()
        },
        ..Disks::default()
    }
}

fn network() -> Network {
    Network {
        nics: vec![network::Nic {
            name: some("eth0"),
            kind: some("ethernet"),
            mac: some("02:00:00:00:00:01"),
            addresses: vec!["192.0.2.7/24".into()],
            up: Some(true),
            ..network::Nic::default()
        }],
        gateways: vec![network::Gateway {
            address: some("192.0.2.1"),
            nic: some("eth0"),
        }],
        dns_servers: vec!["192.0.2.1".into()],
        ..Network::default()
    }
}

fn people() -> People {
    People {
        accounts: vec![people::LocalAccount {
            name: some("fred"),
            id: some("1000"),
            kind: some("person"),
            ..people::LocalAccount::default()
        }],
        administrators: vec!["root".into()],
        sessions: vec![people::Session {
            user: some("fred"),
            kind: some("graphical"),
            line: some(":0"),
            since_ms: Some(BOOTED_MS + 60_000),
            ..people::Session::default()
        }],
        ..People::default()
    }
}

fn software() -> Software {
    let package = |name: &str, version: &str| software::Package {
        manager: some("dpkg"),
        name: some(name),
        version: some(version),
        arch: some("amd64"),
        ..software::Package::default()
    };
    Software {
        packages: vec![
            package("firefox-esr", "128.3.0esr-1"),
            package("openssh-server", "1:9.2p1-2"),
        ],
        services: vec![software::Service {
            name: some("ssh.service"),
            state: some("running"),
            start: some("automatic"),
            ..software::Service::default()
        }],
        ..Software::default()
    }
}

fn posture() -> Posture {
    Posture {
        firewall: posture::Firewall {
            name: some("ufw"),
            active: Some(true),
        },
        system_encrypted: Some(false),
        reboot_pending: Some(false),
        ..Posture::default()
    }
}

#[cfg(test)]
mod tests {
    use farol_inventory::hash;

    use super::*;

    #[test]
    fn machines_differ_in_their_serial_numbers() {
        for section in Section::ALL {
            let (a, b) = (inventory("a", section), inventory("b", section));
            assert_eq!(a, inventory("a", section));
            assert_eq!(a.problems, []);
            let differs = matches!(section, Section::System | Section::Hardware | Section::Disks);
            assert_eq!(hash(&a.body) != hash(&b.body), differs, "{section}");
        }
    }
}
