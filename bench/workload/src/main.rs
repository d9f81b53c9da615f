//! The screens that the bench measures, drawn on an X display by a program of its own, the same for every product; and the
//! few tools that measuring needs beside them.
//!
//! Here: the command line and the clock. `scenes` says what each workload shows, `paint` makes pixels, `window` talks to X;
//! `terminal` and `hand` drive programs that are not ours, `display` looks, `link` is a slow network.
//! All content comes from a seed: two runs with the same one show the same pictures in the same order.

mod click;
mod clip;
mod display;
mod hand;
mod link;
mod marks;
mod paint;
mod scenes;
mod terminal;
mod window;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use lexopt::prelude::*;

use crate::scenes::Scene;
use crate::window::Window;

const HELP: &str = "\
usage: farol-workload SCENE [--seed N] [--seconds N] [--fps N] [--wait]

  typing   text grows letter by letter in an editor-like page, 12 letters a second
  scroll   a long page with text, tables and photos scrolls, 24 and later 60 pixels a step
  drag     a window moves in two dimensions over a photo
  video    a 960x540 clip with grain plays in a page
  flips    full-screen slides change twice a second
  texts    full-screen pages of text change twice a second
  slides   a talk: slides with bullets and photos, hard cuts and cross-fades
  code     a code editor with panes is typed into and scrolled
  pan      a large picture is moved under a window
  ticker   ten numbers a second as bars, every four seconds another page; tells when each was drawn
  idle     a still page
  click    a button in a page (or alone, --at X,Y) that changes its color with each press of a button or key

With --wait nothing moves after `ready` until a line arrives on standard input.
Draws on the display named by DISPLAY until the time is over (--seconds 0: until it is ended), then prints
`frames N seconds S`.

Tools:
  wallpaper [--seed N]                       covers the background
  terminal KIND --socket PATH [--seconds N]  typing, lines, flood or text, to be run in a terminal
  hand --at X,Y [--seconds N] [--wait]       takes the window whose title bar is there and moves it
  park                                       moves the pointer out of the way
  rest --seconds N --out FILE                waits, prints when the display last changed, writes its pixels
  frames --area X,Y,W,H --numbers N,N --out DIR --seconds N   writes the pictures with these numbers
  clip [--seed N] [--frames N]               a film with numbered pictures, raw RGB
  link --folder DIR                          a slow network; see the source";

/// What the command line asked for.
struct Options {
    words: Vec<String>,
    seed: u64,
    seconds: f64,
    fps: Option<f64>,
    wait: bool,
    at: Option<(i16, i16)>,
    area: Vec<i32>,
    numbers: Vec<u16>,
    frames: u16,
    path: Option<PathBuf>,
}

fn main() -> Result<()> {
    let options = parse()?;
    let words: Vec<&str> = options.words.iter().map(String::as_str).collect();
    match words[..] {
        ["click"] => click::click(options.at, options.seed),
        ["wallpaper"] => display::wallpaper(options.seed),
        ["park"] => display::park_pointer(),
        ["clip"] => clip::clip(options.seed, options.frames),
        ["link"] => link::link(options.path()?),
        ["terminal", kind] => terminal::terminal(kind, options.seed, options.seconds, options.path()?),
        ["rest"] => {
            let last = display::rest(options.seconds, options.path()?)?;
            say(&last.map_or_else(|| "still".to_owned(), |at| format!("last {at}")))
        }
        ["frames"] => {
            let missing = display::frames(
                options.area()?,
                &options.numbers,
                options.path()?,
                options.seconds,
            )?;
            say(&format!("missing {missing:?}"))
        }
        ["hand"] => {
            let grip = options
                .at
                .ok_or_else(|| anyhow!("say where the hand takes the window: --at X,Y"))?;
            let fps = options.fps.unwrap_or(30.0);
            let steps = hand::drag(grip, options.seconds, fps, || ready(options.wait))?;
            say(&format!("frames {steps} seconds {}", options.seconds))
        }
        [scene] => {
            let mut window = Window::open()?;
            let mut scene = scenes::make(scene, options.seed, &mut window)
                .with_context(|| format!("cannot show the scene {scene:?}; see --help"))?;
            run(&mut *scene, &mut window, &options)
        }
        _ => bail!("name one scene or tool; see --help"),
    }
}

