//! What the machine is made of, from SMBIOS and sysfs. Names of devices on PCI are only told where firmware has them: the
//! kernel knows numbers, and a list of names belongs to who shows them.

use std::collections::BTreeMap;

use farol_inventory::hardware::{
    Battery, BatteryState, Board, Firmware, Gpu, HardwareVolatile, Measure, MemoryModule, Monitor, PciDevice,
    Processor, Sensor, UsbDevice,
};
use farol_inventory::{Hardware, ProblemCode};

use super::edid;
use super::root::Sensors;
use crate::evidence::smbios;

/// Memory that the system sees differs between kernels by some megabytes; machines differ by more.
const MEMORY_STEP: u64 = 64 << 20;

/// Most bytes of the SMBIOS table: servers with much memory have some ten thousand.
const TABLE_MAX: u64 = 1 << 20;

pub(super) fn read(sensors: &mut Sensors<'_>) -> Hardware {
    let dmi = |name: &str| meaningful(sensors.value(format!("sys/class/dmi/id/{name}")));
    let mut found = Hardware {
        maker: dmi("sys_vendor"),
        model: dmi("product_name").or_else(|| sensors.value("proc/device-tree/model")),
        version: dmi("product_version"),
        family: dmi("product_family"),
        sku: dmi("product_sku"),
        serial: dmi("product_serial").or_else(|| sensors.value("proc/device-tree/serial-number")),
        asset_tag: dmi("chassis_asset_tag"),
        chassis: dmi("chassis_type").and_then(|code| chassis(&code)),
        board: Board {
            maker: dmi("board_vendor"),
            model: dmi("board_name"),
            version: dmi("board_version"),
            serial: dmi("board_serial"),
        },
        firmware: Firmware {
            maker: dmi("bios_vendor"),
            version: dmi("bios_version"),
            released_at_ms: dmi("bios_date").and_then(|date| american_date(&date)),
            kind: firmware_kind(sensors),
        },
        ..Hardware::default()
    };
    found.processors = processors(sensors);
    memory(sensors, &mut found);
    found.pci_devices = pci_devices(sensors);
    found.gpus = found.pci_devices.iter().filter_map(gpu).collect();
    found.usb_devices = usb_devices(sensors);
    found.monitors = monitors(sensors);
    let (batteries, states) = batteries(sensors);
    let (measuring, measures) = measuring(sensors);
    found.batteries = batteries;
    found.sensors = measuring;
    found.volatile = HardwareVolatile {
        sensors: measures,
        batteries: states,
    };
    found
}

/// What firmware says when nobody filled it in.
const FILLERS: [&str; 14] = [
    "to be filled by o.e.m.",
    "default string",
    "not specified",
    "not applicable",
    "not available",
    "system serial number",
    "system product name",
    "system manufacturer",
    "system version",
    "none",
    "n/a",
    "unknown",
    "no asset tag",
    "0123456789",
];

fn meaningful(value: Option<String>) -> Option<String> {
    value.filter(|value| {
        let lower = value.trim().to_lowercase();
        !FILLERS.contains(&lower.as_str()) && lower.chars().any(|c| c.is_alphanumeric() && c != '0')
    })
}

/// DSP0134, table 17.
fn chassis(code: &str) -> Option<String> {
    let kind = match code.parse::<u8>().ok()? {
        3..=7 | 13 | 15 | 16 | 35 | 36 => "desktop",
        8..=10 | 14 | 31 | 32 => "laptop",
        17 | 23 | 25 | 28 | 29 => "server",
        11 | 30 => "tablet",
        _ => return None,
    };
    Some(kind.into())
}

fn firmware_kind(sensors: &Sensors<'_>) -> Option<String> {
    if sensors.exists("sys/firmware/efi") {
        return Some("uefi".into());
    }
    sensors
        .exists("sys/class/dmi/id/bios_version")
        .then(|| "bios".into())
}

/// `03/30/2023`, as SMBIOS writes it, as milliseconds since 1970.
fn american_date(text: &str) -> Option<i64> {
    let mut parts = text.trim().splitn(3, '/').map(|part| part.parse::<i64>().ok());
    let (month, day, year) = (parts.next()??, parts.next()??, parts.next()??);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || !(1980..=2100).contains(&year) {
        return None;
    }
    // Days since 1970 of the civil calendar; years begin in March, so that the leap day is their last.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 1 - 719_468;
    Some(days * 86_400_000)
}

