//! Ties the core's [`Tick`] to tokio's clock, which tests can pause.
//!
//! Here: the conversion. Not here: wall-clock time (`crate::clock`).

use std::time::Duration;

use farol_protocol::Tick;
use tokio::time::Instant;

/// A start from which ticks count. Ticks of different starts must not be compared.
#[derive(Debug, Clone, Copy)]
pub struct Ticks(Instant);

impl Ticks {
    /// Starts counting now.
    #[must_use]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// The tick now.
    #[must_use]
    pub fn now(self) -> Tick {
        Tick(u64::try_from(self.0.elapsed().as_micros()).unwrap_or(u64::MAX))
    }

    /// The moment of a tick, for `sleep_until`.
    #[must_use]
    pub fn instant(self, tick: Tick) -> Instant {
        // A tick too far for the clock is as good as never.
        self.0
            .checked_add(Duration::from_micros(tick.0))
            .unwrap_or_else(|| self.0 + Duration::from_secs(86_400))
    }
}
