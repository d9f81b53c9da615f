//! What Linux shows, from `/proc` and `/sys`. No program is started, no drive is asked: a look must not wake what sleeps.

use std::path::Path;

use super::{Processors, Shown, Traffic};
use crate::files::{self, ENTRIES_MAX, FILE_MAX};

/// Sectors in `diskstats` are of so many bytes, whatever the disk's own are.
const SECTOR: u64 = 512;

/// Chips that measure processors, by their driver's name, and those that measure something near them when there is none of these.
const PROCESSORS: [&str; 8] = [
    "coretemp",
    "k10temp",
    "k8temp",
    "zenpower",
    "cpu_thermal",
    "cpu-thermal",
    "soc_thermal",
    "via_cputemp",
];
const NEAR: [&str; 2] = ["acpitz", "thinkpad"];

/// File systems that are on another machine or a program's: asking how full one is may wait for ever.
const WAITS: [&str; 8] = ["nfs", "cifs", "smb", "ceph", "9p", "gluster", "fuse", "afs"];

/// Reads what the system below `root` shows.
pub(super) fn read(root: &Path) -> Shown {
    let memory = text(root, "proc/meminfo");
    let field = |name: &str| memory.as_deref().and_then(|memory| kib(memory, name));
    let total = field("MemTotal");
    let available = field("MemAvailable").or_else(|| field("MemFree"));
    let swap = field("SwapTotal").zip(field("SwapFree"));
    let space = root_space(root);
    Shown {
        processors: text(root, "proc/stat").and_then(|stat| processors(&stat)),
        memory_total_mib: total.map(|total| total / 1_024),
        memory_used_mib: total
            .zip(available)
            .map(|(total, available)| total.saturating_sub(available) / 1_024),
        swap_used_mib: swap.map(|(total, free)| total.saturating_sub(free) / 1_024),
        load_centi: text(root, "proc/loadavg").and_then(|load| load_centi(&load)),
        disks: disks(root),
        network: network(root),
        root_used_mib: space.map(|(used, _)| used),
        root_total_mib: space.map(|(_, total)| total),
        temperature_decidegrees: temperature(root),
    }
}

