//! Prompt, strip, chat and form as windows of an X11 display. Prompt and strip are not managed by the window manager, so that they
//! work without one and stay above; chat and form are windows like others. The strip never takes
//! the keyboard. Nothing is polled; a timer runs only while a number on the screen changes.
//!
//! Lives here: what is shown. Beside it: what the display tells (`events`), a window (`panel`), the prompt (`asked`), the strip
//! (`strip`), the form (`typing`), the chat (`talk`) and whether it listens (`hearing`), where they stand (`place`), keys,
//! accents and pasting, and how often a covered window comes up again (`raise`).

use std::collections::VecDeque;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use x11rb::connection::Connection;
use x11rb::protocol::xproto::{ChangeWindowAttributesAux, ConnectionExt as _, Cursor, EventMask, Window};

use super::draw::banner::{ChatButton, Content};
use super::draw::{Fonts, Scale};
use super::edit::Edit;
use super::view::{Chat, SAY_CHARS_MAX};
use super::{Answer, Language, NoticeError, Notices, View};
use crate::display::linux_x11::{Display, RequestFailure, connect, pixel_format};
use crate::wake::{WakeFd, wait_readable};
use crate::{DisplayTarget, Rect, Waker};

mod accents;
mod asked;
mod events;
mod hearing;
mod keys;
mod panel;
mod paste;
mod place;
mod raise;
mod strip;
mod talk;
mod typing;

use accents::Accents;
use asked::Asked;
use hearing::Hearing;
use keys::Keys;
use panel::{Atoms, Panel};
use strip::Strip;
use talk::Talk;
use typing::Typing;

/// Answers that wait to be taken. Full: the newest is dropped; nobody presses this often without being heard. That the chat has
/// lost the keyboard is never dropped.
const ANSWERS_MAX: usize = 32;

pub(super) fn open(target: &DisplayTarget, language: Language) -> Result<Box<dyn Notices>, NoticeError> {
    let display = connect(target)?;
    Ok(Box::new(X11Notices::new(display, language)?))
}

/// See [`super::keep_apart`].
pub(super) fn keep_apart() {
    use rustix::process::{DumpableBehavior, set_dumpable_behavior};
    if set_dumpable_behavior(DumpableBehavior::NotDumpable).is_err() {
        // Where the kernel refuses, the process is as open as every other of its user.
    }
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
    talk: Option<Talk>,
    hearing: Hearing,
    /// What was written in the chat and not said, while its window is away.
    unsaid: Edit,
    /// The person asked for the chat's window: it gets the keyboard.
    chat_wanted: bool,
    accents: Accents,
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
            talk: None,
            hearing: Hearing::default(),
            unsaid: Edit::empty(SAY_CHARS_MAX),
            chat_wanted: false,
            accents: Accents::default(),
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
        self.apply_chat(view, now)?;
        self.refresh(now)?;
        Ok(self.display.conn.flush()?)
    }

    fn apply_strip(&mut self, view: &View, now: Instant) -> Result<(), RequestFailure> {
        let chat = view.chat.as_ref();
        let button = match chat.map(|chat| chat.unread && !chat.open) {
            None => ChatButton::None,
            Some(false) => ChatButton::Quiet,
            Some(true) => ChatButton::Unread,
        };
        let visits = view.banner.clone().map(|banner| Content::Visits(banner, button));
        let content = visits.or_else(|| view.waiting.clone().map(Content::Waiting));
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

    fn apply_chat(&mut self, view: &View, now: Instant) -> Result<(), RequestFailure> {
        if view.chat.is_none() {
            self.unsaid = Edit::empty(SAY_CHARS_MAX);
            self.chat_wanted = false;
        }
        match view.chat.clone().filter(|chat| chat.open) {
            Some(chat) => {
                self.hearing.heard(chat.heard, now);
                self.show_chat(chat)
            }
            None => self.close_chat(),
        }
    }

    fn show_chat(&mut self, chat: Chat) -> Result<(), RequestFailure> {
        if let Some(talk) = &mut self.talk {
            return talk.update(&self.display, &self.place, chat);
        }
        let unsaid = std::mem::replace(&mut self.unsaid, Edit::empty(SAY_CHARS_MAX));
        self.talk = Some(Talk::open(&self.display, &self.place, chat, unsaid)?);
        Ok(())
    }

    fn close_chat(&mut self) -> Result<(), RequestFailure> {
        if let Some(talk) = self.talk.take() {
            self.unsaid = talk.close(&self.display)?;
        }
        self.chat_focus(false);
        Ok(())
    }

    /// The chat's window has the keyboard, or has it no longer: that is told, and keys count when it was heard.
    fn chat_focus(&mut self, focused: bool) {
        // Without room for it, it is as if it had none.
        let room = !focused || self.answers.len() < ANSWERS_MAX;
        if room && self.hearing.set_focused(focused) {
            self.answers.push_back(Answer::ChatFocus(focused));
        }
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
                if let Some(talk) = &mut self.talk {
                    talk.moved();
                }
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
        if let Some(talk) = &mut self.talk {
            talk.refresh(&self.display, &self.place, self.hearing.listens(now))?;
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
        next.extend(self.hearing.next_change(now));
        self.display.conn.flush()?;
        Ok(next.into_iter().min())
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

    fn talk_in(&mut self, window: Window) -> Option<&mut Talk> {
        self.talk.as_mut().filter(|talk| talk.is(window))
    }

    fn panel(&mut self, window: Window) -> Option<&mut Panel> {
        let asked = self.asked.as_mut().map(|asked| &mut asked.panel);
        let strip = self.strip.as_mut().map(|strip| &mut strip.panel);
        let typing = self.typing.as_mut().map(|typing| &mut typing.panel);
        let talk = self.talk.as_mut().map(|talk| &mut talk.panel);
        [asked, strip, typing, talk]
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
