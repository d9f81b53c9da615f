//! The section `disks`: disks, their partitions, what is made of them, and file systems. How full they are and what
//! drives count is volatile.

use serde::{Deserialize, Serialize};

use crate::canonical::List;
use crate::fields::{Facts, Fields};

/// Disks by their serial number: names go to whichever is found first.
pub(crate) const LISTS: &[List] = &[
    List::keyed("disks", &[&["serial"], &["name"]], &["model", "name"]),
    List::keyed("disks.partitions", &[&["uuid"], &["name"]], &["name"]),
    List::keyed("volumes", &[&["name"]], &["name"]),
    List::keyed("file_systems", &[&["mount"]], &["mount"]),
];

/// Disks and file systems.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Disks {
    /// Disks.
    pub disks: Vec<Disk>,
    /// What is made of disks and partitions: encrypted, logical and joined ones.
    pub volumes: Vec<Volume>,
    /// File systems that keep something, where they are mounted.
    pub file_systems: Vec<FileSystem>,
    /// What changes by itself.
    pub volatile: DisksVolatile,
}

impl Facts for Disks {
    fn take(fields: &mut Fields<'_>) -> Self {
        Self {
            disks: fields.list("disks"),
            volumes: fields.list("volumes"),
            file_systems: fields.list("file_systems"),
            volatile: fields.one("volatile"),
        }
    }
}

/// A disk.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Disk {
    /// Name in the system: `sda`, `PhysicalDrive0`.
    pub name: Option<String>,
    /// Serial number.
    pub serial: Option<String>,
    /// Who made it.
    pub maker: Option<String>,
    /// Model.
    pub model: Option<String>,
    /// Version of its firmware.
    pub firmware: Option<String>,
    /// Size.
    pub size_bytes: Option<u64>,
    /// `ssd`, `hdd`, `card`, `virtual`.
    pub kind: Option<String>,
    /// `nvme`, `sata`, `sas`, `usb`, `virtio`, `mmc`, …
    pub bus: Option<String>,
    /// Whether its medium comes out.
    pub removable: Option<bool>,
    /// What the drive says of itself: `passed`, `failing`.
    pub health: Option<String>,
    /// Partitions.
    pub partitions: Vec<Partition>,
}

impl Facts for Disk {
    fn take(fields: &mut Fields<'_>) -> Self {
        Self {
            name: fields.text("name"),
            serial: fields.text("serial"),
            maker: fields.text("maker"),
            model: fields.text("model"),
            firmware: fields.text("firmware"),
            size_bytes: fields.number("size_bytes"),
            kind: fields.text("kind"),
            bus: fields.text("bus"),
            removable: fields.flag("removable"),
            health: fields.text("health"),
            partitions: fields.list("partitions"),
        }
    }
}

/// A part of a disk.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Partition {
    /// Name in the system: `sda1`.
    pub name: Option<String>,
    /// Name it was given.
    pub label: Option<String>,
    /// Its UUID.
    pub uuid: Option<String>,
    /// Size.
    pub size_bytes: Option<u64>,
}

impl Facts for Partition {
    fn take(fields: &mut Fields<'_>) -> Self {
        Self {
            name: fields.text("name"),
            label: fields.text("label"),
            uuid: fields.text("uuid"),
            size_bytes: fields.number("size_bytes"),
        }
    }
}

/// Something made of disks and partitions.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Volume {
    /// Name: `vg-root`, `md0`, `luks-home`.
    pub name: Option<String>,
    /// `luks`, `lvm`, `raid`, `bitlocker`, …
    pub kind: Option<String>,
    /// Size.
    pub size_bytes: Option<u64>,
    /// Level of a `raid`: `raid1`.
    pub level: Option<String>,
    /// Whether a disk of a `raid` is missing.
    pub degraded: Option<bool>,
}

impl Facts for Volume {
    fn take(fields: &mut Fields<'_>) -> Self {
        Self {
            name: fields.text("name"),
            kind: fields.text("kind"),
            size_bytes: fields.number("size_bytes"),
            level: fields.text("level"),
            degraded: fields.flag("degraded"),
        }
    }
}

/// A file system.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct FileSystem {
    /// Where it is seen: `/home`, `C:`.
    pub mount: Option<String>,
    /// What it is on.
    pub device: Option<String>,
    /// `ext4`, `xfs`, `ntfs`, `nfs4`, …
    pub kind: Option<String>,
    /// Size.
    pub size_bytes: Option<u64>,
    /// Whether it is mounted for reading alone.
    pub read_only: Option<bool>,
    /// Whether something below it encrypts.
    pub encrypted: Option<bool>,
    /// Whether it is on another machine.
    pub remote: Option<bool>,
}

impl Facts for FileSystem {
    fn take(fields: &mut Fields<'_>) -> Self {
        Self {
            mount: fields.text("mount"),
            device: fields.text("device"),
            kind: fields.text("kind"),
            size_bytes: fields.number("size_bytes"),
            read_only: fields.flag("read_only"),
            encrypted: fields.flag("encrypted"),
            remote: fields.flag("remote"),
        }
    }
}

/// What changes by itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct DisksVolatile {
    /// How disks are.
    pub disks: Vec<DiskState>,
    /// How full file systems are.
    pub file_systems: Vec<FileSystemUse>,
}

impl Facts for DisksVolatile {
    fn take(fields: &mut Fields<'_>) -> Self {
        Self {
            disks: fields.list("disks"),
            file_systems: fields.list("file_systems"),
        }
    }
}

/// How a disk is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct DiskState {
    /// Name of the [`Disk`].
    pub name: Option<String>,
    /// Temperature.
    pub temperature_millicelsius: Option<i64>,
    /// Hours it has run.
    pub power_on_hours: Option<u64>,
    /// How much of its life is used.
    pub wear_percent: Option<u64>,
    /// Sectors that were exchanged.
    pub reallocated_sectors: Option<u64>,
}

impl Facts for DiskState {
    fn take(fields: &mut Fields<'_>) -> Self {
        Self {
            name: fields.text("name"),
            temperature_millicelsius: fields.signed("temperature_millicelsius"),
            power_on_hours: fields.number("power_on_hours"),
            wear_percent: fields.percent("wear_percent"),
            reallocated_sectors: fields.number("reallocated_sectors"),
        }
    }
}

/// How full a file system is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct FileSystemUse {
    /// Where it is seen.
    pub mount: Option<String>,
    /// What anybody may still write.
    pub free_bytes: Option<u64>,
    /// Files that may still be made, in percent.
    pub inodes_free_percent: Option<u64>,
}

impl Facts for FileSystemUse {
    fn take(fields: &mut Fields<'_>) -> Self {
        Self {
            mount: fields.text("mount"),
            free_bytes: fields.number("free_bytes"),
            inodes_free_percent: fields.percent("inodes_free_percent"),
        }
    }
}
