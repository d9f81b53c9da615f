//! What protects the machine, by the traces that it leaves in files. Rules of the filter are the kernel's and not in files:
//! whether one is on is told by what puts them there.

use farol_inventory::Posture;
use farol_inventory::posture::{Antivirus, Firewall, PostureVolatile};

use super::root::{Sensors, field};
use super::{disks, systemd};

pub(super) fn read(sensors: &mut Sensors<'_>) -> Posture {
    let (reboot_pending, reboot_reasons) = reboot(sensors);
    Posture {
        firewall: firewall(sensors),
        antivirus: antivirus(sensors),
        system_encrypted: disks::system_is_encrypted(sensors),
        secure_boot: secure_boot(sensors),
        tpm: tpm(sensors),
        access_control: access_control(sensors),
        automatic_updates: automatic_updates(sensors),
        reboot_pending,
        reboot_reasons,
        volatile: PostureVolatile::default(),
    }
}

fn firewall(sensors: &mut Sensors<'_>) -> Firewall {
    let is = |name: &str, active: bool| Firewall {
        name: Some(name.into()),
        active: Some(active),
    };
    let ufw = sensors.text("/firewall", "etc/ufw/ufw.conf");
    let ufw =
        ufw.map(|text| field(&text, "ENABLED").is_some_and(|enabled| enabled.eq_ignore_ascii_case("yes")));
    if ufw == Some(true) {
        return is("ufw", true);
    }
    if systemd::runs(sensors, "firewalld.service") {
        return is("firewalld", true);
    }
    if systemd::is_enabled(sensors, "nftables.service") {
        return is("nftables", true);
    }
    // The kernel names the tables of the older filter once somebody used them.
    let tables = sensors.value("proc/net/ip_tables_names").unwrap_or_default();
    if tables.lines().any(|table| table == "filter") {
        return is("iptables", true);
    }
    if ufw == Some(false) {
        return is("ufw", false);
    }
    let installed = [
        ("firewalld", "usr/sbin/firewalld"),
        ("nftables", "usr/sbin/nft"),
        ("iptables", "usr/sbin/iptables"),
    ];
    let there = installed.iter().find(|(_, path)| sensors.exists(path));
    there.map_or(
        Firewall {
            name: None,
            active: Some(false),
        },
        |(name, _)| is(name, false),
    )
}

/// Programs against viruses: name, a file that each has, and the service that watches.
const ANTIVIRUS: [(&str, &str, &str); 6] = [
    ("ClamAV", "usr/sbin/clamd", "clamav-daemon.service"),
    ("Microsoft Defender", "opt/microsoft/mdatp", "mdatp.service"),
    ("CrowdStrike Falcon", "opt/CrowdStrike", "falcon-sensor.service"),
    ("SentinelOne", "opt/sentinelone", "sentinelone.service"),
    ("Sophos", "opt/sophos-spl", "sophos-spl.service"),
    ("ESET", "opt/eset", "efs.service"),
];

fn antivirus(sensors: &Sensors<'_>) -> Vec<Antivirus> {
    let there = ANTIVIRUS.iter().filter(|(_, path, _)| sensors.exists(path));
    let found = there.map(|(name, _, service)| Antivirus {
        name: Some((*name).into()),
        active: Some(systemd::runs(sensors, service)),
    });
    found.collect()
}

/// The firmware's variable: four bytes of attributes, then one that says it.
fn secure_boot(sensors: &Sensors<'_>) -> Option<bool> {
    let path = "sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
    let value = sensors.bytes(path, 16)?;
    value.get(4).map(|byte| *byte == 1)
}

fn tpm(sensors: &Sensors<'_>) -> Option<String> {
    if !sensors.exists("sys/class/tpm/tpm0") {
        return sensors.exists("sys/class").then(|| "none".into());
    }
    let major = sensors.value("sys/class/tpm/tpm0/tpm_version_major");
    Some(
        if major.as_deref() == Some("2") {
            "2.0"
        } else {
            "1.2"
        }
        .into(),
    )
}