/// One for each socket. `cpuinfo` has a paragraph for each thread.
fn processors(sensors: &mut Sensors<'_>) -> Vec<Processor> {
    let text = sensors.needed("/processors", "proc/cpuinfo").unwrap_or_default();
    let mut sockets: BTreeMap<String, Processor> = BTreeMap::new();
    for thread in text.split("\n\n") {
        let fields = colon_fields(thread);
        let get = |name: &str| fields.get(name).map(|value| (*value).to_owned());
        // Boards with ARM have a last paragraph that is about the board.
        if !fields.contains_key("processor") {
            continue;
        }
        let slot = get("physical id").unwrap_or_else(|| "0".into());
        let processor = sockets.entry(slot.clone()).or_insert_with(|| Processor {
            slot: Some(slot),
            maker: get("vendor_id").or_else(|| get("CPU implementer")),
            model: get("model name").or_else(|| get("CPU part")),
            cores: get("cpu cores").and_then(|cores| cores.parse().ok()),
            threads: Some(0),
            max_mhz: None,
        });
        processor.threads = processor.threads.map(|threads| threads + 1);
    }
    let max = sensors.number("sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq");
    let mut found: Vec<Processor> = sockets.into_values().collect();
    for processor in &mut found {
        processor.max_mhz = max.map(|khz| khz / 1000);
    }
    found
}

fn colon_fields(text: &str) -> BTreeMap<&str, &str> {
    let lines = text.lines().filter_map(|line| line.split_once(':'));
    lines
        .map(|(name, value)| (name.trim(), value.trim()))
        .filter(|(_, value)| !value.is_empty())
        .collect()
}

/// Modules from the SMBIOS table, which root alone may read; the sum from them or from what the system sees.
fn memory(sensors: &mut Sensors<'_>, found: &mut Hardware) {
    let table = "sys/firmware/dmi/tables/DMI";
    let slots = match sensors.bytes(table, TABLE_MAX) {
        Some(table) => smbios::memory_slots(&table),
        None => {
            let code = if sensors.exists(table) {
                ProblemCode::NotPermitted
            } else {
                ProblemCode::NotAvailable
            };
            sensors.note("/memory_modules", code, "smbios");
            Vec::new()
        }
    };
    found.memory_slots = Some(slots.len() as u64).filter(|slots| *slots > 0);
    let filled = slots.into_iter().filter(|slot| slot.size_bytes.is_some());
    found.memory_modules = filled
        .map(|slot| MemoryModule {
            slot: meaningful(slot.slot),
            bank: meaningful(slot.bank),
            size_bytes: slot.size_bytes,
            kind: slot.kind.map(str::to_owned),
            speed_mts: slot.speed_mts,
            maker: meaningful(slot.maker),
            part: meaningful(slot.part),
            serial: meaningful(slot.serial),
        })
        .collect();
    let sizes = found.memory_modules.iter().filter_map(|module| module.size_bytes);
    let sum = sizes.fold(0_u64, u64::saturating_add);
    found.memory_bytes = Some(sum).filter(|sum| *sum > 0).or_else(|| seen_memory(sensors));
}

fn seen_memory(sensors: &mut Sensors<'_>) -> Option<u64> {
    let text = sensors.needed("/memory_bytes", "proc/meminfo")?;
    let total = colon_fields(&text)
        .get("MemTotal")?
        .split_whitespace()
        .next()?
        .parse::<u64>()
        .ok()?;
    let bytes = total.checked_mul(1024)?;
    Some(bytes.next_multiple_of(MEMORY_STEP))
}

/// Base classes of PCI; bridges and what belongs to the chipset say nothing to people.
fn pci_class(class: &str) -> Option<&'static str> {
    Some(match class.trim_start_matches("0x").get(..2)? {
        "01" => "storage",
        "02" => "network",
        "03" => "display",
        "04" => "multimedia",
        "07" => "communication",
        "09" => "input",
        "0c" => "serial_bus",
        "0d" => "wireless",
        "10" => "encryption",
        "12" => "accelerator",
        "00" | "ff" => "other",
        _ => return None,
    })
}

fn pci_devices(sensors: &Sensors<'_>) -> Vec<PciDevice> {
    let folder = "sys/bus/pci/devices";
    let devices = sensors.names(folder).into_iter().filter_map(|slot| {
        let file = |name: &str| sensors.value(format!("{folder}/{slot}/{name}"));
        let id = |name: &str| file(name).map(|id| id.trim_start_matches("0x").to_lowercase());
        Some(PciDevice {
            class: Some(pci_class(&file("class")?)?.to_owned()),
            vendor: None,
            product: file("label"),
            vendor_id: id("vendor"),
            device_id: id("device"),
            driver: sensors.link(format!("{folder}/{slot}/driver")),
            slot: Some(slot.clone()),
        })
    });
    devices.collect()
}

fn gpu(device: &PciDevice) -> Option<Gpu> {
    (device.class.as_deref() == Some("display")).then(|| Gpu {
        slot: device.slot.clone(),
        maker: device.vendor.clone(),
        model: device.product.clone(),
        vendor_id: device.vendor_id.clone(),
        device_id: device.device_id.clone(),
        driver: device.driver.clone(),
    })
}

fn usb_devices(sensors: &Sensors<'_>) -> Vec<UsbDevice> {
    let folder = "sys/bus/usb/devices";
    // Interfaces of a device have a colon in their name.
    let ports = sensors
        .names(folder)
        .into_iter()
        .filter(|port| !port.contains(':'));
    let devices = ports.filter_map(|port| {
        let file = |name: &str| sensors.value(format!("{folder}/{port}/{name}"));
        let is_hub = file("bDeviceClass").as_deref() == Some("09");
        let vendor_id = file("idVendor").filter(|_| !is_hub)?;
        Some(UsbDevice {
            maker: file("manufacturer"),
            product: file("product"),
            vendor_id: Some(vendor_id),
            product_id: file("idProduct"),
            serial: file("serial"),
            port: Some(port.clone()),
        })
    });
    devices.collect()
}

