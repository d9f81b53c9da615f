//! How busy this machine is: processors, memory, load, disks, network, temperature. What is counted since the start is read here and
//! turned into rates by [`Meter`], which is pure.
//!
//! Not here: when is measured, and whether it is sent.

use std::time::Duration;

pub mod fake;
#[cfg(target_os = "linux")]
mod linux;

/// What the system shows at one moment. What it does not show is absent. Counters count from some moment on that is the system's own,
/// and begin anew when it likes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Shown {
    /// Time of all processors, and what of it was busy, in a unit of the system's own.
    pub processors: Option<Processors>,
    /// Memory there is.
    pub memory_total_mib: Option<u64>,
    /// Memory that is not available to programs.
    pub memory_used_mib: Option<u64>,
    /// Swap in use.
    pub swap_used_mib: Option<u64>,
    /// Programs that ran or waited, over the last minute, in hundredths.
    pub load_centi: Option<u32>,
    /// Bytes read from disks and written to them.
    pub disks: Option<Traffic>,
    /// Bytes that came over the network and left.
    pub network: Option<Traffic>,
    /// What of the root file system is not free for everybody.
    pub root_used_mib: Option<u64>,
    /// How large it is.
    pub root_total_mib: Option<u64>,
    /// The hottest of the processors' sensors, in tenths of a degree Celsius.
    pub temperature_decidegrees: Option<i32>,
}

/// Time of all processors since the system started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Processors {
    /// All of it.
    pub all: u64,
    /// What was not idle.
    pub busy: u64,
}

/// Bytes since some moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Read, or received.
    pub to: u64,
    /// Written, or sent.
    pub from: u64,
}

/// How busy the machine was between two looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Measured {
    /// Time between the looks, in whole seconds, at least one.
    pub seconds: u32,
    /// Share of all processors that was busy, in thousandths.
    pub cpu_permille: Option<u32>,
    /// Bytes a second.
    pub disks: Option<Traffic>,
    /// Bytes a second.
    pub network: Option<Traffic>,
    /// What was shown at the second look.
    pub shown: Shown,
}

/// Turns counters into rates.
#[derive(Debug, Default)]
pub struct Meter {
    last: Option<(Duration, Shown)>,
}

impl Meter {
    /// Takes what is shown at a moment, which is counted from any beginning. The first look measures nothing: there is nothing to compare
    /// it with. A counter that went back began anew, and says nothing this time.
    pub fn look(&mut self, at: Duration, shown: Shown) -> Option<Measured> {
        let (before, old) = self.last.replace((at, shown))?;
        let passed = at.checked_sub(before).filter(|passed| !passed.is_zero())?;
        let cpu_permille = match (old.processors, shown.processors) {
            (Some(old), Some(new)) => share(old, new),
            _ => None,
        };
        let rate = |old: Option<Traffic>, new: Option<Traffic>| {
            let (old, new) = (old?, new?);
            Some(Traffic {
                to: per_second(old.to, new.to, passed)?,
                from: per_second(old.from, new.from, passed)?,
            })
        };
        let seconds = passed.as_millis().saturating_add(500) / 1_000;
        Some(Measured {
            seconds: u32::try_from(seconds).unwrap_or(u32::MAX).max(1),
            cpu_permille,
            disks: rate(old.disks, shown.disks),
            network: rate(old.network, shown.network),
            shown,
        })
    }

    /// Forgets the last look: what passes until the next one is of no interest.
    pub fn forget(&mut self) {
        self.last = None;
    }
}

fn share(old: Processors, new: Processors) -> Option<u32> {
    let all = new.all.checked_sub(old.all).filter(|all| *all > 0)?;
    // The kernel's idle time may go back by a tick.
    let busy = new.busy.saturating_sub(old.busy).min(all);
    u32::try_from(u128::from(busy) * 1_000 / u128::from(all)).ok()
}

fn per_second(old: u64, new: u64, passed: Duration) -> Option<u64> {
    let bytes = u128::from(new.checked_sub(old)?);
    u64::try_from(bytes * 1_000 / passed.as_millis().max(1)).ok()
}

/// Reads what this machine shows. Some file reads: under a millisecond for most machines; sensors of some firmware take longer. Never
/// fails; never asks file systems that are on another machine or a program's.
#[must_use]
pub fn shown() -> Shown {
    #[cfg(target_os = "linux")]
    return linux::read(std::path::Path::new("/"));
    #[cfg(not(target_os = "linux"))]
    Shown::default()
}

/// Whether this system can be measured at all.
#[must_use]
pub fn is_supported() -> bool {
    cfg!(target_os = "linux")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn counted(all: u64, busy: u64, bytes: u64) -> Shown {
        let traffic = Some(Traffic {
            to: bytes,
            from: 2 * bytes,
        });
        Shown {
            processors: Some(Processors { all, busy }),
            disks: traffic,
            network: traffic,
            ..Shown::default()
        }
    }

    #[test]
    fn the_first_look_measures_nothing() {
        let mut meter = Meter::default();
        assert_eq!(meter.look(Duration::ZERO, counted(100, 10, 0)), None);
        let found = meter
            .look(Duration::from_secs(60), counted(200, 35, 6_000))
            .unwrap();
        assert_eq!((found.seconds, found.cpu_permille), (60, Some(250)));
        assert_eq!(found.network, Some(Traffic { to: 100, from: 200 }));
        meter.forget();
        assert_eq!(meter.look(Duration::from_secs(70), counted(300, 40, 0)), None);
    }

    #[test]
    fn a_counter_that_begins_anew_says_nothing_once() {
        let mut meter = Meter::default();
        meter.look(Duration::ZERO, counted(100, 10, 9_000));
        let found = meter.look(Duration::from_secs(1), counted(50, 5, 10)).unwrap();
        assert_eq!((found.cpu_permille, found.disks), (None, None));
        let found = meter.look(Duration::from_secs(2), counted(150, 5, 20)).unwrap();
        assert_eq!(
            (found.cpu_permille, found.disks.map(|disks| disks.to)),
            (Some(0), Some(10))
        );
        assert_eq!(
            meter.look(Duration::from_secs(2), counted(160, 5, 20)),
            None,
            "no time passed"
        );
    }

    #[test]
    fn this_machine_can_be_measured() {
        if is_supported() {
            let shown = shown();
            assert!(shown.processors.is_some() && shown.load_centi.is_some() && shown.network.is_some());
            assert!(
                shown
                    .memory_used_mib
                    .zip(shown.memory_total_mib)
                    .is_some_and(|(used, total)| used < total)
            );
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_counters_measure_more_than_there_is(looks in prop::collection::vec((any::<u64>(), any::<[u64; 3]>()), 0..6)) {
            let mut meter = Meter::default();
            for (at, [all, busy, bytes]) in looks {
                let shown = counted(all, busy, bytes / 2);
                if let Some(found) = meter.look(Duration::from_millis(at), shown) {
                    prop_assert!(found.cpu_permille.is_none_or(|share| share <= 1_000));
                    prop_assert!(found.seconds >= 1);
                }
            }
        }
    }
}
