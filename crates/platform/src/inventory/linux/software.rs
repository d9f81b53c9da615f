//! Packages of each manager that is there, services, and how many updates wait.
//!
//! dpkg, flatpak and snap keep what they installed in files that are read as they stand. rpm keeps it in a database of its
//! own, in three formats so far: rpm is asked, where there is one.
//!
//! Updates are as many as the system has worked out by itself: Ubuntu writes them down for its greeting. Working them out
//! takes seconds of processor, and is done apart from this (see `updates`), when what it goes by changed.

use farol_inventory::limits::PACKAGES_MAX;
use farol_inventory::software::{Package, Updates};
use farol_inventory::{ProblemCode, Software};

use super::root::Sensors;
use super::run::run;
use super::systemd;

const PACKAGES: &str = "/packages";

pub(super) fn read(sensors: &mut Sensors<'_>) -> Software {
    let (mut packages, is_dpkg) = dpkg(sensors);
    let is_rpm = rpm(sensors, &mut packages);
    flatpak(sensors, &mut packages);
    snap(sensors, &mut packages);
    if !is_dpkg && !is_rpm {
        sensors.note(PACKAGES, ProblemCode::NotAvailable, "neither dpkg nor rpm");
    }
    Software {
        packages,
        services: systemd::services(sensors),
        updates: updates(sensors),
    }
}

/// The paragraphs of dpkg's status file, line by line: it has megabytes, mostly descriptions.
fn dpkg(sensors: &mut Sensors<'_>) -> (Vec<Package>, bool) {
    let mut packages = Vec::new();
    let mut paragraph = Paragraph::default();
    let is_there = sensors.lines(PACKAGES, "var/lib/dpkg/status", &mut |line| {
        if line.is_empty() {
            packages.extend(std::mem::take(&mut paragraph).package());
        } else {
            paragraph.take(line);
        }
        packages.len() <= PACKAGES_MAX
    });
    packages.extend(paragraph.package());
    (packages, is_there)
}

#[derive(Default)]
struct Paragraph {
    name: Option<String>,
    version: Option<String>,
    arch: Option<String>,
    is_installed: bool,
}

impl Paragraph {
    fn take(&mut self, line: &str) {
        // Lines that go on begin with a blank, and their names with one too.
        let Some((name, value)) = line.split_once(": ") else {
            return;
        };
        let value = || Some(value.trim().to_owned());
        match name {
            "Package" => self.name = value(),
            "Version" => self.version = value(),
            "Architecture" => self.arch = value(),
            // What is wanted, whether that went well, what is: `install ok installed`.
            "Status" => self.is_installed = line.trim_end().ends_with(" installed"),
            _ => {}
        }
    }

    fn package(self) -> Option<Package> {
        Some(Package {
            manager: Some("dpkg".into()),
            name: Some(self.name.filter(|_| self.is_installed)?),
            version: self.version,
            arch: self.arch,
            publisher: None,
        })
    }
}

/// Whether there is a database of rpm's; Debian has the program without one.
fn rpm(sensors: &mut Sensors<'_>, packages: &mut Vec<Package>) -> bool {
    let folders = ["var/lib/rpm", "usr/lib/sysimage/rpm"];
    let files = ["rpmdb.sqlite", "Packages.db", "Packages"];
    let has_any = |folder: &&str| {
        files
            .iter()
            .any(|file| sensors.exists(format!("{folder}/{file}")))
    };
    if !folders.iter().any(has_any) {
        return false;
    }
    let format = "%{NAME}\\t%{EVR}\\t%{ARCH}\\t%{VENDOR}\\n";
    let told = run(sensors, PACKAGES, "rpm", &["-qa", "--qf", format]).unwrap_or_default();
    packages.extend(told.lines().filter_map(rpm_package));
    true
}

fn rpm_package(line: &str) -> Option<Package> {
    let mut fields = line
        .split('\t')
        .map(|field| Some(field.to_owned()).filter(|field| !field.is_empty() && field != "(none)"));
    let name = fields.next()??;
    // Keys of archives stand among the packages.
    (name != "gpg-pubkey").then(|| Package {
        manager: Some("rpm".into()),
        name: Some(name),
        version: fields.next().flatten(),
        arch: fields.next().flatten(),
        publisher: fields.next().flatten(),
    })
}

/// Programs and what they run on, by folder: `app/<id>/<arch>/<branch>/active`, a link to what is checked out. Its name is
/// the commit: what a program calls its version is in a file of each program's own.
fn flatpak(sensors: &Sensors<'_>, packages: &mut Vec<Package>) {
    const COMMIT_SHOWN: usize = 12;
    for kind in ["app", "runtime"] {
        let folder = format!("var/lib/flatpak/{kind}");
        for id in sensors.names(&folder) {
            for arch in sensors.names(format!("{folder}/{id}")) {
                for branch in sensors.names(format!("{folder}/{id}/{arch}")) {
                    let active = format!("{folder}/{id}/{arch}/{branch}/active");
                    let Some(commit) = sensors.link(active).filter(|_| arch != "current") else {
                        continue;
                    };
                    packages.push(Package {
                        manager: Some("flatpak".into()),
                        name: Some(id.clone()),
                        version: Some(commit.chars().take(COMMIT_SHOWN).collect()),
                        arch: Some(format!("{arch}/{branch}")),
                        publisher: None,
                    });
                }
            }
        }
    }
}

