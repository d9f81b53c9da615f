//! A talk: full-screen slides with bullets, every second with a photo, changed by hard cuts and by cross-fades.

use anyhow::{Result, bail};

use super::{Scene, whole};
use crate::paint::{Dice, Pen, Picture, Theme, photo, sentence};
use crate::window::{Stored, Window};

const SLIDES: u64 = 6;
/// Pictures of a cross-fade, beside its two ends.
const FADE: usize = 8;
/// Steps that a slide stays, at 30 a second.
const STAY: u64 = 45;

/// Slides on the X server, each with the pictures that lead to it: none for a hard cut.
pub(super) struct Slides {
    first: Stored,
    /// What is shown one after the other, with the step at which it comes.
    show: Vec<(u64, Stored)>,
    length: u64,
    shown: u64,
}

impl Slides {
    pub(super) fn new(window: &Window, seed: u64) -> Result<Self> {
        let pictures = (0..SLIDES)
            .map(|index| slide(window, seed, index))
            .collect::<Result<Vec<_>>>()?;
        let Some(opening) = pictures.first() else {
            bail!("there are no slides")
        };
        let first = window.store(opening)?;
        let (mut show, mut step) = (Vec::new(), STAY);
        for (index, pair) in pictures.windows(2).enumerate() {
            let [from, to] = pair else { continue };
            if index % 2 == 1 {
                for part in 1..=FADE {
                    show.push((step, window.store(&blend(from, to, part))?));
                    step += 1;
                }
            }
            show.push((step, window.store(to)?));
            step += STAY;
        }
        show.push((step, first));
        Ok(Self {
            first,
            show,
            length: step,
            shown: 0,
        })
    }
}

impl Scene for Slides {
    fn fps(&self) -> f64 {
        30.0
    }

    fn pictures(&self, _steps: u64) -> u64 {
        self.shown
    }

    fn step(&mut self, window: &mut Window, step: u64) -> Result<()> {
        if step == 0 {
            return window.show(self.first, whole(window));
        }
        let now = (step - 1) % self.length + 1;
        match self.show.iter().find(|(at, _)| *at == now) {
            Some((_, picture)) => {
                self.shown += 1;
                window.show(*picture, whole(window))
            }
            None => Ok(()),
        }
    }
}

/// Bullets on the left; on every second slide a photo on the right.
fn slide(window: &Window, seed: u64, index: u64) -> Result<Picture> {
    let theme = Theme::of(seed);
    let (width, height) = (usize::from(window.width), usize::from(window.height));
    let mut picture = Picture::new(width, height, theme.paper);
    picture.rect((0, height - 60, width, 60), theme.bar);
    picture.rect((60, 190, width / 2 - 120, 4), theme.bar);
    let mut dice = Dice::new(seed * 31 + index);
    let (head, pen) = (Pen::new(theme.face, 58.0)?, Pen::new(theme.face, 30.0)?);
    head.write(&mut picture, &sentence(&mut dice, 3), (60, 150), theme.heading);
    for line in 0..9 {
        let y = 270 + line * 76;
        picture.rect((70, y - 18, 14, 14), theme.heading);
        pen.write(&mut picture, &sentence(&mut dice, 7), (110, y), theme.ink);
    }
    if index % 2 == 1 {
        let image = photo(width / 2 - 80, height - 260, seed + index, 0.5, 8);
        picture.paste(&image, width / 2 + 20, 120);
    }
    Ok(picture)
}

/// `part` of `FADE + 1` on the way from one picture to the other.
fn blend(from: &Picture, to: &Picture, part: usize) -> Picture {
    let mut picture = from.clone();
    let (new, all) = (part as u32, FADE as u32 + 1);
    for (pixel, end) in picture.pixels.iter_mut().zip(&to.pixels) {
        *pixel = ((u32::from(*pixel) * (all - new) + u32::from(*end) * new) / all) as u8;
    }
    picture
}
