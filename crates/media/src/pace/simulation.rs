//! A pacer with a link, a viewer and a screen, in simulated time. The link sends bytes one after the other, loses some packets, and
//! then holds what follows until the repeated one is there, as TCP does.

use std::collections::VecDeque;

use super::*;

mod links;

const PACKET: usize = 1_400;
const STEP_US: u64 = 500;

#[derive(Clone, Copy, Debug)]
struct Link {
    /// Bytes a second.
    rate: u64,
    trip: u64,
    /// One packet of so many is lost; 0 for none.
    loses: usize,
}

const LAN: Link = Link {
    rate: 100_000_000,
    trip: 300,
    loses: 0,
};
const BROADBAND: Link = Link {
    rate: 2_500_000,
    trip: 40_000,
    loses: 0,
};
const POOR: Link = Link {
    rate: 250_000,
    trip: 120_000,
    loses: 100,
};

struct Simulation {
    pacer: Pacer,
    link: Link,
    /// What the viewer spends on a frame.
    service: u64,
    now: u64,
    id: u32,
    wire_free: u64,
    /// Nothing comes out of the link before this.
    held_until: u64,
    viewer_free: u64,
    packets: usize,
    /// Losses come by chance instead of evenly.
    by_chance: bool,
    /// How late both ends are at most.
    jitter: u64,
    random: u64,
    /// When the acknowledgment comes, of which frame, when it was drawn, and since when what it shows had been waiting.
    acks: VecDeque<(u64, u32, u64, u64)>,
}

/// What was seen.
#[derive(Debug, Default)]
struct Seen {
    frames: u64,
    /// From the change to the picture, the longest, microseconds.
    oldest: u64,
    /// Likewise of each picture.
    ages: Vec<u64>,
}

impl Seen {
    /// That which `percent` of the pictures were not older than.
    fn age(&self, percent: usize) -> u64 {
        let mut ages = self.ages.clone();
        ages.sort_unstable();
        let at = ages.len().saturating_sub(1) * percent / 100;
        ages.get(at).copied().unwrap_or(u64::MAX)
    }
}

impl Simulation {
    fn new(link: Link, service: u64) -> Self {
        Self {
            pacer: Pacer::new(Quality::Auto),
            link,
            service,
            now: 10_000_000,
            id: 0,
            wire_free: 0,
            held_until: 0,
            viewer_free: 0,
            packets: 0,
            by_chance: false,
            jitter: 1_000,
            random: 1,
            acks: VecDeque::new(),
        }
    }

    fn send(&mut self, bytes: usize, since: u64) {
        self.send_for(Purpose::News, bytes, since);
    }

    fn send_for(&mut self, purpose: Purpose, bytes: usize, since: u64) {
        self.id += 1;
        self.pacer.sent(self.now, self.id, bytes, purpose);
        let Link { rate, trip, loses } = self.link;
        let mut left = bytes;
        while left > 0 {
            let packet = left.min(PACKET);
            left -= packet;
            self.wire_free = self.wire_free.max(self.now) + micros_for(packet, rate);
            self.packets += 1;
            let lost = loses > 0
                && match self.by_chance {
                    true => self.dice().is_multiple_of(loses as u64),
                    false => self.packets.is_multiple_of(loses),
                };
            if lost {
                self.held_until = self.wire_free + trip / 2 + trip + trip / 4;
            }
        }
        let there = (self.wire_free + trip / 2).max(self.held_until) + self.late();
        self.viewer_free = self.viewer_free.max(there) + self.service;
        let ack = self.viewer_free + trip / 2 + self.late();
        let last = self.acks.back().map_or(0, |ack| ack.0);
        self.acks
            .push_back((ack.max(last), self.id, self.viewer_free, since));
    }

    fn dice(&mut self) -> u64 {
        self.random = self
            .random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        self.random >> 33
    }

    fn late(&mut self) -> u64 {
        self.dice() % (self.jitter + 1)
    }

    fn receive(&mut self, seen: &mut Seen) {
        while let Some((_, id, drawn, since)) = self.acks.front().copied().filter(|ack| ack.0 <= self.now) {
            self.acks.pop_front();
            self.pacer.acknowledged(self.now, id, self.service as u32, 0);
            seen.frames += 1;
            seen.ages.push(drawn - since);
            seen.oldest = seen.oldest.max(drawn - since);
        }
    }

