//! What the display tells our windows: that something changed, and what the person does.

use std::time::Instant;

use x11rb::protocol::Event;
use x11rb::protocol::xproto::{ButtonPressEvent, KeyPressEvent, NotifyDetail, Visibility, Window};

use super::keys::{Keys, Typed};
use super::{ANSWERS_MAX, X11Notices};
use crate::display::linux_x11::RequestFailure;
use crate::notice::view::Answer;

/// Set in events that another program made up.
const MADE_UP: u8 = 0x80;

/// Buttons that are turns of the wheel.
const WHEEL_UP: u8 = 4;
const WHEEL_DOWN: u8 = 5;

impl X11Notices {
    pub(super) fn on_event(&mut self, event: &Event) -> Result<(), RequestFailure> {
        match event {
            Event::ConfigureNotify(event) if event.window == self.display.root() => self.resized = true,
            Event::VisibilityNotify(event) => {
                if let Some(panel) = self.panel(event.window) {
                    match event.state {
                        Visibility::UNOBSCURED => panel.seen(),
                        _ => panel.covered(),
                    }
                }
            }
            Event::UnmapNotify(event) => {
                if let Some(panel) = self.panel(event.window) {
                    panel.covered();
                }
            }
            Event::DestroyNotify(event) => self.broken |= self.panel(event.window).is_some(),
            Event::MappingNotify(_) => self.keys = Keys::read(&self.display)?,
            Event::MapNotify(event) => self.on_map(event.window)?,
            Event::SelectionNotify(event) => {
                let (display, atoms) = (&self.display, &self.place.atoms);
                let listens = self.hearing.listens(Instant::now());
                if let Some(typing) = self.typing.as_mut().filter(|typing| typing.is(event.requestor)) {
                    typing.pasted(display, atoms, event)?;
                } else if let Some(talk) = self.talk.as_mut().filter(|talk| talk.is(event.requestor)) {
                    talk.pasted(display, atoms, event, listens)?;
                }
            }
            Event::ClientMessage(event) => {
                if event.data.as_data32().first() == Some(&self.place.atoms.WM_DELETE_WINDOW) {
                    let closes_chat = self.talk_in(event.window).is_some();
                    let canceled = self.typing_in(event.window).map(|typing| typing.canceled());
                    self.answered(canceled.or(closes_chat.then_some(Answer::ChatClosed)))?;
                }
            }
            Event::FocusIn(event) if is_own_focus(event.detail) => {
                if self.talk_in(event.event).is_some() {
                    self.chat_focus(true);
                }
            }
            Event::FocusOut(event) if is_own_focus(event.detail) => {
                if self.talk_in(event.event).is_some() {
                    self.chat_focus(false);
                }
            }
            _ => self.on_input(event)?,
        }
        Ok(())
    }

    /// A window is there. What a person asked for gets the keyboard.
    fn on_map(&mut self, window: Window) -> Result<(), RequestFailure> {
        if let Some(typing) = self.typing.as_ref().filter(|typing| typing.is(window)) {
            typing.panel.take_focus(&self.display)?;
        }
        if let Some(talk) = self.talk.as_ref().filter(|talk| talk.is(window))
            && std::mem::take(&mut self.chat_wanted)
        {
            talk.panel.take_focus(&self.display)?;
        }
        Ok(())
    }

    /// What the person does. Events that another program made up say nothing about a person.
    fn on_input(&mut self, event: &Event) -> Result<(), RequestFailure> {
        match event {
            Event::ButtonPress(event) if is_press(event) || is_turn(event) => self.on_press(event)?,
            Event::ButtonRelease(event) if is_press(event) => self.on_release(event)?,
            Event::MotionNotify(event) => {
                let (x, y) = (event.event_x.into(), event.event_y.into());
                if let Some(asked) = self.asked_in(event.event) {
                    let over = asked.panel.picture.hit(x, y);
                    asked.hover(over);
                } else if let Some(strip) = self.strip_in(event.event) {
                    strip.motion(x, y, event.root_x.into());
                } else if let Some(typing) = self.typing_in(event.event) {
                    typing.hover(Some((x, y)));
                }
            }
            Event::LeaveNotify(event) => {
                if let Some(asked) = self.asked_in(event.event) {
                    asked.hover(None);
                } else if let Some(strip) = self.strip_in(event.event) {
                    strip.leave();
                } else if let Some(typing) = self.typing_in(event.event) {
                    typing.hover(None);
                }
            }
            Event::KeyPress(event) if event.response_type & MADE_UP == 0 => self.on_key(event)?,
            _ => {}
        }
        Ok(())
    }

