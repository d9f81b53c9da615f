//! The section `hardware`: what the machine is made of. What sensors and batteries measure is volatile; that they are
//! there is a fact.

use serde::{Deserialize, Serialize};

use crate::canonical::List;
use crate::fields::{Facts, Fields};

/// Modules by their slot, so that one that is exchanged is one change; what has no place of its own by what it is.
pub(crate) const LISTS: &[List] = &[
    List::keyed("processors", &[&["slot"], &["model"]], &["model"]),
    List::keyed("memory_modules", &[&["slot", "bank"], &["slot"]], &["slot"]),
    List::keyed("gpus", &[&["slot"], &["model"]], &["model", "slot"]),
    List::keyed("pci_devices", &[&["slot"]], &["product", "slot"]),
    List::keyed(
        "usb_devices",
        &[&["vendor_id", "product_id", "serial"], &["port"]],
        &["product", "port"],
    ),
    List::keyed(
        "monitors",
        &[&["maker", "model", "serial"], &["connector"]],
        &["model", "connector"],
    ),
    List::keyed("batteries", &[&["serial", "name"], &["name"]], &["model", "name"]),
    List::keyed("sensors", &[&["name"]], &["name"]),
];

/// What the machine is made of.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Hardware {
    /// Who made it.
    pub maker: Option<String>,
    /// Model, as its maker calls it.
    pub model: Option<String>,
    /// Version or revision of the model.
    pub version: Option<String>,
    /// Family of models.
    pub family: Option<String>,
    /// Number it is ordered by.
    pub sku: Option<String>,
    /// Serial number on its label.
    pub serial: Option<String>,
    /// Tag that its owner wrote into the firmware.
    pub asset_tag: Option<String>,
    /// `desktop`, `laptop`, `server`, `tablet`, `virtual`, …
    pub chassis: Option<String>,
    /// Main board.
    pub board: Board,
    /// Firmware that starts it.
    pub firmware: Firmware,
    /// Processors, one for each socket.
    pub processors: Vec<Processor>,
    /// All memory: of the modules where they are known, otherwise what the system sees, rounded.
    pub memory_bytes: Option<u64>,
    /// Slots for modules, empty ones included.
    pub memory_slots: Option<u64>,
    /// Modules that are in.
    pub memory_modules: Vec<MemoryModule>,
    /// Graphics.
    pub gpus: Vec<Gpu>,
    /// What is on PCI, graphics included, bridges not.
    pub pci_devices: Vec<PciDevice>,
    /// What is on USB, hubs not.
    pub usb_devices: Vec<UsbDevice>,
    /// Monitors that are plugged in.
    pub monitors: Vec<Monitor>,
    /// Batteries, those of peripherals not.
    pub batteries: Vec<Battery>,
    /// Sensors there are.
    pub sensors: Vec<Sensor>,
    /// What changes by itself.
    pub volatile: HardwareVolatile,
}

impl Facts for Hardware {
    fn take(fields: &mut Fields<'_>) -> Self {
        Self {
            maker: fields.text("maker"),
            model: fields.text("model"),
            version: fields.text("version"),
            family: fields.text("family"),
            sku: fields.text("sku"),
            serial: fields.text("serial"),
            asset_tag: fields.text("asset_tag"),
            chassis: fields.text("chassis"),
            board: fields.one("board"),
            firmware: fields.one("firmware"),
            processors: fields.list("processors"),
            memory_bytes: fields.number("memory_bytes"),
            memory_slots: fields.number("memory_slots"),
            memory_modules: fields.list("memory_modules"),
            gpus: fields.list("gpus"),
            pci_devices: fields.list("pci_devices"),
            usb_devices: fields.list("usb_devices"),
            monitors: fields.list("monitors"),
            batteries: fields.list("batteries"),
            sensors: fields.list("sensors"),
            volatile: fields.one("volatile"),
        }
    }
}

/// A main board.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Board {
    /// Who made it.
    pub maker: Option<String>,
    /// Model.
    pub model: Option<String>,
    /// Revision.
    pub version: Option<String>,
    /// Serial number.
    pub serial: Option<String>,
}

impl Facts for Board {
    fn take(fields: &mut Fields<'_>) -> Self {
        Self {
            maker: fields.text("maker"),
            model: fields.text("model"),
            version: fields.text("version"),
            serial: fields.text("serial"),
        }
    }
}