fn access_control(sensors: &Sensors<'_>) -> Option<String> {
    if sensors.value("sys/fs/selinux/enforce").as_deref() == Some("1") {
        return Some("selinux".into());
    }
    if sensors.value("sys/module/apparmor/parameters/enabled").as_deref() == Some("Y") {
        return Some("apparmor".into());
    }
    sensors.exists("sys/kernel").then(|| "none".into())
}

/// `None` where we know no such program.
fn automatic_updates(sensors: &mut Sensors<'_>) -> Option<bool> {
    let folder = "etc/apt/apt.conf.d";
    if sensors.exists(folder) {
        let files = sensors.names(folder);
        // Later files win.
        let settings = files
            .iter()
            .filter_map(|file| sensors.text("/automatic_updates", &format!("{folder}/{file}")));
        let settings: Vec<String> = settings.collect();
        let lines = settings.iter().flat_map(|text| text.lines());
        let mut values =
            lines.filter_map(|line| line.trim().strip_prefix("APT::Periodic::Unattended-Upgrade"));
        let last = values
            .next_back()
            .map(|value| value.trim().trim_matches(['"', ';', ' ']).to_owned());
        let is_installed = sensors.exists("usr/bin/unattended-upgrade");
        return Some(is_installed && last.is_some_and(|days| days != "0"));
    }
    let timers = [
        "dnf-automatic.timer",
        "dnf-automatic-install.timer",
        "dnf5-automatic.timer",
    ];
    sensors
        .exists("etc/dnf")
        .then(|| timers.iter().any(|timer| systemd::is_enabled(sensors, timer)))
}

/// What packages left behind that wait for a restart, and a kernel that was installed over the one that runs. `None` where
/// nothing asks for one and the kernels are not to be seen.
fn reboot(sensors: &mut Sensors<'_>) -> (Option<bool>, Vec<String>) {
    let mut reasons = Vec::new();
    let is_asked = sensors.exists("run/reboot-required") || sensors.exists("var/run/reboot-required");
    if let Some(text) = sensors.text("/reboot_reasons", "run/reboot-required.pkgs") {
        reasons.extend(text.lines().map(|line| line.trim().to_owned()));
    }
    let replaced = kernel_was_replaced(sensors);
    if replaced == Some(true) {
        reasons.push("kernel".into());
    }
    reasons.sort();
    reasons.dedup();
    reasons.retain(|reason| !reason.is_empty());
    let is_pending = is_asked || !reasons.is_empty();
    let is_known = is_pending || replaced.is_some();
    (is_known.then_some(is_pending), reasons)
}

/// Its modules are gone while another kernel has some: it can load none any more. `None` where no kernel has any: it has none
/// at all, or a fence (systemd's `ProtectKernelModules=`) hides them. To root that looks like an empty folder.
fn kernel_was_replaced(sensors: &Sensors<'_>) -> Option<bool> {
    // Containers have a kernel that is not theirs.
    if sensors.exists(".dockerenv") || sensors.exists("run/systemd/container") {
        return Some(false);
    }
    let running = sensors.value("proc/sys/kernel/osrelease")?;
    let kernels = sensors.names("lib/modules");
    let is_kernel = |name: &String| sensors.exists(format!("lib/modules/{name}/modules.dep"));
    kernels.iter().any(is_kernel).then(|| !kernels.contains(&running))
}

#[cfg(test)]
mod tests {
    use farol_inventory::{Body, Section};

    use super::super::tree::Tree;
    use super::*;

