//! The CLIPBOARD selection of an X11 display. There is no clipboard in the server: what was copied stays with the program that
//! copied it, which hands it to whoever pastes. This file holds our window and asks others for what they have; `owner` is
//! the other direction, `text` what programs make of text.

use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

use x11rb::connection::{Connection, RequestConnection};
use x11rb::protocol::Event;
use x11rb::protocol::xfixes::{self, ConnectionExt as _, SelectionEventMask};
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ConnectionExt as _, CreateWindowAux, EventMask, GetPropertyReply, PropMode, Property,
    PropertyNotifyEvent, SelectionNotifyEvent, Timestamp, Window, WindowClass,
};
use x11rb::wrapper::ConnectionExt as _;

use super::{
    Clipboard, ClipboardError, ClipboardEvent, Copied, CopiedKind, Offered, READ_TIMEOUT, check_sizes,
};
use crate::display::linux_x11::{Display, RequestFailure, connect};
use crate::wake::{WakeFd, wait_one, wait_readable};
use crate::{DisplayTarget, Waker};

mod atoms;
mod owner;
mod text;

use atoms::Atoms;
use owner::{Owned, Transfers};

pub(super) fn open(target: &DisplayTarget) -> Result<Box<dyn Clipboard>, ClipboardError> {
    let display = connect(target)?;
    Ok(Box::new(X11Clipboard::new(display)?))
}

/// An answer to what we asked.
#[derive(Debug)]
enum Incoming {
    Notify(SelectionNotifyEvent),
    Property(PropertyNotifyEvent),
}

struct X11Clipboard {
    display: Display,
    wake: WakeFd,
    atoms: Atoms,
    window: Window,
    owned: Option<Owned>,
    transfers: Transfers,
    /// How often something was asked for; chooses the property.
    asked: usize,
    changed: bool,
    /// Promised, and somebody pastes it.
    wanted: Vec<CopiedKind>,
    lost: Option<String>,
    lost_told: bool,
}

/// Failures while asking.
enum Asking {
    Failed(RequestFailure),
    TooLarge,
    TimedOut,
}

impl<E: Into<RequestFailure>> From<E> for Asking {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

impl X11Clipboard {
    fn new(display: Display) -> Result<Self, RequestFailure> {
        let conn = &display.conn;
        if conn.extension_information(xfixes::X11_EXTENSION_NAME)?.is_none() {
            return Err(RequestFailure::Refused(
                "the X server lacks the XFIXES extension".into(),
            ));
        }
        conn.xfixes_query_version(5, 0)?.reply()?;
        let atoms = Atoms::new(conn)?.reply()?;
        let window = conn.generate_id()?;
        let attributes = CreateWindowAux::new().event_mask(EventMask::PROPERTY_CHANGE);
        let class = WindowClass::INPUT_ONLY;
        conn.create_window(0, window, display.root(), -1, -1, 1, 1, 0, class, 0, &attributes)?
            .check()?;
        let changes = SelectionEventMask::SET_SELECTION_OWNER
            | SelectionEventMask::SELECTION_WINDOW_DESTROY
            | SelectionEventMask::SELECTION_CLIENT_CLOSE;
        conn.xfixes_select_selection_input(window, atoms.CLIPBOARD, changes)?
            .check()?;
        Ok(Self {
            wake: WakeFd::new()?,
            atoms,
            window,
            owned: None,
            transfers: Transfers::default(),
            asked: 0,
            changed: false,
            wanted: Vec::new(),
            lost: None,
            lost_told: false,
            display,
        })
    }

    /// The next answer to us, if it is there; everything else is taken care of on the way.
    fn pump(&mut self) -> Result<Option<Incoming>, RequestFailure> {
        while let Some(event) = self.display.conn.poll_for_event()? {
            if let Some(incoming) = self.note(event)? {
                return Ok(Some(incoming));
            }
        }
        Ok(None)
    }

    fn note(&mut self, event: Event) -> Result<Option<Incoming>, RequestFailure> {
        match event {
            Event::XfixesSelectionNotify(event) if event.owner != self.window => {
                self.owned = None;
                self.wanted.clear();
                self.transfers.refuse_waiting(&self.display)?;
                self.changed = true;
            }
            Event::SelectionRequest(request) => {
                let owned = self.owned.as_ref();
                let wanted = self.transfers.serve(&self.display, &self.atoms, owned, request)?;
                if let Some(kind) = wanted.filter(|kind| !self.wanted.contains(kind)) {
                    self.wanted.push(kind);
                }
            }
            Event::PropertyNotify(event) if event.window == self.window => {
                return Ok(Some(Incoming::Property(event)));
            }
            Event::PropertyNotify(event) if event.state == Property::DELETE => {
                self.transfers.deleted(&self.display, event.window, event.atom)?;
            }
            Event::DestroyNotify(event) => self.transfers.window_gone(event.window),
            Event::SelectionNotify(event) if event.requestor == self.window => {
                return Ok(Some(Incoming::Notify(event)));
            }
            _ => {}
        }
        Ok(None)
    }

