//! When the next frame may go to one viewer, how large it may be, at what quality, and how much refinement. Pure: the caller
//! brings the time, in microseconds since any start of its choosing. Start at [`Pacer`]; what is known of the connection is in `path.rs`.
//!
//! The rule: as few bytes on their way as keep the viewer busy, so that what it shows is new. What cannot be sent yet is
//! not queued: the caller goes on collecting damage, and the next frame shows the newest state. On a slow connection a frame is
//! a part of what changed, small enough that what happens next does not wait for it.

mod path;
#[cfg(test)]
mod simulation;

use std::collections::VecDeque;

use crate::Quality;
use path::{Arrival, Path, SMALL_BYTES};

/// Never more frames on their way than this, however long the round trip: 30 a second at 240 ms.
pub const MAX_IN_FLIGHT: usize = 8;
/// Frames that [`Pacer::restart`] forgot while nothing at all was acknowledged; more restarts wait for an acknowledgment. A
/// viewer that asks for one picture after the other and takes none of them costs no more than this.
pub const MAX_FORGOTTEN: usize = 16;
/// No large frame for this long is rest; refinement begins. Longer than slides and film frames take to be replaced, since
/// what is refined and then replaced was sent twice for nothing.
pub const REST_US: u64 = 600_000;
/// What of it is text or graphics becomes exact so long before: there is little of it, and it is what people read.
const GRAPHICS_AHEAD_US: u64 = 400_000;
/// A video that brought nothing for this long is over; its frames may be small, and still none of them is rest.
pub const VIDEO_REST_US: u64 = 500_000;
/// Smaller frames (a letter, a blinking cursor) do not disturb the rest,
const REST_BYTES: usize = 4_000;
/// but refinement keeps out of their way this long: letters come in bursts.
const PAUSE_US: u64 = 80_000;

/// A viewer that takes longer than this for a frame gets no second one while it works.
const BUSY_VIEWER_US: u64 = 20_000;
/// No viewer shows more than about 120 frames a second.
const MIN_SERVICE_US: u64 = 8_000;
/// Bytes on their way stay below what the connection delivers in a round trip and this time.
const QUEUE_US: u64 = 50_000;
/// Likewise on a connection where a frame is cut to what may be on its way: what is new waits behind all of it.
const SHORT_QUEUE_US: u64 = 30_000;
/// As many frames make up what may be on its way on a slow connection: what comes next has to wait for one of them to be
/// acknowledged, and a frame costs something by itself.
const FRAMES_ON_THE_WAY: usize = 3;
/// Least of all that may be on its way together, as TCP begins with.
const WINDOW_MIN: usize = 3 * SMALL_BYTES;
/// Bytes of a frame, and of all on their way, while the bandwidth is unknown: what a poor link takes in a tenth of a second.
const UNKNOWN_FRAME: usize = 12_000;
const UNKNOWN_WINDOW: usize = 2 * UNKNOWN_FRAME;
/// A frame that takes so much longer than any before says that nothing is as it was.
const OVERDUE_US: u64 = 100_000;
/// One refinement frame takes about this long to deliver, or this share of the round trip: what a key press may have to wait for.
const REFINE_US: u64 = 15_000;
const REFINE_SHARE: u64 = 8;
/// No longer than this is waited for one of them.
const REFINED_MAX_US: u64 = 250_000;
const REFINE_MIN: usize = 4_000;
const REFINE_MAX: usize = 96_000;
/// While the bandwidth is unknown.
const REFINE_START: usize = 32_000;

/// What a frame was made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The screen changed.
    News,
    /// It changed, and a video plays there.
    Video,
    /// Lossy areas become exact.
    Refinement,
}

#[derive(Clone, Copy, Debug)]
struct InFlight {
    id: u32,
    bytes: usize,
    sent_at: u64,
    /// Bytes on their way when it was sent, itself included; and frames, itself not.
    ahead: usize,
    frames_ahead: usize,
    /// Its way says something about the connection.
    measured: bool,
    /// Nobody waits for it.
    refines: bool,
}

