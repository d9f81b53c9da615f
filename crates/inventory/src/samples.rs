//! Sections for tests: one of each with every member set, and pairs that differ in something.

use proptest::prelude::*;
use serde_json::Value;

use crate::canonical::everything;
use crate::{Body, Section, disks, hardware, network, people, posture, read, software, system};

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// Every section with every member set; complete because the compiler says so.
pub(crate) fn all() -> Vec<Body> {
    vec![
        Body::System(system()),
        Body::Hardware(hardware()),
        Body::Disks(disks()),
        Body::Network(network()),
        Body::People(people()),
        Body::Software(software()),
        Body::Posture(posture()),
    ]
}

fn system() -> system::System {
    system::System {
        hostname: some("hostname"),
        os_family: some("os_family"),
        os_name: some("os_name"),
        os_edition: some("os_edition"),
        os_version: some("os_version"),
        os_build: some("os_build"),
        kernel: some("kernel"),
        arch: some("arch"),
        language: some("language"),
        time_zone: some("time_zone"),
        installed_at_ms: Some(1_700_000_040_000),
        booted_at_ms: Some(1_700_000_040_000),
        virtualization: some("virtualization"),
    }
}

#[allow(clippy::too_many_lines, reason = "one line for each member")]
fn hardware() -> hardware::Hardware {
    hardware::Hardware {
        maker: some("maker"),
        model: some("model"),
        version: some("version"),
        family: some("family"),
        sku: some("sku"),
        serial: some("serial"),
        asset_tag: some("asset_tag"),
        chassis: some("chassis"),
        board: hardware::Board {
            maker: some("maker"),
            model: some("model"),
            version: some("version"),
            serial: some("serial"),
        },
        firmware: hardware::Firmware {
            maker: some("maker"),
            version: some("version"),
            released_at_ms: Some(1_700_000_040_000),
            kind: some("kind"),
        },
        processors: vec![hardware::Processor {
            slot: some("slot"),
            maker: some("maker"),
            model: some("model"),
            cores: Some(7),
            threads: Some(7),
            max_mhz: Some(7),
        }],
        memory_bytes: Some(7),
        memory_slots: Some(7),
        memory_modules: vec![hardware::MemoryModule {
            slot: some("slot"),
            bank: some("bank"),
            size_bytes: Some(17_179_869_184),
            kind: some("kind"),
            speed_mts: Some(7),
            maker: some("maker"),
            part: some("part"),
            serial: some("serial"),
        }],
        gpus: vec![hardware::Gpu {
            slot: some("slot"),
            maker: some("maker"),
            model: some("model"),
            vendor_id: some("vendor_id"),
            device_id: some("device_id"),
            driver: some("driver"),
        }],
        pci_devices: vec![hardware::PciDevice {
            slot: some("slot"),
            class: some("class"),
            vendor: some("vendor"),
            product: some("product"),
            vendor_id: some("vendor_id"),
            device_id: some("device_id"),
            driver: some("driver"),
        }],
        usb_devices: vec![hardware::UsbDevice {
            port: some("port"),
            maker: some("maker"),
            product: some("product"),
            vendor_id: some("vendor_id"),
            product_id: some("product_id"),
            serial: some("serial"),
        }],
        monitors: vec![hardware::Monitor {
            connector: some("connector"),
            maker: some("maker"),
            model: some("model"),
            serial: some("serial"),
            made_year: Some(7),
            width_mm: Some(7),
            height_mm: Some(7),
        }],
        batteries: vec![hardware::Battery {
            name: some("name"),
            maker: some("maker"),
            model: some("model"),
            serial: some("serial"),
            technology: some("technology"),
            design_mwh: Some(7),
        }],
        sensors: vec![hardware::Sensor {
            name: some("name"),
            kind: some("kind"),
        }],
        volatile: hardware::HardwareVolatile {
            sensors: vec![hardware::Measure {
                name: some("name"),
                temperature_millicelsius: Some(-1),
                speed_rpm: Some(7),
                voltage_mv: Some(-1),
                power_mw: Some(7),
            }],
            batteries: vec![hardware::BatteryState {
                name: some("name"),
                state: some("state"),
                charge_percent: Some(7),
                full_mwh: Some(7),
                health_percent: Some(7),
                cycles: Some(7),
            }],
        },
    }
}

fn disks() -> disks::Disks {
    disks::Disks {
        disks: vec![disks::Disk {
            name: some("name"),
            serial: some("serial"),
            maker: some("maker"),
            model: some("model"),
            firmware: some("firmware"),
            size_bytes: Some(17_179_869_184),
            kind: some("kind"),
            bus: some("bus"),
            removable: Some(true),
            health: some("health"),
            partitions: vec![disks::Partition {
                name: some("name"),
                label: some("label"),
                uuid: some("uuid"),
                size_bytes: Some(17_179_869_184),
            }],
        }],
        volumes: vec![disks::Volume {
            name: some("name"),
            kind: some("kind"),
            size_bytes: Some(17_179_869_184),
            level: some("level"),
            degraded: Some(true),
        }],
        file_systems: vec![disks::FileSystem {
            mount: some("mount"),
            device: some("device"),
            kind: some("kind"),
            size_bytes: Some(17_179_869_184),
            read_only: Some(true),
            encrypted: Some(true),
            remote: Some(true),
        }],
        volatile: disks::DisksVolatile {
            disks: vec![disks::DiskState {
                name: some("name"),
                temperature_millicelsius: Some(-1),
                power_on_hours: Some(7),
                wear_percent: Some(7),
                reallocated_sectors: Some(7),
            }],
            file_systems: vec![disks::FileSystemUse {
                mount: some("mount"),
                free_bytes: Some(7),
                inodes_free_percent: Some(7),
            }],
        },
    }
}