    /// Waits for an answer that fits; others are old and dropped.
    fn answer<T>(&mut self, mut fits: impl FnMut(Incoming) -> Option<T>) -> Result<T, Asking> {
        let deadline = Instant::now() + READ_TIMEOUT;
        loop {
            while let Some(incoming) = self.pump()? {
                if let Some(answer) = fits(incoming) {
                    return Ok(answer);
                }
            }
            self.display.conn.flush()?;
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Asking::TimedOut);
            }
            wait_one(self.display.conn.stream().as_fd(), left)?;
        }
    }

    /// The server's time: owners are compared by when they became one.
    fn now(&mut self) -> Result<Timestamp, Asking> {
        let (window, place) = (self.window, self.atoms.FAROL_TIME);
        self.display
            .conn
            .change_property8(PropMode::REPLACE, window, place, AtomEnum::STRING, b"")?;
        self.answer(|incoming| match incoming {
            Incoming::Property(event) if event.atom == place => Some(event.time),
            _ => None,
        })
    }

    fn take_ownership(&mut self, has: Vec<Offered>) -> Result<(), Asking> {
        let since = self.now()?;
        let conn = &self.display.conn;
        conn.set_selection_owner(self.window, self.atoms.CLIPBOARD, since)?;
        let owner = conn.get_selection_owner(self.atoms.CLIPBOARD)?.reply()?.owner;
        if owner == self.window {
            // Whoever waits for a promise of before gets nothing of another thing.
            self.transfers.refuse_waiting(&self.display)?;
            self.wanted.clear();
            // What somebody else copied before is not there any more.
            self.changed = false;
            self.owned = Some(Owned { has, since });
        }
        // Else somebody copied in this very moment; theirs is newer.
        Ok(())
    }

    fn ask(&mut self) -> Result<Copied, Asking> {
        if let Some(owned) = &self.owned {
            return Ok(owned.copied());
        }
        let owner = self
            .display
            .conn
            .get_selection_owner(self.atoms.CLIPBOARD)?
            .reply()?
            .owner;
        let mut copied = Copied::default();
        if owner == x11rb::NONE {
            return Ok(copied);
        }
        // Some owners hand out a picture whatever they are asked for, so what they have is asked first.
        let has = self
            .ask_for(self.atoms.TARGETS, CopiedKind::Text.max())?
            .map(|reply| reply.value32().into_iter().flatten().collect());
        let has: Option<Vec<Atom>> = has;
        for kind in CopiedKind::ALL {
            match self.ask_for_kind(kind, has.as_deref()) {
                Ok(content) => copied.has.extend(content.map(|content| (kind, content))),
                Err(Asking::TooLarge) => copied.too_large.push(kind),
                // Who does not answer once does not answer the next time; what there is, is good.
                Err(Asking::TimedOut) if !copied.has.is_empty() => break,
                Err(error) => return Err(error),
            }
            if self.changed {
                // The rest would be of what was copied meanwhile, and that is announced and read for itself.
                break;
            }
        }
        Ok(copied)
    }

    /// One kind of what the owner has, whose targets these are if it says; `None` when it does not have it.
    fn ask_for_kind(&mut self, kind: CopiedKind, has: Option<&[Atom]>) -> Result<Option<Arc<[u8]>>, Asking> {
        for target in self.atoms.asked_by(kind) {
            let offered = match has {
                Some(has) => has.contains(&target),
                None => kind == CopiedKind::Text,
            };
            if !offered {
                continue;
            }
            if let Some(bytes) = self.ask_for_content(target, kind.max())? {
                let bytes = match kind {
                    CopiedKind::Text => {
                        text::decode(bytes, target == Atom::from(AtomEnum::STRING)).into_bytes()
                    }
                    CopiedKind::Html => text::decode_html(bytes).into_bytes(),
                    CopiedKind::Picture => bytes,
                };
                // Other encodings are shorter than ours.
                if bytes.len() > kind.max() {
                    return Err(Asking::TooLarge);
                }
                return Ok(Some(bytes.into()));
            }
        }
        Ok(None)
    }

    /// The content in one format; `None` when the owner does not have it.
    fn ask_for_content(&mut self, target: Atom, max: usize) -> Result<Option<Vec<u8>>, Asking> {
        match self.ask_for(target, max)? {
            Some(reply) if reply.type_ == self.atoms.INCR => {
                // The owner's promise: there are at least so many bytes.
                let least = reply.value32().and_then(|mut sizes| sizes.next());
                if least.is_some_and(|least| least as usize > max) {
                    return Err(Asking::TooLarge);
                }
                self.collect(self.place(), max).map(Some)
            }
            reply => Ok(reply.filter(|reply| reply.format == 8).map(|reply| reply.value)),
        }
    }

    /// The property that the current answer comes in.
    fn place(&self) -> Atom {
        let places = self.atoms.places();
        places[self.asked % places.len()]
    }

    /// What the owner puts into our property for a target; `None` when it refuses.
    fn ask_for(&mut self, target: Atom, max: usize) -> Result<Option<GetPropertyReply>, Asking> {
        self.asked = self.asked.wrapping_add(1);
        let place = self.place();
        let (window, selection) = (self.window, self.atoms.CLIPBOARD);
        self.display.conn.delete_property(window, place)?;
        self.display
            .conn
            .convert_selection(window, selection, target, place, x11rb::CURRENT_TIME)?;
        let property = self.answer(|incoming| match incoming {
            // Answers to older questions name other properties.
            Incoming::Notify(event) if event.target == target => [place, x11rb::NONE]
                .contains(&event.property)
                .then_some(event.property),
            _ => None,
        })?;
        if property == x11rb::NONE {
            return Ok(None);
        }
        self.take(place, max).map(Some)
    }

    /// The pieces of something long, up to the empty one.
    fn collect(&mut self, place: Atom, max: usize) -> Result<Vec<u8>, Asking> {
        let mut all = Vec::new();
        loop {
            self.answer(|incoming| match incoming {
                Incoming::Property(event) if event.atom == place && event.state == Property::NEW_VALUE => {
                    Some(())
                }
                _ => None,
            })?;
            let piece = self.take(place, max)?;
            if piece.value.is_empty() {
                return Ok(all);
            }
            if all.len() + piece.value.len() > max {
                return Err(Asking::TooLarge);
            }
            all.extend(piece.value);
        }
    }

    /// Reads and deletes a property, which tells its writer to go on.
    fn take(&self, place: Atom, max: usize) -> Result<GetPropertyReply, Asking> {
        // Counted in four bytes; one more, to see whether it is longer.
        let length = (max / 4 + 1) as u32;
        let conn = &self.display.conn;
        let reply = conn
            .get_property(true, self.window, place, AtomEnum::ANY, 0, length)?
            .reply()?;
        if reply.bytes_after > 0 || reply.value.len() > max {
            conn.delete_property(self.window, place)?;
            return Err(Asking::TooLarge);
        }
        Ok(reply)
    }

    fn wait_for_news(&mut self, timeout: Option<Duration>) -> Result<(), RequestFailure> {
        // Answers nobody waits for any more end here.
        while self.pump()?.is_some() {}
        self.transfers.expire(&self.display, Instant::now())?;
        if self.changed || !self.wanted.is_empty() {
            return Ok(());
        }
        self.display.conn.flush()?;
        let until_expiry = self
            .transfers
            .next_deadline()
            .map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let timeout = match (timeout, until_expiry) {
            (Some(timeout), Some(expiry)) => Some(timeout.min(expiry)),
            (timeout, expiry) => timeout.or(expiry),
        };
        wait_readable(self.display.conn.stream().as_fd(), &self.wake, timeout)?;
        while self.pump()?.is_some() {}
        Ok(())
    }

    fn remember(&mut self, failure: Asking) -> ClipboardError {
        match failure {
            Asking::TooLarge => ClipboardError::TooLarge,
            Asking::TimedOut => ClipboardError::TimedOut,
            Asking::Failed(failure) => {
                if let RequestFailure::Lost(reason) = &failure {
                    self.lost.get_or_insert_with(|| reason.clone());
                }
                failure.into()
            }
        }
    }

    fn check_lost(&self) -> Result<(), ClipboardError> {
        match &self.lost {
            Some(reason) => Err(ClipboardError::Lost(reason.clone())),
            None => Ok(()),
        }
    }
}

