//! An eventfd behind [`Waker`], and the one place that polls.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::io::Errno;

use super::Waker;

/// The waiting side of a [`Waker`].
#[derive(Debug)]
pub(crate) struct WakeFd(Arc<OwnedFd>);

impl WakeFd {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self(Arc::new(eventfd(
            0,
            EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK,
        )?)))
    }

    pub(crate) fn waker(&self) -> Waker {
        let fd = Arc::clone(&self.0);
        Waker::new(move || {
            if rustix::io::write(&fd, &1u64.to_ne_bytes()).is_err() {
                // The counter is full, so the waiter is awake anyway.
            }
        })
    }

    fn clear(&self) {
        let mut count = [0u8; 8];
        if rustix::io::read(&self.0, &mut count).is_err() {
            // It is empty: somebody else's readiness ended the wait.
        }
    }
}

impl AsFd for WakeFd {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Waits until `source` is readable (or broken), `wake` was woken, or the time is over; clears the wake.
///
/// Returns true when `source` has something to read.
pub(crate) fn wait_readable(
    source: BorrowedFd<'_>,
    wake: &WakeFd,
    timeout: Option<Duration>,
) -> io::Result<bool> {
    let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
    loop {
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let left = left.and_then(|left| Timespec::try_from(left).ok());
        let mut fds = [
            PollFd::from_borrowed_fd(source, PollFlags::IN),
            PollFd::new(wake, PollFlags::IN),
        ];
        match poll(&mut fds, left.as_ref()) {
            Ok(_) => {}
            Err(Errno::INTR) => continue,
            Err(error) => return Err(error.into()),
        }
        let readable = !fds[0].revents().is_empty();
        if !fds[1].revents().is_empty() {
            wake.clear();
        }
        return Ok(readable);
    }
}

/// Waits until `source` is readable (or broken) or the time is over; true when it has something to read.
pub(crate) fn wait_one(source: BorrowedFd<'_>, timeout: Duration) -> io::Result<bool> {
    let deadline = Instant::now() + timeout;
    loop {
        let left = Timespec::try_from(deadline.saturating_duration_since(Instant::now()))
            .map_err(|_| io::ErrorKind::InvalidInput)?;
        let mut fds = [PollFd::from_borrowed_fd(source, PollFlags::IN)];
        match poll(&mut fds, Some(&left)) {
            Ok(ready) => return Ok(ready > 0),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wake_before_the_wait_counts_once() {
        let quiet = WakeFd::new().unwrap();
        let wake = WakeFd::new().unwrap();
        let waker = wake.waker();
        waker.wake();
        waker.wake();
        let start = Instant::now();
        assert!(!wait_readable(quiet.as_fd(), &wake, Some(Duration::from_secs(20))).unwrap());
        assert!(
            start.elapsed() < Duration::from_secs(10),
            "the wake ended the wait"
        );
        assert!(!wait_readable(quiet.as_fd(), &wake, Some(Duration::ZERO)).unwrap());
    }
}
