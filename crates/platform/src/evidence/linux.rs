//! Evidence from sysfs, the device tree and `/etc/machine-id`. Root reads all of it, others next to nothing.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::{DISKS_MAX, Evidence, clean, smbios};

/// Most bytes of a single value's file.
const VALUE_FILE_MAX: u64 = 4096;

/// Most bytes of the SMBIOS table: servers with much memory have some ten thousand.
const TABLE_MAX: u64 = 1 << 20;

/// Most block devices looked at; machines with thousands of volumes exist.
const BLOCK_DEVICES_MAX: usize = 512;

/// What the installed system's id is derived for; another program that asks for its own gets another id.
const APPLICATION: [u8; 16] = [
    0x4e, 0x1f, 0x0a, 0x5c, 0x93, 0x27, 0x4b, 0x6d, 0xa8, 0x30, 0x2c, 0xd7, 0x61, 0xbe, 0x54, 0x19,
];

/// Names of block devices that are no disks: made of others, of memory, of files, of the network, or with a medium that
/// comes and goes.
const NO_DISKS: [&str; 13] = [
    "loop", "dm-", "zram", "ram", "sr", "fd", "md", "nbd", "rbd", "drbd", "zd", "bcache", "mtdblock",
];

/// Parts of a device's path that mean: plugged in from outside, or on the network (iSCSI, Fibre Channel).
const OUTSIDE: [&str; 5] = ["/usb", "/session", "/rport-", "/firewire", "/thunderbolt"];

/// Reads everything below `root`, which is `/` but in tests.
pub(super) fn read(root: &Path) -> Evidence {
    let dmi = root.join("sys/class/dmi/id");
    // The kernel has put the UUID's bytes in order already, by the version of the tables.
    let mut found = Evidence {
        smbios_uuid: text(&dmi.join("product_uuid")).and_then(|uuid| smbios::canonical(&uuid)),
        os_install_id: os_install_id(root),
        board_serial: value(&dmi.join("board_serial")),
        product_serial: value(&dmi.join("product_serial")),
        disk_serials: disk_serials(&root.join("sys/block")),
    };
    if found.smbios_uuid.is_none() || found.board_serial.is_none() || found.product_serial.is_none() {
        let tables = root.join("sys/firmware/dmi/tables");
        let version = bytes(&tables.join("smbios_entry_point"), VALUE_FILE_MAX)
            .and_then(|entry| smbios::version(&entry));
        if let (Some(version), Some(table)) = (version, bytes(&tables.join("DMI"), TABLE_MAX)) {
            let told = smbios::identity(&table, version);
            let or_told = |value: Option<String>, told: Option<String>| value.or_else(|| clean(&told?));
            found.smbios_uuid = found.smbios_uuid.or(told.uuid);
            found.board_serial = or_told(found.board_serial, told.board_serial);
            found.product_serial = or_told(found.product_serial, told.product_serial);
        }
    }
    // Boards without SMBIOS have a device tree.
    found.board_serial = found
        .board_serial
        .or_else(|| value(&root.join("proc/device-tree/serial-number")));
    found
}

/// Derived as systemd derives ids for applications: HMAC-SHA256 keyed with the machine id. The id itself is never told.
fn os_install_id(root: &Path) -> Option<String> {
    let places = ["etc/machine-id", "var/lib/dbus/machine-id"];
    let id = places
        .iter()
        .find_map(|place| machine_id(&text(&root.join(place))?))?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&id).ok()?;
    mac.update(&APPLICATION);
    let derived = mac.finalize().into_bytes();
    Some(
        derived
            .iter()
            .take(16)
            .map(|byte| format!("{byte:02x}"))
            .collect(),
    )
}

/// 32 hexadecimal digits and a line end; an image that was never started has the word "uninitialized" or nothing.
fn machine_id(text: &str) -> Option<[u8; 16]> {
    let text = text.trim();
    let plain = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let mut id = [0; 16];
    for (at, byte) in id.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(at * 2..at * 2 + 2).filter(|_| plain)?, 16).ok()?;
    }
    (id != [0; 16]).then_some(id)
}

fn disk_serials(block: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(block) else {
        return Vec::new();
    };
    let entries = entries.flatten().take(BLOCK_DEVICES_MAX);
    // Sorted and each once: paths to one disk are several (multipath), their order changes.
    let serials: BTreeSet<String> = entries
        .filter(|entry| is_fixed_disk(&entry.path(), &entry.file_name().to_string_lossy()))
        .filter_map(|entry| disk_serial(&entry.path()))
        .collect();
    serials.into_iter().take(DISKS_MAX).collect()
}

