//! The processes with the agents, told what to do all at once. What the lines mean: `agents/mod.rs`.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use farol_testkit::bench::process::with_files;
use futures_util::future::try_join_all;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout};

/// Agents of one process: a quarter of the descriptors it may have, and so few that one thread drives them.
const EACH: u32 = 4_500;
/// How often the numbers are asked for while something is waited for.
const LOOK: Duration = Duration::from_millis(200);

/// What all agents have done so far; the order is that of the tally in `agents/tally.rs`.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Count {
    pub(crate) live: u64,
    pub(crate) attempts: u64,
    pub(crate) welcomes: u64,
    pub(crate) put_off: u64,
    pub(crate) kept: u64,
    pub(crate) refused: u64,
    pub(crate) paces: u64,
}

/// One process with agents.
struct Simulator {
    /// Ended when this is dropped.
    _child: Child,
    orders: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

/// All of them.
pub(crate) struct Crew {
    all: Vec<Simulator>,
}

impl Simulator {
    fn start(address: SocketAddr, authority: &Path, first: u32, count: u32) -> anyhow::Result<Self> {
        let mut child = with_files(&std::env::current_exe()?)
            .args(["agents", &address.to_string()])
            .arg(authority)
            .args([first.to_string(), count.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("the agents do not start")?;
        let (orders, answers) = (child.stdin.take(), child.stdout.take());
        Ok(Self {
            _child: child,
            orders: orders.context("no way to tell the agents anything")?,
            answers: BufReader::new(answers.context("no way to hear the agents")?).lines(),
        })
    }

    async fn ask(&mut self, order: &str) -> anyhow::Result<Vec<u64>> {
        self.orders.write_all(format!("{order}\n").as_bytes()).await?;
        let line = self.answers.next_line().await?;
        let line = line.with_context(|| format!("the agents ended instead of `{order}`"))?;
        // `ok` has no numbers.
        line.split_whitespace()
            .filter(|word| *word != "ok")
            .map(|word| {
                word.parse()
                    .with_context(|| format!("`{order}` was answered with {line}"))
            })
            .collect()
    }
}

impl Crew {
    /// Starts as many processes as so many agents need. They do nothing yet.
    pub(crate) fn start(address: SocketAddr, authority: &Path, size: u32) -> anyhow::Result<Self> {
        let parts = size.div_ceil(EACH);
        let each = size.div_ceil(parts);
        let starts = (0..parts).map(|part| {
            let first = part * each;
            Simulator::start(address, authority, first, each.min(size - first))
        });
        Ok(Self {
            all: starts.collect::<anyhow::Result<_>>()?,
        })
    }

    /// How many processes there are.
    pub(crate) fn processes(&self) -> usize {
        self.all.len()
    }

    /// Tells all of them the same, and adds up what they answer.
    pub(crate) async fn ask(&mut self, order: &str) -> anyhow::Result<Vec<u64>> {
        let answers = try_join_all(self.all.iter_mut().map(|simulator| simulator.ask(order))).await?;
        let mut sums: Vec<u64> = Vec::new();
        for answer in answers {
            sums.resize(sums.len().max(answer.len()), 0);
            for (sum, number) in sums.iter_mut().zip(answer) {
                *sum += number;
            }
        }
        Ok(sums)
    }

    /// Tells the first one alone.
    pub(crate) async fn ask_one(&mut self, order: &str) -> anyhow::Result<Vec<u64>> {
        let first = self.all.first_mut().context("there are no agents")?;
        first.ask(order).await
    }

    pub(crate) async fn count(&mut self) -> anyhow::Result<Count> {
        let sums = self.ask("count").await?;
        let [live, attempts, welcomes, put_off, kept, refused, paces] = sums.as_slice() else {
            anyhow::bail!("these are no counts: {sums:?}");
        };
        Ok(Count {
            live: *live,
            attempts: *attempts,
            welcomes: *welcomes,
            put_off: *put_off,
            kept: *kept,
            refused: *refused,
            paces: *paces,
        })
    }

    /// Looks until the numbers are as wanted; the numbers then, and how long that took.
    pub(crate) async fn until(
        &mut self,
        what: &str,
        patience: Duration,
        wanted: impl Fn(&Count) -> bool,
    ) -> anyhow::Result<(Count, Duration)> {
        let started = Instant::now();
        loop {
            let count = self.count().await?;
            if wanted(&count) {
                return Ok((count, started.elapsed()));
            }
            ensure!(
                started.elapsed() < patience,
                "waited in vain for {what}: {count:?}"
            );
            tokio::time::sleep(LOOK).await;
        }
    }
}