    /// A screen of which `bytes` change `fps` times a second; what does not go with a frame goes with the next.
    fn moves(&mut self, seconds: u64, fps: u64, bytes: usize) -> Seen {
        let (mut seen, end) = (Seen::default(), self.now + seconds * 1_000_000);
        let (mut change_at, mut waiting, mut since) = (self.now, 0, None);
        while self.now < end {
            self.receive(&mut seen);
            if self.now >= change_at {
                change_at += 1_000_000 / fps;
                waiting = bytes;
                since.get_or_insert(self.now);
            }
            if waiting > 0 && self.pacer.may_send().is_some() {
                let part = self
                    .pacer
                    .frame_budget(self.now)
                    .unwrap_or(usize::MAX)
                    .min(waiting);
                waiting -= part;
                self.send(part, since.take().unwrap_or(self.now));
            }
            self.now += STEP_US;
        }
        seen
    }

    /// Ten numbers a second, and all four seconds a page. The number goes first.
    fn ticks(&mut self, seconds: u64, page: usize) -> Seen {
        let (mut seen, end) = (Seen::default(), self.now + seconds * 1_000_000);
        let (mut step, mut change_at, mut waiting, mut since) = (1u64, self.now, 0, None);
        while self.now < end {
            self.receive(&mut seen);
            if self.now >= change_at {
                change_at += 100_000;
                if step.is_multiple_of(40) {
                    waiting = page;
                }
                step += 1;
                since.get_or_insert(self.now);
            }
            let number = if since.is_some() { 300 } else { 0 };
            if waiting + number > 0 && self.pacer.may_send().is_some() {
                let budget = self.pacer.frame_budget(self.now).unwrap_or(usize::MAX);
                let part = budget.saturating_sub(number).min(waiting);
                waiting -= part;
                self.send(number + part, since.take().unwrap_or(self.now));
            }
            self.now += STEP_US;
        }
        seen
    }

    /// After a picture it makes `bytes` exact; letters come `letters_us` apart. How long it took, and how old the letters were.
    fn refines(&mut self, bytes: usize, letters_us: u64) -> (u64, Seen) {
        self.moves(2, 20, 60_000);
        while self.pacer.in_flight() > 0 || self.pacer.refine_budget(self.now).is_none() {
            self.receive(&mut Seen::default());
            self.now += STEP_US;
            assert!(self.now < 60_000_000, "it never rests");
        }
        let (started, mut left, mut letters) = (self.now, bytes, Seen::default());
        let (mut letter_at, mut since) = (self.now + letters_us, None);
        while left > 0 || self.pacer.in_flight() > 0 {
            self.receive(&mut Seen::default());
            if self.now >= letter_at {
                letter_at += letters_us;
                since.get_or_insert(self.now);
            }
            if since.is_some() && self.pacer.may_send().is_some() {
                let pressed = since.take().unwrap_or(self.now);
                self.send(300, pressed);
                letters.frames += 1;
                letters.ages.push(self.viewer_free - pressed);
            } else if left > 0
                && since.is_none()
                && let Some(budget) = self.pacer.refine_budget(self.now)
            {
                self.send_for(Purpose::Refinement, budget.min(left), self.now);
                left -= budget.min(left);
            }
            self.now += STEP_US;
            assert!(self.now < started + 120_000_000, "{left} bytes are never sent");
        }
        (self.now - started, letters)
    }
}

#[test]
fn a_near_viewer_gets_every_frame_at_once() {
    let mut near = Simulation::new(LAN, 2_000);
    near.moves(1, 1000, 5_000);
    let seen = near.moves(4, 1000, 5_000);
    assert!(seen.frames > 4 * 300, "{seen:?}");
    assert!(seen.oldest < 10_000, "{seen:?}");
}

#[test]
fn a_near_viewer_gets_a_whole_screen_almost_at_once() {
    let mut near = Simulation::new(LAN, 5_000);
    let seen = near.moves(1, 1, 300_000);
    assert!(seen.frames <= 7, "{seen:?}");
    assert!(seen.oldest < 30_000, "{seen:?}");
    let seen = near.moves(5, 1, 300_000);
    assert_eq!(seen.frames, 5, "then whole: {seen:?}");
}

#[test]
fn a_far_viewer_is_kept_busy() {
    let far = Link {
        rate: 10_000_000,
        trip: 60_000,
        loses: 0,
    };
    let mut far = Simulation::new(far, 5_000);
    far.moves(1, 100, 20_000);
    let seen = far.moves(4, 100, 20_000);
    assert!(seen.frames > 4 * 40, "{seen:?}");
    assert!(seen.oldest < 120_000, "{seen:?}");
}

