//! The workloads: what is drawn, where, how fast. A run keeps its own beat whether anybody can follow or not.

use std::time::{Duration, Instant};

use anyhow::Result;
use x11rb::protocol::xproto::{EventMask, Pixmap, Window};

use crate::paint::{self, Canvas, LETTER_HEIGHT, LETTER_WIDTH, Letters, Random};
use crate::stage::{Place, Stage};

const EDITOR: Place = Place {
    x: 480,
    y: 200,
    width: 960,
    height: 640,
};
const BROWSER: Place = Place {
    x: 320,
    y: 90,
    width: 1280,
    height: 900,
};
const FILM: Place = Place {
    x: 480,
    y: 270,
    width: 960,
    height: 540,
};
const DRAGGED: Place = Place {
    x: 200,
    y: 150,
    width: 800,
    height: 600,
};

/// Pixels a scroll step moves, as one notch of a wheel does in pieces.
const SCROLL_STEP: usize = 24;
const PAGE_HEIGHT: usize = 12_000;
/// Different frames of the film; a run longer than this many frames at 30 a second sees it again.
const FILM_FRAMES: usize = 120;
const SLIDES: u32 = 8;

/// Frames a second of each workload.
const TYPING_RATE: f64 = 12.5;
const SCROLL_RATE: f64 = 30.0;
const DRAG_RATE: f64 = 60.0;
const FILM_RATE: f64 = 30.0;
const FLIP_RATE: f64 = 2.0;

/// Everything the workloads draw, uploaded before the first of them starts.
pub(crate) struct Runs {
    letters: Letters,
    editor: Window,
    browser: Window,
    page: Pixmap,
    film_window: Window,
    film: Vec<Pixmap>,
    dragged: Window,
    dragged_picture: Pixmap,
    whole: Window,
    slides: Vec<Pixmap>,
    random: Random,
}

/// Draws for that long; returns the frames drawn and the time it took.
pub(crate) type Run = fn(&mut Runs, &Stage, Duration) -> Result<(u64, Duration)>;

/// The workload of that name.
pub(crate) fn by_name(name: &str) -> Option<Run> {
    match name {
        "idle" => Some(Runs::idle),
        "typing" => Some(Runs::typing),
        "scroll" => Some(Runs::scroll),
        "drag" => Some(Runs::drag),
        "video" => Some(Runs::video),
        "flips" => Some(Runs::flips),
        _ => None,
    }
}

impl Runs {
    /// Paints and uploads everything and puts up the wallpaper. Takes a few seconds and about 350 MB of the display's memory.
    pub(crate) fn prepare(stage: &Stage) -> Result<Self> {
        let letters = Letters::new(stage)?;
        let (width, height) = stage.size();
        let whole = Place {
            x: 0,
            y: 0,
            width,
            height,
        };
        let size = (usize::from(width), usize::from(height));

        let mut wallpaper = Canvas::new(size.0, size.1, 0);
        wallpaper.photo((0, 0), size, 4242);
        stage.wallpaper(stage.upload(&wallpaper)?)?;

        let page = paint::page(&letters, usize::from(BROWSER.width), PAGE_HEIGHT, 7);
        let dragged = paint::page(
            &letters,
            usize::from(DRAGGED.width),
            usize::from(DRAGGED.height),
            99,
        );
        let film = (0..FILM_FRAMES)
            .map(|number| {
                let frame = paint::film_frame(usize::from(FILM.width), usize::from(FILM.height), number);
                stage.upload(&frame)
            })
            .collect::<Result<Vec<_>>>()?;
        let slides = (0..SLIDES)
            .map(|number| stage.upload(&paint::slide(&letters, size, number)))
            .collect::<Result<Vec<_>>>()?;
        let runs = Self {
            editor: stage.window(EDITOR, EventMask::NO_EVENT)?,
            browser: stage.window(BROWSER, EventMask::NO_EVENT)?,
            page: stage.upload(&page)?,
            film_window: stage.window(FILM, EventMask::NO_EVENT)?,
            film,
            dragged: stage.window(DRAGGED, EventMask::NO_EVENT)?,
            dragged_picture: stage.upload(&dragged)?,
            whole: stage.window(whole, EventMask::NO_EVENT)?,
            slides,
            letters,
            random: Random::new(31),
        };
        stage.settle()?;
        Ok(runs)
    }

    fn idle(&mut self, stage: &Stage, time: Duration) -> Result<(u64, Duration)> {
        stage.settle()?;
        std::thread::sleep(time);
        Ok((0, time))
    }

