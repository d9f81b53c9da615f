//! Which updates wait, worked out by apt from the indexes that it has: it takes no lock, asks no network and installs nothing.
//! dnf would need its own metadata unpacked, and zypper too: not asked so far.

use std::time::{Duration, SystemTime};

use farol_inventory::ProblemCode;
use farol_inventory::limits::ITEMS_MAX;
use farol_inventory::software::{Update, Updates};

use super::root::Sensors;
use super::run::run_for;

const FIELD: &str = "/updates";

/// Seconds of processor where apt has no cache of its own, at the lowest priority: minutes on a busy machine.
const TIME_MAX: Duration = Duration::from_secs(300);

/// What apt works with: what is installed, and the indexes.
const SOURCES: [&str; 2] = ["var/lib/dpkg/status", "var/lib/apt/lists"];

/// When any of it last changed.
pub(super) fn stamp(sensors: &Sensors<'_>) -> Option<SystemTime> {
    let changed = SOURCES
        .iter()
        .filter_map(|path| sensors.root().join(path).metadata().ok()?.modified().ok());
    changed.max()
}

pub(super) fn read(sensors: &mut Sensors<'_>) -> Updates {
    if !sensors.exists("usr/bin/apt-get") || !sensors.exists("var/lib/apt/lists") {
        sensors.note(FIELD, ProblemCode::NotAvailable, "no apt");
        return Updates::default();
    }
    let args = [
        "-n",
        "19",
        "apt-get",
        "--simulate",
        "-qq",
        "--with-new-pkgs",
        "-o",
        "Debug::NoLocking=true",
        "upgrade",
    ];
    let told = run_for(sensors, FIELD, "nice", &args, TIME_MAX);
    told.map_or_else(Updates::default, |told| updates(&told))
}

fn updates(told: &str) -> Updates {
    let mut found: Vec<Update> = told.lines().filter_map(update).collect();
    let security = found
        .iter()
        .filter(|update| update.security == Some(true))
        .count();
    let pending = found.len();
    // Those that close holes first, should there be more than are told.
    found.sort_by_key(|update| update.security != Some(true));
    found.truncate(ITEMS_MAX);
    Updates {
        pending: Some(pending as u64),
        security: Some(security as u64),
        packages: found,
    }
}

/// `Inst zip [3.0-12] (3.0-13+deb12u1 Debian-Security:12/oldstable-security [amd64])`; what is new has no old version.
fn update(line: &str) -> Option<Update> {
    let (name, rest) = line.strip_prefix("Inst ")?.split_once(" [")?;
    let (_, rest) = rest.split_once("] (")?;
    let (version, from) = rest.split_once(' ')?;
    Some(Update {
        manager: Some("dpkg".into()),
        name: Some(name.to_owned()),
        version: Some(version.to_owned()),
        security: Some(from.to_lowercase().contains("security")),
    })
}

#[cfg(test)]
mod tests {
    use super::super::tree::Tree;
    use super::*;

    #[test]
    fn what_apt_would_do() {
        let told = "NOTE: This is only a simulation!\n\
                    Inst base-files [12.4] (12.4+deb12u12 Debian:12.12/oldstable [amd64])\n\
                    Inst zip [3.0-12] (3.0-13+deb12u1 Debian-Security:12/oldstable-security [amd64])\n\
                    Inst linux-image-new (6.1 Debian:12.12/oldstable [amd64])\n\
                    Inst a [1\nInst b [1] (2\n\
                    Conf zip (3.0-13+deb12u1 Debian-Security:12/oldstable-security [amd64])\n";
        let found = updates(told);
        assert_eq!((found.pending, found.security), (Some(2), Some(1)));
        let names: Vec<_> = found
            .packages
            .iter()
            .filter_map(|update| update.name.as_deref())
            .collect();
        assert_eq!(names, ["zip", "base-files"]);
        assert_eq!(found.packages[0].version.as_deref(), Some("3.0-13+deb12u1"));
        assert_eq!(updates("").pending, Some(0));
    }

    #[test]
    fn nothing_is_worked_out_while_nothing_changed() {
        let tree = Tree::new();
        let root = tree.root();
        assert_eq!(stamp(&Sensors::new(&root)), None);
        tree.put("var/lib/dpkg/status", "");
        let before = stamp(&Sensors::new(&root));
        assert!(before.is_some());
        assert_eq!(stamp(&Sensors::new(&root)), before);
        let later = SystemTime::now() + Duration::from_secs(60);
        let file = std::fs::File::options()
            .write(true)
            .open(tree.path().join("var/lib/dpkg/status"))
            .unwrap();
        file.set_modified(later).unwrap();
        assert_eq!(stamp(&Sensors::new(&root)), Some(later));
    }

    #[test]
    fn a_system_without_apt_says_so() {
        let tree = Tree::new();
        let root = tree.root();
        let mut sensors = Sensors::new(&root);
        assert_eq!(read(&mut sensors), Updates::default());
        let problems = sensors.into_problems();
        assert_eq!((problems.len(), problems[0].code), (1, ProblemCode::NotAvailable));
    }
}