fn network() -> network::Network {
    network::Network {
        nics: vec![network::Nic {
            name: some("name"),
            kind: some("kind"),
            mac: some("mac"),
            addresses: vec!["addresses 2".into(), "addresses 1".into()],
            mtu: Some(7),
            speed_mbps: Some(7),
            up: Some(true),
            driver: some("driver"),
            ssid: some("ssid"),
        }],
        gateways: vec![network::Gateway {
            address: some("address"),
            nic: some("nic"),
        }],
        dns_servers: vec!["dns_servers 2".into(), "dns_servers 1".into()],
        search_domains: vec!["search_domains 2".into(), "search_domains 1".into()],
        open_ports: vec![network::OpenPort {
            protocol: some("protocol"),
            address: some("address"),
            port: Some(22),
            account: some("account"),
        }],
        wan_address: None,
    }
}

fn people() -> people::People {
    people::People {
        accounts: vec![people::LocalAccount {
            name: some("name"),
            id: some("id"),
            full_name: some("full_name"),
            kind: some("kind"),
            home: some("home"),
            shell: some("shell"),
            groups: vec!["groups 2".into(), "groups 1".into()],
            locked: Some(true),
        }],
        administrators: vec!["administrators 2".into(), "administrators 1".into()],
        sessions: vec![people::Session {
            user: some("user"),
            kind: some("kind"),
            line: some("line"),
            from: some("from"),
            since_ms: Some(1_700_000_040_000),
        }],
        last_logins: vec![people::LastLogin {
            user: some("user"),
            at_ms: Some(1_700_000_040_000),
            line: some("line"),
            from: some("from"),
        }],
        volatile: people::PeopleVolatile {
            sessions: vec![people::SessionState {
                user: some("user"),
                line: some("line"),
                idle_ms: Some(7),
            }],
        },
    }
}

fn software() -> software::Software {
    software::Software {
        packages: vec![software::Package {
            manager: some("manager"),
            name: some("name"),
            version: some("version"),
            arch: some("arch"),
            publisher: some("publisher"),
        }],
        services: vec![software::Service {
            name: some("name"),
            description: some("description"),
            state: some("state"),
            start: some("start"),
            command: some("command"),
            account: some("account"),
        }],
        updates: software::Updates {
            pending: Some(7),
            security: Some(7),
            packages: vec![software::Update {
                manager: some("manager"),
                name: some("name"),
                version: some("version"),
                security: Some(true),
            }],
        },
    }
}

fn posture() -> posture::Posture {
    posture::Posture {
        firewall: posture::Firewall {
            name: some("name"),
            active: Some(true),
        },
        antivirus: vec![posture::Antivirus {
            name: some("name"),
            active: Some(true),
        }],
        system_encrypted: Some(true),
        secure_boot: Some(true),
        tpm: some("tpm"),
        access_control: some("access_control"),
        automatic_updates: Some(true),
        reboot_pending: Some(true),
        reboot_reasons: vec!["reboot_reasons 2".into(), "reboot_reasons 1".into()],
        volatile: posture::PostureVolatile {
            antivirus: vec![posture::AntivirusState {
                name: some("name"),
                definitions_at_ms: Some(1_700_000_040_000),
            }],
        },
    }
}

/// Two readings of one section, each the sample with some of its values left out, exchanged or doubled.
pub(crate) fn pair() -> impl Strategy<Value = (Body, Body)> {
    let edits = || prop::collection::vec((any::<prop::sample::Index>(), 0..5_u8), 0..6);
    let section = prop::sample::select(Section::ALL.to_vec());
    (section, edits(), edits())
        .prop_map(|(section, one, other)| (edited(section, &one), edited(section, &other)))
}

fn edited(section: Section, edits: &[(prop::sample::Index, u8)]) -> Body {
    let sample = all().into_iter().find(|body| body.section() == section).unwrap();
    let mut value = Value::Object(everything(&sample));
    for (place, how) in edits {
        let places = count(&value);
        edit(&mut value, &mut (place.index(places) + 1), *how);
    }
    read(section, value.to_string().as_bytes()).unwrap().body
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Object(members) => members.values().map(count).sum(),
        Value::Array(items) => items.iter().map(count).sum(),
        _ => 0,
    }
}

fn edit(value: &mut Value, left: &mut usize, how: u8) {
    *left -= 1;
    if *left == 0 {
        match (value, how) {
            (Value::Array(items), 0) => items.extend(items.first().cloned()),
            (Value::Array(items), 1) => items.clear(),
            (Value::String(text), 0 | 1) => text.push_str(" /other"),
            (Value::String(text), 2) => text.truncate(1),
            (Value::Bool(flag), _) => *flag = !*flag,
            (value @ Value::Number(_), 0..3) => *value = 9.into(),
            (value @ (Value::String(_) | Value::Number(_)), _) => *value = Value::Null,
            _ => {}
        }
        return;
    }
    let inside: Vec<&mut Value> = match value {
        Value::Object(members) => members.values_mut().collect(),
        Value::Array(items) => items.iter_mut().collect(),
        _ => Vec::new(),
    };
    for value in inside {
        if *left > 0 {
            edit(value, left, how);
        }
    }
}
