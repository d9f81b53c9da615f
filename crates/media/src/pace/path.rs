//! What is known of the way to a viewer and back: how long nothing takes on it, and how much it delivers. Learned from
//! acknowledgments alone; pure, as all of this. Start at [`Path::arrived`].
//!
//! Time and bandwidth look alike from here: a frame that took long was big, or the way is long. So the time comes from what is too
//! small to take long, or travels alone; and bandwidth from the rest. Where both were wrong for a while (another network, another
//! route), both are forgotten, and a small frame goes first.

use std::collections::VecDeque;

use super::{UNKNOWN_WINDOW, WINDOW_MIN, micros_for};

/// What takes no time worth mentioning on a link that is of any use: 16 ms at 2 Mbit/s.
pub(super) const SMALL_BYTES: usize = 4_000;
/// So many bytes say something about bandwidth,
const SAMPLE_BYTES: usize = 32_000;
/// or so many of several frames but for the slowest, which may have met a lost packet,
const SEVERAL_BYTES: usize = 24_000;
const SEVERAL: u64 = 3;
/// or so many of them, when they took this long.
const SLOW_BYTES: usize = 8_000;
const SLOW_US: u64 = 100_000;
/// On a link that is not known to be slow, frames from this size on count: others say more about how busy the machines are.
const TELLING_BYTES: usize = 10_000;
/// Likewise where frames had to wait; they are cut there.
const CUT_BYTES: usize = 2_500;
/// Samples of bandwidth that are kept, the best of which says what the link can do at best: whatever else is busy makes the
/// others too low.
const SAMPLES: usize = 8;
/// Of so many the second says what it delivers now: the best was lucky, and others met a lost packet.
const TYPICAL: usize = 5;
/// So many samples in a row below half of the best, or fewer that took long, mean that the best is over.
const LOW_SAMPLES: u32 = 3;
const LOW_SAMPLES_LONG: u32 = 2;
const LOW_LONG_US: u64 = 250_000;
/// From this many bytes a second on nothing needs to be cut: most frames leave within a picture or two.
const FAST_RATE: u64 = 1_500_000;
/// One sample may have been lucky.
const SURE_SAMPLES: usize = 2;
/// Below this many bytes a second a connection is slow; it stays so until it does half as well again. Less than so many samples
/// that took less than this say nothing of the kind.
const SLOW_RATE: u64 = 800_000;
const SLOW_SAMPLES: usize = 3;
const SLOW_LONG_US: u64 = 250_000;
/// An acknowledgment that came this many times sooner after the one before than it is late had waited for the same packet.
const TOGETHER: u64 = 8;
/// Round trips that are kept, the shortest of which counts: what is above it is other traffic.
const TRIPS: usize = 8;
/// An acknowledgment is late when it took twice the round trip and this.
const LATE_US: u64 = 30_000;
/// Slower links are not expected, bytes a second.
const POOR_RATE: u64 = 100_000;
/// So many late ones in a row mean that the way is another one.
const LATE_MAX: u32 = 5;
/// While the bandwidth is unknown, what is on its way at once is made less when it has to wait longer than this, and else more, up
/// to as many bytes.
const WAITING_US: u64 = 30_000;
const OPEN_MAX: usize = 400_000;
/// With no more than this something waits all the time.
const CLOSED: usize = UNKNOWN_WINDOW / 3 * 2;
/// Shortest delivery time believed.
const MIN_DELIVERY_US: u64 = 200;
/// A viewer that had nothing to do for this long shows the next frame at once.
const REST_US: u64 = 2_000;
/// What acknowledgments are off by however quiet everything is, and one part in so many of the round trip.
const BLUR_US: u64 = 800;
const BLUR_SHARE: u64 = 8;
/// A busy machine at either end may be that late with each frame; a link is not called slow for it.
const JITTER_US: u64 = 8_000;
/// A viewer that works on frames for so many tenths of the time is what they wait for.
const BUSY_TENTHS: u64 = 7;

