//! A form that is on the screen: what is typed, where the keyboard is, its buttons, and pasting.

use x11rb::protocol::xproto::{SelectionNotifyEvent, Window};

use super::keys::Typed;
use super::panel::{Atoms, Kind, Panel};
use super::{Place, paste, place};
use crate::display::linux_x11::{Display, RequestFailure};
use crate::notice::clean::plain;
use crate::notice::draw::form::{Look, caret_at, paint};
use crate::notice::draw::{Picture, Scale, Target};
use crate::notice::edit::Edit;
use crate::notice::view::{Answer, FIELDS_MAX, Form};

/// A form and its window.
pub(super) struct Typing {
    pub(super) form: Form,
    pub(super) panel: Panel,
    look: Look,
    /// What it is painted in.
    scale: Scale,
    pressed: Option<Target>,
    /// A text was asked for; into which field.
    pasting: Option<usize>,
}

impl Typing {
    /// Shows a form; typing goes into its first empty field.
    pub(super) fn open(display: &Display, at: &Place, mut form: Form) -> Result<Self, RequestFailure> {
        form.fields.truncate(FIELDS_MAX);
        let typed: Vec<Edit> = form.fields.iter().map(|field| Edit::new(&field.value)).collect();
        let empty = form.fields.iter().position(|field| field.value.is_empty());
        let last = form.fields.len().checked_sub(1);
        let look = Look {
            typed,
            focus: empty.or(last).map_or(Target::Accept, Target::Field),
            hover: None,
        };
        let (picture, scale) = painted(at, &form, &look);
        let area = place::prompt(at.monitor, size(&picture), at.strip_height);
        let title = plain(&form.title);
        let panel = Panel::open(display, Kind::Form(&title), (&at.atoms, at.cursor), picture, area)?;
        Ok(Self {
            form,
            panel,
            look,
            scale,
            pressed: None,
            pasting: None,
        })
    }

    /// Whether this is its window.
    pub(super) fn is(&self, window: Window) -> bool {
        self.panel.window == window
    }

    /// Paints what changed.
    pub(super) fn refresh(&mut self, display: &Display, at: &Place) -> Result<(), RequestFailure> {
        let (picture, scale) = painted(at, &self.form, &self.look);
        self.scale = scale;
        let area = place::prompt(at.monitor, size(&picture), at.strip_height);
        self.panel.put(display, picture, area)
    }

    pub(super) fn hover(&mut self, at: Option<(i32, i32)>) {
        self.look.hover = at.and_then(|(x, y)| self.panel.picture.hit(x, y));
    }

    /// A finger goes down: on a field typing goes on there; the keyboard comes here if it had gone elsewhere.
    pub(super) fn press(
        &mut self,
        display: &Display,
        at: &Place,
        (x, y): (i32, i32),
    ) -> Result<(), RequestFailure> {
        self.pressed = self.panel.picture.hit(x, y);
        if let Some(target @ Target::Field(index)) = self.pressed {
            self.look.focus = target;
            let area = self.panel.picture.areas.iter().find(|(_, area)| *area == target);
            if let (Some((area, _)), Some(typed)) = (area, self.look.typed.get_mut(index)) {
                typed.go_to(caret_at(&at.fonts, self.scale, typed, x - area.x));
            }
        }
        self.panel.take_focus(display)
    }

    /// It comes up: the button that was pressed and is still under it is meant.
    pub(super) fn release(&mut self, x: i32, y: i32) -> Option<Answer> {
        let meant = self.pressed.take()?;
        let target = self.panel.picture.hit(x, y).filter(|target| meant == *target)?;
        self.answer(target)
    }

    fn answer(&self, target: Target) -> Option<Answer> {
        match target {
            Target::Accept => Some(Answer::Filled {
                number: self.form.number,
                values: self.look.typed.iter().map(Edit::text).collect(),
            }),
            Target::Cancel => Some(self.canceled()),
            _ => None,
        }
    }

    /// It is given up.
    pub(super) fn canceled(&self) -> Answer {
        Answer::Canceled(self.form.number)
    }

    pub(super) fn key(
        &mut self,
        display: &Display,
        atoms: &Atoms,
        typed: Typed,
    ) -> Result<Option<Answer>, RequestFailure> {
        match typed {
            Typed::Escape => return Ok(Some(self.canceled())),
            Typed::Enter => return Ok(self.enter()),
            Typed::Next => self.look.focus = self.beside(1),
            Typed::Previous => self.look.focus = self.beside(-1),
            Typed::Paste => self.ask_for_paste(display, atoms)?,
            // As on every button.
            Typed::Character(' ') if !matches!(self.look.focus, Target::Field(_)) => {
                return Ok(self.answer(self.look.focus));
            }
            other => self.edit(other),
        }
        Ok(None)
    }

    /// The button with the keyboard; in a field, as in forms everywhere, the one that goes on.
    fn enter(&self) -> Option<Answer> {
        match self.look.focus {
            Target::Cancel => self.answer(Target::Cancel),
            _ => self.answer(Target::Accept),
        }
    }

    /// What comes next in order, or before.
    fn beside(&self, step: isize) -> Target {
        let order: Vec<Target> = self
            .panel
            .picture
            .areas
            .iter()
            .map(|(_, target)| *target)
            .collect();
        let here = order.iter().position(|target| *target == self.look.focus);
        let count = order.len() as isize;
        let next = (here.unwrap_or(0) as isize + step).rem_euclid(count.max(1));
        order.get(next.unsigned_abs()).copied().unwrap_or(self.look.focus)
    }

    fn edit(&mut self, typed: Typed) {
        let Target::Field(index) = self.look.focus else {
            return;
        };
        let Some(edit) = self.look.typed.get_mut(index) else {
            return;
        };
        typed.apply(edit);
    }

    /// Asks whoever copied something for it.
    fn ask_for_paste(&mut self, display: &Display, atoms: &Atoms) -> Result<(), RequestFailure> {
        if let Target::Field(index) = self.look.focus {
            self.pasting = Some(index);
            paste::ask(display, atoms, self.panel.window)?;
        }
        Ok(())
    }

    /// The copied text is there, or there is none.
    pub(super) fn pasted(
        &mut self,
        display: &Display,
        atoms: &Atoms,
        event: &SelectionNotifyEvent,
    ) -> Result<(), RequestFailure> {
        let Some(index) = self.pasting.take() else {
            return Ok(());
        };
        if let Some(text) = paste::take(display, atoms, event)?
            && let Some(typed) = self.look.typed.get_mut(index)
        {
            typed.insert(&text);
        }
        Ok(())
    }
}

fn size(picture: &Picture) -> (u32, u32) {
    (picture.canvas.width(), picture.canvas.height())
}

/// In the size the person wants, or the largest that fits; and which that is.
fn painted(at: &Place, form: &Form, look: &Look) -> (Picture, Scale) {
    let mut scale = at.scale;
    loop {
        let picture = paint(&at.fonts, scale, form, look);
        if place::fits(at.monitor, size(&picture), at.strip_height) {
            return (picture, scale);
        }
        match scale.smaller() {
            Some(smaller) => scale = smaller,
            None => return (picture, scale),
        }
    }
}
