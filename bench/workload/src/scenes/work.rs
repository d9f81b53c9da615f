//! The two screens that nobody looks at while the product is tuned: a code editor with panes, and a large picture that is
//! moved under a window as in an image editor.

use anyhow::Result;

use super::{Scene, whole};
use crate::paint::{Dice, Face, Pen, Picture, Theme, photo, rgb, sentence};
use crate::window::{Place, Stored, Window};

/// Height of a line in the editor.
const LINE: usize = 20;
/// Left edges of tree, left pane, right pane.
const PANES: [usize; 2] = [300, 1110];
/// Height of the panel at the bottom.
const PANEL: usize = 220;

/// A code editor: a tree of files, two panes, a panel with output. One pane is typed into and scrolled, the other now and
/// then shows another file, the panel grows by lines.
pub(super) struct Code {
    pen: Pen,
    small: Pen,
    theme: Theme,
    dice: Dice,
    typed: Picture,
    column: usize,
    line: usize,
    panel: Picture,
}

impl Code {
    const FRAMES_PER_FILE: u64 = 48;

    pub(super) fn new(window: &Window, seed: u64) -> Result<Self> {
        let height = usize::from(window.height) - 80 - PANEL;
        let theme = Theme::of(seed + 1);
        Ok(Self {
            pen: Pen::new(Face::Mono, 14.0)?,
            small: Pen::new(Face::Sans, 13.0)?,
            dice: Dice::new(seed + 71),
            typed: Picture::new(PANES[1] - PANES[0] - 10, height, theme.paper),
            panel: Picture::new(usize::from(window.width) - PANES[0], PANEL, theme.soft),
            theme,
            column: 0,
            line: 0,
        })
    }

    /// A file of source text in a pane.
    fn file(&mut self, width: usize, height: usize) -> Picture {
        let mut picture = Picture::new(width, height, self.theme.paper);
        for line in 0..height / LINE {
            let y = line * LINE + 15;
            let number = (line + 1).to_string();
            self.pen.write(&mut picture, &number, (8, y), rgb(128, 128, 128));
            self.code_line(&mut picture, y);
        }
        picture
    }

    /// Some colored words with a depth.
    fn code_line(&mut self, picture: &mut Picture, y: usize) {
        let colors = [
            self.theme.ink,
            self.theme.heading,
            rgb(90, 150, 80),
            rgb(190, 110, 60),
        ];
        let mut x = 56 + self.dice.below(4) as usize * 34;
        for _ in 0..1 + self.dice.below(6) {
            let color = colors.get(self.dice.below(4) as usize).copied().unwrap_or(0);
            let word = sentence(&mut self.dice, 1);
            x = self.pen.write(picture, &word, (x, y), color) + 9;
        }
    }

    fn everything(&mut self, window: &Window) -> Result<()> {
        let (width, height) = (usize::from(window.width), usize::from(window.height));
        let mut page = Picture::new(width, height, self.theme.soft);
        page.rect((0, 0, width, 40), self.theme.bar);
        let menu = "File   Edit   Selection   View   Go   Run   Terminal   Help";
        self.small.write(&mut page, menu, (20, 26), rgb(235, 235, 235));
        for row in 0..(height - 60) / 24 {
            let text = sentence(&mut self.dice, 2);
            let x = 24 + row % 4 * 16;
            self.small
                .write(&mut page, &text, (x, 66 + row * 24), self.theme.ink);
        }
        self.typed = self.file(self.typed.width, self.typed.height);
        page.paste(&self.typed, PANES[0], 80);
        let right = self.file(width - PANES[1], height - 80 - PANEL);
        page.paste(&right, PANES[1], 80);
        let stored = window.store(&page)?;
        window.show(stored, whole(window))
    }

    /// The pane scrolls by a line and a new one stands at its end.
    fn scroll(&mut self, window: &Window) -> Result<()> {
        let (width, height) = (self.typed.width, self.typed.height);
        let rest = self.typed.crop((0, LINE, width, height - LINE));
        self.typed = Picture::new(width, height, self.theme.paper);
        self.typed.paste(&rest, 0, 0);
        let mut row = Picture::new(width, LINE, self.theme.paper);
        self.code_line(&mut row, 15);
        self.typed.paste(&row, 0, height - LINE);
        put(window, &self.typed, PANES[0], 80)
    }

