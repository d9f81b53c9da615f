//! The life of a fleet, one part after the other: it enrolls, connects, rests, delivers, changes, is searched, loses its server, is
//! copied.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use farol_testkit::ApiClient;
use farol_testkit::bench::process::{Farol, Settings};
use serde_json::json;

use crate::crew::Crew;
use crate::searches;
use crate::table::{Bar, Table};
use crate::way::Way;

/// Enrollments under way at once, of all processes together.
const ENROLLING: usize = 16;
/// Agents that begin to connect in a second, of all processes together: the storm is another part.
const CONNECTING: usize = 200;
/// After the last one connected, until the server rests: its agents have been told their pace, and what the handshakes needed is
/// free again.
const SETTLING: Duration = Duration::from_secs(60);
/// Of this the processor time at rest is taken.
const RESTING: Duration = Duration::from_secs(60);
/// KB for each agent in [`RESTING`]: a row for each of its heartbeats would be a page of the database each time. What the server
/// writes by itself now and then is a little for each.
const WRITTEN_AT_REST: f64 = 1.0;
/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(1_800);
/// Sections of an inventory, and those of them that change in a round.
const SECTIONS: (u64, u64) = (7, 2);
/// Machines that are copied.
const COPIES: u64 = 50;

/// Measures a fleet of this size on an empty server.
pub(crate) async fn fleet(size: u32, database_url: Option<String>) -> anyhow::Result<Table> {
    let mut farol = Farol::start_with(Settings {
        tls: true,
        database_url,
    })
    .await?;
    let authority = farol.authority().await?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("authority.pem");
    std::fs::write(&file, &authority)?;
    let tunnel = farol.tunnel().await?;
    let mut console = farol.set_up_at(tunnel.address()).await?;
    let way = Way::new(farol.address(), &authority)?;
    let mut crew = Crew::start(farol.address(), &file, size)?;
    let mut table = Table::default();

    enroll(&mut crew, &mut console, size, &mut table).await?;
    let before = farol.resident()?;
    connect(&mut crew, size).await?;
    rest(&farol, (size, before), &mut table).await?;
    let told = crew.count().await?.paces;
    println!("  agents were told another pace {told} times");
    deliver(&mut crew, size, &mut table).await?;
    searches::measure(&way, &console, &mut table).await?;
    restart(&mut farol, &mut crew, size, &mut table).await?;
    copies(&mut crew, &mut table).await?;
    // Whoever measures next has the processor for itself.
    drop(crew);
    farol.stop().await?;
    Ok(table)
}

async fn enroll(
    crew: &mut Crew,
    console: &mut ApiClient,
    size: u32,
    table: &mut Table,
) -> anyhow::Result<()> {
    let body = json!({ "name": "bench", "expires_in_seconds": 86_400, "approval": "automatic" });
    let answer = console.post("/api/enrollment-tokens", &body).await?;
    let token = answer.body["token"].as_str().context("no token")?;
    let each = ENROLLING.div_ceil(crew.processes());
    let started = Instant::now();
    let answer = crew.ask(&format!("enroll {token} {each}")).await?;
    let took = started.elapsed();
    ensure!(
        answer.first() == Some(&u64::from(size)),
        "enrolled and not enrolled: {answer:?}"
    );
    table.add(
        "enrollments",
        f64::from(size) / took.as_secs_f64(),
        "a second",
        Bar::None,
    );
    Ok(())
}

async fn connect(crew: &mut Crew, size: u32) -> anyhow::Result<()> {
    let each = CONNECTING.div_ceil(crew.processes());
    crew.ask(&format!("connect {each}")).await?;
    let all = u64::from(size);
    crew.until("all to connect", PATIENCE, |count| count.live == all)
        .await?;
    Ok(())
}