/// An acknowledgment, as far as it says something about the way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrival {
    pub(super) now: u64,
    /// When the first of the acknowledged frames was sent, and the last.
    pub(super) first_sent: u64,
    pub(super) last_sent: u64,
    /// Of all that were acknowledged.
    pub(super) bytes: usize,
    /// On their way when the last one was sent, itself included.
    pub(super) ahead: usize,
    /// Frames that were on their way before it.
    pub(super) frames_ahead: usize,
    /// What the viewer spent on the last one.
    pub(super) spent: u64,
}

/// What the link delivered for a while, bytes a second.
#[derive(Clone, Copy, Debug)]
struct Sample {
    rate: u64,
    /// If both ends were as late as they may be.
    at_best: u64,
    micros: u64,
}

/// The next sample.
#[derive(Clone, Copy, Debug, Default)]
struct Gathered {
    bytes: usize,
    frames: u64,
    /// How long the link was busy with them.
    micros: u64,
    /// Of these the frame that took longest: bytes and time.
    slowest: (usize, u64),
    /// What was on its way together arrived at this rate, bytes a second: the link does no less.
    least: u64,
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub(super) struct Path {
    /// Microseconds, newest last.
    trips: VecDeque<u64>,
    /// Late acknowledgments in a row, and when the last of them came: what waited for the same packet is late once.
    late: (u32, u64),
    /// How long the way was when it was forgotten. If it turns out that both ends were busy, and that is all, the bandwidth is what
    /// it was.
    forgotten: Option<u64>,
    /// Newest last.
    samples: VecDeque<Sample>,
    /// Samples below half of the best since the last that was not, and how long they took.
    low: (u32, u64),
    gathered: Gathered,
    /// See [`Path::open`].
    opened: Option<usize>,
    slow: bool,
    last_ack_at: u64,
}

impl Path {
    /// How long nothing takes there and back, microseconds.
    pub(super) fn trip(&self) -> Option<u64> {
        self.trips.iter().copied().min()
    }

    /// What it delivers, bytes a second: at best, as long as that is plenty.
    pub(super) fn rate(&self) -> Option<u64> {
        if self.is_fast() {
            return self.best_rate();
        }
        let mut last: Vec<u64> = self
            .samples
            .iter()
            .rev()
            .take(TYPICAL)
            .map(|sample| sample.rate)
            .collect();
        last.sort_unstable();
        last.get(last.len().saturating_sub(2)).copied()
    }

    fn best_rate(&self) -> Option<u64> {
        self.samples.iter().map(|sample| sample.rate).max()
    }

    /// What it can do if all else was to blame for what was late, bytes a second.
    fn rate_at_best(&self) -> Option<u64> {
        self.samples.iter().map(|sample| sample.at_best).max()
    }

    /// So much that frames need not be cut.
    pub(super) fn is_fast(&self) -> bool {
        self.rate_at_best().is_some_and(|rate| rate >= FAST_RATE)
    }

    /// Likewise by more than one sample, and though nothing but the link is blamed for what was late.
    pub(super) fn is_surely_fast(&self) -> bool {
        let fast = self.samples.iter().filter(|sample| sample.rate >= FAST_RATE);
        self.is_fast() && fast.count() >= SURE_SAMPLES
    }

    /// So little that pictures had better be coarser.
    pub(super) fn is_slow(&self) -> bool {
        self.slow
    }

    /// How many bytes may be on their way together while the bandwidth is unknown: many small frames may say for long that it
    /// is not too little for them, and no more.
    pub(super) fn open(&self) -> usize {
        self.opened.unwrap_or(UNKNOWN_WINDOW)
    }

    /// It was fast, and the newest sample is that of a slow one.
    pub(super) fn is_shaken(&self) -> bool {
        self.is_fast()
            && self
                .samples
                .back()
                .is_some_and(|sample| sample.at_best < SLOW_RATE)
    }

    /// The connection was lost and is back: perhaps over another way. What it delivered is the best guess yet.
    pub(super) fn resumed(&mut self, now: u64) {
        self.trips.clear();
        self.late = (0, now);
        self.gathered = Gathered::default();
        self.opened = None;
        self.unmeasured(now);
    }

