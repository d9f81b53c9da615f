//! The module's one pipe and the memory around it.

use std::cell::RefCell;
use std::collections::VecDeque;

use farol_protocol::Tick;
use farol_protocol::ids::SessionId;
use farol_protocol::limits::{CLIPBOARD_MESSAGE_MAX, SEALED_PACKET_MAX};
use farol_protocol::pipe::message::{Class, RawMessage};
use farol_protocol::pipe::{Channel, ChannelSet, Connect, Event, PipeKey, PipePublicKey};
use farol_protocol::pipe::{RawAgentPipe, RawViewerPipe};
use zeroize::Zeroize;

use crate::event::{Told, close_code};

/// Nothing was done, or there is nothing.
pub(crate) const NONE: i32 = -1;

/// Most bytes that are ever put in: a packet as it travels, or the largest message that a viewer sends.
const ROOM_MAX: usize = if SEALED_PACKET_MAX > CLIPBOARD_MESSAGE_MAX {
    SEALED_PACKET_MAX
} else {
    CLIPBOARD_MESSAGE_MAX
};

/// The largest whole number of microseconds that a floating point number tells from its neighbors.
const INSTANT_MAX: f64 = 9_007_199_254_740_991.0;

/// The classes by number; the same stand in `pipe.ts`.
const CLASSES: [Class; 7] = [
    Class::Ordered,
    Class::Frame,
    Class::CursorShape,
    Class::CursorPosition,
    Class::Ack,
    Class::Clipboard,
    Class::Bulk,
];

enum End {
    Viewer(RawViewerPipe),
    Agent(RawAgentPipe),
}

/// Does the same with either end; `$none` without one.
macro_rules! either {
    ($module:expr, $end:ident => $does:expr, $none:expr) => {
        match &mut $module.end {
            Some(End::Viewer($end)) => $does,
            Some(End::Agent($end)) => $does,
            None => $none,
        }
    };
}

#[derive(Default)]
pub(crate) struct Module {
    end: Option<End>,
    key: Option<PipeKey>,
    room: Vec<u8>,
    out: Vec<u8>,
    /// When what the events that wait tell came in, in their order.
    arrivals: VecDeque<f64>,
    told: Told,
}

thread_local! {
    /// The module's one pipe; an instance has one thread.
    static MODULE: RefCell<Module> = RefCell::default();
}

pub(crate) fn with<Result>(run: impl FnOnce(&mut Module) -> Result) -> Result {
    MODULE.with_borrow_mut(run)
}

fn tick(now: f64) -> Tick {
    // In range and whole after this; a clock that is none stands still.
    Tick(now.clamp(0.0, INSTANT_MAX) as u64)
}

fn set(bits: u32) -> ChannelSet {
    Channel::DATA
        .into_iter()
        .filter(|channel| bits & 1 << channel.number() != 0)
        .collect()
}

fn channel(number: u32) -> Option<Channel> {
    u8::try_from(number).ok().and_then(Channel::from_number)
}

impl Module {
    pub(crate) fn room(&mut self, length: usize) -> i32 {
        if length > ROOM_MAX {
            return NONE;
        }
        if self.room.len() < length {
            self.room.resize(length, 0);
        }
        self.room.as_ptr() as usize as i32
    }

    pub(crate) fn out(&self) -> &[u8] {
        &self.out
    }

    /// Copies from the room and wipes it: what is read so is secret or of no use twice.
    fn secret<const SIZE: usize>(&mut self, from: usize) -> Option<[u8; SIZE]> {
        let place = self.room.get_mut(from..from + SIZE)?;
        let bytes = <[u8; SIZE]>::try_from(&*place).ok();
        place.zeroize();
        bytes
    }

    pub(crate) fn take_key(&mut self) -> i32 {
        let Some(mut seed) = self.secret(0) else {
            return NONE;
        };
        let key = PipeKey::from_seed(seed);
        seed.zeroize();
        self.out = key.public().to_bytes().to_vec();
        self.key = Some(key);
        0
    }

    pub(crate) fn viewer(&mut self, channels: u32, now: f64) -> i32 {
        let Some(id) = self.secret(0) else {
            return NONE;
        };
        self.end = Some(End::Viewer(RawViewerPipe::new(id, set(channels), tick(now))));
        0
    }

