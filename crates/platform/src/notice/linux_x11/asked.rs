//! A prompt that is on the screen: its clockwork, focus and buttons.

use std::time::{Duration, Instant};

use x11rb::protocol::xproto::{ConnectionExt as _, InputFocus, Window};

use super::keys::Key;
use super::panel::{Kind, Panel};
use super::{Place, place};
use crate::display::linux_x11::{Display, RequestFailure};
use crate::notice::draw::prompt::{Look, paint};
use crate::notice::draw::{Picture, Target};
use crate::notice::view::{Answer, GUARD_PAUSE, Prompt};

/// A prompt and its window.
pub(super) struct Asked {
    pub(super) prompt: Prompt,
    pub(super) panel: Panel,
    /// When it appeared.
    since: Instant,
    /// When `prompt.seconds_left` was true.
    told: Instant,
    focus: Target,
    hover: Option<Target>,
    pressed: Option<Target>,
    /// What had the keyboard before.
    focus_before: Option<Window>,
}

impl Asked {
    /// Shows a prompt; it gets the keyboard.
    pub(super) fn open(
        display: &Display,
        at: &Place,
        prompt: Prompt,
        now: Instant,
    ) -> Result<Self, RequestFailure> {
        let look = Look {
            shown_for: Duration::ZERO,
            seconds_left: prompt.seconds_left,
            focus: Target::Refuse,
            hover: None,
        };
        let picture = painted(at, &prompt, &look);
        let area = place::prompt(at.monitor, size(&picture), at.strip_height);
        let panel = Panel::open(display, Kind::Prompt, (&at.atoms, at.cursor), picture, area)?;
        let mut asked = Self {
            prompt,
            panel,
            since: now,
            told: now,
            focus: Target::Refuse,
            hover: None,
            pressed: None,
            focus_before: None,
        };
        asked.focus_before = Some(display.conn.get_input_focus()?.reply()?.focus);
        asked.panel.take_focus(display)?;
        Ok(asked)
    }

    /// The same prompt was told again.
    pub(super) fn update(&mut self, prompt: Prompt, now: Instant) {
        self.prompt = prompt;
        self.told = now;
    }

    fn look(&self, now: Instant) -> Look {
        let passed = now.saturating_duration_since(self.told).as_secs();
        Look {
            shown_for: now.saturating_duration_since(self.since),
            seconds_left: self
                .prompt
                .seconds_left
                .saturating_sub(u32::try_from(passed).unwrap_or(u32::MAX)),
            focus: self.focus,
            hover: self.hover,
        }
    }

    /// Paints what changed.
    pub(super) fn refresh(
        &mut self,
        display: &Display,
        at: &Place,
        now: Instant,
    ) -> Result<(), RequestFailure> {
        let picture = painted(at, &self.prompt, &self.look(now));
        let area = place::prompt(at.monitor, size(&picture), at.strip_height);
        self.panel.put(display, picture, area)
    }

    /// When it looks different next.
    pub(super) fn next_change(&self, now: Instant) -> Option<Instant> {
        let look = self.look(now);
        let whole = |since: Instant| {
            let passed = now.saturating_duration_since(since).as_secs();
            since.checked_add(Duration::from_secs(passed + 1))
        };
        let countdown = whole(self.told).filter(|_| look.seconds_left > 0);
        let pause = self.since.checked_add(self.prompt.pause());
        let pause = pause.filter(|_| !look.may_allow(&self.prompt));
        let counts = whole(self.since).filter(|_| pause.is_some());
        [countdown, pause, counts].into_iter().flatten().min()
    }

    pub(super) fn hover(&mut self, over: Option<Target>) {
        self.hover = over;
    }

    /// A finger goes down. The keyboard comes back to the prompt if it had gone elsewhere.
    pub(super) fn press(&mut self, display: &Display, x: i32, y: i32) -> Result<(), RequestFailure> {
        self.pressed = self.panel.picture.hit(x, y);
        self.panel.take_focus(display)
    }

    /// It comes up: what was pressed and is still under it is meant.
    pub(super) fn release(&mut self, x: i32, y: i32, now: Instant) -> Option<Answer> {
        let meant = self.pressed.take();
        let target = self
            .panel
            .picture
            .hit(x, y)
            .filter(|target| meant == Some(*target))?;
        self.answer(target, now)
    }

    pub(super) fn key(&mut self, key: Key, now: Instant) -> Option<Answer> {
        self.focus = match (key, self.focus) {
            (Key::Escape, _) => return self.answer(Target::Refuse, now),
            (Key::Press, focus) => return self.answer(focus, now),
            (Key::Right, _) | (Key::Next, Target::Refuse) => Target::Allow,
            (Key::Left | Key::Next, _) => Target::Refuse,
        };
        None
    }

    /// Answers, unless it is too early for a person to have meant it.
    fn answer(&self, target: Target, now: Instant) -> Option<Answer> {
        let look = self.look(now);
        match target {
            Target::Allow if look.may_allow(&self.prompt) => Some(Answer::Allowed(self.prompt.number)),
            Target::Refuse if look.shown_for >= GUARD_PAUSE => Some(Answer::Refused(self.prompt.number)),
            _ => None,
        }
    }

    /// Takes the prompt away and gives the keyboard back.
    pub(super) fn close(self, display: &Display) -> Result<(), RequestFailure> {
        let focus = display.conn.get_input_focus()?.reply()?.focus;
        if focus == self.panel.window
            && let Some(before) = self.focus_before
        {
            let revert = InputFocus::POINTER_ROOT;
            // What had it before may be gone.
            display
                .conn
                .set_input_focus(revert, before, x11rb::CURRENT_TIME)?
                .ignore_error();
        }
        self.panel.close(display)
    }
}

fn size(picture: &Picture) -> (u32, u32) {
    (picture.canvas.width(), picture.canvas.height())
}

/// In the size the person wants, or the largest that fits.
fn painted(at: &Place, prompt: &Prompt, look: &Look) -> Picture {
    let mut scale = at.scale;
    loop {
        let picture = paint(&at.fonts, at.language, scale, prompt, look);
        if place::fits(at.monitor, size(&picture), at.strip_height) {
            return picture;
        }
        match scale.smaller() {
            Some(smaller) => scale = smaller,
            None => return picture,
        }
    }
}
