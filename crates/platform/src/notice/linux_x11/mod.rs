//! Prompt, strip and form as windows of an X11 display. Prompt and strip are not managed by the window manager, so that they
//! work without one and stay above; the form, which people have asked for, is a window like others. The strip never takes
//! the keyboard. Nothing is polled; a timer runs only while a number on the screen changes.
//!
//! Lives here: events and their order. Beside it: a window (`panel`), the prompt (`asked`), the strip (`strip`), the form
//! (`typing`), where
//! they stand (`place`), keys, and how often a covered window comes up again (`raise`).

use std::collections::VecDeque;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    ButtonPressEvent, ChangeWindowAttributesAux, ConnectionExt as _, Cursor, EventMask, KeyPressEvent,
    Visibility, Window,
};

use super::draw::banner::Content;
use super::draw::{Fonts, Scale};
use super::{Answer, Language, NoticeError, Notices, View};
use crate::display::linux_x11::{Display, RequestFailure, connect, pixel_format};
use crate::wake::{WakeFd, wait_readable};
use crate::{DisplayTarget, Rect, Waker};

mod asked;
mod keys;
mod panel;
mod place;
mod raise;
mod strip;
mod typing;

use asked::Asked;
use keys::Keys;
use panel::{Atoms, Panel};
use strip::Strip;
use typing::Typing;

/// Answers that wait to be taken. Full: the newest is dropped; nobody presses this often without being heard.
const ANSWERS_MAX: usize = 32;

/// Set in events that another program made up.
const MADE_UP: u8 = 0x80;

pub(super) fn open(target: &DisplayTarget, language: Language) -> Result<Box<dyn Notices>, NoticeError> {
    let display = connect(target)?;
    Ok(Box::new(X11Notices::new(display, language)?))
}

/// See [`super::keep_apart`].
pub(super) fn keep_apart() {
    use rustix::process::{DumpableBehavior, set_dumpable_behavior};
    // Where the kernel refuses, the process is as open as every other of its user.
    set_dumpable_behavior(DumpableBehavior::NotDumpable).ok();
}

/// What painting and placing need.
struct Place {
    fonts: Fonts,
    language: Language,
    atoms: Atoms,
    cursor: Cursor,
    monitor: Rect,
    scale: Scale,
    /// Rows at the top that the strip takes; 0 without one.
    strip_height: u32,
}

struct X11Notices {
    display: Display,
    wake: WakeFd,
    place: Place,
    keys: Keys,
    asked: Option<Asked>,
    strip: Option<Strip>,
    typing: Option<Typing>,
    /// The prompt that was answered last; it does not come back.
    answered: Option<u32>,
    /// The form that was answered last; nor does it.
    filled: Option<u32>,
    answers: VecDeque<Answer>,
    /// The desktop's size changed.
    resized: bool,
    /// Somebody destroyed a window of ours.
    broken: bool,
}

impl X11Notices {
    fn new(display: Display, language: Language) -> Result<Self, RequestFailure> {
        pixel_format::check(&display)?;
        let fonts = Fonts::load().map_err(|error| RequestFailure::Refused(error.to_string()))?;
        let atoms = Atoms::new(&display.conn)?.reply()?;
        let events = ChangeWindowAttributesAux::new().event_mask(EventMask::STRUCTURE_NOTIFY);
        display.conn.change_window_attributes(display.root(), &events)?;
        let monitor = place::monitor(&display)?;
        let scale = place::scale(&display, monitor)?;
        let place = Place {
            fonts,
            language,
            atoms,
            cursor: arrow(&display)?,
            monitor,
            scale,
            strip_height: 0,
        };
        Ok(Self {
            wake: WakeFd::new()?,
            keys: Keys::read(&display)?,
            display,
            place,
            asked: None,
            strip: None,
            typing: None,
            answered: None,
            filled: None,
            answers: VecDeque::new(),
            resized: false,
            broken: false,
        })
    }

    fn apply(&mut self, view: &View) -> Result<(), RequestFailure> {
        let now = Instant::now();
        self.apply_strip(view, now)?;
        self.apply_prompt(view, now)?;
        self.apply_form(view)?;
        self.refresh(now)?;
        Ok(self.display.conn.flush()?)
    }

    fn apply_strip(&mut self, view: &View, now: Instant) -> Result<(), RequestFailure> {
        let guests = view.banner.clone().map(Content::Guests);
        let content = guests.or_else(|| view.waiting.clone().map(Content::Waiting));
        match (self.strip.as_mut(), content) {
            (Some(strip), Some(content)) => strip.update(content, now),
            (None, Some(content)) => {
                self.strip = Some(Strip::open(&self.display, &self.place, content, now)?)
            }
            (Some(_), None) => {
                if let Some(strip) = self.strip.take() {
                    strip.panel.close(&self.display)?;
                }
            }
            (None, None) => {}
        }
        let height = self.strip.as_ref().map(|strip| strip.panel.place.height);
        self.place.strip_height = height.unwrap_or(0);
        Ok(())
    }

