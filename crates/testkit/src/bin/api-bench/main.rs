//! Measures what the API costs on a server that knows many machines: rights, lists, and signing in while others guess.
//!
//! `api-bench sqlite|postgres [MACHINES]`: the server runs in this process with a database of its own (SQLite with its production settings,
//! or a PostgreSQL cluster made for the run) and production's password hashing, gets its rows, and is then asked over loopback sockets. The
//! asking side shares the processor with it. Linux only: it calls from many addresses of 127.0.0.0/8.
#![allow(clippy::print_stdout, reason = "this program's output is its result")]

mod authorization;
mod lists;
mod sign_ins;

use std::time::Instant;

use anyhow::bail;
use farol_server::config::{Config, Hashing};
use farol_server::store::DbSettings;
use farol_testkit::TestServer;
use farol_testkit::bench::{Cluster, found, rows};

/// Machines known, and entries in the audit trail, unless the command line says otherwise.
const MACHINES: u32 = 25_000;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (engine, count) = match arguments.as_slice() {
        [engine] => (engine.as_str(), MACHINES),
        [engine, count] => (engine.as_str(), count.parse()?),
        _ => bail!("usage: api-bench sqlite|postgres [MACHINES]"),
    };
    let cluster = match engine {
        "sqlite" => None,
        "postgres" => Some(Cluster::start()?),
        other => bail!("no such database: {other}"),
    };
    let url = cluster.as_ref().map(Cluster::url);
    let server = TestServer::start_with(|config: &mut Config| {
        config.hashing = Hashing::default();
        if let Some(url) = url {
            config.database = DbSettings::Postgres(url);
        }
    })
    .await?;
    let console = server.set_up().await?;
    let started = Instant::now();
    let known = rows::seed(server.ctx(), count).await?;
    found::deliver(server.ctx(), &known).await?;
    lists::seed(server.ctx(), count).await?;
    println!(
        "{engine}: {count} machines and {count} audit entries (written in {:.1?})",
        started.elapsed()
    );
    lists::measure(&console).await?;
    sign_ins::measure(&server).await?;
    authorization::measure(&server).await?;
    server.stop().await;
    Ok(())
}
