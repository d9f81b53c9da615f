//! When the next frame may go to one viewer, at what quality, and how much refinement. Pure: the caller brings the time,
//! in microseconds since any start of its choosing. Start at [`Pacer`].
//!
//! The rule: as few frames on their way as keep the viewer busy, so that what it shows is new. What cannot be sent yet is
//! not queued: the caller goes on collecting damage, and the next frame shows the newest state.

use std::collections::VecDeque;

use crate::Quality;

/// Never more frames on their way than this, however long the round trip.
pub const MAX_IN_FLIGHT: usize = 4;
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
/// Smaller frames say nothing about bandwidth.
const SAMPLE_BYTES: usize = 24_000;
/// The best of this many samples counts, since whatever else is busy makes the others too low.
const SAMPLES: usize = 8;
/// Shortest delivery time believed.
const MIN_DELIVERY_US: u64 = 200;
/// Below this many bytes a second a connection is slow; it stays so until it does half as well again.
const SLOW_RATE: u64 = 800_000;
/// One refinement frame takes about this long to deliver: what a key press may have to wait for.
const REFINE_US: u64 = 15_000;
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
    /// Its way says something about the connection.
    measured: bool,
}

/// Paces the frames of one viewer.
///
/// Call [`Pacer::sent`] and [`Pacer::acknowledged`] for every frame, [`Pacer::round_trip`] with each ping; ask
/// [`Pacer::may_send`] before encoding, [`Pacer::refine_budget`] when there is nothing new.
#[derive(Clone, Debug)]
pub struct Pacer {
    wanted: Quality,
    in_flight: VecDeque<InFlight>,
    /// See [`MAX_FORGOTTEN`].
    forgotten: usize,
    round_trip: Option<u64>,
    /// Smoothed time the viewer spends on a frame.
    service: Option<u64>,
    /// Bytes a second, newest last.
    rates: VecDeque<u64>,
    slow: bool,
    last_ack_at: u64,
    /// When refinement may begin.
    rest_at: Option<u64>,
    /// Until when even little refinement would be in the way.
    pause_until: u64,
}

impl Pacer {
    /// For a viewer of which nothing is known yet.
    #[must_use]
    pub fn new(wanted: Quality) -> Self {
        Self {
            wanted,
            in_flight: VecDeque::new(),
            forgotten: 0,
            round_trip: None,
            service: None,
            rates: VecDeque::new(),
            slow: false,
            last_ack_at: 0,
            rest_at: None,
            pause_until: 0,
        }
    }

    /// What the viewer asked for.
    pub fn set_wanted(&mut self, wanted: Quality) {
        self.wanted = wanted;
    }

    /// A measured round trip without frames, microseconds.
    pub fn round_trip(&mut self, micros: u64) {
        // The least counts, slowly forgotten: what is above it is other traffic.
        let least = self.round_trip.map_or(micros, |least| least + least / 16);
        self.round_trip = Some(least.min(micros));
    }

    /// The quality for a frame that goes now, or `None` while enough are on their way: ask again after an acknowledgment.
    #[must_use]
    pub fn may_send(&self) -> Option<Quality> {
        if self.forgotten >= MAX_FORGOTTEN {
            return None;
        }
        if self.in_flight.is_empty() {
            return Some(self.quality());
        }
        if self.in_flight.len() >= self.depth() {
            return None;
        }
        let waiting: usize = self.in_flight.iter().map(|frame| frame.bytes).sum();
        let room = self.rate().is_none_or(|rate| {
            waiting as u64 <= rate.saturating_mul(self.round_trip.unwrap_or(0) + QUEUE_US) / 1_000_000
        });
        room.then(|| self.quality())
    }

