//! Something long that a viewer offered, on its way here piece by piece. Pure.
//!
//! One piece is asked for at a time, and the next is longer only while pieces arrive nearly as quickly as the quickest did: what
//! hands do meanwhile waits behind little of it, though it queues up in a browser and in routers that know no priorities.

use std::time::Duration;

use farol_protocol::Tick;
use farol_protocol::limits::{CLIPBOARD_DELAY_MAX, CLIPBOARD_PIECE_MAX, CLIPBOARD_PIECE_MIN};
use farol_protocol::pipe::message::clipboard::{Fetch, Kind, Part};

/// See the module.
#[derive(Debug)]
pub(super) struct Pull {
    offer: u32,
    kind: Kind,
    size: u32,
    got: Vec<u8>,
    /// The piece that is under way, and since when.
    asked: Option<(u32, Tick)>,
    /// Length of the next piece.
    piece: u32,
    quickest: Duration,
}

impl Pull {
    pub(super) fn new(offer: u32, kind: Kind, size: u32) -> Self {
        Self {
            offer,
            kind,
            size,
            got: Vec::new(),
            asked: None,
            piece: CLIPBOARD_PIECE_MIN,
            quickest: Duration::MAX,
        }
    }

    pub(super) fn kind(&self) -> Kind {
        self.kind
    }

    /// What to ask for now; `None` while a piece is under way.
    pub(super) fn next(&mut self, now: Tick) -> Option<Fetch> {
        let from = u32::try_from(self.got.len()).ok()?;
        let length = self.piece.min(self.size.checked_sub(from)?);
        if self.asked.is_some() || length == 0 {
            return None;
        }
        self.asked = Some((length, now));
        Some(Fetch {
            offer: self.offer,
            kind: self.kind,
            from,
            length,
        })
    }

    /// A piece came. All of it, when this was the last; what was not asked for changes nothing.
    pub(super) fn take(&mut self, now: Tick, part: &Part) -> Option<Vec<u8>> {
        let (length, since) = self.asked?;
        let fits = (part.offer, part.kind, part.from as usize) == (self.offer, self.kind, self.got.len())
            && part.content.len() <= length as usize;
        if !fits {
            return None;
        }
        self.asked = None;
        self.got.extend_from_slice(&part.content);
        self.took(now.since(since));
        if self.got.len() < self.size as usize {
            return None;
        }
        self.size = 0;
        Some(std::mem::take(&mut self.got))
    }

    fn took(&mut self, time: Duration) {
        self.quickest = self.quickest.min(time);
        self.piece = if time <= self.quickest.saturating_add(CLIPBOARD_DELAY_MAX) {
            CLIPBOARD_PIECE_MAX.min(self.piece * 2)
        } else {
            CLIPBOARD_PIECE_MIN.max(self.piece / 2)
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A link of so many bytes a millisecond, and a round trip.
    struct Link {
        rate: u64,
        round_trip: u64,
    }

    impl Link {
        fn time(&self, length: u32) -> Duration {
            Duration::from_millis(self.round_trip + u64::from(length) / self.rate)
        }

        /// Fetches it all; how long it took, and the longest piece.
        fn fetch(&self, content: &[u8]) -> (Duration, u32) {
            let mut pull = Pull::new(4, Kind::Picture, content.len() as u32);
            let (mut now, mut longest) = (Tick(0), 0);
            loop {
                let fetch = pull.next(now).unwrap();
                assert_eq!(pull.next(now), None, "one at a time");
                longest = longest.max(fetch.length);
                now = now.after(self.time(fetch.length));
                let from = fetch.from as usize;
                let part = Part {
                    offer: 4,
                    kind: Kind::Picture,
                    from: fetch.from,
                    content: content[from..from + fetch.length as usize].to_vec(),
                };
                if let Some(all) = pull.take(now, &part) {
                    assert_eq!(all, content);
                    assert_eq!(pull.next(now), None);
                    return (now.since(Tick(0)), longest);
                }
            }
        }
    }

    #[test]
    fn a_quick_link_gets_long_pieces_and_a_slow_one_short_ones() {
        let picture: Vec<u8> = (0..3_000_000u32).map(|at| (at % 251) as u8).collect();
        let local = Link {
            rate: 100_000,
            round_trip: 1,
        };
        assert_eq!(local.fetch(&picture).1, CLIPBOARD_PIECE_MAX);
        let slow = Link {
            rate: 250,
            round_trip: 120,
        };
        // 2 Mbit/s: a longer piece would hold a key back for more than an eye's blink.
        let (_, longest) = slow.fetch(&picture[..600_000]);
        assert!(longest <= 2 * CLIPBOARD_PIECE_MIN, "{longest}");
        let usual = Link {
            rate: 2_500,
            round_trip: 40,
        };
        let (time, longest) = usual.fetch(&picture);
        assert!(time < Duration::from_secs(5), "{time:?} in pieces of {longest}");
    }

    #[test]
    fn what_was_not_asked_for_changes_nothing() {
        let mut pull = Pull::new(4, Kind::Html, 5);
        let part = |offer, kind, from, content: &[u8]| Part {
            offer,
            kind,
            from,
            content: content.to_vec(),
        };
        let right = part(4, Kind::Html, 0, b"abc");
        assert_eq!(pull.take(Tick(0), &right), None, "nobody asked");
        assert_eq!(pull.next(Tick(0)).unwrap().length, 5);
        for wrong in [
            part(3, Kind::Html, 0, b"abc"),
            part(4, Kind::Text, 0, b"abc"),
            part(4, Kind::Html, 1, b"abc"),
            part(4, Kind::Html, 0, b"abcdef"),
        ] {
            assert_eq!(pull.take(Tick(0), &wrong), None);
            assert_eq!(pull.next(Tick(0)), None, "still under way");
        }
        assert_eq!(pull.take(Tick(0), &right), None);
        assert_eq!(pull.next(Tick(0)).unwrap().from, 3);
        assert_eq!(
            pull.take(Tick(0), &part(4, Kind::Html, 3, b"de")).as_deref(),
            Some(&b"abcde"[..])
        );
    }
}