    /// Something was acknowledged that says nothing.
    pub(super) fn unmeasured(&mut self, now: u64) {
        self.last_ack_at = now;
    }

    /// A measured round trip without a frame, microseconds; `alone` when nothing else was on its way.
    pub(super) fn pinged(&mut self, now: u64, micros: u64, alone: bool) {
        let least = self.trip();
        if alone {
            let late = least.is_some_and(|least| micros > least.saturating_mul(2) + LATE_US);
            self.note_late(now, now.saturating_sub(micros), late);
        }
        if alone || least.is_some_and(|least| micros < least) {
            self.note_trip(micros);
        }
    }

    /// Learns from an acknowledgment.
    pub(super) fn arrived(&mut self, arrival: Arrival) {
        let known = self.trip();
        self.learn_trip(&arrival);
        // What told how long the way is cannot tell how wide it is.
        if let Some(trip) = known {
            self.feel(&arrival, trip);
            self.gather(&arrival, trip);
        }
        self.last_ack_at = arrival.now;
    }

    fn learn_trip(&mut self, arrival: &Arrival) {
        let &Arrival { now, spent, .. } = arrival;
        let took = now.saturating_sub(arrival.last_sent).saturating_sub(spent);
        let least = self.trip();
        if let Some(least) = least {
            let sending = micros_for(arrival.ahead, self.rate().unwrap_or(POOR_RATE));
            let waited = spent.saturating_mul(arrival.frames_ahead as u64);
            let usual = least
                .saturating_mul(2)
                .saturating_add(sending)
                .saturating_add(waited);
            self.note_late(now, arrival.last_sent, took > usual.saturating_add(LATE_US));
        }
        // What is large says how long the way is at most; while nothing is known that is something.
        let alone = arrival.frames_ahead == 0;
        let small = arrival.ahead <= SMALL_BYTES;
        let viewer_rested = now.saturating_sub(self.last_ack_at) > spent * 2 + REST_US;
        let clean = small && (alone || viewer_rested);
        if clean || self.trip().map_or(alone, |least| took < least) {
            self.note_trip(took);
        }
    }

    fn note_trip(&mut self, micros: u64) {
        let before = self.forgotten.take().or(self.trip());
        if self.trips.len() == TRIPS {
            self.trips.pop_front();
        }
        self.trips.push_back(micros);
        // Another way: what the old one delivered says nothing.
        let longer = |before: u64| self.trip() > Some(before.saturating_mul(2).saturating_add(LATE_US));
        if before.is_some_and(longer) {
            self.samples.clear();
            self.low = (0, 0);
            self.gathered = Gathered::default();
            self.opened = None;
        }
    }

    fn note_late(&mut self, now: u64, sent: u64, late: bool) {
        match late {
            false => self.late.0 = 0,
            true if self.late.0 == 0 || sent >= self.late.1 => self.late = (self.late.0 + 1, now),
            true => {}
        }
        if self.late.0 >= LATE_MAX {
            self.late.0 = 0;
            self.forgotten = self.trip().or(self.forgotten);
            self.trips.clear();
            self.low = (0, 0);
            self.gathered = Gathered::default();
            self.opened = None;
        }
    }

    /// Opens when what was on its way did not have to wait, and closes when it did.
    fn feel(&mut self, arrival: &Arrival, trip: u64) {
        let open = self.open();
        let spent = arrival.spent.saturating_mul(arrival.frames_ahead as u64 + 1);
        let took = arrival.now.saturating_sub(arrival.last_sent);
        let waited = took > trip + trip / BLUR_SHARE + spent + WAITING_US;
        if waited {
            self.opened = Some(open.saturating_sub(arrival.bytes / 2).max(WINDOW_MIN));
        } else if arrival.ahead > open / 2 {
            self.opened = Some(open.saturating_add(arrival.bytes).min(OPEN_MAX));
        }
    }

