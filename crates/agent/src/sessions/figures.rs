//! How a session goes, and what passed in it: what its page says afterwards. Counted by the session's task; pure.

use std::collections::VecDeque;
use std::time::Duration;

use farol_protocol::Tick;
use farol_protocol::ids::SessionId;
use farol_protocol::link::{Copied, SessionFigures, Spread};
use farol_protocol::pipe::message::clipboard::ClipboardMessage;

/// They are told this long after the session began, so that a short one has some too, and then every [`TELL_EVERY`].
const TELL_FIRST: Duration = Duration::from_secs(2);

/// A few dozen bytes each time. They are told once more when the session ends, which the server waits for a moment.
const TELL_EVERY: Duration = Duration::from_secs(10);

/// Pictures whose way is followed at once; the pacing lets fewer wait for an answer. Full: the oldest is not counted.
const UNDER_WAY: usize = 64;

/// What happened so far.
pub(super) struct Figures {
    pictures: u64,
    picture: Times,
    round_trip: Times,
    to_viewer: Passed,
    to_agent: Passed,
    /// Pictures that the viewer has not drawn, as far as it said: id, and when they were made.
    under_way: VecDeque<(u32, Tick)>,
    /// Something changed since they were told.
    news: bool,
    due: Tick,
}

impl Figures {
    pub(super) fn new(now: Tick) -> Self {
        Self {
            pictures: 0,
            picture: Times::default(),
            round_trip: Times::default(),
            to_viewer: Passed::default(),
            to_agent: Passed::default(),
            under_way: VecDeque::new(),
            news: false,
            due: now.after(TELL_FIRST),
        }
    }

    /// A picture was given to the pipe, which was made at `made`. What it shows may have changed long before: nobody was there then, or
    /// looked elsewhere.
    pub(super) fn sent(&mut self, id: u32, made: Tick) {
        if self.under_way.len() >= UNDER_WAY {
            self.under_way.pop_front();
        }
        self.under_way.push_back((id, made));
    }

    /// The viewer drew all pictures up to this one.
    pub(super) fn drawn(&mut self, now: Tick, id: u32) {
        while let Some((_, made)) = self.under_way.pop_front_if(|(sent, _)| *sent <= id) {
            self.pictures += 1;
            self.picture.add(now.since(made));
            self.news = true;
        }
    }

    /// The connection was lost, or the viewer: what is under way says nothing any more about how long pictures take.
    pub(super) fn lost(&mut self) {
        self.under_way.clear();
    }

    /// A new measurement of the round trip.
    pub(super) fn round_trip(&mut self, time: Duration) {
        self.round_trip.add(time);
        self.news = true;
    }

    /// Something copied goes to the viewer.
    pub(super) fn copied_to_viewer(&mut self, message: &ClipboardMessage) {
        self.news |= self.to_viewer.add(message);
    }

    /// Something copied came from the viewer.
    pub(super) fn copied_to_agent(&mut self, message: &ClipboardMessage) {
        self.news |= self.to_agent.add(message);
    }

    /// What is to be told now, if it is time.
    pub(super) fn take_due(&mut self, now: Tick, session: SessionId) -> Option<SessionFigures> {
        if now < self.due {
            return None;
        }
        self.due = now.after(TELL_EVERY);
        self.take(session)
    }

    /// What was not told yet, if there is anything.
    pub(super) fn take(&mut self, session: SessionId) -> Option<SessionFigures> {
        std::mem::take(&mut self.news).then(|| SessionFigures {
            session,
            pictures: self.pictures,
            picture: self.picture.spread(),
            round_trip: self.round_trip.spread(),
            copied_to_viewer: self.to_viewer.copied,
            copied_to_agent: self.to_agent.copied,
        })
    }
}

/// What was copied and went one way.
#[derive(Default)]
struct Passed {
    copied: Copied,
    /// The offer that was counted last.
    last: Option<u32>,
}

impl Passed {
    /// Whether content is in it. A copied thing counts once, as soon as some of it passes.
    fn add(&mut self, message: &ClipboardMessage) -> bool {
        let (offer, bytes) = match message {
            ClipboardMessage::Offer(offer) => {
                // Each viewer's pipe counts from the beginning.
                self.last = None;
                let contents = offer.has.iter().filter_map(|one| one.content.as_ref());
                let Some(bytes) = contents.map(Vec::len).reduce(|sum, more| sum + more) else {
                    return false;
                };
                (offer.id, bytes)
            }
            ClipboardMessage::Part(part) => (part.offer, part.content.len()),
            ClipboardMessage::Fetch(_) | ClipboardMessage::Refused(_) => return false,
        };
        if self.last.replace(offer) != Some(offer) {
            self.copied.times = self.copied.times.saturating_add(1);
        }
        self.copied.bytes = self.copied.bytes.saturating_add(bytes as u64);
        true
    }
}

/// Steps to each doubling: a step is a fifth, nearer than anybody reads such a figure.
const STEPS: u32 = 4;
/// Doublings from a microsecond on: more than an hour.
const DOUBLINGS: usize = 32;

/// Counts times by their size, 512 bytes for as many as there are; the usual library wants tens of kilobytes for each session.
struct Times([u32; DOUBLINGS * STEPS as usize]);

impl Default for Times {
    fn default() -> Self {
        Self([0; DOUBLINGS * STEPS as usize])
    }
}

impl Times {
    fn add(&mut self, time: Duration) {
        let count = &mut self.0[step(u32::try_from(time.as_micros()).unwrap_or(u32::MAX))];
        *count = count.saturating_add(1);
    }

