//! Copies of machines, whose agents say hello while the first ones are linked: by turns a disk in another computer, and a whole virtual
//! machine with everything that identifies it.

use std::sync::Arc;
use std::time::Duration;

use farol_protocol::link::{AgentLinkEvent, GoodbyeReason};
use farol_testkit::evidence;
use tokio::task::JoinSet;

use super::link::Link;
use super::machine::Machine;
use super::{Fleet, source};

/// The computers that disks were copied to have numbers from here on.
const OTHERS: u32 = 1_000_000;
/// A copy comes so often before it counts as not found.
const TIMES: u32 = 4;
/// When the server does not say when to come again.
const AGAIN: Duration = Duration::from_secs(10);

/// Copies so many machines and lets the copies say hello; how many were found to be copies, and of how many.
pub(super) async fn find(fleet: &Arc<Fleet>, count: usize) -> anyhow::Result<String> {
    let mut copies = JoinSet::new();
    for machine in fleet.machines().into_iter().take(count) {
        let fleet = Arc::clone(fleet);
        copies.spawn(async move { found(&fleet, &machine).await });
    }
    let asked = copies.len();
    let mut detected = 0_usize;
    while let Some(copy) = copies.join_next().await {
        match copy? {
            Ok(true) => detected += 1,
            Ok(false) => {}
            Err(error) => eprintln!("a copy: {error:#}"),
        }
    }
    Ok(format!("{detected} {asked}"))
}

async fn found(fleet: &Fleet, machine: &Machine) -> anyhow::Result<bool> {
    let number = machine.number + OTHERS;
    let mut copy = machine.enrolled.copy();
    if machine.number.is_multiple_of(2) {
        copy.evidence = evidence(number, machine.number);
    }
    for _ in 0..TIMES {
        let from = (source(number), fleet.now());
        let mut link = Link::dial(&fleet.way, (&copy, machine.number), from).await?;
        match link.next(fleet).await? {
            AgentLinkEvent::Goodbye { goodbye, .. } => match goodbye.reason {
                GoodbyeReason::Reidentify | GoodbyeReason::Quarantined => return Ok(true),
                _ => tokio::time::sleep(goodbye.retry_after.unwrap_or(AGAIN)).await,
            },
            _ => return Ok(false),
        }
    }
    Ok(false)
}
