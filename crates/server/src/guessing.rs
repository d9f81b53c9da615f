//! [`Guard`]: makes guessing what strangers may come with (support codes, invitations) hopeless without locking anybody out who
//! has a right one.
//!
//! Each address has its own allowance of wrong ones. When too many come from everywhere in one minute, addresses that have been
//! wrong lately wait for the next minute; whoever has not been wrong still gets in. An attempt is counted before it is
//! looked up and taken back when it was right, so that nobody tries many at once.

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::clock::Timestamp;
use crate::error::{Code, Error, Result};
use crate::throttle::{Rate, Throttle, network};

/// Wrong ones from one address: ten in ten minutes, more than anybody needs who reads one aloud.
pub const PER_ADDRESS: Rate = Rate {
    burst: 10,
    period: Duration::from_secs(60),
};
/// Wrong ones in one minute from everywhere, above which only those pass who have not been wrong.
pub const GLOBAL_WRONG: u32 = 300;
/// The global minute.
const WINDOW: Duration = Duration::from_secs(60);
/// Addresses remembered, about 1 MB at worst.
const ADDRESSES_MAX: usize = 10_000;

/// What is guessed at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Guessed {
    /// Several of them, within a sentence.
    pub(crate) what: &'static str,
    /// The name of the counter of wrong ones.
    pub(crate) counter: &'static str,
}

/// Counts wrong ones of one kind.
#[derive(Debug)]
pub(crate) struct Guard {
    guessed: Guessed,
    addresses: Throttle<IpAddr>,
    // Held for two assignments.
    minute: Mutex<Minute>,
}

#[derive(Debug)]
struct Minute {
    began: Timestamp,
    wrong: u32,
}

/// An attempt that was let through; say what became of it.
#[derive(Debug)]
#[must_use = "an attempt counts as wrong until it is said to be right"]
pub(crate) struct Attempt<'a> {
    guard: &'a Guard,
    address: IpAddr,
    now: Timestamp,
}

impl Guard {
    /// Nobody has tried anything.
    pub(crate) fn new(guessed: Guessed) -> Self {
        Self {
            guessed,
            addresses: Throttle::new(PER_ADDRESS, ADDRESSES_MAX),
            minute: Mutex::new(Minute {
                began: Timestamp(i64::MIN),
                wrong: 0,
            }),
        }
    }

    /// Looks up what an address came with, and counts it when it is wrong: `None`.
    ///
    /// # Errors
    /// `too_many_attempts`; those of the look-up, which are nobody's fault.
    pub(crate) async fn count<T>(
        &self,
        (address, now): (IpAddr, Timestamp),
        look_up: impl Future<Output = Result<Option<T>>>,
    ) -> Result<Option<T>> {
        let attempt = self.attempt(address, now)?;
        let found = look_up.await;
        match found {
            Ok(None) => attempt.wrong(),
            Ok(Some(_)) | Err(_) => attempt.forgive(),
        }
        found
    }

    /// Lets an address try one.
    ///
    /// # Errors
    /// `too_many_attempts`.
    fn attempt(&self, address: IpAddr, now: Timestamp) -> Result<Attempt<'_>> {
        let address = network(address);
        if self.addresses.has_tried(&address, now)
            && let Some(wait) = self.full(now)
        {
            return Err(self.slow_down(wait));
        }
        self.addresses
            .check(address, now)
            .map_err(|wait| self.slow_down(wait))?;
        Ok(Attempt {
            guard: self,
            address,
            now,
        })
    }

    /// How long the present minute lasts, if it has had too many wrong codes.
    fn full(&self, now: Timestamp) -> Option<Duration> {
        let minute = self.minute.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = now.since(minute.began);
        (minute.wrong >= GLOBAL_WRONG && passed < WINDOW).then(|| WINDOW.saturating_sub(passed))
    }

    fn slow_down(&self, wait: Duration) -> Error {
        metrics::counter!("farol_attempts_throttled_total").increment(1);
        let (what, seconds) = (self.guessed.what, wait.as_millis().div_ceil(1000));
        Error::TooMany {
            code: Code::TooManyAttempts,
            detail: format!("Too many wrong {what}. Wait {seconds} seconds, then try again."),
            retry_after: Some(wait),
        }
    }
}

impl Attempt<'_> {
    /// It was right, or it is not the caller's fault that nobody knows.
    fn forgive(self) {
        self.guard.addresses.give_back(&self.address);
    }

    /// It was wrong.
    fn wrong(self) {
        metrics::counter!(self.guard.guessed.counter).increment(1);
        let mut minute = self.guard.minute.lock().unwrap_or_else(PoisonError::into_inner);
        if self.now.since(minute.began) >= WINDOW {
            minute.began = self.now;
            minute.wrong = 0;
        }
        minute.wrong = minute.wrong.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    const START: Timestamp = Timestamp(1_000_000);

    fn guard() -> Guard {
        Guard::new(Guessed {
            what: "codes",
            counter: "farol_test_codes_wrong_total",
        })
    }

    fn address(number: u32) -> IpAddr {
        Ipv4Addr::from(0x0a00_0000 + number).into()
    }

    #[test]
    fn ten_wrong_codes_in_ten_minutes_from_one_address() {
        let guard = guard();
        for _ in 0..10 {
            guard.attempt(address(1), START).unwrap().wrong();
        }
        assert_eq!(
            guard.attempt(address(1), START).unwrap_err().code(),
            Code::TooManyAttempts
        );
        guard.attempt(address(2), START).unwrap().wrong();
        let later = START.after(Duration::from_secs(600));
        for _ in 0..10 {
            guard.attempt(address(1), later).unwrap().wrong();
        }
        assert!(guard.attempt(address(1), later).is_err());
    }

    #[test]
    fn right_codes_are_not_counted() {
        let guard = guard();
        for _ in 0..100 {
            guard.attempt(address(1), START).unwrap().forgive();
        }
        guard.attempt(address(1), START).unwrap().wrong();
    }

    #[test]
    fn what_is_under_way_counts() {
        let guard = guard();
        let under_way: Vec<_> = (0..20)
            .map_while(|_| guard.attempt(address(1), START).ok())
            .collect();
        assert_eq!(under_way.len(), 10);
        drop(under_way);
    }

    #[test]
    fn a_flood_stops_those_who_were_wrong_and_nobody_else() {
        let guard = guard();
        for number in 0..GLOBAL_WRONG {
            guard.attempt(address(number), START).unwrap().wrong();
        }
        let soon = START.after(Duration::from_secs(20));
        match guard.attempt(address(7), soon).unwrap_err() {
            Error::TooMany { retry_after, .. } => assert_eq!(retry_after, Some(Duration::from_secs(40))),
            other => panic!("{other}"),
        }
        guard.attempt(address(9_999), soon).unwrap().forgive();
        // The next minute is everybody's.
        let next = START.after(WINDOW);
        guard.attempt(address(7), next).unwrap().wrong();
    }
}