impl Options {
    fn path(&self) -> Result<&std::path::Path> {
        self.path
            .as_deref()
            .ok_or_else(|| anyhow!("say which file or folder; see --help"))
    }

    fn area(&self) -> Result<display::Area> {
        let [x, y, width, height] = self.area[..] else {
            bail!("an area is X,Y,W,H")
        };
        Ok((
            x.try_into()?,
            y.try_into()?,
            width.try_into()?,
            height.try_into()?,
        ))
    }
}

fn parse() -> Result<Options> {
    let mut options = Options {
        words: Vec::new(),
        seed: 0,
        seconds: 10.0,
        fps: None,
        wait: false,
        at: None,
        area: Vec::new(),
        numbers: Vec::new(),
        frames: 300,
        path: None,
    };
    let mut parser = lexopt::Parser::from_env();
    while let Some(arg) = parser.next()? {
        match arg {
            Long("help") | Short('h') => {
                say(HELP)?;
                std::process::exit(0);
            }
            Long("seed") => options.seed = parser.value()?.parse()?,
            Long("seconds") => options.seconds = parser.value()?.parse()?,
            Long("wait") => options.wait = true,
            Long("fps") => options.fps = Some(parser.value()?.parse()?),
            Long("frames") => options.frames = parser.value()?.parse()?,
            Long("at") => {
                let place: Vec<i16> = list(&parser.value()?.string()?)?;
                let [x, y] = place[..] else {
                    bail!("--at wants X,Y")
                };
                options.at = Some((x, y));
            }
            Long("area") => options.area = list(&parser.value()?.string()?)?,
            Long("numbers") => options.numbers = list(&parser.value()?.string()?)?,
            Long("out" | "socket" | "folder") => options.path = Some(parser.value()?.into()),
            Value(word) => options.words.push(word.string()?),
            _ => return Err(arg.unexpected().into()),
        }
    }
    Ok(options)
}

/// Numbers with commas between them.
fn list<T: std::str::FromStr<Err = std::num::ParseIntError>>(text: &str) -> Result<Vec<T>> {
    let numbers = text.split(',').filter(|part| !part.is_empty()).map(str::parse);
    numbers
        .collect::<Result<_, _>>()
        .with_context(|| format!("{text:?} is no list of numbers"))
}

/// Says that everything is there; waits for a line when that was asked for.
fn ready(wait: bool) -> Result<()> {
    say("ready")?;
    if wait {
        std::io::stdin().read_line(&mut String::new())?;
    }
    Ok(())
}

/// Draws steps at the scene's rate. A step that is late is drawn at once and the clock is not caught up: a slow machine
/// shows fewer frames, never a burst.
fn run(scene: &mut dyn Scene, window: &mut Window, options: &Options) -> Result<()> {
    scene.step(window, 0)?;
    window.sync()?;
    ready(options.wait)?;
    let fps = options.fps.unwrap_or_else(|| scene.fps());
    let start = Instant::now();
    let end = (options.seconds > 0.0).then(|| start + Duration::from_secs_f64(options.seconds));
    let mut frames = 0_u64;
    let mut due = start;
    loop {
        if end.is_some_and(|end| Instant::now() >= end) {
            break;
        }
        let wait = if fps > 0.0 {
            Duration::from_secs_f64(1.0 / fps)
        } else {
            Duration::from_millis(200)
        };
        due = (due + wait).max(Instant::now());
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        if fps > 0.0 {
            frames += 1;
            scene.step(window, frames)?;
            window.sync()?;
            if scene.is_numbered() {
                say(&format!("step {frames} {}", display::now_us()?))?;
            }
        }
    }
    say(&format!(
        "frames {} seconds {:.3}",
        scene.pictures(frames),
        start.elapsed().as_secs_f64()
    ))?;
    if options.wait {
        // What was drawn last stays to be looked at until the bench ends this program or closes its input.
        std::io::stdin().read_line(&mut String::new())?;
    }
    Ok(())
}

/// One line for the bench that started this program.
fn say(line: &str) -> Result<()> {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")
        .and_then(|()| out.flush())
        .context("standard output is closed")
}
