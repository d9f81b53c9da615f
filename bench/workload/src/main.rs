//! The screens that the bench measures, drawn on an X display by a program of its own, the same for every product.
//!
//! Here: the command line and the clock. `scenes` says what each workload shows, `paint` makes pixels, `window` talks to X.
//! All content is deterministic: two runs show the same pictures in the same order.

mod paint;
mod scenes;
mod window;

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use lexopt::prelude::*;

use crate::scenes::Scene;
use crate::window::{Place, Window};

const HELP: &str = "\
usage: farol-workload SCENE [--seconds N] [--fps N] [--wait]

  typing   text grows letter by letter in an editor-like page, 12 letters a second
  scroll   a long page with text, tables and photos scrolls, 24 and later 60 pixels a step
  drag     a window moves in two dimensions over a photo
  video    a 960x540 clip with grain plays in a page
  flips    full-screen slides change twice a second
  idle     a still page
  click    a button in a page that changes its color with each press; prints a line each time

With --wait nothing moves after `ready` until a line arrives on standard input.
Draws on the display named by DISPLAY until the time is over (--seconds 0: until it is ended), then prints
`frames N seconds S`.";

/// What the command line asked for.
struct Options {
    scene: String,
    seconds: f64,
    fps: Option<f64>,
    wait: bool,
}

fn main() -> Result<()> {
    let options = parse()?;
    let mut window = Window::open()?;
    if options.scene == "click" {
        return click(&mut window);
    }
    let mut scene = scenes::make(&options.scene, &mut window)
        .with_context(|| format!("no scene is called {:?}; see --help", options.scene))?;
    run(&mut *scene, &mut window, &options)
}

fn parse() -> Result<Options> {
    let mut options = Options {
        scene: String::new(),
        seconds: 10.0,
        fps: None,
        wait: false,
    };
    let mut parser = lexopt::Parser::from_env();
    while let Some(arg) = parser.next()? {
        match arg {
            Long("help") | Short('h') => {
                say(HELP)?;
                std::process::exit(0);
            }
            Long("seconds") => options.seconds = parser.value()?.parse()?,
            Long("wait") => options.wait = true,
            Long("fps") => options.fps = Some(parser.value()?.parse()?),
            Value(scene) if options.scene.is_empty() => options.scene = scene.string()?,
            _ => return Err(arg.unexpected().into()),
        }
    }
    if options.scene.is_empty() {
        bail!("name a scene; see --help");
    }
    Ok(options)
}

/// Draws steps at the scene's rate. A step that is late is drawn at once and the clock is not caught up: a slow machine
/// shows fewer frames, never a burst.
fn run(scene: &mut dyn Scene, window: &mut Window, options: &Options) -> Result<()> {
    scene.step(window, 0)?;
    window.sync()?;
    say("ready")?;
    if options.wait {
        std::io::stdin().read_line(&mut String::new())?;
    }
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
        }
    }
    say(&format!(
        "frames {frames} seconds {:.3}",
        start.elapsed().as_secs_f64()
    ))
}

/// A button in the middle of a page changes its color with every press, as fast as X tells of it.
fn click(window: &mut Window) -> Result<()> {
    const SIZE: (u16, u16) = (240, 120);
    let corner = ((window.width - SIZE.0) / 2, (window.height - SIZE.1) / 2);
    let button = Place {
        from: (0, 0),
        to: (i16::try_from(corner.0)?, i16::try_from(corner.1)?),
        size: SIZE,
    };
    scenes::make("idle", window)?.step(window, 0)?;
    let colors = [paint::rgb(30, 60, 110), paint::rgb(240, 170, 40)];
    window.fill(button, colors[0])?;
    window.sync()?;
    say("ready")?;
    let mut presses = 0;
    loop {
        window.wait_for_press()?;
        presses += 1;
        window.fill(button, colors[presses % 2])?;
        window.sync()?;
        say(&format!("press {presses}"))?;
    }
}

/// One line for the bench that started this program.
fn say(line: &str) -> Result<()> {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")
        .and_then(|()| out.flush())
        .context("standard output is closed")
}