/// Firmware.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Firmware {
    /// Who wrote it.
    pub maker: Option<String>,
    /// Version.
    pub version: Option<String>,
    /// Day it was released.
    pub released_at_ms: Option<i64>,
    /// `uefi` or `bios`.
    pub kind: Option<String>,
}

impl Facts for Firmware {
    fn take(fields: &mut Fields<'_>) -> Self {
        Self {
            maker: fields.text("maker"),
            version: fields.text("version"),
            released_at_ms: fields.time("released_at_ms"),
            kind: fields.text("kind"),
        }
    }
}

/// A processor.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Processor {
    /// Socket: `0`, `CPU 1`.
    pub slot: Option<String>,
    /// Who made it.
    pub maker: Option<String>,
    /// Model.
    pub model: Option<String>,
    /// Cores.
    pub cores: Option<u64>,
    /// Threads of all its cores.
    pub threads: Option<u64>,
    /// Highest clock.
    pub max_mhz: Option<u64>,
}

impl Facts for Processor {
    fn take(fields: &mut Fields<'_>) -> Self {
        Self {
            slot: fields.text("slot"),
            maker: fields.text("maker"),
            model: fields.text("model"),
            cores: fields.number("cores"),
            threads: fields.number("threads"),
            max_mhz: fields.number("max_mhz"),
        }
    }
}

/// A memory module.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct MemoryModule {
    /// Where it is in: `DIMM_A1`.
    pub slot: Option<String>,
    /// Bank, where slots of several banks have one name.
    pub bank: Option<String>,
    /// Size.
    pub size_bytes: Option<u64>,
    /// `DDR4`, `LPDDR5`.
    pub kind: Option<String>,
    /// What it could do, in million transfers a second.
    pub speed_mts: Option<u64>,
    /// Who made it.
    pub maker: Option<String>,
    /// Number of the part.
    pub part: Option<String>,
    /// Serial number.
    pub serial: Option<String>,
}

impl Facts for MemoryModule {
    fn take(fields: &mut Fields<'_>) -> Self {
        Self {
            slot: fields.text("slot"),
            bank: fields.text("bank"),
            size_bytes: fields.number("size_bytes"),
            kind: fields.text("kind"),
            speed_mts: fields.number("speed_mts"),
            maker: fields.text("maker"),
            part: fields.text("part"),
            serial: fields.text("serial"),
        }
    }
}

/// Graphics.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Gpu {
    /// Where: `0000:01:00.0`.
    pub slot: Option<String>,
    /// Who made it.
    pub maker: Option<String>,
    /// Model.
    pub model: Option<String>,
    /// Four hexadecimal digits.
    pub vendor_id: Option<String>,
    /// Four hexadecimal digits.
    pub device_id: Option<String>,
    /// Driver that is bound.
    pub driver: Option<String>,
}

impl Facts for Gpu {
    fn take(fields: &mut Fields<'_>) -> Self {
        Self {
            slot: fields.text("slot"),
            maker: fields.text("maker"),
            model: fields.text("model"),
            vendor_id: fields.text("vendor_id"),
            device_id: fields.text("device_id"),
            driver: fields.text("driver"),
        }
    }
}

/// A device on PCI.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PciDevice {
    /// Where: `0000:01:00.0`.
    pub slot: Option<String>,
    /// `network`, `storage`, `display`, `multimedia`, …
    pub class: Option<String>,
    /// Who made it, if the machine knows.
    pub vendor: Option<String>,
    /// What it is, if the machine knows.
    pub product: Option<String>,
    /// Four hexadecimal digits.
    pub vendor_id: Option<String>,
    /// Four hexadecimal digits.
    pub device_id: Option<String>,
    /// Driver that is bound.
    pub driver: Option<String>,
}

impl Facts for PciDevice {
    fn take(fields: &mut Fields<'_>) -> Self {
        Self {
            slot: fields.text("slot"),
            class: fields.text("class"),
            vendor: fields.text("vendor"),
            product: fields.text("product"),
            vendor_id: fields.text("vendor_id"),
            device_id: fields.text("device_id"),
            driver: fields.text("driver"),
        }
    }
}

/// A device on USB.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct UsbDevice {
    /// Where: `1-2.4`.
    pub port: Option<String>,
    /// Who made it, as it says.
    pub maker: Option<String>,
    /// What it is, as it says.
    pub product: Option<String>,
    /// Four hexadecimal digits.
    pub vendor_id: Option<String>,
    /// Four hexadecimal digits.
    pub product_id: Option<String>,
    /// Serial number, as it says.
    pub serial: Option<String>,
}

