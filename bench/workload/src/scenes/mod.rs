//! What each workload shows, step by step. Everything heavy is prepared before the first step.
//!
//! Here: the scenes that a page, an editor, a window and a clip make. `slides`, `work` and `ticker` hold the others.

mod slides;
mod ticker;
mod work;

use anyhow::{Result, bail};

use crate::paint::{Dice, Face, Pen, Picture, Theme, photo, rgb, sentence};
use crate::window::{Place, Stored, Window};

/// One workload: draws its step number `step`; step 0 paints everything.
pub(crate) trait Scene {
    /// Steps per second that belong to the scene; 0 = nothing moves.
    fn fps(&self) -> f64;

    /// Whether each step carries its number as bars on the screen, and its time is to be told.
    fn is_numbered(&self) -> bool {
        false
    }

    /// How many different pictures so many steps were.
    fn pictures(&self, steps: u64) -> u64 {
        steps
    }

    /// Draws one step.
    fn step(&mut self, window: &mut Window, step: u64) -> Result<()>;
}

/// Prepares the scene with this name; `seed` chooses its contents, its font and its colors.
pub(crate) fn make(name: &str, seed: u64, window: &mut Window) -> Result<Box<dyn Scene>> {
    Ok(match name {
        "typing" => Box::new(Typing::new(window, seed)?),
        "scroll" => Box::new(Scroll::new(window, seed)?),
        "drag" => Box::new(Drag::new(window, seed)?),
        "video" => Box::new(Video::new(window, seed)?),
        "flips" => Box::new(Flips::new(window, seed)?),
        "texts" => Box::new(Flips::of_text(window, seed)?),
        "slides" => Box::new(slides::Slides::new(window, seed)?),
        "code" => Box::new(work::Code::new(window, seed)?),
        "pan" => Box::new(work::Pan::new(window, seed)?),
        "ticker" => Box::new(ticker::Ticker::new(window, seed)?),
        "idle" => Box::new(Still {
            page: window.store(&page(window, seed + 4)?)?,
        }),
        _ => bail!("unknown scene"),
    })
}

fn whole(window: &Window) -> Place {
    Place {
        from: (0, 0),
        to: (0, 0),
        size: (window.width, window.height),
    }
}

/// A page of the window's size with text, a table and a photo.
fn page(window: &Window, seed: u64) -> Result<Picture> {
    long_page(usize::from(window.width), usize::from(window.height), seed)
}

/// A page of any height: headings, paragraphs, tables with rules, photos.
fn long_page(width: usize, height: usize, seed: u64) -> Result<Picture> {
    let theme = Theme::of(seed);
    let (pen, head) = (Pen::new(theme.face, 15.0)?, Pen::new(theme.face, 24.0)?);
    let mut dice = Dice::new(seed);
    let mut picture = Picture::new(width, height, theme.paper);
    picture.rect((0, 0, width, 48), theme.bar);
    let title = "Handbook of the support team";
    head.write(&mut picture, title, (32, 33), rgb(255, 255, 255));
    let mut y = 96;
    let mut block = 0_u64;
    while y < height {
        y = match block % 4 {
            0 => {
                head.write(&mut picture, &sentence(&mut dice, 6), (48, y), theme.heading);
                y + 40
            }
            1 => {
                for line in 0..12 {
                    let text = sentence(&mut dice, 19);
                    pen.write(&mut picture, &text, (48, y + line * 22), theme.ink);
                }
                y + 12 * 22 + 18
            }
            2 => table(&mut picture, &pen, &theme, &mut dice, y),
            _ => {
                picture.paste(&photo(480, 300, seed + block, 0.0, 10), 48, y);
                let image = photo(360, 300, seed + block + 1, 1.0, 10);
                picture.paste(&image, 560, y);
                y + 340
            }
        };
        block += 1;
    }
    Ok(picture)
}

/// Nine rows of a table from `y` on; returns where it ends.
fn table(picture: &mut Picture, pen: &Pen, theme: &Theme, dice: &mut Dice, y: usize) -> usize {
    let width = picture.width;
    for row in 0..9 {
        let y = y + row * 24;
        if row % 2 == 0 {
            picture.rect((48, y - 16, width.saturating_sub(96), 24), theme.soft);
        }
        for column in 0..5 {
            let text = sentence(dice, 2);
            pen.write(picture, &text, (60 + column * (width / 6), y), theme.ink);
        }
    }
    y + 9 * 24 + 30
}

struct Still {
    page: Stored,
}

impl Scene for Still {
    fn fps(&self) -> f64 {
        0.0
    }

    fn step(&mut self, window: &mut Window, _step: u64) -> Result<()> {
        window.show(self.page, whole(window))
    }
}