/// Paces the frames of one viewer.
///
/// Call [`Pacer::sent`] and [`Pacer::acknowledged`] for every frame, [`Pacer::round_trip`] with each ping; ask
/// [`Pacer::may_send`] and [`Pacer::frame_budget`] before encoding, [`Pacer::refine_budget`] when there is nothing new.
#[derive(Clone, Debug)]
pub struct Pacer {
    wanted: Quality,
    in_flight: VecDeque<InFlight>,
    /// See [`MAX_FORGOTTEN`].
    forgotten: usize,
    path: Path,
    /// Smoothed time the viewer spends on a frame.
    service: Option<u64>,
    /// When refinement may begin.
    rest_at: Option<u64>,
    /// Until when even little refinement would be in the way.
    pause_until: u64,
    /// When the link will have sent what refines and is on its way.
    refined_at: u64,
}

impl Pacer {
    /// For a viewer of which nothing is known yet.
    #[must_use]
    pub fn new(wanted: Quality) -> Self {
        Self {
            wanted,
            in_flight: VecDeque::new(),
            forgotten: 0,
            path: Path::default(),
            service: None,
            rest_at: None,
            pause_until: 0,
            refined_at: 0,
        }
    }

    /// What the viewer asked for.
    pub fn set_wanted(&mut self, wanted: Quality) {
        self.wanted = wanted;
    }

    /// A measured round trip without frames, microseconds.
    pub fn round_trip(&mut self, now: u64, micros: u64) {
        self.path.pinged(now, micros, self.in_flight.is_empty());
    }

    /// The quality for a frame that goes now, or `None` while enough are on their way: ask again after an acknowledgment.
    #[must_use]
    pub fn may_send(&self) -> Option<Quality> {
        if self.forgotten >= MAX_FORGOTTEN {
            return None;
        }
        let room = self.in_flight.is_empty() || (self.in_flight.len() < self.depth() && self.room() > 0);
        room.then(|| self.quality())
    }

    /// About how many bytes a frame that goes now may have; `None` when it does not matter. What does not fit is better sent
    /// with the next frame, so that what happens meanwhile does not wait for it.
    #[must_use]
    pub fn frame_budget(&self, now: u64) -> Option<usize> {
        if self.path.trip().is_none() {
            return Some(SMALL_BYTES);
        }
        let unknown = self.is_overdue(now) || self.path.is_shaken() || self.path.rate().is_none();
        let frame = match unknown {
            true => UNKNOWN_FRAME,
            false if self.path.is_surely_fast() => return None,
            false if self.path.is_fast() => self.window(),
            false => self.window() / FRAMES_ON_THE_WAY,
        };
        Some(frame.min(self.room()).max(SMALL_BYTES))
    }

    /// The oldest frame should have been there long ago, by all that was known.
    fn is_overdue(&self, now: u64) -> bool {
        let Some(oldest) = self.in_flight.front().filter(|frame| frame.measured) else {
            return false;
        };
        let trip = self.path.trip().unwrap_or(0);
        let sending = self.path.rate().map_or(0, |rate| micros_for(oldest.ahead, rate));
        let spent = self.service.unwrap_or(0) * (oldest.frames_ahead as u64 + 1);
        let usual = trip
            .saturating_mul(2)
            .saturating_add(sending)
            .saturating_add(spent);
        now.saturating_sub(oldest.sent_at) > usual.saturating_add(OVERDUE_US)
    }

    /// Most bytes on their way.
    fn window(&self) -> usize {
        let rate = match self.path.rate() {
            None => return self.path.open(),
            Some(_) if self.path.is_shaken() => return UNKNOWN_WINDOW,
            Some(rate) => rate,
        };
        let queue = if self.path.is_fast() {
            QUEUE_US
        } else {
            SHORT_QUEUE_US
        };
        let hidden = self.path.trip().unwrap_or(0);
        bytes_in(hidden.saturating_add(queue), rate).max(WINDOW_MIN)
    }

    /// Bytes that may go beside those on their way; none when it would be less than is worth a frame.
    fn room(&self) -> usize {
        let waiting: usize = self.in_flight.iter().map(|frame| frame.bytes).sum();
        let room = self.window().saturating_sub(waiting);
        if room < SMALL_BYTES { 0 } else { room }
    }

    /// Bytes for a refinement frame that goes now, or `None` when it is not the time: news came lately or are on their way, or
    /// enough refinement is. Ask again at [`Pacer::refine_at`] and after each acknowledgment.
    #[must_use]
    pub fn refine_budget(&self, now: u64) -> Option<usize> {
        self.budget(now, self.rest_at())
    }

