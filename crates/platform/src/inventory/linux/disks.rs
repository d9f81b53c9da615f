//! Disks, partitions, volumes and file systems, from sysfs and the list of mounts. Health as drives tell it (SMART) takes
//! ioctls of its own for each kind of drive and wakes drives that sleep: not read; temperatures are, where the kernel has
//! them anyway.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use farol_inventory::Disks;
use farol_inventory::disks::{Disk, DiskState, FileSystem, FileSystemUse, Partition, Volume};

use super::root::{Sensors, field};
use crate::evidence::linux::disk_serial;

const BLOCK: &str = "sys/class/block";
/// Sizes in sysfs are in these, whatever the disk's own are.
const SECTOR: u64 = 512;

/// Lists of mounts: that of the first program says how they are on the machine. Ours may be that of a fence: systemd's
/// `ProtectSystem=` makes everything read-only for the service alone. Not every user may read the first.
const MOUNTS: &str = "proc/1/mountinfo";
const OWN_MOUNTS: &str = "proc/self/mountinfo";

/// Most bytes of what udev keeps of a device; a disk with many names has three thousand.
const UDEV_MAX: u64 = 64 << 10;

/// How many volumes may be made of each other; deeper ones are a mistake.
const LAYERS_MAX: usize = 8;

/// Block devices that are neither disks nor volumes: of memory, of files, of the network, with a medium that comes and goes.
const NO_DISKS: [&str; 10] = [
    "loop", "zram", "ram", "sr", "fd", "nbd", "rbd", "drbd", "zd", "mtdblock",
];

/// File systems that are on another machine. Asking how full one is waits for that machine, perhaps for ever.
const REMOTE: [&str; 8] = [
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "ceph",
    "9p",
    "glusterfs",
    "fuse.sshfs",
];

/// Mounts that belong to containers, and are as many and as short-lived.
const CONTAINERS: [&str; 4] = [
    "/var/lib/docker/",
    "/var/lib/containers/",
    "/var/lib/kubelet/",
    "/run/containerd/",
];

pub(super) fn read(sensors: &mut Sensors<'_>) -> Disks {
    let mut found = Disks::default();
    for name in sensors.names("sys/block") {
        if NO_DISKS.iter().any(|prefix| name.starts_with(prefix)) {
            continue;
        }
        if name.starts_with("dm-") || name.starts_with("md") {
            found.volumes.extend(volume(sensors, &name));
        } else if let Some(disk) = disk(sensors, &name) {
            found.volatile.disks.extend(disk_state(sensors, &name));
            found.disks.push(disk);
        }
    }
    let (file_systems, uses) = file_systems(sensors);
    found.file_systems = file_systems;
    found.volatile.file_systems = uses;
    found
}

fn size(sensors: &Sensors<'_>, name: &str) -> Option<u64> {
    sensors
        .number(format!("{BLOCK}/{name}/size"))?
        .checked_mul(SECTOR)
}

/// `None` for readers of cards without one.
fn disk(sensors: &Sensors<'_>, name: &str) -> Option<Disk> {
    let file = |file: &str| sensors.value(format!("{BLOCK}/{name}/{file}"));
    let size_bytes = size(sensors, name).filter(|size| *size > 0)?;
    let device = sensors.root().join(format!("{BLOCK}/{name}"));
    let place = std::fs::canonicalize(&device).unwrap_or_else(|_| device.clone());
    let bus = bus(&place.to_string_lossy());
    let kind = match (bus, file("queue/rotational").as_deref()) {
        (Some("virtio" | "xen" | "hyperv"), _) => Some("virtual"),
        (Some("mmc"), _) => Some("card"),
        (_, Some("0")) => Some("ssd"),
        (_, Some("1")) => Some("hdd"),
        _ => None,
    };
    Some(Disk {
        name: Some(name.to_owned()),
        serial: disk_serial(&device),
        // ATA disks have no maker of their own, the kernel says what they speak.
        maker: file("device/vendor").filter(|maker| maker != "ATA" && !maker.starts_with("0x")),
        model: file("device/model").or_else(|| file("device/name")),
        firmware: file("device/firmware_rev").or_else(|| file("device/rev")),
        size_bytes: Some(size_bytes),
        kind: kind.map(str::to_owned),
        bus: bus.map(str::to_owned),
        removable: file("removable").map(|flag| flag == "1"),
        health: None,
        partitions: partitions(sensors, name),
    })
}