    fn apply_prompt(&mut self, view: &View, now: Instant) -> Result<(), RequestFailure> {
        let wanted = view
            .prompt
            .clone()
            .filter(|prompt| self.answered != Some(prompt.number));
        let shown = self.asked.as_ref().map(|asked| asked.prompt.number);
        if shown.is_some() && shown != wanted.as_ref().map(|prompt| prompt.number) {
            self.close_prompt()?;
        }
        match (self.asked.as_mut(), wanted) {
            (Some(asked), Some(prompt)) => asked.update(prompt, now),
            (None, Some(prompt)) => self.asked = Some(Asked::open(&self.display, &self.place, prompt, now)?),
            (_, None) => {}
        }
        Ok(())
    }

    fn apply_form(&mut self, view: &View) -> Result<(), RequestFailure> {
        let wanted = view.form.clone().filter(|form| self.filled != Some(form.number));
        let shown = self.typing.as_ref().map(|typing| typing.form.number);
        if shown.is_some() && shown == wanted.as_ref().map(|form| form.number) {
            return Ok(());
        }
        self.close_form()?;
        if let Some(form) = wanted {
            self.typing = Some(Typing::open(&self.display, &self.place, form)?);
        }
        Ok(())
    }

    fn close_form(&mut self) -> Result<(), RequestFailure> {
        match self.typing.take() {
            Some(typing) => typing.panel.close(&self.display),
            None => Ok(()),
        }
    }

    fn close_prompt(&mut self) -> Result<(), RequestFailure> {
        match self.asked.take() {
            Some(asked) => asked.close(&self.display),
            None => Ok(()),
        }
    }

    /// Takes in what the server has sent, and paints what follows from it.
    fn pump(&mut self) -> Result<(), RequestFailure> {
        loop {
            let mut some = false;
            while let Some(event) = self.display.conn.poll_for_event()? {
                some = true;
                self.on_event(&event)?;
            }
            if self.broken {
                return Err(RequestFailure::Lost("a window of ours was destroyed".into()));
            }
            if std::mem::take(&mut self.resized) {
                self.place.monitor = place::monitor(&self.display)?;
                self.place.scale = place::scale(&self.display, self.place.monitor)?;
            }
            self.refresh(Instant::now())?;
            self.display.conn.flush()?;
            // Replies read on the way may have brought more.
            if !some {
                return Ok(());
            }
        }
    }

    fn refresh(&mut self, now: Instant) -> Result<(), RequestFailure> {
        if let Some(strip) = &mut self.strip {
            strip.refresh(&self.display, &self.place, now)?;
            self.place.strip_height = strip.panel.place.height;
        }
        if let Some(asked) = &mut self.asked {
            asked.refresh(&self.display, &self.place, now)?;
        }
        if let Some(typing) = &mut self.typing {
            typing.refresh(&self.display, &self.place)?;
        }
        Ok(())
    }

    /// Windows that are covered come up; when anything changes next by itself.
    fn tend(&mut self) -> Result<Option<Instant>, RequestFailure> {
        let now = Instant::now();
        let mut next = Vec::new();
        if let Some(strip) = &mut self.strip {
            next.extend(strip.panel.keep_up(&self.display, now)?);
            next.extend(strip.next_change(now));
        }
        if let Some(asked) = &mut self.asked {
            next.extend(asked.panel.keep_up(&self.display, now)?);
            next.extend(asked.next_change(now));
        }
        self.display.conn.flush()?;
        Ok(next.into_iter().min())
    }

