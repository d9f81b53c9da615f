//! The agent's one clock: ticks for the state machines, frames and pongs. Beside it, the wall clock for what people read.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use farol_protocol::Tick;

/// Microseconds since the agent started. All copies of one clock agree.
#[derive(Debug, Clone, Copy)]
pub struct Clock(Instant);

impl Clock {
    /// A clock that starts now.
    #[must_use]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// The time.
    #[must_use]
    pub fn now(self) -> Tick {
        Tick(u64::try_from(self.0.elapsed().as_micros()).unwrap_or(u64::MAX))
    }

    /// The moment of a tick, for timers. Far futures are an hour away: timers are set anew after every event anyway.
    #[must_use]
    pub fn instant(self, tick: Tick) -> tokio::time::Instant {
        let ahead = tick.since(self.now()).min(std::time::Duration::from_secs(3600));
        tokio::time::Instant::now() + ahead
    }
}

/// Unix milliseconds on the machine's wall clock, which may be wrong and may jump.
pub(crate) fn unix_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