/// Memory and processor time of a server with whose agents nothing happens.
async fn rest(farol: &Farol, (size, before): (u32, u64), table: &mut Table) -> anyhow::Result<()> {
    tokio::time::sleep(SETTLING).await;
    let resident = farol.resident()?;
    let (used, written, started) = (farol.processor()?, farol.written()?, Instant::now());
    tokio::time::sleep(RESTING).await;
    let used = farol.processor()?.saturating_sub(used);
    let written = farol.written()?.saturating_sub(written);
    let took = started.elapsed();
    table.add("memory of the server", kib(resident) / 1_024.0, "MiB", Bar::None);
    table.add(
        "memory of an idle agent",
        kib(resident.saturating_sub(before)) / f64::from(size),
        "KB",
        Bar::AtMost(25.0),
    );
    table.add(
        "processor at rest, of one core",
        100.0 * used.as_secs_f64() / took.as_secs_f64(),
        "%",
        Bar::AtMost(12.0),
    );
    // With PostgreSQL the rows are another process's: this is for SQLite.
    table.add(
        "written to the disk at rest, each agent",
        kib(written) / f64::from(size),
        "KB",
        Bar::AtMost(WRITTEN_AT_REST),
    );
    Ok(())
}

#[allow(clippy::cast_precision_loss, reason = "figures for people")]
fn kib(bytes: u64) -> f64 {
    bytes as f64 / 1_024.0
}

/// Everything for the first time, then what changed.
async fn deliver(crew: &mut Crew, size: u32, table: &mut Table) -> anyhow::Result<()> {
    let (all, changed) = SECTIONS;
    for (round, sections, what) in [
        (1, all, "section writes, first delivery"),
        (2, changed, "section writes, changes"),
    ] {
        let before = crew.count().await?;
        let wanted = before.kept + sections * u64::from(size);
        let started = Instant::now();
        crew.ask(&format!("round {round}")).await?;
        let (after, _) = crew
            .until(what, PATIENCE, |count| {
                count.kept + count.refused >= wanted + before.refused
            })
            .await?;
        let rate = f64::from(u32::try_from(after.kept - before.kept)?) / started.elapsed().as_secs_f64();
        table.add(what, rate, "a second", Bar::AtLeast(500.0));
        if after.refused > before.refused {
            println!("  {} sections were not taken", after.refused - before.refused);
        }
    }
    Ok(())
}

/// `kill -9`, and all of them come back.
async fn restart(farol: &mut Farol, crew: &mut Crew, size: u32, table: &mut Table) -> anyhow::Result<()> {
    let before = crew.count().await?;
    let all = u64::from(size);
    ensure!(before.live == all, "not all are there: {before:?}");
    let started = Instant::now();
    farol.kill_and_start().await?;
    let answered = started.elapsed();
    // Those that have not noticed yet count as live still.
    let (after, _) = crew
        .until("all to come back", PATIENCE, |count| {
            count.live == all && count.welcomes >= before.welcomes + all
        })
        .await?;
    let took = started.elapsed();
    table.add("server back", answered.as_secs_f64(), "s", Bar::None);
    table.add("all agents back", took.as_secs_f64(), "s", Bar::AtMost(90.0));
    let attempts = after.attempts - before.attempts;
    let failed = attempts.saturating_sub(after.welcomes - before.welcomes);
    let each = |number: u64| anyhow::Ok(f64::from(u32::try_from(number)?) / f64::from(size));
    table.add("attempts that failed, each agent", each(failed)?, "", Bar::None);
    table.add(
        "of them told when to come, each agent",
        each(after.put_off - before.put_off)?,
        "",
        Bar::None,
    );
    Ok(())
}

/// Copies of some machines say hello while the machines are linked.
async fn copies(crew: &mut Crew, table: &mut Table) -> anyhow::Result<()> {
    let answer = crew.ask_one(&format!("clones {COPIES}")).await?;
    let [found, asked] = answer.as_slice() else {
        anyhow::bail!("no answer about copies: {answer:?}");
    };
    ensure!(*asked > 0, "nobody was copied");
    let share = 100.0 * f64::from(u32::try_from(*found)?) / f64::from(u32::try_from(*asked)?);
    table.add(
        format!("copies found, of {asked}"),
        share,
        "%",
        Bar::AtLeast(100.0),
    );
    Ok(())
}
