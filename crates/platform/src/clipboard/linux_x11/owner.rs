//! We own the clipboard: hands what we have to those who paste, in pieces if it is long, and lets them wait for what is promised.
//!
//! ```text
//!  requestor                              us
//!   SelectionRequest ────────────────────►
//!          ◄──────────────── property = content, SelectionNotify                 (short)
//!          ◄──────────────── property = INCR, SelectionNotify                    (long)
//!   deletes the property ────────────────►
//!          ◄──────────────── property = next piece … at last an empty one
//! ```

use std::sync::Arc;
use std::time::{Duration, Instant};

use x11rb::connection::Connection;
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ChangeWindowAttributesAux, ConnectionExt as _, EventMask, PropMode, SelectionNotifyEvent,
    SelectionRequestEvent, Timestamp, Window,
};
use x11rb::wrapper::ConnectionExt as _;

use super::atoms::Atoms;
use super::text;
use crate::clipboard::{Copied, CopiedKind, Offered, PROMISE_TIMEOUT};
use crate::display::linux_x11::{Display, RequestFailure};

/// Longest content handed over at once, and longest piece: well below what every server takes in one request.
const PIECE: usize = 64 * 1024;
/// Most requestors served in pieces at once, and most that wait for a promise; a further one is refused. Nobody pastes in more
/// places.
const TRANSFERS_MAX: usize = 16;
/// How long a requestor may take for a piece.
const PATIENCE: Duration = Duration::from_secs(10);

/// What we own.
#[derive(Debug)]
pub(super) struct Owned {
    /// Without content: promised.
    pub(super) has: Vec<Offered>,
    pub(super) since: Timestamp,
}

impl Owned {
    /// What is there of it.
    pub(super) fn copied(&self) -> Copied {
        let here = |(kind, content): &Offered| Some((*kind, Arc::clone(content.as_ref()?)));
        Copied {
            has: self.has.iter().filter_map(here).collect(),
            too_large: Vec::new(),
        }
    }

    /// Keeps a promise, or takes it back.
    pub(super) fn keep(&mut self, kind: CopiedKind, content: Option<Arc<[u8]>>) {
        let promised = |(has, content): &Offered| *has == kind && content.is_none();
        let Some(at) = self.has.iter().position(promised) else {
            return;
        };
        match content {
            Some(content) => self.has[at].1 = Some(content),
            None => drop(self.has.remove(at)),
        }
    }
}

/// Content on its way in pieces.
#[derive(Debug)]
struct Transfer {
    requestor: Window,
    property: Atom,
    kind: Atom,
    bytes: Arc<[u8]>,
    sent: usize,
    deadline: Instant,
}

/// Somebody who pastes what is promised.
#[derive(Debug)]
struct Waiting {
    request: SelectionRequestEvent,
    kind: CopiedKind,
    deadline: Instant,
}

/// All who are being served.
#[derive(Debug, Default)]
pub(super) struct Transfers {
    under_way: Vec<Transfer>,
    waiting: Vec<Waiting>,
}

/// What a request is answered with.
enum Answer {
    Atoms(Vec<Atom>),
    Time(Timestamp),
    Bytes {
        kind: Atom,
        bytes: Arc<[u8]>,
    },
    /// Later.
    Promised(CopiedKind),
}

/// `None` when we have no such thing.
fn answer(atoms: &Atoms, owned: &Owned, target: Atom) -> Option<Answer> {
    if target == atoms.TARGETS {
        let kinds = owned.has.iter().flat_map(|(kind, _)| atoms.offered_by(*kind));
        return Some(Answer::Atoms(
            [atoms.TARGETS, atoms.TIMESTAMP]
                .into_iter()
                .chain(kinds)
                .collect(),
        ));
    }
    if target == atoms.TIMESTAMP {
        return Some(Answer::Time(owned.since));
    }
    let asked = |(kind, _): &&Offered| atoms.offered_by(*kind).contains(&target);
    let (kind, content) = owned.has.iter().find(asked)?;
    let Some(content) = content else {
        return Some(Answer::Promised(*kind));
    };
    Some(Answer::Bytes {
        // TEXT means: in an encoding of the owner's choice.
        kind: match target == atoms.TEXT {
            true => atoms.UTF8_STRING,
            false => target,
        },
        bytes: match kind {
            CopiedKind::Text if target == Atom::from(AtomEnum::STRING) => latin1(content),
            CopiedKind::Html => text::encode_html(content).into(),
            CopiedKind::Text | CopiedKind::Picture => Arc::clone(content),
        },
    })
}

