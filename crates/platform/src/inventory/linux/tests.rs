//! All sections of this very machine, of machines that have nothing, and of those that somebody filled with rubbish.

use farol_inventory::{Body, ProblemCode, Section, hash};

use super::tree::Tree;
use super::*;

#[test]
fn this_machine_is_known() {
    for section in Section::ALL {
        let found = read(&Root::host(), section);
        match &found.body {
            Body::System(system) => {
                assert!(system.kernel.is_some() && system.hostname.is_some() && system.os_name.is_some());
                assert!(system.booted_at_ms.is_some_and(|at| at % 60_000 == 0));
            }
            Body::Hardware(hardware) => {
                assert!(!hardware.processors.is_empty());
                assert!(
                    hardware
                        .processors
                        .iter()
                        .all(|one| one.threads.is_some_and(|threads| threads > 0))
                );
                assert!(hardware.memory_bytes.is_some_and(|bytes| bytes > 64 << 20));
            }
            Body::Disks(disks) => {
                let root = disks
                    .file_systems
                    .iter()
                    .find(|one| one.mount.as_deref() == Some("/"));
                assert!(root.is_some_and(|root| root.size_bytes.is_some_and(|size| size > 0)));
                assert!(!disks.volatile.file_systems.is_empty());
            }
            Body::Network(network) => {
                let lo = network.nics.iter().find(|nic| nic.name.as_deref() == Some("lo"));
                assert_eq!(lo.and_then(|lo| lo.kind.as_deref()), Some("loopback"));
            }
            Body::People(people) => {
                assert!(people.administrators.iter().any(|name| name == "root"));
            }
            Body::Software(software) => {
                let has_dpkg = std::path::Path::new("/var/lib/dpkg/status").exists();
                assert!(
                    !has_dpkg
                        || software
                            .packages
                            .iter()
                            .any(|one| one.name.as_deref() == Some("dpkg"))
                );
            }
            Body::Posture(posture) => assert!(posture.firewall.active.is_some() && posture.tpm.is_some()),
        }
    }
}

#[test]
fn a_machine_at_rest_has_the_same_hash() {
    for section in [
        Section::System,
        Section::Hardware,
        Section::Disks,
        Section::Posture,
    ] {
        let (one, other) = (read(&Root::host(), section), read(&Root::host(), section));
        assert_eq!(hash(&one.body), hash(&other.body), "{section}");
    }
}

#[test]
fn a_machine_without_anything_is_no_error() {
    let tree = Tree::new();
    for section in Section::ALL {
        let found = tree.read(section);
        let codes = found.problems.iter().map(|problem| problem.code);
        assert!(
            codes.into_iter().all(|code| code == ProblemCode::NotAvailable),
            "{:?}",
            found.problems
        );
    }
}

/// Every file that any sensor reads.
const FILES: [&str; 45] = [
    "etc/os-release",
    "etc/locale.conf",
    "etc/default/locale",
    "etc/timezone",
    "etc/passwd",
    "etc/group",
    "etc/shadow",
    "etc/resolv.conf",
    "etc/ufw/ufw.conf",
    "etc/apt/apt.conf.d/20auto-upgrades",
    "proc/stat",
    "proc/cpuinfo",
    "proc/meminfo",
    "proc/1/mountinfo",
    "proc/self/mountinfo",
    "proc/net/route",
    "proc/net/fib_trie",
    "proc/net/if_inet6",
    "proc/net/ipv6_route",
    "proc/net/tcp",
    "proc/net/tcp6",
    "proc/net/udp",
    "proc/net/udp6",
    "proc/net/ip_tables_names",
    "proc/sys/kernel/hostname",
    "proc/sys/kernel/osrelease",
    "sys/class/dmi/id/sys_vendor",
    "sys/class/dmi/id/bios_date",
    "sys/class/dmi/id/chassis_type",
    "sys/firmware/dmi/tables/DMI",
    "sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c",
    "sys/bus/pci/devices/0000:00:02.0/class",
    "sys/bus/usb/devices/1-1/idVendor",
    "sys/class/drm/card0-DP-1/edid",
    "sys/class/hwmon/hwmon0/temp1_input",
    "sys/block/sda/size",
    "sys/block/sda/sda1/partition",
    "sys/block/sda/sda1/dev",
    "run/udev/data/b8:1",
    "run/utmp",
    "run/reboot-required.pkgs",
    "run/systemd/sessions/1",
    "var/log/wtmp",
    "var/lib/dpkg/status",
    "var/lib/update-notifier/updates-available",
];

#[test]
fn rubbish_in_every_file_is_survived() {
    let noise: Vec<u8> = (0..200_000_u32)
        .map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    let contents: [&[u8]; 6] = [
        b"",
        b"\0\0\0\0\0\0\0\0",
        b"99999999999999999999999999\n",
        "é: = \t: x\n\n= : \u{202e}|-- \n".as_bytes(),
        &vec![b'x'; (1 << 20) + 5000],
        &noise,
    ];
    for content in contents {
        let tree = Tree::new();
        for file in FILES {
            tree.put(file, content);
        }
        for section in Section::ALL {
            let found = tree.read(section);
            assert_eq!(
                hash(&found.clone().cleaned().body),
                hash(&found.body),
                "{section}"
            );
        }
    }
}

#[test]
fn folders_where_files_should_be_are_problems_at_most() {
    let tree = Tree::new();
    for file in FILES {
        std::fs::create_dir_all(tree.path().join(file)).unwrap();
    }
    for section in Section::ALL {
        let found = tree.read(section);
        assert!(
            found
                .problems
                .iter()
                .all(|problem| problem.field.starts_with('/')),
            "{:?}",
            found.problems
        );
    }
}
