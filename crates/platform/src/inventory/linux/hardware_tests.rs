//! Machines that were put together for tests.

use farol_inventory::{Body, Section};

use super::super::tree::Tree;
use super::*;

fn read(tree: &Tree) -> Hardware {
    match tree.read(Section::Hardware).body {
        Body::Hardware(hardware) => hardware,
        other => panic!("{other:?}"),
    }
}

#[test]
fn firmware_is_believed_where_somebody_filled_it_in() {
    let tree = Tree::new();
    tree.files(
        "sys/class/dmi/id",
        &[
            ("sys_vendor", "Dell Inc.\n"),
            ("product_name", "Latitude 7490\n"),
            ("product_serial", "B5R4JN2\n"),
            ("product_version", "To Be Filled By O.E.M.\n"),
            ("chassis_asset_tag", "0000000\n"),
            ("chassis_type", "10\n"),
            ("board_name", "0KP0FT\n"),
            ("bios_version", "1.31.0\n"),
            ("bios_date", "03/30/2023\n"),
        ],
    );
    let found = read(&tree);
    assert_eq!(found.maker.as_deref(), Some("Dell Inc."));
    assert_eq!(found.model.as_deref(), Some("Latitude 7490"));
    assert_eq!((found.version, found.asset_tag), (None, None));
    assert_eq!(found.chassis.as_deref(), Some("laptop"));
    assert_eq!(found.board.model.as_deref(), Some("0KP0FT"));
    assert_eq!(found.firmware.kind.as_deref(), Some("bios"));
    assert_eq!(found.firmware.released_at_ms, Some(1_680_134_400_000));
}

#[test]
fn dates_of_firmware() {
    assert_eq!(american_date("01/01/2000"), Some(946_684_800_000));
    assert_eq!(american_date("02/29/2024"), Some(1_709_164_800_000));
    for wrong in [
        "",
        "13/01/2000",
        "01/32/2000",
        "01/01/00",
        "1/1",
        "a/b/c",
        "01/01/99999999999999999999",
    ] {
        assert_eq!(american_date(wrong), None, "{wrong}");
    }
}

#[test]
fn sockets_cores_and_threads() {
    let thread = |number: u8, socket: u8| {
        format!(
            "processor\t: {number}\nvendor_id\t: GenuineIntel\nmodel name\t: Xeon\nphysical id\t: {socket}\ncpu cores\t: 1\n"
        )
    };
    let tree = Tree::new();
    let text = [thread(0, 0), thread(1, 0), thread(2, 1), thread(3, 1)].join("\n");
    tree.put("proc/cpuinfo", text)
        .put(
            "sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq",
            "3600000\n",
        )
        .put("proc/meminfo", "MemTotal:       24682536 kB\nMemFree: 1 kB\n");
    let found = read(&tree);
    let told: Vec<_> = found
        .processors
        .iter()
        .map(|one| (one.slot.as_deref().unwrap(), one.cores, one.threads, one.max_mhz))
        .collect();
    assert_eq!(
        told,
        [
            ("0", Some(1), Some(2), Some(3600)),
            ("1", Some(1), Some(2), Some(3600))
        ]
    );
    // A multiple of 64 MiB, whatever this kernel kept for itself.
    assert_eq!(found.memory_bytes, Some(377 * (64 << 20)));
}

#[test]
fn memory_is_told_by_the_table() {
    let tree = Tree::new();
    tree.put(
        "sys/firmware/dmi/tables/DMI",
        crate::evidence::smbios::tests::memory_table(),
    );
    let found = read(&tree);
    assert_eq!(found.memory_slots, Some(3));
    assert_eq!(found.memory_bytes, Some((16 << 30) + (64 << 30)));
    let slots: Vec<_> = found
        .memory_modules
        .iter()
        .filter_map(|module| module.slot.as_deref())
        .collect();
    assert_eq!(slots, ["DIMM_A1", "DIMM_B1"]);
}

#[test]
fn devices_on_buses() {
    let tree = Tree::new();
    tree.files(
        "sys/bus/pci/devices/0000:01:00.0",
        &[
            ("class", "0x030000\n"),
            ("vendor", "0x10DE\n"),
            ("device", "0x1b80\n"),
        ],
    )
    .link(
        "sys/bus/pci/devices/0000:01:00.0/driver",
        "sys/bus/pci/drivers/nouveau",
    )
    .files(
        "sys/bus/pci/devices/0000:00:00.0",
        &[("class", "0x060000\n"), ("vendor", "0x8086\n")],
    )
    .files(
        "sys/bus/usb/devices/1-2",
        &[
            ("idVendor", "046d\n"),
            ("idProduct", "c52b\n"),
            ("product", "Receiver\n"),
            ("bDeviceClass", "00\n"),
        ],
    )
    .files(
        "sys/bus/usb/devices/usb1",
        &[("idVendor", "1d6b\n"), ("bDeviceClass", "09\n")],
    )
    .files("sys/bus/usb/devices/1-2:1.0", &[("idVendor", "046d\n")])
    .put("sys/class/drm/card0-HDMI-A-1/edid", edid::tests::sample())
    .put("sys/class/drm/card0-DP-1/edid", "");
    let found = read(&tree);
    assert_eq!(found.pci_devices.len(), 1);
    assert_eq!(found.gpus.len(), 1);
    assert_eq!(found.gpus[0].vendor_id.as_deref(), Some("10de"));
    assert_eq!(found.gpus[0].driver.as_deref(), Some("nouveau"));
    assert_eq!(found.usb_devices.len(), 1);
    assert_eq!(found.usb_devices[0].product.as_deref(), Some("Receiver"));
    assert_eq!(found.monitors.len(), 1);
    assert_eq!(found.monitors[0].connector.as_deref(), Some("HDMI-A-1"));
}

#[test]
fn batteries_and_sensors_are_facts_and_what_they_measure_is_not() {
    let tree = Tree::new();
    tree.files(
        "sys/class/power_supply/BAT0",
        &[
            ("type", "Battery\n"),
            ("technology", "Li-ion\n"),
            ("charge_full_design", "5000000\n"),
            ("charge_full", "4000000\n"),
            ("voltage_min_design", "12000000\n"),
            ("capacity", "81\n"),
            ("status", "Not charging\n"),
        ],
    )
    .files(
        "sys/class/power_supply/hid-1",
        &[("type", "Battery\n"), ("scope", "Device\n")],
    )
    .files("sys/class/power_supply/AC", &[("type", "Mains\n")])
    .files(
        "sys/class/hwmon/hwmon3",
        &[
            ("name", "coretemp\n"),
            ("temp1_input", "45000\n"),
            ("temp1_label", "Package id 0\n"),
            ("fan1_input", "x"),
        ],
    );
    let found = read(&tree);
    assert_eq!(found.batteries.len(), 1);
    assert_eq!(found.batteries[0].design_mwh, Some(60_000));
    assert_eq!(found.batteries[0].technology.as_deref(), Some("li-ion"));
    let state = &found.volatile.batteries[0];
    assert_eq!((state.full_mwh, state.health_percent), (Some(48_000), Some(80)));
    assert_eq!(
        (state.charge_percent, state.state.as_deref()),
        (Some(81), Some("idle"))
    );
    assert_eq!(found.sensors.len(), 1);
    assert_eq!(found.sensors[0].name.as_deref(), Some("coretemp Package id 0"));
    assert_eq!(found.volatile.sensors[0].temperature_millicelsius, Some(45_000));
}