fn is_fixed_disk(device: &Path, name: &str) -> bool {
    if NO_DISKS.iter().any(|prefix| name.starts_with(prefix)) {
        return false;
    }
    let is = |file: &str, wanted: &str| text(&device.join(file)).is_some_and(|text| text.trim() == wanted);
    // A card in a slot is not called removable, but says that it is a card.
    if is("removable", "1") || is("device/type", "SD") {
        return false;
    }
    let real = fs::canonicalize(device).unwrap_or_else(|_| device.to_owned());
    let real = real.to_string_lossy();
    !OUTSIDE.iter().any(|part| real.contains(part))
}

/// From the most to the least direct source: NVMe and eMMC, virtio, SCSI and ATA, the name of the logical unit.
pub(crate) fn disk_serial(device: &Path) -> Option<String> {
    let of_scsi = || {
        let page = bytes(&device.join("device/vpd_pg80"), VALUE_FILE_MAX)?;
        clean(&String::from_utf8_lossy(vpd_serial(&page)?))
    };
    value(&device.join("device/serial"))
        .or_else(|| value(&device.join("serial")))
        .or_else(of_scsi)
        .or_else(|| value(&device.join("device/wwid")))
        .or_else(|| value(&device.join("wwid")))
}

/// The text of the page "unit serial number" (SPC, vital product data 80h): four bytes of header, two of them the length.
fn vpd_serial(page: &[u8]) -> Option<&[u8]> {
    let &[_, 0x80, high, low, ref rest @ ..] = page else {
        return None;
    };
    let length = usize::from(u16::from_be_bytes([high, low]));
    Some(&rest[..length.min(rest.len())])
}

fn value(path: &Path) -> Option<String> {
    clean(&text(path)?)
}

fn text(path: &Path) -> Option<String> {
    Some(String::from_utf8_lossy(&bytes(path, VALUE_FILE_MAX)?).into_owned())
}

