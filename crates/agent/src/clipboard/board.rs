//! What was copied last, who has what of it, and who still wants some. Pure: the thread that serves the machine's clipboard and
//! the sessions' tasks ask it what to do.
//!
//! There is one copied thing at a time, the newest of all: the machine's, read whole when it was copied, or a viewer's, of which
//! only what is short is here at once. The rest is pulled when somebody wants it: a program that pastes, or another viewer.

use std::collections::VecDeque;
use std::sync::Arc;

use farol_platform::clipboard::Offered;
use farol_platform::{Copied, CopiedKind};
use farol_protocol::Tick;
use farol_protocol::pipe::message::clipboard::{
    ClipboardMessage, Fetch, GONE, Kind, LeftOut, OTHER_KIND, Offer, Part, Refused, Representation, TOO_BIG,
};
use tokio::sync::Notify;

use super::pull::Pull;

/// What is no longer than this is pulled as soon as it is offered, so that pasting it does not wait for the network, and it can
/// be pasted when the viewer is gone. More travels only when somebody pastes it.
const AT_ONCE_MAX: u32 = 256 * 1024;

/// Refusals that wait for a viewer; there are not more kinds of one thing. Full: the oldest is about what nobody wants any more.
const REFUSALS_MAX: usize = Kind::ALL.len();

/// Which viewer.
pub(super) type SeatId = u64;

/// See the module.
#[derive(Default)]
pub(super) struct Board {
    last_seat: SeatId,
    last_thing: u32,
    thing: Thing,
    seats: Vec<Place>,
    /// For the machine's clipboard, oldest first. At most an offer and what it promised: a newer thing forgets them.
    errands: VecDeque<Errand>,
}

/// What is to be done to the machine's clipboard.
#[derive(Debug, PartialEq)]
pub(super) enum Errand {
    /// This was copied elsewhere.
    Offer(Vec<Offered>),
    /// A promise is kept, or cannot be.
    Deliver(CopiedKind, Option<Arc<[u8]>>),
}

#[derive(Default)]
struct Thing {
    id: u32,
    /// The viewer that has it, and its number there; else it is the machine's.
    from: Option<(SeatId, u32)>,
    has: Vec<Held>,
    left_out: Vec<LeftOut>,
}

struct Held {
    kind: Kind,
    size: u32,
    content: Option<Arc<[u8]>>,
    wanted: bool,
}

/// A viewer.
struct Place {
    id: SeatId,
    news: Arc<Notify>,
    /// It is yet to be told of the thing.
    tell: bool,
    refusals: VecDeque<Refused>,
    /// What it waits for.
    fetch: Option<Fetch>,
    /// What it is asked for, when the thing is its own.
    pull: Option<Pull>,
}

impl Thing {
    fn held(&self, kind: Kind) -> Option<&Held> {
        self.has.iter().find(|held| held.kind == kind)
    }

    fn offer(&self) -> Offer {
        let has = self.has.iter().map(|held| match &held.content {
            Some(content) => Representation::of(held.kind, content),
            None => Representation {
                kind: held.kind,
                size: held.size,
                content: None,
            },
        });
        Offer {
            id: self.id,
            has: has.collect(),
            left_out: self.left_out.clone(),
        }
    }
}

impl Board {
    /// A viewer comes; `news` is notified when there is something for it. It is not told of what was copied before.
    pub(super) fn join(&mut self, news: Arc<Notify>) -> SeatId {
        self.last_seat += 1;
        self.seats.push(Place {
            id: self.last_seat,
            news,
            tell: false,
            refusals: VecDeque::new(),
            fetch: None,
            pull: None,
        });
        self.last_seat
    }

    /// A viewer goes, and what it had not given yet with it.
    pub(super) fn leave(&mut self, seat: SeatId) {
        self.seats.retain(|place| place.id != seat);
        if self.thing.from.is_some_and(|(from, _)| from == seat) {
            for kind in Kind::ALL {
                self.lose(kind);
            }
        }
    }

    pub(super) fn has_seats(&self) -> bool {
        !self.seats.is_empty()
    }

