//! We own the clipboard: hands the text to those who paste, in pieces if it is long.
//!
//! ```text
//!  requestor                              us
//!   SelectionRequest ────────────────────►
//!          ◄──────────────── property = text, SelectionNotify                    (short)
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
use crate::display::linux_x11::{Display, RequestFailure};

/// Longest text handed over at once, and longest piece: well below what every server takes in one request.
const PIECE: usize = 64 * 1024;
/// Most requestors served in pieces at once; a further one is refused. Nobody pastes in more places.
const TRANSFERS_MAX: usize = 16;
/// How long a requestor may take for a piece.
const PATIENCE: Duration = Duration::from_secs(10);

/// The text we own.
#[derive(Debug)]
pub(super) struct Owned {
    pub(super) text: Arc<str>,
    pub(super) since: Timestamp,
}

/// A text on its way in pieces.
#[derive(Debug)]
struct Transfer {
    requestor: Window,
    property: Atom,
    kind: Atom,
    bytes: Arc<[u8]>,
    sent: usize,
    deadline: Instant,
}

/// All texts on their way.
#[derive(Debug, Default)]
pub(super) struct Transfers(Vec<Transfer>);

/// What a request is answered with.
enum Answer {
    Atoms(Vec<Atom>),
    Time(Timestamp),
    Bytes { kind: Atom, bytes: Arc<[u8]> },
}

fn answer(atoms: &Atoms, owned: &Owned, target: Atom) -> Option<Answer> {
    let string = Atom::from(AtomEnum::STRING);
    let texts = [
        atoms.UTF8_STRING,
        atoms.PLAIN_UTF8,
        atoms.PLAIN,
        atoms.TEXT,
        string,
    ];
    if target == atoms.TARGETS {
        return Some(Answer::Atoms(
            [atoms.TARGETS, atoms.TIMESTAMP]
                .into_iter()
                .chain(texts)
                .collect(),
        ));
    }
    if target == atoms.TIMESTAMP {
        return Some(Answer::Time(owned.since));
    }
    if target == string {
        // Latin-1 by definition; whoever asks for it knows nothing else.
        let latin1 = |character| u8::try_from(u32::from(character)).unwrap_or(b'?');
        return Some(Answer::Bytes {
            kind: string,
            bytes: owned.text.chars().map(latin1).collect(),
        });
    }
    // TEXT means: in an encoding of the owner's choice.
    let kind = if target == atoms.TEXT {
        atoms.UTF8_STRING
    } else {
        target
    };
    texts.contains(&target).then(|| Answer::Bytes {
        kind,
        bytes: owned.text.as_bytes().into(),
    })
}

impl Transfers {
    /// Answers a request, with a refusal if we own nothing (any more) or do not know the target.
    pub(super) fn serve(
        &mut self,
        display: &Display,
        atoms: &Atoms,
        owned: Option<&Owned>,
        request: &SelectionRequestEvent,
    ) -> Result<(), RequestFailure> {
        // Old clients name no property and mean the target's name.
        let property = if request.property == x11rb::NONE {
            request.target
        } else {
            request.property
        };
        let answer = owned.and_then(|owned| answer(atoms, owned, request.target));
        let given = match answer {
            Some(answer) => self.give(display, atoms, (request.requestor, property), answer)?,
            None => false,
        };
        let notify = SelectionNotifyEvent {
            response_type: x11rb::protocol::xproto::SELECTION_NOTIFY_EVENT,
            sequence: 0,
            time: request.time,
            requestor: request.requestor,
            selection: request.selection,
            target: request.target,
            property: if given { property } else { x11rb::NONE },
        };
        display
            .conn
            .send_event(false, request.requestor, EventMask::NO_EVENT, notify)?;
        Ok(display.conn.flush()?)
    }

    /// Puts the answer into the requestor's property; false when there is no room for one more long text.
    fn give(
        &mut self,
        display: &Display,
        atoms: &Atoms,
        (requestor, property): (Window, Atom),
        answer: Answer,
    ) -> Result<bool, RequestFailure> {
        let (conn, replace) = (&display.conn, PropMode::REPLACE);
        match answer {
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
                self.0
                    .retain(|transfer| (transfer.requestor, transfer.property) != (requestor, property));
                if self.0.len() >= TRANSFERS_MAX {
                    return Ok(false);
                }
                // Told before the property exists, so that its deletion cannot be missed.
                let events = EventMask::PROPERTY_CHANGE | EventMask::STRUCTURE_NOTIFY;
                let watch = ChangeWindowAttributesAux::new().event_mask(events);
                conn.change_window_attributes(requestor, &watch)?;
                let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
                conn.change_property32(replace, requestor, property, atoms.INCR, &[length])?;
                let deadline = Instant::now() + PATIENCE;
                self.0.push(Transfer {
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
        let Some(at) = self.0.iter().position(mine) else {
            return Ok(());
        };
        let transfer = &mut self.0[at];
        let rest = &transfer.bytes[transfer.sent..];
        let piece = &rest[..rest.len().min(PIECE)];
        display
            .conn
            .change_property8(PropMode::REPLACE, requestor, property, transfer.kind, piece)?;
        display.conn.flush()?;
        transfer.sent += piece.len();
        transfer.deadline = Instant::now() + PATIENCE;
        if piece.is_empty() {
            self.0.swap_remove(at);
            self.stop_watching(display, requestor)?;
        }
        Ok(())
    }

    /// A requestor's window is gone.
    pub(super) fn window_gone(&mut self, window: Window) {
        self.0.retain(|transfer| transfer.requestor != window);
    }

    /// Gives up on requestors that do not read.
    pub(super) fn expire(&mut self, display: &Display, now: Instant) -> Result<(), RequestFailure> {
        let (late, live) = self.0.drain(..).partition(|transfer| transfer.deadline <= now);
        self.0 = live;
        let late: Vec<Transfer> = late;
        late.iter()
            .try_for_each(|transfer| self.stop_watching(display, transfer.requestor))
    }

    /// When the next one would be given up.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.0.iter().map(|transfer| transfer.deadline).min()
    }

    fn stop_watching(&self, display: &Display, window: Window) -> Result<(), RequestFailure> {
        if self.0.iter().all(|transfer| transfer.requestor != window) {
            let nothing = ChangeWindowAttributesAux::new().event_mask(EventMask::NO_EVENT);
            display.conn.change_window_attributes(window, &nothing)?;
        }
        Ok(())
    }
}