    /// A letter appears in the left pane.
    fn letter(&mut self, window: &Window) -> Result<()> {
        let (width, height) = (self.typed.width, self.typed.height);
        if self.column * 9 + 80 > width {
            self.column = 0;
            self.line = (self.line + 1) % (height / LINE / 2);
        }
        let at = (60 + self.column * 9, self.line * LINE);
        self.column += 1;
        self.typed.rect((at.0, at.1, 9, LINE), self.theme.paper);
        let letter = char::from(b'a' + self.dice.below(26) as u8).to_string();
        self.pen
            .write(&mut self.typed, &letter, (at.0, at.1 + 15), self.theme.ink);
        let part = self.typed.crop((at.0, at.1, 9, LINE));
        put(window, &part, PANES[0] + at.0, 80 + at.1)
    }

    /// A line of output comes up in the panel.
    fn output(&mut self, window: &Window) -> Result<()> {
        let (width, height) = (self.panel.width, self.panel.height);
        let rest = self.panel.crop((0, LINE, width, height - LINE));
        self.panel = Picture::new(width, height, self.theme.soft);
        self.panel.paste(&rest, 0, 0);
        let text = sentence(&mut self.dice, 14);
        self.pen
            .write(&mut self.panel, &text, (12, height - 6), self.theme.ink);
        put(window, &self.panel, PANES[0], usize::from(window.height) - PANEL)
    }
}

impl Scene for Code {
    fn fps(&self) -> f64 {
        24.0
    }

    fn step(&mut self, window: &mut Window, step: u64) -> Result<()> {
        if step == 0 {
            return self.everything(window);
        }
        if step.is_multiple_of(6) {
            self.output(window)?;
        }
        if step.is_multiple_of(Self::FRAMES_PER_FILE) {
            let size = (
                usize::from(window.width) - PANES[1],
                usize::from(window.height) - 80 - PANEL,
            );
            let other = self.file(size.0, size.1);
            put(window, &other, PANES[1], 80)?;
        }
        // A second of typing, a second of scrolling.
        if (step / 24).is_multiple_of(2) {
            self.letter(window)
        } else {
            self.scroll(window)
        }
    }
}

fn put(window: &Window, picture: &Picture, x: usize, y: usize) -> Result<()> {
    window.put(picture, i16::try_from(x)?, i16::try_from(y)?)
}

/// A photo twice as large as the window in each direction, moved by hand: slow, fast, slow.
pub(super) struct Pan {
    photo: Stored,
    tools: Stored,
}

impl Pan {
    const TOOLS: u16 = 64;

    pub(super) fn new(window: &Window, seed: u64) -> Result<Self> {
        let (width, height) = (usize::from(window.width), usize::from(window.height));
        let theme = Theme::of(seed + 2);
        let mut tools = Picture::new(width, usize::from(Self::TOOLS), theme.soft);
        let text = "Image   Layer   Colors   Tools   Filters   Windows      100 %      brush 12 px";
        Pen::new(theme.face, 16.0)?.write(&mut tools, text, (24, 40), theme.ink);
        Ok(Self {
            photo: window.store(&photo(width * 2, height * 3 / 2, seed + 91, 0.0, 6))?,
            tools: window.store(&tools)?,
        })
    }
}

impl Scene for Pan {
    fn fps(&self) -> f64 {
        30.0
    }

    fn step(&mut self, window: &mut Window, step: u64) -> Result<()> {
        let view = (window.width, window.height - Self::TOOLS);
        if step == 0 {
            let size = (window.width, Self::TOOLS);
            window.show(
                self.tools,
                Place {
                    from: (0, 0),
                    to: (0, 0),
                    size,
                },
            )?;
        }
        let t = step as f64 / 30.0;
        let along = |free: u16, pace: f64| ((t * pace).sin() * 0.5 + 0.5) * f64::from(free);
        let from = (
            along(self.photo.width - view.0, 0.8) as i16,
            along(self.photo.height - view.1, 0.55) as i16,
        );
        let to = (0, i16::try_from(Self::TOOLS)?);
        window.show(self.photo, Place { from, to, size: view })
    }
}