    /// Somebody copied on the machine.
    pub(super) fn machine_copied(&mut self, copied: Copied) {
        let (mut has, mut left_out) = (Vec::new(), Vec::new());
        for (kind, content) in copied.has {
            let kind = of_platform(kind);
            match (kind.check(&content), u32::try_from(content.len())) {
                (Ok(()), Ok(size)) => has.push(Held {
                    kind,
                    size,
                    content: Some(content),
                    wanted: false,
                }),
                (refused, _) => left_out.push(left(Some(kind), refused.err().unwrap_or(TOO_BIG))),
            }
        }
        let too_large = copied.too_large.into_iter();
        left_out.extend(too_large.map(|kind| left(Some(of_platform(kind)), TOO_BIG)));
        if has.is_empty() && left_out.is_empty() {
            left_out.push(left(None, OTHER_KIND));
        }
        self.replace(None, has, left_out);
    }

    /// A program on the machine pastes what was promised.
    pub(super) fn wanted(&mut self, kind: CopiedKind) {
        self.want(of_platform(kind));
    }

    /// What to do next to the machine's clipboard.
    pub(super) fn take_errand(&mut self) -> Option<Errand> {
        self.errands.pop_front()
    }

    /// A viewer says something.
    pub(super) fn heard(&mut self, seat: SeatId, now: Tick, message: ClipboardMessage) {
        match message {
            ClipboardMessage::Offer(offer) => self.offered(seat, offer),
            ClipboardMessage::Fetch(fetch) => self.asked(seat, fetch),
            ClipboardMessage::Part(part) => self.came(seat, now, &part),
            ClipboardMessage::Refused(refused) if self.thing.from == Some((seat, refused.offer)) => {
                self.lose(refused.kind);
            }
            // Whatever it does not take, it is there for the others.
            ClipboardMessage::Refused(_) => {}
        }
    }

    /// What to say next to a viewer that has nothing unsent.
    pub(super) fn next(&mut self, seat: SeatId, now: Tick) -> Option<ClipboardMessage> {
        let thing = &self.thing;
        let place = self.seats.iter_mut().find(|place| place.id == seat)?;
        if std::mem::take(&mut place.tell) {
            return Some(ClipboardMessage::Offer(thing.offer()));
        }
        if let Some(refused) = place.refusals.pop_front() {
            return Some(ClipboardMessage::Refused(refused));
        }
        if let Some((_, offer)) = thing.from.filter(|(from, _)| *from == seat) {
            let missing = thing
                .has
                .iter()
                .find(|held| held.wanted && held.content.is_none())?;
            let pull = place
                .pull
                .get_or_insert_with(|| Pull::new(offer, missing.kind, missing.size));
            return pull.next(now).map(ClipboardMessage::Fetch);
        }
        let fetch = place.fetch?;
        let content = thing.held(fetch.kind)?.content.as_ref()?;
        place.fetch = None;
        let (from, length) = (fetch.from as usize, fetch.length as usize);
        let content = content.get(from..content.len().min(from + length))?.to_vec();
        Some(ClipboardMessage::Part(Part {
            offer: fetch.offer,
            kind: fetch.kind,
            from: fetch.from,
            content,
        }))
    }

    fn offered(&mut self, seat: SeatId, offer: Offer) {
        // It says that it has something that does not come over: what there was stays.
        if offer.has.is_empty() {
            return;
        }
        let promise = |one: &Representation| {
            let content = one.content.as_deref().map(Arc::from);
            (to_platform(one.kind), content)
        };
        let offered = offer.has.iter().map(promise).collect();
        let has = offer.has.into_iter().map(|one| Held {
            kind: one.kind,
            size: one.size,
            wanted: one.size <= AT_ONCE_MAX,
            content: one.content.map(Arc::from),
        });
        self.replace(Some((seat, offer.id)), has.collect(), offer.left_out);
        self.errands.push_back(Errand::Offer(offered));
    }