    fn on_key(&mut self, event: &KeyPressEvent) -> Result<(), RequestFailure> {
        let now = Instant::now();
        let typed = self.keys.typed(event.detail, event.state);
        let typed = self.accents.with(typed, self.place.language);
        let meant = self.keys.meaning(event.detail);
        let (display, atoms) = (&self.display, &self.place.atoms);
        let answer = if let Some(typing) = self.typing.as_mut().filter(|typing| typing.is(event.event)) {
            match typed {
                Some(typed) => typing.key(display, atoms, typed)?,
                None => None,
            }
        } else if let Some(talk) = self.talk.as_mut().filter(|talk| talk.is(event.event)) {
            // Hiding says nothing.
            match typed.filter(|typed| *typed == Typed::Escape || self.hearing.listens(now)) {
                Some(typed) => talk.key(display, atoms, typed)?,
                None => None,
            }
        } else {
            self.asked_in(event.event)
                .zip(meant)
                .and_then(|(asked, key)| asked.key(key, now))
        };
        self.answered(answer)
    }

    fn on_press(&mut self, event: &ButtonPressEvent) -> Result<(), RequestFailure> {
        let (x, y) = (event.event_x.into(), event.event_y.into());
        let turned = match event.detail {
            WHEEL_UP => 1,
            WHEEL_DOWN => -1,
            _ => 0,
        };
        if turned != 0 {
            if let Some(talk) = self.talk_in(event.event) {
                talk.scroll(turned);
            }
        } else if let Some(asked) = self
            .asked
            .as_mut()
            .filter(|asked| asked.panel.window == event.event)
        {
            asked.press(&self.display, x, y)?;
        } else if let Some(strip) = self.strip_in(event.event) {
            strip.press(x, y, event.root_x.into());
        } else if let Some(typing) = self.typing.as_mut().filter(|typing| typing.is(event.event)) {
            typing.press(&self.display, &self.place, (x, y))?;
        } else if let Some(talk) = self.talk.as_mut().filter(|talk| talk.is(event.event)) {
            talk.press(&self.display, &self.place, (x, y))?;
        }
        Ok(())
    }

    fn on_release(&mut self, event: &ButtonPressEvent) -> Result<(), RequestFailure> {
        let (x, y) = (event.event_x.into(), event.event_y.into());
        let answer = if let Some(asked) = self.asked_in(event.event) {
            asked.release(x, y, Instant::now())
        } else if let Some(strip) = self.strip_in(event.event) {
            strip.release(x, y)
        } else if let Some(typing) = self.typing_in(event.event) {
            typing.release(x, y)
        } else {
            None
        };
        self.answered(answer)
    }

    /// Keeps an answer; an answered prompt or form goes at once.
    fn answered(&mut self, answer: Option<Answer>) -> Result<(), RequestFailure> {
        let Some(answer) = answer else { return Ok(()) };
        match &answer {
            Answer::Allowed(number) | Answer::Refused(number) => {
                self.answered = Some(*number);
                self.close_prompt()?;
            }
            Answer::Filled { number, .. } | Answer::Canceled(number) => {
                self.filled = Some(*number);
                self.close_form()?;
            }
            Answer::ChatOpened => {
                self.chat_wanted = true;
                if let Some(talk) = &self.talk {
                    talk.panel.come_up(&self.display)?;
                    talk.panel.take_focus(&self.display)?;
                    self.chat_wanted = false;
                    return Ok(());
                }
            }
            Answer::TakeBack(_)
            | Answer::End
            | Answer::Say(_)
            | Answer::ChatClosed
            | Answer::ChatFocus(_) => {}
        }
        if self.answers.len() < ANSWERS_MAX {
            self.answers.push_back(answer);
        }
        Ok(())
    }
}

/// The first button, pressed by somebody.
fn is_press(event: &ButtonPressEvent) -> bool {
    event.detail == 1 && event.response_type & MADE_UP == 0
}

/// A turn of the wheel, by somebody.
fn is_turn(event: &ButtonPressEvent) -> bool {
    matches!(event.detail, WHEEL_UP | WHEEL_DOWN) && event.response_type & MADE_UP == 0
}

/// Whether it is about the keyboard itself, and not about where the pointer is while nobody has the keyboard.
fn is_own_focus(detail: NotifyDetail) -> bool {
    !matches!(
        detail,
        NotifyDetail::POINTER | NotifyDetail::POINTER_ROOT | NotifyDetail::NONE
    )
}
