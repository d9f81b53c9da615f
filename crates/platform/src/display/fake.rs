//! A display watch that a test triggers.

use std::io;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::DisplayWatch;
use crate::Waker;

/// Waits until its waker is used; displays "change" by waking it.
#[derive(Debug, Default)]
pub struct FakeDisplayWatch {
    shared: Arc<(Mutex<bool>, Condvar)>,
}

impl DisplayWatch for FakeDisplayWatch {
    fn wait(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let (woken, changed) = &*self.shared;
        let mut woken = woken.lock().unwrap_or_else(PoisonError::into_inner);
        while !std::mem::take(&mut *woken) {
            woken = match deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())) {
                Some(Duration::ZERO) => return Ok(()),
                Some(left) => {
                    changed
                        .wait_timeout(woken, left)
                        .unwrap_or_else(PoisonError::into_inner)
                        .0
                }
                None => changed.wait(woken).unwrap_or_else(PoisonError::into_inner),
            };
        }
        Ok(())
    }

    fn waker(&self) -> Waker {
        let shared = Arc::clone(&self.shared);
        Waker::new(move || {
            *shared.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
            shared.1.notify_all();
        })
    }
}