    /// As [`Pacer::refine_budget`], of text and graphics alone, which do not wait for [`Pacer::rest_at`] but for
    /// [`Pacer::graphics_rest_at`].
    #[must_use]
    pub fn graphics_budget(&self, now: u64) -> Option<usize> {
        self.budget(now, self.graphics_rest_at())
    }

    fn budget(&self, now: u64, rest_at: Option<u64>) -> Option<usize> {
        let rests = rest_at.is_none_or(|at| now >= at);
        let fits = self.refinement_fits_at().is_some_and(|at| now >= at);
        (rests && fits).then(|| self.refine_bytes())
    }

    fn refine_bytes(&self) -> usize {
        let Some(rate) = self.rate() else {
            return REFINE_START;
        };
        let trip = self.path.trip().unwrap_or(0);
        bytes_in(REFINE_US.max(trip / REFINE_SHARE), rate).clamp(REFINE_MIN, REFINE_MAX)
    }

    /// When a refinement frame may go beside what is on its way: while that is refinement, too, and no more than hides in the round
    /// trip, one when the link is done with the one before. So what is new waits no longer for several than for one, and always
    /// finds room. `None` when an acknowledgment comes first.
    fn refinement_fits_at(&self) -> Option<u64> {
        if self.in_flight.is_empty() {
            return Some(0);
        }
        let rate = self.rate()?;
        // What a slow and lossy link delivers is easily taken for more than it is.
        let share = if self.path.is_fast() { 1 } else { 2 };
        let hidden = bytes_in(self.path.trip()? / share + REFINE_US, rate);
        let most = hidden.min(self.window().saturating_sub(2 * SMALL_BYTES));
        let waiting: usize = self.in_flight.iter().map(|frame| frame.bytes).sum();
        let alone = self.in_flight.iter().all(|frame| frame.refines && frame.measured);
        let fits = self.in_flight.len() + 1 < self.depth() && waiting + self.refine_bytes() <= most;
        (alone && fits).then_some(self.refined_at)
    }

    /// When [`Pacer::refine_budget`] is to be asked if nothing happens until then; `None` when an acknowledgment comes first, or
    /// nothing was ever sent.
    #[must_use]
    pub fn refine_at(&self) -> Option<u64> {
        Some(self.rest_at()?.max(self.refinement_fits_at()?))
    }

    /// Likewise [`Pacer::graphics_budget`].
    #[must_use]
    pub fn refine_graphics_at(&self) -> Option<u64> {
        Some(self.graphics_rest_at()?.max(self.refinement_fits_at()?))
    }

    /// When rest begins if nothing new is sent until then; `None` when nothing was ever sent.
    #[must_use]
    pub fn rest_at(&self) -> Option<u64> {
        self.rest_at
    }

    /// When text and graphics have rested long enough.
    #[must_use]
    pub fn graphics_rest_at(&self) -> Option<u64> {
        let before = |at: u64| at.saturating_sub(GRAPHICS_AHEAD_US).max(self.pause_until);
        self.rest_at.map(before)
    }

    /// A frame was handed to the pipe. Ids grow.
    pub fn sent(&mut self, now: u64, id: u32, bytes: usize, purpose: Purpose) {
        let wait = match purpose {
            Purpose::News if bytes < REST_BYTES => Some(PAUSE_US),
            Purpose::News => Some(REST_US),
            Purpose::Video => Some(VIDEO_REST_US),
            Purpose::Refinement => None,
        };
        if let Some(wait) = wait {
            self.rest_at = Some(self.rest_at.unwrap_or(0).max(now.saturating_add(wait)));
            self.pause_until = now.saturating_add(PAUSE_US);
        }
        if purpose == Purpose::Refinement {
            let sending = self.rate().map_or(0, |rate| micros_for(bytes, rate));
            self.refined_at = self
                .refined_at
                .max(now)
                .saturating_add(sending.min(REFINED_MAX_US));
        }
        // A caller that sends without asking does not grow this list: the oldest is taken as lost sight of.
        if self.in_flight.len() >= MAX_IN_FLIGHT {
            self.in_flight.pop_front();
        }
        let before: usize = self.in_flight.iter().map(|frame| frame.bytes).sum();
        self.in_flight.push_back(InFlight {
            id,
            bytes,
            sent_at: now,
            ahead: before.saturating_add(bytes),
            frames_ahead: self.in_flight.len(),
            measured: true,
            refines: purpose == Purpose::Refinement,
        });
    }