    /// A newer thing: of the older one nobody is told, asked or given anything any more.
    fn replace(&mut self, from: Option<(SeatId, u32)>, has: Vec<Held>, left_out: Vec<LeftOut>) {
        self.errands.clear();
        self.last_thing = self.last_thing.wrapping_add(1);
        self.thing = Thing {
            id: self.last_thing,
            from,
            has,
            left_out,
        };
        for place in &mut self.seats {
            place.tell = from.is_none_or(|(from, _)| from != place.id);
            place.refusals.clear();
            (place.fetch, place.pull) = (None, None);
            place.news.notify_one();
        }
    }

    fn asked(&mut self, seat: SeatId, fetch: Fetch) {
        let held = self.thing.held(fetch.kind);
        // What is outside of it cannot be had either.
        let there = fetch.offer == self.thing.id && held.is_some_and(|held| fetch.from < held.size);
        let Some(place) = self.seats.iter_mut().find(|place| place.id == seat) else {
            return;
        };
        if !there {
            place.refuse(fetch.offer, fetch.kind, GONE);
            return;
        }
        place.fetch = Some(fetch);
        self.want(fetch.kind);
    }

    fn want(&mut self, kind: Kind) {
        let from = self.thing.from;
        let Some(held) = self.thing.has.iter_mut().find(|held| held.kind == kind) else {
            return;
        };
        held.wanted = true;
        if let (Some((from, _)), None) = (from, &held.content) {
            self.seats
                .iter()
                .filter(|place| place.id == from)
                .for_each(|place| place.news.notify_one());
        }
    }

    fn came(&mut self, seat: SeatId, now: Tick, part: &Part) {
        let Some(place) = self.seats.iter_mut().find(|place| place.id == seat) else {
            return;
        };
        let Some(pull) = &mut place.pull else { return };
        let Some(content) = pull.take(now, part) else {
            return;
        };
        let kind = pull.kind();
        place.pull = None;
        if let Err(code) = kind.check(&content) {
            place.refuse(part.offer, kind, code);
            self.lose(kind);
            return;
        }
        let content: Arc<[u8]> = content.into();
        if let Some(held) = self.thing.has.iter_mut().find(|held| held.kind == kind) {
            held.content = Some(Arc::clone(&content));
        }
        self.errands
            .push_back(Errand::Deliver(to_platform(kind), Some(content)));
        self.seats
            .iter()
            .filter(|place| place.fetch.is_some())
            .for_each(|place| place.news.notify_one());
    }

    /// A kind that is not here does not come any more.
    fn lose(&mut self, kind: Kind) {
        let missing = |held: &Held| held.kind == kind && held.content.is_none();
        let Some(at) = self.thing.has.iter().position(missing) else {
            return;
        };
        self.thing.has.remove(at);
        self.errands.push_back(Errand::Deliver(to_platform(kind), None));
        for place in &mut self.seats {
            place.pull = place.pull.take().filter(|pull| pull.kind() != kind);
            if let Some(fetch) = place.fetch.take_if(|fetch| fetch.kind == kind) {
                place.refuse(fetch.offer, kind, GONE);
            }
        }
    }
}

impl Place {
    fn refuse(&mut self, offer: u32, kind: Kind, code: &str) {
        if self.refusals.len() >= REFUSALS_MAX {
            self.refusals.pop_front();
        }
        self.refusals.push_back(Refused {
            offer,
            kind,
            code: code.into(),
        });
        self.news.notify_one();
    }
}

fn left(kind: Option<Kind>, code: &str) -> LeftOut {
    LeftOut {
        kind,
        code: code.into(),
    }
}

fn of_platform(kind: CopiedKind) -> Kind {
    match kind {
        CopiedKind::Text => Kind::Text,
        CopiedKind::Html => Kind::Html,
        CopiedKind::Picture => Kind::Picture,
    }
}

fn to_platform(kind: Kind) -> CopiedKind {
    match kind {
        Kind::Text => CopiedKind::Text,
        Kind::Html => CopiedKind::Html,
        Kind::Picture => CopiedKind::Picture,
    }
}

#[cfg(test)]
mod tests;