/// STRING is Latin-1 by definition; whoever asks for it knows nothing else.
fn latin1(text: &[u8]) -> Arc<[u8]> {
    let letter = |character| u8::try_from(u32::from(character)).unwrap_or(b'?');
    String::from_utf8_lossy(text).chars().map(letter).collect()
}

impl Transfers {
    /// Answers a request, with a refusal if we own nothing (any more) or do not know the target. What is promised and has to be
    /// brought now, if that is what it asks for.
    pub(super) fn serve(
        &mut self,
        display: &Display,
        atoms: &Atoms,
        owned: Option<&Owned>,
        request: SelectionRequestEvent,
    ) -> Result<Option<CopiedKind>, RequestFailure> {
        match owned.and_then(|owned| answer(atoms, owned, request.target)) {
            Some(Answer::Promised(kind)) if self.waiting.len() < TRANSFERS_MAX => {
                let deadline = Instant::now() + PROMISE_TIMEOUT;
                self.waiting.push(Waiting {
                    request,
                    kind,
                    deadline,
                });
                Ok(Some(kind))
            }
            answer => self.reply(display, atoms, answer, &request).map(|()| None),
        }
    }

    /// Serves those who waited for this kind, whatever became of it.
    pub(super) fn kept(
        &mut self,
        display: &Display,
        atoms: &Atoms,
        owned: &Owned,
        kind: CopiedKind,
    ) -> Result<(), RequestFailure> {
        for one in self
            .waiting
            .extract_if(.., |one| one.kind == kind)
            .collect::<Vec<_>>()
        {
            let answer = answer(atoms, owned, one.request.target);
            self.reply(display, atoms, answer, &one.request)?;
        }
        Ok(())
    }

    /// Nothing promised before comes any more.
    pub(super) fn refuse_waiting(&mut self, display: &Display) -> Result<(), RequestFailure> {
        let mut waiting = std::mem::take(&mut self.waiting).into_iter();
        waiting.try_for_each(|one| notify(display, &one.request, x11rb::NONE))
    }

    fn reply(
        &mut self,
        display: &Display,
        atoms: &Atoms,
        answer: Option<Answer>,
        request: &SelectionRequestEvent,
    ) -> Result<(), RequestFailure> {
        // Old clients name no property and mean the target's name.
        let property = match request.property {
            x11rb::NONE => request.target,
            property => property,
        };
        let given = match answer {
            Some(answer) => self.give(display, atoms, (request.requestor, property), answer)?,
            None => false,
        };
        notify(display, request, if given { property } else { x11rb::NONE })
    }