    /// Bytes for a refinement frame that goes now, or `None` when it is not the time: news came lately, or frames are on
    /// their way. Ask again at [`Pacer::rest_at`] and after each acknowledgment.
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
        if !self.in_flight.is_empty() || rest_at.is_some_and(|at| now < at) {
            return None;
        }
        let Some(rate) = self.rate() else {
            return Some(REFINE_START);
        };
        let budget = rate.saturating_mul(REFINE_US) / 1_000_000;
        Some(
            usize::try_from(budget)
                .unwrap_or(REFINE_MAX)
                .clamp(REFINE_MIN, REFINE_MAX),
        )
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
        // A caller that sends without asking does not grow this list: the oldest is taken as lost sight of.
        if self.in_flight.len() >= MAX_IN_FLIGHT {
            self.in_flight.pop_front();
        }
        self.in_flight.push_back(InFlight {
            id,
            bytes,
            sent_at: now,
            measured: true,
        });
    }

    /// The viewer drew all frames up to `id`, the last of them in `decode_us` + `draw_us`. Unknown ids are ignored.
    pub fn acknowledged(&mut self, now: u64, id: u32, decode_us: u32, draw_us: u32) {
        self.forgotten = 0;
        let spent = u64::from(decode_us) + u64::from(draw_us);
        let mut bytes = 0usize;
        let mut first_sent = None;
        let mut measured = true;
        while let Some(frame) = self.in_flight.front().filter(|frame| frame.id <= id).copied() {
            bytes = bytes.saturating_add(frame.bytes);
            first_sent.get_or_insert(frame.sent_at);
            measured &= frame.measured;
            self.in_flight.pop_front();
        }
        let Some(first_sent) = first_sent else { return };
        if !measured {
            // Part of it came before the interruption, and the viewer may have counted the outage as its own time.
            self.last_ack_at = now;
            return;
        }
        // Hostile or broken clocks must not freeze anything: a second is the most a frame is believed to take.
        let service = spent.min(1_000_000);
        self.service = Some(self.service.map_or(service, |old| (old * 3 + service) / 4));
        if bytes >= SAMPLE_BYTES {
            let round_trip = self.round_trip.unwrap_or(0);
            let start = first_sent.max(self.last_ack_at.saturating_sub(round_trip + spent));
            let delivery = now
                .saturating_sub(start)
                .saturating_sub(round_trip + spent)
                .max(MIN_DELIVERY_US);
            self.sample((bytes as u64).saturating_mul(1_000_000) / delivery);
        }
        self.last_ack_at = now;
    }

    fn sample(&mut self, rate: u64) {
        if self.rates.len() == SAMPLES {
            self.rates.pop_front();
        }
        self.rates.push_back(rate);
        let Some(rate) = self.rate() else { return };
        self.slow = if self.slow {
            rate < SLOW_RATE / 2 * 3
        } else {
            rate < SLOW_RATE
        };
    }

    /// Forgets frames on their way: after a refresh, or a new layout with a new encoder.
    pub fn restart(&mut self) {
        self.forgotten = (self.forgotten + self.in_flight.len()).min(MAX_FORGOTTEN);
        self.in_flight.clear();
        self.rest_at = None;
    }

    /// The connection was lost and is back. Frames on their way stay so, since they are sent again; how long they took says
    /// nothing, and the way may be another one from now on.
    pub fn resumed(&mut self, now: u64) {
        for frame in &mut self.in_flight {
            frame.measured = false;
        }
        self.round_trip = None;
        self.last_ack_at = now;
        if self.rest_at.is_some() {
            self.rest_at = Some(now.saturating_add(REST_US));
        }
    }

    /// Frames on their way.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.in_flight.len()
    }

    /// Measured bandwidth, bytes a second; `None` until a large frame was acknowledged.
    #[must_use]
    pub fn rate(&self) -> Option<u64> {
        self.rates.iter().copied().max()
    }

    /// What frames are made with now: what was asked for, or less on a slow connection.
    #[must_use]
    pub fn quality(&self) -> Quality {
        match self.wanted {
            Quality::Auto if self.slow => Quality::LowBandwidth,
            wanted => wanted,
        }
    }

    /// One frame, what the round trip hides, and one for the viewer to work on while the next is encoded.
    fn depth(&self) -> usize {
        let service = self.service.unwrap_or(MIN_SERVICE_US).max(MIN_SERVICE_US);
        let hidden = self.round_trip.unwrap_or(0).div_ceil(service);
        let hidden = if self.round_trip.unwrap_or(0) < MIN_SERVICE_US / 2 {
            0
        } else {
            hidden
        };
        let overlapped = usize::from(service < BUSY_VIEWER_US);
        (1 + usize::try_from(hidden).unwrap_or(MAX_IN_FLIGHT) + overlapped).min(MAX_IN_FLIGHT)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A viewer behind a connection of so many bytes a second; returns frames a second and the greatest age of a frame
    /// when drawn, microseconds.
    fn simulate(pacer: &mut Pacer, rate: u64, round_trip: u64, bytes: usize, service: u64) -> (u64, u64) {
        pacer.restart();
        let start = pacer.last_ack_at + 1_000_000;
        let (mut now, mut id, mut frames, mut oldest) = (start, 0u32, 0u64, 0u64);
        let (mut wire_free, mut viewer_free) = (0u64, 0u64);
        let mut acks: VecDeque<(u64, u32, u64)> = VecDeque::new();
        pacer.round_trip(round_trip);
        let end = now + 4_000_000;
        while now < end {
            while let Some((at, acked, sent)) = acks.front().copied().filter(|ack| ack.0 <= now) {
                pacer.acknowledged(at, acked, service as u32, 0);
                frames += 1;
                // The first second is for learning.
                if now > start + 1_000_000 {
                    oldest = oldest.max(at - sent);
                }
                acks.pop_front();
            }
            if pacer.may_send().is_some() {
                id += 1;
                pacer.sent(now, id, bytes, Purpose::News);
                wire_free = wire_free.max(now) + bytes as u64 * 1_000_000 / rate;
                viewer_free = viewer_free.max(wire_free + round_trip / 2) + service;
                acks.push_back((viewer_free + round_trip / 2, id, now));
            }
            now += 500;
        }
        (frames / 4, oldest)
    }

    #[test]
    fn a_near_viewer_gets_every_frame_at_once() {
        let (rate, age) = simulate(&mut Pacer::new(Quality::Auto), 100_000_000, 300, 5_000, 2_000);
        assert!(rate > 300, "{rate} frames/s");
        assert!(age < 10_000, "{age} µs");
    }

    #[test]
    fn a_far_viewer_is_kept_busy() {
        let (rate, age) = simulate(&mut Pacer::new(Quality::Auto), 10_000_000, 60_000, 20_000, 5_000);
        assert!(rate > 40, "{rate} frames/s");
        assert!(age < 120_000, "{age} µs");
    }

    #[test]
    fn a_slow_viewer_has_one_frame_at_a_time() {
        let mut pacer = Pacer::new(Quality::Auto);
        let (_, age) = simulate(&mut pacer, 100_000_000, 300, 50_000, 80_000);
        assert!(age < 100_000, "{age} µs");
        assert_eq!(
            pacer.may_send(),
            Some(Quality::Auto).filter(|_| pacer.in_flight() == 0)
        );
    }

    #[test]
    fn a_slow_connection_lowers_the_quality_and_recovers() {
        let mut pacer = Pacer::new(Quality::Auto);
        simulate(&mut pacer, 300_000, 40_000, 60_000, 5_000);
        assert_eq!(pacer.quality(), Quality::LowBandwidth);
        simulate(&mut pacer, 20_000_000, 40_000, 60_000, 5_000);
        assert_eq!(pacer.quality(), Quality::Auto);
    }

    #[test]
    fn a_wish_for_exactness_is_kept() {
        let mut pacer = Pacer::new(Quality::Lossless);
        simulate(&mut pacer, 300_000, 40_000, 60_000, 5_000);
        assert_eq!(pacer.quality(), Quality::Lossless);
    }

    #[test]
    fn refinement_waits_for_rest() {
        let mut pacer = Pacer::new(Quality::Auto);
        pacer.sent(1000, 1, 100_000, Purpose::News);
        assert_eq!(pacer.refine_budget(2000), None, "a frame is on its way");
        pacer.acknowledged(20_000, 1, 1000, 1000);
        assert_eq!(pacer.refine_budget(21_000), None, "news came lately");
        let rest = pacer.rest_at().unwrap();
        assert_eq!(rest, 1000 + REST_US);
        let budget = pacer.refine_budget(rest).unwrap();
        assert!((REFINE_MIN..=REFINE_MAX).contains(&budget));
        pacer.sent(rest, 2, budget, Purpose::Refinement);
        assert_eq!(pacer.refine_budget(rest + 1), None);
        pacer.acknowledged(rest + 5000, 2, 1000, 1000);
        assert!(
            pacer.refine_budget(rest + 5000).is_some(),
            "refinement is no news"
        );
    }

    #[test]
    fn text_does_not_wait_as_long_as_photos_and_stays_out_of_the_way_of_letters() {
        let mut pacer = Pacer::new(Quality::Auto);
        pacer.sent(1000, 1, 100_000, Purpose::News);
        pacer.acknowledged(20_000, 1, 1000, 1000);
        let at = pacer.graphics_rest_at().unwrap();
        assert_eq!(at, 1000 + REST_US - GRAPHICS_AHEAD_US);
        assert_eq!(pacer.graphics_budget(at - 1), None);
        assert!(pacer.graphics_budget(at).is_some() && pacer.refine_budget(at).is_none());
        pacer.sent(at, 2, 100, Purpose::News);
        assert_eq!(pacer.graphics_budget(at), None, "a frame is on its way");
        pacer.acknowledged(at + 2000, 2, 1000, 1000);
        assert_eq!(pacer.graphics_rest_at(), Some(at + PAUSE_US));
    }

    #[test]
    fn a_video_that_plays_never_rests() {
        let mut pacer = Pacer::new(Quality::Auto);
        let mut now = 0;
        for id in 1..100 {
            now += 33_000;
            pacer.sent(now, id, 1_500, Purpose::Video);
            pacer.acknowledged(now + 5_000, id, 1000, 1000);
            assert_eq!(pacer.refine_budget(now + 32_000), None);
        }
        assert_eq!(pacer.rest_at(), Some(now + VIDEO_REST_US));
        assert!(pacer.refine_budget(now + VIDEO_REST_US).is_some());
    }

    #[test]
    fn an_outage_is_not_taken_for_a_slow_connection() {
        let mut pacer = Pacer::new(Quality::Auto);
        simulate(&mut pacer, 20_000_000, 10_000, 60_000, 5_000);
        pacer.restart();
        let (rate, lost) = (pacer.rate(), pacer.last_ack_at + 1_000_000);
        pacer.sent(lost, 100_000, 60_000, Purpose::News);
        let back = lost + 90_000_000;
        pacer.resumed(back);
        assert_eq!(pacer.in_flight(), 1, "it is sent again");
        pacer.acknowledged(back + 1000, 100_000, 900_000, 90_000);
        assert_eq!((pacer.rate(), pacer.in_flight()), (rate, 0));
        assert_eq!(pacer.service, Some(5_000));
        // The first frame afterwards is measured from when it was sent, not from before the outage.
        for id in 100_001..100_020 {
            let sent = back + 10_000_000 + u64::from(id) * 100_000;
            pacer.sent(sent, id, 60_000, Purpose::News);
            pacer.acknowledged(sent + 15_000, id, 4_000, 1_000);
        }
        assert_eq!(pacer.quality(), Quality::Auto);
    }

    #[test]
    fn starting_over_is_no_way_around_acknowledging() {
        let mut pacer = Pacer::new(Quality::Auto);
        let mut sent = 0;
        for id in 1..100 {
            if pacer.may_send().is_some() {
                pacer.sent(u64::from(id), id, 1000, Purpose::News);
                sent += 1;
            }
            pacer.restart();
        }
        assert_eq!(sent, MAX_FORGOTTEN);
        pacer.acknowledged(200, 1, 0, 0);
        assert!(pacer.may_send().is_some(), "it draws after all");
    }

    proptest! {
        #[test]
        fn whatever_comes_it_stays_bounded_and_never_sticks(
            steps in prop::collection::vec((0u8..5, any::<u32>(), any::<u32>()), 0..200)
        ) {
            let mut pacer = Pacer::new(Quality::Auto);
            let (mut now, mut id) = (0u64, 0u32);
            for (kind, a, b) in steps {
                now += u64::from(a % 100_000);
                match kind {
                    0 => if pacer.may_send().is_some() {
                        id += 1;
                        pacer.sent(now, id, (b % 3_000_000) as usize, Purpose::News);
                    },
                    1 => pacer.acknowledged(now, b % (id + 2), a, b),
                    2 => pacer.round_trip(u64::from(b)),
                    3 => pacer.resumed(now),
                    _ => if let Some(budget) = pacer.refine_budget(now) {
                        prop_assert!(budget <= REFINE_MAX);
                    },
                }
                prop_assert!(pacer.in_flight() <= MAX_IN_FLIGHT);
            }
            pacer.acknowledged(now, u32::MAX, 0, 0);
            prop_assert!(pacer.may_send().is_some());
            prop_assert!(pacer.refine_budget(now + REST_US).is_some());
        }
    }
}