    pub(crate) fn agent(&mut self, channels: u32, now: f64) -> i32 {
        self.end = Some(End::Agent(RawAgentPipe::new(set(channels), tick(now))));
        0
    }

    pub(crate) fn connect(&mut self, now: f64) -> i32 {
        let (session, peer, ephemeral) = (self.secret(0), self.secret::<32>(16), self.secret(48));
        let (Some(session), Some(peer), Some(ephemeral)) = (session, peer, ephemeral) else {
            return NONE;
        };
        let (Some(own), Ok(peer)) = (self.key.clone(), PipePublicKey::from_slice(&peer)) else {
            return NONE;
        };
        let connect = Connect {
            session: SessionId(session),
            own,
            peer,
            ephemeral,
        };
        let connected = either!(self, end => end.connect(tick(now), &connect).is_ok(), false);
        if connected { 0 } else { NONE }
    }

    pub(crate) fn disconnected(&mut self) {
        either!(self, end => end.disconnected(), ());
    }

    pub(crate) fn set_channels(&mut self, channels: u32) {
        if let Some(End::Agent(end)) = &mut self.end {
            end.set_channels(set(channels));
        }
    }

    pub(crate) fn input(&mut self, length: usize, now: f64) -> i32 {
        let Some(packet) = self.room.get(..length) else {
            return NONE;
        };
        let taken = either!(self, end => end.handle_input(tick(now), packet), Ok(()));
        self.arrived(now);
        match taken {
            Ok(()) => 0,
            Err(error) => {
                self.out = error.code().as_bytes().to_vec();
                NONE
            }
        }
    }

    pub(crate) fn timeout(&mut self, now: f64) {
        either!(self, end => end.handle_timeout(tick(now)), ());
        self.arrived(now);
    }

    /// What waits now and did not before came now.
    fn arrived(&mut self, now: f64) {
        let waiting = either!(self, end => end.waiting_events(), 0);
        self.arrivals.resize(waiting, now);
    }

    pub(crate) fn deadline(&mut self) -> f64 {
        either!(self, end => end.poll_deadline(), None).map_or(-1.0, |due| due.0 as f64)
    }

    pub(crate) fn transmit(&mut self) -> i32 {
        match either!(self, end => end.poll_transmit(), None) {
            Some(packet) => {
                self.out = packet;
                1
            }
            None => 0,
        }
    }

    pub(crate) fn event(&mut self) -> u32 {
        let event: Option<Event<RawMessage>> = either!(self, end => end.poll_event(), None);
        let at = self.arrivals.pop_front().unwrap_or_default();
        self.told = Told::of(event, at, &mut self.out);
        self.told.kind()
    }

    pub(crate) fn event_number(&self, place: usize) -> f64 {
        self.told.number(place)
    }

    pub(crate) fn send(&mut self, number: u32, class: u32, length: usize) -> i32 {
        let class = CLASSES.get(class as usize);
        let (Some(channel), Some(&class), Some(bytes)) = (channel(number), class, self.room.get(..length))
        else {
            return 0;
        };
        let message = RawMessage {
            channel,
            class,
            bytes: bytes.to_vec(),
        };
        either!(self, end => end.send(message).is_ok(), false).into()
    }

    pub(crate) fn waiting(&mut self, number: u32) -> u32 {
        let waiting = channel(number).map(|channel| either!(self, end => end.waiting(channel), 0));
        waiting.unwrap_or_default() as u32
    }

    pub(crate) fn has(&mut self, number: u32) -> bool {
        channel(number).is_some_and(|channel| either!(self, end => end.has(channel), false))
    }

    pub(crate) fn is_open(&mut self) -> bool {
        either!(self, end => end.is_open(), false)
    }

    pub(crate) fn is_closed(&mut self) -> bool {
        either!(self, end => end.is_closed(), false)
    }

    pub(crate) fn visible(&mut self, now: f64, visible: bool) {
        either!(self, end => end.set_visible(tick(now), visible), ());
    }

    pub(crate) fn steady(&mut self, steady: bool) {
        either!(self, end => end.set_steady(steady), ());
    }

    pub(crate) fn close(&mut self, code: u32, length: usize) {
        let text = self.room.get(..length).unwrap_or_default();
        let text = String::from_utf8_lossy(text).into_owned();
        either!(self, end => end.close(close_code(code), &text), ());
    }
}
