//! A screen that says how old a picture of it is: its number stands on it as bars, and now and then everything changes.

use anyhow::{Result, bail};

use super::{Scene, page, whole};
use crate::marks;
use crate::window::{Stored, Window};

/// Ten numbers a second.
const FPS: f64 = 10.0;
/// Steps between two changes of the whole screen.
const CHANGE: u64 = 40;

/// Pages that take turns, with the number in a corner.
pub(super) struct Ticker {
    pages: Vec<Stored>,
}

impl Ticker {
    pub(super) fn new(window: &Window, seed: u64) -> Result<Self> {
        let pages = (0..3)
            .map(|index| window.store(&page(window, seed + 50 + index)?))
            .collect::<Result<_>>()?;
        Ok(Self { pages })
    }
}

impl Scene for Ticker {
    fn fps(&self) -> f64 {
        FPS
    }

    fn is_numbered(&self) -> bool {
        true
    }

    fn step(&mut self, window: &mut Window, step: u64) -> Result<()> {
        if step.is_multiple_of(CHANGE) {
            let index = usize::try_from(step / CHANGE)? % self.pages.len().max(1);
            let Some(next) = self.pages.get(index) else {
                bail!("there are no pages")
            };
            window.show(*next, whole(window))?;
        }
        window.put(&marks::picture(u16::try_from(step)?), 0, 0)
    }
}
