//! `fleet-bench agents ADDRESS AUTHORITY FIRST COUNT`: a process with some thousands of agents, the machines of the numbers from
//! FIRST on. AUTHORITY is a file with the PEM of who signed the server's certificate.
//!
//! It is told what to do by lines on its standard input, one after the other, and answers each with a line:
//!
//! | line | answer | |
//! |---|---|---|
//! | `enroll TOKEN AT_ONCE` | `DONE FAILED` | enrolls all, so many at once |
//! | `connect A_SECOND` | `ok` | each agent begins to keep its link, so many a second |
//! | `round NUMBER` | `ok` | everybody says what their inventory is after so many rounds |
//! | `count` | the numbers of [`Tally::line`] | |
//! | `clones COUNT` | `FOUND ASKED` | copies of so many machines say hello |
//! | `quit` | – | ends |
//!
//! One thread: what agents cost is to be small beside the server, and no process holds more than 20,000 descriptors.

mod clone;
mod link;
mod machine;
mod tally;

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use farol_protocol::Tick;
use farol_transport::Backoff;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::way::Way;
use machine::Machine;
use tally::Tally;

/// Lines that may wait; there is one at a time.
const LINES: usize = 8;

/// All agents of this process.
pub(crate) struct Fleet {
    way: Way,
    started: Instant,
    tally: Tally,
    /// What the inventory is; 0 before anything is said of it.
    round: watch::Sender<u32>,
    // Held to copy the list.
    machines: Mutex<Vec<Arc<Machine>>>,
}

impl Fleet {
    fn now(&self) -> Tick {
        Tick(u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX))
    }

    fn machines(&self) -> Vec<Arc<Machine>> {
        self.machines
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// The loopback address of the machine with this number: each is a computer of its own to the server.
fn source(number: u32) -> Ipv4Addr {
    // From 127.10.0.0 on.
    Ipv4Addr::from_bits(0x7f0a_0000 + number)
}

fn random() -> anyhow::Result<u32> {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes)?;
    Ok(u32::from_le_bytes(bytes))
}

/// Runs until it is told to quit, or whoever tells is gone.
pub(crate) fn main(arguments: &[String]) -> anyhow::Result<()> {
    let [address, authority, first, count] = arguments else {
        bail!("usage: fleet-bench agents ADDRESS AUTHORITY FIRST COUNT");
    };
    let authority = std::fs::read_to_string(authority).context("the authority's certificate")?;
    let fleet = Arc::new(Fleet {
        way: Way::new(address.parse()?, &authority)?,
        started: Instant::now(),
        tally: Tally::default(),
        round: watch::Sender::new(0),
        machines: Mutex::default(),
    });
    let numbers = (first.parse()?, count.parse()?);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(obey(&fleet, numbers))
}

async fn obey(fleet: &Arc<Fleet>, (first, count): (u32, u32)) -> anyhow::Result<()> {
    let (sender, mut lines) = mpsc::channel(LINES);
    // A thread, because reading may block.
    std::thread::spawn(move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            if sender.blocking_send(line).is_err() {
                return;
            }
        }
    });
    // Ends with this function, and all links with it.
    let mut links = JoinSet::new();
    while let Some(line) = lines.recv().await {
        let words: Vec<&str> = line.split_whitespace().collect();
        let answer = match words.as_slice() {
            ["enroll", token, at_once] => enroll(fleet, token, (first, count), at_once.parse()?).await?,
            ["connect", a_second] => {
                let wait = Duration::from_secs(1) / a_second.parse::<u32>()?.max(1);
                for (place, machine) in (0u32..).zip(fleet.machines()) {
                    let fleet = Arc::clone(fleet);
                    links.spawn(async move {
                        tokio::time::sleep(wait * place).await;
                        keep_linked(&fleet, &machine).await
                    });
                }
                "ok".to_owned()
            }
            ["round", number] => {
                fleet.round.send_replace(number.parse()?);
                "ok".to_owned()
            }
            ["count"] => fleet.tally.line(),
            ["clones", count] => clone::find(fleet, count.parse()?).await?,
            ["quit"] => return Ok(()),
            _ => bail!("this is no order: {line}"),
        };
        println!("{answer}");
    }
    Ok(())
}

async fn enroll(
    fleet: &Arc<Fleet>,
    token: &str,
    (first, count): (u32, u32),
    at_once: usize,
) -> anyhow::Result<String> {
    let token: Arc<str> = token.into();
    let (mut enrolling, mut known, mut failed) = (JoinSet::new(), Vec::new(), 0_u32);
    let mut numbers = first..first + count;
    loop {
        while enrolling.len() < at_once
            && let Some(number) = numbers.next()
        {
            let (fleet, token) = (Arc::clone(fleet), Arc::clone(&token));
            enrolling.spawn(async move { Machine::enroll(&fleet.way, &token, number).await });
        }
        let Some(enrolled) = enrolling.join_next().await else {
            break;
        };
        match enrolled? {
            Ok(machine) => known.push(Arc::new(machine)),
            Err(error) => {
                eprintln!("not enrolled: {error:#}");
                failed += 1;
            }
        }
    }
    let done = known.len();
    *fleet.machines.lock().unwrap_or_else(PoisonError::into_inner) = known;
    Ok(format!("{done} {failed}"))
}

/// As an agent does it: with its back-off, which the server may widen, and coming when it is told to. Ends only without
/// randomness.
async fn keep_linked(fleet: &Fleet, machine: &Machine) -> anyhow::Result<()> {
    let mut backoff = Backoff::default();
    loop {
        fleet.tally.attempts.add(1);
        // Why a link ended is not told: thousands end at once when the server is killed, as is wanted.
        let asked = link::serve(fleet, machine, &mut backoff)
            .await
            .unwrap_or_default();
        if asked.is_some() {
            backoff.spread(Duration::ZERO);
        }
        let wait = backoff.next_delay(fleet.now(), random()?);
        tokio::time::sleep(wait.max(asked.unwrap_or_default())).await;
    }
}