fn text(root: &Path, path: &str) -> Option<String> {
    let bytes = files::start(&root.join(path), FILE_MAX).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// The first line of `stat` (proc_stat(5)): user, nice, system, idle, iowait, irq, softirq, steal; guests are within user.
fn processors(stat: &str) -> Option<Processors> {
    let line = stat.lines().next()?.strip_prefix("cpu ")?;
    let times: Vec<u64> = line
        .split_whitespace()
        .take(8)
        .map_while(|time| time.parse().ok())
        .collect();
    let [_, _, _, idle, rest @ ..] = times.as_slice() else {
        return None;
    };
    let waiting = rest.first().copied().unwrap_or(0);
    let all = times.iter().fold(0_u64, |sum, time| sum.saturating_add(*time));
    let busy = all.saturating_sub(idle.saturating_add(waiting));
    Some(Processors { all, busy })
}

/// `MemTotal:       16318480 kB`.
fn kib(memory: &str, name: &str) -> Option<u64> {
    let mut lines = memory.lines().filter_map(|line| line.split_once(':'));
    let (_, value) = lines.find(|(key, _)| *key == name)?;
    value.split_whitespace().next()?.parse().ok()
}

/// `0.52 0.58 0.59 1/467 12345`.
fn load_centi(load: &str) -> Option<u32> {
    let (whole, part) = load.split_whitespace().next()?.split_once('.')?;
    let part: u32 = part.get(..2)?.parse().ok()?;
    whole.parse::<u32>().ok()?.checked_mul(100)?.checked_add(part)
}

/// Disks that are devices, all together. Volumes and arrays are made of these and would count twice, partitions too.
fn disks(root: &Path) -> Option<Traffic> {
    let stats = text(root, "proc/diskstats")?;
    let mut devices = files::names(&root.join("sys/block"));
    devices.retain(|name| root.join("sys/block").join(name).join("device").exists());
    let mut all = None;
    for line in stats.lines().take(ENTRIES_MAX) {
        let fields: Vec<&str> = line.split_whitespace().take(10).collect();
        let [_, _, name, _, _, read, _, _, _, written] = *fields.as_slice() else {
            continue;
        };
        // A name with a slash has an exclamation mark there.
        let name = name.replace('/', "!");
        if !devices.contains(&name) {
            continue;
        }
        let bytes = |sectors: &str| {
            sectors
                .parse::<u64>()
                .ok()
                .map(|sectors| sectors.saturating_mul(SECTOR))
        };
        if let (Some(read), Some(written)) = (bytes(read), bytes(written)) {
            all = Some(more(all, read, written));
        }
    }
    all
}

/// Interfaces that are devices, all together; on a machine without one, such as a container, all but the loopback. What goes over a
/// bridge or a tunnel goes over a device as well.
fn network(root: &Path) -> Option<Traffic> {
    let lines = text(root, "proc/net/dev")?;
    let counted: Vec<(&str, u64, u64)> = lines
        .lines()
        .take(ENTRIES_MAX)
        .filter_map(|line| {
            let (name, counters) = line.split_once(':')?;
            let counters: Vec<&str> = counters.split_whitespace().take(9).collect();
            let [received, .., sent] = counters.as_slice() else {
                return None;
            };
            let is_whole = counters.len() == 9;
            let name = name.trim();
            (is_whole && name != "lo").then_some((name, received.parse().ok()?, sent.parse().ok()?))
        })
        .collect();
    let is_device = |name: &str| root.join("sys/class/net").join(name).join("device").exists();
    let devices = || counted.iter().filter(|(name, ..)| is_device(name));
    let any = devices().next().is_some();
    let sum = |sum: Traffic, (_, received, sent): &(&str, u64, u64)| more(Some(sum), *received, *sent);
    Some(if any {
        devices().fold(Traffic::default(), sum)
    } else {
        counted.iter().fold(Traffic::default(), sum)
    })
}

fn more(all: Option<Traffic>, to: u64, from: u64) -> Traffic {
    let all = all.unwrap_or_default();
    Traffic {
        to: all.to.saturating_add(to),
        from: all.from.saturating_add(from),
    }
}

/// Used and whole space of the root file system in MiB. Used is what is not free for everybody, as in the inventory: both say how much is
/// left, whatever is kept for root alone.
fn root_space(root: &Path) -> Option<(u64, u64)> {
    let mounts = text(root, "proc/self/mountinfo")?;
    // What is mounted later hides what was there.
    let kind = mounts.lines().take(ENTRIES_MAX).filter_map(root_kind).last()?;
    if WAITS.iter().any(|waits| kind.starts_with(waits)) {
        return None;
    }
    let found = rustix::fs::statvfs(root).ok()?;
    let mib = |blocks: u64| blocks.saturating_mul(found.f_frsize) >> 20;
    let used = found.f_blocks.saturating_sub(found.f_bavail);
    Some((mib(used), mib(found.f_blocks)))
}

/// The kind of file system of a line of `mountinfo` (proc_pid_mountinfo(5)), if it is at the root.
fn root_kind(line: &str) -> Option<&str> {
    let (left, right) = line.split_once(" - ")?;
    let place = left.split(' ').nth(4)?;
    (place == "/").then(|| right.split(' ').next())?
}

/// The hottest sensor of the processors, else of what is near them.
fn temperature(root: &Path) -> Option<i32> {
    let chips = files::names(&root.join("sys/class/hwmon"));
    let hottest = |drivers: &[&str]| {
        let of = chips.iter().map(|chip| format!("sys/class/hwmon/{chip}"));
        let of = of.filter(|chip| {
            let name = text(root, &format!("{chip}/name")).unwrap_or_default();
            drivers.contains(&name.trim())
        });
        of.filter_map(|chip| hottest_of(root, &chip)).max()
    };
    hottest(&PROCESSORS).or_else(|| hottest(&NEAR))
}

/// Tenths of a degree; sensors tell thousandths.
fn hottest_of(root: &Path, chip: &str) -> Option<i32> {
    let inputs = files::names(&root.join(chip));
    let inputs = inputs
        .iter()
        .filter(|name| name.starts_with("temp") && name.ends_with("_input"));
    inputs
        .filter_map(|name| text(root, &format!("{chip}/{name}"))?.trim().parse::<i32>().ok())
        .map(|thousandths| thousandths / 100)
        .max()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
        let tree = tempfile::tempdir().unwrap();
        for (path, content) in files {
            let path = tree.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        }
        tree
    }

    #[test]
    fn a_machine_that_shows_everything() {
        let tree = tree(&[
            ("proc/stat", "cpu  100 0 50 800 50 0 0 0 0 0\ncpu0 1 2 3 4\n"),
            (
                "proc/meminfo",
                "MemTotal: 2048000 kB\nMemFree: 1 kB\nMemAvailable: 1024000 kB\nSwapTotal: 2048 kB\nSwapFree: 1024 kB\n",
            ),
            ("proc/loadavg", "12.05 0.58 0.59 1/467 12345\n"),
            (
                "proc/diskstats",
                " 8 0 sda 1 0 10 0 1 0 20 0 0 0 0\n 8 1 sda1 1 0 10 0 1 0 20 0 0 0 0\n 253 0 dm-0 1 0 10 0 1 0 20 0 0 0 0\n short\n",
            ),
            ("sys/block/sda/device/x", ""),
            ("sys/block/dm-0/size", ""),
            (
                "proc/net/dev",
                "Inter-| Receive\n face |bytes\n    lo: 9 0 0 0 0 0 0 0 9 0 0 0 0 0 0 0\n  eth0: 100 1 0 0 0 0 0 0 200 2 0 0 0 0 0 0\n br0: 100 1 0 0 0 0 0 0 200 2 0 0 0 0 0 0\n",
            ),
            ("sys/class/net/eth0/device/x", ""),
            (
                "proc/self/mountinfo",
                "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n23 22 0:5 / /proc rw - proc proc rw\n",
            ),
            ("sys/class/hwmon/hwmon0/name", "coretemp\n"),
            ("sys/class/hwmon/hwmon0/temp1_input", "45500\n"),
            ("sys/class/hwmon/hwmon0/temp2_input", "61000\n"),
            ("sys/class/hwmon/hwmon1/name", "nvme\n"),
            ("sys/class/hwmon/hwmon1/temp1_input", "90000\n"),
        ]);
        let shown = read(tree.path());
        assert_eq!(
            shown.processors,
            Some(Processors {
                all: 1_000,
                busy: 150
            })
        );
        assert_eq!(
            (shown.memory_total_mib, shown.memory_used_mib),
            (Some(2_000), Some(1_000))
        );
        assert_eq!((shown.swap_used_mib, shown.load_centi), (Some(1), Some(1_205)));
        let sectors = |count: u64| count * SECTOR;
        assert_eq!(
            shown.disks,
            Some(Traffic {
                to: sectors(10),
                from: sectors(20)
            })
        );
        assert_eq!(shown.network, Some(Traffic { to: 100, from: 200 }));
        assert!(shown.root_used_mib <= shown.root_total_mib && shown.root_total_mib > Some(0));
        assert_eq!(shown.temperature_decidegrees, Some(610));
    }

    #[test]
    fn a_machine_that_shows_nothing_or_rubbish() {
        assert_eq!(read(tree(&[]).path()), Shown::default());
        let rubbish = tree(&[
            ("proc/stat", "cpu  x\n"),
            ("proc/meminfo", "MemTotal: many\n"),
            ("proc/loadavg", "99999999999.99\n"),
            ("proc/diskstats", "\0\n"),
            ("proc/self/mountinfo", "22 1 0:5 / / rw - nfs4 server:/ rw\n"),
            ("sys/class/hwmon/hwmon0/name", "coretemp\n"),
            ("sys/class/hwmon/hwmon0/temp1_input", "hot\n"),
        ]);
        assert_eq!(read(rubbish.path()), Shown::default());
    }

    #[test]
    fn a_container_has_interfaces_that_are_no_devices() {
        let tree = tree(&[("proc/net/dev", "eth0: 100 1 0 0 0 0 0 0 200 2 0 0 0 0 0 0\n")]);
        assert_eq!(read(tree.path()).network, Some(Traffic { to: 100, from: 200 }));
    }
}