    /// One letter at a time with a caret behind it, as somebody who types quickly.
    fn typing(&mut self, stage: &Stage, time: Duration) -> Result<(u64, Duration)> {
        stage.show(self.editor)?;
        let columns = usize::from(EDITOR.width) / LETTER_WIDTH - 4;
        let rows = usize::from(EDITOR.height) / (LETTER_HEIGHT + 4) - 1;
        let text: String = (0..rows).map(|_| self.random.line(columns)).collect();
        let window = self.editor;
        let letters = &self.letters;
        let result = beat(TYPING_RATE, time, |frame| {
            let place = usize::try_from(frame)? % text.len();
            let (column, row) = (place % columns, place / columns);
            let mut cell = Canvas::new(LETTER_WIDTH + 2, LETTER_HEIGHT + 2, 0x00ff_ffff);
            letters.draw(&mut cell, (0, 0), &text[place..=place], 0x0020_2020);
            cell.rectangle((LETTER_WIDTH, 0), (2, LETTER_HEIGHT), 0x0000_0000);
            let (x, y) = (10 + column * LETTER_WIDTH, 10 + row * (LETTER_HEIGHT + 4));
            stage.put(window, &cell, i16::try_from(x)?, i16::try_from(y)?)
        });
        stage.hide(window)?;
        result
    }

    /// A long page of text and pictures, a few lines further in every frame, back up at its end.
    fn scroll(&mut self, stage: &Stage, time: Duration) -> Result<(u64, Duration)> {
        stage.show(self.browser)?;
        let (window, page) = (self.browser, self.page);
        let range = (PAGE_HEIGHT - usize::from(BROWSER.height)) / SCROLL_STEP;
        let result = beat(SCROLL_RATE, time, |frame| {
            let step = usize::try_from(frame)? % (2 * range);
            let step = if step < range { step } else { 2 * range - step };
            stage.copy(
                page,
                window,
                i16::try_from(step * SCROLL_STEP)?,
                (BROWSER.width, BROWSER.height),
            )
        });
        stage.hide(window)?;
        result
    }

    /// A window taken in circles over the wallpaper.
    fn drag(&mut self, stage: &Stage, time: Duration) -> Result<(u64, Duration)> {
        stage.show(self.dragged)?;
        stage.copy(
            self.dragged_picture,
            self.dragged,
            0,
            (DRAGGED.width, DRAGGED.height),
        )?;
        let window = self.dragged;
        let result = beat(DRAG_RATE, time, |frame| {
            let turn = frame as f64 / DRAG_RATE * 1.7;
            let x = 560.0 + 420.0 * turn.sin();
            let y = 240.0 + 200.0 * (turn * 1.3).cos();
            stage.move_to(window, x as i16, y as i16)
        });
        stage.hide(window)?;
        result
    }

    /// A film in a window.
    fn video(&mut self, stage: &Stage, time: Duration) -> Result<(u64, Duration)> {
        stage.show(self.film_window)?;
        let (window, film) = (self.film_window, &self.film);
        let result = beat(FILM_RATE, time, |frame| {
            let picture = film[usize::try_from(frame)? % film.len()];
            stage.copy(picture, window, 0, (FILM.width, FILM.height))
        });
        stage.hide(window)?;
        result
    }

    /// Slides that fill the screen, two a second.
    fn flips(&mut self, stage: &Stage, time: Duration) -> Result<(u64, Duration)> {
        let size = stage.size();
        stage.show(self.whole)?;
        let (window, slides) = (self.whole, &self.slides);
        let result = beat(FLIP_RATE, time, |frame| {
            stage.copy(slides[usize::try_from(frame)? % slides.len()], window, 0, size)
        });
        stage.hide(window)?;
        result
    }
}

/// Calls `draw` with the number of each frame, `rate` times a second for `time`. A frame that is late is drawn at once
/// and the beat goes on from the plan, so that the number of frames does not depend on the load.
fn beat(rate: f64, time: Duration, mut draw: impl FnMut(u64) -> Result<()>) -> Result<(u64, Duration)> {
    let started = Instant::now();
    let frames = (time.as_secs_f64() * rate).round() as u64;
    for frame in 0..frames {
        let due = Duration::from_secs_f64(frame as f64 / rate);
        std::thread::sleep(due.saturating_sub(started.elapsed()));
        draw(frame)?;
    }
    std::thread::sleep(time.saturating_sub(started.elapsed()));
    Ok((frames, started.elapsed()))
}
