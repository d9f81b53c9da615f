//! The operating system, from `os-release`, `/proc` and what settings files say.

use std::time::UNIX_EPOCH;

use farol_inventory::System;
use farol_inventory::limits::{TIME_MAX_MS, TIME_MIN_MS};

use super::root::{Sensors, field};

const MINUTE_MS: i64 = 60_000;

pub(super) fn read(sensors: &mut Sensors<'_>) -> System {
    let paths = ["etc/os-release", "usr/lib/os-release"];
    let release = paths
        .iter()
        .find_map(|path| sensors.text("/os_name", path).filter(|text| !text.is_empty()))
        .unwrap_or_default();
    System {
        hostname: sensors.value("proc/sys/kernel/hostname"),
        os_family: Some("linux".into()),
        os_name: field(&release, "NAME").or_else(|| Some("Linux".into())),
        os_edition: field(&release, "VARIANT"),
        os_version: field(&release, "VERSION_ID"),
        os_build: field(&release, "BUILD_ID").or_else(|| sensors.value("etc/debian_version")),
        kernel: sensors.value("proc/sys/kernel/osrelease"),
        arch: Some(std::env::consts::ARCH.into()),
        language: language(sensors),
        time_zone: time_zone(sensors),
        installed_at_ms: installed_at(sensors),
        booted_at_ms: booted_at(sensors),
        virtualization: Some(virtualization(sensors)),
    }
}

/// `LANG=pt_BR.UTF-8` is `pt-BR`; the language of no people is none.
fn language(sensors: &mut Sensors<'_>) -> Option<String> {
    let paths = ["etc/locale.conf", "etc/default/locale"];
    let lang = paths
        .iter()
        .find_map(|path| field(&sensors.text("/language", path)?, "LANG"))?;
    let name = lang
        .split(['.', '@'])
        .next()
        .filter(|name| !matches!(*name, "" | "C" | "POSIX"))?;
    Some(name.replace('_', "-"))
}

fn time_zone(sensors: &Sensors<'_>) -> Option<String> {
    let linked = std::fs::read_link(sensors.root().join("etc/localtime")).ok();
    let linked = linked.and_then(|target| {
        let target = target.to_str()?.to_owned();
        target.split_once("zoneinfo/").map(|(_, zone)| zone.to_owned())
    });
    linked.or_else(|| sensors.value("etc/timezone"))
}

/// The machine id is made when a system is installed, or first started from an image. Some file systems forget when, and say
/// 1970.
fn installed_at(sensors: &Sensors<'_>) -> Option<i64> {
    let made = |path: &str| {
        let made = sensors.root().join(path).metadata().ok()?.created().ok()?;
        let made = i64::try_from(made.duration_since(UNIX_EPOCH).ok()?.as_millis()).ok()?;
        (TIME_MIN_MS..=TIME_MAX_MS).contains(&made).then_some(made)
    };
    made("etc/machine-id").or_else(|| made(""))
}

/// Worked out by the kernel from a clock that is set after the start: to the minute, or it would waver.
fn booted_at(sensors: &mut Sensors<'_>) -> Option<i64> {
    let mut started = None;
    sensors.lines("/booted_at_ms", "proc/stat", &mut |line| {
        started = line
            .strip_prefix("btime ")
            .and_then(|text| text.trim().parse::<i64>().ok());
        started.is_none()
    });
    let started = started?.checked_mul(1000)?;
    Some((started + MINUTE_MS / 2).div_euclid(MINUTE_MS) * MINUTE_MS)
}

/// What firmware of virtual machines calls itself, in the makers' spelling.
const MAKERS: [(&str, &str); 11] = [
    ("VMware", "vmware"),
    ("VirtualBox", "virtualbox"),
    ("innotek", "virtualbox"),
    ("Xen", "xen"),
    ("QEMU", "kvm"),
    ("KVM", "kvm"),
    ("Amazon EC2", "kvm"),
    ("Google Compute Engine", "kvm"),
    ("OpenStack", "kvm"),
    ("Parallels", "parallels"),
    ("Virtual Machine", "hyperv"),
];

fn virtualization(sensors: &Sensors<'_>) -> String {
    container(sensors)
        .or_else(|| machine(sensors))
        .unwrap_or_else(|| "none".into())
}

