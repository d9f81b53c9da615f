//! Measures what identity costs: enrollments and hellos of a server that knows many machines.
//!
//! `identity-bench sqlite|postgres [MACHINES]`: the server runs in this process with a database of its own (SQLite with its
//! production settings, or a PostgreSQL cluster made for the run), gets MACHINES rows, and is then asked over loopback sockets.
//! The asking side shares the processor with the server; its signatures and checks are part of every figure. Linux only: it
//! calls from many addresses of 127.0.0.0/8.
#![allow(clippy::print_stdout, reason = "this program's output is its result")]

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::{Context, bail, ensure};
use farol_protocol::evidence::Evidence;
use farol_protocol::ids::{InstallId, MachineId};
use farol_protocol::link::AgentLinkEvent;
use farol_server::config::Config;
use farol_server::store::DbSettings;
use farol_testkit::bench::{Cluster, report, rows, run};
use farol_testkit::{ApiClient, Enrolled, LinkEnd, TestServer, evidence, new_key};
use serde_json::json;

/// Machines known, unless the command line says otherwise.
const MACHINES: u32 = 25_000;
/// Enrollments and hellos, each one after the other.
const ALONE: usize = 1_000;
/// Enrollments under way at once, and how many in all.
const ENROLLING: (usize, usize) = (16, 2_000);
/// Hellos under way at once, and how many in all.
const GREETING: (usize, usize) = (64, 6_400);
/// Refused hellos under way at once, and how many in all unless the command line says otherwise.
const STRANGERS: (usize, usize) = (16, 10_000);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (engine, count, strangers) = match arguments.as_slice() {
        [engine] => (engine.as_str(), MACHINES, STRANGERS.1),
        [engine, count] => (engine.as_str(), count.parse()?, STRANGERS.1),
        [engine, count, strangers] => (engine.as_str(), count.parse()?, strangers.parse()?),
        _ => bail!("usage: identity-bench sqlite|postgres [MACHINES [STRANGERS]]"),
    };
    let cluster = match engine {
        "sqlite" => None,
        "postgres" => Some(Cluster::start()?),
        other => bail!("no such database: {other}"),
    };
    let url = cluster.as_ref().map(Cluster::url);
    let server = TestServer::start_with(|config: &mut Config| {
        if let Some(url) = url {
            config.database = DbSettings::Postgres(url);
        }
    })
    .await?;
    measure(&server, engine, (count, strangers)).await?;
    server.stop().await;
    Ok(())
}

async fn measure(server: &TestServer, engine: &str, (count, strangers): (u32, usize)) -> anyhow::Result<()> {
    let mut console = server.set_up().await?;
    let started = Instant::now();
    let known: Arc<[Enrolled]> = rows::seed(server.ctx(), count).await?.into();
    println!(
        "{engine}: {count} machines known (rows written in {:.1?})",
        started.elapsed()
    );
    let address = server.address();

    let token: Arc<str> = token(&mut console).await?.into();
    // Hardware that nobody has: behind that of the seeded machines.
    let next = Arc::new(AtomicUsize::new(usize::try_from(count)?));
    let enroll = || enroll(address, token.clone(), next.clone());
    report(
        "enrollment, one at a time",
        1,
        &run(1, ALONE, |_| enroll()).await?,
    );
    let (at_once, times) = ENROLLING;
    report("enrollment", at_once, &run(at_once, times, |_| enroll()).await?);

    let step = known.len() / (ALONE + GREETING.1);
    ensure!(step > 0, "too few machines to greet each once");
    let greet = |place: usize| greet(address, known.clone(), place * step);
    report("hello to welcome, one at a time", 1, &run(1, ALONE, greet).await?);
    let (at_once, times) = GREETING;
    let greet_later = |place: usize| greet(place + ALONE);
    report(
        "hello to welcome",
        at_once,
        &run(at_once, times, greet_later).await?,
    );

    let stranger = Arc::new(Enrolled {
        key: new_key()?,
        ..known.first().context("no machine")?.clone()
    });
    let (at_once, times) = (STRANGERS.0, strangers);
    let knock = |place: usize| knock(address, stranger.clone(), place);
    report(
        "hello of an unknown machine, refused",
        at_once,
        &run(at_once, times, knock).await?,
    );
    Ok(())
}

async fn token(console: &mut ApiClient) -> anyhow::Result<String> {
    let body = json!({ "name": "bench", "expires_in_seconds": 86_400, "approval": "automatic" });
    let answer = console.post("/api/enrollment-tokens", &body).await?;
    Ok(answer.body["token"].as_str().context("no token")?.to_owned())
}

/// One enrollment of a machine that nobody knows, from an address of its own: attempts from one are counted.
async fn enroll(address: SocketAddr, token: Arc<str>, next: Arc<AtomicUsize>) -> anyhow::Result<()> {
    let number = u32::try_from(next.fetch_add(1, Ordering::Relaxed))?;
    let [_, a, b, c] = number.to_be_bytes();
    let state = (new_key()?, InstallId(rows::install(number)));
    let body = Enrolled::request(&token, &state, &evidence(number, number));
    let mut agent = ApiClient::new(address).from(Ipv4Addr::new(127, a.wrapping_add(1), b, c));
    let answer = agent.post("/api/agent/enroll", &body).await?;
    ensure!(answer.status == 201, "not enrolled: {answer:?}");
    Ok(())
}

async fn greet(address: SocketAddr, known: Arc<[Enrolled]>, place: usize) -> anyhow::Result<()> {
    let machine = known.get(place).context("no such machine")?;
    LinkEnd::connect(address, machine).await.map(drop)
}

async fn knock(address: SocketAddr, stranger: Arc<Enrolled>, place: usize) -> anyhow::Result<()> {
    let mut id = [9; 16];
    id[8..].copy_from_slice(&u64::try_from(place)?.to_be_bytes());
    let stranger = Enrolled {
        machine: MachineId(id),
        evidence: Evidence::default(),
        ..(*stranger).clone()
    };
    match LinkEnd::dial(address, &stranger).await?.next().await? {
        AgentLinkEvent::Goodbye { .. } => Ok(()),
        other => bail!("an unknown machine was told {other:?}"),
    }
}