/// The start of a file; `None` when it is not there or not for us.
fn bytes(path: &Path, max: u64) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(max).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// A made-up system.
    struct Tree(tempfile::TempDir);

    impl Tree {
        fn new() -> Self {
            Self(tempfile::tempdir().unwrap())
        }

        fn put(&self, path: &str, content: impl AsRef<[u8]>) -> &Self {
            let path = self.0.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
            self
        }

        /// A block device as the kernel shows it: a link from `sys/block` to where it is attached.
        fn disk(&self, name: &str, attached: &str, files: &[(&str, &str)]) -> &Self {
            let place = format!("sys/devices/{attached}/{name}");
            for (file, content) in files {
                self.put(&format!("{place}/{file}"), content);
            }
            let links = self.0.path().join("sys/block");
            fs::create_dir_all(&links).unwrap();
            symlink(self.0.path().join(place), links.join(name)).unwrap();
            self
        }

        fn read(&self) -> Evidence {
            read(self.0.path())
        }
    }

    #[test]
    fn nothing_is_there() {
        assert_eq!(Tree::new().read(), Evidence::default());
    }

    #[test]
    fn a_usual_machine() {
        let tree = Tree::new();
        tree.put(
            "sys/class/dmi/id/product_uuid",
            "4C4C4544-0042-3510-8052-B4C04F4A4E32\n",
        )
        .put("sys/class/dmi/id/board_serial", "/B5R4JN2/CN1296375400A1/\n")
        .put("sys/class/dmi/id/product_serial", "B5R4JN2\n")
        .put("etc/machine-id", "b08dfa6083e7567a1921a715000001fb\n")
        .disk(
            "nvme0n1",
            "pci0000:00/nvme/nvme0",
            &[("device/serial", "S3Z9NB0K   \n"), ("removable", "0\n")],
        );
        let found = tree.read();
        assert_eq!(
            found.smbios_uuid.as_deref(),
            Some("4c4c4544-0042-3510-8052-b4c04f4a4e32")
        );
        assert_eq!(found.board_serial.as_deref(), Some("/B5R4JN2/CN1296375400A1/"));
        assert_eq!(found.product_serial.as_deref(), Some("B5R4JN2"));
        assert_eq!(found.disk_serials, ["S3Z9NB0K"]);
    }

    #[test]
    fn the_systems_own_id_is_never_told() {
        let tree = Tree::new();
        tree.put("etc/machine-id", "b08dfa6083e7567a1921a715000001fb\n");
        let id = tree.read().os_install_id.unwrap();
        // Worked out with: openssl mac -digest SHA256 -macopt hexkey:b08d… -in application HMAC
        assert_eq!(id, EXPECTED);
        tree.put("etc/machine-id", "B08DFA6083E7567A1921A715000001FB");
        assert_eq!(tree.read().os_install_id, Some(id));
        for none in [
            "uninitialized\n",
            "",
            "00000000000000000000000000000000\n",
            "é08dfa6083e7567a1921a715000001f",
        ] {
            tree.put("etc/machine-id", none);
            assert_eq!(tree.read().os_install_id, None, "{none}");
        }
        tree.put("var/lib/dbus/machine-id", "b08dfa6083e7567a1921a715000001fb\n");
        assert_eq!(tree.read().os_install_id.as_deref(), Some(EXPECTED));
    }

    const EXPECTED: &str = "aa61efbf61d4cbd1f0072564c92fedc0";

    #[test]
    fn the_tables_stand_in_for_what_the_kernel_does_not_show() {
        let tree = Tree::new();
        let mut table = vec![1, 25, 1, 0, 0, 0, 0, 1];
        table.extend([
            0x33, 0x22, 0x11, 0x00, 0x55, 0x44, 0x77, 0x66, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff, 6,
        ]);
        table.extend_from_slice(b"SYS-1 \0\0\x02\x08\x02\x00\x00\x00\x00\x01BRD-2\0\0\x7f\x04\x7f\x00\0\0");
        tree.put("sys/firmware/dmi/tables/DMI", table)
            .put(
                "sys/firmware/dmi/tables/smbios_entry_point",
                b"_SM3_\x00\x18\x03\x02\x00",
            )
            .put("sys/class/dmi/id/product_serial", "Shown\n");
        let found = tree.read();
        assert_eq!(
            found.smbios_uuid.as_deref(),
            Some("00112233-4455-6677-8899-aabbccddeeff")
        );
        assert_eq!(found.board_serial.as_deref(), Some("BRD-2"));
        assert_eq!(found.product_serial.as_deref(), Some("Shown"));
    }

    #[test]
    fn a_board_with_a_device_tree() {
        let tree = Tree::new();
        tree.put("proc/device-tree/serial-number", b"10000000abcdef01\0");
        assert_eq!(tree.read().board_serial.as_deref(), Some("10000000abcdef01"));
    }

    #[test]
    fn only_fixed_disks_inside_count() {
        let tree = Tree::new();
        let serial = |serial| [("device/serial", serial), ("removable", "0\n")];
        tree.disk("nvme0n1", "virtual/nvme-subsystem/nvme-subsys0", &serial("NVME"))
            .disk(
                "vda",
                "pci/virtio1/block",
                &[("serial", "VIRTIO"), ("removable", "0")],
            )
            .disk(
                "sda",
                "pci/ata1/host0/target0:0:0/0:0:0:0/block",
                &[("device/vpd_pg80", "\0\u{80}")],
            )
            .disk("sdb", "pci/usb1/1-1/host6/block", &serial("USB"))
            .disk(
                "sdc",
                "pci/ata3/host2/block",
                &[("device/serial", "CARTRIDGE"), ("removable", "1\n")],
            )
            .disk(
                "sdd",
                "platform/host3/session1/target3:0:0/block",
                &serial("ISCSI"),
            )
            .disk(
                "sde",
                "pci/ata4/host4/block",
                &[("device/wwid", "naa.5000c500a1b2c3d4\n")],
            )
            .disk(
                "mmcblk0",
                "platform/mmc0/block",
                &[("device/type", "MMC\n"), ("device/serial", "0x1234")],
            )
            .disk(
                "mmcblk1",
                "platform/mmc1/block",
                &[("device/type", "SD\n"), ("device/serial", "0x5678")],
            )
            .disk("loop0", "virtual/block", &serial("LOOP"))
            .disk("dm-0", "virtual/block", &serial("MAPPER"))
            .disk("zram0", "virtual/block", &serial("MEMORY"));
        let sda = "sys/devices/pci/ata1/host0/target0:0:0/0:0:0:0/block/sda/device/vpd_pg80";
        tree.put(sda, b"\0\x80\0\x0c  WD-ABC123 trailing");
        assert_eq!(
            tree.read().disk_serials,
            ["0x1234", "NVME", "VIRTIO", "WD-ABC123", "naa.5000c500a1b2c3d4"]
        );
    }

    #[test]
    fn many_disks_are_capped_in_a_lasting_order() {
        let tree = Tree::new();
        for at in (0..20).rev() {
            tree.disk(
                &format!("nvme{at}n1"),
                "pci",
                &[("device/serial", &format!("S{at:02}"))],
            );
        }
        // The same disk by another path.
        tree.disk("nvme20n1", "pci", &[("device/serial", "S00")]);
        let found = tree.read().disk_serials;
        assert_eq!(found, ["S00", "S01", "S02", "S03", "S04", "S05", "S06", "S07"]);
    }

    #[test]
    fn pages_of_any_shape() {
        assert_eq!(vpd_serial(b"\0\x80\0\x03abcdef"), Some(&b"abc"[..]));
        assert_eq!(vpd_serial(b"\0\x80\xff\xffabc"), Some(&b"abc"[..]));
        assert_eq!(vpd_serial(b"\0\x83\0\x03abc"), None);
        assert_eq!(vpd_serial(b"\0\x80\0"), None);
    }
}