/// An editor over a photo: letters appear, lines wrap, the page scrolls when it is full.
struct Typing {
    pen: Pen,
    text: Vec<char>,
    sheet: Picture,
    background: Stored,
    at: (usize, usize),
}

impl Typing {
    const SIZE: (usize, usize) = (900, 640);
    const CORNER: (i16, i16) = (300, 180);

    fn new(window: &Window, seed: u64) -> Result<Self> {
        let wallpaper = photo(
            usize::from(window.width),
            usize::from(window.height),
            seed + 3,
            0.0,
            8,
        );
        Ok(Self {
            pen: Pen::new(Face::Sans, 15.0)?,
            text: sentence(&mut Dice::new(seed + 11), 4000).chars().collect(),
            sheet: Picture::new(Self::SIZE.0, Self::SIZE.1, rgb(255, 255, 255)),
            background: window.store(&wallpaper)?,
            at: (20, 30),
        })
    }
}

impl Scene for Typing {
    fn fps(&self) -> f64 {
        12.0
    }

    fn step(&mut self, window: &mut Window, step: u64) -> Result<()> {
        if step == 0 {
            window.show(self.background, whole(window))?;
            return window.put(&self.sheet, Self::CORNER.0, Self::CORNER.1);
        }
        let letter = usize::try_from(step)?
            .checked_rem(self.text.len())
            .and_then(|i| self.text.get(i));
        let left = self.at.0;
        let text = letter.copied().unwrap_or(' ').to_string();
        self.at.0 = self.pen.write(&mut self.sheet, &text, self.at, rgb(20, 20, 20));
        let part = self.sheet.crop((left, self.at.1 - 18, 24, 26));
        window.put(
            &part,
            Self::CORNER.0 + i16::try_from(left)?,
            Self::CORNER.1 + i16::try_from(self.at.1 - 18)?,
        )?;
        if self.at.0 > Self::SIZE.0 - 60 {
            self.at = (20, self.at.1 + 22);
        }
        if self.at.1 > Self::SIZE.1 - 30 {
            let rest = self.sheet.crop((0, 22, Self::SIZE.0, Self::SIZE.1 - 22));
            self.sheet = Picture::new(Self::SIZE.0, Self::SIZE.1, rgb(255, 255, 255));
            self.sheet.paste(&rest, 0, 0);
            self.at.1 -= 22;
            window.put(&self.sheet, Self::CORNER.0, Self::CORNER.1)?;
        }
        Ok(())
    }
}

/// A long page that scrolls down, turns at its end, and goes faster after the first turn.
struct Scroll {
    page: Stored,
    bar: Stored,
    at: i32,
    pace: i32,
}

impl Scroll {
    fn new(window: &Window, seed: u64) -> Result<Self> {
        let page = long_page(usize::from(window.width), 6000, seed + 5)?;
        let mut bar = Picture::new(usize::from(window.width), 40, rgb(236, 238, 242));
        Pen::new(Face::Sans, 15.0)?.write(
            &mut bar,
            "handbook.example.org/support",
            (60, 26),
            rgb(60, 60, 70),
        );
        Ok(Self {
            page: window.store(&page)?,
            bar: window.store(&bar)?,
            at: 0,
            pace: 24,
        })
    }
}

impl Scene for Scroll {
    fn fps(&self) -> f64 {
        20.0
    }

    fn step(&mut self, window: &mut Window, step: u64) -> Result<()> {
        let view = window.height - 40;
        if step == 0 {
            window.show(
                self.bar,
                Place {
                    from: (0, 0),
                    to: (0, 0),
                    size: (window.width, 40),
                },
            )?;
        } else {
            let last = i32::from(self.page.height) - i32::from(view);
            self.at += self.pace;
            if self.at < 0 || self.at > last {
                self.at = self.at.clamp(0, last);
                self.pace = -self.pace.signum() * 60;
            }
        }
        let from = (0, i16::try_from(self.at)?);
        window.show(
            self.page,
            Place {
                from,
                to: (0, 40),
                size: (window.width, view),
            },
        )
    }
}

/// A window on a closed curve over a photo; what it uncovers is painted again, as a compositor would.
struct Drag {
    wallpaper: Stored,
    pane: Stored,
    at: Option<(i16, i16)>,
}

impl Drag {
    fn new(window: &Window, seed: u64) -> Result<Self> {
        let wallpaper = photo(
            usize::from(window.width),
            usize::from(window.height),
            seed + 7,
            0.0,
            10,
        );
        let mut pane = long_page(760, 520, seed + 9)?;
        pane.rect((0, 0, 760, 30), rgb(58, 72, 98));
        Ok(Self {
            wallpaper: window.store(&wallpaper)?,
            pane: window.store(&pane)?,
            at: None,
        })
    }
}