/// By where the device is attached; the last bus counts, for a disk on USB is on PCI as well.
fn bus(place: &str) -> Option<&'static str> {
    let buses = [
        ("/usb", "usb"),
        ("/nvme", "nvme"),
        ("/virtio", "virtio"),
        ("/ata", "sata"),
        ("/mmc", "mmc"),
        ("/vbd", "xen"),
        ("/vmbus", "hyperv"),
        ("/session", "iscsi"),
        ("/rport-", "fibre_channel"),
        ("/end_device-", "sas"),
        ("/host", "scsi"),
    ];
    buses
        .iter()
        .find(|(mark, _)| place.contains(mark))
        .map(|(_, bus)| *bus)
}

fn partitions(sensors: &Sensors<'_>, disk: &str) -> Vec<Partition> {
    let folder = format!("sys/block/{disk}");
    let names = sensors.names(&folder).into_iter();
    let names =
        names.filter(|name| name.starts_with(disk) && sensors.exists(format!("{folder}/{name}/partition")));
    let partitions = names.map(|name| {
        let told = sensors
            .value(format!("{folder}/{name}/uevent"))
            .unwrap_or_default();
        Partition {
            label: field(&told, "PARTNAME"),
            uuid: field(&told, "PARTUUID").or_else(|| udev_uuid(sensors, &format!("{folder}/{name}"))),
            size_bytes: sensors
                .number(format!("{folder}/{name}/size"))
                .and_then(|sectors| sectors.checked_mul(SECTOR)),
            name: Some(name),
        }
    });
    partitions.collect()
}

/// From what udev keeps of the partition: kernels before 6.13 do not say it, and the links that udev makes of it are in `/dev`,
/// which a fence (systemd's `PrivateDevices=`) empties.
fn udev_uuid(sensors: &Sensors<'_>, partition: &str) -> Option<String> {
    let number = sensors.value(format!("{partition}/dev"))?;
    let kept = sensors.bytes(format!("run/udev/data/b{number}"), UDEV_MAX)?;
    field(&String::from_utf8_lossy(&kept), "E:ID_PART_ENTRY_UUID")
}

fn volume(sensors: &Sensors<'_>, name: &str) -> Option<Volume> {
    let file = |file: &str| sensors.value(format!("{BLOCK}/{name}/{file}"));
    let size_bytes = size(sensors, name);
    if let Some(level) = file("md/level") {
        return Some(Volume {
            name: Some(name.to_owned()),
            kind: Some("raid".into()),
            size_bytes,
            level: Some(level),
            degraded: file("md/degraded").map(|missing| missing != "0"),
        });
    }
    let uuid = file("dm/uuid").unwrap_or_default();
    let kind = match uuid.split('-').next().unwrap_or_default() {
        "CRYPT" => "luks",
        "LVM" => "lvm",
        "mpath" => "multipath",
        _ => "mapped",
    };
    Some(Volume {
        name: Some(file("dm/name")?),
        kind: Some(kind.into()),
        size_bytes,
        ..Volume::default()
    })
}