fn container(sensors: &Sensors<'_>) -> Option<String> {
    if let Some(told) = sensors.value("run/systemd/container") {
        return Some(told);
    }
    if sensors.exists(".dockerenv") {
        return Some("docker".into());
    }
    if sensors.exists("run/.containerenv") {
        return Some("podman".into());
    }
    let kernel = sensors.value("proc/sys/kernel/osrelease").unwrap_or_default();
    kernel.to_lowercase().contains("microsoft").then(|| "wsl".into())
}

fn machine(sensors: &Sensors<'_>) -> Option<String> {
    let names = ["sys_vendor", "product_name", "board_vendor", "bios_vendor"];
    let told = names
        .iter()
        .filter_map(|name| sensors.value(format!("sys/class/dmi/id/{name}")));
    let told: String = told.collect::<Vec<_>>().join("\n");
    // Whole servers are rented as well.
    if told.contains(".metal") {
        return None;
    }
    let named = MAKERS
        .iter()
        .find(|(mark, _)| told.contains(mark))
        .map(|(_, name)| *name);
    if let Some(name) = named {
        return Some(name.into());
    }
    if let Some(told) = sensors.value("sys/hypervisor/type") {
        return Some(told);
    }
    // The processor knows, even where no firmware tells whose machine it is.
    let processors = sensors.bytes("proc/cpuinfo", 16 << 10).unwrap_or_default();
    let processors = String::from_utf8_lossy(&processors).into_owned();
    let flags = processors.lines().find(|line| line.starts_with("flags"))?;
    flags
        .split_whitespace()
        .any(|flag| flag == "hypervisor")
        .then(|| "other".into())
}

#[cfg(test)]
mod tests {
    use farol_inventory::{Body, Section};

    use super::super::tree::Tree;
    use super::*;

    fn read(tree: &Tree) -> System {
        match tree.read(Section::System).body {
            Body::System(system) => system,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_usual_system() {
        let tree = Tree::new();
        tree.put(
            "etc/os-release",
            "NAME=\"Fedora Linux\"\nVARIANT=\"Workstation Edition\"\nVERSION_ID=41\n",
        )
        .put("etc/locale.conf", "LANG=\"pt_BR.UTF-8\"\n")
        .put("etc/timezone", "America/Sao_Paulo\n")
        .put("proc/sys/kernel/hostname", "desk\n")
        .put("proc/sys/kernel/osrelease", "6.11.4-301.fc41.x86_64\n")
        .put("proc/stat", "cpu 1 2\nbtime 1700000029\nprocesses 1\n")
        .put("sys/class/dmi/id/sys_vendor", "Dell Inc.\n");
        let system = read(&tree);
        assert_eq!(system.hostname.as_deref(), Some("desk"));
        assert_eq!(system.os_name.as_deref(), Some("Fedora Linux"));
        assert_eq!(system.os_edition.as_deref(), Some("Workstation Edition"));
        assert_eq!(system.os_version.as_deref(), Some("41"));
        assert_eq!(system.language.as_deref(), Some("pt-BR"));
        assert_eq!(system.time_zone.as_deref(), Some("America/Sao_Paulo"));
        assert_eq!(system.booted_at_ms, Some(1_700_000_040_000));
        assert_eq!(system.virtualization.as_deref(), Some("none"));
    }

    #[test]
    fn what_it_runs_in() {
        let is = |path: &str, content: &str| {
            let tree = Tree::new();
            tree.put(path, content);
            read(&tree).virtualization.unwrap()
        };
        assert_eq!(is("sys/class/dmi/id/product_name", "VMware7,1"), "vmware");
        assert_eq!(is("sys/class/dmi/id/sys_vendor", "QEMU"), "kvm");
        assert_eq!(is("sys/class/dmi/id/product_name", "m5.metal"), "none");
        assert_eq!(is("run/systemd/container", "lxc"), "lxc");
        assert_eq!(is(".dockerenv", ""), "docker");
        assert_eq!(
            is("proc/sys/kernel/osrelease", "5.15.0-microsoft-standard-WSL2"),
            "wsl"
        );
        assert_eq!(is("proc/cpuinfo", "flags\t: fpu hypervisor vme\n"), "other");
        assert_eq!(is("proc/cpuinfo", "flags\t: fpu vme\n"), "none");
    }

    #[test]
    fn the_language_of_nobody() {
        let tree = Tree::new();
        tree.put("etc/default/locale", "LANG=C.UTF-8\n");
        assert_eq!(read(&tree).language, None);
    }
}