    /// Puts the answer into the requestor's property; false when there is no room for one more that is long, or nothing yet.
    fn give(
        &mut self,
        display: &Display,
        atoms: &Atoms,
        (requestor, property): (Window, Atom),
        answer: Answer,
    ) -> Result<bool, RequestFailure> {
        let (conn, replace) = (&display.conn, PropMode::REPLACE);
        match answer {
            Answer::Promised(_) => return Ok(false),
            Answer::Atoms(list) => {
                conn.change_property32(replace, requestor, property, AtomEnum::ATOM, &list)?;
            }
            Answer::Time(time) => {
                conn.change_property32(replace, requestor, property, AtomEnum::INTEGER, &[time])?;
            }
            Answer::Bytes { kind, bytes } if bytes.len() <= PIECE => {
                conn.change_property8(replace, requestor, property, kind, &bytes)?;
            }
            Answer::Bytes { kind, bytes } => {
                self.under_way
                    .retain(|transfer| (transfer.requestor, transfer.property) != (requestor, property));
                if self.under_way.len() >= TRANSFERS_MAX {
                    return Ok(false);
                }
                // Told before the property exists, so that its deletion cannot be missed.
                let events = EventMask::PROPERTY_CHANGE | EventMask::STRUCTURE_NOTIFY;
                let watch = ChangeWindowAttributesAux::new().event_mask(events);
                conn.change_window_attributes(requestor, &watch)?;
                let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
                conn.change_property32(replace, requestor, property, atoms.INCR, &[length])?;
                let deadline = Instant::now() + PATIENCE;
                self.under_way.push(Transfer {
                    requestor,
                    property,
                    kind,
                    bytes,
                    sent: 0,
                    deadline,
                });
            }
        }
        Ok(true)
    }

    /// A property was deleted: if it is one of ours, its reader wants the next piece.
    pub(super) fn deleted(
        &mut self,
        display: &Display,
        requestor: Window,
        property: Atom,
    ) -> Result<(), RequestFailure> {
        let mine = |transfer: &Transfer| (transfer.requestor, transfer.property) == (requestor, property);
        let Some(at) = self.under_way.iter().position(mine) else {
            return Ok(());
        };
        let transfer = &mut self.under_way[at];
        let rest = &transfer.bytes[transfer.sent..];
        let piece = &rest[..rest.len().min(PIECE)];
        display
            .conn
            .change_property8(PropMode::REPLACE, requestor, property, transfer.kind, piece)?;
        display.conn.flush()?;
        transfer.sent += piece.len();
        transfer.deadline = Instant::now() + PATIENCE;
        if piece.is_empty() {
            self.under_way.swap_remove(at);
            self.stop_watching(display, requestor)?;
        }
        Ok(())
    }

    /// A requestor's window is gone.
    pub(super) fn window_gone(&mut self, window: Window) {
        self.under_way.retain(|transfer| transfer.requestor != window);
    }

    /// Gives up on requestors that do not read, and on promises that were not kept.
    pub(super) fn expire(&mut self, display: &Display, now: Instant) -> Result<(), RequestFailure> {
        let late: Vec<Transfer> = self
            .under_way
            .extract_if(.., |transfer| transfer.deadline <= now)
            .collect();
        late.iter()
            .try_for_each(|transfer| self.stop_watching(display, transfer.requestor))?;
        self.waiting
            .extract_if(.., |one| one.deadline <= now)
            .try_for_each(|one| notify(display, &one.request, x11rb::NONE))
    }

    /// When the next one would be given up.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        let under_way = self.under_way.iter().map(|transfer| transfer.deadline);
        under_way.chain(self.waiting.iter().map(|one| one.deadline)).min()
    }

    fn stop_watching(&self, display: &Display, window: Window) -> Result<(), RequestFailure> {
        if self.under_way.iter().all(|transfer| transfer.requestor != window) {
            let nothing = ChangeWindowAttributesAux::new().event_mask(EventMask::NO_EVENT);
            display.conn.change_window_attributes(window, &nothing)?;
        }
        Ok(())
    }
}

/// Tells a requestor where its answer is, or that there is none.
fn notify(display: &Display, request: &SelectionRequestEvent, property: Atom) -> Result<(), RequestFailure> {
    let notify = SelectionNotifyEvent {
        response_type: x11rb::protocol::xproto::SELECTION_NOTIFY_EVENT,
        sequence: 0,
        time: request.time,
        requestor: request.requestor,
        selection: request.selection,
        target: request.target,
        property,
    };
    display
        .conn
        .send_event(false, request.requestor, EventMask::NO_EVENT, notify)?;
    Ok(display.conn.flush()?)
}