/// The temperature, where the kernel asks the drive anyway.
fn disk_state(sensors: &Sensors<'_>, name: &str) -> Option<DiskState> {
    let folder = format!("{BLOCK}/{name}/device");
    let places = [format!("{folder}/hwmon"), folder];
    let temperature = places.iter().find_map(|place| {
        let monitors = sensors
            .names(place)
            .into_iter()
            .filter(|name| name.starts_with("hwmon"));
        let mut found =
            monitors.filter_map(|monitor| sensors.value(format!("{place}/{monitor}/temp1_input")));
        found.next()?.parse::<i64>().ok()
    })?;
    Some(DiskState {
        name: Some(name.to_owned()),
        temperature_millicelsius: Some(temperature),
        ..DiskState::default()
    })
}

/// One line of `mountinfo` (proc_pid_mountinfo(5)).
struct Mount {
    /// Its number: `8:2`.
    device: String,
    root: String,
    mount: String,
    kind: String,
    /// What whoever mounted it said, anything with FUSE.
    source: String,
    /// Seen from here nothing can be written.
    read_only_here: bool,
    /// Nor from anywhere else.
    read_only: bool,
}

fn mount(line: &str) -> Option<Mount> {
    let (left, right) = line.split_once(" - ")?;
    let left: Vec<&str> = left.split(' ').collect();
    let mut right = right.split(' ');
    let [_, _, device, root, mount, options, ..] = left.as_slice() else {
        return None;
    };
    let (kind, source, of_all) = (right.next()?, right.next()?, right.next().unwrap_or_default());
    let is_set = |options: &str| options.split(',').any(|option| option == "ro");
    Some(Mount {
        device: (*device).to_owned(),
        root: unescaped(root),
        mount: unescaped(mount),
        kind: kind.to_owned(),
        source: unescaped(source),
        read_only_here: is_set(options),
        read_only: is_set(of_all),
    })
}

/// Blanks and the like are written as three octal digits.
fn unescaped(text: &str) -> String {
    let mut parts = text.split('\\');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let code = part
            .get(..3)
            .and_then(|digits| u8::from_str_radix(digits, 8).ok());
        match code {
            Some(code) if code.is_ascii() => {
                out.push(code.into());
                out.push_str(part.get(3..).unwrap_or_default());
            }
            _ => {
                out.push('\\');
                out.push_str(part);
            }
        }
    }
    out
}

impl Mount {
    fn is_remote(&self) -> bool {
        REMOTE.contains(&self.kind.as_str())
    }

    /// Whether asking it may wait: for another machine, or for a program that pretends to be a file system and answers when it
    /// likes. One that hangs would keep us for ever.
    fn waits(&self) -> bool {
        self.is_remote() || self.kind.starts_with("fuse")
    }

    /// Whether it keeps something, and is not a part of another one seen elsewhere. Images of programs (squashfs) are
    /// packages, and listed as such. Of FUSE only those on devices (`fuseblk`), which take root to mount: others say of their
    /// source what their user likes.
    fn counts(&self) -> bool {
        let is_any_program = self.kind == "fuse" || self.kind.starts_with("fuse.");
        let keeps = (self.source.starts_with("/dev/") && !is_any_program)
            || self.is_remote()
            || matches!(self.kind.as_str(), "zfs" | "btrfs");
        let is_part = self.root != "/" && self.mount != "/" && self.kind != "btrfs" && !self.is_remote();
        let of_containers = CONTAINERS.iter().any(|folder| self.mount.starts_with(folder));
        (keeps || self.mount == "/")
            && !is_part
            && !of_containers
            && !matches!(self.kind.as_str(), "squashfs" | "devtmpfs")
    }
}

/// What is mounted, by where.
struct Mounts {
    by_place: BTreeMap<String, Mount>,
    /// The list is the machine's, and not what a fence may have made of it for us.
    of_machine: bool,
}

impl Mounts {
    fn read(sensors: &mut Sensors<'_>, field: &str) -> Self {
        let of_machine = sensors.bytes(MOUNTS, 1).is_some_and(|bytes| !bytes.is_empty());
        let list = if of_machine { MOUNTS } else { OWN_MOUNTS };
        let text = sensors.needed(field, list).unwrap_or_default();
        // What is mounted later hides what was there, whatever it is.
        let mounts = text.lines().filter_map(mount);
        Self {
            by_place: mounts.map(|mount| (mount.mount.clone(), mount)).collect(),
            of_machine,
        }
    }

