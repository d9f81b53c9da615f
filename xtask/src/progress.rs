//! What a person sees while work is going on: one line per step with the time it took.
//!
//! On a terminal the running step shows its elapsed time and the last line its program printed; elsewhere (CI, a pipe)
//! only the beginning, a sign of life every half minute and the end are printed, so that logs stay readable.

use std::io::{IsTerminal, Write};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::Result;

const REDRAW: Duration = Duration::from_millis(200);
const SIGN_OF_LIFE: Duration = Duration::from_secs(30);
/// Longest tail of a program's last line that is shown; wider lines would wrap and could not be redrawn.
const TAIL: usize = 60;

/// The last line a running program printed; shared between the reader of its output and the display.
#[derive(Clone, Default)]
pub(crate) struct LastLine(Arc<Mutex<String>>);

impl LastLine {
    /// Replaces the line.
    pub(crate) fn set(&self, line: &str) {
        if let Ok(mut kept) = self.0.lock() {
            *kept = line.trim().chars().take(TAIL).collect();
        }
    }

    fn get(&self) -> String {
        self.0.lock().map(|kept| kept.clone()).unwrap_or_default()
    }
}

/// Runs `work` as a step called `title`, showing time while it runs and a check mark or a cross at its end.
///
/// # Errors
/// Passes on what `work` returned.
pub(crate) fn step<T>(title: &str, work: impl FnOnce(&LastLine) -> Result<T>) -> Result<T> {
    let started = Instant::now();
    let last = LastLine::default();
    let tty = std::io::stdout().is_terminal();
    if !tty {
        println!("  … {title}");
    }
    let result = std::thread::scope(|scope| {
        let (done, finished) = mpsc::channel::<()>();
        let shown = last.clone();
        scope.spawn(move || show(title, started, &shown, &finished, tty));
        let result = work(&last);
        drop(done);
        result
    });
    let mark = if result.is_ok() { "✓" } else { "✗" };
    let clear = if tty { "\r\x1b[2K" } else { "" };
    println!("{clear}  {mark} {title}  {}", seconds(started.elapsed()));
    result
}

/// A step that had nothing to do.
pub(crate) fn skip(title: &str, reason: &str) {
    println!("  ✓ {title}  ({reason})");
}

fn show(title: &str, started: Instant, last: &LastLine, finished: &mpsc::Receiver<()>, tty: bool) {
    let pause = if tty { REDRAW } else { SIGN_OF_LIFE };
    while finished.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
        let line = last.get();
        let dot = if line.is_empty() { "" } else { " · " };
        let elapsed = seconds(started.elapsed());
        if tty {
            print!("\r\x1b[2K  … {title}  {elapsed}{dot}{line}");
        } else {
            println!("    {title}: {elapsed}{dot}{line}");
        }
        if std::io::stdout().flush().is_err() {
            // A terminal that went away must not stop the work.
        }
    }
}

/// `4.2 s` or `3 min 07 s`.
pub(crate) fn seconds(time: Duration) -> String {
    let whole = time.as_secs();
    if whole < 60 {
        format!("{:.1} s", time.as_secs_f64())
    } else {
        format!("{} min {:02} s", whole / 60, whole % 60)
    }
}

/// The times of a longer run, printed as a table at its end.
#[derive(Default)]
pub(crate) struct Table {
    rows: Vec<(String, Duration, bool)>,
}

impl Table {
    /// Runs `work` under a heading, with its output as it comes, and keeps the time.
    ///
    /// # Errors
    /// Passes on what `work` returned.
    pub(crate) fn section(&mut self, title: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
        println!("\n== {title}");
        let started = Instant::now();
        let result = work();
        self.rows
            .push((title.to_owned(), started.elapsed(), result.is_ok()));
        result
    }

    /// Prints the rows and their sum.
    pub(crate) fn print(&self) {
        let width = self
            .rows
            .iter()
            .map(|(title, ..)| title.chars().count())
            .max()
            .unwrap_or(0);
        println!();
        for (title, time, ok) in &self.rows {
            println!(
                "  {} {title:width$}  {:>12}",
                if *ok { "✓" } else { "✗" },
                seconds(*time)
            );
        }
        let sum = self.rows.iter().map(|(_, time, _)| *time).sum();
        println!("    {:width$}  {:>12}", "all", seconds(sum));
    }
}