    /// The viewer drew all frames up to `id`, the last of them in `decode_us` + `draw_us`. Unknown ids are ignored.
    pub fn acknowledged(&mut self, now: u64, id: u32, decode_us: u32, draw_us: u32) {
        self.forgotten = 0;
        let spent = u64::from(decode_us) + u64::from(draw_us);
        let mut bytes = 0usize;
        let mut first_sent = None;
        let mut last = None;
        let mut measured = true;
        while let Some(frame) = self.in_flight.front().filter(|frame| frame.id <= id).copied() {
            bytes = bytes.saturating_add(frame.bytes);
            first_sent.get_or_insert(frame.sent_at);
            measured &= frame.measured;
            last = Some(frame);
            self.in_flight.pop_front();
        }
        let (Some(first_sent), Some(last)) = (first_sent, last) else {
            return;
        };
        if !measured {
            // Part of it came before the interruption, and the viewer may have counted the outage as its own time.
            self.path.unmeasured(now);
            return;
        }
        // Hostile or broken clocks must not freeze anything: a second is the most a frame is believed to take.
        let service = spent.min(1_000_000);
        self.service = Some(self.service.map_or(service, |old| (old * 3 + service) / 4));
        self.path.arrived(Arrival {
            now,
            first_sent,
            last_sent: last.sent_at,
            bytes,
            ahead: last.ahead,
            frames_ahead: last.frames_ahead,
            spent: service,
        });
    }

    /// Forgets frames on their way: after a refresh, or a new layout with a new encoder.
    pub fn restart(&mut self) {
        self.forgotten = (self.forgotten + self.in_flight.len()).min(MAX_FORGOTTEN);
        self.in_flight.clear();
        self.rest_at = None;
        self.refined_at = 0;
    }

    /// The connection was lost and is back. Frames on their way stay so, since they are sent again; how long they took says
    /// nothing, and the way may be another one from now on.
    pub fn resumed(&mut self, now: u64) {
        for frame in &mut self.in_flight {
            frame.measured = false;
        }
        self.path.resumed(now);
        if self.rest_at.is_some() {
            self.rest_at = Some(now.saturating_add(REST_US));
        }
    }

    /// Frames on their way.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.in_flight.len()
    }

    /// Measured bandwidth, bytes a second; `None` until enough was acknowledged.
    #[must_use]
    pub fn rate(&self) -> Option<u64> {
        self.path.rate()
    }

    /// What frames are made with now: what was asked for, or less on a slow connection.
    #[must_use]
    pub fn quality(&self) -> Quality {
        match self.wanted {
            Quality::Auto if self.path.is_slow() => Quality::LowBandwidth,
            wanted => wanted,
        }
    }

    /// One frame, what the round trip hides, and one for the viewer to work on while the next is encoded. While the way is
    /// unknown one at a time, since only what travels alone tells how long it is.
    fn depth(&self) -> usize {
        let Some(round_trip) = self.path.trip() else {
            return 1;
        };
        let service = self.service.unwrap_or(MIN_SERVICE_US).max(MIN_SERVICE_US);
        let hidden = match round_trip < MIN_SERVICE_US / 2 {
            true => 0,
            false => round_trip.div_ceil(service),
        };
        let overlapped = usize::from(service < BUSY_VIEWER_US);
        (1 + usize::try_from(hidden).unwrap_or(MAX_IN_FLIGHT) + overlapped).min(MAX_IN_FLIGHT)
    }
}

/// How many bytes go in so long.
fn bytes_in(micros: u64, rate: u64) -> usize {
    usize::try_from(rate.saturating_mul(micros) / 1_000_000).unwrap_or(usize::MAX)
}

/// How long so many bytes take.
fn micros_for(bytes: usize, rate: u64) -> u64 {
    (bytes as u64).saturating_mul(1_000_000) / rate.max(1)
}

#[cfg(test)]
mod tests;