    /// Whether a mount can only be read. `None` where that may be so for us alone: a fence takes away, it never gives.
    fn read_only(&self, mount: &Mount) -> Option<bool> {
        let is_known = self.of_machine || mount.read_only || !mount.read_only_here;
        is_known.then_some(mount.read_only || mount.read_only_here)
    }

    /// Whether the way to a mount leads through nothing that waits. The root does not count: whoever runs waits for that anyway.
    fn can_be_asked(&self, mount: &Mount) -> bool {
        let way = Path::new(&mount.mount).ancestors();
        let way = way.filter(|folder| folder.parent().is_some());
        let mut way = way.filter_map(|folder| self.by_place.get(folder.to_str()?));
        !mount.waits() && !way.any(Mount::waits)
    }
}

fn file_systems(sensors: &mut Sensors<'_>) -> (Vec<FileSystem>, Vec<FileSystemUse>) {
    let mounts = Mounts::read(sensors, "/file_systems");
    let mut seen = BTreeSet::new();
    let (mut found, mut uses) = (Vec::new(), Vec::new());
    for mount in mounts.by_place.values().filter(|mount| mount.counts()) {
        // The same one in several places: the first by name.
        if !seen.insert((mount.device.as_str(), mount.root.as_str())) {
            continue;
        }
        let can_be_asked = sensors.root().runs() && mounts.can_be_asked(mount);
        let space = can_be_asked.then(|| rustix::fs::statvfs(sensors.root().join(&mount.mount)));
        let space = space.and_then(Result::ok);
        found.push(FileSystem {
            device: Some(mount.source.clone()),
            kind: Some(mount.kind.clone()),
            size_bytes: space
                .as_ref()
                .map(|space| space.f_blocks.saturating_mul(space.f_frsize)),
            read_only: mounts.read_only(mount),
            encrypted: is_encrypted(sensors, mount),
            remote: Some(mount.is_remote()),
            mount: Some(mount.mount.clone()),
        });
        uses.extend(space.map(|space| FileSystemUse {
            mount: Some(mount.mount.clone()),
            free_bytes: Some(space.f_bavail.saturating_mul(space.f_frsize)),
            inodes_free_percent: space.f_favail.saturating_mul(100).checked_div(space.f_files),
        }));
    }
    (found, uses)
}

/// Whether something below a mount encrypts; `None` for what is on no device.
fn is_encrypted(sensors: &Sensors<'_>, mount: &Mount) -> Option<bool> {
    let name = device_below(sensors, mount)?;
    sensors
        .exists(format!("{BLOCK}/{name}"))
        .then(|| encrypts(sensors, &name, LAYERS_MAX))
}

/// The name of the device below a mount, by its number: a fence may hide `/dev`, and the source is what somebody said.
fn device_below(sensors: &Sensors<'_>, mount: &Mount) -> Option<String> {
    if let Some(name) = sensors.link(format!("sys/dev/block/{}", mount.device)) {
        return Some(name);
    }
    // The numbers of btrfs are no device's, but its source is the kernel's word.
    let source = mount
        .source
        .strip_prefix("/dev/")
        .filter(|_| mount.kind == "btrfs")?;
    let Some(mapped) = source.strip_prefix("mapper/") else {
        return Some(Path::new(source).file_name()?.to_str()?.to_owned());
    };
    let names = sensors.names(BLOCK).into_iter();
    let is_it = |name: &str| sensors.value(format!("{BLOCK}/{name}/dm/name")).as_deref() == Some(mapped);
    names
        .filter(|name| name.starts_with("dm-"))
        .find(|name| is_it(name))
}

