//! Measures what sessions cost: the relay beside a plain TCP proxy, memory of the server per session, sealing, coming back.
//!
//! `session-bench throughput|memory|sealing|resume [TIMES]`: the server is the program `farol` beside this one, in a process of
//! its own with an empty SQLite database, killed and started again for `resume`. Needs the Debian package `haproxy` for
//! `throughput`. Linux only: it reads `/proc`.
#![allow(clippy::print_stdout, reason = "this program's output is its result")]

mod resume;
mod sealing;
mod throughput;

use std::time::Duration;

use anyhow::{Context, bail, ensure};
use farol_protocol::ids::Grant;
use farol_protocol::relay::{RelayHello, RelayReady};
use farol_testkit::bench::process::Farol;
use farol_testkit::{ApiClient, Enrolled, PaperAgent, RawSocket, Ticket, session_request};

/// Sessions opened for the memory of one; eight a machine and twenty a login is what the server takes.
const SESSIONS: usize = 200;
const PER_MACHINE: usize = 8;
const PER_LOGIN: usize = 20;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (part, times) = match arguments.as_slice() {
        [part] => (part.as_str(), None),
        [part, times] => (part.as_str(), Some(times.parse()?)),
        _ => bail!("usage: session-bench throughput|memory|sealing|resume [TIMES]"),
    };
    match part {
        "throughput" => throughput::measure(times.unwrap_or(5)).await,
        "memory" => memory().await,
        "sealing" => sealing::measure(times.map_or(Ok(20_000), u32::try_from)?),
        "resume" => resume::measure(times.unwrap_or(20)).await,
        other => bail!("no such part: {other}"),
    }
}

/// Both ends of a session in the relay, as bare sockets.
async fn couple(
    console: &mut ApiClient,
    machine: &Enrolled,
    agent: &mut PaperAgent,
) -> anyhow::Result<(RawSocket, RawSocket)> {
    let path = format!("/api/machines/{}/sessions", machine.machine);
    let answer = console.post(&path, &session_request(&["view"])).await?;
    ensure!(answer.status == 201, "no session: {answer:?}");
    let ticket = Ticket::of(&answer.body)?;
    let offer = agent.offer().await?;
    let dial = async |grant: [u8; 32]| {
        let mut socket = RawSocket::connect(console.address(), "/api/relay", None).await?;
        socket.binary(RelayHello { grant: Grant(grant) }.encode()).await?;
        RelayReady::parse(&socket.message().await?)?;
        anyhow::Ok(socket)
    };
    let (viewer, agent) = tokio::join!(dial(ticket.grant), dial(offer.grant.0));
    Ok((viewer?, agent?))
}

async fn memory() -> anyhow::Result<()> {
    let farol = Farol::start().await?;
    let mut owner = farol.set_up().await?;
    let (mut machines, mut logins) = (Vec::new(), Vec::new());
    for _ in 0..SESSIONS.div_ceil(PER_MACHINE) {
        let machine = Enrolled::new(&mut owner).await?;
        let agent = PaperAgent::start(farol.address(), &machine).await?;
        machines.push((machine, agent));
    }
    for _ in 0..SESSIONS.div_ceil(PER_LOGIN) {
        logins.push(farol.sign_in().await?);
    }
    let mut sessions = Vec::new();
    // The first one pays for what all share.
    let (machine, agent) = machines.first_mut().context("no machine")?;
    sessions.push(couple(logins.first_mut().context("no login")?, machine, agent).await?);
    let before = farol.resident()?;
    for number in 1..SESSIONS {
        let (machine, agent) = machines.get_mut(number / PER_MACHINE).context("no machine")?;
        let login = logins.get_mut(number / PER_LOGIN).context("no login")?;
        sessions.push(couple(login, machine, agent).await?);
    }
    let idle = farol.resident()?;
    // A picture's worth through each, so that buffers have been used.
    for (viewer, agent) in &mut sessions {
        for _ in 0..8 {
            agent.binary(vec![7; 32 * 1024]).await?;
            viewer.message().await?;
        }
    }
    let used = farol.resident()?;
    let each = |now: u64| now.saturating_sub(before) / (SESSIONS as u64 - 1) / 1024;
    println!(
        "{SESSIONS} sessions: {} KB each before anything passes, {} KB each after 256 KB passed (server {} MB)",
        each(idle),
        each(used),
        used / 1024 / 1024
    );
    farol.stop().await
}

/// The value below which this share of the sorted values lies.
fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let at = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted.get(at).copied().unwrap_or_default()
}