    /// Adds up how long the link was busy with what arrived.
    fn gather(&mut self, arrival: &Arrival, trip: u64) {
        let &Arrival { now, spent, .. } = arrival;
        let since_ack = now.saturating_sub(self.last_ack_at);
        let since_sent = now
            .saturating_sub(arrival.first_sent)
            .saturating_sub(trip + spent);
        let queued = since_ack < since_sent;
        if queued && since_ack * TOGETHER < since_sent && since_sent > trip / 2 + LATE_US {
            return;
        }
        let known_slow = !self.samples.is_empty() && !self.is_fast();
        let closed = self.samples.is_empty() && self.open() <= CLOSED;
        let telling = match known_slow {
            true => queued || arrival.bytes >= SMALL_BYTES,
            false if closed => arrival.bytes >= CUT_BYTES,
            false => arrival.bytes >= TELLING_BYTES,
        };
        if !telling {
            return;
        }
        // It waited for a viewer that was busy with the one before; the link had been ready for a while.
        let took = now.saturating_sub(arrival.last_sent).saturating_sub(spent);
        let spent_before = spent.saturating_mul(arrival.frames_ahead as u64);
        let explained = took <= trip + spent_before + BLUR_US + trip / BLUR_SHARE;
        let viewer_busy = spent * 10 >= since_ack * BUSY_TENTHS && explained;
        let viewer = if viewer_busy { spent } else { 0 };
        let delivery = since_sent
            .min(since_ack.saturating_sub(viewer))
            .max(MIN_DELIVERY_US);
        let least = rate_of(arrival.ahead, took.max(MIN_DELIVERY_US));
        let before = self.gathered;
        let this = (arrival.bytes, delivery);
        self.gathered = Gathered {
            bytes: before.bytes.saturating_add(arrival.bytes),
            frames: before.frames + 1,
            micros: before.micros.saturating_add(delivery),
            slowest: if delivery > before.slowest.1 {
                this
            } else {
                before.slowest
            },
            least: before.least.max(least),
        };
        self.sample(trip);
    }

    /// Makes a sample of what was gathered if it is enough.
    fn sample(&mut self, trip: u64) {
        let Gathered {
            mut bytes,
            mut frames,
            mut micros,
            slowest,
            least,
        } = self.gathered;
        let whole = micros;
        if frames >= SEVERAL {
            (bytes, micros, frames) = (bytes - slowest.0, micros - slowest.1, frames - 1);
            if bytes < SEVERAL_BYTES && (bytes < SLOW_BYTES || micros < SLOW_US) {
                return;
            }
        } else if bytes < SAMPLE_BYTES {
            return;
        }
        self.gathered = Gathered::default();
        let blur = BLUR_US + trip / BLUR_SHARE;
        let in_time = micros.saturating_sub(frames * JITTER_US).max(MIN_DELIVERY_US);
        if self.samples.len() == SAMPLES {
            self.samples.pop_front();
        }
        self.samples.push_back(Sample {
            rate: rate_of(bytes, micros + blur).max(least),
            at_best: rate_of(bytes, in_time + blur).max(least),
            micros: whole,
        });
        self.look_back();
    }

    /// Forgets what is over, and sees whether the link is slow.
    fn look_back(&mut self) {
        let (best, last) = (self.rate_at_best().unwrap_or(0), self.samples.back().copied());
        let low = last.filter(|last| last.at_best < best / 2);
        self.low = low.map_or((0, 0), |last| {
            (self.low.0 + 1, self.low.1.saturating_add(last.micros))
        });
        let (count, time) = self.low;
        if count >= LOW_SAMPLES || (count >= LOW_SAMPLES_LONG && time >= LOW_LONG_US) {
            let before = self.samples.len().saturating_sub(count as usize);
            self.samples.drain(..before);
            self.low = (0, 0);
        }
        let best = self.rate_at_best().unwrap_or(0);
        let long: u64 = self.samples.iter().map(|sample| sample.micros).sum();
        let certain = self.samples.len() >= SLOW_SAMPLES || long >= SLOW_LONG_US;
        self.slow = match self.slow {
            true => best < SLOW_RATE / 2 * 3,
            false => best < SLOW_RATE && certain,
        };
    }
}

/// Bytes a second.
fn rate_of(bytes: usize, micros: u64) -> u64 {
    (bytes as u64).saturating_mul(1_000_000) / micros.max(1)
}

#[cfg(test)]
mod tests;