/// A volume of several encrypts only if all below do.
fn encrypts(sensors: &Sensors<'_>, name: &str, layers: usize) -> bool {
    let uuid = sensors
        .value(format!("{BLOCK}/{name}/dm/uuid"))
        .unwrap_or_default();
    if uuid.starts_with("CRYPT-") {
        return true;
    }
    let below = sensors.names(format!("{BLOCK}/{name}/slaves"));
    layers > 0 && !below.is_empty() && below.iter().all(|name| encrypts(sensors, name, layers - 1))
}

/// Whether the file system of the system itself is encrypted.
pub(super) fn system_is_encrypted(sensors: &mut Sensors<'_>) -> Option<bool> {
    let mounts = Mounts::read(sensors, "/system_encrypted");
    is_encrypted(sensors, mounts.by_place.get("/")?)
}

#[cfg(test)]
mod tests {
    use farol_inventory::{Body, Section};

    use super::super::tree::Tree;
    use super::*;

    fn read(tree: &Tree) -> Disks {
        match tree.read(Section::Disks).body {
            Body::Disks(disks) => disks,
            other => panic!("{other:?}"),
        }
    }

    /// A block device, seen in both of its folders, and by its number if the files tell it.
    fn device(tree: &Tree, place: &str, name: &str, files: &[(&str, &str)]) {
        let real = format!("sys/devices/{place}/{name}");
        tree.files(&real, files)
            .link(&format!("sys/block/{name}"), &real)
            .link(&format!("sys/class/block/{name}"), &real);
        if let Some((_, number)) = files.iter().find(|(file, _)| *file == "dev") {
            tree.link(&format!("sys/dev/block/{}", number.trim()), &real);
        }
    }

    fn encrypted_laptop() -> Tree {
        let tree = Tree::new();
        device(
            &tree,
            "pci0000:00/nvme/nvme0",
            "nvme0n1",
            &[
                ("size", "1000215216\n"),
                ("queue/rotational", "0\n"),
                ("removable", "0\n"),
                ("device/model", "Samsung 980   \n"),
                ("device/serial", "S64ENG0R\n"),
                ("device/firmware_rev", "3B4QFXO7\n"),
                ("device/hwmon0/temp1_input", "38850\n"),
                ("nvme0n1p2/partition", "2\n"),
                ("nvme0n1p2/dev", "259:2\n"),
                ("nvme0n1p2/size", "2048\n"),
                ("nvme0n1p2/uevent", "DEVNAME=nvme0n1p2\nPARTNAME=root\n"),
            ],
        );
        device(
            &tree,
            "virtual/block",
            "dm-0",
            &[
                ("size", "1000000\n"),
                ("dm/uuid", "CRYPT-LUKS2-abc-luks\n"),
                ("dm/name", "luks\n"),
                ("slaves/nvme0n1p2/x", ""),
            ],
        );
        device(
            &tree,
            "virtual/block",
            "dm-1",
            &[
                ("dev", "253:1\n"),
                ("size", "900000\n"),
                ("dm/uuid", "LVM-abc\n"),
                ("dm/name", "vg-root\n"),
                ("slaves/dm-0/x", ""),
            ],
        );
        device(&tree, "virtual/block", "loop0", &[("size", "8\n")]);
        tree.put(
            MOUNTS,
            "22 27 0:21 / /proc rw - proc proc rw\n\
             27 1 253:1 / / rw,relatime - ext4 /dev/mapper/vg-root rw\n\
             30 27 253:1 /srv /bind rw - ext4 /dev/mapper/vg-root rw\n\
             31 27 7:0 / /snap/core/1 ro - squashfs /dev/loop0 ro\n\
             32 27 0:50 / /mnt/a\\040b ro - nfs4 server:/x rw\n\
             33 27 253:1 / /var/lib/docker/x rw - ext4 /dev/mapper/vg-root rw\n\
             garbage\n - \n1 2 3 - a\n",
        )
        // As it looks from behind the fence of the service.
        .put(
            OWN_MOUNTS,
            "27 1 253:1 / / ro,relatime - ext4 /dev/mapper/vg-root rw\n",
        )
        .put(
            "run/udev/data/b259:2",
            "S:disk/by-partuuid/1234-ab\nI:5\nE:ID_FS_TYPE=crypto_LUKS\nE:ID_PART_ENTRY_UUID=1234-ab\nG:systemd\n",
        );
        tree
    }