    fn spread(&self) -> Spread {
        Spread {
            p50_us: self.no_longer(50),
            p95_us: self.no_longer(95),
        }
    }

    /// Microseconds that so many of a hundred are no longer than; 0 when there are none.
    fn no_longer(&self, percent: u64) -> u32 {
        let all: u64 = self.0.iter().copied().map(u64::from).sum();
        let wanted = (all * percent).div_ceil(100);
        let mut so_far = 0;
        let found = self.0.iter().position(|count| {
            so_far += u64::from(*count);
            so_far >= wanted && so_far > 0
        });
        found.map_or(0, longest)
    }
}

/// Which step a time belongs to.
fn step(micros: u32) -> usize {
    let micros = micros.max(1);
    let doubling = micros.ilog2();
    // The two bits below the highest.
    let within = ((u64::from(micros) * u64::from(STEPS)) >> doubling) as usize & (STEPS as usize - 1);
    doubling as usize * STEPS as usize + within
}

/// The longest time of a step, microseconds.
fn longest(step: usize) -> u32 {
    let (doubling, within) = (step / STEPS as usize, step as u64 % u64::from(STEPS));
    let next = (u64::from(STEPS) + within + 1) << doubling;
    u32::try_from(next.div_ceil(u64::from(STEPS)).saturating_sub(1)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use farol_protocol::pipe::message::clipboard::{Kind, Offer, Part, Representation};
    use proptest::prelude::*;

    use super::*;

    const SESSION: SessionId = SessionId([1; 16]);

    fn at(millis: u64) -> Tick {
        Tick(millis * 1000)
    }

    #[test]
    fn times_are_from_the_making_to_the_word_that_it_is_drawn() {
        let mut figures = Figures::new(at(0));
        for id in 1..=100 {
            figures.sent(id, at(u64::from(id) * 100));
            let took = if id <= 90 { 10 } else { 80 };
            figures.drawn(at(u64::from(id) * 100 + took), id);
        }
        figures.round_trip(Duration::from_millis(4));
        let said = figures.take(SESSION).unwrap();
        assert_eq!(said.pictures, 100);
        let near = |figure: u32, micros: u32| (micros..=micros * 5 / 4).contains(&figure);
        assert!(near(said.picture.p50_us, 10_000), "{said:?}");
        assert!(near(said.picture.p95_us, 80_000), "{said:?}");
        assert!(near(said.round_trip.p50_us, 4_000), "{said:?}");
    }

    #[test]
    fn one_word_is_for_all_pictures_before_and_a_loss_for_none() {
        let mut figures = Figures::new(at(0));
        for id in 1..=3 {
            figures.sent(id, at(0));
        }
        figures.drawn(at(5), 2);
        figures.lost();
        figures.drawn(at(9), 3);
        assert_eq!(figures.take(SESSION).unwrap().pictures, 2);
        for id in 4..1000 {
            figures.sent(id, at(0));
        }
        assert_eq!(figures.under_way.len(), UNDER_WAY);
    }

    #[test]
    fn they_are_told_now_and_then_and_only_when_there_is_news() {
        let mut figures = Figures::new(at(0));
        figures.round_trip(Duration::from_millis(4));
        assert_eq!(figures.take_due(at(1_999), SESSION), None);
        assert!(figures.take_due(at(2_000), SESSION).is_some());
        figures.copied_to_agent(&ClipboardMessage::of_text("olá"));
        figures.copied_to_viewer(&ClipboardMessage::of_text(&"x".repeat(2_000_000)));
        assert_eq!(figures.take_due(at(11_999), SESSION), None);
        let said = figures.take_due(at(12_000), SESSION).unwrap();
        assert_eq!(said.copied_to_agent, Copied { times: 1, bytes: 4 });
        assert_eq!(said.copied_to_viewer, Copied::default());
        assert_eq!(figures.take_due(at(60_000), SESSION), None);
        assert_eq!(figures.take(SESSION), None);
    }

    #[test]
    fn a_copied_thing_counts_once_and_only_what_passed_of_it() {
        let mut figures = Figures::new(at(0));
        let picture = |content| Representation {
            kind: Kind::Picture,
            size: 30_000,
            content,
        };
        let offer = |id, has| {
            ClipboardMessage::Offer(Offer {
                id,
                has,
                left_out: vec![],
            })
        };
        let part = |offer, bytes| {
            ClipboardMessage::Part(Part {
                offer,
                kind: Kind::Picture,
                from: 0,
                content: vec![0; bytes],
            })
        };
        figures.copied_to_viewer(&offer(1, vec![picture(None)]));
        assert_eq!(figures.take(SESSION), None, "only offered");
        figures.copied_to_viewer(&part(1, 20_000));
        figures.copied_to_viewer(&part(1, 10_000));
        let text = Representation::of(Kind::Text, b"1234");
        figures.copied_to_viewer(&offer(1, vec![text, picture(None)]));
        figures.copied_to_viewer(&part(1, 30_000));
        let said = figures.take(SESSION).unwrap().copied_to_viewer;
        assert_eq!(
            said,
            Copied {
                times: 2,
                bytes: 60_004
            }
        );
    }

    #[test]
    fn nothing_has_no_time() {
        assert_eq!(Times::default().spread(), Spread::default());
    }

    proptest! {
        #[test]
        fn a_time_is_in_the_step_that_ends_at_most_a_quarter_later(micros in any::<u32>()) {
            let longest = longest(step(micros));
            prop_assert!(longest >= micros);
            prop_assert!(u64::from(longest) <= u64::from(micros.max(1)) * 5 / 4);
        }
    }
}
