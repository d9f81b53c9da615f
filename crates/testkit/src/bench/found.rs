//! What the agents of many machines find on them: all sections, as a simulator delivers them ([`body`]), and those that machines
//! are found by, written at once ([`deliver`]).

use farol_inventory::disks::{Disk, FileSystem};
use farol_inventory::hardware::Processor;
use farol_inventory::network::Nic;
use farol_inventory::people::{LocalAccount, Session};
use farol_inventory::posture::Firewall;
use farol_inventory::software::Package;
use farol_inventory::{Body, Disks, Hardware, Network, People, Posture, Section, Software, System};
use farol_server::ids::MachineId;
use farol_server::{Ctx, machines::search};

use crate::Enrolled;

/// Machines of one transaction.
const TOGETHER: usize = 100;
/// Packages that every machine has.
const COMMON: u32 = 150;
/// Packages that a machine has of those that there are beside them.
const OWN: u32 = 50;
/// Those.
const OTHERS: u32 = 5_000;
/// One machine in so many has a browser.
const BROWSERS: u32 = 10;

/// Writes what these machines, which are those of the numbers from 0 on, are found by of their inventory.
///
/// # Errors
/// The database refuses.
pub async fn deliver(ctx: &Ctx, known: &[Enrolled]) -> anyhow::Result<()> {
    let mut number = 0;
    for some in known.chunks(TOGETHER) {
        let tx = ctx.db.write().await?;
        for enrolled in some {
            let machine: MachineId = enrolled.machine.to_string().parse()?;
            for body in [hardware(number), network(number), software(number, 0)] {
                search::keep_section(&tx, machine, &body).await?;
            }
            number += 1;
        }
        tx.commit().await?;
    }
    Ok(())
}

/// A section of the machine with this number. `round` is how often it changed: people and one package's version follow it.
#[must_use]
pub fn body(section: Section, number: u32, round: u32) -> Body {
    match section {
        Section::System => system(number),
        Section::Hardware => hardware(number),
        Section::Disks => disks(number),
        Section::Network => network(number),
        Section::People => people(number, round),
        Section::Software => software(number, round),
        Section::Posture => Body::Posture(Posture {
            firewall: Firewall {
                active: Some(!number.is_multiple_of(9)),
                ..Firewall::default()
            },
            system_encrypted: Some(number.is_multiple_of(2)),
            reboot_pending: Some(number.is_multiple_of(30)),
            ..Posture::default()
        }),
    }
}

fn system(number: u32) -> Body {
    Body::System(System {
        hostname: Some(format!("pc-{number}")),
        os_family: Some("linux".into()),
        os_name: Some("Debian GNU/Linux".into()),
        os_version: Some("12 (bookworm)".into()),
        kernel: Some(format!("6.1.0-{}-amd64", 20 + number % 5)),
        arch: Some("x86_64".into()),
        time_zone: Some("America/Fortaleza".into()),
        ..System::default()
    })
}

fn disks(number: u32) -> Body {
    Body::Disks(Disks {
        disks: vec![Disk {
            name: Some("nvme0n1".into()),
            serial: Some(format!("NV{number:08}")),
            model: Some("PM9A1".into()),
            size_bytes: Some(512_110_190_592),
            ..Disk::default()
        }],
        file_systems: vec![FileSystem {
            mount: Some("/".into()),
            device: Some("/dev/nvme0n1p2".into()),
            kind: Some("ext4".into()),
            size_bytes: Some(500_000_000_000),
            ..FileSystem::default()
        }],
        ..Disks::default()
    })
}

fn people(number: u32, round: u32) -> Body {
    let user = format!("user{}", number % 500);
    Body::People(People {
        accounts: vec![LocalAccount {
            name: Some(user.clone()),
            id: Some("1000".into()),
            ..LocalAccount::default()
        }],
        sessions: vec![Session {
            user: Some(user),
            line: Some("tty2".into()),
            since_ms: Some(1_700_000_000_000 + i64::from(round) * 3_600_000),
            ..Session::default()
        }],
        ..People::default()
    })
}

fn hardware(number: u32) -> Body {
    let model = if number.is_multiple_of(4) {
        "Latitude"
    } else {
        "OptiPlex"
    };
    Body::Hardware(Hardware {
        maker: Some("Dell Inc.".into()),
        model: Some(format!("{model} {}", 5_000 + number % 40)),
        serial: Some(format!("SN{number:07}")),
        processors: vec![Processor {
            model: Some(format!("Core i{}", 3 + number % 7)),
            ..Processor::default()
        }],
        memory_bytes: Some((8 << 30) << (number % 3)),
        ..Hardware::default()
    })
}

fn network(number: u32) -> Body {
    let [_, b, c, d] = number.to_be_bytes();
    Body::Network(Network {
        nics: vec![Nic {
            name: Some("eth0".into()),
            mac: Some(format!("02:00:5e:{b:02x}:{c:02x}:{d:02x}")),
            addresses: vec![format!("172.{}.{c}.{d}/16", 16 + b % 16)],
            ..Nic::default()
        }],
        ..Network::default()
    })
}

fn software(number: u32, round: u32) -> Body {
    let common = (0..COMMON).map(|one| format!("common-{one}"));
    let own = (0..OWN).map(|one| format!("tool-{}", (number * OWN + one) % OTHERS));
    let browser = number.is_multiple_of(BROWSERS).then(|| "firefox-esr".to_owned());
    let package = |name: String| Package {
        manager: Some("dpkg".into()),
        // The first one of all is what is updated.
        version: Some(if name == "common-0" {
            format!("1.{round}")
        } else {
            "1.0".into()
        }),
        name: Some(name),
        ..Package::default()
    };
    Body::Software(Software {
        packages: common.chain(own).chain(browser).map(package).collect(),
        ..Software::default()
    })
}
