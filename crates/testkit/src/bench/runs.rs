//! [`run`]: the same thing many times, and [`report`]: what that took.

use std::future::Future;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

/// Times of all, shortest first, and of the whole.
#[derive(Debug)]
pub struct Run {
    /// Of each.
    pub each: Vec<Duration>,
    /// From the first's start to the last's end.
    pub whole: Duration,
}

/// Does something `times` times, `at_once` of them together.
///
/// # Errors
/// The first that fails.
pub async fn run<F>(at_once: usize, times: usize, act: impl Fn(usize) -> F) -> anyhow::Result<Run>
where
    F: Future<Output = anyhow::Result<()>> + Send + 'static,
{
    let started = Instant::now();
    let mut each = Vec::with_capacity(times);
    let mut running = JoinSet::new();
    for place in 0..times {
        if running.len() >= at_once
            && let Some(done) = running.join_next().await
        {
            each.push(done??);
        }
        let act = act(place);
        running.spawn(async move {
            let started = Instant::now();
            act.await.map(|()| started.elapsed())
        });
    }
    while let Some(done) = running.join_next().await {
        each.push(done??);
    }
    each.sort_unstable();
    Ok(Run {
        each,
        whole: started.elapsed(),
    })
}

/// Prints one line about it.
#[allow(clippy::print_stdout, reason = "the output of a program that measures")]
pub fn report(what: &str, at_once: usize, run: &Run) {
    let percentile = |percent: usize| {
        run.each
            .get(run.each.len() * percent / 100)
            .copied()
            .unwrap_or_default()
    };
    #[allow(clippy::cast_precision_loss, reason = "figures for people")]
    let rate = run.each.len() as f64 / run.whole.as_secs_f64();
    println!(
        "{what} ({at_once} at once, {} in all): {rate:.0}/s, p50 {:.2?}, p95 {:.2?}, p99 {:.2?}",
        run.each.len(),
        percentile(50),
        percentile(95),
        percentile(99),
    );
}
