//! Waking a thread that waits on the operating system. The waiting itself stands in the back ends.

use std::fmt;
use std::sync::Arc;

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
pub(crate) use linux::{WakeFd, wait_one, wait_readable};

/// Ends the current `wait` of the object it came from, or the next one if none is running.
///
/// Cheap to clone, usable from any thread, never blocks. Several wakes before a wait count as one. Outlives its object
/// without harm.
#[derive(Clone)]
pub struct Waker(Arc<dyn Fn() + Send + Sync>);

impl Waker {
    /// A waker that calls `wake`.
    pub fn new(wake: impl Fn() + Send + Sync + 'static) -> Self {
        Self(Arc::new(wake))
    }

    /// Wakes.
    pub fn wake(&self) {
        (self.0)();
    }
}

impl fmt::Debug for Waker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Waker")
    }
}