impl Clipboard for X11Clipboard {
    fn wait(&mut self, timeout: Option<Duration>) -> Result<(), ClipboardError> {
        if self.lost_told {
            return self.check_lost();
        }
        if self.lost.is_some() {
            return Ok(());
        }
        match self
            .wait_for_news(timeout)
            .map_err(|failure| self.remember(Asking::Failed(failure)))
        {
            // Told by `next_event` first.
            Ok(()) | Err(ClipboardError::Lost(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn next_event(&mut self) -> Option<ClipboardEvent> {
        if let Some(reason) = &self.lost {
            let first = !std::mem::replace(&mut self.lost_told, true);
            return first.then(|| ClipboardEvent::Lost(reason.clone()));
        }
        if std::mem::take(&mut self.changed) {
            return Some(ClipboardEvent::Changed);
        }
        self.wanted.pop().map(ClipboardEvent::Wanted)
    }

    fn copied(&mut self) -> Result<Copied, ClipboardError> {
        self.check_lost()?;
        self.ask().map_err(|failure| self.remember(failure))
    }

    fn offer(&mut self, offered: Vec<Offered>) -> Result<(), ClipboardError> {
        self.check_lost()?;
        check_sizes(&offered)?;
        self.take_ownership(offered)
            .map_err(|failure| self.remember(failure))
    }

    fn deliver(&mut self, kind: CopiedKind, content: Option<Arc<[u8]>>) -> Result<(), ClipboardError> {
        self.check_lost()?;
        check_sizes(&[(kind, content.clone())])?;
        let Some(owned) = &mut self.owned else {
            return Ok(());
        };
        owned.keep(kind, content);
        self.transfers
            .kept(&self.display, &self.atoms, owned, kind)
            .map_err(|failure| self.remember(failure.into()))
    }

    fn waker(&self) -> Waker {
        self.wake.waker()
    }
}