/// `snap/<name>/current` is mounted: its own description has the version.
fn snap(sensors: &Sensors<'_>, packages: &mut Vec<Package>) {
    for name in sensors.names("snap") {
        let current = format!("snap/{name}/current");
        let Some(revision) = sensors.link(&current) else {
            continue;
        };
        let about = sensors
            .value(format!("{current}/meta/snap.yaml"))
            .unwrap_or_default();
        let version = about.lines().find_map(|line| line.strip_prefix("version:"));
        let version = version.map(|version| version.trim().trim_matches(['"', '\'']).to_owned());
        packages.push(Package {
            manager: Some("snap".into()),
            name: Some(name),
            version: version.or(Some(revision)),
            ..Package::default()
        });
    }
}

/// `12 updates can be applied immediately.` and `3 of these updates are standard security updates.`
fn updates(sensors: &mut Sensors<'_>) -> Updates {
    let path = "var/lib/update-notifier/updates-available";
    let Some(text) = sensors.text("/updates", path) else {
        return Updates::default();
    };
    let number = |marks: &[&str]| {
        let mut lines = text
            .lines()
            .filter(|line| marks.iter().any(|mark| line.contains(mark)));
        lines.find_map(|line| line.split_whitespace().next()?.parse::<u64>().ok())
    };
    Updates {
        pending: Some(number(&["can be applied", "can be installed", "can be updated"]).unwrap_or(0)),
        security: Some(number(&["security update"]).unwrap_or(0)),
        packages: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use farol_inventory::{Body, Section};

    use super::super::tree::Tree;
    use super::*;

    fn read(tree: &Tree) -> Software {
        match tree.read(Section::Software).body {
            Body::Software(software) => software,
            other => panic!("{other:?}"),
        }
    }

    fn told(tree: &Tree) -> Vec<String> {
        let packages = read(tree).packages.into_iter();
        let text = |text: Option<String>| text.unwrap_or_default();
        packages
            .map(|one| {
                format!(
                    "{} {} {} {}",
                    text(one.manager),
                    text(one.name),
                    text(one.version),
                    text(one.arch)
                )
            })
            .collect()
    }

    #[test]
    fn packages_of_dpkg() {
        let tree = Tree::new();
        tree.put(
            "var/lib/dpkg/status",
            "Package: vim\nStatus: install ok installed\nArchitecture: amd64\nVersion: 2:9.0-1\nDescription: editor\n Package: not\n .\n\n\
             Package: gone\nStatus: deinstall ok config-files\nArchitecture: amd64\nVersion: 1\n\n\
             Package: half\nStatus: install reinstreq half-installed\nVersion: 1\n\n\n\
             Status: install ok installed\nVersion: 7\n\n\
             Package: held\nStatus: hold ok installed\nArchitecture: all\nVersion: 3\n",
        );
        assert_eq!(told(&tree), ["dpkg held 3 all", "dpkg vim 2:9.0-1 amd64"]);
    }

    #[test]
    fn packages_of_flatpak_and_snap() {
        let tree = Tree::new();
        tree.link(
            "var/lib/flatpak/app/org.gimp.GIMP/x86_64/stable/active",
            "var/lib/flatpak/app/org.gimp.GIMP/x86_64/stable/0123456789abcdef",
        )
        .link(
            "var/lib/flatpak/app/org.gimp.GIMP/current",
            "var/lib/flatpak/app/org.gimp.GIMP/x86_64/stable",
        )
        .link("snap/core22/current", "snap/core22/1380")
        .put(
            "snap/core22/1380/meta/snap.yaml",
            "name: core22\nversion: '20240408'\n",
        )
        .put("snap/README", "x");
        assert_eq!(
            told(&tree),
            [
                "flatpak org.gimp.GIMP 0123456789ab x86_64/stable",
                "snap core22 20240408 "
            ]
        );
    }

    #[test]
    fn lines_of_rpm() {
        let line = rpm_package("bash\t5.2.26-4.fc41\tx86_64\tFedora Project").unwrap();
        assert_eq!(
            (line.name.as_deref(), line.version.as_deref()),
            (Some("bash"), Some("5.2.26-4.fc41"))
        );
        assert_eq!(line.publisher.as_deref(), Some("Fedora Project"));
        assert_eq!(rpm_package("x\t1\t(none)\t(none)").unwrap().arch, None);
        assert_eq!(rpm_package("gpg-pubkey\t1\t\t"), None);
        assert_eq!(rpm_package(""), None);
    }

    #[test]
    fn what_is_missing_is_said() {
        let tree = Tree::new();
        tree.put("var/lib/rpm/rpmdb.sqlite", "");
        let problems = tree.read(Section::Software).problems;
        let fields: Vec<_> = problems.iter().map(|problem| problem.field.as_str()).collect();
        assert_eq!(fields, ["/packages", "/services"]);
        assert!(problems[0].detail.starts_with("rpm: "));
    }

    #[test]
    fn updates_that_the_system_counted() {
        let tree = Tree::new();
        tree.put(
            "var/lib/update-notifier/updates-available",
            "\n12 updates can be applied immediately.\n3 of these updates are standard security updates.\nTo see: apt list\n",
        );
        let found = read(&tree).updates;
        assert_eq!((found.pending, found.security), (Some(12), Some(3)));
        tree.put("var/lib/update-notifier/updates-available", "\n");
        let found = read(&tree).updates;
        assert_eq!((found.pending, found.security), (Some(0), Some(0)));
    }
}
