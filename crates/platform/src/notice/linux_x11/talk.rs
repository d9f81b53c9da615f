//! The chat that is on the screen: what is written, and how far it is scrolled. Whether keys count is `hearing`'s.

use x11rb::protocol::xproto::{SelectionNotifyEvent, Window};

use super::keys::Typed;
use super::panel::{Atoms, Kind, Panel};
use super::{Place, paste, place};
use crate::display::linux_x11::{Display, RequestFailure};
use crate::notice::clean::plain;
use crate::notice::draw::chat::{Look, Painted, caret_at, paint, step};
use crate::notice::draw::{Picture, Scale, Target};
use crate::notice::edit::Edit;
use crate::notice::view::{Answer, Chat, SAY_CHARS_MAX};

/// A chat and its window.
pub(super) struct Talk {
    pub(super) chat: Chat,
    pub(super) panel: Panel,
    look: Look,
    /// What it is painted in.
    scale: Scale,
    scroll_max: i32,
    page: i32,
    /// A text was asked for.
    pasting: bool,
    /// It looks different from what is painted.
    stale: bool,
}

impl Talk {
    /// Shows a chat, with what was written before and not said.
    pub(super) fn open(
        display: &Display,
        at: &Place,
        chat: Chat,
        typed: Edit,
    ) -> Result<Self, RequestFailure> {
        let look = Look {
            typed,
            listens: false,
            scroll: 0,
        };
        let (painted, scale) = painted(at, &chat, &look);
        let area = place::chat(at.monitor, size(&painted.picture), at.strip_height);
        let title = title(at, &chat);
        let panel = Panel::open(
            display,
            Kind::Chat(&title),
            (&at.atoms, at.cursor),
            painted.picture,
            area,
        )?;
        Ok(Self {
            chat,
            panel,
            look,
            scale,
            scroll_max: painted.scroll_max,
            page: painted.page,
            pasting: false,
            stale: false,
        })
    }

    /// Whether this is its window.
    pub(super) fn is(&self, window: Window) -> bool {
        self.panel.window == window
    }

    /// There is more, or there are others.
    pub(super) fn update(&mut self, display: &Display, at: &Place, chat: Chat) -> Result<(), RequestFailure> {
        self.stale |= self.chat.title != chat.title || self.chat.lines != chat.lines;
        let renamed = self.chat.title != chat.title;
        self.chat = chat;
        if renamed {
            self.panel.set_name(display, &at.atoms, &title(at, &self.chat))?;
        }
        Ok(())
    }

    /// The screen is another one.
    pub(super) fn moved(&mut self) {
        self.stale = true;
    }

    /// Paints what changed; `listens` is whether keys count.
    pub(super) fn refresh(
        &mut self,
        display: &Display,
        at: &Place,
        listens: bool,
    ) -> Result<(), RequestFailure> {
        self.stale |= self.look.listens != listens;
        self.look.listens = listens;
        // A hundred lines are not laid out for every move of the pointer.
        if !std::mem::take(&mut self.stale) {
            return Ok(());
        }
        let (mut now, scale) = painted(at, &self.chat, &self.look);
        let more = now.scroll_max - self.scroll_max;
        if self.look.scroll > 0 && more != 0 {
            // Whoever reads further up goes on reading there.
            self.look.scroll = (self.look.scroll + more).max(0);
            (now, _) = painted(at, &self.chat, &self.look);
        }
        (self.scale, self.scroll_max, self.page) = (scale, now.scroll_max, now.page);
        self.look.scroll = self.look.scroll.min(self.scroll_max);
        let area = place::chat(at.monitor, size(&now.picture), at.strip_height);
        self.panel.put(display, now.picture, area)
    }

    /// A finger goes down: writing goes on there, and the keyboard comes here.
    pub(super) fn press(
        &mut self,
        display: &Display,
        at: &Place,
        (x, y): (i32, i32),
    ) -> Result<(), RequestFailure> {
        let area = self
            .panel
            .picture
            .areas
            .iter()
            .find(|(area, _)| area.contains(x, y));
        if let Some((area, Target::Say)) = area {
            let caret = caret_at(&at.fonts, self.scale, &self.look.typed, x - area.x);
            self.look.typed.go_to(caret);
            self.stale = true;
        }
        self.panel.take_focus(display)
    }

    /// The wheel turns, or a key scrolls: up into what is older, by so many steps.
    pub(super) fn scroll(&mut self, steps: i32) {
        self.scroll_by(steps.saturating_mul(step(self.scale)));
    }

    fn scroll_by(&mut self, rows: i32) {
        self.look.scroll = self.look.scroll.saturating_add(rows).clamp(0, self.scroll_max);
        self.stale = true;
    }

    /// A key that counts.
    pub(super) fn key(
        &mut self,
        display: &Display,
        atoms: &Atoms,
        typed: Typed,
    ) -> Result<Option<Answer>, RequestFailure> {
        match typed {
            Typed::Escape => return Ok(Some(Answer::ChatClosed)),
            Typed::Enter => return Ok(self.say()),
            Typed::PageUp => self.scroll_by(self.page),
            Typed::PageDown => self.scroll_by(-self.page),
            // Up and down, too.
            Typed::Previous => self.scroll(1),
            Typed::Next => self.scroll(-1),
            Typed::Paste => {
                self.pasting = true;
                paste::ask(display, atoms, self.panel.window)?;
            }
            other => {
                other.apply(&mut self.look.typed);
                self.stale = true;
            }
        }
        Ok(None)
    }

    fn say(&mut self) -> Option<Answer> {
        let text = self.look.typed.text().trim().to_owned();
        if text.is_empty() {
            return None;
        }
        self.look.typed = Edit::empty(SAY_CHARS_MAX);
        self.look.scroll = 0;
        self.stale = true;
        Some(Answer::Say(text))
    }

    /// The copied text is there, or there is none; it counts as keys do.
    pub(super) fn pasted(
        &mut self,
        display: &Display,
        atoms: &Atoms,
        event: &SelectionNotifyEvent,
        listens: bool,
    ) -> Result<(), RequestFailure> {
        if std::mem::take(&mut self.pasting)
            && let Some(text) = paste::take(display, atoms, event)?
            && listens
        {
            self.look.typed.insert(&text);
            self.stale = true;
        }
        Ok(())
    }

    /// Takes the window away; what was written and not said.
    pub(super) fn close(self, display: &Display) -> Result<Edit, RequestFailure> {
        self.panel.close(display)?;
        Ok(self.look.typed)
    }
}

fn title(at: &Place, chat: &Chat) -> String {
    at.language.words().chat_title(&plain(&chat.title))
}

fn size(picture: &Picture) -> (u32, u32) {
    (picture.canvas.width(), picture.canvas.height())
}

/// In the size the person wants, or the largest that fits; and which that is.
fn painted(at: &Place, chat: &Chat, look: &Look) -> (Painted, Scale) {
    let height_max = place::chat_height(at.monitor, at.strip_height);
    let mut scale = at.scale;
    loop {
        let painted = paint(&at.fonts, at.language, (scale, height_max), chat, look);
        if place::fits(at.monitor, size(&painted.picture), at.strip_height) {
            return (painted, scale);
        }
        match scale.smaller() {
            Some(smaller) => scale = smaller,
            None => return (painted, scale),
        }
    }
}