#[test]
fn a_slow_viewer_has_one_frame_at_a_time() {
    let mut slow = Simulation::new(LAN, 80_000);
    slow.moves(2, 100, 50_000);
    let seen = slow.moves(4, 100, 50_000);
    assert!(seen.oldest < 180_000, "{seen:?}");
    let room = slow.pacer.may_send();
    assert_eq!(room, Some(Quality::Auto).filter(|_| slow.pacer.in_flight() == 0));
}

#[test]
fn a_slow_connection_lowers_the_quality_and_recovers() {
    let mut link = Simulation::new(POOR, 5_000);
    link.moves(4, 30, 60_000);
    assert_eq!(link.pacer.quality(), Quality::LowBandwidth, "{:?}", link.pacer);
    link.link = LAN;
    link.moves(4, 30, 60_000);
    assert_eq!(link.pacer.quality(), Quality::Auto);
}

#[test]
fn a_wish_for_exactness_is_kept() {
    let mut link = Simulation::new(POOR, 5_000);
    link.pacer.set_wanted(Quality::Lossless);
    link.moves(4, 30, 60_000);
    assert_eq!(link.pacer.quality(), Quality::Lossless);
}

/// Pictures follow each other though the round trip, and whatever the viewer spends, is longer than their distance.
#[test]
fn a_page_scrolls_smoothly_over_broadband() {
    for (service, jitter) in [(8_000, 1_000), (15_000, 3_000), (25_000, 3_000), (8_000, 12_000)] {
        let mut link = Simulation::new(BROADBAND, service);
        link.jitter = jitter;
        link.moves(1, 30, 15_000);
        let seen = link.moves(4, 30, 15_000);
        assert!(seen.frames >= 4 * 29, "service {service}: {seen:?}");
        assert!(seen.oldest < 110_000, "service {service}: {seen:?}");
        assert_eq!(link.pacer.quality(), Quality::Auto);
    }
}

/// Likewise when the viewer was near when the session began.
#[test]
fn a_way_that_becomes_longer_is_noticed_while_a_page_scrolls() {
    for jitter in [1_000, 6_000, 12_000] {
        let mut link = Simulation::new(LAN, 25_000);
        link.jitter = jitter;
        link.moves(3, 30, 60_000);
        link.link = BROADBAND;
        link.moves(1, 30, 15_000);
        assert_eq!(link.pacer.quality(), Quality::Auto);
        let seen = link.moves(4, 30, 15_000);
        assert!(seen.frames >= 4 * 29, "jitter {jitter}: {seen:?}");
        assert_eq!(link.pacer.quality(), Quality::Auto);
    }
}

#[test]
fn what_is_small_never_waits_long_on_a_poor_link() {
    for (page, seconds) in [(20_000, 30), (150_000, 30), (1_000_000, 30)] {
        let mut link = Simulation::new(POOR, 8_000);
        let seen = link.ticks(seconds, page);
        assert!(seen.oldest <= 400_000, "page {page}: {seen:?} {:?}", link.pacer);
        assert!(
            seen.frames >= seconds * 7,
            "page {page}: {seen:?} {:?}",
            link.pacer
        );
    }
}

/// The first page after the link became poor, too: only numbers could tell.
#[test]
fn a_link_that_became_poor_is_noticed_before_anything_large_goes() {
    let mut link = Simulation::new(LAN, 8_000);
    link.ticks(9, 300_000);
    link.now += 3_000_000;
    link.link = POOR;
    let seen = link.ticks(20, 300_000);
    assert!(seen.oldest <= 400_000, "{seen:?}");
}

/// A poor link is not left idle for it.
#[test]
fn a_poor_link_is_used_well() {
    let mut link = Simulation::new(Link { loses: 0, ..POOR }, 8_000);
    link.moves(2, 10, 100_000);
    let before = link.packets;
    link.moves(4, 10, 100_000);
    let rate = (link.packets - before) * PACKET / 4;
    assert!(rate > 250_000 * 8 / 10, "{rate} bytes/s");
}

/// It became slow without becoming longer, and large things are all that happens.
#[test]
fn a_link_that_only_became_slow_is_noticed_by_the_first_large_frame() {
    let slow = Link {
        rate: 250_000,
        trip: 20_000,
        loses: 0,
    };
    let mut link = Simulation::new(
        Link {
            rate: 20_000_000,
            ..slow
        },
        8_000,
    );
    link.moves(9, 1, 150_000);
    assert_eq!(link.pacer.frame_budget(link.now), None);
    link.link = slow;
    link.ticks(8, 150_000);
    let seen = link.ticks(20, 150_000);
    assert!(seen.oldest <= 400_000, "{seen:?}");
}