    fn on_event(&mut self, event: &Event) -> Result<(), RequestFailure> {
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
            Event::MapNotify(event) => {
                if let Some(typing) = self.typing.as_ref().filter(|typing| typing.is(event.window)) {
                    typing.panel.take_focus(&self.display)?;
                }
            }
            Event::SelectionNotify(event) => {
                if let Some(typing) = self.typing.as_mut().filter(|typing| typing.is(event.requestor)) {
                    typing.pasted(&self.display, &self.place.atoms, event)?;
                }
            }
            Event::ClientMessage(event) => {
                let closes = event.data.as_data32().first() == Some(&self.place.atoms.WM_DELETE_WINDOW);
                let answer = self
                    .typing_in(event.window)
                    .filter(|_| closes)
                    .map(|typing| typing.canceled());
                self.answered(answer)?;
            }
            _ => self.on_input(event)?,
        }
        Ok(())
    }

    /// What the person does. Events that another program made up say nothing about a person.
    fn on_input(&mut self, event: &Event) -> Result<(), RequestFailure> {
        match event {
            Event::ButtonPress(event) if is_press(event) => self.on_press(event)?,
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
        let typed = self.keys.typed(event.detail, event.state);
        let meant = self.keys.meaning(event.detail);
        let answer = if let Some(typing) = self.typing.as_mut().filter(|typing| typing.is(event.event)) {
            match typed {
                Some(typed) => typing.key(&self.display, &self.place.atoms, typed)?,
                None => None,
            }
        } else {
            let now = Instant::now();
            self.asked_in(event.event)
                .zip(meant)
                .and_then(|(asked, key)| asked.key(key, now))
        };
        self.answered(answer)
    }

    fn on_press(&mut self, event: &ButtonPressEvent) -> Result<(), RequestFailure> {
        let (x, y) = (event.event_x.into(), event.event_y.into());
        if let Some(asked) = self
            .asked
            .as_mut()
            .filter(|asked| asked.panel.window == event.event)
        {
            asked.press(&self.display, x, y)?;
        } else if let Some(strip) = self.strip_in(event.event) {
            strip.press(x, y, event.root_x.into());
        } else if let Some(typing) = self.typing.as_mut().filter(|typing| typing.is(event.event)) {
            typing.press(&self.display, &self.place, (x, y))?;
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
            Answer::TakeBack(_) | Answer::End => {}
        }
        if self.answers.len() < ANSWERS_MAX {
            self.answers.push_back(answer);
        }
        Ok(())
    }

    fn asked_in(&mut self, window: Window) -> Option<&mut Asked> {
        self.asked.as_mut().filter(|asked| asked.panel.window == window)
    }

    fn strip_in(&mut self, window: Window) -> Option<&mut Strip> {
        self.strip.as_mut().filter(|strip| strip.panel.window == window)
    }

    fn typing_in(&mut self, window: Window) -> Option<&mut Typing> {
        self.typing.as_mut().filter(|typing| typing.is(window))
    }

    fn panel(&mut self, window: Window) -> Option<&mut Panel> {
        let asked = self.asked.as_mut().map(|asked| &mut asked.panel);
        let strip = self.strip.as_mut().map(|strip| &mut strip.panel);
        let typing = self.typing.as_mut().map(|typing| &mut typing.panel);
        [asked, strip, typing]
            .into_iter()
            .flatten()
            .find(|panel| panel.window == window)
    }

    fn rest(&mut self, timeout: Option<Duration>) -> Result<(), RequestFailure> {
        self.pump()?;
        if !self.answers.is_empty() {
            return Ok(());
        }
        let change = self
            .tend()?
            .map(|next| next.saturating_duration_since(Instant::now()));
        let left = [timeout, change].into_iter().flatten().min();
        // One wait only: whatever ends it may have been the waker.
        wait_readable(self.display.conn.stream().as_fd(), &self.wake, left)?;
        self.pump()
    }
}

impl Notices for X11Notices {
    fn show(&mut self, view: &View) -> Result<(), NoticeError> {
        Ok(self.apply(view)?)
    }

    fn wait(&mut self, timeout: Option<Duration>) -> Result<(), NoticeError> {
        Ok(self.rest(timeout)?)
    }

    fn next_answer(&mut self) -> Option<Answer> {
        self.answers.pop_front()
    }

    fn waker(&self) -> Waker {
        self.wake.waker()
    }
}

/// The first button, pressed by somebody.
fn is_press(event: &ButtonPressEvent) -> bool {
    event.detail == 1 && event.response_type & MADE_UP == 0
}

/// The usual arrow; displays without the font keep what they show.
fn arrow(display: &Display) -> Result<Cursor, RequestFailure> {
    /// The arrow's place in the cursor font, and its mask's.
    const ARROW: u16 = 68;
    let conn = &display.conn;
    let (font, cursor) = (conn.generate_id()?, conn.generate_id()?);
    if conn.open_font(font, b"cursor")?.check().is_err() {
        return Ok(x11rb::NONE);
    }
    let (white, black) = (u16::MAX, 0);
    let made = conn.create_glyph_cursor(
        cursor,
        font,
        font,
        ARROW,
        ARROW + 1,
        black,
        black,
        black,
        white,
        white,
        white,
    )?;
    let made = made.check().is_ok();
    conn.close_font(font)?;
    Ok(if made { cursor } else { x11rb::NONE })
}