impl Facts for UsbDevice {
    fn take(fields: &mut Fields<'_>) -> Self {
        Self {
            port: fields.text("port"),
            maker: fields.text("maker"),
            product: fields.text("product"),
            vendor_id: fields.text("vendor_id"),
            product_id: fields.text("product_id"),
            serial: fields.text("serial"),
        }
    }
}

/// A monitor.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Monitor {
    /// Where: `HDMI-A-1`.
    pub connector: Option<String>,
    /// Three letters: `DEL`.
    pub maker: Option<String>,
    /// Model.
    pub model: Option<String>,
    /// Serial number.
    pub serial: Option<String>,
    /// Year it was made.
    pub made_year: Option<u64>,
    /// Width of the picture.
    pub width_mm: Option<u64>,
    /// Height of the picture.
    pub height_mm: Option<u64>,
}

impl Facts for Monitor {
    fn take(fields: &mut Fields<'_>) -> Self {
        Self {
            connector: fields.text("connector"),
            maker: fields.text("maker"),
            model: fields.text("model"),
            serial: fields.text("serial"),
            made_year: fields.number("made_year"),
            width_mm: fields.number("width_mm"),
            height_mm: fields.number("height_mm"),
        }
    }
}

/// A battery.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Battery {
    /// Name in the system: `BAT0`.
    pub name: Option<String>,
    /// Who made it.
    pub maker: Option<String>,
    /// Model.
    pub model: Option<String>,
    /// Serial number.
    pub serial: Option<String>,
    /// `li-ion`, `li-poly`, …
    pub technology: Option<String>,
    /// What it held when new.
    pub design_mwh: Option<u64>,
}

impl Facts for Battery {
    fn take(fields: &mut Fields<'_>) -> Self {
        Self {
            name: fields.text("name"),
            maker: fields.text("maker"),
            model: fields.text("model"),
            serial: fields.text("serial"),
            technology: fields.text("technology"),
            design_mwh: fields.number("design_mwh"),
        }
    }
}

/// Something that measures.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Sensor {
    /// Which: `coretemp Package id 0`.
    pub name: Option<String>,
    /// `temperature`, `fan`, `voltage`, `power`.
    pub kind: Option<String>,
}

impl Facts for Sensor {
    fn take(fields: &mut Fields<'_>) -> Self {
        Self {
            name: fields.text("name"),
            kind: fields.text("kind"),
        }
    }
}

/// What changes by itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct HardwareVolatile {
    /// What sensors measured.
    pub sensors: Vec<Measure>,
    /// How batteries are.
    pub batteries: Vec<BatteryState>,
}

impl Facts for HardwareVolatile {
    fn take(fields: &mut Fields<'_>) -> Self {
        Self {
            sensors: fields.list("sensors"),
            batteries: fields.list("batteries"),
        }
    }
}

/// What a sensor measured.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Measure {
    /// Name of the [`Sensor`].
    pub name: Option<String>,
    /// Temperature.
    pub temperature_millicelsius: Option<i64>,
    /// Speed of a fan.
    pub speed_rpm: Option<u64>,
    /// Voltage.
    pub voltage_mv: Option<i64>,
    /// Power.
    pub power_mw: Option<u64>,
}

impl Facts for Measure {
    fn take(fields: &mut Fields<'_>) -> Self {
        Self {
            name: fields.text("name"),
            temperature_millicelsius: fields.signed("temperature_millicelsius"),
            speed_rpm: fields.number("speed_rpm"),
            voltage_mv: fields.signed("voltage_mv"),
            power_mw: fields.number("power_mw"),
        }
    }
}

/// How a battery is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct BatteryState {
    /// Name of the [`Battery`].
    pub name: Option<String>,
    /// `charging`, `discharging`, `full`, `idle`.
    pub state: Option<String>,
    /// How full it is.
    pub charge_percent: Option<u64>,
    /// What it holds when full now.
    pub full_mwh: Option<u64>,
    /// That in percent of when it was new.
    pub health_percent: Option<u64>,
    /// How often it was charged.
    pub cycles: Option<u64>,
}

impl Facts for BatteryState {
    fn take(fields: &mut Fields<'_>) -> Self {
        Self {
            name: fields.text("name"),
            state: fields.text("state"),
            charge_percent: fields.percent("charge_percent"),
            full_mwh: fields.number("full_mwh"),
            health_percent: fields.percent("health_percent"),
            cycles: fields.number("cycles"),
        }
    }
}
