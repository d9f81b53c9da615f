//! Measures what an idle agent costs a server: connects many links and prints the server's memory per link.
//!
//! `idle-agents ADDRESS PID COUNT TOKEN`: the address and process id of a running `farol serve`, and an enrollment token with
//! enough uses; for more than 2500 links its `connections_per_network` must be raised. Prints resident memory before and after, and the difference per link. Linux only, as it reads `/proc`.
#![allow(clippy::print_stdout, reason = "this program's output is its result")]

use std::net::SocketAddr;

use anyhow::{Context, ensure};
use farol_testkit::{Enrolled, PaperAgent};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, pid, count, token] = arguments.as_slice() else {
        anyhow::bail!("usage: idle-agents ADDRESS PID COUNT TOKEN");
    };
    let (address, count): (SocketAddr, usize) = (address.parse()?, count.parse()?);
    ensure!(count > 0, "COUNT must be at least 1");
    // The first link pays for what all share (pools, caches).
    let mut agents = vec![agent(address, token).await?];
    let before = resident_kib(pid)?;
    for _ in 0..count {
        agents.push(agent(address, token).await?);
    }
    // Two heartbeats of every agent, so that buffers have their working size.
    tokio::time::sleep(std::time::Duration::from_secs(9)).await;
    let after = resident_kib(pid)?;
    #[allow(clippy::cast_precision_loss, reason = "figures for people")]
    let each = (after as f64 - before as f64) / count as f64;
    println!("links: {count}, resident before: {before} KiB, after: {after} KiB, per link: {each:.1} KiB");
    Ok(())
}

async fn agent(address: SocketAddr, token: &str) -> anyhow::Result<PaperAgent> {
    let machine = Enrolled::with_token(address, token).await?;
    PaperAgent::start(address, &machine).await
}

fn resident_kib(pid: &str) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).context("no such process")?;
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .context("no VmRSS")?;
    Ok(line.split_whitespace().nth(1).context("no figure")?.parse()?)
}