    #[test]
    fn an_encrypted_laptop() {
        let found = read(&encrypted_laptop());
        assert_eq!(found.disks.len(), 1);
        let disk = &found.disks[0];
        assert_eq!(disk.model.as_deref(), Some("Samsung 980"));
        assert_eq!(disk.serial.as_deref(), Some("S64ENG0R"));
        assert_eq!(disk.size_bytes, Some(512_110_190_592));
        assert_eq!(
            (disk.kind.as_deref(), disk.bus.as_deref()),
            (Some("ssd"), Some("nvme"))
        );
        assert_eq!(disk.partitions[0].label.as_deref(), Some("root"));
        assert_eq!(disk.partitions[0].uuid.as_deref(), Some("1234-ab"));
        assert_eq!(found.volatile.disks[0].temperature_millicelsius, Some(38_850));
        let volumes: Vec<_> = found
            .volumes
            .iter()
            .map(|one| (one.name.as_deref().unwrap(), one.kind.as_deref().unwrap()))
            .collect();
        assert_eq!(volumes, [("luks", "luks"), ("vg-root", "lvm")]);
        let mounts: Vec<_> = found
            .file_systems
            .iter()
            .map(|one| {
                (
                    one.mount.as_deref().unwrap(),
                    one.encrypted,
                    one.remote,
                    one.read_only,
                )
            })
            .collect();
        assert_eq!(
            mounts,
            [
                ("/", Some(true), Some(false), Some(false)),
                ("/mnt/a b", None, Some(true), Some(true))
            ]
        );
    }

    #[test]
    fn volumes_made_of_each_other_end() {
        let tree = Tree::new();
        device(
            &tree,
            "virtual/block",
            "dm-0",
            &[("dev", "253:0\n"), ("dm/name", "a"), ("slaves/dm-0/x", "")],
        );
        assert_eq!(
            encrypted(&tree, "1 1 253:0 / / rw - ext4 /dev/dm-0 rw"),
            Some(false)
        );
        assert_eq!(encrypted(&tree, "1 1 0:40 / / rw - tmpfs tmpfs rw"), None);
    }

    /// Whether what a line of the list tells of is encrypted.
    fn encrypted(tree: &Tree, line: &str) -> Option<bool> {
        let root = tree.root();
        is_encrypted(&Sensors::new(&root), &mount(line).unwrap())
    }

    #[test]
    fn devices_are_found_without_their_nodes() {
        let tree = encrypted_laptop();
        for (line, expected) in [
            // The system's root may be called anything.
            ("1 1 253:1 / / rw - ext4 /dev/root rw", Some(true)),
            ("1 1 0:33 /@ / rw - btrfs /dev/mapper/luks rw", Some(true)),
            ("1 1 0:33 /@ / rw - btrfs /dev/dm-1 rw", Some(true)),
            ("1 1 0:33 /@ / rw - btrfs /dev/mapper/other rw", None),
            ("1 1 0:33 /@ / rw - btrfs /dev/.. rw", None),
            // Whoever mounted it chose these words.
            ("1 1 0:60 / /m rw - fuse.x /dev/mapper/luks rw", None),
            ("1 1 0:60 / /m rw - fuse.x /dev/dm-0 rw", None),
        ] {
            assert_eq!(encrypted(&tree, line), expected, "{line}");
        }
    }

