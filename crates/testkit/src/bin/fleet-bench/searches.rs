//! Searches of the machine list while the whole fleet is connected, as a console asks: over one kept connection, one at a time.

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use farol_testkit::ApiClient;
use hyper::Method;

use crate::table::{Bar, Table};
use crate::way::{Asker, Way};

/// Where the console seems to be.
const CONSOLE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 8);
/// Times that each is asked.
const TIMES: usize = 100;
/// A page of the list.
const LIST: &str = "/api/machines?limit=100";
/// What is searched for: what it is called, and the searches of its kind.
const KINDS: [(&str, [&str; 3]); 3] = [
    ("words", ["latitude", "pc-77", "user17"]),
    (
        "software",
        ["software:firefox", "software:common-7", "software:tool-77"],
    ),
    (
        "two fields",
        [
            "maker:dell%20memory:%3E8gib",
            "host:pc-77%20os:debian",
            "is:online%20-software:firefox",
        ],
    ),
];

/// Asks for all of them, and for the first rows of the list.
pub(crate) async fn measure(way: &Way, console: &ApiClient, table: &mut Table) -> anyhow::Result<()> {
    let cookie = console.cookie().context("nobody is signed in")?;
    let mut asker = way.ask(CONSOLE).await?;
    let rows = ask(&mut asker, cookie, LIST).await?;
    table.add(
        "first rows of the list, p95",
        at(&rows, 95),
        "ms",
        Bar::AtMost(100.0),
    );
    let mut all = Vec::new();
    for (kind, searches) in KINDS {
        let mut of_kind = Vec::new();
        for search in searches {
            of_kind.extend(ask(&mut asker, cookie, &format!("{LIST}&q={search}")).await?);
        }
        of_kind.sort_unstable();
        table.add(
            format!("search by {kind}, p50"),
            at(&of_kind, 50),
            "ms",
            Bar::None,
        );
        table.add(
            format!("search by {kind}, p95"),
            at(&of_kind, 95),
            "ms",
            Bar::AtMost(50.0),
        );
        table.add(
            format!("search by {kind}, p99"),
            at(&of_kind, 99),
            "ms",
            Bar::AtMost(150.0),
        );
        all.extend(of_kind);
    }
    all.sort_unstable();
    table.add("all searches, p95", at(&all, 95), "ms", Bar::AtMost(50.0));
    table.add("all searches, p99", at(&all, 99), "ms", Bar::AtMost(150.0));
    Ok(())
}

/// Times of one request, shortest first; the first one is not counted, it fills caches.
async fn ask(asker: &mut Asker, cookie: &str, path: &str) -> anyhow::Result<Vec<Duration>> {
    let mut times = Vec::with_capacity(TIMES);
    for _ in 0..=TIMES {
        let started = Instant::now();
        let (status, body) = asker.send((Method::GET, path), Some(cookie), None).await?;
        times.push(started.elapsed());
        ensure!(status == 200, "{path} answered {status}: {body}");
    }
    times.remove(0);
    times.sort_unstable();
    Ok(times)
}

/// A percentile in milliseconds.
fn at(sorted: &[Duration], percent: usize) -> f64 {
    let place = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted.get(place).map_or(0.0, |time| time.as_secs_f64() * 1_000.0)
}
