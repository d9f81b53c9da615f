//! Measures a server with a whole fleet: agents that speak the real link with real keys over TLS, in processes of their own.
//!
//! `fleet-bench [sqlite|postgres] [SIZE…]`: for each size (1,000, 5,000 and 18,000 agents unless told otherwise) the program `farol`
//! beside this one is started empty, with TLS of its own authority, and everything is measured that the table says. The agents are
//! other processes of this program (`agents/mod.rs`), each with addresses of its own, because none may hold more than 20,000
//! descriptors. Linux only: it reads `/proc` and calls from many addresses of 127.0.0.0/8.
#![allow(clippy::print_stdout, reason = "this program's output is its result")]

mod agents;
mod crew;
mod measure;
mod searches;
mod table;
mod way;

use anyhow::bail;
use farol_testkit::bench::Cluster;

/// Agents, unless the command line says otherwise. The last is what a process with 20,000 descriptors holds.
const SIZES: [u32; 3] = [1_000, 5_000, 18_000];

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some((first, rest)) = arguments.split_first()
        && first == "agents"
    {
        return agents::main(rest);
    }
    let (engine, sizes) = understand(&arguments)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    for size in sizes {
        // A database of its own for each size.
        let cluster = match engine {
            "postgres" => Some(Cluster::start()?),
            _ => None,
        };
        let url = cluster.as_ref().map(Cluster::url);
        println!("\n## {size} agents, {engine}, TLS\n");
        let table = runtime.block_on(measure::fleet(size, url))?;
        println!("{table}");
    }
    Ok(())
}

fn understand(arguments: &[String]) -> anyhow::Result<(&'static str, Vec<u32>)> {
    let (engine, sizes) = match arguments.split_first() {
        Some((first, rest)) if first == "sqlite" => ("sqlite", rest),
        Some((first, rest)) if first == "postgres" => ("postgres", rest),
        _ => ("sqlite", arguments),
    };
    let mut wanted = Vec::new();
    for size in sizes {
        match size.parse() {
            Ok(size) if size > 0 => wanted.push(size),
            _ => bail!("usage: fleet-bench [sqlite|postgres] [SIZE…]; `{size}` is no size"),
        }
    }
    if wanted.is_empty() {
        wanted.extend(SIZES);
    }
    Ok((engine, wanted))
}