fn monitors(sensors: &Sensors<'_>) -> Vec<Monitor> {
    let folder = "sys/class/drm";
    let found = sensors.names(folder).into_iter().filter_map(|name| {
        let (_, connector) = name.strip_prefix("card")?.split_once('-')?;
        let bytes = sensors.bytes(format!("{folder}/{name}/edid"), edid::LENGTH_MAX)?;
        let mut monitor = edid::monitor(&bytes)?;
        monitor.connector = Some(connector.to_owned());
        Some(monitor)
    });
    found.collect()
}

fn batteries(sensors: &Sensors<'_>) -> (Vec<Battery>, Vec<BatteryState>) {
    let folder = "sys/class/power_supply";
    let (mut batteries, mut states) = (Vec::new(), Vec::new());
    for name in sensors.names(folder) {
        let file = |file: &str| sensors.value(format!("{folder}/{name}/{file}"));
        let number = |name: &str| file(name)?.parse::<u64>().ok();
        // Those of mice and keyboards come and go.
        if file("type").as_deref() != Some("Battery") || file("scope").as_deref() == Some("Device") {
            continue;
        }
        // Microwatt hours, or microampere hours and the voltage that they are meant at.
        let volts = number("voltage_min_design");
        let held = |energy: &str, charge: &str| {
            let of_charge = || number(charge)?.checked_mul(volts?)?.checked_div(1_000_000);
            number(energy)
                .or_else(of_charge)
                .map(|microwatts| microwatts / 1000)
        };
        let (design, full) = (
            held("energy_full_design", "charge_full_design"),
            held("energy_full", "charge_full"),
        );
        let health = full
            .zip(design)
            .and_then(|(full, design)| full.checked_mul(100)?.checked_div(design));
        batteries.push(Battery {
            name: Some(name.clone()),
            maker: file("manufacturer"),
            model: file("model_name"),
            serial: meaningful(file("serial_number")),
            technology: file("technology").map(|name| name.to_lowercase()),
            design_mwh: design,
        });
        states.push(BatteryState {
            state: file("status").map(|status| match status.as_str() {
                "Not charging" => "idle".to_owned(),
                other => other.to_lowercase(),
            }),
            charge_percent: number("capacity").map(|percent| percent.min(100)),
            full_mwh: full,
            health_percent: health.map(|percent| percent.min(100)),
            cycles: number("cycle_count"),
            name: Some(name.clone()),
        });
    }
    (batteries, states)
}

/// What the kernel's hardware monitors measure. Their numbers change with every start, so they are named by chip and device.
fn measuring(sensors: &Sensors<'_>) -> (Vec<Sensor>, Vec<Measure>) {
    let folder = "sys/class/hwmon";
    let (mut found, mut measures) = (Vec::new(), Vec::new());
    for monitor in sensors.names(folder) {
        let place = format!("{folder}/{monitor}");
        let chip = sensors.value(format!("{place}/name")).unwrap_or_default();
        let device = sensors.link(format!("{place}/device")).unwrap_or_default();
        for file in sensors.names(&place) {
            let Some(input) = file.strip_suffix("_input") else {
                continue;
            };
            let kind = input.trim_end_matches(|c: char| c.is_ascii_digit());
            let Some(value) = sensors
                .value(format!("{place}/{file}"))
                .and_then(|text| text.parse().ok())
            else {
                continue;
            };
            let Some((kind, measure)) = measure(kind, value) else {
                continue;
            };
            let label = sensors
                .value(format!("{place}/{input}_label"))
                .unwrap_or_else(|| input.to_owned());
            let name = format!("{chip} {device} {label}")
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ");
            found.push(Sensor {
                name: Some(name.clone()),
                kind: Some(kind.into()),
            });
            measures.push(Measure {
                name: Some(name),
                ..measure
            });
        }
    }
    (found, measures)
}

fn measure(kind: &str, value: i64) -> Option<(&'static str, Measure)> {
    let positive = u64::try_from(value).ok();
    let nothing = Measure::default();
    Some(match kind {
        "temp" => (
            "temperature",
            Measure {
                temperature_millicelsius: Some(value),
                ..nothing
            },
        ),
        "fan" => (
            "fan",
            Measure {
                speed_rpm: positive,
                ..nothing
            },
        ),
        "in" => (
            "voltage",
            Measure {
                voltage_mv: Some(value),
                ..nothing
            },
        ),
        "power" => (
            "power",
            Measure {
                power_mw: positive.map(|microwatts| microwatts / 1000),
                ..nothing
            },
        ),
        _ => return None,
    })
}

#[cfg(test)]
#[path = "hardware_tests.rs"]
mod tests;
