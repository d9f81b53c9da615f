//! What runs in a terminal that is looked at: letters one by one, lines of a log at a steady rate, or a flood.
//!
//! The terminal is a real one (xterm); this program only writes to its standard output. Who measures speaks to it over a
//! socket, because standard input and output belong to the terminal: `ready`, then `go` comes in, then `frames N`.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::paint::{Dice, sentence};

/// Letters a second of a quick writer.
const LETTERS: f64 = 12.0;
/// Lines a second of a busy log.
const LINES: f64 = 60.0;
/// Lines that are there before anything moves.
const BEFORE: u32 = 70;

/// Writes `kind` for `seconds` after `go`.
pub(crate) fn terminal(kind: &str, seed: u64, seconds: f64, socket: &Path) -> Result<()> {
    let mut stream = UnixStream::connect(socket).context("nobody listens on the socket")?;
    let mut dice = Dice::new(seed + 101);
    let before: u32 = if kind == "typing" { 8 } else { BEFORE };
    for _ in 0..before {
        out(&format!("{}\r\n", line(kind, &mut dice)))?;
    }
    writeln!(stream, "ready")?;
    let mut answers = BufReader::new(stream.try_clone()?);
    answers.read_line(&mut String::new())?;
    let written = match kind {
        "typing" => typing(&mut dice, seconds)?,
        "lines" => paced(LINES, seconds, || out(&format!("{}\r\n", line(kind, &mut dice))))?,
        "flood" => flood(&mut dice, seconds)?,
        "text" => 0,
        _ => bail!("a terminal shows typing, lines, flood or text"),
    };
    writeln!(stream, "frames {written} seconds {seconds}")?;
    // The text stays until the terminal is closed.
    answers.read_line(&mut String::new())?;
    Ok(())
}

/// Does something at a steady rate; what is late is done at once and not caught up.
fn paced(rate: f64, seconds: f64, mut step: impl FnMut() -> Result<()>) -> Result<u64> {
    let (start, wait) = (Instant::now(), Duration::from_secs_f64(1.0 / rate));
    let (mut due, mut steps) = (start, 0);
    while start.elapsed().as_secs_f64() < seconds {
        due = (due + wait).max(Instant::now());
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        step()?;
        steps += 1;
    }
    Ok(steps)
}

/// Commands are typed, and each answers with a few lines.
fn typing(dice: &mut Dice, seconds: f64) -> Result<u64> {
    let mut waiting: Vec<char> = Vec::new();
    paced(LETTERS, seconds, || {
        if waiting.is_empty() {
            waiting = sentence(dice, 6).chars().rev().collect();
            return out("\r\n$ ");
        }
        let letter = waiting.pop().unwrap_or(' ');
        out(&letter.to_string())?;
        if waiting.is_empty() && dice.below(2) == 0 {
            let lines = (0..=dice.below(4)).map(|_| format!("\r\n{}", line("listing", dice)));
            return out(&lines.collect::<String>());
        }
        Ok(())
    })
}

/// As fast as the terminal takes it: listings and source text by turns.
fn flood(dice: &mut Dice, seconds: f64) -> Result<u64> {
    let start = Instant::now();
    let mut lines = 0;
    while start.elapsed().as_secs_f64() < seconds {
        let mut page = String::new();
        for _ in 0..40 {
            let kind = if lines / 400 % 2 == 0 { "listing" } else { "source" };
            page.push_str(&line(kind, dice));
            page.push_str("\r\n");
            lines += 1;
        }
        out(&page)?;
    }
    Ok(lines)
}

/// One line of a kind, with colors as programs use them.
fn line(kind: &str, dice: &mut Dice) -> String {
    match kind {
        "listing" | "flood" => format!(
            "/usr/{}/{}/{}-{}.{}",
            sentence(dice, 1),
            sentence(dice, 1),
            sentence(dice, 1),
            dice.below(900),
            sentence(dice, 1)
        ),
        "source" => {
            let depth = " ".repeat(dice.below(5) as usize * 4);
            format!(
                "{depth}{}({}) {{ // {}",
                sentence(dice, 2),
                sentence(dice, 1),
                sentence(dice, 4)
            )
        }
        "lines" => {
            let level = [
                "\x1b[32mINFO\x1b[0m",
                "\x1b[33mWARN\x1b[0m",
                "\x1b[36mDEBUG\x1b[0m",
            ];
            let level = level.get(dice.below(3) as usize).copied().unwrap_or("INFO");
            let (clock, id) = (dice.below(60_000), dice.below(9999));
            format!("12:{clock:05} {level} request{{id={id}}} {}", sentence(dice, 9))
        }
        _ => sentence(dice, 9),
    }
}

/// Text to the terminal, at once.
fn out(text: &str) -> Result<()> {
    let mut terminal = std::io::stdout().lock();
    terminal.write_all(text.as_bytes())?;
    terminal.flush().context("the terminal is gone")
}