    fn read(tree: &Tree) -> Posture {
        match tree.read(Section::Posture).body {
            Body::Posture(posture) => posture,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_machine_that_is_well_protected() {
        let tree = Tree::new();
        tree.put("etc/ufw/ufw.conf", "# x\nENABLED=yes\nLOGLEVEL=low\n")
            .put("usr/sbin/clamd", "")
            .put("sys/fs/cgroup/system.slice/clamav-daemon.service/x", "")
            .put(
                "sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c",
                [6, 0, 0, 0, 1],
            )
            .put("sys/class/tpm/tpm0/tpm_version_major", "2\n")
            .put("sys/module/apparmor/parameters/enabled", "Y\n")
            .put("proc/sys/kernel/osrelease", "6.1.0-18-amd64\n")
            .put("lib/modules/6.1.0-18-amd64/modules.dep", "")
            .put(
                "etc/apt/apt.conf.d/20auto-upgrades",
                "APT::Periodic::Unattended-Upgrade \"1\";\n",
            )
            .put("usr/bin/unattended-upgrade", "");
        let found = read(&tree);
        assert_eq!(found.firewall.name.as_deref(), Some("ufw"));
        assert_eq!(found.firewall.active, Some(true));
        assert_eq!(
            (found.antivirus.len(), found.antivirus[0].active),
            (1, Some(true))
        );
        assert_eq!(
            (found.secure_boot, found.automatic_updates),
            (Some(true), Some(true))
        );
        assert_eq!(
            (found.tpm.as_deref(), found.access_control.as_deref()),
            (Some("2.0"), Some("apparmor"))
        );
        assert_eq!(found.reboot_pending, Some(false));
    }

    #[test]
    fn a_machine_that_is_not() {
        let tree = Tree::new();
        tree.put("usr/sbin/nft", "")
            .put(
                "etc/apt/apt.conf.d/20auto-upgrades",
                "APT::Periodic::Unattended-Upgrade \"1\";\n",
            )
            .put(
                "etc/apt/apt.conf.d/99own",
                "APT::Periodic::Unattended-Upgrade \"0\";\n",
            )
            .put("usr/bin/unattended-upgrade", "");
        let found = read(&tree);
        assert_eq!(found.firewall.active, Some(false));
        assert_eq!(found.firewall.name.as_deref(), Some("nftables"));
        assert_eq!((found.secure_boot, found.automatic_updates), (None, Some(false)));
        assert_eq!(read(&Tree::new()).firewall.active, Some(false));
    }

    #[test]
    fn filters_by_what_puts_them_there() {
        let name = |path: &str, content: &str| {
            let tree = Tree::new();
            tree.put(path, content);
            let found = read(&tree).firewall;
            (found.name.unwrap_or_default(), found.active.unwrap())
        };
        let active = |name: &str| (name.to_owned(), true);
        assert_eq!(
            name("sys/fs/cgroup/system.slice/firewalld.service/x", ""),
            active("firewalld")
        );
        assert_eq!(
            name("etc/systemd/system/sysinit.target.wants/nftables.service", ""),
            active("nftables")
        );
        assert_eq!(
            name("proc/net/ip_tables_names", "nat\nfilter\n"),
            active("iptables")
        );
        assert_eq!(name("etc/ufw/ufw.conf", "ENABLED=no\n"), ("ufw".into(), false));
    }

    #[test]
    fn what_waits_for_a_restart() {
        let tree = Tree::new();
        tree.put("proc/sys/kernel/osrelease", "6.1.0-18-amd64\n")
            .put("lib/modules/6.1.0-18-amd64/modules.dep", "");
        assert_eq!(read(&tree).reboot_pending, Some(false));
        tree.put("run/reboot-required", "*** System restart required ***\n")
            .put("run/reboot-required.pkgs", "linux-base\nlinux-base\n\nlibc6\n");
        let found = read(&tree);
        assert_eq!(
            (found.reboot_pending, found.reboot_reasons),
            (Some(true), vec!["libc6".into(), "linux-base".into()])
        );
        let tree = Tree::new();
        tree.put("proc/sys/kernel/osrelease", "6.1.0-18-amd64\n")
            .put("lib/modules/6.1.0-21-amd64/modules.dep", "");
        let found = read(&tree);
        assert_eq!(
            (found.reboot_pending, found.reboot_reasons),
            (Some(true), vec!["kernel".into()])
        );
    }

    #[test]
    fn kernels_that_are_hidden_say_nothing() {
        let tree = Tree::new();
        tree.put("proc/sys/kernel/osrelease", "6.1.0-18-amd64\n");
        assert_eq!(read(&tree).reboot_pending, None);
        std::fs::create_dir_all(tree.path().join("lib/modules")).unwrap();
        assert_eq!(read(&tree).reboot_pending, None, "as it looks behind a fence");
        tree.put("run/reboot-required", "");
        assert_eq!(read(&tree).reboot_pending, Some(true));
        let tree = Tree::new();
        tree.put(".dockerenv", "");
        assert_eq!(
            read(&tree).reboot_pending,
            Some(false),
            "another's kernel is another's business"
        );
    }
}