impl Scene for Drag {
    fn fps(&self) -> f64 {
        30.0
    }

    fn step(&mut self, window: &mut Window, step: u64) -> Result<()> {
        let t = step as f64 / 30.0;
        let (free_x, free_y) = (
            f64::from(window.width - self.pane.width),
            f64::from(window.height - self.pane.height),
        );
        let x = ((t * 0.9).sin() * 0.5 + 0.5) * free_x;
        let y = ((t * 1.3).cos() * 0.5 + 0.5) * free_y;
        let to = (x as i16, y as i16);
        let size = (self.pane.width, self.pane.height);
        match self.at {
            None => window.show(self.wallpaper, whole(window))?,
            Some(old) => {
                // Only the two strips that the window leaves.
                let (dx, dy) = (to.0 - old.0, to.1 - old.1);
                let strip_x = if dx > 0 { old.0 } else { to.0 + size.0 as i16 };
                let strip_y = if dy > 0 { old.1 } else { to.1 + size.1 as i16 };
                let tall = (strip_x, old.1);
                let wide = (old.0, strip_y);
                window.show(
                    self.wallpaper,
                    Place {
                        from: tall,
                        to: tall,
                        size: (dx.unsigned_abs(), size.1),
                    },
                )?;
                window.show(
                    self.wallpaper,
                    Place {
                        from: wide,
                        to: wide,
                        size: (size.0, dy.unsigned_abs()),
                    },
                )?;
            }
        }
        self.at = Some(to);
        window.show(
            self.pane,
            Place {
                from: (0, 0),
                to,
                size,
            },
        )
    }
}

/// A clip of one second, played over and over in a page.
struct Video {
    page: Stored,
    frames: Vec<Stored>,
}

impl Video {
    const SIZE: (u16, u16) = (960, 540);

    fn new(window: &Window, seed: u64) -> Result<Self> {
        let page = window.store(&page(window, seed + 13)?)?;
        let mut frames = Vec::new();
        for index in 0..30_u8 {
            let time = f32::from(index) / 30.0 * std::f32::consts::TAU;
            let picture = photo(Self::SIZE.0.into(), Self::SIZE.1.into(), seed + 17, time, 6);
            frames.push(window.store(&picture)?);
        }
        Ok(Self { page, frames })
    }
}

impl Scene for Video {
    fn fps(&self) -> f64 {
        30.0
    }

    fn step(&mut self, window: &mut Window, step: u64) -> Result<()> {
        if step == 0 {
            window.show(self.page, whole(window))?;
        }
        let index = usize::try_from(step)? % self.frames.len().max(1);
        let Some(frame) = self.frames.get(index) else {
            bail!("the clip has no frames")
        };
        let to = (
            i16::try_from((window.width - Self::SIZE.0) / 2)?,
            i16::try_from((window.height - Self::SIZE.1) / 2)?,
        );
        window.show(
            *frame,
            Place {
                from: (0, 0),
                to,
                size: Self::SIZE,
            },
        )
    }
}

/// Slides of the window's size, half of them with a large photo; they come back in turn.
struct Flips {
    slides: Vec<Stored>,
}

impl Flips {
    fn new(window: &Window, seed: u64) -> Result<Self> {
        let mut slides = Vec::new();
        for index in 0..8_u64 {
            let mut slide = page(window, seed + 20 + index)?;
            if index % 2 == 1 {
                let size = (slide.width - 400, slide.height - 300);
                slide.paste(&photo(size.0, size.1, seed + 40 + index, 0.0, 8), 200, 200);
            }
            slides.push(window.store(&slide)?);
        }
        Ok(Self { slides })
    }

    /// Pages with nothing but text.
    fn of_text(window: &Window, seed: u64) -> Result<Self> {
        let (width, height) = (usize::from(window.width), usize::from(window.height));
        let theme = Theme::of(seed);
        let pen = Pen::new(theme.face, 15.0)?;
        let mut slides = Vec::new();
        for index in 0..6 {
            let mut dice = Dice::new(seed * 17 + index);
            let mut slide = Picture::new(width, height, theme.paper);
            for y in (30..height).step_by(22) {
                for x in [40, width / 2 + 20] {
                    pen.write(&mut slide, &sentence(&mut dice, 16), (x, y), theme.ink);
                }
            }
            slides.push(window.store(&slide)?);
        }
        Ok(Self { slides })
    }
}

impl Scene for Flips {
    fn fps(&self) -> f64 {
        2.0
    }

    fn step(&mut self, window: &mut Window, step: u64) -> Result<()> {
        let index = usize::try_from(step)? % self.slides.len().max(1);
        let Some(slide) = self.slides.get(index) else {
            bail!("there are no slides")
        };
        window.show(*slide, whole(window))
    }
}