    #[test]
    fn a_fence_makes_nothing_read_only() {
        let tree = Tree::new();
        let list = "1 1 8:1 / / ro - ext4 /dev/sda1 rw\n\
             2 1 8:2 / /var rw - ext4 /dev/sda2 rw\n\
             3 1 8:3 / /media/cd ro - iso9660 /dev/sda3 ro\n";
        let told = |tree: &Tree| -> Vec<Option<bool>> {
            let found = read(tree).file_systems;
            found.iter().map(|one| one.read_only).collect()
        };
        // In the order of places: /, /media/cd, /var.
        tree.put(OWN_MOUNTS, list);
        assert_eq!(
            told(&tree),
            [None, Some(true), Some(false)],
            "it may be so for us alone"
        );
        tree.put(MOUNTS, list);
        assert_eq!(told(&tree), [Some(true), Some(true), Some(false)]);
        tree.put(MOUNTS, list.replace("/ / ro", "/ / rw"));
        assert_eq!(told(&tree), [Some(false), Some(true), Some(false)]);
    }

    #[test]
    fn what_is_mounted_over_another_hides_it() {
        let tree = Tree::new();
        tree.put(
            MOUNTS,
            "1 1 8:1 / / rw - ext4 /dev/sda1 rw\n\
             2 1 8:2 / /home rw - ext4 /dev/sda2 rw\n\
             3 1 8:3 / /srv rw - ext4 /dev/sda3 rw\n\
             4 1 8:4 / /mnt rw - ext4 /dev/sda4 rw\n\
             5 2 0:50 / /home rw - tmpfs tmpfs rw\n\
             6 3 0:51 / /srv rw - fuse.x /dev/sda3 rw\n\
             7 4 8:5 / /mnt rw - xfs /dev/sda5 rw\n",
        );
        let found = read(&tree).file_systems;
        let told: Vec<_> = found.iter().filter_map(|one| one.device.as_deref()).collect();
        assert_eq!(told, ["/dev/sda1", "/dev/sda5"]);
    }

    #[test]
    fn what_may_never_answer_is_not_asked() {
        let tree = Tree::new();
        tree.put(
            MOUNTS,
            "1 1 8:1 / / rw - ext4 /dev/sda1 rw\n\
             2 1 8:2 / /stick rw - fuseblk /dev/sda2 rw\n\
             3 1 0:50 / /far rw - nfs4 server:/x rw\n\
             4 3 8:3 / /far/near rw - ext4 /dev/sda3 rw\n\
             5 1 8:4 / /farther rw - ext4 /dev/sda4 rw\n\
             6 1 0:51 / /home/a rw - fuse.x x rw\n\
             7 6 8:5 / /home/a/b rw - ext4 /dev/sda5 rw\n",
        );
        let found = read(&tree).file_systems;
        let stick = found.iter().find(|one| one.mount.as_deref() == Some("/stick"));
        assert_eq!(
            stick.and_then(|stick| stick.kind.as_deref()),
            Some("fuseblk"),
            "told all the same"
        );
        let root = tree.root();
        let mounts = Mounts::read(&mut Sensors::new(&root), "/x");
        let asked = mounts
            .by_place
            .values()
            .filter(|mount| mounts.can_be_asked(mount));
        let asked: Vec<_> = asked.map(|mount| mount.mount.as_str()).collect();
        assert_eq!(asked, ["/", "/farther"]);
    }

    #[test]
    fn an_array_without_a_disk() {
        let tree = Tree::new();
        device(
            &tree,
            "virtual/block",
            "md0",
            &[("size", "10\n"), ("md/level", "raid1\n"), ("md/degraded", "1\n")],
        );
        let found = read(&tree);
        assert_eq!(found.volumes[0].level.as_deref(), Some("raid1"));
        assert_eq!(found.volumes[0].degraded, Some(true));
    }

    #[test]
    fn escapes_of_any_shape() {
        assert_eq!(unescaped("/a\\040b\\134c"), "/a b\\c");
        for odd in ["\\", "\\9", "\\999", "a\\04", "\\é40", "\\377"] {
            assert_eq!(unescaped(odd), odd);
        }
    }
}
