//! What the agents of many machines would have delivered, as far as machines are found by it.

use farol_inventory::{
    Body, Hardware, Network, Software, hardware::Processor, network::Nic, software::Package,
};
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
            for body in [hardware(number), network(number), software(number)] {
                search::keep_section(&tx, machine, &body).await?;
            }
            number += 1;
        }
        tx.commit().await?;
    }
    Ok(())
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

fn software(number: u32) -> Body {
    let common = (0..COMMON).map(|one| format!("common-{one}"));
    let own = (0..OWN).map(|one| format!("tool-{}", (number * OWN + one) % OTHERS));
    let browser = number.is_multiple_of(BROWSERS).then(|| "firefox-esr".to_owned());
    let package = |name: String| Package {
        manager: Some("dpkg".into()),
        name: Some(name),
        version: Some("1.0".into()),
        ..Package::default()
    };
    Body::Software(Software {
        packages: common.chain(own).chain(browser).map(package).collect(),
        ..Software::default()
    })
}
