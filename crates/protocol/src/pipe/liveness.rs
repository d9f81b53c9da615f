//! Whether the other end is still there: when to ask it, and when its silence is a loss. Not here: what a ping says (`core.rs`).
//!
//! While something happens on a connection, an end pings at its usual pace. While nothing does, it waits much longer, and who hears
//! the other end's pings need not ask as well. Whatever is sent or comes on a channel brings the usual pace back at once, so that a key that is pressed on a dead connection is noticed as soon as among many.

use std::time::Duration;

use super::Side;
use crate::Tick;
use crate::limits::{PING_HIDDEN, PING_REST, PING_VISIBLE, PIPE_SILENCE_TIME, PIPE_SILENCE_VISIBLE};

#[derive(Debug)]
pub(crate) struct Liveness {
    side: Side,
    /// Somebody looks at this viewer.
    visible: bool,
    /// The usual pace, whatever happens.
    steady: bool,
    heard: Tick,
    pinged: Tick,
    /// The first ping since the other end was heard last.
    asked: Option<Tick>,
    /// Something happened since the last ping.
    stirred: bool,
    at_once: bool,
}

impl Liveness {
    pub(crate) fn new(side: Side, now: Tick) -> Self {
        Self {
            side,
            visible: true,
            steady: false,
            heard: now,
            pinged: now,
            asked: None,
            stirred: true,
            at_once: false,
        }
    }

    /// A new connection is there, and both ends are.
    pub(crate) fn begin(&mut self, now: Tick) {
        (self.heard, self.asked, self.stirred) = (now, None, true);
    }

    /// The other end is there. An agent takes that for the answer to whatever it sent; a viewer, behind which somebody waits,
    /// asks even so: what it hears may have been said before.
    pub(crate) fn hear(&mut self, now: Tick) {
        (self.heard, self.asked) = (self.heard.max(now), None);
        self.stirred &= self.side == Side::Viewer;
    }

    /// Something passes that is no mere sign of life.
    pub(crate) fn stir(&mut self) {
        self.stirred = true;
    }

    /// A ping is sent.
    pub(crate) fn ping(&mut self, now: Tick) {
        self.pinged = now;
        self.asked.get_or_insert(now);
        (self.stirred, self.at_once) = (false, false);
    }

    pub(crate) fn set_visible(&mut self, now: Tick, visible: bool) {
        if visible != self.visible {
            self.stirred = true;
        }
        if visible && !self.visible {
            self.at_once = true;
            // Nobody listened as closely until now.
            self.hear(now);
        }
        self.visible = visible;
    }

    pub(crate) fn set_steady(&mut self, steady: bool) {
        self.steady = steady;
    }

    fn watched(&self) -> bool {
        self.side == Side::Viewer && self.visible
    }

    fn pace(&self) -> Duration {
        if self.watched() { PING_VISIBLE } else { PING_HIDDEN }
    }

    /// The viewer's wait is shorter, so that at rest it is the one who asks.
    fn longest(&self) -> Duration {
        match self.side {
            Side::Viewer => PING_REST,
            Side::Agent => PING_REST + PING_HIDDEN,
        }
    }

    /// When to ping next.
    pub(crate) fn ping_due(&self) -> Tick {
        if self.at_once {
            return self.pinged;
        }
        if self.stirred || self.steady {
            return self.pinged.after(self.pace());
        }
        self.rest_until()
    }

    fn rest_until(&self) -> Tick {
        self.pinged.max(self.heard).after(self.longest())
    }

    /// When silence is a loss. A ping that this end could not send, because its machine slept, counts as one without an answer.
    pub(crate) fn lost_at(&self) -> Tick {
        let silence = if self.watched() {
            PIPE_SILENCE_VISIBLE
        } else {
            PIPE_SILENCE_TIME
        };
        let asked = self.asked.unwrap_or_else(|| self.rest_until());
        let answer = silence.saturating_sub(self.pace());
        self.heard.after(silence).max(asked.after(answer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Tick = Tick(1_000_000_000);

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// One that has sent the ping of its connection and heard the answer.
    fn begun(side: Side) -> Liveness {
        let mut liveness = Liveness::new(side, START);
        liveness.begin(START);
        liveness.ping(START);
        liveness.hear(START);
        liveness
    }

    /// Lets pings come due and be answered; seconds after the start at which they went.
    fn pings(liveness: &mut Liveness, until: u64) -> Vec<u64> {
        let mut at = Vec::new();
        while liveness.ping_due() <= START.after(seconds(until)) {
            let due = liveness.ping_due();
            assert!(due < liveness.lost_at());
            liveness.ping(due);
            liveness.hear(due);
            at.push(due.since(START).as_secs());
        }
        at
    }

    #[test]
    fn nothing_makes_pings_rare_and_something_makes_them_frequent() {
        let mut viewer = begun(Side::Viewer);
        assert_eq!(pings(&mut viewer, 110), [25, 50, 75, 100]);
        viewer.stir();
        let now = START.after(seconds(110));
        assert!(viewer.ping_due() <= now, "at once");
        viewer.ping(now);
        viewer.hear(now);
        assert_eq!(pings(&mut viewer, 200), [135, 160, 185]);
        let mut agent = begun(Side::Agent);
        assert_eq!(pings(&mut agent, 100), [30, 60, 90]);
    }

    #[test]
    fn what_goes_on_keeps_the_pace() {
        let mut viewer = begun(Side::Viewer);
        for second in 1..50 {
            viewer.stir();
            assert_eq!(pings(&mut viewer, second), [second]);
        }
        let mut viewer = begun(Side::Viewer);
        viewer.set_steady(true);
        assert_eq!(pings(&mut viewer, 50).len(), 50);
        viewer.set_steady(false);
        assert_eq!(pings(&mut viewer, 120), [75, 100]);
    }

    #[test]
    fn who_hears_pings_at_rest_asks_nothing() {
        let (mut viewer, mut agent) = (begun(Side::Viewer), begun(Side::Agent));
        let (mut asked_by_viewer, mut asked_by_agent) = (0, 0);
        loop {
            let (first, second) = (viewer.ping_due(), agent.ping_due());
            let now = first.min(second);
            if now > START.after(seconds(3600)) {
                break;
            }
            assert!(now < viewer.lost_at().min(agent.lost_at()));
            if first <= second {
                viewer.ping(now);
                asked_by_viewer += 1;
            } else {
                agent.ping(now);
                asked_by_agent += 1;
            }
            viewer.hear(now);
            agent.hear(now);
        }
        assert!(asked_by_viewer <= 3600 / 25 + 5, "{asked_by_viewer}");
        assert!(asked_by_agent <= 4, "{asked_by_agent}");
    }

    #[test]
    fn a_key_on_a_dead_connection_is_noticed_as_soon_as_ever() {
        for rest in [5, 20, 80, 3000] {
            let mut viewer = begun(Side::Viewer);
            pings(&mut viewer, rest);
            // The connection dies, then a key is pressed.
            let now = START.after(seconds(rest));
            viewer.stir();
            let due = viewer.ping_due().max(now);
            assert!(due <= now.after(PING_VISIBLE));
            assert!(due < viewer.lost_at(), "it is asked first");
            viewer.ping(due);
            assert!(viewer.lost_at() <= now.after(PIPE_SILENCE_VISIBLE));
            assert!(viewer.lost_at() >= now.after(PIPE_SILENCE_VISIBLE - PING_VISIBLE));
        }
    }

    #[test]
    fn silence_is_noticed_at_rest_and_after_sleep() {
        let mut viewer = begun(Side::Viewer);
        pings(&mut viewer, 100);
        let due = viewer.ping_due();
        assert_eq!(due, START.after(seconds(125)));
        let overslept = viewer.lost_at();
        viewer.ping(due);
        assert_eq!(viewer.lost_at(), due.after(PIPE_SILENCE_VISIBLE - PING_VISIBLE));
        assert_eq!(viewer.lost_at(), overslept);
        let mut agent = begun(Side::Agent);
        pings(&mut agent, 100);
        agent.ping(agent.ping_due());
        assert_eq!(
            agent.lost_at(),
            START.after(seconds(90 + 30) + PIPE_SILENCE_TIME - PING_HIDDEN)
        );
    }

    #[test]
    fn while_something_happens_silence_is_what_it_always_was() {
        for (side, silence) in [
            (Side::Viewer, PIPE_SILENCE_VISIBLE),
            (Side::Agent, PIPE_SILENCE_TIME),
        ] {
            let mut liveness = begun(side);
            for _ in 0..20 {
                liveness.stir();
                liveness.ping(liveness.ping_due());
                assert_eq!(liveness.lost_at(), START.after(silence));
            }
        }
    }

    #[test]
    fn a_viewer_in_the_background_is_patient_and_asks_at_once_when_it_comes_back() {
        let mut viewer = begun(Side::Viewer);
        viewer.set_visible(START, false);
        assert_eq!(pings(&mut viewer, 100), [5, 30, 55, 80]);
        viewer.ping(viewer.ping_due());
        assert_eq!(
            viewer.lost_at(),
            START.after(seconds(105) + PIPE_SILENCE_TIME - PING_HIDDEN)
        );
        let now = START.after(seconds(110));
        viewer.set_visible(now, true);
        assert!(viewer.ping_due() <= now);
        viewer.ping(now);
        assert_eq!(viewer.lost_at(), now.after(PIPE_SILENCE_VISIBLE));
    }
}
